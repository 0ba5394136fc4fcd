"""Runs that are started here and ended elsewhere: callers and callees that hold no word of the configuration."""

from __future__ import annotations

from textwrap import dedent

import pytest

from ssot_lint.events.paths import undecided, walked
from ssot_lint.testing import project_of

CONFIG = """
[sequences.runs]
events = ["run_started", "run_thinking", "run_completed"]
terminal = ["run_completed", "run_failed"]
emitter = "app.emitter:RunEmitter"
"""
EMITTER = """
class RunEmitter:
    async def emit(self, event, **details):
        await self.socket.send_json({"type": event, **details})
"""
STEPS = """
async def begin(hub, text):
    await hub.send_json({"type": "run_started", "text": text})

async def finish(hub):
    await hub.send_json({"type": "run_completed"})

async def fail(hub):
    await hub.send_json({"type": "run_failed"})
"""
ENDS = STEPS[STEPS.index("async def finish") :]
SERVICE = """
class Service:
    def __init__(self, hub):
        self.hub = hub

    async def take_up(self):
        await self.hub.send_json({"type": "run_started"})

    async def leave(self):
        await self.hub.send_json({"type": "run_completed"})
"""


def found(files: dict[str, str]) -> list[str]:
    """`file:line` of each start that leaks; "undecided" if some body could not be judged."""
    sources = {"app/__init__.py": "", "app/emitter.py": EMITTER}
    sources |= {f"app/{name}.py": dedent(text).lstrip("\n") for name, text in files.items()}
    project = project_of(sources, CONFIG)
    places = [
        f"{project.files[leak.start.file].module.removeprefix('app.')}:{leak.start.line}"
        for leak in walked(project).leaks
    ]
    return [*places, "undecided"] if undecided(project) else places


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"steps": STEPS.replace("begin", "go")}, ["steps:2"], id="no callers"),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
from app.steps import go, finish

async def handle(hub, text):
    await go(hub, text)
    await finish(hub)
""",
            },
            [],
            id="caller ends",
        ),
        pytest.param(
            {
                "steps": STEPS,
                "work": """
from app.steps import begin as first, finish

async def handle(hub, text):
    await first(hub, text)
    if not text:
        return
    await finish(hub)
""",
            },
            ["steps:2"],
            id="caller ends in one branch only",
        ),
        pytest.param(
            {
                "steps": STEPS,
                "work": """
from app import steps

async def handle(hub, text):
    await steps.begin(hub, text)
    try:
        answer = await think(text)
    except Exception:
        await steps.fail(hub)
        raise
    else:
        await steps.finish(hub)
    return answer
""",
            },
            [],
            id="caller try/except/else",
        ),
        pytest.param(
            {
                "steps": STEPS,
                "work": """
import app.steps

async def handle(hub, text):
    await app.steps.begin(hub, text)
    try:
        return await think(text)
    finally:
        await app.steps.finish(hub)
""",
            },
            [],
            id="caller finally",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "mid": """
from app.steps import go

async def prepare(hub, text):
    await go(hub, text)
    return text.strip()
""",
                "work": """
from app.mid import prepare
from app.steps import finish

async def handle(hub, text):
    await prepare(hub, text)
    await finish(hub)
""",
            },
            [],
            id="caller of the caller ends",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "mid": """
from app.steps import go

async def prepare(hub, text):
    await go(hub, text)
    return text.strip()
""",
                "work": """
from app.mid import prepare

async def handle(hub, text):
    await prepare(hub, text)
""",
            },
            ["steps:2"],
            id="caller of the caller forgets",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "mid": """
from app.steps import finish

async def wrap_up(hub):
    await finish(hub)
""",
                "work": """
from app.steps import go
from app.mid import wrap_up

async def handle(hub, text):
    await go(hub, text)
    await wrap_up(hub)
""",
            },
            [],
            id="end through a wordless callee elsewhere",
        ),
        pytest.param(
            {
                "steps": ENDS,
                "mid": """
from app.steps import finish

async def wrap_up(hub):
    await finish(hub)
""",
                "work": """
from app.mid import wrap_up

async def handle(hub, text):
    await hub.send_json({"type": "run_started"})
    await wrap_up(hub)
""",
            },
            [],
            id="start with a word, end through a wordless callee elsewhere",
        ),
        pytest.param(
            {
                "steps": ENDS,
                "mid": """
from app.steps import finish

async def wrap_up(hub, text):
    if text:
        await finish(hub)
""",
                "work": """
from app.mid import wrap_up

async def handle(hub, text):
    await hub.send_json({"type": "run_started"})
    await wrap_up(hub, text)
