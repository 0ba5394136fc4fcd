"""Which class an expression such as `manager` or `self._engine` holds an instance of, where the source says so.

Four sources count: a construction (`x = Class()`), a factory (its return annotation, or the one class its
returns construct), an annotation of a parameter or attribute, and an attribute set from a name whose class is
known (`self.x = x`). Nothing else is guessed.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from ssot_lint.linking.surroundings import scopes_around
from ssot_lint.model import MODULE, Place
from ssot_lint.queries.again import flow_of
from ssot_lint.queries.members import decorators, lineage, method_called, own_member
from ssot_lint.queries.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.model import Branch, Call, Definition
    from ssot_lint.project import Project, Target

_TRANSPARENT = frozenset({
    "Optional", "Union", "Annotated", "Final", "ClassVar", "Awaitable", "Coroutine", "AsyncIterator", "Iterator",
    "AsyncGenerator", "Generator", "ContextManager", "AsyncContextManager", "AbstractContextManager",
    "AbstractAsyncContextManager",
})  # fmt: skip


def class_of(project: Project, file: int, scope: int, receiver: str) -> Place | None:
    """The class of what `receiver` holds inside the definition `scope`, or None when the source does not say.

    >>> class_of(project, file, scope_of_method, "self._manager")  # doctest: +SKIP
    (12, 3)
    """
    bindings = project.once_for(file, _bindings)
    definitions = project.files[file].facts.definitions
    first, _, rest = receiver.partition(".")
    if first in ("self", "cls"):
        owner = enclosing_class(project, file, scope)
        if owner is None or "." in rest:
            return None
        return (file, owner) if not rest else attribute_of(project, (file, owner), rest)
    while scope != MODULE:
        if (scope, receiver) in bindings:
            return _held(project, file, (scope, receiver))
        scope = definitions[scope].parent
    return _held(project, file, (MODULE, receiver))


def attributes_held(project: Project, file: int) -> Iterator[tuple[int, str, Place]]:
    """(class, attribute, class of what it holds) of the attributes in a file of which it is known."""
    for scope, name in project.once_for(file, _bindings):
        made = _held(project, file, (scope, name)) if name.startswith("self.") else None
        if made is not None:
            yield scope, name.removeprefix("self."), made


def attribute_of(project: Project, owner: Place, name: str) -> Place | None:
    """The class of what `self.name` holds: as the class says, else the nearest one above that has it; of a property
    what it returns."""
    for place in lineage(project, *owner):
        found = _held(project, place[0], (place[1], "self." + name))
        if found is not None:
            return found
        member = own_member(project, *place, name)
        if member is not None:
            is_read = member.kind == "property" and member.definition >= 0
            return returned_by(project, member.file, member.definition) if is_read else None
    return None


def enclosing_class(project: Project, file: int, scope: int) -> int | None:
    """The nearest class around a scope."""
    definitions = project.files[file].facts.definitions
    while scope != MODULE and not definitions[scope].is_class:
        scope = definitions[scope].parent
    return None if scope == MODULE else scope


def inside(project: Project, file: int, scope: int, places: Container[Place]) -> bool:
    """Does a scope lie in one of these definitions?"""
    return any((file, outer) in places for outer in scopes_around(project.files[file].facts, scope))


def made_by(project: Project, file: int, scope: int, callee: str, depth: int = 3) -> Place | None:
    """The class of what calling `callee` gives: the class itself, or what a function or method is known to return."""
    target = called(project, file, scope, callee)
    if target is None:
        return None
    definition = project.definition_at(target)
    return target if definition.is_class else returned_by(project, *target, depth=depth)


def entered_by(project: Project, file: int, scope: int, callee: str) -> Place | None:
    """The class of what `with callee(...) as name` gives the name."""
    target = called(project, file, scope, callee)
    made = made_by(project, file, scope, callee)
    if target is None or made is None or manages(project.definition_at(target)):
        return made
    found = {_given_by_entering(project, made, place) for place in entrances(project, made)}
    return made if not found else next(iter(found)) if len(found) == 1 else None


def entrances(project: Project, made: Place) -> tuple[Place, ...]:
    """The methods that `with` and `async with` call on an instance of a class, as far as the project has them."""
    found = (method_called(project, *made, name) for name in ("__enter__", "__aenter__"))
    return tuple([place for place in found if place is not None])


def _given_by_entering(project: Project, made: Place, enter: Place) -> Place | None:
    """What `__enter__` of a class gives: by annotation or construction, else itself or what it holds."""
    found = returned_by(project, *enter)
    if found is not None:
        return made if found in lineage(project, *made) else found
    flow = flow_of(project, enter)
    if flow is None or project.definition_at(enter).returns.rpartition(".")[2] == "Self":
        return made
    values = [node.children[0] for node in walk(flow.body) if node.kind == "return" and node.children]
    given = {
        made
        if value.text == "self"
        else class_of(project, *enter, value.text)
        if value.kind == "name"
        else None
        for value in values
    }
    return next(iter(given)) if len(given) == 1 else None


def called(project: Project, file: int, scope: int, callee: str) -> Place | None:
    """The class, function or method that calling `callee` reaches; members through what is known of the receiver."""
    owner, _, last = callee.rpartition(".")
    if callee == "cls":
        here = enclosing_class(project, file, scope)
        return None if here is None else (file, here)
    if owner:
        holder = class_of(project, file, scope, owner)
        if holder is None and (target := definition_of(project, file, scope, owner)) is not None:
            holder = target if project.definition_at(target).is_class else None
        if holder is not None:
            return method_called(project, *holder, last)
    return definition_of(project, file, scope, callee)


def definition_of(project: Project, file: int, scope: int, name: str) -> Place | None:
    """The definition a dotted name stands for on the main path."""
    if not name or "?" in name:
        return None
    target: Target = project.resolve(file, name, scope).target
    return (target.file, target.index) if target.kind == "definition" else None


def returned_by(project: Project, file: int, index: int, depth: int = 3) -> Place | None:
    """The class a function returns an instance of: by annotation, else the one class all its returns construct."""
    definition = project.definition_at((file, index))
    if definition.returns:
        found = annotated(project, file, index, definition.returns)
        if found is not None:
            return found
    deep = project.files[file].facts.deep
    if deep is None or depth == 0:
        return None
    known: set[Place | None] = set()
    if definition.yields:
        known = set(_yielded(project, file, index, depth - 1)) if manages(definition) else set()
    for call in deep.calls:
        if call.scope == index and call.returned:
            known.add(made_by(project, file, index, call.callee, depth - 1))
    names = {item.name for item in deep.references if item.scope == index and item.role == "returned"}
    for call in deep.calls:
        if call.scope == index and call.assigned and call.assigned in names:
            known.add(made_by(project, file, index, call.callee, depth - 1))
    return next(iter(known)) if len(known) == 1 else None


def manages(definition: Definition) -> bool:
    """Is a function what `with` enters, its body running up to the `yield` before, and from there on afterwards?"""
    return definition.yields and not _MANAGERS.isdisjoint(decorators(definition))


_MANAGERS = frozenset({"asynccontextmanager", "contextmanager"})


def _yielded(project: Project, file: int, index: int, depth: int) -> Iterator[Place | None]:
    """The classes of what a function yields."""
    flow = flow_of(project, (file, index))
    for node in walk(flow.body) if flow is not None else ():
        if node.kind == "yield" and node.children:
            value = node.children[0]
            if value.kind == "name":
                yield class_of(project, file, index, value.text)
            elif value.kind == "call":
                yield made_by(project, file, index, callee(value), depth)
            else:
                yield None


def annotated(project: Project, file: int, scope: int, text: str) -> Place | None:
    """The class an annotation names: `Class`, `"Class"`, `Class | None`, `Awaitable[Class]`; not `list[Class]`."""
    found: dict[Place, None] = {}
    for name in _names(text):
        place = definition_of(project, file, scope, name)
        if place is not None and project.definition_at(place).is_class:
            found[place] = None
    return next(iter(found)) if len(found) == 1 else None


@lru_cache(maxsize=1 << 14)  # the same few stand everywhere
def _names(text: str) -> tuple[str, ...]:
    return tuple(_named_in(text))


def _named_in(text: str) -> Iterator[str]:
    try:
        pending: list[ast.expr] = [ast.parse(text, mode="eval").body]
    except (SyntaxError, ValueError):
        return
    while pending:
        match pending.pop(0):
            case ast.Constant(value=str(inner)):
                yield from _names(inner)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                pending += [left, right]
            case ast.Subscript(value=value, slice=inner):
                if ast.unparse(value).rpartition(".")[2] in _TRANSPARENT:
                    pending += inner.elts if isinstance(inner, ast.Tuple) else [inner]
                else:
                    pending.append(value)
            case ast.Name(id=name):
                yield name
            case ast.Attribute() as node:
                yield ast.unparse(node)


Key = tuple[int, str]
"""Where a name lives and what it is called: (function, name), (class, "self.name"), (-1, name)."""


class _Binding(msgspec.Struct, frozen=True, gc=False):
    """One statement that says what a name holds, not yet resolved."""

    kind: Literal["annotation", "call", "entered", "name"]
    scope: int
    text: str


def _held(project: Project, file: int, key: Key) -> Place | None:
    """The class of what a name holds: the first of its bindings that says so."""
    known = project.known(_first_class)
    place = (file, key)
    if place not in known:
        known[place] = None  # a circle of names ends here
        known[place] = _first_class(project, place)
    return known[place]


def _first_class(project: Project, place: tuple[int, Key]) -> Place | None:
    file, key = place
    for binding in project.once_for(file, _bindings).get(key, ()):
        match binding.kind:
            case "annotation":
                found = annotated(project, file, binding.scope, binding.text)
            case "call":
                found = made_by(project, file, binding.scope, binding.text)
            case "entered":
                found = entered_by(project, file, binding.scope, binding.text)
            case "name":
                found = class_of(project, file, binding.scope, binding.text)
        if found is not None:
            return found
    return None


def _bindings(project: Project, file: int) -> Mapping[Key, tuple[_Binding, ...]]:
    """What the annotations, calls and assignments of one file say, annotations first."""
    found: dict[Key, list[_Binding]] = defaultdict(list)
    for key, binding in _read(project, file):
        found[key].append(binding)
    return {key: tuple(bindings) for key, bindings in found.items()}


def _read(project: Project, file: int) -> Iterator[tuple[Key, _Binding]]:
    facts = project.files[file].facts
    deep = facts.deep
    if deep is None:
        return
    for index, definition in enumerate(facts.definitions):
        for parameter in definition.parameters:
            if parameter.annotation:
                yield (index, parameter.name), _Binding("annotation", index, parameter.annotation)
    for assignment in facts.assignments:
        if assignment.annotation:
            prefix = "self." if assignment.scope != MODULE else ""
            key = (assignment.scope, prefix + assignment.name)
            yield key, _Binding("annotation", assignment.scope, assignment.annotation)
    arms = [arm for arm in facts.branches if arm.kind == "with"]
    for call in deep.calls:
        if call.assigned and (target := _key(project, file, call.scope, call.assigned)) is not None:
            kind: Literal["call", "entered"] = "entered" if _is_entered(arms, call) else "call"
            yield target, _Binding(kind, call.scope, call.callee)
    declared: dict[tuple[int, str], list[str]] = defaultdict(list)
    for reference in deep.references:
        if reference.role.endswith("annotation") and reference.target:
            declared[reference.scope, reference.target].append(reference.name)
    for (scope, name), texts in declared.items():  # `self.manager: Manager | None = None`
        key_of = _key(project, file, scope, name)
        if key_of is not None and len(set(texts)) == 1:
            yield key_of, _Binding("annotation", scope, texts[0])
    for reference in deep.references:
        if reference.role == "stored" and reference.target:
            target = _key(project, file, reference.scope, reference.target)
            if target is not None:
                yield target, _Binding("name", reference.scope, reference.name)


def _is_entered(arms: Sequence[Branch], call: Call) -> bool:
    """Is a call that is assigned what a `with` enters?"""
    return any(arm.owner_line <= call.line <= arm.line and f"{call.callee}(" in arm.test for arm in arms)


def _key(project: Project, file: int, scope: int, target: str) -> Key | None:
    if target.startswith(("self.", "cls.")):
        owner = enclosing_class(project, file, scope)
        return None if owner is None or target.count(".") > 1 else (owner, "self." + target.partition(".")[2])
    return None if "." in target else (scope, target)
