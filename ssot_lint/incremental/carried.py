"""What rules found in an earlier run, for those that need not run again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from ssot_lint.check import UNNEEDED, UNREADABLE, Answer
from ssot_lint.model import Diagnostic, Location, Violation
from ssot_lint.rule import Rule

WITH_THE_REST = frozenset({UNREADABLE, UNNEEDED})
"""Rules whose findings hold others, which come from elsewhere, so that they cannot be told apart afterwards."""


def carried(
    found: Sequence[Diagnostic], undecided: Mapping[str, int], rules: Sequence[Rule], again: Collection[str]
) -> dict[str, Answer]:
    """The answers, by the ids of rules, of all that are not to run `again`.

    `found`: all that was reported, of whatever status. `undecided`: how much a rule could not decide, where it is more
    than nothing.
    """
    by_rule: defaultdict[str, list[Violation]] = defaultdict(list)
    for item in found:
        by_rule[item.rule].append(_violation(item))
    again = WITH_THE_REST.union(again)
    return {rule.id: (by_rule[rule.id], undecided.get(rule.id, 0)) for rule in rules if rule.id not in again}


def _violation(item: Diagnostic) -> Violation:
    return Violation(
        Location(item.path, item.line, item.column, item.end_line, item.end_column),
        item.message,
        item.concept,
        item.symbol,
        item.canonical,
        item.verdict,
        item.reasons,
        item.related,
        item.fix,
        item.severity,
    )
