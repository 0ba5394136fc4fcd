"""`ssot-lint status`: migrations that ran here, and where each stands."""

from __future__ import annotations

from contextlib import suppress

import click

from ssot_lint.cli._options import complete_runs, format_option, output_options, project_options


@click.command(
    "status",
    short_help="Show the runs of `migrate`, and where each stands.",
    epilog="""\b
Examples:
  ssot-lint status                  all runs, newest first
  ssot-lint status 20261122-2345    one run: its batches, and what was refused; the beginning of its id will do
  ssot-lint status --format json

\b
Exit status: 0 shown, 1 a run was interrupted or is damaged, 2 could not look.""",
)
@click.argument("run", required=False, shell_complete=complete_runs)
@format_option("text", "json")
@output_options
@project_options
def command(
    run: str | None,
    form: str,
    output: str | None,
    colour: bool | None,
    root_path: str | None,
    config_path: str | None,
) -> None:
    """Show the runs of `migrate`, and where each stands. Writes nothing.

    A batch is pending, committed, blocked (its gate failed, it was taken back), skipped (it depends on a
    blocked one) or rolled-back. A run that was interrupted in the middle of a batch is said to be so, with
    what to do about it.
    """
    from ssot_lint.cli._output import emit, encoded
    from ssot_lint.cli._place import locate
    from ssot_lint.errors import RunError, UsageError
    from ssot_lint.migrating import runs
    from ssot_lint.migrating.locking import holder
    from ssot_lint.migrating.migration import unproven
    from ssot_lint.plan import decode
    from ssot_lint.reporters.runs import render_status

    root = locate((), root_path, config_path).root
    damaged: dict[str, str] = {}
    found: list[runs.Run] = []
    plan = None
    if run is not None:
        found.append(runs.load(root, run))
        with suppress(RunError, UsageError):  # `resume` says what is wrong with it
            plan = decode(runs.read_plan(found[0]), str(found[0].directory / "plan.json"))
    else:
        for id in runs.ids(root):
            try:
                found.append(runs.load(root, id))
            except RunError as error:
                damaged[id] = str(error)
    busy = holder(root)
    text = render_status(found, form, holder=busy, damaged=damaged, detail=run is not None, plan=plan)
    emit(encoded(text, output, form), output)
    stopped = any(item.open or unproven(item) for item in found)
    if damaged or (stopped and busy is None):
        raise click.exceptions.Exit(1)
