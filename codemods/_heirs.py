"""What a class would do otherwise if it inherited from another one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.codemod import CannotApply
from ssot_lint.model import Place
from ssot_lint.project import Project, Target
from ssot_lint.queries.members import all_members, decorators, lineage, own_members, roots
from ssot_lint.workspace import Workspace

from ._dataclass_heirs import dataclass_arguments, field_changes
from ._nodes import made_by_call

_PLAIN_ROOTS = frozenset({"builtins.object", "abc.ABC", "abc.ABCMeta"})

_SHOWN = frozenset({"__repr__", "__str__", "__doc__", "__module__", "__annotations__"})
"""Special names that may be inherited without changing what a class does."""

_MANGLED = re.compile(r"__\w*[^_]_?")


@dataclass(frozen=True)
class Heir:
    """A class that is to inherit, and what from."""

    symbol: str
    base: str  # the symbol of what it is to inherit from
    file: int
    index: int
    target: Target

    @property
    def name(self) -> str:
        return self.symbol.partition(":")[2]

    @property
    def place(self) -> Place:
        return self.file, self.index

    @property
    def canonical(self) -> Place:
        return self.target.file, self.target.index


def changes_of(workspace: Workspace, heir: Heir) -> Iterator[str]:
    """What would be another program, most general reasons first."""
    project = workspace.project
    canonical = heir.base
    own, there = class_at(workspace, *heir.place), class_at(workspace, *heir.canonical)
    mine_given = dataclass_arguments(project, heir.file, own)
    theirs_given = dataclass_arguments(project, heir.target.file, there)
    both = mine_given is not None and theirs_given is not None
    if mine_given is not None and theirs_given is not None:
        yield from field_changes(own, mine_given, there, theirs_given, canonical)
    for node, name in ((own, heir.name), (there, canonical)):
        for item in () if both else node.decorator_list:
            yield f"{name} is decorated with @{ast.unparse(item)}"
        if node.keywords:
            yield f"{name} has a metaclass or other class arguments"
        if getattr(node, "type_params", None):
            yield f"{name} has type parameters"
        if hidden := _mangled(node):
            yield f"{name} uses {hidden}, whose meaning depends on the class it stands in"
    yield from _unknown_bases(project, heir)
    mine, theirs = all_members(project, *heir.place), all_members(project, *heir.canonical)
    if not any(not name.startswith("__") for name in mine.keys() & theirs.keys()):
        yield f"{heir.name} has no member in common with {canonical}"
    for name in ("__slots__", "__init_subclass__"):
        if name in mine or name in theirs:
            yield f"one of the two has {name}"
    gained = sorted(
        name for name in theirs.keys() - mine.keys() if name.startswith("__") and name.endswith("__")
    )
    for name in gained:
        if name not in _SHOWN:
            yield f"{heir.name} has no {name} and would get that of {canonical}"
    for name, member in sorted(theirs.items()):
        definition = (
            project.definition_at((member.file, member.definition)) if member.definition >= 0 else None
        )
        if (
            definition is not None
            and any("abstract" in item for item in decorators(definition))
            and name not in mine
        ):
            yield f"{name} is abstract in {canonical} and missing in {heir.name}"
        if member.kind == "property" and name in mine and mine[name].kind == "attribute":
            yield f"{name} is an attribute of {heir.name} and a property of {canonical}"


def _unknown_bases(project: Project, heir: Heir) -> Iterator[str]:
    above = set(lineage(project, *heir.canonical))
    external = roots(project, *heir.canonical) | roots(project, *heir.place)
    same = roots(project, *heir.canonical) & roots(project, *heir.place)
    for name in sorted(external - _PLAIN_ROOTS):
        if not (name in same and name.startswith("builtins.")):
            yield f"what the base {name} does with its subclasses is not known"
    theirs = all_members(project, *heir.canonical)
    own = own_members(project, *heir.place)
    for place in list(lineage(project, *heir.place))[1:]:
        if place in above:
            continue
        both = sorted(own_members(project, *place).keys() & theirs.keys() - own.keys())
        if both:
            yield f"{both[0]} comes from {project.symbol(*place)} now and would come from {heir.base}"
    for base in project.definition_at((heir.file, heir.index)).bases:
        if not base:
            yield "a base of it is no plain name"


def _mangled(node: ast.ClassDef) -> str:
    for inner in ast.walk(node):
        name = (
            inner.attr if isinstance(inner, ast.Attribute)
            else inner.id if isinstance(inner, ast.Name)
            else inner.name if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
            else ""
        )  # fmt: skip
        if name.startswith("__") and _MANGLED.fullmatch(name):
            return name
    return ""


def class_at(workspace: Workspace, file: int, index: int) -> ast.ClassDef:
    """The class statement of a definition."""
    source = workspace.project.files[file]
    item = source.facts.definitions[index]
    for node in ast.walk(workspace.source(source.path).tree):
        if isinstance(node, ast.ClassDef) and (node.lineno, node.name) == (item.line, item.name):
            return node
    symbol = workspace.project.symbol(file, index)
    made = made_by_call(workspace.project, Target("definition", symbol, file, index))
    raise CannotApply(made or f"{item.name} cannot be found", source.path, item.line)
