"""Why a file does not parse: broken, or written for a newer Python than the one it is deployed on, or read with."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator

from ssot_lint.model import Problem
from ssot_lint.reading.handlers import named_as_in_python_2

OLDEST = (3, 11)
"""The oldest Python that reads source here: what it can parse needs no newer one."""

DEEPEST = 200
"""The brackets within one another that CPython's parser allows. libcst has no such limit: it ends the process."""

LONGEST = 500
"""The operators, dots and calls of one expression up to which libcst answers soon: its time grows with their cube."""

_PARENTHESES = re.compile("exception types must be parenthesized|except expressions without parentheses")

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
    if problem.kind != "syntax" or _bracket_depth(source) > DEEPEST or _longest_chain(source) > LONGEST:
        return problem
    if _CHARACTER.match(problem.message):  # no Python has it, and libcst takes a second byte order mark
        return problem
    if not _is_read_by_libcst(source):
        as_fstrings = _TSTRING.sub(_as_fstring, source)
        # joined, they are a "Logic error" for libcst 1.9; as f-strings it reads them
        if as_fstrings == source or not _is_read_by_libcst(as_fstrings):
            return problem
    return _dated(source, problem, _newer(source, problem))


def _dated(source: bytes, problem: Problem, needs: str) -> Problem:
    """The problem with the Python whose grammar accepts it; of its own kind where Python 2 meant something else."""
    if _PARENTHESES.search(problem.message) and (old := named_as_in_python_2(source)) is not None:
        line, name = old
        message = f"in Python 2 this names the exception; nothing binds {name}, which Python 3.14 looks up"
        column = problem.column if line == problem.line else 1
        return Problem("python-2", message, line, column, needs)
    return Problem(problem.kind, problem.message, problem.line, problem.column, needs)


def _is_read_by_libcst(source: bytes) -> bool:
    import libcst

    try:
        libcst.parse_module(source)
    except Exception:  # libcst raises several kinds, Rust panics among them; the first opinion stands
        return False
    return True


_CHARACTER = re.compile("invalid (non-printable )?character")
_TSTRING = re.compile(rb"(?<!\w)(?:[tT][rR]?|[rR][tT])(?=['\"])")


def _as_fstring(prefix: re.Match[bytes]) -> bytes:
    return prefix[0].replace(b"t", b"f").replace(b"T", b"F")


def too_deep() -> Problem:
    """What CPython cannot hold, no other version can; and libcst, asked all the same, may crash or take minutes."""
    return Problem("depth", "too deeply nested for the parser")


def _bracket_depth(source: bytes) -> int:
    """How deep brackets are within one another, those in strings and comments counted too."""
    depth = deepest = 0
    for bracket in re.finditer(rb"[][(){}]", source):
        depth = depth + 1 if bracket[0] in b"([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


_OPAQUE = re.compile(
    rb"""\"{3}.*?\"{3} | '{3}.*?'{3} | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | \#[^\n]*""",
    re.DOTALL | re.VERBOSE,
)
_END = re.compile(rb"[,;]|(?<![-+*/%@&|^~.(\[{\\=<>])\n(?=[ \t]*[A-Za-z_@\n])")
_LINK = re.compile(rb"[-+*/%@&|^~.(\[]|\b(?:not|lambda|if|await)\b")


def _longest_chain(source: bytes) -> int:
    """About how many operators, dots, calls and subscripts hang together at most."""
    code = _OPAQUE.sub(b"0", source.replace(b"\r\n", b"\n"))
    return max(len(_LINK.findall(piece)) for piece in _END.split(code))


def _newer(source: bytes, problem: Problem) -> str:
    """The oldest Python whose grammar is known to have brought the construct near the error."""
    message = problem.message
    if _PARENTHESES.search(message):
        return "3.14"  # PEP 758
    if "unpacking cannot be used in" in message:
        return "3.15"  # PEP 798
    lines = source.splitlines()[problem.line - 1 :]
    line = lines[0] if lines else b""
    if "f-string" in message or re.search(rb"\b[rR]?[fF][rR]?['\"]", line):
        return "3.12"  # PEP 701
    if opened := re.match(rb"\s*(?:type|(?:async\s+)?def|class)\s+\w+\s*(\[?)", line):
        has_default = opened[1] and _has_default(b"\n".join(lines)[opened.end() :])
        return "3.13" if has_default else "3.12"  # PEP 696, PEP 695
    if _TSTRING.search(line):
        return "3.14"  # PEP 750
    if re.match(rb"\s*lazy\s+(import|from)\b", line):
        return "3.15"  # PEP 810
    return "newer"


