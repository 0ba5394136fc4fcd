"""Suppressions and shim marks: the comments that speak to this tool."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from ssot_lint.model import ShimMark, Suppression

_SUPPRESSION = re.compile(r"#\s*ssot-lint:\s*ignore(?![\w-])(?:\[([^\]]*)\])?[:\s-]*(.*)$")
_SHIM = re.compile(r"#\s*ssot-lint:\s*shim\s+until\s+(\S+)")


def comments(source: bytes) -> tuple[tuple[Suppression, ...], tuple[ShimMark, ...]]:
    suppressions: list[Suppression] = []
    shims: list[ShimMark] = []
    for token in _tokens(source):
        if token.type != tokenize.COMMENT:
            continue
        line, column = token.start
        if found := _SUPPRESSION.search(token.string):
            rules = tuple(part.strip() for part in (found[1] or "").split(",") if part.strip())
            start = column + found.start() + 1
            own = not token.line[:column].strip()
            suppressions.append(
                Suppression(rules, found[2].strip(), line, start, column + len(token.string) + 1, own)
            )
        elif found := _SHIM.search(token.string):
            shims.append(ShimMark(found[1], line))
    return tuple(suppressions), tuple(shims)


def _tokens(source: bytes) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.tokenize(io.BytesIO(source).readline)
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return
