"""Which tests protect each concept, which protect a copy of it only, and what none protects.

A test *uses* a definition when its body, its set-up or a fixture that it gets calls it, reads it, derives from it
or patches it, under whatever name. It *reaches* one through other modules when a chain of imports leads to a
module that uses it. Both are said of test files; the test functions are named where they are known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.concepts.claims import claims
from ssot_lint.model import MODULE, Place
from ssot_lint.protecting.collected import Test, collected
from ssot_lint.protecting.fixtures import fixtures
from ssot_lint.protecting.kinds import file_kinds, kinds
from ssot_lint.protecting.protected import CopyTest, Overview, Part, Protection, Reach, Role, Use
from ssot_lint.protecting.reach import names, reverse, steps
from ssot_lint.protecting.touches import Touch, touches

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.project import Project

_SETUP = frozenset({
    "setUp", "asyncSetUp", "setUpClass", "tearDown", "asyncTearDown", "tearDownClass", "setup", "setup_method",
    "setup_class", "setup_module", "setUpModule", "setup_function", "teardown", "teardown_method",
    "teardown_class", "teardown_module", "tearDownModule", "teardown_function", "async_setup",
    "async_setup_method", "async_setup_class", "async_teardown", "async_teardown_method", "async_teardown_class",
})  # fmt: skip
"""Functions that a runner, or by their name a base class of tests, calls around tests."""

_HANDS_ON: frozenset[str] = frozenset({"alias", "shim"})

_DERIVED: Mapping[str, Role] = {"variant": "variant", "subclass": "subclass", "duplicate": "duplicate"}


def overview(project: Project) -> Overview:
    """How many tests a runner would collect, and of which kinds."""
    found = project.once(file_kinds).values()
    return Overview(
        len(found),
        sum(map(len, collected(project).values())),
        {kind.name: sum(kind.name in item for item in found) for kind in project.config.test_kinds},
        sum(not item for item in found),
        sum(
            source.is_test
            and source.facts.problem is not None
            and project.config.collection.is_file(source.path)
            for source in project.files
        ),
        sum(project.files[file].facts.undecided for file in collected(project)),
    )


def protection(project: Project, concepts: Collection[str] | None = None) -> tuple[Protection, ...]:
    """What protects each concept, in the order of the configuration, then each sequence's emitter.

    `concepts`: only those of these names.
    """
    chosen = [item for item in _subjects(project) if concepts is None or item.name in concepts]
    ground = project.once(_ground)
    return tuple(_judge(ground, item) for item in chosen)


def _subjects(project: Project) -> Iterator[Protection]:
    for concept in project.config.concepts:
        yield Protection(concept.name, concept.canonical, tuple(_parts(project, concept)))
    for sequence in project.config.sequences:
        if sequence.emitter:
            part = _configured(project, "emitter", sequence.emitter)
            yield Protection(sequence.name, sequence.emitter, (part,))


def _parts(project: Project, concept: Concept) -> Iterator[Part]:
    first: tuple[tuple[Role, str | None], ...] = (
        ("canonical", concept.canonical),
        ("factory", concept.factory),
        ("protocol", concept.protocol),
    )
    found = [_configured(project, role, symbol) for role, symbol in first if symbol]
    known = {part.symbol for part in found}
    for claim in sorted(
        claims(project)[concept.name], key=lambda claim: (claim.kind == "duplicate", claim.path)
    ):
        if claim.kind in _DERIVED and claim.definition >= 0 and claim.symbol not in known:
            known.add(claim.symbol)
            found.append(Part(_DERIVED[claim.kind], claim.symbol, claim.path, claim.line))
    return iter(found)


def _configured(project: Project, role: Role, symbol: str) -> Part:
    target = project.resolve_symbol(symbol).target
    if target.kind != "definition":
        return Part(role, symbol, "", 0)
    return Part(role, target.symbol, project.files[target.file].path, project.definition(target).line)


def _stand_ins(project: Project) -> Mapping[str, str]:
    """Shims that are definitions of their own -> the canonical definition that they hand on."""
    found: dict[str, str] = {}
    for concept in project.config.concepts:
        canonical = project.resolve_symbol(concept.canonical).target.symbol
        for claim in claims(project)[concept.name]:
            if claim.kind in _HANDS_ON and claim.definition >= 0:
                found[claim.symbol] = canonical
    return found


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all concepts are judged by, worked out once."""

    project: Project
    tests: Mapping[int, tuple[Test, ...]]
    uses: Mapping[str, Mapping[int, Use]]  # symbol -> test file -> its use
    imports: Mapping[str, frozenset[int]]  # symbol -> test files that import it and no more
    modules: Mapping[str, frozenset[int]]  # symbol -> files that are no tests and use it
    users: tuple[tuple[int, ...], ...]  # file -> the files that import or name it, or get a fixture of it


