"""What makes every construction of a class give the same instance: a decorator, or a metaclass whose `__call__` keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssot_lint.model import Node, Place
from ssot_lint.queries.again import flow_of
from ssot_lint.queries.digests import Digest, digest_of
from ssot_lint.queries.members import decorators, lineage, own_member, own_members
from ssot_lint.queries.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.model import Definition
    from ssot_lint.project import Project


def singleton_by(project: Project, file: int, definition: Definition) -> str:
    """How a class comes to have one instance, as the end of a sentence; "" where each construction makes one."""
    if "singleton" in {item.lower() for item in decorators(definition)}:
        return "is made a singleton by its decorator"
    if definition.metaclass:
        target = project.resolve(file, definition.metaclass, definition.parent).target
        if target.kind == "definition" and project.definition(target).is_class:
            meta = (target.file, target.index)
            if _is_named_so(project, meta) or _keeps(project, meta):
                return f"is one instance for all, kept by the metaclass {project.definition(target).name}"
    return ""


def _is_named_so(project: Project, meta: Place) -> bool:
    """Does a metaclass with a `__call__` of its own say by a name that it holds instances?"""
    attributes = project.definition_at(meta).attributes
    return "__call__" in own_members(project, *meta) and any(
        "instance" in name.lower() for name in attributes
    )


def _keeps(project: Project, meta: Place) -> bool:
    """Does `__call__` put what it has made into an attribute, or into a table under the class alone?"""
    for place in lineage(project, *meta):
        method = own_member(project, *place, "__call__")
        if method is not None:
            flow = flow_of(project, (method.file, method.definition)) if method.definition >= 0 else None
            return flow is not None and any(
                _kept(digest_of(flow.body), _first(project, method.definition, place))
            )
    return False


def _first(project: Project, method: int, place: Place) -> str:
    parameters = project.definition_at((place[0], method)).parameters
    return parameters[0].name if parameters else ""


def _kept(body: Digest, cls: str) -> Iterator[bool]:
    """For each place of a `__call__` that keeps something: is it what was made, and for all who construct the class?"""
    names = {name for name, value in body.bound if _makes(value, frozenset())}
    for node in body.assigns:
        value, *targets = node.children
        if _makes(value, frozenset(names)):
            yield from (_outlives(target, cls) for target in targets)
    for call in body.calls:
        owner, _, last = callee(call).rpartition(".")
        key = call.children[1:3]
        if last == "setdefault" and len(key) == 2 and _makes(key[1], frozenset(names)):
            yield "." in owner and _is_of(key[0], cls)


def _makes(value: Node, names: frozenset[str]) -> bool:
    """Is a value what `super().__call__(...)` or `type.__call__(...)` gives?"""
    if value.kind == "name":
        return value.text in names
    if value.kind == "operation":  # `kept or super().__call__()`
        return any(_makes(part, names) for part in value.children)
    return value.kind == "call" and (callee(value).rpartition(".")[2] or value.children[0].text) == "__call__"


def _outlives(target: Node, cls: str) -> bool:
    if target.kind == "name":
        return "." in target.text
    if target.kind != "item-of" or len(target.children) < 2:
        return False
    return "." in target.children[0].text and _is_of(target.children[1], cls)


def _is_of(key: Node, cls: str) -> bool:
    """Does a key say nothing but which class it is?"""
    named = [node.text for node in walk(key) if node.kind == "name"]
    return bool(named) and all(name.partition(".")[0] == cls for name in named)
