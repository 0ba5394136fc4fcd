from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint.concepts.claims import claims, funnel
from ssot_lint.concepts.name_matches import concept_of, name_matches
from ssot_lint.concepts.titles import words
from ssot_lint.model import ConceptSummary
from ssot_lint.project import Project
from ssot_lint.testing import project_of

CONFIG = """
    test-paths = ["tests/**"]

    [concepts.manager]
    canonical = "app.manager:UnifiedManager"
    import-from = "app.api"
    aliases = ["Manager"]
    names = ["*Manager*"]
    variants = ["app.pool:PooledManager"]
    factory = "app.factory:ManagerFactory"

    [concepts.connection]
    canonical = "app.manager:Connection"
    names = ["*Connection*", "LinkInfo"]
    """

HOME = {
    "app/__init__.py": "",
    "app/manager.py": """
        from dataclasses import dataclass

        @dataclass
        class Connection:
            connection_id: str
            user_id: str
            socket: object
            opened: float

        class UnifiedManager:
            def __init__(self, user):
                self.user = user
                self.links = {}

            def add_link(self, link):
                self.links[link.connection_id] = link

            async def send_to_user(self, message):
                for link in self.links.values():
                    await link.socket.send(message)

            def drop_link(self, link):
                del self.links[link.connection_id]
        """,
    "app/api.py": "from app.manager import UnifiedManager\n__all__ = ['UnifiedManager']\n",
    "app/factory.py": """
        from app.manager import UnifiedManager

        class ManagerFactory:
            def make(self, user):
                return UnifiedManager(user)
        """,
}


def linked(files: dict[str, str]) -> Project:
    return project_of(HOME | files, CONFIG)


def kinds(files: dict[str, str], concept: str = "manager") -> dict[str, str]:
    """Name -> kind of the claims that stand in `files`."""
    found = claims(linked(files))[concept]
    return {claim.symbol.partition(":")[2]: claim.kind for claim in found if claim.path in files}


def test_what_derives_from_a_variant_is_a_subclass() -> None:
    files = {
        "app/pool.py": "class PooledManager:\n    def add_link(self, link):\n        link.open()\n",
        "app/a.py": "from app.pool import PooledManager\nclass SecureManager(PooledManager):\n    def add_link(self, link):\n        link.shut()\n",
    }
    assert kinds(files) == {"PooledManager": "variant", "SecureManager": "subclass"}


def test_what_the_canonical_class_is_made_from_is_no_copy_of_it() -> None:
    manager = HOME["app/manager.py"].replace("class UnifiedManager:", "class UnifiedManager(BasicManager):")
    files = {
        "app/base.py": "class BasicManager:\n    def add_link(self, link):\n        link.open()\n    def drop_link(self, link):\n        link.shut()\n",
        "app/manager.py": f"\n        from app.base import BasicManager\n{manager}",
    }
    assert kinds(files)["BasicManager"] == "companion"


