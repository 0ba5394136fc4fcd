"""The way back, with and without edits made since."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_lint.errors import RunError, TransactionError
from ssot_lint.migrating import runs
from ssot_lint.migrating.locking import Hold, Holder, lock
from ssot_lint.migrating.merging import Region
from ssot_lint.migrating.objects import digest
from ssot_lint.migrating.rollback import Conflict, plan_rollback, rollback
from ssot_lint.migrating.runs import Run
from ssot_lint.transaction import Change, commit

Files = dict[str, bytes | None]

ONE = b"import a\n\nx = 1\ny = 1\nz = 1\n"
TWO = b"import b\n\nx = 1\ny = 1\nz = 1\n"
THREE = b"import b\n\nx = 1\ny = 1\nz = 3\n"
ME = Holder(os.getpid(), "here", "pytest", "2026-11-22T23:45:00")


def read(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".ssot-lint" not in path.relative_to(root).parts
    }


def put(root: Path, files: Files) -> None:
    for name, content in files.items():
        if content is None:
            (root / name).unlink()
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    with lock(tmp_path, ME) as held:
        yield held


def begun(hold: Hold, token: str = "a1b2") -> Run:
    return runs.create(
        hold.root, b"{}", now=datetime(2026, 11, 22, 23, 45, 1), token=token, batches=[1, 2, 3]
    )


def committed(hold: Hold, *batches: Files, token: str = "a1b2") -> Run:
    """A run whose batches 1, 2, ... wrote these files, on top of what is there."""
    run = begun(hold, token)
    for number, files in enumerate(batches, 1):
        now = read(hold.root)
        changes = [Change(path, now.get(path), content) for path, content in files.items()]
        run = commit(hold, run, number, changes)
    return run


def hows(run: Run, *batches: int) -> dict[str, str]:
    return {step.change.path: step.how for step in plan_rollback(run, batches or None).steps}


def test_everything_comes_back(hold: Hold) -> None:
    before: Files = {"a.py": ONE, "pkg/b.py": b"b\r\n", "gone.py": b"\xe9"}
    put(hold.root, before)
    run = committed(hold, {"a.py": TWO, "gone.py": None, "new/n.py": b"n"}, {"a.py": THREE, "pkg/b.py": b"B"})
    assert hows(run) == {
        "a.py": "restored",
        "gone.py": "created",
        "new/n.py": "deleted",
        "pkg/b.py": "restored",
    }
    run, done = rollback(hold, run)
    assert (done.batches, done.conflicts, read(hold.root)) == ((2, 1), (), before)
    assert not (hold.root / "new").exists()
    assert [batch.state for batch in run.batches] == ["rolled-back", "rolled-back", "pending"]
    assert [batch.files for batch in run.batches] == [(), (), ()]
    with pytest.raises(RunError, match="has nothing to roll back"):
        rollback(hold, run)


def test_one_batch_then_the_other(hold: Hold) -> None:
    put(hold.root, {"a.py": ONE, "b.py": b"1"})
    run = committed(hold, {"a.py": TWO}, {"a.py": THREE, "b.py": b"2"})
    run, done = rollback(hold, run, [2])
    assert (done.batches, read(hold.root)) == ((2,), {"a.py": TWO, "b.py": b"1"})
    assert [batch.state for batch in run.batches] == ["committed", "rolled-back", "pending"]
    run, done = rollback(hold, run)
    assert (done.batches, read(hold.root)) == ((1,), {"a.py": ONE, "b.py": b"1"})


def test_an_older_batch_alone_keeps_the_newer_one(hold: Hold) -> None:
    """What a later batch wrote is a later edit like any other."""
    put(hold.root, {"a.py": ONE})
    run = committed(hold, {"a.py": TWO}, {"a.py": THREE})
    run, done = rollback(hold, run, [1])
    assert done.conflicts == ()
    assert read(hold.root) == {"a.py": THREE.replace(b"import b", b"import a")}
    run, done = rollback(hold, run, [2])
    assert (done.conflicts, read(hold.root)) == ((), {"a.py": ONE})


def test_edits_of_other_lines_are_kept(hold: Hold) -> None:
    put(hold.root, {"a.py": ONE, "b.py": b"b"})
    run = committed(hold, {"a.py": TWO, "b.py": b"B"})
    put(hold.root, {"a.py": TWO.replace(b"y = 1", b"y = 1\nmine = 1"), "c.py": b"c"})
    assert hows(run) == {"a.py": "merged", "b.py": "restored"}
    rollback(hold, run)
    assert read(hold.root) == {
        "a.py": ONE.replace(b"y = 1", b"y = 1\nmine = 1"),
        "b.py": b"b",
        "c.py": b"c",
    }


def test_edits_of_the_same_lines_are_left_alone(hold: Hold) -> None:
    put(hold.root, {"a.py": ONE, "b.py": b"b"})
    run = committed(hold, {"a.py": TWO, "b.py": b"B"})
    mine = TWO.replace(b"import b\n", b"import b, c\nimport d\n")
    put(hold.root, {"a.py": mine})
    run, done = rollback(hold, run)
    kept = f".ssot-lint/runs/{run.id}/objects/{digest(ONE)}"
    assert done.conflicts == (
        Conflict("a.py", "lines that the run changed were edited since", (Region((1, 2), (1, 1)),), kept),
    )
    assert (hold.root / kept).read_bytes() == ONE
    assert read(hold.root) == {"a.py": mine, "b.py": b"b"}
    assert (run.batch(1).state, run.batch(1).files, run.batch(1).conflicts) == (
        "committed",
        ("a.py",),
        ("a.py",),
    )
    again, done = rollback(hold, run)  # nothing was done about it
    assert ([conflict.path for conflict in done.conflicts], done.steps) == (["a.py"], ())
    put(hold.root, {"a.py": ONE})  # somebody takes it back by hand
    run, done = rollback(hold, again)
    assert ([step.how for step in done.steps], done.conflicts) == (["unchanged"], ())
    assert (run.batch(1).state, run.batch(1).conflicts) == ("rolled-back", ())


def test_a_conflict_that_was_dealt_with(hold: Hold) -> None:
    put(hold.root, {"a.py": ONE, "b.py": b"b"})
    run = committed(hold, {"a.py": TWO, "b.py": b"B"})
    put(hold.root, {"a.py": b"all mine\n"})
    with pytest.raises(RunError, match=r"c\.py is not among the files"):
        rollback(hold, run, keep={"c.py"})
    run, done = rollback(hold, run, keep={"a.py"})
    assert [(step.change.path, step.how) for step in done.steps] == [("a.py", "kept"), ("b.py", "restored")]
    assert read(hold.root) == {"a.py": b"all mine\n", "b.py": b"b"}
    assert run.batch(1).state == "rolled-back"


@pytest.mark.parametrize(
    ("before", "after", "since", "reason"),
    [
        pytest.param(b"a", b"b", None, "it was deleted since the run changed it", id="deleted"),
        pytest.param(None, b"b", b"mine", "it was edited since the run created it", id="created-edited"),
        pytest.param(
            b"a", None, b"mine", "it was created again since the run deleted it", id="created-again"
        ),
    ],
)
def test_files_that_came_and_went(
    before: bytes | None, after: bytes | None, since: bytes | None, reason: str, hold: Hold
) -> None:
    put(hold.root, {"other.py": b"1"} | ({"a.py": before} if before else {}))
    run = committed(hold, {"a.py": after, "other.py": b"2"})
    put(hold.root, {"a.py": since})
    run, done = rollback(hold, run)
    assert [(conflict.path, conflict.reason) for conflict in done.conflicts] == [("a.py", reason)]
    assert read(hold.root) == {"other.py": b"1"} | ({"a.py": since} if since else {})
    assert run.batch(1).files == ("a.py",)


@pytest.mark.parametrize(("before", "after"), [(b"a", b"b"), (None, b"b"), (b"a", None)])
def test_what_was_taken_back_by_hand_is_done(before: bytes | None, after: bytes | None, hold: Hold) -> None:
    put(hold.root, {"a.py": before} if before else {})
    run = committed(hold, {"a.py": after})
    put(hold.root, {"a.py": before})
    assert hows(run) == {"a.py": "unchanged"}
    run, _ = rollback(hold, run)
    assert read(hold.root) == ({"a.py": before} if before else {})
    assert run.batch(1).state == "rolled-back"


def test_taken_back_by_hand_half_way(hold: Hold) -> None:
    put(hold.root, {"a.py": ONE})
    run = committed(hold, {"a.py": TWO}, {"a.py": THREE})
    put(hold.root, {"a.py": TWO})
    assert hows(run) == {"a.py": "restored"}
    rollback(hold, run)
    assert read(hold.root) == {"a.py": ONE}


def test_edits_between_two_batches_are_kept(hold: Hold) -> None:
    put(hold.root, {"a.py": ONE})
    run = committed(hold, {"a.py": TWO})
    between = TWO.replace(b"x = 1\n", b"x = 1\nmine = 1\n")
    put(hold.root, {"a.py": between})
    run = commit(hold, run, 2, [Change("a.py", between, between.replace(b"z = 1", b"z = 3"))])
    assert hows(run) == {"a.py": "merged"}
    rollback(hold, run)
    assert read(hold.root) == {"a.py": ONE.replace(b"x = 1\n", b"x = 1\nmine = 1\n")}


def test_lines_of_a_conflict_are_those_of_the_file_as_it_is(hold: Hold) -> None:
    """Not of what it would be with the newer batch taken back: that one wrote two lines more at the top."""
    put(hold.root, {"a.py": ONE})
    last = ONE.replace(b"z = 1", b"z = 2")
    run = committed(hold, {"a.py": last}, {"a.py": b"one\ntwo\n" + last})
    put(hold.root, {"a.py": b"one\ntwo\n" + ONE.replace(b"z = 1", b"z = 3")})
    [conflict] = plan_rollback(run).conflicts
    assert conflict.regions == (Region((7, 7), (5, 5)),)


def test_a_link_is_left_alone(hold: Hold, tmp_path_factory: pytest.TempPathFactory) -> None:
    put(hold.root, {"a.py": b"a"})
    run = committed(hold, {"a.py": b"b"})
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a.py"
    elsewhere.write_bytes(b"b")
    (hold.root / "a.py").unlink()
    (hold.root / "a.py").symlink_to(elsewhere)
    _, done = rollback(hold, run)
    assert [conflict.reason for conflict in done.conflicts] == [
        "a.py is a symbolic link now, or its directory is one"
    ]
    assert elsewhere.read_bytes() == b"b"


def test_a_directory_that_is_in_use_stays(hold: Hold) -> None:
    put(hold.root, {"a.py": b"a"})
    run = committed(hold, {"new/one/n.py": b"n", "new/two/n.py": b"n", "new/three/n.py": b"n"})
    put(
        hold.root,
        {
            "new/two/mine.txt": b"m",
            "new/one/__pycache__/n.cpython-311.pyc": b"",
            "new/three/__pycache__/notes.txt": b"",
        },
    )
    rollback(hold, run)
    assert read(hold.root) == {"a.py": b"a", "new/two/mine.txt": b"m", "new/three/__pycache__/notes.txt": b""}
    assert not (hold.root / "new/one").exists()


def test_the_directory_of_a_deleted_file_is_made_again(hold: Hold) -> None:
    put(hold.root, {"pkg/sub/a.py": b"a"})
    run = committed(hold, {"pkg/sub/a.py": None})
    (hold.root / "pkg/sub").rmdir()
    (hold.root / "pkg").rmdir()
    rollback(hold, run)
    assert read(hold.root) == {"pkg/sub/a.py": b"a"}


def test_a_batch_is_bisected(hold: Hold) -> None:
    """Committed, taken back, committed in part, blocked; the way back still finds the part."""
    put(hold.root, {"a.py": b"a", "b.py": b"b", "c.py": b"c"})
    changes = [Change(f"{name}.py", name.encode(), name.upper().encode()) for name in "abc"]
    run = commit(hold, begun(hold), 1, changes)
    run, _ = rollback(hold, run, [1])
    run = commit(hold, run, 1, changes[:2])
    run, _ = rollback(hold, run, [1])
    run = commit(hold, run, 1, [changes[0], changes[2]])
    run = runs.record(run, 1, "blocked", culprit="b.py", reason="test_b fails")
    assert read(hold.root) == {"a.py": b"A", "b.py": b"b", "c.py": b"C"}
    assert run.batch(1).files == ("a.py", "c.py")
    run, _ = rollback(hold, run)
    assert read(hold.root) == {"a.py": b"a", "b.py": b"b", "c.py": b"c"}
    assert run.batch(1).state == "rolled-back"


def test_nothing_to_take_back(hold: Hold) -> None:
    put(hold.root, {"a.py": b"a"})
    run = committed(hold, {"a.py": b"b"})
    for batches, message in (
        ([2], "batch 2 .* has nothing to roll back: it is pending"),
        ([9], "no batch 9"),
    ):
        with pytest.raises(RunError, match=message):
            plan_rollback(run, batches)
    assert read(hold.root) == {"a.py": b"b"}


def test_a_read_only_file_stops_all(hold: Hold) -> None:
    put(hold.root, {"a.py": b"a", "b.py": b"b"})
    run = committed(hold, {"a.py": b"A", "b.py": b"B"})
    (hold.root / "b.py").chmod(0o444)
    with pytest.raises(TransactionError, match=r"b\.py is read-only"):
        rollback(hold, run)
    assert read(hold.root) == {"a.py": b"A", "b.py": b"B"}


def test_a_damaged_object_stops_all(hold: Hold) -> None:
    put(hold.root, {"a.py": b"a", "b.py": b"b"})
    run = committed(hold, {"a.py": b"A", "b.py": b"B"})
    (run.directory / "objects" / digest(b"b")).write_bytes(b"x")
    with pytest.raises(RunError, match="is damaged"):
        rollback(hold, run)
    assert read(hold.root) == {"a.py": b"A", "b.py": b"B"}


def test_after_later_commits(hold: Hold) -> None:
    """git has it all in its history by then; that makes no difference, and git is not touched."""

    def git(*arguments: str) -> str:
        settings = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
        ran = subprocess.run(
            ["git", *settings, *arguments], cwd=hold.root, capture_output=True, encoding="utf-8", check=True
        )
        return ran.stdout

    put(hold.root, {"a.py": ONE, "b.py": b"b\n"})
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "before")
    run = committed(hold, {"a.py": TWO, "b.py": None, "c.py": b"c\n"})
    git("add", "-A")
    git("commit", "-qm", "migrated")
    put(hold.root, {"a.py": TWO + b"more = 1\n", "d.py": b"d\n"})
    git("add", "-A")
    git("commit", "-qm", "later work")
    head = git("rev-parse", "HEAD")
    _, done = rollback(hold, run)
    assert done.conflicts == ()
    assert git("rev-parse", "HEAD") == head
    changed = git("status", "--porcelain").splitlines()
    assert sorted(changed) == [" D c.py", " M a.py", "?? b.py"]  # and nothing of ours
    found = {path: content for path, content in read(hold.root).items() if not path.startswith(".git/")}
    assert found == {"a.py": ONE + b"more = 1\n", "b.py": b"b\n", "d.py": b"d\n"}


LINES = [f"line {number}\n".encode() for number in range(8)]
EDIT = st.dictionaries(st.integers(0, 7), st.sampled_from([b"", b"x\n", b"y\nz\n"]), max_size=3)


def edited(lines: list[bytes], edits: dict[int, bytes]) -> list[bytes]:
    return [edits.get(number, line) for number, line in enumerate(lines)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(run_edits=EDIT, later=EDIT)
def test_edits_are_never_lost(
    run_edits: dict[int, bytes], later: dict[int, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Edits of lines that the run did not touch end up in the file as it was before; or it is left alone."""
    root = tmp_path_factory.mktemp("edits")
    hold = Hold(root)
    put(root, {"a.py": b"".join(LINES)})
    after = edited(LINES, run_edits)
    run = committed(hold, {"a.py": b"".join(after)})
    theirs = {number: b"later %d\n" % number for number in later if number not in run_edits}
    put(root, {"a.py": b"".join(edited(after, theirs))})
    if not run.batch(1).files:
        return
    run, done = rollback(hold, run)
    if done.conflicts:
        assert read(root) == {"a.py": b"".join(edited(after, theirs))}
        assert run.batch(1).state == "committed"
    else:
        assert read(root) == {"a.py": b"".join(edited(LINES, theirs))}
        assert run.batch(1).state == "rolled-back"
