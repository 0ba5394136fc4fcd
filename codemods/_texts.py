"""Mentions of an old symbol where no import names it: configuration, documents, and plain strings of Python files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.codemod import Remark
from ssot_lint.workspace import Workspace

from ._rewrite_wishes import Move, Wishes


@dataclass(frozen=True)
class Mentions:
    """What other texts say: new bytes of those that are rewritten, and a remark for each line of the others."""

    edits: Mapping[str, bytes]
    remarks: Sequence[Remark]


@dataclass(frozen=True)
class _Form:
    """How a text names a move's old symbol: `old.X`, `old:X`, `from old import X`, and a module by its name."""

    move: Move
    pattern: re.Pattern[str]

    def replaced(self, found: re.Match[str]) -> str:
        old, new = self.move.old, self.move.new
        if not old.name:
            return new.module
        if found["sign"]:
            return f"{new.module}{found['sign']}{new.name}"
        asname = "" if new.name == old.name else f" as {old.name}"
        return f"from {new.module} import {new.name}{asname}"


def _form(move: Move) -> _Form:
    module, name = re.escape(move.old.module), re.escape(move.old.name)
    if not name:
        return _Form(move, re.compile(rf"(?<![\w./-]){module}(?![\w-])"))
    return _Form(
        move,
        re.compile(
            rf"(?<![\w./-])(?:{module}(?P<sign>[.:]){name}(?!\w)|from {module} import {name}(?=\s*(?:$|[#'\"`)\n\r])))",
            re.MULTILINE,
        ),
    )


def mentions(workspace: Workspace, wishes: Wishes) -> Mentions:
    """Other texts: rewritten where a request says so, else one remark for each line."""
    edits: dict[str, bytes] = {}
    remarks: list[Remark] = []
    for path in workspace.others:
        forms = [_form(move) for move in wishes.of(path).all]
        if not forms:
            continue
        try:
            content = workspace.read(path)
        except (OSError, KeyError):
            continue
        forms = [form for form in forms if form.move.old.module.encode() in content]
        try:
            text = content.decode()
        except UnicodeDecodeError:
            continue
        for form in forms:
            if form.move.texts:
                text = form.pattern.sub(form.replaced, text)
            else:
                for found in form.pattern.finditer(text):
                    line = text.count("\n", 0, found.start()) + 1
                    remarks.append(Remark(path, line, f"names {form.move.old}, now {form.move.new}"))
        if text.encode() != content:
            edits[path] = text.encode()
    return Mentions(edits, remarks)


def strings(workspace: Workspace, wishes: Wishes) -> Iterator[Remark]:
    """Strings of Python files that name an old symbol, and that nothing is known to look up: loggers, tasks, pickles.

    A lookup of the forms that `rewrite-imports` follows is left out.
    """
    wanted = {move.old.module.encode() for moves in wishes.all for move in moves.all}
    if not wanted:
        return
    words = re.compile(b"|".join(re.escape(word) for word in sorted(wanted, reverse=True)))
    for source in workspace.project.files:
        moves = wishes.of(source.path)
        if not moves or source.facts.problem is not None:
            continue
        content = workspace.read(source.path)
        if not words.search(content):
            continue
        forms = [
            _form(move)
            for move in moves.all
            if move.old.dotted.encode() in content or str(move.old).encode() in content
        ]
        if not forms:
            continue
        known = {path.line for path in source.facts.paths}
        for node in ast.walk(ast.parse(content)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.lineno not in known:
                for form in forms:
                    for found in form.pattern.finditer(node.value):
                        line = node.lineno + node.value.count("\n", 0, found.start())
                        yield Remark(
                            source.path, line, f"a string names {form.move.old}, now {form.move.new}"
                        )
