"""`isolation_report`: what two users' instances share is found, and its path leads to it; nothing else is told."""

from __future__ import annotations

import asyncio
import enum
import functools
import logging
import re
import threading
import types
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import MagicMock, sentinel
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.runtime import IsolationReport, isolation_report, isolation_report_async

USERS = ("alice", "bob", "carol")


class Manager:
    def __init__(self, user: str) -> None:
        self.user = user
        self.connections: dict[str, object] = {}


class Holder:
    """Holds whatever a test puts into it."""

    def __init__(self, **held: object) -> None:
        vars(self).update(held)


def paths(report: IsolationReport) -> list[str]:
    return [shared.path for shared in report.shared]


def holding(held: object) -> IsolationReport:
    """The report on instances that all hold one object."""
    return isolation_report(lambda user: Holder(user=user, held=held), USERS)


def evaluated(path: str, instance: object) -> object:
    """What the Python expression of a report stands for."""
    return eval(path, {"instance": instance})


# --- the report as a whole ----------------------------------------------------------------------------


def test_instances_of_their_own_are_isolated() -> None:
    report = isolation_report(Manager, USERS)
    assert (report.ok, report.shared, report.failures, report.not_looked) == (True, (), (), ())
    assert (report.contexts, report.modes, report.instances) == (
        ("'alice'", "'bob'", "'carol'"),
        ("threads", "tasks"),
        6,
    )
    report.assert_isolated()
    assert (
        str(report)
        == "6 instances for 3 contexts in threads and tasks, 12 references looked at: nothing is shared"
    )


def test_one_instance_for_all() -> None:
    manager = Manager("nobody")
    report = isolation_report(lambda user: manager, USERS)
    (shared,) = report.shared
    assert (shared.path, shared.contexts) == ("instance", ("'alice'", "'bob'", "'carol'"))
    assert shared.type == f"{__name__}.Manager"
    assert shared.below == ("instance.connections",)
    with pytest.raises(AssertionError, match="not proven to be isolated") as raised:
        report.assert_isolated()
    assert str(report) in str(raised.value)


def test_the_text_names_path_type_and_users() -> None:
    registry: dict[str, object] = {}
    report = isolation_report(lambda user: Holder(registry=registry), [*USERS, "dave", "erin"])
    assert str(report).splitlines()[1:] == [
        "instance.registry: dict",
        "    one object for 5 contexts: 'alice', 'bob', 'carol' and 2 more",
    ]


def test_a_registry_is_told_once_and_not_with_all_that_it_holds() -> None:
    class Registered:
        instances: dict[str, Registered] = {}

        def __init__(self, user: str) -> None:
            self.queue: list[str] = []
            self.instances[user] = self

    report = isolation_report(Registered, USERS)
    (shared,) = report.shared
    assert (shared.path, shared.type) == ("instance.instances", "dict")
    assert shared.via.startswith("class attribute of ") and shared.via.endswith("Registered")
    assert "instance.instances['bob'].queue" in shared.below


def test_only_the_users_concerned_are_named() -> None:
    pools = [["one"], ["two"]]
    report = isolation_report(lambda user: Holder(pool=pools[user % 2]), [0, 1, 2, 3])
    assert [(shared.path, shared.contexts) for shared in report.shared] == [
        ("instance.pool", ("0", "2")),
        ("instance.pool", ("1", "3")),
    ]


def test_other_paths_to_the_same_object() -> None:
    common: list[int] = []
    report = isolation_report(lambda user: Holder(**{f"of_{user}": common}), USERS)
    (shared,) = report.shared
    assert (shared.path, shared.other_paths) == (
        "instance.of_alice",
        ("instance.of_bob", "instance.of_carol"),
    )


def test_one_user_may_get_the_same_instance_again() -> None:
    @functools.cache
    def create(user: str) -> Manager:
        return Manager(user)

    assert isolation_report(create, [*USERS, "alice"]).contexts == ("'alice'", "'bob'", "'carol'")
    assert isolation_report(create, [*USERS, "alice"]).ok


def test_what_the_contexts_share_already_is_told_apart() -> None:
    @dataclass
    class Context:
        user_id: str
        settings: dict[str, str]

    settings = {"colour": "red"}
    contexts = [Context(user, settings) for user in USERS]
    report = isolation_report(lambda context: Holder(context=context), contexts)
    (shared,) = report.shared
    assert (shared.path, shared.given) == ("instance.context.settings", True)
    assert shared.contexts[0] == "Context(user_id='alice')"
    assert "handed in shared it already" in str(report)


