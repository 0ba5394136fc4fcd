"""Imports that nothing satisfies, and the modules that cannot be imported because of them.

The answers that cost a pass over all imports are computed once per project, through `Project.once`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping

from ssot_lint.linking.surroundings import outward
from ssot_lint.model import FileFacts, Import
from ssot_lint.project import Project, Resolution
from ssot_lint.queries.cycles import imported_files, packages
from ssot_lint.queries.import_guards import always_runs, guard_of
from ssot_lint.queries.receivers import inside

_ASKS = re.compile(r"\b(isfile|isdir|is_file|is_dir|exists|find_spec|hasattr)\(")
"""A question whether a file, a module or a name is there."""


_MANAGER = re.compile(r"\b([A-Za-z_][\w.]*)\(")
"""What is called to get a context manager, as written."""


def missing_imports(project: Project) -> tuple[Mapping[int, str], ...]:
    """For each file its imports that nothing in the project satisfies: number -> `module` or `module:name`.

    An import of a name that another module takes from nowhere is not among them when that module fails by
    itself; it is when that module survives, because it catches the error or imports for type checkers alone.
    """
    return project.once(_missing_imports)


def _missing_imports(project: Project) -> tuple[Mapping[int, str], ...]:
    typing_only = _for_type_checkers(project)
    found = []
    for index, (file, answers) in enumerate(zip(project.files, project.resolutions, strict=True)):
        missing: dict[int, str] = {}
        for number, (imp, resolution) in enumerate(zip(file.facts.imports, answers, strict=True)):
            if resolution.targets[0].kind == "unresolved":  # those that exist come first
                symbol = resolution.targets[0].symbol
                if (
                    _is_missing_here(project, resolution)
                    and not _is_in_stub(project, index, number)
                    and not _is_asked_for(file.facts, imp, symbol)
                    and not _is_put_there(project, index, imp)
                ):
                    missing[number] = symbol
                continue
            if (
                imp.name in typing_only
                and imp.name is not None
                and guard_of(file.facts, imp.scope, imp.branch) != "type-checking"
            ):
                module = project.absolute(index, imp) or ""
                if project.find_module(module, index) in typing_only[imp.name]:
                    missing[number] = f"{module}:{imp.name}"
        found.append(missing)
    return tuple(found)


def _is_missing_here(project: Project, resolution: Resolution) -> bool:
    if not resolution.chain:
        return True
    origin = resolution.chain[-1]
    facts = project.files[project.by_path[origin.path]].facts
    return not any(always_runs(facts, imp) for imp in facts.imports if imp.line == origin.line)


def _is_asked_for(facts: FileFacts, imp: Import, symbol: str) -> bool:
    """Whether an import runs only if what it takes is there: `if os.path.isfile("made.py"):`, `if hasattr(shop, "made"):`"""
    wanted = re.compile(rf"\b{re.escape(re.split('[.:]', symbol)[-1])}\b")
    return any(
        arm.kind == "if"
        and not arm.test.startswith("not ")
        and _ASKS.search(arm.test) is not None
        and wanted.search(arm.test) is not None
        for arm in outward(facts, imp.scope, imp.branch)
    )


def _is_put_there(project: Project, file: int, imp: Import) -> bool:
    """Whether an import runs below a `with` whose manager, a definition of this project, changes `sys.modules`."""
    facts = project.files[file].facts
    tests = [arm.test for arm in outward(facts, imp.scope, imp.branch) if arm.kind == "with"]
    for name in sorted({name for test in tests for name in _MANAGER.findall(test)}):
        for target in project.resolve(file, name).targets:
            manager = frozenset({(target.file, target.index)})
            if target.kind == "definition" and any(
                path.form == "sys.modules" and inside(project, target.file, path.scope, manager)
                for path in project.files[target.file].facts.paths
            ):
                return True
    return False


def _is_in_stub(project: Project, file: int, number: int) -> bool:
    """Whether type checkers take a missing name from a stub beside its module, and nobody else takes it."""
    module, _, name = project.resolutions[file][number].targets[0].symbol.partition(":")
    facts = project.files[file].facts
    imp = facts.imports[number]
    return (
        bool(name)
        and module in project.table.stubbed
        and guard_of(facts, imp.scope, imp.branch) == "type-checking"
    )


def bound_for_type_checkers(project: Project, file: int, name: str) -> bool:
    """Whether a module binds a name under `if TYPE_CHECKING` and nowhere else: at run time it is not there."""
    return file in project.once(_for_type_checkers).get(name, ())


def _for_type_checkers(project: Project) -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for index, file in enumerate(project.files):
        facts = file.facts
        if not any(arm.kind == "type-checking" for arm in facts.branches):
            continue
        if facts.getattr_names is not None or facts.dynamic_namespace:
            continue
        imports = [(imp.bound, imp.branch) for imp in facts.imports if imp.scope < 0]
        others = [(item.name, item.branch) for item in facts.definitions if item.parent < 0]
        others += [(item.name, item.branch) for item in facts.assignments if item.scope < 0]
        checked = {name for name, branch in imports if project.type_checking(index, branch)}
        for name, branch in (*imports, *others):
            if name == "*" or not project.type_checking(index, branch):
                checked.discard(name)
        if ("*", -1) in imports:
            checked.clear()
        for name in checked:
            if not project.is_given(index, name):
                found.setdefault(name, set()).add(index)
    return {name: frozenset(files) for name, files in found.items()}


def is_missing(resolution: Resolution) -> bool:
    """Whether no candidate of a name exists."""
    return all(target.kind == "unresolved" for target in resolution.targets)


def missing_part(resolution: Resolution) -> str:
    """What is not there, for the reader: the module, or the name in a module that exists."""
    return missing_text(resolution.target.symbol)


def missing_text(symbol: str) -> str:
    module, _, name = symbol.partition(":")
    return f"{module} has no name {name}" if name else f"module {module} does not exist"


def failing_imports(project: Project) -> Mapping[int, int]:
    """Files that cannot be imported because of one of their own imports -> that import's index."""
    return project.once(_failing_imports)


