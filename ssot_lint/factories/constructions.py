"""Where classes of concepts are constructed: called under whatever name, or given to something that calls them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ssot_lint.concepts.sites import site_of
from ssot_lint.factories.instances import answered, built, constructed, held_by
from ssot_lint.factories.kinds import Kinds, kinds_of
from ssot_lint.factories.unheard import constructions_unheard
from ssot_lint.model import MODULE, Place
from ssot_lint.queries.closure import closure
from ssot_lint.queries.digests import calls_of, digests, flow_of
from ssot_lint.queries.members import all_members
from ssot_lint.queries.receivers import annotated, called, definition_of, enclosing_class
from ssot_lint.queries.signatures import Passed, constructor, passed
from ssot_lint.queries.walks import argument, callee, keywords, positional, walk
from ssot_lint.reading.expressions import dotted

if TYPE_CHECKING:
    from ssot_lint.model import Call, Definition, Node
    from ssot_lint.project import Project


@dataclass(frozen=True, slots=True)
class Construction:
    """A place where a class of a concept is, or will be, called."""

    line: int
    column: int
    scope: int
    made: Place
    how: str  # as written, for the message
    passed: Passed | None  # None where somebody else passes the arguments
    certain: bool = True  # False: it may be something else that is called


def constructions(project: Project, file: int) -> tuple[Construction, ...]:
    """What a file constructs of concepts, by line and column."""
    return project.once_for(file, _constructions)


def _constructions(project: Project, file: int) -> tuple[Construction, ...]:
    found: dict[tuple[int, int], Construction] = {}
    every = (
        *_plain(project, file),
        *_hidden(project, file),
        *_depended_on(project, file),
        *project.once(_unheard).get(file, ()),
    )
    for item in every:
        found.setdefault((item.line, item.column), item)
    return tuple(found[key] for key in sorted(found))


def _unheard(project: Project) -> Mapping[int, tuple[Construction, ...]]:
    """Under names that say nothing of a concept, in bodies that do not either."""
    found: defaultdict[int, list[Construction]] = defaultdict(list)
    for site, answers in constructions_unheard(project):
        made = constructed(project, answers)
        if made is not None:
            how = f"{site.callee}(...)"
            found[site.file].append(Construction(site.line, site.column, site.scope, made, how, site.passed))
    return {file: tuple(items) for file, items in found.items()}


def _plain(project: Project, file: int) -> Iterator[Construction]:
    """By name, and as `cls(...)`."""
    facts = project.files[file].facts
    for site, found in answered(project, file):
        made = constructed(project, found)
        if made is not None:
            yield Construction(site.line, site.column, site.scope, made, f"{site.callee}(...)", site.passed)
    for call in facts.deep.calls if facts.deep is not None else ():
        if call.callee == "cls":
            given = site_of(file, call).passed
            owner = enclosing_class(project, file, call.scope)
            if owner is not None and (file, owner) in built(project):
                yield Construction(call.line, call.column, call.scope, (file, owner), "cls(...)", given)
        for how, name in _filling(call):
            made = definition_of(project, file, call.scope, name)
            if made is not None and made in built(project):
                yield Construction(call.line, call.column, call.scope, made, how, None)


def _filling(call: Call) -> Iterator[tuple[str, str]]:
    """(as written, callee) of what a call of a record's field says to call: `field(default_factory=Manager)`."""
    last = call.callee.rpartition(".")[2]
    if last == "Factory" and call.arguments and call.given:
        yield f"{call.callee}({call.given[0]})", call.given[0]
    keyword = "factory" if last in _FIELDS and "factory" in call.keywords else "default_factory"
    if keyword in call.keywords and call.given:
        name = call.given[call.arguments + call.keywords.index(keyword)]
        yield f"{call.callee}({keyword}={name})", name


_FIELDS = frozenset({"attrib", "field", "ib"})
"""What declares a field in attrs."""


def _hidden(project: Project, file: int) -> Iterator[Construction]:
    """Under another name, as `type(x)(...)` and its like, through `partial`, or by a callee that calls what it is given."""
    carriers = project.once(_carriers)
    for last, calls in calls_of(project, file).items():
        for scope, node in calls:
            function, given = node.children[0], passed(node)
            asked = _asked_for(project, file, scope, function) if last in ("", "__class__") else None
            if asked is not None:
                yield Construction(node.line, node.column, scope, asked[0], f"{asked[1]}(...)", given)
            elif _may_carry(function, carriers):
                found = _made(project, kinds_of(project, file, scope, function))
                if found is not None:
                    made, certain = found
                    how = f"{_written(function)}(...)"
                    yield Construction(node.line, node.column, scope, made, how, given, certain)
            for item in node.children[1:]:
                value = item.children[0] if item.kind == "keyword" else item
                if value.kind != "name" or value.text.rpartition(".")[2] not in carriers:
                    continue
                found = _made(project, kinds_of(project, file, scope, value))
                if found is not None and found[1] and _calls(project, file, scope, node, value):
                    how = f"{callee(node)}({value.text}, ...)"
                    yield Construction(node.line, node.column, scope, found[0], how, None)


