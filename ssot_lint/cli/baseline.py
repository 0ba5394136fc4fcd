"""`ssot-lint baseline`: adopt today's violations, and keep the number going down."""

from __future__ import annotations

import click

from ssot_lint.cli._options import PathName, project_options, run_options
from ssot_lint.cli._output import emit, progress
from ssot_lint.cli._place import locate
from ssot_lint.cli._project import Means, open_project
from ssot_lint.errors import UsageError
from ssot_lint.wording import count


@click.command(
    "baseline",
    short_help="Adopt today's violations, and keep the number going down.",
    epilog="""\b
Examples:
  ssot-lint baseline            adopt what `check` reports now; later checks report what is new
  ssot-lint baseline --prune    drop what was repaired since; nothing is added
  ssot-lint baseline --update   adopt anew

\b
Exit status: 0 written, 2 could not, or there is one already.""",
)
@click.option(
    "--baseline", "named", type=PathName(dir_okay=False), help="The file. Default: from configuration."
)
@click.option("--prune", is_flag=True, help="Only drop entries that no longer occur.")
@click.option("--update", is_flag=True, help="Replace an existing baseline by what is found now.")
@run_options
@project_options
def command(
    named: str | None,
    prune: bool,
    update: bool,
    means: Means,
    root_path: str | None,
    config_path: str | None,
) -> None:
    """Adopt today's violations, and keep the number going down.

    The baseline is a file to commit. `check` does not report what it holds, and does report (SSOT902) what it
    holds too much of, until it is pruned.
    """
    from ssot_lint import baseline as baselines
    from ssot_lint.check import Settings, check, path_problems
    from ssot_lint.cli._baseline import baseline_path, read_baseline
    from ssot_lint.plugins import load_rules

    if prune and update:
        raise click.UsageError("--prune and --update exclude each other.")
    place = locate((), root_path, config_path)
    rules = load_rules()
    with progress(means.shows_progress) as draw:
        opened = open_project(place, means, draw)
        path = baseline_path(place, opened.config, named)
        if prune and not path.exists():
            raise UsageError(f"there is no baseline {path} to prune", "`ssot-lint baseline` writes one")
        if path.exists() and not (prune or update):
            raise UsageError(
                f"baseline {path} exists",
                "--prune drops what was repaired, --update adopts today's violations anew",
            )
        problems = path_problems(opened.scan.discovery, opened.project)
        found = check(opened.project, rules, Settings(problems=problems), draw).diagnostics
    old = read_baseline(place, opened.config, named) if path.exists() else None
    before = sum(entry.count for entry in old.entries) if old else 0
    new = baselines.prune(old, found) if old and prune else baselines.adopt(found, path.name)
    after = sum(entry.count for entry in new.entries)
    emit(baselines.render(new).encode(), str(path))
    change = f" ({after - before:+,})" if old else ""
    click.echo(f"{path}: {count(after, 'violation')}{change}")
