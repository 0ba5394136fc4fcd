"""Bytes to standard output, words to standard error, and what to do when nobody takes them."""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False  # `typing` costs 3 ms
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from ssot_lint.errors import UsageError


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def write_out(body: bytes | memoryview) -> None:
    """Write the bytes as they are. A reader who has gone, as `| head` does, is nobody's mistake."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(body)
        sys.stdout.flush()
    except BrokenPipeError:  # nobody is left to tell
        give_up()
    except OSError as error:  # a full disk
        give_up()
        raise refusal(error) from error


def say(text: str, end: str = "\n") -> None:
    """A message on standard error. The exit status is the same whether anybody takes it or not."""
    import click

    heard_or_not(lambda: click.echo(text, err=True, nl=bool(end)))


def heard_or_not(speak: Callable[[], object]) -> None:
    """Call what writes to standard error: a full disk, or a reader who has gone, ends nothing."""
    try:
        speak()
    except OSError:
        give_up(sys.stderr)


def is_refusal(error: OSError) -> bool:
    """Is it a stream that took no more? Of a file that was opened by its name the error would say the name."""
    return error.filename is None and error.errno in _NO_ROOM


def refusal(error: OSError) -> UsageError:
    """What to tell the user of it."""
    from ssot_lint.errors import UsageError

    return UsageError(
        f"cannot write to standard output: {error.strerror or error}",
        "write to another place with --output",
    )


def give_up(stream: TextIO | None = None) -> None:
    """Send what is still to be written (to standard output) nowhere: at exit it could be written as little as now."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), (stream or sys.stdout).fileno())


def open_closed_streams() -> None:
    """Give a process that was started without one of the standard streams (`>&-`) one that leads nowhere.

    Else the next file that is opened would get its number, and be written to.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", errors="backslashreplace"))  # noqa: PTH123, SIM115
