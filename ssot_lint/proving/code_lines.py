"""Lines of Python, broken where a formatter would break them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ssot_lint.proving.shown import Name

WIDTH = 88

INDENT = "    "


def import_of(name: Name) -> str:
    line = f"from {name.module} import {name.name}"
    if len(line) <= WIDTH - 4:
        return line
    return f"from {name.module} import (\n{INDENT}{name.name},\n)"


def call_of(
    variable: str,
    function: str,
    arguments: Sequence[str],
    opening: str = "(",
    closing: str = ")",
    indent: int = 4,
) -> list[str]:
    """`variable = function(arguments)`, on one line if it fits, else as one indented line, else one for each."""
    before = f"{variable} = {function}{opening}" if variable else f"{function}{opening}"
    line = f"{before}{', '.join(arguments)}{closing}"
    if len(line) <= WIDTH - indent:
        return [line]
    inner = f"{INDENT}{', '.join(arguments)}"
    if opening == "(" and len(inner) <= WIDTH - indent:
        return [before, inner, closing]
    return [before, *listed(arguments, 1 if len(arguments) > 1 or opening != "(" else 0), closing]


def listed(arguments: Sequence[str], depth: int) -> list[str]:
    if depth == 0:
        return [f"{INDENT}{arguments[0]}"]
    return [f"{INDENT * depth}{argument}," for argument in arguments]


def indented(lines: Sequence[str]) -> Iterator[str]:
    for line in "\n".join(lines).split("\n"):
        yield f"{INDENT}{line}" if line else ""


def list_of(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def quoted(text: str) -> str:
    """A string literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)
