"""`ssot-lint concepts`: each concept's canonical home and every claim to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ssot_lint.cli._options import (
    complete_concepts,
    format_option,
    output_options,
    project_options,
    run_options,
)

if TYPE_CHECKING:
    from ssot_lint.cli._project import Means

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
    means: Means,
    root_path: str | None,
    config_path: str | None,
) -> None:
    """Show each concept's canonical home, and every claim to it: what it is, why, and how many files import it.

    For duplicates the verdict says whether the canonical definition can take their place. With NAME, one concept
    only, with the files that import each claim.
    """
    from ssot_lint.cli._named import require, require_some
    from ssot_lint.cli._output import emit, encoded, use_colour
    from ssot_lint.cli._project import open_named
    from ssot_lint.reporters.concepts import render

    opened = open_named(root_path, config_path, means)
    known = [concept.name for concept in opened.config.concepts]
    require_some(known)
    if name is not None:
        require(name, known, "concept")
    text = render(
        opened.project,
        [concept for concept in opened.config.concepts if name in (None, concept.name)],
        form,
        kinds,
        importers=name is not None,
        colour=use_colour(colour) and not output,
    )
    emit(encoded(text, output, form), output)
