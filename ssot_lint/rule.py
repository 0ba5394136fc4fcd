"""A rule is a value: an id, a function over the project graph, options, and the examples that test it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ssot_lint.model import Severity, Violation

if TYPE_CHECKING:
    from ssot_lint.project import Project

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class NoOptions:
    """For rules that have nothing to set."""


@dataclass(frozen=True)
class Valid:
    """A small project in which the rule finds nothing. `config` is the text of an ssot-lint.toml."""

    files: Files
    config: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class Invalid:
    """A small project in which `# error: text` marks each line found, `text` being part of the message.

    `fixed` is the project after the rule's fixes; the rule must then find nothing.
    """

    files: Files
    config: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    fixed: Files | None = None
    id: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule. The module it is defined in holds its page as the docstring.

    `check(project, options)` yields violations in a chosen order; it may read the project graph and nothing
    else. `default` is "off" for rules that have to be asked for. `codemods` names the fixes it may propose.
    """

    id: str
    name: str
    check: Callable[[Project, Any], Iterable[Violation]]
    options: type = NoOptions
    severity: Severity = "error"
    enabled: bool = True
    codemods: tuple[str, ...] = ()
    valid: tuple[Valid, ...] = ()
    invalid: tuple[Invalid, ...] = ()
    undecided: Callable[[Project], int] | None = None
    """How many places the rule looked at and could not decide; told in every report's summary."""
    doc: str = ""  # filled by the plugin loader from the module's docstring

    @property
    def summary(self) -> str:
        """The first line of the rule's page."""
        return self.doc.strip().partition("\n")[0]
