"""The claim of the project, end to end: `migrate` takes a platform that serves nobody to one that serves everybody.

Everything runs as a user runs it: the installed command and the platform's own load driver, in processes of their
own, on a copy of `fixtures/golden_path` under git, with the platform's own suite as the gate of each batch. What the
migration has to come to was written by hand before there was one: `fixtures/golden_path.migrated`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent.parent / "fixtures"
BROKEN = FIXTURES / "golden_path"
BY_HAND = FIXTURES / "golden_path.migrated"
GATE = f"{sys.executable} -m pytest -q -p no:xdist {{tests}}"

WRITTEN_OTHERWISE = {
    "backend/api/v1.py": "the import of the factory stands where the other one stood, by hand it is sorted in",
    "backend/services/messages.py": "the blank lines behind the fallback stay",
    "backend/websocket/manager.py": "no date is made up until when the shim may stay; by hand it has one",
    "backend/websocket/v1_manager.py": "the same",
}
"""Files that say the same as those written by hand in other words, and which."""


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def _run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=root, env=_environment(), capture_output=True, encoding="utf-8", check=False
    )


def _tool(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _run(root, sys.executable, "-m", "ssot_lint", *arguments)


def _under_git(tmp_path: Path) -> Path:
    root = tmp_path / "platform"
    shutil.copytree(BROKEN, root, ignore=shutil.ignore_patterns("__pycache__", ".ssot-lint", ".pytest_cache"))
    (root / "backend/api/v1.py").chmod(0o755)  # one that changes, and one that goes
    (root / "auth_service/retry.py").chmod(0o600)
    for arguments in (
        ("init", "-q"),
        ("add", "-A"),
        ("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "As it was"),
    ):
        assert _run(root, "git", *arguments).returncode == 0
    return root


def _files(root: Path) -> dict[str, tuple[bytes, int]]:
    """Path -> bytes and mode of every file that is the platform's own."""
    passed = {".git", ".ssot-lint", "__pycache__", ".pytest_cache"}
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(root.rglob("*"))
        if path.is_file() and passed.isdisjoint(path.relative_to(root).parts)
    }


def _served(root: Path, *users: int, patience: int = 5) -> list[tuple[int, int]]:
    """How many of so many users were served, for each number of users; all at the same time.

    `patience`: seconds of silence after which a user gives up; who is served never waits for it.
    """
    command = [sys.executable, "-W", "ignore", "load.py", "--format", "json", "--patience", str(patience)]
    drivers = [
        subprocess.Popen(
            [*command, "--users", str(number)], cwd=root, env=_environment(), stdout=subprocess.PIPE
        )
        for number in users
    ]
    summaries = [json.loads(driver.communicate()[0])["summary"] for driver in drivers]
    return [(summary["served"], summary["users"]) for summary in summaries]


def _findings(root: Path) -> list[tuple[str, str, int]]:
    run = _tool(root, "check", "--format", "json", "--no-cache")
    assert run.returncode == 1, run.stderr
    return sorted({_place(item) for item in json.loads(run.stdout)["diagnostics"] if item["status"] == "new"})


def _place(item: dict[str, Any]) -> tuple[str, str, int]:
    return item["path"], item["rule"], item["line"]


def test_everybody_is_served_after_the_migration_and_nothing_is_lost(tmp_path: Path) -> None:
    root = _under_git(tmp_path)
    before = _files(root)
    assert _served(root, 50, 500) == [(0, 50), (0, 500)]

    migrated = _tool(root, "migrate", "--gate", GATE)
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    assert _served(root, 50, 500, patience=30) == [(50, 50), (500, 500)]

    by_hand = json.loads((BY_HAND / "expected.json").read_text("utf-8"))["diagnostics"]
    assert [item for item in by_hand if not item["refused"]] == []
    assert _findings(root) == sorted({_place(item) for item in by_hand})

    after = _files(root)
    removed = (BY_HAND / "removed.txt").read_text("utf-8").split()
    assert sorted(before.keys() - after.keys()) == sorted(removed)
    wanted = {path: content for path, (content, _) in _files(BY_HAND).items() if path.endswith(".py")}
    changed = {path for path in after if after[path] != before.get(path)}
    assert sorted(changed) == sorted(wanted)
    assert {path for path in changed if after[path][0] != wanted[path]} == WRITTEN_OTHERWISE.keys()
    assert [path for path in changed if after[path][1] != before[path][1]] == []

    again = _tool(root, "migrate", "--gate", GATE)
    assert (again.returncode, again.stdout.splitlines()[-1].partition(",")[0]) == (0, "0 batches")
    assert _files(root) == after

    undone = _tool(root, "rollback")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert _files(root) == before
