"""Which fixtures a test gets: those it names as parameters, those they name, and those that are used everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ssot_lint.model import MODULE, Definition, Place
from ssot_lint.protecting.collected import Test, conftests_above, is_fixture, plugins

if TYPE_CHECKING:
    from ssot_lint.project import Project, Target

Level = Mapping[str, Place]
"""Fixture name -> where it stands, for all that one class or file offers."""


def fixtures(project: Project, file: int, tests: Iterable[Test]) -> Iterator[tuple[Test, tuple[Place, ...]]]:
    """Each test of a file with all fixtures that run for it, sorted.

    Looked up as pytest does: the class, the module, the conftest.py files from the nearest up, plugins; a fixture
    that asks for its own name gets the one further out. Names asked for by `getfixturevalue`, and fixtures under
    another name (`name=`), are not known.
    """
    outside = _levels(project, file)
    everywhere = _automatic(project, outside)
    known: dict[str, frozenset[Place]] = {}
    inside: dict[tuple[Place, ...], tuple[Level, frozenset[Place]]] = {}
    for test in tests:
        if test.owners not in inside:
            level = _of_classes(project, test.owners)
            inside[test.owners] = level, _automatic(project, (level,))
        level, automatic = inside[test.owners]
        function = project.definition_at((test.home, test.definition))
        asked = {*_asked_for(function), *function.fixtures}
        for owner in test.owners:
            asked.update(project.definition_at(owner).fixtures)
        found = {*everywhere, *automatic}
        for place in found:
            asked.update(_asked_for(project.definition_at(place)))
        for name in asked:
            if level:
                found |= _closure(project, (level, *outside), name)
            else:
                if name not in known:
                    known[name] = _closure(project, outside, name)
                found |= known[name]
        yield test, tuple(sorted(found))


def _automatic(project: Project, levels: Iterable[Level]) -> frozenset[Place]:
    return frozenset(
        place for level in levels for place in level.values() if project.definition_at(place).autouse
    )


def _closure(project: Project, levels: tuple[Level, ...], name: str) -> frozenset[Place]:
    """The fixture that a name stands for, and all that it needs."""
    found: set[Place] = set()
    pending = [(name, 0)]
    while pending:
        wanted, start = pending.pop()
        for depth in range(start, len(levels)):
            place = levels[depth].get(wanted)
            if place is None:
                continue
            if place not in found:
                found.add(place)
                needs = _asked_for(project.definition_at(place))
                pending += [(need, depth + 1 if need == wanted else 0) for need in needs]
            break
    return frozenset(found)


def _asked_for(function: Definition) -> Iterator[str]:
    return (
        item.name for item in function.parameters if item.default is None and item.name not in ("self", "cls")
    )


def _levels(project: Project, file: int) -> tuple[Level, ...]:
    holders = [file, *conftests_above(project, project.files[file].path)]
    extensions = [plugin for holder in holders for plugin in plugins(project, holder)]
    levels = [project.once_for(holder, _of_file) for holder in dict.fromkeys((*holders, *extensions))]
    return tuple(filter(None, levels))


def _of_file(project: Project, file: int) -> Level:
    """The fixtures of a module, those that it imports included."""
    facts = project.files[file].facts
    found: dict[str, Place] = {}
    for imp, answer in zip(facts.imports, project.resolutions[file], strict=True):
        target = answer.target
        if imp.scope != MODULE:
            continue
        if imp.name == "*" and target.kind == "module" and target.file not in (-1, file):
            for name in project.exports(target.file):
                _offer(project, found, name, project.name(target.file, name).target)
        elif imp.name is not None:
            _offer(project, found, imp.bound, target)
    for index in project.children(file, MODULE):
        item = facts.definitions[index]
        if not item.is_class and is_fixture(item):
            found[item.name] = file, index
    return found


def _offer(project: Project, found: dict[str, Place], name: str, target: Target) -> None:
    if target.kind == "definition" and is_fixture(project.definition(target)):
        found[name] = target.file, target.index


def _of_classes(project: Project, owners: Iterable[Place]) -> Level:
    found: dict[str, Place] = {}
    for file, owner in owners:
        for index in project.children(file, owner):
            item = project.definition_at((file, index))
            if item.decorators and is_fixture(item):
                found.setdefault(item.name, (file, index))
    return found
