"""`ssot-lint init`: read the code, propose concepts, write them as commented configuration."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ssot_lint.cli._options import PathName, run_options
from ssot_lint.cli._stdout import say
from ssot_lint.wording import count

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lint.cli._place import Place
    from ssot_lint.cli._project import Means, Opened
    from ssot_lint.model import FileFacts
    from ssot_lint.proposals.propose import Draft

_TOKENS = re.compile(rb"jwt|jose|jws|decode|encode|Json")


@click.command(
    "init",
    short_help="Propose concepts from the code and write a commented configuration.",
    epilog="""\b
Examples:
  ssot-lint init --dry-run                see what would be written
  ssot-lint init --dry-run --format text  the same as a ranked list
  ssot-lint init                          write ssot-lint.toml, or [tool.ssot-lint] in pyproject.toml

\b
Exit status: 0 written or printed, 2 could not look, or there are settings already.""",
)
@click.option("--dry-run", is_flag=True, help="Print, and write nothing.")
@click.option(
    "--min-claims",
    type=click.IntRange(min=2),
    default=2,
    show_default=True,
    help="Fewest classes of a concept.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=30, show_default=True, help="Most concepts to propose."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "toml")),
    help="What to print: a ranked list, or the configuration. Default: toml for --dry-run, else text.",
)
@click.option(
    "--root",
    "root_path",
    type=PathName(file_okay=False),
    help="The project root. Default: the nearest project that holds the current directory.",
)
@run_options
def command(
    dry_run: bool,
    min_claims: int,
    limit: int,
    form: str | None,
    root_path: str | None,
    means: Means,
) -> None:
    """Propose concepts from the code alone, ranked, with the reasons for each canonical choice.

    A concept is proposed when several classes are one thing by name and members, or when one class has several
    import paths, shims or test doubles. What is unsure is written as a comment: a whole concept where no import is
    broken, few tests have a double, and no class is a copy of another. Existing settings are never overwritten.
    """
    from ssot_lint.cli._output import emit, encoded
    from ssot_lint.cli._place import locate
    from ssot_lint.proposals import draft as drafts

    place = locate((), root_path)
    if not dry_run:
        _refuse_existing(place)
    found = _draft(place, means, min_claims, limit)
    into_pyproject = (place.root / "pyproject.toml").exists() and not (place.root / "ssot-lint.toml").exists()
    if form == "toml" or (form is None and dry_run):
        emit(encoded(drafts.toml(found, "tool.ssot-lint" if into_pyproject else "root"), None, "toml"), None)
    else:
        emit(encoded(drafts.text(found), None), None)
    if not dry_run and (found.proposals or found.exclude or found.capability):
        _write(place.root / ("pyproject.toml" if into_pyproject else "ssot-lint.toml"), found)


def _draft(place: Place, means: Means, min_claims: int, limit: int) -> Draft:
    """What to propose for a project, whatever it configures now."""
    from ssot_lint.cli._output import progress
    from ssot_lint.cli._project import read_project
    from ssot_lint.proposals.propose import propose
    from ssot_lint.proposals.testdata import data_folders
    from ssot_lint.proposals.tokens import capability, token_files
    from ssot_lint.settings.loading import load

    settings = replace(load(place.root), concepts=(), capabilities=(), sequences=(), rules={})
    with progress(means.shows_progress) as draw:
        opened = read_project(place, settings, means, draw)
        data = tuple(f"{folder}/**" for folder in data_folders(opened.project))
        if data:  # nothing in it speaks for a concept
            settings = replace(settings, exclude=(*settings.exclude, *data))
            opened = read_project(place, settings, means, draw)
    found = propose(opened.project, min_claims, limit)
    exclude = {*found.exclude, *data}
    inner = {
        path for path in exclude if any(path != other and path.startswith(other[:-2]) for other in exclude)
    }
    bodies = _bodies(opened, token_files(opened.project))
    return replace(
        found, exclude=tuple(sorted(exclude - inner)), capability=capability(opened.project, bodies)
    )


def _write(target: Path, found: Draft) -> None:
    """Write the settings, after what pyproject.toml holds already, and say how many."""
    from ssot_lint.cli._output import emit
    from ssot_lint.proposals import draft as drafts
    from ssot_lint.settings.toml import decode

    if target.name == "pyproject.toml":
        before = target.read_bytes()
        body = before + drafts.addition(decode(before, target.name), found).encode()
    else:
        body = drafts.toml(found).encode()
    emit(body, str(target))
    sure = sum(item.sure for item in found.proposals)
    guesses = len(found.proposals) - sure
    more = f", and {count(guesses, 'guess')} as comments" if guesses else ""
    what = count(sure, "concept") if found.proposals else "settings"
    say(f"wrote {what} to {target.name}{more}")


def _refuse_existing(place: Place) -> None:
    from ssot_lint.errors import ConfigError
    from ssot_lint.settings.pyproject import has_tool_table

    hint = "See what it would propose with --dry-run, and copy what you want."
    if (place.root / "ssot-lint.toml").exists():
        raise ConfigError("ssot-lint.toml exists, and init does not overwrite it", hint)
    if has_tool_table(place.root / "pyproject.toml"):
        raise ConfigError("pyproject.toml has a table [tool.ssot-lint], and init does not touch it", hint)


def _bodies(opened: Opened, files: tuple[int, ...]) -> dict[int, FileFacts]:
    """The files read again, deeply: who calls what."""
    from ssot_lint.facts import extract

    found = {}
    for file in files:
        try:
            source = (opened.place.root / opened.project.files[file].path).read_bytes()
        except OSError:  # gone since it was scanned
            continue
        found[file] = extract(source, _TOKENS)
    return found
