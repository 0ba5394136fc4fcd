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
where a module of this program needs one and nobody else imports that module, what stands in a distribution that its
own does not need, arms that lead to the same definition, names that their module binds under `if` alone, handlers that
raise or only set a flag while the import does resolve, version and platform tests, `if TYPE_CHECKING`.

Use instead: the import alone, at the top of the module. If two implementations are meant, choose one where
the program is configured, and say so in a `variants` entry. There is no automatic fix: removing an arm changes
what runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssot_lint.concepts.canonicals import canonical_of
from ssot_lint.model import Branch, FileFacts, Fix, Location, Related, Severity, Violation
from ssot_lint.project import Project
from ssot_lint.queries.alternatives import Arms, Bound, assignment_bound
from ssot_lint.queries.failing import is_missing
from ssot_lint.queries.reliance import (
    always_succeeds,
    is_bound_under_if,
    is_certain,
    may_lack_a_build,
    may_lack_a_package,
    module_run,
    never_succeeds,
)
from ssot_lint.rule import Invalid, Rule, Valid
from ssot_lint.wording import some

_HANDLERS = ("except-import", "except-broad")

_RANK: tuple[Severity, ...] = ("info", "warning", "error")

_ENVIRONMENT = re.compile(r"version|\bsys\.(platform|implementation)|\bos\.name\b|\bplatform\b|\bPY\d|\bPYPY")
"""Conditions about the interpreter and the machine: their arms are meant to differ."""


@dataclass(frozen=True)
class Options:
    conditions: bool = True
    """Report `if`/`else` arms that import different implementations too, not only `try`/`except`."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    answers = project.resolutions
    for index, file in enumerate(project.files):
        if not any(
            imp.branch >= 0 and answer.targets[0].kind != "external"
            for imp, answer in zip(file.facts.imports, answers[index], strict=True)
        ):
            continue
        arms = Arms(project, index, answers[index])
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


def _judge_try(arms: Arms, numbers: Sequence[int]) -> tuple[frozenset[str], Violation] | None:
    """The names whose import in the `try` arm a handler replaces by something else."""
    branches = arms.facts.branches
    first, handlers = numbers[0], [number for number in numbers[1:] if branches[number].kind in _HANDLERS]
    if not handlers:
        return None
    imported = {name: found[0] for name, found in arms.by_name([first]).items() if _is_first_party(found[0])}
    fallback = arms.by_name(handlers)
    if not all(branches[number].terminates for number in handlers):
        _add_defaults(arms.facts, branches[first], imported, fallback)
    reason = never_succeeds(arms, first)
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
    elif always_succeeds(arms, first) and all(
        branches[number].kind == "except-import" for number in handlers
    ):
        if may_lack_a_package(arms, first) or is_bound_under_if(arms, first, replaced):
            return None
        severity = "info"
        message = f"the import resolves inside this project, so the fallback only hides errors ({described})"
    else:
        has_other = any(
            _is_first_party(bound) or " defined here" in bound.what
            for found in replaced.values()
            for bound in found
        )
        if not has_other and (may_lack_a_build(arms, first) or may_lack_a_package(arms, first)):
            return None
        severity = "warning"
        message = f"an import that fails is replaced by another implementation: {described}"
    kept = _kept(arms, first, handlers)
    return frozenset(replaced), _violation(arms, first, message, severity, imported, replaced, kept)


def _kept(arms: Arms, first: int, handlers: Sequence[int]) -> Fix | None:
    """The import that always runs, if it is clear which one that is, and everything else can go."""
    project, file = arms.project, arms.project.files[arms.file]
    tried = arms.imports.get(first, [])
    if len(handlers) != 1 or not tried:
        return None
    if always_succeeds(arms, first):
        if not is_certain(arms, first):
            return None
        imp, resolution = tried[0]
    elif is_missing(tried[0][1]) and not tried[0][1].chain and len(arms.imports.get(handlers[0], ())) == 1:
        imp, resolution = arms.imports[handlers[0]][0]
        home = resolution.target.file
        if resolution.target.kind != "definition" or (project.files[home].is_test and not file.is_test):
            return None
    else:
        return None
    source = module_run(project, arms.file, imp)
    if source is None or imp.name in (None, "*"):
        return None
    symbol = f"{project.files[source].module}:{imp.name}"
    return Fix("rewrite-imports", {"old": symbol, "new": symbol, "within": file.path}, safe=False)


def _judge_if(arms: Arms, numbers: Sequence[int]) -> tuple[frozenset[str], Violation] | None:
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
    arms: Arms,
    arm: int,
    message: str,
    severity: Severity,
    imported: dict[str, Bound],
    replaced: dict[str, list[Bound]],
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


def _add_defaults(
    facts: FileFacts, arm: Branch, imported: dict[str, Bound], fallback: dict[str, list[Bound]]
) -> None:
    """`Store = None` before the `try` is what a handler that only passes falls back to."""
    for assignment in facts.assignments:
        same_place = assignment.scope == arm.scope and assignment.branch == arm.parent
        if assignment.name in imported and same_place and assignment.line < arm.owner_line:
            fallback.setdefault(assignment.name, [assignment_bound(assignment)])


def _is_first_party(bound: Bound) -> bool:
    return bound.resolution is not None and bound.resolution.target.kind in (
        "definition", "module", "variable", "unresolved",
    )  # fmt: skip


def _differs(bound: Bound, other: Bound) -> bool:
    """Whether two arms give a name different values; the same definition by two paths is the same value."""
    if bound.resolution is None or other.resolution is None:
        return True
    first = {target.symbol for target in bound.resolution.targets}
    return first.isdisjoint(target.symbol for target in other.resolution.targets)


def _either(found: Sequence[Bound]) -> str:
    return " or ".join(dict.fromkeys(bound.what for bound in found))


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
                "shop/console.py": """
try:
    from shop.unix import width
except ImportError:
    from shop.windows import width
""",
                "shop/unix.py": "import fcntl\n\ndef width(): return 80\n",
                "shop/windows.py": "import msvcrt\n\ndef width(): return 79\n",
            },
            id="module-of-one-platform",
        ),
        Valid(
            {
                "shop/tool.py": """
import os

if os.environ.get("FAST"):
    import shop.memory
else:
    import shop.store
""",
            }
            | _STORE,
            id="the-same-package-is-bound",
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
                "pyproject.toml": "[project]\nname = 'shop'\ndependencies = ['shop-base']\n",
                "shop/__init__.py": "import shop_base.log\n",
                "base/pyproject.toml": "[project]\nname = 'shop-base'\n",
                "base/src/shop_base/__init__.py": "",
                "base/src/shop_base/log.py": """
try:
    import shop
except ImportError:
    shop = None
""",
            },
            id="a-distribution-that-its-own-does-not-need",
        ),
        Valid(
            {
                "shop/testing.py": """
try:
    from selenium import webdriver
    from shop.screen import Shot
except ImportError:
    webdriver = None
    Shot = None
""",
                "shop/screen.py": "import selenium\n\nclass Screen: ...\n\nclass Shot: ...\n",
            },
            id="module-that-needs-the-package-beside-it",
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
                "shop/cart.py": """
try:  # error: so the fallback only hides errors (route is None)
    from shop.routes import route
except ImportError:
    route = None
""",
                "shop/routes.py": "import fastapi\n\ndef route(): ...\n",
                **{
                    f"shop/pages_{number}.py": "import fastapi\nfrom shop.routes import route\n"
                    for number in range(4)
                },
            },
            id="what-needs-a-package-that-all-need",
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
