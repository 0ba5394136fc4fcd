"""The passages of files that were read again from their texts, and whether they say what they said.

A passage is a function by its qualified name, or, under "", what stands in no function: modules and bodies of classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b

from ssot_lint.model import FileFacts
from ssot_lint.queries.mentions import other_lines
from ssot_lint.reading.text import with_newlines

Passages = Mapping[str, bytes]
"""Passage -> the hash of its text."""


def passages(
    facts: FileFacts, source: bytes, indexes: Iterable[int], names: Collection[str] = ()
) -> Passages | None:
    """The functions that were read, by the indexes of their definitions, and the passages in which a name stands.

    None where one cannot be told by its name.
    """
    wanted = {facts.definitions[index].qualname if index >= 0 else "" for index in indexes}
    return _hashed(facts, source, wanted | _naming(facts, source, names))


def are_the_same(facts: FileFacts, source: bytes, before: Passages, names: Collection[str]) -> bool:
    """Do the passages say what they said, and do the names stand in no other ones?"""
    return _naming(facts, source, names) <= before.keys() and _hashed(facts, source, before.keys()) == before


def _naming(facts: FileFacts, source: bytes, names: Collection[str]) -> set[str]:
    """The passages in which one of these names stands."""
    if not names:
        return set()
    places = _functions(facts)
    return {
        next((name for name, (first, last) in places.items() if first <= line <= last), "")
        for line in other_lines(facts, source, names)
    }


def moved_lines(old: FileFacts, new: FileFacts, before: Passages) -> dict[int, int]:
    """Line before -> line now, of all functions among the passages, which are the same in both readings."""
    then, now = _functions(old, every=True), _functions(new, every=True)
    return {
        line: line - then[name][0] + now[name][0]
        for name in before
        if name
        for line in range(then[name][0], then[name][1] + 1)
    }


def _hashed(facts: FileFacts, source: bytes, wanted: Collection[str]) -> Passages | None:
    lines = with_newlines(source).split(b"\n")
    counts = Counter(item.qualname for item in facts.definitions)
    places = _functions(facts, every=True)
    found: dict[str, bytes] = {}
    for name in sorted(wanted):
        if not name:
            found[name] = _hash(_outside(facts, lines))
        elif counts[name] == 1 and name in places:
            first, last = places[name]
            found[name] = _hash(lines[first - 1 : last])
        else:
            return None
    return found


def _functions(facts: FileFacts, every: bool = False) -> dict[str, tuple[int, int]]:
    """Function -> its first line, with decorators, and its last one; only those in no other function, unless `every`."""
    found: dict[str, tuple[int, int]] = {}
    last = 0
    for item in facts.definitions:
        if not item.is_class and (every or item.first_line > last):
            found[item.qualname] = item.first_line, item.end_line
            last = max(last, item.end_line)
    return found


def _outside(facts: FileFacts, lines: list[bytes]) -> list[bytes]:
    """The lines that belong to no function; where one stands, its indentation."""
    kept: list[bytes] = []
    last = 0
    for first, end in sorted(_functions(facts).values()):
        kept += lines[last : first - 1]
        head = lines[first - 1] if first <= len(lines) else b""
        kept.append(head[: len(head) - len(head.lstrip())] + b"\x00")
        last = end
    return kept + lines[last:]


def _hash(lines: list[bytes]) -> bytes:
    return blake2b(b"\n".join(lines), digest_size=16).digest()
