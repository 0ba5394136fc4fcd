"""Implement a concept once.

A class (or function) that bears a concept's name and implements it itself is a second source of truth: the two
drift apart, tests patch one while production runs the other, and a fix in one place is missing in the other.

A name match is not enough to be reported. Each claim is classified from its body, its bases and its use:
aliases, re-exports, adapters that forward, subclasses of the canonical class, protocols, test cases, test
doubles, and classes that only share the word (an enum, an exception, a config, a pool) are not duplicates.
`ssot-lint concepts NAME` shows every claim with its kind and the reason.

In test code most claims are stand-ins and belong to `duplicate-test-double`. One whose statements are nearly all
the canonical one's is a copy of the implementation: tests that use it protect the copy, and pass whatever happens
to the original. It is reported here, as a warning, and replaced by hand: which tests were meant to have a copy of
their own is not in the code.

Each finding carries a verdict on whether the canonical definition could take the duplicate's place, judged by
what the users of the duplicate do with it: `drop-in` (all that they use exists there, with signatures that
accept every call), `adapter` (a wrapper that forwards would do), `manual`, each with its reasons. Another value of a class attribute (`TIMEOUT = 5`) is one
where a user reads it, or calls a method that does; else it is a note.

Example:

    class LegacyWebSocketManager:            # beside the canonical WebSocketManager
        async def send(self, user_id, message): ...

Use instead: import the canonical definition. A second implementation that is meant to be is fine: declare it under
`variants` of the concept. If it is another thing, give it another name.
"""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.concepts.claims import canonical_place, claims
from ssot_lint.concepts.verdict import verdict
from ssot_lint.config import Concept
from ssot_lint.model import Claim, Violation
from ssot_lint.project import Project
from ssot_lint.queries.failing import is_missing
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

from ._fixes import make_shim


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    for concept in project.config.concepts:
        if is_missing(project.resolve_symbol(concept.canonical)):
            continue  # SSOT203 says so; what claims to be the concept may be the canonical one
        for claim in claims(project)[concept.name]:
            if claim.kind == "duplicate":
                yield _violation(project, concept, claim)


def _violation(project: Project, concept: Concept, claim: Claim) -> Violation:
    ruling, reasons = verdict(project, claim)
    name = project.definition_at((claim.file, claim.definition)).name
    used = (
        "" if not claim.importers else f", imported by {claim.importers} file{'s' * (claim.importers != 1)}"
    )
    in_tests = project.files[claim.file].is_test
    return Violation(
        project.location(claim.file, claim.definition),
        f"{name} implements {concept.name} beside {concept.canonical}{used}; replacing it: {ruling}",
        concept=concept.name,
        symbol=claim.symbol,
        canonical=concept.canonical,
        verdict=ruling,
        reasons=(claim.reason, *reasons),
        related=canonical_place(project, concept),
        fix=make_shim(project, concept, claim.symbol) if ruling == "drop-in" and not in_tests else None,
        severity="warning" if in_tests else None,
    )


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
"""

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": '''
        class Manager:
            """Keeps connections and sends to them."""

            def __init__(self, user):
                self.user = user
                self.connections = {}

            def add_connection(self, connection):
                self.connections[connection.id] = connection

            async def send_to_user(self, message):
                for connection in self.connections.values():
                    await connection.send(message)
        ''',
}

STEPS = """
            def remove(self, connection):
                if connection.id not in self.connections:
                    raise KeyError(connection.id)
                self.connections[connection.id].close()
                del self.connections[connection.id]
                if not self.connections:
                    self.user.left()
        """

RULE = Rule(
    id="SSOT101",
    name="duplicate-implementation",
    check=check,
    codemods=("replace-with-shim",),
    valid=(
        Valid(
            HOME
            | {
                "shop/old.py": """
                    from shop.manager import Manager

                    OldManager = Manager

                    class LegacyManager(Manager):
                        pass
                    """,
                "shop/adapter.py": """
                    from shop.manager import Manager

                    class CompatManager:
                        def __init__(self, manager: Manager):
                            self._manager = manager

                        def add(self, connection):
                            self._manager.add_connection(connection)

                        async def send(self, message):
                            await self._manager.send_to_user(message)
                    """,
            },
            CONFIG,
            id="hands-on",
        ),
        Valid(
            HOME
            | {
                "shop/api.py": """
                    from typing import Protocol

                    class SendsManager(Protocol):
                        async def send_to_user(self, message): ...
                    """,
                "shop/stock.py": """
                    class StockManager:
                        def reorder(self, article):
                            return article.supplier.order(article)

                        def count(self, article):
                            return article.count
                    """,
                "tests/test_manager.py": """
                    class TestManager:
                        def test_adds(self):
                            assert True

                    class RecordingManager:
                        def __init__(self):
                            self.sent = []

                        async def send_to_user(self, message):
                            self.sent.append(message)
                    """,
            },
            CONFIG,
            id="only-shares-the-word",
        ),
        Valid(
            HOME
            | {
                "shop/pool.py": """
                    class PooledManager:
                        def add_connection(self, connection):
                            self.pool.take(connection)
                    """
            },
            CONFIG + 'variants = ["shop.pool:PooledManager"]\n',
            id="declared-variant",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/manager.py": HOME["shop/manager.py"] + STEPS,
                "tests/test_manager.py": (HOME["shop/manager.py"] + STEPS).replace(
                    "class Manager:", "class LocalManager:  # error: LocalManager implements manager beside"
                ),
                "tests/doubles.py": """
                    class FakeManager:
                        def __init__(self, user):
                            self.sent = []

                        def add_connection(self, connection):
                            self.connections.append(connection)

                        async def send_to_user(self, message):
                            self.sent.append(message)

                        def remove(self, connection):
                            self.connections.remove(connection)
                    """,
            },
            CONFIG,
            id="a-copy-in-test-code",
        ),
        Invalid(
            HOME
            | {
                "shop/quick.py": """
                    class QuickManager:  # error: QuickManager implements manager beside shop.manager:Manager
                        def __init__(self, user):
                            self.user = user
                            self.open = {}

                        def add_connection(self, connection):
                            self.open[connection.id] = connection
                            connection.accept()

                        async def send_to_user(self, message):
                            await self.open[self.user].send(message)
                    """,
                "shop/chat.py": """
                    from shop.quick import QuickManager

                    async def greet(user):
                        manager = QuickManager(user)
                        await manager.send_to_user("hello")
                    """,
            },
            CONFIG,
            id="used-elsewhere",
        ),
        Invalid(
            HOME
            | {
                "shop/service.py": """
                    def emergency(user):
                        class EmergencyManager:  # error: replacing it: manual
                            def add_connection(self, connection, *, log):
                                log.info("ignored")

                            def send_to_user(self, message):
                                print(message)

                        return EmergencyManager()
                    """
            },
            CONFIG,
            id="in-a-function",
        ),
    ),
)
