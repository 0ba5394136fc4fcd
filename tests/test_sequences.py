"""`EventRecorder` keeps what arrived where; `assert_sequence` says for each user what is missing, late or foreign."""

from __future__ import annotations

import asyncio
import enum
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.runtime import Event, EventRecorder, assert_sequence, sequence_report

AGENT = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")
ENDS = ("agent_completed", "agent_error")
TOOLS = ("agent_thinking", "tool_executing", "tool_completed")


def problems(names: Sequence[Any], **options: Any) -> list[tuple[int, str]]:
    """What is wrong with one user's events."""
    (timeline,) = sequence_report([("alice", name) for name in names], AGENT, **options).timelines
    return list(timeline.problems)


# --- recording ----------------------------------------------------------------------------------------


def test_events_in_the_order_of_their_arrival() -> None:
    recorder = EventRecorder()
    recorder.record("agent_started", "alice")
    recorder.record({"type": "agent_started", "run": 7}, "bob")
    recorder.record("agent_completed", key="alice")
    assert [(event.number, event.key, event.name, event.data) for event in recorder] == [
        (1, "alice", "agent_started", "agent_started"),
        (2, "bob", "agent_started", {"type": "agent_started", "run": 7}),
        (3, "alice", "agent_completed", "agent_completed"),
    ]
    assert (len(recorder), recorder.keys, recorder.names("alice")) == (
        3,
        ("alice", "bob"),
        ("agent_started", "agent_completed"),
    )
    assert 0 <= recorder.events[0].at <= recorder.events[2].at
    recorder.clear()
    assert (recorder.events, recorder.keys) == ((), ())


class Kind(enum.Enum):
    STARTED = "agent_started"


@dataclass
class Message:
    event: object


@pytest.mark.parametrize(
    "message",
    [
        "agent_started",
        Kind.STARTED,
        {"type": "agent_started"},
        {"event": "agent_started", "name": "x"},
        {"event_type": Kind.STARTED},
        {"type": 4, "name": "agent_started"},
        Message("agent_started"),
        Message(Kind.STARTED),
        json.dumps({"type": "agent_started"}),
        json.dumps({"type": "agent_started"}).encode(),
        Event("bob", "agent_started"),
    ],
    ids=repr,
)
def test_forms_of_a_message(message: object) -> None:
    assert EventRecorder().record(message).name == "agent_started"


def test_a_message_that_does_not_say_its_event() -> None:
    with pytest.raises(
        ValueError, match=r"does not say its event in type, event.*EventRecorder\(name=\.\.\.\)"
    ):
        EventRecorder().record({"kind": "agent_started"})
    assert EventRecorder(name=lambda message: message["kind"]).record({"kind": "x"}).name == "x"


def test_a_sink_is_called_or_awaited() -> None:
    recorder = EventRecorder()

    async def run() -> None:
        send = recorder.sink("alice")
        send({"type": "one"})
        await send({"type": "two"})
        await send("three", {"run": 7})
        send("four", run=7)
        send("five", 3)

    asyncio.run(run())
    assert [event.data for event in recorder.of("alice")] == [
        {"type": "one"},
        {"type": "two"},
        {"run": 7, "type": "three"},
        {"type": "four", "run": 7},
        {"type": "five", "data": 3},
    ]
    assert recorder.names("alice") == ("one", "two", "three", "four", "five")


def test_threads_lose_and_mix_nothing() -> None:
    recorder = EventRecorder()
    barrier = threading.Barrier(8)

    def send(user: int) -> None:
        sink = recorder.sink(user)
        barrier.wait()
        for number in range(250):
            sink(f"event {number}")

    threads = [threading.Thread(target=send, args=(user,)) for user in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.number for event in recorder] == list(range(1, 2001))
    for user in range(8):
        assert recorder.names(user) == tuple(f"event {number}" for number in range(250))


def test_tasks_lose_and_mix_nothing() -> None:
    recorder = EventRecorder()

    async def send(user: int) -> None:
        sink = recorder.sink(user)
        for name in AGENT:
            await asyncio.sleep(0)
            await sink(name)

    async def run() -> None:
        await asyncio.gather(*map(send, range(50)))

    asyncio.run(run())
    assert_sequence(recorder, AGENT)
    assert len(recorder) == 250


