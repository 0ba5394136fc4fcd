"""What the calls of functions do to the paths they stand on."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from ssot_lint.events.acts import Body
from ssot_lint.events.following import Walker
from ssot_lint.events.outcomes import Outcomes, Run, ended, name_of, only_last, told_of
from ssot_lint.events.relays import Relays
from ssot_lint.events.states import State, TooManyError, distinct
from ssot_lint.events.vocabulary import sends
from ssot_lint.events.weighing import Weighed, weighed
from ssot_lint.model import Place


class Summaries:
    """What the calls of functions do to a path, each worked out once for what is known of its parameters."""

    def __init__(self, relays: Relays) -> None:
        self.relays = relays
        self._weighed: dict[Place, Weighed] = {}
        self._known: dict[Place, dict[State, Outcomes]] = {}
        self._runs: dict[Place, Run] = {}
        self._pending: set[tuple[Place, object]] = set()
        self._cut = 0

    def of(self, place: Place, entry: State) -> Outcomes:
        """`entry`: has the caller an open run ("entry"), and what is known of the parameters."""
        known = self._known.setdefault(place, {})
        if entry not in known:
            if (place, entry.run) in self._pending:
                self._cut += 1
                return Outcomes((entry,), ())  # the recursion adds nothing to the first round
            self._pending.add((place, entry.run))
            try:
                known[entry] = self._outcomes(place, entry)
            except TooManyError:
                unsure = (replace(entry, unsure=True), replace(entry, run=None))
                known[entry] = Outcomes(unsure if entry.run is not None else (entry,), ())
            self._pending.discard((place, entry.run))
        return known[entry]

    def _outcomes(self, place: Place, entry: State) -> Outcomes:
        found = self.run(place, entry)
        ends = found.ends
        told = self.weighed(place).parameters.keys()
        after = ends.after if entry.run is not None else ended(self.relays.project, place, ends.after)
        normal = [*(replace(state, answer=False) for state in after), *ends.returned]
        if entry.run is None:
            raised = [state for state in ends.raised if state.run is not None]
        else:
            raised = [] if normal else ends.raised
            if any(state.run != "entry" and not state.unsure for state in normal) and sends(
                name_of(self.relays.project, place)
            ):
                # what sends, and does not where it cannot, counts as having sent
                normal = [state for state in normal if state.run != "entry"]
        return Outcomes(
            tuple(distinct(told_of(state, told) for state in normal)),
            tuple(distinct(told_of(state, told) for state in raised)),
            found.first,
            only_last(normal),
            found.events,
        )

    def may_end(self, place: Place) -> bool:
        """May a call end the run of its caller?"""
        found = self.of(place, State(run="entry"))
        return any(state.run != "entry" for state in (*found.normal, *found.raised))

    def weighed(self, place: Place) -> Weighed:
        """What every run over a body needs to know of it."""
        if place not in self._weighed:
            self._weighed[place] = weighed(self.relays, place)
        return self._weighed[place]

    def forget(self, places: Iterable[Place]) -> None:
        """What was worked out of functions that turn out to call more."""
        for place in places:
            self._weighed.pop(place, None)
            self._known.pop(place, None)
            self._runs.pop(place, None)

    def run(self, place: Place, entry: State) -> Run:
        """Where the paths through a body go from one state."""
        plain = entry == State()
        if plain and place in self._runs:
            return self._runs[place]
        cut, walker = self._cut, Walker(Body(self.relays, place, self.weighed(place)), self)
        ends = walker.walk([entry])
        sent = walker.transfers
        found = Run(ends, tuple(sent.disorders), tuple(sent.first.values()), frozenset(sent.events))
        if plain and cut == self._cut:
            self._runs[place] = found
        return found
