"""Who takes a name from a module: imports, attribute reads, strings that are looked up, entry points, other texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.editing.stubs import stub_imports
from ssot_lint.model import MODULE
from ssot_lint.project import Project
from ssot_lint.reading.expressions import dotted
from ssot_lint.workspace import Workspace

Key = tuple[int, str]
"""A file's index and a name that it binds: "" for the module itself, "*" for all that a star brings."""

_LOOKED_UP = (".toml", ".ini", ".cfg", ".yaml", ".yml", ".sh", ".env", ".service", ".ipynb", ".pyi")
_LOOKED_UP_NAMES = ("Dockerfile", "Procfile", "Makefile")
"""Texts whose dotted names are looked up: settings, entry points, commands, notebooks, stubs. Others speak of them."""

_EXAMPLE = re.compile(r"\s*(?:>>>|\.\.\.) \S")
_IMPORTING = (".ipynb", ".pyi")
"""Texts that import: whoever names a module in them may take each of its names."""


@dataclass(frozen=True, slots=True, order=True)
class User:
    """A place that needs a name to be where it is."""

    path: str
    line: int
    how: str  # "imports Cart from shop.old", "looks up 'shop.old.Cart'"
    is_string: bool = False
    is_late: bool = False  # takes it when a function runs, not when the file is imported


def users_of(workspace: Workspace, keys: Collection[Key]) -> Mapping[Key, tuple[User, ...]]:
    """For each key the places in other files that take it, by path and line. One pass for all keys.

    Attribute reads are known where the reading file imports the module, or was read deeply. A module's own file is
    no user of it.
    """
    project = workspace.project
    names: dict[int, set[str]] = {}
    for file, name in keys:
        names.setdefault(file, set()).add(name)
    found: dict[Key, set[User]] = {key: set() for key in keys}
    for reader in (_imported, _read, _looked_up, _stubbed):
        for key, user in reader(workspace, names):
            if key in found and (user.is_string or user.path != project.files[key[0]].path):
                found[key].add(user)
    return {key: tuple(sorted(users)) for key, users in found.items()}


def _imported(workspace: Workspace, names: Mapping[int, set[str]]) -> Iterator[tuple[Key, User]]:
    project = workspace.project
    for number, answers in enumerate(project.resolutions):
        source = project.files[number]
        holds: dict[int, set[str]] = {}
        for imp, answer in zip(source.facts.imports, answers, strict=True):
            target = answer.target
            if target.kind == "module" and target.file in names and (imp.name != "*"):
                module = project.files[target.file].module
                yield (target.file, ""), User(source.path, imp.line, f"imports {module}")
                local = imp.asname or imp.name or imp.module
                holds.setdefault(target.file, set()).add(local)
            if imp.name is not None:
                _, home = project.table.locate(number, imp.module, imp.level)
                if home is not None and home in names:
                    module = project.files[home].module
                    how = f"imports {imp.name} from {module}"
                    yield (home, imp.name), User(source.path, imp.line, how, is_late=imp.scope != MODULE)
                    if imp.name == "*":
                        for name in sorted(names[home] - {"", "*"}):
                            if project.exported(home, name):
                                yield (home, name), User(source.path, imp.line, f"imports * from {module}")
        for file, locals_ in sorted(holds.items()) if holds else ():
            yield from _attributes(workspace, number, file, locals_, names[file])


def _attributes(
    workspace: Workspace, number: int, file: int, held: Collection[str], names: Collection[str]
) -> Iterator[tuple[Key, User]]:
    """`old.Name` and `getattr(old, "Name")` in a file that has the module under one of the names `held`."""
    source = workspace.project.files[number]
    if source.facts.problem is not None:
        return
    for node in workspace.source(source.path).nodes:
        match node:
            case ast.Attribute(attr=name, value=owner) if name in names and dotted(owner) in held:
                how = f"reads {dotted(owner)}.{name}"
                yield (file, name), User(source.path, node.lineno, how, is_late=True)
            case ast.Call(func=ast.Name(id="getattr" | "hasattr"), args=[owner, ast.Constant(value=str(name)), *_]) \
                if name in names and dotted(owner) in held:  # fmt: skip
                how = f"reads {dotted(owner)}.{name}"
                yield (file, name), User(source.path, node.lineno, how, is_late=True)


def _read(workspace: Workspace, names: Mapping[int, set[str]]) -> Iterator[tuple[Key, User]]:
    """What deeply read files say: `package.old.Name` where only `package` is imported."""
    project = workspace.project
    wanted = frozenset().union(*names.values()) - {"", "*"}
    lasts = {project.files[file].module.rpartition(".")[2] for file in names}
    for number, source in enumerate(project.files):
        deep = source.facts.deep
        if deep is None:
            continue
        said = {(item.callee, item.line, item.scope) for item in deep.calls}
        said |= {(item.name, item.line, item.scope) for item in deep.references}
        said |= {(f"{item.receiver}.{item.attribute}", item.line, item.scope) for item in deep.uses}
        for text, line, scope in said:
            head, _, last = text.rpartition(".")
            if last not in wanted or head.rpartition(".")[2] not in lasts:
                continue
            owner = project.resolve(number, head, scope).target
            if owner.kind == "module" and owner.file in names:
                yield (owner.file, last), User(source.path, line, f"reads {text}", is_late=True)


