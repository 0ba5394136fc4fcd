"""`scan(root, config) -> Scan`: every file of the project with its facts, read once and by all cores.

What was read before comes from the cache; the rest goes, in pieces of equal size, to worker processes that
open the files themselves and hand back encoded records. The answer does not depend on how many they are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache as kept_once
from pathlib import Path
from typing import TYPE_CHECKING

from ssot_lint import recall
from ssot_lint.cache import Cache, version_key
from ssot_lint.discover import Discovery
from ssot_lint.model import FileFacts, SourceFile
from ssot_lint.scanning.records import MAX_BYTES, Reading, decoder, read_records, record_name, saving
from ssot_lint.scanning.survey import UNREADABLE, Survey, digest_of, look, remember, sizes_of
from ssot_lint.scanning.workers import no_garbage_collection

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ssot_lint.config import Config


Progress = Callable[[int, int], None]
"""Called with the number of files read, and the number to read."""

EXTRACTORS = ("model.py", "facts.py", "reading/*.py")
"""The modules that decide what is read from a file; their text is part of the cache key."""


@dataclass(frozen=True, slots=True)
class Scan:
    """All files of a project, sorted by path.

    `view` and `digest` name the settings of the walk and the content that it found, and `inputs` are the
    files that the walk depended on besides: `warm.store_output` asks for all three.
    """

    files: tuple[SourceFile, ...]
    discovery: Discovery
    view: bytes
    digest: bytes
    inputs: tuple[str, ...]
    shape: bytes
    hashes: tuple[bytes, ...]  # the contents of the files
    from_cache: int


def open_cache(root: Path, config: Config) -> Cache:
    """The cache for what this version reads from files under this configuration."""
    from ssot_lint.facts import EXTRACTOR_VERSION
    from ssot_lint.settings.words import flow_words, words

    patterns = [found and found.pattern for found in (words(config), flow_words(config))]
    here = Path(__file__).parent
    sources = sorted(path for pattern in EXTRACTORS for path in here.glob(pattern))
    return Cache(root, version_key(EXTRACTOR_VERSION, repr(patterns), sources))


def scan(
    root: Path,
    config: Config,
    *,
    jobs: int | None = None,
    cache: Cache | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    survey: Survey | None = None,
) -> Scan:
    """Find and read all files of the project at `root`.

    `jobs` worker processes (default: one per core) read what the cache does not have, or the given executor
    does, which stays open. A file that cannot be read or parsed has facts with a problem.
    """
    found = survey or look(root, config, cache)
    with no_garbage_collection():
        facts, read, from_cache = _facts(found, config, jobs, cache, progress, executor)
    digest = found.digest if read == found.hashes and found.digest else digest_of(found.shape, read)
    if cache is not None and not (found.is_saved and digest == found.digest):
        remember(cache, replace(found, hashes=read, digest=digest), config)
    return Scan(
        files=tuple(
            SourceFile(file.path, file.module, file.is_package, file.importable, file.is_test, value)
            for file, value in zip(found.discovery.files, facts, strict=True)
            if value is not None
        ),
        discovery=found.discovery,
        view=found.view,
        digest=digest,
        inputs=found.inputs,
        shape=found.shape,
        hashes=read,
        from_cache=from_cache,
    )


def _facts(
    found: Survey,
    config: Config,
    jobs: int | None,
    cache: Cache | None,
    progress: Progress | None,
    executor: Executor | None,
) -> tuple[list[FileFacts | None], tuple[bytes, ...], int]:
    """The facts of all files that were found, the hashes of their contents, and how many facts the cache had."""
    from ssot_lint.settings.words import flow_words, words

    files = found.discovery.files
    decode = decoder()
    hashes = list(found.hashes)
    names = [key and record_name(key, file) for key, file in zip(hashes, files, strict=True)]
    known = cache.load([name for name in names if name], decode) if cache else {}
    facts: list[FileFacts | None] = [known.get(name) if name else None for name in names]
    missing = [index for index, value in enumerate(facts) if value is None]
    reading = Reading(
        found.root,
        tuple(files[index].path for index in missing),
        tuple(files[index].is_test for index in missing),
        words(config),
        flow_words(config),
    )
    sizes = sizes_of(found.stamps, len(files))
    pieces = read_records(reading, [sizes[index] for index in missing], jobs, cache, executor)
    with closing(pieces) as records, saving(cache) as save:
        for done, (position, key, record) in enumerate(records, 1):
            index = missing[position]
            hashes[index] = key
            name = record_name(key, files[index])
            facts[index] = known.get(name) or decode(record)
            if key != UNREADABLE:
                save(name, record)
            if progress is not None:
                progress(done, len(missing))
    return facts, tuple([key or UNREADABLE for key in hashes]), len(files) - len(missing)


def reread(root: Path, found: Scan) -> Callable[[str], bytes | None]:
    """What the files of a scan hold, by path, read when it is asked for; None for what was changed since."""

    @kept_once
    def hashes() -> dict[str, bytes]:
        return dict(zip((file.path for file in found.files), found.hashes, strict=True))

    def text(path: str) -> bytes | None:
        try:
            with (root / path).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except (OSError, ValueError):
            return None
        return content if recall.content_hash(content) == hashes()[path] else None

    return text
