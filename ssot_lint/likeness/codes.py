"""The numbers that stand for the nodes of a syntax tree and for names, the same in every process."""

from __future__ import annotations

import ast
from zlib import crc32

ABSENT, NAME, OWN, CALL = 1, 2, 3, 4
LITERALS = {str: 20, bytes: 21, int: 22, float: 22, complex: 22, bool: 23, type(None): 24, type(...): 25}
KINDS: dict[type, int] = {
    kind: number
    for number, kind in enumerate(
        sorted(
            {item for item in vars(ast).values() if isinstance(item, type) and issubclass(item, ast.AST)},
            key=lambda item: item.__name__,
        ),
        start=100,
    )
}
_SUITES = {"body": 10, "handlers": 11, "orelse": 12, "finalbody": 13, "cases": 14}  # what marks their end
BOUND_NAME = {
    ast.ExceptHandler: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
    ast.MatchMapping: "rest",
}
_NO_CODE = frozenset({"ctx", "annotation", "returns", "type_comment", "type_params", "kind", "simple"})
_HAS_SUITES = (ast.stmt, ast.excepthandler, ast.match_case)


def _parts(kind: type) -> tuple[str, ...]:
    """The fields of a node that hold its own expressions."""
    skipped = (
        _NO_CODE | {BOUND_NAME.get(kind, "")} | (_SUITES.keys() if issubclass(kind, _HAS_SUITES) else set())
    )
    return tuple(name for name in getattr(kind, "_fields", ()) if name not in skipped)


LEAVES = frozenset(kind for kind in KINDS if issubclass(kind, (ast.operator, ast.unaryop, ast.boolop)))
PARTS = {kind: _parts(kind) for kind in KINDS}
BLOCKS = {
    kind: tuple((name, mark) for name, mark in reversed(_SUITES.items()) if name in kind._fields)
    for kind in KINDS
    if issubclass(kind, _HAS_SUITES)
}


class Codes(dict[str, int]):
    """Name -> a number that is the same in every process."""

    def __missing__(self, name: str) -> int:
        code = self[name] = crc32(name.encode("utf-8", "surrogatepass")) | 1 << 32
        return code
