"""Can the imports of an arm fail? Who needs what they import anyway, and which third-party packages do they need?"""

from __future__ import annotations

from collections.abc import Collection

from ssot_lint.linking.outside import OF_SOME_PLATFORMS, STANDARD_LIBRARY
from ssot_lint.linking.surroundings import around
from ssot_lint.model import MODULE, Import
from ssot_lint.project import Project
from ssot_lint.queries.alternatives import Arms
from ssot_lint.queries.cycles import followed_files
from ssot_lint.queries.failing import (
    broken_modules,
    failing_imports,
    is_missing,
    missing_imports,
    missing_part,
    missing_text,
)
from ssot_lint.tree.distributions import may_lack


def never_succeeds(arms: Arms, arm: int) -> str:
    """Why the first arm fails whenever it runs; "" when it does not."""
    project = arms.project
    for imp, resolution in arms.imports.get(arm, ()):
        if is_missing(resolution) and not resolution.chain:
            return missing_part(resolution)
        source = module_run(project, arms.file, imp)
        culprit = broken_modules(project).get(source) if source is not None else None
        if culprit is not None and culprit != arms.file:
            broken = project.files[culprit]
            why = missing_text(missing_imports(project)[culprit][failing_imports(project)[culprit]])
            return f"importing {broken.module} fails: {why}"
    return ""


def always_succeeds(arms: Arms, arm: int) -> bool:
    """Whether every import of the arm resolves inside the project (it is known that none fails)."""
    return all(
        target.kind in ("definition", "module", "variable")
        for _, resolution in arms.imports.get(arm, ())
        for target in resolution.targets
    )


def may_lack_a_package(arms: Arms, arm: int) -> bool:
    """Whether the arm imports what may not be installed: a module of another source root or of a distribution that the
    file's own does not need, or a module that needs a package.

    That is a third-party package, and nobody imports the module without a net: no production code, for which it may
    be left out; for tests all is installed that other tests need.
    """
    needing, relied_on = _reliance(arms)
    found = (module_run(arms.project, arms.file, imp) for imp, _ in arms.imports.get(arm, ()))
    sources = {file for file in found if file is not None}
    arms.project.weighed |= sources
    arms.project.tied |= sources
    own = arms.project.files[arms.file].path
    apart = any(
        arms.project.table.are_apart(arms.file, source)
        or may_lack(arms.project.distributions, own, arms.project.files[source].path)
        for source in sources
    )
    return apart or any(source in needing and source not in relied_on for source in sources)


def may_lack_a_build(arms: Arms, arm: int) -> bool:
    """Whether the arm imports compiled code of the project, which is there after a build alone."""
    project = arms.project
    modules = (project.absolute(arms.file, imp) for imp, _ in arms.imports.get(arm, ()))
    return any(module is not None and project.table.names.is_extension(module) for module in modules)


def is_bound_under_if(arms: Arms, arm: int, names: Collection[str]) -> bool:
    """Whether a module binds one of the imported names in an arm of an `if` alone: it may not have the name."""
    for imp, _ in arms.imports.get(arm, ()):
        source = module_run(arms.project, arms.file, imp) if imp.bound in names else None
        if source is None:
            continue
        facts = arms.project.files[source].facts
        places = [item.branch for item in facts.assignments if (item.scope, item.name) == (MODULE, imp.name)]
        places += [
            item.branch for item in facts.definitions if (item.parent, item.name) == (MODULE, imp.name)
        ]
        if len(places) == 1 and any(arm.kind == "if" for arm in around(facts, places[0])):
            return True
    return False


def _reliance(arms: Arms) -> tuple[frozenset[int], frozenset[int]]:
    """The modules that need a third-party package, and those that the program, or the tests, need anyway."""
    needing, by_production, by_anybody = arms.project.once(_packages)
    return needing, by_anybody if arms.project.files[arms.file].is_test else by_production


def _packages(project: Project) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """The modules that import a third-party package as they load; those that production, and anybody, imports unguarded."""
    needs = project.of_each_file(_needs)
    needing = frozenset(file for file, (needs_one, _) in enumerate(needs) if needs_one)
    production = [imported for file, (_, imported) in enumerate(needs) if not project.files[file].is_test]
    return needing, frozenset().union(*production), frozenset().union(*(imported for _, imported in needs))


def _needs(project: Project, file: int) -> tuple[bool, frozenset[int]]:
    """Does a module import what may not be installed as it loads; the modules that it imports unguarded."""
    needing = False
    relied_on: set[int] = set()
    before: Import | None = None
    for imp, resolution in zip(project.files[file].facts.imports, project.resolutions[file], strict=True):
        if imp.scope >= 0 or imp.branch >= 0:
            continue
        target = resolution.targets[0]
        if target.kind == "external":
            if not needing:
                needing = not imp.level and _may_be_absent(imp.module.partition(".")[0])
            continue
        if target.kind == "module":
            relied_on.add(target.file)
        if before is not None and (imp.module, imp.level) == (before.module, before.level):
            continue  # another name of the same statement
        before = imp
        found = module_run(project, file, imp)
        if found is not None and found != file:
            relied_on.add(found)
    return needing, frozenset(relied_on)


def _may_be_absent(top: str) -> bool:
    return top not in STANDARD_LIBRARY or top in OF_SOME_PLATFORMS


def is_certain(arms: Arms, arm: int) -> bool:
    """Whether the program needs the arm's modules anyway, or no third-party package can make their import fail."""
    needing, relied_on = _reliance(arms)
    for imp, _ in arms.imports.get(arm, ()):
        start = module_run(arms.project, arms.file, imp)
        if start is None or start in relied_on:
            continue
        arms.project.tied.add(start)
        pending, seen = [start], {start}
        while pending:
            file = pending.pop()
            arms.project.weighed.add(file)
            if file in needing:
                return False
            following = followed_files(arms.project, file).keys() - seen
            seen |= following
            pending += following
    return True


def module_run(project: Project, file: int, imp: Import) -> int | None:
    module = project.absolute(file, imp)
    return None if module is None else project.find_module(module, file)
