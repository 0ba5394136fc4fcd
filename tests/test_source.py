"""Source: places in exact text, and bytes that come back as they were."""

from __future__ import annotations

import ast
import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.editing.source import Source, Splice, UnreadableSourceError

FORMS = [
    pytest.param(b"x = 1\ny = x\n", id="plain"),
    pytest.param(b"x = 1\r\ny = x\r\n", id="crlf"),
    pytest.param(b"x = 1\ry = x\r", id="cr"),
    pytest.param(b"x = 1\ny = x", id="no final newline"),
    pytest.param(codecs.BOM_UTF8 + b"x = 1\ny = x\n", id="bom"),
    pytest.param("# -*- coding: latin-1 -*-\nx = 'é'\ny = x\n".encode("latin-1"), id="latin-1"),
    pytest.param("x = 'ä𝔘'; y = x\n".encode(), id="wide characters"),
    pytest.param(b"x = 1\n\x0cy = x\n", id="form feed"),
]


def names(source: Source) -> list[ast.Name]:
    return [node for node in ast.walk(source.tree) if isinstance(node, ast.Name)]


@pytest.mark.parametrize("content", FORMS)
def test_a_name_is_found_where_it_stands(content: bytes) -> None:
    source = Source("a.py", content)
    assert [source.segment(node) for node in names(source)] == [node.id for node in names(source)]


@pytest.mark.parametrize("content", FORMS)
def test_no_splice_changes_nothing(content: bytes) -> None:
    assert Source("a.py", content).spliced([]) == content


@pytest.mark.parametrize("content", FORMS)
def test_only_what_is_spliced_changes(content: bytes) -> None:
    source = Source("a.py", content)
    last = next(node for node in names(source) if node.id == "x" and isinstance(node.ctx, ast.Load))
    start, end = source.span(last)
    assert source.spliced([Splice(start, end, "renamed")]) == content[::-1].replace(b"x", b"demaner", 1)[::-1]


def test_line_feeds_become_the_line_end_of_the_file() -> None:
    assert Source("a.py", b"x\r\ny\r\n").spliced([Splice(0, 0, "a\nb\n")]) == b"a\r\nb\r\nx\r\ny\r\n"


def test_overlapping_splices_are_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"a\.py: two edits overlap at line 1"):
        Source("a.py", b"abc").spliced([Splice(0, 2, "x"), Splice(1, 3, "y")])


def test_an_encoding_that_is_not_known() -> None:
    with pytest.raises(UnreadableSourceError, match=r"a\.py: "):
        _ = Source("a.py", b"# coding: klingon\nx = 1\n").text


@pytest.mark.parametrize(
    "content", [b"# caf\xe9\nname = 1\n", b"'\xc3\xa9'; name = 1  # caf\xe9\n", b"\n\n# \xff\nname = 1"]
)
def test_bytes_that_are_none_of_the_encoding_come_back(content: bytes) -> None:
    source = Source("a.py", content)
    start = source.text.index("name")
    line = source.line_of(start)
    head = content.split(b"\n")[line - 1].partition(b"name")[0]
    assert source.offset(line, len(head)) == start
    assert source.spliced([Splice(start, start + 4, "other")]) == content.replace(b"name", b"other")


@given(st.text(alphabet="aéß\r\n\x0c ", max_size=30))
def test_offsets_of_lines(text: str) -> None:
    source = Source("a.py", text.encode())
    assert all(source.line_of(start) == number for number, start in enumerate(source.starts, 1))
    for number, start in enumerate(source.starts, 1):
        line = source.line(number)
        assert [source.offset(number, len(line[:i].encode())) for i in range(len(line) + 1)] == [
            start + i for i in range(len(line) + 1)
        ]
