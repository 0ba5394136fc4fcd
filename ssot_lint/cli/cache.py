"""`ssot-lint cache`: what earlier runs kept."""

from __future__ import annotations

import click

from ssot_lint.cli._options import project_options
from ssot_lint.cli._place import locate
from ssot_lint.wording import count


@click.group(
    "cache",
    short_help="Show or delete what earlier runs kept.",
    epilog="""\b
Examples:
  ssot-lint cache info
  ssot-lint cache clean

\b
Exit status: 0 done, 2 could not.""",
)
def command() -> None:
    """Show or delete what earlier runs kept.

    The cache holds what was read from each file, by content, and the last reports. It may be deleted at any
    time; SSOT_LINT_CACHE_DIR moves it out of the project.
    """


@command.command(
    epilog="""\b
Examples:
  ssot-lint cache info

\b
Exit status: 0 done, 2 could not."""
)
@project_options
def info(root_path: str | None, config_path: str | None) -> None:
    """Show where the cache is, how large, and what it holds."""
    from ssot_lint.cache import info as read_info

    found = read_info(locate((), root_path, config_path).root)
    click.echo(
        f"{found.path}: {_size(found.size)}, {count(found.records, 'file')}, {count(found.outputs, 'report')}"
    )


@command.command(
    epilog="""\b
Examples:
  ssot-lint cache clean

\b
Exit status: 0 done, 2 could not."""
)
@project_options
def clean(root_path: str | None, config_path: str | None) -> None:
    """Delete the cache."""
    from ssot_lint.cache import clean as delete

    freed = delete(locate((), root_path, config_path).root)
    click.echo(f"{_size(freed)} freed")


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
