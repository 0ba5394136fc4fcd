"""What a class name says: its words, and its core, which is left without the words that tell how and not what."""

from __future__ import annotations

import re
from collections.abc import Iterable

Core = tuple[str, ...]

STAND_INS = frozenset({
    "dummy", "fake", "mock", "mocked", "noop", "spy", "stub", "stubbed", "test", "testing", "tests",
})  # fmt: skip
"""Words of stand-ins: `FakeCart` is about the cart."""

_MOCKS = STAND_INS - {"test", "testing", "tests"}

HOW = STAND_INS | {
    "abstract", "actual", "advanced", "base", "basic", "better", "canonical", "common", "compat", "compatible",
    "complete", "consolidated", "core", "custom", "default", "deprecated", "enhanced", "extended", "full",
    "generic", "global", "i", "improved", "isolated", "legacy", "main", "mega", "minimal", "modern", "new", "old",
    "optimized", "original", "primary", "production", "proper", "real", "refactored", "safe", "shared", "simple",
    "simplified", "singleton", "smart", "standard", "super", "ultimate", "unified", "universal", "updated",
}  # fmt: skip
"""Words before a name that say how, and not what, a class is."""

AFTER = frozenset({
    "abc", "base", "compat", "fake", "impl", "implementation", "interface", "legacy", "mock", "new", "old",
    "original", "protocol", "stub", "v",
})  # fmt: skip
"""The same, after a name. Numbers count as well."""


def words(name: str) -> tuple[str, ...]:
    """The words of a CamelCase or snake_case name, in lower case."""
    return tuple(part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name))


def core(name: str) -> Core:
    """The words of a class name that say what it is.

    >>> core("UnifiedShoppingCartV2")
    ('shopping', 'cart')
    >>> core("BaseManager")  # one word would say too little
    ('base', 'manager')
    """
    every = words(name)
    start, end = 0, len(every)
    while end > 1 and (every[end - 1] in AFTER or every[end - 1].isdigit()):
        end -= 1
    while start < end - 1 and every[start] in HOW:
        start += 1
    if end - start < 2 and end - start < len(every):
        start, end = 0, len(every)
        while start < end - 1 and every[start] in STAND_INS:
            start += 1
    return every[start:end]


def is_kind_of(name: str, others: Iterable[str]) -> bool:
    """Does a name put words that say what before one of the others, and so name a kind of it?

    >>> is_kind_of("TcpMessage", ["BaseMessage"]), is_kind_of("LegacyMessage", ["Message"])
    (True, False)
    """
    mine = _about(name)
    return any(len(mine) > len(other) and mine[-len(other) :] == other for other in map(_about, others))


def _about(name: str) -> Core:
    """The core, and without the words before it even where one word alone is left."""
    every = core(name)
    start = 0
    while start < len(every) - 1 and every[start] in HOW:
        start += 1
    return every[start:]


def mocking(name: str) -> bool:
    """Does a name say that it is a stand-in? `TestCart` may be a test of carts."""
    return bool(_MOCKS & set(words(name)))