def test_every_claim_has_its_kind_and_reason() -> None:
    project = linked({"app/old.py": "from app.manager import UnifiedManager\nOldManager = UnifiedManager\n"})
    assert [
        (c.path, c.line, c.symbol, c.kind, c.reason, c.importers) for c in claims(project)["manager"]
    ] == [
        (
            "app/factory.py",
            3,
            "app.factory:ManagerFactory",
            "companion",
            "configured as the concept's factory",
            0,
        ),
        ("app/manager.py", 10, "app.manager:UnifiedManager", "canonical", "configured as canonical", 3),
        ("app/old.py", 2, "app.old:OldManager", "alias", "another name for app.manager:UnifiedManager", 0),
    ]
    assert claims(project) is claims(project)


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        pytest.param("app/a.py", "class QuickManager:\n    def add_link(self, link):\n        link.open()\n", "duplicate", id="own-body"),
        pytest.param("app/a.py", "class Manager:\n    def other(self):\n        return open('x')\n", "duplicate", id="the-alias-itself"),
        pytest.param("app/pool.py", "class PooledManager:\n    def add_link(self, link):\n        link.open()\n", "variant", id="declared"),
        pytest.param("app/a.py", "from app.manager import UnifiedManager\nclass NewManager(UnifiedManager): ...\n", "shim", id="empty-subclass"),
        pytest.param("app/a.py", "from app.manager import UnifiedManager\nfrom app.b import Json\nclass JsonManager(Json, UnifiedManager): ...\n", "subclass", id="mixin-composition"),
        pytest.param("app/a.py", "from app.pool import PooledManager\nclass SecureManager(PooledManager):\n    def add_link(self, link):\n        link.open()\n", "duplicate", id="derived-from-nothing-known"),
        pytest.param("app/a.py", "from enum import Enum\nclass ManagerMode(str, Enum):\n    ON = 'on'\n", "companion", id="enum"),
        pytest.param("app/a.py", "class ManagerError(Exception):\n    pass\n", "companion", id="exception"),
        pytest.param("app/a.py", "from app.b import AppError\nclass ManagerGone(AppError): ...\n", "companion", id="exception-of-ours"),
        pytest.param("app/a.py", "from pydantic import BaseModel\nclass ManagerConfig(BaseModel):\n    size: int\n", "companion", id="model"),
        pytest.param("app/a.py", "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass ManagerStats:\n    sent: int\n", "companion", id="dataclass"),
        pytest.param("app/a.py", "from dataclasses import dataclass\n@dataclass\nclass QueueManager:\n    size: int\n    def add_link(self, link):\n        link.open()\n    def drop_link(self, link):\n        link.close()\n", "duplicate", id="dataclass-that-does-its-work"),
        pytest.param("app/a.py", "from dataclasses import dataclass\n@dataclass\nclass ManagerReport:\n    size: int\n    def add_link(self, link):\n        link.open()\n    def text(self): return str(self.size)\n    def html(self): return str(self.size)\n", "companion", id="dataclass-with-one-of-its-names"),
        pytest.param("app/a.py", "class DatabaseManager:\n    def query(self, text):\n        return run(text)\n", "companion", id="other-members"),
        pytest.param("app/a.py", "import warnings\nclass PhaseManager:\n    def __init__(self):\n        warnings.warn('This manager is deprecated. Use Manager via ManagerFactory.', DeprecationWarning)\n    def query(self, text):\n        return run(text)\n", "duplicate", id="its-own-warning-names-the-canonical-one"),
        pytest.param("app/a.py", "import warnings\nclass PhaseManager:\n    def __init__(self, size=0):\n        warnings.warn('the parameter size is deprecated, use that of UnifiedManager', DeprecationWarning)\n    def query(self, text):\n        return run(text)\n", "companion", id="a-warning-of-a-parameter"),
        pytest.param("app/a.py", "import warnings\nclass PhaseManager:\n    def __init__(self):\n        warnings.warn('PhaseManager is deprecated. Use Stage.', DeprecationWarning)\n    def query(self, text):\n        return run(text)\n", "companion", id="a-warning-that-names-something-else"),
        pytest.param("app/a.py", "import warnings\nclass ManagerPool:\n    def __init__(self):\n        warnings.warn('ManagerPool is deprecated. Use Manager.', DeprecationWarning)\n    def take(self): return pop()\n    def give(self): return put()\n", "companion", id="a-warning-of-a-class-of-another-kind"),
        pytest.param("app/a.py", "class ManagerPool:\n    def drop_link(self, x):\n        x.close()\n    def take(self): return pop()\n    def give(self): return put()\n", "companion", id="other-head-noun"),
        pytest.param("app/a.py", "from typing import Protocol\nclass SendingManager(Protocol):\n    def add_link(self, link): ...\n", "protocol", id="protocol"),
        pytest.param("app/a.py", "import abc\nclass BaseManager(abc.ABC):\n    @abc.abstractmethod\n    def add_link(self, link): ...\n    def hook(self): ...\n", "protocol", id="abc"),
        pytest.param("app/a.py", "import abc\nclass BaseManager(abc.ABC):\n    @abc.abstractmethod\n    def a(self): ...\n    def add_link(self, link):\n        open('x')\n    def drop_link(self, link):\n        open('x')\n", "duplicate", id="abc-with-bodies"),
        pytest.param("app/a.py", "from app.manager import UnifiedManager\nclass LegacyManager(UnifiedManager):\n    '''Old name.'''\n", "shim", id="bodiless-subclass"),
        pytest.param("app/a.py", "from app.manager import UnifiedManager\nclass TcpManager(UnifiedManager): ...\n", "subclass", id="a-kind-by-its-name"),
        pytest.param("app/a.py", "from zope.interface import Interface\nclass IManager(Interface):\n    def add_link(link): ...\n", "protocol", id="zope-interface"),
        pytest.param("app/a.py", "from app.api import UnifiedManager as Base\nclass LoudManager(Base):\n    def shout(self):\n        print(self)\n", "subclass", id="through-a-re-export"),
        pytest.param("app/a.py", "class MockManager:\n    def add_link(self, link):\n        return link.open()\n", "test-double", id="mock-in-production"),
        pytest.param("app/a.py", "from unittest.mock import Mock\nclass QuietManager(Mock):\n    pass\n", "test-double", id="mock-base"),
        pytest.param("app/a.py", "class QuietManager:\n    def __init__(self):\n        self.calls = []\n    def add_link(self, link):\n        self.calls.append(link)\n    async def send_to_user(self, message):\n        pass\n", "test-double", id="records-only"),
        pytest.param("tests/test_a.py", "class TestManager:\n    def test_one(self): assert True\n", "test-case", id="pytest"),
        pytest.param("tests/test_a.py", "class TestManager:\n    def __init__(self): self.sent = []\n    def send(self, x): self.sent.append(x)\n", "test-double", id="constructor"),
        pytest.param("tests/test_a.py", "class TestManager:\n    def __init__(self): ...\n    def test_one(self): assert True\n", "test-double", id="constructor-and-tests"),
        pytest.param("tests/test_a.py", "class TestManager:\n    def send(self, x): return x\n", "test-double", id="no-tests"),
        pytest.param("tests/test_a.py", "class TestManager:\n    class Inner:\n        def test_x(self): ...\n", "test-double", id="nested-tests"),
        pytest.param("tests/test_a.py", "import unittest\nclass ManagerBehaviour(unittest.TestCase):\n    def __init__(self, name): super().__init__(name)\n    def test_one(self): ...\n", "test-case", id="unittest"),
        pytest.param("app/a.py", "import unittest\nclass Base(unittest.IsolatedAsyncioTestCase): ...\nclass ManagerChecks(Base):\n    def test_one(self): ...\n", "test-case", id="unittest-through-a-base"),
        pytest.param("tests/test_a.py", "class ManagerTestSuite:\n    def __init__(self): ...\n    def test_a(self): ...\n    def test_b(self): ...\n    def run(self):\n        self.test_a()\n", "test-case", id="own-runner"),
        pytest.param("tests/a.py", "class SlowManager:\n    def add_link(self, link):\n        sleep(1)\n", "test-double", id="in-test-paths"),
        pytest.param("tests/a.py", "from app.manager import UnifiedManager\nclass BrokenManager(UnifiedManager):\n    def add_link(self, link):\n        raise OSError\n", "test-double", id="overrides-in-tests"),
        pytest.param("tests/a.py", "from app.manager import UnifiedManager\nclass TracedManager(UnifiedManager):\n    def trace(self):\n        return self.links\n", "subclass", id="adds-in-tests"),
    ],
)  # fmt: skip
def test_kind_of_a_class(path: str, source: str, expected: str) -> None:
    files = {path: source, "app/b.py": "class AppError(RuntimeError): ...\n"}
    assert list(kinds(files).values()) == [expected]


