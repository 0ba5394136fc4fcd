"""Names of a file that nothing binds, and names of its module that a nearer scope hides."""

from __future__ import annotations

import ast
import builtins

from ssot_lint.editing.blocks import Scopes
from ssot_lint.editing.chains import scope_name
from ssot_lint.workspace import Workspace

_KNOWN = frozenset(dir(builtins)) | {
    "__annotations__", "__builtins__", "__cached__", "__doc__", "__file__", "__loader__", "__name__", "__package__",
    "__path__", "__spec__", "__class__", "__module__", "__qualname__", "__dict__", "reveal_type", "WindowsError",
}  # fmt: skip


def is_readable(workspace: Workspace, path: str) -> bool:
    return workspace.project.files[workspace.file(path)].facts.problem is None


def unbound(workspace: Workspace, path: str) -> dict[str, int]:
    """Names that are read and bound nowhere, by no star either, with the first line that reads each."""
    found = workspace.scopes(path)
    missing = missing_in(found)
    if missing and _has_star(found):
        project, file = workspace.project, workspace.file(path)
        return {n: line for n, line in missing.items() if project.name(file, n).target.kind == "unresolved"}
    return missing


def missing_in(found: Scopes) -> dict[str, int]:
    """Names that are read and that no binding of the file gives, stars left out, with the first line of each."""
    missing: dict[str, int] = {}
    for read in found.names:
        name = read.node.id
        if name not in _KNOWN and name not in missing and read.owner is None:
            missing[name] = read.statement.lineno
    return missing


def _has_star(found: Scopes) -> bool:
    return any(alias.name == "*" for bound in found.imports for alias in bound.statement.names)


def capturing(found: Scopes) -> dict[tuple[str, str], int]:
    """(scope, name) -> line, for names that a scope binds by import and otherwise too."""
    result: dict[tuple[str, str], int] = {}
    for scope in found.all:
        for name, nodes in scope.bindings.items():
            imports = [node.lineno for node in nodes if isinstance(node, ast.alias)]
            if 0 < len(imports) < len(nodes):
                result[scope_name(scope), name] = imports[0]
    return result


def captured(found: Scopes) -> set[tuple[str, str]]:
    """(scope, name) of all names that were bound more than once before."""
    return {
        (scope_name(scope), name)
        for scope in found.all
        for name, nodes in scope.bindings.items()
        if len(nodes) > 1
    }
