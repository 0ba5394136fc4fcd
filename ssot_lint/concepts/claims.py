"""Every definition that claims to be a configured concept, with what it turned out to be.

A name match is a question. `name_matches` counts the questions, `claims` answers them, `funnel` puts both
together per concept. A claim belongs to one concept: where several patterns match its name, the concept whose
head noun the name ends with (`WebSocketConnectionManager` is a manager), then the longest literal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.classify import classify, classify_function
from ssot_lint.concepts.ground import Ground, ground
from ssot_lint.concepts.name_matches import below, concept_of, name_matches, named
from ssot_lint.model import MODULE, Claim, ClaimKind, ConceptSummary, Import, Related

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.project import Project

_NO_IMPLEMENTATION: frozenset[ClaimKind | None] = frozenset({"test-case", "companion", "protocol"})


def claims(project: Project) -> Mapping[str, tuple[Claim, ...]]:
    """Concept name -> its claims, by path and line. Worked out once per project."""
    return project.once(_claims)


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


def _claims(project: Project) -> Mapping[str, tuple[Claim, ...]]:
    found: dict[str, list[Claim]] = {concept.name: [] for concept in project.config.concepts}
    grounds = project.once(_grounds)
    for number, index, concept in project.once(named):
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
