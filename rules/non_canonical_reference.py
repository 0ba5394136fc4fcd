"""Name in a string the namespace that is read.

`mock.patch("shop.checkout.Cart")` replaces what `shop.checkout` reads when it says `Cart`. A string that names
anything else patches nothing, or breaks: tests stay green while they run the real thing, and nobody notices
because a string is not an import. Found are strings that are looked up when they run - `patch`, `patch.object`,
`patch.multiple`, `patch.dict`, `monkeypatch.setattr`, `import_module`, `__import__`, `importorskip`, `locate`,
dotted paths in settings - whose text is a constant or can be worked out, and that

- name a first-party module that does not exist,
- name an attribute that the module or class does not have,
- patch a concept in a module that only hands it on, or a duplicate where it is defined, although no reader looks
  there when it runs: readers took the object from elsewhere, or took it when they were imported,
- import a concept by name through a shim, or a duplicate of it.

Right, and not reported, is the namespace of a *user*: `patch("shop.checkout.Cart")` where `shop.checkout`
imports `Cart`, wherever it is defined. So a codemod that moves `Cart` must leave that string alone.

When it is fine, or cannot be told, nothing is reported: third-party targets; `create=True` and `raising=False`; modules with a `__getattr__`, classes
with bases that are not known, metaclasses or decorators that may add members; instances, whose attributes are
not followed; modules put into `sys.modules`; dotted settings without a `:` that lead nowhere; builtins such as
`open`, which `patch` adds to a module by itself; strings that cannot be worked out, which are counted as
undecided.

Example:

    @patch("shop.api.Cart")             # shop.checkout has imported Cart before

Use instead:

    @patch("shop.checkout.Cart")

There is no automatic fix: only the test's author knows which reader was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.concepts.canonicals import canonical_of, duplicates
from ssot_lint.concepts.readers import readers, reads
from ssot_lint.linking.surroundings import around
from ssot_lint.linking.targets import is_parametrised
from ssot_lint.model import FileFacts, Location, PathString, Related, Severity, SourceFile, Violation
from ssot_lint.project import Project
from ssot_lint.queries.import_guards import guard_of
from ssot_lint.queries.strings import Attribute, Missing, named_by, object_named, walked
from ssot_lint.rule import Invalid, Rule, Valid

from ._fixes import take_from_home
from ._nearest import nearest
from ._shared import chain_related, matches

_IMPORTS = frozenset({"import_module", "__import__", "importorskip"})

_PATCHES = frozenset({"patch", "patch.object", "patch.multiple", "patch.dict", "monkeypatch.setattr"})

_QUOTED = re.compile(r"[\"']([\w.]+)[\"']")


@dataclass(frozen=True)
class Options:
    allow: tuple[str, ...] = ()
    """Dotted names, or patterns of them, that may be named though they are not there: `["shop._generated.*"]`."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    answers: dict[tuple[str, str, str], str | Attribute | None] = {}
    for index, file in enumerate(project.files):
        for path in file.facts.paths:
            if path.create or path.form == "sys.modules":
                continue
            if path.target is not None:
                named = f"{path.target}.{path.attribute}"
                found = _told(project, object_named(project, index, path))
            else:
                named = named_by(file, path)
                if not named or not project.is_first_party(named):
                    continue
                key = (named, path.form, project.table.seen_from(named, index))
                if key not in answers:
                    look = _module if path.form in _IMPORTS else walked
                    answers[key] = _told(project, look(project, index, named, path.form))
                found = answers[key]
            if found is None or matches(named, options.allow) or _is_expected(file.facts, path):
                continue
            if not isinstance(found, str):
                violation = (_unreached if path.form in _PATCHES else _taken)(project, index, path, found)
                if violation:
                    yield violation
            elif path.form in _PATCHES and _is_in_a_mock(file, path, named):
                continue
            elif path.form != "reference" or _is_entry_point(path.value or ""):
                yield _broken(project, index, path, found, named)


# -- what the string says


def _is_entry_point(value: str) -> bool:
    """Whether a string can only be `package.module:name`; a dotted word, or `py:func`, may be anything."""
    module, colon, _ = value.partition(":")
    return bool(colon) and "." in module


