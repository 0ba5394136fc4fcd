"""How long `ssot-lint check` takes after random edits, and how often it need not run its rules again.

    python benchmarks/edits.py TREE [--config FILE] [--sets 44] [--files 1] [--seed 1]

The tree is copied first, and checked. For each set so many files of the copy are edited, one edit each; then `ruff check
--no-cache`, where it is installed, and `ssot-lint check` run in turn, and all is put back. With one file a set, each kind of edit is
made as often as any other; with more, kinds are drawn at random. *Kept*: no rule ran. *Partly*: some did.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from measure import run
from scan import FOUND, as_installed, copy

CHECK = """
import sys
from pathlib import Path
from ssot_lint import check as engine
from ssot_lint.cli import main

whole, told = engine.check, Path(sys.argv.pop(1))

def check(project, rules, settings, draw, both, known):
    told.write_text("partly" if known else "all")
    return whole(project, rules, settings, draw, both, known)

engine.check = check
told.write_text("kept")
sys.exit(main())
"""
"""Runs `ssot-lint`, and says in a file which rules it ran."""

PLAIN_STATEMENTS = ("extra = 1", 'print("here")', "assert True")
STANDARD_LIBRARY = ("import textwrap", "import logging", "from typing import Any")
PACKAGES = ("import numpy", "import httpx", "from pydantic import BaseModel")
STARS = ("from os import *", "from typing import *")
FUNCTION = ["", "", "def fresh_function(value, limit=3):", "    return None if value > limit else value + 1"]
TEST = ["", "", "def test_fresh():", "    assert 1 + 1 == 2"]
CLASS = ["", "", "class FreshThing:", "    def __init__(self, value):", "        self.value = value"]

Function = ast.FunctionDef | ast.AsyncFunctionDef
Importing = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class Source:
    """A file that is to be edited: its lines without their ends, its tree, and what draws from it."""

    lines: list[str]
    tree: ast.Module
    draw: random.Random
    offered: tuple[str, ...]  # imports that other files of the project could have

    def statements(self, kind: type | tuple[type, ...] = ast.stmt) -> list[ast.stmt]:
        """Statements of a kind that share their lines with nothing else."""
        return [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.stmt) and isinstance(node, kind) and self._is_alone(node)
        ]

    def within_functions(self, kind: type | tuple[type, ...] = ast.stmt, others: int = 0) -> list[ast.stmt]:
        """Those that stand directly in a function, with so many others."""
        own = {
            id(statement)
            for node in ast.walk(self.tree)
            if isinstance(node, Function) and len(node.body) > others
            for statement in node.body
        }
        return [node for node in self.statements(kind) if id(node) in own]

    def definitions(self, kind: type | tuple[type, ...]) -> list[ast.stmt]:
        return [node for node in self.statements(kind) if _body(node)[0].lineno > node.lineno]

    def pick(self, found: list[ast.stmt]) -> ast.stmt:
        """One of them; IndexError where there is none."""
        return self.draw.choice(found)

    def with_line(self, at: int, *new: str) -> list[str]:
        return [*self.lines[:at], *new, *self.lines[at:]]

    def with_top(self, *new: str) -> list[str]:
        """With lines above the first import or definition."""
        starts = [
            _first_line(node)
            for node in self.tree.body
            if isinstance(node, Importing | Function | ast.ClassDef)
        ]
        return self.with_line(min(starts, default=len(self.lines) + 1) - 1, *new)

    def without(self, node: ast.stmt) -> list[str]:
        return [*self.lines[: _first_line(node) - 1], *self.lines[node.end_lineno or 0 :]]

    def replaced(self, line: int, start: int, end: int, text: str) -> list[str]:
        """With other text between two columns (bytes of UTF-8) of a line."""
        raw = self.lines[line - 1].encode()
        changed = (raw[:start] + text.encode() + raw[end:]).decode()
        return [*self.lines[: line - 1], changed, *self.lines[line:]]

    def _is_alone(self, node: ast.stmt) -> bool:
        before = self.lines[node.lineno - 1].encode()[: node.col_offset]
        after = self.lines[(node.end_lineno or 1) - 1].encode()[node.end_col_offset or 0 :]
        return not before.strip() and (not after.strip() or after.strip().startswith(b"#"))


def _body(node: ast.stmt) -> list[ast.stmt]:
    assert isinstance(node, Function | ast.ClassDef)
    return node.body


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Function | ast.ClassDef) else []
    return min([node.lineno, *[item.lineno for item in decorators]])


def _indented(node: ast.stmt, text: str) -> str:
    return " " * node.col_offset + text


# --- the kinds of edits: what a file's lines are afterwards ---------------------------------------------------


def comment(source: Source) -> list[str]:
    return source.with_line(source.pick(source.statements()).lineno - 1, "# a comment")


def text_of_a_string(source: Source) -> list[str]:
    found = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.lineno == node.end_lineno
        if source.lines[node.lineno - 1].encode()[node.col_offset : node.col_offset + 1] in b"\"'"
        if 3 < len(node.value) == (node.end_col_offset or 0) - node.col_offset - 2
    ]
    node = source.draw.choice(found)
    at = (node.end_col_offset or 1) - 1
    return source.replaced(node.lineno, at, at, " more words")


def docstring(source: Source) -> list[str]:
    found = [
        _body(node)[0]
        for node in source.definitions((ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        if ast.get_docstring(node) is not None  # type: ignore[arg-type]
    ]
    node = source.pick(found)
    return [
        *source.lines[: node.lineno - 1],
        _indented(node, '"""Says something else."""'),
        *source.lines[node.end_lineno or 0 :],
    ]


def statement_in_a_body(source: Source) -> list[str]:
    node = source.pick(source.within_functions())
    return source.with_line(node.end_lineno or 0, _indented(node, source.draw.choice(PLAIN_STATEMENTS)))


def statement_removed(source: Source) -> list[str]:
    return source.without(source.pick(source.within_functions((ast.Expr, ast.Assign, ast.Assert), others=1)))


def argument_of_a_call(source: Source) -> list[str]:
    found = [
        node.args[-1]
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[-1], ast.Constant)
        if node.args[-1].lineno == node.args[-1].end_lineno
    ]
    node = source.draw.choice(found)
    return source.replaced(node.lineno, node.col_offset, node.end_col_offset or 0, "1234")


def value_in_a_class(source: Source) -> list[str]:
    node = source.pick(source.definitions(ast.ClassDef))
    first = _body(node)[0]
    at = first.end_lineno if ast.get_docstring(node) is not None else first.lineno - 1  # type: ignore[arg-type]
    return source.with_line(at or 0, _indented(first, "fresh_limit = 3"))


def method_added(source: Source) -> list[str]:
    node = source.pick(source.definitions(ast.ClassDef))
    first = _body(node)[0]
    lines = ["", _indented(first, "def fresh_method(self, value):"), _indented(first, "    return value")]
    return source.with_line(node.end_lineno or 0, *lines)


def _heads(source: Source) -> list[ast.stmt]:
    """Functions whose `def` ends on its line, without an annotation of what they return."""
    found = source.definitions((ast.FunctionDef, ast.AsyncFunctionDef))
    return [node for node in found if source.lines[node.lineno - 1].rstrip().endswith("):")]


def parameter_added(source: Source) -> list[str]:
    node = source.pick([node for node in _heads(source) if _takes_plain_arguments(node)])
    at = source.lines[node.lineno - 1].encode().rindex(b"):")
    return source.replaced(node.lineno, at, at, ", fresh=None")


def _takes_plain_arguments(node: ast.stmt) -> bool:
    assert isinstance(node, Function)
    given = node.args
    return bool(given.args) and not (given.vararg or given.kwonlyargs or given.kwarg)


def return_annotation(source: Source) -> list[str]:
    node = source.pick(_heads(source))
    at = source.lines[node.lineno - 1].encode().rindex(b"):")
    return source.replaced(node.lineno, at, at + 2, ") -> None:")


def function_removed(source: Source) -> list[str]:
    with_others = {
        id(item)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Module | ast.ClassDef | Function) and len(node.body) > 1
        for item in node.body
    }
    found = source.statements((ast.FunctionDef, ast.AsyncFunctionDef))
    return source.without(source.pick([node for node in found if id(node) in with_others]))


def function_renamed(source: Source) -> list[str]:
    node = source.pick(source.statements((ast.FunctionDef, ast.AsyncFunctionDef)))
    assert isinstance(node, Function)
    line = source.lines[node.lineno - 1].replace(node.name, f"{node.name}_too", 1)
    return [*source.lines[: node.lineno - 1], line, *source.lines[node.lineno :]]


def import_removed(source: Source) -> list[str]:
    top = {id(node) for node in source.tree.body}
    found = source.statements((ast.Import, ast.ImportFrom))
    return source.without(source.pick([node for node in found if id(node) in top]))


EDITS: Mapping[str, Callable[[Source], list[str]]] = {
    "comment": comment,
    "text of a string": text_of_a_string,
    "docstring": docstring,
    "statement in a body": statement_in_a_body,
    "statement removed": statement_removed,
    "argument of a call": argument_of_a_call,
    "value at module level": lambda source: source.with_top("FRESH_LIMIT = 3"),
    "value in a class": value_in_a_class,
    "what a call makes, at module level": lambda source: source.with_top("FRESH_TABLE = dict()"),
    "function added": lambda source: [*source.lines, *FUNCTION],
    "class added": lambda source: [*source.lines, *CLASS],
    "test added": lambda source: [*source.lines, *TEST],
    "method added": method_added,
    "parameter added": parameter_added,
    "return annotation": return_annotation,
    "function removed": function_removed,
    "function renamed": function_renamed,
    "import of the standard library": lambda source: source.with_top(source.draw.choice(STANDARD_LIBRARY)),
    "import of another package": lambda source: source.with_top(source.draw.choice(PACKAGES)),
    "import of the project": lambda source: source.with_top(source.draw.choice(source.offered)),
    "import removed": import_removed,
    "star import": lambda source: source.with_top(source.draw.choice(STARS)),
}


# --- sets of edits --------------------------------------------------------------------------------------------


def edited(content: bytes, kind: str, draw: random.Random, offered: tuple[str, ...]) -> bytes | None:
    """The file after an edit of a kind; None where it holds nothing that could be edited so, or is not read."""
    try:
        text = content.decode()
        source = Source(text.split("\n"), ast.parse(content), draw, offered)
        changed = "\n".join(EDITS[kind](source)).encode()
        ast.parse(changed)
    except (SyntaxError, ValueError, IndexError, RecursionError):
        return None
    return changed if changed != content else None


def sets(tree: Path, count: int, files: int, seed: int) -> Iterator[dict[Path, tuple[str, bytes]]]:
    """Sets of edits: path -> kind, and what the file holds then."""
    draw = random.Random(seed)
    paths = sorted(tree.rglob("*.py"))
    offered = offers(tree, paths, draw)
    for number in range(count):
        found: dict[Path, tuple[str, bytes]] = {}
        while len(found) < files:
            kind = [*EDITS][number % len(EDITS)] if files == 1 else draw.choice([*EDITS])
            path = draw.choice(paths)
            changed = edited(path.read_bytes(), kind, draw, offered)
            if changed is not None:
                found[path] = kind, changed
        yield found


def offers(tree: Path, paths: list[Path], draw: random.Random) -> tuple[str, ...]:
    """Imports of classes and functions of the tree's modules, as seen from its top."""
    found = []
    for path in draw.sample(paths, min(len(paths), 500)):
        names = [*path.relative_to(tree).parts[:-1], path.stem]
        try:
            body = ast.parse(path.read_bytes()).body
        except (SyntaxError, ValueError):
            continue
        defined = [node.name for node in body if isinstance(node, Function | ast.ClassDef)]
        if defined and all(map(str.isidentifier, names)) and not path.stem.startswith("test"):
            found.append(f"from {'.'.join(names)} import {draw.choice(defined)}")
    return tuple(found)


