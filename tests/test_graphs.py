"""The graph of a concept and its four formats."""

from __future__ import annotations

import json
from io import BytesIO

import networkx
import pytest

from ssot_lint.graphs import FORMATS, Edge, Graph, Node, as_json, dot, graph, graphml, mermaid
from ssot_lint.testing import project_of

FILES = {
    "ssot-lint.toml": """
        test-paths = ["tests/**"]
        [concepts.cart]
        canonical = "shop.cart:Cart"
        names = ["*Cart"]
    """,
    "shop/__init__.py": "",
    "shop/base.py": "class Store:\n    def save(self): return 1\n",
    "shop/cart.py": "from shop.base import Store\n\n\nclass Cart(Store):\n    def add(self, item): return item\n",
    "shop/old.py": "from shop.cart import Cart\n\nOldCart = Cart\n",
    "shop/gift.py": "from shop.cart import Cart\n\n\nclass GiftCart(Cart):\n    def wrap(self): return 2\n",
    "web/a.py": "from shop.cart import Cart\n",
    "web/b.py": "from shop.old import OldCart\n",
    "web/deep/c.py": "from shop.cart import Cart\n",
    "tests/test_cart.py": "def test_it():\n    from shop.cart import Cart\n",
}

SMALL = Graph(
    "imports",
    (
        Node('a:Say"Hi"', "canonical", "hi", "a.py", 1),
        Node("b.*", "importer", size=2),
        Node("c:Base", "base"),
    ),
    (Edge('a:Say"Hi"', "c:Base", "inherits"), Edge("b.*", 'a:Say"Hi"', "imports", 2)),
)


def edges(found: Graph) -> list[tuple[str, str, str, int]]:
    return [(edge.source, edge.target, edge.kind, edge.weight) for edge in found.edges]


def test_classes() -> None:
    found = graph(project_of(FILES), ["cart"], "classes")
    assert {node.id: node.kind for node in found.nodes} == {
        "shop.base:Store": "base",
        "shop.cart:Cart": "canonical",
        "shop.gift:GiftCart": "subclass",
        "shop.old:OldCart": "alias",
    }
    assert edges(found) == [
        ("shop.cart:Cart", "shop.base:Store", "inherits", 1),
        ("shop.gift:GiftCart", "shop.cart:Cart", "inherits", 1),
        ("shop.old:OldCart", "shop.cart:Cart", "hands-on", 1),
    ]


def test_importers_point_at_the_claim_that_they_name() -> None:
    found = graph(project_of(FILES), ["cart"], "imports")
    assert edges(found) == [
        ("shop.gift", "shop.cart:Cart", "imports", 1),
        ("shop.old", "shop.cart:Cart", "imports", 1),
        ("shop.old:OldCart", "shop.cart:Cart", "hands-on", 1),
        ("tests.test_cart (tests)", "shop.cart:Cart", "imports", 1),
        ("web.a", "shop.cart:Cart", "imports", 1),
        ("web.b", "shop.old:OldCart", "imports", 1),
        ("web.deep.c", "shop.cart:Cart", "imports", 1),
    ]


def test_too_many_importers_are_put_together_by_package() -> None:
    found = graph(project_of(FILES), ["cart"], "imports", limit=3)
    assert [(node.id, node.size) for node in found.nodes if "importer" in node.kind] == [
        ("shop.*", 2),
        ("tests.* (tests)", 1),
        ("web.*", 3),
    ]
    assert ("web.*", "shop.cart:Cart", "imports", 2) in edges(found)


@pytest.mark.parametrize("kind", ["imports", "classes"])
def test_the_order_of_files_does_not_matter(kind: str) -> None:
    turned = dict(reversed(FILES.items()))
    for form in FORMATS.values():
        first = form(graph(project_of(FILES), ["cart"], kind))  # type: ignore[arg-type]
        assert form(graph(project_of(turned), ["cart"], kind)) == first  # type: ignore[arg-type]


def test_every_edge_has_its_nodes() -> None:
    for kind in ("imports", "classes"):
        found = graph(project_of(FILES), ["cart"], kind)  # type: ignore[arg-type]
        ids = {node.id for node in found.nodes}
        assert {end for edge in found.edges for end in (edge.source, edge.target)} <= ids


def test_dot() -> None:
    assert dot(SMALL).splitlines() == [
        "digraph ssot_lint {",
        "  rankdir=LR;",
        '  node [shape=box, fontname="Helvetica"];',
        '  "a:Say\\"Hi\\"" [label="Say\\"Hi\\"\\na\\ncanonical", style=filled, fillcolor="#b7e1cd"];',
        '  "b.*" [label="b.*\\n2 modules", shape=folder];',
        '  "c:Base" [label="Base\\nc\\nbase", style=dotted];',
        '  "a:Say\\"Hi\\"" -> "c:Base" [arrowhead=empty];',
        '  "b.*" -> "a:Say\\"Hi\\"" [label="2"];',
        "}",
    ]


def test_mermaid() -> None:
    assert mermaid(SMALL).splitlines() == [
        "flowchart LR",
        '  n0["Say#quot;Hi#quot;<br/>a<br/>canonical"]:::canonical',
        '  n1["b.*<br/>2 modules"]',
        '  n2["Base<br/>c<br/>base"]',
        "  n0 -- inherits --> n2",
        "  n1 -- 2 --> n0",
        "  classDef canonical fill:#b7e1cd",
    ]


def test_json() -> None:
    found = json.loads(as_json(SMALL))
    assert found["schema_version"] == 1 and found["kind"] == "imports"
    assert found["nodes"][1] == {
        "id": "b.*", "kind": "importer", "concept": "", "path": "", "line": 0, "size": 2
    }  # fmt: skip
    assert found["edges"][1] == {"source": "b.*", "target": 'a:Say"Hi"', "kind": "imports", "weight": 2}


def test_graphml_is_read_back_by_networkx() -> None:
    odd = Graph("imports", (Node("a:\ud800<&\x01", "canonical"), Node("b", "importer")), ())
    assert sorted(networkx.read_graphml(BytesIO(graphml(odd).encode()))) == [
        "a:\N{REPLACEMENT CHARACTER}<&\N{REPLACEMENT CHARACTER}",
        "b",
    ]
    found = networkx.read_graphml(BytesIO(graphml(SMALL).encode()))
    assert found.nodes["b.*"]["size"] == 2
    assert [(source, target, values["kind"]) for source, target, values in found.edges(data=True)] == [
        ('a:Say"Hi"', "c:Base", "inherits"),
        ("b.*", 'a:Say"Hi"', "imports"),
    ]
