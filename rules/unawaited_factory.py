"""Await what is async, and nothing else.

An async factory called without `await` gives a coroutine, not the instance. Nothing fails there. The coroutine
is handed on until somebody asks it for a member: an `AttributeError` far away, or a guard that refuses the
object ("must implement send_to_thread") and blames a class that is right. The other way round, `await` on what a
sync factory returns is a `TypeError` on every call, which a broad handler may turn into "no manager, as always".

Looked at are calls of factories, constructors and members of every concept, through aliases and re-exports, and
of functions that hand an instance on. For a call without `await` the value is followed through the function: it is
fine to await it later, to hand it to `asyncio.run`, `create_task`, `gather` and their like, to return it for the
caller to await, to give it to a function of the project that does one of these, or to ask first what it is
(`iscoroutine`); but a task is no instance either (`create_task(make()).send`). A body without a word of the concept is
read where it names a function that gives one (`provider.get(user)`) and its file imports that, or its class. In tests, whose bodies are read less closely, a call
counts when an attribute is read from the name that it is bound to, and a factory's also when that name is not
one for a coroutine or task. Left undecided: names that are patched in the same test file, coroutines that
are collected or passed to something unknown, and methods that serve a sync and an async class (the value comes
from a member that a class below makes async), whatever their annotation says.

Example:

    manager = create_websocket_manager(context)  # async def create_websocket_manager
    return Session(context, manager)

Use instead:

    manager = await create_websocket_manager(context)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ssot_lint.concepts.calls import Callee, Site, is_expected, location
from ssot_lint.factories.awaiting import must_await
from ssot_lint.factories.beyond import members_beyond
from ssot_lint.factories.coroutines import COROUTINE
from ssot_lint.factories.fates import Body, Fate, fate
from ssot_lint.factories.handing import is_taken
from ssot_lint.factories.instances import answered, chained, givers
from ssot_lint.factories.refusing import refusers, taker
from ssot_lint.factories.unheard import members_unheard, unheard
from ssot_lint.model import MODULE, Call, Node, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.digests import flow_of
from ssot_lint.queries.walks import callee, positional, walk
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

from ._fixes import use_factory

_EXAMINERS = frozenset(
    {"iscoroutinefunction", "iscoroutine", "isawaitable", "isinstance", "AsyncMock", "wraps"}
)

_TASKS = frozenset({"coro", "coros", "coroutine", "task", "tasks", "future", "awaitable", "pending", "job"})
"""Words of a name that is meant to hold a coroutine."""


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    yield from (violation for violation in project.once(_found) if violation is not None)


def undecided(project: Project) -> int:
    """How many calls without `await` of something async could not be followed."""
    return project.once(_found).count(None)


def _found(project: Project) -> tuple[Violation | None, ...]:
    found = [violation for file in range(len(project.files)) for violation in _in_file(project, file)]
    return (*found, *_in_bodies_without_a_word(project), *_on_the_spot(project))


def _on_the_spot(project: Project) -> Iterator[Violation | None]:
    """`create_manager(context).send(text)`, the member being async."""
    for file in range(len(project.files)):
        for site, answer, node in chained(project, file):
            flow = flow_of(project, (file, site.scope)) if site.scope != MODULE else None
            if flow is None or must_await(project, (answer.file, answer.definition)) is not True:
                continue
            body = Body(flow, project.definition_at((file, site.scope)).is_async)
            end = fate(body, node)
            if end.kind != "fine" and not is_taken(project, site, body, node, end):
                yield _followed(project, site, answer, body, end)


def _in_bodies_without_a_word(project: Project) -> Iterator[Violation | None]:
    for item in (*unheard(project), *members_unheard(project), *members_beyond(project)):
        site = item.site
        wanted = must_await(project, (item.answer.file, item.answer.definition))
        if site.scope == MODULE or wanted is None:
            continue
        body = Body(item.flow, project.definition_at((site.file, site.scope)).is_async)
        above = body.above.get(id(item.node))
        awaited = above is not None and above.kind == "await"
        if awaited == wanted or _patched(project, site) or _examined(project, site, body):
            continue
        if awaited:
            yield _awaits(project, site, item.answer)
            continue
        end = fate(body, item.node)
        if end.kind != "fine" and not is_taken(project, site, body, item.node, end):
            yield _followed(project, site, item.answer, body, end)


def _in_file(project: Project, file: int) -> Iterator[Violation | None]:
    source = project.files[file]
    if source.facts.deep is None:
        return
    calls = {(call.line, call.column): call for call in source.facts.deep.calls}
    read = _Bodies(project, file)
    for site, found in answered(project, file):
        wanted = {must_await(project, (item.file, item.definition)) for item in found}
        call = calls.get((site.line, site.column))
        if len(wanted) != 1 or None in wanted or (call is not None and wanted == {call.awaited}):
            continue
        if _patched(project, site) or is_expected(project, site.file, site.branch):
            continue
        body, node = read.find(site)
        above = body.above.get(id(node)) if body is not None and node is not None else None
        awaited = call.awaited if call is not None else above is not None and above.kind == "await"
        if awaited == wanted.pop() or (call is None and body is None) or _examined(project, site, body):
            continue
        if awaited:
            yield _awaits(project, site, found[0])
        elif body is not None and node is not None:
            end = fate(body, node)
            if end.kind != "fine" and not is_taken(project, site, body, node, end):
                yield _followed(project, site, found[0], body, end)
        elif call is not None and source.is_test:
            yield _in_test(project, site, found[0], call)


class _Bodies:
    """The flows of one file, each made ready when the first call asks for it."""

    def __init__(self, project: Project, file: int) -> None:
        self.facts = project.files[file].facts
        self.flows = {flow.definition: flow for flow in self.facts.flows}
        self.found: dict[int, Body] = {}

    def find(self, site: Site) -> tuple[Body | None, Node | None]:
        flow = self.flows.get(site.scope)
        if flow is None:
            return None, None
        if site.scope not in self.found:
            is_async = site.scope != MODULE and self.facts.definitions[site.scope].is_async
            self.found[site.scope] = Body(flow, is_async)
        body = self.found[site.scope]
        node = body.calls.get((site.line, site.column))
        return (body, node) if node is not None else (None, None)


def _patched(project: Project, site: Site) -> bool:
    """Does the file replace the callee, or its owner's member, by another object?"""
    name = site.callee.rpartition(".")[2]
    return any(
        name in (path.attribute, (path.value or "").rpartition(".")[2])
        for path in project.files[site.file].facts.paths
        if path.form != "reference"
    )


