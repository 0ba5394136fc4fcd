"""Coroutines on their way through programs: handed on, run, waited for as tasks, or taken for the instance."""

from __future__ import annotations

from textwrap import dedent

import pytest

from ssot_lint.check import Settings, check
from ssot_lint.plugins import load_rules
from ssot_lint.testing import project_of

CONFIG = """
[concepts.manager]
canonical = "app.manager:Manager"
names = ["*Manager"]
factory = "app.factory:create_manager"
"""
HOME = {
    "app/__init__.py": "",
    "app/manager.py": """
class Manager:
    def __init__(self, user):
        self.user = user

    async def send(self, text):
        return self.user, text

    def is_open(self) -> bool:
        return True
""",
    "app/factory.py": """
from app.manager import Manager

async def create_manager(user) -> Manager:
    return Manager(user)
""",
    "app/provider.py": """
from app.factory import create_manager

class Provider:
    async def get(self, user):
        return await create_manager(user)

    def quick(self, user):
        return create_manager(user)
""",
}


def found(files: dict[str, str]) -> list[int]:
    """The lines of `work` where a coroutine is taken for the instance, or something else is awaited."""
    sources = {f"app/{name}.py": dedent(text).lstrip("\n") for name, text in files.items()}
    project = project_of(HOME | sources, CONFIG)
    rules = [rule for rule in load_rules() if rule.id == "SSOT306"]
    report = check(project, rules, Settings())
    assert {item.path for item in report.diagnostics} <= {"app/work.py"}
    return [item.line for item in report.diagnostics]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "work": """
from app.provider import Provider

def talk(provider: Provider, user):
    found = provider.get(user)
    return found.is_open()
"""
            },
            [4],
            id="provider typed, no configured word",
        ),
        pytest.param(
            {
                "work": """
from app.provider import Provider

async def talk(provider: Provider, user):
    found = await provider.get(user)
    return found.is_open()
"""
            },
            [],
            id="provider typed, awaited",
        ),
        pytest.param(
            {
                "work": """
from app.provider import Provider

def talk(user):
    provider = Provider()
    found = provider.get(user)
    return found.is_open()
"""
            },
            [5],
            id="provider made here",
        ),
        pytest.param(
            {
                "work": """
from app.provider import Provider

class Talk:
    def __init__(self, provider: Provider):
        self.provider = provider

    def talk(self, user):
        found = self.provider.get(user)
        return found.is_open()
"""
            },
            [8],
            id="provider on self",
        ),
        pytest.param(
            {
                "work": """
def talk(provider, user):
    found = provider.get(user)
    return found.is_open()
"""
            },
            [],
            id="provider untyped, nothing known",
        ),
        pytest.param(
            {
                "work": """
from app.provider import Provider

def talk(table: dict, user):
    found = table.get(user)
    return found.is_open()
"""
            },
            [],
            id="dict get is no provider",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.provider import Provider

def talk(provider: Provider, user):
    found = asyncio.run(provider.get(user))
    return found.is_open()
"""
            },
            [],
            id="provider's get given to run",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.provider import Provider

async def talk(provider: Provider, user):
    one, two = await asyncio.gather(provider.get(user), provider.get(user))
    return one.is_open() and two.is_open()
"""
            },
            [],
            id="gather and unpack",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager

async def talk(user):
    task = asyncio.create_task(create_manager(user))
    await asyncio.sleep(0)
    manager = await task
    return manager.is_open()
"""
            },
            [],
            id="create_task, awaited later",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager

async def talk(user):
    task = asyncio.create_task(create_manager(user))
    return task.is_open()
"""
            },
            [5],
            id="create_task, used as the instance",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager

async def talk(user):
    task = asyncio.create_task(create_manager(user))
    await asyncio.wait([task])
    return task.result().is_open()
"""
            },
            [],
            id="create_task, result()",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager

async def talk(users, owners):
    for user in users:
        task = asyncio.create_task(create_manager(user))
        owners[task] = user
    return {owners[done]: done for done in asyncio.as_completed(owners)}
"""
            },
            [],
            id="create_task, the key of a table",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager
from app.loops import deferred, running

def start(user, waiting):
    work = create_manager(user)
    if running():
        later = asyncio.create_task(work)
        later.add_done_callback(waiting.remove)
    else:
        later = deferred(work)
        later.addBoth(waiting.remove)
    return later
