"""Build a concept in one factory.

A second function that constructs and returns a concept is a second decision about how it is configured, whose
context it gets and how long it lives. Which of them a caller happens to import then decides whether two users
share an instance.

Reported is every function, method or class outside the tests, other than the configured `factory`, whose
return value is a newly built instance of the canonical class or of a duplicate of it. Alternative constructors
inside the class itself (`Order.from_row`) are fine, being part of its home, and so are functions that hand on what
the configured factory returns. Concepts without a `factory` are not looked at.

Example:

    # factory = "app.factory:create_manager"
    def get_manager(user):
        return WebSocketManager(user)

Use instead: call the factory, or let this function hand on what the factory returns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ssot_lint.concepts.claims import claims
from ssot_lint.config import Concept
from ssot_lint.model import MODULE, ClaimKind, Fix, Place, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.members import own_members
from ssot_lint.queries.receivers import definition_of, enclosing_class
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

from ._fixes import use_factory


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    for concept in project.config.concepts:
        if concept.factory is None:
            continue
        built = _places(project, concept, ("canonical", "duplicate", "subclass"))
        exempt = built | _exempt(project, concept)
        for file, source in enumerate(project.files):
            if not source.is_test and source.facts.deep is not None:
                yield from _in_file(project, concept, file, _makers(project, file, built, exempt))


def _places(project: Project, concept: Concept, kinds: tuple[ClaimKind, ...]) -> frozenset[Place]:
    return frozenset(
        (claim.file, claim.definition)
        for claim in claims(project)[concept.name]
        if claim.kind in kinds and claim.definition >= 0
    )


def _exempt(project: Project, concept: Concept) -> frozenset[Place]:
    """The configured factory; and what claims to be another concept, such as a second factory class: its rule's finding."""
    found: set[Place] = set()
    target = project.resolve_symbol(concept.factory or "").target
    if target.kind == "definition":
        found.add((target.file, target.index))
    for other in project.config.concepts:
        if other is not concept:
            found |= _places(project, other, ("canonical", "duplicate"))
    return frozenset(found)


def _in_file(project: Project, concept: Concept, file: int, makers: Mapping[int, str]) -> Iterator[Violation]:
    of_class: dict[int, list[int]] = defaultdict(list)
    for scope in makers:
        owner = enclosing_class(project, file, scope)
        if owner is not None:
            of_class[owner].append(scope)
    # a class that builds more than once, or does little else, is the factory; else the one method is
    whole = {
        owner: scopes
        for owner, scopes in of_class.items()
        if len(scopes) > 1 or 2 * len(scopes) >= _public_methods(project, file, owner)
    }
    single = [scope for scope in makers if not any(scope in scopes for scopes in whole.values())]
    definitions = project.files[file].facts.definitions
    factory = project.resolve_symbol(concept.factory or "").target
    related: tuple[Related, ...] = ()
    if factory.kind == "definition":
        related = (
            Related(project.files[factory.file].path, project.definition(factory).line, "the factory"),
        )
    for index in sorted([*single, *whole]):
        name = definitions[index].qualname
        if index in whole:
            number = len(whole[index])
            ways = f"{number} of its methods build" if number > 1 else "one of its methods builds"
            made = makers[whole[index][0]]
        else:
            ways, made = "builds", makers[index]
        yield Violation(
            project.location(file, index),
            f"{name}: {ways} {made.partition(':')[2]}; the factory of {concept.name} is {concept.factory}",
            concept=concept.name,
            symbol=project.symbol(file, index),
            canonical=concept.canonical,
            related=related,
            fix=_fix(project, concept, project.symbol(file, index)),
        )


def _fix(project: Project, concept: Concept, symbol: str) -> Fix | None:
    """Its callers go to the factory; when nobody imports it any more, it hands the factory on."""
    if concept.factory is None or "." in symbol.partition(":")[2]:
        return None
    if project.users(symbol):
        return use_factory(concept, symbol=symbol)
    return Fix("replace-with-shim", {"symbol": symbol, "canonical": concept.factory}, safe=False)


def _public_methods(project: Project, file: int, index: int) -> int:
    return sum(item.is_public and item.is_called for item in own_members(project, file, index).values())


