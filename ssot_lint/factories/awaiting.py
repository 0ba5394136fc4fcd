"""Must a call be awaited?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.conduct import calls_in
from ssot_lint.concepts.contracts import hands_on
from ssot_lint.model import MODULE, Place
from ssot_lint.queries.again import flow_of, kept_flows
from ssot_lint.queries.members import lineage, member_called, roots
from ssot_lint.queries.receivers import called, enclosing_class, returned_by
from ssot_lint.queries.signatures import keeps_signature
from ssot_lint.queries.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.project import Project

_PLAIN = frozenset({
    "None", "bool", "int", "float", "str", "bytes", "dict", "list", "tuple", "set", "frozenset", "Dict", "List", "Tuple",
    "Set",
})  # fmt: skip

_ARGUMENTS = re.compile(r"\[[^\[\]]*\]")


def must_await(project: Project, place: Place) -> bool | None:
    """Does calling this give a coroutine (True), certainly nothing that can be awaited (False)? None: unknown."""
    known = project.known(_must_await)
    if place not in known:
        known[place] = None  # a circle of functions ends here
        known[place] = _must_await(project, place)
    return known[place]


def _must_await(project: Project, place: Place) -> bool | None:
    definition = project.definition_at(place)
    if definition.is_class:
        unknown = roots(project, *place) - {"object", "ABC", "abc.ABC", "typing.Protocol", "typing.Generic"}
        return None if unknown or member_called(project, *place, "__await__") is not None else False
    if not keeps_signature(definition):
        return None
    if definition.is_async:
        return None if "Iterator" in definition.returns or "Generator" in definition.returns else True
    owner = definition.parent
    if owner != MODULE and _async_below(project, (place[0], owner), definition.name):
        return None
    if _passes_on(project, *place):
        return None
    if _returns_coroutine(project, place):
        return True
    if hands_on(project, *place):
        return None
    made = returned_by(project, *place)
    if made is not None:
        other = project.definition_at(made)
        return False if other.is_class and must_await(project, made) is False else None
    plain = _is_plain(definition.returns) if definition.returns else _gives_nothing(project, place)
    return False if plain else None


def _gives_nothing(project: Project, place: Place) -> bool:
    """Has a function a body, and no value but constants that it returns?"""
    definition = project.definition_at(place)
    flow = None if definition.is_trivial or definition.yields else flow_of(project, place)
    return flow is not None and all(
        node.children == () or node.children[0].kind == "constant"
        for node in walk(flow.body)
        if node.kind == "return"
    )


def _returns_coroutine(project: Project, place: Place) -> bool:
    """Is all that a function returns what async functions give when they are not awaited?"""
    flow = kept_flows(project, place[0]).get(place[1])
    returned = [node for node in walk(flow.body) if node.kind == "return"] if flow is not None else []
    if not returned or project.definition_at(place).yields:
        return False
    for node in returned:
        value = node.children[0] if node.children else node
        if value.kind != "call" or "?" in callee(value):
            return False
        maker = called(project, *place, callee(value))
        if maker is None or must_await(project, maker) is not True:
            return False
    return True


def _is_plain(annotation: str) -> bool:
    """Does an annotation name nothing but plain types: `bool`, `dict[str, int] | None`?"""
    text, inner = annotation.strip("\"' "), ""
    while inner != text:
        text, inner = _ARGUMENTS.sub("", text), text
    return all(part.strip() in _PLAIN for part in text.split("|"))


def _passes_on(project: Project, file: int, index: int) -> bool:
    """May what a method returns be a coroutine, though its annotation says otherwise?

    So it is where the value comes from a member of `self` that some class below makes async, or that only the
    classes below have: one body then serves a sync and an async half.
    """
    owner = enclosing_class(project, file, index)
    if owner is None:
        return False
    deep = project.files[file].facts.deep
    names = {
        item.name
        for item in (deep.references if deep is not None else ())
        if item.scope == index and item.role == "returned"
    }
    for call in calls_in(project, file, index):
        receiver, _, name = call.callee.rpartition(".")
        back = not call.awaited and (call.returned or call.assigned in names)
        if back and receiver in ("self", "cls"):
            known = member_called(project, file, owner, name) is not None
            if not known or _async_below(project, (file, owner), name):
                return True
    return False


def _async_below(project: Project, cls: Place, name: str) -> bool:
    """Does a class derived from this one define the member as async?"""
    return any(
        place != cls and cls in lineage(project, *place)
        for place in project.once(_async_methods).get(name, ())
    )


def _async_methods(project: Project) -> Mapping[str, tuple[Place, ...]]:
    """Name -> the classes with a base that define an async method of that name, in files that mention a concept."""
    found: dict[str, list[Place]] = {}
    for file, source in enumerate(project.files):
        definitions = source.facts.definitions if source.facts.deep is not None else ()
        for item in definitions:
            if item.kind == "async-function" and item.parent != MODULE and definitions[item.parent].bases:
                found.setdefault(item.name, []).append((file, item.parent))
    return {name: tuple(places) for name, places in found.items()}
