"""Small questions to the nodes of a flow: what is below, who is called, with what."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ssot_lint.model import Node


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the source."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children))


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
    value = literal(node)
    return value if isinstance(value, str) else None
