"""What the code of one file binds, where, and which of several bindings of a name holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from operator import attrgetter

from ssot_lint.linking.surroundings import numbers_around
from ssot_lint.linking.targets import Resolution
from ssot_lint.model import MODULE, Assignment, Branch, Definition, FileFacts, Import

Binding = Definition | Import | Assignment

_POSITION = attrgetter("line", "column")
"""As `position`, for sorting many."""

_HANDLERS = frozenset({"except-import", "except-broad"})
_FALLBACK_ARMS = frozenset({"except-import", "except-broad", "except-other", "else"})


class Bindings:
    """The bindings of one file by scope and name, in source order; worked out when they are asked for."""

    def __init__(self, facts: FileFacts) -> None:
        self._facts = facts

    @cached_property
    def names(self) -> dict[str, list[Binding]]:
        """What the module binds itself, stars left out."""
        facts = self._facts
        found: list[Binding] = [item for item in facts.definitions if item.parent == MODULE]
        found += [imp for imp in facts.imports if imp.scope == MODULE and imp.name != "*"]
        found += [item for item in facts.assignments if item.scope == MODULE]
        found.sort(key=_POSITION)
        names: dict[str, list[Binding]] = {}
        for binding in found:
            name = binding.bound if isinstance(binding, Import) else binding.name
            names.setdefault(name, []).append(binding)
        return names

    @cached_property
    def stars(self) -> list[Import]:
        """The module's `from x import *`."""
        return [imp for imp in self._facts.imports if imp.scope == MODULE and imp.name == "*"]

    @cached_property
    def scopes(self) -> dict[int, dict[str, list[Binding]]]:
        """What each class and function binds itself; local variables are not known."""
        facts = self._facts
        found: list[tuple[int, str, Binding]] = [
            (item.parent, item.name, item) for item in facts.definitions if item.parent != MODULE
        ]
        found += [
            (imp.scope, imp.bound, imp) for imp in facts.imports if imp.scope != MODULE and imp.name != "*"
        ]
        found += [(item.scope, item.name, item) for item in facts.assignments if item.scope != MODULE]
        scopes: dict[int, dict[str, list[Binding]]] = {}
        for scope, name, binding in found:
            scopes.setdefault(scope, {}).setdefault(name, []).append(binding)
        for names in scopes.values():
            for several in names.values():
                if len(several) > 1:
                    several.sort(key=_POSITION)
        return scopes

    def index(self, binding: Definition | Assignment) -> int:
        """The number of a definition or an assignment among those of the file."""
        return self._indexes[id(binding)]

    @cached_property
    def _indexes(self) -> dict[int, int]:
        indexes = {id(item): index for index, item in enumerate(self._facts.definitions)}
        indexes.update((id(item), index) for index, item in enumerate(self._facts.assignments))
        return indexes

    @cached_property
    def children(self) -> dict[int, tuple[int, ...]]:
        """Definition -> the definitions that stand directly in it."""
        found: dict[int, list[int]] = {}
        for index, item in enumerate(self._facts.definitions):
            found.setdefault(item.parent, []).append(index)
        return {parent: tuple(indexes) for parent, indexes in found.items()}


def position(binding: Binding) -> tuple[int, int]:
    """Line and column."""
    return binding.line, binding.column


def is_declared_beside(facts: FileFacts) -> bool:
    """Does a module's `__getattr__` stand in the `else` of `if TYPE_CHECKING:`, where all it answers is declared?"""
    branches = facts.branches
    owners = {
        branches[item.branch].owner
        for item in facts.definitions
        if item.qualname == "__getattr__" and item.branch >= 0 and branches[item.branch].kind == "else"
    }
    return any(item.kind == "type-checking" and item.owner in owners for item in branches)


def with_failures(
    branches: Sequence[Branch], ranked: Sequence[tuple[int, int, Resolution]], placed: Sequence[int]
) -> list[tuple[int, int, Resolution]]:
    """Best first. What a handler binds is on the main path when the import before it is known to fail.

    `ranked`: rank, order and answer of each binding; `placed`: the branch of each.
    """
    failing = {
        branches[branch].owner
        for (_, _, answer), branch in zip(ranked, placed, strict=False)
        if branch != MODULE and branches[branch].kind == "try" and answer.targets[0].kind == "unresolved"
    }
    found = list(ranked)
    if failing:
        for number, branch in enumerate(placed):
            if branch != MODULE and branches[branch].owner in failing and branches[branch].kind in _HANDLERS:
                _, order, answer = ranked[number]
                found[number] = (rank_of(branches, branches[branch].parent), order, answer)
    return sorted(found, key=lambda item: item[:2])


def rank_of(branches: Sequence[Branch], branch: int) -> int:
    """0 on the main path, 1 in an arm that is taken when something failed or a condition does not hold."""
    return int(any(branches[number].kind in _FALLBACK_ARMS for number in numbers_around(branches, branch)))
