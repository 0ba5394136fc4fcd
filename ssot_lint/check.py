"""Run the rules over a project, apply suppressions and the baseline -> `Report`."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ssot_lint.baseline import Baseline, apply, fingerprinted, surplus
from ssot_lint.concepts.claims import claims, funnel
from ssot_lint.concepts.name_matches import below
from ssot_lint.discover import Collision, Discovery
from ssot_lint.errors import PluginError
from ssot_lint.fork import from_both_ends, in_turn
from ssot_lint.model import (
    ConceptSummary,
    Diagnostic,
    Location,
    Related,
    Report,
    Status,
    Summary,
    Violation,
)
from ssot_lint.plugins import find_rule, select, settings_of, suggestion
from ssot_lint.project import Project
from ssot_lint.rule import Rule
from ssot_lint.settings.options import coerce_options
from ssot_lint.suppress import complaints, suppress

UNREADABLE = "SSOT901"
"""The rule under which files that could not be read are reported."""
UNNEEDED = "SSOT902"
"""The rule under which suppressions, settings and baseline entries that match nothing are reported."""

FOLLOWING_BODIES = ("SSOT3", "SSOT5", "SSOT6")
"""The families of rules that follow what function bodies do."""

LINE = ("SSOT2", "SSOT5", "SSOT7", "SSOT9", "SSOT1", "", "SSOT4", "SSOT601", "SSOT602", "SSOT603", "SSOT3")
"""The families in the order in which two processes take rules, from both ends; "" for all others.

