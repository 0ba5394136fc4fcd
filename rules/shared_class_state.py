"""Give each instance its own dict or list.

A mutable attribute in a class body exists once, for all instances. On a concept that belongs to one user every
instance then writes into the same table: connections of one user are found, closed or addressed by another, and
what was written stays when the instance is gone.

Reported are lists, dicts, sets and their like in the body of a class with `lifetime = "per-user"` (canonical,
duplicate, or derived from these, whatever it is called) that its methods change through `self`, `cls` or the class, and those that it inherits from a
class of the project, where they are changed through `self`. Attributes that an instance
replaces by its own (`self.x = {}`), fields of dataclasses and tables that are only read are fine.

Example:

    class WebSocketManager:
        connections = {}

        def add(self, connection):
            self.connections[connection.id] = connection

Use instead:

    def __init__(self):
        self.connections = {}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from ssot_lint.config import Concept
from ssot_lint.factories.instances import built
from ssot_lint.model import Assignment, Location, Node, Place, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.again import containers, text_of
from ssot_lint.queries.again import flow_of as body_of
from ssot_lint.queries.members import lineage
from ssot_lint.queries.receivers import inside
from ssot_lint.queries.walks import callee, walk
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

_MAKERS = frozenset({
    "dict", "list", "set", "defaultdict", "deque", "Counter", "OrderedDict", "ChainMap", "WeakValueDictionary",
    "WeakKeyDictionary", "WeakSet", "Queue", "bytearray",
})  # fmt: skip
_CHANGES = frozenset({
    "append", "appendleft", "add", "extend", "extendleft", "insert", "update", "setdefault", "pop", "popitem", "popleft",
    "remove", "discard", "clear", "put", "put_nowait", "sort", "reverse", "__setitem__",
})  # fmt: skip


_INSTANCES = ("self", "self.__class__")
_HEADS = (*_INSTANCES, "cls", "")
"""What a table is changed through. That of a base is often a list of classes, which these enter as they are made."""


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    concepts = {item.name: item for item in project.config.concepts if item.lifetime == "per-user"}
    classes = sorted(place for place, name in built(project).items() if name in concepts)
    family = _families(project, classes)
    for place in classes:
        file, index = place
        concept = concepts[built(project)[place]]
        for item in _tables(project, place):
            change = _change(project, family[place], item, file, _HEADS)
            if change is not None:
                name = project.definition_at((file, index)).name
                yield _violation(project, concept, place, item, f"{name}.{item.name}", change)
    seen: set[tuple[Place, str]] = set()
    for place in classes:
        concept = concepts[built(project)[place]]
        for above, item in _inherited(project, place, family.keys()):
            change = _change(project, [above, *family[place]], item, above[0], _INSTANCES)
            if change is not None and (above, item.name) not in seen:
                seen.add((above, item.name))
                names = [project.definition_at(part).name for part in (above, place)]
                told = f"{names[0]}.{item.name}, which {names[1]} inherits,"
                yield _violation(project, concept, above, item, told, change)


def _violation(
    project: Project, concept: Concept, place: Place, item: Assignment, told: str, change: tuple[str, Related]
) -> Violation:
    return Violation(
        Location(project.files[place[0]].path, item.line, item.column),
        f"{told} is one {_kind(item)} for all instances, and {change[0]} writes to it",
        concept=concept.name,
        symbol=f"{project.symbol(*place)}.{item.name}",
        canonical=concept.canonical,
        related=(change[1],),
    )


def _inherited(
    project: Project, place: Place, judged: Collection[Place]
) -> Iterator[tuple[Place, Assignment]]:
    """(class, table) of the bases that are no implementations themselves, as far as nothing nearer replaces it."""
    nearer: set[str] = set()
    classes = list(lineage(project, *place))
    replaced = {name for part in classes for name in project.definition_at(part).instance_attributes}
    for above in classes:
        definition = project.definition_at(above)
        if above not in judged and not project.files[above[0]].is_test:
            for item in _tables(project, above):
                if item.name not in nearer | replaced:
                    yield above, item
        nearer.update(definition.attributes)


def _families(project: Project, classes: list[Place]) -> dict[Place, list[Place]]:
    """Class -> itself and those of the classes that derive from it."""
    family: dict[Place, list[Place]] = {place: [place] for place in classes}
    for place in classes:
        for ancestor in list(lineage(project, *place))[1:]:
            if ancestor in family:
                family[ancestor].append(place)
    return family


def _tables(project: Project, place: Place) -> Iterator[Assignment]:
    facts = project.files[place[0]].facts
    definition = facts.definitions[place[1]]
    for item in facts.assignments:
        if item.scope != place[1] or item.name in definition.instance_attributes:
            continue
        if item.kind == "container" or (item.kind == "call" and _maker(project, place[0], item) in _MAKERS):
            yield item


def _maker(project: Project, file: int, item: Assignment) -> str:
    """What makes a table, by its own name: `defaultdict` for `dd(list)`."""
    target = project.resolve(file, item.value).target
    return (target.symbol if target.kind == "external" else item.value).rpartition(".")[2]


def _grows(project: Project, file: int, item: Assignment) -> bool:
    """Does `+=` change the table, rather than put another one in its place as with a tuple?"""
    if item.kind == "call" or any(word in item.annotation.lower() for word in ("list", "set", "deque")):
        return True
    value = containers(project, file).get((item.line, item.column))
    lines = text_of(project, file).lines
    return value is not None and lines[value.line - 1][value.column - 1 : value.column] in (b"[", b"{")


def _kind(item: Assignment) -> str:
    made = item.value.rpartition(".")[2] if item.kind == "call" else item.annotation.partition("[")[0]
    return made.rpartition(".")[2].lower() if made and made != "ClassVar" else "table"


def _change(
    project: Project, family: list[Place], item: Assignment, home: int, heads: tuple[str, ...]
) -> tuple[str, Related] | None:
    """The first method of a class or its subclasses that changes the attribute: (its name, the place).

    `heads`: what it is changed through; "" stands for the class by its name.
    """
    grows = _grows(project, home, item)
    for file, owner in family:
        source = project.files[file]
        definitions = source.facts.definitions
        ways = frozenset(f"{head or definitions[owner].name}.{item.name}" for head in heads)
        lines: dict[int, int] = {}
        stored = [
            use for use in (source.facts.deep.references if source.facts.deep is not None else ())
            if use.role == "stored" and use.name in ways
        ]  # fmt: skip
        for call in source.facts.deep.calls if source.facts.deep is not None else ():
            receiver, _, method = call.callee.rpartition(".")
            if receiver in ways and method in _CHANGES:
                lines.setdefault(call.line, call.scope)
        for use in stored:
            if use.target.endswith(("[]", "+=") if grows else "[]"):
                lines.setdefault(use.line, use.scope)
        within = {
            line: scope for line, scope in lines.items() if inside(project, file, scope, {(file, owner)})
        }
        if not within:
            for part in project.parts(file, owner):
                flow = body_of(project, (file, part)) if not definitions[part].is_class else None
                for line in _changed(flow.body, ways, item.name, grows) if flow is not None else ():
                    within.setdefault(line, part)
        if within:
            line = min(within)
            return definitions[within[line]].name, Related(source.path, line, "here an instance writes to it")
    return None


def _changed(body: Node, ways: frozenset[str], name: str, grows: bool) -> Iterator[int]:
    """The lines on which a body changes an attribute of the class, under a local name too."""
    bound = Counter(
        target.text for node in walk(body) if node.kind == "assign" for target in node.children[1:]
    )

    def is_table(node: Node, names: frozenset[str]) -> bool:
        if node.kind == "item-of":
            return is_table(node.children[0], names)
        if node.kind == "attribute" and node.text == name:  # type(self).table
            inner = node.children[0]
            return inner.kind == "call" and callee(inner) == "type"
        return node.kind == "name" and node.text in names

    known = ways | {
        target.text
        for node in walk(body)
        if node.kind == "assign" and is_table(node.children[0], ways) and node.children[0].kind != "item-of"
        for target in node.children[1:]
        if bound[target.text] == 1
    }
    for node in walk(body):
        match node.kind:
            case "assign" | "delete":
                targets = node.children[1:] if node.kind == "assign" else node.children
                if any(item.kind == "item-of" and is_table(item, known) for item in targets):
                    yield node.line
            case "augmented":
                target = node.children[1]
                if is_table(target, known) and (grows or target.kind == "item-of"):
                    yield node.line
            case "call":
                function = node.children[0]
                owner, _, method = function.text.rpartition(".")
                if function.kind == "attribute":
                    if function.text in _CHANGES and is_table(function.children[0], known):
                        yield node.line
                elif method in _CHANGES and owner in known:
                    yield node.line


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
lifetime = "per-user"
"""

