"""Where classes of concepts are constructed: called under whatever name, or given to something that calls them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.concepts.calls import site_of
from ssot_lint.factories.beyond import classes_beyond
from ssot_lint.factories.callers import calls_it
from ssot_lint.factories.carriers import carrier_names, may_carry
from ssot_lint.factories.instances import answered, built, constructed, held_by
from ssot_lint.factories.kinds import Kinds, kinds_of
from ssot_lint.factories.selfmade import made_of_themselves, methods_of_heirs
from ssot_lint.factories.unheard import constructions_unheard
from ssot_lint.model import Place
from ssot_lint.queries.digests import calls_of
from ssot_lint.queries.receivers import annotated, definition_of, enclosing_class
from ssot_lint.queries.signatures import Passed, passed
from ssot_lint.queries.walks import callee
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
        *_of_themselves(project, file),
        *_beyond(project, file),
    )
    for item in every:
        found.setdefault((item.line, item.column), item)
    return tuple(found[key] for key in sorted(found))


def _of_themselves(project: Project, file: int) -> Iterator[Construction]:
    for method in methods_of_heirs(project).get(file, ()):
        for node, how in made_of_themselves(method):
            yield Construction(node.line, node.column, method.scope, method.owner, how, passed(node))


def _beyond(project: Project, file: int) -> Iterator[Construction]:
    for site, kinds in classes_beyond(project).get(file, ()):
        found = _made(project, kinds)
        if found is not None:
            how = f"{site.callee}(...)"
            yield Construction(site.line, site.column, site.scope, found[0], how, site.passed, found[1])


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
    carriers = project.once(carrier_names)
    for last, calls in calls_of(project, file).items():
        for scope, node in calls:
            function, given = node.children[0], passed(node)
            asked = _asked_for(project, file, scope, function) if last in ("", "__class__") else None
            if asked is not None:
                yield Construction(node.line, node.column, scope, asked[0], f"{asked[1]}(...)", given)
            elif may_carry(function, carriers):
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
                if found is not None and found[1] and calls_it(project, file, scope, node, value):
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


# --- dependencies in signatures -------------------------------------------------------------------------------


def _depended_on(project: Project, file: int) -> Iterator[Construction]:
    """`Depends(Class)` as a default or in an annotation, `x: Class = Depends()`: the framework constructs it."""
    carriers = project.once(carrier_names)
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
