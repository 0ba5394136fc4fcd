"""What the command line names and the configuration has to have: found there, or the user is told what is."""

from __future__ import annotations

from collections.abc import Sequence

from ssot_lint.errors import UsageError


def require(name: str, known: Sequence[str], noun: str, nouns: str = "") -> None:
    """UsageError where nothing is called so: what was meant, and all there are."""
    from ssot_lint.settings.tables import unknown

    if name not in known:
        raise UsageError(f"no {noun} is called {name!r}", unknown(name, known, nouns or f"{noun}s"))


def require_some(concepts: Sequence[str]) -> None:
    """UsageError where no concept is configured, so that there is nothing to show."""
    if not concepts:
        raise UsageError("no concepts are configured", "`ssot-lint init` proposes some")
