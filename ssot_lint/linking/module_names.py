"""What the name of a module stands for: a file, a directory, compiled code, something from outside, or nothing."""

from __future__ import annotations

from ssot_lint.linking.modules import ModuleTable
from ssot_lint.linking.targets import Hop, Resolution, Target, dynamic, external, unresolved
from ssot_lint.linking.tells import sets_path
from ssot_lint.model import NAMELESS


def module_named(table: ModuleTable, module: str, found: int | None, file: int) -> Resolution:
    """What a module's name stands for in a file; `found`: where it is, if that is in the project."""
    if found is not None:
        return Resolution((Target("module", table.files[found].module, found),))
    if table.names.is_extension(module):
        return dynamic(module)
    if not table.is_first_party(module, file):
        return external(module)
    if table.is_package(module, file):
        return Resolution((Target("module", module),))
    return dynamic(module) if is_unread(table, module, file) else unresolved(module)


def submodule_of(table: ModuleTable, package: str, name: str, file: int | None = None) -> Resolution | None:
    """The module of this name in a package, as `file` sees it when given; None without one."""
    full = f"{package}.{name}" if package != NAMELESS else name
    if file is None and _is_in_several_roots(table, full):
        return dynamic(full)
    found = table.exact(full, file)
    if found is None and file is not None and table.files[file].module == package:
        found = table.part_by_path(file, name)
    if found is not None:
        hop = Hop(table.files[found].path, 1, f"submodule {name}")
        return Resolution((Target("module", table.files[found].module, found),), (hop,))
    if table.names.is_extension(full):
        return dynamic(full)
    if table.is_package(full, file):
        return Resolution((Target("module", full),))
    if table.names.parts and table.names.is_added(full):
        return external(full)
    return dynamic(full) if is_unread(table, full, file) else None


def is_unread(table: ModuleTable, name: str, importer: int | None = None) -> bool:
    """May a first-party module of this name be there without having been read?

    It is compiled, or its package sets `__path__`, or it would be left out if it were there: what `.gitignore`
    names may be written by a build.
    """
    if table.names.is_extension(name) or _is_in_open_package(table, name, importer):
        return True
    if not table.left_out.ignores or not table.is_first_party(name, importer):
        return False
    places = _places_of(table, name, importer)
    return any(table.left_out.covers(place) for place in places)


def _is_in_several_roots(table: ModuleTable, name: str) -> bool:
    """Does it depend on who asks which file a module is?"""
    if name.partition(".")[0] not in table.shared:
        return False
    return len({table.names.roots[file] for file in table.collisions.get(name, ())}) > 1


def _is_in_open_package(table: ModuleTable, name: str, importer: int | None) -> bool:
    """Is the nearest package around a name that exists one that sets its `__path__`?

    So does a module whose `__getattr__` answers any name: Python asks it for `__path__` too. A package with nothing
    in it that puts something else in its own place may be a whole other one.
    """
    while name := name.rpartition(".")[0]:
        package = table.exact(name, importer)
        if package is not None:
            file = table.files[package]
            if file.is_package:
                is_empty = file.module not in table.names.packages
                return sets_path(file) or (file.facts.dynamic_namespace and is_empty)
            return sets_path(file) or file.facts.getattr_names == ()
        if table.is_package(name, importer):
            return False
    return False


def _places_of(table: ModuleTable, name: str, importer: int | None) -> tuple[str, ...]:
    """Where a module that is not there would have to be: paths without ending."""
    package = name
    while package := package.rpartition(".")[0]:
        found = table.exact(package, importer)
        if found is not None:
            rest = name[len(package) :].replace(".", "/")
            return (
                (table.files[found].path.removesuffix("/__init__.py") + rest,)
                if table.files[found].is_package
                else ()
            )
    stem = name.replace(".", "/")
    roots = sorted({root for root in table.names.roots.values() if root is not None})
    return tuple(f"{root}/{stem}" if root else stem for root in roots)
