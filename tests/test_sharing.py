"""Which expressions give an instance, where it is kept, and how it reaches callers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.factories.contexts import context_parameter
from ssot_lint.factories.instances import built, givers, instances
from ssot_lint.factories.sharing import keeps, reach
from ssot_lint.factories.stores import identifies
from ssot_lint.model import Related
from ssot_lint.project import Project
from ssot_lint.testing import project_of

CONFIG = """
[concepts.manager]
canonical = "app.manager:Manager"
names = ["*Manager"]
variants = ["app.pool:PoolManager"]
protocol = "app.protocols:ManagerProtocol"
factory = "app.factory:create_manager"
lifetime = "per-user"
context = "app.context:Context"
"""

FILES = {
    "app/__init__.py": "",
    "app/context.py": "class Context: ...\n",
    "app/protocols.py": "from typing import Protocol\n\nclass ManagerProtocol(Protocol):\n    def send(self, text): ...\n",
    "app/manager.py": """
        class Manager:
            def __init__(self, context=None):
                self.context = context

            def send(self, text):
                return self.context, text
        """,
    "app/loud.py": "from app.manager import Manager\n\nclass LoudManager(Manager):\n    def shout(self):\n        return self.send('!')\n",
    "app/pool.py": "class PoolManager:\n    def __init__(self):\n        self.all = []\n\n    def send(self, text):\n        return self.all\n",
    "app/factory.py": """
        from app.context import Context
        from app.manager import Manager
        from app.protocols import ManagerProtocol

        def create_manager(context: Context):
            return Manager(context)

        def wrapped(user_context):
            return create_manager(user_context)

        def by_protocol(registry, context: "Context | None" = None) -> ManagerProtocol:
            return registry[context]

        def other(manager):
            return manager.context
        """,
}


def symbols(project: Project, places: object) -> list[str]:
    return sorted(project.symbol(*place) for place in places)  # type: ignore[attr-defined]


def test_classes_and_functions_that_give_an_instance() -> None:
    project = project_of(FILES, CONFIG)
    assert symbols(project, built(project)) == ["app.loud:LoudManager", "app.manager:Manager"]
    assert symbols(project, instances(project)) == [
        "app.loud:LoudManager",
        "app.manager:Manager",
        "app.pool:PoolManager",
        "app.protocols:ManagerProtocol",
    ]
    assert {project.symbol(*place): project.symbol(*made) for place, made in givers(project).items()} == {
        "app.factory:create_manager": "app.manager:Manager",
        "app.factory:wrapped": "app.manager:Manager",
        "app.factory:by_protocol": "app.protocols:ManagerProtocol",
    }
    concept = project.config.concepts[0]
    assert {
        project.symbol(*place): getattr(context_parameter(project, concept, place), "name", None)
        for place in givers(project)
    } == {
        "app.factory:create_manager": "context",
        "app.factory:wrapped": "user_context",
        "app.factory:by_protocol": "context",
    }


KEEPER = """
from app.factory import create_manager

_manager = None


def get_manager(context):
    global _manager
    if _manager is None:
        _manager = create_manager(context)
    return _manager
