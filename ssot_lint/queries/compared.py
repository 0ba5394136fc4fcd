"""Outlines of a project's definitions; the project learns of each that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.queries.outlines import Outline, drawn

if TYPE_CHECKING:
    from ssot_lint.project import Project


def outline(project: Project, file: int, definition: int) -> Outline:
    """The outline of a class or function."""
    project.compared.add((file, definition))
    return drawn(project.files[file].facts.definitions, definition, project.parts(file, definition))
