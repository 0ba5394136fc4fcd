"""The lines of import statements: names put in and taken out, with the layout, commas and comments they have."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from ssot_lint.editing.source import Source, Splice

Name = tuple[str, str | None]
"""A name of an import list and its alias."""

_BLANK = " \t\f"
_USUAL_WIDTH = 88
_WIDEST = 120


@dataclass(slots=True)
class _Item:
    """One name of the list, the white space before it on its line, and its comma."""

    text: str
    gap: str = " "
    comma: str = ","
    alias: ast.alias | None = None


@dataclass(slots=True)
class _Line:
    """One line of the list. `tail` is what follows its last comma: white space, a comment, a backslash."""

    items: list[_Item] = field(default_factory=list)
    tail: str = ""

    @property
    def is_comment(self) -> bool:
        return not self.items and "#" in self.tail


@dataclass(slots=True)
class _List:
    """The names of an import statement as they are laid out. `start` and `end` bound their text in the file."""

    start: int
    end: int
    bracketed: bool
    lines: list[_Line]

    @property
    def items(self) -> list[_Item]:
        return [item for line in self.lines for item in line.items]

    def text(self) -> str:
        return "\n".join(
            "".join(item.gap + item.text + item.comma for item in line.items) + line.tail
            for line in self.lines
        )


def absolute_module(module: str, is_package: bool, statement: ast.ImportFrom) -> str | None:
    """The absolute name of the module that a `from` import names; None when it leads out of the root."""
    if not statement.level:
        return statement.module or ""
    parts = module.split(".") if is_package else module.split(".")[:-1]
    if statement.level > len(parts):
        return None
    base = parts[: len(parts) - statement.level + 1]
    return ".".join([*base, statement.module] if statement.module else base)


def relative_to(module: str, is_package: bool, target: str) -> tuple[int, str] | None:
    """`target` seen from a module: number of dots and the rest; None where they share no package."""
    here = module.split(".") if is_package else module.split(".")[:-1]
    there = target.split(".")
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] == there[shared]:
        shared += 1
    return (len(here) - shared + 1, ".".join(there[shared:])) if shared else None


def written(name: Name) -> str:
    """A name of an import list as text."""
    return f"{name[0]} as {name[1]}" if name[1] else name[0]


def with_names(source: Source, statement: ast.ImportFrom, names: Sequence[Name]) -> Splice:
    """A `from` import with further (name, asname), in its own layout: brackets, lines, trailing comma, order."""
    found = _read(source, statement)
    key = _order([alias.name for alias in statement.names])
    trailing = found.items[-1].comma
    for name in sorted(names, key=lambda name: (name_order(name[0]), name[1] or "")):
        _insert(found, name, key)
    _commas(found, trailing)
    if len(found.lines) == 1 and _too_wide(source, statement, found):
        return _one_a_line(source, statement, found)
    return Splice(found.start, found.end, found.text())


def without_aliases(
    source: Source, statement: ast.Import | ast.ImportFrom, aliases: Collection[ast.alias]
) -> Splice:
    """An import with some of its names gone, comments and commas repaired. Some name has to stay."""
    found = _read(source, statement)
    trailing = found.items[-1].comma
    gone = {id(alias) for alias in aliases}
    lines = found.lines
    emptied = [bool(line.items) and all(id(item.alias) in gone for item in line.items) for line in lines]
    dropped = set[int]()
    for number, line in enumerate(lines):
        if emptied[number]:
            dropped.add(number)
            alone = number + 1 == len(lines) or not lines[number + 1].items
            above = number - 1
            while alone and above > 0 and lines[above].is_comment:
                dropped.add(above)  # speaks of the names that go and of no other
                above -= 1
        else:
            first = line.items[0].gap if line.items else ""
            line.items = [item for item in line.items if id(item.alias) not in gone]
            if line.items:
                line.items[0].gap = first
    kept = [line for number, line in enumerate(lines) if number not in dropped]
    if 0 in dropped:
        if kept[0].items:
            kept[0].items[0].gap = ""
        else:
            kept.insert(0, _Line())  # own-line comments stay below the bracket
    if len(lines) - 1 in dropped:
        if "#" in kept[-1].tail:
            kept.append(_Line(tail=lines[-1].items[0].gap))  # room for the bracket after a comment
        else:
            kept[-1].tail = ""
    found.lines = kept
    _commas(found, trailing)
    return Splice(found.start, found.end, found.text())


def name_order(name: str) -> tuple[int, str, str]:
    """Constants, then classes, then the rest, each by alphabet: the usual order of a sorted list."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.casefold(), name


