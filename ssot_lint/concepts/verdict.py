"""Can a duplicate be replaced by the canonical definition, judged by what its users do with it?

`drop-in`: every member that is used exists there with a compatible signature, and every construction that was
seen is accepted. `adapter`: what is in the way can be bridged by a wrapper that only forwards. `manual`: it
cannot, or nobody can tell. The reasons name each difference and, for those that stand in the way, a place
where the difference is met.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ssot_lint.concepts.claims import ground_of
from ssot_lint.concepts.dealings import Usage, usage_of
from ssot_lint.concepts.records import is_record
from ssot_lint.concepts.unsure import maybe_used
from ssot_lint.concepts.values import other_values
from ssot_lint.model import Claim, Definition, Location, Parameter, Place, Verdict
from ssot_lint.queries.members import Member, all_members, lineage, roots
from ssot_lint.queries.signatures import constructor, incompatibilities, refusal
from ssot_lint.wording import article, count, some

if TYPE_CHECKING:
    from ssot_lint.project import Project

Weight = Literal["none", "bridge", "block"]
_FEW = 3
"""So many missing members a wrapper may still make up for."""
_OWN_AFFAIRS = frozenset({
    "__init__", "__new__", "__post_init__", "__del__", "__repr__", "__slots__", "__doc__", "__module__", "__qualname__",
    "__annotations__", "__match_args__", "__init_subclass__", "__class_getitem__", "__hash__",
})  # fmt: skip
"""Special names that no user meets, or that another difference tells of."""
_GENERATED = frozenset({"__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__iter__"})
"""Special methods that a record may have without a `def`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a duplicate and the canonical class differ, and what it weighs for those who use it."""

    subject: str  # the member it is about; "" for the class as a whole
    text: str
    weight: Weight
    missing: bool = False


def verdict(project: Project, claim: Claim) -> tuple[Verdict, tuple[str, ...]]:
    """Whether the canonical definition can take the place of a duplicate, and why (not).

    >>> verdict(project, claim)  # doctest: +SKIP
    ('adapter', ('send: the canonical method also needs user_id (used at app/chat.py:14)', ...))
    """
    canonical = ground_of(project, claim.concept).canonical
    symbol = _canonical_symbol(project, claim)
    if canonical is None or claim.definition < 0:
        return "manual", (f"{symbol} cannot be found",)
    return compared(project, (claim.file, claim.definition), canonical)


def compared(project: Project, place: Place, canonical: Place) -> tuple[Verdict, tuple[str, ...]]:
    """The same for any two definitions: whether the second can take the place of the first, and why (not)."""
    one, other = project.definition_at(place), project.definition_at(canonical)
    if one.is_class != other.is_class:
        return "manual", ("one is a class, the other a function",)
    if not one.is_class:
        found = list(_compare_methods(one, other, bound=False))
        return _judge(found, ()), _reasons(found, {}, ())
    usage = usage_of(project, place)
    differences = list(_compare(project, place, canonical, usage))
    used = tuple(usage.members)
    if _judge(differences, used) == "drop-in":  # so it would be replaced unseen
        differences += _unsure(project, place, canonical, usage)
    return _judge(differences, used), _reasons(differences, usage.members, used)


def touched(project: Project, claim: Claim) -> Mapping[str, tuple[Location, ...]]:
    """Member -> the places where users of the class read, write or call it, as far as its class can be inferred."""
    return usage_of(project, (claim.file, claim.definition)).members if claim.definition >= 0 else {}


def _canonical_symbol(project: Project, claim: Claim) -> str:
    concept = project.config.concept(claim.concept)
    return concept.canonical if concept is not None else claim.concept


def _judge(differences: Sequence[Difference], used: Sequence[str]) -> Verdict:
    if any(item.weight == "block" for item in differences):
        return "manual"
    missing = sum(1 for item in differences if item.missing and item.weight == "bridge")
    if missing > _FEW or (missing > 1 and 2 * missing > len(used)):
        return "manual"
    return "adapter" if any(item.weight == "bridge" for item in differences) else "drop-in"


def _reasons(
    differences: Sequence[Difference], members: Mapping[str, tuple[Location, ...]], used: Sequence[str]
) -> tuple[str, ...]:
    order = {"block": 0, "bridge": 1, "none": 2}
    lines = []
    for item in sorted(differences, key=lambda item: (order[item.weight], item.subject, item.text)):
        places = members.get(item.subject, ())
        lines.append(
            item.text + (f" (used at {_places(places)})" if places and item.weight != "none" else "")
        )
    if not lines:
        seen = f"all {count(len(used), 'member')} in use" if used else "all its members"
        lines.append(f"the canonical definition has {seen}, with compatible signatures")
    return tuple(lines)


def _places(places: Sequence[Location]) -> str:
    more = f" and {count(len(places) - 1, 'other place')}" if len(places) > 1 else ""
    return f"{places[0].path}:{places[0].line}{more}"


# --- what differs ----------------------------------------------------------------------------------------


def _compare(project: Project, one: Place, other: Place, usage: Usage) -> Iterator[Difference]:
    mine, theirs = all_members(project, *one), all_members(project, *other)
    public = {name for name, item in mine.items() if item.is_public}
    # nothing seen of its users: then every public member counts as used
    used = set(usage.members) if usage.members else public
    unused_missing = []
    for name in sorted(public | used):
        if name.startswith("__") or name not in mine:
            continue
        if name not in theirs:
            if name in used:
                yield Difference(name, f"{name}: missing in the canonical class", "bridge", missing=True)
            else:
                unused_missing.append(name)
        elif name in public or name in used:
            for item in _compare_members(project, mine[name], theirs[name]):
                yield item if name in used else Difference(item.subject, item.text, "none")
    if unused_missing:
        yield Difference(
            "", f"missing in the canonical class and not seen in use: {some(unused_missing, 6)}", "none"
        )
    if not is_record(project, *one):  # whose fields are what its constructor takes
        for name, text, is_met in other_values(project, mine, theirs, used):
            yield Difference(name, text, "bridge" if is_met else "none")
    yield from _compare_special(project, other, mine, theirs)
    yield from _compare_constructors(project, one, other, usage)
    yield from _compare_bases(project, one, other, usage)
    raised = _raised(project, one, mine) - _raised(project, other, theirs)
    if raised:
        yield Difference("", f"raises what the canonical class does not: {some(sorted(raised), 6)}", "none")
    extra = sorted(name for name, item in theirs.items() if item.is_public and name not in mine)
    if extra:
        yield Difference(
            "",
            f"the canonical class has {count(len(extra), 'more public member')}: {some(extra, 6)}",
            "none",
        )
    if not usage.members and public:
        yield Difference(
            "", "no use of an instance could be traced: judged on all its public members", "none"
        )


def _unsure(project: Project, one: Place, other: Place, usage: Usage) -> Iterator[Difference]:
    """The members that differ and that nobody was seen to use, where some place may use them all the same."""
    mine, theirs = all_members(project, *one), all_members(project, *other)
    for name in sorted(mine) if usage.members else ():
        if name in usage.members or name.startswith("__") or not mine[name].is_public:
            continue
        found = [
            item.text
            for item in (_compare_members(project, mine[name], theirs[name]) if name in theirs else ())
            if item.weight != "none"
        ]
        what = f"{name}: missing in the canonical class" if name not in theirs else "; ".join(found)
        where = maybe_used(project, one, name) if what else None
        if where is not None:
            text = f"{what}; it may be used at {where.path}:{where.line}, where nobody can tell the class"
            yield Difference(name, text, "bridge")


def _compare_special(
    project: Project, other: Place, mine: Mapping[str, Member], theirs: Mapping[str, Member]
) -> Iterator[Difference]:
    """Special methods: used by operators and statements, `with`, `==`, `len()`, which no place tells."""
    given = _GENERATED if is_record(project, *other) else frozenset()
    bases = [getattr(builtins, name.rpartition(".")[2], None) for name in roots(project, *other)]
    for name in sorted(mine.keys() - theirs.keys() - given - _OWN_AFFAIRS):
        special = name.startswith("__") and name.endswith("__")
        if special and not any(isinstance(base, type) and hasattr(base, name) for base in bases):
            yield Difference(name, f"{name}: missing in the canonical class", "bridge", missing=True)
    if "__eq__" in theirs and "__hash__" not in theirs and mine.keys().isdisjoint(("__eq__", "__hash__")):
        yield Difference(
            "__hash__", "__hash__: the canonical class has __eq__ and cannot be hashed", "bridge"
        )
    for name in ("__bool__", "__len__"):
        if name in theirs and mine.keys().isdisjoint(("__bool__", "__len__")):
            yield Difference(name, f"{name}: the canonical class has it, and may be false", "bridge")


def _compare_members(project: Project, mine: Member, theirs: Member) -> Iterator[Difference]:
    name = mine.name
    if mine.definition >= 0 and theirs.definition >= 0 and mine.is_called and theirs.is_called:
        one = project.definition_at((mine.file, mine.definition))
        other = project.definition_at((theirs.file, theirs.definition))
        skip_mine, skip_theirs = mine.kind != "static-method", theirs.kind != "static-method"
        yield from _compare_methods(one, other, skip_mine, skip_theirs)
    elif mine.is_called != theirs.is_called:
        yield Difference(
            name,
            f"{name}: {article(mine.kind)} here, {article(theirs.kind)} in the canonical class",
            "bridge",
        )


def _compare_methods(
    one: Definition, other: Definition, bound: bool = True, other_bound: bool | None = None
) -> Iterator[Difference]:
    """What a caller of `one` meets when it calls `other` instead."""
    name = one.name
    if one.is_async and not other.is_async:
        yield Difference(name, f"{name}: async here, sync in the canonical definition", "bridge")
    elif other.is_async and not one.is_async:
        # a wrapper that is not async cannot wait for one that is
        yield Difference(name, f"{name}: sync here, async in the canonical definition", "block")
    mine = one.parameters[1 if bound else 0 :]
    theirs = other.parameters[1 if (bound if other_bound is None else other_bound) else 0 :]
    for text in incompatibilities(mine, theirs):
        yield Difference(name, f"{name}: {text}", "bridge")
    for text in _changed_defaults(mine, theirs):
        yield Difference(name, f"{name}: {text}", "none")


def _changed_defaults(mine: Sequence[Parameter], theirs: Sequence[Parameter]) -> Iterator[str]:
    by_name = {item.name: item for item in theirs}
    for item in mine:
        twin = by_name.get(item.name)
        if twin is not None and item.default is not None and twin.default not in (None, item.default):
            yield f"parameter {item.name} defaults to {item.default} here and to {twin.default} in the canonical one"


def _compare_constructors(project: Project, one: Place, other: Place, usage: Usage) -> Iterator[Difference]:
    mine, theirs = constructor(project, *one), constructor(project, *other)
    if theirs is None:
        return
    refused = [(where, why) for where, call in usage.constructions if (why := refusal(call, theirs))]
    if refused:
        refused.sort(key=lambda item: not _needs_data(item[1]))
        where, why = refused[0]
        more = f" and {count(len(refused) - 1, 'other place')}" if len(refused) > 1 else ""
        text = f"the canonical constructor refuses the construction at {where.path}:{where.line}{more}: {why}"
        yield Difference("", text, "block" if _needs_data(why) else "bridge")
    elif mine is not None:
        for why in _changed_defaults(mine, theirs):
            yield Difference("", f"constructor: {why}", "none")
        for why in incompatibilities(mine, theirs):
            weight: Weight = "none" if usage.constructions else "block" if _needs_data(why) else "bridge"
            yield Difference("", f"constructor: {why}", weight)


def _needs_data(why: str) -> bool:
    """Does the canonical constructor ask for what those who construct the duplicate do not give?

    A wrapper may drop or reorder what it is given, and a method of it may draw on what it holds; a constructor
    has nothing to draw on.
    """
    return why.endswith(" is missing") or " also needs " in why


def _compare_bases(project: Project, one: Place, other: Place, usage: Usage) -> Iterator[Difference]:
    plain = {"object", "ABC", "ABCMeta", "Generic", "Protocol"}
    mine = {project.symbol(*place) for place in list(lineage(project, *one))[1:]}
    theirs = {project.symbol(*place) for place in lineage(project, *other)}
    mine |= {name for name in roots(project, *one) if name.rpartition(".")[2] not in plain}
    if any("" in project.definition_at(place).bases for place in lineage(project, *one)):
        yield Difference("", "a base of it is computed: what that brings is not known", "block")
    lost = sorted(mine - theirs - roots(project, *other))
    if lost:
        yield Difference(
            "",
            f"the canonical class does not derive from {some(lost, 6)}",
            "bridge" if usage.checked else "none",
        )
    if usage.derived:
        yield Difference(
            "",
            f"{count(len(usage.derived), 'class', 'classes')} derived from it, first at {_places(usage.derived[:1])}",
            "bridge",
        )
    if usage.checked:
        yield Difference(
            "", f"its identity is checked (isinstance or except) at {_places(usage.checked)}", "bridge"
        )


def _raised(project: Project, place: Place, members: Mapping[str, Member]) -> set[str]:
    """The exceptions its public methods raise, by the last part of their names."""
    found: set[str] = set()
    for member in members.values():
        deep = project.files[member.file].facts.deep
        if deep is not None and member.is_public and member.definition >= 0:
            found.update(
                name.rpartition(".")[2] for scope, name in deep.raises if scope == member.definition and name
            )
    return {name for name in found if name[:1].isupper()}
