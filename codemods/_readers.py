"""Who reads a module's name when a patch of it is in force: only they decide whether the patch has to follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ssot_lint.editing.scopes import scopes
from ssot_lint.editing.source import Source
from ssot_lint.model import MODULE
from ssot_lint.project import Project
from ssot_lint.workspace import Workspace

from ._rewrite_wishes import Key, Move, Wishes

FOLLOW, KEEP = "", "keep"


def verdict(workspace: Workspace, move: Move, late: Sequence[str], staying: Sequence[str]) -> tuple[str, str]:
    """Whether `patch("old.X")` becomes `patch("new.X")`: (FOLLOW | KEEP | why neither is right, a remark).

    `late`: files that read the name when they run and are re-pointed; `staying`: files that go on reading the old one.
    """
    project = workspace.project
    before = project.resolve_symbol(f"{move.old.module}:{move.old.name}").target
    if before.kind == "unresolved":
        return FOLLOW, ""
    stays = reads_in_functions(workspace, move.old_key, move.old.name) or bool(staying)
    there = reads_in_functions(workspace, move.new_key, move.new.name)
    handed_on = before.kind != "definition" or before.file != move.old_key
    if stays and (late or (there and handed_on and not _defines(project, move))):
        return (
            f"{move.old.name} is read in {move.old.module} and in {move.new.module} now: two patches are needed",
            "",
        )
    if stays:
        return KEEP, ""
    if late or (there and handed_on and not _defines(project, move)):
        return FOLLOW, ""
    return KEEP, f"replaces {move.old.name} in {move.old.module}, where nobody reads it"


def _defines(project: Project, move: Move) -> bool:
    """Does the new module define the object itself, so that its own functions have always read it there?"""
    target = project.resolve_symbol(f"{move.new.module}:{move.new.name}").target
    return target.kind == "definition" and target.file == move.new_key


def reads_in_functions(workspace: Workspace, module: Key, name: str) -> bool:
    """Does a function of the module read its global of that name?"""
    if isinstance(module, str):
        return False
    known = workspace.project.known(_globals_read)
    if module not in known:
        known[module] = _globals_read(workspace, module)
    return name in known[module]


def _globals_read(workspace: Workspace, file: int) -> frozenset[str]:
    path = workspace.project.files[file].path
    try:
        found = scopes(Source(path, workspace.read(path)).tree)
    except (SyntaxError, ValueError):
        return frozenset()
    return frozenset(
        read.node.id
        for read in found.names
        if (read.owner is None or read.owner.kind == "module")
        and not read.annotation
        and any(scope.kind in ("function", "lambda") for scope in read.scope.chain())
    )


def staying_readers(project: Project, wishes: Wishes) -> Mapping[tuple[Key, str], Sequence[str]]:
    """The files that import a name that moves within a function, and that are not asked to change."""
    wanted = {key for moves in wishes.all for key in moves.names}
    names = {name for _, name in wanted}
    found: dict[tuple[Key, str], list[str]] = {}
    for file, source in enumerate(project.files):
        for imp in source.facts.imports:
            if imp.name not in names or imp.scope == MODULE or imp.name is None:
                continue
            if source.facts.definitions[imp.scope].is_class:
                continue
            module, at = project.table.locate(file, imp.module, imp.level)
            key = (module if at is None else at, imp.name)
            if module is not None and key in wanted and key not in wishes.of(source.path).names:
                found.setdefault(key, []).append(source.path)
    return found
