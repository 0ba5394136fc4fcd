"""`ssot-lint migrate`: carry a plan out, batch by batch, each behind its gates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssot_lint.cli._options import (
    PathName,
    Wanted,
    gate_options,
    project_options,
    run_options,
    selection_options,
)
from ssot_lint.cli._stdout import say
from ssot_lint.errors import UsageError
from ssot_lint.wording import some

if TYPE_CHECKING:
    from ssot_lint.batches.planning import Planned
    from ssot_lint.cli._output import Progress
    from ssot_lint.cli._project import Means, Opened
    from ssot_lint.migrating.migration import Asked
    from ssot_lint.plan import Plan


@click.command(
    "migrate",
    short_help="Carry a migration out, batch by batch, each behind its gates.",
    epilog="""\b
Examples:
  ssot-lint migrate --dry-run
  ssot-lint migrate --gate "pytest -q {tests}"
  ssot-lint migrate --concept websocket-manager --gate "make check" --commit
  ssot-lint migrate plan.json                     a plan that was reviewed

\b
Exit status: 0 all of the plan is committed, 1 a batch is blocked or skipped, 2 could not migrate.
`ssot-lint status` shows a run, `ssot-lint rollback` takes it back.""",
)
@click.argument("plan_path", metavar="[PLAN]", required=False, type=PathName(dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Write nothing; show the plan and its patch.")
@click.option(
    "--allow-dirty", is_flag=True, help="Go on with tracked files that differ from the last commit."
)
@gate_options("as configured under [migrate]", "1800, or as configured under [migrate]")
@selection_options
@run_options
@project_options
def command(
    plan_path: str | None,
    dry_run: bool,
    gates: tuple[str, ...],
    gate_timeout: int | None,
    commits: bool,
    allow_dirty: bool,
    wait: float,
    wanted: Wanted,
    means: Means,
    root_path: str | None,
    config_path: str | None,
) -> int:
    """Migrate to one source of truth: plan, then commit batch after batch.

    Each batch is all or nothing. A batch whose gate fails is taken back, the file at fault is found by halves and
    left out, and what depends on it is skipped. The only code of the project that is run is that of your gates.
    """
    from ssot_lint.cli._output import progress, use_colour
    from ssot_lint.cli._place import locate
    from ssot_lint.cli._project import open_project
    from ssot_lint.migrating.migration import Asked
    from ssot_lint.reporters.patch import render as render_patch
    from ssot_lint.reporters.plan import render

    place = locate((), root_path, config_path)
    reviewed = _reviewed(plan_path, wanted)
    with progress(means.shows_progress) as draw:
        opened = open_project(place, means, draw)
        planned = _planned(opened, wanted, reviewed, means.jobs, draw)
    colour = use_colour(None)
    if dry_run or not planned.plan.batches:
        patch = render_patch(planned.contents, colour=colour) if dry_run else ""
        click.echo(patch + render(planned.plan, "text", colour=colour), nl=False)
        return 1 if planned.plan.batches else 0
    usual = opened.config.migrate
    asked = Asked(gates or usual.gates, gate_timeout or usual.gate_timeout, commits)
    return _carry_out(place.root, planned, asked, allow_dirty=allow_dirty, wait=wait)


def _reviewed(path: str | None, wanted: Wanted) -> Plan | None:
    """The plan of the file that was named. UsageError where the command line says what it is for, too."""
    if path is None:
        return None
    if wanted != Wanted():
        raise UsageError("a plan says itself what it is for", "leave out --concept, --phase and the like")
    return read_plan(Path(path))


def _planned(
    opened: Opened, wanted: Wanted, reviewed: Plan | None, jobs: int, draw: Progress | None
) -> Planned:
    """What is to be carried out: what was asked for, or the plan that was reviewed."""
    from ssot_lint.cli._planning import plan_for, selection, tell_unconfigured

    if reviewed is None:
        planned = plan_for(opened, selection(opened, wanted), jobs=jobs, progress=draw)
        tell_unconfigured(opened)
        return planned
    made = plan_for(opened, reviewed.selection, jobs=jobs, progress=draw)
    planned = _again(opened, reviewed, made)
    if gone := len(made.plan.batches) - len(planned.plan.batches):
        said = f"{gone} of {len(made.plan.batches)} batches are taken out"
        say(f"{said}: the violations afterwards are those of the whole plan")
    return planned


def _carry_out(root: Path, planned: Planned, asked: Asked, *, allow_dirty: bool, wait: float) -> int:
    """Begin a run and go through it -> the exit status."""
    from datetime import datetime
    from secrets import token_hex

    from ssot_lint.cli._lock import locked
    from ssot_lint.cli._migrating import finish, go_on, refuse_dirty, refuse_interrupted, refuse_no_git
    from ssot_lint.migrating.migration import begin
    from ssot_lint.migrating.runs import discard, load

    with locked(root, wait) as hold:
        refuse_interrupted(root)
        refuse_dirty(root, allow_dirty)
        if asked.commits:
            refuse_no_git(root)
        run = begin(hold, planned.plan, planned.contents, now=datetime.now(), token=token_hex(2), asked=asked)
        try:
            run = go_on(hold, run, planned.plan, asked)
        except UsageError:
            if not any(batch.files for batch in load(root, run.id).batches):
                discard(run)  # a gate that cannot judge was found before anything was written
            raise
    return finish(run, planned.plan)


def read_plan(path: Path) -> Plan:
    """The plan that a file holds."""
    from ssot_lint.plan import decode

    try:
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise UsageError(f"cannot read plan {path}: {error.strerror or error}") from error


def _again(opened: Opened, wanted: Plan, made: Planned) -> Planned:
    """The plan of a file, with its contents worked out anew. UsageError where that gives something else now.

    Batches that a reviewer took out stay out, as long as no other needs them.
    """
    from dataclasses import replace

    import msgspec

    known = {batch.number: batch for batch in made.plan.batches}
    kept = {batch.number for batch in wanted.batches}
    for batch in wanted.batches:
        again = known.get(batch.number)
        if again is None or again.edits != batch.edits:
            now = set(again.edits) if again else set()
            moved = sorted({edit.path for edit in now.symmetric_difference(batch.edits)})
            raise UsageError(
                f"the tree has moved on since the plan was made: batch {batch.number}, {some(moved)}",
                "make the plan again: `ssot-lint plan --format json -o plan.json`",
            )
        if missing := sorted(set(batch.depends) - kept):
            raise UsageError(
                f"batch {batch.number} needs batch {missing[0]}, which is not in the plan",
                "take the batches out that need it too, or leave it in",
            )
    plan = msgspec.structs.replace(made.plan, batches=tuple(b for b in made.plan.batches if b.number in kept))
    return replace(made, plan=plan, contents={n: c for n, c in made.contents.items() if n in kept})
