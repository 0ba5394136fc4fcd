"""Code that is alike everywhere because the language asks for it, so that a copy of it says nothing."""

from __future__ import annotations

import ast


def is_boilerplate(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is a stub (`pass`, `...`, `raise NotImplementedError`), an accessor or a plain constructor.

    An accessor is one statement that returns something without a call; a plain constructor only stores its
    parameters, calls `super()` perhaps, and nothing else.
    """
    body = [item for item in node.body if not is_string(item)]
    if len(body) <= 1 and all(
        _is_stub(item) or (isinstance(item, ast.Return) and not _calls(item)) for item in body
    ):
        return True
    return node.name in ("__init__", "__post_init__") and all(_stores(item) for item in body)


def _is_stub(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(
            exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))
        ):
            return True
    return False


def _calls(node: ast.Return) -> bool:
    return any(isinstance(item, ast.Call) for item in ast.walk(node))


def _stores(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name())]) | ast.AnnAssign(target=ast.Attribute()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"))))):
            return True
    return _is_stub(node)


def is_string(node: ast.AST) -> bool:
    """Whether a statement is nothing but a string: a docstring, or code that was commented out."""
    if type(node) is not ast.Expr or type(node.value) is not ast.Constant:
        return False
    return type(node.value.value) is str


def is_migration(path: str) -> bool:
    """Whether a path holds a step of a database's history, which is a copy of its time on purpose.

    >>> is_migration("shop/migrations/0001_initial.py"), is_migration("alembic/versions/a1b2.py")
    (True, True)
    """
    folders = path.split("/")[:-1]
    return "migrations" in folders or ("alembic" in folders and "versions" in folders)
