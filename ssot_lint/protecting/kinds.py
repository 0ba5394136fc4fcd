"""Of which kinds tests are: by the paths of their files, and by their markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ssot_lint.protecting.collected import Test, collected

if TYPE_CHECKING:
    from ssot_lint.project import Project


def kinds(project: Project, file: int, tests: Sequence[Test]) -> tuple[str, ...]:
    """The kinds of some tests of a file, by its path and by their markers, in the order of the configuration."""
    by_path = project.once(_kinds_of_files)[file]
    markers = {marker for test in tests for marker in test.markers}
    return tuple(
        kind.name
        for kind in project.config.test_kinds
        if kind.name in by_path or not markers.isdisjoint(kind.markers)
    )


def file_kinds(project: Project) -> Mapping[int, tuple[str, ...]]:
    """Test file -> the kinds of its tests; for `project.once`."""
    return {file: kinds(project, file, tests) for file, tests in collected(project).items()}


def _kinds_of_files(project: Project) -> Mapping[int, frozenset[str]]:
    from pathspec import GitIgnoreSpec

    specs = [(kind.name, GitIgnoreSpec.from_lines(kind.paths)) for kind in project.config.test_kinds]
    return {
        file: frozenset(name for name, spec in specs if spec.match_file(project.files[file].path))
        for file in collected(project)
    }
