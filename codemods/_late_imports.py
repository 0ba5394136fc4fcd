"""Imports in the functions that read a name, where one at the head of the module would close a cycle.

def build():
    from shop.manager import Manager as _Manager

    return _Manager()
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ssot_lint.editing.blocks import Read
from ssot_lint.workspace import Workspace

from ._imports import Wanted
from ._move_code import at_import, is_deferred, place_of
from ._swaps import Blocked, Swap


def late_imports(
    workspace: Workspace, path: str, want: Wanted, reads: Sequence[Read], item: Swap, way: Sequence[str]
) -> list[Wanted]:
    """The import, once for each function that reads the name, and for type checkers where annotations do.

    `way`: the cycle, by modules. Raises Blocked where the name is needed while the modules of the cycle are imported.
    """
    shown = f"importing it would close a cycle: {' -> '.join(way)}"
    postponed = any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" and any(a.name == "annotations" for a in node.names)
        for node in workspace.source(path).tree.body
    )  # fmt: skip
    runs = [read for read in reads if not is_deferred(read, postponed)]
    for read in reads:
        if read not in runs and _is_evaluated(read):
            reason = (
                f"the annotation on line {read.statement.lineno} may be evaluated when it runs, and {shown}"
            )
            raise Blocked(item.handed.name, reason, item.line)
    places: dict[str, None] = {}
    for read in runs:
        place = place_of(read)
        if place is None or at_import(read):
            reason = f"the module reads {item.handed.name} itself, and {shown}"
            raise Blocked(item.handed.name, reason, item.line)
        places[place] = None
    for place in places:
        for where, line in _asked_for(workspace, path, place.partition(".")[0], way):
            reason = (
                f"{place} reads {item.handed.name}, {where}:{line} may call it during the import, and {shown}"
            )
            raise Blocked(item.handed.name, reason, item.line)
    checked = [replace(want, type_checking=True)] if len(runs) < len(reads) else []
    return [*checked, *(replace(want, within=place) for place in places)]


def _is_evaluated(read: Read) -> bool:
    """Does an annotation stand where frameworks evaluate them: in decorated functions, in classes with bases?"""
    around = [scope.node for scope in read.scope.chain() if isinstance(scope.node, ast.ClassDef)]
    return bool(getattr(read.statement, "decorator_list", ())) or any(
        node.decorator_list or node.bases or node.keywords for node in around
    )


def _asked_for(workspace: Workspace, path: str, name: str, way: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Where the modules of the cycle use a function or class of this one while they are imported: (path, line)."""
    project = workspace.project
    for module in dict.fromkeys(way):
        file = project.find_module(module)
        if file is None or project.files[file].facts.problem is not None:
            continue
        other = project.files[file].path
        for read in workspace.scopes(other).names:
            if not at_import(read) or read.string is not None or read.annotation:
                continue
            if not isinstance(read.node.ctx, ast.Load):
                continue
            if (read.node.id == name and other == path) or (other != path and name in _names(read.statement)):
                yield other, read.statement.lineno


def _names(statement: ast.stmt) -> set[str]:
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(statement)
        if isinstance(node, ast.Name | ast.Attribute)
    }
