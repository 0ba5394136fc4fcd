"""Calls of a concept: who is called, with what, and which signatures may answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from ssot_lint.concepts.claims import claims
from ssot_lint.concepts.heirs import heirs
from ssot_lint.model import MODULE, Call, Definition, Location, Node, Parameter, Place
from ssot_lint.queries.digests import digests
from ssot_lint.queries.members import Member, all_members
from ssot_lint.queries.receivers import class_of, enclosing_class, returned_by
from ssot_lint.queries.signatures import Passed, certain_constructor, keeps_parameters, passed
from ssot_lint.queries.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.project import Project, Target

_Words = tuple[frozenset[str], frozenset[str]]

_CLASSES = frozenset({"canonical", "subclass", "variant", "duplicate", "shim", "test-double", "companion"})


class Site(msgspec.Struct, frozen=True, gc=False):
    """One call, where it stands."""

    file: int
    scope: int  # the function or class around it, or -1
    callee: str  # dotted as written
    line: int
    column: int
    passed: Passed
    branch: int | None = None  # index of the branch it stands in, -1 for none; None where nobody has looked


class Callee(msgspec.Struct, frozen=True, gc=False):
    """A signature that may answer a call, and the concept it belongs to."""

    concept: str  # "" for a class that is no concept's
    file: int
    definition: int
    parameters: tuple[Parameter, ...] | None  # what the caller passes; None when they cannot be known
    what: str  # "constructor", "method", "function"


Judged = tuple[Site, tuple[Callee, ...]]
"""A call with those who may answer it."""


def sites(project: Project, file: int) -> tuple[Site, ...]:
    """The calls in a file that a concept may have to do with, by line and column."""
    return project.once_for(file, _sites)


def _sites(project: Project, file: int) -> tuple[Site, ...]:
    facts = project.files[file].facts
    if facts.deep is None:
        return ()
    words = project.once(_words)
    found = {
        (call.line, call.column, call.callee): site_of(file, call)
        for call in facts.deep.calls
        if _may_concern(words, call.callee)
    }
    used = {(use.line, use.attribute) for use in facts.deep.uses if use.called}
    for scope, node in project.once_for(file, _bodies).calls if used else ():
        name = callee(node)
        if "." in name and (node.line, name.rpartition(".")[2]) in used and _may_concern(words, name):
            site = Site(file, scope, name, node.line, node.column, passed(node))
            found.setdefault((node.line, node.column, name), site)
    return tuple([found[key] for key in sorted(found)])


def constructions(project: Project, file: int) -> Iterator[Site]:
    """What the code that deals with concepts constructs besides: calls of names that look like classes."""
    facts = project.files[file].facts
    if facts.deep is None or project.files[file].is_test:
        return
    words = project.once(_words)
    found: dict[tuple[int, int], Site] = {}
    for scope, node in project.once_for(file, _bodies).calls:
        name = callee(node)
        if _is_capital(name) and not _may_concern(words, name):
            found[node.line, node.column] = Site(file, scope, name, node.line, node.column, passed(node))
    for call in facts.deep.calls:
        if _is_capital(call.callee) and not _may_concern(words, call.callee):
            found[call.line, call.column] = site_of(file, call)
    for key in sorted(found):
        yield found[key]


def _is_capital(name: str) -> bool:
    return "?" not in name and name.rpartition(".")[2][:1].isupper()


def site_of(file: int, call: Call) -> Site:
    """A call that the facts of a file tell of."""
    given = Passed(call.arguments, call.keywords, call.starred)
    return Site(file, call.scope, call.callee, call.line, call.column, given, call.branch)


def is_expected(project: Project, file: int, branch: int | None) -> bool:
    """Does the code around a call, or another statement, wait for an error?"""
    return any(arm.kind == "with" and "raises" in arm.test.lower() for arm in project.around(file, branch))


def location(project: Project, site: Site) -> Location:
    """Where a call begins."""
    return Location(project.files[site.file].path, site.line, site.column)


# --- who answers -----------------------------------------------------------------------------------------


def judged(project: Project, file: int) -> tuple[Judged, ...]:
    """The `sites` of a file, each with its `callees`."""
    return project.once_for(file, _judged)


def _judged(project: Project, file: int) -> tuple[Judged, ...]:
    return tuple([(site, callees(project, site)) for site in sites(project, file)])


def callees(project: Project, site: Site) -> tuple[Callee, ...]:
    """Every signature of a concept that may answer a call; () when it is no concept's or nobody can tell."""
    owner, _, name = site.callee.rpartition(".")
    if not _is_local(project, site):
        found = _by_name(project, site)
        if found is not None:
            return found
    held = class_of(project, site.file, site.scope, owner) if owner else None
    if (site.scope, owner) in project.once_for(site.file, _locals).unsteady:
        return ()
    concept = concept_classes(project).get(held) if held is not None else None
    if held is None or concept is None:
        return ()
    member = all_members(project, *held).get(name)
    if member is None or member.definition < 0 or _rebound(project, held, name):
        return ()
    method = project.definition_at((member.file, member.definition))
    return (Callee(concept, member.file, member.definition, taken_of_caller(member, method), "method"),)


