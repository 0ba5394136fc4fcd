"""A whole module has another name: `import old`, `from old import X`, `from package import old`, `old.X`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ssot_lint.codemod import CannotApply, Refusal
from ssot_lint.editing.blocks import Read, Scope
from ssot_lint.reading.expressions import dotted

from ._held_modules import chain, plain_bindings, quoted_chain
from ._renaming import obstacle, read_outside, unavailable
from ._rewrite_wishes import Move
from ._rewriting import Rewriting, Site, as_fact, owner
from ._statements import Entry, written_module


def rewrite_modules(work: Rewriting) -> None:
    """Every import of a module that moves, or of a module in a package that does, and what is read through it."""
    if not work.moves.modules:
        return
    plain: dict[tuple[int, str], list[tuple[Site, ast.alias]]] = {}
    for bound in work.sites:
        statement = bound.statement
        for alias in statement.names:
            if isinstance(statement, ast.Import) and alias.asname is None:
                top = alias.name.partition(".")[0]
                plain.setdefault((id(owner(work.scope(bound), top)), top), []).append((bound, alias))
            elif alias not in work.moved:
                try:
                    _one(work, bound, alias)
                except CannotApply as error:
                    work.refusals.append(Refusal(work.path, alias.lineno, error.reason, error.path))
    for (_, top), among in plain.items():
        _plain(work, owner(work.scope(among[0][0]), top), top, among)


def _one(work: Rewriting, bound: Site, alias: ast.alias) -> None:
    """One name of a `from` import, or `import a.b as c`."""
    statement = bound.statement
    if isinstance(statement, ast.Import):
        found = work.moves.module(alias.name)
        if found is not None and _allowed(work, alias, found[0]):
            _exists(work, found, "")
            work.change(bound, alias, Entry(None, found[1], alias.asname), found[0])
        return
    module = work.project.absolute(work.file, as_fact(statement, alias))
    if module is None:
        return
    found = work.moves.module(module)
    if found is not None:
        if _allowed(work, alias, found[0]):
            _exists(work, found, "" if alias.name == "*" else alias.name)
            written = written_module(work.project, work.file, found[1], statement.level)
            work.change(bound, alias, Entry(written, alias.name, alias.asname), found[0])
        return
    found = work.moves.module(f"{module}.{alias.name}")
    if found is None or work.target(statement, alias).kind not in ("module", "unresolved", "external"):
        return
    if not _allowed(work, alias, found[0]):
        return
    parent, _, leaf = found[1].rpartition(".")
    local = alias.asname or alias.name
    written_parent = written_module(work.project, work.file, parent, statement.level) if parent else None
    work.change(bound, alias, Entry(written_parent, leaf, local if local != leaf else None), found[0])


def _allowed(work: Rewriting, alias: ast.alias, move: Move) -> bool:
    return (work.path, alias.lineno) not in move.made_of


def _exists(work: Rewriting, found: tuple[Move, str], name: str) -> None:
    """Raises CannotApply where the new module lacks what is imported from it."""
    move, module = found
    if work.project.resolve_symbol(f"{module}:{name}").target.kind == "unresolved":
        raise CannotApply(f"{module} has no {name}" if name else f"{module} does not exist", str(move.old))


def _plain(work: Rewriting, scope: Scope, top: str, among: Sequence[tuple[Site, ast.alias]]) -> None:
    """`import a.b`, `import a.c`: the imports that bind `a` in a scope, and what is read through it."""
    moved = [(bound, alias, found) for bound, alias in among if (found := work.moves.module(alias.name))]
    reads = [(read, _longest(work, read)) for read in work.names.references(scope, top)]
    swapped = [(read, *found) for read, found in reads if found is not None]
    if not moved and not swapped:
        return
    move = moved[0][2][0] if moved else swapped[0][2]
    line = among[0][1].lineno
    try:
        for _, _, found in moved:
            _exists(work, found, "")
        if any(not any(node is alias for _, alias in among) for node in scope.bindings.get(top, ())):
            raise CannotApply(f"{top} is bound by something else too")
        if all(alias.name == top for _, alias in among) and top in work.moves.modules:
            _top_level(work, scope, top, among, move)
            return
        if scope.kind == "module" and (why := read_outside(work.workspace, work.file, top)):
            raise CannotApply(f"{top} may be read from outside: {why}")
        for new in sorted({text.partition(".")[0] for _, _, _, text in swapped} - {top}):
            here = [read for read, _, _, text in swapped if text.partition(".")[0] == new]
            why = unavailable(work.names, scope, new, here, plain_bindings(work, scope, new))
            if why is not None or not work.claim(scope, new, new):
                raise CannotApply(why or f"{new} is taken")
        places = [work.swap(read, node, text) for read, node, _, text in swapped]
    except CannotApply as error:
        work.refuse(line, error.reason, move)
        return
    work.places += places
    for bound, alias, (which, name) in moved:
        work.change(bound, alias, Entry(None, name, None), which)
    if any(found is None for _, found in reads) and len(moved) == len(among):
        parent = moved[0][1].name.rpartition(".")[0] or top
        work.extra.setdefault(moved[0][0].statement, {})[f"import {parent}"] = None
    loaded = {name for _, _, (_, name) in moved}
    for _, _, which, _ in swapped:
        if not any(f"{name}.".startswith(f"{which.new.module}.") for name in loaded):
            work.extra.setdefault(among[0][0].statement, {})[f"import {which.new.module}"] = None


def _longest(work: Rewriting, read: Read) -> tuple[ast.Name | ast.Attribute, Move, str] | None:
    """The longest part of a chain that names a module that moves, and the module's new name."""
    nodes = quoted_chain(read) if read.string is not None else chain(work, read.node)
    for node in reversed(nodes):
        move = work.moves.modules.get(dotted(node))
        if move is not None and isinstance(node, ast.Name | ast.Attribute):
            return node, move, move.new.module
    return None


def _top_level(
    work: Rewriting, scope: Scope, top: str, among: Sequence[tuple[Site, ast.alias]], move: Move
) -> None:
    """`import a` alone: the local name stays, or changes wherever it is read."""
    parent, _, leaf = move.new.module.rpartition(".")
    aliases = [alias for _, alias in among]
    local = top
    if leaf != top and not parent:
        references = work.names.references(scope, top)
        outside = scope.kind == "module" and read_outside(work.workspace, work.file, top)
        if not outside and obstacle(work.names, scope, top, aliases) is None:
            same = plain_bindings(work, scope, leaf)
            if unavailable(work.names, scope, leaf, references, same) is None and work.claim(
                scope, leaf, leaf
            ):
                work.places += [work.swap(read, read.node, leaf) for read in references]
                local = leaf
    asname = local if local != leaf else None
    for bound, alias in among:
        work.change(bound, alias, Entry(parent or None, leaf, asname), move)
