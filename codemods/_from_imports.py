"""`from old import X`: which names of a file's `from` imports move, and under which name they are known then."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.blocks import Scope

from ._renaming import obstacle, read_outside, unavailable
from ._rewrite_wishes import Key, Move
from ._rewriting import Rewriting, Site, owner
from ._statements import Entry, current_module, written_module


@dataclass(frozen=True)
class Taken:
    """One name of a `from` import that is to come from elsewhere."""

    work: Rewriting
    bound: Site
    alias: ast.alias
    move: Move

    @property
    def local(self) -> str:
        return self.alias.asname or self.alias.name

    @property
    def scope(self) -> Scope:
        """The scope whose variable the import binds."""
        return owner(self.work.scope(self.bound), self.local)


def rewrite_names(work: Rewriting) -> None:
    """Every name that a `from` import takes from its old module, in every scope."""
    taken = list(_taken(work))
    renamed = _renamed(work, taken)
    for item in taken:
        try:
            work.change(item.bound, item.alias, _entry(work, item, renamed), item.move)
        except CannotApply as error:
            work.refuse(item.alias.lineno, error.reason, item.move)


def module_key(work: Rewriting, statement: ast.ImportFrom) -> Key | None:
    """The module that a `from` import names."""
    module, found = work.project.table.locate(work.file, statement.module or "", statement.level)
    return module if found is None else found


def _taken(work: Rewriting) -> Iterator[Taken]:
    for bound in work.sites:
        statement = bound.statement
        if not isinstance(statement, ast.ImportFrom) or (key := module_key(work, statement)) is None:
            continue
        for alias in statement.names:
            move = work.moves.names.get((key, alias.name))
            if move is None or (work.path, alias.lineno) in move.made_of:
                continue
            if move.new_key == work.file:
                work.refuse(alias.lineno, f"this module is {move.new.module} itself", move)
            else:
                yield Taken(work, bound, alias, move)


def _renamed(work: Rewriting, taken: Sequence[Taken]) -> set[ast.alias]:
    """The aliases whose local name changes with the object's name; the places that read it change here."""
    groups: dict[tuple[int, str], list[Taken]] = {}
    for item in taken:
        if item.alias.asname is None and (item.move.new.name != item.alias.name or item.move.is_builtin):
            groups.setdefault((id(item.scope), item.alias.name), []).append(item)
    found: set[ast.alias] = set()
    for (_, old), among in groups.items():
        scope, new = among[0].scope, among[0].move.new.name
        if any(item.move.new.name != new for item in among) or not _free(work, scope, old, among):
            continue
        try:
            swaps = [
                work.swap(read, read.node, new) for read in work.names.references(scope, old) if new != old
            ]
        except CannotApply:
            continue
        if new != old and not work.claim(scope, new, str(among[0].move.new)):
            continue
        work.places += swaps
        found.update(item.alias for item in among)
    return found


def _free(work: Rewriting, scope: Scope, old: str, among: Sequence[Taken]) -> bool:
    """May the local name `old` become the new object's name, here and as far as others are concerned?"""
    move, aliases = among[0].move, [item.alias for item in among]
    new = move.new.name
    if obstacle(work.names, scope, old, aliases) is not None:
        return False
    if scope.kind == "module" and read_outside(work.workspace, work.file, old):
        return False
    if any(by_star(work, site.statement, name) for site in work.sites for name in (old, new)):
        return False
    references = work.names.references(scope, old)
    if move.is_builtin:
        bindings = [node for around in scope.chain() for node in around.bindings.get(new, ())]
        stars = any(alias.name == "*" for bound in work.sites for alias in bound.statement.names)
        if stars or any(node not in aliases for node in bindings):
            return False
        if new == old:
            return True
    return unavailable(work.names, scope, new, references, _same(work, scope, new, move)) is None


def by_star(work: Rewriting, statement: ast.Import | ast.ImportFrom, name: str) -> bool:
    """May an import bind the name by a star?"""
    if statement.names[0].name != "*" or not isinstance(statement, ast.ImportFrom):
        return False
    key = module_key(work, statement)
    if not isinstance(key, int) or work.project.files[key].facts.exports_dynamic:
        return True
    return name in work.project.exports(key)


def _same(work: Rewriting, scope: Scope, name: str, move: Move) -> Collection[ast.AST]:
    """The imports of a scope that bind `name` to the new object already."""
    found = set()
    for bound in work.sites:
        if isinstance(bound.statement, ast.ImportFrom) and module_key(work, bound.statement) == move.new_key:
            for alias in bound.statement.names:
                if (alias.asname or alias.name, alias.name) == (name, move.new.name) and (
                    owner(work.scope(bound), name) is scope
                ):
                    found.add(alias)
    return found


def _entry(work: Rewriting, item: Taken, renamed: Collection[ast.alias]) -> Entry | None:
    """What one name of a statement becomes; None: it goes, for its object is a builtin."""
    statement, alias, move = item.bound.statement, item.alias, item.move
    assert isinstance(statement, ast.ImportFrom)
    name, asname = move.new.name, alias.asname
    if move.is_builtin:
        if alias in renamed:
            return None
        return (
            Entry("builtins", name, asname if asname != name else None)
            if asname
            else Entry("builtins", name, alias.name if alias.name != name else None)
        )
    if move.new_key == move.old_key:
        module = current_module(statement)
    else:
        module = written_module(work.project, work.file, move.new.module, statement.level)
    if asname is None and name != alias.name and alias not in renamed:
        asname = alias.name
    elif asname == name != alias.name:
        asname = None
    return Entry(module, name, asname)
