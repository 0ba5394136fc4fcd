"""One call becomes a call of the concept's factory: its arguments, its `await`, the import that it needs."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from ssot_lint.codemod import CannotApply, Refusal
from ssot_lint.config import Concept
from ssot_lint.editing.blocks import Scope, Scopes
from ssot_lint.editing.source import Source, Splice
from ssot_lint.factories.awaiting import must_await
from ssot_lint.factories.contexts import context_parameter, is_context
from ssot_lint.factories.fates import Body, fate
from ssot_lint.model import MODULE, Parameter, Place
from ssot_lint.project import Project
from ssot_lint.queries.cycles import cycle
from ssot_lint.queries.digests import flow_of
from ssot_lint.queries.members import lineage, method_called, own_members
from ssot_lint.queries.receivers import class_of
from ssot_lint.reading.expressions import dotted

from ._contexts import bound_arguments, context_in_scope
from ._imports import Wanted, add_imports
from ._nodes import scope_index

STAND_IN = "_ssot_lint_"
"""Stands before the name of a factory in new calls until another of that name has made way for it."""


@dataclass(frozen=True)
class Factory:
    """The concept's factory, as callers see it."""

    concept: Concept
    place: Place
    module: str
    name: str
    is_async: bool
    parameters: tuple[Parameter, ...]
    context: Parameter | None


@dataclass
class Work:
    """One file while it is being repaired."""

    path: str
    file: int
    source: Source
    scopes: Scopes
    splices: list[Splice] = field(default_factory=list)
    wanted: dict[Wanted, str] = field(default_factory=dict)  # -> its local name
    replaced: set[str] = field(default_factory=set)  # local names that calls no longer use
    refusals: list[Refusal] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # replaced -> the factory's name
    swapped: set[Wanted] = field(default_factory=set)  # factories whose names others have here


def replace_call(
    project: Project,
    work: Work,
    factory: Factory,
    call: ast.Call,
    scope: int,
    place: Place,
    kind: str,
    parents: Mapping[ast.AST, ast.AST],
    around: Scope,
) -> None:
    """Put the right call in place of one, or nothing where it is right already. Raises CannotApply."""
    if kind in ("own", "member"):
        given = _lacks_context(project, work, factory, call, scope, around) if kind == "own" else None
        lacks_await = _lacks_await(project, work.file, scope, call, place, parents)
        if given is None and not lacks_await:
            return
        if lacks_await:
            _refuse_await(project, work, scope, around, _name(project, place))
        start, end = work.source.span(call)
        if given is not None:
            work.splices.append(_insertion(work.source, call, given))
        if lacks_await:
            _awaited(work, call, parents, start, end)
        return
    if kind == "construct":
        _refuse_heir(project, factory, place)
    arguments = _arguments(project, work, factory, call, scope, place, around)
    if factory.is_async:
        _refuse_await(project, work, scope, around, factory.name)
    old = plain_name(call.func)
    if not old:
        raise CannotApply(f"{ast.unparse(call.func)}(...) is no plain name")
    name = _import(project, work, factory, scope, call, around)
    start, end = work.source.span(call)
    parent = parents.get(call)
    text = f"{name}({', '.join(arguments)})"
    if factory.is_async and not isinstance(parent, ast.Await):
        text = f"await {text}"
        if _binds_tighter(parent, call):
            text = f"({text})"
    elif not factory.is_async and isinstance(parent, ast.Await):
        start = work.source.span(parent)[0]
    work.splices.append(Splice(start, end, text))
    if name != STAND_IN + old:
        work.replaced.add(old)
        if "." not in old:
            work.names[old] = name


def _refuse_heir(project: Project, factory: Factory, place: Place) -> None:
    """What a class changes of the one that the factory gives would be gone."""
    canonical = project.resolve_symbol(factory.concept.canonical).target
    above = tuple(lineage(project, *place))[1:]
    changed = sorted(own_members(project, *place))
    if canonical.kind == "definition" and (canonical.file, canonical.index) in above and changed:
        name = _name(project, place)
        raise CannotApply(f"{name} has {changed[0]} of its own, which what {factory.name} gives may lack")


def plain_name(node: ast.expr) -> str:
    """`a.b.c`; "" for what begins with something else than a name, such as `make().c`."""
    name = dotted(node)
    return "" if name.startswith("?") else name


def _binds_tighter(parent: ast.AST | None, call: ast.Call) -> bool:
    """Would `await x` have to stand in brackets here?"""
    match parent:
        case ast.Attribute() | ast.Subscript(value=ast.Call()) | ast.Starred():
            return not isinstance(parent, ast.Subscript) or parent.value is call
        case ast.Call(func=function):
            return function is call
        case ast.BinOp(op=ast.Pow(), left=left):
            return left is call
    return False


