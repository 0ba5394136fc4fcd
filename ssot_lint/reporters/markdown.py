"""Markdown for an issue or a pull request."""

from __future__ import annotations

from itertools import groupby

from ssot_lint.model import Diagnostic, Report
from ssot_lint.reporters import View, as_markdown, code, new
from ssot_lint.reporters.text import coverage
from ssot_lint.wording import count


def render(report: Report, view: View) -> str:
    """The counts by rule and concept, then a table of findings a file."""
    found = new(report)
    lines = ["# ssot-lint", ""]
    total = count(len(found), "violation")
    lines += [f"**{total}.** {coverage(report.summary)}", ""]
    names = {diagnostic.rule: diagnostic.name for diagnostic in found}
    lines += _table(
        ("rule", "violations"),
        [
            (f"{rule} `{names.get(rule, rule)}`", f"{number:,}")
            for rule, number in report.summary.by_rule.items()
        ],
    )
    lines += _table(
        ("concept", "claims", "files", "kinds", "violations"),
        [
            (
                code(name),
                f"{concept.claims:,}",
                f"{concept.files:,}",
                ", ".join(f"{number:,} {kind}" for kind, number in concept.by_kind.items()),
                f"{concept.violations:,}",
            )
            for name, concept in report.summary.concepts.items()
        ],
    )
    for path, group in groupby(found, key=lambda diagnostic: diagnostic.path):
        lines += [f"## {as_markdown(path)}", ""]
        lines += _table(("line", "rule", "finding"), [_row(diagnostic) for diagnostic in group])
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(diagnostic: Diagnostic) -> tuple[str, ...]:
    verdict = f" ({diagnostic.verdict})" if diagnostic.verdict else ""
    text = "; ".join((diagnostic.message, *diagnostic.reasons))
    return (str(diagnostic.line), f"{diagnostic.rule} `{diagnostic.name}`", as_markdown(text) + verdict)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    rule = tuple("---" for _ in head)
    return [*(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)), ""]
