"""Gates: a command's verdict on a change, told apart from what failed before."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ssot_lint.migrating.gates import Gate, Result, cut_short, failures, run_gate, unusable, verdict

SUMMARY = b"""
=========================== short test summary info ============================
FAILED tests/test_a.py::test_one - AssertionError: 1 - 2
FAILED tests/test_a.py::test_two[a b] - boom
ERROR tests/test_b.py
\x1b[31mFAILED\x1b[0m tests/test_c.py::\x1b[1mtest_red\x1b[0m
"""


BAD = "def test_bad(): assert 0\ndef test_worse(): assert 0\ndef test_good(): pass\n"


def result(status: int | None, *failed: str) -> Result:
    return Result("x", status, b"", 0.0, frozenset(failed))


def test_failures_are_read_from_pytests_summary() -> None:
    assert failures(SUMMARY) == {
        "tests/test_a.py::test_one",
        "tests/test_a.py::test_two[a b]",
        "tests/test_b.py",
        "tests/test_c.py::test_red",
    }


def test_as_pytest_really_writes_them(tmp_path: Path) -> None:
    (tmp_path / "test_x.py").write_text(
        "def test_good(): pass\ndef test_bad(): assert 0\nclass TestA:\n def test_c(self): 1/0\n"
    )
    ran = run_gate(
        Gate(f"{sys.executable} -m pytest -q -p no:cacheprovider --color=yes {{tests}}", 60),
        tmp_path,
        ["test_x.py"],
    )
    assert ran is not None and ran.status == 1
    assert ran.failures == {"test_x.py::test_bad", "test_x.py::TestA::test_c"}


@pytest.mark.parametrize(
    ("files", "options", "how"),
    [
        pytest.param({"test_x.py": BAD}, "-x", "stopping after 1 failures", id="first failure"),
        pytest.param({"test_x.py": BAD}, "-x -n1", "stopping after 1 failures", id="first failure, xdist"),
        pytest.param({"test_x.py": BAD}, "", "", id="to the end"),
        pytest.param(
            {"test_x.py": BAD, "test_y.py": "import nowhere"},
            "",
            "1 error during collection",
            id="collection",
        ),
        pytest.param(
            {"test_x.py": BAD, "test_y.py": "import nowhere"},
            "--continue-on-collection-errors",
            "",
            id="collection goes on",
        ),
    ],
)
def test_a_run_that_pytest_cuts_short(tmp_path: Path, files: dict[str, str], options: str, how: str) -> None:
    """What comes after the first failure is not seen, neither before a batch nor behind it."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    ran = run_gate(Gate(f"{sys.executable} -m pytest -q -p no:cacheprovider {options}", 60), tmp_path, [])
    assert ran is not None and ran.failures
    assert cut_short(ran.output) == how
    assert unusable(ran) == (f"does not run all tests on the untouched tree ({how})" if how else "")
    assert verdict(ran, ran) == (f"does not run all tests ({how})" if how else "")


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        pytest.param(result(0), result(0), "", id="passes"),
        pytest.param(result(0), result(1, "a"), "fails: a", id="a new failure"),
        pytest.param(result(1, "a"), result(1, "a"), "", id="failed before"),
        pytest.param(result(1, "a"), result(1, "a", "b"), "fails: b", id="one more"),
        pytest.param(result(1, "a"), result(2), "ends with exit status 2", id="cannot run any more"),
        pytest.param(result(1, "a"), result(None), "ran out of time", id="hangs"),
        pytest.param(None, result(3), "ends with exit status 3", id="no baseline"),
        pytest.param(result(0), result(1, *"abcde"), "fails: a, b, c and 2 more", id="many"),
    ],
)
def test_verdict(before: Result | None, after: Result, reason: str) -> None:
    assert verdict(before, after) == reason


def test_a_gate_without_tests_is_left_out(tmp_path: Path) -> None:
    assert run_gate(Gate("echo {tests}", 5), tmp_path, []) is None
    ran = run_gate(Gate("echo", 5), tmp_path, [])
    assert ran is not None and ran.passed


def test_odd_names_reach_the_command_whole(tmp_path: Path) -> None:
    ran = run_gate(Gate("printf '%s|' {tests}", 5), tmp_path, ["tests/a b.py", "tests/it's.py"])
    assert ran is not None and ran.output == b"tests/a b.py|tests/it's.py|"


def test_thousands_of_tests(tmp_path: Path) -> None:
    """Longer than one argument may be on Linux."""
    tests = [f"tests/package/test_{number:05}.py" for number in range(6_000)]
    ran = run_gate(Gate("printf '%s\\n' {tests} | wc -l", 20), tmp_path, tests)
    assert ran is not None and ran.output.strip() == b"6000"


def test_what_a_gate_started_ends_with_it(tmp_path: Path) -> None:
    ran = run_gate(Gate("(sleep 2; touch late) & sleep 30", 0.3), tmp_path, [])
    assert ran is not None and ran.status is None and b"stopped after 0.3 s" in ran.output
    import time

    time.sleep(2.2)
    assert not (tmp_path / "late").exists()


@pytest.mark.parametrize(
    ("ran", "why"),
    [
        (result(0), ""),
        (result(1, "a"), ""),
        (result(1), "ends with exit status 1 on the untouched tree without naming a failed test"),
        (result(127), "cannot be run"),
        (result(None), "runs out of time on the untouched tree"),
    ],
)
def test_unusable(ran: Result, why: str) -> None:
    assert unusable(ran) == why
