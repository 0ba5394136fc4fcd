"""Generated packages are imported for real; what each name then is must be what linking says."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from _programs import project
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

NAMES = ("A", "B", "C", "_p")
LAYOUT = (
    "base.py",
    "sub/__init__.py",
    "sub/x.py",
    "ns/y.py",
    "pk/inner.py",
    "pk/__init__.py",
    "late.py",
    "last.py",
)
"""Each module imports from those before it only, so that no import order matters."""

LAZY = (
    "def __getattr__(name):\n    if name == 'L':\n        return {}\n    raise AttributeError(name)",
    "def __getattr__(name):\n    if name != 'L':\n        raise AttributeError(name)\n    return {}",
    "def __getattr__(name):\n    match name:\n        case 'K' | 'L':\n            return {}\n    raise AttributeError(name)",
    "_T = {{'L': {}}}\ndef __getattr__(name):\n    if name in _T:\n        return _T[name]\n    raise AttributeError(name)",
    "_T = {{'L': {}}}\ndef __getattr__(name):\n    try:\n        return _T[name]\n    except KeyError:\n        raise AttributeError(name)",
    "_T = {{'L': '{}'}}\ndef __getattr__(name):\n    if name in _T:\n        return globals().get(_T[name])\n    raise AttributeError(name)",
)
"""What a module may answer the name L with."""

_COUNTER = itertools.count()


class Tree:
    """A package on disk that grows file by file, each imported as soon as it stands."""

    def __init__(self, root: Path, top: str) -> None:
        self.root, self.top = root, top
        self.files: dict[str, str] = {}
        self.add("__init__.py", "")

    def name(self, path: str) -> str:
        parts = path.removesuffix(".py").removesuffix("__init__").strip("/").split("/")
        return ".".join([self.top, *(part for part in parts if part)])

    def add(self, path: str, text: str) -> ModuleType:
        self.files[f"{self.top}/{path}"] = text
        target = self.root / self.top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        importlib.invalidate_caches()
        if path.endswith("__init__.py"):  # what was found in the directory before is looked for again
            for name in [name for name in sys.modules if f"{name}.".startswith(f"{self.name(path)}.")]:
                del sys.modules[name]
        return importlib.import_module(self.name(path))

    def relative(self, path: str, other: str) -> str:
        """`other`'s module as a relative import in `path` names it."""
        here = self.name(path).split(".")
        if not path.endswith("__init__.py"):
            here.pop()
        there = self.name(other).split(".")
        common = 0
        while common < min(len(here), len(there)) and here[common] == there[common]:
            common += 1
        return "." * (len(here) - common + 1) + ".".join(there[common:])


@contextmanager
def on_path(root: Path, top: str) -> Iterator[None]:
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))
        for name in [name for name in sys.modules if name.partition(".")[0] == top]:
            del sys.modules[name]


def statement(data: st.DataObject, tree: Tree, path: str, bound: list[str]) -> str:
    """One statement of a module; the unguarded ones are chosen so that they run."""
    earlier = [
        other
        for other in LAYOUT[: LAYOUT.index(path)]
        if not path.startswith("pk/") or "pk/" not in other or path.endswith("__init__.py")
    ]
    own = data.draw(st.sampled_from(NAMES))
    kinds = ["class", "def", "value", "branch", "late"] + ["alias", "del"] * bool(bound)
    if not earlier:
        kind = data.draw(st.sampled_from(kinds))
    else:
        kind = data.draw(
            st.sampled_from(
                [*kinds, *["from", "star", "as", "dotted", "member", "try", "checking", "all"] * 2]
            )
        )
    other = data.draw(st.sampled_from(earlier)) if earlier else ""
    module = importlib.import_module(tree.name(other)) if other else None
    there = [name for name in NAMES if module is not None and hasattr(module, name)]
    source = tree.relative(path, other) if other and data.draw(st.booleans()) else tree.name(other)
    promised = getattr(module, "__all__", ())
    if (kind in ("from", "as", "dotted") and not there) or (
        kind == "star" and not all(hasattr(module, name) for name in promised)  # what was deleted since
    ):
        kind = "class"
    wanted = data.draw(st.sampled_from(there)) if there else "gone"
    bound.append(own)
    match kind:
        case "class":
            return f"class {own}: ..."
        case "def":
            return f"def {own}(): ..."
        case "value":
            return f"{own} = 3"
        case "alias":
            return f"{own} = {bound[0]}" if bound[0] != own else f"class {own}: ..."
        case "del":
            bound.pop()
            gone = data.draw(st.sampled_from(sorted(set(bound))))
            bound[:] = [name for name in bound if name != gone]
            return f"del {gone}"
        case "branch":
            return f"if {data.draw(st.booleans())}:\n    class {own}: ...\nelse:\n    {own} = None"
        case "late":
            return f"def set_it():\n    global {own}\n    {own} = 3\n{own} = None"
        case "from":
            bound[-1] = wanted
            return f"from {source} import {wanted}"
        case "star":
            bound.pop()
            return f"from {source} import *"
        case "as":
            return f"from {source} import {wanted} as {own}"
        case "dotted":
            return f"import {tree.name(other)}\n{own} = {tree.name(other)}.{wanted}"
        case "member":
            package, _, last = tree.name(other).rpartition(".")
            return f"from {package} import {last} as {own}"
        case "try":
            name = data.draw(st.sampled_from((*NAMES, "gone")))
            module_name = data.draw(st.sampled_from((source, f"{tree.top}.gone")))
            fallback = data.draw(st.sampled_from(("class {}: ...", "{} = None")))
            return f"try:\n    from {module_name} import {name} as {own}\nexcept ImportError:\n    {fallback.format(own)}"
        case "checking":
            return (
                f"if TYPE_CHECKING:\n    from {source} import {wanted} as {own}\nelse:\n    class {own}: ..."
            )
        case _:
            bound.pop()
            names = [name for name in dict.fromkeys(bound) if data.draw(st.booleans())]
            return f"__all__ = {names!r}"


