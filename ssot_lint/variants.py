"""Implementations that are meant to stand side by side, as far as names and bases show.

A library offers one thing for threads and once more for asyncio or trio; a program has a base class with one
implementation for each of several ways to do the work. Nobody wants those merged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ssot_lint.classify import words
from ssot_lint.families import Family, Place, core, is_test
from ssot_lint.members import lineage, own_members

if TYPE_CHECKING:
    from ssot_lint.project import Project

CONCURRENCY = frozenset({
    "aio", "anyio", "async", "asynchronous", "asyncio", "blocking", "curio", "eventlet", "gevent", "sync",
    "synchronous", "threaded", "threading", "tornado", "trio", "twisted",
})  # fmt: skip
"""Words in a module path or a class name that say which kind of concurrency the code is for."""

EXTENSIONS = 3
"""So many classes of other names below a class make it one that others are meant to extend."""


def variants(project: Project, family: Family, canonical: Place) -> tuple[Place, ...]:
    """The implementations beside the canonical one that are meant to be, by path and line."""
    sides = {place: _concurrency(project, place) for place in (canonical, *family.independent)}
    found = {
        place
        for place in family.independent
        if place != canonical
        and any(sides[place] != sides[other] and _mirrored(project, place, other) for other in sides)
    }
    below = project.once(_below)
    about = core(_name(project, canonical))
    for base in lineage(project, *canonical):
        derived = below.get(base, ())
        own = base not in family.implementations and bool(own_members(project, *base))
        if own and len(derived) > 1 and all(core(_name(project, place)) == about for place in derived):
            found |= set(derived) - {canonical}
    return tuple(sorted(found))


def is_extension_point(project: Project, place: Place) -> bool:
    """Do many derive from a class, so that what tests derive from it uses it, and does not stand in for it?"""
    about = core(_name(project, place))
    derived = project.once(_below).get(place, ())
    return sum(core(_name(project, other)) != about for other in derived) >= EXTENSIONS


def _concurrency(project: Project, place: Place) -> frozenset[str]:
    module = project.files[place[0]].module
    parts = {word for part in module.split(".") for word in part.split("_")}
    return CONCURRENCY & {*parts, *words(_name(project, place))}


def _mirrored(project: Project, one: Place, other: Place) -> bool:
    """Do the paths and names of two classes agree, but for the words of concurrency and where they stand?"""
    first, second = (
        {word for part in project.files[place[0]].module.split(".") for word in part.split("_")} - CONCURRENCY
        for place in (one, other)
    )
    return first == second


def _below(project: Project) -> Mapping[Place, tuple[Place, ...]]:
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


def _name(project: Project, place: Place) -> str:
    return project.definition_at(place).name
