"""Tokens that are taken apart by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ssot_lint.capabilities.naming import Names
from ssot_lint.model import Node
from ssot_lint.queries.walks import argument, callee, string, walk
from ssot_lint.settings.presets import BASE64


def taken_apart(names: Names, body: Node) -> Iterator[Node]:
    """Calls that decode a part of `token.split(".")` from base64, the result being read as JSON.

    The three steps are followed through local names, in whatever order the statements stand.
    """
    calls = [node for node in walk(body) if node.kind == "call"]
    decoders = [node for node in calls if len(node.children) > 1 and _decodes(names, node)]
    if not decoders:
        return
    pieces = _spread(body, [node for node in calls if _splits(node)])
    decoded = [node for node in decoders if _holds(node.children[1], pieces, _splits)]
    for node in decoded:
        results = _spread(body, [node])

        def is_it(item: Node, decoder: Node = node) -> bool:
            return item is decoder

        for call in calls:
            last = callee(call).rpartition(".")[2]
            if last in ("loads", "load", "decode_json", "raw_decode") and any(
                _holds(item, results, is_it) for item in call.children[1:]
            ):
                yield node
                break


def _decodes(names: Names, call: Node) -> bool:
    return callee(call).rpartition(".")[2].endswith("decode") and (names.path(call.children[0]) in BASE64)


def _splits(node: Node) -> bool:
    if node.kind != "call" or callee(node).rpartition(".")[2] not in ("split", "rsplit"):
        return False
    return string(argument(node, "sep", 0)) == "."


def _spread(body: Node, sources: list[Node]) -> frozenset[str]:
    """The local names that values of these expressions reach by assignment, unpacking and loops."""
    found: set[str] = set()
    at = {id(node) for node in sources}
    grows = True
    while grows:
        grows = False
        for node in walk(body):
            match node.kind:
                case "assign" | "augmented":
                    value, targets = node.children[0], node.children[1:]
                case "loop" if node.children[1].kind != "none":
                    value, targets = node.children[0], (node.children[1],)
                case "walrus":
                    value, targets = node.children[0], (Node("name", node.text, 0, 0),)
                case "comprehension" if len(node.children) > 2:  # element, target, source, conditions
                    value, targets = Node("sequence", "", 0, 0, node.children[2:]), node.children[1:2]
                case _:
                    continue
            if _holds(value, found, lambda item: id(item) in at):
                names = {item.text for target in targets for item in walk(target) if item.kind == "name"}
                grows = grows or not names <= found
                found |= names
    return frozenset(found)


def _holds(node: Node, names: set[str] | frozenset[str], source: Callable[[Node], bool]) -> bool:
    return any(
        source(item) or (item.kind == "name" and (item.text in names or item.text.partition(".")[0] in names))
        for item in walk(node)
    )
