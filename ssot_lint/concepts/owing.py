"""Who owes the members of a contract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.claims import claims
from ssot_lint.concepts.contracts import IMPLEMENTING, MAKERS, Contract, is_contract, protocol_place
from ssot_lint.concepts.titles import words
from ssot_lint.model import ClaimKind, Place
from ssot_lint.queries.closure import closure
from ssot_lint.queries.members import all_members, lineage

if TYPE_CHECKING:
    from ssot_lint.project import Project


def implementations(project: Project, contract: Contract) -> tuple[Place, ...]:
    """The classes that owe a contract: claims of the concept, and what derives from its protocol."""
    found: dict[Place, None] = {}
    for claim in claims(project)[contract.concept.name]:
        if claim.kind in IMPLEMENTING and claim.definition >= 0:
            place = (claim.file, claim.definition)
            if project.definition_at(place).is_class and _acts(project, contract, claim.kind, place):
                found[place] = None
    if contract.place is not None:
        kinds = {
            (item.file, item.definition): item.kind for every in claims(project).values() for item in every
        }
        for place in project.once(_derived).get(contract.place, ()):
            if kinds.get(place, "duplicate") in IMPLEMENTING and not is_contract(project, *place):
                found[place] = None
    return tuple(sorted(found))


def _acts(project: Project, contract: Contract, kind: ClaimKind, place: Place) -> bool:
    """Does the class offer itself as an instance of the concept? One that only hands out others does not."""
    if place == contract.place or is_contract(project, *place):
        return False
    ends = words(project.definition_at(place).name)[-1:]
    if ends and ends[0] in MAKERS and ends != words(contract.concept.canonical_name)[-1:]:
        return False
    methods = [item for item in all_members(project, *place).values() if item.is_public and item.is_called]
    if (
        contract.place is None and not contract.concept.members
    ):  # what users call is no promise of all the others
        if project.files[place[0]].is_test or kind == "test-double":
            return False
        offered = sum(
            item.definition >= 0 and item.name in contract.owed
            for item in all_members(project, *place).values()
        )
        return 2 * offered > len(contract.owed)
    return kind != "shim" or not methods or any(item.kind == "method" for item in methods)


def _derived(project: Project) -> Mapping[Place, tuple[Place, ...]]:
    """Protocol class -> the classes that derive from it by name."""
    wanted = {
        place
        for concept in project.config.concepts
        if concept.protocol and (place := protocol_place(project, concept)) is not None
    }
    found: dict[Place, list[Place]] = {place: [] for place in wanted}
    names = known_as(project, {project.definition_at(place).name for place in wanted}) if wanted else set()
    for file, source in enumerate(project.files):
        if source.facts.deep is None:
            continue
        for index, definition in enumerate(source.facts.definitions):
            if definition.is_class and any(base.rpartition(".")[2] in names for base in definition.bases):
                for ancestor in list(lineage(project, file, index))[1:]:
                    if ancestor in found:
                        found[ancestor].append((file, index))
    return {place: tuple(items) for place, items in found.items()}


def known_as(project: Project, names: set[str]) -> set[str]:
    """The names under which these classes and those derived from them may be met: their own, and what they are
    renamed to."""
    return set(closure(names, project.once(_renamings)))


def _renamings(project: Project) -> Mapping[str, set[str]]:
    """Name -> what it is imported or assigned as, and the classes that derive from one that is called so."""
    steps: defaultdict[str, set[str]] = defaultdict(set)
    for source in project.files:
        facts = source.facts
        if facts.deep is None:
            continue
        for imp in facts.imports:
            if imp.name and imp.asname:
                steps[imp.name].add(imp.asname)
        for item in facts.assignments:
            if item.renames:
                steps[item.value.rpartition(".")[2]].add(item.name)
        for definition in facts.definitions:
            for base in definition.bases:
                steps[base.rpartition(".")[2]].add(definition.name)
    return steps
