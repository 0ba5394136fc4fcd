"""Are two classes one thing? By what they offer, where they come from and who could use either."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import log
from typing import TYPE_CHECKING

from ssot_lint.concepts.bases import library_bases
from ssot_lint.concepts.titles import core, words
from ssot_lint.likeness.sameness import sameness
from ssot_lint.model import MODULE, Place
from ssot_lint.proposals.bearers import Bearer, is_record
from ssot_lint.proposals.folders import home, is_test
from ssot_lint.queries.members import all_members, lineage, own_members, roots
from ssot_lint.tree.distributions import folder_of, made_apart

if TYPE_CHECKING:
    from ssot_lint.project import Project

SIDES = frozenset({
    "client", "inbound", "incoming", "input", "local", "outbound", "outgoing", "output", "peer", "remote", "server",
})  # fmt: skip
"""Words that say which side of an exchange a class is for: both sides have much in common, and neither can go."""

_ENDS = frozenset({"client", "server"})
"""The packages that the two sides of an exchange may stand in."""

SAME_NAME = 0.3
"""Weighted share of the smaller class's members that classes of one core name must have in common."""

LONGER_NAME = 0.5
"""The same where one name has a further word that says what, as in `AgentCart`."""

FEWEST = 2
"""Members in common below which nothing is alike; one more where a name is longer, one less where it is equal."""

FEW = 3
"""Members in common that are enough for one name of several words, however much the larger class does."""

EXTENSIONS = 3
"""So many classes below a class make it one that others are meant to extend."""

COPY = 2 / 3
"""The share of two classes' statements that makes one a copy of the other."""

PART = 4
"""Else the share of the larger class's members that must be in common: one of so many."""


