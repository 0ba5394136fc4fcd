"""What is asked of one file, and how the rest of a module goes on reading the names that it hands on.

A module's `__getattr__` does not serve lookups from inside the module: those read the canonical object through an
import of their own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.editing.blocks import Read
from ssot_lint.editing.source import Splice
from ssot_lint.queries.cycles import cycle
from ssot_lint.workspace import Workspace

from ._imports import Wanted, add_imports
from ._late_imports import late_imports
from ._module_bodies import Removal, bindings, place_of
from ._names import renamed
from ._swaps import Blocked, Swap, binding_statements
from ._users import Key, User, users_of

Users = Mapping[Key, tuple[User, ...]]


@dataclass(frozen=True)
class Work:
    """What is asked of one file: the names to replace, and who takes what from it."""

    workspace: Workspace
    path: str
    swaps: Sequence[Swap]
    users: Users

    @property
    def number(self) -> int:
        return self.workspace.file(self.path)

    @property
    def names(self) -> set[str]:
        return {item.handed.name for item in self.swaps}

    @property
    def nodes(self) -> list[ast.stmt]:
        return [node for item in self.swaps for node in item.nodes]

    def users_of(self, name: str) -> tuple[User, ...]:
        return self.users.get((self.number, name), ())


def users_in(workspace: Workspace, swaps: Mapping[str, Sequence[Swap]]) -> Users:
    """Who takes what from the files that change: every name they bind may be somebody's."""
    keys: set[Key] = set()
    for path, items in swaps.items():
        file = workspace.file(path)
        keys |= {(file, name) for name in workspace.project.namespace(file)} | {(file, "*")}
        keys |= {(file, item.handed.name) for item in items}
        keys |= {(file, item.loads) for item in items if item.loads}
    return users_of(workspace, keys) if keys else {}


def keep_submodules(work: Work) -> None:
    """A package's import of a name from below it also loads the submodule, which others may rely on."""
    for item in work.swaps:
        if item.loads and (
            users := [user for user in work.users_of(item.loads) if user.how.startswith("reads")]
        ):
            where = f"{users[0].path}:{users[0].line} {users[0].how}"
            raise Blocked(item.handed.name, f"{where}, which only this import loads", item.line)


def inner_names(work: Work, gone: Removal) -> dict[str, list[Read]]:
    """The names that the rest of the module reads, with the places; refuses where it does more than read."""
    scopes = work.workspace.scopes(work.path)
    found: dict[str, list[Read]] = {}
    for name in sorted(work.names):
        for read in scopes.references(scopes.module, name):
            if gone.holds(read):
                continue
            if not isinstance(read.node.ctx, ast.Load):
                raise Blocked(name, f"{name} is bound again in its module", place_of(read).lineno)
            found.setdefault(name, []).append(read)
        for node in ast.walk(work.workspace.source(work.path).tree):
            if node in gone.nodes:
                continue
            match node:
                case ast.Attribute(value=ast.Name(id=owner), ctx=ast.Store() | ast.Del()) if owner == name:
                    raise Blocked(name, f"the module changes {name} after defining it", node.lineno)
                case ast.Global(names=declared) if name in declared:
                    raise Blocked(name, f"{name} is bound again in its module", node.lineno)
                case ast.Subscript(
                    value=ast.Call(func=ast.Name(id="globals" | "vars")), slice=ast.Constant(value=str(text))
                ) if text == name:
                    raise Blocked(name, f"the module looks {name} up in globals()", node.lineno)
    return found


@dataclass(frozen=True)
class Led:
    """A file with the imports that it will need.

    `names`: what the module reads itself, with the local names of the canonical objects. `late`: those of them that
    are imported where they are read, with the cycle that an import of the module would close.
    """

    work: Work
    names: Mapping[str, str]
    late: Mapping[str, tuple[str, ...]]


