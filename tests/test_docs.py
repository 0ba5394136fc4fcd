"""What the documentation says is true: captures, options, settings, tables."""

from __future__ import annotations

import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest

from ssot_lint.cli._group import COMMANDS
from ssot_lint.config import DEFAULT_TEST_KINDS, Config
from ssot_lint.model import ClaimKind
from ssot_lint.plugins import find_rule, load_rules
from ssot_lint.settings.options import coerce_options
from ssot_lint.settings.parsing import parse
from ssot_lint.settings.presets import PRESETS

HERE = Path(__file__).parent.parent
PAGES = sorted([*HERE.glob("*.md"), *(HERE / "docs").glob("*.md")])
GENERATE = runpy.run_path(str(HERE / "docs" / "generate.py"))
PYPROJECT = tomllib.loads((HERE / "pyproject.toml").read_text())


def text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text(name), re.DOTALL)


def configured(block: str) -> Config:
    return parse(block, "snippet", "tool.ssot-lint" if "[tool.ssot-lint" in block else "root")


def test_captures_are_what_the_program_prints() -> None:
    readme = text("README.md")
    captures = GENERATE["CAPTURE"].findall(readme)
    assert len(captures) >= 2
    assert GENERATE["documents"]()[HERE / "README.md"] == readme, "run `python docs/generate.py`"


def test_commands_page_is_current() -> None:
    assert text("docs/commands.md") == GENERATE["commands"](), "run `python docs/generate.py`"


def test_a_stale_page_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("old")
    main = GENERATE["main"]
    monkeypatch.setitem(main.__globals__, "HERE", tmp_path)
    monkeypatch.setitem(main.__globals__, "documents", lambda: {page: "new"})
    assert main(["--check"]) == 1 and page.read_text() == "old"
    assert main([]) == 0 and page.read_text() == "new"
    assert main(["--check"]) == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_and_is_in_the_readme(command: str) -> None:
    section = text("docs/commands.md").split(f"\n## {command}\n")[1].split("\n## ")[0]
    assert f"ssot-lint {command}" in re.findall(r"```text\n(.*?)```", section, re.DOTALL)[0]
    assert f"`ssot-lint {command}" in text("README.md")


SNIPPETS = [
    (page, block) for page in ("README.md", "docs/configuration.md") for block in blocks(page, "toml")
]


@pytest.mark.parametrize(("page", "block"), SNIPPETS)
def test_snippets_are_configuration(page: str, block: str) -> None:
    config = configured(block)
    for name, settings in config.rules.items():
        rule = find_rule(load_rules(), name)
        assert rule is not None, f"{page} names a rule {name}"
        coerce_options(name, rule.options, settings.options, config)


def accepted(function: str) -> set[str]:
    """The keys that a function of the loader accepts in its table: what it hands to `only`."""
    tree = ast.parse(text("ssot_lint/settings/parsing.py"))
    (body,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function]
    calls = [
        node for node in ast.walk(body) if isinstance(node, ast.Call) and ast.unparse(node.func) == "only"
    ]
    named = {
        node.targets[0].id: node.value
        for node in ast.walk(body)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    (keys,) = [call.args[1] for call in calls]
    found = ast.literal_eval(named[keys.id] if isinstance(keys, ast.Name) else keys)
    return set(found)


def test_the_first_example_sets_every_key() -> None:
    example = tomllib.loads(blocks("docs/configuration.md", "toml")[0])
    assert accepted("_config") == set(example)
    for table, function in (
        ("concepts", "_concept"),
        ("capabilities", "_capability"),
        ("sequences", "_sequence"),
    ):
        (entry,) = example[table].values()
        assert accepted(function) == set(entry)
    assert accepted("_migrate") == set(example["migrate"])


def test_every_key_is_explained() -> None:
    page = text("docs/configuration.md")
    explained = set(re.findall(r"`([a-z-]+)`", page))
    example = tomllib.loads(blocks("docs/configuration.md", "toml")[0])
    keys = {key for key, value in example.items() if not isinstance(value, dict)}
    for family in ("concepts", "capabilities", "sequences", "rules"):
        keys |= {key for table in example[family].values() for key in table}
    keys |= set(example["migrate"])
    assert keys - explained == set()


def test_presets_are_listed() -> None:
    page = text("docs/configuration.md")
    assert [preset.name for preset in PRESETS if f"| `{preset.name}` | {preset.summary} |" not in page] == []


def test_kinds_of_tests_are_listed() -> None:
    page = text("docs/configuration.md")

    def cell(items: tuple[str, ...]) -> str:
        return ", ".join(f"`{item}`" for item in items)

    rows = [f"| `{kind.name}` | {cell(kind.paths)} | {cell(kind.markers)} |" for kind in DEFAULT_TEST_KINDS]
    assert [row for row in rows if row not in page] == []


def test_every_kind_of_claim_is_explained() -> None:
    table = text("docs/configuration.md").split("| kind |")[1].split("\n\n")[0]
    assert set(ClaimKind.__args__) == set(re.findall(r"(?m)^\| ([a-z][a-z-]+) \| ", table))  # type: ignore[attr-defined]


def test_dependencies_are_those_of_the_package() -> None:
    table = text("README.md").split("## Dependencies")[1].split("## ")[0]
    listed = set(re.findall(r"(?m)^\| ([a-z]+) \|", table)) - {"package"}
    assert listed == {re.split(r"[<>=~!]", item)[0] for item in PYPROJECT["project"]["dependencies"]}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(
        r"\]\((?!https?://)([^)#\s]+)",
        re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL),
    )
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_pre_commit_snippet_is_the_published_hook() -> None:
    (snippet,) = blocks("README.md", "yaml")
    published = text(".pre-commit-hooks.yaml")
    for key in ("entry", "types_or", "pass_filenames", "require_serial"):
        (line,) = re.findall(rf"(?m)^ +({key}: .+)$", published)
        assert line in snippet


def test_the_two_commands_are_marked_for_ci() -> None:
    marked = re.findall(r"<!-- run: (\w+) -->\n```sh\n.+\n```", text("README.md"))
    assert marked == ["report", "tests"]
    assert all(f"readme_command {name}" in text(".ci/run") for name in marked)


def test_the_golden_path_is_told_alike(tmp_path: Path) -> None:
    page = runpy.run_path(str(HERE / "docs" / "golden_path.py"))
    table = page["TABLE"].search(text("README.md"))
    assert table is not None
    assert table[0].removeprefix("<!-- golden path -->\n").removesuffix("\n<!-- end -->") in text(
        "docs/golden-path.md"
    )
    plan = page["shown"](page["copied"](tmp_path), "ssot-lint plan | head -n 60", more=True)
    assert plan in text("docs/golden-path.md"), "run `python docs/golden_path.py`"
