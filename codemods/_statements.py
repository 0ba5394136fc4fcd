"""Import statements under the knife: another module, other names, or a part of them in a statement of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssot_lint.codemod import CannotApply
from ssot_lint.project import Project
from ssot_lint.scopes import Bound
from ssot_lint.source import Source, Splice

from ._import_lists import relative_to, without_aliases

_SPACE = r"(?:[ \t\f]|\\\r?\n)*"
_FROM = re.compile(
    rf"from(?P<before>{_SPACE})(?P<module>[.\w](?:[.\w]|[ \t\f]|\\\r?\n)*?)(?P<after>{_SPACE})\bimport\b"
)
_SUPPRESSION = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|pyright:|pylint:|mypy:|isort:|ruff:|nosec|fmt:)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of a `from` import and what it becomes: `from module import name as asname`."""

    alias: ast.alias
    module: str  # as written, dots included
    name: str
    asname: str | None

    @property
    def text(self) -> str:
        return f"{self.name} as {self.asname}" if self.asname else self.name


def written_module(project: Project, file: int, module: str, level: int) -> str:
    """How `file` names a module: relative if `level` says that it was so and the package is the same, else absolute.

    Raises CannotApply where the name would lead to another file than it does from outside.
    """
    wanted = project.find_module(module)
    source = project.files[file]
    if level:
        seen = relative_to(source.module, source.is_package, module)
        if seen is not None and project.table.locate(file, seen[1], seen[0]) == (module, wanted):
            return "." * seen[0] + seen[1]
    if project.find_module(module, file) != wanted:
        raise CannotApply(f"{module} is another module when it is imported from here")
    return module


def restated(source: Source, bound: Bound, entries: Sequence[Entry]) -> Iterator[Splice]:
    """A `from` import in which the entries come from their new modules; the other names stay.

    Raises CannotApply where the statement's text cannot be understood.
    """
    statement = bound.statement
    assert isinstance(statement, ast.ImportFrom)
    if len({entry.module for entry in entries}) == 1 and len(entries) == len(statement.names):
        yield from _in_place(source, statement, entries)
    elif len(entries) == len(statement.names):  # all leave, for several modules
        first = [entry for entry in entries if entry.module == entries[0].module]
        yield _as_text(source, statement, [entry.alias for entry in entries if entry not in first], first)
        yield _beside(source, bound, [entry for entry in entries if entry not in first])
    else:
        yield without_aliases(source, statement, [entry.alias for entry in entries])
        yield _beside(source, bound, entries)


def _in_place(source: Source, statement: ast.ImportFrom, entries: Sequence[Entry]) -> Iterator[Splice]:
    start, end = source.span(statement)
    yield _module(source.text, start, end, entries[0].module)
    for entry in entries:
        yield from _name(source, entry)


def _module(text: str, start: int, end: int, module: str) -> Splice:
    """The splice that puts another module into the `from` import between two offsets."""
    found = _FROM.match(text, start, end)
    if found is None:
        raise CannotApply("the statement's text cannot be read")
    before = " " if not found["before"] and not module.startswith(".") else ""
    after = " " if not found["after"] else ""
    return Splice(found.start("module"), found.end("module"), f"{before}{module}{after}")


def _name(source: Source, entry: Entry) -> Iterator[Splice]:
    alias = entry.alias
    if (entry.name, entry.asname) == (alias.name, alias.asname):
        return
    start, end = source.span(alias)
    if alias.asname and entry.asname == alias.asname:
        end = start + len(alias.name)
        if source.text[start:end] != alias.name:
            raise CannotApply("the statement's text cannot be read")
        yield Splice(start, end, entry.name)
    elif "#" in source.text[start:end]:
        raise CannotApply("a comment stands within the name")
    else:
        yield Splice(start, end, entry.text)


def _as_text(
    source: Source, statement: ast.ImportFrom, gone: Sequence[ast.alias], entries: Sequence[Entry]
) -> Splice:
    """The statement without some names, the others restated, as one splice."""
    cut = without_aliases(source, statement, gone)
    start, end = source.span(statement)
    start, end = min(start, cut.start), max(end, cut.end)
    text = source.text[start : cut.start] + cut.text + source.text[cut.end : end]
    lead = text[: len(text) - len(text.lstrip())]
    inner = Source(source.path, text[len(lead) :].replace("\r\n", "\n").encode())
    (again,) = inner.tree.body
    assert isinstance(again, ast.ImportFrom)
    kept = {(entry.alias.name, entry.alias.asname): entry for entry in entries}
    moved = [
        Entry(alias, entry.module, entry.name, entry.asname)
        for alias in again.names
        for entry in [kept[alias.name, alias.asname]]
    ]
    return Splice(start, end, lead + inner.spliced(_in_place(inner, again, moved)).decode())


def _beside(source: Source, bound: Bound, entries: Sequence[Entry]) -> Splice:
    """New statements right behind the one they come from, in the same block."""
    modules: dict[str, list[Entry]] = {}
    for entry in entries:
        modules.setdefault(entry.module, []).append(entry)
    texts = [
        (
            f"from {module} import {', '.join(entry.text for entry in among)}",
            _suppression(source, bound, among),
        )
        for module, among in modules.items()
    ]
    return beside(source, bound.statement, texts)


def beside(source: Source, statement: ast.stmt, texts: Sequence[tuple[str, str]]) -> Splice:
    """(statement, comment) pairs right behind a statement, in the same block."""
    start, end = source.span(statement)
    last = statement.end_lineno or statement.lineno
    begins = source.starts[statement.lineno - 1]
    ends = begins_next = source.starts[last] if last < len(source.starts) else len(source.text)
    rest = source.text[end:ends].strip()
    lead = source.text[begins:start]
    if lead.strip() or (rest and not rest.startswith("#")):
        return Splice(end, end, "".join(f"; {text}" for text, _ in texts))
    lines = [f"{lead}{text}{'  ' + comment if comment else ''}" for text, comment in texts]
    if not source.text[:begins_next].endswith(("\n", "\r")):  # no newline at the end of the file
        return Splice(begins_next, begins_next, "".join(f"\n{line}" for line in lines))
    return Splice(begins_next, begins_next, "".join(f"{line}\n" for line in lines))


def _suppression(source: Source, bound: Bound, entries: Sequence[Entry]) -> str:
    """The comment for a linter that stands on the statement, or on the line of one of the names."""
    statement = bound.statement
    lines = [
        *(entry.alias.end_lineno or entry.alias.lineno for entry in entries),
        statement.end_lineno or 0,
        statement.lineno,
    ]
    for line in lines:
        text = source.line(line)
        found = _SUPPRESSION.search(text)
        if found is not None:
            return text[found.start() :].strip()
    return ""
