"""What a class shares with the canonical one, weighed: stand-ins, records, other duties, copies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ssot_lint.concepts.conduct import does_nothing
from ssot_lint.concepts.ground import Finding, Ground
from ssot_lint.concepts.records import is_record
from ssot_lint.concepts.titles import mocking, words
from ssot_lint.model import FileFacts
from ssot_lint.queries.compared import outline
from ssot_lint.queries.members import all_members, lineage
from ssot_lint.queries.outlines import resemblance
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.project import Project

_COPY = 8
"""Statements from which on a class that also bears the name and the members is a copy, not a coincidence."""

_MAKERS = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__"})
"""The methods that whoever makes an instance runs through."""

_INSTEAD = re.compile(r"\b(?:use|instead|favou?r|replaced|migrate|prefer|superseded)\b", re.IGNORECASE)
_PART = re.compile(r"\b(?:argument|parameter|keyword|option|method|passing)s?\b", re.IGNORECASE)
"""A warning of one way to make an instance says nothing of the class."""

COMMON = 20
"""Classes of production code that may share a method name before it can be a common one."""


def record(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
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
    if (
        not terms.is_record
        and not is_test
        and _does_its_work(project, terms, {item.name for item in methods})
    ):
        return None
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


def _does_its_work(project: Project, terms: Ground, methods: Collection[str]) -> bool:
    """Are most of the methods of a record the concept's own, so that it is one that only declares its fields?"""
    shared = terms.members & frozenset(methods) - _common(project)
    return len(shared) > 1 and 2 * len(shared) > len(methods)


def stand_in(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
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


def other_duty(project: Project, terms: Ground, file: int, index: int) -> Finding | None:
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
    if head and replaced_by(project, terms, file, index):
        return None
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
    found = counted_methods(project)
    return frozenset([name for name, times in found.items() if name and is_common(times, found[""])])


def counted_methods(project: Project) -> Mapping[str, int]:
    """As `methods_of`, for all files of production code."""
    return project.once(_counted_methods)


def _counted_methods(project: Project) -> Mapping[str, int]:
    found: Counter[str] = Counter({"": 0})
    for source in project.files:
        if not source.is_test:
            for name, times in methods_of(source.facts).items():
                found[name] += times
    return found


def methods_of(facts: FileFacts) -> Counter[str]:
    """Name -> how many classes of a file have a method, or a class, of that name; "" -> how many classes there are."""
    inside: dict[int, set[str]] = {
        index: set() for index, item in enumerate(facts.definitions) if item.kind == "class"
    }
    if not inside:
        return Counter()
    for item in facts.definitions:
        if item.parent in inside:
            inside[item.parent].add(item.name)
    return Counter(["" for _ in inside] + [name for names in inside.values() for name in names])


def is_common(times: int, classes: int) -> bool:
    """Do so many of the classes have a method of one name that it tells nothing?"""
    return times > max(COMMON, classes // 200)


def implementation(project: Project, terms: Ground, file: int, index: int) -> str:
    """What an implementation of its own shares with the canonical class, in words."""
    offered = [item for item in all_members(project, file, index).values() if item.is_public]
    what = "public name"
    if not terms.is_record:
        offered, what = [item for item in offered if item.kind != "attribute"], "public member"
    shared = [item for item in offered if item.name in terms.members | terms.fields]
    instead = replaced_by(project, terms, file, index)
    return (
        f"an implementation of its own: {count(len(offered), what)}, "
        f"{len(shared)} of them in {terms.concept.canonical}"
        + (f"; its own warning sends users to {instead}" if instead else "")
    )


def replaced_by(project: Project, terms: Ground, file: int, index: int) -> str:
    """The name of the concept, or of its factory, that a class's own warning tells to use in its place; else ""."""
    facts = project.files[file].facts
    makers = {child for child in project.children(file, index) if facts.definitions[child].name in _MAKERS}
    said = [item for item in facts.warns if item.scope == index or item.scope in makers]
    told = {
        word
        for item in said
        if "eprecat" in item.text + item.category
        and _INSTEAD.search(item.text)
        and not _PART.search(item.text)
        for word in re.findall(r"\w+", item.text)
    }
    factory = (terms.concept.factory or "").rpartition(":")[2]
    return next((name for name in (*terms.names, factory) if name in told), "")
