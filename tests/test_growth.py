"""Twice as many copies of a project are twice the work: nothing compares all files, claims or findings with all others.

What counts is how often each function of the engine and of the rules is called, which no other process can disturb.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

import pytest

from ssot_lint import plugins
from ssot_lint.check import check
from ssot_lint.project import link
from ssot_lint.scan import reread, scan
from ssot_lint.settings.loading import load

HERE = Path(__file__).parent.parent
PLATFORM = HERE / "fixtures" / "golden_path"
OURS = tuple(str(HERE / folder) for folder in ("ssot_lint", "rules"))
TOPS = sorted(path.stem for path in PLATFORM.iterdir() if path.is_dir() or path.suffix == ".py")
IMPORTED = re.compile(rb"\b(%s)(?=\.\w|\s+import\b)" % "|".join(map(re.escape, TOPS)).encode())

Calls = Counter[tuple[str, str]]
"""(file, function) -> how often it was called."""


def copies(root: Path, number: int) -> Path:
    """The platform so many times in one tree, under different top-level names; the concepts are those of the first."""
    for copy in range(number):
        for path in sorted(PLATFORM.rglob("*")):
            top, *rest = path.relative_to(PLATFORM).parts
            if path.is_dir() or (copy and not rest and path.suffix != ".py") or "__pycache__" in rest:
                continue
            stem, dot, ending = top.partition(".") if not rest else (top, "", "")
            target = root.joinpath(f"{stem}_{copy}{dot}{ending}" if copy else top, *rest)
            target.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes()
            target.write_bytes(IMPORTED.sub(rb"\1_%d" % copy, content) if copy else content)
    return root


def calls(root: Path) -> Calls:
    """What linking and all rules call, generators and comprehensions included."""
    config = load(root, None)
    found = scan(root, config, jobs=1)
    rules = plugins.load_rules()
    counted: Calls = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(OURS):
            counted[Path(code.co_filename).name, code.co_name] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        check(link(found.files, config, texts=reread(root, found)), rules)
    finally:
        sys.setprofile(before)
    return counted


def test_no_function_is_called_more_often_than_the_copies_ask_for(tmp_path: Path) -> None:
    two, four, eight = (calls(copies(tmp_path / str(number), number)) for number in (2, 4, 8))
    assert sum(two.values()) > 100_000
    # four more copies after two more: twice the work, and a little more where sets are built up
    assert grown(two, four, eight) == {}


def grown(two: Calls, four: Calls, eight: Calls) -> dict[tuple[str, str], tuple[int, int, int]]:
    """The functions that are called more often than in proportion."""
    return {
        place: (two[place], four[place], eight[place])
        for place in eight
        if eight[place] - four[place] > 2.3 * (four[place] - two[place]) + 250
    }


@pytest.mark.parametrize("name", ["Manager", "Thing{}Manager", "*Thing{}Manager"])
def test_nor_more_often_than_the_concepts_ask_for(tmp_path: Path, name: str) -> None:
    def concepts(number: int) -> Path:
        root = tmp_path / str(number)
        (root / "shop").mkdir(parents=True)
        config, user = "", ""
        for each in range(number):
            called = name.strip("*").format(each)
            text = f"class {called}:\n    def run(self):\n        return {each}\n"
            (root / f"shop/m{each}.py").write_text(text)
            user += f"from shop.m{each} import {called} as M{each}\n"
            config += (
                f'[concepts.c{each}]\ncanonical = "shop.m{each}:{called}"\nnames = ["{name.format(each)}"]\n'
            )
        (root / "shop/use.py").write_text(user)
        (root / "ssot-lint.toml").write_text(config)
        return root

    assert grown(*(calls(concepts(number)) for number in (60, 120, 240))) == {}
