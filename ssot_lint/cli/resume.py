"""`ssot-lint resume`: go on with a migration that was stopped."""

from __future__ import annotations

import click

from ssot_lint.cli._options import complete_runs, gate_options, project_options
from ssot_lint.cli._stdout import say


@click.command(
    "resume",
    short_help="Go on with a migration that was stopped.",
    epilog="""\b
Examples:
  ssot-lint resume
  ssot-lint resume 20261122-2345 --gate "pytest -q {tests}"

\b
Exit status: 0 all of the plan is committed, 1 a batch is blocked or skipped, 2 could not go on.""",
)
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_runs)
@gate_options("those the run began with", "as the run began")
@project_options
def command(
    run_id: str | None,
    gates: tuple[str, ...],
    gate_timeout: int | None,
    commits: bool,
    wait: float,
    root_path: str | None,
    config_path: str | None,
) -> int:
    """Go on with a migration that was stopped: finish the batch it was at, then those still pending.

    RUN: the beginning of its id will do. Default: the newest run. The bytes to write are kept in the run, so nothing
    is planned again; a file that was edited since is not overwritten, and a batch that `rollback` took back stays so.
    """
    from ssot_lint.cli._lock import locked
    from ssot_lint.cli._migrating import finish, go_on, refuse_no_git
    from ssot_lint.cli._place import locate
    from ssot_lint.errors import RunError
    from ssot_lint.migrating import runs
    from ssot_lint.migrating.migration import Asked, asked_of
    from ssot_lint.plan import decode
    from ssot_lint.reporters.runs import render_recovered
    from ssot_lint.settings.loading import load
    from ssot_lint.transaction import interrupted, recover

    place = locate((), root_path, config_path)
    run = runs.load(place.root, run_id) if run_id is not None else runs.latest(place.root)
    if run is None:
        raise RunError(
            "there is nothing to resume: this project has no run", "`ssot-lint migrate` begins one"
        )
    timeout = load(place.root, place.config).migrate.gate_timeout
    with locked(place.root, wait) as hold:
        if interrupted(place.root):
            mended = recover(hold, forward=True)
            say(render_recovered(mended), end="")
            if any(item.conflicts for item in mended):
                return 2
        run = runs.load(place.root, run.id)
        plan = decode(runs.read_plan(run), str(run.directory / "plan.json"))
        before = asked_of(run)
        if before is None and not gates:
            raise RunError(
                f"run {run.id} does not say which gates it began with",
                "name them with --gate, or begin another run",
            )
        before = before or Asked(gate_timeout=timeout)
        asked = Asked(gates or before.gates, gate_timeout or before.gate_timeout, commits or before.commits)
        if asked.commits:
            refuse_no_git(place.root)
        run = go_on(hold, run, plan, asked)
    return finish(run, plan)
