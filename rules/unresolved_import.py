"""Import what exists.

A first-party import whose module is not there, or whose module does not have the name, fails when it runs. At
module level that makes the whole module impossible to import, and with it every module that imports it: tests
are not collected, routes are not registered. In a function it fails when the function is called. Inside a
`try` that catches it, the handler always runs. Migrations leave many of these behind, because nothing tells
until the line is reached.

What the configuration names is checked first, and reported once, at its line: a canonical symbol, import path or
factory that does not exist makes everything said about the concept meaningless.

Ranked by damage: an import at module level of production code is an error; other imports that nothing catches
are warnings; those in a `try` that takes ImportError, under `pytest.raises(ImportError)` or under
`if TYPE_CHECKING` are informations. A handler that raises, exits or skips at module level saves nothing: such
an import counts as not caught. A name that its module binds under `if TYPE_CHECKING` alone is missing as soon as
another module imports it at run time. For a module that cannot be imported the message says how many others fail
with it.

When it is fine: third-party and standard library modules; names that a module binds dynamically (`__getattr__`,
`globals()[...]`, a star import from outside), or that another module sets on it as it loads (`module.NAME = ...`); compiled extension modules and stubs beside the code, and
those that a `setup.py` or a `meson.build` makes; imports below a `with` whose manager puts modules into `sys.modules`; modules below a package that puts a finder on `sys.meta_path`, or in a git submodule that is not checked out; an
import below `if` that asks whether the thing is there (`isfile`, `find_spec`, `hasattr`); modules that
`.gitignore` would leave out, since a build may write them (a pattern for files of any kind, `*_old.*`, says nothing of
modules), and what the configuration excludes.

Example:

    from shop.basket import Cart        # the module is called shop.cart now

Use instead:

    from shop.cart import Cart

A module that has moved is followed (`--unsafe-fixes`): where nothing catches the failure, and one module alone
defines all that the file takes from the missing one, is called like it and stands below the same top-level package.
Otherwise the nearest existing name is a hint, not a proof, and there is no fix.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ssot_lint.config import Concept, Config
from ssot_lint.linking.surroundings import around, at_module_level
from ssot_lint.model import MODULE, FileFacts, Fix, Import, Location, Severity, SourceFile, Violation
from ssot_lint.project import Project, Resolution
from ssot_lint.queries.failing import (
    failing_imports,
    importers_that_fail,
    is_missing,
    missing_imports,
    missing_part,
    missing_text,
)
from ssot_lint.queries.import_guards import always_runs, gives_up, guard_of, is_expected
from ssot_lint.rule import Invalid, Rule, Valid

from ._fixes import take_from_home
from ._nearest import misspelt, moved, nearest
from ._shared import import_location, matches, statement_location


@dataclass(frozen=True)
class Options:
    guarded: bool = True
    """Report imports whose failure is caught or intended, as information."""

    allow: tuple[str, ...] = ()
    """Modules that exist only at run time, as names or patterns, e.g. `["shop._generated.*"]`."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    yield from _configured(project)
    hints: dict[tuple[str, str | None, bool, str], str] = {}
    for index, found in enumerate(missing_imports(project)):
        file = project.files[index]
        defined = {item.name for item in file.facts.definitions if item.parent == MODULE}
        seen: set[tuple[int, str]] = set()
        for number, missing in found.items():
            imp, resolution = file.facts.imports[number], project.resolutions[index][number]
            module, _, name = missing.partition(":")
            if not name and (imp.statement_line, module) in seen:
                continue
            seen.add((imp.statement_line, module))
            caught = _severity(file, imp) == "info"
            if matches(module, options.allow) or (caught and not options.guarded):
                continue
            wanted = (missing, imp.name, file.is_test, file.module if imp.name in defined else "")
            if wanted not in hints:
                hints[wanted] = nearest(project, "SSOT203", *wanted) if is_missing(resolution) else ""
            concept = _meant(project, imp.name)
            old = f"{module}:{imp.name}"
            yield Violation(
                import_location(file, imp) if name else statement_location(file, imp),
                f"{_what(missing, resolution)}, {_effect(project, index, imp)}{hints[wanted]}",
                concept=concept.name if concept else None,
                symbol=missing,
                canonical=concept.canonical if concept else None,
                fix=take_from_home(project, concept, old, file.path, safe=False)
                if concept
                else _following(project, index, imp, missing),
                severity=_severity(file, imp),
            )


