"""Rules come through entry points, and what breaks the contract is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from ssot_lint.config import RuleSettings
from ssot_lint.errors import ConfigError, PluginError, UsageError
from ssot_lint.plugins import RULES, find_rule, load_codemods, load_rules, select, suggestion
from ssot_lint.rule import Rule
from ssot_lint.settings.options import coerce_options
from ssot_lint.settings.parsing import parse

HERE = Path(__file__).parent

RULE = """
from ssot_lint import Rule
RULE = Rule(id={id!r}, name={name!r}, check=lambda project, options: ())
"""


def rule(id: str, name: str, *, enabled: bool = True) -> Rule:
    return Rule(id=id, name=name, check=lambda project, options: (), enabled=enabled)


A, B, C = rule("SSOT101", "first"), rule("SSOT102", "second"), rule("SSOT201", "third", enabled=False)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Lay out a distribution as pip does: a package and its metadata on the import path."""

    def lay_out(package: str, files: dict[str, str], group: str = RULES, value: str = "") -> None:
        home = tmp_path / package
        for name, text in files.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)
        metadata = tmp_path / f"{package}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[{group}]\nx = {value or package}\n")
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            monkeypatch.delitem(sys.modules, name)

    monkeypatch.syspath_prepend(str(tmp_path))
    return lay_out


def test_built_in_rules_come_sorted_and_with_their_page() -> None:
    rules = load_rules()
    assert [r.id for r in rules] == sorted(r.id for r in rules)
    syntax = find_rule(rules, "ssot901")
    assert syntax is not None
    assert (syntax.name, syntax.summary) == ("syntax-error", "A file that does not parse.")
    assert find_rule(rules, "Syntax-Error") is syntax
    assert find_rule(rules, "SSOT9") is None


