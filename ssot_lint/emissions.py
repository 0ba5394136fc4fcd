"""Which nodes of a body send which event of a sequence: `emissions(project)`.

An event is sent where its name stands in emitting position: in a message (`{"type": "agent_started"}`,
`Message(type=...)`, JSON text) that is given to a call named like a sending, or yielded; as an argument of such a
call or of the emitter; or in the name of the method itself (`notify_agent_started`). Names of constants and enum
members stand for their values, local names for what they hold at that place, and functions that build a message for
the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ssot_lint.config import Sequence
from ssot_lint.emitters import Place
from ssot_lint.model import MODULE, Flow, Node
from ssot_lint.project import Project
from ssot_lint.senders import Senders, Through, bound
from ssot_lint.vocabulary import nearly, sends, stem, vocabulary
from ssot_lint.walks import callee, contents, keywords, pairs, string

_KEYS = frozenset({"type", "event", "event_type", "message_type", "event_name", "eventType"})
_KEEPING = frozenset({
    "dumps", "dict", "encode", "jsonable_encoder", "model_dump", "model_dump_json", "json", "deepcopy", "copy", "str",
    "to_dict", "bytes", "asdict",
})  # fmt: skip
_MESSAGE = ("Event", "Message", "Notification", "Payload", "Response", "Update")


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
    return project.once(_emissions)


def undecided(project: Project) -> int:
    """How many names of events are sent through something that may or may not be the emitter."""
    return sum(
        item.through == "unknown" and item.form != "method"
        for body in emissions(project)
        for sent in body.sent.values()
        for item in sent
    )


def _emissions(project: Project) -> tuple[Body, ...]:
    if not project.config.sequences:
        return ()
    found = []
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for flow in source.facts.flows:
            reader = Reader(project, file, flow)
            if sent := reader.collect():
                found.append(Body(file, flow, sent, frozenset(reader.unknown)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Held:
    """An event's name, by itself or in a message, on its way to being sent."""

    event: str
    text: Node
    message: bool
    known: bool


Env = dict[str, tuple[_Held, ...]]


