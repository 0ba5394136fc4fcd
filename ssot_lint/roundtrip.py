"""Does changed source parse, and come back from libcst byte for byte?

libcst takes ten times as long as `ast` for a file, and an edit of an import concerns one statement of it. So the whole
file goes to `ast`, and to libcst go the innermost blocks of statements that hold the changed lines; what lies around them is
byte for byte as it was. Only where such a block does not come back by itself, the whole file has to.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Iterator, Sequence

from ssot_lint.grammar import is_newer, newer_syntax
from ssot_lint.source import Source

Version = tuple[int, int]

_ALIKE = 3
"""So many lines that are alike part two changes."""

_NEAR = 60
"""Changes of more lines than this are looked at together with those that follow."""


def flaw(before: bytes | None, source: Source, target: Version | None = None) -> tuple[int, str] | None:
    """The line and the reason for which a source may not be written in place of `before`; None when it may.

    `target`: the Python it runs on.
    """
    import libcst

    after = source.content
    try:
        tree = source.tree
        if target is not None and target < sys.version_info[:2]:
            ast.parse(after, feature_version=target)
    except (SyntaxError, ValueError) as error:  # null bytes are a ValueError in older Pythons
        return getattr(error, "lineno", None) or 1, f"does not parse: {getattr(error, 'msg', error)}"
    newer = newer_syntax(after) if target is not None else None
    if (
        newer is not None and target is not None and is_newer(newer, target)
    ):  # f-strings, which `ast` does not hold to it
        return newer.line, f"needs Python {newer.needs}: {newer.message}"
    texts = changed_statements(before, after, tree)
    if texts is not None and all(map(_comes_back, texts)):
        return None
    try:
        module = libcst.parse_module(after)
    except libcst.ParserSyntaxError as error:
        return error.editor_line, f"libcst cannot parse it: {error.message}"
    except (SyntaxError, UnicodeDecodeError):
        return 1, "holds bytes that are none of its encoding"
    return None if module.bytes == after else (1, "does not round-trip through libcst")


def changed_statements(before: bytes | None, after: bytes, tree: ast.Module) -> tuple[str, ...] | None:
    """The texts of the innermost statements of `after` that hold the changed lines; None: look at the whole file."""
    if before is None or not tree.body:
        return None
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    places: list[tuple[int, int]] = []
    for first, last in _changes(old, new):
        gone = first == last  # nothing came: what was beside it
        place = _around(tree.body, max(first + (not gone), 1), min(last + gone, len(new)))
        if any(start <= place[0] and place[1] <= end for start, end in places):
            continue
        places = [(start, end) for start, end in places if not (place[0] <= start and end <= place[1])]
        places.append(place)
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(after).readline)[0]
        texts = [b"".join(new[start - 1 : end]).decode(encoding) for start, end in places]
    except (SyntaxError, UnicodeDecodeError):  # bytes that are none of its encoding
        return None
    return tuple(text.removeprefix("\ufeff") for text in texts)


def _changes(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """(first, last) of the runs of lines of `new` that are not those of `old`, in order; nothing came where both are one."""
    start = alike(old, new)
    end = min(alike(old[::-1], new[::-1]), len(old) - start, len(new) - start)
    ours, theirs = old[start : len(old) - end], new[start : len(new) - end]
    here = there = 0
    while here < len(ours) or there < len(theirs):
        same = alike(ours[here:], theirs[there:])
        here, there = here + same, there + same
        gone, came = _next_alike(ours, theirs, here, there)
        if gone or came:
            yield start + there, start + there + came
        here, there = here + gone, there + came


def _next_alike(old: Sequence[bytes], new: Sequence[bytes], here: int, there: int) -> tuple[int, int]:
    """How many lines went and came until some lines are alike again: the fewest, or all that are left."""
    left, further = len(old) - here, len(new) - there
    for count in range(1, _NEAR):
        for gone in range(min(count, left) + 1):
            came = count - gone
            mine = old[here + gone : here + gone + _ALIKE]
            if came <= further and len(mine) == _ALIKE and mine == new[there + came : there + came + _ALIKE]:
                return gone, came
    return left, further


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
