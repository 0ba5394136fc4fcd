"""`isolation_report(factory, contexts)`: do the instances of different users share anything that can change?"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import TypeVar

from ssot_lint.runtime.builds import MODES, Build, Mode, build_all, build_all_async
from ssot_lint.runtime.natures import nature, type_name
from ssot_lint.runtime.reach import Allowed, Found, Limits, Reached, reach
from ssot_lint.runtime.steps import Kinds

C = TypeVar("C")

MAX_WORKERS = 32
MAX_DEPTH = 50
MAX_REFERENCES = 100_000
SHOWN = 3
"""How many contexts of each shared object a report names."""

NAMING = ("user_id", "user", "thread_id", "session_id", "id", "name")
"""Attributes by which a context is called in the report."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One object that the instances of several contexts reach.

    `path` is a Python expression that leads to it from the `instance` of the first context; `other_paths` are
    those of the others, where they differ. `below` are paths to further objects, shared because this one
    is. `given` says that the contexts shared it before the factory ran.
    """

    path: str
    type: str
    contexts: tuple[str, ...]
    via: str = ""  # "class attribute of app.Manager", "default argument of Manager.send"
    other_paths: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    given: bool = False

    def __str__(self) -> str:
        named = _listed(self.contexts)
        lines = [
            f"{self.path}: {self.type}",
            f"    one object for {len(self.contexts)} contexts: {named}",
        ]
        if self.via:
            lines.append(f"    {self.via}")
        if self.given:
            lines.append("    the contexts that were handed in shared it already")
        if self.other_paths:
            lines.append(f"    also at {_listed(self.other_paths)}")
        if self.below:
            lines.append(
                f"    and with it {_count(len(self.below), 'object')} behind it, such as {self.below[0]}"
            )
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Failure:
    """A context for which the factory gave no instance."""

    context: str
    mode: Mode
    error: str

    def __str__(self) -> str:
        return f"no instance for {self.context} ({self.mode}): {self.error}"


@dataclass(frozen=True, slots=True)
class IsolationReport:
    """What was built, and what is shared. `not_looked` names the places at which the walk had to stop."""

    contexts: tuple[str, ...]
    modes: tuple[Mode, ...]
    instances: int
    references: int
    shared: tuple[Shared, ...] = ()
    failures: tuple[Failure, ...] = ()
    not_looked: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Every context got an instance, everything was looked at, and nothing is shared."""
        return not (self.shared or self.failures or self.not_looked)

    def assert_isolated(self) -> None:
        """Raise AssertionError with the whole report unless it is `ok`."""
        if not self.ok:
            raise AssertionError(f"the instances are not proven to be isolated\n{self}")

    def __str__(self) -> str:
        built = (
            f"{_count(self.instances, 'instance')} for {_count(len(self.contexts), 'context')}"
            f" in {' and '.join(self.modes)}, {_count(self.references, 'reference')} looked at"
        )
        verdict = _count(len(self.shared), "shared object") if self.shared else "nothing is shared"
        lines = [f"{built}: {verdict if self.instances else 'nothing to compare'}"]
        lines += [str(item) for item in self.shared]
        lines += [str(item) for item in self.failures[:SHOWN]]
        if len(self.failures) > SHOWN:
            lines.append(f"and {len(self.failures) - SHOWN:,} more contexts without an instance")
        lines += [f"not looked further at {place}" for place in self.not_looked]
        return "\n".join(lines)


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
    return _compare(request, build_all(factory, request.contexts, workers, request.modes))


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
    return _compare(request, await build_all_async(factory, request.contexts, workers, request.modes))


class Isolation:
    """What the pytest fixture `isolation` hands out: call it, or await its `report_async` in an async test."""

    __call__ = staticmethod(isolation_report)
    report_async = staticmethod(isolation_report_async)


# --- what is asked ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Request:
    contexts: tuple[object, ...]
    users: tuple[int, ...]  # for each context the place of the first one that is equal to it
    modes: tuple[Mode, ...]
    allowed: Allowed
    limits: Limits