def _module(project: Project, importer: int, name: str, form: str) -> Missing | Attribute | None:
    """Whether a module can be imported by its name; a shim of a concept gives what it hands on."""
    target = project.resolve_symbol(name, importer).target
    if target.kind == "unresolved":
        return Missing(f"module {name} does not exist", name)
    if target.kind == "module" and target.file >= 0 and _is_shim(project, target.file):
        names = sorted(project.namespace(target.file, "SSOT205"))
        return next(
            (
                Attribute(target.file, held, found)
                for held in names
                if (found := project.name(target.file, held)) and canonical_of(project, found.targets)
            ),
            None,
        )
    return None


def _is_shim(project: Project, file: int) -> bool:
    """Whether a module, not a package, defines nothing itself."""
    source = project.files[file]
    return not source.is_package and not source.facts.definitions and bool(source.facts.imports)


# -- who reads what a string patches


def _unreached(project: Project, index: int, path: PathString, found: Attribute) -> Violation | None:
    """A patch of a concept in a module from which nobody takes it when the patch is in force."""
    target = found.resolution.target
    concept = canonical_of(project, found.resolution.targets)
    claim = None if concept else duplicates(project).get(target.symbol)
    if claim is not None:
        concept = project.config.concept(claim.concept)
    if concept is None or (claim is None and target.file == found.file):
        return None
    facts = project.files[found.file].facts
    takers = readers(project).get((found.file, found.name), ())
    if facts.deep is None or any(late for _, _, late in takers):
        return None
    # a duplicate's own module may read it; that is not what a test of its users wants to replace
    if reads(facts, found.name) and not (
        claim and any(not project.files[reader].is_test for reader, _, _ in takers)
    ):
        return None
    module = project.files[found.file].module
    users = sorted(
        (reader for reader in takers if reader[0] != index),
        key=lambda reader: project.files[reader[0]].is_test,
    )
    what = f"defines a duplicate of {concept.canonical}" if target.file == found.file else "only hands it on"
    if users:
        places = list(dict.fromkeys(project.files[reader].module for reader, _, _ in users))
        more = " ..." if len(places) > 3 else ""
        message = (
            f"patches {found.name} in {module}, which {what}; its readers took it when they were imported: "
            f"patch it in {', '.join(places[:3])}{more}"
        )
    else:
        message = f"patches {found.name} in {module}, which {what}, and nobody reads it there"
    file = project.files[index]
    return Violation(
        _location(file, path),
        message,
        concept=concept.name,
        symbol=f"{module}:{found.name}",
        canonical=concept.canonical,
        related=tuple(
            Related(
                project.files[reader].path,
                line,
                f"{project.files[reader].module} takes {found.name} from {module}",
            )
            for reader, line, _ in users[:5]
        ),
    )


def _taken(project: Project, index: int, path: PathString, found: Attribute) -> Violation | None:
    """A string by which a concept is imported from elsewhere than its import path, or a duplicate of it."""
    concept = canonical_of(project, found.resolution.targets)
    same = concept is not None
    source = project.files[found.file]
    symbol = f"{source.module}:{found.name}"
    if concept is not None:
        if source.module in (concept.home, concept.canonical_module) or is_parametrised(found.resolution):
            return None
        what = f"which only hands on {found.name}"
    else:
        claim = duplicates(project).get(found.resolution.target.symbol)
        concept = project.config.concept(claim.concept) if claim else None
        if claim is None or concept is None:
            return None
        what = f"whose {found.name} is another implementation, not {concept.canonical}"
    file = project.files[index]
    return Violation(
        _location(file, path),
        f"{_verb(path)} {source.module}, {what}; its import path is {concept.home}",
        concept=concept.name,
        symbol=symbol,
        canonical=concept.canonical,
        related=chain_related(found.resolution.chain),
        fix=take_from_home(project, concept, symbol, file.path) if same else None,
    )


def _told(project: Project, found: Missing | Attribute | None) -> str | Attribute | None:
    """What is missing as a text, with what may have been meant."""
    if not isinstance(found, Missing):
        return found
    return found.text + (
        nearest(project, "SSOT205", found.symbol, None, for_test=True) if found.symbol else ""
    )


def _verb(path: PathString) -> str:
    return "the string names" if path.form == "reference" else f"{path.form} names"


# -- the violation


def _is_expected(facts: FileFacts, path: PathString) -> bool:
    """Whether the failure is what a test wants to see: `with pytest.raises(AttributeError): ...`.

    Or the manager is told of a module that is imported (`with mock(["shop.gone"]): ...`).
    """
    return any(
        arm.kind == "with"
        and ("raises(" in arm.test or "assertRaises" in arm.test or _is_told(arm.test, path))
        for arm in around(facts, path.branch)
    )


