"""Let an import fail, instead of binding another implementation.

    try:
        from shop.store import Store
    except ImportError:
        Store = None

Either `shop.store` is part of this program, then the fallback hides its errors until something calls `None`;
or it is gone, then the fallback is what really runs, everywhere, and nobody knows. The second is common after
modules have moved: the first arm can never succeed again, no test fails, and production runs the stub. Such
cases are errors; where both arms may run it is a warning; where the first arm resolves inside this project and
the handler takes only ImportError, the fallback can hide errors and do nothing else: an information.

The same goes for `if`/`else` arms that import different implementations of one name.

When it is fine: optional third-party packages (`try: import orjson` / `except ImportError: orjson = None`), also
where a module of this program needs one and nobody else imports that module, arms that
lead to the same definition, names that their module binds under `if` alone, handlers that raise or only set a flag while the import does resolve, version and
platform tests, `if TYPE_CHECKING`.

Use instead: the import alone, at the top of the module. If two implementations are meant, choose one where
the program is configured, and say so in a `variants` entry. There is no automatic fix: removing an arm changes
what runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ssot_lint.linking.outside import STANDARD_LIBRARY
from ssot_lint.linking.surroundings import around, numbers_around
from ssot_lint.model import (
    MODULE,
    Assignment,
    Branch,
    Definition,
    FileFacts,
    Fix,
    Import,
    Location,
    Related,
    Severity,
    Violation,
)
from ssot_lint.project import Project, Resolution
from ssot_lint.queries.cycles import followed_files
from ssot_lint.rule import Invalid, Rule, Valid
from ssot_lint.wording import some

from ._shared import (
    STRAIGHT,
    broken_modules,
    canonical_of,
    failing_imports,
    is_missing,
    missing_imports,
    missing_part,
    missing_text,
    takes_import_error,
)

_HANDLERS = ("except-import", "except-broad")
_RANK: tuple[Severity, ...] = ("info", "warning", "error")
_ENVIRONMENT = re.compile(r"version|\bsys\.(platform|implementation)|\bos\.name\b|\bplatform\b|\bPY\d|\bPYPY")
"""Conditions about the interpreter and the machine: their arms are meant to differ."""


@dataclass(frozen=True)
class Options:
    conditions: bool = True
    """Report `if`/`else` arms that import different implementations too, not only `try`/`except`."""


@dataclass(frozen=True)
class _Bound:
    """A name that an arm binds, and to what."""

    name: str
    line: int
    what: str  # for the reader: "None", "a class defined here", "shop.b:Store"
    resolution: Resolution | None = None  # of an import


class _Arms:
    """What the arms of one file's compound statements bind and import, by number of the arm."""

    def __init__(self, project: Project, file: int, answers: Sequence[Resolution]) -> None:
        facts = project.files[file].facts
        self.project, self.file, self.facts = project, file, facts
        self.bound: dict[int, list[_Bound]] = {}
        self.imports: dict[int, list[tuple[Import, Resolution]]] = {}  # those that run whenever the arm does
        self.statements: dict[int, list[int]] = {}  # compound statement -> its arms
        for number, arm in enumerate(facts.branches):
            self.statements.setdefault(arm.owner, []).append(number)
        for imp, resolution in zip(facts.imports, answers, strict=True):
            if imp.branch < 0:
                continue
            self._add(imp.branch, _import_bound(imp, resolution))
            for number in numbers_around(facts.branches, imp.branch):
                self.imports.setdefault(number, []).append((imp, resolution))
                arm = facts.branches[number]
                if arm.kind not in STRAIGHT or takes_import_error(arm):
                    break
        for assignment in facts.assignments:
            if assignment.branch >= 0:
                self._add(assignment.branch, _assignment_bound(assignment))
        for definition in facts.definitions:
            if definition.branch >= 0:
                self._add(definition.branch, _definition_bound(definition))

    def _add(self, branch: int, bound: _Bound) -> None:
        for number in numbers_around(self.facts.branches, branch):
            self.bound.setdefault(number, []).append(bound)

    def by_name(self, arms: Sequence[int]) -> dict[str, list[_Bound]]:
        names: dict[str, list[_Bound]] = {}
        for arm in arms:
            for bound in self.bound.get(arm, ()):
                names.setdefault(bound.name, []).append(bound)
        return names

    def around(self, arm: int) -> Iterator[int]:
        """The compound statements around an arm's own, innermost first."""
        return (outer.owner for outer in self.project.around(self.file, self.facts.branches[arm].parent))


