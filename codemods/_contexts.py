"""Where the context of the user is to be had: an argument, a parameter, an attribute of `self`, a local variable."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from ssot_lint.config import Concept
from ssot_lint.editing.blocks import Scope
from ssot_lint.factories.contexts import context_parameter, is_context
from ssot_lint.model import MODULE, Definition, Parameter
from ssot_lint.project import Project
from ssot_lint.queries.receivers import class_of, enclosing_class

from ._nodes import definition_index


def context_in_scope(
    project: Project, concept: Concept, file: int, scope: int, around: Scope, line: int
) -> str:
    """The expression that holds the concept's context where code of definition `scope` runs at `line`; "" for none.

    A parameter first, of the nearest function that has one; then what `self` keeps; then a local bound before.
    """
    definitions = project.files[file].facts.definitions
    inner = scope
    while inner != MODULE:
        if not definitions[inner].is_class:
            found = context_parameter(project, concept, (file, inner))
            if (
                found is not None
                and _sees(around, found.name)
                and found.kind in ("positional", "positional-only", "keyword-only")
            ):
                return found.name
        inner = definitions[inner].parent
    kept = _kept(project, concept, file, around)
    for name in _attributes(project, file, scope, definitions, around):
        expression = f"self.{name}"
        if name in kept or is_context(project, concept, class_of(project, file, scope, expression)):
            return expression
    for name in _locals(around, line):
        if is_context(project, concept, class_of(project, file, scope, name)):
            return name
    return ""


def _sees(around: Scope, name: str) -> bool:
    """Is what `name` means here the parameter, and not something bound anew?"""
    owner = around.owner(name)
    return owner is not None and all(isinstance(node, ast.arg) for node in owner.bindings[name])


def _attributes(
    project: Project, file: int, scope: int, definitions: tuple[Definition, ...], around: Scope
) -> Iterator[str]:
    """What the class around keeps as `self.x`; not in `__init__`, where it may not be set yet."""
    owner = enclosing_class(project, file, scope)
    method = scope
    while method != MODULE and definitions[method].parent != owner:
        method = definitions[method].parent
    if owner is None or method == MODULE or definitions[method].name == "__init__":
        return
    parameters = definitions[method].parameters
    if {"staticmethod", "classmethod"} & set(definitions[method].decorators) or not parameters:
        return
    if parameters[0].name == "self" and _sees(around, "self"):
        yield from definitions[owner].instance_attributes


def _kept(project: Project, concept: Concept, file: int, around: Scope) -> frozenset[str]:
    """Attributes that every assignment in the class around gives the context its methods take as a parameter."""
    owner = next((scope.node for scope in around.chain() if scope.kind == "class"), None)
    if not isinstance(owner, ast.ClassDef):
        return frozenset()
    known, key = project.known(_kept_by), (file, owner.lineno, owner.col_offset, concept.name)
    if key not in known:
        known[key] = _kept_by(project, concept, file, owner)
    return known[key]


def _kept_by(project: Project, concept: Concept, file: int, owner: ast.ClassDef) -> frozenset[str]:
    values: dict[str, set[bool]] = {}
    for method in owner.body:
        if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        parameter = context_parameter(project, concept, (file, definition_index(project, file, method)))
        for node in ast.walk(method):
            match node:
                case (
                    ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value)
                    | ast.AnnAssign(
                        target=ast.Attribute(value=ast.Name(id="self"), attr=name), value=ast.expr() as value
                    )
                ):
                    given = (
                        isinstance(value, ast.Name) and parameter is not None and value.id == parameter.name
                    )
                    values.setdefault(name, set()).add(given)
    return frozenset(name for name, given in values.items() if given == {True})


def _locals(around: Scope, line: int) -> Iterator[str]:
    """Names that the innermost function has bound before a line, each once and unconditionally."""
    scope = next((found for found in around.chain() if found.kind == "function"), None)
    if scope is None or not isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    body = {
        target.id
        for statement in scope.node.body
        if statement.lineno < line
        for target in _targets(statement)
    }
    for name, nodes in scope.bindings.items():
        if name in body and len(nodes) == 1 and around.owner(name) is scope:
            yield name


def _targets(statement: ast.stmt) -> Iterator[ast.Name]:
    match statement:
        case (
            ast.Assign(targets=[ast.Name() as target])
            | ast.AnnAssign(target=ast.Name() as target, value=ast.expr())
        ):
            yield target
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if isinstance(item.optional_vars, ast.Name):
                    yield item.optional_vars


def bound_arguments(call: ast.Call, parameters: tuple[Parameter, ...]) -> Mapping[str, ast.expr] | None:
    """Parameter -> what a call gives it; None where a star hides that. What no parameter takes is under `*n`."""
    found: dict[str, ast.expr] = {}
    places = [item.name for item in parameters if item.kind in ("positional", "positional-only")]
    for number, argument in enumerate(call.args):
        if isinstance(argument, ast.Starred):
            return None
        found[places[number] if number < len(places) else f"*{number}"] = argument
    for keyword in call.keywords:
        if keyword.arg is None:
            return None
        found[keyword.arg] = keyword.value
    return found
