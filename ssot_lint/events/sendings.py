"""Which nodes of one body send which event: `Reader`.

An event is sent where its name stands in emitting position: in a message (`{"type": "agent_started"}`,
`Message(type=...)`, JSON text) that is given to a call named like a sending, or yielded; as an argument of such a
call or of the emitter; or in the name of the method itself (`notify_agent_started`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ssot_lint.config import Sequence
from ssot_lint.events.callables import Called, called_with, handed_on, set_elsewhere, set_here
from ssot_lint.events.messages import Env, Expressions, Held, in_message, merged
from ssot_lint.events.senders import Through, bound, senders_of
from ssot_lint.events.spoken import spoken
from ssot_lint.events.vocabulary import KEYS, nearly, sends, stem, vocabulary
from ssot_lint.model import MODULE, Flow, Node, Place
from ssot_lint.project import Project
from ssot_lint.queries.again import flow_of, known_flow
from ssot_lint.queries.walks import callee, contents, held_in, string, walk


@dataclass(frozen=True, slots=True)
class Emission:
    """One event sent at one node. `text` is the node of the event's name, for its line."""

    sequence: Sequence
    event: str
    file: int
    scope: int
    node: Node  # the call or `yield` that sends
    text: Node
    form: Literal["message", "argument", "method"]
    through: Through
    known: bool = True  # False: `event` is nearly, and not, one of the sequence

    @property
    def line(self) -> int:
        return self.text.line


Ways = Callable[[Sequence, str], Through]
"""Tells through whom an event of a sequence is sent, in a form."""


