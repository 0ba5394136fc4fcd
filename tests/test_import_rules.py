"""What the examples of the import rules cannot say: severities, configuration, reach, order, speed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import pairwise

import msgspec
import pytest
from _programs import sources
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint.linking.outside import Outside
from ssot_lint.model import PathString, Violation
from ssot_lint.plugins import find_rule, load_rules
from ssot_lint.project import Project, link
from ssot_lint.settings.options import coerce_options
from ssot_lint.settings.parsing import parse
from ssot_lint.testing import project_of

RULES = load_rules()

MONEY = """
[concepts.money]
canonical = "shop.money:Money"
import-from = "shop"
names = ["*Money"]
"""
SHOP = {"shop/__init__.py": "from shop.money import Money\n", "shop/money.py": "class Money: ...\n"}


def run(name: str, project: Project, **options: object) -> list[Violation]:
    rule = find_rule(RULES, name)
    assert rule is not None
    return list(rule.check(project, coerce_options(name, rule.options, options, project.config)))


def places(violations: list[Violation]) -> list[tuple[str, int, int, str | None]]:
    return [(v.location.path, v.location.line, v.location.column, v.severity) for v in violations]


# -- unresolved-import


FALLBACK = "try:\n    from shop.basket import Cart\nexcept ImportError:\n    class Cart: ...\n"


@pytest.mark.parametrize(
    ("others", "hint"),
    [
        pytest.param({}, "", id="the file itself has it for want of the other"),
        pytest.param(
            {"tests/carts.py": "class Cart: ...\n"}, "; Cart is defined in tests.carts", id="a test"
        ),
        pytest.param(
            {"tests/basket.py": "class Cart: ...\n", "shop/old/cart.py": "class Cart: ...\n"},
            "; Cart is defined in shop.old.cart",
            id="other code before tests",
        ),
    ],
)
def test_what_may_have_been_meant(others: dict[str, str], hint: str) -> None:
    project = project_of({"shop/money.py": "", "tests/test_cart.py": FALLBACK, **others})
    assert [violation.message for violation in run("unresolved-import", project)] == [
        "module shop.basket does not exist, which the code around it catches: the import never succeeds"
        + hint
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Basket", "Basket is defined in shop.goods.cart"),
        ("Cart", "Cart comes from shop"),
        ("OldCart", "OldCart is defined in shop.old"),
    ],
)
def test_a_hint_leads_to_what_the_configuration_says(name: str, hint: str) -> None:
    files = {
        "shop/__init__.py": "from shop.goods.cart import Basket, Basket as Cart\n",
        "shop/goods/cart.py": "class Basket: ...\n",
        "shop/old.py": "class Basket: ...\nclass Cart: ...\nclass OldCart: ...\n",
        "shop/use.py": f"from shop.olds import {name}\n",
    }
    config = """
[concepts.basket]
canonical = "shop.goods.cart:Basket"
import-from = "shop"
aliases = ["Cart", "OldCart"]
"""
    (found,) = run("unresolved-import", project_of(files, config))
    assert found.message.endswith(f"; {hint}")


def test_nothing_is_a_duplicate_of_what_does_not_exist() -> None:
    files = SHOP | {"shop/cart.py": "class Money:\n    def add(self, other): return other\n"}
    for canonical, found in (("shop.cart:Money", ["shop/money.py"]), ("shop.carts:Money", [])):
        project = project_of(
            files | {"shop/money.py": files["shop/cart.py"]}, f'[concepts.money]\ncanonical = "{canonical}"\n'
        )
        assert [item.location.path for item in run("duplicate-implementation", project)] == found


def test_unresolved_imports_rank_by_damage() -> None:
    project = project_of(
        {
            "shop/__init__.py": "",
            "shop/cart.py": """
from typing import TYPE_CHECKING
from shop.gone import A
if TYPE_CHECKING:
    from shop.gone import B
try:
    from shop.gone import C
except ImportError:
    from shop.gone import D
