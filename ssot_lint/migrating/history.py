"""What the events of a journal tell: the transactions of a run, and where each batch of the plan stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

State = Literal["pending", "committed", "blocked", "skipped", "rolled-back"]

Outcome = Literal["open", "done", "undone"]

OWN = ("reason", "culprit", "output")
"""Details of a batch that have a field: they speak of its present state only."""


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


def transactions_of(events: list[dict[str, Any]]) -> Iterator[Transaction]:
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


def batches_of(events: list[dict[str, Any]], transactions: tuple[Transaction, ...]) -> Iterator[Batch]:
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
