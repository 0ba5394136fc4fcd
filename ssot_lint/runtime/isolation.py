"""`isolation_report(factory, contexts)`: do the instances of different users share anything that can change?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from ssot_lint.runtime.builds import MODES, Mode, build_all, build_all_async
from ssot_lint.runtime.comparing import Request, compare
from ssot_lint.runtime.reach import Allowed, Limits
from ssot_lint.runtime.reports import IsolationReport, counted

C = TypeVar("C")

MAX_WORKERS = 32
MAX_DEPTH = 50
MAX_REFERENCES = 100_000


def isolation_report(
    factory: Callable[[C], object],
    contexts: Iterable[C],
    *,
    workers: int = MAX_WORKERS,
    allow: Collection[str | type] = (),
    modes: Collection[Mode] = MODES,
    max_depth: int = MAX_DEPTH,
    max_references: int = MAX_REFERENCES,
) -> IsolationReport:
    """Build an instance for each context, many at once, and compare what they reach.

    `factory(context)` gives the instance, or an awaitable of it. Each context gets one instance from `workers`
    threads that start together, then one from as many tasks of an event loop (`modes` limits it to one of the
    two). Equal contexts are one user, who may get the same instance twice.

    `allow` names what may be shared: types, and paths from the instance as in `"settings"`,
    `"manager.pool"`, `"*.settings"` (one step), `"**.settings"` (any number), `"handlers[*]"`. What lies
    behind is not looked at from there.

    Raises RuntimeError inside a running event loop (await `isolation_report_async` there), ValueError for
    fewer than two different contexts.
    """
    request = _request(contexts, workers, allow, modes, Limits(max_depth, max_references))
    if _in_event_loop():
        raise RuntimeError(
            "isolation_report was called inside a running event loop: await isolation_report_async(...) instead"
        )
    return compare(request, build_all(factory, request.contexts, workers, request.modes))


async def isolation_report_async(
    factory: Callable[[C], object],
    contexts: Iterable[C],
    *,
    workers: int = MAX_WORKERS,
    allow: Collection[str | type] = (),
    modes: Collection[Mode] = MODES,
    max_depth: int = MAX_DEPTH,
    max_references: int = MAX_REFERENCES,
) -> IsolationReport:
    """As `isolation_report`; the tasks run in the caller's event loop.

    In threads an async factory runs in event loops of their own; `modes=["tasks"]` is for one that is bound
    to the caller's loop.
    """
    request = _request(contexts, workers, allow, modes, Limits(max_depth, max_references))
    return compare(request, await build_all_async(factory, request.contexts, workers, request.modes))


class Isolation:
    """What the pytest fixture `isolation` hands out: call it, or await its `report_async` in an async test."""

    __call__ = staticmethod(isolation_report)
    report_async = staticmethod(isolation_report_async)


# --- what is asked ------------------------------------------------------------------------------------


def _request(
    contexts: Iterable[object],
    workers: int,
    allow: Collection[str | type],
    modes: Collection[Mode],
    limits: Limits,
) -> Request:
    given = tuple(contexts)
    users = tuple(
        next(place for place, other in enumerate(given) if other is context or _equal(other, context))
        for context in given
    )
    if len(set(users)) < 2:
        raise ValueError(
            f"found {counted(len(given), 'context')}, all of one user: sharing shows between two different contexts"
        )
    chosen = tuple(mode for mode in MODES if mode in modes)
    if unknown := [mode for mode in modes if mode not in MODES]:
        raise ValueError(f"modes: found {unknown[0]!r}, expected 'threads' or 'tasks'")
    if not chosen or workers < 1 or limits.depth < 1 or limits.references < 1:
        raise ValueError(
            "modes must not be empty, and workers, max_depth and max_references must be at least 1"
        )
    return Request(given, users, chosen, Allowed(allow), limits)


def _equal(one: object, other: object) -> bool:
    if type(one) is not type(other):
        return False
    try:
        return (one == other) is True
    except Exception:  # a comparison of the user's that does not work
        return False


def _in_event_loop() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
