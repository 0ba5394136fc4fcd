"""Paths through functions that send events: what leaks, what comes too late, what proves nothing."""

from __future__ import annotations

import re
from textwrap import dedent, indent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint.events.paths import Walked, undecided, walked
from ssot_lint.testing import project_of

CONFIG = """
[sequences.s]
events = ["run_started", "run_thinking", "run_done"]
terminal = ["run_done", "run_failed"]
"""
START, THINK, DONE, FAIL = (
    f's.send({{"type": "run_{word}"}})' for word in ("started", "thinking", "done", "failed")
)


def walk(code: str) -> Walked:
    return walked(project_of({"app/a.py": dedent(code).lstrip("\n")}, CONFIG))


def body(text: str, head: str = "def f(s, x, y):") -> str:
    for word, statement in (("START", START), ("THINK", THINK), ("DONE", DONE), ("FAIL", FAIL)):
        text = text.replace(word, statement)
    return head + "\n" + indent(dedent(text).strip("\n"), "    ") + "\n"


def exits(text: str) -> list[tuple[str, int]]:
    return [(leak.exit.text, leak.exit.line) for leak in walk(body(text)).leaks]


@pytest.mark.parametrize(
    "text",
    [
        "START\nDONE",
        "START\nFAIL",
        "DONE",
        "THINK",
        "if x: return\nSTART\nDONE",
        "START\nif x:\n    DONE\nelse:\n    FAIL",
        "START\nif x:\n    DONE\n    return 1\nFAIL",
        "START\ntry:\n    g()\nfinally:\n    DONE",
        "START\ntry:\n    if x: return\n    g()\nfinally:\n    DONE",
        "START\ntry:\n    g()\nexcept Exception:\n    FAIL\nelse:\n    DONE",
        "START\ntry:\n    g()\nexcept ValueError:\n    FAIL\n    raise\nDONE",
        "try:\n    START\n    g()\n    DONE\nexcept Exception:\n    FAIL",
        "try:\n    START\nexcept Exception:\n    pass\ng()\ntry:\n    DONE\nexcept Exception:\n    pass",
        "while True:\n    START\n    if g():\n        DONE\n        break\n    FAIL",
        "for i in x:\n    START\n    if i:\n        FAIL\n        continue\n    DONE",
        "with x as y:\n    START\n    DONE",
        "START\nmatch x:\n    case 1:\n        DONE\n    case _:\n        FAIL",
        "if x: START\ng()\nif x: DONE",
        "if not x: START\nif x: pass\nelse: DONE",
        "if s: START\ng()\nif s is not None: DONE",
        "if s: START\nif not s: return\nDONE",
        "if x == 'run_started': START\nelif x == 'run_done': DONE",
        "def g():\n    START\ng()\nDONE",
        "START\ng = lambda: DONE\nDONE",
        "START\nwhile True:\n    g()",
    ],
)
def test_complete(text: str) -> None:
    assert exits(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("START", [("ends", 2)]),
        ("START\nTHINK\nreturn 1", [("returns", 4)]),
        ("START\nif x: return\nDONE", [("returns", 3)]),
        ("START\nif x:\n    DONE", [("ends", 4)]),
        ("START\nif x: raise ValueError\nDONE", [("raises", 3)]),
        ("START\ntry:\n    g()\nexcept Exception:\n    pass\nelse:\n    DONE", [("ends", 8)]),
        ("START\ntry:\n    g()\n    DONE\nexcept Exception:\n    raise", [("raises", 7)]),
        ("try:\n    START\n    g()\n    DONE\nexcept ValueError:\n    return None", [("returns", 7)]),
        ("START\nwhile g():\n    if x: return\n    THINK\nDONE", [("returns", 4)]),
        ("START\nwhile True:\n    if x: break\nif y: DONE", [("ends", 5)]),
        ("START\nmatch x:\n    case 1:\n        DONE", [("ends", 5)]),
        ("START\nwith x:\n    return g()\nDONE", [("returns", 4)]),
        ("if x: START\nx = g()\nif x: DONE", [("ends", 4)]),
        ("START\ntry:\n    raise ValueError\nexcept Exception:\n    pass", [("ends", 6)]),
        ("START\ntry:\n    return 1\nfinally:\n    g()", [("returns", 4)]),
        ("START\nDONE\nSTART", [("ends", 4)]),
    ],
)
def test_leaks(text: str, expected: list[tuple[str, int]]) -> None:
    assert exits(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "START\nfor i in x:\n    DONE",
        "if x is None: START\ng()\nif x is not None: DONE",
    ],
)
def test_what_proves_nothing_is_undecided(text: str) -> None:
    project = project_of({"app/a.py": body(text)}, CONFIG)
    assert (walked(project).leaks, undecided(project)) == ((), 1)


