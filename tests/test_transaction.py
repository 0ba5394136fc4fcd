"""All files of a batch or none: killed, out of space, refused, or changed under us."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_lint.errors import (
    FileChangedError,
    InterruptedRunError,
    LockedError,
    SsotLintError,
    TransactionError,
)
from ssot_lint.migrating import runs
from ssot_lint.migrating.locking import Hold, Holder, holder, lock
from ssot_lint.migrating.rollback import rollback
from ssot_lint.migrating.runs import Run
from ssot_lint.transaction import Change, commit, interrupted, recover

HERE = Path(__file__).parent
ME = Holder(os.getpid(), "here", "pytest", "2026-11-22T23:45:00")
SHARED_MEMORY = Path("/dev/shm")

Files = dict[str, bytes]


def read(root: Path) -> Files:
    """Every file, but for our own; what was left of a transaction would be among them."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".ssot-lint" not in path.relative_to(root).parts
    }


def write(root: Path, files: Files) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def new_run(root: Path, token: str = "a1b2") -> Run:
    return runs.create(root, b"{}", now=datetime(2026, 11, 22, 23, 45, 1), token=token, batches=[1, 2])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    write(project, {"a.py": b"a = 1\n", "pkg/b.py": b"b = 1\n", "pkg/c.py": b"c = 1\n"})
    return project


@pytest.fixture
def hold(root: Path) -> Iterator[Hold]:
    with lock(root, ME) as held:
        yield held


CHANGES = (
    Change("a.py", b"a = 1\n", b"a = 2\n"),
    Change("pkg/b.py", b"b = 1\n", None),
    Change("pkg/c.py", b"c = 1\n", b"c = 2\n"),
    Change("new/deep/d.py", None, b"d = 2\n"),
)
BEFORE = {"a.py": b"a = 1\n", "pkg/b.py": b"b = 1\n", "pkg/c.py": b"c = 1\n"}
AFTER = {"a.py": b"a = 2\n", "new/deep/d.py": b"d = 2\n", "pkg/c.py": b"c = 2\n"}


# --- kill -9 ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the test forks")
@pytest.mark.parametrize(("scenario", "least"), [("commit", 270), ("rollback", 270), ("recovery", 200)])
def test_killed_anywhere_it_is_before_or_after(scenario: str, least: int, tmp_path: Path) -> None:
    """Fifty files; see `_killing.py`. In memory, where there is such a place: a kill loses nothing of that."""
    from tempfile import TemporaryDirectory

    place = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else tmp_path
    with TemporaryDirectory(dir=place) as directory:
        program = [sys.executable, str(HERE / "_killing.py"), str(Path(directory).resolve()), scenario]
        found = subprocess.run(program, capture_output=True, encoding="utf-8", timeout=300)
    assert found.returncode == 0, found.stderr[-3000:]
    assert int(found.stdout) >= least


# --- errors while writing ---------------------------------------------------------------------------------


def steps_of(root: Path) -> list[str]:
    with lock(root, ME) as held:
        names: list[str] = []
        run = commit(held, new_run(root, "names"), 1, CHANGES, fault=names.append)
        rollback(held, run)
    assert read(root) == BEFORE
    return names


def test_every_step_that_fails_changes_nothing(root: Path) -> None:
    names = steps_of(root)
    assert names == [
        *(f"object:{n}" for n in range(6)),
        "journal-begin",
        "directories",
        "stage:0",
        "stage:1",
        "stage:3",
        "staged",
        "replace:0",
        "replace:1",
        "delete:2",
        "replace:3",
        "sync",
        "tidy",
        "journal-end",
    ]
    for number, name in enumerate(names):

        def fault(step: str, failing: str = name) -> None:
            if step == failing:
                raise OSError(errno.ENOSPC, "No space left on device")

        with lock(root, ME) as held:
            run = new_run(root, f"{number:04}")
            with pytest.raises(TransactionError, match="No space left"):
                commit(held, run, 1, CHANGES, fault=fault)
            assert read(root) == BEFORE, name
            assert not (root / "new").exists()
            assert interrupted(root) == ()
            assert runs.load(root, run.id).batch(1).state == "pending"
            assert runs.load(root, run.id).batch(1).files == ()


