"""`link(files, config) -> Project`: the graph of modules, names and classes, and what rules ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ssot_lint.config import Config
from ssot_lint.model import Definition, Import, Location, SourceFile

if TYPE_CHECKING:
    import networkx

TargetKind = Literal["definition", "module", "variable", "external", "unresolved", "dynamic"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a name can stand for.

    kind "definition": `index` into the file's definitions.  "module": `file` is its __init__ or module file,
    -1 for a package without __init__.  "variable": `index` into the file's assignments (a value whose origin
    is not a class, function or module).  "external": third party or standard library, `symbol` is its dotted
    path.  "unresolved": `symbol` says what is missing, as `module` or `module:name`.  "dynamic": bound by
    code that cannot be decided (module `__getattr__`, star import of an external module, `globals()[...]`).
    """

    kind: TargetKind
    symbol: str  # "module:qualname" for definitions and variables, "module" for modules
    file: int = -1
    index: int = -1


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a resolution: the file and line that hand the name on, and how."""

    path: str
    line: int
    how: str  # "imports X from m", "assigns X = Y", "star import of m", "defines X", "submodule"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Every candidate a name can stand for, the one that wins on the main path first, with its chain."""

    targets: tuple[Target, ...]
    chain: tuple[Hop, ...] = ()

    @property
    def target(self) -> Target:
        """The candidate that holds on the main path (no fallback taken)."""
        return self.targets[0]


class Project:
    """The linked graph. Immutable to rules; answers are computed when asked and kept."""

    files: tuple[SourceFile, ...]  # sorted by path
    config: Config
    by_path: Mapping[str, int]
    modules: Mapping[str, int]  # importable module name -> index of the file that wins
    collisions: Mapping[str, tuple[int, ...]]  # module names that several files have

    # -- modules
    def find_module(self, name: str, importer: int | None = None) -> int | None: ...
    def is_package_dir(self, name: str) -> bool: ...  # a package with or without __init__
    def is_first_party(self, name: str, importer: int | None = None) -> bool: ...
    def absolute(self, file: int, imp: Import) -> str | None: ...

    # -- names
    def resolve_import(self, file: int, imp: Import) -> Resolution: ...
    def resolve(self, file: int, name: str, scope: int = -1) -> Resolution: ...
    def resolve_symbol(self, symbol: str) -> Resolution: ...
    def namespace(self, file: int) -> Iterable[str]: ...

    # -- definitions
    def definition(self, target: Target) -> Definition: ...
    def symbol(self, file: int, definition: int) -> str: ...
    def location(self, file: int, definition: int) -> Location: ...
    def ancestors(self, file: int, definition: int) -> tuple[Target, ...]: ...
    def members(self, file: int, definition: int) -> dict[str, Target]: ...

    # -- use
    def users(self, symbol: str) -> tuple[tuple[int, Import], ...]: ...

    @cached_property
    def import_graph(self) -> networkx.MultiDiGraph[str]: ...

    @cached_property
    def class_graph(self) -> networkx.DiGraph[str]: ...


def link(files: Iterable[SourceFile], config: Config) -> Project: ...
