"""Walk from every instance, and tell what the instances of different users both reach."""

from __future__ import annotations

import gc
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType

from ssot_lint.runtime.builds import Build, Mode
from ssot_lint.runtime.natures import nature, type_name
from ssot_lint.runtime.reach import Allowed, Found, Limits, Reached, reach
from ssot_lint.runtime.reports import Failure, IsolationReport, Shared, few
from ssot_lint.runtime.steps import Kinds

NAMING = ("user_id", "user", "thread_id", "session_id", "id", "name")
"""Attributes by which a context is called in the report."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to build and how to compare it."""

    contexts: tuple[object, ...]
    users: tuple[int, ...]  # for each context the place of the first one that is equal to it
    modes: tuple[Mode, ...]
    allowed: Allowed
    limits: Limits


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


def compare(request: Request, builds: Sequence[Build]) -> IsolationReport:
    """Without garbage collection: a million records are kept, and none of them is garbage."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return _compared(request, builds)
    finally:
        if collects:
            gc.enable()


def _compared(request: Request, builds: Sequence[Build]) -> IsolationReport:
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
        not_looked=tuple(few(not_looked)),
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
