"""A suppression, a setting or a baseline entry that matches nothing.

What suppresses nothing still looks as if it did: the next reader believes that the line is known to be wrong,
and the next violation on it goes unseen. A misspelt concept in the configuration is worse, because it reads as
"no violations". Reported are

- `# ssot-lint: ignore[rule] reason` on a line without a finding of that rule, with a name that no rule has,
  without any name, or, unless `require-reason = false`, without a reason, in which case it has no effect;
- a name pattern, alias, variant, protocol, context, test double, home or emitter in the configuration
  that nothing in the project answers to, and a table of options for a rule that does not exist;
- a baseline entry whose violation is gone: `ssot-lint baseline --prune` drops it, so that the number of adopted
  violations only goes down.

It is fine to keep a setting for code that is still to come: turn the rule off for that time. A suppression of a
rule that did not run is not judged.

What a concept cannot do without is the business of `unresolved-import`: the canonical definition, the factory, and the
module that it is imported from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import translate

from ssot_lint import Invalid, Location, NoOptions, Project, Rule, Valid, Violation
from ssot_lint.concepts.claims import claims
from ssot_lint.concepts.name_matches import name_matches
from ssot_lint.config import Capability, Concept, Sequence
from ssot_lint.queries.failing import is_missing
from ssot_lint.settings.toml import dotted


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    for concept in project.config.concepts:
        yield from _names(project, concept)
        yield from _symbols(project, concept)
    for capability in project.config.capabilities:
        yield from _homes(project, capability)
    for sequence in project.config.sequences:
        yield from _emitter(project, sequence)


def _names(project: Project, concept: Concept) -> Iterator[Violation]:
    """Patterns that no name matches, and aliases that nothing is called."""
    counts = name_matches(project)[concept.name]
    for index, pattern in enumerate(concept.names):
        if counts[pattern][0] or not _is_written(project, concept, "names"):
            continue
        literal = max(re.split(r"\[[^\]]*\]|[*?]+", pattern), key=len)
        likely = [name for name in project.once(_bound) if literal in name]
        if not any(map(re.compile(translate(pattern)).match, likely)):
            yield _at(project, concept, "names", f"nothing in the project is called {pattern!r}", index)
    for index, alias in enumerate(concept.aliases):
        if not _is_claimed(project, concept, alias) and alias not in project.once(_bound):
            yield _at(project, concept, "aliases", f"nothing in the project is called {alias!r}", index)


def _is_claimed(project: Project, concept: Concept, alias: str) -> bool:
    """Is a claim defined under this name? That is known, and saves looking at every name there is."""
    return any(
        claim.definition >= 0 and project.definition_at((claim.file, claim.definition)).name == alias
        for claim in claims(project)[concept.name]
    )


def _bound(project: Project) -> frozenset[str]:
    """Every name that is defined, assigned or bound by an import under a new name where a concept's words occur."""
    found: set[str] = set()
    for file in project.files:
        if file.facts.deep is None:  # no alias stands in it, and no name that a pattern could match
            continue
        found.update([definition.name for definition in file.facts.definitions])
        found.update([assignment.name for assignment in file.facts.assignments])
        found.update([imp.asname for imp in file.facts.imports if imp.asname])
    return frozenset(found)


def _symbols(project: Project, concept: Concept) -> Iterator[Violation]:
    for index, variant in enumerate(concept.variants):
        if not _exists(project, variant):
            yield _at(project, concept, "variants", f"{variant!r} leads to nothing in the project", index)
    for key, symbol in (
        ("protocol", concept.protocol),
        ("context", concept.context),
        ("test-double", concept.test_double),
    ):
        if symbol and not _exists(project, symbol):
            yield _at(project, concept, key, f"{symbol!r} leads to nothing in the project")
    home = concept.import_from
    if home and not _is_module(project, home) and not is_missing(project.resolve_symbol(home)):
        yield _at(project, concept, "import-from", f"the project has no module {home!r}")


def _homes(project: Project, capability: Capability) -> Iterator[Violation]:
    for index, home in enumerate(capability.home):
        if not _is_module(project, home):
            yield _at(project, capability, "home", f"the project has no module {home!r}", index)
    if capability.use and not _exists(project, capability.use):
        yield _at(project, capability, "use", f"{capability.use!r} leads to nothing in the project")


