"""Calls of functions that give an instance of a concept, in bodies that hold no word of it: `provider.get(context)`.

Which functions give one is known when the project is linked. The files that import one whose name says nothing of the
concept, or its class, are looked through, and the bodies that name it are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ssot_lint.concepts.sites import Callee, Site
from ssot_lint.events.senders import senders_of
from ssot_lint.factories.instances import Place, givers, instances
from ssot_lint.model import MODULE, Flow, Node
from ssot_lint.project import Project
from ssot_lint.queries.again import flow_again, functions_on, kept_flows, naming
from ssot_lint.queries.signatures import passed
from ssot_lint.queries.walks import callee, walk
from ssot_lint.settings.words import words


@dataclass(frozen=True, slots=True)
class Unheard:
    """One call in such a body, with the body and who answers it."""

    site: Site
    answer: Callee
    flow: Flow
    node: Node


def unheard(project: Project, wanted: Callable[[Project, Place], bool]) -> Iterator[Unheard]:
    """The calls of the givers that are wanted, by file; tests are left out."""
    pattern = words(project.config)
    sought: dict[int, dict[str, set[Place]]] = defaultdict(lambda: defaultdict(set))
    for place in sorted(givers(project)):
        name = project.definition_at(place).name
        if (pattern is None or not pattern.search(name.encode())) and wanted(project, place):
            for file, seen in _seen_by(project, place):
                if not project.files[file].is_test:
                    sought[file][seen].add(place)
    for file in sorted(sought):
        yield from _in_file(project, file, sought[file])


def _seen_by(project: Project, place: Place) -> Iterator[tuple[int, str]]:
    """(file, name) of those who import a function, or the class that it is a method of."""
    file, index = place
    definition = project.definition_at(place)
    yield file, definition.name
    if definition.parent == MODULE:
        yield from ((user, imp.bound) for user, imp in project.users(project.symbol(file, index)))
    elif project.definition_at((file, definition.parent)).is_class:
        for user, _ in project.users(project.symbol(file, definition.parent)):
            yield user, definition.name


def _in_file(project: Project, file: int, sought: Mapping[str, Iterable[Place]]) -> Iterator[Unheard]:
    facts, kept = project.files[file].facts, kept_flows(project, file)
    text, lines = naming(project, file, sought)
    lines = [line for line in lines if not _is_awaited(text.lines[line - 1], sought)]
    for index, definition in functions_on(facts, lines):
        if index in kept or definition.name in sought:
            continue
        flow = flow_again(project, (file, index))
        if flow is None:
            continue
        for node in walk(flow.body):
            name = callee(node) if node.kind == "call" else ""
            givers_of_name = sought.get(name.rpartition(".")[2])
            if not givers_of_name:
                continue
            place = senders_of(project, (file, index), flow).function(name)
            if place is not None and place in givers_of_name:
                concept = instances(project)[givers(project)[place]]
                site = Site(file, index, name, node.line, node.column, passed(node))
                yield Unheard(site, Callee(concept, *place, None, "function"), flow, node)


def _is_awaited(line: bytes, names: Iterable[str]) -> bool:
    """Does a line name one of them once, and await what stands there?"""
    before, _, _ = line.partition(b"await ")
    return (
        before != line
        and sum(line.count(name.encode()) for name in names) == 1
        and not any(name.encode() in before for name in names)
    )
