"""Which expressions of a module are read: those that a word makes matter.

Two readings share one walk. *Lookups*: strings that name a dotted path, wherever a call such as `patch` or
`import_module` occurs. *Deep*: calls, uses and references of the configured concepts, in every top-level
definition that mentions one of their words or a local name bound to one; and everything inside a class or
function that itself carries such a name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ssot_lint.model import MODULE, Deep, PathString
from ssot_lint.reading.clauses import read_clauses
from ssot_lint.reading.expressions import dotted
from ssot_lint.reading.keeping import Keepers
from ssot_lint.reading.mentions import Mentions
from ssot_lint.reading.occurrences import any_in, lines_of
from ssot_lint.reading.parameters import every_parameter
from ssot_lint.reading.puts import UNKNOWN
from ssot_lint.reading.relevance import Relevance
from ssot_lint.reading.syntax import first_line, statements
from ssot_lint.reading.text import Text


class Bodies:
    """Decides, while the statements are visited, whose expressions are read, how, and when."""

    def __init__(
        self,
        text: Text,
        words: re.Pattern[bytes] | None,
        literals: Sequence[bytes],
        again: Callable[[int], None],
    ) -> None:
        """`words`: None where the file holds none of them. `again`: reads a function in full that was passed over."""
        self.text, self.again = text, again
        self.literals = literals
        self.has_words = words is not None
        self.names = Relevance(words)
        self.mentions = Mentions(text, self.names)
        self.lookups, self.instances = self.mentions.lookups, self.mentions.instances
        self.word_lines: list[int] = []
        self.active = bool(self.lookups.dynamic_lines) or self.has_words
        self.saved: list[tuple[dict[str, str], dict[str, int], bool]] = []
        self.marks: list[tuple[bool, bool]] = []
        self.quiet = False  # the function just entered holds no word and no lookup
        self.later: list[Later] = []

    # -- which parts of the file matter

    def prepare(self, tree: ast.Module, flows: bool = False) -> None:
        """Reads module-level constants and the local names that stand for concepts. `flows`: bodies will be kept."""
        if not self.active:
            return
        if self.lookups.dynamic_lines:
            self.lookups.module_constants(tree)
        if not self.has_words:
            return
        if flows:
            self.mentions.keepers = Keepers(tree, self.names.relevant, self._gives)
        lines = lines_of(self.text.source, self.literals)
        self.names.renamed(self.text, lines)
        instances = set(self.names.assigned(tree))
        self.instances.tracked.update((MODULE, name) for name in instances)
        if self.names.aliases or instances:
            names = sorted(name.encode() for name in self.names.aliases | instances)
            lines = sorted({*lines, *lines_of(self.text.source, names)})
        self.word_lines = lines

    def enter(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, index: int, scope: int
    ) -> bool:
        """Called before a definition is read. True: `leave` must follow."""
        if not self.has_words and not self.lookups.dynamic_lines:
            return False
        self.instances.parents[index] = scope
        if isinstance(node, ast.ClassDef):
            self.instances.classes.add(index)
        if self.mentions.keepers is not None:
            self.mentions.keepers.enter(node, index)
        first = first_line(node)
        last = node.end_lineno or node.lineno
        started = False
        mentioned = self.has_words and any_in(self.word_lines, first, last)
        if mentioned and not self.mentions.deep:
            self.mentions.deep = started = True
        looks_up = any_in(self.lookups.dynamic_lines, first, last)
        self.saved.append((self.lookups.constants, self.lookups.assigned, self.active))
        self.active = self.mentions.deep or looks_up
        if looks_up:
            self.lookups.constants, self.lookups.assigned = dict(self.lookups.constants), {}
            if not isinstance(node, ast.ClassDef):
                for argument in every_parameter(node.args):
                    self.lookups.constants.pop(argument.arg, None)
        claims = self.has_words and (self.mentions.claim_depth > 0 or self.names.said_in(node.name))
        self.mentions.claim_depth += claims
        self.quiet = not (mentioned or looks_up or claims or isinstance(node, ast.ClassDef))
        self.marks.append((started, claims))
        return True

    def leave(self, index: int) -> None:
        started, claims = self.marks.pop()
        self.lookups.constants, self.lookups.assigned, self.active = self.saved.pop()
        self.mentions.claim_depth -= claims
        if started:
            self.mentions.deep = False
            self._settle()

    def pass_over(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, index: int, scope: int, branch: int,
        kept: Sequence[ast.Assign | ast.AnnAssign | ast.Return],
    ) -> None:  # fmt: skip
        """Called instead of reading a quiet function: what matters for now is what it assigns and returns."""
        for item in kept:
            if isinstance(item, ast.Return):
                self._return(item, index, UNKNOWN)
            else:
                self.mentions.puts.assigned(item, index, UNKNOWN)
        self.later.append((node, index, scope, branch))

    def _return(self, node: ast.Return, scope: int, branch: int) -> None:
        """A return statement without a word."""
        value = node.value
        while type(value) is ast.Await:
            value = value.value
        if type(value) is ast.Name or type(value) is ast.Attribute:
            self.mentions.refer(dotted(value), value, scope, "returned")
        elif node.value is not None:
            self.mentions.puts.returned(node.value, scope, branch)

    def head(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, index: int, scope: int, branch: int
    ) -> None:
        for item in node.decorator_list:
            self.mentions.walk(item, scope, branch, role="decorator")
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                self.mentions.walk(base, scope, branch, role="base")
            for keyword in node.keywords:
                self.mentions.walk(keyword.value, scope, branch)
            return
        arguments = node.args
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.mentions.walk(default, scope, branch)
        for argument in every_parameter(arguments):
            if argument.annotation is not None:
                self.mentions.annotate(argument.annotation, scope)
                if self.mentions.deep and self.names.mentioned_in(argument.annotation):
                    self.instances.tracked.add((index, argument.arg))
        if node.returns is not None:
            self.mentions.annotate(node.returns, scope)
            if self.mentions.deep and self.names.mentioned_in(node.returns):
                self.mentions.puts.makers.add(index)

    # -- statements

    def statement(self, node: ast.stmt, scope: int, branch: int) -> None:
        """Reads the expressions of one statement; suites inside it come as statements of their own."""
        if not self.mentions.deep and scope == MODULE:
            first, last = node.lineno, node.end_lineno or node.lineno
            deep = self.has_words and any_in(self.word_lines, first, last)
            if not deep and not any_in(self.lookups.dynamic_lines, first, last):
                return
            if deep:
                self.mentions.deep = True
                read_clauses(self.mentions, node, scope, branch)
                self.mentions.deep = False
                return
        elif not self.mentions.claim_depth:
            first, last = node.lineno, _last_line(node)
            silent = not (self.mentions.deep and any_in(self.word_lines, first, last))
            if silent and not any_in(self.lookups.dynamic_lines, first, last):
                self._pass_over(node, scope, branch)
                return
        read_clauses(self.mentions, node, scope, branch)

    def _pass_over(self, node: ast.stmt, scope: int, branch: int) -> None:
        """A statement without a word and a lookup: what may be known of it later on."""
        kind = type(node)
        if kind is ast.Assign and type(node.targets[0]) is ast.Name:  # type: ignore[attr-defined]
            self.lookups.constant(node.targets[0].id, node.value, scope, branch)  # type: ignore[attr-defined]
        if self.mentions.deep:
            if kind is ast.Return:
                self._return(node, scope, branch)  # type: ignore[arg-type]
            elif kind is ast.Assign or kind is ast.AnnAssign:
                self.mentions.puts.assigned(node, scope, branch)  # type: ignore[arg-type]
                self.mentions.given(node, scope)  # type: ignore[arg-type]
                if self.mentions.keepers is not None:
                    self.mentions.keepers.passed_over(node, scope)  # type: ignore[arg-type]
            self.later.append((node, scope, scope, branch))

    def _gives(self, value: ast.expr, scope: int) -> bool:
        """Is the value an instance of a concept, as far as it is known here?"""
        if type(value) is not ast.Name:
            return self.names.makes(value)
        return (value.id == "self" and self.mentions.claim_depth > 0) or self.instances.holds(value.id, scope)

    # -- at the end of a top-level definition

    def _settle(self) -> None:
        """Keeps the uses whose receiver turned out to hold an instance of a concept, and what was put where."""
        puts, instances = self.mentions.puts, self.instances
        if self.later:
            self._read_later()
        instances.settle()
        if puts.given or instances.tracked:
            puts.settle(instances.holds, self.names.relevant, self._branches)
        puts.forget()
        instances.forget()

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """What is read meanwhile leaves nothing but uses."""
        mentions, puts, lookups = self.mentions, self.mentions.puts, self.lookups
        outer = mentions.references, puts.found, lookups.constants, lookups.assigned
        mentions.references, puts.found, lookups.constants, lookups.assigned = [], [], {}, {}
        mentions.deep = True
        yield
        mentions.deep = False
        mentions.references, puts.found, lookups.constants, lookups.assigned = outer

    def _branches(self, scope: int) -> dict[int, int]:
        """The branches of the assignments in a function that was passed over, by the identity of their targets."""
        with self._aside():
            self.active = True
            self.again(scope)
            self.later = []
            return {id(target): branch for target, _, _, branch in self.mentions.puts.found}

    def _read_later(self) -> None:
        """Reads what was passed over, where a name stands that turned out to hold an instance.

        Only uses can come of it: all else takes a word in the same statement, or is known by now.
        """
        later, self.later = self.later, []
        names = {name.rpartition(".")[2] for _, name in self.instances.tracked}
        if not names:
            return
        lines: Sequence[int] = range(1 << 30)  # any: another encoding may spell a name in other bytes
        if all(map(str.isascii, names)):
            lines = lines_of(self.text.source, sorted(name.encode() for name in names))
        with self._aside():
            for node, index, scope, branch in later:
                if not any_in(lines, first_line(node), node.end_lineno or node.lineno):
                    continue
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self.head(node, index, scope, branch)
                    for statement in statements(node.body):
                        if any_in(lines, statement.lineno, _last_line(statement)):
                            read_clauses(self.mentions, statement, index, branch)
                else:
                    read_clauses(self.mentions, node, index, branch)

    def result(self) -> tuple[Deep | None, tuple[PathString, ...], int, bool]:
        """(deep facts, dotted strings, sites that could not be decided, is the namespace changed by code)"""
        self._settle()
        deep = None
        if self.has_words:
            deep = Deep(
                tuple(sorted(self.mentions.calls, key=lambda call: (call.line, call.column, call.callee))),
                tuple(
                    sorted(
                        self.instances.uses,
                        key=lambda use: (use.line, use.receiver, use.attribute, use.called, use.written),
                    )
                ),
                tuple(
                    sorted(
                        self.mentions.references,
                        key=lambda item: (item.line, item.column, item.name, item.role),
                    )
                ),
                tuple(sorted(set(self.mentions.raises))),
                tuple(self.mentions.puts.result()),
            )
        return deep, self.lookups.result(), self.lookups.undecided, self.lookups.dynamic_namespace


Later = tuple[ast.stmt, int, int, int]
"""A quiet function with its index, scope and branch; or a statement with its scope, twice, and its branch."""

_WITH_HEADS = frozenset({ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith})


def _last_line(node: ast.stmt) -> int:
    """The last line of a statement itself, or one after it: suites are read as statements of their own."""
    if type(node) in _WITH_HEADS:
        return node.body[0].lineno  # type: ignore[attr-defined, no-any-return]
    return node.end_lineno or node.lineno
