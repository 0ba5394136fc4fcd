"""Ask the factory for a concept rather than construct it.

The factory decides whose context an instance gets, how it is configured and how long it lives. A constructor
call past it decides all that again, and often forgets the context: then the instance belongs to nobody, and
what is sent through it reaches nobody, or everybody.

Reported is every construction of the canonical class, of a subclass or of a duplicate of it, through whatever
alias: by name, as `cls(...)`, `type(x)(...)` or `x.__class__(...)`, through `functools.partial`, or by passing the
class to something that calls it. A construction that gives no context where the constructor takes one is an error;
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

from ssot_lint.config import Concept
from ssot_lint.contexts import context_parameter
from ssot_lint.digests import calls_of, digests, flow_of
from ssot_lint.instances import Place, answered, built, constructed, held_by, inside, makers
from ssot_lint.members import all_members
from ssot_lint.model import MODULE, Location, Node, Related, Violation
from ssot_lint.project import Project
from ssot_lint.receivers import called, definition_of, enclosing_class
from ssot_lint.rule import Invalid, Rule, Valid
from ssot_lint.signatures import Passed, passed
from ssot_lint.sites import site_of
from ssot_lint.walks import argument, callee, keywords, positional, walk

from ._fixes import use_factory


@dataclass(frozen=True)
class Options:
    test_code: bool = False
    """Also look at constructions in test code."""


@dataclass(frozen=True)
class _Construction:
    """A place where a class of a concept is, or will be, called."""

    line: int
    column: int
    scope: int
    made: Place
    how: str  # as written, for the message
    passed: Passed | None  # None where somebody else passes the arguments


def check(project: Project, options: Options) -> Iterator[Violation]:
    concepts = {concept.name: concept for concept in project.config.concepts if concept.factory}
    if not concepts:
        return
    homes = {name: makers(project, concept) for name, concept in concepts.items()}
    for file, source in enumerate(project.files):
        if source.facts.deep is None or (source.is_test and not options.test_code):
            continue
        found = {(item.line, item.column): item for item in _constructions(project, file)}
        for key in sorted(found):
            item = found[key]
            concept = concepts.get(built(project)[item.made])
            if concept is None or source.module == concept.canonical_module:
                continue
            if not inside(project, file, item.scope, homes[concept.name]):
                yield _violation(project, concept, file, item)


# --- the forms of a construction -------------------------------------------------------------------------


def _constructions(project: Project, file: int) -> Iterator[_Construction]:
    facts = project.files[file].facts
    for site, found in answered(project, file):
        made = constructed(project, found)
        if made is not None:
            yield _Construction(site.line, site.column, site.scope, made, f"{site.callee}(...)", site.passed)
    for call in facts.deep.calls if facts.deep is not None else ():
        if call.callee == "cls":
            given = site_of(file, call).passed
            owner = enclosing_class(project, file, call.scope)
            if owner is not None and (file, owner) in built(project):
                yield _Construction(call.line, call.column, call.scope, (file, owner), "cls(...)", given)
    yield from _hidden(project, file, _names(project, file))


def _hidden(project: Project, file: int, names: frozenset[str]) -> Iterator[_Construction]:
    """Through a local alias, `type(x)(...)` and its like, `partial`, or by a callee that calls what it is given."""
    aliases: dict[int, dict[str, Place]] = {}
    for last, calls in calls_of(project, file).items():
        for scope, node in calls:
            if scope not in aliases:
                aliases[scope] = _aliases(project, file, scope, names)
            local, name = aliases[scope], callee(node)
            if name in local:
                yield _Construction(node.line, node.column, scope, local[name], f"{name}(...)", passed(node))
            elif last in ("", "__class__"):
                asked = _asked_for(project, file, scope, node.children[0])
                if asked is not None:
                    yield _Construction(
                        node.line, node.column, scope, asked[0], f"{asked[1]}(...)", passed(node)
                    )
            for item in node.children[1:]:
                given = item.children[0] if item.kind == "keyword" else item
                if given.kind != "name" or not (
                    given.text in local or given.text.rpartition(".")[2] in names
                ):
                    continue
                made = local.get(given.text) or _class(project, file, scope, given.text)
                if made is not None and _calls(project, file, scope, node, given):
                    how = f"{name}({given.text}, ...)"
                    yield _Construction(node.line, node.column, scope, made, how, None)


def _asked_for(project: Project, file: int, scope: int, function: Node) -> tuple[Place, str] | None:
    """The class that `type(x)`, `x.__class__` or `getattr(module, "Name")` is, and what that is called."""
    match callee(function) if function.kind == "call" else "", function.children:
        case "type", [_, Node(kind="name", text=subject)]:
            made, how = held_by(project, file, scope, subject), f"type({subject})"
        case "getattr", [_, Node(kind="name", text=owner), Node(kind="constant", text=name)]:
            made, how = _class(project, file, scope, f"{owner}.{name[1:-1]}"), f"getattr({owner}, {name})"
        case _ if function.kind == "name" and function.text.endswith(".__class__"):
            made, how = held_by(project, file, scope, function.text.removesuffix(".__class__")), function.text
        case _:
            return None
    return (made, how) if made is not None and made in built(project) else None


def _names(project: Project, file: int) -> frozenset[str]:
    """The names under which a file may know a class of a concept."""
    renamed = frozenset(item.asname for item in project.files[file].facts.imports if item.asname)
    return project.once(_names_of_classes) | renamed


def _names_of_classes(project: Project) -> frozenset[str]:
    """The names of the concepts' classes where they are defined, and the aliases of the concepts."""
    known = {project.definition_at(place).name for place in built(project)}
    return frozenset(known | {name for concept in project.config.concepts for name in concept.aliases})