class Cart:
    from shop.gone import E
    def total(self):
        from shop.gone import F
if __name__ == "__main__":
    import shop.gone
""",
            "tests/test_cart.py": "from shop.gone import A\n",
        }
    )
    assert places(run("unresolved-import", project)) == [
        ("shop/cart.py", 2, 23, "error"),
        ("shop/cart.py", 4, 27, "info"),
        ("shop/cart.py", 6, 27, "info"),
        ("shop/cart.py", 8, 27, "warning"),
        ("shop/cart.py", 10, 27, "error"),
        ("shop/cart.py", 12, 31, "warning"),
        ("shop/cart.py", 14, 12, "warning"),
        ("tests/test_cart.py", 1, 23, "warning"),
    ]
    assert len(run("unresolved-import", project, guarded=False)) == 6


def test_one_statement_about_a_missing_module_is_one_finding() -> None:
    project = project_of(
        {"shop/__init__.py": "", "shop/a.py": "from shop.gone import (\n    B,\n    C,\n)\n"}
    )
    assert places(run("unresolved-import", project)) == [("shop/a.py", 1, 1, "error")]


def test_blast_radius_follows_uncaught_imports_and_packages() -> None:
    project = project_of(
        {
            "app/__init__.py": "",
            "app/core/__init__.py": "from app.gone import x\n",  # takes every module of app.core down
            "app/core/leaf.py": "",
            "app/direct.py": "import app.core.leaf\n",
            "app/far.py": "from app import direct\n",
            "app/careful.py": "try:\n    import app.core\nexcept ImportError:\n    core = None\n",
            "app/lazy.py": "def f():\n    import app.core\n",
        }
    )
    (violation,) = run("unresolved-import", project)
    assert violation.message == (
        "module app.gone does not exist, so importing app.core fails, and so does importing 3 others"
    )


def test_a_failure_is_reported_where_it_starts_and_not_along_the_chain() -> None:
    project = project_of(
        {
            "app/__init__.py": "",
            "app/a.py": "from app.gone import Thing\n",
            "app/b.py": "from app.a import Thing\n",
            "app/survivor.py": "try:\n    from app.gone import Other\nexcept ImportError:\n    pass\n",
            "app/c.py": "from app.survivor import Other\n",  # the module is there, the name is not
        }
    )
    assert places(run("unresolved-import", project)) == [
        ("app/a.py", 1, 22, "error"),
        ("app/c.py", 1, 26, "error"),
        ("app/survivor.py", 2, 26, "info"),
    ]


def test_a_package_that_hides_a_file_is_named() -> None:
    project = project_of(
        {
            "app/__init__.py": "",
            "app/db.py": "def connect(): ...\n",
            "app/db/__init__.py": "",
            "app/use.py": "from app.db import connect\n",
        }
    )
    (violation,) = run("unresolved-import", project)
    assert violation.message.endswith("; app/db.py has it, but the package of that name hides the file")


@pytest.mark.parametrize(
    ("files", "new"),
    [
        pytest.param({}, "app.sale.prices", id="moved"),
        pytest.param({"app/old/prices.py": "class Price: ...\n"}, None, id="two-define-it"),
        pytest.param({"app/sale/prices.py": "class Cost: ...\n", "app/sale/other.py": "class Price: ...\n"}, None, id="called-otherwise"),
        pytest.param({"app/sale/prices.py": "", "lib/prices.py": "class Price: ...\n"}, None, id="of-another-package"),
        pytest.param({"app/sale/prices.py": "", "app/tests/prices.py": "class Price: ...\n"}, None, id="in-the-tests"),
        pytest.param({"app/use.py": "from app.prices import Price, rate\n"}, None, id="not-all-of-it"),
        pytest.param({"app/use.py": "from app.prices import *\n"}, None, id="star"),
        pytest.param({"app/use.py": "import app.prices\n"}, None, id="the-module-itself"),
        pytest.param({"app/use.py": "from app.prices import Price\ntry:\n    from app.prices import Price as P\nexcept ImportError:\n    P = None\n"}, None, id="caught"),
        pytest.param({"app/use.py": "", "app/sale/prices.py": "class Price: ...\nfrom app.prices import Price as P\n"}, None, id="itself"),
    ],
)  # fmt: skip
def test_a_module_that_has_moved_is_followed_where_that_is_certain(
    files: dict[str, str], new: str | None
) -> None:
    shop = {
        "app/__init__.py": "",
        "app/sale/__init__.py": "",
        "app/sale/prices.py": "class Price: ...\n",
        "app/use.py": "from app.prices import Price\n",
    }
    fixes = [violation.fix for violation in run("unresolved-import", project_of(shop | files))]
    assert fixes and {fix.arguments["new"] if fix else None for fix in fixes} == {new}
    assert all(fix is None or not fix.safe for fix in fixes)


def test_scripts_find_the_module_beside_them() -> None:
    """Two imports that read alike mean different files when a script's own directory comes first."""
    project = project_of(
        {
            "one/helper.py": "def first(): ...\n",
            "one/run.py": "from helper import first\nfrom helper import second\n",
            "two/helper.py": "def second(): ...\n",
            "two/run.py": "from helper import second\nfrom helper import first\n",
            "three/run.py": "from helper import third\n",  # installed, as far as anyone can tell
        },
        'source-roots = ["."]',
    )
    assert places(run("unresolved-import", project)) == [
        ("one/run.py", 2, 20, "error"),
        ("two/run.py", 2, 20, "error"),
    ]


