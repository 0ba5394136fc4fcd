"""Which binding each name of a file refers to: Python's scoping rules over one `ast` tree.

The reference, "Naming and binding" (https://docs.python.org/3/reference/executionmodel.html): a name that a
function binds anywhere is local to it; class bodies are not seen from the functions in them; the first iterable of
a comprehension, defaults, decorators, bases and annotations belong to the scope around.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

ScopeKind = Literal["module", "class", "function", "lambda", "comprehension", "type-parameters"]
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(eq=False, slots=True)
class Scope:
    """A block with names of its own. `bindings`: name -> the nodes that bind it, in source order.

    A binding is an `ast.alias` (import), `ast.arg`, definition, `ast.Name` that is stored or deleted, `ast.ExceptHandler`
    or pattern node.
    """

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[ast.AST]] = field(default_factory=dict)
    declared_global: set[str] = field(default_factory=set)
    declared_nonlocal: set[str] = field(default_factory=set)

    @property
    def module(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    @property
    def is_async(self) -> bool:
        """May one more `await` stand in this block itself? It would make a generator expression an async one."""
        if isinstance(self.node, ast.GeneratorExp) and not _awaits(self.node):
            return False
        if self.kind == "comprehension" and self.parent is not None:
            return self.parent.is_async
        return isinstance(self.node, ast.AsyncFunctionDef)

    def owner(self, name: str) -> Scope | None:
        """The scope whose binding a read of `name` in this scope finds; None for a builtin or an unknown name."""
        scope: Scope | None = self
        innermost = True
        while scope is not None:
            if name in scope.declared_global:
                top = scope.module
                return top if name in top.bindings else None
            if (
                name in scope.bindings
                and name not in scope.declared_nonlocal
                and (innermost or scope.kind != "class")
            ):
                return scope
            innermost = innermost and scope.kind == "type-parameters"
            scope = scope.parent
        return None

    def chain(self) -> Iterator[Scope]:
        """This scope and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


def _awaits(node: ast.GeneratorExp) -> bool:
    """Is a generator expression an async one already? Its first iterable is worked out before, and outside."""
    first, *others = node.generators
    parts: list[ast.AST] = [node.elt, *first.ifs, *others]
    return any(item.is_async for item in node.generators) or any(
        isinstance(inner, ast.Await) for part in parts for inner in ast.walk(part)
    )


@dataclass(frozen=True, slots=True)
class Read:
    """A name that is read, stored or deleted: the node, the scope it stands in, the statement it is part of.

    `in_fstring`: before Python 3.12 such a node's place is unusable. `annotation`: part of an annotation, which
    does not run under `from __future__ import annotations`. `string`: the constant that holds it, for a name of
    a string annotation; the node's place is then relative to the string's value.
    """

    node: ast.Name
    scope: Scope
    statement: ast.stmt
    in_fstring: bool = False
    annotation: bool = False
    string: ast.Constant | None = None

    @property
    def owner(self) -> Scope | None:
        return self.scope.owner(self.node.id)


@dataclass(frozen=True, slots=True)
class Bound:
    """An import statement and where it stands."""

    statement: ast.Import | ast.ImportFrom
    scope: Scope
    block: Sequence[ast.stmt]  # the statements among which it stands
    parents: tuple[ast.AST, ...]  # enclosing nodes, outermost first; the module left out


@dataclass(frozen=True)
class Scopes:
    """The scopes of a file, every name in it, and every import."""

    module: Scope
    all: tuple[Scope, ...]
    names: tuple[Read, ...]  # in the order of the tree
    imports: tuple[Bound, ...]
    scope_of: dict[ast.AST, Scope]  # the scope that a class, function, lambda or comprehension opens

    def references(self, scope: Scope, name: str) -> tuple[Read, ...]:
        """Every place that reads, writes or deletes the variable `name` of `scope`."""
        return tuple(read for read in self.names if read.node.id == name and read.owner is scope)


def scopes(tree: ast.Module) -> Scopes:
    """The scopes of a parsed file."""
    reader = _Reader(tree)
    reader.block(tree.body, ())
    _settle(reader.all)
    return Scopes(
        reader.scope, tuple(reader.all), tuple(reader.names), tuple(reader.imports), reader.scope_of
    )


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


