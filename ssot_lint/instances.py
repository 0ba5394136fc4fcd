"""Which expressions give an instance of a concept: constructions, and functions that hand one on.

A function gives an instance when its annotation says so, or when all that it returns is constructed by, or
handed on from, something that gives one (`receivers.returned_by` follows that through wrappers).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.claims import claims, ground_of
from ssot_lint.classify import words
from ssot_lint.contracts import protocol_place
from ssot_lint.members import lineage
from ssot_lint.model import MODULE, ClaimKind, Definition, Parameter
from ssot_lint.receivers import (
    annotated,
    called,
    class_of,
    definition_of,
    enclosing_class,
    made_by,
    returned_by,
)
from ssot_lint.signatures import Passed, keeps_parameters, passed
from ssot_lint.sites import Callee, Site, callees, sites
from ssot_lint.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.model import Flow, Node
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
                or not _definition(project, place).is_class
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
                and _definition(project, place).is_class
                and not is_maker(project, place)
            ):
                found.setdefault(place, concept.name)
    return found


def is_maker(project: Project, place: Place) -> bool:
    """Does a class by its name hand out others, rather than be one?"""
    return _definition(project, place).name.endswith(("Factory", "Builder", "Creator"))


# --- calls -----------------------------------------------------------------------------------------------------


def answered(project: Project, file: int) -> tuple[tuple[Site, tuple[Callee, ...]], ...]:
    """The calls of a file that a concept answers, with who may: constructors, members, and functions that give it."""
    table = project.once(_answered)
    if file not in table:
        found = {(site.line, site.column): (site, callees(project, site)) for site in sites(project, file)}
        deep = project.files[file].facts.deep
        names = project.once(_giver_names)
        for call in deep.calls if deep is not None else ():
            key = (call.line, call.column)
            if call.callee.rpartition(".")[2] in names and not (key in found and found[key][1]):
                given = Passed(call.arguments, call.keywords, call.starred)
                site = Site(file, call.scope, call.callee, call.line, call.column, given, call.branch)
                found[key] = (site, _given(project, site))
        of_flows = calls_of(project, file)
        for name in sorted(names & of_flows.keys()):
            for scope, node in of_flows[name]:
                key = (node.line, node.column)
                if not (key in found and found[key][1]) and "?" not in callee(node):
                    site = Site(file, scope, callee(node), *key, passed(node))
                    found[key] = (site, _given(project, site))
        table[file] = tuple(found[key] for key in sorted(found) if found[key][1])
    return table[file]


@dataclass(frozen=True, slots=True)
class Digest:
    """What one body binds, calls and returns, gathered in one walk."""

    calls: tuple[Node, ...]
    assigns: tuple[Node, ...]
    bound: tuple[tuple[str, Node], ...]  # (name or dotted target, value) in source order
    outer: frozenset[str]  # names declared `global` or `nonlocal`
    returns: tuple[Node, ...]  # statements


def digests(project: Project, file: int) -> Mapping[int, Digest]:
    """The flows of a file, digested, by the index of their definition."""
    return project.once(_digests).get(file, {})


def _digests(project: Project) -> Mapping[int, Mapping[int, Digest]]:
    return {
        file: {flow.definition: _digest(flow.body) for flow in source.facts.flows}
        for file, source in enumerate(project.files)
        if source.facts.flows
    }


def _digest(body: Node) -> Digest:
    calls: list[Node] = []
    assigns: list[Node] = []
    bound: list[tuple[str, Node]] = []
    outer: set[str] = set()
    returns: list[Node] = []
    for node in walk(body):
        kind = node.kind
        if kind == "call":
            calls.append(node)
        elif kind == "assign":
            assigns.append(node)
            bound += [
                (target.text, node.children[0]) for target in node.children[1:] if target.kind == "name"
            ]
        elif kind == "walrus":
            bound.append((node.text, node.children[0]))
        elif kind == "global":
            outer.update(node.text.split())
        elif kind == "return":
            returns.append(node)
    return Digest(tuple(calls), tuple(assigns), tuple(bound), frozenset(outer), tuple(returns))


def calls_of(project: Project, file: int) -> Mapping[str, tuple[tuple[int, Node], ...]]:
    """(definition, call) in the flows of a file, by the last part of the callee; "" where it has no name."""
    return project.once(_flow_calls).get(file, {})


def _flow_calls(project: Project) -> Mapping[int, Mapping[str, tuple[tuple[int, Node], ...]]]:
    found: dict[int, dict[str, tuple[tuple[int, Node], ...]]] = {}
    for file, bodies in project.once(_digests).items():
        table: dict[str, list[tuple[int, Node]]] = defaultdict(list)
        for definition, body in bodies.items():
            for node in body.calls:
                function = node.children[0]
                named = function.kind in ("name", "attribute")
                table[function.text.rpartition(".")[2] if named else ""].append((definition, node))
        found[file] = {name: tuple(calls) for name, calls in table.items()}
    return found


def _answered(project: Project) -> dict[int, tuple[tuple[Site, tuple[Callee, ...]], ...]]:
    return {}


def _giver_names(project: Project) -> frozenset[str]:
    return frozenset(_definition(project, place).name for place in givers(project))


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
            _definition(project, place).parameters if keeps_parameters(_definition(project, place)) else None,
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
    names = {_definition(project, place).name for place in known}
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


def factories(project: Project, concept: Concept) -> Mapping[Place, bool]:
    """Functions and methods that make the concept for a caller -> is it the configured factory?

    The configured one, or the methods of the class that is it that give an instance; and further ones that
    construct an instance themselves and return it.
    """
    return project.once(_factories)[concept.name]


def _factories(project: Project) -> Mapping[str, Mapping[Place, bool]]:
    given = givers(project)
    known = instances(project)
    found: dict[str, dict[Place, bool]] = {}
    for concept in project.config.concepts:
        mine = found[concept.name] = {}
        target = project.resolve_symbol(concept.factory or "").target if concept.factory else None
        if target is not None and target.kind == "definition":
            place = (target.file, target.index)
            if _definition(project, place).is_class:
                for member in project.children(*place):
                    if given.get((target.file, member)) in known:
                        mine[target.file, member] = True
            else:
                mine[place] = True
        if concept.factory:
            mine.update(
                (place, False) for place in project.once(_makers) if place not in mine
                and known[given[place]] == concept.name
            )  # fmt: skip
    return found


def _makers(project: Project) -> tuple[Place, ...]:
    """Givers that construct what they return themselves, and are no alternative constructors of it."""
    given, classes = givers(project), built(project)
    found = []
    for file, index in sorted(given):
        deep = project.files[file].facts.deep
        owner = enclosing_class(project, file, index)
        if deep is None or (owner is not None and (file, owner) in classes):
            continue
        if any(
            call.scope == index and definition_of(project, file, index, call.callee) in classes
            for call in deep.calls
        ):
            found.append((file, index))
    return tuple(found)


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


# --- contexts ------------------------------------------------------------------------------------------------


def context_of(concept: Concept) -> str:
    """The name of the class of the concept's context, or ""."""
    return (concept.context or "").rpartition(":")[2]


