"""Why a file does not parse: broken, or written for a newer Python."""

from __future__ import annotations

import re

from ssot_lint.model import Problem

_ENCODING = re.compile("codec|encoding")
_ESCAPE = re.compile(r"'(unicode|raw_unicode)_?escape' codec")


def problem_of(error: SyntaxError, source: bytes) -> Problem:
    message = error.msg or "invalid syntax"
    if "null bytes" in message:
        return null_bytes(message, source)
    # a bad escape within a string is told with a codec's message too
    encoding = _ENCODING.search(message) and not _ESCAPE.search(message)
    return Problem(
        "encoding" if encoding else "syntax", message, error.lineno or 1, max(error.offset or 1, 1)
    )


def null_bytes(message: str, source: bytes) -> Problem:
    at = source.find(b"\0")
    return Problem("null-bytes", message, source.count(b"\n", 0, at) + 1, at - source.rfind(b"\n", 0, at))


def diagnose(source: bytes, problem: Problem) -> Problem:
    """The same problem after a second opinion: `needs` is set when libcst's newer grammar reads the file."""
    if problem.kind != "syntax":
        return problem
    import libcst

    try:
        libcst.parse_module(source)
    except Exception:  # libcst raises several kinds, Rust panics among them; the first opinion stands
        return problem
    return Problem(problem.kind, problem.message, problem.line, problem.column, _newer(source, problem))


def _newer(source: bytes, problem: Problem) -> str:
    """The oldest Python whose grammar is known to have brought the construct near the error."""
    message = problem.message
    line = source.splitlines()[problem.line - 1 : problem.line]
    if "f-string" in message or (line and re.search(rb"\b[rR]?[fF][rR]?['\"]", line[0])):
        return "3.12"  # PEP 701
    if line and re.match(rb"\s*type\s+\w+", line[0]):
        return "3.12"  # PEP 695
    if line and re.match(rb"\s*(async\s+)?(def|class)\s+\w+\s*\[", line[0]):
        return "3.12"
    if line and re.search(rb"\b[tT][rR]?['\"]", line[0]):
        return "3.14"  # PEP 750
    if line and re.match(rb"\s*except\s+\w+\s*,", line[0]):
        return "3.14"  # PEP 758
    return "newer"
