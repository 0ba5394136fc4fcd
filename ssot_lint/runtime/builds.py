"""Build one instance for each context, many at once: in threads, and in tasks of one event loop."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Literal

Factory = Callable[[Any], Any]
Mode = Literal["threads", "tasks"]

MODES: tuple[Mode, ...] = ("threads", "tasks")


@dataclass(frozen=True, slots=True)
class Build:
    """What the factory gave for one context, or raised."""

    context: int  # its place among the contexts
    mode: Mode
    instance: object = None
    error: BaseException | None = None


def in_threads(factory: Factory, contexts: Sequence[object], workers: int) -> list[Build]:
    """Each thread waits until all have started. An awaitable is run by an event loop of that thread's own."""
    waiting: SimpleQueue[int] = SimpleQueue()
    for number in range(len(contexts)):
        waiting.put(number)
    builds: list[Build] = []
    gate = threading.Event()

    def work() -> None:
        gate.wait()
        while not waiting.empty():
            try:
                number = waiting.get_nowait()
            except Empty:  # another thread was faster
                return
            try:
                made = factory(contexts[number])
                if _is_awaitable(made):
                    made = _run(made)
                builds.append(Build(number, "threads", made))
            except BaseException as error:  # nobody else would hear of it
                builds.append(Build(number, "threads", error=error))

    threads = [
        threading.Thread(target=work, name=f"isolation-{number}", daemon=True)
        for number in range(min(workers, len(contexts)))
    ]
    try:
        for thread in threads:
            thread.start()
    finally:
        gate.set()
    for thread in threads:
        thread.join()
    return sorted(builds, key=lambda build: build.context)


async def in_tasks(factory: Factory, contexts: Sequence[object], workers: int) -> list[Build]:
    """At most `workers` tasks build at a time; each lets the others begin before it starts."""
    import asyncio

    places = asyncio.Semaphore(workers)

    async def build(number: int) -> Build:
        async with places:
            await asyncio.sleep(0)
            try:
                made = factory(contexts[number])
                return Build(number, "tasks", await made if _is_awaitable(made) else made)
            except (Exception, SystemExit) as error:
                return Build(number, "tasks", error=error)

    return list(await asyncio.gather(*map(build, range(len(contexts)))))


def _is_awaitable(made: object) -> bool:
    return hasattr(type(made), "__await__")  # asks the class, not what was made


def _run(made: Awaitable[object]) -> object:
    import asyncio

    async def wait() -> object:
        return await made

    return asyncio.run(wait())


def build_all(
    factory: Factory, contexts: Sequence[object], workers: int, modes: Sequence[Mode]
) -> list[Build]:
    """For callers outside an event loop."""
    import asyncio

    builds: list[Build] = []
    if "threads" in modes:
        builds += in_threads(factory, contexts, workers)
    if "tasks" in modes:
        builds += asyncio.run(in_tasks(factory, contexts, workers))
    return builds


async def build_all_async(
    factory: Factory, contexts: Sequence[object], workers: int, modes: Sequence[Mode]
) -> list[Build]:
    """For callers inside an event loop, whose tasks build; the threads do while the loop goes on."""
    import asyncio

    builds: list[Build] = []
    if "threads" in modes:
        builds += await asyncio.to_thread(in_threads, factory, contexts, workers)
    if "tasks" in modes:
        builds += await in_tasks(factory, contexts, workers)
    return builds
