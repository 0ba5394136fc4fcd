"""How often the classification of claims is right, measured against labels made by reading.

    python benchmarks/accuracy.py TREE CONFIG LABELS

TREE is the repository that was labelled, CONFIG its ssot-lint.toml, LABELS a directory with `claims.json` (a list
of {"path", "line", "name", "kind", "reason"}) and, if there is one, `interfaces.json`, whose labels may also list
the protocol's members that a class is `missing`. Prints Markdown: a table for each file of labels, one for the rules
that report claims, what SSOT601 finds of the missing members, and every miss. What the report says of it stands
in docs/accuracy.md.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssot_lint.check import Settings, check
from ssot_lint.concepts.claims import claims
from ssot_lint.concepts.name_matches import concept_of
from ssot_lint.model import Claim
from ssot_lint.plugins import load_rules
from ssot_lint.project import Project, link
from ssot_lint.scan import reread, scan
from ssot_lint.settings.loading import load

SAME = {
    "unrelated": "companion",
    "test_double": "test-double",
    "shim_or_alias": "shim",
    "true_duplicate": "duplicate",
}
"""Words of the labels -> kinds of claims."""

NEAR = 3
"""Lines by which a label and a claim of one name may differ; beyond that the name decides (some lines are unknown)."""


@dataclass(frozen=True)
class Label:
    path: str
    line: int
    name: str
    kind: str
    reason: str


def main(arguments: Sequence[str]) -> None:
    if len(arguments) != 3:
        sys.exit(__doc__)
    tree, config, labels = (Path(argument).resolve() for argument in arguments)
    settings = load(tree, config)
    found = scan(tree, settings)
    project = link(found.files, settings, texts=reread(tree, found))
    for name in ("claims", "interfaces"):
        file = labels / f"{name}.json"
        if file.exists():
            found = [
                Label(
                    item["path"],
                    item["line"],
                    item["name"],
                    SAME.get(item["kind"], item["kind"]),
                    item.get("reason", ""),
                )
                for item in json.loads(file.read_text())
            ]
            print("\n".join(_report(project, name, found)))
    if (labels / "interfaces.json").exists():
        print("\n".join(_missing(project, json.loads((labels / "interfaces.json").read_text()))))
    print("\n".join(_imports(labels)))


def _report(project: Project, name: str, labels: Sequence[Label]) -> Iterator[str]:
    pairs, outside = match(project, labels)
    yield f"## {name}.json\n"
    parts = ", ".join(f"{count} {why}" for why, count in sorted(outside.items()))
    yield (
        f"{len(labels)} labels, {len(pairs)} of classes that claim a concept"
        + (f"; {parts}" if parts else "")
        + ".\n"
    )
    yield from _table("kind", scores([(label.kind, claim.kind) for label, claim in pairs]))
    yield ""
    reported = {
        "SSOT101": ("duplicate", lambda label, claim: True),
        "SSOT107": ("test-double", lambda label, claim: not project.files[claim.file].is_test),
    }
    rows = {}
    for rule, (kind, applies) in reported.items():
        chosen = [(label.kind == kind, claim.kind == kind) for label, claim in pairs if applies(label, claim)]
        rows[f"{rule} ({kind})"] = (
            sum(1 for wanted, _ in chosen if wanted),
            sum(1 for _, given in chosen if given),
            sum(1 for wanted, given in chosen if wanted and given),
        )
    yield from _table("rule", rows)
    yield ""
    for label, claim in pairs:
        if label.kind != claim.kind:
            yield (
                f"- `{label.path}:{claim.line}` {label.name}: labelled {label.kind}, given {claim.kind} "
                f"({claim.reason}). The label says: {label.reason or 'nothing'}"
            )
    yield ""


def _missing(project: Project, labels: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How many of the classes that are labelled as lacking members SSOT601 reports, and whether as lacking the same."""
    reported = {
        (item.path, (item.symbol or "").rpartition(":")[2].rpartition(".")[2]): item
        for item in check(project, load_rules(), Settings(select=("SSOT601",))).diagnostics
    }
    wanted = [label for label in labels if label["missing"] and label["path"] in project.by_path]
    pairs = [(label, reported.get((label["path"], label["name"]))) for label in wanted]
    found = [(label, item) for label, item in pairs if item is not None]
    same = sum(
        {reason.partition(":")[0] for reason in item.reasons} == {*label["missing"]} for label, item in found
    )
    yield "## SSOT601, interfaces.json\n"
    yield (
        f"{len(wanted)} classes in the configured tree are labelled as lacking members; {len(found)} of them are "
        f"reported (recall {_share(len(found), len(wanted))}), {same} with the same members.\n"
    )
    for label, item in pairs:
        if item is None:
            why = (
                ""
                if concept_of(project, label["name"])
                else ", whose name no pattern of the configuration matches"
            )
            yield f"- not reported: `{label['path']}:{label['line']}` {label['name']}{why}"
    yield ""


def match(project: Project, labels: Sequence[Label]) -> tuple[list[tuple[Label, Claim]], Counter[str]]:
    """Each label with the claim it is about; and why the others have none."""
    known: dict[tuple[str, str], list[Claim]] = {}
    for every in claims(project).values():
        for claim in every:
            if claim.definition >= 0:
                name = project.files[claim.file].facts.definitions[claim.definition].name
                known.setdefault((claim.path, name), []).append(claim)
    pairs: list[tuple[Label, Claim]] = []
    outside: Counter[str] = Counter()
    for label in labels:
        here = known.get((label.path, label.name), [])
        if here:
            pairs.append((label, min(here, key=lambda claim: (abs(claim.line - label.line), claim.line))))
        elif label.path not in project.by_path:
            outside["in excluded files"] += 1
        elif project.files[project.by_path[label.path]].facts.problem is not None:
            outside["in files that do not parse"] += 1
        elif concept_of(project, label.name) is None:
            outside["whose name no pattern of the configuration matches"] += 1
        else:
            outside["lost"] += 1
    return pairs, outside


def scores(pairs: Sequence[tuple[str, str]]) -> Mapping[str, tuple[int, int, int]]:
    """Kind -> (labelled, given, both)."""
    return {
        kind: (
            sum(1 for wanted, _ in pairs if wanted == kind),
            sum(1 for _, given in pairs if given == kind),
            sum(1 for wanted, given in pairs if wanted == given == kind),
        )
        for kind in sorted({kind for pair in pairs for kind in pair})
    }


def _table(what: str, rows: Mapping[str, tuple[int, int, int]]) -> Iterator[str]:
    yield f"| {what} | labelled | given | right | precision | recall |"
    yield "|---|---|---|---|---|---|"
    for name, (wanted, given, right) in rows.items():
        yield f"| {name} | {wanted} | {given} | {right} | {_share(right, given)} | {_share(right, wanted)} |"
    wanted, right = (sum(row[number] for row in rows.values()) for number in (0, 2))
    if len(rows) > 2:
        yield f"| all | {wanted} | {wanted} | {right} | {_share(right, wanted)} | {_share(right, wanted)} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def _imports(labels: Path) -> Iterator[str]:
    if not (labels / "imports.json").exists():
        yield "No labels of imports in this directory: imports are not measured here."


if __name__ == "__main__":
    main(sys.argv[1:])