""",
            },
            ["work:4"],
            id="start with a word, a wordless callee that ends only sometimes",
        ),
        pytest.param(
            {
                "steps": ENDS,
                "mid": """
from app.steps import finish

async def last(hub):
    await finish(hub)
""",
                "mid2": """
from app.mid import last

async def wrap_up(hub):
    await last(hub)
""",
                "work": """
from app.mid2 import wrap_up

async def handle(hub, text):
    await hub.send_json({"type": "run_started"})
    await wrap_up(hub)
""",
            },
            [],
            id="two levels of wordless callees",
        ),
        pytest.param({"service": SERVICE}, ["service:6"], id="methods no callers"),
        pytest.param(
            {
                "service": SERVICE,
                "work": """
from app.service import Service

async def handle(service: Service, text):
    await service.take_up()
    await service.leave()
""",
            },
            [],
            id="methods typed parameter",
        ),
        pytest.param(
            {
                "service": SERVICE,
                "work": """
from app.service import Service as S

async def handle(hub, text):
    service = S(hub)
    await service.take_up()
    await service.leave()
""",
            },
            [],
            id="methods made here",
        ),
        pytest.param(
            {
                "service": SERVICE,
                "work": """
from app.service import Service

class Worker:
    def __init__(self, hub):
        self._service = Service(hub)

    async def handle(self, text):
        await self._service.take_up()
        try:
            await self.think(text)
        finally:
            await self._service.leave()
""",
            },
            [],
            id="methods attribute made in init",
        ),
        pytest.param(
            {
                "service": SERVICE,
                "work": """
from app.service import Service

class Worker:
    def __init__(self, hub):
        self._service = Service(hub)

    async def handle(self, text):
        await self._service.take_up()
        await self.think(text)
""",
            },
            ["service:6"],
            id="methods attribute made in init, forgets",
        ),
        pytest.param(
            {
                "service": SERVICE,
                "work": """
from app.service import Service

class Special(Service):
    async def handle(self, text):
        await self.take_up()
        await self.leave()
""",
            },
            [],
            id="methods by subclass self",
        ),
        pytest.param(
            {
                "service": SERVICE,
                "wired": """
from app.service import Service
from app.hub import hub

service = Service(hub)
""",
                "work": """
from app.wired import service

async def handle(text):
    await service.take_up()
    await service.leave()
""",
            },
            [],
            id="methods instance at module level",
        ),
        pytest.param(
            {
                "service": SERVICE,
                "work": """
from app.service import Service

SERVICES: dict = {"x": Service}

async def handle(name):
    service = pick(name)
    await service.take_up()
    await service.leave()
""",
            },
            ["undecided"],
            id="untyped receiver in a file that sees the class: undecided",
        ),
        pytest.param(
            {
                "service": SERVICE
                + """

def get_service(hub) -> Service:
    return Service(hub)
""",
                "work": """
from app.service import get_service

async def handle(hub, text):
    service = get_service(hub)
    await service.take_up()
    await service.leave()
""",
            },
            [],
            id="factory with annotation",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
from app.steps import go

def wire(bus):
    bus.subscribe("begin", go)
""",
            },
            ["undecided"],
            id="passed as a callback: undecided",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
from app.steps import finish, go

STEPS = {"first": go, "last": finish}
""",
            },
            ["undecided"],
            id="in a table at module level: undecided",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go").replace("async ", "").replace("await ", ""),
                "work": """
from app.steps import go
from app.hub import hub

go(hub, "x")
""",
            },
            ["steps:2"],
            id="called from module level, not ended",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go").replace("async ", "").replace("await ", ""),
                "work": """
from app.steps import finish, go
from app.hub import hub

if __name__ == "__main__":
    go(hub, "x")
    finish(hub)
""",
            },
            [],
            id="called from module level, ended",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
from app.steps import finish, go
""",
            },
            ["steps:2"],
            id="imported and not called",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "api": """
from app.steps import finish as close_run, go as open_run
""",
                "work": """
from app import api

async def handle(hub, text):
    await api.open_run(hub, text)
    await api.close_run(hub)
""",
            },
            [],
            id="re-exported by the package, imported under another name",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
from app.steps import finish

async def go(text):
    return text

async def handle(hub, text):
    await go(text)
