"""Do two definitions do the same? Equal statements that read equal things.

Docstrings, annotations, formatting and comments do not count. Names from outside a definition are resolved in the file
it stands in: both have to stand for one thing, or for functions and constants that are equal in their turn. Two classes
are never equal: `isinstance` and `except` tell them apart.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

from ssot_lint.editing.blocks import Read
from ssot_lint.project import Target
from ssot_lint.workspace import Workspace

from ._module_bodies import is_logger

Place = tuple[str, ast.AST]
"""A file's path and a node of its tree."""


@dataclass
class Comparison:
    """Compares parts of two files; `same` are symbols of the two that are to count as one.

    `loggers`: do two loggers of different names count as equal?
    """

    workspace: Workspace
    same: frozenset[tuple[str, str]] = frozenset()
    loggers: bool = False
    _open: set[tuple[str, str]] = field(default_factory=set)

    def differs(self, one: Place, other: Place) -> str:
        """The first thing in which two nodes differ, in a few words; "" where they are equal."""
        if _outline(one[1]) != _outline(other[1]) or normal(one[1]) != normal(other[1]):
            return "other statements"
        for mine, theirs in zip(self._free(one), self._free(other), strict=False):
            if not self._agree(one[0], mine, other[0], theirs):
                return f"another {mine}"
        return ""

    def _free(self, place: Place) -> list[str]:
        """The names from outside, in the order in which they are read; those of annotations left out."""
        scopes = self.workspace.scopes(place[0])
        inside = {node for node in ast.walk(place[1]) if isinstance(node, ast.Name)}
        return [read.node.id for read in scopes.names if read.node in inside and _is_free(read)]

    def _agree(self, path: str, name: str, other_path: str, other_name: str) -> bool:
        project = self.workspace.project
        one = project.resolve(self.workspace.file(path), name).targets
        other = project.resolve(self.workspace.file(other_path), other_name).targets
        if len(one) != 1 or len(other) != 1:
            return False
        mine, theirs = one[0], other[0]
        if (mine.symbol, theirs.symbol) in self.same:
            return True
        if mine.kind != theirs.kind or mine.kind in ("dynamic", "unresolved"):
            return False
        if mine.symbol == theirs.symbol:
            return True
        if mine.kind not in ("definition", "variable") or name != other_name:
            return False
        return self._equal_values(mine, theirs)

    def _equal_values(self, mine: Target, theirs: Target) -> bool:
        """Are two module-level definitions or constants equal? What is being compared counts as equal meanwhile."""
        pair = mine.symbol, theirs.symbol
        if pair in self._open:
            return True
        one, other = self._statement(mine), self._statement(theirs)
        if one is None or other is None:
            return False
        if isinstance(one[1], ast.Assign | ast.AnnAssign) and isinstance(
            other[1], ast.Assign | ast.AnnAssign
        ):
            values = one[1].value, other[1].value
            if values[0] is None or values[1] is None:
                return False
            if is_logger(values[0]) and is_logger(values[1]):
                return self.loggers
            name = pair[0].partition(":")[2]
            if not (_is_constant(values[0], name) and _is_constant(values[1], name)):
                return False
            one, other = (one[0], values[0]), (other[0], values[1])
        elif isinstance(one[1], ast.ClassDef):
            return False
        self._open.add(pair)
        answer = not self.differs(one, other)
        self._open.discard(pair)
        return answer

    def _statement(self, target: Target) -> Place | None:
        """The one statement at the top level that binds what a target stands for."""
        source = self.workspace.project.files[target.file]
        name = target.symbol.partition(":")[2]
        bound = self.workspace.scopes(source.path).module.bindings.get(name, [])
        if len(bound) != 1:
            return None
        for node in self.workspace.source(source.path).tree.body:
            if node is bound[0]:
                return source.path, node
            if isinstance(node, ast.Assign) and node.targets == bound:
                return source.path, node
            if isinstance(node, ast.AnnAssign) and node.target is bound[0]:
                return source.path, node
        return None


def _outline(node: ast.AST) -> list[str]:
    """The names of a class's methods in their order: a quick look before the whole is compared."""
    return (
        [item.name for item in node.body if hasattr(item, "name")] if isinstance(node, ast.ClassDef) else []
    )


def normal(node: ast.AST) -> str:
    """The node as text without what does not count; a definition's own name does not count either."""
    bare = _Bare().visit(copy.deepcopy(node))
    if isinstance(bare, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        bare.name = ""
    return ast.dump(bare)


class _Bare(ast.NodeTransformer):
    """Takes docstrings and the annotations of functions out. Those of class bodies stay: they make fields."""

    def __init__(self) -> None:
        self.in_function = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self.function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self.function(node)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.definition(node, in_function=True)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self.definition(node, in_function=False)

    def definition(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, *, in_function: bool
    ) -> ast.AST:
        outer, self.in_function = self.in_function, in_function
        self.generic_visit(node)
        self.in_function = outer
        node.body = without_docstring(node.body)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if not self.in_function:
            return node
        return ast.Assign([node.target], node.value) if node.value is not None else None

    def visit_Pass(self, node: ast.Pass) -> None:
        return None


def without_docstring(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return list(rest)
        case _:
            return list(body)


def _is_free(read: Read) -> bool:
    owner = read.owner
    return not read.annotation and (owner is None or owner.kind == "module")


def is_immutable(node: ast.expr) -> bool:
    """Is the value of an expression one that nobody can change, as far as it shows?"""
    return _is_constant(node, "")


def _is_constant(node: ast.expr, name: str) -> bool:
    """Does the value never change? Lists, dicts and sets count where their name says so and they hold something."""
    for inner in ast.walk(node):
        match inner:
            case ast.Call() | ast.Await() | ast.Lambda() | ast.ListComp() | ast.DictComp() | ast.SetComp():
                return False
            case ast.List(elts=items) | ast.Set(elts=items) | ast.Dict(values=items):
                if not items or not name.isupper():
                    return False
    return True