def _has_default(parameters: bytes) -> bool:
    """Do type parameters, from behind their bracket on, give one a default?"""
    depth = 1
    for sign in re.finditer(rb"[][(){}]|(?<![=!<>:])=(?!=)", _OPAQUE.sub(b"0", parameters)):
        if sign[0] == b"=" and depth == 1:
            return True
        depth += {b"[": 1, b"(": 1, b"{": 1, b"]": -1, b")": -1, b"}": -1}.get(sign[0], 0)
        if not depth:
            break
    return False


def newer_syntax(source: bytes) -> Problem | None:
    """What keeps the `OLDEST` Python from parsing a file that the running one parses: its `needs` says which could.

    So the answer for a target is the same whichever Python asks. For every file, hence a look at the bytes first.
    """
    if sys.version_info[:2] <= OLDEST:
        return None
    found = [*_gated(source), *_newer_fstrings(source)]
    return min(found, key=lambda problem: (-_minor(problem), problem.line, problem.column), default=None)


def is_newer(problem: Problem, target: tuple[int, int]) -> bool:
    """Does what a `newer_syntax` names need a Python after `target`?"""
    return (3, _minor(problem)) > target


def _minor(problem: Problem) -> int:
    return int(problem.needs.partition(".")[2])


_MARKS = (  # patterns that start with letters are five times as fast as one that does not
    re.compile(rb"type[ \t]+\w+[ \t]*[=\[]"),
    re.compile(rb"def[ \t]+\w+[ \t]*\["),
    re.compile(rb"class[ \t]+\w+[ \t]*\["),
    *(
        (re.compile(rb"except\b[ \t*]+(?:\([^)\n]*\)[ \t]*|[^(:#\n]*),"), _TSTRING)
        if sys.version_info >= (3, 14)
        else ()
    ),
)


def _gated(source: bytes) -> Iterator[Problem]:
    """The newest syntax that the parser itself turns down for an older version."""
    if not any(pattern.search(source) for pattern in _MARKS):
        return
    for minor in range(sys.version_info.minor - 1, OLDEST[1] - 1, -1):
        try:
            ast.parse(source, feature_version=(3, minor))
        except SyntaxError as error:
            problem = Problem("syntax", error.msg, error.lineno or 1, error.offset or 1)
            yield _dated(source, problem, f"3.{minor + 1}")
            return


_FIELD = tuple(  # a field of an f-string that goes on at a quote, backslash, comment or line end
    re.compile(letter + rb"""[rR]?(?:"[^"\n]*\{[^"}\n]*["\\#\n]|'[^'\n]*\{[^'}\n]*['\\#\n])""")
    for letter in (b"f", b"F")
)
_TRIPLE = tuple(re.compile(letter + rb"""[rR]?(?:\"{3}|'{3})""") for letter in (b"f", b"F"))
_LONG_FIELD = re.compile(rb"""\{[^{}]*(?:[\\#]|\"{3}|'{3})""")
_LITERAL = re.compile(  # as a string ended before Python 3.12: at the first quote that is its own
    r"""[a-zA-Z]{1,2}(?:
        \"{3}(?:[^"\\]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
        | "(?!"")(?:[^"\\\n]|\\.)*" | '(?!'')(?:[^'\\\n]|\\.)*' | "" | ''
    )""",
    re.DOTALL | re.VERBOSE,
)


def _newer_fstrings(source: bytes) -> Iterator[Problem]:
    """The f-strings that only PEP 701 allows: quotes used again, backslashes, comments and lines within fields."""
    if not any(pattern.search(source) for pattern in _FIELD) and not (
        any(pattern.search(source) for pattern in _TRIPLE) and _LONG_FIELD.search(source)
    ):
        return
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        lines = io.StringIO(source.decode(encoding), newline="\n").readlines()
        tokens = list(tokenize.tokenize(io.BytesIO(source).readline))
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError, LookupError):
        return  # a comment holds bytes that are none of its encoding
    started: list[tuple[int, int]] = []
    for token in tokens:
        kind, (line, column) = tokenize.tok_name[token.type], token.start
        inside = len(started) > (kind == "FSTRING_MIDDLE")
        if inside and (
            kind == "COMMENT" or (kind.startswith(("STRING", "FSTRING_M")) and "\\" in token.string)
        ):
            what = "a comment" if kind == "COMMENT" else "a backslash"
            yield Problem("syntax", f"{what} within a field of an f-string", line, column + 1, "3.12")
        elif kind == "FSTRING_START":
            started.append(token.start)
        elif kind == "FSTRING_END":
            line, column = started.pop()
            text = "".join(lines[line - 1 : token.end[0]])
            end = len(text) - len(lines[token.end[0] - 1]) + token.end[1]
            old = _LITERAL.match(text, column)
            if old is None or old.end() != end:
                yield Problem(
                    "syntax",
                    "an f-string with its own quotes or line ends in a field",
                    line,
                    column + 1,
                    "3.12",
                )
