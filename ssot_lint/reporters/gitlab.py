"""GitLab Code Quality: the subset of the Code Climate format that merge requests show."""

from __future__ import annotations

import json

from ssot_lint.model import Report
from ssot_lint.reporters import View, new

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def render(report: Report, view: View) -> str:
    """An array with an object a finding."""
    rows = [
        {
            "description": f"{d.rule} {d.message}",
            "check_name": d.name,
            "fingerprint": d.fingerprint,
            "severity": _SEVERITIES[d.severity],
            "location": {"path": d.path, "lines": {"begin": d.line, "end": d.end_line}},
        }
        for d in new(report)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
