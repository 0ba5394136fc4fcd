"""After any edit, what is printed is what a run without a cache prints."""

from __future__ import annotations

import ast
import io
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_lint import warm
from ssot_lint.cli import run

GOLDEN = Path(__file__).parent.parent / "fixtures" / "golden_path"


def printed(root: Path, *arguments: str) -> tuple[int, bytes]:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(warm, "STARTED", time.time_ns() + 10**12)  # nothing is too young to be kept
        patch.setattr("ssot_lint.cli._links.WORTH_KEEPING", 1)
        status = run(["check", "--root", str(root), "--jobs", "1", *arguments])
    assert isinstance(out.buffer, io.BytesIO)
    return status, out.buffer.getvalue()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("golden") / "platform"
    shutil.copytree(GOLDEN, root, ignore=shutil.ignore_patterns(".ssot-lint", "__pycache__"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
        printed(root)
        yield root


Edit = Callable[[bytes, int], bytes]


def lines_edit(change: Callable[[list[bytes], int], object]) -> Edit:
    def edit(source: bytes, number: int) -> bytes:
        lines = source.splitlines(keepends=True) or [b"\n"]
        change(lines, number % len(lines))
        return b"".join(lines)

    return edit


def nodes(source: bytes) -> list[ast.AST]:
    """The nodes of a file, none where an edit has broken it."""
    try:
        return list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return []


def statement_edit(statement: bytes) -> Edit:
    """Puts a statement before another one, as deep as that one stands."""

    def edit(source: bytes, number: int) -> bytes:
        lines = source.splitlines(keepends=True)
        starts = [node.lineno - 1 for node in nodes(source) if isinstance(node, ast.stmt)]
        if starts:
            at = starts[number % len(starts)]
            depth = len(lines[at]) - len(lines[at].lstrip())
            lines.insert(at, b" " * depth + statement + b"\n")
        return b"".join(lines)

    return edit


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def definition_edit(change: Callable[[list[bytes], Definition, int], object]) -> Edit:
    """Changes one of the classes and functions of a file."""

    def edit(source: bytes, number: int) -> bytes:
        lines = source.splitlines(keepends=True)
        found = [node for node in nodes(source) if isinstance(node, Definition)]
        if found:
            change(lines, found[number % len(found)], number)
        return b"".join(lines)

    return edit


def member(lines: list[bytes], node: Definition, number: int) -> None:
    """A function at the end of a class or function."""
    depth = b" " * (node.col_offset + 4)
    said = (b"(self)", b"(self, manager: 'WebSocketManager')", b"(self) -> 'Any'", b"(self, limit=max(1, 2))")
    names = (b"fresh", b"send_to_thread", b"connect", b"__init__", b"legacy_%d" % number)
    name = names[number % len(names)] + said[number % len(said)]
    lines[node.end_lineno or 0 : node.end_lineno] = [
        b"\n" + depth + b"def " + name + b":\n" + depth + b"    return 1\n"
    ]


def renamed(lines: list[bytes], node: Definition, number: int) -> None:
    line = lines[node.lineno - 1]
    lines[node.lineno - 1] = line.replace(node.name.encode(), b"%s_%d" % (node.name.encode(), number), 1)


def taken_out(lines: list[bytes], node: Definition, number: int) -> None:
    first = min([node.lineno, *[item.lineno for item in node.decorator_list]])
    lines[first - 1 : node.end_lineno] = [b" " * node.col_offset + b"pass\n"]


def another_parameter(lines: list[bytes], node: Definition, number: int) -> None:
    line = lines[node.lineno - 1]
    lines[node.lineno - 1] = line.replace(b"):", b", *, fresh=None):", 1).replace(b"(, *,", b"(*,")


def described(lines: list[bytes], node: Definition, number: int) -> None:
    said = (b"Words.", b"Legacy wrapper, kept for old callers.", b"Deprecated since 1.0.")[number % 3]
    first = node.body[0]
    if first.lineno > node.lineno:
        lines.insert(first.lineno - 1, b" " * first.col_offset + b'"""' + said + b'"""\n')


def attribute(lines: list[bytes], node: Definition, number: int) -> None:
    """A name that a class body, or a function's, sets before all else."""
    first = node.body[0]
    said = (b"fresh = 1", b"_instances = {}", b"type = 'run_started'", b"STARTED = 'agent_started'", b"send = None",
            b"fresh: int = 1", b"table = [WebSocketManager]", b"fresh = dict()", b"manager = None")  # fmt: skip
    if first.lineno > node.lineno:
        lines.insert(first.lineno - 1, b" " * first.col_offset + said[number % len(said)] + b"\n")


def starred(statement: bytes) -> Edit:
    """Puts a star import before all imports and definitions."""

    def edit(source: bytes, number: int) -> bytes:
        lines = source.splitlines(keepends=True)
        starts = (b"import ", b"from ", b"class ", b"def ", b"async ", b"@")
        at = next((number for number, line in enumerate(lines) if line.startswith(starts)), 0)
        return b"".join([*lines[:at], statement + b"\n", *lines[at:]])

    return edit


EDITS: dict[str, Edit] = {
    "member": definition_edit(member),
    "renamed": definition_edit(renamed),
    "taken out": definition_edit(taken_out),
    "another parameter": definition_edit(another_parameter),
    "described": definition_edit(described),
    "attribute": definition_edit(attribute),
    "comment at the end": lambda source, number: source + b"\n# %d\n" % number,
    "no final newline": lambda source, number: source.rstrip(b"\n"),
    "comment on a line": lines_edit(lambda lines, at: lines.__setitem__(at, lines[at].rstrip() + b"  # x\n")),
    "line above": lines_edit(lambda lines, at: lines.insert(0, b"# first\n")),
    "blank line": lines_edit(lambda lines, at: lines.insert(at, b"\n")),
    "line twice": lines_edit(lambda lines, at: lines.insert(at, lines[at])),
    "line gone": lines_edit(lambda lines, at: lines.pop(at)),
    "number": lambda source, number: source.replace(b"1", b"%d" % (number % 7), 1 + number % 3),
    "name": lambda source, number: source.replace(b"Manager", b"Holder", 1 + number % 3),
    "keyword": lambda source, number: source.replace(b"await ", b"", 1 + number % 2),
    "suppressed": lines_edit(
        lambda lines, at: lines.__setitem__(at, lines[at].rstrip() + b"  # ssot-lint: ignore why not\n")
    ),
    "emptied": lambda source, number: b"",
    "name at the top": lambda source, number: b"FRESH_%d = %d\n" % (number, number) + source,
    **{
        f"{star.decode()} at the top": starred(star)
        for star in (b"from os import *", b"from jwt import *", b"from backend.realtime.events import *")
    },
    "known name": lambda source, number: source + b"\nManager = %d\n" % number,
    **{
        statement.decode(): statement_edit(statement)
        for statement in (
            b"FRESH = 'run_started'",
            b"FRESH = 'agent_startd'",
            b"FRESH = 'agent_started'",
            b"from backend.realtime.events import FRESH",
            b"self.send_json({'type': FRESH})",
            b"value = dict(a=1)",
            b"value = os.getenv('JWT_SECRET')",
            b"value = logging.getLogger(__name__)",
            b"value = jwt.decode('x', 'y')",
            b"value = WebSocketManager()",
            b"value = get_websocket_manager()",
            b"dict = WebSocketManager",
            b"import logging",
            b"print('x')",
            b"assert True",
            b"if print: pass",
            b"for each in (): pass",
            b"import os",
            b"from os import *",
            b"from jwt import *",
            b"from unittest.mock import *",
            b"from shared.ids import *",
            b"from typing import Any",
            b"def fresh(): return 1",
            b"class Fresh: pass",
            b"class Fresh(Exception): limit = 1",
            b"class FreshManager(WebSocketManager): pass",
            b"class LegacyFresh: pass",
            b"def fresh(manager: 'WebSocketManager') -> 'Any': return manager",
            b"async def fresh(self): return self.manager",
            b"import yaml",
            b"from pydantic import BaseModel",
            b"from shop.fresh import Fresh",
            b"from shared.ids import new_id",
            b"from backend.context import UserContext",
            b"return None",
            b"raise ValueError('x')",
            b"del fresh",
            b"with open('x'): pass",
            b"global FRESH; FRESH = 1",
            b"'words'",
            b"fresh: int = 1",
        )
    },
}

CHOICES = st.lists(
    st.tuples(st.integers(0, 1000), st.sampled_from(sorted(EDITS)), st.integers(0, 10_000)),
    min_size=1,
    max_size=4,
)


@given(choices=CHOICES, form=st.sampled_from(["json", "text", "concise"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_edits_are_reported_as_without_a_cache(
    platform: Path, choices: list[tuple[int, str, int]], form: str
) -> None:
    files = sorted(platform.rglob("*.py"))
    before = {}
    for which, edit, number in choices:
        path = files[which % len(files)]
        source = path.read_bytes()
        before.setdefault(path, source)
        path.write_bytes(EDITS[edit](source, number))
    try:
        cold = printed(platform, "--no-cache", "--format", form)
        assert printed(platform, "--format", form) == cold
        assert printed(platform, "--format", form) == cold
    finally:
        for path, source in before.items():
            path.write_bytes(source)


def test_another_form_of_the_same_findings(platform: Path) -> None:
    for form in ("sarif", "markdown", "json"):
        assert printed(platform, "--format", form) == printed(platform, "--no-cache", "--format", form)
        assert printed(platform, "--format", form, "--statistics") == printed(
            platform, "--no-cache", "--format", form, "--statistics"
        )


RUNS = {
    "ssot-lint.toml": """
        [sequences.runs]
        events = ["run_started", "run_completed"]
        emitter = "app.emitter:RunEmitter"
    """,
    "app/__init__.py": "",
    "app/emitter.py": "class RunEmitter:\n    def emit(self, name): pass\n",
    "app/kinds.py": 'FIRST = "begun"\nLAST = "run_completed"\nOTHER = 1\n',
    "app/ways.py": "async def given(socket, kind):\n    await socket.send_json({'type': kind})\n",
    "app/work.py": """
        from app import kinds, ways

        async def begin(socket):
            await socket.send_json({"type": kinds.FIRST})

        async def end(socket):
            await ways.given(socket, kinds.LAST)
    """,
    "app/rest.py": "async def rest(socket):\n    await socket.send_json({'type': 'rest'})\n",
}
STEPS = [
    pytest.param("app/kinds.py", '"begun"', '"run_started"', ["5", "8"], id="a constant becomes an event"),
    pytest.param("app/kinds.py", '"begun"', '"run_startd"', ["8"], id="a constant becomes nearly one"),
    pytest.param("app/kinds.py", '"run_completed"', '"done"', [], id="a constant is none any more"),
    pytest.param("app/kinds.py", "OTHER = 1", "OTHER = LAST", ["8"], id="another name for it"),
    pytest.param("app/ways.py", "send_json", "note", [], id="what it is given to sends no more"),
    pytest.param("app/ways.py", "def given", "def taken", [], id="what it is given to goes"),
    pytest.param("app/work.py", "kinds.FIRST", "kinds.LAST", ["5", "8"], id="a body names it"),
    pytest.param("app/work.py", "kinds.LAST", "kinds.FIRST", [], id="a body names it no more"),
    pytest.param(
        "app/rest.py", "'rest'", "__import__('app').kinds.LAST", ["8"], id="a body names something else"
    ),
    pytest.param(
        "app/rest.py",
        "    await socket.send_json({'type': 'rest'})",
        "    from app.kinds import LAST\n    await socket.send_json({'type': LAST})",
        ["3", "8"],
        id="a body imports it",
    ),
]


@pytest.mark.parametrize(("path", "old", "new", "lines"), STEPS)
def test_what_stands_for_an_event_is_told_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, old: str, new: str, lines: list[str]
) -> None:
    monkeypatch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
    for name, text in RUNS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text))
    source = (tmp_path / path).read_text()
    for text, expected in ((source, ["8"]), (source.replace(old, new), lines), (source, ["8"])):
        (tmp_path / path).write_text(text)
        cold = printed(tmp_path, "--no-cache", "--format", "concise", "--select", "SSOT501")
        assert printed(tmp_path, "--format", "concise", "--select", "SSOT501") == cold
        assert re.findall(r"^app/\w+\.py:(\d+):", cold[1].decode(), re.MULTILINE) == expected


MADE = {
    "ssot-lint.toml": """
        [concepts.store]
        canonical = "app.store:Store"
        factory = "app.store:create_store"
        lifetime = "per-user"
        [capabilities.tokens]
        calls = ["jwt.decode"]
        home = ["app.tokens"]
    """,
    "app/__init__.py": "",
    "app/store.py": """
        class Store:
            def keep(self, item): return item

        def create_store(): return Store()
    """,
    "app/tokens.py": "",
    "app/use.py": """
        import logging
        import jwt as tokens
        from app import store as stores

        class Use:
            def act(self): return self.Limit
    """,
}
MAKING = [
    pytest.param("", "KEPT = dict()", id="a builtin"),
    pytest.param("", "KEPT = logging.getLogger(__name__)", id="what comes from outside"),
    pytest.param("", "KEPT = stores.Store()", id="a class of a concept"),
    pytest.param("", "KEPT = stores.create_store()", id="its factory"),
    pytest.param("", "KEPT = tokens.decode('a', 'b')", id="a watched call under another name"),
    pytest.param("dict = stores.Store", "KEPT = dict()", id="a builtin's name for a class of a concept"),
    pytest.param("from app.store import *", "KEPT = dict()", id="a builtin that a star may hide"),
    pytest.param("", "class Fresh:\n    limit = 1\n    size: int = 2", id="a class with a field"),
    pytest.param("", "class Fresh:\n    limit = 1", id="a class with a value"),
    pytest.param("class Fresh:\n    x = 1", "    limit = 1", id="a value in a class"),
    pytest.param("class Fresh:\n    x = 1", "    type = 'x'", id="what may make it a message"),
    pytest.param("class Fresh:\n    x = 1", "    Limit = 1", id="a value that somebody asks for"),
    pytest.param("class Fresh:\n    x = 1", "    store = stores", id="another name in a class"),
]


@pytest.mark.parametrize(("above", "added"), MAKING)
def test_values_that_stand_for_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, above: str, added: str
) -> None:
    monkeypatch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
    for name, text in MADE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text))
    use = tmp_path / "app" / "use.py"
    before = f"{use.read_text()}\n{above}\n"
    use.write_text(before)
    printed(tmp_path)
    for source in (f"{before}{added}\n", before):
        use.write_text(source)
        assert printed(tmp_path, "--format", "json") == printed(tmp_path, "--no-cache", "--format", "json")