def _following(project: Project, index: int, imp: Import, missing: str) -> Fix | None:
    """Import the missing module from where it has moved to, if that is certain, and no import of it may fail."""
    file = project.files[index]
    if missing != project.absolute(index, imp):
        return None
    among = [other for other in file.facts.imports if project.absolute(index, other) == missing]
    new = moved(project, index, missing)
    if new is None or any(_severity(file, other) == "info" for other in among):
        return None
    return Fix("rewrite-imports", {"old": missing, "new": new, "within": file.path}, safe=False)


def _meant(project: Project, name: str | None) -> Concept | None:
    """The concept whose own name this is."""
    return next(
        (c for c in project.config.concepts if name is not None and name in (c.canonical_name, *c.aliases)),
        None,
    )


def _what(missing: str, resolution: Resolution) -> str:
    module, _, name = missing.partition(":")
    return missing_text(missing) if is_missing(resolution) else f"{module} has {name} for type checkers only"


def _effect(project: Project, index: int, imp: Import) -> str:
    """What happens because of the missing import, for the reader."""
    file = project.files[index]
    facts = file.facts
    match guard_of(facts, imp.scope, imp.branch):
        case "type-checking":
            return "so type checkers know nothing about it"
        case "import-error" if is_expected(facts, imp.scope, imp.branch):
            return "as the code around it expects"
        case "import-error" if gives_up(facts, imp.scope, imp.branch):
            return "and the handler gives up: importing the module never gets further"
        case "import-error":
            return "which the code around it catches: the import never succeeds"
        case _ if always_runs(facts, imp):
            name = file.module if file.importable else file.path
            others = project.once(_failing_with).get(index, 0)
            with_it = f", and so does importing {others} other{'s' if others > 1 else ''}" if others else ""
            return f"so importing {name} fails{with_it}"
        case _ if imp.scope >= 0 and not at_module_level(facts, imp.scope):
            return f"so {_function(facts, imp.scope)}() fails when it gets there"
        case _:
            return "so it fails when it runs"


def _function(facts: FileFacts, scope: int) -> str:
    """What a reader calls the function that runs the code of a scope, which may be a class in it."""
    while facts.definitions[scope].is_class:
        scope = facts.definitions[scope].parent
    return facts.definitions[scope].qualname.rpartition("<locals>.")[2]


def _severity(file: SourceFile, imp: Import) -> Severity:
    facts = file.facts
    guard = guard_of(facts, imp.scope, imp.branch)
    if guard == "type-checking" or (guard and not gives_up(facts, imp.scope, imp.branch) and guard != "main"):
        return "info"
    if guard == "main" or file.is_test or not at_module_level(facts, imp.scope):
        return "warning"
    handled = any(arm.kind.startswith("except") for arm in around(facts, imp.branch))
    return "warning" if handled else "error"  # a handler runs only when something else has failed before


def _failing_with(project: Project) -> Mapping[int, int]:
    """For each file that fails at its own imports, how many others fail with it."""
    reverse = importers_that_fail(project)
    counts = {}
    for index in failing_imports(project):
        reached = {index}
        queue = deque([index])
        while queue:
            for importer in reverse.get(queue.popleft(), ()):
                if importer not in reached:
                    reached.add(importer)
                    queue.append(importer)
        counts[index] = len(reached) - 1
        project.tied |= reached
    return counts


# -- what the configuration names


