"""What imports stand for, kept from one run to the next: most files, and all that they look into, stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from ssot_lint.linking.answers import ANY, Imported
from ssot_lint.linking.targets import Resolution
from ssot_lint.linking.tells import found_by
from ssot_lint.model import SourceFile
from ssot_lint.recall import content_hash


class Links(msgspec.Struct, frozen=True, array_like=True):
    """`Imported` as numbers: each resolution, and each set of files, stands here once."""

    resolutions: tuple[Resolution, ...]
    imports: tuple[tuple[int, ...], ...]  # for each file, for each of its imports, a number of `resolutions`
    sets: tuple[tuple[int, ...], ...]
    reads: tuple[int, ...]  # for each file, the number in `sets` of the files that its answers depend on
    marks: tuple[bytes, ...]  # for each file, of that by which modules are found in it
    sought: tuple[tuple[int, str], ...]  # what was looked up on the way: see `Project.sought`
    listed: tuple[int, ...]


class Earlier(NamedTuple):
    """What an earlier run has found out that still holds."""

    imported: Imported
    sought: tuple[tuple[int, str], ...] = ()
    listed: tuple[int, ...] = ()

    @property
    def changed(self) -> int:
        """How many files have another text since."""
        return len(self.imported.gone - ANY)


def links_of(
    files: Sequence[SourceFile],
    known: Imported,
    sought: Iterable[tuple[int, str]] = (),
    listed: Iterable[int] = (),
) -> Links:
    """What is known of the imports of files. `sought` and `listed`: what the project has noted meanwhile."""
    resolutions: dict[int, tuple[int, Resolution]] = {}  # by identity: few that are equal are made twice
    sets: dict[frozenset[int], int] = {}
    imports = tuple(
        tuple([resolutions.setdefault(id(item), (len(resolutions), item))[0] for item in answers])
        for answers in known.resolutions
    )
    reads = tuple([sets.setdefault(read, len(sets)) for read in known.reads])
    return Links(
        tuple([item for _, item in resolutions.values()]),
        imports,
        tuple([tuple(sorted(read)) for read in sets]),
        reads,
        tuple([_mark(file) for file in files]),
        tuple(sorted(sought)),
        tuple(sorted(listed)),
    )


def still_known(links: Links, files: Sequence[SourceFile], others: frozenset[int]) -> Earlier | None:
    """What holds for files of the same places, in the order of paths, `others` of which have another text by now.

    None where modules may be found in another way than before, or where the links are of other files.
    """
    if len(files) != len(links.imports) or any(
        _mark(files[number]) != links.marks[number] for number in others
    ):
        return None
    count = [len(file.facts.imports) for file in files]
    if any(len(own) != count[number] for number, own in enumerate(links.imports) if number not in others):
        return None
    table, sets = links.resolutions, [frozenset(read) for read in links.sets]
    imported = Imported(
        tuple([tuple([table[item] for item in own]) for own in links.imports]),
        [sets[read] for read in links.reads],
        others | ANY,
    )
    return Earlier(imported, links.sought, links.listed)


def _mark(file: SourceFile) -> bytes:
    return content_hash(repr(found_by(file)).encode("utf-8", "surrogatepass"))[:8]
