"""What several import rules say of an import: where it is, what it binds, which names its concept goes by."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from ssot_lint.config import Concept
from ssot_lint.model import FileFacts, Import, Location, Related, SourceFile
from ssot_lint.project import Hop, Project, Resolution


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


def imported_module(project: Project, file: int, imp: Import, resolution: Resolution) -> int:
    """The file of the module that an import binds: `import a.b as c`, `from a import b`; -1 when it binds none."""
    if imp.name is not None:
        return resolution.target.file if resolution.target.kind == "module" else -1
    found = project.find_module(project.absolute(file, imp) or "", file)
    return -1 if found is None else found


def attributes_read(facts: FileFacts, imp: Import, module: str) -> list[str]:
    """The attributes that a file's code reads off an imported module, as far as concepts are concerned."""
    if facts.deep is None:
        return []
    prefix = (imp.bound if imp.name is not None or imp.asname else module) + "."
    read = {call.callee for call in facts.deep.calls} | {
        reference.name for reference in facts.deep.references
    }
    return sorted({name[len(prefix) :].partition(".")[0] for name in read if name.startswith(prefix)})


def is_known_as(concept: Concept, *names: str) -> bool:
    """Whether one of the names is one the concept goes by: canonical name, alias, or a claimed pattern."""
    known = (concept.canonical_name, *concept.aliases)
    return any(name in known or matches(name, concept.names) for name in names)