def _is_told(manager: str, path: PathString) -> bool:
    """Does a context manager, as written, take the name of the module that is imported below it?"""
    return path.form in _IMPORTS and path.value in _QUOTED.findall(manager)


def _is_in_a_mock(file: SourceFile, path: PathString, named: str) -> bool:
    """Whether the same function has put a mock in place of what stands before the name: it has any attribute."""
    return any(
        other.form in ("patch", "monkeypatch.setattr")
        and other.scope == path.scope
        and (other.line, other.column) < (path.line, path.column)
        and named.startswith(f"{named_by(file, other)}.")
        for other in file.facts.paths
        if other.target is None and other.value
    )


def _broken(project: Project, index: int, path: PathString, missing: str, named: str) -> Violation:
    file = project.files[index]
    severity: Severity | None = None if file.is_test else "error"
    if guard_of(file.facts, path.scope, path.branch) == "import-error":
        severity = "info"
    return Violation(
        _location(file, path),
        f"{_verb(path)} {named}, but {missing}",
        symbol=named,
        severity=severity,
    )


def _location(file: SourceFile, path: PathString) -> Location:
    return Location(file.path, path.line, path.column, path.end_line, path.end_column)


_SHOP = {
    "shop/__init__.py": "",
    "shop/money.py": """
class Money:
    RATE = 1

    def __init__(self, amount):
        self.amount = amount

    def add(self, other):
        return Money(self.amount + other.amount)
""",
    "shop/cart.py": """
from shop.money import Money

class Cart:
    def total(self):
        return Money(1)
""",
    "shop/api.py": "from shop.money import Money\n\n__all__ = ['Money']\n",
    "shop/page.py": "from shop.api import Money\n\ndef show():\n    return Money(3)\n",
}

_CONCEPT = """
[concepts.money]
canonical = "shop.money:Money"
names = ["*Money"]
"""

