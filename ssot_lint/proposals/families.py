"""Families of classes that are the same thing: what `init` proposes concepts from.

A shared name is a question, as in claims. Two classes are one thing when their names agree but for words that
say how rather than what (`UnifiedCart`, `CartV2`) and they offer the same members, or when one stands for the
other: a subclass without a body, a stand-in of test code. Classes that share only a base or a suffix are not.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Literal

from ssot_lint.concepts import records
from ssot_lint.concepts.bases import ABSTRACT, ENUMS, is_exception, library_bases
from ssot_lint.concepts.titles import Core, core, mocking, words
from ssot_lint.model import MODULE, Definition, Place, SourceFile
from ssot_lint.queries.members import all_members, decorators, lineage, own_members, roots

if TYPE_CHECKING:
    from ssot_lint.project import Project

Role = Literal["implementation", "shim", "protocol", "double"]

SIDES = frozenset({
    "client", "inbound", "incoming", "input", "local", "outbound", "outgoing", "output", "peer", "remote", "server",
})  # fmt: skip
"""Words that say which side of an exchange a class is for: both sides have much in common, and neither can go."""

_ENDS = frozenset({"client", "server"})
"""The packages that the two sides of an exchange may stand in."""

SAME_NAME = 0.3
"""Weighted share of the smaller class's members that classes of one core name must have in common."""

LONGER_NAME = 0.5
"""The same where one name has a further word that says what, as in `AgentCart`."""

FEWEST = 2
"""Members in common below which nothing is alike; one more where a name is longer, one less where it is equal."""

FEW = 3
"""Members in common that are enough for one name of several words, however much the larger class does."""

PART = 4
"""Else the share of the larger class's members that must be in common: one of so many."""

MIRROR = 20
"""A module that shares so many classes with others is a generated or a parallel interface."""

_NEVER_A_THING = frozenset({"error", "exception", "mixin", "warning"})
_RECORD_DECORATORS = records.RECORD_DECORATORS | {"s"}  # `@attr.s`
_TEST_GROUND = re.compile(r"tests?([_-].+)?|.+[_-]tests?")
_PUT_ASIDE = re.compile(r"(old|archived?|archives|attic|backups?)([_-].*)?")
_ON_SHOW = re.compile(
    r"(docs?|doctests?|examples?|samples?|demos?|tutorials?|benchmarks?|experiments?)([_-].*)?"
)
_VENDORED = frozenset({"_vendor", "vendor", "vendored", "third_party", "extern"})


@dataclass(frozen=True, slots=True)
class Bearer:
    """A class, and the part that it plays: it implements, hands on, describes, or stands in."""

    place: Place
    name: str
    core: Core
    role: Role


@dataclass(frozen=True, slots=True)
class Family:
    """Classes that are one thing, each group by path and line.

    `independent` are the implementations that do not derive from another one of the family.
    """

    implementations: tuple[Place, ...]
    independent: tuple[Place, ...]
    shims: tuple[Place, ...]
    protocols: tuple[Place, ...]
    doubles: tuple[Place, ...]

    @property
    def classes(self) -> tuple[Place, ...]:
        return tuple(sorted((*self.implementations, *self.shims, *self.protocols, *self.doubles)))


def test_ground(source: SourceFile) -> str | None:
    """The folder that makes a file test code although the settings do not say so; None for other files."""
    parts = source.path.split("/")[:-1]
    for depth, part in enumerate(parts, 1):
        if _TEST_GROUND.fullmatch(part) or (depth == 1 and part == "testing"):
            return "/".join(parts[:depth])
    return None


def put_aside(source: SourceFile) -> str | None:
    """The top-level folder that keeps a file as a backup or in an archive; None for other files."""
    top, slash, _ = source.path.partition("/")
    return top if slash and _PUT_ASIDE.fullmatch(top) else None


def on_show(source: SourceFile) -> bool:
    """Does a file stand in documentation, examples or benchmarks, where code is repeated to be read?

    Those of the project, or of one inside it (`libs/cart/examples/`); a package may be called `shop.examples`.
    """
    folders = source.path.split("/")[:-1]
    root = _root(source)
    return any(map(_ON_SHOW.fullmatch, folders[: root.count("/") + bool(root) + 1]))


def _root(source: SourceFile) -> str:
    """The directory from which a file's module name counts: `libs/cart` for `libs/cart/shop/money.py`."""
    inner = source.module.replace(".", "/")
    stem = source.path.removesuffix(".py").removesuffix("/__init__")
    return stem.removesuffix(inner).rstrip("/") if stem.endswith(inner) else ""


def is_test(source: SourceFile) -> bool:
    """Does a file stand in the test paths, or in a folder that is called like one?"""
    return source.is_test or test_ground(source) is not None


