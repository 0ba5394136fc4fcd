"""What a runner would collect, against pytest itself, and the fixtures that tests get."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from ssot_lint.project import Project, link
from ssot_lint.protecting import collected
from ssot_lint.protecting.fixtures import fixtures
from ssot_lint.scan import scan
from ssot_lint.settings.loading import load
from ssot_lint.settings.runner import Collection, collection
from ssot_lint.testing import project_of

GOLDEN_PATH = Path(__file__).parent.parent / "fixtures" / "golden_path"

SUITE = {
    "bases.py": """
        import unittest

        class Common:
            def test_common(self): ...

        class Constructed:
            def __init__(self): ...

        class Case(unittest.TestCase):
            def test_inherited(self): ...
    """,
    "tests/conftest.py": "def test_never(): ...\n",
    "tests/helpers.py": "def test_never(): ...\n",
    "tests/test_names.py": """
        import unittest, pytest
        from bases import Case, Common, Constructed
        from imported import TestImported, test_imported, TestClient

        def test_one(): ...
        async def test_two(): ...
        def helper(): ...
        testing = 1

        @pytest.fixture
        def test_fixture(): ...

        class TestPlain:
            def test_a(self): ...
            def help(self): ...
            @staticmethod
            def test_static(): ...
            class TestInner:
                def test_b(self): ...
            class Inner:
                def test_never(self): ...

        class Plain:
            def test_never(self): ...

        class TestConstructed:
            def __init__(self): ...
            def test_never(self): ...

        class TestDerived(Common):
            def test_own(self): ...

        class TestConstructedAbove(Constructed):
            def test_never(self): ...

        class TestOff:
            __test__ = False
            def test_never(self): ...

        class Suite(unittest.TestCase):
            def test_c(self): ...
            def check(self): ...

        class More(Case):
            def test_d(self): ...

        def test_of_functions():
            def test_never(): ...
    """,
    "imported.py": """
        def test_imported(): ...

        class TestImported:
            def test_e(self): ...

        class TestClient:
            def get(self): ...
    """,
    "tests/sub/late_test.py": "def test_late(): ...\n",
    "tests/sub/test_none.py": "def helper(): ...\n",
    "tests/sub/test_off.py": "__test__ = False\ndef test_never(): ...\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
}


def written(root: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return opened(root)


def opened(root: Path) -> Project:
    config = load(root)
    return link(scan(root, config, jobs=1).files, config)


def ours(project: Project) -> set[str]:
    return {
        f"{project.files[file].path}::{test.name}"
        for file, tests in collected.collected(project).items()
        for test in tests
    }


def theirs(root: Path) -> set[str]:
    """Node ids as pytest collects them, parameters left out."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        "-n0",
        str(root),
    ]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    run = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", env=environment)
    return {line.partition("[")[0] for line in run.stdout.splitlines() if "::" in line}


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(SUITE["pytest.ini"], id="defaults"),
        pytest.param("[pytest]\npythonpath = .\npython_classes = *Suite P\npython_functions = check test_? help*\n", id="names"),
        pytest.param("[pytest]\npythonpath = .\npython_files = helpers.py test_*.py\n", id="files"),
    ],
)  # fmt: skip
def test_what_pytest_collects(tmp_path: Path, settings: str) -> None:
    project = written(tmp_path, SUITE | {"pytest.ini": settings})
    assert ours(project) == theirs(tmp_path)
    assert len(ours(project)) > 5


def test_what_pytest_collects_of_the_shipped_service() -> None:
    found = ours(opened(GOLDEN_PATH))
    expected = theirs(GOLDEN_PATH)
    if not expected:
        pytest.skip("the service's own dependencies are not installed")
    assert found == expected


@pytest.mark.parametrize(
    ("ini", "pyproject", "expected"),
    [
        pytest.param({}, {}, Collection(), id="nothing"),
        pytest.param({"pytest.ini": "[pytest]\npython_files = a.py\n  b_*.py\n"}, {}, Collection(files=("a.py", "b_*.py")), id="ini"),
        pytest.param({}, {"tool": {"pytest": {"ini_options": {"python_classes": ["Spec*"]}}}}, Collection(classes=("Spec*",)), id="pyproject"),
        pytest.param({"pytest.ini": ""}, {"tool": {"pytest": {"ini_options": {"python_classes": ["Spec*"]}}}}, Collection(), id="an-empty-ini-wins"),
        pytest.param({"setup.cfg": "[tool:pytest]\npython_functions = it_\n"}, {}, Collection(functions=("it_",)), id="setup.cfg"),
        pytest.param({"tox.ini": "[tox]\n", "setup.cfg": "[tool:pytest]\npython_functions = it_\n"}, {}, Collection(functions=("it_",)), id="a-tox.ini-without-it"),
        pytest.param({"pytest.ini": "[pytest\n"}, {}, Collection(), id="broken"),
    ],
)  # fmt: skip
def test_settings_of_pytest(ini: dict[str, str], pyproject: dict[str, object], expected: Collection) -> None:
    assert collection(ini, pyproject) == expected


