"""One file under `rewrite-imports`: what has been found out about it so far, and what is to change."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ssot_lint.codemod import CannotApply, Refusal, Remark
from ssot_lint.editing.blocks import Read, Scope
from ssot_lint.editing.scopes import scopes
from ssot_lint.editing.source import Source, Splice
from ssot_lint.model import Import
from ssot_lint.project import Project, Target
from ssot_lint.workspace import Workspace

from ._import_lists import without_statements
from ._places import Swap, Within, place, splices
from ._renaming import Names, names_of
from ._rewrite_wishes import Move, Moves
from ._statements import Entry, restated


@dataclass(frozen=True, eq=False)
class Site:
    """An import statement, the statements among which it stands, and the nodes around it, outermost first."""

    statement: ast.Import | ast.ImportFrom
    block: Sequence[ast.stmt]
    parents: tuple[ast.AST, ...]

    @property
    def is_late(self) -> bool:
        """Does it run after the module was imported?"""
        return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in self.parents)


def _sites(block: Sequence[ast.stmt], parents: tuple[ast.AST, ...]) -> Iterator[Site]:
    for node in block:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield Site(node, block, parents)
            continue
        inside = (*parents, node)
        for name in ("body", "orelse", "finalbody"):
            yield from _sites(getattr(node, name, ()), inside)
        for arm in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield from _sites(arm.body, (*inside, arm))


@dataclass(frozen=True)
class Given:
    """An import that is going to be added, behind a line of the module, and how its module is called then."""

    scope: Scope
    module: str
    prefix: str
    line: int
    pending: Move | None = None  # only if the patches of this move follow
    aliases: frozenset[ast.AST] = frozenset()  # the names of imports that are re-pointed


@dataclass
class Rewriting:
    """A file, what is asked for it, and what has been found so far. Made, filled and thrown away.

    `changes` and `extra` are by import statement: what becomes of its names, and statements to stand behind it.
    `late`: moves whose old name the file reads only when it runs, so that a patch of the old module reaches it.
    `assigned`: where the file assigns an old name: line, move, what to say, and whether it does so when it is imported.
    """

    workspace: Workspace
    file: int
    moves: Moves
    source: Source
    changes: dict[ast.stmt, dict[ast.alias, Entry | None]] = field(default_factory=dict)
    moved: dict[ast.alias, Move] = field(default_factory=dict)
    extra: dict[ast.stmt, dict[str, None]] = field(default_factory=dict)
    places: list[Splice | Within] = field(default_factory=list)
    late: set[Move] = field(default_factory=set)
    assigned: list[tuple[int, Move, str, bool]] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    claimed: dict[tuple[Scope, str], str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def project(self) -> Project:
        return self.workspace.project

    def refuse(self, line: int, reason: str, move: Move) -> None:
        self.refusals.append(Refusal(self.path, line, reason, str(move.old)))

    def remark(self, line: int, text: str) -> None:
        self.remarks.append(Remark(self.path, line, text))

    def claim(self, scope: Scope, name: str, meaning: str) -> bool:
        """Take a local name that no text binds yet; False when another change has taken it for something else."""
        return self.claimed.setdefault((scope, name), meaning) == meaning

    def change(self, bound: Site, alias: ast.alias, entry: Entry | None, move: Move) -> None:
        self.changes.setdefault(bound.statement, {})[alias] = entry
        self.moved[alias] = move
        if bound.is_late:
            self.late.add(move)

    def swap(self, read: Read, node: ast.Name | ast.Attribute, text: str) -> Splice | Within:
        return place(self.source, Swap(read, node, text))

    def target(self, statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> Target:
        """What an imported name stands for."""
        fact = as_fact(statement, alias)
        return self.project.resolve_import(self.file, fact).target

    @cached_property
    def names(self) -> Names:
        """The file's scopes and names; not asked for where an import only names another module."""
        return names_of(self.source, scopes(self.source.tree))

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every import statement, in the order of the file."""
        return tuple(_sites(self.source.tree.body, ()))

    def scope(self, site: Site) -> Scope:
        """The scope in which an import stands."""
        return self._scopes[site.statement]

    @cached_property
    def _scopes(self) -> Mapping[ast.stmt, Scope]:
        return {bound.statement: bound.scope for bound in self.names.scopes.imports}

    @cached_property
    def bounds(self) -> Mapping[ast.stmt, Site]:
        return {site.statement: site for site in self.sites}

    @cached_property
    def reads(self) -> Mapping[int, Read]:
        """The names of the tree by the identity of their nodes; those of string annotations left out."""
        return {id(read.node): read for read in self.names.scopes.names}

    @cached_property
    def parents(self) -> Mapping[int, ast.Attribute]:
        """The attribute that is taken of each expression, by the expression's identity."""
        return {id(node.value): node for node in self.source.nodes if isinstance(node, ast.Attribute)}

    @cached_property
    def by_text(self) -> Mapping[int, ast.Call]:
        """`getattr(x, "name")` and its like, by the identity of `x`."""
        return {
            id(node.args[0]): node
            for node in self.source.nodes
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("getattr", "hasattr", "setattr", "delattr")
            and len(node.args) > 1
        }

    def made(self) -> list[Splice]:
        """All changes as splices; none where a statement turns out not to be understood."""
        found = splices(self.source, self.places)
        gone: list[Site] = []
        for bound in self.sites:
            changes, extra = self.changes.get(bound.statement, {}), self.extra.get(bound.statement, {})
            if not changes and not extra:
                continue
            try:
                made = restated(self.source, bound.statement, changes, tuple(extra))
            except CannotApply as error:
                for move in dict.fromkeys(self.moved[alias] for alias in changes):
                    self.refuse(bound.statement.lineno, error.reason, move)
                return []
            if made is None:
                gone.append(bound)
            else:
                found += made
        if gone:
            blocks = {id(bound.block): bound.block for bound in gone}
            found += without_statements(
                self.source, [bound.statement for bound in gone], list(blocks.values())
            )
        return found


def rewriting(workspace: Workspace, path: str, moves: Moves) -> Rewriting:
    """A file read for a rewrite. Raises SyntaxError for one that does not parse."""
    source = Source(path, workspace.read(path))
    assert source.tree
    return Rewriting(workspace, workspace.file(path), moves, source)


def is_late(scope: Scope) -> bool:
    """Does what stands here run after the module was imported?"""
    return any(around.kind in ("function", "lambda") for around in scope.chain())


def owner(scope: Scope, name: str) -> Scope:
    """The scope whose variable a binding of `name` in `scope` is."""
    return scope.module if name in scope.declared_global else scope


def as_fact(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> Import:
    """A name of an import statement as the project reads it."""
    if isinstance(statement, ast.Import):
        module, name, level = alias.name, None, 0
    else:
        module, name, level = statement.module or "", alias.name, statement.level
    line, end = alias.lineno, alias.end_lineno or alias.lineno
    return Import(module, name, alias.asname, level, line, 1, end, 1, statement.lineno, -1, -1)
