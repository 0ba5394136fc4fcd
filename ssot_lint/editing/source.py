"""One file's source: exact text, exact places, exact bytes back.

Positions of `ast` are lines and UTF-8 byte columns; here they become offsets into the text, so that an edit is a
slice. What no edit touches comes back byte for byte: newlines, BOM, encoding cookie, form feeds, no final newline.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from ssot_lint.errors import SsotLintError
from ssot_lint.reading.expressions import children

_LINE_END = re.compile(r"\r\n|\r|\n")


class UnreadableSourceError(SsotLintError):
    """A file whose bytes are no Python source: names the file and why."""


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """Put `text` in place of the characters from `start` up to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Source:
    """The text of a Python file and where its nodes stand in it. Offsets count characters from 0."""

    path: str
    content: bytes

    @cached_property
    def encoding(self) -> str:
        """As the cookie or the BOM says, else UTF-8; `utf-8-sig` for a file with a BOM."""
        try:
            return tokenize.detect_encoding(io.BytesIO(self.content).readline)[0]
        except SyntaxError as error:
            if "unknown encoding" in str(error):
                raise UnreadableSourceError(f"{self.path}: {error}") from error
            return "utf-8"  # no cookie, and bytes that are no UTF-8: in comments, Python imports them all the same

    @cached_property
    def text(self) -> str:
        """The decoded file without its BOM, newlines as they are; bytes that are none of its encoding as surrogates."""
        try:
            return self.content.decode(self.encoding, "surrogateescape")
        except UnicodeDecodeError as error:
            raise UnreadableSourceError(f"{self.path}: is not {self.encoding}: {error}") from error

    @cached_property
    def newline(self) -> str:
        """The line end the file uses: that of its first line, else a line feed."""
        found = _LINE_END.search(self.text)
        return found[0] if found else "\n"

    @cached_property
    def tree(self) -> ast.Module:
        """The file as `ast` reads it. Raises SyntaxError."""
        return ast.parse(self.content, self.path, type_comments=False)

    def held_to(self, version: tuple[int, int]) -> ast.Module:
        """The file as an older Python would read it, as far as `ast` knows that. Raises SyntaxError."""
        tree = ast.parse(self.content, self.path, feature_version=version)
        self.__dict__.setdefault("tree", tree)  # what both take, they read alike
        return tree

    @property
    def parsed(self) -> ast.Module | None:
        """The tree, if somebody has asked for it already."""
        return self.__dict__.get("tree")

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree but operators and contexts, in the order of `ast.walk`."""
        found: list[ast.AST] = [self.tree]
        for node in found:  # grows while it is gone through
            if type(node) is not ast.Name and type(node) is not ast.Constant:
                found += children(node)
        return tuple(found)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Offset of the first character of each line; lines end where Python's tokenizer ends them."""
        if "\r" in self.text:
            return (0, *(found.end() for found in _LINE_END.finditer(self.text)))
        lines = tuple(accumulate(map(len, io.StringIO(self.text, newline="\n")), initial=0))
        return lines if not self.text or self.text.endswith("\n") else lines[:-1]

    def line(self, number: int) -> str:
        """Line `number`, counted from 1, without its end."""
        start = self.starts[number - 1]
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and a UTF-8 byte column, as `ast` counts them."""
        start = self.starts[line - 1]
        ahead = self.text[start : start + column]  # as many characters as bytes at most
        if ahead.isascii():
            return start + column
        return start + len(ahead.encode(errors="surrogateescape")[:column].decode(errors="ignore"))

    def line_of(self, offset: int) -> int:
        """The number, from 1, of the line that holds an offset."""
        from bisect import bisect_right

        return bisect_right(self.starts, offset)

    def span(
        self, node: ast.expr | ast.stmt | ast.alias | ast.arg | ast.keyword | ast.excepthandler
    ) -> tuple[int, int]:
        """Start and end of a node; decorators stand before the start of what they decorate.

        Nodes within f-strings have no usable places before Python 3.12: ask for the f-string and parse its text.
        """
        assert node.end_lineno is not None and node.end_col_offset is not None
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def segment(
        self, node: ast.expr | ast.stmt | ast.alias | ast.arg | ast.keyword | ast.excepthandler
    ) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def indentation(self, line: int) -> str:
        """The white space a line starts with."""
        text = self.line(line)
        return text[: len(text) - len(text.lstrip(" \t\f"))]

    def spliced(self, splices: Iterable[Splice]) -> bytes:
        """The file's bytes with the splices made. Line feeds in their texts become the file's own line ends.

        Raises ValueError when two splices overlap and UnicodeEncodeError when the file's encoding lacks a character.
        """
        text, at, parts = self.text, 0, []
        for item in sorted(set(splices)):
            if item.start < at:
                raise ValueError(f"{self.path}: two edits overlap at line {self.line_of(item.start)}")
            parts += [text[at : item.start], item.text.replace("\n", self.newline)]
            at = item.end
        parts.append(text[at:])
        return self.encoded("".join(parts))

    def encoded(self, text: str) -> bytes:
        """A text in this file's encoding, with its BOM if it has one."""
        return text.encode(self.encoding, "surrogateescape")
