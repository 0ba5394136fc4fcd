"""Give every implementation of a concept all members of its protocol.

A class that lacks one works until somebody calls what is not there: in production an `AttributeError`, or a
guard that refuses the object ("must implement send_to_thread"); in a test double a test that passes because
nothing ever asked for the member that production depends on.

Looked at are the canonical class, its subclasses, variants, duplicates, adapters and test doubles, and every
class that derives from the protocol. So is, whatever its name, a class that is used as the concept: constructed
and given to a parameter whose annotation names the canonical class or the protocol, or returned by a function that
says that it returns one. A class with other duties that is given there by mistake is reported where it is given.

They owe the members of `protocol`; where there is none, the configured `members`; where there are none either,
production classes that offer most of what users call on the canonical class owe the rest of it. Inherited members,
mixins, attributes set in a method and names bound in the class body count; a stub inherited from the protocol
itself does not. What is given to a guard (`if not hasattr(manager, "send_to_thread"): raise ...`, in the function
or in one that it hands the object on to) owes the member that the guard asks for, protocol or not.

A class that may have more than its text says (`__getattr__`, a mock as base, a base or decorator that is not known,
`setattr`) is left undecided. A factory is no implementation. Not followed is what a fixture, a container or another
function hands over, what `cast(...)` says, and the annotation of a local name.

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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.concepts.claims import claims
from ssot_lint.concepts.contracts import Contract, contracts, lacking, open_reason
from ssot_lint.concepts.guards import Guard, guards
from ssot_lint.concepts.handed import Handed, handed, owing, stands_for_itself, undecided
from ssot_lint.model import Location, Place, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.members import all_members
from ssot_lint.rule import Invalid, Rule, Valid
from ssot_lint.wording import some


@dataclass(frozen=True)
class Options:
    test_doubles: bool = True
    """Also look at classes in test code, where a double may only need what its test uses."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    told: dict[Place, set[str]] = {}
    for contract in contracts(project).values():
        for place in owing(project, contract):
            is_test = project.files[place[0]].is_test
            missing = lacking(project, contract, place)
            if missing:
                told.setdefault(place, set()).update(missing)
                if options.test_doubles or not is_test:
                    yield _violation(project, contract, place, missing)
    for place, uses in handed(project).items():
        if not open_reason(project, place):
            yield from _misfits(project, options, place, uses, told.get(place, set()))


def _misfits(
    project: Project, options: Options, place: Place, uses: Sequence[Handed], told: set[str]
) -> Iterator[Violation]:
    """What is given to a guard that refuses it, or for a concept that it was not made for; once for each place."""
    here = [use for use in uses if options.test_doubles or not project.files[use.file].is_test]
    refused = [(use, _refusing(project, place, use, told)) for use in here]
    refused = [(use, found) for use, found in refused if found]
    if refused and stands_for_itself(project, place, tuple(use for use, _ in refused)):
        yield _refused(project, place, refused[0][0], refused[0][1], is_class=True)
        return
    for use, found in refused:
        yield _refused(project, place, use, found, is_class=False)
    lines = {(use.file, use.line) for use, _ in refused}
    for use in here:
        contract = contracts(project).get(use.concept)
        if (
            contract is not None
            and place not in owing(project, contract)
            and (use.file, use.line) not in lines
        ):
            missing = lacking(project, contract, place)
            if missing:
                yield _misfit(project, contract, place, use, missing)


def _refusing(project: Project, place: Place, use: Handed, told: set[str]) -> tuple[Guard, ...]:
    members = all_members(project, *place)
    return tuple(item for item in use.guards if item.member not in members and item.member not in told)


def _refused(
    project: Project, place: Place, use: Handed, found: Sequence[Guard], is_class: bool
) -> Violation:
    name = project.definition_at(place).name
    wanted = some(sorted({item.member for item in found}))
    given = Related(project.files[use.file].path, use.line, use.said)
    concept = project.config.concept(project.once(_concepts).get(place, ""))
    return Violation(
        project.location(*place) if is_class else Location(given.path, use.line),
        f"{name} is refused for want of {wanted} where it is {use.said}",
        concept=concept.name if concept is not None else None,
        symbol=project.symbol(*place) if is_class else None,
        canonical=concept.canonical if concept is not None else None,
        reasons=tuple(f"{item.member}: asked for, and missing" for item in found),
        related=((given,) if is_class else (_the_class(project, place),)) + _guarding(project, found),
        severity="warning" if project.files[use.file].is_test else None,
    )


def _misfit(
    project: Project, contract: Contract, place: Place, use: Handed, missing: Sequence[str]
) -> Violation:
    path = project.files[use.file].path
    definition = project.definition_at(place)
    return Violation(
        Location(path, use.line),
        f"{definition.name} is {use.said} and lacks {some(missing, 5)}",
        concept=contract.concept.name,
        canonical=contract.concept.canonical,
        reasons=tuple(_reason(project, contract, name) for name in missing),
        related=(_the_class(project, place), *_protocol(project, contract)),
        severity="warning" if project.files[use.file].is_test else None,
    )


def _the_class(project: Project, place: Place) -> Related:
    where = project.location(*place)
    return Related(where.path, where.line, "the class that is given")


def _guarding(project: Project, found: Sequence[Guard]) -> tuple[Related, ...]:
    return tuple(
        Related(project.files[item.file].path, item.line, f"refuses what has no {item.member}")
        for item in sorted(set(found))[:3]
    )


def _concepts(project: Project) -> Mapping[Place, str]:
    return {
        (claim.file, claim.definition): name for name, every in claims(project).items() for claim in every
    }


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
        related=(*_protocol(project, contract), *_used_as(project, contract, place, missing)),
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
    method = project.definition_at((owed.member.file, owed.member.definition))
    what = "an async method" if method.is_async else f"a {owed.member.kind}"
    return f"{name}: missing, {what}"


