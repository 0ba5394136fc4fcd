"""Define a class or function in one module, not in several.

The same class or function, by name and by what its body does, stands in several modules, and no concept says
which of them is meant. Each copy is fixed, patched and tested by itself; importers choose one by accident.

Two copies have the same kinds of statements in the same order (of a class: method by method), and four fifths of the
statements are built alike, down to their expressions, and use the same attributes, keywords and functions; variables,
literals and annotations may differ.

Reported is every member of such a family but the proposed home: the one that most imports reach, outside the
test paths if there is one there, the first by path if several are equal. Off by default, because every larger
repository has some; `ssot-lint duplicates` shows them as clusters, copies under other names included.

Copies are fine in a repository of several services that must not share code, in generated files and in database
migrations (neither is reported), and wherever a test wants its own. What is shorter than `minimum-statements`,
what a test runner collects (`test_*`, `Test*`), fixtures in test files, `main`, and a module's own `__getattr__` and
`__dir__` are not reported. A class or function that a declared concept claims by name is the business of
`duplicate-implementation`.

Example:

    # shop/orders.py and shop/invoices.py
    def parse_duration(text): ...            # twelve lines, the same in both

Use instead: one home that both import, or a concept in the configuration that names it. The fix takes away an exact
copy that nobody imports; it is not safe: users outside the project cannot be seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssot_lint.concepts.name_matches import concept_of
from ssot_lint.likeness.boilerplate import is_migration
from ssot_lint.likeness.sameness import sameness
from ssot_lint.model import MODULE, Definition, Fix, Related, SourceFile, Violation
from ssot_lint.project import Project
from ssot_lint.queries.compared import outline
from ssot_lint.queries.outlines import Outline, resemblance
from ssot_lint.rule import Invalid, Rule, Valid

from ._likeness import check_likeness

SAME_NAMES = 0.5
"""The least share of method names (of a class) or parameter names (of a function) that copies have in common."""

SAME_CODE = 0.8
"""The least share of statements that are the same in the text: what `ssot-lint duplicates` asks for by default."""


@dataclass(frozen=True)
class Options:
    threshold: float = 0.9
    """The least share of the larger definition's statements that the other one must have too, e.g. 0.8."""

    minimum_statements: int = 8
    """Shorter definitions are not compared."""

    tests: bool = True
    """Whether definitions in the test paths count."""

    allow: tuple[str, ...] = ()
    """Names that may be defined several times, e.g. `["setup_logging"]`."""

    def __post_init__(self) -> None:
        check_likeness(self.threshold, self.minimum_statements)


@dataclass(frozen=True)
class _Member:
    """A definition at module level, with what it is compared by."""

    file: int
    index: int
    is_test: bool
    path: str
    importers: int
    outline: Outline
    names: frozenset[str]

    @property
    def place(self) -> tuple[int, int]:
        return self.file, self.index

    @property
    def rank(self) -> tuple[int, bool, str]:
        return -self.importers, self.is_test, self.path


def check(project: Project, options: Options) -> Iterator[Violation]:
    found: list[Violation] = []
    for members in _namesakes(project, options):
        for home, copies in _families(project, members, options.threshold):
            found += (_violation(project, home, copy, len(copies) + 1) for copy in copies)
    yield from sorted(found, key=lambda violation: violation.location)


def _namesakes(project: Project, options: Options) -> Iterator[list[_Member]]:
    """Definitions of one name and kind at module level of several files."""
    project.namesakes.update(("class", "function", "async-function"))
    places: defaultdict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    for number, file in enumerate(project.files):
        if file.facts.generated or is_migration(file.path) or (file.is_test and not options.tests):
            continue
        for index, item in enumerate(file.facts.definitions):
            if item.parent == MODULE and item.name not in options.allow and _counts(file, item):
                places[item.kind, item.name][number] = index  # the last one is what the module exports
    for (_, name), found in sorted(places.items()):
        if len(found) > 1 and concept_of(project, name) is None:
            members = [_member(project, file, index) for file, index in sorted(found.items())]
            members = [member for member in members if member.outline.size >= options.minimum_statements]
            if len(members) > 1:
                yield members


