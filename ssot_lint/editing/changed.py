"""What an edit changes of a file: the innermost statements around the changed lines, before and after."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ALIKE = 3
"""So many lines that are alike part two changes."""

_NEAR = 60
"""Changes of more lines than this are looked at together with those that follow."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The text of neighbouring statements, with their lines' ends, and what stood in their place."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that went, and those that came in their place: indices from 0, the last one left out."""

    gone: tuple[int, int]
    came: tuple[int, int]


def changed_statements(before: bytes | None, after: bytes, tree: ast.Module) -> tuple[Changed, ...] | None:
    """The innermost statements of `after`, whose tree it is, that hold the changed lines; None: look at the whole file."""
    if before is None or not tree.body:
        return None
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    runs = tuple(_runs(old, new))
    places: list[tuple[int, int]] = []
    for first, last in (run.came for run in runs):
        gone = first == last  # nothing came: what was beside it
        place = _around(tree.body, max(first + (not gone), 1), min(last + gone, len(new)))
        if any(start <= place[0] and place[1] <= end for start, end in places):
            continue
        places = [(start, end) for start, end in places if not (place[0] <= start and end <= place[1])]
        places.append(place)
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(after).readline)[0]
        return tuple(
            Changed(
                b"".join(old[slice(*_earlier(runs, start, end))]).decode(encoding).removeprefix("\ufeff"),
                b"".join(new[start - 1 : end]).decode(encoding).removeprefix("\ufeff"),
            )
            for start, end in places
        )
    except (SyntaxError, UnicodeDecodeError):  # bytes that are none of its encoding
        return None


def _earlier(runs: Sequence[Run], start: int, end: int) -> tuple[int, int]:
    """Where in the old file what stood in place of the lines from `start` to `end`, counted from 1, begins and ends."""
    within = [run for run in runs if start - 1 <= run.came[1] and run.came[0] <= end]
    first, last = within[0], within[-1]
    return start - 1 + first.gone[0] - first.came[0], end + last.gone[1] - last.came[1]


def binds_the_same(parts: Sequence[Changed]) -> bool:
    """Were all parts imports, and are they, of the same local names? The file's names mean what they meant, then."""
    return all(
        (names := _imported(part.after)) is not None and names == _imported(part.before) for part in parts
    )


def _imported(text: str) -> Counter[str] | None:
    """How often each name is bound by statements that are all imports; None for others, and for stars."""
    found: Counter[str] = Counter()
    try:
        body = ast.parse(nested(text)).body
    except (SyntaxError, ValueError):
        return None
    if nested(text) != text and isinstance(body[0], ast.If):
        body = body[0].body
    for statement in body:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            return None
        for alias in statement.names:
            if alias.name == "*":
                return None
            plain = isinstance(statement, ast.Import) and not alias.asname
            found[alias.name.partition(".")[0] if plain else alias.asname or alias.name] += 1
    return found


def nested(text: str) -> str:
    """Statements of whatever block, so that they parse by themselves."""
    return text if text[:1] not in (" ", "\t", "\f") else f"if 1:\n{text}"


def _runs(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Run]:
    """The runs of lines that are not alike, in order."""
    start = alike(old, new)
    end = min(alike(old[::-1], new[::-1]), len(old) - start, len(new) - start)
    ours, theirs = old[start : len(old) - end], new[start : len(new) - end]
    here = there = 0
    while here < len(ours) or there < len(theirs):
        same = alike(ours[here:], theirs[there:])
        here, there = here + same, there + same
        gone, came = _next_alike(ours, theirs, here, there)
        if gone or came:
            yield Run((start + here, start + here + gone), (start + there, start + there + came))
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
