"""Classes and functions by which two readings of a file differ, where they are nothing to any rule.

A rule comes to a definition in one of three ways: by its name; from the class or function that it stands in, all of
whose members it lists; or because it looks through all definitions for those whose names, bases, annotations,
decorators or docstrings say that they belong to a concept or are kept for old users. `asking` sees to the first, the
runs before have noted the second (`Noted.opened`), and the third is decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import msgspec

from ssot_lint.concepts.shims import calls_itself, says
from ssot_lint.config import Config
from ssot_lint.incremental.asking import NAME, surface
from ssot_lint.incremental.noted import Noted
from ssot_lint.incremental.values import Attribute
from ssot_lint.linking.surroundings import scopes_around
from ssot_lint.model import MODULE, Definition, FileFacts, Reference
from ssot_lint.settings.words import flow_words

_MOVING = frozenset({"line", "end_line", "first_line", "end_column", "skeleton", "parent"})
"""Fields that are judged by where the definition stands, and by what is compared with it."""
_SIGNATURE = frozenset({"parameters", "returns", "is_trivial"})
_MEMBERS = frozenset({"attributes", "instance_attributes"})
_HANDING = frozenset({"__getattr__", "__dir__"})


@dataclass(slots=True)
class Surfaces:
    """How the definitions of two readings differ.

    `old` and `new` are the places of those that both have, in the order in which they are the same. Besides these a
    rule sees a difference only if somebody asks for one of the names: of the module, of members of classes, or of
    what is local to a function.
    """

    old: tuple[int, ...] = ()
    new: tuple[int, ...] = ()
    names: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)  # of the names
    called: set[str] = field(default_factory=set)  # what both have, and is called in another way
    members: set[str] = field(default_factory=set)
    local: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    """Ids of rules that see it in any case."""


@dataclass(frozen=True, slots=True)
class Side:
    """One reading, and what has been noted that concerns it."""

    path: str
    is_test: bool
    facts: FileFacts
    before: Noted
    config: Config

    def is_noted(self, index: int, places: frozenset[str]) -> bool:
        return f"{self.path}:{self.facts.definitions[index].qualname}" in places

    def is_picked(self, index: int, names: Collection[str]) -> bool:
        """Has somebody asked for a member of a class by one of these names?"""
        picked = self.before.picked.get(f"{self.path}:{self.facts.definitions[index].qualname}", frozenset())
        return not picked.isdisjoint(names)

    def is_followed(self) -> bool:
        """Are its classes and docstrings looked at for marks of old code?"""
        return self.facts.deep is not None and not self.is_test


def differing(old: Side, new: Side) -> Surfaces | None:
    """How the definitions of two readings differ; None where a rule may see it whatever names are asked for."""
    paired = _paired(old.facts.definitions, new.facts.definitions)
    if paired is None:
        return None
    found = Surfaces(*paired)
    for side, kept in ((old, found.old), (new, found.new)):
        if not _take_apart(side, frozenset(kept), found):
            return None
    for one, other in zip(found.old, found.new, strict=True):
        if not _take_change(old, one, new, other, found):
            return None
    return found


def _paired(
    old: Sequence[Definition], new: Sequence[Definition]
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The places of the definitions that both readings have; None if a name is defined more often, or in another order."""
    before, now = (Counter([item.qualname for item in items]) for items in (old, new))
    both = before.keys() & now.keys()
    if any(before[name] != now[name] for name in both):
        return None
    first, second = (
        tuple([i for i, item in enumerate(items) if item.qualname in both]) for items in (old, new)
    )
    same = [old[i].qualname for i in first] == [new[i].qualname for i in second]
    return (first, second) if same else None


# --- definitions that only one reading has ----------------------------------------------------------------------


