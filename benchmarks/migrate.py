"""Rewriting imports against LibCST's rename command on the same files, and a whole plan against a cold check.

    python benchmarks/migrate.py TREE [--config FILE] [--files 40] [--rounds 3] [--rope 300] [--json FILE]
    python benchmarks/migrate.py TREE --only rename

The tree is read and never written. `--files` are taken evenly from the files that `rewrite-imports` edits when the
rules' own requests are handed to it, as far as a file has one request: one run of the peer can do the same.
Both work in memory. The peer has a process of its own, with Python's defaults, and what it does is what
its command line does with each file: a context, metadata, `transform_module`. What both leave behind is judged
by the linker that found the imports. rope, if it is tried, is part of the extra `benchmark`.
"""

from __future__ import annotations

import argparse
import ast
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from measure import Contender, interleaved
from scan import FOUND, as_installed, tool

from ssot_lint.check import Settings, check
from ssot_lint.cli._place import locate
from ssot_lint.cli._planning import plan_for, workspace_of
from ssot_lint.cli._project import Means, Opened, open_project
from ssot_lint.codemod import Codemod, Outcome
from ssot_lint.model import MODULE
from ssot_lint.plan import Selection
from ssot_lint.plugins import load_codemods, load_rules, select
from ssot_lint.project import Project
from ssot_lint.settings.loading import load
from ssot_lint.verify import problems
from ssot_lint.workspace import Workspace

NAME = "rewrite-imports"
PEER = "RenameCommand"


@dataclass(frozen=True)
class Job:
    """One file and the one thing to be renamed in it: `module:Name`, twice."""

    path: str
    module: str
    package: str
    old: str
    new: str


@dataclass(frozen=True)
class Timing:
    """Seconds of each round for one more file, seconds for the project, and the edits."""

    each: list[float]
    once: list[float]
    edits: dict[str, bytes]


@dataclass
class Result:
    """What a tool did to the sample. `milliseconds`: processor time of each file."""

    tool: str
    milliseconds: float = 0.0
    edits: dict[str, bytes] = field(default_factory=dict, repr=False)
    exceptions: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)

    @property
    def told(self) -> dict[str, Any]:
        return {
            "tool": self.tool,
            "milliseconds": self.milliseconds,
            "exceptions": self.exceptions,
            "counts": dict(self.counts),
            "problems": self.problems,
            "sites": self.sites,
        }


def main() -> None:
    arguments = parser().parse_args()
    warnings.simplefilter("ignore")  # what the files of the tree write into their strings is not our concern
    if arguments.worker:
        {"plan": plan_worker, "peer": peer_worker, "rope": rope_worker}[arguments.worker](arguments)
        return
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="ssot-lint-benchmark-") as scratch:
        work = Path(scratch)
        os.environ["SSOT_LINT_CACHE_DIR"] = str(work / "cache")
        if arguments.only in ("", "rename"):
            report["rename"] = renames(arguments, work)
        if arguments.rope:
            report["rope"] = rope(arguments, work)
        if arguments.only in ("", "plan"):
            report["plan"] = plans(arguments, work)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    made.add_argument("tree", type=Path)
    made.add_argument("--config", type=Path, help="an ssot-lint.toml for the tree")
    made.add_argument("--files", type=int, default=40, help="how many files to rename in")
    made.add_argument("--rounds", type=int, default=3, help="how often we are measured; the peer once")
    made.add_argument("--plans", type=int, default=1, help="how often check and plan are measured in turn")
    made.add_argument("--only", choices=("rename", "plan"), default="", help="one half of it")
    made.add_argument("--rope", type=int, default=0, metavar="SECONDS", help="try rope too, for so long")
    made.add_argument("--json", type=Path, metavar="FILE", help="the figures, and each problem")
    made.add_argument("--worker", choices=("plan", "peer", "rope"), help=argparse.SUPPRESS)
    made.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    return made


# --- one renamed import, file by file -----------------------------------------------------------------------


