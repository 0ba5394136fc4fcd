"""Families of classes that are the same thing: what `init` proposes concepts from.

A shared name is a question, as in claims. Two classes are one thing when their names agree but for words that
say how rather than what (`UnifiedCart`, `CartV2`) and they offer the same members, or when one stands for the
other: a subclass without a body, a stand-in of test code. Classes that share only a base or a suffix are not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.model import Place
from ssot_lint.proposals.bearers import Bearer, Role, bearers
from ssot_lint.proposals.oneness import LONGER_NAME, SAME_NAME, alike, offered, weights
from ssot_lint.queries.members import all_members, lineage

if TYPE_CHECKING:
    from ssot_lint.project import Project

MIRROR = 20
"""A module that shares so many classes with others is a generated or a parallel interface."""


@dataclass(frozen=True, slots=True)
class Family:
    """Classes that are one thing, each group by path and line.

    `independent` are the implementations that do not derive from another one of the family.
    """

    implementations: tuple[Place, ...]
    independent: tuple[Place, ...]
    shims: tuple[Place, ...]
    protocols: tuple[Place, ...]
    doubles: tuple[Place, ...]

    @property
    def classes(self) -> tuple[Place, ...]:
        return tuple(sorted((*self.implementations, *self.shims, *self.protocols, *self.doubles)))


def families(project: Project) -> tuple[Family, ...]:
    """Every family with an implementation, in the order of the implementations' paths.

    Only the classes of production code can be implementations; test code has stand-ins.
    """
    found = bearers(project)
    weight = weights(project, found)
    shorter = _shorter(found)
    makers: dict[str, list[Place]] = defaultdict(list)
    for bearer in found:
        if bearer.role == "implementation":
            makers["".join(bearer.core)].append(bearer.place)
    parts = _Parts()
    for key, places in sorted(makers.items()):
        apart = [place for place in places if not _extends_namesake(project, place)]
        for place in set(places).difference(apart):
            for base in set(lineage(project, *place)).intersection(places):
                parts.join(place, base)
        for number, place in enumerate(apart):
            for other in apart[number + 1 :]:
                if alike(project, weight, place, other, SAME_NAME):
                    parts.join(place, other)
        for stem in shorter.get(key, ()):
            for place in places:
                for other in makers.get(stem, ()):
                    if alike(project, weight, place, other, LONGER_NAME):
                        parts.join(place, other)
    return _assemble(project, found, parts, shorter)


class _Parts:
    """Disjoint sets of places (Galler and Fischer 1964); the smallest place stands for its set."""

    def __init__(self) -> None:
        self.above: dict[Place, Place] = {}

    def find(self, place: Place) -> Place:
        while (above := self.above.get(place, place)) != place:
            self.above[place] = self.above.get(above, above)
            place = above
        return place

    def join(self, one: Place, other: Place) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self.above[second] = first


def _shorter(bearers: tuple[Bearer, ...]) -> Mapping[str, tuple[str, ...]]:
    """Core -> the cores that it ends with and that say enough: two words or more."""
    known = {bearer.core for bearer in bearers if len(bearer.core) >= 2}
    found: dict[str, set[str]] = defaultdict(set)
    for item in known:
        for cut in range(1, len(item) - 1):
            if item[cut:] in known:
                found["".join(item)].add("".join(item[cut:]))
    return {key: tuple(sorted(stems)) for key, stems in found.items()}


# --- who belongs to whom ---------------------------------------------------------------------------------


def _assemble(
    project: Project, found: tuple[Bearer, ...], parts: _Parts, shorter: Mapping[str, tuple[str, ...]]
) -> tuple[Family, ...]:
    groups: dict[Place, list[Bearer]] = defaultdict(list)
    homes: dict[str, set[Place]] = defaultdict(set)
    for bearer in found:
        if bearer.role == "implementation":
            head = parts.find(bearer.place)
            groups[head].append(bearer)
            key = "".join(bearer.core)
            for name in (key, *shorter.get(key, ())):
                homes[name].add(head)
    for bearer in found:
        if bearer.role != "implementation":
            key = "".join(bearer.core)
            near = homes.get(key)
            if near is None and bearer.role != "shim":  # without a body and with a longer name: a kind of it
                near = {head for stem in shorter.get(key, ()) for head in homes.get(stem, ())}
            chosen = _chosen(project, bearer, sorted(near or ()), groups)
            if chosen is not None:
                groups[chosen].append(bearer)
    return tuple(_family(project, group) for group in _without_mirrors(project, groups))


def _without_mirrors(project: Project, groups: Mapping[Place, list[Bearer]]) -> Iterator[list[Bearer]]:
    """The groups, less the modules that repeat many classes of others: those mirror an interface on purpose."""
    count: Counter[int] = Counter()
    for group in groups.values():
        files = {bearer.place[0] for bearer in group if bearer.role == "implementation"}
        if len(files) > 1:
            count.update(files)
    mirrors = {file for file, times in count.items() if times >= MIRROR}
    for head in sorted(groups):
        makers = [bearer for bearer in groups[head] if bearer.role == "implementation"]
        kept = [bearer for bearer in makers if bearer.place[0] not in mirrors] if len(makers) > 1 else makers
        gone = [bearer for bearer in makers if bearer not in kept]
        if any({bearer.place for bearer in gone} & set(lineage(project, *bearer.place)) for bearer in kept):
            continue  # what is left belongs to a mirror
        if kept:
            yield [bearer for bearer in groups[head] if bearer.role != "implementation" or bearer in kept]


def _chosen(
    project: Project, bearer: Bearer, homes: list[Place], groups: Mapping[Place, list[Bearer]]
) -> Place | None:
    """The family that a class derives from, or else shares most members with."""
    above = set(lineage(project, *bearer.place))
    members = all_members(project, *bearer.place).values()
    acts = sum(member.is_called and member.is_public for member in members)
    best, most = None, max(0, acts - 1) // 3  # a third of what it does, at least
    for head in homes:
        makers = [item.place for item in groups[head] if item.role == "implementation"]
        if above & set(makers):
            return head
        shared = max(len(offered(project, bearer.place) & offered(project, place)) for place in makers)
        if shared > most:
            best, most = head, shared
    return best


def _family(project: Project, group: list[Bearer]) -> Family:
    def of(role: Role) -> tuple[Place, ...]:
        return tuple(sorted(bearer.place for bearer in group if bearer.role == role))

    makers = of("implementation")
    others = set(makers)
    independent = tuple(
        place for place in makers
        if not (others - {place}) & set(lineage(project, *place)) and not _extends_namesake(project, place)
    )  # fmt: skip
    return Family(makers, independent, of("shim"), of("protocol"), of("double"))


def _extends_namesake(project: Project, place: Place) -> bool:
    """`class Command(distutils.Command)`: it adds to another one of its name, even where that is not resolved."""
    item = project.definition_at(place)
    return any(base.rpartition(".")[2].lstrip("_") == item.name.lstrip("_") for base in item.bases)
