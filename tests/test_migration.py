"""Plans carried out: gates, culprits, what depends on what, and going on after a stop."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from textwrap import dedent

import pytest

from ssot_lint.errors import FileChangedError, RunError, UsageError
from ssot_lint.migrating import runs
from ssot_lint.migrating.gates import Gate
from ssot_lint.migrating.locking import Holder, lock
from ssot_lint.migrating.migration import Asked, Terms, asked_of, begin, carry_out
from ssot_lint.migrating.rollback import rollback
from ssot_lint.migrating.runs import Run
from ssot_lint.plan import Batch, Edit, Plan, Selection, content_digest
from ssot_lint.transaction import recover

NOW = datetime(2026, 11, 22, 12, 0, 0)
ME = Holder(1, "here", "test", "now")

Contents = dict[int, dict[str, tuple[bytes | None, bytes | None]]]


def plan_of(
    contents: Contents,
    depends: Mapping[int, tuple[int, ...]] | None = None,
    together: tuple[tuple[str, ...], ...] = (),
) -> Plan:
    batches = tuple(
        Batch(
            number=number,
            phase=1,
            concept="c",
            codemod="rewrite-imports",
            edits=tuple(Edit(path, content_digest(b), content_digest(a)) for path, (b, a) in files.items()),
            symbols=("m:C",),
            depends=(depends or {}).get(number, ()),
            together=together,
        )
        for number, files in contents.items()
    )
    return Plan(1, "0", "", Selection(), batches, (), {}, {})


def tree(root: Path) -> dict[str, bytes]:
    return {
        p.relative_to(root).as_posix(): p.read_bytes()
        for p in sorted(root.rglob("*"))
        if p.is_file() and ".ssot-lint" not in p.parts
    }


def carry(
    root: Path, contents: Contents, gates: tuple[Gate, ...] = (), **more: object
) -> tuple[Run, list[tuple[str, str]]]:
    told: list[tuple[str, str]] = []
    with lock(root, ME) as hold:
        plan = plan_of(contents, **more)  # type: ignore[arg-type]
        run = begin(hold, plan, contents, now=NOW, token="aaaa")
        run = carry_out(hold, run, plan, Terms(gates), lambda what, batch, text: told.append((what, text)))
    return run, told


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(text))


def states(run: Run) -> dict[int, str]:
    return {batch.number: batch.state for batch in run.batches if batch.number}


NO_BAD = Gate("! grep -q bad *.py", 20)


def test_every_batch_is_committed(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1\n", "b.py": "1\n"})
    contents: Contents = {
        1: {"a.py": (b"1\n", b"2\n")},
        2: {"b.py": (b"1\n", None), "c.py": (None, b"new\n")},
    }
    run, _ = carry(tmp_path, contents, (NO_BAD,))
    assert states(run) == {1: "committed", 2: "committed"}
    assert tree(tmp_path) == {"a.py": b"2\n", "c.py": b"new\n"}


def test_the_file_at_fault_is_found_and_left_out(tmp_path: Path) -> None:
    names = [f"{number:02}.py" for number in range(20)]
    write(tmp_path, dict.fromkeys(names, "old\n"))
    contents: Contents = {1: {n: (b"old\n", b"bad\n" if n == "13.py" else b"new\n") for n in names}}
    run, told = carry(tmp_path, contents, (NO_BAD,))
    batch = run.batch(1)
    assert (batch.state, batch.culprit) == ("blocked", "13.py")
    assert "ends with exit status 1" in batch.reason and (tmp_path / batch.output).is_file()
    assert tree(tmp_path) == {n: b"old\n" if n == "13.py" else b"new\n" for n in names}
    assert sum(what == "bisect" for what, _ in told) <= 5


def test_several_files_at_fault(tmp_path: Path) -> None:
    names = [f"{number}.py" for number in range(8)]
    write(tmp_path, dict.fromkeys(names, "old\n"))
    contents: Contents = {1: {n: (b"old\n", b"bad\n" if n in ("2.py", "5.py") else b"new\n") for n in names}}
    run, _ = carry(tmp_path, contents, (NO_BAD,))
    assert run.batch(1).culprit == "2.py, 5.py"
    assert {n for n, content in tree(tmp_path).items() if content == b"old\n"} == {"2.py", "5.py"}


def test_what_belongs_together_is_left_out_together(tmp_path: Path) -> None:
    names = [f"{number}.py" for number in range(6)]
    write(tmp_path, dict.fromkeys(names, "old\n"))
    contents: Contents = {1: {n: (b"old\n", b"bad\n" if n == "4.py" else b"new\n") for n in names}}
    run, _ = carry(tmp_path, contents, (NO_BAD,), together=(("1.py", "4.py"),))
    assert run.batch(1).culprit == "1.py, 4.py"
    assert {n for n, content in tree(tmp_path).items() if content == b"old\n"} == {"1.py", "4.py"}


def test_only_what_depends_on_a_blocked_batch_is_skipped(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(("a.py", "b.py", "c.py"), "old\n"))
    contents: Contents = {
        1: {"a.py": (b"old\n", b"bad\n")},
        2: {"b.py": (b"old\n", b"new\n")},
        3: {"c.py": (b"old\n", b"new\n")},
    }
    run, _ = carry(tmp_path, contents, (NO_BAD,), depends={3: (1,)})
    assert states(run) == {1: "blocked", 2: "committed", 3: "skipped"}
    assert run.batch(3).reason == "depends on batch 1, which is blocked"
    assert tree(tmp_path) == {"a.py": b"old\n", "b.py": b"new\n", "c.py": b"old\n"}


def test_failures_from_before_do_not_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "m.py": "value = 1\n",
            "test_m.py": """
                import m
                def test_broken(): assert 0
                def test_value(): assert m.value
                """,
        },
    )
    gate = Gate(f"{sys.executable} -m pytest -q -p no:cacheprovider test_m.py", 60)
    good: Contents = {1: {"m.py": (b"value = 1\n", b"value = 2\n")}}
    run, told = carry(tmp_path, good, (gate,))
    assert states(run) == {1: "committed"}
    assert ("failing", "test_m.py::test_broken") in told


def test_a_failure_besides_those_from_before_counts(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "m.py": "value = 1\n",
            "test_m.py": "import m\ndef test_broken(): assert 0\ndef test_value(): assert m.value\n",
        },
    )
    gate = Gate(f"{sys.executable} -m pytest -q -p no:cacheprovider test_m.py", 60)
    run, _ = carry(tmp_path, {1: {"m.py": (b"value = 1\n", b"value = 0\n")}}, (gate,))
    assert states(run) == {1: "blocked"}
    assert run.batch(1).reason.endswith("fails: test_m.py::test_value")
    assert tree(tmp_path)["m.py"] == b"value = 1\n"


def test_a_gate_that_stops_at_a_failure_from_before_is_refused(tmp_path: Path) -> None:
    """It would never come to the test that the batch breaks."""
    write(
        tmp_path,
        {
            "m.py": "value = 1\n",
            "test_m.py": "import m\ndef test_broken(): assert 0\ndef test_value(): assert m.value\n",
        },
    )
    gate = Gate(f"{sys.executable} -m pytest -q -x -p no:cacheprovider test_m.py", 60)
    with pytest.raises(UsageError, match="does not run all tests on the untouched tree"):
        carry(tmp_path, {1: {"m.py": (b"value = 1\n", b"value = 0\n")}}, (gate,))
    assert tree(tmp_path)["m.py"] == b"value = 1\n"


def test_a_gate_that_judges_nothing_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1\n"})
    with pytest.raises(UsageError, match="ends with exit status 7 on the untouched tree"):
        carry(tmp_path, {1: {"a.py": (b"1\n", b"2\n")}}, (Gate("exit 7", 5),))
    assert tree(tmp_path) == {"a.py": b"1\n"}


def test_a_tree_that_has_moved_on_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "edited\n"})
    with pytest.raises(FileChangedError, match=r"moved on since the plan was made: a\.py"):
        carry(tmp_path, {1: {"a.py": (b"1\n", b"2\n")}})
    assert tree(tmp_path) == {"a.py": b"edited\n"}


def test_a_file_that_cannot_be_written_blocks_its_batch_and_no_other(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(("a.py", "b.py", "c.py"), "old\n"))
    (tmp_path / "b.py").chmod(0o444)
    contents: Contents = {
        1: {"a.py": (b"old\n", b"new\n"), "b.py": (b"old\n", b"new\n")},
        2: {"c.py": (b"old\n", b"new\n")},
    }
    run, _ = carry(tmp_path, contents, (NO_BAD,))
    assert states(run) == {1: "blocked", 2: "committed"}
    assert run.batch(1).culprit == "b.py" and "b.py" in run.batch(1).reason
    assert tree(tmp_path) == {"a.py": b"new\n", "b.py": b"old\n", "c.py": b"new\n"}


def test_a_file_that_is_edited_while_a_gate_runs_blocks_its_batch_and_no_other(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys(("a.py", "b.py"), "old\n"))
    contents: Contents = {1: {"a.py": (b"old\n", b"new\n")}, 2: {"b.py": (b"old\n", b"new\n")}}
    run, _ = carry(tmp_path, contents, (Gate("echo mine > b.py", 20),))
    assert states(run) == {1: "committed", 2: "blocked"}
    assert tree(tmp_path) == {"a.py": b"new\n", "b.py": b"mine\n"}


class Stopped(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("at", range(1, 40))
def test_a_stopped_migration_goes_on(tmp_path: Path, at: int) -> None:
    """Stopped before any of the steps that write, then resumed: as if it had never been stopped."""
    names = ["a.py", "b.py", "c.py"]
    write(tmp_path, dict.fromkeys(names, "old\n"))
    contents: Contents = {
        1: {"a.py": (b"old\n", b"new\n"), "b.py": (b"old\n", b"bad\n")},
        2: {"c.py": (b"old\n", b"new\n")},
    }
    left = at

    def fault(step: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Stopped

    plan = plan_of(contents)
    with lock(tmp_path, ME) as hold:
        asked = Asked((NO_BAD.command,), 20)
        run = begin(hold, plan, contents, now=NOW, token="aaaa", asked=asked)
        try:
            carry_out(hold, run, plan, Terms((NO_BAD,), fault=fault), lambda *_: None)
        except Stopped:
            pass
        else:
            assert left > 0
    with lock(tmp_path, ME) as hold:
        recover(hold, forward=True)
        run = runs.load(tmp_path, run.id)
        assert asked_of(run) == asked
        gates = tuple(Gate(command, asked.gate_timeout) for command in asked.gates)
        run = carry_out(hold, run, plan, Terms(gates), lambda *_: None)
        assert states(run) == {1: "blocked", 2: "committed"}
        assert tree(tmp_path) == {"a.py": b"new\n", "b.py": b"old\n", "c.py": b"new\n"}
        rollback(hold, run)
    assert tree(tmp_path) == dict.fromkeys(names, b"old\n")


def test_what_was_rolled_back_stays_rolled_back(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1\n"})
    contents: Contents = {1: {"a.py": (b"1\n", b"2\n")}}
    run, _ = carry(tmp_path, contents)
    with lock(tmp_path, ME) as hold:
        run, _ = rollback(hold, run)
        run = carry_out(hold, run, plan_of(contents), Terms(), lambda *_: None)
    assert states(run) == {1: "rolled-back"} and tree(tmp_path) == {"a.py": b"1\n"}


class Gone(BaseException):
    """The process is gone while a gate runs."""


def stopped_in_the_gate(root: Path, contents: Contents) -> Run:
    """A run that stops while the gate of its first batch runs."""

    def tell(what: str, batch: Batch | None, text: str) -> None:
        if what == "gate":
            raise Gone

    with lock(root, ME) as hold:
        plan = plan_of(contents)
        run = begin(hold, plan, contents, now=NOW, token="aaaa", asked=Asked((NO_BAD.command,)))
        with pytest.raises(Gone):
            carry_out(hold, run, plan, Terms((NO_BAD,)), tell)
    return runs.load(root, run.id)


def test_an_unproven_batch_that_was_rolled_back_stays_so(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1\n", "b.py": "1\n"})
    contents: Contents = {1: {"a.py": (b"1\n", b"2\n")}, 2: {"b.py": (b"1\n", b"2\n")}}
    run = stopped_in_the_gate(tmp_path, contents)
    assert states(run) == {1: "committed", 2: "pending"}
    with lock(tmp_path, ME) as hold:
        run, _ = rollback(hold, run)
        run = carry_out(hold, run, plan_of(contents), Terms((NO_BAD,)), lambda *_: None)
    assert states(run) == {1: "rolled-back", 2: "committed"}
    assert tree(tmp_path) == {"a.py": b"1\n", "b.py": b"2\n"}


def test_what_the_migration_took_back_itself_is_pending_again(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1\n"})
    contents: Contents = {1: {"a.py": (b"1\n", b"2\n")}}
    run = stopped_in_the_gate(tmp_path, contents)
    with lock(tmp_path, ME) as hold:
        run, _ = rollback(hold, run, again=True)
        assert states(run) == {1: "pending"}
        run = carry_out(hold, run, plan_of(contents), Terms((NO_BAD,)), lambda *_: None)
    assert states(run) == {1: "committed"} and tree(tmp_path) == {"a.py": b"2\n"}


def test_a_batch_that_was_rolled_back_in_part_is_not_gone_on_with(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "1\n", "b.py": "1\n"})
    contents: Contents = {1: {"a.py": (b"1\n", b"2\n"), "b.py": (b"1\n", b"2\n")}}
    run, _ = carry(tmp_path, contents)
    (tmp_path / "a.py").write_text("3\n")
    with lock(tmp_path, ME) as hold:
        run, _ = rollback(hold, run)
        with pytest.raises(
            RunError, match=r"batch 1 of run .* is taken back in part: a\.py changed meanwhile"
        ):
            carry_out(hold, run, plan_of(contents), Terms(), lambda *_: None)
        run, _ = rollback(hold, run, keep={"a.py"})
        run = carry_out(hold, run, plan_of(contents), Terms(), lambda *_: None)
    assert states(run) == {1: "rolled-back"} and tree(tmp_path) == {"a.py": b"3\n", "b.py": b"1\n"}
