"""`import old` and `old.X`: attributes of imported modules whose object has another home now."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ssot_lint.codemod import CannotApply
from ssot_lint.expressions import dotted
from ssot_lint.scopes import Read, Scope

from ._effects import effect
from ._moves import Key, Move, key_of
from ._renaming import read_outside, unavailable
from ._rewriting import Given, Rewriting, Site, is_late, owner
from ._statements import Entry, written_module


@dataclass(frozen=True)
class Held:
    """A module that an import binds to a local name: `path` is the dotted name that the local name stands for."""

    work: Rewriting
    bound: Site
    alias: ast.alias
    local: str
    path: str

    @property
    def scope(self) -> Scope:
        return owner(self.work.scope(self.bound), self.local)

    @property
    def is_plain(self) -> bool:
        """`import a.b`, which binds `a`."""
        return isinstance(self.bound.statement, ast.Import) and self.alias.asname is None


@dataclass(frozen=True)
class Use:
    """`local.rest.X`: a name read off the module that has it today."""

    read: Read
    node: ast.Name | ast.Attribute
    move: Move
    held: Held
    length: int  # of the chain before the name


def held_modules(work: Rewriting) -> list[Held]:
    """The modules that the file's imports bind."""
    found = []
    for bound in work.sites:
        for alias in bound.statement.names:
            if isinstance(bound.statement, ast.Import):
                path = alias.name if alias.asname else alias.name.partition(".")[0]
                found.append(Held(work, bound, alias, alias.asname or path, path))
            elif alias.name != "*":
                target = work.target(bound.statement, alias)
                if target.kind in ("module", "external"):
                    found.append(Held(work, bound, alias, alias.asname or alias.name, target.symbol))
    return found


def chain(work: Rewriting, node: ast.expr) -> list[ast.expr]:
    """A name and the attributes taken of it, one after the other: `a`, `a.b`, `a.b.c`."""
    found = [node]
    while (outer := work.parents.get(id(found[-1]))) is not None:
        found.append(outer)
    return found


def module_of(work: Rewriting, path: str, rest: Sequence[str]) -> Key | None:
    """The module that `path.rest` is; None where it is something else."""
    full = ".".join((path, *rest))
    target = work.project.resolve_symbol(f"{path}:{'.'.join(rest)}" if rest else path).target
    if target.kind == "module":
        return target.symbol if target.file < 0 else target.file
    return key_of(work.project, full) if target.kind in ("external", "unresolved") else None


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
                work.refuse(
                    line,
                    f"{dotted(use.node)} is assigned: whoever reads it there would not see that",
                    use.move,
                )
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


def quoted_chain(read: Read) -> list[ast.expr]:
    """The same for a name of a string annotation, read once more."""
    assert read.string is not None
    tree = ast.parse(str(read.string.value).strip(), mode="eval")
    found: list[ast.expr] = [read.node]
    spot = (read.node.lineno, read.node.col_offset)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    while True:
        outer = next(
            (
                node
                for node in nodes
                if (node.lineno, node.col_offset) == spot and dotted(node.value) == dotted(found[-1])
            ),
            None,
        )
        if outer is None:
            return found
        found.append(outer)


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
    mine = [item for item in among if not plain or item.alias.name == first.move.old.module]
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


def plain_bindings(work: Rewriting, scope: Scope, top: str) -> Collection[ast.AST]:
    """The aliases of `import top...` that bind `top` in a scope."""
    return {
        alias
        for bound in work.sites
        if isinstance(bound.statement, ast.Import)
        for alias in bound.statement.names
        if alias.asname is None
        and alias.name.partition(".")[0] == top
        and owner(work.scope(bound), top) is scope
    }


def holders(work: Rewriting, use: Use, held: Sequence[Held]) -> list[Held]:
    """The imports behind which another one is put: those that bind the module the use goes through."""
    among = [item for item in held if item.local == use.held.local and item.scope is use.held.scope]
    if use.held.is_plain:  # `import a.b` and `import a.c` both bind `a`
        among = [item for item in among if item.alias.name == use.move.old.module] or among
    first = min(among, key=lambda item: item.bound.statement.lineno)
    around = first.bound.parents
    always = around[-1] is use.held.scope.node if around else use.held.scope.kind == "module"
    return [first] if always else among


