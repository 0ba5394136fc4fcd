"""What `check` prints: the known output, the known findings in another form, or scan, link, check, render."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from ssot_lint import warm
from ssot_lint.cli._baseline import read_baseline
from ssot_lint.cli._kept import Held, keep, what_holds
from ssot_lint.cli._output import progress
from ssot_lint.cli._place import Place
from ssot_lint.cli._project import Means, processes, read_project
from ssot_lint.cli._request import Request, rendered
from ssot_lint.cli._stdout import say

if TYPE_CHECKING:
    from ssot_lint.baseline import Baseline
    from ssot_lint.config import Config
    from ssot_lint.rule import Rule
    from ssot_lint.scan import Scan
    from ssot_lint.scanning.survey import Survey


def run(place: Place, request: Request, means: Means) -> warm.Output:
    """What `check` prints, and the status it leaves with. Says on standard error what is said of the run itself."""
    import pathspec  # noqa: F401 (what decides the answer is watched: also where another process looks)

    from ssot_lint.fork import at_once, in_turn
    from ssot_lint.plugins import load_rules, select
    from ssot_lint.settings.loading import load

    gc.disable()  # facts hold no cycles, and the process ends when the report is out
    config = load(place.root, place.config)
    survey = fresh = held = None
    if not means.use_cache:
        from ssot_lint.scanning.survey import look

        both = at_once if means.jobs != 1 else in_turn
        rules, fresh = both(load_rules, partial(look, place.root, config))
    elif request.since or request.verbose:
        rules = load_rules()
    else:
        from ssot_lint.scanning.survey import is_large

        both = at_once if means.jobs != 1 and is_large(place.root, config) else in_turn
        rules, survey = both(load_rules, partial(_look, place, config))
    select(rules, config.rules, request.select, request.ignore)  # a misspelt rule is told before the work
    baseline = read_baseline(place, config, request.baseline)
    if survey is not None:
        from ssot_lint.scan import open_cache

        with open_cache(place.root, config) as cache:
            found = what_holds(place, request, config, rules, survey, cache)
        if isinstance(found, warm.Output):
            return found
        held = found
    return _worked_out(place, request, means, config, rules, baseline, survey or fresh, held)


def _look(place: Place, config: Config) -> Survey:
    from ssot_lint.scan import open_cache
    from ssot_lint.scanning.survey import look

    with open_cache(place.root, config) as cache:
        return look(place.root, config, cache)


def _worked_out(
    place: Place,
    request: Request,
    means: Means,
    config: Config,
    rules: Sequence[Rule],
    baseline: Baseline | None,
    survey: Survey | None,
    held: Held | None,
) -> warm.Output:
    """What is found by looking: all of it, or what the rules to run again find beside what holds."""
    from ssot_lint.check import Settings, check, path_problems, undecided_by_rule
    from ssot_lint.cli._links import keep_links
    from ssot_lint.concepts.name_matches import below
    from ssot_lint.fork import at_once, in_turn
    from ssot_lint.incremental.carried import carried

    started = perf_counter()
    changed = None
    if request.since:
        from ssot_lint.cli._git import changed_since

        changed = changed_since(place.root, request.since)
    with progress(means.shows_progress) as draw:
        opened = read_project(place, config, means, draw, survey)
        read = perf_counter()
        settings = Settings(
            request.select,
            request.ignore,
            place.paths,
            changed,
            baseline,
            path_problems(opened.scan.discovery, opened.project),
        )
        both = at_once if processes(opened, means.jobs) > 1 else in_turn
        known = carried(held.report.diagnostics, held.undecided, rules, held.again) if held else None
        report = check(opened.project, rules, settings, draw, both, known)
    checked = perf_counter()
    found = rendered(place, request, rules, report)
    paths = [file.path for file in opened.scan.files]
    empty = [path for path in place.paths if not any(map(below([path]), paths))]
    if not paths and not empty:  # a job that looks at the wrong folder would never be red
        empty = [str(place.root)]
    if means.use_cache:
        keep_links(place, opened.scan, opened.project, opened.earlier)
    if means.use_cache and changed is None and not empty:
        from ssot_lint.incremental.noted import joined, noted

        looks = noted(opened.project)
        looks = joined(held.noted, looks) if held else looks
        keep(place, request, config, found, report, (looks, undecided_by_rule(opened.project)), opened.scan)
    if not request.quiet:
        for note in (*opened.notes, *(f"{path}: no Python file of the project is there" for path in empty)):
            say(f"ssot-lint: {note}")
    if request.verbose:
        _tell_times(place, opened.scan, started, read, checked)
    return found


def _tell_times(place: Place, scan: Scan, started: float, read: float, checked: float) -> None:
    """Say on standard error where the time went; the report was rendered since it was `checked`."""
    from_cache = f"{scan.from_cache:,} of {len(scan.files):,} files from the cache"
    say(
        f"ssot-lint: root {place.root}; {from_cache}; read in {read - started:.2f} s,"
        f" checked in {checked - read:.2f} s, rendered in {perf_counter() - checked:.2f} s"
    )
