"""Import a concept from its import path.

A concept has one home and one module that users import it from. An import that takes the canonical object
from somewhere else - a shim, a re-export, the defining module when another one is the import path - keeps
that other place alive: it cannot be deleted, and patches and searches that look in one place miss the other.
Worse is an import that takes a *duplicate* under the concept's name: that code runs another implementation.
Both are found, whatever the path from the import to the definition: aliases, re-exports, stars, `import a.b
as c` with a later `c.Name`, relative imports, imports in functions, in `try` and under `TYPE_CHECKING`.

When it is fine: imports from the import path; imports from modules named in `allow`; the import path's own imports
and those of the modules between it and the definition; imports from the defining module by modules of the
same package, which could not use the import path without a cycle; a shim's import from the defining module; in a
test, `module.Name` for what a module imports for its own use: that is what the test asks.

Example, with `canonical = "shop.money:Money"`:

    from shop.api import Money

Use instead:

    from shop.money import Money

An import of the same object can be rewritten safely; an import of a duplicate changes what runs, and depends
on the duplicate's verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.concepts.canonicals import canonical_of, canonicals, concept_imports, duplicates
from ssot_lint.concepts.readers import attributes_read, imported_module
from ssot_lint.config import Concept
from ssot_lint.linking.targets import is_parametrised
from ssot_lint.model import FileFacts, Fix, Import, Violation
from ssot_lint.project import Project, Resolution
from ssot_lint.rule import Invalid, Rule, Valid

from ._fixes import take_from_home
from ._shared import chain_related, import_location, is_known_as, matches


@dataclass(frozen=True)
class Options:
    allow: tuple[str, ...] = ()
    """Modules whose re-exports are public, as names or patterns, e.g. `["shop", "shop.api.*"]`."""


@dataclass(frozen=True)
class _Home:
    """Where a concept is defined, where it is imported from, and which files hand it from one to the other."""

    defined_in: int
    import_path: int | None
    between: frozenset[str]
    package: str  # around the defining module


def check(project: Project, options: Options) -> Iterator[Violation]:
    known = canonicals(project)
    homes = {concept.name: _home(project, symbol, concept) for symbol, concept in known.items()}
    # modules through which a concept can be reached as an attribute
    holders = {project.resolve_symbol(symbol).target.file for symbol in (*known, *duplicates(project))}
    found: dict[int, list[Violation]] = {}
    for file, number in concept_imports(project):
        holders.add(file)
        imp = project.files[file].facts.imports[number]
        if imp.name is not None:
            binding = _Binding(
                file, imp, project.absolute(file, imp) or "", imp.name, project.resolutions[file][number]
            )
            found.setdefault(file, []).extend(_judge(project, homes, options, binding))
    holders.update(index for index, file in enumerate(project.files) if _hands_more(file.facts))
    for file, answers in enumerate(project.resolutions):
        if project.files[file].facts.deep is None:
            continue
        for number, resolution in enumerate(answers):
            if resolution.targets[0].kind == "module":
                imp = project.files[file].facts.imports[number]
                for binding in _attributes(project, file, imp, resolution, holders):
                    found.setdefault(file, []).extend(_judge(project, homes, options, binding))
    for file in sorted(found):
        yield from sorted(found[file], key=lambda violation: (violation.location, violation.message))


def _hands_more(facts: FileFacts) -> bool:
    """Whether a module has names that it does not import one by one: of a star, or answered by its `__getattr__`."""
    return bool(facts.getattr_names) or any(imp.name == "*" for imp in facts.imports)


def _is_reader(facts: FileFacts, name: str) -> bool:
    """Whether a module uses a name that it imports, and offers it to nobody."""
    if facts.deep is None or name in (facts.exports or ()) or name in (facts.getattr_names or ()):
        return False
    read = {call.callee for call in facts.deep.calls} | {item.name for item in facts.deep.references}
    return any(text.partition(".")[0] == name for text in read)


@dataclass(frozen=True)
class _Binding:
    """A name that a file takes from a module: in a `from` import, or as an attribute of an imported module."""

    file: int
    imp: Import
    source: str  # the module the name is taken from
    name: str
    resolution: Resolution


def _home(project: Project, symbol: str, concept: Concept) -> _Home:
    defined = project.resolve_symbol(concept.canonical)
    file = defined.target.file
    import_path = project.find_module(concept.home)
    between = {hop.path for hop in defined.chain} | {project.files[file].path}
    if import_path is not None and import_path >= 0:
        between.add(project.files[import_path].path)
        for name in (concept.canonical_name, *concept.aliases):
            through = project.name(import_path, name)
            if through.target.symbol == symbol:
                between.update(hop.path for hop in through.chain)
    source = project.files[file]
    package = source.module if source.is_package else source.module.rpartition(".")[0]
    return _Home(file, import_path, frozenset(between), package)


def _attributes(
    project: Project, file: int, imp: Import, resolution: Resolution, holders: set[int]
) -> Iterator[_Binding]:
    """What the file reads off a module it imported, `c.Name` after `import a.b as c`."""
    source = imported_module(project, file, imp, resolution)
    project.sought.add((source, "*"))  # a star makes the module a holder
    if source in holders:
        for name in attributes_read(project.files[file].facts, imp, project.absolute(file, imp) or ""):
            if project.files[file].is_test and _is_reader(project.files[source].facts, name):
                continue  # the test asks what that module uses
            yield _Binding(file, imp, project.files[source].module, name, project.name(source, name))


def _judge(
    project: Project, homes: dict[str, _Home], options: Options, binding: _Binding
) -> Iterator[Violation]:
    """The violation of one binding, if it is one."""
    if matches(binding.source, options.allow):
        return
    concept = canonical_of(project, binding.resolution.targets)
    if concept is not None and concept.name in homes:
        if is_parametrised(binding.resolution):
            return  # `IntStore = Store[int]` has no other home
        message = _detour(project, homes[concept.name], concept, binding)
        severity = None
    else:
        claim = duplicates(project).get(binding.resolution.target.symbol)
        concept = project.config.concept(claim.concept) if claim else None
        if claim is None or concept is None or not is_known_as(concept, binding.name, binding.imp.bound):
            return
        message = (
            f"{binding.name} from {binding.source} is another implementation ({claim.symbol}), not "
            f"{concept.canonical}; import it from {concept.home}"
        )
        severity = "error"
    if message:
        yield Violation(
            import_location(project.files[binding.file], binding.imp),
            message,
            concept=concept.name,
            symbol=f"{binding.source}:{binding.name}",
            canonical=concept.canonical,
            related=chain_related(binding.resolution.chain),
            fix=None if severity else _fix(project, concept, binding),
            severity="error" if severity else None,
        )


def _fix(project: Project, concept: Concept, binding: _Binding) -> Fix | None:
    """Only for imports of the same object: one of a duplicate is re-pointed when the duplicate has become a shim."""
    path = project.files[binding.file].path
    return take_from_home(project, concept, f"{binding.source}:{binding.name}", path)


def _detour(project: Project, home: _Home, concept: Concept, binding: _Binding) -> str:
    """Why the import of the canonical object does not come from where it should; "" when it does."""
    importer = project.files[binding.file]
    source = project.find_module(binding.source, binding.file)
    if source == home.import_path or importer.path in home.between:
        return ""
    if source == home.defined_in:
        inside = importer.module == home.package or importer.module.startswith(home.package + ".")
        if (home.package and inside) or _hands_on(project, binding):
            return ""
        what = "where it is defined"
    else:
        what = "which only hands it on"
    if home.import_path is None:
        return ""  # the import path itself does not exist: unresolved-import says so
    return f"{binding.name} is imported from {binding.source}, {what}; its import path is {concept.home}"


def _hands_on(project: Project, binding: _Binding) -> bool:
    """Whether the importing module is a shim: it offers the name in `__all__`, or defines nothing itself."""
    file = project.files[binding.file]
    facts = file.facts
    if binding.imp.scope >= 0 or file.is_test:
        return False
    if facts.exports is not None and binding.imp.bound in facts.exports:
        return True
    return not facts.definitions and not facts.main_guard and len(facts.assignments) <= len(facts.imports)


_MONEY = {
    "shop/__init__.py": "",
    "shop/money.py": "class Money:\n    def add(self, other):\n        return self.amount + other.amount\n",
    "shop/api.py": "from shop.money import Money\n",
}
_CONCEPT = """
[concepts.money]
canonical = "shop.money:Money"
names = ["*Money"]
"""
_HUB = {
    "hub/__init__.py": "",
    "hub/core/__init__.py": "from .manager import UnifiedManager\nManager = UnifiedManager\n",
    "hub/core/manager.py": "class UnifiedManager:\n    def send(self, user, event):\n        return user.socket.send(event)\n",
    "hub/legacy.py": "from hub.core import UnifiedManager as Manager\n\n__all__ = ['Manager']\n",
}
_HUB_CONCEPT = """
[concepts.manager]
canonical = "hub.core.manager:UnifiedManager"
import-from = "hub.core"
aliases = ["Manager"]
names = ["*Manager"]
"""

RULE = Rule(
    id="SSOT201",
    name="non-canonical-import",
    check=check,
    options=Options,
    severity="warning",
    codemods=("rewrite-imports",),
    valid=(
        Valid(
            {"shop/cart.py": "from shop.money import Money\nfrom .money import Money as M\n"} | _MONEY,
            config=_CONCEPT,
            id="from-home",
        ),
        Valid(
            {"shop/cart.py": "from shop.api import Money"} | _MONEY,
            config=_CONCEPT,
            options={"allow": ["shop.api"]},
            id="public-re-export",
        ),
        Valid(
            {
                "shop/cart.py": "from shop.money import Money\n\ndef total(): return Money()\n",
                "tests/test_cart.py": "from shop import cart\nfrom shop.money import Money\n\ndef test(): assert cart.Money is Money\n",
            }
            | _MONEY,
            config=_CONCEPT,
            id="what-a-module-uses",
        ),
        Valid(
            {
                "web/cart.py": "from hub.core import Manager\nimport hub.core as core\n\nmanager = core.Manager()\n"
            }
            | _HUB,
            config=_HUB_CONCEPT,
            id="alias-from-import-path",
        ),
        Valid(
            {
                "hub/core/pool.py": "from .manager import UnifiedManager\n\ndef pool(): return [UnifiedManager()]\n"
            }
            | _HUB,
            config=_HUB_CONCEPT,
            id="inside-the-defining-package",
        ),
        Valid(
            {"hub/old.py": "from hub.core.manager import UnifiedManager\n\n__all__ = ['UnifiedManager']\n"}
            | _HUB,
            config=_HUB_CONCEPT,
            id="shim-from-the-definition",
        ),
        Valid(
            {
                "shop/money.py": "class Money(Generic[T]):\n    def add(self, other):\n        return self\n",
                "shop/euros.py": "from shop.money import Money\n\nEuros = Money[int]\n",
                "shop/use.py": "from shop.euros import Euros\n",
            },
            config=_CONCEPT,
            id="with-types-for-its-parameters",
        ),
        Valid(
            {"bank/money.py": "class Currency: ...\n", "bank/use.py": "from bank.money import Currency\n"}
            | _MONEY,
            config=_CONCEPT,
            id="something-else",
        ),
    ),
    invalid=(
        Invalid(
            {
                "shop/__init__.py": "from .desk import Desk\nfrom .money import Money\n",
                "shop/money.py": "class Money: ...\n",
                "shop/api.py": "from shop.money import Money\n",
                "shop/desk.py": "from shop.api import Money  # error: its import path is shop\n\nclass Desk: ...\n",
                "shop/later.py": "from shop.api import Money  # error: its import path is shop\n",
            },
            config="""
