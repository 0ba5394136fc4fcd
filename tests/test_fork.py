from __future__ import annotations

import os
import threading

import pytest

from ssot_lint.fork import at_once, in_turn


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


def test_an_error_of_the_first_leaves_no_process_behind() -> None:
    def fail() -> int:
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        at_once(fail, lambda: 1)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


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
