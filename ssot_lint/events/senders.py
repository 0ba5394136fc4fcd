"""Who sends what a body sends: the emitter, something else, or a function of the project that hands it on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from ssot_lint.config import Sequence
from ssot_lint.events.emitters import emitters, inside_emitter
from ssot_lint.events.vocabulary import could_be, sends
from ssot_lint.linking.targets import Target
from ssot_lint.model import MODULE, Flow, Node, Place
from ssot_lint.project import Project
from ssot_lint.queries.again import flow_of
from ssot_lint.queries.members import method_called
from ssot_lint.queries.receivers import (
    annotated,
    class_of,
    definition_of,
    enclosing_class,
    entered_by,
    entrances,
    made_by,
)
from ssot_lint.queries.walks import callee, keywords, positional, walk

Typed = Callable[[str], "Place | None"]
Through = Literal["emitter", "foreign", "wrapper", "unknown"]
_FURTHER = 2  # functions that hand an event on to one another


class Senders:
    """What the callees of one body are. The types of its names are worked out when they are asked for."""

    def __init__(self, project: Project, file: int, flow: Flow) -> None:
        self.project, self.file, self.flow = project, file, flow
        self.types: dict[str, Place | None] = {}
        self.locals: dict[str, list[Node]] | None = None
        self.entered: set[int] = set()

    def through(self, node: Node, name: str, sequence: Sequence, form: str) -> Through:
        if inside_emitter(self.project, sequence, self.file, self.flow.definition):
            return "emitter"
        if self.is_emitter(node, name, sequence):
            return "emitter"
        place = self.function(name)
        if place is not None:
            if inside_emitter(self.project, sequence, *place):
                return "emitter"
            if form == "method":
                return "wrapper"
            return self.handed_on(place, sequence)
        if form == "method" or not sequence.emitter:
            return "unknown"
        owner = name.rpartition(".")[0]
        perhaps = could_be(owner, sequence) or self.is_entered(owner)
        return "unknown" if perhaps and self.typed(owner) is None else "foreign"

    def is_emitter(self, node: Node, name: str, sequence: Sequence) -> bool:
        homes = emitters(self.project).get(sequence.name, frozenset())
        owner = name.rpartition(".")[0]
        if owner == "?":
            inner = node.children[0].children[0]
            if inner.kind == "await":
                inner = inner.children[0]
            if inner.kind != "call":
                return False
            made = made_by(self.project, self.file, self.flow.definition, callee(inner))
            return made in homes
        return bool(owner) and self.typed(owner) in homes

    def typed(self, receiver: str) -> Place | None:
        """The class of what a local name, a parameter or an attribute of `self` holds."""
        if receiver not in self.types:
            self.types[receiver] = self._typed(receiver)
        return self.types[receiver]

    def _typed(self, receiver: str) -> Place | None:
        scope = self.flow.definition
        found = class_of(self.project, self.file, scope, receiver)
        if found is not None:
            return found
        definitions = self.project.files[self.file].facts.definitions
        at = scope
        while at != MODULE:
            for item in definitions[at].parameters:
                if item.name == receiver and item.annotation:
                    return annotated(self.project, self.file, at, item.annotation)
            at = definitions[at].parent
        if receiver.startswith("self.") and receiver.count(".") == 1:
            return self.attribute(receiver)
        value = self.local(receiver)
        if value is not None and value.kind == "call":
            if id(value) in self.entered:
                return self.given_by_entering(value)
            return made_by(self.project, self.file, scope, callee(value))
        if not receiver or "?" in receiver or receiver.startswith(("self.", "cls.")):
            return None
        target = self.project.resolve(self.file, receiver, scope).target
        if target.kind == "definition":
            return (target.file, target.index) if self.project.definition(target).is_class else None
        return self.variable(target) if target.kind == "variable" and target.index >= 0 else None

    def given_by_entering(self, call: Node) -> Place | None:
        """The class of what `with call() as name` gives, be it what the manager holds: `return self.emitter`."""
        found = entered_by(self.project, self.file, self.flow.definition, callee(call))
        made = None if found else made_by(self.project, self.file, self.flow.definition, callee(call))
        for place in entrances(self.project, made) if made is not None else ():
            flow = flow_of(self.project, place)
            returns = [node for node in walk(flow.body) if node.kind == "return"] if flow is not None else []
            held = [node.children[0] for node in returns if node.children]
            if flow is not None and len(held) == 1 and held[0].kind == "name":
                return senders_of(self.project, place, flow).typed(held[0].text)
        return found

    def variable(self, target: Target) -> Place | None:
        """The class of what a name of a module holds, by its annotation or by what makes it."""
        item = self.project.files[target.file].facts.assignments[target.index]
        if item.scope != MODULE:
            return None
        if item.annotation:
            return annotated(self.project, target.file, MODULE, item.annotation)
        return made_by(self.project, target.file, MODULE, item.value) if item.kind == "call" else None

    def local(self, name: str) -> Node | None:
        """What a local name is set to, when that is one expression."""
        values = self.set_names().get(name, ())
        return values[0] if len(values) == 1 else None

    def is_entered(self, name: str) -> bool:
        """Does a name hold what a `with` over a class of the project gives, whatever that is?"""
        value = self.local(name)
        if value is None or value.kind != "call" or id(value) not in self.entered:
            return False
        made = made_by(self.project, self.file, self.flow.definition, callee(value))
        return made is not None and bool(entrances(self.project, made))

    def is_local(self, name: str) -> bool:
        """Does a body set a name, or take it as a parameter?"""
        if name in self.set_names():
            return True
        scope = self.flow.definition
        parameters = () if scope == MODULE else self.project.definition_at((self.file, scope)).parameters
        return any(item.name == name for item in parameters)

    def set_names(self) -> dict[str, list[Node]]:
        """What is assigned to each local name, an `await` aside, or entered under it."""
        if self.locals is None:
            self.locals = {}
            for node in walk(self.flow.body):
                if node.kind == "assign":
                    for target in node.children[1:]:
                        if target.kind == "name":
                            value = node.children[0]
                            self.locals.setdefault(target.text, []).append(
                                value.children[0] if value.kind == "await" else value
                            )
                elif node.kind == "item" and len(node.children) > 1 and node.children[1].kind == "name":
                    self.locals.setdefault(node.children[1].text, []).append(node.children[0])
                    self.entered.add(id(node.children[0]))
        return self.locals

    def attribute(self, receiver: str) -> Place | None:
        """`self.x = x` in `__init__`, the parameter being annotated; or an annotation in the class."""
        owner = enclosing_class(self.project, self.file, self.flow.definition)
        if owner is None:
            return None
        name = receiver.partition(".")[2]
        facts = self.project.files[self.file].facts
        for item in facts.assignments:
            if item.scope == owner and item.name == name and item.annotation:
                return annotated(self.project, self.file, owner, item.annotation)
        init = method_called(self.project, self.file, owner, "__init__")
        if init is None:
            return None
        parameters = self.project.definition_at(init).parameters
        annotations = {item.name: item.annotation for item in parameters if item.annotation}
        for parameter in (name, name.lstrip("_")):
            if parameter in annotations:
                return annotated(self.project, *init, annotations[parameter])
        body = flow_of(self.project, init) if facts.deep is None else None
        for node in walk(body.body) if body is not None else ():
            if node.kind == "assign" and any(target.text == receiver for target in node.children[1:]):
                value = node.children[0]
                if value.kind == "call":
                    return made_by(self.project, *init, callee(value))
                if value.text in annotations:
                    return annotated(self.project, *init, annotations[value.text])
        return None

    def function(self, name: str) -> Place | None:
        return function_called(self.project, self.file, self.flow.definition, name, self.typed)

    def handed_on(self, place: Place, sequence: Sequence) -> Through:
        """What a first-party function does with an event that it is given, be it by way of others."""
        return self.way(place, sequence, _FURTHER) or "unknown"

    def way(self, place: Place, sequence: Sequence, depth: int) -> Through | None:
        """The same; None where nothing in its body sends."""
        if inside_emitter(self.project, sequence, *place):
            return "emitter"
        file, index = place
        facts = self.project.files[file].facts
        if facts.definitions[index].is_class:
            return None
        homes = emitters(self.project).get(sequence.name, frozenset())
        body = flow_of(self.project, place)
        there = senders_of(self.project, place, body or Flow(index, Node("block", "", 0, 0)))
        if body is not None:
            names = [callee(node) for node in walk(body.body) if node.kind == "call"]
        else:
            names = [call.callee for call in facts.deep.calls if call.scope == index] if facts.deep else []
        if any(there.typed(item.rpartition(".")[0]) in homes for item in names if "." in item):
            return "emitter"
        if any(
            could_be(part, sequence) for item in names for part in (item, item.rpartition(".")[0]) if part
        ):
            return "unknown"
        sending = [item for item in names if sends(item.rpartition(".")[2])]
        further = {there.function(item) for item in sending} - {None, place} if depth else set()
        ways = {self.way(other, sequence, depth - 1) for other in further if other is not None}
        if "emitter" in ways:
            return "emitter"
        return "unknown" if "unknown" in ways else "foreign" if sending else None


def senders_of(project: Project, place: Place, flow: Flow) -> Senders:
    """The same for all who ask for one body."""
    known = project.known(Senders)
    if place not in known:
        known[place] = Senders(project, place[0], flow)
    return known[place]


def function_called(
    project: Project, file: int, scope: int, name: str, typed: Typed | None = None
) -> Place | None:
    """The function or method of the project that a dotted callee names."""
    owner, _, last = name.rpartition(".")
    if not last or owner == "?":
        return None
    if owner in ("self", "cls", "super()"):
        here = enclosing_class(project, file, scope)
        holder = None if here is None else (file, here)
    elif owner:
        holder = (typed or partial(class_of, project, file, scope))(owner)
    else:
        holder = None
    if holder is not None:
        return method_called(project, *holder, last)
    place = definition_of(project, file, scope, name)
    if place is None or project.definition_at(place).is_class:
        return None
    return place


def bound(project: Project, place: Place, call: Node, name: str) -> dict[str, Node]:
    """The arguments of a call by the names of the function's parameters; stars left out."""
    parameters = [
        item.name
        for item in project.definition_at(place).parameters
        if item.kind in ("positional-only", "positional")
    ]
    if parameters[:1] in (["self"], ["cls"]) and "." in name:
        parameters = parameters[1:]
    return dict(zip(parameters, positional(call), strict=False)) | keywords(call)
