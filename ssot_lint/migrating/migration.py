"""Carry a plan out: batch by batch, each behind its gates, each reversible.

A batch whose gate fails is taken back, and the file at fault is looked for by halves; the others are committed without
it, and what depends on the batch is skipped. Everything is in the run's journal, so a stopped migration goes on where
it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from ssot_lint.errors import FileChangedError, RunError, SsotLintError, TransactionError, UsageError
from ssot_lint.migrating import runs
from ssot_lint.migrating.gates import Gate, Result, cut_short, ending, run_gate, unusable, verdict
from ssot_lint.migrating.locking import Hold
from ssot_lint.migrating.objects import write_synced
from ssot_lint.migrating.rollback import rollback
from ssot_lint.plan import Batch, Plan, content_digest, encode
from ssot_lint.transaction import Change, Fault, commit, no_fault
from ssot_lint.wording import some

PASSED = "passed"
"""What is recorded of a batch whose gates have let it through."""

_ASKED = "asked.json"

_CULPRITS = 3
"""Files at fault that are looked for in one batch before all of it is given up."""

Contents = Mapping[int, Mapping[str, tuple[bytes | None, bytes | None]]]
What = Literal["baseline", "failing", "start", "gate", "bisect", "committed", "blocked", "skipped"]
Tell = Callable[[What, Batch | None, str], None]
"""Told of every step: what it is, the batch, and a text for people."""

Record = Callable[[Batch, Sequence[str]], str]
"""Makes a commit of a batch's files in version control -> why it could not, or ""."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a plan is carried out."""

    gates: tuple[Gate, ...] = ()
    record: Record | None = None
    fault: Fault = no_fault


class Asked(msgspec.Struct, frozen=True):
    """What a run was asked for; kept with it, so that `resume` goes on in the same way."""

    gates: tuple[str, ...] = ()
    gate_timeout: int = 1800  # seconds for one run of a gate
    commits: bool = False  # each batch as a commit of version control


class _Baseline(msgspec.Struct, frozen=True):
    """What a gate made of the untouched tree."""

    command: str
    status: int | None
    failures: tuple[str, ...]


def begin(
    hold: Hold, plan: Plan, contents: Contents, *, now: datetime, token: str, asked: Asked | None = None
) -> runs.Run:
    """A new run of a plan, with the bytes before and after of all its files kept, so that it can go on by itself."""
    changed = [
        path
        for batch in first_touch(plan)
        for path in batch
        if content_digest(_current(hold.root, path)) != batch[path]
    ]
    if changed:
        raise FileChangedError(
            f"the tree has moved on since the plan was made: {some(sorted(changed))}",
            "make the plan again",
        )
    run = runs.create(hold.root, encode(plan), now=now, token=token, batches=[b.number for b in plan.batches])
    write_synced(run.directory / _ASKED, msgspec.json.encode(asked or Asked()))
    for batch in plan.batches:
        for edit in batch.edits:
            for content in contents[batch.number][edit.path]:
                if content is not None:
                    runs.store(run, content)
    return run


def asked_of(run: runs.Run) -> Asked | None:
    """What a run was asked for when it began; None when it was stopped before that was written down."""
    try:
        return msgspec.json.decode((run.directory / _ASKED).read_bytes(), type=Asked)
    except (OSError, msgspec.MsgspecError):
        return None


def unproven(run: runs.Run) -> frozenset[int]:
    """The batches of a migration that are written, and whose gates had not spoken when it stopped."""
    return frozenset(
        batch.number
        for batch in run.batches
        if batch.number
        and batch.state == "committed"
        and (run.directory / _ASKED).exists()
        and not batch.details.get(PASSED)
    )


def first_touch(plan: Plan) -> Iterable[dict[str, str | None]]:
    """For each batch, the files that no earlier one changes, with the hash they must have now."""
    seen: set[str] = set()
    for batch in plan.batches:
        yield {edit.path: edit.before for edit in batch.edits if edit.path not in seen}
        seen.update(batch.paths)


