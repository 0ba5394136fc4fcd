"""Phrases that messages share."""

from __future__ import annotations

from collections.abc import Sequence


def some(items: Sequence[str], limit: int = 3, separator: str = ", ") -> str:
    """The first items, and how many more there are: `a, b, c and 2 more`; with "; " between them `a; b; and 2 more`."""
    rest = len(items) - limit
    more = f"{'' if separator == ', ' else separator.rstrip()} and {rest} more" if rest > 0 else ""
    return separator.join(items[:limit]) + more


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 file`, `2 classes`, `9,008 files`."""
    return f"{number:,} {noun if number == 1 else plural or noun + ('es' if noun.endswith('s') else 's')}"


def article(noun: str) -> str:
    """The noun with its indefinite article: `an adapter`, `a duplicate`."""
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
