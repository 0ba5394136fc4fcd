"""Does a parameter of a function flow into what it returns?"""

from __future__ import annotations

from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.factories.context_flow import flows_into_result
from ssot_lint.factories.context_uses import used_for
from ssot_lint.project import Project
from ssot_lint.testing import project_of

CONFIG = """
[concepts.manager]
canonical = "app:Manager"
names = ["*Manager"]
factory = "app:create_manager"
"""

HEAD = """
class Manager:
    def __init__(self, context=None, limit=1):
        self.context = context

_managers = {}
_shared = Manager()

def ignores(context) -> Manager:
    return Manager()

def hands_on(context) -> Manager:
    return Manager(context)

"""


def factory(body: str) -> tuple[Project, tuple[int, int]]:
    source = (
        HEAD + "def create_manager(context, log=None) -> Manager:\n" + indent(dedent(body), "    ") + "\n"
    )
    project = project_of({"app.py": source}, CONFIG)
    names = [item.name for item in project.files[0].facts.definitions]
    return project, (0, names.index("create_manager"))


def flows(body: str) -> bool | None:
    return flows_into_result(*factory(body), "context")


@pytest.mark.parametrize(
    "body",
    [
        "return Manager(context)",
        "m = Manager()\nm.context = context\nreturn m",
        "m = Manager()\nm.attach(context)\nreturn m",
        "m = Manager()\nattach(m, context.user)\nreturn m",
        "owner = context.user\nreturn Manager(limit=limits[owner])",
        "limit = 1\nif context.channel == 'x':\n    limit = 2\nreturn Manager(limit=limit)",
        "if context.guest():\n    return Manager(1)\nreturn Manager(2)",
        "for one in context.users:\n    m = Manager(one)\nreturn m",
        "with scope(context) as m:\n    return m",
        "return hands_on(context)",
        "return unknown(context)",
        "return context.manager()",
        "_managers[context] = Manager()\nreturn _managers[context]",
        "return _managers.setdefault(context, Manager())",
    ],
)
def test_it_reaches_the_result(body: str) -> None:
    assert flows(body) is True


@pytest.mark.parametrize(
    ("body", "use"),
    [
        ("return Manager()", "is not used"),
        ("log.info('for %s', context.user)\nreturn Manager()", "is only logged"),
        ("if context is None:\n    raise ValueError\nreturn Manager()", "is only checked"),
        (
            "if not isinstance(context, str):\n    log.info(context)\nreturn Manager()",
            "is only checked and logged",
        ),
        (
            "_managers[context] = _shared\nreturn _managers[context]",
            "is only the key of a table whose values do not depend on it",
        ),
        (
            "return _managers.setdefault(context, _shared)",
            "is only the key of a table whose values do not depend on it",
        ),
        ("return ignores(context)", "does not reach what is returned"),
        ("seen.append(context)\nm = Manager()\nreturn m", "does not reach what is returned"),
    ],
)
def test_it_does_not_reach_the_result(body: str, use: str) -> None:
    project, place = factory(body)
    assert flows_into_result(project, place, "context") is False
    assert used_for(project, place, "context") == use


def test_a_nested_function_that_may_carry_it_is_not_decided() -> None:
    assert flows("def later():\n    return context\nreturn Manager(later)") is None


@given(
    st.from_regex(r"[a-z]{3,8}", fullmatch=True).filter(lambda name: name not in {"log", "context", "return"})
)
def test_names_of_locals_change_nothing(name: str) -> None:
    if not name.isidentifier() or name in {
        "and",
        "not",
        "for",
        "try",
        "def",
        "del",
        "nonlocal",
        "while",
        "with",
    }:
        return
    try:
        compile(f"{name} = 1", "", "exec")
    except SyntaxError:
        return
    assert flows(f"{name}_1 = context\n\n\nm = Manager(  {name}_1 )\nreturn m") is True
    assert flows(f"{name}_1 = 3\n\n\nm = Manager(  {name}_1 )\nreturn m") is False