def _emitter(project: Project, sequence: Sequence) -> Iterator[Violation]:
    if sequence.emitter and not _exists(project, sequence.emitter):
        yield _at(project, sequence, "emitter", f"{sequence.emitter!r} leads to nothing in the project")


def _exists(project: Project, symbol: str) -> bool:
    return project.resolve_symbol(symbol).target.kind != "unresolved"


def _is_module(project: Project, name: str) -> bool:
    return project.find_module(name) is not None or project.is_package_dir(name)


def _is_written(project: Project, entry: Concept, key: str) -> bool:
    """Does the setting stand in the configuration, or is it a default?"""
    return dotted("concepts", entry.name, key) in project.config.lines


def _at(
    project: Project, entry: Concept | Capability | Sequence, key: str, problem: str, index: int | None = None
) -> Violation:
    table = {Concept: "concepts", Capability: "capabilities", Sequence: "sequences"}[type(entry)]
    path = (table, entry.name, key)
    places = [dotted(*path, str(index)), dotted(*path), dotted(*path[:2])]
    line = next((project.config.lines[place] for place in places if place in project.config.lines), 1)
    concept = entry.name if isinstance(entry, Concept) else None
    return Violation(
        Location(project.config.path or "", line), f"{dotted(*path)}: {problem}", concept=concept
    )


MONEY = """
class Money:
    pass
"""

CONFIG = """
[concepts.money]
canonical = "shop.money:Money"
names = ["*Money"]
"""

RULE = Rule(
    id="SSOT902",
    name="unneeded-suppression",
    check=check,
    valid=(
        Valid({"shop/money.py": MONEY}, config=CONFIG, id="matched-pattern"),
        Valid(
            {"shop/cart.py": "def total(:  # ssot-lint: ignore[syntax-error] a template\n"},
            id="no-comments-in-broken-files",
        ),
        Valid(
            {
                "shop/cart.py": "import shop.gone  # ssot-lint: ignore[undeclared-duplicate] judged only when it runs\n"
            },
            id="rule-that-did-not-run",
        ),
        Valid(
            {
                "ssot-lint.toml": """
                [concepts.money]
                canonical = "shop.money:Money"
                import-from = "shop.gone"
                factory = "shop.money:earn"
                """,
                "shop/money.py": MONEY,
            },
            id="what-unresolved-import-reports",
        ),
        Valid(
            {"shop/money.py": MONEY}, config='[rules.star-import]\nseverity = "warning"\n', id="known-rule"
        ),
    ),
    invalid=(
        Invalid(
            {
                "shop/cart.py": "total = 1  # ssot-lint: ignore[star-import] once a star  # error: suppresses nothing here"
            },
            id="nothing-to-suppress",
        ),
        Invalid(
            {
                "shop/cart.py": "total = 1  # ssot-lint: ignore[star-imports] once  # error: did you mean 'star-import'"
            },
            id="unknown-rule",
        ),
        Invalid({"shop/cart.py": "total = 1  # ssot-lint: ignore  # error: names no rule"}, id="no-rule"),
        Invalid(
            {
                "ssot-lint.toml": """
                [concepts.money]
                canonical = "shop.money:Money"
                names = ["*Monney"]  # error: nothing in the project is called '*Monney'
                aliases = ["Cash"]  # error: nothing in the project is called 'Cash'
                variants = ["shop.money:Coin"]  # error: 'shop.money:Coin' leads to nothing
                """,
                "shop/money.py": MONEY,
            },
            id="misspelt-concept",
        ),
        Invalid(
            {
                "ssot-lint.toml": """
                [capabilities.tax]
                calls = ["tax.rate"]
                home = ["shop.taxes"]  # error: no module 'shop.taxes'

                [concepts.money]
                canonical = "shop.money:Money"
                import-from = "requests.sessions"  # error: no module 'requests.sessions'
                """,
                "shop/tax.py": "",
                "shop/money.py": MONEY,
            },
            id="missing-home",
        ),
        Invalid(
            {
                "ssot-lint.toml": """
                [rules.star-imports]  # error: did you mean 'star-import'
                severity = "off"
                """,
                "shop/cart.py": "",
            },
            id="options-of-no-rule",
        ),
    ),
)
