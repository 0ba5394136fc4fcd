"""What makes a finding the same finding tomorrow: its fingerprint, and the file of those that were adopted.

The baseline is a ratchet: an entry that occurs less often than it says is reported, until the file is pruned.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from ssot_lint.errors import ConfigError
from ssot_lint.model import Diagnostic, Location, Violation

DEFAULT_PATH = "ssot-lint-baseline.json"
"""The baseline that is used when it exists and no other is named."""

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Entry:
    """So many findings of one rule in one file about one thing."""

    fingerprint: str  # of the first of them
    rule: str
    path: str
    about: str  # the symbol, or the message without its numbers
    count: int
    line: int = 1  # in the baseline file


@dataclass(frozen=True, slots=True)
class Baseline:
    path: str  # relative to the project root, with "/"
    entries: tuple[Entry, ...] = ()


def fingerprinted(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Give each diagnostic a fingerprint that depends on its rule, file, symbol and order, not on its line."""
    seen: Counter[str] = Counter()
    result = []
    for diagnostic in diagnostics:
        first = _fingerprint(diagnostic)
        ordinal = seen[first]
        seen[first] += 1
        fingerprint = first if not ordinal else _digest(first, str(ordinal))
        result.append(replace(diagnostic, fingerprint=fingerprint))
    return result


def parse(source: bytes, path: str) -> Baseline:
    """Read a baseline file. Raises ConfigError when it is not one."""
    try:
        text = source.decode()
        data = json.loads(text)
        version = data["schema_version"]
        rows = _joined(_entry(row) for row in data["violations"]) if version == 1 else ()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError(
            f"{path}: not a baseline: {type(error).__name__}: {error}",
            "expected the file that `ssot-lint baseline` writes; delete it and run that command again",
        ) from error
    if version != 1:
        raise ConfigError(f"{path}: baseline of schema version {version!r}, expected 1", "update ssot-lint")
    lines = {
        match[1]: text.count("\n", 0, match.start()) + 1 for match in re.finditer(r'"([0-9a-f]{16})"', text)
    }
    return Baseline(path, tuple(replace(row, line=lines.get(row.fingerprint, 1)) for row in rows))


def render(baseline: Baseline) -> str:
    """The baseline as JSON, one entry a line, so that a diff shows what came and went."""
    rows = [
        json.dumps(
            {
                "fingerprint": e.fingerprint,
                "rule": e.rule,
                "path": e.path,
                "about": e.about,
                "count": e.count,
            },
            ensure_ascii=False,
        )
        for e in baseline.entries
    ]
    body = ",\n  ".join(rows)
    return f'{{"schema_version": 1,\n "violations": [{chr(10) + "  " + body if rows else ""}]}}\n'


def adopt(diagnostics: Iterable[Diagnostic], path: str) -> Baseline:
    """A baseline of all these diagnostics but the suppressed ones."""
    counts: dict[str, Entry] = {}
    for diagnostic in diagnostics:
        if diagnostic.status == "suppressed":
            continue
        key = _fingerprint(diagnostic)
        known = counts.get(key)
        count = known.count + 1 if known else 1
        counts[key] = Entry(key, diagnostic.rule, diagnostic.path, _about(diagnostic), count)
    order = sorted(
        counts.values(), key=lambda entry: (entry.path, entry.rule, entry.about, entry.fingerprint)
    )
    return Baseline(path, tuple(order))


def prune(baseline: Baseline, diagnostics: Iterable[Diagnostic]) -> Baseline:
    """The baseline without what no longer occurs, counts lowered to what does. Nothing is added."""
    today = {entry.fingerprint: entry.count for entry in adopt(diagnostics, baseline.path).entries}
    kept = (replace(e, count=min(e.count, today.get(e.fingerprint, 0))) for e in baseline.entries)
    return replace(baseline, entries=tuple(entry for entry in kept if entry.count))


def apply(baseline: Baseline, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Mark as baselined as many findings of each kind as the baseline holds, the first ones of a file first."""
    left = {entry.fingerprint: entry.count for entry in baseline.entries}
    result = []
    for diagnostic in diagnostics:
        key = _fingerprint(diagnostic)
        if diagnostic.status == "new" and left.get(key):
            left[key] -= 1
            diagnostic = replace(diagnostic, status="baselined")
        result.append(diagnostic)
    return result


def surplus(baseline: Baseline, diagnostics: Iterable[Diagnostic], judged: frozenset[str]) -> list[Violation]:
    """The entries that hold more than occurs, of the rules whose ids are in `judged`."""
    found = Counter(_fingerprint(d) for d in diagnostics if d.status == "baselined")
    return [
        Violation(
            Location(baseline.path, entry.line),
            f"the baseline holds {entry.count} of {entry.rule} in {entry.path} ({entry.about}),"
            f" {found[entry.fingerprint] or 'none'} left: run `ssot-lint baseline --prune`",
        )
        for entry in baseline.entries
        if entry.rule in judged and found[entry.fingerprint] < entry.count
    ]


def _joined(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """One entry for each fingerprint: a merge of two branches may leave it twice, which is one too many."""
    found: dict[str, Entry] = {}
    for entry in entries:
        known = found.get(entry.fingerprint)
        found[entry.fingerprint] = replace(entry, count=entry.count + known.count) if known else entry
    return tuple(found.values())


def _entry(row: Mapping[str, object]) -> Entry:
    count = int(str(row["count"]))
    if count < 1:
        raise ValueError(f"an entry of {row['path']} has the count {count}, expected 1 or more")
    return Entry(
        fingerprint=str(row["fingerprint"]),
        rule=str(row["rule"]),
        path=str(row["path"]),
        about=str(row["about"]),
        count=count,
    )


def kind(diagnostic: Diagnostic) -> str:
    """What the findings of one rule in one file about one thing have in common: the fingerprint of the first."""
    return _fingerprint(diagnostic)


def _fingerprint(diagnostic: Diagnostic) -> str:
    return _digest(diagnostic.rule, diagnostic.path, _about(diagnostic))


def _about(diagnostic: Diagnostic) -> str:
    return diagnostic.symbol or _NUMBER.sub("#", diagnostic.message)


def _digest(*parts: str) -> str:
    return blake2b("\0".join(parts).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