def undecided(project: Project) -> int:
    """How many calls are a concept's, and nobody can tell by which signature they are judged, or what they pass."""
    return sum(
        bool(found)
        and (
            site.passed.starred
            or "**" in site.passed.keywords
            or any(item.parameters is None for item in found)
        )
        for file in range(len(project.files))
        for site, found in judged(project, file)
    )


def constructed(project: Project, site: Site) -> tuple[Callee, ...]:
    """The constructors of the project's classes that may answer a call; () when it may be something else."""
    if _is_local(project, site):
        return ()
    targets = project.resolve(site.file, site.callee, site.scope).targets
    known = [target for target in targets if target.kind != "unresolved" and not _is_none(project, target)]
    if not all(target.kind == "definition" and project.definition(target).is_class for target in known):
        return ()
    return tuple(
        Callee("", target.file, target.index, certain_constructor(project, target.file, target.index), "constructor")
        for target in known
    )  # fmt: skip


def _by_name(project: Project, site: Site) -> tuple[Callee, ...] | None:
    """Who answers as far as imports and definitions tell; None when the name is none of these.

    What a name means at module level holds in every scope that does not bind its head, and is looked up once.
    """
    head = site.callee.partition(".")[0]
    if head in ("self", "cls") or head in project.once_for(site.file, _locals).heads:
        return _resolved(project, site)
    known = project.known(_resolved)
    key = (site.file, site.callee)
    if key not in known:
        known[key] = _resolved(project, site)
    return known[key]


def _resolved(project: Project, site: Site) -> tuple[Callee, ...] | None:
    targets = project.resolve(site.file, site.callee, site.scope).targets
    known = [target for target in targets if target.kind != "unresolved" and not _is_none(project, target)]
    if known and all(target.kind == "definition" for target in known):
        found = [_of_definition(project, site, target) for target in known]
        return () if None in found else tuple(item for item in found if item is not None)
    return () if known and known[0].kind == "external" else None


def _of_definition(project: Project, site: Site, target: Target) -> Callee | None:
    definition = project.definition(target)
    place = (target.file, target.index)
    concepts = concept_classes(project)
    if definition.is_class:
        if place not in concepts:
            return None
        parameters = certain_constructor(project, *place)
        return Callee(concepts[place], *place, parameters, "constructor")
    owner = definition.parent
    if owner != MODULE and project.definition_at((target.file, owner)).is_class:
        return _through_class(project, site, target)
    concept = project.once(_functions).get(place)
    if concept is None:
        return None
    kept = definition.parameters if keeps_parameters(definition) else None
    return Callee(concept, *place, kept, "function")


