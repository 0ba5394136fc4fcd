"""The bodies that matter to a sequence: those that send its events, and those that call them, near or far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ssot_lint.config import Sequence
from ssot_lint.events.conditions import receivers
from ssot_lint.events.emissions import Emission, Reader, emissions, followed
from ssot_lint.events.emitters import inside_emitter
from ssot_lint.events.senders import Senders, senders_of
from ssot_lint.model import MODULE, Flow, Node, Place
from ssot_lint.project import Project
from ssot_lint.queries.walks import callee, contents, held_in, walk


class Relays:
    """The bodies that matter to one sequence, and who calls whom."""

    def __init__(self, project: Project, sequence: Sequence) -> None:
        self.project, self.sequence = project, sequence
        self.terminal = frozenset(sequence.terminal or sequence.events[-1:])
        self.sent: dict[Place, Mapping[int, tuple[Emission, ...]]] = {}
        self.unknown: dict[Place, frozenset[int]] = {}
        for body in emissions(project):
            self.unknown[body.file, body.flow.definition] = body.unknown
            if mine := self._of_this(body.sent):
                self.sent[body.file, body.flow.definition] = mine
        self.called: dict[Place, dict[int, Place]] = defaultdict(dict)
        self.callers: dict[Place, set[Place]] = defaultdict(set)
        self.through: dict[Place, frozenset[str]] = {}
        self.further: dict[Place, Flow] = {}
        self._nodes: dict[Place, list[Node]] = {}
        self._further_calls: dict[Place, list[tuple[Place, Node]]] = defaultdict(list)
        self.known = {place for place in self.sent if place[1] != MODULE}
        self._find_callers(list(self.known))

    def receivers(self, place: Place) -> frozenset[str]:
        """The names that a body sends events through."""
        if place not in self.through:
            effects = {*self.sent.get(place, ()), *self.called.get(place, ())}
            self.through[place] = receivers(self.nodes(place), effects)
        return self.through[place]

    def admit(self, bodies: Mapping[Place, Flow]) -> set[Place]:
        """Take in more bodies that were read: the functions that are now known to call more, near or far."""
        for place, flow in bodies.items():
            self._forget(place)
            self.further[place] = flow
            if mine := self._of_this(Reader(self.project, place[0], flow).collect()):
                self.sent[place] = mine
            for call, called in calls_of(self.project, place, flow):
                self._further_calls[called].append((place, call))
        pending = [
            *(bodies.keys() & self.sent.keys()),
            *self._find_callers([place for place in self.known if place in self._further_calls]),
        ]
        found: set[Place] = set()
        while pending:
            place = pending.pop()
            if place not in found:
                found.add(place)
                self.through.pop(place, None)
                pending += self.callers.get(place, ())
        return found

    def _forget(self, place: Place) -> None:
        """What was known of a body by its calls alone."""
        self.sent.pop(place, None)
        self._nodes.pop(place, None)
        for called in self.called.pop(place, {}).values():
            self.callers[called].discard(place)
        self.project.known(Senders).pop(place, None)

    def _find_callers(self, new: list[Place]) -> set[Place]:
        """The functions that call some functions, near or far, and were not known to call them."""
        found: set[Place] = set()
        while new:
            place = new.pop()
            for caller, call in self._calls_of(place):
                called = self.called[caller]
                if id(call) in called or id(call) in self.sent.get(caller, {}):
                    continue
                called[id(call)] = place
                self.callers[place].add(caller)
                found.add(caller)
                if caller not in self.known and caller[1] != MODULE:
                    self.known.add(caller)
                    new.append(caller)
                    self._name_events(caller)
        return found

    def _calls_of(self, place: Place) -> Iterator[tuple[Place, Node]]:
        """(caller, call) of a function. What the calls of one name reach is asked once, for all functions so called."""
        reached = self.project.known(Relays._calls_named)
        name = self.project.definition_at(place).name
        if name not in reached:
            reached[name] = self._calls_named(name)
        yield from (item for item in reached[name].get(place, ()) if item[0] not in self.further)
        yield from self._further_calls.get(place, ())

    def _calls_named(self, name: str) -> Mapping[Place | None, list[tuple[Place, Node]]]:
        found: dict[Place | None, list[tuple[Place, Node]]] = defaultdict(list)
        for caller, call in self.project.once(_calls_by_name).get(name, ()):
            found[self.senders(caller).function(callee(call))].append((caller, call))
        return found

    def _name_events(self, place: Place) -> None:
        """Events that the calls of a body without structure name, beside the call that brought it here."""
        if not self.is_outline(place) or place in self.sent:
            return
        found = Reader(self.project, place[0], Flow(place[1], self.body(place))).collect()
        if mine := self._of_this(found):
            self.sent[place] = mine

    def _of_this(self, found: Mapping[int, tuple[Emission, ...]]) -> Mapping[int, tuple[Emission, ...]]:
        """The emissions of this sequence."""
        return {
            node: chosen
            for node, sent in found.items()
            if (chosen := tuple(item for item in sent if item.sequence == self.sequence))
        }

    def senders(self, place: Place) -> Senders:
        """Who answers the calls of a body."""
        return senders_of(self.project, place, Flow(place[1], self.body(place)))

    def body(self, place: Place) -> Node:
        """The statements of a body; its calls alone, where no more is kept of it."""
        flow = self.further.get(place) or followed(self.project).get(place)
        return flow.body if flow is not None else self.project.once(_outlines)[place]

    def nodes(self, place: Place) -> list[Node]:
        """All nodes of a body, in the order of the source."""
        if place not in self._nodes:
            self._nodes[place] = list(walk(self.body(place)))
        return self._nodes[place]

    def ends(self, place: Place) -> bool:
        """Does a body itself send an event that ends the sequence?"""
        return any(item.event in self.terminal for sent in self.sent.get(place, {}).values() for item in sent)

    def is_outline(self, place: Place) -> bool:
        """Are the calls of a body all that is known of it?"""
        return place not in self.further and place not in followed(self.project)

    def single(self, place: Place) -> Emission | None:
        """The one event that a method of the emitter sends."""
        sent = self.sent.get(place, {})
        items = [item for events in sent.values() for item in events]
        inside = inside_emitter(self.project, self.sequence, *place)
        return items[0] if inside and len({item.event for item in items}) == 1 else None


def calls_of(project: Project, place: Place, flow: Flow) -> tuple[tuple[Node, Place], ...]:
    """(call, function of the project that it reaches) for the calls of one body."""
    known = project.known(calls_of)
    if place not in known:
        senders = senders_of(project, place, flow)
        found = ((node, senders.function(callee(node))) for node in walk(flow.body) if node.kind == "call")
        known[place] = tuple((node, called) for node, called in found if called is not None)
    return known[place]


def _outlines(project: Project) -> Mapping[Place, Node]:
    """Functions whose bodies are not kept: their calls, one after the other, the structure being unknown."""
    flows = followed(project)
    found: dict[Place, list[Node]] = defaultdict(list)
    for file, source in enumerate(project.files):
        if source.is_test or source.facts.deep is None or not project.config.sequences:
            continue
        for call in source.facts.deep.calls:
            if call.scope != MODULE and (file, call.scope) not in flows and "." in call.callee:
                name = Node("name", call.callee, call.line, call.column)
                made = Node("call", "", call.line, call.column, (name,))
                found[file, call.scope].append(Node("expression", "", call.line, call.column, (made,)))
    return {place: Node("block", "", steps[0].line, 1, tuple(steps)) for place, steps in found.items()}


def _calls_by_name(project: Project) -> Mapping[str, list[tuple[Place, Node]]]:
    """The calls of all bodies by the last part of their callee, and by what an import or an alias makes it stand for."""
    found: dict[str, list[tuple[Place, Node]]] = defaultdict(list)
    known = contents(project)
    for place, flow in followed(project).items():
        renamed = project.once_for(place[0], _renamed)
        for node in (known.get(place) or held_in(flow.body)).calls:
            name = callee(node)
            found[name.rpartition(".")[2]].append((place, node))
            if name in renamed:
                found[renamed[name]].append((place, node))
    for place, body in project.once(_outlines).items():
        for step in body.children:
            found[callee(step.children[0]).rpartition(".")[2]].append((place, step.children[0]))
    return found


def _renamed(project: Project, file: int) -> Mapping[str, str]:
    """Names that a file has for what is called otherwise at home: `from steps import begin as first`."""
    facts = project.files[file].facts
    found = {imp.bound: imp.name for imp in facts.imports if imp.name and imp.asname not in (None, imp.name)}
    for item in facts.assignments:
        if item.kind == "name" and item.scope == MODULE:
            found[item.name] = item.value.rpartition(".")[2]
    return found
