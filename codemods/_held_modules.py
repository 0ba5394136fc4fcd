"""Modules that a file holds under local names, and what it reads off them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ssot_lint.editing.blocks import Read, Scope
from ssot_lint.reading.expressions import dotted

from ._rewrite_wishes import Key, Move, key_of, own_name
from ._rewriting import Rewriting, Site, owner


@dataclass(frozen=True)
class Held:
    """A module that an import binds to a local name: `path` is the dotted name that the local name stands for."""

    work: Rewriting
    bound: Site
    alias: ast.alias
    local: str
    path: str

    @property
    def scope(self) -> Scope:
        return owner(self.work.scope(self.bound), self.local)

    @property
    def is_plain(self) -> bool:
        """`import a.b`, which binds `a`."""
        return isinstance(self.bound.statement, ast.Import) and self.alias.asname is None

    def names(self, module: str) -> bool:
        """Is it `import module`, by its name in the project or as a module beside the file?"""
        return own_name(self.work.project, self.alias.name, self.work.file) == module


@dataclass(frozen=True)
class Use:
    """`local.rest.X`: a name read off the module that has it today."""

    read: Read
    node: ast.Name | ast.Attribute
    move: Move
    held: Held
    length: int  # of the chain before the name


def held_modules(work: Rewriting) -> list[Held]:
    """The modules that the file's imports bind."""
    found = []
    for bound in work.sites:
        for alias in bound.statement.names:
            if isinstance(bound.statement, ast.Import):
                path = alias.name if alias.asname else alias.name.partition(".")[0]
                whole = own_name(work.project, path, work.file)
                found.append(Held(work, bound, alias, alias.asname or path, whole))
            elif alias.name != "*":
                target = work.target(bound.statement, alias)
                if target.kind in ("module", "external"):
                    found.append(Held(work, bound, alias, alias.asname or alias.name, target.symbol))
    return found


def chain(work: Rewriting, node: ast.expr) -> list[ast.expr]:
    """A name and the attributes taken of it, one after the other: `a`, `a.b`, `a.b.c`."""
    found = [node]
    while (outer := work.parents.get(id(found[-1]))) is not None:
        found.append(outer)
    return found


def module_of(work: Rewriting, path: str, rest: Sequence[str]) -> Key | None:
    """The module that `path.rest` is; None where it is something else."""
    full = ".".join((path, *rest))
    target = work.project.resolve_symbol(f"{path}:{'.'.join(rest)}" if rest else path).target
    if target.kind == "module":
        return target.symbol if target.file < 0 else target.file
    return key_of(work.project, full) if target.kind in ("external", "unresolved") else None


def quoted_chain(read: Read) -> list[ast.expr]:
    """The same for a name of a string annotation, read once more."""
    assert read.string is not None
    tree = ast.parse(str(read.string.value).strip(), mode="eval")
    found: list[ast.expr] = [read.node]
    spot = (read.node.lineno, read.node.col_offset)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    while True:
        outer = next(
            (
                node
                for node in nodes
                if (node.lineno, node.col_offset) == spot and dotted(node.value) == dotted(found[-1])
            ),
            None,
        )
        if outer is None:
            return found
        found.append(outer)


def plain_bindings(work: Rewriting, scope: Scope, top: str) -> Collection[ast.AST]:
    """The aliases of `import top...` that bind `top` in a scope."""
    return {
        alias
        for bound in work.sites
        if isinstance(bound.statement, ast.Import)
        for alias in bound.statement.names
        if alias.asname is None
        and alias.name.partition(".")[0] == top
        and owner(work.scope(bound), top) is scope
    }


def holders(work: Rewriting, use: Use, held: Sequence[Held]) -> list[Held]:
    """The imports behind which another one is put: those that bind the module the use goes through."""
    among = [item for item in held if item.local == use.held.local and item.scope is use.held.scope]
    if use.held.is_plain:  # `import a.b` and `import a.c` both bind `a`
        among = [item for item in among if item.names(use.move.old.module)] or among
    first = min(among, key=lambda item: item.bound.statement.lineno)
    around = first.bound.parents
    always = around[-1] is use.held.scope.node if around else use.held.scope.kind == "module"
    return [first] if always else among