def _counts(file: SourceFile, item: Definition) -> bool:
    """Whether a definition could be shared: tests, fixtures and entry points belong where they stand."""
    if item.is_trivial or item.name in ("main", "__getattr__", "__dir__"):
        return False
    if not file.is_test:
        return True
    if any(name.rpartition(".")[2] == "fixture" for name in item.decorators):
        return False
    prefixes = ("Test",) if item.is_class else ("test_", "setup_", "teardown_", "pytest_")
    return not item.name.startswith(prefixes)


def _member(project: Project, file: int, index: int) -> _Member:
    source = project.files[file]
    item = source.facts.definitions[index]
    if item.is_class:
        names = frozenset(source.facts.definitions[child].name for child in project.children(file, index))
    else:
        project.opened.add((file, index))
        names = frozenset(parameter.name for parameter in item.parameters)
    importers = len({user for user, _ in project.users(project.symbol(file, index))})
    return _Member(file, index, source.is_test, source.path, importers, outline(project, file, index), names)


def _families(
    project: Project, members: Sequence[_Member], threshold: float
) -> Iterator[tuple[_Member, list[_Member]]]:
    """Each proposed home with what resembles it; a definition belongs to the first home that it resembles."""
    left = sorted(members, key=lambda member: member.rank)
    while left:
        home, *others = left
        copies = [other for other in others if _alike(project, home, other, threshold)]
        if copies:
            yield home, sorted(copies, key=lambda member: member.path)
        taken = {copy.file for copy in copies}
        left = [other for other in others if other.file not in taken]


def _alike(project: Project, one: _Member, other: _Member, threshold: float) -> bool:
    most = max(len(one.names), len(other.names))
    if len(one.names & other.names) < SAME_NAMES * most:
        return False
    if resemblance(one.outline, other.outline, threshold, proof=0) < threshold:
        return False
    return sameness(project, one.place, other.place) >= SAME_CODE


def _violation(project: Project, home: _Member, copy: _Member, number: int) -> Violation:
    item = project.definition_at((copy.file, copy.index))
    symbol = project.symbol(home.file, home.index)
    same = sameness(project, home.place, copy.place)
    share = int(min(resemblance(home.outline, copy.outline, proof=0), same) * 100)
    used = f"imported by {home.importers} file{'s' * (home.importers != 1)}"
    return Violation(
        project.location(copy.file, copy.index),
        f"{item.name} is defined in {number} modules, and no concept says where it belongs; "
        f"{symbol} has {share} % of the same statements",
        symbol=project.symbol(copy.file, copy.index),
        canonical=symbol,
        reasons=(f"proposed home: {symbol}, {used}", f"this copy: imported by {copy.importers}"),
        related=(
            Related(home.path, project.definition_at((home.file, home.index)).line, "the proposed home"),
        ),
        fix=_fix(symbol, project.symbol(copy.file, copy.index), share) if not copy.importers else None,
        severity="info" if copy.is_test else None,
    )


def _fix(home: str, copy: str, share: int) -> Fix | None:
    """An exact copy that nobody imports can go."""
    return Fix("remove-shim", {"symbol": copy, "copy_of": home}, safe=False) if share == 100 else None


PARSE = """
def parse_duration(text, default=0):
    total = default
    for number, unit in pairs(text):
        if unit == "h":
            total += 3600 * number
        elif unit == "m":
            total += 60 * number
        else:
            raise ValueError(unit)
    return total
"""
OTHER = """
def parse_duration(text, default=0):
    try:
        value = float(text)
    except ValueError:
        return default
    with lock:
        known.append(value)
        del known[:-10]
    assert value >= 0
    return value
"""
OPTIONS = """
def make_options(parser):
    result = parser.{0}()
    result.{1}("where")
    result.{2}("when", late=True)
    result.{3}(1, [2])
    if result.{4}:
        result.{5}(parser)
    result.{6}(*{7}(parser))
    return result
"""
STORE = """
class Store:{mark}
    def load(self, key):
        if key not in self.rows:
            self.rows[key] = self.backend.fetch(key)
            self.count += 1
            self.touch(key)
        return self.rows[key]

    def drop(self, key):
        for row in self.rows.pop(key):
            row.close()
            self.count -= 1
        self.backend.forget(key)
        return self.count
"""

