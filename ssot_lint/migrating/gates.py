"""Gates: the user's own commands, run after each batch. A gate passes when nothing fails that did not fail before.

`{tests}` in a command stands for the tests that reach the changed files. The command is the only thing that
ssot-lint ever runs of a project.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from ssot_lint.errors import UsageError
from ssot_lint.wording import some

TESTS = "{tests}"

_LONGEST_ARGUMENT = 100_000
"""Characters; Linux takes 128 KiB in one argument. A longer command is handed to the shell as its input."""

_FAILURE = re.compile(r"^(?:FAILED|ERROR) ([^\s].*?)(?: - .*)?$", re.MULTILINE)
_CUT_SHORT = re.compile(
    r"^!+ (?:\S*Interrupted: )?(stopping after \d+ failures?|\d+ errors? during collection) !+$", re.MULTILINE
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Gate:
    """A shell command and how many seconds it may take."""

    command: str
    timeout: float


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a gate. `failures`: the tests that its output names as failed or as errors."""

    command: str  # as it was run
    status: int | None  # None: it ran out of time
    output: bytes
    seconds: float
    failures: frozenset[str]

    @property
    def passed(self) -> bool:
        return self.status == 0


def run_gate(gate: Gate, root: Path, tests: Sequence[str]) -> Result | None:
    """Run a gate in the project -> what came of it; None when it asks for tests and none reach the change.

    The command gets a session of its own, so that what it started ends with it when time runs out.
    """
    command = gate.command
    if TESTS in command:
        if not tests:
            return None
        command = command.replace(TESTS, " ".join(shlex.quote(test) for test in tests))
    started = monotonic()
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # no stale .pyc of files that come and go
    script = command.encode() if len(command) > _LONGEST_ARGUMENT else None
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-s"] if script else ["/bin/sh", "-c", command],
            cwd=root,
            env=environment,
            stdin=subprocess.PIPE if script else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(f"gate {gate.command!r} cannot be run: {error.strerror or error}") from error
    status: int | None
    try:
        output, _ = process.communicate(script, timeout=gate.timeout)
        status = process.returncode
    except subprocess.TimeoutExpired:
        _end(process)
        output, _ = process.communicate()
        output += f"\nssot-lint: stopped after {gate.timeout:g} s\n".encode()
        status = None
    except BaseException:
        _end(process)
        raise
    return Result(command, status, output, monotonic() - started, failures(output))


def failures(output: bytes) -> frozenset[str]:
    """The tests that pytest's short summary names as failed or in error."""
    return frozenset(found[1] for found in _FAILURE.finditer(_text(output)))


def cut_short(output: bytes) -> str:
    """How pytest says that it left tests out, after a failure or for a module that it cannot collect; "" if it did not."""
    found = _CUT_SHORT.search(_text(output))
    return found[1] if found else ""


def _text(output: bytes) -> str:
    return _COLOUR.sub("", output.decode("utf-8", "replace")).replace("\r", "")


def verdict(before: Result | None, after: Result) -> str:
    """Why a gate does not let a batch through; "" when it does.

    A gate that failed before lets through what fails in no other test than before, if all tests were run.
    """
    if after.passed:
        return ""
    if after.status is None:
        return "ran out of time"
    new = sorted(after.failures - (before.failures if before is not None else frozenset()))
    if new:
        return f"fails: {some(new)}"
    if how := cut_short(after.output):
        return f"does not run all tests ({how})"
    if before is not None and not before.passed and after.failures:
        return ""
    return f"ends with exit status {after.status}"


def unusable(result: Result) -> str:
    """Why a gate cannot judge anything, seen from its run on the untouched tree; "" when it can."""
    if result.passed:
        return ""
    if how := cut_short(result.output):
        return f"does not run all tests on the untouched tree ({how})"
    if result.status is not None and result.failures:
        return ""
    if result.status is None:
        return "runs out of time on the untouched tree"
    if result.status in (126, 127):
        return "cannot be run"
    return f"ends with exit status {result.status} on the untouched tree without naming a failed test"


def ending(result: Result, lines: int = 5) -> str:
    """The last lines of a gate's output that are not empty, each indented; "" when it printed nothing."""
    told = [line.rstrip() for line in _text(result.output).splitlines() if line.strip()]
    return "\n".join(f"    {line}" for line in told[-lines:])


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
