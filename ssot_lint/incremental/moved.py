"""A report on files whose lines have moved since: the same findings, where they stand now."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from ssot_lint.model import Diagnostic, Report

Lines = Mapping[int, int]
"""Line before -> line now, for all lines that a fact of the file names."""
Ends = Mapping[tuple[int, int, int, int], tuple[int, int]]
"""Line and column where a definition began and ended before -> those where it ends now."""


class Shift(NamedTuple):
    """Where the lines of a file, and the ends of its definitions, are now."""

    lines: Lines
    ends: Ends = {}

    @property
    def is_none(self) -> bool:
        return all(old == new for old, new in self.lines.items()) and all(
            old[2:] == new for old, new in self.ends.items()
        )


_OWN_LINE = re.compile(r"\bline (\d+)")
_QUOTING = frozenset({"SSOT106", "SSOT502", "SSOT503", "SSOT704"})
"""The rules whose texts name a line of the file in which the finding is."""


class _LostError(Exception):
    """A line that no fact names: where it is now is not known."""


def moved(report: Report, shifts: Mapping[str, Shift], added: int) -> Report | None:
    """The report, `added` lines later in all. None where it does not say enough to tell what it would be."""
    shifts = {path: each for path, each in shifts.items() if not each.is_none}
    try:
        diagnostics = tuple(
            [_diagnostic(item, shifts) for item in report.diagnostics] if shifts else report.diagnostics
        )
    except _LostError:
        return None
    if any(one.path == other.path and _order(one) > _order(other) for one, other in pairwise(diagnostics)):
        return None  # a text with another number in it sorts elsewhere
    return Report(diagnostics, replace(report.summary, lines=report.summary.lines + added))


def _order(item: Diagnostic) -> tuple[int, int, str, str]:
    return item.line, item.column, item.rule, item.message


def _diagnostic(item: Diagnostic, shifts: Mapping[str, Shift]) -> Diagnostic:
    places = {item.path, *[related.path for related in item.related]}
    concerned = not places.isdisjoint(shifts)
    texts = (item.message, *item.reasons, *[related.message for related in item.related])
    quoted = [path for path in shifts if any(f"{path}:" in text for text in texts)]
    if not concerned and not quoted:
        return item

    def now(path: str, line: int) -> int:
        return _now(shifts[path].lines, line) if path in shifts else line

    place = item.line, item.column, item.end_line, item.end_column
    end = shifts[item.path].ends.get(place) if item.path in shifts else None
    lines = {path: shift.lines for path, shift in shifts.items()}
    text = _texts(item, lines, quoted, concerned and any(_OWN_LINE.search(text) for text in texts), places)
    return replace(
        item,
        line=now(item.path, item.line),
        end_line=end[0] if end else now(item.path, item.end_line),
        end_column=end[1] if end else item.end_column,
        message=text(item.message),
        reasons=tuple([text(reason) for reason in item.reasons]),
        related=tuple(
            [
                replace(other, line=now(other.path, other.line), message=text(other.message))
                for other in item.related
            ]
        ),
    )


def _texts(
    item: Diagnostic, lines: Mapping[str, Lines], quoted: list[str], own: bool, places: set[str]
) -> Callable[[str], str]:
    """What to make of a finding's texts: `path:12` and `line 12` with today's numbers."""
    if own and (item.rule not in _QUOTING or len(places) > 1):
        raise _LostError  # whose line it is cannot be told
    longest_first = "|".join(re.escape(path) for path in sorted(quoted, key=len, reverse=True))
    places_in = re.compile(rf"(?<![\w./-])({longest_first}):(\d+)") if quoted else None

    def text(said: str) -> str:
        if own:
            said = _OWN_LINE.sub(lambda found: f"line {_now(lines[item.path], int(found[1]))}", said)
        if places_in is not None:
            said = places_in.sub(lambda found: f"{found[1]}:{_now(lines[found[1]], int(found[2]))}", said)
        return said

    return text


def _now(lines: Lines, line: int) -> int:
    """Where a line is now. Line 1 stands for the whole file, too: then it stays, and may not be in two places."""
    found = lines.get(line, 1 if line == 1 else 0)
    if not found or (line == 1 and found != 1):
        raise _LostError
    return found
