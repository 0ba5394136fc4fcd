"""The house keeps its order: who may import whom, who may touch the disk, what the wheel holds."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from zipfile import ZipFile

import pytest

from ssot_lint import __all__ as public
from ssot_lint import __version__
from ssot_lint.cli._group import COMMANDS
from ssot_lint.explain import handbook
from ssot_lint.plugins import load_rules

HERE = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((HERE / "pyproject.toml").read_text())
ENGINE = sorted((HERE / "ssot_lint").rglob("*.py"))
RULES = sorted((HERE / "rules").glob("*.py"))
CODEMODS = sorted((HERE / "codemods").glob("*.py"))

ROOMS = (
    "runtime",
    "model errors recall wording",
    "reading facts",
    "settings config",
    "tree discover warm cache fork scanning scan",
    "linking queries project",
    "concepts",
    "factories events capabilities likeness proposals protecting",
    "editing workspace",
    "rule codemod",
    "plugins",
    "baseline suppress check verify plan batches proving incremental",
    "migrating transaction",
    "reporters explain graphs testing",
    "cli pytest_plugin pytest_items",
)
"""Imports go to rooms on the left, or stay in the room."""


def name_of(path: Path) -> str:
    parts = path.relative_to(HERE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names that a file imports while it runs, in functions too; not those for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def calls(path: Path, names: set[str]) -> list[str]:
    """Where a file calls one of these built-in functions."""
    return [
        f"{path}:{node.lineno}: {node.func.id}()"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]


def room(module: str) -> int | None:
    """The place of an engine module in the house; None for the names plugin authors import."""
    part = module.split(".")[1] if "." in module else ""
    return next((place for place, names in enumerate(ROOMS) if part in names.split()), None)


def test_every_module_has_a_room() -> None:
    homeless = [name_of(path) for path in ENGINE if name_of(path) not in ("ssot_lint", "ssot_lint.__main__")]
    assert [name for name in homeless if room(name) is None] == []


@pytest.mark.parametrize("path", ENGINE, ids=name_of)
def test_imports_go_to_the_left(path: Path) -> None:
    mine = room(name_of(path))
    if mine is None:
        pytest.skip("stands outside: the public names, and `python -m`")
    wrong = [
        f"{path}:{line}: {name}"
        for name, line in imports(path)
        if name.startswith("ssot_lint.") and (theirs := room(name)) is not None and theirs > mine
    ]
    assert wrong == []


def test_no_module_needs_itself() -> None:
    """Not even for its types, nor through others. The commands are loaded one by one, by names that a table keeps."""
    modules = {name_of(path): path for path in (*ENGINE, *RULES, *CODEMODS)}
    needed: dict[str, set[str]] = {}
    for module, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and module != "ssot_lint":
                home = ".".join(filter(None, (module.rpartition(".")[0] if node.level else "", node.module)))
                names = {f"{home}.{alias.name}" for alias in node.names} & modules.keys()
                needed.setdefault(module, set()).update(names or {home} & modules.keys())
    assert set(TopologicalSorter(needed).static_order()) <= modules.keys()


@pytest.mark.parametrize(
    "path", [*ENGINE, *RULES, *CODEMODS, *sorted((HERE / "tests").glob("*.py"))], ids=name_of
)
def test_nobody_names_a_rule_or_codemod_module(path: Path) -> None:
    """Rules are reached through `plugins`; a rule reaches the helpers beside it with a relative import."""
    plugin = path in RULES or path in CODEMODS
    wrong = [
        f"{path}:{line}: {name}"
        for name, line in imports(path)
        if re.match(r"(ssot_lint\.)?(rules|codemods)\b", name)
        or (name.startswith(".") and not (plugin and re.match(r"\._\w", name)))
    ]
    assert wrong == []


WORLD = {"open", "print", "input", "exec", "eval", "compile", "breakpoint", "exit", "quit"}
OUTSIDE = {"os", "io", "sys", "pathlib", "subprocess", "socket", "shutil", "tempfile", "time", "datetime", "random",
           "logging", "inspect", "importlib", "threading", "multiprocessing"}  # fmt: skip


@pytest.mark.parametrize("path", [*RULES, *CODEMODS], ids=name_of)
def test_rules_see_the_graph_and_nothing_else(path: Path) -> None:
    wrong = [f"{path}:{line}: {name}" for name, line in imports(path) if name.partition(".")[0] in OUTSIDE]
    assert wrong + calls(path, WORLD) == []


PURE = frozenset({
    "model", "facts", "reading", "linking", "queries", "project", "concepts", "factories", "events", "capabilities", "proposals",
    "protecting", "editing", "workspace", "check", "suppress", "baseline", "verify", "plan", "batches", "proving", "incremental",
    "reporters", "explain", "graphs",
})  # fmt: skip


@pytest.mark.parametrize("path", [path for path in ENGINE if name_of(path).split(".")[1:2] and
                                  name_of(path).split(".")[1] in PURE], ids=name_of)  # fmt: skip
def test_the_core_does_not_touch_the_world(path: Path) -> None:
    wrong = [
        f"{path}:{line}: {name}"
        for name, line in imports(path)
        if name.partition(".")[0] in OUTSIDE - {"inspect", "importlib", "io", "sys", "datetime"}
    ]
    assert wrong + calls(path, {"open", "print"}) == []


HEAVY = {"libcst", "networkx", "rapidfuzz", "rich", "tomli", "tomlkit", "jinja2"}


@pytest.mark.parametrize("path", ENGINE, ids=name_of)
def test_heavy_packages_are_imported_where_they_are_needed(path: Path) -> None:
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    assert names & HEAVY == set()


RUNTIME = [path for path in ENGINE if name_of(path).startswith("ssot_lint.runtime")]


@pytest.mark.parametrize("path", RUNTIME, ids=name_of)
def test_the_runtime_package_needs_python_alone(path: Path) -> None:
    """Users import it in their tests and services."""
    needed = {
        name.partition(".")[0] for name, _ in imports(path) if not name.startswith("ssot_lint.runtime.")
    }
    assert needed - sys.stdlib_module_names - {"__future__"} == set()


@pytest.mark.parametrize("path", [path for path in ENGINE if path not in RUNTIME], ids=name_of)
def test_the_engine_does_without_the_runtime_package(path: Path) -> None:
    if name_of(path) == "ssot_lint.pytest_plugin":
        pytest.skip("hands it out as fixtures")
    assert [name for name, _ in imports(path) if name.startswith("ssot_lint.runtime")] == []


def test_a_rule_is_called_like_its_file() -> None:
    stems = {path.stem.replace("_", "-") for path in RULES if not path.stem.startswith("_")}
    assert {rule.name for rule in load_rules()} == stems


def test_the_public_names_are_there() -> None:
    import ssot_lint

    assert [name for name in public if not hasattr(ssot_lint, name)] == []
    assert PYPROJECT["project"]["version"] == __version__


def test_the_packages_are_those_of_the_tree() -> None:
    """`packages` in pyproject.toml is written by hand: nothing may be left out of it."""
    folders = {path.parent for path in (*ENGINE, *RULES, *CODEMODS)}
    mapped = {value: key for key, value in PYPROJECT["tool"]["setuptools"]["package-dir"].items()}
    expected = {
        mapped.get(str(folder.relative_to(HERE)), name_of(folder / "__init__.py")) for folder in folders
    }
    assert set(PYPROJECT["tool"]["setuptools"]["packages"]) == expected


def test_the_wheel_holds_the_tree(tmp_path: Path) -> None:
    """Skipped where pip cannot fetch the build backend."""
    copy = tmp_path / "source"
    listed = subprocess.run(
        ["git", "-C", str(HERE), "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if name.split("/")[0] in ("ssot_lint", "rules", "codemods", "pyproject.toml", "README.md", "LICENSE"):
            source, target = HERE / name, copy / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
    if not (copy / "README.md").exists():
        (copy / "README.md").write_text("")
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(copy)]
    built = subprocess.run(pip, capture_output=True, text=True)
    if built.returncode and "Could not find a version" in built.stderr:
        pytest.skip("pip cannot fetch setuptools")
    assert built.returncode == 0, built.stderr
    [wheel] = tmp_path.glob("*.whl")
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tree = {
        (f"ssot_lint/{name}" if name.split("/")[0] in ("rules", "codemods") else name)
        for path in (*ENGINE, *RULES, *CODEMODS, HERE / "ssot_lint" / "py.typed")
        for name in [path.relative_to(HERE).as_posix()]
    }
    assert held == tree


def test_the_handbook_is_current() -> None:
    """`ssot-lint explain --all --output docs/rules.md` writes it."""
    assert (HERE / "docs" / "rules.md").read_text(encoding="utf-8") == handbook(load_rules())


def test_contributors_are_told_what_each_package_answers() -> None:
    packages = [
        path.parent
        for path in ENGINE
        if path.name == "__init__.py" and path.parent.parent.name == "ssot_lint"
    ]
    said = [
        f"| `{package.name}/` | {docstring.partition(chr(10))[0]} |"
        for package in packages
        if (docstring := ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))))
    ]
    text = (HERE / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `\w+/` \| .* \|$", text.partition("| package |")[2], re.MULTILINE) == said
    assert len(said) == len(packages)


def test_pre_commit_runs_a_command_that_exists() -> None:
    [entry] = re.findall(r"entry: ssot-lint (\w+)", (HERE / ".pre-commit-hooks.yaml").read_text())
    assert entry in COMMANDS