[concepts.money]
canonical = "shop.money:Money"
import-from = "shop"
""",
            fixed={
                "shop/__init__.py": "from .desk import Desk\nfrom .money import Money\n",
                "shop/money.py": "class Money: ...\n",
                "shop/api.py": "from shop.money import Money\n",
                "shop/desk.py": "from shop.money import Money\n\nclass Desk: ...\n",
                "shop/later.py": "from shop import Money\n",
            },
            id="a-package-that-is-still-being-made",
        ),
        Invalid(
            {
                "shop/cart.py": """
from shop.api import Money  # error: its import path is shop.money
from .api import Money as M  # error: Money is imported from shop.api
from shop import api  # error: Money is imported from shop.api

def total():
    return api.Money(1)
"""
            }
            | _MONEY,
            config=_CONCEPT,
            fixed={
                "shop/cart.py": """
from shop.money import Money
from .money import Money as M
from shop import money

def total():
    return money.Money(1)
"""
            }
            | _MONEY,
            id="through-a-re-export",
        ),
        Invalid(
            {
                "web/cart.py": """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.legacy import Manager  # error: which only hands it on

def later():
    from hub.core.manager import UnifiedManager  # error: where it is defined
    return UnifiedManager()

try:
    from hub.legacy import (
        Manager as M,  # error: its import path is hub.core
    )
