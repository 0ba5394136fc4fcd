"""Runs and rollbacks -> text, JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from ssot_lint.migrating.history import Batch, State
from ssot_lint.migrating.locking import Holder
from ssot_lint.migrating.merging import Region
from ssot_lint.migrating.migration import PASSED, unproven
from ssot_lint.migrating.rollback import Conflict, Rollback
from ssot_lint.migrating.runs import Run
from ssot_lint.plan import Plan
from ssot_lint.reporters.plan import left, title
from ssot_lint.transaction import ADVICE, Recovered, describe
from ssot_lint.wording import count

FORMATS = ("text", "json")


def render_status(
    runs: Sequence[Run],
    form: str,
    *,
    holder: Holder | None,
    damaged: Mapping[str, str],
    detail: bool,
    plan: Plan | None = None,
) -> str:
    """Runs, newest first, with a final newline. `holder`: who changes the project now; `damaged`: by id, how.

    `detail`: every batch with a line of its own, and what the `plan` left as it was. JSON always has all batches.
    """
    if form == "json":
        document = {
            "schema_version": 1,
            "holder": asdict(holder) if holder else None,
            "runs": [_as_json(run, holder) for run in runs],
            "damaged": [{"id": id, "message": message} for id, message in sorted(damaged.items())],
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    lines = [f"{holder} is changing this project"] if holder else []
    for run in runs:
        lines += _detail(run, holder, plan) if detail else _summary(run, holder)
    lines += left(plan) if plan is not None else ()
    lines += [f"{id}  damaged: {message}" for id, message in sorted(damaged.items(), reverse=True)]
    if not runs and not damaged:
        lines.append("no run yet: `ssot-lint migrate` begins one")
    return "\n".join(lines) + "\n"


def _summary(run: Run, holder: Holder | None) -> list[str]:
    states = Counter(batch.state for batch in run.batches)
    told = ", ".join(f"{states[state]:,} {state}" for state in get_args(State) if states[state])
    conflicts = sum(len(batch.conflicts) for batch in run.batches)
    lines = [
        f"{run.id}  {count(len(run.batches), 'batch', 'batches')}{': ' + told if told else ''}"
        + (f"; {count(conflicts, 'conflict')}" if conflicts else "")
    ]
    if run.open and not holder:
        return [*lines, f"  {describe(run)}", f"  {ADVICE}"]
    if holder:
        return lines
    silent = sorted(unproven(run))
    if silent:
        lines.append(f"  batch {', '.join(map(str, silent))}: written, and its gate has not spoken")
    if silent or states["pending"]:
        lines.append("  `ssot-lint resume` goes on, `ssot-lint rollback` takes back what is written")
    return lines


def _detail(run: Run, holder: Holder | None, plan: Plan | None) -> list[str]:
    head, *rest = _summary(run, holder)
    folder = f".ssot-lint/runs/{run.id}"
    lines = [f"run {head}", *rest, f"  begun {_begun(run)}; plan, journal and bytes before are in {folder}"]
    width = max((len(str(batch.number)) for batch in run.batches), default=0)
    titles = (
        {planned.number: title(planned, symbols=False) for planned in plan.batches}
        if plan is not None
        else {}
    )
    for batch in run.batches:
        lines += _batch(batch, width, titles.get(batch.number, ""))
    return lines


def _batch(batch: Batch, width: int, title: str) -> list[str]:
    files = count(len(batch.files), "file") if batch.files else ""
    lines = [
        "  ".join(filter(None, (f"  {batch.number:>{width}}", f"{batch.state:<11}", title, files))).rstrip()
    ]
    indent = " " * (width + 4)
    for label, value in (("at fault", batch.culprit), ("because", batch.reason), ("output", batch.output)):
        lines += [f"{indent}{label}: {value}"] if value else []
    told = sorted((name, value) for name, value in batch.details.items() if name != PASSED)
    lines += [f"{indent}{name}: {_short(value)}" for name, value in told]
    lines += [f"{indent}conflict: {path} was edited since" for path in batch.conflicts]
    return lines


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _begun(run: Run) -> str:
    day, time = run.id.split("-")[:2]
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}:{time[4:]}"


def _as_json(run: Run, holder: Holder | None) -> dict[str, Any]:
    at = run.open
    states = Counter(batch.state for batch in run.batches)
    return {
        "id": run.id,
        "begun": _begun(run).replace(" ", "T"),
        "directory": f".ssot-lint/runs/{run.id}",
        "interrupted": {"kind": at.kind, "batches": list(at.batches), "files": [f.path for f in at.files]}
        if at and not holder
        else None,
        "states": {state: states[state] for state in get_args(State)},
        "batches": [asdict(batch) for batch in run.batches],
    }


def render_recovered(recovered: Sequence[Recovered]) -> str:
    """What was done about interrupted transactions: lines, or nothing when there were none."""
    lines = []
    for item in recovered:
        batches = ", ".join(map(str, item.transaction.batches))
        what = "batch" if len(item.transaction.batches) == 1 else "batches"
        doing = f"{'rollback of ' if item.transaction.kind == 'rollback' else ''}{what} {batches}"
        how = "finished" if item.forward else "undid"
        lines.append(f"{how} the interrupted {doing} of run {item.run.id}")
        lines += [f"  left alone  {path}: it was edited since" for path in item.conflicts]
    return "".join(f"{line}\n" for line in lines)


WORDS = {
    "restored": "restored",
    "merged": "restored, later edits kept",
    "created": "created again",
    "deleted": "deleted",
    "unchanged": "as it was already",
    "kept": "left as it is",
}


def render_rollback(plan: Rollback, form: str, *, dry_run: bool) -> str:
    """What a rollback did, or would do, with a final newline."""
    if form == "json":
        document = {
            "schema_version": 1,
            "run": plan.run,
            "batches": list(plan.batches),
            "in_part": sorted(_conflicting(plan), reverse=True),
            "dry_run": dry_run,
            "files": [{"path": step.change.path, "how": step.how} for step in plan.steps],
            "conflicts": [_conflict_as_json(conflict) for conflict in plan.conflicts],
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if not plan.batches:
        return f"run {plan.run}: nothing else to take back\n"
    lines = [f"run {plan.run}: {'would take' if dry_run else 'took'} back {_taken(plan)}"]
    lines += [f"  {step.change.path}: {WORDS[step.how]}" for step in plan.steps]
    for conflict in plan.conflicts:
        lines.append(f"  {conflict.path}: CONFLICT, {conflict.reason}; it is left alone")
        lines += [
            f"    {_lines(region.ours)} now, {_lines(region.theirs)} before" for region in conflict.regions
        ]
        lines += [f"    its bytes before the run: {conflict.before}"] if conflict.before else []
    told = f"{count(len(plan.steps), 'file')} {'would be taken' if dry_run else 'taken'} back"
    lines.append(told + (f", {count(len(plan.conflicts), 'conflict')}" if plan.conflicts else ""))
    if plan.conflicts:
        lines.append("edit what conflicts, then roll back again, with --keep FILE for what shall stay so")
    return "\n".join(lines) + "\n"


def _taken(plan: Rollback) -> str:
    """What of which batches goes: "batches 4, 3, batch 2 in part, nothing of batch 1"."""
    conflicting = _conflicting(plan)
    going = {step.change.path for step in plan.steps}
    begun = {
        number for commit in plan.commits if going.intersection(commit.standing) for number in commit.batches
    }
    whole = [number for number in plan.batches if number not in conflicting]
    part = [number for number in plan.batches if number in conflicting and number in begun]
    none = [number for number in plan.batches if number in conflicting and number not in begun]
    said = [
        *([_batches(whole)] if whole else []),
        *([f"{_batches(part)} in part"] if part else []),
        *([f"nothing of {_batches(none)}"] if none else []),
    ]
    return ", ".join(said)


def _batches(numbers: Sequence[int]) -> str:
    return f"{'batch' if len(numbers) == 1 else 'batches'} {', '.join(map(str, numbers))}"


def _conflicting(plan: Rollback) -> frozenset[int]:
    """The batches of which a file is left alone."""
    left = {conflict.path for conflict in plan.conflicts}
    return frozenset(
        number for commit in plan.commits if left.intersection(commit.standing) for number in commit.batches
    )


def _lines(span: tuple[int, int]) -> str:
    first, last = span
    if last < first:
        return f"nothing after line {last}"
    return f"line {first}" if first == last else f"lines {first}-{last}"


def _conflict_as_json(conflict: Conflict) -> dict[str, Any]:
    def region(found: Region) -> dict[str, Any]:
        return {"current": list(found.ours), "before": list(found.theirs)}

    return {
        "path": conflict.path,
        "reason": conflict.reason,
        "regions": [region(found) for found in conflict.regions],
        "before": conflict.before,
    }
