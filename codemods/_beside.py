"""Another file in the way: a script's own folder is searched before the project for what the script imports."""

from __future__ import annotations

from collections.abc import Mapping

from ssot_lint.project import Project

from ._rewrite_wishes import Move, Moves


def in_the_way(project: Project, path: str, moves: Moves) -> Mapping[Move, str]:
    """The moves whose new module a file would not find if it is run as a script -> what it would find beside itself.

    A file of a package is imported by its name. Where the file imports from the same top-level package already, that
    import is as sure or unsure as the new one.
    """
    folder = path.rpartition("/")[0]
    if not folder or f"{folder}/__init__.py" in project.by_path:
        return {}
    found = {}
    for move in moves.all:
        top = move.new.module.partition(".")[0]
        other = next(
            (
                name
                for name in (f"{folder}/{top}.py", f"{folder}/{top}/__init__.py")
                if name in project.by_path
            ),
            None,
        )
        if other is None or project.by_path[other] in (project.find_module(top), move.new_key):
            continue
        imports = project.files[project.by_path[path]].facts.imports
        if not any(not imp.level and imp.module.partition(".")[0] == top for imp in imports):
            found[move] = other
    return found
