"""What a context that does not reach the result is used for instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ssot_lint.factories.context_flow import CHECKS, LOGS, LOOKUPS, reads
from ssot_lint.model import Place
from ssot_lint.queries.again import flow_of
from ssot_lint.queries.walks import callee

if TYPE_CHECKING:
    from ssot_lint.model import Node
    from ssot_lint.project import Project


def used_for(project: Project, place: Place, parameter: str) -> str:
    """What a body does with a parameter that does not reach its result, for a message."""
    flow = flow_of(project, place)
    if flow is None or not reads(flow.body, parameter):
        return "is not used"
    ways = set(_ways(flow.body, parameter, "", {}))
    for way in ("the key of a table whose values do not depend on it", "logged", "checked"):
        if ways == {way}:
            return f"is only {way}"
    if ways <= {"logged", "checked"}:
        return "is only checked and logged"
    return "does not reach what is returned"


def _ways(node: Node, parameter: str, way: str, above: Mapping[int, Node]) -> Iterator[str]:
    if node.kind == "name" and (node.text == parameter or node.text.startswith(parameter + ".")):
        yield way or "something else"
        return
    for number, child in enumerate(node.children):
        inner = way
        if node.kind == "call":
            last = callee(node).rpartition(".")[2]
            if last in LOGS:
                inner = "logged"
            elif last in CHECKS:
                inner = "checked"
            elif last in LOOKUPS and number == 1:
                inner = "the key of a table whose values do not depend on it"
        elif node.kind == "item-of" and number == 1:
            inner = "the key of a table whose values do not depend on it"
        elif node.kind in ("if", "assert") and number == 0:
            inner = "checked"
        yield from _ways(child, parameter, inner, above)
