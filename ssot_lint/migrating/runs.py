"""What a migration has done: one directory for each run, `.ssot-lint/runs/<id>/`.

It holds `plan.json`, `objects/` (the bytes before and after of every file, by SHA-256), `gates/` (what the
gates printed) and `journal`: records that are only ever appended, each with its length and checksum, each on
disk before what it announces is done. Everything else that is known of a run is read from its journal.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from shutil import rmtree
from typing import Any, Literal, get_args
from zlib import crc32

from ssot_lint.errors import RunError, TransactionError
from ssot_lint.migrating.locking import own_directory

State = Literal["pending", "committed", "blocked", "skipped", "rolled-back"]
Outcome = Literal["open", "done", "undone"]

OWN = ("reason", "culprit", "output")
"""Details of a batch that have a field: they speak of its present state only."""

LAYOUT = 1
"""Version of the journal's records."""

HEAD = re.compile(rb"([0-9a-f]{8}) ([0-9a-f]{8}) ")
"""What stands before a record's body, a JSON object: its length and its CRC-32."""


@dataclass(frozen=True, slots=True)
class Record:
    """One file of a transaction. `before` and `after` are SHA-256 hashes, None where there is no file."""

    path: str  # relative to the root, with "/"; symbolic links are followed
    before: str | None
    after: str | None
    mode: int | None  # permission bits before; of a file that is created, those it gets, None: the usual


@dataclass(frozen=True, slots=True)
class Transaction:
    """Files that were replaced together. `number` counts within a run, from 1."""

    number: int
    kind: Literal["commit", "rollback"]
    batches: tuple[int, ...]
    files: tuple[Record, ...]
    makes: tuple[str, ...] = ()  # directories for new files, outermost first
    removes: tuple[str, ...] = ()  # directories that a rollback removes once they are empty, innermost first
    undoes: tuple[int, ...] = ()  # the commits that a rollback takes back
    left: tuple[str, ...] = ()  # files it did not touch, because they were edited
    again: bool = False  # of a rollback: a step of the migration itself, which may write the batch again
    outcome: Outcome = "open"
    standing: tuple[str, ...] = ()  # of a commit: files that no rollback has taken back


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
    details: Mapping[str, Any] = field(default_factory=dict)  # what else was recorded, latest value of each


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
        write_synced(runs / id / "journal", _encode(first))  # last: with it, the run exists
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
    return tuple(sorted((name for name in names if _begun(runs / name / "journal")), reverse=True))


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
    try:
        plan = path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}") from error
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


# --- objects ----------------------------------------------------------------------------------------------


def digest(content: bytes) -> str:
    """The name of a content."""
    return sha256(content).hexdigest()


def object_path(run: Run, name: str) -> Path:
    """Where the content of this name is kept."""
    return run.directory / "objects" / name


def read_object(run: Run, name: str) -> bytes:
    """The bytes of this hash. RunError when they are gone or damaged."""
    path = object_path(run, name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}") from error
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


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Wait until the disk has the names of a directory. Windows cannot be asked to."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- the journal ------------------------------------------------------------------------------------------


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
    body = _encode(event)
    with path.open("r+b", buffering=0) as file:
        _, sound = _split(path, file.read())
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


def _encode(event: Mapping[str, Any]) -> bytes:
    return _framed(json.dumps(event, separators=(",", ":")).encode())  # ASCII: odd file names are escaped


def _framed(body: bytes) -> bytes:
    return b"%08x %08x %s\n" % (len(body), crc32(body), body)


def _split(path: Path, data: bytes) -> tuple[list[bytes], int]:
    """The sound records of a journal, and where they end; what follows is one torn record, or damage."""
    bodies: list[bytes] = []
    place = 0
    while (body := _body(data, place)) is not None:
        bodies.append(body)
        place += len(_framed(body))
    later = place
    while (later := data.find(b"\n", later) + 1) > 0:
        if _body(data, later) is not None:
            raise RunError(
                f"{path} is damaged at byte {place:,}: what follows is sound",
                "the bytes before of every file are beside it, in `objects`; move the run away to go on without it",
            )
    return bodies, place


def _body(data: bytes, place: int) -> bytes | None:
    """The body of the record that begins here, if a sound one does."""
    head = HEAD.match(data, place)
    if head is None:
        return None
    body = data[head.end() : head.end() + int(head[1], 16)]
    return body if data.startswith(_framed(body), place) else None


