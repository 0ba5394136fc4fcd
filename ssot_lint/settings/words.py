"""The words without which a body has nothing to do with the configuration."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import TYPE_CHECKING

from ssot_lint.reading.occurrences import literals
from ssot_lint.settings import presets

if TYPE_CHECKING:
    from ssot_lint.config import Config


_WILDCARD = re.compile(r"\[[^\]]*\]|[*?]+")


def words(config: Config) -> re.Pattern[bytes] | None:
    """The words without which a file has nothing to do with any configured concept or emitter; None without any.

    For a glob its longest literal part. A glob without one makes every file relevant.
    """
    found: set[str] = set()
    for concept in config.concepts:
        symbols = (
            concept.canonical,
            concept.protocol,
            concept.factory,
            concept.test_double,
            *concept.variants,
        )
        found.update(symbol.rpartition(":")[2] for symbol in symbols if symbol)
        found.update(concept.aliases)
        found.update(_namesakes(concept.factory))
        for pattern in concept.names:
            found.add(max(_WILDCARD.split(pattern), key=len))
    found.update(item.emitter.rpartition(":")[2] for item in config.sequences if item.emitter)
    if not found:
        return None
    return _any_of(found)


def _any_of(found: set[str]) -> re.Pattern[bytes]:
    """The words as one pattern, without those that hold another one: they add nothing."""
    short = {""} if "" in found else {word for word in found if not _holds_another(word, found)}
    return re.compile("|".join(re.escape(word) for word in sorted(short)).encode())


def _holds_another(word: str, words: Set[str]) -> bool:
    """By the parts of the word, however many words there are."""
    size = len(word)
    return any(
        word[start:end] in words
        for start in range(size)
        for end in range(start + 1, size + 1)
        if end - start < size
    )


_VERBS = ("build", "create", "get", "make", "new")


def _namesakes(factory: str | None) -> set[str]:
    """`create_x` is looked for as `get_x`, `make_x` and so on too: a second factory tends to take another verb."""
    verb, _, rest = (factory or "").rpartition(":")[2].partition("_")
    return {f"{other}_{rest}" for other in _VERBS} if verb in _VERBS and len(rest) > 5 else set()


def flow_words(config: Config) -> re.Pattern[bytes] | None:
    """The words of the bodies that are kept as flows: those of the concepts, and of capabilities and sequences."""
    known = words(config)
    found = {word.decode() for word in literals(known)} if known is not None else set()
    found |= presets.call_words(config) | presets.event_words(config)
    if not found:
        return None
    return _any_of(found)
