"""What else runs when a module is imported, and the import cycle that one more import would close.

Python runs the `__init__` of the packages above a module before the module. Those above the importing module are
running already: they count only where a name is taken out of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from ssot_lint.model import MODULE, Import
from ssot_lint.project import Project, Resolution

T = TypeVar("T", int, str)

Imported = Mapping[int, int]
"""File -> the number, among the imports of the importing file, of the first that runs it."""
_Place = tuple[str | None, int | None]
"""The module that an import statement names, and its file, as far as they exist."""
Edges = Mapping[str, frozenset[str]]
"""Module -> the modules that importing it imports, packages on the way included."""


def named_files(project: Project, file: int) -> Imported:
    """The files that a file's own imports name, of those imports that run when it is imported."""
    return _imported(project, file)[0]


def imported_files(project: Project, file: int) -> Imported:
    """The same with the packages on the way."""
    return _imported(project, file)[1]


def followed_files(project: Project, file: int) -> Imported:
    """The same, noted: what they are makes a difference to a rule."""
    project.followed.add(file)
    return imported_files(project, file)


def _imported(project: Project, file: int) -> tuple[Imported, Imported]:
    known = project.by_file(_read)
    if file not in known:
        known[file] = _read(project, file)
    return known[file]


def _read(project: Project, file: int) -> tuple[Imported, Imported]:
    above = frozenset(packages(project, file))
    named: dict[int, int] = {}
    every: dict[int, int] = {}
    facts = project.files[file].facts
    before: Import | None = None
    place: _Place = None, None
    for number, (imp, answer) in enumerate(zip(facts.imports, project.resolutions[file], strict=True)):
        if (imp.scope != MODULE or imp.branch != MODULE) and not project.at_import(file, imp):
            continue
        if before is None or imp.module != before.module or imp.level != before.level:
            place = _place(project, file, imp)  # for all names of a statement
        before = imp
        for target in _named(imp, answer, place, above):
            if target == file or target in named:
                continue
            named[target] = number
            every.setdefault(target, number)
            for package in packages(project, target):
                if package not in above and package != file:
                    every.setdefault(package, number)
    return named, every


def _place(project: Project, file: int, imp: Import) -> _Place:
    return project.table.locate(file, imp.module, imp.level)


def _named(imp: Import, answer: Resolution, place: _Place, above: Collection[int]) -> tuple[int, ...]:
    """The submodule that an import names, and the module, found at a place, that it takes a name from."""
    module, home = place
    own = () if home is None else (home,)
    target = answer.targets[0]
    if imp.name is None or target.kind != "module" or target.symbol != f"{module}.{imp.name}":
        return own
    submodule = (target.file,) if target.file >= 0 else ()
    return submodule if home in above else (*submodule, *own)


def packages(project: Project, file: int) -> tuple[int, ...]:
    """The `__init__` files of the packages above a module, the innermost first."""
    known = project.by_file(_packages)
    if file not in known:
        known[file] = _packages(project, file)
    return known[file]


def _packages(project: Project, file: int) -> tuple[int, ...]:
    source = project.files[file]
    folder, levels = source.path.rpartition("/")[0], source.module.count(".") + source.is_package
    found = project.once_for((folder, levels), _inits)
    return tuple([init for init in found if init != file]) if source.is_package else found


def _inits(project: Project, above: tuple[str, int]) -> tuple[int, ...]:
    """The `__init__` files of a folder and of those above it, so many levels up."""
    folder, levels = above
    found = []
    for _ in range(levels):
        init = project.by_path.get(f"{folder}/__init__.py" if folder else "__init__.py")
        if init is not None:
            found.append(init)
        folder = folder.rpartition("/")[0]
    return tuple(found)


def answered(project: Project, file: int) -> Mapping[str, int]:
    """Name -> the file that a module's `__getattr__` imports when it is asked for the name."""
    facts = project.files[file].facts
    if facts.getattr_names is None:
        return {}
    found = {}
    for imp in facts.imports:
        scope = facts.definitions[imp.scope] if imp.scope != MODULE else None
        if (
            imp.name is not None
            and scope is not None
            and (scope.name, scope.parent) == ("__getattr__", MODULE)
        ):
            _, home = project.table.locate(file, imp.module, imp.level)
            if home is not None:
                found[imp.bound] = home
    return found


def module_edges(project: Project) -> Edges:
    """The whole import graph at run time, by the names of modules; keep it with `project.once`."""
    names = [source.module for source in project.files]
    found: dict[str, frozenset[str]] = {}
    for file, name in enumerate(names):
        targets = {names[target] for target in imported_files(project, file)} - {name}
        found[name] = found.get(name, frozenset()) | targets
    return found


# -- ways


def reached(follow: Callable[[T], Iterable[T]], start: T, around: Collection[T] = ()) -> dict[T, T]:
    """All that is reached from a start, itself left out unless a way leads back -> the step before.

    Breadth first, and in sorted order, so that a way of `steps` is a shortest one and always the same.
    """
    found: dict[T, T] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in sorted(follow(here)):
            if there not in found and there not in around:
                found[there] = here
                if there != start:
                    queue.append(there)
    return found


def steps(came: Mapping[T, T], start: T, goal: T) -> list[T]:
    """The way that `reached` found from the start to a goal, both ends included; [] for none."""
    if goal not in came:
        return []
    way = [goal, came[goal]]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]


def way(edges: Edges, start: str, goal: str, around: Collection[str] = ()) -> list[str]:
    """The shortest way from one module to another, both ends included; [] for none, and from a module to itself."""
    if start == goal:
        return []
    return steps(reached(lambda module: edges.get(module, frozenset()), start, around), start, goal)


def way_back(project: Project, start: int, goal: int) -> list[str]:
    """The modules by which importing one file imports another, both ends included; [] where it does not."""
    if start == goal:
        return [project.files[goal].module]
    return [project.files[file].module for file in steps(project.once_for(start, _reached), start, goal)]


def _reached(project: Project, start: int) -> dict[int, int]:
    return reached(lambda file: imported_files(project, file), start)


def cycle(project: Project, file: int, home: int) -> list[str]:
    """The modules of the import cycle that `from home import name` in a file would close; [] for none.

    A cycle in which the file takes a name out of `home` already has to work, and is none.
    """
    here = project.files[file]
    for imp, answer in zip(here.facts.imports, project.resolutions[file], strict=True):
        takes = imp.name is not None and project.binds(home, imp.name) and project.at_import(file, imp)
        if takes and home in _named(imp, answer, _place(project, file, imp), ()):
            return []
    known = imported_files(project, file)
    running = {file, *packages(project, file)}  # their `__init__` does not run again
    starts = [home, *(item for item in packages(project, home) if item not in running and item not in known)]
    ways = [way for start in starts if (way := way_back(project, start, file))]
    return [here.module, *min(ways, key=len)] if ways else []