def test_a_bodiless_class_made_from_the_stub_of_a_fallback_is_one_too() -> None:
    files = {
        "app/a.py": """
            try:
                from app.manager import UnifiedManager as OldManager
            except ImportError:
                class OldManager:
                    def add_link(self, link):
                        raise NotImplementedError

                class QuickManager(OldManager):
                    pass
            """
    }
    assert kinds(files) == {"OldManager": "test-double", "QuickManager": "test-double"}


def test_a_record_is_a_duplicate_when_the_canonical_class_is_one_and_the_fields_are_shared() -> None:
    files = {
        "app/a.py": """
            from dataclasses import dataclass

            @dataclass
            class LinkInfo:
                connection_id: str
                user_id: str
                since: float

            @dataclass
            class ConnectionStats:
                connection_id: str
                sent: int
                received: int
                failed: int

            class PlainConnection:
                def __init__(self, user_id, socket):
                    self.user_id = user_id
                    self.socket = socket

            class ConnectionWatcher:
                def watch(self, link):
                    return link.opened
            """,
        "tests/a.py": """
            from dataclasses import dataclass

            @dataclass
            class ConnectionAttempt:
                number: int

            @dataclass
            class FakeConnection:
                number: int

            @dataclass
            class CopiedConnection:
                connection_id: str
                user_id: str
                socket: object
            """,
    }
    assert kinds(files, "connection") == {
        "LinkInfo": "duplicate",
        "ConnectionStats": "companion",
        "PlainConnection": "duplicate",
        "ConnectionWatcher": "companion",
        "ConnectionAttempt": "companion",
        "FakeConnection": "test-double",
        "CopiedConnection": "test-double",
    }