def likened(name: str, first: str, second: str) -> str:
    """A function that is long enough to be likened, and what it is given."""
    lines = [f"total += {number}\n    print(total)" for number in range(5)]
    return f"def {name}({first}, {second}):\n    total = 0\n    " + "\n    ".join(lines) + "\n"


NAMESAKES = '[rules.undeclared-duplicate]\nseverity = "warning"\n'

Step = tuple[str, str, str]  # path, text, and what stands there afterwards
CHAINS: dict[str, tuple[dict[str, str], list[Step]]] = {
    "a function that another file has, too": (
        {"ssot-lint.toml": NAMESAKES, "one.py": likened("parse", "text", "at"), "two.py": "LIMIT = 1\n"},
        [("two.py", "LIMIT = 1\n", likened("parse", "text", "at"))],
    ),
    "a function that two files come to have": (
        {"ssot-lint.toml": NAMESAKES, "one.py": "LIMIT = 1\n", "two.py": "LIMIT = 1\n"},
        [(path, "LIMIT = 1\n", likened("parse", "text", "at")) for path in ("one.py", "two.py")],
    ),
    "a namesake takes what the other one takes": (
        {
            "ssot-lint.toml": NAMESAKES,
            "one.py": likened("parse", "text", "at"),
            "two.py": likened("parse", "row", "column"),
        },
        [("two.py", "row, column", "text, at")],
    ),
}


@pytest.mark.parametrize(("files", "steps"), CHAINS.values(), ids=CHAINS)
def test_one_edit_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], steps: list[Step]
) -> None:
    """What is printed changes in the end, and is what a run without a cache prints all the way."""
    monkeypatch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(dedent(text))
    before = printed(tmp_path, "--format", "json")
    for path, old, new in steps:
        source = (tmp_path / path).read_text()
        assert old in source
        (tmp_path / path).write_text(source.replace(old, new))
        cold = printed(tmp_path, "--format", "json", "--no-cache")
        assert printed(tmp_path, "--format", "json") == cold
    assert cold[1].count(b'"rule"') != before[1].count(b'"rule"')
