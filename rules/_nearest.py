"""What may have been meant by a module or name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ssot_lint.project import Project, Resolution
from ssot_lint.queries.failing import is_missing

_CLOSE = 70
"""How similar a name must be, of 100, to be worth suggesting."""

_COMMON = 50
"""A name that more modules define than this says nothing about which of them was meant."""

_MANY = 10 * _COMMON
"""So many that no edits by hand make them few."""


def nearest(
    project: Project, rule: str, missing: str, name: str | None, for_test: bool, asking: str = ""
) -> str:
    """A hint that ends a message of a rule, "; did you mean ...?", or "" when nothing is near.

    `missing` is `module` or `module:name`, `name` what was to be taken from the module. Code under test is not
    pointed at test files, tests only where no other code has the name, and no module at itself (`asking`), which
    may define the name for want of the other.
    """
    module, _, absent = missing.partition(":")
    if module.partition(".")[0] in project.table.shared:  # which one is meant depends on who asks
        other = None if absent else project.find_module(module)
        return "" if other is None else f"; {project.files[other].path} belongs to another source root"
    if absent:
        hidden = _hidden(project, module, absent)
        if hidden:
            return f"; {hidden} has it, but the package of that name hides the file"
        found = project.find_module(module)
        offered = () if found is None else sorted(set(project.namespace(found, rule)) - {absent})
        similar = _closest(absent, offered)
        if similar:
            return f"; did you mean {similar}?"
    if name and name != "*":
        told = list(_told(project, name))
        if told:
            return f"; {name} {_closest(module, told, 0)}"
        known = [item for item in _defining(project, name) if item[0] != asking]
        homes = [home for home, is_test in known if not is_test]
        if not homes and for_test:
            homes = [home for home, _ in known]
        if 0 < len(homes) <= _COMMON:
            return f"; {name} is defined in {_closest(module, homes, 0)}"
    if absent:
        return ""
    parent, _, last = module.rpartition(".")
    alike = project.once(_same_last_part).get(last, ())
    moved = _closest(module, [other for other, is_test in alike if for_test or not is_test])
    if moved:
        return f"; did you mean {moved}?"
    misspelt = _closest(last, project.once(_by_package).get(parent, ()))
    return f"; did you mean {parent}.{misspelt}?" if parent and misspelt else ""


def _told(project: Project, name: str) -> Iterator[str]:
    """Where the configuration says that a name comes from, as the end of a sentence; other homes of it are duplicates."""
    for concept in project.config.concepts:
        home = concept.canonical.partition(":")[0]
        if name == concept.canonical_name and not is_missing(project.resolve_symbol(concept.canonical)):
            yield f"is defined in {home}"
        elif name in concept.aliases:
            path = concept.import_from or home
            if not is_missing(project.resolve_symbol(f"{path}:{name}")):
                yield f"comes from {path}"


def moved(project: Project, file: int, module: str) -> str | None:
    """Where a module that is not there has gone, as far as what one file takes from it proves that.

    One module alone defines all of it; it has the same last part, and stands below the same top-level package. Code
    under test is not pointed at test files.
    """
    source = project.files[file]
    found: set[str] = set()
    for imp in source.facts.imports:
        if project.absolute(file, imp) == module:
            homes = _defining(project, imp.name or "")
            found.update([home for home, is_test in homes if source.is_test or not is_test] or [""])
    if len(found) != 1 or source.module in found:
        return None
    (home,) = found
    alike = home.rpartition(".")[2] == module.rpartition(".")[2]
    return home if alike and home.partition(".")[0] == module.partition(".")[0] else None


def misspelt(project: Project, found: Resolution, symbol: str) -> str:
    """A symbol of the project for one that leads out of it by a slip in the name of its top-level package, or "".

    Not where the project declares that it needs a package of that name.
    """
    top, dot, rest = symbol.partition("." if "." in symbol.partition(":")[0] else ":")
    if found.target.kind != "external" or project.table.is_installed(top):
        return ""
    near = _closest(top, sorted(project.table.top_level()))
    other = f"{near}{dot}{rest}" if near else ""
    return other if other and project.resolve_symbol(other).target.kind in ("definition", "module") else ""


def _hidden(project: Project, module: str, name: str) -> str:
    """The file that has the name and cannot be imported, because a package of the same name stands beside it."""
    for file in project.collisions.get(module, ()):
        if file != project.modules.get(module) and project.binds(file, name):
            return project.files[file].path
    return ""


def _closest(wanted: str, choices: Iterable[str], cutoff: int = _CLOSE) -> str:
    from rapidfuzz import fuzz, process

    best = process.extractOne(wanted, choices, scorer=fuzz.ratio, score_cutoff=cutoff)
    return str(best[0]) if best else ""


def _defining(project: Project, name: str) -> tuple[tuple[str, bool], ...]:
    """The modules that define a class or function of a name at module level, and whether each is a test."""
    homes = project.once(_homes).get(name, ())
    if len(homes) < _MANY:
        project.hunted.add(name)
    return homes


def _homes(project: Project) -> Mapping[str, tuple[tuple[str, bool], ...]]:
    """For each name of a class or function at module level: the modules that define it, and whether in tests."""
    homes: dict[str, dict[tuple[str, bool], None]] = {}
    for file in project.files:
        if file.importable:
            for definition in file.facts.definitions:
                if definition.parent < 0:
                    homes.setdefault(definition.name, {})[file.module, file.is_test] = None
    return {name: tuple(modules) for name, modules in homes.items()}


def _same_last_part(project: Project) -> Mapping[str, tuple[tuple[str, bool], ...]]:
    """For the last part of a module name, the modules that end in it, and whether each is a test."""
    found: dict[str, list[tuple[str, bool]]] = {}
    for module, file in project.modules.items():
        found.setdefault(module.rpartition(".")[2], []).append((module, project.files[file].is_test))
    return {last: tuple(modules) for last, modules in found.items()}


def _by_package(project: Project) -> Mapping[str, tuple[str, ...]]:
    """For a package, the last parts of its modules' names."""
    found: dict[str, list[str]] = {}
    for module in project.modules:
        parent, _, last = module.rpartition(".")
        found.setdefault(parent, []).append(last)
    return {parent: tuple(names) for parent, names in found.items()}
