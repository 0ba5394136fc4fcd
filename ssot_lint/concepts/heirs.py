"""Classes that are derived from a concept's canonical class, whatever they are called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.claims import ground_of
from ssot_lint.model import Place
from ssot_lint.queries.members import lineage

if TYPE_CHECKING:
    from ssot_lint.project import Project


def heirs(project: Project) -> Mapping[Place, str]:
    """Class outside the tests -> the concept whose canonical class stands above it."""
    return project.once(_heirs)


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
    # of the names, those under which something derives: there may be many, and each concept of the name asks
    led = {
        name: sorted(item for item in every if item in derived or item in names)
        for name, every in names.items()
    }
    found: dict[Place, str] = {}
    for concept in project.config.concepts:
        canonical = ground_of(project, concept.name).canonical
        if canonical is None or not project.definition_at(canonical).is_class:
            continue
        pending, seen = [project.definition_at(canonical).name, *concept.aliases], set[str]()
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            pending += led.get(name, ())
            for place in derived.get(name, ()):
                if place not in found and canonical in tuple(lineage(project, *place))[1:]:
                    found[place] = concept.name
                    pending.append(project.definition_at(place).name)
    return found