Neighbours work out much together. Those in the middle share little, so that it costs nothing who takes them.
"""

Progress = Callable[[str, int, int], None]
Answer = tuple[list[Violation], int]
Answers = dict[int, Answer]
"""What rules found, by their numbers."""
Looks = tuple[set[Any], ...]
"""What the project has noted on the way (`Project.looks`)."""
Both = Callable[
    [Callable[[], Answers], Callable[[], tuple[Answers, Looks]]], tuple[Answers, tuple[Answers, Looks]]
]


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
    both: Both = in_turn,
    known: Mapping[str, Answer] | None = None,
) -> Report:
    """All diagnostics, with the counts of the whole project.

    They are sorted by path, line, column and rule; those of the configuration come first, since they bear on the rest.
    `both` runs two pieces of work, in turn or at once; the answer is the same. `known`: the answers of rules that need
    not run, by their ids.
    """
    settings = settings or Settings()
    answers = project.once(_answers)
    answers.update({_key(rule): known[rule.id] for rule in rules if known and rule.id in known})
    found, undecided = judged(project, rules, settings, progress, both)
    within, changed = below(settings.paths), settings.changed
    reported = (d for d in found if within(d.path) and (changed is None or d.path in changed))
    config = project.config.path
    diagnostics = tuple(sorted(reported, key=lambda item: (item.path != config, _order(item))))
    return Report(diagnostics, summarise(project, diagnostics, settings.paths, undecided))


def judged(
    project: Project,
    rules: Sequence[Rule],
    settings: Settings,
    progress: Progress | None = None,
    both: Both = in_turn,
) -> tuple[list[Diagnostic], int]:
    """All diagnostics of the project, suppressed and baselined ones too, and how much could not be decided."""
    config = project.config
    active = select(rules, config.rules, settings.select, settings.ignore)
    asked = frozenset(rule.id for rule in active)
    found: list[Diagnostic] = []
    undecided = 0
    for rule, (violations, unknown) in _violations(project, active, progress, both):
        undecided += unknown
        if rule.id == UNREADABLE:
            violations = [*violations, *settings.problems]
        found += _diagnostics(rule, violations)
    found, needed = suppress(project.files, found, config.require_reason)
    unneeded = find_rule(active, UNNEEDED)
    if unneeded:
        about = [
            *complaints(project.files, needed, rules, asked - {UNNEEDED}, config.require_reason),
            *_unknown_rules(project, rules),
        ]
        more, _ = suppress(project.files, _diagnostics(unneeded, about), config.require_reason)
        found += more
    found = fingerprinted(sorted(found, key=_order))
    if settings.baseline:
        found = apply(settings.baseline, found)
        if unneeded:
            found += fingerprinted(_diagnostics(unneeded, surplus(settings.baseline, found, asked)))
    return found, undecided


def path_problems(discovery: Discovery, project: Project) -> tuple[Violation, ...]:
    """What discovery left out, and the imported modules that another file of the same name hides.

    A `setup.py` or `conftest.py` in each of several projects hides nothing that anybody imports; nor do the `tests` of
    one project those of another, nor does what has the name of an installed package that is imported.
    """
    hiding = {
        collision.module
        for collision in discovery.collisions
        if not project.table.is_outdone(collision.module)
    }
    above = {module.rpartition(".")[0] for module in hiding}
    asked = {
        name
        for file, source in enumerate(project.files if hiding else ())
        for imp in source.facts.imports
        if not imp.level and (imp.module in hiding or imp.module in above)
        if not project.table.seen_from(imp.module, file)  # whose own source root has it gets that
        for name in (imp.module, f"{imp.module}.{imp.name}")
    }
    roots = {file.path: file.root for file in discovery.files if file.module in hiding}
    left_out = [
        Violation(Location(problem.path), f"left out: {problem.message}", severity="warning")
        for problem in discovery.problems
    ]
    hidden = [
        Violation(
            Location(other),
            f"no import{_from(collision, other, roots)} reaches this file: {collision.module} is {collision.winner}",
            related=(Related(collision.winner, 1, f"this file is {collision.module}"),),
            severity="warning",
        )
        for collision in discovery.collisions
        for other in collision.others
        if collision.module in asked or collision.winner == f"{other.removesuffix('.py')}/__init__.py"
    ]
    return (*left_out, *hidden)


def _from(collision: Collision, other: str, roots: Mapping[str, str]) -> str:
    """From where no import reaches a file that another one hides: from anywhere, where both are in one root."""
    root = roots.get(other)
    if root is None or roots.get(collision.winner) == root:
        return ""
    return " from outside its source root" if root else " from outside its package"


def summarise(
    project: Project, diagnostics: Sequence[Diagnostic], paths: Sequence[str] = (), undecided: int = 0
) -> Summary:
    """The counts of a report: coverage of the whole project, concepts below `paths`, violations among `diagnostics`.

    `undecided` sites of the rules are added to those of the files.
    """
    status: Counter[Status] = Counter(diagnostic.status for diagnostic in diagnostics)
    new = [diagnostic for diagnostic in diagnostics if diagnostic.status == "new"]
    return Summary(
        files=len(project.files),
        lines=sum(file.facts.lines for file in project.files),
        unparsed=sum(file.facts.problem is not None for file in project.files),
        unresolved_imports=unresolved_imports(project),
        undecided=undecided + sum(file.facts.undecided for file in project.files),
        violations=len(new),
        by_rule=dict(sorted(Counter(diagnostic.rule for diagnostic in new).items())),
        concepts=_funnel(project, new, paths),
        suppressed=status["suppressed"],
        baselined=status["baselined"],
    )


def unresolved_imports(project: Project) -> int:
    """How many first-party modules and names import statements ask for in vain, each counted once a statement."""
    return len(
        {
            (file, project.files[file].facts.imports[number].statement_line, answer.targets[0].symbol)
            for file, answers in enumerate(project.resolutions)
            for number, answer in enumerate(answers)
            if answer.targets[0].kind == "unresolved"
        }
    )


def _violations(
    project: Project, rules: Sequence[Rule], progress: Progress | None, both: Both
) -> list[tuple[Rule, Answer]]:
    """What each rule finds, and how much it could not decide.

    Two processes take them from both ends of a line, as far as they share little.
    """
    claims(project)  # what both sets ask for is worked out before they part
    project.users("")
    known = project.once(_answers)
    new = [rule for rule in rules if _key(rule) not in known]
    following = [rule.id.startswith(FOLLOWING_BODIES) for rule in new]
    if len(new) < 2 or (len(new) == len(rules) and len(set(following)) < 2):
        both = in_turn  # what is worked out here stays, for whoever asks the project next
    line = sorted(new, key=_place)
    before = [frozenset(own) for own in project.looks]

    def run(numbers: Iterable[int], progress: Progress | None = None) -> Answers:
        found = {}
        for done, number in enumerate(numbers):
            if progress:
                progress("rules", done, len(line))
            found[number] = _run(project, line[number])
        return found

    def run_from_end() -> tuple[Answers, Looks]:
        found = run(back)
        return found, tuple([own - known for own, known in zip(project.looks, before, strict=True)])

    with from_both_ends(len(line)) as (front, back):  # who is through with its own goes on with the other's
        first, (second, seen) = both(lambda: run(front, progress), run_from_end)
    for own, other in zip(project.looks, seen, strict=True):
        own |= other  # another process may have looked
    left = run([number for number in range(len(line)) if number not in first and number not in second])
    known.update({_key(line[number]): answer for number, answer in (first | second | left).items()})
    return [(rule, known[_key(rule)]) for rule in rules]


def _place(rule: Rule) -> int:
    """Where in `LINE` the family of a rule stands."""
    families = (place for place, family in enumerate(LINE) if family and rule.id.startswith(family))
    return next(families, LINE.index(""))


def undecided_by_rule(project: Project) -> dict[str, int]:
    """How much each rule that has judged the project could not decide, where it is more than nothing."""
    return {name: count for (name, _), (_, count) in project.once(_answers).items() if count}


def _answers(project: Project) -> dict[tuple[str, object], Answer]:
    """What rules have said of the project so far."""
    return {}


def _key(rule: Rule) -> tuple[str, object]:
    """What a rule is known by: rules that share a function may have options of their own."""
    return rule.id, rule.check


def _run(project: Project, rule: Rule) -> Answer:
    config = project.config
    name, settings = settings_of(rule, config.rules)
    options = coerce_options(name, rule.options, settings.options, config)
    try:
        return list(rule.check(project, options)), rule.undecided(project) if rule.undecided else 0
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


def _order(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
    return (diagnostic.path, diagnostic.line, diagnostic.column, diagnostic.rule, diagnostic.message)


def _funnel(project: Project, new: Iterable[Diagnostic], paths: Sequence[str]) -> dict[str, ConceptSummary]:
    violations = Counter(diagnostic.concept for diagnostic in new)
    return {
        name: replace(summary, violations=violations[name])
        for name, summary in funnel(project, paths).items()
    }
