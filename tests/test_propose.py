"""What `init` takes for a concept, which class it takes for canonical, and what it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from textwrap import dedent

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.concepts.titles import core
from ssot_lint.errors import ConfigError
from ssot_lint.facts import extract
from ssot_lint.proposals.draft import addition, text, toml
from ssot_lint.proposals.hints import Guess
from ssot_lint.proposals.propose import Draft, Proposal, propose
from ssot_lint.proposals.tokens import Capability, capability, token_files
from ssot_lint.settings.parsing import parse
from ssot_lint.testing import project_of

CART = """
    class {name}{bases}:
        def __init__(self, user_id):
            self.user_id = user_id
        def add_item(self, item): return item
        def remove_item(self, item): return item
        def total_price(self): return 1
        def apply_voucher(self, code): return code
        def checkout(self): return 2
        def clear(self): return 3
"""


def cart(name: str, bases: str = "") -> str:
    return dedent(CART).format(name=name, bases=bases)


def users(module: str, name: str, count: int, folder: str = "web") -> dict[str, str]:
    stem = f"{folder}/{module.replace('.', '_')}"
    return {f"{stem}_{number}.py": f"from {module} import {name}\n" for number in range(count)}


SHOP = {
    "shop/__init__.py": "",
    "shop/cart.py": cart("ShoppingCart"),
    "legacy/__init__.py": "",
    "legacy/cart.py": cart("EnhancedShoppingCart"),
    **users("shop.cart", "ShoppingCart", 4),
    **users("legacy.cart", "EnhancedShoppingCart", 2),
}


def names(files: dict[str, str]) -> list[str]:
    return [item.canonical for item in propose(project_of(files)).proposals]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ShoppingCart", ("shopping", "cart")),
        ("UnifiedShoppingCartV2", ("shopping", "cart")),
        ("MockEnhancedShoppingCart", ("shopping", "cart")),
        ("ShoppingCartProtocol", ("shopping", "cart")),
        ("IShoppingCart", ("shopping", "cart")),
        ("BaseManager", ("base", "manager")),
        ("FakeClock", ("clock",)),
        ("Legacy", ("legacy",)),
        ("JWTSecretManager", ("jwt", "secret", "manager")),
    ],
)
def test_core(name: str, words: tuple[str, ...]) -> None:
    assert core(name) == words


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,30}", fullmatch=True))
def test_core_is_a_part_of_the_name(name: str) -> None:
    assert "".join(core(name)) in re.sub(r"[^a-z0-9]", "", name.lower())


def test_two_implementations_are_a_concept_and_the_used_one_is_canonical() -> None:
    (found,) = propose(project_of(SHOP)).proposals
    assert (found.name, found.canonical) == ("shopping-cart", "shop.cart:ShoppingCart")
    assert found.names == ("*ShoppingCart",)
    assert found.evidence == ("2 implementations",)
    assert found.reasons == (
        "4 production files and 0 test files import it",
        "it has 7 of the 7 public members that the implementations offer",
    )
    assert found.rivals == ("legacy.cart:EnhancedShoppingCart, 2 importing files",)


def test_files_in_any_order_give_the_same_proposals() -> None:
    assert propose(project_of(dict(reversed(SHOP.items())))) == propose(project_of(SHOP))


def test_a_tie_goes_to_the_path_that_is_not_set_apart() -> None:
    files = {
        "old/__init__.py": "", "old/cart.py": cart("ShoppingCart"),
        "shop/__init__.py": "", "shop/cart.py": cart("ShoppingCart"),
        **users("old.cart", "ShoppingCart", 2), **users("shop.cart", "ShoppingCart", 2),
    }  # fmt: skip
    # a top-level folder `old` is put aside altogether; deeper, the path speaks against the class
    assert propose(project_of(files)).exclude == ("old/**",)
    deeper = {
        path.replace("old/", "app/legacy/"): code.replace("old.cart", "app.legacy.cart")
        for path, code in files.items()
    }
    (found,) = propose(project_of(deeper)).proposals
    assert found.canonical == "shop.cart:ShoppingCart"


def test_one_class_with_many_doubles_is_a_concept() -> None:
    double = "class FakeShoppingCart:\n    def add_item(self, item): pass\n"
    files = {
        "shop/__init__.py": "", "shop/cart.py": cart("ShoppingCart"), **users("shop.cart", "ShoppingCart", 4),
        **{f"tests/test_{number}.py": double for number in range(3)},
    }  # fmt: skip
    (found,) = propose(project_of(files)).proposals
    assert found.evidence == ("1 implementation", "3 files with a test double")
    assert found.test_double is None  # none is shared


def test_a_second_concept_of_one_name_is_a_guess() -> None:
    other = "class {}:\n    def push(self): ...\n    def pull(self): ...\n    def park(self): ...\n"
    files = {
        "shop/__init__.py": "", "shop/cart.py": cart("ShoppingCart"),
        "store/__init__.py": "", "store/trolley.py": other.format("ShoppingCart"),
        **users("shop.cart", "ShoppingCart", 9), **users("store.trolley", "ShoppingCart", 8),
        **users("shop.gone", "ShoppingCart", 6),
        "tests/test_cart.py": cart("FakeShoppingCart"), "tests/test_trolley.py": other.format("FakeShoppingCart"),
    }  # fmt: skip
    draft = propose(project_of(files))
    assert [(item.canonical, item.sure, item.rival_of) for item in draft.proposals] == [
        ("shop.cart:ShoppingCart", True, ""),
        ("store.trolley:ShoppingCart", False, "shopping-cart"),
    ]
    assert "#   a guess: shopping-cart has the name\n" in toml(draft)


def test_one_class_with_several_paths_is_a_concept() -> None:
    files = {
        "shop/__init__.py": "", "shop/cart.py": cart("ShoppingCart"), **users("shop.cart", "ShoppingCart", 4),
        "shop/a.py": "from shop.cart import ShoppingCart\n", "shop/b.py": "from shop.cart import ShoppingCart as SuperShoppingCart\n",
        **users("shop.a", "ShoppingCart", 2), **users("shop.b", "SuperShoppingCart", 2),
        "shop/c.py": "from shop.cart import ShoppingCart\nclass LegacyShoppingCart(ShoppingCart): pass\n",
    }  # fmt: skip
    (found,) = propose(project_of(files)).proposals
    assert found.evidence == ("1 implementation", "2 further import paths", "1 empty subclass")
    assert found.aliases == ("SuperShoppingCart",)


def test_a_public_package_is_no_further_path() -> None:
    files = {
        "shop/__init__.py": "from shop.core.cart import ShoppingCart\n",
        "shop/core/__init__.py": "from shop.core.cart import ShoppingCart\n",
        "shop/core/cart.py": cart("ShoppingCart"),
        **users("shop", "ShoppingCart", 5), **users("shop.core", "ShoppingCart", 5),
    }  # fmt: skip
    assert names(files) == []


NOT_ONE_THING = {
    "a shared suffix": {
        "a.py": "class OrderError(Exception):\n    def code(self): ...\n    def text(self): ...\n",
        "b.py": "class StockError(Exception):\n    def code(self): ...\n    def text(self): ...\n",
        **users("a", "OrderError", 3), **users("b", "StockError", 3),
    },
    "the same name for other things": {
        "a.py": "class SearchIndex:\n    def rank(self): return 1\n    def crawl(self): return 2\n",
        "b.py": "class SearchIndex:\n    def ddl(self): return 1\n    def columns(self): return 2\n",
        **users("a", "SearchIndex", 3), **users("b", "SearchIndex", 3),
    },
    "implementations of one base": {
        "base.py": cart("ShopCart"),
        "a.py": "from base import ShopCart\n" + cart("RedisCart", "(ShopCart)"),
        "b.py": "from base import ShopCart\n" + cart("MemoryCart", "(ShopCart)"),
        **users("a", "RedisCart", 3), **users("b", "MemoryCart", 3),
    },
    "two versions in one module": {
        "a.py": cart("ShoppingCart") + cart("UnifiedShoppingCart"),
        **users("a", "ShoppingCart", 3), **users("a", "UnifiedShoppingCart", 3),
    },
    "an extension of a namesake from outside": {
        "a.py": cart("ShoppingCart"),
        "b.py": "import vendor\n" + cart("ShoppingCart", "(vendor.ShoppingCart)"),
        **users("a", "ShoppingCart", 3), **users("b", "ShoppingCart", 3),
    },
    "bodies for several platforms": {
        "a.py": "import sys\nif sys.platform == 'win32':\n" + "".join(f"    {line}\n" for line in cart("ShoppingCart").split("\n")),
        "b.py": cart("ShoppingCart"),
        **users("b", "ShoppingCart", 3),
    },
    "test cases": {
        "tests/test_a.py": "class TestShoppingCart:\n    def test_add_item(self): pass\n",
        "a.py": cart("ShoppingCart"),
        **users("a", "ShoppingCart", 3),
    },
    "subclasses in tests": {
        **{f"tests/test_{letter}.py": "from a import ShoppingCart\nclass FakeShoppingCart(ShoppingCart):\n    def total_price(self): return 0\n" for letter in "abcd"},
        "a.py": cart("ShoppingCart"),
        **users("a", "ShoppingCart", 3),
    },
    "test cases that inherit their tests": {
        **{f"tests/test_{letter}.py": "from tests.base import Base\nclass TestShoppingCart(Base):\n    def add_item(self): pass\n" for letter in "abc"},
        "tests/base.py": "class Base:\n    def test_all(self): pass\n",
        "a.py": cart("ShoppingCart"),
        **users("a", "ShoppingCart", 3),
    },
    "generated code": {
        "a.py": "# generated by protoc; do not edit\n" + cart("ShoppingCart"),
        "b.py": cart("ShoppingCart"),
        **users("a", "ShoppingCart", 3), **users("b", "ShoppingCart", 3),
    },
    "commands of one framework": {
        "a.py": "import vendor\n" + cart("CartCommand", "(vendor.Command)"),
        "b.py": "import vendor\n" + cart("CartCommand", "(vendor.Command)"),
        **users("a", "CartCommand", 3), **users("b", "CartCommand", 3),
    },
    "both sides of an exchange": {
        "a.py": cart("CartPeer"),
        "b.py": cart("RemoteCartPeer"),
        **users("a", "CartPeer", 3), **users("b", "RemoteCartPeer", 3),
    },
    "messages that share fields": {
        "a.py": "class OrderPhoto:\n    size: int\n    name: str\n    owner: str\n",
        "b.py": "class SpecialOrderPhoto:\n    size: int\n    name: str\n    owner: str\n    order: int\n",
        **users("a", "OrderPhoto", 3), **users("b", "SpecialOrderPhoto", 3),
    },
    "two versions of an interface": {
        **{f"shop/{part}__init__.py": "" for part in ("", "v1/", "v2/")},
        "shop/v1/cart.py": cart("ShoppingCart"),
        "shop/v2/cart.py": cart("ShoppingCart"),
        **users("shop.v1.cart", "ShoppingCart", 3), **users("shop.v2.cart", "ShoppingCart", 3),
    },
    "a file that nothing can import": {
        "a.py": cart("ShoppingCart"),
        "my-shop/cart.py": cart("ShoppingCart"),
        **users("a", "ShoppingCart", 3),
    },
    "copies that nobody imports": {"a.py": cart("ShoppingCart"), "b.py": cart("ShoppingCart")},
}  # fmt: skip


@pytest.mark.parametrize("files", NOT_ONE_THING.values(), ids=NOT_ONE_THING)
def test_no_concept(files: dict[str, str]) -> None:
    assert names(files) == []


def test_a_parallel_interface_is_no_rival() -> None:
    every = [f"Thing{letter}{other}" for letter in "ABCDEF" for other in "abcd"]
    both = "".join(
        f"class {name}Node:\n    def f{name}(self): return 1\n    def g{name}(self): return 2\n"
        for name in every
    )
    files = {
        "a.py": both,
        "b.py": both,
        **{f"u{name}{n}.py": f"from a import {name}Node\n" for name in every for n in range(5)},
    }
    assert names(files) == []
    few = both.split("class ThingBa")[0]
    assert len(names({**files, "a.py": few, "b.py": few})) == 4


def test_protocol_factory_lifetime_and_double() -> None:
    files = {
        **SHOP,
        "shop/context.py": "class UserContext: pass\n",
        "shop/api.py": "from typing import Protocol\nclass ShoppingCartProtocol(Protocol):\n    def add_item(self, item): ...\n",
        "shop/cart.py": "from shop.context import UserContext\nfrom shop.api import ShoppingCartProtocol\n"
        + cart("ShoppingCart", "(ShoppingCartProtocol)").replace("user_id)", "user_context: UserContext)"),
        "shop/make.py": "from shop.cart import ShoppingCart\ndef create_shopping_cart(context) -> ShoppingCart:\n    return ShoppingCart(context)\n",
        **users("shop.make", "create_shopping_cart", 2),
        "tests/doubles.py": "class FakeShoppingCart:\n    def add_item(self, item): pass\n",
        **users("tests.doubles", "FakeShoppingCart", 2, "tests"),
    }
    (found,) = propose(project_of(files)).proposals
    assert found.protocol == Guess(
        "shop.api:ShoppingCartProtocol", "the canonical class derives from it", True
    )
    assert found.factory == Guess(
        "shop.make:create_shopping_cart", "2 files import it; it returns the canonical class", True
    )
    assert found.lifetime == Guess("per-user", "its constructor needs user_context", True)
    assert found.context == Guess("shop.context:UserContext", "the class of user_context", True)
    assert found.test_double == Guess("tests.doubles:FakeShoppingCart", "2 files share it", True)


def test_what_is_not_proven_is_a_guess() -> None:
    files = {
        **SHOP,
        "shop/make.py": "def get_shopping_cart(user):\n    return None\n",
        "shop/api.py": "from typing import Protocol\nclass ShoppingCartProtocol(Protocol):\n    def add_item(self, item): ...\n",
    }
    (found,) = propose(project_of(files)).proposals
    assert found.factory == Guess("shop.make:get_shopping_cart", "0 files import it; its name says so", False)
    assert found.lifetime == Guess("per-user", "its constructor needs user_id", False)
    assert found.protocol == Guess(
        "shop.api:ShoppingCartProtocol", "the canonical class has 1 of its 1 member", False
    )


def test_limit_and_min_claims() -> None:
    two = {**SHOP, "a.py": cart("OrderQueue"), "b.py": cart("OrderQueue"), **users("a", "OrderQueue", 1)}
    every = propose(project_of(two))
    assert [item.name for item in every.proposals] == ["shopping-cart", "order-queue"]
    first = propose(project_of(two), limit=1)
    assert (first.proposals, first.left_out) == (every.proposals[:1], 1)
    assert propose(project_of(two), min_claims=3).proposals == ()


def test_folders_called_like_tests_hold_doubles_and_are_proposed_as_test_paths() -> None:
    found = propose(project_of({**SHOP, "test_framework/cart.py": cart("ShoppingCart")}))
    assert found.test_paths == ("test_framework/**",)
    assert found.proposals[0].evidence == ("2 implementations", "1 file with a test double")


# --- tokens ----------------------------------------------------------------------------------------------

TOKENS = {
    "auth/tokens.py": "import jwt\n\n\ndef read(token):\n    return jwt.decode(token, 'k')\n\n\ndef make(claims):\n    return jwt.encode(claims, 'k')\n",
    "app/login.py": "from jwt import decode\n\n\ndef login(token):\n    return decode(token, 'k')\n",
    "app/plain.py": "def decode(token):\n    return token\n\n\nvalue = decode('jwt')\n",
    "tests/test_tokens.py": "import jwt\njwt.decode('a', 'b')\n",
}


def read_deeply(files: dict[str, str]) -> Capability | None:
    project = project_of(files)
    bodies = {
        file: extract(files[project.files[file].path].encode(), re.compile(b"jwt|decode|encode"))
        for file in token_files(project)
    }
    return capability(project, bodies)


def test_capability() -> None:
    assert read_deeply(TOKENS) == Capability(
        "jwt", ("jwt.decode", "jwt.encode"), "auth.tokens", (("auth.tokens", 2), ("app.login", 1))
    )
    assert read_deeply({path: TOKENS[path] for path in ("auth/tokens.py", "app/plain.py")}) is None


# --- TOML ------------------------------------------------------------------------------------------------

ODD = Proposal(
    name="cart",
    canonical="shop.cart:Cart",
    reasons=("a \x07 bell and\na line",),
    rivals=tuple(f"m{number}:Cart, 1 importing file" for number in range(8)),
    evidence=("2 implementations",),
    names=("*Cart", "Basket"),
    aliases=("Trolley",),
    import_from=Guess("shop", 'says "so"', True),
    factory=Guess("shop.make:make", "its name", False),
    lifetime=Guess("per-user", "user_id", True),
)


@pytest.mark.parametrize("form", ["root", "tool.ssot-lint"])
def test_toml_is_a_configuration_of_what_is_sure(form: str) -> None:
    draft = Draft(
        (ODD,), exclude=("old/**",), capability=Capability("jwt", ("jwt.decode",), "a", (("a", 1), ("b", 1)))
    )
    config = parse(toml(draft, form), "x.toml", form)  # type: ignore[arg-type]
    (concept,) = config.concepts
    assert (concept.canonical, concept.import_from, concept.names, concept.aliases, concept.lifetime, concept.factory) == (
        "shop.cart:Cart", "shop", ("*Cart", "Basket"), ("Trolley",), "per-user", None
    )  # fmt: skip
    assert config.exclude == ("old/**",)
    assert config.capabilities == ()


def test_toml_text() -> None:
    assert toml(Draft((replace(ODD, rivals=ODD.rivals[:1]),))).split("guesses.\n")[1] == dedent(
        """
        # cart: 2 implementations.
        #   why this home: a ? bell and?a line
        #   rival: m0:Cart, 1 importing file
        [concepts.cart]
        canonical = "shop.cart:Cart"
        names = ["*Cart", "Basket"]
        aliases = ["Trolley"]
        import-from = "shop"  # says "so"
        # factory = "shop.make:make"  # its name
        lifetime = "per-user"  # user_id
        """
    )


def test_comments_can_be_taken_away() -> None:
    """What is commented out is valid once the marks are gone."""
    draft = Draft((ODD,), capability=Capability("jwt", ("jwt.decode",), "auth.tokens", (("auth.tokens", 1),)))
    opened = re.sub(r"(?m)^# (?=\[|\w[\w-]* = )", "", toml(draft))
    config = parse(opened, "x.toml")
    assert config.concepts[0].factory == "shop.make:make"
    assert (config.capabilities[0].extends, config.capabilities[0].home) == (("jwt",), ("auth.tokens",))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[project]\nname = 'x'",
        "[tool.ruff]\r\nline-length = 99\r\n# the end\r\n",
        "[[tool.mypy.overrides]]\nmodule = 'a'\n",
    ],
)
def test_addition_keeps_the_file(content: str) -> None:
    whole = content + addition(content, Draft((ODD,)))
    before, after = tomli.loads(content), tomli.loads(whole)
    assert after["tool"].pop("ssot-lint")["concepts"].keys() == {"cart"}
    before.setdefault("tool", {})
    assert after == before
    assert ("\r\n" in content) == ("\r\n" in whole) and whole.count("\n") - whole.count("\r\n") in (
        0,
        whole.count("\n"),
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [("[tool.ssot-lint]\nexclude = []\n", "does not touch"), ("tool = {a = 1}\n", "no table can be added")],
)
def test_addition_refuses(content: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        addition(content, Draft((ODD,)))


def test_a_guess_is_a_comment_from_its_first_line_to_its_last() -> None:
    guess = replace(ODD, name="box", canonical="shop.box:Box", rivals=(), sure=False)
    written = toml(Draft((ODD, guess)))
    assert [concept.name for concept in parse(written, "x.toml").concepts] == ["cart"]
    block = written[written.index("# box") :]
    assert block == dedent(
        """\
        # box: 2 implementations.
        #   a guess: none is a copy of another, and nothing shows that they are meant to be one
        #   why this home: a ? bell and?a line
        # [concepts.box]
        # canonical = "shop.box:Box"
        # names = ["*Cart", "Basket"]
        # aliases = ["Trolley"]
        # import-from = "shop"  # says "so"
        # # factory = "shop.make:make"  # its name
        # lifetime = "per-user"  # user_id
        """
    )
    opened = re.sub(r"(?m)^# ", "", block[block.index("# [") :])
    assert parse(opened, "x.toml").concepts == tuple(
        replace(concept, name="box", canonical="shop.box:Box")
        for concept in parse(toml(Draft((replace(ODD, rivals=()),))), "x.toml").concepts
    )
    assert text(Draft((guess,))).startswith("1. box  [guess]\n")


def test_text() -> None:
    assert text(Draft((replace(ODD, rivals=()),), left_out=2)).splitlines() == [
        "1. cart",
        "   canonical   shop.cart:Cart",
        "   because     a ? bell and?a line",
        "   found       2 implementations",
        '   import-from shop (says "so")',
        "   factory     shop.make:make (its name)  [guess]",
        "   lifetime    per-user (user_id)",
        "2 more with less evidence were left out; --limit shows them.",
    ]
    assert text(Draft(())).startswith("Nothing to propose")
    assert text(Draft((), exclude=("old/**", "tests/data/**"))).splitlines()[1:] == [
        "Left out as backups, archives, templates or data of tests: old/**, tests/data/**."
    ]


# --- what is meant to stand side by side ------------------------------------------------------------------


def test_sync_and_async_versions_are_no_duplicates() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/client.py": cart("CartClient"),
        "shop/asyncio/__init__.py": "",
        "shop/asyncio/client.py": cart("CartClient"),
        **users("shop.client", "CartClient", 6),
        **users("shop.asyncio.client", "CartClient", 4),
    }
    assert names(files) == []
    files |= {"legacy/__init__.py": "", "legacy/client.py": cart("CartClient")}
    files |= users("legacy.client", "CartClient", 2)
    draft = propose(project_of(files))
    assert [(item.rivals, item.variants) for item in draft.proposals] == [
        (("legacy.client:CartClient, 2 importing files",), ("shop.asyncio.client:CartClient",))
    ]
    assert parse(toml(draft), "x", "root").concepts[0].variants == ("shop.asyncio.client:CartClient",)


def test_a_name_that_says_async_makes_it_another_version() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/client.py": cart("CartClient"),
        "shop/other.py": cart("AsyncCartClient"),
    }
    files |= users("shop.client", "CartClient", 3) | users("shop.other", "AsyncCartClient", 3)
    assert names(files) == []


def test_a_pattern_finds_few_others() -> None:
    others = {f"shop/{letter}.py": f"class {letter.upper()}ShoppingCart:\n    pass\n" for letter in "xyz"}
    (one,) = propose(project_of(SHOP | {"shop/x.py": others["shop/x.py"]})).proposals
    (all_three,) = propose(project_of(SHOP | others)).proposals
    assert (one.names, all_three.names) == (("*ShoppingCart",), ("EnhancedShoppingCart", "ShoppingCart"))


def test_implementations_of_one_base_are_no_duplicates() -> None:
    base = "class BasePool:\n    def start(self): return 1\n    def stop(self): return 2\n"
    files = {"pools/__init__.py": "", "pools/base.py": base}
    for kind in ("prefork", "solo", "remote"):
        files[f"pools/{kind}.py"] = "from pools.base import BasePool\n" + cart("TaskPool", "(BasePool)")
        files |= users(f"pools.{kind}", "TaskPool", 3)
    assert names(files) == []
    files["pools/other.py"] = "from pools.base import BasePool\n" + cart("Worker", "(BasePool)")
    assert len(names(files)) == 1  # a base of many kinds of things says nothing about one of them


@pytest.mark.parametrize("folder", ["docs_src", "examples", "benchmarks", "libs/shop/examples"])
def test_code_on_show_is_no_implementation(folder: str) -> None:
    files = {f"{folder}/a{number}/config.py": cart("ShopSettings") for number in range(4)}
    files |= {f"{folder}/a{number}/main.py": "from .config import ShopSettings" for number in range(4)}
    roots = 'source-roots = ["libs/shop"]' if folder.startswith("libs") else ""
    assert [item.canonical for item in propose(project_of(files, roots)).proposals] == []


def test_a_stand_in_of_production_code_is_no_test_double() -> None:
    files = {
        "shop/null.py": cart("DummyShoppingCart"),
        **{f"tests/test_{number}.py": "from shop.null import DummyShoppingCart" for number in range(3)},
    }
    [found] = propose(project_of(SHOP | files)).proposals
    assert found.test_double is None


def test_the_interface_of_a_library_is_no_wrong_path() -> None:
    files = SHOP | {
        "shop/__init__.py": "from shop.cart import ShoppingCart\n__all__ = ['ShoppingCart']\n",
        "legacy/__init__.py": "from shop.cart import ShoppingCart\n",  # which says nothing of it
    }
    draft = propose(project_of(files))
    assert draft.public == ("shop",)
    config = parse(toml(draft), "x", "root")
    assert {name: dict(rule.options) for name, rule in config.rules.items()} == {
        "non-canonical-import": {"allow": ["shop"]}
    }
    assert propose(project_of(SHOP)).public == ()
    deeper = {
        path.replace("shop/", "all/shop/"): code.replace("shop.", "all.shop.") for path, code in files.items()
    }
    deeper |= {
        "all/__init__.py": "",
        "all/other.py": "from all.shop.cart import ShoppingCart\n__all__ = ['ShoppingCart']\n",
    }
    assert propose(project_of(deeper)).public == ("all.shop",)
    private = {
        path.replace("shop/cart", "shop/_parts/cart"): code.replace("shop.cart", "shop._parts.cart")
        for path, code in files.items()
    }
    private |= {
        f"shop/{name}.py": "from shop._parts.cart import ShoppingCart\n__all__ = ['ShoppingCart']\n"
        for name in ("api", "_api")
    }
    assert propose(project_of(private)).public == ("shop", "shop.api")


def test_what_tests_derive_from_an_extension_point_is_no_evidence() -> None:
    files = {"shop/plugin.py": cart("CartPlugin"), **users("shop.plugin", "CartPlugin", 3)}
    for number in range(4):
        files[f"tests/test_{number}.py"] = cart("FakeCartPlugin")
    assert names(files) == ["shop.plugin:CartPlugin"]
    for name in ("Tax", "Voucher", "Stock"):
        files[f"shop/{name.lower()}.py"] = (
            f"from shop.plugin import CartPlugin\nclass {name}Rule(CartPlugin):\n    def run(self): return 1\n"
        )
    assert names(files) == []


OTHER = """
    class {name}{bases}:
        def __init__(self, user_id):
            self.rows = load(user_id)
        def add_item(self, item):
            for row in self.rows:
                row.append(item)
            self.rows.save()
        def remove_item(self, item):
            with self.rows as rows:
                rows.remove(item)
        def total_price(self): return sum(row.price for row in self.rows)
        def apply_voucher(self, code):
            if code in self.rows:
                raise ValueError(code)
        def checkout(self): return self.rows.checkout().get("id")
        def clear(self): del self.rows
