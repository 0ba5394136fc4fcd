"""`extract(source) -> FileFacts`: what one file says by itself, read with `ast`.

Depends on the bytes alone, so that equal files share a cache record. Statements of every file are visited;
expressions only where a word occurs that makes them matter: a lookup by dotted string (`patch`, `import_module`
...) anywhere, a configured concept (`words`) within the top-level definition that mentions it.
"""

from __future__ import annotations

import ast
import re
import warnings

import msgspec

from ssot_lint.model import FileFacts, Problem
from ssot_lint.reading.assembly import facts_of
from ssot_lint.reading.grammar import newer_syntax, null_bytes, problem_of, too_deep
from ssot_lint.reading.reader import Reader
from ssot_lint.reading.statements import block
from ssot_lint.reading.text import with_newlines

EXTRACTOR_VERSION = 6
"""Raised with every change of what `extract` returns; part of the cache key."""


def extract(
    source: bytes,
    words: re.Pattern[bytes] | None = None,
    flow_words: re.Pattern[bytes] | None = None,
    tree: ast.Module | None = None,
) -> FileFacts:
    """The facts of one file; a file that does not parse gives facts with a `problem` and nothing else.

    `words` (see the function of that name) decides which bodies are read deeply, `flow_words` which are kept
    as flows. `tree`: the file as `ast` reads it, where that is known.
    """
    source = with_newlines(source)
    lines = source.count(b"\n") + (not source.endswith(b"\n") and bool(source))
    # searches the bytes while they are near the processor: before they are parsed
    reader = Reader(source, words, block)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = tree or ast.parse(source)
            newer = newer_syntax(source)
    except SyntaxError as error:
        return FileFacts(lines=lines, problem=problem_of(error, source))
    except ValueError as error:  # null bytes, before Python 3.12
        return FileFacts(lines=lines, problem=null_bytes(str(error), source))
    except (RecursionError, MemoryError):
        return FileFacts(lines=lines, problem=too_deep())
    try:
        facts = facts_of(reader, tree, lines, flow_words)
        return facts if newer is None else msgspec.structs.replace(facts, newer=newer)
    except RecursionError:
        return FileFacts(lines=lines, problem=Problem("depth", "too deeply nested to analyse"))
    finally:
        vars(reader).clear()  # it and its parts hold one another: freed now, not by the garbage collector
