"""`ssot-lint check`: arguments -> the same output as last time, or scan, link, check, render."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from ssot_lint import warm
from ssot_lint.cli._options import complete_rules, output_options, project_options, run_options, split
from ssot_lint.cli._output import emit, encoded, progress, use_colour
from ssot_lint.cli._project import Place, locate, read_project, source_lines
from ssot_lint.errors import UsageError
from ssot_lint.reporters import FORMATS

if TYPE_CHECKING:
    from ssot_lint.baseline import Baseline
    from ssot_lint.config import Config


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for: all that decides the output besides the project."""

    form: str
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    since: str | None
    baseline: str | None
    statistics: bool
    exit_zero: bool
    quiet: bool
    verbose: bool
    colour: bool
    output: str | None


WORTH_A_PROCESS = 1000
"""Files from which on a second process for the rules gains more than it costs."""


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
  ssot-lint check --format sarif --output ssot.sarif""",
)
@click.argument("paths", nargs=-1, type=click.Path())
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
    "--baseline", type=click.Path(dir_okay=False), help="Adopted violations. Default: from configuration."
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
    jobs: int,
    no_cache: bool,
    no_progress: bool,
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

    PATHS narrow what is reported, never what is linked. Exit status: 0 nothing to report, 1 violations,
    2 could not run.
    """
    output = None if output == "-" else output
    request = Request(
        select=split(select),
        ignore=split(ignore),
        output=output,
        colour=use_colour(colour) if output is None else bool(colour),
        **asked,  # type: ignore[arg-type]
    )
    place = locate(paths, root_path, config_path)
    if fix or diff:
        from ssot_lint.cli._fixing import plan_fixes, write_fixes

        planned = plan_fixes(
            place,
            select=request.select,
            ignore=request.ignore,
            since=request.since,
            unsafe=unsafe_fixes,
            jobs=jobs,
            use_cache=not no_cache,
            no_progress=no_progress or request.quiet,
        )
        if diff:
            from ssot_lint.reporters.patch import render as render_patch

            emit(encoded(render_patch(planned.contents, colour=request.colour), output), output)
            return 1 if planned.plan.batches and not request.exit_zero else 0
        write_fixes(place, planned)
    elif unsafe_fixes:
        raise UsageError(
            "--unsafe-fixes says which fixes --fix makes", "add --fix, or --diff to see them first"
        )
    run = partial(
        _run, place, request, jobs=jobs, no_cache=no_cache, no_progress=no_progress or request.quiet
    )
    if no_cache or request.since or request.verbose:
        found = run()
    else:
        found = warm.cached_output(place.root, _key(place, request)) or run()
        if output is None and not paths and context.obj is not None:
            config = str(place.config) if place.config else None
            warm.store_command(place.root, config, context.obj, _key(place, request))
    emit(found.body, output)
    return found.status


def _key(place: Place, request: Request) -> list[object]:
    encoding = "" if request.output else sys.stdout.encoding
    return ["check", place.config and str(place.config), place.paths, encoding, *_items(asdict(request))]


def _items(values: Mapping[str, object]) -> list[object]:
    return [item for item in values.items() if item[0] != "output"]


def _run(place: Place, request: Request, *, jobs: int, no_cache: bool, no_progress: bool) -> warm.Output:
    from ssot_lint.check import Settings, check, path_problems
    from ssot_lint.claims import below
    from ssot_lint.config import load
    from ssot_lint.fork import at_once, in_turn
    from ssot_lint.plugins import load_rules, select
    from ssot_lint.reporters import View, render
    from ssot_lint.scan import cores

    gc.disable()  # facts hold no cycles, and the process ends when the report is out
    started = perf_counter()
    config = load(place.root, place.config)
    rules = load_rules()
    select(rules, config.rules, request.select, request.ignore)  # a misspelt rule is told before the work
    baseline = read_baseline(place, config, request.baseline)
    changed = None
    if request.since:
        from ssot_lint.cli._git import changed_since

        changed = changed_since(place.root, request.since)
    survey = None
    report = None
    if not no_cache and changed is None and not request.verbose:
        from ssot_lint.scan import look, open_cache

        with open_cache(place.root, config) as cache:
            survey = look(place.root, config, cache)
            if survey.digest:
                if known := warm.output_for(place.root, _key(place, request), survey.digest):
                    return known  # files were touched, and hold what they held
                report = _same_findings(place, request, config, rules, survey, cache)
    with progress(not no_progress) as draw:
    checked = perf_counter()
    view = View(
        rules={rule.id: rule for rule in rules},
        source=partial(source_lines, place.root),
        colour=request.colour,
        statistics=request.statistics,
        quiet=request.quiet,
        verbose=request.verbose,
    )
    body = encoded(render(report, request.form, view), request.output)
    status = 1 if report.summary.violations and not request.exit_zero else 0
    found = warm.Output(body, status)
    paths = [file.path for file in opened.scan.files]
    empty = [path for path in place.paths if not any(map(below([path]), paths))]
    if not no_cache and changed is None and not empty:
        watched = [*place.watched, *opened.scan.inputs, str(baseline_path(place, config, request.baseline))]
        warm.store_output(
            place.root,
            _key(place, request),
            found,
            view=opened.scan.view,
            digest=opened.scan.digest,
            watched=watched,
        )
    if not request.quiet:
        for note in (*opened.notes, *(f"{path}: no Python file of the project is there" for path in empty)):
            click.echo(f"ssot-lint: {note}", err=True)
    if request.verbose:
        from_cache = f"{opened.scan.from_cache:,} of {len(opened.scan.files):,} files from the cache"
        click.echo(
            f"ssot-lint: root {place.root}; {from_cache}; read in {read - started:.2f} s,"
            f" checked in {checked - read:.2f} s, rendered in {perf_counter() - checked:.2f} s",
            err=True,
        )
    return found


def baseline_path(place: Place, config: Config, named: str | None) -> Path:
    """Where the baseline is, or would be: as named, else as configured, else beside the configuration."""
    from ssot_lint.baseline import DEFAULT_PATH

    if named:
        return Path(named).absolute()
    return place.root / (config.baseline or DEFAULT_PATH)


def read_baseline(place: Place, config: Config, named: str | None) -> Baseline | None:
    """The baseline that is named or configured, or the one at the default place if it exists."""
    from ssot_lint.baseline import parse

    path = baseline_path(place, config, named)
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        if named is None and config.baseline is None:
            return None
        raise UsageError(f"baseline {path} does not exist", "`ssot-lint baseline` writes it") from None
    except OSError as error:
        raise UsageError(f"baseline {path} cannot be read: {error.strerror}") from error
    relative = path.relative_to(place.root) if path.is_relative_to(place.root) else path
    return parse(source, relative.as_posix())