def test_another_users_context_is_foreign_even_when_it_cannot_change() -> None:
    @dataclass(frozen=True)
    class Context:
        user_id: str

    contexts = [Context("alice"), Context("bob")]
    report = isolation_report(lambda context: Holder(context=contexts[0]), contexts)
    (shared,) = report.shared
    assert (shared.path, len(shared.contexts)) == ("instance.context", 2)
    only_bob = isolation_report(
        lambda context: Holder(peer=contexts[0] if context is contexts[1] else None), contexts
    )
    assert paths(only_bob) == ["instance.peer"]


def test_a_factory_that_gives_nothing_or_fails_proves_nothing() -> None:
    def create(user: str) -> Manager | None:
        if user == "bob":
            raise LookupError("no such user")
        return None if user == "carol" else Manager(user)

    report = isolation_report(create, USERS)
    assert not report.ok
    assert [str(failure) for failure in report.failures] == [
        "no instance for 'bob' (threads): LookupError: no such user",
        "no instance for 'carol' (threads): the factory returned None",
        "no instance for 'bob' (tasks): LookupError: no such user",
        "no instance for 'carol' (tasks): the factory returned None",
    ]
    assert "nothing to compare" in str(isolation_report(lambda user: None, USERS))


def test_a_module_or_class_as_instance_is_shared() -> None:
    assert paths(isolation_report(lambda user: logging, USERS)) == ["instance"]
    assert paths(isolation_report(lambda user: Manager, USERS)) == ["instance"]
    assert isolation_report(lambda user: 7, USERS).ok


@pytest.mark.parametrize("contexts", [(), ("alice",), ("alice", "alice"), [{"user": 1}, {"user": 1}]])
def test_one_user_alone_cannot_share(contexts: Any) -> None:
    with pytest.raises(ValueError, match="two different contexts"):
        isolation_report(Manager, contexts)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"modes": ["processes"]}, "expected 'threads' or 'tasks'"),
        ({"modes": []}, "modes must not be empty"),
        ({"workers": 0}, "at least 1"),
        ({"allow": [7]}, "allow: found 7"),
        ({"allow": [""]}, "allow: found ''"),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        isolation_report(Manager, USERS, **options)


# --- threads and tasks --------------------------------------------------------------------------------


def test_threads_work_at_the_same_time() -> None:
    together = threading.Barrier(len(USERS), timeout=10)

    def create(user: str) -> Manager:
        together.wait()
        return Manager(user)

    assert isolation_report(create, USERS, modes=["threads"]).ok


def test_no_more_workers_than_asked_for() -> None:
    lock = threading.Lock()
    busy: list[int] = [0, 0]

    def create(user: int) -> Manager:
        with lock:
            busy[0] += 1
            busy[1] = max(busy)
        threading.Event().wait(0.005)
        with lock:
            busy[0] -= 1
        return Manager(str(user))

    report = isolation_report(create, range(20), workers=3, modes=["threads"])
    assert report.instances == 20 and busy[1] <= 3


def test_tasks_interleave() -> None:
    started: list[str] = []

    async def create(user: str) -> Manager:
        started.append(user)
        while len(started) < len(USERS):
            await asyncio.sleep(0)
        return Manager(user)

    assert isolation_report(create, USERS, modes=["tasks"]).ok


def test_a_slot_that_tasks_overwrite_is_found() -> None:
    """The classic: the current user in a global, read after an await."""
    current = Holder()

    async def create(user: str) -> Holder:
        current.manager = Manager(user)  # type: ignore[attr-defined]
        await asyncio.sleep(0.01)
        return Holder(manager=current.manager)  # type: ignore[attr-defined]

    assert paths(isolation_report(create, USERS, modes=["tasks"])) == ["instance.manager"]


def test_a_cache_for_each_thread_is_one_for_all_tasks() -> None:
    local = threading.local()

    def create(user: str) -> object:
        if not hasattr(local, "manager"):
            local.manager = Manager(user)
        return local.manager

    assert isolation_report(create, USERS, modes=["threads"], workers=3).instances == 3
    assert paths(isolation_report(create, USERS, modes=["tasks"])) == ["instance"]