"""


def unlike(name: str, bases: str = "") -> str:
    """A class with the members of `cart`, and another way to do all of it."""
    return dedent(OTHER).format(name=name, bases=bases)


TWO = {**SHOP, "legacy/cart.py": unlike("EnhancedShoppingCart")}
BROKEN = {"web/page.py": "from shop.old_cart import ShoppingCart\n"}
SHOWN = {"examples/page.py": "from shop.old_cart import ShoppingCart\n"}
DOUBLE = "class FakeShoppingCart:\n    def add_item(self, item): pass\n    def clear(self): pass\n"


HOOKS = """
    class RunHooksBase:
        def on_start(self, run):
            \"\"\"Called first.\"\"\"

        def on_end(self, run):
            {body}

    RunHooks = registered(RunHooksBase)
"""


@pytest.mark.parametrize(
    ("body", "found"),
    [("pass", []), ("return run", ["shop.hooks:RunHooksBase"]), ("raise NotImplementedError", [])],
)
def test_what_stands_for_calls_that_do_nothing_is_no_evidence(body: str, found: list[str]) -> None:
    derived = "from shop.hooks import RunHooks\n\nclass RecordingRunHooks(RunHooks):\n    def on_end(self, run): self.ended = True\n"
    files = {
        "shop/__init__.py": "", "shop/hooks.py": dedent(HOOKS.format(body=body)),
        **users("shop.hooks", "RunHooksBase", 9), **{f"tests/test_{number}.py": derived for number in range(6)},
    }  # fmt: skip
    assert names(files) == found


@pytest.mark.parametrize(
    ("files", "sure"),
    [
        pytest.param(SHOP, True, id="a-copy"),
        pytest.param(TWO, False, id="bodies-of-their-own"),
        pytest.param({**TWO, **BROKEN}, True, id="a-broken-import"),
        pytest.param({**TWO, **SHOWN}, False, id="a-broken-import-in-an-example"),
        pytest.param({**TWO, **{f"tests/test_{n}.py": DOUBLE for n in range(3)}}, True, id="many-doubles"),
    ],
)
def test_what_is_no_copy_and_has_not_drifted_apart_is_a_guess(files: dict[str, str], sure: bool) -> None:
    (found,) = propose(project_of(files)).proposals
    assert (found.canonical, found.sure) == ("shop.cart:ShoppingCart", sure)


ASKED = """
from typing import Protocol