def _is_id(name: str) -> bool:
    return re.fullmatch(r"\d{8}-\d{6}-[0-9a-z]+", name) is not None


def _begun(journal: Path) -> bool:
    """Was this run begun in full? A process killed while it created one leaves nothing that matters."""
    try:
        with journal.open("rb") as file:
            return _body(file.readline(), 0) is not None
    except OSError:
        return False


def _read(root: Path, id: str) -> Run:
    path = root / ".ssot-lint" / "runs" / id / "journal"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}") from error
    bodies, _ = _split(path, data)
    events = [json.loads(body) for body in bodies]
    if not events or events[0].get("layout") != LAYOUT:
        raise RunError(f"{path} was written by another release of ssot-lint", "use that one for this run")
    transactions = tuple(_transactions(events))
    return Run(root, id, tuple(_batches(events, transactions)), transactions, events[0]["plan"])


def _transactions(events: list[dict[str, Any]]) -> Iterator[Transaction]:
    """The transactions of a journal, each with what is left standing of it, in order."""
    ends = {event["number"]: event for event in events if event["event"] == "end"}  # the last word counts
    found: dict[int, Transaction] = {}
    for event in events:
        if event["event"] == "begin":
            begun = Transaction(
                number=event["number"],
                kind=event["kind"],
                batches=tuple(event["batches"]),
                files=tuple(Record(*file) for file in event["files"]),
                makes=tuple(event["makes"]),
                removes=tuple(event["removes"]),
                undoes=tuple(event["undoes"]),
                left=tuple(event["left"]),
                again=event.get("again", False),
            )
            found[begun.number] = _ended(begun, ends[begun.number]) if begun.number in ends else begun
            if begun.kind == "rollback" and found[begun.number].outcome == "done":
                left = found[begun.number].left
                for number in begun.undoes:
                    kept = tuple(path for path in found[number].standing if path in left)
                    found[number] = replace(found[number], standing=kept)
    yield from found.values()


def _ended(transaction: Transaction, event: dict[str, Any]) -> Transaction:
    left = tuple(sorted({*transaction.left, *event["left"]}))
    files = tuple(file.path for file in transaction.files) if event["outcome"] == "done" else left
    standing = files if transaction.kind == "commit" else ()
    return replace(transaction, outcome=event["outcome"], left=left, standing=standing)


def _batches(events: list[dict[str, Any]], transactions: tuple[Transaction, ...]) -> Iterator[Batch]:
    """The batches of a journal, by number."""
    by_number = {transaction.number: transaction for transaction in transactions}
    found = {number: Batch(number, "pending") for number in events[0]["batches"]}
    for event in events:
        if event["event"] == "state":
            old = found.get(event["batch"], Batch(event["batch"], "pending"))
            told = {**old.details, **event["details"]}
            own = {name: event["details"].get(name, "") for name in OWN}
            told = {name: value for name, value in told.items() if name not in OWN}
            found[old.number] = Batch(old.number, event["state"], details=told, **own)
        elif event["event"] == "end":
            over = by_number[event["number"]]
            for number in over.batches:
                old = found.get(number, Batch(number, "pending"))
                found[number] = replace(old, state=_state_after(over, old, transactions))
    for number, batch in sorted(found.items()):
        commits = [t for t in transactions if t.kind == "commit" and number in t.batches]
        files = {path for commit in commits for path in commit.standing}
        conflicts = {
            path
            for commit in commits
            for other in transactions
            if other is commit or commit.number in other.undoes
            for path in other.left
            if path in commit.standing
        }
        yield replace(batch, files=tuple(sorted(files)), conflicts=tuple(sorted(conflicts)))


def _state_after(over: Transaction, batch: Batch, transactions: tuple[Transaction, ...]) -> State:
    if over.outcome != "done":
        return batch.state
    if over.kind == "commit":
        return "committed"
    # what a later rollback took is gone by now, which makes no difference: that one has the last word
    taken = {number for number in over.undoes if batch.number in transactions[number - 1].batches}
    kept = {path for number in taken for path in transactions[number - 1].standing if path in over.left}
    return batch.state if kept else "pending" if over.again else "rolled-back"
