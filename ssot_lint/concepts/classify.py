"""What a class that bears a concept's name really is, decided from its body, its bases and its use.

The questions are asked in a fixed order, from what is certain (config, bases) to what is weighed (members it
shares with the canonical class); the first that has an answer gives the kind, and the answer is its reason.
"""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ssot_lint.concepts.titles import is_kind_of, mocking, words
from ssot_lint.model import Call, ClaimKind, Definition, FileFacts
from ssot_lint.queries.members import Member, all_members, decorators, lineage, own_members, roots
from ssot_lint.queries.outlines import outline, resemblance
from ssot_lint.queries.receivers import class_of, definition_of, enclosing_class, made_by, returned_by
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.project import Project

Place = tuple[int, int]
Finding = tuple[ClaimKind, str]

_ADAPTER_WORDS = frozenset(
    {"adapter", "adaptor", "wrapper", "compat", "compatibility", "shim", "proxy", "facade"}
)
MOCKS = frozenset(
    {"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "PropertyMock"}
)
_ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
_RECORD_BASES = frozenset(
    {
        "BaseModel",
        "BaseSettings",
        "NamedTuple",
        "namedtuple",
        "TypedDict",
        "Struct",
        "SQLModel",
        "RootModel",
        "create_model",
    }
)
_RECORD_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "attributes"})
_ABSTRACT = frozenset({"abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod"})
COMMON = 20
"""Classes of production code that may share a method name before it can be a common one."""
_COPY = 8
"""Statements from which on a class that also bears the name and the members is a copy, not a coincidence."""
_RECORDING = frozenset({"append", "add", "extend", "appendleft", "put_nowait", "update"})


@dataclass(frozen=True, slots=True)
class Ground:
    """What the claims of one concept are compared with."""

    concept: Concept
    canonical: Place | None
    declared: Mapping[Place, Finding]  # what config says outright
    members: frozenset[str]  # public methods and properties of the canonical class
    fields: frozenset[str]  # its public attributes
    is_record: bool
    contracts: frozenset[Place]  # ancestors of the canonical class and the configured protocol

    @property
    def names(self) -> tuple[str, ...]:
        return (self.concept.canonical_name, *self.concept.aliases)


_MARKS = frozenset({"ABC", "Generic", "Protocol", "object"})
"""Bases that add nothing to what a class does."""


def ground(project: Project, concept: Concept) -> Ground:
    """Reads the canonical class of a concept once for all its claims."""

    def place(symbol: str | None) -> Place | None:
        if not symbol:
            return None
        target = project.resolve_symbol(symbol).target
        return (target.file, target.index) if target.kind == "definition" else None

    canonical = place(concept.canonical)
    declared: dict[Place, Finding] = {}
    for symbol, kind, reason in (
        (concept.factory, "companion", "configured as the concept's factory"),
        (concept.protocol, "protocol", "configured as the concept's protocol"),
        (concept.test_double, "test-double", "configured as the concept's test double"),
        *((variant, "variant", "configured as a legal variant") for variant in concept.variants),
        (concept.canonical, "canonical", "configured as canonical"),
    ):
        found = place(symbol)
        if found is not None:
            declared[found] = (kind, reason)  # type: ignore[assignment]
    members: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    contracts: set[Place] = set()
    record = False
    if canonical is not None and project.definition_at(canonical).is_class:
        public = [item for item in all_members(project, *canonical).values() if item.is_public]
        members = frozenset(item.name for item in public if item.kind != "attribute")
        fields = frozenset(item.name for item in public if item.kind == "attribute")
        record = is_record(project, *canonical)
        contracts.update(list(lineage(project, *canonical))[1:])
    if (protocol := place(concept.protocol)) is not None:
        contracts.add(protocol)
    return Ground(concept, canonical, declared, members, fields, record, frozenset(contracts))


def classify(project: Project, terms: Ground, file: int, index: int) -> Finding:
    """The kind of one class that bears the concept's name, and why."""
    place = (file, index)
    if place in terms.declared:
        return terms.declared[place]
    for ask in _QUESTIONS:
        finding = ask(project, terms, file, index)
        if finding is not None:
            return finding
    return "duplicate", _implementation(project, terms, file, index)


# --- bases -----------------------------------------------------------------------------------------------


