"""The paths through functions that send events: `walked(project)`.

Every body is run over sets of states, statement by statement, each state being what one path has sent so far: has a
run been started and not ended, which event came last. Branches fork states, joins merge equal ones, loops run until
nothing new comes out of them (at most twice: a state has no memory beyond the run that is open). This is a forward
data-flow analysis of a distributive framework, as in Nielson, Nielson and Hankin, Principles of Program Analysis,
chapter 2; calls of functions of the project go through summaries (the functional approach of Sharir and Pnueli).

What keeps it honest: the same condition, unchanged, is decided once on a path; an exception inside a `try` goes to
its handlers from before the statement, but a sending that fails counts as sent; a loop over nothing, and a condition
whose comparison is seen twice, make a path unsure, and unsure paths prove nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ssot_lint.conditions import (
    LEAVING,
    asked,
    is_broad,
    is_compared,
    leaves,
    positive,
    receivers,
    rendered,
    repeated,
)
from ssot_lint.config import Sequence
from ssot_lint.emissions import Emission, Place, Reader, bound, emissions, inside_emitter
from ssot_lint.model import MODULE, Flow, Node
from ssot_lint.project import Project
from ssot_lint.vocabulary import events_of, named_event, sends
from ssot_lint.walks import callee, contents, string, walk

_LIMIT = 96
"""States at one point; a body that needs more is undecided."""

_STARTING = frozenset({
    "start", "started", "starts", "starting", "begin", "begins", "begun", "open", "opened", "launch", "launched",
    "enter", "aenter", "init", "initialize", "setup",
})  # fmt: skip

_EXITS = ("returns", "ends", "raises")


@dataclass(frozen=True, slots=True)
class Step:
    """One place that a path goes through."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Leak:
    """A path that starts a run and leaves without ending it.

    `steps` go from the start to the last exit, and on through the callers that could have ended the run. `exit` is
    the way out that is to blame: of the function that starts, if it ends the run on other paths, else the last one.
    """

    start: Emission
    steps: tuple[Step, ...]
    exit: Step


@dataclass(frozen=True, slots=True)
class Disorder:
    """An event that comes where the sequence does not have it; `before` was sent earlier on the same path."""

    late: Emission
    before: Emission
    ended: bool


@dataclass(frozen=True, slots=True)
class Walked:
    """What the paths of all functions show."""

    leaks: tuple[Leak, ...]
    disorders: tuple[Disorder, ...]
    undecided: int


def walked(project: Project) -> Walked:
    """All leaks and disorders, by file and line."""
    return project.once(_walked)


def undecided(project: Project) -> int:
    """How many bodies start a sequence and could not be judged."""
    return walked(project).undecided


# --- states ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _State:
    """What one path has sent. `run` is the open run: its start, "entry" for one that the caller opened."""

    run: Emission | Literal["entry"] | None = None
    last: Emission | None = None
    ended: Emission | None = None
    facts: frozenset[tuple[str, bool]] = frozenset()
    unsure: bool = False
    steps: tuple[Step, ...] = field(default=(), compare=False)

    @property
    def key(self) -> tuple[object, ...]:
        run = self.run if isinstance(self.run, str) else id(self.run)
        return run, id(self.last), id(self.ended), self.facts, self.unsure


class _TooManyError(Exception):
    """A body with more states than are worth following."""


def _distinct(states: Iterable[_State]) -> list[_State]:
    found: dict[tuple[object, ...], _State] = {}
    for state in states:
        found.setdefault(state.key, state)
    if len(found) > _LIMIT:
        raise _TooManyError
    return list(found.values())


