"""One file of a project: where it is, what it is, how it is replaced so that nobody ever sees half of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from ssot_lint.errors import TransactionError
from ssot_lint.migrating.objects import digest

FOREIGN = frozenset({".git", ".hg", ".svn", ".ssot-lint"})
"""Directories that belong to version control, or to the runs themselves."""


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file as it is: the hash of its content, its permission bits, and a stamp that any write changes."""

    digest: str
    mode: int
    stamp: tuple[int, ...]

    @property
    def inode(self) -> tuple[int, ...]:
        """Device and number: equal for two names of one file."""
        return self.stamp[:2]


def locate(root: Path, path: str) -> str:
    """Where the bytes of `path` are: relative to `root`, which is a real path, with symbolic links followed.

    TransactionError when that is not a plain place inside the project.
    """
    pure = PurePosixPath(path)
    windows = PureWindowsPath(path) if os.name == "nt" else None
    if (
        not path
        or "\0" in path
        or str(pure) != path
        or pure.is_absolute()
        or ".." in pure.parts
        or path == "."
    ):
        raise TransactionError(f"{path!r} is no path inside the project", 'write it like "shop/cart.py"')
    if windows is not None and (windows.drive or windows.root):
        raise TransactionError(f"{path!r} is no path inside the project", 'write it like "shop/cart.py"')
    real = Path(os.path.realpath(root / path))
    if not real.is_relative_to(root) or real == root:
        raise TransactionError(f"{path} leads outside the project, to {real}", "it is left alone")
    found = real.relative_to(root)
    if foreign := FOREIGN.intersection(part.lower() for part in found.parts):
        raise TransactionError(f"{path} is inside {min(foreign)}, where nothing is to be changed")
    return found.as_posix()


def look(root: Path, path: str) -> Found | None:
    """The file at a path that `locate` gave; None when there is none.

    TransactionError for what cannot be replaced without loss: not a regular file, or one with other names.
    """
    full = root / path
    place = str(root)
    for part in path.split("/"):
        place = f"{place}{os.sep}{part}"
        if os.path.islink(place):  # noqa: PTH114 (some thousand times)
            raise TransactionError(f"{path} is a symbolic link now, or its directory is one")
    try:
        found = full.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode):
        raise TransactionError(f"{path} is not a regular file")
    if found.st_nlink > 1:
        raise TransactionError(
            f"{path} has {found.st_nlink} hard links: replacing it would leave the other names with the old bytes",
            "make it a file of its own, or leave it out",
        )
    return Found(digest(full.read_bytes()), stat.S_IMODE(found.st_mode), _stamp(found))


def require_writable(root: Path, path: str, found: Found | None) -> None:
    """TransactionError when the file must not be changed, or its directory does not let us."""
    full = root / path
    if found is not None:
        if not found.mode & 0o222 or not os.access(full, os.W_OK):
            raise TransactionError(f"{path} is read-only", "make it writable, or leave it out")
        if found.mode & (stat.S_ISUID | stat.S_ISGID) and not _can_give_away(full):
            raise TransactionError(f"{path} is set-id and belongs to somebody else: its owner would be lost")
    directory = full.parent
    while not directory.exists():
        directory = directory.parent
    if not directory.is_dir():
        raise TransactionError(
            f"{path} cannot be created: {directory.relative_to(root).as_posix()} is a file"
        )
    if not os.access(directory, os.W_OK | os.X_OK):
        raise TransactionError(
            f"{path}: its directory is read-only", "make it writable, or leave the file out"
        )


def missing_directories(root: Path, paths: Iterable[str]) -> tuple[str, ...]:
    """The directories that have to be made for these files, outermost first."""
    missing: set[str] = set()
    for path in paths:
        for parent in PurePosixPath(path).parents:
            if (root / parent).exists():
                break
            missing.add(parent.as_posix())
    return tuple(sorted(missing))  # an outer one is shorter, and sorts before its inner ones


def stage(target: Path, temporary: Path, content: bytes, mode: int | None) -> None:
    """Write `content` to `temporary`, with what `target` has besides: mode, owner, extended attributes.

    `mode` is for a target that is not there; None: the usual one.
    """
    try:
        old = target.lstat()
    except FileNotFoundError:
        old = None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    usual = old is None and mode is None
    descriptor = os.open(temporary, flags, 0o666 if usual else 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        if old is not None:
            _keep_owner(descriptor, old)
            _keep_attributes(descriptor, target)
            _make_later(temporary, descriptor, old)
            mode = stat.S_IMODE(old.st_mode)
        if mode is not None and hasattr(os, "fchmod"):
            os.fchmod(descriptor, mode)
        os.fsync(descriptor)


def is_as(target: Path, found: Found | None) -> bool:
    """Is the file still the one that was found? Looks at its stamp only."""
    try:
        stamp = _stamp(target.lstat())
    except FileNotFoundError:
        return found is None
    return found is not None and stamp == found.stamp


def remove_empty(root: Path, directories: Iterable[str]) -> None:
    """Remove directories, given innermost first, that hold nothing but what Python compiled."""
    for directory in directories:
        full = root / directory
        with suppress(OSError):
            cache = full / "__pycache__"
            if os.listdir(full) == ["__pycache__"] and cache.is_dir() and not cache.is_symlink():  # noqa: PTH208
                compiled = sorted(cache.iterdir())
                if all(file.suffix == ".pyc" for file in compiled):
                    for file in compiled:
                        file.unlink()
                    cache.rmdir()
            full.rmdir()


def _stamp(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _make_later(path: Path, descriptor: int, old: os.stat_result) -> None:
    """Let the modification time be of a later second than the old file's.

    What Python and pytest have compiled is taken for current when second and size are the same (PEP 552); a
    batch that is written, tested and taken back within a second would be run as what it no longer is.
    """
    second, new = 1_000_000_000, os.fstat(descriptor)
    if new.st_mtime_ns // second <= old.st_mtime_ns // second:
        os.utime(path, ns=(new.st_atime_ns, (old.st_mtime_ns // second + 1) * second))


def _can_give_away(path: Path) -> bool:
    """Can a file of ours be given this one's owner and group?"""
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        return True
    found = path.lstat()
    return found.st_uid == os.geteuid() and found.st_gid in (os.getegid(), *os.getgroups())


def _keep_owner(descriptor: int, old: os.stat_result) -> None:
    new = os.fstat(descriptor)
    if hasattr(os, "fchown") and (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        for owner in (old.st_uid, -1):
            with suppress(OSError):  # somebody else's file that we may write: the group at least
                os.fchown(descriptor, owner, old.st_gid)
                break


def _keep_attributes(descriptor: int, old: Path) -> None:
    """Extended attributes, access control lists among them, as far as this file system lets us."""
    if not hasattr(os, "listxattr"):
        return
    with suppress(OSError):
        for name in os.listxattr(old, follow_symlinks=False):
            with suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(old, name, follow_symlinks=False))
