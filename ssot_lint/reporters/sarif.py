"""SARIF 2.1.0 (OASIS standard, 27 March 2020), as GitHub code scanning and editors read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from ssot_lint import __version__
from ssot_lint.explain import page
from ssot_lint.model import Diagnostic, Report
from ssot_lint.reporters import View
from ssot_lint.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_ROOT = "SRCROOT"

Json = Mapping[str, object]


def render(report: Report, view: View) -> str:
    """One run with a descriptor for every rule that reported something."""
    ids = sorted({diagnostic.rule for diagnostic in report.diagnostics})
    names = {diagnostic.rule: diagnostic.name for diagnostic in report.diagnostics}
    index = {rule: number for number, rule in enumerate(ids)}
    run = {
        "tool": {
            "driver": {
                "name": "ssot-lint",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_descriptor(rule, names[rule], view.rules.get(rule)) for rule in ids],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the project root"}}},
        "invocations": [{"executionSuccessful": True}],
        "results": [_result(diagnostic, index[diagnostic.rule]) for diagnostic in report.diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False) + "\n"


def _descriptor(id: str, name: str, rule: Rule | None) -> Json:
    descriptor: dict[str, object] = {"id": id, "name": name}
    if rule is not None:
        descriptor |= {
            "shortDescription": {"text": rule.summary},
            "fullDescription": {"text": rule.doc},
            "help": {"text": rule.doc, "markdown": page(rule)},
            "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.enabled},
        }
    return descriptor


def _result(diagnostic: Diagnostic, index: int) -> Json:
    location: dict[str, object] = {"physicalLocation": _place(diagnostic.path, _region(diagnostic))}
    if diagnostic.symbol:
        location["logicalLocations"] = [{"fullyQualifiedName": diagnostic.symbol}]
    result: dict[str, object] = {
        "ruleId": diagnostic.rule,
        "ruleIndex": index,
        "level": _LEVELS[diagnostic.severity],
        "message": {
            "text": "\n".join((diagnostic.message, *(f"- {reason}" for reason in diagnostic.reasons)))
        },
        "locations": [location],
        "partialFingerprints": {"ssotLint/v1": diagnostic.fingerprint},
    }
    if diagnostic.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _place(related.path, {"startLine": related.line}),
                "message": {"text": related.message},
            }
            for number, related in enumerate(diagnostic.related)
        ]
    if diagnostic.status != "new":
        kind = "inSource" if diagnostic.status == "suppressed" else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted"}]
    properties = {
        "concept": diagnostic.concept,
        "canonical": diagnostic.canonical,
        "verdict": diagnostic.verdict,
        "codemod": diagnostic.fix and diagnostic.fix.codemod,
    }
    present = {key: value for key, value in properties.items() if value}
    return result | ({"properties": present} if present else {})


def _place(path: str, region: Json) -> Json:
    uri = quote(path, errors="surrogateescape")
    return {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}, "region": region}


def _region(diagnostic: Diagnostic) -> Json:
    start = {"startLine": diagnostic.line, "startColumn": diagnostic.column}
    end = (diagnostic.end_line, diagnostic.end_column)
    if end <= (diagnostic.line, diagnostic.column):
        return start
    return start | {"endLine": diagnostic.end_line, "endColumn": diagnostic.end_column}
