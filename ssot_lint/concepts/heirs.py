"""Classes that are derived from an implementation of a concept, whatever they are called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.claims import claims, ground_of
from ssot_lint.model import Place
from ssot_lint.queries.members import lineage

if TYPE_CHECKING:
    from ssot_lint.project import Project


def heirs(project: Project) -> Mapping[Place, str]:
    """Class outside the tests -> the concept of which the canonical class, or a duplicate, stands above it.

    Those that the configuration names have a part of their own.
    """
    return project.once(_heirs)


def unnamed(project: Project) -> Mapping[Place, str]:
    """The heirs that claim nothing by their names: what shows whose they are is their bases alone."""
    return project.once(_unnamed)


def _unnamed(project: Project) -> Mapping[Place, str]:
    known = {(claim.file, claim.definition) for every in claims(project).values() for claim in every}
    return {place: name for place, name in heirs(project).items() if place not in known}


def _heirs(project: Project) -> Mapping[Place, str]:
    derived: defaultdict[str, list[Place]] = defaultdict(list)
    names: defaultdict[str, set[str]] = defaultdict(set)  # what a name is called elsewhere
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for index, definition in enumerate(source.facts.definitions):
            for base in definition.bases:
                derived[base.rpartition(".")[2]].append((file, index))
        for imp in source.facts.imports:
            if imp.asname and imp.name:
                names[imp.name].add(imp.asname)
        for item in source.facts.assignments:
            if item.renames:
                names[item.value.rpartition(".")[2]].add(item.name)
    # of the names, those under which something derives: there may be many, and each concept of the name asks
    led = {
        name: sorted(item for item in every if item in derived or item in names)
        for name, every in names.items()
    }
    found: dict[Place, str] = {}
    for concept in project.config.concepts:
        terms = ground_of(project, concept.name)
        if terms.canonical is None or not project.definition_at(terms.canonical).is_class:
            continue
        above = {terms.canonical}.union(
            (claim.file, claim.definition)
            for claim in claims(project)[concept.name]
            if claim.kind == "duplicate" and claim.definition >= 0
        )
        pending = sorted({project.definition_at(place).name for place in above}.union(concept.aliases))
        seen = set[str]()
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            pending += led.get(name, ())
            for place in derived.get(name, ()):
                if place in found or place in terms.declared:
                    continue
                if not above.isdisjoint(tuple(lineage(project, *place))[1:]):
                    found[place] = concept.name
                    pending.append(project.definition_at(place).name)
    return found
