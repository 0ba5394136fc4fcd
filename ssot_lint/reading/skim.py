"""A quick look at function bodies in which nothing stands that facts are made of: most of them, in most trees."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from ssot_lint.reading.makers import Makers

Kept = ast.Assign | ast.AnnAssign | ast.Return

_MARKS = {
    ast.Assert: "s", ast.AugAssign: "g", ast.Break: "b", ast.Continue: "n", ast.Nonlocal: "", ast.Pass: "p",
    ast.Raise: "q",
}  # fmt: skip


@dataclass(slots=True)
class Glance:
    """What a quick look at a body sees."""

    owner: str  # the name of `self`; "" where there is none
    makers: Makers | None  # the calls that may make a class, where the file has any
    kept: list[Kept] | None  # what it assigns and returns, if that is asked for
    marks: list[str] = field(default_factory=list)  # its skeleton
    held: dict[str, None] = field(default_factory=dict)  # the attributes of `owner` that it assigns


def skim(body: Sequence[ast.stmt], seen: Glance) -> bool:
    """Was a quick look enough? What it saw is in `seen`.

    Not where the body holds an import, a definition, what may make a class or another statement that has to be read
    in full; what was seen until then is worth nothing.
    """
    owner, marks, kept, makers = seen.owner, seen.marks, seen.kept, seen.makers
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
                    _hold(target, owner, seen.held)
        elif kind in _MARKS:
            marks.append(_MARKS[kind])
        elif kind is ast.Return:
            marks.append("R" if node.value is None else "r")  # type: ignore[attr-defined]
            if kept is not None:
                kept.append(node)  # type: ignore[arg-type]
        elif not _compound(node, seen):
            return False
    return True


def _compound(node: ast.stmt, seen: Glance) -> bool:
    owner, held = seen.owner, seen.held
    match node:
        case ast.AnnAssign(target=target, value=value):
            if seen.makers is not None and _may_make(seen.makers, value):
                return False
            if value is not None:
                seen.marks.append("a")
                if seen.kept is not None:
                    seen.kept.append(node)
            _hold(target, owner, held)
            return True
        case ast.If():
            return _if(node, seen)
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
    return all(_arm(mark, body, seen) for mark, body in parts)


def _may_make(makers: Makers, value: ast.expr | None) -> bool:
    return type(value) is ast.Call and makers.may_make(value)


def _arm(mark: str, body: Sequence[ast.stmt], seen: Glance) -> bool:
    if not body:
        return True
    seen.marks.append(mark)
    known = skim(body, seen)
    seen.marks.append(")")
    return known


def _if(node: ast.If, seen: Glance) -> bool:
    depth = 0
    while True:  # a chain of elif may be longer than the stack
        if not _arm("i(", node.body, seen):
            return False
        inner = node.orelse[0] if len(node.orelse) == 1 else None
        if not isinstance(inner, ast.If):
            break
        seen.marks.append("l(")
        depth += 1
        node = inner
    known = _arm("l(", node.orelse, seen)
    seen.marks.append(")" * depth)
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
