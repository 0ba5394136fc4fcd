"""What edits take from a project's modules, and the files that may read it: by attribute, through stars.

A module is read off every module that holds it: the package around it, and whoever imports it under any name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from ssot_lint.model import MODULE, Import
from ssot_lint.project import Project, Target

Lost = Mapping[str, Collection[str]]
"""Module -> the names that it does not give any more, or that stand for something else now."""

Same = Callable[[Target, Target], bool]
"""Is what a name stands for afterwards as good as what it stood for?"""


@dataclass(frozen=True, slots=True)
class Readers:
    """The files that may read what is lost, by path, each with the names.

    `attributes`: off a module that they import. `stars`: bare, out of a star import.
    """

    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stars: Mapping[str, frozenset[str]] = field(default_factory=dict)


def lost(before: Project, after: Project, changed: Collection[str], same: Same) -> Lost:
    """What the modules of changed files have lost; of a file that is gone, its package has lost the module."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in changed:
        if path not in before.by_path:
            continue
        old = before.by_path[path]
        module = before.files[old].module
        if path not in after.by_path:
            package, _, name = module.rpartition(".")
            if package and after.find_module(module) is None:
                found[package].add(name)
            continue
        new = after.by_path[path]
        for name in before.namespace(old):
            was, now = before.name(old, name).target, after.name(new, name).target
            if was.kind != "unresolved" and (now.kind == "unresolved" or not same(was, now)):
                found[module].add(name)
    return found


def readers(project: Project, gone: Lost) -> Readers:
    """Who may read what is lost, through packages, modules that hold other modules, and stars at any depth."""
    if not gone:
        return Readers()
    takers: defaultdict[str, list[tuple[int, Import]]] = defaultdict(list)
    for file, answers in enumerate(project.resolutions):
        for number, answer in enumerate(answers):
            target = answer.target
            if target.kind == "module":
                imp = project.files[file].facts.imports[number]
                takers[_held(project, imp, target)].append((file, imp))
    reach: defaultdict[str, set[str]] = defaultdict(set)
    stars: defaultdict[str, set[str]] = defaultdict(set)
    waiting = [(module, frozenset(names)) for module, names in sorted(gone.items())]
    while waiting:
        module, given = waiting.pop()
        names = given - reach[module]
        if not names:
            continue
        reach[module] |= names
        if package := module.rpartition(".")[0]:
            waiting.append((package, names))
        for file, imp in takers.get(module, ()):
            source = project.files[file]
            if imp.name == "*":
                stars[source.path] |= names
            if imp.scope == MODULE:
                waiting.append((source.module, names))
    attributes: defaultdict[str, set[str]] = defaultdict(set)
    for module, reached in reach.items():
        for file, imp in takers.get(module, ()):
            if imp.name != "*":
                attributes[project.files[file].path] |= reached
    return Readers(_frozen(attributes), _frozen(stars))


def _held(project: Project, imp: Import, target: Target) -> str:
    """The module that an import gives its name to; `import a.b` binds `a`."""
    if imp.name is None and imp.asname is None:
        return imp.module.partition(".")[0]
    return project.files[target.file].module if target.file >= 0 else target.symbol


def _frozen(found: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {path: frozenset(names) for path, names in found.items()}


def culprit(before: Project, changed: Collection[str], missing: str) -> str:
    """The changed file that a missing `module` or `module:name` used to come from; "" for none."""
    dotted = missing.replace(":", ".")
    while dotted:
        file = before.find_module(dotted)
        if file is not None:
            path = before.files[file].path
            return path if path in changed else ""
        dotted = dotted.rpartition(".")[0]
    return ""
