"""The names in expressions, each with the scope that it is read or bound in."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ssot_lint.editing.blocks import Read, Scope, ScopeKind
from ssot_lint.reading.parameters import every_parameter

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

_LEAVES = frozenset({
    ast.Load, ast.Store, ast.Del, *ast.operator.__subclasses__(), *ast.boolop.__subclasses__(),
    *ast.unaryop.__subclasses__(), *ast.cmpop.__subclasses__(),
})  # fmt: skip
"""Nodes that hold no expression."""

_PLAIN = frozenset({
    ast.Attribute, ast.keyword, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Compare,
    ast.Await, ast.IfExp, ast.Starred, ast.FormattedValue, ast.Slice,
})  # fmt: skip
"""Expressions whose parts stand in the same scope, and mean what they mean anywhere."""


class NameReads:
    """Opens scopes, binds names and notes reads, expression by expression; `statement` is the one they are part of."""

    def __init__(self, tree: ast.Module) -> None:
        self.scope = Scope("module", tree, None)
        self.all = [self.scope]
        self.names: list[Read] = []
        self.scope_of: dict[ast.AST, Scope] = {tree: self.scope}
        self.statement: ast.stmt = ast.Pass()
        self.in_fstring = False
        self.in_annotation = False
        self.string: ast.Constant | None = None

    def open(self, kind: ScopeKind, node: ast.AST) -> Scope:
        self.scope = Scope(kind, node, self.scope)
        self.all.append(self.scope)
        if kind != "type-parameters":
            self.scope_of[node] = self.scope
        return self.scope

    def close(self, scope: Scope | None) -> None:
        if scope is not None:
            assert scope is self.scope and scope.parent is not None
            self.scope = scope.parent

    def type_parameters(self, node: ast.AST) -> Scope | None:
        """The scope of PEP 695 parameters, when there are any."""
        found = getattr(node, "type_params", None)
        if not found:
            return None
        scope = self.open("type-parameters", node)
        for parameter in found:
            self.bind(parameter.name, parameter)
            for part in ("bound", "default_value"):
                self.annotation(getattr(parameter, part, None))
        return scope

    def bind(self, name: str, node: ast.AST) -> None:
        scope = self.scope.module if name in self.scope.declared_global else self.scope
        scope.bindings.setdefault(name, []).append(node)

    def parameters(self, args: ast.arguments) -> None:
        for arg in every_parameter(args):
            self.bind(arg.arg, arg)

    def defaults(self, args: ast.arguments) -> None:
        self.exprs(args.defaults)
        self.exprs([default for default in args.kw_defaults if default is not None])

    def annotations(self, args: ast.arguments, returns: ast.expr | None) -> None:
        for arg in every_parameter(args):
            self.annotation(arg.annotation)
        self.annotation(returns)

    def exprs(self, nodes: Iterable[ast.expr | None]) -> None:
        for node in nodes:
            self.expr(node)

    def annotation(self, node: ast.expr | None) -> None:
        outer, self.in_annotation = self.in_annotation, True
        self.expr(node)
        self.in_annotation = outer

    def expr(self, node: ast.AST | None) -> None:
        kind = type(node)
        if node is None or kind in _LEAVES or (kind is ast.Constant and not self.in_annotation):
            return
        if kind in _PLAIN:  # by far the most; what has rules of its own comes below
            for name in node._fields:
                value = getattr(node, name)
                if isinstance(value, list):
                    for child in value:
                        self.expr(child)
                elif isinstance(value, ast.AST):
                    self.expr(value)
            return
        match node:
            case ast.Name():
                if not isinstance(node.ctx, ast.Load):
                    self.bind(node.id, node)
                self.names.append(
                    Read(node, self.scope, self.statement, self.in_fstring, self.in_annotation, self.string)
                )
            case ast.Lambda():
                self.defaults(node.args)
                scope = self.open("lambda", node)
                self.parameters(node.args)
                self.expr(node.body)
                self.close(scope)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self.comprehension(node)
            case ast.NamedExpr():
                self.expr(node.value)
                outside = self.scope
                while outside.kind == "comprehension" and outside.parent is not None:
                    outside = outside.parent  # PEP 572: the target belongs to the scope around
                inner, self.scope = self.scope, outside
                self.expr(node.target)
                self.scope = inner
            case ast.JoinedStr():
                outer, self.in_fstring = self.in_fstring, True
                for value in node.values:
                    self.expr(value)
                self.in_fstring = outer
            case ast.Constant(value=str(text)) if self.in_annotation:
                self.quoted(node, text)
            case ast.Subscript() if self.in_annotation and _tail(node.value) in ("Literal", "Annotated"):
                self.expr(node.value)
                items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                if _tail(node.value) == "Annotated":
                    self.expr(items[0])
                    items = items[1:]
                self.in_annotation = False
                self.exprs(items)
                self.in_annotation = True
            case ast.Call():
                self.call(node)
            case _:
                for child in ast.iter_child_nodes(node):
                    self.expr(child)

    def call(self, node: ast.Call) -> None:
        """`cast("X", v)` and `TypeVar("T", bound="X")` hold annotations."""
        outer, self.in_annotation = self.in_annotation, False
        self.expr(node.func)
        quotes = _tail(node.func)
        for number, argument in enumerate(node.args):
            self.in_annotation = (quotes == "cast" and number == 0) or (quotes == "TypeVar" and number > 0)
            self.expr(argument)
        for keyword in node.keywords:
            self.in_annotation = quotes == "TypeVar" and keyword.arg in ("bound", "default")
            self.expr(keyword.value)
        self.in_annotation = outer

    def comprehension(self, node: Comprehension) -> None:
        self.expr(node.generators[0].iter)  # runs in the scope around
        scope = self.open("comprehension", node)
        for number, generator in enumerate(node.generators):
            if number:
                self.expr(generator.iter)
            self.expr(generator.target)
            self.exprs(generator.ifs)
        if isinstance(node, ast.DictComp):
            self.exprs([node.key, node.value])
        else:
            self.expr(node.elt)
        self.close(scope)

    def quoted(self, node: ast.Constant, text: str) -> None:
        """The names of a string annotation."""
        if self.string is not None:
            return
        try:
            inner = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return
        self.string = node
        self.expr(inner)
        self.string = None


def _tail(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
