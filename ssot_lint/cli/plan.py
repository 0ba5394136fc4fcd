"""`ssot-lint plan`: what a migration would do, in which order, and what it would leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ssot_lint.cli._options import (
    Wanted,
    format_option,
    output_options,
    project_options,
    run_options,
    selection_options,
)
from ssot_lint.errors import UsageError

if TYPE_CHECKING:
    from ssot_lint.cli._project import Means


@click.command(
    "plan",
    short_help="Plan a migration: phases, batches, blast radius, refusals.",
    epilog="""\b
Examples:
  ssot-lint plan
  ssot-lint plan --concept websocket-manager --phase 1
  ssot-lint plan --format markdown -o plan.md     to paste into an issue
  ssot-lint plan --format json -o plan.json       to review, and to hand to `migrate`

\b
Exit status: 0 there is nothing to do, 1 there is, 2 could not plan.""",
)
@format_option("text", "json", "markdown")
@click.option("--diff", is_flag=True, help="Show the edits as a patch too (text).")
@click.option("-v", "--verbose", is_flag=True, help="Name every file, hazard and refusal.")
@selection_options
@output_options
@run_options
@project_options
def command(
    form: str,
    diff: bool,
    verbose: bool,
    wanted: Wanted,
    output: str | None,
    colour: bool | None,
    means: Means,
    root_path: str | None,
    config_path: str | None,
) -> int:
    """Plan a migration to one source of truth. Writes nothing.

    Phases: 1 consolidate definitions and imports behind shims, 2 factories and isolation, 3 capabilities,
    4 events, 5 remove shims. Batches come in the order in which they can be carried out; each is verified on the
    files in memory, and left out with the reason when it would not be sound.
    """
    from ssot_lint.cli._output import emit, encoded, progress, use_colour
    from ssot_lint.cli._place import locate
    from ssot_lint.cli._planning import plan_for, selection, tell_unconfigured
    from ssot_lint.cli._project import open_project
    from ssot_lint.reporters.patch import render as render_patch
    from ssot_lint.reporters.plan import render

    if diff and form != "text":
        raise UsageError(
            "--diff shows a patch in the text", "leave out --format, or take `migrate --dry-run`"
        )
    place = locate((), root_path, config_path)
    with progress(means.shows_progress) as draw:
        opened = open_project(place, means, draw)
        planned = plan_for(opened, selection(opened, wanted), jobs=means.jobs, progress=draw)
    tell_unconfigured(opened)
    wish = use_colour(colour) if output is None else bool(colour)
    body = render(planned.plan, form, colour=wish, verbose=verbose)
    if diff:
        body = render_patch(planned.contents, colour=wish) + body
    emit(encoded(body, output, form), output)
    return 1 if planned.plan.batches else 0