def _contract(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    definition = project.definition_at((file, index))
    bases = {base.rpartition(".")[2] for base in definition.bases}
    if "Protocol" in bases and not any(
        item.endswith(":Protocol") for item in _first_party_bases(project, file, index)
    ):
        return "protocol", "a typing.Protocol"
    outside = roots(project, file, index)
    if "zope.interface.Interface" in outside:
        return "protocol", "a zope.interface"
    if not {"ABC", "ABCMeta"} & {item.rpartition(".")[2] for item in outside}:
        return None
    defined = project.files[file].facts.definitions
    methods = [
        defined[item.definition]
        for item in own_members(project, file, index).values()
        if item.definition >= 0
    ]
    abstract = [item for item in methods if decorators(item) & _ABSTRACT]
    concrete = [
        item for item in methods if item not in abstract and not item.is_trivial and not _dunder(item.name)
    ]
    if abstract and (len(abstract) >= len(concrete) or (file, index) in terms.contracts):
        return "protocol", f"an ABC with {count(len(abstract), 'abstract method')}"
    return None


def _above(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """What the canonical class is made from is part of it."""
    if terms.canonical is None or (file, index) == terms.canonical:
        return None
    if (file, index) in set(lineage(project, *terms.canonical)):
        return "companion", f"a base of {project.symbol(*terms.canonical)}"
    return None


def _first_party_bases(project: Project, file: int, index: int) -> tuple[str, ...]:
    return tuple(target.symbol for target in project.ancestors(file, index) if target.kind == "definition")


def _collected(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    reason = collected(project, file, index)
    return ("test-case", reason) if reason else None


def collected(project: Project, file: int, index: int) -> str:
    """Why a test runner collects the class, or "". pytest: `Test*`, no constructor, test methods. unittest: by base."""
    definition = project.definition_at((file, index))
    members = all_members(project, file, index)
    tests = [item for item in members.values() if item.name.startswith("test") and item.is_called]
    cases = sorted(item for item in roots(project, file, index) if item.endswith("TestCase"))
    if cases:
        return f"{count(len(tests), 'test method')}, derived from {cases[0]}"
    if not tests:
        return ""
    constructed = "__init__" in members or "__new__" in members
    if definition.name.startswith("Test"):
        return "" if constructed else f"collected by pytest: {count(len(tests), 'test method')}"
    public = [item for item in members.values() if item.is_public and item.is_called]
    if "test" in words(definition.name) and 2 * len(tests) >= len(public):
        return f"{count(len(tests), 'test method')} that a runner of its own calls"
    return ""


def _mock_base(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    found = sorted(item for item in roots(project, file, index) if item.rpartition(".")[2] in MOCKS)
    return ("test-double", f"derived from {found[0]}") if found else None


def _plain_kind(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Enums and exceptions share the word and nothing else."""
    names = {item.rpartition(".")[2] for item in roots(project, file, index)}
    if terms.canonical is None or not _is_error(project, *terms.canonical):
        if names & _ENUMS:
            return "companion", "an enum"
        if any(_is_exception(name) for name in names):
            return "companion", "an exception"
    return None


def _is_error(project: Project, file: int, index: int) -> bool:
    names = {item.rpartition(".")[2] for item in roots(project, file, index)}
    return bool(names & _ENUMS) or any(_is_exception(name) for name in names)


def _is_exception(name: str) -> bool:
    known = getattr(builtins, name, None)
    if isinstance(known, type):
        return issubclass(known, BaseException)
    return name.endswith(("Error", "Exception"))


def _derived(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Classes made from the canonical one, and bodiless ones made from another claim."""
    definition = project.definition_at((file, index))
    own = own_members(project, file, index)
    ancestors = list(lineage(project, file, index))[1:]
    if terms.canonical in ancestors:
        assert terms.canonical is not None
        symbol = project.symbol(*terms.canonical)
        if not own and _has_one_base(definition):
            if is_kind_of(definition.name, terms.names):
                return "subclass", f"a kind of {symbol}, by its name; without a body"
            return "shim", f"a subclass of {symbol} without a body"
        if project.files[file].is_test:
            added = [
                name
                for name, item in own.items()
                if item.is_public and item.is_called and name not in terms.members
            ]
            if mocking(definition.name) or not added:
                return "test-double", f"overrides {count(len(own), 'member')} of {symbol} in test code"
        return "subclass", f"derived from {symbol}, with {count(len(own), 'member')} of its own"
    for ancestor in ancestors:
        if terms.declared.get(ancestor, ("",))[0] == "variant" and not project.files[file].is_test:
            return "subclass", f"derived from {project.symbol(*ancestor)}, a legal variant"
    if ancestors and not set(own) - {"__init__"} and _has_one_base(definition):
        base = project.definition_at(ancestors[0])
        if (
            any(fnmatchcase(base.name, pattern) for pattern in terms.concept.names)
            and not project.files[file].is_test
        ):
            only = "without a body" if not own else "that adds only a constructor"
            return "shim", f"a subclass of {project.symbol(*ancestors[0])} {only}"
    return None


def _has_one_base(definition: Definition) -> bool:
    """A class that puts several together is one of its own, though it has no body."""
    return len([base for base in definition.bases if base.rpartition(".")[2] not in _MARKS]) < 2


# --- records ---------------------------------------------------------------------------------------------


def _record(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Dataclasses, models and typed tuples: data about the concept, unless the concept itself is a record."""
    declared = is_record(project, file, index)
    is_test = project.files[file].is_test
    members = all_members(project, file, index)
    methods = [item for item in members.values() if item.is_public and item.is_called]
    bare = not declared and not is_test and not [item for item in methods if item.kind == "method"]
    if not declared and not (bare and "__init__" in members and terms.is_record):
        return None
    name = project.definition_at((file, index)).name
    if mocking(name):
        return "test-double", "its name says that it stands in"
    acts = [item for item in methods if project.definition_at((item.file, item.definition)).is_async]
    if is_test and (acts or len(methods) > 2):
        return None
    fields = {item.name for item in members.values() if item.is_public}
    if not terms.is_record:
        return "companion", f"a record of {count(len(fields), 'field')}; the canonical class is not one"
    wanted = terms.fields | terms.members
    shared = sorted(fields & wanted)
    share = len(shared) / max(1, min(len(fields), len(terms.fields)))
    said = f"shares {len(shared)} of its {count(len(fields), 'public name')} with {terms.concept.canonical}"
    if is_test:
        return (
            ("test-double", f"a record in test code that {said}")
            if share > 0.5
            else ("companion", f"a record in test code that {said}")
        )
    return (
        ("duplicate", f"a record of its own that {said}")
        if share >= 1 / 3
        else ("companion", f"a record that {said}")
    )


def is_record(project: Project, file: int, index: int) -> bool:
    """A dataclass, a model or a typed tuple: a class whose statement lists its fields."""
    if any(
        decorators(project.definition_at((at, number))) & _RECORD_DECORATORS
        for at, number in lineage(project, file, index)
    ):
        return True
    return bool({item.rpartition(".")[2] for item in roots(project, file, index)} & _RECORD_BASES)


# --- bodies ----------------------------------------------------------------------------------------------


def _handing_on(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Does most of the class forward to one object that is a claim of the concept itself?

    Guards, logging and conversions around the call are part of an adapter's work; loops are not.
    """
    definition = project.definition_at((file, index))
    is_test = project.files[file].is_test
    if project.files[file].facts.deep is None or (is_test and mocking(definition.name)):
        return None
    methods = [
        item for item in all_members(project, file, index).values()
        if item.is_called and (item.is_public or item.name == "__getattr__") and item.file == file
    ]  # fmt: skip
    adapter = bool(_ADAPTER_WORDS & set(words(definition.name)))
    forwarded: dict[str, set[str]] = {}
    recording = 0
    for method in methods:
        calls = calls_in(project, file, method.definition)
        targets = {
            to for call in calls if (to := _forwards(project, terms, file, method, call, adapter)) is not None
        }
        if project.tells(file, method.definition, "loops"):
            targets = set()  # a loop is logic of its own
        recording += bool(targets) and is_test and any(_is_recording(call) for call in calls)
        forwarded[method.name] = targets
    for method in methods:  # through another method of the class
        for call in calls_in(project, file, method.definition):
            owner, _, name = call.callee.rpartition(".")
            if owner in ("self", "cls"):
                forwarded[method.name] |= forwarded.get(name, set())
    found = Counter(sorted(to for targets in forwarded.values() for to in targets))
    if recording:
        return None
    to, times = found.most_common(1)[0] if found else ("", 0)
    if to.endswith(".__getattr__"):
        return "shim", f"hands every attribute on to {to.removesuffix('.__getattr__')}"
    public = [item for item in methods if item.is_public]
    if 2 * times > len(public):
        return "shim", f"{times} of {count(len(public), 'public method')} forward to {to}"
    if adapter and terms.canonical is not None and _constructs(project, terms, file, index):
        return "shim", f"an adapter over {terms.concept.canonical}, which it constructs"
    return None


def _constructs(project: Project, terms: Ground, file: int, index: int) -> bool:
    """Does a method of the class itself make an instance of the canonical class?"""
    return any(
        made_by(project, file, method, call.callee, depth=0) == terms.canonical
        for method in project.children(file, index)
        for call in calls_in(project, file, method)
        if call.assigned or call.returned
    )


def _forwards(
    project: Project, terms: Ground, file: int, method: Member, call: Call, adapter: bool
) -> str | None:
    """What a call inside a method hands on to, when that is a claim of the concept; else None."""
    receiver = call.callee.rpartition(".")[0]
    if method.name == "__getattr__":
        return "the wrapped object.__getattr__" if call.callee == "getattr" and call.returned else None
    if receiver in ("self", "cls", "super"):
        return None
    if receiver:
        held = class_of(project, file, call.scope, receiver)
        if held is None and not receiver.startswith("self."):
            held = definition_of(project, file, call.scope, receiver)
        if held is not None and project.definition_at(held).is_class:
            same = _claims(terms, project, held) and held != (
                file,
                enclosing_class(project, file, call.scope),
            )
            return project.symbol(*held) if same or (adapter and receiver.startswith("self.")) else None
        return receiver if adapter and receiver in _given(project, file, call.scope) else None
    if call.returned:
        function = definition_of(project, file, call.scope, call.callee)
        if function is not None and not project.definition_at(function).is_class:
            made = returned_by(project, *function)
            if made is not None and _claims(terms, project, made):
                return project.symbol(*function)
    return None


def _given(project: Project, file: int, scope: int) -> frozenset[str]:
    """`self.x` for the attributes that a class sets from a name it was given: `self.x = x`."""
    owner = enclosing_class(project, file, scope)
    deep = project.files[file].facts.deep
    if deep is None or owner is None:
        return frozenset()
    methods = set(project.children(file, owner))
    return frozenset(
        item.target for item in deep.references
        if item.role == "stored" and item.scope in methods and item.target.startswith("self.")
    )  # fmt: skip


def _claims(terms: Ground, project: Project, place: Place) -> bool:
    name = project.definition_at(place).name
    return (
        place == terms.canonical
        or place in terms.contracts
        or any(fnmatchcase(name, item) for item in terms.concept.names)
    )


def calls_in(project: Project, file: int, index: int) -> tuple[Call, ...]:
    """The calls directly in a function's body, in the order of the source."""
    return project.once_for(file, _calls_by_scope).get(index, ())


def _calls_by_scope(project: Project, file: int) -> Mapping[int, tuple[Call, ...]]:
    deep = project.files[file].facts.deep
    inside: dict[int, list[Call]] = {}
    for call in deep.calls if deep is not None else ():
        inside.setdefault(call.scope, []).append(call)
    return {scope: tuple(calls) for scope, calls in inside.items()}


def _is_recording(call: Call) -> bool:
    receiver, _, name = call.callee.rpartition(".")
    return name in _RECORDING and receiver.startswith("self.")


def does_nothing(project: Project, file: int, index: int) -> bool:
    """A body without an effect but the record of the call: pass, a constant, `self.calls.append(...)`."""
    method = project.definition_at((file, index))
    if method.is_trivial:
        return True
    calls = calls_in(project, file, index)
    return all(_is_recording(call) for call in calls) and project.tells(file, index, "only records")


def _stand_in(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """Helpers of test code, and mocks and stubs anywhere."""
    definition = project.definition_at((file, index))
    members = all_members(project, file, index)
    shared = sorted(name for name, item in members.items() if item.is_called and name in terms.members)
    said = f"has {len(shared)} of {count(len(terms.members), 'public member')} of {terms.concept.canonical}"
    if project.files[file].is_test:
        if len(shared) * 2 > len(terms.members) and (share := _copied(project, terms, file, index)):
            return "duplicate", f"a copy in test code: {int(share * 100)} % of the statements are the same"
        if definition.name.startswith("Test"):
            why = "has a constructor" if "__init__" in members else "has no test methods"
            return "test-double", f"a helper in test code that no runner collects, since it {why}"
        return "test-double", f"stands in test code; {said}"
    if mocking(definition.name):
        return "test-double", f"its name says that it stands in; {said}"
    stubs = [name for name in shared if does_nothing(project, members[name].file, members[name].definition)]
    if stubs and len(stubs) == len(shared) and _does_something(project, terms, stubs):
        does = "does" if len(stubs) == 1 else "do"
        return (
            "test-double",
            f"a stub: {count(len(stubs), 'member')} it shares with the canonical class {does} nothing",
        )
    return None


def _does_something(project: Project, terms: Ground, names: Collection[str]) -> bool:
    """Does the canonical class do in one of these members what a stub would leave out?"""
    if terms.canonical is None:
        return False
    own = all_members(project, *terms.canonical)
    return any(not does_nothing(project, own[name].file, own[name].definition) for name in names)


def _copied(project: Project, terms: Ground, file: int, index: int) -> float:
    """How much of a class is the canonical one, statement by statement; 0 for less than nine tenths, or too little."""
    if terms.canonical is None:
        return 0.0
    original = outline(project, *terms.canonical)
    if original.size < _COPY:
        return 0.0
    return resemblance(original, outline(project, file, index), cutoff=0.9, proof=0.0)


def _other_duty(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
    """A class that only shares the word: its members are not the concept's."""
    name = project.definition_at((file, index)).name
    if name in terms.names or name in terms.concept.names:
        return None  # config names it outright, without a wildcard
    if terms.contracts & set(lineage(project, file, index)):
        return None
    members = [item for item in all_members(project, file, index).values() if item.is_public]
    offered = {item.name for item in members if terms.is_record or item.kind != "attribute"}
    wanted = terms.members | (terms.fields if terms.is_record else frozenset())
    shared = offered & wanted
    head = words(name)[-1:] in {words(item)[-1:] for item in terms.names}
    if terms.canonical is None or (not terms.is_record and not terms.members):
        return None if head else ("companion", f"a {name} is not a {terms.concept.canonical_name}")
    enough = (
        3 * len(shared) >= min(len(offered), len(wanted))
        if terms.is_record
        else bool(shared - _common(project))
    )
    if head and enough:
        return None
    if len(shared) >= 2 and 2 * len(shared) >= len(offered):
        return None
    return (
        "companion",
        f"shares {len(shared)} of its {count(len(offered), 'public member')} with {terms.concept.canonical}",
    )


def _common(project: Project) -> frozenset[str]:
    """Method names that say nothing about a class, since many classes of the project's own code have them."""
    return project.once(_common_names)


def _common_names(project: Project) -> frozenset[str]:
    found: Counter[str] = Counter()
    for source in project.files:
        if not source.is_test:
            found.update(methods_of(source.facts))
    classes = found.pop("", 0)
    return frozenset(name for name, times in found.items() if is_common(times, classes))


def methods_of(facts: FileFacts) -> Counter[str]:
    """Name -> how many classes of a file have a method, or a class, of that name; "" -> how many classes there are."""
    inside: dict[int, set[str]] = {
        index: set() for index, item in enumerate(facts.definitions) if item.is_class
    }
    for item in facts.definitions if inside else ():
        if item.parent in inside:
            inside[item.parent].add(item.name)
    found: Counter[str] = Counter()
    for names in inside.values():
        found.update(names)
    found[""] = len(inside)
    return found


def is_common(times: int, classes: int) -> bool:
    """Do so many of the classes have a method of one name that it tells nothing?"""
    return times > max(COMMON, classes // 200)


def _implementation(project: Project, terms: Ground, file: int, index: int) -> str:
    offered = [item for item in all_members(project, file, index).values() if item.is_public]
    what = "public name"
    if not terms.is_record:
        offered, what = [item for item in offered if item.kind != "attribute"], "public member"
    shared = [item for item in offered if item.name in terms.members | terms.fields]
    return (
        f"an implementation of its own: {count(len(offered), what)}, "
        f"{len(shared)} of them in {terms.concept.canonical}"
    )


_QUESTIONS = (
    _contract, _above, _collected, _mock_base, _plain_kind, _derived, _record, _handing_on, _stand_in, _other_duty,
)  # fmt: skip


# --- functions -------------------------------------------------------------------------------------------


def classify_function(project: Project, terms: Ground, file: int, index: int) -> Finding:
    """The kind of a function that bears the name of a concept whose canonical definition is a function."""
    if (file, index) in terms.declared:
        return terms.declared[file, index]
    definition = project.definition_at((file, index))
    calls = calls_in(project, file, index)
    forwarded = [
        call
        for call in calls
        if call.returned and definition_of(project, file, index, call.callee) == terms.canonical
    ]
    if forwarded and terms.canonical is not None and project.tells(file, index, "only returns"):
        return "shim", f"returns what {terms.concept.canonical} returns"
    if project.files[file].is_test:
        kind: ClaimKind = "test-case" if definition.name.startswith("test") else "test-double"
        return kind, "a test function" if kind == "test-case" else "stands in test code"
    if mocking(definition.name):
        return "test-double", "its name says that it stands in"
    return "duplicate", "an implementation of its own"


def _dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
