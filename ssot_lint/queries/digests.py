"""What the bodies of a file bind, call and return, gathered once for all rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.model import ClaimKind, Place
from ssot_lint.queries.walks import walk

if TYPE_CHECKING:
    from ssot_lint.model import Flow, Node
    from ssot_lint.project import Project

_BUILT: frozenset[ClaimKind] = frozenset({"canonical", "subclass", "duplicate"})
_STANDING_IN: frozenset[ClaimKind] = frozenset({"variant", "shim", "protocol"})
_BINDING = frozenset({"assign", "comprehension", "item", "loop", "walrus"})
_CONTEXT_WORDS = ("context", "ctx")


@dataclass(frozen=True, slots=True)
class Digest:
    """What one body binds, calls and returns, gathered in one walk."""

    calls: tuple[Node, ...]
    assigns: tuple[Node, ...]
    bound: tuple[tuple[str, Node], ...]  # (name or dotted target, value) in source order
    outer: frozenset[str]  # names declared `global` or `nonlocal`
    returns: tuple[Node, ...]  # statements
    binding: tuple[
        Node, ...
    ]  # whatever gives names to values: assignments, `:=`, loops, `with`, comprehensions


def digests(project: Project, file: int) -> Mapping[int, Digest]:
    """The flows of a file, digested, by the index of their definition."""
    return project.once(_digests).get(file, {})


def _digests(project: Project) -> Mapping[int, Mapping[int, Digest]]:
    return {
        file: {flow.definition: digest_of(flow.body) for flow in source.facts.flows}
        for file, source in enumerate(project.files)
        if source.facts.flows
    }


def digest_of(body: Node) -> Digest:
    """What one body binds, calls and returns."""
    calls: list[Node] = []
    assigns: list[Node] = []
    bound: list[tuple[str, Node]] = []
    outer: set[str] = set()
    returns: list[Node] = []
    binding: list[Node] = []
    for node in walk(body):
        kind = node.kind
        if kind in _BINDING:
            binding.append(node)
        if kind == "call":
            calls.append(node)
        elif kind == "assign":
            assigns.append(node)
            bound += [
                (target.text, node.children[0]) for target in node.children[1:] if target.kind == "name"
            ]
        elif kind == "walrus":
            bound.append((node.text, node.children[0]))
        elif kind == "global":
            outer.update(node.text.split())
        elif kind == "return":
            returns.append(node)
    return Digest(
        tuple(calls), tuple(assigns), tuple(bound), frozenset(outer), tuple(returns), tuple(binding)
    )


def calls_of(project: Project, file: int) -> Mapping[str, tuple[tuple[int, Node], ...]]:
    """(definition, call) in the flows of a file, by the last part of the callee; "" where it has no name."""
    return project.once(_flow_calls).get(file, {})


def _flow_calls(project: Project) -> Mapping[int, Mapping[str, tuple[tuple[int, Node], ...]]]:
    found: dict[int, dict[str, tuple[tuple[int, Node], ...]]] = {}
    for file, bodies in project.once(_digests).items():
        table: dict[str, list[tuple[int, Node]]] = defaultdict(list)
        for definition, body in bodies.items():
            for node in body.calls:
                function = node.children[0]
                named = function.kind in ("name", "attribute")
                table[function.text.rpartition(".")[2] if named else ""].append((definition, node))
        found[file] = {name: tuple(calls) for name, calls in table.items()}
    return found


def flow_of(project: Project, place: Place) -> Flow | None:
    """The body of a function, where it was kept."""
    return project.once(_flow_table).get(place)


def _flow_table(project: Project) -> Mapping[Place, Flow]:
    return {
        (file, flow.definition): flow
        for file, source in enumerate(project.files)
        for flow in source.facts.flows
    }