def _current(root: Path, path: str) -> bytes | None:
    try:
        return (root / path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SsotLintError(f"cannot read {path}: {error.strerror or error}") from error


def carry_out(hold: Hold, run: runs.Run, plan: Plan, terms: Terms, tell: Tell) -> runs.Run:
    """Commit every batch that is still pending, in order -> the run as it is then.

    What somebody has rolled back stays so. RunError where a batch is rolled back in part only.
    """
    for half in run.batches:
        if half.conflicts:
            raise RunError(
                f"batch {half.number} of run {run.id} is taken back in part: {some(half.conflicts)} changed meanwhile",
                f"`ssot-lint rollback {run.id} --batch {half.number}` takes the rest back, "
                "with --keep FILE for what shall stay as it is",
            )
    walk = _Walk(hold, run, plan, terms, tell)
    walk.baselines()
    for batch in plan.batches:
        known = walk.run.batch(batch.number)
        if known.details.get(PASSED) or known.state not in ("pending", "committed"):
            continue
        if known.state == "committed":  # stopped before its gates had spoken
            walk.take_back(batch)
        walk.batch(batch)
    return walk.run


class _Walk:
    """The migration on its way."""

    def __init__(self, hold: Hold, run: runs.Run, plan: Plan, terms: Terms, tell: Tell) -> None:
        self.hold = hold
        self.run = run
        self.plan = plan
        self.terms = terms
        self.tell = tell
        self.before: dict[str, Result] = {}
        self.unrecorded = False  # did the last attempt pass its gates, and version control refuse it?

    # -- gates

    def baselines(self) -> None:
        """Run each gate on the tree as it is, once in the life of a run, to know what fails already."""
        kept = self.run.directory / "gates" / "untouched.json"
        if kept.exists():
            known = msgspec.json.decode(kept.read_bytes(), type=tuple[_Baseline, ...])
            self.before = {
                b.command: Result(b.command, b.status, b"", 0.0, frozenset(b.failures)) for b in known
            }
        missing = [gate for gate in self.terms.gates if gate.command not in self.before]
        if not missing:
            return
        if any(batch.state == "committed" for batch in self.run.batches):
            raise UsageError(
                f"gate {missing[0].command!r} was not run before the first batch",
                "go on with the gates the run began with, or begin another run",
            )
        tests = list(dict.fromkeys(test for batch in self.plan.batches for test in batch.tests))
        for gate in missing:
            self.tell("baseline", None, gate.command)
            result = run_gate(gate, self.hold.root, tests)
            if result is None:  # it asks for tests, and no batch has any
                self.before[gate.command] = Result(gate.command, 0, b"", 0.0, frozenset())
                continue
            if why := unusable(result):
                last = ending(result)
                said = f", and its output ends with:\n{last}" if last else ""
                raise UsageError(f"gate {gate.command!r} {why}{said}", _advice(result))
            runs.keep_output(self.run, 0, result.output)
            self.before[gate.command] = result
            if result.failures:
                self.tell("failing", None, some(sorted(result.failures)))
        told = [
            _Baseline(command, r.status, tuple(sorted(r.failures)))
            for command, r in sorted(self.before.items())
        ]
        write_synced(kept, msgspec.json.encode(told))

    def judge(self, batch: Batch) -> tuple[str, str]:
        """What the gates say of the tree as it is -> (why not, where the output is); ("", "") when all pass."""
        for gate in self.terms.gates:
            self.tell("gate", batch, gate.command)
            result = run_gate(gate, self.hold.root, batch.tests)
            if result is None:
                continue
            why = verdict(self.before.get(gate.command), result)
            if why:
                return f"{gate.command} {why}", runs.keep_output(self.run, batch.number, result.output)
        return "", ""

    # -- batches

    def batch(self, batch: Batch) -> None:
        for number in batch.depends:
            state = self.run.batch(number).state
            if state != "committed":
                reason = f"depends on batch {number}, which is {state}"
                self.run = runs.record(self.run, batch.number, "skipped", reason=reason)
                self.tell("skipped", batch, reason)
                return
        self.tell("start", batch, "")
        units = _units(batch)
        why, output = self.attempt(batch, units)
        blamed: list[str] = []
        first = why, output
        while why and not self.unrecorded and len(units) > 1 and len(blamed) < _CULPRITS:
            guilty = self.culprit(batch, units)
            blamed += guilty
            units = [unit for unit in units if unit != guilty]
            why, output = self.attempt(batch, units)
        if why:
            alone = batch.paths[0] if len(batch.paths) == 1 and not self.unrecorded else ""
            self.block(batch, *first, ", ".join(blamed) or alone)
        elif blamed:
            self.block(batch, *first, ", ".join(blamed))
        else:
            self.run = runs.record(self.run, batch.number, "committed", **{PASSED: True})
            self.tell("committed", batch, "")

    def take_back(self, batch: Batch) -> None:
        """Put the files of a batch back as they were before it."""
        self.run, done = rollback(self.hold, self.run, [batch.number], again=True, fault=self.terms.fault)
        if done.conflicts:
            paths = ", ".join(conflict.path for conflict in done.conflicts)
            raise SsotLintError(
                f"batch {batch.number} could not be taken back whole: {paths} changed meanwhile",
                f"see `ssot-lint status {self.run.id}`",
            )

    def block(self, batch: Batch, reason: str, output: str, culprit: str) -> None:
        self.run = runs.record(
            self.run, batch.number, "blocked", reason=reason, output=output, culprit=culprit
        )
        blamed = f" because of {culprit}" if culprit else ""
        self.tell("blocked", batch, f"{reason}{blamed}{f'; see {output}' if output else ''}")

    def attempt(self, batch: Batch, units: Sequence[tuple[str, ...]], keep: bool = True) -> tuple[str, str]:
        """Write some of a batch's files and run the gates; taken back when they fail, or unless it is to be kept."""
        self.unrecorded = False
        wanted = {path for unit in units for path in unit}
        changes = [
            Change(edit.path, self.content(edit.before), self.content(edit.after))
            for edit in batch.edits
            if edit.path in wanted
        ]
        try:
            self.run = commit(self.hold, self.run, batch.number, changes, fault=self.terms.fault)
        except TransactionError as error:  # read-only, edited since, a full disk: nothing of it is written
            self.run = runs.load(self.hold.root, self.run.id)
            return error.message, ""
        why, output = self.judge(batch)
        if not why and keep and self.terms.record is not None:
            why = self.terms.record(batch, sorted(wanted))
            self.unrecorded = bool(why)  # of no file's making: there is nothing to look for by halves
            output = runs.keep_output(self.run, batch.number, why.encode()) if why else ""
            why = f"git commit failed: {why.splitlines()[0]}" if why else ""
        if why or not keep:
            self.take_back(batch)
        return why, output

    def culprit(self, batch: Batch, units: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        """The unit with which the gates begin to fail, found by halves: all before it pass, with it they fail."""
        low, high = 0, len(units)  # units[:low] pass, units[:high] fail
        while high - low > 1:
            middle = (low + high) // 2
            self.tell("bisect", batch, f"{high - low} files left")
            why, _ = self.attempt(batch, units[:middle], keep=False)
            low, high = (low, middle) if why else (middle, high)
        return units[high - 1]

    def content(self, name: str | None) -> bytes | None:
        return None if name is None else runs.read_object(self.run, name)


def _advice(result: Result) -> str:
    if result.status is None:
        return "give it more time with --gate-timeout, or fewer tests with --max-tests"
    if cut_short(result.output):
        return "what it leaves out could break unseen: leave out -x and --maxfail, add --continue-on-collection-errors"
    if result.status in (126, 127):
        return "a shell has to find the command in the project's folder: write it as you would type it there"
    return "a gate has to pass before the migration, or to name the tests that fail, as `pytest -rfE` does"


def _units(batch: Batch) -> list[tuple[str, ...]]:
    """The batch's files, those that only hold together as one."""
    joined = {path for group in batch.together for path in group}
    return [*batch.together, *((path,) for path in batch.paths if path not in joined)]
