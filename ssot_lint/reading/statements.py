"""The statements of one suite after the other, each read by what its kind calls for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from ssot_lint.model import MODULE, Assignment
from ssot_lint.reading.compounds import if_, loop, match, try_, with_
from ssot_lint.reading.definitions import DOC_LIMIT, define
from ssot_lint.reading.deprecations import warned
from ssot_lint.reading.escapes import given
from ssot_lint.reading.importing import import_, import_from
from ssot_lint.reading.naming import annotated, assign, augmented, bind_walrus, delete, global_, type_alias
from ssot_lint.reading.reader import Reader
from ssot_lint.reading.syntax import callee, used_between


def block(reader: Reader, body: Sequence[ast.stmt], scope: int, branch: int) -> None:
    """Visits the statements of one suite."""
    seen: dict[str, tuple[int, int]] | None = None
    for position, statement in enumerate(body):
        kind = type(statement)
        if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef or kind is ast.ClassDef:
            index = define(reader, statement, scope, branch)  # type: ignore[arg-type]
            name = statement.name  # type: ignore[attr-defined]
            if seen is None:
                seen = {}
            if name in seen:
                earlier, at = seen[name]
                if not used_between(body, at, position, name):
                    reader.redefined.append((earlier, index))
            seen[name] = (index, position)
        else:
            visit = _VISIT.get(kind)
            if visit is not None:
                visit(reader, statement, scope, branch)
            elif kind in _SIMPLE:
                reader.inside.skeleton.append(_SIMPLE[kind])
            if reader.bodies.active:
                reader.bodies.statement(statement, scope, branch)
        if reader.has_walrus and (scope == MODULE or scope in reader.classes or reader.inside.globals):
            bind_walrus(reader, statement, scope, branch)


def _expression(reader: Reader, node: ast.Expr, scope: int, branch: int) -> None:
    value = node.value
    kind = type(value)
    reader.inside.skeleton.append("c" if kind is ast.Call else "w" if kind is ast.Await else "e")
    if scope == MODULE and kind is ast.Call:
        reader.exports.call(value)  # type: ignore[arg-type]
        if callee(value).startswith("__path__."):  # `__path__.extend(...)`
            column = reader.column(node.lineno, node.col_offset)
            reader.assignments.append(
                Assignment("__path__", "other", "", node.lineno, column, MODULE, branch)
            )
        reader.given += given(node)
    if reader.warning_lines and kind is ast.Call:
        found = warned(value, scope, DOC_LIMIT)  # type: ignore[arg-type]
        if found is not None:
            reader.warns.append(found)


def _return(reader: Reader, node: ast.Return, scope: int, branch: int) -> None:
    reader.inside.skeleton.append("r" if node.value is not None else "R")


_VISIT: dict[type[ast.stmt], Callable[[Reader, Any, int, int], None]] = {
    ast.Import: import_,
    ast.ImportFrom: import_from,
    ast.Assign: assign,
    ast.AnnAssign: annotated,
    ast.AugAssign: augmented,
    ast.Expr: _expression,
    ast.Return: _return,
    ast.Global: global_,
    ast.Delete: delete,
    ast.If: if_,
    ast.For: loop,
    ast.AsyncFor: loop,
    ast.While: loop,
    ast.With: with_,
    ast.AsyncWith: with_,
    ast.Try: try_,
    ast.TryStar: try_,
    ast.Match: match,
}


if hasattr(ast, "TypeAlias"):  # Python 3.12
    _VISIT[ast.TypeAlias] = type_alias

_SIMPLE = {
    ast.Raise: "q", ast.Assert: "s", ast.Pass: "p", ast.Break: "b", ast.Continue: "n", ast.Nonlocal: "",
}  # fmt: skip
