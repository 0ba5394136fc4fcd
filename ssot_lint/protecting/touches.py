"""Where files name the definitions that concepts are about: imports, uses, annotations, patches."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ssot_lint.model import MODULE, PathString
from ssot_lint.settings.words import words

if TYPE_CHECKING:
    from ssot_lint.project import Project

How = Literal["import", "annotation", "patch", "use"]


@dataclass(frozen=True, slots=True, order=True)
class Touch:
    """One place in a file that names a definition, through whatever aliases and re-exports.

    "use": it is called, read, derived from or compared with. "patch": a string or `patch.object` replaces it or a
    part of it. "annotation": only types name it. "import": an import, or a string that names it elsewhere. An
    import under a name that tells nothing of the concept is a "use": bodies are not read for such names.
    """

    line: int
    symbol: str
    how: How


def touches(project: Project, symbols: Collection[str]) -> Mapping[int, tuple[Touch, ...]]:
    """File -> its touches of the definitions `symbols` (`module:qualname`), by line; files without any left out.

    A member counts for its class. What stands inside the definition itself is left out.
    """
    found: dict[int, tuple[Touch, ...]] = {}
    wanted = frozenset(symbols)
    pattern = words(project.config)
    followed = re.compile(pattern.pattern.decode()) if pattern is not None else None
    for file, source in enumerate(project.files):
        own = set(_Reader(project, file, wanted, followed).read())
        if own:
            inside = [
                (project.symbol(file, index), item.first_line, item.end_line)
                for index, item in enumerate(source.facts.definitions)
                if project.symbol(file, index) in wanted
            ]
            own = {
                touch
                for touch in own
                if not any(
                    symbol == touch.symbol and first <= touch.line <= last for symbol, first, last in inside
                )
            }
        if own:
            found[file] = tuple(sorted(own))
    return found


class _Reader:
    """Reads one file. Short-lived: made, `read` once, thrown away."""

    def __init__(
        self, project: Project, file: int, wanted: frozenset[str], words: re.Pattern[str] | None
    ) -> None:
        self.project = project
        self.file = file
        self.wanted = wanted
        self.words = words
        self.known: dict[tuple[str, int], str | None] = {}

    def read(self) -> Iterator[Touch]:
        facts = self.project.files[self.file].facts
        for imp, answer in zip(facts.imports, self.project.resolutions[self.file], strict=True):
            target = answer.targets[0]
            if target.kind == "definition" and target.symbol in self.wanted and imp.name is not None:
                followed = self.words is not None and self.words.search(f"{imp.bound} {imp.name}")
                yield Touch(imp.line, target.symbol, "import" if followed else "use")
        for path in facts.paths:
            symbol = self.path(path)
            if symbol is not None:
                yield Touch(path.line, symbol, "import" if path.form == "reference" else "patch")
        if facts.deep is None:
            return
        for call in facts.deep.calls:
            if (symbol := self.name(call.callee, call.scope)) is not None:
                yield Touch(call.line, symbol, "use")
        for item in facts.deep.references:
            if (symbol := self.name(item.name, item.scope)) is not None:
                yield Touch(item.line, symbol, "annotation" if "annotation" in item.role else "use")

    def name(self, dotted: str, scope: int) -> str | None:
        key = dotted, scope
        if key not in self.known:
            self.known[key] = self.look_up(self.file, dotted, scope)
        return self.known[key]

    def look_up(self, file: int, dotted: str, scope: int) -> str | None:
        """The wanted definition that a dotted name leads to or through."""
        parts = dotted.split(".")
        if parts[0] in ("", "?", "self", "cls"):
            return None
        for end in range(1, len(parts) + 1):
            target = self.project.resolve(file, ".".join(parts[:end]), scope).target
            if target.kind == "definition":
                if target.symbol in self.wanted:
                    return target.symbol
                owner = target.symbol.rpartition(".")[0]  # of a member that a class of the project inherits
                if owner in self.wanted:
                    return owner
                if not self.project.definition(target).is_class:
                    return None
            elif target.kind != "module":
                return None
        return None

    def path(self, path: PathString) -> str | None:
        tail = f".{path.attribute}" if path.attribute else ""
        if path.value is None:
            return self.name(path.target + tail, path.scope) if path.target else None
        if "{" in path.value or path.form == "sys.modules":
            return None
        parts = (path.value.replace(":", ".") + tail).strip(".").split(".")
        for cut in range(len(parts) - 1, 0, -1):
            module = self.project.find_module(".".join(parts[:cut]))
            if module is not None:
                return self.look_up(module, ".".join(parts[cut:]), MODULE)
        return None
