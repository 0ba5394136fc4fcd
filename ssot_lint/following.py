"""Runs one body over states: what each path through it has sent when it leaves, and what its calls do to that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ssot_lint.conditions import LEAVING, asked, is_broad, leaves, repeated
from ssot_lint.emissions import Emission
from ssot_lint.emitters import Place
from ssot_lint.model import MODULE, Node
from ssot_lint.project import Project
from ssot_lint.relays import Relays
from ssot_lint.senders import bound
from ssot_lint.states import Ends, State, Step, TooManyError, decide, distinct, forget
from ssot_lint.vocabulary import sends
from ssot_lint.walks import callee, string, walk


@dataclass(frozen=True, slots=True)
class Disorder:
    """An event that comes where the sequence does not have it; `before` was sent earlier on the same path."""

    late: Emission
    before: Emission
    ended: bool


@dataclass(frozen=True, slots=True)
class _Summary:
    """What a call does: to a caller without an open run, and to one with."""

    opens: tuple[State, ...]  # states at the normal end, the caller having had no run
    raises: tuple[State, ...]  # states with an open run at a raise
    keeps: Literal["surely", "perhaps", "never"]  # is a run of the caller still open afterwards?
    ends: bool  # may it have ended?


_IDENTITY = _Summary((State(),), (), "surely", False)


class Summaries:
    """What the calls of functions do to a path, each worked out once."""

    def __init__(self, relays: Relays) -> None:
        self.relays = relays
        self.plans: dict[Place, _Plan] = {}
        self._known: dict[Place, _Summary] = {}
        self._pending: set[Place] = set()

    def of(self, place: Place) -> _Summary:
        if place not in self._known:
            if place in self._pending:
                return _IDENTITY  # the recursion adds nothing to the first round
            self._pending.add(place)
            try:
                fresh, open_ = self.run(place, State()), self.run(place, State(run="entry"))
            except TooManyError:
                self._known[place] = replace(_IDENTITY, keeps="perhaps", ends=True)
            else:
                normal = [*open_.after, *open_.returned]
                kept = [state.unsure for state in normal if state.run == "entry"]
                surely = any(state.run != "entry" and not state.unsure for state in normal)
                if surely and sends(name_of(self.relays.project, place)):
                    kept = []  # what sends, and does not where it cannot, counts as having sent
                self._known[place] = _Summary(
                    tuple(
                        distinct(
                            _outcome(state)
                            for state in (*ended(self.relays.project, place, fresh.after), *fresh.returned)
                        )
                    )
                    or (State(),),
                    tuple(distinct(_outcome(state) for state in fresh.raised if state.run is not None)),
                    "never" if normal and not kept else "perhaps" if kept and all(kept) else "surely",
                    any(state.run != "entry" for state in normal),
                )
            self._pending.discard(place)
        return self._known[place]

    def run(self, place: Place, entry: State) -> Ends:
        return Walker(self, place).walk([entry])


def _outcome(state: State) -> State:
    return State(run=state.run, unsure=state.unsure, steps=state.steps)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What every run over a body needs to know of it; `matter` and `risks` are filled while it is run."""

    repeated: frozenset[str]
    receivers: frozenset[str]
    opaque: frozenset[int]
    matter: dict[int, bool]
    risks: dict[int, bool]


