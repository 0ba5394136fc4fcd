"""Concepts and their claims -> text, JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from ssot_lint.concepts.claims import canonical_place, claims, funnel
from ssot_lint.concepts.verdict import verdict
from ssot_lint.config import Concept
from ssot_lint.model import Claim, ClaimKind
from ssot_lint.project import Project
from ssot_lint.reporters import one_line
from ssot_lint.reporters.text import matching
from ssot_lint.wording import count

FORMATS = ("text", "json")

KINDS: tuple[ClaimKind, ...] = (
    "canonical", "duplicate", "variant", "subclass", "alias", "shim", "protocol", "companion", "test-double",
    "test-case",
)  # fmt: skip
"""In the order in which the text lists them."""


def render(
    project: Project,
    concepts: Sequence[Concept],
    form: str,
    kinds: Collection[str] = (),
    importers: bool = False,
    colour: bool = False,
) -> str:
    """The claims of some concepts in one of `FORMATS`, with a final newline. Colour is for text only.

    `kinds`: only these; empty means all. `importers`: name the files that import each claim, in the text.
    """
    chosen = [(concept, _claims(project, concept, kinds)) for concept in concepts]
    if form == "json":
        return _json(chosen)
    bold = "\x1b[1m{}\x1b[0m" if colour else "{}"
    return "\n".join(_block(project, concept, found, importers, bold) for concept, found in chosen)


def _claims(project: Project, concept: Concept, kinds: Collection[str]) -> list[Claim]:
    found = [claim for claim in claims(project)[concept.name] if not kinds or claim.kind in kinds]
    return [
        replace(claim, verdict=verdict(project, claim)[0]) if claim.kind == "duplicate" else claim
        for claim in found
    ]


def _json(chosen: Sequence[tuple[Concept, Sequence[Claim]]]) -> str:
    document = {
        "schema_version": 1,
        "concepts": [
            {
                "name": concept.name,
                "canonical": concept.canonical,
                "claims": [
                    {
                        "path": claim.path,
                        "line": claim.line,
                        "symbol": claim.symbol,
                        "kind": claim.kind,
                        "reason": claim.reason,
                        "importers": claim.importers,
                        "verdict": claim.verdict,
                    }
                    for claim in found
                ],
            }
            for concept, found in chosen
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _block(project: Project, concept: Concept, found: Sequence[Claim], importers: bool, bold: str) -> str:
    summary = funnel(project)[concept.name]
    lines = [bold.format(concept.name), f"  canonical {concept.canonical}"]
    places = canonical_place(project, concept)
    lines += [f"            {place.path}:{place.line}" for place in places] or ["            cannot be found"]
    if concept.home != concept.canonical_module:
        lines.append(f"  import from {concept.home}")
    if concept.owner:
        lines.append(f"  owner {concept.owner}")
    for pattern, (classes, files) in matching(summary).items():
        lines.append(f"  {count(classes, 'class', 'classes')} in {count(files, 'file')} match {pattern}")
    parts = ", ".join(f"{summary.by_kind[kind]:,} {kind}" for kind in KINDS if kind in summary.by_kind)
    lines.append(
        f"  {count(summary.claims, 'claim')} in {count(summary.files, 'file')}"
        + (f": {parts}" if parts else "")
    )
    for kind in KINDS:
        of_kind = [claim for claim in found if claim.kind == kind]
        if of_kind:
            lines += ["", "  " + bold.format(kind)]
            for claim in of_kind:
                lines += _lines(project, claim, importers)
    return "\n".join(lines) + "\n"


def _lines(project: Project, claim: Claim, importers: bool) -> list[str]:
    used = f"  ({count(claim.importers, 'importer')})" if claim.importers else ""
    lines = [
        one_line(f"    {claim.path}:{claim.line}  {claim.symbol.rpartition(':')[2]}{used}"),
        f"        {claim.reason}",
    ]
    if claim.verdict is not None:
        ruling, reasons = verdict(project, claim)
        lines.append(f"        replacing it: {ruling}")
        lines += [one_line(f"          - {reason}") for reason in reasons]
    if importers and claim.definition >= 0:
        files = sorted({project.files[file].path for file, _ in project.users(claim.symbol)})
        lines += [one_line(f"        imported by {path}") for path in files]
    return lines
