"""Fixes -> `Plan`: phases and batches, each proven on the workspace before the next is made.

    planned = make_plan(workspace, rules, codemods, Selection(concepts=("websocket-manager",)))

Rules look at the workspace, their fixes go to the codemods, what the codemods would write is verified, cut into
batches, and the rules look again, until nothing more can be fixed. What was refused stays in the plan, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ssot_lint.batches.cuts import Cut, joined
from ssot_lint.batches.finished import Reach, finished
from ssot_lint.batches.order import behind, grouped, importers, leaves_first, packed
from ssot_lint.batches.remaining import remaining
from ssot_lint.batches.requests import Admits, requested, subject
from ssot_lint.check import Both, Settings, judged
from ssot_lint.codemod import CannotApply, Codemod, Outcome, Refusal
from ssot_lint.fork import in_turn
from ssot_lint.model import Diagnostic
from ssot_lint.plan import PHASES, VERSION, Hazard, Plan, Selection, digest_of
from ssot_lint.verify import Looks, edited, problems

if TYPE_CHECKING:
    from ssot_lint.project import Project
    from ssot_lint.rule import Rule
    from ssot_lint.workspace import Edits, Workspace

STEPS: Mapping[int, tuple[str, ...]] = {
    1: ("move-definition", "replace-with-shim", "inherit-from-canonical", "rewrite-imports"),
    2: ("use-factory",),
    3: (),
    4: ("use-emitter",),
    5: ("replace-with-shim", "rewrite-imports", "remove-shim"),
}
"""For each phase the codemods it uses, in order."""

_ROUNDS = 5
"""How often a phase begins again because its own edits gave rise to further fixes."""

_ATTEMPTS = 8
"""How often unsound files are taken out of a step before all of it is refused."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the bytes it stands for: for each batch path -> (before, after)."""

    plan: Plan
    contents: Mapping[int, Mapping[str, tuple[bytes | None, bytes | None]]]
    workspace: Workspace  # after all batches


Progress = Callable[[str, int, int], None]


def make_plan(
    workspace: Workspace,
    rules: Sequence[Rule],
    codemods: Mapping[str, Codemod],
    selection: Selection | None = None,
    *,
    reach: Reach | None = None,
    progress: Progress | None = None,
    admits: Admits | None = None,
    both: Both = in_turn,
) -> Planned:
    """Plan all that can be fixed. `reach` finds the tests of changed files.

    `admits`: only findings that it says yes to are fixed. `both` runs two halves of the rules, in turn or at once.
    """
    maker = _Maker(workspace, rules, codemods, selection or Selection(), admits, both)
    maker.make(progress)
    return maker.planned(reach)