def _request(
    contexts: Iterable[object],
    workers: int,
    allow: Collection[str | type],
    modes: Collection[Mode],
    limits: Limits,
) -> _Request:
    given = tuple(contexts)
    users = tuple(
        next(place for place, other in enumerate(given) if other is context or _equal(other, context))
        for context in given
    )
    if len(set(users)) < 2:
        raise ValueError(
            f"found {_count(len(given), 'context')}, all of one user: sharing shows between two different contexts"
        )
    chosen = tuple(mode for mode in MODES if mode in modes)
    if unknown := [mode for mode in modes if mode not in MODES]:
        raise ValueError(f"modes: found {unknown[0]!r}, expected 'threads' or 'tasks'")
    if not chosen or workers < 1 or limits.depth < 1 or limits.references < 1:
        raise ValueError(
            "modes must not be empty, and workers, max_depth and max_references must be at least 1"
        )
    return _Request(given, users, chosen, Allowed(allow), limits)


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


def _label(context: object, number: int) -> str:
    if nature(type(context)) == "inert":
        return repr(context)
    for name in NAMING:
        try:
            value = context[name] if isinstance(context, dict) else getattr(context, name)
        except Exception:  # not there, or a property that does not work
            continue
        if nature(type(value)) == "inert" and value is not None:
            return f"{type(context).__name__}({name}={value!r})"
    return f"context {number}"


# --- comparing ----------------------------------------------------------------------------------------


class _Owners:
    """Whose instances reach which objects, in the order of the contexts."""

    def __init__(self) -> None:
        self.reaching: dict[int, dict[int, Found]] = {}  # object id -> user -> how
        self.given: dict[int, set[int]] = {}  # object id -> users whose context reaches it
        self.holders: dict[int, set[int]] = {}  # object id -> ids of further objects that hold it
        self.stopped: dict[int, set[int]] = {}  # object id -> users who reach what lies behind it, too
        self.heads: set[int] = set()  # ids of the instances and contexts: never shared, whatever they are

    def add(self, user: int, reached: Reached) -> None:
        for key, found in reached.objects.items():
            kept = self.reaching.setdefault(key, {}).setdefault(user, found)
            if kept is not found and found.parent is not None:
                self.holders.setdefault(key, set()).add(found.parent)
        for key, holder in reached.also:
            self.holders.setdefault(key, set()).add(holder)
        for key in reached.known:
            self.stopped.setdefault(key, set()).add(user)

    def knows(self, user: int, key: int, path: str) -> bool:
        """Does another user reach the same object at the same path?"""
        others = self.reaching.get(key, {}).items()
        return any(found.path == path for other, found in others if other != user)

    def users(self, key: int) -> list[int]:
        return sorted({*self.reaching[key], *self.given.get(key, ())})

    def all_users(self, key: int) -> list[int]:
        """As `users`, with those whose walk stopped at something that leads there."""
        users, seen, ahead = set(self.users(key)), {key}, [key]
        while ahead:
            key = ahead.pop()
            users |= self.stopped.get(key, set())
            holders = {found.parent for found in self.reaching[key].values() if found.parent is not None}
            ahead += (holders | self.holders.get(key, set())) - seen
            seen.update(ahead)
        return sorted(users)

    def is_shared(self, key: int) -> bool:
        """Do two users' instances reach it, or one user's an object that came with another user's context?"""
        reaching, given = self.reaching[key], self.given.get(key, set())
        if key not in self.heads and not any(found.is_state for found in reaching.values()):
            return False
        return len(reaching) > 1 or (bool(given) and not given >= reaching.keys())


