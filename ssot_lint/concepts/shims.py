"""Names kept at an old home: which there are, whether they warn, and until when they may stay.

A module is a shim when it defines nothing itself and hands a concept on: all that it imports comes from the
concept's own home, or it says of itself that it is kept for old imports. Names that a module's `__getattr__`
answers, subclasses without a body and delegating classes that call themselves compatible are shims too, and
so is whatever carries `# ssot-lint: shim until ...`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from ssot_lint.concepts.claims import claims, ground_of
from ssot_lint.concepts.remnants import brought, only_hands_on, taken
from ssot_lint.concepts.titles import words
from ssot_lint.model import MODULE, Claim, Definition, Location, ShimMark, Warned
from ssot_lint.queries.members import all_members, decorators, own_members

if TYPE_CHECKING:
    from ssot_lint.project import Project

Kind = Literal["module", "names", "class", "function", "name"]

_OLD_WORDS = frozenset(
    {"compat", "compatibility", "compatible", "legacy", "deprecated", "shim", "backward", "backwards"}
)
_SAYS = re.compile(
    r"\b(?:back(?:wards?)?[- ]compatib\w*"
    r"|compatib\w+ (?:layer|module|shim|wrapper|alias\w*|bridge|adapter|package|imports?|re-?exports?)"
    r"|import compatib\w+|for (?:\w+ )?compatibility|(?:is|now|been) deprecated|(?-i:DEPRECATED)|re-?export\w* of|shim\b|import alias"
    r"|kept (?:so|for|because|only)|moved to|redirects? to|superseded|obsolete|old (?:names?|imports?))",
    re.IGNORECASE,
)
_ABOUT_OTHERS = re.compile(
    r"\W*(?:removes?|keeps?|lets?|finds?|reports?|detects?|checks?|deletes?|whether|where|which)\b",
    re.IGNORECASE,
)
"""How a sentence opens that tells what is done with shims, or which there are: it speaks of others."""
_OPENS = re.compile(
    r"\W*(?:\w+[ \t:-]+){0,2}?(?:legacy|deprecated|compatibility|obsolete|shim)\b", re.IGNORECASE
)
_END = re.compile(
    r"\b(?:(?:will|to) be (?:removed|deleted|dropped)|removal|remove (?:it |this )?(?:by|on|in|after|with)|expires?|sunset)\b"
    r"[^.;\n]{0,40}?"
    r"(?<![\d.])(\d{4}-\d{2}-\d{2}|v?\d+\.\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)(?![\d-])",
    re.IGNORECASE,
)
_BEFORE = frozenset(
    {"__init__", "__new__", "__init_subclass__", "__getattr__", "__call__", "__class_getitem__"}
)
_PASSING = frozenset({"__getattr__", "__dir__"})
_WARNERS = frozenset({"warnings.warn", "warnings.warn_explicit", "_warnings.warn"})


@dataclass(frozen=True, slots=True)
class Shim:
    """Something that hands on what lives elsewhere now."""

    kind: Kind
    file: int
    definition: int  # of a class, a function or a module's `__getattr__`; -1 for modules and names
    line: int
    names: tuple[str, ...]  # what is handed on
    concept: str | None
    mark: ShimMark | None = None
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """Until when a shim may stay, and where that is said."""

    until: str  # a date or a version, as written
    line: int


def shims(project: Project) -> tuple[Shim, ...]:
    """All shims outside the tests, by path and line."""
    return project.once(_shims)


def _shims(project: Project) -> tuple[Shim, ...]:
    by_file: dict[int, list[Claim]] = {}
    for every in claims(project).values():
        for claim in every:
            if claim.kind in ("shim", "alias"):
                by_file.setdefault(claim.file, []).append(claim)
    found: list[Shim] = []
    for file, source in enumerate(project.files):
        if source.is_test or source.facts.problem is not None:
            continue
        if file in by_file or source.facts.shims or any(item.scope == MODULE for item in source.facts.warns):
            found += _in_file(project, file, by_file.get(file, []))
    return tuple(sorted(found, key=lambda item: (item.file, item.line, item.kind)))


def _in_file(project: Project, file: int, handed: list[Claim]) -> Iterator[Shim]:
    facts = project.files[file].facts
    marks = {_marked(project, file, mark): mark for mark in facts.shims}
    names = tuple(claim for claim in handed if claim.definition < 0)
    concept = next((claim.concept for claim in names), None)
    lazy = next((n for n, item in enumerate(facts.definitions) if item.qualname == "__getattr__"), None)
    symbol = project.files[file].module
    if ("module", MODULE) in marks or (names and _is_module_shim(project, file, names)):
        found = tuple(sorted({claim.symbol.partition(":")[2] for claim in names}))
        yield Shim("module", file, MODULE, 1, found, concept, marks.get(("module", MODULE)), symbol)
    elif lazy is not None and (
        answered := [c for c in names if c.symbol.partition(":")[2] in (facts.getattr_names or ())]
    ):
        found = tuple(sorted({claim.symbol.partition(":")[2] for claim in answered}))
        line = facts.definitions[lazy].line
        yield Shim(
            "names", file, lazy, line, found, answered[0].concept, marks.get(("definition", lazy)), symbol
        )
    elif not names and (said := _warnings_of_age(project, file)) and only_hands_on(project, file, said):
        found, of = brought(project, file)
        yield Shim("module", file, MODULE, 1, found, of, None, symbol)
    claimed = {claim.definition: claim for claim in handed if claim.definition >= 0}
    for index, definition in enumerate(facts.definitions):
        mark = marks.get(("definition", index))
        claim = claimed.get(index)
        if index == lazy or (mark is None and (claim is None or not _is_old(project, file, index, claim))):
            continue
        kind: Kind = "class" if definition.is_class else "function"
        of = claim.concept if claim is not None else None
        yield Shim(
            kind, file, index, definition.line, (definition.name,), of, mark, project.symbol(file, index)
        )
    for (what, line), mark in marks.items():
        if what == "name":
            bound = tuple(
                sorted({a.name for a in facts.assignments if a.line == line} | {i.bound for i in facts.imports if i.line == line})
            )  # fmt: skip
            yield Shim("name", file, MODULE, line, bound, None, mark, f"{symbol}:{bound[0]}")


def _marked(project: Project, file: int, mark: ShimMark) -> tuple[str, int]:
    """What a mark is about: the definition or the name on its line or below it, else the module."""
    facts = project.files[file].facts
    for index, definition in enumerate(facts.definitions):
        if definition.first_line - 1 <= mark.line <= definition.line:
            return "definition", index
    bound = {item.line for item in facts.assignments if item.scope == MODULE}
    bound |= {item.line for item in facts.imports if item.scope == MODULE}
    if mark.line in bound:
        return "name", mark.line
    return "module", MODULE


def _is_module_shim(project: Project, file: int, names: tuple[Claim, ...]) -> bool:
    source = project.files[file]
    facts = source.facts
    homes: set[str] = set()
    origins: set[int] = set()
    for concept in project.config.concepts:
        homes |= {concept.home, concept.canonical_module}
        canonical = ground_of(project, concept.name).canonical
        if canonical is not None:
            origins.add(canonical[0])
            homes.add(project.files[canonical[0]].module)
    if source.module in homes or any(home.startswith(source.module + ".") for home in homes):
        return False  # the home itself, and packages around it, whose exports are the way in
    if any(item.parent == MODULE and item.name not in _PASSING for item in facts.definitions):
        return False
    if says(facts.doc):
        return True
    own, _ = taken(project, file)
    return (
        bool(own)
        and not source.is_package
        and all(item.file in origins or project.files[item.file].module in homes for item in own)
    )


def _warnings_of_age(project: Project, file: int) -> frozenset[int]:
    """The lines of the warnings by which a module says, as it loads, that it has moved or is deprecated."""
    return frozenset(
        item.line
        for item in project.files[file].facts.warns
        if item.scope == MODULE
        and item.category.rpartition(".")[2] in _DEPRECATIONS
        and says(item.text)
        and _warns(project, file, item)
    )


_DEPRECATIONS = frozenset({"DeprecationWarning", "FutureWarning", "PendingDeprecationWarning"})


def _is_old(project: Project, file: int, index: int, claim: Claim) -> bool:
    """Is a handing class or function kept for old users, rather than an adapter in its own right?"""
    if claim.kind != "shim":
        return False
    definition = project.definition_at((file, index))
    if definition.is_class and not own_members(project, file, index):
        return True
    return bool(calls_itself(definition.name, definition.doc))


# --- what it says of itself ------------------------------------------------------------------------------


def says(doc: str) -> str:
    """The words by which a docstring's first part calls its module a remnant, or ""."""
    if _ABOUT_OTHERS.match(doc):
        return ""
    found = _SAYS.search(doc) or _OPENS.match(doc)
    return found[0].strip() if found else ""