def context_place(project: Project, concept: Concept) -> Place | None:
    """The class that `context` names."""
    target = project.resolve_symbol(concept.context).target if concept.context else None
    return (target.file, target.index) if target is not None and target.kind == "definition" else None


def is_context(project: Project, concept: Concept, place: Place | None) -> bool:
    """Is a class the concept's context, or derived from it?"""
    wanted = context_place(project, concept)
    return place is not None and wanted is not None and wanted in lineage(project, *place)


def context_parameter(project: Project, concept: Concept, place: Place) -> Parameter | None:
    """The parameter through which a function takes the concept's context: by its annotation, else by its name."""
    definition = _definition(project, place)
    if concept.context is None:
        return None
    for parameter in definition.parameters:
        if parameter.annotation and is_context(
            project, concept, annotated(project, place[0], place[1], parameter.annotation)
        ):
            return parameter
    wanted = context_of(concept)
    by_name = [
        item for item in definition.parameters
        if item.name.rpartition("_")[2] in _CONTEXT_WORDS
        and (not item.annotation or any(word in item.annotation for word in ("Any", "object", wanted)))
    ]  # fmt: skip
    plain = {*_CONTEXT_WORDS, "user_context", "_".join(words(wanted))}
    return next((item for item in by_name if item.name in plain), by_name[0] if by_name else None)


# --- flows ---------------------------------------------------------------------------------------------------


def flow_of(project: Project, place: Place) -> Flow | None:
    """The body of a function, where it was kept."""
    return project.once(_flow_table).get(place)


def _flow_table(project: Project) -> Mapping[Place, Flow]:
    return {
        (file, flow.definition): flow
        for file, source in enumerate(project.files)
        for flow in source.facts.flows
    }


def inside(project: Project, file: int, scope: int, places: frozenset[Place]) -> bool:
    """Does a scope lie in one of these definitions?"""
    definitions = project.files[file].facts.definitions
    while scope != MODULE:
        if (file, scope) in places:
            return True
        scope = definitions[scope].parent
    return False


def _definition(project: Project, place: Place) -> Definition:
    return project.files[place[0]].facts.definitions[place[1]]
