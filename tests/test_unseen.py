"""What no rule sees, and what is made of a report then."""

from __future__ import annotations

import ast
import inspect
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from msgspec.msgpack import encode

from ssot_lint import warm
from ssot_lint.cli import run
from ssot_lint.cli._kept import Held, what_holds
from ssot_lint.cli._place import locate
from ssot_lint.cli._request import Request
from ssot_lint.config import Capability, Concept, Config, Sequence
from ssot_lint.discover import Candidate, Discovery, discover
from ssot_lint.facts import extract
from ssot_lint.incremental import moved as moved_module
from ssot_lint.incremental import noted as noted_module
from ssot_lint.incremental import readings
from ssot_lint.incremental import unseen as unseen_module
from ssot_lint.incremental.asking import Wanted, as_met, may_meet
from ssot_lint.incremental.brought import binds_plainly, homes, is_followed, looked_into
from ssot_lint.incremental.carried import carried
from ssot_lint.incremental.moved import Shift, moved
from ssot_lint.incremental.noted import FOLLOWING_IMPORTS, SUGGESTING, TRACING_IMPORTS, Noted, joined, widened
from ssot_lint.incremental.unseen import Unseen, is_asked_for, unseen
from ssot_lint.model import Diagnostic, Fact, Location, Related, Report, Summary, Violation
from ssot_lint.plugins import load_rules
from ssot_lint.queries.outlines import Body, Outline, Rival
from ssot_lint.scan import open_cache
from ssot_lint.scanning.survey import look
from ssot_lint.settings.loading import load
from ssot_lint.settings.words import flow_words, words

CONFIG = Config(concepts=(Concept("cart", canonical="shop.cart:Cart", names=("*Cart",)),))
FILE = Candidate("shop/stock.py", "shop.stock", False, True, False)

SOURCE = """\
import os

LIMIT = 3


class Stock:
    def add(self, item):
        self.items.append(item)
        return item


def report(stock):
    print(stock)
"""


def difference(new: str, before: Noted | None = None, old: str = SOURCE) -> Unseen | None:
    one, other = (extract(source.encode(), words(CONFIG), flow_words(CONFIG)) for source in (old, new))
    return unseen(FILE, one, other, before or Noted(), CONFIG)


UNSEEN = {
    "nothing": (SOURCE, {}, set()),
    "a comment at the end": (SOURCE + "# more\n", {}, set()),
    "a comment above": ("# first\n" + SOURCE, {1: 2, 3: 4, 6: 7, 7: 8, 12: 13}, set()),
    "a name": (
        SOURCE.replace("\n\nclass", "MOST = [1]\n\n\nclass"),
        {1: 1, 3: 3, 6: 7, 7: 8, 12: 13},
        {"MOST"},
    ),
    "a function": (
        SOURCE.replace("class", "def sell(stock):\n    return stock\n\n\nclass"),
        {1: 1, 3: 3, 6: 10, 7: 11, 12: 16},
        {"sell"},
    ),
    "another value": (SOURCE.replace("3", "4"), {1: 1, 6: 6, 7: 7, 12: 12}, {"LIMIT"}),
    "a name less": (SOURCE.replace("LIMIT = 3\n", ""), {1: 1, 6: 5, 7: 6, 12: 11}, {"LIMIT"}),
    "a statement in a method": (
        SOURCE.replace("        return", "        total = len(self.items)\n        return"),
        {1: 1, 3: 3, 6: 6, 7: 7, 12: 13},
        set(),
    ),
    "a branch in a function": (
        SOURCE.replace("    print", "    if not stock:\n        return\n    print"),
        {1: 1, 3: 3, 6: 6, 7: 7, 12: 12},
        set(),
    ),
}


@pytest.mark.parametrize(("new", "lines", "names"), UNSEEN.values(), ids=UNSEEN)
def test_what_no_rule_sees(new: str, lines: dict[int, int], names: set[str]) -> None:
    found = difference(new)
    assert found is not None
    added = new.count("\n") - SOURCE.count("\n")
    assert (dict(found.lines), found.names, found.imported, found.added) == (lines, names, set(), added)
    assert (found.inner, found.imports, found.counted) == (set(), (), {})
    assert found.wanted == Wanted("stock", frozenset(names))


def test_a_file_whose_text_was_read_is_seen() -> None:
    assert difference(SOURCE, Noted(quoted=frozenset({"shop/cart.py"}))) is not None
    assert difference(SOURCE, Noted(quoted=frozenset({"shop/stock.py"}))) is None


METHOD = """
    def take(self, item: str) -> int:
        \"\"\"Words.\"\"\"
        return 1

"""

DEFINED = {
    "a class": (
        SOURCE + "\n\nclass Shelf(Exception):\n    def __init__(self, stock):\n        pass\n",
        ({"Shelf"}, set(), {"Shelf"}, {"": 1, "__init__": 1}, {}),
    ),
    "a function with a class": (
        SOURCE + "\n\ndef sell(stock):\n    class Sold:\n        pass\n",
        ({"sell"}, set(), {"sell"}, {"": 1}, {}),
    ),
    "a decorated function": (
        SOURCE + "\n\n@fixture\ndef sell(stock):\n    return stock\n",
        ({"sell"}, set(), {"sell"}, {}, {}),
    ),
    "a method": (
        SOURCE.replace("\n\ndef report", METHOD + "\n\ndef report"),
        (set(), {"take"}, {"take"}, {"take": 1}, {9: (13, 17), 13: (18, 17)}),
    ),
    "a method under another name": (
        SOURCE.replace("add", "put"),
        (set(), {"add", "put"}, {"add", "put"}, {"add": -1, "put": 1}, {}),
    ),
    "a function in a function": (
        SOURCE + "    def sell(item):\n        return item\n",
        (set(), set(), {"sell"}, {}, {13: (15, 20)}),
    ),
    "a parameter": (
        SOURCE.replace("(stock)", "(stock, full=False)", 1),
        (set(), {"report"}, {"report", "full"}, {}, {}),
    ),
    "a parameter of a method": (
        SOURCE.replace("(self, item)", "(self, item, place)"),
        (set(), {"add"}, {"add", "place"}, {}, {}),
    ),
    "an attribute": (
        SOURCE.replace("        return", "        self.last = item\n        return"),
        (set(), {"last"}, {"last"}, {}, {9: (10, 20), 13: (14, 17)}),
    ),
    "a docstring": (
        SOURCE.replace("    print", '    """Words."""\n    print'),
        (set(), set(), set(), {}, {13: (14, 17)}),
    ),
    "other words in the module": (
        '"""Words."""\n' + SOURCE,
        (set(), set(), set(), {}, {9: (10, 20), 13: (14, 17)}),
    ),
    "another end": (
        SOURCE.replace("print(stock)", "print(stock, 1)"),
        (set(), set(), set(), {}, {13: (13, 20)}),
    ),
    "no body": (
        SOURCE.replace("        self.items.append(item)\n        return item", "        pass"),
        (set(), {"add"}, {"add"}, {}, {9: (8, 13), 13: (12, 17)}),
    ),
}


@pytest.mark.parametrize(("new", "expected"), DEFINED.values(), ids=DEFINED)
def test_definitions_that_no_rule_sees_unless_somebody_asks(
    new: str, expected: tuple[set[str], set[str], set[str], dict[str, int], dict[int, tuple[int, int]]]
) -> None:
    found = difference(new)
    assert found is not None
    names, members, own, counted, ends = expected
    assert (found.wanted.names, found.members | found.wanted.called) == (names, members)
    assert found.wanted.classes == {name for name in names if name[0].isupper()}
    assert (found.names | found.members | found.inner, found.counted) == (own, counted)
    assert {old[2]: now for old, now in found.ends.items() if old[2:] != now} == ends


