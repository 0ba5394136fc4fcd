"""What can be reached from some names."""

from __future__ import annotations

from collections.abc import Mapping, Set


def closure(names: Set[str], steps: Mapping[str, Set[str]]) -> frozenset[str]:
    """These names and all that any number of steps lead to; `steps` holds one step on from each name."""
    found, fresh = set(names), set(names)
    while fresh:
        fresh = {new for old in fresh for new in steps.get(old, ())} - found
        found |= fresh
    return frozenset(found)
