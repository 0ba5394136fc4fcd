"""`scan(root, config) -> Scan`: every file of the project with its facts, read once and by all cores.

What was read before comes from the cache; the rest goes, in pieces of equal size, to worker processes that
open the files themselves and hand back encoded records. The answer does not depend on how many they are.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache as kept_once
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ssot_lint import recall, warm
from ssot_lint.cache import Cache, version_key
from ssot_lint.discover import BUILD_DIRECTORIES, Candidate, Discovery, discover
from ssot_lint.errors import SsotLintError
from ssot_lint.model import FileFacts, Problem, SourceFile

if TYPE_CHECKING:
    import re
    from concurrent.futures import Executor

    from ssot_lint.config import Config

P = TypeVar("P")
R = TypeVar("R")

Progress = Callable[[int, int], None]
"""Called with the number of files read, and the number to read."""

MAX_BYTES = 8 << 20
"""Larger files are data, whatever their name: parsing one would take a gigabyte of memory."""

CHUNK_BYTES = 1 << 20
"""What a worker reads before it answers: about a tenth of a second."""

IN_PROCESS_BYTES = 1 << 20
"""Less than this is read sooner than a worker is started."""

LARGE_BYTES = 200_000
"""Size of a remembered tree of some 2,000 files."""

MANY_FILES = 2000
"""More files than are looked through before everything is linked again."""

SAVE_BYTES = 4 << 20
"""Records that a killed process may lose."""

EXTRACTORS = ("model.py", "facts.py", "reading/*.py")
"""The modules that decide what is read from a file; their text is part of the cache key."""

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


@dataclass(frozen=True, slots=True)
class Change:
    """What a file said, and says now."""

    file: Candidate
    old: FileFacts
    new: FileFacts


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
    from ssot_lint.settings.words import flow_words, words

    found = survey or look(root, config, cache)
    candidates = found.discovery.files
    decode = _decoder()
    with no_garbage_collection():
        hashes = list(found.hashes)
        names = [key and _record_name(key, file) for key, file in zip(hashes, candidates, strict=True)]
        known = cache.load([name for name in names if name], decode) if cache else {}
        facts: list[FileFacts | None] = [known.get(name) if name else None for name in names]
        missing = [index for index, value in enumerate(facts) if value is None]
        reading = Reading(
            found.root,
            tuple(candidates[index].path for index in missing),
            tuple(candidates[index].is_test for index in missing),
            words(config),
            flow_words(config),
        )
        sizes = _sizes(found.stamps, len(found.discovery.files))
        pieces = _records(reading, [sizes[index] for index in missing], jobs, cache, executor)
        with closing(pieces) as records, _saving(cache) as save:
            for done, (position, key, record) in enumerate(records, 1):
                index = missing[position]
                hashes[index] = key
                name = _record_name(key, candidates[index])
                facts[index] = known.get(name) or decode(record)
                if key != UNREADABLE:
                    save(name, record)
                if progress is not None:
                    progress(done, len(missing))
    read = tuple([key or UNREADABLE for key in hashes])
    digest = found.digest if read == found.hashes and found.digest else _digest(found.shape, read)
    if cache is not None and not (found.is_saved and digest == found.digest):
        remember(cache, replace(found, hashes=read, digest=digest), config)
    return Scan(
        files=tuple(
            SourceFile(file.path, file.module, file.is_package, file.importable, file.is_test, value)
            for file, value in zip(candidates, facts, strict=True)
            if value is not None
        ),
        discovery=found.discovery,
        view=found.view,
        digest=digest,
        inputs=found.inputs,
        shape=found.shape,
        hashes=read,
        from_cache=len(candidates) - len(missing),
    )


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


# --- what there is to read ----------------------------------------------------------------------------


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
    found = replace(found, hashes=hashes, digest=_digest(found.shape, hashes))
    if saved and saved[0] == found.digest:
        if saved[1] != _tree(found):
            remember(cache, found, config)
        found = replace(found, is_saved=True)
    return found


def is_large(root: Path, config: Config) -> bool:
    """Was the tree so large, when it was last looked at, that looking takes a while?"""
    return warm.tree_size(root, _view(config)) > LARGE_BYTES


def _view(config: Config) -> bytes:
    settings = (config.source_roots, config.exclude, config.test_paths)
    return recall.content_hash(repr(settings).encode("utf-8", "surrogatepass"))


def changes_since(
    survey: Survey, before: Sequence[bytes], config: Config, cache: Cache
) -> tuple[Change, ...] | None:
    """What the files that changed since they had these contents say, and said; None if that takes a while to tell."""
    from ssot_lint.settings.words import flow_words, words

    files = survey.discovery.files
    now = survey.hashes
    changed = [index for index in range(len(files)) if now[index] != before[index]]
    sizes = _sizes(survey.stamps, len(files))
    if None in now or UNREADABLE in now or sum(sizes[index] for index in changed) > IN_PROCESS_BYTES:
        return None
    decode = _decoder()
    names = {index: _record_name(now[index] or b"", files[index]) for index in changed}
    known = cache.load([*names.values(), *(_record_name(before[i], files[i]) for i in changed)], decode)
    found = []
    for index in changed:
        file = files[index]
        old, new = known.get(_record_name(before[index], file)), known.get(names[index])
        if old is None:
            return None
        if new is None:
            reading = Reading(survey.root, (file.path,), (file.is_test,), words(config), flow_words(config))
            ((key, record),) = read_files(reading)
            if key != now[index]:
                return None  # it was changed a moment ago
            cache.save([(names[index], record)])
            new = decode(record)
        found.append(Change(file, old, new))
    return tuple(found)


def facts_of(paths: Collection[str], survey: Survey, cache: Cache) -> dict[str, FileFacts]:
    """Path -> the facts of a file, as far as the cache has them."""
    pairs = zip(survey.hashes, survey.discovery.files, strict=True)
    names = {file.path: _record_name(key, file) for key, file in pairs if key and file.path in paths}
    known = cache.load(names.values(), _decoder())
    return {path: known[name] for path, name in names.items() if name in known}


def other_files(
    concerns: Callable[[bytes], bool], survey: Survey, changed: Collection[str], cache: Cache
) -> list[FileFacts] | None:
    """The facts of all files but those that changed whose records are told to be of concern.

    None where that cannot be told, or where they are so many that it takes a while.
    """
    pairs = zip(survey.hashes, survey.discovery.files, strict=True)
    others = [_record_name(key, file) for key, file in pairs if key and file.path not in changed]
    return cache.mention(concerns, others, _decoder(), MANY_FILES)


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


def _digest(shape: bytes, hashes: tuple[bytes | None, ...]) -> bytes:
    return recall.content_hash(shape + b"".join([key or UNREADABLE for key in hashes]))


def _tree(found: Survey, read_at: int = 0) -> warm.Tree:
    stamps = warm.trusted(found.stamps, read_at or found.read_at)
    hashes = tuple(key or UNREADABLE for key in found.hashes)
    return warm.Tree(_places(found.discovery), _paths(found.discovery), stamps, hashes)


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


# --- reading ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """Files to read: paths relative to `root`, which of them are tests, and the words that make bodies matter."""

    root: Path
    paths: tuple[str, ...]
    tests: tuple[bool, ...]
    words: re.Pattern[bytes] | None
    flow_words: re.Pattern[bytes] | None

    def part(self, positions: Sequence[int]) -> Reading:
        return replace(
            self,
            paths=tuple(self.paths[position] for position in positions),
            tests=tuple(self.tests[position] for position in positions),
        )


def _record_name(key: bytes, file: Candidate) -> bytes:
    """Under which name the facts of a content are kept: less is read of a test."""
    return key + b"t" if file.is_test else key


def read_files(reading: Reading) -> list[tuple[bytes, bytes]]:
    """For each path its content hash and its encoded facts. Runs in a worker process."""
    gc.freeze()  # so that the collection below looks at nothing but what reading left behind
    with no_garbage_collection():
        found = _read_files(reading)
    gc.collect()
    gc.unfreeze()
    return found


def _read_files(reading: Reading) -> list[tuple[bytes, bytes]]:
    from ssot_lint.facts import extract

    encode = msgspec.msgpack.Encoder().encode
    found = []
    for path, is_test in zip(reading.paths, reading.tests, strict=True):
        key, facts = UNREADABLE, None
        try:
            with (reading.root / path).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                source = file.read(min(size, MAX_BYTES) + 1)  # no more, for the buffer is made before
            if len(source) > MAX_BYTES:
                facts = _unreadable(f"larger than {MAX_BYTES >> 20} MiB")
            else:
                key = recall.content_hash(source)
                facts = extract(source, reading.words, None if is_test else reading.flow_words)
                if facts.problem is not None and facts.problem.kind == "syntax":
                    facts = _second_opinion(source, facts)
        except OSError as error:
            facts = _unreadable(f"cannot be read: {error.strerror or error}")
        except Exception as error:
            error.add_note(f"while reading {path}")
            raise
        found.append((key, encode(facts)))
    return found


def _unreadable(reason: str) -> FileFacts:
    return FileFacts(lines=0, problem=Problem("unreadable", reason))


def _second_opinion(source: bytes, facts: FileFacts) -> FileFacts:
    from ssot_lint.reading.grammar import diagnose

    if facts.problem is None:
        return facts
    return msgspec.structs.replace(facts, problem=diagnose(source, facts.problem))


def _records(
    reading: Reading, sizes: Sequence[int], jobs: int | None, cache: Cache | None, executor: Executor | None
) -> Generator[tuple[int, bytes, bytes], None, None]:
    """(position, content hash, record) for every path, in the order in which they are done."""
    chunks = chunks_of(sizes)
    workers = min(jobs or cores(), len(chunks))
    if executor is not None:
        yield from _gather(reading, chunks, executor)
    elif workers <= 1 or sum(sizes) < IN_PROCESS_BYTES:
        for chunk in chunks:
            for position, (key, record) in zip(chunk, read_files(reading.part(chunk)), strict=True):
                yield position, key, record
    else:
        if cache is not None:
            cache.close()  # SQLite must not be carried into another process
        with worker_pool(workers) as pool:
            yield from _gather(reading, chunks, pool)


def _gather(
    reading: Reading, pieces: Sequence[Sequence[int]], executor: Executor
) -> Iterator[tuple[int, bytes, bytes]]:
    for piece, records in gather(executor, read_files, reading.part, pieces):
        for position, (key, record) in zip(piece, records, strict=True):
            yield position, key, record


def gather(
    executor: Executor,
    work: Callable[[P], R],
    part: Callable[[Sequence[int]], P],
    pieces: Sequence[Sequence[int]],
) -> Iterator[tuple[Sequence[int], R]]:
    """(piece, `work(part(piece))`) for every piece, in the order in which they are done."""
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    futures = {executor.submit(work, part(piece)): piece for piece in pieces}
    try:
        for future in as_completed(futures):
            yield futures.pop(future), future.result()
    except BrokenProcessPool as error:
        raise SsotLintError(
            "A worker process was ended from outside while it read files, most likely for lack of memory.",
            "Try again with --jobs 1; what was read for the cache so far is in it.",
        ) from error
    finally:
        for future in futures:
            future.cancel()


def chunks_of(sizes: Sequence[int]) -> list[list[int]]:
    """Positions in pieces of about equal bytes, largest files first, so that all workers finish together."""
    chunks: list[list[int]] = []
    room = 0
    for position in sorted(range(len(sizes)), key=lambda position: (-sizes[position], position)):
        if room <= 0:
            chunks.append([])
            room = CHUNK_BYTES
        chunks[-1].append(position)
        room -= sizes[position] + 1
    return chunks


def cores() -> int:
    """Processors that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def worker_pool(workers: int) -> Iterator[Executor]:
    import multiprocessing
    import threading
    from concurrent.futures import ProcessPoolExecutor

    # forking is the fastest start, and is safe on Linux as long as no thread could hold a lock
    forks = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if forks else "spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_begin_work)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _begin_work() -> None:
    """Set a worker up: no garbage collection, gone at once on Ctrl-C, and gone when its parent is."""
    import signal
    import threading

    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _saving(cache: Cache | None) -> Iterator[Callable[[bytes, bytes], None]]:
    """Takes records and saves them in batches; what was taken is saved however the block is left."""
    pending: list[tuple[bytes, bytes]] = []
    room = SAVE_BYTES

    def flush() -> None:
        nonlocal room
        if cache is not None:
            cache.save(pending)
        pending.clear()
        room = SAVE_BYTES

    def take(key: bytes, record: bytes) -> None:
        nonlocal room
        pending.append((key, record))
        room -= len(record)
        if room < 0:
            flush()

    try:
        yield take
    finally:
        flush()


def _decoder() -> Callable[[bytes], FileFacts]:
    decoder = msgspec.msgpack.Decoder(FileFacts)

    def decode(record: bytes) -> FileFacts:
        try:
            return decoder.decode(record)
        except msgspec.DecodeError as error:
            raise ValueError(f"damaged record: {error}") from error

    return decode


def _sizes(stamps: bytes, files: int) -> list[int]:
    """The sizes of the files, which come last in the stamps; 0 for what is not there."""
    size = recall.STAMP
    starts = range(len(stamps) - files * size, len(stamps), size)
    found = [int.from_bytes(stamps[start : start + 8], sys.byteorder) for start in starts]
    return [0 if value >= 1 << 62 else value for value in found]


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """The collector looks at every new object again and again, and finds nothing: facts hold no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
