"""Writes docs/golden-path.md and its table in README.md: the platform of fixtures/golden_path, migrated for real.

    python docs/golden_path.py          run everything on a copy, and write the page (about a minute)
    python docs/golden_path.py --check  say whether it still says the same, and exit with 1 if not

Every block of the page is what a command printed. What differs from run to run, seconds and the names of runs, is
left out of the comparison.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent.parent
FIXTURE = HERE / "fixtures" / "golden_path"
PAGE = HERE / "docs" / "golden-path.md"
README = HERE / "README.md"
TABLE = re.compile(r"<!-- golden path -->\n.*?<!-- end -->", re.DOTALL)
GATE = "python -m pytest -q {tests}"
VARYING = (
    (re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}"), "RUN"),
    (re.compile(r"\d+(\.\d+)? ?s\b"), "N s"),
    (re.compile(r" +\d+ x web: .*"), "N x web"),  # who of them comes first is a race: that is the defect
)

TEXT = """\
# The golden path

Written by `python docs/golden_path.py`, which runs all of this; change that, not this file.

[`fixtures/golden_path`](../fixtures/golden_path) is a small chat platform that runs: users log in at the auth service, open
a websocket with their token and write a message; an agent with one tool runs, and five events arrive: `agent_started`,
`agent_thinking`, `tool_executing`, `tool_completed`, `agent_completed`. A user is served if exactly these arrive, in this
order, of the user's own run, with the answer in the last. As it stands nobody is served, at fifty users or at five hundred.
After `ssot-lint migrate`, with the platform's own tests as the gate of each batch, everybody is.

{table}

## What was broken

Nothing is switched off or slowed down in it. It fails by its duplicates, on each channel by another one; the canonical
definition beside it is right every time.

| channel | what a user saw | why | what the migration did |
| --- | --- | --- | --- |
| web | events of others; from the ninth user on `too many connections` | `get_websocket_manager` keeps one manager for all users | `await create_websocket_manager(context)` (`use-factory`) |
| mobile | HTTP 403 | a second `validate_mobile_token` decodes with a key of its own | the one `validate_token` (`replace-with-shim`, `rewrite-imports`) |
| v1 | `AttributeError` | a second `WebSocketManager` has no `send_to_thread` | the manager of the factory (`replace-with-shim`, `use-factory`) |
| desktop | `coroutine is no websocket manager` | an async factory is called without `await` | the `await` (`use-factory`) |
| partner | never `agent_completed` | a second engine returns early | the engine of the factory (`replace-with-shim`, `use-factory`) |

{before}

## The migration

What would be done, and in which order, without a file being written:

{plan}

Then for real. The tests that fail before are known by then, so that they do not stop a batch; one that fails on top would:

{migrate}

## Afterwards

{after}

What is left needs somebody's decision: duplicates that are no drop-in, contexts that nobody has at hand, tokens that no
`validate_token` would take. {left} places stay (findings of one rule in one line count as one), exactly those that
[`fixtures/golden_path.migrated/expected.json`](../fixtures/golden_path.migrated/expected.json) lists, written by hand, each with
the reason why it is refused. [A test](../tests/test_golden_path_migration.py) goes the whole way and compares. By rule:

{statistics}

A second run finds nothing to do:

{again}

## And back