def _configured(project: Project) -> Iterator[Violation]:
    """The symbols in the configuration that do not exist, each at its line."""
    config = project.config
    for key, concept, symbol in _symbols(config):
        resolution = project.resolve_symbol(symbol)
        if is_missing(resolution):
            table, _, name = key.rpartition(".")
            yield Violation(
                _setting(config, key),
                f"{name} of {table} is {symbol}, but {missing_part(resolution)}"
                + nearest(
                    project, "SSOT203", resolution.target.symbol, symbol.partition(":")[2] or None, False
                ),
                concept=concept,
                symbol=symbol,
                severity="error",
            )
        elif meant := misspelt(project, resolution, symbol):
            table, _, name = key.rpartition(".")
            yield Violation(
                _setting(config, key),
                f"{name} of {table} is {symbol}, which neither this project nor a dependency that it declares has;"
                f" did you mean {meant}?",
                concept=concept,
                symbol=symbol,
                severity="error",
            )
    for declared in config.concepts:
        home = declared.import_from
        if home is None or any(is_missing(project.resolve_symbol(it)) for it in (home, declared.canonical)):
            continue
        names = (declared.canonical_name, *declared.aliases)
        if all(is_missing(project.resolve_symbol(f"{home}:{name}")) for name in names):
            table = f"concepts.{declared.name}"
            yield Violation(
                _setting(config, f"{table}.import-from"),
                f"import-from of {table} is {home}, but it has no name {' or '.join(names)}",
                concept=declared.name,
                symbol=home,
                severity="error",
            )


def _setting(config: Config, key: str) -> Location:
    """The line of a setting, or of its table."""
    line = config.lines.get(key) or config.lines.get(key.rpartition(".")[0]) or 1
    return Location(config.path or "ssot-lint.toml", line)


def _symbols(config: Config) -> Iterator[tuple[str, str, str]]:
    """(dotted key, concept, symbol) of what a concept cannot do without; unneeded-suppression sees to the rest."""
    for concept in config.concepts:
        named = (
            ("canonical", concept.canonical),
            ("import-from", concept.import_from),
            ("factory", concept.factory),
        )
        for key, symbol in named:
            if symbol:
                yield f"concepts.{concept.name}.{key}", concept.name, symbol


_SHOP = {
    "shop/__init__.py": "",
    "shop/cart.py": "class Cart:\n    def add(self, item): return item\n\nLIMIT = 3\n",
}

