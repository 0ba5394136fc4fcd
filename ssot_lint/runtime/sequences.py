"""`assert_sequence(events, sequence)`: did every user get all events, in order, and nobody else's?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ssot_lint.runtime.events import Event, EventRecorder, decoded, event_name, field

Reader = str | Callable[[Any], object]
"""A field of the message, or a function of the event."""

SHOWN = 10
"""Timelines that a failure shows."""

INSIDE = ("data", "payload", "message")
"""Fields of a message in which its own fields may lie one level deeper."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What one receiver got, and what is wrong with it: (place of the event, problem), the place past the last
    one for what is missing."""

    key: Hashable
    events: tuple[Event, ...]
    problems: tuple[tuple[int, str], ...] = ()

    @property
    def ok(self) -> bool:
        """Everything came, in order, and nothing else."""
        return not self.problems

    def __str__(self) -> str:
        told = dict(self.problems)
        start = self.events[0].at if self.events else 0.0
        width = max((len(event.name) for event in self.events), default=0)
        lines = [f"{self.key!r}: {self.problems[0][1] if self.problems else 'complete'}"]
        for place, event in enumerate(self.events):
            mark = "->" if place in told else "  "
            line = f"  {mark} {place + 1:>3}  +{event.at - start:.3f} s  {event.name:<{width}}"
            lines.append(f"{line}   {told[place]}".rstrip() if place in told else line.rstrip())
        if self.events and len(self.events) in told:
            lines.append(f"  -> {len(self.events) + 1:>3}  {told[len(self.events)]}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class SequenceReport:
    """One timeline for each receiver, in the order of their first event. `unowned` counts the events that do not
    say whom they are for, so that nobody could tell if they were somebody else's."""

    timelines: tuple[Timeline, ...]
    unowned: int = 0

    @property
    def ok(self) -> bool:
        """There is at least one timeline, and all are right."""
        return bool(self.timelines) and all(timeline.ok for timeline in self.timelines)

    @property
    def failed(self) -> tuple[Timeline, ...]:
        return tuple(timeline for timeline in self.timelines if not timeline.ok)

    @property
    def success_rate(self) -> float:
        """The share of receivers whose timeline is right, 0.0 to 1.0."""
        good = len(self.timelines) - len(self.failed)
        return good / len(self.timelines) if self.timelines else 0.0

    def __str__(self) -> str:
        if not self.timelines:
            return "no events at all"
        total, wrong = len(self.timelines), self.failed
        lines = [
            f"{len(wrong)} of {total} timelines are wrong" if wrong else f"all {total} timelines are right"
        ]
        lines += [str(timeline) for timeline in wrong[:SHOWN]]
        if len(wrong) > SHOWN:
            lines.append(
                f"and {len(wrong) - SHOWN} more: {', '.join(repr(item.key) for item in wrong[SHOWN:])}"
            )
        if self.unowned:
            lines.append(
                f"{self.unowned} events do not say whom they are for: that they are not foreign is not proven"
            )
        return "\n".join(lines)


def sequence_report(
    events: EventRecorder | Iterable[object],
    sequence: Sequence[str],
    *,
    per: Reader | None = None,
    terminal: Collection[str] = (),
    repeatable: Collection[str] = (),
    owner: Reader = "user_id",
    keys: Iterable[Hashable] | None = None,
) -> SequenceReport:
    """Compare each receiver's events with the sequence.

    `events` is an EventRecorder, or events of any form it understands. They are grouped by `per`, a field or a
    function; without it, by the receiver that the recorder noted (all are one timeline where none was).
    `keys` are the receivers that are expected, the recorder's own by default; another one's events are foreign.

    Every event of `sequence` must come once, in order. Those in `repeatable` may come again at once, and a run
    of neighbouring repeatable ones may start over after its last. A timeline ends with the first event of
    `terminal` (default: the last of the sequence); one that the sequence does not hold, such as an error, may
    come at any time and ends it early. Nothing may follow.

    An event whose `owner` is somebody else than the receiver is foreign, and so is one that is not in the
    sequence.
    """
    _check_words(sequence, terminal, repeatable)
    order = tuple(sequence)
    ends = frozenset(terminal) or frozenset(order[-1:])
    if isinstance(events, EventRecorder) and keys is None and per is None:
        keys = events.keys
    expected = None if keys is None else list(dict.fromkeys(keys))
    grouped: dict[Hashable, list[Event]] = {key: [] for key in expected or ()}
    unowned = 0
    for number, item in enumerate(events, 1):
        event = _event(item, number)
        key = event.key if per is None else _read(event, item, per)
        grouped.setdefault(key, []).append(event)
    timelines = []
    for key, found in grouped.items():
        wrong: list[tuple[int, str]] = []
        if expected is not None and key not in expected:
            wrong.append((0, "foreign: nobody with this key was expected"))
        own: list[tuple[int, str]] = []
        for place, event in enumerate(found):
            belongs = _read(event, event.data, owner)
            unowned += belongs is None
            if belongs is not None and key is not None and str(belongs) != str(_plain(key)):
                wrong.append((place, f"foreign: it is for {belongs!r}"))
            else:
                own.append((place, event.name))
        wrong += _disorder(own, len(found), order, ends, frozenset(repeatable))
        timelines.append(Timeline(key, tuple(found), tuple(sorted(dict(reversed(wrong)).items()))))
    return SequenceReport(tuple(timelines), unowned)


