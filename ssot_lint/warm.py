"""When nothing changed, the answer did not change either: keep what was printed, and print it again.

A tree is remembered as the stat of every directory that was listed and every file that was read. A report is
remembered under what asked for it, and holds as long as that tree, the tool's own code and the settings are
as they were. `recall` finds it again; here stands what it takes to keep it.
"""

from __future__ import annotations

import fnmatch
import marshal
import os
import sqlite3
import sys
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from ssot_lint import recall
from ssot_lint.recall import (
    HASH_SIZE,
    STAMP,
    cache_directory,
    command_key,
    command_path,
    contents,
    found_path,
    key_of,
    known_report,
    read_record,
    read_report,
    report_path,
    reports_directory,
    stamps,
    tree_path,
    write_record,
)

STARTED = recall.STARTED

BUSY_SECONDS = 5.0
RACY_NS = 2_000_000_000
"""Coarsest timestamp in use (FAT): a file stamped later than this before it was read can change unseen."""

MAX_REPORTS = 32
MAX_REPORT_BYTES = 64 << 20
MAX_TREES = 8
MAX_FOUND = 4  # of each kind
MAX_COMMANDS = 256

TABLES = """
create table version (id integer primary key, name blob unique not null, used integer not null);
create table facts (version integer not null, hash blob not null, sum integer not null, record blob not null,
    primary key (version, hash));
"""

Found = Literal["findings", "links"]
"""What is kept besides what was printed: what rules found, and what imports stand for."""

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


# --- the database -------------------------------------------------------------------------------------


def database(root: str | os.PathLike[str]) -> str:
    """The one file that holds the facts."""
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


def trusted(stamps: bytes, read: int) -> bytes:
    """The stamps, with zeros for all that could have changed unseen after it was read at `read` ns."""
    words = array("Q", stamps)
    limit = read - RACY_NS
    for i in range(0, len(words), 4):
        if (words[i + 1] > limit or words[i + 2] > limit) and words[i] != _WORD:
            words[i : i + 4] = array("Q", (0, 0, 0, 0))
    return words.tobytes()


def load_tree(root: str, view: bytes) -> tuple[bytes, Tree] | None:
    """The digest and the tree last saved for these settings, unless damaged."""
    record = read_record(tree_path(root, view))
    if record is None:
        return None
    try:
        home, digest, directories, files, then, hashes = marshal.loads(record)
    except (ValueError, EOFError, TypeError):
        return None
    split = tuple([hashes[i : i + HASH_SIZE] for i in range(0, len(hashes), HASH_SIZE)])
    if home != root or len(split) != len(files):
        return None
    return digest, Tree(directories, files, then, split)


def tree_size(root: str | os.PathLike[str], view: bytes) -> int:
    """The bytes that the tree last saved for these settings takes: about a hundred for each file. 0 without one."""
    try:
        return os.stat(tree_path(os.path.abspath(root), view)).st_size  # noqa: PTH100, PTH116
    except OSError:
        return 0


def save_tree(root: str, view: bytes, digest: bytes, tree: Tree) -> None:
    """Keep a look at the tree. What cannot be written is not kept."""
    body = (root, digest, tree.directories, tree.files, tree.stamps, b"".join(tree.hashes))
    _keep(root, tree_path(root, view), marshal.dumps(body, 4))
    _drop(root, ".tree", MAX_TREES)


# --- reports ------------------------------------------------------------------------------------------


def cached_output(root: str | os.PathLike[str], key_parts: Sequence[object]) -> Output | None:
    """What the same command printed when everything it depends on was as it is now; None to compute it.

    `key_parts` is all that the caller knows to matter: command, options, width, colour, encoding. Versions,
    the working directory, the date, the import path, the tree, the code of the tool and of its plugins, and
    the files given to `store_output` are seen to here.
    """
    root = os.path.abspath(root)  # noqa: PTH100
    try:
        found = known_report(root, key_of(root, key_parts))
    except (OSError, ValueError, EOFError, TypeError):
        return None  # absent or damaged: the caller computes it
    return Output(bytes(found[1]), found[0]) if found else None


def output_for(root: str | os.PathLike[str], key_parts: Sequence[object], digest: bytes) -> Output | None:
    """As `cached_output`, for a tree that was just read and has this content digest."""
    root = os.path.abspath(root)  # noqa: PTH100
    try:
        found = read_report(root, key_of(root, key_parts))
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return Output(bytes(found[3]), found[2]) if found and found[1] == digest else None


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
    key = key_of(root, key_parts)
    kept = _keep_report(root, key, report_path(root, key), output, view, digest, watched)
    _drop(root, ".report", MAX_REPORTS, MAX_REPORT_BYTES)
    return kept


