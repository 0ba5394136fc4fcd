"""Which expressions give an instance of a concept: constructions, and functions that hand one on.

A function gives an instance when its annotation says so, or when all that it returns is constructed by, or
handed on from, something that gives one (`receivers.returned_by` follows that through wrappers).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.calls import Callee, Judged, Site, site_of
from ssot_lint.concepts.claims import claims, ground_of
from ssot_lint.concepts.concerned import concept_names
from ssot_lint.concepts.contracts import protocol_place
from ssot_lint.concepts.heirs import unnamed
from ssot_lint.concepts.sites import callees, judged, taken_of_caller
from ssot_lint.factories.awaiting import must_await
from ssot_lint.factories.giving import made_by_returns, methods_of_factory
from ssot_lint.factories.wrappers import Wrappers, handing_on, unwrapped
from ssot_lint.model import MODULE, ClaimKind, Place
from ssot_lint.queries.digests import calls_of, digests
from ssot_lint.queries.members import all_members, lineage, member_called
from ssot_lint.queries.receivers import (
    called,
    class_of,
    made_by,
    manages,
    returned_by,
)
from ssot_lint.queries.signatures import keeps_parameters, passed
from ssot_lint.queries.walks import bindings, callee

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.model import Node
    from ssot_lint.project import Project
    from ssot_lint.queries.digests import Digest

_BUILT: frozenset[ClaimKind] = frozenset({"canonical", "subclass", "duplicate"})
_STANDING_IN: frozenset[ClaimKind] = frozenset({"variant", "shim", "protocol"})
_CONTEXT_WORDS = ("context", "ctx")


def built(project: Project) -> Mapping[Place, str]:
    """Class -> the concept it implements: the canonical class, its duplicates, and the heirs of these outside tests."""
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
    return {**found, **unnamed(project)}


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
    names = giver_names(project)
    for call in deep.calls if deep is not None else ():
        if call.callee.rpartition(".")[2] in names:
            key = (call.line, call.column)
            if not (key in found and found[key][1]):
                site = site_of(file, call)
                found[key] = (site, given_by(project, site))
    of_flows = calls_of(project, file)
    for name in sorted(names & of_flows.keys()):
        for scope, node in of_flows[name]:
            key = (node.line, node.column)
            if not (key in found and found[key][1]) and "?" not in callee(node):
                site = Site(file, scope, callee(node), *key, passed(node))
                found[key] = (site, given_by(project, site))
    for site, answers in members_of_given(project, file):
        if not found.get((site.line, site.column), (site, ()))[1]:
            found[site.line, site.column] = site, answers
    return tuple(found[key] for key in sorted(found) if found[key][1])


def members_of_given(project: Project, file: int) -> tuple[Judged, ...]:
    """Calls of members of what a function has given to a variable that is bound once."""
    return project.once_for(file, _every_member_of_given)


def _every_member_of_given(project: Project, file: int) -> tuple[Judged, ...]:
    return tuple(_members_of_given(project, file))


def _members_of_given(project: Project, file: int) -> Iterator[Judged]:
    names, given = giver_names(project), givers(project)
    if names.isdisjoint(calls_of(project, file)):
        return
    for scope, body in digests(project, file).items():
        held = held_here(project, file, scope, body, names)
        for node in body.calls if held else ():
            owner, _, last = callee(node).rpartition(".")
            made = given.get(held.get(owner, _NOWHERE))
            answer = member_of(project, made, last) if made is not None else None
            if answer is not None:
                yield Site(file, scope, callee(node), node.line, node.column, passed(node)), (answer,)


def chained(project: Project, file: int) -> tuple[tuple[Site, Callee, Node], ...]:
    """(call, who answers, its node) of members of what a call gives on the spot: `create_manager(context).send(text)`."""
    return project.once_for(file, _chained)


def _chained(project: Project, file: int) -> tuple[tuple[Site, Callee, Node], ...]:
    found: list[tuple[Site, Callee, Node]] = []
    of_flows, names = calls_of(project, file), project.once(_member_names)
    for last in sorted([last for last in of_flows if last in names]):
        for scope, node in of_flows[last]:
            function = node.children[0]
            made = _on_the_spot(project, file, scope, function) if function.kind == "attribute" else None
            answer = member_of(project, made[0], last) if made is not None else None
            if made is not None and answer is not None:
                site = Site(file, scope, f"{made[1]}(...).{last}", node.line, node.column, passed(node))
                found.append((site, answer, node))
    return tuple(found)


def _member_names(project: Project) -> frozenset[str]:
    return frozenset(name for place in instances(project) for name in all_members(project, *place))


def _on_the_spot(project: Project, file: int, scope: int, function: Node) -> tuple[Place, str] | None:
    """The class of what the call before a member gives, and what is called."""
    call, is_awaited = unwrapped(function.children[0])
    name = callee(call) if call.kind == "call" else ""
    last = name.rpartition(".")[2]
    if "?" in name or not (last in concept_names(project) or last in giver_names(project)):
        return None
    site = Site(file, scope, name, call.line, call.column, passed(call))
    answers = callees(project, site) or given_by(project, site)
    if len(answers) != 1:
        return None
    place = answers[0].file, answers[0].definition
    if answers[0].what == "constructor":
        return (place, name) if place in instances(project) and not is_awaited else None
    made = givers(project).get(place)
    is_given = made is not None and project.definition_at(place).is_async == is_awaited
    return (made, name) if made is not None and is_given else None


def held_here(
    project: Project, file: int, scope: int, body: Digest, names: Container[str]
) -> dict[str, Place]:
    """Name -> the function that has given what it holds, for names that a body binds once: set, or entered by `with`.

    `names` are those of the functions that matter.
    """
    values: defaultdict[str, list[Node]] = defaultdict(list)
    for node in body.binding:
        for name, value in bindings(node):
            values[name].append(value)
    taken = project.definition_at((file, scope)).parameters if scope != MODULE else ()
    others = {item.name for item in taken} | body.outer
    held: dict[str, Place] = {}
    for name, bound in values.items():
        call, is_awaited = unwrapped(bound[0])
        said = callee(call) if call.kind == "call" and len(bound) == 1 and name not in others else ""
        if not said or "?" in said or said.rpartition(".")[2] not in names:
            continue
        answers = given_by(project, Site(file, scope, said, call.line, call.column, passed(call)))
        place = (answers[0].file, answers[0].definition) if len(answers) == 1 else None
        if place is not None:
            definition = project.definition_at(place)
            awaited = definition.is_async or (is_awaited and must_await(project, place) is True)
            if manages(definition) or awaited == is_awaited:
                held[name] = place
    return held


def member_of(project: Project, made: Place, name: str) -> Callee | None:
    """The method that answers where it is called on an instance of a concept's class."""
    member = member_called(project, *made, name)
    if member is None or member.definition < 0 or not member.is_called:
        return None
    method = project.definition_at((member.file, member.definition))
    taken = taken_of_caller(member, method)
    return Callee(instances(project)[made], member.file, member.definition, taken, "method")