def families(project: Project) -> tuple[Family, ...]:
    """Every family with an implementation, in the order of the implementations' paths.

    Only the classes of production code can be implementations; test code has stand-ins.
    """
    found = _bearers(project)
    weight = _weights(project, found)
    shorter = _shorter(found)
    makers: dict[str, list[Place]] = defaultdict(list)
    for bearer in found:
        if bearer.role == "implementation":
            makers["".join(bearer.core)].append(bearer.place)
    parts = _Parts()
    for key, places in sorted(makers.items()):
        apart = [place for place in places if not _extends_namesake(project, place)]
        for place in set(places).difference(apart):
            for base in set(lineage(project, *place)).intersection(places):
                parts.join(place, base)
        for number, place in enumerate(apart):
            for other in apart[number + 1 :]:
                if _alike(project, weight, place, other, SAME_NAME):
                    parts.join(place, other)
        for stem in shorter.get(key, ()):
            for place in places:
                for other in makers.get(stem, ()):
                    if _alike(project, weight, place, other, LONGER_NAME):
                        parts.join(place, other)
    return _assemble(project, found, parts, shorter)


class _Parts:
    """Disjoint sets of places (Galler and Fischer 1964); the smallest place stands for its set."""

    def __init__(self) -> None:
        self.above: dict[Place, Place] = {}

    def find(self, place: Place) -> Place:
        while (above := self.above.get(place, place)) != place:
            self.above[place] = self.above.get(above, above)
            place = above
        return place

    def join(self, one: Place, other: Place) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        self.above[second] = first


# --- who is who ------------------------------------------------------------------------------------------


def _bearers(project: Project) -> tuple[Bearer, ...]:
    found = []
    for number, source in enumerate(project.files):
        if (
            source.facts.generated
            or put_aside(source)
            or on_show(source)
            or _VENDORED & set(source.path.split("/"))
            or not all(map(str.isidentifier, source.module.split(".")))  # nothing can import it from there
        ):
            continue
        definitions = source.facts.definitions
        replaced = {earlier for earlier, _ in source.facts.redefined}
        for index, item in enumerate(definitions):
            if not item.is_class or (item.parent != MODULE and definitions[item.parent].is_class):
                continue
            role = None if index in replaced else _role(project, number, index)
            if role == "implementation" and _is_part(project, (number, index)):
                role = None
            if role is not None:
                found.append(Bearer((number, index), item.name, _about(item.name, role), role))
    return tuple(found)


def _is_part(project: Project, place: Place) -> bool:
    """Is it a record that nobody imports, and a field of another record beside it: a part of that message?"""
    file, index = place
    if place in project.once(_imported) or not is_record(project, place):
        return False
    name = re.compile(rf"\b{project.definition_at(place).name}\b")
    return any(
        item.scope not in (MODULE, index)
        and item.annotation
        and name.search(item.annotation)
        and is_record(project, (file, item.scope))
        for item in project.files[file].facts.assignments
    )


def _imported(project: Project) -> frozenset[Place]:
    """The definitions that import statements name."""
    return frozenset(
        (target.file, target.index)
        for file, answers in enumerate(project.resolutions)
        for answer in answers
        for target in answer.targets
        if target.kind == "definition" and target.file != file
    )


def _about(name: str, role: Role) -> Core:
    """The core name; a protocol that implements something is about the protocol."""
    last = words(name)[-1]
    return (
        (*core(name), last) if role == "implementation" and last in ("interface", "protocol") else core(name)
    )


def _role(project: Project, file: int, index: int) -> Role | None:
    source = project.files[file]
    item = source.facts.definitions[index]
    spoken = words(item.name)
    if not spoken or spoken[-1] in _NEVER_A_THING or spoken[-2:] == ("test", "case"):
        return None
    outside = {root.rpartition(".")[2] for root in roots(project, file, index)}
    if outside & ENUMS or any(name.endswith("TestCase") or is_exception(name) for name in outside):
        return None
    own = own_members(project, file, index)
    if is_test(source) or mocking(item.name) or item.parent != MODULE:
        collected = any(name.startswith("test") for name in all_members(project, file, index))
        return None if collected else "double"
    if item.branch != MODULE:
        return None  # one of several bodies for several platforms or versions
    if _is_contract(
        source, item, outside, [member.definition for member in own.values() if member.is_public]
    ):
        return "protocol"
    derived = len(list(lineage(project, file, index))) > 1
    return "shim" if derived and not own and "" not in item.bases else "implementation"


def _is_contract(source: SourceFile, item: Definition, outside: set[str], members: Iterable[int]) -> bool:
    if {"Protocol", "Interface"} & {base.rpartition(".")[2] for base in item.bases}:
        return True
    bodies = [source.facts.definitions[index] for index in members if index != MODULE]
    abstract = [body for body in bodies if decorators(body) & ABSTRACT]
    spoken = words(item.name)
    if abstract and (spoken[0] == "i" or spoken[-1] in ("interface", "protocol")):
        return True
    return bool(abstract) and all(body.is_trivial or body in abstract for body in bodies)


