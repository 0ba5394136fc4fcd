"""The commands as a user meets them: output, files, exit status, and what is said when something is wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from ssot_lint import __version__
from ssot_lint.cli import cli, run
from ssot_lint.cli._group import COMMANDS
from ssot_lint.cli._options import complete_concepts
from ssot_lint.cli._output import use_colour
from ssot_lint.plugins import load_rules

CONFIG = """
[concepts.money]
canonical = "shop.money:Money"
names = ["*Money"]
"""
FILES = {
    "ssot-lint.toml": CONFIG,
    "shop/__init__.py": "",
    "shop/money.py": "class Money:\n    def add(self, other):\n        return self\n",
    "shop/cart.py": "from shop.gone import Money\n\nTOTAL = 1\n",
    "shop/broken.py": "def total(:\n",
}
FOUND = [("shop/broken.py", 1, "SSOT901"), ("shop/cart.py", 1, "SSOT203")]

Run = Callable[..., tuple[int, str, str]]


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    write(root, FILES)
    monkeypatch.chdir(root)
    for name in ("NO_COLOR", "FORCE_COLOR", "SSOT_LINT_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    return root


@pytest.fixture
def ssot(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process -> exit status, standard output, standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(arguments)
        out, err = capsys.readouterr()
        return status, out, err

    return call


def found(text: str) -> list[tuple[str, int, str]]:
    return [
        (d["path"], d["line"], d["rule"]) for d in json.loads(text)["diagnostics"] if d["status"] == "new"
    ]


# --- check ------------------------------------------------------------------------------------------------


def test_check_reports_and_exits_with_1(project: Path, ssot: Run) -> None:
    status, out, err = ssot("check", "--format", "json")
    assert (status, found(out), err) == (1, FOUND, "")


def test_nothing_to_report_exits_with_0(project: Path, ssot: Run) -> None:
    (project / "shop" / "broken.py").unlink()
    (project / "shop" / "cart.py").write_text("from shop.money import Money\n")
    status, out, err = ssot("check")
    assert (status, out.splitlines()[-2], err) == (0, "No violations found.", "")


def test_the_second_run_repeats_the_first_byte_for_byte(project: Path, ssot: Run) -> None:
    runs = [ssot("check", "--format", form) for form in ("text", "json") for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]
    assert runs[3] == runs[4] == runs[5] == ssot("check", "--format", "json", "--no-cache")


@pytest.mark.parametrize("change", ["file", "config", "baseline", "new file"])
def test_a_change_is_seen_at_once(project: Path, ssot: Run, change: str) -> None:
    before = ssot("check", "--format", "json")
    assert before == ssot("check", "--format", "json")
    if change == "file":
        (project / "shop" / "broken.py").write_text("def total():\n    return 1\n")
    elif change == "config":
        (project / "ssot-lint.toml").write_text(f'{CONFIG}\n[rules.syntax-error]\nseverity = "off"\n')
    elif change == "baseline":
        ssot("baseline")
    else:
        (project / "shop" / "also_broken.py").write_text("def total(:\n")
    after = ssot("check", "--format", "json")
    assert after == ssot("check", "--format", "json", "--no-cache")
    assert after != before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["shop/cart.py"], FOUND[1:], id="file"),
        pytest.param(["shop"], FOUND, id="folder"),
        pytest.param(["."], FOUND, id="root"),
        pytest.param(["--select", "SSOT9"], FOUND[:1], id="select-prefix"),
        pytest.param(["--select", "syntax-error,unresolved-import"], FOUND, id="select-several"),
        pytest.param(["--ignore", "SSOT203"], FOUND[:1], id="ignore"),
        pytest.param(["--select", "SSOT2", "--select", "SSOT9", "--ignore", "SSOT901"], FOUND[1:], id="both"),
    ],
)
def test_what_is_asked_for(project: Path, ssot: Run, arguments: list[str], expected: object) -> None:
    status, out, _ = ssot("check", "--format", "json", *arguments)
    assert (status, found(out)) == (1, expected)
    assert json.loads(out)["summary"]["files"] == 4


def test_paths_find_their_own_project(project: Path, ssot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.parent)
    assert found(ssot("check", "project", "--format", "json")[1]) == FOUND
    assert found(ssot("check", "--root", "project", "--format", "json")[1]) == FOUND
    (project / "other.toml").write_text("")
    named = ssot("check", "--config", "project/other.toml", "--format", "json")
    assert json.loads(named[1])["summary"]["concepts"] == {}


def test_paths_of_several_projects_are_no_project(
    project: Path, ssot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = project.parent
    monkeypatch.chdir(above)
    write(above, {f"second/{name}": text for name, text in FILES.items()})
    status, out, err = ssot("check", "project/shop", "second")
    assert (status, out) == (2, "")
    assert f"several projects, which {above} does not configure together: {project}, {above}/second\n" in err
    assert ssot("check", "project/shop", "project", "--format", "json")[0] == 1
    write(above, {"ssot-lint.toml": ""})
    assert ssot("check", "project/shop", "second")[0] == 1


def test_copies_are_found_where_no_project_is(
    project: Path, ssot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names paths outside any project means these, and nothing that lies beside them."""
    code = "def f(a):\n    b = a + 1\n    c = b * 2\n    for i in range(c):\n        print(i)\n        b += i\n    return b\n"
    free = project.parent / "free"
    write(free, {f"{name}/a.py": code for name in ("one", "two", "one/deep", "beside")})

    def searched(*paths: str) -> tuple[int, list[str]]:
        status, out, _ = ssot("duplicates", *paths, "--min-size", "3", "--format", "json")
        clusters = json.loads(out)["clusters"]
        return status, [member["path"] for cluster in clusters for member in cluster["members"]]

    for folder in (project, free):
        monkeypatch.chdir(folder)
        assert searched(f"{free}/one", f"{free}/two") == (1, ["one/a.py", "one/deep/a.py", "two/a.py"])
        assert searched(f"{free}/one") == (1, ["a.py", "deep/a.py"])
        assert searched(f"{free}/one/a.py", f"{free}/two/a.py") == (1, ["one/a.py", "two/a.py"])
        assert searched(f"{free}/two") == (0, [])
    monkeypatch.chdir(free)
    assert len(searched()[1]) == 4
    write(free, {"pyproject.toml": ""})
    assert len(searched("one", "two")[1]) == 4


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SSOT999", "SSOT901"),
        ("ssot-201", "SSOT201"),
        ("direct-constructon", "direct-construction"),
        ("direct_construction", "direct-construction"),
        ("rewrite-import", "rewrite-imports"),
    ],
)
def test_explain_says_which_rule_may_be_meant(ssot: Run, name: str, meant: str) -> None:
    status, out, err = ssot("explain", name)
    assert (status, out) == (2, "")
    assert err.startswith(f"ssot-lint: no rule is called {name!r}, and no codemod\n  did you mean {meant!r}?")


