"""Examples of `move-definition`: what moves as a whole, and what does not move."""

from __future__ import annotations

from ssot_lint.codemod import Example


def move(symbol: str, to: str, leave: str = "import") -> dict[str, str]:
    """One request."""
    return {"symbol": symbol, "to": to, "leave": leave}


UNITS = (
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
        requests=(move("a:foo", "c"),),
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
        requests=(move("a:foo", "c"),),
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
        requests=(move("a:count", "c"),),
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
        requests=(move("a:LIMITS", "c"),),
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
            "origin.py": """
                def f():
                    def g(): ...
            """,
        },
        requests=(move("origin:f.g", "home"),),
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
        requests=(move("origin:C.x", "home"),),
        refused=("C.x is no name of the module: methods and nested definitions do not move",),
        id="hard-82-attribute",
    ),
    Example(
        before={
            "origin.py": "class C: ...\n",
        },
        requests=(move("origin:C", "origin"),),
        refused=("C is in origin already",),
        id="hard-82-same",
    ),
    Example(
        before={
            "origin.py": "def f(): ...\n",
            "folder/inner.py": "",
        },
        requests=(move("origin:f", "folder"),),
        refused=("folder is a folder without __init__.py",),
        id="hard-82-folder",
    ),
    Example(
        before={
            "origin.py": "def f(): ...\n",
        },
        requests=(move("origin:f", "nowhere.home"),),
        refused=("there is no package nowhere",),
        id="hard-82-nowhere",
    ),
    Example(
        before={
            "origin.py": "def f(): ...\n",
            "plain.py": "",
        },
        requests=(move("origin:f", "plain.home"),),
        refused=("plain is a module and can have no module plain.home",),
        id="hard-82-module",
    ),
    Example(
        before={
            "origin.py": "def f(): ...\n",
        },
        requests=(move("origin:g", "home"),),
        refused=("g is not defined there",),
        id="hard-82-missing",
    ),
    Example(
        before={
            "origin.py": "from os import sep\n",
        },
        requests=(move("origin:sep", "home"),),
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
        requests=(move("origin:f", "home"),),
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
        requests=(move("origin:f", "home"),),
        refused=("f is defined again on line 4",),
        id="hard-82-twice",
    ),
    Example(
        before={
            "origin.py": "def f(): ...\n",
        },
        requests=(
            move("origin:f", "one"),
            move("origin:f", "two"),
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
        requests=(move("origin:Guest.m", "home"),),
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
        requests=(move("origin:Child.m", "home"),),
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
        requests=(move("origin:Goose.quack", "home"),),
        refused=("Goose.quack is no name of the module: methods and nested definitions do not move",),
        id="hard-102",
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
        requests=(move("origin:X", "home"),),
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
        requests=(move("a:f", "c"),),
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
                _one = None


                def get():
                    global _one
                    _one = _one or object()
                    return _one


                def other(): ...
            """,
        },
        requests=(move("a:get", "c"),),
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
        requests=(move("a.x:f", "b.y"),),
        refused=("the code reads __file__, which is in another folder then",),
        id="dunder-file",
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
        requests=(move("a:X", "c"),),
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
        requests=(move("a:send", "c"),),
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
)
