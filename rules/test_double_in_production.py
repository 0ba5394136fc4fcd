"""Keep mocks and stubs of a concept out of production code.

A mock in production answers every call and does nothing: messages are "sent", tokens are "valid", and no error
is ever logged. It gets there in two ways, and both are reported: a stand-in that is defined outside the test
paths, and a fallback that binds one when an import or a construction fails.

What counts as a stand-in: a class derived from one of `unittest.mock`, a class whose name says so (`Mock`,
`Fake`, `Stub`, `Dummy`, `Spy`), a class whose every shared member does nothing but record the call; for a
fallback also a call of a mock, and `None` for a name that the `try` imports (a warning: the code may test for
it before use).

Example:

    try:
        from app.websocket import WebSocketManager
    except ImportError:
        WebSocketManager = Mock()

Use instead: let the import fail where it is made, or make the choice explicit where the program is put
together. If the code is test support, move it below the test paths or add its place to `test-paths`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.concepts.bases import MOCKS
from ssot_lint.concepts.claims import canonical_place, claims
from ssot_lint.concepts.name_matches import concept_of
from ssot_lint.config import Concept
from ssot_lint.model import MODULE, Assignment, Import, Location, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

_FALLBACKS = ("except-import", "except-broad")


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    doubles: dict[str, str] = {}
    for concept in project.config.concepts:
        for claim in claims(project)[concept.name]:
            if claim.kind != "test-double" or claim.definition < 0:
                continue
            doubles[claim.symbol] = claim.reason
            if project.files[claim.file].is_test:
                continue
            definition = project.definition_at((claim.file, claim.definition))
            arm = _fallback(project, claim.file, definition.branch)
            where = f" and taken when the `try` in line {arm} fails" if arm else ""
            yield Violation(
                project.location(claim.file, claim.definition),
                f"{definition.name}, a stand-in for {concept.name}, is defined in production code{where}: {claim.reason}",
                concept=concept.name,
                symbol=claim.symbol,
                canonical=concept.canonical,
                related=canonical_place(project, concept),
            )
    for file, source in enumerate(project.files):
        if source.is_test or source.facts.deep is None:
            continue
        for assignment in source.facts.assignments:
            if assignment.branch != MODULE:
                yield from _bound(project, file, assignment, doubles)
        for imp in source.facts.imports:
            if imp.branch != MODULE:
                yield from _imported(project, file, imp, doubles)


def _fallback(project: Project, file: int, branch: int) -> int:
    """The line of the `try` whose failure leads into a branch; 0 when it is no fallback."""
    return next((arm.owner_line for arm in project.around(file, branch) if arm.kind in _FALLBACKS), 0)


def _bound(project: Project, file: int, item: Assignment, doubles: dict[str, str]) -> Iterator[Violation]:
    """`except ImportError: Name = Mock()`, or another stand-in, or None."""
    concept = concept_of(project, item.name)
    line = _fallback(project, file, item.branch)
    if concept is None or not line:
        return
    location = Location(project.files[file].path, item.line, item.column)
    if item.kind == "none":
        if _imports(project, file, item):
            yield _violation(project, concept, location, item.name, "None", line, "warning")
    elif item.kind in ("call", "name") and item.value:
        target = project.resolve(file, item.value, item.scope).target
        mock = target.kind == "external" and target.symbol.rpartition(".")[2] in MOCKS
        if mock or target.symbol in doubles:
            yield _violation(project, concept, location, item.name, item.value, line, None)


def _imports(project: Project, file: int, item: Assignment) -> bool:
    """Does the `try` that failed import an implementation of the concept under the name?"""
    others = {
        claim.symbol
        for found in claims(project).values()
        for claim in found
        if claim.kind in ("companion", "protocol", "test-case")
    }
    facts = project.files[file].facts
    owners = {arm.owner for arm in project.around(file, item.branch) if arm.kind in _FALLBACKS}
    return any(
        imp.bound == item.name
        and imp.branch != MODULE
        and facts.branches[imp.branch].owner in owners
        and project.resolve_import(file, imp).target.symbol not in others
        for imp in facts.imports
    )


def _imported(project: Project, file: int, imp: Import, doubles: dict[str, str]) -> Iterator[Violation]:
    """`except ImportError: from tests.doubles import FakeManager as Manager`."""
    line = _fallback(project, file, imp.branch)
    if not line or imp.name in (None, "*"):
        return
    target = project.resolve_import(file, imp).target
    if target.symbol not in doubles:
        return
    concept = concept_of(project, imp.bound) or concept_of(project, imp.name or "")
    if concept is not None:
        location = Location(project.files[file].path, imp.line, imp.column, imp.end_line, imp.end_column)
        yield _violation(project, concept, location, imp.bound, target.symbol, line, None)


def _violation(
    project: Project,
    concept: Concept,
    location: Location,
    name: str,
    value: str,
    line: int,
    severity: str | None,
) -> Violation:
    return Violation(
        location,
        f"{name} becomes {value} when the `try` in line {line} fails, and production runs without {concept.name}",
        concept=concept.name,
        canonical=concept.canonical,
        related=canonical_place(project, concept),
        severity="warning" if severity == "warning" else None,
    )


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
"""

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            def __init__(self, user):
                self.user = user

            async def send(self, message):
                await self.user.send(message)
        """,
}

RULE = Rule(
    id="SSOT107",
    name="test-double-in-production",
    check=check,
    valid=(
        Valid(
            HOME
            | {
                "tests/doubles.py": """
                    class MockManager:
                        async def send(self, message):
                            pass
                    """,
                "shop/chat.py": """
                    try:
                        from shop.manager import Manager
                    except ImportError:
                        raise RuntimeError("no manager")

                    manager = None
                    """,
            },
            CONFIG,
            id="in-test-paths",
        ),
        Valid(
            HOME
            | {
                "shop/other.py": """
                    try:
                        from fast import dumps
                    except ImportError:
                        dumps = None

                    class QuietManager(dict):
                        def send(self, message):
                            print(message)
                    """
            },
            CONFIG,
            id="other-names-and-working-code",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from unittest.mock import MagicMock

                    class MockManager:  # error: MockManager, a stand-in for manager, is defined in production code
                        async def send(self, message):
                            return True

                    class SilentManager:  # error: a stub: 1 member it shares with the canonical class does nothing
                        async def send(self, message):
                            pass

                    class AutoManager(MagicMock):  # error: derived from unittest.mock.MagicMock
                        pass
                    """
            },
            CONFIG,
            id="defined",
        ),
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from unittest.mock import Mock

                    try:
                        from shop.manager import Manager
                    except ImportError:
                        Manager = Mock()  # error: Manager becomes Mock when the `try` in line 3 fails

                    try:
                        from shop.manager import Manager as LocalManager
                    except ImportError:
                        LocalManager = None  # error: LocalManager becomes None

                    try:
                        from shop.manager import Manager as SafeManager
                    except ImportError:
                        class SafeManager:  # error: taken when the `try` in line 13 fails
                            async def send(self, message):
                                ...
                    """
            },
            CONFIG,
            id="chosen-by-a-fallback",
        ),
        Invalid(
            HOME
            | {
                "tests/doubles.py": """
                    class FakeManager:
                        async def send(self, message):
                            pass
                    """,
                "shop/chat.py": """
                    try:
                        from shop.manager import Manager
                    except Exception:
                        from tests.doubles import FakeManager as Manager  # error: Manager becomes tests.doubles:FakeManager
                    """,
            },
            CONFIG,
            id="imported-from-the-tests",
        ),
    ),
)
