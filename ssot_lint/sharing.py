"""Where an instance that belongs to one user is kept so that others get it too.

`keeps` finds the places: names of modules and classes, caches of functions, default arguments, closures, the
state of an application, tables whose key says nothing about the user, and attributes of objects that are
themselves shared. `reach` says how what is kept gets to callers.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.expressions import dotted
from ssot_lint.instances import Digest, calls_of, digests, flow_of, givers, held_by, instance_of, instances
from ssot_lint.members import all_members, decorators
from ssot_lint.model import MODULE, Location, Related
from ssot_lint.receivers import class_of, enclosing_class
from ssot_lint.signatures import passed
from ssot_lint.walks import argument, callee, positional, walk

if TYPE_CHECKING:
    from ssot_lint.model import Assignment, Definition, Node, SourceFile
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


def keeps(project: Project, concepts: Collection[str]) -> tuple[Kept, ...]:
    """Every place outside the tests that keeps an instance of these concepts, by path and line."""
    classes = frozenset(place for place, concept in instances(project).items() if concept in concepts)
    found: dict[Location, Kept] = {}
    for file, source in enumerate(project.files):
        if source.is_test or source.facts.deep is None:
            continue
        for kept in _in_file(project, file, classes):
            found.setdefault(kept.location, kept)
    for kept in _on_shared(project, classes):
        found.setdefault(kept.location, kept)
    return tuple(found[place] for place in sorted(found))


def identifies(text: str) -> bool:
    """Does a name say whose it is: a user, a context, a session?"""
    return not _IDENTITY.isdisjoint(part.lower() for part in _PARTS.split(text))


def _in_file(project: Project, file: int, classes: frozenset[Place]) -> Iterator[Kept]:
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
            named = _place_of(project, file, item)
            if named is not None:
                where = Location(project.files[file].path, item.line, item.column)
                yield Kept(where, file, made, *named)


def _place_of(project: Project, file: int, item: Assignment) -> tuple[str, str] | None:
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
    branches = project.files[file].facts.branches
    while branch != MODULE:
        if "__main__" in branches[branch].test:
            return True
        branch = branches[branch].parent
    return False


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
                project.files[target.file].facts.definitions[child].name
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
            yield Kept(where, file, made, definition.name, f"is kept by {cached[0]} for every caller")
        for parameter in definition.parameters:
            name = _called(parameter.default)
            made = instance_of(project, file, definition.parent, name) if name else None
            if made in classes and made is not None:
                yield Kept(
                    where, file, made, parameter.name, "is a default argument, made once for all calls"
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
        made = _made(project, file, scope, node.children[0]) if "." not in name else None
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


def _made(project: Project, file: int, scope: int, value: Node) -> Place | None:
    """The class of a concept's instance that a value is, through `await`, `or` and conditional expressions."""
    match value.kind:
        case "call":
            name = callee(value)
            return instance_of(project, file, scope, name) if name and "?" not in name else None
        case "name":
            return held_by(project, file, scope, value.text)
        case "await" | "walrus":
            return _made(project, file, scope, value.children[0])
        case "operation" if value.text in ("BoolOp", "IfExp"):
            found = (_made(project, file, scope, item) for item in value.children)
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
            made = _made(project, file, scope, value)
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
            made = _made(project, file, scope, value.children[0])
            constructed = value.children[0].kind == "call"
            return (
                None
                if made is None or constructed
                else (made, owner.text, "overrides a dependency for everybody")
            )
        if not _shared_table(project, file, scope, owner.text) or _from_context(body, key):
            return None
        made = _made(project, file, scope, value)
        return None if made is None else (made, owner.text, _UNKEYED)
    if target.kind != "name":
        return None
    parts = text.split(".")
    if len(parts) >= 3 and parts[-2] == "state" and parts[-3] in ("app", "application"):
        made = _made(project, file, scope, value)
        return None if made is None else (made, text, "is kept in the state of the application")
    if scope == MODULE or value.kind == "call":
        if len(parts) == 2 and parts[0] not in ("self", "cls") and scope != MODULE:
            owner_class = project.resolve(file, parts[0], scope).target
            if owner_class.kind == "definition" and project.definition(owner_class).is_class:
                made = _made(project, file, scope, value)
                return None if made is None else (made, text, f"is an attribute of the class {parts[0]}")
        if scope == MODULE and len(parts) == 1 and value.kind != "call" and value.kind != "name":
            made = _made(project, file, scope, value)
            return None if made is None else (made, text, "is a module global")
        return None
    if len(parts) == 1 and text in body.outer and text in set(project.namespace(file)):
        made = _made(project, file, scope, value)
        function = project.files[file].facts.definitions[scope].qualname
        return None if made is None else (made, text, f"is kept by {function} in a module global")
    return None


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
    if any(item.name == name for item in project.files[file].facts.definitions[scope].parameters):
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