def test_a_path_without_python_files_is_said(project: Path, ssot: Run) -> None:
    (project / "data.bin").write_bytes(bytes(range(256)))
    for _ in range(2):
        status, _, err = ssot("check", "data.bin", "shop/money.py")
        assert (status, err) == (0, "ssot-lint: data.bin: no Python file of the project is there\n")


def test_exit_zero_and_quiet(project: Path, ssot: Run) -> None:
    status, out, err = ssot("check", "--exit-zero", "--quiet")
    assert (status, err) == (0, "")
    assert "Checked" not in out
    assert "SSOT901" in out


def test_statistics(project: Path, ssot: Run) -> None:
    _, out, _ = ssot("check", "--statistics", "--format", "concise")
    assert out.splitlines()[-2:] == ["1  SSOT203 unresolved-import", "1  SSOT901 syntax-error"]


def test_verbose_tells_where_the_time_goes(project: Path, ssot: Run) -> None:
    _, _, err = ssot("check", "--verbose")
    assert re.search(r"root .*project; 0 of 4 files from the cache; read in \d", err)


def test_output_replaces_a_file_in_one_step(project: Path, ssot: Run) -> None:
    target = project / "report.json"
    target.write_text("old")
    target.chmod(0o640)
    status, out, _ = ssot("check", "--format", "json", "-o", "report.json")
    assert (status, out, found(target.read_text())) == (1, "", FOUND)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert ssot("check", "--format", "json", "-o", "report.json")[0] == 1
    assert sorted(path.name for path in project.iterdir() if "report" in path.name) == ["report.json"]
    assert found(ssot("check", "--format", "json", "-o", "-")[1]) == FOUND


