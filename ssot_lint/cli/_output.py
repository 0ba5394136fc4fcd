"""Where text goes: standard output or a file, with colour and progress on a terminal only."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import IO, TYPE_CHECKING

from ssot_lint.cli._stdout import write_out
from ssot_lint.errors import UsageError

if TYPE_CHECKING:
    from rich.progress import TaskID

FRAME = 0.1
"""Seconds between two drawings of the progress bar."""

PATIENCE = 0.5
"""Seconds of work before a progress bar appears."""

Progress = Callable[[str, int, int], None]


FOR_PEOPLE = ("text", "concise", "markdown")
"""Formats that a terminal shows; programs read the others."""


_STEERING = re.compile(r"[\0-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;]*m|\]8;|\\)")
"""What would steer a terminal, for instance from the name of a file; colours and links are ours."""


def use_colour(wish: bool | None, stream: IO[str] | None = None) -> bool:
    """Colour as the flag says; else as NO_COLOR (no-color.org), FORCE_COLOR and the terminal say."""
    stream = stream or sys.stdout
    if wish is not None:
        return wish
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def encoded(text: str, output: str | None, form: str = "text") -> bytes:
    """The bytes of a text: UTF-8 for a file and for programs, else the terminal's encoding; what it lacks is escaped.

    JSON is UTF-8 (RFC 8259, 8.1), so is the XML that says so, and `\\x` is no escape of either.
    """
    encoding = "utf-8" if output or form not in FOR_PEOPLE else sys.stdout.encoding or "utf-8"
    if form in FOR_PEOPLE:
        text = _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)
    return text.encode(encoding, "backslashreplace")


def emit(body: bytes, output: str | None) -> None:
    """Write to standard output, or replace the file `output` in one step: a reader never sees half of it."""
    if output:
        _replace(output, body)
    else:
        write_out(body)


def _replace(output: str, body: bytes) -> None:
    from pathlib import Path
    from tempfile import NamedTemporaryFile

    target = Path(output)
    temporary = None
    try:
        if target.exists() and not target.is_file():  # a pipe or /dev/stdout cannot be replaced
            target.write_bytes(body)
            return
        target = Path(os.path.realpath(target))  # `resolve` raises another kind of error at a loop of links
        with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(body)
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise UsageError(
            f"cannot write {output}: {error.strerror or error}",
            "name a file in a directory that exists and that you may write to",
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def progress(wanted: bool) -> Iterator[Progress | None]:
    """A callback `(stage, done, total)` that draws a bar on standard error once the work has taken a while."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    started = monotonic()
    draw: Progress | None = None

    def update(stage: str, done: int, total: int) -> None:
        nonlocal draw
        if draw is None and monotonic() - started > PATIENCE:
            draw = stack.enter_context(_bar())
        if draw is not None:
            draw(stage, done, total)

    with ExitStack() as stack:
        yield update


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    tasks: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    drawn = 0.0
    # drawn from here, not by a thread of its own: beside a thread no process is forked
    with Bar(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:

        def draw(stage: str, done: int, total: int) -> None:
            nonlocal drawn
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)
            if monotonic() - drawn > FRAME or done == total:
                bar.refresh()
                drawn = monotonic()

        yield draw
