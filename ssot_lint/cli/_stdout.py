"""Bytes to standard output, and what to do when nobody takes them."""

from __future__ import annotations

import os
import sys


def write_out(body: bytes | memoryview) -> None:
    """Write the bytes as they are. A reader who has gone, as `| head` does, is nobody's mistake."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(body)
        sys.stdout.flush()
    except BrokenPipeError:  # nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a full disk; nothing more can be written, at exit neither
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        from ssot_lint.errors import UsageError

        raise UsageError(
            f"cannot write to standard output: {error.strerror or error}",
            "write to another place with --output",
        ) from error
