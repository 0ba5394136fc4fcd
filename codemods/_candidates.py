"""Which files mention an old name at all, told from the facts, so that no other file is parsed."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from ssot_lint.model import PathString, SourceFile
from ssot_lint.project import Project
from ssot_lint.workspace import Workspace

from ._rewrite_wishes import Key, Move, Moves, Wishes, own_name


def candidates(workspace: Workspace, wishes: Wishes) -> tuple[str, ...]:
    """The paths of the files that may name an old symbol, sorted."""
    project = workspace.project
    asked = {id(moves): _asked(moves) for moves in wishes.all}
    found = []
    for file, source in enumerate(project.files):
        wanted = asked[id(wishes.of(source.path))]
        if (
            wanted.moves
            and source.facts.problem is None
            and (wanted.moves.kept or _mentions(workspace, file, wanted))
        ):
            found.append(source.path)
    return tuple(found)


def patching(workspace: Workspace, moves: Collection[Move]) -> tuple[str, ...]:
    """The paths of the files that patch what may be one of the old names, or put something in their module's place."""
    names = {move.old.name for move in moves} - {""}  # a whole module has none
    homes = {move.old.module for move in moves}
    project = workspace.project
    return tuple(
        source.path
        for source in project.files
        if moves
        and source.facts.problem is None
        and any(
            path.attribute in names
            or (path.value or "").rpartition(".")[2] in names
            or (path.form == "sys.modules" and path.value in homes)
            for path in source.facts.paths
        )
    )


@dataclass(frozen=True)
class _Asked:
    """What to look for: the old modules and the packages around them, by key and by the last part of their names."""

    moves: Moves
    keys: frozenset[Key]
    around: frozenset[str]  # dotted names of the old modules and of the packages around them
    homes: frozenset[str]
    lasts: frozenset[str]
    names: frozenset[str]
    word: re.Pattern[bytes]


def _asked(moves: Moves) -> _Asked:
    homes = {move.old.module for move in moves.all}
    around = {
        ".".join(parts[:n]) for home in homes for parts in [home.split(".")] for n in range(1, len(parts) + 1)
    }
    names = frozenset(name for _, name in moves.names)
    return _Asked(
        moves,
        frozenset(move.old_key for move in moves.all),
        frozenset(around),
        frozenset(homes),
        frozenset(home.rpartition(".")[2] for home in homes),
        names,
        re.compile(
            rb"[.\"']\s*(?:\\\s*)?(?:%s)\b" % b"|".join(re.escape(name).encode() for name in sorted(names))
            if names
            else rb"(?!)"
        ),
    )


def _mentions(workspace: Workspace, file: int, asked: _Asked) -> bool:
    project = workspace.project
    source = project.files[file]
    modules = False
    for imp in source.facts.imports:
        module, found = project.table.locate(file, imp.module, imp.level)
        if module is None:
            continue
        key: Key = module if found is None else found
        if key in asked.keys and (
            imp.name is None or imp.name == "*" or (key, imp.name) in asked.moves.names
        ):
            return True
        if asked.moves.modules and asked.moves.module(module if not imp.name else f"{module}.{imp.name}"):
            return True
        if imp.name is None:
            modules = modules or module in asked.around or module.partition(".")[0] in asked.around
        elif imp.name in asked.names or imp.name in asked.lasts or f"{module}.{imp.name}" in asked.around:
            modules = True
        elif project.resolve_import(file, imp).target.kind == "module":
            modules = modules or project.resolve_import(file, imp).target.file in asked.keys
    if modules and asked.word.search(workspace.read(source.path)):
        return True
    return any(_named(project, file, path, asked) for path in source.facts.paths) or _lazily(source, asked)


def _named(project: Project, file: int, path: PathString, asked: _Asked) -> bool:
    """May a string that is looked up name an old symbol?"""
    if path.value is not None:
        parts = looked_up(project.files[file], path.value).replace(":", ".").split(".")
        if any(".".join(parts[:n]) in asked.homes for n in range(len(parts), 0, -1)):
            return True
        if parts[0] not in asked.lasts:
            return False
        return own_name(project, parts[0], file) in asked.homes  # a module beside the file
    return path.target is not None and path.attribute in asked.names


def _lazily(source: SourceFile, asked: _Asked) -> bool:
    """Does the module load one of the names when it is asked for (PEP 562)?"""
    return any(
        name in asked.names or target.rpartition(":")[2] in asked.names for name, target in source.facts.lazy
    )


def looked_up(file: SourceFile, value: str) -> str:
    """A path that a file looks up, with its own name and package filled in, and the dots of a relative one resolved."""
    package = file.module if file.is_package else file.module.rpartition(".")[0]
    value = value.replace("{__name__}", file.module).replace("{__package__}", package)
    base, dots, rest = value.partition("..")
    if dots:
        level = 1 + len(rest) - len(rest.lstrip("."))
        value = ".".join([*base.split(".")[: -level or None], rest.lstrip(".")])
    return value
