"""What constructors accept, compared with the classes themselves."""

from __future__ import annotations

import inspect
from textwrap import dedent

import pytest

from ssot_lint.model import Parameter
from ssot_lint.project import Project
from ssot_lint.queries.signatures import Passed, certain_constructor, passed, refusal
from ssot_lint.queries.walks import walk
from ssot_lint.testing import project_of

CONFIG = '[concepts.thing]\ncanonical = "shop.things:Thing"\nnames = ["*Thing"]\n'


def project(text: str, more: str = "") -> Project:
    return project_of(
        {"shop/__init__.py": "", "shop/things.py": dedent(text), "shop/more.py": dedent(more)}, CONFIG
    )


def place(project: Project, name: str = "Thing") -> tuple[int, int]:
    target = project.resolve_symbol(f"shop.things:{name}").target
    return target.file, target.index


def shown(parameters: tuple[Parameter, ...] | None) -> str | None:
    if parameters is None:
        return None
    marks = {"keyword-only": "*", "var-positional": "**args", "var-keyword": "**kwargs"}
    return " ".join(
        marks.get(item.kind, "")
        + item.name * (not item.kind.startswith("var"))
        + ("?" if item.default is not None else "")
        for item in parameters
    )


RUNNABLE = {
    "init": "class Thing:\n    def __init__(self, a, b=1, *, c): ...",
    "inherited": "class Base:\n    def __init__(self, a): ...\nclass Thing(Base): ...",
    "none": "class Thing: ...",
    "dataclass": """
        from dataclasses import dataclass, field
        @dataclass
        class BaseThing:
            a: int
            b: list = field(default_factory=list)
            c: int = field(default=1, repr=False)
        @dataclass(order=True)
        class Thing(BaseThing):
            b: tuple = ()
            d: int = -1
        """,
    "keyword-only-fields": """
        from dataclasses import KW_ONLY, dataclass, field
        @dataclass
        class Thing:
            a: int
            d: int = field(kw_only=True)
            _: KW_ONLY
            b: int
            c: int = 1
        """,
    "keyword-only-class": """
        from dataclasses import dataclass
        @dataclass(kw_only=True)
        class Thing:
            a: int
            b: int = 1
        """,
    "class-variables": """
        from dataclasses import dataclass
        from typing import ClassVar
        @dataclass
        class Thing:
            a: int
            limit: ClassVar[int] = 3
        """,
    "plain-child-of-a-dataclass": """
        from dataclasses import dataclass
        @dataclass
        class Base:
            a: int
        class Thing(Base):
            b: int = 3
        """,
    "dataclass-child-of-a-plain-class": """
        from dataclasses import dataclass
        class Base:
            def __init__(self, x, y): ...
        @dataclass
        class Thing(Base):
            a: int
        """,
    "own-init-in-a-dataclass": """
        from dataclasses import dataclass
        @dataclass
        class Thing:
            a: int
            def __init__(self, x): ...
        """,
    "named-tuple": """
        from typing import NamedTuple
        class Thing(NamedTuple):
            a: int
            b: int = 1
        """,
    "new-that-takes-all": """
        class Thing:
            def __new__(cls, *args, **kwargs):
                return super().__new__(cls)
            def __init__(self, a): ...
        """,
}


@pytest.mark.parametrize("text", RUNNABLE.values(), ids=RUNNABLE)
def test_constructors_are_those_that_python_makes(text: str) -> None:
    namespace: dict[str, object] = {"__name__": "things"}
    exec(compile(dedent(text), "things.py", "exec", dont_inherit=True), namespace)
    thing = namespace["Thing"]
    assert isinstance(thing, type)
    maker = thing.__init__ if "named" not in text.lower() else thing.__new__  # type: ignore[misc]
    expected = "" if maker is object.__init__ else str(
        shown(
            tuple(
                Parameter(item.name, _KINDS[item.kind], None if item.default is item.empty else "x")
                for item in list(inspect.signature(maker).parameters.values())[1:]
            )
        )
    )  # fmt: skip
    linked = project(text)
    found = certain_constructor(linked, *place(linked))
    assert found is not None
    assert sorted(str(shown(found)).split()) == sorted(expected.split())
    positional = [item.name for item in found if item.kind.startswith("positional")]
    assert positional == [part.rstrip("?") for part in expected.split() if "*" not in part]


_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional-only",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
    inspect.Parameter.VAR_POSITIONAL: "var-positional",
    inspect.Parameter.KEYWORD_ONLY: "keyword-only",
    inspect.Parameter.VAR_KEYWORD: "var-keyword",
}

UNCERTAIN = {
    "new": "class Thing:\n    def __new__(cls, a): ...",
    "metaclass": "class Thing(metaclass=Single):\n    def __init__(self, a): ...",
    "decorated-class": "@register\nclass Thing:\n    def __init__(self, a): ...",
    "decorated-init": "class Thing:\n    @inject\n    def __init__(self, a): ...",
    "unknown-base": "from elsewhere import Base\nclass Thing(Base): ...",
    "computed-base": "class Thing(make()):\n    def __init__(self, a): ...",
    "assigned-init": "class Thing:\n    __init__ = other",
    "field-not-in-init": "from dataclasses import dataclass, field\n@dataclass\nclass Thing:\n    a: int = field(init=False)",
    "no-generated-init": "from dataclasses import dataclass\n@dataclass(init=False)\nclass Thing:\n    a: int",
    "pydantic-alias": "from pydantic import BaseModel, Field\nclass Thing(BaseModel):\n    a: int = Field(alias='b')",
    "pydantic-settings": "from pydantic import BaseModel\nclass Thing(BaseModel):\n    model_config = {}\n    a: int",
}


@pytest.mark.parametrize("text", UNCERTAIN.values(), ids=UNCERTAIN)
def test_no_constructor_is_known_where_something_may_lie_between(text: str) -> None:
    linked = project(text)
    assert certain_constructor(linked, *place(linked)) is None


def test_a_plain_model_takes_keywords_and_ignores_what_it_does_not_know() -> None:
    linked = project("from pydantic import BaseModel\nclass Thing(BaseModel):\n    a: int\n    b: str = ''\n")
    found = certain_constructor(linked, *place(linked))
    assert found is not None
    assert refusal(Passed(0, ("a", "unknown")), found) == ""
    assert refusal(Passed(0, ("b",)), found) == "a is missing"
    assert refusal(Passed(1), found) == "1 positional argument for 0"


def test_an_own_init_counts_before_a_base_that_is_not_known() -> None:
    linked = project("from elsewhere import Base\nclass Thing(Base):\n    def __init__(self, a): ...\n")
    assert shown(certain_constructor(linked, *place(linked))) == "a"


def test_what_a_call_passes() -> None:
    linked = project("def run(things):\n    Thing(1, *things, name=2, **things)\n")
    flow = next(
        flow for flow in linked.files[linked.by_path["shop/things.py"]].facts.flows if flow.definition >= 0
    )
    calls = [passed(node) for node in walk(flow.body) if node.kind == "call"]
    assert calls == [Passed(2, ("name", "**"), True)]
