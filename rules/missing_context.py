"""Give a factory the context of the user it works for.

A factory that takes the user's context and does not get it has three ways out: it fails at run time, it builds
an instance that belongs to nobody, or it makes a context up. Events sent through such an instance reach nobody, or
are addressed to "system".

Reported are calls outside the tests, of the configured factory and of other functions that give an instance of the
concept and take its context, in which the context is left out, is `None`, or is made up on the spot: a context
whose user is a constant, a constant context made at import, an anonymous `type(...)()`, a namespace, a mock. And
factories that replace a missing context by such a one. A call that names the user in another argument (`user_id=`)
is fine, so is a context built from a request's data. Calls of a
`partial` and under another name count too, and so do methods of a factory that is a class. Left undecided: calls with `*args` or `**kwargs`.

Example:

    manager = create_websocket_manager()
    engine = create_engine(UserContext("system", "thread", "run"), manager)

Use instead: pass on the context that the caller was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ssot_lint.concepts.calls import Callee, Site, location
from ssot_lint.concepts.sites import callees
from ssot_lint.config import Concept
from ssot_lint.factories.contexts import context_parameter
from ssot_lint.factories.instances import answered, given_by, givers
from ssot_lint.factories.made_up import constructed, made_up_of, names_a_user, stand_ins
from ssot_lint.factories.renamed import Renamed, renamed
from ssot_lint.factories.unheard import unheard
from ssot_lint.model import MODULE, Definition, Location, Node, Parameter, Place, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.again import module_flow
from ssot_lint.queries.digests import Digest, calls_of, digest_of, digests
from ssot_lint.queries.walks import argument, callee, walk
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

from ._fixes import use_factory


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    concepts = {item.name: item for item in project.config.concepts if item.context}
    for file, source in enumerate(project.files):
        if source.facts.deep is None or source.is_test or not concepts:
            continue
        nodes = {
            (node.line, node.column, callee(node)): (scope, node)
            for calls in calls_of(project, file).values()
            for scope, node in calls
        }
        for site, found in answered(project, file):
            answer = found[0]
            concept = concepts.get(answer.concept)
            if concept is not None and len(found) == 1 and answer.what != "constructor":
                node = nodes.get((site.line, site.column, site.callee)) or _in_class(project, site)
                body = digests(project, file).get(node[0]) if node is not None else None
                why = _lacks(project, concept, site, answer, node, body)
                if why:
                    yield _violation(project, concept, site, answer, why)
        yield from _replaced(project, concepts, file)
    for file in range(len(project.files)) if concepts else ():
        for item in renamed(project, file):
            yield from _under_another_name(project, concepts, item)
    for call in unheard(project) if concepts else ():
        concept = concepts.get(call.answer.concept)
        if concept is not None:
            at = (call.site.scope, call.node)
            why = _lacks(project, concept, call.site, call.answer, at, digest_of(call.flow.body))
            if why:
                yield _violation(project, concept, call.site, call.answer, why)


def _under_another_name(
    project: Project, concepts: Mapping[str, Concept], item: Renamed
) -> Iterator[Violation]:
    """What a call of a `partial`, or of another name, gives; what `partial` was given is judged where it stands."""
    found = callees(project, item.means) or given_by(project, item.means)
    concept = concepts.get(found[0].concept) if len(found) == 1 and found[0].what != "constructor" else None
    if concept is None:
        return
    place = (found[0].file, found[0].definition)
    wanted = context_parameter(project, concept, place)
    if wanted is None:
        return
    names = [parameter.name for parameter in _taken(project, place, project.definition_at(place))]
    prepared = wanted.name in item.given.keywords or names.index(wanted.name) < item.given.arguments
    if prepared == item.is_whole:
        return
    site = item.site
    body = digests(project, site.file).get(site.scope)
    why = _lacks(project, concept, site, found[0], (site.scope, item.call), body)
    if why:
        yield _violation(project, concept, site, found[0], why)


def _in_class(project: Project, site: Site) -> tuple[int, Node] | None:
    """A call in the statements of a class, of which no flow is kept."""
    if site.scope == MODULE or not project.definition_at((site.file, site.scope)).is_class:
        return None
    flow = module_flow(project, site.file)
    for node in walk(flow.body) if flow is not None else ():
        here = (node.line, node.column) == (site.line, site.column)
        if here and node.kind == "call" and callee(node) == site.callee:
            return site.scope, node
    return None


# --- what a call gives ---------------------------------------------------------------------------------------


def _lacks(
    project: Project,
    concept: Concept,
    site: Site,
    answer: Callee,
    found: tuple[int, Node] | None,
    body: Digest | None,
) -> tuple[str, tuple[Related, ...]] | None:
    """What is wrong with the context that a call of a factory gives: (text, places)."""
    place = (answer.file, answer.definition)
    wanted = context_parameter(project, concept, place) if _makes(project, concept, place) else None
    if wanted is None or site.passed.starred or "**" in site.passed.keywords:
        return None
    definition = project.definition_at(place)
    names = [item.name for item in _taken(project, place, definition)]
    at = names.index(wanted.name)
    given = argument(found[1], wanted.name, at) if found is not None else None
    if given is None:
        if wanted.name in site.passed.keywords or at < site.passed.arguments:
            return None  # given, and not to be seen here
        others = [*names[: site.passed.arguments], *site.passed.keywords]
        if any(names_a_user(name) for name in others):
            return None
        return f"without {wanted.name}", ()
    if found is None:
        return None
    made_up = made_up_of(project, concept, site.file, found[0], body, given)
    if not made_up:
        return None
    text = f"with {wanted.name}=None" if made_up == "None" else f"with {made_up}"
    related: tuple[Related, ...] = ()
    if given.kind == "name" and body is not None:
        related = tuple(
            Related(project.files[site.file].path, value.line, "made up here")
            for name, value in body.bound
            if name == given.text and made_up != "None"
        )
    return text, related


def _makes(project: Project, concept: Concept, place: Place) -> bool:
    target = project.resolve_symbol(concept.factory or "").target if concept.factory else None
    return place in givers(project) or (target is not None and (target.file, target.index) == place)


def _taken(project: Project, place: Place, definition: Definition) -> tuple[Parameter, ...]:
    owner = definition.parent
    method = owner != MODULE and project.definition_at((place[0], owner)).is_class
    return (
        definition.parameters[1:]
        if method and "staticmethod" not in definition.decorators
        else definition.parameters
    )


# --- factories that make one up -----------------------------------------------------------------------------------


def _replaced(project: Project, concepts: dict[str, Concept], file: int) -> Iterator[Violation]:
    """`context = Context("system")` in a factory whose parameter `context` was not given."""
    for place in sorted(givers(project)):
        if place[0] != file:
            continue
        body = digests(project, file).get(place[1])
        for concept in concepts.values() if body is not None else ():
            parameter = context_parameter(project, concept, place)
            if parameter is None or body is None:
                continue
            for value in stand_ins(project, place, body, parameter):
                made_up = constructed(project, concept, file, place[1], value)
                if made_up:
                    yield _replacement(project, concept, place, parameter, value, made_up)
            break


def _replacement(
    project: Project, concept: Concept, place: Place, parameter: Parameter, value: Node, made_up: str
) -> Violation:
    definition = project.definition_at(place)
    return Violation(
        Location(project.files[place[0]].path, value.line, value.column),
        f"{definition.qualname} replaces a missing {parameter.name} by {made_up}",
        concept=concept.name,
        symbol=project.symbol(*place),
        canonical=concept.canonical,
    )


# --- what is said -------------------------------------------------------------------------------------------------


def _violation(
    project: Project, concept: Concept, site: Site, answer: Callee, why: tuple[str, tuple[Related, ...]]
) -> Violation:
    where = project.location(answer.file, answer.definition)
    return Violation(
        location(project, site),
        f"{site.callee}(...) is called {why[0]}: what it gives belongs to no user",
        concept=concept.name,
        symbol=project.symbol(answer.file, answer.definition),
        canonical=concept.canonical,
        related=(*why[1], Related(where.path, where.line, "the factory")),
        fix=use_factory(concept, location(project, site).path),
    )


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
factory = "shop.factory:create_manager"
lifetime = "per-user"
context = "shop.context:Context"
"""

