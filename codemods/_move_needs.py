"""How a definition gets, in its new module, each name that it reads: imported, copied, local there, or refused."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ssot_lint.codemod import CannotApply, Remark
from ssot_lint.editing.blocks import Bound, Read
from ssot_lint.editing.source import Source, Splice
from ssot_lint.project import Project
from ssot_lint.queries.cycles import Edges, way
from ssot_lint.reading.expressions import dotted
from ssot_lint.reading.syntax import type_checking

from ._import_lists import absolute_module, relative_to
from ._imports import Wanted
from ._move_code import Function, ModuleCode, Unit, at_import, hides, is_deferred, place_of
from ._names import renamed

_BUILTINS = frozenset(dir(builtins))
_SELF = frozenset({"__package__", "__path__", "__spec__", "__loader__", "__all__", "__dict__", "__cached__"})
_RELATIVE = re.compile(r"from[ \t]*\.[. \t]*[\w.]*?[ \t]*\bimport\b")
_NAMESPACE = frozenset({"globals", "eval", "exec"})


class Along(Exception):
    """A helper that stays cannot be imported back: it has to move along."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Home:
    """The module that a definition moves to, as it stands."""

    path: str
    module: str
    is_package: bool
    code: ModuleCode
    is_new: bool

    @property
    def source(self) -> Source:
        return self.code.source

    def binds(self, name: str) -> bool:
        return bool(self.code.scopes.module.bindings.get(name))

    def defines(self, name: str) -> bool:
        """Is the name the home's own, no import?"""
        nodes = self.code.scopes.module.bindings.get(name, ())
        return bool(nodes) and not any(isinstance(node, ast.alias) for node in nodes)


@dataclass(frozen=True)
class Move:
    """What moves from where to where."""

    project: Project
    edges: Edges
    path: str
    module: str
    is_package: bool
    code: ModuleCode
    home: Home
    units: Mapping[str, Unit]
    imports_back: bool  # will the old module import the new one?

    @property
    def moved(self) -> list[ast.stmt]:
        """The statements that leave, in the order of the file."""
        ids = {id(node) for unit in self.units.values() for node in unit.statements}
        return [node for node in self.code.body if id(node) in ids]


@dataclass
class Needs:
    """What the moved code needs. Made, filled and thrown away.

    `splices` change the text of the moved statements, by offsets of the old file; `copied` are statements of the
    old module that the new one gets too; `local`: names of the new module that the code now reads directly.
    """

    wanted: list[Wanted] = field(default_factory=list)
    copied: list[ast.stmt] = field(default_factory=list)
    splices: list[Splice] = field(default_factory=list)
    local: set[str] = field(default_factory=set)
    checked: set[str] = field(default_factory=set)  # there for type checkers only
    lazy: set[str] = field(default_factory=set)  # imported where a function runs
    remarks: list[Remark] = field(default_factory=list)


def needs_of(move: Move) -> Needs:
    """All that the moved statements read, settled. Raises CannotApply, or Along to begin again."""
    return _Settling(move).settle()


