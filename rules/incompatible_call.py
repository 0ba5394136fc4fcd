"""Call a concept's constructor, factory and members as their signatures say.

The usual way to such a call is an alias: `ExecutionEngine` was imported from somewhere else and now means a
class with another constructor. Nothing fails at import. The `TypeError` comes when the line runs, and where it
stands in a `try` with a broad handler it never comes at all: the fallback runs for ever, and nobody knows why.

Every callee is followed through imports, aliases, re-exports and subclasses to the signature that answers.
Constructors come from `__init__`, inherited or not, or from the fields of a dataclass, a `NamedTuple`, a
`namedtuple` or a plain pydantic model. Members count on the class, on `self`, on what a call gives on the spot, on variables and attributes whose class the
source says, and on those of another object (`service.engine.run(text)`); `super()` where the next class with that member is the same for all classes below; names that are bound once to a function or class, or to a
`partial`, whose arguments count. In functions that deal with a concept the other classes of the project that they construct are
judged as well. Where several definitions may be meant (fallback imports), all must reject the call. Left
undecided: calls with `*args` or `**kwargs`, a `__new__`, metaclasses, decorators that may change a signature,
bases that are not known, names that a function binds itself. A call inside `pytest.raises`, or with a handler
for `TypeError`, is fine: there the rejection is expected.

Example:

    from app.engine import UserEngine as Engine  # UserEngine(context, emitter)

    engine = Engine(user_id="system", manager=registry)

Use instead: pass what the signature asks for, or call the factory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.concepts.calls import Callee, Site, is_expected, location
from ssot_lint.concepts.sites import callees, constructed, constructions, judged, undecided
from ssot_lint.concepts.supers import super_calls
from ssot_lint.factories.beyond import members_beyond
from ssot_lint.factories.instances import answered, chained, given_by, members_of_given
from ssot_lint.factories.renamed import renamed
from ssot_lint.factories.unheard import (
    constructions_unheard,
    members_of_classes_unheard,
    members_unheard,
    unheard,
)
from ssot_lint.model import MODULE, Parameter, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.signatures import Passed, refusal
from ssot_lint.rule import Invalid, Rule, Valid

SHOWN = 8
"""So many parameters stand in a message."""


@dataclass(frozen=True)
class Options:
    test_code: bool = True
    """Also look at calls in test code."""
    constructions: bool = True
    """Also judge what the production code that deals with a concept constructs besides, by the project's classes."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    for file, source in enumerate(project.files):
        if source.is_test and not options.test_code:
            continue
        pairs = judged(project, file) + super_calls(project, file)
        told = {(site.line, site.column) for site, found in pairs if found}
        pairs += tuple(
            item for item in members_of_given(project, file) if (item[0].line, item[0].column) not in told
        )
        pairs += tuple((site, (answer,)) for site, answer, _ in chained(project, file))
        pairs += tuple(
            (site, found)
            for site, found in answered(project, file)
            if (site.line, site.column) not in told and all(_is_plain(project, item) for item in found)
        )
        for item in renamed(project, file):
            found = callees(project, item.means)
            why = _rejected(item.site.passed, found, item.is_whole)
            if why and not (item.is_whole and _rejected(item.given, found, False)):
                yield _violation(project, item.site, found, why)
        if options.constructions:
            pairs += tuple([(site, constructed(project, site)) for site in constructions(project, file)])
        for site, found in pairs:
            why = _rejected(site.passed, found)
            if why and not _expected(project, site):
                yield _violation(project, site, found, why)
    members = ((call.site, (call.answer,)) for call in (*members_unheard(project), *members_beyond(project)))
    plain = (
        (call.site, given_by(project, call.site))
        for call in unheard(project)
        if _is_plain(project, call.answer)
    )
    of_classes = (*constructions_unheard(project), *members_of_classes_unheard(project))
    for site, found in (*of_classes, *members, *plain):
        why = _rejected(site.passed, found)
        if why:
            yield _violation(project, site, found, why)


def _is_plain(project: Project, item: Callee) -> bool:
    """Is it a function by itself that gives an instance?"""
    owner = project.definition_at((item.file, item.definition)).parent
    is_method = owner != MODULE and project.definition_at((item.file, owner)).is_class
    return item.what == "function" and not is_method


