"""Don't copy the canonical definition under another name.

A class or function whose body is (nearly) the canonical one's is a second source of truth that no search for
the name finds: it misses every fix that its original gets, and no import says that the two belong together.
Some copies are renamed on purpose, so that a count of duplicates goes down.

Two comparisons have to agree. The first is blind to names: which kinds of statements each body consists of, in
which order, and how many parameters it takes; for a class, method by method, in any order. What it finds alike is
read again from the source, where the statements must be built alike, down to their expressions, and use the same
attributes, keywords and functions. Variables, literals, annotations and the members that a class defines itself may
differ. Definitions that bear the concept's name are the business of `duplicate-implementation` and not
reported again.

A copy is fine where config declares it (variants, protocol, factory, test double). What has fewer statements
than `minimum-statements` may be alike by chance, so may what repeats one turn all the way (a row of calls, a long
`elif` chain), and what has gone its own way in more than a tenth of its statements is a copy no longer: none of
these is reported. `ssot-lint duplicates` finds copies of everything else.

Example, with `canonical = "shop.cart:Cart"`:

    class Basket:                            # line for line what Cart does
        def put(self, product, number): ...

Use instead: `from shop.cart import Cart`, or, if the copy is meant to differ, a subclass that says in what. There
is no automatic fix: the callers of a renamed copy use its names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from ssot_lint.concepts.claims import claims
from ssot_lint.config import Concept
from ssot_lint.likeness.sameness import sameness
from ssot_lint.model import Definition, Related, Violation
from ssot_lint.project import Project, Target
from ssot_lint.queries.compared import outline
from ssot_lint.queries.outlines import Outline, Rival, drawn, extent, resemblance, variety
from ssot_lint.rule import Invalid, Rule, Valid

from ._fixes import make_shim
from ._likeness import check_likeness

_VARIETY = 0.4
"""Different turns for each of the least number of statements. Of 16,760 functions with 20 statements and more in a
repository of 3.7 million lines, drawn pairs of one outline differed in most of their calls in 8 of 27 cases below
it, in 3 of 254 above."""


@dataclass(frozen=True)
class Options:
    threshold: float = 0.9
    """The least share of the larger definition's statements that the other one must have too, e.g. 0.8."""

    minimum_statements: int = 20
    """Shorter definitions are alike by chance. On a repository of 3.7 million lines 20 was safe, 10 was not."""

    def __post_init__(self) -> None:
        check_likeness(self.threshold, self.minimum_statements)


@dataclass(frozen=True)
class _Original:
    """A canonical definition that is large enough to be recognised."""

    concept: Concept
    target: Target
    outline: Outline
    rival: Rival
    kind: str
    extent: int

    @property
    def place(self) -> tuple[int, int]:
        return self.target.file, self.target.index


def check(project: Project, options: Options) -> Iterator[Violation]:
    originals = _originals(project, options)
    if not originals:
        return
    project.rivals.update(original.rival for original in originals)
    known = _known(project)
    kinds = {original.kind for original in originals}

    @cache
    def rivals_of(kind: str, methods: int) -> list[_Original]:
        return [
            original
            for original in originals
            if original.kind == kind and methods <= original.extent * 2 and original.extent <= methods * 2
        ]

    for number, file in enumerate(project.files):
        for index, item in enumerate(file.facts.definitions):
            if item.kind in kinds and (number, index) not in known:
                rivals = rivals_of(item.kind, _extent(item))
                copied = _copied(project, number, index, rivals, options) if rivals else None
                if copied is not None:
                    yield _violation(project, number, index, *copied)


def _originals(project: Project, options: Options) -> list[_Original]:
    found = []
    for concept in project.config.concepts:
        target = project.resolve_symbol(concept.canonical).target
        if target.kind == "definition":
            shape = outline(project, target.file, target.index)
            if shape.size >= options.minimum_statements and _tells(shape, options):
                item = project.definition(target)
                rival = Rival(item.kind, shape, options.threshold)
                found.append(_Original(concept, target, shape, rival, item.kind, _extent(item)))
    return found


def _tells(shape: Outline, options: Options) -> bool:
    """Is an outline its own? A row of calls, or of `elif ...: return`, is like any other, whatever is called."""
    return variety(shape) >= _VARIETY * options.minimum_statements


def _known(project: Project) -> frozenset[tuple[int, int]]:
    """The definitions that another rule judges, or that config declares."""
    found = {(claim.file, claim.definition) for every in claims(project).values() for claim in every}
    for concept in project.config.concepts:
        for symbol in (
            concept.canonical,
            concept.protocol,
            concept.factory,
            concept.test_double,
            *concept.variants,
        ):
            target = project.resolve_symbol(symbol).target if symbol else None
            if target is not None and target.kind == "definition":
                found.add((target.file, target.index))
    return frozenset(found)


