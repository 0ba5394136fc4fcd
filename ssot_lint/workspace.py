"""The files in memory: what codemods read and edit. Nothing here touches the disk.

    after = workspace.edited({"shop/cart.py": b"..."})

Edited files are read again and the project is linked anew; the facts of all others are kept.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from keyword import iskeyword
from typing import Any, TypeVar

import msgspec

from ssot_lint.discover import candidates
from ssot_lint.editing.blocks import Scopes
from ssot_lint.editing.scopes import scopes
from ssot_lint.editing.source import Source
from ssot_lint.facts import extract
from ssot_lint.fork import Spread, one_by_one
from ssot_lint.model import FileFacts, SourceFile
from ssot_lint.project import Project
from ssot_lint.settings.words import flow_words, words

T = TypeVar("T")

Edits = Mapping[str, bytes | None]
"""Path -> the file's new bytes; None for a file that goes."""


@dataclass(frozen=True)
class Workspace:
    """A linked project and the bytes of its files, with the edits made so far.

    `load(path)` gives the bytes of a file as it stands on the disk. `others` are the paths of further files that
    may speak of Python names: TOML, YAML, Markdown and so on. `spread` is for work on many files that only reads the
    workspace: in one process or in several.
    """

    project: Project
    load: Callable[[str], bytes]
    others: tuple[str, ...] = ()
    edits: Edits = field(default_factory=dict)
    spread: Spread = field(default=one_by_one, compare=False)
    _sources: dict[str, Source] = field(default_factory=dict, repr=False, compare=False)
    _kept: dict[str, dict[object, Any]] = field(default_factory=dict, repr=False, compare=False)

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
        return self.once(path, _scopes)

    def once(self, path: str, compute: Callable[[Workspace, str], T]) -> T:
        """`compute(self, path)`, which follows from the file's own text: kept for as long as that stays as it is."""
        known = self._kept.setdefault(path, {})
        if compute not in known:
            known[compute] = compute(self, path)
        found: T = known[compute]
        return found

    def file(self, path: str) -> int:
        """The index of a Python file in the project."""
        return self.project.by_path[path]

    def edited(self, edits: Edits) -> Workspace:
        """The workspace after further edits, linked again. Itself when there are none."""
        return self.looked_at(edits, _at_nothing)[0]

    def looked_at(self, edits: Edits, look: Callable[[Source], T]) -> tuple[Workspace, dict[str, T]]:
        """`edited(edits)`, and what `look` makes of each Python file that is written, while its syntax tree is at hand."""
        if not edits:
            return self, {}
        python = {path: content for path, content in sorted(edits.items()) if path.endswith(".py")}
        there = [(path, content) for path, content in python.items() if content is not None]
        changed: dict[str, SourceFile | None] = dict.fromkeys(python)
        seen: dict[str, T] = {}
        asked = words(self.project.config), flow_words(self.project.config)
        for file, answer in self.spread(lambda item: self._read(Source(*item), look, *asked), there):
            changed[file.path], seen[file.path] = file, answer
        written = {**self.edits, **edits}
        project = (
            self.project.changed(changed, partial(_text, self.load, written)) if changed else self.project
        )
        texts = {path: content is not None for path, content in edits.items() if not path.endswith(".py")}
        others = [path for path, there in {**dict.fromkeys(self.others, True), **texts}.items() if there]
        kept = {path: source for path, source in self._sources.items() if path not in edits}
        followed = {path: found.copy() for path, found in self._kept.items() if path not in edits}
        after = replace(
            self,
            project=project,
            others=tuple(sorted(others)),
            edits=written,
            _sources=kept,
            _kept=followed,
        )
        return after, seen

    def _read(
        self,
        source: Source,
        look: Callable[[Source], T],
        keep: re.Pattern[bytes] | None,
        flows: re.Pattern[bytes] | None,
    ) -> tuple[SourceFile, T]:
        """A file with the facts of its new bytes, and what `look` makes of them: one syntax tree serves both."""
        known = self.project.by_path.get(source.path)
        file = self._new_file(source.path) if known is None else self.project.files[known]
        seen = look(source)
        facts = extract(source.content, keep, None if file.is_test else flows, source.parsed)
        return msgspec.structs.replace(file, facts=facts), seen

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
        return replace(self, _sources={}, _kept={})

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


def _text(load: Callable[[str], bytes], edits: Edits, path: str) -> bytes | None:
    return edits[path] if path in edits else load(path)


def _at_nothing(_: Source) -> None:
    """What `edited` makes of the files it reads."""


def _scopes(workspace: Workspace, path: str) -> Scopes:
    return scopes(workspace.source(path).tree)
