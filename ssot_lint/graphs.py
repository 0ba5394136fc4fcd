"""The classes of a concept and who imports them, as a graph; and that graph as DOT, Mermaid, JSON and GraphML.

Nodes are claims, bases of claims and importing modules. Everything is sorted, so that equal projects give
equal bytes.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from ssot_lint.concepts.claims import claims

if TYPE_CHECKING:
    from ssot_lint.model import Claim
    from ssot_lint.project import Project

GraphKind = Literal["imports", "classes"]

_SHAPES = {"importer": "shape=folder", "test-importer": "shape=folder, style=dashed", "base": "style=dotted"}
_FILLS = {
    "canonical": "#b7e1cd", "alias": "#d9ead3", "shim": "#fff2cc", "subclass": "#cfe2f3", "protocol": "#d9d2e9",
    "test-double": "#eeeeee", "test-case": "#eeeeee", "companion": "#ffffff", "variant": "#cfe2f3",
    "duplicate": "#f4cccc",
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A claim, a base of one, or the modules that import one. `size` modules stand in one node."""

    id: str  # "module:Name" of a class, "package.module" or "package.*" of importers
    kind: str  # of the claim; else "base", "importer", "test-importer"
    concept: str = ""
    path: str = ""
    line: int = 0
    size: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """`source` imports, derives from or hands on `target`; `weight` modules do."""

    source: str
    target: str
    kind: str  # "imports", "inherits", "hands-on"
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Graph:
    """Sorted nodes, and sorted edges between them."""

    kind: GraphKind
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(project: Project, concepts: Sequence[str], kind: GraphKind, limit: int = 40) -> Graph:
    """The graph of some concepts.

    "classes": every claim, what it derives from, what an alias or shim hands on. "imports": every claim, and
    the modules that import it, from the one that they name. More than `limit` importing modules are put
    together by package.
    """
    found = [claim for name in concepts for claim in claims(project)[name]]
    nodes: dict[str, Node] = {}
    for claim in sorted(found, key=lambda claim: (claim.path, claim.line, claim.symbol, claim.definition)):
        nodes.setdefault(claim.symbol, Node(claim.symbol, claim.kind, claim.concept, claim.path, claim.line))
    edges = list(_handed_on(project, found, nodes))
    if kind == "classes":
        edges += _inherited(project, found)
        for edge in edges:
            nodes.setdefault(edge.target, Node(edge.target, "base"))
    else:
        importers, imports = _imported(project, found, limit)
        nodes.update((node.id, node) for node in importers)
        edges += imports
    return Graph(kind, tuple(sorted(nodes.values())), tuple(sorted(set(edges))))


def _handed_on(project: Project, found: Sequence[Claim], nodes: Mapping[str, Node]) -> Iterator[Edge]:
    for claim in found:
        if claim.definition < 0:
            target = project.name(claim.file, claim.symbol.partition(":")[2]).target
            if target.kind == "definition" and target.symbol in nodes and target.symbol != claim.symbol:
                yield Edge(claim.symbol, target.symbol, "hands-on")


def _inherited(project: Project, found: Sequence[Claim]) -> Iterator[Edge]:
    for claim in found:
        if claim.definition < 0:
            continue
        definition = project.definition_at((claim.file, claim.definition))
        for base in definition.bases if definition.is_class else ():
            if base:
                target = project.resolve(claim.file, base, definition.parent).target
                if target.symbol != claim.symbol:
                    yield Edge(claim.symbol, target.symbol, "inherits")


# --- importers -------------------------------------------------------------------------------------------


def _imported(project: Project, found: Sequence[Claim], limit: int) -> tuple[list[Node], list[Edge]]:
    """The modules that import claims, put together until they are few, and what they import."""
    pairs = set(_uses(project, found))
    modules = {file: project.files[file].module for file, _ in pairs}
    group = _grouping({(modules[file], project.files[file].is_test) for file, _ in pairs}, limit)
    members: dict[tuple[str, bool], set[str]] = defaultdict(set)
    weights: Counter[tuple[str, str]] = Counter()
    for file, symbol in sorted(pairs):
        key = (group(modules[file]), project.files[file].is_test)
        members[key].add(modules[file])
        weights[_title(*key), symbol] += 1
    nodes = [
        Node(_title(name, test), "test-importer" if test else "importer", size=len(inside))
        for (name, test), inside in members.items()
    ]
    return nodes, [Edge(source, target, "imports", weight) for (source, target), weight in weights.items()]


def _title(group: str, test: bool) -> str:
    """A package can hold both kinds of importers: those of test code are marked."""
    return f"{group} (tests)" if test else group


