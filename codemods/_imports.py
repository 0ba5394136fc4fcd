"""Adding imports to a file and taking them out again, in the style the file has.

    added = add_imports(source, "shop.cart", False, [Wanted("shop.money", "Money")])
    added.names[Wanted("shop.money", "Money")]  # the local name, "Money"

Both work on one file's text and know nothing of the project: which module hands on what is the caller's business.
Several calls follow one another through `Source(path, content)`.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.blocks import Bound, Scope, Scopes
from ssot_lint.editing.scopes import scopes
from ssot_lint.editing.source import Source
from ssot_lint.linking.outside import STANDARD_LIBRARY
from ssot_lint.reading.syntax import type_checking

from ._import_lists import (
    absolute_module,
    relative_to,
    with_names,
    without_aliases,
    without_statement,
    without_statements,
    written,
)
from ._import_places import (
    Block,
    New,
    function_block,
    module_block,
    put,
    put_type_checking,
    type_checking_block,
)
from ._import_removal import Removed, Unwanted, remove_imports

__all__ = [
    "Added",
    "Removed",
    "Unwanted",
    "Wanted",
    "absolute_module",
    "add_imports",
    "remove_imports",
    "with_names",
    "without_aliases",
    "without_statement",
    "without_statements",
]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name that a file is to have: `from module import name as asname`, or `import module as asname`.

    `name` is None for `import module`. The local name is `asname`, else `name`, else the whole dotted module.
    """

    module: str  # absolute
    name: str | None = None
    asname: str | None = None
    type_checking: bool = False  # needed by annotations only: goes under `if TYPE_CHECKING:`
    within: str | None = (
        None  # qualname (`Cart.total`, `outer.<locals>.inner`) of the function; None: the module
    )
    level: int = 0  # dots of a new statement; 0: as the file does it for its own package; -1: none
    comment: str = ""  # to stand behind a statement of its own: `noqa: F401`
    reuse: bool = False  # an import of the same thing under another name will do
    otherwise: tuple[str, ...] = ()  # local names to take, in this order, where the first is taken
    line: int = (
        0  # first line that reads it while the module is imported: an import below will not do; 0: any will
    )

    @property
    def local(self) -> str:
        return self.asname or self.name or self.module


@dataclass(frozen=True, slots=True)
class Added:
    """The file with the imports, and the local name of each (dotted for `import a.b`)."""

    content: bytes
    names: Mapping[Wanted, str] = field(default_factory=dict)


def add_imports(
    source: Source,
    module: str,
    is_package: bool,
    wanted: Sequence[Wanted],
    stars: Mapping[str, Collection[str]] | None = None,
) -> Added:
    """The file with all wanted names bound where they are wanted; what is bound already is left alone.

    `module` is the file's own dotted name, for its relative imports; `stars` the names that star imports of this
    file bring in, by absolute module, for those that are to count. Raises CannotApply where a local name is taken
    by something else (and so are all of `otherwise`), or where there is no place for an import.
    """
    file = _File(source, scopes(source.tree), module, is_package, stars or {})
    names: dict[Wanted, str] = {}
    missing: list[tuple[Wanted, str]] = []
    promoted: list[Unwanted] = []
    given: dict[tuple[int, str], Wanted] = {}
    for want in wanted:
        scope = file.scope(want)
        there = file.available(want, scope)
        if there is not None:
            names[want] = there
            continue
        local = file.free(want, scope, given)
        names[want] = local
        given[id(scope), local.partition(".")[0]] = want
        missing.append((want, local))
        if file.only_checked(want, scope):
            promoted.append(Unwanted(want.module, want.name, want.asname))
    content = source.content
    if promoted:
        content = remove_imports(source, module, is_package, promoted, (), regardless=True).content
    if any(want.type_checking for want, _ in missing) and type_checking_block(source, module) is None:
        flag = Wanted("typing", "TYPE_CHECKING")
        content = add_imports(Source(source.path, content), module, is_package, [flag]).content
    for part in _together(missing):
        content = _with(Source(source.path, content), file, part)
    return Added(content, names)


def _together(missing: Sequence[tuple[Wanted, str]]) -> Iterator[list[tuple[Wanted, str]]]:
    """What goes into one statement: one place, one module."""
    parts: dict[tuple[object, ...], list[tuple[Wanted, str]]] = {}
    for want, local in missing:
        key = (
            None if want.type_checking else want.within,
            want.type_checking,
            want.module,
            want.name is None,
        )
        part = parts.setdefault(key, [])
        if not any((other.name, name) == (want.name, local) for other, name in part):
            part.append((want, local))
    yield from parts.values()