@dataclass(slots=True)
class _Ends:
    """Where the paths through a block go."""

    after: list[_State] = field(default_factory=list)
    returned: list[_State] = field(default_factory=list)
    raised: list[_State] = field(default_factory=list)
    broken: list[_State] = field(default_factory=list)
    continued: list[_State] = field(default_factory=list)

    def take(self, other: _Ends, *, loops: bool = True) -> None:
        """The exits of an inner block; those of its loop unless it is one itself."""
        self.returned = _distinct([*self.returned, *other.returned])
        self.raised = _distinct([*self.raised, *other.raised])
        if loops:
            self.broken = _distinct([*self.broken, *other.broken])
            self.continued = _distinct([*self.continued, *other.continued])


# --- summaries -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Summary:
    """What a call does: to a caller without an open run, and to one with."""

    opens: tuple[_State, ...]  # states at the normal end, the caller having had no run
    raises: tuple[_State, ...]  # states with an open run at a raise
    keeps: Literal["surely", "perhaps", "never"]  # is a run of the caller still open afterwards?
    ends: bool  # may it have ended?


_IDENTITY = _Summary((_State(),), (), "surely", False)


class _Graph:
    """The bodies that matter to one sequence, who calls whom, and their summaries."""

    def __init__(self, project: Project, sequence: Sequence) -> None:
        self.project, self.sequence = project, sequence
        self.events = events_of(sequence)
        self.terminal = frozenset(sequence.terminal or sequence.events[-1:])
        self.sent: dict[Place, Mapping[int, tuple[Emission, ...]]] = {}
        self.unknown: dict[Place, frozenset[int]] = {}
        for body in emissions(project):
            self.unknown[body.file, body.flow.definition] = body.unknown
            mine = {
                node: chosen
                for node, sent in body.sent.items()
                if (chosen := tuple(item for item in sent if item.sequence == sequence))
            }
            if mine:
                self.sent[body.file, body.flow.definition] = mine
        self.called: dict[Place, dict[int, Place]] = defaultdict(dict)
        self.callers: dict[Place, set[Place]] = defaultdict(set)
        self._find_callers()
        self.summaries: dict[Place, _Summary] = {}
        self.pending: set[Place] = set()
        self.plans: dict[Place, _Plan] = {}
        self.through: dict[Place, frozenset[str]] = {}

    def receivers(self, place: Place) -> frozenset[str]:
        """The names that a body sends events through."""
        if place not in self.through:
            effects = {*self.sent.get(place, ()), *self.called.get(place, ())}
            self.through[place] = receivers(self.body(place), effects)
        return self.through[place]

    def _find_callers(self) -> None:
        new = [place for place in self.sent if place[1] != MODULE]
        known = set(new)
        while new:
            place = new.pop()
            for caller, call in self._calls_of(place):
                if id(call) in self.sent.get(caller, {}):
                    continue
                self.called[caller][id(call)] = place
                self.callers[place].add(caller)
                if caller not in known and caller[1] != MODULE:
                    known.add(caller)
                    new.append(caller)
                    self._name_events(caller)

    def _calls_of(self, place: Place) -> Iterable[tuple[Place, Node]]:
        """(caller, call) of a function. What the calls of one name reach is asked once, for all functions so called."""
        reached = self.project.once(_calls_by_function)
        name = self.project.definition_at(place).name
        if name not in reached:
            readers = self.project.once(_readers)
            found: dict[Place | None, list[tuple[Place, Node]]] = defaultdict(list)
            for caller, call in self.project.once(_calls_by_name).get(name, ()):
                if caller not in readers:
                    readers[caller] = Reader(self.project, caller[0], Flow(caller[1], self.body(caller)))
                found[readers[caller].function(call, callee(call))].append((caller, call))
            reached[name] = found
        return reached[name].get(place, ())

    def _name_events(self, place: Place) -> None:
        """Events that the calls of a body without structure name, beside the call that brought it here."""
        if place in self.project.once(_bodies) or place in self.sent:
            return
        found = Reader(self.project, place[0], Flow(place[1], self.body(place))).collect()
        mine = {
            node: chosen
            for node, sent in found.items()
            if (chosen := tuple(item for item in sent if item.sequence == self.sequence))
        }
        if mine:
            self.sent[place] = mine

    def body(self, place: Place) -> Node:
        flow = self.project.once(_bodies).get(place)
        return flow.body if flow is not None else self.project.once(_outlines)[place]

    def single(self, place: Place) -> Emission | None:
        """The one event that a method of the emitter sends."""
        sent = self.sent.get(place, {})
        items = [item for events in sent.values() for item in events]
        inside = inside_emitter(self.project, self.sequence, *place)
        return items[0] if inside and len({item.event for item in items}) == 1 else None

    def summary(self, place: Place) -> _Summary:
        if place not in self.summaries:
            if place in self.pending:
                return _IDENTITY  # the recursion adds nothing to the first round
            self.pending.add(place)
            try:
                fresh, open_ = self.run(place, _State()), self.run(place, _State(run="entry"))
            except _TooManyError:
                self.summaries[place] = replace(_IDENTITY, keeps="perhaps", ends=True)
            else:
                normal = [*open_.after, *open_.returned]
                kept = [state.unsure for state in normal if state.run == "entry"]
                surely = any(state.run != "entry" and not state.unsure for state in normal)
                if surely and sends(_name(self.project, place)):
                    kept = []  # what sends, and does not where it cannot, counts as having sent
                self.summaries[place] = _Summary(
                    tuple(
                        _distinct(
                            _outcome(state)
                            for state in (*_ended(self.project, place, fresh.after), *fresh.returned)
                        )
                    )
                    or (_State(),),
                    tuple(_distinct(_outcome(state) for state in fresh.raised if state.run is not None)),
                    "never" if normal and not kept else "perhaps" if kept and all(kept) else "surely",
                    any(state.run != "entry" for state in normal),
                )
            self.pending.discard(place)
        return self.summaries[place]

    def run(self, place: Place, entry: _State) -> _Ends:
        return _Walker(self, place).walk([entry])


