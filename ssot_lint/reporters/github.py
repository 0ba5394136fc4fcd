"""GitHub Actions workflow commands, which show as annotations on a pull request."""

from __future__ import annotations

from ssot_lint.model import Diagnostic, Report
from ssot_lint.reporters import View, new

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, view: View) -> str:
    """A command a finding."""
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in new(report))


def _command(diagnostic: Diagnostic) -> str:
    properties = {"file": diagnostic.path, "line": str(diagnostic.line), "endLine": str(diagnostic.end_line)}
    if diagnostic.line == diagnostic.end_line:  # columns of a range over several lines are refused
        properties |= {"col": str(diagnostic.column), "endColumn": str(diagnostic.end_column)}
    properties["title"] = f"{diagnostic.rule} {diagnostic.name}"
    text = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    place = f"{diagnostic.path}:{diagnostic.line}:{diagnostic.column}"
    message = "\n".join((f"{place}: {diagnostic.rule} {diagnostic.message}", *diagnostic.reasons))
    return f"::{_COMMANDS[diagnostic.severity]} {text}::{_data(message)}"


def _data(text: str) -> str:
    """Escaped as `@actions/core` does for the message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escaped as `@actions/core` does for a property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