class Manager:
    """Sends to users; fails for one of them."""

    def __init__(self) -> None:
        self.sent: list[object] = []
        self.limit = 3

    def send_to_user(self, user: str, message: object, urgent: bool = False) -> str:
        if user == "nobody":
            raise ConnectionError
        self.sent.append(message)
        return "sent"

    async def send_to_thread(self, thread: str, message: object) -> int:
        await asyncio.sleep(0)
        self.send_to_user(thread, message)
        return 1


def test_a_wrapped_object_does_what_it_did() -> None:
    recorder, manager = EventRecorder(), Manager()
    wrapped = recorder.wrap(manager, "send_to_user", "send_to_thread")
    assert wrapped.send_to_user("alice", {"type": "one"}) == "sent"
    assert wrapped.send_to_user(user="alice", message={"type": "two"}) == "sent"
    assert asyncio.run(wrapped.send_to_thread("bob", {"type": "three"})) == 1
    with pytest.raises(ConnectionError):
        wrapped.send_to_user("nobody", {"type": "four"})
    wrapped.limit = 4
    assert (wrapped.limit, manager.limit, len(manager.sent)) == (4, 4, 3)
    assert [(event.key, event.name) for event in recorder] == [
        ("alice", "one"),
        ("alice", "two"),
        ("bob", "three"),
    ]


def test_a_wrapped_function_and_how_its_calls_are_read() -> None:
    recorder = EventRecorder()
    sent: list[object] = []
    send = recorder.wrap(lambda message: sent.append(message))
    send({"type": "one"})
    read = recorder.wrap(
        lambda connection, text: sent.append(text),
        read=lambda connection, text: (connection["user"], {"type": text}),
    )
    read({"user": "alice"}, "two")
    assert [(event.key, event.name) for event in recorder] == [(None, "one"), ("alice", "two")]
    assert len(sent) == 2


def test_calls_that_cannot_be_read() -> None:
    recorder = EventRecorder()
    with pytest.raises(TypeError, match="name the methods to watch"):
        recorder.wrap(Manager())
    with pytest.raises(TypeError, match=r"wrap\(read=\.\.\.\)"):
        recorder.wrap(lambda: None)()
    with pytest.raises(TypeError, match="where the receiver is expected"):
        recorder.wrap(lambda a, b: None)([], "x")


# --- order and completeness ---------------------------------------------------------------------------


def test_complete() -> None:
    assert problems(AGENT) == []
    assert_sequence(AGENT, AGENT)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            [AGENT[0], AGENT[2], AGENT[3], AGENT[4]],
            [(1, "expected 'agent_thinking' next, 'tool_executing' came")],
        ),
        (AGENT[:4], [(4, "ended without 'agent_completed': expected 'agent_completed' next")]),
        (AGENT[1:], [(0, "expected 'agent_started' next, 'agent_thinking' came")]),
        (
            [*AGENT[:2], AGENT[1], *AGENT[2:]],
            [(2, "expected 'tool_executing' next, 'agent_thinking' came again")],
        ),
        ([*AGENT, AGENT[4]], [(5, "after the end: 'agent_completed'")]),
        ([*AGENT, "other"], [(5, "after the end: 'other'")]),
        ([*AGENT[:2], "other", *AGENT[2:]], [(2, "foreign: 'other' is not in the sequence")]),
        (
            [AGENT[1], AGENT[0]],
            [
                (0, "expected 'agent_started' next, 'agent_thinking' came"),
                (2, "ended without 'agent_completed'"),
            ],
        ),
        ([*AGENT[:2], "agent_error"], [
            (2, "foreign: 'agent_error' is not in the sequence"),
            (3, "ended without 'agent_completed': expected 'tool_executing' next"),
        ]),
    ],
)  # fmt: skip
def test_what_is_wrong(names: list[str], expected: list[tuple[int, str]]) -> None:
    assert problems(names) == expected


