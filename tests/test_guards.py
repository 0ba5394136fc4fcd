"""Where functions refuse what lacks a member, and how a guard reaches the parameters of others."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from ssot_lint.concepts.guards import guards
from ssot_lint.testing import project_of

CONFIG = """
[concepts.manager]
canonical = "shop:Manager"

[concepts.hub]
canonical = "shop:Hub"
"""


def found(text: str, path: str = "shop.py") -> dict[str, list[str]]:
    """`function(parameter)` -> the members it is asked for."""
    linked = project_of({path: "class Manager: ...\n" + dedent(text)}, CONFIG)
    return {
        f"{linked.definition_at(place).qualname}({parameter})": [item.member for item in every]
        for (place, parameter), every in guards(linked).items()
    }


@pytest.mark.parametrize(
    ("body", "members"),
    [
        ("if not hasattr(x, 'send'):\n    raise ValueError", ["send"]),
        ("if x is not None and not hasattr(x, 'send'):\n    raise ValueError", ["send"]),
        ("if x is not None:\n    if not hasattr(x, 'send'):\n        raise ValueError", ["send"]),
        ("if not getattr(x, 'send', None):\n    raise ValueError", ["send"]),
        ("if not callable(getattr(x, 'send', None)):\n    raise ValueError", ["send"]),
        ("if hasattr(x, 'send'):\n    use(x, Manager)\nelse:\n    raise ValueError", ["send"]),
        ("assert hasattr(x, 'send')", ["send"]),
        ("for name in ('send', 'close'):\n    if not hasattr(x, name):\n        raise ValueError(name)", ["close", "send"]),
        ("with lock:\n    if not hasattr(x, 'send'):\n        raise ValueError", ["send"]),
        ("if x is None:\n    x = Manager()\nif not hasattr(x, 'send'):\n    raise ValueError", ["send"]),
        ("if hasattr(x, 'send'):\n    raise ValueError", None),
        ("if not hasattr(x, 'send'):\n    return None", None),
        ("if strict and not hasattr(x, 'send'):\n    raise ValueError", None),
        ("if strict:\n    if not hasattr(x, 'send'):\n        raise ValueError", None),
        ("if not hasattr(x, 'send') and not hasattr(x, 'emit'):\n    raise ValueError", None),
        ("if strict:\n    return 1\nif not hasattr(x, 'send'):\n    raise ValueError", None),
        ("x = wrap(x)\nif not hasattr(x, 'send'):\n    raise ValueError", None),
        ("if not hasattr(x.y, 'send'):\n    raise ValueError", None),
        ("if not hasattr(x, name):\n    raise ValueError", None),
        ("try:\n    if not hasattr(x, 'send'):\n        raise ValueError\nexcept ValueError:\n    x = None", None),
        ("for name in names:\n    if not hasattr(x, name):\n        raise ValueError", None),
    ],
)  # fmt: skip
def test_what_is_refused(body: str, members: list[str] | None) -> None:
    text = f"def take(x, strict=False, name='', names=()):\n{indent(body, '    ')}\n"
    assert found(text) == ({"take(x)": members} if members else {})
    assert found(text, "tests/test_shop.py") == {}


def test_a_guard_reaches_what_is_certainly_handed_on() -> None:
    text = """
        class Hub:
            def __init__(self, manager: Manager, other=None):
                if not hasattr(manager, "send"):
                    raise ValueError

            @property
            def backend(self): ...

            @backend.setter
            def backend(self, value):
                assert hasattr(value, "put")

            @classmethod
            def of(cls, manager):
                return Hub(other=1, manager=manager)

        def direct_Hub(manager):
            return Hub(manager)

        def through_Hub(x):
            return direct_Hub(x)

        def kept(x):
            manager = direct_Hub(Manager())
            hub = Hub(manager)
            if x:
                hub.backend = x

        def sometimes(x, flag):
            if flag:
                direct_Hub(x)

        def wrapped(x):
            x = wrap(x)
            return direct_Hub(x)

        def other(x):
            return Hub(Manager(), x)
    """
    assert found(text) == {
        "Hub.__init__(manager)": ["send"],
        "Hub.backend(value)": ["put"],
        "Hub.of(manager)": ["send"],
        "direct_Hub(manager)": ["send"],
        "through_Hub(x)": ["send"],
        "kept(x)": ["put"],
    }
