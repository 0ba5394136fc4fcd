"""The shipped platform as a service that runs: nobody is served as it is, everybody is after the migration.

`fixtures/golden_path.migrated` holds, written by hand, the files that the migration has to change, the names of
those that it takes away, and what `check` still finds afterwards, each with the reason why it was refused.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parent.parent / "fixtures"
BROKEN = FIXTURES / "golden_path"
MIGRATED = FIXTURES / "golden_path.migrated"
RUN = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]
NO_THREADS = "'WebSocketManager' object has no attribute 'send_to_thread'"
COROUTINE = "coroutine is no websocket manager: it must implement send_to_thread"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return _copy(tmp_path)


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    return _migrate(_copy(tmp_path))


def _migrate(root: Path) -> Path:
    ignored = shutil.ignore_patterns("removed.txt", ".gitattributes", "__pycache__")
    shutil.copytree(MIGRATED, root, dirs_exist_ok=True, ignore=ignored)
    for path in (MIGRATED / "removed.txt").read_text("utf-8").split():
        (root / path).unlink()
    return root


def _copy(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", ".ssot-lint", ".pytest_cache")
    return shutil.copytree(BROKEN, tmp_path / "platform", ignore=ignored)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}


def _python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=root, env=_environment(), capture_output=True, encoding="utf-8", check=False
    )


def _load(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    run = _python(root, "load.py", "--format", "json", *arguments)
    assert run.stdout, run.stderr
    report: dict[str, Any] = json.loads(run.stdout)
    assert report["schema_version"] == 1
    return run.returncode, report


def _shapes(report: dict[str, Any]) -> dict[str, set[tuple[object, ...]]]:
    """Channel -> what its users saw: logged in, connected, events, in order, foreign events or none, completed."""
    found: dict[str, set[tuple[object, ...]]] = {}
    for user in report["users"]:
        shape = (
            user["logged_in"],
            user["connected"],
            len(user["events"]),
            user["in_order"],
            user["foreign"] > 0,
            user["completed"],
        )
        found.setdefault(user["channel"], set()).add(shape)
    return found


def test_nobody_is_served_before_the_migration(broken: Path) -> None:
    status, report = _load(broken, "--users", "50", "--patience", "2")
    summary = report["summary"]
    assert (status, summary["users"], summary["served"], summary["success_rate"]) == (1, 50, 0, 0.0)
    assert summary["failures"] == {
        "desktop: closed with 1011: TypeError: " + COROUTINE: 10,
        "mobile: refused with HTTP 403": 10,
        "partner: never received agent_completed": 10,
        "v1: closed with 1011: AttributeError: " + NO_THREADS: 10,
        "web: closed with 1013: system has too many connections": 2,
        "web: received events of other users": 8,
    }
    assert _shapes(report) == {
        "desktop": {(True, True, 0, False, False, False)},
        "mobile": {(True, False, 0, False, False, False)},
        "partner": {(True, True, 4, True, False, False)},
        "v1": {(True, True, 0, False, False, False)},
        "web": {(True, True, 0, False, True, False), (True, False, 0, False, False, False)},
    }


def test_a_user_who_is_alone_is_not_served_either(broken: Path) -> None:
    _, report = _load(broken, "--users", "1", "--channel", "web")
    assert report["summary"]["failures"] == {"web: events are addressed to somebody else": 1}


@pytest.mark.parametrize("users", [50, 500])
def test_everybody_is_served_after_the_migration(migrated: Path, users: int) -> None:
    status, report = _load(migrated, "--users", str(users), "--patience", "20")
    summary = report["summary"]
    assert summary["failures"] == {}
    assert (status, summary["users"], summary["served"], summary["success_rate"]) == (0, users, users, 1.0)
    everything = {(True, True, 5, True, False, True)}
    assert _shapes(report) == dict.fromkeys(("web", "mobile", "v1", "desktop", "partner"), everything)
    assert {tuple(user["events"]) for user in report["users"]} == {tuple(RUN)}
    assert len({user["user"] for user in report["users"]}) == users


def test_the_report_as_text(broken: Path) -> None:
    run = _python(broken, "load.py", "--users", "2", "--channel", "mobile", "--channel", "v1")
    assert run.returncode == 1, run.stderr
    lines = [line.split() for line in run.stdout.splitlines()]
    assert lines[1][:8] == ["user-1", "mobile", "yes", "no", "0/5", "no", "0", "no"]
    assert lines[2][:8] == ["user-2", "v1", "yes", "yes", "0/5", "no", "0", "no"]
    assert lines[-1][:9] == ["success", "rate:", "0", "%", "(0", "of", "2", "users,", lines[-1][8]]


def test_the_platform_runs_by_hand(migrated: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "serve.py"],
        cwd=migrated,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        auth, backend = (process.stdout.readline().split()[-1] for _ in range(2))
        assert auth.startswith("http://127.0.0.1:")
        assert backend.startswith("ws://127.0.0.1:")
        for _ in range(2):  # accounts are there the second time
            status, report = _load(migrated, "--users", "5", "--auth", auth, "--backend", backend)
            assert (status, report["summary"]["failures"]) == (0, {})
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_services_listen_on_ports_of_their_own(migrated: Path) -> None:
    """Several platforms fit on one machine, and a stopped one leaves nothing behind."""
    script = (
        "import asyncio\n"
        "from serve import running\n"
        "async def main():\n"
        "    async with running() as one, running() as other:\n"
        "        print(len({one.auth, one.backend, other.auth, other.backend}))\n"
        "    print(len(asyncio.all_tasks()))\n"
        "asyncio.run(main())\n"
    )
    assert _python(migrated, "-c", script).stdout.split() == ["4", "1"]


def _results(root: Path) -> dict[str, str]:
    """Test of the platform's own suite -> passed, failed, xfailed or xpassed."""
    run = _python(root, "-m", "pytest", "-q", "-rA", "--tb=no", "-p", "no:xdist", "-p", "no:randomly")
    words = {"PASSED", "FAILED", "XFAIL", "XPASS", "ERROR"}
    lines = (line.split() for line in run.stdout.splitlines())
    return {line[1]: line[0] for line in lines if len(line) > 1 and line[0] in words and "::" in line[1]}


