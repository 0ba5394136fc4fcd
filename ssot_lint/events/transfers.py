"""What sending an event, or calling what sends, does to a path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace as altered

from msgspec.structs import replace

from ssot_lint.events.acts import Body
from ssot_lint.events.conditions import rendered
from ssot_lint.events.emissions import Emission
from ssot_lint.events.outcomes import Callees, Disorder, Outcomes
from ssot_lint.events.senders import bound
from ssot_lint.events.states import Facts, State, Step, answer_of, truth
from ssot_lint.model import Node, Place
from ssot_lint.queries.receivers import manages
from ssot_lint.queries.walks import callee


class Transfers:
    """Takes states over the nodes of one body, and notes what is sent on the way."""

    def __init__(self, body: Body, callees: Callees) -> None:
        self.body, self.callees = body, callees
        self.project = body.graph.project
        self.path = self.project.files[body.place[0]].path
        self.trying: list[list[State]] = []  # by the handlers around: states in which something may fail
        self.loose: list[State] = []  # states with an open run at a raise within a callee
        self.disorders: list[Disorder] = []
        self.first: dict[int, Emission] = {}
        self.events: set[str] = set()

    def transfer(self, node: Node, state: State) -> Iterator[State]:
        """The states after a node that sends, calls what sends, or perhaps does."""
        sent = self.body.sent.get(id(node))
        if sent is None and id(node) not in self.body.called:
            yield replace(state, unsure=state.unsure or state.run is not None)
            return
        if sent is None:
            place = self.body.called[id(node)]
            if manages(self.project.definition_at(place)):
                # what it sends, it sends around the body of a `with`
                yield replace(state, last=None, ended=None, unsure=True)
                return
            single = self.body.graph.single(place)
            if single is None:
                yield from self.call(node, place, state)
                return
            sent = (self.moved(single, node),)
        if len(sent) > 1 and not all(item.event in self.body.graph.terminal for item in sent):
            state = replace(state, unsure=True)
        yield self.send(sent[0], state)

    def moved(self, emission: Emission, node: Node) -> Emission:
        """An event of a callee, as sent by the call of it."""
        known, key = self.project.known(Transfers.moved), (id(node), emission.event)
        if key not in known:
            known[key] = altered(
                emission,
                file=self.body.place[0],
                scope=self.body.place[1],
                node=node,
                text=node,
                form="method",
            )
        return known[key]

    def send(self, emission: Emission, state: State) -> State:
        """The state after an event."""
        events, event = self.body.graph.sequence.events, emission.event
        step = Step(self.path, emission.line, f"sends {event}")
        if not emission.known and event not in self.body.graph.terminal and event != events[0]:
            return state  # who misspells an event has not sent it
        self.events.add(event)
        if not state.begun:
            self.first.setdefault(id(emission), emission)
            state = replace(state, begun=True)
        if event in self.body.graph.terminal:
            return replace(state, run=None, last=None, ended=emission, steps=(*state.steps, step))
        rank = events.index(event)
        if state.last is not None and rank < events.index(state.last.event):
            self.disorders.append(Disorder(emission, state.last, False))
        elif state.ended is not None and rank and not state.unsure:
            self.disorders.append(Disorder(emission, state.ended, True))
        if rank == 0:
            return replace(state, run=emission, last=emission, ended=None, steps=(step,))
        return replace(state, last=emission, steps=(*state.steps, step))

    def call(self, node: Node, place: Place, state: State) -> Iterator[State]:
        """The states after a call of what sends; where it raises goes to the handlers around."""
        names = self.callees.weighed(place).parameters
        given = bound(self.project, place, node, callee(node)) if names else {}
        facts = self.known_of(node, place, given, state) if names else frozenset()
        found = self.callees.of(place, State(run="entry" if state.run is not None else None, facts=facts))
        if found.first:
            self.compare(node, place, found, state)
            self.events |= found.events
            if not state.begun:
                self.first.update((id(item), item) for item in found.first)
        begun = state.begun or bool(found.first)
        state = replace(state, last=self.moved(found.last, node) if found.last else None, begun=begun)
        failing = self.trying[-1] if self.trying else self.loose
        step = Step(self.path, node.line, f"calls {callee(node).rpartition('.')[2]}")
        told = len({outcome.run is None for outcome in found.normal}) > 1
        for outcome in found.normal:
            after = _answered(state, outcome, node, names, given, told)
            if after is None:
                continue
            if outcome.run == "entry" or state.run is None:
                after = replace(
                    after, unsure=after.unsure or outcome.unsure, ended=outcome.ended or after.ended
                )
            else:
                after = replace(after, run=None, last=None, ended=outcome.ended)
            if isinstance(outcome.run, Emission) and state.run is None:
                after = replace(after, run=outcome.run, ended=None, steps=(*outcome.steps, step))
            yield after
        for outcome in found.raised:
            if state.run is None:
                unsure, steps = state.unsure or outcome.unsure, (*outcome.steps, step)
                failing.append(replace(state, run=outcome.run, ended=None, unsure=unsure, steps=steps))
            elif outcome.run != "entry" and self.trying:
                failing.append(replace(state, run=None, ended=None))

    def compare(self, node: Node, place: Place, found: Outcomes, state: State) -> None:
        """Is whatever a callee sends first too late here? One that sends several events, or is called again, may begin
        another round."""
        last, ended = state.last, state.ended
        item = max(found.first, key=lambda item: (self.rank(item), item.file, item.line))
        if last is not None and self.rank(item) < self.rank(last):
            if len(found.events) == 1 and self.body.called.get(id(last.node)) != place:
                self.disorders.append(Disorder(self.moved(item, node), last, False, item))
        elif ended is not None and not state.unsure:
            ends = len(self.body.graph.sequence.events)
            if all(0 < self.rank(item) < ends for item in found.first):
                self.disorders.append(Disorder(self.moved(item, node), ended, True, item))

    def rank(self, emission: Emission) -> int:
        """The place of an event in the order; behind all others for one that ends the run."""
        events = self.body.graph.sequence.events
        return len(events) if emission.event in self.body.graph.terminal else events.index(emission.event)

    def known_of(self, call: Node, place: Place, given: Mapping[str, Node], state: State) -> Facts:
        """What a call tells of the parameters that matter: by what it gives, or by what it leaves out."""
        whole = all(item.kind != "star" and item.text != "**" for item in call.children[1:])
        defaults = {item.name: item.default for item in self.project.definition_at(place).parameters}
        found = set()
        for fact, name in self.callees.weighed(place).parameters.items():
            value = given.get(name)
            if value is not None:
                holds = truth(value, state.facts)
            else:
                holds = _CONSTANTS.get(defaults.get(name) or "") if whole else None
            if holds is not None:
                found.add((fact, holds))
        return frozenset(found)


_CONSTANTS = {"None": False, "False": False, "True": True}


def _answered(
    state: State, outcome: State, call: Node, names: Mapping[str, str], given: Mapping[str, Node], told: bool
) -> State | None:
    """What is known after a call that went one way; None where it cannot have. `told`: may its answer tell the way?"""
    facts = set(state.facts)
    for fact, holds in outcome.facts:
        value = given.get(names[fact])
        if value is not None and value.kind == "name":
            if (rendered(value), not holds) in facts:
                return None
            facts.add((rendered(value), holds))
    answer = answer_of(call)
    facts -= {(answer, holds) for holds in (True, False, None)}
    if told or outcome.answer is not None:
        facts.add((answer, outcome.answer))
    return replace(state, facts=frozenset(facts))
