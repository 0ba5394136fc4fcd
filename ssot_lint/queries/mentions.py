"""Where names stand in a text that was searched for them, besides where its facts say it already."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator

from ssot_lint.linking.surroundings import at_module_level
from ssot_lint.model import MODULE, FileFacts
from ssot_lint.reading.occurrences import lines_of
from ssot_lint.reading.text import with_newlines

_ITEM = re.compile(rb"\s*(['\"])\w+\1,?\s*(?:#.*)?$")

_DOCSTRING = re.compile(
    rb"""(?:[ \t]*(?:#.*)?\n)*[rR]?(?:"{3}[^"\\]*(?:"{1,2}[^"\\]+)*"{3}|'{3}[^'\\]*'{3})[ \t]*\n"""
)
"""What a module says of itself at its top, if that is easily told; with the lines above it."""


def other_lines(facts: FileFacts, source: bytes, names: Collection[str]) -> set[int]:
    """The lines on which these names stand, but for imports at module level, `__all__` and where definitions are called so.

    What the module says of itself, and comments outside functions, are no code either: whoever looks for bodies or values
    with such a name finds none in a file without such lines.
    """
    source = with_newlines(source)
    found = set(lines_of(source, sorted(name.encode() for name in names), whole=True))
    for item in facts.imports:
        if item.scope == MODULE:
            found.difference_update(range(item.statement_line, item.end_line + 1))
    for definition in facts.definitions:
        if definition.name in names and at_module_level(facts, definition.parent):
            found.discard(definition.line)
    if not found:
        return found
    lines = source.split(b"\n")
    docstring = _DOCSTRING.match(source)
    if docstring is not None:
        found.difference_update(range(1, docstring[0].count(b"\n") + 1))
    inside = [range(item.line, item.end_line + 1) for item in facts.definitions if not item.is_class]
    found -= {
        number
        for number in found
        if lines[number - 1].lstrip().startswith(b"#") and not any(number in body for body in inside)
    }
    return found.difference(_listed(facts, lines))


def _listed(facts: FileFacts, lines: list[bytes]) -> Iterator[int]:
    """The lines that hold one item of an `__all__`, and nothing else."""
    exports = {item.line for item in facts.assignments if item.name == "__all__" and item.scope == MODULE}
    starts = sorted(
        exports.union(
            (item.line for item in facts.assignments),
            (item.first_line for item in facts.definitions),
            (item.statement_line for item in facts.imports),
        )
    )
    for number, line in enumerate(lines, 1):
        at = bisect_right(starts, number) - 1
        if at >= 0 and starts[at] in exports and _ITEM.match(line):
            yield number
