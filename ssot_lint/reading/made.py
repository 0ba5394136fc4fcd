"""Classes that a call makes: `Point = namedtuple("Point", "x y")`, `Fake = type("Fake", (Base,), {...})`.

The one base of a class statement may be such a call, `class P(namedtuple("P", "a b")):`: then it is as if the class had
what the call says.

A call is looked into only where its callee is, in this file, a name for one of the makers of the standard library,
`typing_extensions` or pydantic: imported, under whatever name, or assigned from one that is. A class whose bases or
members the call does not show in full has "" among its bases, as a class statement with a computed base has.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ssot_lint.reading.expressions import dotted
from ssot_lint.reading.syntax import base, value_of

_TYPING = ("NamedTuple", "NewType", "TypedDict")
_OFFERED = {
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

_KNOWN = {f"{module}.{name}" for module, names in _OFFERED.items() for name in names}
_ENUMS = frozenset(_OFFERED["enum"])
_PLAIN = {
    "namedtuple": {"typename", "field_names", "module", "defaults"},
    "TypedDict": {"typename", "fields", "total", "closed"},
    "make_dataclass": {
        "cls_name", "fields", "bases", "namespace", "repr", "eq", "order", "unsafe_hash", "frozen", "match_args",
        "slots", "weakref_slot", "module",
    },
    "new_class": {"name", "bases", "kwds", "exec_body"},
    "enum": {"value", "names", "module", "qualname", "type", "start", "boundary"},
}  # fmt: skip
"""Arguments that leave the members and the constructor as the others say."""


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a made class: `value` is None where a constructor has to be given one."""

    name: str
    node: ast.expr  # where it is named
    value: ast.expr | None = None
    annotation: ast.expr | None = None
    is_field: bool = True  # a parameter of the constructor


@dataclass(frozen=True, slots=True)
class Made:
    """What a call says of the class that it makes."""

    maker: str  # `collections.namedtuple`
    bases: tuple[str, ...] = ()  # as `Definition` has them; the maker, as written, where it stands for a base
    fields: tuple[Field, ...] = ()
    metaclass: str = ""
    decorators: tuple[str, ...] = ()


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
            for maker in _OFFERED.get(whole, ()):
                self._called(maker)
        elif name == "*":
            for maker in _OFFERED.get(module, ()):
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


MODULES = frozenset({*_OFFERED, "collections.abc"})
"""Modules whose imports matter; one below a package binds the package too."""
_LASTS = frozenset(name for names in _OFFERED.values() for name in names)


def made(makers: Makers, call: ast.Call) -> Made | None:
    """The class that a call makes; None where it makes none, or where the callee is no maker."""
    written = dotted(call.func)
    maker = makers.of(written)
    last = maker.rpartition(".")[2]
    if maker and last in _ENUMS:
        return _enum(maker, written, call)
    read = _READ.get(last)
    return read(maker, written, call) if read is not None else None


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


# --- the makers ------------------------------------------------------------------------------------------


def _type(maker: str, written: str, call: ast.Call) -> Made | None:
    """`type(name, bases, namespace)`, and a metaclass called in the same way."""
    if len(call.args) != 3 or any(isinstance(item, ast.Starred) for item in call.args):
        return None
    members, whole = _namespace(call.args[2])
    bases = _closed(_bases(call.args[1]), whole)
    metaclass = "" if maker == "builtins.type" else written
    return Made(maker, bases, members, metaclass)


def _new_class(maker: str, written: str, call: ast.Call) -> Made | None:
    """`types.new_class(name, bases, kwds, exec_body)`."""
    given, plain = _given(call, ("name", "bases", "kwds", "exec_body"), _PLAIN["new_class"])
    if "name" not in given:
        return None
    bases = _bases(given["bases"]) if "bases" in given else ()
    keywords = given.get("kwds")
    metaclass = ""
    if keywords is not None and not _is_none(keywords):
        entries, known = _entries(keywords)
        metaclass = next((dotted(value) for name, _, value in entries if name == "metaclass"), "")
        plain = plain and known and len(entries) == bool(metaclass)
    body = given.get("exec_body")
    members, whole = ((), True) if body is None or _is_none(body) else _filled(body)
    return Made(maker, _closed(bases, plain and whole), members, metaclass)


