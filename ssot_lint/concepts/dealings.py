"""What those who can reach a class do with it: members they touch, constructions, classes derived from it.

A file is read once, for all classes that it deals with: the concept with a hundred claims has few files that
deal with one of them alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lint.model import MODULE, Call, Location, Place
from ssot_lint.queries.receivers import class_of, definition_of, inside, returned_by

if TYPE_CHECKING:
    from ssot_lint.project import Project


@dataclass(frozen=True, slots=True)
class Usage:
    """What the users of a class do with it."""

    members: Mapping[str, tuple[Location, ...]]
    constructions: tuple[tuple[Location, Call], ...]
    derived: tuple[Location, ...]  # classes made from it
    checked: tuple[Location, ...]  # isinstance, except


@dataclass(frozen=True, slots=True)
class _Dealing:
    """What one file does with one class, in the order of its facts."""

    members: dict[str, dict[Location, None]] = field(default_factory=dict)
    constructions: list[tuple[Location, Call]] = field(default_factory=list)
    derived: list[Location] = field(default_factory=list)
    checked: list[Location] = field(default_factory=list)


def usage_of(project: Project, place: Place) -> Usage:
    """What is done with a class by those who can reach it: its own file, its importers, its factories' importers."""
    return project.once_for(place, _usage)


def _usage(project: Project, place: Place) -> Usage:
    files = {place[0], *(file for file, _ in project.users(project.symbol(*place)))}
    for file in sorted(files):
        for index in project.once_for(file, _makers).get(place, ()):
            files |= {user for user, _ in project.users(project.symbol(file, index))}
    members: dict[str, dict[Location, None]] = defaultdict(dict)
    found = _Dealing(members)
    for file in sorted(files):
        dealing = project.once_for(file, _dealings).get(place)
        if dealing is not None:
            for name, locations in dealing.members.items():
                members[name].update(locations)
            found.constructions.extend(dealing.constructions)
            found.derived.extend(dealing.derived)
            found.checked.extend(dealing.checked)
    return Usage(
        {name: tuple(sorted(members[name])) for name in sorted(members)},
        tuple(sorted(found.constructions, key=lambda item: item[0])),
        tuple(sorted(found.derived)),
        tuple(sorted(found.checked)),
    )


# --- one file, for all classes -------------------------------------------------------------------------


def _makers(project: Project, file: int) -> Mapping[Place, list[int]]:
    """The functions of a module's top level that return an instance of a class of the project, by class."""
    found: dict[Place, list[int]] = {}
    for index, definition in enumerate(project.files[file].facts.definitions):
        if not definition.is_class and definition.parent == MODULE:
            made = returned_by(project, file, index)
            if made is not None:
                found.setdefault(made, []).append(index)
    return found


def _dealings(project: Project, file: int) -> Mapping[Place, _Dealing]:
    """What a file does with each class that it deals with."""
    source = project.files[file]
    deep = source.facts.deep
    found: dict[Place, _Dealing] = defaultdict(_Dealing)
    if deep is None:
        return found
    for use in deep.uses:
        held = class_of(project, file, use.scope, use.receiver)
        if held is not None and not inside(project, file, use.scope, {held}):
            where = Location(source.path, use.line)
            found[held].members.setdefault(use.attribute, {})[where] = None
    for call in deep.calls:
        called = definition_of(project, file, call.scope, call.callee)
        constructs = called is not None and project.definition_at(called).is_class
        if called is not None and constructs and not inside(project, file, call.scope, {called}):
            found[called].constructions.append((Location(source.path, call.line, call.column), call))
        for place in _owners(project, file, call):
            if place != called and not inside(project, file, call.scope, {place}):
                name = call.callee.rpartition(".")[2]
                found[place].members.setdefault(name, {})[Location(source.path, call.line)] = None
    for item in deep.references:
        if item.role in ("isinstance", "except"):
            checked = definition_of(project, file, item.scope, item.name)
            if checked is not None and not inside(project, file, item.scope, {checked}):
                found[checked].checked.append(Location(source.path, item.line))  # else it goes with the class
    for definition in source.facts.definitions:
        for base in {definition_of(project, file, definition.parent, base) for base in definition.bases}:
            if base is not None:
                found[base].derived.append(Location(source.path, definition.line))
    return dict(found)


def _owners(project: Project, file: int, call: Call) -> Iterator[Place]:
    """The classes whose member a call reaches: on the class itself, or on something that holds an instance."""
    owner = call.callee.rpartition(".")[0]
    if owner and not owner.startswith("?"):
        itself = definition_of(project, file, call.scope, owner)
        held = class_of(project, file, call.scope, owner)
        yield from {place for place in (itself, held) if place is not None}
