"""Contexts that belong to nobody: made up on the spot, handed out, or made at import."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ssot_lint.config import Concept
from ssot_lint.factories.contexts import context_of, is_context
from ssot_lint.model import MODULE, Node, Parameter, Place
from ssot_lint.project import Project
from ssot_lint.queries.again import flow_of as body_of
from ssot_lint.queries.digests import Digest, digests, flow_of
from ssot_lint.queries.members import lineage
from ssot_lint.queries.receivers import called, made_by
from ssot_lint.queries.walks import callee, keywords, positional, walk
from ssot_lint.reading.expressions import dotted

_IDENTITY = frozenset({"user", "uid", "tenant", "account", "customer", "session"})

_STAND_INS = frozenset({"SimpleNamespace", "Namespace", "Mock", "MagicMock", "AsyncMock", "object"})


def made_up_of(
    project: Project,
    concept: Concept,
    file: int,
    scope: int,
    body: Digest | None,
    value: Node,
    depth: int = 3,
) -> str:
    """What a context is that comes from nobody: "None", "a made-up Context", "the constant SYSTEM"; "" otherwise."""
    match value.kind:
        case "constant":
            return "None" if value.text == "None" else "a constant in place of the context"
        case "dict":
            return "a dict in place of the context" if not _variables(value) else ""
        case "call":
            return constructed(project, concept, file, scope, value) or (
                _handed_out(project, concept, file, scope, value, depth - 1) if depth else ""
            )
        case "name" if depth and "." not in value.text:
            bound = [item for name, item in body.bound if name == value.text] if body is not None else []
            if scope != MODULE and any(
                item.name == value.text for item in project.definition_at((file, scope)).parameters
            ):
                return ""
            if scope != MODULE and bound:
                found = {
                    made_up_of(project, concept, file, scope, body, item, depth - 1)
                    for item in bound
                    if item != value
                }
                return next(iter(found)) if len(found) == 1 else ""
            return _constant(project, concept, file, scope, value.text)
        case "name" if depth:
            return _constant(project, concept, file, scope, value.text)
    return ""


def _handed_out(project: Project, concept: Concept, file: int, scope: int, call: Node, depth: int) -> str:
    """What a function of the project hands out that makes a context up on every way: `nobody()`."""
    place = called(project, file, scope, callee(call)) if "?" not in callee(call) else None
    if place is None or project.definition_at(place).is_class:
        return ""
    body, flow = digests(project, place[0]).get(place[1]), body_of(project, place)
    found = {
        made_up_of(project, concept, *place, body, node.children[0], depth) if node.children else ""
        for node in (walk(flow.body) if flow is not None else ())
        if node.kind == "return"
    }
    return next(iter(found)) if len(found) == 1 and "None" not in found else ""


def constructed(project: Project, concept: Concept, file: int, scope: int, call: Node) -> str:
    """What a call constructs in place of a context, or one of nobody in particular; "" for anything else."""
    function = call.children[0]
    name = callee(call)
    if function.kind == "call" and callee(function) == "type" and len(function.children) > 2:
        return "an anonymous object in place of the context"
    if name.rpartition(".")[2] in _STAND_INS:
        return f"a {name.rpartition('.')[2]} in place of the context"
    place = called(project, file, scope, name) if name and "?" not in name else None
    if place is None:
        return ""
    definition = project.definition_at(place)
    owner = place if definition.is_class else (place[0], definition.parent)
    if owner[1] == MODULE or not is_context(project, concept, owner):
        return ""
    whose = next((value for key, value in keywords(call).items() if names_a_user(key)), None)
    given = positional(call)
    if whose is None and given:
        whose = given[0]
    if whose is None and len(call.children) > 1:
        whose = call  # by whatever name: all that it holds is written out
    if whose is None or _variables(whose):
        return ""
    return f"a made-up {context_of(concept)}"


def _variables(node: Node) -> bool:
    """Does an expression read a name, other than to call it?"""
    if node.kind == "call":
        function = node.children[0]
        inner = (function.kind == "attribute" and _variables(function)) or False
        return inner or any(_variables(child) for child in node.children[1:])
    return node.kind == "name" or any(_variables(child) for child in node.children)


def _constant(project: Project, concept: Concept, file: int, scope: int, name: str) -> str:
    """A module-level name that holds a context made at import."""
    target = project.resolve(file, name, scope).target
    if target.kind != "variable" or target.file < 0 or target.index < 0:
        return ""
    item = project.files[target.file].facts.assignments[target.index]
    if item.scope != MODULE or item.writer != MODULE:
        return ""
    if item.kind == "none":
        return ""
    made = made_by(project, target.file, MODULE, item.value) if item.kind == "call" else None
    if concept.context is None or item.kind != "call":
        return ""
    call = Node("call", "", item.line, item.column, (Node("name", item.value, item.line, item.column),))
    if made is None:
        made_up = _handed_out(project, concept, target.file, MODULE, call, depth=2)
        return f"{name}, a constant made at import" if made_up else ""
    if any(is_context(project, concept, place) for place in (made, *lineage(project, *made))):
        return f"{name}, a constant made at import"
    return ""


def names_a_user(name: str) -> bool:
    """Does a parameter say on whose behalf: `user_id`, `tenant`?"""
    return not _IDENTITY.isdisjoint(name.lower().split("_"))


def stand_ins(project: Project, place: Place, body: Digest, parameter: Parameter) -> Iterator[Node]:
    """The calls whose value stands for a parameter that is not given: its default, what it is set to, `x or call()`."""
    default = _default(project, place, parameter)
    if default is not None:
        yield default
    yield from (value for name, value in body.bound if name == parameter.name and value.kind == "call")
    flow = flow_of(project, place)
    for node in walk(flow.body) if flow is not None else ():
        if node.kind == "operation" and node.text in ("BoolOp", "IfExp"):
            parts = node.children[node.text == "IfExp" :]
            if any(part.kind == "name" and part.text == parameter.name for part in parts):
                yield from (part for part in parts if part.kind == "call")


def _default(project: Project, place: Place, parameter: Parameter) -> Node | None:
    """The call of constants that a parameter defaults to."""
    try:
        call = ast.parse(parameter.default or "", mode="eval").body
    except (SyntaxError, ValueError):
        return None
    if not isinstance(call, ast.Call) or not dotted(call.func):
        return None
    definition = project.definition_at(place)
    line, column = definition.line, definition.column
    given = [Node("constant", ast.unparse(item), line, column) for item in call.args]
    named = [(item.arg or "**", item.value) for item in call.keywords]
    if not all(isinstance(item, ast.Constant) for item in (*call.args, *(value for _, value in named))):
        return None
    given += [
        Node("keyword", name, line, column, (Node("constant", ast.unparse(value), line, column),))
        for name, value in named
    ]
    return Node("call", "", line, column, (Node("name", dotted(call.func), line, column), *given))