def _uses(project: Project, found: Sequence[Claim]) -> Iterator[tuple[int, str]]:
    """(importing file, claim): the claim that the import names, or else the one it leads to."""
    named = {
        (claim.file, name): claim.symbol
        for claim in found
        if "." not in (name := claim.symbol.partition(":")[2])
    }
    symbols = {claim.symbol for claim in found}
    for file, source in enumerate(project.files):
        for imp in source.facts.imports:
            if imp.name is None or imp.name == "*":
                continue
            module = project.absolute(file, imp)
            home = project.find_module(module, file) if module is not None else None
            symbol = named.get((home, imp.name)) if home is not None else None
            if symbol is None:
                symbol = project.resolve_import(file, imp).target.symbol
            if symbol in symbols and home != file:
                yield file, symbol


def _grouping(importers: set[tuple[str, bool]], limit: int) -> Callable[[str], str]:
    """Module -> the node it stands in: itself, or `package.*` at the greatest depth that leaves `limit` nodes."""
    deepest = max((name.count(".") + 1 for name, _ in importers), default=1)

    def at(depth: int) -> Callable[[str], str]:
        def group(module: str) -> str:
            parts = module.split(".")
            return module if len(parts) <= depth else ".".join(parts[:depth]) + ".*"

        return group

    for depth in range(deepest, 1, -1):
        if len({(at(depth)(name), test) for name, test in importers}) <= limit:
            return at(depth)
    return at(1)


# --- formats ---------------------------------------------------------------------------------------------


def dot(graph: Graph) -> str:
    """Graphviz, https://graphviz.org/doc/info/lang.html."""
    lines = ["digraph ssot_lint {", "  rankdir=LR;", '  node [shape=box, fontname="Helvetica"];']
    for node in graph.nodes:
        fill = f'style=filled, fillcolor="{_FILLS.get(node.kind)}"'
        lines.append(f"  {_quoted(node.id)} [label={_quoted(_label(node))}, {_SHAPES.get(node.kind, fill)}];")
    for edge in graph.edges:
        words = {"inherits": "arrowhead=empty", "hands-on": "style=dashed"}.get(edge.kind)
        if words is None:
            words = f'label="{edge.weight}"' if edge.weight > 1 else ""
        lines.append(
            f"  {_quoted(edge.source)} -> {_quoted(edge.target)}" + (f" [{words}];" if words else ";")
        )
    return "\n".join([*lines, "}"]) + "\n"


def mermaid(graph: Graph) -> str:
    """Mermaid flowchart, https://mermaid.js.org/syntax/flowchart.html."""
    ids = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for node in graph.nodes:
        kind = f":::{node.kind}" if node.kind in _FILLS else ""
        label = "<br/>".join(_escaped(line) for line in _label(node).split("\n"))
        lines.append(f'  {ids[node.id]}["{label}"]{kind}')
    for edge in graph.edges:
        arrow = {"inherits": "-- inherits -->", "hands-on": "-.->"}.get(edge.kind)
        if arrow is None:
            arrow = f"-- {edge.weight} -->" if edge.weight > 1 else "-->"
        lines.append(f"  {ids[edge.source]} {arrow} {ids[edge.target]}")
    kinds = sorted({node.kind for node in graph.nodes if node.kind in _FILLS})
    lines += [f"  classDef {kind} fill:{_FILLS[kind]}" for kind in kinds]
    return "\n".join(lines) + "\n"


def as_json(graph: Graph) -> str:
    """`{"schema_version": 1, "kind", "nodes": [...], "edges": [...]}`."""
    body = {
        "schema_version": 1,
        "kind": graph.kind,
        "nodes": [asdict(node) for node in graph.nodes],
        "edges": [asdict(edge) for edge in graph.edges],
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def graphml(graph: Graph) -> str:
    """GraphML, http://graphml.graphdrawing.org, for Gephi, yEd and networkx."""
    import networkx

    found: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    for node in graph.nodes:
        found.add_node(
            _xml(node.id), kind=node.kind, concept=_xml(node.concept), path=_xml(node.path), line=node.line,
            size=node.size,
        )  # fmt: skip
    for edge in graph.edges:
        ends = _xml(edge.source), _xml(edge.target)
        found.add_edge(*ends, edge.kind, kind=edge.kind, weight=edge.weight)
    return "\n".join(networkx.generate_graphml(found)) + "\n"


FORMATS: Mapping[str, Callable[[Graph], str]] = {
    "dot": dot, "mermaid": mermaid, "json": as_json, "graphml": graphml,
}  # fmt: skip


def _label(node: Node) -> str:
    if node.kind in ("importer", "test-importer"):
        return f"{node.id}\n{node.size} modules" if node.size > 1 else node.id
    module, _, name = node.id.partition(":")
    return f"{name}\n{module}\n{node.kind}" if name else node.id


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _escaped(text: str) -> str:
    """Entity codes as Mermaid writes them: `#quot;`."""
    for char, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("&", "#amp;")):
        text = text.replace(char, entity)
    return text


def _xml(text: str) -> str:
    """XML 1.0 knows no control characters and no surrogates, which paths can hold."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