# --- objects that are themselves shared -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Attribute:
    location: Location
    name: str
    made: Place
    constructed: bool
    given: str  # the constructor's parameter that it comes from, or ""


def _on_shared(project: Project, classes: frozenset[Place]) -> Iterator[Kept]:
    """Instances on attributes of an object of which the whole process has one; and that object."""
    held = _holders(project, classes)
    shared = _shared(project, held)
    yield from _handed_on(project, held, shared)
    for (file, index), keepers in sorted(shared.items()):
        holder = project.files[file].facts.definitions[index]
        attributes = held[file, index]
        initial = all_members(project, file, index).get("__init__")
        parameters: list[str] = []
        if initial is not None and initial.definition >= 0:
            taken = project.files[initial.file].facts.definitions[initial.definition].parameters[1:]
            parameters = [item.name for item in taken]
        seen: set[tuple[int, str]] = set()
        for keeper in keepers:
            first = next((item for item in attributes if _filled(project, keeper, item, parameters)), None)
            if first is None or (keeper.file, keeper.name) in seen:
                continue
            seen.add((keeper.file, keeper.name))
            step = Related(
                first.location.path, first.location.line, f"{holder.name} holds it in {first.name}"
            )
            how = f"is held in {first.name} of the one {holder.name} that {keeper.how}"
            yield Kept(keeper.location, keeper.file, first.made, keeper.name, how, (step,))
        for attribute in attributes:
            if attribute.constructed:
                step = Related(
                    keepers[0].location.path, keepers[0].location.line, f"the {holder.name} for all callers"
                )
                how = f"is kept on a {holder.name}, of which {keepers[0].name} is the one for all callers"
                yield Kept(attribute.location, file, attribute.made, attribute.name, how, (step,))


def _holders(project: Project, classes: frozenset[Place]) -> Mapping[Place, tuple[_Attribute, ...]]:
    """Class that is no concept itself -> its attributes that hold an instance of one."""
    found: dict[Place, dict[Location, _Attribute]] = defaultdict(dict)
    known = instances(project)
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for scope, body in digests(project, file).items():
            owner = enclosing_class(project, file, scope)
            if owner is None or (file, owner) in known or scope not in project.children(file, owner):
                continue
            for name, value in body.bound:
                if name.startswith("self.") and name.count(".") == 1:
                    made = _made(project, file, scope, value)
                    if made is not None and made in classes:
                        where = Location(source.path, value.line, 1)
                        given = _given(source.facts.definitions[scope], value)
                        constructed = value.kind in ("call", "await")
                        found[file, owner].setdefault(
                            where, _Attribute(where, name, made, constructed, given)
                        )
    return {place: tuple(items[key] for key in sorted(items)) for place, items in found.items()}


def _handed_on(
    project: Project, held: Mapping[Place, tuple[_Attribute, ...]], shared: Mapping[Place, tuple[Kept, ...]]
) -> Iterator[Kept]:
    """Calls elsewhere that are given the instance that a shared object holds."""
    names = {f".{item.name.removeprefix('self.')}": place for place in sorted(shared) for item in held[place]}
    for file, source in enumerate(project.files):
        if source.is_test or not names:
            continue
        for scope, body in digests(project, file).items():
            for node in body.calls:
                for item in node.children[1:]:
                    given = item.children[0] if item.kind == "keyword" else item
                    owner, _, attribute = given.text.rpartition(".")
                    if given.kind != "name" or owner in ("", "self", "cls") or f".{attribute}" not in names:
                        continue
                    place = class_of(project, file, scope, owner)
                    if place not in shared or place is None:
                        continue
                    made = next((one.made for one in held[place] if one.name == f"self.{attribute}"), None)
                    if made is not None:
                        holder = project.files[place[0]].facts.definitions[place[1]].name
                        keeper = shared[place][0]
                        step = Related(
                            keeper.location.path, keeper.location.line, f"the {holder} for all callers"
                        )
                        how = f"is taken from the one {holder} for all callers and passed to {callee(node)}(...)"
                        yield Kept(
                            Location(source.path, node.line, node.column),
                            file,
                            made,
                            given.text,
                            how,
                            (step,),
                        )


