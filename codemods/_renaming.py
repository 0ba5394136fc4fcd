"""May a variable of a file get another name, and where does it stand? Scopes decide, not the text."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.editing.blocks import Read, Scope, Scopes
from ssot_lint.editing.source import Source
from ssot_lint.project import Project
from ssot_lint.workspace import Workspace

_NAMESPACES = re.compile(r"\b(?:globals|locals|vars|eval|exec)\s*\(")
_DOCTEST = re.compile(r"^\s*(?:>>>|\.\.\.) (.*)$", re.MULTILINE)
_TYPE_COMMENT = re.compile(r"#\s*type:\s*(?!ignore)(.*)")


@dataclass(frozen=True)
class Names:
    """A file's names by their text, so that the places of one are found at once."""

    source: Source
    scopes: Scopes
    by_name: Mapping[str, Sequence[Read]]

    def references(self, scope: Scope, name: str) -> list[Read]:
        """Every place that reads, writes or deletes the variable `name` of `scope`."""
        return [read for read in self.by_name.get(name, ()) if read.owner is scope]


def names_of(source: Source, scopes: Scopes) -> Names:
    by_name: dict[str, list[Read]] = {}
    for read in scopes.names:
        by_name.setdefault(read.node.id, []).append(read)
    return Names(source, scopes, by_name)


def obstacle(names: Names, scope: Scope, old: str, aliases: Sequence[ast.alias]) -> str | None:
    """Why the imported variable `old` of a scope has to keep its name within its file; None if it need not."""
    if set(scope.bindings.get(old, ())) - set(aliases):
        return f"{old} is bound by something else too"
    if old.startswith("__"):
        return "names with two underscores are mangled in classes"
    if any(old in inner.declared_global | inner.declared_nonlocal for inner in names.scopes.all):
        return f"{old} is declared global or nonlocal"
    references = names.references(scope, old)
    if any(not isinstance(read.node.ctx, ast.Load) for read in references):
        return f"{old} is bound by something else too"
    if scope.kind == "class":
        return "it is an attribute of the class"
    if scope.kind == "module" and not references:
        return "nothing in the file reads it, so others may"
    return _mentioned(names, old)


def unavailable(
    names: Names, scope: Scope, name: str, references: Sequence[Read], same: Collection[ast.AST] = ()
) -> str | None:
    """Why `name` cannot be bound in a scope and read at these places; None if it can.

    `same` are bindings of the name that stand for the same thing already.
    """
    if name.startswith("__"):
        return "names with two underscores are mangled in classes"
    if any(node not in same for node in scope.bindings.get(name, ())):
        return f"{name} is taken"
    if any(name in inner.declared_global | inner.declared_nonlocal for inner in names.scopes.all):
        return f"{name} is declared global or nonlocal"
    for read in references:
        for around in read.scope.chain():
            if around is scope:
                break
            if name in around.bindings:
                return f"{name} means something else where it would be read"
    if not scope.bindings.get(name):
        for read in names.by_name.get(name, ()):
            chain = list(read.scope.chain())
            if scope in chain and read.owner not in chain[: chain.index(scope)]:
                return f"{name} is read as another name"
    return None


def _mentioned(names: Names, name: str) -> str | None:
    """Whether the file's text may name the variable where scopes do not see it."""
    text = names.source.text
    if _NAMESPACES.search(text):
        return "the file looks names up by their text"
    for comment in _TYPE_COMMENT.findall(text):
        if re.search(rf"\b{re.escape(name)}\b", comment):
            return "a type comment names it"
    whole = {id(read.string) for read in names.by_name.get(name, ()) if read.string is not None}
    nodes = list(names.source.nodes)
    whole.update(id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values)
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and name in node.value:
            if node.value == name and id(node) not in whole:
                return "a string names it"
            if any(re.search(rf"\b{re.escape(name)}\b", line) for line in _DOCTEST.findall(node.value)):
                return "a doctest names it"
    return None


