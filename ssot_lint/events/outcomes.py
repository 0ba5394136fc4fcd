"""What comes of running a body: where its paths go, what they send, and what comes too late on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from ssot_lint.events.emissions import Emission
from ssot_lint.events.states import Ends, State, Step
from ssot_lint.events.weighing import Weighed
from ssot_lint.model import MODULE, Place
from ssot_lint.project import Project


@dataclass(frozen=True, slots=True)
class Disorder:
    """An event that comes where the sequence does not have it; `before` was sent earlier on the same path.

    What a callee sends is late at the call; `within` is where it is sent.
    """

    late: Emission
    before: Emission
    ended: bool
    within: Emission | None = None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a call does: the states at its normal end, and at a raise. Facts are about its parameters."""

    normal: tuple[State, ...]
    raised: tuple[State, ...]
    first: tuple[Emission, ...] = ()  # what may be the first that it sends
    last: Emission | None = None  # what is surely the last that it sends where it leaves the run open
    events: frozenset[str] = frozenset()  # all that it may send


@dataclass(frozen=True, slots=True)
class Run:
    """Where the paths through a body go, and what comes too late on them."""

    ends: Ends
    disorders: tuple[Disorder, ...]
    first: tuple[Emission, ...]  # what may be the first that is sent
    events: frozenset[str]  # all that may be sent


class Callees(Protocol):
    """What is known of functions that a body calls."""

    def of(self, place: Place, entry: State) -> Outcomes:
        """What a call does that is made in a state."""

    def weighed(self, place: Place) -> Weighed:
        """What every run over a body needs to know of it."""


def told_of(state: State, told: Collection[str]) -> State:
    """What the caller learns of a state; `told`: the facts about parameters."""
    facts = frozenset(fact for fact in state.facts if fact[0] in told)
    return replace(state, last=None, facts=facts, begun=False)


def only_last(states: Iterable[State]) -> Emission | None:
    """The event that all paths with an open run have sent last; None where they differ, or one has sent none."""
    last = [state.last for state in states if state.run is not None]
    return last[0] if len({item.event if item is not None else "" for item in last}) == 1 else None


def ended(project: Project, place: Place, states: list[State]) -> list[State]:
    """States with an open run at the end of a body, the end being a step."""
    source = project.files[place[0]]
    last = source.facts.lines if place[1] == MODULE else source.facts.definitions[place[1]].end_line
    step = Step(source.path, last, "ends")
    return [
        replace(state, steps=(*state.steps, step)) if state.run is not None else state for state in states
    ]


def name_of(project: Project, place: Place) -> str:
    """The name of a function; "" for the statements of a module."""
    return "" if place[1] == MODULE else project.definition_at(place).name
