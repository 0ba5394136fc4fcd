"""When an import runs, and who takes the error if it fails."""

from __future__ import annotations

import re
from typing import Literal

from ssot_lint.linking.surroundings import around, at_module_level, outward
from ssot_lint.model import MODULE, Branch, FileFacts, Import

Guard = Literal["", "type-checking", "import-error", "main"]

STRAIGHT = ("try", "finally", "with")
"""Kinds of arms that run whenever the statement does."""

_EXPECTS_ERROR = re.compile(
    r"\b(raises|suppress|assertRaises|assertRaisesRegex)\(.*\b(ImportError|ModuleNotFoundError|(Base)?Exception)\b"
)
"""A context manager, as written, that takes the error of an import on purpose."""


def guard_of(facts: FileFacts, scope: int, branch: int) -> Guard:
    """What keeps a failing statement from breaking the code around it.

    "type-checking" and "main": it does not run on import.  "import-error": a handler of an enclosing `try`, or
    a `with pytest.raises(ImportError)`, takes the error.
    """
    for arm in outward(facts, scope, branch):
        if arm.kind == "type-checking":
            return "type-checking"
        if arm.kind == "if" and arm.test.startswith("__name__"):
            return "main"
        if takes_import_error(arm):
            return "import-error"
    return ""


def is_expected(facts: FileFacts, scope: int, branch: int) -> bool:
    """Whether the code around an import asserts that it fails: `with pytest.raises(ImportError)`."""
    taking = (arm for arm in outward(facts, scope, branch) if takes_import_error(arm))
    return any(arm.kind == "with" and "raises" in arm.test.lower() for arm in taking)


def gives_up(facts: FileFacts, scope: int, branch: int) -> bool:
    """Whether the handler that takes a failing import at module level ends the module: raise, exit, skip."""
    if not at_module_level(facts, scope):
        return False
    for arm in around(facts, branch):
        if arm.kind == "try" and takes_import_error(arm):
            handlers = (
                other for other in facts.branches
                if other.owner == arm.owner and other.kind in ("except-import", "except-broad")
            )  # fmt: skip
            return next(handlers).terminates
    return False


def takes_import_error(arm: Branch) -> bool:
    """Whether an import that fails in this arm is caught by the statement the arm belongs to."""
    if arm.kind == "try":
        return arm.test in ("import", "broad")
    return arm.kind == "with" and _EXPECTS_ERROR.search(arm.test) is not None


def always_runs(facts: FileFacts, imp: Import) -> bool:
    """Whether the import runs, uncaught and unconditionally, whenever the module is imported."""
    if imp.scope == MODULE and imp.branch == MODULE:
        return True
    return at_module_level(facts, imp.scope) and all(
        arm.kind in STRAIGHT and not takes_import_error(arm) for arm in outward(facts, imp.scope, imp.branch)
    )