def _examined(project: Project, site: Site, body: Body | None) -> bool:
    """Does the code around ask whether the callee is async, or hand the callee itself on?"""
    if body is not None:
        return any(
            node.kind == "call"
            and callee(node).rpartition(".")[2] in _EXAMINERS
            and any(item.text == site.callee for item in positional(node))
            for node in walk(body.flow.body)
        )
    deep = project.files[site.file].facts.deep
    return deep is not None and any(
        item.name == site.callee and item.scope == site.scope and item.role == "read"
        for item in deep.references
    )


# --- what is said ------------------------------------------------------------------------------------------


def _awaits(project: Project, site: Site, answer: Callee) -> Violation:
    what = "a class" if answer.what == "constructor" else "not async"
    return _violation(
        project, site, answer,
        f"await {site.callee}(...): {_name(project, answer)} is {what}, so the await raises a TypeError", (),
    )  # fmt: skip


def _followed(project: Project, site: Site, answer: Callee, body: Body, found: Fate) -> Violation | None:
    if found.kind == "undecided":
        return None
    related: tuple[Related, ...] = ()
    refused = ""
    if found.kind in ("passed", "kept"):
        taken = taker(project, site, body, found)
        if taken is None:
            return None
        refused, related = taken
    path = project.files[site.file].path
    if found.line and found.line != site.line:
        related = (Related(path, found.line, f"here the coroutine {found.text}"), *related)
    verb = (
        "never awaited: it never runs"
        if found.kind == "dropped"
        else f"not awaited: the coroutine {found.text}{refused}"
    )
    return _violation(project, site, answer, f"{site.callee}(...) is async and {verb}", related)


