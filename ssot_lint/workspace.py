"""The files in memory: what codemods read and edit. Nothing here touches the disk.

    after = workspace.edited({"shop/cart.py": b"..."})

Edited files are read again and the project is linked anew; the facts of all others are kept.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from keyword import iskeyword

import msgspec

from ssot_lint.discover import candidates
from ssot_lint.facts import extract
from ssot_lint.model import FileFacts, SourceFile
from ssot_lint.project import Project
from ssot_lint.scopes import Scopes, scopes
from ssot_lint.source import Source
from ssot_lint.words import flow_words, words

Edits = Mapping[str, bytes | None]
"""Path -> the file's new bytes; None for a file that goes."""


@dataclass(frozen=True)
class Workspace:
    """A linked project and the bytes of its files, with the edits made so far.

    `load(path)` gives the bytes of a file as it stands on the disk. `others` are the paths of further files that
    may speak of Python names: TOML, YAML, Markdown and so on.
    """

    project: Project
    load: Callable[[str], bytes]
    others: tuple[str, ...] = ()
    edits: Edits = field(default_factory=dict)
    _sources: dict[str, Source] = field(default_factory=dict, repr=False, compare=False)
    _scopes: dict[str, Scopes] = field(default_factory=dict, repr=False, compare=False)

    def read(self, path: str) -> bytes:
        """The bytes of a file, edits included. Raises KeyError for a file that an edit took away."""
        if path in self.edits:
            content = self.edits[path]
            if content is None:
                raise KeyError(path)
            return content
        return self.source(path).content

    def exists(self, path: str) -> bool:
        """Is there such a file of the project, edits included?"""
        if path in self.edits:
            return self.edits[path] is not None
        return path in self.project.by_path or path in self.others

    def source(self, path: str) -> Source:
        """The text of a file and the places in it."""
        found = self._sources.get(path)
        if found is None:
            edited = self.edits.get(path)
            found = self._sources[path] = Source(path, self.load(path) if edited is None else edited)
        return found

    def scopes(self, path: str) -> Scopes:
        """The scopes of a file: which binding each of its names refers to."""
        found = self._scopes.get(path)
        if found is None:
            found = self._scopes[path] = scopes(self.source(path).tree)
        return found

    def file(self, path: str) -> int:
        """The index of a Python file in the project."""
        return self.project.by_path[path]

    def edited(self, edits: Edits) -> Workspace:
        """The workspace after further edits, linked again. Itself when there are none."""
        if not edits:
            return self
        keep, flows = words(self.project.config), flow_words(self.project.config)
        changed: dict[str, SourceFile | None] = {}
        for path, content in sorted(edits.items()):
            if not path.endswith(".py"):
                continue
            if content is None:
                changed[path] = None
                continue
            known = self.project.by_path.get(path)
            file = self._new_file(path) if known is None else self.project.files[known]
            facts = extract(content, keep, None if file.is_test else flows)
            changed[path] = msgspec.structs.replace(file, facts=facts)
        project = self.project.changed(changed) if changed else self.project
        texts = {path: content is not None for path, content in edits.items() if not path.endswith(".py")}
        others = [path for path, there in {**dict.fromkeys(self.others, True), **texts}.items() if there]
        kept = {path: source for path, source in self._sources.items() if path not in edits}
        scoped = {path: found for path, found in self._scopes.items() if path not in edits}
        return replace(
            self,
            project=project,
            others=tuple(sorted(others)),
            edits={**self.edits, **edits},
            _sources=kept,
            _scopes=scoped,
        )

    def _new_file(self, path: str) -> SourceFile:
        """Where a file that is to be made belongs: the module name its folder's files give it."""
        stem = posixpath.basename(path).removesuffix(".py")
        package = self.package_of(posixpath.dirname(path))
        name = package if stem == "__init__" else f"{package}.{stem}" if package else stem
        return SourceFile(
            path=path,
            module=name,
            is_package=stem == "__init__",
            importable=all(part.isidentifier() and not iskeyword(part) for part in name.split(".")),
            is_test=candidates((path,), self.project.config, ("",))[0].is_test,
            facts=FileFacts(lines=0),
        )

    def rested(self) -> Workspace:
        """The same workspace without the syntax trees it has kept: they take much more room than the texts."""
        return replace(self, _sources={}, _scopes={})

    def package_of(self, folder: str) -> str:
        """The dotted name of a folder's package, as its files or those below it have it; "" for a source root."""
        inside = f"{folder}/" if folder else ""
        for file in self.project.files:
            if file.path.startswith(inside):
                below = file.path[len(inside) :].removesuffix(".py").split("/")
                depth = len(below) - file.is_package
                parts = file.module.split(".")
                return ".".join(parts[: max(len(parts) - depth, 0)])
        parent, _, last = folder.rpartition("/")
        outer = self.package_of(parent) if folder else ""
        return f"{outer}.{last}" if outer else last
