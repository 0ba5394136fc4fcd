"""What conditions and handlers ask: for something to be there, the same thing twice, every exception."""

from __future__ import annotations

from collections.abc import Sequence

from ssot_lint.model import Node
from ssot_lint.queries.walks import callee, string, walk

LEAVING = frozenset({"return", "raise", "break", "continue"})
_BROAD = frozenset({"Exception", "BaseException"})


def receivers(nodes: Sequence[Node], effects: set[int]) -> frozenset[str]:
    """The names that events are sent through, with those that they come from: `engine` for `engine.notifier`."""
    found = {callee(node).rpartition(".")[0] for node in nodes if id(node) in effects and node.kind == "call"}
    found -= {"", "self", "cls", "?", "super()"}
    if not found:
        return frozenset()
    origins: dict[str, str] = {}
    for node in nodes:
        if node.kind == "assign" and node.children[0].kind == "name":
            for target in node.children[1:]:
                if target.kind == "name":
                    origins[target.text] = node.children[0].text
    pending = list(found)
    while pending:
        name = pending.pop()
        head, _, rest = name.partition(".")
        more = {name.rpartition(".")[0]}
        if name in origins:
            more.add(origins[name])
        elif head in origins:
            more.add(f"{origins[head]}.{rest}")
        more -= {"", "self", "cls", *found}
        found |= more
        pending += [item for item in more if item.count(".") < 5]
    return frozenset(found)


def asked(test: Node) -> frozenset[str]:
    """The names whose presence a condition asks for: `x`, `not x`, `x is None`, `hasattr(x, "send")`, `x and y`."""
    match test.kind:
        case "name":
            return frozenset({test.text})
        case "operation" if test.text in ("UnaryOp", "BoolOp"):
            return frozenset(name for child in test.children for name in asked(child))
        case "operation" if test.text == "Compare":
            if any(child.text == "None" and child.kind == "constant" for child in test.children):
                return frozenset(child.text for child in test.children if child.kind == "name")
        case "call" if callee(test) in ("hasattr", "getattr", "callable") and len(test.children) > 1:
            owner, attribute = test.children[1], string(test.children[2]) if len(test.children) > 2 else None
            if owner.kind == "name":
                return frozenset({owner.text, f"{owner.text}.{attribute}"} if attribute else {owner.text})
    return frozenset()


def leaves(block: Node) -> bool:
    return bool(block.children) and block.children[-1].kind in LEAVING


def repeated(nodes: Sequence[Node]) -> frozenset[str]:
    """The conditions that stand more than once in a body: the only ones worth remembering."""
    seen: set[str] = set()
    again: set[str] = set()
    for node in nodes:
        if node.kind == "if":
            text = rendered(positive(node.children[0], True)[0])
            (again if text in seen else seen).add(text)
    return frozenset(again)


def positive(test: Node, holds: bool) -> tuple[Node, bool]:
    """A condition without the `not` before it."""
    while test.kind == "operation" and test.text == "UnaryOp" and len(test.children) == 1:
        test, holds = test.children[0], not holds
    return test, holds


def is_compared(test: Node) -> bool:
    return any(node.kind == "operation" and node.text == "Compare" for node in walk(test))


def rendered(node: Node) -> str:
    """A rendering that is equal for equal expressions."""
    inner = ",".join(rendered(child) for child in node.children)
    return f"{node.kind}:{node.text}({inner})" if inner else f"{node.kind}:{node.text}"


def is_broad(handler: Node) -> bool:
    types = handler.children[0]
    if types.kind == "none":
        return True
    parts = types.children if types.kind == "sequence" else (types,)
    return any(part.text.rpartition(".")[2] in _BROAD for part in parts)
