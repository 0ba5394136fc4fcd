"""The paths through functions that send events: `walked(project)`.

Every body is run over sets of states, statement by statement, each state being what one path has sent so far: has a
run been started and not ended, which event came last. Branches fork states, joins merge equal ones, loops run until
nothing new comes out of them (at most twice: a state has no memory beyond the run that is open). This is a forward
data-flow analysis of a distributive framework, as in Nielson, Nielson and Hankin, Principles of Program Analysis,
chapter 2; calls of functions of the project go through summaries (the functional approach of Sharir and Pnueli).

What keeps it honest: the same condition, unchanged, is decided once on a path; an exception inside a `try` goes to
its handlers from before the statement, but a sending that fails counts as sent; a loop over nothing, and a condition
whose comparison is seen twice, make a path unsure, and unsure paths prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ssot_lint.events.emissions import Emission
from ssot_lint.events.emitters import inside_emitter
from ssot_lint.events.outcomes import Disorder, ended, name_of
from ssot_lint.events.relays import Relays
from ssot_lint.events.sequels import Sequels
from ssot_lint.events.states import Ends, State, Step, TooManyError
from ssot_lint.events.summaries import Summaries
from ssot_lint.events.vocabulary import named_event
from ssot_lint.model import MODULE, Place
from ssot_lint.project import Project

_STARTING = frozenset({
    "start", "started", "starts", "starting", "begin", "begins", "begun", "open", "opened", "launch", "launched",
    "enter", "aenter", "init", "initialize", "setup",
})  # fmt: skip

_EXITS = ("returns", "ends", "raises")


@dataclass(frozen=True, slots=True)
class Leak:
    """A path that starts a run and leaves without ending it.

    `steps` go from the start to the last exit, and on through the callers that could have ended the run. `exit` is
    the way out that is to blame: of the function that starts, if it ends the run on other paths, else the last one.
    """

    start: Emission
    steps: tuple[Step, ...]
    exit: Step


@dataclass(frozen=True, slots=True)
class Walked:
    """What the paths of all functions show."""

    leaks: tuple[Leak, ...]
    disorders: tuple[Disorder, ...]
    undecided: int


def walked(project: Project) -> Walked:
    """All leaks and disorders, by file and line."""
    return project.once(_walked)


def undecided(project: Project) -> int:
    """How many bodies start a sequence and could not be judged."""
    return walked(project).undecided


def _walked(project: Project) -> Walked:
    leaks: list[Leak] = []
    disorders: list[Disorder] = []
    undecided = 0
    for sequence in project.config.sequences:
        judged = _Judged(Relays(project, sequence))
        found, unclear = judged.leaks()
        leaks += found
        disorders += (item for place in sorted(judged.late) for item in judged.late[place])
        undecided += unclear

    def where(emission: Emission) -> tuple[str, int, int]:
        return project.files[emission.file].path, emission.line, emission.text.column

    unique: dict[tuple[int, bool], Disorder] = {}
    for item in disorders:
        unique.setdefault((id(item.late), item.ended), item)
    return Walked(
        tuple(sorted(leaks, key=lambda leak: where(leak.start))),
        tuple(sorted(unique.values(), key=lambda item: (where(item.late), item.ended))),
        undecided,
    )


class _Judged:
    """The paths of all functions for one sequence, walked until nothing more is found out about who calls whom."""

    def __init__(self, relays: Relays) -> None:
        self.relays, self.project = relays, relays.project
        self.summaries = Summaries(relays)
        self.ends: dict[Place, Ends | None] = {}
        self.late: dict[Place, tuple[Disorder, ...]] = {}
        self.sequels = Sequels(relays)
        places = {*relays.sent, *relays.called}
        while places:
            for place in sorted(places):
                self.walk(place)
            open_ = [place for place in self.ends if self.is_open(place)]
            places = self.sequels.follow(open_, [place for place in open_ if not _only_starts(relays, place)])
            self.summaries.forget(places)

    def walk(self, place: Place) -> None:
        if inside_emitter(self.project, self.relays.sequence, *place):
            return
        try:
            run = self.summaries.run(place, State())
        except TooManyError:
            self.ends[place], self.late[place] = None, ()
        else:
            self.ends[place], self.late[place] = run.ends, run.disorders

    def is_open(self, place: Place) -> bool:
        """Does a function that nobody is known to call surely leave a run open, on some path?"""
        return any(True for _ in self.open_paths(place)) and self.is_last(place)

    def is_last(self, place: Place) -> bool:
        """Is a function to be judged by itself: does nobody call it, but for those that it calls in a circle?"""
        if place[1] != MODULE and named_event(self.project, name_of(self.project, place)) is not None:
            return False
        above, pending = {place}, [place]
        while pending:
            callers = self.relays.callers.get(pending.pop(), set()) - above
            above |= callers
            pending += callers
        return not any(self.relays.callers.get(item, set()) <= {item} for item in above - {place})

    def open_paths(self, place: Place) -> Iterator[Leak]:
        """The paths that leave with an open run: those that return first, then those that end, then those that raise."""
        ends = self.ends[place]
        if ends is None:
            return
        for states in (ends.returned, ended(self.project, place, ends.after), ends.raised):
            for state in states:
                if isinstance(state.run, Emission) and not state.unsure:
                    yield Leak(state.run, state.steps, state.steps[-1])

    def unsure_runs(self, place: Place) -> set[int]:
        """The starts that a function perhaps leaves open."""
        ends = self.ends[place]
        states = () if ends is None else (*ends.after, *ends.returned, *ends.raised)
        return {id(state.run) for state in states if state.run is not None and state.unsure}

    def leaks(self) -> tuple[Iterable[Leak], int]:
        """The leaks, and how many bodies could not be judged."""
        found: dict[int, Leak] = {}
        undecided, unsure = 0, set[int]()
        for place in sorted(self.ends):
            if self.ends[place] is None:
                undecided += 1
                continue
            if not self.is_last(place):
                continue
            open_, perhaps = list(self.open_paths(place)), self.unsure_runs(place)
            unsure |= perhaps
            if open_ and (_only_starts(self.relays, place) or self.is_called_unseen(place)):
                undecided += 1
                unsure.update(id(leak.start) for leak in open_)
                continue
            for leak in open_:
                found.setdefault(id(leak.start), replace(leak, exit=self.blame(leak)))
            undecided += bool(perhaps) and not open_
        for place in sorted(self.ends):
            callers = self.relays.callers.get(place, set()) - {place}
            if callers and callers <= self.relays.further.keys() and self.relays.ends(place):
                lost = any(self.ends.get(caller) is None for caller in callers)
                for leak in self.open_paths(place):
                    if lost or id(leak.start) in unsure:
                        found.setdefault(id(leak.start), replace(leak, exit=self.blame(leak)))
        return found.values(), undecided

    def is_called_unseen(self, place: Place) -> bool:
        """Is a function that never ends a run called by somebody who may?"""
        return place in self.sequels.unseen and not self.may_end(place)

    def may_end(self, place: Place) -> bool:
        called = self.relays.called.get(place, {}).values()
        return self.relays.ends(place) or any(map(self.summaries.may_end, called))

    def blame(self, leak: Leak) -> Step:
        if self.may_end((leak.start.file, leak.start.scope)):
            return next(step for step in leak.steps if step.text in _EXITS)
        return leak.steps[-1]


def _only_starts(relays: Relays, place: Place) -> bool:
    """Is a function without an end of its own called by somebody unseen: private, or named for starting?"""
    name = name_of(relays.project, place)
    private = name.startswith("_") and not name.endswith("__")
    if not private and not _STARTING.intersection(name.lower().strip("_").split("_")):
        return False
    return not relays.ends(place)
