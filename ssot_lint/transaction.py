"""The only way a user's file is written: all files of a batch, or none, whatever happens in between.

Bytes before and after, then a journal record, are on disk before the first file is touched. Every new content is
staged beside its file, so that a full disk shows before anything changed; then each file is replaced by an atomic
rename. A process that is killed leaves a journal that says what it was at: `recover` finishes or undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ssot_lint.locking import Hold
from ssot_lint.runs import Run, Transaction

Fault = Callable[[str], None]
"""Called before every step that writes, with its name (`object:0`, `journal-begin`, `stage:3`, `replace:3`,
`journal-end`, ...): a test raises or dies here."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file. `path` is relative to the root, with "/"; None means that there is no file."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Recovered:
    """What `recover` did with an interrupted transaction."""

    run: Run  # as it is now
    transaction: Transaction
    forward: bool
    conflicts: tuple[str, ...]  # files that are neither as before nor as after: left alone


def no_fault(step: str) -> None:
    """Nothing goes wrong."""


def commit(hold: Hold, run: Run, batch: int, changes: Iterable[Change], *, fault: Fault = no_fault) -> Run:
    """Write all changes, or none -> the run as it is now, its batch "committed".

    A batch may be committed again after a rollback, with other changes (that is how it is bisected). Refused
    before anything is written: FileChangedError where a file is not as `before`; TransactionError for what
    cannot be replaced safely (outside the root, hard links, read-only, not a regular file, two contents for
    one file); InterruptedRunError while another transaction is open. A symbolic link to a file inside the
    root stays, its target is written. When writing fails, the files are put back, then TransactionError.
    """
    raise NotImplementedError


def interrupted(root: Path) -> tuple[Run, ...]:
    """Runs with an open transaction. Only looks; while another process holds the lock, it may be at it."""
    raise NotImplementedError


def recover(hold: Hold, *, forward: bool, fault: Fault = no_fault) -> tuple[Recovered, ...]:
    """Finish (`forward`) or undo every open transaction, byte for byte; safe to be interrupted and repeated.

    A transaction is a commit or a rollback: undoing a rollback puts back what was committed. A file that is
    neither at its before nor at its after bytes is left alone and reported.
    """
    raise NotImplementedError