@dataclass
class _Maker:
    """The plan as it grows."""

    workspace: Workspace
    rules: Sequence[Rule]
    codemods: Mapping[str, Codemod]
    selection: Selection
    admits: Admits | None
    both: Both
    start: Workspace = field(init=False)
    cuts: list[Cut] = field(default_factory=list)
    looks: Looks = field(default_factory=dict)
    past: set[tuple[str, bytes | None]] = field(default_factory=set)  # what files were before the cuts
    refusals: dict[tuple[str, str], tuple[tuple[int, Refusal], ...]] = field(default_factory=dict)
    asked: dict[tuple[str, str], tuple[int, list[dict[str, str]]]] = field(default_factory=dict)
    changes: int = 0  # how often the workspace has become another one

    def __post_init__(self) -> None:
        self.start = self.workspace

    # -- going through the phases

    def make(self, progress: Progress | None) -> None:
        phases = [phase for phase in PHASES if not self.selection.phases or phase in self.selection.phases]
        steps = [(phase, codemod) for phase in phases for codemod in STEPS[phase] if codemod in self.codemods]
        for done, phase in enumerate(phases):
            names = [codemod for known, codemod in steps if known == phase]
            for _ in range(_ROUNDS):
                if progress is not None:
                    progress("planning", done, len(phases))
                first = len(self.cuts)
                changed = [
                    self.step(phase, name) for name in names
                ]  # all of them, each on the others' result
                self.cuts[first:] = joined(self.cuts, first, self.selection.max_files)[first:]
                if not any(changed):
                    break
        if progress is not None:
            progress("planning", len(phases), len(phases))

    def step(self, phase: int, name: str) -> bool:
        """Carry out one codemod for every concept in turn; did it change anything?"""
        changed = False
        for concept, requests in sorted(self.requests(name).items()):
            changed |= self.carry_out(phase, concept, name, requests)
        return changed

    def requests(self, name: str) -> dict[str, list[dict[str, str]]]:
        """Concept -> what is asked of a codemod, as the workspace is now."""
        asking = [rule for rule in self.rules if name in rule.codemods]
        found = self.diagnostics(asking) if asking else ()
        return requested(self.workspace.project, name, found, self.selection, self.admits)

    def diagnostics(self, rules: Sequence[Rule]) -> list[Diagnostic]:
        """What rules find now, suppressed findings left out."""
        if self.workspace is self.start:
            asked = {rule.id for rule in rules}
            return [diagnostic for diagnostic in self.was if diagnostic.rule in asked]
        return self.found(self.workspace.project, [rule for rule in rules if rule.enabled])

    def found(self, project: Project, rules: Sequence[Rule]) -> list[Diagnostic]:
        found, _ = judged(project, rules, Settings(), both=self.both)
        return [diagnostic for diagnostic in found if diagnostic.status == "new"]

    @cached_property
    def was(self) -> list[Diagnostic]:
        """What all rules find in the untouched tree."""
        return self.found(self.start.project, [rule for rule in self.rules if rule.enabled])

    def carry_out(self, phase: int, concept: str, name: str, requests: list[dict[str, str]]) -> bool:
        """Apply a codemod, keep what is sound, cut it into batches -> did anything change?"""
        asked = self.changes, requests
        if self.asked.get((name, concept)) == asked:  # nothing has changed since it refused them
            self.refusals[name, concept] = tuple((phase, item) for _, item in self.refusals[name, concept])
            return False
        self.asked[name, concept] = asked
        codemod = self.codemods[name]
        try:
            outcome = codemod.apply(self.workspace, [codemod.request(item) for item in requests])
        except CannotApply as refused:
            refusal = Refusal(refused.path, refused.line, refused.reason)
            outcome = Outcome(refusals=(refusal,))
        outcome = self.onward(outcome)
        edits, unsound, after = self.sound(outcome)
        self.refusals[name, concept] = tuple((phase, refusal) for refusal in (*outcome.refusals, *unsound))
        if not edits:
            return False
        symbols = tuple(sorted({subject(item) for item in requests} - {""}))
        self.cuts += self.cut(phase, concept, name, edits, outcome, symbols)
        for path in edits:
            self.past.add((path, self.content(path)))
        self.workspace = after.rested()
        self.changes += 1
        return True

    def onward(self, outcome: Outcome) -> Outcome:
        """The outcome without edits that change nothing, or take a file back to what it was earlier.

        Two codemods that undo each other's work would go on for ever.
        """
        edits = {path: content for path, content in outcome.edits.items() if content != self.content(path)}
        back = {path for path, content in edits.items() if (path, content) in self.past}
        gone = {path for group in grouped(edits, outcome.together) if back & group for path in group}
        refused = [Refusal(path, 1, "another codemod would undo this again") for path in sorted(gone)]
        edits = {path: content for path, content in edits.items() if path not in gone}
        return replace(outcome, edits=edits, refusals=(*outcome.refusals, *refused))

    def content(self, path: str) -> bytes | None:
        """The bytes of a file as the workspace is now; None where there is none."""
        return self.workspace.read(path) if self.workspace.exists(path) else None

    def sound(self, outcome: Outcome) -> tuple[dict[str, bytes | None], list[Refusal], Workspace]:
        """The edits that pass verification, the others as refusals, and the workspace after."""
        edits = dict(outcome.edits)
        refused: list[Refusal] = []
        after = edited(self.workspace, edits, self.looks)
        for _ in range(_ATTEMPTS):
            if not edits:
                return {}, refused, self.workspace
            wrong = problems(self.workspace, after, self.looks)
            if not wrong:
                return edits, refused, after
            refused += [Refusal(p.path, p.line, f"not sound: {p.text}") for p in wrong]
            guilty = {path for problem in wrong for path in (problem.path, problem.cause)} & edits.keys()
            if not guilty:  # an edit breaks a file that is not edited: which one cannot be told
                break
            back: dict[str, bytes | None] = {}
            for group in grouped(edits, outcome.together):
                if guilty & group:
                    first = min(guilty & group)
                    refused += [
                        Refusal(p, 1, f"holds only together with {first}") for p in sorted(group - guilty)
                    ]
                    for path in group:
                        del edits[path]
                        back[path] = self.content(path)
            after = after.edited(back)
        return {}, refused, self.workspace

    # -- batches

    def cut(
        self, phase: int, concept: str, name: str, edits: Edits, outcome: Outcome, symbols: tuple[str, ...]
    ) -> Iterator[Cut]:
        """Batches of at most `max_files`, leaves of the import graph first, what belongs together together."""
        project = self.workspace.project
        order = {path: place for place, path in enumerate(leaves_first(project, edits))}
        groups = sorted(grouped(edits, outcome.together), key=lambda group: min(order[p] for p in group))
        remarks = [Hazard(r.path, r.line, r.text) for r in sorted(set(outcome.remarks))]
        earlier = len(self.cuts)
        for number, paths in enumerate(packed(groups, self.selection.max_files)):
            contents = {path: (self.content(path), edits[path]) for path in sorted(paths)}
            yield Cut(
                phase=phase,
                concept=concept,
                codemod=name,
                contents=contents,
                symbols=symbols,
                depends=frozenset(self.needed(earlier, paths, name, concept)),
                hazards=tuple(h for h in remarks if h.path in paths or (number == 0 and h.path not in edits)),
                together=tuple(tuple(sorted(group)) for group in groups if len(group) > 1 and group <= paths),
            )

    def needed(self, earlier: int, paths: Collection[str], name: str, concept: str) -> Iterator[int]:
        """The numbers of the earlier batches without which this one is not right."""
        handing = behind(self.workspace.project, paths)
        for number, cut in enumerate(self.cuts[:earlier], 1):
            shared = not cut.contents.keys().isdisjoint(paths)
            imported = not cut.contents.keys().isdisjoint(handing)
            closing = name == "remove-shim" and cut.concept == concept
            if shared or imported or closing:
                yield number

    # -- the result

    def planned(self, reach: Reach | None) -> Planned:
        from ssot_lint import __version__

        first, last = self.start.project, self.workspace.project
        rules = [rule for rule in self.rules if rule.enabled]
        was = self.was
        now = was if last is first else self.found(last, rules)
        first.once(importers)  # once for all processes
        if reach is not None and self.cuts:
            reach(first, ())
        numbers = range(1, len(self.cuts) + 1)
        batches = tuple(
            self.workspace.spread(lambda number: finished(first, self.cuts, number, reach), numbers)
        )
        known = Counter((d.rule, d.path, d.symbol, d.concept) for d in was)
        introduced = tuple(
            Hazard(d.path, d.line, f"{d.rule} {d.message}")
            for d in now
            if (d.rule, d.path, d.symbol, d.concept) not in known
        )
        plan = Plan(
            version=VERSION,
            tool=__version__,
            config=digest_of(first),
            selection=self.selection,
            batches=batches,
            refused=tuple(remaining(last, now, self.refusals, self.selection)),
            before=dict(sorted(Counter(d.rule for d in was).items())),
            after=dict(sorted(Counter(d.rule for d in now).items())),
            introduced=introduced,
            files=len(first.files),
        )
        contents = {number: cut.contents for number, cut in enumerate(self.cuts, 1)}
        return Planned(plan, contents, self.workspace)
