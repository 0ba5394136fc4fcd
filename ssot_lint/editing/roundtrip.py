"""Does changed source parse, and come back from libcst byte for byte?

libcst takes ten times as long as `ast` for a file, and an edit of an import concerns one statement of it. So the whole
file goes to `ast`, and to libcst go the innermost blocks of statements that hold the changed lines; what lies around them is
byte for byte as it was. Only where such a block does not come back by itself, the whole file has to.
"""

from __future__ import annotations

import sys

from ssot_lint.editing.changed import changed_statements, nested
from ssot_lint.editing.source import Source
from ssot_lint.reading.grammar import is_newer, newer_syntax

Version = tuple[int, int]


def flaw(before: bytes | None, source: Source, target: Version | None = None) -> tuple[int, str] | None:
    """The line and the reason for which a source may not be written in place of `before`; None when it may.

    `target`: the Python it runs on.
    """
    import libcst

    after = source.content
    try:
        older = target is not None and target < sys.version_info[:2]
        tree = source.held_to(target) if target and older else source.tree
    except (SyntaxError, ValueError) as error:  # null bytes are a ValueError in older Pythons
        return getattr(error, "lineno", None) or 1, f"does not parse: {getattr(error, 'msg', error)}"
    newer = newer_syntax(after) if target is not None else None
    if (
        newer is not None and target is not None and is_newer(newer, target)
    ):  # f-strings, which `ast` does not hold to it
        return newer.line, f"needs Python {newer.needs}: {newer.message}"
    changed = changed_statements(before, after, tree)
    if changed is not None and all(_comes_back(part.after) for part in changed):
        return None
    try:
        module = libcst.parse_module(after)
    except libcst.ParserSyntaxError as error:
        return error.editor_line, f"libcst cannot parse it: {error.message}"
    except (SyntaxError, UnicodeDecodeError):
        return 1, "holds bytes that are none of its encoding"
    return None if module.bytes == after else (1, "does not round-trip through libcst")


def _comes_back(text: str) -> bool:
    import libcst

    code = nested(text)
    try:
        return libcst.parse_module(code).code == code
    except Exception:  # whatever it stumbles over, the whole file decides
        return False
