"""Give every implementation of a concept all members of its protocol.

A class that lacks one works until somebody calls what is not there: in production an `AttributeError`, or a
guard that refuses the object ("must implement send_to_thread"); in a test double a test that passes because
nothing ever asked for the member that production depends on.

Looked at are the canonical class, its subclasses, variants, duplicates, adapters and test doubles, and every
class that derives from the protocol. They owe the members of `protocol`; where there is none, the configured
`members`; where there are none either, production classes that offer most of what users call on the canonical
class owe the rest of it. Inherited members, mixins, attributes set in a method and names bound in the class
body count; a stub inherited from the protocol itself does not. A class that may have more than its text says
(`__getattr__`, a mock as base, a base or decorator that is not known, `setattr`) is left undecided. A factory
is no implementation.

A test double that deliberately lacks a member, to show what happens then, is fine: suppress it with that
reason.

Example:

    class WebSocketManagerProtocol(Protocol):
        async def send(self, message): ...
        async def close(self): ...

    class FakeWebSocketManager:
        async def send(self, message):
            self.sent.append(message)

Use instead: add `close`, or derive from the one test double that is complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssot_lint.contracts import Contract, contracts, implementations, lacking, undecided
from ssot_lint.members import all_members
from ssot_lint.model import Related, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, Rule, Valid
from ssot_lint.wording import some


@dataclass(frozen=True)
class Options:
    test_doubles: bool = True
    """Also look at classes in test code, where a double may only need what its test uses."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    for contract in contracts(project).values():
        for place in implementations(project, contract):
            is_test = project.files[place[0]].is_test
            missing = lacking(project, contract, place)
            if missing and (options.test_doubles or not is_test):
                yield _violation(project, contract, place, missing)


def _violation(
    project: Project, contract: Contract, place: tuple[int, int], missing: Sequence[str]
) -> Violation:
    definition = project.definition_at(place)
    names = set(all_members(project, *place))
    all_of = "all" if not names & set(contract.owed) else str(len(missing))
    said = f"{definition.name} lacks {all_of} of {len(contract.owed)} members of {contract.source}: {some(missing, 5)}"
    if len(missing) == 1:
        said = f"{definition.name} lacks {missing[0]}, one of {contract.source}"
        if contract.place is not None:
            said = f"{definition.name} lacks {missing[0]}, a member of {contract.source}"
    implied = contract.place is None and not contract.concept.members
    weak = implied or project.files[place[0]].is_test
    return Violation(
        project.location(*place),
        said,
        concept=contract.concept.name,
        symbol=project.symbol(*place),
        canonical=contract.concept.canonical,
        reasons=tuple(_reason(project, contract, name) for name in missing),
        related=_protocol(project, contract),
        severity="warning" if weak else None,
    )


def _reason(project: Project, contract: Contract, name: str) -> str:
    owed = contract.owed[name]
    if owed.calls:
        first, others = owed.calls[0][0], len(owed.calls) - 1
        more = f" and {others} other place{'s' if others > 1 else ''}" if others else ""
        return f"{name}: called at {first.path}:{first.line}{more}"
    if owed.member is None:
        return f"{name}: missing"
    if owed.member.definition < 0:
        return f"{name}: missing, an attribute"
    method = project.files[owed.member.file].facts.definitions[owed.member.definition]
    what = "an async method" if method.is_async else f"a {owed.member.kind}"
    return f"{name}: missing, {what}"