# --- who is the same -------------------------------------------------------------------------------------


def _weights(project: Project, bearers: tuple[Bearer, ...]) -> Mapping[str, float]:
    """How much a member's name says: how few kinds of class have it (inverse document frequency, Sparck Jones 1972).

    A kind is a head noun, so that the copies of one class do not make its members look common.
    """
    kinds: dict[str, set[str]] = defaultdict(set)
    makers = [bearer for bearer in bearers if bearer.role == "implementation"]
    for bearer in makers:
        for name in own_members(project, *bearer.place):
            if not name.startswith("_"):
                kinds[name].add(bearer.core[-1])
    every = len({bearer.core[-1] for bearer in makers})
    return {name: log((every + 1) / len(heads)) for name, heads in kinds.items()}


def _shorter(bearers: tuple[Bearer, ...]) -> Mapping[str, tuple[str, ...]]:
    """Core -> the cores that it ends with and that say enough: two words or more."""
    known = {bearer.core for bearer in bearers if len(bearer.core) >= 2}
    found: dict[str, set[str]] = defaultdict(set)
    for item in known:
        for cut in range(1, len(item) - 1):
            if item[cut:] in known:
                found["".join(item)].add("".join(item[cut:]))
    return {key: tuple(sorted(stems)) for key, stems in found.items()}


def _alike(project: Project, weight: Mapping[str, float], one: Place, other: Place, enough: float) -> bool:
    """Is one of two classes derived from the other, or the smaller one largely contained in the other?"""
    if enough == LONGER_NAME and _meant_apart(project, one, other):
        return False
    if not _can_meet(project, one[0], other[0]):
        return False
    above_one, above_other = set(lineage(project, *one)), set(lineage(project, *other))
    if one in above_other or other in above_one:
        return True
    kin = project.once(below)
    if set(kin.get(one, ())) & set(kin.get(other, ())):
        return False  # parts that one class is made of
    if project.once_for(one, library_bases) & project.once_for(other, library_bases):
        return False  # what a common base from outside asks of both is not known: two commands, two views
    # what a common base asks of both says nothing
    given = {name for place in above_one & above_other for name in own_members(project, *place)}
    mine, theirs = (offered(project, place) - given for place in (one, other))
    acting = [_acts(project, place) - given for place in (one, other)]
    names = {project.definition_at((file, index)).name for file, index in (one, other)}
    if all(acting) and not is_record(project, one) and not is_record(project, other):
        mine, theirs = acting  # what objects do tells more than what they keep
    elif enough == LONGER_NAME:
        return False  # `OrderPhoto` beside `Photo`: another message with some of the same fields
    sides = [SIDES & set(words(name)) for name in names]
    parts = [_ENDS & set(project.files[place[0]].module.split(".")) for place in (one, other)]
    if any(side != sides[0] for side in sides) or parts[0] != parts[1]:
        return False
    shared = mine & theirs
    equal = len(names) == 1 and len(words(*names)) > 1
    if len(shared) < FEWEST + (enough == LONGER_NAME) - equal:
        return False
    larger = max(len(mine), len(theirs))
    if len(shared) * PART < larger and not (len(shared) >= FEW and len(core(min(names))) > 1):
        return False  # `start` and `close` of two things that are both called Worker
    smaller = min(sum(weight.get(name, 0.0) for name in names) for names in (mine, theirs))
    return smaller > 0 and sum(weight.get(name, 0.0) for name in shared) >= enough * smaller


def _meant_apart(project: Project, one: Place, other: Place) -> bool:
    """Does the module of one of two classes have a class called like each of them? Whoever wrote both meant two things."""
    names = {project.definition_at(place).name for place in (one, other)}
    return any(
        names <= {item.name for item in project.files[file].facts.definitions if item.parent == MODULE}
        for file in (one[0], other[0])
    )


def _can_meet(project: Project, one: int, other: int) -> bool:
    """Could two files take a class from one home? Not in two source roots of which neither imports the other."""
    first, second = _root(project.files[one]), _root(project.files[other])
    return first == second or (first, second) in project.once(_acquainted)


def _acquainted(project: Project) -> frozenset[tuple[str, str]]:
    """The pairs of source roots one of which has production code that imports the other, or both import a third."""
    found: dict[str, set[str]] = defaultdict(set)
    for source, answers in zip(project.files, project.resolutions, strict=True):
        if not is_test(source):
            root = _root(source)
            files = {target.file for answer in answers for target in answer.targets if target.file >= 0}
            found[root].update(_root(project.files[file]) for file in files)
            found[root].add(root)
    return frozenset((one, other) for one in found for other in found if found[one] & found[other])


