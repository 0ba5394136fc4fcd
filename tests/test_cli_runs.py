"""`status` and `rollback` as a user meets them."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from ssot_lint.cli import run as run_command
from ssot_lint.errors import InterruptedRunError
from ssot_lint.migrating import runs
from ssot_lint.migrating.locking import Hold, Holder
from ssot_lint.migrating.objects import digest
from ssot_lint.migrating.rollback import rollback
from ssot_lint.migrating.runs import Run
from ssot_lint.transaction import Change, commit

Ssot = Callable[..., tuple[int, str, str]]

OLD, NEW = "20260102-030405-aaaa", "20261122-234501-bbbb"


@pytest.fixture
def ssot(capsys: pytest.CaptureFixture[str]) -> Ssot:
    """Run the command line in this process -> exit status, standard output, standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        status = run_command(arguments)
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ssot-lint.toml").write_text("")
    (tmp_path / "a.py").write_bytes(b"a = 1\n\nx = 1\n")
    (tmp_path / "b.py").write_bytes(b"b = 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def begun(root: Path, *batches: int) -> Run:
    return runs.create(root, b"{}", now=datetime(2026, 11, 22, 23, 45, 1), token="bbbb", batches=batches)


def migrated(root: Path) -> Run:
    """Two runs: an old one that was taken back, and one with batches in all other states."""
    hold = Hold(root)
    old = runs.create(root, b"{}", now=datetime(2026, 1, 2, 3, 4, 5), token="aaaa", batches=[1])
    rollback(hold, commit(hold, old, 1, [Change("b.py", b"b = 1\n", b"b = 0\n")]))
    run = commit(hold, begun(root, 1, 2, 3, 4), 1, [Change("a.py", b"a = 1\n\nx = 1\n", b"a = 2\n\nx = 1\n")])
    run = commit(hold, run, 2, [Change("b.py", b"b = 1\n", None), Change("c.py", None, b"c = 2\n")])
    output = runs.keep_output(run, 3, b"FAILED test_c\n")
    run = runs.record(run, 3, "blocked", reason="test_c fails", culprit="c.py", output=output, seconds=2)
    return runs.record(run, 4, "skipped", reason="needs batch 3")


def crash(root: Path, run: Run, batch: int, change: Change) -> None:
    def fault(step: str) -> None:
        if "replace" in step or "undo" in step:
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(InterruptedRunError):
        commit(Hold(root), run, batch, [change], fault=fault)


def test_no_run(root: Path, ssot: Ssot) -> None:
    assert ssot("status") == (0, "no run yet: `ssot-lint migrate` begins one\n", "")
    assert ssot("rollback") == (
        2,
        "",
        "ssot-lint: there is nothing to roll back: this project has no run\n",
    )
    assert ssot("status", "2026")[0] == 2
    assert not (root / ".ssot-lint").exists()


def test_status(root: Path, ssot: Ssot) -> None:
    migrated(root)
    expected = f"""\
{NEW}  4 batches: 2 committed, 1 blocked, 1 skipped
{OLD}  1 batch: 1 rolled-back
"""
    assert ssot("status") == (0, expected, "")


def test_status_of_one_run(root: Path, ssot: Ssot) -> None:
    migrated(root)
    expected = f"""\
run {NEW}  4 batches: 2 committed, 1 blocked, 1 skipped
  begun 2026-11-22 23:45:01; plan, journal and bytes before are in .ssot-lint/runs/{NEW}
  1  committed    1 file
  2  committed    2 files
  3  blocked
     at fault: c.py
     because: test_c fails
     output: .ssot-lint/runs/{NEW}/gates/3-1.txt
     seconds: 2
  4  skipped
     because: needs batch 3
"""
    assert ssot("status", "202611") == (0, expected, "")


def test_status_as_json(root: Path, ssot: Ssot) -> None:
    migrated(root)
    status, out, _ = ssot("status", NEW, "--format", "json")
    document = json.loads(out)
    assert (status, document["schema_version"], document["holder"], document["damaged"]) == (0, 1, None, [])
    [run] = document["runs"]
    assert (run["id"], run["begun"], run["interrupted"]) == (NEW, "2026-11-22T23:45:01", None)
    assert run["states"] == {"pending": 0, "committed": 2, "blocked": 1, "skipped": 1, "rolled-back": 0}
    assert run["batches"][2] == {
        "number": 3,
        "state": "blocked",
        "files": [],
        "conflicts": [],
        "reason": "test_c fails",
        "culprit": "c.py",
        "output": f".ssot-lint/runs/{NEW}/gates/3-1.txt",
        "details": {"seconds": 2},
    }


def test_an_interrupted_run_is_said_and_undone(root: Path, ssot: Ssot) -> None:
    run = commit(Hold(root), begun(root, 1, 2), 1, [Change("b.py", b"b = 1\n", b"b = 2\n")])
    crash(root, run, 2, Change("a.py", b"a = 1\n\nx = 1\n", b"a = 2\n\nx = 1\n"))
    expected = f"""\
{NEW}  2 batches: 1 pending, 1 committed
  run {NEW} was interrupted while writing batch 2 (1 file)
  `ssot-lint resume` finishes what was begun, `ssot-lint rollback` takes it back
"""
    assert ssot("status") == (1, expected, "")
    assert json.loads(ssot("status", "--format", "json")[1])["runs"][0]["interrupted"] == {
        "kind": "commit",
        "batches": [2],
        "files": ["a.py"],
    }
    status, out, err = ssot("rollback", "--dry-run")
    assert (status, out) == (2, "")
    assert "was interrupted while writing batch 2" in err
    status, out, err = ssot("rollback", "--batch", "2")
    assert (status, out) == (0, f"run {NEW}: nothing else to take back\n")
    assert err == f"undid the interrupted batch 2 of run {NEW}\n"
    assert runs.load(root, NEW).batch(2).state == "rolled-back"  # and no `resume` writes it after all
    assert ssot("status")[0] == 0
    assert (root / "b.py").read_bytes() == b"b = 2\n"


def test_rollback(root: Path, ssot: Ssot) -> None:
    migrated(root)
    (root / "a.py").write_bytes(b"a = 2\n\nx = 1\nmine = 1\n")
    files = """\
  a.py: restored, later edits kept
  b.py: created again
  c.py: deleted
"""
    told = f"run {NEW}: would take back batches 2, 1\n{files}3 files would be taken back\n"
    assert ssot("rollback", "--dry-run") == (0, told, "")
    assert (root / "c.py").exists()
    assert ssot("rollback") == (0, f"run {NEW}: took back batches 2, 1\n{files}3 files taken back\n", "")
    assert (root / "a.py").read_bytes() == b"a = 1\n\nx = 1\nmine = 1\n"
    assert (root / "b.py").read_bytes() == b"b = 1\n"
    assert not (root / "c.py").exists()
    status, _, err = ssot("rollback")
    assert (status, err) == (2, f"ssot-lint: run {NEW} has nothing to roll back\n")


def test_rollback_of_one_batch_as_json(root: Path, ssot: Ssot) -> None:
    migrated(root)
    status, out, err = ssot("rollback", "2026112", "--batch", "2", "--format", "json")
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "schema_version": 1,
        "run": NEW,
        "batches": [2],
        "in_part": [],
        "dry_run": False,
        "files": [{"path": "b.py", "how": "created"}, {"path": "c.py", "how": "deleted"}],
        "conflicts": [],
    }
    assert (root / "a.py").read_bytes() == b"a = 2\n\nx = 1\n"
    status, _, err = ssot("rollback", "--batch", "3")
    assert (status, err) == (2, f"ssot-lint: batch 3 of run {NEW} has nothing to roll back: it is blocked\n")