def test_the_path_is_told_step_by_step() -> None:
    [leak] = walk(body("START\nTHINK\nif x:\n    return\nDONE")).leaks
    assert [(step.line, step.text) for step in leak.steps] == [
        (2, "sends run_started"), (3, "sends run_thinking"), (4, "the condition holds"), (5, "returns"),
    ]  # fmt: skip


FINISHES = body("if x: FAIL\nelse: DONE", "def finish(s, x):")
BEGINS = body("START", "def begin(s):")


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        ("begin(s)\nfinish(s, x)", []),
        ("START\nfinish(s, x)", []),
        ("begin(s)\nDONE", []),
        ("begin(s)\nif x: return\nDONE", [("returns", 8)]),
        ("begin(s)\nTHINK\ntry:\n    g()\nexcept Exception:\n    return\nfinish(s, x)", [("returns", 12)]),
    ],
)
def test_callees_count_for_what_they_send(caller: str, expected: list[tuple[str, int]]) -> None:
    code = FINISHES + BEGINS + body(caller, "def run(s, x, y):")
    found = walk(code).leaks
    assert [(leak.exit.text, leak.exit.line) for leak in found] == expected


def test_a_callee_that_ends_on_some_paths_only_does_not_end() -> None:
    code = body("if x: DONE", "def finish(s, x):") + body("START\nfinish(s, x)", "def run(s, x):")
    assert [(leak.start.line, leak.exit.line) for leak in walk(code).leaks] == [(4, 5)]


def test_recursion_comes_to_an_end() -> None:
    code = body("START\nif x: run(s, y, x)\nDONE", "def run(s, x, y):")
    assert walk(code).leaks == ()


@pytest.mark.parametrize("name", ["start_run", "__aenter__", "_queue"])
def test_who_only_starts_is_undecided_without_callers(name: str) -> None:
    found = walk(body("START", f"def {name}(s):"))
    assert (found.leaks, found.undecided) == ((), 1)


def test_a_function_named_for_its_event_may_send_it_alone() -> None:
    assert walk(body("START", "def notify_run_started(s):")) == Walked((), (), 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("START\nTHINK\nDONE", []),
        ("THINK\nSTART\nDONE", [(3, 2, False)]),
        ("START\nDONE\nTHINK", [(4, 3, True)]),
        ("START\nDONE\nSTART\nDONE", []),
        ("START\nif x: DONE\nelse: THINK", []),
        ("for i in x:\n    START\n    THINK\n    DONE", []),
        ("START\nTHINK\nTHINK\nFAIL", []),
    ],
)
def test_order(text: str, expected: list[tuple[int, int, bool]]) -> None:
    found = walk(body(text)).disorders
    assert [(item.late.line, item.before.line, item.ended) for item in found] == expected


STATEMENTS = st.recursive(
    st.sampled_from(["g()", "return 1", "raise ValueError", "pass", "THINK"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("\n".join),
        inner.map(lambda text: "if x:\n" + indent(text, "    ")),
        inner.map(lambda text: "for i in y:\n" + indent(text, "    ")),
        inner.map(lambda text: "while g():\n" + indent(text, "    ")),
        st.tuples(inner, inner).map(
            lambda two: "try:\n" + indent(two[0], "    ") + "\nexcept Exception:\n" + indent(two[1], "    ")
        ),
        inner.map(lambda text: "with y:\n" + indent(text, "    ")),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(STATEMENTS)
def test_a_finally_that_ends_the_run_ends_it_on_every_path(text: str) -> None:
    code = "START\ntry:\n" + indent(text, "    ") + "\nfinally:\n    DONE"
    assert exits(code) == []


@settings(max_examples=60, deadline=None)
@given(STATEMENTS)
def test_without_an_end_some_path_leaks_unless_none_leaves_or_it_is_unsure(text: str) -> None:
    found = walk(body("START\n" + text))
    assert len(found.leaks) + found.undecided == 1


@settings(max_examples=40, deadline=None)
@given(STATEMENTS, st.sampled_from(["a", "other_name"]))
def test_names_of_locals_and_blank_lines_change_nothing(text: str, name: str) -> None:
    plain = body("START\n" + text + "\nDONE")
    renamed = re.sub(r"\bx\b", name, plain).replace("\n", "\n\n")
    assert [leak.exit.text for leak in walk(renamed).leaks] == [leak.exit.text for leak in walk(plain).leaks]