def _aliases(project: Project, file: int, scope: int, names: frozenset[str]) -> dict[str, Place]:
    """Local names that are assigned a class of a concept, and nothing else; parameters that default to one."""
    if scope == MODULE:
        return {}
    values: dict[str, set[Place | None]] = {}
    for parameter in project.definition_at((file, scope)).parameters:
        default = parameter.default or ""
        known = default.rpartition(".")[2] in names
        values[parameter.name] = {_class(project, file, scope, default) if known else None}
    for name, value in digests(project, file)[scope].bound:
        if "." not in name:
            known = value.kind == "name" and value.text.rpartition(".")[2] in names
            values.setdefault(name, set()).add(_class(project, file, scope, value.text) if known else None)
    return {
        name: place
        for name, places in values.items()
        if len(places) == 1 and (place := next(iter(places))) is not None
    }


def _class(project: Project, file: int, scope: int, name: str) -> Place | None:
    place = definition_of(project, file, scope, name)
    return place if place in built(project) else None


_CALLERS = {"map": 0, "defaultdict": 0, "collections.defaultdict": 0, "functools.partial": 0, "partial": 0,
            "asyncio.to_thread": 0, "to_thread": 0}  # fmt: skip


def _calls(project: Project, file: int, scope: int, call: Node, given: Node) -> bool:
    """Is what a call is given called: by `partial` and its like, as a `default_factory`, by a first-party body?"""
    name = callee(call)
    place = _CALLERS.get(name)
    if place is not None:
        return argument(call, "", place) is given
    if keywords(call).get("default_factory") is given:
        return True
    target = called(project, file, scope, name) if name and "?" not in name else None
    if target is None:
        return False
    definition = project.definition_at(target)
    flow = flow_of(project, target)
    if definition.is_class or flow is None:
        return False
    names = [item.name for item in definition.parameters]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    named = next((key for key, value in keywords(call).items() if value is given), None)
    if named is None:
        number = next((place for place, value in enumerate(positional(call)) if value is given), len(names))
        named = names[number] if number < len(names) else None
    return named in names and any(node.kind == "call" and callee(node) == named for node in walk(flow.body))


# --- what is said ------------------------------------------------------------------------------------------


def _violation(project: Project, concept: Concept, file: int, item: _Construction) -> Violation:
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
        fix=use_factory(concept, project.files[file].path),
        severity="warning" if context else None,
    )


def _given(project: Project, concept: Concept, item: _Construction) -> bool | None:
    """Does a construction give the context? None where the constructor takes none, or nobody can tell."""
    initial = all_members(project, *item.made).get("__init__")
    if initial is None or initial.definition < 0 or item.passed is None:
        return None
    if item.passed.starred or "**" in item.passed.keywords:
        return None
    place = (initial.file, initial.definition)
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
            HOME | {"shop/chat.py": "from shop.manager import Manager\n\nmanager = Manager(1)\n"},
            CONFIG.replace('factory = "shop.factory:create_manager"\n', ""),
            id="no-factory",
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
    ),
)