except ImportError:
    M = None
"""
            }
            | _HUB,
            config=_HUB_CONCEPT,
            fixed={
                "web/cart.py": """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.core import Manager

def later():
    from hub.core import UnifiedManager
    return UnifiedManager()

try:
    from hub.core import (
        Manager as M,
    )
except ImportError:
    M = None
"""
            }
            | _HUB,
            id="type-checking-function-try",
        ),
        Invalid(
            {
                "hub/chain.py": "from hub.legacy import *\n",
                "web/use.py": "import hub.chain as c  # error: Manager is imported from hub.chain\n\n"
                "def make(user):\n    return c.Manager(user)\n",
            }
            | _HUB,
            config=_HUB_CONCEPT,
            fixed={
                "hub/chain.py": "from hub.legacy import *\n",
                "web/use.py": "import hub.core as c\n\ndef make(user):\n    return c.Manager(user)\n",
            }
            | _HUB,
            id="star-chain-as-attribute",
        ),
        Invalid(
            {
                "shop/late.py": """
def __getattr__(name):
    if name == "Money":
        from shop.money import Money
        return Money
    raise AttributeError(name)
""",
                "shop/table.py": """
from importlib import import_module

_HOMES = {"Money": "shop.money"}

def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(name)
""",
                "shop/names.py": """
