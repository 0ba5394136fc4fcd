"""What is called under another name: `tell = ws.send_json`, `done = partial(ws.send_json, message)`, a callback.

A name that is bound once in a body, an attribute that `__init__` sets, a name of a module, a parameter where the
argument is known. What is bound twice is nobody's other name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.events.senders import Senders, senders_of
from ssot_lint.model import MODULE, Flow, Node
from ssot_lint.queries.again import flow_of, module_flow
from ssot_lint.queries.members import member_called, method_called
from ssot_lint.queries.receivers import enclosing_class
from ssot_lint.queries.walks import callee, keywords, positional, string, walk

_PARTIAL = frozenset({"partial", "functools.partial"})
_CALLED_FIRST = frozenset({
    "add_task", "apply_async", "call_soon", "call_soon_threadsafe", "from_thread", "map", "partial", "run_sync",
    "start_soon", "starmap", "submit", "to_thread",
})  # fmt: skip
"""Functions that call what they are given first, with what they are given after it."""
_CALLED_SECOND = frozenset({"call_at", "call_later", "run_in_executor"})
_FURTHER = 3
"""Names that stand for one another."""
_MADE = frozenset({"Process", "Thread", "Timer"})


@dataclass(frozen=True, slots=True)
class Called:
    """What is called: a dotted name as one body reads it, and what it is given before anything else."""

    senders: Senders
    name: str
    given: tuple[Node, ...] = ()

    @property
    def last(self) -> str:
        """The name of the method or function."""
        return self.name.rpartition(".")[2]


def set_here(senders: Senders, name: str) -> tuple[Called, ...]:
    """What a local name stands for that is called in a body; nothing where it is no other name."""
    return tuple(_set_here(senders, name, _FURTHER))


def _set_here(senders: Senders, name: str, depth: int) -> Iterator[Called]:
    value = senders.local(name) if depth else None
    if value is not None:
        yield from _other_names(senders, value, depth)


def set_elsewhere(senders: Senders, name: str) -> tuple[Called, ...]:
    """The same of an attribute of `self` and of a name of a module."""
    if name.startswith("self.") and name.count(".") == 1:
        found = _attribute(senders, name)
    else:
        found = _variable(senders, name) if "." not in name and not senders.is_local(name) else None
    return tuple(_other_names(*found)) if found is not None else ()


def handed_on(senders: Senders, call: Node) -> Iterator[tuple[Called, Node]]:
    """(what is called, the call of it) where a call has a function call another: `loop.call_soon(f, x)`."""
    last = callee(call).rpartition(".")[2]
    if last in _MADE:
        named = keywords(call)
        target, arguments = named.get("target"), named.get("args")
        rest = arguments.children if arguments is not None and arguments.kind == "sequence" else ()
        given = (target, *rest) if target is not None else ()
    elif last in _CALLED_FIRST or last in _CALLED_SECOND:
        given = (
            *positional(call)[last in _CALLED_SECOND :],
            *(item for item in call.children[1:] if item.kind == "keyword"),
        )
    else:
        return
    if given and given[0].kind == "name":
        yield Called(senders, given[0].text), Node("call", "", call.line, call.column, given)


def called_with(called: Called, call: Node) -> Node:
    """The call as it would be written with what is called by its own name."""
    if not called.given and callee(call) == called.name:
        return call
    function = call.children[0]
    name = Node("name", called.name, function.line, function.column)
    return Node("call", "", call.line, call.column, (name, *called.given, *call.children[1:]))


def _other_names(senders: Senders, value: Node, depth: int = _FURTHER) -> Iterator[Called]:
    match value.kind:
        case "name" if "." in value.text:
            yield Called(senders, value.text)
        case "name":
            yield from _set_here(senders, value.text, depth - 1)
        case "operation" if value.text == "IfExp":
            for item in value.children[1:]:
                yield from _other_names(senders, item, depth)
        case "call" if callee(value) in _PARTIAL and len(value.children) > 1:
            function, *given = value.children[1:]
            if function.kind == "name":
                inner = tuple(_other_names(senders, function, depth)) or (Called(senders, function.text),)
                yield from (Called(item.senders, item.name, (*item.given, *given)) for item in inner)
        case "call" if callee(value) == "getattr" and len(value.children) > 2:
            owner, name = value.children[1], string(value.children[2])
            if owner.kind == "name" and name:
                yield Called(senders, f"{owner.text}.{name}")


def _attribute(senders: Senders, name: str) -> tuple[Senders, Node] | None:
    """What `__init__` sets an attribute to, where that is all that sets it there."""
    project, file = senders.project, senders.file
    owner = enclosing_class(project, file, senders.flow.definition)
    if owner is None:
        return None
    member = member_called(project, file, owner, name.partition(".")[2])
    place = method_called(project, file, owner, "__init__")
    if member is None or member.definition >= 0 or place is None:
        return None
    body = flow_of(project, place)
    if body is None:
        return None
    values = [
        node.children[0]
        for node in walk(body.body)
        if node.kind == "assign" and any(target.text == name for target in node.children[1:])
    ]
    return (senders_of(project, place, body), values[0]) if len(values) == 1 else None


def _variable(senders: Senders, name: str) -> tuple[Senders, Node] | None:
    """What a module sets a name to."""
    project = senders.project
    target = project.resolve(senders.file, name, senders.flow.definition).target
    if target.kind != "variable" or target.index < 0:
        return None
    item = project.files[target.file].facts.assignments[target.index]
    if item.scope != MODULE:
        return None
    there = Senders(project, target.file, Flow(MODULE, Node("block", "", 0, 0)))
    if item.kind == "name":
        return there, Node("name", item.value, item.line, item.column)
    if item.kind != "call" or item.value not in _PARTIAL:
        return None
    body = module_flow(project, target.file)
    for node in body.body.children if body is not None else ():
        if node.kind == "assign" and node.line == item.line:
            return there, node.children[0]
    return None