def below(project: Project) -> Mapping[Place, tuple[Place, ...]]:
    """For each class of production code those that derive from it."""
    found: dict[Place, list[Place]] = defaultdict(list)
    for file, source in enumerate(project.files):
        if is_test(source):
            continue
        for index, item in enumerate(source.facts.definitions):
            if item.is_class and item.bases:
                for base in lineage(project, file, index):
                    if base != (file, index):
                        found[base].append((file, index))
    return {base: tuple(derived) for base, derived in found.items()}


def offered(project: Project, place: Place) -> frozenset[str]:
    """The public members of a class, inherited ones included."""
    return project.once_for(place, _offered)


def _offered(project: Project, place: Place) -> frozenset[str]:
    return frozenset(name for name in all_members(project, *place) if not name.startswith("_"))


def _acts(project: Project, place: Place) -> frozenset[str]:
    """The public methods and properties among them."""
    members = all_members(project, *place)
    return frozenset(name for name in offered(project, place) if members[name].kind != "attribute")


def is_record(project: Project, place: Place) -> bool:
    """As for claims, `@attr.s` among the decorators."""
    return records.is_record(project, *place, decorated=_RECORD_DECORATORS)


# --- who belongs to whom ---------------------------------------------------------------------------------


def _assemble(
    project: Project, found: tuple[Bearer, ...], parts: _Parts, shorter: Mapping[str, tuple[str, ...]]
) -> tuple[Family, ...]:
    groups: dict[Place, list[Bearer]] = defaultdict(list)
    homes: dict[str, set[Place]] = defaultdict(set)
    for bearer in found:
        if bearer.role == "implementation":
            head = parts.find(bearer.place)
            groups[head].append(bearer)
            key = "".join(bearer.core)
            for name in (key, *shorter.get(key, ())):
                homes[name].add(head)
    for bearer in found:
        if bearer.role != "implementation":
            key = "".join(bearer.core)
            near = homes.get(key)
            if near is None and bearer.role != "shim":  # without a body and with a longer name: a kind of it
                near = {head for stem in shorter.get(key, ()) for head in homes.get(stem, ())}
            chosen = _chosen(project, bearer, sorted(near or ()), groups)
            if chosen is not None:
                groups[chosen].append(bearer)
    return tuple(_family(project, group) for group in _without_mirrors(project, groups))


def _without_mirrors(project: Project, groups: Mapping[Place, list[Bearer]]) -> Iterator[list[Bearer]]:
    """The groups, less the modules that repeat many classes of others: those mirror an interface on purpose."""
    count: Counter[int] = Counter()
    for group in groups.values():
        files = {bearer.place[0] for bearer in group if bearer.role == "implementation"}
        if len(files) > 1:
            count.update(files)
    mirrors = {file for file, times in count.items() if times >= MIRROR}
    for head in sorted(groups):
        makers = [bearer for bearer in groups[head] if bearer.role == "implementation"]
        kept = [bearer for bearer in makers if bearer.place[0] not in mirrors] if len(makers) > 1 else makers
        gone = [bearer for bearer in makers if bearer not in kept]
        if any({bearer.place for bearer in gone} & set(lineage(project, *bearer.place)) for bearer in kept):
            continue  # what is left belongs to a mirror
        if kept:
            yield [bearer for bearer in groups[head] if bearer.role != "implementation" or bearer in kept]


def _chosen(
    project: Project, bearer: Bearer, homes: list[Place], groups: Mapping[Place, list[Bearer]]
) -> Place | None:
    """The family that a class derives from, or else shares most members with."""
    above = set(lineage(project, *bearer.place))
    members = all_members(project, *bearer.place).values()
    acts = sum(member.is_called and member.is_public for member in members)
    best, most = None, max(0, acts - 1) // 3  # a third of what it does, at least
    for head in homes:
        makers = [item.place for item in groups[head] if item.role == "implementation"]
        if above & set(makers):
            return head
        shared = max(len(offered(project, bearer.place) & offered(project, place)) for place in makers)
        if shared > most:
            best, most = head, shared
    return best


def _family(project: Project, group: list[Bearer]) -> Family:
    def of(role: Role) -> tuple[Place, ...]:
        return tuple(sorted(bearer.place for bearer in group if bearer.role == role))

    makers = of("implementation")
    others = set(makers)
    independent = tuple(
        place for place in makers
        if not (others - {place}) & set(lineage(project, *place)) and not _extends_namesake(project, place)
    )  # fmt: skip
    return Family(makers, independent, of("shim"), of("protocol"), of("double"))


def _extends_namesake(project: Project, place: Place) -> bool:
    """`class Command(distutils.Command)`: it adds to another one of its name, even where that is not resolved."""
    item = project.definition_at(place)
    return any(base.rpartition(".")[2].lstrip("_") == item.name.lstrip("_") for base in item.bases)