class Walker:
    """Runs one body over states, for one sequence."""

    def __init__(self, summaries: Summaries, place: Place) -> None:
        graph = self.graph = summaries.relays
        self.summaries, self.place = summaries, place
        self.project = graph.project
        self.path = self.project.files[place[0]].path
        self.sent = graph.sent.get(place, {})
        self.called = graph.called.get(place, {})
        self.trying: list[list[State]] = []
        self.disorders: list[Disorder] = []
        self.body = graph.body(place)
        self.is_outline = graph.is_outline(place)
        if place not in summaries.plans:
            receivers = graph.receivers(place) | self.passed_on()
            opaque = graph.unknown.get(place, frozenset()) | self.handed_out()
            summaries.plans[place] = _Plan(repeated(self.body), receivers, opaque, {}, {})
        plan = summaries.plans[place]
        self.repeated, self.receivers, self.opaque = plan.repeated, plan.receivers, plan.opaque
        self.matter, self.risks = plan.matter, plan.risks
        self.loose: list[State] = []  # states with an open run at a raise within a callee

    def walk(self, states: list[State]) -> Ends:
        ends = self.block(self.body, states)
        if self.is_outline:  # what stands in a branch there is not known
            for name in ("after", "returned", "raised"):
                unsure = [
                    replace(state, unsure=True) if state.run is not None else state
                    for state in getattr(ends, name)
                ]
                setattr(ends, name, unsure)
        return ends

    def passed_on(self) -> frozenset[str]:
        """The names given to functions that send through them."""
        found = set()
        for node in walk(self.body) if self.called else ():
            place = self.called.get(id(node))
            if place is not None:
                receivers = self.graph.receivers(place)
                given = bound(self.project, place, node, callee(node))
                found |= {
                    value.text for name, value in given.items() if name in receivers and value.kind == "name"
                }
        return frozenset(found - {"self", "cls"})

    def handed_out(self) -> frozenset[int]:
        """Calls of functions that are not known, given the very thing that events are sent through."""
        effects = {*self.sent, *self.called}
        owners = {
            callee(node).rpartition(".")[0]
            for node in walk(self.body)
            if id(node) in effects and node.kind == "call"
        }
        owners -= {"", "self", "cls", "?", "super()"}
        found = set()
        for node in walk(self.body) if owners else ():
            if node.kind != "call" or id(node) in effects or len(node.children) == 1:
                continue
            given = {
                (item.children[0] if item.kind == "keyword" else item).text for item in node.children[1:]
            }
            if owners & given and self.is_unknown(node):
                found.add(id(node))
        return frozenset(found)

    def is_unknown(self, call: Node) -> bool:
        name = callee(call)
        file, scope = self.place
        if name.startswith(("logger.", "log.", "logging.", "self.logger.")):
            return False
        target = self.project.resolve(file, name, scope).target if "?" not in name and name else None
        if target is not None and target.kind == "external":
            return False
        return self.graph.senders(self.place).function(name) is None

    # -- what a node does

    def effects(self, node: Node) -> Iterator[Node]:
        """The nodes below that send or call what sends, inner ones first."""
        if node.kind in ("lambda", "definition"):
            return
        for child in node.children:
            yield from self.effects(child)
        if id(node) in self.sent or id(node) in self.called or id(node) in self.opaque:
            yield node

    def matters(self, node: Node) -> bool:
        """Does a statement send, or leave the straight way?"""
        known = self.matter.get(id(node))
        if known is None:
            known = (
                node.kind in LEAVING
                or id(node) in self.sent
                or id(node) in self.called
                or id(node) in self.opaque
                or any(self.matters(child) for child in node.children)
            )
            self.matter[id(node)] = known
        return known

    def evaluate(self, nodes: Iterable[Node], states: list[State]) -> list[State]:
        """The states after some expressions; what may fail on the way goes to the handlers around."""
        for node in nodes:
            effects = list(self.effects(node)) if self.matters(node) else []
            for effect in effects:
                before = states
                states = distinct(after for state in states for after in self.transfer(effect, state))
                if self.trying:
                    self.trying[-1] += [state for state in states if state.run is None] or before
            if self.trying and not effects and self.may_raise(node):
                self.trying[-1] += states
        return states

    def may_raise(self, node: Node) -> bool:
        known = self.risks.get(id(node))
        if known is None:
            known = self.risks[id(node)] = any(item.kind in ("call", "await") for item in walk(node))
        return known

    def transfer(self, node: Node, state: State) -> Iterator[State]:
        sent = self.sent.get(id(node))
        if sent is None and id(node) not in self.called:
            yield replace(state, unsure=state.unsure or state.run is not None)
            return
        if sent is None:
            place = self.called[id(node)]
            single = self.graph.single(place)
            if single is None:
                yield from self.call(node, place, state)
                return
            sent = (self.moved(single, node),)
        if len(sent) > 1 and not all(item.event in self.graph.terminal for item in sent):
            state = replace(state, unsure=True)
        yield self.send(sent[0], state)

    def moved(self, emission: Emission, node: Node) -> Emission:
        """An event of the emitter's method, as sent by the call of it."""
        known = self.project.known(Walker.moved)
        if id(node) not in known:
            known[id(node)] = replace(
                emission, file=self.place[0], scope=self.place[1], node=node, text=node, form="method"
            )
        return known[id(node)]

    def send(self, emission: Emission, state: State) -> State:
        events, event = self.graph.sequence.events, emission.event
        step = Step(self.path, emission.line, f"sends {event}")
        if not emission.known and event not in self.graph.terminal and event != events[0]:
            return state  # who misspells an event has not sent it
        if event in self.graph.terminal:
            return replace(state, run=None, last=None, ended=emission, steps=(*state.steps, step))
        rank = events.index(event)
        if state.last is not None and rank < events.index(state.last.event):
            self.disorders.append(Disorder(emission, state.last, False))
        elif state.ended is not None and rank:
            self.disorders.append(Disorder(emission, state.ended, True))
        if rank == 0:
            return replace(state, run=emission, last=emission, ended=None, steps=(step,))
        return replace(state, last=emission, steps=(*state.steps, step))

    def call(self, node: Node, place: Place, state: State) -> Iterator[State]:
        summary = self.summaries.of(place)
        name = callee(node).rpartition(".")[2]
        if state.run is not None:
            if summary.keeps != "never":
                yield replace(state, last=None, unsure=state.unsure or summary.keeps == "perhaps")
            if summary.ends:
                yield replace(state, run=None, last=None, ended=None)
            return
        step = Step(self.path, node.line, f"calls {name}")
        for outcome in summary.opens:
            if outcome.run is None:
                yield replace(state, last=None, unsure=state.unsure or outcome.unsure)
            else:
                steps = (*outcome.steps, step)
                yield replace(
                    state, run=outcome.run, last=None, ended=None, unsure=state.unsure or outcome.unsure,
                    steps=steps,
                )  # fmt: skip
        for outcome in summary.raises:
            failed = replace(
                state, run=outcome.run, last=None, ended=None, unsure=state.unsure or outcome.unsure,
                steps=(*outcome.steps, step),
            )  # fmt: skip
            (self.trying[-1] if self.trying else self.loose).append(failed)

    # -- statements

    def block(self, node: Node, states: list[State]) -> Ends:
        ends = Ends()
        for item in node.children:
            if not states:
                break
            inner = self.statement(item, states)
            ends.take(inner)
            states = distinct(inner.after)
        ends.after = states
        if self.loose:
            ends.raised = distinct([*ends.raised, *self.loose])
            self.loose = []
        return ends

    def statement(self, node: Node, states: list[State]) -> Ends:
        children = node.children
        match node.kind:
            case "return":
                done = self.evaluate(children, states)
                return Ends(returned=self.note(done, node.line, "returns"))
            case "raise":
                done = self.note(self.evaluate(children, states), node.line, "raises")
                return Ends(raised=done)
            case "break":
                return Ends(broken=states)
            case "continue":
                return Ends(continued=states)
            case "if":
                return self.choice(node, states)
            case "loop":
                return self.loop(node, states)
            case "try":
                return self.attempt(node, states)
            case "with":
                done = self.evaluate((item.children[0] for item in children[:-1]), states)
                return self.block(children[-1], done)
            case "match":
                return self.match(node, states)
            case "definition":
                return Ends(after=states)
            case _:
                return Ends(after=forget(node, self.evaluate(children, states)))

    def note(self, states: list[State], line: int, text: str) -> list[State]:
        step = Step(self.path, line, text)
        return [replace(state, steps=(*state.steps, step)) for state in states]

    def choice(self, node: Node, states: list[State]) -> Ends:
        test, then, otherwise = node.children
        states = self.evaluate((test,), states)
        ends = Ends()
        if not self.matters(then) and not self.matters(otherwise):
            for part in (then, otherwise):
                self.evaluate((part,), states)
            ends.after = forget(node, states)
            return ends
        absent = self.absent(test, then, otherwise)
        chosen = self.is_dispatch(test, then, otherwise)
        for block, holds in ((then, True), (otherwise, False)):
            taken = [
                after for state in states if (after := decide(test, holds, state, self.repeated)) is not None
            ]
            if taken and (block.children or not holds):
                word = "holds" if holds else "does not hold"
                taken = self.note(taken, node.line, f"the condition {word}")
                if holds == absent:  # there is nobody to send through
                    taken = [replace(state, run=None, last=None) for state in taken]
                if chosen:
                    taken = [replace(state, unsure=True) for state in taken]
                inner = self.block(block, taken)
                ends.take(inner)
                ends.after = distinct([*ends.after, *inner.after])
        return ends

    def absent(self, test: Node, then: Node, otherwise: Node) -> bool | None:
        """The outcome of a condition that says: what events are sent through is not there; None for others."""
        names = asked(test)
        if not names or not self.receivers & names:
            return None
        if self.sends(then):
            return False
        if self.sends(otherwise) or leaves(then):
            return True
        return None

    def sends(self, node: Node) -> bool:
        return any(id(item) in self.sent or id(item) in self.called for item in walk(node))

    def is_dispatch(self, test: Node, then: Node, otherwise: Node) -> bool:
        """Does the condition choose the event by a name: `if kind == "started": send(STARTED) elif ...`?"""
        compared = [item for item in walk(test) if item.kind == "operation" and item.text == "Compare"]
        texts = [string(part) or "" for item in compared for part in walk(item) if part.kind == "constant"]
        texts += [
            part.text.removesuffix(".value").rpartition(".")[2].lower()
            for item in compared
            for part in walk(item)
            if part.kind == "name"
        ]
        here = self.events_in(then)
        if here.intersection(texts):
            return True
        others = self.events_in(otherwise)
        return (
            len(here) == 1
            and bool(others)
            and not here & others
            and otherwise.children[:1] != ()
            and (otherwise.children[0].kind == "if")
        )

    def events_in(self, node: Node) -> set[str]:
        found = {item.event for part in walk(node) for item in self.sent.get(id(part), ())}
        for part in walk(node):
            place = self.called.get(id(part))
            single = self.graph.single(place) if place is not None else None
            if single is not None:
                found.add(single.event)
        return found

    def loop(self, node: Node, states: list[State]) -> Ends:
        test, _, body, otherwise = node.children
        ends = Ends()
        states = self.evaluate((test,), states)
        endless = node.text == "while" and test.kind == "constant" and test.text in ("True", "1")
        if not self.matters(body):
            self.evaluate((body,), states)
            after = [] if endless else forget(node, states)
        else:
            sends = self.sends(body) or any(id(item) in self.opaque for item in walk(body))
            after = [] if endless else [replace(state, unsure=state.unsure or sends) for state in states]
            current, broken = states, []
            for _ in range(2):
                inner = self.block(body, forget(node, current))
                ends.take(inner, loops=False)
                broken += inner.broken
                current = distinct([*inner.after, *inner.continued])
                if not endless:
                    after = distinct([*after, *current])
                current = distinct(replace(state, last=None, ended=None) for state in current)
            broken = distinct(broken)
            last = self.block(otherwise, distinct(after))
            ends.take(last)
            ends.after = distinct([*last.after, *broken])
            return ends
        last = self.block(otherwise, after)
        ends.take(last)
        ends.after = last.after
        return ends

    def attempt(self, node: Node, states: list[State]) -> Ends:
        body, handlers, otherwise, final = node.children
        ends = Ends()
        caught: list[State] = []
        if handlers.children:
            self.trying.append(caught)
        inner = self.block(body, states)
        if handlers.children:
            self.trying.pop()
            broad = [handler for handler in handlers.children if is_broad(handler)]
            caught = distinct([*caught, *inner.raised])
            inner.raised = [] if broad else [replace(state, unsure=True) for state in inner.raised]
        ends.take(inner)
        last = self.block(otherwise, inner.after)
        ends.take(last)
        ends.after = list(last.after)
        for handler in handlers.children:
            text = "an exception comes to this handler"
            answer = self.block(handler.children[1], self.note(caught, handler.line, text))
            ends.take(answer)
            ends.after = distinct([*ends.after, *answer.after])
        if final.children:
            ends = self.finally_(final, ends)
        return ends

    def finally_(self, final: Node, ends: Ends) -> Ends:
        found = Ends()
        for name in ("after", "returned", "raised", "broken", "continued"):
            states: list[State] = getattr(ends, name)
            if states:
                inner = self.block(final, states)
                found.take(inner)
                setattr(found, name, distinct([*getattr(found, name), *inner.after]))
        return found

    def match(self, node: Node, states: list[State]) -> Ends:
        states = self.evaluate(node.children[:1], states)
        ends = Ends()
        cases = node.children[1:]
        if not any(self.matters(case) for case in cases):
            self.evaluate(cases, states)
            ends.after = forget(node, states)
            return ends
        for case in cases:
            guarded = self.evaluate(case.children[:1], states)
            inner = self.block(case.children[1], self.note(guarded, case.line, "this case matches"))
            ends.take(inner)
            ends.after = distinct([*ends.after, *inner.after])
        if not any(case.text == "_" for case in cases):
            ends.after = distinct([*ends.after, *self.note(states, node.line, "no case matches")])
        return ends


def ended(project: Project, place: Place, states: list[State]) -> list[State]:
    """States with an open run at the end of a body, the end being a step."""
    source = project.files[place[0]]
    last = source.facts.lines if place[1] == MODULE else source.facts.definitions[place[1]].end_line
    step = Step(source.path, last, "ends")
    return [
        replace(state, steps=(*state.steps, step)) if state.run is not None else state for state in states
    ]


def name_of(project: Project, place: Place) -> str:
    return "" if place[1] == MODULE else project.definition_at(place).name
