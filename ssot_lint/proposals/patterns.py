"""Patterns of names that find a family of classes, and as few others as possible."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lint.concepts.titles import core, words
from ssot_lint.proposals.families import Family
from ssot_lint.proposals.folders import is_test
from ssot_lint.proposals.oneness import EXTENSIONS

if TYPE_CHECKING:
    from ssot_lint.project import Project

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def spoken(name: str) -> tuple[str, ...]:
    """The words of a core name, with the halves of WebSocket and its like put together."""
    parts = list(core(name))
    for first, second in (("web", "socket"), ("data", "base"), ("web", "hook"), ("click", "house")):
        for index in range(len(parts) - 1):
            if parts[index : index + 2] == [first, second]:
                parts[index : index + 2] = [first + second]
                break
    return tuple(parts)


def patterns_for(project: Project, family: Family, name: str) -> tuple[str, ...]:
    """A glob of the shortest core name if it finds this family and little else; otherwise the names as they are.

    Of a class that many of other names derive from, these are kinds, and a pattern that finds them would find what derives
    from its rivals as well.
    """
    mine = {project.definition_at(place).name for place in family.classes}
    made = set(family.implementations).difference(family.independent)
    kinds = {project.definition_at(place).name for place in made}
    kinds -= {project.definition_at(place).name for place in set(family.classes) - made}
    if len(kinds) >= EXTENSIONS and 2 * len(kinds) > len(mine):
        mine -= kinds
    cores = sorted({core(item) for item in mine}, key=lambda item: (len(item), item))
    whole = core(name)
    stem = next((item for item in cores if len(item) >= 2 and whole[-len(item) :] == item), whole)
    spelled = _PARTS.findall(name)
    starts = words(name)
    at = next((i for i in range(len(starts)) if starts[i : i + len(stem)] == stem), 0)
    literal = "".join(spelled[at : at + len(stem)])
    if len(stem) >= 2 and literal:
        known = set(project.once(_class_names))
        for pattern, holds in ((f"*{literal}", str.endswith), (f"*{literal}*", str.__contains__)):
            matched = {item for item in known if holds(item, literal)}
            if mine & matched and (
                mine <= matched or pattern.endswith("*") or len(mine & matched) * 10 >= len(mine) * 9
            ):
                strangers = matched - mine
                if 2 * len(strangers) <= len(mine & matched):
                    rest = sorted(item for item in mine if not holds(item, literal))
                    return (pattern, *rest)
    return tuple(sorted(mine))


def _class_names(project: Project) -> frozenset[str]:
    """The names of the classes of production code."""
    return frozenset(
        item.name
        for source in project.files
        if not is_test(source)
        for item in source.facts.definitions
        if item.is_class
    )
