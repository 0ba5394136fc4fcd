"""The text of a file in which names become shims: the whole module, a part of it, or an import in their place."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ssot_lint.codemod import CannotApply, Remark
from ssot_lint.editing.blocks import Read
from ssot_lint.editing.source import Source, Splice
from ssot_lint.workspace import Workspace

from ._imports import Wanted, add_imports
from ._inner_uses import Led, Users, Work, inner_names, keep_submodules, led, refuse_cycle, with_imports
from ._module_bodies import cut, imports_of, leftovers, merged, removal, without_imports
from ._shim_edits import shim_splices
from ._shim_patches import fallbacks, inner_patches, left_patches, looked_up, moved_patches
from ._shims import module_text
from ._swaps import Swap


@dataclass(frozen=True)
class Replaced:
    """A file's new text, the patches of other files that have to follow, and what to look at."""

    content: bytes
    patches: Mapping[str, frozenset[Splice]] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()


def replaced(workspace: Workspace, path: str, swaps: Sequence[Swap], users: Users) -> Replaced:
    """The file with all these names replaced. Raises Blocked for one of them, CannotApply for all."""
    work = Work(workspace, path, swaps, users)
    facts = workspace.project.files[work.number]
    if f"{path}i" in workspace.others:
        raise CannotApply("it has a stub file beside it, which would go on declaring the old definition")
    keep_submodules(work)
    gone = removal(workspace, path, work.nodes, work.names, ())
    moved, patches = moved_patches(work, gone)
    taken = {
        name for (home, name), found in users.items()
        if home == work.number and found and name not in work.names | moved | {"*"}
    }  # fmt: skip
    local = facts.is_test and not any(work.users_of(name) for name in work.names)
    if local and all(item.nodes for item in swaps):
        return Replaced(_in_place(work, taken))
    gone = removal(workspace, path, work.nodes, work.names, taken)
    remarks = [*fallbacks(work), *left_patches(work, gone, moved)]
    if all(item.nodes for item in swaps) and not leftovers(workspace, path, gone, work.names, taken):
        return Replaced(_whole(work), patches, (*remarks, *looked_up(work, ())))
    inner = inner_names(work, gone)
    content, after = _partial(work, taken, inner)
    for place, splices in inner_patches(work, after).items():
        patches[place] = patches.get(place, frozenset()) | splices
    return Replaced(content, patches, (*remarks, *_placed_late(work, after), *looked_up(work, tuple(inner))))


def _placed_late(work: Work, after: Led) -> Iterator[Remark]:
    for item in work.swaps:
        if way := after.late.get(item.handed.name):
            text = f"{item.handed.name} is imported in the functions that read it: {' -> '.join(way)} would be a cycle"
            yield Remark(work.path, item.line, text)


# -- the three forms


def _whole(work: Work) -> bytes:
    """The module as nothing but a shim; the comments it opens with stay."""
    source, facts = work.workspace.source(work.path), work.workspace.project.files[work.number]
    handed = sorted(item.handed for item in work.swaps)
    first = source.tree.body[0]
    decorators = getattr(first, "decorator_list", ())
    opening = source.text[: source.offset(min([first.lineno, *(item.lineno for item in decorators)]), 0)]
    doc = ""
    if not any(item.is_definition for item in work.swaps) and ast.get_docstring(source.tree) is not None:
        doc = source.segment(first)
    exports = facts.facts.exports
    public = [
        item.name for item in handed if (item.name in exports if exports else not item.name.startswith("_"))
    ]
    text = module_text(facts.is_package, handed, doc, public)
    return source.encoded((opening if opening.strip() else "") + text.replace("\n", source.newline))


def _partial(work: Work, taken: set[str], inner: Mapping[str, Sequence[Read]]) -> tuple[bytes, Led]:
    """The module with the definitions cut out, the `__getattr__` in their place, and inner uses led elsewhere."""
    facts = work.workspace.project.files[work.number]
    exports = _exports(work)
    wanted = [Wanted("warnings"), *([Wanted("typing", "TYPE_CHECKING")] if work.nodes else [])]
    wanted += [Wanted("sys")] if facts.is_package else []
    found = with_imports(work, wanted, inner)
    after = found.work
    source = after.workspace.source(work.path)
    gone = removal(after.workspace, work.path, after.nodes, after.names, taken)
    splices = [*led(found, gone), *shim_splices(after, gone, exports)]
    kept = taken | set(found.names.values())
    content = without_imports(
        facts, source.spliced(merged(splices)), imports_of(after.workspace, work.path, gone), kept
    )
    return content, found


def _in_place(work: Work, taken: set[str]) -> bytes:
    """A test module of its own: the import takes the place of the definition."""
    swaps = [item for item in work.swaps if item.is_definition]
    work = Work(work.workspace, work.path, swaps, work.users)
    facts = work.workspace.project.files[work.number]
    inner = inner_names(work, removal(work.workspace, work.path, work.nodes, work.names, taken))
    other = {item.handed.name for item in swaps if item.handed.canonical != item.handed.name}
    found = with_imports(work, [], {name: reads for name, reads in inner.items() if name in other})
    after = found.work
    gone = removal(after.workspace, work.path, after.nodes, after.names, taken)
    source = after.workspace.source(work.path)
    splices = [*led(found, gone), *(cut(source, node) for node in gone.statements)]
    content = source.spliced(merged(splices))
    wanted = []
    for item in swaps:
        if item.handed.name in inner.keys() - other:
            refuse_cycle(work, item)
            wanted.append(Wanted(item.handed.module, item.handed.canonical))
    added = add_imports(Source(work.path, content), facts.module, facts.is_package, wanted)
    kept = taken | set(found.names.values()) | set(added.names.values())
    return without_imports(facts, added.content, imports_of(after.workspace, work.path, gone), kept)


def _exports(work: Work) -> list[str] | None:
    """The `__all__` that a module needs for those who import * from it, where it has none."""
    project, facts = work.workspace.project, work.workspace.project.files[work.number].facts
    stars = work.users_of("*")
    if not stars or facts.exports is not None or facts.exports_from:
        return None
    where = f"{stars[0].path}:{stars[0].line} imports * from it, and"
    if facts.exports_dynamic or facts.dynamic_namespace or any(imp.name == "*" for imp in facts.imports):
        raise CannotApply(f"{where} what that brings cannot be told")
    tree, scopes = work.workspace.source(work.path).tree, work.workspace.scopes(work.path)
    certain = {
        inner for node in tree.body if not isinstance(node, ast.If | ast.Try) for inner in ast.walk(node)
    }
    found = []
    for name in project.exports(work.number):
        bound = scopes.module.bindings.get(name, [])
        if name in work.names or any(node in certain for node in bound):
            found.append(name)
        elif any(
            not project.type_checking(work.number, imp.branch) for imp in facts.imports if imp.bound == name
        ):
            raise CannotApply(f"{where} whether that brings {name} cannot be told")
    return found
