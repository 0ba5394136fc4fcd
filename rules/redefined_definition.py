"""Define a class or function once in a module.

The later of two definitions of one name silently replaces the earlier: readers and searches find the first,
the program runs the second. A whole class can be dead that way, and a test that is defined twice runs once.

When it is fine: `@overload`, property setters and deleters, `register` of `singledispatch` and whatever else the
later decorator takes from the earlier definition; definitions in different arms of `if`, `try` or `match`;
functions called `_`; an earlier definition that is used before the later one replaces it; what a test function
defines, to see that it can be defined.

An earlier definition with a decorator that may keep it alive (`@app.route("/")`, `@pytest.hookimpl`,
`@registry.add`) is not dead, although its name is gone, so it is not reported either. Only decorators that
are known to hand back the function and do nothing else with it count as harmless; name your own in `inert`.

Example:

    class TokenCheck:            # 300 lines that nobody runs
        def verify(self, token): ...

    class TokenCheck:            # this one is used
        def verify(self, token): ...

Use instead: delete the dead definition after comparing the two, or give it the name it deserves. There is no
automatic fix: which of the two was meant is a question for a human.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.model import MODULE, Definition, Related, SourceFile, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, Rule, Valid

_INERT = frozenset({
    "abstractmethod", "asynccontextmanager", "cache", "cached_property", "classmethod", "contextmanager",
    "dataclass", "deprecated", "final", "lru_cache", "override", "property", "runtime_checkable", "skip",
    "skipif", "staticmethod", "total_ordering", "unique", "wraps", "xfail",
})  # fmt: skip
"""Last parts of decorators after which nothing but the name holds on to the definition."""

_INERT_PREFIXES = (
    "pytest.mark.",
    "pytest.fixture",
    "pytest_asyncio.fixture",
    "mock.patch",
    "patch",
    "unittest.",
)


@dataclass(frozen=True)
class Options:
    inert: tuple[str, ...] = ()
    """Your decorators that keep no hold of what they decorate, by their last name, e.g. `["traced"]`."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    inert = _INERT | frozenset(options.inert)
    for number, file in enumerate(project.files):
        for earlier, later in file.facts.redefined:
            first, second = file.facts.definitions[earlier], file.facts.definitions[later]
            if not _replaces(first, second, inert) or _is_tried(file, first):
                continue
            yield Violation(
                project.location(number, later),
                _message(file, first, second),
                symbol=project.symbol(number, later),
                related=(Related(file.path, first.line, f"the definition of {first.name} that is replaced"),),
                severity="warning" if file.is_test else None,
            )


def _replaces(first: Definition, second: Definition, inert: frozenset[str]) -> bool:
    """Whether the earlier definition is lost, and not meant to be."""
    if first.name == "_" or any(_last(name) == "overload" for name in first.decorators):
        return False
    if any(name.partition(".")[0] == first.name for name in second.decorators):
        return False
    if any(_last(name) in ("register", "setter", "getter", "deleter") for name in second.decorators):
        return False
    return all(_last(name) in inert or name.startswith(_INERT_PREFIXES) for name in first.decorators)


def _is_tried(file: SourceFile, first: Definition) -> bool:
    """Is it defined by a test, which may want no more than that it can be?"""
    return (
        file.is_test
        and first.parent != MODULE
        and not (outer := file.facts.definitions[first.parent]).is_class
        and outer.name.startswith("test")
    )


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _message(file: SourceFile, first: Definition, second: Definition) -> str:
    length = first.end_line - first.line + 1
    lines = f"{length} lines" if length > 1 else "1 line"
    what = _noun(first)
    if _is_collected_test(file, first):
        effect = "so that test never runs"
    elif first.is_class != second.is_class:
        effect = f"although this is a {_noun(second)}: whoever reads the first is misled"
    else:
        effect = "so the earlier one is never used"
    return f"{first.name} is defined again and replaces the {what} on line {first.line} ({lines}), {effect}"


def _noun(definition: Definition) -> str:
    if definition.is_class:
        return "class"
    outer = definition.qualname.rpartition(".")[0]
    return "method" if outer and not outer.endswith("<locals>") else "function"


def _is_collected_test(file: SourceFile, definition: Definition) -> bool:
    return file.is_test and definition.name.startswith("Test" if definition.is_class else "test")