"""


def kept(files: dict[str, str]) -> list[tuple[str, int, str, str]]:
    project = project_of(FILES | files, CONFIG)
    return [
        (item.location.path, item.location.line, item.name, item.how) for item in keeps(project, {"manager"})
    ]


def test_what_is_kept_and_how_it_reaches_callers() -> None:
    user = "from app.keeper import get_manager\n\n\ndef talk(context):\n    return get_manager(context)\n"
    project = project_of(FILES | {"app/keeper.py": KEEPER, "app/user.py": user}, CONFIG)
    (found,) = keeps(project, {"manager"})
    assert (found.location.line, found.name, found.how) == (
        9,
        "_manager",
        "is kept by get_manager in a module global",
    )
    assert reach(project, found) == (
        Related("app/keeper.py", 6, "get_manager returns it"),
        Related("app/user.py", 1, "gets it through get_manager"),
    )
    assert keeps(project, ()) == ()


@given(st.permutations(sorted(FILES | {"app/keeper.py": KEEPER})))
def test_the_order_of_files_changes_nothing(order: list[str]) -> None:
    files = FILES | {"app/keeper.py": KEEPER}
    one = keeps(project_of(files, CONFIG), {"manager"})
    assert keeps(project_of({path: files[path] for path in order}, CONFIG), {"manager"}) == one


@pytest.mark.parametrize("name", ["_manager", "held", "theOne"])
def test_the_name_of_what_keeps_it_changes_nothing_else(name: str) -> None:
    assert kept({"app/keeper.py": KEEPER.replace("_manager = ", f"{name} = ").replace("_manager is", f"{name} is")
                 .replace("global _manager", f"global {name}").replace("return _manager", f"return {name}")}) == [
        ("app/keeper.py", 9, name, "is kept by get_manager in a module global")
    ]  # fmt: skip


MADE = "from app.manager import Manager\n\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class Meta(type):\n    _instances = {}\n    def __call__(cls):\n        return cls\n\n"
         "class OneManager(Manager, metaclass=Meta):\n    def f(self):\n        return self.send(1)\n",
         [("OneManager", "is one instance for all, kept by the metaclass Meta")]),
        ("@singleton\nclass OneManager(Manager):\n    def f(self):\n        return self.send(1)\n",
         [("OneManager", "is made a singleton by its decorator")]),
        ("_all = {}\n\ndef of(kind):\n    return _all.setdefault(kind, Manager())\n",
         [("_all", "is kept in a table of the module whose key does not say whose it is")]),
        ("_all = {}\n\ndef of(user_id):\n    return _all.setdefault(user_id, Manager())\n", []),
        ("def of(user_id):\n    all = {}\n    all['x'] = Manager()\n    return all\n", []),
        ("def getter():\n    manager = Manager()\n    def get():\n        return manager\n    return get\n",
         [("manager", "is kept in the closure of get")]),
        ("def getter(context):\n    manager = Manager(context)\n    def get():\n        return manager\n    return get\n", []),
        ("class Box:\n    def fill(self, manager: Manager):\n        self.manager = manager\n\nbox = Box()\n",
         [("box", "is held in self.manager of the one Box that is a module global")]),
        ("class Box:\n    def __init__(self, manager: Manager = None):\n        self.manager = manager\n\nbox = Box()\n", []),
        ("class Box:\n    def fill(self, manager: Manager):\n        self.manager = manager\n\ndef f():\n    box = Box()\n    return box\n", []),
    ],
)  # fmt: skip
def test_forms(source: str, expected: list[tuple[str, str]]) -> None:
    assert [(name, how) for _, _, name, how in kept({"app/forms.py": MADE + source})] == expected


@pytest.mark.parametrize(
    ("body", "is_kept"),
    [
        ("if cls not in cls._all: cls._all[cls] = super().__call__(*args)\n        return cls._all[cls]", True),
        ("made = type.__call__(cls, *args)\n        cls.one = made\n        return made", True),
        ("return cls._all.setdefault(cls.__name__, super().__call__(*args))", True),
        ("Meta.one = Meta.one or super().__call__(*args)\n        return Meta.one", True),
        ("return cls._all.setdefault((cls, args), super().__call__(*args))", False),
        ("if args not in cls._all: cls._all[args] = super().__call__(*args)\n        return cls._all[args]", False),
        ("made = super().__call__(*args)\n        cls.count += 1\n        made.born = cls.count\n        return made", False),
        ("kept = {}\n        kept[cls] = super().__call__(*args)\n        return kept[cls]", False),
        ("return super().__call__(*args)", False),
    ],
)  # fmt: skip
def test_a_metaclass_keeps_by_what_it_does(body: str, is_kept: bool) -> None:
    meta = f"class Meta(type):\n    _all = {{}}\n\n    def __call__(cls, *args):\n        {body}\n"
    lower = "\n\nclass Lower(Meta):\n    pass\n"
    for name in ("Meta", "Lower"):
        source = f"{meta}{lower}\nclass OneManager(Manager, metaclass={name}):\n    def f(self):\n        return self.send(1)\n"
        how = f"is one instance for all, kept by the metaclass {name}"
        assert [(item[2], item[3]) for item in kept({"app/forms.py": MADE + source})] == (
            [("OneManager", how)] if is_kept else []
        )


def test_names_that_say_whose_it_is() -> None:
    names = ("user_id", "ctx.user", "currentUser", "session", "kind", "name", "mode", "abuser")
    assert {name: identifies(name) for name in names} == {
        "user_id": True,
        "ctx.user": True,
        "currentUser": True,
        "session": True,
        "kind": False,
        "name": False,
        "mode": False,
        "abuser": False,
    }
