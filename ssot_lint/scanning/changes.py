"""What some files say now that the cache knew otherwise, without reading all others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.scanning.records import IN_PROCESS_BYTES, Reading, decoder, read_files, record_name
from ssot_lint.scanning.survey import UNREADABLE, Survey, sizes_of

if TYPE_CHECKING:
    from ssot_lint.cache import Cache
    from ssot_lint.config import Config
    from ssot_lint.discover import Candidate
    from ssot_lint.model import FileFacts


MANY_FILES = 2000
"""More files than are looked through before everything is linked again."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a file said, and says now."""

    file: Candidate
    old: FileFacts
    new: FileFacts


def changes_since(
    survey: Survey, before: Sequence[bytes], config: Config, cache: Cache
) -> tuple[Change, ...] | None:
    """What the files that changed since they had these contents say, and said; None if that takes a while to tell."""
    from ssot_lint.settings.words import flow_words, words

    files = survey.discovery.files
    now = survey.hashes
    changed = [index for index in range(len(files)) if now[index] != before[index]]
    sizes = sizes_of(survey.stamps, len(files))
    if None in now or UNREADABLE in now or sum(sizes[index] for index in changed) > IN_PROCESS_BYTES:
        return None
    decode = decoder()
    names = {index: record_name(now[index] or b"", files[index]) for index in changed}
    known = cache.load([*names.values(), *(record_name(before[i], files[i]) for i in changed)], decode)
    found = []
    for index in changed:
        file = files[index]
        old, new = known.get(record_name(before[index], file)), known.get(names[index])
        if old is None:
            return None
        if new is None:
            reading = Reading(survey.root, (file.path,), (file.is_test,), words(config), flow_words(config))
            ((key, record),) = read_files(reading)
            if key != now[index]:
                return None  # it was changed a moment ago
            cache.save([(names[index], record)])
            new = decode(record)
        found.append(Change(file, old, new))
    return tuple(found)


def facts_of(paths: Collection[str], survey: Survey, cache: Cache) -> dict[str, FileFacts]:
    """Path -> the facts of a file, as far as the cache has them."""
    pairs = zip(survey.hashes, survey.discovery.files, strict=True)
    names = {file.path: record_name(key, file) for key, file in pairs if key and file.path in paths}
    known = cache.load(names.values(), decoder())
    return {path: known[name] for path, name in names.items() if name in known}


def other_files(
    concerns: Callable[[bytes], bool], survey: Survey, changed: Collection[str], cache: Cache
) -> list[FileFacts] | None:
    """The facts of all files but those that changed whose records are told to be of concern.

    None where that cannot be told, or where they are so many that it takes a while.
    """
    pairs = zip(survey.hashes, survey.discovery.files, strict=True)
    others = [record_name(key, file) for key, file in pairs if key and file.path not in changed]
    return cache.mention(concerns, others, decoder(), MANY_FILES)
