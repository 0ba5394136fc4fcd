"""The expressions that stand in one statement, and what the statement does with them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ssot_lint.reading.expressions import children, dotted
from ssot_lint.reading.mentions import Mentions


def read_clauses(mentions: Mentions, node: ast.stmt, scope: int, branch: int) -> None:
    """Reads the expressions of one statement; suites inside it come as statements of their own."""
    if type(node) is ast.Expr:
        mentions.walk(node.value, scope, branch)
    else:
        _READ.get(type(node), _any)(mentions, node, scope, branch)


def _assign(mentions: Mentions, node: ast.Assign, scope: int, branch: int) -> None:
    targets, value = node.targets, node.value
    name = dotted(targets[0])
    if isinstance(targets[0], ast.Name):
        mentions.lookups.constant(name, value, scope, branch)
    mentions.walk(value, scope, branch, assigned=name, role="stored", target=name)
    for target in targets:
        _target(mentions, target, value, scope, branch)
    if mentions.deep:
        mentions.given(node, scope)
        if mentions.keepers is not None:
            mentions.keepers.assigned(targets, value, scope)
        mentions.puts.assigned(node, scope, branch)


def _annotated(mentions: Mentions, node: ast.AnnAssign, scope: int, branch: int) -> None:
    target, value = node.target, node.value
    name = dotted(target)
    mentions.annotate(node.annotation, scope, name if name.startswith("self.") else "")
    if mentions.deep and mentions.names.mentioned_in(node.annotation):
        mentions.instances.track(target, scope)
    if value is not None:
        name = dotted(target)
        mentions.walk(value, scope, branch, assigned=name, role="stored", target=name)
    _target(mentions, target, value, scope, branch)
    if mentions.deep:
        mentions.given(node, scope)
        if mentions.keepers is not None:
            mentions.keepers.assigned([target], value, scope)
        mentions.puts.assigned(node, scope, branch)


def _augmented(mentions: Mentions, node: ast.AugAssign, scope: int, branch: int) -> None:
    match node.target:
        case ast.Attribute() as target:
            if mentions.deep:
                mentions.instances.use(dotted(target), target.lineno, scope, written=True)
            _item(mentions, target, scope, "+=")
            mentions.walk(node.value, scope, branch)
        case ast.Subscript(value=owner):
            _item(mentions, owner, scope)
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    mentions.walk(child, scope, branch)
        case _:
            _any(mentions, node, scope, branch)


def _return(mentions: Mentions, node: ast.Return, scope: int, branch: int) -> None:
    value = node.value
    if value is not None:
        mentions.walk(value, scope, branch, returned=True, role="returned")
        if mentions.deep and mentions.keepers is not None:
            mentions.keepers.returned(value, scope)
        mentions.puts.returned(value, scope, branch)


def _raise(mentions: Mentions, node: ast.Raise, scope: int, branch: int) -> None:
    raised = node.exc
    if raised is not None:
        mentions.walk(raised, scope, branch)
        if mentions.claim_depth:
            mentions.raises.append((scope, dotted(raised.func if isinstance(raised, ast.Call) else raised)))
    if node.cause is not None:
        mentions.walk(node.cause, scope, branch)


def _with(mentions: Mentions, node: ast.With | ast.AsyncWith, scope: int, branch: int) -> None:
    for item in node.items:
        name = dotted(item.optional_vars)
        mentions.walk(item.context_expr, scope, branch, assigned=name)
        if item.optional_vars is not None and mentions.deep and mentions.names.makes(item.context_expr):
            mentions.instances.track(item.optional_vars, scope)


def _try(mentions: Mentions, node: ast.Try, scope: int, branch: int) -> None:
    for handler in node.handlers:
        if handler.type is not None:
            mentions.walk(handler.type, scope, branch, role="except")


def _match(mentions: Mentions, node: ast.Match, scope: int, branch: int) -> None:
    mentions.walk(node.subject, scope, branch)
    for case in node.cases:
        for pattern in ast.walk(case.pattern):
            if isinstance(pattern, ast.MatchClass):
                mentions.walk(pattern.cls, scope, branch, role="isinstance")
            elif isinstance(pattern, ast.MatchValue):
                mentions.walk(pattern.value, scope, branch)
        if case.guard is not None:
            mentions.walk(case.guard, scope, branch)


def _delete(mentions: Mentions, node: ast.Delete, scope: int, branch: int) -> None:
    for target in node.targets:
        if isinstance(target, ast.Subscript):
            _item(mentions, target.value, scope)
        mentions.walk(target, scope, branch)


def _nothing(mentions: Mentions, node: ast.stmt, scope: int, branch: int) -> None:
    """Names alone."""


def _any(mentions: Mentions, node: ast.stmt, scope: int, branch: int) -> None:
    for child in children(node):
        if isinstance(child, ast.expr):
            mentions.walk(child, scope, branch)


def _target(mentions: Mentions, target: ast.expr, value: ast.expr | None, scope: int, branch: int) -> None:
    """What is written: attributes of tracked instances, and namespaces changed from the outside."""
    match target:
        case ast.Attribute():
            if mentions.deep:
                mentions.instances.use(dotted(target), target.lineno, scope, written=True)
        case ast.Subscript(value=ast.Attribute(attr="modules", value=ast.Name(id="sys")), slice=key):
            mentions.lookups.module_table(key, scope, branch)
        case ast.Subscript(value=inner):
            _item(mentions, inner, scope)
            mentions.walk(inner, scope, branch)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            for item in items:
                _target(mentions, item, None, scope, branch)
    if mentions.deep and value is not None and mentions.names.makes(value):
        mentions.instances.track(target, scope)


def _item(mentions: Mentions, owner: ast.expr, scope: int, how: str = "[]") -> None:
    """An item is written: kept as stored in `owner[]` or `owner+=`, inside what carries a concept's name."""
    name = dotted(owner)
    if mentions.claim_depth and "." in name and not name.startswith("?"):
        mentions.refer(name, owner, scope, "stored", name + how)


_READ: dict[type[ast.stmt], Callable[[Mentions, Any, int, int], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
    ast.Delete: _delete,
    ast.Import: _nothing,
    ast.ImportFrom: _nothing,
    ast.Global: _nothing,
    ast.Nonlocal: _nothing,
}
