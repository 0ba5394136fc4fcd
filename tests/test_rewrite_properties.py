"""Generated packages are rewritten and run: what every name stands for stays the same."""

from __future__ import annotations

import difflib
import importlib
import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_lint.plugins import load_codemods
from ssot_lint.project import Project
from ssot_lint.testing import workspace_of

CODEMOD = load_codemods()["rewrite-imports"]
USERS = ("one.py", "sub/two.py", "sub/deep/three.py", "sub/__init__.py", "four.py")
_COUNTER = itertools.count()


def package(top: str) -> dict[str, str]:
    """`old` hands on what `base` defines; `sub.new` does too, and calls `A` `A2`."""
    return {
        f"{top}/__init__.py": "",
        f"{top}/base.py": "class A: rate = 1\nclass B: rate = 2\nclass C: rate = 3\n",
        f"{top}/old.py": f"from {top}.base import A, B, C\n",
        f"{top}/new/__init__.py": "",
        f"{top}/new/home.py": f"from {top}.base import A as A2, B\n",
        f"{top}/sub/__init__.py": "",
        f"{top}/sub/deep/__init__.py": "",
    }


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def relative(path: str, target: str) -> str:
    """`target`, a dotted module, as a relative import in the file `path` names it."""
    here = module_of(path).split(".")
    if not path.endswith("__init__.py"):
        here.pop()
    there = target.split(".")
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] == there[shared]:
        shared += 1
    return "." * (len(here) - shared + 1) + ".".join(there[shared:])


class Writer:
    """Writes a module that imports from `old` in many forms and keeps what its names stand for in `out`."""

    def __init__(self, data: st.DataObject, top: str, path: str, earlier: dict[str, Sequence[str]]) -> None:
        self.draw = data.draw
        self.top, self.path, self.earlier = top, path, earlier
        self.lines = ["import typing", "out = []"]
        self.names: list[str] = []  # expressions that can be read at module level

    def one(self, *values: str) -> str:
        return self.draw(st.sampled_from(values))

    def old(self) -> str:
        full = f"{self.top}.old"
        return self.one(full, full, relative(self.path, full))

    def imported(self) -> tuple[str, list[str]]:
        """An import list and the local names it binds."""
        names = self.draw(st.lists(st.sampled_from(("A", "B", "C")), min_size=1, max_size=3, unique=True))
        parts, local = [], []
        for name in names:
            alias = self.one("", "", "X", "A2", "B")
            alias = "" if alias == name or alias in local or alias in names else alias
            parts.append(f"{name} as {alias}" if alias else name)
            local.append(alias or name)
        text = ", ".join(parts)
        match self.one("plain", "plain", "brackets", "lines"):
            case "brackets":
                text = f"({text})"
            case "lines":
                text = "(\n" + "".join(f"    {part},  # {part[0]}\n" for part in parts) + ")"
        return text, local

    def module(self) -> str:
        for _ in range(self.draw(st.integers(1, 5))):
            self.statement()
            if self.names and self.draw(st.booleans()):
                self.use()
        if self.names and self.draw(st.booleans()):
            plain = sorted({name for name in self.names if name.isidentifier()})
            self.lines.append(f"__all__ = {plain!r}")
        return "\n".join(self.lines) + "\n"

    def statement(self) -> None:
        match self.one("from", "from", "from", "import", "as", "member", "star", "try", "if", "line", "lazy", "lazy", "typed", "user", "class", "shadow", "checking"):  # fmt: skip
            case "from":
                text, local = self.imported()
                self.lines.append(f"from {self.old()} import {text}")
                self.names += local
            case "import":
                self.lines.append(f"import {self.top}.old")
                self.names += [f"{self.top}.old.A", f"{self.top}.old.C"]
            case "as":
                name = self.one("o", "old", "home")
                self.lines.append(f"import {self.top}.old as {name}")
                self.names += [f"{name}.A", f"{name}.{self.one('A', 'B', 'C')}"]
            case "member":
                source = self.one(self.top, relative(self.path, self.top))
                name = self.one("old", "mod")
                self.lines.append(f"from {source} import old" + (f" as {name}" if name != "old" else ""))
                self.names += [f"{name}.{self.one('A', 'B')}"]
            case "star":
                self.lines.append(f"from {self.old()} import *")
                self.names += ["A", "B", "C"]
            case "try":
                first, second = f"from {self.old()} import A", f"from {self.top}.new.home import A2 as A"
                if self.draw(st.booleans()):
                    first, second = second, first
                self.lines.append(f"try:\n    {first}\nexcept ImportError:\n    {second}")
                self.names.append("A")
            case "if":
                text, local = self.imported()
                text = text.replace("\n", "\n    ")
                other = self.one("pass", "A2 = None", f"from {self.top}.old import B")
                self.lines.append(
                    f"if out is not None:\n    from {self.old()} import {text}\nelse:\n    {other}"
                )
                self.names += local
            case "line":
                self.lines.append(f"import sys; from {self.old()} import A, C as D; import os  # line")
                self.names += ["A", "D"]
            case "lazy":
                text, local = self.imported()
                text = text.replace("\n", "\n    ")
                parameter = self.one("A2", "x", "Z")
                reads = ", ".join(local)
                self.lines.append(
                    f"def f({parameter}=0):\n    from {self.old()} import {text}\n    return [{reads}], [{local[0]} for A2 in (1,)]\nout.append(f())"
                )
            case "typed":
                if "A" in self.names:
                    self.lines.append(
                        'def g(x: "A", A2=0) -> "list[A]": return f"{A.__name__} {A.rate:>{A.rate}}"'
                    )
                    self.lines.append("out.append((typing.get_type_hints(g), g(0)))")
            case "user":
                known = [(module, name) for module, names in self.earlier.items() for name in names]
                if known:
                    module, name = self.draw(st.sampled_from(known))
                    self.lines.append(f"from {module} import {name} as taken")
                    self.names.append("taken")
            case "class":
                self.lines.append(
                    "class Outer:\n    A2 = 3\n    def method(self):\n        return A2 if False else self.A2"
                )
            case "shadow":
                self.lines.append(self.one("class A2: ...", "A2 = 4", "def A2(): ..."))
                self.names.append("A2")
            case "checking":
                self.lines.append(
                    f"if typing.TYPE_CHECKING:\n    from {self.old()} import A as Typed\ndef h(x: 'Typed'): ..."
                )

    def use(self) -> None:
        name = self.draw(st.sampled_from(self.names))
        self.lines.append(
            self.one(
                f"out.append({name})",
                f"out.append([({name}, A2) for A2 in (1, 2)])",
                f"out.append((lambda A2: {name})(0))",
                f"def late():\n    return {name}\nout.append(late())",
                f"def shadowed(A2):\n    return {name}, A2\nout.append(shadowed(1))",
                f"out.append(f'{{{name}.__name__ if hasattr({name}, \"__name__\") else 0}}')",
                f"def changes():\n    global {name.partition('.')[0]}\n    return {name}\nout.append(changes())",
            )
        )


