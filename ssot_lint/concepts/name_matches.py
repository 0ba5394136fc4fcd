"""Which definitions bear a name of a concept."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from fnmatch import translate
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.concepts.titles import words
from ssot_lint.model import MODULE, Assignment

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.project import Project

_WILDCARDS = re.compile(r"\[[^\]]*\]|[*?]+")


def name_matches(
    project: Project, paths: Collection[str] | None = None
) -> Mapping[str, dict[str, tuple[int, int]]]:
    """Concept name -> pattern -> (class statements whose name matches, files they stand in).

    A pattern counts every match, whichever concept the class is counted for in the end; classes that calls make are
    left out, as a search for `class` leaves them out.

    >>> name_matches(project, ["backend"])["websocket-manager"]  # doctest: +SKIP
    {'*WebSocketManager*': (27, 24)}
    """
    return _name_matches(project, below(paths)) if paths else project.once(_all_name_matches)


def _all_name_matches(project: Project) -> Mapping[str, dict[str, tuple[int, int]]]:
    return _name_matches(project, below(None))


def _name_matches(
    project: Project, within: Callable[[str], bool]
) -> Mapping[str, dict[str, tuple[int, int]]]:
    homes: dict[str, list[int]] = defaultdict(list)  # name -> the file of each class statement
    for file, index, _ in project.once(named):
        item = project.definition_at((file, index))
        if not item.made and within(project.files[file].path):
            homes[item.name].append(file)
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for concept in project.config.concepts:
        found[concept.name] = {}
        for pattern in concept.names:
            if _WILDCARDS.search(pattern):
                match = re.compile(translate(pattern)).match
                files = [file for name in homes if match(name) for file in homes[name]]
            else:
                files = homes.get(pattern, [])
            found[concept.name][pattern] = (len(files), len(set(files)))
    return found


def concept_of(project: Project, name: str) -> Concept | None:
    """The concept that a class of this name claims to be, or None."""
    return project.once_for(name, _concept_of)


def _concept_of(project: Project, name: str) -> Concept | None:
    known = project.once(_patterns)
    asked = list(known.plain.get(name, ()))
    if known.any_glob(name):  # hardly any name is a claim
        asked += [
            (position, concept, pattern) for position, concept, pattern, match in known.globs if match(name)
        ]
    if not asked:
        return None
    # of equals the first in the configuration
    return max(asked, key=lambda item: (_rank(item[1], name, item[2]), -item[0]))[1]


class _Patterns(NamedTuple):
    """Under which names concepts are claimed, each with its position in the configuration."""

    plain: Mapping[str, list[tuple[int, Concept, str]]]  # by the name: there may be thousands
    globs: tuple[tuple[int, Concept, str, Callable[[str], object]], ...]
    any_glob: Callable[[str], object]


def _patterns(project: Project) -> _Patterns:
    plain: dict[str, list[tuple[int, Concept, str]]] = defaultdict(list)
    globs: list[tuple[int, Concept, str, Callable[[str], object]]] = []
    every = (
        (concept, pattern)
        for concept in project.config.concepts
        for pattern in (
            *concept.names,
            concept.canonical_name,
            *concept.aliases,
            *sorted(project.once(_other_names)[concept.name]),
        )
    )
    for position, (concept, pattern) in enumerate(every):
        if _WILDCARDS.search(pattern):
            globs.append((position, concept, pattern, re.compile(translate(pattern)).match))
        else:
            plain[pattern].append((position, concept, pattern))
    alternatives = "|".join(translate(pattern) for pattern in sorted({item[2] for item in globs}))
    return _Patterns(plain, tuple(globs), re.compile(alternatives or r"(?!)").match)


def _other_names(project: Project) -> Mapping[str, frozenset[str]]:
    """Concept -> names that production code itself gives the canonical class: `ThreadManager = Manager`.

    Only those that hold all words of a configured name, since an alias may also say what else the class does.
    """
    given: dict[str, list[tuple[int, Assignment]]] = defaultdict(
        list
    )  # by the last part of what is given a name
    for number, source in enumerate(project.files):
        if source.is_test or source.facts.deep is None:
            continue
        for item in source.facts.assignments:
            if item.kind == "name" and item.scope == MODULE:
                given[item.value.rpartition(".")[2]].append((number, item))
    found: dict[str, set[str]] = {concept.name: set() for concept in project.config.concepts}
    for concept in project.config.concepts:
        known = {concept.canonical_name, *concept.aliases}
        wanted = [set(words(max(_WILDCARDS.split(item), key=len))) for item in (*concept.names, *known)]
        canonical = project.resolve_symbol(concept.canonical).target
        if canonical.kind != "definition" or not project.definition(canonical).is_class:
            continue
        for number, item in (place for name in known for place in given.get(name, ())):
            says = set(words(item.name))
            if (
                any(part and part <= says for part in wanted)
                and project.resolve(number, item.value).target == canonical
            ):
                found[concept.name].add(item.name)
    return {name: frozenset(names) for name, names in found.items()}


def _rank(concept: Concept, name: str, pattern: str) -> tuple[bool, int, int]:
    heads = {words(item)[-1:] for item in (concept.canonical_name, *concept.aliases)}
    literal = max(_WILDCARDS.split(pattern), key=len)
    return words(name)[-1:] in heads, name.rfind(literal) + len(literal), len(literal)


def named(project: Project) -> tuple[tuple[int, int, Concept], ...]:
    """(file, class, concept) of every class, at any depth, whose name claims a concept."""
    found: list[tuple[int, int, Concept]] = []
    for number, source in enumerate(project.files):
        if source.facts.deep is None:  # none of the words that a claim's name must hold occurs in it
            continue
        for index, definition in enumerate(source.facts.definitions):
            if definition.kind == "class" and (concept := concept_of(project, definition.name)) is not None:
                found.append((number, index, concept))
    return tuple(found)


def below(paths: Collection[str] | None) -> Callable[[str], bool]:
    """Does a path lie at or below one of `paths`? All do when there are none."""
    if not paths:
        return lambda path: True
    wanted = {path.strip("/").removeprefix("./") for path in paths}
    if wanted & {"", "."}:
        return lambda path: True
    prefixes = tuple(path + "/" for path in sorted(wanted))
    return lambda path: path in wanted or path.startswith(prefixes)
