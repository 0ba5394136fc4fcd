"""Outlines are blind to names and order of methods, and see statements."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.queries.compared import outline
from ssot_lint.queries.outlines import Body, Outline, resemblance, variety
from ssot_lint.testing import project_of

METHODS = {
    "open": "    def open(self, path):\n        if path in self.seen:\n            raise ValueError\n"
    "        self.seen.add(path)\n        handle = self.backend.open(path)\n        return handle\n",
    "close": "    async def close(self):\n        for handle in self.handles:\n            await handle.close()\n"
    "            self.count -= 1\n        self.handles = []\n",
    "size": "    def size(self):\n        return self.count\n",
}


def outline_of(source: str) -> Outline:
    return outline(project_of({"a.py": source}), 0, 0)


def store(*methods: str) -> str:
    return "class Store:\n" + "".join(METHODS[name] for name in methods)


def test_outline_of_a_class() -> None:
    assert outline_of(store("size", "close", "open")) == Outline(
        (Body(False, 1, "r"), Body(False, 2, "i(q)car"), Body(True, 1, "f(wg)a")), 10
    )


def test_outline_of_a_function() -> None:
    assert outline_of("async def f(a, *, b=1):\n    x = 1\n    return await g(x)\n") == Outline(
        (Body(True, 2, "ar"),), 2
    )


@given(st.permutations(list(METHODS)))
def test_names_and_order_of_methods_do_not_matter(order: list[str]) -> None:
    source = store(*order)
    for word in ("open", "close", "size", "seen", "handles", "handle", "count", "path"):
        source = re.sub(rf"\b{word}\b", f"other_{word}", source)
    assert resemblance(outline_of(source), outline_of(store(*METHODS))) == 1.0


def test_a_changed_body_counts_by_what_it_keeps() -> None:
    base = outline_of(store("open", "close"))
    changed = outline_of(store("open", "close").replace("        self.seen.add(path)\n", ""))
    assert resemblance(base, changed) == resemblance(changed, base)
    assert 0.85 < resemblance(base, changed) < 1
    assert resemblance(base, changed, cutoff=0.95) == 0.0


def test_a_missing_method_counts_by_its_statements() -> None:
    assert resemblance(outline_of(store("open", "close", "size")), outline_of(store("open", "close"))) == 0.9


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("class A:\n" + METHODS["size"] * 6, id="accessors-prove-nothing"),
        pytest.param("class A:\n    x = 1\n", id="no-methods"),
        pytest.param("def f():\n    return 1\n", id="one-statement"),
    ],
)
def test_too_small_to_tell(source: str) -> None:
    assert resemblance(outline_of(source), outline_of(source)) == 0.0


def test_where_names_prove_enough_small_bodies_count() -> None:
    accessors = outline_of("class A:\n" + METHODS["size"] * 6)
    assert resemblance(accessors, accessors, proof=0) == 1.0


@pytest.mark.parametrize(
    ("skeletons", "expected"),
    [
        ((), 0),
        (("",), 0),
        (("c",), 1),
        (("cccccccccccccccccccc",), 2),
        (("i(r)l(i(r)l(i(r)l(i(r)l(r))))",), 4),
        (("aaf(i(q)c)r",), 6),
        (("car", "car", "cra"), 6),
    ],
)
def test_variety_counts_what_does_not_repeat(skeletons: tuple[str, ...], expected: int) -> None:
    assert variety(Outline(tuple(Body(False, 1, text) for text in skeletons), 0)) == expected
