"""Let a member be called as the concept's protocol says.

Whoever holds "a manager" calls it as the protocol promises. An implementation whose method has other
parameters, is not awaitable, or is a property, fails at the call, or worse: a coroutine that nobody awaits is
true, and the message is never sent. A test double with another signature lets a test pass that production
fails.

Compared are the members of every class that rule `missing-member` looks at, by name, kind and default of their
parameters, sync against async, property against method. Everything that the protocol's signature accepts must
be accepted. Where no protocol is configured, the calls count that users make on the canonical class. Extra optional parameters, `*args, **kwargs`, other defaults and other annotations are fine, and
so is a name that differs by a leading underscore. Attributes, methods under decorators that may change the
signature, and functions that hand on what an async one returns are left undecided.

Example:

    class WebSocketManagerProtocol(Protocol):
        async def send(self, thread_id, event): ...

    class OldManager:
        def send(self, event, thread_id, *, urgent): ...

Use instead: the protocol's parameters, in its order, and `async def`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ssot_lint.contracts import Contract, Owed, contracts, hands_on, implementations, is_promise
from ssot_lint.members import Member, all_members
from ssot_lint.model import Definition, Parameter, Related, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid
from ssot_lint.signatures import incompatibilities, keeps_signature, refusal
from ssot_lint.wording import article, some

_AWAITED = ("Awaitable", "Coroutine", "Future", "Task", "AsyncIter", "AsyncGen", "Generator", "Iterator")


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    seen: set[tuple[int, int]] = set()
    for contract in contracts(project).values():
        for place in implementations(project, contract):
            members = all_members(project, *place)
            for name, owed in contract.owed.items():
                mine = members.get(name)
                if mine is None or owed.member is None or (mine.file, mine.definition) in seen:
                    continue
                if mine.definition < 0 or is_promise(project, contract, mine) or _same(mine, owed.member):
                    continue
                differences = _differences(project, owed, mine)
                if differences:
                    seen.add((mine.file, mine.definition))
                    yield _violation(project, contract, mine, owed.member, differences)


def _same(one: Member, other: Member) -> bool:
    return (one.file, one.definition) == (other.file, other.definition)


def _violation(
    project: Project, contract: Contract, mine: Member, promised: Member, differences: Sequence[str]
) -> Violation:
    definition = project.definition_at((mine.file, mine.definition))
    related: tuple[Related, ...] = ()
    if promised.definition >= 0:
        where = project.location(promised.file, promised.definition)
        related = (Related(where.path, where.line, "what the protocol promises"),)
    return Violation(
        project.location(mine.file, mine.definition),
        f"{definition.qualname.rpartition('<locals>.')[2]} does not fit {contract.source}: {some(differences, separator='; ')}",
        concept=contract.concept.name,
        symbol=project.symbol(mine.file, mine.definition),
        canonical=contract.concept.canonical,
        reasons=tuple(differences),
        related=related,
        severity="warning" if project.files[mine.file].is_test or contract.place is None else None,
    )


def _differences(project: Project, owed: Owed, mine: Member) -> tuple[str, ...]:
    """In which ways a member cannot be used as the protocol promises, or as users do."""
    promised = owed.member
    if promised is None or promised.definition < 0:
        return ()  # an attribute may hold anything
    theirs = project.definition_at((promised.file, promised.definition))
    own = project.definition_at((mine.file, mine.definition))
    if promised.is_called != mine.is_called:
        return (f"{article(mine.kind)}, where the protocol has {article(promised.kind)}",)
    if not promised.is_called or not keeps_signature(own) or not keeps_signature(theirs):
        return ()
    found: list[str] = []
    if theirs.is_async and not own.is_async:
        if not _awaitable(own) and not hands_on(project, mine.file, mine.definition):
            found.append("not async, where the protocol's is awaited")
    elif own.is_async and not theirs.is_async and not _awaitable(theirs):
        found.append("async, where the protocol's is called without await")
    if not owed.calls:
        found += _parameters(_bound(theirs, promised), _bound(own, mine))
    for where, call in owed.calls:
        why = refusal(call, _bound(own, mine))
        if why and not refusal(call, _bound(theirs, promised)):
            found.append(f"{why}, as called at {where.path}:{where.line}")
            break
    return tuple(found)


def _awaitable(definition: Definition) -> bool:
    return any(word in definition.returns for word in _AWAITED)


def _bound(definition: Definition, member: Member) -> tuple[Parameter, ...]:
    """The parameters that a caller sees on an instance."""
    if member.kind == "static-method":
        return definition.parameters
    first = definition.parameters[:1]
    takes_self = bool(first) and first[0].kind in ("positional", "positional-only")
    return definition.parameters[1:] if takes_self else definition.parameters


def _parameters(promised: Sequence[Parameter], own: Sequence[Parameter]) -> Iterator[str]:
    renamed = dict(_renamed(promised, own))
    back = {new: old for old, new in renamed.items()}
    for old, new in renamed.items():
        if old.strip("_") != new.strip("_"):
            yield f"parameter {new} is called {old} there"
    aligned = [
        Parameter(back.get(item.name, item.name), item.kind, item.default, item.annotation) for item in own
    ]
    yield from incompatibilities(promised, aligned, "this one")


def _renamed(promised: Sequence[Parameter], own: Sequence[Parameter]) -> Iterator[tuple[str, str]]:
    """(name in the protocol, name here) of positional parameters in the same place that differ by name alone."""
    taken = {item.name for item in own} & {item.name for item in promised}
    for theirs, mine in zip(promised, own, strict=False):
        if theirs.kind == mine.kind == "positional" and not {theirs.name, mine.name} & taken:
            yield theirs.name, mine.name


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
            async def send(self, thread_id: str, event: dict) -> int: ...
            def find(self, name, default=None): ...
            @property
            def is_open(self) -> bool: ...
        """,
    "shop/manager.py": """
        class Manager:
            def __init__(self):
                self.is_open = True

            async def send(self, thread_id, event, urgent=False):
                return await self.socket.send(thread_id, event)

            def find(self, name, default="", *more, **options):
                return self.known.get(name, default)
        """,
}