def test_an_async_factory_in_threads_and_tasks() -> None:
    shared: list[str] = []

    async def create(user: str) -> Holder:
        await asyncio.sleep(0)
        return Holder(shared=shared)

    report = isolation_report(create, USERS)
    assert (report.instances, paths(report)) == (6, ["instance.shared"])


def test_inside_an_event_loop() -> None:
    async def create(user: str) -> Holder:
        return Holder(loop=asyncio.get_running_loop(), user=user)

    async def test() -> tuple[IsolationReport, str]:
        with pytest.raises(RuntimeError) as raised:
            isolation_report(create, USERS)
        return await isolation_report_async(create, USERS), str(raised.value)

    report, message = asyncio.run(test())
    assert report.ok and report.instances == 6
    assert "await isolation_report_async(...)" in message


def test_many_users_in_little_time() -> None:
    report = isolation_report(lambda user: Holder(data=[[user] for _ in range(50)]), range(200))
    assert (report.ok, report.instances) == (True, 400)


# --- what is looked at --------------------------------------------------------------------------------


class Slotted:
    __slots__ = ("__private", "held", "unset")

    def __init__(self, held: object) -> None:
        self.held = held
        self.__private = held


class Colour(enum.Enum):
    RED = 1


class Point(NamedTuple):
    held: object


@dataclass(frozen=True)
class Frozen:
    held: object


class Raw(Exception):
    pass


def defaults(held: object) -> Callable[..., object]:
    def function(a: object = held, *, b: object = None) -> object:
        return a

    return function


def keyword_defaults(held: object) -> Callable[..., object]:
    def function(*, b: object = held) -> object:
        return b

    return function


def closure(held: object) -> Callable[[], object]:
    return lambda: held


def attribute(held: object) -> Callable[[], object]:
    def function() -> None:
        pass

    function.held = held  # type: ignore[attr-defined]
    return function


def generator(held: object) -> Iterator[object]:
    def run() -> Iterator[object]:
        yield held
        yield None

    running = run()
    next(running)
    return running


def wrapped(held: object) -> Callable[[], object]:
    @functools.wraps(closure(held))
    def function() -> None:
        pass

    return function


class Methods:
    def __init__(self, held: object) -> None:
        self.held = held

    def method(self) -> None:
        pass


def with_class_attribute(held: object) -> object:
    return type("Local", (), {"held": held, "__module__": __name__})()


def with_property(held: object) -> object:
    return type("Local", (), {"value": property(lambda self: held), "__module__": __name__})()


def with_static_method(held: object) -> object:
    return type("Local", (), {"m": staticmethod(closure(held)), "__module__": __name__})()


def with_class_method(held: object) -> object:
    return type("Local", (), {"m": classmethod(defaults(held)), "__module__": __name__})()


def with_method_default(held: object) -> object:
    base = type("Base", (), {"m": defaults(held), "__module__": __name__})
    return type("Local", (base,), {"__module__": __name__})()


def with_descriptor(held: object) -> object:
    class Descriptor:
        def __init__(self) -> None:
            self.values = held

        def __get__(self, instance: object, owner: type) -> object:
            raise AssertionError("the walk must not run the code that it judges")

    return type("Local", (), {"field": Descriptor(), "__module__": __name__})()


