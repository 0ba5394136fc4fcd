"""What names stand for: the texts that constants, members of enums and tables of the project hold."""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.events.vocabulary import FIELDS, is_automatic
from ssot_lint.model import MODULE, Assignment, Node
from ssot_lint.project import Project
from ssot_lint.queries.again import containers
from ssot_lint.queries.members import lineage, member_called
from ssot_lint.queries.receivers import enclosing_class
from ssot_lint.queries.walks import argument, pairs, string

_DEPTH = 5  # names that stand for names


def texts(project: Project, file: int, scope: int, name: str, depth: int = _DEPTH) -> tuple[str, ...]:
    """The texts that a dotted name may stand for; () when it is no constant of the project.

    `Kind.STARTED.value` is what `Kind.STARTED` is, and `auto()` in a `StrEnum` the member's name in small letters.
    """
    for home, item in assigned(project, file, scope, name.removesuffix(".value")):
        return value_of(project, home, item, depth)
    return ()


def value_of(project: Project, file: int, item: Assignment, depth: int = _DEPTH) -> tuple[str, ...]:
    """The texts that what is assigned stands for."""
    if item.kind == "constant":
        return (item.value,)
    if item.kind == "name" and depth:
        return texts(project, file, item.scope, item.value, depth - 1)
    if is_automatic(project.files[file].facts, item):
        return (item.name.lower(),)
    if item.kind == "call" and item.value.rpartition(".")[2] in FIELDS:
        made = containers(project, file).get((item.line, item.column))
        given = argument(made, "default", 0) if made is not None and made.kind == "call" else None
        text = string(given)
        return () if text is None else (text,)
    return ()


def table(
    project: Project, file: int, scope: int, name: str, depth: int = _DEPTH
) -> tuple[int, int, Node] | None:
    """(file, scope, value) of the dict, list, tuple or made object that a dotted name stands for."""
    for home, item in assigned(project, file, scope, name):
        if item.kind == "name" and depth:
            return table(project, home, item.scope, item.value, depth - 1)
        if item.kind in ("container", "call", "other"):
            node = containers(project, home).get((item.line, item.column))
            return None if node is None else (home, item.scope, node)
    return None


def entries(node: Node, key: Node | None) -> Iterator[Node]:
    """The values of a table that a key may lead to: one, if both are constants, else all."""
    if node.kind == "call":
        for item in node.children[1:]:
            yield from entries(item, key)
        return
    if node.kind != "dict":
        yield from node.children if node.kind == "sequence" else ()
        return
    asked = string(key)
    for name, value in pairs(node):
        if asked is None or string(name) in (asked, None):
            yield value


def assigned(project: Project, file: int, scope: int, name: str) -> Iterator[tuple[int, Assignment]]:
    """(file, assignment) of the variables, or members of classes, that a dotted name may stand for."""
    owner, _, last = name.rpartition(".")
    if owner in ("self", "cls"):
        here = enclosing_class(project, file, scope)
        member = None if here is None else member_called(project, file, here, last)
        if member is None or member.definition >= 0 or _is_set(project, file, here, last):
            return
        facts = project.files[member.file].facts
        yield from (
            (member.file, item)
            for item in facts.assignments
            if (item.scope, item.name) == (member.owner, last)
        )
        return
    for target in project.resolve(file, name, scope).targets:
        if target.kind != "variable" or target.file < 0:
            continue
        facts = project.files[target.file].facts
        if target.index >= 0:
            yield target.file, facts.assignments[target.index]
            continue
        owner, _, last = target.symbol.rpartition(":")[2].rpartition(".")
        for item in facts.assignments:
            if item.name == last and item.scope != MODULE and facts.definitions[item.scope].qualname == owner:
                yield target.file, item
                break


def _is_set(project: Project, file: int, index: int | None, name: str) -> bool:
    """Do instances carry an attribute of their own over that of the class?"""
    return index is not None and any(
        name in project.definition_at(place).instance_attributes for place in lineage(project, file, index)
    )
