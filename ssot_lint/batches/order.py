"""Which edited files come first, and which stand together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from ssot_lint.queries.cycles import named_files

if TYPE_CHECKING:
    from ssot_lint.project import Project


def leaves_first(project: Project, paths: Iterable[str]) -> list[str]:
    """Files in dependency order: one that imports another comes after it; those of a cycle, and equals, by path."""
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    listed = sorted(paths)
    graph.add_nodes_from(listed)
    for path in listed:
        if path in project.by_path:
            for other in named_files(project, project.by_path[path]):
                there = project.files[other].path
                if there != path and graph.has_node(there):
                    graph.add_edge(there, path)
    condensed = networkx.condensation(graph)
    order = networkx.lexicographical_topological_sort(
        condensed, key=lambda node: min(condensed.nodes[node]["members"])
    )
    return [path for node in order for path in sorted(condensed.nodes[node]["members"])]


def behind(project: Project, paths: Iterable[str]) -> set[str]:
    """The files that hand names on to these: those imported, and those on the way to the definition."""
    found: set[str] = set()
    for path in paths:
        if path not in project.by_path:
            continue
        for answer in project.resolutions[project.by_path[path]]:
            found.update(hop.path for hop in answer.chain)
            if answer.target.file >= 0:
                found.add(project.files[answer.target.file].path)
    return found


def importers(project: Project) -> dict[int, set[int]]:
    """File -> the files that import it when they are imported."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for file in range(len(project.files)):
        for other in named_files(project, file):
            found[other].add(file)
    return dict(found)


def grouped(edits: Collection[str], together: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """The edited files in sets that only hold together."""
    import networkx

    graph: networkx.Graph[str] = networkx.Graph()
    graph.add_nodes_from(edits)
    for group in together:
        members = sorted(group & set(edits))
        graph.add_edges_from(pairwise(members))
    return sorted((frozenset(group) for group in networkx.connected_components(graph)), key=sorted)


def packed(groups: Iterable[frozenset[str]], size: int) -> Iterator[frozenset[str]]:
    """Neighbouring groups joined up to `size` files; a larger group stands alone."""
    pack: frozenset[str] = frozenset()
    for group in groups:
        if pack and len(pack) + len(group) > size:
            yield pack
            pack = frozenset()
        pack |= group
    if pack:
        yield pack
