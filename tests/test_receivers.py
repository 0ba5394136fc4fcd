"""What names and attributes hold: `class_of`."""

from __future__ import annotations

import pytest

from ssot_lint.project import Project
from ssot_lint.queries.receivers import class_of, returned_by
from ssot_lint.testing import project_of

CONFIG = """
    [concepts.manager]
    canonical = "shop.manager:Manager"
    names = ["*Manager"]
"""
SHOP = {
    "shop/__init__.py": "",
    "shop/manager.py": "class Manager:\n    def send(self, text): ...\n",
    "shop/held.py": """
        from contextlib import contextmanager
        from shop.manager import Manager

        class Held:
            def __init__(self):
                self.manager = Manager()
                self.other = Manager()

            @property
            def same(self):
                return self.manager

            @property
            def made(self):
                return Manager()

            @contextmanager
            def entered(self):
                manager = Manager()
                yield manager
        """,
    "shop/heir.py": """
        from shop.held import Held

        class Heir(Held):
            other = None

            def talk(self):
                Manager
        """,
}


@pytest.fixture(scope="module")
def project() -> Project:
    return project_of(SHOP, CONFIG)


@pytest.mark.parametrize(
    ("receiver", "found"),
    [
        ("self.manager", "shop.manager:Manager"),
        ("self.made", "shop.manager:Manager"),
        ("self.other", None),  # an heir has it for itself
        ("self.entered", None),  # a method
        ("self.missing", None),
    ],
)
def test_what_self_holds_is_known_from_the_classes_above(
    project: Project, receiver: str, found: str | None
) -> None:
    method = project.resolve_symbol("shop.heir:Heir.talk").target
    place = class_of(project, method.file, method.index, receiver)
    assert (project.symbol(*place) if place is not None else None) == found


def test_what_with_enters_is_what_is_yielded(project: Project) -> None:
    method = project.resolve_symbol("shop.held:Held.entered").target
    place = returned_by(project, method.file, method.index)
    assert place is not None and project.symbol(*place) == "shop.manager:Manager"


ENTERED = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            def __enter__(self):
                return self

        class Lent(Manager):
            def __init__(self, manager: Manager):
                self.inner = manager

            def __enter__(self):
                return Gone()

        class Wrapped(Manager):
            def __enter__(self):
                return self.parts[0]

        class Typed(Manager):
            def __enter__(self) -> "Gone":
                return make()

        class Gone:
            pass

        def lendManager() -> Manager:
            return Manager()
        """,
    "shop/use.py": """
        from typing import Optional
        from shop.manager import Lent, Manager, Typed, Wrapped, lendManager

        class User:
            declared: Manager

            def __init__(self, manager: Manager, other: int):
                self.given = manager
                self.other = other
                self.later: Optional[Manager] = None
                self.either: Manager | Lent | None = None

            def use(self):
                with Manager() as itself, Lent(itself) as lent, Wrapped() as wrapped:
                    itself.go()
                with Typed() as typed:
                    typed.go()
                with lendManager() as lent_out:
                    lent_out.go()
        """,
}


@pytest.mark.parametrize(
    ("receiver", "found"),
    [
        ("itself", "shop.manager:Manager"),
        ("lent", "shop.manager:Gone"),
        ("wrapped", None),
        ("typed", "shop.manager:Gone"),
        ("lent_out", "shop.manager:Manager"),
        ("self.declared", "shop.manager:Manager"),
        ("self.given", "shop.manager:Manager"),
        ("self.other", None),
        ("self.later", "shop.manager:Manager"),
        ("self.either", None),
    ],
)
def test_what_with_gives_a_name_and_an_instance_an_attribute(receiver: str, found: str | None) -> None:
    linked = project_of(ENTERED, CONFIG.replace('["*Manager"]', '["*Manager", "Lent", "Typed", "Wrapped"]'))
    method = linked.resolve_symbol("shop.use:User.use").target
    place = class_of(linked, method.file, method.index, receiver)
    assert (linked.symbol(*place) if place is not None else None) == found
