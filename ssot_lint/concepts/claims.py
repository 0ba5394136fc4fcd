"""Every definition that claims to be a configured concept, with what it turned out to be.

A name match is a question. `name_matches` counts the questions, `claims` answers them, `funnel` puts both
together per concept. A claim belongs to one concept: where several patterns match its name, the concept whose
head noun the name ends with (`WebSocketConnectionManager` is a manager), then the longest literal.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from fnmatch import translate
from typing import TYPE_CHECKING, NamedTuple

from ssot_lint.concepts.classify import classify, classify_function
from ssot_lint.concepts.ground import Ground, ground
from ssot_lint.concepts.titles import words
from ssot_lint.model import MODULE, Assignment, Claim, ClaimKind, ConceptSummary, Import, Related

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.project import Project

_NO_IMPLEMENTATION: frozenset[ClaimKind | None] = frozenset({"test-case", "companion", "protocol"})
_WILDCARDS = re.compile(r"\[[^\]]*\]|[*?]+")


def claims(project: Project) -> Mapping[str, tuple[Claim, ...]]:
    """Concept name -> its claims, by path and line. Worked out once per project."""
    return project.once(_claims)


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
    for file, index, _ in project.once(_named):
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


def funnel(project: Project, paths: Collection[str] | None = None) -> Mapping[str, ConceptSummary]:
    """Concept name -> how many names match, how many claims there are, in how many files, of which kinds.

    `paths` narrow what is counted, never what is linked. `violations` is left at 0: the caller knows them.
    """
    within = below(paths)
    matches = name_matches(project, paths)
    found: dict[str, ConceptSummary] = {}
    for name, every in claims(project).items():
        here = [claim for claim in every if within(claim.path)]
        kinds = Counter(claim.kind for claim in here)
        found[name] = ConceptSummary(
            claims=len(here),
            files=len({claim.path for claim in here}),
            by_kind={kind: kinds[kind] for kind in sorted(kinds)},
            names=matches[name],
        )
    return found


def below(paths: Collection[str] | None) -> Callable[[str], bool]:
    """Does a path lie at or below one of `paths`? All do when there are none."""
    if not paths:
        return lambda path: True
    wanted = {path.strip("/").removeprefix("./") for path in paths}
    if wanted & {"", "."}:
        return lambda path: True
    prefixes = tuple(path + "/" for path in sorted(wanted))
    return lambda path: path in wanted or path.startswith(prefixes)


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


def _named(project: Project) -> tuple[tuple[int, int, Concept], ...]:
    """(file, class, concept) of every class, at any depth, whose name claims a concept."""
    found: list[tuple[int, int, Concept]] = []
    for number, source in enumerate(project.files):
        if source.facts.deep is None:  # none of the words that a claim's name must hold occurs in it
            continue
        for index, definition in enumerate(source.facts.definitions):
            if definition.kind == "class" and (concept := concept_of(project, definition.name)) is not None:
                found.append((number, index, concept))
    return tuple(found)


def _claims(project: Project) -> Mapping[str, tuple[Claim, ...]]:
    found: dict[str, list[Claim]] = {concept.name: [] for concept in project.config.concepts}
    grounds = project.once(_grounds)
    for number, index, concept in project.once(_named):
        kind, reason = classify(project, grounds[concept.name], number, index)
        definition = project.definition_at((number, index))
        symbol = project.symbol(number, index)
        importers = len({file for file, _ in project.users(symbol)})
        found[concept.name].append(
            Claim(
                concept.name, project.files[number].path, definition.line, symbol, kind, reason, number, index,
                importers,
            )
        )  # fmt: skip
    for concept in project.config.concepts:
        found[concept.name] += _functions(project, grounds[concept.name])
    kinds = {claim.symbol: claim.kind for every in found.values() for claim in every}
    for claim in _handed_on(project, kinds):
        found[claim.concept].append(claim)
    return {
        name: tuple(sorted(every, key=lambda claim: (claim.path, claim.line, claim.symbol)))
        for name, every in found.items()
    }


def _grounds(project: Project) -> Mapping[str, Ground]:
    return {concept.name: ground(project, concept) for concept in project.config.concepts}


def ground_of(project: Project, concept: str) -> Ground:
    """What the claims of a concept were compared with."""
    return project.once(_grounds)[concept]


def import_path(project: Project, concept: Concept, name: str = "") -> str | None:
    """`module:Name` under which the canonical definition is to be imported; None where it cannot be found.

    From the concept's import path, under `name` if that is one of its names there, else under the first it has.
    """
    symbol = project.resolve_symbol(concept.canonical).target.symbol
    home = project.find_module(concept.home)
    known = (concept.canonical_name, *concept.aliases)
    if home is not None:
        for candidate in (name, *known) if name in known else known:
            if project.name(home, candidate).target.symbol == symbol:
                return f"{concept.home}:{candidate}"
    return (
        concept.canonical if project.resolve_symbol(concept.canonical).target.kind == "definition" else None
    )


def canonical_place(project: Project, concept: Concept) -> tuple[Related, ...]:
    """Where the canonical definition stands, as a place to look at; nothing when it cannot be found."""
    target = project.resolve_symbol(concept.canonical).target
    if target.kind != "definition":
        return ()
    path, line = project.files[target.file].path, project.definition(target).line
    return (Related(path, line, "the canonical definition"),)


def _functions(project: Project, terms: Ground) -> Iterator[Claim]:
    """Claims of a concept whose canonical definition is a function."""
    if terms.canonical is None:
        return
    if project.definition_at(terms.canonical).is_class:
        return
    for number, source in enumerate(project.files):
        if source.facts.deep is None:
            continue
        for index, definition in enumerate(source.facts.definitions):
            owner = definition.parent
            if definition.is_class or (owner != MODULE and source.facts.definitions[owner].is_class):
                continue
            if concept_of(project, definition.name) is not terms.concept:
                continue
            kind, reason = classify_function(project, terms, number, index)
            symbol = project.symbol(number, index)
            importers = len({file for file, _ in project.users(symbol)})
            yield Claim(
                terms.concept.name,
                source.path,
                definition.line,
                symbol,
                kind,
                reason,
                number,
                index,
                importers,
            )


# --- names that hand a definition on ---------------------------------------------------------------------


def _handed_on(project: Project, kinds: Mapping[str, ClaimKind]) -> Iterator[Claim]:
    """Aliases by assignment, re-exports by import, and names that a module's `__getattr__` answers.

    Names that hand on what is no implementation (a test case, a record, a protocol) claim nothing.
    """
    for number, source in enumerate(project.files):
        facts = source.facts
        if facts.deep is None or facts.problem is not None:
            continue
        for assignment in facts.assignments:
            if assignment.scope != MODULE or assignment.kind not in ("name", "new-type"):
                continue
            concept = concept_of(project, assignment.name)
            if concept is None:
                continue
            target = project.resolve(number, assignment.value).target
            if target.kind == "definition" and kinds.get(target.symbol) not in _NO_IMPLEMENTATION:
                how = "another name for" if assignment.kind == "name" else "a NewType of"
                reason = f"{how} {target.symbol}"
                yield _name(project, concept, number, assignment.line, assignment.name, "alias", reason)
        for imp in facts.imports:
            if (
                imp.scope == MODULE
                and imp.name not in (None, "*")
                and concept_of(project, imp.bound) is not None
                and not project.type_checking(number, imp.branch)
            ):
                yield from _re_export(project, number, imp, kinds)
        for name in facts.getattr_names or ():
            concept = concept_of(project, name)
            if concept is not None:
                line = next((item.line for item in facts.definitions if item.qualname == "__getattr__"), 1)
                yield _name(
                    project, concept, number, line, name, "shim", "answered by the module's __getattr__"
                )


def _re_export(project: Project, file: int, imp: Import, kinds: Mapping[str, ClaimKind]) -> Iterator[Claim]:
    """An import that others use: the name is in `__all__`, or some file imports it from here.

    Under its own name only the canonical definition counts, and not where users are to import it from.
    """
    concept = concept_of(project, imp.bound)
    if concept is None:
        return
    exported = imp.bound in (project.files[file].facts.exports or ())
    target = project.resolve_import(file, imp).target
    if not (exported or project.once(_taken).get((file, imp.bound))) or target.kind != "definition":
        return
    if imp.bound != imp.name:
        if kinds.get(target.symbol) not in _NO_IMPLEMENTATION | {"test-double"}:
            reason = f"re-exports {target.symbol} under another name"
            yield _name(project, concept, file, imp.line, imp.bound, "alias", reason)
    elif kinds.get(target.symbol) == "canonical" and project.files[file].module != concept.home:
        yield _name(project, concept, file, imp.line, imp.bound, "shim", f"re-exports {target.symbol}")


def _name(
    project: Project, concept: Concept, file: int, line: int, name: str, kind: ClaimKind, reason: str
) -> Claim:
    source = project.files[file]
    importers = len(project.once(_taken).get((file, name), ()))
    return Claim(
        concept.name, source.path, line, f"{source.module}:{name}", kind, reason, file, -1, importers
    )


def _taken(project: Project) -> Mapping[tuple[int, str], frozenset[int]]:
    """(file, name) -> the files that import the claimed name from there."""
    found: dict[tuple[int, str], set[int]] = defaultdict(set)
    for number, source in enumerate(project.files):
        if source.facts.deep is None:
            continue
        for imp in source.facts.imports:
            if imp.name is None or concept_of(project, imp.name) is None:
                continue
            module = project.absolute(number, imp)
            home = project.find_module(module, number) if module is not None else None
            if home is not None and home != number:
                found[home, imp.name].add(number)
    return {key: frozenset(files) for key, files in found.items()}