class IShoppingCart(Protocol):
    def add_item(self, item): ...
    def remove_item(self, item): ...
    def total_price(self): ...
    def checkout(self): ...
"""


@pytest.mark.parametrize(
    ("files", "sure"),
    [({}, True), ({"shop/interfaces.py": ASKED}, False), ({"shop/interfaces.py": ASKED, **BROKEN}, True)],
)
def test_doubles_of_the_one_that_does_what_an_interface_asks_may_be_of_the_interface(
    files: dict[str, str], sure: bool
) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/cart.py": cart("ShoppingCart"),
        **users("shop.cart", "ShoppingCart", 4),
        **{f"tests/test_{number}.py": DOUBLE for number in range(3)},
        **files,
    }
    (found,) = propose(project_of(files)).proposals
    assert (found.canonical, found.sure) == ("shop.cart:ShoppingCart", sure)


@pytest.mark.parametrize(
    ("module", "text", "other", "rivals"),
    [
        ("shop.polars.cart", "import polars\n", unlike, 0),
        ("shop.polars_carts", "from polars.frames import Frame\n", unlike, 0),
        ("shop.polars.cart", "import polars\n", cart, 1),
        ("shop.polars.cart", "", unlike, 1),
        ("shop.json.cart", "import json\n", unlike, 1),
        ("shop.web.cart", "from web import page\n", unlike, 1),
    ],
)
def test_what_is_made_for_a_library_is_no_rival(
    module: str, text: str, other: Callable[[str], str], rivals: int
) -> None:
    files = {
        "shop/__init__.py": "",
        "web/page.py": "",
        "shop/cart.py": cart("ShoppingCart"),
        f"{module.replace('.', '/')}.py": text + other("ShoppingCart"),
        **users("shop.cart", "ShoppingCart", 5),
        **users(module, "ShoppingCart", 2),
    }
    assert [len(item.rivals) for item in propose(project_of(files)).proposals] == [rivals][:rivals]


@pytest.mark.parametrize(("kind", "rivals"), [("list[float]", 1), ("polars.Frame", 0)])
def test_copies_of_a_record_are_rivals_in_modules_for_a_library_too(kind: str, rivals: int) -> None:
    record = (
        "from typing import NamedTuple\n\nclass OrderLine(NamedTuple):\n"
        "    name: str\n    size: int\n    price: int\n    codes: list[str]\n    sums: {}\n"
    )
    files = {
        "shop/__init__.py": "",
        "shop/lines.py": record.format("list[float]"),
        "shop/polars_lines.py": "import polars\n" + record.format(kind),
        **users("shop.lines", "OrderLine", 9),
        **users("shop.polars_lines", "OrderLine", 2),
    }
    assert [len(item.rivals) for item in propose(project_of(files)).proposals] == [rivals][:rivals]


def test_guesses_come_last_and_make_no_interface_public() -> None:
    files = {
        **TWO,
        "shop/__init__.py": "from shop.cart import ShoppingCart\n__all__ = ['ShoppingCart']\n",
        **users("shop", "ShoppingCart", 9, "more"),
        **{path.replace("cart", "box"): text.replace("Cart", "Box").replace("cart", "box")
           for path, text in SHOP.items() if not path.endswith("__init__.py")},
    }  # fmt: skip
    draft = propose(project_of(files))
    assert [(item.name, item.sure) for item in draft.proposals] == [
        ("shopping-box", True),
        ("shopping-cart", False),
    ]
    assert draft.public == ()


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(
            {
                "shop/store.py": "from shop.cart import ShoppingCart\nfrom legacy.cart import EnhancedShoppingCart\n"
                "class Store(ShoppingCart, EnhancedShoppingCart):\n    def open(self): return 1\n"
            },
            id="parts-that-one-class-is-made-of",
        ),
        pytest.param(
            {
                "shop/cart.py": cart("ShoppingCartMixin"),
                "legacy/cart.py": cart("EnhancedShoppingCartMixin"),
                **users("shop.cart", "ShoppingCartMixin", 4),
            },
            id="mixins",
        ),
    ],
)
def test_parts_are_no_rivals(more: dict[str, str]) -> None:
    assert names({**SHOP, **more}) == []


SESSION = """
    from pydantic import BaseModel

    class {name}(BaseModel):
        voice: str = ""
        tools: list[str] = []
        instructions: str = ""
        temperature: float = 1.0
        modalities: list[str] = []
