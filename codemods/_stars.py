"""`from old import *`: where it brings a name that moves and the file needs, the names it brings are written out."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Splice

from ._from_imports import module_key
from ._renaming import read_outside, taken_whole
from ._rewrite_wishes import Move
from ._rewriting import Rewriting, Site
from ._statements import beside, current_module, from_import, written_module


def expand_stars(work: Rewriting) -> None:
    """Every star import of an old module, as far as the file needs what moves."""
    for bound in work.sites:
        statement = bound.statement
        if not isinstance(statement, ast.ImportFrom) or statement.names[0].name != "*":
            continue
        key = module_key(work, statement)
        asked = {**work.moves.kept, **work.moves.names}
        moves = [move for (old, _), move in sorted(asked.items(), key=str) if old == key]
        moves = [move for move in moves if (work.path, statement.names[0].lineno) not in move.made_of]
        if not moves or key == work.file or statement in work.changes:
            continue
        try:
            _expand(work, bound, moves)
        except CannotApply as error:
            work.refuse(statement.lineno, error.reason, moves[0])


def _expand(work: Rewriting, bound: Site, moves: Sequence[Move]) -> None:
    statement = bound.statement
    assert isinstance(statement, ast.ImportFrom)
    key = module_key(work, statement)
    needed = [move for move in moves if _needed(work, move.old.name)]
    if not isinstance(key, int):
        if needed:
            raise CannotApply(
                f"{current_module(statement)} is not part of the project: what its star brings is not known"
            )
        return
    needed = [move for move in needed if work.project.exported(key, move.old.name)]
    if not needed and not any(move.here or move.old == move.new for move in moves):
        return
    if any(move.new_key == work.file for move in needed if move.old != move.new):
        raise CannotApply(f"this module is {needed[0].new.module} itself")
    seen = [move for move in needed if not _overtaken(work, bound, move.old.name)]
    if needed and not seen:
        return
    needed = seen
    names = [name for name in _brought(work, bound, key) if not _overtaken(work, bound, name)]
    if not names:
        raise CannotApply(f"nothing here reads what the star brings from {current_module(statement)}")
    moved = {move.old.name: move for move in needed if move.old != move.new}
    texts = []
    kept = sorted(name for name in names if name not in moved)
    if kept:
        texts.append(from_import(work.source, bound.statement, current_module(statement), kept))
    modules: dict[str, list[str]] = {}
    for name, move in sorted(moved.items()):
        written = written_module(work.project, work.file, move.new.module, statement.level)
        text = move.new.name if move.new.name == name else f"{move.new.name} as {name}"
        modules.setdefault(written, []).append(text)
    texts += [from_import(work.source, bound.statement, module, among) for module, among in modules.items()]
    work.places.append(Splice(*work.source.span(statement), texts[0]))
    if texts[1:]:
        work.places.append(beside(work.source, statement, [(text, "") for text in texts[1:]]))


def _needed(work: Rewriting, name: str) -> bool:
    """Does the file, or one that imports from it, read a global of this name?"""
    for read in work.names.by_name.get(name, ()):
        if read.owner is None or read.owner.kind == "module":
            return True
    return read_outside(work.workspace, work.file, name) is not None


def _overtaken(work: Rewriting, bound: Site, name: str) -> bool:
    """Is the name bound again behind the star, at the module's top level, so that the star's is never seen?"""
    if bound.parents:
        return False
    for node in work.names.scopes.module.bindings.get(name, ()):
        line = getattr(node, "lineno", 0)
        top = any(
            node is statement
            or (isinstance(statement, ast.Import | ast.ImportFrom) and node in statement.names)
            or (isinstance(statement, ast.Assign) and node in statement.targets)
            or (
                isinstance(statement, ast.AnnAssign)
                and node is statement.target
                and statement.value is not None
            )
            for statement in bound.block
        )
        first = min(
            (read.node.lineno for read in work.names.by_name.get(name, ()) if read.string is None),
            default=line,
        )
        if top and bound.statement.lineno < line <= first:
            return True
    return False


def _brought(work: Rewriting, bound: Site, file: int) -> list[str]:
    """The names that a star brings and the file, or another one through it, may need. Raises CannotApply."""
    project = work.project
    module = project.files[file].module
    closed = _closed(work, file, set())
    if closed is not None:
        raise CannotApply(f"what the star brings from {module} is not known: {closed}")
    every = set(project.exports(file))
    own = project.files[work.file]
    seen = {name for name in work.names.by_name if _reads_global(work, name)}
    submodules = {
        name
        for name in seen - every
        if project.files[file].is_package
        and project.find_module(f"{module}.{name}") is not None
        and not work.names.scopes.module.bindings.get(name)
    }
    facts = own.facts
    if facts.exports is None and not facts.exports_dynamic and taken_whole(project, work.file):
        return sorted(every | submodules)
    return sorted(
        {name for name in every if name in seen or read_outside(work.workspace, work.file, name)} | submodules
    )


def _reads_global(work: Rewriting, name: str) -> bool:
    return any(read.owner is None or read.owner.kind == "module" for read in work.names.by_name[name])


def _closed(work: Rewriting, file: int, seen: set[int]) -> str | None:
    """Why a module's public names are not all known; None if they are."""
    project = work.project
    facts = project.files[file].facts
    seen.add(file)
    if facts.problem is not None:
        return "it does not parse"
    if facts.exports_dynamic:
        return "its __all__ is made as it runs"
    if facts.dynamic_namespace:
        return "it makes names as it runs"
    for imp in facts.imports:
        if imp.name == "*" and imp.scope < 0 and facts.exports is None:
            _, found = project.table.locate(file, imp.module, imp.level)
            if found is None:
                return f"it has a star import of {imp.module}"
            if found not in seen and (reason := _closed(work, found, seen)):
                return reason
    return None
