"""Calls of a concept: which signatures answer, and where nobody can tell."""

from __future__ import annotations

from textwrap import dedent

import pytest

from ssot_lint.concepts.sites import callees, constructed, constructions, sites, undecided
from ssot_lint.project import Project
from ssot_lint.queries.signatures import refusal
from ssot_lint.testing import project_of

CONFIG = """
[concepts.engine]
canonical = "shop.engine:Engine"
names = ["*Engine"]
factory = "shop.factory:make_engine"
"""

HOME = {
    "shop/__init__.py": "",
    "shop/engine.py": """
        class Engine:
            def __init__(self, context):
                self.context = context

            def run(self, text, *, retries=1):
                return text

            @classmethod
            def guest(cls, name):
                return cls(name)

            @staticmethod
            def clean(text):
                return text

            @property
            def size(self):
                return 1
        """,
    "shop/factory.py": """
        from shop.engine import Engine

        def make_engine(context):
            return Engine(context)

        def spare_Engine(context, size=1) -> Engine:
            return Engine(context)
        """,
}


def project(text: str, **more: str) -> Project:
    files = HOME | {"shop/chat.py": text} | {f"shop/{name}.py": content for name, content in more.items()}
    return project_of({path: dedent(content) for path, content in files.items()}, CONFIG)


def answers(linked: Project) -> list[tuple[int, str, str]]:
    """(line, callee, signatures) of the calls in shop/chat.py that a concept answers."""
    found = []
    for site in sites(linked, linked.by_path["shop/chat.py"]):
        known = callees(linked, site)
        if known:
            shown = ["?" if c.parameters is None else ",".join(p.name for p in c.parameters) for c in known]
            found.append((site.line, site.callee, " | ".join(shown)))
    return found


RESOLVED = {
    "alias": ("from shop.engine import Engine as Motor\nMotor(1)\n", [(2, "Motor", "context")]),
    "assigned-alias": ("from shop import engine\nMotor = engine.Engine\nMotor(1)\n", [(3, "Motor", "context")]),
    "through-a-module": ("import shop.engine\nshop.engine.Engine(1)\n", [(2, "shop.engine.Engine", "context")]),
    "class-method": ("from shop.engine import Engine\nEngine.guest(1)\n", [(2, "Engine.guest", "name")]),
    "static-method": ("from shop.engine import Engine\nEngine.clean(1)\n", [(2, "Engine.clean", "text")]),
    "unbound-method": ("from shop.engine import Engine\nEngine.run(1, 2)\n", [(2, "Engine.run", "self,text,retries")]),
    "factory": ("from shop.factory import make_engine\nmake_engine(1)\n", [(2, "make_engine", "context")]),
    "returns-one": ("from shop.factory import spare_Engine as spare\nspare(1)\n", [(2, "spare", "context,size")]),
    "member-of-a-variable": (
        "from shop.engine import Engine\ndef chat():\n    it = Engine(1)\n    it.run(2)\n",
        [(3, "Engine", "context"), (4, "it.run", "text,retries")],
    ),
    "member-of-a-parameter": (
        "from shop.engine import Engine\ndef chat(it: 'Engine | None'):\n    it.run(2)\n",
        [(3, "it.run", "text,retries")],
    ),
    "member-of-an-attribute": (
        "from shop.engine import Engine\nclass Chat:\n    def __init__(self):\n        self.it = Engine(1)\n"
        "    def go(self):\n        self.it.run(2)\n",
        [(4, "Engine", "context"), (6, "self.it.run", "text,retries")],
    ),
    "subclass": (
        "from shop.engine import Engine\nclass FastEngine(Engine):\n    pass\nFastEngine(1)\n",
        [(4, "FastEngine", "context")],
    ),
    "either-of-two": (
        "try:\n    from shop.engine import Engine\nexcept ImportError:\n    class Engine:\n"
        "        def __init__(self, x, y):\n            self.x = [x]\n\nEngine(1)\n",
        [(8, "Engine", "context | x,y")],
    ),
    "or-none": (
        "try:\n    from shop.engine import Engine\nexcept ImportError:\n    Engine = None\n\nEngine(1)\n",
        [(6, "Engine", "context")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), RESOLVED.values(), ids=RESOLVED)
def test_the_signature_that_answers(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert answers(project(text)) == expected


UNDECIDED = {
    "a-local-of-that-name": "from shop.engine import Engine\ndef chat(make):\n    Engine = make()\n    Engine(1, 2)\n",
    "a-parameter": "from shop.engine import Engine\ndef chat(Engine):\n    Engine(1, 2)\n",
    "a-property": "from shop.engine import Engine\ndef chat(it: Engine):\n    it.missing(2)\n",
    "one-thing-after-another": "from shop.engine import Engine\nfrom shop.other import OtherEngine\ndef chat():\n"
    "    it = OtherEngine()\n    it = Engine(1)\n    it.run(2, 3)\n",
    "external": "from elsewhere import Engine\nEngine(1, 2)\n",
    "unresolved": "from shop.nowhere import Engine\nEngine(1, 2)\n",
}  # fmt: skip


@pytest.mark.parametrize("text", UNDECIDED.values(), ids=UNDECIDED)
def test_nobody_is_blamed_where_it_cannot_be_known(text: str) -> None:
    last = text.count("\n")
    linked = project(text, other="class OtherEngine:\n    def run(self, a, b):\n        self.a = [a, b]\n")
    assert [item for item in answers(linked) if item[0] == last] == []


def test_constructions_beside_a_concept() -> None:
    linked = project(
        "from shop.engine import Engine\nfrom shop.parts import Clock\n\ndef chat():\n    Clock()\n    return Engine(1)\n"
        "\ndef far_away():\n    return Clock()\n",
        parts="class Clock:\n    def __init__(self, zone):\n        self.zone = zone\n",
    )
    found = [
        (site.line, site.callee, refusal(site.passed, answer.parameters or ()))
        for site in constructions(linked, linked.by_path["shop/chat.py"])
        for answer in constructed(linked, site)
    ]
    assert found == [(5, "Clock", "zone is missing")]


def test_calls_that_nobody_can_judge_are_counted() -> None:
    text = """
        from shop.engine import Engine
        from elsewhere import inject

        class SlowEngine(Engine):
            @inject
            def __init__(self):
                self.slow = [True]

        SlowEngine(1)
        Engine(*[1])
        Engine(1)
        """
    assert undecided(project(text)) == 2
