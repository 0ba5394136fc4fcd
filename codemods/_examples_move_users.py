"""Examples of `move-definition`: who uses what has moved, the module that it leaves and patches of tests among them."""

from __future__ import annotations

from ssot_lint.codemod import Example

from ._examples_move_units import move

USERS = (
    Example(
        before={
            "shop/__init__.py": "",
            "shop/money.py": "class Money: ...\n",
            "user.py": """
                import shop.money

                print(shop.money.Money)
            """,
            "bank.py": "",
        },
        requests=(move("shop.money:Money", "bank"),),
        after={
            "bank.py": "class Money: ...\n",
            "shop/money.py": "from bank import Money  # noqa: F401\n",
        },
        id="hard-67",
    ),
    Example(
        before={
            "shop/__init__.py": "",
            "shop/money.py": "class Money: ...\n",
            "user.py": """
                import shop.money

                print(shop.money.Money)
            """,
            "bank.py": "",
        },
        requests=(move("shop.money:Money", "bank", leave="nothing"),),
        after={
            "bank.py": "class Money: ...\n",
            "shop/money.py": "",
            "user.py": """
                import bank

                print(bank.Money)
            """,
        },
        id="hard-67-b",
    ),
    Example(
        before={
            "shop/__init__.py": "",
            "shop/money.py": "class Money: ...\n",
            "user.py": """
                from shop import money

                print(money.Money)
            """,
            "bank.py": "",
        },
        requests=(move("shop.money:Money", "bank"),),
        after={
            "bank.py": "class Money: ...\n",
            "shop/money.py": "from bank import Money  # noqa: F401\n",
        },
        id="hard-68",
    ),
    Example(
        before={
            "origin.py": """
                def f():
                    return 1
            """,
            "pkg/__init__.py": "from origin import f\n",
        },
        requests=(move("origin:f", "home"),),
        after={
            "home.py": """
                def f():
                    return 1
            """,
            "origin.py": "from home import f  # noqa: F401\n",
        },
        id="hard-69",
    ),
    Example(
        before={
            "origin.py": """
                class X: ...


                def g(): ...
            """,
            "user.py": "from origin import X\n",
        },
        requests=(move("origin:X", "home"),),
        after={
            "home.py": "class X: ...\n",
            "origin.py": """
                from home import X  # noqa: F401


                def g(): ...
            """,
        },
        id="hard-70",
    ),
    Example(
        before={
            "origin.py": """
                class X: ...


                def g():
                    return X()
            """,
        },
        requests=(move("origin:X", "home"),),
        after={
            "home.py": "class X: ...\n",
            "origin.py": """
                from home import X


                def g():
                    return X()
            """,
        },
        id="hard-71",
    ),
    Example(
        before={
            "origin.py": """
                def f(): ...


                def g(): ...
            """,
            "user.py": "from origin import f, g\n",
        },
        requests=(
            move("origin:f", "one"),
            move("origin:g", "two"),
        ),
        after={
            "one.py": "def f(): ...\n",
            "origin.py": """
                from one import f  # noqa: F401
                from two import g  # noqa: F401
            """,
            "two.py": "def g(): ...\n",
        },
        id="hard-125",
    ),
    Example(
        before={
            "origin.py": """
                def f(): ...


                def g(): ...
            """,
            "user.py": """
                from origin import f, g

                f(), g()
            """,
        },
        requests=(
            move("origin:f", "one", leave="nothing"),
            move("origin:g", "two", leave="nothing"),
        ),
        after={
            "one.py": "def f(): ...\n",
            "origin.py": "",
            "two.py": "def g(): ...\n",
            "user.py": """
                from two import g
                from one import f

                f(), g()
            """,
        },
        id="hard-125-nothing",
    ),
    Example(
        before={
            "old.py": """
                def helper(): ...


                def run():
                    return helper()
            """,
            "tests/test_run.py": """
                from unittest.mock import patch
                from old import run


                def test_run():
                    with patch('old.helper') as helper:
                        run()
                        helper.assert_called_once()
            """,
        },
        requests=(move("old:run", "new"),),
        after={
            "new.py": """
                def run():
                    from old import helper
                    return helper()
            """,
            "old.py": """
                from new import run  # noqa: F401


                def helper(): ...
            """,
        },
        id="hard-146",
    ),
    Example(
        before={
            "old.py": """
                from os import getcwd


                def run():
                    return getcwd()
            """,
            "tests/test_run.py": """
                from unittest.mock import patch
                from old import run


                @patch("old.getcwd", return_value=3)
                def test_run(getcwd):
                    assert run() == 3
            """,
        },
        requests=(move("old:run", "new"),),
        after={
            "new.py": """
                from os import getcwd


                def run():
                    return getcwd()
            """,
            "old.py": "from new import run  # noqa: F401\n",
            "tests/test_run.py": """
                from unittest.mock import patch
                from old import run


                @patch("new.getcwd", return_value=3)
                def test_run(getcwd):
                    assert run() == 3
            """,
        },
        id="hard-146-import",
    ),
    Example(
        before={
            "old.py": """
                from os import getcwd


                def run():
                    return getcwd()


                def drive():
                    return getcwd(), run()
            """,
            "tests/test_run.py": """
                from unittest.mock import patch
                from old import drive


                @patch("old.getcwd", return_value=3)
                def test_drive(getcwd):
                    assert drive() == (3, 3)
            """,
        },
        requests=(move("old:run", "new"),),
        refused=("replaces getcwd in old, which old.py:9 and the moved code read: two patches are needed",),
        id="hard-147",
    ),
    Example(
        before={
            "old.py": """
                def _helper(): ...


                def run():
                    return _helper()
            """,
            "tests/test_run.py": """
                from unittest.mock import patch
                from old import run


                def test_run(monkeypatch):
                    monkeypatch.setattr('old._helper', lambda: 3)
                    with patch('old._helper') as helper:
                        run()
                        helper.assert_called_once()
            """,
        },
        requests=(move("old:run", "new"),),
        after={
            "new.py": """
                def _helper(): ...


                def run():
                    return _helper()
            """,
            "old.py": "from new import run  # noqa: F401\n",
            "tests/test_run.py": """
                from unittest.mock import patch
                from old import run


                def test_run(monkeypatch):
                    monkeypatch.setattr('new._helper', lambda: 3)
                    with patch('new._helper') as helper:
                        run()
                        helper.assert_called_once()
            """,
        },
        id="hard-146-helper",
    ),
    Example(
        before={
            "old.py": """
                from os import getcwd


                def run():
                    return getcwd()
            """,
            "tests/test_run.py": """
                import old


                def test_run(monkeypatch):
                    monkeypatch.setattr(old, 'getcwd', lambda: 3)
                    assert old.run() == 3
            """,
        },
        requests=(move("old:run", "new"),),
        refused=("replaces getcwd in old, where the moved code read it; the site cannot follow by itself",),
        id="hard-146-object",
    ),
)
