"""`except OSError, e`: in Python 2 it names the exception, since Python 3.14 (PEP 758) it catches what `e` holds too.

Which of both a file means is told by `e`: where nothing binds it, Python 3.14 would find nothing under it.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

_UNBRACKETED = re.compile(rb"^([ \t]*except\b[ \t]+)([^:#\n]*,[^:#\n]*?)([ \t]*:)", re.MULTILINE)
_AS = re.compile(rb"\bas\b")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def named_as_in_python_2(source: bytes) -> tuple[int, str] | None:
    """The line of a handler that was written for Python 2, and what it calls the exception; None without one."""
    opened: dict[int, int] = {}  # line -> the column of the bracket that is put there

    def bracketed(match: re.Match[bytes]) -> bytes:
        if _AS.search(match[2]):
            return match[0]
        opened[source.count(b"\n", 0, match.start()) + 1] = len(match[1])
        return match[1] + b"(" + match[2] + b")" + match[3]

    try:
        tree = ast.parse(_UNBRACKETED.sub(bracketed, source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for handler, functions in _handlers(tree):
        match handler.type:
            case ast.Tuple(elts=[first, ast.Name(id=name)], lineno=line, col_offset=column) if (
                opened.get(line) == column
            ):
                # a tuple in a tuple is caught by no Python 3
                if isinstance(first, ast.Tuple) or not _is_bound(tree, functions, name):
                    return line, name
    return None


def _handlers(tree: ast.Module) -> Iterator[tuple[ast.ExceptHandler, tuple[ast.AST, ...]]]:
    """Each handler, by line, with the functions that it stands in."""
    pending: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while pending:
        node, functions = pending.pop()
        if isinstance(node, ast.ExceptHandler):
            yield node, functions
        within = (*functions, node) if isinstance(node, _FUNCTIONS) else functions
        pending += [(child, within) for child in reversed(list(ast.iter_child_nodes(node)))]


def _is_bound(tree: ast.Module, functions: tuple[ast.AST, ...], name: str) -> bool:
    """May the name be found: a builtin, bound at module level, `global` anywhere, or in one of the functions?"""
    return hasattr(builtins, name) or any(
        name in _bound(node) or "*" in _bound(node)
        for scope in (tree, *functions)
        for node in _within(scope, enter=scope is not tree)
    )


def _within(scope: ast.AST, *, enter: bool) -> Iterator[ast.AST]:
    """What stands in a scope; of the functions in it the names alone, and their `global` statements, or all."""
    pending: list[ast.AST] = [scope]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, _FUNCTIONS) and not enter:
            yield from (inner for inner in ast.walk(node) if isinstance(inner, ast.Global))
        else:
            pending += ast.iter_child_nodes(node)


def _bound(node: ast.AST) -> tuple[str, ...]:
    """The names that a node binds by itself; "*" for a star import."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return (name,)
        case ast.MatchMapping(rest=str(name)):
            return (name,)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return tuple(item.asname or item.name.partition(".")[0] for item in names)
        case ast.Global(names=declared):
            return tuple(declared)
        case _:
            return ()
