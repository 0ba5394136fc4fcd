"""The names under which a file keeps classes of concepts, or instances among others: tables, pools, attributes.

A body that mentions such a name matters as one that mentions the concept: what it calls may be the class, what it
takes out and returns may be the instance.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from ssot_lint.model import MODULE
from ssot_lint.reading.expressions import dotted

PUTTING = frozenset({
    "add", "append", "appendleft", "extend", "extendleft", "insert", "put", "put_nowait", "setdefault", "update",
})  # fmt: skip
"""Methods that put something into a container."""


_ASKING = frozenset(
    {"isinstance", "issubclass", "cast", "typing.cast", "super", "type", "hasattr", "getattr"}
)


class Keepers:
    """Collects texts while the statements are read: `NAME` of a module, `.name` of a class or an instance."""

    def __init__(
        self, tree: ast.Module, relevant: Callable[[str], bool], gives: Callable[[ast.expr, int], bool]
    ) -> None:
        """`relevant`: does a dotted name mention a concept?  `gives`: is a value, in a scope, an instance of one?"""
        self.relevant, self.gives = relevant, gives
        self.texts: set[str] = set()
        self.takers: set[str] = set()  # names of callees that are given a class
        self.module: set[str] = set()  # names that its own statements assign
        self.names: dict[int, str] = {}  # of functions
        self.defaults: set[tuple[int, str]] = set()  # parameters of functions that default to a class
        for node in tree.body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                self.module.update(target.id for target in targets if isinstance(target, ast.Name))

    def enter(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, index: int) -> None:
        """A definition begins."""
        if type(node) is ast.ClassDef:
            return
        self.names[index] = node.name
        arguments = node.args  # type: ignore[union-attr]
        if arguments.defaults:
            taken = [*arguments.posonlyargs, *arguments.args][-len(arguments.defaults) :]
            self._default(index, taken, arguments.defaults)
        if arguments.kw_defaults:
            self._default(index, arguments.kwonlyargs, arguments.kw_defaults)

    def _default(self, index: int, taken: Sequence[ast.arg], defaults: Sequence[ast.expr | None]) -> None:
        for argument, value in zip(taken, defaults, strict=True):
            if value is not None and self._is_class(value, index):
                self.defaults.add((index, argument.arg))

    def assigned(self, targets: Sequence[ast.expr], value: ast.expr | None, scope: int) -> None:
        """An assignment: does it keep a class, or put an instance into a container?"""
        if value is None:
            return
        for target in targets:
            if type(target) is ast.Subscript and self.gives(_plain(value), scope):
                self._keep(target.value, scope, bound=False)
        if any(self._is_class(item, scope) for item in _held(value)) or any(
            self.gives(item, scope) for item in _inside(value)
        ):
            for target in targets:
                self._keep(target, scope)

    def passed_over(self, node: ast.Assign | ast.AnnAssign, scope: int) -> None:
        """An assignment without a word: it may keep a parameter that defaults to a class."""
        value = node.value
        if self.defaults and type(value) is ast.Name and (scope, value.id) in self.defaults:
            for target in node.targets if type(node) is ast.Assign else [node.target]:  # type: ignore[union-attr]
                self._keep(target, scope)

    def returned(self, value: ast.expr, scope: int) -> None:
        """A function that returns a class is asked for it by its name."""
        if any(self._is_class(item, scope) for item in _held(value)) and scope in self.names:
            self.texts.add(self.names[scope])

    def called(self, node: ast.Call, callee: str, scope: int) -> None:
        """A call: does it put an instance into a container, or take a class?"""
        owner, _, method = callee.rpartition(".")
        if method in PUTTING and owner:
            given = [*node.args, *(item.value for item in node.keywords)]
            if any(self.gives(part, scope) for item in given for part in (_plain(item), *_inside(item))):
                self._keep(node.func.value, scope, bound=False)  # type: ignore[attr-defined]
        elif callee and callee not in _ASKING:
            given = [*node.args, *(item.value for item in node.keywords)]
            if any(self._is_class(item, scope) for item in given):
                self.takers.add(method)

    def _keep(self, target: ast.expr, scope: int, bound: bool = True) -> None:
        """`bound`: the statement assigns to the name itself."""
        name = dotted(target)
        owner, dot, last = name.rpartition(".")
        if dot and not owner.startswith("?"):
            self.texts.add(f".{last}")
        elif name in self.module and (scope == MODULE or not bound):
            self.texts.add(name)
        elif name and scope not in self.names:
            self.texts.add(f".{name}")

    def _is_class(self, value: ast.expr, scope: int) -> bool:
        """Is it the name of a class of a concept? The names of functions and instances are written small."""
        if type(value) is ast.Name:
            last = value.id
            if (scope, last) in self.defaults:
                return True
        elif type(value) is ast.Attribute:
            last = value.attr
        else:
            return False
        return last.lstrip("_")[:1].isupper() and self.relevant(dotted(value))


def _plain(value: ast.expr) -> ast.expr:
    while type(value) is ast.Await:
        value = value.value
    return value


def _held(value: ast.expr) -> Sequence[ast.expr]:
    """A value, and what it may be instead or holds."""
    kind = type(value)
    if kind is ast.BoolOp:
        return value.values  # type: ignore[attr-defined, no-any-return]
    if kind is ast.IfExp:
        return (value.body, value.orelse)  # type: ignore[attr-defined]
    return (value, *_inside(value))


_CONTAINERS = frozenset({"dict", "deque", "list", "set", "tuple"})


def _inside(value: ast.expr) -> Sequence[ast.expr]:
    """What a container holds."""
    kind = type(value)
    if kind is ast.Call:
        made = type(value.func) is ast.Name and value.func.id in _CONTAINERS and len(value.args) == 1  # type: ignore[attr-defined]
        return _inside(value.args[0]) if made else ()  # type: ignore[attr-defined]
    if kind is ast.List or kind is ast.Tuple or kind is ast.Set:
        return value.elts  # type: ignore[attr-defined, no-any-return]
    if kind is ast.Dict:
        return value.values  # type: ignore[attr-defined, no-any-return]
    if kind is ast.ListComp or kind is ast.SetComp or kind is ast.GeneratorExp:
        return (value.elt,)  # type: ignore[attr-defined]
    if kind is ast.DictComp:
        return (value.value,)  # type: ignore[attr-defined]
    return ()
