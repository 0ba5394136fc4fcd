"""The way back: what a run wrote is taken out again, and what was edited since stays.

A file that is still as the run left it gets its old bytes. One that was edited since is merged by lines: the
base is what the run wrote, the two sides are the file as it is and the file before the run. What does not merge
is reported and left alone. git is never asked, so it works after later commits too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ssot_lint.locking import Hold
from ssot_lint.runs import Run
from ssot_lint.transaction import Change, Fault, no_fault


@dataclass(frozen=True, slots=True)
class Region:
    """Lines that were changed on both sides: `start`..`end`, from 1, `end` included; empty where end < start."""

    current: tuple[int, int]  # in the file as it is
    before: tuple[int, int]  # in the file as it was before the run


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that is left alone. `before`: where its bytes before the run are kept, relative to the root."""

    path: str
    reason: str
    regions: tuple[Region, ...] = ()
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one file: it gets its old bytes, keeps later edits, or is as it was already."""

    change: Change
    how: Literal["restored", "merged", "created", "deleted", "unchanged"]


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a rollback does, by path."""

    run: str
    batches: tuple[int, ...]  # newest first
    steps: tuple[Step, ...]
    conflicts: tuple[Conflict, ...]


def plan_rollback(run: Run, batches: Iterable[int] | None = None) -> Rollback:
    """What `rollback` would do now; writes nothing. `batches=None`: all that are committed.

    RunError for a batch that wrote nothing, or of which nothing is left.
    """
    raise NotImplementedError


def rollback(
    hold: Hold, run: Run, batches: Iterable[int] | None = None, *, fault: Fault = no_fault
) -> tuple[Run, Rollback]:
    """Take back what batches wrote, newest first, in one transaction -> the run as it is now, what was done.

    Without conflicts a batch is "rolled-back" then; with conflicts it stays "committed", with the files left
    in `conflicts`, and another rollback tries those again.
    """
    raise NotImplementedError
