"""Clusters of copies -> text, JSON, Markdown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from ssot_lint.likeness.clones import Cluster, Found
from ssot_lint.likeness.copies import Copies
from ssot_lint.reporters import as_markdown, code, one_line
from ssot_lint.wording import count

FORMATS = ("text", "json", "markdown")

SHOWN = 12
"""Members of one cluster that the text names; the other formats name all."""


def render(copies: Copies, form: str, colour: bool = False) -> str:
    """The clusters in one of `FORMATS`, with a final newline. Colour is for text only."""
    if form == "text":
        return _text(copies, colour)
    return {"json": _json, "markdown": _markdown}[form](copies)


def _text(copies: Copies, colour: bool) -> str:
    blocks = []
    for cluster in copies.clusters:
        lines = [f"\x1b[1m{_title(cluster)}\x1b[0m" if colour else _title(cluster)]
        shown = cluster.members if len(cluster.members) <= SHOWN + 1 else cluster.members[:SHOWN]
        lines += (one_line(f"  {_place(member)}  {member.symbol}") for member in shown)
        if len(shown) < len(cluster.members):
            lines.append(f"  ... and {len(cluster.members) - len(shown):,} more")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join([*blocks, _summary_line(copies) + _unread(copies)])


def _title(cluster: Cluster) -> str:
    return f"{cluster.kind} {_noun(cluster)} {cluster.similarity:.2f}: {_extent(cluster)}"


def _extent(cluster: Cluster) -> str:
    sizes = sorted(member.shape.size for member in cluster.members)
    extent = str(sizes[0]) if sizes[0] == sizes[-1] else f"{sizes[0]} to {sizes[-1]}"
    text = f"{len(cluster.members):,} copies of {extent} statements"
    if cluster.kind != "exact" and cluster.identical > 1:
        text += f", {cluster.identical:,} of them identical"
    return text


def _summary_line(copies: Copies) -> str:
    members = sum(len(cluster.members) for cluster in copies.clusters)
    found = (
        f"{count(len(copies.clusters), 'cluster')} of {count(members, 'definition')}"
        if members
        else "No copies"
    )
    redundant = sum(cluster.redundant for cluster in copies.clusters)
    more = f", {count(redundant, 'redundant statement')}" if members else ""
    return f"{found} among {copies.definitions:,} in {count(copies.files, 'file')} ({count(copies.lines, 'line')}){more}.\n"


def _unread(copies: Copies) -> str:
    text = ""
    for noun, why, paths in (
        ("file", "could not be read", copies.unparsed),
        ("path", "left out", copies.left_out),
    ):
        if paths:
            text += f"{count(len(paths), noun)} {why}:\n"
            text += "".join(f"  {one_line(f'{path}: {reason}')}\n" for path, reason in sorted(paths.items()))
    return text


def _json(copies: Copies) -> str:
    content = {
        "schema_version": 1,
        "summary": {
            "files": copies.files,
            "lines": copies.lines,
            "unparsed": len(copies.unparsed),
            "not_read": [{"path": path, "reason": reason} for path, reason in _not_read(copies)],
            "definitions": copies.definitions,
            "clusters": len(copies.clusters),
            "members": sum(len(cluster.members) for cluster in copies.clusters),
            "redundant_statements": sum(cluster.redundant for cluster in copies.clusters),
            "by_kind": dict(sorted(Counter(cluster.kind for cluster in copies.clusters).items())),
        },
        "clusters": [
            {
                "id": cluster.id,
                "kind": cluster.kind,
                "similarity": round(cluster.similarity, 4),
                "members": [_member(member) for member in cluster.members],
            }
            for cluster in copies.clusters
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _not_read(copies: Copies) -> list[tuple[str, str]]:
    """What was not searched, and why, by path."""
    return sorted((copies.unparsed | copies.left_out).items())


def _member(member: Found) -> dict[str, object]:
    return {
        "path": member.path,
        "line": member.shape.line,
        "end_line": member.shape.end_line,
        "symbol": member.symbol,
        "definition": member.shape.definition,
        "test": member.is_test,
    }


def _markdown(copies: Copies) -> str:
    lines = ["# Copies", "", _summary_line(copies)]
    for number, cluster in enumerate(copies.clusters, 1):
        lines += [f"## {number}. {code(_name(cluster))}", "", f"{_title(cluster)}.", ""]
        lines += (f"- {code(_place(member))} {code(member.symbol)}" for member in cluster.members)
        lines.append("")
    if not_read := _not_read(copies):
        lines += [
            "## Not read",
            "",
            *(f"- {code(path)}: {as_markdown(reason)}" for path, reason in not_read),
            "",
        ]
    return "\n".join(lines)


def _name(cluster: Cluster) -> str:
    """The most frequent name among the members, ties going to the first."""
    names: Sequence[str] = [member.shape.qualname.rpartition(".")[2] for member in cluster.members]
    return Counter(names).most_common(1)[0][0]


def _noun(cluster: Cluster) -> str:
    return cluster.members[0].shape.definition


def _place(member: Found) -> str:
    return f"{member.path}:{member.shape.line}-{member.shape.end_line}"