RULE = Rule(
    id="SSOT303",
    name="shared-class-state",
    check=check,
    valid=(
        Valid(
            {
                "shop/__init__.py": "",
                "shop/manager.py": """
                    from dataclasses import dataclass, field

                    class Manager:
                        LEVELS = ["info", "error"]
                        sent = []
                        names: dict[str, str]

                        def __init__(self):
                            self.sent = []
                            self.names = {}

                        def send(self, level, text):
                            assert level in self.LEVELS
                            self.sent.append(text)
                            self.names[level] = text

                    @dataclass
                    class RecordManager(Manager):
                        rows: list[str] = field(default_factory=list)

                        def keep(self, row):
                            self.rows.append(row)
                    """,
            },
            CONFIG,
            id="own-or-only-read",
        ),
        Valid(
            {
                "shop/__init__.py": "",
                "shop/manager.py": "class Manager:\n    sent = []\n\n    def send(self, text):\n        self.sent.append(text)\n",
            },
            CONFIG.replace("per-user", "process"),
            id="one-for-the-process",
        ),
    ),
    invalid=(
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/manager.py": "class Manager:\n    def __init__(self, user):\n        self.user = user\n",
                "shop/loud.py": """
                    from shop.manager import Manager

                    class Loud(Manager):
                        lines = []  # error: Loud.lines is one table for all instances, and say writes to it

                        def say(self, text):
                            self.lines.append(text)

                    class Plain:
                        lines = []

                        def say(self, text):
                            self.lines.append(text)
                    """,
            },
            """
            [concepts.manager]
            canonical = "shop.manager:Manager"
            names = ["*Manager"]
            lifetime = "per-user"
            """,
            id="an-heir-whose-name-says-nothing",
        ),
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/mixins.py": """
                    class Notes:
                        notes = []  # error: Notes.notes, which Manager inherits, is one table for all instances
                        seen = set()
                        lines = {}
                        kinds = {}
                        limits = {"free": 3}

                        def __init_subclass__(cls):
                            cls.kinds[cls.__name__] = cls

                        def note(self, text):
                            self.notes.append(text)
                            self.seen.add(text)
                            self.lines[text] = self.limits["free"]
                    """,
                "shop/manager.py": """
                    from shop.mixins import Notes

                    class Manager(Notes):
                        lines = None

                        def __init__(self):
                            self.seen = set()
                            self.lines = {}

                    class SlowManager(Manager):
                        pass
                    """,
            },
            CONFIG,
            id="inherited",
        ),
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/manager.py": """
                    from collections import defaultdict

                    class Manager:
                        sent = []  # error: Manager.sent is one table for all instances, and send writes to it
                        by_user: dict[str, str] = {}  # error: Manager.by_user is one dict for all instances, and send writes to it
                        counts = defaultdict(int)  # error: Manager.counts is one defaultdict for all instances, and count writes to it
                        kept = set()  # error: Manager.kept is one set for all instances, and keep writes to it

                        def send(self, user, text):
                            self.sent.append(text)
                            self.by_user[user] = text

                        @classmethod
                        def count(cls, user):
                            cls.counts[user] += 1

                    class KeepingManager(Manager):
                        def keep(self, text):
                            self.kept.add(text)
                    """,
            },
            CONFIG,
            id="every-table",
        ),
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/manager.py": """
                    class Manager:
                        items = list()  # error: Manager.items is one list for all instances, and send writes to it
                        table = {}  # error: Manager.table is one table for all instances, and forget writes to it
                        more = ()
                        total = 0

                        def send(self, text):
                            self.items += [text]
                            self.more += (text,)
                            self.total += 1

                        @classmethod
                        def forget(cls, key):
                            del cls.table[key]
                    """,
            },
            CONFIG,
            id="added-to-and-deleted-from",
        ),
        Invalid(
            {
                "shop/__init__.py": "",
                "shop/manager.py": """
                    from collections import defaultdict as many

                    class Manager:
                        log = []  # error: Manager.log is one table for all instances, and add writes to it
                        seen = []  # error: Manager.seen is one table for all instances, and see writes to it
                        table = {}  # error: Manager.table is one table for all instances, and keep writes to it
                        names = {}  # error: Manager.names is one table for all instances, and call writes to it
                        groups = many(list)  # error: and join writes to it
                        colors = {"a": 1}
                        sizes = (1, 2)

                        def add(self, item):
                            log = self.log
                            log.append(item)

                        def see(self, item):
                            self.seen += [item]

                        def keep(self, key, item):
                            type(self).table[key] = item

                        def call(self, key, item):
                            self.__class__.names.update({key: item})

                        def join(self, key, item):
                            self.groups[key].append(item)

                        def color(self, key):
                            colors = dict(self.colors)
                            colors["b"] = 2
                            sizes = self.sizes
                            sizes += (3,)
                            return colors[key], sizes
                    """,
            },
            CONFIG,
            id="by-other-ways",
        ),
    ),
)