from . import money

def __getattr__(name):
    if name != "OldMoney":
        raise AttributeError(name)
    return money.Money
""",
                "tests/test_late.py": """
import shop.late  # error: Money is imported from shop.late, which only hands it on
import shop.table as table  # error: Money is imported from shop.table, which only hands it on
from shop import names  # error: OldMoney is imported from shop.names, which only hands it on


def test(price: shop.late.Money):
    assert {shop.late.Money, table.Money} == {names.OldMoney}
""",
            }
            | _MONEY,
            config=_CONCEPT,
            fixed={
                "shop/late.py": """
def __getattr__(name):
    if name == "Money":
        from shop.money import Money
        return Money
    raise AttributeError(name)
""",
                "shop/table.py": """
from importlib import import_module

_HOMES = {"Money": "shop.money"}

def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(name)
""",
                "shop/names.py": """
from . import money

def __getattr__(name):
    if name != "OldMoney":
        raise AttributeError(name)
    return money.Money
""",
                "tests/test_late.py": """
import shop.money
import shop.money as table
from shop import money


def test(price: shop.money.Money):
    assert {shop.money.Money, table.Money} == {money.Money}
""",
            }
            | _MONEY,
            id="attribute-that-a-module-answers",
        ),
        Invalid(
            {
                "bank/money.py": """
class Money:
    def __init__(self, amount, currency):
        self.amount, self.currency = amount, currency

    def add(self, other):
        return Money(self.amount + other.amount, self.currency)
""",
                "bank/use.py": "from bank.money import Money  # error: another implementation (bank.money:Money)\n",
            }
            | _MONEY,
            config=_CONCEPT,
            id="duplicate",
        ),
    ),
)