def _outcome(state: _State) -> _State:
    return _State(run=state.run, unsure=state.unsure, steps=state.steps)


def _bodies(project: Project) -> Mapping[Place, Flow]:
    return {
        (file, flow.definition): flow
        for file, source in enumerate(project.files)
        if not source.is_test
        for flow in source.facts.flows
    }


def _calls_by_function(project: Project) -> dict[str, Mapping[Place | None, list[tuple[Place, Node]]]]:
    """By the name of a function, and then by the function itself; filled name by name."""
    return {}


def _readers(project: Project) -> dict[Place, Reader]:
    return {}


def _outlines(project: Project) -> Mapping[Place, Node]:
    """Functions whose bodies are not kept: their calls, one after the other, the structure being unknown."""
    flows = project.once(_bodies)
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
    """The calls of all bodies by the last part of their callee."""
    found: dict[str, list[tuple[Place, Node]]] = defaultdict(list)
    for place, held in contents(project).items():
        for node in held.calls:
            found[callee(node).rpartition(".")[2]].append((place, node))
    for place, body in project.once(_outlines).items():
        for step in body.children:
            found[callee(step.children[0]).rpartition(".")[2]].append((place, step.children[0]))
    return found


# --- one body --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    """What every run over a body needs to know of it; `matter` and `risks` are filled while it is run."""

    repeated: frozenset[str]
    receivers: frozenset[str]
    opaque: frozenset[int]
    matter: dict[int, bool]
    risks: dict[int, bool]


