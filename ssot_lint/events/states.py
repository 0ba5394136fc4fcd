"""What one path through a body has sent, and what was decided on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from msgspec.structs import replace

from ssot_lint.events.conditions import is_compared, positive, rendered
from ssot_lint.events.emissions import Emission
from ssot_lint.model import Node
from ssot_lint.queries.walks import callee, walk

_LIMIT = 96
"""States at one point; a body that needs more is undecided."""


Facts = frozenset[tuple[str, bool | None]]
"""What is known to be true or not: a condition as `rendered`, or what a call has answered (`answer_of`).

None: it depends on what the call has sent, and nobody tells how.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One place that a path goes through."""

    path: str
    line: int
    text: str


class State(msgspec.Struct, frozen=True, gc=False):
    """What one path has sent. `run` is the open run: its start, "entry" for one that the caller opened."""

    run: Emission | Literal["entry"] | None = None
    last: Emission | None = None
    ended: Emission | None = None
    facts: Facts = frozenset()
    unsure: bool = False
    answer: bool | None = None  # of a path that has left: is what it returned true? None: not known
    begun: bool = False  # has it sent anything?
    steps: tuple[Step, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        run = self.run if isinstance(self.run, str) else id(self.run)
        return run, id(self.last), id(self.ended), self.facts, self.unsure, self.answer, self.begun


class TooManyError(Exception):
    """A body with more states than are worth following."""


def distinct(states: Iterable[State]) -> list[State]:
    given = states if isinstance(states, list) else list(states)
    if len(given) < 2:
        return given
    found: dict[tuple[object, ...], State] = {}
    for state in given:
        found.setdefault(state.key, state)
    if len(found) > _LIMIT:
        raise TooManyError
    return list(found.values())


@dataclass(slots=True)
class Ends:
    """Where the paths through a block go."""

    after: list[State] = field(default_factory=list)
    returned: list[State] = field(default_factory=list)
    raised: list[State] = field(default_factory=list)
    broken: list[State] = field(default_factory=list)
    continued: list[State] = field(default_factory=list)

    def take(self, other: Ends, *, loops: bool = True) -> None:
        """The exits of an inner block; those of its loop unless it is one itself."""
        if other.returned:
            self.returned = distinct([*self.returned, *other.returned])
        if other.raised:
            self.raised = distinct([*self.raised, *other.raised])
        if loops and other.broken:
            self.broken = distinct([*self.broken, *other.broken])
        if loops and other.continued:
            self.continued = distinct([*self.continued, *other.continued])


def asks_namespace(test: Node) -> bool:
    """Does a condition look into the names that there are?"""
    return any(callee(node) in ("locals", "globals") for node in walk(test) if node.kind == "call")


def decide(test: Node, holds: bool, state: State, repeated: frozenset[str]) -> State | None:
    """The state in the arm where a condition holds or does not; None where the path has decided otherwise."""
    test, holds = positive(test, holds)
    if test.kind == "constant":
        return state if (test.text not in ("False", "None", "0", "''")) == holds else None
    if (answer_of(test), not holds) in state.facts:
        return None
    text = rendered(test)
    if (text, None) in state.facts or (answer_of(test), None) in state.facts:
        return replace(state, unsure=True)
    if (text, not holds) in state.facts:
        return replace(state, unsure=True) if is_compared(test) else None
    if test.kind == "operation" and any(fact in _parts(test) for fact, _ in state.facts):
        state = replace(state, unsure=True)  # what is known decides it in part
    if text not in repeated:
        return state
    if is_compared(test) and (text, holds) in state.facts:
        return replace(state, unsure=True)  # `x is None` and `x is not None` look alike here
    return replace(state, facts=state.facts | {(text, holds)})


def _parts(test: Node) -> frozenset[str]:
    """What a condition made of several asks for."""
    return frozenset(
        rendered(node) if node.kind == "name" else answer_of(node)
        for node in walk(test)
        if node.kind in ("name", "call")
    )


def answer_of(node: Node) -> str:
    """What stands for the answer of one call among facts; "" for what is no call."""
    if node.kind == "await":
        node = node.children[0]
    return f"call:{id(node)}" if node.kind == "call" else ""


def settled(state: State) -> State:
    """A state without the answers of calls: what was to be decided by them is decided."""
    if not any(fact.startswith("call:") for fact, _ in state.facts):
        return state
    return replace(state, facts=frozenset(fact for fact in state.facts if not fact[0].startswith("call:")))


def truth(node: Node, facts: Facts) -> bool | None:
    """Is a value true? None: not known."""
    match node.kind:
        case "constant":
            return node.text not in ("False", "None", "0", "''", "b''", "0.0")
        case "dict" | "sequence":
            return (
                None if any(item.kind in ("star", "none") for item in node.children) else bool(node.children)
            )
        case "joined" | "lambda":
            return True if node.kind == "lambda" else None
    text = rendered(node) if node.kind == "name" else answer_of(node)
    return next((holds for fact, holds in facts if fact == text), None)


def bound_by(node: Node) -> frozenset[str]:
    """The names that a statement binds."""
    names: set[str] = set()
    for item in walk(node):
        if item.kind in ("assign", "augmented"):
            names |= {target.text for target in item.children[1:] if target.kind == "name"}
        elif item.kind == "walrus":
            names.add(item.text)
        elif item.kind == "loop":
            names |= {target.text for target in walk(item.children[1]) if target.kind == "name"}
    return frozenset(names)


def forget(names: frozenset[str], states: list[State]) -> list[State]:
    """The states without what was decided about some names."""
    if not names:
        return states
    marks = [(f"name:{name}", f"name:{name}.") for name in names]

    def holds(text: str) -> bool:
        return any(
            (mark in text and (text.endswith(mark) or any(f"{mark}{end}" in text for end in (",", ")", "("))))
            or longer in text
            for mark, longer in marks
        )

    return [
        replace(state, facts=frozenset(fact for fact in state.facts if not holds(fact[0])))
        for state in states
    ]
