"""Strings of tests that replace a name in the old module, where the code that reads it has moved."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ssot_lint.codemod import CannotApply
from ssot_lint.model import MODULE, PathString
from ssot_lint.project import Project
from ssot_lint.source import Splice
from ssot_lint.workspace import Workspace

from ._move_code import at_import
from ._move_needs import Move, Needs

_REPLACING = ("patch", "patch.object", "patch.multiple", "monkeypatch.setattr")


def patches(workspace: Workspace, move: Move, needs: Needs) -> dict[str, list[Splice]]:
    """The patch strings that follow the code, by path. Raises CannotApply where two patches would be needed."""
    project = workspace.project
    names = _read_there(move, needs)
    found: dict[str, list[Splice]] = {}
    for number, site, name in sites(project, project.by_path[move.path]):
        if name not in names:
            continue
        source = project.files[number]
        staying = [read.node.lineno for read in move.code.readers(name, move.moved) if not at_import(read)]
        readers = [f"{move.path}:{line}" for line in staying] or list(_lazy_readers(project, move, name))
        if readers:
            raise CannotApply(
                f"replaces {name} in {move.module}, which {readers[0]} and the moved code read: two patches are needed",
                source.path,
                site.line,
            )
        found.setdefault(source.path, []).append(_followed(workspace, move, source.path, site, name))
    return found


def sites(project: Project, file: int) -> Iterator[tuple[int, PathString, str]]:
    """Every place that replaces a name of a module itself: (file, site, name)."""
    last = project.files[file].module.rpartition(".")[2]
    for number, source in enumerate(project.files):
        for site in source.facts.paths:
            if site.form not in _REPLACING:
                continue
            if site.target is not None:
                if site.attribute:
                    owner = project.resolve(number, site.target, site.scope).target
                    if owner.kind == "module" and owner.file == file:
                        yield number, site, site.attribute
            elif site.value and last in site.value:
                text = site.value + (f".{site.attribute}" if site.attribute else "")
                module, _, name = text.rpartition(".")
                if project.find_module(module) == file:
                    yield number, site, name


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
    old = f"{move.module}.{name}"
    if site.target is None and site.attribute is None and site.value == old:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and node.value == old and node.lineno == site.line:
                start, end = source.span(node)
                text = source.text[start:end]
                if old in text and start == source.starts[site.line - 1] + site.column - 1:
                    return Splice(start, end, text.replace(old, f"{move.home.module}.{name}"))
    raise CannotApply(
        f"replaces {name} in {move.module}, where the moved code read it; the site cannot follow by itself",
        path,
        site.line,
    )
