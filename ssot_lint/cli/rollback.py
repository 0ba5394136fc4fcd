"""`ssot-lint rollback`: take back what a run wrote."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssot_lint.cli._lock import WAIT, locked
from ssot_lint.cli._options import Number, complete_runs, format_option, output_options, project_options
from ssot_lint.cli._stdout import say

if TYPE_CHECKING:
    from ssot_lint.migrating.rollback import Rollback
    from ssot_lint.migrating.runs import Run


@click.command(
    "rollback",
    short_help="Take back what a run wrote, and keep what was edited since.",
    epilog="""\b
Examples:
  ssot-lint rollback --dry-run            what would be done to which file
  ssot-lint rollback                      take the newest run back
  ssot-lint rollback 20261122 --batch 3   take one batch of another run back
  ssot-lint rollback --keep shop/cart.py  that conflict is dealt with: leave the file as it is

\b
Exit status: 0 done, 1 conflicts are left, 2 could not.""",
)
@click.argument("run", required=False, shell_complete=complete_runs)
@click.option(
    "--batch",
    "batches",
    type=click.IntRange(min=0),
    multiple=True,
    help="Only this batch; may be repeated. Default: all that are committed.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would be done.")
@click.option(
    "--keep",
    multiple=True,
    metavar="FILE",
    help="Leave this file as it is, and count it as taken back; may be repeated.",
)
@click.option(
    "--wait",
    type=Number(min=0),
    default=WAIT,
    show_default=True,
    help="Seconds to wait for another process that changes the project.",
)
@format_option("text", "json", what="what was done")
@output_options
@project_options
def command(
    run: str | None,
    batches: tuple[int, ...],
    dry_run: bool,
    keep: tuple[str, ...],
    wait: float,
    form: str,
    output: str | None,
    colour: bool | None,
    root_path: str | None,
    config_path: str | None,
) -> None:
    """Take back what a run wrote: all of it, or some batches, newest first. Default: the newest run that has
    something committed.

    A file that is as the run left it gets its old bytes. One that was edited since keeps these edits where
    they touch other lines; where they touch the same lines it is left alone and reported. A batch that was
    interrupted is undone first, an interrupted rollback is finished. git is neither asked nor told.
    """
    from ssot_lint.cli._output import emit, encoded
    from ssot_lint.cli._place import locate
    from ssot_lint.errors import RunError
    from ssot_lint.migrating import runs
    from ssot_lint.reporters.runs import render_rollback

    root = locate((), root_path, config_path).root
    if not runs.ids(root):
        raise RunError("there is nothing to roll back: this project has no run")
    chosen = runs.load(root, run) if run is not None else None
    kept = {
        os.path.relpath(Path(path).parent.resolve() / Path(path).name, root).replace(os.sep, "/")
        for path in keep
    }
    if dry_run:
        plan = _foreseen(root, chosen, batches, kept)
    else:
        plan = _taken_back(root, chosen, batches, kept, wait)
    emit(encoded(render_rollback(plan, form, dry_run=dry_run), output, form), output)
    if plan.conflicts:
        raise click.exceptions.Exit(1)


def _foreseen(root: Path, chosen: Run | None, batches: Collection[int], kept: Collection[str]) -> Rollback:
    """What would be done. RunError while a run is open: what it has written so far is not known."""
    from ssot_lint.errors import RunError
    from ssot_lint.migrating.rollback import plan_rollback
    from ssot_lint.transaction import describe, interrupted

    for other in interrupted(root):
        raise RunError(describe(other), "`ssot-lint rollback` deals with that first, then with the rest")
    newest = chosen or _newest(root)
    _refuse_needed(newest, batches)
    return plan_rollback(newest, batches or None, keep=kept)


def _taken_back(
    root: Path, chosen: Run | None, batches: Collection[int], kept: Collection[str], wait: float
) -> Rollback:
    """What was done: first to a run that was interrupted, then to what is to be taken back."""
    from ssot_lint.migrating import runs
    from ssot_lint.migrating.rollback import Rollback, rollback
    from ssot_lint.reporters.runs import render_recovered
    from ssot_lint.transaction import Recovered, interrupted, recover

    with locked(root, wait) as hold:
        mended: tuple[Recovered, ...] = ()
        for other in interrupted(root):  # one at most: nothing is begun while another is open
            back = other.open is not None and other.open.kind == "commit"
            if back and other.open is not None:
                for number in other.open.batches:  # first, so that no `resume` writes them after all
                    runs.record(other, number, "rolled-back")
            mended = recover(hold, forward=not back)
            say(render_recovered(mended), end="")
        target = chosen or (mended[0].run if mended else _newest(root))
        target = runs.load(root, target.id)
        standing = {batch.number for batch in target.batches if batch.files}
        if mended and standing.isdisjoint(batches or standing):
            return Rollback(target.id)  # that was all
        _refuse_needed(target, batches)
        return rollback(hold, target, batches or None, keep=kept)[1]


def _refuse_needed(run: Run, batches: Collection[int]) -> None:
    """UsageError where a batch that would stay needs one that would go: what stays would be broken."""
    from ssot_lint.errors import UsageError
    from ssot_lint.migrating import runs
    from ssot_lint.plan import decode

    if not batches:
        return
    try:
        plan = decode(runs.read_plan(run), str(run.directory / "plan.json"))
    except UsageError:  # a plan that this release does not read
        return
    standing = {batch.number for batch in run.batches if batch.files}
    going = set(batches)
    for batch in plan.batches:  # in order: what it needs comes before it
        if batch.number in standing and going.intersection(batch.depends):
            going.add(batch.number)
    if needing := sorted(going.difference(batches)):
        first = f"batch {needing[0]}" if len(needing) == 1 else f"batches {', '.join(map(str, needing))}"
        told = " ".join(f"--batch {number}" for number in sorted(going))
        raise UsageError(
            f"{first} of run {run.id} would not work without what is taken back",
            f"take all of it back: {told}",
        )


def _newest(root: Path) -> Run:
    """The newest run that has something to take back, else the newest of all."""
    from ssot_lint.migrating import runs

    found = runs.list_runs(root)
    return next((run for run in found if any(batch.files for batch in run.batches)), found[0])
