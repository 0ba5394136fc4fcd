"""What stub files (`.pyi`) import: the linker reads none of them, and they must be able to find it all the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.workspace import Workspace


@dataclass(frozen=True, slots=True)
class StubImport:
    """One name of an import in a stub: the dotted path that it asks for, made absolute; a star asks for the module."""

    path: str
    line: int
    target: str
    written: str  # "from .old import Money"


def stub_imports(workspace: Workspace, path: str) -> Iterator[StubImport]:
    """The imports of a stub, those of every scope. Nothing for a file that cannot be read as one."""
    try:
        tree = ast.parse(workspace.read(path))
    except (SyntaxError, ValueError, KeyError):
        return
    package = workspace.package_of(path.rpartition("/")[0])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield StubImport(path, node.lineno, alias.name, f"import {alias.name}")
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(package, node)
            if module is None:
                continue
            for alias in node.names:
                target = module if alias.name == "*" else f"{module}.{alias.name}"
                written = f"from {'.' * node.level}{node.module or ''} import {alias.name}"
                yield StubImport(path, node.lineno, target, written)


def _absolute(package: str, node: ast.ImportFrom) -> str | None:
    """The module that a statement names, seen from its package; None where the dots lead out of everything."""
    if not node.level:
        return node.module
    parts = package.split(".") if package else []
    above = len(parts) - (node.level - 1)
    if above < 1:
        return None
    return ".".join((*parts[:above], *([node.module] if node.module else [])))