@pytest.mark.parametrize(
    ("signature", "own"),
    [("(self, item) -> None:", set()), ("(self, item, place):", {"place"})],
)
def test_who_reads_what_a_constructor_takes_asks_for_it_by_name(signature: str, own: set[str]) -> None:
    old = SOURCE.replace("def add", "def __init__")
    found = difference(old.replace("(self, item):", signature), old=old)
    assert found is not None
    assert (found.wanted, found.names | found.members | found.inner) == (Wanted("stock"), own)
    for names, is_kept in (({"add"}, True), ({"add", "__init__"}, False)):
        before = Noted(picked={"shop/stock.py:Stock": frozenset(names)})
        assert (difference(old.replace("(self, item):", signature), before, old=old) is not None) == is_kept
    other = old.replace("def __init__(self, item):", "def __getattr__(self, item) -> None:")
    assert difference(other, old=old.replace("__init__", "__getattr__")) is None


DEEP = SOURCE.replace("import os", "import os\nfrom shop import Cart").replace(
    "    def add", "    def buy(self):\n        return Cart()\n\n    def add"
)


@pytest.mark.parametrize(
    ("added", "is_kept"),
    [
        pytest.param("def give(item):\n    return item", True, id="what it is given"),
        pytest.param("def give(item):\n    return item.size", True, id="an attribute of that"),
        pytest.param("def give():\n    return self.size", True, id="an attribute of its own"),
        pytest.param("def give(report):\n    return report", False, id="called as what the module has"),
        pytest.param("def give(os):\n    return os.path", False, id="called as what it imports"),
        pytest.param("def give(item):\n    return item.Cart", False, id="an attribute called as a concept"),
        pytest.param("def give():\n    return stock", False, id="what it is not given"),
        pytest.param("def give(item):\n    return Cart", False, id="a class of a concept"),
        pytest.param("def give(item):\n    return Cart(item)", False, id="an instance of it"),
    ],
)
def test_what_functions_that_nobody_asks_for_give_back(added: str, is_kept: bool) -> None:
    before = Noted(kin=frozenset({"Cart"}))
    method = added.replace("(", "(self, ", 1).replace(", )", ")").replace("\n", "\n    ")
    new = DEEP.replace("    def add", f"    {method}\n\n    def add")
    for one, other in ((DEEP, new), (new, DEEP)):
        assert (difference(other, before, one) is not None) is is_kept


SET = {
    "an attribute": (SOURCE.replace("    def add", "    most = 1\n\n    def add"), set(), {"most"}, ()),
    "a class with one": (SOURCE + "\n\nclass Shelf:\n    most = 1\n", {"Shelf"}, set(), ()),
    "what a builtin makes": (SOURCE + "\n\nshelf = dict(a=1)\n", {"shelf"}, set(), ()),
    "what comes from elsewhere": (SOURCE + "\n\nshelf = os.getcwd()\n", {"shelf"}, set(), ("os",)),
}


@pytest.mark.parametrize(("new", "names", "members", "makers"), SET.values(), ids=SET)
def test_values_that_stand_for_nothing_else(
    new: str, names: set[str], members: set[str], makers: tuple[str, ...]
) -> None:
    for old, other in ((SOURCE, new), (new, SOURCE)):
        found = difference(other, old=old)
        assert found is not None
        assert (found.wanted.names, found.members) == (names, members)
        assert tuple(imp.module for imp in found.makers) == makers


def test_what_makes_a_value_leads_out_of_the_project() -> None:
    here = Discovery((FILE, Candidate("os/path.py", "os.path", False, True, False)), ())
    found = difference(SET["what comes from elsewhere"][0])
    assert found is not None
    assert homes([found], here, Noted()) is None
    assert homes([found], Discovery((FILE,), ()), Noted()) == {}
    assert looked_into([found], here) == {FILE.path: {"os", "getcwd"}}


@pytest.mark.parametrize(
    ("added", "before"),
    [
        ("shelf = os.getcwd()", Noted(kin=frozenset({"getcwd"}))),
        ("shelf = dict()", Noted(asked=frozenset({"shop.cart:dict"}))),
        ("most = 1", Noted(opened=frozenset({f"{FILE.path}:Stock"}))),
        ("most = 1", Noted(kin=frozenset({"Stock"}))),
    ],
)
def test_who_knows_what_makes_or_holds_a_value(added: str, before: Noted) -> None:
    plain = added.startswith("most")
    new = SOURCE.replace("    def add", f"    {added}\n\n    def add") if plain else f"{SOURCE}\n\n{added}\n"
    assert difference(new) is not None
    assert difference(new, before) is None


@pytest.mark.parametrize(
    "hiding", ["from shop.cart import *", "from shop.cart import make as dict", "dict = 1"]
)
def test_what_may_hide_a_builtin(hiding: str) -> None:
    old = f"{hiding}\n{SOURCE}"
    here = Discovery((FILE, Candidate("shop/cart.py", "shop.cart", False, True, False)), ())
    found = difference(f"{old}\n\nshelf = dict()\n", old=old)
    assert found is None or homes([found], here, Noted()) is None


IMPORTED = {
    "at module level": (SOURCE.replace("import os", "import os\nimport json"), {"json"}, {"json"}, True),
    "in a function": (
        SOURCE.replace("    print", "    import json.tool\n    print"),
        {"json"},
        {"json"},
        False,
    ),
    "under another name": (
        SOURCE.replace("import os", "import os\nfrom re import sub as put"),
        {"put"},
        {"re"},
        True,
    ),
    "no more": (SOURCE.replace("import os", ""), {"os"}, {"os"}, True),
    "from another package": (SOURCE.replace("import os", "import os\nimport yaml"), {"yaml"}, {"yaml"}, True),
}


@pytest.mark.parametrize(("new", "names", "libraries", "exposes"), IMPORTED.values(), ids=IMPORTED)
def test_what_is_imported_from_outside_the_project(
    new: str, names: set[str], libraries: set[str], exposes: bool
) -> None:
    found = difference(new)
    assert found is not None
    assert (found.names, found.imported) == (set(), names)
    assert {imp.module.partition(".")[0] for imp, _ in found.imports} == libraries
    assert found.wanted == Wanted("stock", frozenset(names if exposes else ()))