def check(project: Project, options: Options) -> Iterator[Violation]:
    answers = project.resolutions
    for index, file in enumerate(project.files):
        if not any(
            imp.branch >= 0 and answer.targets[0].kind != "external"
            for imp, answer in zip(file.facts.imports, answers[index], strict=True)
        ):
            continue
        arms = _Arms(project, index, answers[index])
        reported: dict[int, tuple[frozenset[str], int]] = {}
        for owner in sorted(arms.statements):
            numbers = arms.statements[owner]
            kind = file.facts.branches[numbers[0]].kind
            found = None
            if kind == "try":
                found = _judge_try(arms, numbers)
            elif kind == "if" and options.conditions:
                found = _judge_if(arms, numbers)
            if found is None:
                continue
            names, violation = found
            rank = _RANK.index(violation.severity or "warning")
            if not any(
                names <= said and rank <= severity
                for outer in arms.around(numbers[0])
                for said, severity in (reported.get(outer, (frozenset(), -1)),)
            ):
                reported[owner] = (names, rank)
                yield violation


def _judge_try(arms: _Arms, numbers: Sequence[int]) -> tuple[frozenset[str], Violation] | None:
    """The names whose import in the `try` arm a handler replaces by something else."""
    branches = arms.facts.branches
    first, handlers = numbers[0], [number for number in numbers[1:] if branches[number].kind in _HANDLERS]
    if not handlers:
        return None
    imported = {name: found[0] for name, found in arms.by_name([first]).items() if _is_first_party(found[0])}
    fallback = arms.by_name(handlers)
    if not all(branches[number].terminates for number in handlers):
        _add_defaults(arms.facts, branches[first], imported, fallback)
    reason = _never_succeeds(arms, first)
    replaced = {
        name: different
        for name, bound in imported.items()
        if (different := [other for other in fallback.get(name, ()) if _differs(bound, other)])
    }
    if not replaced and reason:
        given = arms.by_name([number for number in numbers if number not in handlers])
        replaced = {name: found for name, found in fallback.items() if name in given}
    if not replaced:
        return None
    described = some(
        [f"{name} is {_either(found)}" for name, found in sorted(replaced.items())], separator="; "
    )
    severity: Severity
    if reason:
        stub = not any(_is_first_party(bound) for found in replaced.values() for bound in found)
        severity = "error" if stub and not arms.project.files[arms.file].is_test else "warning"
        message = f"the import can never succeed ({reason}), so the fallback always runs: {described}"
    elif _always_succeeds(arms, first) and all(
        branches[number].kind == "except-import" for number in handlers
    ):
        if _may_lack_a_package(arms, first) or _is_bound_under_if(arms, first, replaced):
            return None
        severity = "info"
        message = f"the import resolves inside this project, so the fallback only hides errors ({described})"
    else:
        severity = "warning"
        message = f"an import that fails is replaced by another implementation: {described}"
    kept = _kept(arms, first, handlers)
    return frozenset(replaced), _violation(arms, first, message, severity, imported, replaced, kept)


def _kept(arms: _Arms, first: int, handlers: Sequence[int]) -> Fix | None:
    """The import that always runs, if it is clear which one that is, and everything else can go."""
    project, file = arms.project, arms.project.files[arms.file]
    tried = arms.imports.get(first, [])
    if len(handlers) != 1 or not tried:
        return None
    if _always_succeeds(arms, first):
        if not _is_certain(arms, first):
            return None
        imp, resolution = tried[0]
    elif is_missing(tried[0][1]) and not tried[0][1].chain and len(arms.imports.get(handlers[0], ())) == 1:
        imp, resolution = arms.imports[handlers[0]][0]
        home = resolution.target.file
        if resolution.target.kind != "definition" or (project.files[home].is_test and not file.is_test):
            return None
    else:
        return None
    source = _module_run(project, arms.file, imp)
    if source is None or imp.name in (None, "*"):
        return None
    symbol = f"{project.files[source].module}:{imp.name}"
    return Fix("rewrite-imports", {"old": symbol, "new": symbol, "within": file.path}, safe=False)


