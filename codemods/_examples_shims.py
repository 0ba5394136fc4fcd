"""Examples of `replace-with-shim`: what becomes of a module, and how the shim is written."""

from __future__ import annotations

from ssot_lint.codemod import Example

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            def __init__(self, user):
                self.user = user

            def send(self, message):
                return message
        """,
}

COPY = """
class Manager:
    def __init__(self, user):
        self.user = user

    def send(self, message):
        return message
"""

ASK = {"symbol": "shop.old:Manager", "canonical": "shop.manager:Manager"}

SHIM = """if TYPE_CHECKING:
    from shop.manager import Manager as Manager
else:

    def __getattr__(name: str) -> object:
        if name == "Manager":
            from shop.manager import Manager

            warnings.warn(
                f"{__name__}.Manager is deprecated: "
                "import Manager from shop.manager",
                DeprecationWarning,
                stacklevel=2,
            )
            return Manager
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), "Manager"})
"""

CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
"""

MODULE = f'''"""Kept for old imports: Manager is shop.manager.Manager."""

import warnings
from typing import TYPE_CHECKING

__all__ = ["Manager"]

{SHIM}'''

SHIMS = (
    Example(
        HOME
        | {
            "shop/old.py": '# Licence: MIT\n"""Managers."""\nimport logging\n\nlogger = logging.getLogger(__name__)\n\n'
            + COPY
        },
        [ASK | {"until": "2.0"}],
        {
            "shop/old.py": "# Licence: MIT\n"
            + MODULE.replace('."""\n', '."""\n\n# ssot-lint: shim until 2.0\n', 1).replace(
                "deprecated: ", "deprecated, to be removed in 2.0: "
            )
        },
        id="whole-module",
    ),
    Example(
        {
            "shop/__init__.py": "from .desk import Desk\nfrom .manager import Manager as Boss\n",
            "shop/desk.py": "import old\nfrom old import Manager\n\n\nclass Desk(Manager): ...\n",
            "shop/manager.py": HOME["shop/manager.py"],
            "old.py": COPY,
        },
        [{"symbol": "old:Manager", "canonical": "shop:Boss"}],
        {
            "old.py": MODULE.replace("shop.manager.Manager.", "shop.Boss.").replace(
                "import Manager from shop.manager", "import Boss from shop"
            )
        },
        id="import-path-that-is-still-being-made",
    ),
    Example(
        HOME
        | {
            "shop/old.py": f'''"""Managers and more."""

import json
import os
{COPY}
    def _pack(self):
        return _packed(json.dumps(self.user))


def _packed(text):
    return text + _END


_END = "."
LIMIT = 3  # how many


def where() -> str:
    return os.sep
'''.replace("class Manager:", "# The first of all\n# managers.\n@final\nclass Manager:").replace(
                "import os\n", "import os\nfrom typing import final\n"
            )
        },
        [ASK],
        {
            "shop/old.py": f'''"""Managers and more."""

import os
import warnings
from typing import TYPE_CHECKING

{SHIM}

LIMIT = 3  # how many


def where() -> str:
    return os.sep
'''
        },
        id="part-of-a-module",
    ),
    Example(
        HOME
        | {
            "shop/old.py": """
                try:
                    from shop.manager import Manager
                except ImportError:
                    class Manager:
                        pass
                """,
            "shop/older.py": COPY,
            "shop/user.py": """
                try:
                    from shop.manager import Manager
                except ImportError:
                    from shop.older import Manager
                """,
        },
        [ASK, ASK | {"symbol": "shop.older:Manager"}],
        {"shop/older.py": MODULE},
        refused=("Manager is bound in several places or in a branch",),
        id="hard-154-shim",
    ),
    Example(
        {
            "shop/__init__.py": """
                from shop.manager import Manager, connect  # noqa: F401
                """,
            "shop/manager.py": COPY.lstrip() + "\n\ndef connect():\n    return Manager(1)\n",
        },
        [{"symbol": "shop:Manager", "canonical": "shop.manager:Manager"}],
        {
            "shop/__init__.py": """import sys
import warnings
from typing import TYPE_CHECKING

from shop.manager import connect  # noqa: F401


"""
            + SHIM.replace(
                "            warnings.warn(\n",
                '            if sys._getframe(1).f_code.co_filename != "<frozen importlib._bootstrap>":\n                warnings.warn(\n',
            )
            .replace('                f"{__name__}', '                    f"{__name__}')
            .replace('                "import', '                    "import')
            .replace("                Deprec", "                    Deprec")
            .replace("                stack", "                    stack")
            .replace("            )\n", "                )\n")
        },
        id="hard-157-shim",
    ),
    Example(
        HOME
        | {
            "shop/old.py": '''
                import warnings
                from typing import TYPE_CHECKING

                if TYPE_CHECKING:
                    from shop.money import Money as Cash


                def __getattr__(name):
                    """Lazy names."""
                    if name == "Cash":
                        from shop.money import Money as Cash

                        return Cash
                    if name == "Manager":
                        from shop.manager import Manager

                        return Manager
                    raise AttributeError(name)


                def __dir__():
                    return ["Cash", "Manager"]
                ''',
            "shop/money.py": "class Money:\n    pass\n",
            "shop/lazy.py": """
                import lazy_loader

                __getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={"money": ["Money"]})


                class Manager:
                    def __init__(self, user):
                        self.user = user

                    def send(self, message):
                        return message
                """,
        },
        [ASK, ASK | {"symbol": "shop.lazy:Manager"}],
        {
            "shop/old.py": '''
                import warnings
                from typing import TYPE_CHECKING

                if TYPE_CHECKING:
                    from shop.money import Money as Cash


                def __getattr__(name):
                    """Lazy names."""
                    if name == "Cash":
                        from shop.money import Money as Cash

                        return Cash
                    if name == "Manager":
                        warnings.warn(
                            f"{__name__}.Manager is deprecated: "
                            "import Manager from shop.manager",
                            DeprecationWarning,
                            stacklevel=2,
                        )
                        from shop.manager import Manager

                        return Manager
                    raise AttributeError(name)


                def __dir__():
                    return ["Cash", "Manager"]
                '''
        },
        refused=("its __getattr__ is no plain function",),
        id="hard-158-shim",
    ),
    Example(
        HOME
        | {
            "shop/old.py": COPY + "\n\nLIMIT = 3\n_HIDDEN = 4\n",
            "shop/star.py": "from shop.old import *\n\nprint(Manager, LIMIT)\n",
        },
        [ASK],
        {
            "shop/old.py": f"""import warnings
from typing import TYPE_CHECKING

__all__ = [
    "Manager",
    "LIMIT",
]


{SHIM}

LIMIT = 3
_HIDDEN = 4
"""
        },
        id="star-import-without-all",
    ),
    Example(
        HOME
        | {
            "shop/old.py": f"import warnings\nfrom typing import TYPE_CHECKING\n\n{SHIM}{COPY.replace('Manager', 'Boss')}",
        },
        [ASK, ASK | {"symbol": "shop.old:Boss", "until": "2099-01-01"}],
        {
            "shop/old.py": """
                import warnings
                from typing import TYPE_CHECKING

                if TYPE_CHECKING:
                    from shop.manager import Manager as Manager
                    from shop.manager import Manager as Boss  # ssot-lint: shim until 2099-01-01
                else:

                    def __getattr__(name: str) -> object:
                        if name == "Boss":
                            from shop.manager import Manager as Boss

                            warnings.warn(
                                f"{__name__}.Boss is deprecated, to be removed on 2099-01-01: "
                                "import Manager from shop.manager",
                                DeprecationWarning,
                                stacklevel=2,
                            )
                            return Boss
                        if name == "Manager":
                            from shop.manager import Manager

                            warnings.warn(
                                f"{__name__}.Manager is deprecated: "
                                "import Manager from shop.manager",
                                DeprecationWarning,
                                stacklevel=2,
                            )
                            return Manager
                        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

                    def __dir__() -> list[str]:
                        return sorted({*globals(), "Manager", "Boss"})
                """
        },
        id="one-more-name",
    ),
    Example(
        HOME
        | {
            "shop/old.py": """
                # Licence: MIT
                \"\"\"Kept so that old imports work.\"\"\"

                from shop.manager import Manager
                from shop.money import Money as Cash, Money

                __all__ = ["Cash", "Manager"]
                """,
            "shop/money.py": "class Money:\n    pass\n",
            "shop/api.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
            "shop/empty.py": "LIMIT = 3\n",
        },
        [{"symbol": "shop.old"}, {"symbol": "shop.empty"}, {"symbol": "shop.old:Cash", "until": "2.0"}],
        {
            "shop/old.py": '''
                # Licence: MIT
                """Kept so that old imports work."""

                import warnings
                from typing import TYPE_CHECKING

                __all__ = ["Cash", "Manager"]

                if TYPE_CHECKING:
                    from shop.money import Money as Cash  # ssot-lint: shim until 2.0
                    from shop.api import Manager as Manager
                else:

                    def __getattr__(name: str) -> object:
                        if name == "Cash":
                            from shop.money import Money as Cash

                            warnings.warn(
                                f"{__name__}.Cash is deprecated, to be removed in 2.0: "
                                "import Money from shop.money",
                                DeprecationWarning,
                                stacklevel=2,
                            )
                            return Cash
                        if name == "Manager":
                            from shop.api import Manager

                            warnings.warn(
                                f"{__name__}.Manager is deprecated: "
                                "import Manager from shop.api",
                                DeprecationWarning,
                                stacklevel=2,
                            )
                            return Manager
                        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

                    def __dir__() -> list[str]:
                        return sorted({*globals(), "Cash", "Manager"})
                '''
        },
        config=CONFIG + 'import-from = "shop.api"\n',
        refused=("shop.empty hands nothing on",),
        id="silent-module",
    ),
    Example(
        HOME
        | {
            "shop/old.py": "from shop.manager import Manager\n\n\nLIMIT = 3\n",
            "shop/star.py": "from shop.old import *\n",
        },
        [ASK],
        {
            "shop/old.py": f"""import warnings
from typing import TYPE_CHECKING


__all__ = [
    "Manager",
    "LIMIT",
]


{SHIM}

LIMIT = 3
"""
        },
        id="re-export-and-more",
    ),
    Example(
        HOME
        | {
            "shop/old.py": COPY,
            "shop/older.py": "from shop.old import Manager\n\n__all__ = ['Manager']\n",
        },
        [ASK, ASK | {"symbol": "shop.older:Manager"}],
        {"shop/old.py": MODULE, "shop/older.py": MODULE},
        id="another-name-of-a-duplicate",
    ),
)
