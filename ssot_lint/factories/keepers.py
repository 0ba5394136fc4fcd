"""Forms in which one file keeps an instance beyond the call that made it: names, caches, closures, tables."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from ssot_lint.factories.instances import givers, instance_of
from ssot_lint.factories.singletons import singleton_by
from ssot_lint.factories.stores import Kept, from_context, identifies, in_body, made_by_value
from ssot_lint.model import MODULE, Location, Place, Related
from ssot_lint.queries.again import bodies_naming, flow_of
from ssot_lint.queries.digests import Digest, digest_of, digests
from ssot_lint.queries.members import decorators
from ssot_lint.queries.receivers import enclosing_class
from ssot_lint.queries.walks import walk
from ssot_lint.reading.expressions import dotted

if TYPE_CHECKING:
    from ssot_lint.model import Assignment, Definition
    from ssot_lint.project import Project

_CACHES = frozenset({
    "alru_cache", "cache", "cached", "cached_call", "lru_cache", "memoise", "memoize", "memoized", "ttl_cache",
})  # fmt: skip
_ONCE = frozenset({"call_once", "once", "run_once", "singleton"})
"""Decorators that keep one result, whatever the arguments."""
_ROUTES = frozenset({
    "get", "post", "put", "delete", "patch", "websocket", "route", "api_route", "websocket_route", "on_event",
    "middleware", "exception_handler", "task", "tool", "command", "event",
})  # fmt: skip


def kept_in(project: Project, file: int, classes: frozenset[Place]) -> Iterator[Kept]:
    yield from _names(project, file, classes)
    yield from _class_singletons(project, file, classes)
    yield from _functions(project, file, classes)
    for scope, body in digests(project, file).items():
        yield from in_body(project, file, scope, body, classes)
        yield from _closures(project, file, scope, body, classes)


def kept_unheard(
    project: Project, file: int, names: Collection[str], classes: frozenset[Place]
) -> Iterator[Kept]:
    """The same where nothing is said of a concept, and functions of these names are called that give an instance."""
    is_deep = project.files[file].facts.deep is not None
    if not is_deep:
        yield from _names(project, file, classes)
        yield from _functions(project, file, classes)
    for scope, flow in bodies_naming(project, file, names):
        if not (is_deep and scope in digests(project, file)):
            yield from in_body(project, file, scope, digest_of(flow.body), classes)


# --- names of modules and classes -----------------------------------------------------------------------------


def _names(project: Project, file: int, classes: frozenset[Place]) -> Iterator[Kept]:
    facts = project.files[file].facts
    for item in facts.assignments:
        if item.kind != "call" or under_main(project, file, item.branch):
            continue
        inside = item.scope if item.writer == MODULE else item.writer
        made = instance_of(project, file, inside, item.value)
        if made in classes and made is not None:
            named = outliving(project, file, item)
            if named is not None:
                where = Location(project.files[file].path, item.line, item.column)
                yield Kept(where, file, made, *named)


def outliving(project: Project, file: int, item: Assignment) -> tuple[str, str] | None:
    """(name, how) of an assignment to a name that outlives its function."""
    definitions = project.files[file].facts.definitions
    if item.scope == MODULE:
        if item.writer != MODULE:
            return item.name, f"is kept by {definitions[item.writer].qualname} in a module global"
        return item.name, "is a module global"
    owner = definitions[item.scope]
    return (
        (f"{owner.name}.{item.name}", f"is an attribute of the class {owner.name}")
        if owner.is_class
        else None
    )


def under_main(project: Project, file: int, branch: int) -> bool:
    """Does a statement run only when the file is started as a script?"""
    return any("__main__" in arm.test for arm in project.around(file, branch))


def _class_singletons(project: Project, file: int, classes: frozenset[Place]) -> Iterator[Kept]:
    """`cls._instance = cls()`, `cls._instance = super().__new__(cls)`, metaclasses, decorators."""
    facts = project.files[file].facts
    deep = facts.deep
    stored = [item for item in deep.references if item.role == "stored"] if deep is not None else []
    for call in deep.calls if deep is not None else ():
        if not call.assigned or call.callee.rpartition(".")[2] not in ("cls", "__new__"):
            continue
        owner = enclosing_class(project, file, call.scope)
        if owner is None or (file, owner) not in classes:
            continue
        name = facts.definitions[owner].name
        places = [(call.assigned, call.line, call.column)]
        places += [
            (item.target, item.line, item.column) for item in stored
            if item.scope == call.scope and item.name == call.assigned and item.line >= call.line
        ]  # fmt: skip
        for target, line, column in places:
            if target.startswith(("cls.", f"{name}.")) and not target.endswith("[]"):
                where = Location(project.files[file].path, line, column)
                yield Kept(where, file, (file, owner), target, f"is an attribute of the class {name}")
    for index, definition in enumerate(facts.definitions):
        if (file, index) in classes:
            keeper = singleton_by(project, file, definition)
            if keeper:
                where = project.location(file, index)
                yield Kept(where, file, (file, index), definition.name, keeper)


# --- functions ------------------------------------------------------------------------------------------------


def _functions(project: Project, file: int, classes: frozenset[Place]) -> Iterator[Kept]:
    given = givers(project)
    for index, definition in enumerate(project.files[file].facts.definitions):
        if definition.is_class:
            continue
        where = project.location(file, index)
        made = given.get((file, index))
        cached = sorted(decorators(definition) & (_CACHES | _ONCE)) if made in classes else []
        if cached and made is not None and (cached[0] in _ONCE or not _keyed(definition)):
            how = f"is kept by {cached[0]} for every caller"
            yield Kept(where, file, made, definition.name, how, _creation(project, file, index))
        for parameter in definition.parameters:
            name = _called(parameter.default)
            made = instance_of(project, file, definition.parent, name) if name else None
            if made in classes and made is not None:
                yield Kept(
                    where, file, made, parameter.name, "is a default argument, made once for all calls"
                )


def _creation(project: Project, file: int, index: int) -> tuple[Related, ...]:
    """The calls of a function whose result it returns."""
    source = project.files[file]
    calls = source.facts.deep.calls if source.facts.deep is not None else ()
    return tuple(
        Related(source.path, call.line, "where it is created")
        for call in calls
        if call.scope == index and call.returned
    )


def _keyed(definition: Definition) -> bool:
    """Do the arguments, which are the key of a cache, say whose instance it is?"""
    names = [parameter.name for parameter in definition.parameters]
    if names[:1] == ["self"]:
        return True
    return any(
        identifies(item.name) or identifies(item.annotation.rpartition(".")[2])
        for item in definition.parameters
    )


def _called(default: str | None) -> str:
    """The callee of a default that is a call."""
    if default is None or "(" not in default:
        return ""
    try:
        node = ast.parse(default, mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def _closures(
    project: Project, file: int, scope: int, body: Digest, classes: frozenset[Place]
) -> Iterator[Kept]:
    """A local instance that a nested function hands out, where nothing says whose it is."""
    facts = project.files[file].facts
    if scope == MODULE or facts.deep is None:
        return
    outer = facts.definitions[scope]
    if any(identifies(item.name) or identifies(item.annotation) for item in outer.parameters):
        return
    project.named.add(("", file, scope))  # of what they take, only where bodies are facts
    nested = [index for index in project.parts(file, scope) if not facts.definitions[index].is_class]
    if not nested:
        return
    handed = {node.children[0].text for node in body.returns if node.children}
    for index in nested:
        if facts.definitions[index].name in handed or decorators(facts.definitions[index]) & _ROUTES:
            yield from _kept_around(project, file, index, body, classes)
    for node in body.assigns:
        if len(node.children) != 2 or node.children[1].kind != "name":
            continue
        name = node.children[1].text
        made = made_by_value(project, file, scope, node.children[0]) if "." not in name else None
        if made is None or made not in classes:
            continue
        for index in nested:
            inner = facts.definitions[index]
            within = flow_of(project, (file, index))
            reads = any(use.scope == index and use.receiver == name for use in facts.deep.uses) or (
                within is not None
                and any(
                    item.kind == "name" and item.text.partition(".")[0] == name for item in walk(within.body)
                )
            )
            returns = any(
                item.scope == index and item.role == "returned" and item.name == name
                for item in facts.deep.references
            )
            given_out = inner.name in handed and (returns or (reads and "wraps" in decorators(inner)))
            if (reads and decorators(inner) & _ROUTES) or given_out:
                where = Location(project.files[file].path, node.line, node.column)
                step = Related(project.files[file].path, inner.line, f"{inner.name} hands it to every caller")
                yield Kept(where, file, made, name, f"is kept in the closure of {inner.name}", (step,))
                break


def _kept_around(
    project: Project, file: int, index: int, around: Digest, classes: frozenset[Place]
) -> Iterator[Kept]:
    """What a nested function that is handed out keeps in variables and tables of the function around it."""
    body = digests(project, file).get(index)
    if body is None:
        return
    inner = project.definition_at((file, index))
    names = {name for name, _ in around.bound}
    own = {item.name for item in inner.parameters} | {name for name, _ in body.bound}
    for node in body.assigns:
        for target in node.children[1:]:
            if target.kind == "item-of":
                table, key = target.children
                name, kept = table.text, table.text in names - own and not from_context(body, key)
            else:
                name, kept = target.text, target.text in names & body.outer
            made = made_by_value(project, file, index, node.children[0]) if kept else None
            if made is not None and made in classes:
                where = Location(project.files[file].path, node.line, node.column)
                yield Kept(where, file, made, name, f"is kept in the closure of {inner.name}")