def _with_metaclass(maker: str, written: str, call: ast.Call) -> Made | None:
    """`six.with_metaclass(meta, *bases)`: what is derived from it has these bases and this metaclass."""
    if not call.args or call.keywords or any(isinstance(item, ast.Starred) for item in call.args):
        return None
    return Made(maker, tuple([base(item) for item in call.args[1:]]), (), dotted(call.args[0]))


def _named_tuple(maker: str, written: str, call: ast.Call) -> Made | None:
    """`namedtuple(typename, field_names, defaults=...)` and `NamedTuple(typename, fields)`."""
    typed = maker.endswith(".NamedTuple")
    order = ("typename", "fields") if typed else ("typename", "field_names")
    given, plain = _given(call, order, set(order) if typed else _PLAIN["namedtuple"])
    if "typename" not in given:
        return None
    listed = given.get(order[1])
    fields = None if listed is None else _typed(listed) if typed else _names(listed)
    whole = plain and fields is not None
    fields = fields or ()
    defaults = given.get("defaults")
    if defaults is not None and not _is_none(defaults):
        items = _items(defaults)
        whole = whole and items is not None and len(items) <= len(fields)
        if items and whole:
            first = len(fields) - len(items)
            fields = (
                *fields[:first],
                *(
                    Field(field.name, field.node, item)
                    for field, item in zip(fields[first:], items, strict=True)
                ),
            )
    return Made(maker, _closed((written,), whole), fields)


def _typed_dict(maker: str, written: str, call: ast.Call) -> Made | None:
    """`TypedDict(typename, {"key": type})`."""
    given, plain = _given(call, ("typename", "fields"), _PLAIN["TypedDict"])
    if not {"typename", "fields"} <= given.keys():
        return None
    entries, whole = _entries(given["fields"])
    fields = tuple(Field(name, key, None, value) for name, key, value in entries if name.isidentifier())
    whole = whole and plain
    return Made(maker, _closed((written,), whole), fields)


def _dataclass(maker: str, written: str, call: ast.Call) -> Made | None:
    """`make_dataclass(cls_name, fields, bases=..., namespace=...)`."""
    given, plain = _given(call, ("cls_name", "fields"), _PLAIN["make_dataclass"])
    if "cls_name" not in given:
        return None
    fields = _typed(given["fields"]) if "fields" in given else None
    members, whole = _namespace(given["namespace"]) if "namespace" in given else ((), True)
    bases = _bases(given["bases"]) if "bases" in given else ()
    whole = whole and plain and fields is not None and not any(_is_special(item) for item in fields)
    return Made(maker, _closed(bases, whole), (*(fields or ()), *members), decorators=("dataclass",))


def _enum(maker: str, written: str, call: ast.Call) -> Made | None:
    """`Enum(name, names, type=...)`."""
    given, plain = _given(call, ("value", "names"), _PLAIN["enum"])
    if not {"value", "names"} <= given.keys():
        return None
    listed = given["names"]
    entries, whole = _entries(listed)
    fields = (
        tuple(Field(name, key) for name, key, _ in entries) if whole else _names(listed) or _typed(listed)
    )
    members = tuple(Field(item.name, item.node, item.node, is_field=False) for item in fields or ())
    mixin = (base(given["type"]),) if "type" in given and not _is_none(given["type"]) else ()
    return Made(maker, _closed((*mixin, written), plain and fields is not None), members)


def _model(maker: str, written: str, call: ast.Call) -> Made | None:
    """`create_model(name, __base__=..., field=(type, default))`; what pydantic makes of a field is its own affair."""
    bases: tuple[str, ...] = (written,)
    fields: list[Field] = []
    for item in call.keywords:
        if item.arg == "__base__" and not _is_none(item.value):
            bases = _bases(item.value) if isinstance(item.value, ast.Tuple) else (base(item.value),)
        elif item.arg and not item.arg.startswith("__"):
            fields.append(Field(item.arg, item.value, item.value))
    return Made(maker, _closed(bases, False), tuple(fields))


_READ: dict[str, Callable[[str, str, ast.Call], Made | None]] = {
    "type": _type, "ABCMeta": _type, "new_class": _new_class, "namedtuple": _named_tuple, "NamedTuple": _named_tuple,
    "TypedDict": _typed_dict, "make_dataclass": _dataclass, "create_model": _model,
    "with_metaclass": _with_metaclass,
}  # fmt: skip


# --- their arguments -------------------------------------------------------------------------------------