ADAPTER = """
    from app.manager import UnifiedManager

    class {name}:
        def __init__(self, inner{annotation}):
            self._inner = inner

        def add(self, link):
            self._inner.add_link(link)

        async def send(self, message):
            try:
                await self._inner.send_to_user(message)
            except OSError:
                print("failed")
                raise

        async def send_twice(self, message):
            await self.send(message)
            await self.send(message)
    """


@pytest.mark.parametrize(
    ("name", "annotation", "expected"),
    [
        pytest.param("ThreadManager", ": UnifiedManager", "shim", id="annotated"),
        pytest.param("ThreadManager", ': "UnifiedManager | None" = None', "shim", id="optional"),
        pytest.param("ManagerAdapter", "", "shim", id="called-adapter"),
        pytest.param("ThreadManager", "", "companion", id="nobody-knows-to-what"),
        pytest.param("Manager", "", "duplicate", id="the-alias-itself"),
    ],
)
def test_forwarding_is_seen_where_the_holder_is_known(name: str, annotation: str, expected: str) -> None:
    source = ADAPTER.format(name=name, annotation=annotation)
    assert list(kinds({"app/a.py": source}).values()) == [expected]


def test_an_adapter_that_loops_and_keeps_a_backlog_implements_something() -> None:
    source = """
        from app.manager import UnifiedManager

        class ManagerAdapter:
            def __init__(self, inner: UnifiedManager):
                self._inner = inner
                self._backlog = []

            def add_link(self, link):
                self._inner.add_link(link)
                for message in self._backlog:
                    print(message)

            def drop_link(self, link):
                while self._backlog:
                    self._inner.drop_link(self._backlog.pop())
        """
    assert kinds({"app/a.py": source}) == {"ManagerAdapter": "duplicate"}


def test_names_that_hand_on_the_canonical_class() -> None:
    files = {
        "app/legacy.py": "from app.manager import UnifiedManager\n",
        "app/renamed.py": "from app.manager import UnifiedManager as Manager\n__all__ = ['Manager']\n",
        "app/lazy.py": """
            def __getattr__(name):
                if name == "Manager":
                    from app.manager import UnifiedManager
                    return UnifiedManager
                raise AttributeError(name)
            """,
        "app/user.py": "from app.legacy import UnifiedManager\nfrom app.renamed import Manager\n",
    }
    found = [(c.symbol, c.kind, c.importers) for c in claims(linked(files))["manager"] if c.definition < 0]
    assert found == [
        ("app.lazy:Manager", "shim", 0),
        ("app.legacy:UnifiedManager", "shim", 1),
        ("app.renamed:Manager", "alias", 1),
    ]


def test_classes_in_functions_and_classes_are_claims() -> None:
    source = """
        def emergency():
            class QuickManager:
                def add_link(self, link):
                    return link.open()
            return QuickManager()

        class Service:
            class InnerManager:
                def add_link(self, link):
                    return link.open()
        """
    assert kinds({"app/a.py": source}) == {
        "emergency.<locals>.QuickManager": "duplicate",
        "Service.InnerManager": "duplicate",
    }


def test_a_claim_belongs_to_the_concept_its_name_ends_with() -> None:
    project = linked({})
    names = ("ConnectionManager", "ManagerConnection", "ConnectionManagerPool", "LinkInfo", "Socket")
    assert {name: concept.name if (concept := concept_of(project, name)) else None for name in names} == {
        "ConnectionManager": "manager",
        "ManagerConnection": "connection",
        "ConnectionManagerPool": "manager",
        "LinkInfo": "connection",
        "Socket": None,
    }


def test_name_matches_and_funnel_below_paths() -> None:
    project = linked(
        {
            "app/a.py": "class AManager: ...\nclass ConnectionManager: ...\n",
            "lib/b.py": "def f():\n    class BManager: ...\n",
        }
    )
    assert name_matches(project) == {
        "manager": {"*Manager*": (5, 4)},
        "connection": {"*Connection*": (2, 2), "LinkInfo": (0, 0)},
    }
    assert name_matches(project, ["lib"])["manager"] == {"*Manager*": (1, 1)}
    assert name_matches(project, ["app/a.py", "li"])["manager"] == {"*Manager*": (2, 1)}
    assert funnel(project, ["app/manager.py", "app/factory.py"])["manager"] == ConceptSummary(
        claims=2, files=2, by_kind={"canonical": 1, "companion": 1}, violations=0, names={"*Manager*": (2, 2)}
    )


