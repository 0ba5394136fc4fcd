"""What becomes of the value of a call: `fate` follows it through the body that the call stands in.

A coroutine may be awaited later, handed to the event loop, or returned for the caller to await; or it is taken for the
value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ssot_lint.factories.coroutines import COROUTINE, FUTURE, GUARDS, RUNNERS, SCHEDULERS
from ssot_lint.model import Node
from ssot_lint.queries.walks import callee, positional, walk

if TYPE_CHECKING:
    from ssot_lint.model import Flow

Kind = Literal["fine", "used", "passed", "kept", "tested", "dropped", "undecided"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of the value of a call: "fine" when it is awaited, run or returned."""

    kind: Kind
    text: str = ""  # "is read for .send", "is passed to Session(...)"
    line: int = 0


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


_SAYS_NOTHING = "is tested, which says nothing about an instance"
_ENDS: Mapping[str, tuple[Kind, str]] = {
    "await": ("fine", ""),
    "return": ("fine", ""),
    "yield": ("fine", ""),
    "lambda": ("fine", ""),
    "raise": ("fine", ""),
    "joined": ("used", "is put into a text"),
    "augmented": ("used", "is computed with"),
    "item": ("used", "is entered as a context manager"),
    "if": ("tested", _SAYS_NOTHING),
    "assert": ("tested", _SAYS_NOTHING),
    "match": ("tested", _SAYS_NOTHING),
}
"""What becomes of a value right below a node of these kinds, wherever it stands there."""


def fate(body: Body, call: Node) -> Fate:
    """What becomes of what a call of a body gives, where it is not awaited on the spot."""
    node, collected = call, False
    while (above := body.above.get(id(node))) is not None:
        if above.kind in _COLLECTIONS:
            collected = True
        elif above.kind == "walrus" and node is above.children[0]:
            return _variable(body, above.text, above, above)
        elif above.kind not in _AROUND and not _is_choice(above):
            return _end(body, node, above, collected)
        node = above
    return Fate("undecided")


def _is_choice(node: Node) -> bool:
    """Does an operation give one of its operands?"""
    return node.kind == "operation" and node.text in ("BoolOp", "IfExp")


def _end(body: Body, node: Node, above: Node, collected: bool) -> Fate:
    """What becomes of a value in the node above it; `collected`: it is there as an item among others."""
    if above.kind in _ENDS:
        kind, text = _ENDS[above.kind]
        return Fate("fine") if kind == "fine" else Fate(kind, text, above.line)
    match above.kind:
        case "operation" if above.text in ("UnaryOp", "Compare"):
            return Fate("tested", _SAYS_NOTHING, above.line)
        case "operation":
            return Fate("used", "is computed with", above.line)
        case "call" if node is above.children[0]:
            return Fate("used", "is called", above.line)
        case "call":
            found = _argument(above, node, collected)
            return _scheduled(body, above) if found.kind == "fine" else found
        case "attribute" if above.text in COROUTINE:
            return Fate("fine")
        case "attribute":
            return Fate("used", f"is read for .{above.text}", above.line)
        case "item-of" if node is above.children[0]:
            return Fate("used", "is subscripted", above.line)
        case "assign" if not collected:
            return _assigned(body, above)
        case "expression" if not collected:
            return Fate("dropped", "never runs", above.line)
        case "loop" if above.text == "while":
            return Fate("tested", _SAYS_NOTHING, above.line)
        case _:
            return Fate("undecided")


def _scheduled(body: Body, call: Node) -> Fate:
    """What becomes of the task or future that a call makes of a coroutine: only its own members are fine."""
    above = body.above.get(id(call))
    if callee(call).rpartition(".")[2] not in SCHEDULERS or above is None:
        return Fate("fine")
    if above.kind == "attribute":
        if above.text in FUTURE | COROUTINE:
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
        holder = body.above.get(id(node))
        is_set = holder is not None and holder.kind == "assign" and node is not holder.children[0]
        if is_set and node.text == target.text and start < body.order[id(node)] < end:
            break  # on another branch it is another thing
        if node.kind == "name" and start < body.order[id(node)] < end:
            attribute = node.text.removeprefix(f"{target.text}.").partition(".")[0]
            if node.text.startswith(f"{target.text}.") and attribute not in FUTURE | COROUTINE:
                said = f"becomes a task called {target.text} and read for .{attribute}"
                return Fate("used", said, node.line)
            is_owner = holder is not None and holder.kind == "item-of" and node is holder.children[0]
            if node.text == target.text and is_owner:
                return Fate("used", f"becomes a task called {target.text} and subscripted", node.line)
    return Fate("fine")


def _argument(call: Node, given: Node, collected: bool) -> Fate:
    name = callee(call)
    last = name.rpartition(".")[2]
    if last in RUNNERS or not name:
        return Fate("fine" if name else "undecided")
    if last in GUARDS:
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
    if handled(body, name, body.order[id(statement)]):
        return Fate("fine")
    return Fate("kept", f"is kept in {name}", statement.line)


def handled(body: Body, name: str, after: int) -> bool:
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
