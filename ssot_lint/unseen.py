"""What can change in a file without any built-in rule seeing it, apart from where things stand.

Three things. Lines move. A module binds a further name to a value that stands for nothing else (`LIMIT = 3`), and
nobody asks for that name, alone or with all names of the module. A body gets other statements that are no facts, in a
file none of whose bodies was compared with another. Everything else in two readings of the file must be equal, and the
lines must be related by one mapping that keeps their order; then what was found holds, with its lines mapped.

That is sound as long as rules compare two lines of a file only by which comes first. Where they ask for more (is it
the line below, how many lines between) the file is not taken as unseen: `_keeps_distances` has the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise

import msgspec

from ssot_lint.config import Config
from ssot_lint.discover import Candidate
from ssot_lint.model import MODULE, Assignment, Fact, FileFacts
from ssot_lint.outlines import Rival, extent
from ssot_lint.project import Project

_LINES = frozenset({"line", "end_line", "first_line", "statement_line", "owner_line"})
_NUMBERS = frozenset({"owner"})
_ELSEWHERE = frozenset({"lines", "skeleton"})
"""Fields that are judged by themselves, not one by one with the other reading."""

_OPAQUE = frozenset({"constant", "none", "container", "lambda", "other"})
"""Kinds of values that no rule looks into, unless it comes by the name."""


class Noted(msgspec.Struct, frozen=True):
    """What rules looked at as a whole: paths of files whose names were listed, and whose bodies were compared.

    Any body that comes near one of the `rivals` is compared with it, whatever the file.
    """

    listed: frozenset[str] = frozenset()
    compared: frozenset[str] = frozenset()
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True, slots=True)
class Unseen:
    """The difference between two readings of a file, if it is one that no rule sees unless somebody asks for `names`.

    `lines` maps each line that a fact names to where it is now. `rest` is what the file says besides the names.
    """

    path: str
    lines: Mapping[int, int]
    added: int
    names: frozenset[str]
    rest: FileFacts


def noted(project: Project) -> Noted:
    """What the rules that have run on a project looked at as a whole."""
    return Noted(
        frozenset([project.files[file].path for file in project.listed]),
        frozenset([project.files[file].path for file in project.compared]),
        tuple([Rival(*item) for item in sorted(project.rivals)]),
    )


def unseen(file: Candidate, old: FileFacts, new: FileFacts, before: Noted, config: Config) -> Unseen | None:
    """How a file differs from what it was when rules had noted `before`; None when a rule may see it."""
    path, added = file.path, new.lines - old.lines
    if msgspec.structs.replace(old, lines=new.lines) == new and (not added or not _ends(old)):
        return Unseen(path, {}, added, frozenset(), new)
    if any(_is_apart(facts) for facts in (old, new)):
        return None
    names = _names_that_differ(old, new)
    if names and (path in before.listed or any(_is_known(name, config) for name in names)):
        return None
    if not file.is_test and _hands_on(old) != _hands_on(new):
        return None
    one, other = _without(old, names), _without(new, names)
    lines = _paired(one, other)
    if lines is None or not _keeps_distances(one, other, lines) or _is_compared(path, one, other, before):
        return None
    return Unseen(path, lines, added, names, other)


def _ends(facts: FileFacts) -> bool:
    """Is the end of the file a place that a finding may name?"""
    return any(flow.definition == MODULE for flow in facts.flows)


def _is_apart(facts: FileFacts) -> bool:
    """Is there something whose lines mean more than an order: a comment for the line below, a reader's complaint?"""
    return bool(facts.suppressions or facts.shims or facts.problem or facts.newer)


# --- names ----------------------------------------------------------------------------------------------------


def _is_opaque(item: Assignment) -> bool:
    return (
        item.kind in _OPAQUE
        and item.value != ":"
        and item.scope == MODULE
        and item.branch == MODULE
        and item.writer == MODULE
    )


def _names_that_differ(old: FileFacts, new: FileFacts) -> frozenset[str]:
    """The names of plain values at module level that only one reading has, or that have another value."""
    one, other = (
        Counter(
            [(a.name, a.kind, a.value, a.annotation, a.column) for a in facts.assignments if _is_opaque(a)]
        )
        for facts in (old, new)
    )
    return frozenset([item[0] for item in (*(one - other), *(other - one))])