def test_colour(project: Path, ssot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in ssot("check")[1]
    assert "\x1b" in ssot("check", "--color")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in ssot("check")[1]
    assert "\x1b" not in ssot("check", "--no-color")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not use_colour(None)


# --- --since ------------------------------------------------------------------------------------------------


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


def test_since_reports_on_changed_and_new_files(project: Path, ssot: Run) -> None:
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "shop", "ssot-lint.toml")
    git(project, "commit", "-qm", "one")
    git(project, "checkout", "-qb", "topic")
    assert found(ssot("check", "--since", "main", "--format", "json")[1]) == []
    (project / "shop" / "new é.py").write_text("def f(:\n")
    (project / "shop" / "cart.py").write_text("import os\nfrom shop.gone import Money\n")
    status, out, _ = ssot("check", "--since", "main", "--format", "json")
    assert (status, found(out)) == (1, [("shop/cart.py", 2, "SSOT203"), ("shop/new é.py", 1, "SSOT901")])
    git(project, "add", "shop")
    git(project, "commit", "-qm", "two")
    git(project, "checkout", "-q", "main")
    (project / "shop" / "broken.py").write_text("def total(: # on main\n")
    git(project, "commit", "-qam", "three")
    git(project, "checkout", "-q", "topic")
    assert found(ssot("check", "--since", "main", "--format", "json")[1]) == found(out)


def test_since_below_the_top_of_a_repository(project: Path, ssot: Run) -> None:
    git(project.parent, "init", "-q")
    git(project.parent, "add", "project")
    git(project.parent, "commit", "-qm", "one")
    (project / "shop" / "cart.py").write_text("from shop.gone import Other\n")
    assert found(ssot("check", "--since", "HEAD", "--format", "json")[1]) == [("shop/cart.py", 1, "SSOT203")]


def test_since_looks_into_a_repository_in_the_repository(project: Path, ssot: Run) -> None:
    for root in (project / "shop", project):
        git(root, "init", "-q")
        git(root, "add", ".")
        git(root, "commit", "-qm", "one")
    (project / "shop" / "cart.py").write_text("from shop.gone import Other\n")
    (project / "shop" / "new.py").write_text("def f(:\n")
    git(project, "config", "diff.ignoreSubmodules", "all")
    expected = [("shop/cart.py", 1, "SSOT203"), ("shop/new.py", 1, "SSOT901")]  # shop/broken.py is as it was
    assert found(ssot("check", "--since", "HEAD", "--format", "json")[1]) == expected


