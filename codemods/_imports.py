"""Adding imports to a file and taking them out again, in the style the file has.

    added = add_imports(source, "shop.cart", False, [Wanted("shop.money", "Money")])
    added.names[Wanted("shop.money", "Money")]  # the local name, "Money"

Both work on one file's text and know nothing of the project: which module hands on what is the caller's business.
Several calls follow one another through `Source(path, content)`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ssot_lint.source import Source, Splice


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name that a file is to have: `from module import name as asname`, or `import module as asname`.

    `name` is None for `import module`. The local name is `asname`, else `name`, else the module's first part.
    """

    module: str  # absolute
    name: str | None = None
    asname: str | None = None
    type_checking: bool = False  # needed by annotations only: goes under `if TYPE_CHECKING:`
    within: str | None = None  # qualname (`Cart.total`, `outer.<locals>.inner`) of the function; None: the module
    level: int = 0  # dots to write when a new statement is needed; 0: as the file's neighbours do it, absolute
    reuse: bool = False  # an import of the same thing under another name will do
    otherwise: tuple[str, ...] = ()  # local names to take, in this order, where the first is taken

    @property
    def local(self) -> str:
        return self.asname or self.name or self.module.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Added:
    """The file with the imports, and the local name of each."""

    content: bytes
    names: Mapping[Wanted, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unwanted:
    """An import to take out, if nothing reads it: all three parts have to match (`asname` None: no alias)."""

    module: str  # absolute
    name: str | None = None  # None: `import module`
    asname: str | None = None
    within: str | None = None  # as in Wanted


@dataclass(frozen=True, slots=True)
class Removed:
    """The file without the imports, and why some of them stay."""

    content: bytes
    kept: Mapping[Unwanted, str] = field(default_factory=dict)


def add_imports(source: Source, module: str, is_package: bool, wanted: Sequence[Wanted]) -> Added:
    """The file with all wanted names bound where they are wanted; what is bound already is left alone.

    `module` is the file's own dotted name, for its relative imports. Raises CannotApply where a local name is
    taken by something else (and so are all of `otherwise`), or where there is no place for an import.
    """
    raise NotImplementedError


def remove_imports(
    source: Source,
    module: str,
    is_package: bool,
    unwanted: Sequence[Unwanted],
    read_elsewhere: Collection[str] | None = None,
) -> Removed:
    """The file without those of the imports that nothing in it reads any more.

    Reads are names in any scope that see the import, string annotations, `__all__`. An import marked `# noqa`
    stays, and so does one in a package's `__init__`, unless `read_elsewhere` says which of the file's names other
    modules read: then exactly those stay.
    """
    raise NotImplementedError


def absolute_module(module: str, is_package: bool, statement: ast.ImportFrom) -> str | None:
    """The absolute name of the module that a `from` import names; None when it leads out of the root."""
    raise NotImplementedError


def with_names(source: Source, statement: ast.ImportFrom, names: Sequence[tuple[str, str | None]]) -> Splice:
    """A `from` import with further (name, asname), in its own layout: brackets, lines, trailing comma, order."""
    raise NotImplementedError


def without_aliases(
    source: Source, statement: ast.Import | ast.ImportFrom, aliases: Collection[ast.alias]
) -> Splice:
    """An import with some of its names gone, comments and commas repaired. Some name has to stay."""
    raise NotImplementedError


def without_statement(source: Source, statement: ast.stmt, block: Sequence[ast.stmt]) -> Splice:
    """The block without the statement: its lines go, the comment above stays; `pass` where nothing is left."""
    raise NotImplementedError