def _in_test(project: Project, site: Site, answer: Callee, call: Call) -> Violation | None:
    """Without the body, a read attribute is the evidence."""
    deep = project.files[site.file].facts.deep
    if deep is None or not call.assigned:
        return None
    again = [
        other for other in deep.calls
        if other.scope == call.scope and other.assigned == call.assigned and other is not call
    ]  # fmt: skip
    end = min((other.line for other in again if other.line > call.line), default=1 << 30)
    for use in deep.uses:
        if use.receiver == call.assigned and use.attribute not in COROUTINE and not use.written:
            near = use.scope == call.scope and call.line <= use.line < end
            if near or (call.assigned.startswith("self.") and not again):
                related = (
                    Related(
                        project.files[site.file].path,
                        use.line,
                        f"here the coroutine is read for .{use.attribute}",
                    ),
                )
                return _violation(
                    project, site, answer,
                    f"{site.callee}(...) is async and not awaited: the coroutine is called {call.assigned} and read"
                    f" for .{use.attribute}", related,
                )  # fmt: skip
    if (answer.file, answer.definition) not in givers(project) or _TASKS & set(
        re.split(r"[._]", call.assigned.lower())
    ):
        return None
    return _violation(
        project, site, answer,
        f"{site.callee}(...) is async and not awaited: the coroutine is called {call.assigned}, as if it were the"
        " instance", (),
    )  # fmt: skip


def _violation(
    project: Project, site: Site, answer: Callee, message: str, related: tuple[Related, ...]
) -> Violation:
    where = project.location(answer.file, answer.definition)
    concept = project.config.concept(answer.concept)
    guards = project.once(refusers).get(answer.concept, ()) if "not awaited" in message else ()
    known = {(item.path, item.line) for item in related}
    related = (*related, *(item for item in guards[:3] if (item.path, item.line) not in known))
    return Violation(
        location(project, site),
        message,
        concept=answer.concept,
        symbol=project.symbol(answer.file, answer.definition),
        canonical=concept.canonical if concept is not None else None,
        related=(*related, Related(where.path, where.line, "what is called")),
        fix=use_factory(concept, location(project, site).path),
    )


def _name(project: Project, answer: Callee) -> str:
    return project.definition_at((answer.file, answer.definition)).qualname.rpartition("<locals>.")[2]


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
factory = "shop.factory:create_manager"
"""

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            def __init__(self, user):
                self.user = user

            async def send(self, text):
                return self.user, text

            def is_open(self) -> bool:
                return True
        """,
    "shop/factory.py": """
        from shop.manager import Manager

        async def create_manager(user):
            return Manager(user)

        def quick_manager(user) -> Manager:
            return Manager(user)
        """,
    "shop/bridge.py": """
        from shop.manager import Manager

        class Bridge:
            @property
            def manager(self) -> Manager:
                return self._manager

            @manager.setter
            def manager(self, manager: Manager):
                if not hasattr(manager, "is_open"):
                    raise ValueError("must implement is_open")
                self._manager = manager

        class Session:
            def __init__(self, manager: Manager):
                if not hasattr(manager, "is_open"):
                    raise TypeError("no manager")
                self.manager = manager
        """,
}

PROVIDER = {
    "shop/provider.py": """
        from shop.factory import create_manager

        class Provider:
            async def get(self, user):
                return await create_manager(user)

            def quick(self, user):
                return create_manager(user)
        """,
}

