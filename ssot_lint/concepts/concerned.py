"""Which definitions and names belong to a concept, or may."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from ssot_lint.concepts.claims import claims
from ssot_lint.concepts.heirs import heirs
from ssot_lint.model import Place
from ssot_lint.queries.members import all_members
from ssot_lint.queries.receivers import returned_by

if TYPE_CHECKING:
    from ssot_lint.project import Project

_Words = tuple[frozenset[str], frozenset[str]]

_CLASSES = frozenset({"canonical", "subclass", "variant", "duplicate", "shim", "test-double", "companion"})


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


def functions_of(project: Project) -> Mapping[Place, str]:
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
    return project.once(words_of_concepts)[0]


def may_concern(project: Project, name: str) -> bool:
    """Can a callee be a concept's, by the names alone?"""
    return is_among(project.once(words_of_concepts), name)


def is_among(words: _Words, name: str) -> bool:
    """Can a callee be a concept's, by the names alone? Most cannot, and need not be resolved."""
    last = name.rpartition(".")[2]
    names, members = words
    return (last in names or (last in members and "." in name)) and last != "" and "?" not in name


def words_of_concepts(project: Project) -> _Words:
    """(names that concepts' classes and factories go by anywhere, names of their members)"""
    names = {
        project.definition_at(place).name
        for place in (*concept_classes(project), *project.once(functions_of))
    }
    names |= {name for concept in project.config.concepts for name in concept.aliases}
    renamed: set[tuple[str, str]] = set()
    for source in project.files:
        if source.facts.deep is not None:
            imports, assignments = source.facts.imports, source.facts.assignments
            renamed.update((item.name, item.asname) for item in imports if item.name and item.asname)
            renamed.update((item.value.rpartition(".")[2], item.name) for item in assignments if item.renames)
    more = names
    while more:
        more = {new for old, new in renamed if old in more} - names
        names |= more
    members = {name for place in concept_classes(project) for name in all_members(project, *place)}
    return frozenset(names), frozenset(members)
