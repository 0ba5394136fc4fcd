"""Which tests protect a concept, which a copy of it only, and what has none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from ssot_lint.cli.tests import command
from ssot_lint.config import DEFAULT_TEST_KINDS, TestKind
from ssot_lint.errors import ConfigError
from ssot_lint.protecting import protection
from ssot_lint.protecting.protected import CopyTest, Overview, Part, Protection, Reach, Use, of_kinds
from ssot_lint.reporters.protection import View, render
from ssot_lint.settings.parsing import parse
from ssot_lint.testing import project_of

CONFIG = """
    test-paths = ["tests/**"]

    [concepts.cart]
    canonical = "shop.cart:Cart"
    names = ["*Cart"]
    factory = "shop.factory:make_cart"
    protocol = "shop.protocols:CartProtocol"

    [sequences.order]
    events = ["opened", "paid"]
    emitter = "shop.events:OrderEmitter"
"""
METHODS = "    def add(self, item): self.items.append(item)\n    def total(self): return sum(self.items)\n"
SHOP = {
    "ssot-lint.toml": CONFIG,
    "shop/__init__.py": "",
    "shop/cart.py": f"class Cart:\n    def __init__(self): self.items = []\n{METHODS}",
    "shop/protocols.py": "from typing import Protocol\n\nclass CartProtocol(Protocol):\n    def add(self, item): ...\n",
    "shop/factory.py": "from shop.cart import Cart\n\ndef make_cart():\n    return Cart()\n",
    "shop/api.py": "from shop.cart import Cart as Basket\n",
    "shop/events.py": "class OrderEmitter:\n    def opened(self): return 1\n",
    "shop/desk.py": "from shop.factory import make_cart\n\ndef serve():\n    return make_cart()\n",
    "shop/types.py": "from shop.cart import Cart\n\nKnown = 1\n",
    "old/__init__.py": "",
    "old/cart.py": f"class Cart:\n    def __init__(self): self.items = []; self.log = []\n{METHODS}",
    "old/desk.py": "from old.cart import Cart\n\ndef serve():\n    return Cart()\n",
}
CANONICAL, FACTORY, COPY, EMITTER = "shop.cart:Cart", "shop.factory:make_cart", "old.cart:Cart", "shop.events:OrderEmitter"  # fmt: skip


def judged(files: dict[str, str], concept: str = "cart") -> Protection:
    [found] = protection.protection(project_of(SHOP | files), [concept])
    return found


def part(found: Protection, symbol: str) -> Part:
    [one] = [item for item in found.parts if item.symbol == symbol]
    return one


def test_what_there_is_to_protect() -> None:
    assert [(item.role, item.symbol, item.path, item.line) for item in judged({}).parts] == [
        ("canonical", CANONICAL, "shop/cart.py", 1),
        ("factory", FACTORY, "shop/factory.py", 3),
        ("protocol", "shop.protocols:CartProtocol", "shop/protocols.py", 3),
        ("duplicate", COPY, "old/cart.py", 1),
    ]
    assert judged({}, "order").parts == (Part("emitter", EMITTER, "shop/events.py", 1),)


def test_without_tests_nothing_has_one() -> None:
    found = judged({})
    assert found.untested == found.parts and found.unused == () and found.copies_only == ()


@pytest.mark.parametrize(
    ("source", "ways"),
    [
        pytest.param("from shop.cart import Cart\ndef test_it(): Cart().add(1)\n", ["use"], id="import"),
        pytest.param("from shop.cart import Cart as C\ndef test_it(): C()\n", ["use"], id="alias"),
        pytest.param("from shop.cart import *\ndef test_it(): Cart()\n", ["use"], id="star"),
        pytest.param("import shop.cart\ndef test_it(): shop.cart.Cart()\n", ["use"], id="module"),
        pytest.param("from shop import cart as c\ndef test_it(): c.Cart()\n", ["use"], id="submodule"),
        pytest.param("def test_it():\n    from shop.cart import Cart\n    assert Cart\n", ["use"], id="lazy"),
        pytest.param("from shop.cart import Cart\nclass TestIt:\n    def setup_method(self): self.c = Cart()\n    def test_it(self): ...\n", ["use"], id="set-up"),
        pytest.param("def test_it():\n    with patch('shop.cart.Cart.add'): ...\n", ["patch"], id="patch"),
        pytest.param("@patch('shop.factory.Cart')\ndef test_it(cart): ...\n", ["patch"], id="patch-where-it-is-read"),
        pytest.param("@patch('shop.cart.Cart')\nclass TestIt:\n    def test_it(self, cart): ...\n", ["patch"], id="patch-a-class-of-tests"),
        pytest.param("from shop.cart import Cart\ndef test_it():\n    with patch.object(Cart, 'add'): ...\n", ["patch", "use"], id="patch-object"),
        pytest.param("from shop import cart\ndef test_it(monkeypatch): monkeypatch.setattr(cart, 'Cart', 1)\n", ["patch"], id="setattr"),
        pytest.param("import pytest\nfrom shop.cart import Cart\n@pytest.fixture\ndef cart(): return Cart()\ndef test_it(cart): ...\ndef test_other(): ...\n", ["fixture cart", "use"], id="fixture"),
    ],
)  # fmt: skip
def test_ways_to_use_it(source: str, ways: list[str]) -> None:
    [use] = part(judged({"tests/test_a.py": source}), CANONICAL).uses
    assert (use.path, list(use.ways)) == ("tests/test_a.py", ways)
    assert [name.rpartition(":")[2] for name in use.tests] == ["test_it"]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("from shop.api import Basket as B\ndef test_it(): B()\n", id="a-name-that-tells-nothing"),
        pytest.param("from shop.cart import Cart\ndef full(): return Cart()\ndef test_it(): full()\n", id="a-helper"),
        pytest.param("from shop.cart import Cart\nclass Sub(Cart): ...\ndef test_it(): Sub()\n", id="a-subclass"),
        pytest.param("from shop.cart import Cart\nCART = Cart()\ndef test_it(): CART.add(1)\n", id="an-instance"),
    ],
)  # fmt: skip
def test_where_the_test_is_not_known_the_file_uses_it(source: str) -> None:
    found = part(judged({"tests/test_a.py": source}), CANONICAL)
    assert found.uses == (Use("tests/test_a.py", ("use",), (), ()),)


@pytest.mark.parametrize(
    ("source", "through"),
    [
        pytest.param("from shop.cart import Cart\ndef test_it(): ...\n", 0, id="unused-import"),
        pytest.param("from shop.cart import Cart\ndef test_it(cart: Cart): ...\n", 0, id="annotation"),
        pytest.param("from shop.factory import make_cart\ndef test_it(): make_cart()\n", 1, id="through-its-factory"),
        pytest.param("from shop import desk\ndef test_it(): desk.serve()\n", 2, id="through-two-modules"),
        pytest.param("from shop.types import Known\ndef test_it(): ...\n", None, id="a-module-that-does-not-use-it"),
        pytest.param("import shop\ndef test_it(): ...\n", None, id="the-package"),
        pytest.param("def test_it(): ...\n", None, id="nothing"),
    ],
)  # fmt: skip
def test_ways_to_reach_it(source: str, through: int | None) -> None:
    found = part(judged({"tests/test_a.py": source}), CANONICAL)
    assert found.uses == ()
    assert found.reaches == (() if through is None else (Reach("tests/test_a.py", through, ()),))


def test_a_fixture_of_a_conftest_counts_for_those_who_ask_for_it() -> None:
    files = {
        "tests/conftest.py": "import pytest\nfrom shop.factory import make_cart\n\n@pytest.fixture\ndef basket(): return make_cart()\n",
        "tests/unit/test_a.py": "def test_it(basket): ...\ndef test_other(): ...\n",
        "tests/unit/test_b.py": "import pytest\n@pytest.fixture\ndef basket(): return 1\ndef test_it(basket): ...\n",
    }
    found = judged(files)
    assert part(found, FACTORY).uses == (
        Use("tests/unit/test_a.py", ("fixture basket",), ("test_it",), ("unit",)),
    )
    assert part(found, CANONICAL).reaches == (Reach("tests/unit/test_a.py", 2, ("unit",)),)


def test_tests_of_a_copy() -> None:
    files = {
        "tests/test_copy.py": "from old.cart import Cart\ndef test_it(): Cart()\ndef test_other(): ...\n",
        "tests/test_copy_near.py": "from old.cart import Cart\nfrom shop import desk\ndef test_it(): Cart()\n",
        "tests/test_import.py": "from old.cart import Cart\ndef test_it(): ...\n",
        "tests/test_both.py": """
            from old.cart import Cart as Old
            from shop.cart import Cart

            def test_old(): Old()
            def test_new(): Cart()
            def test_compared(): assert Old().total() == Cart().total()
        """,
        "tests/test_new.py": "from shop.cart import Cart\ndef test_it(): Cart()\n",
        "tests/test_through.py": "from old import desk\ndef test_it(): desk.serve()\n",
    }
    found = judged(files)
    assert found.copies_only == (
        CopyTest("tests/test_copy.py", (COPY,), True, ("test_it",), (), None, ()),
        CopyTest("tests/test_copy_near.py", (COPY,), True, ("test_it",), (), 1, ()),
        CopyTest("tests/test_import.py", (COPY,), False, (), (), None, ()),
    )
    assert found.both == (
        CopyTest("tests/test_both.py", (COPY,), True, ("test_old",), ("test_compared",), -1, ()),
    )
    assert [item.symbol for item in found.unused] == [FACTORY]
    assert [item.role for item in found.untested] == ["protocol"]


def test_emitters_are_read_too() -> None:
    source = "from shop.events import OrderEmitter\ndef test_it(): OrderEmitter().opened()\n"
    [one] = judged({"tests/test_a.py": source}, "order").parts
    assert one.uses == (Use("tests/test_a.py", ("use",), ("test_it",), ()),)


def test_kinds_are_told_by_path_and_by_marker() -> None:
    body = "from shop.cart import Cart\n{}\ndef test_it(): Cart()\ndef test_other(): ...\n"
    files = {
        "tests/unit/test_a.py": body.format(""),
        "tests/test_b.py": body.format("import pytest\n@pytest.mark.e2e"),
        "tests/integration/test_c.py": body.format(
            "import pytest\npytestmark = pytest.mark.mission_critical"
        ),
        "tests/test_d.py": body.format(""),
    }
    project = project_of(SHOP | files)
    [found] = protection.protection(project, ["cart"])
    assert [(use.path, use.kinds) for use in part(found, CANONICAL).uses] == [
        ("tests/integration/test_c.py", ("integration", "mission-critical")),
        ("tests/test_b.py", ("e2e",)),
        ("tests/test_d.py", ()),
        ("tests/unit/test_a.py", ("unit",)),
    ]
    assert protection.overview(project) == Overview(
        4, 8, {"unit": 1, "integration": 1, "e2e": 1, "mission-critical": 1}, 1
    )
    narrowed = of_kinds(found, ["e2e", "unit"])
    assert [use.path for use in part(narrowed, CANONICAL).uses] == ["tests/test_b.py", "tests/unit/test_a.py"]


def test_what_could_not_be_read_is_counted() -> None:
    files = {"tests/test_a.py": "def test_it(name):\n    with patch(name): ...\n", "tests/test_b.py": "def\n"}
    found = protection.overview(project_of(SHOP | files))
    assert (found.files, found.unparsed, found.undecided) == (1, 1, 1)


def test_kinds_are_configured_beside_the_defaults() -> None:
    text = """
        [tests.kinds.load]
        paths = ["tests/load/**"]
        [tests.kinds.unit]
        markers = ["fast"]
    """
    kinds = {kind.name: kind for kind in parse(dedent(text), "ssot-lint.toml").test_kinds}
    assert kinds == {kind.name: kind for kind in DEFAULT_TEST_KINDS} | {
        "load": TestKind("load", ("tests/load/**",), ()),
        "unit": TestKind("unit", (), ("fast",)),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[tests.kinds.load]\n", "ssot-lint.toml:1: tests.kinds.load: has neither paths nor markers", id="empty"),
        pytest.param("[tests.kinds.load]\npath = ['x']\n", "ssot-lint.toml:2: tests.kinds.load.path: unknown key", id="key"),
        pytest.param("[tests]\nkind = 1\n", "ssot-lint.toml:2: tests.kind: unknown key", id="table"),
        pytest.param("[tests.kinds.load]\nmarkers = ['a b']\n", "expected a Python name", id="marker"),
        pytest.param("[tests.kinds.load]\npaths = ['../x']\n", "expected a path that stays inside", id="path"),
        pytest.param("[tests]\nkinds = ['unit']\n", "found an array of 1, expected a table", id="array"),
    ],
)  # fmt: skip
def test_wrong_kinds_are_errors(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "ssot-lint.toml")
    assert message in str(caught.value)


# --- the command and its formats -------------------------------------------------------------------------

FOUND = Protection(
    "cart",
    "shop.cart:Cart",
    (
        Part("canonical", "shop.cart:Cart", "shop/cart.py", 1, (Use("tests/test_a.py", ("use",), ("test_it",), ("unit",)),),
             (Reach("tests/test_b.py", 0, ()), Reach("tests/test_c.py", 1, ("e2e",)), Reach("tests/test_d.py", 3, ()))),
        Part("factory", "shop.gone:make_cart", "", 0),
        Part("duplicate", "old.cart:Cart", "old/cart.py", 4),
    ),
    (CopyTest("tests/test_e.py", ("old.cart:Cart",), True, ("test_it",), (), None, ("unit",)),),
    (CopyTest("tests/test_f.py", ("old.cart:Cart",), True, ("test_old",), ("test_both",), -1, ()),),
)  # fmt: skip
OVERVIEW = Overview(6, 9, {"unit": 2, "e2e": 1}, 3, 1, 2)
VIEW = View(("unit", "e2e"))

TEXT = """\
9 tests in 6 files; files: 2 unit, 1 e2e, 3 of no kind; 1 test file not parsed; 2 lookups by string not decided