def _made(project: Project, kinds: Kinds) -> tuple[Place, bool] | None:
    """The first class of a concept that is called, and whether nothing else can be; None where none is."""
    known = built(project)
    mine = sorted(place for place in kinds.places if place in known)
    if not mine:
        return None
    certain = kinds.certain and len(mine) == len(kinds.places) and len({known[item] for item in mine}) == 1
    return mine[0], certain


def _written(function: Node) -> str:
    """A callee, nearly as it is written."""
    match function.kind:
        case "name":
            return function.text
        case "item-of":
            return f"{_written(function.children[0])}[...]"
        case "call":
            return f"{_written(function.children[0])}({'...' if function.children[1:] else ''})"
        case "attribute":
            return f"{_written(function.children[0])}.{function.text}"
        case _:
            return "(...)"


def _asked_for(project: Project, file: int, scope: int, function: Node) -> tuple[Place, str] | None:
    """The class that `type(x)`, `x.__class__` or `getattr(module, "Name")` is, and what that is called."""
    match callee(function) if function.kind == "call" else "", function.children:
        case "type", [_, node] if node.kind == "name":
            made, how = held_by(project, file, scope, node.text), f"type({node.text})"
        case "getattr", [_, owner, name] if owner.kind == "name" and name.kind == "constant":
            made = definition_of(project, file, scope, f"{owner.text}.{name.text[1:-1]}")
            how = f"getattr({owner.text}, {name.text})"
        case _ if function.kind == "name" and function.text.endswith(".__class__"):
            made, how = held_by(project, file, scope, function.text.removesuffix(".__class__")), function.text
        case _:
            return None
    return (made, how) if made is not None and made in built(project) else None


# --- names that may stand for a class ------------------------------------------------------------------------


def _may_carry(function: Node, carriers: frozenset[str]) -> bool:
    if function.kind == "name":
        return function.text.rpartition(".")[2] in carriers
    return any(
        not carriers.isdisjoint(part.text.split(".")) for part in walk(function) if part.kind == "name"
    )


def _carriers(project: Project) -> frozenset[str]:
    """The names under which the code outside the tests may know a class of a concept, whatever they belong to."""
    found = {project.definition_at(place).name for place in built(project)}
    found |= {name for concept in project.config.concepts for name in concept.aliases}
    steps: defaultdict[str, set[str]] = defaultdict(set)
    for file, source in enumerate(project.files):
        if source.facts.deep is None or source.is_test:
            continue
        for imp in source.facts.imports:
            if imp.asname and imp.name:
                steps[imp.name].add(imp.asname)
        for item in source.facts.assignments:
            if item.kind in ("name", "container"):
                for name in item.value.split():
                    steps[name.rpartition(".")[2]].add(item.name)
        for definition in source.facts.definitions:
            for parameter in definition.parameters:
                if parameter.default:
                    steps[parameter.default.rpartition(".")[2]].add(parameter.name)
        for scope, body in digests(project, file).items():
            for name, value in body.bound:
                for text in _sources(value):
                    steps[text].add(name.rpartition(".")[2])
            named = project.definition_at((file, scope)).name if scope != MODULE else ""
            for node in body.returns:
                for text in _sources(node.children[0]) if node.children else ():
                    steps[text].add(named)
            for node in body.binding:
                for target, value in _looped(node):
                    for text in _sources(value):
                        steps[text].add(target)
    return closure(found, steps) - {""}


def _looped(node: Node) -> Iterator[tuple[str, Node]]:
    parts = node.children
    if node.kind == "loop" and parts[1].kind == "name":
        yield parts[1].text, parts[0]
    elif node.kind == "comprehension":
        for target, source in pairwise(parts[1:]):
            if target.kind == "name":
                yield target.text, source


def _sources(value: Node) -> Iterator[str]:
    """The last parts of the names that a value may be, or take its items from."""
    match value.kind:
        case "name":
            yield value.text.rpartition(".")[2]
        case "operation" if value.text in ("BoolOp", "IfExp"):
            for item in value.children:
                yield from _sources(item)
        case "sequence" | "dict":
            for item in value.children:
                yield from _sources(item)
        case "item-of" | "walrus":
            yield from _sources(value.children[0])
        case "call":
            owner, _, last = callee(value).rpartition(".")
            yield last
            yield owner.rpartition(".")[2]


# --- who calls what it is given -------------------------------------------------------------------------------

_CALLERS: Mapping[str, int] = {
    "map": 0, "starmap": 0, "defaultdict": 0, "partial": 0, "partialmethod": 0, "to_thread": 0, "Depends": 0,
    "Security": 0,
}  # fmt: skip
"""Functions from outside the project, and the place of the argument that they call."""
_METHODS: Mapping[str, int] = {"submit": 0, "run_in_executor": 1}
"""Methods of executors and loops."""
_EXECUTORS = ("executor", "pool", "loop")


