"""Give a class of somebody's project several homes, so that a migration has something to bring together.

    python tests/scatter.py CHECKOUT package.module:Name --seed 1 --suite "python -m pytest -q"

writes into CHECKOUT: real copies of the class (new modules, one under another name, one inside an existing module,
one among the test helpers), names that hand it on (re-export, alias, lazy `__getattr__`, star), and imports of all
these in the project's own files, in the forms that Python has; besides a module and a test module that hold the forms
which the project has no place for, and `ssot-lint.toml`. The same seed makes the same tree.

A real copy is another class: `isinstance` and subclasses tell. So the project's own files use names that hand on the
original, unless `--suite` is given: then copies are tried file by file, and kept where the suite gives the same result.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

Outcomes = dict[str, str]
Files = dict[str, bytes]
Edit = tuple[int, int, str]  # where it begins and ends in the file's bytes, and what comes there


@dataclass(frozen=True)
class Home:
    """A module that has the class, or hands it on."""

    kind: str
    module: str
    path: str
    name: str
    real: bool = False  # a class of its own


@dataclass(frozen=True)
class Use:
    """One file's import of the class, and what it is to become."""

    path: str
    form: str
    home: Home


@dataclass(frozen=True)
class Scattered:
    """What was done to a checkout."""

    homes: tuple[Home, ...]
    uses: tuple[Use, ...]
    written: tuple[str, ...]
    tests: str  # the test module that was added


def scatter(
    root: Path,
    symbol: str,
    seed: int,
    *,
    import_from: str = "",
    tests: str = "tests",
    variants: Sequence[str] = (),
    same: Callable[[], bool] | None = None,
    trials: int = 6,
) -> Scattered:
    """Scatter `symbol` over the checkout at `root`. `same` says whether the project's suite still gives what it gave."""
    project = _read(root, symbol, import_from, tests)
    rng = random.Random(seed)
    homes = _homes(project, rng)
    uses = _uses(project, homes, rng)
    if same is not None:
        real = [home for home in homes if home.real]
        if not _holds(root, project, homes, uses, same):
            uses = _sifted(root, project, homes, uses, same)
        for number in rng.sample(range(len(uses)), min(trials, len(uses))):
            able = [home for home in real if _fits(project, uses[number], home)]
            if not able:
                continue
            tried = [*uses[:number], replace(uses[number], home=rng.choice(able)), *uses[number + 1 :]]
            if _holds(root, project, homes, tried, same):
                uses = tried
    files = _contents(project, homes, uses)
    files["ssot-lint.toml"] = _config(project, homes, import_from, variants)
    _write(root, files)
    return Scattered(homes, tuple(uses), tuple(sorted(files)), project.added_tests)


