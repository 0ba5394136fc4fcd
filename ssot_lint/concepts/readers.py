"""Who takes concepts from which modules, when they are imported or when code runs."""

from __future__ import annotations

from collections.abc import Mapping

from ssot_lint.concepts.canonicals import concept_imports
from ssot_lint.linking.surroundings import at_module_level
from ssot_lint.model import FileFacts, Import
from ssot_lint.project import Project, Resolution

Reader = tuple[int, int, bool]
"""A file, a line, and whether the name is looked up when code runs, not only when the file is imported."""


def readers(project: Project) -> Mapping[tuple[int, str], tuple[Reader, ...]]:
    """For each (module file, name) that holds a concept, who takes it from there."""
    return project.once(_find_readers)


def _find_readers(project: Project) -> Mapping[tuple[int, str], tuple[Reader, ...]]:
    found: dict[tuple[int, str], list[Reader]] = {}
    for file, number in concept_imports(project):
        facts = project.files[file].facts
        imp = facts.imports[number]
        source = project.find_module(project.absolute(file, imp) or "", file)
        if source is not None and imp.name is not None:
            late = not at_module_level(facts, imp.scope)
            found.setdefault((source, imp.name), []).append((file, imp.line, late))
    for file, answers in enumerate(project.resolutions):
        facts = project.files[file].facts
        if facts.deep is None:
            continue
        for imp, resolution in zip(facts.imports, answers, strict=True):
            if resolution.targets[0].kind == "module":
                module = imported_module(project, file, imp, resolution)
                if module >= 0:
                    for name in attributes_read(facts, imp, project.absolute(file, imp) or ""):
                        found.setdefault((module, name), []).append((file, imp.line, True))
    return {key: tuple(takers) for key, takers in found.items()}


def reads(facts: FileFacts, name: str) -> bool:
    """Whether functions of a module read one of its names when they run."""
    assert facts.deep is not None
    scopes = [(call.callee, call.scope) for call in facts.deep.calls]
    scopes += [
        (item.name, item.scope)
        for item in facts.deep.references
        if item.role not in ("annotation", "string-annotation")
    ]
    return any(
        (read == name or read.startswith(name + ".")) and not at_module_level(facts, scope)
        for read, scope in scopes
    )


def imported_module(project: Project, file: int, imp: Import, resolution: Resolution) -> int:
    """The file of the module that an import binds: `import a.b as c`, `from a import b`; -1 when it binds none."""
    if imp.name is not None:
        return resolution.target.file if resolution.target.kind == "module" else -1
    found = project.find_module(project.absolute(file, imp) or "", file)
    return -1 if found is None else found


def attributes_read(facts: FileFacts, imp: Import, module: str) -> list[str]:
    """The attributes that a file's code reads off an imported module, as far as concepts are concerned."""
    if facts.deep is None:
        return []
    prefix = (imp.bound if imp.name is not None or imp.asname else module) + "."
    read = {call.callee for call in facts.deep.calls} | {
        reference.name for reference in facts.deep.references
    }
    return sorted({name[len(prefix) :].partition(".")[0] for name in read if name.startswith(prefix)})