def test_conflicts_are_reported_and_kept(root: Path, ssot: Ssot, monkeypatch: pytest.MonkeyPatch) -> None:
    migrated(root)
    (root / "a.py").write_bytes(b"a = 3\nmore = 1\n\nx = 1\n")
    before = digest(b"a = 1\n\nx = 1\n")
    kept = f".ssot-lint/runs/{NEW}/objects/{before}"
    expected = f"""\
run {NEW}: took back batch 2, nothing of batch 1
  b.py: created again
  c.py: deleted
  a.py: CONFLICT, lines that the run changed were edited since; it is left alone
    lines 1-2 now, line 1 before
    its bytes before the run: {kept}
2 files taken back, 1 conflict
edit what conflicts, then roll back again, with --keep FILE for what shall stay so
"""
    assert ssot("rollback") == (1, expected, "")
    assert (root / "a.py").read_bytes() == b"a = 3\nmore = 1\n\nx = 1\n"
    assert "     conflict: a.py was edited since\n" in ssot("status", NEW)[1]
    status, out, _ = ssot("rollback", "--dry-run")
    assert (status, out.splitlines()[0]) == (1, f"run {NEW}: would take back nothing of batch 1")
    status, out, _ = ssot("rollback", "--format", "json")
    told = json.loads(out)
    assert (status, told["batches"], told["in_part"]) == (1, [1], [1])
    assert told["conflicts"][0]["regions"] == [{"current": [1, 2], "before": [1, 1]}]
    (root / "sub").mkdir()
    monkeypatch.chdir(root / "sub")
    told = f"run {NEW}: took back batch 1\n  a.py: left as it is\n1 file taken back\n"
    assert ssot("rollback", "--keep", "../a.py") == (0, told, "")
    assert (root / "a.py").read_bytes() == b"a = 3\nmore = 1\n\nx = 1\n"


