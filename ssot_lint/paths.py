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

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ssot_lint.emissions import Emission
from ssot_lint.emitters import Place, inside_emitter
from ssot_lint.following import Disorder, Summaries, Walker, ended, name_of
from ssot_lint.model import MODULE
from ssot_lint.project import Project
from ssot_lint.relays import Relays
from ssot_lint.states import Ends, State, Step, TooManyError
from ssot_lint.vocabulary import named_event

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
        relays = Relays(project, sequence)
        summaries = Summaries(relays)
        seen: dict[int, Leak] = {}
        for place in sorted({*relays.sent, *relays.called}):
            if inside_emitter(project, sequence, *place):
                continue
            try:
                walker = Walker(summaries, place)
                ends = walker.walk([State()])
            except TooManyError:
                undecided += 1
                continue
            disorders += walker.disorders
            if place[1] != MODULE and named_event(project, name_of(project, place)) is not None:
                continue
            if relays.callers.get(place, set()) - {place}:
                continue  # judged where it is called
            found = list(_leaks(place, project, ends))
            if found and _only_starts(relays, place):
                undecided += 1
                continue
            for leak in found:
                seen.setdefault(id(leak.start), replace(leak, exit=_blame(summaries, leak)))
            undecided += not found and any(
                state.run is not None and state.unsure
                for state in (*ends.after, *ends.returned, *ends.raised)
            )
        leaks += seen.values()

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


def _leaks(place: Place, project: Project, ends: Ends) -> Iterator[Leak]:
    """The paths that leave with an open run: those that return first, then those that end, then those that raise."""
    for states in (ends.returned, ended(project, place, ends.after), ends.raised):
        for state in states:
            if isinstance(state.run, Emission) and not state.unsure:
                yield Leak(state.run, state.steps, state.steps[-1])


def _blame(summaries: Summaries, leak: Leak) -> Step:
    relays, place = summaries.relays, (leak.start.file, leak.start.scope)
    if not relays.ends(place) and not any(
        summaries.of(called).ends for called in relays.called.get(place, {}).values()
    ):
        return leak.steps[-1]
    return next(step for step in leak.steps if step.text in _EXITS)


def _only_starts(relays: Relays, place: Place) -> bool:
    """Is a function without an end of its own called by somebody unseen: private, or named for starting?"""
    name = name_of(relays.project, place)
    private = name.startswith("_") and not name.endswith("__")
    if not private and not _STARTING.intersection(name.lower().strip("_").split("_")):
        return False
    return not relays.ends(place)