def test_a_module_of_a_package_does_not_answer_for_an_installed_package_of_its_name() -> None:
    """`python -m app.use` never looks into `app` for `plot`, which is a module there: it has no modules inside."""
    project = project_of(
        {
            "app/__init__.py": "",
            "app/plot.py": "size = 1\n",
            "app/use.py": "import plot.models\nfrom plot.shapes import Line\nfrom plot import size, colour\n",
            "loose/plot.py": "",
            "loose/run.py": "import plot.models\n",  # a script, whose own directory comes first
        },
        'source-roots = ["."]',
    )
    assert places(run("unresolved-import", project)) == [
        ("app/use.py", 3, 24, "error"),
        ("loose/run.py", 1, 8, "error"),
    ]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ('canonical = "shop.mony:Money"', "canonical of concepts.money is shop.mony:Money, but module shop.mony does not exist"),
        ('canonical = "shop.money:Monney"', "but shop.money has no name Monney; did you mean Money?"),
        ('canonical = "shop.money:Money"\nimport-from = "shop.ap"', "import-from of concepts.money is shop.ap"),
        ('canonical = "shop.money:Money"\nimport-from = "shop.other"', "it has no name Money"),
        ('canonical = "shop.money:Money"\nfactory = "shop.money:make"', "factory of concepts.money is shop.money:make"),
        ('canonical = "shopp.money:Money"', "nor a dependency that it declares has; did you mean shop.money:Money?"),
    ],
)  # fmt: skip
def test_what_the_configuration_names_comes_first_and_once(setting: str, expected: str) -> None:
    files = SHOP | {"shop/other.py": "", "shop/a.py": "import shop.gone\n"}
    first, *others = run("unresolved-import", project_of(files, f"[concepts.money]\n{setting}\n"))
    assert (first.location.path, first.severity) == ("ssot-lint.toml", "error")
    assert first.location.line == 1 + setting.count("\n") + 1
    assert expected in first.message
    assert [other.location.path for other in others] == ["shop/a.py"]


@pytest.mark.parametrize(
    ("canonical", "declared"), [("stripe.money:Money", ()), ("shopp.money:Gone", ()), ("shopp.money:Money", ("shopp",))]
)  # fmt: skip
def test_what_another_package_has_is_no_slip(canonical: str, declared: tuple[str, ...]) -> None:
    config = parse(f'[concepts.money]\ncanonical = "{canonical}"\n', "ssot-lint.toml")
    project = link(sources(SHOP), config, Outside(declared=declared))
    assert run("unresolved-import", project) == []


