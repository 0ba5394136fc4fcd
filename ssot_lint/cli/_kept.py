"""What `check` keeps of a run, and what of it holds for a later one: the output, all findings, or those of some rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ssot_lint import warm
from ssot_lint.cli._baseline import baseline_path
from ssot_lint.cli._place import Place
from ssot_lint.cli._request import Request, findings_key, output_key, rendered
from ssot_lint.recall import content_hash

if TYPE_CHECKING:
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
class Held:
    """Findings of an earlier run where they are now; those of the rules to run `again` may not hold."""

    report: Report
    undecided: Mapping[str, int]
    noted: Noted
    again: frozenset[str]


def what_holds(
    place: Place, request: Request, config: Config, rules: Sequence[Rule], survey: Survey, cache: Cache
) -> warm.Output | Held | None:
    """The output for a tree that says what it said before, in stats, in content, or in facts; or as much of it as holds."""
    if survey.digest is None:
        return None
    if output := warm.output_for(place.root, output_key(place, request), survey.digest):
        return output  # files were touched, and hold what they held
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
        return Held(now, held.undecided, noted, again)
    found = rendered(place, request, rules, now)
    if not survey.is_saved:
        remember(cache, survey, config)
    keep(place, request, config, found, now, (noted, held.undecided), survey)
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


def keep(
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
