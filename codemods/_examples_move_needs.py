"""Examples of `move-definition`: what the code needs goes along, is copied, or is imported."""

from __future__ import annotations

from ssot_lint.codemod import Example

from ._examples_move_units import move

NEEDS = (
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
        requests=(move("origin:f", "home"),),
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
        requests=(move("origin:f", "home"),),
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
        requests=(move("pkg.a.origin:f", "pkg.home"),),
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
                from functools import cache, wraps


                @cache
                def f(): ...


                wraps
            """,
        },
        requests=(move("origin:f", "home"),),
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
        requests=(move("origin:f", "home"),),
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
                import os
                import sys


                def f():
                    return os.sep
            """,
            "user.py": "from origin import f\n",
        },
        requests=(move("origin:f", "home"),),
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
        requests=(move("origin:f", "home"),),
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
            "pkg/__init__.py": "",
            "pkg/origin.py": """
                from pkg.home import helper as help_


                def f():
                    return help_()
            """,
            "pkg/home.py": "def helper(): ...\n",
            "user.py": "from pkg.origin import f\n",
        },
        requests=(move("pkg.origin:f", "pkg.home"),),
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
            move("file1:Derived", "models"),
            move("file1:Base", "models"),
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
                import os
                from pathlib import Path
                import sys as system

                ROOT = Path(os.environ.get('ROOT', system.prefix)) / 'x'
            """,
            "user.py": "from origin import ROOT\n",
        },
        requests=(move("origin:ROOT", "home"),),
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
        requests=(move("a:f", "c"),),
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
                try:
                    import orjson as json
                except ImportError:
                    json = None


                def f():
                    return json
            """,
            "c.py": "x = 1\n",
        },
        requests=(move("a:f", "c"),),
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
        requests=(move("a:f", "c"),),
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
)
