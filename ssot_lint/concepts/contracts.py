"""What the implementations of a concept owe: the members of its protocol, and whether a class has them."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.concepts.bases import ABSTRACT
from ssot_lint.concepts.claims import ground_of
from ssot_lint.concepts.conduct import calls_in
from ssot_lint.concepts.sites import sites
from ssot_lint.model import MODULE, ClaimKind, Location, Place
from ssot_lint.queries.digests import digests
from ssot_lint.queries.members import Member, all_members, decorators, lineage, roots
from ssot_lint.queries.receivers import class_of, definition_of
from ssot_lint.queries.signatures import NEUTRAL, Passed

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.project import Project

IMPLEMENTING: frozenset[ClaimKind] = frozenset({
    "canonical", "subclass", "variant", "duplicate", "test-double", "shim",
})  # fmt: skip
"""The kinds of claims that are asked for the members of the concept."""

_PLAIN = frozenset(
    {"ABC", "ABCMeta", "Protocol", "Generic", "object", "NamedTuple", "namedtuple", "BaseModel"}
)

_RECORDS = frozenset({"dataclass", "define", "frozen", "mutable", "attrs"})

MAKERS = frozenset({"factory", "builder", "creator"})

_OFTEN = 2
"""So many places make a call a thing that users require."""

_WRITES_ATTRIBUTES = frozenset({"setattr", "vars", "create_autospec"})


@dataclass(frozen=True, slots=True)
class Owed:
    """One member that implementations owe."""

    name: str
    member: Member | None = None  # as the protocol declares it; None where only the name is known
    calls: tuple[tuple[Location, Passed], ...] = ()  # of its users, where nothing else says what is owed


@dataclass(frozen=True, slots=True)
class Contract:
    """What a concept's implementations owe, and who says so."""

    concept: Concept
    owed: Mapping[str, Owed]
    source: str  # "WebSocketManagerProtocol", "the members of concepts.x"
    place: Place | None = None  # the protocol class


def contracts(project: Project) -> Mapping[str, Contract]:
    """Concept name -> its contract, for those that have one: a protocol, else `members`, else what users call."""
    return project.once(_contracts)


def _contracts(project: Project) -> Mapping[str, Contract]:
    found = ((concept.name, _contract(project, concept)) for concept in project.config.concepts)
    return {name: contract for name, contract in found if contract is not None and contract.owed}


def _contract(project: Project, concept: Concept) -> Contract | None:
    if concept.protocol is not None:
        place = protocol_place(project, concept)
        if place is None:
            return None
        owed = {
            name: Owed(name, member)
            for name, member in sorted(all_members(project, *place).items())
            if member.is_public or (name.startswith("__") and name not in _OBJECT)
        }
        return Contract(concept, owed, concept.protocol.rpartition(":")[2], place)
    if concept.members:
        canonical = ground_of(project, concept.name).canonical
        known = all_members(project, *canonical) if canonical is not None else {}
        owed = {name: Owed(name, known.get(name)) for name in sorted(concept.members)}
        return Contract(concept, owed, f"the members of concepts.{concept.name}")
    return _used(project, concept)


_OBJECT = frozenset(dir(object)) | {
    "__slots__", "__dict__", "__weakref__", "__annotations__", "__abstractmethods__", "__class_getitem__", "__match_args__",
    "__non_callable_proto_members__", "__protocol_attrs__", "__parameters__", "__orig_bases__",
}  # fmt: skip


def protocol_place(project: Project, concept: Concept) -> Place | None:
    """The class that `protocol` names.

    Where the module defines the name more than once, and what it holds in the end promises nothing, the
    definition that is a protocol is meant: the later one replaces it by mistake.
    """
    target = project.resolve_symbol(concept.protocol or "").target
    if target.kind != "definition" or not project.definition(target).is_class:
        return None
    place = (target.file, target.index)
    if is_contract(project, *place):
        return place
    wanted = project.definition(target).qualname
    for index, definition in enumerate(project.files[target.file].facts.definitions):
        if definition.qualname == wanted and definition.is_class and is_contract(project, target.file, index):
            return target.file, index
    return place


def is_contract(project: Project, file: int, index: int) -> bool:
    """Is the class a Protocol itself, or abstract?"""
    definition = project.definition_at((file, index))
    if any(base.rpartition(".")[2] == "Protocol" for base in definition.bases):
        return True
    return any(
        decorators(project.definition_at((file, item))) & ABSTRACT for item in project.children(file, index)
    )