def _is_known(name: str, config: Config) -> bool:
    """Does Python, pytest or the configuration ask for a name of this kind?"""
    patterns = (pattern for concept in config.concepts for pattern in concept.names)
    return name.startswith(("__", "pytest")) or any(fnmatchcase(name, pattern) for pattern in patterns)


def _without(facts: FileFacts, names: frozenset[str]) -> FileFacts:
    kept = tuple([a for a in facts.assignments if a.name not in names or not _is_opaque(a)])
    return msgspec.structs.replace(facts, assignments=kept)


def _hands_on(facts: FileFacts) -> bool:
    """Could a module be one that only hands names on, by the number of names it binds?"""
    return not facts.definitions and not facts.main_guard and len(facts.assignments) <= len(facts.imports)


# --- lines ----------------------------------------------------------------------------------------------------


def _paired(old: FileFacts, new: FileFacts) -> Mapping[int, int] | None:
    """The lines of one reading and those of the other; None if the readings differ in more, or the order does."""
    lines: dict[int, int] = {}
    numbers: dict[int, int] = {}
    waiting: list[tuple[object, object]] = [(old, new)]
    if _ends(old):
        lines[old.lines] = new.lines
    while waiting:
        one, other = waiting.pop()
        if type(one) is not type(other):
            return None
        if isinstance(one, tuple) and isinstance(other, tuple):
            if len(one) != len(other):
                return None
            waiting.extend(zip(one, other, strict=True))
        elif isinstance(one, Fact):
            for name in one.__struct_fields__:
                left, right = getattr(one, name), getattr(other, name)
                if name in _LINES or name in _NUMBERS:
                    if (lines if name in _LINES else numbers).setdefault(left, right) != right:
                        return None
                elif isinstance(left, tuple | Fact):
                    if left or right:
                        waiting.append((left, right))
                elif left != right and name not in _ELSEWHERE:
                    return None
        elif one != other:
            return None
    return lines if _rises(lines) and _rises(numbers) else None


def _rises(numbers: Mapping[int, int]) -> bool:
    now = [numbers[number] for number in sorted(numbers)]
    return all(one < other for one, other in pairwise(now))


def _keeps_distances(old: FileFacts, new: FileFacts, lines: Mapping[int, int]) -> bool:
    """Is the same as before what rules ask of lines besides their order?

    A call that stands on the line below something (what an object that is kept was given), and how long a definition
    is that another one replaces.
    """
    back = {now: line for line, now in lines.items()}
    for line in _calls(old):
        above = back.get(lines[line] - 1)
        if (line - 1 in lines or above is not None) and above != line - 1:
            return False
    lengths = [
        [facts.definitions[first].end_line - facts.definitions[first].line for first, _ in facts.redefined]
        for facts in (old, new)
    ]
    return lengths[0] == lengths[1]


def _calls(facts: FileFacts) -> Iterator[int]:
    if facts.deep is not None:
        yield from (call.line for call in facts.deep.calls)
    nodes = [flow.body for flow in facts.flows]
    while nodes:
        node = nodes.pop()
        if node.kind == "call":
            yield node.line
        nodes.extend(node.children)


# --- bodies ---------------------------------------------------------------------------------------------------


def _is_compared(path: str, old: FileFacts, new: FileFacts, before: Noted) -> bool:
    """Do bodies consist of other statements than before, where somebody compares them with others?"""
    definitions = new.definitions
    changed = {
        index
        for index, (one, other) in enumerate(zip(old.definitions, definitions, strict=True))
        if one.skeleton != other.skeleton
    }
    changed |= {owner for index in changed if (owner := definitions[index].parent) != MODULE}
    if changed and path in before.compared:
        return True
    children: dict[int, list[int]] = {}
    for index, item in enumerate(definitions):
        children.setdefault(item.parent, []).append(index)
    sizes = [
        (definitions[index].kind, extent(definitions, index, children.get(index, ()))) for index in changed
    ]
    return any(rival.is_near(kind, size) for rival in before.rivals for kind, size in sizes)