def test_contents_that_nobody_needs_are_not_kept(root: Path, hold: Hold) -> None:
    """The disk is full: what was kept for a batch that does not begin gives its space back."""
    for name in ("object:4", "journal-begin"):

        def fault(step: str, failing: str = name) -> None:
            if step == failing:
                raise OSError(errno.ENOSPC, "No space left on device")

        run = new_run(root, name.replace(":", "").replace("-", ""))
        with pytest.raises(TransactionError):
            commit(hold, run, 1, CHANGES, fault=fault)
        assert list((run.directory / "objects").iterdir()) == []


def test_what_was_edited_before_the_undoing_is_left_alone(root: Path, hold: Hold) -> None:
    """Written, then edited by somebody else, then the batch fails: the edit stays, and is not forgotten."""

    def fault(step: str) -> None:
        if step == "replace:3":
            (root / "a.py").write_bytes(b"a = 2\nmine\n")
            raise OSError(errno.EIO, "Input/output error")

    run = new_run(root)
    with pytest.raises(TransactionError):
        commit(hold, run, 1, CHANGES, fault=fault)
    assert read(root) == {**BEFORE, "a.py": b"a = 2\nmine\n"}
    batch = runs.load(root, run.id).batch(1)
    assert (batch.state, batch.files, batch.conflicts) == ("pending", ("a.py",), ("a.py",))


@pytest.mark.parametrize("name", ["replace:0", "delete:2", "replace:3", "sync", "journal-end"])
@pytest.mark.parametrize("forward", [False, True])
def test_when_undoing_fails_too_nothing_is_lost(name: str, forward: bool, root: Path, hold: Hold) -> None:
    reached = False

    def fault(step: str) -> None:
        nonlocal reached
        reached = reached or step == name
        if reached:
            raise OSError(errno.EIO, "Input/output error")

    run = new_run(root)
    with pytest.raises(InterruptedRunError, match="Input/output error"):
        commit(hold, run, 1, CHANGES, fault=fault)
    with pytest.raises(InterruptedRunError, match="was interrupted while writing batch 1"):
        commit(hold, run, 2, [Change("a.py", b"a = 2\n", b"a = 3\n")])
    with pytest.raises(InterruptedRunError):
        rollback(hold, run)
    [done] = recover(hold, forward=forward)
    assert (done.conflicts, read(root)) == ((), AFTER if forward else BEFORE)
    assert done.run.batch(1).state == ("committed" if forward else "pending")


def test_ctrl_c_undoes_the_batch(root: Path, hold: Hold) -> None:
    def fault(step: str) -> None:
        if step == "replace:1":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        commit(hold, new_run(root), 1, CHANGES, fault=fault)
    assert read(root) == BEFORE
    assert interrupted(root) == ()


LIMITED = """
import resource, sys
from datetime import datetime
from pathlib import Path
from ssot_lint.migrating import runs
from ssot_lint.errors import TransactionError
from ssot_lint.migrating.locking import Hold
from ssot_lint.transaction import Change, commit
root = Path(sys.argv[1])
run = runs.create(root, b"{}", now=datetime(2026, 1, 1), token="full", batches=[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
small = Change("a.py", b"a = 1\\n", b"a = 2\\n")
try:
    commit(Hold(root), run, 1, [small, Change("big.py", None, b"#" * 30_000)])
except TransactionError as error:
    print(error)
print(commit(Hold(root), run, 1, [small]).batch(1).state)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no resource limits")
def test_a_write_that_really_fails(root: Path) -> None:
    """The limit of a file's size stands in for a full disk: the kernel refuses to write."""
    found = subprocess.run([sys.executable, "-c", LIMITED, str(root)], capture_output=True, encoding="utf-8")
    assert "cannot write: File too large" in found.stdout, found.stderr
    assert found.stdout.endswith("committed\n")
    assert read(root) == {**BEFORE, "a.py": b"a = 2\n"}


