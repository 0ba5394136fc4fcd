"""Forms in which one file keeps an instance beyond the call that made it: names, caches, closures, tables."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.digests import Digest, digests, flow_of
from ssot_lint.expressions import dotted
from ssot_lint.instances import givers, held_by, instance_of
from ssot_lint.members import decorators
from ssot_lint.model import MODULE, Location, Related
from ssot_lint.receivers import enclosing_class
from ssot_lint.walks import callee, positional, walk

if TYPE_CHECKING:
    from ssot_lint.model import Assignment, Definition, Node
    from ssot_lint.project import Project

Place = tuple[int, int]
_CACHES = frozenset({"cache", "lru_cache", "cached", "alru_cache", "memoize", "ttl_cache", "cached_call"})
_ROUTES = frozenset({
    "get", "post", "put", "delete", "patch", "websocket", "route", "api_route", "websocket_route", "on_event",
    "middleware", "exception_handler", "task", "tool", "command", "event",
})  # fmt: skip
_IDENTITY = frozenset({
    "user", "users", "context", "ctx", "session", "thread", "run", "request", "connection", "conn", "tenant",
    "client", "account", "owner", "customer", "org", "organization", "websocket", "socket", "uid", "caller",
})  # fmt: skip
_EACH_ITS_OWN = frozenset({"local", "Local", "ContextVar"})
"""What gives each thread or task attributes of its own."""
_PARTS = re.compile(r"[._]+|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Kept:
    """One place that keeps an instance."""

    location: Location
    file: int
    made: Place  # the class of the instance
    name: str  # what keeps it, as code around it says: "_manager", "cls._instance", "default_engine"
    how: str  # "is a module global", "is kept by lru_cache for every caller"
    through: tuple[Related, ...] = ()  # steps between the place and the callers that are already known


def identifies(text: str) -> bool:
    """Does a name say whose it is: a user, a context, a session?"""
    return not _IDENTITY.isdisjoint(part.lower() for part in _PARTS.split(text))


def kept_in(project: Project, file: int, classes: frozenset[Place]) -> Iterator[Kept]:
    yield from _names(project, file, classes)
    yield from _class_singletons(project, file, classes)
    yield from _functions(project, file, classes)
    for scope, body in digests(project, file).items():
        yield from _in_body(project, file, scope, body, classes)
        yield from _closures(project, file, scope, body, classes)


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
    for call in facts.deep.calls if facts.deep is not None else ():
        if not call.assigned.startswith("cls.") or call.callee.rpartition(".")[2] not in ("cls", "__new__"):
            continue
        owner = enclosing_class(project, file, call.scope)
        if owner is not None and (file, owner) in classes:
            where = Location(project.files[file].path, call.line, call.column)
            name = facts.definitions[owner].name
            yield Kept(where, file, (file, owner), call.assigned, f"is an attribute of the class {name}")
    for index, definition in enumerate(facts.definitions):
        if (file, index) in classes:
            keeper = _keeper(project, file, definition)
            if keeper:
                where = project.location(file, index)
                yield Kept(where, file, (file, index), definition.name, keeper)


def _keeper(project: Project, file: int, definition: Definition) -> str:
    """What makes every construction of a class give the same instance: a metaclass, a decorator."""
    if "singleton" in {item.lower() for item in decorators(definition)}:
        return "is made a singleton by its decorator"
    if definition.metaclass:
        target = project.resolve(file, definition.metaclass, definition.parent).target
        if target.kind == "definition" and project.definition(target).is_class:
            meta = project.definition(target)
            own = {
                project.definition_at((target.file, child)).name
                for child in project.children(target.file, target.index)
            }
            if "__call__" in own and any("instance" in name.lower() for name in meta.attributes):
                return f"is one instance for all, kept by the metaclass {meta.name}"
    return ""


# --- functions ------------------------------------------------------------------------------------------------


def _functions(project: Project, file: int, classes: frozenset[Place]) -> Iterator[Kept]:
    given = givers(project)
    for index, definition in enumerate(project.files[file].facts.definitions):
        if definition.is_class:
            continue
        where = project.location(file, index)
        made = given.get((file, index))
        cached = sorted(decorators(definition) & _CACHES) if made in classes else []
        if cached and made is not None and not _keyed(definition):
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
    nested = [index for index in project.children(file, scope) if not facts.definitions[index].is_class]
    if not nested:
        return
    handed = {node.children[0].text for node in body.returns if node.children}
    bodies = {item.definition: item.body for item in facts.flows}
    for node in body.assigns:
        if len(node.children) != 2 or node.children[1].kind != "name":
            continue
        name = node.children[1].text
        made = made_by_value(project, file, scope, node.children[0]) if "." not in name else None
        if made is None or made not in classes:
            continue
        for index in nested:
            inner = facts.definitions[index]
            within = bodies.get(index)
            reads = any(use.scope == index and use.receiver == name for use in facts.deep.uses) or (
                within is not None
                and any(item.kind == "name" and item.text.partition(".")[0] == name for item in walk(within))
            )
            returns = any(
                item.scope == index and item.role == "returned" and item.name == name
                for item in facts.deep.references
            )
            if (reads and decorators(inner) & _ROUTES) or (returns and inner.name in handed):
                where = Location(project.files[file].path, node.line, node.column)
                step = Related(project.files[file].path, inner.line, f"{inner.name} hands it to every caller")
                yield Kept(where, file, made, name, f"is kept in the closure of {inner.name}", (step,))
                break


# --- statements -----------------------------------------------------------------------------------------------


def made_by_value(project: Project, file: int, scope: int, value: Node) -> Place | None:
    """The class of a concept's instance that a value is, through `await`, `or` and conditional expressions."""
    match value.kind:
        case "call":
            name = callee(value)
            return instance_of(project, file, scope, name) if name and "?" not in name else None
        case "name":
            return held_by(project, file, scope, value.text)
        case "await" | "walrus":
            return made_by_value(project, file, scope, value.children[0])
        case "operation" if value.text in ("BoolOp", "IfExp"):
            found = (made_by_value(project, file, scope, item) for item in value.children)
            return next((item for item in found if item is not None), None)
    return None