def outcomes(root: Path, command: str, ignore: str = "") -> Outcomes:
    """The outcome of each test of a pytest command, by its id; tests of the file `ignore` left out."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        subprocess.run(
            f"{command} --junitxml={shlex.quote(str(report))}",
            shell=True,
            cwd=root,
            capture_output=True,
            check=False,
        )
        found: Outcomes = {}
        if not report.exists():
            return found
        for case in ET.parse(report).iter("testcase"):
            name = f"{case.get('classname')}::{case.get('name')}"
            if ignore and f"{case.get('classname')}.".startswith(
                ignore.removesuffix(".py").replace("/", ".") + "."
            ):
                continue
            kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
            found[name] = kinds[0] if kinds else "passed"
        return found


# --- the project ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Project:
    root: Path
    base: str  # "src/" or ""
    package: str
    module: str
    name: str
    public: str  # the module that users import the class from
    tests: str
    files: Files

    @property
    def path(self) -> str:
        return self.path_of(self.module)

    @property
    def stem(self) -> str:
        return _stem(f"{self.module}:{self.name}")

    @property
    def added_tests(self) -> str:
        return f"{self.tests}/test_{self.stem}_homes.py"

    @property
    def driver(self) -> str:
        return f"{self.package}.{self.stem}_uses"

    def path_of(self, module: str) -> str:
        path = self.base + module.replace(".", "/")
        return f"{path}/__init__.py" if f"{path}/__init__.py" in self.files else f"{path}.py"

    def module_of(self, path: str) -> str:
        return path.removeprefix(self.base).removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def helper_module(self, name: str) -> str:
        """How tests import a module beside them."""
        return f"{self.tests.replace('/', '.')}.{name}" if f"{self.tests}/__init__.py" in self.files else name


def _read(root: Path, symbol: str, import_from: str, tests: str) -> _Project:
    module, _, name = symbol.partition(":")
    package = module.partition(".")[0]
    base = "src/" if (root / "src" / package).is_dir() else ""
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for folder in (root / base / package, root / tests)
        for path in sorted(folder.rglob("*.py"))
    }
    return _Project(root, base, package, module, name, import_from or module, tests, files)


def _original(project: _Project) -> tuple[ast.Module, ast.ClassDef]:
    tree = ast.parse(project.files[project.path])
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == project.name:
            if any(isinstance(inner, ast.ImportFrom) and inner.level for inner in ast.walk(node)):
                raise SystemExit(
                    f"{project.name} has a relative import in its body, so it cannot stand elsewhere"
                )
            return tree, node
    raise SystemExit(f"{project.path} has no class {project.name} at module level")


# --- homes ------------------------------------------------------------------------------------------------


def _homes(project: _Project, rng: random.Random) -> tuple[Home, ...]:
    package, stem, name = project.package, project.stem, project.name
    inner = f"{project.base}{package}"
    spare = rng.choice(("spare", "parts", "common"))
    other = rng.choice(("Plain", "Basic", "Own"))
    homes = [
        Home("copy", f"{package}.{stem}_core", f"{inner}/{stem}_core.py", name, True),
        Home(
            "renamed",
            f"{package}.{spare}.{stem}_impl",
            f"{inner}/{spare}/{stem}_impl.py",
            f"{other}{name}",
            True,
        ),
        Home(
            "helper",
            project.helper_module(f"{stem}_support"),
            f"{project.tests}/{stem}_support.py",
            name,
            True,
        ),
        Home("re-export", f"{package}.{stem}_api", f"{inner}/{stem}_api.py", name),
        Home("alias", f"{package}.{stem}_names", f"{inner}/{stem}_names.py", f"Classic{name}"),
        Home("lazy", f"{package}.{stem}_lazy", f"{inner}/{stem}_lazy.py", name),
        Home("star", f"{package}.{spare}.{stem}_all", f"{inner}/{spare}/{stem}_all.py", name),
        Home("package", f"{package}.{spare}", f"{inner}/{spare}/__init__.py", name),
    ]
    if path := _roomy(project, rng):
        homes.append(Home("inside", project.module_of(path), path, f"Local{name}", True))
    return tuple(homes)


def _roomy(project: _Project, rng: random.Random) -> str:
    """A module of the package that can hold a copy: nothing in it clashes, and the original's module needs it not."""
    tree, _ = _original(project)
    needed = _behind(project, project.path)
    wanted = {name: ast.unparse(node) for name, node in _needs(project).items()}
    able = []
    for path, content in project.files.items():
        if (
            not path.startswith(f"{project.base}{project.package}/")
            or path in needed
            or path.endswith("__init__.py")
        ):
            continue
        there = ast.parse(content)
        bound = _bound(there)
        clash = any(name in bound and ast.unparse(bound[name]) != text for name, text in wanted.items())
        if _is_future(there) == _is_future(tree) and not clash and len(there.body) > 4:
            able.append(path)
    return rng.choice(sorted(able)) if able else ""


def _behind(project: _Project, start: str) -> set[str]:
    """The files that importing `start` imports, functions left out."""
    found, pending = {start}, [start]
    while pending:
        path = pending.pop()
        for node in _outside_functions(ast.parse(project.files[path])):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = _absolute(project, path, node)
                names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
            for name in names:
                other = project.path_of(name)
                if other in project.files and other not in found:
                    found.add(other)
                    pending.append(other)
    return found


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _outside_functions(child)