class _Settling:
    """One pass over the names that the moved statements read."""

    def __init__(self, move: Move) -> None:
        self.move = move
        self.code = move.code
        self.home = move.home
        self.needs = Needs()
        self.copied: dict[int, ast.stmt] = {}

    def settle(self) -> Needs:
        seen: set[str] = set()
        queue: list[ast.stmt] = list(self.move.moved)
        while queue:
            found: dict[str, list[Read]] = {}
            for read in self.code.reads_of(queue):
                found.setdefault(read.node.id, []).append(read)
            queue = []
            for name, reads in found.items():
                if name in self.move.units or (name in seen and not reads):
                    continue
                queue += self.name(name, reads, name in seen)
                seen.add(name)
        for node in self.move.moved:
            for scope_global in ast.walk(node):
                if isinstance(scope_global, ast.Global):
                    self.globals(scope_global)
        self.inner_imports()
        self.annotations()
        self.needs.copied = [node for node in self.code.body if id(node) in self.copied]
        return self.needs

    def refuse(self, reason: str, line: int) -> CannotApply:
        return CannotApply(reason, self.move.path, line)

    def name(self, name: str, reads: Sequence[Read], known: bool) -> list[ast.stmt]:
        """Settles one name; the statements of the old module that are copied for it."""
        line = _line(reads[0])
        owner = reads[0].owner
        if owner is None:
            if not known:
                self.unowned(name, reads, line)
            return []
        if name in _SELF:
            raise self.refuse(f"the code reads {name} of its module", line)
        pairs = self.code.imported(name)
        compound = self.compound(name)
        if pairs and compound is None:
            self.imported(name, reads, pairs)
            return []
        if compound is not None and _is_import_block(compound):
            return [] if known else self.copy(compound, line)
        if self.code.is_copied(name):
            unit = self.code.unit(name)
            if not self.code.is_type_variable(name):
                text = f"{name} becomes the logger of {self.home.module}"
                self.needs.remarks.append(Remark(self.move.path, unit.statements[0].lineno, text))
            return [] if known else self.copy(unit.statements[0], line)
        self.staying(name, reads, line)
        return []

    def compound(self, name: str) -> ast.stmt | None:
        """The compound statement at top level that binds a name, when it alone does; no `if TYPE_CHECKING`."""
        tops = {
            id(top): top
            for node in self.code.scopes.module.bindings[name]
            if (top := self.code.top[id(node)])
        }
        if len(tops) != 1:
            return None
        top = next(iter(tops.values()))
        if isinstance(top, ast.If) and type_checking(top.test) > 0 and not top.orelse:
            return None
        return top if isinstance(top, ast.If | ast.Try) else None

    def copy(self, node: ast.stmt, line: int) -> list[ast.stmt]:
        """The new module gets a statement too, if it has not got it."""
        if id(node) in self.copied:
            return []
        text = self.code.source.segment(node)
        if any(self.home.source.segment(other) == text for other in self.home.code.body):
            self.needs.local.update(_bound(node))
            return []
        logger = isinstance(node, ast.Assign)
        for name in _bound(node):
            if self.home.binds(name):
                if logger and self.home.code.is_copied(name) and not self.home.code.is_type_variable(name):
                    self.needs.local.add(name)
                    return []
                raise self.refuse(f"{self.home.module} has another {name}", line)
        self.copied[id(node)] = node
        return [node]

    # -- names that nothing binds

    def unowned(self, name: str, reads: Sequence[Read], line: int) -> None:
        star = self.star(name)
        if star is not None:
            self.want(Wanted(star, name), reads)
        elif name == "__file__":
            if self.folder(self.move.path) != self.folder(self.home.path):
                raise self.refuse("the code reads __file__, which is in another folder then", line)
            self.needs.remarks.append(Remark(self.move.path, line, "__file__ is another file after the move"))
        elif name == "__name__":
            if any("sys.modules[__name__]" in self.code.source.segment(node) for node in self.move.moved):
                raise self.refuse("the code reaches its own module through sys.modules", line)
            self.needs.remarks.append(
                Remark(self.move.path, line, f"__name__ is {self.home.module} after the move")
            )
        elif name in _SELF or name == "__doc__":
            raise self.refuse(f"the code reads {name} of its module", line)
        elif name in _NAMESPACE:
            raise self.refuse(f"{name}() depends on the module that it stands in", line)
        elif self.home.binds(name):
            raise self.refuse(f"{self.home.module} has a {name} of its own", line)

    def folder(self, path: str) -> str:
        return path.rpartition("/")[0]

    def star(self, name: str) -> str | None:
        """The module whose star import brings a name. Raises CannotApply when nobody can tell."""
        unknown = ""
        for item in self.code.scopes.imports:
            if not isinstance(item.statement, ast.ImportFrom) or item.statement.names[0].name != "*":
                continue
            module = absolute_module(self.move.module, self.move.is_package, item.statement) or ""
            file = self.move.project.find_module(module)
            if file is None:
                unknown = module
            elif self.move.project.exported(file, name):
                return module
        if unknown and name not in _BUILTINS and not name.startswith("__"):
            raise self.refuse(f"{name} may come from the star import of {unknown}", 1)
        return None

    # -- imports

    def imported(self, name: str, reads: Sequence[Read], pairs: Sequence[tuple[Bound, ast.alias]]) -> None:
        """The imports behind a name, for the new module."""
        chains = {chain for read in reads for chain in _chains(self.code, read)}
        plain = [
            alias.name for item, alias in pairs if isinstance(item.statement, ast.Import) and not alias.asname
        ]
        for item, alias in pairs:
            statement = item.statement
            inner = item.parents
            checked = bool(inner) and isinstance(inner[0], ast.If) and type_checking(inner[0].test) > 0
            if inner and not (checked and len(inner) == 1):
                raise self.refuse(f"{name} is imported in a larger statement", alias.lineno)
            if isinstance(statement, ast.Import):
                if not alias.asname and len(plain) > 1:
                    used = any(f"{chain}.".startswith(f"{alias.name}.") for chain in chains)
                    if not used and alias.name != min(plain, key=len):
                        continue
                want = Wanted(alias.name, None, alias.asname, type_checking=checked)
            else:
                module = absolute_module(self.move.module, self.move.is_package, statement)
                if module is None:
                    raise self.refuse(f"the import of {name} leads out of the package", alias.lineno)
                level = statement.level or -self.home.is_new
                want = Wanted(module, alias.name, alias.asname, type_checking=checked, level=level)
            if not self.own(want, name, reads):
                self.want(want, reads)

    def own(self, want: Wanted, name: str, reads: Sequence[Read]) -> bool:
        """Does an import name the new module itself, so that the code reads its names directly from now on?"""
        if want.module == self.home.module and want.name is not None and not self.is_module(want):
            for read in reads:
                if hides(read.scope, self.code.scopes.module, want.name):
                    raise self.refuse(
                        f"a local variable hides {want.name} of {self.home.module}", _line(read)
                    )
            if want.name != name:
                self.needs.splices += renamed(self.code.source, reads, want.name)
            self.needs.local.add(want.name)
            return True
        if not self.is_module(want):
            return False
        for read in reads:
            self.through_module(read)
        return True

    def is_module(self, want: Wanted) -> bool:
        """Does an import bind the new module, or a package on the way to it?"""
        if want.name is None:
            return want.module == self.home.module
        return f"{want.module}.{want.name}" == self.home.module

    def through_module(self, read: Read) -> None:
        """`home.attribute` becomes `attribute`."""
        chain = read.node.id if self.names_home(read) else self.home.module
        for node in ast.walk(self.code.top[id(read.statement)]):
            if not (
                isinstance(node, ast.Attribute) and _root(node) is read.node and dotted(node.value) == chain
            ):
                continue
            if read.in_fstring or not self.home.binds(node.attr):
                break
            if hides(read.scope, self.code.scopes.module, node.attr):
                break
            self.needs.splices.append(Splice(*self.code.source.span(node), node.attr))
            self.needs.local.add(node.attr)
            return
        raise self.refuse(f"the code uses {self.home.module}, which it becomes a part of", _line(read))

    def names_home(self, read: Read) -> bool:
        """Is a name bound to the new module itself, not to the package at its top?"""
        return all(
            alias.asname or isinstance(item.statement, ast.ImportFrom) or "." not in alias.name
            for item, alias in self.code.imported(read.node.id)
        )

    def want(self, want: Wanted, reads: Sequence[Read]) -> None:
        """An import for the new module: at its top, or where that closes a circle, later."""
        runs = [read for read in reads if not is_deferred(read, self.code.postponed)]
        if want.type_checking:
            self.needs.checked.add(want.local)
            self.add(want)
            return
        target = (
            f"{want.module}.{want.name}"
            if f"{want.module}.{want.name}" in self.move.project.modules
            else want.module
        )
        circle = way(self.move.edges, target, self.home.module, {self.move.module})
        if target == self.move.module:
            circle = [self.move.module, self.home.module]
        if not circle or target in self.move.edges.get(self.home.module, ()):
            self.add(want)
            return
        self.later(want, reads, runs, [self.home.module, *circle])

    def later(self, want: Wanted, reads: Sequence[Read], runs: Sequence[Read], circle: Sequence[str]) -> None:
        """An import that may not run when the module is imported. Raises CannotApply where it has to."""
        now = [read for read in runs if at_import(read) or place_of(read) is None]
        if now:
            shown = " -> ".join(circle)
            raise self.refuse(
                f"{want.local} is needed when {self.home.module} is imported: {shown}", _line(now[0])
            )
        if len(runs) < len(reads):
            self.needs.checked.add(want.local)
            self.add(replace(want, type_checking=True))
        for place in dict.fromkeys(place_of(read) for read in runs):
            self.needs.lazy.add(want.local)
            self.add(replace(want, within=place))

    def add(self, want: Wanted) -> None:
        if want not in self.needs.wanted:
            self.needs.wanted.append(want)

    # -- names that stay

    def staying(self, name: str, reads: Sequence[Read], line: int) -> None:
        """A name of the old module that stays there."""
        try:
            unit: Unit | None = self.code.unit(name)
        except CannotApply as error:
            tops = {id(self.code.top[id(node)]) for node in self.code.scopes.module.bindings[name]}
            if len(tops) > 1:
                raise self.refuse(f"the code reads {name}, and {error.reason}", line) from None
            unit = None
        if unit is not None and unit.writers:
            where = unit.writers[0].lineno
            raise self.refuse(f"{name} is module state, bound anew by the function on line {where}", line)
        dotted_here = any(
            isinstance(i.statement, ast.ImportFrom) and i.statement.level for i in self.code.scopes.imports
        )
        want = Wanted(self.move.module, name, level=(1 if dotted_here else -1) if self.home.is_new else 0)
        circle = way(self.move.edges, self.move.module, self.home.module)
        if not self.move.imports_back and not circle:
            self.add(want)
            return
        runs = [read for read in reads if not is_deferred(read, self.code.postponed)]
        shown = [self.home.module, *(circle or [self.move.module, self.home.module])]
        try:
            self.later(want, reads, runs, shown)
        except CannotApply as error:
            if name.startswith("_") and unit is not None:
                raise Along(name) from None
            raise CannotApply(f"{error.reason}; move {name} too", error.path, error.line) from None

    def globals(self, node: ast.Global) -> None:
        for name in node.names:
            unit = self.move.units.get(name)
            if unit is None:
                raise self.refuse(f"the code binds {name} of its module through global", node.lineno)

    # -- within the moved code

    def inner_imports(self) -> None:
        """Imports in the moved functions: relative ones lead from another place, those of the new module go."""
        ids = {id(node) for node in self.move.moved} | set(self.copied)
        for item in self.code.scopes.imports:
            statement = item.statement
            if (
                not item.parents
                or id(item.parents[0]) not in ids
                or not isinstance(statement, ast.ImportFrom)
            ):
                continue
            if not statement.level:
                continue
            module = absolute_module(self.move.module, self.move.is_package, statement)
            if module is None:
                raise self.refuse("a relative import leads out of the package", statement.lineno)
            level, rest = relative_to(self.home.module, self.home.is_package, module) or (0, module)
            if (level, rest) == (statement.level, statement.module or ""):
                continue
            found = _RELATIVE.match(self.code.source.segment(statement))
            if found is None:
                raise self.refuse("a relative import is not written on one line", statement.lineno)
            start = self.code.source.span(statement)[0]
            new = f"from {'.' * level}{rest} import"
            self.needs.splices.append(Splice(start, start + found.end(), new))

    def annotations(self) -> None:
        """Quotes what the new module, which runs its annotations, would not find."""
        if not self.code.postponed or self.home.is_new or self.home.code.postponed:
            return
        order = {id(node): number for number, node in enumerate(self.move.moved)}
        fragile: set[int] = set()
        for read in self.code.reads_of(self.move.moved):
            if not read.annotation or read.string is not None:
                continue
            name = read.node.id
            unit = self.move.units.get(name)
            here = order[id(self.code.top[id(read.statement)])]
            if name in self.needs.checked | self.needs.lazy or (
                unit is not None and order[id(unit.statements[0])] >= here
            ):
                fragile.add(id(read.node))
        for node in self.move.moved:
            for annotation in _annotations(node):
                text = self.code.source.segment(annotation)
                if not any(id(inner) in fragile for inner in ast.walk(annotation)):
                    continue
                quote = next((mark for mark in "\"'" if mark not in text), "")
                if not quote or "\n" in text or "\\" in text:
                    raise self.refuse(
                        f"an annotation needs `from __future__ import annotations`, which {self.home.module} lacks",
                        annotation.lineno,
                    )
                self.needs.splices.append(Splice(*self.code.source.span(annotation), quote + text + quote))


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    for inner in ast.walk(node):
        if isinstance(inner, Function) and inner.returns:
            yield inner.returns
        elif isinstance(inner, ast.arg | ast.AnnAssign) and inner.annotation:
            yield inner.annotation