"""
UPDATE = "\n    class SessionUpdate(BaseModel):\n        session: list[ChatSession]\n"


@pytest.mark.parametrize(
    ("message", "more", "is_rival"),
    [
        pytest.param("", {}, True, id="a record beside another"),
        pytest.param(UPDATE, {}, False, id="a part of a message"),
        pytest.param(UPDATE.replace("Session]", "SessionTool]"), {}, True, id="another part"),
        pytest.param(UPDATE.replace("(BaseModel)", ""), {}, True, id="kept by what is no message"),
        pytest.param(UPDATE, users("api.update", "ChatSession", 1), True, id="a part that others import"),
    ],
)
def test_a_part_of_a_message_is_no_rival(message: str, more: dict[str, str], is_rival: bool) -> None:
    files = {
        "api/session.py": dedent(SESSION.format(name="ChatSession")),
        "api/update.py": dedent(SESSION.format(name="ChatSession") + message),
        **users("api.session", "ChatSession", 9),
        **more,
    }
    assert names(files) == (["api.session:ChatSession"] if is_rival else [])


@pytest.mark.parametrize(
    ("one", "other"),
    [("v1.carts", "cart"), ("v0_9.carts", "cart"), ("client.cart", "server.basket"), ("server.cart", "base")],
)
def test_versions_and_sides_in_paths_are_no_rivals(one: str, other: str) -> None:
    files = {"shop/__init__.py": ""}
    for module in (one, other):
        path = f"shop/{module.replace('.', '/')}.py"
        files |= {f"{path.rpartition('/')[0]}/__init__.py": "", path: cart("ShoppingCart")}
        files |= users(f"shop.{module}", "ShoppingCart", 4)
    assert names(files) == []


TEST = "def test_it(): ...\n"
SNIPPETS = {f"tests/data/cases/case_{n}.py": "def f(): ...\ndef f(): ...\n" for n in range(10)}


@pytest.mark.parametrize(
    ("more", "exclude"),
    [
        pytest.param({}, ("tests/data/**",), id="data"),
        pytest.param({"tests/data/test_read.py": TEST}, ("tests/data/cases/**",), id="beside-tests"),
        pytest.param({"tests/data/cases/__init__.py": ""}, ("tests/data/**",), id="a-package"),
        pytest.param(
            {"tests/data/cases/inner/__init__.py": "from ..case_1 import f\nfrom . import gone\n"},
            ("tests/data/**",),
            id="a-package-that-imports-its-own",
        ),
        pytest.param({"tests/data/cases/test_all.py": TEST}, (), id="with-tests"),
        pytest.param(
            {"tests/data/cases/test_all.py": "class TestAll(Base): ..."}, (), id="with-tests-of-a-base"
        ),
        pytest.param(
            {"tests/data/cases/case_0.py": "class Check(unittest.TestCase): ..."}, (), id="with-test-cases"
        ),
        pytest.param(
            {"tests/data/cases/test_all.py": "class TestAll(Model):\n    x: int"},
            ("tests/data/**",),
            id="called-like-tests-alone",
        ),
        pytest.param({"tests/data/cases/conftest.py": ""}, (), id="with-fixtures"),
        pytest.param({"tests/data/cases/__main__.py": ""}, (), id="a-program"),
        pytest.param({"tests/test_all.py": "from tests.data.cases import case_0\n"}, (), id="imported"),
        pytest.param(
            {"tests/data/read.py": "from .cases import case_0\n"},
            ("tests/data/**",),
            id="imported-from-within",
        ),
        pytest.param({"tests/test_all.py": "import tests.data.cases.case_2\n"}, (), id="imported-whole"),
        pytest.param(
            {"tests/conftest.py": "PLUGIN = 'tests.data.cases.case_3'\n"}, (), id="named-in-a-string"
        ),
        pytest.param(
            {"tests/test_all.py": "from tests.data import cases\n"}, ("tests/data/**",), id="the-folder-alone"
        ),
    ],
)
def test_folders_of_test_data_are_proposed_to_be_left_out(
    more: dict[str, str], exclude: tuple[str, ...]
) -> None:
    files = {"shop/__init__.py": "", "tests/test_it.py": TEST, **SNIPPETS, **more}
    assert propose(project_of(files)).exclude == exclude


@pytest.mark.parametrize(
    ("folder", "exclude"),
    [
        ("docs/data/cases", ("docs/data/**",)),
        ("docs/how/cases", ("docs/how/cases/**",)),
        ("docs/how", ()),
        ("samples/carts", ()),
        ("parts/fast-cart/tests/data", ()),
        ("tests/shop/migrations", ()),
        ("tests/shop/carts", ("tests/shop/carts/**",)),
    ],
)
def test_data_stands_beside_tests_or_says_that_it_is(folder: str, exclude: tuple[str, ...]) -> None:
    files = {path.replace("tests/data/cases", folder): text for path, text in SNIPPETS.items()}
    files |= {"shop/__init__.py": "", "parts/cart/tests/test_it.py": TEST, "tests/shop/test_it.py": TEST}
    assert propose(project_of(files)).exclude == exclude


@pytest.mark.parametrize(
    ("path", "text", "exclude"),
    [
        ("shop/templates/crew/crew.py", "class {{name}}: ...\n", ("shop/templates/**",)),
        ("shop/made/{{name}}/main.py", "from {{name}} import crew\n", ("shop/made/{{name}}/**",)),
        ("shop/templates/crew/crew.py", "class Crew: ...\n", ()),
        ("shop/templates.py", "class {{name}}: ...\n", ()),
        ("shop/crew/crew.py", "class {{name}}: ...\n", ()),
    ],
)
def test_templates_of_code_are_proposed_to_be_left_out(
    path: str, text: str, exclude: tuple[str, ...]
) -> None:
    assert propose(project_of({"shop/__init__.py": "", path: text})).exclude == exclude


def test_few_files_and_production_code_are_not_left_out() -> None:
    assert (
        propose(project_of({"shop/__init__.py": "", **SNIPPETS})).exclude == ()
    )  # no test beside them at all
    named = {path.replace("data/cases", "shapes"): text for path, text in SNIPPETS.items()}
    few = {"shop/__init__.py": "", "tests/test_it.py": TEST, **dict(list(named.items())[:9])}
    assert propose(project_of(few)).exclude == ()
    assert propose(project_of({**few, **named})).exclude == ("tests/shapes/**",)
    one = {path: text for path, text in SNIPPETS.items() if path.endswith("_1.py")}
    two = {**one, "tests/data/more.py": ""}
    assert propose(project_of({"tests/test_it.py": TEST, **one})).exclude == ()
    assert propose(project_of({"tests/test_it.py": TEST, **two})).exclude == ("tests/data/**",)
    package = {"tests/test_it.py": TEST, **two, "tests/data/__init__.py": ""}
    assert propose(project_of(package)).exclude == ()
    apart = {path.replace("data", "pkg-1"): text for path, text in two.items()}
    assert propose(project_of({"tests/test_it.py": TEST, **apart})).exclude == ("tests/pkg-1/**",)
    scripts = {path.replace("tests/data", "shop/scripts"): text for path, text in SNIPPETS.items()}
    assert propose(project_of({"shop/__init__.py": "", **scripts})).exclude == ()


STATE = "from typing import TypedDict\nclass AgentState(TypedDict):\n    messages: list\n"


def test_small_records_are_no_copies() -> None:
    files = {
        "shop/state.py": STATE,
        "web/state.py": STATE,
        **users("shop.state", "AgentState", 3),
        **{f"tests/test_{number}.py": STATE for number in range(4)},
    }
    longer = {
        path: text.replace("list", "list\n    steps: int\n    user: str") for path, text in files.items()
    }
    assert [any(item.sure for item in propose(project_of(found)).proposals) for found in (files, longer)] == [
        False,
        True,
    ]


def test_one_class_for_each_kind_is_a_variant() -> None:
    """`OnDemandView` and `FeatureView` are made from `BaseFeatureView`: neither stands in for the other."""
    base = cart("BaseFeatureView")
    files = {
        "shop/base.py": base,
        "shop/view.py": "from shop.base import BaseFeatureView\n" + cart("FeatureView", "(BaseFeatureView)"),
        "shop/late.py": "from shop.base import BaseFeatureView\n"
        + cart("LateFeatureView", "(BaseFeatureView)"),
        "shop/often.py": "from shop.view import FeatureView\n" + cart("OftenFeatureView", "(FeatureView)"),
        **users("shop.view", "FeatureView", 9),
        **{f"tests/test_{number}.py": cart("MockFeatureView") for number in range(4)},
    }
    (found,) = propose(project_of(files)).proposals
    assert (found.canonical, found.rivals, found.variants) == (
        "shop.view:FeatureView",
        (),
        ("shop.base:BaseFeatureView", "shop.late:LateFeatureView"),
    )


@pytest.mark.parametrize(
    ("module", "expected"), [("store", []), ("other", ["shop.backends.one.store:ShoppingCart"])]
)
def test_one_class_for_each_of_the_packages_side_by_side_is_meant(module: str, expected: list[str]) -> None:
    """`backends.sqlite.client` and `backends.mysql.client` each have what `backends.base` asks for."""
    base = "class BaseCart:\n    def open(self):\n        return self.path.open()\n"
    start = "from shop.base import BaseCart\n"
    files = {
        "shop/base.py": base,
        "shop/backends/one/store.py": start + cart("ShoppingCart", "(BaseCart)"),
        f"shop/backends/two/{module}.py": start + cart("AgentShoppingCart", "(BaseCart)"),
        **users("shop.backends.one.store", "ShoppingCart", 4),
    }
    assert names(files) == expected


def test_what_one_module_tells_apart_is_one_thing_in_no_other() -> None:
    both = cart("KillRing") + cart("QtKillRing").replace("add_item", "add_text")
    files = {
        "shop/ring.py": both,
        "desk/ring.py": both,
        **users("shop.ring", "QtKillRing", 3),
        **users("desk.ring", "KillRing", 3),
    }
    assert sorted((item.canonical, item.rivals) for item in propose(project_of(files)).proposals) == [
        ("desk.ring:KillRing", ("shop.ring:KillRing, 0 importing files",)),
        ("shop.ring:QtKillRing", ("desk.ring:QtKillRing, 0 importing files",)),
    ]


def test_of_two_that_are_used_alike_the_plain_name_is_canonical() -> None:
    files = {
        "shop/plain.py": cart("ShoppingCart"),
        "shop/frozen.py": cart("FrozenShoppingCart"),
        **users("shop.plain", "ShoppingCart", 1),
        **users("shop.frozen", "FrozenShoppingCart", 1),
    }
    assert names(files) == ["shop.plain:ShoppingCart"]


@pytest.mark.parametrize(
    ("meets", "found"), [("", []), ("from shop.cart import ShoppingCart\n", ["shop.cart:ShoppingCart"])]
)
def test_what_no_home_could_serve_is_no_rival(meets: str, found: list[str]) -> None:
    """Two distributions of one repository, of which neither imports the other."""
    files = {
        "a/shop/__init__.py": "",
        "a/shop/cart.py": cart("ShoppingCart"),
        "a/shop/use.py": "from shop.cart import ShoppingCart\n",
        "a/shop/more.py": "from shop.cart import ShoppingCart\n",
        "b/desk/__init__.py": "",
        "b/desk/cart.py": cart("ShoppingCart"),
        "b/desk/use.py": meets,
    }
    project = project_of(files, 'source-roots = ["a", "b"]')
    assert [item.canonical for item in propose(project).proposals] == found


def test_what_derives_from_rivals_is_no_rival() -> None:
    """`BaseCartView` twice, each with views of its own: nobody looks for one `*CartView`."""
    kinds = [f"{kind}CartView" for kind in ("Agent", "Guest", "Member", "Owner", "Public")]
    files = {
        "shop/base.py": cart("BaseCartView"),
        "desk/base.py": cart("BaseCartView"),
        **{
            f"shop/{kind}.py": f"from shop.base import BaseCartView\n{cart(kind, '(BaseCartView)')}"
            for kind in kinds
        },
        **{
            f"desk/own_{kind}.py": f"from desk.base import BaseCartView\nclass Desk{kind}(BaseCartView):\n    def look(self): ...\n"
            for kind in kinds
        },
        "desk/order.py": "from desk.page import BasePage\nclass OrderCartView(BasePage):\n    def order(self): ...\n",
        "desk/page.py": cart("BasePage"),
        **{
            f"desk/page_{n}.py": f"from desk.page import BasePage\nclass Page{n}(BasePage): ...\n"
            for n in range(3)
        },
        **users("shop.base", "BaseCartView", 4),
        **users("desk.order", "OrderCartView", 4),
    }
    (found,) = propose(project_of(files)).proposals
    assert (found.canonical, found.names, found.rivals) == (
        "shop.base:BaseCartView",
        ("BaseCartView",),
        ("desk.base:BaseCartView, 5 importing files",),
    )


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (cart("BaseCartView", "(View)"), ["shop.base:BaseCartView"]),
        (
            re.sub(
                "return .*",
                "self.log()\n        self.send(self.request)\n        raise",
                cart("BaseCartView", "(View)"),
            ),
            [],
        ),
        ("class BaseCartView(View):\n    kept = True\n    def clear(self): return 3\n", []),
    ],
)
def test_copies_that_views_derive_from_are_one_thing(other: str, found: list[str]) -> None:
    """What a class of a library asks of both says nothing, unless one is the copy of the other."""
    start = "from web.views import View\n"
    files = {
        "shop/base.py": start + cart("BaseCartView", "(View)"),
        "desk/base.py": start + other,
        **{
            f"{home}/view_{number}.py": f"from {home}.base import BaseCartView\n"
            f"class {home.title()}Part{number}(BaseCartView):\n    def look(self): ...\n"
            for home in ("shop", "desk")
            for number in range(4)
        },
        **users("shop.base", "BaseCartView", 4),
    }
    assert names(files) == found


@pytest.mark.parametrize(("through", "public"), [(2, ()), (3, ("shop",))])
def test_a_package_that_many_import_from_is_an_interface(through: int, public: tuple[str, ...]) -> None:
    """It need not say so in `__all__`."""
    files = SHOP | {
        "shop/__init__.py": "from shop.cart import ShoppingCart\n",
        **users("shop", "ShoppingCart", through),
    }
    assert propose(project_of(files)).public == public


@pytest.mark.parametrize(
    ("needs", "found"),
    [
        ("optional-dependencies.server = ['shop>=2']", []),
        ("dependencies = ['shop']", ["shop.cart:ShoppingCart"]),
    ],
)
def test_what_is_made_to_do_without_the_other_has_no_rival_there(needs: str, found: list[str]) -> None:
    """A tool with an extra for the server it talks to, which one of its modules imports."""
    files = {
        "pyproject.toml": "[project]\nname = 'shop'\n",
        "shop/cart.py": cart("ShoppingCart"),
        "tool/pyproject.toml": f"[project]\nname = 'shop-tool'\n{needs}\n",
        "tool/shop_tool/__init__.py": "",
        "tool/shop_tool/cart.py": cart("ShoppingCart"),
        "tool/shop_tool/begin.py": "from shop.cart import ShoppingCart\n",
        **users("shop.cart", "ShoppingCart", 4),
    }
    assert names(files) == found


def test_what_is_for_one_part_of_a_library_is_meant() -> None:
    """The same text, but `Client` is another class in each."""
    files = {
        f"shop/{part}/__init__.py": f"from kit.{part} import Client\n"
        + cart("ShoppingCart").replace("    def __init__", "    client: Client\n    def __init__", 1)
        for part in ("aiohttp", "websockets")
    }
    files |= users("shop.aiohttp", "ShoppingCart", 4) | users("shop.websockets", "ShoppingCart", 2)
    assert names(files) == []


def test_a_typed_dict_is_no_rival_of_what_is_made_of_it() -> None:
    fields = "".join(f"    {name}: int\n" for name in ("price", "count", "owner", "state"))
    files = {
        "shop/types.py": f"from typing import TypedDict\nclass OrderItem(TypedDict):\n{fields}",
        "shop/order.py": f"class OrderItem:\n{fields}    def total(self): ...\n    def send(self): ...\n",
        **users("shop.order", "OrderItem", 6),
        **users("shop.types", "OrderItem", 3),
    }
    assert names(files) == []
    same = {"shop/types.py": files["shop/order.py"]}
    assert names(files | same) == ["shop.order:OrderItem"]


def test_a_record_may_be_made_anywhere() -> None:
    """A function that returns one is no factory that all have to use."""
    files = SHOP | {
        "shop/cart.py": "from dataclasses import dataclass\n@dataclass" + cart("ShoppingCart"),
        "shop/make.py": "from shop.cart import ShoppingCart\ndef create_cart() -> ShoppingCart: ...\n",
        **users("shop.make", "create_cart", 4),
    }
    (found,) = propose(project_of(files)).proposals
    assert found.factory is not None and not found.factory.sure
