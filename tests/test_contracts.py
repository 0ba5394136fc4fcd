"""What implementations owe, who owes it, and what is left undecided."""

from __future__ import annotations

from textwrap import dedent

import pytest

from ssot_lint.concepts.contracts import contracts, lacking, open_reason
from ssot_lint.concepts.handed import undecided
from ssot_lint.concepts.owing import implementations
from ssot_lint.project import Project
from ssot_lint.testing import project_of

CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
protocol = "shop.protocols:ManagerProtocol"
"""

PROTOCOL = """
    from typing import Protocol

    class Closing(Protocol):
        def close(self): ...

    class ManagerProtocol(Closing, Protocol):
        limit: int
        def send(self, message): ...
        def __enter__(self): ...
        def _internal(self): ...
    """

MANAGER = """
    class Manager:
        limit = 3
        def send(self, message):
            return self.user.send(message)
        def close(self):
            self.user.close()
        def __enter__(self):
            return self
    """


def project(
    text: str, *, config: str = CONFIG, protocol: str = PROTOCOL, path: str = "shop/other.py"
) -> Project:
    files = {"shop/__init__.py": "", "shop/protocols.py": protocol, "shop/manager.py": MANAGER, path: text}
    return project_of({name: dedent(content) for name, content in files.items()}, config)


def missing(linked: Project, name: str) -> tuple[str, ...] | None:
    contract = contracts(linked)["manager"]
    for place in implementations(linked, contract):
        if linked.files[place[0]].facts.definitions[place[1]].name == name:
            return lacking(linked, contract, place)
    raise AssertionError(f"{name} owes nothing")


def test_a_protocol_owes_its_public_members_and_those_it_inherits() -> None:
    contract = contracts(project(""))["manager"]
    assert tuple(contract.owed) == ("__enter__", "close", "limit", "send")


def test_the_protocol_is_meant_where_a_plain_class_took_its_name() -> None:
    shadowed = dedent(PROTOCOL) + "\nclass ManagerProtocol:\n    def other(self):\n        return 1\n"
    contract = contracts(project("", protocol=shadowed))["manager"]
    assert tuple(contract.owed) == ("__enter__", "close", "limit", "send")


def test_configured_members_need_no_protocol() -> None:
    config = CONFIG.replace('protocol = "shop.protocols:ManagerProtocol"', 'members = ["send", "stop"]')
    linked = project("", config=config)
    assert missing(linked, "Manager") == ("stop",)


SETS = {
    "method": ("class OldManager:\n    def send(self, m):\n        print(m)\n", ("__enter__", "close", "limit")),
    "attribute": (
        "class OldManager:\n    def __init__(self):\n        self.close = None\n    def send(self, message):\n"
        "        self.limit = message\n",
        ("__enter__",),
    ),
    "mixin": (
        "class Mixin:\n    def close(self): print(1)\n    __enter__ = close\n"
        "class OldManager(Mixin):\n    limit = 1\n    def send(self, m): print(m)\n",
        (),
    ),
    "stub-of-the-protocol": (
        "from shop.protocols import ManagerProtocol\nclass OldManager(ManagerProtocol):\n    def send(self, m): print(m)\n",
        ("__enter__", "close"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SETS.values(), ids=SETS)
def test_what_a_class_lacks(text: str, expected: tuple[str, ...]) -> None:
    assert missing(project(text), "OldManager") == expected


OPEN = {
    "__getattr__": "class OldManager:\n    def send(self, m): print(m)\n    def __getattr__(self, name): return print\n",
    "a computed base": "class OldManager(make()):\n    def send(self, m): print(m)\n",
    "an unknown base": "from elsewhere import Base\nclass OldManager(Base):\n    def send(self, m): print(m)\n",
    "a decorator": "@complete\nclass OldManager:\n    def send(self, m): print(m)\n",
    "a metaclass": "class OldManager(metaclass=Complete):\n    def send(self, m): print(m)\n",
    "setattr": "class OldManager:\n    def __init__(self, names):\n        for name in names:\n            setattr(self, name, print)\n"
    "    def send(self, m): print(m)\n",
}  # fmt: skip


@pytest.mark.parametrize("text", OPEN.values(), ids=OPEN)
def test_a_class_that_may_have_more_than_it_says_is_undecided(text: str) -> None:
    linked = project(text)
    assert missing(linked, "OldManager") is None
    assert undecided(linked) == 1
    file = linked.by_path["shop/other.py"]
    index = next(n for n, item in enumerate(linked.files[file].facts.definitions) if item.is_class)
    assert open_reason(linked, (file, index)) != ""


def test_factories_protocols_and_errors_owe_nothing() -> None:
    text = """
        from typing import Protocol
        class ManagerFactory:
            def create(self):
                return 1
        class SmallManager(Protocol):
            def send(self, message): ...
        class LostManager(RuntimeError):
            pass
        """
    config = CONFIG.replace('"*Manager"', '"*Manager", "*ManagerFactory"')
    linked = project(text, config=config)
    owing = {linked.symbol(*place) for place in implementations(linked, contracts(linked)["manager"])}
    assert owing == {"shop.manager:Manager"}


def test_what_derives_from_the_protocol_owes_whatever_it_is_called() -> None:
    linked = project(
        "from shop import protocols as p\nclass Hub(p.ManagerProtocol):\n    def send(self, m): print(m)\n"
    )
    assert missing(linked, "Hub") == ("__enter__", "close")


def test_what_users_call_more_than_once_is_owed_where_nothing_is_configured() -> None:
    text = """
        from shop.manager import Manager
        def chat(manager: Manager):
            manager.send(1)
            manager.send(2)
            manager.close()
        """
    config = CONFIG.replace('protocol = "shop.protocols:ManagerProtocol"\n', "")
    contract = contracts(project(text, config=config))["manager"]
    assert {name: len(owed.calls) for name, owed in contract.owed.items()} == {"send": 2}
    assert contracts(project(text, config=config, path="tests/test_chat.py")) == {}