def _used(project: Project, concept: Concept) -> Contract | None:
    """Methods that production code calls, and properties that it reads, on instances of the canonical class."""
    canonical = ground_of(project, concept.name).canonical
    if canonical is None or not project.definition_at(canonical).is_class:
        return None
    mine = all_members(project, *canonical)
    made: dict[str, dict[tuple[int, int], Passed]] = {}
    read: dict[str, set[tuple[int, int]]] = {}
    properties = {name for name, member in mine.items() if member.is_public and member.kind == "property"}
    for file in sorted({canonical[0], *(user for user, _ in project.users(project.symbol(*canonical)))}):
        source = project.files[file]
        if source.is_test or source.facts.deep is None:
            continue
        for site in sites(project, file):
            owner, _, name = site.callee.rpartition(".")
            member = mine.get(name)
            if owner in ("", "self", "cls") or member is None or not (member.is_public and member.is_called):
                continue
            if class_of(project, file, site.scope, owner) == canonical:
                made.setdefault(name, {})[file, site.line] = site.passed
        for use in source.facts.deep.uses if properties else ():
            asks = use.attribute in properties and not use.written and use.receiver not in ("self", "cls")
            if asks and class_of(project, file, use.scope, use.receiver) == canonical:
                read.setdefault(use.attribute, set()).add((file, use.line))
    owed = {
        name: Owed(
            name,
            mine[name],
            tuple(
                (Location(project.files[at].path, line), what)
                for (at, line), what in sorted(found.items(), key=_first)
            ),
        )
        for name, found in sorted(made.items())
        if len(found) >= _OFTEN
    }
    owed |= {name: Owed(name, mine[name]) for name, places in sorted(read.items()) if len(places) >= _OFTEN}
    return Contract(concept, owed, f"{concept.canonical_name}, as its users call it") if owed else None


def _first(item: tuple[tuple[int, int], Passed]) -> tuple[int, int]:
    return item[0]


# --- what is there ---------------------------------------------------------------------------------------


def lacking(project: Project, contract: Contract, place: Place) -> tuple[str, ...] | None:
    """The owed members that a class does not have; None when something in it may bring them unseen."""
    members = all_members(project, *place)
    added = _added(project, place)
    missing = tuple(
        name
        for name in contract.owed
        if name not in added and (name not in members or is_promise(project, contract, members[name]))
    )
    return missing if not missing or not open_reason(project, place) else None


def _added(project: Project, place: Place) -> frozenset[str]:
    """The names that the module of a class, or of one above it, sets on it: `Class.send = send`. Tests are not read."""
    found: set[str] = set()
    for file, index in lineage(project, *place):
        body, name = digests(project, file).get(MODULE), project.definition_at((file, index)).qualname
        for target, _ in body.bound if body is not None else ():
            owner, _, attribute = target.rpartition(".")
            if owner == name:
                found.add(attribute)
    return frozenset(found)


def is_promise(project: Project, contract: Contract, member: Member) -> bool:
    """Is a member only declared: inherited from the protocol itself, or abstract?"""
    if member.definition < 0:
        return False
    definition = project.definition_at((member.file, member.definition))
    if decorators(definition) & ABSTRACT:
        return True
    of_protocol = contract.place is not None and (member.file, member.owner) in set(
        lineage(project, *contract.place)
    )
    return of_protocol and definition.is_trivial


def open_reason(project: Project, place: Place) -> str:
    """Why a class may have more members than its statements say, or ""."""
    members = all_members(project, *place)
    for name in ("__getattr__", "__getattribute__"):
        if name in members:
            return f"it has a {name}"
    for file, index in lineage(project, *place):
        definition = project.definition_at((file, index))
        if "" in definition.bases:
            return "a base is computed"
        unknown = decorators(definition) - NEUTRAL - _RECORDS
        if unknown:
            return f"the decorator {min(unknown)} may add members"
        if definition.metaclass.rpartition(".")[2] not in ("", "ABCMeta", "EnumMeta"):
            return f"the metaclass {definition.metaclass} may add members"
        for call in calls_in(project, file, MODULE):
            if call.callee == "setattr" and call.given[:1] == (definition.qualname,):
                return "its module sets attributes on it by name"
        for method in project.children(file, index):
            for call in calls_in(project, file, method):
                if call.callee in _WRITES_ATTRIBUTES or call.callee.endswith("__dict__.update"):
                    return "it sets attributes by name"
    bases = {name for name in roots(project, *place) if not _is_plain(name)}
    return f"the base {min(bases)} is not known" if bases else ""


def _is_plain(name: str) -> bool:
    """A base outside the project that brings no method of a concept."""
    last = name.rpartition(".")[2]
    return last in _PLAIN or (name.startswith("builtins.") and hasattr(builtins, last))


def hands_on(project: Project, file: int, index: int) -> bool:
    """May a function that is not async return what has to be awaited: from an async one, or one of the same name?"""
    definition = project.definition_at((file, index))
    for call in calls_in(project, file, index):
        if not call.returned:
            continue
        if call.callee.rpartition(".")[2] in (definition.name, "AsyncMock", "create_task", "ensure_future"):
            return True
        target = definition_of(project, file, index, call.callee)
        if target is not None and project.definition_at(target).is_async:
            return True
    return False