@dataclass(frozen=True)
class _File:
    """A file that imports are added to."""

    source: Source
    scopes: Scopes
    module: str
    is_package: bool
    stars: Mapping[str, Collection[str]]

    def scope(self, want: Wanted) -> Scope:
        if want.within is None or want.type_checking:
            return self.scopes.module
        return self.scopes.scope_of[function_named(self.source, want.within)]

    @cached_property
    def _bound(self) -> dict[int, Bound]:
        return {id(alias): item for item in self.scopes.imports for alias in item.statement.names}

    def bound(self, alias: ast.AST) -> Bound | None:
        """The statement of an import's name."""
        return self._bound.get(id(alias))

    def is_same(self, want: Wanted, alias: ast.AST) -> bool:
        """Does an import bind exactly what is wanted, under whatever name?"""
        item = self.bound(alias)
        if item is None or not isinstance(alias, ast.alias):
            return False
        if isinstance(item.statement, ast.ImportFrom):
            where = absolute_module(self.module, self.is_package, item.statement)
            return (where, alias.name) == (want.module, want.name)
        if want.name is not None:
            return False
        return alias.name == want.module or (
            not alias.asname and not want.asname and alias.name.startswith(f"{want.module}.")
        )

    def available(self, want: Wanted, scope: Scope) -> str | None:
        """The name under which a scope has the wanted thing already."""
        heads = [want.local.partition(".")[0], *want.otherwise]
        if want.reuse:
            seen = [
                name
                for outer in scope.chain()
                if outer is scope or outer.kind != "class"
                for name in outer.bindings
            ]
            heads += [name for name in dict.fromkeys(seen) if name not in heads]
        for head in heads:
            owner = scope.owner(head)
            if owner is None:
                continue
            nodes = owner.bindings[head]
            same = [node for node in nodes if self.is_same(want, node)]
            others = [node for node in nodes if node not in same and not self._is_sibling(want, node)]
            for node in same:
                if others or not isinstance(node, ast.alias):
                    continue
                if want.name is None and bool(node.asname) != bool(want.asname) and not want.reuse:
                    continue
                if self._holds(want, node):
                    return head if want.name is not None or node.asname else want.module
        if want.name is not None and want.name in self.stars.get(want.module, ()) and not want.asname:
            if self.scopes.module.bindings.get(want.name, ()) or scope.owner(want.name):
                return None
            if any(
                alias.name == "*"
                and absolute_module(self.module, self.is_package, item.statement) == want.module
                for item in self.scopes.imports
                if isinstance(item.statement, ast.ImportFrom) and not item.parents
                for alias in item.statement.names
            ):
                return want.name
        return None

    def _is_sibling(self, want: Wanted, node: ast.AST) -> bool:
        """`import a.b` and `import a.c` both bind `a`, to the same module."""
        if want.name is not None or want.asname or not isinstance(node, ast.alias) or node.asname:
            return False
        item = self.bound(node)
        return (
            item is not None
            and isinstance(item.statement, ast.Import)
            and node.name.partition(".")[0] == want.module.partition(".")[0]
        )

    def _holds(self, want: Wanted, alias: ast.alias) -> bool:
        """Is an import there wherever the wanted name is read: on no branch, not below the first reader?"""
        item = self.bound(alias)
        if item is None:
            return False
        if want.line and item.scope is self.scopes.module and alias.lineno > want.line:
            return False
        inner = [node for node in item.parents if not isinstance(node, Function | ast.ClassDef)]
        if want.type_checking and len(inner) == 1 and _is_checked(inner[0]):
            return True
        return not inner

    def only_checked(self, want: Wanted, scope: Scope) -> bool:
        """Is the name there, but for type checkers alone?"""
        if want.type_checking or scope is not self.scopes.module:
            return False
        nodes = scope.bindings.get(want.local.partition(".")[0], [])
        return bool(nodes) and all(self.is_same(want, node) and self._is_checked(node) for node in nodes)

    def _is_checked(self, alias: ast.AST) -> bool:
        item = self.bound(alias)
        return item is not None and len(item.parents) == 1 and _is_checked(item.parents[0])

    def free(self, want: Wanted, scope: Scope, given: Mapping[tuple[int, str], Wanted]) -> str:
        """The first of the names wanted that nothing else has or reads in the scope. Raises CannotApply."""
        refused: list[CannotApply] = []
        for local in dict.fromkeys((want.local, *want.otherwise)):
            head = local.partition(".")[0]
            other = given.get((id(scope), head))
            if other is not None and not _shares(other, want):
                refused.append(
                    CannotApply(f"{head} is to be imported from {other.module} and from {want.module}")
                )
                continue
            taken = self._taken(want, scope, head)
            if taken is None:
                return local
            refused.append(taken)
        raise CannotApply(refused[0].reason, self.source.path, refused[0].line)

    def _taken(self, want: Wanted, scope: Scope, name: str) -> CannotApply | None:
        """Why a name cannot be bound in a scope; None when it can."""
        for node in scope.bindings.get(name, ()):
            if self._is_sibling(want, node):
                continue
            if self.is_same(want, node) and (self._is_checked(node) or self._is_late(want, node)):
                continue
            line = getattr(node, "lineno", 0)
            guarded = ", and not on every path" if self.is_same(want, node) else ""
            return CannotApply(f"{name} is bound already on line {line}{guarded}", line=line)
        if name in scope.declared_global or name in scope.declared_nonlocal:
            return CannotApply(f"{name} is declared global or nonlocal in {want.within}", line=1)
        for read in self.scopes.names:
            if read.node.id != name or scope not in read.scope.chain():
                continue
            owner = read.owner
            captured = scope is not self.scopes.module and owner not in _inside(read.scope, scope)
            if (
                captured
                and owner is not None
                and all(self.is_same(want, node) for node in owner.bindings[name])
            ):
                continue
            if (captured and owner is not None) or (owner is None and name in _BUILTINS):
                line = read.string.lineno if read.string else read.node.lineno
                return CannotApply(f"{name} on line {line} means something else", line=line)
        return None

    def _is_late(self, want: Wanted, alias: ast.AST) -> bool:
        """An import that runs on every path, but after the first reader."""
        item = self.bound(alias)
        return item is not None and not item.parents and 0 < want.line < item.statement.lineno


