"""Statements that give names to values, or take them away."""

from __future__ import annotations

import ast

from ssot_lint.model import MODULE, Assignment
from ssot_lint.reading.escapes import given
from ssot_lint.reading.expressions import names_bound
from ssot_lint.reading.lazy import attached
from ssot_lint.reading.made_classes import make
from ssot_lint.reading.makers import new_type
from ssot_lint.reading.reader import Reader
from ssot_lint.reading.syntax import value_of

_SETTINGS = frozenset({ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict})


def assign(reader: Reader, node: ast.Assign, scope: int, branch: int) -> None:
    reader.inside.skeleton.append("a")
    value: ast.expr = node.value
    targets = node.targets
    if type(value) is ast.Call:
        if scope == MODULE and isinstance(targets[0], ast.Tuple):
            _attach(reader, targets[0], value, branch)
        if (
            reader.makers.any
            and reader.makers.may_make(value)
            and make(reader, node, targets[0], value, scope, branch)
        ):
            value, targets = targets[0], targets[1:]  # further targets are other names of the class
    for target in targets:
        bind(reader, target, value, scope, branch)
    if scope == MODULE:
        reader.given += given(node)
    if (scope == MODULE or scope in reader.classes) and type(node.value) in _SETTINGS:
        _setting(reader, node.targets[0], node.value, scope, branch)


def _setting(reader: Reader, target: ast.expr, value: ast.expr, scope: int, branch: int) -> None:
    if not isinstance(target, ast.Name) or target.id != "__all__":
        reader.bodies.lookups.settings(value, scope, branch)


def _attach(reader: Reader, target: ast.Tuple, value: ast.Call, branch: int) -> None:
    """`__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules, submod_attrs)`."""
    if any(isinstance(item, ast.Name) and item.id == "__getattr__" for item in target.elts):
        reader.lazy_targets = attached(value)
        reader.getattr_names = tuple(reader.lazy_targets)
        if reader.lazy_targets and any(
            isinstance(item, ast.Name) and item.id == "__all__" for item in target.elts
        ):
            reader.exports.set(
                ast.List([ast.Constant(name) for name in reader.lazy_targets]), branch == MODULE
            )


def annotated(reader: Reader, node: ast.AnnAssign, scope: int, branch: int) -> None:
    value = node.value
    if value is not None:
        reader.inside.skeleton.append("a")
    if (
        type(value) is ast.Call
        and reader.makers.any
        and reader.makers.may_make(value)
        and make(reader, node, node.target, value, scope, branch)
    ):
        return
    bind(
        reader,
        node.target,
        node.value,
        scope,
        branch,
        reader.text.of(node.annotation),
        bare=node.value is None,
    )


def augmented(reader: Reader, node: ast.AugAssign, scope: int, branch: int) -> None:
    reader.inside.skeleton.append("g")
    if scope != MODULE and isinstance(node.target, ast.Name) and reader.bodies.lookups.dynamic_lines:
        reader.bodies.lookups.rebound(node.target.id, branch)
    if scope == MODULE and isinstance(node.target, ast.Name) and node.target.id == "__all__":
        reader.exports.add(node.value)
    elif scope == MODULE and isinstance(node.target, ast.Name):
        reader.exports.extend(node.target.id, node.value)


def bind(
    reader: Reader,
    target: ast.expr,
    value: ast.expr | None,
    scope: int,
    branch: int,
    annotation: str = "",
    bare: bool = False,
    is_type: bool = False,
) -> None:
    kind = type(target)
    if kind is ast.Name:
        name = target.id  # type: ignore[attr-defined]
        if scope != MODULE and reader.bodies.lookups.dynamic_lines:
            reader.bodies.lookups.rebound(name, branch)
        here = scope == MODULE or scope in reader.classes or reader.inside.in_fallback
        if not here and name not in reader.inside.globals:
            return
        if scope == MODULE and name == "__getattr__":
            reader.getattr_names = reader.getattr_names or ()
        if scope == MODULE and value is None and name == "__all__" and not bare:
            if not reader.lazy_targets:
                reader.exports.set(None, branch == MODULE)
        elif scope == MODULE and value is not None:
            if name == "__all__":
                reader.exports.set(value, branch == MODULE)
            elif isinstance(value, (ast.List, ast.Tuple, ast.Set)):
                reader.exports.constants[name] = value
            elif isinstance(value, ast.Dict):
                reader.module_dicts[name] = value
        what, text = ("none", "") if bare else value_of(value)
        if bare:
            what, text = "other", ":"
        elif what == "name" and is_type:
            what = "type"
        elif what == "name":
            reader.makers.assigned(name, text)
        elif reader.makers.any and type(value) is ast.Call and (renamed := new_type(reader.makers, value)):
            what, text = "new-type", renamed
        if name in ("pytestmark", "pytest_plugins") and isinstance(value, ast.List | ast.Tuple):
            text = " ".join(value_of(item)[1] for item in value.elts)
        reader.assignments.append(
            Assignment(
                name, what, text, target.lineno, reader.column(target.lineno, target.col_offset),  # type: ignore[arg-type]
                scope if here else MODULE, branch if here else MODULE, annotation, MODULE if here else scope,
            )
        )  # fmt: skip
    elif kind is ast.Attribute:
        owner = target.value  # type: ignore[attr-defined]
        if reader.inside.self_name and type(owner) is ast.Name and owner.id == reader.inside.self_name:
            reader.inside.instance[target.attr] = None  # type: ignore[attr-defined]
    elif kind is ast.Tuple or kind is ast.List:
        items = target.elts  # type: ignore[attr-defined]
        values = (
            value.elts if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(items) else None
        )
        for number, item in enumerate(items):
            bind(reader, item, values[number] if values else None, scope, branch)
    elif kind is ast.Starred:
        bind(reader, target.value, None, scope, branch)  # type: ignore[attr-defined]


def bind_walrus(reader: Reader, statement: ast.stmt, scope: int, branch: int) -> None:
    for node in names_bound(statement):
        bind(reader, node, None, scope, branch)


def global_(reader: Reader, node: ast.Global, scope: int, branch: int) -> None:
    reader.inside.globals = reader.inside.globals.union(node.names)


def delete(reader: Reader, node: ast.Delete, scope: int, branch: int) -> None:
    reader.inside.skeleton.append("d")
    for target in node.targets:
        if isinstance(target, ast.Name) and (scope == MODULE or scope in reader.classes):
            column = reader.column(target.lineno, target.col_offset)
            reader.assignments.append(Assignment(target.id, "del", "", target.lineno, column, scope, branch))


def type_alias(reader: Reader, node: ast.stmt, scope: int, branch: int) -> None:
    reader.inside.skeleton.append("a")
    value = node.value  # type: ignore[attr-defined]
    if not isinstance(value, ast.Name | ast.Attribute | ast.Subscript):
        value = None
    bind(reader, node.name, value, scope, branch, is_type=True)  # type: ignore[attr-defined]
