"""The pytest plugin, in sessions of its own: what is collected, what fails with which text, and no cost when off."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from ssot_lint.plugins import load_rules
from ssot_lint.pytest_items import ABOUT_NO_CONCEPT, REST
from ssot_lint.rule import Rule
from ssot_lint.testing import examples_of, project_of

pytest_plugins = ["pytester"]

CONFIG = """
[concepts.manager]
canonical = "app.manager:Manager"
names = ["*Manager"]

[concepts.notifier]
canonical = "app.notifier:Notifier"
"""

FILES = {
    "ssot-lint.toml": CONFIG,
    "pytest.ini": "[pytest]\n",
    "app/__init__.py": "",
    "app/manager.py": """
        class Manager:
            def __init__(self):
                self.connections = {}

            def send(self, user, message):
                for connection in self.connections[user]:
                    connection.send(message)
                return len(self.connections)
        """,
    "app/notifier.py": """
        class Notifier:
            def notify(self, text):
                return [text]
        """,
    "app/pool.py": """
        raise SystemExit("the analysed code was imported")

        class PoolManager:
            def __init__(self, size):
                self.pool = [None] * size

            def send(self, user, message):
                connection = self.pool[hash(user) % len(self.pool)]
                connection.write(message)
                return connection
        """,
    "tests/test_shop.py": "def test_shop(): pass\n",
}

DUPLICATE = "ssot-lint.toml::manager::duplicate-implementation"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with one duplicate in a module that cannot be imported, and one passing test."""
    write(pytester.path, FILES)
    return pytester


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content).lstrip("\n"))


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:anyio", *arguments)


def collected(pytester: pytest.Pytester, *arguments: str) -> list[str]:
    result = pytester.runpytest_inprocess("-p", "no:anyio", "--collect-only", "-q", *arguments)
    return [line for line in result.outlines if "::" in line]


# --- on and off ---------------------------------------------------------------------------------------


def test_off_by_default(project: pytest.Pytester) -> None:
    assert collected(project) == ["tests/test_shop.py::test_shop"]


