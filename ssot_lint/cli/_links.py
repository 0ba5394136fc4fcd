"""What imports stand for, kept beside the reports for the next run over most of the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import DecodeError
from msgspec.msgpack import decode, encode

from ssot_lint import warm
from ssot_lint.linking.kept import Earlier, Links, still_known
from ssot_lint.scanning.survey import UNREADABLE

if TYPE_CHECKING:
    from ssot_lint.cli._place import Place
    from ssot_lint.project import Project
    from ssot_lint.scan import Scan

WORTH_KEEPING = 1000
"""Files from which on reading what imports stand for gains more than it costs."""

MOST_BEHIND = 100
"""So many files may have changed since links were kept before they are kept anew, which costs 0.1 s for 9,000 files."""


def earlier_links(place: Place, found: Scan) -> Earlier | None:
    """What an earlier run has found out of the same modules, as far as it holds."""
    if len(found.files) < WORTH_KEEPING or len(found.files) != len(found.hashes):
        return None
    kept = warm.found_for("links", place.root, _key(place), found.shape)
    if kept is None or len(kept[1]) != len(found.hashes):
        return None
    try:
        links = decode(kept[0], type=Links)
    except DecodeError:
        return None
    pairs = enumerate(zip(kept[1], found.hashes, strict=True))
    changed = frozenset([number for number, (old, new) in pairs if old != new or new == UNREADABLE])
    return still_known(links, found.files, changed)


def keep_links(place: Place, found: Scan, project: Project, earlier: Earlier | None) -> None:
    """Keep what imports stand for, unless what is kept, `earlier`, is nearly that."""
    if len(found.files) < WORTH_KEEPING or (earlier is not None and earlier.changed <= MOST_BEHIND):
        return
    links = project.links
    if links is None:
        return
    warm.store_found(
        "links",
        place.root,
        _key(place),
        encode(links),
        shape=found.shape,
        hashes=found.hashes,
        watched=[*place.watched, *found.inputs],
    )


def _key(place: Place) -> list[object]:
    return ["links", place.config and str(place.config)]
