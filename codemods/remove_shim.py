"""Take a name away that a module only hands on, when nobody needs it there any more.

`symbol` is a name that a module hands on (`package.module:Name`), or a module that is nothing but a shim
(`package.module`). The name goes with all that serves it: its answer in `__getattr__`, the import for type checkers, its
entry in `__all__` and `__dir__`, imports that nothing else reads. A file with nothing else in it goes; a package's
`__init__` stays.

Refused while there is a user: an import of the name or the module in any file and scope, `import *` that brings it, an
attribute read, a string that is looked up (`mock.patch`, `import_module`, entry points), a mention in doctests,
settings or commands (TOML, YAML, INI, Dockerfile and the like), a use in the module itself. Prose, data (Markdown,
JSON) and lines of comment that speak of it are remarked. A class or function that does something of its own is no shim and stays, unless it is
equal to the one that `copy_of` names, statement by statement.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.codemod import CannotApply, Codemod, Example, Outcome, Refusal, Remark
from ssot_lint.project import Project
from ssot_lint.wording import some
from ssot_lint.workspace import Workspace

from ._leftovers import going_with
from ._module_bodies import bindings, place_of
from ._shim_cuts import without_names
from ._shim_names import names_of
from ._users import Key, User, mentions, users_of

_FEW = 3

_PICKLING = frozenset({"cloudpickle", "dill", "joblib", "pickle", "shelve"})
"""Packages that store objects under the names of their classes."""


@dataclass(frozen=True)
class Arguments:
    symbol: str
    """The name that goes, `package.module:Name`, or the module."""
    copy_of: str = ""
    """The definition that `symbol` is an exact copy of, `package.module:Name`, where it is a copy and no shim."""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    """All names of a file at once, so that a file of which nothing is left can go."""
    refusals: list[Refusal] = []
    remarks: list[Remark] = []
    asked: dict[str, set[str]] = {}
    for symbol, copy_of in sorted({(request.symbol, request.copy_of) for request in requests}):
        try:
            path, mine = names_of(workspace, symbol, copy_of)
        except CannotApply as refused:
            refusals.append(Refusal(refused.path, refused.line, refused.reason, symbol))
            continue
        asked.setdefault(path, set()).update(mine)
    users, texts = _users(workspace, asked)
    edits: dict[str, bytes | None] = {}
    for path, names in sorted(asked.items()):
        file = workspace.file(path)
        module = workspace.project.files[file].module
        free: set[str] = set()
        for name in sorted(names):
            found = [*users.get((file, name), ()), *_inner(workspace, path, name, names)]
            found += [user for user in texts[f"{module}:{name}"] if user.is_string]
            if found:
                refusals.append(
                    Refusal(path, _line(workspace, path, name), _still(found), f"{module}:{name}")
                )
            else:
                free.add(name)
        if not free:
            continue
        try:
            content = without_names(workspace, path, free, users, texts)
        except CannotApply as refused:
            refusals += [
                Refusal(path, refused.line, refused.reason, f"{module}:{name}") for name in sorted(free)
            ]
            continue
        edits[path] = content
        spoken = [user for name in sorted(free) for user in texts[f"{module}:{name}"]]
        spoken += texts[module] if content is None else ()
        remarks += [Remark(user.path, user.line, f"still {user.how}") for user in spoken]
        remarks += _stored(workspace, path, free)
    return Outcome(edits, tuple(sorted(set(refusals))), tuple(sorted(set(remarks))))


def _stored(workspace: Workspace, path: str, names: Collection[str]) -> Iterator[Remark]:
    """What is lost to stored objects when names of classes go, in a project that stores objects by such names."""
    project, file = workspace.project, workspace.file(path)
    storing = project.once(_storing)
    for name in sorted(names) if storing else ():
        target = project.name(file, name).target
        if target.kind == "definition" and project.definition(target).is_class:
            text = f"pickles that name {project.files[file].module}.{name} can no longer be loaded; {storing} pickles"
            yield Remark(path, _line(workspace, path, name), text)


def _storing(project: Project) -> str:
    """The first file outside the tests that imports what pickles; "" for none."""
    for file in project.files:
        imported = {imp.module.partition(".")[0] for imp in file.facts.imports if not imp.level}
        if not file.is_test and imported & _PICKLING:
            return file.path
    return ""


# -- who needs it


def _users(
    workspace: Workspace, asked: Mapping[str, Collection[str]]
) -> tuple[Mapping[Key, tuple[User, ...]], Mapping[str, tuple[User, ...]]]:
    project = workspace.project
    keys: set[Key] = set()
    texts: set[str] = set()
    for path, names in asked.items():
        file = workspace.file(path)
        module = project.files[file].module
        keys |= {(file, name) for name in (*names, *project.namespace(file), "", "*")}
        texts |= {module, *(f"{module}:{name}" for name in names)}
    return (users_of(workspace, keys), mentions(workspace, texts)) if keys else ({}, {})


def _inner(workspace: Workspace, path: str, name: str, names: Collection[str]) -> list[User]:
    """Uses in the module itself, outside of what goes."""
    scopes = workspace.scopes(path)
    going = going_with(workspace, path, names)
    return [
        User(path, place_of(read).lineno, f"uses {name} itself")
        for read in scopes.references(scopes.module, name)
        if isinstance(read.node.ctx, ast.Load) and not going.holds(read)
    ]


def _still(users: Iterable[User]) -> str:
    found = sorted(set(users))
    places = [f"{user.path}:{user.line} {user.how}" for user in found]
    return f"is still needed: {some(places, _FEW, '; ')}"


def _line(workspace: Workspace, path: str, name: str) -> int:
    found = bindings(workspace.scopes(path), name)
    return next((node.lineno for node in found if hasattr(node, "lineno")), 1)


HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": "class Manager:\n    def send(self, message):\n        return message\n",
}

ANSWERS = """if TYPE_CHECKING:
    from shop.manager import Manager as Manager
    from shop.money import Money as Cash
