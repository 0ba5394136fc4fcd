"""Normalised shapes of classes and functions: what is left of the code when names and layout are taken away.

A shape holds three views of one definition, from the strictest to the most tolerant.

- `exact`: every token, in order; only formatting, comments and docstrings are gone (a Type-1 clone).
- `digest`: also without annotations, the values of literals (their type stays) and the names that the
  definition may choose freely: its own name, parameters, local names, aliases of imports, and for a class its
  methods and the attributes that it assigns. Each is replaced by the number of its first occurrence in its
  scope, so that renaming must be consistent (a Type-2 clone; B. S. Baker, "On finding duplication and
  near-duplication in large software systems", WCRE 1995). Attributes of other objects, keywords, global
  names and operators stay: code that calls something else is something else.
- `statements`: a hash of each statement, in order, nested definitions included, with variables and literals
  blanked, attributes and called names kept. Two definitions are near copies when these sequences are alike
  (a Type-3 clone): `similarity`.

Hashes depend on the code alone, not on the process (`PYTHONHASHSEED`), the file or the position in it.
"""

from __future__ import annotations

import ast
import marshal
import warnings
from array import array
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, Literal
from zlib import crc32

import msgspec

from ssot_lint.likeness.boilerplate import is_boilerplate, is_string

Define = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_MASK = (1 << 64) - 1
_ABSENT, _NAME, _OWN, _CALL = 1, 2, 3, 4
_LITERALS = {str: 20, bytes: 21, int: 22, float: 22, complex: 22, bool: 23, type(None): 24, type(...): 25}
_KINDS: dict[type, int] = {
    kind: number
    for number, kind in enumerate(
        sorted(
            {item for item in vars(ast).values() if isinstance(item, type) and issubclass(item, ast.AST)},
            key=lambda item: item.__name__,
        ),
        start=100,
    )
}
_SUITES = {"body": 10, "handlers": 11, "orelse": 12, "finalbody": 13, "cases": 14}  # what marks their end
_BOUND_NAME = {
    ast.ExceptHandler: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
    ast.MatchMapping: "rest",
}
_NO_CODE = frozenset({"ctx", "annotation", "returns", "type_comment", "type_params", "kind", "simple"})
_HAS_SUITES = (ast.stmt, ast.excepthandler, ast.match_case)


def _parts(kind: type) -> tuple[str, ...]:
    """The fields of a node that hold its own expressions."""
    skipped = (
        _NO_CODE | {_BOUND_NAME.get(kind, "")} | (_SUITES.keys() if issubclass(kind, _HAS_SUITES) else set())
    )
    return tuple(name for name in getattr(kind, "_fields", ()) if name not in skipped)


_LEAVES = frozenset(kind for kind in _KINDS if issubclass(kind, (ast.operator, ast.unaryop, ast.boolop)))
_PARTS = {kind: _parts(kind) for kind in _KINDS}
_BLOCKS = {
    kind: tuple((name, mark) for name, mark in reversed(_SUITES.items()) if name in kind._fields)
    for kind in _KINDS
    if issubclass(kind, _HAS_SUITES)
}


