"""`import old` and `old.X`: attributes of imported modules whose object has another home now."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.blocks import Read
from ssot_lint.reading.expressions import dotted

from ._effects import effect
from ._held_modules import Held, Use, chain, held_modules, holders, module_of, plain_bindings, quoted_chain
from ._reached import reached
from ._renaming import read_outside, unavailable
from ._rewriting import Given, Rewriting, is_late
from ._statements import Entry, written_module


def rewrite_attributes(work: Rewriting) -> None:
    """Every attribute that names an old symbol: its import re-pointed if nothing else needs it, else one added."""
    homes = {move.old.module for move in work.moves.names.values()}
    tops = {home.partition(".")[0] for home in homes}
    keys = {key for key, _ in work.moves.names}
    held = [
        item
        for item in held_modules(work)
        if item.path.partition(".")[0] in tops or module_of(work, item.path, ()) in keys
    ]
    if not held:
        return
    groups: dict[tuple[int, str, str], list[Use]] = {}
    for use in _uses(work, held):
        key = (id(use.held.scope), use.held.local, use.move.new.module)
        groups.setdefault(key, []).append(use)
    waiting = list(groups.values())
    for attempt in (_repoint, _add, _add):  # what one group brings in may be what another lacks
        failed = []
        for uses in waiting:
            try:
                for use in uses:
                    work.swap(use.read, use.node, use.move.new.name)
                if not attempt(work, uses, held):
                    failed.append((uses, ""))
            except CannotApply as error:
                failed.append((uses, error.reason))
        waiting = [uses for uses, _ in failed]
    for uses, reason in failed:
        for use in uses:
            line = use.node.lineno if use.read.string is None else use.read.string.lineno
            work.refuse(line, reason, use.move)


def _uses(work: Rewriting, held: Sequence[Held]) -> Iterator[Use]:
    by_scope: dict[tuple[int, str], list[Held]] = {}
    for item in held:
        by_scope.setdefault((id(item.scope), item.local), []).append(item)
    for local in sorted({item.local for item in held}):
        for read in work.names.by_name.get(local, ()):
            among = by_scope.get((id(read.owner), local))
            if among is None:
                continue
            nodes = quoted_chain(read) if read.string is not None else chain(work, read.node)
            use = _use(work, read, nodes, among)
            if use is None:
                _refuse_by_text(work, nodes, among)
                continue
            line = use.node.lineno if read.string is None else read.string.lineno
            others = [
                node
                for node in among[0].scope.bindings[local]
                if not any(node is item.alias for item in among)
            ]
            if others or len({item.path for item in among}) > 1:
                work.refuse(line, f"{local} may be something else here", use.move)
            elif not isinstance(use.node.ctx, ast.Load):
                text = f"{dotted(use.node)} is assigned: whoever reads it there would not see that"
                work.refuse(line, text, use.move)
                lasting = not is_late(read.scope) and not work.project.files[work.file].is_test
                work.assigned.append((line, use.move, text, lasting))
            elif use.move.new_key == work.file:
                work.refuse(line, f"this module is {use.move.new.module} itself", use.move)
            else:
                yield use


def _refuse_by_text(work: Rewriting, nodes: Sequence[ast.expr], among: Sequence[Held]) -> None:
    """`getattr(old, "X")` is left as it is, and said so."""
    for length, node in enumerate(nodes):
        call = work.by_text.get(id(node))
        if call is None or not isinstance(call.args[1], ast.Constant):
            continue
        names = [inner.attr for inner in nodes[: length + 1] if isinstance(inner, ast.Attribute)]
        key = module_of(work, among[0].path, names)
        move = None if key is None else work.moves.names.get((key, str(call.args[1].value)))
        if move is not None:
            work.refuse(call.lineno, f"{dotted(node)} is asked for {move.old.name} by its text", move)


def _use(work: Rewriting, read: Read, nodes: Sequence[ast.expr], among: Sequence[Held]) -> Use | None:
    """The first attribute of a chain that names an old symbol."""
    names = [node.attr for node in nodes if isinstance(node, ast.Attribute)]
    for item in among:
        for length, name in enumerate(names):
            if not any(name == wanted for _, wanted in work.moves.names):
                continue
            key = module_of(work, item.path, names[:length])
            move = None if key is None else work.moves.names.get((key, name))
            node = nodes[length + 1]
            if move is not None and isinstance(node, ast.Attribute):
                return Use(read, node, move, item, length)
    return None


def _repoint(work: Rewriting, uses: Sequence[Use], held: Sequence[Held]) -> bool:
    """The import in place, if all that is read through it comes from the new module now."""
    entry = _repointed(work, uses)
    if entry is None:
        return False
    aliases, change, prefix = entry
    scope, new = uses[0].held.scope, uses[0].move.new.module
    top = prefix.partition(".")[0]
    if top != uses[0].held.local and not work.claim(scope, top, top if "." in prefix else new):
        return False
    for item in aliases:
        work.change(item.bound, item.alias, change, uses[0].move)
    if scope.kind == "module" and not any(item.bound.parents for item in aliases):
        line = max(item.bound.statement.lineno for item in aliases)
        aliased = frozenset(item.alias for item in aliases)
        work.given.append(Given(scope, new, prefix, line, None, aliased))
    _swap(work, uses, f"{prefix}.")
    return True


def _add(work: Rewriting, uses: Sequence[Use], held: Sequence[Held]) -> bool:
    """The new module by an import that is there, or by one behind that of the old module."""
    if uses[0].move.is_builtin:
        for use in uses:
            if use.read.scope.owner(use.move.new.name) is not None:
                raise CannotApply(f"{use.move.new.name} is no builtin here")
        _swap(work, uses, "")
        return True
    prefix, statement = reached(work, uses, held)
    if statement:
        for item in holders(work, uses[0], held):
            work.extra.setdefault(item.bound.statement, {})[statement] = None
    _swap(work, uses, f"{prefix}.")
    return True


def _swap(work: Rewriting, uses: Sequence[Use], before: str) -> None:
    work.places += [work.swap(use.read, use.node, before + use.move.new.name) for use in uses]
    work.late |= {use.move for use in uses if is_late(use.read.scope)}


def _repointed(work: Rewriting, uses: Sequence[Use]) -> tuple[Sequence[Held], Entry, str] | None:
    """The imports to change in place, what they become, and how the new module is called then.

    None where the old module is needed besides: read otherwise, by others, or for what importing it does.
    """
    first, new = uses[0], uses[0].move.new.module
    if first.move.is_builtin:
        return None
    scope, local, plain = first.held.scope, first.held.local, first.held.is_plain
    among = [item for item in held_modules(work) if item.local == local and item.scope is scope]
    mine = [item for item in among if not plain or item.names(first.move.old.module)]
    references = work.names.references(scope, local)
    used = {id(use.read) for use in uses}
    others = [read for read in references if id(read) not in used]
    if len(among) != len(scope.bindings.get(local, ())) or any(item.is_plain != plain for item in among):
        return None
    if others and (not plain or len(mine) == len(among) or any(_needs(work, read, mine) for read in others)):
        return None
    if not mine or any(item.alias in work.moved for item in mine):
        return None
    if scope.kind == "module" and read_outside(work.workspace, work.file, local):
        return None
    if scope.kind == "class" or effect(work.workspace, first.move.old_key):
        return None
    reads = [use.read for use in uses]
    if not plain:
        if any(use.length for use in uses):
            return None  # the local name stands for a package around the module
        parent, _, leaf = new.rpartition(".")
        direct = [isinstance(item.bound.statement, ast.Import) for item in mine]
        own = not any(direct) and all(item.alias.asname is None for item in mine)
        if own and leaf != local and not unavailable(work.names, scope, leaf, reads):
            local = leaf
        asname = local if local != leaf else None
        if all(direct):
            return mine, Entry(None, new, local), local
        if any(direct):
            return None
        if not parent:
            return mine, Entry(None, new, asname), local
        levels = {getattr(item.bound.statement, "level", 0) for item in mine}
        return mine, Entry(written_module(work.project, work.file, parent, max(levels)), leaf, asname), local
    top = new.partition(".")[0]
    same = plain_bindings(work, scope, top)
    if top != local and unavailable(work.names, scope, top, reads, same):
        return None
    return mine, Entry(None, new, None), new


def _needs(work: Rewriting, read: Read, mine: Sequence[Held]) -> bool:
    """May a read of `a` need `import a.b` to have run: is it `a` alone, or `a.b` itself?"""
    nodes = quoted_chain(read) if read.string is not None else chain(work, read.node)
    text = dotted(nodes[-1])
    return any(
        f"{item.alias.name}.".startswith(f"{text}.") or f"{text}.".startswith(f"{item.alias.name}.")
        for item in mine
    )
