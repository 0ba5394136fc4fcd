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