# -- fallback-import


@pytest.mark.parametrize(
    ("fallback", "extensions", "found"),
    [
        ("total = None", ("shop.fast",), 0),
        ("total = False", ("shop.fast",), 0),
        ("from shop.slow import total", ("shop.fast",), 1),
        ("def total(): ...", ("shop.fast",), 1),
        ("total = None", (), 1),
    ],
)
def test_a_flag_says_that_compiled_code_was_not_built(
    fallback: str, extensions: tuple[str, ...], found: int
) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/sums.py": "def total(): ...\n",
        "shop/slow.py": "def total(): ...\n",
        "shop/cart.py": f"try:\n    import shop.fast\n    from shop.sums import total\nexcept ImportError:\n    {fallback}\n",
    }
    config = parse("", "ssot-lint.toml")
    project = link(sources(files), config, Outside(extensions=extensions))
    assert len(run("fallback-import", project)) == found


def test_fallbacks_rank_by_damage() -> None:
    files = {
        "app/__init__.py": "",
        "app/store.py": "class Store: ...\n",
        "app/never.py": "try:\n    from app.gone import Store\nexcept ImportError:\n    Store = None\n",
        "app/other.py": "try:\n    from app.gone import Store\nexcept ImportError:\n    from app.store import Store\n",
        "app/broad.py": "try:\n    from app.store import Store\nexcept Exception:\n    Store = None\n",
        "app/dead.py": "try:\n    from app.store import Store\nexcept ImportError:\n    Store = None\n",
        "tests/test_never.py": "try:\n    from app.gone import Store\nexcept ImportError:\n    Store = None\n",
    }
    found = {v.location.path: v.severity for v in run("fallback-import", project_of(files))}
    assert found == {
        "app/never.py": "error",
        "app/other.py": "warning",
        "app/broad.py": "warning",
        "app/dead.py": "info",
        "tests/test_never.py": "warning",
    }


def test_a_fallback_of_a_concept_names_it() -> None:
    files = SHOP | {"shop/a.py": "try:\n    from shop import Money\nexcept ImportError:\n    Money = None\n"}
    (violation,) = run("fallback-import", project_of(files, MONEY))
    assert (violation.concept, violation.canonical, violation.symbol) == (
        "money", "shop.money:Money", "shop.a:Money",
    )  # fmt: skip


def test_conditions_can_be_left_out() -> None:
    files = {
        "app/__init__.py": "",
        "app/a.py": "class X: ...\n",
        "app/b.py": "class X: ...\n",
        "app/c.py": "if FLAG:\n    from app.a import X\nelse:\n    from app.b import X\n",
    }
    assert len(run("fallback-import", project_of(files))) == 1
    assert run("fallback-import", project_of(files), conditions=False) == []


# -- non-canonical-import


def test_an_import_through_a_chain_shows_every_step() -> None:
    files = SHOP | {
        "shop/old.py": "from shop import Money as Cash\n",
        "shop/older.py": "from shop.old import *\n",
        "web/page.py": "from shop.older import Cash\n",
    }
    (violation,) = [
        v for v in run("non-canonical-import", project_of(files, MONEY)) if v.location.path == "web/page.py"
    ]
    assert violation.symbol == "shop.older:Cash"
    assert [(step.path, step.line) for step in violation.related] == [
        ("shop/older.py", 1), ("shop/old.py", 1), ("shop/__init__.py", 1), ("shop/money.py", 1),
    ]  # fmt: skip


def test_no_concepts_no_findings() -> None:
    project = project_of(SHOP | {"web/page.py": "from shop.money import Money\nfrom shop import *\n"})
    for name in ("non-canonical-import", "star-import", "import-cycle"):
        assert run(name, project) == []


# -- import-cycle


