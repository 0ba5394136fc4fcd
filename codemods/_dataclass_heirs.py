"""May a dataclass inherit from another one? Where its fields, their order and their defaults stay what they are.

A dataclass has the fields of its bases first, in their order; one that it declares again keeps that place
(https://docs.python.org/3/library/dataclasses.html#inheritance).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from ssot_lint.project import Project
from ssot_lint.reading.expressions import dotted

_PSEUDO = ("ClassVar", "InitVar", "KW_ONLY")
"""Annotations, by a word in them, that make no plain field."""


def dataclass_arguments(project: Project, file: int, node: ast.ClassDef) -> Mapping[str, str] | None:
    """What `@dataclass(...)` is given, as text by name; None where that is not the one decorator of a class."""
    if len(node.decorator_list) != 1:
        return None
    found = node.decorator_list[0]
    name = found.func if isinstance(found, ast.Call) else found
    if project.resolve(file, dotted(name)).target.symbol != "dataclasses.dataclass":
        return None
    if isinstance(found, ast.Name | ast.Attribute):
        return {}
    if not isinstance(found, ast.Call) or found.args or any(item.arg is None for item in found.keywords):
        return None
    return {str(item.arg): ast.unparse(item.value) for item in found.keywords}


def field_changes(
    heir: ast.ClassDef, mine: Mapping[str, str], canonical: ast.ClassDef, theirs: Mapping[str, str], name: str
) -> Iterator[str]:
    """What would be another dataclass; `mine`, `theirs`: the arguments of the two, `name`: that of the canonical one."""
    if dict(mine) != dict(theirs):
        yield f"{heir.name} is a dataclass with other arguments than {name}"
    if mine.get("slots", "False") != "False":
        yield f"{heir.name} is a dataclass with slots"
    for node, called in ((heir, heir.name), (canonical, name)):
        if any(not (isinstance(base, ast.Name) and base.id == "object") for base in node.bases):
            yield f"{called} is a dataclass with bases, which may have fields"
        declared = [item for item in ast.walk(node) if isinstance(item, ast.AnnAssign)]
        inner = {item for function in node.body if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
                 for item in ast.walk(function)}  # fmt: skip
        for item in declared:
            if item not in inner and item not in node.body:
                yield f"{called} declares a field in a branch"
            elif item not in inner and any(word in ast.unparse(item.annotation) for word in _PSEUDO):
                yield f"{called} declares {ast.unparse(item.target)}: {ast.unparse(item.annotation)}, no plain field"
    own, there = _fields(heir), _fields(canonical)
    if missing := [field for field in there if field not in own]:
        yield f"{heir.name} has no field {missing[0]} and would get that of {name}"
    if list(own)[: len(there)] != list(there):
        yield (
            f"the fields of {heir.name} would come in another order: "
            f"{', '.join([*there, *(field for field in own if field not in there)])}"
        )
    valued = _valued(canonical)
    for field, item in own.items():
        if item.value is None and field in valued:
            yield f"{field} has no default in {heir.name} and would get that of {name}"


def _fields(node: ast.ClassDef) -> dict[str, ast.AnnAssign]:
    """The fields that a class declares, in order; declared twice, it keeps its first place and the last value."""
    return {
        item.target.id: item
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }


def _valued(node: ast.ClassDef) -> set[str]:
    """The names that are attributes of a class: what a field without a default takes for one."""
    found: set[str] = set()
    for item in node.body:
        match item:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
    return found
