"""Names that functions bind themselves, and so hide what stands around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.concepts.calls import Site
from ssot_lint.linking.surroundings import scopes_around
from ssot_lint.model import MODULE, Node
from ssot_lint.queries.digests import digests
from ssot_lint.queries.walks import walk

if TYPE_CHECKING:
    from ssot_lint.project import Project


@dataclass(frozen=True, slots=True)
class _Locals:
    """The names that the functions of a file bind themselves."""

    assigned: frozenset[tuple[int, str]]  # (function, variable), as far as they were recorded
    heads: frozenset[str]  # every name that some function binds, by whatever means
    unsteady: frozenset[tuple[int, str]]  # variables that hold one thing after another


def is_local(project: Project, site: Site) -> bool:
    """Is the head of a callee a variable of a function around it? Only imports and definitions are resolved."""
    head = site.callee.partition(".")[0]
    bound = project.once_for(site.file, locals_of)
    if head not in bound.heads:
        return False
    around = scopes_around(project.files[site.file].facts, site.scope)
    return any((outer, head) in bound.assigned for outer in around)


@dataclass(frozen=True, slots=True)
class _Bodies:
    """What the flows of a file hold, read in one pass: (function, call), and (function, variable)."""

    calls: tuple[tuple[int, Node], ...]
    assigned: frozenset[tuple[int, str]]


def bodies_of(project: Project, file: int) -> _Bodies:
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


def locals_of(project: Project, file: int) -> _Locals:
    facts = project.files[file].facts
    found: set[tuple[int, str]] = set()
    if facts.deep is not None:
        found.update((call.scope, call.assigned) for call in facts.deep.calls if call.assigned)
        found.update((item.scope, item.target) for item in facts.deep.references if item.role == "stored")
    found.update(project.once_for(file, bodies_of).assigned)
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
