"""What was asked of `check`, by which answers are kept, and how a report is printed for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from ssot_lint import warm
from ssot_lint.cli._output import encoded
from ssot_lint.cli._place import Place, source_lines

if TYPE_CHECKING:
    from ssot_lint.model import Report
    from ssot_lint.rule import Rule


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for: all that decides the output besides the project."""

    form: str
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    since: str | None
    baseline: str | None
    statistics: bool
    exit_zero: bool
    quiet: bool
    verbose: bool
    colour: bool
    output: str | None


def output_key(place: Place, request: Request) -> list[object]:
    """All that decides what is printed, besides the project and what every output depends on."""
    encoding = "" if request.output else sys.stdout.encoding
    items = [item for item in asdict(request).items() if item[0] != "output"]
    return ["check", place.config and str(place.config), place.paths, encoding, *items]


def findings_key(place: Place, request: Request) -> list[object]:
    """All that decides what is found, in whatever form it is printed."""
    config = place.config and str(place.config)
    return ["findings", config, place.paths, request.select, request.ignore, request.baseline]


def rendered(place: Place, request: Request, rules: Sequence[Rule], report: Report) -> warm.Output:
    """The report in the form that was asked for, and the status to leave with."""
    from ssot_lint.reporters import View, render

    view = View(
        rules={rule.id: rule for rule in rules},
        source=partial(source_lines, place.root),
        colour=request.colour,
        statistics=request.statistics,
        quiet=request.quiet,
        verbose=request.verbose,
    )
    body = encoded(render(report, request.form, view), request.output, request.form)
    return warm.Output(body, 1 if report.summary.violations and not request.exit_zero else 0)
