"""What several import rules say of an import: where it is, what it binds, which names its concept goes by."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from ssot_lint.config import Concept
from ssot_lint.model import Import, Location, Related, SourceFile
from ssot_lint.project import Hop


def import_location(file: SourceFile, imp: Import) -> Location:
    """The range of one name of an import statement."""
    return Location(file.path, imp.line, imp.column, imp.end_line, imp.end_column)


def statement_location(file: SourceFile, imp: Import) -> Location:
    """The first line of the statement an import stands in."""
    if imp.statement_line == imp.line:
        return import_location(file, imp)
    return Location(file.path, imp.statement_line)


def chain_related(chain: Iterable[Hop]) -> tuple[Related, ...]:
    """The steps of a resolution as places to look at."""
    return tuple(Related(hop.path, hop.line, hop.how) for hop in chain)


def matches(module: str, patterns: Iterable[str]) -> bool:
    """Whether a module name equals or matches one of the patterns of an `allow` option."""
    return any(module == pattern or fnmatchcase(module, pattern) for pattern in patterns)


def is_known_as(concept: Concept, *names: str) -> bool:
    """Whether one of the names is one the concept goes by: canonical name, alias, or a claimed pattern."""
    known = (concept.canonical_name, *concept.aliases)
    return any(name in known or matches(name, concept.names) for name in names)
