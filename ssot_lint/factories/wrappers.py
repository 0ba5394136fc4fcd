"""Functions that hand on what another one gives, in bodies that hold no word of the concept: `return first(context)`.

Which functions give an instance is known when the project is linked. Who names one whose name says nothing of the
concept is read, and what hands it on counts as one that gives it, to a fixpoint.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.events.senders import senders_of
from ssot_lint.model import MODULE, Flow, Node, Place
from ssot_lint.queries.again import bodies_naming
from ssot_lint.queries.receivers import manages
from ssot_lint.queries.walks import bindings, callee, walk
from ssot_lint.settings.words import words

if TYPE_CHECKING:
    from ssot_lint.project import Project

_WAITING = frozenset({"shield", "wait_for"})
_RUNNING = frozenset({"run", "run_until_complete"})


@dataclass(frozen=True, slots=True)
class Wrappers:
    """Function -> class of what it hands on; file -> the names under which it has functions that go unheard."""

    given: Mapping[Place, Place]
    seen: Mapping[int, frozenset[str]]


def handing_on(project: Project, known: Mapping[Place, Place]) -> Wrappers:
    """The functions outside the tests that hand on what the `known` ones give, or what one of these does."""
    found: dict[Place, Place] = {}
    seen: defaultdict[int, set[str]] = defaultdict(set)
    level = sorted(known)
    while level:
        sought: defaultdict[int, set[str]] = defaultdict(set)
        for place in level:
            for file, name in seen_by(project, place):
                sought[file].add(name)
        new: dict[Place, Place] = {}
        every = {**known, **found}
        for file in sorted(sought):
            seen[file] |= sought[file]
            for index, flow in bodies_naming(project, file, sought[file]):
                if index != MODULE and (file, index) not in every:
                    made = _handed_on(project, (file, index), flow, every)
                    if made is not None:
                        new[file, index] = made
        found |= new
        level = sorted(new)
    return Wrappers(found, {file: frozenset(names) for file, names in seen.items()})


def seen_by(project: Project, place: Place) -> Iterator[tuple[int, str]]:
    """(file, name) of those outside the tests who have a function or class under a name that says nothing of a concept.

    They define or import it, or import the class that it is a method of.
    """
    file, index = place
    definition, pattern = project.definition_at(place), project.once(_words)
    found: list[tuple[int, str, str]] = [(file, definition.name, definition.name)]
    if definition.parent == MODULE:
        users = project.users(project.symbol(file, index))
        found += [(user, imp.bound, imp.name or "") for user, imp in users]
    elif project.definition_at((file, definition.parent)).is_class:
        users = project.users(project.symbol(file, definition.parent))
        found += [(user, definition.name, definition.name) for user, _ in users]
    for user, bound, name in found:
        if not project.files[user].is_test and (pattern is None or not pattern.search(name.encode())):
            yield user, bound


def _words(project: Project) -> re.Pattern[bytes] | None:
    return words(project.config)


def unwrapped(value: Node) -> tuple[Node, bool]:
    """What an expression awaits or runs, and whether it does: `await wait_for(make(), 3)`, `asyncio.run(make())`."""
    is_awaited = value.kind == "await"
    node = value.children[0] if is_awaited else value
    while node.kind == "call" and len(node.children) > 1:
        last = callee(node).rpartition(".")[2]
        runs = last in _RUNNING and callee(node) != last
        if not (runs if not is_awaited else last in _WAITING) or node.children[1].kind != "call":
            break
        node, is_awaited = node.children[1], True
    return node, is_awaited


def _handed_on(project: Project, place: Place, flow: Flow, known: Mapping[Place, Place]) -> Place | None:
    """The class of an instance that all returns of a function hand on; bare ones, and `return None`, aside.

    For what `with` enters, that all its yields hand on.
    """
    definition = project.definition_at(place)
    if definition.is_class or (definition.yields and not manages(definition)):
        return None
    senders = senders_of(project, place, flow)
    found: set[Place | None] = set()
    for value in _values(flow.body, "yield" if definition.yields else "return"):
        call, is_awaited = unwrapped(value)
        target = senders.function(callee(call)) if call.kind == "call" else None
        given = known.get(target) if target is not None else None
        is_async = target is not None and project.definition_at(target).is_async
        found.add(given if is_async == is_awaited else None)
    return next(iter(found)) if len(found) == 1 else None


def _values(body: Node, kind: str) -> Iterable[Node]:
    """The values that a body returns or yields, a name that is bound once being looked through."""
    bound: defaultdict[str, list[Node]] = defaultdict(list)
    values: list[Node] = []
    for node in walk(body):
        if node.kind == "assign":
            for name, value in bindings(node):
                bound[name].append(value)
        elif node.kind == kind and node.children:
            values.append(node.children[0])
    for value in values:
        if value.kind == "constant" and value.text == "None":
            continue
        known = bound.get(value.text, []) if value.kind == "name" else []
        yield known[0] if len(known) == 1 else value