def _looked_up(workspace: Workspace, names: Mapping[int, set[str]]) -> Iterator[tuple[Key, User]]:
    project = workspace.project
    lasts = tuple(sorted({project.files[file].module.rpartition(".")[2] for file in names}))
    pattern = re.compile("|".join(re.escape(last) for last in lasts))
    for number, source in enumerate(project.files):
        for path in source.facts.paths:
            if path.target is not None and path.attribute is not None:
                owner = project.resolve(number, path.target, path.scope).target
                if owner.kind == "module" and owner.file in names:
                    how = f"replaces {path.target}.{path.attribute}"
                    yield (owner.file, path.attribute), User(source.path, path.line, how, True)
            elif path.value and pattern.search(path.value):
                text = path.value + ("." + path.attribute if path.attribute else "")
                for key in _named(project, names, text):
                    yield key, User(source.path, path.line, f"looks up {text!r}", True)
    for text in project.config.entry_points:
        for key in _named(project, names, text):
            yield key, User("pyproject.toml", 1, f"has the entry point {text!r}", True)


def _stubbed(workspace: Workspace, names: Mapping[int, set[str]]) -> Iterator[tuple[Key, User]]:
    """The relative imports of stub files; `mentions` sees those that are written in full."""
    for path in workspace.others:
        if path.endswith(".pyi"):
            for item in stub_imports(workspace, path):
                if item.written.startswith("from ."):
                    for key in _named(workspace.project, names, item.target):
                        yield key, User(path, item.line, f"says {item.written}")


def _named(project: Project, names: Mapping[int, set[str]], text: str) -> Iterator[Key]:
    parts = text.replace(":", ".").split(".")
    for cut in range(len(parts), 0, -1):
        file = project.table.find(".".join(parts[:cut]))
        if file is not None:
            if file in names:
                yield file, parts[cut] if cut < len(parts) else ""
            return


def mentions(workspace: Workspace, texts: Collection[str]) -> Mapping[str, tuple[User, ...]]:
    """Where files that are no Python, and doctests, name a path such as `shop.old` or `shop.old:Cart`; `:` and `.` are alike.

    Settings, commands, notebooks and doctests may look it up: `is_string`. Lines of comment in them, prose and data
    (Markdown, JSON and the like) only speak of it.
    """
    found: dict[str, list[User]] = {text: [] for text in texts}
    if not texts:
        return {}
    forms = {
        text: re.compile(rf"(?<![\w.]){re.escape(text).replace(':', '[.:]')}(?!\w)")
        for text in sorted({*texts, *(text.partition(":")[0] for text in texts)})
    }
    modules = {text.partition(":")[0].encode() for text in texts}
    for path in workspace.others:
        try:
            read = workspace.read(path)
            if not any(module in read for module in modules):  # by far the most, and soon told
                continue
            content = read.decode()
        except (UnicodeDecodeError, OSError, KeyError):
            continue
        looked_up = _is_looked_up(path)
        for text in found:
            whole = text.partition(":")[0] if path.endswith(_IMPORTING) else text
            for match in forms[whole].finditer(content):
                line = content.count("\n", 0, match.start()) + 1
                is_looked_up = looked_up and not _is_comment(path, content, match.start())
                found[text].append(User(path, line, f"names {match[0]}", is_looked_up))
    for source in workspace.project.files:
        for line, example in _doctest(workspace, source.path):
            for text in found:
                if named := forms[text.partition(":")[0]].search(example):
                    found[text].append(User(source.path, line, f"names {named[0]} in a doctest", True))
    return {text: tuple(users) for text, users in found.items()}


def _doctest(workspace: Workspace, path: str) -> Sequence[tuple[int, str]]:
    """The lines of a Python file that a doctest would run, and their numbers."""
    file, known = workspace.file(path), workspace.project.by_file(_doctests)
    if file not in known:
        content = workspace.read(path)
        lines = content.decode("utf-8", "replace").splitlines() if b">>>" in content else ()
        known[file] = [(number, text) for number, text in enumerate(lines, 1) if _EXAMPLE.match(text)]
    return known[file]


def _doctests(project: Project, file: int) -> Sequence[tuple[int, str]]:
    """What is known so far; filled file by file."""
    return ()


def _is_looked_up(path: str) -> bool:
    return path.endswith(_LOOKED_UP) or path.rpartition("/")[2].startswith(_LOOKED_UP_NAMES)


def _is_comment(path: str, content: str, place: int) -> bool:
    """Is the line a comment as a whole? A `#` further on in it may stand in a value."""
    line = content[content.rfind("\n", 0, place) + 1 : place].lstrip()
    if line.startswith("#"):
        return not line.startswith("#!")
    return line.startswith(";") and path.endswith((".ini", ".cfg", ".service"))
