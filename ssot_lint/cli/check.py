"""`ssot-lint check`: arguments -> the same output as last time, or what `_checking` works out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ssot_lint import warm
from ssot_lint.cli._checking import run
from ssot_lint.cli._options import (
    PathName,
    complete_rules,
    output_options,
    project_options,
    run_options,
    split,
)
from ssot_lint.cli._output import emit, encoded, use_colour
from ssot_lint.cli._place import locate
from ssot_lint.cli._request import Request, output_key
from ssot_lint.errors import UsageError
from ssot_lint.reporters import FORMATS

if TYPE_CHECKING:
    from ssot_lint.cli._project import Means


@click.command(
    "check",
    short_help="Report what violates the single source of truth.",
    epilog="""\b
Examples:
  ssot-lint check                                  the project of the current directory
  ssot-lint check backend/websocket                report on one folder; everything is still linked
  ssot-lint check --select SSOT2,shared-instance   some rules
  ssot-lint check --since origin/main --format github
  ssot-lint check --diff                           what --fix would change
  ssot-lint check --format sarif --output ssot.sarif

\b
Exit status: 0 nothing to report, 1 violations, 2 could not run.""",
)
@click.argument("paths", nargs=-1, type=PathName())
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="Default: text.")
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    shell_complete=complete_rules,
    help="Only these: ids, names, prefixes.",
)
@click.option("--ignore", multiple=True, metavar="RULES", shell_complete=complete_rules, help="Not these.")
@click.option("--since", metavar="REF", help="Only files changed since this branch left REF (git).")
@click.option(
    "--baseline", type=PathName(dir_okay=False), help="Adopted violations. Default: from configuration."
)
@click.option("--statistics", is_flag=True, help="Count the violations of each rule.")
@click.option("--fix", is_flag=True, help="Make the safe fixes first; `ssot-lint rollback` takes them back.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: those that change what runs, too.")
@click.option("--diff", is_flag=True, help="Write nothing; show what --fix would change, as a patch.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are violations.")
@click.option("-q", "--quiet", is_flag=True, help="Findings only.")
@click.option("-v", "--verbose", is_flag=True, help="Suppressed and baselined findings too, and timings.")
@output_options
@run_options
@project_options
@click.pass_context
def command(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    root_path: str | None,
    config_path: str | None,
    means: Means,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    colour: bool | None,
    output: str | None,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    **asked: object,
) -> int:
    """Report what violates the single source of truth.

    PATHS narrow what is reported, never what is linked.
    """
    output = None if output == "-" else output
    request = Request(
        select=split(select),
        ignore=split(ignore),
        output=output,
        colour=use_colour(colour) if output is None else bool(colour),
        **asked,  # type: ignore[arg-type]
    )
    _refuse_mixed(request, select, repairs=fix or diff, diff=diff, unsafe=unsafe_fixes)
    place = locate(paths, root_path, config_path)
    means = replace(means, shows_progress=means.shows_progress and not request.quiet)
    if fix or diff:
        from ssot_lint.cli._fixing import plan_fixes, tell_unfixed, write_fixes

        planned = plan_fixes(place, request, means, unsafe=unsafe_fixes)
        if not request.quiet:
            tell_unfixed(planned, unsafe=unsafe_fixes)
        if diff:
            from ssot_lint.reporters.patch import render as render_patch

            emit(encoded(render_patch(planned.contents, colour=request.colour), output, "patch"), output)
            return 1 if planned.plan.batches and not request.exit_zero else 0
        write_fixes(place, planned)
    if not means.use_cache or request.since or request.verbose:
        found = run(place, request, means)
    else:
        key = output_key(place, request)
        found = warm.cached_output(place.root, key) or run(place, request, means)
        if output is None and not (paths or fix) and context.obj is not None:
            config = str(place.config) if place.config else None
            warm.store_command(place.root, config, context.obj, key)
    emit(found.body, output)
    return found.status


def _refuse_mixed(
    request: Request, select: tuple[str, ...], *, repairs: bool, diff: bool, unsafe: bool
) -> None:
    """UsageError for options that say nothing, or nothing together."""
    if select and not request.select:
        raise UsageError(
            "--select names no rule", "leave it out for all rules, or name some: SSOT2,star-import"
        )
    if diff and request.form != "text":
        raise UsageError("--diff shows a patch", "leave out --format")
    if request.since == "":
        raise UsageError("--since names no commit", "leave it out, or name a branch, a tag or a commit")
    if unsafe and not repairs:
        raise UsageError(
            "--unsafe-fixes says which fixes --fix makes", "add --fix, or --diff to see them first"
        )
