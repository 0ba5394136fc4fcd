"""Calls of members of what an attribute of another object holds: `service.manager.send(text)`.

The object's class is known by construction, annotation or factory, and says what its attribute holds. Which classes
have such attributes is known when the project is linked; the bodies that name one are read in the files that see the
class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.calls import Site
from ssot_lint.events.senders import Senders, senders_of
from ssot_lint.events.spoken import spoken
from ssot_lint.factories.instances import built, givers, instances, member_of
from ssot_lint.factories.kinds import Kinds, kinds_kept
from ssot_lint.factories.unheard import Unheard
from ssot_lint.model import MODULE, Flow, Place
from ssot_lint.queries.again import bodies_naming, flow_of
from ssot_lint.queries.digests import digests
from ssot_lint.queries.members import decorators, method_called
from ssot_lint.queries.receivers import attribute_of, attributes_held, enclosing_class, made_by
from ssot_lint.queries.signatures import passed
from ssot_lint.queries.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.project import Project

_STEPS = 4
"""Attributes of attributes that are followed."""


def members_beyond(project: Project) -> tuple[Unheard, ...]:
    """The calls of members of instances that attributes of other objects hold, outside the tests, by file."""
    return project.once(_members_beyond)


def _members_beyond(project: Project) -> tuple[Unheard, ...]:
    sight = project.once(spoken).sight.anew()
    for file, owner, name in sorted(set(_holding(project))):
        sight.tell_of(file, owner, name)
    return tuple(
        item
        for file, names in sight.take()
        for index, flow in bodies_naming(project, file, names)
        for item in _in_body(project, file, index, flow)
    )


def _holding(project: Project) -> Iterator[tuple[int, int, str]]:
    """(file, class, attribute) of what holds an instance of a concept, or gives it as a property."""
    known = instances(project)
    for file, source in enumerate(project.files):
        if source.facts.deep is not None and not source.is_test:
            for owner, name, made in attributes_held(project, file):
                if made in known:
                    yield file, owner, name
    for file, index in givers(project):
        definition = project.definition_at((file, index))
        if definition.parent != MODULE and any("property" in item for item in decorators(definition)):
            yield file, definition.parent, definition.name


def classes_beyond(project: Project) -> Mapping[int, tuple[tuple[Site, Kinds], ...]]:
    """File -> the calls of what an attribute of another object keeps that is a class of a concept: `service.kind(context)`."""
    return project.once(_classes_beyond)


def _classes_beyond(project: Project) -> Mapping[int, tuple[tuple[Site, Kinds], ...]]:
    sight = project.once(spoken).sight.anew()
    for file, scope, attribute in sorted(set(_keeping(project))):
        sight.tell_of(file, scope, attribute)
    found: dict[int, list[tuple[Site, Kinds]]] = {}
    for file, names in sight.take():
        for index, flow in bodies_naming(project, file, names):
            senders = senders_of(project, (file, index), flow)
            for node in walk(flow.body):
                name = callee(node) if node.kind == "call" else ""
                owner, _, last = name.rpartition(".")
                if last not in names or owner in ("", "self", "cls") or "?" in owner or "(" in owner:
                    continue
                holder = None if name in senders.set_names() else _typed(project, senders, owner, _STEPS)
                if holder is not None:
                    site = Site(file, index, name, node.line, node.column, passed(node))
                    found.setdefault(file, []).append((site, kinds_kept(project, holder, last)))
    return {file: tuple(items) for file, items in found.items()}


def _keeping(project: Project) -> Iterator[tuple[int, int, str]]:
    """(file, class, attribute) of what may hold a class of a concept."""
    names = {project.definition_at(place).name for place in built(project)}
    for file, source in enumerate(project.files):
        if source.facts.deep is None or source.is_test:
            continue
        for item in source.facts.assignments:
            if item.scope != MODULE and item.renames and item.value.rpartition(".")[2] in names:
                yield file, item.scope, item.name
        for scope, body in digests(project, file).items():
            for name, value in body.bound:
                kept = value.kind == "name" and value.text.rpartition(".")[2] in names
                owner = enclosing_class(project, file, scope) if kept and name.startswith("self.") else None
                if owner is not None and name.count(".") == 1:
                    yield file, owner, name.removeprefix("self.")


def _in_body(project: Project, file: int, index: int, flow: Flow) -> Iterator[Unheard]:
    senders = senders_of(project, (file, index), flow)
    for node in walk(flow.body):
        owner, _, last = callee(node).rpartition(".") if node.kind == "call" else ("", "", "")
        if not owner or "?" in owner or owner.startswith("super()"):
            continue
        made = _held(project, senders, owner, _STEPS)
        answer = member_of(project, made, last) if made in instances(project) and made is not None else None
        if answer is not None:
            site = Site(file, index, callee(node), node.line, node.column, passed(node))
            yield Unheard(site, answer, flow, node)


def _held(project: Project, senders: Senders, name: str, steps: int) -> Place | None:
    """The class of what an attribute of another object holds, be it by way of a variable; nothing else is followed."""
    owner, _, last = name.rpartition(".")
    if not steps or (name in senders.set_names() and owner):
        return None
    if not owner:
        value = senders.local(name)
        is_plain = value is not None and value.kind == "name" and not _is_taken(project, senders, name)
        return _held(project, senders, value.text, steps - 1) if value is not None and is_plain else None
    if owner in ("self", "cls"):
        return None
    above = _typed(project, senders, owner, steps - 1)
    return _set_by(project, above, last, steps - 1) if above is not None else None


def _set_by(project: Project, owner: Place, name: str, steps: int) -> Place | None:
    """What a class says that an attribute holds, or what `__init__` sets it to once."""
    found = attribute_of(project, owner, name)
    init = method_called(project, *owner, "__init__") if found is None and steps else None
    flow = flow_of(project, init) if init is not None else None
    if init is None or flow is None:
        return found
    values = [
        node.children[0]
        for node in walk(flow.body)
        if node.kind == "assign" and any(target.text == f"self.{name}" for target in node.children[1:])
    ]
    if len(values) != 1:
        return None
    senders = senders_of(project, init, flow)
    if values[0].kind == "call" and "?" not in callee(values[0]):
        return made_by(project, *init, callee(values[0]))
    return _typed(project, senders, values[0].text, steps - 1) if values[0].kind == "name" else None


def _typed(project: Project, senders: Senders, name: str, steps: int) -> Place | None:
    """The class of an object: of a name, of an attribute of `self`, or again of an attribute of another object."""
    owner, _, last = name.rpartition(".")
    if owner == "self":
        here = enclosing_class(project, senders.file, senders.flow.definition)
        return senders.typed(name) or (
            _set_by(project, (senders.file, here), last, steps) if here is not None else None
        )
    if owner:
        return _held(project, senders, name, steps)
    if name in senders.set_names() and _is_taken(project, senders, name):
        return None
    return senders.typed(name) or _held(project, senders, name, steps)


def _is_taken(project: Project, senders: Senders, name: str) -> bool:
    scope = senders.flow.definition
    taken = project.definition_at((senders.file, scope)).parameters if scope != MODULE else ()
    return any(item.name == name for item in taken)