def build_wheel(source: Path, target: Path) -> Path:
    """The wheel of a pure-Python project (PEP 427), built without a network."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    name = f"{project['name'].replace('-', '_')}-{project['version']}"
    points = [
        line
        for group, entries in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in entries.items()))
    ]
    wheel = target / f"{name}-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        for path in sorted(source.glob("*/*.py")):
            archive.write(path, path.relative_to(source))
        metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        archive.writestr(f"{name}.dist-info/METADATA", metadata)
        archive.writestr(
            f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}.dist-info/entry_points.txt", "\n".join(points) + "\n")
        archive.writestr(f"{name}.dist-info/RECORD", "")
    return wheel


def test_a_third_party_distribution_is_loaded_through_the_same_door(tmp_path: Path) -> None:
    target = tmp_path / "site"
    wheel = build_wheel(HERE / "plugin_package", tmp_path)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target"]
    subprocess.run([*pip, str(target), str(wheel)], check=True)
    project = tmp_path / "project"
    (project / "shop").mkdir(parents=True)
    (project / "shop" / "utils.py").write_text("total = 1\n")
    (project / "ssot-lint.toml").write_text("")
    command = [
        sys.executable,
        "-m",
        "ssot_lint",
        "check",
        "--format",
        "json",
        "--select",
        "ACME101",
        "--no-cache",
    ]
    python_path = os.pathsep.join([str(target), *filter(None, [os.environ.get("PYTHONPATH")])])
    ran = subprocess.run(
        command, cwd=project, env={**os.environ, "PYTHONPATH": python_path}, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    found = json.loads(ran.stdout)["diagnostics"]
    assert [(d["rule"], d["path"], d["severity"]) for d in found] == [("ACME101", "shop/utils.py", "warning")]
    examples = (
        "from ssot_lint.testing import check_rule\nfrom ssot_lint.plugins import find_rule, load_rules\n"
        "check_rule(find_rule(load_rules(), 'vague-module-name'))"
    )
    subprocess.run(
        [sys.executable, "-c", examples], env={**os.environ, "PYTHONPATH": python_path}, check=True
    )


def test_an_entry_point_may_name_a_single_module(install) -> None:
    install("solo_pack", {"__init__.py": "", "only.py": '"""Page."""' + RULE.format(id="SOLO101", name="solo")},
            value="solo_pack.only")  # fmt: skip
    found = find_rule(load_rules(), "solo")
    assert found is not None
    assert found.doc == "Page."


@pytest.mark.parametrize(
    ("files", "value", "words"),
    [
        pytest.param({"x.py": "RULE = 1"}, "", ["bad_pack.x", "RULE that is a int", "from bad_pack"], id="not-a-rule"),
        pytest.param({"x.py": ""}, "", ["bad_pack.x", "no RULE"], id="no-rule"),
        pytest.param({"x.py": "1/0"}, "", ["bad_pack.x", "ZeroDivisionError"], id="raises"),
        pytest.param({"x.py": "import gone_module"}, "", ["bad_pack.x", "gone_module"], id="missing-import"),
        pytest.param({}, "bad_pack:RULES", ["bad_pack:RULES", "without ':RULES'"], id="attribute"),
        pytest.param({}, "bad_pack.gone", ["bad_pack.gone"], id="missing-module"),
        pytest.param({"x.py": '"""P."""' + RULE.format(id="bad1", name="a")}, "", ["'bad1'"], id="id-shape"),
        pytest.param({"x.py": '"""P."""' + RULE.format(id="BAD101", name="A b")}, "", ["'A b'"], id="name-shape"),
        pytest.param({"x.py": RULE.format(id="BAD101", name="a")}, "", ["docstring"], id="no-page"),
        pytest.param({"x.py": '"""P."""' + RULE.format(id="SSOT901", name="a")}, "", ["'SSOT901'", "bad_pack.x"],
                     id="id-taken"),
        pytest.param({"x.py": '"""P."""' + RULE.format(id="BAD101", name="syntax-error")}, "", ["'syntax-error'"],
                     id="name-taken"),
    ],
)  # fmt: skip
def test_what_breaks_the_contract_is_named(
    install, files: dict[str, str], value: str, words: list[str]
) -> None:
    install("bad_pack", {"__init__.py": "", **files}, value=value)
    with pytest.raises(PluginError) as caught:
        load_rules()
    assert [word for word in words if word not in str(caught.value)] == []


def test_codemods_are_keyed_by_name(install) -> None:
    text = (
        '"""Paste."""\nfrom ssot_lint import Codemod\n'
        "CODEMOD = Codemod('cut-and-paste', lambda workspace, requests: None, object)\n"
    )
    install("mod_pack", {"__init__.py": "", "x.py": text}, group="ssot_lint.codemods")
    assert load_codemods()["cut-and-paste"].doc == "Paste."


OFF, WARNING = RuleSettings(severity="off"), RuleSettings(severity="warning")


@pytest.mark.parametrize(
    ("configured", "chosen", "ignored", "expected"),
    [
        pytest.param({}, [], [], {"SSOT101": "error", "SSOT102": "error"}, id="defaults"),
        pytest.param({}, ["SSOT"], [], {"SSOT101": "error", "SSOT102": "error"}, id="prefix-keeps-defaults"),
        pytest.param({}, ["SSOT2"], [], {}, id="prefix-of-a-rule-that-is-off"),
        pytest.param({}, ["third"], [], {"SSOT201": "error"}, id="named-in-full"),
        pytest.param({}, ["ssot201"], [], {"SSOT201": "error"}, id="letter-case"),
        pytest.param({}, ["SSOT1"], ["first"], {"SSOT102": "error"}, id="ignore-wins"),
        pytest.param({"third": WARNING}, [], [], {"SSOT101": "error", "SSOT102": "error", "SSOT201": "warning"},
                     id="turned-on-by-config"),
        pytest.param({"SSOT101": OFF}, [], [], {"SSOT102": "error"}, id="off-by-id"),
        pytest.param({"ssot101": OFF, "Second": OFF}, [], [], {}, id="off-in-another-letter-case"),
        pytest.param({"first": OFF}, ["first"], [], {"SSOT101": "error"}, id="command-line-beats-config"),
        pytest.param({"third": RuleSettings(options={"a": 1})}, [], [], {"SSOT101": "error", "SSOT102": "error"},
                     id="options-alone-turn-nothing-on"),
    ],
)  # fmt: skip
def test_select(configured, chosen, ignored, expected) -> None:
    assert {r.id: r.severity for r in select((A, B, C), configured, chosen, ignored)} == expected


@pytest.mark.parametrize("pattern", ["secnod", "SSOT3", ""])
def test_select_refuses_what_names_no_rule(pattern: str) -> None:
    with pytest.raises(UsageError, match="no rule is called"):
        select((A, B, C), {}, [pattern])


def test_a_rule_is_configured_once() -> None:
    with pytest.raises(
        ConfigError, match=r"\[rules.ssot101\] and \[rules.first\] are about one rule, SSOT101"
    ):
        select((A, B, C), {"ssot101": OFF, "first": WARNING})


def test_without_docstrings_there_are_no_pages() -> None:
    command = [sys.executable, "-OO", "-m", "ssot_lint", "rules"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Python runs with -OO or PYTHONOPTIMIZE=2, which drops docstrings" in ran.stderr


def test_the_nearest_name_is_suggested() -> None:
    assert suggestion("secnod", (A, B, C)) == "did you mean 'second'? `ssot-lint rules` lists them all"
    assert suggestion("zzzzzzz", (A, B, C)) == "`ssot-lint rules` lists them all"


@pytest.mark.parametrize(
    ("rule", "wrong", "message"),
    [
        ("renamed-clone", "threshold = 0", "threshold is 0.0, expected more than 0 and at most 1"),
        ("renamed-clone", "minimum-statements = 0", "minimum-statements is 0, expected at least 1"),
        ("undeclared-duplicate", "threshold = 1.5", "threshold is 1.5, expected more than 0 and at most 1"),
        ("undeclared-duplicate", "minimum-statements = -1", "minimum-statements is -1, expected at least 1"),
        ("expired-shim", "today = 'soon'", "today is 'soon', expected a date such as 2026-03-01"),
    ],
)
def test_options_out_of_range_are_refused(rule: str, wrong: str, message: str) -> None:
    config = parse(f"[rules.{rule}]\n{wrong}", "ssot-lint.toml")
    found = find_rule(load_rules(), rule)
    assert found is not None
    with pytest.raises(ConfigError) as error:
        coerce_options(rule, found.options, config.rules[rule].options, config)
    assert error.value.message == f"ssot-lint.toml:1: rules.{rule}: {message}"