def read_outside(workspace: Workspace, file: int, name: str) -> str | None:
    """Who may read a module's global `name` from outside, as far as imports, strings and texts tell; None: nobody."""
    project = workspace.project
    source = project.files[file]
    facts = source.facts
    if name in (facts.exports or ()) or facts.exports_dynamic or facts.exports_from:
        return f"__all__ names {name}"
    if facts.dynamic_namespace or facts.getattr_names is not None:
        return "the module makes names as it runs"
    users = project.once(_users)
    if (file, name) in users.names:
        return f"others import {name} from here"
    if file in users.stars:
        return "others import everything from here"
    for other in users.modules.get(file, ()):
        if other != file and _speaks_of(project, workspace.read(project.files[other].path), name):
            return f"{project.files[other].path} may read {name} here"
    package, _, last = source.module.rpartition(".")
    through = re.compile(rb"\b%s\s*\.\s*%s\b" % (re.escape(last).encode(), re.escape(name).encode()))
    while package:  # `import package`, then `package.module.name`
        above = project.find_module(package)
        for other in () if above is None else users.modules.get(above, ()):
            if through.search(workspace.read(project.files[other].path)):
                return f"{project.files[other].path} may read {name} here"
        package = package.rpartition(".")[0]
    for other in users.strings.get(name, ()):
        for path in project.files[other].facts.paths:
            if path.attribute == name or (path.value or "").rpartition(".")[2] == name:
                where = (path.value or "").removesuffix(f".{name}") if path.value else ""
                if not where or project.find_module(where) in (None, file) or where == source.module:
                    return f"a string in {project.files[other].path} may name {name} here"
    return None


def _speaks_of(project: Project, content: bytes, name: str) -> bool:
    """Does a text hold `.name` or `"name"`, other than as the last part of a module's name?"""
    for found in re.finditer(rb"(from\s+)?([\w.]*)([.\"'])%s\b" % re.escape(name).encode(), content):
        chain = found[2].decode("utf-8", "replace")
        if found[3] == b"." and (found[1] or project.find_module(f"{chain}.{name}") is not None):
            continue
        return True
    return False


def taken_whole(project: Project, file: int) -> bool:
    """Do others import a module as a whole, or everything from it?"""
    users = project.once(_users)
    return file in users.stars or file in users.modules


@dataclass(frozen=True)
class _Users:
    names: frozenset[tuple[int, str]]  # taken by `from` imports
    stars: frozenset[int]
    modules: Mapping[int, Sequence[int]]  # imported as a whole, by whom
    strings: Mapping[str, Sequence[int]]  # last step of a path string -> files


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one file takes from others, as `_Users` has it of all."""

    names: frozenset[tuple[int, str]]
    stars: frozenset[int]
    modules: frozenset[int]
    strings: frozenset[str]


def read_ahead(project: Project) -> None:
    """Work out what `read_outside` asks for; before processes part, so that it is done once."""
    project.once(_users)


def _users(project: Project) -> _Users:
    every = project.of_each_file(_taken)
    modules: dict[int, list[int]] = {}
    strings: dict[str, list[int]] = {}
    for file, taken in enumerate(every):
        for found in taken.modules:
            modules.setdefault(found, []).append(file)
        for name in taken.strings:
            strings.setdefault(name, []).append(file)
    names = frozenset().union(*(taken.names for taken in every))
    return _Users(names, frozenset().union(*(taken.stars for taken in every)), modules, strings)


def _taken(project: Project, file: int) -> _Taken:
    names: set[tuple[int, str]] = set()
    stars: set[int] = set()
    modules: set[int] = set()
    facts = project.files[file].facts
    for imp in facts.imports:
        name, found = project.table.locate(file, imp.module, imp.level)
        if imp.name is None:
            if found is not None:
                modules.add(found)
            continue
        if found is not None:
            if imp.name == "*" and found != file:
                stars.add(found)
            else:
                names.add((found, imp.name))
        if name is not None and (inner := project.table.exact(f"{name}.{imp.name}")) is not None:
            modules.add(inner)
    strings = (
        path.attribute or (path.value or "").replace(":", ".").rpartition(".")[2] for path in facts.paths
    )
    return _Taken(frozenset(names), frozenset(stars), frozenset(modules), frozenset(strings))
