"""What `move-definition` does with each of its cases."""

from __future__ import annotations

from ssot_lint.codemod import Example


def _move(symbol: str, to: str, leave: str = "import") -> dict[str, str]:
    return {"symbol": symbol, "to": to, "leave": leave}


EXAMPLES: tuple[Example, ...] = (
    Example(
        before={
            "a.py": """
                foo = 1
                bar = 2
                foo += 3
            """,
            "b.py": """
                import a
                print(a.foo)
            """,
        },
        requests=(_move("a:foo", "c"),),
        refused=("foo is assigned again on line 3",),
        id="hard-63",
    ),
    Example(
        before={
            "a.py": """
                foo = 1
                foo += 3
                bar = foo
            """,
        },
        requests=(_move("a:foo", "c"),),
        after={
            "a.py": """
                from c import foo

                bar = foo
            """,
            "c.py": """
                foo = 1
                foo += 3
            """,
        },
        id="hard-63-together",
    ),
    Example(
        before={
            "a.py": """
                _count = 0


                def count():
                    global _count
                    _count += 1
                    return _count


                def other():
                    return _count
            """,
        },
        requests=(_move("a:count", "c"),),
        refused=("_count is module state, bound anew by the function on line 4",),
        id="hard-63-global",
    ),
    Example(
        before={
            "a.py": """
                LIMITS = (
                    1,  # one
                    2,
                )
                rest = LIMITS
            """,
        },
        requests=(_move("a:LIMITS", "c"),),
        after={
            "a.py": """
                from c import LIMITS

                rest = LIMITS
            """,
            "c.py": """
                LIMITS = (
                    1,  # one
                    2,
                )
            """,
        },
        id="hard-64",
    ),
    Example(
        before={
            "shop/__init__.py": "",
            "shop/money.py": "class Money: ...\n",
            "bank/__init__.py": '"""Banks."""\n',
            "app.py": "from shop.money import Money\n",
        },
        requests=(_move("shop.money:Money", "bank"),),
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
        requests=(_move("shop.money:Money", "bank.accounts"),),
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
        requests=(_move("shop.money:Money", "bank.money"),),
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
        requests=(_move("a:f", "b"),),
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
            "shop/__init__.py": "",
            "shop/money.py": "class Money: ...\n",
            "user.py": """
                import shop.money

                print(shop.money.Money)
            """,
            "bank.py": "",
        },
        requests=(_move("shop.money:Money", "bank"),),
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
        requests=(_move("shop.money:Money", "bank", leave="nothing"),),
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
        requests=(_move("shop.money:Money", "bank"),),
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
        requests=(_move("origin:f", "home"),),
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
        requests=(_move("origin:X", "home"),),
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
        requests=(_move("origin:X", "home"),),
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
            "origin.py": "class X: ...\n",
            "home.py": """
                import os
                from origin import X

                made = X()
            """,
            "user.py": "from home import made, X\n",
        },
        requests=(_move("origin:X", "home"),),
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
        requests=(_move("core.impl:Manager", "core.manager"),),
        after={
            "core/impl.py": "from core.manager import Manager  # noqa: F401\n",
            "core/manager.py": '"""The home."""\n\n\nclass Manager: ...\n\n\nWebSocketManager = Manager\n\n\n__all__ = ["Manager", "WebSocketManager"]\n',
        },
        id="hard-72-reexport",
    ),
    Example(
        before={
            "origin.py": """
                import home


                def f():
                    return home.a_var + 1
            """,
            "home.py": "a_var = 1\n",
            "user.py": "from origin import f\n",
        },
        requests=(_move("origin:f", "home"),),
        after={
            "home.py": """
                a_var = 1


                def f():
                    return a_var + 1
            """,
            "origin.py": "from home import f  # noqa: F401\n",
        },
        id="hard-73",
    ),
    Example(
        before={
            "origin.py": """
                import os.path
                import sys as system
                from typing import (
                    Any,
                    Optional,  # rarely
                )


                def f(x: Any) -> Optional[int]:
                    return os.path.sep + system.platform


                y: Any = 1
            """,
            "home.py": "from typing import Iterable\n",
        },
        requests=(_move("origin:f", "home"),),
        after={
            "home.py": """
                import os.path
                import sys as system
                from typing import Any, Iterable, Optional


                def f(x: Any) -> Optional[int]:
                    return os.path.sep + system.platform
            """,
            "origin.py": """
                from typing import (
                    Any,
                )


                y: Any = 1
            """,
        },
        id="hard-74",
    ),
    Example(
        before={
            "origin.py": """
                FACTOR = 3


                def f(x):
                    return x * FACTOR


                def g():
                    return FACTOR
            """,
            "user.py": "from origin import f, FACTOR\n",
        },
        requests=(_move("origin:f", "home"),),
        after={
            "home.py": """
                def f(x):
                    from origin import FACTOR
                    return x * FACTOR
            """,
            "origin.py": """
                from home import f  # noqa: F401

                FACTOR = 3


                def g():
                    return FACTOR
            """,
        },
        id="hard-75",
    ),
    Example(
        before={
            "pkg/__init__.py": "",
            "pkg/a/__init__.py": "",
            "pkg/a/origin.py": """
                from . import tools
                from ..units import cent


                def f():
                    from .tools import late
                    return tools, cent, late
            """,
            "pkg/a/tools.py": "late = 1\n",
            "pkg/units.py": "cent = 1\n",
        },
        requests=(_move("pkg.a.origin:f", "pkg.home"),),
        after={
            "pkg/a/origin.py": "",
            "pkg/home.py": """
                from .a import tools
                from .units import cent


                def f():
                    from .a.tools import late
                    return tools, cent, late
            """,
        },
        id="hard-76",
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
        requests=(_move("origin:f", "home"),),
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
        requests=(_move("origin:f", "home"),),
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
        requests=(_move("origin:f", "home"),),
        after={
            "home.py": 'TEXT = """a\\\nb"""\n\n\ndef f():\n    return TEXT\n',
            "origin.py": 'from home import f\n\n\ndef g():\n    """c\\\n    d"""\n    return f()\n',
        },
        id="hard-79",
    ),
    Example(
        before={
            "origin.py": """
                def plain(f):
                    return f


                @plain
                def f(): ...


                @plain
                def g(): ...
            """,
            "user.py": "from origin import f\n",
        },
        requests=(_move("origin:f", "home"),),
        refused=("plain is needed when home is imported: home -> origin -> home; move plain too",),
        id="hard-80",
    ),
    Example(
        before={
            "origin.py": """
                def plain(f):
                    return f


                @plain
                def f(): ...
            """,
            "user.py": "from origin import f\n",
        },
        requests=(_move("origin:f", "home"),),
        after={
            "home.py": """
                def plain(f):
                    return f


                @plain
                def f(): ...
            """,
            "origin.py": "from home import f  # noqa: F401\n",
        },
        id="hard-80-alone",
    ),
    Example(
        before={
            "origin.py": """
                from functools import cache, wraps


                @cache
                def f(): ...


                wraps
            """,
        },
        requests=(_move("origin:f", "home"),),
        after={
            "home.py": """
                from functools import cache


                @cache
                def f(): ...
            """,
            "origin.py": """
                from functools import wraps


                wraps
            """,
        },
        id="hard-81",
    ),
    Example(
        before={
            "origin.py": """
                def f():
                    def g(): ...
            """,
        },
        requests=(_move("origin:f.g", "home"),),
        refused=("f.g is no name of the module: methods and nested definitions do not move",),
        id="hard-82",
    ),
    Example(
        before={
            "origin.py": """
                class C:
                    x = 1
            """,
        },
        requests=(_move("origin:C.x", "home"),),
        refused=("C.x is no name of the module: methods and nested definitions do not move",),
        id="hard-82-attribute",
    ),
    Example(
        before={
            "origin.py": "class C: ...\n",
        },
        requests=(_move("origin:C", "origin"),),
        refused=("C is in origin already",),
        id="hard-82-same",
    ),
    Example(
        before={
            "origin.py": "def f(): ...\n",
            "folder/inner.py": "",
        },
        requests=(_move("origin:f", "folder"),),
        refused=("folder is a folder without __init__.py",),
        id="hard-82-folder",
    ),
    Example(
        before={
            "origin.py": "def f(): ...\n",
        },
        requests=(_move("origin:f", "nowhere.home"),),
        refused=("there is no package nowhere",),
        id="hard-82-nowhere",
    ),
    Example(
        before={
            "origin.py": "def f(): ...\n",
            "plain.py": "",
        },
        requests=(_move("origin:f", "plain.home"),),
        refused=("plain is a module and can have no module plain.home",),
        id="hard-82-module",
    ),
    Example(
        before={
            "origin.py": "def f(): ...\n",
        },
        requests=(_move("origin:g", "home"),),
        refused=("g is not defined there",),
        id="hard-82-missing",
    ),
    Example(
        before={
            "origin.py": "from os import sep\n",
        },
        requests=(_move("origin:sep", "home"),),
        refused=("sep is imported there: move it from its own module",),
        id="hard-82-imported",
    ),
    Example(
        before={
            "origin.py": """
                import sys

                if sys.platform == 'win32':

                    def f(): ...

                else:

                    def f(): ...
            """,
        },
        requests=(_move("origin:f", "home"),),
        refused=("f is bound in a larger statement",),
        id="hard-82-branch",
    ),
    Example(
        before={
            "origin.py": """
                def f(): ...


                def f(): ...
            """,
        },
        requests=(_move("origin:f", "home"),),
        refused=("f is defined again on line 4",),
        id="hard-82-twice",
    ),
    Example(
        before={
            "origin.py": "def f(): ...\n",
        },
        requests=(
            _move("origin:f", "one"),
            _move("origin:f", "two"),
        ),
        refused=("is to move to one and to two",),
        id="hard-82-both",
    ),
    Example(
        before={
            "origin.py": """
                class Guest:
                    def m(self): ...
            """,
            "home.py": "class Host: ...\n",
        },
        requests=(_move("origin:Guest.m", "home"),),
        refused=("Guest.m is no name of the module: methods and nested definitions do not move",),
        id="hard-83",
    ),
    Example(
        before={
            "origin.py": """
                class Parent:
                    def m(self): ...


                class Child(Parent):
                    def m(self):
                        return super(Child, self).m()
            """,
        },
        requests=(_move("origin:Child.m", "home"),),
        refused=("Child.m is no name of the module: methods and nested definitions do not move",),
        id="hard-101",
    ),
    Example(
        before={
            "origin.py": """
                class Duck:
                    def quack(self): ...


                class Goose:
                    def quack(self): ...


                def hear(bird):
                    bird.quack()
            """,
        },
        requests=(_move("origin:Goose.quack", "home"),),
        refused=("Goose.quack is no name of the module: methods and nested definitions do not move",),
        id="hard-102",
    ),
    Example(
        before={
            "origin.py": """
                from typing import TypeVar

                T = TypeVar('T')
                _STEP = 2
                WIDTH = 80


                def _half(x):
                    return x // _STEP


                def f(x: T) -> T:
                    return _half(x) + WIDTH


                def g(x: T) -> T:
                    return WIDTH
            """,
            "user.py": "from origin import f\n",
        },
        requests=(_move("origin:f", "home"),),
        after={
            "home.py": """
                from typing import TypeVar

                T = TypeVar('T')
                _STEP = 2


                def _half(x):
                    return x // _STEP


                def f(x: T) -> T:
                    from origin import WIDTH
                    return _half(x) + WIDTH
            """,
            "origin.py": """
                from typing import TypeVar

                from home import f  # noqa: F401

                T = TypeVar('T')
                WIDTH = 80


                def g(x: T) -> T:
                    return WIDTH
            """,
        },
        id="hard-117",
    ),
    Example(
        before={
            "origin.py": """
                class Base: ...


                class Moving(Base): ...


                class Staying(Base): ...
            """,
            "user.py": "from origin import Moving\n",
        },
        requests=(_move("origin:Moving", "home"),),
        refused=("Base is needed when home is imported: home -> origin -> home; move Base too",),
        id="hard-118",
    ),
    Example(
        before={
            "origin.py": """
                class _Base: ...


                class Moving(_Base): ...


                class Staying(_Base): ...
            """,
            "user.py": "from origin import Moving\n",
        },
        requests=(_move("origin:Moving", "home"),),
        after={
            "home.py": """
                class _Base: ...


                class Moving(_Base): ...
            """,
            "origin.py": """
                from home import _Base, Moving


                class Staying(_Base): ...
            """,
        },
        id="hard-118-private",
    ),
    Example(
        before={
            "origin.py": """
                class Base: ...


                class Moving(Base): ...


                class Staying(Base): ...
            """,
            "user.py": "from origin import Moving, Base\n",
        },
        requests=(_move("origin:Moving", "home", leave="nothing"),),
        after={
            "home.py": """
                from origin import Base


                class Moving(Base): ...
            """,
            "origin.py": """
                class Base: ...


                class Staying(Base): ...
            """,
            "user.py": """
                from origin import Base
                from home import Moving
            """,
        },
        id="hard-118-nothing",
    ),
    Example(
        before={
            "origin.py": """
                @unknown.marks(1)
                @registered
                class X: ...
            """,
            "home.py": "y = 1\n",
        },
        requests=(_move("origin:X", "home"),),
        after={
            "home.py": """
                y = 1


                @unknown.marks(1)
                @registered
                class X: ...
            """,
            "origin.py": "",
        },
        id="hard-119",
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
        requests=(_move("origin:X", "home"),),
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
            "origin.py": """
                import os
                import sys


                def f():
                    return os.sep
            """,
            "user.py": "from origin import f\n",
        },
        requests=(_move("origin:f", "home"),),
        after={
            "home.py": """
                import os


                def f():
                    return os.sep
            """,
            "origin.py": """
                import sys

                from home import f  # noqa: F401
            """,
        },
        id="hard-121",
    ),
    Example(
        before={
            "origin.py": """
                import os
                import sys


                def f():
                    return os.sep
            """,
            "user.py": "from origin import f, os\n",
        },
        requests=(_move("origin:f", "home"),),
        after={
            "home.py": """
                import os


                def f():
                    return os.sep
            """,
            "origin.py": """
                import os
                import sys

                from home import f  # noqa: F401
            """,
        },
        id="hard-121-taken",
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
        requests=(_move("app.file2:bar", "app.file1"),),
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
        requests=(_move("origin:f", "home"),),
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
            "pkg/__init__.py": "",
            "pkg/origin.py": """
                from pkg.home import helper as help_


                def f():
                    return help_()
            """,
            "pkg/home.py": "def helper(): ...\n",
            "user.py": "from pkg.origin import f\n",
        },
        requests=(_move("pkg.origin:f", "pkg.home"),),
        after={
            "pkg/home.py": """
                def helper(): ...


                def f():
                    return helper()
            """,
            "pkg/origin.py": "from pkg.home import f  # noqa: F401\n",
        },
        id="hard-124",
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
            _move("origin:f", "one"),
            _move("origin:g", "two"),
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
            _move("origin:f", "one", leave="nothing"),
            _move("origin:g", "two", leave="nothing"),
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
            "file1.py": """
                from dataclasses import dataclass


                @dataclass
                class Base:
                    x: int = 0


                @dataclass
                class Derived(Base):
                    y: int = 0
            """,
            "file1/data.txt": "",
            "user.py": "from file1 import Derived\n",
        },
        requests=(
            _move("file1:Derived", "models"),
            _move("file1:Base", "models"),
        ),
        after={
            "file1.py": "from models import Derived  # noqa: F401\n",
            "models.py": """
                from dataclasses import dataclass


                @dataclass
                class Base:
                    x: int = 0


                @dataclass
                class Derived(Base):
                    y: int = 0
            """,
        },
        id="hard-126",
    ),
    Example(
        before={
            "origin.py": """
                x = 'äöü€'; y = '😀'


                def f(): return '€', other('ü')


                def other(s): return s


                def g(): return 'ö', other(f())
            """,
        },
        requests=(_move("origin:f", "home"),),
        after={
            "home.py": """
                def f():
                    from origin import other
                    return '€', other('ü')
            """,
            "origin.py": """
                from home import f

                x = 'äöü€'; y = '😀'


                def other(s): return s


                def g(): return 'ö', other(f())
            """,
        },
        id="hard-127",
    ),
    Example(
        before={
            "origin.py": """
                import os
                from pathlib import Path
                import sys as system

                ROOT = Path(os.environ.get('ROOT', system.prefix)) / 'x'
            """,
            "user.py": "from origin import ROOT\n",
        },
        requests=(_move("origin:ROOT", "home"),),
        after={
            "home.py": """
                import os
                import sys as system
                from pathlib import Path

                ROOT = Path(os.environ.get('ROOT', system.prefix)) / 'x'
            """,
            "origin.py": "from home import ROOT  # noqa: F401\n",
        },
        id="hard-128",
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
        requests=(_move("old:run", "new"),),
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
        requests=(_move("old:run", "new"),),
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
        requests=(_move("old:run", "new"),),
        refused=("replaces getcwd in old, which old.py:9 and the moved code read: two patches are needed",),
        id="hard-147",
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
        requests=(_move("origin:Moving", "home", leave="nothing"),),
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
        requests=(_move("old:run", "new"),),
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
        requests=(_move("old:run", "new"),),
        refused=("replaces getcwd in old, where the moved code read it; the site cannot follow by itself",),
        id="hard-146-object",
    ),
    Example(
        before={
            "a.py": """
                import b


                class X: ...
            """,
            "b.py": "import c\n",
            "c.py": "y = 1\n",
            "user.py": "from c import z\n",
            "d.py": "from a import X\n",
        },
        requests=(_move("a:X", "c"),),
        after={
            "a.py": """
                import b
                from c import X  # noqa: F401
            """,
            "c.py": """
                y = 1


                class X: ...
            """,
        },
        id="cycle-through",
    ),
    Example(
        before={
            "a.py": """
                import b


                def f():
                    return b.y


                x = 1
            """,
            "b.py": """
                import c

                y = 1
            """,
            "c.py": "z = 1\n",
            "user.py": "from a import f\n",
        },
        requests=(_move("a:f", "c"),),
        after={
            "a.py": """
                from c import f  # noqa: F401


                x = 1
            """,
            "c.py": """
                z = 1


                def f():
                    import b
                    return b.y
            """,
        },
        id="cycle-lazy",
    ),
    Example(
        before={
            "a.py": """
                import b


                class F(b.Base): ...
            """,
            "b.py": """
                import c


                class Base: ...
            """,
            "c.py": "z = 1\n",
            "user.py": "from a import F\n",
        },
        requests=(_move("a:F", "c"),),
        refused=("b is needed when c is imported: c -> b -> c",),
        id="cycle-refused",
    ),
    Example(
        before={
            "a.py": """
                class F: ...


                y = 1
            """,
            "c.py": "from a import y\n",
            "user.py": "from a import F\n",
        },
        requests=(_move("a:F", "c"),),
        refused=("an import circle would close: a -> c -> a",),
        id="cycle-home",
    ),
    Example(
        before={
            "a.py": """
                from __future__ import annotations

                from typing import TYPE_CHECKING

                if TYPE_CHECKING:
                    from b import B


                def f(x: B, y: list[B]) -> F: ...


                class F: ...
            """,
            "b.py": "class B: ...\n",
            "c.py": "def g(x: int): ...\n",
            "user.py": "from a import f\n",
        },
        requests=(_move("a:f", "c"),),
        after={
            "a.py": """
                from __future__ import annotations

                from typing import TYPE_CHECKING

                from c import f  # noqa: F401
            """,
            "c.py": """
                from typing import TYPE_CHECKING

                if TYPE_CHECKING:
                    from b import B


                def g(x: int): ...


                def f(x: "B", y: "list[B]") -> "F": ...


                class F: ...
            """,
        },
        id="type-checking",
    ),
    Example(
        before={
            "a.py": """
                from typing import overload


                @overload
                def f(x: int) -> int: ...
                @overload
                def f(x: str) -> str: ...
                def f(x):
                    return x
            """,
        },
        requests=(_move("a:f", "c"),),
        after={
            "a.py": "",
            "c.py": """
                from typing import overload


                @overload
                def f(x: int) -> int: ...
                @overload
                def f(x: str) -> str: ...
                def f(x):
                    return x
            """,
        },
        id="overloads",
    ),
    Example(
        before={
            "a.py": """
                try:
                    import orjson as json
                except ImportError:
                    json = None


                def f():
                    return json
            """,
            "c.py": "x = 1\n",
        },
        requests=(_move("a:f", "c"),),
        after={
            "a.py": """
                try:
                    import orjson as json
                except ImportError:
                    json = None
            """,
            "c.py": """
                x = 1

                try:
                    import orjson as json
                except ImportError:
                    json = None


                def f():
                    return json
            """,
        },
        id="guarded",
    ),
    Example(
        before={
            "a.py": """
                import logging

                logger = logging.getLogger(__name__)


                def f():
                    logger.info('x')
            """,
            "c.py": """
                import logging

                logger = logging.getLogger(__name__)

                x = 1
            """,
        },
        requests=(_move("a:f", "c"),),
        after={
            "a.py": """
                import logging

                logger = logging.getLogger(__name__)
            """,
            "c.py": """
                import logging

                logger = logging.getLogger(__name__)

                x = 1


                def f():
                    logger.info('x')
            """,
        },
        id="logger",
    ),
    Example(
        before={
            "a.py": "def f(): ...\n",
            "c.py": "f = 1\n",
        },
        requests=(_move("a:f", "c"),),
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
        requests=(_move("a:f", "c"),),
        refused=("datetime is bound already on line 1",),
        id="import-collision",
    ),
    Example(
        before={
            "a.py": """
                _one = None


                def get():
                    global _one
                    _one = _one or object()
                    return _one


                def other(): ...
            """,
        },
        requests=(_move("a:get", "c"),),
        after={
            "a.py": "def other(): ...\n",
            "c.py": """
                _one = None


                def get():
                    global _one
                    _one = _one or object()
                    return _one
            """,
        },
        id="module-state",
    ),
    Example(
        before={
            "a/x.py": """
                def f():
                    return __file__
            """,
            "a/__init__.py": "",
            "b/__init__.py": "",
        },
        requests=(_move("a.x:f", "b.y"),),
        refused=("the code reads __file__, which is in another folder then",),
        id="dunder-file",
    ),
    Example(
        before={
            "a.py": """
                def f():
                    return '€'
            """,
            "c.py": b"# -*- coding: latin-1 -*-\nx = '\xe4'\r\n",
        },
        requests=(_move("a:f", "c"),),
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
        requests=(_move("a:f", "c"),),
        after={
            "a.py": "",
            "c.py": b"# -*- coding: latin-1 -*-\r\nx = '\xe4'\r\n\r\n\r\ndef f():\r\n    return '\xfc'\r\n",
        },
        id="latin-ok",
    ),
    Example(
        before={
            "a.py": """
                class X: ...


                X.limit = 3


                def g(): return X
            """,
            "user.py": "from a import X\n",
        },
        requests=(_move("a:X", "c"),),
        after={
            "a.py": """
                from c import X


                def g(): return X
            """,
            "c.py": """
                class X: ...


                X.limit = 3
            """,
        },
        id="attached",
    ),
    Example(
        before={
            "a.py": """
                from celery import shared_task


                @shared_task
                def send(): ...
            """,
            "user.py": "from a import send\n",
        },
        requests=(_move("a:send", "c"),),
        after={
            "a.py": "from c import send  # noqa: F401\n",
            "c.py": """
                from celery import shared_task


                @shared_task
                def send(): ...
            """,
        },
        id="task",
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
        requests=(_move("a:f", "c"),),
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
