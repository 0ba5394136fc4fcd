"""Members against what is owed: overloads, kinds of members, and what users of the canonical class do."""

from __future__ import annotations

import pytest

from ssot_lint.check import check
from ssot_lint.plugins import load_rules
from ssot_lint.testing import project_of

CANONICAL = """
[concepts.manager]
canonical = "app.manager:Manager"
names = ["*Manager"]
"""
PROTOCOL = CANONICAL + 'protocol = "app.protocols:ManagerProtocol"'
MEMBERS = CANONICAL + 'members = ["find", "send", "size"]'


OV = """
from typing import Protocol, overload

class ManagerProtocol(Protocol):
    @overload
    def get(self, key: str) -> str: ...
    @overload
    def get(self, key: str, default: int) -> int: ...
"""
CAN = "class Manager:\n    def get(self, key, default=None):\n        return self.table.get(key, default)\n"
PR = """
from typing import Protocol

class ManagerProtocol(Protocol):
    @property
    def size(self) -> int: ...
    def close(self) -> None: ...
    @classmethod
    def create(cls, name: str) -> "ManagerProtocol": ...
    @staticmethod
    def parse(text: str) -> dict: ...
    def reset(self, hard: bool = False) -> None: ...
"""
CANP = """
class Manager:
    size = 0
    def close(self):
        self.x = 1
    @classmethod
    def create(cls, name):
        return cls()
    @staticmethod
    def parse(text):
        return {}
    def reset(self, hard=False):
        self.x = 2
"""


def parts(**over: str) -> str:
    base = {
        "size": "    @property\n    def size(self):\n        return 0\n",
        "close": "    def close(self):\n        self.x = 1\n",
        "create": "    @classmethod\n    def create(cls, name):\n        return cls()\n",
        "parse": "    @staticmethod\n    def parse(text):\n        return {}\n",
        "reset": "    def reset(self, hard=False):\n        self.x = 2\n",
    }
    base |= over
    return "class OldManager:\n" + "".join(base.values())


MAN = """
class Manager:
    def __init__(self):
        self.log = []

    def find(self, name):
        return name

    async def send(self, text):
        return text

    @property
    def size(self):
        return 1
"""
USES = """
from app.manager import Manager

async def one(manager: Manager):
    manager.find("a")
    await manager.send("b")
    return manager.size

async def two(manager: Manager):
    found = manager.find("c")
    await manager.send("d")
    return found, manager.size + 1
"""


def old(
    find: str = "    def find(self, name):\n        return name\n",
    send: str = "    async def send(self, text):\n        return text\n",
    size: str = "    @property\n    def size(self):\n        return 1\n",
) -> str:
    return "class OldManager:\n" + find + send + size


def found(config: str, files: dict[str, str]) -> list[str]:
    """`rule:file:line` of what is missing or does not fit."""
    sources = {f"app/{name}.py": text.lstrip("\n") for name, text in files.items()}
    project = project_of({"app/__init__.py": ""} | sources, config)
    rules = [rule for rule in load_rules() if rule.id in ("SSOT601", "SSOT602")]
    return [
        f"{item.rule.removeprefix('SSOT')}:{item.path.removeprefix('app/').removesuffix('.py')}:{item.line}"
        for item in check(project, rules).diagnostics
    ]


@pytest.mark.parametrize(
    ("config", "files", "expected"),
    [
        pytest.param(
            PROTOCOL,
            {
                "protocols": OV,
                "manager": CAN,
                "old": """
class OldManager:
    def get(self, key):
        return self.table[key]
""",
            },
            ["602:old:2"],
            id="overloads only: one is refused",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": OV,
                "manager": CAN,
                "old": """
class OldManager:
    def get(self, key, default=0):
        return self.table.get(key, default)
""",
            },
            [],
            id="overloads only: all accepted",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": OV,
                "manager": CAN,
                "old": """
class OldManager:
    def get(self, key, default):
        return self.table.get(key, default)
""",
            },
            ["602:old:2"],
            id="overloads only: required where one leaves it out",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": OV + "    def close(self) -> None: ...\n",
                "manager": CAN + "    def close(self):\n        self.x = 2\n",
                "old": """
class OldManager:
    def close(self):
        self.x = 1
""",
            },
            ["601:old:1"],
            id="overloads only: missing",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": OV,
                "manager": CAN,
                "old": """
class OldManager:
    async def get(self, key, default=None):
        return 1
""",
            },
            ["602:old:2"],
            id="overloads only: async implementation",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": OV,
                "manager": CAN,
                "old": """
from typing import overload

class OldManager:
    @overload
    def get(self, key: str) -> str: ...
    @overload
    def get(self, key: str, default: int) -> int: ...
    def get(self, key, default=None):
        return self.table.get(key, default)
""",
            },
            [],
            id="overloads in the implementation too",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": """
from abc import ABC, abstractmethod
from typing import overload

class ManagerProtocol(ABC):
    @overload
    def get(self, key: str) -> str: ...
    @overload
    def get(self, key: str, default: int) -> int: ...
    @abstractmethod
    def get(self, key, default=None):
        ...
""",
                "manager": CAN,
                "old": """
class OldManager:
    def get(self, key):
        return self.table[key]
""",
            },
            ["602:old:2"],
            id="overloads with an implementation in an abstract base",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": """
from typing import Protocol, overload

class ManagerProtocol(Protocol):
    @overload
    async def get(self, key: str) -> str: ...
    @overload
    async def get(self, key: str, default: int) -> int: ...
""",
                "manager": "class Manager:\n    async def get(self, key, default=None):\n        return 1\n",
                "old": """
class OldManager:
    def get(self, key, default=None):
        return 1
