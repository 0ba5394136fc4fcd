from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import pytest

from ssot_lint.fork import FEW, at_once, from_both_ends, in_turn, spread_over


@pytest.mark.parametrize("both", [in_turn, at_once])
def test_both_answers_in_order(both) -> None:  # type: ignore[no-untyped-def]
    assert both(lambda: ["first"], lambda: ["second"] * 100_000) == (["first"], ["second"] * 100_000)


def test_the_second_is_worked_out_elsewhere() -> None:
    here, there = at_once(os.getpid, os.getpid)
    assert here == os.getpid()
    assert there != here


def test_an_error_of_the_second_is_raised_here() -> None:
    def fail() -> int:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        at_once(lambda: 1, fail)


def children() -> set[str]:
    """The processes that this one has started, those that ended and nobody waited for too; none where none are shown."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {child for task in tasks for child in task.read_text().split()}


def test_an_error_of_the_first_leaves_no_process_behind() -> None:
    def fail() -> int:
        raise LookupError("no such thing")

    before = children()
    with pytest.raises(LookupError):
        at_once(fail, lambda: 1)
    assert children() == before


def test_a_second_that_dies_is_worked_out_here() -> None:
    parent = os.getpid()

    def second() -> str:
        if os.getpid() != parent:
            os._exit(3)
        return "here"

    assert at_once(lambda: "first", second) == ("first", "here")


def test_beside_another_thread_nothing_is_forked() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        assert at_once(os.getpid, os.getpid) == (os.getpid(), os.getpid())
    finally:
        release.set()
        thread.join()


@pytest.mark.parametrize("processes", [1, 2, 3, 50])
@pytest.mark.parametrize("count", [0, 1, FEW - 1, FEW, 3 * FEW - 1])
def test_every_item_is_answered_in_order(processes: int, count: int) -> None:
    assert spread_over(processes)(str, range(count)) == [str(number) for number in range(count)]


def test_items_are_shared_among_the_processes() -> None:
    found = spread_over(3)(lambda _: os.getpid(), range(3 * FEW))
    assert found[0] == os.getpid() and len(set(found)) == 3
    assert found == found[:3] * FEW


def test_few_items_are_worked_out_here() -> None:
    assert set(spread_over(2)(lambda _: os.getpid(), range(FEW - 1))) == {os.getpid()}


def test_an_item_that_fails_elsewhere_fails_here() -> None:
    def work(number: int) -> int:
        return 1 // (number - 5)  # the sixth is another process's

    before = children()
    with pytest.raises(ZeroDivisionError):
        spread_over(2)(work, range(FEW))
    assert children() == before


def test_where_no_process_can_be_had_all_is_worked_out_here(monkeypatch: pytest.MonkeyPatch) -> None:
    fork, given = os.fork, []

    def once() -> int:
        given.append(1)
        if len(given) > 1:
            raise BlockingIOError("no more processes")
        return fork()

    monkeypatch.setattr(os, "fork", once)
    descriptors = Path("/proc/self/fd")
    gc.collect()  # what other tests have left open is closed now, or when it pleases
    opened = len(list(descriptors.iterdir())) if descriptors.is_dir() else 0
    before = children()
    items = list(range(3 * FEW))
    assert spread_over(3)(lambda item: item + 1, items) == [item + 1 for item in items]
    assert len(given) == 2
    assert not opened or len(list(descriptors.iterdir())) == opened
    assert children() == before


@pytest.mark.parametrize("both", [in_turn, at_once])
def test_each_number_is_handed_out_once(both) -> None:  # type: ignore[no-untyped-def]
    with from_both_ends(50) as (front, back):
        first, second = both(lambda: list(front), lambda: list(back))
    assert first == list(range(len(first)))
    assert second == list(range(49, len(first) - 1, -1))


def test_who_is_through_goes_on_with_what_the_other_has_not_begun() -> None:
    with from_both_ends(5) as (front, back):
        assert (next(front), next(back), next(back)) == (0, 4, 3)
        assert (list(front), list(back)) == ([1, 2], [])
