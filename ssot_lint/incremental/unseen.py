"""What can change in a file without any built-in rule seeing it, apart from where things stand.

Five things. Lines move, and docstrings say other words. A module binds a further name to a value that stands for
nothing else (`LIMIT = 3`); a function, class or method is added, taken away or called in another way, and nobody asks
for it (`surfaces`, `asking`). A module or function imports something that nothing in the file is called, and nobody
takes from it, from outside the project or from a module that has it for certain (`brought`). A body gets other
statements that are no facts, where it was not compared with another (`likened`). Everything else in two readings of the
file must be equal, and the lines must be related by one mapping that keeps their order; then what was found holds, with
its lines mapped.

That is sound as long as rules compare two lines of a file only by which comes first. Where they ask for more (is it
the line below, how many lines between) the file is not taken as unseen: `readings.keeps_distances` has the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword

import msgspec

from ssot_lint.concepts.likening import methods_of
from ssot_lint.config import Config
from ssot_lint.discover import Candidate, Discovery
from ssot_lint.events.vocabulary import any_event
from ssot_lint.incremental.asking import NAME, Wanted, asks_itself, surface
from ssot_lint.incremental.differences import Differences, differences
from ssot_lint.incremental.likened import is_compared
from ssot_lint.incremental.moved import Ends
from ssot_lint.incremental.noted import ANY_STAR, SUGGESTING, Noted
from ssot_lint.incremental.readings import ends, keeps_distances, paired
from ssot_lint.incremental.surfaces import is_claimed
from ssot_lint.incremental.values import Makers, made_by
from ssot_lint.model import MODULE, FileFacts, Import


@dataclass(frozen=True, slots=True)
class Unseen:
    """The difference between two readings of a file, if it is one that no rule sees.

    That is so unless somebody asks for what is `wanted`, or the file itself for the names by which its readings differ
    (`rest` are its other facts).

    `lines` maps each line that a fact names to where it is now, and `ends` says where definitions end.
    """

    file: Candidate
    lines: Mapping[int, int]
    added: int
    rest: FileFacts
    wanted: Wanted
    names: frozenset[str] = frozenset()  # of values, functions and classes
    imported: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()
    """Names of imports of which it is not known that nobody looked them up."""
    uttered: frozenset[str] = frozenset()
    """Names in what definitions and annotations say that was not said before."""
    members: frozenset[str] = frozenset()
    inner: frozenset[str] = frozenset()
    """Names of parameters, of what is local to functions, and of what is called in another way."""
    imports: tuple[tuple[Import, bool], ...] = ()  # with: is it there now?
    again: frozenset[str] = frozenset()
    """Ids of rules that see the difference all the same."""
    makers: tuple[Import, ...] = ()
    """What names that by which values are made, and has to lead out of the project."""
    ends: Ends = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    """How many more classes there are (""), and have a method of a name."""


def unseen(file: Candidate, old: FileFacts, new: FileFacts, before: Noted, config: Config) -> Unseen | None:
    """How a file differs from what it was when rules had noted `before`; None when a rule may see it."""
    if file.path in before.quoted:
        return None  # its text was read, which says more than facts
    added = new.lines - old.lines
    if msgspec.structs.replace(old, lines=new.lines) == new and (not added or not ends(old)):
        return Unseen(file, {}, added, new, Wanted(_last_part(file)))
    if any(_is_apart(facts) for facts in (old, new)):
        return None
    differs = differences(file, old, new, before, config)
    if differs is None or _is_met_by_name(file, differs, before, config):
        return None
    one, other = differs.rests()
    lines = paired(one, other)
    if lines is None or not keeps_distances(one, other, lines) or is_compared(file.path, one, other, before):
        return None
    found = differs.definitions
    return Unseen(
        file,
        lines,
        added,
        other.facts,
        _wanted(file, differs, before),
        differs.names,
        differs.imported,
        _missed(file, (old, new), differs.imported, before),
        _uttered(old, new, differs.makers),
        frozenset(found.members),
        frozenset(found.local | found.called),
        tuple([(imp, imp in new.imports) for imp in (*differs.imports, *differs.star_imports)]),
        _again(file, differs, before),
        differs.made,
        differs.ends(),
        {} if file.is_test else _more(methods_of(old), methods_of(new)),
    )


def _is_met_by_name(file: Candidate, differs: Differences, before: Noted, config: Config) -> bool:
    """May a rule come to what differs by a name, from where no fact of another file tells?"""
    exposed = differs.exposed
    if exposed and file.path.endswith("conftest.py"):
        return True  # what is in there is found without its name
    if (differs.names or exposed) and file.path in before.listed:
        return True
    if file.path in before.passages and not differs.every_name.isdisjoint(before.spoken):
        return True  # what was read again may mean something else by it now
    if any(_is_known(name, config) for name in differs.values.names | differs.imported - {"pytest"}):
        return True
    if not file.is_test and any_event(differs.texts_now, config):
        return True  # bodies that no fact tells of may send it
    met = _is_met_anywhere(file, before) or _last_part(file) in before.spoken
    return met and not before.spoken.isdisjoint(differs.names | exposed)


def _is_known(name: str, config: Config) -> bool:
    """Does Python, pytest or the configuration ask for a name of this kind?"""
    return name.startswith(("__", "pytest")) or is_claimed(name, config)


def _is_met_anywhere(file: Candidate, before: Noted) -> bool:
    return file.is_package or _last_part(file) in before.loose


def _last_part(file: Candidate) -> str:
    return file.module.rpartition(".")[2]


def _wanted(file: Candidate, differs: Differences, before: Noted) -> Wanted:
    found = differs.definitions
    return Wanted(
        _last_part(file),
        differs.names | differs.exposed,
        frozenset(found.called),
        frozenset(found.classes),
        frozenset(found.names if before.namesakes else ()),
        _is_met_anywhere(file, before),
        not before.spoken.isdisjoint(found.names | found.called),
    )


def _again(file: Candidate, differs: Differences, before: Noted) -> frozenset[str]:
    """The rules that see the difference all the same, and no other does."""
    found = differs.definitions
    again = set(found.again)
    if not before.hunted.isdisjoint(found.names):
        again |= SUGGESTING
    if differs.names or differs.exposed:
        again |= {rule for rule, places in before.named.items() if f"{file.path}:" in places}
    return frozenset(again)


def _missed(
    file: Candidate, readings: Sequence[FileFacts], imports: frozenset[str], before: Noted
) -> frozenset[str]:
    """The names of imports that somebody may have looked up in the file: as is noted, or in a function or a body."""
    sought = before.sought.get(file.path, frozenset())
    if ANY_STAR in sought or any(
        facts.deep is not None or facts.flows or facts.loading for facts in readings
    ):
        return imports
    inside = {imp.bound for facts in readings for imp in facts.imports if imp.scope != MODULE}
    return imports & (sought | inside)


def _uttered(old: FileFacts, new: FileFacts, made: tuple[Makers, Makers]) -> frozenset[str]:
    """The names in definitions, annotations and what makes values that the older reading does not have in this way."""
    one, other = (
        {(item.qualname, *surface(item)) for item in facts.definitions}
        | {(item.name, item.annotation) for item in facts.assignments}
        | {(item.name, item.value) for item in facts.assignments if made_by(item) in known}
        for facts, known in zip((old, new), made, strict=True)
    )
    names = {name for _, *texts in other - one for text in texts for name in NAME.findall(text)}
    return frozenset([name for name in names if name.isidentifier() and not iskeyword(name)])


def is_asked_for(found: Sequence[Unseen], discovery: Discovery, config: Config) -> bool:
    """Does the configuration, a path or a changed file itself ask for something by which the files differ?

    A name by which two files differ is one that they may share now, or shared before: where it is a class's, or a
    definition's of a kind that a rule compares, as in `asks`. Nobody compares values of one name.
    """
    named = Counter(name for item in found for name in item.names)
    if any(named[name] > 1 for item in found for name in item.wanted.classes | item.wanted.namesakes):
        return True
    if any(
        asks_itself(item.rest, item.names, item.imported, item.inner | item.missed, item.members)
        for item in found
    ):
        return True
    within = frozenset().union(*(item.wanted.names for item in found if item.file.is_package))
    if within and not modules_of(discovery).isdisjoint(within):
        return True
    members = frozenset().union(*(item.members for item in found))
    names = frozenset().union(*(item.wanted.names for item in found))
    settings = frozenset(NAME.findall(repr(config))) if names or members else frozenset()
    return not settings.isdisjoint(names | members)


def modules_of(discovery: Discovery) -> frozenset[str]:
    """What an import of this project can name besides what files bind: directories and files."""
    parts = {part.partition(".")[0] for file in discovery.files for part in file.path.split("/")}
    return frozenset(parts.union(*map(NAME.findall, (*discovery.extensions, *map(repr, discovery.aliases)))))


def counted(found: Sequence[Unseen]) -> Counter[str]:
    """How many more classes there are, and have a method of a name, in all files together."""
    total: Counter[str] = Counter()
    for item in found:
        total.update(item.counted)
    return total


def _more(old: Counter[str], new: Counter[str]) -> Mapping[str, int]:
    return {name: new[name] - old[name] for name in sorted(old.keys() | new.keys()) if new[name] != old[name]}


def _is_apart(facts: FileFacts) -> bool:
    """Is there something whose lines mean more than an order: a comment for the line below, a reader's complaint?"""
    return bool(facts.suppressions or facts.shims or facts.problem or facts.newer)
