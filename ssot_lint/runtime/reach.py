"""Walk from an object to everything it reaches, breadth first, so that each path found is a shortest one."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from re import compile as pattern
from re import escape, split
from typing import NamedTuple

from ssot_lint.runtime.steps import Kinds, is_stateless, kind_of, steps


class Found(NamedTuple):
    """An object, the first path that leads to it, and the object before it on that path."""

    value: object
    path: str
    parent: int | None  # id of the object before it
    via: str  # "default argument of f"; "" for plain attributes and items
    is_state: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a walk goes: steps from the start, and references looked at."""

    depth: int
    references: int


class Reached(NamedTuple):
    """All objects by id, kept alive so that no id is used twice; and the paths at which the walk stopped.

    `also` holds the steps that led to an object that had been found before: (id of the object, id of its holder).
    Behind the objects in `known` nothing was looked at, because another walk had.
    """

    objects: dict[int, Found]
    also: list[tuple[int, int]]
    known: list[int]
    cut: tuple[str, ...]
    looked: int


class Allowed:
    """What may be shared: paths that match one of the patterns, instances of one of the types."""

    def __init__(self, allow: Iterable[str | type]) -> None:
        self.types: tuple[type, ...] = ()
        patterns = []
        for item in [allow] if isinstance(allow, str | type) else allow:
            if isinstance(item, type):
                self.types += (item,)
            elif isinstance(item, str) and item.strip():
                patterns.append(_translated(item.strip()))
            else:
                raise TypeError(
                    f"allow: found {item!r}, expected a type or an attribute path such as 'manager.settings'"
                )
        self._matches = pattern("|".join(patterns)).fullmatch if patterns else None

    def __call__(self, path: str, value: object) -> bool:
        if any(kind in type(value).__mro__ for kind in self.types):
            return True
        return self._matches is not None and self._matches(path) is not None


Known = Callable[[int, str], bool]
"""Is it known already that the object with this id is shared at this path?"""


def reach(
    start: object,
    name: str,
    allowed: Allowed,
    limits: Limits,
    kinds: Kinds,
    is_known: Known = lambda key, path: False,
) -> Reached:
    """Everything that `start` reaches, itself included. What is allowed is not looked through.

    Nor is state that is known to be shared at the same path: all that lies behind it is shared with it.
    """
    streams = {
        id(getattr(sys, stream, None))
        for stream in ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")
    }
    is_state = kind_of(start, kinds).nature == "state" and not allowed(name, start)
    objects: dict[int, Found] = {id(start): Found(start, name, None, "", is_state)}
    also: list[tuple[int, int]] = []
    stopped = [id(start)] if is_known(id(start), name) else []
    ahead: deque[tuple[object, str, int]] = deque([] if stopped else [(start, name, 0)])
    cut: list[str] = []
    beyond = 0
    looked = 1
    while ahead:
        value, path, depth = ahead.popleft()
        if kind_of(value, kinds).nature == "inert":
            continue
        for before, after, held, via in steps(value, kinds):
            looked += 1
            if looked > limits.references:
                cut.append(f"{path} and what lies behind it: more than {limits.references:,} references")
                ahead.clear()
                break
            kind = kind_of(held, kinds)
            if kind.nature == "inert" or id(held) in streams:
                continue
            where = f"{before}{path}{after}"
            if allowed(where, held):
                continue
            if id(held) in objects:
                also.append((id(held), id(value)))
                continue
            if depth == limits.depth:
                beyond += 1
                if beyond == 1:
                    cut.append(f"{where} and what lies as far: more than {limits.depth} steps away")
                continue
            is_state = kind.nature == "state" and not is_stateless(held, kind)
            if is_state and where.startswith("type(") and kind.is_descriptor:
                is_state = False  # it answers for an attribute; what it keeps is looked at
            objects[id(held)] = Found(held, where, id(value), via, is_state)
            if is_state and is_known(id(held), where):
                stopped.append(id(held))
            else:
                ahead.append((held, where, depth + 1))
    return Reached(objects, also, stopped, tuple(cut), looked)


def _translated(text: str) -> str:
    """A path pattern as a regular expression: `*` within one step, `**` over any number, `[*]` any subscript."""
    parts = split(r"(\*\*|\[\*\]|\*)", text)
    wild = {"**": r".*", "[*]": r"\[[^\]]*\]", "*": r"[^.\[\]]*"}
    body = "".join(wild.get(part) or escape(part) for part in parts)
    if text.startswith("**") or text.partition(".")[0].partition("[")[0] == "instance":
        return body
    return f"instance{body}" if text.startswith("[") else rf"instance\.{body}"
