"""Ask the factory for a concept rather than construct it.

The factory decides whose context an instance gets, how it is configured and how long it lives. A constructor
call past it decides all that again, and often forgets the context: then the instance belongs to nobody, and
what is sent through it reaches nobody, or everybody.

Reported is every construction of the canonical class, of a duplicate of it, or of a class that is derived from
these, whatever it is called, through whatever alias: by name, as `cls(...)`, `type(x)(...)` or `x.__class__(...)`, through `functools.partial`, or by passing the
class to something that calls it, `Depends` included; also with types for its parameters (`IntManager = Manager[int]`); and where the class is kept and called later: in an attribute, a
table, a default, or handed out by a function or property. Where something else may be called as well, a call is left
undecided. A construction that gives no context where the constructor takes one is an error;
one that gives it keeps users apart and is a warning. The factory itself, the canonical module, declared variants and
tests may construct: that is fine.

Example:

    manager = WebSocketManager(context)

Use instead:

    manager = create_websocket_manager(context)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.concepts.heirs import unnamed
from ssot_lint.config import Concept
from ssot_lint.factories.beyond import classes_beyond
from ssot_lint.factories.constructions import Construction, constructions
from ssot_lint.factories.contexts import context_parameter
from ssot_lint.factories.instances import built, makers
from ssot_lint.factories.selfmade import methods_of_heirs
from ssot_lint.factories.unheard import classes_unheard
from ssot_lint.model import Location, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.members import method_called
from ssot_lint.queries.receivers import inside
from ssot_lint.rule import Invalid, Rule, Valid

from ._fixes import use_factory


@dataclass(frozen=True)
class Options:
    test_code: bool = False
    """Also look at constructions in test code."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    for file, concept, item in _looked_at(project, options.test_code):
        if item.certain:
            yield _violation(project, concept, file, item)


def undecided(project: Project) -> int:
    """How many calls outside the tests may construct a concept, and may call something else."""
    return sum(not item.certain for _, _, item in _looked_at(project, False))


def _looked_at(project: Project, tests: bool) -> Iterator[tuple[int, Concept, Construction]]:
    """(file, concept, what stands there) wherever a factory is required, by file, line and column."""
    concepts = {concept.name: concept for concept in project.config.concepts if concept.factory}
    homes = {name: makers(project, concept) for name, concept in concepts.items()}
    unheard: set[int] = set()
    if concepts:
        unheard.update(classes_unheard(project), methods_of_heirs(project), classes_beyond(project))
    for file, source in enumerate(project.files):
        if not concepts or (source.facts.deep is None and file not in unheard):
            continue
        if source.is_test and not tests:
            continue
        for item in constructions(project, file):
            concept = concepts.get(built(project)[item.made])
            if concept is None or source.module == concept.canonical_module:
                continue
            if not inside(project, file, item.scope, homes[concept.name]):
                yield file, concept, item


# --- what is said ------------------------------------------------------------------------------------------


def _violation(project: Project, concept: Concept, file: int, item: Construction) -> Violation:
    definition = project.definition_at(item.made)
    context = _given(project, concept, item)
    lacks = " without the context it takes" if context is False else ""
    factory = project.resolve_symbol(concept.factory or "").target
    related: tuple[Related, ...] = ()
    if factory.kind == "definition":
        where = project.location(factory.file, factory.index)
        related = (Related(where.path, where.line, "the factory"),)
    return Violation(
        Location(project.files[file].path, item.line, item.column),
        f"{item.how} constructs {definition.name}{lacks}; the factory of {concept.name} is {concept.factory}",
        concept=concept.name,
        symbol=project.symbol(*item.made),
        canonical=concept.canonical,
        related=related,
        fix=use_factory(concept, project.files[file].path) if item.made not in unnamed(project) else None,
        severity="warning" if context else None,
    )


