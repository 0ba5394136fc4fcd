"""What a file reads off the modules that it imports: `shop.money.Money`, `m.Money` after `import shop.money as m`.

`chains(workspace, path)` gives for every such chain of attributes what its first part that is no module stands for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ssot_lint.editing.blocks import Bound, Scope, Scopes
from ssot_lint.model import Import
from ssot_lint.project import Project, Target
from ssot_lint.workspace import Workspace

Place = tuple[str, str]
"""The dotted name of a scope and the chain as written, up to the first part that is no module."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of attributes: what it stands for, where it is read first, and whether its modules are imported here."""

    target: Target
    line: int
    is_imported: bool = True  # `import a.b` for `a.b.X`; `import a` alone leaves it to others to import `a.b`


def chains(workspace: Workspace, path: str) -> dict[Place, Chain]:
    """Every chain that begins at an imported module. Names that may be something else too are left out."""
    project = workspace.project
    if not takes_modules(project, path):
        return {}
    found = workspace.scopes(path)
    held = _held(project, workspace.file(path), found)
    if not held:
        return {}
    outer = {id(node.value): node for node in workspace.source(path).nodes if isinstance(node, ast.Attribute)}
    result: dict[Place, Chain] = {}
    for read in found.names:
        module = held.get((id(read.owner), read.node.id)) if read.owner is not None else None
        if module is None or read.string is not None or not isinstance(read.node.ctx, ast.Load):
            continue
        parts, node = [read.node.id], outer.get(id(read.node))
        while node is not None:
            parts.append(node.attr)
            node = outer.get(id(node))
        length, target = _first(project, module.path, parts)
        place = (scope_name(read.scope), ".".join(parts[:length]))
        whole = ".".join((module.path, *parts[1 : length - (target.kind != "module")]))
        imported = not module.plain or any(f"{name}.".startswith(f"{whole}.") for name in module.plain)
        if place not in result:
            result[place] = Chain(target, read.statement.lineno, imported)
    return result


def takes_modules(project: Project, path: str) -> bool:
    """Does any import of a file bind a module of the project? Told from the facts, so that most are not parsed."""
    file = project.by_path.get(path)
    if file is None:
        return False
    for imp, answer in zip(project.files[file].facts.imports, project.resolutions[file], strict=True):
        if imp.name is None and project.resolve_path(imp.module.partition(".")[0]).target.kind == "module":
            return True
        if answer.target.kind == "module":
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Held:
    """A module that a local name stands for. `plain`: the names of `import a.b`, whose local name is `a`."""

    path: str
    plain: tuple[str, ...] = ()


def _held(project: Project, file: int, found: Scopes) -> Mapping[tuple[int, str], _Held]:
    """(scope, local name) -> the module, for the names that imports of one module bind and nothing else."""
    held: dict[tuple[int, str], list[tuple[ast.alias, _Held]]] = {}
    scopes: dict[int, Scope] = {}
    for bound in found.imports:
        for local, alias, module in _modules(project, file, bound):
            if project.resolve_path(module.path).target.kind != "module":
                continue
            scope = bound.scope.module if local in bound.scope.declared_global else bound.scope
            scopes[id(scope)] = scope
            held.setdefault((id(scope), local), []).append((alias, module))
    result = {}
    for (scope_id, local), among in held.items():
        known = {id(alias) for alias, _ in among}
        if {module.path for _, module in among} == {among[0][1].path} and all(
            id(node) in known for node in scopes[scope_id].bindings.get(local, ())
        ):
            is_plain = all(module.plain for _, module in among)
            names = tuple(name for _, module in among for name in module.plain) if is_plain else ()
            result[scope_id, local] = _Held(among[0][1].path, names)
    return result


def _modules(project: Project, file: int, bound: Bound) -> Iterator[tuple[str, ast.alias, _Held]]:
    for alias in bound.statement.names:
        if isinstance(bound.statement, ast.Import):
            if alias.asname:
                yield alias.asname, alias, _Held(alias.name)
            else:
                top = alias.name.partition(".")[0]
                yield top, alias, _Held(top, (alias.name,))
        elif alias.name != "*":
            statement = bound.statement
            fact = Import(
                statement.module or "", alias.name, alias.asname, statement.level,
                alias.lineno, 1, alias.lineno, 1, statement.lineno, -1, -1,
            )  # fmt: skip
            target = project.resolve_import(file, fact).target
            if target.kind == "module":
                yield alias.asname or alias.name, alias, _Held(target.symbol)


def _first(project: Project, module: str, parts: list[str]) -> tuple[int, Target]:
    """How many parts lead to the first that is no module, and what that is."""
    target = project.resolve_path(module).target
    for length in range(2, len(parts) + 1):
        if target.kind != "module":
            return length - 1, target
        target = project.resolve_path(".".join((module, *parts[1:length]))).target
    return len(parts), target


def scope_name(scope: Scope) -> str:
    """The dotted name of a scope: "" for the module, ".Cart.total" for a method."""
    return ".".join(getattr(outer.node, "name", "") for outer in reversed(tuple(scope.chain())))