@contextmanager
def on_path(root: Path, top: str) -> Iterator[None]:
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(root))
        for name in [name for name in sys.modules if name.partition(".")[0] == top]:
            del sys.modules[name]


def output(root: Path, files: dict[str, str], top: str) -> dict[str, object]:
    """What the users' names stand for when the package is imported, or why a module cannot be."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    found: dict[str, object] = {}
    with on_path(root, top):
        for user in USERS:
            name = module_of(f"{top}/{user}")
            try:
                module: Any = importlib.import_module(name)
            except (ImportError, NameError, AttributeError, TypeError) as error:
                found[name] = type(error).__name__
            else:
                found[name] = re.sub(r" at 0x\w+", "", repr(module.out))
    return found


def defined(project: Project, path: str) -> set[str]:
    """The classes of `base` that a file's imports reach."""
    file = project.by_path[path]
    found = set()
    for imp in project.files[file].facts.imports:
        target = project.resolve_import(file, imp).target
        assert target.kind != "unresolved", f"{path}: {target}"
        if target.kind == "definition":
            found.add(target.symbol)
    return found


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_rewritten_package_means_the_same(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    top = f"gen{next(_COUNTER)}"
    files = package(top)
    earlier: dict[str, Sequence[str]] = {}
    for user in USERS:
        path = f"{top}/{user}"
        writer = Writer(data, top, path, earlier)
        files[path] = writer.module()
        earlier[module_of(path)] = sorted(
            {name for name in writer.names if name.isidentifier() and name != "taken"}
        )
    before = output(tmp_path_factory.mktemp("before"), files, top)
    workspace = workspace_of(files)
    requests = [
        CODEMOD.request({"old": f"{top}.old:A", "new": f"{top}.new.home:A2"}),
        CODEMOD.request({"old": f"{top}.old:B", "new": f"{top}.new.home:B"}),
    ]
    outcome = CODEMOD.apply(workspace, requests)
    edited = {path: content.decode() for path, content in outcome.edits.items() if content is not None}
    for path, text in edited.items():
        compile(text, path, "exec")
    assert output(tmp_path_factory.mktemp("after"), {**files, **edited}, top) == before
    after = workspace.edited(outcome.edits)
    assert not CODEMOD.apply(after, requests).edits
    refused = {refusal.path for refusal in outcome.refusals}
    for path, text in edited.items():
        stars = "import *" in files[path]
        gained = defined(after.project, path) - defined(workspace.project, path)
        assert not gained or stars
        for line in difflib.ndiff(files[path].splitlines(), text.splitlines()):
            if line.startswith("- "):
                assert re.search(r"\b(old|A|B|try|except|home)\b|^- $|[()]", line), line
    for user in USERS:
        path = f"{top}/{user}"
        file = after.project.by_path[path]
        for imp in after.project.files[file].facts.imports:
            if imp.name in ("A", "B") and after.project.absolute(file, imp) == f"{top}.old":
                assert path in refused
