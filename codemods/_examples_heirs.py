"""Examples of `inherit-from-canonical`: what an heir keeps, what stands between, dataclasses."""

from __future__ import annotations

from ssot_lint.codemod import Example

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        LIMIT = 3


        class Manager:
            retries = 2
            timeout = 5

            def __init__(self, user):
                self.user = user

            @property
            def name(self):
                return self.user.name

            def send(self, message):
                return message[:LIMIT]

            def close(self):
                self.user = None
        """,
}

HEIRS = (
    Example(
        HOME
        | {
            "shop/near.py": '''
                """Nearly the same."""

                import json
                from typing import Any

                LIMIT = 3


                class QuickManager:
                    """Sends at once."""

                    retries = 2
                    timeout = 9  # seconds

                    def __init__(self, user: Any) -> None:
                        """Keeps the user."""
                        self.user: Any = user

                    @property
                    def name(self):
                        return self.user.name

                    # no queue here
                    def send(self, message):
                        return message[: LIMIT]

                    def pack(self, message):
                        return json.dumps(message)

                    def close(self):
                        self.user = None


                def build():
                    return QuickManager(LIMIT)
                '''
        },
        [{"symbol": "shop.near:QuickManager", "canonical": "shop.manager:Manager"}],
        {
            "shop/near.py": '''
                """Nearly the same."""

                import json

                from shop.manager import Manager

                LIMIT = 3


                class QuickManager(Manager):
                    """Sends at once."""

                    timeout = 9  # seconds

                    def pack(self, message):
                        return json.dumps(message)


                def build():
                    return QuickManager(LIMIT)
                '''
        },
        id="near-copy",
    ),
    Example(
        HOME
        | {
            "tests/doubles.py": """
                from shop.manager import Manager as Real


                class Manager:
                    def __init__(self, user):
                        self.user = user

                    def close(self):
                        self.user = None


                class Recorder(object):
                    def __init__(self, user):
                        self.sent = []

                    def send(self, message):
                        self.sent.append(message)

                    def close(self):
                        self.user = None
                """
        },
        [
            {"symbol": f"tests.doubles:{name}", "canonical": "shop.manager:Manager"}
            for name in ("Manager", "Recorder")
        ],
        {
            "tests/doubles.py": """
                from shop.manager import Manager as Real


                class Manager(Real):
                    pass


                class Recorder(Real):
                    def __init__(self, user):
                        self.sent = []

                    def send(self, message):
                        self.sent.append(message)
                """
        },
        id="test-doubles",
    ),
    Example(
        {
            "shop/__init__.py": "",
            "shop/manager.py": """
                from abc import ABC, abstractmethod


                class Manager(ABC):
                    def __init__(self, user):
                        self.user = user

                    def __len__(self):
                        return 1

                    @property
                    def open(self):
                        return True

                    @abstractmethod
                    def send(self, message): ...
                """,
            "shop/copies.py": """
                from dataclasses import dataclass
                from enum import Enum
                from unittest.mock import Mock


                @dataclass
                class Record:
                    user: str

                    def send(self, message): ...


                class Empty:
                    def send(self, message):
                        return 1


                class Sized:
                    def __init__(self, user):
                        self.user = user

                    def send(self, message):
                        return 1


                class Abstract:
                    def __init__(self, user):
                        self.user = user

                    def __len__(self):
                        return 2

                    def open(self):
                        return 3


                class Opened:
                    def __init__(self, user):
                        self.open = False

                    def __len__(self):
                        return 2

                    def send(self, message):
                        return 1


                class Kind(Enum):
                    SEND = 1


                class Mocked(Mock):
                    def send(self, message):
                        return 1


                class Slotted:
                    __slots__ = ("user",)

                    def send(self, message):
                        return 1


                class Hidden:
                    def send(self, message):
                        return self.__user


                class Other:
                    def fly(self):
                        return 1


                class Base:
                    def __init__(self, user):
                        pass

                    def __len__(self):
                        return 0


                class Super(Base):
                    def __init__(self, user):
                        super().__init__(user)

                    def __len__(self):
                        return 2

                    def send(self, message):
                        return 1


                class From(Base):
                    def send(self, message):
                        return 1


                def build():
                    class Inner:
                        pass

                    return Inner
                """,
            "shop/loop.py": "from shop import looped\n\n\nclass Loop:\n    def send(self):\n        return 1\n",
            "shop/looped.py": "from shop import loop\n\n\nclass Looped:\n    def send(self):\n        return 1\n",
        },
        [
            {"symbol": f"shop.copies:{name}", "canonical": "shop.manager:Manager"}
            for name in (
                "Record",
                "Empty",
                "Sized",
                "Abstract",
                "Opened",
                "Kind",
                "Mocked",
                "Slotted",
                "Hidden",
                "Other",
                "Super",
                "From",
                "build.<locals>.Inner",
            )
        ]
        + [{"symbol": "shop.loop:Loop", "canonical": "shop.looped:Looped"}],
        refused=(
            "build.<locals>.Inner is defined inside another definition",
            "Record is decorated with @dataclass",
            "Empty has no __init__ and would get that of shop.manager:Manager",
            "Sized has no __len__ and would get that",
            "send is abstract in shop.manager:Manager and missing in Abstract",
            "open is an attribute of Opened and a property",
            "what the base enum.Enum does with its subclasses is not known",
            "what the base unittest.mock.Mock does with its subclasses is not known",
            "one of the two has __slots__",
            "Hidden uses __user",
            "Other has no member in common",
            "super() in what stays of Super would reach shop.manager:Manager",
            "__init__ comes from shop.copies:Base now and would come from shop.manager:Manager",
            "importing shop.looped would close a cycle: shop.loop -> shop.looped -> shop.loop",
        ),
        id="refused",
    ),
    Example(
        {
            "shop/__init__.py": "",
            "shop/money.py": """
                from dataclasses import dataclass


                @dataclass(frozen=True)
                class Money:
                    amount: int
                    currency: str = "EUR"
                    note: str | None = None

                    def plus(self, other):
                        return type(self)(self.amount + other.amount)
                """,
            "shop/cash.py": """
                import dataclasses
                from dataclasses import dataclass, field


                @dataclasses.dataclass(frozen=True)
                class Cash:
                    amount: int
                    currency: str = "USD"
                    note: "str" = None
                    coins: list = field(default_factory=list)

                    def plus(self, other):
                        return type(self)(self.amount + other.amount)


                @dataclass(frozen=True)
                class Same:
                    amount: int
                    currency: str = "EUR"
                    note: str | None = None


                @dataclass
                class Thawed:
                    amount: int


                @dataclass(frozen=True)
                class Less:
                    amount: int
                    currency: str = "EUR"


                @dataclass(frozen=True)
                class Turned:
                    currency: str
                    amount: int
                    note: str | None = None


                @dataclass(frozen=True)
                class Strict:
                    amount: int
                    currency: str
                    note: str | None = None
                """,
        },
        [
            {"symbol": f"shop.cash:{name}", "canonical": "shop.money:Money"}
            for name in ("Cash", "Same", "Thawed", "Less", "Turned", "Strict")
        ],
        {
            "shop/cash.py": """
                import dataclasses
                from dataclasses import dataclass, field

                from shop.money import Money


                @dataclasses.dataclass(frozen=True)
                class Cash(Money):
                    currency: str = "USD"
                    note: "str" = None
                    coins: list = field(default_factory=list)


                @dataclass(frozen=True)
                class Same(Money):
                    pass


                @dataclass
                class Thawed:
                    amount: int


                @dataclass(frozen=True)
                class Less:
                    amount: int
                    currency: str = "EUR"


                @dataclass(frozen=True)
                class Turned:
                    currency: str
                    amount: int
                    note: str | None = None


                @dataclass(frozen=True)
                class Strict:
                    amount: int
                    currency: str
                    note: str | None = None
                """
        },
        refused=(
            "Thawed is a dataclass with other arguments than shop.money:Money",
            "Less has no field note and would get that of shop.money:Money",
            "the fields of Turned would come in another order: amount, currency, note",
            "currency has no default in Strict and would get that of shop.money:Money",
        ),
        id="dataclasses",
    ),
)