def _given(method: Definition, value: Node) -> str:
    if method.name != "__init__":
        return ""
    names = {item.name for item in method.parameters}
    return next((node.text for node in walk(value) if node.kind == "name" and node.text in names), "")


def _filled(project: Project, keeper: Kept, attribute: _Attribute, parameters: Sequence[str]) -> bool:
    """Does the object that is kept hold the instance? Not where its constructor is not given one."""
    if not attribute.given:
        return True
    for calls in calls_of(project, keeper.file).values():
        for _, node in calls:
            if (
                keeper.location.line <= node.line <= keeper.location.line + 1
                and passed(node).starred is False
            ):
                given = argument(node, attribute.given, parameters.index(attribute.given))
                if given is not None and given.text != "None":
                    return True
    return False


def _shared(
    project: Project, held: Mapping[Place, tuple[_Attribute, ...]]
) -> Mapping[Place, tuple[Kept, ...]]:
    """Holder class -> the names of modules and classes that keep one for the whole process."""
    names = {project.files[file].facts.definitions[index].name for file, index in held}
    found: dict[Place, list[Kept]] = defaultdict(list)
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for item in source.facts.assignments:
            if item.kind == "call" and item.value.rpartition(".")[2] in names and _outlives(source, item):
                target = project.resolve(
                    file, item.value, item.scope if item.writer == MODULE else item.writer
                ).target
                place = (target.file, target.index)
                if (
                    target.kind == "definition"
                    and place in held
                    and not under_main(project, file, item.branch)
                ):
                    named = _place_of(project, file, item)
                    if named is not None:
                        where = Location(source.path, item.line, item.column)
                        found[place].append(Kept(where, file, place, *named))
    return {place: tuple(items) for place, items in found.items()}


def _outlives(source: SourceFile, item: Assignment) -> bool:
    return item.scope == MODULE or source.facts.definitions[item.scope].is_class


# --- how it reaches callers -----------------------------------------------------------------------------------


def reach(project: Project, kept: Kept, limit: int = 3) -> tuple[Related, ...]:
    """The functions that hand out what is kept, and the first places that import or depend on it."""
    source = project.files[kept.file]
    definitions = source.facts.definitions
    found: list[Related] = []
    providers = {kept.name}
    for item in source.facts.deep.references if source.facts.deep is not None else ():
        if item.role == "returned" and item.name == kept.name and item.scope != MODULE:
            function = definitions[item.scope]
            found.append(Related(source.path, function.line, f"{function.name} returns it"))
            providers.add(function.name)
    users: list[Related] = []
    for name in sorted(providers):
        for file, line in project.once(_importers).get((source.module, name), ()):
            users.append(Related(project.files[file].path, line, f"gets it through {name}"))
    for _, node in calls_of(project, kept.file).get("Depends", ()):
        given = argument(node, "dependency", 0)
        if given is not None and given.text in providers:
            users.append(Related(source.path, node.line, f"depends on {given.text}"))
    return (*dict.fromkeys(found), *users[:limit])


def _importers(project: Project) -> Mapping[tuple[str, str], tuple[tuple[int, int], ...]]:
    """(module, name) -> (file, line) of the imports outside the tests, for functions that give instances and names kept."""
    wanted = project.once(_kept_names)
    found: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for imp in source.facts.imports:
            if imp.name in wanted and imp.name is not None:
                module = project.absolute(file, imp)
                if module is not None:
                    found[module, imp.name].append((file, imp.line))
    return {key: tuple(places) for key, places in found.items()}


def _kept_names(project: Project) -> frozenset[str]:
    found: set[str] = set()
    for source in project.files:
        if source.facts.deep is None or source.is_test:
            continue
        found |= {source.facts.definitions[item.scope].name for item in source.facts.deep.references
                  if item.role == "returned" and item.scope != MODULE}  # fmt: skip
        found |= {
            item.name for item in source.facts.assignments if item.scope == MODULE and item.kind == "call"
        }
    return frozenset(found)
