"""Must a call be awaited, and what becomes of it when it is not.

`must_await` reads a definition. `fate` follows what a call gives through the body it stands in: a coroutine may
be awaited later, handed to the event loop, or returned for the caller to await; or it is taken for the value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ssot_lint.concepts.conduct import calls_in
from ssot_lint.concepts.contracts import hands_on
from ssot_lint.events.senders import bound
from ssot_lint.model import MODULE, Node
from ssot_lint.queries.again import flow_of, kept_flows
from ssot_lint.queries.members import all_members, lineage, roots
from ssot_lint.queries.receivers import called, enclosing_class, returned_by
from ssot_lint.queries.signatures import keeps_signature
from ssot_lint.queries.walks import callee, positional, walk

if TYPE_CHECKING:
    from ssot_lint.model import Flow
    from ssot_lint.project import Project

Place = tuple[int, int]

RUNNERS = frozenset({
    "run", "create_task", "ensure_future", "gather", "wait", "wait_for", "shield", "as_completed", "timeout",
    "run_until_complete", "run_coroutine_threadsafe", "start_soon", "add_task", "spawn", "run_async", "run_sync",
    "async_to_sync", "iscoroutine", "isawaitable", "isasyncgen", "Task", "run_in_loop", "submit", "TaskGroup",
    "maybe_await", "await_", "aclosing", "closing", "isinstance", "type", "append", "extend", "put", "put_nowait",
    "add", "insert", "enter_async_context", "anext", "aiter",
})  # fmt: skip
"""Last parts of callees that run, keep or examine what they are given, as opposed to taking it for the value."""

COROUTINE = frozenset({
    "send", "throw", "close", "cr_frame", "cr_running", "cr_await", "cr_code", "cr_origin", "asend", "athrow",
    "aclose", "__await__", "__aiter__", "__anext__", "__aenter__", "__name__", "__qualname__", "__class__",
})  # fmt: skip
"""What coroutines and asynchronous generators have themselves."""

SCHEDULERS = frozenset({
    "create_task", "ensure_future", "gather", "run_coroutine_threadsafe", "shield", "spawn", "start_soon", "wait",
    "wait_for", "Task",
})  # fmt: skip
"""Those of them that give something to wait for, and not the value."""

_FUTURE = frozenset({
    "result", "exception", "cancel", "cancelled", "cancelling", "uncancel", "done", "add_done_callback",
    "remove_done_callback", "get_name", "set_name", "get_loop", "get_coro", "get_context", "get_stack", "print_stack",
})  # fmt: skip

_PLAIN = frozenset({
    "None", "bool", "int", "float", "str", "bytes", "dict", "list", "tuple", "set", "frozenset", "Dict", "List", "Tuple",
    "Set",
})  # fmt: skip
_ARGUMENTS = re.compile(r"\[[^\[\]]*\]")
_GUARDS = frozenset({"hasattr", "getattr", "setattr", "isinstance", "issubclass", "callable"})

Kind = Literal["fine", "used", "passed", "kept", "tested", "dropped", "undecided"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of the value of a call: "fine" when it is awaited, run or returned."""

    kind: Kind
    text: str = ""  # "is read for .send", "is passed to Session(...)"
    line: int = 0


# --- must it be awaited? -------------------------------------------------------------------------------------


def must_await(project: Project, place: Place) -> bool | None:
    """Does calling this give a coroutine (True), certainly nothing that can be awaited (False)? None: unknown."""
    known = project.known(_must_await)
    if place not in known:
        known[place] = None  # a circle of functions ends here
        known[place] = _must_await(project, place)
    return known[place]


def _must_await(project: Project, place: Place) -> bool | None:
    definition = project.definition_at(place)
    if definition.is_class:
        unknown = roots(project, *place) - {"object", "ABC", "abc.ABC", "typing.Protocol", "typing.Generic"}
        return None if "__await__" in all_members(project, *place) or unknown else False
    if not keeps_signature(definition):
        return None
    if definition.is_async:
        return None if "Iterator" in definition.returns or "Generator" in definition.returns else True
    owner = definition.parent
    if owner != MODULE and _async_below(project, (place[0], owner), definition.name):
        return None
    if _passes_on(project, *place):
        return None
    if _returns_coroutine(project, place):
        return True
    if hands_on(project, *place):
        return None
    made = returned_by(project, *place)
    if made is not None:
        other = project.definition_at(made)
        return False if other.is_class and must_await(project, made) is False else None
    return False if _is_plain(definition.returns) else None