SEEN = {
    "an import that may not run": SOURCE.replace("import os", "import os\nif os:\n    import json"),
    "an import beside another one": SOURCE.replace("import os", "import os, yaml"),
    "an import in a class": SOURCE.replace("    def add", "    import json\n\n    def add"),
    "a class of a concept": SOURCE + "\n\nclass MyCart:\n    pass\n",
    "a class of a class of a concept": SOURCE + "\n\nclass Trolley(shop.Cart):\n    pass\n",
    "a parameter for a concept": SOURCE + "\n\ndef sell(stock: 'list[Cart]'):\n    pass\n",
    "another return": SOURCE.replace("report(stock)", "report(stock) -> Cart"),
    "another base": SOURCE.replace("class Stock", "class Stock(dict)"),
    "another decorator": SOURCE.replace("def report", "@cache\ndef report"),
    "a coroutine": SOURCE.replace("def report", "async def report"),
    "a function in a branch": SOURCE + "\n\nif os:\n    def sell():\n        return 1\n",
    "another order of functions": SOURCE.replace("class", "def sell(): ...\n\n\nclass").replace(
        "sell", "report", 1
    ),
    "a function twice": SOURCE + "\n\ndef report(stock):\n    return stock\n",
    "a function where bodies are read": SOURCE + "\n\ndef sell(stock):\n    return Cart(stock)\n",
    "a function for tests": SOURCE + "\n\ndef pytest_configure(config):\n    return config\n",
    "an alias": SOURCE.replace("LIMIT = 3", "LIMIT = 3\nStore = Stock"),
    "an instance": SOURCE.replace("def report", "stock = Stock()\n\n\ndef report"),
    "a name of a concept": SOURCE.replace("LIMIT", "MyCart"),
    "a name that pytest reads": SOURCE.replace("LIMIT", "pytest_plugins"),
    "a name of the language": SOURCE.replace("LIMIT", "__path__"),
    "a name in a branch": SOURCE.replace("LIMIT = 3", "if os:\n    LIMIT = 3"),
    "a field of a class": SOURCE.replace("    def add", "    most: int = 1\n\n    def add"),
    "another name in a class": SOURCE.replace("    def add", "    most = LIMIT\n\n    def add"),
    "what says which message a class is": SOURCE.replace("    def add", "    type = 1\n\n    def add"),
    "a name of the language in a class": SOURCE.replace("    def add", "    __slots__ = ()\n\n    def add"),
    "a name of a concept in a class": SOURCE.replace("    def add", "    MyCart = 1\n\n    def add"),
    "a class with a field": SOURCE + "\n\nclass Shelf:\n    size: int = 1\n",
    "what a class of the module makes": SOURCE + "\n\nshelf = Stock()\n",
    "what a function of the module makes": SOURCE + "\n\nshelf = report(1)\n",
    "what a method makes": SOURCE + "\n\nshelf = Stock.open()\n",
    "what a builtin may find": SOURCE + "\n\nshelf = globals()\n",
    "another name for what is called": SOURCE.replace("import os", "import functools")
    + "\n\nshelf = functools.partial(report)\n",
    "what nobody can name": SOURCE + "\n\nshelf = dict()()\n",
    "what is made in a branch": SOURCE + "\n\nif os:\n    shelf = dict()\n",
    "what is made and typed": SOURCE + "\n\nshelf: dict = dict()\n",
    "exports": SOURCE.replace("LIMIT", "__all__"),
    "an error": SOURCE + ")\n",
    "a suppression": SOURCE + "# ssot-lint: ignore[SSOT101] why\n",
    "another order": SOURCE.replace("import os\n\nLIMIT = 3", "LIMIT = 3\n\nimport os"),
}


@pytest.mark.parametrize("new", SEEN.values(), ids=SEEN)
def test_what_a_rule_may_see(new: str) -> None:
    assert difference(new) is None


STAR = SOURCE.replace("import os", "from json import *\nimport os")
LATE = SOURCE.replace("LIMIT = 3", "LIMIT = 3\nfrom json import *")
SOUGHT = {FILE.path: frozenset({"os", "Stock", "report"})}
MODULE_SAID = {FILE.path: frozenset({"LIMIT"})}
BUILT_IN_ASKED = {FILE.path: frozenset({"os", "len"})}
FLOWING = SOURCE + "\n\ndef buy(stock):\n    return Cart(stock, decode(stock))\n"
CAPABLE = replace(CONFIG, capabilities=(Capability("tokens", ("jwt.decode", "jwt.encode")),))


@pytest.mark.parametrize(
    ("old", "new", "sought", "is_kept"),
    [
        pytest.param(SOURCE, STAR, SOUGHT, True, id="all that is asked for is bound behind it"),
        pytest.param(STAR, SOURCE, SOUGHT, True, id="taken away"),
        pytest.param(STAR, STAR.replace("json", "re"), SOUGHT, True, id="from another module"),
        pytest.param(SOURCE, LATE, SOUGHT, False, id="one name is bound before it"),
        pytest.param(LATE, SOURCE, SOUGHT, False, id="one name was bound before it"),
        pytest.param(STAR, LATE, MODULE_SAID, False, id="it moves behind a name"),
        pytest.param(SOURCE, LATE, {FILE.path: frozenset({"Stock"})}, True, id="nobody asks for that one"),
        pytest.param(SOURCE, STAR, BUILT_IN_ASKED, False, id="it may bring what was built in"),
        pytest.param(
            SOURCE, STAR, {FILE.path: frozenset({"*"})}, False, id="somebody asks whether there is one"
        ),
        pytest.param(SOURCE, STAR, {}, True, id="nobody asks for anything"),
        pytest.param(
            SOURCE, STAR.replace("import *", "import * # x"), SOUGHT, True, id="a comment beside it"
        ),
        pytest.param(
            SOURCE.replace("import os", "try:\n    import os\nexcept ImportError: os = None"),
            STAR.replace("\nimport os", "\ntry:\n    import os\nexcept ImportError: os = None"),
            SOUGHT,
            False,
            id="a name that may not be bound",
        ),
        pytest.param(
            SOURCE.replace("import os", "if TYPE_CHECKING:\n    import re"),
            STAR.replace("import os", "if TYPE_CHECKING:\n    import re"),
            {},
            False,
            id="names for type checkers alone",
        ),
        pytest.param(SOURCE + "\n\nos: str\n", STAR + "\n\nos: str\n", SOUGHT, True, id="declared once more"),
        pytest.param(
            SOURCE.replace("import os", "os: str"),
            STAR.replace("import os", "os: str"),
            SOUGHT,
            False,
            id="declared and never bound",
        ),
        pytest.param(
            SOURCE.replace("import os", "os = 1\ndel os"),
            STAR.replace("import os", "os = 1\ndel os"),
            SOUGHT,
            True,
            id="deleted in the end",
        ),
        pytest.param(
            SOURCE, STAR.replace("import *", "import *; import re"), SOUGHT, False, id="on one line"
        ),
        pytest.param("# soon\n", "from json import *\n", {}, True, id="in a module that holds nothing"),
        pytest.param(SOURCE, STAR.replace("from json", "from . json"), SOUGHT, False, id="a relative one"),
        pytest.param(SOURCE, SOURCE + "if os:\n    from json import *\n", {}, False, id="in a branch"),
        pytest.param(FLOWING, "from json import *\n" + FLOWING, SOUGHT, False, id="a call that is watched"),
        pytest.param(
            FLOWING.replace("decode", "build"),
            "from json import *\n" + FLOWING.replace("decode", "build"),
            SOUGHT,
            True,
            id="a call that is not watched",
        ),
    ],
)
def test_star_imports(old: str, new: str, sought: dict[str, frozenset[str]], is_kept: bool) -> None:
    one, other = (extract(text.encode(), words(CAPABLE), flow_words(CAPABLE)) for text in (old, new))
    found = unseen(FILE, one, other, Noted(sought=sought), CAPABLE)
    assert (found is not None) is is_kept
    if found is not None:
        stars = [imp.module for imp, _ in found.imports if imp.name == "*"]
        assert stars == [
            module
            for module in ("json", "re")
            if (f"from {module} import *" in old) != (f"from {module} import *" in new)
        ]
        assert found.wanted == Wanted("stock")


def test_stars_of_packages_of_the_project_are_seen() -> None:
    found = difference(STAR.replace("json", "shop.cart"))
    assert found is not None
    here = Discovery((FILE, Candidate("shop/cart.py", "shop.cart", False, True, False)), ())
    assert homes([found], here, Noted()) is None
    found = difference(STAR)
    assert found is not None
    assert homes([found], here, Noted()) == {}


USED = SOURCE.replace("def add", "@json.what\n    def add")
JSON = "import json\nimport os"


