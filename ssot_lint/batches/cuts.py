"""Batches in the making, and those that are better carried out as one.

A shim warns whoever asks it for the old name. Where warnings are errors - many a test suite says so - the shim alone
breaks what the next batch would mend, so the imports go with it as long as all of it is small enough to review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx

    from ssot_lint.plan import Hazard

SHIM, IMPORTS = "replace-with-shim", "rewrite-imports"


@dataclass(frozen=True, slots=True)
class Cut:
    """A batch in the making."""

    phase: int
    concept: str
    codemod: str
    contents: dict[str, tuple[bytes | None, bytes | None]]
    symbols: tuple[str, ...]
    depends: frozenset[int]  # numbers of earlier ones, counted from 1
    hazards: tuple[Hazard, ...]
    together: tuple[tuple[str, ...], ...]


def joined(cuts: Sequence[Cut], first: int, size: int) -> list[Cut]:
    """All cuts, where those from index `first` on are joined: the shims of a concept with the imports re-pointed.

    What lies between two of them is joined too. Nothing is joined that would touch more than `size` files.
    """
    import networkx

    graph: networkx.DiGraph[int] = networkx.DiGraph()
    numbers = range(first + 1, len(cuts) + 1)
    graph.add_nodes_from(numbers)
    graph.add_edges_from(
        (other, number) for number in numbers for other in cuts[number - 1].depends if other > first
    )
    group = {number: number for number in numbers}
    for concept in sorted({cuts[number - 1].concept for number in numbers}):
        members = {
            n for n in numbers if cuts[n - 1].concept == concept and cuts[n - 1].codemod in (SHIM, IMPORTS)
        }
        if {cuts[n - 1].codemod for n in members} != {SHIM, IMPORTS}:
            continue
        also = {  # an import of nothing at all has no concept, and its handler may take the old name
            n for n in numbers if cuts[n - 1].codemod == IMPORTS and not cuts[n - 1].concept
            and cuts[n - 1].depends & members
        }  # fmt: skip
        for chosen in (members | also, members):
            whole = chosen | _between(graph, chosen)
            files = {path for number in whole for path in cuts[number - 1].contents}
            if len(files) <= size and all(group[number] == number for number in whole):
                group.update(dict.fromkeys(whole, min(whole)))
                break
    condensed: networkx.DiGraph[int] = networkx.DiGraph()
    condensed.add_nodes_from(group.values())
    condensed.add_edges_from((group[a], group[b]) for a, b in graph.edges if group[a] != group[b])
    if not networkx.is_directed_acyclic_graph(condensed):
        return list(cuts)
    order = list(networkx.lexicographical_topological_sort(condensed))
    new = {number: number for number in range(1, first + 1)}
    new |= {number: first + 1 + order.index(group[number]) for number in numbers}
    result = list(cuts[:first])
    for place, leader in enumerate(order, first + 1):
        one = _one([cuts[number - 1] for number in numbers if group[number] == leader])
        result.append(replace(one, depends=frozenset(new[number] for number in one.depends) - {place}))
    return result


def _between(graph: networkx.DiGraph[int], members: set[int]) -> set[int]:
    """What needs one of them and is needed by another."""
    import networkx

    after = {number for member in members for number in networkx.descendants(graph, member)}
    before = {number for member in members for number in networkx.ancestors(graph, member)}
    return after & before


def _one(cuts: Sequence[Cut]) -> Cut:
    """Several cuts as one. The files of users come first: they are right without the shims, and not the other way."""
    if len(cuts) == 1:
        return cuts[0]
    contents: dict[str, tuple[bytes | None, bytes | None]] = {}
    for cut in cuts:
        for path, (before, after) in cut.contents.items():
            contents[path] = (contents[path][0] if path in contents else before, after)
    shims = {path for cut in cuts if cut.codemod == SHIM for path in cut.contents}
    leading = next(cut for cut in cuts if cut.codemod == SHIM)
    return replace(
        leading,
        codemod=", ".join(dict.fromkeys(cut.codemod for cut in cuts)),
        contents={path: contents[path] for path in sorted(contents, key=lambda path: path in shims)},
        symbols=tuple(sorted({symbol for cut in cuts for symbol in cut.symbols})),
        depends=frozenset(number for cut in cuts for number in cut.depends),
        hazards=tuple(dict.fromkeys(hazard for cut in cuts for hazard in cut.hazards)),
        together=_united([group for cut in cuts for group in cut.together]),
    )


def _united(groups: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Groups that share a file are one."""
    found: list[set[str]] = []
    for group in groups:
        touching = [other for other in found if other & set(group)]
        found = [other for other in found if not other & set(group)] + [set(group).union(*touching)]
    return tuple(sorted(tuple(sorted(group)) for group in found))
