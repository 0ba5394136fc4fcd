"""Patterns of names that find a family of classes, and as few others as possible."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lint.concepts.titles import core, words
from ssot_lint.proposals.families import Family
from ssot_lint.proposals.folders import is_test

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
    """A glob of the shortest core name if it finds this family and little else; otherwise the names as they are."""
    mine = {project.definition_at(place).name for place in family.classes}
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