def _given(call: ast.Call, order: Sequence[str], plain: set[str]) -> tuple[dict[str, ast.expr], bool]:
    """The arguments by parameter, and whether these are all plain ones: no star, no keyword besides."""
    found = dict(zip(order, call.args, strict=False))
    found.update((item.arg, item.value) for item in call.keywords if item.arg)
    stars = any(isinstance(item, ast.Starred) for item in call.args)
    whole = len(call.args) <= len(order) and not stars and all(item.arg in plain for item in call.keywords)
    return ({} if stars else found), whole


def _closed(bases: tuple[str, ...], whole: bool) -> tuple[str, ...]:
    """The bases, with one that nobody knows where the call does not show all."""
    return bases if whole or "" in bases else (*bases, "")


def _bases(node: ast.expr) -> tuple[str, ...]:
    """The names in a tuple or list of bases; an unknown one for anything else."""
    items = _items(node)
    return ("",) if items is None else tuple([base(item) for item in items])


def _items(node: ast.expr) -> list[ast.expr] | None:
    if isinstance(node, ast.Tuple | ast.List) and not any(
        isinstance(item, ast.Starred) for item in node.elts
    ):
        return node.elts
    return None


def _names(node: ast.expr) -> tuple[Field, ...] | None:
    """Fields as `"a b"`, `"a, b"` or a list of names; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return tuple(Field(name, node) for name in node.value.replace(",", " ").split())
    items = _items(node)
    if items is None or not all(_text(item) for item in items):
        return None
    return tuple(Field(_text(item), item) for item in items)


def _typed(node: ast.expr) -> tuple[Field, ...] | None:
    """Fields as a list of `"name"`, `("name", type)` or `("name", type, default)`; None for anything else."""
    found: list[Field] = []
    for item in _items(node) or ():
        parts = [item] if _text(item) else _items(item) or []
        if not 1 <= len(parts) <= 3 or not _text(parts[0]):
            return None
        annotation = parts[1] if len(parts) > 1 else None
        found.append(Field(_text(parts[0]), parts[0], parts[2] if len(parts) > 2 else None, annotation))
    return None if _items(node) is None else tuple(found)


def _is_special(item: Field) -> bool:
    """Is it declared by `field(...)`, or for the class alone, so that the constructor may not take it as it stands?"""
    marks = [item.value.func] if isinstance(item.value, ast.Call) else []
    marks += [item.annotation] if item.annotation is not None else []
    texts = [ast.unparse(mark) for mark in marks]
    return any(word in text for text in texts for word in ("field", "ClassVar", "InitVar", "KW_ONLY"))


def _namespace(node: ast.expr) -> tuple[tuple[Field, ...], bool]:
    """The members that a namespace lists, and whether these are all."""
    if _is_none(node):
        return (), True
    entries, whole = _entries(node)
    return tuple(Field(name, key, value, is_field=False) for name, key, value in entries), whole


def _filled(body: ast.expr) -> tuple[tuple[Field, ...], bool]:
    """The members that `lambda ns: ns.update(...)` sets, and whether these are all."""
    match body:
        case ast.Lambda(
            args=ast.arguments(args=[ast.arg(arg=name)]),
            body=ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="update"), args=[filled], keywords=[]
            ),
        ) if owner == name:
            return _namespace(filled)
        case ast.Lambda(
            args=ast.arguments(args=[ast.arg(arg=name)]),
            body=ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="update"), args=[]) as call,
        ) if owner == name:
            return _namespace(ast.Call(ast.Name("dict"), [], call.keywords))
        case _:
            return (), False


def _entries(node: ast.expr) -> tuple[list[tuple[str, ast.expr, ast.expr]], bool]:
    """Name, key and value of what `{...}` or `dict(key=value)` holds under constant names, and whether that is all."""
    match node:
        case ast.Dict(keys=keys, values=values):
            found = [
                (_text(key), key, value) for key, value in zip(keys, values, strict=True) if key is not None
            ]
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keys):
            found = [(item.arg, item.value, item.value) for item in keys if item.arg]
        case _:
            return [], False
    named = [entry for entry in found if entry[0]]
    return named, len(named) == len(keys)


def _text(node: ast.expr | None) -> str:
    """A string constant's value, "" for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def written_value(item: Field) -> tuple[str, str]:
    """(kind, text) of a member's value, as `Assignment` has them.

    A name among the values is read where the call stands and not in the class, so it is not told.
    """
    if item.is_field and item.value is None:
        return "other", ":"
    kind, text = value_of(item.value)
    return ("other", "") if kind in ("name", "call") else (kind, text)
