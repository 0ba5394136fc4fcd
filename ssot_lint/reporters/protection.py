"""Which tests protect what -> text, JSON, Markdown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from ssot_lint.protecting.protected import CopyTest, Overview, Part, Protection, Reach, Use
from ssot_lint.reporters import as_markdown, code, one_line
from ssot_lint.wording import count

FORMATS = ("text", "json", "markdown")

TABLE = 120
"""Columns that a table of parts needs; with fewer, each part has lines of its own."""

SHOWN = 10
"""Tests of a copy that the text names without being asked for all."""


@dataclass(frozen=True, slots=True)
class View:
    """How to show it."""

    kinds: Sequence[str]  # the configured ones, in order
    lists: bool = False  # name files and tests, not only how many there are
    everything: bool = False  # and those that are further than one module away, in text and Markdown too
    colour: bool = False
    width: int = 160  # of the text


def render(overview: Overview, found: Sequence[Protection], form: str, view: View) -> str:
    """The protection of some concepts in one of `FORMATS`, with a final newline."""
    return {"text": _text, "json": _json, "markdown": _markdown}[form](overview, found, view)


# --- what all formats count ------------------------------------------------------------------------------


def _head(view: View) -> tuple[str, ...]:
    return (
        "part",
        "definition",
        "used by",
        *view.kinds,
        "other",
        "only imported",
        "one module away",
        "further",
    )


def _cells(part: Part, view: View) -> tuple[str, ...]:
    """One row: test files that use a part, in all and by kind, and those that import it or reach it."""
    if not part.path:
        return (part.role, f"{one_line(part.symbol)} (cannot be found)", *("-" for _ in _head(view)[2:]))
    kinds = Counter(kind for use in part.uses for kind in use.kinds or ("",))
    away = Counter(min(reach.through, 2) for reach in part.reaches)
    numbers = (*(kinds[kind] for kind in view.kinds), kinds[""], away[0], away[1], away[2])
    return (
        part.role,
        one_line(part.symbol),
        _used_by(part),
        *(f"{number:,}" if number else "-" for number in numbers),
    )


def _used_by(part: Part) -> str:
    tests = sum(len(use.tests) for use in part.uses)
    return f"{count(len(part.uses), 'file')}, {count(tests, 'test')}" if part.uses else "no test"


def _overview(overview: Overview) -> str:
    kinds = [f"{number:,} {kind}" for kind, number in overview.by_kind.items()]
    unread = [
        text
        for number, text in (
            (overview.unparsed, f"{count(overview.unparsed, 'test file')} not parsed"),
            (overview.undecided, f"{count(overview.undecided, 'lookup')} by string not decided"),
        )
        if number
    ]
    return "; ".join((
        f"{count(overview.tests, 'test')} in {count(overview.files, 'file')}",
        f"files: {', '.join(kinds)}, {overview.other:,} of no kind",
        *unread,
    ))  # fmt: skip


def _verdicts(item: Protection) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is to be said about a concept: a sentence, and the tests or definitions that it is about."""
    if item.copies_only:
        users = sum(entry.uses for entry in item.copies_only)
        tests = sum(len(entry.only) for entry in item.copies_only)
        lost = sum(entry.through is None for entry in item.copies_only)
        yield (
            f"tests of a copy: {count(len(item.copies_only), 'file')} with a duplicate and nothing that is the "
            f"concept; {users:,} use it ({count(tests, 'test')}), {len(item.copies_only) - users:,} only import it; "
            f"{lost:,} with no way to the concept",
            tuple(map(_copy_line, item.copies_only)),
        )
    if item.both:
        tests = sum(len(entry.only) for entry in item.both)
        yield (
            f"both: {count(len(item.both), 'file')} with a duplicate and the concept itself; "
            f"{count(tests, 'test')} of a duplicate only",
            tuple(map(_copy_line, item.both)),
        )
    for parts, text in (
        (item.unused, "not used by any test, only reached"),
        (item.untested, "no test at all"),
    ):
        if parts:
            yield f"{text}: {len(parts):,}", tuple(one_line(f"{part.symbol} ({part.role})") for part in parts)


def _copy_line(entry: CopyTest) -> str:
    way = {None: "no way to the concept", -1: "uses the concept too", 0: "imports the concept"}.get(
        entry.through
    )
    how = "" if entry.uses else "only imports "
    only = f": {', '.join(entry.only)}" if entry.only and entry.through == -1 else ""
    return one_line(
        f"{entry.path} ({how}{', '.join(entry.copies)}; {way or f'{_modules(entry.through)} away'}){only}"
    )


def _modules(number: int | None) -> str:
    return count(number or 0, "module")


# --- text ------------------------------------------------------------------------------------------------


