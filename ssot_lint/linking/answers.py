"""Answers that are kept, each with the files it looked into: a change of other files leaves it as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ssot_lint.linking.targets import Resolution

Key = tuple[object, ...]
"""What was asked: (file, name), (module, name) or (file, name, scope)."""

ANY = frozenset({-1})
"""Stands for the files that an answer may depend on where they are not told one by one."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What the imports of each file stand for, and the files that this depends on."""

    resolutions: tuple[tuple[Resolution, ...], ...]
    reads: Sequence[frozenset[int]]
    gone: frozenset[int] = ANY  # the files that are other ones since; nothing holds that may depend on any

    def holds(self, file: int) -> bool:
        """Do a file's imports stand for what they did before files were changed?"""
        return file not in self.gone and self.gone.isdisjoint(self.reads[file])

    def after(self, changed: frozenset[int]) -> Imported:
        """The same once more files are changed."""
        return Imported(self.resolutions, self.reads, self.gone | changed)


class Answers:
    """What has been found out of one project. It fills as questions are asked."""

    def __init__(self, imported: Imported | None = None) -> None:
        self._found: dict[Key, tuple[Resolution, frozenset[int]]] = {}
        self._looking: list[set[int]] = []  # for each answer being worked out, the files it has looked into
        self._sets: dict[frozenset[int], frozenset[int]] = {}  # one object for sets of files that are equal
        self._earlier = imported  # of a project before files were changed
        self._imported: Imported | None = None
        self._by_file: dict[object, dict[int, Any]] = {}

    def known(self, key: Key) -> Resolution | None:
        """The answer that is kept; whoever asks depends on what it depends on."""
        found = self._found.get(key)
        if found is None:
            return None
        answer, files = found
        if files and self._looking:
            self._looking[-1].update(files)
        return answer

    def keep(self, key: Key, answer: Resolution, files: frozenset[int]) -> None:
        """Notes an answer that depends on files."""
        self._found[key] = answer, self._sets.setdefault(files, files)

    def noted(self, key: Key, work: Callable[[], Resolution]) -> Resolution:
        """An answer as it is worked out, and kept with the files it looked into."""
        self.begin()
        try:
            answer = work()
        finally:
            files = self.end()
        self.keep(key, answer, files)
        return answer

    # -- which files an answer looks into

    def begin(self, files: Iterable[int] = ()) -> None:
        """From here on the files that are looked into are those of one answer."""
        self._looking.append(set(files))

    def look_into(self, files: Iterable[int]) -> None:
        """The answer that is being worked out depends on these files."""
        if self._looking:
            self._looking[-1].update(files)

    def end(self) -> frozenset[int]:
        """The files that the answer looked into; the one around it depends on them too."""
        files = self._looking.pop()
        if self._looking:
            self._looking[-1] |= files
        return frozenset(files)

    @property
    def depth(self) -> int:
        """How many answers are being worked out."""
        return len(self._looking)

    def abandon(self, depth: int) -> None:
        """Forget those that have been begun within so many others."""
        del self._looking[depth:]

    # -- of one file

    def imports(
        self, count: int, work: Callable[[int], tuple[Resolution, ...]]
    ) -> tuple[tuple[Resolution, ...], ...]:
        """What the imports of each file stand for: as known, where that cannot have changed, else worked out."""
        earlier, self._earlier = self._earlier, None
        found: list[tuple[Resolution, ...]] = []
        reads: list[frozenset[int]] = []
        for file in range(count):
            if earlier is not None and earlier.holds(file):
                found.append(earlier.resolutions[file])
                reads.append(earlier.reads[file])
                continue
            self._looking.append(set())
            found.append(work(file))
            read = frozenset(self._looking.pop())
            reads.append(self._sets.setdefault(read, read))
        self._imported = Imported(tuple(found), reads)
        return self._imported.resolutions

    @property
    def imported(self) -> Imported | None:
        """What the imports of all files stand for; None as long as nobody has asked."""
        return self._imported

    def by_file(self, key: object) -> dict[int, Any]:
        """What follows from a file's own text and from what its imports stand for, as far as it is known."""
        try:
            return self._by_file[key]
        except KeyError:
            return self._by_file.setdefault(key, {})

    def after(self, changed: frozenset[int]) -> Answers:
        """Those of a project that differs from this one in the text of some files."""
        known = self._imported if self._imported is not None else self._earlier
        after = Answers(known.after(changed) if known is not None else None)
        gone = changed | ANY
        after._found = {key: item for key, item in self._found.items() if gone.isdisjoint(item[1])}
        if self._imported is not None and after._earlier is not None:
            same = {file for file in range(len(self._imported.reads)) if after._earlier.holds(file)}
            for key, table in self._by_file.items():
                after._by_file[key] = {file: table[file] for file in same & table.keys()}
        return after
