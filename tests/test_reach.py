"""Which tests reach a change, and in which order."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.project import link
from ssot_lint.protecting import reach
from ssot_lint.protecting.collected import collected
from ssot_lint.scan import scan
from ssot_lint.settings.loading import load
from ssot_lint.testing import project_of

GOLDEN_PATH = Path(__file__).resolve().parent.parent / "fixtures" / "golden_path"
TEST = "def test_it(): ...\n"
APP = {
    "app/__init__.py": "",
    "app/core.py": "class Core:\n    def run(self): return 1\n",
    "app/api/__init__.py": "from app.core import Core as Engine\n",
    "app/service.py": "from app.core import Core\n",
    "app/web.py": "from app import service\n",
    "app/other.py": "VALUE = 1\n",
}


def reaching(files: dict[str, str], *changed: str, limit: int | None = None) -> tuple[str, ...]:
    return reach.tests_reaching(project_of(APP | files), changed or ("app/core.py",), limit=limit)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("from app.core import Core\n", id="import"),
        pytest.param("import app.core as c\n", id="module"),
        pytest.param("from app import core\n", id="submodule"),
        pytest.param("from app.core import *\n", id="star"),
        pytest.param("def helper():\n    from app.core import Core\n", id="lazy"),
        pytest.param("from app.api import Engine\n", id="re-export"),
        pytest.param("import app.api\n", id="package"),
        pytest.param("import app.web\n", id="at-depth"),
        pytest.param("try:\n    import app.core\nexcept ImportError:\n    pass\n", id="fallback"),
        pytest.param("def helper():\n    with patch('app.core.Core.run'): ...\n", id="patch"),
        pytest.param("def helper(m):\n    m.setattr('app.core.Core', 1)\n", id="monkeypatch"),
        pytest.param("import importlib\nimportlib.import_module('app.core')\n", id="import_module"),
        pytest.param("pytest_plugins = ['app.service']\n", id="plugins"),
        pytest.param("BACKEND = 'app.core:Core'\n", id="setting"),
        pytest.param("try:\n    from app.other import Core\nexcept ImportError:\n    from app.core import Core\n", id="arms"),
    ],
)  # fmt: skip
def test_a_test_that_loads_or_names_the_file_reaches_it(source: str) -> None:
    assert reaching({"tests/test_a.py": source + TEST}) == ("tests/test_a.py",)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("", id="nothing"),
        pytest.param("import app.other\n", id="another-module"),
        pytest.param("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import app.core\n", id="types"),
        pytest.param("import sys\nfrom unittest.mock import patch\npatch.dict(sys.modules, {'app.core': 1})\n", id="replaced"),
    ],
)  # fmt: skip
def test_others_do_not(source: str) -> None:
    assert reaching({"tests/test_a.py": source + TEST}) == ()


def test_a_package_that_changes_is_reached_by_those_of_its_modules() -> None:
    assert reaching({"tests/test_a.py": "import app.other\n" + TEST}, "app/__init__.py") == (
        "tests/test_a.py",
    )


def test_a_lazy_name_leads_to_where_it_is_loaded_from() -> None:
    package = """
        from importlib import import_module

        _LAZY = {"Core": "app.core"}

        def __getattr__(name):
            return getattr(import_module(_LAZY[name]), name)
    """
    files = {"lazy/__init__.py": package, "tests/test_a.py": "import lazy\n" + TEST}
    assert reaching(files) == ("tests/test_a.py",)


def test_a_conftest_carries_to_all_tests_below_it_and_is_none() -> None:
    files = {
        "tests/conftest.py": "import app.core\n",
        "tests/unit/test_a.py": TEST,
        "tests/unit/deep/test_b.py": TEST,
        "other/tests/test_c.py": TEST,
    }
    assert reaching(files) == ("tests/unit/deep/test_b.py", "tests/unit/test_a.py")
    assert reaching(files, "tests/conftest.py") == ("tests/unit/deep/test_b.py", "tests/unit/test_a.py")


def test_nearest_first_then_those_that_name_more_of_the_change() -> None:
    files = {
        "tests/test_1_far.py": "import app.web\n" + TEST,
        "tests/test_2_near.py": "import app.core\n" + TEST,
        "tests/test_3_both.py": "import app.core, app.other\n" + TEST,
        "tests/test_4_none.py": TEST,
    }
    changed = ("app/core.py", "app/other.py")
    nearest = ("tests/test_3_both.py", "tests/test_2_near.py", "tests/test_1_far.py")
    assert reaching(files, *changed) == nearest
    assert [reaching(files, *changed, limit=number) for number in range(4)] == [nearest[:n] for n in range(4)]


def test_a_changed_test_comes_first_and_paths_that_are_not_there_are_nothing() -> None:
    files = {"tests/test_a.py": "import app.core\n" + TEST, "tests/test_b.py": TEST}
    assert reaching(files, "tests/test_b.py", "app/core.py", "README.md", "gone.py") == (
        "tests/test_b.py",
        "tests/test_a.py",
    )


LOADED = """
import importlib.util, json, os, sys
root, path = sys.argv[1:]
sys.path.insert(0, root)
spec = importlib.util.spec_from_file_location("the_test", os.path.join(root, path))
spec.loader.exec_module(importlib.util.module_from_spec(spec))
files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
print(json.dumps([os.path.relpath(file, root) for file in files if file and file.startswith(root)]))
"""


def test_python_loads_nothing_that_a_test_does_not_reach() -> None:
    """Every test file of the shipped service is imported for real."""
    config = load(GOLDEN_PATH)
    project = link(scan(GOLDEN_PATH, config, jobs=1).files, config)
    tests = {project.files[file].path for file in collected(project)}
    loaded: dict[str, list[str]] = {}
    for test in sorted(tests):
        command = [sys.executable, "-B", "-c", LOADED, str(GOLDEN_PATH), test]
        run = subprocess.run(command, capture_output=True, encoding="utf-8")
        if "ModuleNotFoundError" not in run.stderr:  # of a package that the service needs
            loaded[test] = json.loads(run.stdout.splitlines()[-1])
    assert loaded
    missed = {
        (test, path)
        for test, paths in loaded.items()
        for path in paths
        if path in project.by_path and test not in reach.tests_reaching(project, [path])
    }
    assert missed == set()


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20), st.sets(st.integers(0, 7)))
def test_who_is_reached_is_who_has_a_way(edges: list[tuple[int, int]], changed: set[int]) -> None:
    """Against the transitive closure, on any import graph, loops included."""
    names = [f"m{number}" if number < 4 else f"test_{number}" for number in range(8)]
    sources = {f"{name}.py": TEST if name.startswith("test") else "X = 1\n" for name in names}
    for start, end in edges:
        sources[f"{names[start]}.py"] = f"import {names[end]}\n" + sources[f"{names[start]}.py"]
    closure = {(one, other) for one, other in edges} | {(number, number) for number in range(8)}
    for middle in range(8):
        closure |= {(a, d) for a, b in closure if b == middle for c, d in closure if c == middle}
    expected = {f"{names[one]}.py" for one, other in closure if one >= 4 and other in changed}
    project = project_of(sources)
    found = reach.tests_reaching(project, [f"{names[number]}.py" for number in changed])
    assert set(found) == expected and len(found) == len(expected)
    order = [len({f"{names[n]}.py" for n in changed} & {path}) for path in found]
    assert order == sorted(order, reverse=True)
    assert all(file not in loaded for file, loaded in enumerate(project.once(reach.loads)))
