"""The arms of compound statements, of which those that hold a fact become branches."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from ssot_lint.model import MODULE, Assignment, BranchKind, Call, Definition, Import, PathString, Put

_Placed = Import | Assignment | Definition | PathString | Call | Put
_P = TypeVar("_P", Import, Assignment, Definition, PathString, Call, Put)


class Arm(NamedTuple):
    """One arm of a compound statement, before it is known whether it matters."""

    kind: BranchKind
    owner: int
    node: ast.AST
    body: Sequence[ast.stmt]
    parent: int
    scope: int
    test: ast.expr | Sequence[ast.withitem] | str | None


def kept_arms(arms: Sequence[Arm], holders: Iterable[Sequence[_Placed]]) -> list[int]:
    """The arms in which a fact stands, with the other arms of their statements and all that encloses them."""
    owners: set[int] = set()
    for holder in holders:
        for item in holder:
            at = item.branch
            while at != MODULE and arms[at].owner not in owners:
                owners.add(arms[at].owner)
                at = arms[at].parent
    return [index for index, arm in enumerate(arms) if arm.owner in owners] if owners else []


def renumbered(items: Sequence[_P], number: dict[int, int] | None) -> tuple[_P, ...]:
    if number is None:
        return tuple(items)
    replace = msgspec.structs.replace
    return tuple(
        item
        if item.branch == MODULE or number[item.branch] == item.branch
        else replace(item, branch=number[item.branch])
        for item in items
    )