def test_since_in_a_hook_below_the_top_of_a_worktree(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There git is told which repository it is for, and takes the directory it is called in for the top."""
    top = project.parent
    git(top, "init", "-q")
    git(top, "add", "project")
    git(top, "commit", "-qm", "one")
    git(top, "worktree", "add", "-q", "tree")
    (top / "tree" / "project" / "shop" / "cart.py").write_text("from shop.gone import Other\n")
    hook = top / ".git" / "hooks" / "pre-commit"
    check = f"{sys.executable} -m ssot_lint check --since HEAD --root project --format json -o {top}/found"
    hook.write_text(f"#!/bin/sh\n{check} || true\n")
    hook.chmod(0o755)
    git(top / "tree", "commit", "-qam", "two")
    assert found((top / "found").read_text()) == [("shop/cart.py", 1, "SSOT203")]


def test_since_in_a_repository_of_somebody_else(
    project: Path, ssot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(project, "init", "-q")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    status, _, err = ssot("check", "--since", "HEAD")
    assert (status, err.splitlines()[1:]) == (2, [f"  git config --global --add safe.directory {project}"])


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("gone", "git knows no commit 'gone'"),
        ("--help", "no commit '--help'"),
        ("", "--since names no commit"),
    ],
)
def test_since_an_unknown_ref(project: Path, ssot: Run, ref: str, words: str) -> None:
    git(project, "init", "-q")
    git(project, "add", "shop")
    git(project, "commit", "-qm", "one")
    status, out, err = ssot("check", f"--since={ref}")
    assert (status, out) == (2, "")
    assert words in err


def test_since_without_a_repository_or_without_git(
    project: Path, ssot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    status, _, err = ssot("check", "--since", "HEAD")
    assert (status, "not a git repository" in err) == (2, True)
    monkeypatch.setenv("PATH", "")
    status, _, err = ssot("check", "--since", "HEAD")
    assert (status, "git is not installed" in err) == (2, True)


# --- baseline -----------------------------------------------------------------------------------------------


def test_the_baseline_is_a_ratchet(project: Path, ssot: Run) -> None:
    path = project / "ssot-lint-baseline.json"
    assert ssot("baseline") == (0, f"{path}: 2 violations\n", "")
    assert ssot("check", "-q") == (0, "", "")
    status, _, err = ssot("baseline")
    assert (status, "exists" in err and "--prune" in err) == (2, True)
    (project / "shop" / "broken.py").write_text("total = 1\n")
    status, out, _ = ssot("check", "--format", "json")
    assert (status, found(out)) == (1, [("ssot-lint-baseline.json", 3, "SSOT902")])
    assert ssot("baseline", "--prune") == (0, f"{path}: 1 violation (-1)\n", "")
    assert ssot("check", "-q") == (0, "", "")
    (project / "shop" / "broken.py").write_text("def total(:\n")
    assert ssot("baseline", "--prune") == (0, f"{path}: 1 violation (+0)\n", "")
    assert ssot("check", "-q")[0] == 1
    assert ssot("baseline", "--update") == (0, f"{path}: 2 violations (+1)\n", "")


def test_the_baseline_may_be_elsewhere(project: Path, ssot: Run) -> None:
    (project / "ssot-lint.toml").write_text(f'baseline = "known.json"\n{CONFIG}')
    status, _, err = ssot("check")
    assert (status, "known.json does not exist" in err) == (2, True)
    assert ssot("baseline")[1].startswith(f"{project / 'known.json'}: 2 violations")
    assert ssot("check", "-q")[0] == 0
    assert ssot("baseline", "--baseline", "other.json")[0] == 0
    assert ssot("check", "-q", "--baseline", "other.json")[0] == 0


# --- explain, rules, cache ------------------------------------------------------------------------------------


def test_explain_a_rule(project: Path, ssot: Run) -> None:
    by_id, by_name = ssot("explain", "SSOT901"), ssot("explain", "syntax-error")
    assert by_id == by_name
    assert by_id[1].startswith("# SSOT901 syntax-error\n\nA file that does not parse.\n")


def test_explain_all_is_the_handbook(project: Path, ssot: Run) -> None:
    _, out, _ = ssot("explain", "--all")
    assert re.findall(r"^## (\w+) ", out, re.MULTILINE) == [rule.id for rule in load_rules()]


def test_explain_a_finding(project: Path, ssot: Run) -> None:
    rows = json.loads(ssot("check", "--format", "json")[1])["diagnostics"]
    fingerprint = next(row["fingerprint"] for row in rows if row["rule"] == "SSOT203")
    status, out, _ = ssot("explain", fingerprint[:8])
    assert status == 0
    assert out.startswith("SSOT203 unresolved-import (")
    assert "  shop/cart.py:1\n    from shop.gone import Money\n" in out
    assert f"Fingerprint: {fingerprint}" in out


def test_explain_the_import_of_a_duplicate(project: Path, ssot: Run) -> None:
    """The patch is the one of a plan: the duplicate becomes a shim, and this import no longer needs it."""
    money = "class Money:\n    def __init__(self, amount):\n        self.amount = amount\n\n    def add(self, other):\n"
    (project / "shop" / "money.py").write_text(money + "        return Money(self.amount + other.amount)\n")
    (project / "shop" / "old.py").write_text(money + "        return Money(other.amount + self.amount)\n")
    for name in ("bill", "till"):
        (project / "shop" / f"{name}.py").write_text(
            f"from shop.old import Money\n\n\ndef {name}(x):\n    return Money(x).amount\n"
        )
    rows = json.loads(ssot("check", "--format", "json")[1])["diagnostics"]
    wanted = [r for r in rows if (r["rule"], r["path"]) == ("SSOT201", "shop/bill.py")]
    status, out, _ = ssot("explain", wanted[0]["fingerprint"])
    assert status == 0
    patch = out.partition(
        "Fix, as a plan makes it: shop.old:Money becomes a shim, then this import is re-pointed\n\n"
    )[2]
    assert [line for line in patch.splitlines() if line.startswith(("+++ ", "--- "))] == [
        "--- a/shop/bill.py",
        "+++ b/shop/bill.py",
        "--- a/shop/old.py",
        "+++ b/shop/old.py",
    ]
    assert "-from shop.old import Money\n+from shop.money import Money\n" in patch
    old = (project / "shop" / "old.py").read_text()
    (project / "shop" / "old.py").write_text(f"{old}\n    def pay(self):\n        return self.amount\n")
    (project / "shop" / "till.py").write_text("from shop.old import Money\n\nm = Money(1)\nprint(m.pay())\n")
    rows = json.loads(ssot("check", "--format", "json")[1])["diagnostics"]
    duplicate = next(r for r in rows if r["rule"] == "SSOT101")
    out = ssot("explain", wanted[0]["fingerprint"])[1]
    assert (
        f"No fix while shop.old:Money stays: {duplicate['verdict']}; ssot-lint explain {duplicate['fingerprint']}"
        in out
    )


def test_rules(project: Path, ssot: Run) -> None:
    (project / "ssot-lint.toml").write_text('[rules.syntax-error]\nseverity = "info"\n')
    rows = {row["id"]: row for row in json.loads(ssot("rules", "--format", "json")[1])["rules"]}
    assert rows["SSOT901"] == {
        "id": "SSOT901",
        "name": "syntax-error",
        "severity": "info",
        "default": "error",
        "codemods": [],
        "summary": "A file that does not parse.",
    }
    lines = ssot("rules")[1].splitlines()
    assert [line.split()[0] for line in lines] == list(rows)


def test_cache(project: Path, ssot: Run) -> None:
    ssot("check")
    assert re.search(r"facts\.sqlite: \d+\.\d MB, \d files, \d reports?", ssot("cache", "info")[1])
    assert ssot("cache", "clean")[1].endswith("MB freed\n")
    assert ", 0 files" in ssot("cache", "info")[1]
    assert ssot("check", "--format", "json")[0] == 1


# --- what a user does wrong -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["chekc"], "Did you mean 'check'?", id="command"),
        pytest.param(["check", "--formt", "json"], "--format", id="option"),
        pytest.param(["check", "--format", "yaml"], "'yaml' is not one of", id="format"),
        pytest.param(["check", "gone"], "path gone does not exist", id="path"),
        pytest.param(["check", "--root", "gone"], "project root gone does not exist", id="root"),
        pytest.param(
            ["check", "--config", "gone.toml"], "configuration gone.toml does not exist", id="config"
        ),
        pytest.param(
            ["check", "ssot-lint.toml/x"], "path ssot-lint.toml/x does not exist", id="below-a-file"
        ),
        pytest.param(["check", "x" * 300], "cannot be looked at: File name too long", id="long-path"),
        pytest.param(["check", "--diff", "--format", "json"], "--diff shows a patch", id="diff-format"),
        pytest.param(["duplicates", "--min-similarity", "nan"], "'nan' is not a number", id="no-number"),
        pytest.param(["check", "--select", " ,"], "--select names no rule", id="no-rule"),
        pytest.param(["migrate", "--concept", ""], "--concept names no concept", id="no-concept"),
        pytest.param(["check", "--select", "sintax-error"], "did you mean 'syntax-error'?", id="rule"),
        pytest.param(["check", "--baseline", "gone.json"], "gone.json does not exist", id="baseline"),
        pytest.param(["check", "-o", "gone/report"], "cannot write gone/report", id="output"),
        pytest.param(["check", "-o", "shop"], "is a directory", id="output-directory"),
        pytest.param(["check", "--jobs", "-1"], "--jobs", id="jobs"),
        pytest.param(["check", "/"], "", id="outside"),
        pytest.param(["explain"], "Name one rule, codemod or fingerprint", id="explain-nothing"),
        pytest.param(["explain", "SSOT99"], "no rule is called 'SSOT99'", id="explain-unknown"),
        pytest.param(["explain", "0123456789abcdef"], "no finding has the fingerprint", id="explain-gone"),
        pytest.param(["baseline", "--prune"], "there is no baseline", id="prune-nothing"),
        pytest.param(["baseline", "--prune", "--update"], "exclude each other", id="prune-and-update"),
    ],
)
def test_mistakes_are_one_message_and_status_2(
    project: Path, ssot: Run, arguments: list[str], words: str
) -> None:
    if arguments == ["check", "/"]:
        arguments = ["check", "/", "--root", "."]
        words = "not in the project"
    status, out, err = ssot(*arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(
            b"[concepts.money]\ncanonicl = 'x'\n", "ssot-lint.toml:2: concepts.money.canonicl", id="key"
        ),
        pytest.param(b"exclude = 1\n", "ssot-lint.toml:1: exclude", id="type"),
        pytest.param(b"[[[", "ssot-lint.toml:1", id="syntax"),
        pytest.param(b"\xff\xfe\x00", "ssot-lint.toml", id="binary"),
        pytest.param(b"[rules.unresolved-import]\nno-such-option = 1\n", "no-such-option", id="rule-option"),
    ],
)
def test_a_broken_configuration_is_named(project: Path, ssot: Run, content: bytes, words: str) -> None:
    (project / "ssot-lint.toml").write_bytes(content)
    status, out, err = ssot("check")
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_binary_and_odd_files_are_diagnostics(project: Path, ssot: Run) -> None:
    (project / "shop" / "image.py").write_bytes(bytes(range(256)))
    (project / "shop" / "latin.py").write_bytes("name = 'é'\n".encode("latin-1"))
    (project / "shop" / "loop.py").symlink_to(project / "shop" / "loop.py")
    status, out, err = ssot("check", "--format", "json", "--select", "SSOT901")
    assert (status, err) == (1, "")
    assert [row[0] for row in found(out)] == [
        f"shop/{name}.py" for name in ("broken", "image", "latin", "loop")
    ]
    for form in ("text", "concise", "sarif", "github", "gitlab", "junit", "markdown"):
        status, _, err = ssot("check", "--format", form, "--select", "SSOT901")
        assert (form, status, "Traceback" in err) == (form, 1, False)
    report = project / "report.txt"
    report.symlink_to(report)
    assert ssot("check", "--output", str(report))[0] == 1
    assert "SSOT901" in report.read_text()


# --- the process ------------------------------------------------------------------------------------------------


def process(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ssot_lint", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,  # type: ignore[call-overload]
    )


def test_what_no_line_is_shown_of_is_not_read(project: Path, ssot: Run) -> None:
    os.mkfifo(project / "shop" / "pipe.py")  # reading it would wait for somebody who writes
    (project.parent / "secret.py").write_text("SECRET = 1\n")
    (project / "shop" / "out.py").symlink_to(project.parent / "secret.py")
    (project / "shop" / "broken.py").unlink()
    status, out, _ = ssot("check", "--select", "SSOT901", "--quiet", "--no-cache", "--jobs", "1")
    assert status == 1
    assert out.splitlines() == [
        "shop/out.py",
        f"  1:1 warning SSOT901 syntax-error: left out: the symbolic link leads out of the project, to {project.parent}/secret.py",
        "",
        "shop/pipe.py",
        "  1:1 warning SSOT901 syntax-error: left out: is no regular file",
    ]


def test_a_reader_that_leaves_is_no_error(project: Path) -> None:
    write(project, {f"shop/broken{number}.py": "def f(:\n" for number in range(2000)})
    ran = process("check", "--no-cache", "--format", "json")
    assert ran.stdout is not None
    ran.stdout.read(10)
    ran.stdout.close()
    assert ran.stderr is not None
    assert (ran.wait(), ran.stderr.read()) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no device that is always full")
@pytest.mark.parametrize("arguments", ["check --no-cache", "--version", "check --help", "cache info"])
def test_a_full_disk_is_no_bug(project: Path, arguments: str) -> None:
    command = [sys.executable, "-m", "ssot_lint", *arguments.split()]
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith("ssot-lint: cannot write to standard output: No space left on device\n")
    assert "Traceback" not in ran.stderr


def test_a_folder_without_python_files_is_told(tmp_path: Path, ssot: Run) -> None:
    """A job that looks at the wrong folder is green for ever."""
    for _ in range(2):  # from the cache, too
        status, out, err = ssot("check", "--root", str(tmp_path))
        assert (status, out.splitlines()[0]) == (0, "No violations found.")
        assert err == f"ssot-lint: {tmp_path}: no Python file of the project is there\n"
    assert ssot("check", "--quiet", "--root", str(tmp_path))[2] == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no device that is always full")
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ("check --no-cache --verbose --exit-zero", 0),
        ("check --no-cache gone", 2),
        ("check --no-cache --select gone", 2),
        ("check --gone", 2),
        ("duplicates shop/empty", 0),
    ],
)
def test_messages_that_nobody_hears_change_no_exit_status(project: Path, arguments: str, status: int) -> None:
    (project / "shop" / "empty").mkdir()
    command = [sys.executable, "-m", "ssot_lint", *arguments.split()]
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=full, check=False)
    assert ran.returncode == status


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", ""],
        ["check", "--output", ""],
        ["check", "--root="],
        ["check", "--config", ""],
        ["check", "--baseline", ""],
        ["duplicates", ""],
        ["graph", "money", "--output="],
        ["migrate", ""],
        ["init", "--root="],
    ],
    ids=" ".join,
)
def test_an_empty_name_is_no_path(project: Path, ssot: Run, arguments: list[str]) -> None:
    status, out, err = ssot(*arguments)
    assert (status, out, err.endswith(": The name is empty.\n")) == (2, "", True)


@pytest.mark.parametrize("name", ["ssot-lint.toml", "pyproject.toml", "ssot-lint-baseline.json"])
def test_a_pipe_is_no_settings_file(project: Path, ssot: Run, name: str) -> None:
    """Reading it would wait for somebody who writes."""
    (project / "ssot-lint.toml").unlink()
    os.mkfifo(project / name)
    status, out, err = ssot("check")
    assert (status, out) == (2, "")
    assert f"{name}" in err.splitlines()[0] and "cannot be read: it is no regular file" in err


@pytest.mark.parametrize("name", ["setup.cfg", "pytest.ini", "tox.ini", ".pytest.ini", ".git", "Pipfile"])
def test_a_pipe_in_place_of_a_file_of_others_is_passed_over(project: Path, ssot: Run, name: str) -> None:
    os.mkfifo(project / name)
    assert [found(ssot("check", "--format", "json")[1]) for _ in range(2)] == [FOUND] * 2


def test_a_link_in_place_of_the_settings_is_named_itself(project: Path, ssot: Run) -> None:
    (project / "ssot-lint.toml").unlink()
    (project / "ssot-lint.toml").symlink_to("nowhere")
    assert ssot("check")[2].startswith(
        "ssot-lint: ssot-lint.toml: cannot be read: No such file or directory\n"
    )


def test_a_cache_that_nobody_lets_us_look_at_is_none(
    project: Path, ssot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of somebody else. Root may look everywhere, but at no name that is too long."""
    monkeypatch.setenv("SSOT_LINT_CACHE_DIR", str(project / ("x" * 300)))
    status, out, err = ssot("check", "--format", "json")
    assert (status, found(out)) == (1, FOUND)
    assert err.startswith("ssot-lint: no cache in ") and err.endswith(": File name too long\n")


@pytest.mark.parametrize("columns", ["60", "200"])
def test_odd_names_stand_in_plans_and_tables_as_they_are(
    project: Path, ssot: Run, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    """No markup, no emoji of `:on:`, no end of a code span, nothing that steers a terminal."""
    monkeypatch.setenv("COLUMNS", columns)
    body = (project / "shop" / "money.py").read_text()
    for name in ("[bold]x[", "a:on", "b`c", "d\x1b[31m", "e\nf", "<g>"):
        (project / "shop" / f"{name}.py").write_text(body)
    tests = ssot("tests")[1]
    plan = ssot("plan", "--verbose")[1]
    for text in (tests, plan):
        assert all(line.isprintable() for line in text.splitlines())
        assert [
            name for name in ("[bold]x[", "a:on", "b`c", "d [31m", "e f", "<g>") if name not in text
        ] == []
    lines = ssot("plan", "--format", "markdown")[1].splitlines()
    assert all(line.isprintable() for line in lines)
    listed = [line.partition(" +")[0] for line in lines if line.startswith("- [ ]")]
    assert {"- [ ] `shop/[bold]x[.py`", "- [ ] ``shop/b`c.py``", "- [ ] `shop/d [31m.py`"} <= {*listed}
    assert not [line for line in lines if line.startswith("<details>") and "<g>" in line]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_may_be_closed(project: Path, closed: str) -> None:
    command = f"{sys.executable} -m ssot_lint check -o report {closed}"
    assert subprocess.run(command, shell=True, check=False).returncode == 1
    assert "Found 2 violations" in (project / "report").read_text()
    assert subprocess.run(f"{sys.executable} -m ssot_lint {closed}", shell=True, check=False).returncode == 2
    shown = subprocess.run(f"{sys.executable} -m ssot_lint check {closed}", shell=True, capture_output=True)
    assert (shown.returncode, shown.stderr) == (1, b"")


@pytest.mark.parametrize("form", ["json", "gitlab", "sarif", "junit"])
def test_what_programs_read_is_utf_8_on_any_terminal(project: Path, form: str) -> None:
    write(project, {"shop/\u00e4\U0001f600.py": "def total(:\n"})
    ran = subprocess.run(
        [sys.executable, "-m", "ssot_lint", "check", "--format", form],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    run(["check", "--format", form, "--output", "report"])
    assert (ran.returncode, ran.stdout) == (1, (project / "report").read_bytes())
    assert "does not parse" in ran.stdout.decode()


def test_a_file_name_steers_no_terminal(project: Path, ssot: Run) -> None:
    write(project, {"shop/a\x1b]0;b\x07\r.py": "class Money:\n    def add(self, other):\n        return 3\n"})
    for command in (["check"], ["concepts"], ["tests"], ["plan"], ["check", "--format", "markdown"]):
        out = ssot(*command)[1]
        assert ("]0;b" in out, re.findall("[\x00-\x09\x0b-\x1f]", out)) == (True, []), command


@pytest.mark.parametrize("command", ["check", "check .", "init", "concepts", "status", "cache info"])
def test_the_current_directory_may_be_gone(tmp_path: Path, command: str) -> None:
    line = f"mkdir gone && cd gone && rmdir ../gone && {sys.executable} -P -m ssot_lint {command}"
    ran = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (
        2,
        "ssot-lint: the current directory is gone\n  go to one that exists\n",
    )


def test_ctrl_c_says_interrupted(project: Path) -> None:
    source = "".join(f"def f{number}(a, b):\n    return [a, b, {number}]\n" for number in range(3000))
    write(project, {f"shop/large{number}.py": f"# {number}\n{source}" for number in range(60)})
    ran = process("check", "--no-cache", "--jobs", "1", start_new_session=True)
    time.sleep(1.0)
    assert ran.poll() is None, "the work ended before it could be interrupted: make it larger"
    os.killpg(ran.pid, signal.SIGINT)
    _, err = ran.communicate(timeout=60)
    assert (ran.returncode, err.decode().strip()) == (130, "interrupted")


def test_ctrl_c_while_a_text_is_executed(project: Path) -> None:
    """As the making of a dataclass is: the interpreter remembers it, and would end `python -m` by the signal."""
    hook = (
        "import sys\n"
        "class Finder:\n"
        "    def find_spec(name, path, target=None):\n"
        "        if name == 'ssot_lint.cli.check':\n"
        "            exec('raise KeyboardInterrupt')\n"
        "sys.meta_path.insert(0, Finder)\n"
    )
    (project / "sitecustomize.py").write_text(hook)
    ran = subprocess.run(
        [sys.executable, "-m", "ssot_lint", "check"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr.strip()) == (130, "interrupted")


def test_a_bug_shows_its_traceback_and_exits_with_2(
    project: Path, ssot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[str]:
        raise ZeroDivisionError

    monkeypatch.setattr("ssot_lint.cli.check.locate", broken)
    status, out, err = ssot("check")
    assert (status, out) == (2, "")
    assert "Traceback" in err
    assert err.endswith("this is a bug in ssot-lint, not in your project: report it\n")


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_starting_imports_nothing_heavy(argument: str) -> None:
    code = f"import sys\nfrom ssot_lint.cli import run\nrun([{argument!r}])\nprint(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in ran.stderr.split()}
    heavy = {"libcst", "msgspec", "networkx", "pathspec", "rapidfuzz", "rich", "sqlite3", "tomli", "tomlkit"}
    assert loaded & heavy == set()
    assert {name for name in ran.stderr.split() if name.startswith("ssot_lint.")} == {
        "ssot_lint.cli",
        "ssot_lint.cli._group",
        "ssot_lint.errors",
        "ssot_lint.recall",
    }


# --- help ---------------------------------------------------------------------------------------------------------

HERE = Path(__file__).parent.parent
PRESENT = [name for name in COMMANDS if (HERE / "ssot_lint" / "cli" / f"{name}.py").exists()]


def leaves(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group) and command is not cli:
        for name, child in command.commands.items():
            yield from leaves(child, (*path, name))


@pytest.mark.parametrize("name", PRESENT)
def test_every_command_has_a_help_text_with_an_example_and_its_exit_status(name: str, ssot: Run) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.get_short_help_str(200) == COMMANDS[name]
    for path, leaf in leaves(command, (name,)):
        status, out, _ = ssot(*path, "--help")
        assert status == 0
        assert f"ssot-lint {' '.join(path)}" in out.partition("Example")[2], (
            f"{' '.join(path)} shows no example"
        )
        assert out.count("Exit status: 0 ") == 1, f"{' '.join(path)} does not say with which status it ends"
        undocumented = [
            option.name for option in leaf.params if isinstance(option, click.Option) and not option.help
        ]
        assert undocumented == []


def test_help_lists_every_command(ssot: Run) -> None:
    _, out, _ = ssot("--help")
    for name, text in COMMANDS.items():
        assert f" {name} {text}" in " ".join(out.split())


def test_version(ssot: Run) -> None:
    assert ssot("--version") == (0, f"ssot-lint {__version__}\n", "")


def test_concepts_are_completed(project: Path) -> None:
    context, parameter = click.Context(cli), click.Argument(["name"])
    assert [item.value for item in complete_concepts(context, parameter, "mo")] == ["money"]
    assert complete_concepts(context, parameter, "x") == []
    (project / "ssot-lint.toml").write_text("[[[")
    assert complete_concepts(context, parameter, "mo") == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("ssot-lint ch", {"check"}, id="command"),
        pytest.param("ssot-lint check --select syn", {"syntax-error"}, id="rule"),
        pytest.param(
            "ssot-lint check --select SSOT901,unres", {"SSOT901,unresolved-import"}, id="second-rule"
        ),
        pytest.param("ssot-lint explain ssot90", {"SSOT901", "SSOT902"}, id="argument"),
        pytest.param("ssot-lint explain rewrite", {"rewrite-imports"}, id="codemod"),
        pytest.param("ssot-lint concepts token", {"token-validation"}, id="concept"),
        pytest.param("ssot-lint check --format sa", {"sarif"}, id="choice"),
    ],
)
def test_the_shell_completes(words: str, expected: set[str]) -> None:
    environment = {
        **os.environ,
        "_SSOT_LINT_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "ssot_lint"],
        env=environment,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent / "fixtures" / "golden_path",
    )
    assert {line.partition(",")[2] for line in ran.stdout.splitlines()} == expected