def _absolute(project: _Project, path: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = project.module_of(path).split(".")
    if not path.endswith("__init__.py"):
        parts = parts[:-1]
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _bound(tree: ast.Module) -> dict[str, ast.stmt]:
    """The names that a module binds at its top, blocks included, with the statement that does it."""
    found: dict[str, ast.stmt] = {}

    def visit(body: Sequence[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    kept = ast.alias(alias.name, alias.asname)
                    one: ast.stmt = (
                        ast.Import([kept])
                        if isinstance(node, ast.Import)
                        else ast.ImportFrom(node.module, [kept], node.level)
                    )
                    found[alias.asname or alias.name.partition(".")[0]] = one
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found[node.name] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                for name in ast.walk(node):
                    if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                        found[name.id] = node
            for block in ("body", "orelse", "finalbody"):
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    visit(getattr(node, block, []))
            for handler in getattr(node, "handlers", []):
                visit(handler.body)

    visit(tree.body)
    return found


def _is_future(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)


def _needs(project: _Project) -> dict[str, ast.stmt]:
    """The names of its module that the class reads -> an absolute import of each."""
    tree, node = _original(project)
    bound = _bound(tree)
    top = {id(stmt) for stmt in tree.body}
    plain = {
        alias.asname or alias.name.partition(".")[0]
        for stmt in tree.body
        if isinstance(stmt, ast.Import | ast.ImportFrom) and id(stmt) in top
        for alias in stmt.names
    }
    read = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    for text in _annotations(node):
        read |= {name.id for name in ast.walk(ast.parse(text, mode="eval")) if isinstance(name, ast.Name)}
    found: dict[str, ast.stmt] = {}
    for name in sorted((read & bound.keys()) - {project.name}):
        stmt = bound[name]
        if name not in plain or not isinstance(stmt, ast.Import | ast.ImportFrom):
            found[name] = ast.ImportFrom(project.module, [ast.alias(name)], 0)
        elif isinstance(stmt, ast.ImportFrom):
            found[name] = ast.ImportFrom(_absolute(project, project.path, stmt), stmt.names, 0)
        else:
            found[name] = stmt
    guarded = {
        alias.asname or alias.name.partition(".")[0]: inner
        for stmt in tree.body
        if isinstance(stmt, ast.If) and "TYPE_CHECKING" in ast.unparse(stmt.test)
        for inner in stmt.body
        if isinstance(inner, ast.Import | ast.ImportFrom)
        for alias in inner.names
    }
    for name in list(found):
        if name in guarded and name not in plain:
            found[name] = ast.If(ast.parse("typing.TYPE_CHECKING", mode="eval").body, [bound[name]], [])
            if isinstance(bound[name], ast.ImportFrom):
                inner = bound[name]
                assert isinstance(inner, ast.ImportFrom)
                found[name].body = [ast.ImportFrom(_absolute(project, project.path, inner), inner.names, 0)]  # type: ignore[attr-defined]
    return found


def _annotations(node: ast.AST) -> Iterator[str]:
    """The annotations below a node that are written as strings."""
    for inner in ast.walk(node):
        for part in (getattr(inner, "annotation", None), getattr(inner, "returns", None)):
            for leaf in ast.walk(part) if isinstance(part, ast.AST) else ():
                if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str):
                    try:
                        ast.parse(leaf.value, mode="eval")
                    except SyntaxError:
                        continue
                    yield leaf.value


def _class_text(project: _Project, name: str) -> str:
    """The class as it stands, under another name if asked for."""
    content = project.files[project.path]
    _, node = _original(project)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    starts = _starts(content)
    begin, end = starts[first - 1], starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[operator]
    text = content[begin:end]
    if name != project.name:
        edits = [
            (
                starts[n.lineno - 1] + n.col_offset,
                starts[n.lineno - 1] + n.col_offset + len(project.name),
                name,
            )
            for n in ast.walk(node)
            if isinstance(n, ast.Name) and n.id == project.name
        ]
        here = starts[node.lineno - 1] + node.col_offset
        at = content.index(project.name.encode(), here)
        edits.append((at, at + len(project.name), name))
        text = _spliced(content, edits, begin, end)
        text = re.sub(rf'(?<=[\[ :])(["\']){project.name}\1'.encode(), name.join(['"', '"']).encode(), text)
    return text.decode()


def _starts(content: bytes) -> list[int]:
    found = [0]
    for line in content.splitlines(keepends=True):
        found.append(found[-1] + len(line))
    return found


def _spliced(content: bytes, edits: Sequence[Edit], begin: int = 0, end: int | None = None) -> bytes:
    end = len(content) if end is None else end
    out, at = [], begin
    for first, last, text in sorted(edits):
        out += [content[at:first], text.encode()]
        at = last
    return b"".join([*out, content[at:end]])


def _copy(project: _Project, home: Home) -> str:
    tree, _ = _original(project)
    lines = [f'"""{home.name}, once more."""', ""]
    if _is_future(tree):
        lines += ["from __future__ import annotations", ""]
    needs = _needs(project)
    plain = [ast.unparse(node) for node in needs.values() if not isinstance(node, ast.If)]
    guarded = [ast.unparse(node) for node in needs.values() if isinstance(node, ast.If)]
    lines += sorted({*plain, *(["import typing"] if guarded else [])}) + guarded
    constant = f"{project.stem.upper()}_HOME"
    lines += ["", f'__all__ = ["{constant}", "{home.name}"]', "", f'{constant} = "{home.kind}"', "", ""]
    return "\n".join([*lines, _class_text(project, home.name), ""])


def _home_files(project: _Project, homes: Sequence[Home]) -> Files:
    files: Files = {}
    by_kind = {home.kind: home for home in homes}
    for home in homes:
        if home.real and home.kind != "inside":
            files[home.path] = _copy(project, home).encode()
    name, module, stem = project.name, project.module, project.stem
    relative = f".{module.removeprefix(project.package + '.')}"
    api, star = by_kind["re-export"], by_kind["star"]
    files[api.path] = (
        f'"""{name} for users."""\n\nfrom {relative} import {name}\n\n__all__ = ["{name}"]\n'.encode()
    )
    files[by_kind["alias"].path] = (
        f'"""Names of {name}."""\n\nfrom {module} import {name}\n\nClassic{name} = {name}\n'
    ).encode()
    files[by_kind["lazy"].path] = (
        f'"""{name}, when it is asked for."""\n\n\ndef __getattr__(name):\n    if name == "{name}":\n'
        f"        from {module} import {name}\n\n        return {name}\n"
        '    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")\n'
    ).encode()
    files[star.path] = f'"""All of it."""\n\nfrom {api.module} import *\n'.encode()
    impl = by_kind["renamed"]
    files[by_kind["package"].path] = (
        f"from .{impl.module.rpartition('.')[2]} import {impl.name}  # noqa: F401\nfrom ..{stem}_api import {name}  # noqa: F401\n"
    ).encode()
    if "inside" in by_kind:
        home = by_kind["inside"]
        files[home.path] = _with_copy(project, home, project.files[home.path])
    return files


def _with_copy(project: _Project, home: Home, content: bytes) -> bytes:
    """An existing module with a copy after its imports."""
    tree = ast.parse(content)
    bound = _bound(tree)
    last = max(
        n for n, node in enumerate(tree.body) if n == 0 or isinstance(node, ast.Import | ast.ImportFrom)
    )
    at = _starts(content)[tree.body[last].end_lineno or 0]
    new = [ast.unparse(node) for name, node in _needs(project).items() if name not in bound]
    if any(line.startswith("if typing.") for line in new) and "typing" not in bound:
        new.insert(0, "import typing")
    text = "\n".join([*new, "", "", _class_text(project, home.name), "", ""])
    return _spliced(content, [(at, at, text)])


# --- uses -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Site:
    """The one import of the class in a file of the project, and all its reads."""

    path: str
    statement: ast.ImportFrom
    bound: str
    reads: tuple[ast.Name, ...]
    top: bool
    functions: tuple[
        ast.FunctionDef | ast.AsyncFunctionDef, ...
    ]  # the outermost ones that read it; () if others do
    quoted: bool  # a string annotation reads it
    annotated: tuple[ast.Name, ...]  # reads that are an annotation as a whole


def _site(project: _Project, path: str) -> _Site | None:
    tree = ast.parse(project.files[path])
    found = [
        (node, alias)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == project.name and _absolute(project, path, node) in (project.module, project.public)
    ]
    if len(found) != 1:
        return None
    statement, alias = found[0]
    bound = alias.asname or alias.name
    if any(
        isinstance(node, ast.Name) and node.id == bound and not isinstance(node.ctx, ast.Load)
        for node in ast.walk(tree)
    ):
        return None
    if any(isinstance(node, ast.arg) and node.arg == bound for node in ast.walk(tree)):
        return None
    reads = tuple(node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == bound)
    exported = any(isinstance(n, ast.Constant) and n.value == bound for n in ast.walk(tree))
    if exported or not reads:
        return None
    inside: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    covered: set[int] = set()
    for node in _functions(tree):
        here = {id(n) for stmt in node.body for n in ast.walk(stmt)} & {id(read) for read in reads}
        if here:
            inside.append(node)
            covered |= here
    complete = len(covered) == len(reads)
    notes = [
        part
        for node in ast.walk(tree)
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(part, ast.Name) and part.id == bound
    ]
    texts = any(re.search(rf"\b{bound}\b", text) for text in _annotations(tree))
    return _Site(
        path,
        statement,
        bound,
        reads,
        statement in tree.body,
        tuple(inside) if complete else (),
        texts,
        tuple(notes),
    )


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        else:
            yield from _functions(node)


_ANYWHERE = ("plain", "several", "relative")
_AT_TOP = (*_ANYWHERE, "fallback", "dead-arm", "star", "quoted")
_MODULES = ("module", "module-alias", "from-package")


def _uses(project: _Project, homes: Sequence[Home], rng: random.Random) -> list[Use]:
    """What becomes of every import of the class in the project's own files."""
    added = {home.path for home in homes}
    identical = [home for home in homes if not home.real]
    uses: list[Use] = []
    counts: dict[str, int] = {}
    for path in sorted(project.files):
        if path in (project.path, project.path_of(project.public)) or path in added:
            continue
        site = _site(project, path)
        forms = _forms(project, site) if site is not None else []
        if site is None and _attributes(project, path):
            forms = ["attribute"]
        able = [
            Use(path, form, home)
            for form in forms
            for home in identical
            if _fits(project, Use(path, form, home))
        ]
        if not able:
            continue
        rng.shuffle(able)
        use = min(able, key=lambda item: (counts.get(item.form, 0), counts.get(item.home.kind, 0)))
        for what in (use.form, use.home.kind):
            counts[what] = counts.get(what, 0) + 1
        uses.append(use)
    return uses


def _forms(project: _Project, site: _Site) -> list[str]:
    content = project.files[site.path]
    lines = content.splitlines()[site.statement.lineno - 1 : site.statement.end_lineno]
    if any(b"#" in line or b";" in line for line in lines):
        return []
    forms = list(_AT_TOP if site.top else _ANYWHERE)
    tree = ast.parse(content)
    words = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    words |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    if site.top and not site.quoted:
        forms += [form for form in _MODULES if form != "module" or project.package not in words]
        if site.functions and all(f.body[0].lineno > f.lineno for f in site.functions):
            forms += ["in-functions"] * 2
    if not site.path.startswith(f"{project.base}{project.package}/"):
        forms = [form for form in forms if form != "relative"]
    if not site.annotated or site.quoted:
        forms = [form for form in forms if form != "quoted"]
    return forms


def _attributes(project: _Project, path: str) -> list[ast.Attribute]:
    """`package.Name` in a file that says `import package` at its top."""
    tree = ast.parse(project.files[path])
    plain = any(
        isinstance(node, ast.Import) and any(a.name == project.public and not a.asname for a in node.names)
        for node in tree.body
    )
    if not plain:
        return []
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == project.name
        and ast.unparse(node.value) == project.public
    ]


def _fits(project: _Project, use: Use, home: Home | None = None) -> bool:
    home = home or use.home
    in_tests = use.path.startswith(project.tests + "/")
    if home.kind == "helper" and not in_tests:
        return False
    if use.path == home.path:
        return False
    if home.kind == "inside" and (not in_tests or use.form == "star"):
        return False
    if use.form == "star":
        return home.name == project.name and home.kind in ("re-export", "star")
    if use.form == "several":  # needs another name to take
        return home.kind in ("copy", "renamed", "helper", "package")
    if use.form in ("relative",):
        return home.module.startswith(project.package + ".")
    if use.form in ("from-package", "module", "attribute"):
        return home.module.startswith(project.package + ".") and "." in home.module and home.kind != "helper"
    return True


def _contents(project: _Project, homes: Sequence[Home], uses: Sequence[Use]) -> Files:
    files = _home_files(project, homes)
    for use in uses:
        files[use.path] = _rewritten(project, homes, use, files.get(use.path, project.files[use.path]))
    files[project.path_of(project.driver)] = _driver(project, homes).encode()
    files[project.added_tests] = _driver_tests(project, homes).encode()
    return files


def _rewritten(project: _Project, homes: Sequence[Home], use: Use, content: bytes) -> bytes:
    if use.form == "attribute":
        return _with_attributes(project, use, content)
    site = _site(replace(project, files={**project.files, use.path: content}), use.path)
    assert site is not None
    starts = _starts(content)

    def at(node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset

    home, bound = use.home, site.bound
    name = f"{home.name} as {bound}" if home.name != bound else bound
    indent = " " * site.statement.col_offset
    alias = f"{project.stem}_home"
    edits: list[Edit] = []
    relative = _relative(project, use.path, home.module)
    constant = f"{project.stem.upper()}_HOME"
    old = f"from {'.' * site.statement.level}{site.statement.module or ''} import {project.name}" + (
        f" as {bound}" if bound != project.name else ""
    )
    rest = [a for a in site.statement.names if a.name != project.name]
    kept = ""
    if rest:
        kept = ast.unparse(ast.ImportFrom(site.statement.module, rest, site.statement.level)) + f"\n{indent}"
    new = {
        "plain": f"from {home.module} import {name}",
        "quoted": f"from {home.module} import {name}",
        "relative": f"from {relative} import {name}",
        "several": f"from {home.module} import (  # noqa: F401\n{indent}    {name},  # the class\n{indent}    "
        f"{constant if home.real else _named(homes, 'renamed').name},  # and more\n{indent})",
        "fallback": f"try:\n{indent}    from {home.module} import {name}\n{indent}except ImportError:  # pragma: no cover\n{indent}    {old}",
        "dead-arm": f"try:\n{indent}    from {project.package}.{project.stem}_gone import {bound}\n{indent}except ImportError:\n{indent}    "
        f"from {home.module} import {name}",
        "star": f"from {home.module} import *  # noqa: F403",
        "module": f"import {home.module}",
        "module-alias": f"import {home.module} as {alias}",
        "from-package": f"from {home.module.rpartition('.')[0]} import {home.module.rpartition('.')[2]} as {alias}",
        "in-functions": "",
    }[use.form]
    begin, end = at(site.statement)
    if use.form == "quoted":
        edits += [(*at(node), f'"{bound}"') for node in site.annotated]
    elif use.form in _MODULES:
        prefix = home.module if use.form == "module" else alias
        edits += [(*at(node), f"{prefix}.{home.name}") for node in site.reads]
    elif use.form == "in-functions":
        kept = kept.rstrip()
        if not kept:
            begin, end = starts[site.statement.lineno - 1], starts[site.statement.end_lineno or 0]
        for function in site.functions:
            first = function.body[0]
            docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            if docstring and len(function.body) > 1:
                first = function.body[1]
            line = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])
            begin_line = starts[line - 1]
            edits.append(
                (begin_line, begin_line, f"{' ' * first.col_offset}from {home.module} import {name}\n")
            )
    edits.append((begin, end, kept + new))
    return _spliced(content, edits)