def renames(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    started = time.process_time()
    opened = open_project(locate((), str(arguments.tree), _text(arguments.config)), Means(use_cache=False))
    say(
        f"{len(opened.project.files)} files read in {time.process_time() - started:.0f} s of our own processor time"
    )
    gc.disable()  # as `plan` does
    gc.freeze()
    codemod = load_codemods()[NAME]
    wanted = requests(opened)
    started = time.process_time()
    whole = [carry_out(codemod, workspace_of(opened), asked) for _, asked in sorted(wanted.items())]
    seconds = time.process_time() - started
    edited = {path: content for outcome in whole for path, content in outcome.edits.items()}
    jobs = sample(opened.project, wanted, edited, arguments.files)
    if not jobs:
        raise SystemExit("no file has exactly one request: nothing to compare")
    timings = [rewritten(opened, codemod, jobs, arguments.rounds)]  # before the peer and after it
    peer = renamed(arguments, jobs, work)
    timings.append(rewritten(opened, codemod, jobs, arguments.rounds))
    each = statistics.median(second for timing in timings for second in timing.each)
    fixed = statistics.median(second for timing in timings for second in timing.once)
    results = [Result(f"ssot-lint {NAME}", 1000 * each, timings[0].edits), peer]
    before = workspace_of(opened)
    for result in results:
        judge(before, jobs, result)
    reference = results[-1].milliseconds
    print(f"\n{len(jobs)} files, one renamed import each; milliseconds of processor time for a file\n")
    rows = ("sites", "renamed", "left", "moved elsewhere", "lost", "changed lines")
    wrong = ("not compiled", "unresolved", "otherwise unsound")
    print(f"| tool | ms | / {results[-1].tool} | exceptions | " + " | ".join((*wrong, *rows)) + " |")
    print("|---|---|---|---|" + "---|" * len(wrong + rows))
    for result in results:
        counted = " | ".join(str(result.counts[row]) for row in (*wrong, *rows))
        print(
            f"| {result.tool} | {result.milliseconds:.1f} | {result.milliseconds / reference:.3f} "
            f"| {len(result.exceptions)} | {counted} |"
        )
    refusals = sum(len(outcome.refusals) for outcome in whole)
    print(
        f"\nBefore the first file: {fixed:.2f} s for the project. All requests of all concepts: {seconds:.1f} s, "
        f"{len(edited)} files edited ({1000 * seconds / max(len(edited), 1):.0f} ms each), {refusals} refusals.\n"
    )
    return {
        "files": len(jobs),
        "tools": [result.told for result in results],
        "per_project_seconds": fixed,
        "all": {"seconds": seconds, "edits": len(edited), "refusals": refusals},
        "jobs": [asdict(job) for job in jobs],
    }


def requests(opened: Opened) -> Mapping[str, list[dict[str, str]]]:
    """Concept -> what the rules ask of the codemod, as the planner hands it on."""
    rules = [rule for rule in select(load_rules(), opened.config.rules) if NAME in rule.codemods]
    found: dict[str, list[dict[str, str]]] = {}
    for diagnostic in check(opened.project, rules, Settings()).diagnostics:
        if diagnostic.fix is not None and diagnostic.fix.codemod == NAME and diagnostic.status == "new":
            asked = found.setdefault(diagnostic.concept or "", [])
            if dict(diagnostic.fix.arguments) not in asked:
                asked.append(dict(diagnostic.fix.arguments))
    return found


def carry_out(codemod: Codemod, workspace: Workspace, asked: Iterable[Mapping[str, str]]) -> Outcome:
    return codemod.apply(workspace, [codemod.request(item) for item in asked])


def sample(
    project: Project, wanted: Mapping[str, list[dict[str, str]]], edited: Iterable[str], count: int
) -> list[Job]:
    """So many of the edited files that have one request, evenly over their paths."""
    by_path: dict[str, list[dict[str, str]]] = {}
    for of_concept in wanted.values():
        for item in of_concept:
            by_path.setdefault(item.get("within", ""), []).append(item)
    single = []
    for path in sorted(edited):
        asked = by_path.get(path, [])  # what becomes itself only has its fallback taken out
        if len(asked) == 1 and ":" in asked[0]["old"] and asked[0]["old"] != asked[0]["new"]:
            single.append(path)
    step = max(len(single) / count, 1.0)
    chosen = [single[int(number * step)] for number in range(min(count, len(single)))]
    jobs = []
    for path in chosen:
        file = project.files[project.by_path[path]]
        package = file.module if file.is_package else file.module.rpartition(".")[0]
        jobs.append(Job(path, file.module, package, by_path[path][0]["old"], by_path[path][0]["new"]))
    return jobs


def rewritten(opened: Opened, codemod: Codemod, jobs: Sequence[Job], rounds: int) -> Timing:
    """Ours on the sample: what each file takes more than the one before it, and what passes once for a project."""
    asked = [{"old": job.old, "new": job.new, "within": job.path} for job in jobs]
    each, once = [], []
    for _ in range(rounds):
        one = timed(codemod, workspace_of(opened), asked[:1])[0]
        every, outcome = timed(codemod, workspace_of(opened), asked)
        each.append((every - one) / max(len(jobs) - 1, 1))
        once.append(one - each[-1])
    return Timing(
        each, once, {path: content for path, content in outcome.edits.items() if content is not None}
    )


def timed(
    codemod: Codemod, workspace: Workspace, asked: Sequence[Mapping[str, str]]
) -> tuple[float, Outcome]:
    started = time.process_time()
    outcome = carry_out(codemod, workspace, asked)
    return time.process_time() - started, outcome


def renamed(arguments: argparse.Namespace, jobs: Sequence[Job], work: Path) -> Result:
    """LibCST's command on the sample, in a process of its own."""
    given, into = work / "jobs.json", work / "renamed"
    into.mkdir()
    given.write_text(json.dumps([asdict(job) for job in jobs]))
    command = [sys.executable, __file__, str(given), "--worker", "peer", "--into", str(into)]
    subprocess.run(command, cwd=arguments.tree, check=True, stdout=subprocess.DEVNULL)
    told = json.loads((into / "told.json").read_text())
    edits = {
        job.path: (into / str(number)).read_bytes()
        for number, job in enumerate(jobs, 1)
        if (into / str(number)).exists()
    }
    return Result(f"LibCST {PEER}", told["milliseconds"], edits, told["exceptions"])


def peer_worker(arguments: argparse.Namespace) -> None:
    """What `libcst.tool codemod` does with a file, for each file; runs in the tree."""
    from libcst import parse_module
    from libcst.codemod import CodemodContext
    from libcst.codemod.commands.rename import RenameCommand

    jobs = [Job(**item) for item in json.loads(arguments.tree.read_text())]
    into = arguments.into
    exceptions, seconds = [], []
    for number, job in enumerate(
        (jobs[0], *jobs)
    ):  # the first one once more: what is made at first use is not counted
        content = Path(job.path).read_bytes()
        context = CodemodContext(
            filename=str(Path(job.path).absolute()),
            full_module_name=job.module,
            full_package_name=job.package,
        )
        started = time.process_time()
        try:
            made = RenameCommand(context, job.old.replace(":", "."), job.new).transform_module(
                parse_module(content)
            )
            (into / str(number)).write_bytes(made.bytes)
        except Exception as error:  # whatever it is, it is counted
            exceptions.append(f"{job.path}: {type(error).__name__}: {str(error)[:200]}")
        seconds.append(time.process_time() - started)
    told = {
        "milliseconds": 1000 * statistics.mean(seconds[1:]),
        "exceptions": sorted(set(exceptions)),
    }
    (into / "told.json").write_text(json.dumps(told))


# --- what is left behind ------------------------------------------------------------------------------------


def judge(before: Workspace, jobs: Sequence[Job], result: Result) -> None:
    """Fill in what a result is worth: files that do not compile, imports left, lost or moved, unsound places."""
    edits = dict(result.edits)
    for path in sorted(edits):
        try:
            compile(edits[path], path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            result.problems.append(f"{path}: does not compile: {error}")
            result.counts["not compiled"] += 1
            del edits[path]
    after = before.edited(edits)
    for found in problems(before, after):
        result.problems.append(f"{found.path}:{found.line}: {found.text}")
        result.counts["unresolved" if "would not resolve" in found.text else "otherwise unsound"] += 1
    for job in jobs:
        for line, known in fate(before.project, after.project, job):
            result.counts["sites"] += 1
            result.counts[known] += 1
            if known != "renamed":
                result.sites.append(f"{job.path}:{line}: {known}: {job.old} to {job.new}")
        changed = edits.get(job.path, before.read(job.path)).splitlines()
        result.counts["changed lines"] += len(changed) - kept(before.read(job.path).splitlines(), changed)


def fate(before: Project, after: Project, job: Job) -> Iterator[tuple[int, str]]:
    """Each `from old import X` of a file, with its line, and what became of it."""
    left, there = sites(after, job.path, job.old), sites(after, job.path, job.new)
    for site in sites(before, job.path, job.old):
        if any(site.same_place(other) for other in left):
            yield site.line, "left"
        elif any(site.same_place(other) for other in there):
            yield site.line, "renamed"
        else:
            yield site.line, "moved elsewhere" if there else "lost"


@dataclass(frozen=True)
class Site:
    """An import of a name: the function or class it stands in, the kind of arm (try, if, ...), what it binds."""

    line: int
    scope: str
    arm: str
    alias: str | None
    bound: str

    def same_place(self, other: Site) -> bool:
        same = self.alias == other.alias or self.bound == other.bound
        return same and (self.scope, self.arm) == (other.scope, other.arm)


def sites(project: Project, path: str, symbol: str) -> list[Site]:
    """Where a file imports a name of a module."""
    module, _, name = symbol.partition(":")
    file = project.by_path[path]
    facts = project.files[file].facts
    return [
        Site(
            imp.line,
            "" if imp.scope == MODULE else facts.definitions[imp.scope].qualname,
            "" if imp.branch == MODULE else facts.branches[imp.branch].kind,
            imp.asname,
            imp.asname or name,
        )
        for imp in facts.imports
        if imp.name == name and project.absolute(file, imp) == module
    ]


def kept(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    from difflib import SequenceMatcher

    return sum(block.size for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())


# --- rope ---------------------------------------------------------------------------------------------------


def rope(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Renaming one class with rope, as far as it gets in the time it is given."""
    into = work / "rope.json"
    command = [sys.executable, __file__, str(arguments.tree), "--worker", "rope", "--into", str(into)]
    if arguments.config:
        command += ["--config", str(arguments.config)]
    try:
        subprocess.run(command, check=True, timeout=arguments.rope, stdout=subprocess.DEVNULL)
        told: dict[str, Any] = json.loads(into.read_text())
        print(f"rope, renaming {told['symbol']}: {told['seconds']:.0f} s, {told['files']} files\n")
    except subprocess.TimeoutExpired:
        told = {"limit": arguments.rope}
        print(f"rope, renaming one class: did not finish in {arguments.rope} s\n")
    except subprocess.CalledProcessError as error:
        told = {"status": error.returncode}
        print("rope, renaming one class: failed, or is not installed\n")
    return told


def rope_worker(arguments: argparse.Namespace) -> None:
    """Rename the canonical class of the first concept, in memory."""
    make_project: Any = import_module("rope.base.project").Project  # no types for whom it is not installed
    rename: Any = import_module("rope.refactor.rename").Rename
    concept = load(arguments.tree, arguments.config).concepts[0]
    path = concept.canonical_module.replace(".", "/") + ".py"
    name = concept.canonical_name
    text = (arguments.tree / path).read_text(encoding="utf-8")
    started = time.perf_counter()
    project = make_project(str(arguments.tree), ropefolder=None, ignore_syntax_errors=True)
    change = rename(
        project, project.get_resource(path), text.index(f"class {name}") + len("class ")
    ).get_changes(f"{name}2")
    files = len(list(change.get_changed_resources()))
    told = {"symbol": concept.canonical, "seconds": time.perf_counter() - started, "files": files}
    arguments.into.write_text(json.dumps(told))


# --- a whole plan -------------------------------------------------------------------------------------------


def plans(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    """`plan` for all concepts in turn with a cold `check`."""
    into = work / "plan.json"
    given = ["--config", str(arguments.config.resolve())] if arguments.config else []
    root = str(arguments.tree.resolve())
    cold = Contender(
        "check, no cache",
        [tool(), "check", "--no-progress", "--no-cache", "--format", "json", "--root", root, *given],
        statuses=FOUND,
    )
    plan = Contender(
        "plan, no cache", [sys.executable, __file__, root, *given, "--worker", "plan", "--into", str(into)]
    )
    interleaved([cold, plan], arguments.plans, work, as_installed())
    told: dict[str, Any] = json.loads(into.read_text())
    told |= {
        "check_seconds": cold.median,
        "check_cpu": cold.cpu,
        "check_peak": cold.peak,
        "seconds": plan.median - told["checked"],
        "cpu": plan.cpu - told["checked_cpu"],
        "peak": plan.peak,
    }
    print("| command | s | cpu s | / check | / check, cpu | peak MiB |\n|---|---|---|---|---|---|")
    print(f"| {cold.name} | {cold.median:.1f} | {cold.cpu:.1f} | 1 | 1 | {cold.peak:.0f} |")
    print(
        f"| {plan.name} | {told['seconds']:.1f} | {told['cpu']:.1f} | {told['seconds'] / cold.median:.1f} "
        f"| {told['cpu'] / cold.cpu:.1f} | {plan.peak:.0f} |"
    )
    print(
        f"\n{told['batches']} batches, {told['edits']} edits of {told['files']} files, {told['refused']} refusals; "
        f"{told['introduced']} findings introduced; of {told['python']} planned Python files "
        f"{len(told['broken'])} do not parse or compile. The planning process itself holds {told['own_peak']:.0f} MiB.\n"
    )
    for row, number in sorted(told["steps"].items()):
        print(f"- {row}: {number} edits")
    return told


def plan_worker(arguments: argparse.Namespace) -> None:
    """What the command `plan` does, then whether all it would write compiles."""
    from ssot_lint.reporters.plan import render

    opened = open_project(locate((), str(arguments.tree), _text(arguments.config)), Means(use_cache=False))
    chosen = Selection(max_files=opened.config.migrate.max_files)
    planned = plan_for(opened, chosen, jobs=0, progress=None)
    render(planned.plan, "json", colour=False, verbose=False)
    started, started_cpu = time.perf_counter(), time.process_time()
    last: dict[str, bytes | None] = {}
    for number in sorted(planned.contents):
        last.update({path: after for path, (_, after) in planned.contents[number].items()})
    python = {p: content for p, content in last.items() if p.endswith(".py") and content is not None}
    broken = []
    for path, content in sorted(python.items()):
        try:
            ast.parse(content)
            compile(content, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            broken.append(f"{path}: {error}")
    plan = planned.plan
    steps: Counter[str] = Counter()
    for batch in plan.batches:
        steps[f"phase {batch.phase}, {batch.codemod}, {batch.concept or 'no concept'}"] += len(batch.edits)
    told = {
        "batches": len(plan.batches),
        "edits": sum(len(batch.edits) for batch in plan.batches),
        "files": len(last),
        "python": len(python),
        "refused": len(plan.refused),
        "introduced": len(plan.introduced),
        "before": sum(plan.before.values()),
        "after": sum(plan.after.values()),
        "broken": broken,
        "steps": steps,
        "own_peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "checked": time.perf_counter() - started,
        "checked_cpu": time.process_time() - started_cpu,
    }
    arguments.into.write_text(json.dumps(told))


def _text(path: Path | None) -> str | None:
    return str(path.resolve()) if path is not None else None


def say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
