"""One line a finding: `path:line:column: ID name message`."""

from __future__ import annotations

from ssot_lint.model import Report
from ssot_lint.reporters import View, new, one_line
from ssot_lint.reporters.text import statistics


def render(report: Report, view: View) -> str:
    """A line a finding, as editors and grep read it."""
    lines = [one_line(f"{d.path}:{d.line}:{d.column}: {d.rule} {d.name} {d.message}") for d in new(report)]
    if view.statistics:
        lines += statistics(report, view)
    return "".join(f"{line}\n" for line in lines)
