"""The nodes of a file's tree: its calls by place, what stands around each node, the definition that facts make of it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from ssot_lint.editing.blocks import Scope
from ssot_lint.model import MODULE
from ssot_lint.project import Project, Target
from ssot_lint.reading.expressions import children, dotted
from ssot_lint.workspace import Workspace

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def last_name(node: ast.expr) -> str:
    """The last part of a name, or of the name of what is called: `c` for `a.b.c` and `a.b.c(1)`; "" for others."""
    return dotted(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]


def definition_index(project: Project, file: int, node: Definition) -> int:
    """Which of the definitions in a file's facts a node of its tree is. Raises KeyError for a node of another text."""
    return project.once_for(file, _indexes)[node.lineno, node.name]


def _indexes(project: Project, file: int) -> dict[tuple[int, str], int]:
    definitions = project.files[file].facts.definitions
    return {(item.line, item.name): index for index, item in enumerate(definitions)}


def made_by_call(project: Project, target: Target) -> str:
    """Why a class cannot be changed or compared: no statement defines it; "" for any other target."""
    if target.kind != "definition" or not (maker := project.definition(target).made):
        return ""
    return f"{target.symbol.partition(':')[2]} is made by a call of {maker}, it has no class statement to work on"


def scope_index(project: Project, file: int, scope: Scope) -> int:
    """The definition that a scope is or stands in, as facts count them; MODULE for the module."""
    for outer in scope.chain():
        if isinstance(outer.node, Definition):
            return definition_index(project, file, outer.node)
    return MODULE


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of a file by (line, column) as facts count them, columns in characters from 1.

    Of calls that begin at one place, `a.b().c()`, the innermost. `parents`: the node that a call or an `await` is a part
    of; `around`: the scope that a call stands in.
    """

    by_place: Mapping[tuple[int, int], ast.Call]
    parents: Mapping[ast.AST, ast.AST]
    around: Mapping[ast.AST, Scope]


def calls_of(workspace: Workspace, path: str) -> Calls:
    """The calls of a file, worked out once for as long as it stays as it is."""
    return workspace.once(path, _calls)


def _calls(workspace: Workspace, path: str) -> Calls:
    source, scopes = workspace.source(path), workspace.scopes(path)
    by_place: dict[tuple[int, int], ast.Call] = {}
    parents: dict[ast.AST, ast.AST] = {}
    around: dict[ast.AST, Scope] = {}
    outside: dict[ast.AST, Scope] = {}  # what a comprehension goes through first is worked out around it
    ahead: list[tuple[ast.AST, Scope]] = [(source.tree, scopes.module)]
    for node, scope in ahead:  # grows while it is gone through: breadth first, so that inner calls come later
        for child in children(node):
            kind = type(child)
            if kind is ast.Name or kind is ast.Constant:
                continue
            here = outside.get(child, scope) if outside else scope
            if isinstance(child, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                outside[child.generators[0].iter] = here
            elif isinstance(child, ast.Call):
                column = source.offset(child.lineno, child.col_offset) - source.starts[child.lineno - 1] + 1
                by_place[child.lineno, column] = child
                parents[child], around[child] = node, here
            elif kind is ast.Await:
                parents[child] = node
            ahead.append((child, scopes.scope_of.get(child, here)))
    return Calls(by_place, parents, around)
