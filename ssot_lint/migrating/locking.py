"""One process at a time changes a project; the others wait, or say whom for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ssot_lint.cache import keep_out_of_git
from ssot_lint.errors import LockedError, TransactionError


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock. `since` is ISO 8601, as the holder's clock had it."""

    pid: int
    host: str
    command: str
    since: str

    def __str__(self) -> str:
        if not self.pid:
            return "another process, which does not say who it is,"
        return f"process {self.pid} on {self.host}, since {self.since}: {self.command}"


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
    from filelock import FileLock, Timeout

    directory = own_directory(root)
    file = FileLock(str(directory / "lock"))
    try:
        file.acquire(timeout=wait)
    except Timeout:
        told = _told(root)
        raise LockedError(
            f"another process is changing this project: {told or 'it does not say which'}",
            "wait until it is done, or stop it; nothing was changed",
        ) from None
    except OSError as error:
        raise TransactionError(f"cannot lock {directory / 'lock'}: {error.strerror or error}") from error
    note = directory / "lock.json"
    try:
        with suppress(OSError):  # the lock holds without it
            note.write_text(json.dumps(asdict(holder)) + "\n", encoding="utf-8")
        yield Hold(root)
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)
        file.release()


def holder(root: Path) -> Holder | None:
    """Who holds the project's lock now, if anyone does."""
    from filelock import FileLock, Timeout

    path = root / ".ssot-lint" / "lock"
    if not path.exists():
        return None
    file = FileLock(str(path))
    try:
        file.acquire(timeout=0)
    except Timeout:
        return _told(root) or Holder(0, "", "unknown", "")
    except OSError:  # a place that cannot be written has no writer
        return None
    file.release()
    return None


def own_directory(root: Path) -> Path:
    """`.ssot-lint`, made if need be, and ignored by git."""
    directory = root / ".ssot-lint"
    try:
        directory.mkdir(exist_ok=True)
        keep_out_of_git(directory)
    except OSError as error:
        raise TransactionError(
            f"cannot write {directory}: {error.strerror or error}", "runs are recorded there"
        ) from error
    return directory


def _told(root: Path) -> Holder | None:
    """What the holder wrote about itself; None while it has not, or its note is damaged."""
    try:
        told = json.loads((root / ".ssot-lint" / "lock.json").read_bytes())
        return Holder(int(told["pid"]), str(told["host"]), str(told["command"]), str(told["since"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