class _Walker:
    """Runs one body over states, for one sequence."""

    def __init__(self, graph: _Graph, place: Place) -> None:
        self.graph, self.place = graph, place
        self.project = graph.project
        self.path = self.project.files[place[0]].path
        self.sent = graph.sent.get(place, {})
        self.called = graph.called.get(place, {})
        self.trying: list[list[_State]] = []
        self.disorders: list[Disorder] = []
        self.body = graph.body(place)
        self.is_outline = place not in self.project.once(_bodies)
        if place not in graph.plans:
            receivers = graph.receivers(place) | self.passed_on()
            opaque = graph.unknown.get(place, frozenset()) | self.handed_out()
            graph.plans[place] = _Plan(repeated(self.body), receivers, opaque, {}, {})
        plan = graph.plans[place]
        self.repeated, self.receivers, self.opaque = plan.repeated, plan.receivers, plan.opaque
        self.matter, self.risks = plan.matter, plan.risks
        self.loose: list[_State] = []  # states with an open run at a raise within a callee

    def walk(self, states: list[_State]) -> _Ends:
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
        readers = self.project.once(_readers)
        if self.place not in readers:
            readers[self.place] = Reader(self.project, file, Flow(scope, self.body))
        return readers[self.place].function(call, name) is None

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

    def evaluate(self, nodes: Iterable[Node], states: list[_State]) -> list[_State]:
        """The states after some expressions; what may fail on the way goes to the handlers around."""
        for node in nodes:
            effects = list(self.effects(node)) if self.matters(node) else []
            for effect in effects:
                before = states
                states = _distinct(after for state in states for after in self.transfer(effect, state))
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

    def transfer(self, node: Node, state: _State) -> Iterator[_State]:
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
        known = self.project.once(_moved)
        if id(node) not in known:
            known[id(node)] = replace(
                emission, file=self.place[0], scope=self.place[1], node=node, text=node, form="method"
            )
        return known[id(node)]

    def send(self, emission: Emission, state: _State) -> _State:
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

    def call(self, node: Node, place: Place, state: _State) -> Iterator[_State]:
        summary = self.graph.summary(place)
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

    def block(self, node: Node, states: list[_State]) -> _Ends:
        ends = _Ends()
        for item in node.children:
            if not states:
                break
            inner = self.statement(item, states)
            ends.take(inner)
            states = _distinct(inner.after)
        ends.after = states
        if self.loose:
            ends.raised = _distinct([*ends.raised, *self.loose])
            self.loose = []
        return ends

    def statement(self, node: Node, states: list[_State]) -> _Ends:
        children = node.children
        match node.kind:
            case "return":
                done = self.evaluate(children, states)
                return _Ends(returned=self.note(done, node.line, "returns"))
            case "raise":
                done = self.note(self.evaluate(children, states), node.line, "raises")
                return _Ends(raised=done)
            case "break":
                return _Ends(broken=states)
            case "continue":
                return _Ends(continued=states)
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
                return _Ends(after=states)
            case _:
                return _Ends(after=_forget(node, self.evaluate(children, states)))

    def note(self, states: list[_State], line: int, text: str) -> list[_State]:
        step = Step(self.path, line, text)
        return [replace(state, steps=(*state.steps, step)) for state in states]

    def choice(self, node: Node, states: list[_State]) -> _Ends:
        test, then, otherwise = node.children
        states = self.evaluate((test,), states)
        ends = _Ends()
        if not self.matters(then) and not self.matters(otherwise):
            for part in (then, otherwise):
                self.evaluate((part,), states)
            ends.after = _forget(node, states)
            return ends
        absent = self.absent(test, then, otherwise)
        chosen = self.is_dispatch(test, then, otherwise)
        for block, holds in ((then, True), (otherwise, False)):
            taken = [
                after for state in states if (after := _decide(test, holds, state, self.repeated)) is not None
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
                ends.after = _distinct([*ends.after, *inner.after])
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

    def loop(self, node: Node, states: list[_State]) -> _Ends:
        test, _, body, otherwise = node.children
        ends = _Ends()
        states = self.evaluate((test,), states)
        endless = node.text == "while" and test.kind == "constant" and test.text in ("True", "1")
        if not self.matters(body):
            self.evaluate((body,), states)
            after = [] if endless else _forget(node, states)
        else:
            sends = self.sends(body) or any(id(item) in self.opaque for item in walk(body))
            after = [] if endless else [replace(state, unsure=state.unsure or sends) for state in states]
            current, broken = states, []
            for _ in range(2):
                inner = self.block(body, _forget(node, current))
                ends.take(inner, loops=False)
                broken += inner.broken
                current = _distinct([*inner.after, *inner.continued])
                if not endless:
                    after = _distinct([*after, *current])
                current = _distinct(replace(state, last=None, ended=None) for state in current)
            broken = _distinct(broken)
            last = self.block(otherwise, _distinct(after))
            ends.take(last)
            ends.after = _distinct([*last.after, *broken])
            return ends
        last = self.block(otherwise, after)
        ends.take(last)
        ends.after = last.after
        return ends

    def attempt(self, node: Node, states: list[_State]) -> _Ends:
        body, handlers, otherwise, final = node.children
        ends = _Ends()
        caught: list[_State] = []
        if handlers.children:
            self.trying.append(caught)
        inner = self.block(body, states)
        if handlers.children:
            self.trying.pop()
            broad = [handler for handler in handlers.children if is_broad(handler)]
            caught = _distinct([*caught, *inner.raised])
            inner.raised = [] if broad else [replace(state, unsure=True) for state in inner.raised]
        ends.take(inner)
        last = self.block(otherwise, inner.after)
        ends.take(last)
        ends.after = list(last.after)
        for handler in handlers.children:
            text = "an exception comes to this handler"
            answer = self.block(handler.children[1], self.note(caught, handler.line, text))
            ends.take(answer)
            ends.after = _distinct([*ends.after, *answer.after])
        if final.children:
            ends = self.finally_(final, ends)
        return ends

    def finally_(self, final: Node, ends: _Ends) -> _Ends:
        found = _Ends()
        for name in ("after", "returned", "raised", "broken", "continued"):
            states: list[_State] = getattr(ends, name)
            if states:
                inner = self.block(final, states)
                found.take(inner)
                setattr(found, name, _distinct([*getattr(found, name), *inner.after]))
        return found

    def match(self, node: Node, states: list[_State]) -> _Ends:
        states = self.evaluate(node.children[:1], states)
        ends = _Ends()
        cases = node.children[1:]
        if not any(self.matters(case) for case in cases):
            self.evaluate(cases, states)
            ends.after = _forget(node, states)
            return ends
        for case in cases:
            guarded = self.evaluate(case.children[:1], states)
            inner = self.block(case.children[1], self.note(guarded, case.line, "this case matches"))
            ends.take(inner)
            ends.after = _distinct([*ends.after, *inner.after])
        if not any(case.text == "_" for case in cases):
            ends.after = _distinct([*ends.after, *self.note(states, node.line, "no case matches")])
        return ends


def _moved(project: Project) -> dict[int, Emission]:
    return {}


# --- conditions ------------------------------------------------------------------------------------------


def _decide(test: Node, holds: bool, state: _State, repeated: frozenset[str]) -> _State | None:
    """The state in the arm where a condition holds or does not; None where the path has decided otherwise."""
    test, holds = positive(test, holds)
    if any(callee(node) in ("locals", "globals") for node in walk(test) if node.kind == "call"):
        return replace(state, unsure=True)
    if test.kind == "constant":
        return state if (test.text not in ("False", "None", "0", "''")) == holds else None
    text = rendered(test)
    if text not in repeated:
        return state
    if (text, not holds) in state.facts:
        if not is_compared(test):
            return None
        return replace(state, unsure=True)
    if is_compared(test) and (text, holds) in state.facts:
        return replace(state, unsure=True)  # `x is None` and `x is not None` look alike here
    return replace(state, facts=state.facts | {(text, holds)})


def _forget(node: Node, states: list[_State]) -> list[_State]:
    """The states without what was decided about names that a statement binds."""
    if not any(state.facts for state in states):
        return states
    names: set[str] = set()
    for item in walk(node):
        if item.kind in ("assign", "augmented"):
            names |= {target.text for target in item.children[1:] if target.kind == "name"}
        elif item.kind == "walrus":
            names.add(item.text)
        elif item.kind == "loop":
            names |= {target.text for target in walk(item.children[1]) if target.kind == "name"}
    if not names:
        return states
    marks = [(f"name:{name}", f"name:{name}.") for name in names]

    def holds(text: str) -> bool:
        return any(
            (mark in text and (text.endswith(mark) or any(f"{mark}{end}" in text for end in (",", ")", "("))))
            or longer in text
            for mark, longer in marks
        )

    return [
        replace(state, facts=frozenset(fact for fact in state.facts if not holds(fact[0])))
        for state in states
    ]


# --- the whole project -----------------------------------------------------------------------------------


def _walked(project: Project) -> Walked:
    leaks: list[Leak] = []
    disorders: list[Disorder] = []
    undecided = 0
    for sequence in project.config.sequences:
        graph = _Graph(project, sequence)
        seen: dict[int, Leak] = {}
        for place in sorted({*graph.sent, *graph.called}):
            if inside_emitter(project, sequence, *place):
                continue
            try:
                walker = _Walker(graph, place)
                ends = walker.walk([_State()])
            except _TooManyError:
                undecided += 1
                continue
            disorders += walker.disorders
            if place[1] != MODULE and named_event(project, _name(project, place)) is not None:
                continue
            if graph.callers.get(place, set()) - {place}:
                continue  # judged where it is called
            found = list(_leaks(place, project, ends))
            if found and _only_starts(graph, place):
                undecided += 1
                continue
            for leak in found:
                seen.setdefault(id(leak.start), replace(leak, exit=_blame(graph, leak)))
            undecided += not found and any(
                state.run is not None and state.unsure
                for state in (*ends.after, *ends.returned, *ends.raised)
            )
        leaks += seen.values()

    def where(emission: Emission) -> tuple[str, int, int]:
        return project.files[emission.file].path, emission.line, emission.text.column

    unique: dict[tuple[int, bool], Disorder] = {}
    for item in disorders:
        unique.setdefault((id(item.late), item.ended), item)
    return Walked(
        tuple(sorted(leaks, key=lambda leak: where(leak.start))),
        tuple(sorted(unique.values(), key=lambda item: (where(item.late), item.ended))),
        undecided,
    )


def _leaks(place: Place, project: Project, ends: _Ends) -> Iterator[Leak]:
    """The paths that leave with an open run: those that return first, then those that end, then those that raise."""
    for states in (ends.returned, _ended(project, place, ends.after), ends.raised):
        for state in states:
            if isinstance(state.run, Emission) and not state.unsure:
                yield Leak(state.run, state.steps, state.steps[-1])


def _ended(project: Project, place: Place, states: list[_State]) -> list[_State]:
    """States with an open run at the end of a body, the end being a step."""
    source = project.files[place[0]]
    last = source.facts.lines if place[1] == MODULE else source.facts.definitions[place[1]].end_line
    step = Step(source.path, last, "ends")
    return [
        replace(state, steps=(*state.steps, step)) if state.run is not None else state for state in states
    ]


def _blame(graph: _Graph, leak: Leak) -> Step:
    place = leak.start.file, leak.start.scope
    ends = any(item.event in graph.terminal for sent in graph.sent.get(place, {}).values() for item in sent)
    if not ends and not any(graph.summary(called).ends for called in graph.called.get(place, {}).values()):
        return leak.steps[-1]
    return next(step for step in leak.steps if step.text in _EXITS)


def _only_starts(graph: _Graph, place: Place) -> bool:
    """Is a function without an end of its own called by somebody unseen: private, or named for starting?"""
    name = _name(graph.project, place)
    private = name.startswith("_") and not name.endswith("__")
    if not private and not _STARTING.intersection(name.lower().strip("_").split("_")):
        return False
    return not any(
        item.event in graph.terminal for sent in graph.sent.get(place, {}).values() for item in sent
    )


def _name(project: Project, place: Place) -> str:
    return "" if place[1] == MODULE else project.definition_at(place).name