def assert_sequence(
    events: EventRecorder | Iterable[object],
    sequence: Sequence[str],
    *,
    per: Reader | None = None,
    terminal: Collection[str] = (),
    repeatable: Collection[str] = (),
    owner: Reader = "user_id",
    keys: Iterable[Hashable] | None = None,
) -> None:
    """Raise AssertionError unless `sequence_report` of the same arguments is `ok`; no events at all are a failure.

    The message shows, for each receiver concerned, what was expected, what came, and the whole timeline.
    """
    report = sequence_report(
        events, sequence, per=per, terminal=terminal, repeatable=repeatable, owner=owner, keys=keys
    )
    if not report.ok:
        raise AssertionError(str(report))


def _check_words(order: Sequence[str], terminal: Collection[str], repeatable: Collection[str]) -> None:
    if isinstance(order, str) or not order:
        raise ValueError("sequence: expected the names of the events in their order")
    if len(set(order)) < len(order):
        raise ValueError("sequence: names an event twice; what may come again goes into `repeatable`")
    for name, words in (("terminal", terminal), ("repeatable", repeatable)):
        if isinstance(words, str):
            raise ValueError(f"{name}: found a text, expected a collection of event names: ({words!r},)")
    if unknown := sorted(set(repeatable) - set(order)):
        raise ValueError(f"repeatable: {unknown[0]!r} is not in the sequence")
    if both := sorted(set(repeatable) & set(terminal)):
        raise ValueError(f"repeatable: {both[0]!r} is terminal, nothing comes after it")


def _disorder(
    own: Sequence[tuple[int, str]],
    length: int,
    order: Sequence[str],
    ends: frozenset[str],
    repeatable: frozenset[str],
) -> list[tuple[int, str]]:
    """The first break of the order; what comes after the end; and what never came."""
    wrong: list[tuple[int, str]] = []
    ended = broken = False
    at = -1
    for place, name in own:
        if ended:
            wrong.append((place, f"after the end: {name!r}"))
            continue
        if name not in order and name not in ends:
            wrong.append((place, f"foreign: {name!r} is not in the sequence"))
            continue
        if name in ends and name not in order:
            ended = True
            continue
        follow = _allowed_next(at, order, ends, repeatable)
        position = order.index(name)
        if position not in follow and not broken:
            broken = True
            seen = "came again" if position <= at else "came"
            wrong.append((place, f"expected {_either(follow, order)} next, {name!r} {seen}"))
        at = max(at, position) if broken else position
        ended = name in ends
    if not ended and not broken:
        missing = _either(_allowed_next(at, order, ends, repeatable), order)
        if own:
            wrong.append((length, f"ended without {_ending(order, ends)}: expected {missing} next"))
        else:
            wrong.append((length, f"nothing came: expected {missing}"))
    elif not ended:
        wrong.append((length, f"ended without {_ending(order, ends)}"))
    return wrong


def _allowed_next(
    at: int, order: Sequence[str], ends: frozenset[str], repeatable: frozenset[str]
) -> list[int]:
    """The places in the sequence that may follow place `at`, the regular one first."""
    follow = [at + 1] if at + 1 < len(order) else []
    if at < 0 or order[at] not in repeatable:
        return follow
    follow.append(at)
    if at + 1 == len(order) or order[at + 1] not in repeatable:
        first = at
        while first > 0 and order[first - 1] in repeatable:
            first -= 1
        follow += range(first, at)
    return follow


def _either(places: Sequence[int], order: Sequence[str]) -> str:
    return " or ".join(repr(order[place]) for place in places) or "nothing"


def _ending(order: Sequence[str], ends: frozenset[str]) -> str:
    inside = [name for name in order if name in ends]
    return " or ".join(repr(name) for name in (*inside, *sorted(ends - set(order))))


# --- reading events -----------------------------------------------------------------------------------


def _event(item: object, number: int) -> Event:
    if isinstance(item, Event):
        return item
    if isinstance(item, tuple) and len(item) == 2:  # (key, message)
        message = decoded(item[1])
        return Event(item[0], event_name(message), message, number)
    message = decoded(item)
    return Event(None, event_name(message), message, number)


def _read(event: Event, item: object, reader: Reader) -> Hashable:
    """What a field or a function says of an event; None when it does not."""
    if callable(reader):
        found = reader(item)
    else:
        found = field(event.data, reader)
        for name in INSIDE:
            inner = field(event.data, name) if found is None else None
            found = found if inner is None else field(inner, reader)
    if found is not None and not isinstance(found, Hashable):
        raise TypeError(f"{reader!r} gave {found!r}, which cannot tell one user from another")
    return found


def _plain(key: Hashable) -> Hashable:
    """The user of a key that is made of several parts, as in `per=lambda event: (user, run)`."""
    return key[0] if isinstance(key, tuple) and key else key
