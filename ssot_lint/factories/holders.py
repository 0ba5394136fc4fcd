"""Objects of which the process keeps one, and the instances that they hold and hand on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.factories.instances import givers, instances
from ssot_lint.factories.keepers import outliving, under_main
from ssot_lint.factories.pools import handed_out, put
from ssot_lint.factories.stores import Kept, from_context, made_by_value
from ssot_lint.model import MODULE, Location, Place, Related
from ssot_lint.queries.digests import calls_of, digests
from ssot_lint.queries.members import decorators, method_called
from ssot_lint.queries.receivers import class_of, enclosing_class
from ssot_lint.queries.signatures import passed
from ssot_lint.queries.walks import argument, callee, walk

if TYPE_CHECKING:
    from ssot_lint.model import Assignment, Definition, Node, SourceFile
    from ssot_lint.project import Project
    from ssot_lint.queries.digests import Digest

# --- objects that are themselves shared -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Attribute:
    location: Location
    name: str
    made: Place
    constructed: bool
    given: str  # the constructor's parameter that it comes from, or ""


def on_shared(project: Project, classes: frozenset[Place]) -> Iterator[Kept]:
    """Instances on attributes of an object of which the whole process has one; and that object."""
    held = _holders(project, classes)
    shared = _shared(project, held)
    yield from _handed_on(project, held, shared)
    for (file, index), keepers in sorted(shared.items()):
        holder = project.definition_at((file, index))
        attributes = held[file, index]
        initial = method_called(project, file, index, "__init__")
        taken = project.definition_at(initial).parameters[1:] if initial is not None else ()
        parameters = [item.name for item in taken]
        seen: set[tuple[int, str]] = set()
        for keeper in keepers:
            first = next((item for item in attributes if _filled(project, keeper, item, parameters)), None)
            if first is None or (keeper.file, keeper.name) in seen:
                continue
            seen.add((keeper.file, keeper.name))
            step = Related(
                first.location.path, first.location.line, f"{holder.name} holds it in {first.name}"
            )
            how = f"is held in {first.name} of the one {holder.name} that {keeper.how}"
            yield Kept(keeper.location, keeper.file, first.made, keeper.name, how, (step,))
        for attribute in attributes:
            if attribute.constructed:
                step = Related(
                    keepers[0].location.path, keepers[0].location.line, f"the {holder.name} for all callers"
                )
                how = f"is kept on a {holder.name}, of which {keepers[0].name} is the one for all callers"
                yield Kept(attribute.location, file, attribute.made, attribute.name, how, (step,))


def _holders(project: Project, classes: frozenset[Place]) -> Mapping[Place, tuple[_Attribute, ...]]:
    """Class that is no concept itself -> its attributes that hold an instance of one."""
    found: dict[Place, dict[Location, _Attribute]] = defaultdict(dict)
    known = instances(project)
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for scope, body in digests(project, file).items():
            owner = enclosing_class(project, file, scope)
            if owner is None or (file, owner) in known or scope not in project.parts(file, owner):
                continue
            for name, value in body.bound:
                if _is_own(name):
                    made = made_by_value(project, file, scope, value)
                    if made is not None and made in classes:
                        where = Location(source.path, value.line, 1)
                        given = _given(source.facts.definitions[scope], value)
                        constructed = value.kind in ("call", "await")
                        found[file, owner].setdefault(
                            where, _Attribute(where, name, made, constructed, given)
                        )
            for attribute in (
                *_put_into(project, file, scope, body, classes),
                *_cached(project, file, scope, classes),
            ):
                found[file, owner].setdefault(attribute.location, attribute)
    return {place: tuple(items[key] for key in sorted(items)) for place, items in found.items()}


def _put_into(
    project: Project, file: int, scope: int, body: Digest, classes: frozenset[Place]
) -> Iterator[_Attribute]:
    """Instances in containers on `self`: under a key that says nothing of anybody, or handed out to whoever comes next."""
    path = project.files[file].path
    for name, made, node, keyed in put(project, file, scope, body, classes):
        if _is_own(name) and (keyed or handed_out(project, file, scope, name) is not None):
            yield _Attribute(Location(path, node.line, 1), name, made, True, "")
    for node in body.assigns:
        for target in node.children[1:]:
            if target.kind != "item-of" or from_context(body, target.children[1]):
                continue
            name, stored = target.children[0].text, made_by_value(project, file, scope, node.children[0])
            if _is_own(name) and stored is not None and stored in classes:
                yield _Attribute(Location(path, node.line, 1), name, stored, True, "")


def _cached(project: Project, file: int, scope: int, classes: frozenset[Place]) -> Iterator[_Attribute]:
    """A property that keeps the instance that it gave first."""
    method = project.definition_at((file, scope))
    made = givers(project).get((file, scope)) if "cached_property" in decorators(method) else None
    if made is not None and made in classes:
        where = Location(project.files[file].path, method.line, 1)
        yield _Attribute(where, f"self.{method.name}", made, True, "")


def _is_own(name: str) -> bool:
    """Is it an attribute of `self`, and not of something that an attribute holds?"""
    return name.startswith("self.") and name.count(".") == 1


def _handed_on(
    project: Project, held: Mapping[Place, tuple[_Attribute, ...]], shared: Mapping[Place, tuple[Kept, ...]]
) -> Iterator[Kept]:
    """Calls elsewhere that are given the instance that a shared object holds."""
    names = {f".{item.name.removeprefix('self.')}": place for place in sorted(shared) for item in held[place]}
    for file, source in enumerate(project.files):
        if source.is_test or not names:
            continue
        for scope, body in digests(project, file).items():
            for node in body.calls:
                for item in node.children[1:]:
                    given = item.children[0] if item.kind == "keyword" else item
                    owner, _, attribute = given.text.rpartition(".")
                    if given.kind != "name" or owner in ("", "self", "cls") or f".{attribute}" not in names:
                        continue
                    place = class_of(project, file, scope, owner)
                    if place not in shared or place is None:
                        continue
                    made = next((one.made for one in held[place] if one.name == f"self.{attribute}"), None)
                    if made is not None:
                        holder = project.definition_at(place).name
                        keeper = shared[place][0]
                        step = Related(
                            keeper.location.path, keeper.location.line, f"the {holder} for all callers"
                        )
                        how = f"is taken from the one {holder} for all callers and passed to {callee(node)}(...)"
                        yield Kept(
                            Location(source.path, node.line, node.column),
                            file,
                            made,
                            given.text,
                            how,
                            (step,),
                        )


def _given(method: Definition, value: Node) -> str:
    if method.name != "__init__":
        return ""
    names = {item.name for item in method.parameters}
    return next((node.text for node in walk(value) if node.kind == "name" and node.text in names), "")


def _filled(project: Project, keeper: Kept, attribute: _Attribute, parameters: Sequence[str]) -> bool:
    """Does the object that is kept hold the instance? Not where its constructor is not given one."""
    if not attribute.given:
        return True
    for calls in calls_of(project, keeper.file).values():
        for _, node in calls:
            if keeper.location.line <= node.line <= keeper.location.line + 1 and not passed(node).starred:
                given = argument(node, attribute.given, parameters.index(attribute.given))
                if given is not None and given.text != "None":
                    return True
    return False


def _shared(
    project: Project, held: Mapping[Place, tuple[_Attribute, ...]]
) -> Mapping[Place, tuple[Kept, ...]]:
    """Holder class -> the names of modules and classes that keep one for the whole process."""
    names = {project.definition_at((file, index)).name for file, index in held}
    found: dict[Place, list[Kept]] = defaultdict(list)
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for item in source.facts.assignments:
            if item.kind == "call" and item.value.rpartition(".")[2] in names and _outlives(source, item):
                target = project.resolve(
                    file, item.value, item.scope if item.writer == MODULE else item.writer
                ).target
                place = (target.file, target.index)
                if (
                    target.kind == "definition"
                    and place in held
                    and not under_main(project, file, item.branch)
                ):
                    named = outliving(project, file, item)
                    if named is not None:
                        where = Location(source.path, item.line, item.column)
                        found[place].append(Kept(where, file, place, *named))
    return {place: tuple(items) for place, items in found.items()}


def _outlives(source: SourceFile, item: Assignment) -> bool:
    return item.scope == MODULE or source.facts.definitions[item.scope].is_class
