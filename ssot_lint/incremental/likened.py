"""Bodies of other statements than before, where somebody compares them, or asks what they show."""

from __future__ import annotations

from collections.abc import Sequence

from ssot_lint.incremental.noted import Noted
from ssot_lint.incremental.readings import Remainder
from ssot_lint.model import MODULE, Definition
from ssot_lint.queries.outlines import Rival, drawn, extent, resemblance
from ssot_lint.queries.traits import TRAITS


def is_compared(path: str, old: Remainder, new: Remainder, before: Noted) -> bool:
    """Do bodies consist of other statements than before, where somebody compares them, or gets another answer?

    Any definition is compared with the rivals. Of those that were like one it is noted (`Noted.compared`); so only what
    is like one now has to be found.
    """
    then, now = old.whole.definitions, new.whole.definitions
    pairs = list(zip(old.kept, new.kept, strict=True))
    same = {index for one, index in pairs if _body(then[one]) == _body(now[index])}
    changed = set(range(len(now))) - same
    changed |= {owner for index in changed if (owner := now[index].parent) != MODULE}
    lost = set(range(len(then))) - {*old.kept}
    gone = lost | {owner for index in lost if (owner := then[index].parent) != MODULE}
    names = {f"{path}:{now[index].qualname}" for index in changed}
    names.update(f"{path}:{then[index].qualname}" for index in gone)
    if not names.isdisjoint(before.compared):
        return True
    bodies = [(f"{path}:{now[i].qualname}", then[one].skeleton, now[i].skeleton) for one, i in pairs]
    absent = {f"{path}:{then[index].qualname}" for index in lost}
    for trait, places in before.questioned.items():
        tells = TRAITS[trait]
        if not absent.isdisjoint(places):
            return True
        if any(tells(one) != tells(other) for name, one, other in bodies if one != other and name in places):
            return True
    return any(_is_like_a_rival(now, index, before.rivals) for index in sorted(changed))


def _is_like_a_rival(definitions: Sequence[Definition], index: int, rivals: Sequence[Rival]) -> bool:
    children = [number for number, item in enumerate(definitions) if item.parent == index]
    kind, size = definitions[index].kind, extent(definitions, index, children)
    return any(
        rival.is_near(kind, size)
        and resemblance(rival.outline, drawn(definitions, index, children), rival.share) > 0
        for rival in rivals
    )


def _body(item: Definition) -> tuple[str, int]:
    return item.skeleton, len(item.parameters)