def found_for(
    what: Found, root: str | os.PathLike[str], key_parts: Sequence[object], shape: bytes
) -> tuple[bytes, tuple[bytes, ...]] | None:
    """What was last found out of files of these names and places (`shape`), and the contents they had then."""
    root = os.path.abspath(root)  # noqa: PTH100
    key = key_of(root, key_parts)
    try:
        found = read_report(root, key, found_path(root, key, what))
    except (OSError, ValueError, EOFError, TypeError):
        return None
    if found is None or found[0] != shape:
        return None
    hashes = found[1]
    return bytes(found[3]), tuple([hashes[i : i + HASH_SIZE] for i in range(0, len(hashes), HASH_SIZE)])


def store_found(
    what: Found,
    root: str | os.PathLike[str],
    key_parts: Sequence[object],
    body: bytes,
    *,
    shape: bytes,
    hashes: Sequence[bytes],
    watched: Iterable[str] = (),
) -> bool:
    """Remember what was found, in whatever form it is printed; False if it was not kept. See `store_output`."""
    root = os.path.abspath(root)  # noqa: PTH100
    key = key_of(root, key_parts)
    path = found_path(root, key, what)
    kept = _keep_report(root, key, path, Output(body, 0), shape, b"".join(hashes), watched)
    _drop(root, f".{what}", MAX_FOUND)
    return kept


def _keep_report(
    root: str, key: bytes, path: str, output: Output, view: bytes, digest: bytes, watched: Iterable[str]
) -> bool:
    code = _code_paths()
    code_stamps = stamps(code)
    files = tuple(sorted({os.path.abspath(path) for path in watched}))  # noqa: PTH100
    held = contents(files)
    if trusted(code_stamps, STARTED) != code_stamps or _changed_since(files, STARTED):
        return False
    head = marshal.dumps((key, root, view, digest, output.status, code, code_stamps, files, held), 4)
    if len(head) + len(output.body) > MAX_REPORT_BYTES // 2:
        return False
    return _keep(root, path, len(head).to_bytes(4, "little") + head + output.body)


def store_command(
    root: str | os.PathLike[str], config: str | None, arguments: Sequence[str], key_parts: Sequence[object]
) -> None:
    """Remember that this command line asks for the report under `key_parts`: `recall` answers it from now on.

    For command lines whose meaning depends on nothing but their words, the environment, the terminal, and
    where the project and its configuration are.
    """
    root = os.path.abspath(root)  # noqa: PTH100
    path = command_path(root, command_key(root, config, arguments))
    key = key_of(root, key_parts)
    if bytes(read_record(path) or b"") != key and _keep(root, path, key):
        _drop(root, ".command", MAX_COMMANDS)


def kept_files(root: str | os.PathLike[str], pattern: str = "*.*") -> list[tuple[Path, int]]:
    """The files in which trees, reports and command lines are kept, with their sizes.

    An OSError where nobody lets us look.
    """
    directory = Path(reports_directory(root))
    try:
        names = sorted(os.listdir(directory))  # noqa: PTH208 (`glob` tells of what went wrong or not, by version)
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = []
    for path in map(directory.joinpath, fnmatch.filter(names, pattern)):
        try:
            found.append((path, path.stat().st_size))
        except OSError:
            continue  # another process was faster
    return found


def _keep(root: str, path: str, content: bytes) -> bool:
    try:
        os.makedirs(reports_directory(root), exist_ok=True)  # noqa: PTH103
        write_record(path, content)
    except (OSError, ValueError):
        return False
    return True


def _drop(root: str, suffix: str, count: int, size: int = 1 << 62) -> None:
    """Delete the oldest files of a kind, so that no more than `count` of them, and `size` bytes, are left.

    Those that nobody lets us delete stay.
    """
    try:
        kept = kept_files(root, f"*{suffix}*")  # those a killed process left half done too
    except OSError:
        return
    stats = []
    for path, length in kept:
        try:
            stats.append((path.stat().st_mtime_ns, length, path))
        except OSError:
            continue  # another process was faster
    for number, (_, length, path) in enumerate(sorted(stats, reverse=True)):
        size -= length
        if number >= count or size < 0:
            with suppress(OSError):
                path.unlink(missing_ok=True)


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


def _changed_since(paths: Sequence[str], moment: int) -> bool:
    for path in paths:
        try:
            found = os.stat(path)  # noqa: PTH116
        except (OSError, ValueError):
            continue
        if found.st_mtime_ns > moment or found.st_ctime_ns > moment:
            return True
    return False
