"""plan, migrate, resume and check --fix as a user meets them: in a project on the disk, through the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

CONFIG = """
[concepts.money]
canonical = "shop.money:Money"
names = ["*Money"]
"""
FILES = {
    "ssot-lint.toml": CONFIG,
    "shop/__init__.py": "",
    "shop/money.py": """
        class Money:
            def __init__(self, amount):
                self.amount = amount

            def add(self, other):
                return Money(self.amount + other.amount)
        """,
    "shop/api.py": 'from shop.money import Money\n\n__all__ = ["Money"]\n',
    "shop/bill.py": "from shop.api import Money\n\n\ndef bill(x):\n    return Money(x).add(Money(1)).amount\n",
    "shop/report.py": "from shop.api import Money as M\n\n\ndef report():\n    return M(2).amount\n",
    "tests/test_shop.py": """
        from shop.bill import bill
        from shop.report import report


        def test_bill():
            assert bill(2) == 3


        def test_report():
            assert report() == 2
        """,
}
GATE = f"{sys.executable} -m pytest -q -p no:cacheprovider {{tests}}"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(dedent(text).lstrip("\n"))
    return tmp_path


@pytest.fixture
def run(shop: Path) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ssot_lint", *arguments],
            cwd=shop, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(shop)},
        )  # fmt: skip

    return run


@pytest.fixture
def repository(shop: Path) -> Callable[..., str]:
    def git(*arguments: str) -> str:
        name = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        ran = subprocess.run(["git", *name, *arguments], cwd=shop, capture_output=True, text=True, check=True)
        return ran.stdout

    git("init", "-q")
    git("config", "user.name", "t")
    git("config", "user.email", "t@example.org")
    git("add", "-A")
    git("commit", "-qm", "before")
    return git


def tree(root: Path) -> dict[str, bytes]:
    skipped = {".ssot-lint", ".git", "__pycache__"}
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and skipped.isdisjoint(path.relative_to(root).parts)
    }


def test_plan_writes_nothing(shop: Path, run: Run) -> None:
    before = tree(shop)
    ran = run("plan")
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "Phase 1: Consolidate definitions and imports behind shims" in ran.stdout
    assert "shop/bill.py  +1 -1" in ran.stdout
    assert tree(shop) == before


def test_what_python_warns_of_in_the_code_it_reads_is_no_output(
    shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = shop / "shop/bill.py"
    bill.write_text(bill.read_text() + '\n\nESCAPE = "\\d"\nALWAYS = Money is "x"\n')
    told = run("plan")
    assert (told.returncode, told.stderr) == (1, "")
    assert "shop/bill.py  +1 -1" in told.stdout
    monkeypatch.setenv("PYTHONWARNINGS", "error::SyntaxWarning,error::DeprecationWarning")
    strict = run("plan")
    assert (strict.returncode, strict.stderr, strict.stdout) == (1, "", told.stdout)


def test_plan_as_json_and_markdown(run: Run) -> None:
    plan = json.loads(run("plan", "--format", "json").stdout)
    assert [batch["phase"] for batch in plan["batches"]] == [1, 5]
    assert plan["before"]["SSOT201"] == 2 and "SSOT201" not in plan["after"]
    page = run("plan", "--format", "markdown").stdout
    assert "| 1 |" in page and "- [ ] `shop/bill.py` +1 -1" in page


def test_the_patch_of_a_plan_can_be_applied(shop: Path, run: Run, repository: Callable[..., str]) -> None:
    patch = run("check", "--diff", "--unsafe-fixes")
    assert patch.returncode == 1
    (shop / "fixes.patch").write_text(patch.stdout)
    repository("apply", "fixes.patch")
    assert (shop / "shop/report.py").read_text().startswith("from shop.money import Money as M\n")


def test_migrate_and_back(shop: Path, run: Run) -> None:
    before = tree(shop)
    ran = run("migrate", "--gate", GATE)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "on the untouched tree: " in ran.stdout and "committed" in ran.stdout
    assert (shop / "shop/bill.py").read_text().startswith("from shop.money import Money\n")
    assert not (shop / "shop/api.py").exists()
    assert run("check").returncode == 0
    again = run("migrate", "--gate", GATE)
    assert (again.returncode, again.stdout.splitlines()[-1].startswith("0 batches")) == (0, True)
    assert run("rollback").returncode == 0
    assert tree(shop) == before


def test_dry_run_writes_nothing(shop: Path, run: Run) -> None:
    before = tree(shop)
    ran = run("migrate", "--dry-run")
    assert ran.returncode == 1 and "+from shop.money import Money\n" in ran.stdout
    assert tree(shop) == before and not (shop / ".ssot-lint/runs").exists()


def test_a_gate_that_fails_blocks_the_file_at_fault(shop: Path, run: Run) -> None:
    """The suite wants shop.report to take Money from shop.api: that file stays, the other goes on."""
    (shop / "tests/test_source.py").write_text(
        "import shop.report\n\n\ndef test_source():\n    assert 'shop.api' in open(shop.report.__file__).read()\n"
    )
    ran = run("migrate", "--phase", "1", "--gate", GATE)
    assert ran.returncode == 1
    assert "because of shop/report.py" in ran.stdout
    assert "from shop.api import Money" in (shop / "shop/report.py").read_text()
    assert "from shop.money import Money" in (shop / "shop/bill.py").read_text()
    assert "blocked" in run("status").stdout


def test_one_commit_for_each_batch(shop: Path, run: Run, repository: Callable[..., str]) -> None:
    ran = run("migrate", "--commit")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    subjects = repository("log", "--format=%s").splitlines()
    assert len(subjects) == 3 and subjects[-1] == "before"
    assert subjects[0] == "remove-shim: money (batch 2 of 2)"
    assert repository("status", "--porcelain") == ""


def test_a_hook_that_refuses_the_commit_blocks_the_batch(
    shop: Path, run: Run, repository: Callable[..., str]
) -> None:
    before = tree(shop)
    hook = shop / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho not on my watch >&2\nexit 1\n")
    hook.chmod(0o755)
    ran = run("migrate", "--commit")
    assert ran.returncode == 1 and "git commit failed: not on my watch" in ran.stdout
    assert "bisect" not in ran.stdout and "because of" not in ran.stdout  # no file is to blame
    assert tree(shop) == before
    assert repository("status", "--porcelain") == ""  # nothing is left staged


def test_a_dirty_tree_is_refused(shop: Path, run: Run, repository: Callable[..., str]) -> None:
    (shop / "shop/bill.py").write_text((shop / "shop/bill.py").read_text() + "\n# edited\n")
    ran = run("migrate")
    assert ran.returncode == 2
    assert ran.stderr == (
        "ssot-lint: the working tree has uncommitted changes: shop/bill.py\n"
        "  commit or stash them, or say --allow-dirty\n"
    )
    assert run("migrate", "--allow-dirty").returncode == 0


def test_a_reviewed_plan(shop: Path, run: Run) -> None:
    run("plan", "--format", "json", "-o", "plan.json")
    plan = json.loads((shop / "plan.json").read_text())
    del plan["batches"][1:]
    (shop / "plan.json").write_text(json.dumps(plan))
    ran = run("migrate", "plan.json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (shop / "shop/api.py").exists() and "from shop.money" in (shop / "shop/bill.py").read_text()


def test_a_plan_that_needs_what_was_taken_out_is_refused(shop: Path, run: Run) -> None:
    run("plan", "--format", "json", "-o", "plan.json")
    plan = json.loads((shop / "plan.json").read_text())
    del plan["batches"][0]
    (shop / "plan.json").write_text(json.dumps(plan))
    ran = run("migrate", "plan.json")
    assert ran.returncode == 2 and "batch 2 needs batch 1, which is not in the plan" in ran.stderr


@pytest.mark.parametrize("what", ["edited", "deleted"])
def test_a_plan_is_refused_when_the_tree_has_moved_on(shop: Path, run: Run, what: str) -> None:
    run("plan", "--format", "json", "-o", "plan.json")
    path = shop / "shop/bill.py"
    if what == "edited":
        path.write_text(path.read_text() + "# later\n")
    else:
        path.unlink()
    before = tree(shop)
    ran = run("migrate", "plan.json")
    assert ran.returncode == 2 and "the tree has moved on since the plan was made" in ran.stderr
    assert tree(shop) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["migrate", "nothing.json"], "cannot read plan nothing.json: No such file or directory"),
        (["migrate", "ssot-lint.toml"], "ssot-lint.toml is no plan"),
        (["plan", "--concept", "mony"], "no concept is called 'mony'"),
        (["plan", "--owner", "@x"], "no concept has the owner '@x'"),
        (["plan", "--phase", "6"], "6 is not in the range"),
        (["check", "--unsafe-fixes"], "--unsafe-fixes says which fixes --fix makes"),
        (
            ["migrate", "--gate", "no-such-command"],
            "gate 'no-such-command' cannot be run, and its output ends with:\n    ",
        ),
        (
            ["migrate", "--gate", "seq 9; exit 3"],
            "and its output ends with:\n    5\n    6\n    7\n    8\n    9\n  a gate has to pass",
        ),
        (["migrate", "--gate", "sleep 9", "--gate-timeout", "1"], "give it more time with --gate-timeout"),
        (["tests", "moni"], "no concept is called 'moni'\n  Did you mean money? Known concepts: money."),
        (["concepts", "moni"], "no concept is called 'moni'\n  Did you mean money? Known concepts: money."),
        (["graph", "moni"], "no concept is called 'moni'\n  Did you mean money? Known concepts: money."),
        (["migrate", "--gate", "exit 3"], "ends with exit status 3 on the untouched tree"),
        (["migrate", "--commit"], "--commit: this is no git repository"),
        (["migrate", "--gate", "pytest -q {test}"], "expected the placeholder {tests}, not {test}"),
        (["resume", "--gate", "make {files}"], "expected the placeholder {tests}, not {files}"),
        (["migrate", "--gate", " "], "found ' ', expected a text that is not empty"),
        (["resume"], "there is nothing to resume"),
        (["plan", "--diff", "--format", "json"], "--diff shows a patch in the text"),
        (
            ["plan", "--accept", "shop.money:Mony"],
            "--accept shop.money:Mony: nothing is defined under this name",
        ),
        (
            ["plan", "--accept", "shop.api:Money"],
            "--accept shop.api:Money: nothing is defined under this name",
        ),
        (["explain", "rewrite-import"], "did you mean 'rewrite-imports'?"),
    ],
)
def test_mistakes(run: Run, shop: Path, arguments: list[str], message: str) -> None:
    before = tree(shop)
    ran = run(*arguments)
    assert ran.returncode == 2 and message in ran.stderr and "Traceback" not in ran.stderr
    assert tree(shop) == before


def test_killed_and_resumed(shop: Path, run: Run) -> None:
    """The gate kills ssot-lint itself, in the middle of the second batch."""
    before = tree(shop)
    (shop / "kill.sh").write_text(
        'n=$(cat n 2>/dev/null || echo 0)\necho $((n + 1)) > n\nif [ "$n" = 2 ]; then kill -9 "$PPID"; sleep 5; fi\n'
    )
    ran = run("migrate", "--gate", ". ./kill.sh")
    assert ran.returncode == -signal.SIGKILL
    told = run("status")
    assert told.returncode == 1 and "batch 2: written, and its gate has not spoken\n" in told.stdout
    ran = run("resume")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert run("check").returncode == 0
    (shop / "kill.sh").unlink()
    (shop / "n").unlink()
    assert run("rollback").returncode == 0
    assert tree(shop) == before


def test_what_was_rolled_back_does_not_come_back_by_resume(shop: Path, run: Run) -> None:
    """Killed while the gate judges the first of two batches, and rolled back by hand: that batch is unproven."""
    before = tree(shop)
    (shop / "kill.sh").write_text('if grep -q money shop/bill.py; then kill -9 "$PPID"; sleep 5; fi\n')
    assert run("migrate", "--max-files", "1", "--gate", ". ./kill.sh").returncode == -signal.SIGKILL
    (shop / "kill.sh").unlink()
    assert run("rollback").returncode == 0
    assert tree(shop) == before
    ran = run("resume", "--gate", ". ./kill.sh")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "rolled-back" in ran.stdout and (shop / "shop/bill.py").read_bytes() == before["shop/bill.py"]
    assert ran.stdout.endswith("what was rolled back stays so; `ssot-lint migrate` plans it anew\n")


def test_stopped_before_the_first_batch_the_gates_and_commits_are_not_forgotten(
    shop: Path, run: Run, repository: Callable[..., str]
) -> None:
    """The gate kills ssot-lint on the untouched tree."""
    (shop / "kill.sh").write_text('if [ ! -e n ]; then touch n; kill -9 "$PPID"; sleep 5; fi\n')
    ran = run("migrate", "--commit", "--gate", ". ./kill.sh", "--gate", "true")
    assert ran.returncode == -signal.SIGKILL
    ran = run("resume")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("  gate: . ./kill.sh\n  gate: true\n  committed\n") == 2
    assert len(repository("log", "--format=%s").splitlines()) == 3


def test_interrupted_it_says_how_to_go_on(shop: Path, run: Run) -> None:
    ran = run("migrate", "--gate", 'kill -INT "$PPID"; sleep 5')
    assert ran.returncode == 130
    assert "`ssot-lint resume` goes on, `ssot-lint rollback` takes back what is written" in ran.stderr


def test_a_batch_that_others_need_is_not_taken_back_alone(shop: Path, run: Run) -> None:
    (shop / "shop/api.py").write_text(
        "class Money:\n" + "\n".join((shop / "shop/money.py").read_text().splitlines()[1:]) + "\n"
    )
    before = tree(shop)
    assert run("migrate", "--max-files", "1").returncode == 0
    after = tree(shop)
    assert "shop/api.py" in before and "shop/api.py" not in after
    ran = run("rollback", "--batch", "2")
    assert ran.returncode == 2 and "take all of it back: --batch 2 --batch " in ran.stderr
    assert tree(shop) == after
    advised = ran.stderr.partition("take all of it back: ")[2].split()
    assert run("rollback", *advised).returncode == 0
    assert run("rollback").returncode == 0
    assert tree(shop) == before


def test_a_file_with_bytes_of_another_encoding_is_refused_and_stops_nothing(shop: Path, run: Run) -> None:
    odd = b"# caf\xe9\nfrom shop.api import Money\n\nx = Money\n"
    (shop / "shop/odd.py").write_bytes(odd)
    ran = run("plan")
    reason = "not sound: holds bytes that are none of its encoding"
    if sys.version_info >= (3, 14):  # does not read such a file, comment or not
        reason = "shop/odd.py:1   SSOT901"
    assert reason in ran.stdout, ran.stderr
    assert run("migrate").returncode == 0
    assert (shop / "shop/odd.py").read_bytes() == odd
    assert b"from shop.money" in (shop / "shop/bill.py").read_bytes()


def test_status_says_what_a_run_refused(shop: Path, run: Run) -> None:
    (shop / "shop/text.py").write_text("import shop.api as api\n\nprint(api.Money, getattr(api, 'Money'))\n")
    last = run("migrate").stdout.splitlines()[-1]
    id = last.split()[1].removesuffix(":")
    assert last.endswith(f"; 1 refused (`ssot-lint status {id}` says why)")
    told = run("status", id).stdout
    refused = "Refused\n      1  api is asked for Money by its text\n         shop/text.py:3  money rewrite-imports\n\n"
    assert told.endswith(refused)
    batch = "  replace-with-shim, rewrite-imports money"
    assert f"{batch}  4 files\n" in told and "passed" not in told
    (shop / ".ssot-lint/runs" / id / "plan.json").write_text("{}")
    assert run("status", id).stdout == told.removesuffix(refused).replace(batch, "")


def test_a_gate_that_judges_nothing_leaves_no_run(run: Run, shop: Path) -> None:
    assert run("migrate", "--gate", "exit 3").returncode == 2
    assert run("status").stdout == "no run yet: `ssot-lint migrate` begins one\n"


def test_nothing_is_configured(run: Run, shop: Path) -> None:
    (shop / "ssot-lint.toml").write_text("")
    ran = run("plan")
    assert (ran.returncode, ran.stderr) == (
        0,
        "ssot-lint: no concept is configured; `ssot-lint init` proposes some\n",
    )


# --- check --fix --------------------------------------------------------------------------------------------------


def test_check_fix_makes_the_safe_fixes(shop: Path, run: Run) -> None:
    before = tree(shop)
    ran = run("check", "--fix")
    assert "changed 2 files; `ssot-lint rollback` takes it back" in ran.stderr
    assert "SSOT201" not in ran.stdout
    assert tree(shop)["shop/api.py"] == before["shop/api.py"]
    assert run("rollback").returncode == 0
    assert tree(shop) == before


def test_check_fix_of_one_file_and_one_rule(shop: Path, run: Run) -> None:
    run("check", "--fix", "--select", "SSOT201", "shop/bill.py")
    assert (
        b"from shop.money" in tree(shop)["shop/bill.py"] and b"from shop.api" in tree(shop)["shop/report.py"]
    )


def test_check_diff_writes_nothing(shop: Path, run: Run) -> None:
    before = tree(shop)
    ran = run("check", "--diff")
    assert (
        ran.returncode == 1 and "-from shop.api import Money\n+from shop.money import Money\n" in ran.stdout
    )
    assert tree(shop) == before


def test_check_diff_without_a_safe_fix_says_so(shop: Path, run: Run) -> None:
    (shop / "shop/api.py").write_text((shop / "shop/money.py").read_text())
    ran = run("check", "--diff")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr == "ssot-lint: none of the findings has a safe fix; see --unsafe-fixes\n"
    assert "-class Money:" in run("check", "--diff", "--unsafe-fixes").stdout


def test_explain_shows_the_patch_of_a_finding(run: Run) -> None:
    report = json.loads(run("check", "--format", "json").stdout)
    found = next(d for d in report["diagnostics"] if d["rule"] == "SSOT201" and d["path"] == "shop/bill.py")
    ran = run("explain", found["fingerprint"])
    assert "Fix (safe): rewrite-imports" in ran.stdout
    assert "--- a/shop/bill.py\n+++ b/shop/bill.py\n" in ran.stdout
    assert "-from shop.api import Money\n+from shop.money import Money\n" in ran.stdout


def test_explain_shows_the_page_of_a_codemod(run: Run) -> None:
    ran = run("explain", "use-factory")
    assert ran.returncode == 0 and ran.stdout.startswith(
        "# use-factory\n\nGet instances from the concept's factory"
    )
    assert "- `concept`: The name of the concept" in ran.stdout