""",
            },
            ["602:old:2"],
            id="async overloads",
        ),
        pytest.param(
            PROTOCOL, {"protocols": PR, "manager": CANP, "old": parts()}, [], id="all kinds as promised"
        ),
        pytest.param(
            PROTOCOL,
            {"protocols": PR, "manager": CANP, "old": parts(size="    def size(self):\n        return 0\n")},
            ["602:old:2"],
            id="method for a property",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": PR,
                "manager": CANP,
                "old": parts(size="    @cached_property\n    def size(self):\n        return 0\n"),
            },
            [],
            id="cached_property for a property",
        ),
        pytest.param(
            PROTOCOL,
            {"protocols": PR, "manager": CANP, "old": parts(size="    size = 3\n")},
            [],
            id="attribute for a property",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": PR,
                "manager": CANP,
                "old": parts(close="    @property\n    def close(self):\n        return 1\n"),
            },
            ["602:old:6"],
            id="property for a method",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": PR,
                "manager": CANP,
                "old": parts(create="    def create(self, name):\n        return self\n"),
            },
            ["602:old:7"],
            id="instance method for a class method",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": PR,
                "manager": CANP,
                "old": parts(parse="    def parse(self, text):\n        return {}\n"),
            },
            ["602:old:10"],
            id="instance method for a static method",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": PR,
                "manager": CANP,
                "old": parts(parse="    @classmethod\n    def parse(cls, text):\n        return {}\n"),
            },
            [],
            id="class method for a static method",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": PR,
                "manager": CANP,
                "old": parts(
                    create="    @staticmethod\n    def create(name):\n        return OldManager()\n"
                ),
            },
            [],
            id="static method for a class method",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": PR,
                "manager": CANP,
                "old": parts(reset="    @staticmethod\n    def reset(hard=False):\n        print(hard)\n"),
            },
            [],
            id="static method for an instance method",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": PR,
                "manager": CANP,
                "old": parts(reset="    @classmethod\n    def reset(cls, hard=False):\n        cls.x = 2\n"),
            },
            [],
            id="class method for an instance method",
        ),
        pytest.param(
            PROTOCOL,
            {
                "protocols": PR,
                "manager": CANP,
                "old": parts(
                    reset="    @staticmethod\n    def reset(self, hard=False):\n        self.x = 2\n"
                ),
            },
            ["602:old:14"],
            id="static method for an instance method, with self left in",
        ),
        pytest.param(
            PROTOCOL,
            {"protocols": PR, "manager": CANP, "old": parts(reset="    def reset():\n        pass\n")},
            ["602:old:13"],
            id="static method without self by mistake: instance method without a parameter",
        ),
        pytest.param(
            PROTOCOL,
            {"protocols": PR, "manager": CANP, "old": parts(close="    close = lambda self: None\n")},
            [],
            id="lambda attribute for a method",
        ),
        pytest.param(
            CANONICAL,
            {"old": old(), "uses": USES, "manager": MAN},
            [],
            id="no protocol: as the canonical class",
        ),
        pytest.param(
            CANONICAL,
            {
                "old": old(find="    async def find(self, name):\n        return name\n"),
                "uses": USES,
                "manager": MAN,
            },
            ["602:old:2"],
            id="no protocol: async for plain",
        ),
        pytest.param(
            CANONICAL,
            {
                "old": old(send="    def send(self, text):\n        return text\n"),
                "uses": USES,
                "manager": MAN,
            },
            ["602:old:4"],
            id="no protocol: plain for async",
        ),
        pytest.param(
            CANONICAL,
            {
                "old": old(find="    @property\n    def find(self):\n        return 1\n"),
                "uses": USES,
                "manager": MAN,
            },
            ["602:old:3"],
            id="no protocol: property for a method",
        ),
        pytest.param(
            CANONICAL,
            {"old": old(size="    def size(self):\n        return 1\n"), "uses": USES, "manager": MAN},
            ["602:old:6"],
            id="no protocol: method for a property",
        ),
        pytest.param(
            CANONICAL,
            {"old": old(size="    size = 1\n"), "uses": USES, "manager": MAN},
            [],
            id="no protocol: attribute for a property",
        ),
        pytest.param(
            CANONICAL,
            {
                "old": "import asyncio\n\n"
                + old(
                    send="    def send(self, text) -> asyncio.Future:\n        return asyncio.ensure_future(self.later(text))\n"
                ),
                "uses": USES,
                "manager": MAN,
            },
            [],
            id="no protocol: plain that returns a task",
        ),
        pytest.param(
            CANONICAL,
            {
                "old": old(find="    def find(self, name, deep):\n        return name\n"),
                "uses": USES,
                "manager": MAN,
            },
            ["602:old:2"],
            id="no protocol: another parameter",
        ),
        pytest.param(
            CANONICAL,
            {
                "old": old(find="    async def find(self, name):\n        return name\n"),
                "uses": "x = 1\n",
                "manager": MAN,
            },
            [],
            id="no protocol: not used anywhere",
        ),
        pytest.param(
            MEMBERS,
            {"manager": MAN, "old": old(find="    async def find(self, name):\n        return name\n")},
            ["602:old:2"],
            id="members: async for plain",
        ),
        pytest.param(
            MEMBERS,
            {"manager": MAN, "old": old(size="    def size(self):\n        return 1\n")},
            ["602:old:6"],
            id="members: method for a property",
        ),
        pytest.param(MEMBERS, {"manager": MAN, "old": old()}, [], id="members: as the canonical class"),
    ],
)
def test_members(config: str, files: dict[str, str], expected: list[str]) -> None:
    assert found(config, files) == expected
