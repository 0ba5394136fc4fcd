"""Calls of a concept: who is called, with what, and which signatures may answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssot_lint.concepts.calls import Callee, Judged, Site, site_of
from ssot_lint.concepts.concerned import concept_classes, functions_of, is_among, words_of_concepts
from ssot_lint.concepts.hiding import bodies_of, is_local, locals_of
from ssot_lint.model import MODULE, Definition, Parameter, Place
from ssot_lint.queries.members import Member, member_called
from ssot_lint.queries.receivers import class_of, enclosing_class
from ssot_lint.queries.signatures import certain_constructor, keeps_parameters, passed
from ssot_lint.queries.walks import callee

if TYPE_CHECKING:
    from ssot_lint.project import Project, Target


def sites(project: Project, file: int) -> tuple[Site, ...]:
    """The calls in a file that a concept may have to do with, by line and column."""
    return project.once_for(file, _sites)


def _sites(project: Project, file: int) -> tuple[Site, ...]:
    facts = project.files[file].facts
    if facts.deep is None:
        return ()
    words = project.once(words_of_concepts)
    found = {
        (call.line, call.column, call.callee): site_of(file, call)
        for call in facts.deep.calls
        if is_among(words, call.callee)
    }
    used = {(use.line, use.attribute) for use in facts.deep.uses if use.called}
    for scope, node in project.once_for(file, bodies_of).calls if used else ():
        name = callee(node)
        if "." in name and (node.line, name.rpartition(".")[2]) in used and is_among(words, name):
            site = Site(file, scope, name, node.line, node.column, passed(node))
            found.setdefault((node.line, node.column, name), site)
    return tuple([found[key] for key in sorted(found)])


def constructions(project: Project, file: int) -> Iterator[Site]:
    """What the code that deals with concepts constructs besides: calls of names that look like classes."""
    facts = project.files[file].facts
    if facts.deep is None or project.files[file].is_test:
        return
    words = project.once(words_of_concepts)
    found: dict[tuple[int, int], Site] = {}
    for scope, node in project.once_for(file, bodies_of).calls:
        name = callee(node)
        if _is_capital(name) and not is_among(words, name):
            found[node.line, node.column] = Site(file, scope, name, node.line, node.column, passed(node))
    for call in facts.deep.calls:
        if _is_capital(call.callee) and not is_among(words, call.callee):
            found[call.line, call.column] = site_of(file, call)
    for key in sorted(found):
        yield found[key]


def _is_capital(name: str) -> bool:
    return "?" not in name and name.rpartition(".")[2][:1].isupper()


# --- who answers -----------------------------------------------------------------------------------------


def judged(project: Project, file: int) -> tuple[Judged, ...]:
    """The `sites` of a file, each with its `callees`."""
    return project.once_for(file, _judged)


def _judged(project: Project, file: int) -> tuple[Judged, ...]:
    return tuple([(site, callees(project, site)) for site in sites(project, file)])


def callees(project: Project, site: Site) -> tuple[Callee, ...]:
    """Every signature of a concept that may answer a call; () when it is no concept's or nobody can tell."""
    owner, _, name = site.callee.rpartition(".")
    if not is_local(project, site):
        found = _by_name(project, site)
        if found is not None:
            return found
    held = class_of(project, site.file, site.scope, owner) if owner else None
    if (site.scope, owner) in project.once_for(site.file, locals_of).unsteady:
        return ()
    concept = concept_classes(project).get(held) if held is not None else None
    if held is None or concept is None:
        return ()
    member = member_called(project, *held, name)
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
    if is_local(project, site):
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
    if head in ("self", "cls") or head in project.once_for(site.file, locals_of).heads:
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
    concept = project.once(functions_of).get(place)
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
    member = member_called(project, *place, name)
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


# --- names that hide -------------------------------------------------------------------------------------


def _is_none(project: Project, target: Target) -> bool:
    """A name that a fallback set to None: calling it fails whatever is passed."""
    if target.kind != "variable" or target.index < 0:
        return False
    return project.files[target.file].facts.assignments[target.index].kind == "none"
