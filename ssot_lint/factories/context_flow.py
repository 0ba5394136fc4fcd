"""Does a parameter of a function flow into what it returns?

A taint analysis over one body that does not care for the order of statements: names and attributes that are
assigned from the parameter carry it on, so do objects it is given to, branches that depend on its value, and calls
of first-party functions whose own body lets it through. Whether the parameter is there at all, is logged or
validated carries nothing. The answer is None where the body was not kept or hides too much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lint.model import Place
from ssot_lint.queries.again import flow_of
from ssot_lint.queries.digests import digests
from ssot_lint.queries.receivers import called
from ssot_lint.queries.walks import callee, keywords, positional, walk

if TYPE_CHECKING:
    from ssot_lint.model import Definition, Node
    from ssot_lint.project import Project

CHECKS = frozenset({"isinstance", "hasattr", "callable", "issubclass", "id", "type", "bool", "len"})

LOGS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})

LOOKUPS = frozenset({"get", "pop", "setdefault"})

_DEPTH = 4


@dataclass(slots=True)
class _Body:
    """What is known of one body while the taint spreads."""

    project: Project
    place: Place
    root: Node
    depth: int
    tainted: set[str] = field(default_factory=set)
    stores: dict[str, list[Node]] = field(default_factory=lambda: defaultdict(list))
    handed: set[str] = field(default_factory=set)  # names in what is returned


def flows_into_result(project: Project, place: Place, parameter: str, depth: int = _DEPTH) -> bool | None:
    """Does a parameter reach what the function returns or yields?"""
    known = project.known(_flows)
    key = (place, parameter)
    if key not in known:
        known[key] = None  # a circle of functions ends here
        known[key] = _flows(project, place, parameter, depth)
    return known[key]


def _flows(project: Project, place: Place, parameter: str, depth: int) -> bool | None:
    flow = flow_of(project, place)
    if flow is None:
        return None
    body = _Body(project, place, flow.body, depth, {parameter})
    nodes = list(walk(flow.body))
    if any(
        node.kind in ("definition", "lambda") or (node.kind == "name" and node.text in _OPEN)
        for node in nodes
    ):
        return None if reads(flow.body, parameter) or _has_nested(nodes) else False
    for node in nodes:
        if node.kind == "return":
            body.handed.update(part.text for part in walk(node) if part.kind == "name")
        elif node.kind == "assign":
            for target in node.children[1:]:
                if target.kind == "item-of" and target.children[0].kind == "name":
                    body.stores[target.children[0].text].append(node.children[0])
    before = -1
    while before != len(body.tainted):
        before = len(body.tainted)
        _spread(body, flow.body, False)
    return any(_returned(body, flow.body, False))


_OPEN = frozenset({"locals", "vars", "globals", "super"})


def _has_nested(nodes: list[Node]) -> bool:
    return any(node.kind in ("definition", "lambda") for node in nodes)


def reads(body: Node, name: str) -> bool:
    return any(
        node.kind == "name" and (node.text == name or node.text.startswith(name + ".")) for node in walk(body)
    )


def _spread(body: _Body, node: Node, depends: bool) -> None:
    """Marks what the statements below a node carry on; `depends`: they run or not as the parameter's value says."""
    match node.kind:
        case "assign" | "augmented":
            if depends or _carries(body, node.children[0]):
                for target in node.children[1:]:
                    _mark(body, target)
        case "if" | "match" | "loop" if node.children:
            depends = depends or _decides(body, node.children[0])
            if node.kind == "loop" and node.text == "for" and _carries(body, node.children[0]):
                _mark(body, node.children[1])
        case "item" if len(node.children) == 2 and _carries(body, node.children[0]):
            _mark(body, node.children[1])
        case "walrus" if _carries(body, node.children[0]):
            body.tainted.add(node.text)
        case "call":
            _given_away(body, node)
    for child in node.children:
        _spread(body, child, depends)


def _mark(body: _Body, target: Node) -> None:
    if target.kind == "name":
        body.tainted.add(target.text)
    elif target.kind == "item-of":
        _mark(body, target.children[0])
    else:
        for child in target.children:
            _mark(body, child)


def _given_away(body: _Body, call: Node) -> None:
    """An object whose method is called with the parameter, or that is passed beside it, may keep it."""
    name = callee(call)
    owner, _, last = name.rpartition(".")
    if last in LOGS or last in CHECKS or last in LOOKUPS:
        return
    given = [*positional(call), *keywords(call).values()]
    if not any(_carries(body, item) for item in given):
        return
    if owner and "?" not in owner and owner not in ("self", "cls"):
        body.tainted.add(owner)
    for item in given:
        if item.kind == "name" and item.text not in ("self", "cls", "None"):
            body.tainted.add(item.text)


