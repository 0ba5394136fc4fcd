"""Must a call be awaited, and what becomes of it when it is not."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from ssot_lint.factories.awaiting import must_await
from ssot_lint.factories.fates import Body, Fate, fate
from ssot_lint.model import Node
from ssot_lint.queries.walks import callee, walk
from ssot_lint.testing import project_of

CONFIG = """
[concepts.manager]
canonical = "app:Manager"
names = ["*Manager"]
factory = "app:create_manager"
"""


def fate_of(body: str, header: str = "def use(bridge, tasks)") -> Fate:
    """What becomes of the first call of `create_manager` in a body."""
    source = f"from app import create_manager\n\n{header}:\n{indent(dedent(body), '    ')}\n"
    project = project_of({"app.py": "async def create_manager(): ...\n", "use.py": source}, CONFIG)
    facts = project.files[project.by_path["use.py"]].facts
    flow = next(item for item in facts.flows if item.definition >= 0)
    called = first(flow.body)
    return fate(Body(flow, facts.definitions[flow.definition].is_async), called)


def first(body: Node) -> Node:
    return next(node for node in walk(body) if node.kind == "call" and callee(node) == "create_manager")


@pytest.mark.parametrize(
    "body",
    [
        "m = create_manager()\nreturn m",
        "return create_manager()",
        "asyncio.run(create_manager())",
        "task = loop.create_task(create_manager())",
        "return asyncio.gather(*[create_manager()])",
        "m = create_manager()\nif inspect.isawaitable(m):\n    pass",
        "m = create_manager()\nif hasattr(m, '__await__'):\n    m = run(m)",
        "return lambda: create_manager()",
        "m = create_manager()\nm.__await__()",
        "tasks.append(create_manager())",
    ],
)
def test_it_is_fine_to_run_return_or_examine_it(body: str) -> None:
    assert fate_of(body) == Fate("fine")


@pytest.mark.parametrize(
    "body",
    [
        "m = create_manager()\nawait m",
        "m = create_manager()\nm = await m\nm.send_it()",
        "m = create_manager()\nawait asyncio.wait_for(m, 3)",
        "self.m = create_manager()\nawait self.m",
    ],
)
def test_it_is_fine_to_await_it_later(body: str) -> None:
    assert fate_of(body, "async def use(self)") == Fate("fine")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("m = create_manager()\nm.is_open()", Fate("used", "is called m and read for .is_open", 5)),
        ("create_manager().is_open()", Fate("used", "is read for .is_open", 4)),
        (
            "m = create_manager()\nhasattr(m, 'is_open')",
            Fate("used", "is called m and fails hasattr(..., 'is_open')", 5),
        ),
        ("m = create_manager()\nSession(m)", Fate("passed", "is called m and is passed to Session(...)", 5)),
        ("bridge.manager = create_manager()", Fate("kept", "is kept in bridge.manager", 4)),
        ("create_manager()", Fate("dropped", "never runs", 4)),
        ("m = create_manager()", Fate("dropped", "is called m and never awaited", 4)),
        ("a, b = create_manager()", Fate("used", "is unpacked", 4)),
        (
            "if create_manager():\n    pass",
            Fate("tested", "is tested, which says nothing about an instance", 4),
        ),
        ("with create_manager() as m:\n    pass", Fate("used", "is entered as a context manager", 4)),
    ],
)
def test_it_is_taken_for_the_value(body: str, expected: Fate) -> None:
    assert fate_of(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "managers = [create_manager()]",
        "yield_it = {'m': create_manager()}",
        "m = create_manager()\ndef later():\n    return m",
        "m = create_manager()\nother = m",
    ],
)
def test_what_is_collected_or_captured_is_not_decided(body: str) -> None:
    assert fate_of(body).kind == "undecided"


def test_what_is_bound_again_is_not_followed_further() -> None:
    assert fate_of("m = create_manager()\nm = Other()\nm.is_open()") == Fate(
        "dropped", "is called m and never awaited", 4
    )


@pytest.mark.parametrize("name", ["m", "manager", "x1"])
def test_the_name_of_a_local_changes_nothing_but_the_text(name: str) -> None:
    found = fate_of(f"{name} = create_manager()\n\n{name}.is_open()")
    assert (found.kind, found.text) == ("used", f"is called {name} and read for .is_open")


def test_what_must_be_awaited() -> None:
    project = project_of(
        {
            "app.py": """
                import contextlib
                from typing import AsyncIterator

                class Manager:
                    pass

                class Awaitable_Manager:
                    def __await__(self): ...

                async def create_manager():
                    return Manager()

                def sync_manager():
                    return Manager()

                def handed_manager():
                    return create_manager()

                def unknown_manager():
                    return something()

                async def every_manager() -> AsyncIterator[Manager]: ...

                @contextlib.asynccontextmanager
                async def open_manager(): ...
                """
        },
        CONFIG,
    )
    names = [item.name for item in project.files[0].facts.definitions]
    answers = {name: must_await(project, (0, index)) for index, name in enumerate(names)}
    assert answers == {
        "Manager": False,
        "Awaitable_Manager": None,
        "__await__": None,
        "create_manager": True,
        "sync_manager": False,
        "handed_manager": True,
        "unknown_manager": None,
        "every_manager": None,
        "open_manager": None,
    }


def test_a_plain_annotation_is_not_trusted_where_a_class_below_is_async() -> None:
    project = project_of(
        {
            "app.py": """
                class ManagerCommands:
                    def get(self, key) -> dict[str, int] | None:
                        return self.execute("get", key)

                    def put(self, key) -> bool:
                        answer = self.call("put", key)
                        return answer

                    def call(self, *words) -> str:
                        return ""

                    def count(self) -> int:
                        return self.size()

                    def size(self) -> int:
                        return 3

                    def flush(self) -> None:
                        self.call("flush")

                    def both(self) -> dict[str, int] | Awaitable[dict[str, int]]:
                        return self.size()

                class Manager(ManagerCommands):
                    def execute(self, *words): ...

                class AsyncManager(ManagerCommands):
                    async def execute(self, *words): ...

                    async def call(self, *words): ...
                """
        },
        CONFIG,
    )
    answers = {
        item.name: must_await(project, (0, index))
        for index, item in enumerate(project.files[0].facts.definitions)
        if item.parent == 0
    }
    assert answers == {
        "get": None, "put": None, "call": None, "count": False, "size": False, "flush": False, "both": None,
    }  # fmt: skip
