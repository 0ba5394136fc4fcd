"""Who imports which class, under which name and from which module, and which imports lead nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.proposals.folders import put_aside

if TYPE_CHECKING:
    from ssot_lint.project import Project


@dataclass(frozen=True, slots=True)
class Usage:
    """Who imports what: by symbol, and by name where the import leads nowhere."""

    files: Mapping[str, frozenset[int]]  # symbol -> importing files
    homes: Mapping[str, Mapping[str, frozenset[int]]]  # symbol -> "module:name" as written -> importing files
    dead: Mapping[str, Mapping[str, frozenset[int]]]  # name -> module without it -> importing files


def usage(project: Project) -> Usage:
    """All imports of a project by what they name; files that are put aside left out."""
    homes: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    dead: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for file, source in enumerate(project.files):
        if put_aside(source):
            continue
        for imp in source.facts.imports:
            if imp.name is None or imp.name == "*" or (module := project.absolute(file, imp)) is None:
                continue
            target = project.resolve_import(file, imp).target
            if target.kind == "definition":
                homes[target.symbol][f"{module}:{imp.name}"].add(file)
            elif target.kind == "unresolved":
                dead[imp.name][module].add(file)

    def frozen(table: Mapping[str, Mapping[str, set[int]]]) -> dict[str, dict[str, frozenset[int]]]:
        return {key: {name: frozenset(files) for name, files in row.items()} for key, row in table.items()}

    files = {symbol: frozenset().union(*row.values()) for symbol, row in homes.items()}
    return Usage(files, frozen(homes), frozen(dead))


def further_paths(project: Project, usage: Usage, symbol: str) -> tuple[str, ...]:
    """Modules besides its own, and the packages that hold it, from which users import a class."""
    home = symbol.partition(":")[0]
    found = {at.partition(":")[0] for at in usage.homes.get(symbol, {})}
    return tuple(sorted(
        module for module in found
        if module != home and not home.startswith(module + ".") and not _is_package(project, module)
    ))  # fmt: skip


def _is_package(project: Project, module: str) -> bool:
    file = project.find_module(module)
    return file is not None and project.files[file].is_package


def dead_ends(usage: Usage, names: Iterable[str]) -> frozenset[int]:
    """Files that import a name of the family from a module that does not have it."""
    return frozenset().union(*(files for name in names for files in usage.dead.get(name, {}).values()))
