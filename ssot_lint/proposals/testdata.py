"""Folders of files that are data: what tests read, check or run as programs of their own, and templates of code.

The input of a formatter, snippets for a type checker, code that a generator has to write, scripts that a test starts:
such files repeat and break what they like. Nobody outside imports them, and no runner collects them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from ssot_lint.proposals.folders import is_test, on_show

if TYPE_CHECKING:
    from ssot_lint.model import SourceFile
    from ssot_lint.project import Project

FEWEST = 10
"""A folder with fewer files is not worth a setting; one of data has test cases in fewer than one file of so many."""

FEW = 2
"""Of one that is no package, and says that it is data or has no name of one, so many are worth it."""

_DATA = re.compile(r"(?:.*[_-])?data|fixtures?|cases|snippets|snapshots|golden.*|expected")
"""Names of folders that say that what is in them is data."""

_TESTS = re.compile(r"(?:.*/)?(?:tests?|testing|[^/]*[_-]tests?|tests?[_-][^/]*)(?:/.*)?")
"""Paths of folders of tests, and of those in them."""

_LOADED = frozenset({"commands", "migrations", "templatetags", "versions"})
"""Folders whose modules frameworks load by their place."""

_TEMPLATES = re.compile(r"(project|code|app)?_?templates?|cookiecutter.*|\{\{.*\}\}")
"""Folders of texts from which code is made."""

_RUN = re.compile(r"(?:.*/)?(?:test[^/]*|[^/]*_tests?|conftest|noxfile)\.py")
"""What a runner of tests looks into."""


def data_folders(project: Project) -> tuple[str, ...]:
    """The outermost folders beside tests in which nothing is collected and of which nobody outside has a module.

    They may be packages, and import each other: the code that a generator has to write, a program to be analysed.
    """
    named = _named(project)
    files: dict[str, int] = defaultdict(int)
    mixed: set[str] = set()  # with other files than tests
    cases: dict[str, int] = defaultdict(int)
    alive: set[str] = set()
    tested: set[str] = set()
    for file, source in enumerate(project.files):
        above = _above(source.path)
        if not is_test(source):
            mixed.update(above)
            if not on_show(source):
                alive.update(above)
                continue
        runs = _is_run(source)
        asked = named.get(file, ())
        has_cases = _has_cases(source)
        for folder in above:
            files[folder] += 1
            cases[folder] += has_cases
            if runs or any(not f"{path}/".startswith(f"{folder}/") for path in asked):
                tested.add(folder)
    tested |= {folder for folder, count in cases.items() if count * FEWEST >= files[folder]}
    alive |= tested
    packages = {source.path.removesuffix("/__init__.py") for source in project.files if source.is_package}
    found = set()
    for folder, count in files.items():
        parent, _, name = folder.rpartition("/")
        says_so = _DATA.fullmatch(name) is not None
        if folder in mixed:
            is_data = says_so and count >= FEWEST
        else:
            is_apart = folder not in packages and (says_so or not name.isidentifier())
            is_beside = parent in tested and _TESTS.fullmatch(parent) is not None and name not in _LOADED
            is_data = is_beside and count >= (FEW if is_apart else FEWEST)
        if is_data and folder not in alive:
            found.add(folder)
    return tuple(sorted(folder for folder in found if found.isdisjoint(_above(folder))))


def _is_run(source: SourceFile) -> bool:
    """Is it a program, or has it what a runner of tests looks for: fixtures, test functions, a class with inherited tests?"""
    if source.path.rpartition("/")[2] in ("__main__.py", "conftest.py", "noxfile.py"):
        return True
    return _RUN.fullmatch(source.path) is not None and any(
        item.name.lower().startswith("test") and (not item.is_class or (item.is_trivial and item.bases != ()))
        for item in source.facts.definitions
    )


def _has_cases(source: SourceFile) -> bool:
    """Has a file test cases, under whatever name? Some runners are told where to look."""
    return any(
        item.is_class and any(base.endswith("TestCase") for base in item.bases)
        for item in source.facts.definitions
    )


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


def _named(project: Project) -> dict[int, set[str]]:
    """The files that imports and strings name, with the folders from which these do."""
    found: dict[int, set[str]] = defaultdict(set)
    for file, source in enumerate(project.files):
        folder = source.path.rpartition("/")[0]
        reached = {target.file for answer in project.resolutions[file] for target in answer.targets}
        modules = (
            project.find_module(project.absolute(file, imp) or "", file) for imp in source.facts.imports
        )
        reached |= {module for module in modules if module is not None}
        reached |= {project.resolve_path(path.value).target.file for path in source.facts.paths if path.value}
        for other in reached:
            if other >= 0:
                found[other].add(folder)
    return found


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
