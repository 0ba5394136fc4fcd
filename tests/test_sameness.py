"""What outlines find alike is the same only if the text says so, however a project was read."""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path

import pytest

from ssot_lint import warm
from ssot_lint.cli import run
from ssot_lint.likeness.sameness import sameness
from ssot_lint.testing import project_of, workspace_of

TOTAL = """
def total(items, rate):
    result = Decimal(0)
    for item in items:
        if item.price is None:
            raise ValueError(f"no price for {item}")
        result += item.price * rate
    return result
"""

HEAD = """
class Store:
    limit = 10
"""
LOAD = """
    def load(self, key):
        if key not in self.rows:
            self.rows[key] = self.backend.fetch(key)
        return self.rows[key]
"""
DROP = """
    def drop(self, key):
        self.check(key)
        self.rows.pop(key).close()
"""
CHECK = """
    def check(self, key):
        assert key.valid
"""
STORE = HEAD + LOAD + DROP + CHECK


def shared(one: str, other: str) -> float:
    return sameness(project_of({"a.py": one, "b.py": other}), (0, 0), (1, 0))


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        pytest.param(TOTAL, TOTAL, 1, id="equal"),
        pytest.param(
            TOTAL, TOTAL.replace("result", "sum").replace("item", "row").replace("no ", "a "), 1, id="locals"
        ),
        pytest.param(TOTAL, TOTAL.replace("items, rate", "items: list[Item], rate: float"), 1, id="annotations"),
        pytest.param(TOTAL, TOTAL.replace("(0)", "(0, 1)"), 5 / 6, id="an-argument-more"),
        pytest.param(TOTAL, TOTAL.replace("Decimal", "Fraction"), 5 / 6, id="calls-something-else"),
        pytest.param("def f(g):\n    return g(1)\n", "def f(h):\n    return h(2)\n", 1, id="calls-a-parameter"),
        pytest.param(TOTAL, TOTAL.replace("price", "weight"), 4 / 6, id="reads-something-else"),
        pytest.param(TOTAL, TOTAL.replace("    return", "    log(result)\n    return"), 6 / 7, id="one-more"),
        pytest.param(
            STORE, STORE.replace("load", "read").replace("limit", "most").replace("check", "test"), 1, id="members"
        ),
        pytest.param(STORE, STORE.replace("backend", "source"), 9 / 10, id="a-member-that-is-not-its-own"),
        pytest.param(STORE, "".join([HEAD, DROP, LOAD, CHECK]), 1, id="order-of-methods"),
        pytest.param(STORE, TOTAL, 0, id="nothing"),
    ],
)  # fmt: skip
def test_the_share_that_is_the_same(one: str, other: str, share: float) -> None:
    assert shared(one, other) == shared(other, one) == pytest.approx(share)


def test_a_method_keeps_the_names_of_members() -> None:
    project = project_of({"a.py": STORE, "b.py": STORE.replace("check", "test")})
    drop = next(i for i, item in enumerate(project.files[0].facts.definitions) if item.name == "drop")
    assert sameness(project, (0, drop), (1, drop)) == 0.5


def test_texts_follow_edits() -> None:
    workspace = workspace_of({"a.py": TOTAL, "b.py": TOTAL})
    edited = workspace.edited({"b.py": TOTAL.replace("(0)", "(0, 1)").encode()})
    again = edited.edited({"c.py": b"", "a.py": TOTAL.replace("(0)", "(0, 1)").encode()})
    found = [sameness(item.project, (0, 0), (1, 0)) for item in (workspace, edited, again)]
    assert found == [1.0, pytest.approx(5 / 6), 1.0]
    assert edited.project.quoted == {0, 1}


# --- in `check` -----------------------------------------------------------------------------------------------

CONFIG = """
[concepts.total]
canonical = "shop.total:total"
[rules.renamed-clone]
minimum-statements = 5
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
    monkeypatch.setattr(warm, "STARTED", time.time_ns() + 10**12)  # nothing is too young to be kept
    (tmp_path / "shop").mkdir()
    (tmp_path / "ssot-lint.toml").write_text(CONFIG)
    (tmp_path / "shop/total.py").write_text(TOTAL)
    (tmp_path / "shop/sum.py").write_text(TOTAL.replace("total", "amount").replace("item", "row"))
    return tmp_path


def clones(root: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[str]:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        run(["check", "--root", str(root), "--format", "json", *arguments])
    assert isinstance(out.buffer, io.BytesIO)
    found = json.loads(out.buffer.getvalue())["diagnostics"]
    return [item["symbol"] for item in found if item["rule"] == "SSOT102"]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param("shop/sum.py", "row.price", "row.weight", id="the-copy"),
        pytest.param("shop/total.py", "item.price", "item.weight", id="the-original"),
    ],
)
def test_an_edit_that_leaves_the_outline_is_judged_again(
    shop: Path, monkeypatch: pytest.MonkeyPatch, path: str, old: str, new: str
) -> None:
    before = (shop / path).read_text()
    expected = ["shop.sum:amount"]
    assert clones(shop, monkeypatch) == clones(shop, monkeypatch, "--no-cache") == expected
    (shop / path).write_text(before.replace(old, new))
    for arguments in ((), (), ("--no-cache",), ("--no-cache", "--jobs", "2")):
        assert clones(shop, monkeypatch, *arguments) == []
    (shop / path).write_text(before + "\n")
    for arguments in ((), (), ("--no-cache",), ("--no-cache", "--jobs", "2")):
        assert clones(shop, monkeypatch, *arguments) == expected