RULE = Rule(
    id="SSOT106",
    name="redefined-definition",
    check=check,
    options=Options,
    severity="error",
    valid=(
        Valid(
            {
                "shop/price.py": """
from typing import overload

@overload
def parse(value: int) -> int: ...
@overload
def parse(value: str) -> str: ...
def parse(value):
    return value
"""
            },
            id="overload",
        ),
        Valid(
            {
                "tests/test_price.py": """
def test_tax():
    class Net: ...
    class Shop:
        def price(self):
            return Net()
    def total():
        return Shop().price()
    assert total()
    class Net:
        tax = 1
    assert Net.tax
"""
            },
            id="used-by-what-is-called-in-between",
        ),
        Valid(
            {
                "tests/test_grammar.py": """
class TestGrammar:
    def test_annotations(self):
        def f(x) -> list: pass
        def f(x, y: int = 1): pass
"""
            },
            id="defined-by-a-test",
        ),
        Valid(
            {
                "shop/cart.py": """
class Cart:
    @property
    def total(self):
        return self._total

    @total.setter
    def total(self, value):
        self._total = value

    @total.deleter
    def total(self):
        del self._total
"""
            },
            id="property",
        ),
        Valid(
            {
                "shop/render.py": """
from functools import singledispatch

@singledispatch
def render(value): ...

@render.register
def _(value: int): ...

@render.register
def _(value: str): ...
"""
            },
            id="singledispatch",
        ),
        Valid(
            {
                "shop/clock.py": """
import sys

if sys.platform == "win32":
    def now(): return 1
else:
    def now(): return 2

try:
    from fastjson import dumps
except ImportError:
    def dumps(value): return str(value)
"""
            },
            id="arms",
        ),
        Valid(
            {
                "shop/routes.py": """
from shop.web import app

@app.get("/a")
def handler(): return "a"

@app.get("/b")
def handler(): return "b"
"""
            },
            id="registered-elsewhere",
        ),
        Valid(
            {
                "shop/chain.py": """
def step(value): return value + 1

FIRST = step

def step(value): return value + 2
"""
            },
            id="used-in-between",
        ),
        Valid(
            {"shop/two.py": "class A:\n    def run(self): ...\n\nclass B:\n    def run(self): ...\n"},
            id="two-scopes",
        ),
    ),
    invalid=(
        Invalid(
            {
                "tests/test_price.py": """
def make_tax():
    def tax(): return 1
    def tax(): return 2  # error: tax is defined again and replaces the function on line 2
    return tax
""",
                "shop/test_price.py": """
def test_net():
    class Net:
        def tax(self): return 1
        def tax(self): return 2  # error: tax is defined again and replaces the method on line 3
    assert Net().tax() == 2
""",
            },
            id="by-what-a-test-uses",
        ),
        Invalid(
            {
                "shop/auth.py": """
class TokenCheck:
    def verify(self, token):
        return token == "secret"

class TokenCheck:  # error: replaces the class on line 1 (3 lines)
    def verify(self, token):
        return False
"""
            },
            id="class",
        ),
        Invalid(
            {
                "shop/cart.py": """
class Cart:
    def total(self):
        return 1

    @staticmethod
    def helper(): ...

    async def total(self):  # error: replaces the method on line 2
        return 2
"""
            },
            id="method",
        ),
        Invalid(
            {
                "tests/test_cart.py": """
import pytest

@pytest.mark.slow
def test_total():
    assert 1

def test_other(): ...

def test_total():  # error: that test never runs
    assert 2

class TestCart:
    def test_add(self): ...
    def test_add(self): ...  # error: that test never runs
"""
            },
            id="test-that-never-runs",
        ),
        Invalid(
            {
                "shop/thrice.py": """
def load(): return 1
def load(): return 2  # error: on line 1
def load(): return 3  # error: on line 2

def outer():
    def inner(): return 1
    def inner(): return 2  # error: replaces the function on line 6
    return inner
"""
            },
            id="three-times-and-nested",
        ),
        Invalid(
            {
                "shop/traced.py": """
from shop.trace import traced

@traced
def load(): return 1

@traced
def load(): return 2  # error: replaces the function
"""
            },
            options={"inert": ["traced"]},
            id="inert-decorator",
        ),
    ),
)
