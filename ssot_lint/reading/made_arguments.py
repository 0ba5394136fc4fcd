"""The arguments of a call that makes a class: its bases, its members, and whether that is all."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ssot_lint.reading.syntax import base, value_of


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a made class: `value` is None where a constructor has to be given one."""

    name: str
    node: ast.expr  # where it is named
    value: ast.expr | None = None
    annotation: ast.expr | None = None
    is_field: bool = True  # a parameter of the constructor


def given_to(call: ast.Call, order: Sequence[str], plain: set[str]) -> tuple[dict[str, ast.expr], bool]:
    """The arguments by parameter, and whether these are all plain ones: no star, no keyword besides."""
    found = dict(zip(order, call.args, strict=False))
    found.update((item.arg, item.value) for item in call.keywords if item.arg)
    stars = any(isinstance(item, ast.Starred) for item in call.args)
    whole = len(call.args) <= len(order) and not stars and all(item.arg in plain for item in call.keywords)
    return ({} if stars else found), whole


def closed(bases: tuple[str, ...], whole: bool) -> tuple[str, ...]:
    """The bases, with one that nobody knows where the call does not show all."""
    return bases if whole or "" in bases else (*bases, "")


def bases_in(node: ast.expr) -> tuple[str, ...]:
    """The names in a tuple or list of bases; an unknown one for anything else."""
    items = items_of(node)
    return ("",) if items is None else tuple([base(item) for item in items])


def items_of(node: ast.expr) -> list[ast.expr] | None:
    if isinstance(node, ast.Tuple | ast.List) and not any(
        isinstance(item, ast.Starred) for item in node.elts
    ):
        return node.elts
    return None


def fields_named(node: ast.expr) -> tuple[Field, ...] | None:
    """Fields as `"a b"`, `"a, b"` or a list of names; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return tuple(Field(name, node) for name in node.value.replace(",", " ").split())
    items = items_of(node)
    if items is None or not all(_text(item) for item in items):
        return None
    return tuple(Field(_text(item), item) for item in items)


def fields_typed(node: ast.expr) -> tuple[Field, ...] | None:
    """Fields as a list of `"name"`, `("name", type)` or `("name", type, default)`; None for anything else."""
    found: list[Field] = []
    for item in items_of(node) or ():
        parts = [item] if _text(item) else items_of(item) or []
        if not 1 <= len(parts) <= 3 or not _text(parts[0]):
            return None
        annotation = parts[1] if len(parts) > 1 else None
        found.append(Field(_text(parts[0]), parts[0], parts[2] if len(parts) > 2 else None, annotation))
    return None if items_of(node) is None else tuple(found)


def is_special(item: Field) -> bool:
    """Is it declared by `field(...)`, or for the class alone, so that the constructor may not take it as it stands?"""
    marks = [item.value.func] if isinstance(item.value, ast.Call) else []
    marks += [item.annotation] if item.annotation is not None else []
    texts = [ast.unparse(mark) for mark in marks]
    return any(word in text for text in texts for word in ("field", "ClassVar", "InitVar", "KW_ONLY"))


def members_in(node: ast.expr) -> tuple[tuple[Field, ...], bool]:
    """The members that a namespace lists, and whether these are all."""
    if is_none(node):
        return (), True
    entries, whole = entries_of(node)
    return tuple(Field(name, key, value, is_field=False) for name, key, value in entries), whole


def filled_in(body: ast.expr) -> tuple[tuple[Field, ...], bool]:
    """The members that `lambda ns: ns.update(...)` sets, and whether these are all."""
    match body:
        case ast.Lambda(
            args=ast.arguments(args=[ast.arg(arg=name)]),
            body=ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="update"), args=[filled], keywords=[]
            ),
        ) if owner == name:
            return members_in(filled)
        case ast.Lambda(
            args=ast.arguments(args=[ast.arg(arg=name)]),
            body=ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="update"), args=[]) as call,
        ) if owner == name:
            return members_in(ast.Call(ast.Name("dict"), [], call.keywords))
        case _:
            return (), False


def entries_of(node: ast.expr) -> tuple[list[tuple[str, ast.expr, ast.expr]], bool]:
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


def is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def written_value(item: Field) -> tuple[str, str]:
    """(kind, text) of a member's value, as `Assignment` has them.

    A name among the values is read where the call stands and not in the class, so it is not told.
    """
    if item.is_field and item.value is None:
        return "other", ":"
    kind, text = value_of(item.value)
    return ("other", "") if kind in ("name", "type", "call") else (kind, text)
