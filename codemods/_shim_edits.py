"""The edits that put a shim into a module: what bound the names goes, the `__getattr__` comes or learns more."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Source, Splice

from ._imports import without_aliases, without_statement
from ._inner_uses import Work
from ._module_bodies import Removal, bindings, cut
from ._shims import (
    INDENT,
    Handed,
    Lazy,
    answer,
    answered,
    block_text,
    is_type_checking,
    lazy_of,
    listed,
    typed,
    warning,
)
from ._swaps import Swap


def shim_splices(work: Work, gone: Removal, exports: Sequence[str] | None) -> Iterator[Splice]:
    """What bound the names goes, and the `__getattr__` comes: where the first definition stood, else below the imports."""
    source = work.workspace.source(work.path)
    is_package = work.workspace.project.files[work.number].is_package
    handed = sorted(item.handed for item in work.swaps)
    lazy = lazy_of(source.tree)
    own = bindings(work.workspace.scopes(work.path), "__getattr__")
    if (lazy is None and own) or len(own) > 1:
        raise CannotApply("its __getattr__ is no plain function, it cannot be extended")
    if lazy is not None and lazy.node.body[0].lineno == lazy.node.lineno:
        raise CannotApply("its __getattr__ stands on one line, it cannot be extended")
    statements = [node for node in gone.statements if not isinstance(node, ast.Import | ast.ImportFrom)]
    yield from _without_aliases(source, work.swaps)
    at = after_imports(source)
    listing = "".join(f'{INDENT}"{name}",\n' for name in exports or ())
    listing = f"\n__all__ = [\n{listing}]\n" if exports is not None else ""
    if lazy is not None:
        if listing:
            yield Splice(at, at, listing)
        yield from (cut(source, node) for node in statements)
        yield from _extended(source, is_package, lazy, handed, [s.handed for s in work.swaps if s.nodes])
        return
    text = block_text(is_package, handed)
    place = next((node for node in statements if node in work.nodes), None)
    yield from (cut(source, node, text if node is place else None) for node in statements)
    if place is not None:
        if listing:
            yield Splice(at, at, listing)
    else:
        yield Splice(at, at, f"{listing}\n\n{text}\n" if at else f"{text}\n")


def _without_aliases(source: Source, swaps: Sequence[Swap]) -> Iterator[Splice]:
    found: dict[ast.Import | ast.ImportFrom, list[ast.alias]] = {}
    for item in swaps:
        if item.statement is not None and item.alias is not None:
            found.setdefault(item.statement, []).append(item.alias)
    for statement, aliases in found.items():
        if len(aliases) == len(statement.names):
            yield without_statement(source, statement, source.tree.body)
        else:
            yield without_aliases(source, statement, aliases)


def after_imports(source: Source) -> int:
    """The start of the line below the module's first imports."""
    at = 0
    for node in source.tree.body:
        documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        imports = isinstance(node, ast.Import | ast.ImportFrom)
        if not (documents or imports or (isinstance(node, ast.If) and is_type_checking(node))):
            break
        at = source.span(node)[1]
    line = source.line_of(at)
    while line < len(source.starts) and source.line(line + 1).lstrip(" \t") != source.line(line + 1).lstrip(
        " \t#"
    ):
        if not source.indentation(line + 1):
            break
        line += 1  # a comment that belongs to the block above
    return source.starts[line] if line < len(source.starts) else len(source.text)


def _extended(
    source: Source, is_package: bool, lazy: Lazy, handed: Sequence[Handed], fresh: Sequence[Handed]
) -> Iterator[Splice]:
    """A `__getattr__` that is there answers these names first; type checkers get their imports beside it."""
    indent = source.indentation(lazy.node.body[0].lineno)
    texts = [
        answer(is_package, item, indent, lazy.parameter) for item in handed if item.name not in lazy.answers
    ]
    if texts:
        yield answered(source, lazy, "\n".join(texts))
    for item in handed:
        if (arm := lazy.answers.get(item.name)) is not None:  # what answers it stays, and says so
            first = arm.body[0]
            if first.lineno == arm.lineno:
                raise CannotApply(f"the arm of __getattr__ that answers {item.name} stands on one line")
            at = source.starts[first.lineno - 1]
            yield Splice(at, at, warning(is_package, item, source.indentation(first.lineno)) + "\n")
    yield from listed(source, lazy, [item.name for item in handed])
    lines = [typed(item, bool(item.until)) for item in sorted(fresh)]
    if not lines:
        return
    if lazy.parents and is_type_checking(lazy.parents[-1]) and lazy.node in lazy.parents[-1].orelse:
        last = lazy.parents[-1].body[-1]
        at = source.starts[source.line_of(source.span(last)[1])]
        yield Splice(at, at, "".join(f"{source.indentation(last.lineno)}{line}\n" for line in lines))
    else:
        outer = lazy.parents[0] if lazy.parents else lazy.node
        at = source.starts[outer.lineno - 1]
        yield Splice(at, at, "if TYPE_CHECKING:\n" + "".join(f"{INDENT}{line}\n" for line in lines) + "\n\n")