WAYS: dict[str, Callable[[Any], object]] = {
    "attribute": lambda held: Holder(a=held),
    "odd attribute": lambda held: Holder(**{"not a name": held}),
    "slot": Slotted,
    "list": lambda held: [1, held],
    "tuple": lambda held: (1, held),
    "named tuple": Point,
    "dict": lambda held: {"key": held},
    "dict by tuple": lambda held: {("a", 1): held},
    "dict by object": lambda held: {Colour.RED: held},
    "dict by long key": lambda held: {"x" * 500: held},
    "dict key": lambda held: {Frozen(held).__class__: 1, Methods(held): 2},
    "set": lambda held: {Methods(held)},
    "frozenset": lambda held: frozenset([Methods(held)]),
    "deque": lambda held: deque([held]),
    "defaultdict": lambda held: defaultdict(list, key=held),
    "ordered dict": lambda held: OrderedDict(key=held),
    "proxy": lambda held: types.MappingProxyType({"key": held}),
    "namespace": lambda held: types.SimpleNamespace(held=held),
    "values": lambda held: {"key": held}.values(),
    "frozen dataclass": Frozen,
    "closure": closure,
    "default": defaults,
    "keyword default": keyword_defaults,
    "function attribute": attribute,
    "wrapped function": wrapped,
    "partial": lambda held: functools.partial(print, held),
    "partial keyword": lambda held: functools.partial(print, end=held),
    "partial function": lambda held: functools.partial(closure(held)),
    "bound method": lambda held: Methods(held).method,
    "bound built-in": lambda held: [held].append,
    "generator": generator,
    "exception": Raw,
    "cached function": lambda held: functools.cache(closure(held)),
    "class attribute": with_class_attribute,
    "property": with_property,
    "static method": with_static_method,
    "class method": with_class_method,
    "method default": with_method_default,
    "descriptor": with_descriptor,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_shared_object_is_found_behind(way: str) -> None:
    planted = [way]
    instances: list[object] = []

    def create(user: str) -> object:
        instances.append(Holder(inner=WAYS[way](planted)))
        return instances[-1]

    report = isolation_report(create, USERS, workers=1, modes=["threads"])
    (shared,) = report.shared
    assert evaluated(shared.path, instances[0]) is planted
    assert (shared.type, len(shared.contexts)) == ("list", 3)


RENESTED = st.lists(st.sampled_from(sorted(WAYS)), max_size=6)


@given(RENESTED)
def test_a_planted_object_is_found_at_any_path(ways: list[str]) -> None:
    planted = {"planted": True}
    instances: list[object] = []

    def create(user: str) -> object:
        held: object = planted
        for way in ways:
            held = WAYS[way](held)
        instances.append(Holder(inner=held, own=[user]))
        return instances[-1]

    report = isolation_report(create, ("alice", "bob"), workers=1, modes=["threads"])
    (shared,) = report.shared
    assert evaluated(shared.path, instances[0]) is planted


@given(RENESTED)
def test_nothing_is_found_where_nothing_is_shared(ways: list[str]) -> None:
    def create(user: str) -> object:
        held: object = {"own": [user]}
        for way in ways:
            held = WAYS[way](held)
        return Holder(inner=held)

    assert isolation_report(create, USERS, modes=["threads"]).shared == ()


@given(RENESTED)
def test_what_is_allowed_is_not_found(ways: list[str]) -> None:
    planted = Manager("nobody")

    def create(user: str) -> object:
        held: object = planted
        for way in ways:
            held = WAYS[way](held)
        return Holder(inner=held)

    assert paths(isolation_report(create, USERS, modes=["threads"])) != []
    assert isolation_report(create, USERS, modes=["threads"], allow=[Manager]).ok
    assert isolation_report(create, USERS, modes=["threads"], allow=["inner**", "inner"]).ok


def reachable(start: object) -> set[int]:
    """A second opinion: ids of all holders that one leads to."""
    seen: dict[int, object] = {}
    ahead = [start]
    while ahead:
        holder = ahead.pop()
        if id(holder) not in seen:
            seen[id(holder)] = holder
            ahead += vars(holder)["leads"] if isinstance(holder, Holder) else []
    return set(seen)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25),
    st.lists(st.sets(st.integers(0, 9), max_size=3), min_size=2, max_size=4),
)
def test_all_that_is_shared_is_told_or_behind_what_is_told(
    edges: list[tuple[int, int]], starts: list[set[int]]
) -> None:
    nodes = [Holder(number=number, leads=[]) for number in range(10)]
    for source, target in edges:
        nodes[source].leads.append(nodes[target])  # type: ignore[attr-defined]
    instances = [Holder(number=-1, leads=[nodes[number] for number in sorted(start)]) for start in starts]
    report = isolation_report(lambda user: instances[user], range(len(starts)), modes=["tasks"])

    reached = [reachable(instance) for instance in instances]
    users = {id(node): [user for user, ids in enumerate(reached) if id(node) in ids] for node in nodes}
    shared = {key for key, found in users.items() if len(found) > 1}
    told: set[int] = set()
    for item in report.shared:
        found = evaluated(item.path, instances[int(item.contexts[0])])
        assert isinstance(found, Holder) and id(found) in shared
        assert [int(context) for context in item.contexts] == users[id(found)]
        told.add(id(found))
    behind = {key for node in nodes if id(node) in told for key in reachable(node)}
    assert shared <= behind
    assert report.ok == (not shared)


