"""Names that may stand for a class: what a quick look at a body asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from ssot_lint.factories.instances import built
from ssot_lint.model import MODULE
from ssot_lint.queries.closure import closure
from ssot_lint.queries.digests import digests
from ssot_lint.queries.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.model import Node
    from ssot_lint.project import Project


def may_carry(function: Node, carriers: frozenset[str]) -> bool:
    if function.kind == "name":
        return function.text.rpartition(".")[2] in carriers
    return any(
        not carriers.isdisjoint(part.text.split(".")) for part in walk(function) if part.kind == "name"
    )


def carrier_names(project: Project) -> frozenset[str]:
    """The names under which the code outside the tests may know a class of a concept, whatever they belong to."""
    found = {project.definition_at(place).name for place in built(project)}
    found |= {name for concept in project.config.concepts for name in concept.aliases}
    steps: defaultdict[str, set[str]] = defaultdict(set)
    for file, source in enumerate(project.files):
        if source.facts.deep is None or source.is_test:
            continue
        for imp in source.facts.imports:
            if imp.asname and imp.name:
                steps[imp.name].add(imp.asname)
        for item in source.facts.assignments:
            if item.renames or item.kind == "container":
                for name in item.value.split():
                    steps[name.rpartition(".")[2]].add(item.name)
        for definition in source.facts.definitions:
            for parameter in definition.parameters:
                if parameter.default:
                    steps[parameter.default.rpartition(".")[2]].add(parameter.name)
        for scope, body in digests(project, file).items():
            for name, value in body.bound:
                for text in _sources(value):
                    steps[text].add(name.rpartition(".")[2])
            named = project.definition_at((file, scope)).name if scope != MODULE else ""
            for node in body.returns:
                for text in _sources(node.children[0]) if node.children else ():
                    steps[text].add(named)
            for node in body.binding:
                for target, value in _looped(node):
                    for text in _sources(value):
                        steps[text].add(target)
    return closure(found, steps) - {""}


def _looped(node: Node) -> Iterator[tuple[str, Node]]:
    parts = node.children
    if node.kind == "loop" and parts[1].kind == "name":
        yield parts[1].text, parts[0]
    elif node.kind == "comprehension":
        for target, source in pairwise(parts[1:]):
            if target.kind == "name":
                yield target.text, source


def _sources(value: Node) -> Iterator[str]:
    """The last parts of the names that a value may be, or take its items from."""
    match value.kind:
        case "name":
            yield value.text.rpartition(".")[2]
        case "operation" if value.text in ("BoolOp", "IfExp"):
            for item in value.children:
                yield from _sources(item)
        case "sequence" | "dict":
            for item in value.children:
                yield from _sources(item)
        case "item-of" | "walrus":
            yield from _sources(value.children[0])
        case "call":
            owner, _, last = callee(value).rpartition(".")
            yield last
            yield owner.rpartition(".")[2]
