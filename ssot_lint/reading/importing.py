"""Import statements."""

from __future__ import annotations

import ast

from ssot_lint.model import MODULE, Assignment, Import
from ssot_lint.reading.makers import MODULES
from ssot_lint.reading.reader import Reader


def import_(reader: Reader, node: ast.Import, scope: int, branch: int) -> None:
    reader.inside.skeleton.append("m")
    for alias in node.names:
        _import(reader, alias, alias.name, None, 0, node.lineno, scope, branch)
        if alias.name in MODULES:
            reader.makers.imported(alias.name, None, alias.asname)


def import_from(reader: Reader, node: ast.ImportFrom, scope: int, branch: int) -> None:
    reader.inside.skeleton.append("m")
    for alias in node.names:
        _import(reader, alias, node.module or "", alias.name, node.level, node.lineno, scope, branch)
        if node.module in MODULES and not node.level:
            reader.makers.imported(node.module, alias.name, alias.asname)


def _import(
    reader: Reader,
    alias: ast.alias,
    module: str,
    name: str | None,
    level: int,
    line: int,
    scope: int,
    branch: int,
) -> None:
    end = alias.end_lineno or alias.lineno
    found = Import(
        module, name, alias.asname, level, alias.lineno, reader.column(alias.lineno, alias.col_offset),
        end, reader.column(end, alias.end_col_offset or 0), line, scope, branch,
    )  # fmt: skip
    reader.imports.append(found)
    if alias.asname:
        reader.bodies.lookups.imported(module, name, alias.asname)
    if name == "__all__" and scope == MODULE:
        reader.exports.take(found.bound)
    elif found.bound == "__getattr__" and scope == MODULE:
        reader.getattr_names = reader.getattr_names or ()
    if scope >= 0 and found.bound in reader.inside.globals:
        reader.assignments.append(
            Assignment(found.bound, "other", "", line, found.column, MODULE, MODULE, writer=scope)
        )
