"""Classes that a call makes: `Point = namedtuple("Point", "x y")`, `Fake = type("Fake", (Base,), {...})`.

The one base of a class statement may be such a call, `class P(namedtuple("P", "a b")):`: then it is as if the class had
what the call says.

A call is looked into only where its callee is, in this file, a name for one of the makers of the standard library,
`typing_extensions` or pydantic: imported, under whatever name, or assigned from one that is. A class whose bases or
members the call does not show in full has "" among its bases, as a class statement with a computed base has.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from ssot_lint.reading.expressions import dotted
from ssot_lint.reading.made_arguments import (
    Field,
    bases_in,
    closed,
    entries_of,
    fields_named,
    fields_typed,
    filled_in,
    given_to,
    is_none,
    is_special,
    items_of,
    members_in,
)
from ssot_lint.reading.makers import OFFERED, Makers
from ssot_lint.reading.syntax import base

_ENUMS = frozenset(OFFERED["enum"])

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
class Made:
    """What a call says of the class that it makes."""

    maker: str  # `collections.namedtuple`
    bases: tuple[str, ...] = ()  # as `Definition` has them; the maker, as written, where it stands for a base
    fields: tuple[Field, ...] = ()
    metaclass: str = ""
    decorators: tuple[str, ...] = ()


def made(makers: Makers, call: ast.Call) -> Made | None:
    """The class that a call makes; None where it makes none, or where the callee is no maker."""
    written = dotted(call.func)
    maker = makers.of(written)
    last = maker.rpartition(".")[2]
    if maker and last in _ENUMS:
        return _enum(maker, written, call)
    read = _READ.get(last)
    return read(maker, written, call) if read is not None else None


# --- the makers ------------------------------------------------------------------------------------------


def _type(maker: str, written: str, call: ast.Call) -> Made | None:
    """`type(name, bases, namespace)`, and a metaclass called in the same way."""
    if len(call.args) != 3 or any(isinstance(item, ast.Starred) for item in call.args):
        return None
    members, whole = members_in(call.args[2])
    bases = closed(bases_in(call.args[1]), whole)
    metaclass = "" if maker == "builtins.type" else written
    return Made(maker, bases, members, metaclass)


def _new_class(maker: str, written: str, call: ast.Call) -> Made | None:
    """`types.new_class(name, bases, kwds, exec_body)`."""
    given, plain = given_to(call, ("name", "bases", "kwds", "exec_body"), _PLAIN["new_class"])
    if "name" not in given:
        return None
    bases = bases_in(given["bases"]) if "bases" in given else ()
    keywords = given.get("kwds")
    metaclass = ""
    if keywords is not None and not is_none(keywords):
        entries, known = entries_of(keywords)
        metaclass = next((dotted(value) for name, _, value in entries if name == "metaclass"), "")
        plain = plain and known and len(entries) == bool(metaclass)
    body = given.get("exec_body")
    members, whole = ((), True) if body is None or is_none(body) else filled_in(body)
    return Made(maker, closed(bases, plain and whole), members, metaclass)


def _with_metaclass(maker: str, written: str, call: ast.Call) -> Made | None:
    """`six.with_metaclass(meta, *bases)`: what is derived from it has these bases and this metaclass."""
    if not call.args or call.keywords or any(isinstance(item, ast.Starred) for item in call.args):
        return None
    return Made(maker, tuple([base(item) for item in call.args[1:]]), (), dotted(call.args[0]))


def _named_tuple(maker: str, written: str, call: ast.Call) -> Made | None:
    """`namedtuple(typename, field_names, defaults=...)` and `NamedTuple(typename, fields)`."""
    typed = maker.endswith(".NamedTuple")
    order = ("typename", "fields") if typed else ("typename", "field_names")
    given, plain = given_to(call, order, set(order) if typed else _PLAIN["namedtuple"])
    if "typename" not in given:
        return None
    listed = given.get(order[1])
    fields = None if listed is None else fields_typed(listed) if typed else fields_named(listed)
    whole = plain and fields is not None
    fields = fields or ()
    defaults = given.get("defaults")
    if defaults is not None and not is_none(defaults):
        items = items_of(defaults)
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
    return Made(maker, closed((written,), whole), fields)


def _typed_dict(maker: str, written: str, call: ast.Call) -> Made | None:
    """`TypedDict(typename, {"key": type})`."""
    given, plain = given_to(call, ("typename", "fields"), _PLAIN["TypedDict"])
    if not {"typename", "fields"} <= given.keys():
        return None
    entries, whole = entries_of(given["fields"])
    fields = tuple(Field(name, key, None, value) for name, key, value in entries if name.isidentifier())
    whole = whole and plain
    return Made(maker, closed((written,), whole), fields)


def _dataclass(maker: str, written: str, call: ast.Call) -> Made | None:
    """`make_dataclass(cls_name, fields, bases=..., namespace=...)`."""
    given, plain = given_to(call, ("cls_name", "fields"), _PLAIN["make_dataclass"])
    if "cls_name" not in given:
        return None
    fields = fields_typed(given["fields"]) if "fields" in given else None
    members, whole = members_in(given["namespace"]) if "namespace" in given else ((), True)
    bases = bases_in(given["bases"]) if "bases" in given else ()
    whole = whole and plain and fields is not None and not any(is_special(item) for item in fields)
    return Made(maker, closed(bases, whole), (*(fields or ()), *members), decorators=("dataclass",))


def _enum(maker: str, written: str, call: ast.Call) -> Made | None:
    """`Enum(name, names, type=...)`."""
    given, plain = given_to(call, ("value", "names"), _PLAIN["enum"])
    if not {"value", "names"} <= given.keys():
        return None
    listed = given["names"]
    entries, whole = entries_of(listed)
    fields = (
        tuple(Field(name, key) for name, key, _ in entries)
        if whole
        else fields_named(listed) or fields_typed(listed)
    )
    members = tuple(Field(item.name, item.node, item.node, is_field=False) for item in fields or ())
    mixin = (base(given["type"]),) if "type" in given and not is_none(given["type"]) else ()
    return Made(maker, closed((*mixin, written), plain and fields is not None), members)


def _model(maker: str, written: str, call: ast.Call) -> Made | None:
    """`create_model(name, __base__=..., field=(type, default))`; what pydantic makes of a field is its own affair."""
    bases: tuple[str, ...] = (written,)
    fields: list[Field] = []
    for item in call.keywords:
        if item.arg == "__base__" and not is_none(item.value):
            bases = bases_in(item.value) if isinstance(item.value, ast.Tuple) else (base(item.value),)
        elif item.arg and not item.arg.startswith("__"):
            fields.append(Field(item.arg, item.value, item.value))
    return Made(maker, closed(bases, False), tuple(fields))


_READ: dict[str, Callable[[str, str, ast.Call], Made | None]] = {
    "type": _type, "ABCMeta": _type, "new_class": _new_class, "namedtuple": _named_tuple, "NamedTuple": _named_tuple,
    "TypedDict": _typed_dict, "make_dataclass": _dataclass, "create_model": _model,
    "with_metaclass": _with_metaclass,
}  # fmt: skip
