"""A definition written down as lists, name by name apart from the structure, and the shape that is left of it."""

from __future__ import annotations

import ast
import marshal
from array import array
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Literal

import msgspec

from ssot_lint.likeness.codes import Codes

Define = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_MASK = (1 << 64) - 1


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


class Scope:
    """A definition being read: where its part of each list starts, and the names that it may choose."""

    __slots__ = (
        "bound", "elsewhere", "height", "is_class", "literals", "names", "node", "outer", "own", "owned",
        "qualname", "receiver", "statements", "substance", "tokens",
    )  # fmt: skip

    def __init__(self, node: Define, outer: Scope | None) -> None:
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


class Tape:
    """What is written of the definitions of a module, each from where its scope says on.

    `tokens` is the structure. What may be renamed stands apart: variables in `names`, members of a class and
    attributes of its instances in `own`. `literals` holds values and annotations.
    """

    def __init__(self, members: bool = True) -> None:
        self.members = members
        self.used: list[tuple[int, ...]] = []  # the members in each statement, where it is told without them
        self.codes = Codes()
        self.tokens: list[int] = []
        self.names: list[str] = []
        self.numbered: list[str | int] = []  # `names`, those of finished scopes replaced by numbers
        self.own: list[int] = []
        self.literals: list[object] = []
        self.called: list[int] = []  # functions that the current statement calls by name
        self.statements = array("Q")
        self.aliases: dict[str | int, str | int] = {}

    def member(self, name: str, scope: Scope, *, defines: bool = True) -> int:
        code = self.codes[name]
        if defines and not (name.startswith("__") and name.endswith("__")):
            scope.owned.add(code)
        return code

    def end_statement(self, tokens: int, own: int) -> None:
        members = self.own[own:]
        if not self.members:
            self.used.append(tuple(members))
            members = []
        content = self.tokens[tokens:] + members + self.called
        self.statements.append(hash(tuple(content)) & _MASK)  # a hash of ints has no random seed
        self.called.clear()

    def number(self, scope: Scope) -> None:
        """Replaces the names that the scope may choose by numbers. Inner scopes have theirs already."""
        self.numbered += self.names[len(self.numbered) :]
        part = self.numbered[scope.names :]
        bound = scope.bound - scope.elsewhere
        numbers = _numbers((name for name in dict.fromkeys(part) if name in bound), scope.height << 24)
        self.numbered[scope.names :] = [numbers.get(name, name) for name in part]

    def shape(self, scope: Scope, boilerplate: bool) -> Shape:
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

    def sequence(self, scope: Scope) -> array[int]:
        found = self.statements[scope.statements :]
        if self.members:
            return found
        chosen = scope.owned if scope.is_class else frozenset()
        used = ([code for code in codes if code not in chosen] for codes in self.used[scope.statements :])
        return array("Q", [hash((code, *names)) & _MASK for code, names in zip(found, used, strict=True)])


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
