"""Which names a request to remove is about, and whether each is a shim, or the copy that it is said to be."""

from __future__ import annotations

import ast

from ssot_lint.codemod import CannotApply
from ssot_lint.concepts.claims import claims
from ssot_lint.project import Project, Target
from ssot_lint.queries.members import own_members
from ssot_lint.reading.expressions import dotted
from ssot_lint.workspace import Workspace

from ._equal import Comparison, without_docstring
from ._leftovers import is_for_types, left_beside
from ._module_bodies import bindings
from ._nodes import Definition, made_by_call
from ._shims import lazy_of
from ._swaps import binding_statements


def names_of(workspace: Workspace, symbol: str, copy_of: str) -> tuple[str, list[str]]:
    """The file and the names of it that a request is about. Raises CannotApply for what is no shim."""
    project = workspace.project
    module, _, name = symbol.partition(":")
    file = project.find_module(module)
    if file is None:
        raise CannotApply(f"there is no module {module}")
    path = project.files[file].path
    if project.files[file].facts.problem is not None:
        raise CannotApply("the file does not parse", path, 1)
    if name:
        _check(workspace, path, name, copy_of)
        return path, [name]
    lazy = lazy_of(workspace.source(path).tree)
    names = [] if lazy is None else list(lazy.answers)
    if lazy is not None and not names:
        names = list(project.files[file].facts.getattr_names or ())
    for candidate in sorted(workspace.scopes(path).module.bindings):
        if candidate in names or candidate in ("__getattr__", "__dir__", "__all__"):
            continue
        target = project.name(file, candidate).target
        if target.kind == "definition" and target.file != file:
            names.append(candidate)
    left = left_beside(workspace, path, set(names))
    if left and lazy is not None and lazy.answers:  # what the module answers goes, the rest is its own
        names, left = list(lazy.answers), []
    if left or not names:
        line = left[0].lineno if left else 1
        raise CannotApply(
            f"{module} holds more than a shim" if names else f"{module} hands nothing on", path, line
        )
    for item in names:
        _check(workspace, path, item)
    return path, names


def _check(workspace: Workspace, path: str, name: str, copy_of: str = "") -> None:
    """Raises CannotApply where the name is no shim, and no copy of what it is said to be one of."""
    project, file = workspace.project, workspace.file(path)
    source = project.files[file]
    tree = workspace.source(path).tree
    lazy = lazy_of(tree)
    found = [node for node in bindings(workspace.scopes(path), name) if not is_for_types(tree, node)]
    if not found and lazy is not None and name in (lazy.answers or source.facts.getattr_names or ()):
        return
    if not found:
        raise CannotApply(f"{source.module} hands on no {name}", path, 1)
    line = next((node.lineno for node in found if hasattr(node, "lineno")), 1)
    nodes = binding_statements(tree, found)
    if not nodes:
        raise CannotApply(f"{name} is bound several times, or not at the top level", path, line)
    marked = any(
        nodes[0].lineno - len(nodes) - 3 <= mark.line <= nodes[0].lineno for mark in source.facts.shims
    )
    if not isinstance(nodes[-1], Definition):
        target = project.name(file, name).target
        if target.file == file and (made := made_by_call(project, target)):
            if copy_of:
                raise CannotApply(made, path, line)
            if not (marked or _is_handing(project, target)):
                raise CannotApply(f"{name} is no shim: it is implemented here", path, line)
            return
        imported = isinstance(nodes[-1], ast.Import | ast.ImportFrom)
        if target.kind not in ("definition", "module") or (imported and target.file == file):
            raise CannotApply(f"{name} is no shim: it hands on nothing of this project", path, line)
        return
    if copy_of:
        _check_copy(workspace, path, nodes[-1], copy_of)
        return
    shim = _is_claimed(project, f"{source.module}:{name}")
    empty = isinstance(nodes[-1], ast.ClassDef) and all(
        isinstance(node, ast.Pass) for node in without_docstring(nodes[-1].body)
    )
    derived = isinstance(nodes[-1], ast.ClassDef) and any(
        project.resolve(file, dotted(base)).target.kind == "definition" for base in nodes[-1].bases
    )
    if not (marked or shim or (empty and derived)):
        raise CannotApply(f"{name} is no shim: it is implemented here", path, line)


def _is_claimed(project: Project, symbol: str) -> bool:
    """Is it a shim of a concept?"""
    return any(
        claim.symbol == symbol and claim.kind == "shim"
        for every in claims(project).values()
        for claim in every
    )


def _is_handing(project: Project, target: Target) -> bool:
    """Does a class that a call makes add nothing to a class of this project?"""
    if _is_claimed(project, target.symbol):
        return True
    bases = project.bases(target.file, target.index)
    return [base.kind for base in bases] == ["definition"] and not own_members(
        project, target.file, target.index
    )


def _check_copy(workspace: Workspace, path: str, node: ast.stmt, copy_of: str) -> None:
    """Raises CannotApply where a definition and the one it is said to be a copy of differ."""
    project = workspace.project
    target = project.resolve_symbol(copy_of).target
    name = copy_of.partition(":")[2]
    if target.kind != "definition" or target.symbol != copy_of:
        raise CannotApply(f"{copy_of} is not defined there", path, node.lineno)
    there = project.files[target.file].path
    if made := made_by_call(project, target):
        raise CannotApply(made, path, node.lineno)
    bound = workspace.scopes(there).module.bindings.get(name, [])
    if len(bound) != 1 or not isinstance(bound[0], Definition):
        raise CannotApply(f"{copy_of} is bound several times", path, node.lineno)
    difference = Comparison(workspace).differs((path, node), (there, bound[0]))
    if difference:
        raise CannotApply(f"it is no copy of {copy_of}: it has {difference}", path, node.lineno)