def _failing_imports(project: Project) -> Mapping[int, int]:
    failing = {}
    for index, numbers in enumerate(missing_imports(project)):
        facts = project.files[index].facts
        own = next((number for number in numbers if always_runs(facts, facts.imports[number])), None)
        if own is not None:
            failing[index] = own
    return failing


def importers_that_fail(project: Project) -> Mapping[int, tuple[int, ...]]:
    """For each file, the files that import it where a failure is not caught: they fail when it does."""
    return project.once(_importers_that_fail)


def _importers_that_fail(project: Project) -> Mapping[int, tuple[int, ...]]:
    reverse: dict[int, list[int]] = {}
    for index, runs in enumerate(project.of_each_file(_runs)):
        for target in runs:
            reverse.setdefault(target, []).append(index)
    return {target: tuple(sources) for target, sources in reverse.items()}


def _runs(project: Project, file: int) -> tuple[int, ...]:
    """The files that always run while a file is imported."""
    facts = project.files[file].facts
    imported = imported_files(project, file).items()
    always = [target for target, number in imported if always_runs(facts, facts.imports[number])]
    return (*always, *packages(project, file))  # a package's `__init__` runs before its modules


def broken_modules(project: Project) -> Mapping[int, int]:
    """Files whose import fails, directly or through what they import -> the file at fault (itself or another)."""
    return project.once(_broken_modules)


def _broken_modules(project: Project) -> Mapping[int, int]:
    reverse = importers_that_fail(project)
    culprit = {index: index for index in failing_imports(project)}
    queue = deque(sorted(culprit))
    while queue:
        broken = queue.popleft()
        for importer in reverse.get(broken, ()):
            if importer not in culprit:
                culprit[importer] = culprit[broken]
                queue.append(importer)
    project.tied |= culprit.keys()
    return culprit
