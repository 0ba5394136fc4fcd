"""The bytes of a module, and where the offsets of `ast` are in them."""

from __future__ import annotations

import ast
import io
import tokenize
from functools import cached_property

from ssot_lint.reading.expressions import segment

_PLAIN = frozenset({bool, type(None)})


def with_newlines(source: bytes) -> bytes:
    """A source whose lines all end as the tokenizer, and so the lines of facts, have it."""
    return source.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in source else source


class Text:
    """A module's source as it is read."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.is_ascii = source.isascii()

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines as they are in the file."""
        return self.source.split(b"\n")

    @cached_property
    def counted(self) -> list[bytes]:
        """The lines in the bytes that the offsets of `ast` count; none if nobody knows the encoding."""
        return self.lines if self.is_ascii else _decoded_lines(self.source)

    def column(self, line: int, offset: int) -> int:
        """1-based column in characters of a UTF-8 byte offset as `ast` gives it."""
        if self.is_ascii or line > len(self.counted):
            return offset + 1
        return len(self.counted[line - 1][:offset].decode("utf-8", "replace")) + 1

    def of(self, node: ast.expr | None) -> str:
        """The source of an expression, on one line."""
        if node is None:
            return ""
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Constant) and type(node.value) in _PLAIN:  # most defaults: no need of lines
            return str(node.value)
        if (node.end_lineno or node.lineno) > len(self.counted):
            return ast.unparse(node)
        return segment(self.counted, node)


def _decoded_lines(source: bytes) -> list[bytes]:
    """The lines as UTF-8, split where Python splits them, so that `ast`'s byte offsets apply."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text = source.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return []
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return [line.encode("utf-8") for line in text.split("\n")]
