"""The way back: what a run wrote is taken out again, and what was edited since stays.

A file that is still as the run left it gets its old bytes. One that was edited since is merged by lines: the
base is what the run wrote, the two sides are the file as it is and the file before the run. What does not merge
is reported and left alone. git is never asked, so it works after later commits too.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ssot_lint.errors import RunError, TransactionError
from ssot_lint.migrating.files import look
from ssot_lint.migrating.history import Record, Transaction
from ssot_lint.migrating.locking import Hold
from ssot_lint.migrating.merging import Region, merge
from ssot_lint.migrating.objects import digest
from ssot_lint.migrating.runs import Run, object_path, read_object
from ssot_lint.transaction import Change, Fault, no_fault, settled, write


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that is left alone. `before`: where its bytes before the run are kept, relative to the root.

    `regions`: lines that were changed on both sides, `ours` in the file as it is, `theirs` in that one.
    """

    path: str
    reason: str
    regions: tuple[Region, ...] = ()
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one file: its old bytes, or these with the later edits; or it stays as it is."""

    change: Change
    how: Literal["restored", "merged", "created", "deleted", "unchanged", "kept"]
    mode: int | None = None  # permission bits of a file that is created


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a rollback does, by path."""

    run: str
    batches: tuple[int, ...] = ()  # newest first
    steps: tuple[Step, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    commits: tuple[Transaction, ...] = ()  # what is taken back, newest first


def plan_rollback(
    run: Run, batches: Iterable[int] | None = None, *, keep: Collection[str] = frozenset()
) -> Rollback:
    """What `rollback` would do now; writes nothing. `batches=None`: all that are committed.

    `keep`: files that stay as they are, and count as taken back: conflicts that somebody has dealt with.
    RunError for a batch that wrote nothing, or of which nothing is left.
    """
    commits = _commits(run, batches)
    chain: dict[str, list[Record]] = {}
    for commit in commits:
        for record in commit.files:
            if record.path in commit.standing:
                chain.setdefault(record.path, []).append(record)
    for path in sorted(set(keep) - set(chain)):
        raise RunError(f"{path} is not among the files of this rollback", "name it relative to the root")
    root = Path(os.path.realpath(run.root))
    found = [
        _kept(root, path) if path in keep else _step(run, root, records)
        for path, records in sorted(chain.items())
    ]
    return Rollback(
        run=run.id,
        batches=tuple(sorted({number for commit in commits for number in commit.batches}, reverse=True)),
        steps=tuple(step for step in found if isinstance(step, Step)),
        conflicts=tuple(conflict for conflict in found if isinstance(conflict, Conflict)),
        commits=commits,
    )


def rollback(
    hold: Hold,
    run: Run,
    batches: Iterable[int] | None = None,
    *,
    keep: Collection[str] = frozenset(),
    again: bool = False,
    fault: Fault = no_fault,
) -> tuple[Run, Rollback]:
    """Take back what batches wrote, newest first, in one transaction -> the run as it is now, what was done.

    Without conflicts a batch is "rolled-back" then, and no `resume` writes it again; "pending" where `again` says
    that the migration itself takes it back for now. With conflicts it stays as it was, with the files left in
    `conflicts`, and another rollback tries those again.
    """
    run = settled(hold, run)
    plan = plan_rollback(run, batches, keep=keep)
    intent = Transaction(
        number=0,
        kind="rollback",
        batches=plan.batches,
        files=(),
        removes=tuple(sorted({made for commit in plan.commits for made in commit.makes}, reverse=True)),
        undoes=tuple(commit.number for commit in plan.commits),
        left=tuple(conflict.path for conflict in plan.conflicts),
        again=again,
    )
    modes = {step.change.path: step.mode for step in plan.steps}
    changes = [step.change for step in plan.steps if step.how != "kept"]
    run = write(run, intent, changes, modes=modes, fault=fault)
    return run, plan


def _commits(run: Run, batches: Iterable[int] | None) -> tuple[Transaction, ...]:
    """The commits of these batches, or of all, that still stand, newest first."""
    standing = [commit for commit in run.transactions if commit.kind == "commit" and commit.standing]
    if batches is None and not standing:
        raise RunError(f"run {run.id} has nothing to roll back")
    chosen = {number for commit in standing for number in commit.batches} if batches is None else set(batches)
    for number in sorted(chosen):
        batch = run.batch(number)
        if not batch.files:
            raise RunError(f"batch {number} of run {run.id} has nothing to roll back: it is {batch.state}")
    return tuple(commit for commit in reversed(standing) if chosen.intersection(commit.batches))


def _kept(root: Path, path: str) -> Step:
    full = root / path
    content = full.read_bytes() if full.is_file() else None
    return Step(Change(path, content, content), "kept")


def _step(run: Run, root: Path, records: Sequence[Record]) -> Step | Conflict:
    """What to do with one file, given what was done to it, newest first."""
    path, oldest = records[0].path, records[-1].before
    kept = object_path(run, oldest).relative_to(run.root).as_posix() if oldest else None
    try:
        found = look(root, path)
    except TransactionError as error:
        return Conflict(path, error.message, before=kept)
    current = (root / path).read_bytes() if found else None
    content, merged = current, False
    for after, before in _spans(records, found.digest if found else None):
        name = None if content is None else digest(content)
        if name == after:
            content = read_object(run, before) if before else None
            continue
        if content is None or after is None or before is None:
            reason = "deleted" if content is None else "created again" if after is None else "edited"
            return Conflict(path, f"it was {reason} since the run {_did(after, before)} it", before=kept)
        result = merge(read_object(run, after), content, read_object(run, before))
        if result.content is None:
            return Conflict(path, "lines that the run changed were edited since", result.regions, kept)
        content, merged = result.content, True
    change = Change(path, current, content)
    if content == current:
        return Step(change, "unchanged")
    if current is None:
        return Step(change, "created", records[-1].mode)
    return Step(change, "deleted" if content is None else "merged" if merged else "restored")


def _spans(records: Sequence[Record], current: str | None) -> list[tuple[str | None, str | None]]:
    """What is to be taken back, newest first: after and before, where nothing else came in between as one.

    What somebody has taken back by hand already is left out.
    """
    for place in range(len(records) - 1, -1, -1):
        if records[place].before == current:
            records = records[place + 1 :]
            break
    spans: list[tuple[str | None, str | None]] = []
    for record in records:
        if spans and spans[-1][1] == record.after:
            spans[-1] = (spans[-1][0], record.before)
        else:
            spans.append((record.after, record.before))
    return [span for span in spans if span[0] != span[1]]


def _did(after: str | None, before: str | None) -> str:
    return "deleted" if after is None else "created" if before is None else "changed"
