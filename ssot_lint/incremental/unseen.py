"""What can change in a file without any built-in rule seeing it, apart from where things stand.

Five things. Lines move, and docstrings say other words. A module binds a further name to a value that stands for
nothing else (`LIMIT = 3`); a function, class or method is added, taken away or called in another way, and nobody asks
for it (`surfaces`, `asking`). A module or function imports something that nothing in the file is called, and nobody
takes from it, from outside the project or from a module that has it for certain (`brought`). A body gets other statements that are no facts, where it was not compared with
another. Everything else in two readings of the file must be equal, and the lines must be related by one mapping that
keeps their order; then what was found holds, with its lines mapped.

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
from ssot_lint.incremental.moved import Ends
from ssot_lint.incremental.noted import ANY_STAR, SUGGESTING, Noted
from ssot_lint.incremental.readings import Remainder, ends, keeps_distances, paired
from ssot_lint.incremental.stars import hides_stars, is_plain_star, other_stars
from ssot_lint.incremental.surfaces import (
    Side,
    Surfaces,
    differing,
    is_claimed,
    levelled,
    takes_attributes,
    tells_old_users,
    without_own_reads,
)
from ssot_lint.incremental.values import (
    Makers,
    Others,
    difference,
    is_left_out,
    made_by,
    makers,
    values_of,
)
from ssot_lint.model import MODULE, Definition, FileFacts, Import
from ssot_lint.queries.outlines import Rival, drawn, extent, resemblance
from ssot_lint.queries.traits import TRAITS


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
    uttered: frozenset[str] = (
        frozenset()
    )  # names in what definitions and annotations say that was not said before
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
    module = file.module.rpartition(".")[2]
    if msgspec.structs.replace(old, lines=new.lines) == new and (not added or not ends(old)):
        return Unseen(file, {}, added, new, Wanted(module))
    if any(_is_apart(facts) for facts in (old, new)):
        return None
    sides = [Side(file.path, file.is_test, facts, before, config) for facts in (old, new)]
    found = differing(*sides)
    stars = other_stars(old, new)
    if found is None or not _says_the_same(file, old, new, before.kin, stars):
        return None
    made = makers(old, new, before, config)
    others = difference(values_of(old, made[0]), values_of(new, made[1]))
    if not takes_attributes(sides, others.attributes, found):
        return None
    values = others.names
    imports = _difference(_plain_imports(old), _plain_imports(new))
    if not all(hides_stars(file, facts, stars, before, config) for facts in (old, new)):
        return None
    differing_imports = [imp for imp in (*old.imports, *new.imports) if imp.bound in imports]
    exposed = frozenset([imp.bound for imp in differing_imports if imp.scope == MODULE])
    if exposed and file.path.endswith("conftest.py"):
        return None  # what is in there is found without its name
    names = values | found.names
    if not before.hunted.isdisjoint(found.names):
        found.again |= SUGGESTING
    if names or exposed:
        if file.path in before.listed:
            return None
        found.again |= {rule for rule, places in before.named.items() if f"{file.path}:" in places}
    every = (
        names | imports | found.members | found.local | found.called | {name for _, name in others.attributes}
    )
    if file.path in before.passages and not every.isdisjoint(before.spoken):
        return None  # what was read again may mean something else by it now
    if any(_is_known(name, config) for name in values | imports - {"pytest"}):
        return None
    constants = [item.value for item in new.assignments if item.kind == "constant" and others.has(new, item)]
    if not file.is_test and any_event(constants, config):
        return None  # bodies that no fact tells of may send it
    one, other = _rests(sides, found, (others, made), imports, stars)
    lines = paired(one, other)
    if lines is None or not keeps_distances(one, other, lines) or _is_compared(file.path, one, other, before):
        return None
    anywhere = file.is_package or module in before.loose
    if (anywhere or module in before.spoken) and not before.spoken.isdisjoint(names | exposed):
        return None  # a body that no fact tells of may ask for it
    wanted = Wanted(
        module,
        names | exposed,
        frozenset(found.called),
        frozenset(found.classes),
        anywhere,
        not before.spoken.isdisjoint(found.names | found.called),
    )
    brought = [
        imp
        for facts in (old, new)
        for imp in facts.imports
        if imp.module in stars and is_plain_star(facts, imp)
    ]
    return Unseen(
        file,
        lines,
        added,
        other.facts,
        wanted,
        names,
        imports,
        _missed(file, (old, new), imports, before),
        _uttered(old, new, made),
        frozenset(found.members),
        frozenset(found.local | found.called),
        tuple([(imp, imp in new.imports) for imp in (*differing_imports, *brought)]),
        frozenset(found.again),
        tuple(
            dict.fromkeys(
                imp
                for facts, known in zip((old, new), made, strict=True)
                for item in facts.assignments
                if others.has(facts, item)
                for imp in known.get(item.value, ())
            )
        ),
        _ends(old, new, found),
        {} if file.is_test else _more(methods_of(old), methods_of(new)),
    )


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

    A name by which two files differ is one that they may share now, or shared before: where it is a class's, as in `asks`.
    Nobody compares values or functions of one name.
    """
    named = Counter(name for item in found for name in item.names)
    if any(named[name] > 1 for item in found for name in item.wanted.classes):
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


def _brings_kin(facts: FileFacts, kin: frozenset[str], stars: frozenset[str]) -> bool:
    """Does a module import something by which rules know a concept, or what no name tells?

    Stars from the modules `stars` bring nothing of the project: they are unseen only where they lead out of it.
    """
    return any(
        imp.bound in kin
        or imp.name in kin
        or (imp.name == "*" and not (imp.module in stars and is_plain_star(facts, imp)))
        for imp in facts.imports
    )


