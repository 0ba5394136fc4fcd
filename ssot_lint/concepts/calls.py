"""A call of a concept, and a signature that may answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ssot_lint.model import Call, Location, Parameter
from ssot_lint.queries.signatures import Passed

if TYPE_CHECKING:
    from ssot_lint.project import Project


class Site(msgspec.Struct, frozen=True, gc=False):
    """One call, where it stands."""

    file: int
    scope: int  # the function or class around it, or -1
    callee: str  # dotted as written
    line: int
    column: int
    passed: Passed
    branch: int | None = None  # index of the branch it stands in, -1 for none; None where nobody has looked


class Callee(msgspec.Struct, frozen=True, gc=False):
    """A signature that may answer a call, and the concept it belongs to."""

    concept: str  # "" for a class that is no concept's
    file: int
    definition: int
    parameters: tuple[Parameter, ...] | None  # what the caller passes; None when they cannot be known
    what: str  # "constructor", "method", "function"


Judged = tuple[Site, tuple[Callee, ...]]
"""A call with those who may answer it."""


def site_of(file: int, call: Call) -> Site:
    """A call that the facts of a file tell of."""
    given = Passed(call.arguments, call.keywords, call.starred)
    return Site(file, call.scope, call.callee, call.line, call.column, given, call.branch)


def is_expected(project: Project, file: int, branch: int | None) -> bool:
    """Does the code around a call, or another statement, wait for an error?"""
    return any(arm.kind == "with" and "raises" in arm.test.lower() for arm in project.around(file, branch))


def location(project: Project, site: Site) -> Location:
    """Where a call begins."""
    return Location(project.files[site.file].path, site.line, site.column)
