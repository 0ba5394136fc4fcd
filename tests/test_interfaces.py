"""Interface reports: what is missing, which calls are refused or taken otherwise, and what counts as a promise."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from unittest.mock import AsyncMock, MagicMock

import pytest

from ssot_lint.runtime import InterfaceReport, interface_report


@runtime_checkable
class Manager(Protocol):
    limit: int

    @property
    def name(self) -> str: ...

    async def send(self, thread: str, event: dict[str, object]) -> int: ...

    def close(self, *, hard: bool = False) -> None: ...

    def __len__(self) -> int: ...


class Good:
    limit = 3
    name = "good"

    async def send(self, thread: str, event: Any, retries: int = 0) -> int:
        return retries

    def close(self, *, hard: bool = False, soft: bool = False) -> None: ...

    def __len__(self) -> int:
        return 0


def test_all_as_promised() -> None:
    report = interface_report(Good, Manager)
    assert report == InterfaceReport("Good", "Manager", ("limit", "name", "send", "close", "__len__"))
    assert report.ok and str(report) == "Good as Manager: 5 members as promised"
    assert interface_report(Good(), Manager).ok
    report.assert_compatible()


def test_what_is_missing_and_what_differs() -> None:
    class Bad:
        limit = 1

        def send(self, event: Any, thread: str) -> int:
            return 1

        close = "never"

    report = interface_report(Bad, Manager)
    assert report.missing == ("name", "__len__")
    assert report.differences == (
        ("send", "not async, where the protocol's is awaited"),
        ("send", "takes (thread, event) otherwise: thread arrives as event"),
        ("send", "takes (thread, event) otherwise: event arrives as thread"),
        ("close", "not callable, where the protocol has a method"),
    )
    with pytest.raises(AssertionError, match="4 of 5 members not as promised\nname: missing"):
        report.assert_compatible()
    assert interface_report(Bad, Manager, ["limit"]).ok


class Sends(Protocol):
    def send(self, thread: str, event: str = "") -> None: ...


@pytest.mark.parametrize(
    ("method", "refused"),
    [
        (lambda self, thread, event="": None, []),
        (lambda self, thread, event="", more=1: None, []),
        (lambda self, *args, **kwargs: None, []),
        (lambda self, _thread, event="": None, []),
        (lambda self, thread, event: None, ["(thread)", "(thread=)"]),
        (lambda self, thread: None, ["(thread, event)", "(thread=, event=)"]),
        (lambda self, room, event="": None, ["(thread=, event=)", "(thread=)"]),
        (lambda self, thread, *, event="": None, ["(thread, event)"]),
        (
            lambda self, thread, event, user: None,
            ["(thread, event)", "(thread=, event=)", "(thread)", "(thread=)"],
        ),
    ],
)
def test_calls(method: Any, refused: list[str]) -> None:
    report = interface_report(type("Room", (), {"send": method}), Sends)
    told = [why.partition(":")[0] for _, why in report.differences]
    assert told == [f"refuses {call}" for call in refused]


def test_async_where_nobody_awaits() -> None:
    class Room:
        async def send(self, thread: str, event: str = "") -> None: ...

    assert interface_report(Room, Sends).differences == (
        ("send", "async, where the protocol's is called without await"),
    )


def test_what_returns_an_awaitable_may_be_awaited() -> None:
    class Room:
        limit, name = 1, ""

        def send(self, thread: str, event: Any) -> Awaitable[int]:
            raise NotImplementedError

    assert interface_report(Room, Manager, ["send"]).ok


def test_inherited_promises_are_not_kept() -> None:
    class Heir(Sends): ...

    class Base(ABC):
        @abstractmethod
        def send(self) -> None: ...

    class Late(Base): ...

    assert interface_report(Heir, Sends).missing == ("send",)
    assert interface_report(Late, Base).missing == ("send",)


def test_static_and_class_methods_are_called_on_instances() -> None:
    class Static:
        @staticmethod
        def send(thread: str, event: str = "") -> None: ...

    class Class:
        @classmethod
        def send(cls, thread: str, event: str = "") -> None: ...

    assert interface_report(Static, Sends).ok and interface_report(Static(), Sends).ok
    assert interface_report(Class, Sends).ok and interface_report(Class(), Sends).ok


def test_what_methods_and_records_set_is_there() -> None:
    class Set:
        def __init__(self) -> None:
            self.send = MagicMock()

    @dataclass
    class Record:
        send: Any = field(default_factory=MagicMock)

    class Open:
        def __getattr__(self, name: str) -> Any:
            return name

    for cls in (Set, Record, Open):
        assert interface_report(cls, Sends).ok
    assert not interface_report(type("Empty", (), {}), Sends).ok


def test_a_source_that_python_warns_of_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "escaping.py").write_text(
        'class Set:\n    def __init__(self):\n        self.send = print\n        self.pattern = "\\d"\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cls = import_module("escaping").Set
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert interface_report(cls, Sends).ok


def test_mocks() -> None:
    class Room:
        def __init__(self) -> None:
            self.send = AsyncMock()

    assert interface_report(Room(), Manager, ["send"]).ok
    assert interface_report(MagicMock(), Sends, []).ok


def test_another_class_may_stand_for_the_protocol() -> None:
    class Heir(Good): ...

    assert interface_report(Heir, Good).ok
    assert interface_report(type("Other", (), {}), Good, ["send"]).missing == ("send",)
