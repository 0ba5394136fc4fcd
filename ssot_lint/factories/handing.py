"""What a call hands to a function of the project, and whether that function awaits it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.calls import Site
from ssot_lint.events.senders import bound
from ssot_lint.factories.fates import Body, Fate, handled
from ssot_lint.model import Node, Place
from ssot_lint.queries.again import flow_of
from ssot_lint.queries.members import method_called
from ssot_lint.queries.receivers import called
from ssot_lint.queries.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.project import Project


def given_to(project: Project, file: int, scope: int, call: Node) -> tuple[Place, Mapping[str, Node]] | None:
    """The function of the project that a call reaches, a class's constructor for a class, and what it is given."""
    name = callee(call)
    place = called(project, file, scope, name) if name and "?" not in name else None
    if place is not None and project.definition_at(place).is_class:
        place = method_called(project, *place, "__init__")
        name = f"{name}.__init__"
    return None if place is None else (place, bound(project, place, call, name))


def takes_coroutine(project: Project, place: Place, name: str, depth: int = 3) -> bool:
    """May a function await, run or examine what a parameter is given, or hand it to one that does?"""
    flow = flow_of(project, place)
    if flow is None:
        return False
    body = Body(flow, project.definition_at(place).is_async)
    if body.nested or handled(body, name, -1):
        return True
    for node in body.calls.values() if depth else ():
        taken = given_to(project, *place, node)
        for parameter, value in taken[1].items() if taken is not None else ():
            is_handed = value.kind == "name" and value.text == name
            if taken is not None and is_handed and takes_coroutine(project, taken[0], parameter, depth - 1):
                return True
    return False


def is_taken(project: Project, site: Site, body: Body, call: Node, found: Fate) -> bool:
    """Is the coroutine passed to a function of the project that awaits or runs it, or may?"""
    if found.kind != "passed":
        return False
    above = body.above.get(id(call))
    kept = above.children[1].text if above is not None and above.kind == "assign" else ""
    for node in walk(body.flow.body):
        taken = (
            given_to(project, site.file, site.scope, node)
            if node.kind == "call" and node.line == found.line
            else None
        )
        for parameter, value in taken[1].items() if taken is not None else ():
            mine = value is call or (value.kind == "name" and value.text == kept)
            if taken is not None and mine and takes_coroutine(project, taken[0], parameter):
                return True
    return False
