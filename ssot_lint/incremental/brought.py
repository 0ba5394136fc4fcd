"""Imports by which two readings of a file differ, where no rule sees them.

Of an import that leads out of the project nobody asks but those who weigh whether a module can be loaded without third
parties; whose modules they have weighed is noted. One that stays inside is unseen where it is plain what it brings: a
class, function or value that its module binds once and for good, that is no concept's and whose users nobody counts. If
it runs as its module loads, nobody may have followed the imports of the importing module, and it must not matter whether
one more module imports the other one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ssot_lint.discover import Candidate, Discovery
from ssot_lint.incremental.asking import NAME
from ssot_lint.incremental.noted import FOLLOWING_IMPORTS, TRACING_IMPORTS, Noted
from ssot_lint.incremental.unseen import Unseen
from ssot_lint.incremental.values import is_opaque
from ssot_lint.linking.outside import STANDARD_LIBRARY
from ssot_lint.model import MODULE, Assignment, FileFacts, Import

Offers = Mapping[Candidate, frozenset[str]]
"""Module -> the names that it has to bind."""


def homes(found: Sequence[Unseen], discovery: Discovery, before: Noted) -> Offers | None:
    """Where what is imported, or no longer imported, has to be bound; None where a rule may see an import."""
    wanted: dict[Candidate, frozenset[str]] = {}
    changed = {item.file.path for item in found}
    tops = _tops(discovery) if any(item.imports or item.makers for item in found) else frozenset()
    for item in found:
        if not all(_leads_out(imp, item.file, tops, discovery) for imp in item.makers):
            return None
        for imp, _ in item.imports:
            if _leads_out(imp, item.file, tops, discovery):
                continue
            home = _home(imp, item.file, discovery)
            if home is None or home.path in changed or not _is_unwatched(imp, home, before):
                return None
            wanted[home] = wanted.get(home, frozenset()) | {imp.name or ""}
    return wanted


def is_followed(found: Sequence[Unseen], offered: Offers, before: Noted) -> bool:
    """May those rules see an import that follow imports as modules load, or weigh what needs a third party?

    If it leads into the project, they may if they have followed the imports of the importing module, or if it matters
    to them that one more module imports the other one; if it leads out, if they asked where it leads.
    """
    homes = {home.module: home for home in offered}
    for item in found:
        for imp, _ in item.imports:
            if imp.branch != MODULE:
                return True  # an arm may fail, or never run
            if imp.scope != MODULE:
                continue
            home = homes.get(imp.module)
            if home is None:
                if _loads(imp) and _top(imp) not in STANDARD_LIBRARY and item.file.path in before.weighed:
                    return True
            elif item.file.path in before.followed or not before.tied.isdisjoint(_runs(home)):
                return True
    return False


def seen_by(found: Sequence[Unseen], offered: Offers, before: Noted) -> frozenset[str]:
    """The ids of the rules that may see an import whatever its names."""
    followed = FOLLOWING_IMPORTS if is_followed(found, offered, before) else frozenset()
    return (
        followed if before.traced.isdisjoint([home.path for home in offered]) else followed | TRACING_IMPORTS
    )


def looked_into(found: Sequence[Unseen], discovery: Discovery) -> Mapping[str, frozenset[str]]:
    """Path of a file -> the names that a run anew may look up in it for the first time.

    Those that new definitions and annotations say, and what others import from it now. Nobody asks for the names by
    which it differs.
    """
    names = {item.file.path: item.uttered for item in found}
    taken: dict[str, set[str]] = {}
    for item in found:
        for imp, is_new in item.imports:
            if is_new and imp.name:
                taken.setdefault(imp.module, set()).add(imp.name)
    for file in discovery.files if taken else ():
        if file.module in taken:
            names[file.path] = names.get(file.path, frozenset()) | taken[file.module]
    return {path: own for path, own in names.items() if own}


def _top(imp: Import) -> str:
    return imp.module.partition(".")[0]


def _tops(discovery: Discovery) -> frozenset[str]:
    """The first parts of all names by which modules of the project are known everywhere in it."""
    others = NAME.findall(" ".join([*discovery.extensions, *map(repr, discovery.aliases)]))
    return frozenset([file.module.partition(".")[0] for file in discovery.files]).union(others)


def _leads_out(imp: Import, file: Candidate, tops: frozenset[str], discovery: Discovery) -> bool:
    """Is it certain that an absolute import names no module of the project?

    A script finds the modules beside it (`ModuleTable.sibling`), but none that are called like one of the standard
    library, nor one that imports its own name; tests find those beside a `conftest.py` above them.
    """
    top = _top(imp)
    if top in tops:
        return False
    if top in STANDARD_LIBRARY:
        return True
    own = file.path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
    places = {file.path.rpartition("/")[0], *_above(file, discovery)}
    return own != top and not _is_near(top, places, discovery)


def _above(file: Candidate, discovery: Discovery) -> frozenset[str]:
    """The directories below the project root in which a file stands, and that are part of no package."""
    parts = file.path.split("/")
    inits = {other.path.rpartition("/")[0] for other in discovery.files if other.is_package}
    return frozenset("/".join(parts[:count]) for count in range(1, len(parts))) - inits


def _is_near(top: str, directories: Iterable[str], discovery: Discovery) -> bool:
    """Does one of the directories have a module or a package of a name?"""
    stems = [f"{directory}/{top}".lstrip("/") for directory in directories]
    starts = tuple(f"{stem}/" for stem in stems)
    files = {f"{stem}.py" for stem in stems}
    return any(other.path in files or other.path.startswith(starts) for other in discovery.files)


def _home(imp: Import, file: Candidate, discovery: Discovery) -> Candidate | None:
    """The one file that an absolute `from module import name` names; tests may mean one beside a test above them."""
    if imp.name in (None, "*") or imp.asname:
        return None
    top = _top(imp)
    named = [file for file in discovery.files if file.module == imp.module and file.importable]
    tops = [file for file in discovery.files if file.module == top]
    roots = {file.root for file in discovery.files if file.module.partition(".")[0] == top}
    hidden = {collision.module for collision in discovery.collisions}
    if (
        len(named) != 1
        or len(tops) > 1  # none: a directory without `__init__.py`, which other packages of its name outdo
        or len(roots) != 1
        or _is_near(top, _above(file, discovery), discovery)
        or not hidden.isdisjoint({imp.module, f"{imp.module}.{imp.name}", top})
    ):
        return None
    return named[0]


def _is_unwatched(imp: Import, home: Candidate, before: Noted) -> bool:
    return not (
        imp.name in before.kin or f"{imp.module}:{imp.name}" in before.asked or home.path in before.shims
    )


def _loads(imp: Import) -> bool:
    return imp.scope == MODULE and imp.branch == MODULE and not imp.level


def _runs(home: Candidate) -> Iterable[str]:
    """The file, and the packages above it."""
    yield home.path
    folder = home.path
    while folder:
        folder = folder.rpartition("/")[0]
        yield f"{folder}/__init__.py" if folder else "__init__.py"


def binds_plainly(facts: FileFacts, name: str) -> bool:
    """Does a module bind a name once, and always: by a definition, or to a value that is no other name's?"""
    imported = [
        imp for imp in facts.imports if imp.scope == MODULE and (imp.name == "*" or imp.bound == name)
    ]
    if facts.problem is not None or imported:
        return False
    defined = [
        item.branch == MODULE for item in facts.definitions if item.parent == MODULE and item.name == name
    ]
    assigned = [_is_value(item) for item in facts.assignments if item.scope == MODULE and item.name == name]
    return [*defined, *assigned] == [True]


def _is_value(item: Assignment) -> bool:
    """Is a name bound to a value, whatever happens? Whoever follows what is made asks for its name."""
    return is_opaque(item) or (item.kind == "call" and item.branch == MODULE and item.writer == MODULE)
