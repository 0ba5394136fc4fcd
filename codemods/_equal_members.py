"""Which members of a class its canonical class makes superfluous, once it is the base."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from ssot_lint.queries.members import lineage
from ssot_lint.reading.expressions import dotted
from ssot_lint.workspace import Workspace

from ._dataclass_heirs import dataclass_arguments
from ._equal import Comparison, is_immutable
from ._heirs import Heir, class_at


def equal_members(workspace: Workspace, heir: Heir) -> frozenset[int]:
    """The places in the class body of the statements that the canonical class makes superfluous."""
    project = workspace.project
    path = project.files[heir.file].path
    node = class_at(workspace, *heir.place)
    theirs: dict[str, tuple[str, list[ast.stmt]]] = {}
    for place in lineage(project, *heir.canonical):
        for name, statements in _members(class_at(workspace, *place)).items():
            theirs.setdefault(name, (project.files[place[0]].path, statements))
    compare = Comparison(workspace)
    written = _written(workspace, heir)
    typed = dataclass_arguments(project, heir.file, node) is not None  # whose fields have types
    equal: dict[str, list[ast.stmt]] = {}
    for name, statements in _members(node).items():
        there, others = theirs.get(name, ("", []))
        if len(statements) != len(others) or is_super(statements) or _is_state(statements, name in written):
            continue
        pairs = list(zip(statements, others, strict=True))
        if typed and any(_annotation(one) != _annotation(other) for one, other in pairs):
            continue
        if not any(compare.differs((path, one), (there, other)) for one, other in pairs):
            equal[name] = statements
    while needed := _read_by_body(node, [item for found in equal.values() for item in found]) & equal.keys():
        for name in needed:
            del equal[name]
    superfluous = [item for found in equal.values() for item in found]
    return frozenset(number for number, item in enumerate(node.body) if item in superfluous)


def _members(node: ast.ClassDef) -> dict[str, list[ast.stmt]]:
    """Name -> the statements of the class body that make it: a property has several."""
    found: dict[str, list[ast.stmt]] = {}
    for statement in node.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.setdefault(name, []).append(statement)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found.setdefault(name, []).append(statement)
    for statement in node.body:  # a name that anything else binds, too, is not understood
        known = {item for statements in found.values() for item in statements}
        if statement not in known:
            for inner in ast.walk(statement):
                if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
                    found.pop(inner.id, None)
    return {
        name: statements for name, statements in found.items() if not isinstance(statements[0], ast.ClassDef)
    }


def _annotation(node: ast.stmt) -> str:
    return ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""


def _is_state(statements: Sequence[ast.stmt], is_written: bool) -> bool:
    """Would a class attribute be one object of both classes, or change in both, once it is inherited?"""
    return any(
        isinstance(item, ast.Assign | ast.AnnAssign)
        and (is_written or (item.value is not None and not is_immutable(item.value)))
        for item in statements
    )


def _written(workspace: Workspace, heir: Heir) -> set[str]:
    """Attributes that either module assigns on anything but `self`: perhaps on the class."""
    found: set[str] = set()
    for file in {heir.file, *(place[0] for place in lineage(workspace.project, *heir.canonical))}:
        for node in ast.walk(workspace.source(workspace.project.files[file].path).tree):
            match node:
                case ast.Attribute(attr=name, value=owner, ctx=ast.Store() | ast.Del()) if (
                    dotted(owner) != "self"
                ):
                    found.add(name)
                case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(name)), _]):
                    found.add(name)
    return found


def is_super(statements: Sequence[ast.stmt]) -> bool:
    return any(
        isinstance(inner, ast.Name) and inner.id in ("super", "__class__")
        for statement in statements
        for inner in ast.walk(statement)
    )


def _read_by_body(node: ast.ClassDef, gone: Collection[ast.stmt]) -> set[str]:
    """The names that what stays of the class body reads while the class is made: those must stay too."""
    found: set[str] = set()
    for statement in node.body:
        if statement in gone:
            continue
        parts: list[ast.AST] = [statement]
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = statement.args
            parts = [*statement.decorator_list, *arguments.defaults, *filter(None, arguments.kw_defaults)]
        for part in parts:
            found |= {inner.id for inner in ast.walk(part) if isinstance(inner, ast.Name)}
    return found