def test_functions_claim_a_concept_that_is_a_function() -> None:
    project = project_of(
        {
            "app/__init__.py": "",
            "app/retry.py": "def retry(call):\n    return call()\n",
            "app/a.py": """
                from app.retry import retry

                def retry_quickly(call):
                    return retry(call)

                def retry_forever(call):
                    while True:
                        call()

                class Worker:
                    def retry_later(self): ...
                """,
            "tests/test_a.py": "def test_retry_works(): ...\ndef fake_retry_call(x): return x\n",
        },
        '[concepts.retry]\ncanonical = "app.retry:retry"\nnames = ["*retry*"]\n',
    )
    found = {c.symbol: c.kind for c in claims(project)["retry"]}
    assert found == {
        "app.retry:retry": "canonical",
        "app.a:retry_quickly": "shim",
        "app.a:retry_forever": "duplicate",
        "tests.test_a:test_retry_works": "test-case",
        "tests.test_a:fake_retry_call": "test-double",
    }


def test_a_canonical_class_that_is_not_there_leaves_its_claims_to_their_names() -> None:
    project = project_of(
        {
            "a.py": "class OldManager:\n    def x(self): return open('x')\nclass ManagerPool:\n    def y(self): return open('x')\n"
        },
        '[concepts.manager]\ncanonical = "gone.manager:Manager"\nnames = ["*Manager*"]\n',
    )
    assert {c.symbol: c.kind for c in claims(project)["manager"]} == {
        "a:OldManager": "duplicate",
        "a:ManagerPool": "companion",
    }


def test_words_of_a_name() -> None:
    assert [words(name) for name in ("HTTPServerPool", "_LegacyWSManager2", "get_web_socket", "")] == [
        ("http", "server", "pool"), ("legacy", "ws", "manager", "2"), ("get", "web", "socket"), (),
    ]  # fmt: skip


