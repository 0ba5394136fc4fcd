"""What there is to read, before anything is read: one look at the tree, compared with the last one."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ssot_lint import recall, warm
from ssot_lint.discover import BUILD_DIRECTORIES, Discovery, discover

if TYPE_CHECKING:
    from ssot_lint.cache import Cache
    from ssot_lint.config import Config


LARGE_BYTES = 200_000
"""Size of a remembered tree of some 2,000 files."""

UNREADABLE = bytes(20)
"""Stands for the hash of a file that could not be read; what is said about it is never cached."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is to read, before anything is read: the files, their stats, and what the cache knows.

    `hashes` runs parallel to `discovery.files`, with None for contents that nobody has looked at yet. `digest`
    is the content of the tree, if that is known without reading further, and `is_saved` says that the cache
    holds all this as it is.
    """

    root: Path
    discovery: Discovery
    read_at: int  # ns; what is stamped later may have changed since
    stamps: bytes
    hashes: tuple[bytes | None, ...]
    view: bytes
    inputs: tuple[str, ...]
    shape: bytes  # a digest of the discovery: what was found, whatever the files hold
    digest: bytes | None = None
    is_saved: bool = False


def look(root: Path, config: Config, cache: Cache | None = None) -> Survey:
    """Walk the tree, and find out which contents the cache knows.

    A file whose stat is the remembered one, and older than the look that remembered it, has the remembered
    content. All others are read and hashed, unless the cache is empty and they will be read anyway.
    """
    read_at = time.time_ns()
    discovery = discover(root, config)
    base = os.path.realpath(root)
    stamps = recall.stamps([f"{base}/{path}" for path in (*_places(discovery), *_paths(discovery))])
    view = _view(config)
    hashes: tuple[bytes | None, ...] = (None,) * len(discovery.files)
    found = Survey(
        Path(base), discovery, read_at, stamps, hashes, view, _inputs(base, discovery), _shape(discovery)
    )
    if cache is None or cache.is_empty():
        return found
    saved = cache.tree(view)
    remembered = _remembered(saved[1]) if saved else {}
    stamp = _stamp_of(found)
    hashes = tuple(
        [
            remembered.get((file.path, stamp(index))) or _hash_file(f"{base}/{file.path}")
            for index, file in enumerate(discovery.files)
        ]
    )
    found = replace(found, hashes=hashes, digest=digest_of(found.shape, hashes))
    if saved and saved[0] == found.digest:
        if saved[1] != _tree(found):
            remember(cache, found, config)
        found = replace(found, is_saved=True)
    return found


def is_large(root: Path, config: Config) -> bool:
    """Was the tree so large, when it was last looked at, that looking takes a while?"""
    return warm.tree_size(root, _view(config)) > LARGE_BYTES


def remember(cache: Cache, found: Survey, config: Config) -> None:
    """Keep this look at the tree, so that the next one compares stats alone."""
    tree = _tree(found)
    first = len(tree.directories) * recall.STAMP
    now = time.time_ns()
    if warm.trusted(found.stamps[:first], now) != tree.stamps[:first]:
        # a directory was written to just before the walk, by whoever made the cache in it for instance: what
        # a second walk confirms is known as of now
        second = look(found.root, config)
        if second.discovery == found.discovery and second.stamps[:first] == found.stamps[:first]:
            stamps = warm.trusted(found.stamps[:first], now) + tree.stamps[first:]
            tree = tree._replace(stamps=stamps)
    cache.save_tree(found.view, found.digest or b"", tree)


def sizes_of(stamps: bytes, files: int) -> list[int]:
    """The sizes of the files, which come last in the stamps; 0 for what is not there."""
    size = recall.STAMP
    starts = range(len(stamps) - files * size, len(stamps), size)
    found = [int.from_bytes(stamps[start : start + 8], sys.byteorder) for start in starts]
    return [0 if value >= 1 << 62 else value for value in found]


def digest_of(shape: bytes, hashes: tuple[bytes | None, ...]) -> bytes:
    return recall.content_hash(shape + b"".join([key or UNREADABLE for key in hashes]))


def _view(config: Config) -> bytes:
    settings = (config.source_roots, config.exclude, config.test_paths)
    return recall.content_hash(repr(settings).encode("utf-8", "surrogatepass"))


def _remembered(tree: warm.Tree) -> dict[tuple[str, bytes], bytes]:
    return dict(zip(zip(tree.files, tree.file_stamps, strict=True), tree.hashes, strict=True))


def _stamp_of(found: Survey) -> Callable[[int], bytes]:
    size = recall.STAMP
    skip = len(_places(found.discovery)) * size
    return lambda index: found.stamps[skip + index * size : skip + (index + 1) * size]


def _hash_file(path: str) -> bytes:
    try:
        return recall.content_hash(Path(path).read_bytes())
    except (OSError, ValueError):
        return UNREADABLE


def _paths(discovery: Discovery) -> tuple[str, ...]:
    return tuple(file.path for file in discovery.files)


def _places(discovery: Discovery) -> tuple[str, ...]:
    """Whose stat shows that the walk would find something else now: directories, and what was left out."""
    projects = {"", *(path.rpartition("/")[0] for path in discovery.manifests)}
    builds = (f"{above}/{name}".lstrip("/") for above in projects for name in BUILD_DIRECTORIES)
    problems = (problem.path for problem in discovery.problems)
    return tuple(sorted({*discovery.directories, *builds, *problems}))


def _inputs(base: str, discovery: Discovery) -> tuple[str, ...]:
    names = (*discovery.gitignores, *discovery.manifests, ".git/info/exclude")
    return tuple(sorted({os.path.normpath(f"{base}/{name}") for name in names}))


def _shape(discovery: Discovery) -> bytes:
    return recall.content_hash(repr(discovery).encode("utf-8", "surrogatepass"))


def _tree(found: Survey, read_at: int = 0) -> warm.Tree:
    stamps = warm.trusted(found.stamps, read_at or found.read_at)
    hashes = tuple(key or UNREADABLE for key in found.hashes)
    return warm.Tree(_places(found.discovery), _paths(found.discovery), stamps, hashes)
