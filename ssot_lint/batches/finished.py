"""A cut as the plan shows it: its edits counted, who imports and tests what it touches, and what to look out for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from ssot_lint.batches.cuts import Cut
from ssot_lint.batches.order import importers
from ssot_lint.batches.warned import warned
from ssot_lint.editing.changed import alike
from ssot_lint.plan import Batch, Edit, content_digest

if TYPE_CHECKING:
    from ssot_lint.project import Project

Reach = Callable[["Project", Collection[str]], tuple[str, ...]]
"""The tests that changed files reach, by their ids."""


def finished(project: Project, cuts: Sequence[Cut], number: int, reach: Reach | None) -> Batch:
    """Batch `number` (from 1) of the cuts, seen from the project before all of them."""
    cut = cuts[number - 1]
    concept = project.config.concept(cut.concept)
    paths = tuple(cut.contents)
    here = [project.by_path[path] for path in paths if path in project.by_path]
    modules = {project.files[file].module for file in here}
    others = {other for file in here for other in project.once(importers).get(file, ())} - set(here)
    return Batch(
        number=number,
        phase=cut.phase,
        concept=cut.concept,
        codemod=cut.codemod,
        edits=tuple(_edit(path, *content) for path, content in cut.contents.items()),
        symbols=cut.symbols,
        depends=tuple(sorted(cut.depends)),
        importers=len(others),
        tests=reach(project, paths) if reach is not None else (),
        entry_points=tuple(
            point for point in project.config.entry_points if point.partition(":")[0] in modules
        ),
        hazards=(*warned(project, cuts, number), *cut.hazards),
        together=cut.together,
        owner=(concept.owner or "") if concept is not None else "",
    )


def _edit(path: str, before: bytes | None, after: bytes | None) -> Edit:
    from difflib import SequenceMatcher

    old, new = (before or b"").splitlines(), (after or b"").splitlines()
    first = alike(old, new)
    last = min(alike(old[::-1], new[::-1]), len(old) - first, len(new) - first)
    ours, theirs = old[first : len(old) - last], new[first : len(new) - last]
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    kept = first + last + sum(block.size for block in blocks)
    return Edit(path, content_digest(before), content_digest(after), len(new) - kept, len(old) - kept)