_BUILTINS = frozenset(dir(builtins))


def _inside(scope: Scope, outer: Scope) -> list[Scope]:
    """The scopes from one up to, and with, one around it."""
    found = []
    for item in scope.chain():
        found.append(item)
        if item is outer:
            break
    return found


def _shares(one: Wanted, other: Wanted) -> bool:
    """May two wanted imports bind the same name?"""
    if (one.module, one.name) == (other.module, other.name):
        return True
    return one.name is None and other.name is None and not one.asname and not other.asname


def _is_checked(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and type_checking(node.test) > 0


def function_named(source: Source, qualname: str) -> Function:
    """The function of a qualname. Raises CannotApply when there is none, or more than one."""
    found = [node for name, node in _functions(source.tree, "") if name == qualname]
    if len(found) != 1:
        reason = (
            f"there are {len(found)} functions called {qualname}"
            if found
            else f"there is no function {qualname}"
        )
        raise CannotApply(reason, source.path, found[1].lineno if found else 0)
    return found[0]


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield prefix + child.name, child
            yield from _functions(child, f"{prefix}{child.name}.<locals>.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        elif not isinstance(child, ast.expr):
            yield from _functions(child, prefix)


def _with(source: Source, file: _File, part: Sequence[tuple[Wanted, str]]) -> bytes:
    """The file with names of one module in one place: in a statement that is there, or in a new one."""
    want = part[0][0]
    block = _block(source, file, want)
    if want.name is None:
        content = source.content
        for item, local in part:
            text = f"import {item.module}" + (f" as {local}" if local != item.module else "")
            content = _put(source, block, file.module, New(text, item.module, plain=True))
            source = Source(source.path, content)
            block = _block(source, file, want)
        return content
    names = [(item.name or "", local if local != item.name else None) for item, local in part]
    there = _extendable(block, file, want.module, all(alias for _, alias in names)) if block else None
    if there is not None and not want.comment:
        return source.spliced([with_names(source, there, names)])
    level, rest = _written_module(source, file, want)
    text = f"from {'.' * level}{rest} import {', '.join(written(name) for name in names)}"
    if want.comment:
        text += f"  # {want.comment}"
    return _put(source, block, file.module, New(text, rest, level))


def _put(source: Source, block: Block | None, module: str, new: New) -> bytes:
    if block is not None:
        return source.spliced([put(block, new)])
    return source.spliced([put_type_checking(source, module, new)])


def _block(source: Source, file: _File, want: Wanted) -> Block | None:
    """The statements among which an import goes; None where `if TYPE_CHECKING` is yet to be written."""
    if want.type_checking:
        return type_checking_block(source, file.module)
    if want.within is not None:
        function = function_named(source, want.within)
        return function_block(source, function, file.module)
    early = want.module.partition(".")[0] in STANDARD_LIBRARY
    return module_block(source, file.module, early)


def _extendable(block: Block, file: _File, module: str, aliased: bool) -> ast.ImportFrom | None:
    """The statement of the block that imports from the module already: one of unaliased names, if there is one."""
    found = [
        node
        for node in block.imports
        if isinstance(node, ast.ImportFrom)
        and absolute_module(file.module, file.is_package, node) == module
        and node.names[0].name != "*"
    ]
    plain = [node for node in found if any(not alias.asname for alias in node.names)]
    return next(iter(found if aliased or not plain else plain), None)


def _written_module(source: Source, file: _File, want: Wanted) -> tuple[int, str]:
    """Dots and module of a new statement: relative where asked for, or where the file does it for its package."""
    relative = relative_to(file.module, file.is_package, want.module)
    if relative is None or want.level < 0:
        return 0, want.module
    if want.level:
        return relative
    top = file.module.partition(".")[0]
    froms = [node for node in source.nodes if isinstance(node, ast.ImportFrom)]
    if any(node.level for node in froms) and not any(
        not node.level and (node.module or "").partition(".")[0] == top for node in froms
    ):
        return relative
    return 0, want.module
