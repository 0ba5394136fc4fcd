"""Which module names exist, and which file answers an import."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from typing import NamedTuple

from ssot_lint.linking.targets import Hop, Resolution, Target, dynamic, external, unresolved
from ssot_lint.linking.views import View, in_search_order, is_open, views
from ssot_lint.model import MODULE, SourceFile
from ssot_lint.tree.ignore import Patterns, would_be_ignored
from ssot_lint.tree.roots import Alias

STANDARD_LIBRARY = sys.stdlib_module_names

_COLLECTED = re.compile(r"conftest\.py|test_.*\.py|.*_test\.py")
"""What pytest imports by itself."""


class Outside(NamedTuple):
    """What is known of a project besides its Python files."""

    declared: Collection[str] = ()
    """Import names of third-party dependencies, which win over directories without `__init__.py`.

    Dotted: what a distribution may add to a namespace (`shop.core` of `shop-core`).
    """

    extensions: Collection[str] = ()
    """Modules with no Python source here: .so, .pyd, .pyi, .pyx, .pxd; `a.b.*`: any below."""

    stubbed: Collection[str] = ()
    """Modules with a .pyi beside their source: type checkers see that one."""

    aliases: Collection[Alias] = ()
    """Further names of modules, for nested source roots and linked directories."""

    ignores: Sequence[Patterns] = ()
    """What a file is left out by, innermost first; a module that they would leave out may be there."""


NOTHING_ELSE = Outside()


class ModuleTable:
    """Module names of a set of files, packages without `__init__.py` included.

    Where a module and a package have one name, the package wins, as it does for Python; all files of such a
    name are in `collisions`. A module wins over a directory of its name that has no `__init__.py`. Where several
    source roots have a name, the first of them wins, but for the files of the others: see `views`.
    """

    def __init__(
        self,
        files: Sequence[SourceFile],
        outside: Outside = NOTHING_ELSE,
        roots: Sequence[str] = (),
    ) -> None:
        """`roots`: source roots as they are configured; default: in the order of `detect_roots`."""
        self.files = files
        self.by_path = {file.path: index for index, file in enumerate(files)}
        self.by_name: dict[str, int] = {}
        self.extensions = frozenset(outside.extensions)
        self.stubbed = frozenset(outside.stubbed)
        self.packages: set[str] = set()
        several: dict[str, list[int]] = {}
        places = [
            (index, root)
            for index, root in in_search_order(files, roots)
            # elsewhere `import_module` and relative imports can name what a statement cannot
            if files[index].importable or "." not in files[index].path.removesuffix(".py")
        ]
        self._roots = dict(places)
        self._views = views(files, places)
        for index, root in places:
            file = files[index]
            known = self.by_name.get(file.module)
            if known is not None:
                several.setdefault(file.module, [known]).append(index)
            if known is None or (
                file.is_package and not files[known].is_package and root == self._roots[known]
            ):
                self.by_name[file.module] = index
        self.collisions = {name: tuple(sorted(indexes)) for name, indexes in sorted(several.items())}
        hidden = [name for name in self.by_name if self._is_hidden(name)]
        for name in hidden:
            del self.by_name[name]
        for name in (*self.by_name, *self.extensions):
            parent = name.rpartition(".")[0]
            while parent and parent not in self.packages:
                self.packages.add(parent)
                parent = parent.rpartition(".")[0]
        tops = {name.partition(".")[0] for name in (*self.by_name, *self.extensions)}
        regular = {top for top in tops if top in self.by_name or top in self.extensions}
        # a directory without __init__.py never wins against an installed package of its name
        self._installed = frozenset(outside.declared) | sys.stdlib_module_names
        self._outdone = frozenset((tops - regular) & self._installed) | self._only_in_test_projects()
        self._parts = frozenset(name for name in outside.declared if "." in name)
        self._first_party = frozenset(tops - self._outdone)
        self._aliases = tuple(sorted(outside.aliases))
        self._alias_tops = (
            frozenset(alias.prefix.partition(".")[0] for alias in self._aliases) - self._outdone
        )
        self.shared = frozenset(top for _, top in self._views)
        """Top-level names that several source roots have."""
        self._put_first = _put_first(self.by_path, {root for root in self._roots.values() if root})
        self._seen_by_tests = frozenset().union(*self._put_first.values())
        self._beside = {part.removesuffix(".py") for path in self.by_path for part in path.split("/")}
        self._ignores = tuple(outside.ignores)
        self._left_out: dict[str, bool] = {}  # path of a module that is not there -> would it be ignored?
        self._left_out_directories: dict[str, bool] = {}
        self._located: dict[str, tuple[str, int | None]] = {}  # the same from every file
        self._elsewhere: dict[tuple[str, str], bool] = {}
        self._given: dict[int, set[str]] = {}
        for index, file in enumerate(files):
            for path, name in () if file.is_test else file.facts.given:
                module = path.lstrip(".").removesuffix(".*")
                full, at = self.locate(index, module, len(path) - len(path.lstrip(".")))
                if path.endswith(".*"):
                    below = [other for known, other in self.by_name.items() if known.startswith(f"{full}.")]
                else:
                    below = [] if at is None else [at]
                for other in below:
                    self._given.setdefault(other, set()).add(name)

    def is_given(self, file: int, name: str) -> bool:
        """Does another module set a name on this one as it loads? `module.NAME = ...`, `setattr(module, "NAME", ...)`

        What it does in its functions counts where it calls them at its top.
        """
        names = self._given.get(file, ())
        return name in names or "" in names

    def reread(self, files: Sequence[SourceFile]) -> ModuleTable:
        """The same modules in files of the same places, some of which have another text."""
        again = copy(self)
        again.files = files
        again._elsewhere = {}
        return again

    def _only_in_test_projects(self) -> frozenset[str]:
        """Top-level names of installed packages that only projects among the tests have: `tests/data/plugin/build.py`."""
        roots: dict[str, set[bool]] = {}
        for index, root in self._roots.items():
            file = self.files[index]
            top = file.module.partition(".")[0]
            if top in self._installed:
                roots.setdefault(top, set()).add(bool(root) and file.is_test)
        return frozenset(top for top, among in roots.items() if among == {True})

    def _is_hidden(self, name: str) -> bool:
        """Does the name lead through a module, which has no modules inside?"""
        parent = name.rpartition(".")[0]
        while parent:
            found = self.by_name.get(parent)
            if found is not None and not self.files[found].is_package:
                return True
            parent = parent.rpartition(".")[0]
        return False

    def is_extension(self, name: str) -> bool:
        """May a module of this name exist without a source that could be read? Compiled code may hold modules."""
        if name in self.extensions:
            return True
        while self.extensions and "." in name:
            name = name.rpartition(".")[0]
            if name in self.extensions or f"{name}.*" in self.extensions:
                return True
        return False

    def is_unread(self, name: str, importer: int | None = None) -> bool:
        """May a first-party module of this name be there without having been read?

        It is compiled, or its package sets `__path__`, or it would be left out if it were there: what `.gitignore`
        names may be written by a build.
        """
        if self.is_extension(name) or self._is_in_open_package(name, importer):
            return True
        if not self._ignores or not self.is_first_party(name, importer):
            return False
        places = self._places_of(name, importer)
        return any(self._would_be_left_out(place) for place in places)

    def _would_be_left_out(self, place: str) -> bool:
        """Would a module at a path without ending be ignored if it were there? Many imports ask for the same few."""
        known = self._left_out.get(place)
        if known is None:
            known = self._left_out[place] = any(
                would_be_ignored(self._ignores, place + end, self._left_out_directories)
                for end in (".py", "/__init__.py")
            )
        return known

    def _is_in_open_package(self, name: str, importer: int | None) -> bool:
        """Is the nearest package around a name that exists one that sets its `__path__`?

        So does a module whose `__getattr__` answers any name: Python asks it for `__path__` too.
        """
        while name := name.rpartition(".")[0]:
            package = self.exact(name, importer)
            if package is not None:
                file = self.files[package]
                return _sets_path(file) or (not file.is_package and file.facts.getattr_names == ())
            if self.is_package(name, importer):
                return False
        return False

    def _is_added(self, name: str) -> bool:
        """Does a declared distribution add this to a namespace of the project, where nothing else has it?"""
        part = ""
        for piece in name.split("."):
            part = f"{part}.{piece}" if part else piece
            if part in self.by_name or part in self.extensions:
                return False
            if part in self._parts:
                return part not in self.packages
        return False

    def _places_of(self, name: str, importer: int | None) -> tuple[str, ...]:
        """Where a module that is not there would have to be: paths without ending."""
        package = name
        while package := package.rpartition(".")[0]:
            found = self.exact(package, importer)
            if found is not None:
                rest = name[len(package) :].replace(".", "/")
                return (
                    (self.files[found].path.removesuffix("/__init__.py") + rest,)
                    if self.files[found].is_package
                    else ()
                )
        stem = name.replace(".", "/")
        roots = sorted({root for root in self._roots.values() if root is not None})
        return tuple(f"{root}/{stem}" if root else stem for root in roots)

    def find(self, name: str, importer: int | None = None) -> int | None:
        """The file of a module; a module beside the importing file counts when no root has its top-level name."""
        first = self._put_first_for(name, importer) if importer is not None and self._put_first else None
        if first is not None:
            found = self._at(first + name.replace(".", "/"))
            if found is not None:
                return found
        found = self.exact(name, importer)
        if found is None and importer is None:
            return None
        top = name.partition(".")[0]
        if found is not None:
            return None if top in self._outdone else found
        if top in self._first_party or top in self._alias_tops or importer is None:
            return None
        return self.sibling(name, importer)

    def exact(self, name: str, importer: int | None = None) -> int | None:
        """The file of a module by its name, or by one of its further names, as `importer` sees it when given."""
        if name.endswith(".__init__"):
            package = self.exact(name.removesuffix(".__init__"), importer)
            return package if package is not None and self.files[package].is_package else None
        own = self._view(name, importer)
        found = own.modules.get(name) if own is not None else None
        if found is None and (own is None or not own.hides(name)):
            found = self.by_name.get(name)
            if own is not None and found in own.hidden:
                return None
        if found is not None or not self._alias_tops:
            return found
        for root, target in self._own_names(name):
            there = self._views.get((root, target.partition(".")[0]))
            found = self.by_name.get(target) if there is None else there.modules.get(target)
            if found is not None and (not root or self.files[found].path.startswith(f"{root}/")):
                return found
        return None

    def _view(self, name: str, importer: int | None) -> View | None:
        """The modules of the importing file's own root, if they come before those of others.

        The project root is a root for want of another: only within its own package it is sure to be the one.
        """
        if importer is None or not self._views:
            return None
        root, top = self._roots.get(importer), name.partition(".")[0]
        if root is None or (not root and self.files[importer].module.partition(".")[0] != top):
            return None
        return self._views.get((root, top))

    def are_apart(self, one: int, other: int) -> bool:
        """Do two files stand in source roots of their own, so that one may be installed without the other?"""
        first, second = self._roots.get(one), self._roots.get(other)
        return bool(first) and bool(second) and first != second

    def seen_from(self, name: str, importer: int) -> str:
        """The directory that answers first when a file asks for a name; "" where all files get the same answer."""
        first = self._put_first_for(name, importer)
        if first is not None:
            return first
        return "" if self._view(name, importer) is None else self._roots[importer] or "."

    def is_own_part(self, package: str, name: str, importer: int) -> bool:
        """Does the importing file's own root have this in a directory without `__init__.py`?

        The package may have one in another root, which is not on the path where the file's own root alone is.
        """
        own = self._view(package, importer)
        full = f"{package}.{name}"
        return (
            own is not None and package not in own.modules and (full in own.modules or full in own.packages)
        )

    def _put_first_for(self, name: str, importer: int) -> str | None:
        """The directory, with a slash, that pytest puts on the path for a file and that has a top-level name."""
        top = name.partition(".")[0]
        if top not in self._seen_by_tests or top in self._installed:
            return None
        directory = self.files[importer].path
        while "/" in directory:
            directory = directory.rpartition("/")[0]
            if top in self._put_first.get(directory, ()):
                return f"{directory}/"
        return None

    def _own_names(self, name: str) -> Iterator[tuple[str, str]]:
        """(source root, module name) for which an alias lets `name` stand."""
        if name.partition(".")[0] in self._alias_tops:
            for alias in self._aliases:
                if name == alias.prefix:
                    yield alias.root, alias.target
                elif name.startswith(f"{alias.prefix}."):
                    rest = name[len(alias.prefix) + 1 :]
                    yield alias.root, f"{alias.target}.{rest}" if alias.target else rest

    def locate(self, file: int, module: str, level: int) -> tuple[str | None, int | None]:
        """(absolute name, file) of the module that an import statement in `file` names, as far as they exist."""
        if not level:
            known = self._located.get(module)
            if known is None:
                known = module, self.find(module, file)
                if self.same_everywhere(module):
                    self._located[module] = known
            return known
        name = self.absolute(file, module, level)
        # what is reached from inside a directory exists, whoever owns its name from outside
        return name, self.exact(name, file) if name is not None else None

    def sibling(self, name: str, importer: int) -> int | None:
        """A script's own directory is on its path: `import helper` finds `helper.py` beside it."""
        if self._is_elsewhere(name, importer):
            return None
        return self._at(self._beside_of(importer) + name.replace(".", "/"))

    def _is_elsewhere(self, name: str, importer: int) -> bool:
        """Does a dotted name mean something other than what stands beside a script?

        Always under a name of the standard library or of a declared dependency: which one wins depends on how
        the file is run. Also where the file beside imports its own name: `import redis` in `backends/redis.py`
        means the one that is installed; and, inside a package, where what is beside has the first part of a name
        and not the rest: `import bokeh.models` beside `bokeh.py`, or beside `bokeh/` without that.
        """
        top, inside, _ = name.partition(".")
        if top in self._installed:
            return True
        stem = self._beside_of(importer)
        key = (stem, name)
        if key not in self._elsewhere:
            beside = self._at(stem + top)
            self._elsewhere[key] = beside is not None and (
                imports_itself(self.files[beside])
                or (
                    bool(inside)
                    and f"{stem}__init__.py" in self.by_path
                    and self._at(stem + name.replace(".", "/")) is None
                )
            )
        return self._elsewhere[key]

    def _beside_of(self, file: int) -> str:
        """The directory of a file, with the slash that stands before a name in it."""
        directory, slash, _ = self.files[file].path.rpartition("/")
        return directory + slash

    def _at(self, stem: str) -> int | None:
        """The package or the module at a path without its ending."""
        package = self.by_path.get(f"{stem}/__init__.py")
        return self.by_path.get(f"{stem}.py") if package is None else package

    def same_everywhere(self, name: str) -> bool:
        """Does an absolute name stand for the same whichever file imports it: could none have it beside itself, or in its own root?"""
        top = name.partition(".")[0]
        if top in self.shared or top in self._seen_by_tests:
            return False
        return top in self._first_party or top in self._alias_tops or top not in self._beside

    def is_package(self, name: str, importer: int | None = None) -> bool:
        """Does a package of this name exist, with or without `__init__.py`, as `importer` sees it when given?"""
        own = self._view(name, importer)
        if own is not None and name in own.packages:
            return True
        if name in self.packages and (own is None or not own.hides(name)):
            return True
        found = self.exact(name, importer)
        if found is not None:
            return self.files[found].is_package
        return any(not own or own in self.packages for _, own in self._own_names(name)) or any(
            alias.prefix.startswith(f"{name}.") for alias in self._aliases
        )

    def top_level(self) -> frozenset[str]:
        """The names of the packages and modules that belong to this project wherever they are asked for."""
        return self._first_party

    def is_installed(self, top: str) -> bool:
        """Is a top-level name one of the standard library, or of what the project declares that it needs?"""
        return top in self._installed

    def is_first_party(self, name: str, importer: int | None = None) -> bool:
        """Does the name's top level belong to this project?

        A name of the standard library does only when the file it names exists here.
        """
        top = name.partition(".")[0]
        if self._parts and self._is_added(name):
            return False
        if top in self._first_party:
            return top not in sys.stdlib_module_names or name in self.by_name
        if top in self._alias_tops:
            return True
        if importer is None or self._is_elsewhere(name, importer):
            return False
        return self._put_first_for(name, importer) is not None or self.sibling(top, importer) is not None

    def is_outdone(self, name: str) -> bool:
        """Does a name mean what is installed, though there are files of that name?"""
        return name.partition(".")[0] in self._outdone

    def module(self, module: str, found: int | None, file: int) -> Resolution:
        """What a module's name stands for in a file; `found`: where it is, if that is in the project."""
        if found is not None:
            return Resolution((Target("module", self.files[found].module, found),))
        if self.is_extension(module):
            return dynamic(module)
        if not self.is_first_party(module, file):
            return external(module)
        if self.is_package(module, file):
            return Resolution((Target("module", module),))
        return dynamic(module) if self.is_unread(module, file) else unresolved(module)

    def submodule(self, package: str, name: str, file: int | None = None) -> Resolution | None:
        """The module of this name in a package, as `file` sees it when given; None without one."""
        full = f"{package}.{name}"
        if file is None and self._is_in_several_roots(full):
            return dynamic(full)
        found = self.exact(full, file)
        if found is not None:
            hop = Hop(self.files[found].path, 1, f"submodule {name}")
            return Resolution((Target("module", self.files[found].module, found),), (hop,))
        if self.is_extension(full):
            return dynamic(full)
        if self.is_package(full, file):
            return Resolution((Target("module", full),))
        if self._parts and self._is_added(full):
            return external(full)
        return dynamic(full) if self.is_unread(full, file) else None

    def _is_in_several_roots(self, name: str) -> bool:
        """Does it depend on who asks which file a module is?"""
        if name.partition(".")[0] not in self.shared:
            return False
        return len({self._roots[file] for file in self.collisions.get(name, ())}) > 1

    def absolute(self, file: int, module: str, level: int) -> str | None:
        """The absolute name a relative import means; None when it leads out of the top-level package."""
        if level == 0:
            return module
        parts = self.files[file].module.split(".")
        kept = len(parts) - level + self.files[file].is_package
        if kept <= 0:
            return None
        base = ".".join(parts[:kept])
        return f"{base}.{module}" if module else base


