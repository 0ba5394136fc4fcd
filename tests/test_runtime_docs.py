"""docs/runtime.md, run: its examples print what the page shows, its tests pass, its commands are understood."""

from __future__ import annotations

import re
import shlex
import types
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from ssot_lint import runtime

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parent.parent / "docs" / "runtime.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = [(found[1], found[2]) for found in BLOCK.finditer(PAGE)]
TESTS = "# tests/"


def test_examples_print_what_the_page_shows() -> None:
    namespace = types.ModuleType("__main__").__dict__
    printed: list[str] = []
    shown: list[str] = []
    for language, text in BLOCKS:
        if language == "text":
            shown[-1] = text
        elif language == "python" and not text.startswith(TESTS):
            output = StringIO()
            with redirect_stdout(output):
                exec(compile(text, "docs/runtime.md", "exec"), namespace)
            printed.append(re.sub(r"\+\d\.\d{3} s", "+0.000 s", output.getvalue()))
            shown.append("")
    assert printed == shown
    assert len([text for text in shown if text]) == 4


def test_the_tests_of_the_page_pass(pytester: pytest.Pytester) -> None:
    (text,) = (text for language, text in BLOCKS if language == "python" and text.startswith(TESTS))
    name = text.splitlines()[0].removeprefix("# ")
    for path, content in {
        name: text,
        "ssot-lint.toml": '[concepts.manager]\ncanonical = "app.manager:Manager"\n',
        "app/__init__.py": "",
        "app/manager.py": "class Manager:\n    pass\n",
        "app/factory.py": "from app.manager import Manager\n\n\ndef create():\n    return Manager()\n",
    }.items():
        target = pytester.path / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(content)
    pytester.runpytest_subprocess().assert_outcomes(passed=3)


@pytest.mark.parametrize(
    "command",
    [line.partition(" #")[0] for language, text in BLOCKS if language == "sh" for line in text.splitlines()],
)
def test_the_commands_of_the_page_are_understood(pytester: pytest.Pytester, command: str) -> None:
    (pytester.path / "pytest.ini").write_text("[pytest]\n")
    (pytester.path / "ssot-lint.toml").write_text(
        '[concepts.websocket-manager]\ncanonical = "app.manager:Manager"\n'
    )
    (pytester.path / "test_shop.py").write_text("def test_shop(): pass\n")
    program, *arguments = shlex.split(command)
    assert program == "pytest"
    result = pytester.runpytest_inprocess("--collect-only", *arguments)
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("name", ["isolation_report", "isolation_report_async", "EventRecorder", "assert_sequence", "sequence_report", "interface_report", "old_home"])  # fmt: skip
def test_what_is_described_exists(name: str) -> None:
    assert name in PAGE and name in runtime.__all__


def test_arguments_are_all_described() -> None:
    from inspect import signature

    for function in (runtime.isolation_report, runtime.sequence_report):
        names = [
            name for name, given in signature(function).parameters.items() if given.kind is given.KEYWORD_ONLY
        ]
        assert [name for name in names if not re.search(rf"`{name}\b", PAGE)] == []
