"""The `ssot-lint` command: a group whose members are imported when they are used."""

from __future__ import annotations

from importlib import import_module

import click

from ssot_lint import __version__

COMMANDS = {
    "init": "Propose concepts from the code and write a commented configuration.",
    "check": "Report what violates the single source of truth.",
    "concepts": "Show each concept's canonical home and every claim to it.",
    "duplicates": "Find equal and near-equal classes and functions; no configuration needed.",
    "explain": "Show the page of a rule or codemod, or the evidence for one finding.",
    "graph": "Draw the class and import graph of a concept.",
    "plan": "Plan a migration: phases, batches, blast radius, refusals.",
    "migrate": "Carry a migration out, batch by batch, each behind its gates.",
    "resume": "Go on with a migration that was stopped.",
    "status": "Show the runs of `migrate`, and where each stands.",
    "rollback": "Take back what a run wrote, and keep what was edited since.",
    "tests": "Show which tests protect each concept and each duplicate; write tests for violations.",
    "cache": "Show or delete what earlier runs kept.",
    "rules": "List the rules.",
    "baseline": "Adopt today's violations, and keep the number going down.",
}
"""Each is a module of this package with a click command called `command`; the text is its line in `--help`."""


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
