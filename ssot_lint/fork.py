"""Several pieces of work at once, in a process that has its data in memory already."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
U = TypeVar("U")

FEW = 32
"""Fewer items than this are worked out sooner than a process is forked and the pages that both write to are copied."""


class Spread(Protocol):
    """`work` for each item, in order; in this process, or in several that share its memory."""

    def __call__(self, work: Callable[[T], U], items: Sequence[T]) -> list[U]: ...


def in_turn(first: Callable[[], T], second: Callable[[], U]) -> tuple[T, U]:
    """Both answers, one after the other."""
    return first(), second()


def at_once(first: Callable[[], T], second: Callable[[], U]) -> tuple[T, U]:
    """Both answers; the second is worked out by a forked process, which shares this one's memory.

    Where forking is not safe, or the other process does not deliver (an exception, no memory), the second is
    worked out here: so errors are raised as they would be without it.
    """
    mine, other = _together([first, second])
    return mine, other


@contextmanager
def from_both_ends(count: int) -> Iterator[tuple[Iterator[int], Iterator[int]]]:
    """The numbers below `count` (a few hundred at most), each handed out once: from the front, and from the end.

    The two may be read by two processes at once, forked in between. They meet where the slower one is then. What a
    process has taken and not delivered is not handed out again.
    """
    left, writing = os.pipe()  # holds one byte for each number that is left, whoever takes it
    os.write(writing, bytes(count))
    os.close(writing)
    try:
        yield _while_any(left, range(count)), _while_any(left, range(count)[::-1])
    finally:
        os.close(left)


def _while_any(left: int, numbers: Iterable[int]) -> Iterator[int]:
    for number in numbers:
        if not os.read(left, 1):
            return
        yield number


def one_by_one(work: Callable[[T], U], items: Sequence[T]) -> list[U]:
    """`work` for each item, in this process."""
    return [work(item) for item in items]


def spread_over(processes: int) -> Spread:
    """Every so manieth item for each of so many processes, forked when they are needed, this one among them.

    As with `at_once`, what a process does not deliver is worked out here. `work` must not count on what it leaves
    behind: only its answers come back, pickled.
    """
    return partial(_spread, processes)


def _spread(processes: int, work: Callable[[T], U], items: Sequence[T]) -> list[U]:
    count = min(processes, len(items) // (FEW // 2))
    if count < 2:
        return one_by_one(work, items)
    answers = _together([partial(one_by_one, work, items[number::count]) for number in range(count)])
    found: list[Any] = [None] * len(items)
    for number, answer in enumerate(answers):
        found[number::count] = answer
    return found


def _together(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """All answers: the first worked out here, each other by a process of its own."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return [work() for work in works]
    others: list[tuple[int, int]] = []
    answers: list[bytes] = []
    mine = None
    try:
        for work in works[1:]:
            forked = _forked(work)
            if forked is None:
                break  # no process for it, nor for those after it
            others.append(forked)
        mine = works[0]()
        for _, pipe in others:
            with os.fdopen(pipe, "rb") as reading:
                answers.append(reading.read())
    finally:
        for _, pipe in others[len(answers) :]:
            _close(pipe)
        ended = [os.waitpid(process, 0)[1] for process, _ in others]
    delivered = zip(works[1:], answers, ended, strict=False)
    found = [pickle.loads(answer) if status == 0 else work() for work, answer, status in delivered]
    return [mine, *found, *(work() for work in works[1 + len(others) :])]


def _forked(work: Callable[[], Any]) -> tuple[int, int] | None:
    """A process that works something out, and the pipe to read its answer from; None where none can be had."""
    reading, writing = os.pipe()
    try:
        process = os.fork()
    except OSError:  # no memory, or too many processes
        _close(reading)
        _close(writing)
        return None
    if process == 0:
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(work(), pipe, pickle.HIGHEST_PROTOCOL)
            status = 0
        finally:
            os._exit(status)  # nothing of the parent's is flushed or cleaned up twice
    os.close(writing)
    return process, reading


def _close(pipe: int) -> None:
    """Close a pipe that may be closed already; who writes to it ends then."""
    with suppress(OSError):
        os.close(pipe)
