"""The imports that moved code needs: at the top of its new module, or where that closes a circle, later."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ssot_lint.editing.blocks import Bound, Read
from ssot_lint.editing.source import Splice
from ssot_lint.queries.cycles import way
from ssot_lint.reading.expressions import chain_root, dotted
from ssot_lint.reading.syntax import type_checking

from ._import_lists import absolute_module
from ._imports import Wanted
from ._move_code import ModuleCode, at_import, hides, is_deferred, place_of
from ._move_parties import Move, Needs
from ._names import renamed


class Importing:
    """Settles the imports behind the names of one move."""

    def __init__(self, move: Move, needs: Needs) -> None:
        self.move, self.needs = move, needs
        self.code, self.home = move.code, move.home

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
                raise self.move.refuse(f"{name} is imported in a larger statement", alias.lineno)
            if isinstance(statement, ast.Import):
                if not alias.asname and len(plain) > 1:
                    used = any(f"{chain}.".startswith(f"{alias.name}.") for chain in chains)
                    if not used and alias.name != min(plain, key=len):
                        continue
                want = Wanted(alias.name, None, alias.asname, type_checking=checked)
            else:
                module = absolute_module(self.move.module, self.move.is_package, statement)
                if module is None:
                    raise self.move.refuse(f"the import of {name} leads out of the package", alias.lineno)
                level = statement.level or -self.home.is_new
                want = Wanted(module, alias.name, alias.asname, type_checking=checked, level=level)
            if not self.own(want, name, reads):
                self.want(want, reads)

    def own(self, want: Wanted, name: str, reads: Sequence[Read]) -> bool:
        """Does an import name the new module itself, so that the code reads its names directly from now on?"""
        if want.module == self.home.module and want.name is not None and not self.is_module(want):
            for read in reads:
                if hides(read.scope, self.code.scopes.module, want.name):
                    raise self.move.refuse(
                        f"a local variable hides {want.name} of {self.home.module}", line_of(read)
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
                isinstance(node, ast.Attribute)
                and chain_root(node) is read.node
                and dotted(node.value) == chain
            ):
                continue
            if read.in_fstring or not self.home.binds(node.attr):
                break
            if hides(read.scope, self.code.scopes.module, node.attr):
                break
            self.needs.splices.append(Splice(*self.code.source.span(node), node.attr))
            self.needs.local.add(node.attr)
            return
        raise self.move.refuse(f"the code uses {self.home.module}, which it becomes a part of", line_of(read))

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
            raise self.move.refuse(
                f"{want.local} is needed when {self.home.module} is imported: {shown}", line_of(now[0])
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


def _chains(code: ModuleCode, read: Read) -> Iterator[str]:
    for node in ast.walk(read.statement):
        if isinstance(node, ast.Attribute) and chain_root(node) is read.node:
            yield dotted(node)
    yield read.node.id


def line_of(read: Read) -> int:
    return (
        read.string.lineno if read.string else read.statement.lineno if read.in_fstring else read.node.lineno
    )