def test_the_shortest_cycle_is_shown_with_every_hop() -> None:
    files = SHOP | {
        "shop/money.py": "import shop.long\nimport shop.short\n\nclass Money: ...\n",
        "shop/long.py": "import shop.longer\n",
        "shop/longer.py": "import shop.money\n",
        "shop/short.py": "import json\nimport shop.money\n",
    }
    (violation,) = run("import-cycle", project_of(files, MONEY))
    assert violation.message.endswith("shop.money -> shop.short -> shop.money")
    assert [(hop.path, hop.line) for hop in violation.related] == [("shop/money.py", 2), ("shop/short.py", 2)]
    assert run("import-cycle", project_of(files, MONEY), longest=1) == []


# -- non-canonical-reference


def test_broken_strings_in_production_are_errors_and_caught_ones_informations() -> None:
    files = {
        "app/__init__.py": "",
        "app/load.py": """
from importlib import import_module

def load():
    try:
        return import_module("app.plugin")
    except ImportError:
        return import_module("app.gone")
""",
        "tests/test_load.py": "from unittest.mock import patch\n\nwith patch('app.load.nothing'):\n    pass\n",
    }
    assert places(run("non-canonical-reference", project_of(files))) == [
        ("app/load.py", 5, 30, "info"),
        ("app/load.py", 7, 30, "error"),
        ("tests/test_load.py", 3, 12, None),
    ]


@pytest.mark.parametrize(
    ("definition", "reported"),
    [
        ("class Base:\n    def run(self): ...\nclass Job(Base): ...\n", False),
        ("class Job:\n    def __init__(self):\n        self.run = 1\n", False),
        ("class Job:\n    run: int\n", False),
        ("class Meta(type): ...\nclass Job(metaclass=Meta): ...\n", False),
        ("from vendor import add_members\n@add_members\nclass Job: ...\n", False),
        ("from vendor import Base\nclass Job(Base): ...\n", False),
        ("class Job:\n    def __getattr__(self, name): ...\n", False),
        ("from typing import Protocol\nclass Job(Protocol):\n    def stop(self): ...\n", True),
        ("class Job:\n    def stop(self): ...\n", True),
    ],
)
def test_members_are_missed_only_where_all_of_them_are_known(definition: str, reported: bool) -> None:
    files = {
        "app/__init__.py": "",
        "app/job.py": definition,
        "tests/test_job.py": "from unittest.mock import patch\n\nwith patch('app.job.Job.run'):\n    pass\n",
    }
    assert bool(run("non-canonical-reference", project_of(files))) is reported


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shop:Money", None),
        ("shop.money:Money", None),
        ("shop.old:Money", "the string names shop.old, which only hands on Money; its import path is shop"),
        ("shop.old.Money", "the string names shop.old, which only hands on Money; its import path is shop"),
        ("shop.gone:Money", "the string names shop.gone.Money, but module shop.gone does not exist"),
        ("shop.money:Rate", "the string names shop.money.Rate, but shop.money has no attribute Rate"),
        ("shop.gone.Money", None),  # without a colon it may be the name of a logger, an event, a metric
        ("redis.asyncio:Redis", None),
    ],
)
def test_dotted_settings(text: str, message: str | None) -> None:
    project = project_of(SHOP | {"shop/old.py": "from shop import Money\n", "shop/settings.py": ""}, MONEY)
    path = PathString("reference", text, None, None, 1, 10, 1, 30, -1, -1)
    files = [
        msgspec.structs.replace(file, facts=msgspec.structs.replace(file.facts, paths=(path,)))
        if file.path == "shop/settings.py"
        else file
        for file in project.files
    ]
    found = run("non-canonical-reference", link(files, project.config))
    assert [violation.message for violation in found] == ([message] if message else [])


# -- all of them


