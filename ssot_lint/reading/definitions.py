"""Classes and functions: what is said where they begin, and their bodies, in full or at a glance."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Literal

from ssot_lint.model import MODULE, Assignment, Definition, Parameter
from ssot_lint.reading.expressions import dotted
from ssot_lint.reading.made_classes import made_above, member
from ssot_lint.reading.occurrences import any_in
from ssot_lint.reading.parameters import parameters
from ssot_lint.reading.reader import Inside, Reader
from ssot_lint.reading.skim import Glance, skim
from ssot_lint.reading.syntax import (
    base,
    callee,
    is_autouse,
    is_trivial,
    metaclass,
    used_fixtures,
    without_docstring,
    yields,
)

DOC_LIMIT = 200
"""So many characters of a docstring are kept."""

_KINDS: dict[type[ast.stmt], Literal["class", "function", "async-function"]] = {
    ast.ClassDef: "class", ast.FunctionDef: "function", ast.AsyncFunctionDef: "async-function",
}  # fmt: skip


def define(
    reader: Reader, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: int, branch: int
) -> int:
    """Reads a class or function, and all in it; its number among the definitions."""
    index = len(reader.definitions)
    reader.definitions.append(None)
    reader.nodes.append(node)
    name, line, decorators = node.name, node.lineno, node.decorator_list
    column = reader.column(line, node.col_offset)
    if name in reader.inside.globals:
        reader.assignments.append(Assignment(name, "other", "", line, column, MODULE, MODULE, writer=scope))
    entered = reader.bodies.enter(node, index, scope)
    outer = reader.inside
    inside = reader.inside = Inside(outer.self_name, outer.instance)
    qualname = reader.qualnames[index] = reader.prefix(scope) + name
    doc, body = without_docstring(node.body)
    of_class, of_function = _NO_CLASS, _NO_FUNCTION
    if isinstance(node, ast.ClassDef):
        of_class = _class(reader, node, body, index, scope, branch)
    else:
        doc = ""
        of_function = _function(reader, node, body, index, scope, branch)
    bases, meta, of_base, attributes, instance = of_class
    taken, returns = of_function
    end = node.end_lineno or line
    reader.definitions[index] = Definition(  # by position: keywords take several times as long
        _KINDS[type(node)], name, qualname, line, column, end, reader.column(end, node.end_col_offset or 0),
        decorators[0].lineno if decorators else line, scope, branch,
        tuple([callee(item) for item in decorators]) if decorators else of_base, bases, meta, taken, returns,
        attributes, instance, doc[:DOC_LIMIT], "".join(inside.skeleton), is_trivial(body),
        used_fixtures(decorators) if decorators else (),
        bool(decorators) and any(is_autouse(item) for item in decorators),
        bool(reader.yield_lines) and index not in reader.classes
        and any_in(reader.yield_lines, line, end) and yields(body),
    )  # fmt: skip
    reader.inside = outer
    outer.skeleton.append("C" if index in reader.classes else "F")
    if entered:
        reader.bodies.leave(index)
    return index


_OfClass = tuple[tuple[str, ...], str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""(bases, metaclass, decorators that a made base has, attributes of the class, attributes of its instances)"""

_OfFunction = tuple[tuple[Parameter, ...], str]
"""(parameters, annotation of what is returned)"""

_NO_CLASS: _OfClass = (), "", (), (), ()
_NO_FUNCTION: _OfFunction = (), ""


def _class(
    reader: Reader, node: ast.ClassDef, body: Sequence[ast.stmt], index: int, scope: int, branch: int
) -> _OfClass:
    inside = reader.inside
    reader.classes.add(index)
    inside.self_name, inside.instance = "", {}
    first = len(reader.assignments)
    bases, meta = tuple([base(item) for item in node.bases]), metaclass(node)
    of_base: tuple[str, ...] = ()
    above = made_above(reader, node) if "" in bases and reader.makers.any else None
    if above is not None:
        bases, meta, of_base = above.bases, meta or above.metaclass, above.decorators
        for item in above.fields:
            member(reader, item, index)
    _body(reader, node, body, index, scope, branch)
    names = [item.name for item in reader.assignments[first:] if item.scope == index]
    if reader.makers.any:
        inner = reader.definitions[index + 1 :]
        names += [item.name for item in inner if item is not None and item.parent == index and item.made]
    return bases, meta, of_base, tuple(dict.fromkeys(names)), tuple(inside.instance)


def _function(
    reader: Reader, node: ast.FunctionDef | ast.AsyncFunctionDef, body: Sequence[ast.stmt], index: int, scope: int,
    branch: int,
) -> _OfFunction:  # fmt: skip
    taken = parameters(node.args, reader.text)
    if scope in reader.classes:  # a method: `self.x = ...` belongs to the class around it
        takes_self = taken and taken[0].kind.startswith("positional")
        static = node.decorator_list and any(dotted(item) == "staticmethod" for item in node.decorator_list)
        reader.inside.self_name = taken[0].name if takes_self and not static else ""
    elif scope == MODULE and node.name == "__getattr__":
        reader.lazy = node
    if not _skimmed(reader, node, body, index, scope, branch):
        _body(reader, node, body, index, scope, branch)
    return taken, "" if node.returns is None else reader.text.of(node.returns)


def _body(
    reader: Reader, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, body: Sequence[ast.stmt], index: int,
    scope: int, branch: int,
) -> None:  # fmt: skip
    if reader.bodies.active:
        reader.bodies.head(node, index, scope, branch)
    reader.block(reader, body, index, MODULE)


def _skimmed(
    reader: Reader, node: ast.FunctionDef | ast.AsyncFunctionDef, body: Sequence[ast.stmt], index: int, scope: int,
    branch: int,
) -> bool:  # fmt: skip
    """Was a quick look at a function's body enough?"""
    bodies = reader.bodies
    if bodies.active and not bodies.quiet:
        return False
    if reader.warning_lines and any_in(reader.warning_lines, node.lineno, node.end_lineno or node.lineno):
        return False
    makers = reader.makers if reader.makers.any else None
    seen = Glance(reader.inside.self_name, makers, [] if bodies.active else None)
    if not skim(body, seen):
        return False
    reader.inside.skeleton = seen.marks
    reader.inside.instance.update(seen.held)
    if seen.kept is not None:
        bodies.pass_over(node, index, scope, branch, seen.kept)
    return True
