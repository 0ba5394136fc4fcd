"""JUnit XML: a suite a file, a failed case a finding."""

from __future__ import annotations

import re
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from ssot_lint.model import Diagnostic, Report
from ssot_lint.reporters import View, new

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, even escaped."""


def render(report: Report, view: View) -> str:
    """Failures only; a run without findings is one passed case, since readers take an empty file for an error."""
    found = new(report)
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    lines.append(
        f'<testsuites name="ssot-lint" tests="{len(found) or 1}" failures="{len(found)}" errors="0">'
    )
    for path, group in groupby(found, key=lambda diagnostic: diagnostic.path):
        cases = list(group)
        name = _attribute(path)
        lines.append(f'  <testsuite name={name} tests="{len(cases)}" failures="{len(cases)}" errors="0">')
        lines += [_case(diagnostic) for diagnostic in cases]
        lines.append("  </testsuite>")
    if not found:
        lines.append('  <testsuite name="ssot-lint" tests="1" failures="0" errors="0">')
        lines.append('    <testcase classname="ssot-lint" name="no violations"/>')
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _case(diagnostic: Diagnostic) -> str:
    name = _attribute(f"{diagnostic.rule} {diagnostic.name} at {diagnostic.line}:{diagnostic.column}")
    classname = _attribute(diagnostic.path.removesuffix(".py").replace("/", "."))
    details = "\n".join((f"{diagnostic.path}:{diagnostic.line}: {diagnostic.message}", *diagnostic.reasons))
    return (
        f'    <testcase classname={classname} name={name} file={_attribute(diagnostic.path)} line="{diagnostic.line}">\n'
        f"      <failure type={_attribute(diagnostic.severity)} message={_attribute(diagnostic.message)}>"
        f"{escape(_legal(details))}</failure>\n"
        "    </testcase>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_legal(text))


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
