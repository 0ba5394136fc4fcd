"""Which modules tell by their deprecation warning alone that what they hand on lives elsewhere now."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ssot_lint.concepts.claims import ground_of
from ssot_lint.model import MODULE, Node, Place
from ssot_lint.queries.again import module_flow

if TYPE_CHECKING:
    from ssot_lint.linking.targets import Target
    from ssot_lint.project import Project

_HELPING = frozenset({"__future__", "typing", "typing_extensions", "warnings"})


def only_hands_on(project: Project, file: int, warning: Collection[int]) -> bool:
    """Does a module do nothing but import from the project, and warn on these lines?"""
    source = project.files[file]
    facts = source.facts
    if source.is_package or facts.main_guard or facts.definitions:
        return False
    own, others = taken(project, file)
    if not own or any(item.symbol.partition(".")[0] not in _HELPING for item in others):
        return False
    flow = module_flow(project, file)
    return flow is not None and all(_is_slight(item, warning) for item in flow.body.children)


def taken(project: Project, file: int) -> tuple[list[Target], list[Target]]:
    """What a module imports as it loads: of the project, and of others or in vain."""
    imports = [imp for imp in project.files[file].facts.imports if imp.scope == MODULE]
    targets = [project.resolve_import(file, imp).target for imp in imports]
    own = [item for item in targets if item.kind in ("definition", "module", "variable") and item.file >= 0]
    return own, [item for item in targets if item not in own]


def _is_slight(statement: Node, warning: Collection[int]) -> bool:
    """Is it the docstring, the warning, a list of exports or another name for something?"""
    match statement.kind, statement.children:
        case "assign", [value, *targets]:
            return value.kind == "name" or [item.text for item in targets] == ["__all__"]
        case "expression", [value] if value.kind == "constant":
            return True
        case _:
            return statement.line in warning


def brought(project: Project, file: int) -> tuple[tuple[str, ...], str | None]:
    """The names that a module imports from the project, and the concept that is among them."""
    canonical: dict[Place, str] = {}
    for concept in project.config.concepts:
        place = ground_of(project, concept.name).canonical
        if place is not None:
            canonical[place] = concept.name
    names: dict[str, str | None] = {}
    for imp in project.files[file].facts.imports:
        target = project.resolve_import(file, imp).target
        if imp.scope == MODULE and imp.name != "*" and target.file >= 0 and target.kind != "module":
            names[imp.bound] = canonical.get((target.file, target.index))
    return tuple(sorted(names)), next((of for _, of in sorted(names.items()) if of), None)
