"""Would a move close an import circle? Asked of the text that is to be, before the project is linked again."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Set

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.scopes import scopes
from ssot_lint.project import Project
from ssot_lint.queries.cycles import Edges, way
from ssot_lint.reading.syntax import is_main_guard, type_checking

from ._import_lists import absolute_module
from ._move_parties import Move


def refuse_circle(project: Project, move: Move, edits: Mapping[str, bytes | None]) -> None:
    """Raises CannotApply where the edits close an import circle that was not there, showing it.

    What the code needs, it needed in its old module: a circle that led through that one is no new one.
    """
    modules = {
        move.path: (move.module, move.is_package),
        move.home.path: (move.home.module, move.home.is_package),
    }
    for path in edits:
        if path in project.by_path:
            file = project.files[project.by_path[path]]
            modules[path] = (file.module, file.is_package)
    known = {*project.modules, move.home.module}
    before = move.edges
    changed = {
        module: _imports_of(known, module, is_package, ast.parse(edits[path] or b""))
        for path, (module, is_package) in sorted(modules.items())
        if path in edits
    }
    after = {**before, **changed}
    for module, targets in changed.items():
        for target in sorted(targets - before.get(module, frozenset())):
            circle = way(after, target, module)
            if circle and not _is_old(before, after, module, target, move):
                shown = " -> ".join([module, *circle])
                raise CannotApply(f"an import circle would close: {shown}", move.path, 1)


def _is_old(before: Edges, after: Edges, module: str, target: str, move: Move) -> bool:
    """Did all circles that an import closes lead through the old module before?"""
    old, new = move.module, move.home.module
    if module == old and target == new:
        hops = {step for step in after[new] if step == old or way(after, step, old, {new})}
        return all(step in before.get(old, ()) and way(before, step, old, {new}) for step in hops)
    if module == new:
        return target != old and target in before.get(old, ()) and not way(after, target, new, {old})
    return target == new and old in before.get(module, ()) and bool(way(before, old, module))


def _imports_of(known: Set[str], module: str, is_package: bool, tree: ast.Module) -> frozenset[str]:
    """What importing a file of this text imports, packages on the way included; `known` are the modules there are."""
    found: set[str] = set()
    for item in scopes(tree).imports:
        if any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in item.parents):
            continue
        if any(
            isinstance(node, ast.If) and (type_checking(node.test) > 0 or is_main_guard(node.test))
            for node in item.parents
        ):
            continue
        for alias in item.statement.names:
            name = alias.name
            if isinstance(item.statement, ast.ImportFrom):
                base = absolute_module(module, is_package, item.statement) or ""
                name = f"{base}.{alias.name}"
                if name not in known:
                    name = base
                    found |= {base} & known
            found.update(_with_packages(known, module, name))
    return frozenset(found - {module})


def _with_packages(known: Collection[str], importer: str, module: str) -> Iterator[str]:
    """A module and the packages that importing it passes through and that are not running already."""
    parts = module.split(".")
    for cut in range(1, len(parts) + 1):
        name = ".".join(parts[:cut])
        if name in known and not f"{importer}.".startswith(f"{name}."):
            yield name
