"""What `check` prints: the known output, the known findings in another form, or scan, link, check, render."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from ssot_lint import warm
from ssot_lint.cli._output import encoded, progress
from ssot_lint.cli._place import Place, source_lines
from ssot_lint.cli._project import Means, processes, read_project
from ssot_lint.cli._stdout import say
from ssot_lint.errors import UsageError
from ssot_lint.recall import content_hash, read_file

if TYPE_CHECKING:
    from ssot_lint.baseline import Baseline
    from ssot_lint.cache import Cache
    from ssot_lint.config import Config
    from ssot_lint.incremental.noted import Noted
    from ssot_lint.incremental.unseen import Unseen
    from ssot_lint.model import Report
    from ssot_lint.rule import Rule
    from ssot_lint.scan import Scan
    from ssot_lint.scanning.changes import Change
    from ssot_lint.scanning.survey import Survey

BUILT_IN = "ssot_lint.rules."
"""Where the rules are of which it is known what they do not see."""


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


def run(place: Place, request: Request, means: Means) -> warm.Output:
    """What `check` prints, and the status it leaves with. Says on standard error what is said of the run itself."""
    import pathspec  # noqa: F401 (what decides the answer is watched: also where another process looks)

    from ssot_lint.config import load
    from ssot_lint.fork import at_once, in_turn
    from ssot_lint.plugins import load_rules, select

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
            found = _known(place, request, config, rules, survey, cache)
        if isinstance(found, warm.Output):
            return found
        held = found
    return _worked_out(place, request, means, config, rules, baseline, survey or fresh, held)


def _look(place: Place, config: Config) -> Survey:
    from ssot_lint.scan import open_cache
    from ssot_lint.scanning.survey import look

    with open_cache(place.root, config) as cache:
        return look(place.root, config, cache)


@dataclass(frozen=True, slots=True)
class _Held:
    """Findings of an earlier run where they are now; those of the rules to run `again` may not hold."""

    report: Report
    undecided: Mapping[str, int]
    noted: Noted
    again: frozenset[str]


def _known(
    place: Place, request: Request, config: Config, rules: Sequence[Rule], survey: Survey, cache: Cache
) -> warm.Output | _Held | None:
    """The output for a tree that says what it said before, in stats, in content, or in facts; or as much of it as holds."""
    if survey.digest is None:
        return None
    if known := warm.output_for(place.root, output_key(place, request), survey.digest):
        return known  # files were touched, and hold what they held
    kept = warm.found_for("findings", place.root, findings_key(place, request), survey.shape)
    if kept is None or place.paths:
        return None
    from msgspec.msgpack import decode

    from ssot_lint.incremental.brought import looked_into
    from ssot_lint.incremental.moved import Shift, moved
    from ssot_lint.incremental.noted import Kept, recounted, widened
    from ssot_lint.incremental.unseen import counted
    from ssot_lint.model import Report
    from ssot_lint.scanning.survey import remember

    held = decode(kept[0], type=Kept)
    seen = _unseen(held.noted, kept[1], config, rules, survey, cache)
    if seen is None:
        return None
    differences, again = seen
    noted = recounted(held.noted, counted(differences))
    shifts = {item.file.path: Shift(item.lines, item.ends) for item in differences}
    now = moved(decode(held.report, type=Report), shifts, sum(item.added for item in differences))
    if now is None or noted is None:
        return None
    noted = widened(noted, looked_into(differences, survey.discovery))
    if again:
        return _Held(now, held.undecided, noted, again)
    found = _rendered(place, request, rules, now)
    if not survey.is_saved:
        remember(cache, survey, config)
    _keep(place, request, config, found, now, (noted, held.undecided), survey)
    return found


def _unseen(
    noted: Noted, before: Sequence[bytes], config: Config, rules: Sequence[Rule], survey: Survey, cache: Cache
) -> tuple[Sequence[Unseen], frozenset[str]] | None:
    """How files differ from what they were with the contents `before`, and the ids of the rules that may see it.

    None if it may be any rule.
    """
    from ssot_lint.incremental.asking import Wanted, as_met, asks, may_ask, may_meet
    from ssot_lint.incremental.brought import binds_plainly, homes, seen_by
    from ssot_lint.incremental.passages import moved_lines
    from ssot_lint.incremental.unseen import Unseen, is_asked_for, unseen
    from ssot_lint.scanning.changes import changes_since, facts_of, other_files

    changes = changes_since(survey, before, config, cache)
    if changes is None:
        return None
    if not all(rule.check.__module__.startswith(BUILT_IN) for rule in rules):
        looked_at = noted.quoted | noted.proofread | noted.searched.keys() | noted.passages.keys()
        same = all(item.old == item.new and item.file.path not in looked_at for item in changes)
        plain = [Unseen(item.file, {}, 0, item.new, Wanted("")) for item in changes]
        return (plain, frozenset()) if same else None
    found = []
    for change in changes:
        difference = unseen(change.file, change.old, change.new, noted, config)
        if difference is None or not _says_no_more(change, noted, survey, config):
            return None
        if difference.lines and (read := noted.passages.get(change.file.path)):
            lines = {**moved_lines(change.old, change.new, read), **difference.lines}
            difference = replace(difference, lines=lines)
        found.append(difference)
    if is_asked_for(found, survey.discovery, config):
        return None
    offered = homes(found, survey.discovery, noted)
    if offered is None:
        return None
    known = facts_of({home.path for home in offered}, survey, cache)
    for home, names in offered.items():
        if home.path not in known or not all(binds_plainly(known[home.path], name) for name in names):
            return None
    changed = {item.file.path for item in found}
    look = partial(other_files, survey=survey, changed=changed, cache=cache)
    glance = may_meet([item.wanted for item in found])
    near = look(glance) if glance is not None else ()
    if near is None:
        return None
    rests = {item.file.path: [one.rest for one in found if one is not item] for item in found}
    met = {item.file.path: as_met(item.wanted, (*near, *rests[item.file.path])) for item in found}
    wanted = {path: item for path, item in met.items() if item is not None}
    glance = may_ask(wanted.values())
    others = look(glance) if glance is not None else ()
    if others is None or len(wanted) < len(met):
        return None
    if any(asks(facts, item) for path, item in wanted.items() for facts in (*others, *rests[path])):
        return None
    again = frozenset().union(*(item.again for item in found))
    return found, again | seen_by(found, offered, noted)


def _says_no_more(change: Change, noted: Noted, survey: Survey, config: Config) -> bool:
    """Do the names for which a file was searched stand where its facts say it, and else only where what was read again is
    the same? And is nothing else nearly an event, if that was looked for?"""
    from ssot_lint.events.vocabulary import misspelt_by
    from ssot_lint.incremental.passages import are_the_same

    path = change.file.path
    names, read = noted.searched.get(path, frozenset()), noted.passages.get(path, {})
    if not names and not read and path not in noted.proofread:
        return True
    try:
        source = (survey.root / path).read_bytes()
    except OSError:
        return False  # it was changed a moment ago
    if path in noted.proofread and not misspelt_by(source, config) <= names:
        return False
    index = survey.discovery.files.index(change.file)
    return content_hash(source) == survey.hashes[index] and are_the_same(change.new, source, read, names)


def _worked_out(
    place: Place,
    request: Request,
    means: Means,
    config: Config,
    rules: Sequence[Rule],
    baseline: Baseline | None,
    survey: Survey | None,
    held: _Held | None,
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
    found = _rendered(place, request, rules, report)
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
        _keep(place, request, config, found, report, (looks, undecided_by_rule(opened.project)), opened.scan)
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


def _rendered(place: Place, request: Request, rules: Sequence[Rule], report: Report) -> warm.Output:
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


# --- what is kept ---------------------------------------------------------------------------------------


def _keep(
    place: Place,
    request: Request,
    config: Config,
    found: warm.Output,
    report: Report,
    beside: tuple[Noted, Mapping[str, int]],
    scan: Scan | Survey,
) -> None:
    """Keep the output and the findings; `beside`: what was noted, and how much each rule could not decide."""
    from msgspec import Raw
    from msgspec.msgpack import encode

    from ssot_lint.incremental.noted import Kept

    baseline = baseline_path(place, config, request.baseline)
    watched = [*place.watched, *scan.inputs, str(baseline)]
    view, digest = scan.view, scan.digest or b""
    warm.store_output(
        place.root, output_key(place, request), found, view=view, digest=digest, watched=watched
    )
    if not place.paths:
        hashes = [key or b"" for key in scan.hashes]
        key = findings_key(place, request)
        record = encode(Kept(beside[0], dict(beside[1]), Raw(encode(report))))
        warm.store_found(
            "findings", place.root, key, record, shape=scan.shape, hashes=hashes, watched=watched
        )


def baseline_path(place: Place, config: Config, named: str | None) -> Path:
    """Where the baseline is, or would be: as named, else as configured, else beside the configuration."""
    from ssot_lint.baseline import DEFAULT_PATH

    if named:
        return Path(named).absolute()
    return place.root / (config.baseline or DEFAULT_PATH)


def read_baseline(place: Place, config: Config, named: str | None) -> Baseline | None:
    """The baseline that is named or configured, or the one at the default place if it exists."""
    from ssot_lint.baseline import parse

    path = baseline_path(place, config, named)
    try:
        source = read_file(path)
    except FileNotFoundError:
        if named is None and config.baseline is None:
            return None
        raise UsageError(f"baseline {path} does not exist", "`ssot-lint baseline` writes it") from None
    except OSError as error:
        raise UsageError(f"baseline {path} cannot be read: {error.strerror}") from error
    relative = path.relative_to(place.root) if path.is_relative_to(place.root) else path
    return parse(source, relative.as_posix())
