"""What the nodes of one body do, whatever the paths to them have sent: send, call what sends, choose, bind."""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.events.conditions import LEAVING, asked, leaves
from ssot_lint.events.relays import Relays
from ssot_lint.events.states import asks_namespace, bound_by
from ssot_lint.events.weighing import Weighed
from ssot_lint.model import Node, Place
from ssot_lint.queries.walks import string, walk


class Body:
    """One body, for one sequence; answers are kept in what was weighed of it."""

    def __init__(self, graph: Relays, place: Place, weighed: Weighed) -> None:
        self.graph, self.place, self.weighed = graph, place, weighed
        self.sent = graph.sent.get(place, {})
        self.called = graph.called.get(place, {})

    def effects(self, node: Node) -> Iterator[Node]:
        """The nodes below that send or call what sends, inner ones first."""
        if node.kind in ("lambda", "definition"):
            return
        for child in node.children:
            yield from self.effects(child)
        if id(node) in self.sent or id(node) in self.called or id(node) in self.weighed.opaque:
            yield node

    def matters(self, node: Node) -> bool:
        """Does a statement send, or leave the straight way?"""
        known = self.weighed.matter.get(id(node))
        if known is None:
            known = (
                node.kind in LEAVING
                or id(node) in self.sent
                or id(node) in self.called
                or id(node) in self.weighed.opaque
                or any(self.matters(child) for child in node.children)
            )
            self.weighed.matter[id(node)] = known
        return known

    def may_raise(self, node: Node) -> bool:
        """Does an expression call anything?"""
        known = self.weighed.risks.get(id(node))
        if known is None:
            known = self.weighed.risks[id(node)] = any(item.kind in ("call", "await") for item in walk(node))
        return known

    def sends(self, node: Node) -> bool:
        """Does anything below a node send, or call what sends?"""
        return any(id(item) in self.sent or id(item) in self.called for item in walk(node))

    def events_in(self, node: Node) -> set[str]:
        """The events that are sent below a node, here or by what does nothing else."""
        found = {item.event for part in walk(node) for item in self.sent.get(id(part), ())}
        for part in walk(node):
            place = self.called.get(id(part))
            single = self.graph.single(place) if place is not None else None
            if single is not None:
                found.add(single.event)
        return found

    def is_dispatch(self, test: Node, then: Node, otherwise: Node) -> bool:
        """Does the condition choose the event by a name: `if kind == "started": send(STARTED) elif ...`?"""
        compared = [item for item in walk(test) if item.kind == "operation" and item.text == "Compare"]
        texts = [string(part) or "" for item in compared for part in walk(item) if part.kind == "constant"]
        texts += [
            part.text.removesuffix(".value").rpartition(".")[2].lower()
            for item in compared
            for part in walk(item)
            if part.kind == "name"
        ]
        here = self.events_in(then)
        if here.intersection(texts):
            return True
        others = self.events_in(otherwise)
        return (
            len(here) == 1
            and bool(others)
            and not here & others
            and otherwise.children[:1] != ()
            and (otherwise.children[0].kind == "if")
        )

    def absent(self, test: Node, then: Node, otherwise: Node) -> bool | None:
        """The outcome of a condition that says: what events are sent through is not there; None for others."""
        names = asked(test)
        if not names or not self.weighed.receivers & names:
            return None
        if self.sends(then):
            return False
        if self.sends(otherwise) or leaves(then):
            return True
        return None

    def choice(self, node: Node) -> tuple[bool | None, bool]:
        """(the outcome that says that there is nobody to send through, is it a choice that states do not tell?)"""
        known = self.weighed.choices
        if id(node) not in known:
            test, then, otherwise = node.children
            chosen = self.is_dispatch(test, then, otherwise) or asks_namespace(test)
            known[id(node)] = self.absent(test, then, otherwise), chosen
        return known[id(node)]

    def bound(self, node: Node) -> frozenset[str]:
        """The names that a statement binds."""
        known = self.weighed.bound
        if id(node) not in known:
            known[id(node)] = bound_by(node)
        return known[id(node)]
