"""Which binding each name of a file refers to: Python's scoping rules over one `ast` tree.

The reference, "Naming and binding" (https://docs.python.org/3/reference/executionmodel.html): a name that a
function binds anywhere is local to it; class bodies are not seen from the functions in them; the first iterable of
a comprehension, defaults, decorators, bases and annotations belong to the scope around.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ssot_lint.editing.blocks import Bound, Scope, Scopes
from ssot_lint.editing.name_reads import NameReads


def scopes(tree: ast.Module) -> Scopes:
    """The scopes of a parsed file."""
    reads = NameReads(tree)
    statements = _Statements(reads)
    statements.block(tree.body, ())
    _settle(reads.all)
    return Scopes(
        reads.scope, tuple(reads.all), tuple(reads.names), tuple(statements.imports), reads.scope_of
    )


class _Statements:
    """One walk over the statements of a file."""

    def __init__(self, reads: NameReads) -> None:
        self.reads = reads
        self.imports: list[Bound] = []

    def block(self, body: Sequence[ast.stmt], parents: tuple[ast.AST, ...]) -> None:
        for statement in body:
            outer, self.reads.statement = self.reads.statement, statement
            self.one(statement, body, parents)
            self.reads.statement = outer

    def one(self, node: ast.stmt, body: Sequence[ast.stmt], parents: tuple[ast.AST, ...]) -> None:
        inside = (*parents, node)
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.function(node, inside)
            case ast.ClassDef():
                self.class_(node, inside)
            case ast.Import() | ast.ImportFrom():
                self.imports.append(Bound(node, self.reads.scope, body, parents))
                for alias in node.names:
                    if alias.name != "*":
                        whole = isinstance(node, ast.Import) and not alias.asname
                        self.reads.bind(
                            alias.name.partition(".")[0] if whole else alias.asname or alias.name, alias
                        )
            case ast.Global():
                self.reads.scope.declared_global.update(node.names)
                for name in node.names:
                    self.reads.scope.bindings.pop(name, None)
                    self.reads.scope.module.bindings.setdefault(name, [])
            case ast.Nonlocal():
                self.reads.scope.declared_nonlocal.update(node.names)
            case ast.AnnAssign():
                self.reads.annotation(node.annotation)
                self.reads.expr(node.target)
                self.reads.expr(node.value)
            case ast.Try():
                self.block(node.body, inside)
                for handler in node.handlers:
                    self.reads.expr(handler.type)
                    if handler.name:
                        self.reads.bind(handler.name, handler)
                    self.block(handler.body, (*inside, handler))
                self.block(node.orelse, inside)
                self.block(node.finalbody, inside)
            case ast.Match():
                self.reads.expr(node.subject)
                for arm in node.cases:
                    self.pattern(arm.pattern)
                    self.reads.expr(arm.guard)
                    self.block(arm.body, (*inside, arm))
            case _:
                self.other(node, inside)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, inside: tuple[ast.AST, ...]) -> None:
        self.reads.bind(node.name, node)
        self.reads.exprs(node.decorator_list)
        self.reads.defaults(node.args)
        with_parameters = self.reads.type_parameters(node)
        self.reads.annotations(node.args, node.returns)
        scope = self.reads.open("function", node)
        self.reads.parameters(node.args)
        self.block(node.body, inside)
        self.reads.close(scope)
        self.reads.close(with_parameters)

    def class_(self, node: ast.ClassDef, inside: tuple[ast.AST, ...]) -> None:
        self.reads.bind(node.name, node)
        self.reads.exprs(node.decorator_list)
        with_parameters = self.reads.type_parameters(node)
        self.reads.exprs(node.bases)
        self.reads.exprs([keyword.value for keyword in node.keywords])
        scope = self.reads.open("class", node)
        self.block(node.body, inside)
        self.reads.close(scope)
        self.reads.close(with_parameters)

    def other(self, node: ast.stmt, inside: tuple[ast.AST, ...]) -> None:
        """Statements without rules of their own, those of newer Pythons among them."""
        if type(node).__name__ == "TryStar":
            self.one(ast.Try(node.body, node.handlers, node.orelse, node.finalbody), (), inside)  # type: ignore[attr-defined]
            return
        if type(node).__name__ == "TypeAlias":
            self.reads.expr(node.name)  # type: ignore[attr-defined]
            scope = self.reads.type_parameters(node)
            self.reads.annotation(node.value)  # type: ignore[attr-defined]
            self.reads.close(scope)
            return
        for _, value in ast.iter_fields(node):
            items = value if isinstance(value, list) else [value]
            if items and isinstance(items[0], ast.stmt):
                self.block(items, inside)
                continue
            for item in items:
                if isinstance(item, ast.withitem):
                    self.reads.expr(item.context_expr)
                    self.reads.expr(item.optional_vars)
                elif isinstance(item, ast.expr):
                    self.reads.expr(item)

    def pattern(self, node: ast.AST) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, (ast.MatchAs, ast.MatchStar)) and inner.name:
                self.reads.bind(inner.name, inner)
            elif isinstance(inner, ast.MatchMapping) and inner.rest:
                self.reads.bind(inner.rest, inner)
            elif isinstance(inner, ast.MatchValue):
                self.reads.expr(inner.value)
            elif isinstance(inner, ast.MatchClass):
                self.reads.expr(inner.cls)
            if isinstance(inner, ast.MatchMapping):
                self.reads.exprs(inner.keys)


def _settle(found: Iterable[Scope]) -> None:
    """What a function binds through `nonlocal` is a binding of the function around that owns the name."""
    for scope in found:
        for name in sorted(scope.declared_nonlocal & scope.bindings.keys()):
            owner = scope.owner(name)
            if owner is not None:
                owner.bindings[name] += scope.bindings.pop(name)
