"""Suppressions and shim marks: the comments that speak to this tool."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from msgspec.structs import replace

from ssot_lint.model import ShimMark, Suppression

_SUPPRESSION = re.compile(r"#\s*ssot-lint:\s*ignore(?![\w-])(?:\[([^\]]*)\])?[:\s-]*(.*)$")
_SHIM = re.compile(r"#\s*ssot-lint:\s*shim\s+until\s+(\S+)")


_BETWEEN = frozenset({
    tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER,
})  # fmt: skip
"""Tokens with which no statement begins."""


def comments(source: bytes) -> tuple[tuple[Suppression, ...], tuple[ShimMark, ...]]:
    suppressions: list[Suppression] = []
    shims: list[ShimMark] = []
    first = 0  # line of the statement that is being read
    for token in _tokens(source):
        if token.type == tokenize.NEWLINE:
            if suppressions and suppressions[-1].line == token.start[0]:
                suppressions[-1] = replace(suppressions[-1], statement_line=first)
            first = 0
        if token.type != tokenize.COMMENT:
            first = first or (0 if token.type in _BETWEEN else token.start[0])
            continue
        line, column = token.start
        if found := _SUPPRESSION.search(token.string):
            rules = tuple(part.strip() for part in (found[1] or "").split(",") if part.strip())
            start = column + found.start() + 1
            own = not token.line[:column].strip()
            suppressions.append(
                Suppression(rules, found[2].strip(), line, start, column + len(token.string) + 1, own, line)
            )
        elif found := _SHIM.search(token.string):
            shims.append(ShimMark(found[1], line))
    return tuple(suppressions), tuple(shims)


def _tokens(source: bytes) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.tokenize(io.BytesIO(source).readline)
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return