def _rejected(given: Passed, found: tuple[Callee, ...], is_whole: bool = True) -> str:
    """Why the first candidate rejects a call that all of them reject; "" when one of them may take it."""
    reasons = [
        refusal(given, item.parameters, is_whole) if item.parameters is not None else "" for item in found
    ]
    return reasons[0] if reasons and all(reasons) else ""


def _expected(project: Project, site: Site) -> bool:
    """Does the code around a call wait for the TypeError?"""
    catching = {
        arm.owner
        for arm in project.files[site.file].facts.branches
        if arm.kind.startswith("except") and "TypeError" in arm.test
    }
    return is_expected(project, site.file, site.branch) or any(
        arm.kind == "try" and arm.owner in catching for arm in project.around(site.file, site.branch)
    )


def _violation(project: Project, site: Site, found: tuple[Callee, ...], why: str) -> Violation:
    answer = found[0]
    definition = project.definition_at((answer.file, answer.definition))
    where = project.location(answer.file, answer.definition)
    symbol = project.symbol(answer.file, answer.definition)
    concept = project.config.concept(answer.concept)
    written = site.callee.rpartition(".")[2]
    through = "" if definition.name == written else f", which {written} means here,"
    shown = [_shown(item) for item in answer.parameters or ()]
    takes = ", ".join(shown[:SHOWN] + ([f"and {len(shown) - SHOWN} more"] if len(shown) > SHOWN else []))
    return Violation(
        location(project, site),
        f"{site.callee}(...): {why}; {definition.qualname.rpartition('<locals>.')[2]}{through} takes ({takes})",
        concept=answer.concept or None,
        symbol=symbol,
        canonical=concept.canonical if concept is not None else None,
        reasons=(f"the {answer.what} of {symbol}: {why}",),
        related=(Related(where.path, where.line, "the signature that answers"),),
        severity="warning" if project.files[site.file].is_test else None,
    )


def _shown(parameter: Parameter) -> str:
    star = {"var-positional": "*", "var-keyword": "**"}.get(parameter.kind, "")
    return f"{star}{parameter.name}" + ("=..." if parameter.default is not None else "")


CONFIG = """
[concepts.engine]
canonical = "shop.engine:UserEngine"
names = ["*Engine", "*EngineConfig"]
factory = "shop.factory:create_engine"
"""

HOME = {
    "shop/__init__.py": "",
    "shop/engine.py": """
        from dataclasses import dataclass, field

        class UserEngine:
            def __init__(self, context, emitter=None):
                self.context = context

            async def run(self, text, *, retries=1):
                return text

            @classmethod
            def for_guest(cls, emitter):
                return cls(None, emitter)

            @staticmethod
            def clean(text):
                return text.strip()

        @dataclass
        class EngineConfig:
            limit: int
            names: list = field(default_factory=list)
        """,
    "shop/factory.py": """
        from shop.engine import UserEngine

        def create_engine(context) -> UserEngine:
            return UserEngine(context)
        """,
}