def _ground(project: Project) -> _Ground:
    stand_ins = _stand_ins(project)
    symbols = {part.symbol for item in _subjects(project) for part in item.parts if part.path}
    found = {
        file: tuple(
            Touch(touch.line, stand_ins.get(touch.symbol, touch.symbol), touch.how) for touch in every
        )
        for file, every in touches(project, symbols | stand_ins.keys()).items()
    }
    tests = collected(project)
    edges = [set(named) for named in project.once(names)]
    uses: dict[str, dict[int, Use]] = {symbol: {} for symbol in symbols}
    imports: dict[str, set[int]] = {symbol: set() for symbol in symbols}
    modules: dict[str, set[int]] = {symbol: set() for symbol in symbols}
    for file, own in tests.items():
        reading = _reading(project, file, own, found)
        edges[file].update(reading.homes - {file})
        for symbol, use in reading.uses.items():
            uses[symbol][file] = use
        for touch in found.get(file, ()):
            if touch.symbol not in reading.uses:
                imports[touch.symbol].add(file)
    for file, every in found.items():
        if file not in tests:
            for touch in every:
                if touch.how != "import":
                    modules[touch.symbol].add(file)
    return _Ground(
        project,
        tests,
        uses,
        {symbol: frozenset(files) for symbol, files in imports.items()},
        {symbol: frozenset(files) for symbol, files in modules.items()},
        reverse(edges),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one test file uses, and the files of the fixtures that its tests get."""

    uses: Mapping[str, Use]
    homes: frozenset[int]


def _reading(
    project: Project, file: int, tests: tuple[Test, ...], found: Mapping[int, tuple[Touch, ...]]
) -> _Reading:
    ways: dict[str, set[str]] = {}
    users: dict[str, list[Test]] = {}
    homes: set[int] = set()
    for touch in found.get(file, ()):
        if touch.how in ("use", "patch"):
            ways.setdefault(touch.symbol, set()).add(touch.how)
    for test, places in fixtures(project, file, tests):
        homes.update(home for home, _ in places)
        own = {touch.symbol: touch.how for touch in _own(project, test, found)}
        for symbol, how in own.items():
            ways.setdefault(symbol, set()).add(how)
        for place in places:
            for touch in _inside(project, place, found):
                ways.setdefault(touch.symbol, set()).add(f"fixture {_name(project, place)}")
                own.setdefault(touch.symbol, touch.how)
        for symbol in own:
            users.setdefault(symbol, []).append(test)
    uses = {}
    for symbol, known in ways.items():
        own_tests = users.get(symbol, [])
        uses[symbol] = Use(
            project.files[file].path,
            tuple(sorted(known)),
            tuple(test.name for test in own_tests),
            kinds(project, file, own_tests or tests),
        )
    return _Reading(uses, frozenset(homes))


def _own(project: Project, test: Test, found: Mapping[int, tuple[Touch, ...]]) -> Iterator[Touch]:
    """What a test uses in its body, in the set-up of its classes and in their decorators."""
    yield from _inside(project, (test.home, test.definition), found)
    for home, owner in test.owners:
        if home not in found:
            continue
        item = project.definition_at((home, owner))
        yield from (touch for touch in _used(found[home]) if item.first_line <= touch.line < item.line)
        for child in project.children(home, owner):
            if project.definition_at((home, child)).name in _SETUP:
                yield from _inside(project, (home, child), found)
    if test.home in found:
        for child in project.children(test.home, MODULE):
            if project.definition_at((test.home, child)).name in _SETUP:
                yield from _inside(project, (test.home, child), found)


def _inside(project: Project, place: Place, found: Mapping[int, tuple[Touch, ...]]) -> Iterator[Touch]:
    """What a definition uses, its decorators included."""
    home, index = place
    if home in found:
        item = project.definition_at((home, index))
        yield from (touch for touch in _used(found[home]) if item.first_line <= touch.line <= item.end_line)


def _used(every: tuple[Touch, ...]) -> Iterator[Touch]:
    return (touch for touch in every if touch.how in ("use", "patch"))


def _name(project: Project, place: Place) -> str:
    return project.definition_at(place).name


def _judge(ground: _Ground, item: Protection) -> Protection:
    steps_to = {part.symbol: _distances(ground, (part.symbol,)) for part in item.parts if part.path}
    parts = tuple(_reached(ground, part, steps_to.get(part.symbol, {})) for part in item.parts)
    real = [part.symbol for part in parts if part.path and not part.is_copy]
    copies = [part.symbol for part in parts if part.is_copy]
    touching: dict[int, list[str]] = {}
    for symbol in copies:
        for file in {*ground.uses[symbol], *ground.imports[symbol]}:
            touching.setdefault(file, []).append(symbol)
    at_home = {file for symbol in real for file in (*ground.uses[symbol], *ground.imports[symbol])}
    only: list[CopyTest] = []
    both: list[CopyTest] = []
    for file in sorted(touching):
        of_real = _tests_using(ground, file, real)
        of_copy = _tests_using(ground, file, touching[file])
        ways = [steps_to[symbol][file] for symbol in real if file in steps_to[symbol]]
        used = any(file in ground.uses[symbol] for symbol in real)
        found = CopyTest(
            ground.project.files[file].path,
            tuple(sorted(touching[file])),
            any(file in ground.uses[symbol] for symbol in touching[file]),
            tuple(name for name in of_copy if name not in of_real),
            tuple(name for name in of_copy if name in of_real),
            -1 if used else min(ways, default=None),
            ground.project.once(file_kinds)[file],
        )
        (both if file in at_home else only).append(found)
    return Protection(item.name, item.canonical, parts, tuple(only), tuple(both))


def _tests_using(ground: _Ground, file: int, symbols: Collection[str]) -> tuple[str, ...]:
    """The tests of a file that use one of some definitions, in the order of the file."""
    names = {
        name for symbol in symbols if file in ground.uses[symbol] for name in ground.uses[symbol][file].tests
    }
    return tuple(test.name for test in ground.tests[file] if test.name in names)


def _distances(ground: _Ground, symbols: Collection[str]) -> dict[int, int]:
    """Test file -> how many modules lie between it and the definitions; those that use them are left out."""
    users = {file for symbol in symbols for file in ground.uses[symbol]}
    found = {file: 0 for symbol in symbols for file in ground.imports[symbol] if file not in users}
    start = sorted({file for symbol in symbols for file in ground.modules[symbol]})
    for distance, step in enumerate(steps(ground.users, start)):
        for file in step:
            if file in ground.tests and file not in users:
                found.setdefault(file, distance)
    return found


def _reached(ground: _Ground, part: Part, distances: Mapping[int, int]) -> Part:
    if not part.path:
        return part
    used = ground.uses[part.symbol]
    return Part(
        part.role,
        part.symbol,
        part.path,
        part.line,
        tuple(used[file] for file in sorted(used)),
        tuple(
            Reach(ground.project.files[file].path, distance, ground.project.once(file_kinds)[file])
            for file, distance in sorted(distances.items(), key=lambda entry: (entry[1], entry[0]))
        ),
    )
