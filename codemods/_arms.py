"""Imports that say the same twice once names have moved: in one block, or in both arms of `try`/`except ImportError`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Source, Splice
from ssot_lint.queries.cycles import way_back

from ._from_imports import by_star, module_key
from ._rewrite_wishes import Key, key_of
from ._rewriting import Rewriting, Site, owner
from ._statements import restated

Binding = tuple[Key, str, str]
"""Module, name in it, local name."""


def binding(work: Rewriting, statement: ast.stmt, alias: ast.alias) -> Binding | None:
    """What a name of an import stands for after the changes; None for a star and for what goes."""
    changes = work.changes.get(statement, {})
    if alias in changes:
        entry, move = changes[alias], work.moved[alias]
        if entry is None or entry.name == "*":
            return None
        if entry.module is None:
            return key_of(work.project, entry.name), "", entry.asname or entry.name
        if not move.new.name:
            return entry.module, entry.name, entry.asname or entry.name
        return move.new_key, entry.name, entry.asname or entry.name
    if isinstance(statement, ast.Import):
        return key_of(work.project, alias.name), "", alias.asname or alias.name
    if not isinstance(statement, ast.ImportFrom) or alias.name == "*":
        return None
    key = module_key(work, statement)
    return None if key is None else (key, alias.name, alias.asname or alias.name)


def drop_repeated(work: Rewriting) -> None:
    """A moved name that its block has from the new module already, under the same local name, is not imported twice."""
    for statement in list(work.changes):
        bound = work.bounds[statement]
        for alias, entry in list(work.changes[statement].items()):
            wanted = binding(work, statement, alias)
            if wanted is None or entry is None:
                continue
            local = (alias.asname or alias.name).partition(".")[0]
            if any(
                _says(work, other, wanted, alias) and not _rebound(work, other, bound, wanted)
                for other in _before_use(bound)
            ) and _only_imports(work, bound, local):
                work.changes[statement][alias] = None


def _only_imports(work: Rewriting, bound: Site, local: str) -> bool:
    """Is a local name bound by imports alone?"""
    scope = owner(work.scope(bound), local)
    return all(isinstance(node, ast.alias) for node in scope.bindings.get(local, ()))


def _before_use(bound: Site) -> list[ast.stmt]:
    """The statements of a block that run before a use of what `bound` binds: earlier ones, and the imports behind it."""
    block = list(bound.block)
    at = block.index(bound.statement)
    found = [*block[:at], bound.statement]
    for statement in block[at + 1 :]:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            break
        found.append(statement)
    return found


def _says(work: Rewriting, statement: ast.stmt, wanted: Binding, alias: ast.alias) -> bool:
    """Does a statement bind the same, and is it the one to keep: not moved itself, or moved and earlier?"""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return False
    for other in statement.names:
        if other is not alias and binding(work, statement, other) == wanted:
            place = (other.lineno, other.col_offset)
            if other not in work.moved or place < (alias.lineno, alias.col_offset):
                return True
    return False


def _rebound(work: Rewriting, kept: ast.stmt, bound: Site, wanted: Binding) -> bool:
    """May an import between the one that is kept and a later one give the local name to something else?"""
    scope, local = work.scope(bound), wanted[2]
    for site in work.sites:
        statement = site.statement
        if not kept.lineno <= statement.lineno <= bound.statement.lineno or work.scope(site) is not scope:
            continue
        if statement in (kept, bound.statement):
            continue
        for alias in statement.names:
            if alias.name == "*":
                if by_star(work, statement, local):
                    return True
            elif (
                (item := binding(work, statement, alias)) is not None and item[2] == local and item != wanted
            ):
                return True
    return False


def settle_arms(work: Rewriting) -> None:
    """`try` imports the new name and the handler the old one, or the other way round: one import is left of both."""
    for bound in work.sites:
        if bound.statement not in work.changes or not bound.parents:
            continue
        around = bound.parents[-1]
        if isinstance(around, ast.Try) and bound.statement in around.body:
            node = around
        elif isinstance(around, ast.ExceptHandler) and isinstance(bound.parents[-2], ast.Try):
            node = bound.parents[-2]
        else:
            continue
        _settle(work, node, bound)


def _settle(work: Rewriting, node: ast.Try, bound: Site) -> None:
    statement = bound.statement
    tried = {item for inner in node.body for item in bindings(work, inner)}
    handled = {item for handler in node.handlers for inner in handler.body for item in bindings(work, inner)}
    both = tried & handled
    mine = both & set(bindings(work, statement))
    moved = [alias for alias in work.changes.get(statement, ()) if binding(work, statement, alias) in mine]
    if not moved:
        return
    line = statement.lineno
    reason = _left_alone(work, node, tried, handled)
    if reason is None:
        kept = node.body[0]
        try:
            work.places.append(collapsed(work, node, work.bounds[kept]))
        except CannotApply as error:
            reason = error.reason
        else:
            for arm in (node.body[0], node.handlers[0].body[0]):
                work.changes.pop(arm, None)
                work.extra.pop(arm, None)
            return
    if statement not in node.body:
        for alias in moved:
            move = work.moved[alias]
            del work.changes[statement][alias]
            work.refuse(line, reason, move)
        if not work.changes[statement]:
            del work.changes[statement]


def bindings(work: Rewriting, statement: ast.stmt) -> list[Binding]:
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return []
    return [item for alias in statement.names if (item := binding(work, statement, alias)) is not None]


def _left_alone(work: Rewriting, node: ast.Try, tried: set[Binding], handled: set[Binding]) -> str | None:
    """Why a `try` cannot give way to its import; None if it can."""
    arms = [node.body, *(handler.body for handler in node.handlers)]
    same = "the handler falls back on what the try arm imports"
    if len(arms) != 2 or any(len(arm) != 1 for arm in arms) or node.orelse or node.finalbody:
        return f"{same}; there is more in the arms, take the handler out by hand"
    if tried != handled or any(alias.name == "*" for arm in arms for alias in aliases_of(arm[0])):
        return f"{same}; the arms differ in other names, take the handler out by hand"
    keys = {key for key, _, _ in tried}
    if any(isinstance(key, str) for key in keys):
        return f"{same}, which is no module of this project and may be missing"
    if any(way_back(work.project, key, work.file) for key in keys if isinstance(key, int)):
        return f"{same}, and the import may fail in a cycle of imports"
    source = work.source
    start, end = source.span(node)[0], source.span(node.handlers[0])[0]
    first, _ = source.span(node.body[0])
    rest = source.text[start:first] + source.text[source.starts[(node.body[0].end_lineno or 1)] : end]
    if "#" in rest:
        return f"{same}; comments stand in between, take the handler out by hand"
    return None


def aliases_of(statement: ast.stmt) -> Sequence[ast.alias]:
    """What an import statement names; nothing for any other statement."""
    return statement.names if isinstance(statement, ast.Import | ast.ImportFrom) else ()


def collapsed(work: Rewriting, node: ast.Try, kept: Site) -> Splice:
    """The import of the `try` arm in the place of the whole statement."""
    source = work.source
    made = restated(source, kept.statement, work.changes.get(kept.statement, {})) or []
    start, end = source.span(kept.statement)
    if any(splice.start < start or splice.end > end for splice in made):
        raise CannotApply("the statement has to be split")
    text = source.text[start:end]
    shifted = [Splice(item.start - start, item.end - start, item.text) for item in made]
    text = Source(source.path, text.replace("\r\n", "\n").encode()).spliced(shifted).decode()
    last = kept.statement.end_lineno or kept.statement.lineno
    tail = source.text[end : source.starts[last]].rstrip() if last < len(source.starts) else ""
    deeper = len(source.indentation(kept.statement.lineno)) - len(source.indentation(node.lineno))
    lines = text.split("\n")
    lines[1:] = [line[deeper:] if not line[:deeper].strip() else line for line in lines[1:]]
    return Splice(*source.span(node), "\n".join(lines) + tail)
