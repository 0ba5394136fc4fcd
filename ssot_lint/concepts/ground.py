"""What the claims of one concept are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.concepts.records import is_record
from ssot_lint.model import ClaimKind, Place
from ssot_lint.queries.members import all_members, lineage

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.project import Project

Finding = tuple[ClaimKind, str]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the claims of one concept are compared with."""

    concept: Concept
    canonical: Place | None
    declared: Mapping[Place, Finding]  # what config says outright
    members: frozenset[str]  # public methods and properties of the canonical class
    fields: frozenset[str]  # its public attributes
    is_record: bool
    contracts: frozenset[Place]  # ancestors of the canonical class and the configured protocol

    @property
    def names(self) -> tuple[str, ...]:
        return (self.concept.canonical_name, *self.concept.aliases)


def ground(project: Project, concept: Concept) -> Ground:
    """Reads the canonical class of a concept once for all its claims."""

    def place(symbol: str | None) -> Place | None:
        if not symbol:
            return None
        target = project.resolve_symbol(symbol).target
        return (target.file, target.index) if target.kind == "definition" else None

    canonical = place(concept.canonical)
    declared: dict[Place, Finding] = {}
    for symbol, kind, reason in (
        (concept.factory, "companion", "configured as the concept's factory"),
        (concept.protocol, "protocol", "configured as the concept's protocol"),
        (concept.test_double, "test-double", "configured as the concept's test double"),
        *((variant, "variant", "configured as a legal variant") for variant in concept.variants),
        (concept.canonical, "canonical", "configured as canonical"),
    ):
        found = place(symbol)
        if found is not None:
            declared[found] = (kind, reason)  # type: ignore[assignment]
    members: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    contracts: set[Place] = set()
    record = False
    if canonical is not None and project.definition_at(canonical).is_class:
        public = [item for item in all_members(project, *canonical).values() if item.is_public]
        members = frozenset(item.name for item in public if item.kind != "attribute")
        fields = frozenset(item.name for item in public if item.kind == "attribute")
        record = is_record(project, *canonical)
        contracts.update(list(lineage(project, *canonical))[1:])
    if (protocol := place(concept.protocol)) is not None:
        contracts.add(protocol)
    return Ground(concept, canonical, declared, members, fields, record, frozenset(contracts))