def _text(overview: Overview, found: Sequence[Protection], view: View) -> str:
    bold = "\x1b[1m{}\x1b[0m" if view.colour else "{}"
    blocks = [_overview(overview) + "\n"]
    for item in found:
        lines = [bold.format(one_line(item.name)), *(_table if view.width >= TABLE else _narrow)(item, view)]
        for text, entries in _verdicts(item):
            lines.append(f"  {text}")
            is_definitions = not text.startswith(("tests of a copy", "both"))
            shown = (
                entries
                if view.lists or is_definitions
                else entries[:SHOWN]
                if text.startswith("tests")
                else ()
            )
            lines += [f"    {entry}" for entry in shown]
            if 0 < len(shown) < len(entries):
                lines.append(f"    ... and {len(entries) - len(shown):,} more (--verbose names them)")
        if view.lists:
            for part in item.parts:
                lines += _part_lines(part, bold, view)
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _table(item: Protection, view: View) -> list[str]:
    from io import StringIO

    from rich import box
    from rich.console import Console
    from rich.table import Table

    plain = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)  # as any encoding has it
    table = Table(box=plain, pad_edge=False, show_edge=False)
    for number, name in enumerate(_head(view)):
        fold = number == 1
        table.add_column(
            name, justify="left" if number < 3 else "right", overflow="fold", no_wrap=not fold and number < 3
        )
    for part in item.parts:
        style = "yellow" if not part.uses and part.path else None
        table.add_row(*_cells(part, view), style=style)
    out = StringIO()
    Console(
        file=out, width=view.width - 2, force_terminal=view.colour, no_color=not view.colour, highlight=False, markup=False, emoji=False,
        color_system="standard" if view.colour else None, legacy_windows=False,
    ).print(table)  # fmt: skip
    return [f"  {line.rstrip()}" for line in out.getvalue().rstrip("\n").split("\n")]


def _narrow(item: Protection, view: View) -> Iterator[str]:
    """What the table says, in lines."""
    head = _head(view)
    for part in item.parts:
        role, symbol, used_by, *numbers = _cells(part, view)
        yield f"  {role} {symbol}"
        said = [f"{number} {name}" for name, number in zip(head[3:], numbers, strict=True) if number != "-"]
        if part.path:
            yield f"    {': '.join([used_by, ', '.join(said)]) if said else used_by}"


def _part_lines(part: Part, bold: str, view: View) -> Iterator[str]:
    if not part.uses and not part.reaches:
        return
    yield ""
    yield f"  {bold.format(one_line(part.symbol))} ({part.role}) {one_line(part.path)}:{part.line}"
    for use in part.uses:
        yield one_line(f"    {use.path}{_kinds(use)}: {', '.join(use.ways)}")
        yield from (f"      {test}" for test in use.tests)
    near = [reach for reach in part.reaches if view.everything or reach.through < 2]
    for reach in near:
        how = "only imports it" if not reach.through else f"through {_modules(reach.through)}"
        yield one_line(f"    {reach.path}{_kinds(reach)}: {how}")
    if len(near) < len(part.reaches):
        yield f"    and {count(len(part.reaches) - len(near), 'file')} further away (--verbose names them)"


def _kinds(entry: Use | Reach) -> str:
    return f" [{', '.join(entry.kinds)}]" if entry.kinds else ""


# --- JSON ------------------------------------------------------------------------------------------------


def _json(overview: Overview, found: Sequence[Protection], view: View) -> str:
    document = {
        "schema_version": 1,
        "summary": asdict(overview),
        "concepts": [
            {
                "name": item.name,
                "canonical": item.canonical,
                "parts": [_part(part, view) for part in item.parts],
                "copies_only": [asdict(entry) for entry in item.copies_only],
                "both": [asdict(entry) for entry in item.both],
                "unused": [part.symbol for part in item.unused],
                "untested": [part.symbol for part in item.untested],
            }
            for item in found
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _part(part: Part, view: View) -> dict[str, object]:
    through = Counter(reach.through for reach in part.reaches)
    row: dict[str, object] = {
        "role": part.role,
        "symbol": part.symbol,
        "path": part.path or None,
        "line": part.line or None,
        "uses": [asdict(use) for use in part.uses],
        "reached_through": {str(number): through[number] for number in sorted(through)},
    }
    if view.lists:
        row["reaches"] = [asdict(reach) for reach in part.reaches]
    return row


# --- Markdown --------------------------------------------------------------------------------------------


def _markdown(overview: Overview, found: Sequence[Protection], view: View) -> str:
    lines = ["# Tests and what they protect", "", f"{_overview(overview)}.", ""]
    head = _head(view)
    rule = ["---" if number < 3 else "---:" for number in range(len(head))]
    for item in found:
        lines += [
            f"## {as_markdown(item.name)}",
            "",
            f"| {' | '.join(map(as_markdown, head))} |",
            f"| {' | '.join(rule)} |",
        ]
        for part in item.parts:
            role, symbol, *rest = _cells(part, view)
            lines.append(f"| {' | '.join((role, code(symbol), *rest))} |")
        lines.append("")
        for text, entries in _verdicts(item):
            lines += [f"{text[:1].upper()}{text[1:]}.", ""]
            if view.lists or not text.startswith("both"):
                lines += [*(f"- {as_markdown(entry)}" for entry in entries), ""]
        if view.lists:
            for part in item.parts:
                lines += (
                    [*(_entry(line) for line in _part_lines(part, "{}", view) if line), ""]
                    if part.uses
                    else []
                )
    return "\n".join(lines).rstrip("\n") + "\n"


def _entry(line: str) -> str:
    text = line.strip()
    depth = (len(line) - len(line.lstrip()) - 2) // 2
    return f"{'  ' * (depth - 1)}- {as_markdown(text)}" if depth else f"### {as_markdown(text)}\n"
