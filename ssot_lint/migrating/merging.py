"""Three versions of a file into one, by lines.

The algorithm is diff3's: Khanna, Kunal, Pierce, "A Formal Investigation of Diff3", 2007. Lines that all three
have in common split the file into chunks; a chunk that only one side changed is taken from that side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Region:
    """Lines that both sides changed, each its own way: first and last, from 1; last < first where there are none."""

    ours: tuple[int, int]
    theirs: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged content, or None and the regions where the sides differ."""

    content: bytes | None
    regions: tuple[Region, ...] = ()


def merge(base: bytes, ours: bytes, theirs: bytes) -> Merge:
    """Apply to `ours` what was changed from `base` to `theirs`. Line ends are a part of their line.

    `merge(b"a\\nb\\nc\\n", b"A\\nb\\nc\\n", b"a\\nb\\nC\\n").content == b"A\\nb\\nC\\n"`
    """
    if ours in (base, theirs) or theirs == base:
        return Merge(theirs if ours == base else ours)
    lines = tuple(content.splitlines(keepends=True) for content in (base, ours, theirs))
    parts: list[bytes] = []
    regions: list[Region] = []
    for b, o, t in _chunks(*lines):
        old, mine, other = lines[0][slice(*b)], lines[1][slice(*o)], lines[2][slice(*t)]
        if mine == old:
            parts += other
        elif other in (old, mine):
            parts += mine
        else:
            regions.append(Region((o[0] + 1, o[1]), (t[0] + 1, t[1])))
    return Merge(None, tuple(regions)) if regions else Merge(b"".join(parts))


Span = tuple[int, int]


def _chunks(
    base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes]
) -> Iterator[tuple[Span, Span, Span]]:
    """The three files cut alike: stretches that all have in common, and what stands between them."""
    b = o = t = 0
    for start, mine, other, size in _common(base, ours, theirs):
        yield (b, start), (o, mine), (t, other)
        yield (start, start + size), (mine, mine + size), (other, other + size)
        b, o, t = start + size, mine + size, other + size
    yield (b, len(base)), (o, len(ours)), (t, len(theirs))


def _common(
    base: Sequence[bytes], ours: Sequence[bytes], theirs: Sequence[bytes]
) -> Iterator[tuple[int, int, int, int]]:
    """Where all three have the same lines: place in each, and how many."""
    left, right = _matches(base, ours), _matches(base, theirs)
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        stop = min(left[i][0] + left[i][2], right[j][0] + right[j][2])
        if start < stop:
            yield start, start - left[i][0] + left[i][1], start - right[j][0] + right[j][1], stop - start
        if left[i][0] + left[i][2] < right[j][0] + right[j][2]:
            i += 1
        else:
            j += 1


def _matches(base: Sequence[bytes], other: Sequence[bytes]) -> list[tuple[int, int, int]]:
    """Equal stretches of two files: place in each, and how many lines."""
    head = 0
    limit = min(len(base), len(other))
    while head < limit and base[head] == other[head]:
        head += 1
    tail = 0
    while tail < limit - head and base[-1 - tail] == other[-1 - tail]:
        tail += 1
    middle = SequenceMatcher(
        None, base[head : len(base) - tail], other[head : len(other) - tail], autojunk=False
    )
    found = [(0, 0, head)]
    found += [(head + a, head + b, size) for a, b, size in middle.get_matching_blocks()]
    found.append((len(base) - tail, len(other) - tail, tail))
    return [block for block in found if block[2]]
