"""Does changed source parse, and come back from libcst byte for byte?

libcst takes ten times as long as `ast` for a file, and an edit of an import concerns one statement of it. So the whole
file goes to `ast`, and to libcst goes the innermost block of statements that holds all changed lines; what lies around it is
byte for byte as it was. Only where that block does not come back by itself, the whole file has to.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Iterator, Sequence

from ssot_lint.grammar import is_newer, newer_syntax

Version = tuple[int, int]


def flaw(before: bytes | None, after: bytes, target: Version | None = None) -> tuple[int, str] | None:
    """The line and the reason for which `after` may not be written; None when it may. `target`: the Python it runs on."""
    import libcst

    try:
        tree = ast.parse(after)
        if target is not None and target < sys.version_info[:2]:
            ast.parse(after, feature_version=target)
    except (SyntaxError, ValueError) as error:  # null bytes are a ValueError in older Pythons
        return getattr(error, "lineno", None) or 1, f"does not parse: {getattr(error, 'msg', error)}"
    newer = newer_syntax(after) if target is not None else None
    if (
        newer is not None and target is not None and is_newer(newer, target)
    ):  # f-strings, which `ast` does not hold to it
        return newer.line, f"needs Python {newer.needs}: {newer.message}"
    text = changed_statements(before, after, tree)
    if text is not None and _comes_back(text):
        return None
    try:
        module = libcst.parse_module(after)
    except libcst.ParserSyntaxError as error:
        return error.editor_line, f"libcst cannot parse it: {error.message}"
    except (SyntaxError, UnicodeDecodeError):
        return 1, "holds bytes that are none of its encoding"
    return None if module.bytes == after else (1, "does not round-trip through libcst")


def changed_statements(before: bytes | None, after: bytes, tree: ast.Module) -> str | None:
    """The text of the innermost statements of `after` that hold all changed lines; None: look at the whole file."""
    if before is None or not tree.body:
        return None
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    first = alike(old, new)
    last = len(new) - min(alike(old[::-1], new[::-1]), len(new) - first, len(old) - first)
    gone = first == last  # nothing came: what was beside it
    where = _around(tree.body, max(first + (not gone), 1), min(last + gone, len(new)))
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(after).readline)[0]
        text = b"".join(new[where[0] - 1 : where[1]]).decode(encoding)
    except (SyntaxError, UnicodeDecodeError):  # bytes that are none of its encoding
        return None
    return text.removeprefix("\ufeff")


def alike(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """How many lines two files have in common at the start."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _around(block: Sequence[ast.stmt], first: int, last: int) -> tuple[int, int]:
    """The first and the last line of the statements of a block that hold the lines from `first` to `last`, these included."""
    start, end = first, last
    while True:
        held = [node for node in block if _start(node) <= end and _end(node) >= start]
        grown = (
            min([start, *(_start(node) for node in held)]),
            max([end, *(_end(node) for node in held)]),
        )
        if grown == (start, end):
            break
        start, end = grown
    if len(held) == 1:
        for inner in _blocks(held[0]):
            if _start(held[0]) < _start(inner[0]) <= first and last <= _end(inner[-1]):
                return _around(inner, first, last)
    return start, end


def _blocks(node: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    """The blocks of statements within a statement."""
    for name in ("body", "orelse", "finalbody"):
        found = getattr(node, name, None)
        if found and isinstance(found, list):  # the body of a lambda is none
            yield found
    for name in ("handlers", "cases"):
        for arm in getattr(node, name, ()):
            yield from _blocks(arm)


def _start(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(item.lineno for item in decorators)])


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _comes_back(text: str) -> bool:
    import libcst

    code = text if text[:1] not in (" ", "\t", "\f") else f"if 1:\n{text}"
    try:
        return libcst.parse_module(code).code == code
    except Exception:  # whatever it stumbles over, the whole file decides
        return False
