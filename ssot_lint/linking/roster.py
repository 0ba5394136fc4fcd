"""Which module names a set of files has, and which of them are the project's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.linking.outside import STANDARD_LIBRARY, Outside
from ssot_lint.linking.views import View, in_search_order, views
from ssot_lint.model import SourceFile
from ssot_lint.tree.roots import Alias


@dataclass(frozen=True, slots=True)
class Roster:
    """Module names, as far as they do not depend on who asks."""

    by_path: Mapping[str, int]
    by_name: Mapping[str, int]
    collisions: Mapping[str, tuple[int, ...]]  # all files of a name that several have
    packages: frozenset[str]  # with or without __init__.py
    extensions: frozenset[str]
    roots: Mapping[int, str | None]  # of the files that can be imported
    views: Mapping[tuple[str, str], View]
    installed: frozenset[str]  # top-level names of the standard library and of what is declared
    parts: frozenset[str]  # what distributions may add to a namespace
    spaces: frozenset[str]  # namespaces to which others may add what nobody declares: see `_shared`
    outdone: frozenset[
        str
    ]  # top-level names that mean what is installed, though there are files of that name
    first_party: frozenset[str]  # top-level names
    aliases: tuple[Alias, ...]
    alias_tops: frozenset[str]

    def is_extension(self, name: str) -> bool:
        """May a module of this name exist without a source that could be read? Compiled code may hold modules."""
        if name in self.extensions:
            return True
        while self.extensions and "." in name:
            name = name.rpartition(".")[0]
            if name in self.extensions or f"{name}.*" in self.extensions:
                return True
        return False

    def is_added(self, name: str) -> bool:
        """Does a distribution from outside add this to a namespace of the project, where nothing else has it?"""
        part = ""
        for piece in name.split("."):
            space, part = part, f"{part}.{piece}" if part else piece
            if part in self.by_name or part in self.extensions:
                return False
            if part in self.parts or space in self.spaces:
                return part not in self.packages
        return False

    def own_names(self, name: str) -> Iterator[tuple[str, str]]:
        """(source root, module name) for which an alias lets `name` stand."""
        if name.partition(".")[0] in self.alias_tops:
            for alias in self.aliases:
                if name == alias.prefix:
                    yield alias.root, alias.target
                elif name.startswith(f"{alias.prefix}."):
                    rest = name[len(alias.prefix) + 1 :]
                    yield alias.root, f"{alias.target}.{rest}" if alias.target else rest


def roster(files: Sequence[SourceFile], outside: Outside, configured: Sequence[str] = ()) -> Roster:
    """The module names of a set of files, packages without `__init__.py` included.

    Where a module and a package have one name, the package wins, as it does for Python. A module wins over a
    directory of its name that has no `__init__.py`. Where several source roots have a name, the first of them wins:
    as they are `configured`, else in the order of `detect_roots`.
    """
    places = [
        (index, root)
        for index, root in in_search_order(files, configured)
        # elsewhere `import_module` and relative imports can name what a statement cannot
        if files[index].importable or "." not in files[index].path.removesuffix(".py")
    ]
    by_name, collisions = _by_name(files, places)
    extensions = frozenset(outside.extensions)
    tops = {name.partition(".")[0] for name in (*by_name, *extensions)}
    regular = {top for top in tops if top in by_name or top in extensions}
    # a directory without __init__.py never wins against an installed package of its name
    installed = frozenset(outside.declared) | STANDARD_LIBRARY
    outdone = frozenset((tops - regular) & installed) | _only_in_test_projects(files, places, installed)
    packages = _packages((*by_name, *extensions))
    parts = frozenset(name for name in outside.declared if "." in name)
    return Roster(
        by_path={file.path: index for index, file in enumerate(files)},
        by_name=by_name,
        collisions=collisions,
        packages=packages,
        extensions=extensions,
        roots=dict(places),
        views=views(files, places),
        installed=installed,
        parts=parts,
        spaces=_shared(parts.difference(by_name, extensions, packages)) & packages.difference(by_name),
        outdone=outdone,
        first_party=frozenset(tops - outdone),
        aliases=tuple(sorted(outside.aliases)),
        alias_tops=frozenset(alias.prefix.partition(".")[0] for alias in outside.aliases) - outdone,
    )


_Places = Sequence[tuple[int, str | None]]
"""(number, source root) of files."""


def _by_name(
    files: Sequence[SourceFile], places: _Places
) -> tuple[Mapping[str, int], Mapping[str, tuple[int, ...]]]:
    """The file of each name, and all files of those that several have."""
    roots = dict(places)
    found: dict[str, int] = {}
    several: dict[str, list[int]] = {}
    for index, root in places:
        file = files[index]
        known = found.get(file.module)
        if known is not None:
            several.setdefault(file.module, [known]).append(index)
        if known is None or (file.is_package and not files[known].is_package and root == roots[known]):
            found[file.module] = index
    for name in [name for name in found if _is_hidden(files, found, name)]:
        del found[name]
    return found, {name: tuple(sorted(indexes)) for name, indexes in sorted(several.items())}


def _is_hidden(files: Sequence[SourceFile], names: Mapping[str, int], name: str) -> bool:
    """Does a name lead through a module, which has no modules inside?"""
    parent = name.rpartition(".")[0]
    while parent:
        found = names.get(parent)
        if found is not None and not files[found].is_package:
            return True
        parent = parent.rpartition(".")[0]
    return False


def _packages(names: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        parent = name.rpartition(".")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition(".")[0]
    return frozenset(found)


def _shared(parts: Iterable[str]) -> frozenset[str]:
    """Namespaces to which two declared distributions and more add what is not here: `plone` for `plone.api`, `plone.rest`.

    What these need themselves may add more, and is not declared.
    """
    adding = Counter(part.rpartition(".")[0] for part in parts)
    return frozenset(space for space, count in adding.items() if count > 1)


def _only_in_test_projects(
    files: Sequence[SourceFile], places: _Places, installed: frozenset[str]
) -> frozenset[str]:
    """Top-level names of installed packages that only projects among the tests have: `tests/data/plugin/build.py`."""
    roots: dict[str, set[bool]] = {}
    for index, root in places:
        top = files[index].module.partition(".")[0]
        if top in installed:
            roots.setdefault(top, set()).add(bool(root) and files[index].is_test)
    return frozenset(top for top, among in roots.items() if among == {True})


def scripts_apart(files: Sequence[SourceFile], names: Roster) -> frozenset[str]:
    """Top-level names of modules in nested source roots that modules elsewhere are called like, too: `train.py`."""
    stems: set[str] = set()
    for file in files:
        stem = file.module.rpartition(".")[2]
        home = names.by_name.get(stem)
        if home is not None and names.roots.get(home) and file.module != stem:
            stems.add(stem)
    return frozenset(stems)