def _judge_if(arms: _Arms, numbers: Sequence[int]) -> tuple[frozenset[str], Violation] | None:
    """The names that an `if` and its `else` import from different places of this project."""
    branches = arms.facts.branches
    if len(numbers) < 2 or "type-checking" in (branches[number].kind for number in numbers):
        return None
    first = numbers[0]
    if _ENVIRONMENT.search(branches[first].test):
        return None
    imported = {name: found[0] for name, found in arms.by_name([first]).items() if _is_first_party(found[0])}
    otherwise = arms.by_name(numbers[1:])
    replaced = {
        name: different
        for name, bound in imported.items()
        if (
            different := [
                other
                for other in otherwise.get(name, ())
                if _differs(bound, other) and (_is_first_party(other) or " defined here" in other.what)
            ]
        )
    }
    if not replaced:
        return None
    described = some(
        [f"{name} is {imported[name].what} or {_either(found)}" for name, found in sorted(replaced.items())],
        separator="; ",
    )
    message = f"{described}, depending on `{branches[first].test}`"
    return frozenset(replaced), _violation(arms, first, message, "warning", imported, replaced)


def _violation(
    arms: _Arms,
    arm: int,
    message: str,
    severity: Severity,
    imported: dict[str, _Bound],
    replaced: dict[str, list[_Bound]],
    fix: Fix | None = None,
) -> Violation:
    file = arms.project.files[arms.file]
    targets = [
        target
        for name in sorted(replaced)
        if name in imported and (resolution := imported[name].resolution)
        for target in resolution.targets
    ]
    concept = canonical_of(arms.project, targets)
    return Violation(
        Location(file.path, arms.facts.branches[arm].owner_line),
        message,
        concept=concept.name if concept else None,
        symbol=f"{file.module}:{min(replaced)}",
        canonical=concept.canonical if concept else None,
        related=tuple(
            Related(file.path, bound.line, f"{name} is {bound.what}")
            for name, found in sorted(replaced.items())
            for bound in found
        ),
        fix=fix,
        severity=severity,
    )


def _never_succeeds(arms: _Arms, arm: int) -> str:
    """Why the first arm fails whenever it runs; "" when it does not."""
    project = arms.project
    for imp, resolution in arms.imports.get(arm, ()):
        if is_missing(resolution) and not resolution.chain:
            return missing_part(resolution)
        source = _module_run(project, arms.file, imp)
        culprit = broken_modules(project).get(source) if source is not None else None
        if culprit is not None and culprit != arms.file:
            broken = project.files[culprit]
            why = missing_text(missing_imports(project)[culprit][failing_imports(project)[culprit]])
            return f"importing {broken.module} fails: {why}"
    return ""


def _always_succeeds(arms: _Arms, arm: int) -> bool:
    """Whether every import of the arm resolves inside the project (it is known that none fails)."""
    return all(
        target.kind in ("definition", "module", "variable")
        for _, resolution in arms.imports.get(arm, ())
        for target in resolution.targets
    )


def _may_lack_a_package(arms: _Arms, arm: int) -> bool:
    """Whether the arm imports what may not be installed: a module of another source root, or one that needs a package.

    That is a third-party package, and nobody imports the module without a net: no production code, for which it may
    be left out; for tests all is installed that other tests need.
    """
    needing, relied_on = _reliance(arms)
    found = (_module_run(arms.project, arms.file, imp) for imp, _ in arms.imports.get(arm, ()))
    sources = {file for file in found if file is not None}
    arms.project.weighed |= sources
    arms.project.tied |= sources
    apart = any(arms.project.table.are_apart(arms.file, source) for source in sources)
    return apart or any(source in needing and source not in relied_on for source in sources)


def _is_bound_under_if(arms: _Arms, arm: int, names: Collection[str]) -> bool:
    """Whether a module binds one of the imported names in an arm of an `if` alone: it may not have the name."""
    for imp, _ in arms.imports.get(arm, ()):
        source = _module_run(arms.project, arms.file, imp) if imp.bound in names else None
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


def _reliance(arms: _Arms) -> tuple[frozenset[int], frozenset[int]]:
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
    """Does a module import a third-party package as it loads; the modules that it imports unguarded."""
    needing = False
    relied_on: set[int] = set()
    before: Import | None = None
    for imp, resolution in zip(project.files[file].facts.imports, project.resolutions[file], strict=True):
        if imp.scope >= 0 or imp.branch >= 0:
            continue
        target = resolution.targets[0]
        if target.kind == "external":
            if not needing:
                needing = not imp.level and imp.module.partition(".")[0] not in STANDARD_LIBRARY
            continue
        if target.kind == "module":
            relied_on.add(target.file)
        if before is not None and (imp.module, imp.level) == (before.module, before.level):
            continue  # another name of the same statement
        before = imp
        found = _module_run(project, file, imp)
        if found is not None and found != file:
            relied_on.add(found)
    return needing, frozenset(relied_on)