class Reader:
    """One pass over one body, in the order of its statements; local names hold what was last assigned."""

    def __init__(self, project: Project, file: int, flow: Flow, depth: int = 2) -> None:
        self.project, self.file, self.flow, self.depth = project, file, flow, depth
        self.words = project.once(vocabulary)
        self.held = Expressions(project, file, flow.definition, self.built).held
        self.sent: dict[int, tuple[Emission, ...]] = {}
        self.unknown: set[int] = set()
        self.returned: list[Held] = []
        self.senders = senders_of(project, (file, flow.definition), flow)
        self.callbacks: dict[str, Called] = {}

    def collect(self) -> Mapping[int, tuple[Emission, ...]]:
        if speaks(self.project, self.file, self.flow):
            self.block(self.flow.body, self.parameters())
        return self.sent

    def parameters(self) -> Env:
        """The names that a body is given, whatever else they are called in its module."""
        if self.flow.definition == MODULE:
            return {}
        taken = self.project.definition_at((self.file, self.flow.definition)).parameters
        return {item.name: () for item in taken if item.name not in ("self", "cls")}

    # -- statements

    def block(self, node: Node, env: Env) -> Env:
        for item in node.children:
            env = self.statement(item, env)
        return env

    def statement(self, node: Node, env: Env) -> Env:
        children = node.children
        match node.kind:
            case "assign":
                self.expression(children[0], env)
                held = self.held(children[0], env)
                env = dict(env)
                for target in children[1:]:
                    if target.kind == "name":
                        env[target.text] = held
                    elif (
                        target.kind == "item-of"
                        and target.children[0].kind == "name"
                        and string(target.children[1]) in KEYS
                    ):
                        env[target.children[0].text] = tuple(in_message(item) for item in held)
                return env
            case "if":
                self.expression(children[0], env)
                return merged(self.block(children[1], env), self.block(children[2], env))
            case "loop":
                self.expression(children[0], env)
                turn = env
                if children[1].kind == "name" and children[0].kind in ("name", "sequence"):
                    turn = {**env, children[1].text: self.held(children[0], env)}
                after = merged(env, self.block(children[2], turn))
                return self.block(children[3], after)
            case "try":
                body, handlers, otherwise, final = children
                after = self.block(body, env)
                failed = merged(env, after)
                ends = [self.block(otherwise, after)]
                ends += [self.block(handler.children[1], failed) for handler in handlers.children]
                return self.block(final, _all(ends))
            case "with":
                for item in children[:-1]:
                    self.expression(item.children[0], env)
                return self.block(children[-1], env)
            case "match":
                self.expression(children[0], env)
                ends = [env]
                for case in children[1:]:
                    self.expression(case.children[0], env)
                    ends.append(self.block(case.children[1], env))
                return _all(ends)
            case "return" if children:
                self.expression(children[0], env)
                self.returned += self.held(children[0], env)
                return env
            case _:
                for item in children:
                    self.expression(item, env)
                return env

    # -- expressions

    def expression(self, node: Node, env: Env) -> None:
        if node.kind == "call":
            self.call(node, env)
        elif node.kind == "yield" and node.children:
            held = [item for item in self.held(node.children[0], env) if item.message]
            if any(not item.event for item in held):
                self.unknown.add(id(node))
            self.add(node, [item for item in held if item.event], lambda *_: "foreign")
        for child in node.children:
            self.expression(child, env)

    def call(self, node: Node, env: Env) -> None:
        name = callee(node)
        last = name.rpartition(".")[2]
        if not last:
            return
        for first, made in handed_on(self.senders, node):
            if not self.is_called_here(node):
                for called in set_here(self.senders, first.name) or (first,):
                    call = called_with(called, made)
                    self.one(node, call, called, self.events(call, env), env)
        others: tuple[Called, ...] = ()
        if name in self.callbacks:
            others = (self.callbacks[name],)
        elif "." not in name:
            others = set_here(self.senders, name)
        given = () if others else self.events(node, env)
        if not (given or others or sends(last)) and self._names_texts(node) and self.senders.function(name):
            given = self.events(node, env, of_function=True)
        if given and ("." not in name or (name.startswith("self.") and not sends(last))):
            others = set_elsewhere(self.senders, name)
        for called in others:
            made = called_with(called, node)
            self.one(node, made, called, self.events(made, env), env)
        if not others and (given or sends(last)):
            self.one(node, node, Called(self.senders, name), given, env)

    def is_called_here(self, node: Node) -> bool:
        """Is what a call gives kept under a name, and called by that in this body?"""
        names = {
            name
            for name, values in self.senders.set_names().items()
            if any(value is node for value in values)
        }
        return bool(names) and any(
            call.kind == "call" and callee(call) in names for call in walk(self.flow.body)
        )

    def _names_texts(self, call: Node) -> bool:
        """Does a call give something by a keyword of its own that may be an event?"""
        return any(item.kind == "keyword" and item.text not in KEYS for item in call.children[1:])

    def events(self, call: Node, env: Env, of_function: bool = False) -> tuple[Held, ...]:
        """The events and messages that a call is given; `of_function`: whatever the parameter is called."""
        given: list[Held] = []
        for item in call.children[1:]:
            inner = item.children[0] if item.kind in ("keyword", "star") else item
            foreign = item.kind == "keyword" and item.text not in KEYS and not of_function
            named = inner.kind == "sequence" or foreign
            given += (held for held in self.held(inner, env) if held.message or not named)
        return tuple(given)

    def one(self, node: Node, call: Node, called: Called, given: tuple[Held, ...], env: Env) -> None:
        """What a node sends by one call, which is given this."""
        is_sending, name, senders = sends(called.last), called.name, called.senders
        event = self.words.methods.get(stem(called.last)) if is_sending else None
        if event is not None:
            sequence = self.words.sequences[event]
            through = senders.through(call, name, sequence, "method")
            place = node.children[0]
            self.sent[id(node)] = (
                Emission(
                    sequence, event, self.file, self.flow.definition, node,
                    Node("name", called.last, place.line, place.column), "method", through,
                ),
            )  # fmt: skip
            return
        if is_sending and any(not item.event for item in given):
            self.unknown.add(id(node))
        known = [item for item in given if item.event]
        if not known:
            return
        if is_sending or senders.is_emitter(call, name, self.words.sequences[known[0].event]):
            self.add(node, known, lambda sequence, form: senders.through(call, name, sequence, form))
        elif name in self.parameters():  # who gives it, decides
            self.add(node, [item for item in known if item.message], lambda *_: "unknown")
        elif self.depth:
            self.hand_on(node, call, called, env)

    def hand_on(self, node: Node, call: Node, called: Called, env: Env) -> None:
        """A function of the project that sends what it is given, whatever it is called."""
        place = called.senders.function(called.name) if self.depth else None
        given = self.given(call, called.name, env, place) if place is not None else {}
        flow = flow_of(self.project, place) if place is not None and given else None
        if place is None or flow is None:
            return
        reader = self.reader(place, flow, given, self.callbacks_in(call, called.name, place))
        texts = {id(item.text): item for held in given.values() for item in held}
        for sent in reader.sent.values():
            for item in sent:
                if id(item.text) in texts:
                    self.project.once(handing_on).add(place)
                    self.add(node, [texts[id(item.text)]], lambda *_, way=item.through: way)

    def callbacks_in(self, call: Node, name: str, place: Place) -> dict[str, Called]:
        """The names among the arguments of a call, which may be of functions, by the parameters."""
        return {
            parameter: self.callbacks.get(value.text) or Called(self.senders, value.text)
            for parameter, value in bound(self.project, place, call, name).items()
            if value.kind == "name"
        }

    def reader(self, place: Place, flow: Flow, given: Env, callbacks: dict[str, Called]) -> Reader:
        """What a function does with the events that it is given."""
        found = Reader(self.project, place[0], flow, self.depth - 1)
        found.callbacks = callbacks
        found.block(flow.body, {**found.parameters(), **given})
        return found

    def given(self, node: Node, name: str, env: Env, place: Place) -> Env:
        """The events among the arguments of a call, by the names of the parameters."""
        return {
            parameter: held
            for parameter, value in bound(self.project, place, node, name).items()
            if (held := tuple(item for item in self.held(value, env) if item.event))
        }

    def built(self, node: Node, name: str, env: Env) -> tuple[Held, ...]:
        """The messages that a function of the project returns, be it that it is given the event."""
        place = self.senders.function(name) if self.depth else None
        if place is None:
            return ()
        if given := self.given(node, name, env, place):
            flow = flow_of(self.project, place)
            texts = {id(item.text) for held in given.values() for item in held}
            found = self.reader(place, flow, given, {}).returned if flow is not None else []
            returned = [item if id(item.text) in texts else replace(item, text=node) for item in found]
        else:
            returned = [replace(item, text=node) for item in self.returns(place)]
        return tuple(item for item in returned if item.event)

    def returns(self, place: Place) -> tuple[Held, ...]:
        """The messages that a function builds by itself. One that is not known to name an event is not read for it."""
        known = self.project.known(Reader.returns)
        if place not in known:
            flow = known_flow(self.project, place)
            if flow is None:
                return ()
            known[place] = ()
            reader = Reader(self.project, place[0], flow, self.depth - 1)
            reader.collect()
            known[place] = tuple(reader.returned)
        return known[place]

    def add(self, node: Node, given: Iterable[Held], through: Ways) -> None:
        """Note what a node sends: each event once, the place in a message before that of a bare name."""
        chosen: dict[str, Held] = {}
        for item in sorted(given, key=lambda item: not item.message):
            chosen.setdefault(item.event, item)
        found = []
        for item in chosen.values():
            sequence = self.words.sequences[item.event]
            form: Literal["message", "argument"] = "message" if item.message else "argument"
            found.append(
                Emission(
                    sequence, item.event, self.file, self.flow.definition, node, item.text, form,
                    through(sequence, form), item.known,
                )
            )  # fmt: skip
        if found:
            self.sent[id(node)] = tuple(found)


def speaks(project: Project, file: int, flow: Flow) -> bool:
    """Does any text or name of the body belong to a sequence, or stand for what does?"""
    words, held = project.once(vocabulary), contents(project).get((file, flow.definition))
    if held is None:
        held = held_in(flow.body)
    tables, builders = project.once(spoken).tables, project.once(builder_names)
    for text in held.texts:
        if text[:1] in "'\"" and (
            words.mentions.search(text) or nearly(text[1:-1], words.sequences, words.near)
        ):
            return True
    for name in held.names | held.attributes:
        last = name.rpartition(".")[2]
        if last == "value":
            last = name.removesuffix(".value").rpartition(".")[2]
        if last in words.constants or last in tables or last in words.messages or last in builders:
            return True
        if stem(last) in words.methods:
            return True
    return not words.quoted.isdisjoint(held.texts)


def handing_on(project: Project) -> set[Place]:
    """The functions that are known to send an event that they are given; filled as they are met."""
    return set()


def builder_names(project: Project) -> set[str]:
    """The names of functions that are known to return an event or a message; filled as they are met."""
    return set()


def _all(ends: list[Env]) -> Env:
    found = ends[0]
    for end in ends[1:]:
        found = merged(found, end)
    return found
