"""Run the rules over a project, apply suppressions and the baseline -> `Report`."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.baseline import Baseline, apply, fingerprinted, surplus
from ssot_lint.config import RuleSettings
from ssot_lint.errors import PluginError
from ssot_lint.model import (
    Claim,
    ConceptSummary,
    Diagnostic,
    Location,
    Report,
    Status,
    Summary,
    Violation,
)
from ssot_lint.plugins import find_rule, select, suggestion
from ssot_lint.project import Project
from ssot_lint.rule import Rule
from ssot_lint.suppress import complaints, suppress

UNREADABLE = "SSOT901"
"""The rule under which files that could not be read are reported."""
UNNEEDED = "SSOT902"
"""The rule under which suppressions, settings and baseline entries that match nothing are reported."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What to report. None of it changes what is linked."""

    select: tuple[str, ...] = ()  # ids, names, prefixes of ids; empty: all that are on
    ignore: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()  # files and folders relative to the project root; empty: everything
    changed: frozenset[str] | None = None  # only these files; None: no such limit
    baseline: Baseline | None = None
    problems: tuple[Violation, ...] = ()  # what discovery could not read


def check(
    project: Project,
    rules: Sequence[Rule],
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Report:
    """All diagnostics, sorted by path, line, column and rule, with the counts of the whole project."""
    settings = settings or Settings()
    config = project.config
    active = select(rules, config.rules, settings.select, settings.ignore)
    judged = frozenset(rule.id for rule in active)
    found: list[Diagnostic] = []
    for number, rule in enumerate(active):
        if progress:
            progress("rules", number, len(active))
        violations = list(_run(project, rule))
        if rule.id == UNREADABLE:
            violations += settings.problems
        found += _diagnostics(rule, violations)
    found, needed = suppress(project.files, found, config.require_reason)
    unneeded = find_rule(active, UNNEEDED)
    if unneeded:
        about = [
            *complaints(project.files, needed, rules, judged - {UNNEEDED}, config.require_reason),
            *_unknown_rules(project, rules),
        ]
        more, _ = suppress(project.files, _diagnostics(unneeded, about), config.require_reason)
        found += more
    found = fingerprinted(sorted(found, key=_order))
    if settings.baseline:
        found = apply(settings.baseline, found)
        if unneeded:
            found += fingerprinted(_diagnostics(unneeded, surplus(settings.baseline, found, judged)))
    reported = _reported(settings, {diagnostic.path for diagnostic in found})
    diagnostics = tuple(sorted((d for d in found if d.path in reported), key=_order))
    return Report(diagnostics, summarise(project, diagnostics))


def summarise(project: Project, diagnostics: Sequence[Diagnostic]) -> Summary:
    """The counts of a report: coverage and concepts of the whole project, violations of `diagnostics`."""
    status: Counter[Status] = Counter(diagnostic.status for diagnostic in diagnostics)
    new = [diagnostic for diagnostic in diagnostics if diagnostic.status == "new"]
    return Summary(
        files=len(project.files),
        lines=sum(file.facts.lines for file in project.files),
        unparsed=sum(file.facts.problem is not None for file in project.files),
        unresolved_imports=unresolved_imports(project),
        undecided=sum(file.facts.undecided for file in project.files),
        violations=len(new),
        by_rule=dict(sorted(Counter(diagnostic.rule for diagnostic in new).items())),
        concepts=_funnel(*_claims(project), new),
        suppressed=status["suppressed"],
        baselined=status["baselined"],
    )


def unresolved_imports(project: Project) -> int:
    """How many names of import statements stand for nothing: first-party, and no module or name satisfies them."""
    return sum(
        project.resolve_import(number, imp).target.kind == "unresolved"
        for number, file in enumerate(project.files)
        for imp in file.facts.imports
    )


def _claims(
    project: Project,
) -> tuple[Mapping[str, Sequence[Claim]], Mapping[str, Mapping[str, tuple[int, int]]]]:
    try:
        from ssot_lint.claims import claims, name_matches
    except ImportError:  # FIXME: until claims.py is there
        return {}, {}
    return claims(project), name_matches(project)


def _run(project: Project, rule: Rule) -> Iterable[Violation]:
    config = project.config
    settings = config.rules.get(rule.name) or config.rules.get(rule.id) or RuleSettings()
    try:
        from ssot_lint.config import coerce_options  # type: ignore[attr-defined]

        options = coerce_options(rule.name, rule.options, settings.options, config)
    except ImportError:  # FIXME: until config.py has it
        options = rule.options(
            **{
                k.replace("-", "_"): tuple(v) if isinstance(v, list) else v
                for k, v in settings.options.items()
            }
        )
    try:
        return list(rule.check(project, options))
    except Exception as error:  # a plugin may raise anything; the report says which, and where
        frame = traceback.extract_tb(error.__traceback__)[-1]
        raise PluginError(
            f"rule {rule.id} {rule.name} failed at {frame.filename}:{frame.lineno}: {type(error).__name__}: {error}",
            f"this is a bug in the rule; `--ignore {rule.name}` leaves it out, `--verbose` shows the traceback",
        ) from error


def _diagnostics(rule: Rule, violations: Iterable[Violation]) -> list[Diagnostic]:
    return [
        Diagnostic(
            rule=rule.id,
            name=rule.name,
            severity=v.severity or rule.severity,
            status="new",
            path=v.location.path,
            line=v.location.line,
            column=v.location.column,
            end_line=v.location.end_line or v.location.line,
            end_column=v.location.end_column or v.location.column,
            message=v.message,
            concept=v.concept,
            symbol=v.symbol,
            canonical=v.canonical,
            verdict=v.verdict,
            reasons=v.reasons,
            fix=v.fix,
            related=v.related,
        )
        for v in violations
    ]


def _unknown_rules(project: Project, rules: Sequence[Rule]) -> Iterable[Violation]:
    config = project.config
    for key in sorted(config.rules):
        if config.path and find_rule(rules, key) is None:
            where = Location(config.path, config.lines.get(f"rules.{key}", 1))
            yield Violation(where, f"[rules.{key}] names no rule: {suggestion(key, rules)}")


def _reported(settings: Settings, paths: Iterable[str]) -> frozenset[str]:
    """Those of `paths` that the command line asks about."""
    return frozenset(
        path
        for path in paths
        if (settings.changed is None or path in settings.changed)
        and (not settings.paths or any(_within(path, folder) for folder in settings.paths))
    )


def _within(path: str, folder: str) -> bool:
    return folder in ("", ".") or path == folder or path.startswith(folder.rstrip("/") + "/")


def _order(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
    return (diagnostic.path, diagnostic.line, diagnostic.column, diagnostic.rule, diagnostic.message)


def _funnel(
    found: Mapping[str, Sequence[Claim]],
    names: Mapping[str, Mapping[str, tuple[int, int]]],
    new: Iterable[Diagnostic],
) -> dict[str, ConceptSummary]:
    violations = Counter(diagnostic.concept for diagnostic in new)
    return {
        concept: ConceptSummary(
            claims=len(found[concept]),
            files=len({claim.path for claim in found[concept]}),
            by_kind=dict(sorted(Counter(str(claim.kind) for claim in found[concept]).items())),
            violations=violations[concept],
            names=dict(names.get(concept, {})),
        )
        for concept in found
    }