def _returns_coroutine(project: Project, place: Place) -> bool:
    """Is all that a function returns what async functions give when they are not awaited?"""
    flow = kept_flows(project, place[0]).get(place[1])
    returned = [node for node in walk(flow.body) if node.kind == "return"] if flow is not None else []
    if not returned or project.definition_at(place).yields:
        return False
    for node in returned:
        value = node.children[0] if node.children else node
        if value.kind != "call" or "?" in callee(value):
            return False
        maker = called(project, *place, callee(value))
        if maker is None or must_await(project, maker) is not True:
            return False
    return True


def _is_plain(annotation: str) -> bool:
    """Does an annotation name nothing but plain types: `bool`, `dict[str, int] | None`?"""
    text, inner = annotation.strip("\"' "), ""
    while inner != text:
        text, inner = _ARGUMENTS.sub("", text), text
    return all(part.strip() in _PLAIN for part in text.split("|"))


def _passes_on(project: Project, file: int, index: int) -> bool:
    """May what a method returns be a coroutine, though its annotation says otherwise?

    So it is where the value comes from a member of `self` that some class below makes async, or that only the
    classes below have: one body then serves a sync and an async half.
    """
    owner = enclosing_class(project, file, index)
    if owner is None:
        return False
    deep = project.files[file].facts.deep
    names = {
        item.name
        for item in (deep.references if deep is not None else ())
        if item.scope == index and item.role == "returned"
    }
    members = all_members(project, file, owner)
    for call in calls_in(project, file, index):
        receiver, _, name = call.callee.rpartition(".")
        back = not call.awaited and (call.returned or call.assigned in names)
        unsure = name not in members or _async_below(project, (file, owner), name)
        if back and receiver in ("self", "cls") and unsure:
            return True
    return False


def _async_below(project: Project, cls: Place, name: str) -> bool:
    """Does a class derived from this one define the member as async?"""
    return any(
        place != cls and cls in lineage(project, *place)
        for place in project.once(_async_methods).get(name, ())
    )


def _async_methods(project: Project) -> Mapping[str, tuple[Place, ...]]:
    """Name -> the classes with a base that define an async method of that name, in files that mention a concept."""
    found: dict[str, list[Place]] = {}
    for file, source in enumerate(project.files):
        definitions = source.facts.definitions if source.facts.deep is not None else ()
        for item in definitions:
            if item.kind == "async-function" and item.parent != MODULE and definitions[item.parent].bases:
                found.setdefault(item.name, []).append((file, item.parent))
    return {name: tuple(places) for name, places in found.items()}


# --- what becomes of it --------------------------------------------------------------------------------------


class Body:
    """The body of one function with the way up from each node."""

    def __init__(self, flow: Flow, is_async: bool) -> None:
        self.flow = flow
        self.is_async = is_async
        self.above: dict[int, Node] = {}
        self.order: dict[int, int] = {}
        self.calls: dict[tuple[int, int], Node] = {}
        self.nested = False  # holds a definition whose own body is another flow
        for number, node in enumerate(walk(flow.body)):
            self.order[id(node)] = number
            if node.kind == "call":
                self.calls[node.line, node.column] = node
            self.nested = self.nested or node.kind == "definition"
            for child in node.children:
                self.above[id(child)] = node


_AROUND = frozenset({"star", "keyword", "walrus"})
_COLLECTIONS = frozenset({"sequence", "dict", "comprehension"})


