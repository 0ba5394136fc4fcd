"""The classes of a project that bear a name, and the part that each plays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ssot_lint.concepts import records
from ssot_lint.concepts.bases import ABSTRACT, ENUMS, is_exception
from ssot_lint.concepts.titles import Core, core, mocking, words
from ssot_lint.model import MODULE, Definition, Place, SourceFile
from ssot_lint.proposals.folders import is_test, on_show, put_aside
from ssot_lint.queries.members import all_members, decorators, lineage, own_members, roots

if TYPE_CHECKING:
    from ssot_lint.project import Project

Role = Literal["implementation", "shim", "protocol", "double"]

_NEVER_A_THING = frozenset({"error", "exception", "mixin", "warning"})

_RECORD_DECORATORS = records.RECORD_DECORATORS | {"s"}  # `@attr.s`

_VENDORED = frozenset({"_vendor", "vendor", "vendored", "third_party", "extern"})


@dataclass(frozen=True, slots=True)
class Bearer:
    """A class, and the part that it plays: it implements, hands on, describes, or stands in."""

    place: Place
    name: str
    core: Core
    role: Role


def bearers(project: Project) -> tuple[Bearer, ...]:
    found = []
    for number, source in enumerate(project.files):
        if (
            source.facts.generated
            or put_aside(source)
            or on_show(source)
            or _VENDORED & set(source.path.split("/"))
            or not all(map(str.isidentifier, source.module.split(".")))  # nothing can import it from there
        ):
            continue
        definitions = source.facts.definitions
        replaced = {earlier for earlier, _ in source.facts.redefined}
        for index, item in enumerate(definitions):
            if not item.is_class or (item.parent != MODULE and definitions[item.parent].is_class):
                continue
            role = None if index in replaced else _role(project, number, index)
            if role == "implementation" and _is_part(project, (number, index)):
                role = None
            if role is not None:
                found.append(Bearer((number, index), item.name, _about(item.name, role), role))
    return tuple(found)


def _is_part(project: Project, place: Place) -> bool:
    """Is it a record that nobody imports, and a field of another record beside it: a part of that message?"""
    file, index = place
    if place in project.once(_imported) or not is_record(project, place):
        return False
    name = re.compile(rf"\b{project.definition_at(place).name}\b")
    return any(
        item.scope not in (MODULE, index)
        and item.annotation
        and name.search(item.annotation)
        and is_record(project, (file, item.scope))
        for item in project.files[file].facts.assignments
    )


def _imported(project: Project) -> frozenset[Place]:
    """The definitions that import statements name."""
    return frozenset(
        (target.file, target.index)
        for file, answers in enumerate(project.resolutions)
        for answer in answers
        for target in answer.targets
        if target.kind == "definition" and target.file != file
    )


def _about(name: str, role: Role) -> Core:
    """The core name; a protocol that implements something is about the protocol."""
    last = words(name)[-1]
    return (
        (*core(name), last) if role == "implementation" and last in ("interface", "protocol") else core(name)
    )


def _role(project: Project, file: int, index: int) -> Role | None:
    source = project.files[file]
    item = source.facts.definitions[index]
    spoken = words(item.name)
    if not spoken or spoken[-1] in _NEVER_A_THING or spoken[-2:] == ("test", "case"):
        return None
    outside = {root.rpartition(".")[2] for root in roots(project, file, index)}
    if outside & ENUMS or any(name.endswith("TestCase") or is_exception(name) for name in outside):
        return None
    own = own_members(project, file, index)
    if is_test(source) or mocking(item.name) or item.parent != MODULE:
        collected = any(name.startswith("test") for name in all_members(project, file, index))
        return None if collected else "double"
    if item.branch != MODULE:
        return None  # one of several bodies for several platforms or versions
    if _is_contract(
        source, item, outside, [member.definition for member in own.values() if member.is_public]
    ):
        return "protocol"
    derived = len(list(lineage(project, file, index))) > 1
    return "shim" if derived and not own and "" not in item.bases else "implementation"


def _is_contract(source: SourceFile, item: Definition, outside: set[str], members: Iterable[int]) -> bool:
    if {"Protocol", "Interface"} & {base.rpartition(".")[2] for base in item.bases}:
        return True
    bodies = [source.facts.definitions[index] for index in members if index != MODULE]
    abstract = [body for body in bodies if decorators(body) & ABSTRACT]
    spoken = words(item.name)
    if abstract and (spoken[0] == "i" or spoken[-1] in ("interface", "protocol")):
        return True
    return bool(abstract) and all(body.is_trivial or body in abstract for body in bodies)


def is_record(project: Project, place: Place) -> bool:
    """As for claims, `@attr.s` among the decorators."""
    return records.is_record(project, *place, decorated=_RECORD_DECORATORS)
