"""A quick look at function bodies in which nothing stands that facts are made of: most of them, in most trees."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ssot_lint.reading.made import Makers

Kept = ast.Assign | ast.AnnAssign | ast.Return

_MARKS = {
    ast.Assert: "s", ast.AugAssign: "g", ast.Break: "b", ast.Continue: "n", ast.Nonlocal: "", ast.Pass: "p",
    ast.Raise: "q",
}  # fmt: skip


def skim(
    body: Sequence[ast.stmt],
    owner: str,
    marks: list[str],
    held: dict[str, None],
    kept: list[Kept] | None,
    makers: Makers | None,
) -> bool:
    """The skeleton of a body, the attributes of `owner` (the name of `self`) that it assigns, and what
    it assigns and returns.

    They are added to `marks`, `held` and, if it is given, `kept`. False when the body holds an import, a definition, what may make a class or another
    statement that has to be read in full; what was added until then is worth nothing.
    """
    for node in body:
        kind = type(node)
        if kind is ast.Expr:
            value = type(node.value)  # type: ignore[attr-defined]
            marks.append("c" if value is ast.Call else "w" if value is ast.Await else "e")
        elif kind is ast.Assign:
            if makers is not None and _may_make(makers, node.value):  # type: ignore[attr-defined]
                return False
            marks.append("a")
            if kept is not None:
                kept.append(node)  # type: ignore[arg-type]
            if owner:
                for target in node.targets:  # type: ignore[attr-defined]
                    _hold(target, owner, held)
        elif kind in _MARKS:
            marks.append(_MARKS[kind])
        elif kind is ast.Return:
            marks.append("R" if node.value is None else "r")  # type: ignore[attr-defined]
            if kept is not None:
                kept.append(node)  # type: ignore[arg-type]
        elif not _compound(node, owner, marks, held, kept, makers):
            return False
    return True


def _compound(
    node: ast.stmt,
    owner: str,
    marks: list[str],
    held: dict[str, None],
    kept: list[Kept] | None,
    makers: Makers | None,
) -> bool:
    match node:
        case ast.AnnAssign(target=target, value=value):
            if makers is not None and _may_make(makers, value):
                return False
            if value is not None:
                marks.append("a")
                if kept is not None:
                    kept.append(node)
            _hold(target, owner, held)
            return True
        case ast.If():
            return _if(node, owner, marks, held, kept, makers)
        case ast.For(target=target) | ast.AsyncFor(target=target):
            _hold(target, owner, held)
            parts = [("f(", node.body), ("l(", node.orelse)]
        case ast.While():
            parts = [("f(", node.body), ("l(", node.orelse)]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    _hold(item.optional_vars, owner, held)
            parts = [("y(", node.body)]
        case ast.Try() | ast.TryStar():
            handlers = [("x(", handler.body) for handler in node.handlers]
            parts = [("t(", node.body), *handlers, ("l(", node.orelse), ("z(", node.finalbody)]
        case ast.Match(cases=cases):
            parts = [("k(", case.body) for case in cases]
        case _:
            return False
    return all(_arm(mark, body, owner, marks, held, kept, makers) for mark, body in parts)


def _may_make(makers: Makers, value: ast.expr | None) -> bool:
    return type(value) is ast.Call and makers.may_make(value)


def _arm(
    mark: str,
    body: Sequence[ast.stmt],
    owner: str,
    marks: list[str],
    held: dict[str, None],
    kept: list[Kept] | None,
    makers: Makers | None,
) -> bool:
    if not body:
        return True
    marks.append(mark)
    known = skim(body, owner, marks, held, kept, makers)
    marks.append(")")
    return known


def _if(
    node: ast.If,
    owner: str,
    marks: list[str],
    held: dict[str, None],
    kept: list[Kept] | None,
    makers: Makers | None,
) -> bool:
    depth = 0
    while True:  # a chain of elif may be longer than the stack
        if not _arm("i(", node.body, owner, marks, held, kept, makers):
            return False
        inner = node.orelse[0] if len(node.orelse) == 1 else None
        if not isinstance(inner, ast.If):
            break
        marks.append("l(")
        depth += 1
        node = inner
    known = _arm("l(", node.orelse, owner, marks, held, kept, makers)
    marks.append(")" * depth)
    return known


def _hold(target: ast.expr, owner: str, held: dict[str, None]) -> None:
    match target:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            if owner and name == owner:
                held[attribute] = None
        case ast.Tuple(elts=items) | ast.List(elts=items):
            for item in items:
                _hold(item, owner, held)
        case ast.Starred(value=item):
            _hold(item, owner, held)
