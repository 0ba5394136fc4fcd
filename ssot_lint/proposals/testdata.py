"""Folders of files that are data: what tests read, check or run as programs of their own, and templates of code.

The input of a formatter, snippets for a type checker, scripts that a test starts: such files repeat and break what
they like. Nobody imports them, and no runner collects them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from ssot_lint.proposals.folders import is_test

if TYPE_CHECKING:
    from ssot_lint.project import Project

FEWEST = 10
"""A folder with fewer files is not worth a setting."""

_TEMPLATES = re.compile(r"(project|code|app)?_?templates?|cookiecutter.*|\{\{.*\}\}")
"""Folders of texts from which code is made."""

_RUN = re.compile(r"test.*|.*_tests?|conftest|noxfile|setup|__init__|__main__")


def data_folders(project: Project) -> tuple[str, ...]:
    """The outermost folders beside tests without a package, a test or a module that code elsewhere names."""
    named = _named(project)
    files: dict[str, int] = defaultdict(int)
    alive: set[str] = set()
    tested: set[str] = set()
    for file, source in enumerate(project.files):
        if not is_test(source):
            alive.update(_above(source.path))
            continue
        stem = source.path.rpartition("/")[2].removesuffix(".py")
        runs = _RUN.fullmatch(stem) is not None or file in named
        for folder in _above(source.path):
            files[folder] += 1
            if runs:
                tested.add(folder)
    alive |= tested
    found = [folder for folder, count in files.items() if folder not in alive and count >= FEWEST]
    return tuple(sorted(folder for folder in found if folder.rpartition("/")[0] in tested))


def template_folders(project: Project) -> tuple[str, ...]:
    """The outermost folders of templates with a file that is no Python yet: `class {{name}}:`."""
    found = set()
    for source in project.files:
        problem = source.facts.problem
        if problem is not None and problem.kind == "syntax" and not problem.needs:
            names = source.path.split("/")[:-1]
            depth = next((count for count, name in enumerate(names, 1) if _TEMPLATES.fullmatch(name)), 0)
            if depth:
                found.add("/".join(names[:depth]))
    return tuple(sorted(found))


def _named(project: Project) -> set[int]:
    """The files that imports and strings of other folders name."""
    found: set[int] = set()
    for file, source in enumerate(project.files):
        folder = source.path.rpartition("/")[0]
        reached = {target.file for answer in project.resolutions[file] for target in answer.targets}
        modules = (
            project.find_module(project.absolute(file, imp) or "", file) for imp in source.facts.imports
        )
        reached |= {module for module in modules if module is not None}
        reached |= {project.resolve_path(path.value).target.file for path in source.facts.paths if path.value}
        found |= {
            other
            for other in reached
            if other >= 0 and project.files[other].path.rpartition("/")[0] != folder
        }
    return found


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
