"""The fixes that rules propose: a codemod's name and the symbols it is to work on."""

from __future__ import annotations

from ssot_lint.concepts.claims import import_path
from ssot_lint.config import Concept
from ssot_lint.model import Fix
from ssot_lint.project import Project
from ssot_lint.queries.cycles import followed_files


def take_from_home(
    project: Project, concept: Concept, old: str, path: str, *, within: bool = True, safe: bool = True
) -> Fix | None:
    """Name the concept in `path` by its import path instead of `old`, which is `module:Name`."""
    new = import_path(project, concept, old.partition(":")[2])
    if new is not None and path in project.once_for(concept.home, _made_of):
        new = project.resolve_symbol(new).target.symbol
    if new is None or new == old:
        return None
    arguments = {"old": old, "new": new}
    return Fix("rewrite-imports", arguments | ({"within": path} if within else {}), safe=safe)


def _made_of(project: Project, package: str) -> frozenset[str]:
    """The modules of a package that importing it imports: they find it half made, and its names not yet there."""
    start = project.find_module(package)
    found: set[int] = set()
    pending = [start] if start is not None and start >= 0 and project.files[start].is_package else []
    while pending:
        for file in followed_files(project, pending.pop()):
            if file not in found and project.files[file].module.startswith(f"{package}."):
                found.add(file)
                pending.append(file)
    return frozenset(project.files[file].path for file in found)


def make_shim(project: Project, concept: Concept, symbol: str, *, safe: bool = False) -> Fix | None:
    """Hand the canonical definition on in place of `symbol`; nothing for what is nested in a function or class."""
    canonical = import_path(project, concept, symbol.partition(":")[2])
    if canonical is None or "." in symbol.partition(":")[2]:
        return None
    return Fix("replace-with-shim", {"symbol": symbol, "canonical": canonical}, safe=safe)


def use_factory(concept: Concept | None, path: str = "", symbol: str = "") -> Fix | None:
    """Get instances from the concept's factory: in one file, or wherever `symbol` is used."""
    if concept is None or concept.factory is None:
        return None
    arguments = {"concept": concept.name, "within": path, "symbol": symbol}
    return Fix("use-factory", {key: value for key, value in arguments.items() if value}, safe=False)