class Shape(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One class or function of a file, without its names."""

    definition: Literal["class", "function"]
    qualname: str  # `outer.<locals>.Name` inside a function
    line: int  # of the `class`/`def` keyword
    end_line: int
    tokens: int  # how much code: about one per node of the syntax tree
    exact: int
    digest: int
    boilerplate: bool  # declarations without logic: `boilerplate.is_boilerplate`, a class of nothing else
    statements: bytes  # `array("Q")` of statement hashes

    @property
    def size(self) -> int:
        """The number of statements, those of nested definitions included."""
        return len(self.statements) // 8

    def sequence(self) -> array[int]:
        """The statement hashes, in order."""
        return array("Q", self.statements)


def extract_shapes(source: bytes, minimum: int = 1, *, members: bool = True) -> tuple[Shape, ...]:
    """The shapes of all classes and functions of at least `minimum` statements, outer ones first.

    Without `members` the statements of a class have no names of members that it defines: a copy of it with other
    names for these has the same statements.

    Raises what `ast.parse` raises: SyntaxError, ValueError (null bytes), RecursionError, MemoryError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    return tuple(
        sorted(_Reader(members).read(tree, minimum), key=lambda shape: (shape.line, -shape.end_line))
    )


def similarity(a: Shape, b: Shape, cutoff: float = 0.0) -> float:
    """How much of the larger definition the two have in common, from 0 to 1; 0 when it is below `cutoff`.

    The length of the longest common subsequence of statements over the length of the longer sequence, the
    measure of NiCad (C. K. Roy and J. R. Cordy, "NICAD: Accurate Detection of Near-Miss Intentional Clones
    Using Flexible Pretty-Printing and Code Normalization", ICPC 2008). 1.0 for equal digests.
    """
    if a.definition != b.definition:
        return 0.0
    if a.digest == b.digest:
        return 1.0
    from rapidfuzz.distance import LCSseq

    return LCSseq.normalized_similarity(a.sequence(), b.sequence(), score_cutoff=cutoff)


class _Codes(dict[str, int]):
    """Name -> a number that is the same in every process."""

    def __missing__(self, name: str) -> int:
        code = self[name] = crc32(name.encode("utf-8", "surrogatepass")) | 1 << 32
        return code


class _Scope:
    """A definition being read: where its part of each list starts, and the names that it may choose."""

    __slots__ = (
        "bound", "elsewhere", "height", "is_class", "literals", "names", "node", "outer", "own", "owned",
        "qualname", "receiver", "statements", "substance", "tokens",
    )  # fmt: skip

    def __init__(self, node: Define, outer: _Scope | None) -> None:
        self.node = node
        self.outer = outer
        self.is_class = isinstance(node, ast.ClassDef)
        self.qualname = node.name
        self.receiver = ""
        self.owned: set[int] = set()  # codes of the members that the class, or the class around it, defines
        if outer is not None:
            self.qualname = f"{outer.qualname}{'.' if outer.is_class else '.<locals>.'}{node.name}"
            if not self.is_class:
                self.owned = outer.owned
                self.receiver = _receiver(node) if outer.is_class else outer.receiver
        self.bound = {node.name}
        self.elsewhere: set[str] = set()  # declared global or nonlocal
        self.height = 1
        self.substance = False  # of a class: it has a method that is no boilerplate
        self.tokens = self.names = self.own = self.literals = self.statements = 0


class _Reader:
    """One pass over a module, with stacks of its own: nesting is as deep as the author likes.

    `tokens` is the structure. What may be renamed stands apart: variables in `names`, members of a class and
    attributes of its instances in `own`. `literals` holds values and annotations.
    """

    def __init__(self, members: bool = True) -> None:
        self.members = members
        self.used: list[tuple[int, ...]] = []  # the members in each statement, where it is told without them
        self.codes = _Codes()
        self.tokens: list[int] = []
        self.names: list[str] = []
        self.numbered: list[str | int] = []  # `names`, those of finished scopes replaced by numbers
        self.own: list[int] = []
        self.literals: list[object] = []
        self.called: list[int] = []  # functions that the current statement calls by name
        self.statements = array("Q")
        self.aliases: dict[str | int, str | int] = {}
        self.todo: list[Any] = []

    def read(self, tree: ast.Module, minimum: int) -> list[Shape]:
        found: list[Shape] = []
        work: list[Any] = _suite(tree.body)
        scope: _Scope | None = None
        while work:
            item = work.pop()
            kind = type(item)
            if kind is int:  # the end of a suite
                self.tokens.append(item)
            elif kind is _Scope:
                self.number(item)
                boilerplate = is_boilerplate(item.node) if not item.is_class else not item.substance
                if len(self.statements) - item.statements >= minimum:
                    found.append(self.shape(item, boilerplate))
                scope = item.outer
                if scope is not None:
                    scope.height = max(scope.height, item.height + 1)
                    scope.substance |= not boilerplate
            else:
                if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef or kind is ast.ClassDef:
                    scope = self.definition(item, scope)
                    work.append(scope)
                elif scope is not None:
                    self.statement(item, kind, scope)
                elif kind is ast.Import or kind is ast.ImportFrom:
                    self.aliases.update(
                        (alias.asname, alias.name.rpartition(".")[2]) for alias in item.names if alias.asname
                    )
                for field, mark in _BLOCKS[kind]:
                    suite = getattr(item, field)
                    if suite:
                        if scope is not None:
                            work.append(mark)
                        work.extend(_suite(suite))
        return found

    # -- statements

    def definition(self, node: Define, outer: _Scope | None) -> _Scope:
        """Reads the header. Its hash belongs to the sequence of what is around it, not to its own."""
        own_start = len(self.own)
        if outer is not None:
            outer.bound.add(node.name)
            if outer.is_class:
                self.own.append(self.member(node.name, outer))
            else:
                self.names.append(node.name)
        scope = _Scope(node, outer)
        scope.tokens, scope.names = len(self.tokens), len(self.names)
        scope.own, scope.literals = len(self.own), len(self.literals)
        self.literals.append(node.name)
        self.tokens += (_KINDS[type(node)], len(node.decorator_list))
        self.todo += node.decorator_list
        if isinstance(node, ast.ClassDef):
            self.tokens += (len(node.bases), len(node.keywords))
            self.todo += node.bases
            self.todo += node.keywords
        else:
            self.parameters(node.args, scope.bound)
            self.annotation(node.returns)
        self.expressions(scope)
        self.end_statement(scope.tokens, own_start)
        scope.statements = len(self.statements)
        return scope

    def statement(self, node: Any, kind: type, scope: _Scope) -> None:
        tokens, own = len(self.tokens), len(self.own)
        if kind is ast.Assign:
            self.tokens += (_KINDS[kind], len(node.targets))
            self.todo += node.targets
            self.todo.append(node.value)
        elif kind is ast.AnnAssign:
            self.annotation(node.annotation)
            self.tokens += (_KINDS[ast.Assign], _ABSENT if node.value is None else 1)
            self.todo.append(node.target)
            if node.value is not None:
                self.todo.append(node.value)
        elif kind is ast.Import or kind is ast.ImportFrom:
            self.import_(node, scope)
        elif kind is ast.Global or kind is ast.Nonlocal:
            self.tokens += (_KINDS[kind], len(node.names))
            self.names += node.names
            scope.elsewhere.update(node.names)
        else:
            self.todo.append(node)
        self.expressions(scope)
        self.end_statement(tokens, own)

    def end_statement(self, tokens: int, own: int) -> None:
        members = self.own[own:]
        if not self.members:
            self.used.append(tuple(members))
            members = []
        content = self.tokens[tokens:] + members + self.called
        self.statements.append(hash(tuple(content)) & _MASK)  # a hash of ints has no random seed
        self.called.clear()

    def import_(self, node: ast.Import | ast.ImportFrom, scope: _Scope) -> None:
        self.tokens.append(_KINDS[type(node)])
        if isinstance(node, ast.ImportFrom):
            self.tokens += (self.codes[node.module or ""], node.level)
        self.tokens.append(len(node.names))
        for alias in node.names:
            self.tokens.append(self.codes[alias.name])
            name = alias.asname or alias.name.partition(".")[0]
            self.names.append(name)
            scope.bound.add(name)

    def parameters(self, node: ast.arguments, bound: set[str]) -> None:
        positional = [*node.posonlyargs, *node.args]
        extra = [item for item in (node.vararg, node.kwarg) if item is not None]
        self.tokens += (
            _KINDS[ast.arguments], len(node.posonlyargs), len(node.args), len(node.kwonlyargs),
            node.vararg is not None, node.kwarg is not None, len(node.defaults),
        )  # fmt: skip
        for parameter in (*positional, *node.kwonlyargs, *extra):
            self.names.append(parameter.arg)
            bound.add(parameter.arg)
            self.annotation(parameter.annotation)
        self.todo += node.defaults
        self.todo += node.kw_defaults

    def annotation(self, node: ast.expr | None) -> None:
        """Annotations count for `exact` only."""
        if node is None:
            self.literals.append(None)
        elif isinstance(node, ast.Name):
            self.literals.append(node.id)
        else:
            self.literals.append(ast.unparse(node))

    def member(self, name: str, scope: _Scope, *, defines: bool = True) -> int:
        code = self.codes[name]
        if defines and not (name.startswith("__") and name.endswith("__")):
            scope.owned.add(code)
        return code

    # -- expressions

    def expressions(self, scope: _Scope) -> None:
        """Empties `todo`. The hot loop: a repository has ten million expressions."""
        todo, codes, tokens, names, literals = self.todo, self.codes, self.tokens, self.names, self.literals
        pop, push, emit, receiver, bind = (
            todo.pop,
            todo.append,
            tokens.append,
            scope.receiver,
            scope.bound.add,
        )
        while todo:
            node = pop()
            kind = type(node)
            if kind is ast.Name:
                names.append(node.id)
                if type(node.ctx) is not ast.Load:
                    bind(node.id)
                    if scope.is_class:
                        self.own.append(self.member(node.id, scope))
                emit(_NAME)
            elif kind is ast.Attribute:
                value = node.value
                if type(value) is ast.Name and value.id == receiver:
                    emit(_OWN)
                    names.append(receiver)
                    self.own.append(self.member(node.attr, scope, defines=type(node.ctx) is ast.Store))
                else:
                    emit(codes[node.attr])
                    push(value)
            elif kind is ast.Constant:
                value = node.value
                emit(_LITERALS[type(value)])
                literals.append(value)
            elif kind is ast.Call:
                emit(_CALL)
                emit(len(node.args))
                emit(len(node.keywords))
                todo += node.args
                todo += node.keywords
                value = node.func
                if type(value) is ast.Name:
                    self.called.append(codes[self.aliases.get(value.id, value.id)])  # type: ignore[index]
                push(value)
            elif kind is ast.keyword:
                emit(codes[node.arg or "**"])
                push(node.value)
            elif kind is ast.JoinedStr:
                emit(_KINDS[kind])
                for value in node.values:
                    if type(value) is ast.Constant:
                        literals.append(value.value)
                    else:
                        literals.append(None)
                        push(value)
            elif kind is ast.arguments:
                self.parameters(node, scope.bound)
            elif kind is str:
                emit(codes[node])
            elif node is None:
                emit(_ABSENT)
            else:
                emit(_KINDS[kind])
                for field in _PARTS[kind]:
                    value = getattr(node, field)
                    part = type(value)
                    if part is list:
                        emit(len(value))
                        todo += value
                    elif part is int or part is bool:
                        emit(value)
                    elif part in _LEAVES:
                        emit(_KINDS[part])
                    else:
                        push(value)
                if kind in _BOUND_NAME:
                    name = getattr(node, _BOUND_NAME[kind])
                    emit(name is not None)
                    if name is not None:
                        names.append(name)
                        bind(name)

    # -- results

    def number(self, scope: _Scope) -> None:
        """Replaces the names that the scope may choose by numbers. Inner scopes have theirs already."""
        self.numbered += self.names[len(self.numbered) :]
        part = self.numbered[scope.names :]
        bound = scope.bound - scope.elsewhere
        numbers = _numbers((name for name in dict.fromkeys(part) if name in bound), scope.height << 24)
        self.numbered[scope.names :] = [numbers.get(name, name) for name in part]

    def shape(self, scope: _Scope, boilerplate: bool) -> Shape:
        node = scope.node
        tokens = tuple(self.tokens[scope.tokens :])
        structure = hash(tokens)
        own = self.own[scope.own :]
        exact = (structure, self.names[scope.names :], own, self.literals[scope.literals :])
        numbered = self.numbered[scope.names :]
        if self.aliases:
            numbered = [self.aliases.get(name, name) for name in numbered]
        if scope.is_class:
            numbers = _numbers((code for code in dict.fromkeys(own) if code in scope.owned), 0)
            own = [numbers.get(code, code) for code in own]
        return Shape(
            "class" if scope.is_class else "function",
            scope.qualname,
            node.lineno,
            node.end_lineno or node.lineno,
            len(tokens),
            _hash(exact),
            _hash((structure, numbered, own)),
            boilerplate,
            self.sequence(scope).tobytes(),
        )

    def sequence(self, scope: _Scope) -> array[int]:
        found = self.statements[scope.statements :]
        if self.members:
            return found
        chosen = scope.owned if scope.is_class else frozenset()
        used = ([code for code in codes if code not in chosen] for codes in self.used[scope.statements :])
        return array("Q", [hash((code, *names)) & _MASK for code, names in zip(found, used, strict=True)])


def _suite(body: Sequence[ast.AST]) -> list[ast.AST]:
    """The statements in the order of a stack, without docstrings and other strings that do nothing."""
    return [item for item in reversed(body) if not is_string(item)]


def _numbers(items: Iterable[Any], base: int) -> dict[Any, int]:
    return {item: base + number for number, item in enumerate(items)}


def _hash(content: tuple[Any, ...]) -> int:
    # version 2 of the format writes equal values as equal bytes: it has no references and no interning
    return int.from_bytes(blake2b(marshal.dumps(content, 2), digest_size=8).digest(), "big")


def _receiver(node: Define) -> str:
    """The first parameter of a method, `self` by custom."""
    if isinstance(node, ast.ClassDef):
        return ""
    if any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in node.decorator_list):
        return ""
    return next((item.arg for item in (*node.args.posonlyargs, *node.args.args)), "")