INERT: dict[str, object] = {
    "nothing": None,
    "text": "text" * 1000,
    "path": Path("x"),
    "moment": datetime(2026, 1, 1),
    "decimal": Decimal("1.5"),
    "uuid": uuid4(),
    "pattern": re.compile("x"),
    "class": Manager,
    "module": logging,
    "enum member": Colour.RED,
    "function": paths,
    "built-in": len,
    "tuple of texts": ("a", ("b", frozenset("c"))),
    "frozen dataclass": Frozen((1, 2)),
    "lock": threading.Lock(),
    "reentrant lock": threading.RLock(),
    "condition": threading.Condition(),
    "semaphore": threading.BoundedSemaphore(3),
    "asyncio lock": asyncio.Lock(),
    "asyncio semaphore": asyncio.Semaphore(3),
    "logger": logging.getLogger("shop"),
    "log handler": logging.StreamHandler(),
    "executor": ThreadPoolExecutor(1),
    "plain object": object(),
    "sentinel": sentinel.missing,
    "stateless object": type("Strategy", (), {"run": lambda self: 1})(),
    "weak reference": weakref.ref(Manager("x")),
    "standard output": __import__("sys").stdout,
    "context variable": __import__("contextvars").ContextVar("user"),
    "environment": __import__("os").environ,
}


@pytest.mark.parametrize("name", INERT)
def test_nothing_can_leak_through(name: str) -> None:
    assert holding(INERT[name]).shared == ()


STATE: dict[str, object] = {
    "list": [],
    "dict": {},
    "set": set(),
    "bytearray": bytearray(),
    "object with attributes": Manager("x"),
    "asyncio event": asyncio.Event(),
    "thread event": threading.Event(),
    "queue": __import__("queue").SimpleQueue(),
    "asyncio queue": asyncio.Queue(),
    "mock": MagicMock(),
    "logger adapter": logging.LoggerAdapter(logging.getLogger("x"), {"user": "x"}),
    "random numbers": __import__("random").Random(1),
    "weak dictionary": weakref.WeakValueDictionary(),
    "open file": __import__("io").StringIO(),
    "thread locals": threading.local(),
    "iterator": iter([1]),
}


@pytest.mark.parametrize("name", STATE)
def test_something_can_leak_through(name: str) -> None:
    assert paths(holding(STATE[name])) == ["instance.held"]


def test_mocks_of_each_user_share_nothing() -> None:
    assert isolation_report(lambda user: Holder(client=MagicMock(name=user)), USERS).shared == ()


def test_a_module_level_weak_reference_does_not_lead_on() -> None:
    target = Manager("x")
    assert holding(weakref.WeakSet([target])).shared[0].path == "instance.held"
    assert holding((weakref.ref(target),)).shared == ()


def test_globals_of_functions_are_not_looked_at() -> None:
    assert holding(lambda: STATE).shared == ()


def test_a_class_attribute_that_each_instance_replaces_is_not_shared() -> None:
    class Replaced:
        items: list[str] = []

        def __init__(self, user: str) -> None:
            self.items = [user]

    assert isolation_report(Replaced, USERS).ok


def test_attributes_of_the_language_itself_are_not_looked_at() -> None:
    class Worker(threading.Thread):
        pass

    @dataclass
    class Described:
        user: str
        tags: list[str] = field(default_factory=list)

    class Model:
        model_config = {"frozen": True}

        def __init__(self, user: str) -> None:
            self.user = user

    assert isolation_report(lambda user: Worker(name=user), USERS).shared == ()
    assert isolation_report(Described, USERS).shared == ()
    assert isolation_report(Model, USERS).shared == ()


def test_circles_come_to_an_end() -> None:
    def create(user: str) -> Holder:
        first, second = Holder(), Holder()
        first.other, second.other, second.items = second, first, [first]  # type: ignore[attr-defined]
        return first

    assert isolation_report(create, USERS).ok


