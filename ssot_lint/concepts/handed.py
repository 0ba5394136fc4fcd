"""What classes are used as: whose instances are given, returned or kept where a concept is asked for by name.

A parameter asks for a concept when its annotation names the canonical class or the protocol, and for a member when
the function refuses what lacks it (`guards`). What is given is known where it is constructed on the spot, or held
by a name that the same definition, or the same class for `self.x`, sets once and to a construction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ssot_lint.concepts.calls import is_expected
from ssot_lint.concepts.claims import claims, ground_of
from ssot_lint.concepts.contracts import IMPLEMENTING, Contract, contracts, is_contract, lacking, open_reason
from ssot_lint.concepts.guards import Guard, guards
from ssot_lint.concepts.owing import implementations, known_as
from ssot_lint.linking.surroundings import scopes_around
from ssot_lint.model import MODULE, Call, Place
from ssot_lint.queries.members import all_members
from ssot_lint.queries.receivers import annotated, definition_of, enclosing_class
from ssot_lint.queries.takers import setter, taken

if TYPE_CHECKING:
    from ssot_lint.project import Project
    from ssot_lint.queries.takers import Taken

Key = tuple[int, str]


@dataclass(frozen=True, slots=True, order=True)
class Handed:
    """An instance of a class, given where something is asked of it."""

    file: int
    line: int
    said: str  # "given to Session(manager: Manager)"
    concept: str = ""  # that is asked for by name; "" for none
    guards: tuple[Guard, ...] = ()


def handed(project: Project) -> Mapping[Place, tuple[Handed, ...]]:
    """Class -> where its instances are given for a concept or to a guard, by path and line."""
    return project.once(_handed)


def owing(project: Project, contract: Contract) -> tuple[Place, ...]:
    """The classes that owe a contract: its `implementations`, and what is used as an instance of the concept."""
    return project.once(_owing).get(contract.concept.name, ())


def _owing(project: Project) -> Mapping[str, tuple[Place, ...]]:
    found = {name: dict.fromkeys(implementations(project, item)) for name, item in contracts(project).items()}
    for place, uses in handed(project).items():
        for name in sorted({use.concept for use in uses if use.concept}):
            if stands_for_itself(project, place, uses) and not is_contract(project, *place):
                found[name][place] = None
    return {name: tuple(sorted(places)) for name, places in found.items()}


def stands_for_itself(project: Project, place: Place, uses: tuple[Handed, ...]) -> bool:
    """Is the class what does not fit, rather than the place where it is given?

    A class of the tests was written for its test. One of production was written for such a use if production code
    uses it so, and if it is not the implementation of a concept of its own.
    """
    if project.files[place[0]].is_test:
        return True
    if place in project.once(_implementing):
        return False
    return any(not project.files[use.file].is_test for use in uses)


def _implementing(project: Project) -> frozenset[Place]:
    return frozenset(
        (claim.file, claim.definition)
        for every in claims(project).values()
        for claim in every
        if claim.kind in IMPLEMENTING
    )


def undecided(project: Project) -> int:
    """How many classes lack members that they owe, or that are asked of them, and may have them unseen."""
    owed = {
        place
        for contract in contracts(project).values()
        for place in owing(project, contract)
        if lacking(project, contract, place) is None
    }
    refused = {
        place
        for place, uses in handed(project).items()
        if open_reason(project, place)
        and any(guard.member not in all_members(project, *place) for use in uses for guard in use.guards)
    }
    return len(owed | refused)


# --- what is given where ---------------------------------------------------------------------------------------


def _handed(project: Project) -> Mapping[Place, tuple[Handed, ...]]:
    found: dict[Place, set[Handed]] = defaultdict(set)
    for file, source in enumerate(project.files):
        if source.facts.deep is None:
            continue
        for cls, use in (*_given(project, file), *_put(project, file)):
            if use.concept or use.guards:
                found[cls].add(use)
    return {place: tuple(sorted(found[place])) for place in sorted(found)}


def _given(project: Project, file: int) -> Iterator[tuple[Place, Handed]]:
    """What the calls of a file pass."""
    deep = project.files[file].facts.deep
    names = project.once(_asking)
    for call in deep.calls if deep is not None else ():
        if call.callee.rpartition(".")[2] not in names or is_expected(project, file, call.branch):
            continue
        for place, parameter, said in taken(project, file, call.scope, call.callee, tuple(_arguments(call))):
            cls = constructed(project, file, call.scope, said)
            if cls is not None:
                text = f"given to {call.callee}({parameter.name}{_colon(parameter.annotation)})"
                yield cls, Handed(file, call.line, text, *_asked(project, place, parameter.name))


def _colon(annotation: str) -> str:
    return f": {annotation}" if annotation else ""


def _asking(project: Project) -> frozenset[str]:
    """The names of callees that may ask their arguments for something; most calls need not be looked at."""
    wanted = project.once(_asked_for)
    names = {project.definition_at(place).name for place in wanted}
    names |= {name for concept in project.config.concepts for name in concept.aliases}
    found = [place for place, _ in guards(project)]

    @cache
    def says_one(annotation: str) -> bool:
        return any(name in annotation for name in names)

    for file, source in enumerate(project.files):
        if source.facts.deep is not None and names:
            for index, definition in enumerate(source.facts.definitions):
                if any(item.annotation and says_one(item.annotation) for item in definition.parameters):
                    found.append((file, index))
    called = set()
    for file, index in found:
        definition = project.definition_at((file, index))
        called.add(
            project.definition_at((file, definition.parent)).name
            if definition.name == "__init__" and definition.parent != MODULE
            else definition.name
        )
    return frozenset(known_as(project, called))


def _arguments(call: Call) -> Iterator[Taken]:
    for place, said in enumerate(call.given):
        if said and place >= call.arguments:
            yield call.keywords[place - call.arguments], said
        elif said and not call.starred:
            yield place, said


def _put(project: Project, file: int) -> Iterator[tuple[Place, Handed]]:
    """What is kept in a property of another object, and what a function returns that says what it returns."""
    deep = project.files[file].facts.deep
    for item in deep.puts if deep is not None else ():
        if is_expected(project, file, item.branch):
            continue
        owner, _, attribute = item.target.rpartition(".")
        if item.target == "return":
            cls = constructed(project, file, item.scope, item.value)
            function = project.definition_at((file, item.scope))
            concept = _named(project, file, item.scope, function.returns)
            if cls is not None:
                text = f"returned by {function.name}() -> {function.returns}"
                yield cls, Handed(file, item.line, text, concept)
        elif owner and owner not in ("self", "cls"):
            cls = constructed(project, file, item.scope, item.value)
            found = setter(project, file, item.scope, owner, attribute) if cls is not None else None
            if cls is not None and found is not None:
                asked = _asked(project, found[0], found[1].name)
                yield cls, Handed(file, item.line, f"kept in {item.target}", *asked)


def _asked(project: Project, place: Place, name: str) -> tuple[str, tuple[Guard, ...]]:
    """What a parameter asks for: a concept by its annotation, members by guards."""
    parameters = project.definition_at(place).parameters
    text = next((item.annotation for item in parameters if item.name == name), "")
    return _named(project, *place, text), guards(project).get((place, name), ())


def _named(project: Project, file: int, scope: int, annotation: str) -> str:
    """The concept whose canonical class or protocol an annotation names, or ""."""
    if not annotation:
        return ""
    place = annotated(project, file, scope, annotation)
    return project.once(_asked_for).get(place, "") if place is not None else ""


def _asked_for(project: Project) -> Mapping[Place, str]:
    """Canonical class or protocol -> its concept, for those whose members are promised."""
    found: dict[Place, str] = {}
    for name, contract in contracts(project).items():
        if contract.place is not None or contract.concept.members:
            for place in (ground_of(project, name).canonical, contract.place):
                if place is not None:
                    found.setdefault(place, name)
    return found


# --- what holds what -------------------------------------------------------------------------------------------


def constructed(project: Project, file: int, scope: int, said: str) -> Place | None:
    """The class that an argument is an instance of: constructed on the spot, or held by a name that is set once."""
    if not said.endswith("()"):
        callees = _constructions(project, file, scope, said)
        if len(callees) != 1:
            return None
        said = min(callees)
    place = definition_of(project, file, scope, said.removesuffix("()"))
    return place if place is not None and project.definition_at(place).is_class else None


def _constructions(project: Project, file: int, scope: int, name: str) -> frozenset[str]:
    table = project.once_for(file, _set_to)
    facts = project.files[file].facts
    if name.startswith("self."):
        owner = enclosing_class(project, file, scope)
        return table.get((MODULE if owner is None else owner, name), frozenset())
    for outer in scopes_around(facts, scope):
        if (outer, name) in table:
            return table[outer, name]
        if any(item.name == name.partition(".")[0] for item in facts.definitions[outer].parameters):
            return frozenset()
    return table.get((MODULE, name), frozenset())


def _set_to(project: Project, file: int) -> Mapping[Key, frozenset[str]]:
    """(definition, name) -> all that the name is set to there: `Class()`, or "" for what cannot be told."""
    deep = project.files[file].facts.deep
    found: dict[Key, set[str]] = defaultdict(set)
    for item in deep.puts if deep is not None else ():
        found[_key(project, file, item.scope, item.target)].add(item.value)
    for call in deep.calls if deep is not None else ():
        if call.assigned:
            said = "" if call.awaited else f"{call.callee}()"
            found[_key(project, file, call.scope, call.assigned)].add(said)
    return {key: frozenset(values) for key, values in found.items()}


def _key(project: Project, file: int, scope: int, name: str) -> Key:
    owner = enclosing_class(project, file, scope) if name.startswith("self.") else scope
    return (MODULE if owner is None else owner), name