def _through_class(project: Project, site: Site, target: Target) -> Callee | None:
    """`Class.method(...)`, `self.method(...)`, `cls.method(...)`."""
    receiver, _, name = site.callee.rpartition(".")
    place = _receiver(project, site, receiver)
    concepts = concept_classes(project)
    if place is None or place not in concepts or _rebound(project, place, name):
        return None
    member = all_members(project, *place).get(name)
    if member is None or member.definition < 0:
        return None
    method = project.definition_at((member.file, member.definition))
    if member.kind == "method" and receiver not in ("self", "cls"):
        kept = method.parameters if keeps_parameters(method) else None  # the instance is passed by hand
        return Callee(concepts[place], member.file, member.definition, kept, "method")
    return Callee(concepts[place], member.file, member.definition, taken_of_caller(member, method), "method")


def _receiver(project: Project, site: Site, receiver: str) -> Place | None:
    if receiver in ("self", "cls"):
        owner = enclosing_class(project, site.file, site.scope)
        return None if owner is None else (site.file, owner)
    target = project.resolve(site.file, receiver, site.scope).target
    return (target.file, target.index) if target.kind == "definition" else None


def taken_of_caller(member: Member, method: Definition) -> tuple[Parameter, ...] | None:
    """What a caller passes to a member of an instance; None for what is no plain method."""
    if not member.is_called or not keeps_parameters(method):
        return None
    if member.kind == "static-method":
        return method.parameters
    first = method.parameters[:1]
    if not first:
        return None
    return method.parameters[1:] if first[0].kind.startswith("positional") else method.parameters


def _rebound(project: Project, place: Place, name: str) -> bool:
    """Do instances carry an attribute of their own over a method?"""
    definition = project.definition_at(place)
    return name in definition.instance_attributes or name in definition.attributes


def concept_classes(project: Project) -> Mapping[Place, str]:
    """Class -> the concept it is a claim of, or the protocol of."""
    return project.once(_concepts)


def _concepts(project: Project) -> Mapping[Place, str]:
    found: dict[Place, str] = {}
    for name, every in claims(project).items():
        for claim in every:
            if claim.definition >= 0 and (claim.kind in _CLASSES or claim.kind == "protocol"):
                found[claim.file, claim.definition] = name
    for place, name in heirs(project).items():
        found.setdefault(place, name)
    for concept in project.config.concepts:
        for symbol in (concept.protocol, concept.factory):
            target = project.resolve_symbol(symbol).target if symbol else None
            if target is not None and target.kind == "definition" and project.definition(target).is_class:
                found.setdefault((target.file, target.index), concept.name)
    return found


def _functions(project: Project) -> Mapping[Place, str]:
    """Function -> the concept it is, is configured to make, or says it returns."""
    found: dict[Place, str] = {}
    for concept in project.config.concepts:
        for symbol in (concept.canonical, concept.factory):
            target = project.resolve_symbol(symbol).target if symbol else None
            if target is not None and target.kind == "definition" and not project.definition(target).is_class:
                found.setdefault((target.file, target.index), concept.name)
    concepts = concept_classes(project)
    classes = {project.definition_at(place).name for place in concepts}

    @cache
    def says_one(annotation: str) -> bool:
        return any(name in annotation for name in classes)

    for file, source in enumerate(project.files):
        if source.is_test or source.facts.deep is None:
            continue
        for index, definition in enumerate(source.facts.definitions):
            if definition.returns and says_one(definition.returns):
                made = returned_by(project, file, index)
                if made is not None and made in concepts:
                    found.setdefault((file, index), concepts[made])
    return found


def concept_names(project: Project) -> frozenset[str]:
    """The names that classes and factories of concepts go by anywhere."""
    return project.once(_words)[0]


def may_concern(project: Project, name: str) -> bool:
    """Can a callee be a concept's, by the names alone?"""
    return _may_concern(project.once(_words), name)


def _may_concern(words: _Words, name: str) -> bool:
    """Can a callee be a concept's, by the names alone? Most cannot, and need not be resolved."""
    last = name.rpartition(".")[2]
    names, members = words
    return (last in names or (last in members and "." in name)) and last != "" and "?" not in name