def _take_apart(side: Side, kept: frozenset[int], found: Surfaces) -> bool:
    """Take the names of the definitions that only this reading has; False if one of them is something to a rule."""
    definitions = side.facts.definitions
    apart = [index for index in range(len(definitions)) if index not in kept]
    if apart and side.is_followed() and says(side.facts.doc):
        return False
    for index in apart:
        item = definitions[index]
        if item.branch != MODULE or not _is_inert(side, item):
            return False
        if item.parent == MODULE:
            if _is_hook(item.name):
                return False
            found.names.add(item.name)
            if item.is_class:
                found.classes.add(item.name)
        elif item.parent in kept:
            if _is_listed(side, item.parent, found) or side.is_picked(item.parent, (item.name,)):
                return False
            (found.members if definitions[item.parent].is_class else found.local).add(item.name)
    return True


def _is_hook(name: str) -> bool:
    return name.startswith(("__", "pytest"))


def _is_watched(side: Side, index: int) -> bool:
    """Is this definition, or one around it, one whose members rules list, with what these take, or ask for?"""
    for number in scopes_around(side.facts, index):
        item = side.facts.definitions[number]
        known = item.name in side.before.kin or (item.is_class and item.name in side.before.above)
        if known or side.is_noted(number, side.before.opened):
            return True
    return False


def _is_listed(side: Side, index: int, found: Surfaces) -> bool:
    """The same, or one whose members are listed by name; where it is known by which rules, take these."""
    rules = {
        rule
        for rule, places in side.before.named.items()
        if any(side.is_noted(number, places) for number in scopes_around(side.facts, index))
    }
    found.again |= rules
    return "" in rules or _is_watched(side, index)


def _is_inert(side: Side, item: Definition) -> bool:
    """Do a definition's name, bases, decorators and annotations say nothing that a rule looks for?"""
    if item.name in side.before.kin or is_claimed(item.name, side.config):
        return False
    if side.is_followed() and item.is_class and calls_itself(item.name, item.doc):
        return False
    texts = (item.name, *surface(item))
    pattern = flow_words(side.config)
    if pattern is not None and any(pattern.search(text.encode("utf-8", "replace")) for text in texts):
        return False
    if side.facts.deep is not None and any("(" in (each.default or "") for each in item.parameters):
        return False  # made once for all calls
    return all(side.before.kin.isdisjoint(NAME.findall(text)) for text in texts)


def is_claimed(name: str, config: Config) -> bool:
    """Does a name match a pattern of the configuration?"""
    return any(fnmatchcase(name, pattern) for concept in config.concepts for pattern in concept.names)


def without_own_reads(side: Side, kept: Collection[int]) -> FileFacts:
    """A reading without what functions that only it has read of, or return of, what they are given.

    Nobody asks for these functions. What they are given is called as nothing that the module binds, or rules know.
    """
    facts = side.facts
    if facts.deep is None or len(kept) == len(facts.definitions):
        return facts
    bound = {imp.bound for imp in facts.imports} | {item.name for item in facts.assignments}
    bound.update(item.name for item in facts.definitions)
    known = bound | side.before.kin

    def is_own(item: Reference) -> bool:
        if item.role not in ("read", "returned") or item.scope == MODULE or item.scope in kept:
            return False
        head = item.name.partition(".")[0]
        given = {each.name for each in facts.definitions[item.scope].parameters}
        return head in given and known.isdisjoint(item.name.split("."))

    left = tuple([item for item in facts.deep.references if not is_own(item)])
    return msgspec.structs.replace(facts, deep=msgspec.structs.replace(facts.deep, references=left))


# --- definitions that both readings have ------------------------------------------------------------------------


