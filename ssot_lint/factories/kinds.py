"""Which classes a value may be, as opposed to an instance of them: kept under a name, in an attribute or a table.

A class travels as any value does: `self.kind = Manager`, `KINDS = {"a": Manager}`, `def kind(): return Manager`. What
is followed are names of functions, modules and classes, attributes of `self` and of what is known to be an instance,
tables, choices (`a or b`), loops over tables, and what first-party functions and properties return. A parameter is
taken for its default. Wherever something else may be meant, the answer is not certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.factories.bound_names import bound_in
from ssot_lint.linking.candidates import is_generic
from ssot_lint.model import MODULE, Place
from ssot_lint.queries.digests import digests
from ssot_lint.queries.members import lineage, member_called
from ssot_lint.queries.receivers import called, class_of, definition_of
from ssot_lint.queries.walks import callee, literal, pairs, positional, walk
from ssot_lint.reading.keeping import PUTTING

if TYPE_CHECKING:
    from ssot_lint.model import Assignment, Node
    from ssot_lint.project import Project

_DEPTH = 6
"""Steps from one name to the next."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The classes of the project that a value may be; is it certain that it is one of them?"""

    places: frozenset[Place]
    certain: bool = True


UNKNOWN = Kinds(frozenset(), False)

_NONE = Kinds(frozenset())
"""What `None` is: no class, and nothing that could be called."""


def kinds_of(project: Project, file: int, scope: int, value: Node, depth: int = _DEPTH) -> Kinds:
    """The classes that an expression in the body of `scope` may be.

    >>> kinds_of(project, file, method, node_of("self.kind"))  # doctest: +SKIP
    Kinds(places=frozenset({(12, 3)}), certain=True)
    """
    if depth == 0:
        return UNKNOWN
    match value.kind:
        case "name":
            return _named(project, file, scope, value.text, depth - 1)
        case "constant" if value.text == "None":
            return _NONE
        case "walrus":
            return kinds_of(project, file, scope, value.children[0], depth)
        case "operation" if value.text == "BoolOp":
            return _any(kinds_of(project, file, scope, item, depth) for item in value.children)
        case "operation" if value.text == "IfExp":
            return _any(kinds_of(project, file, scope, item, depth) for item in value.children[1:])
        case "item-of":
            owner, key = value.children
            made = _parametrised(project, file, scope, owner, key)
            return _item(project, file, scope, owner, key, depth - 1) if made is None else made
        case "call":
            return _returned(project, file, scope, value, depth - 1)
    return UNKNOWN


def kinds_kept(project: Project, holder: Place, name: str) -> Kinds:
    """The classes that an attribute of a class or its instances may be."""
    return _attribute(project, holder, name, _DEPTH)


def _parametrised(project: Project, file: int, scope: int, owner: Node, key: Node) -> Kinds | None:
    """The class itself for `Class[int]`; None where the brackets are no class's."""
    place = definition_of(project, file, scope, owner.text) if owner.kind == "name" else None
    if place is None or key.kind == "constant" or not project.definition_at(place).is_class:
        return None
    return Kinds(frozenset({place})) if is_generic(project.definition_at(place)) else UNKNOWN


def _any(every: Iterator[Kinds]) -> Kinds:
    found = list(every)
    places = frozenset(place for item in found for place in item.places)
    return Kinds(places, all(item.certain for item in found)) if found else UNKNOWN


def _named(project: Project, file: int, scope: int, name: str, depth: int) -> Kinds:
    owner, _, last = name.rpartition(".")
    if not owner:
        definitions = project.files[file].facts.definitions
        at = scope
        while at != MODULE:
            local = None if definitions[at].is_class else _local(project, file, at, name, depth)
            if local is not None:
                return local
            at = definitions[at].parent
    if owner not in ("self", "cls"):
        place = definition_of(project, file, scope, name)
        if place is not None:
            found = project.definition_at(place).is_class
            return Kinds(frozenset({place})) if found else UNKNOWN
    holder = _holder(project, file, scope, owner) if owner else None
    return UNKNOWN if holder is None else _attribute(project, holder, last, depth)


def _holder(project: Project, file: int, scope: int, owner: str) -> Place | None:
    """The class whose attribute `owner.x` is: of an instance, or of the class itself."""
    place = class_of(project, file, scope, owner)
    if place is None:
        place = definition_of(project, file, scope, owner)
    return place if place is not None and project.definition_at(place).is_class else None


