"""The only way a user's file is written: all files of a batch, or none, whatever happens in between.

Bytes before and after, then a journal record, are on disk before the first file is touched. Every new content
is staged beside its file, so that a full disk shows before anything changed; then each file is replaced by an
atomic rename. A process that is killed leaves a journal that says what it was at: `recover` finishes or undoes
it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ssot_lint.errors import FileChangedError, InterruptedRunError, RunError, TransactionError
from ssot_lint.migrating import runs
from ssot_lint.migrating.files import (
    Found,
    is_as,
    locate,
    look,
    missing_directories,
    remove_empty,
    require_writable,
    stage,
)
from ssot_lint.migrating.history import Record, Transaction
from ssot_lint.migrating.locking import Hold
from ssot_lint.migrating.objects import digest, sync_directory
from ssot_lint.migrating.runs import Run
from ssot_lint.wording import count

Fault = Callable[[str], None]
"""Called before every step that writes, with its name: a test raises or dies here.

`object:N`, `journal-begin`, `directories`, `stage:N`, `staged:N`, `replace:N` or `delete:N`, `sync`, `tidy`,
`journal-end`; `undo-stage:N` and so on while a failed commit is undone.
"""


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
    run = settled(hold, run)
    return write(run, Transaction(0, "commit", (batch,), ()), changes, fault=fault)


def settled(hold: Hold, run: Run) -> Run:
    """The run as it is on disk, when no transaction of any run is open; else InterruptedRunError."""
    if hold.root.resolve() != run.root.resolve():
        raise ValueError(f"the lock of {hold.root} does not cover {run.root}")
    for other in interrupted(run.root):
        raise InterruptedRunError(describe(other), ADVICE)
    return runs.load(run.root, run.id)


ADVICE = "`ssot-lint resume` finishes what was begun, `ssot-lint rollback` takes it back"


def describe(run: Run) -> str:
    """One line about an interrupted run."""
    at = run.open
    if at is None:
        return f"run {run.id} is not interrupted"
    doing = "writing" if at.kind == "commit" else "rolling back"
    batches = ", ".join(map(str, at.batches))
    noun = "batch" if len(at.batches) == 1 else "batches"
    files = count(len(at.files), "file")
    return f"run {run.id} was interrupted while {doing} {noun} {batches} ({files})"


def write(
    run: Run,
    intent: Transaction,
    changes: Iterable[Change],
    *,
    modes: Mapping[str, int | None] = {},
    fault: Fault = no_fault,
) -> Run:
    """Carry out `intent`, which has no number and no files yet -> the run as it is now.

    `modes`: permission bits for files that are created, by path; others get the usual ones.
    """
    root = Path(os.path.realpath(run.root))
    try:
        found = _check(root, changes)
        transaction = replace(
            intent,
            number=len(run.transactions) + 1,
            files=tuple(_record(change, file, modes.get(change.path)) for change, file in found),
            makes=missing_directories(root, (change.path for change, _ in found if change.after is not None)),
        )
        run = _announce(run, transaction, [change for change, _ in found], fault)
    except OSError as error:
        raise _failed(error) from error
    touched: set[str] = set()
    try:
        _carry_out(run, transaction, True, fault, touched, strict=True)
        fault("journal-end")
        return runs.end(run, transaction.number, "done")
    except BaseException as error:
        try:
            undo: Fault = lambda step: fault(f"undo-{step}")  # noqa: E731
            left = _carry_out(run, transaction, False, undo, set(), strict=False)
            undo("journal-end")
            runs.end(run, transaction.number, "undone", touched.intersection(left))
        except (OSError, TransactionError, RunError) as worse:
            raise InterruptedRunError(
                f"{describe(replace(run, transactions=(transaction,)))}: {error}; and undoing it failed: {worse}",
                f"when that is mended: {ADVICE}",
            ) from error
        if isinstance(error, OSError):
            raise _failed(error) from error
        raise


def interrupted(root: Path) -> tuple[Run, ...]:
    """Runs with an open transaction. Only looks; while another process holds the lock, it may be at it."""
    return tuple(run for run in runs.list_runs(root) if run.open)


def recover(hold: Hold, *, forward: bool, fault: Fault = no_fault) -> tuple[Recovered, ...]:
    """Finish (`forward`) or undo every open transaction, byte for byte; safe to be interrupted and repeated.

    A transaction is a commit or a rollback: undoing a rollback puts back what was committed. A file that is
    neither at its before nor at its after bytes is left alone and reported.
    """
    done: list[Recovered] = []
    for run in interrupted(hold.root):
        transaction = run.open
        assert transaction is not None
        try:
            left = _carry_out(run, transaction, forward, fault, set(), strict=False)
            fault("journal-end")
            run = runs.end(run, transaction.number, "done" if forward else "undone", left)
        except OSError as error:
            raise InterruptedRunError(
                f"{describe(run)}, and {_failed(error).message}",
                "nothing is lost; when that is mended, run the same again",
            ) from error
        done.append(Recovered(run, transaction, forward, left))
    return tuple(done)


# --- before anything is written -----------------------------------------------------------------------------


def _check(root: Path, changes: Iterable[Change]) -> list[tuple[Change, Found | None]]:
    """The changes that change something, by the file they write, each once, with that file as it is."""
    wanted: dict[str, Change] = {}
    for change in changes:
        path = locate(root, change.path)
        if (root / change.path).is_symlink() and None in (change.before, change.after):
            raise TransactionError(
                f"{change.path} is a symbolic link: the file it leads to can be changed, not created or deleted"
            )
        if (old := wanted.get(path)) and (old.before, old.after) != (change.before, change.after):
            raise TransactionError(f"{change.path}: a second, different change of {path} in one batch")
        wanted[path] = replace(change, path=path)
    checked = [(change, _verify(root, change)) for _, change in sorted(wanted.items())]
    names: dict[tuple[int, ...], str] = {}
    for change, found in checked:
        if found and names.setdefault(found.inode, change.path) != change.path:
            raise TransactionError(f"{names[found.inode]} and {change.path} are one file")
    return [(change, found) for change, found in checked if change.before != change.after]


def _verify(root: Path, change: Change) -> Found | None:
    found = look(root, change.path)
    if change.before is None and found is not None:
        raise FileChangedError(f"{change.path} is there already: it was to be created", AGAIN)
    if change.before is not None and found is None:
        raise FileChangedError(f"{change.path} is gone", AGAIN)
    if change.before is not None and found is not None and found.digest != digest(change.before):
        raise FileChangedError(f"{change.path} was changed since the plan was made", AGAIN)
    if change.before != change.after:
        require_writable(root, change.path, found)
    return found


AGAIN = "nothing was written; make the plan again"


def _record(change: Change, found: Found | None, mode: int | None) -> Record:
    before, after = (
        None if content is None else digest(content) for content in (change.before, change.after)
    )
    return Record(change.path, before, after, found.mode if found else mode)


def _announce(run: Run, transaction: Transaction, changes: Iterable[Change], fault: Fault) -> Run:
    """Keep every content, then say in the journal what is about to be done. Both are on disk after that."""
    new: list[Path] = []
    contents = (content for change in changes for content in (change.before, change.after))
    try:
        for number, content in enumerate(content for content in contents if content is not None):
            fault(f"object:{number}")
            if runs.store(run, content):
                new.append(runs.object_path(run, digest(content)))
        sync_directory(run.directory / "objects")
        fault("journal-begin")
        return runs.begin(run, transaction)
    except BaseException:
        with suppress(OSError, RunError):
            if runs.load(run.root, run.id).open is None:  # nobody needs them: give the space back
                for path in new:
                    path.unlink(missing_ok=True)
        raise


# --- writing ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Task:
    """One file that is not yet as it is to be."""

    number: int
    target: Path
    temporary: Path
    found: Found | None
    content: str | None
    mode: int | None


def _carry_out(
    run: Run, transaction: Transaction, forward: bool, fault: Fault, touched: set[str], *, strict: bool
) -> tuple[str, ...]:
    """Bring every file of a transaction to its after bytes, or back to its before bytes.

    A file that is at neither is an error if `strict`, else it is left alone -> those. The paths of files that
    were replaced are added to `touched`.
    """
    root = Path(os.path.realpath(run.root))
    temporaries = [
        (root / record.path).parent / f".ssot-lint-{run.id}-{transaction.number}-{number}.tmp"
        for number, record in enumerate(transaction.files)
    ]
    _sweep(temporaries)
    tasks: list[_Task] = []
    left: list[str] = []
    for number, record in enumerate(transaction.files):
        origin, goal = (record.before, record.after) if forward else (record.after, record.before)
        try:
            found = look(root, record.path)
            now = found.digest if found else None
            if now not in (origin, goal):
                raise FileChangedError(f"{record.path} was changed just now", AGAIN)
        except TransactionError:
            if strict:
                raise
            left.append(record.path)
            continue
        if now != goal:
            target = root / record.path
            tasks.append(_Task(number, target, temporaries[number], found, goal, record.mode))
    try:
        _stage(run, root, tasks, fault)
        for task in tasks:
            fault(f"{'delete' if task.content is None else 'replace'}:{task.number}")
            path = transaction.files[task.number].path
            if not is_as(task.target, task.found):
                if strict:
                    raise FileChangedError(f"{path} was changed just now", AGAIN)
                left.append(path)
                task.temporary.unlink(missing_ok=True)
                continue
            touched.add(path)
            if task.content is None:
                task.target.unlink()
            else:
                task.temporary.replace(task.target)
    except BaseException:
        _sweep(temporaries)
        raise
    fault("sync")
    for directory in sorted({task.target.parent for task in tasks}):
        sync_directory(directory)
    fault("tidy")
    remove_empty(root, transaction.removes if forward else reversed(transaction.makes))
    return tuple(left)


def _stage(run: Run, root: Path, tasks: Sequence[_Task], fault: Fault) -> None:
    """Write every new content beside its file; the disk has them when this returns."""
    fault("directories")
    for directory in sorted({task.target.parent for task in tasks if task.content is not None}):
        if not directory.exists():
            directory.mkdir(parents=True)
            for outer in (directory, *directory.parents):
                sync_directory(outer)
                if outer == root:
                    break
    for task in tasks:
        if task.content is not None:
            content = runs.read_object(run, task.content)
            fault(f"stage:{task.number}")
            stage(task.target, task.temporary, content, task.mode)
    fault("staged")


def _sweep(temporaries: Iterable[Path]) -> None:
    """Remove what an earlier attempt staged."""
    for path in temporaries:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()


def _failed(error: OSError) -> TransactionError:
    where = f" {error.filename}" if error.filename else ""
    return TransactionError(
        f"cannot write{where}: {error.strerror or error}", "the files are as they were before"
    )
