"""Rules run, suppressions and the baseline apply, and the counts are those of the report."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest
from _programs import project
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint import baseline as baselines
from ssot_lint.baseline import Baseline, Entry
from ssot_lint.check import Settings, check, path_problems
from ssot_lint.config import Config
from ssot_lint.discover import Collision, Discovery, PathProblem, candidates
from ssot_lint.errors import ConfigError, PluginError
from ssot_lint.fork import at_once
from ssot_lint.model import Diagnostic, Location, Report, Violation
from ssot_lint.project import Project
from ssot_lint.rule import NoOptions, Rule
from ssot_lint.testing import project_of


def find_todo(project: Project, options: NoOptions) -> Iterator[Violation]:
    """Every class called Todo, and every import of it."""
    for number, file in enumerate(project.files):
        for index, definition in enumerate(file.facts.definitions):
            if definition.name == "Todo":
                symbol = project.symbol(number, index)
                yield Violation(
                    project.location(number, index), f"defined on line {definition.line}", symbol=symbol
                )
        for imp in file.facts.imports:
            if imp.name == "Todo":
                yield Violation(Location(file.path, imp.line, imp.column), f"imported on line {imp.line}")


TODO = Rule(id="TEST101", name="todo", check=find_todo, severity="warning")
UNNEEDED = Rule(id="SSOT902", name="unneeded-suppression", check=lambda project, options: ())
SYNTAX = Rule(id="SSOT901", name="syntax-error", check=lambda project, options: ())
RULES = (TODO, SYNTAX, UNNEEDED)


def run(files: Mapping[str, str], config: str = "", settings: Settings | None = None) -> Report:
    return check(project_of(files, config), RULES, settings)


def seen(report: Report) -> list[tuple[str, int, str, str]]:
    return [(d.path, d.line, d.rule, d.status) for d in report.diagnostics]


def messages(report: Report, rule: str = "SSOT902") -> list[str]:
    return [f"{d.path}:{d.line} {d.message}" for d in report.diagnostics if d.rule == rule]


def test_diagnostics_are_sorted_and_counted() -> None:
    report = run({"b.py": "class Todo: ...\n", "a.py": "import os\nfrom b import Todo\nclass Todo: ...\n"})
    assert seen(report) == [
        ("a.py", 2, "TEST101", "new"),
        ("a.py", 3, "TEST101", "new"),
        ("b.py", 1, "TEST101", "new"),
    ]
    summary = report.summary
    assert (summary.files, summary.lines, summary.violations) == (2, 4, 3)
    assert summary.by_rule == {"TEST101": 3}
    assert {d.severity for d in report.diagnostics} == {"warning"}


def test_rules_that_share_a_function_have_their_own_options() -> None:
    @dataclass(frozen=True)
    class Named:
        name: str = "Todo"

    def find(project: Project, options: Named) -> Iterator[Violation]:
        for number, file in enumerate(project.files):
            for index, item in enumerate(file.facts.definitions):
                if item.name == options.name:
                    yield Violation(project.location(number, index), f"defined as {options.name}")

    rules = [Rule(id=f"TEST{n}", name=f"named-{n}", check=find, options=Named) for n in (1, 2)]
    project = project_of({"a.py": "class Todo: ...\nclass Done: ...\n"}, '[rules.named-2]\nname = "Done"\n')
    assert seen(check(project, rules)) == [("a.py", 1, "TEST1", "new"), ("a.py", 2, "TEST2", "new")]
    assert check(project, rules) == check(project, rules)


def test_severity_comes_from_config() -> None:
    report = run({"b.py": "class Todo: ...\n"}, '[rules.todo]\nseverity = "info"\n')
    assert [d.severity for d in report.diagnostics] == ["info"]
    assert run({"b.py": "class Todo: ...\n"}, '[rules.TEST101]\nseverity = "off"\n').diagnostics == ()


def test_unresolved_imports_are_counted_once_a_statement() -> None:
    source = "from a.gone import X, Y\nfrom a.here import Z, W\nimport json\n"
    report = run({"a/__init__.py": "", "a/here.py": "", "b.py": source, "c.py": "def f(:\n"})
    assert (report.summary.unresolved_imports, report.summary.unparsed) == (3, 1)


# --- suppressions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("class Todo: ...  # ssot-lint: ignore[todo] by name", id="name"),
        pytest.param("class Todo: ...  # ssot-lint: ignore[TEST101] by id", id="id"),
        pytest.param("class Todo: ...  # ssot-lint: ignore[test101] letter case", id="letter-case"),
        pytest.param("# ssot-lint: ignore[todo] alone above\nclass Todo: ...", id="line-above"),
        pytest.param("@final  # ssot-lint: ignore[todo] decorator\n@x\nclass Todo: ...", id="decorator"),
        pytest.param("# ssot-lint: ignore[todo] above\n@final\nclass Todo: ...", id="above-decorator"),
        pytest.param(
            "from b import (  # ssot-lint: ignore[todo] statement\n    x,\n    Todo,\n)", id="statement"
        ),
        pytest.param("from b import (\n    x,\n    Todo,  # ssot-lint: ignore[todo] alias\n)", id="alias"),
        pytest.param("from b import (\n    x,\n    Todo,\n)  # ssot-lint: ignore[todo] behind", id="behind"),
        pytest.param(
            "if x:\n    from b import \\\n        Todo  # ssot-lint: ignore[todo] joined", id="joined-lines"
        ),
    ],
)
def test_a_comment_suppresses(source: str) -> None:
    report = run({"a.py": source})
    assert [(d.rule, d.status) for d in report.diagnostics] == [("TEST101", "suppressed")]
    assert (report.summary.violations, report.summary.suppressed) == (0, 1)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        pytest.param("class Todo: ...  # ssot-lint: ignore[todo]",
                     "a.py:1 ignore[todo] gives no reason, so it has no effect: write the reason after the bracket",
                     id="no-reason"),
        pytest.param("class Todo: ...  # ssot-lint: ignore",
                     "a.py:1 this suppression names no rule, so it has no effect: write ignore[rule-name] reason",
                     id="no-rule"),
        pytest.param("class Todo: ...  # ssot-lint: ignore[tood] typo",
                     "a.py:1 ignore[tood] names no rule: did you mean 'todo'? `ssot-lint rules` lists them all",
                     id="unknown"),
        pytest.param("class Todo:\n    x = 1  # ssot-lint: ignore[todo] inside",
                     "a.py:2 ignore[todo] suppresses nothing here: TEST101 todo has no finding on this line",
                     id="wrong-line"),
    ],
)  # fmt: skip
def test_a_comment_without_effect_is_reported(source: str, complaint: str) -> None:
    report = run({"a.py": source})
    assert messages(report) == [complaint]
    assert [d.status for d in report.diagnostics if d.rule == "TEST101"] == ["new"]


def test_reasons_may_be_optional() -> None:
    config = "require-suppression-reason = false"
    assert seen(run({"a.py": "class Todo: ...  # ssot-lint: ignore[todo]"}, config)) == [
        ("a.py", 1, "TEST101", "suppressed")
    ]


def test_what_did_not_run_is_not_judged() -> None:
    report = run({"a.py": "x = 1  # ssot-lint: ignore[todo] later"}, settings=Settings(ignore=("todo",)))
    assert report.diagnostics == ()


def test_the_complaint_itself_can_be_suppressed() -> None:
    source = "x = 1  # ssot-lint: ignore[todo, unneeded-suppression] generated line"
    assert seen(run({"a.py": source})) == [("a.py", 1, "SSOT902", "suppressed")]


def test_options_of_an_unknown_rule_are_reported_where_they_stand() -> None:
    report = run({"a.py": ""}, '\n[rules.tood]\nseverity = "off"\n')
    assert messages(report) == [
        "ssot-lint.toml:2 [rules.tood] names no rule: did you mean 'todo'? `ssot-lint rules` lists them all"
    ]


def test_what_is_wrong_with_the_configuration_comes_first() -> None:
    report = run(
        {"a.py": "class Todo: ...\n", "z.py": "class Todo: ...\n"}, '\n[rules.tood]\nseverity = "off"\n'
    )
    assert [item.path for item in report.diagnostics] == ["ssot-lint.toml", "a.py", "z.py"]


# --- what is reported -----------------------------------------------------------------------------------

THREE = {"app/a.py": "class Todo: ...\n", "app/ab.py": "class Todo: ...\n", "lib/c.py": "class Todo: ...\n"}


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        pytest.param(Settings(paths=("app",)), ["app/a.py", "app/ab.py"], id="folder"),
        pytest.param(Settings(paths=("app/a.py",)), ["app/a.py"], id="file"),
        pytest.param(Settings(paths=("ap",)), [], id="no-prefix-of-a-name"),
        pytest.param(Settings(paths=(".",)), ["app/a.py", "app/ab.py", "lib/c.py"], id="root"),
        pytest.param(Settings(changed=frozenset({"lib/c.py", "gone.py"})), ["lib/c.py"], id="changed"),
        pytest.param(Settings(paths=("app",), changed=frozenset({"lib/c.py"})), [], id="both"),
        pytest.param(Settings(changed=frozenset()), [], id="nothing-changed"),
    ],
)
def test_paths_narrow_the_report_and_not_the_project(settings: Settings, paths: list[str]) -> None:
    report = run(THREE, settings=settings)
    assert [d.path for d in report.diagnostics] == paths
    assert (report.summary.files, report.summary.violations) == (3, len(paths))


def test_the_funnel_counts_names_claims_and_violations() -> None:
    files = {
        "app/manager.py": "class Manager:\n    def send(self): return 1\n",
        "app/other.py": "class OtherManager:\n    def send(self): return 2\n",
        "tests/test_x.py": "class TestManager:\n    def test_it(self): assert True\n",
    }
    config = '[concepts.manager]\ncanonical = "app.manager:Manager"\nnames = ["*Manager"]\n'

    def find(project: Project, options: NoOptions) -> Iterator[Violation]:
        yield Violation(Location("app/other.py"), "another one", concept="manager")

    rule = Rule(id="TEST102", name="other", check=find)
    funnel = check(project_of(files, config), (rule,)).summary.concepts["manager"]
    assert funnel.names == {"*Manager": (3, 3)}
    assert (funnel.claims, funnel.files, funnel.violations) == (3, 3, 1)
    assert sum(funnel.by_kind.values()) == 3
    narrow = check(project_of(files, config), (rule,), Settings(paths=("app/manager.py",))).summary.concepts[
        "manager"
    ]
    assert (narrow.names, narrow.claims, narrow.violations) == ({"*Manager": (1, 1)}, 1, 0)


def test_what_discovery_left_out_is_reported() -> None:
    named = candidates(
        ["app/w.py", "app/w/__init__.py", "app/x.py", "src/app/x.py", "b/c/x.py", "b/d.py"],
        Config(),
        ["src", "b", ""],
    )
    discovery = Discovery(
        files=named,
        roots=(),
        problems=(PathProblem("loop", "symlink-loop", "a loop of symbolic links"),),
        collisions=(
            Collision("app.w", "app/w/__init__.py", ("app/w.py",)),
            Collision("app.x", "src/app/x.py", ("app/x.py",)),
            Collision("c.x", "a/c/x.py", ("b/c/x.py",)),
            Collision("conftest", "conftest.py", ("other/conftest.py",)),  # which nobody imports
        ),
    )
    files = {"a.py": "from app import x\nimport c.x"}
    report = run(files, settings=Settings(problems=path_problems(discovery, project_of(files))))
    assert [(d.path, d.rule, d.severity, d.message) for d in report.diagnostics] == [
        ("app/w.py", "SSOT901", "warning", "no import reaches this file: app.w is app/w/__init__.py"),
        (
            "app/x.py",
            "SSOT901",
            "warning",
            "no import from outside its package reaches this file: app.x is src/app/x.py",
        ),
        (
            "b/c/x.py",
            "SSOT901",
            "warning",
            "no import from outside its source root reaches this file: c.x is a/c/x.py",
        ),
        ("loop", "SSOT901", "warning", "left out: a loop of symbolic links"),
    ]


@pytest.mark.parametrize(("more", "is_told"), [({}, False), ({"run.py": "import tests.helper\n"}, True)])
def test_what_each_project_asks_itself_for_hides_nothing(more: dict[str, str], is_told: bool) -> None:
    files = dict(more)
    for name in ("one", "two"):
        files |= {f"{name}/setup.py": "", f"{name}/tests/__init__.py": "", f"{name}/tests/helper.py": ""}
        files[f"{name}/tests/test_all.py"] = "from tests import helper\nimport tests.helper\n"
    discovery = Discovery(
        files=candidates(files, Config()),
        roots=(),
        collisions=(Collision("tests.helper", "one/tests/helper.py", ("two/tests/helper.py",)),),
    )
    message = "no import from outside its source root reaches this file: tests.helper is one/tests/helper.py"
    assert [item.message for item in path_problems(discovery, project(files))] == [message] * is_told


def test_files_with_the_name_of_an_installed_package_hide_nothing() -> None:
    paths = [
        f"tests/{name}/{file}"
        for name in ("a", "b")
        for file in ("setup.py", "build.py", f"{name}/__init__.py")
    ]
    files = {**dict.fromkeys(paths, ""), "app.py": "import build, a\n"}
    discovery = Discovery(
        files=candidates(files, Config()),
        roots=(),
        collisions=(Collision("build", "tests/a/build.py", ("tests/b/build.py",)),),
    )

    def told(*declared: str) -> list[str]:
        found = path_problems(discovery, project(files, declared))
        return [item.message for item in found]

    assert told("build") == []
    assert told() == ["no import from outside its source root reaches this file: build is tests/a/build.py"]


def test_a_rule_that_raises_is_named_with_the_place() -> None:
    def broken(project: Project, options: NoOptions) -> Iterator[Violation]:
        raise KeyError("x")

    with pytest.raises(
        PluginError, match=r"rule TEST109 broken failed at .*test_check\.py:\d+: KeyError: 'x'"
    ):
        check(project_of({}), (Rule(id="TEST109", name="broken", check=broken),))


# --- fingerprints and the baseline ------------------------------------------------------------------------

TWO = "class Todo: ...\nfrom b import Todo\nfrom c import Todo\n"


def test_fingerprints_are_different_and_do_not_depend_on_lines() -> None:
    first = [d.fingerprint for d in run({"a.py": TWO}).diagnostics]
    moved = [d.fingerprint for d in run({"a.py": f"import os\n\n\n{TWO}"}).diagnostics]
    assert first == moved
    assert len(set(first)) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", fingerprint) for fingerprint in first)
    assert not set(first) & {d.fingerprint for d in run({"z.py": TWO}).diagnostics}


def adopt(files: Mapping[str, str]) -> Baseline:
    adopted = baselines.adopt(run(files).diagnostics, "baseline.json")
    read = baselines.parse(baselines.render(adopted).encode(), "baseline.json")
    assert [replace(entry, line=1) for entry in read.entries] == list(adopted.entries)
    return read


def test_a_baseline_holds_so_many_and_reports_the_rest() -> None:
    baseline = adopt({"a.py": "from b import Todo\n"})
    report = run({"a.py": "from b import Todo\n" * 2}, settings=Settings(baseline=baseline))
    assert seen(report) == [("a.py", 1, "TEST101", "baselined"), ("a.py", 2, "TEST101", "new")]
    assert (report.summary.violations, report.summary.baselined) == (1, 1)


def test_a_baseline_entry_that_is_gone_is_reported_at_its_line() -> None:
    baseline = adopt({"a.py": TWO, "b.py": "class Todo: ...\n"})
    report = run({"a.py": "from b import Todo\n"}, settings=Settings(baseline=baseline))
    assert messages(report) == [
        "baseline.json:3 the baseline holds 1 of TEST101 in a.py (a:Todo), none left: run `ssot-lint baseline --prune`",
        "baseline.json:4 the baseline holds 2 of TEST101 in a.py (imported on line #), 1 left:"
        " run `ssot-lint baseline --prune`",
        "baseline.json:5 the baseline holds 1 of TEST101 in b.py (b:Todo), none left: run `ssot-lint baseline --prune`",
    ]
    assert seen(report)[0] == ("a.py", 1, "TEST101", "baselined")
    narrowed = run({"a.py": ""}, settings=Settings(baseline=baseline, ignore=("todo",)))
    assert narrowed.diagnostics == ()


def test_pruning_only_lowers() -> None:
    baseline = adopt({"a.py": TWO})
    now = run({"a.py": "from b import Todo\nclass Other: ...\n", "b.py": "class Todo: ...\n"})
    pruned = baselines.prune(baseline, now.diagnostics)
    assert [(entry.path, entry.about, entry.count) for entry in pruned.entries] == [
        ("a.py", "imported on line #", 1)
    ]


def test_suppressed_findings_are_not_adopted() -> None:
    assert adopt({"a.py": "class Todo: ...  # ssot-lint: ignore[todo] known"}).entries == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"{", "not a baseline: JSONDecodeError", id="not-json"),
        pytest.param(b"\xff", "not a baseline: UnicodeDecodeError", id="binary"),
        pytest.param(b"[]", "not a baseline: TypeError", id="list"),
        pytest.param(b'{"schema_version": 1, "violations": [{}]}', "not a baseline: KeyError", id="no-keys"),
        pytest.param(b'{"schema_version": 7, "violations": []}', "schema version 7, expected 1", id="newer"),
        pytest.param(b'{"schema_version": 7}', "schema version 7, expected 1", id="another-layout"),
        pytest.param(b"[" * 100_000, "not a baseline: RecursionError", id="depth"),
        pytest.param(
            b'{"schema_version": 1, "violations": [{"fingerprint": "a", "rule": "b", "path": "c", "about": "", "count": 0}]}',
            "an entry of c has the count 0, expected 1 or more",
            id="count",
        ),
    ],
)
def test_what_is_no_baseline_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        baselines.parse(content, "b.json")


def test_an_entry_that_a_merge_left_twice_is_one_too_many() -> None:
    once = baselines.render(adopt({"a.py": "from b import Todo\n"})).splitlines()
    twice = "\n".join([once[0], once[1], once[2].removesuffix("]}") + ",", once[2]])
    baseline = baselines.parse(twice.encode(), "baseline.json")
    assert [entry.count for entry in baseline.entries] == [2]
    report = run({"a.py": "from b import Todo\n"}, settings=Settings(baseline=baseline))
    assert [d.rule for d in report.diagnostics if d.status == "new"] == ["SSOT902"]


FOUND = st.lists(
    st.builds(
        Diagnostic,
        rule=st.sampled_from(["TEST101", "TEST102"]),
        name=st.just("x"),
        severity=st.just("error"),
        status=st.sampled_from(["new", "suppressed"]),
        path=st.sampled_from(["a.py", "b\u00e9.py"]),
        line=st.integers(1, 9),
        column=st.just(1),
        end_line=st.just(9),
        end_column=st.just(1),
        message=st.sampled_from(["one", "line 3", "line 4", '"quoted"\n']),
        symbol=st.sampled_from([None, "a:b"]),
    ),
    max_size=12,
)


@given(FOUND)
def test_what_was_adopted_is_not_reported(found: list[Diagnostic]) -> None:
    adopted = baselines.adopt(found, "b.json")
    baseline = baselines.parse(baselines.render(adopted).encode(), "b.json")
    after = baselines.apply(baseline, found)
    assert all(d.status != "new" for d in after)
    assert baselines.surplus(baseline, after, frozenset({"TEST101", "TEST102"})) == []
    assert baselines.prune(baseline, found).entries == baseline.entries
    assert len({d.fingerprint for d in baselines.fingerprinted(found)}) == len(found)


@given(FOUND, FOUND)
def test_the_ratchet_never_goes_up(before: list[Diagnostic], after: list[Diagnostic]) -> None:
    def counts(entries: tuple[Entry, ...]) -> dict[str, int]:
        return {entry.fingerprint: entry.count for entry in entries}

    old = baselines.adopt(before, "b.json")
    new = counts(baselines.prune(old, after).entries)
    assert all(count <= counts(old.entries)[fingerprint] for fingerprint, count in new.items())


def test_a_rule_is_run_once_for_a_project() -> None:
    asked: list[int] = []

    def look(project: Project, options: NoOptions) -> Iterator[Violation]:
        asked.append(id(project))
        yield from find_todo(project, options)

    rules = (replace(TODO, check=look), SYNTAX)
    project = project_of({"a.py": "class Todo: ...\n"})
    first = check(project, rules)
    assert check(project, rules) == first
    assert asked == [id(project)]
    other = project_of({"b.py": "class Todo: ...\n"})
    assert seen(check(other, rules)) == [("b.py", 1, "TEST101", "new")]
    assert asked == [id(project), id(other)]


def test_what_another_process_does_not_deliver_is_asked_here() -> None:
    here = os.getpid()

    def look(project: Project, options: NoOptions) -> Iterator[Violation]:
        if os.getpid() != here:
            os._exit(3)
        yield from find_todo(project, options)

    following = [Rule(id=f"SSOT30{n}", name=f"following-{n}", check=look) for n in range(1, 9)]
    others = [Rule(id=f"TEST10{n}", name=f"other-{n}", check=find_todo) for n in range(1, 9)]
    files = {"a.py": "class Todo: ...\n"}
    alone = check(project_of(files), (*following, *others))
    assert len(alone.diagnostics) == 16
    assert check(project_of(files), (*following, *others), both=at_once) == alone
