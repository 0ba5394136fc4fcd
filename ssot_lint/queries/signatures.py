"""What a signature accepts: does it take a call, and can it stand in for another one?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from ssot_lint.model import Assignment, Definition, Node, Parameter, Place
from ssot_lint.queries.members import Member, decorators, lineage, member_called, roots
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.project import Project

_ATTRS = frozenset({"define", "frozen", "mutable"})
_RECORDS = _ATTRS | {"dataclass"}
_TUPLES = frozenset({"NamedTuple", "namedtuple"})
_KEYWORD_RECORDS = frozenset({"BaseModel", "TypedDict", "Struct"})
_PLAIN = frozenset({"object", "ABC", "Protocol", "Generic", "ABCMeta"})
_DEFAULTS = frozenset({"default", "default_factory", "factory"})
_FIELD_CALLS = frozenset({"field", "Field", "ib", "attrib", "Factory"})
NEUTRAL = frozenset({
    "abstractmethod", "staticmethod", "classmethod", "property", "cached_property", "override", "final",
    "deprecated", "wraps", "no_type_check", "lru_cache", "cache", "fixture", "runtime_checkable", "setter", "getter",
})  # fmt: skip
"""Decorators that leave the parameters, and whether a call has to be awaited, as they are written."""


class Arguments(Protocol):
    """What a call passes, as far as a signature cares."""

    @property
    def arguments(self) -> int: ...
    @property
    def keywords(self) -> tuple[str, ...]: ...
    @property
    def starred(self) -> bool: ...


class Passed(msgspec.Struct, frozen=True, gc=False):
    """Positional arguments, a star counted once; names of keywords, "**" for an unpacking."""

    arguments: int
    keywords: tuple[str, ...] = ()
    starred: bool = False


def passed(call: Node) -> Passed:
    """What a call of a flow passes."""
    given = call.children[1:]
    return Passed(
        sum(item.kind != "keyword" for item in given),
        tuple(item.text for item in given if item.kind == "keyword"),
        any(item.kind == "star" for item in given),
    )


# --- does it take a call? --------------------------------------------------------------------------------


def refusal(call: Arguments, parameters: Sequence[Parameter], is_whole: bool = True) -> str:
    """Why a call does not fit a signature, or "" when it does or when its stars hide what it passes.

    To a call that is not whole further arguments may come.
    """
    if call.starred or "**" in call.keywords:
        return ""
    places = [item for item in parameters if item.kind in ("positional-only", "positional")]
    takes_more = any(item.kind == "var-positional" for item in parameters)
    takes_any = any(item.kind == "var-keyword" for item in parameters)
    if call.arguments > len(places) and not takes_more:
        return f"{count(call.arguments, 'positional argument')} for {len(places)}"
    given = {item.name for item in places[: call.arguments]}
    named = {item.name for item in parameters if item.kind in ("positional", "keyword-only")}
    for keyword in call.keywords:
        if keyword not in named and not takes_any:
            return f"no parameter {keyword}"
        if keyword in named & given:
            return f"{keyword} is given twice"
    given |= named & set(call.keywords)
    for item in parameters if is_whole else ():
        if item.default is None and not item.kind.startswith("var-") and item.name not in given:
            return f"{item.name} is missing"
    return ""


# --- can it stand in for another one? --------------------------------------------------------------------


def incompatibilities(
    mine: Sequence[Parameter], theirs: Sequence[Parameter], other: str = "the canonical one"
) -> Iterator[str]:
    """Calls that `mine` accepts and `theirs` rejects or takes otherwise. Receivers are left out of both.

    `other` is what `theirs` is called in the texts.
    """
    by_name = {item.name: item for item in theirs}
    own = {item.name for item in mine}
    takes_any = any(item.kind == "var-keyword" for item in theirs)
    takes_more = any(item.kind == "var-positional" for item in theirs)
    any_keyword = any(item.kind == "var-keyword" for item in mine)
    any_positional = any(item.kind == "var-positional" for item in mine)
    for number, item in enumerate(mine):
        if item.kind == "var-positional":
            if not takes_more:
                yield f"takes any positional arguments (*{item.name}), {other} does not"
        elif item.kind == "var-keyword":
            if not takes_any:
                yield f"takes any keywords (**{item.name}), {other} does not"
        elif item.name not in by_name:
            if not (takes_any and item.kind == "keyword-only") and not (takes_any and takes_more):
                yield f"parameter {item.name} does not exist in {other}"
        else:
            twin = by_name[item.name]
            if item.kind in ("positional", "positional-only") and twin.kind == "keyword-only":
                yield f"parameter {item.name} is keyword-only in {other}"
            elif item.kind in ("positional", "keyword-only") and twin.kind == "positional-only":
                yield f"parameter {item.name} is positional-only in {other}"
            elif item.kind == "positional-only" and twin.kind != "positional-only" and any_keyword:
                yield f"parameter {item.name} takes its keyword too in {other}"
            elif item.kind.startswith("positional") and (
                number >= len(theirs) or theirs[number].name != item.name
            ):
                yield f"parameter {item.name} stands in another place in {other}"
            elif item.default is not None and twin.default is None:
                yield f"parameter {item.name} is required in {other}"
    for item in theirs:
        if item.name not in own and item.kind.startswith("positional") and any_positional:
            yield f"{other} takes {item.name} where this one takes anything"
        elif item.name not in own and item.default is None and not item.kind.startswith("var-"):
            yield f"{other} also needs {item.name}"


def keeps_signature(definition: Definition) -> bool:
    """Does a caller meet the parameters, and the need to await, as they are written? Decorators may change both."""
    return decorators(definition) <= NEUTRAL


def keeps_parameters(definition: Definition) -> bool:
    """Does a caller meet the parameters as they are written?"""
    return decorators(definition) <= NEUTRAL | {"contextmanager", "asynccontextmanager"}


# --- constructors ----------------------------------------------------------------------------------------


def constructor(project: Project, file: int, index: int) -> tuple[Parameter, ...] | None:
    """The parameters with which a class is constructed, `self` left out; None when they cannot be known."""
    chain = list(lineage(project, file, index))
    made = next((number for number, place in enumerate(chain) if _is_record(project, place)), len(chain))
    initial = member_called(project, file, index, "__init__")
    if initial is not None and initial.definition < 0 and made == len(chain):
        return None  # `__init__ = something`
    if initial is not None and initial.definition >= 0 and chain.index((initial.file, initial.owner)) <= made:
        return project.definition_at((initial.file, initial.definition)).parameters[1:]
    if made < len(chain):
        return _fields(project, [place for place in chain if _is_record(project, place)])
    new = member_called(project, file, index, "__new__")
    if initial is None and new is not None and new.definition >= 0:  # `object.__init__` takes what that takes
        return project.definition_at((new.file, new.definition)).parameters[1:]
    outside = _outside(project, file, index)
    if outside & _TUPLES:
        return _fields(project, [place for place in chain if _is_tuple(project, place)])
    if outside & _KEYWORD_RECORDS:
        fields = [Parameter(x.name, "keyword-only", x.default, x.annotation) for x in _fields(project, chain)]
        if "BaseModel" in outside:  # pydantic ignores what it does not know, unless told otherwise
            fields.append(Parameter("extra", "var-keyword"))
        return tuple(fields)
    return None if outside - _PLAIN else ()


def certain_constructor(project: Project, file: int, index: int) -> tuple[Parameter, ...] | None:
    """As `constructor`, and None wherever something unknown may lie between a call and that signature.

    Such are a `__new__`, a metaclass, a decorator on the class or on `__init__`, a base from outside that may
    bring a constructor, and what `field(init=...)`, validators or aliases make of a generated one.
    """
    return project.once_for((file, index), _certain)


def _certain(project: Project, place: Place) -> tuple[Parameter, ...] | None:
    file, index = place
    chain = list(lineage(project, file, index))
    initial, new = (member_called(project, file, index, name) for name in ("__init__", "__new__"))
    unknown = _outside(project, file, index) - _PLAIN
    for place in chain:
        definition = project.definition_at(place)
        if definition.metaclass.rpartition(".")[2] not in ("", "ABCMeta") or "" in definition.bases:
            return None
        if decorators(definition) - _RECORDS - NEUTRAL:
            return None
    if new is not None and not (new.definition >= 0 and _takes_all(project, new)):
        return None
    if initial is not None:
        if initial.definition < 0 or (unknown and initial.owner != index):
            return None
        return constructor(project, file, index) if _kept(project, initial) else None
    if unknown - _TUPLES - {"BaseModel"} or not _plainly_declared(project, chain, "BaseModel" in unknown):
        return None
    return constructor(project, file, index)


def _takes_all(project: Project, member: Member) -> bool:
    kinds = {item.kind for item in project.definition_at((member.file, member.definition)).parameters}
    return {"var-positional", "var-keyword"} <= kinds


def _kept(project: Project, member: Member) -> bool:
    return keeps_parameters(project.definition_at((member.file, member.definition)))


def _outside(project: Project, file: int, index: int) -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in roots(project, file, index))


def _is_record(project: Project, place: Place) -> bool:
    return bool(decorators(project.definition_at(place)) & _RECORDS)


def _is_tuple(project: Project, place: Place) -> bool:
    """Are its annotated names the fields of a tuple? Not those of a class derived from one."""
    definition = project.definition_at(place)
    bases = (project.resolve(place[0], base, definition.parent).target for base in definition.bases if base)
    return any(base.kind == "external" and base.symbol.rpartition(".")[2] in _TUPLES for base in bases)


def _plainly_declared(project: Project, chain: Sequence[Place], model: bool) -> bool:
    """Can the fields be told from their declarations? Not with `field(init=...)`, aliases, validators, settings."""
    for file, index in chain:
        facts = project.files[file].facts
        definition = facts.definitions[index]
        calls = [call for call in facts.deep.calls if call.scope == index] if facts.deep is not None else []
        known = {call.assigned: call for call in calls if call.assigned}
        for item in facts.assignments:
            if item.scope == index and item.kind == "call" and _is_field(item):
                call = known.get(item.name)
                if not item.annotation:
                    return False
                if model or call is None or "init" in call.keywords or "**" in call.keywords:
                    return False
        if any(
            call.line <= definition.line and call.line >= definition.first_line
            and {"init", "**", "auto_attribs", "these"} & set(call.keywords)
            for call in (facts.deep.calls if facts.deep is not None else ())
        ):  # fmt: skip
            return False
        if model and (
            project.children(file, index) or {"model_config", "Config"} & set(definition.attributes)
        ):
            return False
    return True


def _is_field(item: Assignment) -> bool:
    return item.value.rpartition(".")[2] in _FIELD_CALLS


def _fields(project: Project, chain: Sequence[Place]) -> tuple[Parameter, ...]:
    """The constructor's parameters that annotated class attributes make, the ancestors' first."""
    found: dict[str, Parameter] = {}
    for file, index in reversed(chain):
        facts = project.files[file].facts
        definition = facts.definitions[index]
        calls = facts.deep.calls if facts.deep is not None else ()
        given = {call.assigned: set(call.keywords) for call in calls if call.scope == index and call.assigned}
        keyword_only = any(
            definition.first_line <= call.line <= definition.line and "kw_only" in call.keywords
            for call in calls
        )
        for item in facts.assignments:
            if item.scope != index or not item.annotation or "ClassVar" in item.annotation:
                continue
            if item.annotation.rpartition(".")[2] == "KW_ONLY":
                keyword_only = True
                continue
            keywords = given.get(item.name, set()) if item.kind == "call" and _is_field(item) else None
            kind = "keyword-only" if keyword_only or "kw_only" in (keywords or ()) else "positional"
            default = None if item.value == ":" else item.value or item.kind
            if keywords is not None and item.name in given and not keywords & _DEFAULTS:
                default = None
            name = item.name.lstrip("_") if decorators(definition) & _ATTRS else item.name
            found[item.name] = Parameter(name, kind, default, item.annotation)  # type: ignore[arg-type]
    return tuple(found.values())