def _awaited(work: Work, call: ast.Call, parents: Mapping[ast.AST, ast.AST], start: int, end: int) -> None:
    tight = _binds_tighter(parents.get(call), call)
    work.splices.append(Splice(start, start, "(await " if tight else "await "))
    if tight:
        work.splices.append(Splice(end, end, ")"))


def _lacks_await(
    project: Project, file: int, scope: int, call: ast.Call, place: Place, parents: Mapping[ast.AST, ast.AST]
) -> bool:
    """Is the call of something async taken for its value?"""
    if must_await(project, place) is not True or isinstance(parents.get(call), ast.Await) or scope == MODULE:
        return False
    flow = flow_of(project, (file, scope))
    if flow is None:
        return False
    body = Body(flow, project.definition_at((file, scope)).is_async)
    node = next(
        (item for (line, _), item in body.calls.items() if line == call.lineno and _at(item, call)), None
    )
    return node is not None and fate(body, node).kind not in ("fine", "undecided")


def _at(node: object, call: ast.Call) -> bool:
    return getattr(node, "column", 0) == call.col_offset + 1


def _lacks_context(
    project: Project, work: Work, factory: Factory, call: ast.Call, scope: int, around: Scope
) -> tuple[str, str] | None:
    """(parameter, expression) that a call of the factory leaves out; None when it gives a context."""
    if factory.context is None:
        return None
    given = bound_arguments(call, factory.parameters)
    if given is None:
        raise CannotApply("what the call gives is hidden behind a star")
    value = given.get(factory.context.name)
    if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
        return None
    expression = context_in_scope(project, factory.concept, work.file, scope, around, call.lineno)
    if not expression:
        raise CannotApply(_no_context(project, work.file, scope))
    return factory.context.name, expression


def _insertion(source: Source, call: ast.Call, given: tuple[str, str]) -> Splice:
    """The context as one more argument, or in place of `None`."""
    name, expression = given
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(argument, ast.Constant) and argument.value is None:
            named = any(keyword.value is argument and keyword.arg != name for keyword in call.keywords)
            if not named:
                return Splice(*source.span(argument), expression)
    last = max(
        [*(source.span(a)[1] for a in call.args), *(source.span(k.value)[1] for k in call.keywords)],
        default=None,
    )
    if last is None:
        start = source.text.index("(", source.span(call.func)[1]) + 1
        return Splice(start, start, expression)
    return Splice(last, last, f", {name}={expression}")


def _arguments(
    project: Project, work: Work, factory: Factory, call: ast.Call, scope: int, place: Place, around: Scope
) -> list[str]:
    """The arguments of the factory's call, made of those of the call it replaces."""
    given = bound_arguments(call, _parameters(project, place))
    if given is None:
        raise CannotApply("what the call gives is hidden behind a star")
    rest = dict(given)
    found: dict[str, str] = {}
    if factory.context is not None:
        own = _own_context(project, factory.concept, work.file, scope, place, rest)
        expression = work.source.segment(rest.pop(own)) if own else ""
        expression = expression or context_in_scope(
            project, factory.concept, work.file, scope, around, call.lineno
        )
        if not expression:
            raise CannotApply(_no_context(project, work.file, scope))
        found[factory.context.name] = expression
    names = {
        item.name: item for item in factory.parameters if item.kind not in ("var-positional", "var-keyword")
    }
    for name, value in list(rest.items()):
        if name in names and name not in found:
            found[name] = work.source.segment(rest.pop(name))
        elif _is_none(value) or _known_to_context(
            value, found.get(factory.context.name if factory.context else "", "")
        ):
            del rest[name]
    if rest:
        name, value = next(iter(rest.items()))
        text = ast.unparse(value)
        what = f"{name}={text}" if not name.startswith("*") else text
        raise CannotApply(f"the call gives {what}, which {factory.name} does not take")
    missing = [name for name, item in names.items() if item.default is None and name not in found]
    if missing:
        raise CannotApply(f"{factory.name} needs {missing[0]}, which the call does not give")
    return _written(factory, found, call, given)


def _written(
    factory: Factory, found: Mapping[str, str], call: ast.Call, given: Mapping[str, ast.expr]
) -> list[str]:
    """Arguments in the factory's order: by position as far as that goes, by name from the first that is left out."""
    result, positional = [], True
    named = {keyword.arg for keyword in call.keywords}
    for item in factory.parameters:
        if item.name not in found:
            positional = positional and item.kind not in ("positional", "positional-only")
            continue
        by_name = (
            item.kind == "keyword-only"
            or not positional
            or (item.name in named and item.kind == "positional")
        )
        positional = positional and not by_name
        result.append(f"{item.name}={found[item.name]}" if by_name else found[item.name])
    return result


