"""The canonical definitions and the duplicates of all concepts by symbol, and the imports of either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ssot_lint.config import Concept
from ssot_lint.model import Claim
from ssot_lint.project import Project, Target


def canonicals(project: Project) -> Mapping[str, Concept]:
    """The symbols of the canonical definitions that exist -> their concept."""
    return project.once(_canonicals)


def _canonicals(project: Project) -> Mapping[str, Concept]:
    found: dict[str, Concept] = {}
    for concept in project.config.concepts:
        target = project.resolve_symbol(concept.canonical).target
        if target.kind in ("definition", "variable"):
            found.setdefault(target.symbol, concept)
    return found


def duplicates(project: Project) -> Mapping[str, Claim]:
    """The symbols of the duplicates of all concepts -> their claim."""
    return project.once(_duplicates)


def _duplicates(project: Project) -> Mapping[str, Claim]:
    from ssot_lint.concepts.claims import claims

    return {
        claim.symbol: claim
        for found in claims(project).values()
        for claim in found
        if claim.kind == "duplicate"
    }


def concept_imports(project: Project) -> tuple[tuple[int, int], ...]:
    """(file, number) of every import of a name that is a concept's canonical definition or a duplicate of one."""
    return project.once(_concept_imports)


def _concept_imports(project: Project) -> tuple[tuple[int, int], ...]:
    wanted = canonicals(project).keys() | duplicates(project).keys()
    return tuple(
        (index, number)
        for index, answers in enumerate(project.resolutions)
        for number, answer in enumerate(answers)
        if answer.targets[0].symbol in wanted
        or (len(answer.targets) > 1 and any(target.symbol in wanted for target in answer.targets))
    )


def canonical_of(project: Project, targets: Sequence[Target]) -> Concept | None:
    """The concept whose canonical definition is among the candidates."""
    known = canonicals(project)
    for target in targets:
        concept = known.get(target.symbol)
        if concept is not None:
            return concept
    return None