RULE = Rule(
    id="SSOT603",
    name="incompatible-call",
    check=check,
    undecided=undecided,
    options=Options,
    valid=(
        Valid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.engine import EngineConfig, UserEngine as Engine
                    from shop.factory import create_engine

                    class LoudEngine(Engine):
                        def __new__(cls, *args, **kwargs):
                            return super().__new__(cls)

                    class Step:
                        def __new__(cls, *operands, **settings):
                            step = object.__new__(cls)
                            step.operands = operands
                            return step

                    class StepEngine(Step):
                        async def run(self, text, *, retries=1):
                            return text

                    async def chat(context, *parts, **settings):
                        engine = create_engine(context)
                        await engine.run("hello", retries=3)
                        Engine(*parts)
                        Engine(context, **settings)
                        LoudEngine(context=context, emitter=None)
                        Engine.for_guest(None)
                        Engine.clean(" a ")
                        Engine.clean(text="a")
                        EngineConfig(3, names=["a"])
                        StepEngine(context, emitter=None)

                    def own(Engine):
                        return Engine(1, 2, 3)
                    """,
                "shop/either.py": """
                    try:
                        from shop.engine import UserEngine as Engine
                    except ImportError:
                        class Engine:
                            def __init__(self, user_id, manager):
                                self.user_id = user_id

                    def build():
                        return Engine(user_id=1, manager=2)
                    """,
                "tests/test_engine.py": """
                    import pytest
                    from shop.engine import UserEngine

                    def test_needs_a_context():
                        with pytest.raises(TypeError):
                            UserEngine()
                        try:
                            UserEngine()
                        except TypeError:
                            pass
                    """,
            },
            CONFIG,
            id="accepted-or-expected",
        ),
        Valid(
            HOME | {"tests/test_engine.py": "from shop.engine import UserEngine\n\nUserEngine()\n"},
            CONFIG,
            options={"test-code": False},
            id="not-in-tests",
        ),
        Valid(
            HOME
            | {
                "shop/mixed.py": """
                    from functools import partial

                    from shop.engine import UserEngine
                    from shop.factory import create_engine

                    class Logged:
                        def __init__(self, *parts, log=None, **settings):
                            super().__init__(*parts, **settings)

                    class LoggedEngine(Logged, UserEngine):
                        def __init__(self, context):
                            super().__init__(context, None, log=print)

                    class LoudEngine(UserEngine):
                        def __init__(self, context):
                            super().__init__(context, None, volume=3)

                    class Volume(UserEngine):
                        def __init__(self, context, emitter=None, volume=1):
                            super().__init__(context, emitter)

                    class Loudest(LoudEngine, Volume):
                        pass

                    def later(context, quick):
                        make = partial(UserEngine, emitter=None)
                        make(context, emitter=print)
                        other = create_engine
                        if quick:
                            other = partial(UserEngine, context)
                        other(context, None)
                        return partial(UserEngine)
                    """,
            },
            CONFIG,
            id="mixed-in-and-prepared",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from typing import Optional

                    from shop.engine import UserEngine

                    class Given:
                        def __init__(self, engine: UserEngine, text: str):
                            self.engine = engine
                            self.text = text

                        async def run(self):
                            await self.engine.run(self.text, retries=2)
                            await self.engine.run(self.text, 2)  # error: self.engine.run(...): 2 positional arguments for 1

                    class Attached:
                        def __init__(self):
                            self._engine: Optional[UserEngine] = None

                        async def run(self, text):
                            if self._engine:
                                await self._engine.run(text, 2)  # error: self._engine.run(...): 2 positional arguments for 1

                    class Declared:
                        engine: UserEngine

                        async def run(self, text):
                            await self.engine.run(text, 2)  # error: self.engine.run(...): 2 positional arguments for 1
                    """,
                "shop/lease.py": """
                    from shop.engine import UserEngine
                    from shop.factory import create_engine

                    class Clock:
                        def run(self):
                            return 1

                    class TimedEngine(UserEngine):
                        def __enter__(self):
                            return Clock()

                        def __exit__(self, *error):
                            return None

                    class OwnEngine(UserEngine):
                        def __enter__(self):
                            return self

                        def __exit__(self, *error):
                            return None

                    def timed(context):
                        with TimedEngine(context) as clock:
                            return clock.run()

                    def own(context):
                        with OwnEngine(context) as engine:
                            return engine.run()  # error: engine.run(...): text is missing
                    """,
            },
            CONFIG,
            id="given-declared-and-entered",
        ),
        Invalid(
            HOME
            | {
                "shop/wrap.py": """
                    from functools import lru_cache

                    from shop.factory import create_engine

                    def get(context):
                        engine = create_engine(context)
                        return engine

                    @lru_cache
                    def shared(context):
                        return create_engine(context)

                    class Box:
                        def get(self, context):
                            return create_engine(context)
                    """,
                "shop/chat.py": """
                    from shop.wrap import Box, get, shared

                    def chat(context):
                        Box().get(context)
                        shared(context)
                        shared()  # error: shared(...): context is missing
                        get(context, 2)  # error: get(...): 2 positional arguments for 1
                        return get(context)
                    """,
                "shop/other.py": """
                    from shop.factory import create_engine

                    def make(context, size=1):
                        return create_engine(context)

                    def create_engine_twice(context):
                        return make(context, 2, 3), make()  # error: context is missing  # error: 3 positional arguments for 2
                    """,
            },
            CONFIG,
            id="functions-that-hand-on",
        ),
        Invalid(
            HOME
            | {
                "shop/aliases.py": "from shop.engine import UserEngine\n\nEngine = UserEngine\n",
                "shop/chat.py": """
                    from shop.aliases import Engine
                    from shop.engine import EngineConfig
                    from shop.factory import create_engine

                    class QuietEngine(Engine):
                        async def run(self, text, *, retries=1):
                            return ""

                    def build(registry):
                        return Engine(user_id="system", manager=registry)  # error: no parameter user_id; UserEngine, which Engine means here, takes (context, emitter=...)

                    async def chat(context):
                        QuietEngine()  # error: context is missing
                        EngineConfig(names=[])  # error: limit is missing
                        create_engine(context, 2)  # error: 2 positional arguments for 1; create_engine takes (context)
                        engine = create_engine(context)
                        await engine.run("hello", 3)  # error: engine.run(...): 2 positional arguments for 1; UserEngine.run takes (text, retries=...)
                        Engine.for_guest()  # error: emitter is missing
                    """,
                "shop/parts.py": """
                    class Clock:
                        def __init__(self, zone):
                            self.zone = zone
                    """,
                "shop/timed.py": """
                    from shop.engine import UserEngine
                    from shop.parts import Clock

                    def timed(context):
                        clock = Clock()  # error: Clock(...): zone is missing; Clock takes (zone)
                        return UserEngine(context, clock)
                    """,
            },
            CONFIG,
            id="aliases-subclasses-records-members",
        ),
        Invalid(
            HOME
            | {
                "shop/loud.py": """
                    from shop.engine import UserEngine

                    class LoudEngine(UserEngine):
                        def __init__(self, context, volume):
                            super().__init__(context, None, volume)  # error: super().__init__(...): 3 positional arguments for 2; UserEngine.__init__ takes

                        async def run(self, text, *, retries=1):
                            return await super(LoudEngine, self).run(text, retires=2)  # error: super().run(...): no parameter retires

                        @classmethod
                        def for_guest(cls, emitter):
                            return super().for_guest()  # error: super().for_guest(...): emitter is missing
                    """,
                "shop/made.py": """
                    from functools import partial

                    from shop.factory import create_engine

                    make = partial(create_engine)
                    """,
                "shop/chat.py": """
                    import functools

                    from shop import made
                    from shop.engine import UserEngine
                    from shop.factory import create_engine
                    from shop.made import make as build

                    def prepared(context, engine: UserEngine):
                        make = functools.partial(UserEngine, context)
                        make(None)
                        make(None, 2)  # error: make(...): 3 positional arguments for 2; UserEngine, which make means here, takes
                        functools.partial(engine.run, retires=2)  # error: engine.run(...): no parameter retires
                        return functools.partial(UserEngine, context)(emiter=None)  # error: no parameter emiter

                    def renamed(context):
                        other = create_engine
                        return other(context, 3)  # error: other(...): 2 positional arguments for 1; create_engine, which other means here, takes

                    class Chat:
                        def __init__(self, context):
                            self.build = functools.partial(create_engine, context)

                        def open(self):
                            return self.build(1)  # error: self.build(...): 2 positional arguments for 1

                    class Talk:
                        def __init__(self, engine: UserEngine):
                            self.tell = functools.partial(engine.run, retries=2)

                        async def hello(self):
                            await self.tell("hello", retries=3)
                            await self.tell()  # error: self.tell(...): text is missing; UserEngine.run, which tell means here
                    """,
                "shop/heirs.py": """
                    from shop.engine import UserEngine
                    from shop.factory import create_engine

                    class Loud(UserEngine):
                        pass

                    def loud(context):
                        return Loud(context, None, 3)  # error: Loud(...): 3 positional arguments for 2

                    async def at_once(context):
                        await create_engine(context).run("hello")
                        await create_engine(context).run("hello", 3)  # error: create_engine(...).run(...): 2 positional arguments for 1
                        await UserEngine(context).run()  # error: UserEngine(...).run(...): text is missing
                    """,
                "shop/far.py": """
                    from shop import made
                    from shop.made import make as build

                    def far(context):
                        build(context)
                        made.make(context, 3)  # error: made.make(...): 2 positional arguments for 1
                        return build()  # error: build(...): context is missing; create_engine, which build means here, takes (context)
                    """,
            },
            CONFIG,
            id="of-what-stands-above-and-of-partials",
        ),
        Invalid(
            HOME
            | {
                "shop/loud.py": """
                    from shop.engine import UserEngine

                    class Loud(UserEngine):
                        pass

                    Generic = UserEngine[str]
                    """,
                "shop/chat.py": """
                    from shop.loud import Generic, Loud

                    async def talk(loud: Loud, context):
                        await loud.run("hello")
                        await loud.run("hello", 3)  # error: loud.run(...): 2 positional arguments for 1
                        other = Loud(context)
                        await other.run()  # error: other.run(...): text is missing

                    async def typed(engine: Generic):
                        await engine.run("hello")
                        engine = print
                        engine.run()

                    async def both(engine: Generic | None = None):
                        await engine.run()  # error: engine.run(...): text is missing

                    async def again(loud, Loud):
                        loud = Loud(1)
                        loud = Loud(2)
                        await loud.run()
                    """,
            },
            CONFIG,
            id="heirs-and-types-whose-names-say-nothing",
        ),
        Invalid(
            HOME
            | {
                "shop/parts.py": """
                    class Named:
                        def __init__(self, name, *parts):
                            super().__init__(*parts)

                        def title(self):
                            return self.name
                    """,
                "shop/heirs.py": """
                    from elsewhere import Other
                    from shop.engine import UserEngine
                    from shop.parts import Named

                    Base = UserEngine

                    class Loud(Base):
                        def __init__(self):
                            super().__init__()  # error: super().__init__(...): context is missing; UserEngine.__init__ takes

                        async def run(self, text):
                            return await super().run(text, 3)  # error: super().run(...): 2 positional arguments for 1

                        async def twice(self):
                            await super(UserEngine, self).run()
                            return [await super(Loud, self).run() for _ in "ab"]  # error: super().run(...): text is missing

                    class Louder(Loud):
                        async def run(self):
                            return await super().run()  # error: super().run(...): text is missing; Loud.run takes (text)

                    class Last(UserEngine, Named):
                        async def run(self):
                            return await super().run()  # error: super().run(...): text is missing; UserEngine.run takes

                        def title(self):
                            return super().title(1)

                    class First(Named, UserEngine):
                        def __init__(self):
                            super().__init__("ann", "ben", "cid", "dan")

                        async def run(self):
                            return await super().run()  # error: super().run(...): text is missing; UserEngine.run takes

                    class Unknown(Other, UserEngine):
                        async def run(self):
                            return await super().run()

                    class Between(UserEngine):
                        async def run(self):
                            return await super().run()

                    class Quiet(UserEngine):
                        async def run(self, text=None):
                            return text

                    class Both(Between, Quiet):
                        pass
                    """,
            },
            CONFIG,
            id="what-stands-above-heirs",
        ),
        Invalid(
            HOME
            | {
                "shop/service.py": """
                    from shop.engine import UserEngine

                    class Service:
                        shared: UserEngine

                        def __init__(self, context, given: UserEngine, other=None):
                            self.engine = UserEngine(context)
                            self.given = given
                            self.other = other
                            self.late: UserEngine | None = None
                    """,
                "shop/desk.py": """
                    from shop.service import Service

                    class Desk:
                        def __init__(self, service: Service):
                            self.service = service
                            self.own = Service(1, None)

                        async def open(self):
                            await self.service.engine.run("hello")
                            await self.service.engine.run()  # error: self.service.engine.run(...): text is missing
                            await self.own.given.run("hello", 3)  # error: self.own.given.run(...): 2 positional arguments for 1
                            await self.service.other.run()
                    """,
                "shop/use.py": """
                    from shop.desk import Desk
                    from shop.service import Service

                    async def use(service: Service, desk: Desk, unknown):
                        await service.shared.run()  # error: service.shared.run(...): text is missing
                        await service.late.run(retries=3)  # error: service.late.run(...): text is missing
                        await desk.service.given.run()  # error: desk.service.given.run(...): text is missing
                        made = Service(1, None)
                        kept = made.engine
                        await kept.run()  # error: kept.run(...): text is missing
                        await unknown.engine.run()

                    async def changed(service: Service, other: Service):
                        service.engine = print
                        await service.engine.run()
                        other = unknown()
                        await other.engine.run()
                    """,
            },
            CONFIG,
            id="attributes-of-other-objects",
        ),
    ),
)
