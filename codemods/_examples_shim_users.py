"""Examples of `replace-with-shim`: who reads the name, in the module itself and in patches, and when it has to stay."""

from __future__ import annotations

from ssot_lint.codemod import Example

from ._examples_shims import ASK, CONFIG, COPY, HOME, MODULE, SHIM

CIRCLE = {
    "shop/__init__.py": "",
    "shop/manager.py": "from shop import hub\n\n" + COPY,
    "shop/hub.py": "from shop import old\n",
}

READS_NOW = """
from shop.clock import now


class Manager:
    def send(self):
        return now()
"""

USERS = (
    Example(
        HOME
        | {
            "shop/old.py": f"{COPY}\n\ndef build(user: 'Manager') -> Manager:\n    return Manager(f'{{user}}')\n",
            "tests/test_old.py": """
                from unittest.mock import patch

                from shop import old


                @patch("shop.old.Manager")
                def test_build(made):
                    assert old.build("ada") is made.return_value


                def test_other(monkeypatch):
                    monkeypatch.setattr(old, "Manager", str)
                    with patch("shop.old.Manager.send"):
                        assert old.build("ada") == "ada"
                """,
        },
        [ASK],
        {
            "shop/old.py": f"""import warnings
from typing import TYPE_CHECKING

from shop.manager import Manager as _Manager


{SHIM}

def build(user: '_Manager') -> _Manager:
    return _Manager(f'{{user}}')
""",
            "tests/test_old.py": """
                from unittest.mock import patch

                from shop import old


                @patch("shop.old._Manager")
                def test_build(made):
                    assert old.build("ada") is made.return_value


                def test_other(monkeypatch):
                    monkeypatch.setattr(old, "_Manager", str)
                    with patch("shop.old.Manager.send"):
                        assert old.build("ada") == "ada"
                """,
        },
        id="hard-144-shim",
    ),
    Example(
        HOME
        | {
            "shop/old.py": COPY,
            "shop/user.py": "from shop.old import Manager\n\n\ndef use():\n    return Manager(1)\n",
            "tests/test_user.py": """
                from unittest.mock import patch


                def test_use():
                    with patch("shop.user.Manager"):
                        pass
                """,
        },
        [ASK],
        {"shop/old.py": MODULE},
        id="hard-145-shim",
    ),
    Example(
        {
            "shop/__init__.py": "",
            "shop/clock.py": "def now():\n    return 1\n",
            "shop/manager.py": READS_NOW,
            "shop/old.py": READS_NOW,
            "tests/test_old.py": """
                from unittest.mock import patch

                from shop.old import Manager


                @patch("shop.old.now", return_value=2)
                def test_send(now):
                    assert Manager().send() == 2
                """,
        },
        [ASK],
        {
            "shop/old.py": MODULE,
            "tests/test_old.py": """
                from unittest.mock import patch

                from shop.old import Manager


                @patch("shop.manager.now", return_value=2)
                def test_send(now):
                    assert Manager().send() == 2
                """,
        },
        id="hard-146-shim",
    ),
    Example(
        HOME
        | {
            "shop/old.py": COPY + "\n\ndef build(user):\n    return Manager(user)\n",
            "shop/late.py": "def get():\n    from shop.old import Manager\n\n    return Manager\n",
            "tests/test_old.py": """
                from unittest.mock import patch

                from shop import late, old


                @patch("shop.old.Manager")
                def test_both(made):
                    assert late.get() is made
                    assert old.build(1) is made.return_value
                """,
        },
        [ASK],
        refused=("patches it for two readers: the module itself, and shop/late.py:2",),
        id="hard-147-shim",
    ),
    Example(
        HOME
        | {
            "shop/old.py": COPY + "\n\ndef build(user):\n    return Manager(user)\n",
            "tests/test_old.py": """
                from unittest.mock import patch

                TARGET = "shop.old.Manager"


                def test_build():
                    with patch(TARGET):
                        pass
                """,
        },
        [ASK],
        refused=("the patch at tests/test_old.py:7 names Manager in a way that cannot be changed",),
        id="hard-148-shim",
    ),
    Example(
        {
            "shop/__init__.py": "from shop.manager import Manager\n",
            "shop/manager.py": COPY.lstrip() + "\n\ndef connect():\n    return Manager(1)\n",
            "main.py": "import shop\n\nprint(shop.manager.connect())\n",
        },
        [{"symbol": "shop:Manager", "canonical": "shop.manager:Manager"}],
        refused=("main.py:3 reads shop.manager, which only this import loads",),
        id="hard-157-shim-b",
    ),
    Example(
        HOME
        | {
            "shop/old.py": """
                class Manager:
                    def __init__(self, user):
                        self.user = user

                    def send(self, message):
                        return message.upper()


                class Night(Manager):
                    pass


                def is_one(item):
                    return isinstance(item, Manager)
                """,
        },
        [ASK],
        config=CONFIG,
        refused=(
            "replacing it is adapter: 1 class derived from it, first at shop/old.py:9; its identity is checked",
        ),
        id="hard-166-shim",
    ),
    Example(
        HOME
        | {
            "shop/old.py": """
                class Manager:
                    def __init__(self, user):
                        self.user = user

                    def send(self, message):
                        return message.upper()


                class Night(Manager):
                    pass
                """,
        },
        [ASK | {"accept": "adapter"}],
        {
            "shop/old.py": f"""import warnings
from typing import TYPE_CHECKING

from shop.manager import Manager as _Manager


{SHIM}

class Night(_Manager):
    pass
"""
        },
        config=CONFIG,
        id="hard-166-shim-b",
    ),
    Example(
        HOME
        | {
            "shop/old.py": "from shop.manager import Manager\n",
            "shop/manager.py": "from shop.registry import register\n\n\nclass Manager:\n    pass\n\n\nregister(Manager)\n",
            "shop/registry.py": "def register(item):\n    print(item)\n",
        },
        [ASK],
        refused=("importing shop.manager has effects, which asking for Manager later would delay",),
        id="hard-167-shim",
    ),
    Example(
        HOME | {"shop/old.py": COPY, "shop/old.pyi": "class Manager: ...\n"},
        [ASK],
        refused=("it has a stub file beside it",),
        id="hard-165-shim",
    ),
    Example(
        HOME
        | {
            "tests/test_it.py": """
                import json


                class Manager:
                    def __init__(self, user):
                        self.user = user

                    def send(self, message):
                        return json.dumps(message)


                def test_send():
                    assert Manager(1).send(2)
                """,
            "tests/test_other.py": """
                class Fake:
                    def __init__(self, user):
                        self.user = user

                    def send(self, message):
                        return message


                def test_send():
                    assert Fake(1).send(2)
                """,
        },
        [ASK | {"symbol": "tests.test_it:Manager"}, ASK | {"symbol": "tests.test_other:Fake"}],
        {
            "tests/test_it.py": """
                from shop.manager import Manager


                def test_send():
                    assert Manager(1).send(2)
                """,
            "tests/test_other.py": """
                from shop.manager import Manager


                def test_send():
                    assert Manager(1).send(2)
                """,
        },
        id="test-double-of-its-own-file",
    ),
    Example(
        HOME
        | {
            "shop/manager.py": "from shop import hub\n\n\nclass Manager:\n    pass\n",
            "shop/hub.py": "from shop import old\n\n\nclass Other:\n    pass\n",
            "shop/old.py": "class Manager:\n    pass\n\n\nDEFAULT = Manager()\n",
            "shop/older.py": """
                import abc

                from shop.registry import Base, Meta, register


                @register
                class Registered:
                    pass


                class Twice:
                    pass


                class Twice:
                    pass


                class Changed:
                    pass


                Changed.limit = 3


                class Bound:
                    pass


                def rebind():
                    global Bound
                    Bound = None


                class Found:
                    pass


                FOUND = globals()["Found"]

                class Outer:
                    class Inner:
                        pass

                class Kept(Base):
                    pass

                class Made(metaclass=Meta):
                    pass
                """,
            "shop/registry.py": "def register(item):\n    return item\n\n\nclass Meta(type): ...\n\n\n"
            "class Base:\n    def __init_subclass__(cls):\n        register(cls)\n",
            "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef manager():\n    return 1\n",
        },
        [ASK]
        + [
            ASK | {"symbol": f"shop.older:{name}"}
            for name in (
                "Registered",
                "Twice",
                "Changed",
                "Bound",
                "Found",
                "Outer.Inner",
                "Kept",
                "Made",
                "Nobody",
            )
        ]
        + [
            {"symbol": "tests.conftest:manager", "canonical": "shop.registry:register"},
            {"symbol": "shop.manager:Manager", "canonical": "shop.manager:Manager"},
            {"symbol": "shop.nowhere:Manager", "canonical": "shop.manager:Manager"},
            ASK | {"symbol": "shop.registry:register", "canonical": "shop.manager:Absent"},
            {"symbol": "shop.hub:Other", "canonical": "shop.manager:Manager", "until": "soon"},
        ],
        refused=(
            "there is no module shop.nowhere",
            "until is 'soon'",
            "shop.manager:Manager comes from this module itself",
            "the module reads Manager itself, and importing it would close a cycle: shop.old -> shop.manager -> shop.hub -> shop.old",
            "shop.older binds no Nobody",
            "its decorator @register may do more than decorate",
            "Twice is bound in several places",
            "the module changes Changed after defining it",
            "Bound is bound in several places",
            "the module looks Found up in globals()",
            "Outer.Inner is defined inside another definition",
            "Base.__init_subclass__ may do something for it",
            "its metaclass Meta may do more than make it",
            "shop.manager:Absent is no class or function",
            "manager is a fixture",
        ),
        id="refused",
    ),
    Example(
        CIRCLE
        | {
            "shop/old.py": f"""from __future__ import annotations
{COPY}

def build(user: Manager) -> list[Manager]:
    \"\"\"Two of them.\"\"\"
    made = Manager(user)
    return [made, *(Manager(name) for name in "b")]


class Office:
    head: Manager

    async def open(self):
        def later():
            return Manager(self)

        return later
""",
            "tests/test_old.py": """
                from unittest.mock import patch

                from shop import old


                @patch("shop.old.Manager")
                def test_build(made):
                    assert old.build("ada") == [made.return_value] * 2
                """,
        },
        [ASK],
        {
            "shop/old.py": f"""from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.manager import Manager as _Manager


{SHIM}

def build(user: _Manager) -> list[_Manager]:
    \"\"\"Two of them.\"\"\"
    from shop.manager import Manager as _Manager
    made = _Manager(user)
    return [made, *(_Manager(name) for name in "b")]


class Office:
    head: _Manager

    async def open(self):
        from shop.manager import Manager as _Manager
        def later():
            return _Manager(self)

        return later
""",
            "tests/test_old.py": """
                from unittest.mock import patch

                from shop import old


                @patch("shop.manager.Manager")
                def test_build(made):
                    assert old.build("ada") == [made.return_value] * 2
                """,
        },
        id="placed-in-functions-where-a-cycle-would-close",
    ),
    Example(
        CIRCLE
        | {
            "shop/old.py": f"{COPY}\n\ndef build():\n    return Manager(1)\n\n\nFIRST = build()\n",
            "shop/model.py": f"from __future__ import annotations\n\nimport far\n\n{COPY}\n\n"
            "class Till(far.Model):\n    manager: Manager\n",
            "shop/hub.py": "from shop import model, old, older\nfrom shop.late import lately\n\nFIRST = lately()\n",
            "shop/older.py": f"{COPY}\n\ndef made(of: Manager):\n    return of\n",
            "shop/late.py": f"{COPY}\n\ndef lately():\n    return Manager(1)\n",
        },
        [ASK | {"symbol": f"shop.{name}:Manager"} for name in ("old", "older", "late", "model")],
        refused=(
            "lately reads Manager, shop/hub.py:4 may call it during the import, and importing it would close a "
            "cycle: shop.late -> shop.manager -> shop.hub -> shop.late",
            "the annotation on line 15 may be evaluated when it runs, and importing it would close a cycle: "
            "shop.model -> shop.manager -> shop.hub -> shop.model",
            "build reads Manager, shop/old.py:13 may call it during the import, and importing it would close a "
            "cycle: shop.old -> shop.manager -> shop.hub -> shop.old",
            "the module reads Manager itself, and importing it would close a cycle: "
            "shop.older -> shop.manager -> shop.hub -> shop.older",
        ),
        id="functions-that-are-called-during-the-import",
    ),
)