@pytest.mark.parametrize(
    ("old", "new", "sought", "is_asked"),
    [
        pytest.param(USED, USED.replace("import os", JSON), {"os"}, False, id="nobody looked it up"),
        pytest.param(USED.replace("import os", JSON), USED, {"os"}, False, id="taken away"),
        pytest.param(USED, USED.replace("import os", JSON), {"json"}, True, id="somebody looked it up"),
        pytest.param(USED, USED.replace("import os", JSON), {"*"}, True, id="that is not known any more"),
        pytest.param(
            USED, USED.replace("    print", "    import json\n    print"), set(), True, id="in a function"
        ),
        pytest.param(
            USED + "\nmade = Cart()\n",
            USED.replace("import os", JSON) + "\nmade = Cart()\n",
            set(),
            True,
            id="bodies are read",
        ),
        pytest.param(
            USED + "\njson = 1\n",
            USED.replace("import os", JSON) + "\njson = 1\n",
            set(),
            True,
            id="bound again",
        ),
    ],
)
def test_who_asks_for_an_import_of_his_own(old: str, new: str, sought: set[str], is_asked: bool) -> None:
    found = difference(new, Noted(sought={FILE.path: frozenset(sought)}), old)
    assert found is not None
    assert is_asked_for([found], Discovery((), ()), CONFIG) is is_asked


def test_files_in_which_names_may_be_looked_up_for_the_first_time() -> None:
    here = Discovery((FILE, Candidate("shop/cart.py", "shop.cart", False, True, False)), ())
    star, value = difference(STAR), difference(UNSEEN["a name"][0])
    bought = difference(SOURCE.replace("import os", "import os\nfrom shop.cart import pay"))
    assert star is not None and value is not None and bought is not None
    typed = difference(SOURCE.replace("def report(stock)", "def report(stock: list[int]) -> str"))
    assert typed is not None
    assert looked_into([star], here) == {}
    sold = difference(SOURCE + "\n\nclass Sold(Base):\n    def sell(self, count: int = 3, to=None): ...\n")
    noted = difference(SOURCE.replace("LIMIT = 3", "LIMIT: Final[int] = 3"))
    assert sold is not None and noted is not None
    assert looked_into([value], here) == {}
    assert looked_into([typed], here) == {FILE.path: {"list", "int", "str"}}
    assert looked_into([sold], here) == {FILE.path: {"Base", "int"}}
    assert looked_into([noted], here) == {FILE.path: {"Final", "int"}}
    assert looked_into([star, bought], here) == {"shop/cart.py": {"pay"}}
    assert widened(
        Noted(sought=SOUGHT), {"shop/cart.py": frozenset({"pay"}), FILE.path: frozenset({"os", "pay"})}
    ).sought == {
        FILE.path: {"os", "Stock", "report", "pay"},
        "shop/cart.py": {"pay"},
    }


def test_a_comment_for_the_line_below_must_stay_above_it() -> None:
    marked = "# ssot-lint: ignore[SSOT106] why\nimport os\n"
    assert difference(marked + "# more\n", old=marked) is not None
    assert difference("\n" + marked, old=marked) is None


def test_the_length_of_a_definition_that_is_replaced_is_told() -> None:
    twice = "def f():\n    return 1\n\n\ndef f():\n    return 2\n"
    assert difference("\n" + twice, old=twice) is not None
    assert difference(twice.replace("    return 1", "\n    return 1"), old=twice) is None


def test_a_call_below_what_it_is_given_to_stays_there() -> None:
    made = "from shop import Cart\nstock = (\n    Cart(1)\n)\n"
    assert difference("\n" + made, old=made) is not None
    assert difference(made.replace("(\n", "(\n\n"), old=made) is None


STEPS = SOURCE.replace(
    "        return", "        a = b = 1\n        print(a)\n        print(b)\n        return"
).replace("        a = b", "        print()\n        a = b")
WORK = SOURCE.replace("    print(stock)", "    print(stock)\n" * 7)
READ_AGAIN = {FILE.path: {"report": b""}}
ASKED_OF_REPORT = frozenset({f"{FILE.path}:report"})


@pytest.mark.parametrize(
    ("new", "before", "is_seen"),
    [
        (UNSEEN["a name"][0], Noted(listed=frozenset({FILE.path})), True),
        (UNSEEN["a name"][0], Noted(compared=frozenset({f"{FILE.path}:Stock"})), False),
        (UNSEEN["a statement in a method"][0], Noted(compared=frozenset({f"{FILE.path}:Stock"})), True),
        (UNSEEN["a statement in a method"][0], Noted(compared=frozenset({f"{FILE.path}:Stock.add"})), True),
        (UNSEEN["a statement in a method"][0], Noted(compared=frozenset({f"{FILE.path}:report"})), False),
        (DEFINED["a method"][0], Noted(opened=frozenset({f"{FILE.path}:Stock"})), True),
        (DEFINED["a method"][0], Noted(opened=frozenset({f"{FILE.path}:report"})), False),
        (DEFINED["a method"][0], Noted(compared=frozenset({f"{FILE.path}:Stock"})), True),
        (DEFINED["a method"][0], Noted(kin=frozenset({"Stock"})), True),
        (DEFINED["a method"][0], Noted(above=frozenset({"Stock"})), True),
        (DEFINED["a method"][0], Noted(kin=frozenset({"str"})), True),
        (DEFINED["a parameter"][0], Noted(kin=frozenset({"report"})), True),
        (DEFINED["a parameter of a method"][0], Noted(opened=frozenset({f"{FILE.path}:Stock"})), True),
        (DEFINED["an attribute"][0], Noted(opened=frozenset({f"{FILE.path}:Stock"})), True),
        (DEFINED["a parameter"][0], Noted(passages=READ_AGAIN, spoken=frozenset({"full"})), True),
        (DEFINED["a parameter"][0], Noted(passages=READ_AGAIN, spoken=frozenset({"stock"})), False),
        (DEFINED["a parameter"][0], Noted(spoken=frozenset({"full"})), False),
        (IMPORTED["in a function"][0], Noted(passages=READ_AGAIN, spoken=frozenset({"json"})), True),
        (DEFINED["a class"][0], Noted(kin=frozenset({"Shelf"})), True),
        (DEFINED["a class"][0], Noted(kin=frozenset({"Exception"})), True),
        (DEFINED["a class"][0], Noted(above=frozenset({"Exception"})), False),
        (UNSEEN["a statement in a method"][0], Noted(listed=frozenset({FILE.path})), False),
        (STEPS, Noted(rivals=(Rival("class", Outline((Body(False, 2, "ccaccr"),), 6), 0.9),)), True),
        (STEPS, Noted(rivals=(Rival("class", Outline((Body(False, 2, "ccaccrr"),), 7), 0.9),)), False),
        (STEPS, Noted(rivals=(Rival("class", Outline((Body(False, 2, "crrdrd"),), 6), 0.9),)), False),
        (STEPS, Noted(rivals=(Rival("function", Outline((Body(False, 2, "ccaccr"),), 6), 0.9),)), True),
        (
            STEPS,
            Noted(rivals=(Rival("async-function", Outline((Body(False, 2, "ccaccr"),), 6), 0.9),)),
            False,
        ),
        (STEPS, Noted(questioned={"loops": frozenset({f"{FILE.path}:Stock.add"})}), False),
        (STEPS, Noted(questioned={"works": frozenset({f"{FILE.path}:Stock.add"})}), False),
        (STEPS, Noted(questioned={"only records": frozenset({f"{FILE.path}:Stock.add"})}), True),
        (STEPS, Noted(questioned={"only records": frozenset({f"{FILE.path}:Stock"})}), False),
        (UNSEEN["a branch in a function"][0], Noted(questioned={"works": ASKED_OF_REPORT}), False),
        (WORK, Noted(questioned={"works": ASKED_OF_REPORT}), True),
        (SOURCE.split("\n\ndef")[0], Noted(questioned={"works": ASKED_OF_REPORT}), True),
    ],
)
def test_what_somebody_looked_at_as_a_whole(new: str, before: Noted, is_seen: bool) -> None:
    assert (difference(new, before) is None) is is_seen


