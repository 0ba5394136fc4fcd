"""The module that a definition moves to: as it stands, or new."""

from __future__ import annotations

import ast

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.scopes import scopes
from ssot_lint.editing.source import Source
from ssot_lint.project import Project
from ssot_lint.workspace import Workspace

from ._move_code import ModuleCode
from ._move_parties import Home
from ._move_wishes import Wish


def home_of(workspace: Workspace, wish: Wish, path: str) -> Home:
    """The module that the definition goes to, made up if it does not exist. Raises CannotApply."""
    project = workspace.project
    known = project.find_module(wish.to)
    if known is not None:
        file = project.files[known]
        if file.facts.problem is not None:
            raise CannotApply(f"{wish.to} does not parse", file.path)
        if not file.importable:
            raise CannotApply(f"{wish.to} cannot be imported by that name", file.path)
        code = ModuleCode(workspace.source(file.path), workspace.scopes(file.path))
        return Home(file.path, file.module, file.is_package, code, False)
    if project.is_package_dir(wish.to):
        raise CannotApply(f"{wish.to} is a folder without __init__.py", path)
    parent, _, last = wish.to.rpartition(".")
    above = parent
    while above:
        found = project.find_module(above)
        if found is not None and not project.files[found].is_package:
            raise CannotApply(f"{above} is a module and can have no module {wish.to}", path)
        above = above.rpartition(".")[0]
    folder = _folder(project, parent, path)
    if folder is None:
        raise CannotApply(f"there is no package {parent}", path)
    new = f"{folder}/{last}.py" if folder else f"{last}.py"
    if workspace.exists(new):
        raise CannotApply(f"{new} exists and is no module {wish.to}", path)
    source = Source(new, b"")
    return Home(new, wish.to, False, ModuleCode(source, scopes(source.tree)), True)


def _folder(project: Project, package: str, path: str) -> str | None:
    """The folder of a package's modules; for "" that of the top level, as seen from a file."""
    if package:
        known = project.find_module(package)
        if known is not None:
            return project.files[known].path.rpartition("/")[0]
        if not project.is_package_dir(package):
            return None
    depth = len(package.split(".")) if package else 0
    here = project.by_path[path]
    order = sorted(range(len(project.files)), key=lambda number: (number != here, number))
    for number in order:
        file = project.files[number]
        if package and not file.module.startswith(f"{package}."):
            continue
        below = len(file.module.split(".")) - depth
        parts = file.path.split("/")
        return "/".join(parts[: len(parts) - below - file.is_package])
    return None


def exported_by(code: ModuleCode) -> set[str]:
    """Strings in the module's `__all__`."""
    return {
        inner.value
        for node in code.body
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in ast.walk(node))
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    }
