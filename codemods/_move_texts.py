"""What is written otherwise within moved code: relative imports, and annotations that would run too early."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from ssot_lint.editing.source import Splice

from ._import_lists import absolute_module, relative_to
from ._move_code import Function
from ._move_parties import Move, Needs

_RELATIVE = re.compile(r"from[ \t]*\.[. \t]*[\w.]*?[ \t]*\bimport\b")


def lead_from_there(move: Move, needs: Needs, copied: Collection[int]) -> None:
    """Relative imports in the moved functions lead from another place. `copied`: ids of statements that go along."""
    ids = {id(node) for node in move.moved} | set(copied)
    for item in move.code.scopes.imports:
        statement = item.statement
        if not item.parents or id(item.parents[0]) not in ids or not isinstance(statement, ast.ImportFrom):
            continue
        if not statement.level:
            continue
        module = absolute_module(move.module, move.is_package, statement)
        if module is None:
            raise move.refuse("a relative import leads out of the package", statement.lineno)
        level, rest = relative_to(move.home.module, move.home.is_package, module) or (0, module)
        if (level, rest) == (statement.level, statement.module or ""):
            continue
        found = _RELATIVE.match(move.code.source.segment(statement))
        if found is None:
            raise move.refuse("a relative import is not written on one line", statement.lineno)
        start = move.code.source.span(statement)[0]
        new = f"from {'.' * level}{rest} import"
        needs.splices.append(Splice(start, start + found.end(), new))


def quote_annotations(move: Move, needs: Needs) -> None:
    """Quotes what the new module, which runs its annotations, would not find."""
    if not move.code.postponed or move.home.is_new or move.home.code.postponed:
        return
    order = {id(node): number for number, node in enumerate(move.moved)}
    fragile: set[int] = set()
    for read in move.code.reads_of(move.moved):
        if not read.annotation or read.string is not None:
            continue
        name = read.node.id
        unit = move.units.get(name)
        here = order[id(move.code.top[id(read.statement)])]
        if name in needs.checked | needs.lazy or (unit is not None and order[id(unit.statements[0])] >= here):
            fragile.add(id(read.node))
    for node in move.moved:
        for annotation in _annotations(node):
            text = move.code.source.segment(annotation)
            if not any(id(inner) in fragile for inner in ast.walk(annotation)):
                continue
            quote = next((mark for mark in "\"'" if mark not in text), "")
            if not quote or "\n" in text or "\\" in text:
                raise move.refuse(
                    f"an annotation needs `from __future__ import annotations`, which {move.home.module} lacks",
                    annotation.lineno,
                )
            needs.splices.append(Splice(*move.code.source.span(annotation), quote + text + quote))


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    for inner in ast.walk(node):
        if isinstance(inner, Function) and inner.returns:
            yield inner.returns
        elif isinstance(inner, ast.arg | ast.AnnAssign) and inner.annotation:
            yield inner.annotation
