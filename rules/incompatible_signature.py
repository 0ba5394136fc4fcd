"""Let a member be called as the concept's protocol says.

Whoever holds "a manager" calls it as the protocol promises. An implementation whose method has other
parameters, is not awaitable, or is a property, fails at the call, or worse: a coroutine that nobody awaits is
true, and the message is never sent. A test double with another signature lets a test pass that production
fails.

Compared are the members of every class that rule `missing-member` looks at, by name, kind and default of their
parameters, sync against async, an async generator against a coroutine, property against method, and a method that
needs an instance against one that does not. Everything that the protocol's signature accepts must be accepted, and each
of its overloads where it has nothing else. Where no protocol is configured, the calls count that users make on the
canonical class, and the properties that they read. Extra optional parameters, `*args, **kwargs`, other defaults and other annotations are fine, and so is
a name that differs by a leading underscore. Attributes, methods under decorators that may change the signature, and
functions that hand on what an async one returns are left undecided.

Example:

    class WebSocketManagerProtocol(Protocol):
        async def send(self, thread_id, event): ...

    class OldManager:
        def send(self, event, thread_id, *, urgent): ...

Use instead: the protocol's parameters, in its order, and `async def`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from ssot_lint.concepts.claims import ground_of
from ssot_lint.concepts.contracts import Contract, Owed, contracts, hands_on, is_promise
from ssot_lint.concepts.owing import implementations
from ssot_lint.model import Definition, Parameter, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.members import Member, all_members, is_overload
from ssot_lint.queries.signatures import incompatibilities, keeps_signature, refusal
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid
from ssot_lint.wording import article, some

_AWAITED = ("Awaitable", "Coroutine", "Future", "Task", "Generator")
_ITERATED = ("AsyncIter", "AsyncGen")
_PLAIN = frozenset({"None", "bool", "bytes", "dict", "int", "list", "set", "str", "tuple", "Dict", "List", "Set", "Tuple",
                    "Iterator", "Iterable", "Generator"})  # fmt: skip


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    seen: set[tuple[int, int]] = set()
    for contract in contracts(project).values():
        canonical = ground_of(project, contract.concept.name).canonical
        shown = all_members(project, *canonical) if canonical is not None else {}
        for place in implementations(project, contract):
            members = all_members(project, *place)
            for name, owed in contract.owed.items():
                mine = members.get(name)
                if mine is None or owed.member is None or (mine.file, mine.definition) in seen:
                    continue
                if mine.definition < 0 or is_promise(project, contract, mine) or _same(mine, owed.member):
                    continue
                differences = _differences(project, owed, mine, shown.get(name))
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


def _differences(project: Project, owed: Owed, mine: Member, canonical: Member | None) -> tuple[str, ...]:
    """In which ways a member cannot be used as the protocol promises, or as users do.

    `canonical`: the same member of the canonical class, which shows what a bare stub means.
    """
    promised = owed.member
    if promised is None or promised.definition < 0:
        return ()  # an attribute may hold anything
    theirs = project.definition_at((promised.file, promised.definition))
    own = project.definition_at((mine.file, mine.definition))
    if promised.is_called != mine.is_called:
        return (f"{article(mine.kind)}, where the protocol has {article(promised.kind)}",)
    overloads = _overloads(project, promised) if is_overload(theirs) else (theirs,)
    if not promised.is_called or is_overload(own) or not all(map(keeps_signature, (own, *overloads))):
        return ()
    found: list[str] = []
    if promised.kind in _OF_CLASSES and mine.kind == "method":
        found.append(f"{article(mine.kind)}, where the protocol has {article(promised.kind)}")
    found += _nature(project, mine, own, overloads[0], canonical)
    if not owed.calls:
        found += dict.fromkeys(
            text for item in overloads for text in _parameters(_bound(item, promised), _bound(own, mine))
        )
    for where, call in owed.calls:
        why = refusal(call, _bound(own, mine))
        if why and not refusal(call, _bound(theirs, promised)):
            found.append(f"{why}, as called at {where.path}:{where.line}")
            break
    return tuple(found)


_OF_CLASSES = frozenset({"class-method", "static-method"})
"""Kinds of members that are called without an instance as well."""


def _overloads(project: Project, member: Member) -> tuple[Definition, ...]:
    """The signatures of a member of which nothing but them is declared."""
    definitions = project.files[member.file].facts.definitions
    found = (definitions[number] for number in project.parts(member.file, member.owner))
    return tuple(
        msgspec.structs.replace(
            item, decorators=tuple(text for text in item.decorators if not text.endswith("overload"))
        )
        for item in found
        if item.name == member.name and is_overload(item)
    )


_Nature = Literal["coroutine", "iterator", "awaitable", "value", "stub", ""]
"""What a call gives: "stub" where nothing but the want of `async` is said of it, "" where it cannot be told."""

_USES: Mapping[_Nature, str] = {
    "coroutine": "is awaited", "awaitable": "is awaited", "iterator": "is iterated with async for",
    "value": "is called without await", "stub": "is called without await",
}  # fmt: skip


def _nature(
    project: Project, mine: Member, own: Definition, theirs: Definition, canonical: Member | None
) -> Iterator[str]:
    """How what a call gives has to be used, where that differs."""
    promise, answer = _given(theirs), _given(own)
    if promise in ("", "stub") and canonical is not None and canonical.definition >= 0:
        shown = _given(project.definition_at((canonical.file, canonical.definition)))
        if shown == "iterator" or not promise:
            promise = shown
    if not promise and not theirs.returns:
        promise = "coroutine"
    use = _USES.get(promise, "")
    match promise, answer:
        case "coroutine", "value" | "stub":
            if not hands_on(project, mine.file, mine.definition):
                yield f"not async, where the protocol's {use}"
        case "iterator", "value" | "stub":
            if own.yields or own.is_trivial or own.returns.partition("[")[0] in _PLAIN:
                yield f"not async, where the protocol's {use}"
        case "coroutine" | "awaitable" | "value", "iterator":
            yield f"an async generator, where the protocol's {use}"
        case "iterator", "coroutine":
            yield f"a coroutine, where the protocol's {use}"
        case "value" | "stub", _ if own.is_async and answer != "iterator":
            yield f"async, where the protocol's {use}"


def _given(definition: Definition) -> _Nature:
    """What a call of a function gives, as far as its head and its `yield` tell."""
    iterates = any(word in definition.returns for word in _ITERATED)
    if definition.is_async:
        if definition.yields:
            return "iterator"
        return "" if definition.is_trivial and (iterates or not definition.returns) else "coroutine"
    if iterates:
        return "iterator"
    if any(word in definition.returns for word in _AWAITED):
        return "awaitable"
    return "stub" if definition.is_trivial and not definition.returns else "value"


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
    nameless = {item.name for item in promised if item.kind == "positional-only"}
    for old, new in renamed.items():
        if old.strip("_") != new.strip("_") and old not in nameless:
            yield f"parameter {new} is called {old} there"
    aligned = [
        Parameter(back.get(item.name, item.name), item.kind, item.default, item.annotation) for item in own
    ]
    yield from incompatibilities(promised, aligned, "this one")


def _renamed(promised: Sequence[Parameter], own: Sequence[Parameter]) -> Iterator[tuple[str, str]]:
    """(name in the protocol, name here) of positional parameters in the same place that differ by name alone."""
    taken = {item.name for item in own} & {item.name for item in promised}
    for theirs, mine in zip(promised, own, strict=False):
        places = mine.kind == "positional" or mine.kind == theirs.kind == "positional-only"
        if places and theirs.kind.startswith("positional") and not {theirs.name, mine.name} & taken:
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
        Valid(
            {
                "shop/__init__.py": "",
                "shop/protocols.py": """
                    from typing import Protocol

                    class ManagerProtocol(Protocol):
                        def find(self, name, /, default=None, *, deep=False): ...
                    """,
                "shop/manager.py": """
                    class Manager:
                        def find(self, name, /, default=None, *, deep=False):
                            return self.known.get(name, default)
                    """,
                "shop/other.py": """
                    class OtherManager:
                        def find(self, key, default=None, *more, deep=True):
                            return None
                    """,
            },
            CONFIG,
            id="positional-only-parameters-have-no-name",
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
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/protocols.py": """
                    from typing import AsyncIterator, Protocol

                    class ManagerProtocol(Protocol):
                        async def one(self) -> dict: ...
                        def many(self) -> AsyncIterator[dict]: ...
                        def more(self): ...
                        def names(self) -> list[str]: ...
                    """,
                "shop/manager.py": """
                    class Manager:
                        async def one(self):
                            return {}

                        async def many(self):
                            yield {}

                        async def more(self):
                            yield {}

                        def names(self):
                            return []
                    """,
                "shop/old.py": """
                    class OldManager:
                        async def one(self):  # error: an async generator, where the protocol's is awaited
                            yield {}

                        async def many(self):  # error: a coroutine, where the protocol's is iterated with async for
                            return [{}]

                        async def more(self):  # error: a coroutine, where the protocol's is iterated with async for
                            return [{}]

                        async def names(self):  # error: an async generator, where the protocol's is called without await
                            yield "a"

                    class FineManager:
                        async def one(self):
                            async def inner():
                                yield 1

                            return [item async for item in inner()]

                        def many(self):
                            return self.more()

                        async def more(self):
                            yield {}

                        def names(self):
                            yield "a"
                    """,
            },
            CONFIG,
            id="async-generators",
        ),
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/protocols.py": """
                    from typing import Protocol, overload

                    class ManagerProtocol(Protocol):
                        @overload
                        def find(self, name: str) -> str: ...
                        @overload
                        def find(self, name: str, default: int) -> int: ...
                        @classmethod
                        def create(cls, name: str) -> "ManagerProtocol": ...
                    """,
                "shop/manager.py": """
                    class Manager:
                        def find(self, name, default=None):
                            return self.known.get(name, default)

                        @classmethod
                        def create(cls, name):
                            return cls()
                    """,
                "shop/old.py": """
                    class OldManager:
                        def find(self, name):  # error: parameter default does not exist in this one
                            return self.known[name]

                        def create(self, name):  # error: a method, where the protocol has a class-method
                            return self
                    """,
            },
            CONFIG,
            id="overloads-and-class-methods",
        ),
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/manager.py": """
                    class Manager:
                        def find(self, name):
                            return name

                        @property
                        def size(self):
                            return 1
                    """,
                "shop/users.py": """
                    from shop.manager import Manager

                    def one(manager: Manager):
                        return manager.find("a"), manager.size

                    def two(manager: Manager):
                        found = manager.find("b")
                        return found, manager.size + 1
                    """,
                "shop/old.py": """
                    class OldManager:
                        async def find(self, name):  # error: async, where the protocol's is called without await
                            return name

                        def size(self):  # error: a method, where the protocol has a property
                            return 1
                    """,
            },
            CONFIG.partition("protocol =")[0],
            id="as-users-of-the-canonical-class-do",
        ),
    ),
)
