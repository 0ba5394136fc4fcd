"""Let what a factory returns depend on the context that it takes.

A factory that asks for the user's context promises an instance of that user. One that only logs the context,
only checks that it is there, or uses it as the key of a table whose values are all the same, returns an instance
of nobody, or the one that everybody gets; and each caller believes to be safe.

Looked at are the configured factory, or what makes and gives (`create`, `get_manager`) where it is a class, and every function outside the tests that gives an instance of a concept and
takes its context: by the parameter's annotation, else by its name. It gives one by its own annotation, or by all that
it returns. Functions whose name says that they create
something, and whose annotation says that they take the context, count too where the context is itself a concept. The context is followed through
assignments, calls, objects that it is given to and branches that depend on it, into first-party functions. Bodies
with nested functions that may carry it on are left undecided. A context that only selects what is returned
(`if context.channel == "partner"`) is used: that is fine.

Example:

    def create_manager(context):
        log.info("manager for %s", context.user_id)
        return WebSocketManager()

Use instead:

        return WebSocketManager(context)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ssot_lint.config import Concept
from ssot_lint.factories.context_flow import flows_into_result
from ssot_lint.factories.context_uses import used_for
from ssot_lint.factories.contexts import context_of, context_parameter
from ssot_lint.factories.giving import methods_of_factory
from ssot_lint.factories.instances import givers, instances
from ssot_lint.model import Parameter, Place, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.again import flow_of
from ssot_lint.queries.receivers import definition_of
from ssot_lint.queries.walks import callee, walk
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

_MAKERS = ("create", "make", "build", "new")


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    for place, (concept, parameter) in sorted(_factories(project).items()):
        if flows_into_result(project, place, parameter.name) is False:
            yield _violation(project, place, concept, parameter)


def undecided(project: Project) -> int:
    """How many factories take a context of which nobody can tell whether it reaches what they return."""
    return sum(
        flows_into_result(project, place, parameter.name) is None
        for place, (_, parameter) in _factories(project).items()
    )


def _factories(project: Project) -> Mapping[Place, tuple[Concept, Parameter]]:
    """Functions that make something for a context -> the concept, and the parameter that takes it."""
    found: dict[Place, tuple[Concept, Parameter]] = {}
    given = givers(project)
    by_name = {concept.name: concept for concept in project.config.concepts}
    for place, made in given.items():
        concept = by_name[instances(project)[made]]
        parameter = context_parameter(project, concept, place)
        if parameter is not None and not _is_trivial(project, place):
            found[place] = concept, parameter
    for concept in project.config.concepts:
        target = project.resolve_symbol(concept.factory or "").target if concept.factory else None
        if target is None or target.kind != "definition":
            continue
        itself = (target.file, target.index)
        is_class = project.definition(target).is_class
        for place in methods_of_factory(project, concept) if is_class else (itself,):
            parameter = context_parameter(project, concept, place)
            if parameter is not None and not _is_trivial(project, place):
                found[place] = concept, parameter
    contexts = {concept.context: concept for concept in reversed(project.config.concepts) if concept.context}
    for concept in contexts.values():
        for place in _creators(project):
            parameter = context_parameter(project, concept, place)
            named = parameter is not None and context_of(concept) in parameter.annotation
            if place not in found and parameter is not None and named:
                found[place] = concept, parameter
    return found


def _creators(project: Project) -> Iterator[Place]:
    """Functions outside the tests whose name says that they create, and that return what a class constructs."""
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for flow in source.facts.flows:
            definition = source.facts.definitions[flow.definition] if flow.definition >= 0 else None
            if (
                definition is None
                or not definition.parameters
                or _is_trivial(project, (file, flow.definition))
            ):
                continue
            if definition.name.partition("_")[0] not in _MAKERS:
                continue
            for node in walk(flow.body):
                if node.kind == "return" and node.children and node.children[0].kind == "call":
                    name = callee(node.children[0])
                    made = definition_of(project, file, flow.definition, name) if name != "cls" else None
                    if name == "cls" or (made is not None and project.definition_at(made).is_class):
                        yield file, flow.definition
                        break


def _is_trivial(project: Project, place: Place) -> bool:
    return project.definition_at(place).is_trivial


def _violation(project: Project, place: Place, concept: Concept, parameter: Parameter) -> Violation:
    definition = project.definition_at(place)
    source = project.files[place[0]]
    made = givers(project).get(place)
    what = "what it returns"
    if made is not None:
        name = project.definition_at(made).name
        what = f"the {name} that it returns"
    flow = flow_of(project, place)
    returns = tuple(
        Related(source.path, node.line, "returned without it")
        for node in (walk(flow.body) if flow is not None else ())
        if node.kind == "return" and node.children
    )
    return Violation(
        project.location(*place),
        f"{definition.qualname}: {parameter.name} {used_for(project, place, parameter.name)}, so {what} does not"
        " depend on whose it is",
        concept=concept.name if made is not None else None,
        symbol=project.symbol(*place),
        canonical=concept.canonical if made is not None else None,
        related=returns[:3],
        severity=None if made is not None else "warning",
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
        class Context:
            def __init__(self, user_id, channel):
                self.user_id = user_id
                self.channel = channel
        """,
    "shop/manager.py": """
        class Manager:
            def __init__(self, context=None, limit=1):
                self.context = context
                self.limit = limit

            def send(self, text):
                return self.context, text
        """,
}

