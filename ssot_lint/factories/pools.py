"""Containers that outlive a call, the instances that are put into them, and the functions that hand one of them out.

A container whose items are only counted, closed or told something in turn keeps nobody's instance for another; nor
does one that is searched for an item of somebody. It is shared once a function takes an item out, by a place, by
chance or as the next one, and returns it, passes it on or works with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssot_lint.factories.stores import UNKEYED, Kept, from_context, identifies, made_by_value, shared_table
from ssot_lint.model import MODULE, Location, Place, Related
from ssot_lint.queries.digests import digests, flow_of
from ssot_lint.queries.receivers import enclosing_class
from ssot_lint.queries.walks import callee, keywords, pairs, positional, walk

if TYPE_CHECKING:
    from ssot_lint.model import Node
    from ssot_lint.project import Project
    from ssot_lint.queries.digests import Digest

_ONE = {"add": 0, "append": 0, "appendleft": 0, "insert": 1, "put": 0, "put_nowait": 0}
"""Methods that put one item into a container, and the place of it among the arguments."""
_SEVERAL = frozenset({"extend", "extendleft"})
_TAKING = frozenset({"get", "get_nowait", "pop", "popitem", "popleft"})
_CHOOSING = frozenset({"choice", "max", "min", "next"})
_CLOSING = frozenset({
    "aclose", "cancel", "cleanup", "clear", "close", "destroy", "disconnect", "dispose", "join", "release", "shutdown",
    "stop", "teardown", "terminate",
})  # fmt: skip
_HARMLESS = frozenset({
    "bool", "critical", "debug", "error", "exception", "format", "hasattr", "id", "info", "isinstance", "len", "log", "print",
    "repr", "str", "type", "warning",
})  # fmt: skip
"""Functions that do nothing with an item that concerns its owner."""


def pooled(project: Project, file: int, classes: frozenset[Place]) -> Iterator[Kept]:
    """Instances that a file puts into containers of modules and classes, and hands out again."""
    path = project.files[file].path
    for scope, body in digests(project, file).items():
        for name, made, node, keyed in put(project, file, scope, body, classes):
            if not _is_shared(project, file, scope, name):
                continue
            step = None if keyed else handed_out(project, file, scope, name)
            if keyed:
                how = UNKEYED
                yield Kept(Location(path, node.line, node.column), file, made, name, how)
            elif step is not None:
                how = "is kept among others for whoever comes next"
                yield Kept(Location(path, node.line, node.column), file, made, name, how, (step,))


# --- what is put into a container -----------------------------------------------------------------------------


def put(
    project: Project, file: int, scope: int, body: Digest, classes: frozenset[Place]
) -> Iterator[tuple[str, Place, Node, bool]]:
    """(container, class of the instance, statement, is it put there under a key that says nothing)"""
    for node in body.calls:
        owner, _, method = callee(node).rpartition(".")
        if not owner or owner.startswith("?"):
            continue
        given = positional(node)
        if method in _ONE and len(given) > _ONE[method]:
            values: list[tuple[Node, bool]] = [(given[_ONE[method]], False)]
        elif method in _SEVERAL and given:
            values = [(item, False) for item in _items(given[0])]
        elif method == "update":
            values = list(_updated(body, node))
        else:
            continue
        for value, keyed in values:
            made = made_by_value(project, file, scope, value)
            if made is not None and made in classes:
                yield owner, made, node, keyed
                break
    for node in body.assigns:
        for value in _items(node.children[0]):
            made = made_by_value(project, file, scope, value)
            if made is not None and made in classes:
                yield from (
                    (item.text, made, node, False) for item in node.children[1:] if item.kind == "name"
                )
                break


def _updated(body: Digest, call: Node) -> Iterator[tuple[Node, bool]]:
    """The values of `table.update({key: value}, name=value)` whose keys say nothing of anybody."""
    for item in positional(call):
        if item.kind == "dict":
            yield from ((value, True) for key, value in pairs(item) if not from_context(body, key))
    yield from ((value, True) for name, value in keywords(call).items() if name != "**")


def _items(value: Node) -> tuple[Node, ...]:
    """The items of a list, tuple, set or dict as it is written; for a comprehension what it makes."""
    match value.kind:
        case "sequence":
            return value.children
        case "dict":
            return value.children[1::2]
        case "comprehension":
            return value.children[:1]
        case "call" if callee(value) in ("deque", "collections.deque", "list", "tuple", "set") and positional(
            value
        ):
            return _items(positional(value)[0])
    return ()


def _is_shared(project: Project, file: int, scope: int, name: str) -> bool:
    """Does a container belong to a module or a class?"""
    head, _, rest = name.partition(".")
    if head == "self" and rest and "." not in rest:
        owner = enclosing_class(project, file, scope)
        if owner is None:
            return False
        definition = project.definition_at((file, owner))
        return rest in definition.attributes and rest not in definition.instance_attributes
    if scope == MODULE or head == "cls":
        return bool(rest) or head != "cls"
    body = digests(project, file).get(scope)
    if body is not None and name in body.outer:
        return True
    return shared_table(project, file, scope, name)


# --- what is handed out ---------------------------------------------------------------------------------------


def handed_out(project: Project, file: int, scope: int, name: str) -> Related | None:
    """The first place in a file that takes one of the items of a container for whoever calls."""
    owner = enclosing_class(project, file, scope)
    names = {name}
    head, _, rest = name.rpartition(".")
    if owner is not None and head in ("self", "cls"):
        names |= {f"self.{rest}", f"cls.{rest}", f"{project.definition_at((file, owner)).name}.{rest}"}
    places: list[tuple[int, str]] = []
    for at, body in digests(project, file).items():
        if at == MODULE or (
            head in ("self", "cls") and rest and not _may_mean(project, file, at, owner, names)
        ):
            continue
        line = _hands_out(project, (file, at), body, frozenset(names))
        if line:
            places.append((line, project.definition_at((file, at)).name))
    if not places:
        return None
    line, function = min(places)
    return Related(project.files[file].path, line, f"{function} hands one out")


def _may_mean(project: Project, file: int, scope: int, owner: int | None, names: set[str]) -> bool:
    """Does `self.x` in a function mean the same attribute? Only in the same class."""
    return enclosing_class(project, file, scope) == owner or any(
        not name.startswith(("self.", "cls.")) for name in names
    )


def _hands_out(project: Project, place: Place, body: Digest, names: frozenset[str]) -> int:
    """The line in which a function hands out an item of one of these containers; 0 for none."""
    flow = flow_of(project, place)
    if flow is None:
        return 0
    items = {name for name, value in body.bound if "." not in name and _is_item(body, value, names)}
    returned = items | set(_looked_up(flow.body, names))
    for node in walk(flow.body):
        match node.kind:
            case "return" | "yield" if node.children and _is_item(body, node.children[0], names, returned):
                return node.line
            case "assign" if any(
                target.kind != "name" or "." in target.text for target in node.children[1:]
            ) and _is_item(body, node.children[0], names, items):
                return node.line
            case "call" if _works_with(body, node, names, items):
                return node.line
    return 0


def _works_with(body: Digest, call: Node, names: frozenset[str], items: set[str]) -> bool:
    """Is an item asked to do something other than to end, or passed on?"""
    function = call.children[0]
    if function.kind == "attribute":
        if function.text not in _CLOSING and _is_item(body, function.children[0], names, items):
            return True
    else:
        owner, _, method = callee(call).rpartition(".")
        if owner in items and method not in _CLOSING:
            return True
    last = function.text.rpartition(".")[2]
    if last in _HARMLESS | _CLOSING or callee(call).rpartition(".")[0] in names:
        return False
    given = (item.children[0] if item.kind == "keyword" else item for item in call.children[1:])
    return any(_is_item(body, item, names, items) for item in given)


def _is_item(
    body: Digest, value: Node, names: frozenset[str], items: set[str] | frozenset[str] = frozenset()
) -> bool:
    """Is a value one of the items of a container, chosen by nothing that says whose it is?"""
    match value.kind:
        case "name":
            return value.text in items
        case "await" | "walrus":
            return _is_item(body, value.children[0], names, items)
        case "operation" if value.text in ("BoolOp", "IfExp"):
            return any(_is_item(body, item, names, items) for item in value.children)
        case "item-of":
            table, key = value.children
            sliced = key.kind == "operation" and key.text == "Slice"
            return table.text in names and not sliced and not from_context(body, key)
        case "call":
            owner, _, method = callee(value).rpartition(".")
            if owner in names and method in _TAKING:
                return not any(from_context(body, item) for item in value.children[1:])
            return method in _CHOOSING and any(_comes_from(item, names) for item in positional(value)[:1])
    return False


def _comes_from(value: Node, names: frozenset[str]) -> bool:
    """Does a choice have all items of a container to choose from, whoever asks?"""
    found = False
    for part in walk(value):
        if part.kind == "name":
            if part.text in names:
                found = True
            elif identifies(part.text):
                return False
    return found


def _looked_up(body: Node, names: frozenset[str]) -> Iterator[str]:
    """The variables of loops over a container that do not ask whose an item is."""
    for node in walk(body):
        if node.kind == "loop" and node.children[1].kind == "name" and _comes_from(node.children[0], names):
            tests = (item.children[0] for item in walk(node.children[2]) if item.kind == "if")
            if not any(
                part.kind == "name" and identifies(part.text) for test in tests for part in walk(test)
            ):
                yield node.children[1].text