def _take_change(old: Side, one: int, new: Side, other: int, found: Surfaces) -> bool:
    """Take the names by which a definition differs from what it was; False if a rule may look at it."""
    before, now = old.facts.definitions[one], new.facts.definitions[other]
    changed = {
        name for name in Definition.__struct_fields__ if getattr(before, name) != getattr(now, name)
    } - _MOVING
    if not changed:
        return True
    if not changed <= _SIGNATURE | _MEMBERS | {"doc"} or now.name in new.before.kin:
        return False
    if "doc" in changed and new.is_followed() and any(calls_itself(i.name, i.doc) for i in (before, now)):
        return False
    if changed & _MEMBERS:
        names = _members(before) ^ _members(now)
        if _is_listed(new, other, found) or new.is_picked(other, names):
            return False
        found.members |= names
    if changed & _SIGNATURE:
        owner = now.parent
        inner = owner != MODULE and not new.facts.definitions[owner].is_class
        constructs = now.name == "__init__" and owner != MODULE and not inner
        if (
            new.is_noted(other, new.before.opened)
            or (owner != MODULE and (_is_watched(new, owner) or new.is_picked(owner, (now.name,))))
            or not (_is_inert(old, before) and _is_inert(new, now))
            or (_is_followed_into(new.facts, other) and not _takes_the_same(before, now))
            or (_is_hook(now.name) and not constructs)
        ):
            return False
        # what a constructor says that it returns, nobody reads
        if not constructs:
            (found.called if owner == MODULE else found.local if inner else found.members).add(now.name)
        found.local |= {each.name for each in before.parameters} ^ {each.name for each in now.parameters}
        if "is_trivial" in changed and owner == MODULE:
            found.names.add(now.name)
    return True


def takes_attributes(sides: Sequence[Side], names: Collection[Attribute], found: Surfaces) -> bool:
    """Take the names that class bodies set otherwise; False if rules list, or ask for, the members of such a class.

    Those of a class that only one reading has are nobody's who does not ask for the class.
    """
    wanted = dict.fromkeys(qualname for qualname, _ in names)
    for side, kept in zip(sides, (found.old, found.new), strict=True):
        definitions = side.facts.definitions
        for index in kept:
            qualname = definitions[index].qualname
            if qualname in wanted and (
                _is_listed(side, index, found)
                or side.is_picked(index, [name for owner, name in names if owner == qualname])
            ):
                return False
        if any(
            imp.scope != MODULE and (definitions[imp.scope].qualname, imp.bound) in names
            for imp in side.facts.imports
        ):
            return False
    both = {sides[0].facts.definitions[index].qualname for index in found.old}
    found.members |= {name for qualname, name in names if qualname in both}
    return True


def _members(item: Definition) -> frozenset[str]:
    return frozenset((*item.attributes, *item.instance_attributes))


def _takes_the_same(one: Definition, other: Definition) -> bool:
    """Are all parameters that two readings of a function have by one name the same, and in the same order?"""
    mine, theirs = ({each.name: each for each in item.parameters} for item in (one, other))
    both = [name for name in mine if name in theirs]
    return both == [name for name in theirs if name in mine] and all(
        mine[name] == theirs[name] for name in both
    )


def _is_followed_into(facts: FileFacts, index: int) -> bool:
    """Is something of a definition's body a fact, so that its parameters stand for something?"""
    inside = {index}
    for number, item in enumerate(facts.definitions):
        if item.parent in inside:  # what stands in a definition comes after it
            inside.add(number)
    if any(flow.definition in inside for flow in facts.flows):
        return True
    deep = facts.deep
    if deep is None:
        return False
    scopes = {item.scope for items in (deep.calls, deep.uses, deep.references, deep.puts) for item in items}
    return not inside.isdisjoint(scopes) or any(scope in inside for scope, _ in deep.raises)


# --- both readings as if they were one --------------------------------------------------------------------------


def levelled(old: FileFacts, new: FileFacts, found: Surfaces) -> tuple[FileFacts, FileFacts]:
    """The readings with the definitions that both have, the older ones saying what the newer ones say."""
    now = tuple([new.definitions[index] for index in found.new])
    before = []
    for index, item in zip(found.old, now, strict=True):
        own = old.definitions[index]
        fields = _SIGNATURE | _MEMBERS | {"doc"}
        if any(getattr(own, name) != getattr(item, name) for name in fields):
            own = msgspec.structs.replace(own, **{name: getattr(item, name) for name in fields})
        before.append(own)
    return (
        msgspec.structs.replace(old, definitions=tuple(before)),
        msgspec.structs.replace(new, definitions=now),
    )


def tells_old_users(facts: FileFacts) -> tuple[bool, bool]:
    """What tells a module that is kept for old users: what it says, and that it defines nothing."""
    own = any(item.parent == MODULE and item.name not in _HANDING for item in facts.definitions)
    return bool(says(facts.doc)), own
