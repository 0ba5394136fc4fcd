"""What is put where: names and attributes that are given what is constructed, and functions that return it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from ssot_lint.model import Put
from ssot_lint.reading.expressions import dotted
from ssot_lint.reading.text import Text

UNKNOWN = -2
"""The branch of what stands in a function that was passed over."""

_Found = tuple[ast.expr, ast.expr, int, int]
"""(target, value, scope, branch) of an assignment."""


class Puts:
    """Collects the assignments of one top-level definition after the other; of most, nothing is kept."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.kept: list[Put] = []
        self.found: list[_Found] = []  # of the definition that is being read
        self.given: set[str] = set()  # names that its calls of concepts pass
        self.makers: set[int] = set()  # functions that say that they return an instance of a concept

    def assigned(self, node: ast.Assign | ast.AnnAssign, scope: int, branch: int) -> None:
        """Notes an assignment; None says nothing of what a name is meant to hold."""
        value = node.value
        if value is not None and not (type(value) is ast.Constant and value.value is None):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            self.found += [(target, value, scope, branch) for target in targets]

    def returned(self, value: ast.expr, scope: int, branch: int) -> None:
        """Kept is what is constructed and returned where an instance of a concept is promised."""
        if scope in self.makers and _constructs(said(value)):
            self._keep("return", value, value, scope, branch)

    def settle(
        self,
        holds: Callable[[str, int], bool],
        relevant: Callable[[str], bool],
        branches: Callable[[int], Mapping[int, int]],
    ) -> None:
        """Keeps what goes into instances of concepts, and the names that hold what is passed or put.

        `holds`: does a name hold an instance in a scope?  `relevant`: does a name mention a concept?  `branches`: those
        of the assignments in a function that was passed over, by the identity of their targets.
        """
        written = [item for item in self.found if _is_foreign(item[0], item[2], holds) and said(item[1])]
        passed = self.given | {said(value) for _, value, *_ in written}
        by_name: dict[str, list[_Found]] = {}
        for item in self.found:
            name = dotted(item[0])
            if name in passed:
                by_name.setdefault(name, []).append(item)
        for every in by_name.values():
            if _is_news({said(value) for _, value, *_ in every}, relevant):
                written += (item for item in every if item not in written)
        for target, value, scope, branch in written:
            where = branches(scope)[id(target)] if branch == UNKNOWN else branch
            self._keep(dotted(target), target, value, scope, where)

    def forget(self) -> None:
        """The definition is done with."""
        self.found, self.given = [], set()

    def result(self) -> Sequence[Put]:
        return sorted(self.kept, key=lambda item: (item.line, item.column, item.target))

    def _keep(self, name: str, place: ast.expr, value: ast.expr, scope: int, branch: int) -> None:
        column = self.text.column(place.lineno, place.col_offset)
        self.kept.append(Put(name, said(value), place.lineno, column, scope, branch))


def said(value: ast.expr) -> str:
    """A dotted name as it is, a call as its callee and `()`, "" for anything else."""
    kind = type(value)
    if kind is ast.Name or kind is ast.Attribute:
        name = dotted(value)
        return "" if name.startswith("?") else name
    if kind is ast.Call:
        name = dotted(value.func)  # type: ignore[attr-defined]
        return f"{name}()" if name and not name.startswith("?") else ""
    return ""


def _constructs(text: str) -> bool:
    """Does it look like a call of a class, mocks of the standard library aside?"""
    last = text.rpartition(".")[2].lstrip("_")
    return text.endswith("()") and last[:1].isupper() and not last.endswith("Mock()")


def _is_news(values: set[str], relevant: Callable[[str], bool]) -> bool:
    """Does a name hold what it is constructed from, in a way that no recorded call tells of?"""
    made = {value for value in values if _constructs(value)}
    return bool(made) and (len(values) > 1 or not relevant(min(made).removesuffix("()")))


def _is_foreign(target: ast.expr, scope: int, holds: Callable[[str, int], bool]) -> bool:
    """Is it an attribute of an instance of a concept that is not `self`?"""
    if type(target) is not ast.Attribute:
        return False
    owner = dotted(target.value)
    return owner not in ("", "self", "cls") and holds(owner, scope)
