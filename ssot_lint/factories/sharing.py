"""Where an instance that belongs to one user is kept so that others get it too.

`keeps` finds the places: names of modules and classes, caches of functions, default arguments, closures, the
state of an application, tables whose key says nothing about the user, and attributes of objects that are
themselves shared. `reach` says how what is kept gets to callers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ssot_lint.factories.holders import on_shared
from ssot_lint.factories.instances import instances, wrappers
from ssot_lint.factories.keepers import kept_in, kept_unheard
from ssot_lint.factories.pools import pooled
from ssot_lint.factories.selfmade import kept_by_themselves
from ssot_lint.factories.stores import Kept
from ssot_lint.factories.unheard import classes_unheard
from ssot_lint.model import MODULE, Location, Related
from ssot_lint.queries.digests import calls_of
from ssot_lint.queries.walks import argument

if TYPE_CHECKING:
    from ssot_lint.project import Project


def keeps(project: Project, concepts: Collection[str]) -> tuple[Kept, ...]:
    """Every place outside the tests that keeps an instance of these concepts, by path and line."""
    classes = frozenset(place for place, concept in instances(project).items() if concept in concepts)
    found: dict[Location, Kept] = {}
    functions, named = (wrappers(project).seen, classes_unheard(project)) if classes else ({}, {})
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        every: list[Kept] = []
        if source.facts.deep is not None:
            every += (*kept_in(project, file, classes), *pooled(project, file, classes))
        if file in functions or file in named:
            names = functions.get(file, frozenset()) | named.get(file, frozenset())
            every += kept_unheard(project, file, names, classes)
        every += kept_by_themselves(project, file, classes) if classes else ()
        for kept in every:
            found.setdefault(kept.location, kept)
    for kept in on_shared(project, classes):
        found.setdefault(kept.location, kept)
    return tuple(found[place] for place in sorted(found))


# --- how it reaches callers -----------------------------------------------------------------------------------


def reach(project: Project, kept: Kept, limit: int = 3) -> tuple[Related, ...]:
    """The functions that hand out what is kept, and the first places that import or depend on it."""
    source = project.files[kept.file]
    definitions = source.facts.definitions
    found: list[Related] = []
    providers = {kept.name}
    for item in source.facts.deep.references if source.facts.deep is not None else ():
        if item.role == "returned" and item.name == kept.name and item.scope != MODULE:
            function = definitions[item.scope]
            found.append(Related(source.path, function.line, f"{function.name} returns it"))
            providers.add(function.name)
    users: list[Related] = []
    for name in sorted(providers):
        project.asked.add(f"{source.module}:{name}")
        for file, line in project.once(_importers).get((source.module, name), ()):
            users.append(Related(project.files[file].path, line, f"gets it through {name}"))
    for _, node in calls_of(project, kept.file).get("Depends", ()):
        given = argument(node, "dependency", 0)
        if given is not None and given.text in providers:
            users.append(Related(source.path, node.line, f"depends on {given.text}"))
    return (*dict.fromkeys(found), *users[:limit])


def _importers(project: Project) -> Mapping[tuple[str, str], tuple[tuple[int, int], ...]]:
    """(module, name) -> (file, line) of the imports outside the tests, for functions that give instances and names kept."""
    wanted = project.once(_kept_names)
    found: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for imp in source.facts.imports:
            if imp.name in wanted and imp.name is not None:
                module = project.absolute(file, imp)
                if module is not None:
                    found[module, imp.name].append((file, imp.line))
    return {key: tuple(places) for key, places in found.items()}


def _kept_names(project: Project) -> frozenset[str]:
    found: set[str] = set()
    for source in project.files:
        if source.facts.deep is None or source.is_test:
            continue
        found |= {source.facts.definitions[item.scope].name for item in source.facts.deep.references
                  if item.role == "returned" and item.scope != MODULE}  # fmt: skip
        found |= {
            item.name for item in source.facts.assignments if item.scope == MODULE and item.kind == "call"
        }
    return frozenset(found)
