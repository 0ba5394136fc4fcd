"""Calls of functions that give an instance of a concept, in bodies that hold no word of it: `provider.get(context)`.

Which functions give one is known when the project is linked. The files that import one whose name says nothing of the
concept, or its class, are looked through, and the bodies that name it are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from ssot_lint.concepts.calls import Callee, Judged, Site
from ssot_lint.concepts.concerned import concept_classes
from ssot_lint.concepts.sites import callees
from ssot_lint.events.senders import senders_of
from ssot_lint.factories.instances import givers, held_here, instances, member_of
from ssot_lint.factories.wrappers import seen_by
from ssot_lint.model import MODULE, Flow, Node, Place
from ssot_lint.project import Project
from ssot_lint.queries.again import bodies_naming, kept_flows
from ssot_lint.queries.digests import Digest, digest_of
from ssot_lint.queries.receivers import annotated, definition_of
from ssot_lint.queries.signatures import passed
from ssot_lint.queries.walks import bindings, callee, walk


@dataclass(frozen=True, slots=True)
class Unheard:
    """One call in such a body, with the body and who answers it."""

    site: Site
    answer: Callee
    flow: Flow
    node: Node


def unheard(project: Project) -> tuple[Unheard, ...]:
    """The calls of all givers, by file; tests are left out."""
    return project.once(_every)[0]


def members_unheard(project: Project) -> tuple[Unheard, ...]:
    """The calls of members of what such givers give, in the same bodies."""
    return project.once(_every)[1]


def _every(project: Project) -> tuple[tuple[Unheard, ...], tuple[Unheard, ...]]:
    sought: dict[int, dict[str, set[Place]]] = defaultdict(lambda: defaultdict(set))
    for place in sorted(givers(project)):
        for file, seen in seen_by(project, place):
            sought[file][seen].add(place)
    calls: list[Unheard] = []
    members: list[Unheard] = []
    for file in sorted(sought):
        names = sought[file]
        for index, flow in _bodies(project, file, names):
            calls += _calls(project, file, index, flow, names)
            members += _members(project, file, index, flow, names)
    return tuple(calls), tuple(members)


def _members(
    project: Project, file: int, index: int, flow: Flow, sought: Mapping[str, set[Place]]
) -> Iterator[Unheard]:
    body = digest_of(flow.body)
    held = held_here(project, file, index, body, sought)
    for node in body.calls if held else ():
        owner, _, last = callee(node).rpartition(".")
        made = givers(project).get(held[owner]) if owner in held else None
        answer = member_of(project, made, last) if made is not None else None
        if answer is not None:
            site = Site(file, index, callee(node), node.line, node.column, passed(node))
            yield Unheard(site, answer, flow, node)


def classes_unheard(project: Project) -> Mapping[int, frozenset[str]]:
    """File -> the names that say nothing of a concept under which it has classes of one, or heirs of one."""
    return project.once(_classes_unheard)


def _classes_unheard(project: Project) -> Mapping[int, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for place in sorted(concept_classes(project)):
        for file, seen in seen_by(project, place):
            found[file].add(seen)
    return {file: frozenset(names) for file, names in sorted(found.items())}


def constructions_unheard(project: Project) -> tuple[Judged, ...]:
    """The constructions under such names, by file, with who answers."""
    return project.once(_constructions_unheard)


def _constructions_unheard(project: Project) -> tuple[Judged, ...]:
    found: list[Judged] = []
    for file, names in classes_unheard(project).items():
        for index, flow in _bodies(project, file, names):
            for node in walk(flow.body):
                name = callee(node) if node.kind == "call" else ""
                if name.rpartition(".")[2] in names and "?" not in name:
                    site = Site(file, index, name, node.line, node.column, passed(node))
                    found.append((site, callees(project, site)))
    return tuple(found)


def members_of_classes_unheard(project: Project) -> tuple[Judged, ...]:
    """The calls of members of what such classes make, or annotate, in the same bodies, with who answers."""
    return project.once(_members_of_classes)


def _members_of_classes(project: Project) -> tuple[Judged, ...]:
    found: list[Judged] = []
    for file, names in classes_unheard(project).items():
        for index, flow in _bodies(project, file, names):
            held = _instances_in(project, file, index, digest_of(flow.body), names)
            for node in walk(flow.body) if held else ():
                owner, _, last = callee(node).rpartition(".") if node.kind == "call" else ("", "", "")
                answer = member_of(project, held[owner], last) if owner in held else None
                if answer is not None:
                    site = Site(file, index, callee(node), node.line, node.column, passed(node))
                    found.append((site, (answer,)))
    return tuple(found)


def _instances_in(
    project: Project, file: int, index: int, body: Digest, names: Collection[str]
) -> dict[str, Place]:
    """Name -> the class of what it holds: parameters that are annotated with one, and names bound once to a construction."""
    bound: dict[str, list[Node]] = defaultdict(list)
    for node in body.binding:
        for name, value in bindings(node):
            bound[name].append(value)
    taken = project.definition_at((file, index)).parameters if index != MODULE else ()
    held = {
        item.name: annotated(project, file, index, item.annotation)
        for item in taken
        if item.name not in bound and any(name in item.annotation for name in names)
    }
    for name, values in bound.items():
        said = callee(values[0]) if len(values) == 1 and values[0].kind == "call" else ""
        is_own = name not in body.outer and all(name != item.name for item in taken)
        if is_own and said.rpartition(".")[2] in names and "?" not in said:
            held[name] = definition_of(project, file, index, said)
    return {name: place for name, place in held.items() if place is not None and place in instances(project)}


def _bodies(project: Project, file: int, names: Collection[str]) -> Iterator[tuple[int, Flow]]:
    """The bodies of a file that name one of them, and are not among those that hold a word."""
    kept = kept_flows(project, file) if project.files[file].facts.deep is not None else {}
    yield from ((index, flow) for index, flow in bodies_naming(project, file, names) if index not in kept)


def _calls(
    project: Project, file: int, index: int, flow: Flow, sought: Mapping[str, set[Place]]
) -> Iterator[Unheard]:
    own = project.definition_at((file, index)).name if index != MODULE else ""
    for node in walk(flow.body):
        name = callee(node) if node.kind == "call" else ""
        last = name.rpartition(".")[2]
        givers_of_name = sought.get(last)
        if not givers_of_name or last == own:
            continue
        place = senders_of(project, (file, index), flow).function(name)
        if place is not None and place in givers_of_name:
            concept = instances(project)[givers(project)[place]]
            site = Site(file, index, name, node.line, node.column, passed(node))
            yield Unheard(site, Callee(concept, *place, None, "function"), flow, node)