def _named(homes: Sequence[Home], kind: str) -> Home:
    return next(home for home in homes if home.kind == kind)


def _relative(project: _Project, path: str, module: str) -> str:
    here = project.module_of(path).split(".")
    if not path.endswith("__init__.py"):
        here = here[:-1]
    there = module.split(".")
    common = 0
    while common < min(len(here), len(there) - 1) and here[common] == there[common]:
        common += 1
    return "." * (len(here) - common + 1) + ".".join(there[common:])


def _with_attributes(project: _Project, use: Use, content: bytes) -> bytes:
    """`import package` and `package.Name` become `import package.home` beside it and `package.home.Name`."""
    starts = _starts(content)
    changed = replace(project, files={**project.files, use.path: content})
    edits: list[Edit] = []
    for node in _attributes(changed, use.path):
        assert node.end_lineno is not None and node.end_col_offset is not None
        begin, end = (
            starts[node.lineno - 1] + node.col_offset,
            starts[node.end_lineno - 1] + node.end_col_offset,
        )
        edits.append((begin, end, f"{use.home.module}.{use.home.name}"))
    for stmt in ast.parse(content).body:
        if isinstance(stmt, ast.Import) and any(
            a.name == project.public and not a.asname for a in stmt.names
        ):
            at = starts[stmt.end_lineno or 0]
            edits.append((at, at, f"import {use.home.module}\n"))
            break
    return _spliced(content, edits)


