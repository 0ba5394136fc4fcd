"""The tests that a runner would collect: which functions of which files, under which names, with which markers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.model import MODULE, Definition

if TYPE_CHECKING:
    from ssot_lint.project import Project, Target

_MARK = re.compile(r"(?:^|[. ])mark\.(\w+)")


@dataclass(frozen=True, slots=True, order=True)
class Test:
    """One test function of a test file. One that a class inherits stands in another file: `home`."""

    __test__ = False

    name: str  # as in a node id: `test_it`, `TestCart::test_it`
    home: int  # the file of the function
    definition: int  # its index there
    owners: tuple[
        tuple[int, int], ...
    ] = ()  # its class and the first-party bases of that, as (file, definition)
    markers: tuple[str, ...] = ()  # of the function, its classes and its module; sorted


def collected(project: Project) -> Mapping[int, tuple[Test, ...]]:
    """Test file -> its tests in the order of the file, for every file that a runner would collect tests from.

    As pytest does by default or as its settings say: files by name, functions and classes by name, no class
    with a constructor, `unittest.TestCase` under any name, inherited and imported tests, no `__test__ = False`.
    Worked out once per project.
    """
    return project.once(_collected)


def is_fixture(definition: Definition) -> bool:
    """Is a function made a fixture by its decorator?"""
    return bool(definition.decorators) and any(
        name.rpartition(".")[2] in ("fixture", "yield_fixture") for name in definition.decorators
    )


def plugins(project: Project, file: int) -> tuple[int, ...]:
    """The files that `pytest_plugins` of a test file or conftest.py names."""
    found: dict[int, None] = {}
    for item in project.files[file].facts.assignments:
        if item.name == "pytest_plugins" and item.scope == MODULE:
            for name in item.value.split():
                module = project.find_module(name, file)
                if module is not None:
                    found[module] = None
    return tuple(found)


def conftests(project: Project) -> Mapping[str, int]:
    """Folder -> its conftest.py; for `project.once`."""
    return {
        source.path.rpartition("/")[0]: file
        for file, source in enumerate(project.files)
        if source.path.rpartition("/")[2] == "conftest.py"
    }


def conftests_above(project: Project, path: str) -> Iterator[int]:
    """The conftest.py files that hold for a test, nearest first."""
    folders = project.once(conftests)
    while path:
        path = path.rpartition("/")[0]
        if path in folders:
            yield folders[path]


def _collected(project: Project) -> Mapping[int, tuple[Test, ...]]:
    found: dict[int, tuple[Test, ...]] = {}
    for file, source in enumerate(project.files):
        if (
            source.is_test
            and project.config.collection.is_file(source.path)
            and not _opted_out(project, file, MODULE)
        ):
            tests = tuple(_of_file(project, file))
            if tests:
                found[file] = tests
    return found


def _of_file(project: Project, file: int) -> Iterator[Test]:
    """The tests of a module under the names that it binds, those that it imports included."""
    facts = project.files[file].facts
    module = _assigned_markers(project, file, MODULE)
    for index in project.children(file, MODULE):
        yield from _of_definition(project, (file, index), facts.definitions[index].name, module)
    for imp, answer in zip(facts.imports, project.resolutions[file], strict=True):
        target = answer.target
        if imp.scope == MODULE and target.kind == "definition" and target.file != file and imp.name != "*":
            yield from _of_definition(project, (target.file, target.index), imp.bound, module)


def _of_definition(
    project: Project, place: tuple[int, int], name: str, outer: frozenset[str]
) -> Iterator[Test]:
    item = project.definition_at(place)
    if item.is_class:
        yield from _of_class(project, place, name, name, outer)
    elif project.config.collection.is_function(name) and not is_fixture(item):
        yield Test(name, *place, (), tuple(sorted(outer | _markers(item))))


def _of_class(
    project: Project, place: tuple[int, int], bound: str, name: str, outer: frozenset[str]
) -> Iterator[Test]:
    """The tests of a class that stands at `bound` in its module or class; `name` is what leads to it."""
    file, index = place
    item = project.definition_at((file, index))
    patterns = project.config.collection
    if not (patterns.is_class(bound) or item.bases):
        return
    ancestors = project.ancestors(file, index) if item.bases else ()
    is_case = any(_is_test_case(base) for base in ancestors)
    if (not is_case and not patterns.is_class(bound)) or _opted_out(project, file, index):
        return
    lineage = [place, *((base.file, base.index) for base in ancestors if base.kind == "definition")]
    members: dict[str, tuple[int, int]] = {}
    for home, owner in lineage:
        for child in project.children(home, owner):
            members.setdefault(project.definition_at((home, child)).name, (home, child))
    if not is_case and {"__init__", "__new__"} & members.keys():
        return
    markers = outer.union(
        *(_markers(project.definition_at((home, owner))) for home, owner in lineage),
        *(_assigned_markers(project, home, owner) for home, owner in lineage),
    )
    for member, (home, child) in members.items():
        inner = project.definition_at((home, child))
        if inner.is_class:
            if patterns.is_class(member):
                yield from _of_class(project, (home, child), member, f"{name}::{member}", markers)
        elif (member.startswith("test") if is_case else patterns.is_function(member)) and not is_fixture(
            inner
        ):
            yield Test(
                f"{name}::{member}", home, child, tuple(lineage), tuple(sorted(markers | _markers(inner)))
            )


def _is_test_case(base: Target) -> bool:
    """`unittest.TestCase` and its like; any external base of that name, since its own bases are not known."""
    return base.kind in ("external", "unresolved", "dynamic") and base.symbol.endswith("TestCase")


def _opted_out(project: Project, file: int, scope: int) -> bool:
    return any(
        item.name == "__test__" and item.scope == scope and item.value == "False"
        for item in project.files[file].facts.assignments
    )


def _markers(item: Definition) -> frozenset[str]:
    return _marks(item.decorators)


def _assigned_markers(project: Project, file: int, scope: int) -> frozenset[str]:
    """The markers of `pytestmark = ...` in a module or class."""
    return _marks(
        item.value
        for item in project.files[file].facts.assignments
        if item.name == "pytestmark" and item.scope == scope
    )


def _marks(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(name for text in texts for name in _MARK.findall(text))
