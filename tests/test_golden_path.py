"""The shipped fixture, through the installed command, against `expected.json`.

The file was written by hand from reading the fixture. It lists what must be said, and nothing may be said besides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FIXTURE = Path(__file__).parent.parent / "fixtures" / "golden_path"


def _json(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


@cache
def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ssot_lint", *arguments, "--root", str(FIXTURE)]
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)


def _place(item: dict[str, Any]) -> str:
    return f"{item['path']}:{item['line']} {item['rule']}"


def test_check_finds_what_was_read_by_hand() -> None:
    run = _run("check", "--format", "json", "--no-cache")
    assert run.returncode == 1, run.stderr
    diagnostics = json.loads(run.stdout)["diagnostics"]
    # a star import is told once for each concept that it brings: the place is what counts
    found = {_place(item) for item in diagnostics if item["status"] == "new"}
    assert sorted(found) == sorted({_place(item) for item in _json(FIXTURE / "expected.json")["diagnostics"]})


def test_check_names_the_symbols_that_were_read_by_hand() -> None:
    diagnostics = json.loads(_run("check", "--format", "json", "--no-cache").stdout)["diagnostics"]
    found = {(_place(item), item["symbol"]) for item in diagnostics}
    for item in _json(FIXTURE / "expected.json")["diagnostics"]:
        if item["symbol"] and item["rule"].startswith(("SSOT1", "SSOT3", "SSOT5")):
            assert (_place(item), item["symbol"]) in found


def test_claims_are_classified_as_read_by_hand() -> None:
    concepts = json.loads(_run("concepts", "--format", "json", "--no-cache").stdout)["concepts"]
    found = {(item["name"], claim["symbol"], claim["kind"]) for item in concepts for claim in item["claims"]}
    expected = {
        (claim["concept"], claim["symbol"], claim["kind"])
        for claim in _json(FIXTURE / "expected.json")["claims"]
    }
    assert found == expected


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_number_of_workers_changes_nothing(jobs: str) -> None:
    one = _run("check", "--format", "json", "--no-cache")
    assert _run("check", "--format", "json", "--no-cache", "--jobs", jobs).stdout == one.stdout