# --- what the project has no place for ---------------------------------------------------------------------


def _member(project: _Project) -> str:
    _, node = _original(project)
    names = [item.name for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
    return next((name for name in names if not name.startswith("_")), names[0] if names else "__init__")


def _words(project: _Project, homes: Sequence[Home]) -> dict[str, str]:
    spare = _named(homes, "package").module
    return {
        "NAME": project.name,
        "STEM": project.stem,
        "HOME": f"{project.stem.upper()}_HOME",
        "PACKAGE": project.package,
        "MODULE": project.module,
        "DRIVER": project.driver,
        "CORE": _named(homes, "copy").module,
        "RENAMED": _named(homes, "renamed").module,
        "OWN": _named(homes, "renamed").name,
        "SPARE": spare.rpartition(".")[2],
        "API": _named(homes, "re-export").module,
        "HELPER": _named(homes, "helper").module,
        "MEMBER": _member(project),
    }


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"<([A-Z]+)>", lambda found: words[found[1]], text)


_DRIVER = '''"""Who else uses <NAME>."""

from __future__ import annotations

import typing
from importlib import import_module

import <CORE>
import <RENAMED> as spare_module
from . import <STEM>_api
from .<STEM>_core import (  # two names
    <HOME>,  # where it is
    <NAME> as Core<NAME>,  # the class
)
from .<STEM>_names import Classic<NAME>; from .<SPARE> import <OWN>

try:
    from .<STEM>_lazy import <NAME> as Lazy<NAME>
except ImportError:
    from <MODULE> import <NAME> as Lazy<NAME>

if typing.TYPE_CHECKING:
    from .<STEM>_core import <NAME> as Typed<NAME>

__all__ = ["Core<NAME>", "Lazy<NAME>", "<OWN>", "at_once", "in_another", "in_function"]


def at_once() -> dict[str, object]:
    return {
        "core": Core<NAME>,
        "classic": Classic<NAME>,
        "attribute": <CORE>.<NAME>,
        "renamed": spare_module.<OWN>,
        "package": <OWN>,
        "lazy": Lazy<NAME>,
        "submodule": <STEM>_api.<NAME>,
    }


def in_function() -> tuple[object, str]:
    from .<STEM>_core import <HOME>, <NAME>  # late

    return <NAME>, <HOME>


def in_another() -> object:
    from <RENAMED> import <OWN> as Found

    return Found


def read_late() -> object:
    return <STEM>_api.<NAME>


def by_name() -> object:
    return import_module("<CORE>").<NAME>


def typed(value: "Typed<NAME> | None" = None) -> "typing.Optional[Typed<NAME>]":
    return value
'''

