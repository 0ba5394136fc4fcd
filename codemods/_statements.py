"""Import statements under the knife: another module, other names, or a part of them in a statement of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Source, Splice
from ssot_lint.project import Project

from ._import_lists import relative_to, width, without_aliases, written

_SPACE = r"(?:[ \t\f]|\\\r?\n)*"
_FROM = re.compile(
    rf"from(?P<before>{_SPACE})(?P<module>[.\w](?:[.\w]|[ \t\f]|\\\r?\n)*?)(?P<after>{_SPACE})\bimport\b"
)
_SUPPRESSION = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|pyright:|pylint:|mypy:|isort:|ruff:|nosec|fmt:)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one name of an import statement becomes: `from module import name as asname`, `module` as written.

    Without a module it is `import name as asname`.
    """

    module: str | None
    name: str
    asname: str | None

    @property
    def text(self) -> str:
        return written((self.name, self.asname))


Changes = Mapping[ast.alias, Entry | None]
"""What becomes of some names of one statement; None: it goes. Names that are not there stay."""


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


def current_module(statement: ast.ImportFrom) -> str:
    return "." * statement.level + (statement.module or "")


def restated(
    source: Source,
    statement: ast.Import | ast.ImportFrom,
    changes: Changes,
    extra: Sequence[str] = (),
) -> list[Splice] | None:
    """An import statement with the changes made, `extra` statements behind it; None if nothing of it is left.

    Raises CannotApply where the statement's text cannot be understood.
    """
    entries = {alias: entry for alias, entry in changes.items() if entry is not None}
    stays = [alias for alias in statement.names if alias not in changes]
    here = _here(statement, list(entries.values()), bool(stays))
    inside = {
        alias: entry for alias, entry in entries.items() if here is not _NOWHERE and entry.module == here
    }
    leaving = {alias: entry for alias, entry in entries.items() if alias not in inside}
    behind = [*_statements(source, statement, leaving), *((text, "") for text in extra)]
    if not inside and not stays:
        if not behind:
            return None
        (text, _), *behind = behind
        made = [Splice(*source.span(statement), text)]
    elif len(inside) + len(stays) < len(statement.names):
        gone = [alias for alias in changes if alias not in inside]
        made = [_as_text(source, statement, gone, inside)]
    else:
        made = list(_in_place(source, statement, inside))
    return [*made, beside(source, statement, behind)] if behind else made


_NOWHERE = "?"


def _here(statement: ast.Import | ast.ImportFrom, entries: Sequence[Entry], fixed: bool) -> str | None:
    """The module whose names stay in the statement itself."""
    if isinstance(statement, ast.Import):
        return None
    modules = [entry.module for entry in entries]
    now = current_module(statement)
    if fixed or now in modules:
        return now
    return next((module for module in modules if module is not None), _NOWHERE)


def _in_place(
    source: Source, statement: ast.Import | ast.ImportFrom, entries: Mapping[ast.alias, Entry]
) -> Iterator[Splice]:
    modules = {entry.module for entry in entries.values()} - {None}
    if isinstance(statement, ast.ImportFrom) and modules and modules != {current_module(statement)}:
        (module,) = modules
        assert module is not None
        yield _module(source.text, *source.span(statement), module)
    for alias, entry in entries.items():
        yield from _name(source, alias, entry)


def _module(text: str, start: int, end: int, module: str) -> Splice:
    """The splice that puts another module into the `from` import between two offsets."""
    found = _FROM.match(text, start, end)
    if found is None:
        raise CannotApply("the statement's text cannot be read")
    before = " " if not found["before"] and not module.startswith(".") else ""
    after = " " if not found["after"] else ""
    return Splice(found.start("module"), found.end("module"), f"{before}{module}{after}")


def _name(source: Source, alias: ast.alias, entry: Entry) -> Iterator[Splice]:
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
    source: Source,
    statement: ast.Import | ast.ImportFrom,
    gone: Sequence[ast.alias],
    entries: Mapping[ast.alias, Entry],
) -> Splice:
    """The statement without some names, others restated, as one splice."""
    cut = without_aliases(source, statement, gone)
    if not entries:
        return cut
    start, end = source.span(statement)
    start, end = min(start, cut.start), max(end, cut.end)
    text = source.text[start : cut.start] + cut.text + source.text[cut.end : end]
    inner = Source(source.path, text.replace("\r\n", "\n").encode())
    (again,) = inner.tree.body
    assert isinstance(again, ast.Import | ast.ImportFrom)
    known = {(alias.name, alias.asname): entry for alias, entry in entries.items()}
    changes = {
        alias: known[alias.name, alias.asname] for alias in again.names if (alias.name, alias.asname) in known
    }
    return Splice(start, end, inner.spliced(_in_place(inner, again, changes)).decode())


def _statements(
    source: Source, statement: ast.Import | ast.ImportFrom, entries: Mapping[ast.alias, Entry]
) -> list[tuple[str, str]]:
    """The names as statements of their own, one a module, each with its comment."""
    modules: dict[str | None, list[ast.alias]] = {}
    for alias, entry in entries.items():
        modules.setdefault(entry.module, []).append(alias)
    found = []
    for module, aliases in modules.items():
        names = list(dict.fromkeys(entries[alias].text for alias in aliases))
        text = (
            f"import {', '.join(names)}" if module is None else from_import(source, statement, module, names)
        )
        found.append((text, _suppression(source, statement, aliases)))
    return found


def from_import(source: Source, statement: ast.stmt, module: str, names: Sequence[str]) -> str:
    """A `from` import to stand at or behind a statement, one name a line where one line would be too long."""
    indent = source.indentation(statement.lineno)
    text = f"from {module} import {', '.join(names)}"
    alone = source.offset(statement.lineno, statement.col_offset) == source.starts[
        statement.lineno - 1
    ] + len(indent)
    if len(names) == 1 or not alone or len(indent) + len(text) <= width(source):
        return text
    lines = "".join(f"{indent}    {name},\n" for name in names)
    return f"from {module} import (\n{lines}{indent})"


def _suppression(source: Source, statement: ast.stmt, aliases: Sequence[ast.alias]) -> str:
    """The comment for a linter that stands on the statement, or on the line of one of the names."""
    lines = [
        *(alias.end_lineno or alias.lineno for alias in aliases),
        statement.end_lineno or 0,
        statement.lineno,
    ]
    for line in lines:
        text = source.line(line)
        found = _SUPPRESSION.search(text)
        if found is not None:
            return text[found.start() :].strip()
    return ""


def beside(source: Source, statement: ast.stmt, texts: Sequence[tuple[str, str]]) -> Splice:
    """(statement, comment) pairs right behind a statement, in the same block."""
    start, end = source.span(statement)
    last = statement.end_lineno or statement.lineno
    next_line = source.starts[last] if last < len(source.starts) else len(source.text)
    rest = source.text[end:next_line].strip()
    lead = source.text[source.starts[statement.lineno - 1] : start]
    if lead.strip() or (rest and not rest.startswith("#")):
        return Splice(end, end, "".join(f"; {text}" for text, _ in texts))
    lines = [f"{lead}{text}{'  ' + comment if comment else ''}" for text, comment in texts]
    if not source.text[:next_line].endswith(("\n", "\r")):  # the file's last line, and no newline after it
        return Splice(next_line, next_line, "".join(f"\n{line}" for line in lines))
    return Splice(next_line, next_line, "".join(f"{line}\n" for line in lines))
