"""Where words occur in the bytes of a file: asked of every file, so it has to be cheap where there are none."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence

SHORTEST_PART = 4
"""Bytes that words must share to be looked for together: less occurs everywhere."""

FEW = 4
"""Words of a group that are looked for everywhere, rather than in the lines that hold their part."""

Group = tuple[bytes, tuple[bytes, ...]]


@functools.cache
def literals(words: re.Pattern[bytes]) -> tuple[bytes, ...]:
    """The literal words of the pattern that `words` makes."""
    return tuple(re.sub(rb"\\(.)", rb"\1", word) for word in words.pattern.split(b"|"))


@functools.cache
def groups(words: tuple[bytes, ...]) -> tuple[Group, ...]:
    """The words, those together that share a part, with that part: where it is absent, so are they all."""
    left, found = sorted(set(words)), []
    while left:
        counts = Counter(part for word in left for part in _parts(word))
        shared = [part for part, count in counts.items() if count > 1]
        if not shared:
            break
        # the longer a part is, the fewer files hold it without holding a word
        part = max(shared, key=lambda part: (counts[part] * (len(part) - SHORTEST_PART + 1), part))
        found.append((part, tuple(word for word in left if part in word)))
        left = [word for word in left if part not in word]
    return (*found, *((word, (word,)) for word in left))


def _parts(word: bytes) -> set[bytes]:
    ends = range(SHORTEST_PART, len(word) + 1)
    return {word[start:end] for end in ends for start in range(end - SHORTEST_PART + 1)}


def present(source: bytes, words: tuple[bytes, ...]) -> list[bytes]:
    """Those of the words that occur, wherever it is. No word holds a line end."""
    found: list[bytes] = []
    for part, group in groups(words):
        if part in source:
            # the lines that hold the part are few, but finding them takes as long as looking for some words
            text = _lines_with(source, part) if len(group) > FEW else source
            found += [word for word in group if word is part or word in text]
    return found


def _lines_with(source: bytes, part: bytes) -> bytes:
    """The lines that hold a part."""
    found: list[bytes] = []
    at = source.find(part)
    while at >= 0:
        end = source.find(b"\n", at)
        if end < 0:
            end = len(source)
        found.append(source[source.rfind(b"\n", 0, at) + 1 : end])
        at = source.find(part, end)
    return b"\n".join(found)


def lines_of(source: bytes, words: Iterable[bytes], *, whole: bool = False) -> list[int]:
    """The numbers of the lines in which one of the words occurs, ascending; `whole`: not as a part of a name."""
    places: list[int] = []
    for word in words:  # one search a word is far faster than a pattern of alternatives
        size = len(word)
        at = source.find(word)
        while at >= 0:
            # what follows is a part of a name far more often than what comes before: `execute`, `patched`
            if whole and (source[at + size : at + size + 1] in _IN_NAME or source[at - 1 : at] in _IN_NAME):
                at = source.find(word, at + 1)
                continue
            places.append(at)
            at = source.find(b"\n", at)
            # past the line end: there the empty word is again, which stands for a pattern without a literal part
            at = source.find(word, at + 1) if at >= 0 else -1
    places.sort()
    line, last = 1, 0
    found: list[int] = []
    for place in places:
        line += source.count(b"\n", last, place)
        last = place
        if not found or found[-1] != line:
            found.append(line)
    return found


_IN_NAME = frozenset(
    bytes([byte]) for byte in range(256) if byte >= 128 or chr(byte).isalnum() or byte == ord("_")
)
"""The bytes that a name may hold, each by itself."""


def any_in(lines: Sequence[int], first: int, last: int) -> bool:
    """Is one of the ascending numbers in this range?"""
    at = bisect_left(lines, first)
    return at < len(lines) and lines[at] <= last