class _Reader:
    """One walk over the tree that opens scopes, binds names and notes reads."""

    def __init__(self, tree: ast.Module) -> None:
        self.scope = Scope("module", tree, None)
        self.all = [self.scope]
        self.names: list[Read] = []
        self.imports: list[Bound] = []
        self.scope_of: dict[ast.AST, Scope] = {tree: self.scope}
        self.statement: ast.stmt = ast.Pass()
        self.in_fstring = False
        self.in_annotation = False
        self.string: ast.Constant | None = None

    # -- statements

    def block(self, body: Sequence[ast.stmt], parents: tuple[ast.AST, ...]) -> None:
        for statement in body:
            outer, self.statement = self.statement, statement
            self.one(statement, body, parents)
            self.statement = outer

    def one(self, node: ast.stmt, body: Sequence[ast.stmt], parents: tuple[ast.AST, ...]) -> None:
        inside = (*parents, node)
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.bind(node.name, node)
                self.exprs(node.decorator_list)
                self.defaults(node.args)
                with_parameters = self.type_parameters(node)
                self.annotations(node.args, node.returns)
                scope = self.open("function", node)
                self.parameters(node.args)
                self.block(node.body, inside)
                self.close(scope)
                self.close(with_parameters)
            case ast.ClassDef():
                self.bind(node.name, node)
                self.exprs(node.decorator_list)
                with_parameters = self.type_parameters(node)
                self.exprs(node.bases)
                self.exprs([keyword.value for keyword in node.keywords])
                scope = self.open("class", node)
                self.block(node.body, inside)
                self.close(scope)
                self.close(with_parameters)
            case ast.Import() | ast.ImportFrom():
                self.imports.append(Bound(node, self.scope, body, parents))
                for alias in node.names:
                    if alias.name != "*":
                        whole = isinstance(node, ast.Import) and not alias.asname
                        self.bind(
                            alias.name.partition(".")[0] if whole else alias.asname or alias.name, alias
                        )
            case ast.Global():
                self.scope.declared_global.update(node.names)
                for name in node.names:
                    self.scope.bindings.pop(name, None)
                    self.scope.module.bindings.setdefault(name, [])
            case ast.Nonlocal():
                self.scope.declared_nonlocal.update(node.names)
            case ast.AnnAssign():
                self.annotation(node.annotation)
                self.expr(node.target)
                self.expr(node.value)
            case ast.Try():
                self.block(node.body, inside)
                for handler in node.handlers:
                    self.expr(handler.type)
                    if handler.name:
                        self.bind(handler.name, handler)
                    self.block(handler.body, (*inside, handler))
                self.block(node.orelse, inside)
                self.block(node.finalbody, inside)
            case ast.Match():
                self.expr(node.subject)
                for arm in node.cases:
                    self.pattern(arm.pattern)
                    self.expr(arm.guard)
                    self.block(arm.body, (*inside, arm))
            case _:
                self.other(node, inside)

    def other(self, node: ast.stmt, inside: tuple[ast.AST, ...]) -> None:
        """Statements without rules of their own, those of newer Pythons among them."""
        if type(node).__name__ == "TryStar":
            self.one(ast.Try(node.body, node.handlers, node.orelse, node.finalbody), (), inside)  # type: ignore[attr-defined]
            return
        if type(node).__name__ == "TypeAlias":
            self.expr(node.name)  # type: ignore[attr-defined]
            scope = self.type_parameters(node)
            self.annotation(node.value)  # type: ignore[attr-defined]
            self.close(scope)
            return
        for _, value in ast.iter_fields(node):
            items = value if isinstance(value, list) else [value]
            if items and isinstance(items[0], ast.stmt):
                self.block(items, inside)
                continue
            for item in items:
                if isinstance(item, ast.withitem):
                    self.expr(item.context_expr)
                    self.expr(item.optional_vars)
                elif isinstance(item, ast.expr):
                    self.expr(item)

    def pattern(self, node: ast.AST) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, (ast.MatchAs, ast.MatchStar)) and inner.name:
                self.bind(inner.name, inner)
            elif isinstance(inner, ast.MatchMapping) and inner.rest:
                self.bind(inner.rest, inner)
            elif isinstance(inner, ast.MatchValue):
                self.expr(inner.value)
            elif isinstance(inner, ast.MatchClass):
                self.expr(inner.cls)
            if isinstance(inner, ast.MatchMapping):
                self.exprs(inner.keys)

    # -- scopes

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

    # -- expressions

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


def _settle(found: Iterable[Scope]) -> None:
    """What a function binds through `nonlocal` is a binding of the function around that owns the name."""
    for scope in found:
        for name in sorted(scope.declared_nonlocal & scope.bindings.keys()):
            owner = scope.owner(name)
            if owner is not None:
                owner.bindings[name] += scope.bindings.pop(name)


def every_parameter(args: ast.arguments) -> Iterator[ast.arg]:
    """The parameters of a function, in the order of its signature."""
    yield from (*args.posonlyargs, *args.args)
    if args.vararg:
        yield args.vararg
    yield from args.kwonlyargs
    if args.kwarg:
        yield args.kwarg


def _tail(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
