"""What can change in a file without any built-in rule seeing it, apart from where things stand.

Four things. Lines move. A module binds a further name to what stands for nothing else: a value (`LIMIT = 3`), or a
function of a file whose bodies nobody reads; and nobody asks for that name, alone or with all names of the module. A
module or function imports something of the standard library that nothing in the file is called, and nobody outside
names the module. A body gets other statements that are no facts, in a file none of whose bodies was compared with
another. Everything else in two readings of the file must be equal, and the lines must be related by one mapping that
keeps their order; then what was found holds, with its lines mapped.

That is sound as long as rules compare two lines of a file only by which comes first. Where they ask for more (is it
the line below, how many lines between) the file is not taken as unseen: `readings.keeps_distances` has the list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import msgspec

from ssot_lint.config import Config
from ssot_lint.discover import Candidate, Discovery
from ssot_lint.model import MODULE, Assignment, Definition, FileFacts, Import
from ssot_lint.modules import STANDARD_LIBRARY
from ssot_lint.outlines import Rival, extent
from ssot_lint.project import Project
from ssot_lint.readings import Remainder, ends, keeps_distances, paired

_OPAQUE = frozenset({"constant", "none", "container", "lambda", "other"})
"""Kinds of values that no rule looks into, unless it comes by the name."""


_NAME = re.compile(r"\w+")


class Noted(msgspec.Struct, frozen=True):
    """What rules looked at as a whole: paths of files whose names were listed, and whose bodies were compared.

    Any body that comes near one of the `rivals` is compared with it, whatever the file.
    """

    listed: frozenset[str] = frozenset()
    compared: frozenset[str] = frozenset()
    rivals: tuple[Rival, ...] = ()


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a run for the next one: the report as it is encoded, and what was noted on the way."""

    noted: Noted
    report: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Unseen:
    """The difference between two readings of a file, if it is one that no rule sees.

    That is so unless somebody asks for one of `names`, by which the readings differ, or a fact of the file (`rest`)
    for one of `imported`; and, if the file `exposes` one of these, unless somebody names its module.
    `lines` maps each line that a fact names to where it is now.
    """

    file: Candidate
    lines: Mapping[int, int]
    added: int
    rest: FileFacts
    names: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()  # whose modules are imported by these names
    exposes: bool = False

    @property
    def elsewhere(self) -> frozenset[str]:
        """What must not occur in the facts of other files."""
        return self.names | {self.file.module.rpartition(".")[2]} if self.exposes else self.names


def noted(project: Project) -> Noted:
    """What the rules that have run on a project looked at as a whole."""
    return Noted(
        frozenset([project.files[file].path for file in project.listed]),
        frozenset([project.files[file].path for file in project.compared]),
        tuple([Rival(*item) for item in sorted(project.rivals)]),
    )


def unseen(file: Candidate, old: FileFacts, new: FileFacts, before: Noted, config: Config) -> Unseen | None:
    """How a file differs from what it was when rules had noted `before`; None when a rule may see it."""
    added = new.lines - old.lines
    if msgspec.structs.replace(old, lines=new.lines) == new and (not added or not ends(old)):
        return Unseen(file, {}, added, new)
    if any(_is_apart(facts) for facts in (old, new)):
        return None
    names = _difference(_bound_names(old), _bound_names(new))
    imported = _difference(_imported_names(old), _imported_names(new))
    differing = [imp for imp in (*old.imports, *new.imports) if imp.bound in imported]
    exposes = any(imp.scope == MODULE for imp in differing)
    if exposes and (file.is_package or file.path.endswith("conftest.py")):
        return None  # what is in there is found without its name
    if (names or exposes) and file.path in before.listed:
        return None
    if any(_is_known(name, config) for name in names | imported) or _hands_on(old) != _hands_on(new):
        return None
    one, other = _rest(old, names, imported), _rest(new, names, imported)
    lines = paired(one, other)
    if lines is None or not keeps_distances(one, other, lines) or _is_compared(file.path, one, other, before):
        return None
    libraries = frozenset([imp.module.partition(".")[0] for imp in differing])
    return Unseen(file, lines, added, other.facts, names, imported, libraries, exposes)


def is_asked_for(found: Sequence[Unseen], discovery: Discovery, config: Config) -> bool:
    """Does what changed files say besides, the configuration or a path ask for something by which the files differ?

    Names of modules within the project are judged by their parts, all other texts by whether they hold a name at all.
    A name by which two files differ is one that they may share now, or shared before.
    """
    names = frozenset().union(*(item.names for item in found))
    if sum(len(item.names) for item in found) > len(names):
        return True
    outside = frozenset().union(*(item.elsewhere for item in found))
    libraries = frozenset().union(*(item.libraries for item in found))
    paths = [*(file.path for file in discovery.files), *discovery.extensions, *map(repr, discovery.aliases)]
    if any(name in path for name in names for path in paths):
        return True
    if libraries and any(not libraries.isdisjoint(_NAME.findall(path)) for path in paths):
        return True
    for item in found if outside or libraries else ():
        for text in _texts(item.rest):
            if any(name in text for name in outside) or not item.imported.isdisjoint(_NAME.findall(text)):
                return True
    settings = repr(config) if outside else ""
    return any(name in settings for name in outside)


