"""What the expressions of a body name or hold: events by themselves, and messages that tell of one.

Names of constants and enum members stand for their values, local names for what they hold at that place, tables for
what stands in them, and functions that build a message for the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ssot_lint.events.spoken import spoken
from ssot_lint.events.standing import entries, table, texts, value_of
from ssot_lint.events.vocabulary import KEYS, nearly, vocabulary
from ssot_lint.model import Node
from ssot_lint.project import Project
from ssot_lint.queries.members import member_called
from ssot_lint.queries.receivers import definition_of
from ssot_lint.queries.walks import callee, keywords, pairs, string

_KEEPING = frozenset({
    "dumps", "dict", "encode", "jsonable_encoder", "model_dump", "model_dump_json", "json", "deepcopy", "copy", "str",
    "to_dict", "bytes", "asdict",
})  # fmt: skip
_MESSAGE = ("Event", "Message", "Notification", "Payload", "Response", "Update")


@dataclass(frozen=True, slots=True)
class Held:
    """An event's name, by itself or in a message, on its way to being sent.

    An `event` of "" is one that is put into a message at run time.
    """

    event: str
    text: Node
    message: bool
    known: bool  # False: `event` is nearly, and not, one of a sequence


Env = dict[str, tuple[Held, ...]]
"""What the local names of a body hold at a place."""

Built = Callable[[Node, str, Env], tuple[Held, ...]]
"""Gives the messages that the call of a function of the project, under this name, builds and returns."""


class Expressions:
    """Reads the expressions of one body."""

    def __init__(self, project: Project, file: int, scope: int, built: Built) -> None:
        self.project, self.file, self.scope, self.built = project, file, scope, built
        self.words = project.once(vocabulary)

    def held(self, node: Node, env: Env) -> tuple[Held, ...]:
        """The events that an expression names, or holds as messages."""
        match node.kind:
            case "constant":
                return tuple(self.constant(node))
            case "name":
                if node.text in env:
                    return env[node.text]
                known = self.table(node)
                return tuple(self.named(node)) if known is None else known[0].held(known[1], {})
            case "attribute" if node.text == "value":
                return self.held(node.children[0], env)
            case "attribute":
                return tuple(self.named(node))
            case "dict":
                found: list[Held] = []
                for key, value in pairs(node):
                    if key.kind == "none":
                        found += (item for item in self.held(value, env) if item.message)
                    elif string(key) in KEYS:
                        held = tuple(in_message(item) for item in self.held(value, env))
                        open_ = not held and self.is_open(value, env)
                        found += (Held("", value, True, False),) if open_ else held
                return tuple(found)
            case "joined":
                parts = [item for child in node.children for item in self.held(child, env)]
                bare = len(node.children) == 1
                return tuple(item for item in parts if item.message or bare)
            case "await" | "star" | "walrus":
                return self.held(node.children[0], env)
            case "operation" if node.text in ("IfExp", "BoolOp", "BinOp"):
                start = 1 if node.text == "IfExp" else 0
                return tuple(item for child in node.children[start:] for item in self.held(child, env))
            case "item-of":
                return self.entry(node, env)
            case "sequence":
                return tuple(item for child in node.children for item in self.held(child, env))
            case "call":
                return self.made(node, env)
            case _:
                return ()

    def constant(self, node: Node) -> Iterator[Held]:
        text = string(node)
        if text is None:
            return
        if text not in self.words.sequences and ('"' in text or "'" in text):
            for event in self.words.sequences:
                if re.search(rf"""["'](?:{"|".join(KEYS)})["']\s*:\s*["']{re.escape(event)}["']""", text):
                    yield Held(event, node, True, True)
        else:
            yield from self.told(text, node)

    def named(self, node: Node) -> Iterator[Held]:
        """The value of a constant or of an enum's member."""
        name = node.text.removesuffix(".value")
        if node.kind == "name" and name.rpartition(".")[2] in self.words.constants:
            for text in texts(self.project, self.file, self.scope, name):
                yield from self.told(text, node)

    def told(self, text: str, node: Node) -> Iterator[Held]:
        if text in self.words.sequences:
            yield Held(text, node, False, True)
        elif event := nearly(text, self.words.sequences, self.words.near):
            yield Held(event, node, False, False)

    def is_open(self, node: Node, env: Env) -> bool:
        """May it be an event all the same, that nothing is held to be one?"""
        if node.kind == "constant":
            return False
        return (
            node.kind != "name"
            or node.text in env
            or not texts(self.project, self.file, self.scope, node.text)
        )

    def entry(self, node: Node, env: Env) -> tuple[Held, ...]:
        """What `TABLE[key]` or `Kind["STARTED"]` stands for."""
        owner, key = node.children
        if owner.kind != "name" or owner.text in env:
            return self.held(owner, env)
        member = string(key)
        if member is not None and member in self.words.constants:
            found = tuple(self.named(Node("name", f"{owner.text}.{member}", node.line, node.column)))
            if found:
                return found
        known = self.table(owner)
        if known is None:
            return ()
        parts = [known[0].held(value, {}) for value in entries(known[1], key)]
        if not all(parts):
            return ()  # it may be something else as well
        return tuple(replace(item, text=node) for held in parts for item in held)

    def table(self, node: Node) -> tuple[Expressions, Node] | None:
        """What a name of a table stands for, and who reads it where it stands."""
        if node.text.rpartition(".")[2] not in self.project.once(spoken).tables:
            return None
        found = table(self.project, self.file, self.scope, node.text)
        if found is None:
            return None
        file, scope, value = found
        return Expressions(self.project, file, scope, _nothing), value

    def made(self, node: Node, env: Env) -> tuple[Held, ...]:
        """The messages that a call makes or hands on."""
        name = callee(node)
        last = name.rpartition(".")[2]
        if last in _KEEPING:
            function, owner = node.children[0], name.rpartition(".")[0]
            parts = list(self.held(function.children[0], env)) if function.kind == "attribute" else []
            parts += env.get(owner, ())
            for item in node.children[1:]:
                if item.kind == "keyword" and item.text in KEYS:
                    parts += (in_message(held) for held in self.held(item.children[0], env))
                elif item.kind != "keyword":
                    parts += self.held(item, env)
            return tuple(parts)
        if last[:1].isupper() or name == "cls":
            return tuple(self.constructed(node, name, env))
        if last == "get" and "." in name and len(node.children) > 1:
            owner_node = Node("name", name.rpartition(".")[0], node.line, node.column)
            return self.entry(
                Node("item-of", "", node.line, node.column, (owner_node, node.children[1])), env
            )
        return self.built(node, name, env) if last else ()

    def constructed(self, node: Node, name: str, env: Env) -> Iterator[Held]:
        """The message that an instance of a class is: by what it is given, else by what the class says."""
        given = {key: value for key, value in keywords(node).items() if key in KEYS}
        for value in given.values():
            yield from (in_message(held) for held in self.held(value, env))
        if name.rpartition(".")[2].endswith(_MESSAGE) and len(node.children) > 1:
            yield from (in_message(held) for held in self.held(node.children[1], env) if not held.message)
        place = self.class_called(name)
        if place is None or given:
            return
        for key in sorted(KEYS):
            for text in default(self.project, place, key):
                yield from (in_message(held) for held in self.told(text, node))

    def class_called(self, name: str) -> tuple[int, int] | None:
        if name.rpartition(".")[2] not in self.words.messages:
            return None
        place = definition_of(self.project, self.file, self.scope, name)
        return place if place is not None and self.project.definition_at(place).is_class else None


def default(project: Project, place: tuple[int, int], name: str) -> tuple[str, ...]:
    """The texts that an attribute of a class may hold where an instance is not given another."""
    member = member_called(project, *place, name)
    if member is None or member.definition >= 0:
        return ()
    for item in project.files[member.file].facts.assignments:
        if item.scope == member.owner and item.name == name:
            return value_of(project, member.file, item)
    return ()


def _nothing(node: Node, name: str, env: Env) -> tuple[Held, ...]:
    """Tables are read without following calls."""
    return ()


def in_message(held: Held) -> Held:
    """The same in a message."""
    return replace(held, message=True)


def merged(first: Env, second: Env) -> Env:
    """What names hold where two ways come together."""
    if first is second:
        return first
    return {
        name: tuple(dict.fromkeys((*first.get(name, ()), *second.get(name, ()))))
        for name in (*first, *(name for name in second if name not in first))
    }
