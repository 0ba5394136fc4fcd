"""Fixes -> `Plan`: phases and batches, each proven on the workspace before the next is made.

    planned = make_plan(workspace, rules, codemods, Selection(concepts=("websocket-manager",)))

Rules look at the workspace, their fixes go to the codemods, what the codemods would write is verified, cut into
batches, and the rules look again, until nothing more can be fixed. What was refused stays in the plan, with the reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from ssot_lint.batches.cuts import Cut, joined
from ssot_lint.batches.warned import warned
from ssot_lint.check import Both, Settings, judged
from ssot_lint.codemod import CannotApply, Codemod, Outcome, Refusal
from ssot_lint.concepts.claims import import_path
from ssot_lint.editing.changed import alike
from ssot_lint.fork import in_turn
from ssot_lint.model import Diagnostic, Fix
from ssot_lint.plan import (
    BY_HAND,
    PHASES,
    VERSION,
    Batch,
    Edit,
    Hazard,
    Plan,
    Refused,
    Selection,
    content_digest,
    digest_of,
)
from ssot_lint.queries.cycles import named_files
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

FAMILIES = {"SSOT1": 1, "SSOT2": 1, "SSOT3": 2, "SSOT4": 3, "SSOT5": 4, "SSOT6": 1, "SSOT7": 5}
"""The phase in which the findings of a family of rules are dealt with."""

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
Admits = Callable[[Diagnostic], bool]
Reach = Callable[["Project", Collection[str]], tuple[str, ...]]


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
        for concept, fixes in sorted(self.fixes(phase, name).items()):
            changed |= self.carry_out(phase, concept, name, fixes)
        return changed

    def fixes(self, phase: int, name: str) -> dict[str, list[dict[str, str]]]:
        """Concept -> the requests that the rules make of a codemod, as the workspace is now."""
        found: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        asking = [rule for rule in self.rules if name in rule.codemods]
        accepted = name == "replace-with-shim" and self.selection.accept
        if asking:
            for diagnostic in self.diagnostics(asking):
                fix = diagnostic.fix
                if fix is None and accepted:
                    fix = self.agreed(diagnostic)
                concept = diagnostic.concept or ""
                if fix is None or fix.codemod != name or not self.wanted(concept):
                    continue
                if self.admits is not None and not self.admits(diagnostic):
                    continue
                request = dict(fix.arguments)
                if self.selection.text_references and name == "rewrite-imports":
                    request["text_references"] = "yes"
                if request not in found[concept]:
                    found[concept].append(request)
        if name == "move-definition" and self.admits is None:
            for concept, request in homecomings(self.workspace.project):
                if self.wanted(concept):
                    found[concept].append(request)
        return {concept: requests for concept, requests in found.items() if requests}

    def agreed(self, diagnostic: Diagnostic) -> Fix | None:
        """The replacement of a duplicate that is no drop-in, where somebody has agreed to it."""
        concept = self.workspace.project.config.concept(diagnostic.concept or "")
        if concept is None or diagnostic.symbol not in self.selection.accept or diagnostic.verdict is None:
            return None
        canonical = import_path(self.workspace.project, concept, diagnostic.symbol.partition(":")[2])
        if canonical is None:
            return None
        arguments = {"symbol": diagnostic.symbol, "canonical": canonical}
        if diagnostic.verdict != "drop-in":
            arguments["accept"] = diagnostic.verdict
        return Fix("replace-with-shim", arguments, safe=False)

    def wanted(self, concept: str) -> bool:
        if self.selection.concepts and concept not in self.selection.concepts:
            return False
        if not self.selection.owners:
            return True
        known = self.workspace.project.config.concept(concept)
        return known is not None and known.owner in self.selection.owners

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
        symbols = tuple(sorted({_subject(item) for item in requests} - {""}))
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
        gone = {path for group in _groups(edits, outcome.together) if back & group for path in group}
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
            for group in _groups(edits, outcome.together):
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
        groups = sorted(_groups(edits, outcome.together), key=lambda group: min(order[p] for p in group))
        remarks = [Hazard(r.path, r.line, r.text) for r in sorted(set(outcome.remarks))]
        earlier = len(self.cuts)
        for number, paths in enumerate(_packed(groups, self.selection.max_files)):
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
        behind = self.behind(paths)
        for number, cut in enumerate(self.cuts[:earlier], 1):
            shared = not cut.contents.keys().isdisjoint(paths)
            imported = not cut.contents.keys().isdisjoint(behind)
            closing = name == "remove-shim" and cut.concept == concept
            if shared or imported or closing:
                yield number

    def behind(self, paths: Collection[str]) -> set[str]:
        """The files that hand names on to these: those imported, and those on the way to the definition."""
        project = self.workspace.project
        found: set[str] = set()
        for path in paths:
            if path not in project.by_path:
                continue
            file = project.by_path[path]
            for answer in project.resolutions[file]:
                found.update(hop.path for hop in answer.chain)
                if answer.target.file >= 0:
                    found.add(project.files[answer.target.file].path)
        return found

    # -- the result

    def planned(self, reach: Reach | None) -> Planned:
        from ssot_lint import __version__

        first, last = self.start.project, self.workspace.project
        rules = [rule for rule in self.rules if rule.enabled]
        was = self.was
        now = was if last is first else self.found(last, rules)
        first.once(_importers)  # once for all processes
        if reach is not None and self.cuts:
            reach(first, ())
        numbered = list(enumerate(self.cuts, 1))
        batches = tuple(self.workspace.spread(lambda item: self.batch(*item, reach), numbered))
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
            refused=tuple(self.left(now)),
            before=dict(sorted(Counter(d.rule for d in was).items())),
            after=dict(sorted(Counter(d.rule for d in now).items())),
            introduced=introduced,
            files=len(first.files),
        )
        contents = {number: cut.contents for number, cut in enumerate(self.cuts, 1)}
        return Planned(plan, contents, self.workspace)

    def in_tests(self, path: str) -> bool:
        project = self.workspace.project
        return path in project.by_path and project.files[project.by_path[path]].is_test

    def left(self, now: Iterable[Diagnostic]) -> Iterator[Refused]:
        """The violations that stay, each with the reason that a codemod gave, or that none repairs it."""
        reasons: dict[tuple[str, str], list[tuple[str, int, Refusal]]] = defaultdict(list)
        for (name, concept), refusals in self.refusals.items():
            for phase, refusal in refusals:
                reasons[refusal.path, concept].append((name, phase, refusal))
        told: set[Refusal] = set()
        rows: set[tuple[object, ...]] = set()
        for diagnostic in now:
            concept = diagnostic.concept or ""
            if not self.wanted(concept):
                continue
            phase = FAMILIES.get(diagnostic.rule[:5], 1)
            if self.selection.phases and phase not in self.selection.phases:
                continue
            given = [
                (name, refusal) for name, _, refusal in reasons.get((diagnostic.path, concept), ())
                if diagnostic.fix is not None and name == diagnostic.fix.codemod
                and (refusal.symbol in ("", diagnostic.symbol) or refusal.line == diagnostic.line)
            ]  # fmt: skip
            near = sorted(given, key=lambda item: (item[1].line != diagnostic.line, item[1]))
            if near:
                reason = near[0][1].reason
                told.add(near[0][1])
            elif diagnostic.verdict and diagnostic.verdict != "drop-in":
                reason = f"{diagnostic.verdict}: {'; '.join(diagnostic.reasons[1:]) or diagnostic.message}"
            elif phase in BY_HAND:
                reason = diagnostic.message
            elif diagnostic.fix is None and diagnostic.rule == "SSOT201":
                there = diagnostic.related[-1].path if diagnostic.related else ""
                reason = f"imports a duplicate that stays{f': {there} says why' if there else ''}"
            elif diagnostic.fix is None and diagnostic.verdict and self.in_tests(diagnostic.path):
                what = f"`--accept {diagnostic.symbol}` puts the canonical one in its place"
                reason = f"a copy in test code may be meant: {what}"
            elif diagnostic.fix is None:
                reason = "no codemod repairs this: it needs a decision of yours"
            else:
                reason = f"{diagnostic.fix.codemod} does not repair this"
            yield Refused(
                diagnostic.path,
                diagnostic.line,
                concept,
                diagnostic.rule,
                reason,
                diagnostic.verdict or "",
                phase,
            )
        for (name, concept), refusals in sorted(self.refusals.items()):
            for phase, refusal in refusals:
                row = (refusal, name, concept)
                if refusal not in told and row not in rows:
                    rows.add(row)
                    yield Refused(refusal.path, refusal.line, concept, name, refusal.reason, "", phase)

    def batch(self, number: int, cut: Cut, reach: Reach | None) -> Batch:
        project = self.start.project
        concept = project.config.concept(cut.concept)
        paths = tuple(cut.contents)
        here = [project.by_path[path] for path in paths if path in project.by_path]
        modules = {project.files[file].module for file in here}
        importers = {other for file in here for other in project.once(_importers).get(file, ())} - set(here)
        return Batch(
            number=number,
            phase=cut.phase,
            concept=cut.concept,
            codemod=cut.codemod,
            edits=tuple(_edit(path, *content) for path, content in cut.contents.items()),
            symbols=cut.symbols,
            depends=tuple(sorted(cut.depends)),
            importers=len(importers),
            tests=reach(project, paths) if reach is not None else (),
            entry_points=tuple(
                point for point in project.config.entry_points if point.partition(":")[0] in modules
            ),
            hazards=(*warned(project, self.cuts, number), *cut.hazards),
            together=cut.together,
            owner=(concept.owner or "") if concept is not None else "",
        )


def homecomings(project: Project) -> Iterator[tuple[str, dict[str, str]]]:
    """Concepts whose configured home hands on what another module defines: (concept, request to move it there)."""
    for concept in project.config.concepts:
        target = project.resolve_symbol(concept.canonical).target
        if target.kind != "definition":
            continue
        module, _, name = target.symbol.partition(":")
        if module != concept.canonical_module and name == concept.canonical_name:
            yield concept.name, {"symbol": target.symbol, "to": concept.canonical_module}


def leaves_first(project: Project, paths: Iterable[str]) -> list[str]:
    """Files in dependency order: one that imports another comes after it; those of a cycle, and equals, by path."""
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    listed = sorted(paths)
    graph.add_nodes_from(listed)
    for path in listed:
        if path in project.by_path:
            for other in named_files(project, project.by_path[path]):
                there = project.files[other].path
                if there != path and graph.has_node(there):
                    graph.add_edge(there, path)
    condensed = networkx.condensation(graph)
    order = networkx.lexicographical_topological_sort(
        condensed, key=lambda node: min(condensed.nodes[node]["members"])
    )
    return [path for node in order for path in sorted(condensed.nodes[node]["members"])]


def _edit(path: str, before: bytes | None, after: bytes | None) -> Edit:
    from difflib import SequenceMatcher

    old, new = (before or b"").splitlines(), (after or b"").splitlines()
    first = alike(old, new)
    last = min(alike(old[::-1], new[::-1]), len(old) - first, len(new) - first)
    ours, theirs = old[first : len(old) - last], new[first : len(new) - last]
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    kept = first + last + sum(block.size for block in blocks)
    return Edit(path, content_digest(before), content_digest(after), len(new) - kept, len(old) - kept)


def _importers(project: Project) -> dict[int, set[int]]:
    """File -> the files that import it when they are imported."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for file in range(len(project.files)):
        for other in named_files(project, file):
            found[other].add(file)
    return dict(found)


def _groups(edits: Collection[str], together: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """The edited files in sets that only hold together."""
    import networkx

    graph: networkx.Graph[str] = networkx.Graph()
    graph.add_nodes_from(edits)
    for group in together:
        members = sorted(group & set(edits))
        graph.add_edges_from(pairwise(members))
    return sorted((frozenset(group) for group in networkx.connected_components(graph)), key=sorted)


def _packed(groups: Iterable[frozenset[str]], size: int) -> Iterator[frozenset[str]]:
    """Neighbouring groups joined up to `size` files; a larger group stands alone."""
    pack: frozenset[str] = frozenset()
    for group in groups:
        if pack and len(pack) + len(group) > size:
            yield pack
            pack = frozenset()
        pack |= group
    if pack:
        yield pack


def _subject(request: Mapping[str, str]) -> str:
    return request.get("symbol") or request.get("old") or ""
