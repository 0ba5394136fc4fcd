"""What every run over one body needs to know of it: `weighed(relays, place)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ssot_lint.events.conditions import positive, rendered, repeated
from ssot_lint.events.relays import Relays
from ssot_lint.events.senders import bound
from ssot_lint.events.vocabulary import sends
from ssot_lint.model import MODULE, Node, Place
from ssot_lint.queries.walks import callee, walk


@dataclass(frozen=True, slots=True)
class Weighed:
    """One body. What has a default is filled while it is run."""

    remembered: frozenset[str]  # conditions that are asked again
    parameters: Mapping[str, str]  # by its fact: a parameter that is asked for, or handed on to what sends
    receivers: frozenset[str]  # names that events are sent through
    opaque: frozenset[int]  # nodes that perhaps send
    matter: dict[int, bool] = field(default_factory=dict)
    risks: dict[int, bool] = field(default_factory=dict)
    bound: dict[int, frozenset[str]] = field(default_factory=dict)
    choices: dict[int, tuple[bool | None, bool]] = field(default_factory=dict)


def weighed(relays: Relays, place: Place) -> Weighed:
    """What is known of a body before it is run."""
    asked = _parameters(relays, place)
    return Weighed(
        repeated(relays.nodes(place)) | asked.keys(),
        asked,
        relays.receivers(place) | _passed_on(relays, place),
        relays.unknown.get(place, frozenset()) | _handed_out(relays, place),
    )


def fact_of(name: str) -> str:
    """What stands for a name among facts."""
    return f"name:{name}"


def _parameters(relays: Relays, place: Place) -> Mapping[str, str]:
    if place[1] == MODULE:
        return {}
    names = {item.name for item in relays.project.definition_at(place).parameters} - {"self", "cls"}
    if not names:
        return {}
    called, asked = relays.called.get(place, {}), set()
    for node in relays.nodes(place):
        match node.kind:
            case "if":
                asked.add(rendered(positive(node.children[0], True)[0]))
            case "assign" | "augmented":
                names -= {target.text for target in node.children[1:]}
            case "walrus":
                names.discard(node.text)
            case "loop":
                names -= {target.text for target in walk(node.children[1])}
            case "call" if id(node) in called:
                given = (item.children[0] if item.kind == "keyword" else item for item in node.children[1:])
                asked |= {fact_of(item.text) for item in given if item.kind == "name"}
    return {fact_of(name): name for name in names if fact_of(name) in asked}


def _passed_on(relays: Relays, place: Place) -> frozenset[str]:
    """The names given to functions that send through them."""
    found, calls = set(), relays.called.get(place, {})
    for node in relays.nodes(place) if calls else ():
        called = calls.get(id(node))
        if called is not None:
            receivers = relays.receivers(called)
            given = bound(relays.project, called, node, callee(node))
            found |= {
                value.text for name, value in given.items() if name in receivers and value.kind == "name"
            }
    return frozenset(found - {"self", "cls"})


def _handed_out(relays: Relays, place: Place) -> frozenset[int]:
    """Calls of functions that are not known, given the very thing that events are sent through, or sending by name.

    What a class sends with and has not itself, an heir or another base brings: it may send the end.
    """
    effects = {*relays.sent.get(place, {}), *relays.called.get(place, {})}
    owners = {
        callee(node).rpartition(".")[0]
        for node in relays.nodes(place)
        if id(node) in effects and node.kind == "call"
    }
    owners -= {"", "self", "cls", "?", "super()"}
    found = set()
    for node in relays.nodes(place) if effects else ():
        if node.kind != "call" or id(node) in effects or len(node.children) == 1:
            continue
        owner, _, last = callee(node).rpartition(".")
        if owner == "self" and sends(last) and relays.senders(place).function(f"self.{last}") is None:
            found.add(id(node))
            continue
        given = {(item.children[0] if item.kind == "keyword" else item).text for item in node.children[1:]}
        if owners & given and _is_unknown(relays, place, node):
            found.add(id(node))
    return frozenset(found)


def _is_unknown(relays: Relays, place: Place, call: Node) -> bool:
    name = callee(call)
    file, scope = place
    if name.startswith(("logger.", "log.", "logging.", "self.logger.")):
        return False
    target = relays.project.resolve(file, name, scope).target if "?" not in name and name else None
    if target is not None and target.kind == "external":
        return False
    return relays.senders(place).function(name) is None