def _protocol(project: Project, contract: Contract) -> tuple[Related, ...]:
    if contract.place is None:
        return ()
    where = project.location(*contract.place)
    return (Related(where.path, where.line, "the protocol"),)


def _used_as(
    project: Project, contract: Contract, place: Place, missing: Sequence[str]
) -> tuple[Related, ...]:
    """Where the class is given for the concept, and the guards that refuse what lacks one of its members."""
    uses = [
        use for use in handed(project).get(place, ()) if use.concept == contract.concept.name or use.guards
    ]
    given = tuple(Related(project.files[use.file].path, use.line, use.said) for use in uses[:2])
    asking = {
        item for every in guards(project).values() for item in every
        if item.member in missing and contract.place is not None
    }  # fmt: skip
    return given + _guarding(project, sorted(asking))


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

BRIDGE = {
    "shop/bridge.py": """
        from shop.manager import Manager


        class ManagerBridge:
            def __init__(self, manager: Manager):
                self._manager = manager

            @property
            def backend(self):
                return self._backend

            @backend.setter
            def backend(self, backend):
                if backend is not None and not hasattr(backend, "send_to_thread"):
                    raise ValueError("must implement send_to_thread")
                self._backend = backend

            @staticmethod
            def lenient(backend, strict):
                if strict and not hasattr(backend, "send_to_thread"):
                    raise ValueError("must implement send_to_thread")
                try:
                    for name in ("send", "close"):
                        if not hasattr(backend, name):
                            raise ValueError(name)
                except ValueError:
                    backend = None
                if not hasattr(backend, "describe"):
                    raise ValueError("describe")


        def create_manager_bridge(manager=None, backend=None):
            bridge = ManagerBridge(manager)
            if backend:
                bridge.backend = backend
            return bridge
        """,
}

BRIDGED = (
    CONFIG
    + """
[concepts.bridge]
canonical = "shop.bridge:ManagerBridge"
factory = "shop.bridge:create_manager_bridge"
"""
)

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

                    async def send(self, message):
                        self.queue.put(message)

                    class LateManager:
                        limit = 3

                        async def close(self):
                            self.closed = True

                    LateManager.send = send

                    class NamedManager:
                        limit = 3

                    setattr(NamedManager, "send", send)
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
            HOME
            | BRIDGE
            | {
                "shop/hub.py": """
                    from shop.bridge import ManagerBridge, create_manager_bridge

                    class Hub:
                        limit = 3

                        async def send(self, message):
                            self.queue.put(message)

                        async def close(self):
                            self.queue.close()

                    class Threads:
                        async def send_to_thread(self, thread, message):
                            self.queue.put(message)

                    class Other:
                        pass

                    def bridge(strict):
                        hub = Hub()
                        something = Other()
                        something = something.wrapped(hub)
                        ManagerBridge.lenient(Other(), strict)
                        return create_manager_bridge(ManagerBridge(hub), Threads()), ManagerBridge(something)
                    """,
                "tests/test_bridge.py": """
                    import pytest

                    from shop.bridge import create_manager_bridge

                    class Incomplete:
                        pass

                    class Open:
                        def __getattr__(self, name):
                            return name

                    def test_refuses():
                        create_manager_bridge(backend=Open())
                        with pytest.raises(ValueError):
                            create_manager_bridge(backend=Incomplete())
                    """,
            },
            BRIDGED,
            id="complete-conditional-or-expected",
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
                "tests/test_sending.py": """
                    async def told(self, message):
                        self.last = message

                    FakeManager = type("FakeManager", (), {"send": told, "limit": 1})  # error: FakeManager lacks close

                    def test_sending(more):
                        OpenManager = type("OpenManager", (), {"send": told, **more})
                        assert FakeManager and OpenManager
                    """
            },
            config=CONFIG,
        ),
        Invalid(
            HOME
            | BRIDGE
            | {
                "shop/hub.py": """
                    from shop.bridge import ManagerBridge
                    from shop.manager import Manager

                    class Hub:  # error: Hub lacks 2 of 3 members of ManagerProtocol: close, limit
                        async def send(self, message):
                            self.queue.put(message)

                    class Queue:  # error: Queue lacks all of 3 members of ManagerProtocol
                        def put(self, message):
                            self.messages.append(message)

                    def bridge():
                        return ManagerBridge(Hub())

                    def make(user) -> "Manager":
                        return Queue()
                    """,
                "tests/test_bridge.py": """
                    from shop.bridge import ManagerBridge, create_manager_bridge as build

                    class Recorder:  # error: Recorder lacks all of 3 members of ManagerProtocol
                        def record(self, message):
                            self.messages.append(message)

                    class Sink:  # error: Sink is refused for want of send_to_thread where it is given to build(backend)
                        async def send(self, message):
                            self.messages.append(message)

                    class Drain:  # error: Drain is refused for want of send_to_thread where it is kept in self.bridge.backend
                        async def send(self, message):
                            self.messages.append(message)

                    class TestBridge:
                        def setup_method(self):
                            self.recorder = Recorder()
                            self.bridge = ManagerBridge(manager=self.recorder)
                            self.bridge.backend = Drain()

                        def test_manager(self):
                            sink = Sink()
                            assert build(None, sink)
                    """,
                "tests/test_swapped.py": """
                    from shop.bridge import create_manager_bridge
                    from shop.hub import Queue, bridge

                    def test_swapped():
                        assert create_manager_bridge(backend=bridge)
                        assert create_manager_bridge(None, Queue())  # error: Queue is refused for want of send_to_thread
                    """,
            },
            BRIDGED,
            id="used-as-the-concept",
        ),
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
