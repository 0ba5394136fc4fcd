"""What runs on import, and which cycle one more import would close."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ssot_lint.queries.cycles import cycle, imported_files, named_files, reached, steps
from ssot_lint.testing import project_of

FILES = {
    "shop/__init__.py": "",
    "shop/pay/__init__.py": "from shop.cart import Cart\n",
    "shop/pay/money.py": "class Money: ...\n",
    "shop/pay/card.py": "from . import money\nfrom .rate import RATE\n",
    "shop/pay/rate.py": "RATE = 1\n",
    "shop/cart.py": "class Cart: ...\n",
    "shop/late.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.cart import Cart\n\n\ndef cart():\n    from shop.cart import Cart\n\n    return Cart()\n",
    "shop/hub.py": "import json\n\nimport shop.pay.money\n",
    "shop/near.py": "from shop.hub import json\n",
}  # fmt: skip


def paths(path: str, ask: str) -> list[str]:
    project = project_of(FILES)
    found = (named_files if ask == "named" else imported_files)(project, project.by_path[path])
    return sorted(project.files[file].path for file in found)


@pytest.mark.parametrize(
    ("path", "named", "every"),
    [
        ("shop/late.py", [], []),
        ("shop/hub.py", ["shop/pay/money.py"], ["shop/pay/__init__.py", "shop/pay/money.py"]),
        ("shop/near.py", ["shop/hub.py"], ["shop/hub.py"]),
        ("shop/pay/card.py", ["shop/pay/money.py", "shop/pay/rate.py"], ["shop/pay/money.py", "shop/pay/rate.py"]),
        ("shop/pay/__init__.py", ["shop/cart.py"], ["shop/cart.py"]),
    ],
    ids=["later", "package-on-the-way", "what-is-handed-on", "packages-above-run-already", "from-a-package"],
)  # fmt: skip
def test_what_runs(path: str, named: list[str], every: list[str]) -> None:
    assert (paths(path, "named"), paths(path, "every")) == (named, every)


CYCLES = {
    "package-on-the-way": ("shop/cart.py", "shop.pay.money", "Money", ["shop.cart", "shop.pay", "shop.cart"]),
    "itself": ("shop/cart.py", "shop.cart", "Cart", ["shop.cart", "shop.cart"]),
    "none": ("shop/cart.py", "shop.pay.rate", "RATE", ["shop.cart", "shop.pay", "shop.cart"]),
    "within-the-package": ("shop/pay/rate.py", "shop.pay.money", "Money", []),
    "through-others": ("shop/pay/rate.py", "shop.pay.card", "RATE", ["shop.pay.rate", "shop.pay.card", "shop.pay.rate"]),
    "from-the-package-around": ("shop/__init__.py", "shop.pay.money", "Money", []),
    "from-outside": ("shop/hub.py", "shop.cart", "Cart", []),
}  # fmt: skip


@pytest.mark.parametrize(("path", "home", "name", "expected"), CYCLES.values(), ids=CYCLES)
def test_cycle(path: str, home: str, name: str, expected: list[str]) -> None:
    project = project_of(FILES)
    assert cycle(project, project.by_path[path], project.modules[home]) == expected


@pytest.mark.parametrize(("path", "home", "name", "expected"), CYCLES.values(), ids=CYCLES)
def test_python_agrees(path: str, home: str, name: str, expected: list[str], tmp_path: Path) -> None:
    """Where no cycle is told, the import works whichever module is imported first."""
    for file, text in FILES.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(f"from {home} import {name}\n{text}" if file == path else text)
    firsts = [path.removesuffix(".py").replace("/", "."), home]
    ended = [
        subprocess.run(
            [sys.executable, "-c", f"import {first}"], cwd=tmp_path, capture_output=True
        ).returncode
        for first in firsts
    ]
    assert any(ended) is bool(expected)


def test_a_name_taken_from_a_cycle_already() -> None:
    files = {
        "a.py": "ONE = 1\n\nfrom b import TWO, THREE\n",
        "b.py": "TWO = THREE = 2\n\nfrom a import ONE\n",
        "c.py": "import d\n",
        "d.py": "FOUR = 4\n\nimport c\n",
    }
    project = project_of(files)
    assert cycle(project, project.by_path["a.py"], project.by_path["b.py"]) == []
    assert cycle(project, project.by_path["c.py"], project.by_path["d.py"]) == ["c", "d", "c"]


def test_ways_are_shortest_and_always_the_same() -> None:
    edges = {1: {3, 2}, 2: {4}, 3: {4}, 4: {1}}
    came = reached(lambda node: edges[node], 1)
    assert came == {2: 1, 3: 1, 4: 2, 1: 4}
    assert (steps(came, 1, 4), steps(came, 1, 1)) == ([1, 2, 4], [1, 2, 4, 1])
    assert steps(reached(lambda node: edges[node], 1, {2}), 1, 4) == [1, 3, 4]
    assert steps(reached(lambda node: edges[node], 1, {2, 3}), 1, 4) == []
