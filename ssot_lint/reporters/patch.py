"""Edits -> a unified diff that `patch -p1` and `git apply` take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}


def render(
    contents: Mapping[int, Mapping[str, tuple[bytes | None, bytes | None]]], *, colour: bool = False
) -> str:
    """One patch of all batches together: each file from its bytes before the first to those after the last."""
    whole: dict[str, tuple[bytes | None, bytes | None]] = {}
    for _, files in sorted(contents.items()):
        for path, (before, after) in files.items():
            whole[path] = (whole[path][0] if path in whole else before, after)
    text = "".join(line for path, pair in sorted(whole.items()) for line in patch(path, *pair))
    if not colour:
        return text
    return "".join(_coloured(line) for line in text.splitlines(keepends=True))


def patch(path: str, before: bytes | None, after: bytes | None) -> Iterator[str]:
    """The unified diff of one file; nothing when it stays the same."""
    if before == after:
        return
    old = "/dev/null" if before is None else f"a/{path}"
    new = "/dev/null" if after is None else f"b/{path}"
    for line in unified_diff(_lines(before), _lines(after), old, new):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes | None) -> list[str]:
    return _LINES.findall((content or b"").decode("utf-8", "backslashreplace"))


def _coloured(line: str) -> str:
    start = _COLOURS.get(line[:1], "\x1b[1m" if line.startswith(("---", "+++")) else "")
    if line.startswith(("---", "+++")):
        start = "\x1b[1m"
    return f"{start}{line.rstrip(chr(10))}\x1b[0m\n" if start else line
