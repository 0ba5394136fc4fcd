"""One process at a time changes a project; the others wait, or say whom for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock. `since` is ISO 8601, as the holder's clock had it."""

    pid: int
    host: str
    command: str
    since: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Proof that this process holds the lock of the project at `root`: whoever writes asks for one."""

    root: Path


@contextmanager
def lock(root: Path, holder: Holder, *, wait: float = 10.0) -> Iterator[Hold]:
    """Hold the project's lock; `holder` is what the others are told. A killed process holds it no longer.

    After `wait` seconds in vain: LockedError, which says who holds it. Held for as long as nobody else may
    change the project: for a whole migration, gates included, not for each batch.
    """
    raise NotImplementedError
    yield


def holder(root: Path) -> Holder | None:
    """Who holds the project's lock now, if anyone does."""
    raise NotImplementedError
