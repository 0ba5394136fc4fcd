"""What rules looked at, and what they would look for: noted after a run, so that a later one can tell what they miss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from ssot_lint.concepts.claims import claims
from ssot_lint.concepts.likening import COMMON, counted_methods, is_common
from ssot_lint.concepts.shims import shims
from ssot_lint.config import Config
from ssot_lint.incremental.passages import passages
from ssot_lint.model import MODULE, Import
from ssot_lint.project import Project
from ssot_lint.queries.closure import closure
from ssot_lint.queries.outlines import Rival

_FEW = COMMON // 2
"""Classes that may have a method of a name before they are counted here: no edit by hand doubles that."""


ANY_STAR = "*"
"""Stands among the names that were looked up in a module where it matters that it has a star import."""


FOLLOWING_IMPORTS = frozenset({"SSOT201", "SSOT202", "SSOT203", "SSOT204", "SSOT205", "SSOT206"})
"""The rules that follow imports from module to module as these load, or ask whose import fails for want of a package."""

SUGGESTING = frozenset({"SSOT203", "SSOT205"})
"""The rules that look in all modules for a name that is missing in one."""

TRACING_IMPORTS = frozenset({"SSOT101"})
"""The rule that asks who may get an instance of a class, through however many imports."""


class Noted(msgspec.Struct, frozen=True):
    """What rules looked at as a whole, and the names that mean something to them.

    Definitions are noted as `path:qualname`. Any body that comes near one of the `rivals` is compared with it,
    whatever the file.
    """

    listed: frozenset[str] = frozenset()  # paths of files whose names were listed
    compared: frozenset[str] = frozenset()  # definitions whose bodies were compared
    questioned: dict[str, frozenset[str]] = {}
    """Trait of a body -> the definitions that were asked for it."""
    opened: frozenset[str] = frozenset()  # definitions whose members were listed
    named: dict[str, frozenset[str]] = {}
    """Id of a rule, or "" for any -> the definitions whose members it listed by their names and kinds alone; "path:"
    for the names of a module."""
    picked: dict[str, frozenset[str]] = {}
    """Class -> the names by which its members were asked for."""
    quoted: frozenset[str] = frozenset()  # paths of files whose texts were read
    proofread: frozenset[str] = frozenset()
    """Paths of files that were looked through for what is nearly an event."""
    searched: dict[str, frozenset[str]] = {}
    """Path of a file that was searched for names -> those names, which stand where facts say it, or in the passages."""
    passages: dict[str, dict[str, bytes]] = {}
    """Path of a file -> the passages of its text that were read again, or hold names that were searched for."""
    spoken: frozenset[str] = frozenset()  # names in bodies that were read again from these texts
    rivals: tuple[Rival, ...] = ()
    kin: frozenset[str] = frozenset()
    """Names of what belongs to a concept or is configured, of classes derived from it, and what any is renamed to."""
    above: frozenset[str] = frozenset()
    """Names of classes that one of these derives from."""
    loose: frozenset[str] = frozenset()
    """The last parts of the names of modules that are met under other names too, or all of whose names are handed on."""
    asked: frozenset[str] = frozenset()  # symbols whose users were asked for
    hunted: frozenset[str] = frozenset()
    """Names of classes and functions that were looked for in all modules at once."""
    namesakes: frozenset[str] = frozenset()
    """Kinds of definitions at module level that were compared with all others of their names."""
    shims: frozenset[str] = frozenset()  # paths of files with shims
    followed: frozenset[str] = frozenset()  # paths of files from which imports were followed
    tied: frozenset[str] = frozenset()  # paths of files of which it matters who imports them
    traced: frozenset[str] = frozenset()
    """Paths of files of which it matters who imports anything of them, at whatever scope."""
    weighed: frozenset[str] = frozenset()
    """Paths of files that were asked whether they need a third-party package."""
    sought: dict[str, frozenset[str]] = {}
    """Path of a file -> the names that were looked up in its module, or `ANY_STAR`."""
    classes: int = 0  # in production code
    methods: dict[str, int] = {}
    """Method name -> the classes of production code that have it, where they are more than a few."""


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a run for the next one: the report as it is encoded, and what was noted on the way."""

    noted: Noted
    undecided: dict[str, int]  # id of a rule -> how much it could not decide
    report: msgspec.Raw


