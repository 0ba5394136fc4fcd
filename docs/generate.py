"""Writes what is generated in the documentation: parts of README.md, docs/commands.md, docs/rules.md and docs/codemods.md.

    python docs/generate.py          write them
    python docs/generate.py --check  say which are out of date, and exit with 1

A capture stands between `<!-- capture: COMMAND -->` and `<!-- end -->`. Its command runs in the root of this
repository; `| head -n N` and `| tail -n N` at its end are understood.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click

from ssot_lint.cli._group import COMMANDS, cli
from ssot_lint.explain import codemods_document, handbook
from ssot_lint.plugins import load_codemods, load_rules

HERE = Path(__file__).resolve().parent.parent
CAPTURE = re.compile(r"<!-- capture: (.+?) -->\n.*?<!-- end -->", re.DOTALL)
HARD_CASES = runpy.run_path(str(HERE / "docs" / "hard_cases.py"))
PIPE = re.compile(r" \| (head|tail) -n (\d+)$")


def documents() -> dict[Path, str]:
    """Every generated file with what should stand in it."""
    readme = HERE / "README.md"
    text = CAPTURE.sub(lambda match: captured(match[1]), readme.read_text(encoding="utf-8"))
    return {
        readme: text,
        HERE / "docs" / "commands.md": commands(),
        HERE / "docs" / "rules.md": handbook(load_rules()),
        HERE / "docs" / "hard-cases.md": HARD_CASES["page"](),
        HERE / "docs" / "codemods.md": codemods_document(load_codemods().values()),
    }


def captured(command: str) -> str:
    """The marker, and the command with its real output."""
    return f"<!-- capture: {command} -->\n```console\n$ {command}\n{output(command)}```\n<!-- end -->"


def output(command: str) -> str:
    """What a command prints when it is piped, without colour, and without touching a cache."""
    pipe = PIPE.search(command)
    program, *arguments = shlex.split(command[: pipe.start()] if pipe else command)
    assert program == "ssot-lint", command
    found = subprocess.run(
        [sys.executable, "-m", "ssot_lint", *arguments, "--no-cache"],
        cwd=HERE,
        env={**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(HERE)},
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    assert found.returncode in (0, 1), found.stderr
    lines = found.stdout.splitlines(keepends=True)
    if pipe:
        count = int(pipe[2])
        lines = lines[:count] if pipe[1] == "head" else lines[-count:]
    return "".join(lines)


def commands() -> str:
    """All commands with their arguments, options and examples, from what `--help` shows."""
    parts = [
        "# Commands\n\nWritten by `python docs/generate.py` from the commands' own help; change that, not this file.\n"
    ]
    parts.append("\n".join(f"- [`{name}`](#{name}): {text}" for name, text in COMMANDS.items()) + "\n")
    parts.append(
        "Exit status: 0 nothing to report, 1 violations, 2 could not run, 130 interrupted. "
        "Colour and progress bars appear on a terminal only.\n"
    )
    context = click.Context(cli, info_name="ssot-lint")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        parts += section(command, context, f"ssot-lint {name}", 2)
    return "\n".join(parts)


def section(command: click.Command, parent: click.Context, title: str, level: int) -> Iterator[str]:
    context = click.Context(command, info_name=command.name, parent=parent)
    heading = title.removeprefix("ssot-lint ")
    yield f"{'#' * level} {heading}\n"
    yield f"    {title}{usage(command)}\n"
    yield f"{prose(command.help)}\n"
    rows = [row(param) for param in command.params if isinstance(param, click.Option)]
    if rows:
        yield "\n".join(["| option | |", "| --- | --- |", *rows]) + "\n"
    if command.epilog:
        yield f"```text\n{prose(command.epilog)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from section(inner, context, f"{title} {name}", level + 1)


def usage(command: click.Command) -> str:
    words = [" [OPTIONS]"]
    for param in command.params:
        if isinstance(param, click.Argument):
            name = (param.metavar or (param.name or "")).upper().strip("[].")
            words.append(name if param.required else f"[{name}]" + ("..." if param.nargs == -1 else ""))
    return " ".join(words + (["COMMAND"] if isinstance(command, click.Group) else []))


def prose(text: str | None) -> str:
    return cleandoc((text or "").replace("\b\n", "").replace("\b", ""))


def row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    kind: Any = option.type
    values = f" ({', '.join(map(str, kind.choices))})" if isinstance(kind, click.Choice) else ""
    default = f" Default: {option.default}." if option.show_default is True else ""
    says = " ".join(((option.help or "") + default).split())
    return f"| {names}{values} | {says} |"


def main(arguments: list[str]) -> int:
    stale = [
        (path, text)
        for path, text in documents().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        sys.stderr.write(
            f"{'out of date' if '--check' in arguments else 'wrote'}: {path.relative_to(HERE)}\n"
        )
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
