"""Clusters of equal and nearly equal classes and functions, from their shapes.

Three steps. Definitions with the same statements form one group. Groups that are nearly the same are found as in
SourcererCC (H. Sajnani, V. Saini, J. Svajlenko, C. K. Roy and C. V. Lopes, "SourcererCC: Scaling Code Clone
Detection to Big-Code", ICSE 2016): statements are ordered from rare to frequent over the whole project, and two
groups can only be alike if they share a statement among the first few of each; what shares one is compared in
full (`shapes.similarity`). The filter loses nothing: every pair that reaches the threshold is found.

Groups become clusters around representatives (star clustering: J. A. Aslam, E. Pelekhov and D. Rus, "The Star
Clustering Algorithm", 2004), so that each member is as similar to the representative as was asked for. Chains in
which the ends have nothing in common do not form. The order of the input does not matter.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations
from typing import Literal

from ssot_lint.likeness.tape import Shape

CloneKind = Literal["exact", "renamed", "near"]
CLONE_KINDS: tuple[CloneKind, ...] = ("exact", "renamed", "near")


@dataclass(frozen=True, slots=True)
class Found:
    """A shape and the file it comes from."""

    path: str  # relative to the project root, with "/"
    module: str
    is_test: bool
    shape: Shape

    @property
    def symbol(self) -> str:
        return f"{self.module}:{self.shape.qualname}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Copies of one definition.

    `kind` is that of the least similar member; `similarity` its similarity to the representative, the member
    that most others resemble. Both `exact` and `renamed` clusters have similarity 1.
    """

    id: str  # made from the symbols of the members: moving code within a file does not change it
    kind: CloneKind
    similarity: float
    members: tuple[Found, ...]  # sorted by path and line

    @property
    def redundant(self) -> int:
        """How many statements would go if one copy stayed."""
        sizes = sorted(member.shape.size for member in self.members)
        return sum(sizes[1:])

    @property
    def identical(self) -> int:
        """How many members the largest set of exact copies has."""
        return max(Counter(member.shape.exact for member in self.members).values())


ROUNDING = 1e-6
"""A pair exactly at the threshold, 4 of 5 at 0.8, must not fall below it in binary fractions."""


