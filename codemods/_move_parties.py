"""What moves from where to where, and what it needs there."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from ssot_lint.codemod import CannotApply, Remark
from ssot_lint.editing.source import Source, Splice
from ssot_lint.project import Project
from ssot_lint.queries.cycles import Edges

from ._imports import Wanted
from ._move_code import ModuleCode, Unit


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

    def refuse(self, reason: str, line: int) -> CannotApply:
        """Why it cannot be, at a line of the old module."""
        return CannotApply(reason, self.path, line)


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
