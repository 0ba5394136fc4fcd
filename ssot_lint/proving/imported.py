"""What a test outside the project's packages can import, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.model import MODULE
from ssot_lint.proving.shown import Home, Name

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.model import SourceFile
    from ssot_lint.project import Project


def home_of(project: Project, symbol: str | None) -> Home | None:
    """A class or function at the top of a module that a test can import; None otherwise."""
    if symbol is None or "." in symbol.partition(":")[2]:
        return None
    target = project.resolve_symbol(symbol).target
    if target.kind != "definition":
        return None
    source = project.files[target.file]
    definition = project.definition(target)
    if definition.parent != MODULE or target.symbol != symbol or not can_be_imported(project, target.file):
        return None
    return Home(source.path, definition.name)


def can_be_imported(project: Project, file: int) -> bool:
    """Not what pytest itself collects, nor what fails at an import that nothing in the project satisfies."""
    source = project.files[file]
    if not source.importable or source.facts.problem is not None:
        return False
    if project.config.collection.is_file(source.path):
        return False
    return not any(
        answer.targets[0].kind == "unresolved" and imp.scope == MODULE and imp.branch == MODULE
        for imp, answer in zip(source.facts.imports, project.resolutions[file], strict=True)
    )


def importable(project: Project, symbol: str | None) -> Name | None:
    if symbol is None or home_of(project, symbol) is None:
        return None
    module, _, name = symbol.partition(":")
    return Name(module, name)


def canonical_of(project: Project, concept: Concept | None) -> Name | None:
    """From where users are to import it, if it is there under its own name."""
    if concept is None:
        return None
    target = project.resolve_symbol(concept.canonical).target
    if importable(project, target.symbol) is None:
        return None
    if project.resolve_symbol(f"{concept.home}:{concept.canonical_name}").target == target:
        return Name(concept.home, concept.canonical_name)
    return Name(concept.canonical_module, concept.canonical_name)


def places(project: Project) -> tuple[str, ...]:
    """The directories below the root from which modules are imported, "." for the root itself."""
    is_collected = project.config.collection.is_file
    found = {_root(file) for file in project.files if file.importable and not is_collected(file.path)}
    return tuple(sorted(root for root in found if root is not None))


def _root(file: SourceFile) -> str | None:
    parts = file.path.removesuffix(".py").removesuffix("/__init__").split("/")
    names = file.module.split(".")
    if parts[-len(names) :] != names or names == ["conftest"]:
        return None
    return "/".join(parts[: -len(names)]) or "."
