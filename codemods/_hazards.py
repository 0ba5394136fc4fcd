"""What a reviewer should know of a file's new imports, though nothing about them is known to be wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ssot_lint.codemod import Remark
from ssot_lint.reading.expressions import dotted

from ._effects import effect
from ._from_imports import module_key
from ._rewrite_wishes import Move
from ._rewriting import Rewriting

_TESTS = ("isinstance", "issubclass")


def hazards(work: Rewriting) -> Iterator[Remark]:
    """Effects of the old module that may be missed, tests of identity, imports that failed until now."""
    moves: dict[Move, list[tuple[int, str]]] = {}
    for alias, move in work.moved.items():
        moves.setdefault(move, []).append((alias.lineno, alias.asname or alias.name))
    for move, places in moves.items():
        line = min(line for line, _ in places)
        acts = effect(work.workspace, move.old_key)
        if acts and isinstance(move.old_key, int) and not _still_imported(work, move):
            path = work.project.files[move.old_key].path
            yield Remark(
                work.path,
                line,
                f"no longer imports {move.old.module}, which acts when it is imported ({path}:{acts})",
            )
        if move.differs:
            names = {name for _, name in places}
            for at, what in _identity(work, names):
                yield Remark(work.path, at, f"{what} {move.new} now: objects of {move.old} are none")
        if isinstance(move.new_key, str) and not move.is_builtin:
            yield Remark(
                work.path,
                line,
                f"{move.new.module} is no module of this project: that it has {move.new.name or 'this name'} was not checked",
            )
    for bound in work.sites:
        for alias in bound.statement.names:
            found = work.moved.get(alias)
            arm = bound.parents[-1] if bound.parents else None
            if (
                found
                and isinstance(arm, ast.Try)
                and bound.statement in arm.body
                and arm.handlers
                and found.missing
            ):
                yield Remark(
                    work.path,
                    alias.lineno,
                    f"{found.old} does not exist, so the handler ran until now; {found.new} does",
                )


def _still_imported(work: Rewriting, move: Move) -> bool:
    for bound in work.sites:
        changed = work.changes.get(bound.statement, {})
        if any(alias not in changed for alias in bound.statement.names):
            if isinstance(bound.statement, ast.ImportFrom):
                if module_key(work, bound.statement) == move.old_key:
                    return True
            elif any(alias.name == move.old.module for alias in bound.statement.names):
                return True
    return False


def _identity(work: Rewriting, names: set[str]) -> Iterator[tuple[int, str]]:
    """Where the file tests for a class, or catches it, by one of its names here."""
    for node in ast.walk(work.source.tree):
        match node:
            case ast.Call(func=ast.Name(id=test), args=[_, kinds]) if test in _TESTS and _any(kinds, names):
                yield node.lineno, f"{test} asks for"
            case ast.ExceptHandler(type=ast.expr() as kinds) if _any(kinds, names):
                yield node.lineno, "except catches"


def _any(node: ast.expr, names: set[str]) -> bool:
    return any(isinstance(inner, ast.Name) and dotted(inner) in names for inner in ast.walk(node))