def weights(project: Project, bearers: tuple[Bearer, ...]) -> Mapping[str, float]:
    """How much a member's name says: how few kinds of class have it (inverse document frequency, Sparck Jones 1972).

    A kind is a head noun, so that the copies of one class do not make its members look common.
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    makers = [bearer for bearer in bearers if bearer.role == "implementation"]
    for bearer in makers:
        for name in own_members(project, *bearer.place):
            if not name.startswith("_"):
                kinds[name].add(bearer.core[-1])
    every = len({bearer.core[-1] for bearer in makers})
    return {name: log((every + 1) / len(heads)) for name, heads in kinds.items()}


def alike(project: Project, weight: Mapping[str, float], one: Place, other: Place, enough: float) -> bool:
    """Is one of two classes derived from the other, or the smaller one largely contained in the other?"""
    if enough == LONGER_NAME and _meant_apart(project, one, other):
        return False
    if not _can_meet(project, one[0], other[0]):
        return False
    above_one, above_other = set(lineage(project, *one)), set(lineage(project, *other))
    if one in above_other or other in above_one:
        return True
    if _is_typed_dict(project, one) != _is_typed_dict(project, other):
        return False  # what is sent, and what it is made into
    kin = project.once(below)
    if set(kin.get(one, ())) & set(kin.get(other, ())):
        return False  # parts that one class is made of
    if project.once_for(one, library_bases) & project.once_for(other, library_bases) and not (
        any(len(kin.get(place, ())) >= EXTENSIONS for place in (one, other))
        and min(len(own_members(project, *place)) for place in (one, other)) >= FEW
        and sameness(project, one, other) >= COPY
    ):
        return False  # what a common base from outside asks of both is not known: two commands, two views
    # what a common base asks of both says nothing, and what a base gives to many says little of one of them
    spread = (
        place for place in (above_one | above_other) - {one, other} if len(kin.get(place, ())) >= EXTENSIONS
    )
    given = {name for place in (*(above_one & above_other), *spread) for name in own_members(project, *place)}
    mine, theirs = (offered(project, place) - given for place in (one, other))
    acting = [_acts(project, place) - given for place in (one, other)]
    names = {project.definition_at((file, index)).name for file, index in (one, other)}
    if all(acting) and not is_record(project, one) and not is_record(project, other):
        mine, theirs = acting  # what objects do tells more than what they keep
    elif enough == LONGER_NAME:
        return False  # `OrderPhoto` beside `Photo`: another message with some of the same fields
    sides = [SIDES & set(words(name)) for name in names]
    parts = [_ENDS & set(project.files[place[0]].module.split(".")) for place in (one, other)]
    if any(side != sides[0] for side in sides) or parts[0] != parts[1]:
        return False
    shared = mine & theirs
    equal = len(names) == 1 and len(words(*names)) > 1
    if len(shared) < FEWEST + (enough == LONGER_NAME) - equal:
        return False
    larger = max(len(mine), len(theirs))
    if len(shared) * PART < larger and not (len(shared) >= FEW and len(core(min(names))) > 1):
        return False  # `start` and `close` of two things that are both called Worker
    smaller = min(sum(weight.get(name, 0.0) for name in names) for names in (mine, theirs))
    return smaller > 0 and sum(weight.get(name, 0.0) for name in shared) >= enough * smaller


def _is_typed_dict(project: Project, place: Place) -> bool:
    return any(root.rpartition(".")[2] == "TypedDict" for root in roots(project, *place))


def _meant_apart(project: Project, one: Place, other: Place) -> bool:
    """Does the module of one of two classes have a class called like each of them? Whoever wrote both meant two things."""
    names = {project.definition_at(place).name for place in (one, other)}
    return any(
        names <= {item.name for item in project.files[file].facts.definitions if item.parent == MODULE}
        for file in (one[0], other[0])
    )


def _can_meet(project: Project, one: int, other: int) -> bool:
    """Could two files take a class from one home?

    Not in two source roots of which neither imports the other, nor in two distributions that are made to do apart.
    """
    first, second = home(project.files[one]), home(project.files[other])
    if are_made_apart(project, one, other):
        return False
    return first == second or (first, second) in project.once(_acquainted)


def are_made_apart(project: Project, one: int, other: int) -> bool:
    """Do two files belong to distributions that are made to do without each other?"""
    apart = project.once(_apart)
    if not apart:
        return False
    folders = (folder_of(project.distributions, project.files[file].path) for file in (one, other))
    return tuple(folders) in apart


def _apart(project: Project) -> frozenset[tuple[str, str]]:
    return made_apart(project.distributions)


def _acquainted(project: Project) -> frozenset[tuple[str, str]]:
    """The pairs of source roots one of which has production code that imports the other, or both import a third."""
    found: dict[str, set[str]] = defaultdict(set)
    for source, answers in zip(project.files, project.resolutions, strict=True):
        if not is_test(source):
            root = home(source)
            files = {target.file for answer in answers for target in answer.targets if target.file >= 0}
            found[root].update(home(project.files[file]) for file in files)
            found[root].add(root)
    return frozenset((one, other) for one in found for other in found if found[one] & found[other])


def below(project: Project) -> Mapping[Place, tuple[Place, ...]]:
    """For each class of production code those that derive from it."""
    found: dict[Place, list[Place]] = defaultdict(list)
    for file, source in enumerate(project.files):
        if is_test(source):
            continue
        for index, item in enumerate(source.facts.definitions):
            if item.is_class and item.bases:
                for base in lineage(project, file, index):
                    if base != (file, index):
                        found[base].append((file, index))
    return {base: tuple(derived) for base, derived in found.items()}


def offered(project: Project, place: Place) -> frozenset[str]:
    """The public members of a class, inherited ones included."""
    return project.once_for(place, _offered)


def _offered(project: Project, place: Place) -> frozenset[str]:
    return frozenset(name for name in all_members(project, *place) if not name.startswith("_"))


def _acts(project: Project, place: Place) -> frozenset[str]:
    """The public methods and properties among them."""
    members = all_members(project, *place)
    return frozenset(name for name in offered(project, place) if members[name].kind != "attribute")
