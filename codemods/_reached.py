"""How a file names a module that it needs: by an import it has, or by one that is put beside another."""

from __future__ import annotations

from collections.abc import Sequence

from ssot_lint.codemod import CannotApply

from ._held_modules import Held, Use, held_modules, holders, plain_bindings
from ._renaming import unavailable
from ._rewrite_wishes import Move
from ._rewriting import Given, Rewriting
from ._statements import written_module


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
        and _in_time(uses, given.line)
    )


def _in_time(uses: Sequence[Use], line: int) -> bool:
    """Has an import of the module run before the uses: does it stand above them, or above what they go through now?

    A function that stands above an import may be called before it runs.
    """
    return all(line < use.read.statement.lineno or line <= use.held.bound.statement.lineno for use in uses)


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
        return _in_time(uses, item.bound.statement.lineno)
    return all(other.bound.block is item.bound.block for other in beside) and all(
        use.read.statement.lineno > item.bound.statement.lineno for use in uses
    )
