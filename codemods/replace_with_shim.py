"""Turn a duplicate into a shim: the canonical object under the old name.

`symbol` is the duplicate class or function, `canonical` the name to hand on and the module to import it from, both as
`package.module:Name`. A module that hands names on in silence may be named as a whole. Whoever uses the old name gets the canonical object itself: `isinstance`, `except` and pickles
that name the old path keep working, type checkers see it, and each place that asks gets one DeprecationWarning.

The import is that of `canonical`, or of the defining module where the imports of the import path lead to the shim, so
that it may be asked while the import path is still being made; others are told of `canonical` all the same.

A module that holds nothing else becomes a shim as a whole. Of any other module only the definition goes, with the
private names and the imports that nothing else needs; every other byte stays. Uses of the name inside the module
cannot be served by a module's `__getattr__`: they read the canonical object through a private import, at the head of
the module or, where that would close an import cycle, in the functions that read it. In a test module that nobody
imports the name from, the import takes the place of the definition and no shim is made.

A name that is already the canonical object, an exact copy, and a subclass without a body are always replaced. Any
other definition is compared with the canonical one as SSOT101 does it: `drop-in` is replaced; for `adapter` and
`manual` the request has to say `accept`, the word of somebody who has looked at the reasons.

Refused: definitions in functions, classes and branches, fixtures, test cases, variants, names that are bound several
times or changed later, decorators that may register what they decorate, a module `__getattr__` that is no plain
function, star imports of a module without `__all__`, and, where an import would close a cycle, uses inside the module
that run while it is imported: the cycle is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ssot_lint.codemod import CannotApply, Codemod, Example, Outcome, Refusal, Remark
from ssot_lint.editing.source import Splice
from ssot_lint.workspace import Workspace

from ._inner_uses import Users, users_in
from ._replacing import Replaced, replaced
from ._shims import Handed
from ._swaps import (
    Blocked,
    Later,
    Swap,
    canonical_of,
    file_of,
    found_swap,
    handed_on,
    judged,
    origin,
    past_cycles,
)

_CROSSING = "a file whose patches have to follow changes itself"
_UNTIL = re.compile(r"\d{4}-\d{2}-\d{2}|v?\d+(\.\d+)*((a|b|rc)\d+)?")


@dataclass(frozen=True)
class Arguments:
    symbol: str
    """What becomes a shim: `package.module:Name`. A module: all that it hands on and does not define."""
    canonical: str = ""
    """What it hands on, and where that is to be imported from: `package.module:Name`. For names that are handed on
    already it may be left out: the import path of their concept, else where the module has them from."""
    until: str = ""
    """A date (2026-03-01) or a version (2.0) until when the shim may stay; SSOT702 reads it."""
    accept: str = ""
    """The worst verdict that somebody has agreed to: "adapter" or "manual"."""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    """All requests of a file at once; a name that cannot be replaced does not keep the others from it.

    Another name of a duplicate that is replaced itself can be replaced when that is done, and so on.
    """
    outcome, waiting = _pass(workspace, _each(workspace, requests))
    edits, refusals, last = dict(outcome.edits), set(outcome.refusals), outcome
    remarks, together = set(outcome.remarks), set(outcome.together)
    while waiting and last.edits:
        again = {request.symbol for request in waiting}
        last, waiting = _pass(workspace.edited(edits), waiting)
        refusals = {item for item in refusals if item.symbol not in again} | set(last.refusals)
        edits |= last.edits
        remarks |= set(last.remarks)
        together |= set(last.together)
    return Outcome(
        {path: edits[path] for path in sorted(edits)},
        tuple(sorted(refusals)),
        tuple(sorted(remarks)),
        tuple(sorted(together, key=sorted)),
    )


def _pass(workspace: Workspace, requests: Sequence[Arguments]) -> tuple[Outcome, list[Arguments]]:
    """What can be done now, and the requests that may be carried out after that."""
    refusals: list[Refusal] = []
    remarks: list[Remark] = []
    swaps: dict[str, list[Swap]] = {}
    said: dict[str, list[Remark]] = {}
    later: dict[str, str] = {}
    for request in requests:
        try:
            path, swap, hints = _swap(workspace, request)
        except CannotApply as refused:
            refusals.append(Refusal(refused.path, refused.line, refused.reason, request.symbol))
            if isinstance(refused, Later):
                later[request.symbol] = refused.symbol
            continue
        if swap is None:
            continue
        if any(other.handed.name == swap.handed.name for other in swaps.get(path, ())):
            reason = f"{request.symbol} is asked for twice, in two ways"
            refusals.append(Refusal(path, swap.line, reason, request.symbol))
            continue
        swaps.setdefault(path, []).append(swap)
        said.setdefault(path, []).extend(hints)
    users = users_in(workspace, swaps)
    contents: dict[str, bytes] = {}
    patches: dict[str, set[Splice]] = {}
    together: list[frozenset[str]] = []
    done: set[str] = set()
    for path, wanted in sorted(swaps.items()):
        result, refused_here, symbols = _replaced(workspace, path, wanted, users, frozenset(swaps) - {path})
        refusals += refused_here
        if result is None or result.content == workspace.read(path):
            later.update((item.symbol, "") for item in refused_here if item.reason == _CROSSING)
            continue
        contents[path] = result.content
        done |= symbols
        remarks += [*result.remarks, *said[path]]
        for other, splices in result.patches.items():
            patches.setdefault(other, set()).update(splices)
        if result.patches:
            together.append(frozenset({path, *result.patches}))
    for path, found in sorted(patches.items()):
        contents[path] = workspace.source(path).spliced(found)
    waiting = [item for item in requests if item.symbol in later and later[item.symbol] in {*done, ""}]
    return Outcome(dict(contents), tuple(refusals), tuple(remarks), tuple(together)), waiting


def _each(workspace: Workspace, requests: Sequence[Arguments]) -> list[Arguments]:
    """The requests, those for a module as one for each name that it hands on."""
    named = {request for request in requests if ":" in request.symbol}
    known = {request.symbol for request in named}
    for request in set(requests) - named:
        symbols = [f"{request.symbol}:{name}" for name in handed_on(workspace, request.symbol)]
        named |= {
            replace(request, symbol=symbol) for symbol in symbols or [request.symbol] if symbol not in known
        }
    return sorted(named, key=lambda item: (item.symbol, item.canonical, item.until, item.accept))


def _swap(workspace: Workspace, request: Arguments) -> tuple[str, Swap | None, list[Remark]]:
    """The file and the name that a request is about; no swap where there is nothing left to do."""
    project = workspace.project
    if ":" not in request.symbol and project.find_module(request.symbol) is not None:
        raise CannotApply(f"{request.symbol} hands nothing on")
    path = project.files[file_of(project, request.symbol)].path
    canonical = request.canonical or origin(workspace, path, request.symbol.partition(":")[2])
    target = canonical_of(project, path, canonical)
    module, _, name = canonical.partition(":")
    if request.accept not in ("", "adapter", "manual"):
        raise CannotApply(f"accept is {request.accept!r}, expected adapter or manual", path, 1)
    if request.until and not _UNTIL.fullmatch(request.until):
        raise CannotApply(
            f"until is {request.until!r}, expected a date (2026-03-01) or a version (2.0)", path, 1
        )
    handed = Handed(request.symbol.partition(":")[2], module, name, request.until)
    handed = past_cycles(project, path, handed, target)
    swap = found_swap(workspace, path, handed, target)
    if swap is None:
        return path, None, []
    copied, remarks = judged(workspace, path, swap, target, request.accept)
    return path, replace(swap, copied=copied, copied_from=target.file), remarks


def _replaced(
    workspace: Workspace, path: str, swaps: Sequence[Swap], users: Users, changing: frozenset[str]
) -> tuple[Replaced | None, list[Refusal], set[str]]:
    """The file with as many of the names replaced as can be, and their symbols. `changing`: other files that change."""
    refusals: list[Refusal] = []
    module = workspace.project.files[workspace.file(path)].module
    while swaps:
        try:
            result = replaced(workspace, path, swaps, users)
            if result.patches.keys() & changing:
                raise CannotApply(_CROSSING)
            return result, refusals, {f"{module}:{item.handed.name}" for item in swaps}
        except Blocked as blocked:
            out = [item for item in swaps if item.handed.name == blocked.name]
            line, reason = blocked.line, blocked.reason
        except CannotApply as refused:
            out, line, reason = list(swaps), refused.line, refused.reason
        refusals += [Refusal(path, line or item.line, reason, f"{module}:{item.handed.name}") for item in out]
        swaps = [item for item in swaps if item not in out]
    return None, refusals, set()


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

CIRCLE = {
    "shop/__init__.py": "",
    "shop/manager.py": "from shop import hub\n\n" + COPY,
    "shop/hub.py": "from shop import old\n",
}

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

READS_NOW = """
from shop.clock import now


class Manager:
    def send(self):
        return now()
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

CODEMOD = Codemod(
    name="replace-with-shim",
    apply=apply,
    arguments=Arguments,
    examples=(
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
    ),
)