def _order(names: Sequence[str]) -> Callable[[str], tuple[object, ...]] | None:
    """The order in which the names stand; None when they stand in none."""
    orders: tuple[Callable[[str], tuple[object, ...]], ...] = (
        name_order,
        lambda name: (name.casefold(), name),
        lambda name: (name,),
    )
    for key in orders:
        if sorted(names, key=key) == list(names):
            return key
    return None


def _read(source: Source, statement: ast.Import | ast.ImportFrom) -> _List:
    """The list of an import statement."""
    text = source.text
    start, end = source.span(statement)
    spans = [source.span(alias) for alias in statement.names]
    bracket = text.find("(", start, spans[0][0])
    if bracket >= 0:
        start, end = bracket + 1, end - 1
    else:
        start = spans[0][0]
    lines = [_Line()]
    pending = ""
    last: _Item | None = None
    at = start
    for alias, (begin, stop) in [*zip(statement.names, spans, strict=True), (None, (end, end))]:
        while at < begin:
            if text[at] == ",":
                assert last is not None
                last.comma, pending = ",", ""
                at += 1
            elif text[at] == "#" or text[at] == "\\":
                stretch = len(text[at:begin].partition("\n")[0].rstrip("\r"))
                pending += text[at : at + stretch]
                at += stretch
            elif text[at] in "\r\n":
                lines[-1].tail, pending = pending, ""
                lines.append(_Line())
                at += 2 if text.startswith("\r\n", at) else 1
            else:
                pending += text[at]
                at += 1
        if alias is None:
            lines[-1].tail = pending
            break
        last = _Item(text[begin:stop].replace("\r\n", "\n"), pending, "", alias)
        lines[-1].items.append(last)
        pending, at = "", stop
    return _List(start, end, bracket >= 0, lines)


def _insert(found: _List, name: Name, key: Callable[[str], tuple[object, ...]] | None) -> None:
    """One more name at its place: on a line of its own where the others have theirs."""
    places = [(line, item) for line in found.lines for item in line.items]
    new = _Item(written(name))
    later = [] if key is None else [p for p in places if key(_bare(p[1])) > key(name[0])]
    holding = [line for line in found.lines if line.items]
    own_lines = found.bracketed and all(len(line.items) == 1 for line in holding)
    if not own_lines or (len(holding) == 1 and found.lines[0].items):
        line, item = later[0] if later else places[-1]
        at = line.items.index(item) + (not later)
        if at == 0:
            new.gap, item.gap = item.gap, " "
        line.items.insert(at, new)
        return
    if later and later[0][0] is found.lines[0]:
        first = found.lines[0].items[0]
        new.gap, first.gap = first.gap, " "
        found.lines[0].items.insert(0, new)
        return
    line = later[0][0] if later else holding[-1]
    below = holding[-1].items[0].gap
    new.gap = below
    at = found.lines.index(line) + (not later)
    while later and found.lines[at - 1].is_comment:
        at -= 1
    added = _Line([new])
    if not later and at == len(found.lines) and "#" not in line.tail:
        added.tail, line.tail = line.tail, ""
    found.lines.insert(at, added)


def _bare(item: _Item) -> str:
    return item.alias.name if item.alias else item.text.partition(" ")[0]


def _commas(found: _List, trailing: str) -> None:
    items = found.items
    for item in items:
        item.comma = ","
    items[-1].comma = trailing


def width(source: Source) -> int:
    """How long import lines may be: the usual width, or what the file's own imports take."""
    taken = (
        len(source.line(node.lineno))
        for node in source.tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and node.lineno == node.end_lineno
    )
    return min(max(_USUAL_WIDTH, *taken, 0), _WIDEST)


