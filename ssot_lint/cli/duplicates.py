"""`ssot-lint duplicates`: clusters of equal and nearly equal classes and functions."""

from __future__ import annotations

import click

from ssot_lint.cli._options import Number, PathName, format_option, output_options, project_options
from ssot_lint.cli._stdout import say

KINDS = ("exact", "renamed", "near")


@click.command(
    "duplicates",
    short_help="Find equal and near-equal classes and functions; no configuration needed.",
    epilog="""\b
Examples:
  ssot-lint duplicates                          copies anywhere in the project
  ssot-lint duplicates src/billing --no-tests   those with a member in one folder
  ssot-lint duplicates --kind exact --min-size 10 --format markdown --output copies.md

\b
Exit status: 0 no copies, 1 there are some, 2 could not look.""",
)
@click.argument("paths", nargs=-1, type=PathName())
@click.option(
    "--min-similarity",
    type=Number(0, 1, min_open=True),
    default=0.8,
    show_default=True,
    help="Least share of statements that a copy has in common with the cluster's representative.",
)
@click.option(
    "--min-size",
    type=click.IntRange(min=1),
    default=6,
    show_default=True,
    help="Least number of statements in the body, nested ones included.",
)
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(KINDS),
    multiple=True,
    help="Report these kinds of copies only; may be repeated. Default: all.",
)
@click.option(
    "--include-tests/--no-tests", default=True, help="Look at the test paths too.  [default: include]"
)
@click.option(
    "--include-boilerplate",
    is_flag=True,
    help="Report code without logic, generated files and migrations too.",
)
@format_option("text", "json", "markdown", what="the clusters")
@click.option(
    "-j", "--jobs", type=click.IntRange(min=0), default=0, help="Processes. Default 0: one for each core."
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option("--no-progress", is_flag=True, help="No progress bar.")
@output_options
@project_options
def command(
    paths: tuple[str, ...],
    min_similarity: float,
    min_size: int,
    kinds: tuple[str, ...],
    include_tests: bool,
    include_boilerplate: bool,
    form: str,
    jobs: int,
    exit_zero: bool,
    no_progress: bool,
    output: str | None,
    colour: bool | None,
    root_path: str | None,
    config_path: str | None,
) -> None:
    """Find equal and nearly equal classes and functions. Needs no configuration.

    Copies are "exact" (all but layout and comments), "renamed" (the same after consistent renaming, other
    literals allowed) or "near". With PATHS, clusters with a member below one of them are reported; the whole
    project is searched, or the paths alone where they lie in none.
    """
    from ssot_lint.cli._output import emit, encoded, progress, use_colour
    from ssot_lint.cli._place import locate
    from ssot_lint.likeness.copies import Search, find_copies
    from ssot_lint.reporters.clusters import render
    from ssot_lint.settings.loading import is_project, load

    place = locate(paths, root_path, config_path)
    search = Search(
        similarity=min_similarity,
        minimum=min_size,
        kinds=kinds or KINDS,
        tests=include_tests,
        boilerplate=include_boilerplate,
        below=place.paths,
        alone=not (root_path or config_path or is_project(place.root)),
    )
    with progress(not no_progress) as update:
        copies = find_copies(
            place.root, load(place.root, place.config), search, jobs=jobs or None, progress=update
        )
    for path in copies.empty:
        say(f"ssot-lint: {path}: no Python file of the project is there")
    text = render(copies, form, use_colour(colour) and not output)
    emit(encoded(text, output, form), output)
    if copies.clusters and not exit_zero:
        raise click.exceptions.Exit(1)
