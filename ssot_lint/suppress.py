"""`# ssot-lint: ignore[rule] reason` -> diagnostics with status "suppressed", and what is wrong with the comments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ssot_lint.model import Diagnostic, Location, SourceFile, Suppression, Violation
from ssot_lint.plugins import find_rule, suggestion
from ssot_lint.rule import Rule


def suppress(
    files: Iterable[SourceFile], diagnostics: Iterable[Diagnostic], require_reason: bool
) -> tuple[list[Diagnostic], frozenset[tuple[str, int, str]]]:
    """Mark what a comment suppresses. Also gives the (path, line, rule as written) that were needed.

    A comment counts for its own line, for the imports of a statement that starts there, and for the definition
    whose decorators or first line it stands on; one alone on its line counts for the line below too.
    """
    covered = {file.path: _covered(file) for file in files if file.facts.suppressions}
    needed: set[tuple[str, int, str]] = set()
    result = []
    for diagnostic in diagnostics:
        for comment in covered.get(diagnostic.path, {}).get(diagnostic.line, ()):
            for name in comment.rules:
                if name.upper() != diagnostic.rule and name.lower() != diagnostic.name:
                    continue
                needed.add((diagnostic.path, comment.line, name))
                if comment.reason or not require_reason:
                    diagnostic = replace(diagnostic, status="suppressed")
        result.append(diagnostic)
    return result, frozenset(needed)


def complaints(
    files: Iterable[SourceFile],
    needed: frozenset[tuple[str, int, str]],
    rules: Sequence[Rule],
    judged: frozenset[str],
    require_reason: bool,
) -> Iterator[Violation]:
    """The comments that name no rule, give no reason, or (for the rules whose ids are in `judged`) match nothing."""
    for file in files:
        for comment in file.facts.suppressions:
            where = Location(file.path, comment.line, comment.column, comment.line, comment.end_column)
            if not comment.rules:
                yield Violation(
                    where,
                    "this suppression names no rule, so it has no effect: write ignore[rule-name] reason",
                )
            for name in comment.rules:
                problem = _problem(name, comment, (file.path, comment.line, name) in needed, rules, judged)
                if not problem and require_reason and not comment.reason:
                    problem = f"ignore[{name}] gives no reason, so it has no effect: write the reason after the bracket"
                if problem:
                    yield Violation(where, problem)


def _problem(
    name: str, comment: Suppression, needed: bool, rules: Sequence[Rule], judged: frozenset[str]
) -> str:
    rule = find_rule(rules, name)
    if rule is None:
        return f"ignore[{name}] names no rule: {suggestion(name, rules)}"
    if not needed and rule.id in judged:
        return f"ignore[{name}] suppresses nothing here: {rule.id} {rule.name} has no finding on this line"
    return ""


def _covered(file: SourceFile) -> dict[int, list[Suppression]]:
    """The comments that count for each line of a file."""
    alone = {comment.line for comment in file.facts.suppressions if comment.own_line}
    by_line: defaultdict[int, list[Suppression]] = defaultdict(list)
    for comment in file.facts.suppressions:
        at = comment.line
        lines = {*range(comment.statement_line, at + 1)}
        if comment.own_line:
            while at in alone:
                at += 1
            lines.add(at)
        for definition in file.facts.definitions:
            if definition.first_line <= at <= definition.line:
                lines.update(range(definition.first_line, definition.line + 1))
        lines.update(imp.line for imp in file.facts.imports if imp.statement_line == at)
        for line in sorted(lines):
            by_line[line].append(comment)
    return dict(by_line)