""",
            },
            ["steps:2"],
            id="same name elsewhere is no caller",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
from app.steps import go

async def handle(hub, text):
    # go(hub) comes later
    return "go"
""",
            },
            ["steps:2"],
            id="a comment or text is no caller",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "test_work": """
from app.steps import finish, go

async def test_it(hub):
    await go(hub, "x")
    await finish(hub)
""",
            },
            ["steps:2"],
            id="test callers do not count",
        ),
        pytest.param(
            {
                "steps": """
async def go(hub, text):
    await hub.send_json({"type": "run_started"})
    if not text:
        return
    await hub.send_json({"type": "run_completed"})
""",
                "work": """
from app.steps import go

def wire(bus):
    bus.subscribe("begin", go)
""",
            },
            ["steps:2"],
            id="inconsistent function stays although a caller is unsure",
        ),
        pytest.param(
            {
                "steps": """
async def go(hub, text):
    await hub.send_json({"type": "run_started"})
    if not text:
        return
    await hub.send_json({"type": "run_completed"})

async def finish(hub):
    await hub.send_json({"type": "run_completed"})
""",
                "work": """
from app.steps import finish, go

async def handle(hub, text):
    await go(hub, text)
    await finish(hub)
""",
            },
            [],
            id="inconsistent function, caller ends all",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
import asyncio
from app.steps import finish, go

async def handle(hub, text):
    await asyncio.create_task(go(hub, text))
    await asyncio.gather(finish(hub), other())
""",
            },
            [],
            id="called as a task",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
from app.steps import finish, go

async def handle(hub, text):
    await go(hub, text)
    await finish(hub)

async def other(hub, text):
    await go(hub, text)
""",
            },
            ["steps:2"],
            id="two callers, one forgets",
        ),
        pytest.param(
            {
                "steps": STEPS,
                "work": """
from app.steps import begin

async def handle(hub, text):
    await begin(hub, text)
    return text
""",
            },
            ["steps:2"],
            id="start named for starting, wordless caller forgets",
        ),
        pytest.param(
            {
                "base": """
class Base:
    async def take_up(self):
        raise NotImplementedError
""",
                "service": SERVICE.replace(
                    "class Service:", "from app.base import Base\n\nclass Service(Base):"
                ).lstrip(),
                "work": """
from app.base import Base

async def handle(service: Base, text):
    await service.take_up()
    await service.leave()
""",
            },
            ["undecided"],
            id="base class method is called, the subclass starts",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
from app.steps import finish, go

async def handle(hub, text):
    await go(hub, text)
    match text:
        case "a":
            await finish(hub)
        case "b":
            await finish(hub)
""",
            },
            ["steps:2"],
            id="match in the caller",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
from app.steps import fail, finish, go

async def handle(hub, texts):
    for text in texts:
        await go(hub, text)
        if text:
            await finish(hub)
            continue
        await fail(hub)
""",
            },
            [],
            id="loop in the caller",
        ),
        pytest.param(
            {
                "steps": STEPS.replace("begin", "go"),
                "work": """
from app.steps import go

async def one(hub, text):
    await go(hub, text)
    await two(hub, text)

async def two(hub, text):
    if text:
        await one(hub, text[1:])
""",
            },
            ["steps:2"],
            id="recursion among wordless callers",
        ),
    ],
)
def test_callers_and_callees_without_a_word(files: dict[str, str], expected: list[str]) -> None:
    assert found(files) == expected