RULE = Rule(
    id="SSOT304",
    name="ignored-context",
    check=check,
    undecided=undecided,
    valid=(
        Valid(
            HOME
            | {
                "shop/factory.py": """
                    from shop.context import Context
                    from shop.manager import Manager

                    _managers: dict[str, Manager] = {}

                    def create_manager(context: Context) -> Manager:
                        if context is None:
                            raise ValueError("no context")
                        owner = context
                        return Manager(owner)

                    def handed_on(context: Context) -> Manager:
                        return create_manager(context)

                    def given_later(context: Context) -> Manager:
                        manager = Manager()
                        manager.attach(context)
                        return manager

                    def by_channel(context: Context) -> Manager:
                        limit = 2 if context.channel == "partner" else 8
                        return Manager(limit=limit)

                    def one_each(context: Context) -> Manager:
                        if context.user_id not in _managers:
                            _managers[context.user_id] = Manager()
                        return _managers[context.user_id]
                    """,
            },
            CONFIG,
            id="flows-into-the-instance",
        ),
        Valid(
            HOME
            | {
                "shop/factory.py": """
                    from shop.context import Context
                    from shop.manager import Manager

                    class Builder:
                        def build(self) -> Manager:
                            return Manager(self.context)

                    def built(context: Context) -> Manager:
                        builder = Builder()
                        builder.context = context
                        return builder.build()

                    class Factory:
                        def create(self, context: Context) -> Manager:
                            self.context = context
                            return self._make()

                        def _make(self) -> Manager:
                            return Manager(self.context)
                    """,
            },
            CONFIG,
            id="put-on-what-builds-it",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/factory.py": """
                    class ManagerFactory:
                        def __init__(self, pool):
                            self.pool = pool

                        def create(self, context):  # error: ManagerFactory.create: context is only logged
                            print(context)
                            return self.pool.take()

                        def get_manager(self, context):
                            return self.pool.take(context)

                        def __call__(self, context):  # error: ManagerFactory.__call__: context is not used
                            return self.pool.take()

                        def get_title(self, context):
                            return "managers"

                        def check(self, context):
                            return True
                    """,
            },
            CONFIG.replace("create_manager", "ManagerFactory"),
            id="a-class-as-the-factory",
        ),
        Invalid(
            HOME
            | {
                "shop/factory.py": """
                    from shop.manager import Manager

                    class Provider:
                        def __init__(self, context):
                            self.kept = Manager(context)
                            self.context = context

                        def get(self, context):  # error: Provider.get: context is not used
                            return self.kept

                        def get_own(self, context):
                            return self.kept if context.user_id == self.context.user_id else Manager(context)

                        def other(self, context):  # error: Provider.other: context is only checked
                            if context is None:
                                raise ValueError("no context")
                            return self.kept or Manager()

                        @classmethod
                        def fresh(cls, context):  # error: Provider.fresh: context is not used
                            return cls._made()

                        @classmethod
                        def _made(cls):
                            return Manager()

                        def title(self, context):
                            return "a provider"

                    async def started(context):  # error: started: context is not used
                        manager = Manager() if Provider else Manager(limit=2)
                        await manager.start()
                        return manager
                    """,
            },
            CONFIG,
            id="without-annotations",
        ),
        Invalid(
            HOME
            | {
                "shop/factory.py": """
                    import logging

                    from shop.context import Context
                    from shop.manager import Manager

                    log = logging.getLogger(__name__)
                    _managers: dict[str, Manager] = {}
                    _shared = Manager()

                    def create_manager(context: Context) -> Manager:  # error: create_manager: context is only logged, so the Manager that it returns does not depend
                        log.info("manager for %s", context.user_id)
                        return Manager()

                    def unused(context: Context) -> Manager:  # error: unused: context is not used
                        return Manager()

                    def checked(context: Context) -> Manager:  # error: checked: context is only checked
                        if not isinstance(context, Context):
                            raise TypeError("no context")
                        return Manager()

                    def key_only(context: Context) -> Manager:  # error: key_only: context is only the key of a table whose values do not depend on it
                        _managers[context.user_id] = _shared
                        return _managers[context.user_id]

                    def through(context: Context) -> Manager:  # error: through: context does not reach what is returned
                        return unused(context)
                    """,
            },
            CONFIG,
            id="ignored",
        ),
        Invalid(
            HOME
            | {
                "shop/reports.py": """
                    from shop.context import Context

                    class Report:
                        def rows(self):
                            return [self]

                    def create_report(context: Context):  # error: create_report: context is not used, so what it returns
                        return Report()
                    """,
            },
            CONFIG + '[concepts.context]\ncanonical = "shop.context:Context"\nnames = ["Context"]\n',
            id="creators-of-other-things",
        ),
        Invalid(
            HOME
            | {
                "shop/factory.py": """
                    from shop.context import Context
                    from shop.manager import Manager

                    _shared = Manager()
                    _managers: dict[str, Manager] = {}

                    def asked(context: Context) -> Manager:  # error: asked: context
                        if context.user_id not in _managers:
                            _managers[context.user_id] = _shared
                        return _managers[context.user_id]

                    class Factory:
                        def create(self, context: Context) -> Manager:  # error: create: context
                            self.context = context
                            return self._make()

                        def _make(self) -> Manager:
                            return Manager()
                    """,
            },
            CONFIG,
            id="asked-for-or-put-aside",
        ),
        Invalid(
            HOME
            | {
                "shop/factory.py": """
                    from shop.manager import Manager

                    def create_manager(context):
                        return Manager(context)
                    """,
                "shop/hub.py": """
                    from shop.factory import create_manager

                    def first(context):
                        return create_manager(context)
                    """,
                "shop/more.py": """
                    from shop.hub import first

                    def second(context):
                        made = first(context)
                        return made

                    def nobodys(context):  # error: nobodys: context is not used, so the Manager that it returns does not depend on whose it is
                        return second(None)
                    """,
            },
            CONFIG,
            id="handed-on-without-a-word",
        ),
    ),
)
