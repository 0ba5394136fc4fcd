"""The emitter of each sequence: the configured one, its subclasses, and what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping

from ssot_lint.config import Sequence
from ssot_lint.model import Place
from ssot_lint.project import Project
from ssot_lint.queries.receivers import inside


def emitters(project: Project) -> Mapping[str, frozenset[Place]]:
    """By sequence: the configured emitter, its ancestors' heirs and whatever is a subclass of it."""
    return project.once(_emitters)


def inside_emitter(project: Project, sequence: Sequence, file: int, scope: int) -> bool:
    """Does a scope belong to the sequence's emitter?"""
    return inside(project, file, scope, emitters(project).get(sequence.name, frozenset()))


def _emitters(project: Project) -> Mapping[str, frozenset[Place]]:
    found: dict[str, frozenset[Place]] = {}
    for sequence in project.config.sequences:
        if not sequence.emitter:
            continue
        target = project.resolve_symbol(sequence.emitter).target
        if target.kind != "definition":
            continue
        home = (target.file, target.index)
        found[sequence.name] = (
            _heirs(project, home) if project.definition(target).is_class else frozenset({home})
        )
    return found


def _heirs(project: Project, home: Place) -> frozenset[Place]:
    """A class and its subclasses outside the tests."""
    name = project.definition_at(home).name
    names = {name} | {
        imp.asname
        for source in project.files
        for imp in source.facts.imports
        if imp.asname and imp.name == name
    }
    classes = [
        (file, index, {base.rpartition(".")[2] for base in item.bases})
        for file, source in enumerate(project.files)
        if not source.is_test
        for index, item in enumerate(source.facts.definitions)
        if item.bases
    ]
    heirs = {home}
    grows = True
    while grows:
        new = {
            (file, index)
            for file, index, bases in classes
            if bases & names
            and (file, index) not in heirs
            and any((base.file, base.index) == home for base in project.ancestors(file, index))
        }
        names |= {project.definition_at((file, index)).name for file, index in new}
        heirs |= new
        grows = bool(new)
    return frozenset(heirs)
