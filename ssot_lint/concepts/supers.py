"""Calls of what stands above a class: `super().__init__(context)`, `super().send(text)`, and which signature answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ssot_lint.concepts.calls import Callee, Judged, Site, site_of
from ssot_lint.concepts.concerned import concept_classes
from ssot_lint.concepts.heirs import unnamed
from ssot_lint.concepts.sites import taken_of_caller
from ssot_lint.model import MODULE, NOTHING, Node, Place
from ssot_lint.queries.again import bodies_naming
from ssot_lint.queries.members import lineage, member_called, own_member
from ssot_lint.queries.receivers import definition_of
from ssot_lint.queries.signatures import certain_constructor, passed
from ssot_lint.queries.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.model import Call
    from ssot_lint.project import Project

_OF_THE_CLASS = frozenset({"classmethod", "staticmethod"})


def super_calls(project: Project, file: int) -> tuple[Judged, ...]:
    """The calls through `super()` in the classes of a file, each with the member of a concept that answers."""
    return project.once_for(file, _super_calls)


def _super_calls(project: Project, file: int) -> tuple[Judged, ...]:
    found: dict[tuple[int, int], Judged] = {}
    for opened, call in _through_super(project, file):
        start = opened.given[0] if opened.given else "" if not opened.arguments else "?"
        answer = _answer(project, file, call.scope, start, call.callee[2:])
        if answer is not None:
            site = replace(site_of(file, call), callee=f"super(){call.callee[1:]}")
            found[site.line, site.column] = site, (answer,)
    for scope, node, start in _unheard(project, file):
        name = node.children[0].text
        answer = _answer(project, file, scope, start, name)
        if answer is not None:
            site = Site(file, scope, f"super().{name}", node.line, node.column, passed(node))
            found.setdefault((site.line, site.column), (site, (answer,)))
    return tuple(found[key] for key in sorted(found))


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


def _unheard(project: Project, file: int) -> Iterator[tuple[int, Node, str]]:
    """(method, call, first argument of `super`) in classes whose names say nothing of the concept that they inherit."""
    mine = project.once(_files_of_heirs).get(file, frozenset())
    definitions = project.files[file].facts.definitions
    for scope, flow in bodies_naming(project, file, {"super"}) if mine else ():
        if scope == MODULE or definitions[scope].parent not in mine:
            continue
        for node in walk(flow.body):
            function = node.children[0] if node.kind == "call" else NOTHING
            opened = function.children[0] if function.kind == "attribute" else NOTHING
            if opened.kind == "call" and callee(opened) == "super":
                yield scope, node, opened.children[1].text if len(opened.children) > 1 else ""


def _files_of_heirs(project: Project) -> Mapping[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for file, index in unnamed(project):
        found.setdefault(file, set()).add(index)
    return {file: frozenset(found[file]) for file in sorted(found)}


def _answer(project: Project, file: int, scope: int, start: str, name: str) -> Callee | None:
    """Who answers `super(start, self).name` in the classes above, where that is certain for any subclass."""
    if scope == MODULE or name == "__new__":
        return None
    method = project.definition_at((file, scope))
    owner = (file, method.parent)
    if method.parent == MODULE or not project.definition_at(owner).is_class:
        return None
    if start and definition_of(project, file, scope, start) != owner:
        return None
    above = _next(project, owner, name)
    concept = concept_classes(project).get(above) if above is not None else None
    if above is None or concept is None:
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


def _next(project: Project, owner: Place, name: str) -> Place | None:
    """The class that answers for a member after this one, in its own order and in that of every class below it."""
    tails = project.once(_tails)
    bases = project.bases(*owner)
    if len(bases) == 1 and owner not in tails:
        only = bases[0]
        is_class = only.kind == "definition" and project.definition(only).is_class
        return (only.file, only.index) if is_class else None
    found: set[Place | None] = set()
    for tail in (_order(project, owner), *tails.get(owner, ())):
        found.add(_first_with(project, tail, name) if tail is not None else None)
    return next(iter(found)) if len(found) == 1 else None


def _first_with(project: Project, tail: tuple[Place, ...], name: str) -> Place | None:
    return next((place for place in tail if own_member(project, *place, name) is not None), None)


def _order(project: Project, owner: Place) -> tuple[Place, ...] | None:
    """The classes after this one in its order; None where one of them is not the project's."""
    for target in project.ancestors(*owner):
        if target.kind != "definition" and target.symbol.rpartition(".")[2] not in _MARKS:
            return None
    return tuple(lineage(project, *owner))[1:]


_MARKS = frozenset({"ABC", "Generic", "Protocol", "object"})
"""Bases from outside that answer for no member."""


def _tails(project: Project) -> Mapping[Place, frozenset[tuple[Place, ...] | None]]:
    """Class -> what comes after it in the orders of classes with several bases below it, where that is not its own."""
    names = {project.definition_at(place).name for place in concept_classes(project)}
    found: dict[Place, set[tuple[Place, ...] | None]] = {}
    for file, source in enumerate(project.files):
        for index, definition in enumerate(source.facts.definitions):
            if len(definition.bases) < 2 or names.isdisjoint(
                base.rpartition(".")[2] for base in definition.bases
            ):
                continue
            below = _order(project, (file, index))
            order = tuple(lineage(project, file, index))
            for number, place in enumerate(order[1:], 1):
                own = tuple(lineage(project, *place))[1:]
                if order[number + 1 :] != own:
                    found.setdefault(place, set()).add(order[number + 1 :] if below is not None else None)
    return {place: frozenset(orders) for place, orders in found.items()}
