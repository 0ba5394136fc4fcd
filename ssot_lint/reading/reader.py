"""What one pass over the statements of a module has found so far, and where it stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from ssot_lint.model import MODULE, Assignment, Definition, Import, Warned
from ssot_lint.reading.arms import Arm
from ssot_lint.reading.bodies import Bodies
from ssot_lint.reading.deprecations import warning_lines
from ssot_lint.reading.makers import Makers
from ssot_lint.reading.namespace import Exports
from ssot_lint.reading.occurrences import lines_of, literals, present
from ssot_lint.reading.text import Text

_NO_NAMES: frozenset[str] = frozenset()

_WALRUS = re.compile(b":=")
"""A pattern finds two bytes sooner than `in` does."""


class Inside:
    """What holds while the body of one definition, or the module's, is read."""

    __slots__ = ("globals", "in_fallback", "instance", "self_name", "skeleton")

    def __init__(self, self_name: str = "", instance: dict[str, None] | None = None) -> None:
        self.skeleton: list[str] = []  # what its statements are, one letter each
        self.globals: frozenset[str] = _NO_NAMES
        self.self_name = self_name  # what a method calls its instance
        self.instance = {} if instance is None else instance  # attributes of the instance, in their order
        self.in_fallback = False  # inside the arm of a try that answers a failed import


class Reader:
    """The state of one pass. Short-lived: made, one tree is read, thrown away."""

    def __init__(
        self,
        source: bytes,
        words: re.Pattern[bytes] | None,
        block: Callable[[Reader, Sequence[ast.stmt], int, int], None],
    ) -> None:
        """`block`: reads the statements of one suite, given its scope and branch."""
        self.block = block
        self.source = source
        self.text = Text(source)
        self.column = self.text.column
        self.imports: list[Import] = []
        self.arms: list[Arm] = []
        self.assignments: list[Assignment] = []
        self.definitions: list[Definition | None] = []
        self.nodes: list[ast.stmt] = []  # of the definitions
        self.redefined: list[tuple[int, int]] = []
        self.exports = Exports()
        self.getattr_names: tuple[str, ...] | None = None
        self.lazy: ast.AST | None = None  # the module's `__getattr__`
        self.lazy_targets: dict[str, str] = {}
        self.answers: dict[str, str] = {}
        self.given: list[tuple[str, str]] = []
        self.main_guard = False
        self.compounds = 0
        self.qualnames: dict[int, str] = {}
        self.classes: set[int] = set()  # indexes of the definitions that are classes
        self.inside = Inside()
        texts = present(source, literals(words)) if words is not None else []
        self.bodies = Bodies(self.text, words if texts else None, texts, self.again)
        self.module_dicts: dict[str, ast.Dict] = {}
        self.makers = Makers(source)
        self.has_walrus = _WALRUS.search(source) is not None
        self.warning_lines = warning_lines(source)
        self.yield_lines = lines_of(source, (b"yield",)) if b"yield" in source else []
        self.warns: list[Warned] = []

    def prefix(self, scope: int) -> str:
        """What the qualified names in a scope begin with."""
        if scope == MODULE:
            return ""
        return self.qualnames[scope] + ("." if scope in self.classes else ".<locals>.")

    def compound(self) -> int:
        """The number of the next compound statement."""
        self.compounds += 1
        return self.compounds - 1

    def again(self, index: int) -> None:
        """Read a function, of which a quick look was enough, in full, for the branches of its statements."""
        outer, self.inside = self.inside, Inside()
        known = len(self.assignments)
        self.block(self, self.nodes[index].body, index, MODULE)  # type: ignore[attr-defined]
        del self.assignments[known:]
        self.inside = outer
