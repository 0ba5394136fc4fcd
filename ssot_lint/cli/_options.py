"""Options that several commands share, with what the shell completes for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])


def project_options(command: F) -> F:
    """`--root` and `--config`: which project."""
    for option in (
        click.option(
            "--config",
            "config_path",
            type=click.Path(dir_okay=False),
            help="Read this file, not the nearest ssot-lint.toml or pyproject.toml.",
        ),
        click.option(
            "--root",
            "root_path",
            type=click.Path(file_okay=False),
            help="The project root. Default: the folder of the configuration.",
        ),
    ):
        command = option(command)
    return command


def run_options(command: F) -> F:
    """`--jobs`, `--no-cache`, `--no-progress`: how to read the project."""
    for option in (
        click.option("--no-progress", is_flag=True, help="No progress bar."),
        click.option("--no-cache", is_flag=True, help="Read every file anew; keep nothing."),
        click.option(
            "-j",
            "--jobs",
            type=click.IntRange(min=0),
            default=0,
            help="Processes. Default 0: one for each core.",
        ),
    ):
        command = option(command)
    return command


def output_options(command: F) -> F:
    """`--output` and `--color`: where the text goes."""
    for option in (
        click.option(
            "--color/--no-color", "colour", default=None, help="Default: on a terminal, unless NO_COLOR."
        ),
        click.option(
            "-o",
            "--output",
            type=click.Path(dir_okay=False, allow_dash=True),
            help="Write to this file, in one step.",
        ),
    ):
        command = option(command)
    return command


def split(values: Sequence[str]) -> tuple[str, ...]:
    """`("a,b", "c")` -> `("a", "b", "c")`."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def complete_concepts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The concepts that the project of the current directory configures."""
    from pathlib import Path

    from ssot_lint.config import find_root, load
    from ssot_lint.errors import SsotLintError

    try:
        concepts = load(find_root(Path.cwd())).concepts
    except SsotLintError:
        return []  # the command itself will say what is wrong
    return [CompletionItem(c.name, help=c.canonical) for c in concepts if c.name.startswith(incomplete)]


def complete_rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids and names of the installed rules; several, joined by commas, are completed one by one."""
    from ssot_lint.plugins import load_rules

    before, comma, last = incomplete.rpartition(",")
    return [
        CompletionItem(f"{before}{comma}{key}", help=rule.summary)
        for rule in load_rules()
        for key in (rule.id, rule.name)
        if key.lower().startswith(last.lower())
    ]


def complete_runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The runs of the current directory's project, newest first."""
    from pathlib import Path

    from ssot_lint.config import find_root
    from ssot_lint.errors import SsotLintError
    from ssot_lint.runs import ids

    try:
        return [CompletionItem(id) for id in ids(find_root(Path.cwd())) if id.startswith(incomplete)]
    except SsotLintError:
        return []  # the command itself will say what is wrong
