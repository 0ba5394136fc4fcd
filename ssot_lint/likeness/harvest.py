"""The shapes of all files, read by all cores; without a cache, since most of the time goes to parsing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from ssot_lint.likeness.shapes import extract_shapes
from ssot_lint.likeness.tape import Shape
from ssot_lint.reading.assembly import GENERATED
from ssot_lint.scanning.records import IN_PROCESS_BYTES, MAX_BYTES
from ssot_lint.scanning.workers import chunks_of, cores, gather, no_garbage_collection, worker_pool


class FileShapes(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one file defines."""

    lines: int
    shapes: tuple[Shape, ...] = ()
    generated: bool = False  # says "generated ... do not edit" in its first lines
    problem: str = ""  # why there are no shapes


@dataclass(frozen=True, slots=True)
class Order:
    """Files to read: paths relative to `root`, and the least number of statements that counts."""

    root: Path
    paths: tuple[str, ...]
    minimum: int


def harvest(
    order: Order,
    *,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    executor: Executor | None = None,
) -> tuple[FileShapes, ...]:
    """For each path of the order what the file defines.

    `jobs` worker processes (default: one for each core) read the files, or the given executor does, which stays
    open. `progress` is called with the number of files read and the number to read.
    """
    sizes = [_size(order.root / path) for path in order.paths]
    chunks = chunks_of(sizes)
    workers = min(jobs or cores(), len(chunks))
    found: dict[int, FileShapes] = {}
    with no_garbage_collection():
        if executor is not None:
            pieces = gather(executor, read_shapes, partial(_part, order), chunks)
        elif workers <= 1 or sum(sizes) < IN_PROCESS_BYTES:
            pieces = ((chunk, read_shapes(_part(order, chunk))) for chunk in chunks)
        else:
            pieces = _gather_in_pool(order, chunks, workers)
        decoder = msgspec.msgpack.Decoder(list[FileShapes])
        for chunk, records in pieces:
            found.update(zip(chunk, decoder.decode(records), strict=True))
            if progress is not None:
                progress(len(found), len(sizes))
    return tuple(found[position] for position in range(len(sizes)))


def read_shapes(order: Order) -> bytes:
    """`list[FileShapes]` of the order's files, as msgpack. Runs in a worker process."""
    return msgspec.msgpack.encode([_read(order.root / path, order.minimum) for path in order.paths])


def _read(path: Path, minimum: int) -> FileShapes:
    try:
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except OSError as error:
        return FileShapes(0, problem=error.strerror or str(error))
    if len(source) > MAX_BYTES:
        return FileShapes(0, problem=f"larger than {MAX_BYTES >> 20} MiB")
    lines = source.count(b"\n") + (not source.endswith(b"\n") and bool(source))
    try:
        shapes = extract_shapes(source, minimum)
    except SyntaxError as error:
        return FileShapes(lines, problem=f"line {error.lineno or 1}: {error.msg}")
    except ValueError as error:  # null bytes, before Python 3.12
        return FileShapes(lines, problem=str(error))
    except (RecursionError, MemoryError):
        return FileShapes(lines, problem="too deeply nested for the parser")
    return FileShapes(lines, shapes, bool(GENERATED.search(source[:1000])))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # `_read` says why
        return 0


def _part(order: Order, chunk: Sequence[int]) -> Order:
    return Order(order.root, tuple(order.paths[position] for position in chunk), order.minimum)


def _gather_in_pool(
    order: Order, chunks: Sequence[Sequence[int]], workers: int
) -> Iterator[tuple[Sequence[int], bytes]]:
    with worker_pool(workers) as pool:
        yield from gather(pool, read_shapes, partial(_part, order), chunks)
