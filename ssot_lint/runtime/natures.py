"""What an object is when two users reach it: nothing to share, a way to something else, or state."""

from __future__ import annotations

import os
import sys
import types
import weakref
from typing import Literal

Nature = Literal["inert", "passage", "state"]
"""`inert`: never looked into. `passage`: looked through, not reported itself. `state`: reported when shared."""

_INERT: tuple[type, ...] = (
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    range,
    slice,
    type,
    type(...),
    type(NotImplemented),
    types.ModuleType,
    types.CodeType,
    types.MemberDescriptorType,
    types.GetSetDescriptorType,
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.GenericAlias,
    types.UnionType,
    weakref.ref,
    weakref.ProxyType,
    weakref.CallableProxyType,
)

_INERT_NAMES = frozenset(
    (
        "re.Pattern",
        "datetime.date",
        "datetime.time",
        "datetime.timedelta",
        "datetime.tzinfo",
        "decimal.Decimal",
        "fractions.Fraction",
        "uuid.UUID",
        "pathlib.PurePath",
        "pathlib._local.PurePath",
        "enum.Enum",
        "zoneinfo.ZoneInfo",
        "_struct.Struct",
        "Struct",
        "operator.itemgetter",
        "operator.attrgetter",
        "operator.methodcaller",
        "typing._Final",
        "typing.TypeVar",
        "ipaddress._IPAddressBase",
        "inspect.Signature",
        "inspect.Parameter",
        "_abc._abc_data",
        "_abc_data",
        "unittest.mock._SentinelObject",
        "_contextvars.ContextVar",
        "ContextVar",
        "Context",
        "Token",
        "weakref.finalize",
        "logging.Filterer",
        "logging.Manager",
        "logging.Formatter",
        "_thread.lock",
        "_thread.RLock",
        "threading._RLock",
        "threading.Condition",
        "threading.Semaphore",
        "asyncio.locks.Lock",
        "asyncio.locks.Condition",
        "asyncio.locks.Semaphore",
        "multiprocessing.synchronize.SemLock",
        "concurrent.futures._base.Executor",
        "asyncio.events.AbstractEventLoop",
        "os._Environ",
    )
)
"""Values that never change; and what a process has one of by design and that holds no user's data: loggers,
locks and semaphores, executors, event loops. An Event, a Queue or a Future carries something: it is state."""

_PASSAGE: tuple[type, ...] = (
    tuple,
    frozenset,
    types.MappingProxyType,
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    types.GeneratorType,
    types.CoroutineType,
    types.AsyncGeneratorType,
    property,
    staticmethod,
    classmethod,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
)

_PASSAGE_NAMES = frozenset(
    (
        "functools.partial",
        "functools.partialmethod",
        "functools._lru_cache_wrapper",
        "functools.cached_property",
        "functools.singledispatchmethod",
    )
)


def nature(cls: type) -> Nature:
    """The nature of a class's instances. No code of the class is run to find out."""
    names = {f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__ if _named(base)}
    names |= {base.__qualname__ for base in cls.__mro__ if base.__module__ == "builtins"}
    if cls is object or _is(cls, _INERT) or names & _INERT_NAMES:
        return "inert"
    if _is(cls, _PASSAGE) or names & _PASSAGE_NAMES or _is_frozen(cls):
        return "passage"
    return "state"


class _Plain:
    """What an instance needs for its `__dict__` and weak references, and nothing more."""


def is_transparent(cls: type) -> bool:
    """Is all that an instance holds in its `__dict__` and `__slots__`? A class written in C may hide more."""
    if cls.__dictoffset__ and cls.__basicsize__ <= _Plain.__basicsize__:
        return True
    bases = [base for base in cls.__mro__ if base is not object and base.__module__ not in ("abc", "typing")]
    return "__slots__" in vars(cls) and not any(map(is_standard, bases))


def is_descriptor(cls: type) -> bool:
    """Do instances stand in a class body to answer for an attribute?"""
    return any("__get__" in vars(base) or "__set__" in vars(base) for base in cls.__mro__)


def is_standard(cls: type) -> bool:
    """Does the class come with Python? Its attributes are Python's own affair."""
    top = cls.__module__.partition(".")[0]
    if top not in sys.stdlib_module_names and top != "builtins":
        return False
    file = getattr(sys.modules.get(top), "__file__", None)  # a project may call a package `test` or `code`
    return file is None or is_standard_file(file)


def is_standard_file(file: str) -> bool:
    """Does a source file come with Python?"""
    return file.startswith(("<frozen ", os.path.dirname(os.__file__))) and "site-packages" not in file  # noqa: PTH120 (pathlib is slow to import)


def type_name(cls: type) -> str:
    """`dict`, `app.manager.Manager`."""
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _is(cls: type, kinds: tuple[type, ...]) -> bool:
    return any(base in kinds for base in cls.__mro__)


def _named(cls: type) -> bool:
    return isinstance(cls.__module__, str)


def _is_frozen(cls: type) -> bool:
    """A frozen dataclass: what it holds is fixed, and may be a container that is not."""
    return bool(getattr(vars(cls).get("__dataclass_params__"), "frozen", False))