# --- measuring ------------------------------------------------------------------------------------------------


def main() -> None:
    made = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    made.add_argument("tree", type=Path)
    made.add_argument("--config", type=Path, help="an ssot-lint.toml for the tree")
    made.add_argument("--sets", type=int, default=2 * len(EDITS))
    made.add_argument("--files", type=int, default=1, help="files that are edited in each set")
    made.add_argument("--seed", type=int, default=1)
    arguments = made.parse_args()
    with tempfile.TemporaryDirectory(prefix="ssot-lint-benchmark-") as scratch:
        measure(arguments, Path(scratch))


def measure(arguments: argparse.Namespace, work: Path) -> None:
    tree, told, cache, clean = (work / name for name in ("tree", "told", "cache", "clean"))
    copy(arguments.tree, arguments.config, tree)
    time.sleep(2.5)  # stats younger than two seconds are never trusted, and nobody measures that
    environment = dict(as_installed(), SSOT_LINT_CACHE_DIR=str(cache), NO_COLOR="1")
    command = [sys.executable, "-c", CHECK, str(told), "check", "--no-progress", "--root", str(tree)]
    ruff = shutil.which("ruff")
    peer = [ruff or "", "check", "--isolated", "--select", "TID251", "--exit-zero", "--quiet", "--no-cache"]
    run(command, tree, environment, FOUND)
    shutil.copytree(cache, clean)
    by_kind: dict[str, Counter[str]] = {kind: Counter() for kind in EDITS}
    times: dict[str, list[float]] = {}
    peers = []
    for found in sets(tree, arguments.sets, arguments.files, arguments.seed):
        before = {path: path.read_bytes() for path in found}
        for path, (_, content) in found.items():
            path.write_bytes(content)
        if ruff:
            peers.append(run(peer, tree, environment).seconds)
        seconds = run(command, tree, environment, FOUND).seconds
        answer = told.read_text()
        times.setdefault(answer, []).append(seconds)
        for kind, _ in found.values():
            by_kind[kind][answer] += 1
        for path, content in before.items():
            path.write_bytes(content)
        shutil.rmtree(cache)
        shutil.copytree(clean, cache)  # each set is compared with the tree as it was
        print(f"{answer}: {seconds:.2f} s: {', '.join(kind for kind, _ in found.values())}", file=sys.stderr)
    if arguments.files == 1:
        print("| edit | kept | partly | all |\n|---|---|---|---|")
        for kind, answers in by_kind.items():
            print(f"| {kind} | {answers['kept']} | {answers['partly']} | {answers['all']} |")
    reference = statistics.median(peers) if peers else 0.0
    print("\n| rules that ran | sets | median s | min-max | / ruff, no cache |\n|---|---|---|---|---|")
    for answer, label in (("kept", "none"), ("partly", "some"), ("all", "all")):
        if answer in times:
            median, own = statistics.median(times[answer]), times[answer]
            ratio = f"{median / reference:.2f}" if reference else "-"
            print(f"| {label} | {len(own)} | {median:.3g} | {min(own):.3g}-{max(own):.3g} | {ratio} |")


if __name__ == "__main__":
    main()
