"""Star imports by which two readings of a file differ, where no rule sees them.

What a star brings from outside the project nobody knows, so it may stand behind any name of its module that the module
does not bind for certain after it: also behind `len`. Which names of a module were looked up is noted (`Noted.sought`).
Where each of them is bound later whatever happens, the star changes the meaning of none.
"""

from __future__ import annotations

from collections import Counter

from ssot_lint.config import Config
from ssot_lint.discover import Candidate
from ssot_lint.incremental.asking import says
from ssot_lint.incremental.noted import ANY_STAR, Noted
from ssot_lint.incremental.values import watched
from ssot_lint.linking.bindings import Binding, Bindings, position
from ssot_lint.linking.views import SPREADING
from ssot_lint.model import MODULE, Assignment, FileFacts, Import


def is_plain_star(facts: FileFacts, imp: Import) -> bool:
    """Is it an absolute star import that always runs?"""
    return (
        imp.name == "*"
        and not imp.level
        and imp.branch == MODULE
        and imp.scope == MODULE
        and all(other.module == imp.module for other in facts.imports if other.line == imp.line)
    )


def other_stars(old: FileFacts, new: FileFacts) -> frozenset[str]:
    """The modules of which one reading has more stars than the other."""
    one, other = (
        Counter([imp.module for imp in facts.imports if is_plain_star(facts, imp)]) for facts in (old, new)
    )
    return frozenset([*(one - other), *(other - one)])


def hides_stars(
    file: Candidate, facts: FileFacts, modules: frozenset[str], before: Noted, config: Config
) -> bool:
    """Are the stars from these modules, if they lead out of the project, nothing to any rule?

    Besides names, rules ask whether there is a star where names are bound for type checkers alone, and where something
    is called as what a capability watches.
    """
    stars = [imp for imp in facts.imports if imp.module in modules and is_plain_star(facts, imp)]
    if not stars:
        return True
    sought = before.sought.get(file.path, frozenset())
    if (
        ANY_STAR in sought
        or file.path in before.listed
        or any(f"{file.path}:" in places for places in before.named.values())
        or (file.is_package and any(imp.module in SPREADING for imp in stars))
        or file.path.endswith("conftest.py")
        or facts.getattr_names is not None
        or any(arm.kind == "type-checking" for arm in facts.branches)
        or ((facts.flows or facts.loading) and says(facts, watched(config)))
    ):
        return False
    last = max(position(star) for star in stars)
    bound = Bindings(facts).names
    return all(name in bound and _settles(bound[name][0], last) for name in sought)


def _settles(first: Binding, star: tuple[int, int]) -> bool:
    """Does the first binding of a name stand behind the star, and hold whatever happens?

    The first, since what stands between two bindings sees only that one.
    """
    if position(first) < star or first.branch != MODULE:
        return False
    if not isinstance(first, Assignment):
        return True
    return first.writer == MODULE and first.kind != "del" and (first.kind, first.value) != ("other", ":")
