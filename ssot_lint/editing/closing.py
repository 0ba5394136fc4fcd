"""The runtime import cycles that edits close."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ssot_lint.project import Project
from ssot_lint.queries.cycles import answered, cycle, imported_files, way_back


@dataclass(frozen=True, slots=True)
class Closed:
    """The import that closes a cycle, and the modules of the cycle, the importing one first and last."""

    path: str
    line: int
    way: tuple[str, ...]
    cause: str = ""  # the changed file by which it closes, where `path` itself is not changed


def closed_cycles(before: Project, after: Project, changed: Collection[str]) -> Iterator[Closed]:
    """Cycles that were not there: by the imports of changed files, and by shims that are asked during an import."""
    yield from _direct(before, after, changed)
    yield from _late(before, after, changed)


def _direct(before: Project, after: Project, changed: Iterable[str]) -> Iterator[Closed]:
    """Runtime imports of changed files that close a cycle which was not there."""
    for path in changed:
        file = after.by_path[path]
        old = before.by_path.get(path)
        known = (
            {before.files[other].path for other in imported_files(before, old)} if old is not None else set()
        )
        source = after.files[file]
        imported = sorted(imported_files(after, file).items(), key=lambda item: (item[1], item[0]))
        for target, number in imported:
            there = after.files[target].path
            if there in known:
                continue
            way = way_back(after, target, file)
            if way and not _in_one_cycle(before, path, there):
                yield Closed(path, source.facts.imports[number].line, (source.module, *way))


def _late(before: Project, after: Project, changed: Collection[str]) -> Iterator[Closed]:
    """Cycles that close when a name is imported which a changed file's `__getattr__` answers now by an import."""
    lazy = _newly_answered(before, after, changed)
    names = {name for new in lazy.values() for name in new}
    for file, source in enumerate(after.files if names else ()):
        for imp in source.facts.imports:
            if imp.name not in names or not after.at_import(file, imp):
                continue
            _, home = after.table.locate(file, imp.module, imp.level)
            target = lazy.get(home, {}).get(imp.name) if home is not None else None
            if home is None or target is None:
                continue
            way = cycle(after, file, target)
            if way and (target == file or not _in_one_cycle(before, source.path, after.files[target].path)):
                cause = "" if source.path in changed else after.files[home].path
                yield Closed(source.path, imp.line, (way[0], after.files[home].module, *way[1:]), cause)


def _newly_answered(
    before: Project, after: Project, changed: Collection[str]
) -> Mapping[int, Mapping[str, int]]:
    """Changed file -> name that its `__getattr__` did not answer before -> the file that this imports."""
    found = {}
    for path in changed:
        old = answered(before, before.by_path[path]) if path in before.by_path else {}
        new = {name: home for name, home in answered(after, after.by_path[path]).items() if name not in old}
        if new:
            found[after.by_path[path]] = new
    return found


def _in_one_cycle(project: Project, one: str, other: str) -> bool:
    """Did two files import one another before, through others?"""
    if one not in project.by_path or other not in project.by_path:
        return False
    first, second = project.by_path[one], project.by_path[other]
    return bool(way_back(project, first, second) and way_back(project, second, first))