_DRIVER_TESTS = '''"""<NAME>, from wherever it is taken."""

import warnings
from importlib import import_module
from unittest import mock

import <API> as api_module
import <DRIVER> as uses
from <DRIVER> import *  # noqa: F403
from <HELPER> import <NAME> as Helped

STAND_IN = object()


def test_all_of_them():
    for found in [*uses.at_once().values(), Helped, Core<NAME>, Lazy<NAME>, <OWN>]:  # noqa: F405
        assert hasattr(found, "<MEMBER>")


def test_in_functions():
    assert hasattr(in_function()[0], "<MEMBER>") and in_function()[1] == "copy"  # noqa: F405
    assert hasattr(in_another(), "<MEMBER>")  # noqa: F405


def test_patch_where_it_is_read():
    with mock.patch("<DRIVER>.Core<NAME>", STAND_IN):
        assert uses.at_once()["core"] is STAND_IN


@mock.patch("<CORE>.<NAME>", STAND_IN)
def test_patch_of_what_a_function_imports():
    assert uses.in_function()[0] is STAND_IN


@mock.patch("<RENAMED>.<OWN>", STAND_IN)
def test_patch_of_another_name():
    assert uses.in_another() is STAND_IN


def test_patch_of_an_attribute(monkeypatch):
    monkeypatch.setattr("<API>.<NAME>", STAND_IN)
    assert uses.read_late() is STAND_IN


def test_patch_of_a_module_object(monkeypatch):
    monkeypatch.setattr(api_module, "<NAME>", STAND_IN)
    assert uses.read_late() is STAND_IN


def test_by_name():
    assert hasattr(uses.by_name(), "<MEMBER>")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # an old name, asked for on purpose
        assert hasattr(getattr(import_module("<RENAMED>"), "<OWN>"), "<MEMBER>")


def test_typed():
    assert uses.typed() is None
'''


