"""`ssot-lint concepts`: each concept's canonical home and every claim to it."""

from __future__ import annotations

import click

from ssot_lint.cli._options import (
    complete_concepts,
    format_option,
    output_options,
    project_options,
    run_options,
)

KINDS = (
    "alias", "canonical", "companion", "duplicate", "protocol", "shim", "subclass", "test-case", "test-double",
    "variant",
)  # fmt: skip


@click.command(
    "concepts",
    short_help="Show each concept's canonical home and every claim to it.",
    epilog="""\b
Examples:
  ssot-lint concepts
  ssot-lint concepts websocket-manager             who imports each claim, too
  ssot-lint concepts --kind duplicate --kind shim
  ssot-lint concepts --format json -o claims.json

\b
Exit status: 0 shown, 2 could not look.""",
)
@click.argument("name", required=False, shell_complete=complete_concepts)
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(KINDS),
    multiple=True,
    help="Only claims of this kind; may be repeated.",
)
@format_option("text", "json")
@output_options
@run_options
@project_options
def command(
    name: str | None,
    kinds: tuple[str, ...],
    form: str,
    output: str | None,
    colour: bool | None,
    jobs: int,
    no_cache: bool,
    no_progress: bool,
    root_path: str | None,
    config_path: str | None,
) -> None:
    """Show each concept's canonical home, and every claim to it: what it is, why, and how many files import it.

    For duplicates the verdict says whether the canonical definition can take their place. With NAME, one concept
    only, with the files that import each claim.
    """
    from ssot_lint.cli._output import emit, encoded, progress, use_colour
    from ssot_lint.cli._place import locate
    from ssot_lint.cli._project import open_project
    from ssot_lint.errors import UsageError
    from ssot_lint.reporters.concepts import render
    from ssot_lint.settings.tables import unknown

    place = locate((), root_path, config_path)
    with progress(not no_progress) as update:
        opened = open_project(place, jobs=jobs, use_cache=not no_cache, progress=update)
    concepts = opened.config.concepts
    if not concepts:
        raise UsageError("no concepts are configured", "`ssot-lint init` proposes some")
    if name is not None:
        found = opened.config.concept(name)
        if found is None:
            raise UsageError(
                f"no concept is called {name!r}", unknown(name, [item.name for item in concepts], "concepts")
            )
        concepts = (found,)
    text = render(
        opened.project,
        concepts,
        form,
        kinds,
        importers=name is not None,
        colour=use_colour(colour) and not output,
    )
    emit(encoded(text, output, form), output)
