"""Worker processes, and work cut into pieces of equal size for them."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from ssot_lint.errors import SsotLintError

if TYPE_CHECKING:
    from concurrent.futures import Executor


P = TypeVar("P")
R = TypeVar("R")

CHUNK_BYTES = 1 << 20
"""What a worker reads before it answers: about a tenth of a second."""


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
def no_garbage_collection() -> Iterator[None]:
    """The collector looks at every new object again and again, and finds nothing: facts hold no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
