"""What classes make of themselves whose names say nothing of a concept: `cls(...)`, `type(self)(...)`, `super().__new__(cls)`.

Such a class is a concept's by its bases alone, which is known when the project is linked; its methods are read then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.concepts.heirs import unnamed
from ssot_lint.factories.stores import Kept
from ssot_lint.model import MODULE, Location, Node, Place
from ssot_lint.queries.again import bodies_naming
from ssot_lint.queries.digests import digest_of
from ssot_lint.queries.receivers import enclosing_class
from ssot_lint.queries.walks import callee

if TYPE_CHECKING:
    from ssot_lint.project import Project
    from ssot_lint.queries.digests import Digest

_NAMES = frozenset({"cls", "self", "__new__"})


@dataclass(frozen=True, slots=True)
class Method:
    """A function within such a class, and its body."""

    owner: Place
    scope: int
    body: Digest


def methods_of_heirs(project: Project) -> Mapping[int, tuple[Method, ...]]:
    """File -> the methods of heirs in it that may make one of their class."""
    return project.once(_methods)


def _methods(project: Project) -> Mapping[int, tuple[Method, ...]]:
    mine = unnamed(project)
    return {
        file: tuple(
            Method((file, owner), scope, digest_of(flow.body))
            for scope, flow in bodies_naming(project, file, _NAMES)
            if scope != MODULE
            and (owner := enclosing_class(project, file, scope)) is not None
            and (file, owner) in mine
        )
        for file in sorted({file for file, _ in mine})
    }


def made_of_themselves(method: Method) -> Iterator[tuple[Node, str]]:
    """(call, as written) of the constructions of its own class in a method."""
    for node in method.body.calls:
        function = node.children[0]
        if callee(node) in ("cls", "self.__class__"):
            yield node, f"{callee(node)}(...)"
        elif function.kind == "call" and callee(function) == "type" and _is_self(function.children[1:]):
            yield node, "type(self)(...)"


def kept_by_themselves(project: Project, file: int, classes: frozenset[Place]) -> Iterator[Kept]:
    """`cls._instance = cls()`, `cls._instance = super().__new__(cls)`, be it by way of a variable."""
    for method in methods_of_heirs(project).get(file, ()):
        if method.owner not in classes:
            continue
        name = project.definition_at(method.owner).name
        own = {node for node, _ in made_of_themselves(method)}
        made = {text for text, value in method.body.bound if value in own or _is_new(value)}
        for node in method.body.assigns:
            value, *targets = node.children
            if not (value in own or _is_new(value) or (value.kind == "name" and value.text in made)):
                continue
            where = Location(project.files[file].path, value.line, value.column)
            for target in targets:
                if target.kind == "name" and target.text.startswith(("cls.", f"{name}.")):
                    yield Kept(where, file, method.owner, target.text, f"is an attribute of the class {name}")


def _is_self(given: tuple[Node, ...]) -> bool:
    return [(item.kind, item.text) for item in given] == [("name", "self")]


def _is_new(value: Node) -> bool:
    return value.kind == "call" and callee(value).rpartition(".")[2] == "__new__"