def _driver(project: _Project, homes: Sequence[Home]) -> str:
    return _filled(_DRIVER, _words(project, homes))


def _driver_tests(project: _Project, homes: Sequence[Home]) -> str:
    return _filled(_DRIVER_TESTS, _words(project, homes))


def _config(project: _Project, homes: Sequence[Home], import_from: str, variants: Sequence[str]) -> bytes:
    def listed(names: Sequence[str]) -> str:
        return "[" + ", ".join(f'"{name}"' for name in names) + "]"

    names = sorted({project.name, *(home.name for home in homes if home.real)})
    lines = [f"[concepts.{project.stem.replace('_', '-')}]", f'canonical = "{project.module}:{project.name}"']
    if import_from:
        lines.append(f'import-from = "{import_from}"')
    lines.append(f"names = {listed(names)}")
    if variants:
        lines.append(f"variants = {listed(variants)}")
    return ("\n".join(lines) + "\n").encode()


# --- trying ---------------------------------------------------------------------------------------------------


def _write(root: Path, files: Files) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def _holds(
    root: Path, project: _Project, homes: Sequence[Home], uses: Sequence[Use], same: Callable[[], bool]
) -> bool:
    """Does the suite give the same result with these uses? The tree is as it was afterwards."""
    files = _contents(project, homes, uses)
    for content in files.values():
        ast.parse(content)
    _write(root, files)
    try:
        return same()
    finally:
        for path in files:
            if path in project.files:
                (root / path).write_bytes(project.files[path])
            else:
                (root / path).unlink()
                if not any((root / path).parent.iterdir()):
                    (root / path).parent.rmdir()


