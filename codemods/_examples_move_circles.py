"""Examples of `move-definition`: the code reads what stays, and imports may close a circle."""

from __future__ import annotations

from ssot_lint.codemod import Example

from ._examples_move_units import move

CIRCLES = (
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
        requests=(move("origin:f", "home"),),
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
        requests=(move("origin:f", "home"),),
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
        requests=(move("origin:f", "home"),),
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
                class Base: ...


                class Moving(Base): ...


                class Staying(Base): ...
            """,
            "user.py": "from origin import Moving\n",
        },
        requests=(move("origin:Moving", "home"),),
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
        requests=(move("origin:Moving", "home"),),
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
        requests=(move("origin:Moving", "home", leave="nothing"),),
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
                x = 'äöü€'; y = '😀'


                def f(): return '€', other('ü')


                def other(s): return s


                def g(): return 'ö', other(f())
            """,
        },
        requests=(move("origin:f", "home"),),
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
            "a.py": """
                import b


                class X: ...
            """,
            "b.py": "import c\n",
            "c.py": "y = 1\n",
            "user.py": "from c import z\n",
            "d.py": "from a import X\n",
        },
        requests=(move("a:X", "c"),),
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
        requests=(move("a:f", "c"),),
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
        requests=(move("a:F", "c"),),
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
        requests=(move("a:F", "c"),),
        refused=("an import circle would close: a -> c -> a",),
        id="cycle-home",
    ),
)
