"""The context that a concept's factory needs: its class, and the parameter that takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.concepts.titles import words
from ssot_lint.model import ClaimKind, Parameter, Place
from ssot_lint.queries.members import lineage
from ssot_lint.queries.receivers import (
    annotated,
)

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.project import Project

_BUILT: frozenset[ClaimKind] = frozenset({"canonical", "subclass", "duplicate"})
_STANDING_IN: frozenset[ClaimKind] = frozenset({"variant", "shim", "protocol"})
_CONTEXT_WORDS = ("context", "ctx")


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
    definition = project.definition_at(place)
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
