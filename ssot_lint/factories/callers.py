"""Who calls what it is given: executors, `Depends`, functions of the project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ssot_lint.model import Place
from ssot_lint.queries.digests import digests, flow_of
from ssot_lint.queries.members import member_called
from ssot_lint.queries.receivers import called
from ssot_lint.queries.signatures import constructor
from ssot_lint.queries.walks import argument, callee, keywords, positional, walk

if TYPE_CHECKING:
    from ssot_lint.model import Node
    from ssot_lint.project import Project

_CALLERS: Mapping[str, int] = {
    "map": 0, "starmap": 0, "defaultdict": 0, "partial": 0, "partialmethod": 0, "to_thread": 0, "Depends": 0,
    "Security": 0,
}  # fmt: skip
"""Functions from outside the project, and the place of the argument that they call."""

_METHODS: Mapping[str, int] = {"submit": 0, "run_in_executor": 1}
"""Methods of executors and loops."""

_EXECUTORS = ("executor", "pool", "loop")


def calls_it(project: Project, file: int, scope: int, call: Node, given: Node) -> bool:
    """Is what a call is given called: by `partial` and its like, as a `default_factory`, by a first-party body?"""
    name = callee(call)
    if keywords(call).get("default_factory") is given:
        return True
    target = called(project, file, scope, name) if name and "?" not in name else None
    if target is not None:
        return _called_by(project, target, call, given)
    owner, _, last = name.rpartition(".")
    place = _METHODS.get(last) if owner.lower().endswith(_EXECUTORS) else None
    if place is None and name and "?" not in name:
        place = _CALLERS.get(_outside(project, file, scope, name))
    return place is not None and (argument(call, "", place) is given or _is_dependency(call, given))


def _is_dependency(call: Node, given: Node) -> bool:
    return keywords(call).get("dependency") is given


def _outside(project: Project, file: int, scope: int, name: str) -> str:
    """What a name from outside the project is called there."""
    target = project.resolve(file, name, scope).target
    return target.symbol.rpartition(".")[2] if target.kind == "external" else ""


def _called_by(project: Project, target: Place, call: Node, given: Node) -> bool:
    """Does a first-party function, or a class that is constructed, call what it is given?"""
    definition = project.definition_at(target)
    if not definition.is_class:
        names = [item.name for item in definition.parameters]
        if names[:1] in (["self"], ["cls"]):
            names = names[1:]
        return _calls_parameter(project, target, _taken_as(call, given, names))
    parameters = constructor(project, *target)
    taken = _taken_as(call, given, [item.name for item in parameters or ()])
    initial = member_called(project, *target, "__init__")
    kept = {f"self.{taken}"} if taken is not None and initial is None else set()
    if initial is not None and initial.definition >= 0 and taken is not None:
        place = (initial.file, initial.definition)
        if _calls_parameter(project, place, taken):
            return True
        body = digests(project, initial.file).get(initial.definition)
        kept = {
            name for name, value in (body.bound if body is not None else ()) if taken in _sources_of(value)
        }
    return any(
        callee(node) in kept
        for scope in project.parts(*target)
        for node in (digests(project, target[0])[scope].calls if scope in digests(project, target[0]) else ())
    )


def _sources_of(value: Node) -> frozenset[str]:
    """The plain names that a value may be."""
    if value.kind == "operation" and value.text in ("BoolOp", "IfExp"):
        return frozenset(name for item in value.children for name in _sources_of(item))
    return frozenset({value.text}) if value.kind == "name" else frozenset()


def _taken_as(call: Node, given: Node, names: list[str]) -> str | None:
    """The parameter that takes an argument of a call."""
    named = next((key for key, value in keywords(call).items() if value is given), None)
    if named is None:
        number = next((place for place, value in enumerate(positional(call)) if value is given), len(names))
        named = names[number] if number < len(names) else None
    return named if named in names else None


def _calls_parameter(project: Project, place: Place, name: str | None) -> bool:
    """Does a function, or one that is nested in it, call its parameter?"""
    bodies = [flow_of(project, place)]
    bodies += [flow_of(project, (place[0], index)) for index in project.parts(*place)]
    return name is not None and any(
        node.kind == "call" and callee(node) == name
        for flow in bodies if flow is not None
        for node in walk(flow.body)
    )  # fmt: skip