SNIPPETS = (
    "class AManager:\n    def add_link(self, link): return link.open()\n",
    "from app.manager import UnifiedManager\nclass BManager(UnifiedManager): ...\n",
    "from app.manager import UnifiedManager as Manager\n",
    "from app.f0 import Manager\nCManager = Manager\n",
    "def make():\n    class DManager:\n        def drop_link(self, x): return x.close()\n    return DManager()\n",
    "class TestManager:\n    def test_x(self): ...\n",
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(SNIPPETS), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_files_changes_nothing_and_no_claim_is_counted_twice(
    chosen: list[str], random: object
) -> None:
    files = {f"app/f{number}.py": source for number, source in enumerate(chosen)}
    items = list((HOME | files).items())
    random.shuffle(items)  # type: ignore[attr-defined]
    one, other = claims(linked(files)), claims(project_of(dict(items), CONFIG))
    assert one == other
    every = [(claim.path, claim.line, claim.symbol) for found in one.values() for claim in found]
    assert len(every) == len(set(every))


def test_command_line(tmp_path: Path) -> None:
    for path, source in {
        "app/manager.py": "class Manager:\n    pass\n",
        "app/old.py": "class Manager:\n    pass\n",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(source)
    (tmp_path / "ssot-lint.toml").write_text(
        '[concepts.manager]\ncanonical = "app.manager:Manager"\nnames = ["*Manager"]\n'
    )

    def run(*arguments: str) -> tuple[int, str, str]:
        command = [
            sys.executable,
            "-m",
            "ssot_lint",
            "concepts",
            "--root",
            str(tmp_path),
            "--no-cache",
            *arguments,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    status, out, _ = run("--format", "json")
    assert (status, json.loads(out)) == (
        0,
        {
            "schema_version": 1,
            "concepts": [
                {
                    "name": "manager",
                    "canonical": "app.manager:Manager",
                    "claims": [
                        {"path": "app/manager.py", "line": 1, "symbol": "app.manager:Manager", "kind": "canonical", "reason": "configured as canonical", "importers": 0, "verdict": None},
                        {"path": "app/old.py", "line": 1, "symbol": "app.old:Manager", "kind": "duplicate", "reason": "an implementation of its own: 0 public members, 0 of them in app.manager:Manager", "importers": 0, "verdict": "drop-in"},
                    ],
                }
            ],
        },
    )  # fmt: skip
    status, out, _ = run("manager", "--kind", "duplicate")
    assert (status, out.splitlines()[-6:]) == (
        0,
        [
            "",
            "  duplicate",
            "    app/old.py:1  Manager",
            "        an implementation of its own: 0 public members, 0 of them in app.manager:Manager",
            "        replacing it: drop-in",
            "          - the canonical definition has all its members, with compatible signatures",
        ],
    )
    status, out, error = run("manger")
    assert (status, out, "Did you mean manager?" in error) == (2, "", True)


def test_a_name_that_production_gives_the_canonical_class_claims_too() -> None:
    config = """
        [concepts.manager]
        canonical = "app.manager:UserManager"
        names = ["*UserManager*"]

        [concepts.user]
        canonical = "app.manager:User"
        names = ["*User*"]
        """
    files = {
        "app/manager.py": "class User: ...\nclass UserManager:\n    def send(self): return 1\n",
        "app/compat.py": "from app.manager import UserManager\nUserThreadManager = UserManager\nReconnection = UserManager\n",
        "app/thread.py": "class UserThreadManager:\n    def send(self): return self.link.put(2)\nclass Reconnection: ...\nUser\n",
        "tests/test_a.py": "from app.manager import UserManager\nUserTestManager = UserManager\n",
    }
    linked = project_of(files, dedent(config))
    found = {
        name: concept.name if (concept := concept_of(linked, name)) is not None else None
        for name in ("UserThreadManager", "UserTestManager", "Reconnection")
    }
    assert found == {"UserThreadManager": "manager", "UserTestManager": "user", "Reconnection": None}
    assert ("app.thread:UserThreadManager", "duplicate") in [
        (claim.symbol, claim.kind) for claim in claims(linked)["manager"]
    ]


def test_a_copy_of_the_canonical_class_in_test_code_is_a_duplicate() -> None:
    body = """
        class NAME:
            def __init__(self, user):
                self.user = user
                self.links = {}

            def add(self, link):
                if link.id in self.links:
                    raise ValueError(link.id)
                self.links[link.id] = link
                self.user.joined(link)

            def drop(self, link):
                for other in list(self.links):
                    if other == link.id:
                        del self.links[other]
        """
    other = body.replace(
        "                self.user.joined(link)\n", "                self.seen = 1\n                print()\n"
    )
    files = {
        "app/manager.py": body.replace("NAME", "Manager"),
        "tests/test_copy.py": body.replace("NAME", "LocalManager").replace("links", "others"),
        "tests/test_own.py": other.replace("NAME", "FakeManager")
        .replace("list(self.links)", "self.all()")
        .replace(
            "                    if other == link.id:\n                        del", "                    del"
        ),
    }
    config = '[concepts.manager]\ncanonical = "app.manager:Manager"\nnames = ["*Manager"]\n'
    linked = project_of({path: dedent(text) for path, text in files.items()}, config)
    assert [(item.symbol, item.kind, item.reason) for item in claims(linked)["manager"]][1:] == [
        (
            "tests.test_copy:LocalManager",
            "duplicate",
            "a copy in test code: 100 % of the statements are the same",
        ),
        (
            "tests.test_own:FakeManager",
            "test-double",
            "stands in test code; has 2 of 2 public members of app.manager:Manager",
        ),
    ]


def test_what_the_canonical_class_leaves_undone_too_makes_no_stub() -> None:
    money = "class Money:\n    def __init__(self, sum):\n        self.sum = sum\n    def show(self):\n        return f'{self.sum} EUR'\n"
    silent = "class Money:\n    def show(self):\n        return ''\n"
    busy = money + "    def add(self, other):\n        self.sum = self.sum + other\n"
    config = '[concepts.money]\ncanonical = "shop.money:Money"\n'
    plain = project_of({"shop/money.py": money, "shop/old.py": money}, config)
    assert [claim.kind for claim in claims(plain)["money"]] == ["canonical", "duplicate"]
    stub = silent + "    def add(self, other):\n        pass\n"
    acting = project_of({"shop/money.py": busy, "shop/old.py": stub}, config)
    assert [claim.kind for claim in claims(acting)["money"]] == ["canonical", "test-double"]
