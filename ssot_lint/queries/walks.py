"""Small questions to the nodes of a flow: what is below, who is called, with what."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.model import NOTHING, Node

if TYPE_CHECKING:
    from ssot_lint.project import Project


_QUOTES = ("'", '"')


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the source."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        if node.children:
            pending += node.children[::-1]


def bindings(node: Node) -> Iterator[tuple[str, Node]]:
    """(name, value) of what a statement binds; a value that nobody can follow is of kind "none"."""
    parts = node.children
    match node.kind:
        case "assign":
            for target in parts[1:]:
                for part in walk(target):
                    if part.kind == "name":
                        yield part.text, parts[0] if part is target else NOTHING
        case "walrus":
            yield node.text, parts[0]
        case "item" if len(parts) > 1 and parts[1].kind == "name":
            yield parts[1].text, parts[0]
        case _:
            for part in walk(parts[1]) if len(parts) > 1 else ():
                if part.kind == "name":
                    yield part.text, NOTHING


def callee(call: Node) -> str:
    """The dotted name that a call names; "?.f" when it starts at another expression, else ""."""
    function = call.children[0]
    if function.kind == "name":
        return function.text
    return f"?.{function.text}" if function.kind == "attribute" else ""


def positional(call: Node) -> tuple[Node, ...]:
    """The arguments of a call that have no name, up to the first star."""
    found: list[Node] = []
    for item in call.children[1:]:
        if item.kind == "star":
            break
        if item.kind != "keyword":
            found.append(item)
    return tuple(found)


def keywords(call: Node) -> dict[str, Node]:
    """The named arguments of a call; `**` stands for the last unpacking."""
    return {item.text: item.children[0] for item in call.children[1:] if item.kind == "keyword"}


def argument(call: Node, name: str, place: int | None = None) -> Node | None:
    """The argument that a call gives by this name or at this place."""
    named = keywords(call).get(name)
    if named is not None or place is None:
        return named
    given = positional(call)
    return given[place] if place < len(given) else None


def pairs(node: Node) -> Iterator[tuple[Node, Node]]:
    """Keys and values of a dict; the key of an unpacking is a node of kind "none"."""
    return zip(node.children[::2], node.children[1::2], strict=True)


def literal(node: Node | None) -> object:
    """The value of a constant; `...` for anything else, and for a constant too long to be kept whole."""
    if node is None or node.kind != "constant":
        return ...
    try:
        value: object = ast.literal_eval(node.text)
    except (SyntaxError, ValueError):
        return ...
    return value


def string(node: Node | None) -> str | None:
    """The text of a string constant."""
    if (
        node is not None
        and node.text[:1] in _QUOTES
        and node.text[:1] == node.text[-1:]
        and node.kind == "constant"
    ):
        inner = node.text[1:-1]
        if "\\" not in inner and node.text != node.text[0]:
            return inner  # a `repr` without an escape: one that was cut has no quote at its end
    value = literal(node)
    return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in a body, its structure aside."""

    names: frozenset[str]  # dotted names, read or bound
    attributes: frozenset[str]  # last parts of attributes of other expressions
    texts: frozenset[str]  # constants, as `repr`
    calls: tuple[Node, ...]


def contents(project: Project) -> Mapping[tuple[int, int], Contents]:
    """The contents of every flow by (file, definition): one pass that several analyses share."""
    return project.once(_contents)


def _contents(project: Project) -> Mapping[tuple[int, int], Contents]:
    found = {}
    for file, source in enumerate(project.files):
        for flow in source.facts.flows:
            found[file, flow.definition] = held_in(flow.body)
    return found


def held_in(body: Node) -> Contents:
    """The contents of one body."""
    names: set[str] = set()
    attributes: set[str] = set()
    texts: set[str] = set()
    calls: list[Node] = []
    pending = [body]
    while pending:
        node = pending.pop()
        kind = node.kind
        if kind == "name":
            names.add(node.text)
            continue
        if kind == "constant":
            texts.add(node.text)
            continue
        if kind == "call":
            calls.append(node)
        elif kind == "attribute":
            attributes.add(node.text)
        if node.children:
            pending.extend(node.children)
    return Contents(frozenset(names), frozenset(attributes), frozenset(texts), tuple(reversed(calls)))


def names_in(body: Node) -> set[str]:
    """The parts of all names in a body, and the texts that may be the key of one: `Kind["STARTED"]`."""
    held = held_in(body)
    dotted = {part for name in held.names for part in name.split(".")}
    return dotted | held.attributes | {text[1:-1] for text in held.texts}