def test_the_own_tests_tell_the_broken_state_from_the_migrated_one(broken: Path) -> None:
    before = _results(broken)
    after = _results(_migrate(broken))
    assert sorted(before) == sorted(after)
    mended = {name for name in before if before[name] == "FAILED"}
    assert {name.partition("::")[0] for name in mended} == {"tests/e2e/test_service.py"}
    assert len(mended) == 6
    assert {after[name] for name in mended} == {"PASSED"}
    assert not [name for name in before if before[name] == "PASSED" and after[name] != "PASSED"]
    assert Counter(after.values())["FAILED"] == 0


def _found(root: Path, command: str) -> Any:
    run = _python(root, "-m", "ssot_lint", command, "--root", str(root), "--format", "json", "--no-cache")
    assert run.returncode in (0, 1), run.stderr
    return json.loads(run.stdout)


def test_check_finds_nothing_after_the_migration_but_what_was_refused(migrated: Path) -> None:
    expected = json.loads((migrated / "expected.json").read_text("utf-8"))
    assert all(item["refused"] for item in expected["diagnostics"])
    found = {
        f"{item['path']}:{item['line']} {item['rule']}"
        for item in _found(migrated, "check")["diagnostics"]
        if item["status"] == "new"
    }
    assert sorted(found) == [
        f"{item['path']}:{item['line']} {item['rule']}"
        for item in sorted(expected["diagnostics"], key=lambda i: f"{i['path']}:{i['line']} {i['rule']}")
    ]
    claims = {
        (concept["name"], claim["symbol"], claim["kind"])
        for concept in _found(migrated, "concepts")["concepts"]
        for claim in concept["claims"]
    }
    assert claims == {(item["concept"], item["symbol"], item["kind"]) for item in expected["claims"]}


def test_the_migrated_files_are_changed_files_of_the_fixture() -> None:
    kept = [
        path.relative_to(MIGRATED)
        for path in sorted(MIGRATED.rglob("*"))
        if path.is_file() and path.name not in ("removed.txt", ".gitattributes")
    ]
    assert Path("backend/services/channel_hub.py") in kept
    assert [path for path in kept if (BROKEN / path).read_bytes() == (MIGRATED / path).read_bytes()] == []
