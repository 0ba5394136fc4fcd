"""Patches of names whose readers read something else once the module is a shim.

    with patch("shop.old.Cart"):  ->  with patch("shop.old._Cart"):

`patch("shop.old.Cart.total")` changes the class itself, whoever reads it, and stays. A patch of a name that only a copy
of the canonical definition has read follows that body into the canonical module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ssot_lint.codemod import CannotApply, Remark
from ssot_lint.editing.source import Splice
from ssot_lint.model import PathString
from ssot_lint.workspace import Workspace

from ._inner_uses import Led, Work
from ._module_bodies import Removal
from ._patches import followed, patch_call, patches_of
from ._swaps import Blocked


def moved_patches(work: Work, gone: Removal) -> tuple[set[str], dict[str, frozenset[Splice]]]:
    """Names that only copies of the canonical definition read, where nobody but patches takes them from here.

    The patch follows the body that reads the name: what it is to replace is read in the canonical module now.
    """
    workspace, project = work.workspace, work.workspace.project
    copies = [item for item in work.swaps if item.copied]
    if not copies or len(copies) != len(work.swaps):
        return set(), {}
    homes = {project.files[item.copied_from].module for item in copies}
    read = _read_only_by(work, gone)
    wanted = {name: name for name in read if work.users_of(name) and len(homes) == 1}
    patches: dict[str, set[Splice]] = {}
    moved: dict[str, int] = dict.fromkeys(wanted, 0)
    for path, item, name in patches_of(workspace, work.number, wanted):
        try:
            splice = _followed(workspace, path, item, name, min(homes), name)
        except CannotApply:
            return set(), {}
        patches.setdefault(path, set()).add(splice)
        moved[name] += 1
    for name, count in moved.items():
        if count != len(work.users_of(name)):
            return set(), {}
    return set(moved), {path: frozenset(splices) for path, splices in patches.items()}


def _read_only_by(work: Work, gone: Removal) -> set[str]:
    """The names of the module that only the removed statements read."""
    scopes = work.workspace.scopes(work.path)
    inside: set[str] = set()
    outside = set(work.names)
    for read in scopes.names:
        if isinstance(read.node.ctx, ast.Load) and read.owner is scopes.module:
            (inside if gone.holds(read) else outside).add(read.node.id)
    return inside - outside


def inner_patches(work: Work, after: Led) -> dict[str, frozenset[Splice]]:
    """The module reads these names through private ones: so its patches replace the private ones.

    Functions that import the canonical object themselves take it from its module: the patch goes there.
    """
    found: dict[str, set[Splice]] = {}
    for path, item, name in patches_of(work.workspace, work.number, after.names):
        swap = next(swap for swap in work.swaps if swap.handed.name == name)
        late = [user for user in work.users_of(name) if user.is_late and user.path != path]
        if late:
            where = f"{late[0].path}:{late[0].line} {late[0].how}"
            reason = f"{path}:{item.line} patches it for two readers: the module itself, and {where}"
            raise Blocked(name, reason, swap.line)
        module, new = "", after.names[name]
        if name in after.late:
            module, new = swap.handed.module, swap.handed.canonical
        try:
            splice = _followed(work.workspace, path, item, name, module, new)
        except CannotApply as refused:
            raise Blocked(name, refused.reason, swap.line) from refused
        found.setdefault(path, set()).add(splice)
    return {path: frozenset(splices) for path, splices in found.items()}


def _followed(workspace: Workspace, path: str, item: PathString, name: str, module: str, new: str) -> Splice:
    source = workspace.source(path)
    return followed(source, patch_call(source, item), item, name, module, new)


# -- what a reviewer should know


def looked_up(work: Work, inner: Sequence[str]) -> Iterator[Remark]:
    """Strings that look the name up in the module: whom do they still reach?"""
    for name in sorted(work.names - set(inner)):
        for user in work.users_of(name):
            if user.is_string:
                yield Remark(
                    user.path, user.line, f"{user.how}: reaches only those who ask for the old name later"
                )


def left_patches(work: Work, gone: Removal, moved: set[str]) -> Iterator[Remark]:
    """Patches of names that nothing in the module reads any more."""
    module = work.workspace.project.files[work.number].module
    read = _read_only_by(work, gone) - moved
    for path, item, name in patches_of(work.workspace, work.number, read):
        yield Remark(path, item.line, f"replaces {name} of {module}, which only what was replaced has read")


def fallbacks(work: Work) -> Iterator[Remark]:
    """`except ImportError: from old import Name` falls back to what it has just failed to get."""
    project = work.workspace.project
    for item in work.swaps:
        for user in work.users_of(item.handed.name):
            if user.is_string or user.path not in project.by_path:
                continue
            facts = project.files[project.by_path[user.path]].facts
            for imp in facts.imports:
                if (
                    imp.line == user.line
                    and imp.branch >= 0
                    and facts.branches[imp.branch].kind.startswith("except")
                ):
                    text = (
                        f"falls back to {item.handed.name}, which is that of {item.handed.module} in future"
                    )
                    yield Remark(user.path, user.line, text)