def _own_context(
    project: Project, concept: Concept, file: int, scope: int, place: Place, given: Mapping[str, ast.expr]
) -> str:
    """Which of a call's arguments is the context; "" for none."""
    takes = _taker(project, place)
    parameter = context_parameter(project, concept, takes) if takes is not None else None
    if parameter is not None and parameter.name in given and not _is_none(given[parameter.name]):
        return parameter.name
    for name, value in given.items():
        text = plain_name(value)
        if text and is_context(project, concept, class_of(project, file, scope, text)):
            return name
    return ""


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _known_to_context(value: ast.expr, context: str) -> bool:
    """Is an argument something that the context says itself, `context.user_id`?"""
    return bool(context) and isinstance(value, ast.Attribute) and ast.unparse(value).startswith(f"{context}.")


def _taker(project: Project, place: Place) -> Place | None:
    """The function whose parameters a call fills: `__init__` for a class."""
    if not project.definition_at(place).is_class:
        return place
    return method_called(project, *place, "__init__")


def _parameters(project: Project, place: Place) -> tuple[Parameter, ...]:
    takes = _taker(project, place)
    if takes is None:
        return ()
    definition = project.definition_at(takes)
    return definition.parameters[1:] if takes != place else definition.parameters


def _import(project: Project, work: Work, factory: Factory, scope: int, call: ast.Call, around: Scope) -> str:
    """The local name of the factory, which the file will import if it does not yet."""
    own = around.owner(factory.name)  # what the factory's name stands for where the call is
    if factory.place[0] == work.file:
        _refuse_captured(own, factory.name)
        return factory.name
    if own is not None and _is_there(project, work, factory, own, call):
        return factory.name
    home = project.find_module(factory.module, work.file)
    within = None
    if home is not None and (found := cycle(project, work.file, home)):
        if scope == MODULE:
            raise CannotApply(f"importing {factory.module} would close a cycle: {' -> '.join(found)}")
        within = project.definition_at((work.file, scope)).qualname
    elif own is not None:
        if own.kind == "function":
            within = project.definition_at((work.file, scope_index(project, work.file, own))).qualname
        if plain_name(call.func) == factory.name:
            work.swapped.add(Wanted(factory.module, factory.name, within=within))
            return STAND_IN + factory.name
    wanted = Wanted(factory.module, factory.name, within=within, reuse=True)
    if wanted not in work.wanted:
        file = project.files[work.file]
        added = add_imports(work.source, file.module, file.is_package, [wanted])
        work.wanted[wanted] = added.names[wanted]
    name = work.wanted[wanted]
    _refuse_captured(around.owner(name), name, within is not None)
    return name


def _is_there(project: Project, work: Work, factory: Factory, own: Scope, call: ast.Call) -> bool:
    """Has the import of the factory run whenever the call does? Both stand in one block then, the import first."""
    if len(own.bindings[factory.name]) != 1 or own.kind != "function":
        return False
    target = project.resolve(work.file, factory.name, scope_index(project, work.file, own)).target
    (alias,) = own.bindings[factory.name]
    return (target.file, target.index) == factory.place and any(
        alias in item.statement.names
        and any(
            item.statement.lineno < later.lineno <= call.lineno <= (later.end_lineno or later.lineno)
            for later in item.block
        )
        for item in work.scopes.imports
        if item.scope is own
    )


def _refuse_captured(owner: Scope | None, name: str, in_function: bool = False) -> None:
    """CannotApply where a name that the module (or a function) binds would be read as that of another scope."""
    if owner is None or owner.kind == "module" or (in_function and owner.kind == "function"):
        return
    line = getattr(owner.bindings[name][0], "lineno", 0)
    raise CannotApply(f"{name} is bound otherwise on line {line}")


def _name(project: Project, place: Place) -> str:
    return project.definition_at(place).qualname.rpartition("<locals>.")[2]


def _function(project: Project, file: int, scope: int) -> str:
    if scope == MODULE:
        return "the module's own code"
    return _name(project, (file, scope))


def _refuse_await(project: Project, work: Work, scope: int, around: Scope, name: str) -> None:
    """CannotApply where no `await` may stand. Before Python 3.11, a comprehension within another one takes none."""
    if not around.is_async:
        raise CannotApply(f"{name} is async and {_block(project, work, scope, around)} is not")
    target = project.config.target_python
    inner = (
        around.kind == "comprehension" and around.parent is not None and around.parent.kind == "comprehension"
    )
    if inner and target is not None and target < (3, 11):
        version = ".".join(map(str, target))
        raise CannotApply(
            f"{name} is async, and Python {version} takes no await in a comprehension within another"
        )


def _block(project: Project, work: Work, scope: int, around: Scope) -> str:
    """What would have to be async for an `await` to stand there."""
    if around.kind == "comprehension" and around.parent is not None and around.parent.is_async:
        return "the generator expression around it"
    return _function(project, work.file, scope)


def _no_context(project: Project, file: int, scope: int) -> str:
    return f"no context is in scope in {_function(project, file, scope)}"
