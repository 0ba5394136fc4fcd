"""Which modules importing a module imports, and whether a new import closes a circle."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Collection, Mapping

from ssot_lint.project import Project
from ssot_lint.scopes import scopes
from ssot_lint.syntax import is_main_guard, type_checking

from ._import_lists import absolute_module

Edges = Mapping[str, frozenset[str]]
"""Module -> the modules that it imports when it is imported, packages on the way included."""


def runtime_imports(project: Project) -> dict[str, frozenset[str]]:
    """The import graph at run time; keep it with `project.once`."""
    known = project.modules
    found: dict[str, set[str]] = {}
    for importer, target, edge in project.import_graph.edges(data=True):
        if edge["runtime"] and importer != target:
            found.setdefault(importer, set()).update(_with_packages(known, importer, target))
    return {module: frozenset(targets) for module, targets in found.items()}


def imports_of(known: Collection[str], module: str, is_package: bool, tree: ast.Module) -> frozenset[str]:
    """The same for one file, as it is to be; `known` are the modules there are."""
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
                name = f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base
            found.update(_with_packages(known, module, name))
    return frozenset(found)


def way(edges: Edges, start: str, goal: str, around: Collection[str] = ()) -> list[str] | None:
    """The shortest way over imports from one module to another, both ends included; None when there is none."""
    came: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue:
        module = queue.popleft()
        if module == goal and module != start:
            steps = [module]
            while steps[-1] != start:
                steps.append(came[steps[-1]])
            return steps[::-1]
        for target in sorted(edges.get(module, ())):
            if target not in came and target not in around:
                came[target] = module
                queue.append(target)
    return None


def _with_packages(known: Collection[str], importer: str, module: str) -> list[str]:
    """A module and the packages that importing it passes through and that are not running already."""
    parts = module.split(".")
    names = [".".join(parts[:cut]) for cut in range(1, len(parts) + 1)]
    return [name for name in names if name in known and not f"{importer}.".startswith(f"{name}.")]
