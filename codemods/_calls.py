"""The calls of a file by place, and what stands around each node."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ssot_lint.scopes import Scope, Scopes
from ssot_lint.source import Source


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