def _texts(facts: FileFacts) -> Iterator[str]:
    waiting: list[object] = [msgspec.to_builtins(facts)]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list | tuple):
            waiting.extend(item)


def _is_apart(facts: FileFacts) -> bool:
    """Is there something whose lines mean more than an order: a comment for the line below, a reader's complaint?"""
    return bool(facts.suppressions or facts.shims or facts.problem or facts.newer)


# --- names ----------------------------------------------------------------------------------------------------


def _difference(old: Counter[tuple[object, ...]], new: Counter[tuple[object, ...]]) -> frozenset[str]:
    """The names (first in each entry) of what only one reading has."""
    return frozenset([str(item[0]) for item in (*(old - new), *(new - old))])


def _is_opaque(item: Assignment) -> bool:
    """Is a name at module level bound to a value that rules do not look into?"""
    always = item.scope == MODULE and item.branch == MODULE and item.writer == MODULE
    return always and item.kind in _OPAQUE and item.value != ":"


def _is_plain(facts: FileFacts, item: Definition) -> bool:
    """Is it a function at module level of which nothing is known but how it is called?"""
    read = facts.deep is not None or facts.flows
    return not (read or item.is_class or item.decorators) and item.parent == MODULE and item.branch == MODULE


def _bound_names(facts: FileFacts) -> Counter[tuple[object, ...]]:
    values = [(a.name, a.kind, a.value, a.annotation, a.column) for a in facts.assignments if _is_opaque(a)]
    functions = [
        (d.name, d.kind, d.parameters, d.returns, d.column, d.is_trivial, d.end_column)
        for d in facts.definitions
        if _is_plain(facts, d)
    ]
    return Counter([*values, *functions])


def _is_standard(facts: FileFacts, imp: Import) -> bool:
    """Is an import of the standard library that always runs, and stands on lines of its own?"""
    return (
        imp.module.partition(".")[0] in STANDARD_LIBRARY
        and not imp.level
        and imp.name != "*"
        and imp.branch == MODULE
        and (imp.scope == MODULE or not facts.definitions[imp.scope].is_class)
        and all(other.module == imp.module for other in facts.imports if other.line == imp.line)
    )


def _imported_names(facts: FileFacts) -> Counter[tuple[object, ...]]:
    return Counter(
        [
            (imp.bound, imp.module, imp.name, imp.column, imp.end_column, imp.scope == MODULE)
            for imp in facts.imports
            if _is_standard(facts, imp)
        ]
    )


def _is_known(name: str, config: Config) -> bool:
    """Does Python, pytest or the configuration ask for a name of this kind?"""
    patterns = (pattern for concept in config.concepts for pattern in concept.names)
    return name.startswith(("__", "pytest")) or any(fnmatchcase(name, pattern) for pattern in patterns)


def _hands_on(facts: FileFacts) -> tuple[bool, bool, bool]:
    """What tells a module that only hands names on: no definitions, and imports, and no more names than imports."""
    alone = not facts.definitions
    brings = alone and bool(facts.imports)
    binds = facts.main_guard or len(facts.assignments) > len(facts.imports)
    return alone, brings, brings and not binds


def _rest(facts: FileFacts, names: frozenset[str], imported: frozenset[str]) -> Remainder:
    kept = tuple(
        [
            index
            for index, item in enumerate(facts.definitions)
            if item.name not in names or not _is_plain(facts, item)
        ]
    )
    rest = msgspec.structs.replace(
        facts,
        assignments=tuple([a for a in facts.assignments if a.name not in names or not _is_opaque(a)]),
        imports=tuple([i for i in facts.imports if i.bound not in imported or not _is_standard(facts, i)]),
        definitions=tuple([facts.definitions[index] for index in kept]),
    )
    return Remainder(rest, kept, facts)


# --- bodies ---------------------------------------------------------------------------------------------------


def _is_compared(path: str, old: Remainder, new: Remainder, before: Noted) -> bool:
    """Do bodies consist of other statements than before, where somebody compares them with others?"""
    definitions = new.whole.definitions
    pairs = zip(old.kept, new.kept, strict=True)
    same = {now for then, now in pairs if old.whole.definitions[then].skeleton == definitions[now].skeleton}
    changed = set(range(len(definitions))) - same
    changed |= {owner for index in changed if (owner := definitions[index].parent) != MODULE}
    if path in before.compared and (changed or len(old.kept) < len(old.whole.definitions)):
        return True
    children: dict[int, list[int]] = {}
    for index, item in enumerate(definitions):
        children.setdefault(item.parent, []).append(index)
    sizes = [
        (definitions[index].kind, extent(definitions, index, children.get(index, ()))) for index in changed
    ]
    return any(rival.is_near(kind, size) for rival in before.rivals for kind, size in sizes)