def _extent(item: Definition) -> int:
    """How large a definition is at a glance: one that is more than twice as large is no copy."""
    return item.skeleton.count("F") if item.is_class else len(item.skeleton)


def _copied(
    project: Project, file: int, index: int, rivals: Sequence[_Original], options: Options
) -> tuple[_Original, float] | None:
    """The original that the definition resembles most, and how much by the less favourable comparison."""
    item = project.definition_at((file, index))
    definitions, parts = project.files[file].facts.definitions, project.parts(file, index)
    size = extent(definitions, index, parts)
    near = [original for original in rivals if original.rival.is_near(item.kind, size)]
    if not near or size < options.minimum_statements:
        return None
    mine = drawn(definitions, index, parts)  # what turns out to be unlike is not worth noting: rivals are
    scored = [
        (min(score, proof), original)
        for original in near
        if (score := resemblance(original.outline, mine, options.threshold))
        and (proof := sameness(project, original.place, (file, index))) >= options.threshold
    ]
    if not scored:
        return None
    project.compared.add((file, index))
    score, original = max(scored, key=lambda pair: pair[0])
    return original, score


def _violation(project: Project, file: int, index: int, original: _Original, score: float) -> Violation:
    source = project.files[file]
    item = source.facts.definitions[index]
    canonical = project.definition(original.target)
    statements = max(original.outline.size, outline(project, file, index).size)
    share = f"{int(score * 100)} % of {statements} statements are the same"
    return Violation(
        project.location(file, index),
        f"{item.name} is a copy of {original.concept.canonical} under another name: {share}",
        concept=original.concept.name,
        symbol=project.symbol(file, index),
        canonical=original.concept.canonical,
        reasons=tuple(_reasons(project, file, index, original)),
        related=(
            Related(
                project.files[original.target.file].path, canonical.line, "the definition that was copied"
            ),
        ),
        fix=make_shim(project, original.concept, project.symbol(file, index)),
        severity="warning" if source.is_test else None,
    )


def _reasons(project: Project, file: int, index: int, original: _Original) -> Iterator[str]:
    mine = outline(project, file, index)
    if not project.definition_at((file, index)).is_class:
        return
    equal = (Counter(mine.bodies) & Counter(original.outline.bodies)).total()
    yield f"{equal} of {len(mine.bodies)} methods consist of the same statements"
    names = _methods(project, file, index)
    theirs = _methods(project, original.target.file, original.target.index)
    same = sorted(name for name in names & theirs if not name.startswith("__"))
    if same:
        yield f"methods of the same name: {', '.join(same[:8])}{', ...' if len(same) > 8 else ''}"


def _methods(project: Project, file: int, index: int) -> frozenset[str]:
    definitions = project.files[file].facts.definitions
    return frozenset(
        definitions[child].name for child in project.children(file, index) if not definitions[child].is_class
    )


CONFIG = """
[concepts.cart]
canonical = "shop.cart:Cart"
names = ["*Cart"]
"""
SMALL = {"minimum-statements": 10}
CART = """
import logging

class Cart:
    def __init__(self, owner):
        self.owner = owner
        self.lines = {}

    def add(self, article, count):
        if count <= 0:
            raise ValueError("count must be positive")
        if article in self.lines:
            self.lines[article] += count
        else:
            self.lines[article] = count
        logging.info("added %s", article)
        self.changed()

    def total(self, prices):
        amount = 0
        for article, count in self.lines.items():
            price = prices.get(article)
            if price is None:
                continue
            amount += price * count
        return amount

    def changed(self):
        self.stamp = clock()
"""
BASKET = """
import logging

class Basket:{mark}
    def __init__(self, user):
        self.user = user
        self.content = {{}}

    def put(self, product, number):
        '''Put a product into the basket.'''
        if number <= 0:
            raise ValueError("how many?")
        if product in self.content:
            self.content[product] += number
        else:
            self.content[product] = number
        logging.info("put %s", product)
        self.touch()

    def sum(self, tariff: dict[str, int]) -> int:
        result: int = 0
        for product, number in self.content.items():
            cost = tariff.get(product)
            if cost is None:
                continue
            result += cost * number
        return result

    def touch(self):
        self.seen = clock()
"""
CONVERT = """
    if {a} is None:
        raise ValueError("nothing to convert")
    total = 0
    for currency, {v} in {r}.items():
        if not {v}:
            continue
        try:
            total += {a}[currency] * {v}
        except KeyError:
            total -= 1
    log.debug("converted")
    return total
"""
SWEEP = """
    if not files.mounted:
        raise OSError(files.device, "is gone")
    kept = list(folder)
    for file in folder:
        if file.pinned or file.fresh(3):
            continue
        try:
            kept -= file.unlink(missing_ok=True)
        except OSError:
            kept += file
    report(kept, files=files)
    return sorted(kept, key=by_age)
"""

