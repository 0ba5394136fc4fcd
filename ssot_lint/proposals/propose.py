"""`propose(project) -> Draft`: concepts from the code alone, ranked, with the reasons for each canonical choice.

What is proposed is a guess that a person has to confirm. So every choice carries its evidence, and what is
not proven is marked unsure: it is written as a comment. That goes for a whole concept where nothing but names and
members speaks for it: no import is broken, tests do not stand in for it again and again, and no class is a copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import TYPE_CHECKING

from ssot_lint.concepts.titles import core, words
from ssot_lint.likeness.sameness import sameness
from ssot_lint.model import Place
from ssot_lint.proposals.bearers import is_record
from ssot_lint.proposals.drift import drift, substance
from ssot_lint.proposals.families import Family, families
from ssot_lint.proposals.folders import put_aside, test_ground
from ssot_lint.proposals.hints import Guess, factory, lifetime, protocol, test_double
from ssot_lint.proposals.oneness import COPY, offered
from ssot_lint.proposals.patterns import patterns_for, spoken
from ssot_lint.proposals.standing import standing
from ssot_lint.proposals.testdata import data_folders, template_folders
from ssot_lint.proposals.tokens import Capability
from ssot_lint.proposals.usage import Usage
from ssot_lint.proposals.usage import usage as usage_of
from ssot_lint.proposals.variants import Change, is_extension_point, made_without, parallel_trees, variants
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.project import Project

LEAST = 2.0
"""The score of two full implementations, one of which has one user. What has less is not worth a concept."""

FIELDS = 3
"""The fields of a record below which one like it is no copy: any two programs have a state with messages."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A concept, where its one home should be, and why."""

    name: str
    canonical: str
    reasons: tuple[str, ...]  # for this home
    rivals: tuple[str, ...]  # other implementations: "module:Name, 3 importing files"
    evidence: tuple[str, ...]  # that there is a concept at all: "2 implementations", "14 test doubles"
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    import_from: Guess | None = None
    protocol: Guess | None = None
    factory: Guess | None = None
    lifetime: Guess | None = None
    context: Guess | None = None
    test_double: Guess | None = None
    variants: tuple[str, ...] = ()  # for another kind of concurrency, or below a base of the family's own
    importers: int = 0
    score: float = 0.0
    sure: bool = (
        True  # else nothing shows that the implementations have drifted apart: they may well be meant
    )
    rival_of: str = ""  # the better concept that has the canonical class's name: its doubles speak for either


@dataclass(frozen=True, slots=True)
class Draft:
    """What `init` writes. `left_out` counts proposals beyond the limit."""

    proposals: tuple[Proposal, ...]
    left_out: int = 0
    test_paths: tuple[str, ...] = ()  # folders called like test code that the default test paths do not hold
    exclude: tuple[str, ...] = ()
    capability: Capability | None = None
    public: tuple[str, ...] = ()  # packages that offer a canonical class as their interface


def propose(project: Project, min_claims: int = 2, limit: int = 30) -> Draft:
    """The best proposals first, at most `limit`; those with fewer than `min_claims` classes are left out."""
    usage = usage_of(project)
    known = families(project)
    trees = parallel_trees(project, known)
    found = [
        proposal
        for family in known
        if len(family.classes) >= min_claims
        and (proposal := _proposal(project, usage, family, trees)) is not None
    ]
    found = sorted(_doubted(sorted(found, key=_rank)), key=_rank)
    named = _named_apart(found[:limit])
    grounds = {
        ground
        for source in project.files
        if not source.is_test and not put_aside(source) and (ground := test_ground(source))
    }
    aside = {folder for source in project.files if (folder := put_aside(source))}
    aside.update((*data_folders(project), *template_folders(project)))
    return Draft(
        named,
        len(found) - len(named),
        tuple(f"{ground}/**" for ground in sorted(grounds)),
        tuple(f"{folder}/**" for folder in sorted(aside)),
        public=tuple(
            sorted({name for item in named if item.sure for name in _interfaces(project, usage, item)})
        ),
    )


def _interfaces(project: Project, usage: Usage, proposal: Proposal) -> Iterator[str]:
    """The modules that say in `__all__` that the canonical class is to be had from them, and are made for that.

    Those are top-level packages, packages above it, and public modules where it stands in a private one. A package above
    it says so without `__all__` where a third of those who import the class take it from there.
    """
    home, _, name = proposal.canonical.partition(":")
    path = proposal.import_from
    chosen = path.value if path is not None and path.sure else home
    homes = usage.homes.get(proposal.canonical, {})
    every = sum(map(len, homes.values()))
    for module, file in project.modules.items():
        source = project.files[file]
        is_used = home.startswith(f"{module}.") and 3 * len(homes.get(f"{module}:{name}", ())) >= every > 0
        if module == chosen or not (is_used or name in (source.facts.exports or ())):
            continue
        is_above = source.is_package and ("." not in module or home.startswith(f"{module}."))
        is_public = _is_private(home) and not _is_private(module) and _top(home) == _top(module)
        if not is_above and not is_public:
            continue
        if project.name(file, name).target.symbol == proposal.canonical:
            yield module


