"""Who is warned of an old home before a later batch re-points it, in a project whose tests take warnings for errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ssot_lint.batches.cuts import SHIM, Cut
from ssot_lint.plan import Hazard
from ssot_lint.project import Project
from ssot_lint.wording import some


def warned(project: Project, cuts: Sequence[Cut], number: int) -> Iterator[Hazard]:
    """A hazard of batch `number`, where pytest is told that deprecation warnings are errors: its gate may fail.

    `project`: the untouched one. At the first import outside of the batch that takes a name which becomes a shim.
    """
    cut = cuts[number - 1]
    if SHIM not in cut.codemod.split(", ") or not project.config.collection.warnings_fail:
        return
    users = _users(project, cut)
    if not users:
        return
    later = [
        place
        for place, other in enumerate(cuts[number:], number + 1)
        if not users.keys().isdisjoint(other.contents)
    ]
    until = (
        f"until {'batch' if len(later) == 1 else 'batches'} {', '.join(map(str, later))}"
        if later
        else "for good"
    )
    left = [path for path in users if not any(path in cuts[place - 1].contents for place in later)]
    if later and left:
        until += f", and {some(left)} for good"
    path, line = min(users.items())
    told = f"{len(users):,} file{'s' * (len(users) != 1)} outside of this batch"
    text = (
        f"the tests of this project take warnings for errors, and {told} will be warned by the shim, {until}"
    )
    yield Hazard(path, line, text)


def _users(project: Project, cut: Cut) -> dict[str, int]:
    """The files outside of a batch that import what it makes a shim -> the line of the first such import."""
    found: dict[str, int] = {}
    for symbol in cut.symbols:  # of a module as a whole: every name of it
        module, _, wanted = symbol.partition(":")
        file = project.find_module(module)
        if file is not None and project.files[file].path in cut.contents:
            for path, line, name in project.once(_takers).get(file, ()):
                if wanted in ("", name) and path not in cut.contents:
                    found[path] = min(line, found.get(path, line))
    return found


def _takers(project: Project) -> Mapping[int, Sequence[tuple[str, int, str]]]:
    """File -> where names are imported from it: (path, line, name)."""
    found: dict[int, list[tuple[str, int, str]]] = {}
    for file, source in enumerate(project.files):
        for imp in source.facts.imports:
            home = project.table.locate(file, imp.module, imp.level)[1] if imp.name is not None else None
            if home is not None and imp.name is not None:
                found.setdefault(home, []).append((source.path, imp.line, imp.name))
    return found
