"""Calls that warn: `warnings.warn(...)`, and whatever else is named like a warning or a deprecation."""

from __future__ import annotations

import ast
import re

from ssot_lint.model import Warned
from ssot_lint.reading.expressions import dotted, encodable
from ssot_lint.reading.occurrences import lines_of

_WARN = re.compile(rb"warn(?:(?!ing(?!\w))|(?<=\wwarn))")
"""`warn`, but not in the word `warning`; four letters at the start make it twice as fast as counting both."""


def warning_lines(source: bytes) -> list[int]:
    """The lines where something may be called that is named like a warning, and not `warning` as loggers have it."""
    words = [b"eprecat"] if b"eprecat" in source else []
    if _WARN.search(source):
        words.append(b"warn")
    return lines_of(source, words) if words else []


def warned(node: ast.Call, scope: int, limit: int) -> Warned | None:
    """What a call warns of, in so many characters; None for a call that does not warn."""
    name = str(getattr(node.func, "attr", "") or getattr(node.func, "id", ""))
    if name == "warning" or not ("warn" in name or "eprecat" in name):
        return None
    given = [item.value for item in node.keywords if item.arg == "category"] or node.args[1:2]
    if not given and node.args and isinstance(node.args[0], ast.Call):
        given = [node.args[0].func]
    category = dotted(given[0]) if given else ""
    texts = [part for part in ast.walk(node) if isinstance(part, ast.Constant)]
    text = " ".join(part.value for part in texts if isinstance(part.value, str))
    return Warned(dotted(node.func), category, encodable(text[:limit]), node.lineno, scope)
