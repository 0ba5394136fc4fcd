"""Options that several commands share, with what the shell completes for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from ssot_lint.cli._lock import WAIT
from ssot_lint.cli._project import Means

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")


class Number(click.FloatRange):
    """A number in a range, which "nan" is not, although no comparison says so."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


class PathName(click.Path):
    """A path, which nothing is not: that is what `--output "$OUT"` says where OUT is not set."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("The name is empty.", param, ctx)
        return super().convert(value, param, ctx)


def project_options(command: F) -> F:
    """`--root` and `--config`: which project."""
    for option in (
        click.option(
            "--config",
            "config_path",
            type=PathName(dir_okay=False),
            help="Read this file, not the nearest ssot-lint.toml or pyproject.toml.",
        ),
        click.option(
            "--root",
            "root_path",
            type=PathName(file_okay=False),
            help="The project root. Default: the folder of the configuration.",
        ),
    ):
        command = option(command)
    return command


def format_option(*forms: str, what: str = "it") -> Callable[[F], F]:
    """`--format`: one of these, the first of them unless said otherwise."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help=f"How to write {what}.",
    )


def run_options(command: Callable[..., R]) -> Callable[..., R]:
    """`--jobs`, `--no-cache`, `--no-progress`: how to read the project; the command gets them as its `means`."""

    @wraps(command)
    def gathering(*given: Any, jobs: int, no_cache: bool, no_progress: bool, **others: Any) -> R:
        return command(*given, means=Means(jobs, not no_cache, not no_progress), **others)

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
        gathering = option(gathering)
    return gathering


def output_options(command: F) -> F:
    """`--output` and `--color`: where the text goes."""
    for option in (
        click.option(
            "--color/--no-color", "colour", default=None, help="Default: on a terminal, unless NO_COLOR."
        ),
        click.option(
            "-o",
            "--output",
            type=PathName(dir_okay=False, allow_dash=True),
            help="Write to this file, in one step.",
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan is to be for, as the command line says it; None and empty: not said."""

    concepts: tuple[str, ...] = ()
    phases: tuple[int, ...] = ()
    owners: tuple[str, ...] = ()
    max_files: int | None = None
    max_tests: int = 0
    accept: tuple[str, ...] = ()
    text_references: bool = False


def selection_options(command: Callable[..., int]) -> Callable[..., int]:
    """`--concept`, `--phase`, `--owner`, `--max-files` and the like; the command gets them as one `wanted`."""

    @wraps(command)
    def gathering(**given: Any) -> int:
        wanted = Wanted(**{item.name: given.pop(item.name) for item in fields(Wanted)})
        return command(wanted=wanted, **given)

    for option in (
        click.option(
            "--text-references",
            is_flag=True,
            help="Rewrite mentions in TOML, YAML, INI, Dockerfile and Markdown too; else they are listed.",
        ),
        click.option(
            "--max-tests",
            type=click.IntRange(min=0),
            default=0,
            help="Test files that {tests} names for a batch, the nearest ones. Default 0: all that reach it.",
        ),
        click.option(
            "--accept",
            multiple=True,
            metavar="SYMBOL",
            help="Replace this duplicate (module:Name) though its verdict is adapter or manual: you have looked.",
        ),
        click.option(
            "--max-files",
            type=click.IntRange(min=1),
            help="Files of a batch. Default: 25, or as configured under [migrate].",
        ),
        click.option(
            "--owner", "owners", multiple=True, metavar="OWNER", help="Only concepts of this owner."
        ),
        click.option(
            "--phase",
            "phases",
            type=click.IntRange(1, 5),
            multiple=True,
            help="Only this phase; may be repeated.",
        ),
        click.option(
            "--concept",
            "concepts",
            multiple=True,
            metavar="NAME",
            shell_complete=complete_concepts,
            help="Only this concept; may be repeated.",
        ),
    ):
        gathering = option(gathering)
    return gathering


def gate_options(gates: str, seconds: str) -> Callable[[F], F]:
    """`--gate`, `--gate-timeout`, `--commit`, `--wait`: how each batch is judged and kept.

    `gates` and `seconds` say what holds where the command line says nothing: then they are () and None.
    """

    def decorate(command: F) -> F:
        for option in (
            click.option(
                "--wait",
                type=Number(min=0),
                default=WAIT,
                show_default=True,
                help="Seconds to wait for another process that changes the project.",
            ),
            click.option("--commit", "commits", is_flag=True, help="Make one git commit of each batch."),
            click.option(
                "--gate-timeout",
                type=click.IntRange(min=1),
                metavar="SECONDS",
                help=f"For one run of a gate. Default: {seconds}.",
            ),
            click.option(
                "--gate",
                "gates",
                multiple=True,
                metavar="COMMAND",
                callback=_gates,
                help="Run after each batch; {tests} stands for the test files that reach it. May be repeated. "
                f"Default: {gates}.",
            ),
        ):
            command = option(command)
        return command

    return decorate


def _gates(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    from ssot_lint.settings.forms import gate

    for command in given:
        if expected := gate(command):
            raise click.BadParameter(f"found {command!r}, expected {expected}.", ctx, param)
    return given


def split(values: Sequence[str]) -> tuple[str, ...]:
    """`("a,b", "c")` -> `("a", "b", "c")`."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def complete_concepts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The concepts that the project of the current directory configures."""
    from pathlib import Path

    from ssot_lint.errors import SsotLintError
    from ssot_lint.settings.loading import find_root, load

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


def complete_pages(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids and names of the installed rules, and the codemods."""
    from ssot_lint.plugins import load_codemods

    codemods = [CompletionItem(name) for name in load_codemods() if name.startswith(incomplete.lower())]
    return complete_rules(ctx, param, incomplete) + codemods


def complete_runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The runs of the current directory's project, newest first."""
    from pathlib import Path

    from ssot_lint.errors import SsotLintError
    from ssot_lint.migrating.runs import ids
    from ssot_lint.settings.loading import find_root

    try:
        return [CompletionItem(id) for id in ids(find_root(Path.cwd())) if id.startswith(incomplete)]
    except SsotLintError:
        return []  # the command itself will say what is wrong
