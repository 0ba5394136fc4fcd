"""How a definition gets, in its new module, each name that it reads: imported, copied, local there, or refused."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Sequence

from ssot_lint.codemod import CannotApply, Remark
from ssot_lint.editing.blocks import Read
from ssot_lint.queries.cycles import way
from ssot_lint.reading.syntax import type_checking

from ._import_lists import absolute_module
from ._imports import Wanted
from ._move_code import Unit, is_deferred
from ._move_imports import Importing, line_of
from ._move_parties import Along, Move, Needs
from ._move_texts import lead_from_there, quote_annotations

_BUILTINS = frozenset(dir(builtins))
_SELF = frozenset({"__package__", "__path__", "__spec__", "__loader__", "__all__", "__dict__", "__cached__"})
_NAMESPACE = frozenset({"globals", "eval", "exec"})


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
        self.imports = Importing(move, self.needs)
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
        lead_from_there(self.move, self.needs, self.copied)
        quote_annotations(self.move, self.needs)
        self.needs.copied = [node for node in self.code.body if id(node) in self.copied]
        return self.needs

    def name(self, name: str, reads: Sequence[Read], known: bool) -> list[ast.stmt]:
        """Settles one name; the statements of the old module that are copied for it."""
        line = line_of(reads[0])
        owner = reads[0].owner
        if owner is None:
            if not known:
                self.unowned(name, reads, line)
            return []
        if name in _SELF:
            raise self.move.refuse(f"the code reads {name} of its module", line)
        pairs = self.code.imported(name)
        compound = self.compound(name)
        if pairs and compound is None:
            self.imports.imported(name, reads, pairs)
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
                raise self.move.refuse(f"{self.home.module} has another {name}", line)
        self.copied[id(node)] = node
        return [node]

    def unowned(self, name: str, reads: Sequence[Read], line: int) -> None:
        star = self.star(name)
        if star is not None:
            self.imports.want(Wanted(star, name), reads)
        elif name == "__file__":
            if _folder(self.move.path) != _folder(self.home.path):
                raise self.move.refuse("the code reads __file__, which is in another folder then", line)
            self.needs.remarks.append(Remark(self.move.path, line, "__file__ is another file after the move"))
        elif name == "__name__":
            if any("sys.modules[__name__]" in self.code.source.segment(node) for node in self.move.moved):
                raise self.move.refuse("the code reaches its own module through sys.modules", line)
            self.needs.remarks.append(
                Remark(self.move.path, line, f"__name__ is {self.home.module} after the move")
            )
        elif name in _SELF or name == "__doc__":
            raise self.move.refuse(f"the code reads {name} of its module", line)
        elif name in _NAMESPACE:
            raise self.move.refuse(f"{name}() depends on the module that it stands in", line)
        elif self.home.binds(name):
            raise self.move.refuse(f"{self.home.module} has a {name} of its own", line)

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
            raise self.move.refuse(f"{name} may come from the star import of {unknown}", 1)
        return None

    def staying(self, name: str, reads: Sequence[Read], line: int) -> None:
        """A name of the old module that stays there."""
        try:
            unit: Unit | None = self.code.unit(name)
        except CannotApply as error:
            tops = {id(self.code.top[id(node)]) for node in self.code.scopes.module.bindings[name]}
            if len(tops) > 1:
                raise self.move.refuse(f"the code reads {name}, and {error.reason}", line) from None
            unit = None
        if unit is not None and unit.writers:
            where = unit.writers[0].lineno
            raise self.move.refuse(
                f"{name} is module state, bound anew by the function on line {where}", line
            )
        dotted_here = any(
            isinstance(i.statement, ast.ImportFrom) and i.statement.level for i in self.code.scopes.imports
        )
        want = Wanted(self.move.module, name, level=(1 if dotted_here else -1) if self.home.is_new else 0)
        circle = way(self.move.edges, self.move.module, self.home.module)
        if not self.move.imports_back and not circle:
            self.imports.add(want)
            return
        runs = [read for read in reads if not is_deferred(read, self.code.postponed)]
        shown = [self.home.module, *(circle or [self.move.module, self.home.module])]
        try:
            self.imports.later(want, reads, runs, shown)
        except CannotApply as error:
            if name.startswith("_") and unit is not None:
                raise Along(name) from None
            raise CannotApply(f"{error.reason}; move {name} too", error.path, error.line) from None

    def globals(self, node: ast.Global) -> None:
        for name in node.names:
            unit = self.move.units.get(name)
            if unit is None:
                raise self.move.refuse(f"the code binds {name} of its module through global", node.lineno)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


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