_NOWHERE = (-1, -1)


def giver_names(project: Project) -> frozenset[str]:
    """The names of the functions that give an instance."""
    return project.once(_giver_names)


def _giver_names(project: Project) -> frozenset[str]:
    return frozenset(project.definition_at(place).name for place in givers(project))


def given_by(project: Project, site: Site) -> tuple[Callee, ...]:
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


def wrappers(project: Project) -> Wrappers:
    """Those of them in whose bodies nothing is said of the concept, and who sees functions that go unheard."""
    return project.once(_wrappers)


def _wrappers(project: Project) -> Wrappers:
    return handing_on(project, project.once(_outspoken))


def _givers(project: Project) -> dict[Place, Place]:
    return {**project.once(_outspoken), **wrappers(project).given}


def _outspoken(project: Project) -> Mapping[Place, Place]:
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
                index in scopes
                or (definition.returns and any(name in definition.returns for name in names))
                or manages(definition)
            ):
                continue
            made = returned_by(project, file, index)
            if made is not None and made in known:
                found[file, index] = made
        for index, body in digests(project, file).items():
            if index != MODULE and (file, index) not in found:
                made = made_by_returns(project, file, index, body)
                if made is not None and made in known:
                    found[file, index] = made
    for concept in project.config.concepts:
        canonical = ground_of(project, concept.name).canonical
        for place in methods_of_factory(project, concept) if canonical in known else ():
            if canonical is not None and not project.definition_at(place).returns:
                found.setdefault(place, canonical)
    return found


def constructed(project: Project, found: tuple[Callee, ...]) -> Place | None:
    """The class that a call constructs, where all that may answer it are classes of one concept."""
    places = [(item.file, item.definition) for item in found if item.what == "constructor"]
    concepts = {built(project).get(place) for place in places}
    return places[0] if len(places) == len(found) and len(concepts) == 1 and None not in concepts else None


def instance_of(project: Project, file: int, scope: int, callee: str) -> Place | None:
    """The class of a concept's instance that calling `callee` gives."""
    made = made_by(project, file, scope, callee)
    if made in instances(project):
        return made
    found = wrappers(project)
    if not found.given or callee.rpartition(".")[2] not in found.seen.get(file, ()):
        return None
    place = called(project, file, scope, callee)
    return found.given.get(place) if place is not None else None


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