"""
            },
            [],
            id="create_task, on one branch only",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager

def talk(user, done):
    future = asyncio.ensure_future(create_manager(user))
    future.add_done_callback(done)
    return future
"""
            },
            [],
            id="ensure_future with callback",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager

async def talk(user):
    managers = asyncio.gather(create_manager(user))
    return managers[0].is_open()
"""
            },
            [5],
            id="gather not awaited, used",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager

async def talk(user):
    manager = await asyncio.wait_for(create_manager(user), 3)
    manager.send("hello")
"""
            },
            [6],
            id="run gives the instance, member not awaited",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager

async def talk(users):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(create_manager(user)) for user in users]
    return [task.result().is_open() for task in tasks]
"""
            },
            [],
            id="task group",
        ),
        pytest.param(
            {
                "work": """
from app.factory import create_manager

async def use(pending):
    manager = await pending
    return manager.is_open()

async def talk(user):
    return await use(create_manager(user))
"""
            },
            [],
            id="coroutine passed on to a project function that awaits",
        ),
        pytest.param(
            {
                "work": """
from app.factory import create_manager

def use(manager):
    return manager.is_open()

async def talk(user):
    return use(create_manager(user))
"""
            },
            [7],
            id="coroutine passed on to a project function that uses it",
        ),
        pytest.param(
            {
                "work": """
from app.factory import create_manager
from app.users import use

async def talk(user):
    manager = create_manager(user)
    return use(manager)
""",
                "users": """
def use(thing):
    return thing.is_open()
""",
            },
            [5],
            id="coroutine in a variable passed on to a function in another module that uses it",
        ),
        pytest.param(
            {
                "work": """
from app.factory import create_manager
from app.users import block_on

def talk(user):
    manager = block_on(create_manager(user))
    return manager.is_open()
""",
                "users": """
import asyncio

def block_on(coroutine):
    return asyncio.run(coroutine)
""",
            },
            [],
            id="coroutine passed on to a wrapper that runs it",
        ),
        pytest.param(
            {
                "work": """
from app.factory import create_manager
from app.users import later

def talk(user):
    later(create_manager(user))
""",
                "users": """
import asyncio

def later(work):
    return asyncio.get_event_loop().create_task(work)
""",
            },
            [],
            id="coroutine passed on to a wrapper that schedules it",
        ),
        pytest.param(
            {
                "work": """
from app.factory import create_manager
from app.users import first

async def talk(user):
    return first(create_manager(user))
""",
                "users": """
def first(thing):
    return second(thing)

def second(thing):
    return thing.is_open()
""",
            },
            [5],
            id="coroutine passed on to a function that hands it on to one that uses it",
        ),
        pytest.param(
            {
                "work": """
from app.factory import create_manager

def make(user):
    return create_manager(user)

def talk(user):
    manager = make(user)
    return manager.is_open()
"""
            },
            [7],
            id="returned by a sync function, its caller uses it",
        ),
        pytest.param(
            {
                "work": """
from app.provider import Provider

def talk(provider: Provider, user):
    found = provider.quick(user)
    return found.is_open()
"""
            },
            [4],
            id="returned by a sync method of a provider, used",
        ),
        pytest.param(
            {
                "work": """
from app.provider import Provider

async def talk(provider: Provider, user):
    found = await provider.quick(user)
    return found.is_open()
"""
            },
            [],
            id="returned by a sync method of a provider, awaited",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager

def talk(user):
    loop = asyncio.new_event_loop()
    manager = loop.run_until_complete(create_manager(user))
    return manager.is_open()
"""
            },
            [],
            id="loop.run_until_complete",
        ),
        pytest.param(
            {
                "work": """
from app.factory import create_manager

async def talk(user):
    manager = await create_manager(user)
    return await manager.is_open()
"""
            },
            [5],
            id="await of what is awaited already",
        ),
        pytest.param(
            {
                "work": """
import asyncio
from app.factory import create_manager

async def talk(user):
    manager = asyncio.create_task(create_manager(user))
    manager = await manager
    return manager.is_open()
"""
            },
            [],
            id="a name of a task rebound to its result",
        ),
    ],
)
def test_coroutines(files: dict[str, str], expected: list[int]) -> None:
    assert found(files) == expected
