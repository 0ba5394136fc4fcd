"""Which implementation of a family should be the canonical one, and why."""

from __future__ import annotations

import re
from math import log2
from typing import TYPE_CHECKING

from ssot_lint.concepts.titles import core
from ssot_lint.model import Place
from ssot_lint.proposals.families import Family
from ssot_lint.proposals.folders import is_test
from ssot_lint.proposals.oneness import offered
from ssot_lint.proposals.usage import Usage, further_paths
from ssot_lint.queries.members import lineage
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.project import Project

PLAINER = 0.3
"""What a longer name takes from a class: where nothing else tells two apart, `FrozenCart` is a kind of `Cart`."""

_SET_APART = frozenset({
    "backup", "compat", "compatibility", "demo", "demos", "deprecated", "example", "examples", "experimental",
    "legacy", "old", "original", "sample", "samples", "script", "scripts", "temp", "tmp", "tools",
})  # fmt: skip


def standing(project: Project, usage: Usage, family: Family, place: Place) -> tuple[float, tuple[str, ...]]:
    """How much speaks for one implementation as the canonical one, and what."""
    symbol = project.symbol(*place)
    users = usage.files.get(symbol, frozenset())
    tests = {file for file in users if is_test(project.files[file])}
    production = len(users) - len(tests)
    derived = sum(
        place != other and place in set(lineage(project, *other))
        for other in (*family.implementations, *family.shims)
    )
    everyone = frozenset().union(*(offered(project, other) for other in family.independent))
    own = offered(project, place)
    paths = further_paths(project, usage, symbol)
    apart = sorted(_SET_APART & set(re.split(r"[/._-]", project.files[place[0]].path.lower())))
    reasons = [
        f"{count(production, 'production file')} and {count(len(tests), 'test file')} import it",
    ]
    points = 2 * log2(1 + production) + log2(1 + len(tests))
    if derived:
        points += log2(1 + derived)
        reasons.append(
            f"{count(derived, 'class')} of the family {'derives' if derived == 1 else 'derive'} from it"
        )
    if len(family.independent) > 1 and everyone:
        share = len(own) / len(everyone)
        points += 2 * share
        reasons.append(
            f"it has {len(own)} of the {count(len(everyone), 'public member')} that the implementations offer"
        )
    if paths:
        points += log2(1 + len(paths))
        reasons.append(f"{count(len(paths), 'other module')} {'hands' if len(paths) == 1 else 'hand'} it on")
    shortest = min(len(core(project.definition_at(other).name)) for other in family.independent or (place,))
    if len(core(project.definition_at(place).name)) > shortest:
        points -= PLAINER
    if apart:
        points -= 3
        reasons.append(f"against it: its path says {', '.join(apart)}")
    return points, tuple(reasons)
