"""Keep canonical modules out of import cycles.

When the module that defines a concept imports, at run time and in the end, itself, then which of the modules is
imported first decides whether the program starts: one order works, the other meets a half-initialised module.
Such cycles are why duplicates come back ("I could not import it"), and why a migration that points one more
module at the canonical home breaks the build.

When it is fine: a cycle that no canonical module is part of is not reported, nor are imports that run later or
never: those in functions, under `if TYPE_CHECKING` and under `if __name__ == "__main__"`. Counted are imports
that run when a module is imported: at module level and in class bodies, `try` arms included, and the `__init__`
files of the packages that an import passes through; but not the packages above the importing module itself, which
are running already. One cycle, the shortest, is reported for each canonical module, at the import by which that
module enters it.

Example:

    # shop/money.py                     # shop/cart.py
    from shop.cart import Cart          from shop.money import Money

Use instead: move what both need into a third module, or import inside the function that needs it. There is no
automatic fix.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.model import Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.cycles import followed_files
from ssot_lint.rule import Invalid, Rule, Valid

from ._shared import statement_location


@dataclass(frozen=True)
class Options:
    longest: int = 0
    """Leave out cycles of more modules than this; 0 reports all."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    seen: set[int] = set()
    for concept in project.config.concepts:
        target = project.resolve_symbol(concept.canonical).target
        if target.kind not in ("definition", "variable") or target.file in seen:
            continue
        seen.add(target.file)
        cycle = _shortest_cycle(project, target.file)
        if not cycle or 0 < options.longest < len(cycle):
            continue
        start = project.files[target.file]
        modules = [project.files[file].module for file, _ in cycle]
        yield Violation(
            statement_location(start, start.facts.imports[cycle[0][1]]),
            f"import cycle through the home of {concept.name}: {' -> '.join([*modules, modules[0]])}",
            concept=concept.name,
            symbol=modules[0],
            canonical=concept.canonical,
            related=tuple(_hops(project, cycle)),
        )


def _shortest_cycle(project: Project, start: int) -> list[tuple[int, int]]:
    """The (file, import) steps of the shortest way from a file back to itself; [] when there is none.

    Breadth first, in the order of the imports, so that the answer depends on nothing but the code.
    """
    reached: dict[int, tuple[int, int]] = {}  # file -> (file it was reached from, import that did it)
    queue = deque([start])
    while queue:
        file = queue.popleft()
        for target, number in followed_files(project, file).items():
            if target == start:
                steps = [(file, number)]
                while file != start:
                    file, number = reached[file]
                    steps.append((file, number))
                return steps[::-1]
            if target not in reached:
                reached[target] = (file, number)
                queue.append(target)
    return []


def _hops(project: Project, cycle: list[tuple[int, int]]) -> Iterator[Related]:
    following = [*cycle[1:], cycle[0]]
    for (file, number), (target, _) in zip(cycle, following, strict=True):
        source = project.files[file]
        line = source.facts.imports[number].statement_line
        yield Related(source.path, line, f"{source.module} imports {project.files[target].module}")


_CONCEPT = """
[concepts.money]
canonical = "shop.money:Money"
"""

RULE = Rule(
    id="SSOT206",
    name="import-cycle",
    check=check,
    options=Options,
    severity="warning",
    valid=(
        Valid(
            {
                "shop/__init__.py": "",
                "shop/money.py": """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.cart import Cart

class Money:
    def cart(self) -> "Cart":
        from shop.cart import Cart
        return Cart(self)

if __name__ == "__main__":
    from shop.cart import Cart
""",
                "shop/cart.py": "from shop.money import Money\n\nclass Cart: ...\n",
            },
            config=_CONCEPT,
            id="not-at-run-time",
        ),
        Valid(
            {
                "shop/__init__.py": "from shop.money import Money\n",
                "shop/money.py": "from shop.rate import RATE\nfrom . import rate\n\nclass Money: ...\n",
                "shop/rate.py": "RATE = 1\n",
            },
            config=_CONCEPT,
            id="package-above",
        ),
        Valid(
            {
                "shop/__init__.py": "",
                "shop/money.py": "class Money: ...\n",
                "shop/a.py": "import shop.b\nimport shop.money\n",
                "shop/b.py": "import shop.a\n",
            },
            config=_CONCEPT,
            id="cycle-elsewhere",
        ),
    ),
    invalid=(
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/money.py": """
import json
from shop.cart import Cart  # error: shop.money -> shop.cart -> shop.money

class Money: ...
""",
                "shop/cart.py": "import shop.money\n\nclass Cart: ...\n",
            },
            config=_CONCEPT,
            id="two-modules",
        ),
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/money.py": """
from shop.tax.rules import RULES  # error: shop.money -> shop.tax -> shop.report -> shop.money

class Money: ...
""",
                "shop/tax/__init__.py": "from ..report import Report\n",
                "shop/tax/rules.py": "RULES = ()\n",
                "shop/report.py": """
class Report:
    try:
        from shop.money import Money
    except ImportError:
        Money = None
""",
            },
            config=_CONCEPT,
            id="through-a-package-and-a-class-body",
        ),
        Invalid(
            {
                "shop/__init__.py": "from shop.money import Money\n",
                "shop/money.py": "from shop import Money as Self  # error: shop.money -> shop -> shop.money\n\nclass Money: ...\n",
            },
            config=_CONCEPT,
            id="name-out-of-the-package-above",
        ),
    ),
)
