"""What goes with a canonical class: its protocol, factory, lifetime, context and test double, as far as code shows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.concepts.titles import core, words
from ssot_lint.model import MODULE, Place
from ssot_lint.proposals.bearers import is_record
from ssot_lint.proposals.families import Family
from ssot_lint.proposals.folders import is_test, put_aside
from ssot_lint.proposals.oneness import offered
from ssot_lint.queries.members import lineage
from ssot_lint.queries.receivers import annotated, returned_by
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.project import Project
    from ssot_lint.proposals.usage import Usage

_MAKES = ("create", "make", "build", "new", "get", "provide")
_PER_USER = re.compile(r"user(_execution)?_context|user_id|tenant(_id)?|request_context")


@dataclass(frozen=True, slots=True)
class Guess:
    """The value of one setting, what speaks for it, and whether that is proof enough to set it."""

    value: str
    reason: str
    sure: bool


def protocol(project: Project, family: Family, canonical: Place) -> Guess | None:
    above = set(lineage(project, *canonical))
    for place in family.protocols:
        if place in above:
            return Guess(project.symbol(*place), "the canonical class derives from it", True)
    best = max(
        family.protocols,
        key=lambda place: (
            len(offered(project, place) & offered(project, canonical)),
            (-place[0], -place[1]),
        ),
        default=None,
    )
    if best is None:
        return None
    asked = offered(project, best)
    shared = len(asked & offered(project, canonical))
    return Guess(
        project.symbol(*best),
        f"the canonical class has {shared} of its {count(len(asked), 'member')}",
        False,
    )


def factory(project: Project, usage: Usage, canonical: Place, aliases: Sequence[str]) -> Guess | None:
    name = project.definition_at(canonical).name
    makers, called = project.once(_makers)
    by_name = (place for item in (name, *aliases) for place in called.get("".join(core(item)), ()))
    places = {*makers.get(canonical, ()), *by_name, *called.get(name.lower(), ())}
    found = [
        (
            len(usage.files.get(project.symbol(*place), ())),
            place in makers.get(canonical, ()),
            project.symbol(*place),
        )
        for place in places
    ]
    if not found:
        return None
    found.sort(key=lambda item: (-item[0], not item[1], item[2]))
    users, returns, symbol = found[0]
    rest = found[1:]
    alone = not rest or users >= 2 * rest[0][0]
    reason = f"{count(users, 'file')} import it" if users != 1 else "1 file imports it"
    reason += "; it returns the canonical class" if returns else "; its name says so"
    if rest:
        reason += f"; {count(len(rest), 'other')} of the kind"
    sure = returns and alone and users > 0 and not is_record(project, canonical)  # records are made anywhere
    return Guess(symbol, reason, sure)


def _makers(project: Project) -> tuple[Mapping[Place, tuple[Place, ...]], Mapping[str, tuple[Place, ...]]]:
    """Functions of production code that are called like factories: by the class they return, by what they name."""
    by_class: dict[Place, list[Place]] = defaultdict(list)
    by_name: dict[str, list[Place]] = defaultdict(list)
    for file, source in enumerate(project.files):
        if is_test(source) or put_aside(source):
            continue
        for index, item in enumerate(source.facts.definitions):
            title = () if item.is_class or item.parent != MODULE else words(item.name)
            if len(title) < 2 or (title[0] not in _MAKES and title[-1] != "factory"):
                continue
            by_name["".join(title[1:] if title[0] in _MAKES else title[:-1])].append((file, index))
            made = returned_by(project, file, index) if item.returns else None
            if made is not None:
                by_class[made].append((file, index))
    return (
        {place: tuple(makers) for place, makers in by_class.items()},
        {name: tuple(makers) for name, makers in by_name.items()},
    )


def lifetime(project: Project, canonical: Place) -> tuple[Guess | None, Guess | None]:
    """Per user, when the constructor asks for the user; with the class of the context that it asks for."""
    for index in project.children(*canonical):
        method = project.definition_at((canonical[0], index))
        if method.name != "__init__":
            continue
        for parameter in method.parameters[1:]:
            if not _PER_USER.fullmatch(parameter.name):
                continue
            required = parameter.default is None
            asks = "needs" if required else "may take"
            context = None
            place = (
                annotated(project, canonical[0], index, parameter.annotation)
                if parameter.annotation
                else None
            )
            if place is not None:
                context = Guess(project.symbol(*place), f"the class of {parameter.name}", required)
            sure = required and context is not None
            return Guess("per-user", f"its constructor {asks} {parameter.name}", sure), context
    return None, None


def test_double(project: Project, usage: Usage, family: Family) -> Guess | None:
    """The stand-in that most files import: one that several share, not one that a test keeps for itself."""
    ranked = sorted(
        (-len(usage.files.get(project.symbol(*place), ())), project.symbol(*place))
        for place in family.doubles
        if is_test(project.files[place[0]])
    )
    if not ranked or ranked[0][0] > -2:
        return None
    users, symbol = -ranked[0][0], ranked[0][1]
    sure = len(ranked) == 1 or users >= 2 * -ranked[1][0]
    return Guess(symbol, f"{users} files share it", sure)
