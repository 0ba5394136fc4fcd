"""How alike two definitions are, judged by their facts alone: no names, only what the bodies do.

Facts keep the kinds of the statements of each body (`Definition.skeleton`). For a function that is its outline;
for a class it is the outlines of its methods, in any order. Names take no part, so a copy in which every local
name, method and attribute was renamed is as like as before. What is too small to tell is never alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ssot_lint.model import Definition

TELLING = 4
"""Statements from which on a body is more than an idiom: shorter ones count, but prove nothing by themselves."""


class Body(NamedTuple):
    """One function: how it is called and what its statements are."""

    is_async: bool
    parameters: int
    skeleton: str


class Outline(NamedTuple):
    """The bodies of a definition, sorted, and the number of their statements."""

    bodies: tuple[Body, ...]
    size: int


class Rival(NamedTuple):
    """What any definition is compared with: its kind and its outline, and how near to it others must come."""

    kind: str
    outline: Outline
    share: float  # of the larger one's statements

    def is_near(self, kind: str, size: int) -> bool:
        """Could a definition be alike, by its kind and its number of statements?"""
        own = self.outline.size
        return kind == self.kind and min(size, own) >= self.share * max(size, own)


def extent(definitions: Sequence[Definition], definition: int, children: Sequence[int]) -> int:
    """The number of statements of an outline."""
    item = definitions[definition]
    bodies = [definitions[child] for child in children] if item.is_class else [item]
    return sum([_statements(body.skeleton) for body in bodies if not body.is_class])


def drawn(definitions: Sequence[Definition], definition: int, children: Sequence[int]) -> Outline:
    """The outline of a class or function, from its file's facts; who compares it says so: see `compared.outline`."""
    item = definitions[definition]
    found = [definitions[child] for child in children] if item.is_class else [item]
    bodies = sorted(_body(body) for body in found if not body.is_class)
    return Outline(tuple(bodies), sum(_size(body) for body in bodies))


def variety(found: Outline) -> int:
    """How many different turns the bodies take: what only repeats itself is like much else by chance.

    The phrases into which Lempel and Ziv cut a sequence, each the shortest that has not occurred before, overlaps
    allowed ("On the complexity of finite sequences", 1976); equal bodies are counted once, the marks of suites
    not.
    """
    return sum(_phrases(text) for text in {_bare(body) for body in found.bodies})


def _phrases(text: str) -> int:
    count = start = 0
    while start < len(text):
        end = start + 1
        while end <= len(text) and text[start:end] in text[: end - 1]:
            end += 1
        count, start = count + 1, end
    return count


def resemblance(a: Outline, b: Outline, cutoff: float = 0.0, proof: float = 0.5) -> float:
    """The share of the larger outline's statements that the other one has too, from 0 to 1; 0 below `cutoff`.

    `proof` is the share of the statements that telling bodies must hold; 0 where the names prove enough.

    Equal bodies are matched first; of the others each is matched with the most similar one left, by the longest
    common subsequence of statement kinds, if that is at least three quarters.
    """
    larger = max(a.size, b.size)
    if not larger or min(a.size, b.size) < cutoff * larger:
        return 0.0
    left, right = Counter(a.bodies), Counter(b.bodies)
    both = left & right
    shared: float = sum(_size(body) * number for body, number in both.items())
    telling = sum(_size(body) * number for body, number in both.items() if _size(body) >= TELLING)
    for share, size in _near((left - both).elements(), (right - both).elements()):
        shared += share
        telling += size
    if telling < proof * larger:
        return 0.0
    score = shared / larger
    return score if score >= cutoff else 0.0


def _near(left: Iterator[Body], right: Iterator[Body]) -> Iterator[tuple[float, int]]:
    """(statements in common, statements) of the best pairs of telling bodies that are not equal."""
    from rapidfuzz.distance import LCSseq

    ones, others = ([body for body in side if _size(body) >= TELLING] for side in (left, right))
    pairs = [
        (score, i, j)
        for i, one in enumerate(ones)
        for j, other in enumerate(others)
        if one.is_async == other.is_async
        and abs(one.parameters - other.parameters) <= 1
        and (score := LCSseq.normalized_similarity(one.skeleton, other.skeleton, score_cutoff=0.75))
    ]
    for score, i, j in _best(pairs):
        size = max(_size(ones[i]), _size(others[j]))
        yield score * size, size


def _best(pairs: Sequence[tuple[float, int, int]]) -> Iterator[tuple[float, int, int]]:
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    for score, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if i not in taken_left and j not in taken_right:
            taken_left.add(i)
            taken_right.add(j)
            yield score, i, j


def _body(item: Definition) -> Body:
    return Body(item.is_async, len(item.parameters), item.skeleton)


def _size(body: Body) -> int:
    return _statements(body.skeleton)


def _statements(skeleton: str) -> int:
    """How many statements there are, without the marks of where suites begin and end."""
    return len(skeleton) - skeleton.count("(") - skeleton.count(")")


def _bare(body: Body) -> str:
    return body.skeleton.replace("(", "").replace(")", "")