@given(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=6, unique=True), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_chain_of_shims_is_reported_at_every_link_but_the_first(chain: list[str], star: bool) -> None:
    """However long the chain and whatever its modules are called, each import through a shim is found, once."""
    files: dict[str, str] = {
        "pkg/__init__.py": "",
        "pkg/home.py": "class Thing:\n    def go(self): return 1\n",
    }
    names = ["home", *chain]
    for source, target in pairwise(names):
        files[f"lib/{target}.py"] = f"from {'pkg' if source == 'home' else 'lib'}.{source} import Thing\n"
    if star:
        files[f"lib/{chain[-1]}.py"] = files[f"lib/{chain[-1]}.py"].replace("Thing", "*")
    files["lib/__init__.py"] = ""
    files["user.py"] = f"from lib.{chain[-1]} import Thing\n"
    project = project_of(files, '[concepts.thing]\ncanonical = "pkg.home:Thing"\n')
    found = [v.location.path for v in run("non-canonical-import", project)]
    expected = sorted([*(f"lib/{name}.py" for name in chain[1:]), "user.py"])
    if star:
        expected.remove(f"lib/{chain[-1]}.py")
    assert found == expected


def test_time_grows_with_the_imports_and_not_faster() -> None:
    small, large = (_seconds(many(count)) for count in (150, 1500))
    assert large < 40 * max(small, 0.005)


def many(count: int) -> Mapping[str, str]:
    """Modules that import their neighbours, things outside, and things that are gone."""
    files = {"app/__init__.py": ""}
    for number in range(count):
        files[f"app/m{number}.py"] = (
            "import json\nfrom typing import Any\n"
            f"from app.m{(number + 1) % count} import f{(number + 1) % count}\n"
            f"try:\n    from app.gone{number} import x\nexcept ImportError:\n    x = None\n"
            f"def f{number}(): ...\n"
        )
    return files


def _seconds(files: Mapping[str, str]) -> float:
    project = project_of(files, '[concepts.f]\ncanonical = "app.m0:f0"\n')
    start = time.perf_counter()
    for name in (
        "unresolved-import",
        "fallback-import",
        "non-canonical-import",
        "star-import",
        "import-cycle",
    ):
        run(name, project)
    return time.perf_counter() - start


@pytest.mark.parametrize(
    ("files", "certain"),
    [
        pytest.param({}, True, id="needs-nothing"),
        pytest.param({"shop/inner.py": "import docker\n"}, False, id="needs-a-package-further-in"),
        pytest.param(
            {"shop/inner.py": "import docker\n", "shop/main.py": "import shop.store\n"},
            True,
            id="needed-by-the-program-anyway",
        ),
    ],
)
def test_a_fallback_is_taken_out_only_where_the_import_is_certain(
    files: dict[str, str], certain: bool
) -> None:
    project = project_of(
        {
            "shop/__init__.py": "",
            "shop/store.py": "import shop.inner\n\nclass Store: ...\n",
            "shop/inner.py": "",
            "shop/cart.py": "try:\n    from shop.store import Store\nexcept ImportError:\n    Store = None\n",
        }
        | files
    )
    (violation,) = run("fallback-import", project)
    assert (violation.fix is not None) == certain


def test_two_services_with_a_package_of_one_name_are_asked_each_for_itself() -> None:
    project = project_of(
        {
            "services/a/setup.py": "",
            "services/a/app/__init__.py": "",
            "services/a/app/x.py": "class A: ...\n",
            "services/a/run.py": "from app.x import A\nfrom app.late import L\n",
            "services/b/setup.py": "",
            "services/b/app/__init__.py": "",
            "services/b/app/x.py": "class B: ...\n",
            "services/b/app/late.py": "class L: ...\n",
            "services/b/tests/test_b.py": """
from unittest.mock import patch
from app.x import B
@patch("app.x.B")
@patch("app.x.A")
def test_b(a, b): ...
""",
        }
    )
    assert [(v.location.path, v.location.line, v.message) for v in run("unresolved-import", project)] == [
        (
            "services/a/run.py",
            2,
            "module app.late does not exist, so importing run fails; "
            "services/b/app/late.py belongs to another source root",
        )
    ]
    assert [(v.location.line, v.message) for v in run("non-canonical-reference", project)] == [
        (4, "patch names app.x.A, but app.x has no attribute A")
    ]
