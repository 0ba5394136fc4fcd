"""One step from an object to those it holds, each with the Python expression that leads there.

Nothing is called that a class could have defined: a walk must not run the code that it judges.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from keyword import iskeyword
from typing import Any, NamedTuple

from ssot_lint.runtime.natures import (
    Nature,
    is_descriptor,
    is_standard,
    is_standard_file,
    is_transparent,
    nature,
    type_name,
)

CONFIGURATION = frozenset({"model_config", "_field_defaults"})
"""Class attributes that are declarations: of pydantic's models, of named tuples."""

SHORT_KEY = 60
"""Longer keys are given by their position."""


_PLAIN = {id(kind) for kind in (int, str, float, bool, bytes, type(None))}
"""Ids of the classes whose instances are passed over before a step is made of them."""


class Step(NamedTuple):
    """From `path` to `value`: the expression is `before + path + after`. `via` says what holds the value."""

    before: str
    after: str
    value: object
    via: str = ""


class Kind(NamedTuple):
    """What is known of a class: worked out once for each that a report meets."""

    cls: type  # kept, so that its id stays its own
    nature: Nature
    is_descriptor: bool
    is_transparent: bool
    has_slots: bool  # of its own, which Python's classes have not
    shared: tuple[
        tuple[str, Step], ...
    ]  # attribute, and the step to what its instances reach through the class


Kinds = dict[int, Kind]
"""By the class's id: hashing a class may run code of its metaclass."""


def kind_of(value: object, known: Kinds) -> Kind:
    """What is known of an object's class."""
    cls = type(value)
    kind = known.get(id(cls))
    if kind is None:
        own = nature(cls) != "inert" and not is_standard(cls)
        shared = tuple(_class_steps(cls)) if own else ()
        kind = Kind(cls, nature(cls), is_descriptor(cls), is_transparent(cls), own, shared)
        known[id(cls)] = kind
    return kind


def steps(value: object, known: Kinds) -> Iterator[Step]:
    """All that an object holds: attributes, slots, items, closures, defaults, bound objects, class attributes."""
    kind = type(value)
    if issubclass(kind, types.FunctionType | types.MethodType | types.BuiltinFunctionType | partial):
        yield from _callable(value)
    elif issubclass(kind, types.GeneratorType | types.CoroutineType | types.AsyncGeneratorType):
        yield from _frame(value)
    elif issubclass(kind, property | staticmethod | classmethod):
        yield from _wrapper(value)
    else:
        yield from _items(value)
    own = attributes_of(value) or {}
    for name, held in list(own.items()):
        if id(type(held)) not in _PLAIN:
            yield Step("", _attribute(name), held)
    facts = kind_of(value, known)
    if facts.has_slots:
        yield from _slots(value)
    for name, step in facts.shared:
        if name not in own:
            yield step