def _chains(code: ModuleCode, read: Read) -> Iterator[str]:
    for node in ast.walk(read.statement):
        if isinstance(node, ast.Attribute) and _root(node) is read.node:
            yield dotted(node)
    yield read.node.id


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _line(read: Read) -> int:
    return (
        read.string.lineno if read.string else read.statement.lineno if read.in_fstring else read.node.lineno
    )


def _bound(node: ast.stmt) -> set[str]:
    """The names that an import block or an assignment binds."""
    found = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            found.add(inner.id)
        elif isinstance(inner, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in inner.names}
    return found


def _is_import_block(node: ast.stmt) -> bool:
    """A compound statement of nothing but imports and constants."""
    blocks: list[Collection[ast.stmt]] = []
    if isinstance(node, ast.If):
        blocks = [node.body, node.orelse]
    elif isinstance(node, ast.Try):
        blocks = [node.body, node.orelse, node.finalbody, *(handler.body for handler in node.handlers)]
    return bool(blocks) and all(_is_import_part(item) for block in blocks for item in block)


def _is_import_part(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Pass():
            return True
        case ast.Assign(targets=[ast.Name()], value=ast.Constant() | ast.Name(id="object" | "Any")):
            return True
        case ast.If() | ast.Try():
            return _is_import_block(node)
        case _:
            return False
