"""Where a name, or a dotted name, stands in a file's text, string annotations and f-strings included."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.blocks import Read
from ssot_lint.editing.source import Source, Splice
from ssot_lint.reading.expressions import dotted

if TYPE_CHECKING:
    import libcst

_PLAIN = re.compile(r"[rRuU]?('''|\"\"\"|'|\")(.*)\1", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Swap:
    """Put `text` in place of a name that is read, or of the attribute chain that starts with it.

    `node` is the name or the attribute to replace; of a string annotation, a node of the parsed string.
    """

    read: Read
    node: ast.Name | ast.Attribute
    text: str


@dataclass(frozen=True, slots=True)
class Within:
    """A swap in an f-string, whose parts have no places of their own before Python 3.12."""

    string: ast.JoinedStr
    old: str
    new: str


def place(source: Source, swap: Swap) -> Splice | Within:
    """The change that makes a swap. Raises CannotApply where the text does not show its place."""
    if swap.read.in_fstring:
        return _formatted(source, swap)
    if swap.read.string is not None:
        return _quoted(source, swap.read.string, swap)
    start, end = source.span(swap.node)
    return _checked(source, source.text[start:end], Splice(start, end, swap.text), swap)


def _checked(source: Source, text: str, splice: Splice, swap: Swap) -> Splice:
    if re.sub(r"[\s\\()]", "", text) != dotted(swap.node):
        raise CannotApply(
            f"{dotted(swap.node)} is not written in one piece", source.path, swap.read.statement.lineno
        )
    if text.startswith("("):
        raise CannotApply(f"{dotted(swap.node)} stands in brackets", source.path, swap.read.statement.lineno)
    return splice


def _quoted(source: Source, string: ast.Constant, swap: Swap) -> Splice:
    base = quoted_start(source, string)
    if base is None:
        raise CannotApply("the string annotation is not written in one piece", source.path, string.lineno)
    text = str(string.value)
    inner = Source(source.path, text.strip().encode())
    start, end = inner.span(swap.node)
    base += len(text) - len(text.lstrip())
    return _checked(source, inner.text[start:end], Splice(base + start, base + end, swap.text), swap)


def quoted_start(source: Source, node: ast.Constant) -> int | None:
    """The offset at which the characters of a string begin; None for one with escapes or in several parts."""
    start, end = source.span(node)
    found = _PLAIN.fullmatch(source.text, start, end)
    return found.start(2) if found is not None and found[2] == node.value else None


def _formatted(source: Source, swap: Swap) -> Within:
    """The outermost f-string around a swap, if all its readings of that text are to be swapped."""
    old, line = dotted(swap.node), swap.read.statement.lineno
    for node in ast.walk(swap.read.statement):  # outer ones come first
        if isinstance(node, ast.JoinedStr) and any(inner is swap.node for inner in ast.walk(node)):
            break
    else:
        raise CannotApply(f"the f-string that reads {old} cannot be found", source.path, line)
    if any(isinstance(inner, ast.Lambda | ast.comprehension | ast.NamedExpr) for inner in ast.walk(node)):
        raise CannotApply(f"{old} may mean two things in one f-string", source.path, line)
    _expression(source.segment(node))
    return Within(node, old, swap.text)


@lru_cache(8)
def _expression(text: str) -> libcst.BaseExpression:
    import libcst

    try:
        return libcst.parse_expression(f"({text})")  # several parts may stand on several lines
    except libcst.ParserSyntaxError as error:
        raise CannotApply(f"the f-string cannot be read: {error.message}") from error


def splices(source: Source, places: Iterable[Splice | Within]) -> list[Splice]:
    """All places as splices, one for each f-string."""
    found: set[Splice] = set()
    strings: dict[ast.JoinedStr, dict[str, str]] = {}
    for item in places:
        if isinstance(item, Splice):
            found.add(item)
        else:
            strings.setdefault(item.string, {})[item.old] = item.new
    for node, texts in strings.items():
        found.add(_rewritten(source, node, texts))
    return sorted(found)


def _rewritten(source: Source, node: ast.JoinedStr, texts: dict[str, str]) -> Splice:
    import libcst
    from libcst.helpers import get_full_name_for_node

    class Swapped(libcst.CSTTransformer):
        """Replaces dotted names, the longest first; attributes and keywords of the same text stay."""

        def visit_Attribute(self, node: libcst.Attribute) -> bool:
            return get_full_name_for_node(node) not in texts

        def leave_Attribute(
            self, original_node: libcst.Attribute, updated_node: libcst.Attribute
        ) -> libcst.BaseExpression:
            new = texts.get(get_full_name_for_node(original_node) or "")
            return libcst.parse_expression(new) if new else updated_node.with_changes(attr=original_node.attr)

        def leave_Name(self, original_node: libcst.Name, updated_node: libcst.Name) -> libcst.BaseExpression:
            new = texts.get(original_node.value)
            return libcst.parse_expression(new) if new else updated_node

        def leave_Arg(self, original_node: libcst.Arg, updated_node: libcst.Arg) -> libcst.Arg:
            return updated_node.with_changes(keyword=original_node.keyword)

    start, end = source.span(node)
    changed = _expression(source.text[start:end]).visit(Swapped())
    assert isinstance(changed, libcst.BaseExpression)
    code = libcst.Module([]).code_for_node(changed)
    return Splice(start, end, code[1:-1].replace("\r\n", "\n"))