def _compare(request: _Request, builds: Sequence[Build]) -> IsolationReport:
    """Without garbage collection: a million records are kept, and none of them is garbage."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return _compared(request, builds)
    finally:
        if collects:
            gc.enable()


def _compared(request: _Request, builds: Sequence[Build]) -> IsolationReport:
    labels = tuple(_label(context, number) for number, context in enumerate(request.contexts))
    kinds: Kinds = {}
    owners = _Owners()
    failures: list[Failure] = []
    not_looked: list[str] = []
    looked = instances = 0
    kept = []  # ids are compared: nothing that was walked may go before the end
    for number, context in enumerate(request.contexts):
        if nature(type(context)) != "inert":
            reached = reach(context, "context", request.allowed, request.limits, kinds)
            kept.append(reached)
            owners.heads.add(id(context))
            for key in reached.objects:
                owners.given.setdefault(key, set()).add(request.users[number])
    for build in builds:
        if build.error is not None or build.instance is None:
            error = "the factory returned None"
            if build.error is not None:
                error = f"{type(build.error).__name__}: {build.error}"
            failures.append(Failure(labels[build.context], build.mode, error))
            continue
        user = request.users[build.context]
        is_known = partial(owners.knows, user)
        reached = reach(build.instance, "instance", request.allowed, request.limits, kinds, is_known)
        kept.append(reached)
        instances += 1
        looked += reached.looked
        not_looked += [f"{place} ({labels[build.context]})" for place in reached.cut]
        if _has_identity(build.instance) and not request.allowed("instance", build.instance):
            owners.heads.add(id(build.instance))
        owners.add(user, reached)
    return IsolationReport(
        contexts=tuple(labels[number] for number in sorted(set(request.users))),
        modes=request.modes,
        instances=instances,
        references=looked,
        shared=_topmost(owners, labels),
        failures=tuple(failures),
        not_looked=tuple(_few(not_looked)),
    )


def _has_identity(instance: object) -> bool:
    """Can one be told from another? A module or class handed out as an instance can; a number cannot."""
    return issubclass(type(instance), ModuleType | type) or nature(type(instance)) != "inert"


def _topmost(owners: _Owners, labels: Sequence[str]) -> tuple[Shared, ...]:
    """The shared objects, each with what is shared only because it is."""
    shared = {key: owners.users(key) for key in owners.reaching if owners.is_shared(key)}
    if not shared:
        return ()
    causes = {key: cause for key in shared if (cause := _cause(owners, shared, key)) is not None}
    below: dict[int, list[str]] = {key: [] for key in shared if _top(causes, key) == key}
    for key, reaching in owners.reaching.items():
        for user, found in reaching.items():
            cause = _above(owners, shared, user, found) if found.is_state and key not in below else None
            if cause is not None:
                below[_top(causes, cause)].append(found.path)
                break
    return tuple(
        _shared(owners, key, [labels[user] for user in owners.all_users(key)], below[key]) for key in below
    )


def _top(causes: Mapping[int, int], key: int) -> int:
    """The first in a chain of causes; of several that cause each other, the first that was found."""
    passed = [key]
    while key in causes:
        key = causes[key]
        if key in passed:
            return min(passed[passed.index(key) :], key=list(causes).index)
        passed.append(key)
    return key


def _cause(owners: _Owners, shared: Mapping[int, Sequence[int]], key: int) -> int | None:
    """The shared object that alone makes this one shared: all users but its own reach it through that one."""
    reaching = owners.reaching[key]
    above = [_above(owners, shared, user, found) for user, found in reaching.items()]
    causes = {cause for cause in above if cause is not None}
    if len(causes) != 1 or above.count(None) > 1:
        return None
    [cause] = causes
    return cause if set(shared[key]) <= set(shared[cause]) else None


def _above(owners: _Owners, shared: Collection[int], user: int, found: Found) -> int | None:
    """The nearest shared object through which a user reaches this one, on the path that was found."""
    parent = found.parent
    while parent is not None and parent not in shared:
        parent = owners.reaching[parent][user].parent
    return parent


def _shared(owners: _Owners, key: int, contexts: Sequence[str], below: Sequence[str]) -> Shared:
    found = list(owners.reaching[key].values())
    given = owners.given.get(key, set())
    return Shared(
        path=found[0].path,
        type=type_name(type(found[0].value)),
        contexts=tuple(contexts),
        via=next((item.via for item in found if item.via), ""),
        other_paths=tuple(dict.fromkeys(item.path for item in found if item.path != found[0].path)),
        below=tuple(below),
        given=len(given) > 1,
    )


def _few(places: Sequence[str]) -> list[str]:
    if len(places) <= SHOWN:
        return list(places)
    return [*places[:SHOWN], f"{len(places) - SHOWN:,} more places"]


def _listed(texts: Sequence[str]) -> str:
    rest = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return f"{', '.join(texts[:SHOWN])}{rest}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