@pytest.mark.skipif(not os.access(SHARED_MEMORY, os.W_OK), reason="no place to mount")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts")
def test_a_full_disk(tmp_path: Path) -> None:
    root = tmp_path / "small"
    root.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(root)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this place does not let us mount")
    try:
        contents = {f"f{number}.py": b"%d" % number * 20_000 for number in range(8)}
        write(root, contents)  # 160 kB, and the same again before, after and staged
        run = new_run(root)
        with pytest.raises(TransactionError, match="No space left"):
            commit(
                Hold(root),
                run,
                1,
                [Change(name, old, old.swapcase() + b"#") for name, old in contents.items()],
            )
        assert read(root) == contents
        assert interrupted(root) == ()
        name, old = "f1.py", contents["f1.py"]
        assert commit(Hold(root), run, 1, [Change(name, old, b"x")]).batch(1).files == (name,)
    finally:
        subprocess.run(["umount", "-l", str(root)], check=True)


# --- what is refused before anything is written -----------------------------------------------------------


def refused(hold: Hold, changes: list[Change], error: type[SsotLintError], message: str) -> None:
    before = read(hold.root)
    with pytest.raises(error, match=message):
        commit(hold, new_run(hold.root, f"{len(runs.ids(hold.root))}"), 1, changes)
    assert read(hold.root) == before
    assert interrupted(hold.root) == ()


GOOD = CHANGES[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(Change("a.py", b"other", b"x"), "a.py was changed since the plan", id="changed"),
        pytest.param(Change("gone.py", b"g", b"x"), "gone.py is gone", id="gone"),
        pytest.param(Change("gone.py", b"g", None), "gone.py is gone", id="gone-too"),
        pytest.param(Change("pkg/b.py", None, b"x"), "pkg/b.py is there already", id="there"),
        pytest.param(Change("pkg/b.py", b"other", b"other"), "was changed since", id="changed-unchanged"),
    ],
)
def test_the_tree_moved_on(change: Change, message: str, hold: Hold) -> None:
    refused(hold, [CHANGES[2], change], FileChangedError, message)


@pytest.mark.parametrize(
    "path",
    ["../out.py", "pkg/../../out.py", "/etc/passwd", "", ".", "./a.py", "pkg//b.py", "pkg/", "a\0.py", ".."],
)
def test_a_path_out_of_the_project(path: str, hold: Hold) -> None:
    refused(hold, [GOOD, Change(path, None, b"x")], TransactionError, "is no path inside the project")


@pytest.mark.parametrize("path", [".git/config", "sub/.git/hooks/x", ".ssot-lint/runs/x", ".GIT/config"])
def test_a_path_that_is_not_the_projects(path: str, hold: Hold) -> None:
    refused(hold, [GOOD, Change(path, None, b"x")], TransactionError, "where nothing is to be changed")


