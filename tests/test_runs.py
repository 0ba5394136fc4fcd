"""What a run remembers, whatever happened to its journal."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from ssot_lint.errors import RunError
from ssot_lint.migrating import runs
from ssot_lint.migrating.history import Batch, Record, Transaction
from ssot_lint.migrating.locking import Hold
from ssot_lint.migrating.objects import digest
from ssot_lint.migrating.rollback import rollback
from ssot_lint.migrating.runs import Run
from ssot_lint.transaction import Change, commit

NOW = datetime(2026, 11, 22, 23, 45, 1)


def new_run(root: Path, token: str = "a1b2", now: datetime = NOW) -> Run:
    return runs.create(root, b'{"plan": 1}', now=now, token=token, batches=[2, 1])


def test_a_new_run(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    assert run == Run(
        root=tmp_path,
        id="20261122-234501-a1b2",
        batches=(Batch(1, "pending"), Batch(2, "pending")),
        transactions=(),
        plan_hash=digest(b'{"plan": 1}'),
    )
    assert run.directory == tmp_path / ".ssot-lint" / "runs" / "20261122-234501-a1b2"
    assert (runs.read_plan(run), run.open) == (b'{"plan": 1}', None)
    assert runs.load(tmp_path, run.id) == run


def test_runs_are_found_newest_first(tmp_path: Path) -> None:
    assert (runs.list_runs(tmp_path), runs.latest(tmp_path)) == ((), None)
    old = new_run(tmp_path, now=datetime(2026, 1, 2, 3, 4, 5))
    new = new_run(tmp_path)
    (tmp_path / ".ssot-lint" / "runs" / "notes").mkdir()
    assert runs.list_runs(tmp_path) == (new, old)
    assert runs.latest(tmp_path) == new
    assert runs.load(tmp_path, "202601") == old
    for id, message in (("2026", "several runs begin"), ("1999", "no run '1999'"), ("", "no run ''")):
        with pytest.raises(RunError, match=message):
            runs.load(tmp_path, id)
    with pytest.raises(RunError, match="there is a run"):
        new_run(tmp_path)
    with pytest.raises(RunError, match="no run"):
        runs.load(tmp_path, "../../etc")


@pytest.mark.parametrize("token", ["", "../x", "A", "a b", "a/b"])
def test_a_token_is_plain(token: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a token"):
        new_run(tmp_path, token)
    assert list(tmp_path.iterdir()) == []


def test_states_are_kept(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    output = runs.keep_output(run, 1, b"1 failed")
    assert output == ".ssot-lint/runs/20261122-234501-a1b2/gates/1-1.txt"
    assert (tmp_path / output).read_bytes() == b"1 failed"
    assert runs.keep_output(run, 1, b"again").endswith("gates/1-2.txt")
    run = runs.record(run, 1, "blocked", reason="gate failed", culprit="ü.py", output=output, seconds=1.5)
    run = runs.record(run, 2, "skipped", reason="needs batch 1")
    run = runs.record(run, 7, "pending", title="more")
    expected = (
        Batch(1, "blocked", (), (), "gate failed", "ü.py", output, {"seconds": 1.5}),
        Batch(2, "skipped", reason="needs batch 1"),
        Batch(7, "pending", details={"title": "more"}),
    )
    assert run.batches == expected
    assert runs.load(tmp_path, run.id) == run
    run = runs.record(run, 1, "pending", title="again")  # the reason was for the state it is no longer in
    assert run.batch(1) == Batch(1, "pending", details={"seconds": 1.5, "title": "again"})
    with pytest.raises(RunError, match="has no batch 3"):
        run.batch(3)
    with pytest.raises(ValueError, match="not a state"):
        runs.record(run, 1, "done")  # type: ignore[arg-type]


def test_transactions_are_read_back(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"a")
    (tmp_path / "a.py").chmod(0o600)
    hold = Hold(tmp_path)
    run = commit(
        hold, new_run(tmp_path), 1, [Change("a.py", b"a", b"b"), Change("odd\udcff/ü.py", None, b"n")]
    )
    one = Transaction(
        number=1,
        kind="commit",
        batches=(1,),
        files=(
            Record("a.py", digest(b"a"), digest(b"b"), 0o600),
            Record("odd\udcff/ü.py", None, digest(b"n"), None),
        ),
        makes=("odd\udcff",),
        outcome="done",
        standing=("a.py", "odd\udcff/ü.py"),
    )
    assert run.transactions == (one,)
    run, _ = rollback(hold, run)
    assert [(t.kind, t.undoes, t.standing) for t in run.transactions] == [
        ("commit", (), ()),
        ("rollback", (1,), ()),
    ]
    assert runs.read_object(run, digest(b"a")) == b"a"


def test_every_length_of_a_torn_journal(tmp_path: Path) -> None:
    """Cut anywhere, it tells what its whole records tell; and the next record follows the last whole one."""
    run = new_run(tmp_path)
    states = [run]
    for number, state in enumerate(("committed", "blocked", "skipped"), 1):
        states.append(runs.record(states[-1], number, state, reason=f"because {number}"))
    journal = run.directory / "journal"
    whole = journal.read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == 0x0A]
    for length in range(len(whole) + 1):
        for garbage in (b"", b"\x00" * 30, b"0000"):
            journal.write_bytes(whole[:length] + garbage)
            told = sum(end <= length for end in ends)
            if told == 0:
                assert runs.latest(tmp_path) is None  # killed while it was created
                continue
            assert runs.load(tmp_path, run.id) == states[told - 1]
            if length % 7 == 0:
                again = runs.record(run, 9, "pending")
                assert journal.read_bytes().count(b"\n") == told + 1
                assert journal.read_bytes().endswith(b"\n")
                assert again.batch(9) == Batch(9, "pending")
                assert again.batches[:-1] == states[told - 1].batches


def test_damage_in_the_middle_is_no_torn_record(tmp_path: Path) -> None:
    run = runs.record(new_run(tmp_path), 1, "committed")
    journal = run.directory / "journal"
    runs.record(run, 2, "blocked")
    whole = bytearray(journal.read_bytes())
    whole[whole.index(b"committed")] ^= 1
    journal.write_bytes(whole)
    for attempt in (lambda: runs.load(tmp_path, run.id), lambda: runs.record(run, 1, "pending")):
        with pytest.raises(RunError, match="is damaged at byte"):
            attempt()
    assert journal.read_bytes() == whole


def test_another_layout_is_not_guessed_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(tmp_path)
    monkeypatch.setattr(runs, "LAYOUT", 2)
    with pytest.raises(RunError, match="written by another release"):
        runs.load(tmp_path, run.id)


def test_a_plan_is_not_edited(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    (run.directory / "plan.json").write_bytes(b"{}")
    with pytest.raises(RunError, match="was edited since the run began"):
        runs.read_plan(run)


def test_the_last_word_counts(tmp_path: Path) -> None:
    """Stopped between the end of a rollback and the report of it, the rollback is undone after all."""
    (tmp_path / "a.py").write_bytes(b"a")
    hold = Hold(tmp_path)
    committed = commit(hold, new_run(tmp_path), 1, [Change("a.py", b"a", b"b")])
    run, _ = rollback(hold, committed)
    run = runs.end(run, 2, "undone")
    assert (run.batch(1), run.transactions[0]) == (committed.batch(1), committed.transactions[0])
