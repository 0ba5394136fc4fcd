"""Which expressions give an instance of a concept: constructions, and functions that hand one on.

A function gives an instance when its annotation says so, or when all that it returns is constructed by, or
handed on from, something that gives one (`receivers.returned_by` follows that through wrappers).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.claims import claims, ground_of
from ssot_lint.concepts.contracts import protocol_place
from ssot_lint.concepts.sites import Callee, Judged, Site, judged, site_of
from ssot_lint.factories.kinds import bound_in
from ssot_lint.model import MODULE, ClaimKind, Node
from ssot_lint.queries.digests import calls_of, digests
from ssot_lint.queries.members import all_members, lineage
from ssot_lint.queries.receivers import (
    called,
    class_of,
    made_by,
    returned_by,
)
from ssot_lint.queries.signatures import keeps_parameters, passed
from ssot_lint.queries.walks import callee

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.project import Project

Place = tuple[int, int]

_BUILT: frozenset[ClaimKind] = frozenset({"canonical", "subclass", "duplicate"})
_STANDING_IN: frozenset[ClaimKind] = frozenset({"variant", "shim", "protocol"})
_CONTEXT_WORDS = ("context", "ctx")


def built(project: Project) -> Mapping[Place, str]:
    """Class -> the concept it implements: the canonical class, its subclasses and its duplicates outside tests."""
    return project.once(_built)


def _built(project: Project) -> Mapping[Place, str]:
    found: dict[Place, str] = {}
    for concept in project.config.concepts:
        canonical = ground_of(project, concept.name).canonical
        for claim in claims(project)[concept.name]:
            place = (claim.file, claim.definition)
            if (
                claim.definition < 0
                or project.files[claim.file].is_test
                or not project.definition_at(place).is_class
            ):
                continue
            derived = claim.kind == "shim" and canonical in tuple(lineage(project, *place))
            if claim.kind in _BUILT or derived:
                found[place] = concept.name
    return found


def instances(project: Project) -> Mapping[Place, str]:
    """Class -> the concept that what it types belongs to: as `built`, and variants, adapters and protocols."""
    return project.once(_instances)


def _instances(project: Project) -> Mapping[Place, str]:
    found = dict(built(project))
    for concept in project.config.concepts:
        protocol = protocol_place(project, concept)
        if protocol is not None:
            found.setdefault(protocol, concept.name)
        for claim in claims(project)[concept.name]:
            place = (claim.file, claim.definition)
            if (
                claim.definition >= 0
                and claim.kind in _STANDING_IN
                and not project.files[claim.file].is_test
                and project.definition_at(place).is_class
                and not is_maker(project, place)
            ):
                found.setdefault(place, concept.name)
    return found


def is_maker(project: Project, place: Place) -> bool:
    """Does a class by its name hand out others, rather than be one?"""
    return project.definition_at(place).name.endswith(("Factory", "Builder", "Creator"))


# --- calls -----------------------------------------------------------------------------------------------------


def answered(project: Project, file: int) -> tuple[Judged, ...]:
    """The calls of a file that a concept answers, with who may: constructors, members, and functions that give it."""
    return project.once_for(file, _answered)


def _answered(project: Project, file: int) -> tuple[Judged, ...]:
    found = {(site.line, site.column): (site, found) for site, found in judged(project, file)}
    deep = project.files[file].facts.deep
    names = project.once(_giver_names)
    for call in deep.calls if deep is not None else ():
        if call.callee.rpartition(".")[2] in names:
            key = (call.line, call.column)
            if not (key in found and found[key][1]):
                site = site_of(file, call)
                found[key] = (site, _given(project, site))
    of_flows = calls_of(project, file)
    for name in sorted(names & of_flows.keys()):
        for scope, node in of_flows[name]:
            key = (node.line, node.column)
            if not (key in found and found[key][1]) and "?" not in callee(node):
                site = Site(file, scope, callee(node), *key, passed(node))
                found[key] = (site, _given(project, site))
    for site, answers in _members_of_given(project, file):
        if not found.get((site.line, site.column), (site, ()))[1]:
            found[site.line, site.column] = site, answers
    return tuple(found[key] for key in sorted(found) if found[key][1])


def _members_of_given(project: Project, file: int) -> Iterator[Judged]:
    """Calls of members of what a function has given to a variable that is bound once."""
    names, given = project.once(_giver_names), givers(project)
    if names.isdisjoint(calls_of(project, file)):
        return
    bound = bound_in(project, file)
    for scope, body in digests(project, file).items():
        held: dict[str, Place] = {}
        taken = project.definition_at((file, scope)).parameters if scope != MODULE else ()
        others = {item.name for item in taken} | body.outer
        for name, value in body.bound:
            if len(bound.get((scope, name), ())) != 1 or name in others:
                continue
            call, is_awaited = unwrapped(value)
            said = callee(call) if call.kind == "call" else ""
            place = None
            if said.rpartition(".")[2] in names and "?" not in said:
                answers = _given(project, Site(file, scope, said, call.line, call.column, passed(call)))
                place = (answers[0].file, answers[0].definition) if len(answers) == 1 else None
            if place is not None and project.definition_at(place).is_async == is_awaited:
                held[name] = place
        for node in body.calls:
            owner, _, last = callee(node).rpartition(".")
            made = given.get(held.get(owner, _NOWHERE))
            member = all_members(project, *made).get(last) if made is not None else None
            if made is not None and member is not None and member.definition >= 0 and member.is_called:
                concept = instances(project)[made]
                answer = Callee(concept, member.file, member.definition, None, "method")
                yield Site(file, scope, callee(node), node.line, node.column, passed(node)), (answer,)


_NOWHERE = (-1, -1)

_WAITING = frozenset({"shield", "wait_for"})
_RUNNING = frozenset({"run", "run_until_complete"})


def unwrapped(value: Node) -> tuple[Node, bool]:
    """What an expression awaits or runs, and whether it does: `await wait_for(make(), 3)`, `asyncio.run(make())`."""
    is_awaited = value.kind == "await"
    node = value.children[0] if is_awaited else value
    while node.kind == "call" and len(node.children) > 1:
        last = callee(node).rpartition(".")[2]
        runs = last in _RUNNING and callee(node) != last
        if not (runs if not is_awaited else last in _WAITING) or node.children[1].kind != "call":
            break
        node, is_awaited = node.children[1], True
    return node, is_awaited


def _giver_names(project: Project) -> frozenset[str]:
    return frozenset(project.definition_at(place).name for place in givers(project))


def _given(project: Project, site: Site) -> tuple[Callee, ...]:
    """The functions that give an instance among all that a callee may be; () when one of them is another thing."""
    targets = project.resolve(site.file, site.callee, site.scope).targets
    places = [(target.file, target.index) for target in targets if target.kind == "definition"]
    if len(places) != len(targets):
        place = called(project, site.file, site.scope, site.callee) if "." in site.callee else None
        places = [place] if place is not None else []
    given = givers(project)
    if not places or any(place not in given for place in places):
        return ()
    return tuple(
        Callee(
            instances(project)[given[place]], *place,
            project.definition_at(place).parameters if keeps_parameters(project.definition_at(place)) else None,
            "function",
        )
        for place in places
    )  # fmt: skip


# --- functions that give an instance -----------------------------------------------------------------------


def givers(project: Project) -> Mapping[Place, Place]:
    """Function outside the tests -> the class of the concept's instance that it returns."""
    return project.once(_givers)


