"""Which files loading a file loads, and which tests that makes reach a change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from ssot_lint.model import MODULE
from ssot_lint.protecting.collected import collected, conftests_above, plugins

if TYPE_CHECKING:
    from ssot_lint.project import Project

_NOT_LOADED = "sys.modules"
"""The form of a string that names a module to put in another one's place."""


def tests_reaching(project: Project, paths: Collection[str], *, limit: int | None = None) -> tuple[str, ...]:
    """The test files that reach one of the given files, nearest first; at most `limit` of them.

    A file reaches what it imports, eagerly or lazily, at any depth, the modules that hand a name on and the one
    that defines it, the `__init__` of every package on the way, what `mock.patch`, `import_module`,
    `pytest_plugins` and settings name by string; and a test what the conftest.py files in and above its folder
    reach. A changed test reaches itself. Of those equally near, tests that name more of the changed files come
    first. Paths that are no files of the project are ignored.
    """
    changed = sorted({project.by_path[path] for path in paths if path in project.by_path})
    tests = collected(project)
    targets = frozenset(changed)
    found: list[int] = []
    for step in steps(project.once(loaders), changed):
        near = [file for file in step if file in tests]
        near.sort(key=lambda file: (-len(targets.intersection(project.once(loads)[file])), file))
        found += near
        if limit is not None and len(found) >= limit:
            del found[limit:]
            break
    return tuple(project.files[file].path for file in found)


def steps(neighbours: tuple[tuple[int, ...], ...], start: Collection[int]) -> Iterator[list[int]]:
    """The files at distance 0, 1, 2 and so on."""
    seen = bytearray(len(neighbours))
    step = list(start)
    for file in step:
        seen[file] = 1
    while step:
        yield step
        further: list[int] = []
        for file in step:
            for other in neighbours[file]:
                if not seen[other]:
                    seen[other] = 1
                    further.append(other)
        step = further


def loaders(project: Project) -> tuple[tuple[int, ...], ...]:
    """For each file, the files that load it: `loads` the other way round; for `project.once`."""
    return reverse(project.once(loads))


def reverse(edges: Sequence[Collection[int]]) -> tuple[tuple[int, ...], ...]:
    """For each node, those that have an edge to it, ascending."""
    found: list[list[int]] = [[] for _ in edges]
    for node, others in enumerate(edges):
        for other in others:
            found[other].append(node)
    return tuple(map(tuple, found))


def loads(project: Project) -> tuple[tuple[int, ...], ...]:
    """For each file, the files that it loads or names itself, ascending; for `project.once`.

    Imports for type checkers only are left out: nothing runs them.
    """
    tests = collected(project)
    found: list[tuple[int, ...]] = []
    for file, source in enumerate(project.files):
        own = set(project.once(names)[file])
        own.update(_on_the_way(project, file))
        for name, _ in source.facts.lazy:
            own.update(target.file for target in project.name(file, name).targets if target.file >= 0)
        package = _package_of(project, file)
        if package is not None:
            own.add(package)
        if file in tests:
            own.update(conftests_above(project, source.path))
        own.discard(file)
        found.append(tuple(sorted(own)))
    return tuple(found)


def names(project: Project) -> tuple[frozenset[int], ...]:
    """For each file, those that what it imports or names by string leads to in the end; for `project.once`."""
    found: list[frozenset[int]] = []
    strings: dict[str, tuple[int, ...]] = {}
    for file, source in enumerate(project.files):
        own: set[int] = set()
        for imp, answer in zip(source.facts.imports, project.resolutions[file], strict=True):
            if imp.branch == MODULE or not project.type_checking(file, imp.branch):
                own.update(target.file for target in answer.targets)
        for path in source.facts.paths:
            if path.value and "{" not in path.value and path.form != _NOT_LOADED:
                if path.value not in strings:
                    strings[path.value] = tuple(_named(project, path.value))
                own.update(strings[path.value])
        own.update(plugins(project, file))
        own -= {file, -1}
        found.append(frozenset(own))
    return tuple(found)


def _on_the_way(project: Project, file: int) -> Iterator[int]:
    """The modules that import statements name, though they may only hand a name on."""
    for imp in project.files[file].facts.imports:
        if imp.branch == MODULE or not project.type_checking(file, imp.branch):
            _, found = project.table.locate(file, imp.module, imp.level)
            if found is not None:
                yield found


def _named(project: Project, path: str) -> Iterator[int]:
    """The module that a dotted string starts with, and where the rest of it leads."""
    path = path.replace(":", ".").strip(".")
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        module = project.find_module(".".join(parts[:cut]))
        if module is not None:
            yield module
            break
    else:
        return
    for target in project.resolve_path(path).targets:
        if target.file >= 0:
            yield target.file


def _package_of(project: Project, file: int) -> int | None:
    """The nearest `__init__` above a module: importing it runs that one first, and so on upwards."""
    source = project.files[file]
    if not source.importable:
        return None
    name = source.module.rpartition(".")[0]
    while name:
        found = project.find_module(name, file)
        if found is not None:
            return found
        name = name.rpartition(".")[0]
    return None