def _too_wide(source: Source, statement: ast.ImportFrom, found: _List) -> bool:
    line = source.line(statement.lineno)
    before = found.start - source.starts[statement.lineno - 1]
    after = source.line(statement.end_lineno or statement.lineno)
    rest = after[source.span(statement)[1] - source.starts[(statement.end_lineno or statement.lineno) - 1] :]
    alone = (
        not rest.strip()
        and not line[: source.span(statement)[0] - source.starts[statement.lineno - 1]].strip()
    )
    return alone and before + len(found.text()) + found.bracketed > width(source)


def _one_a_line(source: Source, statement: ast.ImportFrom, found: _List) -> Splice:
    indent = source.indentation(statement.lineno)
    names = "".join(f"{indent}    {item.text},\n" for item in found.items)
    body = f"\n{names}{indent}"
    return Splice(found.start, found.end, body if found.bracketed else f"({body})")


def without_statements(
    source: Source, gone: Collection[ast.stmt], blocks: Sequence[Sequence[ast.stmt]]
) -> list[Splice]:
    """The file without some statements: their lines go, comments above them stay; `pass` where nothing is left.

    `blocks` are the lists of statements in which they stand.
    """
    splices: list[Splice] = []
    lines: list[tuple[int, int]] = []
    doomed = {id(statement) for statement in gone}
    for block in blocks:
        emptied = block is not source.tree.body and all(id(statement) in doomed for statement in block)
        for group in line_groups(block):
            kept = [statement for statement in group if id(statement) not in doomed]
            if len(kept) == len(group):
                continue
            start, end = source.span(group[0])[0], source.span(group[-1])[1]
            if emptied:
                splices.append(Splice(start, end, "pass"))
                emptied = False
            elif kept:
                splices.append(Splice(start, end, "; ".join(source.segment(statement) for statement in kept)))
            else:
                lines.append((group[0].lineno, group[-1].end_lineno or group[-1].lineno))
    return [*splices, *without_lines(source, lines)]


def without_statement(source: Source, statement: ast.stmt, block: Sequence[ast.stmt]) -> Splice:
    """The block without the statement: its lines go, the comment above stays; `pass` where nothing is left."""
    return without_statements(source, (statement,), (block,))[0]


def line_groups(block: Sequence[ast.stmt]) -> list[list[ast.stmt]]:
    """The statements of a block, those that share a line together."""
    groups: list[list[ast.stmt]] = []
    for statement in block:
        if groups and groups[-1][-1].end_lineno == first_line(statement):
            groups[-1].append(statement)
        else:
            groups.append([statement])
    return groups


def first_line(statement: ast.stmt) -> int:
    """The line on which a statement starts, with its decorators."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return min([statement.lineno, *(item.lineno for item in statement.decorator_list)])
    return statement.lineno


def without_lines(source: Source, ranges: Sequence[tuple[int, int]]) -> list[Splice]:
    """The file without some of its lines; of the blank lines around them the larger number stays."""
    count = len(source.starts) - (source.text.endswith(("\n", "\r")) or not source.text)

    def blank(number: int) -> bool:
        return 1 <= number <= count and not source.line(number).strip()

    runs: list[list[int]] = []
    for first, last in sorted(ranges):
        if runs and all(blank(number) for number in range(runs[-1][1] + 1, first)):
            runs[-1][1] = last
        else:
            runs.append([first, last])
    splices = []
    for first, last in runs:
        above, below = 0, 0
        while blank(first - 1 - above):
            above += 1
        while blank(last + 1 + below):
            below += 1
        before = source.line(first - 1 - above).rstrip() if first - 1 - above >= 1 else ""
        after = source.line(last + 1 + below).lstrip() if last + 1 + below <= count else ""
        glue = ""
        if not after:
            first -= above
        elif not before or (before.endswith(":") and not before.lstrip().startswith("#")):
            last += below
        else:
            last += min(above, below)
            if not above and not below and before.lstrip().startswith("#"):
                glue = "" if after.startswith(("import ", "from ", "#")) else "\n"
        start = source.starts[first - 1]
        end = source.starts[last] if last < len(source.starts) else len(source.text)
        if end == len(source.text) and not source.text.endswith(("\n", "\r")) and first > 1:
            start = source.starts[first - 2] + len(source.line(first - 1))
        splices.append(Splice(start, end, glue))
    return splices
