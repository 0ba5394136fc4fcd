"""The calls that make and read tokens: the one capability that `init` knows to look for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.model import FileFacts, Import
from ssot_lint.proposals.folders import is_test, put_aside
from ssot_lint.settings.presets import PRESETS

if TYPE_CHECKING:
    from ssot_lint.project import Project

PRESET = "jwt"

_CALLS = frozenset(call for preset in PRESETS if preset.name == PRESET for call in preset.calls)
_LIBRARIES = tuple(sorted({call.rpartition(".")[0] for call in _CALLS}))


@dataclass(frozen=True, slots=True)
class Capability:
    """Calls that should have one home; always a guess."""

    name: str
    calls: tuple[str, ...]
    home: str
    modules: tuple[tuple[str, int], ...]  # module -> number of calls, most first


def token_files(project: Project) -> tuple[int, ...]:
    """Files of production code that import a token library: their bodies are worth reading for `capability`."""
    return tuple(
        file
        for file, source in enumerate(project.files)
        if not is_test(source) and not put_aside(source) and any(map(_is_token_import, source.facts.imports))
    )


def _is_token_import(imp: Import) -> bool:
    full = f"{imp.module}.{imp.name}" if imp.name else imp.module
    return imp.level == 0 and any(full == item or full.startswith(item + ".") for item in _LIBRARIES)


def capability(project: Project, bodies: Mapping[int, FileFacts]) -> Capability | None:
    """The calls that make and read tokens, when several modules make them. `bodies`: deeply read facts by file."""
    calls: set[str] = set()
    count: Counter[str] = Counter()
    for file, facts in sorted(bodies.items()):
        for call in facts.deep.calls if facts.deep is not None else ():
            if not call.callee or call.callee.startswith("?"):
                continue
            symbol = project.resolve(file, call.callee, call.scope).target.symbol
            if symbol in _CALLS:
                calls.add(symbol)
                count[project.files[file].module] += 1
    if len(count) < 2:
        return None
    users: Counter[str] = Counter()
    for file, source in enumerate(project.files):
        named = {project.absolute(file, imp) for imp in source.facts.imports}
        users.update(module for module in named if module is not None and module in count)
    ranked = tuple(sorted(count.items(), key=lambda item: (-item[1], -users[item[0]], item[0])))
    return Capability(PRESET, tuple(sorted(calls)), ranked[0][0], ranked)
