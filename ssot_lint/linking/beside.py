"""What stands beside a file, and in the directories that pytest puts on the path: there an import looks too."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from copy import copy

from ssot_lint.linking.tells import imports_itself
from ssot_lint.model import MODULE, SourceFile

_COLLECTED = re.compile(r"conftest\.py|test_.*\.py|.*_test\.py")
"""What pytest imports by itself."""


class Beside:
    """The files of a project by their places."""

    def __init__(
        self,
        files: Sequence[SourceFile],
        paths: Mapping[str, int],
        roots: Collection[str],
        installed: Collection[str],
    ) -> None:
        """`paths`: the number of each file; `roots`: source roots; `installed`: names of what is elsewhere."""
        self._files, self._paths, self._installed = files, paths, installed
        self._begun = {name.partition(".")[0] for name in installed if "." in name}
        self._put_first = _put_first(paths, roots)
        self.seen_by_tests = frozenset().union(*self._put_first.values())
        """Top-level names in directories that pytest puts on the path."""
        self.names = {part.removesuffix(".py") for path in paths for part in path.split("/")}
        """Of all directories and files."""
        self._elsewhere: dict[tuple[str, str], bool] = {}

    def reread(self, files: Sequence[SourceFile]) -> Beside:
        """The same places, some of which have another text."""
        again = copy(self)
        again._files = files
        again._elsewhere = {}
        return again

    def put_first_for(self, name: str, importer: int) -> str | None:
        """The directory, with a slash, that pytest puts on the path for a file and that has a top-level name."""
        top = name.partition(".")[0]
        if top not in self.seen_by_tests or top in self._installed:
            return None
        directory = self._files[importer].path
        while "/" in directory:
            directory = directory.rpartition("/")[0]
            if top in self._put_first.get(directory, ()):
                return f"{directory}/"
        return None

    def sibling(self, name: str, importer: int) -> int | None:
        """A script's own directory is on its path: `import helper` finds `helper.py` beside it."""
        if self.is_elsewhere(name, importer):
            return None
        return self.at(self._directory(importer) + name.replace(".", "/"))

    def is_elsewhere(self, name: str, importer: int) -> bool:
        """Does a dotted name mean something other than what stands beside a script?

        Always under a name of the standard library or of a declared dependency: which one wins depends on how
        the file is run. Also where the file beside imports its own name: `import redis` in `backends/redis.py`
        means the one that is installed; and, inside a package, where what is beside has the first part of a name
        and not the rest (`import bokeh.models` beside `bokeh.py`, or beside `bokeh/` without that), or where a
        declared distribution is called so (`redis` of `redis-om`), or where the file has a relative import, which no
        script can have.
        """
        top, inside, _ = name.partition(".")
        if top in self._installed:
            return True
        stem = self._directory(importer)
        if f"{stem}__init__.py" in self._paths and (top in self._begun or self._is_module(importer)):
            return True
        key = (stem, name)
        if key not in self._elsewhere:
            beside = self.at(stem + top)
            self._elsewhere[key] = beside is not None and (
                imports_itself(self._files[beside])
                or (
                    bool(inside)
                    and f"{stem}__init__.py" in self._paths
                    and self.at(stem + name.replace(".", "/")) is None
                )
            )
        return self._elsewhere[key]

    def _is_module(self, file: int) -> bool:
        """Has a file a relative import, so that it cannot be run as a script?"""
        return any(imp.level and imp.scope == MODULE for imp in self._files[file].facts.imports)

    def _directory(self, file: int) -> str:
        """The directory of a file, with the slash that stands before a name in it."""
        directory, slash, _ = self._files[file].path.rpartition("/")
        return directory + slash

    def at(self, stem: str) -> int | None:
        """The package or the module at a path without its ending."""
        package = self._paths.get(f"{stem}/__init__.py")
        return self._paths.get(f"{stem}.py") if package is None else package


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
