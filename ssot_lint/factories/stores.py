"""Statements that store an instance where it outlasts the call: in names, attributes and tables of others."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.factories.instances import held_by, instance_of
from ssot_lint.model import MODULE, Location, Node, Place, Related
from ssot_lint.queries.digests import Digest, digests, flow_of
from ssot_lint.queries.members import lineage
from ssot_lint.queries.receivers import definition_of, enclosing_class
from ssot_lint.queries.walks import callee, positional, string, walk

if TYPE_CHECKING:
    from ssot_lint.project import Project

_IDENTITY = frozenset({
    "user", "users", "context", "ctx", "session", "thread", "run", "request", "connection", "conn", "tenant",
    "client", "account", "owner", "customer", "org", "organization", "websocket", "socket", "uid", "caller",
})  # fmt: skip
_EACH_ITS_OWN = frozenset({"local", "Local", "ContextVar"})
"""What gives each thread or task attributes of its own."""
_PARTS = re.compile(r"[._]+|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Kept:
    """One place that keeps an instance."""

    location: Location
    file: int
    made: Place  # the class of the instance
    name: str  # what keeps it, as code around it says: "_manager", "cls._instance", "default_engine"
    how: str  # "is a module global", "is kept by lru_cache for every caller"
    through: tuple[Related, ...] = ()  # steps between the place and the callers that are already known


def identifies(text: str) -> bool:
    """Does a name say whose it is: a user, a context, a session?"""
    return not _IDENTITY.isdisjoint(part.lower() for part in _PARTS.split(text))


def made_by_value(project: Project, file: int, scope: int, value: Node) -> Place | None:
    """The class of a concept's instance that a value is, through `await`, `or` and conditional expressions."""
    match value.kind:
        case "call":
            name = callee(value)
            return instance_of(project, file, scope, name) if name and "?" not in name else None
        case "name":
            return held_by(project, file, scope, value.text)
        case "await" | "walrus":
            return made_by_value(project, file, scope, value.children[0])
        case "operation" if value.text in ("BoolOp", "IfExp"):
            found = (made_by_value(project, file, scope, item) for item in value.children)
            return next((item for item in found if item is not None), None)
    return None


def in_body(
    project: Project, file: int, scope: int, body: Digest, classes: frozenset[Place]
) -> Iterator[Kept]:
    path = project.files[file].path
    script = _script(project, file) if scope == MODULE else frozenset()
    for node in body.assigns:
        if (node.line, node.column) in script:
            continue
        for target in node.children[1:]:
            found = _stored(project, file, scope, body, node.children[0], target)
            if found is not None and found[0] in classes:
                yield Kept(Location(path, node.line, node.column), file, *found)
    for node in body.calls:
        if callee(node) == "setattr" and len(positional(node)) == 3:
            holder, name, value = positional(node)
            attribute = Node("name", f"{holder.text}.{string(name)}", node.line, node.column)
            if holder.kind == "name" and string(name) is not None:
                found = _stored(project, file, scope, body, value, attribute)
                if found is not None and found[0] in classes:
                    yield Kept(Location(path, node.line, node.column), file, *found)
        if callee(node).endswith(".setdefault") and len(positional(node)) == 2:
            key, value = positional(node)
            made = made_by_value(project, file, scope, value)
            owner = callee(node).removesuffix(".setdefault")
            unkeyed = (
                made in classes and shared_table(project, file, scope, owner) and not from_context(body, key)
            )
            if made is not None and unkeyed:
                yield Kept(Location(path, node.line, node.column), file, made, owner, UNKEYED)


def _script(project: Project, file: int) -> frozenset[tuple[int, int]]:
    """(line, column) of the assignments that run only when the file is started as a script."""
    flow = flow_of(project, (file, MODULE))
    return frozenset(
        (node.line, node.column)
        for top in (flow.body.children if flow is not None else ())
        if top.kind == "if" and any(item.text == "'__main__'" for item in walk(top.children[0]))
        for node in walk(top.children[1])
        if node.kind == "assign"
    )


UNKEYED = "is kept in a table of the module whose key does not say whose it is"