class Reader:
    """One pass over one body, in the order of its statements; local names hold what was last assigned."""

    def __init__(self, project: Project, file: int, flow: Flow, depth: int = 2) -> None:
        self.project, self.file, self.flow, self.depth = project, file, flow, depth
        self.words = project.once(vocabulary)
        self.sent: dict[int, tuple[Emission, ...]] = {}
        self.unknown: set[int] = set()
        self.returned: list[_Held] = []
        self.senders = Senders(project, file, flow)

    def collect(self) -> Mapping[int, tuple[Emission, ...]]:
        if self.speaks():
            self.block(self.flow.body, {})
        return self.sent

    def speaks(self) -> bool:
        """Does any text or name of the body belong to a sequence?"""
        words, held = self.words, contents(self.project).get((self.file, self.flow.definition))
        if held is None:
            return True
        for text in held.texts:
            if text[:1] in "'\"" and (
                words.mentions.search(text) or nearly(text[1:-1], words.sequences, words.near)
            ):
                return True
        for name in held.names | held.attributes:
            last = name.rpartition(".")[2]
            if last == "value":
                last = name.removesuffix(".value").rpartition(".")[2]
            if last in words.constants or stem(last) in words.methods:
                return True
        return False

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
                        and string(target.children[1]) in _KEYS
                    ):
                        env[target.children[0].text] = tuple(_in_message(item) for item in held)
                return env
            case "if":
                self.expression(children[0], env)
                return _merged(self.block(children[1], env), self.block(children[2], env))
            case "loop":
                self.expression(children[0], env)
                turn = env
                if children[1].kind == "name" and children[0].kind in ("name", "sequence"):
                    turn = {**env, children[1].text: self.held(children[0], env)}
                after = _merged(env, self.block(children[2], turn))
                return self.block(children[3], after)
            case "try":
                body, handlers, otherwise, final = children
                after = self.block(body, env)
                failed = _merged(env, after)
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
                self.returned += (item for item in self.held(children[0], env) if item.message)
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
            self.add(node, [item for item in held if item.event], "foreign")
        for child in node.children:
            self.expression(child, env)

    def call(self, node: Node, env: Env) -> None:
        name = callee(node)
        last = name.rpartition(".")[2]
        if not last:
            return
        is_sending = sends(last)
        event = self.words.methods.get(stem(last)) if is_sending else None
        given: list[_Held] = []
        for item in node.children[1:]:
            inner = item.children[0] if item.kind in ("keyword", "star") else item
            named = inner.kind == "sequence" or (item.kind == "keyword" and item.text not in _KEYS)
            given += (held for held in self.held(inner, env) if held.message or not named)
        if event is not None:
            sequence = self.words.sequences[event]
            through = self.senders.through(node, name, sequence, "method")
            place = node.children[0]
            self.sent[id(node)] = (
                Emission(
                    sequence, event, self.file, self.flow.definition, node,
                    Node("name", last, place.line, place.column), "method", through,
                ),
            )  # fmt: skip
            return
        if is_sending and any(not item.event for item in given):
            self.unknown.add(id(node))
        given = [item for item in given if item.event]
        if not given:
            return
        if is_sending or self.senders.is_emitter(node, name, self.words.sequences[given[0].event]):
            self.add(node, given, None)
        elif self.depth:
            self.hand_on(node, name, env)

    def hand_on(self, node: Node, name: str, env: Env) -> None:
        """A function of the project that sends what it is given, whatever it is called."""
        place = self.senders.function(name)
        if place is None or self.project.files[place[0]].is_test:
            return
        flow = next(
            (item for item in self.project.files[place[0]].facts.flows if item.definition == place[1]), None
        )
        if flow is None:
            return
        given = {
            parameter: held
            for parameter, value in bound(self.project, place, node, name).items()
            if (held := tuple(item for item in self.held(value, env) if item.event))
        }
        reader = Reader(self.project, place[0], flow, self.depth - 1)
        reader.block(flow.body, dict(given))
        texts = {id(item.text): item for held in given.values() for item in held}
        for sent in reader.sent.values():
            for item in sent:
                if id(item.text) in texts:
                    self.add(node, [texts[id(item.text)]], item.through)

    def add(self, node: Node, given: Iterable[_Held], through: Through | None) -> None:
        """Note what a node sends: each event once, the place in a message before that of a bare name."""
        chosen: dict[str, _Held] = {}
        for item in sorted(given, key=lambda item: not item.message):
            chosen.setdefault(item.event, item)
        found = []
        for item in chosen.values():
            sequence = self.words.sequences[item.event]
            form: Literal["message", "argument"] = "message" if item.message else "argument"
            found.append(
                Emission(
                    sequence, item.event, self.file, self.flow.definition, node, item.text, form,
                    through or self.senders.through(node, callee(node), sequence, form), item.known,
                )
            )  # fmt: skip
        if found:
            self.sent[id(node)] = tuple(found)

    def held(self, node: Node, env: Env) -> tuple[_Held, ...]:
        """The events that an expression names, or holds as messages."""
        match node.kind:
            case "constant":
                return tuple(self.constant(node))
            case "name":
                if node.text in env:
                    return env[node.text]
                return tuple(self.named(node))
            case "attribute" if node.text == "value":
                return self.held(node.children[0], env)
            case "attribute":
                return tuple(self.named(node))
            case "dict":
                found: list[_Held] = []
                for key, value in pairs(node):
                    if key.kind == "none":
                        found += (item for item in self.held(value, env) if item.message)
                    elif self.key(key) in _KEYS:
                        held = tuple(_in_message(item) for item in self.held(value, env))
                        open_ = value.kind != "constant" and not held
                        found += (_Held("", value, True, False),) if open_ else held
                return tuple(found)
            case "joined":
                parts = [item for child in node.children for item in self.held(child, env)]
                bare = len(node.children) == 1
                return tuple(item for item in parts if item.message or bare)
            case "await" | "star":
                return self.held(node.children[0], env)
            case "operation" if node.text in ("IfExp", "BoolOp", "BinOp"):
                start = 1 if node.text == "IfExp" else 0
                return tuple(item for child in node.children[start:] for item in self.held(child, env))
            case "walrus" | "item-of":
                return self.held(node.children[0], env)
            case "sequence":
                return tuple(item for child in node.children for item in self.held(child, env))
            case "call":
                return self.made(node, env)
            case _:
                return ()

    def key(self, node: Node) -> str:
        return string(node) or ""

    def constant(self, node: Node) -> Iterator[_Held]:
        text = string(node)
        if text is None:
            return
        sequences = self.words.sequences
        if text in sequences:
            yield _Held(text, node, False, True)
        elif '"' in text or "'" in text:
            for event in sequences:
                if re.search(rf"""["'](?:{"|".join(_KEYS)})["']\s*:\s*["']{re.escape(event)}["']""", text):
                    yield _Held(event, node, True, True)
        elif event := nearly(text, sequences, self.words.near):
            yield _Held(event, node, False, False)

    def named(self, node: Node) -> Iterator[_Held]:
        """The value of a constant or of an enum's member."""
        name = node.text.removesuffix(".value")
        if name.rpartition(".")[2] not in self.words.constants or node.kind != "name":
            return
        for target in self.project.resolve(self.file, name, self.flow.definition).targets:
            if target.kind != "variable" or target.file < 0:
                continue
            assignments = self.project.files[target.file].facts.assignments
            item = assignments[target.index] if target.index >= 0 else None
            if item is None:  # a member of a class
                last = name.rpartition(".")[2]
                item = next(
                    (other for other in assignments if other.name == last and other.scope != MODULE), None
                )
            if item is not None and item.kind == "constant":
                if item.value in self.words.sequences:
                    yield _Held(item.value, node, False, True)
                elif event := nearly(item.value, self.words.sequences, self.words.near):
                    yield _Held(event, node, False, False)
                return

    def made(self, node: Node, env: Env) -> tuple[_Held, ...]:
        """The messages that a call makes or hands on."""
        name = callee(node)
        last = name.rpartition(".")[2]
        if last in _KEEPING:
            inner = [node.children[0]] if node.children[0].kind == "attribute" else []
            parts: list[_Held] = []
            for item in inner:
                parts += self.held(item.children[0], env)
            owner = name.rpartition(".")[0]
            parts += env.get(owner, ())
            for item in node.children[1:]:
                if item.kind == "keyword" and item.text in _KEYS:
                    parts += (_in_message(held) for held in self.held(item.children[0], env))
                elif item.kind != "keyword":
                    parts += self.held(item, env)
            return tuple(parts)
        if last[:1].isupper():
            found = [
                _in_message(held)
                for key, value in keywords(node).items()
                if key in _KEYS
                for held in self.held(value, env)
            ]
            if last.endswith(_MESSAGE) and len(node.children) > 1:
                found += (_in_message(held) for held in self.held(node.children[1], env) if not held.message)
            return tuple(found)
        if self.depth and last:
            place = self.senders.function(name)
            if place is not None:
                built = self.project.known(_messages)
                if place not in built:
                    built[place] = ()
                    built[place] = _messages(self.project, place, self.depth - 1)
                return tuple(_Held(item.event, node, True, item.known) for item in built[place] if item.event)
        return ()


def _messages(project: Project, place: Place, depth: int) -> tuple[_Held, ...]:
    """The messages that a function builds and returns."""
    file, index = place
    if project.files[file].is_test:
        return ()
    for flow in project.files[file].facts.flows:
        if flow.definition == index:
            reader = Reader(project, file, flow, depth)
            reader.collect()
            return tuple(reader.returned)
    return ()


def _in_message(held: _Held) -> _Held:
    return _Held(held.event, held.text, True, held.known)


def _merged(first: Env, second: Env) -> Env:
    if first is second:
        return first
    return {
        name: tuple(dict.fromkeys((*first.get(name, ()), *second.get(name, ()))))
        for name in (*first, *(name for name in second if name not in first))
    }


def _all(ends: list[Env]) -> Env:
    found = ends[0]
    for end in ends[1:]:
        found = _merged(found, end)
    return found
