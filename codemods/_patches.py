"""Patches that replace a name of a module: the places, and the texts that have to follow a name that is read elsewhere.

with patch("shop.web.get_cart"):  ->  with patch("shop.web.create_cart"):
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Source, Splice
from ssot_lint.model import PathString
from ssot_lint.project import Project
from ssot_lint.workspace import Workspace

from ._places import quoted_start

_FORMS = ("patch", "patch.object", "patch.multiple", "monkeypatch.setattr", "monkeypatch.delattr")


def patches_of(
    workspace: Workspace, file: int, names: Collection[str]
) -> Iterator[tuple[str, PathString, str]]:
    """(path, patch, name) for every patch that replaces one of these names of a module."""
    for path, item, name in workspace.project.once(_patches).get(file, ()):
        if name in names:
            yield path, item, name


def _patches(project: Project) -> Mapping[int, tuple[tuple[str, PathString, str], ...]]:
    """The patches of each module's names, by path and line; worked out once."""
    found: dict[int, list[tuple[str, PathString, str]]] = {}
    for number, source in enumerate(project.files):
        for item in source.facts.paths:
            if item.form not in _FORMS:
                continue
            if item.target is not None:
                owner = project.resolve(number, item.target, item.scope).target
                home, name = (owner.file if owner.kind == "module" else None), item.attribute or ""
            else:
                whole = (item.value or "") + (f".{item.attribute}" if item.attribute else "")
                head, _, name = whole.rpartition(".")
                home = project.find_module(head)
            if home is not None and name:
                found.setdefault(home, []).append((source.path, item, name))
    return {home: tuple(items) for home, items in found.items()}


def patch_call(source: Source, item: PathString) -> ast.Call:
    """The call that a patch is. Raises CannotApply where the place is none."""
    at = source.starts[item.line - 1] + item.column - 1
    for node in source.nodes:
        if isinstance(node, ast.Call) and node.args and source.span(node.args[0])[0] == at:
            return node
    raise CannotApply("its call cannot be found", source.path, item.line)


def counterpart(before: Source, after: Source, call: ast.Call) -> ast.Call | None:
    """The same patch in a text that was changed elsewhere; None where it cannot be told."""
    if before is after:
        return call
    mine, theirs = _like(before, call), _like(after, call)
    return theirs[mine.index(call)] if len(mine) == len(theirs) else None


def _like(source: Source, call: ast.Call) -> list[ast.Call]:
    """The calls of the same function with the same arguments, in the order of the file."""
    wanted = _outline(call)
    found = [
        node
        for node in source.nodes
        if isinstance(node, ast.Call)
        and (type(node.func), len(node.args), len(node.keywords))
        == (type(call.func), len(call.args), len(call.keywords))  # as their outlines are slow to make
        and _outline(node) == wanted
    ]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _outline(call: ast.Call) -> list[str]:
    names = [str(keyword.arg) for keyword in call.keywords]
    return [*map(ast.dump, [call.func, *call.args[:2]]), *names]


def followed(source: Source, call: ast.Call, item: PathString, name: str, module: str, new: str) -> Splice:
    """The patch of `module.new` instead. `module` is "" where only the name is another one. Raises CannotApply."""
    first = call.args[0]
    if item.target is None and item.attribute is None and isinstance(first, ast.Constant):
        start = quoted_start(source, first)
        if start is not None and isinstance(first.value, str) and first.value.endswith(f".{name}"):
            text = first.value
            return Splice(start, start + len(text), f"{module or text.rpartition('.')[0]}.{new}")
    if not module and item.attribute == name:
        for argument in call.args[1:2]:
            if isinstance(argument, ast.Constant) and argument.value == name:
                start = quoted_start(source, argument)
                if start is not None:
                    return Splice(start, start + len(name), new)
        for keyword in call.keywords:
            if keyword.arg == name:
                start = source.offset(keyword.lineno, keyword.col_offset)
                return Splice(start, start + len(name), new)
    raise CannotApply(f"the patch at {source.path}:{item.line} names {name} in a way that cannot be changed")
