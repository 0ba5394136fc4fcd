"""Files read into encoded facts, here or in worker processes."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from ssot_lint import recall
from ssot_lint.model import FileFacts, Problem
from ssot_lint.scanning.survey import UNREADABLE
from ssot_lint.scanning.workers import chunks_of, cores, gather, no_garbage_collection, worker_pool

if TYPE_CHECKING:
    import re
    from concurrent.futures import Executor
    from pathlib import Path

    from ssot_lint.cache import Cache
    from ssot_lint.discover import Candidate


MAX_BYTES = 8 << 20
"""Larger files are data, whatever their name: parsing one would take a gigabyte of memory."""

IN_PROCESS_BYTES = 1 << 20
"""Less than this is read sooner than a worker is started."""

SAVE_BYTES = 4 << 20
"""Records that a killed process may lose."""


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


def record_name(key: bytes, file: Candidate) -> bytes:
    """Under which name the facts of a content are kept: less is read of a test."""
    return key + b"t" if file.is_test else key


def decoder() -> Callable[[bytes], FileFacts]:
    decoder = msgspec.msgpack.Decoder(FileFacts)

    def decode(record: bytes) -> FileFacts:
        try:
            return decoder.decode(record)
        except msgspec.DecodeError as error:
            raise ValueError(f"damaged record: {error}") from error

    return decode


def read_records(
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


@contextmanager
def saving(cache: Cache | None) -> Iterator[Callable[[bytes, bytes], None]]:
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