def _is_private(module: str) -> bool:
    return any(part.startswith("_") for part in module.split("."))


def _top(module: str) -> str:
    return module.partition(".")[0]


# --- one family ------------------------------------------------------------------------------------------


def _proposal(project: Project, usage: Usage, family: Family, trees: frozenset[Change]) -> Proposal | None:
    ranked = sorted(
        ((standing(project, usage, family, place), place) for place in family.implementations),
        key=lambda item: (-item[0][0], item[1]),
    )
    (_, reasons), canonical = ranked[0]
    symbol = project.symbol(*canonical)
    definition = project.definition_at(canonical)
    meant = variants(project, family, canonical, trees)
    importers = usage.files.get(symbol, frozenset())
    if not importers:
        return None
    aliases = _aliases(project, usage, canonical)
    drifted = drift(project, usage, family, canonical, meant, aliases)
    small = is_record(project, canonical) and len(offered(project, canonical)) < FIELDS
    doubled = drifted.doubles > 2 and not small and not is_extension_point(project, canonical)
    if not (doubled or drifted.is_strong):
        return None
    weight = drifted.copies * log2(1 + len(importers)) * substance(project, canonical)
    if weight < LEAST:
        return None
    rivals = [place for _, place in ranked[1:] if place in family.independent and place not in meant]
    lives, context = lifetime(project, canonical)
    contract = protocol(project, family, canonical)
    # one class that does what an interface asks, and doubles: these may well be for the interface
    is_asked = contract is not None and len(family.independent) == 1
    return Proposal(
        name="-".join(spoken(definition.name)),
        canonical=symbol,
        reasons=reasons,
        rivals=tuple(
            f"{project.symbol(*place)}, {count(len(usage.files.get(project.symbol(*place), ())), 'importing file')}"
            for place in rivals
        ),
        evidence=drifted.evidence,
        names=patterns_for(project, family, definition.name),
        aliases=aliases,
        import_from=_import_from(usage, symbol, project.files[canonical[0]].module),
        protocol=contract,
        factory=factory(project, usage, canonical, aliases),
        lifetime=lives,
        context=context,
        test_double=test_double(project, usage, family),
        variants=tuple(
            project.symbol(*place) for place in sorted({*meant, *made_without(project, family, canonical)})
        ),
        importers=len(importers),
        score=round(weight, 3),
        sure=bool(drifted.dead)
        or (doubled and len(core(definition.name)) > 1 and not is_asked)
        or (not small and any(sameness(project, canonical, place) >= COPY for place in rivals)),
    )


def _aliases(project: Project, usage: Usage, canonical: Place) -> tuple[str, ...]:
    """Other names, of the same head noun, under which modules offer the canonical class and others import it."""
    name = project.definition_at(canonical).name
    times: Counter[str] = Counter()
    for at, files in usage.homes.get(project.symbol(*canonical), {}).items():
        times[at.partition(":")[2]] += len(files)
    return tuple(sorted(other for other in times if other != name and core(other)[-1:] == core(name)[-1:]))


def _import_from(usage: Usage, symbol: str, home: str) -> Guess | None:
    times: Counter[str] = Counter()
    for at, files in usage.homes.get(symbol, {}).items():
        times[at.partition(":")[0]] += len(files)
    if not times:
        return None
    module, most = min(times.items(), key=lambda item: (-item[1], item[0]))
    total = sum(times.values())
    if module == home or 2 * most <= total:
        return None
    return Guess(module, f"{most} of {count(total, 'import')} name this module", 3 * most >= 2 * total)


def _rank(item: Proposal) -> tuple[bool, float, str]:
    return not item.sure, -item.score, item.canonical


def _doubted(found: Sequence[Proposal]) -> Iterator[Proposal]:
    """The same proposals; one is a guess where a better one has the name of its canonical class.

    Who imports that name from nowhere and what stands in for it was counted for both.
    """
    known: dict[str, str] = {}
    for item in found:
        title = item.canonical.partition(":")[2]
        better = known.get(title, "")
        yield replace(item, sure=False, rival_of=better) if better and item.sure else item
        if item.sure and not better:
            known[title] = item.name


def _named_apart(found: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """The same proposals; where two have one name, all but the best are called after their class and package."""
    taken: set[str] = set()
    named = []
    for item in found:
        title = item.canonical.partition(":")[2]
        full = "-".join(words(title))
        choices = (item.name, full, *(f"{full}-{number}" for number in range(2, len(found) + 2)))
        name = next(choice for choice in choices if choice not in taken)
        taken.add(name)
        named.append(replace(item, name=name))
    return tuple(named)