cart
  part        definition                              used by          unit   e2e   other   only imported   one module away   further
  -----------------------------------------------------------------------------------------------------------------------------------
  canonical   shop.cart:Cart                          1 file, 1 test      1     -       -               1                 1         1
  factory     shop.gone:make_cart (cannot be found)   -                   -     -       -               -                 -         -
  duplicate   old.cart:Cart                           no test             -     -       -               -                 -         -
  tests of a copy: 1 file with a duplicate and nothing that is the concept; 1 use it (1 test), 0 only import it; 1 with no way to the concept
    tests/test_e.py (old.cart:Cart; no way to the concept)
  both: 1 file with a duplicate and the concept itself; 1 test of a duplicate only
  no test at all: 1
    old.cart:Cart (duplicate)
"""
LISTS = """
  shop.cart:Cart (canonical) shop/cart.py:1
    tests/test_a.py [unit]: use
      test_it
    tests/test_b.py: only imports it
    tests/test_c.py [e2e]: through 1 module
"""
MARKDOWN = """\
# Tests and what they protect

9 tests in 6 files; files: 2 unit, 1 e2e, 3 of no kind; 1 test file not parsed; 2 lookups by string not decided.

## cart

| part | definition | used by | unit | e2e | other | only imported | one module away | further |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
| canonical | `shop.cart:Cart` | 1 file, 1 test | 1 | - | - | 1 | 1 | 1 |
| factory | `shop.gone:make_cart (cannot be found)` | - | - | - | - | - | - | - |
| duplicate | `old.cart:Cart` | no test | - | - | - | - | - | - |