def reached(
    work: Rewriting, uses: Sequence[Use], held: Sequence[Held], pending: Move | None = None
) -> tuple[str, str]:
    """How the new module is named where the uses stand, and the import statement that is needed for it ("" if none).

    `pending`: the move whose patches may or may not follow, so that only they can count on the import.
    """
    first = uses[0]
    for given in work.given:
        if _serves(work, given, uses) and given.pending in (None, pending):
            return given.prefix, ""
    prefix, statement = _reached(work, uses, held)
    sites = [item.bound for item in holders(work, first, held)]
    if statement and first.held.scope.kind == "module" and not any(site.parents for site in sites):
        line = max(site.statement.lineno for site in sites)
        work.given.append(Given(first.held.scope, first.move.new.module, prefix, line, pending))
    return prefix, statement


def _serves(work: Rewriting, given: Given, uses: Sequence[Use]) -> bool:
    """Can the uses count on an import that is going to be added?"""
    top = given.prefix.partition(".")[0]
    bindings = set(given.scope.bindings.get(top, ()))
    known = {*plain_bindings(work, given.scope, top), *given.aliases}
    if bindings and bindings <= known:
        free = all(use.read.scope.owner(top) is given.scope for use in uses)
    else:
        free = unavailable(work.names, given.scope, top, [use.read for use in uses]) is None
    return (
        free
        and given.scope is uses[0].held.scope
        and given.module == uses[0].move.new.module
        and all(is_late(use.read.scope) or use.read.statement.lineno > given.line for use in uses)
    )


def _reached(work: Rewriting, uses: Sequence[Use], held: Sequence[Held]) -> tuple[str, str]:
    first, move = uses[0], uses[0].move
    scope, new = first.held.scope, move.new.module
    reads = [use.read for use in uses]
    for item in held_modules(work):
        whole = item.alias.name if item.is_plain else item.path
        if whole == new and _sees(work, item, uses, held):
            return (new if item.is_plain else item.local), ""
    parent, _, leaf = new.rpartition(".")
    reasons = []
    if not first.held.is_plain:
        reason = unavailable(work.names, scope, leaf, reads)
        if reason is None and work.claim(scope, leaf, new):
            level = getattr(first.held.bound.statement, "level", 0)
            written = written_module(work.project, work.file, parent, level) if parent else ""
            return leaf, f"from {written} import {leaf}" if parent else f"import {leaf}"
        reasons.append(reason or f"{leaf} is taken")
    top = new.partition(".")[0]
    reason = unavailable(work.names, scope, top, reads, plain_bindings(work, scope, top))
    if reason is None and work.claim(scope, top, top):
        written_module(work.project, work.file, new, 0)
        return new, f"import {new}"
    reason = reason or f"{top} is taken"
    raise CannotApply("; ".join([*reasons, reason]))


def _sees(work: Rewriting, item: Held, uses: Sequence[Use], held: Sequence[Held]) -> bool:
    """Has an import bound the new module wherever the uses stand?"""
    bindings = set(item.scope.bindings.get(item.local, ()))
    known = plain_bindings(work, item.scope, item.local) if item.is_plain else {item.alias}
    if item.alias in work.moved or bindings != set(known):
        return False
    if any(use.read.scope.owner(item.local) is not item.scope for use in uses):
        return False
    beside = holders(work, uses[0], held)
    if item.scope.kind == "module" and not item.bound.parents:
        first = min(use.read.statement.lineno for use in uses)
        return item.bound.statement.lineno < first or all(is_late(use.read.scope) for use in uses)
    return all(other.bound.block is item.bound.block for other in beside) and all(
        use.read.statement.lineno > item.bound.statement.lineno for use in uses
    )