def _sifted(
    root: Path, project: _Project, homes: Sequence[Home], uses: Sequence[Use], same: Callable[[], bool]
) -> list[Use]:
    """The uses with which the suite gives the same result, found by halves."""
    if _holds(root, project, homes, uses, same):
        return list(uses)
    if len(uses) <= 1:
        if not uses:
            raise SystemExit("the suite gives another result with nothing but the homes")
        if not _holds(root, project, homes, [], same):
            raise SystemExit("the suite gives another result with nothing but the homes")
        return []
    middle = len(uses) // 2
    left = _sifted(root, project, homes, uses[:middle], same)
    right = _sifted(root, project, homes, uses[middle:], same)
    both = [*left, *right]
    return both if _holds(root, project, homes, both, same) else max(left, right, key=len)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: scatter, and say what was done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("symbol", help="package.module:Name")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--import-from", default="", help="the module that users import the class from")
    parser.add_argument("--tests", default="tests", help="the folder of the tests")
    parser.add_argument(
        "--variant", action="append", default=[], help="another class of that name, which is legal"
    )
    parser.add_argument("--suite", default="", help="a pytest command, to try where real copies can be used")
    parser.add_argument("--trials", type=int, default=6, help="how many files to try real copies in")
    given = parser.parse_args(arguments)
    same: Callable[[], bool] | None = None
    if given.suite:
        added = f"{given.tests}/test_{_stem(given.symbol)}_homes.py"
        before = outcomes(given.checkout, given.suite)

        def same() -> bool:
            return outcomes(given.checkout, given.suite, ignore=added) == before

    done = scatter(
        given.checkout,
        given.symbol,
        given.seed,
        import_from=given.import_from,
        tests=given.tests,
        variants=given.variant,
        same=same,
        trials=given.trials,
    )
    for home in done.homes:
        print(f"home  {home.kind:<10} {home.module}:{home.name}{' (a real copy)' if home.real else ''}")
    for use in done.uses:
        print(f"use   {use.form:<12} {use.path} <- {use.home.kind}")
    return 0


def _stem(symbol: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", symbol.partition(":")[2]).lower()


if __name__ == "__main__":
    sys.exit(main())