def _given(project: Project, concept: Concept, item: Construction) -> bool | None:
    """Does a construction give the context? None where the constructor takes none, or nobody can tell."""
    place = method_called(project, *item.made, "__init__")
    if place is None or item.passed is None:
        return None
    if item.passed.starred or "**" in item.passed.keywords:
        return None
    wanted = context_parameter(project, concept, place)
    if wanted is None:
        return None
    names = [parameter.name for parameter in project.definition_at(place).parameters]
    return wanted.name in item.passed.keywords or names.index(wanted.name) <= item.passed.arguments


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
variants = ["shop.pool:PoolManager"]
factory = "shop.factory:create_manager"
context = "shop.context:Context"
"""

HOME = {
    "shop/__init__.py": "",
    "shop/context.py": "class Context:\n    def __init__(self, user):\n        self.user = user\n",
    "shop/manager.py": """
        class Manager:
            def __init__(self, context=None, size=8):
                self.context = context
                self.size = size

            def send(self, text):
                return self.context.user, text

            @classmethod
            def small(cls, context):
                return cls(context, 1)
        """,
    "shop/factory.py": """
        from shop.manager import Manager

        def create_manager(context):
            return Manager(context)
        """,
}

RULE = Rule(
    id="SSOT301",
    name="direct-construction",
    check=check,
    codemods=("use-factory",),
    undecided=undecided,
    options=Options,
    valid=(
        Valid(
            HOME
            | {
                "shop/pool.py": """
                    from shop.manager import Manager

                    class PoolManager:
                        def __init__(self, contexts):
                            self.members = [Manager(context) for context in contexts]

                        def send(self, text):
                            return [member.send(text) for member in self.members]
                    """,
                "shop/chat.py": """
                    from shop.factory import create_manager
                    from shop.manager import Manager
                    from shop.pool import PoolManager

                    def talk(context, managers: list[Manager]):
                        assert all(isinstance(item, Manager) for item in managers)
                        return create_manager(context), PoolManager([context])
                    """,
                "tests/test_chat.py": "from shop.manager import Manager\n\nmanager = Manager(None)\n",
            },
            CONFIG,
            id="factory-variant-test",
        ),
        Valid(
            HOME
            | {
                "shop/chat.py": """
                    from enum import Enum

                    from shop.manager import Manager

                    class Kind(Enum):
                        PLAIN = 1

                    KINDS = {"plain": print}
                    Chosen = Kind[NAME]
                    MANAGERS: dict[str, Manager] = {}

                    def chat(kind):
                        KINDS[kind]()
                        Chosen()
                        MANAGERS[kind]()
                    """,
            },
            CONFIG,
            id="brackets",
        ),
        Valid(
            HOME | {"shop/chat.py": "from shop.manager import Manager\n\nmanager = Manager(1)\n"},
            CONFIG.replace('factory = "shop.factory:create_manager"\n', ""),
            id="no-factory",
        ),
        Valid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.factory import create_manager
                    from shop.manager import Manager

                    class Plain: ...

                    KINDS = {"a": Plain, "b": dict}
                    HANDLERS = {"manager": create_manager, "plain": Plain}
                    NAMES = {Manager: "a manager", Plain: "plain"}
                    KNOWN = (Manager, Plain)

                    def table(kind, context):
                        return KINDS[kind](context), HANDLERS[kind](context)

                    def asked(x):
                        return NAMES[type(x)], isinstance(x, KNOWN)

                    class Field:
                        def __init__(self, kind):
                            self.kind = kind

                        def check(self, value):
                            return isinstance(value, self.kind)

                    manager = Field(Manager)
                    """
            },
            CONFIG,
            id="tables-of-what-is-not-called",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from functools import partial

                    from shop import manager as module
                    from shop.manager import Manager as M

                    def talk(context):
                        return M(context)  # error: M(...) constructs Manager; the factory of manager is shop.factory:create_manager

                    def whisper():
                        return module.Manager(size=2)  # error: module.Manager(...) constructs Manager without the context it takes

                    def later(context):
                        Local = M
                        first = Local(context)  # error: Local(...) constructs Manager;
                        return first, partial(M, context)  # error: partial(M, ...) constructs Manager

                    def again(old: M, context):
                        return type(old)(context)  # error: type(old)(...) constructs Manager

                    def same(old: M, context):
                        return old.__class__(context)  # error: old.__class__(...) constructs Manager

                    def asked(context):
                        return getattr(module, "Manager")(context)  # error: getattr(module, 'Manager')(...) constructs Manager

                    def usual(context, kind=M, other=dict):
                        return kind(context), other(context)  # error: kind(...) constructs Manager

                    def made(kind: type[M], context):
                        return kind(context)

                    def all_of(context):
                        return made(M, context)  # error: made(M, ...) constructs Manager
                    """,
                "shop/loud.py": """
                    from shop.manager import Manager

                    class LoudManager(Manager):
                        def send(self, text):
                            return super().send(text.upper())

                        @classmethod
                        def for_guest(cls):
                            return cls()  # error: cls(...) constructs LoudManager without the context it takes
                    """,
            },
            CONFIG,
            id="every-form",
        ),
        Invalid(
            HOME
            | {
                "tests/test_chat.py": """
                    from shop.manager import Manager

                    def test_chat():
                        assert Manager(None).size == 8  # error: Manager(...) constructs Manager
                    """
            },
            CONFIG,
            options={"test-code": True},
            id="tests-too",
        ),
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.manager import Manager

                    def greet(context):
                        return Manager(context).send("hello")  # error: Manager(...) constructs Manager
                    """
            },
            CONFIG,
            fixed=HOME
            | {
                "shop/chat.py": """
                    from shop.factory import create_manager

                    def greet(context):
                        return create_manager(context).send("hello")
                    """
            },
            id="made-by-the-factory",
        ),
        Invalid(
            HOME
            | {
                "shop/names.py": "from shop.manager import Manager as Hub\n",
                "shop/records.py": """
                    import attr
                    import attrs

                    from shop.manager import Manager

                    @attr.s
                    class Old:
                        manager = attr.ib(factory=Manager)  # error: attr.ib(factory=Manager) constructs Manager

                    @attrs.define
                    class New:
                        manager: Manager = attrs.field(factory=Manager)  # error: attrs.field(factory=Manager) constructs Manager
                        more: Manager = attrs.field(default=attrs.Factory(Manager))  # error: attrs.Factory(Manager) constructs Manager
                        names: list = attrs.field(factory=list)
                    """,
                "shop/far.py": """
                    from shop import names
                    from shop.names import Hub

                    def far(context):
                        Hub(context)  # error: Hub(...) constructs Manager;
                        return Hub()  # error: Hub(...) constructs Manager without the context it takes
                    """,
            },
            CONFIG,
            id="in-records-and-under-another-name",
        ),
        Invalid(
            HOME
            | {
                "shop/loud.py": """
                    from shop.manager import Manager

                    class LoudManager(Manager):
                        def send(self, text):
                            return super().send(text.upper())
                    """,
                "shop/kinds.py": """
                    from shop.loud import LoudManager
                    from shop.manager import Manager

                    KINDS = {"plain": Manager, "loud": LoudManager}
                    MIXED = {"plain": Manager, "none": dict}
                    PAIR = (Manager, LoudManager)

                    def get_class():
                        return Manager

                    def table(kind, context):
                        return KINDS[kind](context)  # error: KINDS[...](...) constructs

                    def one_of(kind, context):
                        return MIXED[kind](context), MIXED["none"](context)

                    def known(context):
                        return MIXED["plain"](context)  # error: MIXED[...](...) constructs Manager

                    def usual(kind, context):
                        return KINDS.get(kind, Manager)(context)  # error: KINDS.get(...)(...) constructs

                    def every(context):
                        return [kind(context) for kind in PAIR]  # error: kind(...) constructs

                    def asked(context):
                        return get_class()(context)  # error: get_class()(...) constructs Manager
                    """,
                "shop/chat.py": """
                    from shop.manager import Manager

                    class Chat:
                        manager_class = Manager

                        def __init__(self, kind=Manager):
                            self.kind = kind
                            self.name = Manager.__name__

                        @property
                        def chosen(self):
                            return Manager

                        def open(self, context):
                            return self.manager_class(context)  # error: self.manager_class(...) constructs Manager

                        def again(self, context):
                            return self.kind(context)  # error: self.kind(...) constructs Manager

                        def third(self, context):
                            return self.chosen(context)  # error: self.chosen(...) constructs Manager

                    class Open:
                        manager_class = Manager

                        def open(self, context):
                            return self.manager_class(context)

                    class Other(Open):
                        manager_class = dict
                    """,
                "shop/web.py": """
                    from fastapi import Depends

                    from shop.manager import Manager

                    def route(manager: Manager = Depends(Manager)):  # error: Depends(Manager) constructs
                        return manager.send("hello")
                    """,
            },
            CONFIG,
            id="kept-under-other-names",
        ),
        Invalid(
            HOME
            | {
                "shop/kinds.py": """
                    from typing import TypeAlias

                    from shop import manager

                    TextHub = manager.Manager[str]
                    ByteHub: TypeAlias = manager.Manager[bytes]
                    """,
                "shop/chat.py": """
                    from shop.kinds import ByteHub, TextHub as Hub
                    from shop.manager import Manager

                    Own = Manager[int]

                    def talk(context):
                        Hub(context)  # error: Hub(...) constructs Manager;
                        ByteHub()  # error: ByteHub(...) constructs Manager without the context it takes
                        Manager[int](context)  # error: Manager[...](...) constructs Manager;
                        Local = Manager[Own]
                        Local()  # error: Local(...) constructs Manager without
                        return Own()  # error: Own(...) constructs Manager without
                    """,
            },
            CONFIG,
            id="with-types-for-its-parameters",
        ),
        Invalid(
            HOME
            | {
                "shop/kinds.py": "from shop.manager import Manager\n\nHub = Manager\n",
                "shop/loud.py": """
                    from shop.kinds import Hub

                    class Loud(Hub):
                        @classmethod
                        def of(cls, context):
                            return cls(context)  # error: cls(...) constructs Loud;

                        def again(self, context):
                            other = self.__class__(context)  # error: self.__class__(...) constructs Loud
                            return other, type(self)()  # error: type(self)(...) constructs Loud without the context

                    class Plain:
                        @classmethod
                        def of(cls, context):
                            return cls()
                    """,
                "shop/chat.py": """
                    from shop.loud import Loud

                    class Louder(Loud):
                        @classmethod
                        def twice(cls, context):
                            return [cls(context) for _ in range(2)]  # error: cls(...) constructs Louder;

                    def talk(context):
                        return Loud(context), Louder()  # error: Loud(...) constructs  # error: Louder(...) constructs
                    """,
            },
            CONFIG,
            id="heirs-whose-names-say-nothing",
        ),
        Invalid(
            HOME
            | {
                "shop/service.py": """
                    from shop.manager import Manager

                    class Service:
                        kind = Manager
                        other = print

                        def __init__(self, made=None):
                            self.made_by = Manager
                            self.made = made
                    """,
                "shop/desk.py": """
                    from shop.service import Service

                    class Desk:
                        def __init__(self, service: Service):
                            self.service = service

                        def open(self, context):
                            self.service.other(context)
                            return self.service.made_by(context)  # error: self.service.made_by(...) constructs Manager;

                    def talk(service: Service, unknown, context):
                        unknown.kind(context)
                        service.made(context)
                        return service.kind()  # error: service.kind(...) constructs Manager without the context

                    def changed(service: Service):
                        service.kind = dict
                        return service.kind()
                    """,
            },
            CONFIG,
            id="kept-by-another-object",
        ),
    ),
)