else:

    # ssot-lint: shim until 2.0
    def __getattr__(name: str) -> object:
        if name == "Cash":
            from shop.money import Money as Cash

            warnings.warn(f"{__name__}.Cash is deprecated", DeprecationWarning, stacklevel=2)
            return Cash
        if name == "Manager":
            from shop.manager import Manager

            warnings.warn(f"{__name__}.Manager is deprecated", DeprecationWarning, stacklevel=2)
            return Manager
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), "Cash", "Manager"})
"""

WHOLE = f'''"""Kept for old imports."""

import warnings
from typing import TYPE_CHECKING

__all__ = ["Cash", "Manager"]

{ANSWERS}'''

TABLE = '''"""Old names."""

import importlib
import warnings

_MOVED = {"Manager": "shop.manager"}

__all__ = ["Manager"]


def __getattr__(name: str) -> object:
    home = _MOVED.get(name)
    if home is None:
        raise AttributeError(name)
    warnings.warn(f"{name} is deprecated", DeprecationWarning, stacklevel=2)
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted(_MOVED)
'''

CODEMOD = Codemod(
    name="remove-shim",
    apply=apply,
    arguments=Arguments,
    examples=(
        Example(
            HOME | {"shop/money.py": "class Money:\n    pass\n", "shop/old.py": WHOLE},
            [{"symbol": "shop.old:Manager"}, {"symbol": "shop.old:Cash"}],
            {"shop/old.py": None},
            id="the-last-names",
        ),
        Example(
            HOME | {"shop/money.py": "class Money:\n    pass\n", "shop/old.py": WHOLE},
            [{"symbol": "shop.old"}],
            {"shop/old.py": None},
            id="module",
        ),
        Example(
            HOME
            | {
                "shop/money.py": "class Money:\n    pass\n",
                "shop/old.py": WHOLE + "\nLIMIT = 3\n",
                "shop/chat.py": "def pay():\n    from shop.old import Cash\n    return Cash()\n",
                "docs/old.md": "`shop.old.Manager` has moved.\n",
            },
            [{"symbol": "shop.old:Manager"}, {"symbol": "shop.old:Cash"}],
            {
                "shop/old.py": '''
                    """Kept for old imports."""

                    import warnings
                    from typing import TYPE_CHECKING

                    __all__ = ["Cash"]

                    if TYPE_CHECKING:
                        from shop.money import Money as Cash
                    else:

                        # ssot-lint: shim until 2.0
                        def __getattr__(name: str) -> object:
                            if name == "Cash":
                                from shop.money import Money as Cash

                                warnings.warn(f"{__name__}.Cash is deprecated", DeprecationWarning, stacklevel=2)
                                return Cash
                            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

                        def __dir__() -> list[str]:
                            return sorted({*globals(), "Cash"})

                    LIMIT = 3
                    '''
            },
            refused=("is still needed: shop/chat.py:2 imports Cash from shop.old",),
            id="one-of-two",
        ),
        Example(
            HOME
            | {
                "shop/money.py": "class Money:\n    pass\n",
                "shop/__init__.py": '"""A shop."""\n' + WHOLE.partition("\n")[2] + "\nLIMIT = 3\n",
            },
            [{"symbol": "shop:Manager"}, {"symbol": "shop:Cash"}],
            {"shop/__init__.py": '"""A shop."""\n\n__all__ = []\n\nLIMIT = 3\n'},
            id="package",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "shop/classes.py": """
                    from shop.manager import Manager


                    # the old one
                    class OldManager(Manager):
                        pass


                    Elder = Manager  # ssot-lint: shim until 2.0


                    class Clerk:
                        pass
                    """,
            },
            [{"symbol": "shop.old"}, {"symbol": "shop.classes:OldManager"}, {"symbol": "shop.classes:Elder"}],
            {"shop/old.py": None, "shop/classes.py": "class Clerk:\n    pass\n"},
            id="names-and-classes",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "shop/older.py": "from shop.manager import Manager\n",
                "shop/oldest.py": "from shop.manager import Manager\n",
                "shop/own.py": "from shop.manager import Manager\n\n\ndef build():\n    return Manager()\n",
                "shop/full.py": "class Full:\n    def send(self):\n        return 1\n",
                "tests/test_old.py": "def test(mocker):\n    mocker.patch('shop.old.Manager')\n",
                "shop/user.py": "import shop.older\n\nprint(shop.older.Manager)\n",
                "deploy.yaml": "handler: shop.oldest:Manager\n",
            },
            [{"symbol": f"shop.{name}:Manager"} for name in ("old", "older", "oldest", "own")]
            + [{"symbol": "shop.full:Full"}, {"symbol": "shop.own"}, {"symbol": "shop.nowhere:Manager"}],
            refused=(
                "there is no module shop.nowhere",
                "Full is no shim: it is implemented here",
                "tests/test_old.py:2 looks up 'shop.old.Manager'",
                "shop/user.py:3 reads shop.older.Manager",
                "deploy.yaml:1 names shop.oldest:Manager",
                "shop/own.py:5 uses Manager itself",
                "shop.own holds more than a shim",
            ),
            id="still-needed",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n",
                "pyproject.toml": "# rival: shop.old:Manager\n[tool.shop]\n",
                "deploy.ini": "[deploy]\n  ; shop.old.Manager was here\n",
            },
            [{"symbol": "shop.old:Manager"}],
            {"shop/old.py": None},
            id="named-in-comments",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n",
                "shop/talk.py": "'Speaks of shop.old.'\n",
                "shop/user.py": """
                    def use():
                        '''Sends.

                        >>> from shop.old import Manager
                        >>> Manager(1).send("a")
                        'a'
                        '''
                    """,
            },
            [{"symbol": "shop.old"}],
            refused=("shop/user.py:4 names shop.old in a doctest",),
            id="doctest",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "shop/older.py": "from shop.manager import Manager\n",
                "notes/tour.ipynb": '{"cells": [{"source": ["from shop.old import Manager\\n"]}]}\n',
                "shop/user.pyi": "from shop.older import Manager\n",
                "shop/oldest.py": "from shop.manager import Manager\n",
                "shop/till/use.pyi": "from ..oldest import Manager\n",
                "shop/till/use.py": "",
            },
            [{"symbol": "shop.old"}, {"symbol": "shop.older"}, {"symbol": "shop.oldest"}],
            refused=(
                "notes/tour.ipynb:1 names shop.old",
                "shop/user.pyi:1 names shop.older",
                "shop/till/use.pyi:1 says from ..oldest import Manager",
            ),
            id="notebooks-and-stubs",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "tool/report.json": '{"moved": "shop.old:Manager"}\n',
            },
            [{"symbol": "shop.old"}],
            {"shop/old.py": None},
            id="only-data-speak-of-it",
        ),
        Example(
            HOME | {"shop/table.py": TABLE},
            [{"symbol": "shop.table"}],
            {"shop/table.py": None},
            id="answers-from-a-table",
        ),
        Example(
            HOME
            | {
                "shop/table.py": TABLE.replace(
                    '"Manager": "shop.manager"', '"Manager": "shop.manager", "Clerk": "shop.manager"'
                )
            },
            [{"symbol": "shop.table:Manager"}],
            refused=("answers from a table, and more than these names",),
            id="one-of-a-table",
        ),
        Example(
            HOME
            | {
                "shop/money.py": "class Money:\n    pass\n",
                "shop/old.py": WHOLE + "\n\nclass Clerk:\n    pass\n",
            },
            [{"symbol": "shop.old"}],
            {"shop/old.py": '"""Kept for old imports."""\n\n__all__ = []\n\n\nclass Clerk:\n    pass\n'},
            id="module-with-more-in-it",
        ),
        Example(
            HOME
            | {
                "shop/copy.py": "import os\n\n\nclass Manager:\n    def send(self, message):\n        return message\n",
                "shop/other.py": "class Manager:\n    def send(self, message):\n        return message, self\n",
            },
            [
                {"symbol": "shop.copy:Manager", "copy_of": "shop.manager:Manager"},
                {"symbol": "shop.other:Manager", "copy_of": "shop.manager:Manager"},
            ],
            {"shop/copy.py": None},
            refused=("it is no copy of shop.manager:Manager: it has other statements",),
            id="copies",
        ),
    ),
)
