"""What a move would collide with: state that functions bind anew, names that the new module has, stars."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.blocks import Bound
from ssot_lint.project import Project

from ._move_parties import Home, Move


def refuse_own_state(move: Move, name: str, writers: Sequence[ast.stmt], handed_on: Collection[str]) -> None:
    """Raises CannotApply for a variable that functions bind anew, when two modules would have it."""
    inside = {id(node) for node in move.moved}
    outside = [node for node in writers if id(node) not in inside]
    if outside or (writers and name in handed_on):
        line = (outside or list(writers))[0].lineno
        raise CannotApply(
            f"{name} is module state, bound anew by the function on line {line}", move.path, line
        )


def bound_there(project: Project, move: Move, file: int) -> list[tuple[Bound, ast.alias]]:
    """The imports of the new module that bring what moves. Raises CannotApply where they cannot go."""
    if move.home.is_new:
        return []
    home = project.by_path[move.home.path]
    places: dict[tuple[int, str, str | None], str] = {}
    for imp in project.files[home].facts.imports:
        if imp.name in (None, "*"):
            continue
        target = project.resolve_import(home, imp).target
        module, _, name = target.symbol.partition(":")
        if target.file == file and module == move.module and name in move.units:
            places[imp.line, imp.name or "", imp.asname] = name
    found = []
    for item in move.home.code.scopes.imports:
        for alias in item.statement.names:
            name = places.get((alias.lineno, alias.name, alias.asname), "")
            if not name:
                continue
            inner = [
                node for node in item.parents if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            ]
            if isinstance(item.statement, ast.Import) or (inner and not isinstance(inner[0], ast.If)):
                raise CannotApply(
                    f"{move.home.module} imports {name} in a larger statement", move.home.path, alias.lineno
                )
            if alias.name != name:
                raise CannotApply(
                    f"{move.home.module} has {name} under another name", move.home.path, alias.lineno
                )
            if alias.asname and item.parents:
                continue  # a function that imports from its own module
            found.append((item, alias))
    return found


def refuse_collisions(project: Project, move: Move, bound: Sequence[tuple[Bound, ast.alias]]) -> None:
    """Raises CannotApply where the new module has, or reads, other things under the names that come."""
    gone = {id(alias) for _, alias in bound}
    home = move.home.code
    for name in sorted(move.units):
        for node in home.scopes.module.bindings.get(name, ()):
            if id(node) not in gone:
                line = getattr(node, "lineno", 1)
                raise CannotApply(f"{move.home.module} has another {name}", move.home.path, line)
        for read in home.scopes.names:
            if read.node.id == name and read.owner is None:
                line = read.string.lineno if read.string else read.statement.lineno
                raise CannotApply(f"{name} means something else in {move.home.module}", move.home.path, line)
    if move.home.is_new:
        return
    for number, file in enumerate(project.files):
        for imp in file.facts.imports:
            if imp.name != "*" or file.path == move.home.path:
                continue
            target = project.resolve_import(number, imp).target
            if target.file != project.by_path[move.home.path] or target.kind != "module":
                continue
            for name in sorted(move.units):
                known = project.name(number, name).target
                if (
                    not name.startswith("_")
                    and known.kind != "unresolved"
                    and known.symbol != f"{move.module}:{name}"
                ):
                    raise CannotApply(
                        f"the star import of {move.home.module} would bring another {name}",
                        file.path,
                        imp.line,
                    )


def stars_of(project: Project, home: Home) -> dict[str, Collection[str]]:
    """What star imports of the new module bring, by module."""
    if home.is_new:
        return {}
    number = project.by_path[home.path]
    found: dict[str, Collection[str]] = {}
    for imp in project.files[number].facts.imports:
        if imp.name == "*":
            module = project.absolute(number, imp)
            file = project.find_module(module) if module else None
            if module and file is not None:
                found[module] = [name for name in project.namespace(file) if project.exported(file, name)]
    return found
