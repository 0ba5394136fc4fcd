"""When nothing changed, the answer did not change either: print the same bytes again.

A tree is remembered as the stat of every directory that was listed and every file that was read. A report is
remembered under what asked for it, and holds as long as that tree, the tool's own code and the settings are
as they were. Everything here uses the standard library alone, so that a repeated `check` costs a start of the
interpreter and one stat per file.
"""

from __future__ import annotations

import marshal
import os
import sqlite3
import sys
import time
from array import array
from collections.abc import Iterable, Sequence
from contextlib import closing
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32

STARTED = time.time_ns()
"""When this process began to read: what changes later is not what was reported on."""

LAYOUT = 1
"""Version of the tables. A file with another one is deleted and built again."""

BUSY_SECONDS = 5.0
RACY_NS = 2_000_000_000
"""Coarsest timestamp in use (FAT): a file stamped later than this before it was read can change unseen."""

MAX_OUTPUTS = 32
MAX_OUTPUT_BYTES = 64 << 20

TABLES = """
create table version (id integer primary key, name blob unique not null, used integer not null);
create table facts (version integer not null, hash blob not null, sum integer not null, record blob not null,
    primary key (version, hash));
create table tree (root text not null, view blob not null, digest blob not null, saved integer not null,
    sum integer not null, body blob not null, primary key (root, view));
create table output (key blob primary key, root text not null, view blob not null, digest blob not null,
    status integer not null, saved integer not null, sum integer not null, body blob not null);
"""

STAMP = 32  # bytes: size, mtime_ns, ctime_ns and inode, eight each
_UNTRUSTED = bytes(STAMP)
_ABSENT = b"\xff" * STAMP
_WORD = (1 << 64) - 1


class Output(NamedTuple):
    """What a command printed, and the status it left with."""

    body: bytes
    status: int


class Tree(NamedTuple):
    """The files of one project as they were when they were read. Paths are relative to its root, with "/".

    `stamps` holds 32 bytes for each directory, then for each file; zeros where a later change could have kept
    the same stat, so that the content has to be read. `hashes` are the files' contents, in the same order.
    """

    directories: tuple[str, ...]
    files: tuple[str, ...]
    stamps: bytes
    hashes: tuple[bytes, ...]

    @property
    def file_stamps(self) -> list[bytes]:
        skip = len(self.directories) * STAMP
        return [self.stamps[i : i + STAMP] for i in range(skip, len(self.stamps), STAMP)]


HASH_SIZE = 20


def content_hash(content: bytes) -> bytes:
    """The name of a file's content: `HASH_SIZE` bytes."""
    return blake2b(content, digest_size=HASH_SIZE).digest()


# --- the file -----------------------------------------------------------------------------------------


def cache_directory(root: str | os.PathLike[str]) -> str:
    """Where the cache of the project at `root` lives: `$SSOT_LINT_CACHE_DIR`, else `.ssot-lint/cache`."""
    return os.environ.get("SSOT_LINT_CACHE_DIR") or os.path.join(os.path.abspath(root), ".ssot-lint", "cache")  # noqa: PTH100, PTH118 (pathlib costs 10 ms)


def database(root: str | os.PathLike[str]) -> str:
    """The one file that holds everything."""
    return os.path.join(cache_directory(root), "facts.sqlite")  # noqa: PTH118


def connect(path: str) -> sqlite3.Connection:
    """Open an existing cache file.

    `synchronous=off` is safe against a killed process, because the kernel keeps what was written; it is not
    safe against a power cut, and for that each record carries a checksum.
    """
    connection = sqlite3.connect(f"file:{_quote(path)}?mode=rw", timeout=BUSY_SECONDS, uri=True, isolation_level=None)  # fmt: skip
    connection.execute("pragma synchronous=off")
    return connection


def layout(connection: sqlite3.Connection) -> int:
    """The version of the tables in the file; 0 for a new one."""
    return int(connection.execute("pragma user_version").fetchone()[0])