def _carries(body: _Body, node: Node) -> bool:
    """Does the value of an expression depend on the parameter?"""
    match node.kind:
        case "name":
            return any(
                node.text == item or node.text.startswith(item + ".") or item.startswith(node.text + ".")
                for item in body.tainted
            )
        case "call":
            return _call_carries(body, node)
        case "item-of":
            return _carries(body, node.children[0]) or (
                _carries(body, node.children[1]) and _own_values(body, node.children[0])
            )
        case "operation" if node.text == "Compare" and _is_presence(node):
            return False
        case _:
            return any(_carries(body, child) for child in node.children)


def _own_values(body: _Body, table: Node) -> bool:
    """Is what a table keeps under the parameter's key made for that key? True where nobody can see it."""
    values = body.stores.get(table.text)
    return not values or any(_fresh(body, value) for value in values)


def _fresh(body: _Body, value: Node) -> bool:
    if value.kind == "await":
        return _fresh(body, value.children[0])
    if value.kind == "name":
        bound = [given for name, given in _bound(body) if name == value.text]
        return _carries(body, value) or (bool(bound) and any(_fresh(body, item) for item in bound))
    return value.kind == "call" or _carries(body, value)


def _bound(body: _Body) -> tuple[tuple[str, Node], ...]:
    found = digests(body.project, body.place[0]).get(body.place[1])
    return found.bound if found is not None else ()


def _call_carries(body: _Body, call: Node) -> bool:
    name = callee(call)
    owner, _, last = name.rpartition(".")
    if last in CHECKS:
        return False
    if last in LOOKUPS and owner and positional(call) and _carries(body, positional(call)[0]):
        if last == "setdefault" and len(positional(call)) == 2:
            return _fresh(body, positional(call)[1])
        return _own_values(body, call.children[0]) if owner not in body.stores else any(
            _fresh(body, value) for value in body.stores[owner]
        )  # fmt: skip
    if _carries(body, call.children[0]) or _owner_carries(body, owner, name):
        return True
    given = [(None, item) for item in positional(call)] + list(keywords(call).items())
    carrying = [(number, key) for number, (key, item) in enumerate(given) if _carries(body, item)]
    if not carrying:
        return any(_carries(body, item) for item in call.children[1:])
    target = called(body.project, *body.place, name) if name and "?" not in name and body.depth else None
    if target is None:
        return True
    definition = body.project.definition_at(target)
    if definition.is_class:
        return True
    names = [_parameter(definition, number, key) for number, key in carrying]
    return any(
        item is None or flows_into_result(body.project, target, item, body.depth - 1) is not False
        for item in names
    )


def _owner_carries(body: _Body, owner: str, name: str) -> bool:
    """Does a method work with what was put on its object: `builder.context = context; builder.build()`?

    True where nobody can see it.
    """
    if not owner or "?" in owner or not any(item.startswith(f"{owner}.") for item in body.tainted):
        return False
    return owner not in ("self", "cls") or _method_reads(body, name, body.depth)


def _method_reads(body: _Body, name: str, depth: int) -> bool:
    """Does a method of the same class, or one that it calls, read what was put on `self`?"""
    target = called(body.project, *body.place, name)
    flow = flow_of(body.project, target) if target is not None and depth else None
    if flow is None:
        return True
    for node in walk(flow.body):
        if node.kind == "name" and any(
            node.text == item or node.text.startswith(f"{item}.") for item in body.tainted if "." in item
        ):
            return True
        if node.kind == "call" and callee(node).startswith(("self.", "cls.")):
            inner = callee(node)
            if inner != name and inner.count(".") == 1 and _method_reads(body, inner, depth - 1):
                return True
    return False


def _parameter(definition: Definition, number: int, key: str | None) -> str | None:
    names = [item.name for item in definition.parameters if not item.kind.startswith("var-")]
    if key is not None:
        return key if key in names else None
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    return names[number] if number < len(names) else None


def _decides(body: _Body, test: Node) -> bool:
    """Does a test ask for more than whether the parameter, or a part of it, is there and of the right kind?"""
    match test.kind:
        case "name":
            return False
        case "call":
            name = callee(test)
            return name.rpartition(".")[2] not in CHECKS and _carries(body, test)
        case "operation" if test.text in ("BoolOp", "UnaryOp"):
            return any(_decides(body, child) for child in test.children)
        case "operation" if test.text == "Compare" and (_is_presence(test) or _asks_for_key(body, test)):
            return False
        case _:
            return _carries(body, test)


def _asks_for_key(body: _Body, compare: Node) -> bool:
    """Is it asked whether a table that is returned from has the key already, and are its values nobody's own?"""
    return any(
        item.text in body.stores and item.text in body.handed and not _own_values(body, item)
        for item in compare.children[1:] if item.kind == "name"
    )  # fmt: skip


def _is_presence(compare: Node) -> bool:
    return any(child.kind == "constant" and child.text == "None" for child in compare.children)


def _returned(body: _Body, node: Node, depends: bool) -> Iterator[bool]:
    """For each return or yield, whether it hands on the parameter."""
    if node.kind in ("return", "yield") and node.children:
        yield depends or _carries(body, node.children[0])
    if node.kind in ("if", "match", "loop") and node.children:
        depends = depends or _decides(body, node.children[0])
    for child in node.children:
        yield from _returned(body, child, depends)