ST = """
async def go(hub, text):
    if not hub.ready:
        return False
    await hub.send_json({"type": "run_started"})
    return True

async def finish(hub, ok=True):
    if ok:
        await hub.send_json({"type": "run_completed"})
    else:
        await hub.send_json({"type": "run_failed"})
"""
H = "from app.steps import *\n\nasync def handle(hub, text):\n"
FL = """
async def go(hub, text, quiet=False):
    if not quiet:
        await hub.send_json({"type": "run_started"})

async def finish(hub, quiet=False):
    if quiet:
        return
    await hub.send_json({"type": "run_completed"})
"""
AB = """
async def go(hub, text):
    await hub.send_json({"type": "run_started"})

async def finish(hub):
    await hub.send_json({"type": "run_completed"})

async def abort(hub, error):
    await hub.send_json({"type": "run_failed"})
    raise RuntimeError("run failed") from error
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "steps": ST,
                "work": H + "    if not await go(hub, text):\n        return\n    await finish(hub)\n",
            },
            [],
            id="answer tested at once",
        ),
        pytest.param(
            {
                "steps": ST,
                "work": H + "    ok = await go(hub, text)\n    if ok:\n        await finish(hub)\n",
            },
            [],
            id="answer in a name",
        ),
        pytest.param(
            {
                "steps": ST,
                "work": H + "    ok = await go(hub, text)\n    if not ok:\n        await finish(hub)\n",
            },
            ["steps:4"],
            id="answer in a name, forgotten",
        ),
        pytest.param(
            {
                "steps": ST,
                "work": H + "    ok = await go(hub, text)\n    if text:\n        await finish(hub)\n",
            },
            ["steps:4"],
            id="answer ignored",
        ),
        pytest.param(
            {
                "steps": ST,
                "work": "from app.steps import *\n\nasync def prepare(hub, text):\n    return await go(hub, text)\n\nasync def handle(hub, text):\n    if await prepare(hub, text):\n        await finish(hub)\n",
            },
            [],
            id="answer handed on by a function between",
        ),
        pytest.param(
            {
                "steps": ST.replace("return False", "return None").replace("return True", "return text"),
                "work": H
                + "    run = await go(hub, text)\n    if run is None:\n        return\n    await finish(hub)\n",
            },
            ["undecided"],
            id="answer compared with None is unsure",
        ),
        pytest.param(
            {
                "steps": ST,
                "work": H
                + "    ok = await go(hub, text)\n    ok = text.strip()\n    if ok:\n        await finish(hub)\n",
            },
            ["steps:4"],
            id="answer rebound",
        ),
        pytest.param(
            {
                "steps": FL,
                "work": "from app.steps import *\n\nasync def handle(hub, text, quiet):\n    await go(hub, text, quiet)\n    await finish(hub, quiet=quiet)\n",
            },
            [],
            id="flag handed on",
        ),
        pytest.param(
            {
                "steps": FL,
                "work": H + "    await go(hub, text, quiet=True)\n    await finish(hub, quiet=True)\n",
            },
            [],
            id="flag by constants",
        ),
        pytest.param(
            {
                "steps": FL,
                "work": H + "    await go(hub, text, quiet=False)\n    await finish(hub, quiet=True)\n",
            },
            ["steps:3"],
            id="flag by constants, differing",
        ),
        pytest.param(
            {"steps": FL, "work": H + "    await go(hub, text)\n    await finish(hub)\n"},
            [],
            id="flag by default",
        ),
        pytest.param(
            {
                "steps": FL,
                "work": "from app.steps import *\n\nasync def handle(hub, text, quiet, loud):\n    await go(hub, text, quiet)\n    await finish(hub, loud)\n",
            },
            ["steps:3"],
            id="flag inverted by the caller is not correlated",
        ),
        pytest.param(
            {
                "steps": FL,
                "work": "from app.steps import *\n\nasync def handle(hub, text, quiet):\n    await go(hub, text, quiet)\n    quiet = text.quiet\n    await finish(hub, quiet)\n",
            },
            ["steps:3"],
            id="flag rebound between",
        ),
        pytest.param(
            {
                "steps": FL,
                "work": "from app.steps import *\n\nasync def begin_all(hub, text, quiet):\n    await go(hub, text, quiet)\n\nasync def end_all(hub, quiet):\n    await finish(hub, quiet)\n\nasync def handle(hub, text, quiet):\n    await begin_all(hub, text, quiet)\n    await end_all(hub, quiet)\n",
            },
            [],
            id="flag through two levels",
        ),
        pytest.param(
            {
                "steps": FL,
                "work": "from app.steps import *\n\nasync def handle(hub, text, quiet):\n    await go(hub, text, quiet)\n    if not quiet:\n        await finish(hub)\n",
            },
            [],
            id="flag asked in the caller",
        ),
        pytest.param(
            {
                "steps": FL,
                "work": "from app.steps import *\n\nasync def handle(hub, *rest, **more):\n    await go(hub, *rest, **more)\n    if rest:\n        await finish(hub)\n",
            },
            ["steps:3"],
            id="star arguments tell nothing",
        ),
        pytest.param(
            {
                "steps": AB,
                "work": H
                + "    await go(hub, text)\n    try:\n        answer = await think(text)\n    except ValueError as error:\n        await abort(hub, error)\n    await finish(hub)\n    return answer\n",
            },
            [],
            id="a callee that always raises has ended the run",
        ),
        pytest.param(
            {
                "steps": AB.replace("    raise", "    log()\n    raise"),
                "work": H
                + "    await go(hub, text)\n    try:\n        if not text:\n            await abort(hub, None)\n        await finish(hub)\n    except RuntimeError:\n        return None\n",
            },
            [],
            id="a callee that raises inside a try",
        ),
        pytest.param(
            {
                "steps": AB,
                "work": H
                + "    await go(hub, text)\n    if not text:\n        await log(text)\n        return\n    await finish(hub)\n",
            },
            ["steps:2"],
            id="no callee raises, return after",
        ),
    ],
)
def test_what_calls_answer_and_are_told(files: dict[str, str], expected: list[str]) -> None:
    assert found(files) == expected
