"""Examples of `move-definition`: the place in the new home, and what is there already."""

from __future__ import annotations

from ssot_lint.codemod import Example

from ._examples_move_units import move

HOMES = (
    Example(
        before={
            "shop/__init__.py": "",
            "shop/money.py": "class Money: ...\n",
            "bank/__init__.py": '"""Banks."""\n',
            "app.py": "from shop.money import Money\n",
        },
        requests=(move("shop.money:Money", "bank"),),
        after={
            "bank/__init__.py": '"""Banks."""\n\n\nclass Money: ...\n',
            "shop/money.py": "from bank import Money  # noqa: F401\n",
        },
        id="hard-65",
    ),
    Example(
        before={
            "shop/__init__.py": "",
            "shop/money.py": "class Money: ...\n",
            "bank/__init__.py": "",
            "bank/accounts.py": "x = 1\n",
            "app.py": "from shop.money import Money\n",
        },
        requests=(move("shop.money:Money", "bank.accounts"),),
        after={
            "bank/accounts.py": """
                x = 1


                class Money: ...
            """,
            "shop/money.py": "from bank.accounts import Money  # noqa: F401\n",
        },
        id="hard-65-module",
    ),
    Example(
        before={
            "shop/__init__.py": "",
            "shop/money.py": "class Money: ...\n",
            "bank/__init__.py": "",
            "app.py": "from shop.money import Money\n",
        },
        requests=(move("shop.money:Money", "bank.money"),),
        after={
            "bank/money.py": "class Money: ...\n",
            "shop/money.py": "from bank.money import Money  # noqa: F401\n",
        },
        id="hard-65-new",
    ),
    Example(
        before={
            "a.py": """
                import os

                # About x.

                # A function
                # of two lines.
                def f():
                    return os.sep


                x = 1
            """,
            "b.py": '"""B."""\n\ny = 2\n',
        },
        requests=(move("a:f", "b"),),
        after={
            "a.py": """
                # About x.


                x = 1
            """,
            "b.py": '"""B."""\n\nimport os\n\ny = 2\n\n\n# A function\n# of two lines.\ndef f():\n    return os.sep\n',
        },
        id="hard-66",
    ),
    Example(
        before={
            "origin.py": "class X: ...\n",
            "home.py": """
                import os
                from origin import X

                made = X()
            """,
            "user.py": "from home import made, X\n",
        },
        requests=(move("origin:X", "home"),),
        after={
            "home.py": """
                import os


                class X: ...


                made = X()
            """,
            "origin.py": "",
        },
        id="hard-72",
    ),
    Example(
        before={
            "core/__init__.py": "",
            "core/impl.py": "class Manager: ...\n",
            "core/manager.py": '"""The home."""\n\nfrom core.impl import Manager as WebSocketManager\nfrom core.impl import Manager\n\n__all__ = ["Manager", "WebSocketManager"]\n',
            "user.py": """
                from core.impl import Manager
                from core.manager import WebSocketManager
            """,
        },
        requests=(move("core.impl:Manager", "core.manager"),),
        after={
            "core/impl.py": "from core.manager import Manager  # noqa: F401\n",
            "core/manager.py": '"""The home."""\n\n\nclass Manager: ...\n\n\nWebSocketManager = Manager\n\n\n__all__ = ["Manager", "WebSocketManager"]\n',
        },
        id="hard-72-reexport",
    ),
    Example(
        before={
            "origin.py": """
                import os


                def f():
                    return os.sep
            """,
            "home.py": '"""Home.\n\nWith a blank line.\n"""\n',
        },
        requests=(move("origin:f", "home"),),
        after={
            "home.py": '"""Home.\n\nWith a blank line.\n"""\n\nimport os\n\n\ndef f():\n    return os.sep\n',
            "origin.py": "",
        },
        id="hard-77",
    ),
    Example(
        before={
            "origin.py": """
                import os


                def f():
                    return os.sep
            """,
            "home.py": "# -*- coding: utf-8 -*-",
        },
        requests=(move("origin:f", "home"),),
        after={
            "home.py": "# -*- coding: utf-8 -*-\nimport os\n\n\ndef f():\n    return os.sep",
            "origin.py": "",
        },
        id="hard-78",
    ),
    Example(
        before={
            "origin.py": 'TEXT = """a\\\nb"""\n\n\ndef f():\n    return TEXT\n\n\ndef g():\n    """c\\\n    d"""\n    return f()\n',
        },
        requests=(move("origin:f", "home"),),
        after={
            "home.py": 'TEXT = """a\\\nb"""\n\n\ndef f():\n    return TEXT\n',
            "origin.py": 'from home import f\n\n\ndef g():\n    """c\\\n    d"""\n    return f()\n',
        },
        id="hard-79",
    ),
    Example(
        before={
            "origin.py": """
                __all__ = ["Moving", "Other"]


                class Moving: ...


                class Other: ...
            """,
            "home.py": """
                __all__ = ('first',)
                first = 1
            """,
            "user.py": """
                from origin import Moving

                Moving()
            """,
        },
        requests=(move("origin:Moving", "home", leave="nothing"),),
        after={
            "home.py": """
                __all__ = ('first', 'Moving',)
                first = 1


                class Moving: ...
            """,
            "origin.py": """
                __all__ = ["Other"]


                class Other: ...
            """,
            "user.py": """
                from home import Moving

                Moving()
            """,
        },
        id="hard-118-listed",
    ),
    Example(
        before={
            "origin.py": "class X: ...\n",
            "home.py": """
                def f():
                    from origin import X

                    return X()
            """,
        },
        requests=(move("origin:X", "home"),),
        after={
            "home.py": """
                def f():
                    return X()


                class X: ...
            """,
            "origin.py": "",
        },
        id="hard-120",
    ),
    Example(
        before={
            "app/__init__.py": "",
            "app/file1.py": "def foo(): ...\n",
            "app/file2.py": "def bar(): ...\n",
            "app/main.py": """
                from app import file2


                def main():
                    file2.bar()
            """,
        },
        requests=(move("app.file2:bar", "app.file1"),),
        after={
            "app/file1.py": """
                def foo(): ...


                def bar(): ...
            """,
            "app/file2.py": "from app.file1 import bar  # noqa: F401\n",
        },
        id="hard-122",
    ),
    Example(
        before={
            "origin.py": """
                # about os
                import os
                def f():
                    return os.sep
                x = 1
            """,
        },
        requests=(move("origin:f", "home"),),
        after={
            "home.py": """
                import os


                def f():
                    return os.sep
            """,
            "origin.py": """
                # about os

                x = 1
            """,
        },
        id="hard-123",
    ),
    Example(
        before={
            "a.py": "def f(): ...\n",
            "c.py": "f = 1\n",
        },
        requests=(move("a:f", "c"),),
        refused=("c has another f",),
        id="collision",
    ),
    Example(
        before={
            "a.py": """
                from datetime import datetime


                def f():
                    return datetime.now()
            """,
            "c.py": """
                import datetime

                now = datetime.datetime.now()
            """,
        },
        requests=(move("a:f", "c"),),
        refused=("datetime is bound already on line 1",),
        id="import-collision",
    ),
    Example(
        before={
            "a.py": """
                def f():
                    return '€'
            """,
            "c.py": b"# -*- coding: latin-1 -*-\nx = '\xe4'\r\n",
        },
        requests=(move("a:f", "c"),),
        refused=("c is written in latin-1, which lacks '€'",),
        id="latin",
    ),
    Example(
        before={
            "a.py": """
                def f():
                    return 'ü'
            """,
            "c.py": b"# -*- coding: latin-1 -*-\r\nx = '\xe4'\r\n",
        },
        requests=(move("a:f", "c"),),
        after={
            "a.py": "",
            "c.py": b"# -*- coding: latin-1 -*-\r\nx = '\xe4'\r\n\r\n\r\ndef f():\r\n    return '\xfc'\r\n",
        },
        id="latin-ok",
    ),
    Example(
        before={
            "a.py": "def f(): ...\n",
            "c.py": """
                def main(): ...


                # Run it.
                if __name__ == '__main__':
                    main()
            """,
            "u.py": "from a import f\n",
        },
        requests=(move("a:f", "c"),),
        after={
            "a.py": "from c import f  # noqa: F401\n",
            "c.py": """
                def main(): ...


                def f(): ...


                # Run it.
                if __name__ == '__main__':
                    main()
            """,
        },
        id="main",
    ),
)
