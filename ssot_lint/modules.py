"""Which module names exist, and which file answers an import."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy

from ssot_lint.model import MODULE, SourceFile
from ssot_lint.roots import Alias
from ssot_lint.targets import Hop, Resolution, Target, dynamic, external, unresolved

STANDARD_LIBRARY = sys.stdlib_module_names


class ModuleTable:
    """Module names of a set of files, packages without `__init__.py` included.

    Where a module and a package have one name, the package wins, as it does for Python; all files of such a
    name are in `collisions`. A module wins over a directory of its name that has no `__init__.py`.
    """

    def __init__(
        self,
        files: Sequence[SourceFile],
        declared: Collection[str] = (),
        extensions: Collection[str] = (),
        aliases: Collection[Alias] = (),
    ) -> None:
        self.files = files
        self.by_path = {file.path: index for index, file in enumerate(files)}
        self.by_name: dict[str, int] = {}
        self.extensions = frozenset(extensions)
        """Modules with no Python source here: .so, .pyd, .pyi, .pyx, .pxd; `a.b.*`: any below."""
        self._open = any(name.endswith(".*") for name in self.extensions)
        self.packages: set[str] = set()
        several: dict[str, list[int]] = {}
        for index, file in enumerate(files):
            if not file.importable and "." in file.path.removesuffix(".py"):
                continue  # elsewhere `import_module` and relative imports can name what a statement cannot
            known = self.by_name.get(file.module)
            if known is not None:
                several.setdefault(file.module, [known]).append(index)
            if known is None or (file.is_package and not files[known].is_package):
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
        self._installed = frozenset(declared) | sys.stdlib_module_names
        self._outdone = frozenset((tops - regular) & self._installed)
        self._first_party = frozenset(tops - self._outdone)
        self._aliases = tuple(sorted(aliases))
        self._alias_tops = frozenset(alias.prefix.partition(".")[0] for alias in aliases) - self._outdone
        self._beside = {part.removesuffix(".py") for path in self.by_path for part in path.split("/")}
        self._located: dict[str, tuple[str, int | None]] = {}  # the same from every file
        self._elsewhere: dict[tuple[str, str, bool], bool] = {}

    def reread(self, files: Sequence[SourceFile]) -> ModuleTable:
        """The same modules in files of the same places, some of which have another text."""
        again = copy(self)
        again.files = files
        again._elsewhere = {}
        return again

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
        """May a module of this name exist without a source that could be read?"""
        if name in self.extensions:
            return True
        while self._open and "." in name:
            name = name.rpartition(".")[0]
            if f"{name}.*" in self.extensions:
                return True
        return False

    def find(self, name: str, importer: int | None = None) -> int | None:
        """The file of a module; a module beside the importing file counts when no root has its top-level name."""
        found = self.exact(name)
        if found is None and importer is None:
            return None
        top = name.partition(".")[0]
        if found is not None:
            return None if top in self._outdone else found
        if top in self._first_party or top in self._alias_tops or importer is None:
            return None
        return self.sibling(name, importer)

    def exact(self, name: str) -> int | None:
        """The file of a module by its name, or by one of its further names."""
        found = self.by_name.get(name)
        if found is not None:
            return found
        if name.endswith(".__init__"):
            package = self.by_name.get(name.removesuffix(".__init__"))
            return package if package is not None and self.files[package].is_package else None
        if not self._alias_tops:
            return None
        for root, own in self._own_names(name):
            found = self.by_name.get(own)
            if found is not None and (not root or self.files[found].path.startswith(f"{root}/")):
                return found
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
        return name, self.exact(name) if name is not None else None

    def sibling(self, name: str, importer: int) -> int | None:
        """A script's own directory is on its path: `import helper` finds `helper.py` beside it."""
        if self._is_elsewhere(name, importer):
            return None
        return self._at(self._beside_of(importer) + name.replace(".", "/"))

    def _is_elsewhere(self, name: str, importer: int) -> bool:
        """Does a dotted name mean something other than what stands beside a script?

        Always under a name of the standard library or of a declared dependency: which one wins depends on how
        the file is run. Also where the file beside imports its own name: `import redis` in `backends/redis.py`
        means the one that is installed; and, inside a package, where a module beside has the first part of a name
        that only a package can answer: `import bokeh.models` beside `bokeh.py`.
        """
        top, inside, _ = name.partition(".")
        if top in self._installed:
            return True
        stem = self._beside_of(importer)
        key = (stem, top, bool(inside))
        if key not in self._elsewhere:
            beside = self._at(stem + top)
            self._elsewhere[key] = beside is not None and (
                imports_itself(self.files[beside])
                or (
                    bool(inside)
                    and not self.files[beside].is_package
                    and f"{stem}__init__.py" in self.by_path
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
        """Does an absolute name stand for the same whichever file imports it: could none have it beside itself?"""
        top = name.partition(".")[0]
        return top in self._first_party or top in self._alias_tops or top not in self._beside

    def is_package(self, name: str) -> bool:
        """Does a package of this name exist, with or without `__init__.py`?"""
        if name in self.packages:
            return True
        found = self.exact(name)
        if found is not None:
            return self.files[found].is_package
        return any(not own or own in self.packages for _, own in self._own_names(name)) or any(
            alias.prefix.startswith(f"{name}.") for alias in self._aliases
        )

    def is_first_party(self, name: str, importer: int | None = None) -> bool:
        """Does the name's top level belong to this project?

        A name of the standard library does only when the file it names exists here.
        """
        top = name.partition(".")[0]
        if top in self._first_party:
            return top not in sys.stdlib_module_names or name in self.by_name
        if top in self._alias_tops:
            return True
        if importer is None or self._is_elsewhere(name, importer):
            return False
        return self.sibling(top, importer) is not None

    def module(self, module: str, found: int | None, file: int) -> Resolution:
        """What a module's name stands for in a file; `found`: where it is, if that is in the project."""
        if found is not None:
            return Resolution((Target("module", self.files[found].module, found),))
        if self.is_extension(module):
            return dynamic(module)
        if not self.is_first_party(module, file):
            return external(module)
        if self.is_package(module):
            return Resolution((Target("module", module),))
        return unresolved(module)

    def submodule(self, package: str, name: str, file: int | None = None) -> Resolution | None:
        """The module of this name in a package, as `file` sees it when given; None without one."""
        full = f"{package}.{name}"
        found = self.exact(full) if file is None else self.find(full, file)
        if found is not None:
            hop = Hop(self.files[found].path, 1, f"submodule {name}")
            return Resolution((Target("module", self.files[found].module, found),), (hop,))
        if self.is_extension(full):
            return dynamic(full)
        return Resolution((Target("module", full),)) if self.is_package(full) else None

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
    ) and (put_in_place([file]), imports_itself(file)) == (put_in_place([other]), imports_itself(other))
