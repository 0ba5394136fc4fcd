"""What the rules, and the configuration, ask of a codemod: one request for each place or symbol."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.claims import import_path
from ssot_lint.model import Diagnostic, Fix
from ssot_lint.plan import Selection

if TYPE_CHECKING:
    from ssot_lint.config import Config
    from ssot_lint.project import Project

Admits = Callable[[Diagnostic], bool]


def requested(
    project: Project, name: str, found: Iterable[Diagnostic], selection: Selection, admits: Admits | None
) -> dict[str, list[dict[str, str]]]:
    """Concept -> the requests made of the codemod `name`: by what rules have `found`, and by the configuration.

    `admits`: only findings that it says yes to are repaired, and nothing else is asked for.
    """
    requests: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    accepted = name == "replace-with-shim" and selection.accept
    for diagnostic in found:
        fix = diagnostic.fix
        if fix is None and accepted:
            fix = _agreed(project, selection, diagnostic)
        concept = diagnostic.concept or ""
        if fix is None or fix.codemod != name or not is_wanted(project.config, selection, concept):
            continue
        if admits is not None and not admits(diagnostic):
            continue
        request = dict(fix.arguments)
        if selection.text_references and name == "rewrite-imports":
            request["text_references"] = "yes"
        if request not in requests[concept]:
            requests[concept].append(request)
    if name == "move-definition" and admits is None:
        for concept, request in homecomings(project):
            if is_wanted(project.config, selection, concept):
                requests[concept].append(request)
    return {concept: items for concept, items in requests.items() if items}


def is_wanted(config: Config, selection: Selection, concept: str) -> bool:
    """Is a concept, by its name, among those to plan for?"""
    if selection.concepts and concept not in selection.concepts:
        return False
    if not selection.owners:
        return True
    known = config.concept(concept)
    return known is not None and known.owner in selection.owners


def subject(request: Mapping[str, str]) -> str:
    """The symbol that a request is about."""
    return request.get("symbol") or request.get("old") or ""


def homecomings(project: Project) -> Iterator[tuple[str, dict[str, str]]]:
    """Concepts whose configured home hands on what another module defines: (concept, request to move it there)."""
    for concept in project.config.concepts:
        target = project.resolve_symbol(concept.canonical).target
        if target.kind != "definition":
            continue
        module, _, name = target.symbol.partition(":")
        if module != concept.canonical_module and name == concept.canonical_name:
            yield concept.name, {"symbol": target.symbol, "to": concept.canonical_module}


def _agreed(project: Project, selection: Selection, diagnostic: Diagnostic) -> Fix | None:
    """The replacement of a duplicate that is no drop-in, where somebody has agreed to it."""
    concept = project.config.concept(diagnostic.concept or "")
    if concept is None or diagnostic.symbol not in selection.accept or diagnostic.verdict is None:
        return None
    canonical = import_path(project, concept, diagnostic.symbol.partition(":")[2])
    if canonical is None:
        return None
    arguments = {"symbol": diagnostic.symbol, "canonical": canonical}
    if diagnostic.verdict != "drop-in":
        arguments["accept"] = diagnostic.verdict
    return Fix("replace-with-shim", arguments, safe=False)