ROW = "    {a}(1)\n    {b}(2)\n" * 10
CHAIN = "    if {a} == 0:\n        return None\n" + "    elif {a} == 1:\n        return {b}\n" * 9

RULE = Rule(
    id="SSOT102",
    name="renamed-clone",
    check=check,
    codemods=("replace-with-shim",),
    options=Options,
    severity="error",
    valid=(
        Valid(
            {
                "shop/cart.py": CART,
                "shop/basket.py": """
class Basket:
    def __init__(self, user):
        self.user = user
        self.content = {}

    def put(self, product, number):
        with self.lock:
            self.content[product] = self.content.get(product, 0) + number
            return self.content[product]

    def empty(self):
        for product in list(self.content):
            del self.content[product]
        self.closed = True
        self.notify()
        assert not self.content
""",
            },
            config=CONFIG,
            options=SMALL,
            id="another-implementation",
        ),
        Valid(
            {"shop/cart.py": CART, "shop/basket.py": BASKET.format(mark="")},
            config=CONFIG,
            options={"minimum-statements": 30},
            id="too-small-to-tell",
        ),
        Valid(
            {"shop/cart.py": CART, "shop/basket.py": BASKET.format(mark="")},
            config=CONFIG + 'variants = ["shop.basket:Basket"]\n',
            options=SMALL,
            id="declared",
        ),
        Valid(
            {"shop/cart.py": CART, "legacy/cart.py": CART.replace("class Cart", "class OldCart")},
            config=CONFIG,
            options=SMALL,
            id="bears-the-name",
        ),
        Valid(
            {
                "shop/routes.py": "def register(app):\n" + ROW.format(a="app.route", b="app.get"),
                "shop/paint.py": "def paint(canvas):\n" + ROW.format(a="canvas.line", b="canvas.dot"),
                "shop/names.py": "def name_of(number):\n" + CHAIN.format(a="number", b="'one'"),
                "shop/prices.py": "def price_of(article):\n" + CHAIN.format(a="article.kind", b="load(3)"),
            },
            config='[concepts.routes]\ncanonical = "shop.routes:register"\n'
            '[concepts.names]\ncanonical = "shop.names:name_of"\n',
            id="a-row-of-calls-is-like-any-other",
        ),
        Valid(
            {
                "shop/money.py": "def convert(amount, rates):"
                + CONVERT.format(a="amount", r="rates", v="rate"),
                "shop/prices.py": "def sweep(files, folder):" + SWEEP,
            },
            config='[concepts.conversion]\ncanonical = "shop.money:convert"\n',
            options=SMALL,
            id="one-outline-other-calls",
        ),
        Valid(
            {
                "shop/cart.py": CART,
                "shop/basket.py": "from shop.cart import Cart\n\nclass Basket(Cart):\n    colour = 'red'\n",
            },
            config=CONFIG,
            options=SMALL,
            id="subclass",
        ),
    ),
    invalid=(
        Invalid(
            {
                "shop/cart.py": CART,
                "shop/basket.py": BASKET.format(
                    mark="  # error: copy of shop.cart:Cart under another name: 100 %"
                ),
            },
            config=CONFIG,
            options=SMALL,
            id="all-names-changed",
        ),
        Invalid(
            {
                "shop/cart.py": CART,
                "shop/basket.py": BASKET.format(mark="  # error: 95 % of 19 statements").replace(
                    "        result: int = 0\n", "        result: int = 0\n        self.touch()\n"
                ),
            },
            config=CONFIG,
            options=SMALL,
            id="nearly",
        ),
        Invalid(
            {
                "shop/money.py": "def convert(amount, rates):"
                + CONVERT.format(a="amount", r="rates", v="rate"),
                "shop/prices.py": "def exchange(value, table):  # error: copy of shop.money:convert"
                + CONVERT.format(a="value", r="table", v="factor"),
            },
            config='[concepts.conversion]\ncanonical = "shop.money:convert"\n',
            options=SMALL,
            id="function",
        ),
        Invalid(
            {
                "shop/cart.py": CART,
                "tests/test_cart.py": "def test_basket():\n"
                + "".join(
                    f"    {line}\n"
                    for line in BASKET.format(mark="  # error: is a copy of").splitlines()
                    if line
                )
                + "    assert Basket('me')\n",
            },
            config=CONFIG,
            options=SMALL,
            id="inside-a-function",
        ),
    ),
)
