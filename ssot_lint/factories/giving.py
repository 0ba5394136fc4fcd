"""What functions give that say so by what they return alone, and methods of factories that are classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssot_lint.concepts.titles import words
from ssot_lint.queries.members import all_members, decorators
from ssot_lint.queries.receivers import class_of, made_by
from ssot_lint.queries.walks import callee

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.model import Place
    from ssot_lint.project import Project
    from ssot_lint.queries.digests import Digest


def methods_of_factory(project: Project, concept: Concept) -> Iterator[Place]:
    """The methods by which a configured factory that is a class gives what it makes: `create`, `get_manager`."""
    target = project.resolve_symbol(concept.factory).target if concept.factory else None
    if target is None or target.kind != "definition" or not project.definition(target).is_class:
        return
    said = {part.lower() for part in words(concept.canonical_name)}
    for name, member in sorted(all_members(project, target.file, target.index).items()):
        verb, *rest = name.strip("_").split("_")
        gives = verb in _GIVING and (not rest or not said.isdisjoint(rest))
        if gives and member.is_called and member.definition >= 0 and (name == "__call__" or name[0] != "_"):
            definition = project.definition_at((member.file, member.definition))
            if not definition.is_trivial and not definition.yields:
                yield member.file, member.definition


_GIVING = frozenset({"build", "call", "create", "get", "make", "new"})


def made_by_returns(project: Project, file: int, index: int, body: Digest) -> Place | None:
    """The one class of all that a function without an annotation returns: attributes, choices, what its class makes."""
    definition = project.definition_at((file, index))
    if definition.returns or definition.yields or not decorators(definition) <= _PLAIN:
        return None
    pending = [node.children[0] for node in body.returns if node.children]
    found: set[Place | None] = set()
    seen: set[str] = set()
    while pending:
        value = pending.pop()
        match value.kind:
            case "await":
                pending.append(value.children[0])
            case "operation" if value.text in ("BoolOp", "IfExp"):
                pending += value.children[value.text == "IfExp" :]
            case "call" if "?" not in callee(value) and callee(value):
                found.add(made_by(project, file, index, callee(value)))
            case "name":
                held = class_of(project, file, index, value.text)
                bound = [item for name, item in body.bound if name == value.text and "." not in name]
                if held is None and bound and value.text not in seen:
                    seen.add(value.text)
                    pending += bound
                elif held is not None or value.text not in seen:
                    found.add(held)
            case "constant" if value.text == "None":
                continue
            case _:
                return None
    return next(iter(found)) if len(found) == 1 else None


_PLAIN = frozenset({"classmethod", "staticmethod"})