def _is_certain(arms: _Arms, arm: int) -> bool:
    """Whether the program needs the arm's modules anyway, or no third-party package can make their import fail."""
    needing, relied_on = _reliance(arms)
    for imp, _ in arms.imports.get(arm, ()):
        start = _module_run(arms.project, arms.file, imp)
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


def _module_run(project: Project, file: int, imp: Import) -> int | None:
    module = project.absolute(file, imp)
    return None if module is None else project.find_module(module, file)


def _add_defaults(
    facts: FileFacts, arm: Branch, imported: dict[str, _Bound], fallback: dict[str, list[_Bound]]
) -> None:
    """`Store = None` before the `try` is what a handler that only passes falls back to."""
    for assignment in facts.assignments:
        same_place = assignment.scope == arm.scope and assignment.branch == arm.parent
        if assignment.name in imported and same_place and assignment.line < arm.owner_line:
            fallback.setdefault(assignment.name, [_assignment_bound(assignment)])


def _is_first_party(bound: _Bound) -> bool:
    return bound.resolution is not None and bound.resolution.target.kind in (
        "definition", "module", "variable", "unresolved",
    )  # fmt: skip


def _differs(bound: _Bound, other: _Bound) -> bool:
    """Whether two arms give a name different values; the same definition by two paths is the same value."""
    if bound.resolution is None or other.resolution is None:
        return True
    first = {target.symbol for target in bound.resolution.targets}
    return first.isdisjoint(target.symbol for target in other.resolution.targets)


def _either(found: Sequence[_Bound]) -> str:
    return " or ".join(dict.fromkeys(bound.what for bound in found))


def _import_bound(imp: Import, resolution: Resolution) -> _Bound:
    target = resolution.target
    what = target.symbol if target.kind != "unresolved" else f"{target.symbol} (missing)"
    return _Bound(imp.bound, imp.line, what, resolution)


def _assignment_bound(assignment: Assignment) -> _Bound:
    match assignment.kind:
        case "none":
            what = "None"
        case "constant":
            what = assignment.value
        case "call" | "name" if "Mock" in assignment.value:
            what = "a mock"
        case "name":
            what = assignment.value
        case "call" if assignment.value:
            what = f"{assignment.value}(...)"
        case "lambda":
            what = "a lambda"
        case _:
            what = "another value"
    return _Bound(assignment.name, assignment.line, what)


def _definition_bound(definition: Definition) -> _Bound:
    kind = "class" if definition.is_class else "function"
    return _Bound(definition.name, definition.line, f"a {kind} defined here")


_STORE = {
    "shop/__init__.py": "",
    "shop/store.py": "class Store:\n    def save(self, item): return item\n",
    "shop/memory.py": "class Store:\n    def save(self, item): return None\n",
    "shop/api.py": "from shop.store import Store\n",
}

