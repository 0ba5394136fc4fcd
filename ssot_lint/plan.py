"""A plan: phases and batches, what each file becomes, and what was refused. A file that can be reviewed and kept."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import msgspec

from ssot_lint.errors import UsageError
from ssot_lint.project import Project

VERSION = 1
"""Of the plan's format."""

PHASES = {
    1: "Consolidate definitions and imports behind shims",
    2: "Factories and isolation",
    3: "Capabilities",
    4: "Events",
    5: "Remove shims and close",
}


BY_HAND = frozenset({3})
"""Phases without codemods: what a place asks for instead of a call has to be decided there."""


class Edit(msgspec.Struct, frozen=True):
    """What becomes of one file: SHA-256 of its bytes before and after, None where there is no file."""

    path: str
    before: str | None
    after: str | None
    added: int = 0  # lines
    removed: int = 0


class Hazard(msgspec.Struct, frozen=True):
    """Something a reviewer should look at."""

    path: str
    line: int
    text: str


class Refused(msgspec.Struct, frozen=True):
    """A violation that stays, and why: what the codemod said, or that there is none."""

    path: str
    line: int
    concept: str
    what: str  # the rule, or the codemod
    reason: str
    verdict: str = ""
    phase: int = 1


class Batch(msgspec.Struct, frozen=True):
    """Files that are written together and verified together. `number` counts from 1 over the whole plan."""

    number: int
    phase: int
    concept: str
    codemod: str
    edits: tuple[Edit, ...]
    symbols: tuple[str, ...]  # what it is about: the definitions that are replaced, moved, re-pointed
    depends: tuple[int, ...] = ()
    importers: int = 0  # files that import one of the changed ones, directly
    tests: tuple[str, ...] = ()  # test files that reach them, nearest first
    entry_points: tuple[str, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    owner: str = ""
    together: tuple[tuple[str, ...], ...] = ()  # files whose edits only hold with one another

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(edit.path for edit in self.edits)


class Plan(msgspec.Struct, frozen=True):
    """What will be done, in order, and what will not. `before` and `after` count violations by rule."""

    version: int
    tool: str
    config: str  # SHA-256 of the settings
    selection: Selection
    batches: tuple[Batch, ...]
    refused: tuple[Refused, ...]
    before: dict[str, int]
    after: dict[str, int]
    introduced: tuple[Hazard, ...] = ()  # violations that were not there before
    files: int = 0


class Selection(msgspec.Struct, frozen=True):
    """What to plan for. Empty: everything."""

    concepts: tuple[str, ...] = ()
    phases: tuple[int, ...] = ()
    owners: tuple[str, ...] = ()
    max_files: int = 25
    max_tests: int = 0  # test files of a batch, the nearest; 0: all that reach it
    accept: tuple[str, ...] = ()  # duplicates to replace though they are no drop-in: somebody has agreed
    text_references: bool = False  # rewrite mentions in files that are no Python too


def digest_of(project: Project) -> str:
    """SHA-256 of the settings that a plan depends on."""
    return sha256(repr(replace(project.config, today="", lines={})).encode()).hexdigest()


def content_digest(content: bytes | None) -> str | None:
    """SHA-256 of a file's bytes; None where there is no file."""
    return None if content is None else sha256(content).hexdigest()


def encode(plan: Plan) -> bytes:
    """The plan as JSON, one line a key, to be reviewed and kept."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n"


def decode(source: bytes, path: str) -> Plan:
    """The plan that a file holds. Raises UsageError for what is none."""
    try:
        plan = msgspec.json.decode(source, type=Plan)
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{path} is no plan: {error}", "`ssot-lint plan --format json -o FILE` writes one"
        ) from error
    if plan.version != VERSION:
        raise UsageError(
            f"{path} is a plan of format {plan.version}; this release reads {VERSION}", "make the plan again"
        )
    return plan