def _quote(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


# --- the tree -----------------------------------------------------------------------------------------


def stamps(paths: Iterable[str]) -> bytes:
    """32 bytes for each path: its size, times and inode, or all ones where there is nothing."""
    words = array("Q")
    stat = os.stat
    for path in paths:
        try:
            found = stat(path)
        except (OSError, ValueError):
            words.frombytes(_ABSENT)
        else:
            words.extend(
                (found.st_size, found.st_mtime_ns & _WORD, found.st_ctime_ns & _WORD, found.st_ino & _WORD)
            )
    return words.tobytes()


def trusted(stamps: bytes, read: int) -> bytes:
    """The stamps, with zeros for all that could have changed unseen after it was read at `read` ns."""
    words = array("Q", stamps)
    limit = read - RACY_NS
    for i in range(0, len(words), 4):
        if (words[i + 1] > limit or words[i + 2] > limit) and words[i] != _WORD:
            words[i : i + 4] = array("Q", (0, 0, 0, 0))
    return words.tobytes()


def load_tree(connection: sqlite3.Connection, root: str, view: bytes) -> tuple[bytes, Tree] | None:
    """The digest and the tree last saved for these settings, unless damaged."""
    row = connection.execute(
        "select digest, sum, body from tree where root = ? and view = ?", (root, view)
    ).fetchone()
    if row is None or crc32(row[2], crc32(row[0])) != row[1]:
        return None
    directories, files, saved, hashes = marshal.loads(row[2])
    size = len(hashes) // max(len(files), 1)
    return row[0], Tree(
        directories, files, saved, tuple(hashes[i : i + size] for i in range(0, len(hashes), size or 1))
    )


def dump_tree(tree: Tree) -> bytes:
    return marshal.dumps((tree.directories, tree.files, tree.stamps, b"".join(tree.hashes)), 4)


def is_unchanged(root: str, tree: Tree) -> bool:
    """Do all directories and files stand as they stood? Those with an untrusted stat are read again."""
    now = stamps([f"{root}/{path}" for path in (*tree.directories, *tree.files)])
    if now == tree.stamps:
        return True
    first = len(tree.directories)
    for i in range(len(now) // STAMP):
        then = tree.stamps[i * STAMP : (i + 1) * STAMP]
        if then == now[i * STAMP : (i + 1) * STAMP]:
            continue
        if i < first or then != _UNTRUSTED:
            return False
        try:
            with open(f"{root}/{tree.files[i - first]}", "rb") as file:  # noqa: PTH123
                if content_hash(file.read()) != tree.hashes[i - first]:
                    return False
        except (OSError, ValueError):
            return False
    return True


# --- outputs ------------------------------------------------------------------------------------------


def cached_output(root: str | os.PathLike[str], key_parts: Sequence[object]) -> Output | None:
    """What the same command printed when everything it depends on was as it is now; None to compute it.

    `key_parts` is all that the caller knows to matter: command, options, width, colour, encoding. Versions,
    the working directory, the date, the import path, the tree, the code of the tool and of its plugins, and
    the files given to `store_output` are seen to here.
    """
    root = os.path.abspath(root)  # noqa: PTH100
    try:
        with closing(connect(database(root))) as connection:
            if layout(connection) != LAYOUT:
                return None
            return _cached_output(connection, root, _key(root, key_parts))
    except (OSError, sqlite3.Error, ValueError, EOFError, TypeError):
        return None  # absent, locked or damaged: the caller computes, and the cache is rebuilt by those who write it


def _cached_output(connection: sqlite3.Connection, root: str, key: bytes) -> Output | None:
    row = connection.execute(
        "select view, digest, status, sum, body from output where key = ? and root = ?", (key, root)
    ).fetchone()
    if row is None or crc32(row[4], crc32(key + row[1])) != row[3]:
        return None
    code, code_stamps, watched, contents, body = marshal.loads(row[4])
    if stamps(code) != code_stamps or _contents(watched) != contents:
        return None
    found = load_tree(connection, root, row[0])
    if found is None or found[0] != row[1] or not is_unchanged(root, found[1]):
        return None
    return Output(body, row[2])


def output_for(root: str | os.PathLike[str], key_parts: Sequence[object], digest: bytes) -> Output | None:
    """As `cached_output`, for a tree that was just read and has this content digest."""
    root = os.path.abspath(root)  # noqa: PTH100
    key = _key(root, key_parts)
    try:
        with closing(connect(database(root))) as connection:
            row = connection.execute(
                "select status, sum, body from output where key = ? and root = ? and digest = ?",
                (key, root, digest),
            ).fetchone()
            if row is None or crc32(row[2], crc32(key + digest)) != row[1]:
                return None
            code, code_stamps, watched, contents, body = marshal.loads(row[2])
    except (OSError, sqlite3.Error, ValueError, EOFError, TypeError):
        return None
    if stamps(code) != code_stamps or _contents(watched) != contents:
        return None
    return Output(body, row[0])


def store_output(
    root: str | os.PathLike[str],
    key_parts: Sequence[object],
    output: Output,
    *,
    view: bytes,
    digest: bytes,
    watched: Iterable[str] = (),
) -> bool:
    """Remember what was printed for the tree that `scan` gave as `view` and `digest`; False if it was not kept.

    `watched` are further files that the output depends on, whether they exist or not: each place where a
    configuration was looked for, ignore files, the baseline. Nothing is kept if one of them, or the tool's
    code, was changed since this process started.
    """
    root = os.path.abspath(root)  # noqa: PTH100
    key = _key(root, key_parts)
    code = _code_paths()
    code_stamps = stamps(code)
    files = tuple(sorted({os.path.abspath(path) for path in watched}))  # noqa: PTH100
    contents = _contents(files)
    if trusted(code_stamps, STARTED) != code_stamps or _changed_since(files, STARTED):
        return False
    body = marshal.dumps((code, code_stamps, files, contents, output.body), 4)
    if len(body) > MAX_OUTPUT_BYTES // 2:
        return False
    try:
        with closing(connect(database(root))) as connection:
            if layout(connection) != LAYOUT:
                return False
            connection.execute("begin immediate")
            connection.execute(
                "insert or replace into output values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key,
                    root,
                    view,
                    digest,
                    output.status,
                    time.time_ns(),
                    crc32(body, crc32(key + digest)),
                    body,
                ),
            )
            _drop_old_outputs(connection)
            connection.execute("commit")
    except (OSError, sqlite3.Error, ValueError):
        return False
    return True


def _drop_old_outputs(connection: sqlite3.Connection) -> None:
    total = 0
    rows = connection.execute("select key, length(body) from output order by saved desc").fetchall()
    for count, (key, size) in enumerate(rows):
        total += size
        if count >= MAX_OUTPUTS or total > MAX_OUTPUT_BYTES:
            connection.execute("delete from output where key = ?", (key,))


def _key(root: str, parts: Sequence[object]) -> bytes:
    today = time.strftime("%Y-%m-%d")  # shims expire
    everything = (LAYOUT, root, sys.version, sys.path, os.getcwd(), today, *parts)  # noqa: PTH109
    return blake2b(repr(everything).encode("utf-8", "surrogatepass"), digest_size=20).digest()


def _code_paths() -> tuple[str, ...]:
    """Files that decided what the report says, besides the project: modules, import path, installed plugins."""
    library = os.path.dirname(os.__file__)  # noqa: PTH120
    paths = {entry for entry in sys.path if os.path.isabs(entry)}  # noqa: PTH117
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and (not file.startswith(library) or "site-packages" in file):
            paths.add(file)
    for entry in list(paths):
        if os.path.isdir(entry):  # noqa: PTH112
            names = (name for name in os.listdir(entry) if name.endswith((".dist-info", ".egg-info")))  # noqa: PTH208
            paths.update(os.path.join(entry, name, "entry_points.txt") for name in names)  # noqa: PTH118
    return tuple(sorted(paths))


def _contents(paths: Iterable[str]) -> bytes:
    digest = blake2b(digest_size=20)
    for path in paths:
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                digest.update(content_hash(file.read()))
        except (OSError, ValueError):
            digest.update(b"absent")
    return digest.digest()


def _changed_since(paths: Sequence[str], moment: int) -> bool:
    for path in paths:
        try:
            found = os.stat(path)  # noqa: PTH116
        except (OSError, ValueError):
            continue
        if found.st_mtime_ns > moment or found.st_ctime_ns > moment:
            return True
    return False
