"""What its bases say of a class: a contract, a test case, a mock, a kind of the canonical class."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ssot_lint.concepts.conduct import does_nothing
from ssot_lint.concepts.ground import Finding, Ground
from ssot_lint.concepts.records import RECORD_BASES
from ssot_lint.concepts.titles import is_kind_of, mocking, words
from ssot_lint.model import Definition
from ssot_lint.queries.members import Member, all_members, decorators, lineage, own_members, roots
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.project import Project

MOCKS = frozenset(
    {"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "PropertyMock"}
)

ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})

_MARKS = frozenset({"ABC", "Generic", "Protocol", "object"})
"""Bases that add nothing to what a class does."""

_NEUTRAL_MODULES = frozenset(
    {"abc", "builtins", "collections", "contextlib", "enum", "typing", "typing_extensions"}
)
"""Where bases come from that say what kind of class it is, and ask for no members by other names than theirs."""

ABSTRACT = frozenset({"abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod"})


def contract(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Protocols, interfaces, and base classes that leave most to others."""
    definition = project.definition_at((file, index))
    bases = {base.rpartition(".")[2] for base in definition.bases}
    if "Protocol" in bases and not any(
        item.endswith(":Protocol") for item in _first_party_bases(project, file, index)
    ):
        return "protocol", "a typing.Protocol"
    outside = roots(project, file, index)
    if "zope.interface.Interface" in outside:
        return "protocol", "a zope.interface"
    if not {"ABC", "ABCMeta"} & {item.rpartition(".")[2] for item in outside}:
        return None
    defined = project.files[file].facts.definitions
    methods = [
        defined[item.definition]
        for item in own_members(project, file, index).values()
        if item.definition >= 0
    ]
    abstract = [item for item in methods if decorators(item) & ABSTRACT]
    concrete = [
        item for item in methods if item not in abstract and not item.is_trivial and not _dunder(item.name)
    ]
    if abstract and (len(abstract) >= len(concrete) or (file, index) in terms.contracts):
        return "protocol", f"an ABC with {count(len(abstract), 'abstract method')}"
    return None


def above(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """What the canonical class is made from is part of it."""
    if terms.canonical is None or (file, index) == terms.canonical:
        return None
    if (file, index) in set(lineage(project, *terms.canonical)):
        return "companion", f"a base of {project.symbol(*terms.canonical)}"
    return None


def _first_party_bases(project: Project, file: int, index: int) -> tuple[str, ...]:
    return tuple(target.symbol for target in project.ancestors(file, index) if target.kind == "definition")


def runner_case(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Test cases that a runner collects."""
    reason = collected(project, file, index)
    return ("test-case", reason) if reason else None


def collected(project: Project, file: int, index: int) -> str:
    """Why a test runner collects the class, or "". pytest: `Test*`, no constructor, test methods. unittest: by base."""
    return collected_by(project, file, index, all_members(project, file, index))


def collected_by(project: Project, file: int, index: int, members: Mapping[str, Member]) -> str:
    """The same for those who have its members already."""
    definition = project.definition_at((file, index))
    tests = [item for item in members.values() if item.name.startswith("test") and item.is_called]
    cases = sorted(item for item in roots(project, file, index) if item.endswith("TestCase"))
    if cases:
        return f"{count(len(tests), 'test method')}, derived from {cases[0]}"
    if not tests:
        return ""
    constructed = "__init__" in members or "__new__" in members
    if definition.name.startswith("Test"):
        return "" if constructed else f"collected by pytest: {count(len(tests), 'test method')}"
    public = [item for item in members.values() if item.is_public and item.is_called]
    if "test" in words(definition.name) and 2 * len(tests) >= len(public):
        return f"{count(len(tests), 'test method')} that a runner of its own calls"
    return ""


def mock_base(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Classes derived from those of `unittest.mock`."""
    found = sorted(item for item in roots(project, file, index) if item.rpartition(".")[2] in MOCKS)
    return ("test-double", f"derived from {found[0]}") if found else None


def plain_kind(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Enums and exceptions share the word and nothing else."""
    names = {item.rpartition(".")[2] for item in roots(project, file, index)}
    if terms.canonical is None or not _is_error(project, *terms.canonical):
        if names & ENUMS:
            return "companion", "an enum"
        if any(is_exception(name) for name in names):
            return "companion", "an exception"
    return None


def _is_error(project: Project, file: int, index: int) -> bool:
    names = {item.rpartition(".")[2] for item in roots(project, file, index)}
    return bool(names & ENUMS) or any(is_exception(name) for name in names)


def is_exception(name: str) -> bool:
    """Is a base of this name an exception: one of Python's own, or called as they are?"""
    known = getattr(builtins, name, None)
    if isinstance(known, type):
        return issubclass(known, BaseException)
    return name.endswith(("Error", "Exception", "Warning"))


def library_bases(project: Project, place: tuple[int, int]) -> frozenset[str]:
    """The bases from outside that ask something of who derives from them: not `object`, `ABC` or `BaseModel`."""
    return frozenset(
        root
        for root in roots(project, *place)
        if "." in root
        and root.partition(".")[0] not in _NEUTRAL_MODULES
        and root.rpartition(".")[2] not in RECORD_BASES
    )


def derived(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Classes made from the canonical one, and bodiless ones made from another claim."""
    definition = project.definition_at((file, index))
    own = own_members(project, file, index)
    ancestors = list(lineage(project, file, index))[1:]
    if terms.canonical in ancestors:
        assert terms.canonical is not None
        symbol = project.symbol(*terms.canonical)
        if not own and _has_one_base(definition):
            if is_kind_of(definition.name, terms.names):
                return "subclass", f"a kind of {symbol}, by its name; without a body"
            return "shim", f"a subclass of {symbol} without a body"
        if project.files[file].is_test:
            added = [
                name
                for name, item in own.items()
                if item.is_public and item.is_called and name not in terms.members
            ]
            if mocking(definition.name) or not added:
                return "test-double", f"overrides {count(len(own), 'member')} of {symbol} in test code"
        return "subclass", f"derived from {symbol}, with {count(len(own), 'member')} of its own"
    for ancestor in ancestors:
        if terms.declared.get(ancestor, ("",))[0] == "variant" and not project.files[file].is_test:
            return "subclass", f"derived from {project.symbol(*ancestor)}, a legal variant"
    if ancestors and not set(own) - {"__init__"} and _has_one_base(definition):
        base = project.definition_at(ancestors[0])
        if (
            any(fnmatchcase(base.name, pattern) for pattern in terms.concept.names)
            and not project.files[file].is_test
            and not _is_stub(project, *ancestors[0])
        ):
            only = "without a body" if not own else "that adds only a constructor"
            return "shim", f"a subclass of {project.symbol(*ancestors[0])} {only}"
    return None


def _is_stub(project: Project, file: int, index: int) -> bool:
    """Has a class public methods, and none that does anything? Then there is nothing to hand on."""
    called = [
        item for item in all_members(project, file, index).values() if item.is_public and item.is_called
    ]
    return bool(called) and all(does_nothing(project, item.file, item.definition) for item in called)


def _has_one_base(definition: Definition) -> bool:
    """A class that puts several together is one of its own, though it has no body."""
    return len([base for base in definition.bases if base.rpartition(".")[2] not in _MARKS]) < 2


def _dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
