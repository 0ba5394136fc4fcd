"""`Report` -> text, JSON, SARIF and the formats that CI services read. Each reporter returns a string."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssot_lint.model import Diagnostic, Report
    from ssot_lint.rule import Rule

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown")
"""Each is a module of this package with `render(report, view) -> str`."""


def _no_source(path: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class View:
    """What a reporter may use besides the report."""

    rules: Mapping[str, Rule] = field(default_factory=dict)  # by id
    source: Callable[[str], Sequence[str]] = _no_source  # path -> its lines; none when it cannot be read
    colour: bool = False
    statistics: bool = False
    quiet: bool = False  # findings only
    verbose: bool = False  # suppressed and baselined ones too


def render(report: Report, form: str, view: View) -> str:
    """The report in one of `FORMATS`, with a final newline."""
    text: str = import_module(f"ssot_lint.reporters.{form}").render(report, view)
    return text


def new(report: Report) -> tuple[Diagnostic, ...]:
    """The diagnostics that are neither suppressed nor baselined."""
    return tuple(diagnostic for diagnostic in report.diagnostics if diagnostic.status == "new")


def one_line(text: str) -> str:
    """Text without line breaks or other control characters, for formats that give a finding one line."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " for char in text)


def as_markdown(text: str) -> str:
    """Text that stands in Markdown, a table cell included, as it is."""
    text = one_line(text)
    for char in "\\`*_[]<>|&~$":
        text = text.replace(char, f"\\{char}")
    return text


def code(text: str) -> str:
    """Text as a Markdown code span, in a table cell too (CommonMark 0.31, 6.1; GFM 0.29, 4.10)."""
    text = one_line(text).replace("|", "\\|")
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"