def _calls(project: Project, file: int, scope: int, call: Node, given: Node) -> bool:
    """Is what a call is given called: by `partial` and its like, as a `default_factory`, by a first-party body?"""
    name = callee(call)
    if keywords(call).get("default_factory") is given:
        return True
    target = called(project, file, scope, name) if name and "?" not in name else None
    if target is not None:
        return _called_by(project, target, call, given)
    owner, _, last = name.rpartition(".")
    place = _METHODS.get(last) if owner.lower().endswith(_EXECUTORS) else None
    if place is None and name and "?" not in name:
        place = _CALLERS.get(_outside(project, file, scope, name))
    return place is not None and (argument(call, "", place) is given or _is_dependency(call, given))


def _is_dependency(call: Node, given: Node) -> bool:
    return keywords(call).get("dependency") is given


def _outside(project: Project, file: int, scope: int, name: str) -> str:
    """What a name from outside the project is called there."""
    target = project.resolve(file, name, scope).target
    return target.symbol.rpartition(".")[2] if target.kind == "external" else ""


def _called_by(project: Project, target: Place, call: Node, given: Node) -> bool:
    """Does a first-party function, or a class that is constructed, call what it is given?"""
    definition = project.definition_at(target)
    if not definition.is_class:
        names = [item.name for item in definition.parameters]
        if names[:1] in (["self"], ["cls"]):
            names = names[1:]
        return _calls_parameter(project, target, _taken_as(call, given, names))
    parameters = constructor(project, *target)
    taken = _taken_as(call, given, [item.name for item in parameters or ()])
    initial = all_members(project, *target).get("__init__")
    kept = {f"self.{taken}"} if taken is not None and initial is None else set()
    if initial is not None and initial.definition >= 0 and taken is not None:
        place = (initial.file, initial.definition)
        if _calls_parameter(project, place, taken):
            return True
        body = digests(project, initial.file).get(initial.definition)
        kept = {
            name for name, value in (body.bound if body is not None else ()) if taken in _sources_of(value)
        }
    return any(
        callee(node) in kept
        for scope in project.parts(*target)
        for node in (digests(project, target[0])[scope].calls if scope in digests(project, target[0]) else ())
    )


def _sources_of(value: Node) -> frozenset[str]:
    """The plain names that a value may be."""
    if value.kind == "operation" and value.text in ("BoolOp", "IfExp"):
        return frozenset(name for item in value.children for name in _sources_of(item))
    return frozenset({value.text}) if value.kind == "name" else frozenset()


def _taken_as(call: Node, given: Node, names: list[str]) -> str | None:
    """The parameter that takes an argument of a call."""
    named = next((key for key, value in keywords(call).items() if value is given), None)
    if named is None:
        number = next((place for place, value in enumerate(positional(call)) if value is given), len(names))
        named = names[number] if number < len(names) else None
    return named if named in names else None


def _calls_parameter(project: Project, place: Place, name: str | None) -> bool:
    """Does a function, or one that is nested in it, call its parameter?"""
    bodies = [flow_of(project, place)]
    bodies += [flow_of(project, (place[0], index)) for index in project.parts(*place)]
    return name is not None and any(
        node.kind == "call" and callee(node) == name
        for flow in bodies if flow is not None
        for node in walk(flow.body)
    )  # fmt: skip


# --- dependencies in signatures -------------------------------------------------------------------------------


def _depended_on(project: Project, file: int) -> Iterator[Construction]:
    """`Depends(Class)` as a default or in an annotation, `x: Class = Depends()`: the framework constructs it."""
    carriers = project.once(_carriers)
    for definition in project.files[file].facts.definitions:
        for parameter in definition.parameters:
            for text in (parameter.default or "", parameter.annotation):
                if "Depends" not in text and "Security" not in text:
                    continue
                for name in _dependencies(text):
                    scope = definition.parent
                    wanted = name or parameter.annotation
                    if not any(part in carriers for part in wanted.replace("[", ".").split(".")):
                        continue
                    made = definition_of(project, file, scope, name) if name else None
                    if not name:
                        made = annotated(project, file, scope, _first(parameter.annotation))
                    if made is not None and made in built(project):
                        line, column = _place_of(project, file, definition, name or parameter.annotation)
                        how = f"Depends({name})"
                        yield Construction(line, column, scope, made, how, None)


def _first(annotation: str) -> str:
    """The type in `Annotated[Type, ...]`."""
    name, bracket, rest = annotation.partition("[")
    return rest.partition(",")[0] if bracket and name.rpartition(".")[2] == "Annotated" else annotation


def _dependencies(text: str) -> Iterator[str]:
    """What `Depends(...)` in an expression is given: a dotted name, "" for nothing."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in ("Depends", "Security"):
            given = [*node.args, *(item.value for item in node.keywords if item.arg == "dependency")]
            if not given or dotted(given[0]):
                yield dotted(given[0]) if given else ""


def _place_of(project: Project, file: int, definition: Definition, name: str) -> tuple[int, int]:
    """Where the head of a function mentions a name."""
    deep = project.files[file].facts.deep
    return next(
        (
            (item.line, item.column)
            for item in (deep.references if deep is not None else ())
            if item.name == name and definition.line <= item.line <= definition.end_line
        ),
        (definition.line, definition.column),
    )