def test_off_costs_nothing(project: pytest.Pytester) -> None:
    """Of the whole package, two empty-handed modules are imported, and nothing that they would need."""
    program = (
        "import sys, pytest; status = pytest.main(['-q', '-p', 'no:anyio', '-p', 'no:hypothesispytest']);"
        "heavy = {'libcst', 'msgspec', 'networkx', 'click', 'tomli', 'rich', 'sqlite3'};"
        "heavy |= set() if sys.version_info >= (3, 14) else {'asyncio'};"  # which pytest itself imports there
        "print(sorted(name for name in sys.modules if name.startswith('ssot_lint') or name in heavy));"
        "sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=project.path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "['ssot_lint', 'ssot_lint.pytest_plugin']"


def test_the_runtime_package_alone_imports_nothing_else() -> None:
    program = (
        "import sys; import ssot_lint.runtime;"
        "print(sorted(name for name in sys.modules if name.startswith('ssot_lint') and 'runtime' not in name));"
        "print('asyncio' in sys.modules, 'pytest' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['ssot_lint']", "False False"]


def test_one_item_for_each_concept_and_rule(project: pytest.Pytester) -> None:
    found = collected(project, "--ssot")
    rules = [rule for rule in load_rules() if rule.enabled]
    of_concepts = [rule.name for rule in rules if not rule.id.startswith(ABOUT_NO_CONCEPT)]
    assert found == [
        *(f"ssot-lint.toml::manager::{name}" for name in of_concepts),
        *(f"ssot-lint.toml::notifier::{name}" for name in of_concepts),
        *(f"ssot-lint.toml::{REST}::{rule.name}" for rule in rules),
        "tests/test_shop.py::test_shop",
    ]


def test_on_by_configuration(project: pytest.Pytester) -> None:
    write(project.path, {"pytest.ini": "[pytest]\nssot = true\ntestpaths = tests\n"})
    assert DUPLICATE in collected(project)
    assert collected(project, "tests/test_shop.py") == ["tests/test_shop.py::test_shop"]
    assert collected(project, "-o", "ssot=false") == ["tests/test_shop.py::test_shop"]
    assert collected(project, "-p", "no:ssot-lint", "-o", "ssot=false", "tests") == [
        "tests/test_shop.py::test_shop"
    ]


@pytest.mark.parametrize(
    "arguments", [["tests"], ["tests/test_shop.py::test_shop"], ["."], ["tests", "ssot-lint.toml"]]
)
def test_asked_for_on_the_command_line_it_is_always_there(
    project: pytest.Pytester, arguments: list[str]
) -> None:
    found = collected(project, "--ssot", *arguments)
    assert DUPLICATE in found and "tests/test_shop.py::test_shop" in found
    assert len(found) == len(set(found))


def test_an_item_can_be_named(project: pytest.Pytester) -> None:
    assert collected(project, "--ssot", DUPLICATE) == [DUPLICATE]
    assert len(collected(project, "--ssot", "ssot-lint.toml::manager")) > 20


def test_rules_marks_and_keywords_select(project: pytest.Pytester) -> None:
    assert collected(project, "--ssot", "--ssot-select", "SSOT101,syntax-error", "ssot-lint.toml") == [
        DUPLICATE,
        "ssot-lint.toml::notifier::duplicate-implementation",
        f"ssot-lint.toml::{REST}::duplicate-implementation",
        f"ssot-lint.toml::{REST}::syntax-error",
    ]
    assert collected(project, "--ssot", "-k", "SSOT101 and manager") == [DUPLICATE]
    assert collected(project, "--ssot", "-m", "not ssot") == ["tests/test_shop.py::test_shop"]
    assert "tests/test_shop.py::test_shop" not in collected(
        project, "--ssot", "-m", "ssot", "--strict-markers"
    )


# --- failing first, passing after ---------------------------------------------------------------------


def test_a_violation_fails_with_its_diagnostics(project: pytest.Pytester) -> None:
    result = run(project, "--ssot", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1, passed=len(collected(project, "--ssot")) - 1)
    result.stdout.fnmatch_lines(
        [
            "*manager: duplicate-implementation*",
            "manager: duplicate-implementation (SSOT101): 1 violation",
            "app/pool.py",
            "  3:* error SSOT101 duplicate-implementation: *PoolManager*",
            "*class PoolManager:",
            "`ssot-lint explain duplicate-implementation` says why, and how to repair it.",
            f"FAILED {DUPLICATE}*",
        ]
    )
    write(project.path, {"app/pool.py": "from app.manager import Manager as PoolManager\n"})
    repaired = run(project, "--ssot", DUPLICATE)
    repaired.assert_outcomes(passed=1)


def test_last_failed_runs_the_failed_one(project: pytest.Pytester) -> None:
    run(project, "--ssot")
    assert collected(project, "--ssot", "--lf") == [DUPLICATE]


def test_suppressed_and_adopted_violations_pass(project: pytest.Pytester) -> None:
    pool = dedent(FILES["app/pool.py"]).lstrip()
    ignore = "class PoolManager:  # ssot-lint: ignore[duplicate-implementation] on its way out"
    write(project.path, {"app/pool.py": pool.replace("class PoolManager:", ignore)})
    run(project, "--ssot").assert_outcomes(passed=len(collected(project, "--ssot")))
    write(project.path, {"app/pool.py": pool})
    subprocess.run(
        [sys.executable, "-m", "ssot_lint", "baseline"], cwd=project.path, check=True, capture_output=True
    )
    run(project, "--ssot").assert_outcomes(passed=len(collected(project, "--ssot")))


def test_what_is_about_no_concept_fails_too(project: pytest.Pytester) -> None:
    write(project.path, {"app/broken.py": "def broken(:\n"})
    result = run(project, "--ssot", f"ssot-lint.toml::{REST}")
    result.stdout.fnmatch_lines([f"{REST}: syntax-error (SSOT901): 1 violation", "app/broken.py"])
    assert result.ret == 1


@pytest.mark.parametrize(
    "rule",
    [rule for rule in load_rules() if rule.id.startswith(ABOUT_NO_CONCEPT)],
    ids=lambda rule: rule.name,
)
def test_rules_without_items_for_concepts_name_none(rule: Rule) -> None:
    """By their examples. Were one wrong about it, its violations would still fail the item of the whole project."""
    for _, example in examples_of(rule):
        config = example.config or example.files.get("ssot-lint.toml", "")
        project = project_of(example.files, "" if isinstance(config, bytes) else config)
        found = rule.check(project, rule.options(**dict(example.options)))
        assert {violation.concept for violation in found} <= {None}


def test_every_violation_fails_exactly_one_item(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture = Path(__file__).parent.parent / "fixtures" / "golden_path"
    monkeypatch.setenv("SSOT_LINT_CACHE_DIR", str(pytester.path / "cache"))
    command = [sys.executable, "-m", "ssot_lint", "check", "--format", "json", "--root", str(fixture)]
    reported = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    file = str(fixture / "ssot-lint.toml")
    result = run(pytester, "--ssot", "--ssot-config", file, file, "-p", "no:cacheprovider")
    heads = re.findall(r"^\S+: \S+ \((SSOT\d+)\): (\d+) violations?$", result.stdout.str(), re.MULTILINE)
    counted: Counter[str] = Counter()
    for rule, number in heads:
        counted[rule] += int(number)
    assert counted == reported["summary"]["by_rule"]
    assert len(heads) == result.parseoutcomes()["failed"]


# --- beside other plugins -----------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [("--dist", "loadfile"), ("-p", "no:cacheprovider")])
def test_with_xdist(project: pytest.Pytester, arguments: Sequence[str]) -> None:
    alone = run(project, "--ssot").parseoutcomes()
    spread = run(project, "--ssot", "-n", "3", *arguments)
    assert {key: spread.parseoutcomes()[key] for key in ("passed", "failed")} == {
        key: alone[key] for key in ("passed", "failed")
    }
    spread.stdout.fnmatch_lines([f"FAILED {DUPLICATE}*"])


def test_xdist_workers_share_one_check(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted by a `sitecustomize` that every Python process of the session runs."""
    log = project.path / "checks.log"
    write(
        project.path,
        {
            "site/sitecustomize.py": f"""
            import sys
            if "ssot_lint" in sys.orig_argv:
                with open({str(log)!r}, "a") as file:
                    print(" ".join(sys.orig_argv), file=file)
            """
        },
    )
    monkeypatch.setenv("PYTHONPATH", str(project.path / "site"))
    run(project, "--ssot", "-n", "3").assert_outcomes(failed=1, passed=len(collected(project, "--ssot")) - 1)
    assert len([line for line in log.read_text().splitlines() if " check " in line]) == 1


def test_nothing_is_left_behind(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = project.path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    run(project, "--ssot", "-n", "2", "--basetemp", str(project.path / "base"))
    assert [path.name for path in temporary.iterdir() if path.name.startswith("ssot-lint-")] == []


# --- where the configuration is -----------------------------------------------------------------------


def test_configuration_in_pyproject(pytester: pytest.Pytester) -> None:
    tables = CONFIG.replace("[concepts", "[tool.ssot-lint.concepts")
    files = {name: text for name, text in FILES.items() if name not in ("ssot-lint.toml", "pytest.ini")}
    write(
        pytester.path,
        {
            **files,
            "pyproject.toml": f"[tool.pytest.ini_options]\nssot = true\ntestpaths = ['tests']\n{tables}",
        },
    )
    result = run(pytester)
    result.stdout.fnmatch_lines(["ssot-lint: */pyproject.toml, 2 concepts, * rules"])
    result.stdout.fnmatch_lines(["FAILED pyproject.toml::manager::duplicate-implementation*"])


def test_configuration_in_another_directory(pytester: pytest.Pytester) -> None:
    write(pytester.path, {f"backend/{name}": text for name, text in FILES.items() if name != "pytest.ini"})
    write(pytester.path, {"pytest.ini": "[pytest]\n"})
    found = collected(pytester, "--ssot", "--ssot-config", "backend/ssot-lint.toml", "backend/tests")
    assert f"backend/{DUPLICATE}" in found and "backend/tests/test_shop.py::test_shop" in found
    run(
        pytester, "--ssot", "--ssot-config", "backend/ssot-lint.toml", f"backend/{DUPLICATE}"
    ).assert_outcomes(failed=1)


def test_from_a_directory_below(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.path / "tests")
    found = collected(project, "--ssot")
    assert DUPLICATE in found and "tests/test_shop.py::test_shop" in found


@pytest.mark.parametrize(
    ("config", "arguments", "message"),
    [
        (None, ["--ssot"], "ssot-lint: no configuration in *"),
        ("[concepts.manager]\ncanonicl = 'a:B'\n", ["--ssot"], "*ssot-lint.toml*canonicl*"),
        (CONFIG, ["--ssot", "--ssot-select", "duplicate-implementatoin"], "*no rule is called 'duplicate-implementatoin'*"),
        (CONFIG, ["--ssot", "--ssot-config", "missing.toml"], "*configuration *missing.toml does not exist*"),
        (CONFIG, ["--ssot-select", "SSOT1"], "*--ssot-select and --ssot-config need --ssot*"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "xdist"])
def test_wrong_settings_are_errors_of_usage(
    project: pytest.Pytester, config: str | None, arguments: list[str], message: str, workers: list[str]
) -> None:
    file = project.path / "ssot-lint.toml"
    file.write_text(config) if config else file.unlink()
    result = project.runpytest_inprocess(*arguments, *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_a_check_that_cannot_run_says_why(project: pytest.Pytester) -> None:
    """Whatever happens between collection and the check."""
    write(
        project.path,
        {"conftest.py": "def pytest_runtestloop():\n    open('ssot-lint.toml', 'w').write('[concepts')\n"},
    )
    result = run(project, "--ssot", DUPLICATE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the check could not be run", "ssot-lint: ssot-lint.toml*"])


# --- fixtures -----------------------------------------------------------------------------------------


def test_fixtures_work_without_the_option(project: pytest.Pytester) -> None:
    write(
        project.path,
        {
            "tests/test_shop.py": """
            import asyncio
            from ssot_lint.runtime import assert_sequence

            def test_graph(ssot_project):
                assert ssot_project.config.concept("manager").canonical == "app.manager:Manager"
                assert "app/pool.py" in [file.path for file in ssot_project.files]

            def test_isolation(isolation):
                isolation(lambda user: [user], ["alice", "bob"]).assert_isolated()
                shared = []
                report = isolation(lambda user: shared, ["alice", "bob"], modes=["tasks"])
                assert not report.ok
                assert not asyncio.run(isolation.report_async(lambda user: shared, ["alice", "bob"])).ok

            def test_events(event_recorder):
                send = event_recorder.sink("alice")
                for name in ("start", "end"):
                    send(name)
                assert_sequence(event_recorder, ["start", "end"])

            def test_each_has_its_own(event_recorder):
                assert len(event_recorder) == 0
            """
        },
    )
    run(project).assert_outcomes(passed=4)
    run(project, "-n", "2").assert_outcomes(passed=4)


def test_fixtures_and_options_are_listed(project: pytest.Pytester) -> None:
    result = run(project, "--fixtures")
    result.stdout.fnmatch_lines(["ssot_project*", "*linked project*", "isolation*", "event_recorder*"])
    result = run(project, "--help")
    result.stdout.fnmatch_lines(["*--ssot *", "*--ssot-select=RULES*", "*--ssot-config=FILE*"])
    result.stdout.fnmatch_lines(["*ssot (bool):*"])
