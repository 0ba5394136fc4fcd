"""What a class offers: its own and its inherited members, and the classes from outside the project it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from ssot_lint.model import Definition, Place

if TYPE_CHECKING:
    from ssot_lint.project import Project

MemberKind = Literal["method", "class-method", "static-method", "property", "attribute"]


class Member(msgspec.Struct, frozen=True, gc=False):
    """One name a class or its instances have, and where it comes from."""

    name: str
    kind: MemberKind
    file: int
    owner: int  # the class that defines it
    definition: int = -1  # of the method; -1 for an attribute

    @property
    def is_public(self) -> bool:
        return not self.name.startswith("_")

    @property
    def is_called(self) -> bool:
        """Reached by a call, as opposed to a value that is read."""
        return self.kind in ("method", "class-method", "static-method")


def own_members(project: Project, file: int, index: int) -> Mapping[str, Member]:
    """The members that the class statement itself brings; methods before attributes."""
    project.opened.add((file, index))
    return project.once_for((file, index), _own)


def own_names(project: Project, file: int, index: int, rule: str) -> Mapping[str, Member]:
    """The same for a rule that looks at no more of the members than is told here."""
    project.named.add((rule, file, index))
    return project.once_for((file, index), _own)


def _own(project: Project, place: tuple[int, int]) -> Mapping[str, Member]:
    file, index = place
    definitions = project.files[file].facts.definitions
    found: dict[str, Member] = {}
    overloads: dict[str, Member] = {}
    for number in project.parts(file, index):
        method = definitions[number]
        if method.is_class or any(item.endswith((".setter", ".deleter")) for item in method.decorators):
            continue
        here = overloads if is_overload(method) else found
        here[method.name] = Member(method.name, _kind(method), file, index, number)
    for name, member in overloads.items():
        found.setdefault(name, member)
    for name in (*definitions[index].attributes, *definitions[index].instance_attributes):
        found.setdefault(name, Member(name, "attribute", file, index))
    return found


def is_overload(method: Definition) -> bool:
    """Does a definition only declare one of the signatures that another one has?"""
    return any(item.endswith("overload") for item in method.decorators)


def _kind(method: Definition) -> MemberKind:
    if not method.decorators:
        return "method"
    names = {item.rpartition(".")[2] for item in method.decorators}
    if "classmethod" in names:
        return "class-method"
    if "staticmethod" in names:
        return "static-method"
    return "property" if any("property" in name for name in names) else "method"


def lineage(project: Project, file: int, index: int) -> Iterator[tuple[int, int]]:
    """The class and its ancestors inside the project, nearest first."""
    yield file, index
    for target in project.ancestors(file, index):
        if target.kind == "definition" and project.definition(target).is_class:
            yield target.file, target.index


def all_members(project: Project, file: int, index: int) -> Mapping[str, Member]:
    """The members of the class, inherited ones included; the nearest definition wins.

    A method beats an attribute of the same class: `self.send = ...` beside `def send` is still the method.
    """
    project.once_for((file, index), _open)
    return project.once_for((file, index), _all)


def own_member(project: Project, file: int, index: int, name: str) -> Member | None:
    """The member of a name that the class statement itself brings; for those who ask for no other."""
    project.picked.add((file, index, name))
    return project.once_for((file, index), _own).get(name)


def member_called(project: Project, file: int, index: int, name: str) -> Member | None:
    """The member of a name, the nearest where several classes above have it; for those who ask for no other."""
    project.once_for((file, index, name), _pick)
    return project.once_for((file, index), _all).get(name)


def method_called(project: Project, file: int, index: int, name: str) -> Place | None:
    """The function that is this member; None where there is none, or it is an attribute."""
    member = member_called(project, file, index, name)
    return None if member is None or member.definition < 0 else (member.file, member.definition)


def _pick(project: Project, asked: tuple[int, int, str]) -> None:
    file, index, name = asked
    project.picked.update([(*part, name) for part in lineage(project, file, index)])


def all_names(project: Project, file: int, index: int, rule: str) -> Mapping[str, Member]:
    """The same for a rule that looks at no more of the members than is told here."""
    project.named.update([(rule, *part) for part in lineage(project, file, index)])
    return project.once_for((file, index), _all)


def _open(project: Project, place: tuple[int, int]) -> None:
    project.opened.update(lineage(project, *place))


def _all(project: Project, place: tuple[int, int]) -> Mapping[str, Member]:
    parts = [project.once_for(part, _own) for part in lineage(project, *place)]
    if len(parts) == 1:
        return parts[0]
    merged: dict[str, Member] = {}
    for part in parts:
        for name, member in part.items():
            merged.setdefault(name, member)
    return merged


def roots(project: Project, file: int, index: int) -> frozenset[str]:
    """Dotted names of the bases that lie outside the project, of the class and its ancestors.

    A base that cannot be found is given as it is written.
    """
    itself = project.definition_at((file, index))
    if not itself.bases and not itself.metaclass:
        return _NO_ROOTS
    found: set[str] = set()
    for at, number in lineage(project, file, index):
        definition = project.definition_at((at, number))
        for base in (*definition.bases, definition.metaclass):
            if not base:
                continue
            target = project.resolve(at, base, definition.parent).target
            if target.kind == "external":
                found.add(target.symbol)
            elif target.kind != "definition":
                found.add(base)
    return frozenset(found)


_NO_ROOTS: frozenset[str] = frozenset()


def decorators(definition: Definition) -> frozenset[str]:
    """The last parts of the decorators' names."""
    return frozenset(item.rpartition(".")[2] for item in definition.decorators)