def _says_the_same(
    file: Candidate, old: FileFacts, new: FileFacts, kin: frozenset[str], stars: frozenset[str]
) -> bool:
    """Is the module as a whole the same to those who ask whether it only hands names on, or is kept for old users?"""
    if _hands_on(old) != _hands_on(new) and any(_brings_kin(facts, kin, stars) for facts in (old, new)):
        return False
    followed = not file.is_test and (old.deep is not None or new.deep is not None)
    same = tells_old_users(old) == tells_old_users(new)
    return not followed or (same and (old.doc == new.doc or tells_old_users(new) == (False, True)))


# --- names ----------------------------------------------------------------------------------------------------


def _difference(old: Counter[tuple[object, ...]], new: Counter[tuple[object, ...]]) -> frozenset[str]:
    """The names (first in each entry) of what only one reading has."""
    return frozenset([str(item[0]) for item in (*(old - new), *(new - old))])


def _is_plain(facts: FileFacts, imp: Import) -> bool:
    """Is it an absolute import of a name, or a module, in a module or a function?"""
    return (
        not imp.level
        and imp.name != "*"
        and (imp.scope == MODULE or not facts.definitions[imp.scope].is_class)
        and all(other.module == imp.module for other in facts.imports if other.line == imp.line)
    )


def _plain_imports(facts: FileFacts) -> Counter[tuple[object, ...]]:
    return Counter(
        [
            (imp.bound, imp.module, imp.name, imp.column, imp.end_column, _scope(facts, imp), imp.branch)
            for imp in facts.imports
            if _is_plain(facts, imp)
        ]
    )


def _scope(facts: FileFacts, imp: Import) -> str:
    return "" if imp.scope == MODULE else facts.definitions[imp.scope].qualname


def _is_known(name: str, config: Config) -> bool:
    """Does Python, pytest or the configuration ask for a name of this kind?"""
    return name.startswith(("__", "pytest")) or is_claimed(name, config)


def _hands_on(facts: FileFacts) -> tuple[bool, bool]:
    """What tells a module that only hands names on: imports without definitions, and no more names than imports."""
    brings = bool(facts.imports) and not facts.definitions
    binds = facts.main_guard or len(facts.assignments) > len(facts.imports)
    return brings, brings and not binds


def _rests(
    sides: Sequence[Side],
    found: Surfaces,
    values: tuple[Others, tuple[Makers, Makers]],
    imports: frozenset[str],
    stars: frozenset[str],
) -> tuple[Remainder, Remainder]:
    """The two readings without what they differ by."""
    old, new = (side.facts for side in sides)
    one, other = (without_own_reads(*each) for each in zip(sides, (found.old, found.new), strict=True))
    others, made = values

    def is_other(facts: FileFacts, imp: Import) -> bool:
        if imp.name == "*":
            return imp.module in stars and is_plain_star(facts, imp)
        return imp.bound in imports and _is_plain(facts, imp)

    def rest(facts: FileFacts, known: Makers) -> FileFacts:
        return msgspec.structs.replace(
            facts,
            doc="",
            assignments=tuple([a for a in facts.assignments if not is_left_out(facts, a, others, known)]),
            imports=tuple([i for i in facts.imports if not is_other(facts, i)]),
        )

    one, other = levelled(rest(one, made[0]), rest(other, made[1]), found)
    return Remainder(one, found.old, old), Remainder(other, found.new, new)


def _ends(old: FileFacts, new: FileFacts, found: Surfaces) -> Ends:
    pairs = [(old.definitions[i], new.definitions[j]) for i, j in zip(found.old, found.new, strict=True)]
    return {
        (one.line, one.column, one.end_line, one.end_column): (other.end_line, other.end_column)
        for one, other in pairs
    }


# --- bodies ---------------------------------------------------------------------------------------------------


def _is_compared(path: str, old: Remainder, new: Remainder, before: Noted) -> bool:
    """Do bodies consist of other statements than before, where somebody compares them, or gets another answer?

    Any definition is compared with the rivals. Of those that were like one it is noted (`Noted.compared`); so only what
    is like one now has to be found.
    """
    then, now = old.whole.definitions, new.whole.definitions
    pairs = list(zip(old.kept, new.kept, strict=True))
    same = {index for one, index in pairs if _body(then[one]) == _body(now[index])}
    changed = set(range(len(now))) - same
    changed |= {owner for index in changed if (owner := now[index].parent) != MODULE}
    lost = set(range(len(then))) - {*old.kept}
    gone = lost | {owner for index in lost if (owner := then[index].parent) != MODULE}
    names = {f"{path}:{now[index].qualname}" for index in changed}
    names.update(f"{path}:{then[index].qualname}" for index in gone)
    if not names.isdisjoint(before.compared):
        return True
    bodies = [(f"{path}:{now[i].qualname}", then[one].skeleton, now[i].skeleton) for one, i in pairs]
    absent = {f"{path}:{then[index].qualname}" for index in lost}
    for trait, places in before.questioned.items():
        tells = TRAITS[trait]
        if not absent.isdisjoint(places):
            return True
        if any(tells(one) != tells(other) for name, one, other in bodies if one != other and name in places):
            return True
    return any(_is_like_a_rival(now, index, before.rivals) for index in sorted(changed))


def _is_like_a_rival(definitions: Sequence[Definition], index: int, rivals: Sequence[Rival]) -> bool:
    children = [number for number, item in enumerate(definitions) if item.parent == index]
    kind, size = definitions[index].kind, extent(definitions, index, children)
    return any(
        rival.is_near(kind, size)
        and resemblance(rival.outline, drawn(definitions, index, children), rival.share) > 0
        for rival in rivals
    )


def _body(item: Definition) -> tuple[str, int]:
    return item.skeleton, len(item.parameters)