def test_out_through_a_directory_link(hold: Hold, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.py").write_bytes(b"x")
    (hold.root / "linked").symlink_to(tmp_path / "elsewhere")
    (hold.root / "link.py").symlink_to(tmp_path / "elsewhere" / "x.py")
    for change in (
        Change("linked/x.py", b"x", b"y"),
        Change("linked/new.py", None, b"y"),
        Change("link.py", b"x", b"y"),
    ):
        with pytest.raises(TransactionError, match="leads outside the project"):
            commit(
                hold, new_run(hold.root, change.path[-4].lower() + str(len(change.path))), 1, [GOOD, change]
            )
    assert read(tmp_path / "elsewhere") == {"x.py": b"x"}
    assert (hold.root / "a.py").read_bytes() == b"a = 1\n"


def test_hard_links(hold: Hold) -> None:
    os.link(hold.root / "pkg/b.py", hold.root / "pkg/other.py")
    refused(hold, [GOOD, Change("pkg/b.py", b"b = 1\n", b"x")], TransactionError, "pkg/b.py has 2 hard links")


def test_a_read_only_file(hold: Hold) -> None:
    (hold.root / "pkg/b.py").chmod(0o444)
    refused(hold, [GOOD, Change("pkg/b.py", b"b = 1\n", b"x")], TransactionError, "pkg/b.py is read-only")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_directory(hold: Hold) -> None:
    (hold.root / "pkg").chmod(0o555)
    try:
        refused(
            hold, [GOOD, Change("pkg/b.py", b"b = 1\n", b"x")], TransactionError, "directory is read-only"
        )
        refused(hold, [GOOD, Change("pkg/n/e.py", None, b"x")], TransactionError, "directory is read-only")
    finally:
        (hold.root / "pkg").chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another")
def test_a_read_only_directory_of_somebody_else() -> None:
    """Root becomes somebody whom the directory does keep out."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as directory:
        root = Path(directory).resolve()
        write(root, BEFORE)
        new_run(root)
        for path in (root, *root.rglob("*")):
            path.chmod(0o777)
        (root / "pkg").chmod(0o555)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.setgid(65534)
                os.setuid(65534)
                status = _refused_as_read_only(root)
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert read(root) == BEFORE


def _refused_as_read_only(root: Path) -> int:
    run = runs.latest(root)
    assert run is not None
    for change in (Change("pkg/n/e.py", None, b"x"), Change("pkg/b.py", b"b = 1\n", b"x")):
        try:
            commit(Hold(root), run, 1, [GOOD, change])
        except TransactionError as error:
            if "its directory is read-only" not in str(error):
                return 2
        else:
            return 3
    return 0


def test_what_is_no_file(hold: Hold) -> None:
    os.mkfifo(hold.root / "pipe.py")
    refused(hold, [GOOD, Change("pipe.py", b"", b"x")], TransactionError, "pipe.py is not a regular file")
    (hold.root / "pipe.py").unlink()
    with pytest.raises(TransactionError, match="pkg is not a regular file"):
        commit(hold, new_run(hold.root, "b"), 1, [GOOD, Change("pkg", b"", b"x")])
    with pytest.raises(TransactionError, match=r"pkg/b\.py is a file"):
        commit(hold, new_run(hold.root, "c"), 1, [GOOD, Change("pkg/b.py/x.py", None, b"x")])
    assert read(hold.root) == BEFORE


def test_two_contents_for_one_file(hold: Hold) -> None:
    (hold.root / "link.py").symlink_to("pkg/b.py")
    two = [Change("pkg/b.py", b"b = 1\n", b"x"), Change("link.py", b"b = 1\n", b"y")]
    refused(hold, [GOOD, *two], TransactionError, "link.py: a second, different change of pkg/b.py")


@pytest.mark.parametrize("change", [Change("link.py", b"b = 1\n", None), Change("broken.py", None, b"x")])
def test_a_link_is_not_created_or_deleted(change: Change, hold: Hold) -> None:
    (hold.root / "link.py").symlink_to("pkg/b.py")
    (hold.root / "broken.py").symlink_to("pkg/nothing.py")
    refused(hold, [GOOD, change], TransactionError, "is a symbolic link")
    (hold.root / "loop.py").symlink_to("loop.py")
    with pytest.raises(TransactionError):
        commit(hold, new_run(hold.root, "loop"), 1, [GOOD, Change("loop.py", b"x", b"y")])


def test_changed_between_the_check_and_the_write(root: Path, hold: Hold) -> None:
    """An editor that saves while we stage: the batch is undone, and the edit is not lost."""
    for step, path in (("stage:0", "a.py"), ("staged", "pkg/c.py"), ("replace:3", "pkg/c.py")):

        def fault(name: str, step: str = step, path: str = path) -> None:
            if name == step:
                (root / path).write_bytes(b"edited\n")

        run = new_run(root, step.replace(":", ""))
        with pytest.raises(FileChangedError, match=f"{path} was changed just now"):
            commit(hold, run, 1, CHANGES, fault=fault)
        assert read(root) == {**BEFORE, path: b"edited\n"}
        assert runs.load(root, run.id).batch(1).files == ()
        write(root, BEFORE)


def test_created_under_us(root: Path, hold: Hold) -> None:
    def fault(name: str) -> None:
        if name == "staged":
            write(root, {"new/deep/d.py": b"mine\n"})

    with pytest.raises(FileChangedError, match=r"new/deep/d\.py was changed just now"):
        commit(hold, new_run(root), 1, CHANGES, fault=fault)
    assert read(root) == {**BEFORE, "new/deep/d.py": b"mine\n"}


# --- what is kept -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [0o644, 0o755, 0o600, 0o664, 0o2755, 0o4711, 0o1644])
def test_modes_are_kept(bits: int, root: Path, hold: Hold) -> None:
    (root / "a.py").chmod(bits)
    (root / "pkg/b.py").chmod(bits)
    run = commit(hold, new_run(root), 1, CHANGES)
    assert mode(root / "a.py") == bits
    rollback(hold, run)
    assert (mode(root / "a.py"), mode(root / "pkg/b.py")) == (bits, bits)
    assert read(root) == BEFORE


def test_a_mode_that_was_changed_later_is_kept(root: Path, hold: Hold) -> None:
    run = commit(hold, new_run(root), 1, CHANGES)
    (root / "a.py").chmod(0o700)
    rollback(hold, run)
    assert mode(root / "a.py") == 0o700


def test_what_python_compiled_is_out_of_date_at_once(root: Path, hold: Hold) -> None:
    """Written and taken back within a second, with contents of one length: Python runs what is there."""

    def run_it() -> str:
        program = [sys.executable, "-c", "import a; print(a.a)"]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return subprocess.run(
            program, cwd=root, env=environment, capture_output=True, encoding="utf-8"
        ).stdout

    second = int((root / "a.py").stat().st_mtime)
    assert run_it() == "1\n"
    run = new_run(root)
    for number in range(2, 5):
        run = commit(hold, run, 1, [Change("a.py", b"a = 1\n", b"a = %d\n" % number)])
        assert run_it() == f"{number}\n"
        run, _ = rollback(hold, run)
        assert run_it() == "1\n"
        assert int((root / "a.py").stat().st_mtime) >= second + 2
        second += 2


def test_new_files_get_the_usual_mode(root: Path, hold: Hold) -> None:
    old = os.umask(0o027)
    try:
        commit(hold, new_run(root), 1, CHANGES)
    finally:
        os.umask(old)
    assert mode(root / "new/deep/d.py") == 0o640


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_owners_are_kept(root: Path, hold: Hold) -> None:
    os.chown(root / "a.py", 12345, 54321)
    commit(hold, new_run(root), 1, CHANGES)
    found = (root / "a.py").lstat()
    assert (found.st_uid, found.st_gid) == (12345, 54321)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes")
def test_extended_attributes_are_kept(root: Path, hold: Hold) -> None:
    try:
        os.setxattr(root / "a.py", "user.note", b"mine")
    except OSError:
        pytest.skip("no extended attributes here")
    commit(hold, new_run(root), 1, CHANGES)
    assert os.getxattr(root / "a.py", "user.note") == b"mine"


def test_a_link_inside_stays_and_its_file_is_written(root: Path, hold: Hold) -> None:
    (root / "link.py").symlink_to("pkg/b.py")
    (root / "folder").symlink_to("pkg")
    changes = [
        Change("link.py", b"b = 1\n", b"b = 2\n"),
        Change("pkg/b.py", b"b = 1\n", b"b = 2\n"),  # one file, one change
        Change("folder/c.py", b"c = 1\n", b"c = 2\n"),
    ]
    run = commit(hold, new_run(root), 1, changes)
    assert (root / "link.py").is_symlink() and (root / "folder").is_symlink()
    assert run.batch(1).files == ("pkg/b.py", "pkg/c.py")
    assert ((root / "pkg/b.py").read_bytes(), (root / "pkg/c.py").read_bytes()) == (b"b = 2\n", b"c = 2\n")
    rollback(hold, run)
    assert (root / "link.py").read_bytes() == b"b = 1\n"


def test_the_root_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(root)
    alias = tmp_path / "alias"
    with lock(alias, ME) as held:
        run = commit(held, new_run(alias), 1, CHANGES)
        assert read(root) == AFTER
        rollback(held, run)
    assert read(root) == BEFORE


def test_a_lock_covers_its_own_project_only(root: Path, hold: Hold, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not cover"):
        commit(Hold(tmp_path), new_run(root), 1, CHANGES)
    assert read(root) == BEFORE


def test_a_batch_without_changes_is_done(root: Path, hold: Hold) -> None:
    run = commit(hold, new_run(root), 1, [Change("a.py", b"a = 1\n", b"a = 1\n")])
    assert (run.batch(1).state, run.batch(1).files) == ("committed", ())


NAMES = st.sampled_from(["a.py", "b.py", "p/a.py", "p/q/b.py", "ü.py", "sp ace.py", "p/-x.py"])
CONTENTS = st.one_of(
    st.binary(max_size=40),
    st.lists(st.sampled_from([b"x\n", b"y\r\n", b"\xef\xbb\xbf", b"\xe9\n", b"z"])).map(b"".join),
)
STATES = st.dictionaries(NAMES, CONTENTS, max_size=5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=STATES, after=STATES, stop=st.integers(0, 40), forward=st.booleans())
def test_any_bytes_there_and_back(
    before: Files, after: Files, stop: int, forward: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Commit fails at some step; then it is done in full; then it is taken back: each time exactly that."""
    root = tmp_path_factory.mktemp("any")
    write(root, before)
    changes = [Change(name, before.get(name), after.get(name)) for name in {*before, *after}]
    count = 0

    def fault(step: str) -> None:
        nonlocal count
        count += 1
        if count > stop:  # and whatever is tried after that fails as well
            raise OSError(errno.EIO, "Input/output error")

    hold = Hold(root)
    run = new_run(root)
    try:
        run = commit(hold, run, 1, changes, fault=fault)
    except InterruptedRunError:
        [done] = recover(hold, forward=forward)
        run = done.run
        assert read(root) == (after if forward else before)
    except TransactionError:
        assert read(root) == before
    if read(root) == before:
        run = commit(hold, runs.load(root, run.id), 1, changes)
    assert read(root) == after
    if run.batch(1).files:
        rollback(hold, run)
    assert read(root) == before


# --- edited after a crash ---------------------------------------------------------------------------------


def interrupt(root: Path, hold: Hold, step: str) -> Run:
    reached = False

    def fault(name: str) -> None:
        nonlocal reached
        reached = reached or name == step
        if reached:
            raise OSError(errno.EIO, "Input/output error")

    run = new_run(root)
    with pytest.raises(InterruptedRunError):
        commit(hold, run, 1, CHANGES, fault=fault)
    return runs.load(root, run.id)


@pytest.mark.parametrize("forward", [False, True])
def test_what_was_edited_since_the_crash_is_left_alone(forward: bool, root: Path, hold: Hold) -> None:
    interrupt(root, hold, "delete:2")  # a.py and new/deep/d.py are written, pkg/b.py and pkg/c.py not yet
    write(root, {"a.py": b"a = 2\nmine\n", "pkg/c.py": b"c = 1\nmine\n"})
    [done] = recover(hold, forward=forward)
    assert done.conflicts == ("a.py", "pkg/c.py")
    edited = {"a.py": b"a = 2\nmine\n", "pkg/c.py": b"c = 1\nmine\n"}
    assert read(root) == {**(AFTER if forward else BEFORE), **edited}
    assert done.run.batch(1).conflicts == ("a.py", "pkg/c.py")
    assert recover(hold, forward=not forward) == ()


@pytest.mark.parametrize("forward", [False, True])
def test_a_recovery_that_fails_leaves_nothing_and_may_be_repeated(
    forward: bool, root: Path, hold: Hold
) -> None:
    interrupt(root, hold, "delete:2")
    there = set(read(root))

    def fault(step: str) -> None:
        if step.startswith(("replace", "delete")):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InterruptedRunError, match="nothing is lost"):
        recover(hold, forward=forward, fault=fault)
    assert set(read(root)) == there
    recover(hold, forward=forward)
    assert read(root) == (AFTER if forward else BEFORE)