def noted(project: Project) -> Noted:
    """What the rules that have run on a project looked at, and would look for."""

    def names(places: Iterable[tuple[int, int]]) -> frozenset[str]:
        return frozenset([f"{project.files[p[0]].path}:{project.definition_at(p).qualname}" for p in places])

    below, above = _relatives(project)
    searched, read_again, read = _texts(project)
    count = counted_methods(project)
    return Noted(
        frozenset([project.files[file].path for file in project.listed]),
        names(place for place in project.compared if place[1] >= 0),
        _questioned(project),
        names(place for place in project.opened if place[1] >= 0),
        _named(project),
        _picked(project),
        read,
        frozenset([project.files[file].path for file in project.proofread]),
        searched,
        read_again,
        frozenset(project.spoken),
        tuple(sorted(project.rivals)),
        below,
        above,
        _loose(project),
        frozenset(project.asked),
        frozenset(project.hunted),
        frozenset(project.namesakes),
        frozenset([project.files[shim.file].path for shim in shims(project)]),
        frozenset([project.files[file].path for file in project.followed]),
        frozenset([project.files[file].path for file in project.tied]),
        frozenset([project.files[file].path for file in project.traced]),
        frozenset([project.files[file].path for file in project.weighed]),
        _sought(project),
        count[""],
        {name: number for name, number in sorted(count.items()) if name and number > _FEW},
    )


def _named(project: Project) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for rule, file, index in project.named:
        name = project.definition_at((file, index)).qualname if index != MODULE else ""
        found[rule].add(f"{project.files[file].path}:{name}")
    return {rule: frozenset(places) for rule, places in sorted(found.items())}


def _picked(project: Project) -> dict[str, frozenset[str]]:
    found: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for file, index, name in project.picked:
        found[file, index].add(name)
    return {
        f"{project.files[file].path}:{project.definition_at((file, index)).qualname}": frozenset(names)
        for (file, index), names in sorted(found.items())
    }


def _questioned(project: Project) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for trait, file, index in project.questioned:
        name = project.definition_at((file, index)).qualname
        found[trait].add(f"{project.files[file].path}:{name}")
    return {trait: frozenset(places) for trait, places in sorted(found.items())}


def _texts(
    project: Project,
) -> tuple[dict[str, frozenset[str]], dict[str, dict[str, bytes]], frozenset[str]]:
    """The files that were searched for names, with these; the passages that were read; the files that were read as a whole."""
    names: defaultdict[int, set[str]] = defaultdict(set)
    indexes: defaultdict[int, set[int]] = defaultdict(set)
    for file, name in project.searched:
        names[file].add(name)
    for file, index in project.reread:
        indexes[file].add(index)
    searched, read_again, read = {}, {}, set(project.quoted)
    for file in sorted((names.keys() | indexes.keys()) - read):
        source = project.files[file]
        found = passages(source.facts, project.unnoted_text(file) or b"", indexes[file], names[file])
        if found is None:
            read.add(file)
            continue
        if names[file]:
            searched[source.path] = frozenset(names[file])
        if found:
            read_again[source.path] = dict(found)
    return searched, read_again, frozenset([project.files[file].path for file in read])


