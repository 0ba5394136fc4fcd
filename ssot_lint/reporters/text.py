"""For people: findings grouped by file, each with its source line, then the funnel and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from unicodedata import category, combining, east_asian_width

from ssot_lint.model import ConceptSummary, Diagnostic, Report, Summary
from ssot_lint.reporters import View, new, one_line
from ssot_lint.wording import count

WIDTH = 110
"""Longer source lines are cut around the finding."""

_STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "path": "1",
    "caret": "31",
    "dim": "2",
    "good": "32",
}

Paint = Callable[[str, str], str]


def render(report: Report, view: View) -> str:
    """Group by file. Nothing is printed one finding at a time: thousands render in a fraction of a second."""
    paint = painter(view.colour)
    shown = report.diagnostics if view.verbose else new(report)
    lines: list[str] = []
    for path, group in groupby(shown, key=lambda diagnostic: diagnostic.path):
        lines.append(paint(one_line(path), "path"))
        source = view.source(path)
        for diagnostic in group:
            lines += finding(diagnostic, source, paint)
        lines.append("")
    if view.statistics:
        lines += [*statistics(report, view), ""]
    if not view.quiet:
        for name, concept in report.summary.concepts.items():
            lines += funnel(name, concept)
        if report.summary.concepts:
            lines.append("")
        lines += totals(report, paint)
    while lines and not lines[-1]:
        lines.pop()
    return "".join(f"{line}\n" for line in lines)


def finding(diagnostic: Diagnostic, source: Sequence[str], paint: Paint) -> list[str]:
    """One finding: where and what, the source line with carets, the reasons, the other places."""
    head = f"  {diagnostic.line}:{diagnostic.column} {paint(diagnostic.severity, diagnostic.severity)}"
    status = "" if diagnostic.status == "new" else f" ({diagnostic.status})"
    lines = [f"{head} {diagnostic.rule} {diagnostic.name}{status}: {one_line(diagnostic.message)}"]
    if 0 < diagnostic.line <= len(source):
        lines += _quote(diagnostic, source[diagnostic.line - 1], paint)
    margin = " " * 6
    if diagnostic.verdict:
        lines.append(f"{margin}verdict: {diagnostic.verdict}")
    lines += [one_line(f"{margin}- {reason}") for reason in diagnostic.reasons]
    lines += [
        paint(one_line(f"{margin}see {r.path}:{r.line}: {r.message}"), "dim") for r in diagnostic.related
    ]
    return lines


def funnel(name: str, concept: ConceptSummary) -> list[str]:
    """From name matches to violations, so that nobody takes the first number for the last."""
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in concept.by_kind.items()) or "none found"
    patterns = [
        f"{count(matches, 'class name')} {'matches' if matches == 1 else 'match'} '{pattern}'"
        f" in {count(files, 'file')}"
        for pattern, (matches, files) in matching(concept).items()
    ]
    violations = count(concept.violations, "violation")
    claims = f"{count(concept.claims, 'claim')} in {count(concept.files, 'file')}: {kinds}; {violations}"
    if len(patterns) == 1:
        return [f"{name}: {patterns[0]}: {kinds}; {violations}"]
    if not patterns:
        return [f"{name}: {claims}"]
    return [f"{name}: {patterns[0]}", *(f"  {pattern}" for pattern in patterns[1:]), f"  {claims}"]


def matching(concept: ConceptSummary) -> Mapping[str, tuple[int, int]]:
    """How many class names match each pattern, in how many files; nothing where all that is claimed are functions."""
    no_class = not any(matches for matches, _ in concept.names.values())
    return {} if no_class and concept.claims else concept.names


def statistics(report: Report, view: View) -> list[str]:
    """How often each rule found something, the most frequent first."""
    found = sorted(report.summary.by_rule.items(), key=lambda item: (-item[1], item[0]))
    width = max((len(f"{number:,}") for _, number in found), default=0)
    names = {diagnostic.rule: diagnostic.name for diagnostic in report.diagnostics}
    return [f"{number:>{width},}  {rule} {names.get(rule, '')}".rstrip() for rule, number in found]


def totals(report: Report, paint: Paint) -> list[str]:
    """How much was found, how much was looked at, and how much could not be decided."""
    found = new(report)
    if found:
        by_severity = Counter(diagnostic.severity for diagnostic in found)
        parts = [
            count(by_severity[severity], severity, "info" if severity == "info" else "")
            for severity in ("error", "warning", "info")
            if by_severity[severity]
        ]
        files = count(len({diagnostic.path for diagnostic in found}), "file")
        lines = [paint(f"Found {count(len(found), 'violation')} in {files}: {', '.join(parts)}.", "path")]
    else:
        lines = [paint("No violations found.", "good")]
    if not report.summary.concepts:
        lines.append("No concepts are configured: `ssot-lint init` proposes some from the code.")
    return [*lines, coverage(report.summary)]


def coverage(summary: Summary) -> str:
    """What the figures rest on, in one sentence."""
    parts = [
        f"{count(summary.unparsed, 'file')} not parsed",
        f"{count(summary.unresolved_imports, 'import')} not resolved",
        f"{count(summary.undecided, 'dynamic site')} undecided",
    ]
    if summary.suppressed:
        parts.append(f"{summary.suppressed:,} suppressed")
    if summary.baselined:
        parts.append(f"{summary.baselined:,} in the baseline")
    return f"Checked {count(summary.files, 'file')}, {count(summary.lines, 'line')}: {', '.join(parts)}."


def painter(colour: bool) -> Paint:
    """A function that puts ANSI styles around text, or leaves it as it is."""
    if not colour:
        return lambda text, style: text
    return lambda text, style: f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def _quote(diagnostic: Diagnostic, line: str, paint: Paint) -> list[str]:
    line = line.rstrip().expandtabs(1)
    if not line.isprintable():
        line = "".join(map(_visible, line))
    start = min(diagnostic.column - 1, len(line))
    end = diagnostic.end_column - 1 if diagnostic.end_line == diagnostic.line else len(line)
    end = max(start + 1, min(end, len(line)))
    indent = len(line) - len(line.lstrip())
    cut = min(indent, start)
    if end - cut > WIDTH and start - cut > WIDTH // 2:
        cut = start - WIDTH // 4
    shown = line[cut : cut + WIDTH]
    if not shown.strip():
        return []
    if diagnostic.column == 1 and (diagnostic.end_line, diagnostic.end_column) == (diagnostic.line, 1):
        return [f"{paint(f'{diagnostic.line:>5} |', 'dim')} {shown}"]  # the whole line is meant
    left = " " * _cells(shown[: start - cut])
    carets = "^" * max(1, _cells(shown[start - cut : end - cut]))
    number = f"{diagnostic.line:>5}"
    return [
        f"{paint(f'{number} |', 'dim')} {shown}",
        f"{paint('      |', 'dim')} {left}{paint(carets, 'caret')}",
    ]


def _visible(char: str) -> str:
    """A character as it may reach a terminal: one that would steer it is shown as U+FFFD."""
    return "\N{REPLACEMENT CHARACTER}" if category(char).startswith("C") else char


def _cells(text: str) -> int:
    """How many terminal columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
