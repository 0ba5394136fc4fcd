"""Turn a duplicate into a shim: the canonical object under the old name.

`symbol` is the duplicate class or function, `canonical` the name to hand on and the module to import it from, both as
`package.module:Name`. A module that hands names on in silence may be named as a whole. Whoever uses the old name gets the canonical object itself: `isinstance`, `except` and pickles
that name the old path keep working, type checkers see it, and each place that asks gets one DeprecationWarning.

The import is that of `canonical`, or of the defining module where the imports of the import path lead to the shim, so
that it may be asked while the import path is still being made; others are told of `canonical` all the same.

A module that holds nothing else becomes a shim as a whole. Of any other module only the definition goes, with the
private names and the imports that nothing else needs; every other byte stays. Uses of the name inside the module
cannot be served by a module's `__getattr__`: they read the canonical object through a private import, at the head of
the module or, where that would close an import cycle, in the functions that read it. In a test module that nobody
imports the name from, the import takes the place of the definition and no shim is made.

A name that is already the canonical object, an exact copy, and a subclass without a body are always replaced. Any
other definition is compared with the canonical one as SSOT101 does it: `drop-in` is replaced; for `adapter` and
`manual` the request has to say `accept`, the word of somebody who has looked at the reasons.

Refused: definitions in functions, classes and branches, fixtures, test cases, variants, names that are bound several
times or changed later, decorators that may register what they decorate, a module `__getattr__` that is no plain
function, star imports of a module without `__all__`, and, where an import would close a cycle, uses inside the module
that run while it is imported: the cycle is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ssot_lint.codemod import CannotApply, Codemod, Outcome, Refusal, Remark
from ssot_lint.editing.source import Splice
from ssot_lint.workspace import Workspace

from ._examples_shim_users import USERS
from ._examples_shims import SHIMS
from ._inner_uses import Users, users_in
from ._replacing import Replaced, replaced
from ._shims import Handed
from ._swaps import (
    Blocked,
    Later,
    Swap,
    canonical_of,
    file_of,
    found_swap,
    handed_on,
    judged,
    origin,
    past_cycles,
)

_CROSSING = "a file whose patches have to follow changes itself"
_UNTIL = re.compile(r"\d{4}-\d{2}-\d{2}|v?\d+(\.\d+)*((a|b|rc)\d+)?")


@dataclass(frozen=True)
class Arguments:
    symbol: str
    """What becomes a shim: `package.module:Name`. A module: all that it hands on and does not define."""
    canonical: str = ""
    """What it hands on, and where that is to be imported from: `package.module:Name`. For names that are handed on
    already it may be left out: the import path of their concept, else where the module has them from."""
    until: str = ""
    """A date (2026-03-01) or a version (2.0) until when the shim may stay; SSOT702 reads it."""
    accept: str = ""
    """The worst verdict that somebody has agreed to: "adapter" or "manual"."""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    """All requests of a file at once; a name that cannot be replaced does not keep the others from it.

    Another name of a duplicate that is replaced itself can be replaced when that is done, and so on.
    """
    outcome, waiting = _pass(workspace, _each(workspace, requests))
    edits, refusals, last = dict(outcome.edits), set(outcome.refusals), outcome
    remarks, together = set(outcome.remarks), set(outcome.together)
    while waiting and last.edits:
        again = {request.symbol for request in waiting}
        last, waiting = _pass(workspace.edited(edits), waiting)
        refusals = {item for item in refusals if item.symbol not in again} | set(last.refusals)
        edits |= last.edits
        remarks |= set(last.remarks)
        together |= set(last.together)
    return Outcome(
        {path: edits[path] for path in sorted(edits)},
        tuple(sorted(refusals)),
        tuple(sorted(remarks)),
        tuple(sorted(together, key=sorted)),
    )


def _pass(workspace: Workspace, requests: Sequence[Arguments]) -> tuple[Outcome, list[Arguments]]:
    """What can be done now, and the requests that may be carried out after that."""
    refusals: list[Refusal] = []
    remarks: list[Remark] = []
    swaps: dict[str, list[Swap]] = {}
    said: dict[str, list[Remark]] = {}
    later: dict[str, str] = {}
    for request in requests:
        try:
            path, swap, hints = _swap(workspace, request)
        except CannotApply as refused:
            refusals.append(Refusal(refused.path, refused.line, refused.reason, request.symbol))
            if isinstance(refused, Later):
                later[request.symbol] = refused.symbol
            continue
        if swap is None:
            continue
        if any(other.handed.name == swap.handed.name for other in swaps.get(path, ())):
            reason = f"{request.symbol} is asked for twice, in two ways"
            refusals.append(Refusal(path, swap.line, reason, request.symbol))
            continue
        swaps.setdefault(path, []).append(swap)
        said.setdefault(path, []).extend(hints)
    users = users_in(workspace, swaps)
    contents: dict[str, bytes] = {}
    patches: dict[str, set[Splice]] = {}
    together: list[frozenset[str]] = []
    done: set[str] = set()
    for path, wanted in sorted(swaps.items()):
        result, refused_here, symbols = _replaced(workspace, path, wanted, users, frozenset(swaps) - {path})
        refusals += refused_here
        if result is None or result.content == workspace.read(path):
            later.update((item.symbol, "") for item in refused_here if item.reason == _CROSSING)
            continue
        contents[path] = result.content
        done |= symbols
        remarks += [*result.remarks, *said[path]]
        for other, splices in result.patches.items():
            patches.setdefault(other, set()).update(splices)
        if result.patches:
            together.append(frozenset({path, *result.patches}))
    for path, found in sorted(patches.items()):
        contents[path] = workspace.source(path).spliced(found)
    waiting = [item for item in requests if item.symbol in later and later[item.symbol] in {*done, ""}]
    return Outcome(dict(contents), tuple(refusals), tuple(remarks), tuple(together)), waiting


def _each(workspace: Workspace, requests: Sequence[Arguments]) -> list[Arguments]:
    """The requests, those for a module as one for each name that it hands on."""
    named = {request for request in requests if ":" in request.symbol}
    known = {request.symbol for request in named}
    for request in set(requests) - named:
        symbols = [f"{request.symbol}:{name}" for name in handed_on(workspace, request.symbol)]
        named |= {
            replace(request, symbol=symbol) for symbol in symbols or [request.symbol] if symbol not in known
        }
    return sorted(named, key=lambda item: (item.symbol, item.canonical, item.until, item.accept))


def _swap(workspace: Workspace, request: Arguments) -> tuple[str, Swap | None, list[Remark]]:
    """The file and the name that a request is about; no swap where there is nothing left to do."""
    project = workspace.project
    if ":" not in request.symbol and project.find_module(request.symbol) is not None:
        raise CannotApply(f"{request.symbol} hands nothing on")
    path = project.files[file_of(project, request.symbol)].path
    canonical = request.canonical or origin(workspace, path, request.symbol.partition(":")[2])
    target = canonical_of(project, path, canonical)
    module, _, name = canonical.partition(":")
    if request.accept not in ("", "adapter", "manual"):
        raise CannotApply(f"accept is {request.accept!r}, expected adapter or manual", path, 1)
    if request.until and not _UNTIL.fullmatch(request.until):
        raise CannotApply(
            f"until is {request.until!r}, expected a date (2026-03-01) or a version (2.0)", path, 1
        )
    handed = Handed(request.symbol.partition(":")[2], module, name, request.until)
    handed = past_cycles(project, path, handed, target)
    swap = found_swap(workspace, path, handed, target)
    if swap is None:
        return path, None, []
    copied, remarks = judged(workspace, path, swap, target, request.accept)
    return path, replace(swap, copied=copied, copied_from=target.file), remarks


def _replaced(
    workspace: Workspace, path: str, swaps: Sequence[Swap], users: Users, changing: frozenset[str]
) -> tuple[Replaced | None, list[Refusal], set[str]]:
    """The file with as many of the names replaced as can be, and their symbols. `changing`: other files that change."""
    refusals: list[Refusal] = []
    module = workspace.project.files[workspace.file(path)].module
    while swaps:
        try:
            result = replaced(workspace, path, swaps, users)
            if result.patches.keys() & changing:
                raise CannotApply(_CROSSING)
            return result, refusals, {f"{module}:{item.handed.name}" for item in swaps}
        except Blocked as blocked:
            out = [item for item in swaps if item.handed.name == blocked.name]
            line, reason = blocked.line, blocked.reason
        except CannotApply as refused:
            out, line, reason = list(swaps), refused.line, refused.reason
        refusals += [Refusal(path, line or item.line, reason, f"{module}:{item.handed.name}") for item in out]
        swaps = [item for item in swaps if item not in out]
    return None, refusals, set()


CODEMOD = Codemod(name="replace-with-shim", apply=apply, arguments=Arguments, examples=(*SHIMS, *USERS))