SHARE = """
    total, largest, found = 0, None, []
    for part in parts:
        total += part
        if largest is None or part > largest:
            largest = part
        if part < 0:
            raise ValueError(part)
    for part in parts:
        found.append(part / total)
    return found, largest
"""

RULE = Rule(
    id="SSOT103",
    name="undeclared-duplicate",
    check=check,
    options=Options,
    severity="warning",
    enabled=False,
    codemods=("remove-shim",),
    valid=(
        Valid({"shop/a.py": PARSE, "shop/b.py": OTHER}, id="same-name-other-body"),
        Valid(
            {f"shop/{name}.py": PARSE.replace("parse_duration", "__getattr__") for name in "ab"},
            id="hooks-of-modules",
        ),
        Valid(
            {"shop/a.py": PARSE, "shop/b.py": PARSE.replace("parse_duration", "seconds")}, id="another-name"
        ),
        Valid(
            {"scripts/ship.py": OPTIONS.format(*"abcdefgh"), "scripts/sell.py": OPTIONS.format(*"abopqrst")},
            id="one-outline-other-calls",
        ),
        Valid(
            {"shop/a.py": PARSE, "shop/migrations/0001.py": PARSE, "shop/b_pb2.py": "# @generated\n" + PARSE},
            id="generated-and-migrations",
        ),
        Valid(
            {"shop/a.py": STORE.format(mark=""), "shop/b.py": STORE.format(mark="")},
            config='[concepts.store]\ncanonical = "shop.a:Store"\n',
            id="declared",
        ),
        Valid({"shop/a.py": PARSE, "shop/b.py": PARSE}, options={"allow": ["parse_duration"]}, id="allowed"),
        Valid({"shop/a.py": PARSE, "shop/b.py": PARSE}, options={"minimum-statements": 12}, id="too-small"),
        Valid({"shop/a.py": PARSE, "tests/help.py": PARSE}, options={"tests": False}, id="without-tests"),
        Valid(
            {
                "tests/test_a.py": PARSE.replace("parse_duration", "test_it"),
                "tests/test_b.py": PARSE.replace("parse_duration", "test_it"),
            },
            id="test-functions",
        ),
        Valid(
            {
                "shop/a.py": "class A:" + PARSE.replace("\n", "\n    "),
                "shop/b.py": "class B:" + PARSE.replace("\n", "\n    "),
            },
            id="methods",
        ),
    ),
    invalid=(
        Invalid(
            {
                "shop/a.py": f"def share(parts):\n{SHARE}",
                "shop/b.py": f"def share(parts):  # error: share is defined in 2 modules\n{SHARE}",
                "shop/use.py": "from shop.a import share\n",
            },
            fixed={"shop/a.py": f"def share(parts):\n{SHARE}", "shop/use.py": "from shop.a import share\n"},
            id="copy-that-nobody-imports",
        ),
        Invalid(
            {
                "shop/a.py": PARSE.replace(
                    "default=0):", "default=0):  # error: shop.b:parse_duration has 100 %"
                ),
                "shop/b.py": PARSE,
                "shop/c.py": "from shop.b import parse_duration\n",
            },
            id="the-home-is-the-most-imported",
        ),
        Invalid(
            {
                "shop/a.py": STORE.format(mark=""),
                "shop/b.py": STORE.format(mark="  # error: Store is defined in 3 modules"),
                "shop/c.py": STORE.format(mark="  # error: shop.a:Store").replace("touch", "note"),
            },
            id="ties-go-to-the-first",
        ),
        Invalid(
            {
                "shop/z.py": PARSE,
                "tests/helpers.py": PARSE.replace(
                    "default=0):", "default=0):  # error: shop.z:parse_duration"
                ),
            },
            id="tests-are-no-home",
        ),
        Invalid(
            {
                "shop/a.py": PARSE,
                "shop/b.py": PARSE.replace(
                    "default=0):", "default=0):  # error: shop.a:parse_duration has 88 %"
                ).replace("    return total", "    log(total)\n    return total"),
                "shop/c.py": OTHER,
                "shop/d.py": OTHER.replace("default=0):", "default=0):  # error: shop.c:parse_duration"),
            },
            options={"threshold": 0.8},
            id="two-families-of-one-name",
        ),
    ),
)
