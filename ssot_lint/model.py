"""The frozen data that the stages exchange.

Facts are `msgspec` structs stored as arrays: 9,000 records load from the cache in tenths of a second.
Lines and columns count from 1, columns in characters; an end column is the one after the last character.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import msgspec

# --- facts: what one file says, by itself ------------------------------------------------------------

MODULE = -1
"""The scope or parent of what stands at module level, and the branch of what always runs."""

NAMELESS = "__init__"
"""The module of an `__init__.py` in a source root itself: a package that is called like the directory of the checkout."""

Place = tuple[int, int]
"""A class or function: index of its file, and its own among the definitions there; MODULE for the module's own statements."""


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Base of all facts: an immutable record stored as an array."""


BranchKind = Literal[
    "if", "else", "type-checking", "try", "except-import", "except-broad", "except-other", "try-else",
    "finally", "loop", "with", "case",
]  # fmt: skip


class Branch(Fact, frozen=True):
    """One arm of a compound statement; arms of one statement share `owner`.

    `test` is the condition of an `if` arm, the exception names of an `except` arm or the contexts of a `with`,
    as written and shortened; for a `try` arm what its handlers catch of a failed import: "import", "broad",
    "other" or "".
    An `else` arm of `if TYPE_CHECKING:` has kind `else`. `elif` is an `else` arm that holds an `if`.
    """

    kind: BranchKind
    owner: int  # number of the compound statement within the file
    owner_line: int  # line of that statement
    line: int  # first line of the arm's body
    parent: int  # index of the enclosing branch, or -1
    scope: int  # index of the enclosing definition, or -1
    test: str = ""
    terminates: bool = (
        False  # every path through the arm leaves it: raise, return, continue, break, sys.exit()
    )


class Import(Fact, frozen=True):
    """One name of one import statement, as written.

    `import a.b as c`: module="a.b", name=None, asname="c".  `from ..a import B`: module="a", level=2,
    name="B".  `from m import *`: name="*".
    """

    module: str
    name: str | None
    asname: str | None
    level: int
    line: int  # of the alias itself
    column: int
    end_line: int
    end_column: int
    statement_line: int
    scope: int  # index of the enclosing definition, or -1
    branch: int  # index of the enclosing branch, or -1

    @property
    def bound(self) -> str:
        """The local name the import binds (`*` for a star)."""
        return self.asname or self.name or self.module.partition(".")[0]


class Assignment(Fact, frozen=True):
    """A name bound by assignment (or for, with, walrus, del) at module or class level, or through `global`.

    `value` is the dotted name on the right hand (`a.b.C`) for kind "name", that of the type for "type" (`a.b.C[int]`, or
    what a `type` statement names), the dotted callee for "call", what
    `NewType("Name", a.b.C)` is a type of for "new-type", the text of a short literal for "constant", for "container" the dotted names that it holds joined by spaces (if
    it holds nothing else, None aside, and few of them), what `pytestmark = [...]` and `pytest_plugins = [...]` name
    in the same way, ":" for an annotation without a value (kind "other"; it binds nothing), otherwise "".
    """

    name: str
    kind: Literal[
        "name", "type", "call", "none", "constant", "container", "lambda", "new-type", "other", "del"
    ]
    value: str
    line: int
    column: int
    scope: int  # where the name lives: -1 for the module, else a class
    branch: int
    annotation: str = ""
    writer: int = MODULE  # the function that writes it through `global`, or -1

    @property
    def renames(self) -> bool:
        """Is it another name for what `value` names, or for a type that is made from it?"""
        return self.kind in ("name", "type")


class Parameter(Fact, frozen=True):
    name: str
    kind: Literal["positional-only", "positional", "var-positional", "keyword-only", "var-keyword"]
    default: str | None = None  # source text, shortened; None when required
    annotation: str = ""


class Definition(Fact, frozen=True):
    """A class or function, at any depth; also a class that a call makes and a name is assigned (`made.py`).

    `skeleton` is the sequence of statement kinds in its body, one character each: it does not change under
    renaming, formatting, comments, docstrings or annotations.
    """

    kind: Literal["class", "function", "async-function"]
    name: str
    qualname: str  # `outer.<locals>.Name` inside a function
    line: int  # of the `class`/`def` keyword
    column: int
    end_line: int
    end_column: int
    first_line: int  # of the first decorator
    parent: int  # index of the enclosing definition, or -1
    branch: int
    decorators: tuple[str, ...] = ()  # dotted; the callee for `@a.b(...)`; "" for anything else
    bases: tuple[str, ...] = ()  # dotted, subscripts stripped; "" for anything else
    metaclass: str = ""
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""  # the annotation, as text
    attributes: tuple[str, ...] = ()  # of a class: names assigned or annotated in its body
    instance_attributes: tuple[str, ...] = ()  # of a class: names assigned through `self.x`
    doc: str = ""  # the docstring's first 200 characters
    skeleton: str = ""
    is_trivial: bool = False  # body is only pass, `...`, a docstring, or raise NotImplementedError
    fixtures: tuple[str, ...] = ()  # names in `@pytest.mark.usefixtures("name")`
    autouse: bool = False  # a fixture that every test in its reach gets
    yields: bool = False  # a generator, or an async one
    made: str = ""  # the maker of a class that no statement defines: `collections.namedtuple`; it may stand for a base

    @property
    def is_class(self) -> bool:
        return self.kind == "class"

    @property
    def is_async(self) -> bool:
        return self.kind == "async-function"


class PathString(Fact, frozen=True):
    """A string that names a dotted path, in a position where the name is looked up.

    `form` is the callee that reads it: `patch`, `patch.object`, `patch.multiple`, `patch.dict`,
    `monkeypatch.setattr`, `import_module`, `__import__`, `reference`.  `attribute` is the separately
    given attribute (`patch.object(x, "attribute")`, `patch.multiple("m", attribute=...)`), `target` the
    dotted expression for `patch.object`. `value` is resolved text; `None` marks a site that could not be
    decided.
    """

    form: str
    value: str | None
    attribute: str | None
    target: str | None
    line: int
    column: int
    end_line: int
    end_column: int
    scope: int
    branch: int
    create: bool = False  # patch(..., create=True) / setattr(..., raising=False): absent is intended


class Warned(Fact, frozen=True):
    """A statement that calls something named like a warning: `warnings.warn(text, DeprecationWarning)`."""

    callee: str  # dotted as written
    category: (
        str  # dotted, of `warn(text, category)`, `category=` or `warn(Category(text))`; "" when not given
    )
    text: str  # what it says, as far as it is literal, shortened
    line: int
    scope: int  # index of the enclosing definition, or -1


class Suppression(Fact, frozen=True):
    """`# ssot-lint: ignore[a, b] reason`."""

    rules: tuple[str, ...]  # ids or names as written; empty for a bare ignore
    reason: str
    line: int
    column: int
    end_column: int
    own_line: bool  # the comment stands alone on its line
    statement_line: int  # first line of the statement that ends on the comment's line; else the comment's


class ShimMark(Fact, frozen=True):
    """`# ssot-lint: shim until 2026-03-01` or `until 2.0`."""

    until: str
    line: int


class Problem(Fact, frozen=True):
    """Why a file could not be read: `kind` "depth" is a file that is nested too deeply, "python-2" one that a newer Python reads as something else."""

    kind: Literal["syntax", "python-2", "depth", "encoding", "unreadable", "null-bytes"]
    message: str
    line: int = 1
    column: int = 1
    needs: str = ""  # the Python version whose grammar accepts it, e.g. "3.12"


class Call(Fact, frozen=True):
    """A call inside a definition (or at module level) of a file that was read deeply."""

    callee: str  # dotted as written; `self.x.f`; "?.f" when the receiver is an expression; "" otherwise
    line: int
    column: int
    scope: int
    branch: int
    arguments: int  # positional ones, a star counted once
    keywords: tuple[str, ...]  # "**" for an unpacking
    starred: bool
    awaited: bool
    assigned: str  # dotted target when it is the whole right hand of an assignment, else ""
    returned: bool  # it is what a return statement returns
    given: tuple[str, ...] = ()  # each argument: dotted name, `a.B()` for a call, else ""; () when all are ""


class Put(Fact, frozen=True):
    """`target = value` in a file that was read deeply, where `value` is a dotted name, or `a.B()` for a call.

    Kept are constructions of a name that is an argument of a `Call`, what is written to an attribute of an instance
    of a concept (`bridge.manager = fake`), and, with target `return`, what a function constructs and returns that
    says it returns an instance of a concept.
    """

    target: str
    value: str
    line: int
    column: int
    scope: int
    branch: int


class Use(Fact, frozen=True):
    """An attribute read, written or called on a dotted receiver, in a file that was read deeply."""

    receiver: str  # "manager", "self.manager"
    attribute: str
    line: int
    scope: int
    called: bool
    written: bool


class Reference(Fact, frozen=True):
    """A dotted name that is read other than as the callee of a call, in a file that was read deeply."""

    name: str
    line: int
    column: int
    scope: int
    role: Literal["read", "annotation", "string-annotation", "base", "decorator", "except", "isinstance", "returned", "stored"]  # fmt: skip
    target: str = (
        ""  # role "stored": the dotted name assigned to; `x[]` for an item, `x+=` for what is added to it; of an
        # annotation the attribute of `self` that it declares
    )


class Node(Fact, frozen=True):
    """A statement or expression of a function body, reduced to what rules follow; kinds in `flows.py`."""

    kind: str
    text: str
    line: int
    column: int
    children: tuple[Node, ...] = ()


NOTHING = Node("none", "", 0, 0)
"""Stands where no expression is."""


class Flow(Fact, frozen=True):
    """The body of one function, or what stands in a class: index of its definition, and the block."""

    definition: int
    body: Node


class Deep(Fact, frozen=True):
    """What the bodies say, for files in which a configured word occurs."""

    calls: tuple[Call, ...] = ()
    uses: tuple[Use, ...] = ()
    references: tuple[Reference, ...] = ()
    raises: tuple[tuple[int, str], ...] = ()  # (definition, dotted exception)
    puts: tuple[Put, ...] = ()


class FileFacts(Fact, frozen=True):
    """All that one file says. Depends on the bytes alone, not on the path."""

    lines: int
    problem: Problem | None = None
    imports: tuple[Import, ...] = ()
    branches: tuple[Branch, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    definitions: tuple[Definition, ...] = ()
    exports: tuple[str, ...] | None = None  # `__all__`; None when there is none
    exports_from: tuple[str, ...] = ()  # dotted `x.__all__` that `__all__` adds
    exports_dynamic: bool = False  # `__all__` has parts that could not be read
    getattr_names: tuple[str, ...] | None = (
        None  # names a module `__getattr__` compares with or maps; None without one
    )
    dynamic_namespace: bool = False  # globals()[...] =, setattr(sys.modules[...]), exec at module level
    paths: tuple[PathString, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    shims: tuple[ShimMark, ...] = ()
    generated: bool = False  # says "generated ... do not edit" in its first lines
    undecided: int = 0  # dynamic sites whose target could not be read
    main_guard: bool = False  # has `if __name__ == "__main__"`
    doc: str = ""  # the docstring's first 200 characters
    deep: Deep | None = None
    redefined: tuple[tuple[int, int], ...] = ()
    """(earlier, later) indexes of definitions of one name in one scope with no use between and no branch apart."""
    lazy: tuple[tuple[str, str], ...] = ()
    """(name, target) of names that a module `__getattr__` loads: `module:name`, or `module:` for a module; may be
    relative."""
    flows: tuple[Flow, ...] = ()
    """The bodies that mention a word of the rules that follow control flow; read where asked for.

    Definition -1 stands for the module-level statements that mention one.
    """
    loading: tuple[Flow, ...] = ()
    """What mentions such a word and runs where a class or function is made, not when it is called: the statements of
    class bodies, decorators and defaults, by the class or module whose names they read; none of it in a function."""
    warns: tuple[Warned, ...] = ()
    newer: Problem | None = None  # it parses; what an older Python stumbles over
    answers: tuple[tuple[str, str], ...] = ()
    """(name, dotted) of names that a module `__getattr__` returns an object for: `dotted` as the function reads it."""
    given: tuple[tuple[str, str], ...] = ()
    """(module, name) of what a module sets on what it imports as it loads: `module.name = ...`; may be relative.

    The name is "" where it is computed, and the module ends in `.*` where the last part of it is.
    """


class SourceFile(msgspec.Struct, frozen=True):
    """A file of the project: where it is, what it is called, what it says."""

    path: str  # relative to the project root, with "/"
    module: str  # dotted; for files that cannot be imported a name made from the path
    is_package: bool  # an __init__.py
    importable: bool  # every part of the module name is an identifier
    is_test: bool
    facts: FileFacts


# --- diagnostics: all that a user is told -------------------------------------------------------------

Severity = Literal["error", "warning", "info"]
Status = Literal["new", "baselined", "suppressed"]
Verdict = Literal["drop-in", "adapter", "manual"]


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A range in a file. Lines and columns count from 1."""

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 0  # 0: the same line
    end_column: int = 0  # 0: unknown


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that proves the finding."""

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A codemod's name and its arguments: symbols, never positions."""

    codemod: str
    arguments: dict[str, str] = field(default_factory=dict)
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Violation:
    """What a rule yields. `severity` overrides the rule's own for this finding."""

    location: Location
    message: str
    concept: str | None = None
    symbol: str | None = None
    canonical: str | None = None
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A violation with the rule it came from, its status and its fingerprint."""

    rule: str
    name: str
    severity: Severity
    status: Status
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    concept: str | None = None
    symbol: str | None = None
    canonical: str | None = None
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    fix: Fix | None = None
    related: tuple[Related, ...] = ()
    fingerprint: str = ""


ClaimKind = Literal[
    "canonical", "alias", "shim", "subclass", "protocol", "test-double", "test-case", "companion", "variant",
    "duplicate",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """A definition whose name or shape says that it is the concept, and what it turned out to be."""

    concept: str
    path: str
    line: int
    symbol: str  # module:qualname
    kind: ClaimKind
    reason: str
    file: int  # index into Project.files
    definition: int  # index into that file's definitions; -1 for an alias by assignment or import
    importers: int = 0
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class ConceptSummary:
    """The funnel of one concept: name matches, files they stand in, and how many there are of each kind."""

    claims: int
    files: int
    by_kind: dict[str, int]
    violations: int = 0
    names: dict[str, tuple[int, int]] = field(default_factory=dict)
    """For each configured name pattern: (class statements whose name matches, files they stand in)."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts every report carries, so that coverage is honest."""

    files: int
    lines: int
    unparsed: int
    unresolved_imports: int
    undecided: int
    violations: int
    by_rule: dict[str, int]
    concepts: dict[str, ConceptSummary]
    suppressed: int = 0
    baselined: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Diagnostics sorted by path, line, column, rule, those of the configuration first; and the summary of the whole project."""

    diagnostics: tuple[Diagnostic, ...]
    summary: Summary
