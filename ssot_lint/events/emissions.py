"""Which bodies send which events of a sequence: `emissions(project)`.

Read are the bodies that mention an event, and those that name what stands for one, or what sends or builds one: a
constant, a member of an enum, a table, a function. What these are is known when the project is linked, so that the
bodies without a word of the configuration are looked through then, and read again where they hold such a name, or, in a
file that sends events, a text that is nearly one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from ssot_lint.events.sendings import Emission, Reader, builder_names, handing_on, speaks
from ssot_lint.events.spoken import spoken
from ssot_lint.events.vocabulary import misspelt, vocabulary
from ssot_lint.model import MODULE, Flow, Place
from ssot_lint.project import Project
from ssot_lint.queries.again import flow_again, functions_on, kept_flows, naming, proofread
from ssot_lint.queries.walks import names_in

__all__ = ["Body", "Emission", "Reader", "emissions", "followed", "undecided"]


@dataclass(frozen=True, slots=True)
class Body:
    """One function with what it sends: emissions by the identity of the node that sends.

    `unknown` are the nodes that send a message whose event is put in at run time.
    """

    file: int
    flow: Flow
    sent: Mapping[int, tuple[Emission, ...]]
    unknown: frozenset[int] = frozenset()


def emissions(project: Project) -> tuple[Body, ...]:
    """The bodies of files that are not tests, with their emissions; bodies without any left out."""
    return project.once(_read).bodies


def followed(project: Project) -> Mapping[Place, Flow]:
    """The bodies of files that are not tests, as far as they are known: those kept, and those read again."""
    return project.once(_read).flows


def undecided(project: Project) -> int:
    """How many names of events are sent through something that may or may not be the emitter."""
    return sum(
        item.through == "unknown" and item.form != "method"
        for body in emissions(project)
        for sent in body.sent.values()
        for item in sent
    )


@dataclass(frozen=True, slots=True)
class _All:
    """The bodies that send, and all that were looked into."""

    bodies: tuple[Body, ...]
    flows: Mapping[Place, Flow]


def _read(project: Project) -> _All:
    flows = {
        (file, flow.definition): flow
        for file, source in enumerate(project.files)
        if not source.is_test
        for flow in source.facts.flows
    }
    if not project.config.sequences:
        return _All((), flows)
    sight, builders = project.once(spoken).sight, project.once(builder_names)
    found: dict[Place, Body] = {}

    def read(place: Place, flow: Flow) -> None:
        if not speaks(project, place[0], flow):
            return
        reader = Reader(project, place[0], flow)
        reader.block(flow.body, reader.parameters())
        if sent := reader.sent:
            found[place] = Body(place[0], flow, sent, frozenset(reader.unknown))
        built = any(item.event for item in reader.returned)
        if built and place[1] != MODULE:
            definition = project.definition_at(place)
            builders.add(definition.name)
            sight.tell_of(place[0], definition.parent, definition.name)
        if sent or built:
            flows[place] = flow

    for place, flow in tuple(flows.items()):
        read(place, flow)
    while round_ := sight.take():
        for file, names in round_:
            for place, flow in _naming(project, file, names):
                if place not in flows or not builders.isdisjoint(names):
                    read(place, flow)
    for file in sorted({place[0] for place in found} | _seeing_senders(project)):
        for place, flow in _misspelling(project, file):
            if place not in flows:
                read(place, flow)
    order = sorted(found)
    return _All(tuple(found[place] for place in order), {place: flows[place] for place in sorted(flows)})


def _seeing_senders(project: Project) -> set[int]:
    """The files that see a function that sends an event that it is given."""
    sight = project.once(spoken).sight.anew()
    for file, index in sorted(project.once(handing_on)):
        definition = project.definition_at((file, index))
        sight.tell_of(file, definition.parent, definition.name)
    return {file for file, _ in sight.take()}


def _misspelling(project: Project, file: int) -> Iterator[tuple[Place, Flow]]:
    """The functions of a file in which a text stands that is nearly an event, and not one."""
    texts = misspelt(proofread(project, file).source, project.once(vocabulary))
    if texts:
        _, lines = naming(project, file, texts)
        for index, _ in functions_on(project.files[file].facts, lines):
            flow = flow_again(project, (file, index))
            if flow is not None:
                yield (file, index), flow


def _naming(project: Project, file: int, names: Collection[str]) -> Iterator[tuple[Place, Flow]]:
    """The functions of a file in whose code, not only in whose comments or texts, one of the names stands."""
    facts = project.files[file].facts
    _, lines = naming(project, file, names)
    if not lines:
        return
    kept = kept_flows(project, file)
    own = {item.line for item in facts.definitions if item.name in names}
    lines = [line for line in lines if line not in own]
    for index, _ in functions_on(facts, lines):
        flow = kept.get(index) or flow_again(project, (file, index))
        if flow is not None and not names_in(flow.body).isdisjoint(names):
            yield (file, index), flow
