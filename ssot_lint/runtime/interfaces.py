"""`interface_report(implementation, protocol)`: does a class offer what its protocol promises, and take those calls?"""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

_ABSENT = object()
_UNKNOWN = object()
"""What instances get from their methods: it is there, and nothing more is known."""

_AWAITED = ("Awaitable", "Coroutine", "Future", "Task")
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_OF_OBJECTS = frozenset(dir(object))


@dataclass(frozen=True, slots=True)
class InterfaceReport:
    """What an implementation lacks, and which of its members cannot be used as the protocol says: (name, why)."""

    implementation: str
    protocol: str
    members: tuple[str, ...]
    missing: tuple[str, ...] = ()
    differences: tuple[tuple[str, str], ...] = ()

    @property
    def ok(self) -> bool:
        return not (self.missing or self.differences)

    def assert_compatible(self) -> None:
        """Raise AssertionError with the whole report unless it is `ok`."""
        if not self.ok:
            raise AssertionError(str(self))

    def __str__(self) -> str:
        number = len(self.missing) + len({name for name, _ in self.differences})
        members = f"{len(self.members)} member{'' if len(self.members) == 1 else 's'}"
        head = f"{self.implementation} as {self.protocol}: {number} of {members} not as promised"
        lines = [head if number else f"{self.implementation} as {self.protocol}: {members} as promised"]
        lines += [f"{name}: missing" for name in self.missing]
        return "\n".join([*lines, *(f"{name}: {why}" for name, why in self.differences)])


def interface_report(
    implementation: object, protocol: type, members: Iterable[str] | None = None
) -> InterfaceReport:
    """Compare a class, or an instance, with a protocol, an abstract class, or the class that it stands in for.

    `members` are the names to compare; default: all public ones of the protocol. A member is compatible when it
    takes each call that the protocol's takes, with the same meaning, and is awaited where that is. Nothing is
    called. An attribute that a method of a class sets is there; how it may be called shows in an instance.
    """
    names = tuple(dict.fromkeys(members if members is not None else _promised(protocol)))
    found = {name: _member(implementation, name) for name in names}
    missing = tuple(name for name in names if _is_missing(found[name], protocol, name))
    differences = tuple(
        (name, why)
        for name in names
        if name not in missing and found[name] is not _UNKNOWN
        for why in _differences(implementation, protocol, name)
    )
    return InterfaceReport(_name(implementation), _name(protocol), names, missing, differences)


def _name(thing: object) -> str:
    return thing.__qualname__ if isinstance(thing, type) else f"an instance of {type(thing).__qualname__}"


# --- members ------------------------------------------------------------------------------------------


def _promised(protocol: type) -> Iterator[str]:
    for cls in protocol.__mro__:
        if cls is object or cls.__module__ in ("typing", "typing_extensions", "abc"):
            continue
        for name in [*inspect.get_annotations(cls), *vars(cls)]:
            special = name.startswith("__") and inspect.isfunction(vars(cls).get(name))
            if not name.startswith("_") or (special and name not in _OF_OBJECTS):
                yield name


def _member(owner: object, name: str) -> object:
    found = inspect.getattr_static(owner, name, _ABSENT)
    if found is not _ABSENT:
        return found
    cls = owner if isinstance(owner, type) else type(owner)
    if any(name in inspect.get_annotations(base) for base in cls.__mro__) or hasattr(cls, "__getattr__"):
        return _UNKNOWN
    if isinstance(owner, type) and any(name in _set_by_methods(base) for base in cls.__mro__[:-1]):
        return _UNKNOWN
    return _ABSENT


def _set_by_methods(cls: type) -> set[str]:
    """The attributes that `self.name = ...` sets in a class body; none where the source is not at hand."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the source, as when it was imported
            tree = ast.parse(dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        return set()
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def _is_missing(found: object, protocol: type, name: str) -> bool:
    """A promise that is inherited and never kept is missing."""
    if found is _ABSENT:
        return True
    if getattr(found, "__isabstractmethod__", False):
        return True
    is_protocol = getattr(protocol, "_is_protocol", False)
    return bool(is_protocol) and callable(found) and found is inspect.getattr_static(protocol, name, None)


# --- calls --------------------------------------------------------------------------------------------


def _differences(implementation: object, protocol: type, name: str) -> Iterator[str]:
    mine, theirs = _callable(implementation, name), _callable(protocol, name)
    if theirs is None:
        return  # an attribute may hold anything
    if mine is None:
        yield "not callable, where the protocol has a method"
        return
    if inspect.iscoroutinefunction(theirs) and not inspect.iscoroutinefunction(mine):
        returns = str(getattr(mine, "__annotations__", {}).get("return", ""))
        if not any(word in returns for word in _AWAITED):
            yield "not async, where the protocol's is awaited"
    elif inspect.iscoroutinefunction(mine) and not inspect.iscoroutinefunction(theirs):
        yield "async, where the protocol's is called without await"
    own, promised = _signature(implementation, name), _signature(protocol, name)
    if own is not None and promised is not None:
        yield from dict.fromkeys(_refused(own, promised))


def _callable(owner: object, name: str) -> Any:
    found = inspect.getattr_static(owner, name, None)
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    return found if callable(found) else None


def _signature(owner: object, name: str) -> inspect.Signature | None:
    """As a caller of an instance meets it."""
    found = inspect.getattr_static(owner, name)
    is_bound = isinstance(found, staticmethod | classmethod)
    value: Any = getattr(owner, name) if is_bound else _callable(owner, name)
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    own = {} if isinstance(owner, type) else getattr(owner, "__dict__", {})
    if inspect.isfunction(found) and name not in own:
        parameters = list(signature.parameters.values())
        if parameters and parameters[0].kind in _POSITIONAL:
            return signature.replace(parameters=parameters[1:])
    return signature


def _refused(mine: inspect.Signature, theirs: inspect.Signature) -> Iterator[str]:
    """Calls that `theirs` takes and `mine` rejects, or takes otherwise. Each argument is passed its own name."""
    alike = {name.strip("_"): name for name in mine.parameters}
    for arguments, keywords in _calls(theirs):
        named = {alike.get(key.strip("_"), key): value for key, value in keywords.items()}
        shown = ", ".join([*arguments, *(f"{key}=" for key in keywords)])
        try:
            bound = mine.bind(*arguments, **named)
        except TypeError as error:
            yield f"refuses ({shown}): {error}"
            continue
        for name, value in bound.arguments.items():
            own = alike.get(str(value).strip("_"))
            if own is not None and own != name and isinstance(value, str):
                yield f"takes ({shown}) otherwise: {value} arrives as {name}"


def _calls(signature: inspect.Signature) -> Iterator[tuple[list[str], dict[str, str]]]:
    """With all arguments and with the required ones, by place and by keyword, and what stars take besides."""
    kinds = inspect.Parameter
    parameters = signature.parameters.values()
    for wanted in (parameters, [item for item in parameters if item.default is item.empty]):
        places = [item.name for item in wanted if item.kind in _POSITIONAL]
        only = [item.name for item in wanted if item.kind is kinds.POSITIONAL_ONLY]
        keywords = {item.name: item.name for item in wanted if item.kind is kinds.KEYWORD_ONLY}
        by_name = {item.name: item.name for item in wanted if item.kind is kinds.POSITIONAL_OR_KEYWORD}
        yield places, keywords
        yield only, by_name | keywords
        if any(item.kind is kinds.VAR_POSITIONAL for item in wanted):
            yield [*places, "one_more"], keywords
        if any(item.kind is kinds.VAR_KEYWORD for item in wanted):
            yield places, keywords | {"any_other": "any_other"}
