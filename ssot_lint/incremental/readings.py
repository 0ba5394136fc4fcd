"""Two readings of one file, fact by fact: the lines of the one and those of the other, if nothing else differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from ssot_lint.model import MODULE, Definition, Fact, FileFacts

_LINES = frozenset({"line", "end_line", "first_line", "statement_line", "owner_line"})
_PLACES = frozenset({"scope", "writer", "definition"})
"""Fields that say which definition is meant; so does the parent of a definition."""
_PLACES_FIRST = frozenset({"redefined", "raises"})
"""Fields whose pairs begin with one, or consist of two."""
_ENDS = frozenset({"end_line", "end_column"})
"""Fields of a definition that no rule compares, but shows."""
_ELSEWHERE = frozenset({"lines", "skeleton"})
"""Fields that are judged by themselves, not one by one with the other reading."""


@dataclass(frozen=True, slots=True)
class Remainder:
    """What a file says besides some names; and the places of the definitions that are left among all."""

    facts: FileFacts
    kept: tuple[int, ...]
    whole: FileFacts


def ends(facts: FileFacts) -> bool:
    """Is the end of the file a place that a finding may name?"""
    return any(flow.definition == MODULE for flow in facts.flows)


def paired(old: Remainder, new: Remainder) -> Mapping[int, int] | None:
    """The lines of one reading and those of the other; None if the readings differ in more, or the order does."""
    lines: dict[int, int] = {}
    owners: dict[int, int] = {}
    places = {MODULE: MODULE, **dict(zip(old.kept, new.kept, strict=False))}
    waiting: list[tuple[object, object]] = [(old.facts, new.facts)]
    if ends(old.facts):
        lines[old.facts.lines] = new.facts.lines
    for flow in old.facts.flows:  # a path through a body may end where the body does
        if flow.definition != MODULE and flow.definition in places:
            before, now = (
                old.whole.definitions[flow.definition],
                new.whole.definitions[places[flow.definition]],
            )
            lines[before.end_line] = now.end_line
    while waiting:
        one, other = waiting.pop()
        if type(one) is not type(other):
            return None
        if isinstance(one, tuple) and isinstance(other, tuple):
            if len(one) != len(other):
                return None
            waiting.extend(zip(one, other, strict=True))
        elif isinstance(one, Fact):
            for name in one.__struct_fields__:
                if name in _ENDS and isinstance(one, Definition):
                    continue  # what ends together need not do so afterwards
                left, right = getattr(one, name), getattr(other, name)
                if name in _LINES or name == "owner":
                    if (owners if name == "owner" else lines).setdefault(left, right) != right:
                        return None
                elif name in _PLACES or (name == "parent" and isinstance(one, Definition)):
                    if places.get(left) != right:
                        return None
                elif name in _PLACES_FIRST:
                    if [_placed(pair, places) for pair in left] != list(right):
                        return None
                elif isinstance(left, tuple | Fact):
                    if left or right:
                        waiting.append((left, right))
                elif left != right and name not in _ELSEWHERE:
                    return None
        elif one != other:
            return None
    return lines if _rises(lines) and _rises(owners) else None


def _placed(pair: tuple[int, int] | tuple[int, str], places: Mapping[int, int]) -> tuple[object, object]:
    first, second = pair
    return places.get(first), places.get(second) if isinstance(second, int) else second


def _rises(numbers: Mapping[int, int]) -> bool:
    now = [numbers[number] for number in sorted(numbers)]
    return all(one < other for one, other in pairwise(now))


def keeps_distances(old: Remainder, new: Remainder, lines: Mapping[int, int]) -> bool:
    """Is the same as before what rules ask of lines besides their order?

    A call that stands on the line below something (what an object that is kept was given), and how long a definition
    is that another one replaces.
    """
    back = {now: line for line, now in lines.items()}
    for line in _calls(old.facts):
        above = back.get(lines[line] - 1)
        if (line - 1 in lines or above is not None) and above != line - 1:
            return False
    return _lengths_replaced(old.whole) == _lengths_replaced(new.whole)


def _lengths_replaced(facts: FileFacts) -> list[int]:
    return [facts.definitions[first].end_line - facts.definitions[first].line for first, _ in facts.redefined]


def _calls(facts: FileFacts) -> Iterator[int]:
    if facts.deep is not None:
        yield from (call.line for call in facts.deep.calls)
    nodes = [flow.body for flow in facts.flows]
    while nodes:
        node = nodes.pop()
        if node.kind == "call":
            yield node.line
        nodes.extend(node.children)
