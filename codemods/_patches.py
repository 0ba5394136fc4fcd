"""Patches that replace a name in a module: strings and arguments that have to follow the name that is read.

    with patch("shop.old.Cart"):  ->  with patch("shop.old._Cart"):

`patch("shop.old.Cart.total")` changes the class itself, whoever reads it, and stays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from ssot_lint.codemod import CannotApply
from ssot_lint.model import PathString
from ssot_lint.source import Source, Splice
from ssot_lint.workspace import Workspace

from ._places import quoted_start

_FORMS = ("patch", "patch.object", "patch.multiple", "monkeypatch.setattr", "monkeypatch.delattr")


def patches_of(
    workspace: Workspace, file: int, names: Mapping[str, str]
) -> Iterator[tuple[str, PathString, str]]:
    """(path, patch, name) for every patch that replaces one of these names of a module."""
    project = workspace.project
    module = project.files[file].module
    for number, source in enumerate(project.files):
        for item in source.facts.paths:
            if item.form not in _FORMS:
                continue
            if item.target is not None:
                owner = project.resolve(number, item.target, item.scope).target
                if item.attribute in names and owner.kind == "module" and owner.file == file:
                    yield source.path, item, item.attribute or ""
            elif item.value is not None:
                whole = item.value + (f".{item.attribute}" if item.attribute else "")
                head, _, last = whole.rpartition(".")
                if last in names and head == module:
                    yield source.path, item, last


def followed(source: Source, item: PathString, name: str, module: str, new: str) -> Splice:
    """The patch of `module.name` instead. `module` is "" where only the name is another one. Raises CannotApply."""
    for call in ast.walk(source.tree):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        first = call.args[0]
        if (first.lineno, source.offset(first.lineno, first.col_offset)) != (item.line, _at(source, item)):
            continue
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


def _at(source: Source, item: PathString) -> int:
    return source.starts[item.line - 1] + item.column - 1
