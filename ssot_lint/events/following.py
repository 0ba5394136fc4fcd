"""Runs one body over states: what each path through it has sent when it leaves, and what its calls do to that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as altered

from msgspec.structs import replace

from ssot_lint.events.conditions import LEAVING, asked, is_broad, leaves, rendered
from ssot_lint.events.emissions import Emission
from ssot_lint.events.emitters import Place
from ssot_lint.events.relays import Relays
from ssot_lint.events.senders import bound
from ssot_lint.events.states import (
    Ends,
    Facts,
    State,
    Step,
    TooManyError,
    answer_of,
    asks_namespace,
    bound_by,
    decide,
    distinct,
    forget,
    settled,
    truth,
)  # fmt: skip
from ssot_lint.events.vocabulary import sends
from ssot_lint.events.weighing import Weighed, weighed
from ssot_lint.model import MODULE, Node
from ssot_lint.project import Project
from ssot_lint.queries.receivers import manages
from ssot_lint.queries.walks import callee, string, walk


@dataclass(frozen=True, slots=True)
class Disorder:
    """An event that comes where the sequence does not have it; `before` was sent earlier on the same path.

    What a callee sends is late at the call; `within` is where it is sent.
    """

    late: Emission
    before: Emission
    ended: bool
    within: Emission | None = None


@dataclass(frozen=True, slots=True)
class _Outcomes:
    """What a call does: the states at its normal end, and at a raise. Facts are about its parameters."""

    normal: tuple[State, ...]
    raised: tuple[State, ...]
    first: tuple[Emission, ...] = ()  # what may be the first that it sends
    last: Emission | None = None  # what is surely the last that it sends where it leaves the run open
    events: frozenset[str] = frozenset()  # all that it may send


@dataclass(frozen=True, slots=True)
class Run:
    """Where the paths through a body go, and what comes too late on them."""

    ends: Ends
    disorders: tuple[Disorder, ...]
    first: tuple[Emission, ...]  # what may be the first that is sent
    events: frozenset[str]  # all that may be sent


class Summaries:
    """What the calls of functions do to a path, each worked out once for what is known of its parameters."""

    def __init__(self, relays: Relays) -> None:
        self.relays = relays
        self._weighed: dict[Place, Weighed] = {}
        self._known: dict[Place, dict[State, _Outcomes]] = {}
        self._runs: dict[Place, Run] = {}
        self._pending: set[tuple[Place, object]] = set()
        self._cut = 0

    def of(self, place: Place, entry: State) -> _Outcomes:
        """`entry`: has the caller an open run ("entry"), and what is known of the parameters."""
        known = self._known.setdefault(place, {})
        if entry not in known:
            if (place, entry.run) in self._pending:
                self._cut += 1
                return _Outcomes((entry,), ())  # the recursion adds nothing to the first round
            self._pending.add((place, entry.run))
            try:
                known[entry] = self._outcomes(place, entry)
            except TooManyError:
                unsure = (replace(entry, unsure=True), replace(entry, run=None))
                known[entry] = _Outcomes(unsure if entry.run is not None else (entry,), ())
            self._pending.discard((place, entry.run))
        return known[entry]

    def _outcomes(self, place: Place, entry: State) -> _Outcomes:
        found = self.run(place, entry)
        ends = found.ends
        told = self.weighed(place).parameters.keys()
        after = ends.after if entry.run is not None else ended(self.relays.project, place, ends.after)
        normal = [*(replace(state, answer=False) for state in after), *ends.returned]
        if entry.run is None:
            raised = [state for state in ends.raised if state.run is not None]
        else:
            raised = [] if normal else ends.raised
            if any(state.run != "entry" and not state.unsure for state in normal) and sends(
                name_of(self.relays.project, place)
            ):
                # what sends, and does not where it cannot, counts as having sent
                normal = [state for state in normal if state.run != "entry"]
        return _Outcomes(
            tuple(distinct(_outcome(state, told) for state in normal)),
            tuple(distinct(_outcome(state, told) for state in raised)),
            found.first,
            _only_last(normal),
            found.events,
        )

    def may_end(self, place: Place) -> bool:
        """May a call end the run of its caller?"""
        found = self.of(place, State(run="entry"))
        return any(state.run != "entry" for state in (*found.normal, *found.raised))

    def weighed(self, place: Place) -> Weighed:
        """What every run over a body needs to know of it."""
        if place not in self._weighed:
            self._weighed[place] = weighed(self.relays, place)
        return self._weighed[place]

    def forget(self, places: Iterable[Place]) -> None:
        """What was worked out of functions that turn out to call more."""
        for place in places:
            self._weighed.pop(place, None)
            self._known.pop(place, None)
            self._runs.pop(place, None)

    def run(self, place: Place, entry: State) -> Run:
        """Where the paths through a body go from one state."""
        plain = entry == State()
        if plain and place in self._runs:
            return self._runs[place]
        cut, walker = self._cut, Walker(self, place)
        ends = walker.walk([entry])
        found = Run(ends, tuple(walker.disorders), tuple(walker.first.values()), frozenset(walker.events))
        if plain and cut == self._cut:
            self._runs[place] = found
        return found


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


def _outcome(state: State, told: Collection[str]) -> State:
    facts = frozenset(fact for fact in state.facts if fact[0] in told)
    return replace(state, last=None, facts=facts, begun=False)


def _only_last(states: Iterable[State]) -> Emission | None:
    """The event that all paths with an open run have sent last; None where they differ, or one has sent none."""
    last = [state.last for state in states if state.run is not None]
    return last[0] if len({item.event if item is not None else "" for item in last}) == 1 else None


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
        self.first: dict[int, Emission] = {}
        self.events: set[str] = set()
        self.body = graph.body(place)
        self.is_outline = graph.is_outline(place)
        self.weighed = summaries.weighed(place)
        self.opaque = self.weighed.opaque
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
        known = self.weighed.matter.get(id(node))
        if known is None:
            known = (
                node.kind in LEAVING
                or id(node) in self.sent
                or id(node) in self.called
                or id(node) in self.opaque
                or any(self.matters(child) for child in node.children)
            )
            self.weighed.matter[id(node)] = known
        return known

    def evaluate(self, nodes: Iterable[Node], states: list[State]) -> list[State]:
        """The states after some expressions; what may fail on the way goes to the handlers around."""
        for node in nodes:
            effects = list(self.effects(node)) if self.matters(node) else []
            for effect in effects:
                before, failed = states, len(self.trying[-1]) if self.trying else 0
                states = distinct(after for state in states for after in self.transfer(effect, state))
                if self.trying and (states or len(self.trying[-1]) == failed):
                    self.trying[-1] += [state for state in states if state.run is None] or before
            if self.trying and not effects and self.may_raise(node):
                self.trying[-1] += states
        return states

    def may_raise(self, node: Node) -> bool:
        known = self.weighed.risks.get(id(node))
        if known is None:
            known = self.weighed.risks[id(node)] = any(item.kind in ("call", "await") for item in walk(node))
        return known

    def transfer(self, node: Node, state: State) -> Iterator[State]:
        sent = self.sent.get(id(node))
        if sent is None and id(node) not in self.called:
            yield replace(state, unsure=state.unsure or state.run is not None)
            return
        if sent is None:
            place = self.called[id(node)]
            if manages(
                self.project.definition_at(place)
            ):  # what it sends, it sends around the body of a `with`
                yield replace(state, last=None, ended=None, unsure=True)
                return
            single = self.graph.single(place)
            if single is None:
                yield from self.call(node, place, state)
                return
            sent = (self.moved(single, node),)
        if len(sent) > 1 and not all(item.event in self.graph.terminal for item in sent):
            state = replace(state, unsure=True)
        yield self.send(sent[0], state)

    def moved(self, emission: Emission, node: Node) -> Emission:
        """An event of a callee, as sent by the call of it."""
        known, key = self.project.known(Walker.moved), (id(node), emission.event)
        if key not in known:
            known[key] = altered(
                emission, file=self.place[0], scope=self.place[1], node=node, text=node, form="method"
            )
        return known[key]

    def send(self, emission: Emission, state: State) -> State:
        events, event = self.graph.sequence.events, emission.event
        step = Step(self.path, emission.line, f"sends {event}")
        if not emission.known and event not in self.graph.terminal and event != events[0]:
            return state  # who misspells an event has not sent it
        self.events.add(event)
        if not state.begun:
            self.first.setdefault(id(emission), emission)
            state = replace(state, begun=True)
        if event in self.graph.terminal:
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
        names = self.summaries.weighed(place).parameters
        given = bound(self.project, place, node, callee(node)) if names else {}
        facts = self.known_of(node, place, given, state) if names else frozenset()
        found = self.summaries.of(place, State(run="entry" if state.run is not None else None, facts=facts))
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

    def compare(self, node: Node, place: Place, found: _Outcomes, state: State) -> None:
        """Is whatever a callee sends first too late here? One that sends several events, or is called again, may begin
        another round."""
        last, ended = state.last, state.ended
        item = max(found.first, key=lambda item: (self.rank(item), item.file, item.line))
        if last is not None and self.rank(item) < self.rank(last):
            if len(found.events) == 1 and self.called.get(id(last.node)) != place:
                self.disorders.append(Disorder(self.moved(item, node), last, False, item))
        elif ended is not None and not state.unsure:
            ends = len(self.graph.sequence.events)
            if all(0 < self.rank(item) < ends for item in found.first):
                self.disorders.append(Disorder(self.moved(item, node), ended, True, item))

    def rank(self, emission: Emission) -> int:
        """The place of an event in the order; behind all others for one that ends the run."""
        events = self.graph.sequence.events
        return len(events) if emission.event in self.graph.terminal else events.index(emission.event)

    def known_of(self, call: Node, place: Place, given: Mapping[str, Node], state: State) -> Facts:
        """What a call tells of the parameters that matter: by what it gives, or by what it leaves out."""
        whole = all(item.kind != "star" and item.text != "**" for item in call.children[1:])
        defaults = {item.name: item.default for item in self.project.definition_at(place).parameters}
        found = set()
        for fact, name in self.summaries.weighed(place).parameters.items():
            value = given.get(name)
            if value is not None:
                holds = truth(value, state.facts)
            else:
                holds = _CONSTANTS.get(defaults.get(name) or "") if whole else None
            if holds is not None:
                found.add((fact, holds))
        return frozenset(found)

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
                done = self.note(self.evaluate(children, states), node.line, "returns")
                answers = (truth(children[0], state.facts) if children else False for state in done)
                return Ends(
                    returned=[
                        replace(state, answer=answer) for state, answer in zip(done, answers, strict=True)
                    ]
                )
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
            case "assign":
                done = self.evaluate(children, states)
                return Ends(after=[_assigned(node, state) for state in self.forget(node, done)])
            case _:
                return Ends(
                    after=[settled(state) for state in self.forget(node, self.evaluate(children, states))]
                )

    def forget(self, node: Node, states: list[State]) -> list[State]:
        """The states without what was decided about names that a statement binds."""
        if not any(state.facts for state in states):
            return states
        known = self.weighed.bound
        if id(node) not in known:
            known[id(node)] = bound_by(node)
        return forget(known[id(node)], states)

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
            ends.after = self.forget(node, states)
            return ends
        known = self.weighed.choices
        if id(node) not in known:
            chosen = self.is_dispatch(test, then, otherwise) or asks_namespace(test)
            known[id(node)] = self.absent(test, then, otherwise), chosen
        absent, chosen = known[id(node)]
        for block, holds in ((then, True), (otherwise, False)):
            decided = (decide(test, holds, state, self.weighed.remembered) for state in states)
            taken = distinct(settled(state) for state in decided if state is not None)
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
        if not names or not self.weighed.receivers & names:
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
            after = [] if endless else self.forget(node, states)
        else:
            sends = self.sends(body) or any(id(item) in self.opaque for item in walk(body))
            after = [] if endless else [replace(state, unsure=state.unsure or sends) for state in states]
            current, broken = states, []
            for _ in range(2):
                inner = self.block(body, self.forget(node, current))
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
            caught = distinct([self.failed(state) for state in (*caught, *inner.raised)])
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

    def failed(self, state: State) -> State:
        """The state in a handler: whether a run that a callee has ended was the one that failed, nobody knows."""
        if state.ended is None or (state.ended.file, state.ended.scope) == self.place:
            return state
        return replace(state, ended=None)

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
            ends.after = self.forget(node, states)
            return ends
        for case in cases:
            guarded = self.evaluate(case.children[:1], states)
            inner = self.block(case.children[1], self.note(guarded, case.line, "this case matches"))
            ends.take(inner)
            ends.after = distinct([*ends.after, *inner.after])
        if not any(case.text == "_" for case in cases):
            ends.after = distinct([*ends.after, *self.note(states, node.line, "no case matches")])
        return ends


def _assigned(node: Node, state: State) -> State:
    """The state in which a name holds what a call has answered."""
    answer = answer_of(node.children[0])
    facts = settled(state).facts
    for fact, holds in state.facts:
        if fact == answer:
            facts |= {(rendered(target), holds) for target in node.children[1:] if target.kind == "name"}
    return state if facts == state.facts else replace(state, facts=facts)


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