def test_a_mode_that_was_changed_since_the_crash_is_kept(root: Path, hold: Hold) -> None:
    interrupt(root, hold, "delete:2")
    (root / "a.py").chmod(0o700)
    (root / "pkg/c.py").chmod(0o711)
    recover(hold, forward=False)
    assert (read(root), mode(root / "a.py"), mode(root / "pkg/c.py")) == (BEFORE, 0o700, 0o711)


def test_what_became_a_link_since_the_crash_is_left_alone(root: Path, hold: Hold, tmp_path: Path) -> None:
    interrupt(root, hold, "delete:2")
    (tmp_path / "out.py").write_bytes(b"a = 2\n")
    (root / "a.py").unlink()
    (root / "a.py").symlink_to(tmp_path / "out.py")
    [done] = recover(hold, forward=False)
    assert done.conflicts == ("a.py",)
    assert (tmp_path / "out.py").read_bytes() == b"a = 2\n"


def test_recovery_sweeps_what_was_staged(root: Path, hold: Hold) -> None:
    run = interrupt(root, hold, "replace:0")
    (root / f".ssot-lint-{run.id}-1-0.tmp").write_bytes(b"half")
    (root / "new" / "deep").mkdir(parents=True, exist_ok=True)
    (root / "new" / "deep" / f".ssot-lint-{run.id}-1-1.tmp").write_bytes(b"")
    recover(hold, forward=False)
    assert read(root) == BEFORE
    assert not (root / "new").exists()


