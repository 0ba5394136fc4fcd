"""Calls of what stands above a class: `super().__init__(context)`, `super().send(text)`, and which signature answers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ssot_lint.concepts.calls import Callee, Judged, site_of
from ssot_lint.concepts.concerned import concept_classes
from ssot_lint.concepts.sites import taken_of_caller
from ssot_lint.model import MODULE, Place
from ssot_lint.queries.members import lineage, member_called
from ssot_lint.queries.receivers import definition_of
from ssot_lint.queries.signatures import certain_constructor

if TYPE_CHECKING:
    from ssot_lint.model import Call
    from ssot_lint.project import Project

_OF_THE_CLASS = frozenset({"classmethod", "staticmethod"})


def super_calls(project: Project, file: int) -> tuple[Judged, ...]:
    """The calls through `super()` in the classes of a file, each with the member of a concept that answers."""
    return project.once_for(file, _super_calls)


def _super_calls(project: Project, file: int) -> tuple[Judged, ...]:
    found: list[Judged] = []
    for opened, call in _through_super(project, file):
        answer = _answer(project, file, opened, call)
        if answer is not None:
            found.append((replace(site_of(file, call), callee=f"super(){call.callee[1:]}"), (answer,)))
    return tuple(found)


def _through_super(project: Project, file: int) -> Iterator[tuple[Call, Call]]:
    """(call of `super`, call of a member of what it gives), where that is the only call that begins there."""
    deep = project.files[file].facts.deep
    every = deep.calls if deep is not None else ()
    opened = {(call.line, call.column, call.scope): call for call in every if call.callee == "super"}
    found: dict[tuple[int, int, int], list[Call]] = {}
    for call in every if opened else ():
        key = (call.line, call.column, call.scope)
        if key in opened and call.callee.startswith("?."):
            found.setdefault(key, []).append(call)
    for key, calls in found.items():
        if len(calls) == 1 and calls[0].callee.count(".") == 1:
            yield opened[key], calls[0]


def _answer(project: Project, file: int, opened: Call, call: Call) -> Callee | None:
    """Who answers in the class above, where that is certain: no other class comes between, for any subclass."""
    name, scope = call.callee[2:], call.scope
    if scope == MODULE or name == "__new__":
        return None
    method = project.definition_at((file, scope))
    owner = (file, method.parent)
    if (
        method.parent == MODULE
        or not project.definition_at(owner).is_class
        or _is_other(project, owner, opened)
    ):
        return None
    above = _above(project, owner)
    concept = concept_classes(project).get(above) if above is not None else None
    if above is None or concept is None or owner in project.once(_mixed):
        return None
    member = member_called(project, *above, name)
    if name == "__init__":
        if member is None:
            return Callee(concept, *above, certain_constructor(project, *above), "constructor")
        if member.definition < 0 or certain_constructor(project, *above) is None:
            return None
    if member is None or member.definition < 0:
        return None
    inherited = project.definition_at((member.file, member.definition))
    of_class = not _OF_THE_CLASS.isdisjoint(method.decorators)
    if of_class and member.kind == "method":
        return None
    return Callee(concept, member.file, member.definition, taken_of_caller(member, inherited), "method")


def _is_other(project: Project, owner: Place, opened: Call) -> bool:
    """Does `super(Class, self)` start from another class than the one around?"""
    if not opened.arguments:
        return False
    return not opened.given or definition_of(project, owner[0], opened.scope, opened.given[0]) != owner


def _above(project: Project, owner: Place) -> Place | None:
    """The one base of a class, where it has no other."""
    bases = project.bases(*owner)
    if len(bases) != 1 or bases[0].kind != "definition" or not project.definition(bases[0]).is_class:
        return None
    return bases[0].file, bases[0].index


def _mixed(project: Project) -> frozenset[Place]:
    """The classes after which another class comes in the order of some subclass than in their own."""
    names = {project.definition_at(place).name for place in concept_classes(project)}
    found: set[Place] = set()
    for file, source in enumerate(project.files):
        for index, definition in enumerate(source.facts.definitions):
            if len(definition.bases) < 2 or names.isdisjoint(
                base.rpartition(".")[2] for base in definition.bases
            ):
                continue
            order = list(lineage(project, file, index))
            for place, after in pairwise(order):
                above = _above(project, place)
                if above is not None and above != after:
                    found.add(place)
    return frozenset(found)