def test_a_batch_of_which_one_file_conflicts_is_taken_back_in_part(root: Path, ssot: Ssot) -> None:
    migrated(root)
    (root / "b.py").write_bytes(b"mine = 1\n")  # which batch 2 has deleted
    status, out, _ = ssot("rollback")
    assert (status, out.splitlines()[0]) == (1, f"run {NEW}: took back batch 1, batch 2 in part")
    assert (root / "b.py").read_bytes() == b"mine = 1\n" and not (root / "c.py").exists()


def test_a_damaged_run_hides_no_other(root: Path, ssot: Ssot) -> None:
    run = migrated(root)
    journal = run.directory / "journal"
    content = journal.read_bytes()
    journal.write_bytes(content.replace(b"test_c fails", b"TEST_C FAILS"))
    status, out, _ = ssot("status")
    assert status == 1
    assert out.startswith(f"{OLD}  1 batch: 1 rolled-back\n{NEW}  damaged: ")
    assert ssot("status", OLD)[0] == 0
    assert ssot("rollback")[0] == 2


HOLDING = """
import sys
from pathlib import Path
from ssot_lint.migrating.locking import Holder, lock
with lock(Path(sys.argv[1]), Holder(4711, "otherhost", "ssot-lint migrate", "2026-11-22T23:00:00")):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_another_process_is_named(root: Path, ssot: Ssot) -> None:
    migrated(root)
    program = [sys.executable, "-c", HOLDING, str(root)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        who = "process 4711 on otherhost, since 2026-11-22T23:00:00: ssot-lint migrate"
        assert ssot("status")[1].startswith(f"{who} is changing this project\n")
        status, out, err = ssot("rollback", "--wait", "0.2")
        assert (status, out) == (2, "")
        assert err.splitlines()[:2] == [
            f"waiting for {who}",
            f"ssot-lint: another process is changing this project: {who}",
        ]
        other.kill()
    assert (root / "c.py").exists()
    assert ssot("rollback", "--wait", "0")[0] == 0


def test_the_lock_says_who_we_are(root: Path) -> None:
    from ssot_lint.cli._lock import locked

    with locked(root):
        told = json.loads((root / ".ssot-lint" / "lock.json").read_text())
    assert (told["pid"], told["command"].split()[0]) == (os.getpid(), "ssot-lint")
    assert datetime.fromisoformat(told["since"]).tzinfo is not None
    assert not (root / ".ssot-lint" / "lock.json").exists()


def test_a_holder_that_left_no_word() -> None:
    assert str(Holder(0, "", "unknown", "")) == "another process, which does not say who it is,"