def test_a_module_of_imports_may_start_to_do_more() -> None:
    old, kin = "from shop.stock import Stock\n", Noted(kin=frozenset({"Stock"}))
    assert difference(old + "LIMIT = 3\n", kin, old) is not None
    assert difference(old + "LIMIT = 3\nMOST = 4\n", kin, old) is None
    assert difference(old + "LIMIT = 3\nMOST = 4\n", old=old) is not None
    assert difference(old + "class Shelf: ...\n", kin, old) is None
    assert difference(old + "class Shelf: ...\n", old=old) is not None


def test_a_module_that_imports_nothing_hands_nothing_on() -> None:
    assert difference("# words\nLIMIT = 3\n", old="# words\n") is not None


# --- reports --------------------------------------------------------------------------------------------------


def report(*diagnostics: Diagnostic) -> Report:
    return Report(diagnostics, Summary(2, 30, 0, 0, 0, len(diagnostics), {}, {}))


def finding(
    line: int, message: str, *related: Related, rule: str = "SSOT106", path: str = "a.py"
) -> Diagnostic:
    return Diagnostic(rule, "rule", "error", "new", path, line, 1, line, 5, message, related=related)


SHIFTS = {"a.py": Shift({3: 5, 4: 6, 9: 11, 10: 12})}


def test_findings_move() -> None:
    before = report(
        finding(1, "the module"),
        finding(3, "as line 9 says", Related("a.py", 10, "here")),
        finding(3, "b", Related("a.py", 4, "called at a.py:9"), path="b.py"),
    )
    now = moved(before, SHIFTS, 2)
    assert now is not None
    assert now.diagnostics == (
        finding(1, "the module"),
        finding(5, "as line 11 says", Related("a.py", 12, "here")),
        finding(3, "b", Related("a.py", 6, "called at a.py:11"), path="b.py"),
    )
    assert now.summary.lines == 32


LOST = {
    "a line that no fact names": finding(7, "here"),
    "line 9 of which file": finding(3, "as line 9 says", Related("b.py", 4, "there")),
    "a rule that quotes no lines": finding(3, "as line 9 says", rule="SSOT101"),
    "a line in a text": finding(3, "called at a.py:8"),
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
def test_a_report_that_does_not_say_enough(lost: Diagnostic) -> None:
    assert moved(report(lost), SHIFTS, 2) is None


def test_the_first_line_may_stand_for_the_file() -> None:
    assert moved(report(finding(1, "the module")), {"a.py": Shift({1: 2, 2: 3})}, 1) is None


def test_what_is_wrong_in_the_configuration_stays_first() -> None:
    before = report(finding(7, "no such name", path="ssot-lint.toml"), finding(3, "here"))
    now = moved(before, SHIFTS, 2)
    assert now is not None
    assert now.diagnostics == (finding(7, "no such name", path="ssot-lint.toml"), finding(5, "here"))


def test_a_text_that_sorts_elsewhere_now() -> None:
    before = report(finding(3, "line 4"), finding(3, "line 9"))
    assert moved(before, {"a.py": Shift({3: 3, 4: 9, 5: 10, 9: 11})}, 2) is None


# --- the whole way --------------------------------------------------------------------------------------------

WAYS = {
    "a name": ("empty", "LIMIT = 3\n", True),
    "a name beside one that is missing": ("stock", "LIMIT = 3\n", frozenset({"SSOT203"})),
    "a name near one that is missing": ("stock", "MISSINGS = 3\n", frozenset({"SSOT203"})),
    "a name that somebody asks another module for": ("empty", "MISSING = 3\n", True),
    "a name within another one": ("empty", "remark = 3\n", True),
    "a name that a path has": ("empty", "shelf = 3\n", True),
    "a comment": ("stock", "# words\n", True),
    "a function": ("empty", "def sell():\n    return 1\n", True),
    "a function that somebody asks for": ("empty", "def MISSING():\n    return 1\n", SUGGESTING),
    "a function that is called like another one": ("empty", "def remark():\n    return 1\n", True),
    "an import": ("empty", "import json\n", True),
    "an import into a module that somebody names": ("stock", "import json\n", frozenset({"SSOT203"})),
    "a class": ("empty", "class Sold:\n    def sell(self): return 1\n", True),
    "a class of the name of another one": ("empty", "class remark_of: ...\n", False),
    "an import of what the file asks for": ("empty", "import f\nimport json as os\n", False),
    "an import of what could stand beside": ("empty", "import token\n", False),
}


@pytest.mark.parametrize(("asked", "text", "kept"), WAYS.values(), ids=WAYS)
def test_findings_are_kept_while_nobody_asks(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: str,
    text: str,
    kept: bool | frozenset[str],
) -> None:
    """`kept`: all findings, or all but those of some rules."""
    monkeypatch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
    monkeypatch.setattr(warm, "STARTED", time.time_ns() + 10**12)
    (tmp_path / "ssot-lint.toml").write_text("")
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "token.py").write_text("")
    (tmp_path / "shelf.py").write_text(f"from {asked} import MISSING\n\n\nclass remark_of: ...\n")
    stock = tmp_path / "stock.py"
    stock.write_text("import os\n\n\ndef f(): ...\n\n\ndef f(): return os\n")

    def printed(*arguments: str) -> str:
        run(["check", "--root", str(tmp_path), "--jobs", "1", "--format", "json", *arguments])
        return capsys.readouterr().out

    printed()
    stock.write_text(text + stock.read_text())
    known = known_of(tmp_path)
    assert (known.again if isinstance(known, Held) else known is not None) == kept
    found = printed()
    assert found == printed("--no-cache")
    assert not isinstance(known, warm.Output) or known.body.decode() == found


def known_of(root: Path) -> warm.Output | Held | None:
    """What is known of a project, without working anything out."""
    request = Request("json", (), (), None, None, False, False, False, False, False, None)
    config = load(root)
    with open_cache(root, config) as cache:
        survey = look(root, config, cache)
        return what_holds(locate((), str(root), None), request, config, load_rules(), survey, cache)


LENDING = {
    "ssot-lint.toml": "",
    "empty.py": "\n",
    "lend.py": "import yaml\n\n\nclass Lent: ...\n",
    "shelf.py": "try:\n    from lend import Lent\nexcept ImportError:\n    Lent = None\n",
    "twice.py": "def f(): ...\n\n\ndef f(): ...  # ssot-lint: ignore[redefined-definition] for a test\n",
    "again.py": "LIMIT = 3\n\n\ndef f(): ...\n\n\ndef f(): ...\n",
}
IMPORT = {"empty.py": "from lend import Lent\n"}
SUPPRESSED = ("twice.py", "SSOT106", "suppressed", 4)
FALLS_BACK = ("shelf.py", "SSOT202", "new", 1)


