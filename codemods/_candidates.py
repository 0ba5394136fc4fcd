"""Which files mention an old name at all, told from the facts, so that no other file is parsed."""

from __future__ import annotations

from ssot_lint.project import Project

from ._moves import Key, Wishes


def candidates(project: Project, wishes: Wishes) -> tuple[str, ...]:
    """The paths of the files that may name an old symbol, sorted."""
    return tuple(source.path for file, source in enumerate(project.files) if _mentions(project, file, wishes))


def _mentions(project: Project, file: int, wishes: Wishes) -> bool:
    moves = wishes.of(project.files[file].path)
    if not moves:
        return False
    for imp in project.files[file].facts.imports:
        module, found = project.table.locate(file, imp.module, imp.level)
        if module is None or imp.name is None:
            continue
        key: Key = module if found is None else found
        if (key, imp.name) in moves.names:
            return True
    return False
