"""Who takes what a call or an assignment hands over: the function, and under which parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ssot_lint.model import MODULE, Parameter, Place
from ssot_lint.queries.members import decorators, member_called, method_called
from ssot_lint.queries.receivers import called, class_of, definition_of
from ssot_lint.queries.signatures import certain_constructor, keeps_parameters

if TYPE_CHECKING:
    from ssot_lint.project import Project

Taken = tuple[int | str, str]
"""An argument: its position or its keyword, and what is said for it."""


def taken(
    project: Project, file: int, scope: int, callee: str, arguments: Sequence[Taken]
) -> Iterator[tuple[Place, Parameter, str]]:
    """(function, parameter, what is said) for the arguments of a call whose parameters are certain."""
    taker = _taker(project, file, scope, callee)
    if taker is None:
        return
    place, parameters = taker
    places = [item for item in parameters if item.kind in ("positional-only", "positional")]
    named = {item.name: item for item in parameters if item.kind in ("positional", "keyword-only")}
    for key, said in arguments:
        found = named.get(key) if isinstance(key, str) else next(iter(places[key : key + 1]), None)
        if found is not None:
            yield place, found, said


def _taker(
    project: Project, file: int, scope: int, callee: str
) -> tuple[Place, tuple[Parameter, ...]] | None:
    """The function or constructor that answers a call, and the parameters that the caller passes."""
    place = called(project, file, scope, callee)
    if place is None:
        return None
    definition = project.definition_at(place)
    if definition.is_class:
        initial = method_called(project, *place, "__init__")
        parameters = certain_constructor(project, *place)
        return None if initial is None or parameters is None else (initial, parameters)
    if not keeps_parameters(definition):
        return None
    owner = definition.parent
    if owner == MODULE or not project.definition_at((place[0], owner)).is_class:
        return place, definition.parameters
    if "staticmethod" in decorators(definition):
        return place, definition.parameters
    receiver = definition_of(project, file, scope, callee.rpartition(".")[0])
    if (
        receiver is not None
        and project.definition_at(receiver).is_class
        and "classmethod" not in decorators(definition)
    ):
        return place, definition.parameters  # `Class.method(instance, ...)`
    return place, definition.parameters[1:]


def setter(
    project: Project, file: int, scope: int, owner: str, attribute: str
) -> tuple[Place, Parameter] | None:
    """The property setter that `owner.attribute = ...` calls, and its parameter."""
    held = class_of(project, file, scope, owner)
    member = member_called(project, *held, attribute) if held is not None else None
    if member is None or member.kind != "property":
        return None
    for index in project.parts(member.file, member.owner):
        method = project.definition_at((member.file, index))
        if f"{attribute}.setter" in method.decorators and len(method.parameters) == 2:
            return (member.file, index), method.parameters[1]
    return None