def test_an_error_may_end_it_at_any_time() -> None:
    for length in range(5):
        assert problems([*AGENT[:length], "agent_error"], terminal=ENDS) == []
    assert problems(AGENT, terminal=ENDS) == []
    assert problems(["agent_error", "agent_error"], terminal=ENDS) == [(1, "after the end: 'agent_error'")]
    assert problems(AGENT[:2], terminal=ENDS) == [
        (2, "ended without 'agent_completed' or 'agent_error': expected 'tool_executing' next")
    ]


def test_what_may_come_again() -> None:
    think, execute, complete = TOOLS
    start, end = AGENT[0], AGENT[-1]

    def wrong(*names: str) -> list[tuple[int, str]]:
        return problems([start, *names, end], repeatable=TOOLS)

    assert wrong(*TOOLS) == []
    assert wrong(think, think, *TOOLS) == []
    assert wrong(*TOOLS, *TOOLS, execute, complete) == []
    assert wrong(think, execute, execute, complete, complete) == []
    assert wrong(*TOOLS, think) == [
        (5, "expected 'tool_executing' or 'agent_thinking' next, 'agent_completed' came")
    ]
    assert wrong(think, execute, think, execute, complete) == [
        (3, "expected 'tool_completed' or 'tool_executing' next, 'agent_thinking' came again")
    ]


def test_nothing_at_all_is_a_failure() -> None:
    with pytest.raises(AssertionError, match="no events at all"):
        assert_sequence([], AGENT)
    with pytest.raises(AssertionError, match="'bob': nothing came: expected 'agent_started'"):
        assert_sequence([("alice", name) for name in AGENT], AGENT, keys=["alice", "bob"])


def test_a_receiver_with_a_sink_is_expected() -> None:
    recorder = EventRecorder()
    recorder.sink("bob")
    for name in AGENT:
        recorder.record(name, "alice")
    report = sequence_report(recorder, AGENT)
    assert [(timeline.key, timeline.ok) for timeline in report.timelines] == [("bob", False), ("alice", True)]
    assert (report.ok, report.success_rate, [timeline.key for timeline in report.failed]) == (
        False,
        0.5,
        ["bob"],
    )


# --- whose events -------------------------------------------------------------------------------------


def test_another_users_event_is_foreign() -> None:
    recorder = EventRecorder()
    for name in AGENT:
        recorder.record({"type": name, "user_id": "alice"}, "alice")
    recorder.record({"type": AGENT[0], "user_id": "bob"}, "alice")
    (timeline,) = sequence_report(recorder, AGENT).timelines
    assert timeline.problems == ((5, "foreign: it is for 'bob'"),)


@pytest.mark.parametrize("field", ["data", "payload", "message"])
def test_the_owner_may_stand_one_level_deeper(field: str) -> None:
    events = [("alice", {"type": name, field: {"user_id": "bob"}}) for name in AGENT]
    (timeline,) = sequence_report(events, AGENT).timelines
    assert [text for _, text in timeline.problems] == [
        *["foreign: it is for 'bob'"] * 5,
        "nothing came: expected 'agent_started'",
    ]


def test_other_ways_to_tell_the_owner() -> None:
    events = [("alice", {"type": name, "to": "bob"}) for name in AGENT]
    assert sequence_report(events, AGENT).ok
    assert not sequence_report(events, AGENT, owner="to").ok
    assert not sequence_report(events, AGENT, owner=lambda message: message["to"]).ok


def test_a_user_who_was_not_expected() -> None:
    events = [(user, name) for user in ("alice", "mallory") for name in AGENT]
    (_, timeline) = sequence_report(events, AGENT, keys=["alice"]).timelines
    assert timeline.problems == ((0, "foreign: nobody with this key was expected"),)


def test_groups() -> None:
    flat = [{"type": name, "user_id": user} for name in AGENT for user in ("alice", "bob")]
    assert not sequence_report(flat, AGENT).ok
    assert [timeline.key for timeline in sequence_report(flat, AGENT, per="user_id").timelines] == [
        "alice",
        "bob",
    ]
    assert_sequence(flat, AGENT, per="user_id")
    recorder = EventRecorder()
    for run in (1, 2):
        for name in AGENT:
            recorder.record({"type": name, "run": run, "user_id": "alice"}, "alice")
    assert not sequence_report(recorder, AGENT).ok
    report = sequence_report(recorder, AGENT, per=lambda event: (event.key, event.data["run"]))
    assert (report.ok, [timeline.key for timeline in report.timelines]) == (
        True,
        [("alice", 1), ("alice", 2)],
    )


