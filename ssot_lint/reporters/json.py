"""JSON, schema version 1: stable keys, one diagnostic a line."""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONEncoder

from ssot_lint import __version__
from ssot_lint.model import Diagnostic, Fix, Report
from ssot_lint.reporters import View

_encode = JSONEncoder(ensure_ascii=False).encode


def render(report: Report, view: View) -> str:
    """Every diagnostic, suppressed and baselined ones too; absent values are null."""
    head = {
        "schema_version": 1,
        "tool": {"name": "ssot-lint", "version": __version__},
        "summary": summary(report),
    }
    rows = ",\n  ".join(_encode(diagnostic(d)) for d in report.diagnostics)
    members = "".join(f"{_encode(key)}: {_encode(value)},\n " for key, value in head.items())
    body = f"[\n  {rows}]" if rows else "[]"
    return f'{{{members}"diagnostics": {body}}}\n'


def summary(report: Report) -> Mapping[str, object]:
    """The `summary` object."""
    counts = report.summary
    return {
        "files": counts.files,
        "lines": counts.lines,
        "unparsed": counts.unparsed,
        "unresolved_imports": counts.unresolved_imports,
        "undecided": counts.undecided,
        "violations": counts.violations,
        "by_rule": counts.by_rule,
        "concepts": {
            name: {"claims": concept.claims, "files": concept.files, "by_kind": concept.by_kind}
            for name, concept in counts.concepts.items()
        },
    }


def diagnostic(found: Diagnostic) -> Mapping[str, object]:
    """One object of the `diagnostics` array."""
    return {
        "rule": found.rule,
        "name": found.name,
        "severity": found.severity,
        "status": found.status,
        "concept": found.concept,
        "path": found.path,
        "line": found.line,
        "column": found.column,
        "end_line": found.end_line,
        "end_column": found.end_column,
        "symbol": found.symbol,
        "canonical": found.canonical,
        "message": found.message,
        "verdict": found.verdict,
        "reasons": found.reasons,
        "fix": _fix(found.fix),
        "related": [{"path": r.path, "line": r.line, "message": r.message} for r in found.related],
        "fingerprint": found.fingerprint,
    }


def _fix(fix: Fix | None) -> Mapping[str, object] | None:
    if fix is None:
        return None
    return {"codemod": fix.codemod, "arguments": fix.arguments, "safe": fix.safe}