def kind_of(value: object) -> str:
    match value:
        case type() | FunctionType():
            return f"definition {value.__module__}:{value.__qualname__}"
        case ModuleType():
            return f"module {value.__name__}"
        case _:
            return "variable"


@given(st.data())
@settings(
    deadline=None,
    max_examples=60,
    derandomize=True,  # the same packages in every run
    phases=(
        Phase.explicit,
        Phase.generate,
    ),  # shrinking takes minutes here; the report shows the whole package
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_names_are_what_python_makes_of_them(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    top = f"generated{next(_COUNTER)}"
    root = tmp_path_factory.mktemp("tree")
    with on_path(root, top):
        tree = Tree(root, top)
        modules: dict[str, ModuleType] = {}
        for path in LAYOUT:
            lines = ["from typing import TYPE_CHECKING"]
            bound: list[str] = []
            lines += [statement(data, tree, path, bound) for _ in range(data.draw(st.integers(1, 4)))]
            if data.draw(st.booleans()):
                known = sorted(set(bound))
                lines.append(
                    data.draw(st.sampled_from(LAZY)).format(data.draw(st.sampled_from(["3", *known])))
                )
            modules[tree.name(path)] = tree.add(path, "\n".join(lines) + "\n")
        linked = project(tree.files)
        for name in modules:
            module = importlib.import_module(name)
            file = linked.modules[name]
            offered = {item for item in linked.exports(file) if item in NAMES}
            scope: dict[str, object] = {}
            try:
                exec(f"from {name} import *", scope)
            except AttributeError:  # `__all__` promises what was deleted since
                scope = dict.fromkeys(offered)
            for asked in (*NAMES, "L"):
                found = linked.name(file, asked)
                said = [f"{t.kind} {t.symbol}" if t.kind != "variable" else "variable" for t in found.targets]
                report = (name, asked, said, "\n\n".join(f"# {p}\n{text}" for p, text in tree.files.items()))
                if not hasattr(module, asked):
                    assert found.target.kind in ("unresolved", "dynamic"), report
                    continue
                value = kind_of(getattr(module, asked))
                if found.target.kind == "dynamic":  # a module `__getattr__` may answer: nothing is claimed
                    continue
                if said[0] == "variable" and "del " in report[3]:
                    continue  # `C = B; del B`: aliases are followed as the module ends, so less is said
                uncertain = "if True" in report[3] or "if False" in report[3] or "TYPE_CHECKING:" in report[3]
                assert value in said if uncertain else value == said[0], (value, *report)
                assert (asked in offered) == (asked in scope), (offered, sorted(scope), report)


# --- the same package in two source roots ------------------------------------------------------------------

PARTS = ("app/__init__.py", "app/x.py", "app/x/__init__.py", "app/x/z.py", "app/s/__init__.py", "app/s/z.py")
ASKED = (
    "from app import A as found", "from app import x as found", "from app import s as found",
    "from app.x import A as found", "from app.x import z as found", "from app.x.z import A as found",
    "from app.s import A as found", "from app.s import z as found", "from app.s.z import A as found",
)  # fmt: skip


def brings(statement: str, roots: list[Path]) -> str | None:
    """The file that an import statement takes something from; "" for a directory, None where it fails."""
    with on_path(roots[0], "app"):
        sys.path[1:1] = map(str, roots[1:])
        importlib.invalidate_caches()
        space: dict[str, object] = {}
        try:
            exec(statement, space)
        except ImportError:
            return None
        finally:
            for root in roots[1:]:
                sys.path.remove(str(root))
    found = space["found"]
    return getattr(found, "here", None) or getattr(found, "__file__", None) or ""


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=st.sets(st.sampled_from(PARTS), min_size=1), two=st.sets(st.sampled_from(PARTS), min_size=1))
def test_each_of_two_services_finds_its_own_package_first(
    tmp_path: Path, one: set[str], two: set[str]
) -> None:
    """A service runs with its own root on the path; the other one may be behind it."""
    base = tmp_path / str(next(_COUNTER))
    files = {}
    for root, parts in (("one", one), ("two", two)):
        for part in parts:
            path = f"services/{root}/{part}"
            files[path] = f"class A:\n    here = {str(base / path)!r}\n"
            (base / path).parent.mkdir(parents=True, exist_ok=True)
            (base / path).write_text(files[path])
        files[f"services/{root}/run.py"] = "\n".join(ASKED)
        files[f"services/{root}/setup.py"] = ""
    linked = project(files)
    for root, other in (("one", "two"), ("two", "one")):
        paths = [base / "services" / root, base / "services" / other]
        file = linked.by_path[f"services/{root}/run.py"]
        for imp, statement in zip(linked.files[file].facts.imports, ASKED, strict=True):
            alone, behind = brings(statement, paths[:1]), brings(statement, paths)
            target = linked.resolve_import(file, imp).target
            said = str(base / linked.files[target.file].path) if target.file >= 0 else ""
            answer = None if target.kind == "unresolved" else said
            parts, others = (one, two) if root == "one" else (two, one)
            # a directory without __init__.py gives way to the other one's package as soon as that is on the path
            gives_way = "app/__init__.py" in others - parts
            expected = {alone} if alone else {alone, behind} if gives_way else {behind}
            assert answer in expected, (root, statement)