def _local(project: Project, file: int, scope: int, name: str, depth: int) -> Kinds | None:
    """What a variable of a function may be; None where the function has none of that name."""
    found: list[Kinds] = []
    for parameter in project.definition_at((file, scope)).parameters:
        if parameter.name == name:
            default = parameter.default
            if default is None or parameter.kind.startswith("var-"):
                found.append(UNKNOWN)
            elif default != "None":
                parent = project.definition_at((file, scope)).parent
                found.append(_named(project, file, parent, default, depth) if _dotted(default) else UNKNOWN)
            else:
                found.append(_NONE)
    body = digests(project, file).get(scope)
    if body is None or name in body.outer:
        return _any(iter(found)) if found and body is None else None
    bound = bound_in(project, file)
    for how, node in bound.get((scope, name), ()):
        if how == "element":
            found.append(_item(project, file, scope, node, None, depth))
        elif how == "value" and not (node.kind == "name" and node.text == name):
            found.append(_but(project, file, scope, node, name, depth))
        elif how == "opaque":
            found.append(UNKNOWN)
    return _any(iter(found)) if found else None


def _but(project: Project, file: int, scope: int, node: Node, name: str, depth: int) -> Kinds:
    """The value of `x = x or Class`, `x` itself left out."""
    if node.kind == "operation" and node.text in ("BoolOp", "IfExp"):
        items = node.children[node.text == "IfExp" :]
        others = [item for item in items if not (item.kind == "name" and item.text == name)]
        return _any(kinds_of(project, file, scope, item, depth) for item in others)
    return kinds_of(project, file, scope, node, depth)


def _dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def _attribute(project: Project, holder: Place, name: str, depth: int) -> Kinds:
    """What an attribute of a class or its instances may be, as set by the class, those above it and those below it."""
    if depth <= 0:
        return UNKNOWN
    found: list[Kinds] = []
    for place in lineage(project, *holder):
        own = list(_set_by(project, place, name, depth))
        found += own
        if own and name not in project.definition_at(place).instance_attributes:
            break  # what the classes above say does not count
    for place in project.once(_class_attributes).get(name, ()):
        if place != holder and holder in tuple(lineage(project, *place)):
            found += _set_by(project, place, name, depth)
    return _any(iter(found)) if found else UNKNOWN


def _set_by(project: Project, place: Place, name: str, depth: int) -> Iterator[Kinds]:
    file, owner = place
    definition = project.definition_at(place)
    seen = False
    for scope, value in _assigned(project, place, name):
        seen = True
        yield kinds_of(project, file, scope, value, depth)
    if name in definition.instance_attributes and not seen:
        yield UNKNOWN
    member = member_called(project, *place, name)
    if member is not None and member.kind == "property" and member.owner == owner and member.file == file:
        yield _of_function(project, (file, member.definition), depth)
    for item in project.files[file].facts.assignments:
        if item.scope == owner and item.name == name:
            yield _of_assignment(project, file, item, depth)


def _assigned(project: Project, place: Place, name: str) -> Iterator[tuple[int, Node]]:
    """(method, value) of what the methods of a class assign to `self.name` or `cls.name`."""
    file, owner = place
    bodies = digests(project, file)
    for scope in project.parts(file, owner):
        for target, value in bodies[scope].bound if scope in bodies else ():
            if target in (f"self.{name}", f"cls.{name}"):
                yield scope, value


def _of_assignment(project: Project, file: int, item: Assignment, depth: int) -> Kinds:
    if item.kind == "none":
        return _NONE
    if item.renames:
        return _named(project, file, item.scope, item.value, depth)
    return UNKNOWN


def _class_attributes(project: Project) -> Mapping[str, tuple[Place, ...]]:
    """Name -> the classes in whose body another name is assigned to it."""
    found: dict[str, list[Place]] = {}
    for file, source in enumerate(project.files):
        if source.facts.deep is not None and not source.is_test:
            for item in source.facts.assignments:
                if item.scope != MODULE and item.renames:
                    found.setdefault(item.name, []).append((file, item.scope))
    return {name: tuple(places) for name, places in found.items()}