HOME = {
    "shop/__init__.py": "",
    "shop/context.py": """
        from uuid import uuid4

        class Context:
            def __init__(self, user_id, run_id):
                self.user_id = user_id
                self.run_id = run_id

            @classmethod
            def for_user(cls, user_id):
                return cls(user_id, str(uuid4()))

        SYSTEM = Context("system", "run-0")
        """,
    "shop/manager.py": """
        class Manager:
            def __init__(self, context):
                self.context = context

            def send(self, text):
                return self.context.user_id, text
        """,
    "shop/factory.py": """
        from shop.context import Context
        from shop.manager import Manager

        def create_manager(context: Context | None = None, user_id=None, size=8) -> Manager:
            return Manager(context or Context.for_user(user_id))
        """,
}

RULE = Rule(
    id="SSOT305",
    name="missing-context",
    check=check,
    codemods=("use-factory",),
    valid=(
        Valid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.context import Context
                    from shop.factory import create_manager

                    def talk(context: Context, options):
                        create_manager(**options)
                        create_manager(context).send("hello").find(None)
                        return create_manager(context, size=2), create_manager(context=context)

                    def connect(request):
                        context = Context.for_user(request.user)
                        return create_manager(context), create_manager(Context(request.user, "run"))

                    def by_name(user_id):
                        return create_manager(user_id=user_id)
                    """,
                "tests/test_chat.py": "from shop.factory import create_manager\n\nmanager = create_manager()\n",
            },
            CONFIG,
            id="somebodys-context",
        ),
        Valid(
            HOME
            | {
                "shop/table.py": """
                    from shop.context import Context
                    from shop.factory import create_manager

                    MAKERS = {"plain": create_manager, "other": None}
                    CHANGED = {"plain": create_manager}
                    CHANGED["plain"] = print

                    def talk(context: Context, kind):
                        MAKERS["plain"](context)
                        MAKERS[kind](None)
                        MAKERS["other"](None)
                        return CHANGED["plain"](None)

                    def named(request):
                        return create_manager(Context(run_id="r", user_id=request.user))
                    """,
            },
            CONFIG,
            id="tables-that-may-hold-something-else",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/nobody.py": """
                    from shop.context import Context

                    class Tenant(Context):
                        @classmethod
                        def default(cls):
                            return cls("nobody", "run-0")

                    DEFAULT = Tenant.default()
                    """,
                "shop/table.py": """
                    from shop.factory import create_manager

                    MAKERS = {"plain": create_manager, "quick": lambda context: create_manager(context, size=1)}
                    """,
                "shop/chat.py": """
                    from shop.context import Context
                    from shop.factory import create_manager
                    from shop.nobody import DEFAULT
                    from shop.table import MAKERS

                    def nobody():
                        return MAKERS["plain"](None)  # error: is called with context=None

                    def default():
                        return create_manager(DEFAULT)  # error: with DEFAULT, a constant made at import

                    def constants():
                        return create_manager(Context(run_id="r", who="x"))  # error: with a made-up Context
                    """,
            },
            CONFIG,
            id="out-of-a-table-and-made-by-the-class",
        ),
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from types import SimpleNamespace

                    from shop.context import SYSTEM, Context
                    from shop.factory import create_manager as make

                    manager = make(size=2)  # error: make(...) is called without context: what it gives belongs to no user

                    def nobody():
                        return make(None)  # error: make(...) is called with context=None

                    def made_up():
                        context = Context.for_user("preview")
                        return make(context)  # error: make(...) is called with a made-up Context

                    def on_the_spot():
                        return make(context=Context("system", "run"))  # error: is called with a made-up Context

                    def anonymous():
                        return make(type("Context", (), {"user_id": "x"})())  # error: with an anonymous object in place of the context

                    def namespace():
                        return make(SimpleNamespace(user_id="x"))  # error: with a SimpleNamespace in place of the context

                    def system():
                        return make(SYSTEM)  # error: with SYSTEM, a constant made at import
                    """,
                "shop/quick.py": """
                    from shop.context import Context
                    from shop.manager import Manager

                    def quick_manager(context: Context = None) -> Manager:
                        if context is None:
                            context = Context("guest", "run")  # error: quick_manager replaces a missing context by a made-up Context
                        return Manager(context)
                    """,
            },
            CONFIG,
            id="nobodys-context",
        ),
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.context import Context
                    from shop.factory import create_manager

                    def greet(context: Context):
                        create_manager().send("hello")  # error: create_manager(...) is called without context
                        create_manager(None, size=2).send("hello")  # error: create_manager(...) is called with context=None
                    """
            },
            CONFIG,
            fixed=HOME
            | {
                "shop/chat.py": """
                    from shop.context import Context
                    from shop.factory import create_manager

                    def greet(context: Context):
                        create_manager(context).send("hello")
                        create_manager(context, size=2).send("hello")
                    """
            },
            id="in-scope",
        ),
        Invalid(
            HOME
            | {
                "shop/quick.py": """
                    from shop.context import Context
                    from shop.manager import Manager

                    def defaulted(context: Context = Context("guest", "run")) -> Manager:  # error: defaulted replaces a missing context by a made-up Context
                        return Manager(context)

                    def either(context: Context | None = None) -> Manager:
                        context = context or Context("guest", "run")  # error: either replaces a missing context by a made-up Context
                        return Manager(context)

                    def chosen(context: Context | None = None) -> Manager:
                        return Manager(context if context else Context("guest", "run"))  # error: chosen replaces a missing context by a made-up Context

                    def somebodys(user_id, context: Context | None = None) -> Manager:
                        context = context or Context(user_id, "run")
                        return Manager(context)
                    """,
            },
            CONFIG,
            id="made-up-by-the-factory",
        ),
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.context import Context
                    from shop.factory import create_manager

                    def nobody():
                        return Context("system", "run")

                    def somebody(request):
                        return Context(request.user_id, "run")

                    def talk(request):
                        create_manager(somebody(request))
                        return create_manager(nobody())  # error: is called with a made-up Context
                    """,
            },
            CONFIG,
            id="made-up-by-a-function",
        ),
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from functools import partial

                    from shop.context import Context
                    from shop.factory import create_manager

                    build = partial(create_manager, Context("system", "run"))  # error: create_manager(...) is called with a made-up Context
                    prepare = partial(create_manager, size=2)

                    def talk(context: Context):
                        prepare(context)
                        prepare(user_id="ann")
                        make = partial(create_manager, context)
                        return make(), make(size=3), build(), prepare()  # error: prepare(...) is called without context

                    def other():
                        make = create_manager
                        return make(None)  # error: make(...) is called with context=None
                    """,
                "shop/hub.py": "from shop.factory import create_manager\n\ndef first(context, size=2):\n    return create_manager(context, size=size)\n",
                "shop/more.py": "from shop.hub import first\n\ndef second(context):\n    made = first(context)\n    return made\n",
                "shop/state.py": """
                    from dataclasses import dataclass, field

                    from shop.factory import create_manager

                    @dataclass
                    class State:
                        manager: object = field(default_factory=lambda: create_manager(None))  # error: create_manager(...) is called with context=None
                    """,
                "shop/far.py": """
                    from shop.chat import prepare
                    from shop.more import second

                    def far(context):
                        nobody = None
                        second(context)
                        second(nobody)  # error: second(...) is called with context=None
                        return prepare(None)  # error: prepare(...) is called with context=None
                    """,
            },
            CONFIG,
            id="prepared-renamed-and-handed-on",
        ),
        Invalid(
            HOME
            | {
                "shop/factory.py": """
                    class ManagerFactory:
                        def __init__(self, pool):
                            self.pool = pool

                        def create(self, context):
                            return self.pool.take(context)

                        def get_title(self, context):
                            return "managers"
                    """,
                "shop/chat.py": """
                    from shop.factory import ManagerFactory

                    def talk(context, factory: ManagerFactory):
                        factory.get_title(None)
                        factory.create(context)
                        return factory.create(None)  # error: factory.create(...) is called with context=None
                    """,
            },
            CONFIG.replace("create_manager", "ManagerFactory"),
            id="a-class-as-the-factory",
        ),
    ),
)
