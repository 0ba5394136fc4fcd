"""What `migrate` and `resume` share: gates, git, and telling what happens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssot_lint.cli._stdout import say
from ssot_lint.errors import InterruptedRunError, UsageError
from ssot_lint.wording import some

if TYPE_CHECKING:
    from ssot_lint.migrating.locking import Hold
    from ssot_lint.migrating.migration import Asked, What
    from ssot_lint.migrating.runs import Run
    from ssot_lint.plan import Batch, Plan


def refuse_interrupted(root: Path) -> None:
    """InterruptedRunError while a run stands in the middle of a batch."""
    from ssot_lint.transaction import describe, interrupted

    for other in interrupted(root):
        raise InterruptedRunError(
            describe(other), "`ssot-lint resume` finishes it, `ssot-lint rollback` undoes it"
        )


def refuse_dirty(root: Path, allowed: bool) -> None:
    """UsageError for tracked files that differ from the last commit, unless that is allowed."""
    from ssot_lint.cli._git import edited_files

    if allowed:
        return
    found = edited_files(root) or ()
    if found:
        raise UsageError(
            f"the working tree has uncommitted changes: {some(found)}",
            "commit or stash them, or say --allow-dirty",
        )


def refuse_no_git(root: Path) -> None:
    """UsageError where there is no git repository to commit to."""
    from ssot_lint.cli._git import edited_files

    if edited_files(root) is None:
        raise UsageError("--commit: this is no git repository", "leave it out")


def go_on(hold: Hold, run: Run, plan: Plan, asked: Asked) -> Run:
    """Carry out what is pending of a run, telling each step on standard output."""
    from ssot_lint.cli._git import commit_files
    from ssot_lint.migrating.gates import Gate
    from ssot_lint.migrating.migration import Terms, carry_out

    total = len(plan.batches)

    def record(batch: Batch, paths: Sequence[str]) -> str:
        return commit_files(hold.root, paths, message(batch, total))

    def tell(what: What, batch: Batch | None, text: str) -> None:
        if what == "failing":
            click.echo(f"  fails already, and does not count: {text}")
        elif batch is None:
            click.echo(f"on the untouched tree: {text}")
        elif what == "start":
            files = f"{len(batch.edits)} file{'s' * (len(batch.edits) != 1)}"
            click.echo(
                f"batch {batch.number} of {total}: {' '.join(filter(None, (batch.codemod, batch.concept)))}, {files}"
            )
        elif what == "gate":
            click.echo(f"  gate: {text}")
        else:
            click.echo(f"  {what}{f': {text}' if text else ''}")

    gates = tuple(Gate(command, asked.gate_timeout) for command in asked.gates)
    try:
        return carry_out(hold, run, plan, Terms(gates, record if asked.commits else None), tell)
    except KeyboardInterrupt:
        say("\n`ssot-lint resume` goes on, `ssot-lint rollback` takes back what is written")
        raise


def message(batch: Batch, total: int) -> str:
    """The message of a batch's commit."""
    symbols = "\n".join(f"- {symbol}" for symbol in batch.symbols)
    return f"{batch.codemod}: {batch.concept} (batch {batch.number} of {total})\n\n{symbols}\n\nMade by ssot-lint.\n"


def finish(run: Run, plan: Plan) -> int:
    """Say how a run ended -> the exit status: 0 when all of the plan is committed."""
    states = [batch.state for batch in run.batches if batch.number]
    counted = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    refused = f"; {len(plan.refused)} refused (`ssot-lint status {run.id}` says why)" if plan.refused else ""
    click.echo(f"run {run.id}: {counted or 'nothing to do'}{refused}")
    if "rolled-back" in states:
        click.echo("what was rolled back stays so; `ssot-lint migrate` plans it anew")
    return 0 if all(state == "committed" for state in states) else 1
