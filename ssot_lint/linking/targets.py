"""What a name can stand for, and how it got there: the answers of the project graph."""

from __future__ import annotations

from typing import Literal

import msgspec

TargetKind = Literal["definition", "module", "variable", "external", "unresolved", "dynamic"]


class Target(msgspec.Struct, frozen=True, gc=False):
    """What a name can stand for.

    kind "definition": `index` into the file's definitions.  "module": `file` is its __init__ or module file,
    -1 for a package without __init__.  "variable": `index` into the file's assignments, or -1 (a value whose
    origin is not a class, function or module).  "external": third party or standard library, `symbol` is its
    dotted path.  "unresolved": `symbol` says what is missing, as `module` or `module:name`.  "dynamic": bound
    by code that cannot be decided (module `__getattr__`, star import of an external module,
    `globals()[...]`), or in a file that does not parse.
    """

    kind: TargetKind
    symbol: str  # "module:qualname" for definitions and variables, "module" for modules
    file: int = -1
    index: int = -1


PARAMETRISED = "[...]"
"""Ends a hop that gives a class types for its parameters."""


class Hop(msgspec.Struct, frozen=True, gc=False):
    """One step of a resolution: the file and line that hand the name on, and how."""

    path: str
    line: int
    how: str  # "imports X from m", "assigns X = Y", "star import of m", "defines X", "submodule X"


class Resolution(msgspec.Struct, frozen=True, gc=False):
    """Every candidate a name can stand for, the one that wins on the main path first, with its chain."""

    targets: tuple[Target, ...]
    chain: tuple[Hop, ...] = ()

    @property
    def target(self) -> Target:
        """The candidate that holds on the main path (no fallback taken)."""
        return self.targets[0]


def is_parametrised(answer: Resolution) -> bool:
    """Is it a class with types for its parameters, which no import of the class itself would give?"""
    return any(hop.how.endswith(PARAMETRISED) for hop in answer.chain)


def unresolved(symbol: str) -> Resolution:
    """A name that nothing satisfies: `module`, or `module:name`."""
    return Resolution((Target("unresolved", symbol),))


def external(symbol: str) -> Resolution:
    """A name of the standard library or of a third party, by its dotted path."""
    return Resolution((Target("external", symbol),))


def dynamic(symbol: str, file: int = -1) -> Resolution:
    """A name that code binds of which nobody can tell what it does."""
    return Resolution((Target("dynamic", symbol, file),))