RULE = Rule(
    id="SSOT205",
    name="non-canonical-reference",
    check=check,
    codemods=("rewrite-imports",),
    options=Options,
    severity="warning",
    valid=(
        Valid(
            {
                "tests/test_cart.py": """
from unittest.mock import MagicMock

def test_late(mocker):
    mocker.patch("shop.cart.Money", MagicMock())
    mocker.patch("shop.cart.Money.convert")
"""
            }
            | _SHOP,
            id="in-a-mock",
        ),
        Valid(
            {
                "tests/test_cart.py": """
from unittest.mock import patch
from shop import cart
from shop.money import Money

@patch("shop.cart.Money")
@patch("shop.page.Money")
def test_total(page, money): ...

def test_more(monkeypatch):
    monkeypatch.setattr("shop.cart.Money.add", None)
    monkeypatch.setattr(cart, "Money", None)
    with patch.object(Money, "RATE", 2), patch.object(Money, "amount"), patch("shop.money.Money"):
        pass
"""
            }
            | _SHOP,
            config=_CONCEPT,
            id="the-namespace-that-reads",
        ),
        Valid(
            {
                "tests/test_cart.py": """
import importlib
from unittest.mock import patch

import pytest

@patch("shop.cart.open")
@patch("shop.cart.print", create=True)
@patch("requests.sessions.nothing")
@patch("shop.cart.missing", create=True)
def test_builtin(*mocks): ...

def test_gone(monkeypatch, cart):
    monkeypatch.setattr("shop.cart.gone", None, raising=False)
    with patch.object(cart, "anything"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("shop.gone")
    with made(["shop.made"]):
        importlib.import_module("shop.made")
"""
            }
            | _SHOP,
            config=_CONCEPT,
            id="meant-to-be-absent",
        ),
        Valid(
            {
                "tests/test_page.py": """
from unittest.mock import patch

from shop import cart as page

def test_local(browser):
    page = browser.open()
    with patch.object(page, "close"):
        pass

def test_loop(browser):
    for page in browser.pages:
        with patch.object(page, "close"):
            pass
""",
            }
            | _SHOP,
            config=_CONCEPT,
            id="a-local-name-is-no-module",
        ),
        Valid(
            {
                "shop/lazy.py": "def __getattr__(name):\n    return load(name)\n",
                "shop/model.py": "from sqlalchemy.orm import Model\n\nclass Row(Model): ...\n\nROW = Row()\n",
                "tests/test_lazy.py": """
from unittest.mock import patch

with patch("shop.lazy.thing"), patch("shop.model.Row.query"), patch("shop.model.ROW.name"):
    pass
with patch(f"{TARGET}.x"):
    pass
""",
            }
            | _SHOP,
            config=_CONCEPT,
            id="cannot-be-told",
        ),
        Valid(
            {
                "shop/late.py": "def show():\n    from shop.api import Money\n    return Money(3)\n",
                "tests/test_late.py": "from unittest.mock import patch\n\nwith patch('shop.api.Money'):\n    pass\n",
            }
            | _SHOP,
            config=_CONCEPT,
            id="read-when-it-runs",
        ),
        Valid(
            {
                "shop/basket.py": """
class _Basket:
    def __add(self, item): ...

class Basket(_Basket):
    def __sort(self): ...
""",
                "tests/test_basket.py": """
from unittest.mock import patch
from shop.basket import Basket

with patch.object(Basket, "_Basket__add"), patch("shop.basket.Basket._Basket__sort"):
    pass
""",
            }
            | _SHOP,
            id="a-private-name-as-it-is-from-outside",
        ),
        Valid(
            {
                ".gitignore": "/local/settings/*\n",
                "local/views.py": "",
                "shop/load.py": "import importlib\n\nimportlib.import_module('local.settings.mine')\n",
            }
            | _SHOP,
            id="what-git-ignores",
        ),
        Valid(
            {
                "docs/conf.py": 'nitpick_ignore = [("shop:class", "Cart"), ("shop:func", "x"), ("shop.cart:def", "x")]\n'
            }
            | _SHOP,
            id="a-keyword-is-no-name",
        ),
    ),
    invalid=(
        Invalid(
            {
                "tests/test_cart.py": """
def test_early(mocker):
    mocker.patch("shop.cart.Money.convert")  # error: has no attribute convert
    mocker.patch("shop.cart.Money")

def test_other(mocker):
    mocker.patch("shop.cart.Mon")  # error: has no attribute Mon
    mocker.patch("shop.cart.Money.convert")  # error: has no attribute convert

def test_below_a_manager_that_is_told_of_what_is_there(mocker, watched):
    with watched.warnings("shop.cart.Mon"):
        mocker.patch("shop.cart.Mon")  # error: has no attribute Mon
"""
            }
            | _SHOP,
            id="before-or-without-a-mock",
        ),
        Invalid(
            {
                "tests/test_cart.py": """
import importlib
from unittest.mock import patch
from shop import cart
from shop.money import Money

BASE = "shop.cart"

@patch("shop.basket.Cart")  # error: module shop.basket does not exist
@patch(f"{BASE}.Mony")  # error: shop.cart has no attribute Mony; did you mean Money?
@patch("shop.cart.Cart.totals")  # error: shop.cart:Cart has no attribute totals
@patch("shop.cart.Cart._Cart__total")  # error: shop.cart:Cart has no attribute __total
@patch("shop.cart.Money.sub")  # error: shop.money:Money has no attribute sub
def test_total(*mocks):
    importlib.import_module("shop.gone")  # error: module shop.gone does not exist

def test_objects(monkeypatch):
    monkeypatch.setattr("shop.cart.open", None)  # error: has no attribute open
    with patch.object(cart, "Basket"):  # error: shop.cart has no attribute Basket
        pass
    with patch.object(Money, "_add"):  # error: did you mean add?
        pass
    with patch.multiple("shop.cart", Money=1, Other=2):  # error: shop.cart has no attribute Other
        pass
"""
            }
            | _SHOP,
            config=_CONCEPT,
            id="names-nothing",
        ),
        Invalid(
            {
                "shop/plugins.py": """
from importlib import import_module

def load():
    import_module("shop.api")  # error: which only hands on Money; its import path is shop.money
    return import_module(".gone", __package__)  # error: module shop.gone does not exist
"""
            }
            | _SHOP,
            config=_CONCEPT,
            id="import-module",
        ),
        Invalid(
            {
                "tests/test_page.py": """
from unittest.mock import patch

@patch("shop.api.Money")  # error: its readers took it when they were imported: patch it in shop.page
def test_show(money): ...
"""
            }
            | _SHOP,
            config=_CONCEPT,
            id="patched-where-nobody-looks",
        ),
    ),
)