def calls_itself(name: str, doc: str) -> str:
    """The word by which a class or function calls itself compatibility code: in its name or its first sentence."""
    inside = [word for word in words(name) if word in _OLD_WORDS]
    if inside:
        return inside[0]
    first = doc.strip().partition("\n\n")[0].partition(". ")[0]
    return says(first)


def ending(project: Project, shim: Shim) -> Ending | None:
    """Until when it may stay: its mark, else what its docstring or its warning says."""
    if shim.mark is not None:
        return Ending(shim.mark.until, shim.mark.line)
    facts = project.files[shim.file].facts
    doc = facts.doc if shim.kind == "module" else ""
    if shim.kind in ("class", "function"):
        doc = facts.definitions[shim.definition].doc
    if stated := _END.search(doc):
        return Ending(stated[1], shim.line)
    for warning in warnings_of(project, shim):
        if stated := _END.search(warning.text):
            return Ending(stated[1], warning.line)
    return None


def days_past(until: str, today: str) -> int | None:
    """How many days ago `2026-03-01` was, negative where it lies ahead; None where one of the two is no date."""
    try:
        past, now = date.fromisoformat(until), date.fromisoformat(today)
    except ValueError:
        return None
    return (now - past).days if len(until) == len(today) == 10 else None


# --- whether it warns ------------------------------------------------------------------------------------


