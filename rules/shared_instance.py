"""Keep an instance that belongs to one user where only that user's request finds it.

An instance of a concept with `lifetime = "per-user"` knows its user: connections, context, events. Kept in a
place that outlives the request it is handed to the next caller too, who then sends to, or reads from, somebody
else. It works with one user, and in tests.

Reported are, of the concept's classes and those derived from them, module globals, assigned at import or through `global`; class attributes (`_instance`, `__new__`,
metaclasses and decorators that make singletons); `functools.cache` and its like on a function that gives an
instance; tables of a module or class whose key says nothing about whose it is; closures that hand a local instance
to every caller, default arguments; `app.state` and dependency overrides; an instance on an attribute of an
object of which the process keeps one; and containers out of which a function takes an instance for whoever comes
next (`_pool.pop()`), not those that are only counted, closed, told something in turn, or searched by user. It is fine
to keep instances in tables keyed by something of the user, context, session or
request, or in caches whose arguments hold one, and to keep what lives in tests or under `if __name__ == "__main__"`.

Example:

    _manager = None

    def get_manager(context):
        global _manager
        if _manager is None:
            _manager = WebSocketManager(context)  # the first caller's, for everybody
        return _manager

Use instead: build one per context, and pass it on.
"""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.factories.instances import instances
from ssot_lint.factories.sharing import keeps, reach
from ssot_lint.factories.stores import Kept
from ssot_lint.model import Related, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

from ._fixes import use_factory


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    names = {concept.name for concept in project.config.concepts if concept.lifetime == "per-user"}
    for kept in keeps(project, names) if names else ():
        yield _violation(project, kept)


def _violation(project: Project, kept: Kept) -> Violation:
    concept = project.config.concept(instances(project)[kept.made])
    definition = project.definition_at(kept.made)
    where = project.location(*kept.made)
    return Violation(
        kept.location,
        f"{kept.name}: {_an(definition.name)}, which belongs to one user, {kept.how}",
        concept=concept.name if concept is not None else None,
        symbol=f"{project.files[kept.file].module}:{kept.name}",
        canonical=concept.canonical if concept is not None else None,
        related=(*kept.through, *reach(project, kept), Related(where.path, where.line, "what is kept")),
        fix=use_factory(concept, symbol=f"{project.files[kept.file].module}:{kept.name}"),
    )


def _an(name: str) -> str:
    return f"an {name}" if name.lstrip("_")[:1].upper() in "AEIO" else f"a {name}"


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
factory = "shop.factory:create_manager"
lifetime = "per-user"
"""

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            def __init__(self, user=None):
                self.user = user

            def send(self, text):
                return self.user, text
        """,
    "shop/factory.py": """
        from shop.manager import Manager

        def create_manager(user=None) -> Manager:
            return Manager(user)
        """,
}

