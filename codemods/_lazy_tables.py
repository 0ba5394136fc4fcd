"""Tables of a module `__getattr__` (PEP 562): names that a module loads from elsewhere when they are asked for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Splice

from ._places import quoted_start
from ._rewrite_wishes import Move
from ._rewriting import Rewriting
from ._statements import written_module


def rewrite_tables(work: Rewriting) -> None:
    """`{"X": "package.old"}`, `{"X": ("package.old", "X")}` and `{"X": "package.old:X"}` as the module's lazy names."""
    for name, target in work.project.files[work.file].facts.lazy:
        module, _, attribute = target.partition(":")
        if (
            module.endswith(f".{attribute}") and attribute == name
        ):  # the dotted path of the name, or of a module
            move = _move(work, module.removesuffix(f".{attribute}"), attribute) or _move(
                work, module, attribute
            )
        else:
            move = _move(work, module, attribute or name)
        if move is None:
            continue
        values = [value for value in _values(work, name) if _strings(value)]
        line = values[0].lineno if values else 1
        try:
            if len(values) != 1:
                raise CannotApply(f"__getattr__ loads {name} in a way that is not read")
            work.places += _changed(work, values[0], move)
            work.late.add(move)
        except CannotApply as error:
            work.refuse(line, error.reason, move)


def _move(work: Rewriting, module: str, name: str) -> Move | None:
    plain = module.lstrip(".")
    absolute, found = work.project.table.locate(work.file, plain, len(module) - len(plain))
    key = absolute if found is None else found
    return None if key is None else work.moves.names.get((key, name))


def _values(work: Rewriting, name: str) -> Iterator[ast.expr]:
    """What the module's dictionaries hold under a name."""
    for statement in work.source.tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Dict):
            for key, value in zip(statement.value.keys, statement.value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == name:
                    yield value


def _strings(value: ast.expr) -> list[ast.Constant]:
    items = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
    return [item for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def _changed(work: Rewriting, value: ast.expr, move: Move) -> list[Splice]:
    parts = _strings(value)
    first = str(parts[0].value)
    written = written_module(work.project, work.file, move.new.module, int(first.startswith(".")))
    for sign in ":.":
        if len(parts) == 1 and first == f"{move.old.module}{sign}{move.old.name}":
            return [_put(work, parts[0], f"{move.new.module}{sign}{move.new.name}")]
    if len(parts) == 2 and parts[1].value == move.old.name:
        return [_put(work, parts[0], written), _put(work, parts[1], move.new.name)]
    if len(parts) == 1 and move.new.name == move.old.name:
        return [_put(work, parts[0], written)]
    raise CannotApply(f"the table of __getattr__ cannot say that {move.old.name} is {move.new.name} there")


def _put(work: Rewriting, node: ast.Constant, text: str) -> Splice:
    start = quoted_start(work.source, node)
    if start is None:
        raise CannotApply("the string is not written in one piece")
    return Splice(start, start + len(str(node.value)), text)
