"""The harness accepts what holds and says what does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint.config import Config
from ssot_lint.model import Fix, Location, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, Rule, Valid
from ssot_lint.testing import check_rule, project_of


@dataclass(frozen=True)
class Options:
    allow: tuple[str, ...] = ()


def find_todo(project: Project, options: Options) -> Iterator[Violation]:
    for file in project.files:
        for definition in file.facts.definitions:
            if definition.name.startswith("todo") and definition.name not in options.allow:
                yield Violation(
                    Location(file.path, definition.line, definition.column), f"{definition.name} is left"
                )


def one(path: str = "a.py", line: int = 1, message: str = "found", **fields: object):
    """A rule function that always finds this."""
    return lambda project, options: [Violation(Location(path, line), message, **fields)]


GOOD = Rule(
    id="TEST101",
    name="todo",
    check=find_todo,
    options=Options,
    valid=(
        Valid({"a.py": "def done(): ..."}),
        Valid({"a.py": "def todo(): ..."}, options={"allow": ["todo"]}),
    ),
    invalid=(
        Invalid({"a.py": "def todo(): ...  # error: todo is left"}),
        Invalid({"b.py": b"\r\ndef todo_x(): ...  # error: todo_x\r\n"}, id="bytes"),
        Invalid(
            {
                "b.py": """
                class A:
                    def todo_in(self): ...  # error: is left
                """
            },
            id="dedented",
        ),
    ),
)


def test_a_good_rule_passes() -> None:
    check_rule(GOOD)


FOUND = Invalid({"a.py": "x = 1  # error: found"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"valid": ()}, "todo: has no valid example", id="no-valid"),
        pytest.param({"invalid": ()}, "todo: has no invalid example", id="no-invalid"),
        pytest.param({"valid": (*GOOD.valid, GOOD.valid[0])}, "the same example as todo[valid-0]", id="duplicate"),
        pytest.param({"valid": (Valid({"a.py": "def todo(): ..."}),)}, "a.py:1: found, and not marked: todo is left",
                     id="false-positive"),
        pytest.param({"invalid": (Invalid({"a.py": "def done(): ...  # error: left"}),)},
                     "a.py:1: no finding whose message holds 'left'", id="false-negative"),
        pytest.param({"invalid": (Invalid({"a.py": "def todo(): ...  # error: gone"}),)},
                     "a.py:1: no finding whose message holds 'gone'", id="another-message"),
        pytest.param({"invalid": (Invalid({"a.py": "def todo(): ...  # error: left # error: left"}),)},
                     "a.py:1: no finding whose message holds 'left'", id="one-for-two"),
        pytest.param({"invalid": (Invalid({"a.py": "def todo(): ..."}),)}, "marks at least one line", id="no-mark"),
        pytest.param({"valid": (Valid({"a.py": "x = 1  # error: x"}),)}, "a valid one none", id="mark-in-valid"),
        pytest.param({"codemods": ("no-such-codemod",)}, "codemods that do not exist: no-such-codemod", id="no-codemod"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_said(change: dict[str, object], words: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_rule(replace(GOOD, **change))
    assert words in str(caught.value)


NOTHING = Valid({"b.py": ""})


@pytest.mark.parametrize(
    ("found", "words"),
    [
        pytest.param(
            {"fix": Fix("rewrite")},
            "proposes 'rewrite', which the rule does not declare",
            id="undeclared-fix",
        ),
        pytest.param({"message": "found\nhere"}, "several lines", id="two-lines"),
        pytest.param({"path": "c.py"}, "names c.py, which the project does not have", id="foreign-file"),
    ],
)
def test_malformed_findings_are_refused(found: dict[str, object], words: str) -> None:
    always = one(**found)
    rule = replace(
        GOOD,
        check=lambda project, options: always(project, options) if "a.py" in project.by_path else (),
        valid=(NOTHING,),
        invalid=(FOUND,),
    )
    with pytest.raises(AssertionError) as caught:
        check_rule(rule)
    assert words in str(caught.value)


def test_a_rule_that_answers_differently_each_time_is_refused() -> None:
    answers = iter(range(100))

    def fickle(project: Project, options: Options) -> Iterator[Violation]:
        if "a.py" in project.by_path:
            yield Violation(Location("a.py"), f"found {next(answers)}")

    with pytest.raises(AssertionError, match="a second run reports something else"):
        check_rule(replace(GOOD, check=fickle, valid=(NOTHING,), invalid=(FOUND,)))


def test_findings_are_matched_with_marks_as_well_as_possible() -> None:
    def two(project: Project, options: Options) -> Iterator[Violation]:
        if "a.py" in project.by_path:
            yield Violation(Location("a.py"), "left and right")
            yield Violation(Location("a.py"), "left")

    marked = Invalid({"a.py": "x = 1  # error: left # error: left and"})
    check_rule(replace(GOOD, check=two, valid=(NOTHING,), invalid=(marked,)))


def test_project_of_links_in_memory() -> None:
    project = project_of(
        {"shop/__init__.py": "", "shop/cart.py": "class Cart: ...", "a.py": "from shop.cart import Cart"}
    )
    assert [file.path for file in project.files] == ["a.py", "shop/__init__.py", "shop/cart.py"]
    assert [file.module for file in project.files] == ["a", "shop", "shop.cart"]
    target = project.resolve_import(0, project.files[0].facts.imports[0]).target
    assert (target.kind, target.symbol) == ("definition", "shop.cart:Cart")


def test_project_of_takes_config_as_text_file_or_value() -> None:
    text = 'exclude = ["x/**"]'
    assert project_of({}, text).config == project_of({"ssot-lint.toml": text}).config
    assert project_of({}, Config(exclude=("y",))).config == Config(exclude=("y",))


SMALL = st.dictionaries(
    st.sampled_from(["a.py", "b.py", "p/__init__.py", "p/c.py"]),
    st.sampled_from(["", "import a", "from p.c import X", "class X: ...", "from p import *", "def f(:"]),
)


@settings(deadline=None)
@given(SMALL, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(files: dict[str, str], random) -> None:
    items = list(files.items())
    random.shuffle(items)
    one, other = project_of(files), project_of(dict(items))
    assert one.files == other.files
    for number, file in enumerate(one.files):
        for imp in file.facts.imports:
            assert one.resolve_import(number, imp) == other.resolve_import(number, imp)
