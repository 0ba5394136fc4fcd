"""A codemod is a value: a name, a function from a workspace to edits, and the examples that test it.

A codemod sees files in memory and writes none. What it cannot prove right it refuses with a reason: a refusal is
a result, and leaves the file as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from ssot_lint.errors import UsageError

if TYPE_CHECKING:
    from ssot_lint.rule import Files
    from ssot_lint.workspace import Workspace


class CannotApply(Exception):
    """Raised within a codemod when a place, or all of it, has to be left alone; says why in one sentence."""

    def __init__(self, reason: str, path: str = "", line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.line = line


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """A place that was left as it is, and why."""

    path: str
    line: int
    reason: str
    symbol: str = ""  # what was to be changed, as `module:Name`


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """Something a reviewer should know about an edit: a hazard, or a mention of the old name in other text."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a codemod would do: new bytes by path (None: the file goes), what it refused, what to look at.

    `edits` holds changed files only. `together`: files whose edits are only right with one another (a renamed name
    and the patch string that names it elsewhere). The edit of any other file has to be right by itself.
    """

    edits: dict[str, bytes | None] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    remarks: tuple[Remark, ...] = ()
    together: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Example:
    """A small project before and after. Files that `after` does not name stay as they are; None: the file goes.

    `requests` are the arguments, one dict a request. `refused` are parts of the reasons, one for each refusal and in
    their order (path, line); without them nothing may be refused. An example with `after=None` changes nothing.
    """

    before: Files
    requests: Sequence[Mapping[str, str]]
    after: Mapping[str, str | bytes | None] | None = None
    config: str = ""
    refused: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True)
class Codemod:
    """One codemod. `arguments` is a frozen dataclass whose fields are strings: symbols, never positions.

    `apply(workspace, requests)` carries out all requests at once, so that each file is read and written once. The
    outcome does not depend on the order of the requests, and applying it to its own result changes nothing.
    """

    name: str
    apply: Callable[[Workspace, Sequence[Any]], Outcome]
    arguments: type
    examples: tuple[Example, ...] = ()
    doc: str = ""  # filled by the plugin loader from the module's docstring

    def request(self, arguments: Mapping[str, str]) -> Any:
        """The arguments as the codemod's own dataclass. Raises UsageError for a name it does not know or lacks."""
        known = [item.name for item in fields(self.arguments)]
        wrong = sorted(arguments.keys() - set(known))
        if wrong:
            raise UsageError(f"{self.name} has no argument {wrong[0]!r}", f"it takes {', '.join(known)}")
        try:
            return self.arguments(**arguments)
        except TypeError as error:
            raise UsageError(f"{self.name}: {error}", f"it takes {', '.join(known)}") from error