@pytest.mark.parametrize(
    ("edit", "again", "expected"),
    [
        pytest.param(IMPORT, FOLLOWING_IMPORTS, [FALLS_BACK], id="one more relies on what is imported"),
        pytest.param(
            {"lend.py": "class Lent: ...\n"}, FOLLOWING_IMPORTS, [FALLS_BACK], id="needs nothing more"
        ),
        pytest.param(
            {"lend.py": "import yaml\nimport redis\n\n\nclass Lent: ...\n"},
            FOLLOWING_IMPORTS,
            [],
            id="needs more",
        ),
        pytest.param(
            {**IMPORT, "again.py": "# words\n" + LENDING["again.py"]},
            FOLLOWING_IMPORTS,
            [FALLS_BACK],
            id="and lines move",
        ),
        pytest.param(
            {**IMPORT, "again.py": "LIMIT = f()\n" + LENDING["again.py"]}, None, [FALLS_BACK], id="and a call"
        ),
        pytest.param({"again.py": "# words\n" + LENDING["again.py"]}, frozenset(), [], id="lines move"),
    ],
)
def test_rules_that_follow_imports_run_again_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    edit: dict[str, str],
    again: frozenset[str] | None,
    expected: list[tuple[str, str, str, int]],
) -> None:
    monkeypatch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
    monkeypatch.setattr(warm, "STARTED", time.time_ns() + 10**12)

    def write(files: dict[str, str]) -> None:
        for name, text in files.items():
            (tmp_path / name).write_text(text)

    def printed(*arguments: str) -> str:
        run(["check", "--root", str(tmp_path), "--jobs", "1", "--format", "json", *arguments])
        return capsys.readouterr().out

    write(LENDING)
    before = printed()
    write(edit)
    known = known_of(tmp_path)
    assert (known.again if isinstance(known, Held) else None if known is None else frozenset()) == again
    found = printed()
    assert found == printed("--no-cache")
    moves = int("again.py" in edit)
    assert [
        (item["path"], item["rule"], item["status"], item["line"])
        for item in json.loads(found)["diagnostics"]
    ] == sorted([*expected, ("again.py", "SSOT106", "new", 7 + moves), SUPPRESSED])
    write(LENDING)  # what was looked at then still counts
    assert printed() == before == printed("--no-cache")


PRINTERS = """
class Printer:
    def begin(self): return 1
    def printed(self, text): return text
    def finish(self): return 2
    def paper(self): return 3
"""


@pytest.mark.parametrize(
    ("old", "new", "again", "found"),
    [
        pytest.param("(self, text)", "(self, text, end=None)", None, 2, id="what a method takes"),
        pytest.param("def paper(self)", "def paper(self) -> int", None, 2, id="what a method returns"),
        pytest.param("paper", "sheet", {"SSOT104"}, 2, id="another name"),
        pytest.param(
            "finish(self): return 2\n    def paper",
            "close(self): return 2\n    def sheet",
            {"SSOT104"},
            0,
            id="two other names",
        ),
        pytest.param("    def paper(self): return 3\n", "", {"SSOT104"}, 2, id="a method less"),
        pytest.param(
            "    def begin", "    ink = 1\n    def begin", {"SSOT104"}, 2, id="what the class body sets"
        ),
    ],
)
def test_the_rule_that_compares_copies_by_their_members_runs_again_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    old: str,
    new: str,
    again: set[str] | None,
    found: int,
) -> None:
    monkeypatch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
    monkeypatch.setattr(warm, "STARTED", time.time_ns() + 10**12)

    def printed(*arguments: str) -> str:
        run(["check", "--root", str(tmp_path), "--jobs", "1", "--format", "json", *arguments])
        return capsys.readouterr().out

    (tmp_path / "ssot-lint.toml").write_text("[rules.duplicate-test-double]\nmin-files = 3\n")
    (tmp_path / "tests").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "tests" / f"test_{name}.py").write_text(PRINTERS)
    before = printed()
    edited = tmp_path / "tests" / "test_b.py"
    edited.write_text(PRINTERS.replace(old, new))
    known = known_of(tmp_path)
    assert (known.again if isinstance(known, Held) else None) == again
    assert known is not None
    report = printed()
    assert report == printed("--no-cache")
    assert len([item for item in json.loads(report)["diagnostics"] if item["rule"] == "SSOT104"]) == found
    edited.write_text(PRINTERS)
    assert printed() == before


def test_answers_that_hold_are_those_of_the_other_rules() -> None:
    rules = [
        rule for rule in load_rules() if rule.id in ("SSOT106", "SSOT202", "SSOT301", "SSOT901", "SSOT902")
    ]
    found = [
        replace(
            finding(3, "a", Related("a.py", 4, "b")), status="suppressed", fingerprint="x", concept="cart"
        ),
        finding(3, "a", rule="SSOT202"),
        finding(3, "a", rule="SSOT902"),
    ]
    violation = Violation(
        Location("a.py", 3, 1, 3, 5), "a", "cart", related=(Related("a.py", 4, "b"),), severity="error"
    )
    assert carried(found, {"SSOT301": 2}, rules, {"SSOT202"}) == {
        "SSOT106": ([violation], 0),
        "SSOT301": ([], 2),
    }


def test_what_two_runs_looked_at() -> None:
    one = Noted(
        tied=frozenset({"a"}),
        questioned={"loops": frozenset({"a:f"})},
        sought={"a": frozenset({"x"})},
        classes=3,
    )
    other = Noted(
        tied=frozenset({"b"}),
        questioned={"loops": frozenset({"b:f"})},
        sought={"b": frozenset({"y"})},
        classes=4,
    )
    assert joined(one, other) == Noted(
        tied=frozenset({"a", "b"}),
        questioned={"loops": frozenset({"a:f", "b:f"})},
        sought={"a": frozenset({"x"}), "b": frozenset({"y"})},
        classes=4,
    )


def test_all_that_was_looked_at_is_joined() -> None:
    places = {field.name for field in msgspec.structs.fields(Noted)}
    of_the_project = {"kin", "above", "loose", "shims", "classes", "methods"}
    by_key = {"named", "passages", "picked", "questioned", "searched", "sought", "rivals"}
    assert {*noted_module._LOOKS} | by_key == places - of_the_project


def test_a_name_by_which_two_files_differ_is_asked_for(tmp_path: Path) -> None:
    here = discover(tmp_path, CONFIG)
    one = difference(SOURCE.replace("class", "class sell:\n    size = 1\n\n\nclass"))
    assert one is not None and one.names == {"sell"}
    function = difference(SOURCE.replace("class", "def sell(stock):\n    return stock\n\n\nclass"))
    assert function is not None and function.names == {"sell"}
    other = replace(one, file=Candidate("shop/shelf.py", "shop.shelf", False, True, False))
    assert not is_asked_for([one], here, CONFIG)
    assert not is_asked_for([one, replace(other, names=frozenset({"buy"}))], here, CONFIG)
    assert is_asked_for([one, other], here, CONFIG)
    assert not is_asked_for([function, replace(function, file=other.file)], here, CONFIG)
    value = difference(SOURCE.replace("LIMIT", "LIMIT = 2\nsell"))
    assert value is not None and value.names == {"sell", "LIMIT"}
    there = Candidate("shop/shelf.py", "shop.shelf", False, True, False)
    assert is_asked_for([one, replace(value, file=there)], here, CONFIG)
    assert not is_asked_for([value, replace(value, file=there)], here, CONFIG)


def test_an_import_in_an_arm_is_one_that_may_fail(tmp_path: Path) -> None:
    old = SOURCE.replace("LIMIT", "if os:\n    print(os)\n    import re\nLIMIT")
    found = difference(old.replace("    import re", "    import re\n    import json"), old=old)
    assert found is not None and found.imported == {"json"}
    assert homes([found], discover(tmp_path, CONFIG), Noted()) == {}
    assert is_followed([found], {}, Noted())


MEMBERS = {
    "comes": (SOURCE, SOURCE.replace("\n\ndef report", METHOD + "\n\ndef report"), "take"),
    "goes": (SOURCE.replace("\n\ndef report", METHOD + "\n\ndef report"), SOURCE, "take"),
    "takes more": (SOURCE, SOURCE.replace("(self, item)", "(self, item, place)"), "add"),
    "is an attribute of instances": (
        SOURCE,
        SOURCE.replace("        return", "        self.last = item\n        return"),
        "last",
    ),
    "is an attribute of the class": (
        SOURCE,
        SOURCE.replace("    def add", "    first = 1\n\n    def add"),
        "first",
    ),
}


