"""One file under `rewrite-imports`: which of its imports name an old symbol, and what they become."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ssot_lint.codemod import CannotApply, Refusal, Remark
from ssot_lint.scopes import Bound, Scope, scopes
from ssot_lint.source import Source, Splice
from ssot_lint.workspace import Workspace

from ._moves import Move, Moves
from ._names import renamed
from ._renaming import Names, names_of, obstacle, read_outside
from ._statements import Entry, restated, written_module


@dataclass
class Rewriting:
    """A file, what is asked for it, and what has been found so far. Made, filled and thrown away."""

    workspace: Workspace
    file: int
    moves: Moves
    source: Source
    names: Names
    splices: list[Splice] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.source.path

    def refuse(self, line: int, reason: str, move: Move) -> None:
        self.refusals.append(Refusal(self.path, line, reason, str(move.old)))


@dataclass(frozen=True)
class _Taken:
    """One name of a `from` import that is to come from elsewhere."""

    bound: Bound
    alias: ast.alias
    move: Move

    @property
    def scope(self) -> Scope:
        """The scope whose variable the import binds."""
        scope, name = self.bound.scope, self.alias.asname or self.alias.name
        return scope.module if name in scope.declared_global else scope


def rewriting(workspace: Workspace, path: str, moves: Moves) -> Rewriting:
    """A file read for a rewrite. Raises SyntaxError for one that does not parse."""
    source = Source(path, workspace.read(path))
    names = names_of(source, scopes(source.tree))
    return Rewriting(workspace, workspace.file(path), moves, source, names)


def rewrite_names(work: Rewriting) -> None:
    """`from old import X`: in place, every form, in every scope."""
    taken = list(_taken(work))
    new_names = _new_names(work, taken)
    by_statement: dict[int, list[_Taken]] = {}
    for item in taken:
        by_statement.setdefault(id(item.bound), []).append(item)
    for among in by_statement.values():
        bound = among[0].bound
        try:
            entries = [_entry(work, item, new_names) for item in among]
            work.splices += restated(work.source, bound, entries)
        except CannotApply as error:
            for item in among:
                work.refuse(bound.statement.lineno, error.reason, item.move)


def _taken(work: Rewriting) -> Iterator[_Taken]:
    """The names of the file's `from` imports that are to move."""
    table = work.workspace.project.table
    for bound in work.names.scopes.imports:
        statement = bound.statement
        if not isinstance(statement, ast.ImportFrom):
            continue
        module, found = table.locate(work.file, statement.module or "", statement.level)
        if module is None:
            continue
        for alias in statement.names:
            move = work.moves.names.get((module if found is None else found, alias.name))
            if move is None or (work.path, alias.lineno) in move.made_of:
                continue
            if move.new_key == work.file:
                work.refuse(alias.lineno, f"this module is {move.new.module} itself", move)
                continue
            yield _Taken(bound, alias, move)


def _new_names(work: Rewriting, taken: Sequence[_Taken]) -> set[ast.alias]:
    """The aliases whose local name changes with the object's name: every place that reads it changes too."""
    groups: dict[tuple[int, str], list[_Taken]] = {}
    for item in taken:
        if item.alias.asname is None and item.move.new.name != item.alias.name:
            groups.setdefault((id(item.scope), item.alias.name), []).append(item)
    found: set[ast.alias] = set()
    for (_, old), among in groups.items():
        scope, new = among[0].scope, among[0].move.new.name
        aliases = [item.alias for item in among]
        if any(item.move.new.name != new for item in among) or obstacle(work.names, scope, old, new, aliases):
            continue
        if scope.kind == "module" and read_outside(work.workspace, work.file, old):
            continue
        try:
            work.splices += renamed(work.source, work.names.references(scope, old), new)
        except CannotApply:
            continue
        found.update(aliases)
    return found


def _entry(work: Rewriting, item: _Taken, new_names: set[ast.alias]) -> Entry:
    """What one name of a statement becomes."""
    statement, alias, move = item.bound.statement, item.alias, item.move
    assert isinstance(statement, ast.ImportFrom)
    module = written_module(work.workspace.project, work.file, move.new.module, statement.level)
    name, asname = move.new.name, alias.asname
    if asname is None and name != alias.name and alias not in new_names:
        asname = alias.name
    elif asname == name != alias.name:
        asname = None
    return Entry(alias, module, name, asname)
