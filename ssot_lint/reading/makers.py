"""The names under which one file knows what makes classes."""

from __future__ import annotations

import ast

from ssot_lint.reading.expressions import dotted

_TYPING = ("NamedTuple", "NewType", "TypedDict")

OFFERED = {
    "abc": ("ABCMeta",),
    "builtins": ("type",),
    "collections": ("namedtuple",),
    "dataclasses": ("make_dataclass",),
    "enum": ("Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"),
    "django.utils.six": ("with_metaclass",),
    "pydantic": ("create_model",),
    "pydantic.main": ("create_model",),
    "six": ("with_metaclass",),
    "types": ("new_class",),
    "typing": _TYPING,
    "typing_extensions": _TYPING,
}
"""Module -> the makers that are to be had there."""

_KNOWN = {f"{module}.{name}" for module, names in OFFERED.items() for name in names}

MODULES = frozenset({*OFFERED, "collections.abc"})
"""Modules whose imports matter; one below a package binds the package too."""

_LASTS = frozenset(name for names in OFFERED.values() for name in names)


class Makers:
    """The names under which one file knows the makers of classes."""

    __slots__ = ("any", "modules", "names", "source")

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.any = b"type(" in source  # may a maker be called? In most files none is
        self.names = {"type": "builtins.type"}  # local name -> maker
        self.modules: dict[str, str] = {}  # local name -> module, for `import collections as c`

    def imported(self, module: str, name: str | None, asname: str | None) -> None:
        """Note what an absolute import binds."""
        if name is None:
            whole = module if asname else module.partition(".")[0]
            self.modules[asname or whole] = whole
            for maker in OFFERED.get(whole, ()):
                self._called(maker)
        elif name == "*":
            for maker in OFFERED.get(module, ()):
                self._named(maker, f"{module}.{maker}")
        elif f"{module}.{name}" in _KNOWN:
            self._named(asname or name, f"{module}.{name}")

    def assigned(self, name: str, value: str) -> None:
        """Note that a dotted name is given another name."""
        if maker := self.of(value):
            self._named(name, maker)

    def _named(self, name: str, maker: str) -> None:
        self.names[name] = maker
        self._called(name)

    def _called(self, name: str) -> None:
        self.any = self.any or f"{name}(".encode() in self.source

    def of(self, name: str) -> str:
        """The maker that a dotted name stands for, or ""."""
        head, dot, rest = name.partition(".")
        if not dot:
            return self.names.get(name, "")
        whole = f"{self.modules.get(head, '')}.{rest}"
        return whole if whole in _KNOWN else ""

    def may_make(self, call: ast.Call) -> bool:
        """May the callee be a maker? Asked of every call that is assigned in a file that has `any`."""
        function = call.func
        kind = type(function)
        if kind is ast.Name:
            maker = self.names.get(function.id)  # type: ignore[attr-defined]
            return maker is not None and (maker != "builtins.type" or len(call.args) == 3)
        return kind is ast.Attribute and function.attr in _LASTS  # type: ignore[attr-defined]


def new_type(makers: Makers, call: ast.Call) -> str:
    """What `NewType("Name", what)` gives another name, if that is a dotted name, or ""."""
    if makers.of(dotted(call.func)).endswith(".NewType") and len(call.args) == 2 and not call.keywords:
        return dotted(call.args[1])
    return ""


def only_made(makers: Makers, function: ast.AST, name: str) -> bool:
    """Is a local name bound to nothing but what may be such classes? Other values of a variable are not known."""
    bound = made_here = 0
    for node in ast.walk(function):
        match node:
            case ast.Name(id=found, ctx=ast.Store() | ast.Del()) | ast.arg(arg=found):
                bound += found == name
            case (
                ast.Assign(targets=[ast.Name(id=found), *_], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=found), value=ast.Call() as call)
            ):
                made_here += found == name and makers.may_make(call)
    return bound == made_here
