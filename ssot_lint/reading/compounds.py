"""Compound statements: their arms, and the suites in them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ssot_lint.model import MODULE, Assignment, BranchKind
from ssot_lint.reading.arms import Arm
from ssot_lint.reading.naming import bind, bind_walrus
from ssot_lint.reading.reader import Reader
from ssot_lint.reading.syntax import catches, is_main_guard, type_checking


def _arm(
    reader: Reader, kind: BranchKind, owner: int, node: ast.AST, body: Sequence[ast.stmt], scope: int, branch: int,
    mark: str, test: ast.expr | Sequence[ast.withitem] | str | None = None,
) -> None:  # fmt: skip
    """One arm of a compound statement; it becomes a branch if a fact turns out to stand in it."""
    if not body:
        return
    index = len(reader.arms)
    reader.arms.append(Arm(kind, owner, node, body, branch, scope, test))
    reader.inside.skeleton.append(mark)
    reader.block(reader, body, scope, index)
    reader.inside.skeleton.append(")")


def if_(reader: Reader, node: ast.If, scope: int, branch: int) -> None:
    depth = 0
    while True:  # a chain of elif may be longer than the stack
        owner = reader.compound()
        checking = type_checking(node.test)
        if scope == MODULE and branch == MODULE and is_main_guard(node.test):
            reader.main_guard = True
        kind: BranchKind = "type-checking" if checking > 0 else "if"
        _arm(reader, kind, owner, node, node.body, scope, branch, "i(", node.test)
        otherwise: BranchKind = "type-checking" if checking < 0 else "else"
        inner = node.orelse[0] if len(node.orelse) == 1 else None
        if not isinstance(inner, ast.If):
            _arm(reader, otherwise, owner, node, node.orelse, scope, branch, "l(")
            break
        reader.arms.append(Arm(otherwise, owner, node, node.orelse, branch, scope, None))
        reader.inside.skeleton.append("l(")
        depth += 1
        node, branch = inner, len(reader.arms) - 1
        if reader.bodies.active:
            reader.bodies.statement(node, scope, branch)
        if reader.has_walrus and (scope == MODULE or scope in reader.classes or reader.inside.globals):
            bind_walrus(reader, node, scope, branch)
    reader.inside.skeleton.append(")" * depth)


def loop(reader: Reader, node: ast.For | ast.AsyncFor | ast.While, scope: int, branch: int) -> None:
    owner = reader.compound()
    if not isinstance(node, ast.While):
        bind(reader, node.target, None, scope, branch)
    _arm(reader, "loop", owner, node, node.body, scope, branch, "f(")
    _arm(reader, "else", owner, node, node.orelse, scope, branch, "l(")


def with_(reader: Reader, node: ast.With | ast.AsyncWith, scope: int, branch: int) -> None:
    owner = reader.compound()
    for item in node.items:
        if item.optional_vars is not None:
            bind(reader, item.optional_vars, None, scope, branch)
    _arm(reader, "with", owner, node, node.body, scope, branch, "y(", node.items)


def try_(reader: Reader, node: ast.Try, scope: int, branch: int) -> None:
    owner = reader.compound()
    caught = [catches([handler.type] if handler.type else None) for handler in node.handlers]
    strongest = next((kind for kind in ("import", "broad", "other") if kind in caught), "")
    _arm(reader, "try", owner, node, node.body, scope, branch, "t(", strongest)
    for handler, kind in zip(node.handlers, caught, strict=True):
        arm: BranchKind = (
            "except-import" if kind == "import" else "except-broad" if kind == "broad" else "except-other"
        )
        outer, reader.inside.in_fallback = reader.inside.in_fallback, kind in ("import", "broad")
        _arm(reader, arm, owner, node, handler.body, scope, branch, "x(", handler.type)
        reader.inside.in_fallback = outer
    _arm(reader, "try-else", owner, node, node.orelse, scope, branch, "l(")
    _arm(reader, "finally", owner, node, node.finalbody, scope, branch, "z(")


def match(reader: Reader, node: ast.Match, scope: int, branch: int) -> None:
    owner = reader.compound()
    for case in node.cases:
        if scope == MODULE or scope in reader.classes:
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                if isinstance(name, str):
                    reader.assignments.append(
                        Assignment(name, "other", "", node.lineno, node.col_offset + 1, scope, branch)
                    )
        _arm(reader, "case", owner, node, case.body, scope, branch, "k(", "")