def test_nothing_to_recover(hold: Hold) -> None:
    assert recover(hold, forward=True) == ()
    assert not (hold.root / ".ssot-lint" / "runs").exists()


# --- two at once ------------------------------------------------------------------------------------------

HOLDING = """
import sys
from pathlib import Path
from ssot_lint.migrating.locking import Holder, lock
with lock(Path(sys.argv[1]), Holder(4711, "otherhost", "ssot-lint migrate --phase 1", "2026-11-22T23:00:00")):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def other(root: Path) -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, "-c", HOLDING, str(root)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_is_told_who_is_first(root: Path, other: subprocess.Popen[str]) -> None:
    told = "process 4711 on otherhost, since 2026-11-22T23:00:00: ssot-lint migrate --phase 1"
    with pytest.raises(LockedError, match=told), lock(root, ME, wait=0.1):
        pass
    assert str(holder(root)) == told


def test_the_second_waits(root: Path, other: subprocess.Popen[str]) -> None:
    from threading import Timer

    assert other.stdin is not None
    timer = Timer(0.3, lambda: other.communicate("done\n"))
    timer.start()
    with lock(root, ME, wait=30) as held:
        assert holder_told(root) == ME
        assert commit(held, new_run(root), 1, CHANGES).batch(1).state == "committed"
    timer.join()
    assert holder(root) is None


def holder_told(root: Path) -> Holder | None:
    """As another process sees it."""
    program = "import sys; from pathlib import Path; from ssot_lint.migrating.locking import holder; print(repr(holder(Path(sys.argv[1]))))"
    found = subprocess.run([sys.executable, "-c", program, str(root)], capture_output=True, encoding="utf-8")
    told = eval(found.stdout, {"Holder": Holder})
    assert told is None or isinstance(told, Holder)
    return told


def test_a_killed_holder_holds_nothing(root: Path, other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait()
    assert holder(root) is None
    with lock(root, ME, wait=0):
        pass


def test_our_directory_is_ignored_by_git(root: Path, hold: Hold) -> None:
    assert (root / ".ssot-lint" / ".gitignore").read_text() == "*\n"
