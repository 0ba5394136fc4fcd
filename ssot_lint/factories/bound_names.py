"""What names are bound to in the functions of a file, by assignments, loops and their like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from ssot_lint.queries.digests import digests
from ssot_lint.queries.walks import walk

if TYPE_CHECKING:
    from ssot_lint.model import Node
    from ssot_lint.project import Project


def bound_in(project: Project, file: int) -> Mapping[tuple[int, str], tuple[tuple[str, Node], ...]]:
    """(function, variable) -> ("value" that is assigned, "element" of what is looped over, or "opaque")."""
    return project.once_for(file, _bound)


def _bound(project: Project, file: int) -> Mapping[tuple[int, str], tuple[tuple[str, Node], ...]]:
    found: dict[tuple[int, str], list[tuple[str, Node]]] = {}
    for function, body in digests(project, file).items():
        for node in body.binding:
            for name, how, value in _binds(node):
                found.setdefault((function, name), []).append((how, value))
    return {key: tuple(values) for key, values in found.items()}


def _binds(node: Node) -> Iterator[tuple[str, str, Node]]:
    parts = node.children
    match node.kind:
        case "assign":
            for target in parts[1:]:
                for part in walk(target):
                    if part.kind == "name" and "." not in part.text and target.kind != "item-of":
                        yield part.text, "value" if part is target else "opaque", parts[0]
        case "walrus":
            yield node.text, "value", parts[0]
        case "loop" if parts[1].kind == "name":
            yield parts[1].text, "element", parts[0]
        case "loop" | "item":
            for part in walk(parts[1]) if len(parts) > 1 else ():
                if part.kind == "name":
                    yield part.text, "opaque", node
        case "comprehension":
            for target, source in pairwise(parts[1:]):
                if target.kind == "name" and target.text in _names(parts[0]):
                    yield target.text, "element", source
                    return


def _names(node: Node) -> frozenset[str]:
    return frozenset(part.text for part in walk(node) if part.kind == "name")
