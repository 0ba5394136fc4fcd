"""`ssot-lint tests`: which tests protect each concept and each duplicate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ssot_lint.cli._options import (
    PathName,
    complete_concepts,
    complete_rules,
    format_option,
    output_options,
    project_options,
    run_options,
    split,
)
from ssot_lint.errors import UsageError

if TYPE_CHECKING:
    from ssot_lint.cli._project import Means


@click.command(
    "tests",
    short_help="Show which tests protect each concept and each duplicate; write tests for violations.",
    epilog="""\b
Examples:
  ssot-lint tests
  ssot-lint tests websocket-manager                name the tests
  ssot-lint tests --kind unit --kind integration   what is left without the slow ones
  ssot-lint tests --format markdown -o tests.md
  ssot-lint tests --generate tests/ssot            write a failing test for each violation
  ssot-lint tests websocket-manager --generate tests/ssot --select SSOT3

\b
Exit status: 0 shown or written, whatever is unprotected; 2 could not look.""",
)
@click.argument("concept", required=False, shell_complete=complete_concepts)
@click.option(
    "--concept",
    "concepts",
    multiple=True,
    shell_complete=complete_concepts,
    help="Only this concept or sequence; may be repeated.",
)
@click.option(
    "--kind",
    "wanted",
    multiple=True,
    metavar="KIND",
    help="Count test files of this kind only: unit, integration, e2e, mission-critical or a configured one; "
    "may be repeated.",
)
@format_option("text", "json", "markdown")
@click.option("-v", "--verbose", is_flag=True, help="Name every test file and test, however far away.")
@click.option(
    "--generate",
    "out",
    type=PathName(file_okay=False),
    help="Write tests to this directory that fail for as long as a violation is there; a module for each concept "
    "and sequence. Tests that are there already stay as they are.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    shell_complete=complete_rules,
    help="With --generate: only for these rules: ids, names, prefixes.",
)
@output_options
@run_options
@project_options
def command(
    concept: str | None,
    concepts: tuple[str, ...],
    wanted: tuple[str, ...],
    form: str,
    verbose: bool,
    out: str | None,
    select: tuple[str, ...],
    output: str | None,
    colour: bool | None,
    means: Means,
    root_path: str | None,
    config_path: str | None,
) -> None:
    """Show which tests protect each concept and each of its duplicates, by kind, and what has no test.

    A test uses a definition when its body, its set-up or a fixture that it gets names it, under whatever alias, or
    patches it. It reaches one when a chain of imports leads to a module that uses it. Tests that touch a
    duplicate and nothing else of the concept protect nothing: they are listed. With CONCEPT, the tests are named.

    A test is of a kind by its path or its markers: see [tests.kinds] in the configuration.

    With --generate, tests are written for the violations found: duplicates, factories, events, interfaces. Each
    fails now and passes when its violation is repaired. Run again, new tests are added and none is changed; those
    whose violation is gone are named.
    """
    import gc

    from ssot_lint.cli._named import require, require_some
    from ssot_lint.cli._output import emit, encoded, use_colour
    from ssot_lint.cli._project import open_named
    from ssot_lint.protecting.protected import of_kinds
    from ssot_lint.protecting.protection import overview, protection
    from ssot_lint.reporters.protection import View, render

    _refuse_mixed(wanted, form, verbose, out, select)
    gc.disable()  # facts hold no cycles, and the process ends when the answer is out
    opened = open_named(root_path, config_path, means)
    config = opened.config
    known = [*(item.name for item in config.concepts), *(item.name for item in config.sequences)]
    require_some(known)
    chosen = {*concepts, *([concept] if concept else [])}
    for name in sorted(chosen):
        require(name, known, "concept")
    if out is not None:
        from ssot_lint.cli._generating import generate, told

        written = generate(opened, out, tuple(sorted(chosen)), split(select))
        emit(encoded(told(written, out), output), output)
        return
    kinds = [kind.name for kind in config.test_kinds]
    for name in wanted:
        require(name, kinds, "kind of test", "kinds of tests")
    found = protection(opened.project, chosen or None)
    if wanted:
        found = tuple(of_kinds(item, wanted) for item in found)
    painted = use_colour(colour) and not output
    view = View(kinds, verbose or concept is not None, verbose, painted, _width(output))
    emit(encoded(render(overview(opened.project), found, form, view), output, form), output)


def _refuse_mixed(
    wanted: Sequence[str], form: str, verbose: bool, out: str | None, select: Sequence[str]
) -> None:
    """UsageError for options of the report where tests are to be written, and the other way round."""
    if out is not None and (wanted or verbose or form != "text"):
        raise UsageError(
            "--generate writes tests and goes with CONCEPT, --concept and --select only",
            "leave out --kind, --format and --verbose",
        )
    if select and out is None:
        raise UsageError("--select says which tests --generate writes", "add --generate DIRECTORY")


def _width(output: str | None) -> int:
    """The terminal's; without one, what a table needs that is read in a log."""
    import shutil
    import sys

    if output or not sys.stdout.isatty():
        return 200
    return shutil.get_terminal_size().columns
