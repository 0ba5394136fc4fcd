"""Name the concept that is imported.

`from shop.api import *` brings a concept in without saying so: a search for its name does not find the import,
a codemod cannot rewrite it, and when the other module starts to export a second class of that name it
silently wins. What the star brings is decided as Python does it: by `__all__` in all its forms, or else by all
public names, re-exports and other stars included.

When it is fine: stars that bring no concept, stars from modules named in `allow`, and the star by which a concept's
import path itself hands on what the defining module exports.

Example:

    from shop.api import *

    total = Money(3)

Use instead:

    from shop.money import Money

The fix writes out the names that the file reads, and those that others take through it; it is refused where what the
star brings cannot be known, and it is not safe: users outside the project may take more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssot_lint.concepts.canonicals import canonical_of, canonicals, duplicates
from ssot_lint.config import Concept
from ssot_lint.model import Fix, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, Rule, Valid

from ._fixes import take_from_home
from ._shared import is_known_as, matches, statement_location


@dataclass(frozen=True)
class Options:
    allow: tuple[str, ...] = ()
    """Modules that are made to be imported with a star, as names or patterns, e.g. `["shop.prelude"]`."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    if not canonicals(project) and not duplicates(project):
        return
    brought: dict[int, tuple[tuple[str, Concept], ...]] = {}
    for index, file in enumerate(project.files):
        for imp in file.facts.imports:
            if imp.name != "*":
                continue
            module = project.absolute(index, imp)
            source = None if module is None else project.find_module(module, index)
            if module is None or source is None or source < 0 or matches(module, options.allow):
                continue
            if source not in brought:
                brought[source] = tuple(_concepts(project, source))
            for concept in dict.fromkeys(concept for _, concept in brought[source]):
                if file.module == concept.home:
                    continue
                names = [name for name, its in brought[source] if its == concept]
                yield Violation(
                    statement_location(file, imp),
                    f"star import of {module} brings in {', '.join(names)}; "
                    f"import {concept.canonical_name} by name from {concept.home}",
                    concept=concept.name,
                    symbol=f"{module}:{names[0]}",
                    canonical=concept.canonical,
                    fix=_fix(project, concept, source, names, file.path),
                )


def _fix(project: Project, concept: Concept, source: int, names: Sequence[str], path: str) -> Fix | None:
    """The names written out; nothing where the star brings a duplicate, which has to be replaced first."""
    if any(canonical_of(project, project.name(source, name).targets) is None for name in names):
        return None
    symbol = f"{project.files[source].module}:{names[0]}"
    written = Fix("rewrite-imports", {"old": symbol, "new": symbol, "within": path}, safe=False)
    return take_from_home(project, concept, symbol, path, safe=False) or written


def _concepts(project: Project, source: int) -> Iterator[tuple[str, Concept]]:
    """The concepts among what a star import of the module gives, with the name each comes under."""
    for name in _exported(project, source):
        resolution = project.name(source, name)
        concept = canonical_of(project, resolution.targets)
        if concept is None and (claim := duplicates(project).get(resolution.target.symbol)):
            concept = project.config.concept(claim.concept)
            if concept is not None and not is_known_as(concept, name):
                concept = None
        if concept is not None:
            yield name, concept


def _exported(project: Project, source: int) -> list[str]:
    """The names a star import takes: `__all__`, or the public names where there is none or it cannot be read."""
    names = set(project.exports(source))
    if project.files[source].facts.exports_dynamic:
        names.update(name for name in project.namespace(source, "SSOT204") if not name.startswith("_"))
    return sorted(names)


_MONEY = {
    "shop/__init__.py": "",
    "shop/money.py": "class Money:\n    def add(self, other): return other\n\nclass Rate: ...\n",
}
_CONCEPT = """
[concepts.money]
canonical = "shop.money:Money"
aliases = ["Cash"]
names = ["*Money"]
"""

RULE = Rule(
    id="SSOT204",
    name="star-import",
    check=check,
    options=Options,
    severity="warning",
    codemods=("rewrite-imports",),
    valid=(
        Valid(
            {
                "shop/rates.py": "from shop.money import Rate\n__all__ = ['Rate']\n",
                "shop/use.py": "from shop.rates import *\n",
            }
            | _MONEY,
            config=_CONCEPT,
            id="brings-no-concept",
        ),
        Valid(
            {"shop/use.py": "from math import *\nfrom numpy import *\n"} | _MONEY,
            config=_CONCEPT,
            id="not-ours",
        ),
        Valid(
            {"shop/use.py": "from shop.money import *\n"} | _MONEY,
            config=_CONCEPT,
            options={"allow": ["shop.money"]},
            id="allowed",
        ),
        Valid(
            {
                "bank/__init__.py": "from bank.account import *\n",
                "bank/account.py": "__all__ = ['Account']\n\nclass Account:\n    def pay(self): return 1\n",
            },
            config='[concepts.account]\ncanonical = "bank.account:Account"\nimport-from = "bank"\n',
            id="the-import-path-itself",
        ),
        Valid(
            {
                "shop/private.py": "from shop.money import Money as _Money\n",
                "shop/use.py": "from shop.private import *\n",
            }
            | _MONEY,
            config=_CONCEPT,
            id="private-name",
        ),
    ),
    invalid=(
        Invalid(
            {
                "shop/use.py": "from shop.money import *  # error: star import of shop.money brings in Money; import Money by name\n",
                "shop/inner.py": "from .money import *  # error: brings in Money\n",
            }
            | _MONEY,
            config=_CONCEPT,
            id="plain-and-relative",
        ),
        Invalid(
            {
                "shop/use.py": "from shop.money import *  # error: brings in Money\n\nprint(Money, Rate)\n",
                "shop/more.py": "from .money import *  # error: brings in Money\n\nprint(Rate)\n",
            }
            | _MONEY,
            config=_CONCEPT,
            fixed={
                "shop/use.py": "from shop.money import Money, Rate\n\nprint(Money, Rate)\n",
                "shop/more.py": "from .money import Rate\n\nprint(Rate)\n",
            }
            | _MONEY,
            id="written-out",
        ),
        Invalid(
            {
                "shop/api.py": "from shop.money import Money\nCash = Money\n__all__ = ['Cash'] + ['Money']\n",
                "shop/chain.py": "from shop.api import *  # error: brings in Cash, Money\n",
                "shop/use.py": "from shop.chain import *  # error: star import of shop.chain brings in Cash, Money\n",
            }
            | _MONEY,
            config=_CONCEPT,
            id="aliases-and-chains",
        ),
    ),
)