def _makers(
    project: Project, file: int, built: frozenset[Place], exempt: frozenset[Place]
) -> Mapping[int, str]:
    """Functions of a file that return an instance they build -> the class of it.

    Left out: functions that stand in a definition that may build it.
    """
    deep = project.files[file].facts.deep
    assert deep is not None
    definitions = project.files[file].facts.definitions
    returned = {(item.scope, item.name) for item in deep.references if item.role == "returned"}
    found: dict[int, str] = {}
    for call in deep.calls:
        if call.scope == MODULE or not (call.returned or (call.scope, call.assigned) in returned):
            continue
        made = definition_of(project, file, call.scope, call.callee)
        if made not in built:
            continue
        around = call.scope
        while around != MODULE and (file, around) not in exempt:
            around = definitions[around].parent
        if around == MODULE:
            found.setdefault(call.scope, project.symbol(*made))
    return found


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
factory = "shop.factory:create_manager"
"""

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            def __init__(self, user):
                self.user = user

            @classmethod
            def for_guest(cls):
                return Manager(None)
        """,
    "shop/factory.py": """
        from shop.manager import Manager

        def create_manager(user):
            manager = Manager(user)
            return manager
        """,
}

RULE = Rule(
    id="SSOT105",
    name="duplicate-factory",
    check=check,
    codemods=(
        "replace-with-shim",
        "use-factory",
    ),
    valid=(
        Valid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.factory import create_manager
                    from shop.manager import Manager

                    def get_manager(user):
                        return create_manager(user)

                    def count(users):
                        managers = [Manager(user) for user in users]
                        return len(managers)
                    """,
                "tests/test_chat.py": """
                    from shop.manager import Manager

                    def make():
                        return Manager("ann")
                    """,
            },
            CONFIG,
            id="through-the-factory",
        ),
        Valid(
            HOME
            | {
                "shop/chat.py": "from shop.manager import Manager\n\ndef get(user):\n    return Manager(user)\n"
            },
            CONFIG.replace('factory = "shop.factory:create_manager"\n', ""),
            id="no-factory-configured",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/chat.py": """
                    from shop.manager import Manager as M

                    def get_manager(user):  # error: get_manager: builds Manager; the factory of manager is shop.factory:create_manager
                        manager = M(user)
                        return manager

                    async def quick(user):  # error: quick: builds Manager
                        return M(user)
                    """
            },
            CONFIG,
            id="functions",
        ),
        Invalid(
            HOME
            | {
                "shop/makers.py": """
                    from shop import manager

                    class ManagerMaker:  # error: ManagerMaker: 2 of its methods build Manager
                        def make(self, user):
                            return manager.Manager(user)

                        def make_guest(self):
                            return manager.Manager(None)

                    class Service:
                        def start(self):
                            self.running = True

                        def stop(self):
                            self.running = False

                        def manager(self):  # error: Service.manager: builds Manager
                            self._manager = manager.Manager(self)
                            return self._manager
                    """
            },
            CONFIG,
            id="methods",
        ),
        Invalid(
            HOME
            | {
                "shop/quick.py": """
                    from shop.manager import Manager

                    def quick_manager(user):  # error: quick_manager: builds Manager
                        return Manager(user)
                    """,
                "shop/chat.py": """
                    from shop.quick import quick_manager

                    def greet(user):
                        return quick_manager(user)
                    """,
            },
            CONFIG,
            fixed=HOME
            | {
                "shop/quick.py": """
                    \"\"\"Kept for old imports: quick_manager is shop.factory.create_manager.\"\"\"

                    import warnings
                    from typing import TYPE_CHECKING

                    __all__ = ["quick_manager"]

                    if TYPE_CHECKING:
                        from shop.factory import create_manager as quick_manager
                    else:

                        def __getattr__(name: str) -> object:
                            if name == "quick_manager":
                                from shop.factory import create_manager as quick_manager

                                warnings.warn(
                                    f"{__name__}.quick_manager is deprecated: "
                                    "import create_manager from shop.factory",
                                    DeprecationWarning,
                                    stacklevel=2,
                                )
                                return quick_manager
                            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

                        def __dir__() -> list[str]:
                            return sorted({*globals(), "quick_manager"})
                    """,
                "shop/chat.py": """
                    from shop.factory import create_manager

                    def greet(user):
                        return create_manager(user)
                    """,
            },
            id="callers-first",
        ),
    ),
)
