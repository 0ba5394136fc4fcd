"""`ssot-lint graph`: the classes of a concept and who imports them, as a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

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


@click.command(
    "graph",
    short_help="Draw the class and import graph of a concept.",
    epilog="""\b
Examples:
  ssot-lint graph websocket-manager | dot -Tsvg > manager.svg
  ssot-lint graph websocket-manager --kind classes --format mermaid
  ssot-lint graph --format graphml -o concepts.graphml   all concepts

\b
Exit status: 0 drawn, 2 could not draw.""",
)
@click.argument("concept", required=False, shell_complete=complete_concepts)
@click.option(
    "--kind",
    type=click.Choice(("imports", "classes")),
    default="imports",
    show_default=True,
    help="Claims and the modules that import them, or claims and what they derive from.",
)
@format_option("dot", "mermaid", "json", "graphml")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="With more importing modules than this, they are put together by package.",
)
@output_options
@run_options
@project_options
def command(
    concept: str | None,
    kind: str,
    form: str,
    limit: int,
    output: str | None,
    colour: bool | None,
    means: Means,
    root_path: str | None,
    config_path: str | None,
) -> None:
    """Draw the class or import graph of CONCEPT, or of all concepts.

    Nodes carry the kind of each claim: canonical, duplicate, shim, test double and so on.
    """
    from ssot_lint.cli._named import require, require_some
    from ssot_lint.cli._output import emit, encoded
    from ssot_lint.cli._project import open_named
    from ssot_lint.graphs import FORMATS, graph

    opened = open_named(root_path, config_path, means)
    known = [item.name for item in opened.config.concepts]
    require_some(known)
    if concept is not None:
        require(concept, known, "concept")
    wanted = [concept] if concept is not None else known
    found = graph(opened.project, wanted, cast(Literal["imports", "classes"], kind), limit)
    emit(encoded(FORMATS[form](found), output, form), output)