def with_imports(work: Work, wanted: Sequence[Wanted], inner: Mapping[str, Sequence[Read]]) -> Led:
    """The file with the imports of the canonical objects that it reads itself, and those in `wanted`.

    The project is not linked anew: nothing that is asked of it later depends on these imports.
    """
    workspace, facts = work.workspace, work.workspace.project.files[work.number]
    own: dict[str, list[Wanted]] = {}
    names: dict[str, str] = {}
    late: dict[str, tuple[str, ...]] = {}
    for item in work.swaps:
        handed = item.handed
        if handed.name not in inner:
            continue
        if known := _known_as(work, item, inner[handed.name]):
            names[handed.name] = known
            continue
        private = f"_{handed.name.lstrip('_')}"
        others = tuple(dict.fromkeys((private, f"_Canonical{handed.canonical}", f"_{handed.canonical}_")))
        hidden = any(_is_local(read, handed.canonical) for read in inner[handed.name])
        asname = private if hidden or handed.canonical == handed.name else None
        want = Wanted(handed.module, handed.canonical, asname, otherwise=others)
        own[handed.name] = [want]
        circle = _cycle(work, item)
        if circle:
            late[handed.name] = tuple(circle)
            own[handed.name] = late_imports(workspace, work.path, want, inner[handed.name], item, circle)
    source = workspace.source(work.path)
    every = [want for wants in own.values() for want in wants]
    checks = any(want.type_checking for want in every)  # these bring TYPE_CHECKING themselves
    every = [*(want for want in wanted if not (checks and want.name == "TYPE_CHECKING")), *every]
    added = add_imports(source, facts.module, facts.is_package, every)
    edits = {**workspace.edits, work.path: added.content}
    after = Workspace(workspace.project, workspace.load, workspace.others, edits)
    swaps = []
    for item in work.swaps:
        bound = bindings(after.scopes(work.path), item.handed.name)
        nodes = binding_statements(after.source(work.path).tree, bound) if item.nodes else ()
        if item.nodes and not nodes:
            raise Blocked(item.handed.name, f"{item.handed.name} is bound several times", item.line)
        swaps.append(Swap(item.handed, nodes, item.line))
    for name, wants in own.items():
        names[name], *rest = {added.names[want] for want in wants}
        if rest:
            line = next(item.line for item in work.swaps if item.handed.name == name)
            raise Blocked(name, f"no one name is free for {name} in all functions that read it", line)
    return Led(Work(after, work.path, swaps, work.users), names, late)


def _known_as(work: Work, item: Swap, inner: Sequence[Read]) -> str:
    """The canonical name, where an import above the first use has the object under it already; else ""."""
    project, scopes = work.workspace.project, work.workspace.scopes(work.path)
    module, local = item.handed.module, item.handed.canonical
    bound = scopes.module.bindings.get(local, ())
    imports = [
        node for node in work.workspace.source(work.path).tree.body if isinstance(node, ast.ImportFrom)
    ]
    first = min(place_of(read).lineno for read in inner)
    above = (
        any(bound[0] in node.names and (node.end_lineno or 0) < first for node in imports) if bound else False
    )
    if not above or len(bound) != 1 or local in work.names or any(_is_local(read, local) for read in inner):
        return ""
    target = project.resolve_symbol(f"{module}:{local}").target
    return local if project.name(work.number, local).targets == (target,) else ""


def _is_local(read: Read, name: str) -> bool:
    """Would a name mean something else than the module's where another one is read?"""
    owner = read.scope.owner(name)
    return owner is not None and owner.kind != "module"


def refuse_cycle(work: Work, item: Swap) -> None:
    if found := _cycle(work, item):
        way = " -> ".join(found)
        reason = f"the module reads {item.handed.name} itself, and importing it would close a cycle: {way}"
        raise Blocked(item.handed.name, reason, item.line)


def _cycle(work: Work, item: Swap) -> list[str]:
    project = work.workspace.project
    return cycle(project, work.number, project.modules[item.handed.module])


def led(after: Led, gone: Removal) -> Iterator[Splice]:
    """Inner uses read the private import."""
    work = after.work
    scopes, source = work.workspace.scopes(work.path), work.workspace.source(work.path)
    for name, local in sorted(after.names.items()):
        if local == name:
            continue
        reads = [
            read for read in scopes.references(scopes.module, name)
            if not gone.holds(read) and isinstance(read.node.ctx, ast.Load)
        ]  # fmt: skip
        for read in reads:
            if _is_local(read, local) and not (name in after.late and _is_import(read, local)):
                raise Blocked(name, f"{local} means something else there", place_of(read).lineno)
        yield from renamed(source, reads, local)


def _is_import(read: Read, name: str) -> bool:
    """Is it an import of its function, and nothing else, that a name stands for where another one is read?"""
    owner = read.scope.owner(name)
    return owner is not None and all(isinstance(node, ast.alias) for node in owner.bindings[name])
