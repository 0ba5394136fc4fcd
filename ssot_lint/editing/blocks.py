"""Blocks with names of their own, and what stands in them: the answers of `scopes`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

ScopeKind = Literal["module", "class", "function", "lambda", "comprehension", "type-parameters"]


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