def _stored(
    project: Project, file: int, scope: int, body: Digest, value: Node, target: Node
) -> tuple[Place, str, str] | None:
    text = target.text
    if target.kind == "item-of" and scope != MODULE and _is_namespace(target.children[0]):
        made = made_by_value(project, file, scope, value)
        function = project.definition_at((file, scope)).qualname
        name = string(target.children[1])
        return None if made is None or not name else (made, name, f"is kept by {function} in a module global")
    if target.kind == "item-of" and target.children[0].kind == "name":
        owner, key = target.children
        if owner.text.endswith("dependency_overrides") and value.kind == "lambda":
            made = made_by_value(project, file, scope, value.children[0])
            constructed = value.children[0].kind == "call"
            return (
                None
                if made is None or constructed
                else (made, owner.text, "overrides a dependency for everybody")
            )
        if not shared_table(project, file, scope, owner.text) or from_context(body, key):
            return None
        made = made_by_value(project, file, scope, value)
        return None if made is None else (made, owner.text, UNKEYED)
    if target.kind != "name":
        return None
    parts = text.split(".")
    if len(parts) >= 3 and parts[-2] == "state" and parts[-3] in ("app", "application"):
        made = made_by_value(project, file, scope, value)
        return None if made is None else (made, text, "is kept in the state of the application")
    if len(parts) == 2 and parts[0] != "self" and scope != MODULE:
        made = made_by_value(project, file, scope, value)
        holder = _lasting(project, file, scope, parts[0], made)
        return None if made is None or not holder else (made, text, holder)
    if scope == MODULE or value.kind == "call":
        if scope == MODULE and len(parts) == 1 and value.kind != "call" and value.kind != "name":
            made = made_by_value(project, file, scope, value)
            return None if made is None else (made, text, "is a module global")
        return None
    if len(parts) == 1 and text in body.outer and project.binds(file, text):
        made = made_by_value(project, file, scope, value)
        function = project.definition_at((file, scope)).qualname
        return None if made is None else (made, text, f"is kept by {function} in a module global")
    return None


def _is_namespace(owner: Node) -> bool:
    return owner.kind == "call" and callee(owner) == "globals"


def _lasting(project: Project, file: int, scope: int, owner: str, made: Place | None) -> str:
    """How an attribute of `owner`, as a function sees it, outlives the call; "" where it does not."""
    if owner == "cls":
        around = enclosing_class(project, file, scope)
        if around is None or made == (file, around):  # a class that keeps its own is told of elsewhere
            return ""
        return f"is an attribute of the class {project.definition_at((file, around)).name}"
    found = project.resolve(file, owner, scope).target
    if found.kind == "definition":
        kind = "class" if project.definition(found).is_class else "function"
        return f"is an attribute of the {kind} {owner}"
    if found.kind == "variable" and shared_table(project, file, scope, owner):
        given = [
            item.value
            for item in project.files[found.file].facts.assignments
            if item.scope == MODULE and found.symbol.endswith(f":{item.name}")
        ]
        if not any(_gives_each_its_own(project, found.file, name) for name in given):
            return f"is kept on {owner}, of which the module has one"
    return ""


def _gives_each_its_own(project: Project, file: int, name: str) -> bool:
    """Do the instances of a class have attributes of their own in each thread or task?"""
    place = definition_of(project, file, MODULE, name)
    if place is None or not project.definition_at(place).is_class:
        return name.rpartition(".")[2] in _EACH_ITS_OWN
    bases = (base for item in lineage(project, *place) for base in project.definition_at(item).bases)
    return any(base.rpartition(".")[2] in _EACH_ITS_OWN for base in bases)


def shared_table(project: Project, file: int, scope: int, owner: str) -> bool:
    """Is a name that is subscripted a module's or a class's own?"""
    head, _, rest = owner.partition(".")
    if head == "cls":
        return bool(rest)
    if head == "self":
        return False
    if scope != MODULE and not rest and _is_local(project, file, scope, head):
        return _is_default(project, file, scope, head)
    target = project.resolve(file, owner, scope).target
    return (
        target.kind == "variable"
        and target.file >= 0
        and (":" in target.symbol and "<locals>" not in target.symbol)
    )


def _is_default(project: Project, file: int, scope: int, name: str) -> bool:
    """Is a name a parameter whose default is a table, made once for all calls?"""
    return any(
        item.name == name and (item.default or "").startswith(("{", "[", "dict(", "list(", "set("))
        for item in project.definition_at((file, scope)).parameters
    )


def _is_local(project: Project, file: int, scope: int, name: str) -> bool:
    if any(item.name == name for item in project.definition_at((file, scope)).parameters):
        return True
    body = digests(project, file).get(scope)
    return body is not None and name not in body.outer and any(bound == name for bound, _ in body.bound)


def from_context(body: Digest, key: Node) -> bool:
    """Does a key come from something that says whose it is, through the local names of the body?"""
    values: dict[str, list[Node]] = defaultdict(list)
    for name, value in body.bound:
        values[name].append(value)
    pending, seen = [key], set()
    while pending:
        for node in walk(pending.pop()):
            if node.kind == "name" and node.text not in seen:
                seen.add(node.text)
                if identifies(node.text):
                    return True
                pending += values.get(node.text, ())
    return False