def _returned(project: Project, file: int, scope: int, call: Node, depth: int) -> Kinds:
    """What a call returns: of a function of the project, or of a table (`KINDS.get(key, Class)`)."""
    name = callee(call)
    owner, _, last = name.rpartition(".")
    if not name or "?" in name:
        return UNKNOWN
    place = called(project, file, scope, name)
    if place is not None:
        return UNKNOWN if project.definition_at(place).is_class else _of_function(project, place, depth)
    given = positional(call)
    if last in ("get", "pop", "setdefault") and owner and given:
        table = next((node for node in walk(call.children[0]) if node.kind == "name"), call.children[0])
        found = [_item(project, file, scope, _owner(table, owner), given[0], depth)]
        found += [kinds_of(project, file, scope, item, depth) for item in given[1:]]
        return _any(iter(found))
    return UNKNOWN


def _owner(node: Node, text: str) -> Node:
    return type(node)("name", text, node.line, node.column)


def _of_function(project: Project, place: Place, depth: int) -> Kinds:
    """What a function returns, in all of its returns."""
    file, index = place
    definition = project.definition_at(place)
    body = digests(project, file).get(index)
    if body is None or definition.is_async or definition.yields or depth <= 0:
        return UNKNOWN
    return _any(
        kinds_of(project, file, index, node.children[0], depth) for node in body.returns if node.children
    )


def _item(project: Project, file: int, scope: int, table: Node, key: Node | None, depth: int) -> Kinds:
    """What an item of a table may be: that of a constant key, or any."""
    if depth <= 0:
        return UNKNOWN
    match table.kind:
        case "call" if callee(table).endswith((".values", ".copy")):
            owner = _owner(table, callee(table).rpartition(".")[0])
            return _item(project, file, scope, owner, key, depth)
        case "sequence":
            wanted, items = literal(key), table.children
            if isinstance(wanted, int) and 0 <= wanted < len(items):
                items = items[wanted : wanted + 1]
            return _any(kinds_of(project, file, scope, item, depth) for item in items)
        case "dict":
            wanted, every = literal(key), list(pairs(table))
            exact = [item for name, item in every if wanted is not ... and literal(name) == wanted]
            items = tuple(exact or [item for _, item in every])
            return _any(kinds_of(project, file, scope, item, depth) for item in items)
        case "name":
            found = _any(_tables(project, file, scope, table.text, key, depth - 1))
            return Kinds(found.places, False) if _changed(project, file, table.text) else found
    return UNKNOWN


def _tables(
    project: Project, file: int, scope: int, name: str, key: Node | None, depth: int
) -> Iterator[Kinds]:
    """What an item may be of each table that a name stands for."""
    owner, _, last = name.rpartition(".")
    at, definitions = scope, project.files[file].facts.definitions
    while at != MODULE and not owner:
        for how, value in bound_in(project, file).get((at, name), ()):
            yield _item(project, file, at, value, key, depth) if how == "value" else UNKNOWN
        at = definitions[at].parent
    holder = _holder(project, file, scope, owner) if owner else None
    if holder is not None:
        for place in lineage(project, *holder):
            own = list(_assigned(project, place, last))
            for method, value in own:
                yield _item(project, place[0], method, value, key, depth)
            items = [
                item for item in project.files[place[0]].facts.assignments
                if item.scope == place[1] and item.name == last
            ]  # fmt: skip
            for item in items:
                yield _listed(project, place[0], item, depth)
            if own or items:
                return
        return
    target = project.resolve(file, name, scope).target
    if target.kind == "variable" and target.file >= 0 and target.index >= 0:
        body = digests(project, target.file).get(MODULE)
        wanted = project.files[target.file].facts.assignments[target.index]
        values = [value for text, value in body.bound if text == wanted.name] if body is not None else []
        for value in values:
            yield _item(project, target.file, MODULE, value, key, depth)
        if not values:
            yield _listed(project, target.file, wanted, depth)


def _listed(project: Project, file: int, item: Assignment, depth: int) -> Kinds:
    """What an item may be of a table of which only the names are known that it holds."""
    if item.kind != "container" or not item.value:
        return UNKNOWN
    return _any(_named(project, file, item.scope, name, depth) for name in item.value.split())


def _changed(project: Project, file: int, table: str) -> bool:
    """Does the file change the table after it was made?"""
    return table in project.once_for(file, _written)


def _written(project: Project, file: int) -> frozenset[str]:
    """The names of the tables that a file writes items of."""
    found: set[str] = set()
    for body in digests(project, file).values():
        for node in body.assigns:
            found.update(item.children[0].text for item in node.children[1:] if item.kind == "item-of")
        for node in body.calls:
            owner, _, method = callee(node).rpartition(".")
            if method in PUTTING:
                found.add(owner)
    return frozenset(found)
