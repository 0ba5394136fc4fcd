"""Giving a name another text wherever a file refers to one binding of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.blocks import Read
from ssot_lint.editing.source import Source, Splice

if TYPE_CHECKING:
    import libcst

_PLACED = hasattr(ast, "TypeAlias")
"""Do the nodes within f-strings have places of their own? From Python 3.12 on."""
_PLAIN = re.compile(r"([rRuU]?)('''|\"\"\"|'|\")(.*)\2", re.DOTALL)


def renamed(source: Source, reads: Sequence[Read], new: str) -> list[Splice]:
    """The splices that put `new` in place of these names, in string annotations and f-strings too.

    `reads` are all references to one binding in the parts of the file that stay. Raises CannotApply.
    """
    splices: list[Splice] = []
    formatted: dict[ast.JoinedStr, list[ast.Name]] = {}
    for read in reads:
        if read.string is not None:
            splices.append(_within_string(source, read.string, read.node, new))
        elif read.in_fstring and not _PLACED:
            formatted.setdefault(_formatted(read), []).append(read.node)
        else:
            splices.append(Splice(*source.span(read.node), new))
    for node, names in formatted.items():
        splices.append(_within_formatted(source, node, names, new))
    return splices


def _within_string(source: Source, string: ast.Constant, name: ast.Name, new: str) -> Splice:
    start, end = source.span(string)
    found = _PLAIN.fullmatch(source.text[start:end])
    if found is None or found[3] != string.value or not found[3].isascii() or name.lineno != 1:
        raise CannotApply(
            f"the string annotation that names {name.id} is not written in one piece",
            source.path,
            string.lineno,
        )
    lead = len(found[3]) - len(found[3].lstrip())
    at = start + found.start(3) + lead + name.col_offset
    return Splice(at, at + len(name.id), new)


def _formatted(read: Read) -> ast.JoinedStr:
    """The outermost f-string that holds a name."""
    for node in ast.walk(read.statement):  # outer ones come first
        if isinstance(node, ast.JoinedStr) and any(inner is read.node for inner in ast.walk(node)):
            return node
    raise CannotApply(f"the f-string that reads {read.node.id} cannot be found", "", read.statement.lineno)


def _within_formatted(source: Source, node: ast.JoinedStr, names: Sequence[ast.Name], new: str) -> Splice:
    import libcst

    old = names[0].id
    every = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name) and inner.id == old]
    bound = any(isinstance(inner, ast.arg) and inner.arg == old for inner in ast.walk(node))
    start, end = source.span(node)
    if bound or len(every) != len(names):
        raise CannotApply(f"{old} means two things in one f-string", source.path, node.lineno)
    changed = libcst.parse_expression(source.text[start:end]).visit(_renamer(old, new))
    assert isinstance(changed, libcst.BaseExpression)
    return Splice(start, end, libcst.Module([]).code_for_node(changed))


def _renamer(old: str, new: str) -> libcst.CSTTransformer:
    import libcst

    class Rename(libcst.CSTTransformer):
        """Renames what is read; attributes and keywords of the same text stay."""

        def leave_Name(self, original_node: libcst.Name, updated_node: libcst.Name) -> libcst.BaseExpression:
            return libcst.Name(new) if original_node.value == old else updated_node

        def leave_Attribute(
            self, original_node: libcst.Attribute, updated_node: libcst.Attribute
        ) -> libcst.BaseExpression:
            return updated_node.with_changes(attr=original_node.attr)

        def leave_Arg(self, original_node: libcst.Arg, updated_node: libcst.Arg) -> libcst.Arg:
            return updated_node.with_changes(keyword=original_node.keyword)

    return Rename()