def _sought(project: Project) -> dict[str, frozenset[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for file, name in project.sought:
        found[file].add(name)
    return {project.files[file].path: frozenset(names) for file, names in sorted(found.items())}


# --- names ----------------------------------------------------------------------------------------------------


def _relatives(project: Project) -> tuple[frozenset[str], frozenset[str]]:
    """The names of all that is a concept's, by whatever chain of renaming and deriving; and of what stands above."""
    steps: defaultdict[str, set[str]] = defaultdict(set)
    bases: defaultdict[str, set[str]] = defaultdict(set)
    for imp in (imp for imports in project.once(_renaming) for imp in imports if imp.asname):
        steps[imp.name or imp.module.rpartition(".")[2]].add(imp.asname or "")
    for source in project.files:
        facts = source.facts
        for item in facts.assignments:
            if item.renames and item.value:
                steps[item.value.rpartition(".")[2]].add(item.name)
        for name, target in facts.lazy:
            steps[target.rpartition(":")[2].rpartition(".")[2]].add(name)
        for definition in [item for item in facts.definitions if item.kind == "class"]:
            for base in (*definition.bases, definition.metaclass):
                last = base.rpartition(".")[2]
                if last and last != definition.name:
                    steps[last].add(definition.name)
                    bases[definition.name].add(last)
    kin = closure(_seeds(project), steps)
    above = closure(kin, bases)
    return kin, above - kin


def _seeds(project: Project) -> frozenset[str]:
    found = {
        claim.symbol.rpartition(":")[2].rpartition(".")[2] for c in claims(project).values() for claim in c
    }
    return frozenset(found | configured(project.config)) - {""}


def configured(config: Config) -> frozenset[str]:
    """The names of all symbols that the configuration holds."""
    symbols: list[str | None] = []
    for concept in config.concepts:
        symbols += [
            concept.canonical,
            concept.protocol,
            concept.factory,
            concept.context,
            concept.test_double,
        ]
        symbols += [*concept.variants, *concept.aliases]
    symbols += [sequence.emitter for sequence in config.sequences]
    symbols += [capability.use for capability in config.capabilities]
    return frozenset([symbol.rpartition(":")[2].rpartition(".")[2] for symbol in symbols if symbol])


def _loose(project: Project) -> frozenset[str]:
    found: set[str] = set()
    for file, imports in enumerate(project.once(_renaming)):
        for imp in imports:
            if imp.asname:
                found.add(imp.name or imp.module.rpartition(".")[2])
            else:
                home = project.table.locate(file, imp.module, imp.level)[1]
                found.add(project.files[home].module.rpartition(".")[2] if home is not None else "")
        assignments = project.files[file].facts.assignments
        found.update([item.value.rpartition(".")[2] for item in assignments if item.renames])
    return frozenset(found.intersection([source.module.rpartition(".")[2] for source in project.files]))


def _renaming(project: Project) -> tuple[list[Import], ...]:
    """For each file its imports that give what they bring another name, or bring all names."""
    return tuple(
        [[imp for imp in source.facts.imports if imp.asname or imp.name == "*"] for source in project.files]
    )


# --- numbers --------------------------------------------------------------------------------------------------


def recounted(before: Noted, change: Mapping[str, int]) -> Noted | None:
    """What is noted after some classes and methods more or less; None if other method names are common than before."""
    if not any(change.values()):
        return before
    classes = before.classes + change.get("", 0)
    methods = dict(before.methods)
    for name, number in change.items():
        if name and name in methods:
            methods[name] += number
        elif name and number > _FEW:
            return None
    was, now = (
        {name for name, number in counted.items() if is_common(number, total)}
        for counted, total in ((before.methods, before.classes), (methods, classes))
    )
    return msgspec.structs.replace(before, classes=classes, methods=methods) if was == now else None


def widened(before: Noted, names: Mapping[str, frozenset[str]]) -> Noted:
    """What is noted after changes to files in which names may be looked up now that nobody looked up before."""
    sought = {path: before.sought.get(path, frozenset()) | own for path, own in names.items()}
    return msgspec.structs.replace(before, sought={**before.sought, **sought}) if sought else before


def joined(before: Noted, now: Noted) -> Noted:
    """What was looked at in two runs, of which the later one had some rules run; what is known of names is of that one."""

    def both(
        one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]
    ) -> dict[str, frozenset[str]]:
        found = dict(one)
        for key, places in other.items():
            found[key] = found.get(key, frozenset()) | places
        return found

    return msgspec.structs.replace(
        now,
        **{name: getattr(before, name) | getattr(now, name) for name in _LOOKS},
        questioned=both(before.questioned, now.questioned),
        named=both(before.named, now.named),
        picked=both(before.picked, now.picked),
        sought=both(before.sought, now.sought),
        searched=both(before.searched, now.searched),
        passages={
            path: before.passages.get(path, {}) | now.passages.get(path, {})
            for path in sorted(before.passages.keys() | now.passages.keys())
        },
        rivals=tuple(sorted({*before.rivals, *now.rivals})),
    )


_LOOKS = (
    "listed",
    "compared",
    "opened",
    "quoted",
    "proofread",
    "spoken",
    "asked",
    "hunted",
    "namesakes",
    "followed",
    "tied",
    "traced",
    "weighed",
)
