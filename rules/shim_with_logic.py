"""Keep compatibility code free of logic of its own.

What calls itself compatible, legacy or deprecated is read as "nothing happens here": nobody reviews it, nobody
tests it, and everybody plans to delete it. If it implements something, that is a second implementation in
disguise, and deleting it loses behaviour.

Looked at are the classes and modules outside the tests, in files that mention a concept, which say so in their
name (`LegacyManager`), in the first sentence of their docstring ("Compatibility layer ...", "DEPRECATED: ...")
or by a mark `# ssot-lint: shim until ...`. They implement something when a method or function loops, or does
more than half a dozen things in a row. To forward, to convert, to warn and to build what is forwarded to is
fine, and so is a module's `__getattr__` that answers names. A script that runs by itself is fine too.

Example:

    class LegacyManager:
        \"\"\"Backward compatible manager.\"\"\"

        async def send(self, event):
            for attempt in range(self.retries):
                ...

Use instead: move the behaviour to the canonical class and leave the forwarding, or drop the claim and the
old name.
"""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.concepts.claims import claims
from ssot_lint.concepts.shims import calls_itself, says, shims
from ssot_lint.model import MODULE, Claim, Definition, Location, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    marked = {
        (item.file, item.definition): item.mark.until for item in shims(project) if item.mark is not None
    }
    known = {(item.file, item.definition): item for every in claims(project).values() for item in every}
    for file, source in enumerate(project.files):
        if source.is_test or (source.facts.deep is None and not source.facts.shims):
            continue
        yield from _in_file(project, file, marked, known)


def _in_file(
    project: Project, file: int, marked: dict[tuple[int, int], str], known: dict[tuple[int, int], Claim]
) -> Iterator[Violation]:
    facts = project.files[file].facts
    reported: set[int] = set()
    for index, definition in enumerate(facts.definitions):
        if not definition.is_class:
            continue
        until = marked.get((file, index))
        word = f"shim until {until}" if until else calls_itself(definition.name, definition.doc)
        logic = _logic(project, file, index) if word else ()
        if logic:
            reported.add(index)
            yield _violation(project, file, index, word, logic, known.get((file, index)))
    until = marked.get((file, MODULE))
    word = f"shim until {until}" if until else says(facts.doc.strip().partition("\n\n")[0])
    if not word or (facts.main_guard and not until):
        return
    rest: list[Definition] = []
    for index, definition in enumerate(facts.definitions):
        if definition.parent == MODULE and index not in reported:
            if definition.name in ("__getattr__", "__dir__") and facts.getattr_names is not None:
                continue  # answers names, however many
            if definition.is_class:
                rest += _logic(project, file, index)
            elif _works(project, (file, index)):
                rest.append(definition)
    if rest:
        yield _violation(project, file, MODULE, word, tuple(rest), None)


def _violation(
    project: Project, file: int, index: int, word: str, logic: tuple[Definition, ...], claim: Claim | None
) -> Violation:
    source = project.files[file]
    name = source.module if index == MODULE else source.facts.definitions[index].name
    where = Location(source.path, 1) if index == MODULE else project.location(file, index)
    more = f" and {len(logic) - 1} more" if len(logic) > 1 else ""
    first = logic[0].name if index != MODULE else logic[0].qualname
    concept = project.config.concept(claim.concept) if claim is not None else None
    return Violation(
        where,
        f'{name} calls itself "{word}" and has logic of its own, in {first}{more}',
        concept=concept.name if concept is not None else None,
        symbol=source.module if index == MODULE else project.symbol(file, index),
        canonical=concept.canonical if concept is not None else None,
        reasons=tuple(f"{item.qualname}, line {item.line}" for item in logic),
    )


def _logic(project: Project, file: int, index: int) -> tuple[Definition, ...]:
    """The methods of a class that do more than hand on."""
    methods = [(file, item) for item in project.children(file, index)]
    found = [item for item in methods if not project.definition_at(item).is_class]
    return tuple(project.definition_at(item) for item in found if _works(project, item))


