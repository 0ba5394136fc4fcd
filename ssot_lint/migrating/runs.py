"""What a migration has done: one directory for each run, `.ssot-lint/runs/<id>/`.

It holds `plan.json`, `objects/` (the bytes before and after of every file, by SHA-256), `gates/` (what the
gates printed) and `journal`: records that are only ever appended, each with its length and checksum, each on
disk before what it announces is done. Everything else that is known of a run is read from its journal.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from shutil import rmtree
from typing import Any, get_args

from ssot_lint.errors import RunError, TransactionError
from ssot_lint.migrating.history import Batch, Outcome, State, Transaction, batches_of, transactions_of
from ssot_lint.migrating.journal import encode, is_begun, split
from ssot_lint.migrating.locking import own_directory
from ssot_lint.migrating.objects import digest, sync_directory, write_synced

LAYOUT = 1
"""Version of the journal's records."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run as its journal tells it; read again after each change."""

    root: Path
    id: str
    batches: tuple[Batch, ...]  # by number
    transactions: tuple[Transaction, ...]  # in order
    plan_hash: str

    @property
    def directory(self) -> Path:
        return self.root / ".ssot-lint" / "runs" / self.id

    @property
    def open(self) -> Transaction | None:
        """The transaction that was interrupted, or that another process is at."""
        return next((t for t in self.transactions if t.outcome == "open"), None)

    def batch(self, number: int) -> Batch:
        """RunError when the run has no such batch."""
        for batch in self.batches:
            if batch.number == number:
                return batch
        known = ", ".join(str(batch.number) for batch in self.batches) or "none"
        raise RunError(f"run {self.id} has no batch {number}", f"its batches: {known}")


def create(root: Path, plan: bytes, *, now: datetime, token: str, batches: Iterable[int] = ()) -> Run:
    """Begin a run; its id is the date and `token`, four random characters or so. `batches` start as pending."""
    id = f"{now:%Y%m%d-%H%M%S}-{token}"
    if not _is_id(id):
        raise ValueError(f"not a token for a run: {token!r}")
    runs = own_directory(root) / "runs"
    first = {"event": "created", "layout": LAYOUT, "plan": digest(plan), "batches": sorted(set(batches))}
    try:
        runs.mkdir(exist_ok=True)
        (runs / id).mkdir()
        for name in ("objects", "gates"):
            (runs / id / name).mkdir()
        write_synced(runs / id / "plan.json", plan)
        write_synced(runs / id / "journal", encode(first))  # last: with it, the run exists
        for directory in (runs / id, runs, runs.parent, root):
            sync_directory(directory)
    except FileExistsError:
        raise RunError(f"there is a run {id} already", "take another token") from None
    except OSError as error:
        raise TransactionError(f"cannot write run {runs / id}: {error.strerror or error}") from error
    return load(root, id)


def discard(run: Run) -> None:
    """Forget a run that has written nothing. Its journal goes first: without it, there is no run."""
    (run.directory / "journal").unlink()
    rmtree(run.directory, ignore_errors=True)


def load(root: Path, id: str) -> Run:
    """The run of this id, or of the only id that begins so. RunError when there is none, or it is damaged."""
    known = ids(root)
    near = [name for name in known if name.startswith(id)] if id not in known else [id]
    if len(near) == 1 and id:
        return _read(root, near[0])
    if near and id:
        raise RunError(f"several runs begin with {id!r}: {', '.join(near)}", "write more of it")
    hint = f"the newest: {', '.join(known[:3])}" if known else "this project has none"
    raise RunError(f"there is no run {id!r}", hint)


def ids(root: Path) -> tuple[str, ...]:
    """The ids of all runs, newest first: directories that have a journal with a sound beginning."""
    runs = root / ".ssot-lint" / "runs"
    try:
        names = [name for name in os.listdir(runs) if _is_id(name)]  # noqa: PTH208 (Path.iterdir is no shorter)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise RunError(f"cannot read {runs}: {error.strerror or error}") from error
    return tuple(sorted((name for name in names if is_begun(runs / name / "journal")), reverse=True))


def list_runs(root: Path) -> tuple[Run, ...]:
    """All runs, newest first. RunError when one is damaged."""
    return tuple(_read(root, id) for id in ids(root))


