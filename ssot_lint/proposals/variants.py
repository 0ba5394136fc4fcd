"""Implementations that are meant to stand side by side, as far as names and bases show.

A library offers one thing for threads and once more for asyncio or trio; a program has a base class with one
implementation for each of several ways to do the work. Nobody wants those merged.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

from ssot_lint.concepts.titles import core, words
from ssot_lint.likeness.sameness import sameness
from ssot_lint.linking.outside import STANDARD_LIBRARY
from ssot_lint.model import MODULE, Place
from ssot_lint.proposals.families import Family
from ssot_lint.proposals.folders import is_test
from ssot_lint.proposals.oneness import COPY, EXTENSIONS, are_made_apart, below
from ssot_lint.queries.members import lineage, own_members

if TYPE_CHECKING:
    from ssot_lint.project import Project

CONCURRENCY = frozenset({
    "aio", "anyio", "async", "asynchronous", "asyncio", "blocking", "curio", "eventlet", "gevent", "sync",
    "synchronous", "threaded", "threading", "tornado", "trio", "twisted",
})  # fmt: skip
"""Words in a module path or a class name that say which kind of concurrency the code is for."""

TREE = 3
"""So many modules of one path below two packages make the packages parallel trees: a client's and a server's side."""

_WORD = re.compile(r"\w+")
_VERSION = re.compile(r"_?v\d+(_\d+)*")


Path = tuple[str, ...]
Change = tuple[Path, Path, Path]
"""What to put in place of what, after which common start, to come from one module path to another."""


def parallel_trees(project: Project, families: Iterable[Family]) -> frozenset[Change]:
    """The changes of path that lead from many a class to its counterpart: from `shop` to `shop.v1`, say."""
    count: dict[Change, set[str]] = defaultdict(set)
    for family in families:
        modules = sorted({project.files[place[0]].module for place in family.implementations})
        for number, one in enumerate(modules):
            for other in modules[number + 1 :]:
                count[_change(one, other)].add(one)
    return frozenset(change for change, modules in count.items() if _is_parallel(change, len(modules)))


def _is_parallel(change: Change, times: int) -> bool:
    _, before, after = change
    if len(before) > 1 or len(after) > 1:
        return False
    return times >= TREE or any(_VERSION.fullmatch(part) for part in (*before, *after))


def _change(one: str, other: str) -> Change:
    """
    >>> _change("shop.types", "shop.v1.types")
    (('shop',), (), ('v1',))
    """
    first, second = tuple(one.split(".")), tuple(other.split("."))
    shorter = min(len(first), len(second))
    end = 0
    while end < shorter and first[-1 - end] == second[-1 - end]:
        end += 1
    if not end:  # modules of other names are no counterparts
        return (), first, second
    start = 0
    while start < shorter - end and first[start] == second[start]:
        start += 1
    return first[:start], first[start : len(first) - end], second[start : len(second) - end]


def variants(
    project: Project, family: Family, canonical: Place, trees: frozenset[Change] = frozenset()
) -> tuple[Place, ...]:
    """The implementations beside the canonical one that are meant to be, by path and line.

    Among them are the class of the family that the canonical one is made from, and the others made from it.
    `trees` are the changes of path that lead to a parallel tree. What stands in a module for a library that the canonical
    one is not for is meant as well (`shop.polars.cart`, which imports polars), if it is no copy.
    """
    home = project.files[canonical[0]].module
    sides = {place: _concurrency(project, place) for place in (canonical, *family.implementations)}
    found = {
        place
        for place in family.independent
        if place != canonical
        and any(sides[place] != sides[other] and _mirrored(project, place, other) for other in sides)
    }
    for place in family.independent:
        one, other = sorted((home, project.files[place[0]].module))
        if one != other and (_change(one, other) in trees or _versions(one) != _versions(other)):
            found.add(place)
        for_another = _libraries(project, place[0]) - _libraries(project, canonical[0])
        if for_another and _is_made_for(project, place, canonical, for_another):
            found.add(place)
    kin = project.once(below)
    about = core(_name(project, canonical))
    for base in lineage(project, *canonical):
        derived = kin.get(base, ())
        if base != canonical and base in family.implementations:  # one class for each kind of the same thing
            beside = set(derived) & set(family.implementations)
            others = {base, *beside} - {canonical, *kin.get(canonical, ())}
            found |= {place for place in others if _name(project, place) != _name(project, canonical)}
        own = base not in family.implementations and bool(own_members(project, *base))
        if own:
            found |= {
                place
                for place in derived
                if place in family.independent and _are_siblings(home, project.files[place[0]].module)
            }
        if own and len(derived) > 1 and all(core(_name(project, place)) == about for place in derived):
            found |= set(derived) - {canonical}
    return tuple(sorted(found))


def _are_siblings(one: str, other: str) -> bool:
    """Do two modules stand in packages side by side, under one name? `backends.sqlite.client` and `backends.mysql.client`."""
    _, before, after = _change(*sorted((one, other)))
    return len(before) == len(after) == 1 and one.count(".") > 1


def made_without(project: Project, family: Family, canonical: Place) -> tuple[Place, ...]:
    """The classes called like those of a family in distributions that are made to do without the canonical one."""
    names = {_name(project, place) for place in family.classes}
    return tuple(
        (file, index)
        for file, source in enumerate(project.files)
        if not is_test(source) and are_made_apart(project, canonical[0], file)
        for index, item in enumerate(source.facts.definitions)
        if item.is_class and item.parent == MODULE and item.name in names
    )


def _libraries(project: Project, file: int) -> frozenset[str]:
    """The libraries, or parts of one, that a module imports and that its path names: `websockets` of `kit.websockets`."""
    source = project.files[file]
    named = set(re.split(r"[._]", source.module.lower()))
    imported = {
        part
        for imp in source.facts.imports
        if not imp.level and not project.is_first_party(imp.module.partition(".")[0])
        for part in imp.module.split(".")
    }
    return frozenset((named & imported) - STANDARD_LIBRARY)


def _is_made_for(project: Project, place: Place, canonical: Place, libraries: Set[str]) -> bool:
    """Does a class differ from the canonical one for the sake of a library? By what it does, or what its fields hold."""
    file, index = place
    facts = project.files[file].facts
    bound = {imp.bound for imp in facts.imports if not libraries.isdisjoint(imp.module.split("."))}
    said = {
        word for item in facts.assignments if item.scope == index for word in _WORD.findall(item.annotation)
    }
    if not bound.isdisjoint(said):
        return True
    acts = any(member.is_called for member in own_members(project, *place).values())
    return acts and sameness(project, place, canonical) < COPY


def _versions(module: str) -> set[str]:
    """What a path says of versions: `{"v1"}` for `shop.v1.types`."""
    return {part for part in module.split(".") if _VERSION.fullmatch(part)}


def is_extension_point(project: Project, place: Place) -> bool:
    """Is a class there to be derived from, so that what tests derive from it uses it, and does not stand in for it?

    Many classes of other names derive from it, or all its own methods do nothing: calls for what is derived.
    """
    own = [member for member in own_members(project, *place).values() if member.is_called]
    bodies = [
        project.definition_at((member.file, member.definition)) for member in own if member.definition >= 0
    ]
    if len(bodies) > 1 and len(bodies) == len(own) and all(body.is_trivial for body in bodies):
        return True
    about = core(_name(project, place))
    derived = project.once(below).get(place, ())
    return sum(core(_name(project, other)) != about for other in derived) >= EXTENSIONS


def _concurrency(project: Project, place: Place) -> frozenset[str]:
    module = project.files[place[0]].module
    parts = {word for part in module.split(".") for word in part.split("_")}
    return CONCURRENCY & {*parts, *words(_name(project, place))}


def _mirrored(project: Project, one: Place, other: Place) -> bool:
    """Do the paths or the names of two classes agree, but for the words of concurrency and where they stand?

    The names alone are enough.
    """
    spoken = [words(_name(project, place)) for place in (one, other)]
    bare = [tuple(word for word in name if word not in CONCURRENCY) for name in spoken]
    if spoken[0] != spoken[1] and bare[0] == bare[1]:
        return True
    first, second = (
        {word for part in project.files[place[0]].module.split(".") for word in part.split("_")} - CONCURRENCY
        for place in (one, other)
    )
    return first == second


def _name(project: Project, place: Place) -> str:
    return project.definition_at(place).name