@pytest.mark.parametrize(("old", "new", "name"), MEMBERS.values(), ids=MEMBERS)
def test_a_member_is_seen_by_who_asked_for_it_by_its_name(old: str, new: str, name: str) -> None:
    asked = {"shop/stock.py:Stock": frozenset({name}), "shop/shelf.py:Shelf": frozenset({"other"})}
    assert difference(new, Noted(picked=asked), old) is None
    for other in ({"shop/stock.py:Stock": frozenset({"other"})}, {"shop/shelf.py:Stock": frozenset({name})}):
        found = difference(new, Noted(picked=other), old)
        assert found is not None and found.members == {name}


def test_whether_a_module_needs_another_package_to_load_is_told(tmp_path: Path) -> None:
    here, weighed = discover(tmp_path, CONFIG), Noted(weighed=frozenset({FILE.path}))
    yaml = SOURCE.replace("import os", "import os\nimport yaml")
    inside = SOURCE.replace("    print", "    import yaml\n    print")
    json = SOURCE.replace("import os", "import os\nimport json")
    for new, before, is_told in (
        (yaml, Noted(), False),
        (yaml, weighed, True),
        (inside, weighed, False),
        (json, weighed, False),
    ):
        found = difference(new, before)
        assert found is not None
        assert homes([found], here, before) == {}
        assert is_followed([found], {}, before) is is_told


@pytest.mark.parametrize(
    ("line", "others", "is_outside"),
    [
        ("import yaml", ["tools/yaml.py"], True),
        ("import yaml", ["shop/yaml.py"], False),
        ("import yaml", ["shop/yaml/loader.py"], False),
        ("import yaml", ["yaml/loader.py"], False),
        ("import yaml.loader", ["yaml.py"], False),
        (
            "import stock",
            [],
            False,
        ),  # the module beside `shop/stock.py` that imports its own name is another one
        ("import json", ["tools/json.py"], True),
        ("import json", ["shop/json.py"], True),
        ("import json", ["json.py"], False),
        ("import pytest", [], True),
    ],
)
def test_what_leads_out_of_the_project(
    tmp_path: Path, line: str, others: list[str], is_outside: bool
) -> None:
    for path in ("shop/__init__.py", "shop/stock.py", *others):
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_text("")
    found = difference(SOURCE.replace("import os", f"import os\n{line}"))
    assert found is not None
    assert homes([found], discover(tmp_path, CONFIG), Noted()) == ({} if is_outside else None)


@pytest.mark.parametrize("line", ["import yaml", "from shop import cart"])
@pytest.mark.parametrize(
    ("other", "is_told"), [("web/{}.py", True), ("web/{}/a.py", True), ("old/{}.py", False)]
)
def test_tests_may_find_what_they_import_above_them(
    tmp_path: Path, line: str, other: str, is_told: bool
) -> None:
    new = f"import os\n{line}"
    named = other.format("yaml" if "yaml" in line else "shop")
    path = "web/users/test_list.py"
    for place in (path, "web/conftest.py", "shop/__init__.py", "shop/cart.py", named):
        (tmp_path / place).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / place).write_text("")
    found = difference(SOURCE.replace("import os", new))
    assert found is not None
    test = Candidate(path, "web.users.test_list", False, True, True)
    offered = homes([replace(found, file=test)], discover(tmp_path, CONFIG), Noted())
    assert (offered is None) is is_told


SHELF = "import os\n\nclass Shelf: ...\n\nLIMIT = 3\n\nif os:\n    SET = os.f()\n    def lent(): ...\n\nMADE = os.f()\nOther = Shelf\n"

BROUGHT = {
    "a class": ("from shop.shelf import Shelf", Noted(), "kept"),
    "a value": ("from shop.shelf import LIMIT", Noted(), "kept"),
    "what was made by a call": ("from shop.shelf import MADE", Noted(), "kept"),
    "another name of something": ("from shop.shelf import Other", Noted(), "seen"),
    "a value that may be bound": ("from shop.shelf import SET", Noted(), "seen"),
    "a name that may be missing": ("from shop.shelf import lent", Noted(), "seen"),
    "a name that is missing": ("from shop.shelf import Cart", Noted(), "seen"),
    "a module that is imported there": ("from shop.shelf import os", Noted(), "seen"),
    "a name under another one": ("from shop.shelf import Shelf as Rack", Noted(), "seen"),
    "a module": ("import shop.shelf", Noted(), "seen"),
    "all names": ("from shop.shelf import *", Noted(), "seen"),
    "a module that is missing": ("from shop.rack import Shelf", Noted(), "seen"),
    "a name beside the package": ("from .shelf import Shelf", Noted(), "seen"),
    "a class of a concept": ("from shop.shelf import Shelf", Noted(kin=frozenset({"Shelf"})), "seen"),
    "a class whose users are counted": (
        "from shop.shelf import Shelf",
        Noted(asked=frozenset({"shop.shelf:Shelf"})),
        "seen",
    ),
    "from a shim": ("from shop.shelf import Shelf", Noted(shims=frozenset({"shop/shelf.py"})), "seen"),
    "into a module that is followed": (
        "from shop.shelf import Shelf",
        Noted(followed=frozenset({FILE.path})),
        "followed",
    ),
    "from a module that cannot be imported": (
        "from shop.shelf import Shelf",
        Noted(tied=frozenset({"shop/shelf.py"})),
        "followed",
    ),
    "from a package that cannot be imported": (
        "from shop.shelf import Shelf",
        Noted(tied=frozenset({"shop/__init__.py"})),
        "followed",
    ),
}


@pytest.mark.parametrize(("line", "before", "how"), BROUGHT.values(), ids=BROUGHT)
def test_what_is_imported_of_the_project(tmp_path: Path, line: str, before: Noted, how: str) -> None:
    for name, text in (("__init__", ""), ("stock", SOURCE), ("shelf", SHELF), ("cart", "class Cart: ...\n")):
        (tmp_path / "shop").mkdir(exist_ok=True)
        (tmp_path / "shop" / f"{name}.py").write_text(text)
    found = difference(SOURCE.replace("import os", f"import os\n{line}"), before)
    offered = homes([found], discover(tmp_path, CONFIG), before) if found is not None else None
    known = extract(SHELF.encode(), None, None)
    names = {(file.path, name) for file, names in (offered or {}).items() for name in names}
    plain = {(path, name) for path, name in names if path == "shop/shelf.py" and binds_plainly(known, name)}
    if found is not None and offered is not None and names and names == plain:
        assert how == ("followed" if is_followed([found], offered, before) else "kept")
    else:
        assert how == "seen"


def test_an_import_that_goes_is_as_good_as_one_that_comes(tmp_path: Path) -> None:
    for name, text in (("__init__", ""), ("stock", SOURCE), ("shelf", SHELF)):
        (tmp_path / "shop").mkdir(exist_ok=True)
        (tmp_path / "shop" / f"{name}.py").write_text(text)
    here = discover(tmp_path, CONFIG)
    one = SOURCE.replace("import os", "import os\nfrom shop.shelf import Shelf")
    both = one.replace("import os", "import os\nfrom shop.shelf import LIMIT")
    for old, new, names in ((one, SOURCE, {"Shelf"}), (both, one, {"LIMIT"}), (SOURCE, one, {"Shelf"})):
        found = difference(new, old=old)
        assert found is not None
        offered = homes([found], here, Noted())
        assert offered is not None
        assert {file.path: set(own) for file, own in offered.items()} == {"shop/shelf.py": names}


