"""What plugin authors import.

The names are loaded when they are first asked for, so that `ssot-lint --version` loads none of them.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` costs 3 ms
if TYPE_CHECKING:
    from ssot_lint.codemod import CannotApply, Codemod, Example, Outcome, Refusal, Remark
    from ssot_lint.model import Fix, Location, Related, Violation
    from ssot_lint.project import Project
    from ssot_lint.rule import Invalid, NoOptions, Rule, Valid
    from ssot_lint.workspace import Workspace

__version__ = "0.1.0"

__all__ = [
    "CannotApply",
    "Codemod",
    "Example",
    "Fix",
    "Invalid",
    "Location",
    "NoOptions",
    "Outcome",
    "Project",
    "Refusal",
    "Related",
    "Remark",
    "Rule",
    "Valid",
    "Violation",
    "Workspace",
    "__version__",
]

_HOMES = {
    "codemod": ("CannotApply", "Codemod", "Example", "Outcome", "Refusal", "Remark"),
    "model": ("Fix", "Location", "Related", "Violation"),
    "project": ("Project",),
    "rule": ("Invalid", "NoOptions", "Rule", "Valid"),
    "workspace": ("Workspace",),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"ssot_lint.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
