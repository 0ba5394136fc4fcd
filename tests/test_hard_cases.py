"""Every hard case is shown by an example or a test, and the page of them says what these show."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent
CASES = runpy.run_path(str(HERE / "docs" / "hard_cases.py"))

OPEN: tuple[int, ...] = ()
"""Cases that nothing shows yet."""


def test_every_number_has_a_title() -> None:
    titles = CASES["TITLES"]
    assert sorted(titles) == list(range(1, 169))
    assert len(set(titles.values())) == len(titles)
    firsts = [first for first, _ in CASES["GROUPS"].values()]
    assert firsts == sorted(firsts) and sum(len(cases) for _, cases in CASES["GROUPS"].values()) == 168


def test_every_case_is_shown() -> None:
    assert CASES["missing"](CASES["shown"]()) == OPEN


@pytest.mark.parametrize("number", range(1, 169))
def test_a_case_is_in_the_page_with_its_result(number: int) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {number} |")]
    result, sources = row.split(" | ")[-2:]
    if number in OPEN:
        assert result == "open"
    else:
        assert result.startswith(("done", "stays as it is", "refused: "))
        assert f"hard-{number}" in sources or f"hard_{number}" in sources


PAGE = CASES["page"]()


def test_the_page_is_current() -> None:
    assert (HERE / "docs" / "hard-cases.md").read_text(encoding="utf-8") == PAGE, (
        "run `python docs/generate.py`"
    )


def test_what_examples_show_is_what_the_codemods_do() -> None:
    found = {(one.where, one.id): one.outcomes for one in CASES["shown"]()}
    assert found["rewrite-imports", "hard-17"] == ("done",)
    assert found["rewrite-imports", "hard-10"] == ("stays as it is",)
    (refused,) = found["rewrite-imports", "hard-100"]
    assert refused.startswith("refused: ") and "'class' is no name" in refused
    assert found["test_imports_edit.py", "hard-30"] == ("stays as it is",)
    assert found["test_imports_edit.py", "hard-31"] == ("done",)


def test_tests_are_read_for_what_they_show(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        """
import pytest

CASES = [
    pytest.param("a\\n", [1], "b\\n", id="hard-1"),
    pytest.param("a\\n", [1], None, id="hard-1-b"),
    pytest.param("a\\n", [1], "because", id="hard-2"),
    pytest.param("a\\n", [1], "because", id="something"),
]

def test_hard_3_in_words() -> None: ...
def test_other() -> None: ...
"""
    )
    found = sorted((one.number, one.variation, one.id, one.outcomes) for one in CASES["_tests"](tmp_path))
    assert found == [
        (1, False, "hard-1", ("done",)),
        (1, True, "hard-1-b", ("stays as it is",)),
        (2, False, "hard-2", ("stays as it is: because",)),
        (3, False, "test_hard_3_in_words", ("done",)),
    ]