def find_clusters(found: Iterable[Found], threshold: float = 0.8) -> tuple[Cluster, ...]:
    """The clusters among the given definitions, those with the most redundant code first.

    `threshold` is the least similarity to the representative: more than 0, at most 1. What lies inside members
    of other clusters is not reported again.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold is {threshold}, expected more than 0 and at most 1")
    ordered = sorted(found, key=_place)
    clusters: list[Cluster] = []
    for definition in ("class", "function"):
        groups = _groups(item for item in ordered if item.shape.definition == definition)
        sequences = [group[0].shape.sequence() for group in groups]
        pairs = near_pairs(sequences, threshold) | _renamed_pairs(groups)
        clusters += (
            _cluster(groups, star, pairs)
            for star in _stars(groups, pairs)
            if len(star) > 1 or len(groups[star[0]]) > 1
        )
    outermost = _without_nested([cluster for cluster in clusters if len(cluster.members) > 1])
    return tuple(
        sorted(outermost, key=lambda cluster: (-cluster.redundant, cluster.members[0].symbol, cluster.id))
    )


Pairs = dict[tuple[int, int], float]
"""(i, j), i < j -> similarity."""


def near_pairs(sequences: Sequence[array[int]], threshold: float) -> Pairs:
    """All pairs of different sequences that reach the threshold."""
    from rapidfuzz.distance import LCSseq

    compare = LCSseq.normalized_similarity
    return {
        (i, j): score
        for i, j in _candidates(sequences, threshold)
        if (score := compare(sequences[i], sequences[j], score_cutoff=max(0.0, threshold - ROUNDING)))
        >= threshold
    }


def _candidates(sequences: Sequence[array[int]], threshold: float) -> Iterator[tuple[int, int]]:
    """The pairs that share a rare statement, and whose lengths allow the similarity asked for."""
    frequency = Counter(statement for sequence in sequences for statement in set(sequence))
    index: dict[int, tuple[list[int], list[int]]] = {}  # statement -> lengths, which ascend, and sequences
    for here in sorted(
        range(len(sequences)), key=lambda number: (len(sequences[number]), sequences[number].tolist())
    ):
        sequence = sequences[here]
        length = len(sequence)
        shared = max(1, math.ceil(threshold * length - ROUNDING))  # at least so many of the longer one
        rare = sorted(sorted(sequence), key=frequency.__getitem__)[: length - shared + 1]
        candidates: set[int] = set()
        for statement in set(rare):
            if frequency[statement] == 1:
                continue
            lengths, others = index.setdefault(statement, ([], []))
            candidates.update(others[bisect_left(lengths, shared) :])
            lengths.append(length)
            others.append(here)
        for other in candidates:
            yield (here, other) if here < other else (other, here)


def _groups(found: Iterable[Found]) -> list[list[Found]]:
    """Definitions with the same statements."""
    groups: defaultdict[bytes, list[Found]] = defaultdict(list)
    for item in found:
        groups[item.shape.statements].append(item)
    return list(groups.values())


def _renamed_pairs(groups: Sequence[Sequence[Found]]) -> Pairs:
    """Groups that differ in statements because members of a class were renamed, and in nothing else."""
    by_digest: defaultdict[int, dict[int, None]] = defaultdict(dict)
    for number, group in enumerate(groups):
        for item in group:
            by_digest[item.shape.digest][number] = None
    return {pair: 1.0 for numbers in by_digest.values() for pair in combinations(numbers, 2)}


def _stars(groups: Sequence[Sequence[Found]], pairs: Pairs) -> Iterator[list[int]]:
    """Each group with those that resemble it, the best connected ones first; every group stands in one star."""
    neighbours: defaultdict[int, list[int]] = defaultdict(list)
    for i, j in pairs:
        neighbours[i].append(j)
        neighbours[j].append(i)

    def rank(number: int) -> tuple[int, int, int]:
        reach = sum(len(groups[other]) for other in (number, *neighbours[number]))
        return -reach, -groups[number][0].shape.size, number

    taken: set[int] = set()
    for centre in sorted(range(len(groups)), key=rank):
        if centre not in taken:
            star = [centre, *sorted(other for other in neighbours[centre] if other not in taken)]
            taken.update(star)
            yield star


def _cluster(groups: Sequence[Sequence[Found]], star: Sequence[int], pairs: Pairs) -> Cluster:
    centre = star[0]
    scores = [pairs[min(centre, other), max(centre, other)] for other in star[1:]]
    members = _not_within(sorted((item for number in star for item in groups[number]), key=_place))
    exact, digests = ({getattr(item.shape, view) for item in members} for view in ("exact", "digest"))
    kind: CloneKind = "exact" if len(exact) == 1 else "renamed" if len(digests) == 1 else "near"
    identity = "\n".join(sorted(f"{item.path}:{item.shape.qualname}" for item in members))
    name = blake2b(f"{members[0].shape.definition}\n{identity}".encode(), digest_size=8).hexdigest()
    return Cluster(name, kind, min(scores, default=1.0), tuple(members))


def _place(item: Found) -> tuple[str, int, int, str]:
    return item.path, item.shape.line, -item.shape.end_line, item.shape.qualname


def _not_within(members: Iterable[Found]) -> list[Found]:
    """Without members that lie inside another: a function and the one that it wraps are not two copies."""
    kept: list[Found] = []
    for item in members:
        if not (kept and kept[-1].path == item.path and item.shape.end_line <= kept[-1].shape.end_line):
            kept.append(item)
    return kept


def _without_nested(clusters: Sequence[Cluster]) -> list[Cluster]:
    """Without clusters all of whose members lie inside members of other clusters."""
    reported: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for cluster in clusters:
        for member in cluster.members:
            reported[member.path].append((member.shape.line, member.shape.end_line))

    def inside(member: Found) -> bool:
        place = member.shape.line, member.shape.end_line
        return any(
            first <= place[0] and place[1] <= last
            for first, last in reported[member.path]
            if (first, last) != place
        )

    return [cluster for cluster in clusters if not all(map(inside, cluster.members))]