def _put_first(paths: Collection[str], roots: Collection[str]) -> dict[str, frozenset[str]]:
    """Directory -> the modules and packages in it, for those that pytest puts on the path before all others.

    It does so, unless it is told otherwise, with the directory of a `conftest.py` or a module of tests that is part
    of no package. The files below import what is there: `from common import login` in `tests/web/users/test_list.py`.
    """
    found: dict[str, set[str]] = {}
    for path in paths:
        directory, slash, name = path.rpartition("/")
        if (
            slash
            and _COLLECTED.fullmatch(name)
            and directory not in roots
            and f"{directory}/__init__.py" not in paths
        ):
            found[directory] = set()
    for path in paths if found else ():
        directory, _, name = path.rpartition("/")
        if directory in found:
            found[directory].add(name.removesuffix(".py"))
        elif name == "__init__.py" and (parent := directory.rpartition("/")[0]) in found:
            found[parent].add(directory.rpartition("/")[2])
    return {directory: frozenset(names) for directory, names in found.items()}


def _sets_path(file: SourceFile) -> bool:
    """May a package have modules in further directories?"""
    return any(item.name == "__path__" and item.scope == MODULE for item in file.facts.assignments)


def imports_itself(file: SourceFile) -> bool:
    """Does a module import a module that is called as it is, and so is another one?"""
    own = file.path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
    return any(not imp.level and imp.module.partition(".")[0] == own for imp in file.facts.imports)


def put_in_place(files: Iterable[SourceFile]) -> set[str]:
    """Modules that importing another one makes: `sys.modules["pkg.late"] = module` outside functions and tests.

    `pkg.*` where nobody can say which: the names are computed, or `pkg` is no package and stands in for one.
    """
    found: set[str] = set()
    for file in files:
        for path in () if file.is_test else file.facts.paths:
            if path.form != "sys.modules" or path.scope != MODULE:
                continue
            if path.value and "{" not in path.value:
                found.add(path.value)
                if not file.is_package and path.value.startswith(f"{file.module}."):
                    found.add(f"{file.module}.*")
            else:
                found.add(f"{file.module}.*")
    return found


def is_found_as(file: SourceFile, other: SourceFile) -> bool:
    """Are the same modules there with either of two readings of a file?"""
    return all(
        getattr(file, name) == getattr(other, name)
        for name in ("path", "module", "is_package", "importable", "is_test")
    ) and found_by(file) == found_by(other)


def found_by(file: SourceFile) -> tuple[object, ...]:
    """What a file's text says of where modules are found, and what they hold."""
    return (
        sorted(put_in_place([file])),
        imports_itself(file),
        is_open(file),
        _sets_path(file),
        file.facts.given,
    )