RULE = Rule(
    id="SSOT602",
    name="incompatible-signature",
    check=check,
    valid=(
        Valid(
            HOME
            | {
                "shop/managers.py": """
                    from collections.abc import Awaitable
                    from shop.manager import Manager

                    class LazyManager(Manager):
                        def send(self, thread_id, event) -> Awaitable[int]:
                            return self.loop.create_task(self.later(event))

                    class ForwardingManager:
                        is_open = True

                        def __init__(self, inner):
                            self.inner = inner

                        def send(self, *args, **kwargs):
                            return self.inner.send(*args, **kwargs)

                        def find(self, _name, default=None):
                            return self.inner.find(_name)
                    """,
                "tests/doubles.py": """
                    from unittest.mock import AsyncMock
                    from shop.hooks import traced

                    class FakeManager:
                        def __init__(self):
                            self.send = AsyncMock()
                            self.is_open = True

                        @traced
                        def find(self, anything):
                            return None
                    """,
            },
            CONFIG,
            id="accepts-all-that-the-protocol-accepts",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/old.py": """
                    class OldManager:
                        def send(self, event, thread_id, *, urgent):  # error: OldManager.send does not fit ManagerProtocol: not async
                            self.queue.append((event, thread_id))

                        async def find(self, name, default=None):  # error: async, where the protocol's is called without await
                            return None

                        def is_open(self):  # error: a method, where the protocol has a property
                            return True
                    """,
                "tests/doubles.py": """
                    class FakeManager:
                        is_open = True

                        async def send(self, thread, event):  # error: parameter thread is called thread_id there
                            return 0

                        def find(self, name, default):  # error: parameter default is required in this one
                            return None

                    class ShortFakeManager(FakeManager):
                        async def send(self, thread_id):  # error: parameter event does not exist in this one
                            return 0
                    """,
            },
            CONFIG,
            id="async-parameters-and-kinds",
        ),
        Invalid(
            HOME
            | {
                "shop/old.py": """
                    class OldManager:
                        is_open = True

                        def find(self, name, default=None):
                            return None

                        async def send(self, event, thread_id, *, urgent):  # error: stands in another place in this one; parameter event stands in another place in this one; this one also needs urgent
                            return 0
                    """
            },
            CONFIG,
            id="order-and-keywords",
        ),
    ),
)