@pytest.mark.parametrize(
    ("settings", "fails"),
    [
        pytest.param({"filterwarnings": ["error"]}, True, id="all"),
        pytest.param({"filterwarnings": "error::DeprecationWarning\nignore::UserWarning"}, True, id="text"),
        pytest.param({"addopts": "-q -W error --strict"}, True, id="option"),
        pytest.param({"addopts": ["-Werror::Warning"], "filterwarnings": ["default"]}, True, id="options-come-last"),
        pytest.param({"filterwarnings": ["error", "ignore::DeprecationWarning"]}, False, id="the-last-one-counts"),
        pytest.param({"filterwarnings": ["ignore::DeprecationWarning", "error"]}, True, id="the-last-one-counts-too"),
        pytest.param({"filterwarnings": ["error::ResourceWarning", "error:old thing:DeprecationWarning", "error:::shop.*"]}, False, id="others"),
        pytest.param({"filterwarnings": 3, "addopts": "-W"}, False, id="odd"),
    ],
)  # fmt: skip
def test_warnings_that_fail_a_test(settings: dict[str, object], fails: bool) -> None:
    found = collection({}, {"tool": {"pytest": {"ini_options": settings}}})
    assert found == Collection(warnings_fail=fails)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Test", False), ("Tests", True), ("TestCase", False), ("SomeSpec", True), ("X", False)],
)
def test_a_pattern_is_a_prefix_or_a_glob(name: str, expected: bool) -> None:
    assert Collection(classes=("Test?", "*Spec")).is_class(name) is expected


def test_markers_come_from_the_test_its_classes_and_its_module() -> None:
    source = """
        import pytest
        from pytest import mark

        pytestmark = [pytest.mark.unit, mark.slow(5)]

        @pytest.mark.a
        class Base:
            pytestmark = mark.b

        @pytest.mark.c
        class TestIt(Base):
            @pytest.mark.d("x")
            @mark.e
            def test_it(self): ...

        def test_plain(): ...
    """
    [tests] = collected.collected(project_of({"test_a.py": source})).values()
    assert {test.name: test.markers for test in tests} == {
        "TestIt::test_it": ("a", "b", "c", "d", "e", "slow", "unit"),
        "test_plain": ("slow", "unit"),
    }


FIXTURES = {
    "conftest.py": """
        import pytest

        @pytest.fixture
        def top(): ...

        @pytest.fixture
        def near(): ...
    """,
    "plugin.py": "import pytest\n\n@pytest.fixture\ndef plugged(): ...\n",
    "shared.py": "import pytest\n\n@pytest.fixture\ndef brought(top): ...\n",
    "tests/conftest.py": """
        import pytest
        from shared import *

        pytest_plugins = ["plugin"]

        @pytest.fixture
        def near(near): ...

        @pytest.fixture(autouse=True)
        def everywhere(plugged): ...
    """,
    "tests/test_a.py": """
        import pytest
        from pytest_asyncio import fixture

        @fixture
        async def local(top): ...

        def test_none(): ...
        def test_local(local): ...
        def test_near(near): ...
        def test_brought(brought): ...
        def test_unknown(unknown, near=1): ...

        @pytest.mark.usefixtures("local")
        def test_used(): ...

        class TestIt:
            @pytest.fixture(autouse=True)
            def setup(self, top): ...

            @pytest.fixture
            def local(self): ...

            def test_inside(self, local): ...
    """,
}


def test_which_fixtures_a_test_gets() -> None:
    project = project_of(FIXTURES)
    file = project.by_path["tests/test_a.py"]

    def name(place: tuple[int, int]) -> str:
        return project.symbol(*place).replace(":", ".").removeprefix("tests.")

    found = {
        test.name: sorted(name(place) for place in places)
        for test, places in fixtures(project, file, collected.collected(project)[file])
    }
    always = ["conftest.everywhere", "plugin.plugged"]
    assert found == {
        "test_none": always,
        "test_local": sorted([*always, "test_a.local", "conftest.top"]),
        "test_near": sorted([*always, "conftest.near", "conftest.near"]),
        "test_brought": sorted([*always, "shared.brought", "conftest.top"]),
        "test_unknown": always,
        "test_used": sorted([*always, "test_a.local", "conftest.top"]),
        "TestIt::test_inside": sorted(
            [*always, "test_a.TestIt.setup", "test_a.TestIt.local", "conftest.top"]
        ),
    }
