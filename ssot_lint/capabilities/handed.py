"""Where one module has a name of its own for what is watched, and another one uses it by that name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ssot_lint.capabilities.naming import Names
from ssot_lint.capabilities.watching import watched, watched_part
from ssot_lint.model import MODULE, NOTHING, Flow
from ssot_lint.project import Project
from ssot_lint.queries.again import bodies_naming, kept_flows


def passed_over(project: Project, file: int, names: frozenset[str]) -> Iterator[Flow]:
    """Functions that no word tells of, and that use one of these names."""
    kept = kept_flows(project, file)
    for index, flow in bodies_naming(project, file, names) if names else ():
        if index not in kept and index != MODULE:
            yield flow


def handed_to(project: Project, file: int) -> frozenset[str]:
    """What a file may say for a watched call that another module of the project has under a name of its own."""
    names: set[str] = set()
    handed = project.once(_handed_on)
    for imp, answer in zip(project.files[file].facts.imports, project.resolutions[file], strict=True):
        target = answer.target
        if target.kind == "module" and target.file >= 0:
            names |= handed.get(target.file, frozenset())
        elif target.kind in ("external", "variable") and imp.name is not None:
            _, home = project.table.locate(file, imp.module, imp.level)
            if home is not None and imp.name in handed.get(home, ()):
                names.add(imp.bound)
    return frozenset(names)


def _handed_on(project: Project) -> Mapping[int, frozenset[str]]:
    """File -> the names of its own for what is watched, or for a module that holds it: not `jwt`, but `read` or `env`."""
    watches = watched(project)
    calls = frozenset(call for watch in watches for call in watch.calls)
    owners = frozenset(owner for watch in watches for owner in watch.owners)
    roots = {call.partition(".")[0] for call in calls}
    found = {}
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        named: set[str] = set()
        for imp, answer in zip(source.facts.imports, project.resolutions[file], strict=True):
            path = answer.target.symbol if answer.target.kind == "external" else ""
            if imp.scope == MODULE and (path in owners or watched_part(path, calls)):
                named.add(imp.bound)
        for item in source.facts.assignments:
            head = item.value.partition(".")[0]
            if item.scope == MODULE and item.kind == "name" and (head in named or head in roots):
                path = Names(project, file, Flow(MODULE, NOTHING)).dotted(item.value)
                if path in owners or watched_part(path, calls):
                    named.add(item.name)
        if named - roots:
            found[file] = frozenset(named - roots)
    return found