def fate(body: Body, call: Node) -> Fate:
    """What becomes of what a call of a body gives, where it is not awaited on the spot."""
    node, collected, tested = call, False, False
    while (above := body.above.get(id(node))) is not None:
        match above.kind:
            case "await" | "return" | "yield" | "lambda" | "raise":
                return Fate("fine")
            case "operation" if above.text in ("BoolOp", "IfExp"):
                tested = tested or above.text == "BoolOp"
            case "operation":
                if above.text in ("UnaryOp", "Compare"):
                    return Fate("tested", "is tested, which says nothing about an instance", above.line)
                return Fate("used", "is computed with", above.line)
            case kind if kind in _AROUND:
                if kind == "walrus" and node is above.children[0]:
                    return _variable(body, above.text, above, above)
            case kind if kind in _COLLECTIONS:
                collected = True
            case "call":
                if node is above.children[0]:
                    return Fate("used", "is called", above.line)
                found = _argument(above, node, collected)
                return _scheduled(body, above) if found.kind == "fine" else found
            case "attribute":
                return (
                    Fate("fine")
                    if above.text in COROUTINE
                    else Fate("used", f"is read for .{above.text}", above.line)
                )
            case "item-of":
                return (
                    Fate("used", "is subscripted", above.line)
                    if node is above.children[0]
                    else Fate("undecided")
                )
            case "joined":
                return Fate("used", "is put into a text", above.line)
            case "assign":
                return Fate("undecided") if collected else _assigned(body, above)
            case "augmented":
                return Fate("used", "is computed with", above.line)
            case "expression":
                return Fate("undecided") if collected else Fate("dropped", "never runs", above.line)
            case "if" | "assert" | "match":
                return Fate("tested", "is tested, which says nothing about an instance", above.line)
            case "loop":
                if above.text == "while":
                    return Fate("tested", "is tested, which says nothing about an instance", above.line)
                return Fate("undecided")
            case "item":
                return Fate("used", "is entered as a context manager", above.line)
            case _:
                return Fate("undecided")
        node = above
    return Fate("undecided")


def _scheduled(body: Body, call: Node) -> Fate:
    """What becomes of the task or future that a call makes of a coroutine: only its own members are fine."""
    above = body.above.get(id(call))
    if callee(call).rpartition(".")[2] not in SCHEDULERS or above is None:
        return Fate("fine")
    if above.kind == "attribute":
        if above.text in _FUTURE | COROUTINE:
            return Fate("fine")
        return Fate("used", f"becomes a task that is read for .{above.text}", above.line)
    if above.kind == "item-of" and call is above.children[0]:
        return Fate("used", "becomes a task that is subscripted", above.line)
    if above.kind != "assign" or len(above.children) != 2:
        return Fate("fine")
    target = above.children[1]
    if target.kind != "name" or "." in target.text or body.nested:
        return Fate("fine")
    start, end = body.order[id(target)], _rebound(body, target.text, above)
    for node in walk(body.flow.body):
        if node.kind == "name" and start < body.order[id(node)] < end:
            attribute = node.text.removeprefix(f"{target.text}.").partition(".")[0]
            if node.text.startswith(f"{target.text}.") and attribute not in _FUTURE | COROUTINE:
                said = f"becomes a task called {target.text} and read for .{attribute}"
                return Fate("used", said, node.line)
            holder = body.above.get(id(node))
            if node.text == target.text and holder is not None and holder.kind == "item-of":
                return Fate("used", f"becomes a task called {target.text} and subscripted", node.line)
    return Fate("fine")


def given_to(project: Project, file: int, scope: int, call: Node) -> tuple[Place, Mapping[str, Node]] | None:
    """The function of the project that a call reaches, a class's constructor for a class, and what it is given."""
    name = callee(call)
    place = called(project, file, scope, name) if name and "?" not in name else None
    if place is not None and project.definition_at(place).is_class:
        initial = all_members(project, *place).get("__init__")
        place = (
            (initial.file, initial.definition) if initial is not None and initial.definition >= 0 else None
        )
        name = f"{name}.__init__"
    return None if place is None else (place, bound(project, place, call, name))


def takes_coroutine(project: Project, place: Place, name: str, depth: int = 3) -> bool:
    """May a function await, run or examine what a parameter is given, or hand it to one that does?"""
    flow = flow_of(project, place)
    if flow is None:
        return False
    body = Body(flow, project.definition_at(place).is_async)
    if body.nested or _handled(body, name, -1):
        return True
    for node in body.calls.values() if depth else ():
        taken = given_to(project, *place, node)
        for parameter, value in taken[1].items() if taken is not None else ():
            is_handed = value.kind == "name" and value.text == name
            if taken is not None and is_handed and takes_coroutine(project, taken[0], parameter, depth - 1):
                return True
    return False


def _argument(call: Node, given: Node, collected: bool) -> Fate:
    name = callee(call)
    last = name.rpartition(".")[2]
    if last in RUNNERS or not name:
        return Fate("fine" if name else "undecided")
    if last in _GUARDS:
        attribute = next((item.text for item in positional(call)[1:] if item.kind == "constant"), "")
        if attribute.strip("'\"") in COROUTINE:
            return Fate("fine")
        return Fate(
            "used", f"fails {last}(..., {attribute})" if attribute else f"is given to {last}", call.line
        )
    if collected:
        return Fate("undecided")
    return Fate("passed", f"is passed to {name}(...)", call.line)


