"""Where a member of a class may be used though nobody can tell: `make().broadcast()`, `queue["a"].broadcast()`.

What `dealings` finds is certain, and not all there is. Before somebody is told that a class can be replaced unseen, the
files of those who can reach it are looked through once more, for the member's name behind a dot or in quotes; a place
where the receiver is known to be something else does not count.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ssot_lint.model import MODULE, FileFacts, Location, Place
from ssot_lint.queries.again import naming
from ssot_lint.queries.members import lineage
from ssot_lint.queries.receivers import class_of, definition_of, inside

if TYPE_CHECKING:
    from ssot_lint.project import Project

_BY_NAME = re.compile(rb"attr|patch")
"""What a line calls that takes a member by its name: `getattr`, `attrgetter`, `patch.object`."""


def maybe_used(project: Project, place: Place, name: str) -> Location | None:
    """The first place, by path and line, where a member of the class may be used; None where there is none.

    >>> maybe_used(project, place, "broadcast")  # doctest: +SKIP
    Location(path='app/use.py', line=22)
    """
    behind_dot = re.compile(rb"([\w.]*)\.[ \t]*%s\b" % name.encode())
    quoted = re.compile(rb"(['\"])%s\1" % name.encode())
    for file in reaching(project, place):
        text, numbers = naming(project, file, (name,))
        lines = text.source.split(b"\n") if numbers else []
        for number in numbers:
            line = lines[number - 1]
            scope = _scope(project.files[file].facts, number)
            if line.lstrip().startswith(b"#") or inside(project, file, scope, {place}):
                continue
            receivers = [match[1].decode(errors="replace") for match in behind_dot.finditer(line)]
            if any(_may_hold(project, (file, scope), receiver, place) for receiver in receivers) or (
                quoted.search(line) and _BY_NAME.search(line)
            ):
                return Location(project.files[file].path, number)
    return None


def reaching(project: Project, place: Place) -> tuple[int, ...]:
    """The files that may get an instance: the class's own, its importers, and whoever imports one of these."""
    near = {place[0], *(file for file, _ in project.users(project.symbol(*place)))}
    project.traced |= near
    importers = project.once(_importers)
    return tuple(sorted(near.union(*(importers.get(file, ()) for file in near))))


def _importers(project: Project) -> Mapping[int, Collection[int]]:
    """File -> those that import it, or something from it."""
    found: dict[int, set[int]] = defaultdict(set)
    for file, answers in enumerate(project.resolutions):
        for answer in answers:
            for target in answer.targets:
                if target.file >= 0:
                    found[target.file].add(file)
    return found


def _scope(facts: FileFacts, line: int) -> int:
    """The innermost definition that holds a line."""
    holding = (
        (item.first_line, -item.end_line, index)
        for index, item in enumerate(facts.definitions)
        if item.first_line <= line <= item.end_line
    )
    return max(holding, default=(0, 0, MODULE))[2]


def _may_hold(project: Project, where: Place, receiver: str, place: Place) -> bool:
    """May what stands before the dot, in a scope of a file, hold an instance of the class, or be the class?"""
    file, scope = where
    if not receiver or receiver.startswith("."):  # a call, a subscript
        return True
    if receiver in ("self", "cls", "super"):
        return False  # of a class that derives from it, which weighs by itself
    held = class_of(project, file, scope, receiver) or definition_of(project, file, scope, receiver)
    if held is not None:
        return place in lineage(project, *held) if project.definition_at(held).is_class else False
    kinds = {target.kind for target in project.resolve(file, receiver, scope).targets}
    return not kinds <= {"external", "module"}
