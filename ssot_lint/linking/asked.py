"""What is asked of the names of a project to tell what its bindings, stars, classes and lazy modules are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ssot_lint.linking.answers import Answers
from ssot_lint.linking.bindings import Bindings
from ssot_lint.linking.modules import ModuleTable
from ssot_lint.linking.targets import Resolution, Target
from ssot_lint.model import Import, SourceFile

Lineages = dict[tuple[int, int], tuple[Target, ...]]
"""Class -> itself and its ancestors, as far as they are known."""


class Names(Protocol):
    """The names of a set of files."""

    files: Sequence[SourceFile]
    table: ModuleTable
    bindings: Sequence[Bindings]
    answers: Answers
    lineages: Lineages
    deriving: set[tuple[int, int]]
    listed: set[int]
    sought: set[tuple[int, str]]

    def import_(self, file: int, imp: Import) -> Resolution:
        """What one name of an import statement stands for."""

    def name(self, file: int, name: str) -> Resolution:
        """What an attribute of a module stands for."""

    def resolve(self, file: int, name: str, scope: int) -> Resolution:
        """What a dotted name stands for where it is read."""

    def attribute(self, owner: Resolution, path: Sequence[str]) -> Resolution:
        """What attributes of something stand for, one after the other."""
