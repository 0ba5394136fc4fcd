"""Which class an expression such as `manager` or `self._engine` holds an instance of, where the source says so.

Four sources count: a construction (`x = Class()`), a factory (its return annotation, or the one class its
returns construct), an annotation of a parameter or attribute, and an attribute set from a name whose class is
known (`self.x = x`). Nothing else is guessed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ssot_lint.members import all_members
from ssot_lint.model import MODULE

if TYPE_CHECKING:
    from ssot_lint.project import Project, Target

Place = tuple[int, int]
"""A class: index of its file and of its definition there."""

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
    held = _held(project, file)
    definitions = project.files[file].facts.definitions
    first, _, rest = receiver.partition(".")
    if first in ("self", "cls"):
        owner = enclosing_class(project, file, scope)
        if owner is None or "." in rest:
            return None
        return (file, owner) if not rest else held.get((owner, receiver))
    while scope != MODULE:
        if (scope, receiver) in held:
            return held[scope, receiver]
        scope = definitions[scope].parent
    return held.get((MODULE, receiver))


def enclosing_class(project: Project, file: int, scope: int) -> int | None:
    """The nearest class around a scope."""
    definitions = project.files[file].facts.definitions
    while scope != MODULE and not definitions[scope].is_class:
        scope = definitions[scope].parent
    return None if scope == MODULE else scope


def made_by(project: Project, file: int, scope: int, callee: str, depth: int = 3) -> Place | None:
    """The class of what calling `callee` gives: the class itself, or what a function or method is known to return."""
    target = _callable(project, file, scope, callee)
    if target is None:
        return None
    definition = project.files[target[0]].facts.definitions[target[1]]
    return target if definition.is_class else returned_by(project, *target, depth=depth)


def _callable(project: Project, file: int, scope: int, callee: str) -> Place | None:
    owner, _, last = callee.rpartition(".")
    if callee == "cls":
        here = enclosing_class(project, file, scope)
        return None if here is None else (file, here)
    if owner:
        holder = class_of(project, file, scope, owner)
        if holder is None and (target := definition_of(project, file, scope, owner)) is not None:
            holder = target if project.files[target[0]].facts.definitions[target[1]].is_class else None
        if holder is not None:
            member = all_members(project, *holder).get(last)
            return None if member is None or member.definition < 0 else (member.file, member.definition)
    return definition_of(project, file, scope, callee)


def definition_of(project: Project, file: int, scope: int, name: str) -> Place | None:
    """The definition a dotted name stands for on the main path."""
    if not name or "?" in name:
        return None
    target: Target = project.resolve(file, name, scope).target
    return (target.file, target.index) if target.kind == "definition" else None


def returned_by(project: Project, file: int, index: int, depth: int = 3) -> Place | None:
    """The class a function returns an instance of: by annotation, else the one class all its returns construct."""
    definition = project.files[file].facts.definitions[index]
    if definition.returns:
        found = annotated(project, file, index, definition.returns)
        if found is not None:
            return found
    deep = project.files[file].facts.deep
    if deep is None or depth == 0:
        return None
    known: set[Place | None] = set()
    for call in deep.calls:
        if call.scope == index and call.returned:
            known.add(made_by(project, file, index, call.callee, depth - 1))
    names = {item.name for item in deep.references if item.scope == index and item.role == "returned"}
    for call in deep.calls:
        if call.scope == index and call.assigned and call.assigned in names:
            known.add(made_by(project, file, index, call.callee, depth - 1))
    return next(iter(known)) if len(known) == 1 else None


def annotated(project: Project, file: int, scope: int, text: str) -> Place | None:
    """The class an annotation names: `Class`, `"Class"`, `Class | None`, `Awaitable[Class]`; not `list[Class]`."""
    found: dict[Place, None] = {}
    for name in _names(text):
        place = definition_of(project, file, scope, name)
        if place is not None and project.files[place[0]].facts.definitions[place[1]].is_class:
            found[place] = None
    return next(iter(found)) if len(found) == 1 else None


def _names(text: str) -> Iterator[str]:
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


def _held(project: Project, file: int) -> Mapping[tuple[int, str], Place]:
    """(function, class or -1; dotted name) -> class, for one file."""
    tables = project.once(_tables)
    if file not in tables:
        tables[file] = {}  # filled while it is being asked: a cycle of names ends here
        _fill(project, file, tables[file])
    return tables[file]


def _tables(project: Project) -> dict[int, dict[tuple[int, str], Place]]:
    return {}


def _fill(project: Project, file: int, held: dict[tuple[int, str], Place]) -> None:
    facts = project.files[file].facts
    definitions = facts.definitions
    deep = facts.deep
    if deep is None:
        return
    scopes = {item.scope for items in (deep.calls, deep.uses, deep.references) for item in items}
    for index in sorted(scopes - {MODULE}):
        for parameter in definitions[index].parameters:
            if parameter.annotation:
                _note(held, (index, parameter.name), annotated(project, file, index, parameter.annotation))
    for assignment in facts.assignments:
        if assignment.annotation:
            prefix = "self." if assignment.scope != MODULE else ""
            found = annotated(project, file, assignment.scope, assignment.annotation)
            _note(held, (assignment.scope, prefix + assignment.name), found)
    for call in deep.calls:
        if call.assigned:
            key = _key(project, file, call.scope, call.assigned)
            if key is not None:
                _note(held, key, made_by(project, file, call.scope, call.callee))
    for reference in deep.references:
        if reference.role == "stored" and reference.target:
            key = _key(project, file, reference.scope, reference.target)
            if key is not None and key not in held:
                _note(held, key, class_of(project, file, reference.scope, reference.name))


def _key(project: Project, file: int, scope: int, target: str) -> tuple[int, str] | None:
    if target.startswith(("self.", "cls.")):
        owner = enclosing_class(project, file, scope)
        return None if owner is None or target.count(".") > 1 else (owner, "self." + target.partition(".")[2])
    return None if "." in target else (scope, target)


def _note(held: dict[tuple[int, str], Place], key: tuple[int, str], place: Place | None) -> None:
    if place is not None:
        held.setdefault(key, place)