Tests of a copy: 1 file with a duplicate and nothing that is the concept; 1 use it (1 test), 0 only import it; 1 with no way to the concept.

- tests/test\\_e.py (old.cart:Cart; no way to the concept)

Both: 1 file with a duplicate and the concept itself; 1 test of a duplicate only.

No test at all: 1.

- old.cart:Cart (duplicate)
"""


def test_text() -> None:
    assert render(OVERVIEW, [FOUND], "text", VIEW) == TEXT
    narrow = render(OVERVIEW, [FOUND], "text", replace(VIEW, width=80))
    assert narrow.split("\n")[2:9] == [
        "cart",
        "  canonical shop.cart:Cart",
        "    1 file, 1 test: 1 unit, 1 only imported, 1 one module away, 1 further",
        "  factory shop.gone:make_cart (cannot be found)",
        "  duplicate old.cart:Cart",
        "    no test",
        TEXT.split("\n")[8],
    ]
    listed = render(OVERVIEW, [FOUND], "text", replace(VIEW, lists=True))
    assert "    tests/test_f.py (old.cart:Cart; uses the concept too): test_old\n" in listed
    assert listed.endswith(LISTS + "    and 1 file further away (--verbose names them)\n")
    everything = render(OVERVIEW, [FOUND], "text", replace(VIEW, lists=True, everything=True))
    assert everything.endswith(LISTS + "    tests/test_d.py: through 3 modules\n")


def test_markdown() -> None:
    assert render(OVERVIEW, [FOUND], "markdown", VIEW) == MARKDOWN


def test_json() -> None:
    found = json.loads(render(OVERVIEW, [FOUND], "json", VIEW))
    assert found["summary"] == {
        "files": 6,
        "tests": 9,
        "by_kind": {"unit": 2, "e2e": 1},
        "other": 3,
        "unparsed": 1,
        "undecided": 2,
    }
    [concept] = found["concepts"]
    assert concept["parts"][0] == {
        "role": "canonical",
        "symbol": "shop.cart:Cart",
        "path": "shop/cart.py",
        "line": 1,
        "uses": [{"path": "tests/test_a.py", "ways": ["use"], "tests": ["test_it"], "kinds": ["unit"]}],
        "reached_through": {"0": 1, "1": 1, "3": 1},
    }
    assert [item["path"] for item in concept["copies_only"]] == ["tests/test_e.py"]
    assert (concept["unused"], concept["untested"]) == ([], ["old.cart:Cart"])
    listed = json.loads(render(OVERVIEW, [FOUND], "json", replace(VIEW, lists=True)))
    assert [item["through"] for item in listed["concepts"][0]["parts"][0]["reaches"]] == [0, 1, 3]


def written(root: Path) -> Path:
    for name, text in (
        SHOP | {"tests/test_a.py": "from shop.cart import Cart\ndef test_it(): Cart()\n"}
    ).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return root


def test_the_command(tmp_path: Path) -> None:
    run = CliRunner().invoke(command, ["--root", str(written(tmp_path)), "--format", "json", "--no-cache"])
    assert run.exit_code == 0, run.output
    found = json.loads(run.stdout)
    assert [item["name"] for item in found["concepts"]] == ["cart", "order"]
    assert found["concepts"][0]["parts"][0]["uses"][0]["tests"] == ["test_it"]
    narrow = ["--concept", "cart", "--kind", "unit", "-o", str(tmp_path / "out.md"), "--format", "markdown"]
    run = CliRunner().invoke(command, ["--root", str(tmp_path), *narrow])
    assert run.exit_code == 0 and run.stdout == ""
    assert "| canonical | `shop.cart:Cart` | no test |" in (tmp_path / "out.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kart"], "no concept is called 'kart'"),
        (["--kind", "units"], "no kind of test is called 'units'\n  Did you mean unit?"),
    ],
)
def test_unknown_names_are_errors(tmp_path: Path, arguments: list[str], message: str) -> None:
    run = CliRunner().invoke(command, ["--root", str(written(tmp_path)), *arguments])
    assert message in str(run.exception)
