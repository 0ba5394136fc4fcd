"""Strings of tests that replace a name in the old module, where the code that reads it has moved."""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Splice
from ssot_lint.model import MODULE, PathString
from ssot_lint.project import Project
from ssot_lint.workspace import Workspace

from ._move_code import at_import
from ._move_parties import Move, Needs
from ._patches import followed, patch_call, patches_of


def patches(workspace: Workspace, move: Move, needs: Needs) -> dict[str, list[Splice]]:
    """The patch strings that follow the code, by path. Raises CannotApply where two patches would be needed."""
    project = workspace.project
    names = _read_there(move, needs)
    found: dict[str, list[Splice]] = {}
    for path, site, name in patches_of(workspace, project.by_path[move.path], names):
        staying = [read.node.lineno for read in move.code.readers(name, move.moved) if not at_import(read)]
        readers = [f"{move.path}:{line}" for line in staying] or list(_lazy_readers(project, move, name))
        if readers:
            raise CannotApply(
                f"replaces {name} in {move.module}, which {readers[0]} and the moved code read: two patches are needed",
                path,
                site.line,
            )
        found.setdefault(path, []).append(_followed(workspace, move, path, site, name))
    return found


def _read_there(move: Move, needs: Needs) -> set[str]:
    """The names that the moved code, when it runs, now reads in its new module."""
    lazy = {want.local for want in needs.wanted if want.within is not None and want.module == move.module}
    return {
        read.node.id
        for read in move.code.reads_of(move.moved)
        if not at_import(read) and read.owner is not None and read.node.id not in lazy
    }


def _lazy_readers(project: Project, move: Move, name: str) -> Iterator[str]:
    """Files that import the name from the old module when a function runs, and so see it replaced there."""
    file = project.by_path[move.path]
    for number, source in enumerate(project.files):
        if source.is_test:
            continue
        for imp in source.facts.imports:
            if imp.name == name and imp.scope != MODULE and not project.at_import(number, imp):
                _, found = project.table.locate(number, imp.module, imp.level)
                if found == file:
                    yield f"{source.path}:{imp.line}"


def _followed(workspace: Workspace, move: Move, path: str, site: PathString, name: str) -> Splice:
    source = workspace.source(path)
    try:
        return followed(source, patch_call(source, site), site, name, move.home.module, name)
    except CannotApply:
        raise CannotApply(
            f"replaces {name} in {move.module}, where the moved code read it; the site cannot follow by itself",
            path,
            site.line,
        ) from None