RULE = Rule(
    id="SSOT302",
    name="shared-instance",
    check=check,
    codemods=("use-factory",),
    valid=(
        Valid(
            HOME
            | {
                "shop/chat.py": """
                    import functools

                    from shop.factory import create_manager
                    from shop.manager import Manager

                    _managers: dict[str, Manager] = {}

                    def manager_of(user_id):
                        key = f"manager:{user_id}"
                        if key not in _managers:
                            _managers[key] = Manager(user_id)
                        return _managers[key]

                    @functools.lru_cache
                    def cached(user_id) -> Manager:
                        return Manager(user_id)

                    class Session:
                        def __init__(self, user):
                            self.manager = create_manager(user)

                    def talk(user):
                        manager = create_manager(user)

                        def say(text):
                            return manager.send(text)

                        return say("hello")

                    if __name__ == "__main__":
                        demo = Manager("ann")
                        other = Manager("bob") if demo else Manager("eve")
                    """,
                "tests/test_chat.py": "from shop.manager import Manager\n\nmanager = Manager()\n",
            },
            CONFIG,
            id="kept-per-user",
        ),
        Valid(
            HOME | {"shop/chat.py": "from shop.manager import Manager\n\nmanager = Manager()\n"},
            CONFIG.replace("per-user", "process"),
            id="one-for-the-process",
        ),
        Valid(
            HOME
            | {
                "shop/registry.py": """
                    import logging
                    from weakref import WeakSet

                    from shop.factory import create_manager

                    _all = []
                    _live = WeakSet()

                    class Registry:
                        def __init__(self):
                            self.managers = []

                        def opened(self, user):
                            manager = create_manager(user)
                            self.managers.append(manager)
                            return manager

                        def shutdown(self):
                            while self.managers:
                                manager = self.managers.pop()
                                try:
                                    manager.close()
                                except OSError:
                                    logging.exception("closing %r", manager)

                    registry = Registry()

                    def opened(user):
                        manager = create_manager(user)
                        _all.append(manager)
                        _live.add(manager)
                        return manager

                    def of(user_id):
                        return next((item for item in _all if item.user == user_id), None)

                    def send_to_all(text):
                        for item in _live:
                            item.send(text)
                        return len(_all)
                    """,
                "shop/mine.py": """
                    import threading
                    from collections import defaultdict

                    from shop.factory import create_manager

                    class Mine(threading.local):
                        manager = None

                    mine = Mine()
                    _rooms = defaultdict(dict)

                    def enter(user):
                        mine.manager = create_manager(user)

                    def room(user, name):
                        _rooms[user.id][name] = create_manager(user)
                        return _rooms[user.id][name]

                    class Session:
                        def __init__(self, user):
                            self.user = user
                            self.pool = []

                        def take(self):
                            self.pool.append(create_manager(self.user))
                            return self.pool.pop()

                    def session(user):
                        table = {}

                        def get(kind):
                            if kind not in table:
                                table[kind] = create_manager(user)
                            return table[kind]

                        return get("chat")
                    """,
            },
            CONFIG,
            id="registries-and-what-is-somebodys-own",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/kinds.py": "from shop.manager import Manager\n\nHub = Manager\n",
                "shop/loud.py": """
                    from shop.kinds import Hub
                    from shop.manager import Manager

                    class Loud(Manager):
                        _instance = None

                        def __new__(cls, user):
                            if cls._instance is None:
                                cls._instance = super().__new__(cls)  # error: cls._instance: a Loud
                            return cls._instance

                    class Once(Hub):
                        _one = None

                        @classmethod
                        def get(cls):
                            if cls._one is None:
                                made = cls()
                                Once._one = made  # error: Once._one: an Once
                            return cls._one

                    class Quiet(Hub):
                        def __new__(cls, user):
                            made = super().__new__(cls)
                            made.user = user
                            return made
                    """,
                "shop/use.py": """
                    from shop.loud import Quiet

                    quiet = Quiet("ann")  # error: quiet: a Quiet, which belongs to one user, is a module global
                    """,
            },
            CONFIG,
            id="heirs-whose-names-say-nothing",
        ),
        Invalid(
            HOME
            | {
                "shop/names.py": """
                    from shop.factory import create_manager
                    from shop.manager import Manager as M

                    everybody = M()  # error: everybody: a Manager, which belongs to one user, is a module global
                    _manager = None

                    def get_manager(user):
                        global _manager
                        if _manager is None:
                            _manager = create_manager(user)  # error: _manager: a Manager, which belongs to one user, is kept by get_manager in a module global
                        return _manager

                    class Service:
                        manager = M()  # error: Service.manager: a Manager, which belongs to one user, is an attribute of the class Service
                    """,
                "shop/registry.py": """
                    import threading

                    from shop.factory import create_manager
                    from shop.manager import Manager

                    class Box: ...

                    box = Box()
                    mine = threading.local()

                    class Registry:
                        _manager = None

                        @classmethod
                        def get(cls, user):
                            if cls._manager is None:
                                cls._manager = create_manager(user)  # error: cls._manager: a Manager, which belongs to one user, is an attribute of the class Registry
                            return cls._manager

                    def fill(user):
                        box.manager = Manager(user)  # error: box.manager: a Manager, which belongs to one user, is kept on box
                        mine.manager = Manager(user)
                        other = Box()
                        other.manager = Manager(user)
                        return other
                    """,
                "shop/loud.py": """
                    from shop.manager import Manager

                    class LoudManager(Manager):
                        _instance = None

                        @classmethod
                        def instance(cls):
                            if cls._instance is None:
                                cls._instance = cls()  # error: is an attribute of the class LoudManager
                            return cls._instance

                    class OnlyManager(Manager):
                        _instance = None

                        def __new__(cls):
                            if cls._instance is None:
                                cls._instance = super().__new__(cls)  # error: is an attribute of the class OnlyManager
                            return cls._instance
                    """,
            },
            CONFIG,
            id="globals-and-class-attributes",
        ),
        Invalid(
            HOME
            | {
                "shop/caches.py": """
                    from functools import lru_cache

                    from shop.factory import create_manager
                    from shop.manager import Manager

                    _by_kind: dict[str, Manager] = {}

                    @lru_cache(maxsize=1)
                    def the_manager():  # error: the_manager: a Manager, which belongs to one user, is kept by lru_cache for every caller
                        return create_manager()

                    def of_kind(kind):
                        if kind not in _by_kind:
                            _by_kind[kind] = Manager()  # error: is kept in a table of the module whose key does not say whose it is
                        return _by_kind[kind]

                    def send(text, manager=Manager()):  # error: manager: a Manager, which belongs to one user, is a default argument
                        return manager.send(text)
                    """,
                "shop/web.py": """
                    from shop.manager import Manager

                    def start(app):
                        app.state.manager = Manager()  # error: app.state.manager: a Manager, which belongs to one user, is kept in the state of the application

                    def routes(app):
                        manager = Manager()  # error: manager: a Manager, which belongs to one user, is kept in the closure of say

                        @app.post("/say")
                        def say(text):
                            return manager.send(text)
                    """,
            },
            CONFIG,
            id="caches-closures-applications",
        ),
        Invalid(
            HOME
            | {
                "shop/hub.py": """
                    from shop.manager import Manager

                    class Hub:
                        def __init__(self):
                            self.manager = Manager()  # error: self.manager: a Manager, which belongs to one user, is kept on a Hub
                    """,
                "shop/start.py": """
                    from shop.hub import Hub

                    hub = Hub()  # error: hub: a Manager, which belongs to one user, is held in self.manager of the one Hub
                    """,
                "shop/bridge.py": """
                    from shop.hub import Hub
                    from shop.manager import Manager

                    def connect(hub: Hub, bridge) -> Manager:
                        bridge.attach(hub.manager)  # error: hub.manager: a Manager, which belongs to one user, is taken from the one Hub for all callers
                        return hub.manager
                    """,
            },
            CONFIG,
            id="on-a-shared-object",
        ),
        Invalid(
            HOME
            | {
                "shop/pools.py": """
                    from collections import deque

                    from shop.factory import create_manager
                    from shop.manager import Manager

                    _pool = deque()
                    _free: list[Manager] = []
                    _spare = [create_manager() for _ in range(4)]  # error: _spare: a Manager, which belongs to one user, is kept among others for whoever comes next
                    _kinds = {}

                    def fill(user):
                        manager = create_manager(user)
                        _pool.append(manager)  # error: _pool: a Manager, which belongs to one user, is kept among others
                        return len(_pool)

                    def take():
                        return _pool.popleft() if _pool else None

                    def release(manager: Manager):
                        _free.append(manager)  # error: _free: a Manager, which belongs to one user, is kept among others

                    def send(number, text):
                        _free[-1].send(text)
                        return _spare[number % 4].send(text)

                    def of_kind(kind, user):
                        _kinds.update({kind: create_manager(user)})  # error: is kept in a table of the module whose key does not say whose it is
                        return _kinds[kind]
                    """,
                "shop/hub.py": """
                    from functools import cached_property

                    from shop.factory import create_manager
                    from shop.manager import Manager

                    class Hub:
                        def __init__(self):
                            self.items = []

                        def put(self, user):
                            self.items.append(create_manager(user))  # error: self.items: a Manager, which belongs to one user, is kept on a Hub

                        def take(self):
                            return self.items[-1]

                        @cached_property
                        def manager(self) -> Manager:  # error: self.manager: a Manager, which belongs to one user, is kept on a Hub
                            return create_manager(self.user)

                    hub = Hub()  # error: hub: a Manager, which belongs to one user, is held in
                    """,
                "shop/loud.py": """
                    from shop.manager import Manager

                    class LoudManager(Manager):
                        _instance = None

                        def __new__(cls):
                            if LoudManager._instance is None:
                                made = super().__new__(cls)
                                LoudManager._instance = made  # error: is an attribute of the class LoudManager
                            return LoudManager._instance
                    """,
            },
            CONFIG,
            id="handed-out-again",
        ),
        Invalid(
            HOME
            | {
                "shop/ways.py": """
                    from shop.factory import create_manager
                    from shop.manager import Manager

                    class Box: ...

                    box = Box()

                    def by_name(user):
                        setattr(box, "manager", create_manager(user))  # error: box.manager: a Manager, which belongs to one user, is kept on box

                    def in_globals(user):
                        globals()["kept"] = create_manager(user)  # error: kept: a Manager, which belongs to one user, is kept by in_globals in a module global

                    def on_itself(user):
                        on_itself.manager = create_manager(user)  # error: is an attribute of the function on_itself

                    def in_default(text, table={}):
                        if "manager" not in table:
                            table["manager"] = create_manager(text)  # error: is kept in a table of the module whose key does not say whose it is
                        return table["manager"]

                    def provider():
                        manager = None

                        def get(user):
                            nonlocal manager
                            if manager is None:
                                manager = create_manager(user)  # error: manager: a Manager, which belongs to one user, is kept in the closure of get
                            return manager

                        return get
                    """,
            },
            CONFIG,
            id="tables-closures-and-other-names",
        ),
        Invalid(
            HOME
            | {
                "shop/around.py": """
                    import functools

                    from shop.factory import create_manager

                    def with_manager(function):
                        manager = create_manager("app")  # error: manager: a Manager, which belongs to one user, is kept in the closure of wrapper

                        @functools.wraps(function)
                        def wrapper(*parts):
                            return function(manager, *parts)

                        return wrapper

                    def with_own(function):
                        @functools.wraps(function)
                        def wrapper(user, *parts):
                            return function(create_manager(user), *parts)

                        return wrapper

                    def later(job):
                        manager = create_manager("job")

                        def run():
                            return job(manager)

                        return run
                    """,
            },
            CONFIG,
            id="around-a-function",
        ),
        Invalid(
            HOME
            | {
                "shop/hub.py": "from shop.factory import create_manager\n\ndef first(user):\n    return create_manager(user)\n",
                "shop/more.py": "from shop.hub import first\n\ndef second(user):\n    made = first(user)\n    return made\n",
                "shop/names.py": "from shop.manager import Manager as Hub\n",
                "shop/other.py": """
                    from shop.names import Hub

                    hub = Hub()  # error: hub: a Manager, which belongs to one user, is a module global
                    """,
                "shop/chat.py": """
                    from functools import lru_cache

                    from shop.more import second as third

                    everybody = third("ann")  # error: everybody: a Manager, which belongs to one user, is a module global
                    _rooms = {}

                    class Chat:
                        kept = third("bob")  # error: Chat.kept: a Manager, which belongs to one user, is an attribute of the class Chat

                    @lru_cache
                    def cached():  # error: cached: a Manager, which belongs to one user, is kept by lru_cache for every caller
                        return third("eve")

                    def room(name, user):
                        _rooms[name] = third(user)  # error: _rooms: a Manager, which belongs to one user, is kept in a table of the module
                        own = {}
                        own[name] = third(user)
                        return own

                    def start(app):
                        app.state.hub = third(None)  # error: is kept in the state of the application

                    def send(text, hub=third("ann")):  # error: hub: a Manager, which belongs to one user, is a default argument
                        return hub.send(text)
                    """,
            },
            CONFIG,
            id="handed-on-without-a-word",
        ),
    ),
)