def test_no_code_of_the_user_is_run() -> None:
    class Touchy:
        def __init__(self, user: str) -> None:
            object.__setattr__(self, "held", [user])

        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

        def __len__(self) -> int:
            raise AssertionError("measured")

        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        def __hash__(self) -> int:
            raise AssertionError("hashed")

        def __repr__(self) -> str:
            raise AssertionError("shown")

        def __bool__(self) -> bool:
            raise AssertionError("asked if true")

        def __iter__(self) -> Iterator[object]:
            raise AssertionError("walked over")

    class Items(dict[str, object]):
        def items(self) -> Any:
            raise AssertionError("asked for items")

    def create(user: str) -> object:
        touchy = Touchy(user)
        held = [
            touchy,
            closure(touchy),
            defaults(touchy),
            {user: touchy},
            types.MethodType(Touchy.__len__, touchy),
        ]
        return type("Local", (Touchy,), {"held": held, "items": Items(common=common), "touchy": touchy})(user)

    common: list[str] = []
    assert paths(isolation_report(create, USERS)) == ["instance.items['common']"]


def test_a_container_that_changes_under_the_walk() -> None:
    busy: dict[int, object] = {number: [number] for number in range(2000)}
    stop = threading.Event()

    def churn() -> None:
        number = len(busy)
        while not stop.is_set():
            busy.pop(number - 2000, None)
            number += 1
            busy[number] = [number]

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(5):
            assert "instance.held" in paths(holding(busy))
    finally:
        stop.set()
        thread.join()


# --- what is allowed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("settings", ["instance.inner.settings", "instance.handlers[0].pool"]),
        ("instance.settings", ["instance.inner.settings", "instance.handlers[0].pool"]),
        ("*.settings", ["instance.settings", "instance.handlers[0].pool"]),
        ("**.settings", ["instance.handlers[0].pool"]),
        ("inner", ["instance.settings", "instance.handlers[0].pool"]),
        ("handlers[*].pool", ["instance.settings", "instance.inner.settings"]),
        ("handlers[0].pool", ["instance.settings", "instance.inner.settings"]),
        ("handlers[1].pool", ["instance.settings", "instance.inner.settings", "instance.handlers[0].pool"]),
        ("set*", ["instance.inner.settings", "instance.handlers[0].pool"]),
        ("sett", ["instance.settings", "instance.inner.settings", "instance.handlers[0].pool"]),
        ("**", []),
    ],
)
def test_patterns(pattern: str, left: list[str]) -> None:
    first, second, pool = ["settings"], ["inner"], ["pool"]
    report = isolation_report(
        lambda user: Holder(
            settings=first, inner=Holder(settings=second, user=user), handlers=[Holder(pool=pool, user=user)]
        ),
        USERS,
        allow=[pattern],
    )
    assert paths(report) == left


def test_types_and_their_subclasses() -> None:
    class Pool(list[int]):
        pass

    report = isolation_report(lambda user: Holder(pool=Pool(), shared=SHARED), USERS, allow=[list])
    assert report.ok
    assert not isolation_report(lambda user: Holder(shared=SHARED), USERS, allow=[Pool]).ok


SHARED: list[int] = []


def test_an_object_that_is_allowed_at_one_path_is_found_at_another() -> None:
    report = isolation_report(lambda user: Holder(a=SHARED, b=SHARED), USERS, allow=["a"])
    assert paths(report) == ["instance.b"]


def test_the_instance_itself_may_be_allowed() -> None:
    manager = Manager("x")
    assert isolation_report(lambda user: manager, USERS, allow=["connections", Manager]).ok


# --- limits -------------------------------------------------------------------------------------------


def test_a_walk_that_stops_is_no_proof() -> None:
    def create(user: str) -> Holder:
        chain: list[object] = []
        for _ in range(30):
            chain = [chain]
        return Holder(chain=chain, many=[[user] for _ in range(100)])

    assert isolation_report(create, USERS).ok
    short = isolation_report(create, USERS, max_depth=10)
    assert not short.ok and short.shared == ()
    assert short.not_looked[0] == (
        "instance.chain[0][0][0][0][0][0][0][0][0][0] and what lies as far: more than 10 steps away ('alice')"
    )
    assert short.not_looked[-1] == "3 more places"
    small = isolation_report(create, USERS, max_references=50, modes=["tasks"])
    assert not small.ok
    assert small.not_looked[0] == "instance.many and what lies behind it: more than 50 references ('alice')"
    assert "not looked further at instance.many" in str(small)
    with pytest.raises(AssertionError, match="not looked further"):
        small.assert_isolated()
