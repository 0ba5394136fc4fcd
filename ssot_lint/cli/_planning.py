"""From the command line to a plan: what `plan`, `migrate` and `check --fix` share."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ssot_lint.cli._named import require
from ssot_lint.cli._options import Wanted, split
from ssot_lint.cli._stdout import say
from ssot_lint.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lint.batches.planning import Planned
    from ssot_lint.batches.requests import Admits
    from ssot_lint.cli._output import Progress
    from ssot_lint.cli._project import Opened
    from ssot_lint.plan import Selection
    from ssot_lint.workspace import Workspace

TEXTS = (".toml", ".yaml", ".yml", ".ini", ".cfg", ".md", ".rst", ".txt", ".json", ".sh", ".ipynb", ".pyi")
"""Files besides Python that may name Python objects."""

_LARGEST_TEXT = 1_000_000
"""Bytes of a text that is still looked into."""


def selection(opened: Opened, wanted: Wanted) -> Selection:
    """What was asked for. UsageError for what is not there: a concept, an owner, a definition."""
    from ssot_lint.plan import Selection
    from ssot_lint.settings.tables import unknown

    known = [concept.name for concept in opened.config.concepts]
    concepts = split(wanted.concepts)
    if wanted.concepts and not concepts:
        raise UsageError("--concept names no concept", "leave it out for all concepts")
    for name in concepts:
        require(name, known, "concept")
    held = sorted({concept.owner for concept in opened.config.concepts if concept.owner})
    for owner in wanted.owners:
        if owner not in held:
            raise UsageError(f"no concept has the owner {owner!r}", unknown(owner, held, "owners"))
    for symbol in wanted.accept:
        target = opened.project.resolve_symbol(symbol).target
        if (target.kind, target.symbol) != ("definition", symbol):
            raise UsageError(
                f"--accept {symbol}: nothing is defined under this name",
                "write it as the plan does: package.module:Name",
            )
    return Selection(
        concepts=concepts,
        phases=tuple(sorted(set(wanted.phases))),
        owners=wanted.owners,
        max_files=wanted.max_files or opened.config.migrate.max_files,
        max_tests=wanted.max_tests,
        accept=wanted.accept,
        text_references=wanted.text_references,
    )


def tell_unconfigured(opened: Opened) -> None:
    """Say on standard error that without concepts there is nothing to plan for."""
    if not opened.config.concepts and not opened.config.sequences:
        say("ssot-lint: no concept is configured; `ssot-lint init` proposes some")


def plan_for(
    opened: Opened,
    chosen: Selection,
    *,
    jobs: int,
    progress: Progress | None,
    admits: Admits | None = None,
    only: Collection[str] = (),
) -> Planned:
    """Plan on an opened project, for what all rules find, or `only` those of these ids."""
    from ssot_lint.batches.planning import make_plan
    from ssot_lint.cli._project import processes
    from ssot_lint.fork import at_once, in_turn, spread_over
    from ssot_lint.plugins import load_codemods, load_rules, select
    from ssot_lint.protecting.reach import tests_reaching

    gc.disable()  # a plan holds on to nearly all it makes, until the process ends
    rules = [rule for rule in select(load_rules(), opened.config.rules) if not only or rule.id in only]
    count = processes(opened, jobs)
    return make_plan(
        replace(workspace_of(opened), spread=spread_over(count)),
        rules,
        load_codemods(),
        chosen,
        reach=partial(tests_reaching, limit=chosen.max_tests or None),
        progress=progress,
        admits=admits,
        both=at_once if count > 1 else in_turn,
    )


def workspace_of(opened: Opened) -> Workspace:
    """The workspace of an opened project: its bytes are read when they are asked for."""
    from ssot_lint.workspace import Workspace

    root = opened.place.root

    def load(path: str) -> bytes:
        try:
            return (root / path).read_bytes()
        except OSError as error:
            raise UsageError(
                f"cannot read {path}: {error.strerror or error}",
                "make it readable, or name it under `exclude` in the configuration",
            ) from error

    return Workspace(opened.project, load, tuple(texts(root, opened)))


def texts(root: Path, opened: Opened) -> Iterator[str]:
    """The project's files that are no Python and may name Python objects, below what discovery walked."""
    from ssot_lint.discover import other_files

    for path, size in other_files(root, opened.config):
        name = path.rpartition("/")[2]
        if size <= _LARGEST_TEXT and (name.endswith(TEXTS) or name.startswith(("Dockerfile", "Procfile"))):
            yield path