def attributes_of(value: object) -> dict[str, object] | None:
    """The instance's `__dict__`, read past any `__getattribute__` of its class; None when it has none."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return found if type(found) is dict else None


def is_stateless(value: object, kind: Kind) -> bool:
    """Does an object hold nothing of its own, as a sentinel or a bundle of methods does?"""
    return kind.is_transparent and not attributes_of(value) and not any(_slots(value))


def _attribute(name: object) -> str:
    if type(name) is str and name.isidentifier() and not iskeyword(name):
        return f".{name}"
    return f".__dict__[{name!r}]"


def _slots(value: object) -> Iterator[Step]:
    for base in type(value).__mro__:
        for name, member in list(vars(base).items()):
            if type(member) is types.MemberDescriptorType and not is_standard(base):
                try:
                    yield Step("", _attribute(name), member.__get__(value))
                except AttributeError:  # not set
                    continue


# --- containers ---------------------------------------------------------------------------------------

_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))


def _items(value: Any) -> Iterator[Step]:
    kind = type(value)
    if issubclass(kind, dict):
        yield from _mapping(_copied(dict.items(value)))
    elif issubclass(kind, types.MappingProxyType):
        yield from _mapping(_copied(value.items()))
    elif issubclass(kind, list | tuple | deque):
        base: Any = list if issubclass(kind, list) else tuple if issubclass(kind, tuple) else deque
        for position, item in enumerate(_copied(base.__iter__(value))):
            if id(type(item)) not in _PLAIN:
                yield Step("", f"[{position}]", item)
    elif issubclass(kind, set | frozenset):
        unordered: Any = set if issubclass(kind, set) else frozenset
        for position, item in enumerate(_copied(unordered.__iter__(value))):
            if id(type(item)) not in _PLAIN:
                yield Step("list(", f")[{position}]", item)
    elif issubclass(kind, _VIEWS):
        yield Step("", ".mapping", value.mapping)
    elif issubclass(kind, BaseException):
        for position, item in enumerate(vars(BaseException)["args"].__get__(value)):
            yield Step("", f".args[{position}]", item)


def _mapping(items: Iterable[tuple[object, object]]) -> Iterator[Step]:
    for position, (key, held) in enumerate(items):
        if id(type(key)) not in _PLAIN:
            yield Step("list(", f")[{position}]", key)
        if id(type(held)) not in _PLAIN:
            subscript = _subscript(key)
            if subscript is None:
                yield Step("list(", f".values())[{position}]", held)
            else:
                yield Step("", f"[{subscript}]", held)


_WRITTEN = (str, bytes, int, bool, type(None))


def _subscript(key: object) -> str | None:
    """The key as source text, where it can be written down."""
    parts = key if type(key) is tuple else (key,)
    if any(type(part) not in _WRITTEN for part in parts):
        return None
    text = repr(key)
    return text if len(text) <= SHORT_KEY else None


def _copied(items: Iterable[Any]) -> list[Any]:
    """The items at one moment. Copying takes no step of the interpreter in between, so no thread cuts in."""
    return list(items)


# --- what functions and descriptors carry -------------------------------------------------------------


def _callable(value: Any) -> Iterator[Step]:
    kind = type(value)
    if issubclass(kind, types.FunctionType):
        yield from _carried(value)
    elif issubclass(kind, partial):
        for name in ("func", "args", "keywords"):
            held = vars(partial)[name].__get__(value)
            if name == "keywords":
                yield from (Step("", f".keywords[{key!r}]", item) for key, item in held.items())
            else:
                yield Step("", f".{name}", held)
    else:
        if not issubclass(type(value.__self__), types.ModuleType | type):
            yield Step("", ".__self__", value.__self__)
        if issubclass(kind, types.MethodType):
            yield Step("", ".__func__", value.__func__)


def _carried(function: types.FunctionType) -> Iterator[Step]:
    name = function.__qualname__
    own = is_standard_file(function.__code__.co_filename)
    for position, held in enumerate(function.__defaults__ or ()):
        yield Step("", f".__defaults__[{position}]", held, f"default argument of {name}")
    for keyword, held in (function.__kwdefaults__ or {}).items():
        yield Step("", f".__kwdefaults__[{keyword!r}]", held, f"default argument of {name}")
    for position, cell in enumerate(function.__closure__ or ()):
        try:
            held = cell.cell_contents
        except ValueError:  # not bound yet
            continue
        if own and type(held) is not types.FunctionType:
            continue  # dataclasses guard their repr with a set; what they wrap is the user's
        via = f"variable {function.__code__.co_freevars[position]} of the closure {name}"
        yield Step("", f".__closure__[{position}].cell_contents", held, via)


def _wrapper(value: object) -> Iterator[Step]:
    for base in (property, staticmethod, classmethod):
        if issubclass(type(value), base):
            for name in ("fget", "fset", "fdel") if base is property else ("__func__",):
                if (function := vars(base)[name].__get__(value)) is not None:
                    yield Step("", f".{name}", function)


def _frame(value: Any) -> Iterator[Step]:
    """The local variables of a generator or coroutine that has not ended."""
    for name in ("gi_frame", "cr_frame", "ag_frame"):
        if (frame := getattr(value, name, None)) is not None:
            for local, held in dict(frame.f_locals).items():
                if local.isidentifier():
                    yield Step(
                        "",
                        f".{name}.f_locals[{local!r}]",
                        held,
                        f"local variable {local} of {value.__qualname__}",
                    )


def _class_steps(kind: type) -> Iterator[tuple[str, Step]]:
    """What is reached through the class: its attributes, but for those that Python or a library reads as settings."""
    seen: set[str] = set()
    for position, base in enumerate(kind.__mro__):
        if is_standard(base):
            continue
        for name, held in list(vars(base).items()):
            if name in seen:
                continue
            seen.add(name)
            internal = (name.startswith("__") and name.endswith("__")) or name in CONFIGURATION
            if internal and type(held) is not types.FunctionType:
                continue
            for wrapper in (staticmethod, classmethod):
                if issubclass(type(held), wrapper):  # `isinstance` would ask the object for its `__class__`
                    held = vars(wrapper)["__func__"].__get__(held)
            cls = type(held)
            if nature(cls) == "inert" or (cls is types.FunctionType and not _is_laden(held)):
                continue
            if cls is not types.FunctionType and is_descriptor(cls):
                where = (
                    f").__dict__[{name!r}]" if not position else f").__mro__[{position}].__dict__[{name!r}]"
                )
                yield name, Step("type(", where, held, "")
            else:
                yield name, Step("", _attribute(name), held, f"class attribute of {type_name(base)}")


def _is_laden(function: Any) -> bool:
    return bool(function.__defaults__ or function.__kwdefaults__ or function.__closure__ or vars(function))