def _givers(project: Project) -> Mapping[Place, Place]:
    known = instances(project)
    names = {project.definition_at(place).name for place in known}
    names |= {name for concept in project.config.concepts for name in concept.aliases}
    found: dict[Place, Place] = {}
    for file, source in enumerate(project.files):
        deep = source.facts.deep
        if deep is None or source.is_test:
            continue
        back = {(item.scope, item.name) for item in deep.references if item.role == "returned"}
        scopes = {call.scope for call in deep.calls if call.returned or (call.scope, call.assigned) in back}
        for index, definition in enumerate(source.facts.definitions):
            if definition.is_class or not (
                index in scopes or any(name in definition.returns for name in names)
            ):
                continue
            made = returned_by(project, file, index)
            if made is not None and made in known:
                found[file, index] = made
    return found


def constructed(project: Project, found: tuple[Callee, ...]) -> Place | None:
    """The class that a call constructs, where all that may answer it are classes of one concept."""
    places = [(item.file, item.definition) for item in found if item.what == "constructor"]
    concepts = {built(project).get(place) for place in places}
    return places[0] if len(places) == len(found) and len(concepts) == 1 and None not in concepts else None


def instance_of(project: Project, file: int, scope: int, callee: str) -> Place | None:
    """The class of a concept's instance that calling `callee` gives."""
    made = made_by(project, file, scope, callee)
    return made if made in instances(project) else None


def held_by(project: Project, file: int, scope: int, name: str) -> Place | None:
    """The class of a concept's instance that a name or attribute holds."""
    found = class_of(project, file, scope, name)
    return found if found in instances(project) else None


def makers(project: Project, concept: Concept) -> frozenset[Place]:
    """The definitions that may construct the concept: the factory and the declared variants."""
    found: set[Place] = set()
    for symbol in (concept.factory, concept.canonical, *concept.variants):
        target = project.resolve_symbol(symbol).target if symbol else None
        if target is not None and target.kind == "definition":
            found.add((target.file, target.index))
    return frozenset(found)