def _words(project: Project) -> _Words:
    """(names that concepts' classes and factories go by anywhere, names of their members)"""
    names = {
        project.definition_at(place).name for place in (*concept_classes(project), *project.once(_functions))
    }
    names |= {name for concept in project.config.concepts for name in concept.aliases}
    renamed: set[tuple[str, str]] = set()
    for source in project.files:
        if source.facts.deep is not None:
            imports, assignments = source.facts.imports, source.facts.assignments
            renamed.update((item.name, item.asname) for item in imports if item.name and item.asname)
            renamed.update(
                (item.value.rpartition(".")[2], item.name) for item in assignments if item.kind == "name"
            )
    more = names
    while more:
        more = {new for old, new in renamed if old in more} - names
        names |= more
    members = {name for place in concept_classes(project) for name in all_members(project, *place)}
    return frozenset(names), frozenset(members)


# --- names that hide -------------------------------------------------------------------------------------


def _is_none(project: Project, target: Target) -> bool:
    """A name that a fallback set to None: calling it fails whatever is passed."""
    if target.kind != "variable" or target.index < 0:
        return False
    return project.files[target.file].facts.assignments[target.index].kind == "none"


@dataclass(frozen=True, slots=True)
class _Locals:
    """The names that the functions of a file bind themselves."""

    assigned: frozenset[tuple[int, str]]  # (function, variable), as far as they were recorded
    heads: frozenset[str]  # every name that some function binds, by whatever means
    unsteady: frozenset[tuple[int, str]]  # variables that hold one thing after another


def _is_local(project: Project, site: Site) -> bool:
    """Is the head of a callee a variable of a function around it? Only imports and definitions are resolved."""
    head = site.callee.partition(".")[0]
    bound = project.once_for(site.file, _locals)
    if head not in bound.heads:
        return False
    definitions = project.files[site.file].facts.definitions
    scope = site.scope
    while scope != MODULE:
        if (scope, head) in bound.assigned:
            return True
        scope = definitions[scope].parent
    return False


@dataclass(frozen=True, slots=True)
class _Bodies:
    """What the flows of a file hold, read in one pass: (function, call), and (function, variable)."""

    calls: tuple[tuple[int, Node], ...]
    assigned: frozenset[tuple[int, str]]


def _bodies(project: Project, file: int) -> _Bodies:
    calls: list[tuple[int, Node]] = []
    assigned: set[tuple[int, str]] = set()
    for function, body in digests(project, file).items():
        calls += [(function, node) for node in body.calls]
        for node in body.binding:
            if node.kind in ("assign", "loop", "item"):
                targets = node.children[1:2] if node.kind != "assign" else node.children[1:]
                names = (part for target in targets for part in walk(target))
                assigned.update((function, part.text) for part in names if part.kind == "name")
    return _Bodies(tuple(calls), frozenset(assigned))


def _locals(project: Project, file: int) -> _Locals:
    facts = project.files[file].facts
    found: set[tuple[int, str]] = set()
    if facts.deep is not None:
        found.update((call.scope, call.assigned) for call in facts.deep.calls if call.assigned)
        found.update((item.scope, item.target) for item in facts.deep.references if item.role == "stored")
    found.update(project.once_for(file, _bodies).assigned)
    definitions = facts.definitions
    assigned = frozenset(item for item in found if item[0] != MODULE and not definitions[item[0]].is_class)
    heads = {name for _, name in assigned}
    heads.update([item.bound for item in facts.imports if item.scope != MODULE])
    heads.update([item.name for item in facts.assignments if item.scope != MODULE])
    heads.update([item.name for item in definitions if item.parent != MODULE])
    heads.update([item.name for definition in definitions for item in definition.parameters])
    calls = facts.deep.calls if facts.deep is not None else ()
    made: dict[tuple[int, str], set[str]] = {}
    for call in calls:
        if call.assigned:
            made.setdefault((call.scope, call.assigned), set()).add(call.callee)
    unsteady = frozenset(key for key, callees in made.items() if len(callees) > 1)
    return _Locals(assigned, frozenset(heads), unsteady)
