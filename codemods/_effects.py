"""What importing a module does beyond defining names: registering, configuring, patching."""

from __future__ import annotations

import ast

from ssot_lint.reading.expressions import dotted
from ssot_lint.workspace import Workspace

from ._rewrite_wishes import Key

_HARMLESS = ("warnings", "logging", "logger", "log", "LOGGER", "LOG", "_logger", "typing", "print")


def effect(workspace: Workspace, module: Key) -> int:
    """The line of the first statement of a module that acts on others when it is imported; 0 without one.

    A module that is not part of the project is taken to have none.
    """
    if isinstance(module, str):
        return 0
    known = workspace.project.known(_effect)
    if module not in known:
        known[module] = 0  # for those that it imports and that import it
        known[module] = _effect(workspace, module)
    return known[module]


def _effect(workspace: Workspace, file: int) -> int:
    try:
        tree = ast.parse(workspace.read(workspace.project.files[file].path))
    except (SyntaxError, ValueError):
        return 0
    for node in tree.body:
        match node:
            case ast.Expr(value=ast.Call(func=func)) if dotted(func).partition(".")[0] not in _HARMLESS:
                return node.lineno
            case (
                ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_])
                | ast.AugAssign(target=ast.Attribute() | ast.Subscript())
            ):
                return node.lineno
            case ast.Import() | ast.ImportFrom():
                if _for_its_effect(workspace, file, tree, node):
                    return node.lineno
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                if any(_registers(item) for item in node.decorator_list):
                    return node.lineno
    return 0


def _for_its_effect(
    workspace: Workspace, file: int, tree: ast.Module, node: ast.Import | ast.ImportFrom
) -> bool:
    """Does the module import another that acts, and take nothing from it that it reads?"""
    project = workspace.project
    read = {inner.id for inner in ast.walk(tree) if isinstance(inner, ast.Name)}
    for imp in project.files[file].facts.imports:
        if imp.line == node.lineno and imp.name != "*" and imp.bound not in read:
            target = project.resolve_import(file, imp).target
            if target.kind == "module" and target.file not in (-1, file) and effect(workspace, target.file):
                return True
    return False


def _registers(decorator: ast.expr) -> bool:
    """`@app.task`, `@registry.register("x")`: a decorator that is an attribute of some object, and may keep a list."""
    name = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
    head, _, last = name.rpartition(".")
    return bool(head) and head not in ("functools", "typing", "abc", "dataclasses", "contextlib", "pytest", "enum") and last not in (
        "setter", "getter", "deleter", "dataclass", "define", "frozen", "wraps", "cache", "lru_cache", "contextmanager",
    )  # fmt: skip
