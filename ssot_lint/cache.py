"""Facts by content: one SQLite file that several processes share and that may be lost at any moment.

Beside it lie the last looks at each tree and the reports on them, which `warm` keeps.

A record is found by the hash of the file's bytes, within a version made of everything else that decides what
is read from a file. The file is written in short transactions, so a killed process loses its last batch and
nothing else. A file that is damaged, or was laid out by another release, is deleted and built again; a place
that cannot be written means a run without cache. Neither is an error.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from stat import S_ISREG
from typing import TypeVar
from zlib import crc32

from ssot_lint import recall, warm
from ssot_lint.errors import UsageError
from ssot_lint.warm import Tree

T = TypeVar("T")

MAX_VERSIONS = 3
"""Interpreters or configurations whose facts are kept side by side."""

SPARE_RECORDS = 1000
"""Records of contents that are gone are dropped once they outnumber the others by this many."""

UNAVAILABLE = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_READONLY",
    "SQLITE_FULL",
    "SQLITE_CANTOPEN",
    "SQLITE_PERM",
)
"""SQLite's names for a file that is sound and cannot be had now; everything else is damage."""


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What the cache holds. `size` is in bytes, 0 when there is none."""

    path: Path
    size: int = 0
    records: int = 0
    trees: int = 0
    outputs: int = 0


def version_key(extractor: int, words: str, sources: Iterable[Path] = ()) -> bytes:
    """All that decides what is read from a file, besides its bytes.

    `sources` are the files that do the reading, for those who edit them without raising the version.
    """
    digest = blake2b(repr((extractor, sys.version, words)).encode("utf-8", "surrogatepass"), digest_size=20)
    for source in sources:
        digest.update(source.read_bytes())
    return digest.digest()


class Cache:
    """The facts of one version, and the last look at each tree. Every answer may be "not there".

    `note` says why nothing is kept, when that is so.
    """

    def __init__(self, root: Path, version: bytes) -> None:
        self.note = ""
        self._path = Path(warm.database(root))
        self._root = str(root.absolute())
        self._version = version
        self._connection: sqlite3.Connection | None = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            keep_out_of_git(root / ".ssot-lint")
        except OSError as error:
            self.note = f"no cache in {self._path.parent}: {error.strerror or error}"

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; the next question opens it again. A process must not fork while it is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def is_empty(self) -> bool:
        """Is there no record of this version?"""

        def ask(connection: sqlite3.Connection) -> bool:
            number = _version_number(connection, self._version)
            row = connection.execute("select 1 from facts where version = ? limit 1", (number,)).fetchone()
            return row is None

        return self._try(ask, True)

    def load(self, hashes: Iterable[bytes], decode: Callable[[bytes], T]) -> dict[bytes, T]:
        """What `decode` makes of the records of these contents, where there are any.

        A record that `decode` refuses with a ValueError is one that is not there.
        """
        wanted = set(hashes)
        found: dict[bytes, T] = {}

        def read(connection: sqlite3.Connection) -> None:
            for key, total, record in _rows(connection, _version_number(connection, self._version), wanted):
                if key in wanted and crc32(record, crc32(key)) == total:
                    try:
                        found[key] = decode(record)
                    except ValueError:
                        continue

        if wanted:
            self._try(read, None)
        return found

    def mention(
        self,
        concerns: Callable[[bytes], bool],
        names: Collection[bytes],
        decode: Callable[[bytes], T],
        most: int,
    ) -> list[T] | None:
        """What `decode` makes of those of the records of these names that are told to be of concern.

        None where that cannot be told, or where they are more than `most`.
        """
        wanted = set(names)

        def search(connection: sqlite3.Connection) -> list[T] | None:
            found: list[T] = []
            for key, total, record in _rows(connection, _version_number(connection, self._version), wanted):
                if key in wanted:
                    if crc32(record, crc32(key)) != total:
                        return None
                    if concerns(record):
                        found.append(decode(record))
                    if len(found) > most:
                        return None
                    wanted.discard(key)
            return None if wanted else found

        return self._try(search, None) if wanted else []

    def save(self, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep (content hash, record) pairs: all of them or none."""
        rows = [(key, crc32(record, crc32(key)), record) for key, record in records]

        def write(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                number = _use_version(connection, self._version)
                connection.executemany(
                    "insert or replace into facts values (?, ?, ?, ?)", ((number, *row) for row in rows)
                )

        if rows:
            self._try(write, None)

    def tree(self, view: bytes) -> tuple[bytes, Tree] | None:
        """The digest and the tree that were last saved for these settings."""
        return None if self.note else warm.load_tree(self._root, view)

    def save_tree(self, view: bytes, digest: bytes, tree: Tree) -> None:
        """Keep a look at the tree, and drop facts that nobody needs."""

        def write(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                _drop_old_facts(connection, _use_version(connection, self._version), set(tree.hashes))

        if not self.note:
            warm.save_tree(self._root, view, digest, tree)
        self._try(write, None)

    def _try(self, action: Callable[[sqlite3.Connection], T], default: T) -> T:
        """The action's answer, or the default when the file cannot be had or turns out to be damaged."""
        if self.note:
            return default
        try:
            if self._connection is None:
                self._connection = _open(self._path)
            return action(self._connection)
        except (sqlite3.Error, OSError) as error:
            self.close()
            name = getattr(error, "sqlite_errorname", "")
            if (
                name == "SQLITE_READONLY_DBMOVED"
            ):  # `cache clean` in another process: there is a new file, or none
                return default
            if isinstance(error, OSError) or name.startswith(UNAVAILABLE):
                why = error.strerror if isinstance(error, OSError) else ""
                self.note = f"no cache in {self._path}: {why or error}"
            else:
                self._start_again(error)
        except (
            ValueError,
            TypeError,
        ) as error:  # what a damaged file holds can be of another type, or no UTF-8
            self.close()
            self._start_again(error)
        return default

    def _start_again(self, damage: Exception) -> None:
        try:
            _delete(self._path)
        except OSError as error:
            self.note = f"no cache in {self._path}: {damage}, and {error.strerror or error}"


def clean(root: Path) -> int:
    """Delete the cache of the project at `root`; the bytes that gave back. UsageError where that is not allowed."""
    path = Path(warm.database(root))
    try:
        size = _size(path) or 0
        _delete(path)
        for kept, length in warm.kept_files(root):
            kept.unlink(missing_ok=True)
            size += length
    except OSError as error:
        raise UsageError(f"cannot delete {error.filename}: {error.strerror or error}") from error
    with suppress(OSError):  # it is not there, or somebody else keeps something in it
        Path(recall.reports_directory(root)).rmdir()
    return size


def info(root: Path) -> CacheInfo:
    """What the cache of the project at `root` holds. One that is damaged holds nothing; UsageError if it is closed to us."""
    path = Path(warm.database(root))
    try:
        own = _size(path)
        kept = warm.kept_files(root)
    except OSError as error:
        raise UsageError(f"cannot read {error.filename}: {error.strerror or error}") from error
    trees, outputs = (sum(one.suffix == suffix for one, _ in kept) for suffix in (".tree", ".report"))
    size = sum(length for _, length in kept)
    if own is None:
        return CacheInfo(path, size, 0, trees, outputs)
    size += own
    try:
        with closing(warm.connect(str(path))) as connection:
            records = int(connection.execute("select count(*) from facts").fetchone()[0])
    except (sqlite3.Error, ValueError):
        return CacheInfo(path, size, 0, trees, outputs)
    return CacheInfo(path, size, records, trees, outputs)


def _size(path: Path) -> int | None:
    """The bytes of a file; None where there is none. `is_file` may keep to itself that it could not look."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size if S_ISREG(found.st_mode) else None


def _open(path: Path) -> sqlite3.Connection:
    for _ in range(2):
        if not path.exists():
            path.touch()
        connection = warm.connect(str(path))
        found = warm.layout(connection)
        if found == 0:
            with _transaction(connection):
                if warm.layout(connection) == 0:  # nobody was faster
                    for statement in warm.TABLES.split(";"):
                        connection.execute(statement)
                    connection.execute(f"pragma user_version = {recall.LAYOUT}")
            return connection
        if found == recall.LAYOUT:
            return connection
        connection.close()
        _delete(path)
    raise sqlite3.DatabaseError(f"{path} is laid out by another release that is running now")


def _delete(path: Path) -> None:
    """The journal goes first: one left alone would be played into the next file of that name."""
    for suffix in ("-journal", "-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def keep_out_of_git(directory: Path) -> None:
    """Have a directory of ours ignored, where it exists and nobody said otherwise."""
    ignore = directory / ".gitignore"
    if directory.is_dir() and not ignore.exists():
        try:
            ignore.write_text("*\n", encoding="utf-8")
        except OSError:  # a full disk: an empty file would be taken for somebody's wish
            ignore.unlink(missing_ok=True)
            raise


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    connection.execute("commit")


def _version_number(connection: sqlite3.Connection, version: bytes) -> int:
    row = connection.execute("select id from version where name = ?", (version,)).fetchone()
    return int(row[0]) if row else 0


def _use_version(connection: sqlite3.Connection, version: bytes) -> int:
    """The number of this version, made if need be; the facts of those unused for longest go."""
    connection.execute(
        "insert into version (name, used) values (?, ?) on conflict (name) do update set used = excluded.used",
        (version, time.time_ns()),
    )
    old = connection.execute(
        "select id from version order by used desc limit -1 offset ?", (MAX_VERSIONS,)
    ).fetchall()
    for table, column in (("facts", "version"), ("version", "id")):
        connection.executemany(f"delete from {table} where {column} = ?", old)
    return _version_number(connection, version)


def _rows(
    connection: sqlite3.Connection, number: int, wanted: set[bytes]
) -> Iterator[tuple[bytes, int, bytes]]:
    count = connection.execute("select count(*) from facts where version = ?", (number,)).fetchone()[0]
    if len(wanted) * 4 < count:
        for key in sorted(wanted):
            query = "select hash, sum, record from facts where version = ? and hash = ?"
            yield from connection.execute(query, (number, key))
    else:  # the plus keeps SQLite from the index: in the order of the file, reading is sequential
        yield from connection.execute("select hash, sum, record from facts where +version = ?", (number,))


def _drop_old_facts(connection: sqlite3.Connection, number: int, live: set[bytes]) -> None:
    count = connection.execute("select count(*) from facts where version = ?", (number,)).fetchone()[0]
    if count <= 2 * len(live) + SPARE_RECORDS:
        return
    keys = [row[0] for row in connection.execute("select hash from facts where version = ?", (number,))]
    connection.executemany(  # a name is the hash of a content, and a mark
        "delete from facts where version = ? and hash = ?",
        ((number, key) for key in keys if key[: recall.HASH_SIZE] not in live),
    )