def _assigned(body: Body, statement: Node) -> Fate:
    targets = statement.children[1:]
    if len(targets) != 1:
        return Fate("undecided")
    target = targets[0]
    if target.kind == "sequence":
        return Fate("used", "is unpacked", statement.line)
    if target.kind != "name":
        return Fate("undecided")
    if "." in target.text:
        return _attribute(body, target.text, statement)
    return _variable(body, target.text, target, statement)


def _attribute(body: Body, name: str, statement: Node) -> Fate:
    if _handled(body, name, body.order[id(statement)]):
        return Fate("fine")
    return Fate("kept", f"is kept in {name}", statement.line)


def _handled(body: Body, name: str, after: int) -> bool:
    """Is what a name holds awaited, run or examined later in the body?"""
    for node in walk(body.flow.body):
        if node.kind == "name" and node.text == name and body.order[id(node)] > after:
            above: Node | None = body.above.get(id(node))
            while above is not None and (above.kind in _AROUND or above.kind in _COLLECTIONS):
                above = body.above.get(id(above))
            if above is None:
                continue
            if above.kind == "await" or (
                above.kind == "call" and _argument(above, node, False).kind == "fine"
            ):
                return True
    return False


def _variable(body: Body, name: str, target: Node, statement: Node) -> Fate:
    """Follows a local name from the statement that binds it to the next one that certainly binds it again."""
    start, end = body.order[id(target)], _rebound(body, name, statement)
    later = [
        node for node in walk(body.flow.body)
        if node.kind in ("name", "global") and start < body.order[id(node)] < end
    ]  # fmt: skip
    uses: list[Fate] = []
    for node in later:
        if node.kind == "global" or (node.text != name and not node.text.startswith(name + ".")):
            continue
        found = _use(body, node, name)
        if found.kind == "fine":
            return found
        uses.append(found)
    if body.nested and not any(item.kind in ("used", "tested", "passed") for item in uses):
        return Fate("undecided")
    if not uses:
        return Fate("dropped", f"is called {name} and never awaited", statement.line)
    for kind in ("used", "passed", "kept", "tested"):
        for item in uses:
            if item.kind == kind:
                return item
    return uses[0]


def _use(body: Body, node: Node, name: str) -> Fate:
    above = body.above.get(id(node))
    if node.text != name:
        attribute = node.text.removeprefix(name + ".").partition(".")[0]
        if attribute in COROUTINE - {"send", "close"}:
            return Fate("fine")
        if attribute in ("send", "close") and not (
            above is not None and body.above.get(id(above), above).kind == "await"
        ):
            return Fate("undecided")
        return Fate("used", f"is called {name} and read for .{attribute}", node.line)
    if above is None or (above.kind == "assign" and node is not above.children[0]):
        return Fate("undecided")
    if above.kind == "return":
        return Fate("undecided" if body.is_async else "fine")
    found = fate_of_name(body, node)
    if found.kind in ("fine", "undecided"):
        return found
    return Fate(found.kind, f"is called {name} and {found.text}", found.line)


def fate_of_name(body: Body, node: Node) -> Fate:
    """As `fate`, for one reading of a name; a further assignment of it is not followed."""
    above = body.above.get(id(node))
    if above is not None and above.kind == "assign":
        targets = above.children[1:]
        if len(targets) == 1 and targets[0].kind == "name" and "." in targets[0].text:
            return _attribute(body, targets[0].text, above)
        return Fate("undecided")
    return fate(body, node)


def _rebound(body: Body, name: str, statement: Node) -> int:
    """The place in the order at which a later assignment certainly binds the name again."""
    around: set[int] = set()
    node: Node | None = statement
    while node is not None:
        if node.kind == "block":
            around.add(id(node))
        node = body.above.get(id(node))
    start = body.order[id(statement)]
    for node in walk(body.flow.body):
        if node.kind == "assign" and body.order[id(node)] > start:
            above = body.above.get(id(node))
            if (
                above is not None
                and id(above) in around
                and any(item.text == name for item in node.children[1:])
            ):
                return body.order[id(node.children[1])]  # its value still reads the old one
    return len(body.order)
