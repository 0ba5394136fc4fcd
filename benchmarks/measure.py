"""Run a command and see how long it takes and how much memory its process tree holds; compare medians."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

INTERVAL = 0.02
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Run:
    """One run. `cpu` is the processor time of the process and all it waited for, which a busy machine changes
    less than the time on the wall. `peak` is in MiB: the largest sum of resident memory over all processes of the tree, in which
    pages that forked processes share count once for each of them; 0 where there is no /proc."""

    seconds: float
    cpu: float
    peak: float
    status: int


@dataclass
class Contender:
    """A command to be measured, what is done before each run of it, and the runs so far."""

    name: str
    command: Sequence[str]
    before: Sequence[Sequence[str]] = ()
    statuses: tuple[int, ...] = (0,)  # exit statuses of a run that did its work
    runs: list[Run] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def spread(self) -> str:
        seconds = [run.seconds for run in self.runs]
        return f"{min(seconds):.3g}-{max(seconds):.3g}"

    @property
    def cpu(self) -> float:
        return statistics.median(run.cpu for run in self.runs)

    @property
    def peak(self) -> float:
        return max(run.peak for run in self.runs)


def run(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str], statuses: Sequence[int] = (0,)
) -> Run:
    """Run a command to its end, its output thrown away."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(process, peak))
    watcher.start()
    _, errors = process.communicate()
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    watcher.join()
    if process.returncode not in statuses:
        sys.stderr.write(errors.decode(errors="replace"))
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, cpu, peak[0], process.returncode)


def interleaved(
    contenders: Sequence[Contender], rounds: int, cwd: Path, environment: Mapping[str, str]
) -> None:
    """Run all in turn, again and again, so that whatever disturbs the machine disturbs them alike."""
    for number in range(rounds):
        for contender in contenders:
            for command in contender.before:
                run(command, cwd, environment, contender.statuses)
            contender.runs.append(run(contender.command, cwd, environment, contender.statuses))
            print(
                f"round {number + 1}: {contender.name}: {contender.runs[-1].seconds:.2f} s", file=sys.stderr
            )


def table(contenders: Iterable[Contender], references: Sequence[Contender]) -> str:
    """Markdown: medians with their spread, ratios to the references, and peak memory."""
    lines = [
        "| command | median s | min-max | cpu s | "
        + " | ".join(f"/ {one.name}" for one in references)
        + " | peak MiB |",
        "|---|---|---|---|" + "---|" * (len(references) + 1),
    ]
    for one in contenders:
        ratios = " | ".join(f"{one.median / reference.median:.2f}" for reference in references)
        lines.append(
            f"| {one.name} | {one.median:.3g} | {one.spread} | {one.cpu:.3g} | {ratios} | {one.peak:.0f} |"
        )
    return "\n".join(lines)


def _watch(process: subprocess.Popen[bytes], peak: list[float]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], _resident(process.pid) / (1 << 20))
        time.sleep(INTERVAL)


def _resident(pid: int) -> int:
    """Bytes of resident memory of a process and all below it."""
    total = 0
    pending = [pid]
    while pending:
        one = Path(f"/proc/{pending.pop()}")
        try:
            pages = int((one / "statm").read_bytes().split()[1])
            below = [
                child
                for task in (one / "task").iterdir()
                for child in (task / "children").read_text().split()
            ]
        except (OSError, IndexError):  # it has ended
            continue
        total += pages * 4096
        pending.extend(map(int, below))
    return total
