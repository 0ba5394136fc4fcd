"""What protects a concept, as values: the test files that use each of its parts, and those that only reach it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

Role = Literal["canonical", "factory", "protocol", "emitter", "variant", "subclass", "duplicate"]


@dataclass(frozen=True, slots=True)
class Use:
    """A test file that uses a definition itself."""

    path: str
    ways: tuple[str, ...]  # "use", "patch", "fixture NAME"; sorted
    tests: tuple[str, ...]  # the tests that do, in the order of the file; none where only a helper does
    kinds: tuple[str, ...]  # of those tests, or of all tests of the file


@dataclass(frozen=True, slots=True)
class Reach:
    """A test file that does not use a definition, and reaches it through `through` modules; 0: only imports it."""

    path: str
    through: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A definition that belongs to a concept, and the tests that touch it. `path` is "" when it is not found."""

    role: Role
    symbol: str
    path: str
    line: int
    uses: tuple[Use, ...] = ()  # by path
    reaches: tuple[Reach, ...] = ()  # nearest first

    @property
    def is_copy(self) -> bool:
        return self.role == "duplicate"


@dataclass(frozen=True, slots=True)
class CopyTest:
    """A test file that touches a copy: which, by which tests, and how far it is from what the concept really is."""

    path: str
    copies: tuple[str, ...]  # the duplicates that it uses or imports; sorted
    uses: bool  # one of them at least, and does not only import them
    only: tuple[str, ...]  # tests that use a copy and nothing that is the concept, in the order of the file
    both: tuple[str, ...]  # tests that use both
    through: int | None  # modules between the file and the concept; -1: uses it; 0: imports it; None: no way
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Protection:
    """What protects one concept, or the emitter of one sequence."""

    name: str
    canonical: str
    parts: tuple[Part, ...]  # what the concept is, then its duplicates
    copies_only: tuple[CopyTest, ...] = ()  # files that touch a duplicate, and nothing that is the concept
    both: tuple[CopyTest, ...] = ()  # files that touch both

    @property
    def unused(self) -> tuple[Part, ...]:
        """Parts that tests reach and none uses."""
        return tuple(part for part in self.parts if part.path and part.reaches and not part.uses)

    @property
    def untested(self) -> tuple[Part, ...]:
        """Parts that no test uses or reaches."""
        return tuple(part for part in self.parts if part.path and not part.reaches and not part.uses)


@dataclass(frozen=True, slots=True)
class Overview:
    """The tests there are, and what could not be read of them."""

    files: int
    tests: int  # functions; one with parameters counts once
    by_kind: Mapping[str, int]  # files; one can be of several kinds
    other: int  # files of no kind
    unparsed: int = 0  # files that could hold tests and do not parse
    undecided: int = 0  # strings in test files that are looked up and could not be read


T = TypeVar("T", "Use", "Reach", "CopyTest")


def of_kinds(item: Protection, wanted: Collection[str]) -> Protection:
    """The same with nothing but the test files that are of one of some kinds."""

    def chosen(found: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(entry for entry in found if any(kind in wanted for kind in entry.kinds))

    parts = tuple(replace(part, uses=chosen(part.uses), reaches=chosen(part.reaches)) for part in item.parts)
    return replace(item, parts=parts, copies_only=chosen(item.copies_only), both=chosen(item.both))