def test_events_without_an_owner_are_counted() -> None:
    events = [("alice", name) for name in AGENT[:4]]
    assert str(sequence_report(events, AGENT)).splitlines()[-1] == (
        "4 events do not say whom they are for: that they are not foreign is not proven"
    )


# --- the text -----------------------------------------------------------------------------------------


def test_the_whole_timeline_is_shown() -> None:
    events = [
        Event("alice", name, {"user_id": owner}, number, at)
        for number, (name, owner, at) in enumerate(
            [
                ("agent_started", "alice", 5.0),
                ("agent_thinking", "alice", 5.25),
                ("agent_started", "bob", 5.5),
                ("tool_completed", "alice", 6.0),
            ]
        )
    ]
    with pytest.raises(AssertionError) as raised:
        assert_sequence(events, AGENT, keys=["alice"])
    assert str(raised.value).splitlines() == [
        "1 of 1 timelines are wrong",
        "'alice': foreign: it is for 'bob'",
        "       1  +0.000 s  agent_started",
        "       2  +0.250 s  agent_thinking",
        "  ->   3  +0.500 s  agent_started    foreign: it is for 'bob'",
        "  ->   4  +1.000 s  tool_completed   expected 'tool_executing' next, 'tool_completed' came",
        "  ->   5  ended without 'agent_completed'",
    ]


def test_many_failures_are_shortened() -> None:
    report = sequence_report([(user, "agent_started") for user in range(12)], AGENT)
    text = str(report)
    assert text.startswith("12 of 12 timelines are wrong") and "and 2 more: 10, 11" in text
    assert str(sequence_report([(user, name) for user in "ab" for name in AGENT], AGENT)).startswith(
        "all 2 timelines are right"
    )


@pytest.mark.parametrize(
    ("sequence", "options", "message"),
    [
        ("agent_started", {}, "expected the names"),
        ((), {}, "expected the names"),
        (("a", "a"), {}, "names an event twice"),
        (AGENT, {"terminal": "agent_error"}, "terminal: found a text"),
        (AGENT, {"repeatable": ["tool"]}, "'tool' is not in the sequence"),
        (
            AGENT,
            {"terminal": ["agent_completed"], "repeatable": ["agent_completed"]},
            "nothing comes after it",
        ),
    ],
)
def test_wrong_arguments(sequence: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sequence_report([], sequence, **options)


def test_a_group_must_be_hashable() -> None:
    with pytest.raises(TypeError, match="cannot tell one user from another"):
        sequence_report([{"type": "x", "user": []}], AGENT, per="user")


# --- against a second opinion -------------------------------------------------------------------------


@given(st.lists(st.sampled_from(AGENT), max_size=7))
def test_without_repetition_only_the_sequence_itself_is_right(names: list[str]) -> None:
    assert (problems(names) == []) == (tuple(names) == AGENT) if names else True


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.integers(0, 2))
def test_repetitions_of_the_whole_block_are_right(thoughts: list[int], extra: int) -> None:
    think, execute, complete = TOOLS
    rounds = [
        name for more in thoughts for name in (*[think] * (1 + more), *[execute] * (1 + extra), complete)
    ]
    names = [AGENT[0], *rounds, AGENT[-1]]
    assert problems(names, repeatable=TOOLS) == []
    for place in range(len(names) - 1):
        swapped = [*names[:place], names[place + 1], names[place], *names[place + 2 :]]
        if {AGENT[0], AGENT[-1]} & {names[place], names[place + 1]}:
            assert problems(swapped, repeatable=TOOLS) != []


@given(st.permutations([(user, name) for user in ("alice", "bob", "carol") for name in AGENT]))
def test_interleaving_of_users_does_not_matter(mixed: list[tuple[str, str]]) -> None:
    ordered = sorted(mixed, key=lambda pair: AGENT.index(pair[1]))
    assert sequence_report(ordered, AGENT).ok
    report = sequence_report(mixed, AGENT)
    for timeline in report.timelines:
        assert timeline.ok == ([event.name for event in timeline.events] == list(AGENT))
