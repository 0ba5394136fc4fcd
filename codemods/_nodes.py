"""The nodes of a file's tree: its calls by place, what stands around each node, the definition that facts make of it."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ssot_lint.expressions import dotted
from ssot_lint.model import MODULE
from ssot_lint.project import Project
from ssot_lint.scopes import Scope, Scopes
from ssot_lint.source import Source

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def last_name(node: ast.expr) -> str:
    """The last part of a name, or of the name of what is called: `c` for `a.b.c` and `a.b.c(1)`; "" for others."""
    return dotted(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]


def definition_index(project: Project, file: int, node: Definition) -> int:
    """Which of the definitions in a file's facts a node of its tree is. Raises KeyError for a node of another text."""
    known = project.once(_indexes)
    if file not in known:
        definitions = project.files[file].facts.definitions
        known[file] = {(item.line, item.name): index for index, item in enumerate(definitions)}
    return known[file][node.lineno, node.name]


def _indexes(project: Project) -> dict[int, dict[tuple[int, str], int]]:
    """What is known so far; filled file by file."""
    return {}


def scope_index(project: Project, file: int, scope: Scope) -> int:
    """The definition that a scope is or stands in, as facts count them; MODULE for the module."""
    for outer in scope.chain():
        if isinstance(outer.node, Definition):
            return definition_index(project, file, outer.node)
    return MODULE


def calls_by_place(source: Source) -> Mapping[tuple[int, int], ast.Call]:
    """(line, column) as facts count them, columns in characters from 1 -> the call that begins there.

    Of calls that begin at one place, `a.b().c()`, the last in the walk: the innermost.
    """
    found: dict[tuple[int, int], ast.Call] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            column = source.offset(node.lineno, node.col_offset) - source.starts[node.lineno - 1] + 1
            found[node.lineno, column] = node
    return found


def parents_of(tree: ast.Module) -> Mapping[ast.AST, ast.AST]:
    """Node -> the node it is a part of."""
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def scopes_of(found: Scopes, tree: ast.Module) -> Mapping[ast.AST, Scope]:
    """Node -> the scope it stands in."""
    result: dict[ast.AST, Scope] = {}
    stack: list[tuple[ast.AST, Scope]] = [(tree, found.module)]
    while stack:
        node, scope = stack.pop()
        for child in ast.iter_child_nodes(node):
            result[child] = scope
            stack.append((child, found.scope_of.get(child, scope)))
    return result
