"""A class is scattered over a project, brought home by `migrate` with the project's own suite as the gate, and back.

The small package below is ours. The public ones are looked for where SSOT_LINT_PUBLIC points to: a folder with
checkouts `flask` and `starlette`; SSOT_LINT_PUBLIC_PYTHON is a Python that has what their suites need.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from time import monotonic

import pytest
from scatter import Home, Outcomes, Scattered, outcomes, scatter

PUBLIC = os.environ.get("SSOT_LINT_PUBLIC", "")
PYTHON = os.environ.get("SSOT_LINT_PUBLIC_PYTHON", sys.executable)


@dataclass(frozen=True)
class There:
    """What came of the way there and back."""

    scattered: Scattered
    told: str  # by `migrate`
    left: tuple[tuple[str, str, str], ...]  # (rule, path, reason) of what `plan` still refuses
    batches: int
    edits: int
    seconds: float
    tests: int


def ssot_lint(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ssot_lint", *arguments], cwd=root, capture_output=True, text=True, check=False
    )


def tree(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {".ssot-lint", "__pycache__", ".git"} & set(path.parts)
    }


def there_and_back(
    root: Path, symbol: str, suite: str, *, seed: int = 1, trials: int = 6, accept: str = "", **more: str
) -> There:
    """Scatter, migrate, compare, roll back. Asserts all but what is still refused.

    `accept`: the copy among the test helpers, if it is to come home too.
    """
    added = ""

    def same() -> bool:
        return outcomes(root, suite, ignore=added) == before

    before = outcomes(root, suite)
    assert before, f"{suite} gave no outcomes"
    untouched = tree(root)
    name = symbol.partition(":")[2]
    stem = "".join(f"_{c.lower()}" if c.isupper() and n else c.lower() for n, c in enumerate(name))
    added = f"{more.get('tests', 'tests')}/test_{stem}_homes.py"
    done = scatter(root, symbol, seed, same=same, trials=trials, **more)
    assert done.tests == added
    scattered = tree(root)
    expected = outcomes(root, suite)
    assert without(expected, added) == before and set(of(expected, added).values()) == {"passed"}

    agreed = ["--accept", accept] if accept else []
    started = monotonic()
    migrated = ssot_lint(root, "migrate", "--no-progress", "--gate", f"{suite} -rfE", *agreed)
    seconds = monotonic() - started
    told = migrated.stdout + migrated.stderr
    assert "blocked" not in told and "skipped" not in told and "committed" in told, told
    assert outcomes(root, suite) == expected
    gone = [home for home in done.homes if accept or home.kind != "helper"]
    assert list(strays(root, gone)) == []
    assert [home for home in gone if home.real and defines(root, home)] == []

    planned = json.loads(ssot_lint(root, "plan", "--no-progress", "--format", "json").stdout)
    assert planned["batches"] == []
    left = tuple(sorted({(item["what"], item["path"], item["reason"]) for item in planned["refused"]}))
    after = tree(root)
    edits = sum(1 for path in scattered.keys() | after.keys() if scattered.get(path) != after.get(path))
    rolled = ssot_lint(root, "rollback")
    assert rolled.returncode == 0, rolled.stdout + rolled.stderr
    assert tree(root) == scattered
    assert {path for path in untouched if path not in scattered} == set()
    return There(done, told, left, told.count("batch "), edits, seconds, len(expected))


def without(found: Outcomes, added: str) -> Outcomes:
    return {test: outcome for test, outcome in found.items() if test not in of(found, added)}


def of(found: Outcomes, added: str) -> Outcomes:
    stem = Path(added).stem
    return {test: outcome for test, outcome in found.items() if stem in test.partition("::")[0].split(".")}


def strays(root: Path, gone: Sequence[Home]) -> Iterator[str]:
    """The files that still take the class from one of the homes that it should have left.

    A copy among the test helpers may be meant: it goes only where somebody has agreed to that.
    """
    homes = {home.path for home in gone}
    names = {(home.module, home.name) for home in gone}
    for path, content in tree(root).items():
        if not path.endswith(".py") or path in homes:
            continue
        for node in ast.walk(ast.parse(content)):
            if isinstance(node, ast.ImportFrom):
                module = absolute(path, node)
                if any((module, alias.name) in names for alias in node.names):
                    yield f"{path}:{node.lineno} {ast.unparse(node)}"
            elif isinstance(node, ast.Attribute) and (ast.unparse(node.value), node.attr) in names:
                yield f"{path}:{node.lineno} {ast.unparse(node)}"


def absolute(path: str, node: ast.ImportFrom) -> str:
    parts = path.removeprefix("src/").removesuffix(".py").split("/")
    parts = parts[: len(parts) - node.level] if node.level else []
    return ".".join([*parts, *([node.module] if node.module else [])])


def defines(root: Path, home: Home) -> bool:
    path = root / home.path
    return path.exists() and any(
        isinstance(node, ast.ClassDef) and node.name == home.name
        for node in ast.walk(ast.parse(path.read_bytes()))
    )


# --- a package of our own -------------------------------------------------------------------------------------

SHELF = {
    "pyproject.toml": """
        [tool.pytest.ini_options]
        filterwarnings = ["error"]
        pythonpath = ["."]
        """,
    "shelf/__init__.py": '"""Books on shelves."""\n',
    "shelf/words.py": """
        import re

        WORD = re.compile(r"\\w+")


        def folded(text):
            return " ".join(WORD.findall(text)).casefold()
        """,
    "shelf/index.py": """
        from __future__ import annotations

        from collections.abc import Iterator, Mapping

        from shelf.words import folded

        LIMIT = 1000


        class TitleIndex(Mapping[str, int]):
            \"\"\"Titles and where they stand, found whatever their case.\"\"\"

            def __init__(self, titles: Mapping[str, int] | None = None, limit: int = LIMIT) -> None:
                self.limit = limit
                self._places: dict[str, int] = {}
                for title, place in (titles or {}).items():
                    self.put(title, place)

            def put(self, title: str, place: int) -> TitleIndex:
                if len(self._places) >= self.limit:
                    raise OverflowError(f"no more than {self.limit} titles")
                self._places[folded(title)] = place
                return self

            def merged(self, other: TitleIndex) -> TitleIndex:
                result = TitleIndex(self._places, max(self.limit, other.limit))
                for title, place in other.items():
                    result.put(title, place)
                return result

            def __getitem__(self, title: str) -> int:
                return self._places[folded(title)]

            def __iter__(self) -> Iterator[str]:
                return iter(sorted(self._places))

            def __len__(self) -> int:
                return len(self._places)

            def __eq__(self, other: object) -> bool:
                return isinstance(other, TitleIndex) and self._places == other._places

            def __repr__(self) -> str:
                return f"TitleIndex({self._places!r})"
        """,
    "shelf/search.py": """
        from __future__ import annotations

        from shelf.index import LIMIT, TitleIndex


        def find(index: TitleIndex, part: str) -> list[str]:
            return [title for title in index if part in title]


        def indexed(titles: list[str]) -> TitleIndex:
            return TitleIndex({title: place for place, title in enumerate(titles)}, LIMIT)
        """,
    "shelf/loans.py": """
        from __future__ import annotations

        import datetime

        from .index import TitleIndex


        class Desk:
            def __init__(self) -> None:
                self.out = TitleIndex()

            def lend(self, title: str, days: int) -> datetime.timedelta:
                self.out.put(title, days)
                return datetime.timedelta(days=days)

            def overdue(self, days: int) -> TitleIndex:
                return TitleIndex({title: left for title, left in self.out.items() if left < days})
        """,
    "shelf/moves.py": """
        from shelf.index import TitleIndex as Index


        def moved(index, by):
            return Index({title: place + by for title, place in index.items()}, index.limit)


        def joined(*indexes):
            result = Index()
            for index in indexes:
                result = result.merged(index)
            return result
        """,
    "shelf/report.py": """
        from __future__ import annotations

        import typing

        if typing.TYPE_CHECKING:
            from shelf.index import TitleIndex


        def lines(index: TitleIndex) -> list[str]:
            return [f"{index[title]:>4} {title}" for title in index]
        """,
    "shelf/stock.py": """
        import json

        from shelf.index import TitleIndex


        def read(text):
            return TitleIndex(json.loads(text))


        def write(index):
            return json.dumps(dict(index), sort_keys=True)
        """,
    "tests/test_index.py": """
        import pytest

        from shelf.index import TitleIndex


        def test_case_does_not_matter():
            assert TitleIndex({"Emma": 3})["EMMA"] == 3


        def test_full():
            with pytest.raises(OverflowError):
                TitleIndex({"a": 1, "b": 2}, limit=1)


        def test_equal():
            assert TitleIndex({"a": 1}) == TitleIndex({"A": 1})
            assert repr(TitleIndex({"a": 1})) == "TitleIndex({'a': 1})"
        """,
    "tests/test_users.py": """
        from shelf import loans, moves, report, search, stock


        def test_find():
            assert search.find(search.indexed(["Emma", "Persuasion"]), "em") == ["emma"]


        def test_lend():
            desk = loans.Desk()
            assert desk.lend("Emma", 14).days == 14
            assert dict(desk.overdue(20)) == {"emma": 14}


        def test_moved():
            index = search.indexed(["Emma"])
            assert dict(moves.moved(index, 5)) == {"emma": 5}
            assert len(moves.joined(index, moves.moved(index, 1))) == 1


        def test_lines():
            assert report.lines(search.indexed(["Emma"])) == ["   0 emma"]


        def test_stock():
            assert stock.write(stock.read('{"Emma": 1}')) == '{"emma": 1}'
        """,
    "tests/test_counts.py": """
        import shelf.index


        def test_count():
            assert len(shelf.index.TitleIndex({"a": 1})) == 1
        """,
}


SUITE = f"{sys.executable} -m pytest -q -p no:cacheprovider -p no:xdist -p no:ssot-lint tests"


def shelf(root: Path) -> None:
    """Write the package."""
    for path, text in SHELF.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(text).lstrip("\n"))


ACCEPT = "a copy in test code may be meant: `--accept tests.title_index_support:TitleIndex` puts the canonical one in its place"
MORE = pytest.mark.skipif(not PUBLIC, reason="two seeds will do in every run")


@pytest.mark.parametrize("seed", [2, 4, *(pytest.param(seed, marks=MORE) for seed in (1, 3, 5, 6, 7, 8))])
def test_a_small_package(tmp_path: Path, seed: int) -> None:
    shelf(tmp_path)
    result = there_and_back(tmp_path, "shelf.index:TitleIndex", SUITE, seed=seed, trials=2)
    kept = [home.path for home in result.scattered.homes if home.real and home.kind == "helper"]
    assert result.left == tuple(
        [("SSOT101", path, ACCEPT) for path in kept]
        + [
            ("SSOT201", "tests/test_title_index_homes.py", f"imports a duplicate that stays: {path} says why")
            for path in kept
        ]
    )


@pytest.mark.parametrize("seed", [4, *(pytest.param(seed, marks=MORE) for seed in (1, 2, 6))])
def test_a_small_package_with_its_test_helper(tmp_path: Path, seed: int) -> None:
    """`from title_index_support import X`, a module beside the tests, comes home like any other."""
    shelf(tmp_path)
    result = there_and_back(
        tmp_path,
        "shelf.index:TitleIndex",
        SUITE,
        seed=seed,
        trials=2,
        accept="tests.title_index_support:TitleIndex",
    )
    assert result.left == ()


def test_the_same_seed_scatters_the_same(tmp_path: Path) -> None:
    trees = []
    for copy in ("one", "two"):
        root = tmp_path / copy
        shelf(root)
        scatter(root, "shelf.index:TitleIndex", 7)
        trees.append(tree(root))
    assert trees[0] == trees[1]


# --- projects of others ---------------------------------------------------------------------------------------

PYTEST = "{python} -m pytest -q -p no:cacheprovider tests"
PROJECTS = {
    "flask": ("flask.config:Config", f"PYTHONPATH=src {PYTEST}", {"import_from": "flask"}),
    "starlette": ("starlette.datastructures:Headers", PYTEST, {}),
}


@pytest.mark.skipif(not PUBLIC, reason="SSOT_LINT_PUBLIC names no folder with checkouts")
@pytest.mark.parametrize("project", PROJECTS)
def test_a_public_project(tmp_path: Path, project: str) -> None:
    checkout = Path(PUBLIC, project)
    if not checkout.is_dir():
        pytest.skip(f"{checkout} is not there")
    root = tmp_path / project
    shutil.copytree(checkout, root, ignore=shutil.ignore_patterns(".git", "__pycache__"))
    symbol, suite, more = PROJECTS[project]
    result = there_and_back(root, symbol, suite.format(python=PYTHON), **more)
    assert {rule for rule, _, _ in result.left} <= {"SSOT101", "SSOT201", "SSOT203", "SSOT902"}
    assert {path for rule, path, _ in result.left if rule == "SSOT101"} <= {
        home.path for home in result.scattered.homes if home.kind == "helper"
    }
    for use in result.scattered.uses:
        print(use.form, use.path, use.home.kind)
    print(result.told, *result.left, sep="\n")
    print(f"{result.tests} tests, {result.batches} batches, {result.edits} files, {result.seconds:.1f} s")
