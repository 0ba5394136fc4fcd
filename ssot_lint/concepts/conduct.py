"""What the body of a class does: hand on to the canonical class, record, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ssot_lint.concepts.ground import Finding, Ground
from ssot_lint.concepts.titles import mocking, words
from ssot_lint.model import Call, Place
from ssot_lint.queries.members import Member, all_members
from ssot_lint.queries.receivers import class_of, definition_of, enclosing_class, made_by, returned_by
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.project import Project

_RECORDING = frozenset({"append", "add", "extend", "appendleft", "put_nowait", "update"})

_ADAPTER_WORDS = frozenset(
    {"adapter", "adaptor", "wrapper", "compat", "compatibility", "shim", "proxy", "facade"}
)


def handing_on(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Does most of the class forward to one object that is a claim of the concept itself?

    Guards, logging and conversions around the call are part of an adapter's work; loops are not.
    """
    definition = project.definition_at((file, index))
    is_test = project.files[file].is_test
    if project.files[file].facts.deep is None or (is_test and mocking(definition.name)):
        return None
    methods = [
        item for item in all_members(project, file, index).values()
        if item.is_called and (item.is_public or item.name == "__getattr__") and item.file == file
    ]  # fmt: skip
    adapter = bool(_ADAPTER_WORDS & set(words(definition.name)))
    forwarded: dict[str, set[str]] = {}
    recording = 0
    for method in methods:
        calls = calls_in(project, file, method.definition)
        targets = {
            to for call in calls if (to := _forwards(project, terms, file, method, call, adapter)) is not None
        }
        if project.tells(file, method.definition, "loops"):
            targets = set()  # a loop is logic of its own
        recording += bool(targets) and is_test and any(_is_recording(call) for call in calls)
        forwarded[method.name] = targets
    for method in methods:  # through another method of the class
        for call in calls_in(project, file, method.definition):
            owner, _, name = call.callee.rpartition(".")
            if owner in ("self", "cls"):
                forwarded[method.name] |= forwarded.get(name, set())
    found = Counter(sorted(to for targets in forwarded.values() for to in targets))
    if recording:
        return None
    to, times = found.most_common(1)[0] if found else ("", 0)
    if to.endswith(".__getattr__"):
        return "shim", f"hands every attribute on to {to.removesuffix('.__getattr__')}"
    public = [item for item in methods if item.is_public]
    if 2 * times > len(public):
        return "shim", f"{times} of {count(len(public), 'public method')} forward to {to}"
    if adapter and terms.canonical is not None and _constructs(project, terms, file, index):
        return "shim", f"an adapter over {terms.concept.canonical}, which it constructs"
    return None


def _constructs(project: Project, terms: Ground, file: int, index: int) -> bool:
    """Does a method of the class itself make an instance of the canonical class?"""
    return any(
        made_by(project, file, method, call.callee, depth=0) == terms.canonical
        for method in project.children(file, index)
        for call in calls_in(project, file, method)
        if call.assigned or call.returned
    )


def _forwards(
    project: Project, terms: Ground, file: int, method: Member, call: Call, adapter: bool
) -> str | None:
    """What a call inside a method hands on to, when that is a claim of the concept; else None."""
    receiver = call.callee.rpartition(".")[0]
    if method.name == "__getattr__":
        return "the wrapped object.__getattr__" if call.callee == "getattr" and call.returned else None
    if receiver in ("self", "cls", "super"):
        return None
    if receiver:
        held = class_of(project, file, call.scope, receiver)
        if held is None and not receiver.startswith("self."):
            held = definition_of(project, file, call.scope, receiver)
        if held is not None and project.definition_at(held).is_class:
            same = _claims(terms, project, held) and held != (
                file,
                enclosing_class(project, file, call.scope),
            )
            return project.symbol(*held) if same or (adapter and receiver.startswith("self.")) else None
        return receiver if adapter and receiver in _given(project, file, call.scope) else None
    if call.returned:
        function = definition_of(project, file, call.scope, call.callee)
        if function is not None and not project.definition_at(function).is_class:
            made = returned_by(project, *function)
            if made is not None and _claims(terms, project, made):
                return project.symbol(*function)
    return None


def _given(project: Project, file: int, scope: int) -> frozenset[str]:
    """`self.x` for the attributes that a class sets from a name it was given: `self.x = x`."""
    owner = enclosing_class(project, file, scope)
    deep = project.files[file].facts.deep
    if deep is None or owner is None:
        return frozenset()
    methods = set(project.children(file, owner))
    return frozenset(
        item.target for item in deep.references
        if item.role == "stored" and item.scope in methods and item.target.startswith("self.")
    )  # fmt: skip


def _claims(terms: Ground, project: Project, place: Place) -> bool:
    name = project.definition_at(place).name
    return (
        place == terms.canonical
        or place in terms.contracts
        or any(fnmatchcase(name, item) for item in terms.concept.names)
    )


def calls_in(project: Project, file: int, index: int) -> tuple[Call, ...]:
    """The calls directly in a function's body, in the order of the source."""
    return project.once_for(file, _calls_by_scope).get(index, ())


def _calls_by_scope(project: Project, file: int) -> Mapping[int, tuple[Call, ...]]:
    deep = project.files[file].facts.deep
    inside: dict[int, list[Call]] = {}
    for call in deep.calls if deep is not None else ():
        inside.setdefault(call.scope, []).append(call)
    return {scope: tuple(calls) for scope, calls in inside.items()}


def _is_recording(call: Call) -> bool:
    receiver, _, name = call.callee.rpartition(".")
    return name in _RECORDING and receiver.startswith("self.")


def does_nothing(project: Project, file: int, index: int) -> bool:
    """A body without an effect but the record of the call: pass, a constant, `self.calls.append(...)`."""
    method = project.definition_at((file, index))
    if method.is_trivial:
        return True
    calls = calls_in(project, file, index)
    return all(_is_recording(call) for call in calls) and project.tells(file, index, "only records")
