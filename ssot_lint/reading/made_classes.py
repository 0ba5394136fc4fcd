"""The definitions of classes that no class statement makes, but a call."""

from __future__ import annotations

import ast

import msgspec

from ssot_lint.model import MODULE, Assignment, Definition
from ssot_lint.reading.made import Made, made
from ssot_lint.reading.made_arguments import Field, written_value
from ssot_lint.reading.makers import only_made
from ssot_lint.reading.parameters import parameters
from ssot_lint.reading.reader import Reader


def make(
    reader: Reader,
    node: ast.Assign | ast.AnnAssign,
    target: ast.expr,
    call: ast.Call,
    scope: int,
    branch: int,
) -> bool:
    """The definition of a class that a call makes; False where it makes none, or a name of another scope."""
    if not isinstance(target, ast.Name) or target.id in reader.inside.globals:
        return False
    found = made(reader.makers, call)
    is_local = scope != MODULE and scope not in reader.classes
    if found is None or (is_local and not only_made(reader.makers, reader.nodes[scope], target.id)):
        return False
    if scope != MODULE and reader.bodies.lookups.dynamic_lines:
        reader.bodies.lookups.rebound(target.id, branch)
    index, first = len(reader.definitions), len(reader.assignments)
    end = node.end_lineno or node.lineno
    definition = Definition(
        "class", target.id, reader.prefix(scope) + target.id, target.lineno,
        reader.column(target.lineno, target.col_offset), end, reader.column(end, node.end_col_offset or 0),
        node.lineno, scope, branch, found.decorators, found.bases, found.metaclass,
        is_trivial=not found.fields, made=found.maker,
    )  # fmt: skip
    reader.definitions.append(definition)
    reader.nodes.append(node)
    for item in found.fields:
        method = None if item.is_field else _method(reader, item, definition, index)
        if method is None:
            member(reader, item, index)
        else:
            reader.definitions.append(method)
            reader.nodes.append(node)
    attributes = tuple(dict.fromkeys([item.name for item in reader.assignments[first:]]))
    reader.definitions[index] = msgspec.structs.replace(definition, attributes=attributes)
    return True


def made_above(reader: Reader, node: ast.ClassDef) -> Made | None:
    """What a call says of the one base of a class, which it makes: `class P(namedtuple("P", "a b")):`.

    None where the class declares further fields, which are not the base's, or is decorated.
    """
    call = node.bases[0]
    if len(node.bases) != 1 or not isinstance(call, ast.Call) or node.decorator_list:
        return None
    if any(isinstance(item, ast.AnnAssign) for item in node.body) or not reader.makers.may_make(call):
        return None
    return made(reader.makers, call)


def member(reader: Reader, item: Field, owner: int) -> None:
    kind, text = written_value(item)
    annotation = reader.text.of(item.annotation) or "object" if item.is_field else ""
    line, column = item.node.lineno, reader.column(item.node.lineno, item.node.col_offset)
    reader.assignments.append(
        Assignment(item.name, kind, text, line, column, owner, MODULE, annotation)  # type: ignore[arg-type]
    )


def _method(reader: Reader, item: Field, owner: Definition, index: int) -> Definition | None:
    """A member that is a lambda or a function defined further up; it stands where the call names it."""
    node, value = item.node, item.value
    line, end = node.lineno, node.end_lineno or node.lineno
    place = (
        line,
        reader.column(line, node.col_offset),
        end,
        reader.column(end, node.end_col_offset or 0),
        line,
    )
    qualname = f"{owner.qualname}.{item.name}"
    if isinstance(value, ast.Lambda):
        return Definition(
            "function", item.name, qualname, *place, index, MODULE,
            parameters=parameters(value.args, reader.text), skeleton="r",
        )  # fmt: skip
    if not isinstance(value, ast.Name):
        return None
    named = [
        one
        for one in reader.definitions
        if one and one.name == value.id and one.parent in (owner.parent, MODULE)
    ]
    if len(named) != 1 or named[0].is_class:
        return None
    line, column, end, end_column, first = place
    return msgspec.structs.replace(
        named[0], name=item.name, qualname=qualname, line=line, column=column, end_line=end,
        end_column=end_column, first_line=first, parent=index, branch=MODULE,
    )  # fmt: skip