# --- what it rests on -----------------------------------------------------------------------------------------

RULES = Path(__file__).parent.parent / "rules"


def test_every_number_that_facts_hold_is_a_line_or_a_place_or_stays() -> None:
    others = {
        (kind.__name__, field.name)
        for kind in Fact.__subclasses__()
        for field in msgspec.structs.fields(kind)
        if field.type is int and field.name not in {*readings._LINES, *readings._PLACES}
    }
    alike = {(kind, name) for kind, name in others if name in ("column", "end_column", "branch")}
    assert others - alike == {
        ("Branch", "owner"),
        ("Branch", "parent"),
        ("Definition", "parent"),
        ("Import", "level"),
        ("Call", "arguments"),
        ("FileFacts", "lines"),
        ("FileFacts", "undecided"),
    }


def test_the_rules_whose_texts_quote_a_line_are_known() -> None:
    quoting = {rule.id for rule in load_rules() if re.search(r'"[^"\n]*\bline \{', source_of(rule.check))}
    assert quoting == {*moved_module._QUOTING, "SSOT107"}  # that one never stands alone in its file


def modules_of(folder: Path) -> list[Path]:
    """Rules and what they ask: neither commands nor reporters."""
    return [path for path in folder.rglob("*.py") if path.parent.name not in ("cli", "reporters", "runtime")]


def test_statements_of_bodies_are_asked_for_where_that_is_noted() -> None:
    engine = Path(unseen_module.__file__).parent.parent
    readers = {
        path.name
        for folder in (RULES, engine)
        for path in modules_of(folder)
        if path.parent.name != "reading"  # writes them
        and re.search(r"(?<!Definition)\.skeleton", path.read_text("utf-8"))
    }
    outside = {"outlines.py", "project.py", "likened.py"}
    assert readers == outside | {"renamed_clone.py"}  # at a glance, before it asks for an outline


Place = tuple[str, str]
"""The name of a module, and of a function or class in it."""


def said_by_definitions() -> dict[Place, set[Place | str]]:
    """Function or class of the engine or of a rule -> the others that its names stand for, and its attributes of `project`."""
    said: dict[Place, set[Place | str]] = {}
    for folder in (RULES, Path(unseen_module.__file__).parent.parent):
        for path in modules_of(folder):
            tree, here = ast.parse(path.read_text("utf-8")), dict[str, Place]()
            for node in tree.body:
                match node:
                    case ast.ImportFrom(module=str(module)):
                        here |= {a.asname or a.name: (module.rpartition(".")[2], a.name) for a in node.names}
                    case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                        here[name] = path.stem, name
            for node in tree.body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    inner = [*ast.walk(node)]
                    names = {n.id for n in inner if isinstance(n, ast.Name)} & here.keys()
                    said[path.stem, node.name] = {here[name] for name in names} | {
                        n.attr
                        for n in inner
                        if isinstance(n, ast.Attribute) and ast.unparse(n).endswith(f"project.{n.attr}")
                    }
    return said


LOOKING = {
    "follow imports as modules load": (
        {"followed", "tied", "weighed"},
        {
            ("cycles", "followed_files"),
            ("failing", "_broken_modules"),
            ("reliance", "is_certain"),
            ("reliance", "may_lack_a_package"),
            ("unresolved_import", "_failing_with"),
        },
        FOLLOWING_IMPORTS,
    ),
    "look in all modules for a name": ({"hunted"}, {("_nearest", "_defining")}, SUGGESTING),
    "ask who imports anything": ({"traced"}, {("unsure", "reaching")}, TRACING_IMPORTS),
}


@pytest.mark.parametrize(("marks", "where", "rules"), LOOKING.values(), ids=LOOKING)
def test_the_rules_that_look_in_one_way_are_known(
    marks: set[str], where: set[Place], rules: frozenset[str]
) -> None:
    """Whoever notes that he does, and whoever calls him, function by function."""
    said = said_by_definitions()
    reached = {place for place, names in said.items() if place[0] != "noted" and not names.isdisjoint(marks)}
    assert reached == where
    more = reached
    while more:
        more = {place for place, names in said.items() if place not in reached and not names.isdisjoint(more)}
        reached |= more
    known = {path_of(rule.check).stem: rule.id for rule in load_rules()}
    assert {known[module] for module, _ in reached if module in known} == rules


def path_of(function: Callable[..., object]) -> Path:
    return Path(inspect.getfile(function))


def source_of(function: Callable[..., object]) -> str:
    return path_of(function).read_text("utf-8")


RUNS = replace(CONFIG, sequences=(Sequence("runs", ("run_started", "run_completed"), (), None),))


@pytest.mark.parametrize(
    ("new", "is_seen"),
    [
        pytest.param("LIMIT = 4\n", False, id="a value"),
        pytest.param('LIMIT = 3\nFIRST = "run_startd"\n', True, id="nearly an event"),
        pytest.param('LIMIT = 3\nFIRST = "running"\n', False, id="another text"),
        pytest.param("LIMIT = 3\n\n\nclass Kind(StrEnum):\n    RUN_STARTD = auto()\n", True, id="an enum"),
        pytest.param('LIMIT = 3\n\n\nclass Told:\n    type = Field("x")\n', True, id="a message"),
    ],
)
def test_what_comes_to_stand_for_an_event_is_seen(new: str, is_seen: bool) -> None:
    one, other = (extract(source.encode(), words(RUNS), flow_words(RUNS)) for source in ("LIMIT = 3\n", new))
    assert (unseen(FILE, one, other, Noted(), RUNS) is None) == is_seen


@pytest.mark.parametrize(
    ("spoken", "how"),
    [({"sell"}, "if met"), ({"MOST"}, "unseen"), ({"stock", "MOST"}, "seen"), ({"stock", "LIMIT"}, "unseen")],
)
def test_bodies_that_were_read_again_ask_for_names(spoken: set[str], how: str) -> None:
    new = SOURCE.replace("class", "def sell(stock):\n    return stock\n\n\nMOST = 1\n\n\nclass")
    found = difference(new, Noted(spoken=frozenset(spoken)))
    assert how == ("seen" if found is None else "if met" if found.wanted.is_spoken else "unseen")


MET = {
    "nobody": ("import os\n\n\ndef f(): report(os)\n", False, False),
    "an import": ("from shop.stock import LIMIT\n", False, True),
    "a module beside": ("from . import stock\n", False, True),
    "a path": ("from unittest.mock import patch\n\n\ndef f(): patch('shop.stock.LIMIT')\n", False, True),
    "what a package offers": ("__all__ = ['stock']\n", False, True),
    "a module that is met under other names": ("import os\n", True, True),
}


@pytest.mark.parametrize(("other", "anywhere", "is_met"), MET.values(), ids=MET)
def test_nobody_comes_to_functions_of_a_module_that_nobody_names(
    other: str, anywhere: bool, is_met: bool
) -> None:
    facts = extract(other.encode(), words(CONFIG), flow_words(CONFIG))
    called = Wanted("stock", called=frozenset({"report"}), anywhere=anywhere)
    assert as_met(called, [facts]) == (called if is_met else replace(called, called=frozenset()))
    spoken = Wanted("stock", is_spoken=True, anywhere=anywhere)
    assert as_met(spoken, [facts]) == (None if is_met else Wanted("stock", anywhere=anywhere))
    glance = may_meet([called, Wanted("shelf")])
    assert glance is not None and (anywhere or glance(encode(facts)) or not is_met)
    assert may_meet([Wanted("stock", frozenset({"LIMIT"}))]) is None
