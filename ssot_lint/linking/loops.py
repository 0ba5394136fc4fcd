"""Names that stand for each other: a loop of re-exports ends, with one answer for each name, whatever its length.

The names that depend on each other are found as Tarjan finds strongly connected components (SIAM J. Comput. 1972).
Within such a loop the answer for a name depends on where the loop was entered, so a name keeps the answer it has
when it is itself the entry, whatever was asked before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ssot_lint.linking.answers import ANY, Answers
from ssot_lint.linking.targets import Resolution, unresolved
from ssot_lint.model import SourceFile

Name = tuple[int, str]
"""A file, and a name in its module."""
LookUp = Callable[[int, str], Resolution]

LOOP = unresolved("")
"""What a name is while it is being resolved."""

_MAX_HOPS = 50


class _TooDeepError(Exception):
    """A chain of re-exports longer than the stack should carry."""

    def __init__(self, name: Name) -> None:
        super().__init__(name)
        self.name = name


class Loops:
    """Where the resolution of names stands."""

    def __init__(self, files: Sequence[SourceFile], answers: Answers) -> None:
        self._files, self._answers = files, answers
        self.open: dict[Name, int] = {}
        """The names being resolved, with their place on the stack."""
        self._lowest: list[int] = []  # for each of them, the lowest place that its answer has touched
        self._behind: list[frozenset[int]] = []  # and the loops that its answer went through
        self._waiting: dict[Name, tuple[Resolution, int]] = {}  # answers that hold within the loop only
        self._unsettled: list[Name] = []
        self._loop: dict[Name, int] = {}  # the loop a name is known to belong to
        self._same: dict[int, frozenset[int]] = {}  # the loops that have turned out to be one with a loop
        self._through: dict[Name, frozenset[int]] = {}  # the loops that a kept answer went through
        self._entered: set[int] = set()

    def resolve(self, file: int, name: str, look_up: LookUp) -> Resolution:
        """What a name stands for. `look_up` is asked for those that are not known, and asks here for others."""
        if self.open:
            return self._step((file, name), look_up)
        pending = [(file, name)]
        around = self._answers.depth
        while True:
            try:
                answer = self._step(pending[-1], look_up)
            except _TooDeepError as error:  # the far end of a long chain first, on a fresh stack
                self._abandon()
                self._answers.abandon(around)
                if error.name in pending:
                    self._answers.keep(error.name, self._missing(*error.name), ANY)
                else:
                    pending.append(error.name)
                continue
            pending.pop()
            if not pending:
                return answer

    def _step(self, key: Name, look_up: LookUp) -> Resolution:
        answers = self._answers
        through = self._through.get(key)
        if through is None or not through & self._entered:
            known = answers.known(key)
            if known is not None:
                if through is not None:
                    self._pass_through(through)
                return known
        if key in self.open:
            self._touch(self.open[key])
            answers.look_into(ANY)
            return LOOP
        if key in self._waiting:
            answer, lowest = self._waiting[key]
            self._touch(lowest)
            answers.look_into(ANY)
            return answer
        if len(self.open) > _MAX_HOPS:
            raise _TooDeepError(key)
        return self._work_out(key, look_up)

    def _work_out(self, key: Name, look_up: LookUp) -> Resolution:
        place, first = len(self.open), len(self._unsettled)
        self.open[key] = place
        self._lowest.append(place)
        self._behind.append(frozenset())
        self._answers.begin((key[0],))
        loop = self._loop.get(key)
        entering = frozenset[int]() if loop is None else self._same[loop] - self._entered
        self._entered |= entering
        answer = look_up(*key)
        self._entered -= entering
        del self.open[key]
        lowest, through = self._lowest.pop(), self._behind.pop()
        files = self._answers.end()
        if lowest < place:  # within a loop that was entered at another name
            self._waiting[key] = answer, lowest
            self._unsettled.append(key)
            self._touch(lowest)
            self._pass_through(through)
            return answer
        members = self._unsettled[first:]
        del self._unsettled[first:]
        for member in members:
            del self._waiting[member]
        if members:
            through |= self._unite((key, *members))
        if through:
            self._through[key] = through
            self._pass_through(through)
        if answer.targets == LOOP.targets:
            answer = self._missing(*key)
        self._answers.keep(key, answer, files)
        return answer

    def _unite(self, members: Sequence[Name]) -> frozenset[int]:
        """Note that names depend on each other. Those that were in loops already, found from elsewhere, join these."""
        new = len(self._same)
        for member in members:
            self._loop.setdefault(member, new)
        found = {self._loop[member] for member in members}
        same = frozenset(found).union(*(self._same.get(loop, ()) for loop in found))
        self._same.update(dict.fromkeys(same, same))
        return same

    def _missing(self, file: int, name: str) -> Resolution:
        return unresolved(f"{self._files[file].module}:{name}")

    def _abandon(self) -> None:
        """Forget what has been begun; which names belong to loops stays known."""
        self.open, self._lowest, self._waiting, self._unsettled = {}, [], {}, []
        self._behind, self._entered = [], set()

    def _touch(self, place: int) -> None:
        if self._lowest and place < self._lowest[-1]:
            self._lowest[-1] = place

    def _pass_through(self, loops: frozenset[int]) -> None:
        if self._behind:
            self._behind[-1] |= loops