def _protocol(project: Project, contract: Contract) -> tuple[Related, ...]:
    if contract.place is None:
        return ()
    where = project.location(*contract.place)
    return (Related(where.path, where.line, "the protocol"),)


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
protocol = "shop.protocols:ManagerProtocol"
"""

HOME = {
    "shop/__init__.py": "",
    "shop/protocols.py": """
        from typing import Protocol

        class ManagerProtocol(Protocol):
            limit: int

            async def send(self, message):
                \"\"\"Send a message.\"\"\"

            async def close(self): ...
        """,
    "shop/manager.py": """
        class Manager:
            def __init__(self, user):
                self.user = user
                self.limit = 8

            async def send(self, message):
                await self.user.send(message)

            async def close(self):
                await self.user.close()
        """,
}

RULE = Rule(
    id="SSOT601",
    name="missing-member",
    check=check,
    undecided=undecided,
    options=Options,
    valid=(
        Valid(
            HOME
            | {
                "shop/managers.py": """
                    from shop.manager import Manager
                    from shop.protocols import ManagerProtocol

                    class QuietManager(Manager):
                        async def send(self, message):
                            if message.urgent:
                                await super().send(message)

                    class Closing:
                        async def close(self):
                            self.closed = True

                    class PooledManager(Closing, ManagerProtocol):
                        limit = 3

                        async def send(self, message):
                            self.queue.put(message)

                    class ManagerFactory:
                        def create(self, user):
                            return Manager(user)
                    """,
                "tests/doubles.py": """
                    from unittest.mock import AsyncMock, MagicMock

                    class FakeManager:
                        def __init__(self):
                            self.limit = 1
                            self.send = AsyncMock()
                            self.close = AsyncMock()

                    class MockManager(MagicMock):
                        pass

                    class ProxyManager:
                        def __getattr__(self, name):
                            return AsyncMock()
                    """,
            },
            CONFIG,
            id="inherited-mixed-in-set-or-open",
        ),
        Valid(
            HOME | {"tests/doubles.py": "class FakeManager:\n    def send(self, message):\n        pass\n"},
            CONFIG,
            options={"test-doubles": False},
            id="not-in-tests",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/old.py": """
                    class OldManager:  # error: OldManager lacks 2 of 3 members of ManagerProtocol: close, limit
                        async def send(self, message):
                            return message
                    """,
                "shop/hub.py": """
                    from shop.protocols import ManagerProtocol as Contract

                    class Hub(Contract):  # error: Hub lacks close, a member of ManagerProtocol
                        async def send(self, message):
                            self.queue.put(message)
                    """,
                "tests/doubles.py": """
                    class FakeManager:  # error: FakeManager lacks all of 3 members of ManagerProtocol
                        def publish(self, message):
                            pass
                    """,
            },
            CONFIG,
            id="duplicate-implementation-and-double",
        ),
        Invalid(
            HOME
            | {
                "shop/protocols.py": HOME["shop/protocols.py"]
                + """
        class ManagerProtocol:
            def describe(self):
                return "a plain class that took the protocol's name"
        """,
                "shop/old.py": "class OldManager:  # error: lacks all of 3 members\n    def stop(self):\n        self.stopped = True\n"
                "\n    async def broadcast(self, text):\n        for user in self.users:\n            await user.send(text)\n",
            },
            CONFIG.replace('"*Manager"', '"*Manager", "OldManager"'),
            id="protocol-shadowed-by-a-class",
        ),
        Invalid(
            HOME
            | {
                "shop/old.py": """
                    class OldManager:  # error: OldManager lacks limit_of, one of Manager, as its users call it
                        async def send(self, message):
                            await self.queue.put(message)

                        def close(self):
                            self.queue.close()
                    """,
                "shop/manager.py": HOME["shop/manager.py"]
                + """
            def limit_of(self, user):
                return 8
        """,
                "shop/chat.py": """
                    from shop.manager import Manager

                    async def chat(manager: Manager, users):
                        await manager.send(manager.limit_of(users[0]))
                        await manager.send("goodbye")
                        await manager.close()
                        await manager.close()
                        return manager.limit_of(users[1])
                    """,
                "tests/doubles.py": "class FakeManager:\n    async def send(self, message):\n        pass\n",
            },
            CONFIG.replace('protocol = "shop.protocols:ManagerProtocol"\n', ""),
            id="as-users-call-it",
        ),
        Invalid(
            HOME
            | {
                "shop/old.py": """
                    class OldManager:  # error: OldManager lacks close, one of the members of concepts.manager
                        async def send(self, message):
                            return message
                    """
            },
            CONFIG.replace('protocol = "shop.protocols:ManagerProtocol"', 'members = ["send", "close"]'),
            id="configured-members",
        ),
    ),
)
