"""Kill -9 at every step that writes, then finish or undo: run as a program, by test_transaction.

    python tests/_killing.py DIRECTORY commit|rollback|recovery

For each fault point a child process works up to it and kills itself. Then the tree has to be, byte for byte and
bit for bit of the modes, as it was before or as it was to become. Prints how many kills that were.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from ssot_lint.migrating import runs
from ssot_lint.migrating.locking import Hold
from ssot_lint.migrating.rollback import rollback
from ssot_lint.migrating.runs import Run
from ssot_lint.transaction import Change, Fault, commit, interrupted, no_fault, recover

Tree = dict[str, tuple[bytes | None, int]]
Work = Callable[[Hold, Run, Fault], object]

ODD = (
    b"plain = 1\n",
    b"crlf = 1\r\nmore = 2\r\n",
    b"\xef\xbb\xbfbom = 1\n",
    b"# -*- coding: latin-1 -*-\nname = '\xe9'\n",
    b"no_final_newline = 1",
    b"",
)
MODES = (0o644, 0o755, 0o600, 0o664, 0o2755)


def changes() -> list[Change]:
    """Fifty: files that change, that are created in new and old directories, that are deleted."""
    found = []
    for number in range(50):
        body = ODD[number % len(ODD)] + b"# %d" % number
        if number % 7 == 3:
            found.append(Change(f"fresh/{number % 3}/made_{number}.py", None, body))
        elif number % 7 == 5:
            found.append(Change(f"old/{number % 4}/gone_{number}.py", body, None))
        else:
            found.append(Change(f"old/{number % 4}/file_{number}.py", body, body + b"# changed\n" * number))
    return found


def write(root: Path) -> None:
    for number, change in enumerate(changes()):
        if change.before is not None:
            path = root / change.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(change.before)
            path.chmod(MODES[number % len(MODES)])
    (root / "old" / "bystander.py").write_bytes(b"untouched = True\n")


def tree(root: Path) -> Tree:
    """Every file and directory with its content and mode, but for our own."""
    found: Tree = {}
    for directory, inner, names in os.walk(root):
        if ".ssot-lint" in inner:
            inner.remove(".ssot-lint")
        for name in (*inner, *names):
            path = f"{directory}/{name}"
            content = Path(path).read_bytes() if name in names else None
            found[path] = (content, stat.S_IMODE(os.lstat(path).st_mode))
    return found


def steps(hold: Hold, run: Run, work: Work) -> list[str]:
    """The names of all fault points of a piece of work, which is done."""
    found: list[str] = []
    work(hold, run, found.append)
    return found


def kill(hold: Hold, run: Run, work: Work, point: int) -> None:
    """Do the work in a child process that dies at a fault point."""
    child = os.fork()
    if child == 0:
        left = point

        def fault(step: str) -> None:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

        try:
            work(hold, run, fault)
        finally:
            os._exit(1)  # it survived: the fault points are not the same each time
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"point {point}: {status}"


def begin(root: Path, point: int) -> Run:
    """A new run; those before it are of no more use."""
    shutil.rmtree(root / ".ssot-lint" / "runs", ignore_errors=True)
    return runs.create(root, b"{}", now=datetime(2026, 11, 22, 23, 45), token=f"{point:04x}", batches=[1])


def do_commit(hold: Hold, run: Run, fault: Fault) -> None:
    commit(hold, run, 1, changes(), fault=fault)


def do_rollback(hold: Hold, run: Run, fault: Fault) -> None:
    rollback(hold, run, fault=fault)


def do_recover(hold: Hold, run: Run, fault: Fault, *, forward: bool) -> None:
    recover(hold, forward=forward, fault=fault)


def settle(hold: Hold, root: Path, before: Tree, after: Tree, forward: bool, told: str) -> bool:
    """Recover, twice, and look at the tree -> was there anything to recover?"""
    open_before = bool(interrupted(root))
    for again in (False, True):
        done = recover(hold, forward=forward)
        assert bool(done) == (open_before and not again), told
        assert all(not item.conflicts for item in done), told
        goal = after if forward and open_before else before
        assert tree(root) == goal, f"{told}: {difference(tree(root), goal)}"
    assert not interrupted(root), told
    return open_before


def difference(found: Tree, expected: Tree) -> list[str]:
    return sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))


def kill_commits(root: Path, hold: Hold) -> int:
    before = tree(root)
    names = steps(hold, begin(root, 0xFFFF), do_commit)
    after = tree(root)
    rollback(hold, load(root))
    assert tree(root) == before
    kills = 0
    for point, name in enumerate(names):
        run = begin(root, point)
        for forward in (False, True):
            kill(hold, run, do_commit, point)
            kills += 1
            if not settle(hold, root, before, after, forward, f"commit killed at {name}, {forward}"):
                break  # nothing was announced yet: there is no way forward
        else:
            assert load(root).batch(1).state == "committed"
            rollback(hold, load(root))
        assert tree(root) == before
    return kills


def kill_rollbacks(root: Path, hold: Hold) -> int:
    before = tree(root)
    do_commit(hold, begin(root, 0xFFFF), no_fault)
    after = tree(root)
    names = steps(hold, load(root), do_rollback)
    assert tree(root) == before
    kills = 0
    for point, name in enumerate(names):
        if tree(root) == before:
            do_commit(hold, begin(root, point), no_fault)
        for forward in (False, True):
            kill(hold, load(root), do_rollback, point)
            kills += 1
            if not settle(hold, root, after, before, forward, f"rollback killed at {name}, {forward}"):
                assert load(root).batch(1).state == "committed"
                break
        else:
            assert load(root).batch(1).state == "rolled-back"
    return kills


def kill_recoveries(root: Path, hold: Hold) -> int:
    """A commit that was killed half way is recovered, which is killed at each of its steps, and recovered."""
    before = tree(root)
    names = steps(hold, begin(root, 0xFFFF), do_commit)
    after = tree(root)
    rollback(hold, load(root))
    half = names.index("replace:24")
    kills = 0
    for first in (False, True):
        run = begin(root, 0xFFFE)
        kill(hold, run, do_commit, half)
        again = steps(hold, run, partial(do_recover, forward=first))
        if first:
            rollback(hold, load(root))
        for point, name in enumerate(again):
            for second in (first, not first) if point % 3 == 0 else (first,):
                run = begin(root, point)
                kill(hold, run, do_commit, half)
                kill(hold, run, partial(do_recover, forward=first), point)
                settle(hold, root, before, after, second, f"recovery ({first}) killed at {name}, {second}")
                if second:
                    rollback(hold, load(root))
                assert tree(root) == before
                kills += 2
    return kills


def load(root: Path) -> Run:
    run = runs.latest(root)
    assert run is not None
    return run


def main(directory: str, scenario: str) -> None:
    root = Path(directory)
    write(root)
    scenarios = {"commit": kill_commits, "rollback": kill_rollbacks, "recovery": kill_recoveries}
    print(scenarios[scenario](root, Hold(root)))


if __name__ == "__main__":
    main(*sys.argv[1:])
