"""What one path through a body has sent, and what was decided on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from ssot_lint.conditions import is_compared, positive, rendered
from ssot_lint.emissions import Emission
from ssot_lint.model import Node
from ssot_lint.walks import callee, walk

_LIMIT = 96
"""States at one point; a body that needs more is undecided."""


@dataclass(frozen=True, slots=True)
class Step:
    """One place that a path goes through."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class State:
    """What one path has sent. `run` is the open run: its start, "entry" for one that the caller opened."""

    run: Emission | Literal["entry"] | None = None
    last: Emission | None = None
    ended: Emission | None = None
    facts: frozenset[tuple[str, bool]] = frozenset()
    unsure: bool = False
    steps: tuple[Step, ...] = field(default=(), compare=False)

    @property
    def key(self) -> tuple[object, ...]:
        run = self.run if isinstance(self.run, str) else id(self.run)
        return run, id(self.last), id(self.ended), self.facts, self.unsure


class TooManyError(Exception):
    """A body with more states than are worth following."""


def distinct(states: Iterable[State]) -> list[State]:
    found: dict[tuple[object, ...], State] = {}
    for state in states:
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
        self.returned = distinct([*self.returned, *other.returned])
        self.raised = distinct([*self.raised, *other.raised])
        if loops:
            self.broken = distinct([*self.broken, *other.broken])
            self.continued = distinct([*self.continued, *other.continued])


def decide(test: Node, holds: bool, state: State, repeated: frozenset[str]) -> State | None:
    """The state in the arm where a condition holds or does not; None where the path has decided otherwise."""
    test, holds = positive(test, holds)
    if any(callee(node) in ("locals", "globals") for node in walk(test) if node.kind == "call"):
        return replace(state, unsure=True)
    if test.kind == "constant":
        return state if (test.text not in ("False", "None", "0", "''")) == holds else None
    text = rendered(test)
    if text not in repeated:
        return state
    if (text, not holds) in state.facts:
        if not is_compared(test):
            return None
        return replace(state, unsure=True)
    if is_compared(test) and (text, holds) in state.facts:
        return replace(state, unsure=True)  # `x is None` and `x is not None` look alike here
    return replace(state, facts=state.facts | {(text, holds)})


def forget(node: Node, states: list[State]) -> list[State]:
    """The states without what was decided about names that a statement binds."""
    if not any(state.facts for state in states):
        return states
    names: set[str] = set()
    for item in walk(node):
        if item.kind in ("assign", "augmented"):
            names |= {target.text for target in item.children[1:] if target.kind == "name"}
        elif item.kind == "walrus":
            names.add(item.text)
        elif item.kind == "loop":
            names |= {target.text for target in walk(item.children[1]) if target.kind == "name"}
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