RULE = Rule(
    id="SSOT202",
    name="fallback-import",
    check=check,
    options=Options,
    severity="warning",
    codemods=("rewrite-imports",),
    valid=(
        Valid(
            {
                "shop/__init__.py": """
try:
    from shop.terminal import main
except ImportError:

    def main():
        raise SystemExit("install shop[cli]")
""",
                "shop/terminal.py": "import click\n\ndef main(): ...",
                "tests/test_terminal.py": "from shop.terminal import main\n",
            },
            id="module-that-needs-an-optional-package",
        ),
        Valid(
            {
                "shop/store.py": """
STORES = {}

class _Tape: ...

if "disk" in STORES:
    disk = STORES["disk"]
    Tape = _Tape
""",
                "shop/__init__.py": """
try:
    from shop.store import disk
except ImportError:
    disk = None
try:
    from shop.store import Tape
except ImportError:
    Tape = None
""",
                "shop/use.py": "import shop.store\n",
            },
            id="a-name-that-its-module-may-not-bind",
        ),
        Valid(
            {
                "lib/shop/setup.py": "",
                "lib/shop/shop/__init__.py": """
try:
    from shop_files import kinds
except ImportError:

    def kinds():
        return []
""",
                "lib/files/setup.py": "",
                "lib/files/shop_files/__init__.py": "def kinds(): ...\n",
            },
            id="another-distribution",
        ),
        Valid(
            {
                "shop/codec.py": """
try:
    import orjson
except ImportError:
    orjson = None

try:
    import simplejson as json
except ImportError:
    import json
"""
            }
            | _STORE,
            id="optional-third-party",
        ),
        Valid(
            {
                "shop/old.py": """
try:
    from shop.api import Store
except ImportError:
    from shop.store import Store
"""
            }
            | _STORE,
            id="same-definition",
        ),
        Valid(
            {
                "shop/loud.py": """
try:
    from shop.store import Store
except ImportError as error:
    raise RuntimeError("incomplete installation") from error

HAS_MEMORY = False
try:
    from shop.memory import Store as Memory
    HAS_MEMORY = True
except ImportError:
    HAS_MEMORY = False
"""
            }
            | _STORE,
            id="raises-or-sets-a-flag",
        ),
        Valid(
            {
                "shop/typed.py": """
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.store import Store
else:
    Store = object

if sys.version_info >= (3, 12):
    from shop.store import Store as Best
else:
    from shop.memory import Store as Best
"""
            }
            | _STORE,
            id="type-checking-and-version",
        ),
    ),
    invalid=(
        Invalid(
            {
                "shop/cart.py": """
try:  # error: the import resolves inside this project
    from shop.store import Store
except ImportError:
    Store = None
""",
                "shop/till.py": """
try:  # error: can never succeed
    from shop.database import Store
except ImportError:
    from shop.memory import Store
""",
            }
            | _STORE,
            fixed={
                "shop/cart.py": "from shop.store import Store\n",
                "shop/till.py": "from shop.memory import Store\n",
            }
            | _STORE,
            id="decided",
        ),
        Invalid(
            {
                "shop/cart.py": """
try:  # error: can never succeed (module shop.database does not exist), so the fallback always runs: Store is None
    from shop.database import Store
except ImportError:
    Store = None
"""
            }
            | _STORE,
            id="always-falls-back",
        ),
        Invalid(
            {
                "shop/broken.py": "from shop.gone import anything\n\nclass Cache: ...\n",
                "shop/cart.py": """
try:  # error: importing shop.broken fails: module shop.gone does not exist
    from shop.broken import Cache
    HAS_CACHE = True
except Exception:
    HAS_CACHE = False

    class Cache:
        def get(self, key): return None
""",
            }
            | _STORE,
            id="module-that-cannot-be-imported",
        ),
        Invalid(
            {
                "shop/cart.py": """
try:  # error: so the fallback always runs: HAS_SEARCH is False
    from shop.store import search
    HAS_SEARCH = True
except ImportError:
    HAS_SEARCH = False
"""
            }
            | _STORE,
            id="flag-that-never-changes",
        ),
        Invalid(
            {
                "tests/terminal.py": "import click\n\ndef main(): ...\n",
                "tests/test_terminal.py": "from tests.terminal import main\n",
                "tests/test_cart.py": """
try:  # error: so the fallback only hides errors (main is None)
    from tests.terminal import main
except ImportError:
    main = None
""",
            },
            id="what-other-tests-need-anyway",
        ),
        Invalid(
            {
                "shop/cart.py": """
try:  # error: so the fallback only hides errors (Store is None)
    from .store import Store
except ImportError:
    Store = None

try:  # error: replaced by another implementation: Memory is shop.store:Store
    from shop.memory import Store as Memory
except Exception:
    from shop.store import Store as Memory

Lazy = None
try:  # error: only hides errors (Lazy is None)
    from shop.memory import Store as Lazy
except ImportError:
    pass
"""
            }
            | _STORE,
            id="fallback-that-hides-errors",
        ),
        Invalid(
            {
                "shop/nested.py": """
def store():
    try:  # error: so the fallback always runs: Store is shop.memory:Store or a class defined here
        from shop.database import Store
    except ImportError:
        try:
            from shop.memory import Store
        except ImportError:
            class Store: ...
    return Store()

def search():
    try:  # error: so the fallback always runs: find is None
        from shop.search import find
    except ImportError:
        find = None
    return find
"""
            }
            | _STORE,
            id="nested-in-a-function",
        ),
        Invalid(
            {
                "shop/switch.py": """
from shop.config import DEBUG

if DEBUG:  # error: Store is shop.memory:Store or shop.store:Store, depending on `DEBUG`
    from shop.memory import Store
else:
    from shop.store import Store
""",
                "shop/config.py": "DEBUG = False\n",
            }
            | _STORE,
            id="condition",
        ),
    ),
)
