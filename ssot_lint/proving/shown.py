"""What a test may show, and what it needs for that: values that `phrasing` puts into words of Python."""

from __future__ import annotations

from dataclasses import dataclass

from ssot_lint.model import Diagnostic


@dataclass(frozen=True, slots=True)
class Name:
    """Something that a test imports."""

    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Home:
    """Something that a test asks the old home for: the file, and the name in it."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Static:
    """The finding is gone from the report."""


@dataclass(frozen=True, slots=True)
class Same:
    """The old home hands out the canonical object; a class may inherit it instead."""

    old: Home
    canonical: Name
    is_class: bool


@dataclass(frozen=True, slots=True)
class Apart:
    """A function gives no two users one instance."""

    old: Home
    takes_context: bool


@dataclass(frozen=True, slots=True)
class NotKept:
    """A module or a class does not hold an instance that belongs to one user."""

    old: Home
    cls: Home
    canonical: Name


@dataclass(frozen=True, slots=True)
class OwnState:
    """Instances of a class do not share one of its attributes."""

    old: Home
    attribute: str


@dataclass(frozen=True, slots=True)
class Offers:
    """A class has members of a protocol, and they take the calls that the protocol's take."""

    old: Home
    protocol: Name
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Runs:
    """A function that is handed the way to send, run for two users: each gets the whole sequence."""

    old: Home
    arguments: tuple[tuple[str, str], ...]  # (keyword, "user", "number" or "send")
    is_async: bool
    events: tuple[str, ...]
    terminal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contexts:
    """How a test makes two contexts: the class and its arguments, or why it cannot."""

    cls: Name
    arguments: tuple[tuple[str, str], ...] = ()  # (keyword, "user" or "number")
    needs: str = ""  # what stands in the way; "" when nothing does


Shows = Static | Same | Apart | NotKept | OwnState | Offers | Runs


@dataclass(frozen=True, slots=True)
class Proof:
    """One test: the first finding of its kind, how many there are of it, and what shows that they are repaired."""

    topic: str  # concept, sequence, or REST
    finding: str  # fingerprint of the first
    diagnostic: Diagnostic
    number: int
    shows: Shows
    contexts: Contexts | None = None
