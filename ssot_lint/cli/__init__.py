"""The command line: one module a command, loaded when it is run, so that `--help` and `--version` are instant."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from ssot_lint import __version__
from ssot_lint.errors import SsotLintError

COMMANDS = {
    "init": "Propose concepts from the code and write a commented configuration.",
    "check": "Report what violates the single source of truth.",
    "concepts": "Show each concept's canonical home and every claim to it.",
    "duplicates": "Find equal and near-equal classes and functions; no configuration needed.",
    "explain": "Show a rule's page, or the evidence for one finding.",
    "graph": "Draw the class and import graph of a concept.",
    "cache": "Show or delete what earlier runs kept.",
    "rules": "List the rules.",
    "baseline": "Adopt today's violations, and keep the number going down.",
}
"""Each is a module of this package with a click command called `command`; the text is its line in `--help`."""

INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used, and not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"ssot_lint.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Commands: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="""\b
Examples:
  ssot-lint init             propose a configuration
  ssot-lint check            check the project in the current directory
  ssot-lint explain SSOT201  what a rule finds, and why

\b
Exit status: 0 nothing to report, 1 violations, 2 could not run.
Shell completion: eval "$(_SSOT_LINT_COMPLETE=bash_source ssot-lint)", or zsh_source, fish_source.""",
)
@click.version_option(__version__, prog_name="ssot-lint", message="%(prog)s %(version)s")
def cli() -> None:
    """Find every violation of the single source of truth in a Python repository."""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 nothing to report, 1 violations, 2 could not run, 130 interrupted."""
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line -> exit status. What the user can mend is one message, never a traceback."""
    arguments = list(sys.argv[1:] if args is None else args)
    try:
        status = cli.main(args=arguments, prog_name="ssot-lint", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except SsotLintError as error:
        if error.__cause__ is not None and {"--verbose", "-v"} & set(arguments):
            import traceback

            traceback.print_exception(error.__cause__)
        click.echo(f"ssot-lint: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        _silence_threads()
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo(
            f"ssot-lint {__version__}: this is a bug in ssot-lint, not in your project: report it", err=True
        )
        return SsotLintError.exit_code


def _silence_threads() -> None:
    """Let no thread report that the work it waits for was cancelled (https://github.com/python/cpython/issues/107219)."""
    if "threading" in sys.modules:
        import threading

        threading.excepthook = lambda args: None