{rollback}
"""


@dataclass(frozen=True)
class State:
    """What is measured before and after."""

    served: tuple[tuple[int, int], ...]  # of so many users
    channels: dict[str, tuple[int, int]]
    tests: str
    findings: Counter[str]


def main(arguments: list[str]) -> int:
    with TemporaryDirectory() as folder:
        page, table = written(copied(Path(folder)))
    readme = TABLE.sub(lambda _: table, README.read_text("utf-8"))
    wanted = {PAGE: page, README: readme}
    stale = [
        path
        for path, text in wanted.items()
        if not path.exists() or steady(path.read_text("utf-8")) != steady(text)
    ]
    for path in stale:
        sys.stderr.write(
            f"{'out of date' if '--check' in arguments else 'wrote'}: {path.relative_to(HERE)}\n"
        )
        if "--check" not in arguments:
            path.write_text(wanted[path], "utf-8")
    return int(bool(stale) and "--check" in arguments)


def steady(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, word in VARYING:
        text = pattern.sub(word, text)
    return text


def copied(folder: Path) -> Path:
    """The platform, under git."""
    root = folder / "platform"
    shutil.copytree(
        FIXTURE, root, ignore=shutil.ignore_patterns("__pycache__", ".ssot-lint", ".pytest_cache")
    )
    for command in (
        "git init -q",
        "git add -A",
        "git -c user.name=a -c user.email=a@example.org commit -qm Before",
    ):
        run(root, command)
    return root


def written(root: Path) -> tuple[str, str]:
    """The page and its table."""
    before = [
        shown(root, "python load.py --users 50 | tail -n 7"),
        shown(root, "python load.py --users 500 | tail -n 1"),
    ]
    was = measured(root)
    plan = shown(root, "ssot-lint plan | head -n 60", more=True)
    migrate = shown(root, f'ssot-lint migrate --gate "{GATE}"')
    after = [
        shown(root, "python load.py --users 50 | tail -n 1"),
        shown(root, "python load.py --users 500 | tail -n 1"),
        shown(root, "python -m pytest -q | tail -n 1"),
        shown(root, "ssot-lint status"),
        shown(root, "git diff --stat | tail -n 1"),
    ]
    now = measured(root)
    statistics = shown(root, "ssot-lint check --no-cache --quiet --statistics | tail -n 29")
    again = shown(root, "ssot-lint plan | tail -n 1")
    back = [
        shown(root, "ssot-lint rollback | tail -n 1"),
        shown(root, "git status --short"),
        shown(root, "python load.py --users 50 | tail -n 1"),
    ]
    table = tabulated(was, now)
    text = TEXT.format(
        table=table,
        before="\n\n".join(before),
        plan=plan,
        migrate=migrate,
        after="\n\n".join(after),
        left=now.findings.total(),
        statistics=statistics,
        again=again,
        rollback="\n\n".join(back),
    )
    return text, f"<!-- golden path -->\n{table}\n<!-- end -->"


def measured(root: Path) -> State:
    outcomes = {
        users: json.loads(run(root, f"python load.py --format json --users {users}")) for users in (50, 500)
    }
    channels: dict[str, list[bool]] = {}
    for user in outcomes[50]["users"]:
        channels.setdefault(user["channel"], []).append(user["failure"] is None)
    found: list[dict[str, Any]] = json.loads(run(root, "ssot-lint check --format json --no-cache"))[
        "diagnostics"
    ]
    places = {(item["rule"], item["path"], item["line"]) for item in found if item["status"] == "new"}
    tests = run(root, "python -m pytest -q").splitlines()[-1]
    return State(
        tuple((outcomes[users]["summary"]["served"], users) for users in outcomes),
        {channel: (sum(served), len(served)) for channel, served in channels.items()},
        tests.partition(" in ")[0].partition(", 2 warnings")[0],
        Counter(rule for rule, _, _ in places),
    )


def tabulated(was: State, now: State) -> str:
    rows = [("", "before", "after")]
    rows += [
        (
            f"users served, {users} at once",
            f"{one} ({100 * one / users:.4g} %)",
            f"{other} ({100 * other / users:.4g} %)",
        )
        for (one, users), (other, _) in zip(was.served, now.served, strict=True)
    ]
    rows += [
        (f"of these 50 on `{channel}`", f"{one} of {users}", f"{now.channels[channel][0]} of {users}")
        for channel, (one, users) in was.channels.items()
    ]
    rows.append(("the platform's own tests", was.tests, now.tests))
    rows.append(
        (
            "places with findings",
            str(was.findings.total()),
            f"{now.findings.total()}, each refused with a reason",
        )
    )
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "| --- | --- | --- |", *lines[1:]])


def shown(root: Path, command: str, *, more: bool = False) -> str:
    """A command with what it prints. `more`: lines were left out at the end, and it says so."""
    whole, _, pipe = command.partition(" | ")
    lines = run(root, whole).splitlines()
    if pipe:
        program, _, count = shlex.split(pipe)
        kept = lines[: int(count)] if program == "head" else lines[-int(count) :]
        lines = [*kept, "..."] if more and len(kept) < len(lines) else kept
    return "```console\n" + "\n".join([f"$ {command}", *(line.rstrip() for line in lines)]) + "\n```"


def run(root: Path, command: str) -> str:
    """What a command prints. It may find something (exit status 1) and may not fail."""
    program, *arguments = shlex.split(command)
    words = {"python": [sys.executable, "-W", "ignore"], "ssot-lint": [sys.executable, "-m", "ssot_lint"]}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    found = subprocess.run(
        [*words.get(program, [program]), *arguments],
        cwd=root,
        env={
            **kept,
            "PATH": path,
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONIOENCODING": "utf-8",
        },
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert found.returncode in (0, 1), f"{command}: {found.stdout}{found.stderr}"
    return found.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