def _works(project: Project, place: tuple[int, int]) -> bool:
    """Does a function loop, or do many things in a row? A constructor that only sets attributes does neither."""
    is_constructor = project.definition_at(place).name == "__init__"
    return project.tells(*place, "builds" if is_constructor else "works")


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
"""

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            async def send(self, message):
                for socket in self.sockets:
                    await socket.send(message)
        """,
}

_ANSWERS = """
\"\"\"Compatibility layer for old imports.\"\"\"

import warnings


def __getattr__(name):
    if name == "Manager":
        from shop.manager import Manager

        warnings.warn("Manager has moved", DeprecationWarning, stacklevel=2)
        return Manager
    if name == "OldManager":
        from shop.manager import Manager as OldManager

        warnings.warn("OldManager has moved", DeprecationWarning, stacklevel=2)
        return OldManager
    if name == "Sender":
        from shop.manager import Manager as Sender

        warnings.warn("Sender has moved", DeprecationWarning, stacklevel=2)
        return Sender
    if name == "Socket":
        from shop.manager import Manager as Socket

        warnings.warn("Socket has moved", DeprecationWarning, stacklevel=2)
        return Socket
    raise AttributeError(name)
"""

RULE = Rule(
    id="SSOT704",
    name="shim-with-logic",
    check=check,
    severity="warning",
    valid=(
        Valid(
            HOME | {"shop/legacy.py": _ANSWERS},
            CONFIG,
            id="answers-names",
        ),
        Valid(
            HOME
            | {
                "shop/legacy.py": """
                    \"\"\"Compatibility layer for old imports.\"\"\"

                    import warnings
                    from shop.manager import Manager

                    class LegacyManager:
                        \"\"\"Backward compatible; forwards.\"\"\"

                        def __init__(self, user, limit, name):
                            self.user = user
                            self.limit = limit
                            self.name = name
                            self.extra = None
                            self.open = True
                            self._manager = Manager()
                            self.older = None

                        async def send(self, text, thread):
                            warnings.warn("use Manager", DeprecationWarning, stacklevel=2)
                            if not text:
                                return None
                            message = {"text": text, "thread": thread}
                            return await self._manager.send(message)
                    """,
                "shop/modern.py": """
                    from shop.manager import Manager

                    class Sender:
                        \"\"\"Sends, with support for legacy messages.\"\"\"

                        async def send(self, manager: Manager, messages):
                            for message in messages:
                                await manager.send(message)
                    """,
                "scripts/shims.py": """
                    \"\"\"Create a compatibility layer for Manager.\"\"\"

                    def main(paths):
                        for path in paths:
                            print(path, "Manager")

                    if __name__ == "__main__":
                        main(["a"])
                    """,
            },
            CONFIG,
            id="forwards-or-does-not-say-so",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/legacy.py": """
                    from shop.manager import Manager

                    class OldSender:  # error: OldSender calls itself "Backward compatible" and has logic of its own, in send and 1 more
                        \"\"\"Backward compatible manager for threads; keeps its own backlog.\"\"\"

                        async def send(self, message):
                            for attempt in range(3):
                                await self.socket.send(message)

                        def drain(self):
                            while self.backlog:
                                self.backlog.pop()

                    class ShimManager(Manager):  # ssot-lint: shim until 2099-01-01  # error: ShimManager calls itself "shim until 2099-01-01"
                        async def send(self, message):
                            for socket in reversed(self.sockets):
                                await socket.send(message)
                    """,
                "shop/compat.py": """
                    \"\"\"Compatibility module for the first version.\"\"\"  # error: shop.compat calls itself "Compatibility module" and has logic of its own, in collect

                    from shop.manager import Manager

                    def collect(managers):
                        found = []
                        for manager in managers:
                            found.append(Manager(manager))
                        return found
                    """,
            },
            CONFIG,
            id="a-second-implementation-in-disguise",
        ),
    ),
)