RULE = Rule(
    id="SSOT306",
    name="unawaited-factory",
    check=check,
    codemods=("use-factory",),
    undecided=undecided,
    valid=(
        Valid(
            HOME
            | {
                "shop/manager.py": HOME["shop/manager.py"]
                + """
            def count(self) -> int:
                return self.ask("count")

            def ask(self, word):
                return 0

        class AsyncManager(Manager):
            async def ask(self, word):
                return 0
        """,
                "shop/chat.py": """
                    from shop.manager import AsyncManager, Manager

                    async def busy(manager: AsyncManager):
                        return await manager.count()

                    def calm(manager: Manager):
                        return manager.count()
                    """,
            },
            CONFIG,
            id="one-body-for-a-sync-and-an-async-class",
        ),
        Valid(
            HOME
            | {
                "shop/chat.py": """
                    import asyncio
                    import inspect

                    from shop.factory import create_manager, quick_manager
                    from shop.manager import Manager

                    async def talk(user):
                        manager = await create_manager(user)
                        await manager.send("hello")
                        return manager.is_open()

                    async def later(users):
                        first = create_manager(users[0])
                        managers = await asyncio.gather(first, *(create_manager(user) for user in users))
                        task = asyncio.create_task(create_manager(users[0]))
                        return managers, await task

                    def handed_on(user):
                        return create_manager(user)

                    def main():
                        coroutine = create_manager("ann")
                        return asyncio.run(coroutine), quick_manager("ann")

                    async def careful(user):
                        manager = create_manager(user)
                        if inspect.iscoroutine(manager):
                            manager = await manager
                        return manager.is_open()
                    """,
                "tests/test_chat.py": """
                    from unittest.mock import patch

                    from shop.factory import create_manager
                    from shop.manager import Manager

                    async def test_talk():
                        manager = await create_manager("ann")
                        assert manager.is_open()

                    @patch("tests.test_chat.create_manager")
                    def test_patched(factory):
                        pass
                    """,
            },
            CONFIG,
            id="awaited-run-or-returned",
        ),
        Valid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.factory import create_manager

                    class Lazy:
                        def __init__(self, user):
                            self.manager = create_manager(user)

                        async def talk(self):
                            found = await self.manager
                            return found.is_open()
                    """,
            },
            CONFIG,
            id="kept-and-awaited-later",
        ),
        Valid(
            HOME
            | PROVIDER
            | {
                "shop/ways.py": """
                    import asyncio

                    def block_on(work):
                        return asyncio.run(work)

                    async def first(work):
                        return await second(work)

                    async def second(work):
                        return (await work).is_open()
                    """,
                "shop/chat.py": """
                    import asyncio

                    from shop.provider import Provider
                    from shop.ways import block_on, first

                    async def talk(provider: Provider, user):
                        task = asyncio.create_task(provider.get(user))
                        task.add_done_callback(print)
                        return await first(provider.get(user)), await task, (await provider.get(user)).is_open()

                    def calm(provider: Provider, user):
                        return block_on(provider.get(user)).is_open()
                    """,
            },
            CONFIG,
            id="given-to-who-awaits-it",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.bridge import Bridge, Session
                    from shop.factory import create_manager as make, quick_manager
                    from shop.manager import Manager

                    async def talk(user):
                        manager = make(user)  # error: make(...) is async and not awaited: the coroutine is called manager and read for .is_open
                        return manager.is_open()

                    def passed(user):
                        manager = make(user)  # error: is called manager and is passed to Session(...), which refuses it for want of is_open
                        return Session(manager)

                    def kept(bridge: Bridge, user):
                        bridge.manager = make(user)  # error: the coroutine is kept in bridge.manager, which refuses it for want of is_open

                    async def dropped(manager: Manager):
                        manager.send("hello")  # error: manager.send(...) is async and never awaited: it never runs

                    def tested(user):
                        if not make(user):  # error: is tested, which says nothing about an instance
                            raise RuntimeError

                    async def wrong(user):
                        first = await Manager(user)  # error: await Manager(...): Manager is a class, so the await raises a TypeError
                        second = await quick_manager(user)  # error: await quick_manager(...): quick_manager is not async
                        return first.is_open(), second.is_open()
                    """,
                "tests/test_chat.py": """
                    from shop.factory import create_manager
                    from shop.manager import Manager

                    def test_talk():
                        manager = create_manager("ann")  # error: the coroutine is called manager and read for .is_open
                        assert manager.is_open()
                    """,
            },
            CONFIG,
            id="both-ways",
        ),
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.factory import create_manager

                    async def greet(user):
                        manager = create_manager(user)  # error: create_manager(...) is async and not awaited
                        await manager.send("hello")
                    """
            },
            CONFIG,
            fixed=HOME
            | {
                "shop/chat.py": """
                    from shop.factory import create_manager

                    async def greet(user):
                        manager = await create_manager(user)
                        await manager.send("hello")
                    """
            },
            id="awaited-by-the-fix",
        ),
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/manager.py": """
                    class Manager:
                        def __init__(self, user):
                            self.user = user

                        def drop(self):
                            self.user = None

                        def hook(self):
                            ...

                        def later(self):
                            return self.user.load()
                    """,
                "shop/factory.py": """
                    from shop.manager import Manager

                    async def create_manager(user):
                        return Manager(user)

                    def hand_on(user):
                        return create_manager(user)
                    """,
                "shop/chat.py": """
                    from shop.factory import create_manager, hand_on

                    async def talk(user):
                        manager = await create_manager(user)
                        await manager.hook()
                        await manager.later()
                        await manager.drop()  # error: await manager.drop(...): Manager.drop is not async

                    async def quick(user):
                        made = await hand_on(user)
                        made.drop()
                        await made.drop()  # error: await made.drop(...): Manager.drop is not async
                    """,
            },
            CONFIG,
            id="members-that-return-nothing",
        ),
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.factory import create_manager

                    async def talk(user):
                        made = await create_manager(user)
                        made.send("hello")  # error: made.send(...) is async and never awaited: it never runs
                        (await create_manager(user)).send("hello")  # error: create_manager(...).send(...) is async and never awaited
                        await (await create_manager(user)).send("hello")
                        return made
                    """,
            },
            CONFIG,
            id="members-of-what-a-function-gives",
        ),
        Invalid(
            HOME
            | PROVIDER
            | {
                "shop/chat.py": """
                    import asyncio

                    from shop.provider import Provider

                    def talk(provider: Provider, user):
                        found = provider.get(user)  # error: is called found and read for .is_open
                        return found.is_open()

                    def handed(provider: Provider, user):
                        return provider.quick(user).is_open()  # error: provider.quick(...) is async and not awaited
                    """,
                "shop/tasks.py": """
                    import asyncio

                    from shop.factory import create_manager

                    async def talk(user):
                        task = asyncio.create_task(create_manager(user))  # error: becomes a task called task and read for .is_open
                        return task.is_open()

                    async def timely(user):
                        manager = await asyncio.wait_for(create_manager(user), 3)
                        manager.send("hello")  # error: manager.send(...) is async and never awaited: it never runs
                    """,
            },
            CONFIG,
            id="in-bodies-without-a-word-and-tasks",
        ),
        Invalid(
            HOME
            | {
                "shop/hub.py": """
                    from shop.factory import create_manager

                    async def first(user):
                        return await create_manager(user)
                    """,
                "shop/more.py": """
                    from shop.hub import first

                    async def second(user):
                        made = await first(user)
                        return made
                    """,
                "shop/far.py": """
                    from shop.more import second

                    async def far(user):
                        made = second(user)  # error: second(...) is async and not awaited: the coroutine is called made and read for .is_open
                        return made.is_open(), await second(user)
                    """,
                "shop/entered.py": """
                    from contextlib import asynccontextmanager

                    from shop.more import second

                    @asynccontextmanager
                    async def entered(user):
                        made = await second(user)
                        yield made
                    """,
                "shop/use.py": """
                    from shop.entered import entered

                    async def use(user):
                        async with entered(user) as made:
                            await made.send("hello")
                            made.send("hello")  # error: made.send(...) is async and never awaited: it never runs
                    """,
            },
            CONFIG,
            id="handed-on-without-a-word",
        ),
    ),
)
