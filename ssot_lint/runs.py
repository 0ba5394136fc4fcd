"""What a migration has done: one directory for each run, `.ssot-lint/runs/<id>/`.

It holds `plan.json`, `objects/` (the bytes before and after of every file, by SHA-256), `gates/` (what the
gates printed) and `journal`: records that are only ever appended, each with its length and checksum, each on
disk before what it announces is done. Everything else that is known of a run is read from its journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

State = Literal["pending", "committed", "blocked", "skipped", "rolled-back"]


@dataclass(frozen=True, slots=True)
class Record:
    """One file of a transaction. `before` and `after` are hashes, None where there is no file."""

    path: str  # as the change named it
    target: str  # where its bytes are: `path`, or what its symbolic links lead to
    before: str | None
    after: str | None
    mode: int | None  # before; None for a file that is created


@dataclass(frozen=True, slots=True)
class Transaction:
    """Files that were replaced together. `number` counts within a run, from 1."""

    number: int
    kind: Literal["commit", "rollback"]
    batches: tuple[int, ...]
    files: tuple[Record, ...]
    directories: tuple[str, ...] = ()  # made for new files, outermost first
    undoes: tuple[int, ...] = ()  # the commits that a rollback takes back
    left: tuple[str, ...] = ()  # files it did not touch, because they were edited
    outcome: Literal["open", "done", "undone"] = "open"


@dataclass(frozen=True, slots=True)
class Batch:
    """Where one batch of the plan stands."""

    number: int
    state: State
    files: tuple[str, ...] = ()  # those that hold what this batch wrote, or edits made on top of it
    conflicts: tuple[str, ...] = ()  # of these, what a rollback or recovery left alone
    reason: str = ""  # why it is blocked or skipped
    culprit: str = ""  # the file at fault
    output: str = ""  # the gate's output, relative to the root
    details: Mapping[str, Any] | None = None  # whatever else was recorded, latest value of each


@dataclass(frozen=True, slots=True)
class Run:
    """One run as its journal tells it; read again after each change."""

    root: Path
    id: str
    batches: tuple[Batch, ...]  # by number
    transactions: tuple[Transaction, ...]  # in order

    @property
    def directory(self) -> Path:
        return self.root / ".ssot-lint" / "runs" / self.id

    @property
    def open(self) -> Transaction | None:
        """The transaction that was interrupted, or that another process is at."""
        return next((t for t in self.transactions if t.outcome == "open"), None)

    def batch(self, number: int) -> Batch:
        """RunError when the run has no such batch."""
        raise NotImplementedError


def create(root: Path, plan: bytes, *, now: datetime, token: str, batches: Iterable[int] = ()) -> Run:
    """Begin a run; its id is the date and `token`, four random characters or so. `batches` start as pending."""
    raise NotImplementedError


def load(root: Path, id: str) -> Run:
    """The run of this id, or of the only id that begins so. RunError when there is none, or it is damaged."""
    raise NotImplementedError


def list_runs(root: Path) -> tuple[Run, ...]:
    """All runs, newest first."""
    raise NotImplementedError


def latest(root: Path) -> Run | None:
    """The newest run, if there is one."""
    raise NotImplementedError


def record(run: Run, batch: int, state: State, **details: Any) -> Run:
    """Keep the state of a batch, and details that JSON can hold; `reason`, `culprit`, `output` have fields.

    `commit` and `rollback` record theirs ("committed", "rolled-back") themselves. -> the run as it is now.
    """
    raise NotImplementedError


def read_plan(run: Run) -> bytes:
    """`plan.json`, as `create` was given it."""
    raise NotImplementedError


def keep_output(run: Run, batch: int, output: bytes) -> str:
    """Keep what a gate printed -> its path, relative to the root: `.ssot-lint/runs/<id>/gates/<batch>-<n>.txt`."""
    raise NotImplementedError


def read_object(run: Run, name: str) -> bytes:
    """The bytes of this hash. RunError when they are gone or damaged."""
    raise NotImplementedError
