"""What a module holds besides the names that it hands on."""

from __future__ import annotations

import ast
from collections.abc import Collection

from ssot_lint.reading.expressions import dotted
from ssot_lint.workspace import Workspace

from ._equal import without_docstring
from ._module_bodies import Removal, bindings, is_logger
from ._shims import Lazy, directory_of, is_type_checking, lazy_of
from ._swaps import binding_statements


def left_beside(workspace: Workspace, path: str, names: Collection[str]) -> list[ast.stmt]:
    """The statements that are no part of handing these names on."""
    source = workspace.source(path)
    going = set(going_with(workspace, path, names).statements)
    lazy = lazy_of(source.tree)
    spent = lazy is not None and (is_spent(lazy, names) or _from_table(workspace, path, lazy, names))
    tables = _tables(workspace, path, lazy) if spent and lazy is not None else ()
    found = []
    for number, node in enumerate(source.tree.body):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                keep = number > 0
            case ast.Import() | ast.ImportFrom():
                keep = any(alias.name == "*" for alias in node.names)
            case ast.If() if is_type_checking(node):
                keep = not all(
                    isinstance(inner, ast.Import | ast.ImportFrom) for inner in node.body
                ) or not all(serves(inner, names, spent) for inner in node.orelse)
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
                keep = not all(isinstance(item, ast.Constant) and item.value in names for item in items)
            case ast.Assign(targets=[ast.Name()], value=value):
                keep = node not in going and not is_logger(value) and node not in tables
            case ast.Expr(value=ast.Call(func=func)):
                keep = dotted(func) not in ("warnings.warn", "warn")
            case ast.Pass():
                keep = False
            case _ if node in tables:
                keep = False
            case _:
                keep = node not in going and not serves(node, names, spent)
        if keep:
            found.append(node)
    return found


def _from_table(workspace: Workspace, path: str, lazy: Lazy, names: Collection[str]) -> bool:
    """Does a `__getattr__` answer from a table, and with nothing but these names?"""
    facts = workspace.project.files[workspace.file(path)].facts
    return not lazy.answers and facts.getattr_names is not None and set(facts.getattr_names) <= set(names)


def _tables(workspace: Workspace, path: str, lazy: Lazy) -> list[ast.stmt]:
    """The assignments that nothing but `__getattr__` and `__dir__` reads."""
    scopes, tree = workspace.scopes(path), workspace.source(path).tree
    known = directory_of(tree)
    inside = {inner for node in (lazy.node, known) if node is not None for inner in ast.walk(node)}
    found: list[ast.stmt] = []
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                reads = [
                    read
                    for read in scopes.references(scopes.module, name)
                    if isinstance(read.node.ctx, ast.Load)
                ]
                if reads and all(read.node in inside for read in reads):
                    found.append(node)
    return found


def serves(node: ast.stmt, names: Collection[str], spent: bool) -> bool:
    """Is it the `__getattr__` or the `__dir__` of nothing but these names?"""
    if not isinstance(node, ast.FunctionDef):
        return False
    if node.name == "__getattr__":
        return spent
    return node.name == "__dir__" and spent


def is_spent(lazy: Lazy, names: Collection[str]) -> bool:
    """Does a `__getattr__` answer nothing but these names?"""
    rest = [
        node for node in without_docstring(lazy.node.body)
        if not any(node is answer for name, answer in lazy.answers.items() if name in names)
    ]  # fmt: skip
    return all(isinstance(node, ast.Raise) for node in rest)


def going_with(workspace: Workspace, path: str, names: Collection[str]) -> Removal:
    tree = workspace.source(path).tree
    nodes: list[ast.stmt] = []
    for name in sorted(names):
        found = [node for node in bindings(workspace.scopes(path), name) if not is_for_types(tree, node)]
        nodes += binding_statements(tree, found) if found else ()
    inside = {inner for node in nodes for inner in ast.walk(node)}
    return Removal(tuple(dict.fromkeys(nodes)), frozenset(inside))


def is_for_types(tree: ast.Module, node: ast.AST) -> bool:
    return any(
        isinstance(statement, ast.If)
        and is_type_checking(statement)
        and any(inner is node for part in statement.body for inner in ast.walk(part))
        for statement in tree.body
    )