def is_warned(project: Project, shim: Shim) -> bool:
    """Does whoever imports or uses it get a warning?"""
    facts = project.files[shim.file].facts
    if shim.definition >= 0 and any(
        "eprecat" in item for item in decorators(facts.definitions[shim.definition])
    ):
        return True
    if any(True for _ in warnings_of(project, shim)):
        return True
    if shim.kind != "class":
        return False
    methods = [
        item.definition
        for name, item in all_members(project, shim.file, shim.definition).items()
        if item.is_public and item.is_called and item.file == shim.file and item.owner == shim.definition
    ]
    warned = {item.scope for item in facts.warns if _warns(project, shim.file, item)}
    return bool(methods) and warned.issuperset(methods)


def warnings_of(project: Project, shim: Shim) -> Iterator[Warned]:
    """The warnings that its import, or the first use of it, gives."""
    facts = project.files[shim.file].facts
    scopes = {MODULE}
    if shim.definition >= 0:
        scopes.add(shim.definition)
        children = project.children(shim.file, shim.definition)
        scopes.update(n for n in children if facts.definitions[n].name in _BEFORE)
    if shim.kind in ("module", "names", "name"):
        scopes.update(n for n, item in enumerate(facts.definitions) if item.qualname == "__getattr__")
    for item in facts.warns:
        if item.scope in scopes and _warns(project, shim.file, item):
            yield item


def _warns(project: Project, file: int, item: Warned, depth: int = 3) -> bool:
    """Is it `warnings.warn`, or a function of the project that comes down to it?"""
    target = project.resolve(file, item.callee, item.scope).target
    if target.kind == "external":
        return target.symbol in _WARNERS or "eprecat" in target.symbol.rpartition(".")[2]
    if target.kind != "definition" or depth == 0:
        return False
    inner = project.files[target.file].facts.warns
    return any(
        other.scope == target.index and _warns(project, target.file, other, depth - 1) for other in inner
    )


# --- where it stands -------------------------------------------------------------------------------------


def place(project: Project, shim: Shim) -> Location:
    """Where a shim is reported: its definition, else its line."""
    if shim.definition >= 0:
        return project.location(shim.file, shim.definition)
    return Location(project.files[shim.file].path, shim.line)


def called(project: Project, shim: Shim) -> str:
    """What a shim is called in a message."""
    definition: Definition | None = None
    if shim.kind in ("class", "function"):
        definition = project.definition_at((shim.file, shim.definition))
        return definition.qualname.rpartition("<locals>.")[2]
    if shim.kind == "name":
        return ", ".join(shim.names)
    return project.files[shim.file].module
