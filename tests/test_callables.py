"""Senders under other names: local names, attributes, names of modules, partials, callbacks."""

from __future__ import annotations

from textwrap import dedent

import pytest

from ssot_lint.events.emissions import emissions, undecided
from ssot_lint.testing import project_of

CONFIG = """
[sequences.runs]
events = ["run_started", "run_thinking", "run_completed"]
terminal = ["run_completed", "run_failed"]
emitter = "app.emitter:RunEmitter"
"""
SHARED = {
    "app/__init__.py": "",
    "app/emitter.py": """
class RunEmitter:
    async def emit(self, event, **details):
        await self.socket.send_json({"type": event, **details})
""",
    "app/kinds.py": """
from enum import Enum

class Ev(str, Enum):
    BEGIN = "run_started"
    END = "run_completed"
    PING = "ping"
""",
}


def found(files: dict[str, str]) -> list[str]:
    """`file:line` of each event that is sent past the emitter; "undecided" if some are perhaps."""
    sources = {f"app/{name}.py": dedent(text).lstrip("\n") for name, text in files.items()}
    project = project_of(SHARED | sources, CONFIG)
    places = {
        f"{project.files[item.file].module.removeprefix('app.')}:{item.line}"
        for body in emissions(project)
        for sent in body.sent.values()
        for item in sent
        if item.through == "foreign"
    }
    return sorted(places) + (["undecided"] if undecided(project) else [])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "work": """
from app.kinds import Ev as E

async def fin(ws):
    tell = ws.send_json
    await tell({"type": E.END})
"""
            },
            ["work:5"],
            id="alias of a sender",
        ),
        pytest.param(
            {
                "work": """
async def fin(ws):
    tell = ws.send_json
    await tell({"type": "run_completed"})
"""
            },
            ["work:3"],
            id="alias of a sender, text",
        ),
        pytest.param(
            {
                "work": """
from app.kinds import Ev as E

from functools import partial

async def fin(ws):
    tell = partial(ws.send_json, mode="text")
    await tell({"type": E.END})
"""
            },
            ["work:7"],
            id="partial of a sender",
        ),
        pytest.param(
            {
                "work": """
from functools import partial

async def fin(ws):
    tell = partial(ws.send_json, mode="text")
    await tell({"type": "run_completed"})
"""
            },
            ["work:5"],
            id="partial of a sender, text",
        ),
        pytest.param(
            {
                "work": """
import functools

async def fin(ws):
    done = functools.partial(ws.send_json, {"type": "run_completed"})
    await done()
"""
            },
            ["work:4"],
            id="partial holds the message",
        ),
        pytest.param(
            {
                "work": """
from app.kinds import Ev as E

from functools import partial
from app.emitter import RunEmitter

async def fin(em: RunEmitter):
    tell = partial(em.emit, level=3)
    await tell(E.END)
"""
            },
            [],
            id="partial of the emitter",
        ),
        pytest.param(
            {
                "work": """
from functools import partial
from app.emitter import RunEmitter

async def fin(em: RunEmitter):
    done = partial(em.emit, "run_completed")
    await done()
"""
            },
            [],
            id="partial holding an event for the emitter",
        ),
        pytest.param(
            {
                "work": """
from app.emitter import RunEmitter

async def fin(em: RunEmitter):
    tell = em.emit
    await tell("run_completed")
"""
            },
            [],
            id="alias of the emitter's method",
        ),
        pytest.param(
            {
                "work": """
async def fin(store):
    keep = store.save
    keep({"type": "run_completed"})
"""
            },
            [],
            id="alias of something that does not send",
        ),
        pytest.param(
            {
                "work": """
async def fin(ws, store):
    tell = ws.send_json
    tell = store.save
    tell({"type": "run_completed"})
"""
            },
            [],
            id="alias rebound to what does not send",
        ),
        pytest.param(
            {
                "work": """
async def fin(ws, quick):
    tell = ws.send_json if quick else ws.send_text
    await tell({"type": "run_completed"})
"""
            },
            ["work:3"],
            id="alias by condition: both send",
        ),
        pytest.param(
            {
                "work": """
class Worker:
    def __init__(self, ws):
        self.tell = ws.send_json

    async def fin(self):
        await self.tell({"type": "run_completed"})
"""
            },
            ["work:6"],
            id="alias kept on self",
        ),
        pytest.param(
            {
                "work": """
from app.hub import hub

tell = hub.send_json

async def fin():
    await tell({"type": "run_completed"})
"""
            },
            ["work:6"],
            id="alias at module level",
        ),
        pytest.param(
            {
                "work": """
from app.wires import tell

async def fin():
    await tell({"type": "run_completed"})
""",
                "wires": """
from app.hub import hub

tell = hub.send_json
""",
            },
            ["work:4"],
            id="alias at module level imported elsewhere",
        ),
        pytest.param(
            {
                "work": """
from app.ways import each

async def fin(ws):
    await each(ws.send_json, {"type": "run_completed"})
""",
                "ways": """
async def each(callback, message):
    await callback(message)
""",
            },
            ["work:4"],
            id="bound method given as a callback",
        ),
        pytest.param(
            {
                "work": """
from app.ways import each

async def fin(ws):
    await each({"type": "run_completed"}, callback=ws.send_json)
""",
                "ways": """
async def each(message, callback):
    await callback(message)
""",
            },
            ["work:4"],
            id="bound method given as a callback by name",
        ),
        pytest.param(
            {
                "work": """
from app.ways import each

async def fin(store):
    await each(store.save, {"type": "run_completed"})
""",
                "ways": """
async def each(callback, message):
    await callback(message)
""",
            },
            [],
            id="callback that does not send",
        ),
        pytest.param(
            {
                "work": """
from app.emitter import RunEmitter
from app.ways import each

async def fin(em: RunEmitter):
    await each(em.emit, "run_completed")
""",
                "ways": """
async def each(callback, event):
    await callback(event)
""",
            },
            [],
            id="callback is the emitter's method",
        ),
        pytest.param(
            {
                "work": """
from app.ways import each

async def fin(ws):
    await each(ws.send_json)
""",
                "ways": """
async def each(callback):
    await callback({"type": "run_completed"})
""",
            },
            ["undecided"],
            id="callback sends the event that the callee builds",
        ),
        pytest.param(
            {
                "work": """
import asyncio

async def fin(ws):
    tell = ws.send_json
    asyncio.create_task(tell({"type": "run_completed"}))
"""
            },
            ["work:5"],
            id="create_task of an alias",
        ),
        pytest.param(
            {
                "work": """
import asyncio

async def fin(ws):
    asyncio.get_running_loop().call_soon(ws.send_json, {"type": "run_completed"})
"""
            },
            ["work:4"],
            id="call_soon with a bound method",
        ),
        pytest.param(
            {
                "work": """
def fin(ws, background_tasks):
    background_tasks.add_task(ws.send_json, {"type": "run_completed"})
"""
            },
            ["work:2"],
            id="add_task with a bound method",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.emitter import RunEmitter

async def fin(em: RunEmitter):
    await asyncio.to_thread(em.emit, "run_completed")
"""
            },
            [],
            id="to_thread with the emitter's method",
        ),
        pytest.param(
            {
                "work": """
def fin(ws):
    list(map(ws.send_json, [{"type": "run_started"}, {"type": "run_completed"}]))
"""
            },
            ["work:2"],
            id="map of a sender",
        ),
        pytest.param(
            {
                "work": """
def fin(ws):
    tell = ws.send_json
    return {"type": "run_completed", "tell": tell}
"""
            },
            [],
            id="a method stored and never called",
        ),
        pytest.param(
            {
                "work": """
def wire(bus, ws):
    bus.on("run_completed", ws.send_json)
"""
            },
            [],
            id="handler registered for an event is no sending",
        ),
        pytest.param(
            {
                "work": """
def wire(bus, ws):
    bus.subscribe("run_completed", ws.send_json)
"""
            },
            [],
            id="subscribe with a sender as the handler is no sending",
        ),
        pytest.param(
            {
                "work": """
async def fin(ws):
    tell = lambda text: ws.send_json({"type": "run_completed", "text": text})
    await tell("x")
"""
            },
            ["work:2"],
            id="lambda that sends",
        ),
        pytest.param(
            {
                "work": """
async def fin(ws):
    async def tell(text):
        await ws.send_json({"type": "run_completed", "text": text})
    await tell("x")
"""
            },
            ["work:3"],
            id="nested function that sends",
        ),
        pytest.param(
            {
                "work": """
async def fin(ws):
    async def tell(message):
        await ws.send_json(message)
    await tell({"type": "run_completed"})
"""
            },
            ["work:4"],
            id="nested function given the message",
        ),
        pytest.param(
            {
                "work": """
from functools import partial
from app.ways import tell

async def fin(ws):
    report = partial(tell, ws)
    await report({"type": "run_completed"})
""",
                "ways": """
async def tell(ws, message):
    await ws.send_json(message)
""",
            },
            ["work:6"],
            id="partial of a project's function that sends",
        ),
        pytest.param(
            {
                "work": """
from functools import partial
from app.ways import keep

async def fin(ws):
    report = partial(keep, ws)
    await report({"type": "run_completed"})
""",
                "ways": """
async def keep(log, message):
    log.append(message)
""",
            },
            [],
            id="partial of a project's function that stores",
        ),
        pytest.param(
            {
                "work": """
async def fin(ws):
    tell = getattr(ws, "send_json")
    await tell({"type": "run_completed"})
"""
            },
            ["work:3"],
            id="getattr of a sender",
        ),
        pytest.param(
            {
                "work": """
import asyncio
async def fin(ws, loop):
    tell = ws.send_json
    loop.call_soon(tell, {"type": "run_completed"})
"""
            },
            ["work:4"],
            id="call_soon with an alias",
        ),
        pytest.param(
            {
                "work": """
from threading import Thread
def fin(ws):
    Thread(target=ws.send_json, args=({"type": "run_completed"},)).start()
"""
            },
            ["work:3"],
            id="a thread with the sender as its target",
        ),
        pytest.param(
            {
                "work": """
from app.wires import tell

async def fin():
    await tell({"type": "run_completed"})
""",
                "wires": """
from functools import partial
from app.hub import hub

tell = partial(hub.send_json, mode="text")
""",
            },
            ["work:4"],
            id="a partial at module level",
        ),
    ],
)
def test_senders_under_other_names(files: dict[str, str], expected: list[str]) -> None:
    assert found(files) == expected