RULE = Rule(
    id="SSOT203",
    name="unresolved-import",
    check=check,
    codemods=("rewrite-imports",),
    options=Options,
    severity="error",
    valid=(
        Valid(
            {
                "shop/use.py": """
import json
import requests.sessions
from shop.cart import Cart, LIMIT
from shop import cart
from . import cart as basket
from .cart import __doc__ as text, __file__ as path
import shop.cart
"""
            }
            | _SHOP,
            id="what-exists-and-what-is-not-ours",
        ),
        Valid(
            {
                "shop/lazy.py": "def __getattr__(name):\n    return load(name)\n",
                "shop/tables.py": "for name in ('A', 'B'):\n    globals()[name] = type(name, (), {})\n",
                "shop/outside.py": "from sqlalchemy import *\n",
                "shop/late.py": "def connect():\n    global CLIENT\n    CLIENT = object()\n",
                "shop/use.py": """
from shop.lazy import Anything
from shop.tables import A
from shop.outside import Column
from shop.late import CLIENT
""",
            }
            | _SHOP,
            id="bound-dynamically",
        ),
        Valid(
            {
                "shop/base.py": """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.kinds import EMPTY
""",
                "shop/kinds.py": """
from shop import base, flags
import shop.cart as basket

EMPTY = object()
base.EMPTY = EMPTY
basket.rates.first = base.FULL = 2
setattr(base, "LATE", 1)
for name in ("A", "B"):
    setattr(flags, name, object())
""",
                "shop/flags.py": "",
                "shop/use.py": "from shop.base import EMPTY, FULL, LATE\nfrom shop.flags import A\n",
            }
            | _SHOP,
            id="set-by-another-module",
        ),
        Valid(
            {
                "lib/util/dates.py": "def today(): return 1\n",
                "lib/use.py": "from lib.util.dates import today\nfrom lib import util\nimport lib.util\n",
            },
            id="packages-without-init",
        ),
        Valid(
            {
                "__init__.py": "from .cart import Cart\nfrom . import prices\n",
                "cart.py": "from .prices import RATES\n\nclass Cart: ...\n",
                "prices/__init__.py": "from .. import cart\nfrom ..cart import Cart\n\nRATES = ()\n",
            },
            id="the-repository-is-a-package",
        ),
        Valid(
            {
                "shop/steps.py": "class Step: ...\n",
                "shop/steps/first/__init__.py": "from . import second\nfrom .second import go\n",
                "shop/steps/first/second.py": "def go(): ...\n",
            },
            id="a-directory-that-a-module-hides",
        ),
        Valid(
            {
                "one/pyproject.toml": "[project]\nname = 'one'\n",
                "one/train.py": "def run(): ...\n",
                "one/lines/__init__.py": "",
                "tools/train.py": "def go(): ...\n",
                "tools/fast.py": "from train import go\n",
                "tools/more/__init__.py": "",
                "tools/more/train.py": "def walk(): ...\n",
                "tools/more/fast.py": "from train import walk\n\nif __name__ == '__main__':\n    walk()\n",
            },
            id="beside-a-script",
        ),
        Valid(
            {
                "shop/user.py": """
import os

if os.path.exists("own.py"):
    import imp
    imp.load_source("shop.own", "own.py")
    from shop.own import *
"""
            }
            | _SHOP,
            id="loaded-from-a-file",
        ),
        Valid(
            {
                "shop/old.py": """
import sys
from types import ModuleType

class old_names:
    def __enter__(self):
        sys.modules["shop.basket"] = ModuleType("shop.basket")

    def __exit__(self, *error):
        del sys.modules["shop.basket"]
""",
                "tests/test_old.py": """
from shop.old import old_names

def test_it():
    with old_names():
        from shop.basket import Cart
""",
            }
            | _SHOP,
            id="below-a-manager-that-changes-modules",
        ),
        Valid(
            {
                "shop/both.py": """
try:
    from fast import Price
except ImportError:
    class Price: ...

if Price:
    TAX = 1
else:
    RATE = 2

with open("x") as HANDLE:
    pass
""",
                "shop/use.py": "from shop.both import Price, TAX, RATE, HANDLE\n",
            }
            | _SHOP,
            id="conditional-names",
        ),
        Valid(
            {
                "src/shop2/__init__.py": "",
                "src/shop2/money.py": "class Money: ...\n",
                "tools/run.py": "from shop2.money import Money\n",
            },
            config='source-roots = ["src", "."]',
            id="two-roots",
        ),
        Valid(
            {"shop/use.py": "from shop._generated.api import Client\n"} | _SHOP,
            options={"allow": ["shop._generated*"]},
            id="generated",
        ),
        Valid(
            {
                ".gitignore": "*/_version.py\n*_pb2.py\nmade/\nshop/out/*\n",
                "shop/use.py": """
from shop import _version
from shop._version import version
from shop.orders_pb2 import Order
from shop.made.tables import TABLES
import shop.out.prices
from . import orders_pb2
""",
            }
            | _SHOP,
            id="what-git-ignores-may-be-written-by-a-build",
        ),
        Valid(
            {
                "shop/plugins/__init__.py": "from shop.paths import folders\n__path__.extend(folders(__name__))\n",
                "shop/paths.py": "def folders(name): ...\n",
                "shop/use.py": "from shop.plugins.mine import Plugin\nfrom shop.plugins import other\n",
            }
            | _SHOP,
            id="a-package-with-further-directories",
        ),
        Valid(
            {
                "shop/others/__init__.py": """
import sys

class Finder:
    @classmethod
    def install(cls):
        sys.meta_path.insert(0, cls())
""",
                "shop/use.py": "from shop.others.words import split\nfrom shop.others import words\n",
            }
            | _SHOP,
            id="a-package-that-finds-its-modules-itself",
        ),
        Valid(
            {
                "shop/old.py": """
import sys

import shop.prices as prices
from shop import cart

def bring_back():
    sys.modules["shop.basket"] = cart
    for module, name in (("gross", "Gross"), ("net", "Net")):
        setattr(getattr(prices, module), name + "Price", object())
    cart.OLD = 1

bring_back()
""",
                "shop/prices/__init__.py": "",
                "shop/prices/gross.py": "",
                "shop/prices/net.py": "",
                "shop/use.py": """
from shop.basket import Cart
from shop.cart import OLD
from shop.prices.gross import GrossPrice
from shop.prices.net import NetPrice
""",
            }
            | _SHOP,
            id="what-a-function-sets-that-runs-as-its-module-loads",
        ),
        Valid(
            {
                "shop/use.py": """
import os
from importlib.util import find_spec

if os.path.isfile(os.path.join(os.path.dirname(__file__), "made.py")):
    from shop.made import *
if find_spec("shop.more"):
    import shop.more
""",
            }
            | _SHOP,
            id="what-is-imported-if-it-is-there",
        ),
        Valid(
            {
                "shop/graphql/__init__.py": "",
                "shop/graphql/api.py": "",
                "shop/settings.py": "from graphql.execution import executor\nimport graphql.language as words\n",
            }
            | _SHOP,
            id="what-is-installed-and-not-beside",
        ),
        Valid(
            {
                "ssot-lint.toml": 'source-roots = [".", "mcp/src"]',
                "mcp/src/shop_mcp/__init__.py": "",
                "mcp/src/shop_mcp/server.py": "from mcp import server\nfrom mcp.types import Tool\nimport mcp.auth\n",
                "mcp/checks.py": "from shop_mcp.server import Tool\n",
            },
            id="what-is-installed-and-not-the-folder-around",
        ),
        Valid(
            {
                "shop/models.py": """
from simple_history.models import HistoricalRecords

class Order(Kept):
    history = HistoricalRecords()
""",
                "shop/tasks.py": "from shop.models import HistoricalOrder\nfrom .models import HistoricalOrder as Old\n",
            }
            | _SHOP,
            id="what-a-library-puts-beside-a-class",
        ),
        Valid(
            {
                "shop/rpc.py": "class Stub: ...\n",
                "shop/rpc.pyi": "class Stub: ...\nclass AsyncStub: ...\n",
                "shop/use.py": """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.rpc import AsyncStub
""",
            }
            | _SHOP,
            id="for-type-checkers-who-read-the-stub",
        ),
        Valid(
            {"shop/use.py": "from shop.old.cart import Cart\nfrom shop.old import cart\n"} | _SHOP,
            config='exclude = ["shop/old/**"]',
            id="what-is-excluded-is-not-known",
        ),
    ),
    invalid=(
        Invalid(
            {
                ".gitignore": "*_old.*\ncart.py/\nmade/\n!shop/made/\n",
                "shop/use.py": """
from shop.cart_old import Cart  # error: module shop.cart_old does not exist
from shop.made.tables import TABLES  # error: module shop.made.tables does not exist
from shop.cart.lines import Line  # error: module shop.cart.lines does not exist
""",
            }
            | _SHOP,
            id="what-git-does-not-ignore",
        ),
        Invalid(
            {
                "shop/kinds.py": """
from shop import cart, other
from shop.cart import LIMIT

cart.Cart.COUNT = 1
cart["TAX"] = 2
LIMIT.RATE = 3

def late():
    cart.LATE = 4

if __name__ == "__main__":
    late()
""",
                "tests/test_cart.py": "from shop import cart\ncart.FAKE = 5\n",
                "shop/other.py": "",
                "shop/use.py": """
from shop.cart import COUNT  # error: shop.cart has no name COUNT
from shop.cart import TAX  # error: shop.cart has no name TAX
from shop.cart import RATE  # error: shop.cart has no name RATE
from shop.cart import LATE  # error: shop.cart has no name LATE
from shop.cart import FAKE  # error: shop.cart has no name FAKE
""",
            }
            | _SHOP,
            id="set-on-something-else-or-too-late",
        ),
        Invalid(
            {
                "__init__.py": "from .gone import Cart  # error: module gone does not exist\n",
                "cart/__init__.py": "from ..gone import Cart  # error: module gone does not exist\n",
                "cart/two.py": "from ...shop import Cart  # error: module ...shop does not exist\n",
            },
            id="not-in-the-repository-that-is-a-package",
        ),
        Invalid(
            {
                "shop/use.py": """
import os

if os.path.isfile("prices.toml"):
    from shop.made import PRICES  # error: module shop.made does not exist
if not os.path.exists("more.py"):
    from shop.more import more  # error: module shop.more does not exist

class timing:
    def __enter__(self): ...
    def __exit__(self, *error): ...

with timing():
    from shop.later import later  # error: module shop.later does not exist
""",
            }
            | _SHOP,
            id="a-question-for-something-else",
        ),
        Invalid(
            {
                "shop/rpc.py": "class Stub: ...\n",
                "shop/rpc.pyi": "class Stub: ...\nclass AsyncStub: ...\n",
                "shop/use.py": "from shop.rpc import AsyncStub  # error: shop.rpc has no name AsyncStub\n",
            },
            id="a-stub-is-not-read-when-the-import-runs",
        ),
        Invalid(
            {
                "shop/baskets/cart.py": "class Cart: ...\n",
                "tests/basket.py": "class Cart: ...\n",
                "tests/test_cart.py": """
try:
    from shop.basket import Cart  # error: the import never succeeds; Cart is defined in shop.baskets.cart
except ImportError:
    class Cart: ...
""",
            },
            id="what-was-meant-is-not-what-stands-in-for-it",
        ),
        Invalid(
            {
                "shop/use.py": """
from shop.basket import Cart  # error: module shop.basket does not exist, so importing shop.use fails, and so does importing 1 other; Cart is defined in shop.cart
""",
                "shop/main.py": "import shop.use\n",
            }
            | _SHOP,
            id="missing-module",
        ),
        Invalid(
            {
                "shop/use.py": """
from shop.cart import (
    Cart,
    Crat,  # error: shop.cart has no name Crat, so importing shop.use fails; did you mean Cart?
)
from . import cartt  # error: cartt
import shop.carts as c  # error: module shop.carts does not exist, so importing shop.use fails; did you mean shop.cart?
"""
            }
            | _SHOP,
            id="missing-names",
        ),
        Invalid(
            {
                "shop/use.py": """
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shop.types import Item  # error: so type checkers know nothing about it

try:
    from shop.search import find  # error: the import never succeeds
except ImportError:
    find = None

def total():
    from shop.tax import rate  # error: so total() fails when it gets there
    return rate

def ledger():
    class Row:
        from shop.rows import cells  # error: so ledger() fails when it gets there

def test_gone():
    with pytest.raises(ImportError):
        import shop.gone  # error: as the code around it expects

if __name__ == "__main__":
    from shop.cli import main  # error: so it fails when it runs
    main()
"""
            }
            | _SHOP,
            id="guards",
        ),
        Invalid(
            {
                "shop/page.py": """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.cart import Cart
""",
                "shop/use.py": "from shop.page import Cart  # error: shop.page has Cart for type checkers only\n",
                "shop/app.py": """
try:
    from shop.config import SETTINGS  # error: and the handler gives up: importing the module never gets further
except ImportError as error:
    raise SystemExit("configure the shop first") from error
""",
            }
            | _SHOP,
            id="for-type-checkers-and-handlers-that-give-up",
        ),
        Invalid(
            {
                "shop/api.py": "from shop.cart import *\nfrom shop.nothing import *  # error: module shop.nothing\n",
                "shop/use.py": "from shop.api import Cart\nfrom shop.cart import Basket  # error: no name Basket\n",
            }
            | _SHOP,
            id="through-stars",
        ),
        Invalid(
            {
                "shop/sale/__init__.py": "",
                "shop/sale/prices.py": "class Price: ...\n\ndef rounded(price): ...\n",
                "shop/use.py": """
from shop.prices import Price, rounded  # error: module shop.prices does not exist

def total():
    from .prices import Price as P  # error: module shop.prices does not exist
    return P()
""",
            }
            | _SHOP,
            fixed={
                "shop/sale/__init__.py": "",
                "shop/sale/prices.py": "class Price: ...\n\ndef rounded(price): ...\n",
                "shop/use.py": """
from shop.sale.prices import Price, rounded

def total():
    from .sale.prices import Price as P
    return P()
""",
            }
            | _SHOP,
            id="a-module-that-has-moved",
        ),
    ),
)
