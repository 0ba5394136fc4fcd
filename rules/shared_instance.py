"""Keep an instance that belongs to one user where only that user's request finds it.

An instance of a concept with `lifetime = "per-user"` knows its user: connections, context, events. Kept in a
place that outlives the request it is handed to the next caller too, who then sends to, or reads from, somebody
else. It works with one user, and in tests.

Reported are module globals, assigned at import or through `global`; class attributes (`_instance`, `__new__`,
metaclasses and decorators that make singletons); `functools.cache` and its like on a function that gives an
instance; tables of a module or class whose key says nothing about whose it is; closures that hand a local instance
to every caller, default arguments; `app.state` and dependency overrides; and an instance on an attribute of an
object of which the process keeps one. It is fine to keep instances in tables keyed by something of the user, context, session or
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

from ssot_lint.instances import instances
from ssot_lint.keepers import Kept
from ssot_lint.model import Related, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid
from ssot_lint.sharing import keeps, reach

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
    ),
    invalid=(
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
    ),
)
