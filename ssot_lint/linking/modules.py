"""Which file answers an import, of whichever file asks."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from ssot_lint.linking.beside import Beside
from ssot_lint.linking.outside import NOTHING_ELSE, STANDARD_LIBRARY, LeftOut, Outside
from ssot_lint.linking.roster import roster, scripts_apart
from ssot_lint.linking.views import View
from ssot_lint.model import NAMELESS, SourceFile


class ModuleTable:
    """Finds modules for the files that ask for them.

    All files of a name that several have are in `collisions`. Where several source roots have a name, each root's
    files see their own: see `views`.
    """

    def __init__(
        self,
        files: Sequence[SourceFile],
        outside: Outside = NOTHING_ELSE,
        roots: Sequence[str] = (),
    ) -> None:
        """`roots`: source roots as they are configured; default: in the order of `detect_roots`."""
        self.files = files
        self.names = names = roster(files, outside, roots)
        self.by_path, self.by_name, self.collisions = names.by_path, names.by_name, names.collisions
        self.stubbed = frozenset(outside.stubbed)
        self.shared = frozenset(top for _, top in names.views)
        """Top-level names that several source roots have."""
        # no package: what stands beside a script wins
        self._directories = names.first_party.difference(names.by_name, names.extensions)
        own = {root for root in names.roots.values() if root}
        self.beside = Beside(files, names.by_path, own, names.installed)
        self._scripted = scripts_apart(files, names)
        self.left_out = LeftOut(outside.ignores)
        tops = {root.partition("/")[0] for root in names.roots.values() if root}
        self._around = frozenset(top for top in tops if self.beside.at(top) is None)
        """Directories without `__init__.py` that have a source root in them, or are one."""
        self._located: dict[str, tuple[str, int | None]] = {}  # the same from every file
        self._given = self._given_names()

    def reread(self, files: Sequence[SourceFile]) -> ModuleTable:
        """The same modules in files of the same places, some of which have another text."""
        again = copy(self)
        again.files = files
        again.beside = self.beside.reread(files)
        return again

    def _for_a_script(self, name: str, importer: int, found: int) -> int:
        """The module beside a script, which comes before one in a source root that the script is not in."""
        file = self.files[importer]
        directory, slash, _ = file.path.rpartition("/")
        if self.names.roots.get(importer) == self.names.roots.get(found) or (
            f"{directory}{slash}__init__.py" in self.names.by_path and not file.facts.main_guard
        ):
            return found
        beside = self.beside.sibling(name, importer)
        return found if beside is None else beside

    def _given_names(self) -> dict[int, set[str]]:
        """By file: names that other modules set on it as they load."""
        found: dict[int, set[str]] = {}
        for index, file in enumerate(self.files):
            for path, name in () if file.is_test else file.facts.given:
                if not path:
                    found.setdefault(index, set()).add(name)
                    continue
                module = path.lstrip(".").removesuffix(".*")
                full, at = self.locate(index, module, len(path) - len(path.lstrip(".")))
                if path.endswith(".*"):
                    below = [other for known, other in self.by_name.items() if known.startswith(f"{full}.")]
                else:
                    below = [] if at is None else [at]
                for other in below:
                    found.setdefault(other, set()).add(name)
        return found

    def is_given(self, file: int, name: str) -> bool:
        """Does another module set a name on this one as it loads? `module.NAME = ...`, `setattr(module, "NAME", ...)`

        What it does in its functions counts where it calls them at its top.
        """
        names = self._given.get(file, ())
        return name in names or "" in names

    def find(self, name: str, importer: int | None = None) -> int | None:
        """The file of a module; a module beside the importing file counts when no root has its top-level name."""
        first = (
            self.beside.put_first_for(name, importer)
            if importer is not None and self.beside.seen_by_tests
            else None
        )
        if first is not None:
            found = self.beside.at(first + name.replace(".", "/"))
            if found is not None:
                return found
        found = self.exact(name, importer)
        if found is None and importer is None:
            return None
        top = name.partition(".")[0]
        if found is not None and top in self._scripted and importer is not None:
            found = self._for_a_script(name, importer, found)
        if found is not None:
            return None if top in self.names.outdone else found
        if importer is None:
            return None
        if top in self._directories:
            return (
                self.beside.sibling(name, importer)
                if self.beside.sibling(top, importer) is not None
                else None
            )
        if top in self.names.first_party:
            return None
        return None if top in self.names.alias_tops else self.beside.sibling(name, importer)

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
        if found is not None or not self.names.alias_tops:
            return found
        for root, target in self.names.own_names(name):
            there = self.names.views.get((root, target.partition(".")[0]))
            found = self.by_name.get(target) if there is None else there.modules.get(target)
            if found is not None and (not root or self.files[found].path.startswith(f"{root}/")):
                return found
        return None

    def _view(self, name: str, importer: int | None) -> View | None:
        """The modules of the importing file's own root, if they come before those of others.

        The project root is a root for want of another: only within its own package it is sure to be the one.
        """
        if importer is None or not self.names.views:
            return None
        root, top = self.names.roots.get(importer), name.partition(".")[0]
        if root is None or (not root and self.files[importer].module.partition(".")[0] != top):
            return None
        return self.names.views.get((root, top))

    def are_apart(self, one: int, other: int) -> bool:
        """Do two files stand in source roots of their own, so that one may be installed without the other?"""
        first, second = self.names.roots.get(one), self.names.roots.get(other)
        return bool(first) and bool(second) and first != second

    def seen_from(self, name: str, importer: int) -> str:
        """The directory that answers first when a file asks for a name; "" where all files get the same answer."""
        first = self.beside.put_first_for(name, importer)
        if first is not None:
            return first
        found = self.exact(name, importer) if name.partition(".")[0] in self._scripted else None
        if found is not None and self._for_a_script(name, importer, found) != found:
            directory, slash, _ = self.files[importer].path.rpartition("/")
            return directory + slash
        return "" if self._view(name, importer) is None else self.names.roots[importer] or "."

    def is_own_part(self, package: str, name: str, importer: int) -> bool:
        """Does the importing file's own root have this in a directory without `__init__.py`?

        The package may have one in another root, which is not on the path where the file's own root alone is.
        """
        own = self._view(package, importer)
        full = f"{package}.{name}"
        return (
            own is not None and package not in own.modules and (full in own.modules or full in own.packages)
        )

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
        found = self.exact(name, file) if name is not None else None
        return name, self._by_path(file, module, level) if found is None else found

    def _by_path(self, file: int, module: str, level: int) -> int | None:
        """What a relative import reaches where no absolute name does: in `steps/`, beside a script `steps.py`."""
        above = self.files[file].path.split("/")[:-level]
        if not above or self.by_name.get(self.files[file].module) is not None:
            return None
        stem = "/".join((*above, *module.split(".")))
        return self.beside.at(stem) if module else self.names.by_path.get(f"{stem}__init__.py")

    def part_by_path(self, file: int, name: str) -> int | None:
        """The module of this name in a package that no absolute name reaches."""
        return self._by_path(file, name, 1) if self.files[file].is_package else None

    def same_everywhere(self, name: str) -> bool:
        """Does an absolute name stand for the same whichever file imports it: could none have it beside itself, or in its own root?"""
        top = name.partition(".")[0]
        if (
            top in self.shared
            or top in self.beside.seen_by_tests
            or top in self._scripted
            or top in self._around
        ):
            return False
        known = top in self.names.first_party and top not in self._directories
        return known or top in self.names.alias_tops or top not in self.beside.names

    def is_package(self, name: str, importer: int | None = None) -> bool:
        """Does a package of this name exist, with or without `__init__.py`, as `importer` sees it when given?"""
        own = self._view(name, importer)
        if own is not None and name in own.packages:
            return True
        if name in self.names.packages and (own is None or not own.hides(name)):
            return True
        found = self.exact(name, importer)
        if found is not None:
            return self.files[found].is_package
        return any(not own or own in self.names.packages for _, own in self.names.own_names(name)) or any(
            alias.prefix.startswith(f"{name}.") for alias in self.names.aliases
        )

    def top_level(self) -> frozenset[str]:
        """The names of the packages and modules that belong to this project wherever they are asked for."""
        return self.names.first_party

    def is_installed(self, top: str) -> bool:
        """Is a top-level name one of the standard library, or of what the project declares that it needs?"""
        return top in self.names.installed

    def is_first_party(self, name: str, importer: int | None = None) -> bool:
        """Does the name's top level belong to this project?

        A name of the standard library does only when the file it names exists here.
        """
        top = name.partition(".")[0]
        if self.names.parts and self.names.is_added(name):
            return False
        if importer is not None and self._is_around(name, importer):
            return False
        if top in self.names.first_party:
            return top not in STANDARD_LIBRARY or name in self.by_name
        if top in self.names.alias_tops:
            return True
        if importer is None or self.beside.is_elsewhere(name, importer):
            return False
        return (
            self.beside.put_first_for(name, importer) is not None
            or self.beside.sibling(top, importer) is not None
        )

    def _is_around(self, name: str, importer: int) -> bool:
        """Is it below a directory without `__init__.py` around the file's source root, and nothing that is there?

        `import mcp.types` in `mcp/src/shop_mcp/server.py` means the package that is installed.
        """
        top, _, rest = name.partition(".")
        root = self.names.roots.get(importer)
        if not rest or top not in self._around or not root or not f"{root}/".startswith(f"{top}/"):
            return False
        below = f"{top}.{rest.partition('.')[0]}"
        return self.exact(below, importer) is None and not self.is_package(below, importer)

    def is_outdone(self, name: str) -> bool:
        """Does a name mean what is installed, though there are files of that name?"""
        return name.partition(".")[0] in self.names.outdone

    def absolute(self, file: int, module: str, level: int) -> str | None:
        """The absolute name a relative import means; None when it leads out of the top-level package.

        A source root with an `__init__.py` is a package whose name the project does not tell: what is in it has no prefix.
        """
        if level == 0:
            return module
        inside = self.files[file].module
        parts = inside.split(".") if inside != NAMELESS else []
        kept = len(parts) - level + self.files[file].is_package
        if kept == 0 and self._is_nameless(file):
            return module or NAMELESS
        if kept <= 0:
            return None
        base = ".".join(parts[:kept])
        return f"{base}.{module}" if module else base

    def is_in_nameless(self, file: int, module: str) -> bool:
        """Does a relative import mean a module of the package that the file's source root is?"""
        return self._is_nameless(file) and module.partition(".")[0] not in self.names.first_party

    def _is_nameless(self, file: int) -> bool:
        """Is the source root that holds a file a package itself?"""
        root = self.names.roots.get(file)
        return root is not None and f"{root}/{NAMELESS}.py".lstrip("/") in self.names.by_path