def _in_body(
    project: Project, file: int, scope: int, body: Digest, classes: frozenset[Place]
) -> Iterator[Kept]:
    path = project.files[file].path
    script = _script(project, file) if scope == MODULE else frozenset()
    for node in body.assigns:
        if (node.line, node.column) in script:
            continue
        for target in node.children[1:]:
            found = _stored(project, file, scope, body, node.children[0], target)
            if found is not None and found[0] in classes:
                yield Kept(Location(path, node.line, node.column), file, *found)
    for node in body.calls:
        if callee(node).endswith(".setdefault") and len(positional(node)) == 2:
            key, value = positional(node)
            made = made_by_value(project, file, scope, value)
            owner = callee(node).removesuffix(".setdefault")
            unkeyed = (
                made in classes
                and _shared_table(project, file, scope, owner)
                and not _from_context(body, key)
            )
            if made is not None and unkeyed:
                yield Kept(Location(path, node.line, node.column), file, made, owner, _UNKEYED)


def _script(project: Project, file: int) -> frozenset[tuple[int, int]]:
    """(line, column) of the assignments that run only when the file is started as a script."""
    flow = flow_of(project, (file, MODULE))
    return frozenset(
        (node.line, node.column)
        for top in (flow.body.children if flow is not None else ())
        if top.kind == "if" and any(item.text == "'__main__'" for item in walk(top.children[0]))
        for node in walk(top.children[1])
        if node.kind == "assign"
    )


_UNKEYED = "is kept in a table of the module whose key does not say whose it is"


