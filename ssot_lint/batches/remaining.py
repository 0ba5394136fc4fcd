"""What a plan leaves to be done: the violations that stay, and the requests that codemods refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ssot_lint.batches.requests import is_wanted
from ssot_lint.codemod import Refusal
from ssot_lint.model import Diagnostic
from ssot_lint.plan import BY_HAND, Refused, Selection

if TYPE_CHECKING:
    from ssot_lint.project import Project

FAMILIES = {"SSOT1": 1, "SSOT2": 1, "SSOT3": 2, "SSOT4": 3, "SSOT5": 4, "SSOT6": 1, "SSOT7": 5}
"""The phase in which the findings of a family of rules are dealt with."""

Refusals: TypeAlias = Mapping[tuple[str, str], Sequence[tuple[int, Refusal]]]
"""(codemod, concept) -> what the codemod refused, each with the phase."""


def remaining(
    project: Project, now: Iterable[Diagnostic], refusals: Refusals, selection: Selection
) -> Iterator[Refused]:
    """The violations found after all batches, each with the reason that a codemod gave, or that none repairs it.

    What else was refused follows.
    """
    given: defaultdict[tuple[str, str], list[tuple[str, Refusal]]] = defaultdict(list)
    for (name, concept), items in refusals.items():
        for _, refusal in items:
            given[refusal.path, concept].append((name, refusal))
    told: set[Refusal] = set()
    for diagnostic in now:
        concept = diagnostic.concept or ""
        phase = FAMILIES.get(diagnostic.rule[:5], 1)
        if not is_wanted(project.config, selection, concept):
            continue
        if selection.phases and phase not in selection.phases:
            continue
        near = _refusal(diagnostic, given.get((diagnostic.path, concept), ()))
        if near is not None:
            told.add(near)
        reason = near.reason if near is not None else _unrepaired(project, diagnostic, phase)
        verdict = diagnostic.verdict or ""
        yield Refused(diagnostic.path, diagnostic.line, concept, diagnostic.rule, reason, verdict, phase)
    rows: set[tuple[Refusal, str, str]] = set()
    for (name, concept), items in sorted(refusals.items()):
        for phase, refusal in items:
            row = (refusal, name, concept)
            if refusal not in told and row not in rows:
                rows.add(row)
                yield Refused(refusal.path, refusal.line, concept, name, refusal.reason, "", phase)


def _refusal(diagnostic: Diagnostic, given: Iterable[tuple[str, Refusal]]) -> Refusal | None:
    """Why the codemod that would repair a violation did not: of the refusals about its symbol or line, the nearest."""
    if diagnostic.fix is None:
        return None
    about = [
        refusal
        for name, refusal in given
        if name == diagnostic.fix.codemod
        and (_is_about(refusal, diagnostic.symbol) or refusal.line == diagnostic.line)
    ]
    return min(about, key=lambda refusal: (refusal.line != diagnostic.line, refusal), default=None)


def _is_about(refusal: Refusal, symbol: str | None) -> bool:
    """Is the refusal about the symbol, or about a name in the module that it stands for?"""
    return refusal.symbol in ("", symbol) or refusal.symbol.partition(":")[0] == symbol


def _unrepaired(project: Project, diagnostic: Diagnostic, phase: int) -> str:
    """Why a violation stays of which no codemod said anything."""
    if diagnostic.verdict and diagnostic.verdict != "drop-in":
        return f"{diagnostic.verdict}: {'; '.join(diagnostic.reasons[1:]) or diagnostic.message}"
    if phase in BY_HAND:
        return diagnostic.message
    if diagnostic.fix is not None:
        return f"{diagnostic.fix.codemod} does not repair this"
    if diagnostic.rule == "SSOT201":
        there = diagnostic.related[-1].path if diagnostic.related else ""
        return f"imports a duplicate that stays{f': {there} says why' if there else ''}"
    if diagnostic.verdict and _is_in_tests(project, diagnostic.path):
        what = f"`--accept {diagnostic.symbol}` puts the canonical one in its place"
        return f"a copy in test code may be meant: {what}"
    return "no codemod repairs this: it needs a decision of yours"


def _is_in_tests(project: Project, path: str) -> bool:
    return path in project.by_path and project.files[project.by_path[path]].is_test