def latest(root: Path) -> Run | None:
    """The newest run, if there is one."""
    known = ids(root)
    return _read(root, known[0]) if known else None


def record(run: Run, batch: int, state: State, **details: Any) -> Run:
    """Keep the state of a batch, and details that JSON can hold; `reason`, `culprit`, `output` have fields.

    `commit` and `rollback` record theirs ("committed", "rolled-back") themselves. Call it while holding the
    lock. -> the run as it is now.
    """
    if state not in get_args(State):
        raise ValueError(f"not a state of a batch: {state!r}")
    return append(run, {"event": "state", "batch": batch, "state": state, "details": details})


def read_plan(run: Run) -> bytes:
    """`plan.json`, as `create` was given it. RunError when it is gone or was edited."""
    path = run.directory / "plan.json"
    plan = _content(path)
    if digest(plan) != run.plan_hash:
        raise RunError(f"{path} was edited since the run began", "a run follows its plan: begin another one")
    return plan


def keep_output(run: Run, batch: int, output: bytes) -> str:
    """Keep what a gate printed -> its path, relative to the root: `.ssot-lint/runs/<id>/gates/<batch>-<n>.txt`."""
    for number in count(1):
        path = run.directory / "gates" / f"{batch}-{number}.txt"
        try:
            with path.open("xb") as file:
                file.write(output)
        except FileExistsError:
            continue
        except OSError as error:
            raise TransactionError(f"cannot write {path}: {error.strerror or error}") from error
        break
    return path.relative_to(run.root).as_posix()


def object_path(run: Run, name: str) -> Path:
    """Where the content of this name is kept."""
    return run.directory / "objects" / name


def read_object(run: Run, name: str) -> bytes:
    """The bytes of this hash. RunError when they are gone or damaged."""
    path = object_path(run, name)
    content = _content(path)
    if digest(content) != name:
        raise RunError(f"{path} is damaged", "a file's bytes were kept there; take them from another backup")
    return content


def store(run: Run, content: bytes) -> bool:
    """Keep a content, on disk when this returns, but for its directory -> was it new?"""
    path = object_path(run, digest(content))
    if path.exists():
        return False
    partial = path.with_suffix(".partial")
    try:
        write_synced(partial, content)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    return True


def begin(run: Run, transaction: Transaction) -> Run:
    """Announce a transaction -> the run, with it open."""
    fields = ("number", "kind", "batches", "makes", "removes", "undoes", "left", "again")
    event: dict[str, Any] = {name: getattr(transaction, name) for name in fields}
    event["files"] = [[file.path, file.before, file.after, file.mode] for file in transaction.files]
    return append(run, {"event": "begin", **event})


def end(run: Run, number: int, outcome: Outcome, left: Iterable[str] = ()) -> Run:
    """Say that a transaction is over -> the run as it is now."""
    return append(run, {"event": "end", "number": number, "outcome": outcome, "left": sorted(left)})


def append(run: Run, event: Mapping[str, Any]) -> Run:
    """Add one record to the journal; it is on disk when this returns. A torn one before it is cut off."""
    path = run.directory / "journal"
    body = encode(event)
    with path.open("r+b", buffering=0) as file:
        _, sound = split(path, file.read())
        try:
            file.truncate(sound)
            file.seek(sound)
            written = 0
            while written < len(body):
                written += file.write(body[written:]) or 0
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(sound)
            raise
    return _read(run.root, run.id)


def _is_id(name: str) -> bool:
    return re.fullmatch(r"\d{8}-\d{6}-[0-9a-z]+", name) is not None


def _read(root: Path, id: str) -> Run:
    path = root / ".ssot-lint" / "runs" / id / "journal"
    data = _content(path)
    bodies, _ = split(path, data)
    events = [json.loads(body) for body in bodies]
    if not events or events[0].get("layout") != LAYOUT:
        raise RunError(f"{path} was written by another release of ssot-lint", "use that one for this run")
    transactions = tuple(transactions_of(events))
    return Run(root, id, tuple(batches_of(events, transactions)), transactions, events[0]["plan"])


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}") from error