def _stored(
    project: Project, file: int, scope: int, body: Digest, value: Node, target: Node
) -> tuple[Place, str, str] | None:
    text = target.text
    if target.kind == "item-of" and target.children[0].kind == "name":
        owner, key = target.children
        if owner.text.endswith("dependency_overrides") and value.kind == "lambda":
            made = made_by_value(project, file, scope, value.children[0])
            constructed = value.children[0].kind == "call"
            return (
                None
                if made is None or constructed
                else (made, owner.text, "overrides a dependency for everybody")
            )
        if not _shared_table(project, file, scope, owner.text) or _from_context(body, key):
            return None
        made = made_by_value(project, file, scope, value)
        return None if made is None else (made, owner.text, _UNKEYED)
    if target.kind != "name":
        return None
    parts = text.split(".")
    if len(parts) >= 3 and parts[-2] == "state" and parts[-3] in ("app", "application"):
        made = made_by_value(project, file, scope, value)
        return None if made is None else (made, text, "is kept in the state of the application")
    if len(parts) == 2 and parts[0] != "self" and scope != MODULE and value.kind in ("call", "await"):
        made = made_by_value(project, file, scope, value)
        holder = _lasting(project, file, scope, parts[0], made)
        return None if made is None or not holder else (made, text, holder)
    if scope == MODULE or value.kind == "call":
        if scope == MODULE and len(parts) == 1 and value.kind != "call" and value.kind != "name":
            made = made_by_value(project, file, scope, value)
            return None if made is None else (made, text, "is a module global")
        return None
    if len(parts) == 1 and text in body.outer and project.binds(file, text):
        made = made_by_value(project, file, scope, value)
        function = project.definition_at((file, scope)).qualname
        return None if made is None else (made, text, f"is kept by {function} in a module global")
    return None


def _lasting(project: Project, file: int, scope: int, owner: str, made: Place | None) -> str:
    """How an attribute of `owner`, as a function sees it, outlives the call; "" where it does not."""
    if owner == "cls":
        around = enclosing_class(project, file, scope)
        if around is None or made == (
            file,
            around,
        ):  # a class that keeps its own instance is told of elsewhere
            return ""
        return f"is an attribute of the class {project.definition_at((file, around)).name}"
    found = project.resolve(file, owner, scope).target
    if found.kind == "definition" and project.definition(found).is_class:
        return f"is an attribute of the class {owner}"
    if found.kind == "variable" and _shared_table(project, file, scope, owner):
        given = {
            item.value.rpartition(".")[2]
            for item in project.files[found.file].facts.assignments
            if item.scope == MODULE and found.symbol.endswith(f":{item.name}")
        }
        return "" if given & _EACH_ITS_OWN else f"is kept on {owner}, of which the module has one"
    return ""


def _shared_table(project: Project, file: int, scope: int, owner: str) -> bool:
    """Is a name that is subscripted a module's or a class's own?"""
    head, _, rest = owner.partition(".")
    if head == "cls":
        return bool(rest)
    if head == "self":
        return False
    if scope != MODULE and not rest and _is_local(project, file, scope, head):
        return False
    target = project.resolve(file, owner, scope).target
    return (
        target.kind == "variable"
        and target.file >= 0
        and (":" in target.symbol and "<locals>" not in target.symbol)
    )


def _is_local(project: Project, file: int, scope: int, name: str) -> bool:
    if any(item.name == name for item in project.definition_at((file, scope)).parameters):
        return True
    body = digests(project, file).get(scope)
    return body is not None and name not in body.outer and any(bound == name for bound, _ in body.bound)


def _from_context(body: Digest, key: Node) -> bool:
    """Does a key come from something that says whose it is, through the local names of the body?"""
    values: dict[str, list[Node]] = defaultdict(list)
    for name, value in body.bound:
        values[name].append(value)
    pending, seen = [key], set()
    while pending:
        for node in walk(pending.pop()):
            if node.kind == "name" and node.text not in seen:
                seen.add(node.text)
                if identifies(node.text):
                    return True
                pending += values.get(node.text, ())
    return False
