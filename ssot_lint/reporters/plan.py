"""A plan -> text, JSON, Markdown that can be pasted into an issue."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from html import escape

from ssot_lint.plan import BY_HAND, PHASES, Batch, Plan, Refused, encode
from ssot_lint.reporters import as_markdown, code, one_line
from ssot_lint.wording import count

FORMATS = ("text", "json", "markdown")

_FEW = 8
"""Places of one reason that are named."""


def render(plan: Plan, form: str, *, colour: bool = False, verbose: bool = False) -> str:
    """The plan in one of `FORMATS`, with a final newline."""
    if form == "json":
        return encode(plan).decode()
    lines = _markdown(plan) if form == "markdown" else _text(plan, colour, verbose)
    return "\n".join(lines) + "\n"


def summary(plan: Plan) -> str:
    """One line: batches, files, refusals, violations before and after."""
    files = {path for batch in plan.batches for path in batch.paths}
    before, after = sum(plan.before.values()), sum(plan.after.values())
    by_hand = sum(row.phase in BY_HAND for row in plan.refused)
    return (
        f"{count(len(plan.batches), 'batch', 'batches')}, {count(len(files), 'file')} of {plan.files:,}; "
        f"violations {before:,} -> {after:,}; {count(len(plan.refused) - by_hand, 'refusal')}"
        + (f"; {count(by_hand, 'place')} to change by hand" if by_hand else "")
    )


def _text(plan: Plan, colour: bool, verbose: bool) -> Iterator[str]:
    bold = "\x1b[1m{}\x1b[0m" if colour else "{}"
    dim = "\x1b[2m{}\x1b[0m" if colour else "{}"
    for phase, batches in _by_phase(plan):
        yield bold.format(f"Phase {phase}: {PHASES[phase]}")
        for batch in batches:
            yield f"  {batch.number:>3}  {title(batch)}"
            yield dim.format(f"       {_reach(batch)}")
            shown = batch.edits if verbose else batch.edits[:3]
            for edit in shown:
                yield one_line(f"       {edit.path}  +{edit.added} -{edit.removed}")
            if len(batch.edits) > len(shown):
                yield dim.format(
                    f"       and {count(len(batch.edits) - len(shown), 'more file', 'more files')}"
                )
            for hazard in batch.hazards if verbose else batch.hazards[:3]:
                yield one_line(f"       look at {hazard.path}:{hazard.line}: {hazard.text}")
            if not verbose and len(batch.hazards) > 3:
                yield dim.format(f"       and {len(batch.hazards) - 3:,} more to look at (--verbose)")
        yield ""
    yield from left(plan, bold, dim, verbose)
    if plan.introduced:
        yield bold.format("New findings that the migration would bring to light")
        for hazard in plan.introduced if verbose else plan.introduced[:_FEW]:
            yield one_line(f"  {hazard.path}:{hazard.line}: {hazard.text}")
        if not verbose and len(plan.introduced) > _FEW:
            yield dim.format(f"  and {len(plan.introduced) - _FEW:,} more (--verbose)")
        yield ""
    yield summary(plan)


def left(plan: Plan, bold: str = "{}", dim: str = "{}", verbose: bool = True) -> Iterator[str]:
    """The lines that say what a plan leaves as it is, and why."""
    for heading, refused in _sections(plan):
        yield bold.format(heading)
        for reason, rows in _by_reason(refused):
            yield one_line(f"  {len(rows):>5}  {reason}")
            for row in rows if verbose else rows[:3]:
                place = one_line(f"         {row.path}:{row.line}  {row.concept} {row.what}")
                yield dim.format(place.rstrip())
            if not verbose and len(rows) > 3:
                yield dim.format(f"         and {len(rows) - 3:,} more (--verbose)")
        yield ""


def _markdown(plan: Plan) -> Iterator[str]:
    yield "# Migration plan"
    yield ""
    yield summary(plan)
    for phase, batches in _by_phase(plan):
        yield ""
        yield f"## Phase {phase}: {PHASES[phase]}"
        yield ""
        yield "| batch | what | files | lines | importers | tests | needs |"
        yield "|---|---|---|---|---|---|---|"
        for batch in batches:
            added, removed = _lines(batch)
            needs = ", ".join(map(str, batch.depends)) or "-"
            yield (
                f"| {batch.number} | {as_markdown(title(batch, False))} | {len(batch.edits)} | +{added} -{removed} "
                f"| {batch.importers} | {len(batch.tests)} | {needs} |"
            )
        for batch in batches:
            yield ""
            yield f"<details><summary>Batch {batch.number}: {escape(title(batch))}</summary>"
            yield ""
            for edit in batch.edits:
                yield f"- [ ] {code(edit.path)} +{edit.added} -{edit.removed}"
            for hazard in batch.hazards:
                yield f"- look at {code(f'{hazard.path}:{hazard.line}')}: {as_markdown(hazard.text)}"
            yield ""
            yield "</details>"
    for heading, refused in _sections(plan):
        yield ""
        yield f"## {heading}"
        yield ""
        if refused[0].phase not in BY_HAND:
            yield "| places | reason | for example |"
            yield "|---|---|---|"
            for reason, rows in _by_reason(refused):
                yield f"| {len(rows)} | {as_markdown(reason)} | {code(f'{rows[0].path}:{rows[0].line}')} |"
            continue
        for reason, rows in _by_reason(refused):
            yield f"- {len(rows)}: {as_markdown(reason)}"
            yield from (f"  - [ ] {code(f'{row.path}:{row.line}')}" for row in rows)


def _sections(plan: Plan) -> Iterator[tuple[str, list[Refused]]]:
    """What stays: the places of phases that are worked through by hand, then what was refused."""
    for phase in sorted(BY_HAND):
        rows = [row for row in plan.refused if row.phase == phase]
        if rows:
            told = count(len(rows), "place")
            yield f"Phase {phase}: {PHASES[phase]}: {told} to change by hand, no codemod does", rows
    others = [row for row in plan.refused if row.phase not in BY_HAND]
    if others:
        yield "Refused", others


def _by_phase(plan: Plan) -> list[tuple[int, list[Batch]]]:
    found: defaultdict[int, list[Batch]] = defaultdict(list)
    for batch in plan.batches:
        found[batch.phase].append(batch)
    return sorted(found.items())


def _by_reason(refused: Sequence[Refused]) -> list[tuple[str, list[Refused]]]:
    """The refusals by reason, the most frequent first."""
    found: defaultdict[str, list[Refused]] = defaultdict(list)
    for row in refused:
        found[row.reason].append(row)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def title(batch: Batch, symbols: bool = True) -> str:
    """What a batch does in a line: the codemods, the concept, and the first of the symbols."""
    about = f" ({', '.join(batch.symbols[:2])}{', ...' if len(batch.symbols) > 2 else ''})" if symbols else ""
    return one_line(f"{batch.codemod} {batch.concept}{about}")


def _reach(batch: Batch) -> str:
    added, removed = _lines(batch)
    parts = [
        count(len(batch.edits), "file"),
        f"+{added} -{removed}",
        f"imported by {count(batch.importers, 'file')}",
    ]
    parts.append(f"reached by {count(len(batch.tests), 'test file')}")
    if batch.entry_points:
        parts.append(f"entry points {', '.join(batch.entry_points)}")
    if batch.depends:
        parts.append(f"needs {', '.join(map(str, batch.depends))}")
    if batch.owner:
        parts.append(batch.owner)
    return one_line("; ".join(parts))


def _lines(batch: Batch) -> tuple[int, int]:
    total: Counter[str] = Counter()
    for edit in batch.edits:
        total["added"] += edit.added
        total["removed"] += edit.removed
    return total["added"], total["removed"]
