"""What several import rules ask of the graph: guards, imports that fail, canonical symbols, locations.

The answers that cost a pass over all imports are computed once per project, through `Project.once`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from ssot_lint.config import Concept
from ssot_lint.linking.surroundings import around, at_module_level, outward
from ssot_lint.model import MODULE, Branch, Claim, FileFacts, Import, Location, Related, SourceFile
from ssot_lint.project import Hop, Project, Resolution, Target
from ssot_lint.queries.cycles import imported_files, packages

Guard = Literal["", "type-checking", "import-error", "main"]

STRAIGHT = ("try", "finally", "with")
"""Kinds of arms that run whenever the statement does."""

_EXPECTS_ERROR = re.compile(
    r"\b(raises|suppress|assertRaises|assertRaisesRegex)\(.*\b(ImportError|ModuleNotFoundError|(Base)?Exception)\b"
)
"""A context manager, as written, that takes the error of an import on purpose."""


_ASKS = re.compile(r"\b(isfile|isdir|is_file|is_dir|exists|find_spec|hasattr)\(")
"""A question whether a file, a module or a name is there."""


# -- places


def import_location(file: SourceFile, imp: Import) -> Location:
    """The range of one name of an import statement."""
    return Location(file.path, imp.line, imp.column, imp.end_line, imp.end_column)


def statement_location(file: SourceFile, imp: Import) -> Location:
    """The first line of the statement an import stands in."""
    if imp.statement_line == imp.line:
        return import_location(file, imp)
    return Location(file.path, imp.statement_line)


def chain_related(chain: Iterable[Hop]) -> tuple[Related, ...]:
    """The steps of a resolution as places to look at."""
    return tuple(Related(hop.path, hop.line, hop.how) for hop in chain)


def matches(module: str, patterns: Iterable[str]) -> bool:
    """Whether a module name equals or matches one of the patterns of an `allow` option."""
    return any(module == pattern or fnmatchcase(module, pattern) for pattern in patterns)


# -- when an import runs, and what happens when it fails


def guard_of(facts: FileFacts, scope: int, branch: int) -> Guard:
    """What keeps a failing statement from breaking the code around it.

    "type-checking" and "main": it does not run on import.  "import-error": a handler of an enclosing `try`, or
    a `with pytest.raises(ImportError)`, takes the error.
    """
    for arm in outward(facts, scope, branch):
        if arm.kind == "type-checking":
            return "type-checking"
        if arm.kind == "if" and arm.test.startswith("__name__"):
            return "main"
        if takes_import_error(arm):
            return "import-error"
    return ""


def is_expected(facts: FileFacts, scope: int, branch: int) -> bool:
    """Whether the code around an import asserts that it fails: `with pytest.raises(ImportError)`."""
    taking = (arm for arm in outward(facts, scope, branch) if takes_import_error(arm))
    return any(arm.kind == "with" and "raises" in arm.test.lower() for arm in taking)


def gives_up(facts: FileFacts, scope: int, branch: int) -> bool:
    """Whether the handler that takes a failing import at module level ends the module: raise, exit, skip."""
    if not at_module_level(facts, scope):
        return False
    for arm in around(facts, branch):
        if arm.kind == "try" and takes_import_error(arm):
            handlers = (
                other for other in facts.branches
                if other.owner == arm.owner and other.kind in ("except-import", "except-broad")
            )  # fmt: skip
            return next(handlers).terminates
    return False


# -- one pass over all imports, shared by the rules


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


def takes_import_error(arm: Branch) -> bool:
    """Whether an import that fails in this arm is caught by the statement the arm belongs to."""
    if arm.kind == "try":
        return arm.test in ("import", "broad")
    return arm.kind == "with" and _EXPECTS_ERROR.search(arm.test) is not None


def imported_module(project: Project, file: int, imp: Import, resolution: Resolution) -> int:
    """The file of the module that an import binds: `import a.b as c`, `from a import b`; -1 when it binds none."""
    if imp.name is not None:
        return resolution.target.file if resolution.target.kind == "module" else -1
    found = project.find_module(project.absolute(file, imp) or "", file)
    return -1 if found is None else found


def attributes_read(facts: FileFacts, imp: Import, module: str) -> list[str]:
    """The attributes that a file's code reads off an imported module, as far as concepts are concerned."""
    if facts.deep is None:
        return []
    prefix = (imp.bound if imp.name is not None or imp.asname else module) + "."
    read = {call.callee for call in facts.deep.calls} | {
        reference.name for reference in facts.deep.references
    }
    return sorted({name[len(prefix) :].partition(".")[0] for name in read if name.startswith(prefix)})


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


def always_runs(facts: FileFacts, imp: Import) -> bool:
    """Whether the import runs, uncaught and unconditionally, whenever the module is imported."""
    if imp.scope == MODULE and imp.branch == MODULE:
        return True
    return at_module_level(facts, imp.scope) and all(
        arm.kind in STRAIGHT and not takes_import_error(arm) for arm in outward(facts, imp.scope, imp.branch)
    )


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


# -- concepts


def canonicals(project: Project) -> Mapping[str, Concept]:
    """The symbols of the canonical definitions that exist -> their concept."""
    return project.once(_canonicals)


def _canonicals(project: Project) -> Mapping[str, Concept]:
    found: dict[str, Concept] = {}
    for concept in project.config.concepts:
        target = project.resolve_symbol(concept.canonical).target
        if target.kind in ("definition", "variable"):
            found.setdefault(target.symbol, concept)
    return found


def duplicates(project: Project) -> Mapping[str, Claim]:
    """The symbols of the duplicates of all concepts -> their claim."""
    return project.once(_duplicates)


def _duplicates(project: Project) -> Mapping[str, Claim]:
    from ssot_lint.concepts.claims import claims

    return {
        claim.symbol: claim
        for found in claims(project).values()
        for claim in found
        if claim.kind == "duplicate"
    }


def concept_imports(project: Project) -> tuple[tuple[int, int], ...]:
    """(file, number) of every import of a name that is a concept's canonical definition or a duplicate of one."""
    return project.once(_concept_imports)


def _concept_imports(project: Project) -> tuple[tuple[int, int], ...]:
    wanted = canonicals(project).keys() | duplicates(project).keys()
    return tuple(
        (index, number)
        for index, answers in enumerate(project.resolutions)
        for number, answer in enumerate(answers)
        if answer.targets[0].symbol in wanted
        or (len(answer.targets) > 1 and any(target.symbol in wanted for target in answer.targets))
    )


def canonical_of(project: Project, targets: Sequence[Target]) -> Concept | None:
    """The concept whose canonical definition is among the candidates."""
    known = canonicals(project)
    for target in targets:
        concept = known.get(target.symbol)
        if concept is not None:
            return concept
    return None


def is_known_as(concept: Concept, *names: str) -> bool:
    """Whether one of the names is one the concept goes by: canonical name, alias, or a claimed pattern."""
    known = (concept.canonical_name, *concept.aliases)
    return any(name in known or matches(name, concept.names) for name in names)
