"""The same bytes again, found before anything heavy is imported.

A report that `check` printed is kept in a file, with all that it depends on; the files of the tree it is
about in another; and which command line asked for it in a third. When nothing changed, a start of the
interpreter and one stat for each file is all that the answer costs: this module imports eight small parts of the
standard library, and nothing that these do not need themselves.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from errno import EINVAL
from struct import error, pack
from zlib import crc32

try:
    from _blake2 import blake2b  # what `hashlib` gives, without loading OpenSSL (5 ms)
except ImportError:
    from hashlib import blake2b

TYPE_CHECKING = False  # `typing` costs 3 ms
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STARTED = time.time_ns()
"""When this process began to read: what changes later is not what was reported on."""

LAYOUT = 2
"""Version of all that is kept. What has another one is not read."""

HASH_SIZE = 20
STAMP = 32  # bytes: size, mtime_ns, ctime_ns and inode, eight each
_UNTRUSTED = bytes(STAMP)
_ABSENT = b"\xff" * STAMP
_WORD = (1 << 64) - 1
_KIND, _REGULAR = 0o170000, 0o100000  # of a mode: `S_IFMT` and `S_IFREG`
_AT_ONCE = 1024  # files whose stats are taken before they are compared

COMPLETION = "_SSOT_LINT_COMPLETE"
"""The variable with which a shell asks for completions (click's convention)."""

_LOOKED_AT = ("NO_COLOR", "FORCE_COLOR", "TERM")  # of the environment, for the output of a command


def content_hash(content: bytes) -> bytes:
    """The name of a file's content: `HASH_SIZE` bytes."""
    return blake2b(content, digest_size=HASH_SIZE).digest()


# --- where things are -----------------------------------------------------------------------------------


def cache_directory(root: str | os.PathLike[str]) -> str:
    """Where the cache of the project at `root` lives: `$SSOT_LINT_CACHE_DIR`, else `.ssot-lint/cache`."""
    return os.environ.get("SSOT_LINT_CACHE_DIR") or os.path.join(os.path.abspath(root), ".ssot-lint", "cache")  # noqa: PTH100, PTH118 (pathlib costs 10 ms)


def reports_directory(root: str | os.PathLike[str]) -> str:
    """Where the reports of the project are kept, with the trees they are about."""
    return os.path.join(cache_directory(root), "reports")  # noqa: PTH118


def report_path(root: str, key: bytes) -> str:
    return f"{reports_directory(root)}/{key.hex()}.report"


def command_path(root: str, key: bytes) -> str:
    return f"{reports_directory(root)}/{key.hex()}.command"


def found_path(root: str, key: bytes, what: str) -> str:
    return f"{reports_directory(root)}/{key.hex()}.{what}"


def tree_path(root: str, view: bytes) -> str:
    name = content_hash(root.encode("utf-8", "surrogatepass") + b"\0" + view)
    return f"{reports_directory(root)}/{name.hex()}.tree"


def read_record(path: str) -> memoryview | None:
    """What `write_record` wrote there; None when it is absent, of another layout, or damaged."""
    try:
        found = memoryview(read_file(path))
    except (OSError, ValueError):
        return None
    content = found[4:]
    return content if found[:4] == _checksum(content) else None


def read_file(path: str | os.PathLike[str]) -> bytes:
    """What a file holds. An OSError where there is none, or a pipe or a device, which might never end."""
    with open(path, "rb", opener=_without_waiting) as file:
        if os.fstat(file.fileno()).st_mode & _KIND != _REGULAR:
            raise OSError(EINVAL, "it is no regular file", path)
        return file.read()


def _without_waiting(path: str, flags: int) -> int:
    """Open a file as `open` does; a pipe too at once, whether somebody writes to it or not."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def write_record(path: str, content: bytes) -> None:
    """Put a file there in one step, with its checksum: a reader sees all of it or nothing."""
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "wb") as file:  # noqa: PTH123
            file.write(_checksum(content))
            file.write(content)
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        if os.path.exists(temporary):  # noqa: PTH110
            os.unlink(temporary)  # noqa: PTH108
        raise


def _checksum(content: bytes | memoryview) -> bytes:
    return (crc32(content) ^ LAYOUT).to_bytes(4, "little")


# --- has anything changed? ------------------------------------------------------------------------------


def stamps(paths: Iterable[str]) -> bytes:
    """32 bytes for each path: its size, times and inode, or all ones where there is nothing."""
    words: list[int] = []
    add = words.append
    stat = os.stat
    for path in paths:
        try:
            found = stat(path)
        except (OSError, ValueError):
            words += (_WORD, _WORD, _WORD, _WORD)
        else:
            add(found.st_size)
            add(found.st_mtime_ns)
            add(found.st_ctime_ns)
            add(found.st_ino)
    shape = f"={len(words)}Q"
    try:
        return pack(shape, *words)
    except error:  # a time before 1970
        return pack(shape, *(word & _WORD for word in words))


def contents(paths: Iterable[str]) -> bytes:
    """A digest of what these files hold; that one is absent counts as well."""
    digest = blake2b(digest_size=HASH_SIZE)
    for path in paths:
        try:
            digest.update(content_hash(read_file(path)))
        except (OSError, ValueError):
            digest.update(b"absent")
    return digest.digest()


def is_unchanged(
    root: str, directories: Sequence[str], files: Sequence[str], then: bytes, hashes: bytes
) -> bool:
    """Do all directories and files stand as they stood? Those with an untrusted stat are read again.

    `then` holds the stamps of both, `hashes` the contents of the files, joined.
    """
    paths = [f"{root}/{path}" for path in directories]
    paths += [f"{root}/{path}" for path in files]
    if len(then) != len(paths) * STAMP:
        return False
    for start in range(0, len(paths), _AT_ONCE):
        now = stamps(paths[start : start + _AT_ONCE])
        before = then[start * STAMP : (start + _AT_ONCE) * STAMP]
        if now == before:
            continue
        for i in range(0, len(now), STAMP):
            if now[i : i + STAMP] == before[i : i + STAMP]:
                continue
            number = start + i // STAMP - len(directories)
            if number < 0 or before[i : i + STAMP] != _UNTRUSTED:
                return False
            try:
                held = content_hash(read_file(paths[start + i // STAMP]))
                if held != hashes[number * HASH_SIZE : (number + 1) * HASH_SIZE]:
                    return False
            except (OSError, ValueError):
                return False
    return True


# --- reports --------------------------------------------------------------------------------------------


def key_of(root: str, parts: Sequence[object]) -> bytes:
    """The name of an answer: of the question, and of all around it that has no place in a file."""
    today = time.strftime("%Y-%m-%d")  # shims expire
    everything = (LAYOUT, root, sys.version, sys.path, os.getcwd(), today, *parts)  # noqa: PTH109
    return content_hash(repr(everything).encode("utf-8", "surrogatepass"))


def read_report(root: str, key: bytes, path: str = "") -> tuple[bytes, bytes, int, memoryview] | None:
    """(view, digest, status, body) of the report of that name, as long as code and settings are the same."""
    record = read_record(path or report_path(root, key))
    if record is None:
        return None
    size = int.from_bytes(record[:4], "little")
    named, home, view, digest, status, code, code_stamps, watched, held = marshal.loads(record[4 : 4 + size])
    if named != key or home != root or stamps(code) != code_stamps or contents(watched) != held:
        return None
    return view, digest, status, record[4 + size :]


def known_report(root: str, key: bytes) -> tuple[int, memoryview] | None:
    """(status, body) of the report of that name, if nothing that it depends on has changed."""
    found = read_report(root, key)
    if found is None:
        return None
    view, digest, status, body = found
    tree = read_record(tree_path(root, view))
    if tree is None:
        return None
    home, digested, directories, files, then, hashes = marshal.loads(tree)
    if home != root or digested != digest or not is_unchanged(root, directories, files, then, hashes):
        return None
    return status, body


# --- command lines --------------------------------------------------------------------------------------


def command_key(root: str, config: str | None, arguments: Sequence[str]) -> bytes:
    """The name of a command line, for this terminal and environment, in the project at `root`."""
    out = sys.stdout
    terminal = (out.isatty(), out.encoding, *map(os.environ.get, _LOOKED_AT))
    return key_of(root, ("command", config, terminal, *arguments))


def recall(arguments: Sequence[str]) -> tuple[int, memoryview] | None:
    """(status, body): what `ssot-lint` with these arguments prints, if that is known already.

    None when there is work to do, or when more than a look is needed to tell.
    """
    if not arguments or arguments[0] != "check" or COMPLETION in os.environ or sys.stdout is None:
        return None
    try:
        place = _place(arguments)
        if place is None:
            return None
        root, config = place
        key = read_record(command_path(root, command_key(root, config, arguments)))
        return known_report(root, bytes(key)) if key is not None else None
    except (OSError, ValueError, EOFError, TypeError):
        return None  # absent or damaged: the answer is computed, and what is kept is written anew


def _place(arguments: Sequence[str]) -> tuple[str, str | None] | None:
    """The project root and the configuration that the arguments name.

    Where this misunderstands them it gives a place for which no answer to them was ever kept.
    """
    named: dict[str, str] = {}
    for position, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if option in ("--root", "--config"):
            if not equals:
                value = arguments[position + 1] if position + 1 < len(arguments) else ""
            if not value:
                return None
            named[option] = os.path.realpath(os.path.abspath(value))  # noqa: PTH100
    config = named.get("--config")
    if "--root" in named:
        return named["--root"], config
    if config:
        return os.path.dirname(config), config  # noqa: PTH120
    root = nearest_root(os.getcwd())  # noqa: PTH109
    return (root, None) if root else None


def nearest_root(start: str) -> str | None:
    """The project root that `config.find_root` finds from a directory, where no TOML has to be read for it."""
    directory = os.path.realpath(start)
    while True:
        if _exists(f"{directory}/ssot-lint.toml") or _exists(f"{directory}/.git"):
            return directory
        pyproject = f"{directory}/pyproject.toml"
        if _exists(pyproject) and b"ssot-lint" in read_file(pyproject):
            return None
        above = os.path.dirname(directory)  # noqa: PTH120
        if above == directory:
            return None
        directory = above


def _exists(path: str) -> bool:
    try:
        os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
