"""A file without names that it handed on, and without all that served them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Source, Splice
from ssot_lint.workspace import Workspace

from ._imports import Unwanted, remove_imports, without_aliases, without_statement
from ._leftovers import going_with, is_spent, left_beside, serves
from ._module_bodies import Removal, cut, imports_of, merged, start_of
from ._shims import directory_of, is_type_checking, lazy_of, shim_directory
from ._users import Key, User


def without_names(
    workspace: Workspace,
    path: str,
    names: set[str],
    users: Mapping[Key, tuple[User, ...]],
    texts: Mapping[str, tuple[User, ...]],
) -> bytes | None:
    """The file without these names; None where it can go."""
    file = workspace.file(path)
    facts = workspace.project.files[file]
    taken = {name for (home, name), found in users.items() if home == file and found}
    needed = taken or facts.facts.main_guard or any(user.is_string for user in texts[facts.module])
    if not needed and not facts.is_package and not left_beside(workspace, path, names):
        return None
    source, going = workspace.source(path), going_with(workspace, path, names)
    splices = [
        *_eager(workspace, path, going, names),
        *_lazy(workspace, path, source, names),
        *_listed(source, names),
    ]
    if not _handed(workspace, path) - names:
        splices += _unmarked(source, [mark.line for mark in facts.facts.shims], splices)
    content = source.spliced(merged(splices))
    unwanted = [Unwanted("warnings"), Unwanted("typing", "TYPE_CHECKING"), Unwanted("sys")]
    unwanted += [
        Unwanted(item.module, item.name, item.asname)
        for item in imports_of(workspace, path, going)
        if item.is_quiet and item.local not in taken
    ]
    after = Source(path, content)
    return remove_imports(after, facts.module, facts.is_package, unwanted, read_elsewhere=taken).content


def _handed(workspace: Workspace, path: str) -> set[str]:
    """The names that the module's `__getattr__` answers, and those that it imports from the project."""
    project, file = workspace.project, workspace.file(path)
    lazy = lazy_of(workspace.source(path).tree)
    found = set() if lazy is None else set(lazy.answers)
    for imp in project.files[file].facts.imports:
        if imp.scope < 0 and imp.name not in (None, "*"):
            target = project.resolve_import(file, imp).target
            if target.kind == "definition" and target.file != file:
                found.add(imp.bound)
    return found


def _eager(workspace: Workspace, path: str, going: Removal, names: Collection[str]) -> list[Splice]:
    """What binds the names at the top level goes, and what binds them for type checkers."""
    source = workspace.source(path)
    splices: list[Splice] = []
    blocks: list[tuple[ast.stmt, Sequence[ast.stmt]]] = [
        (node, source.tree.body) for node in going.statements
    ]
    for node in source.tree.body:
        if isinstance(node, ast.If) and is_type_checking(node):
            mine = [part for part in node.body if _brings(part, names)]
            if not mine:
                continue
            every = all(_brings(part, names) == len(getattr(part, "names", ())) for part in node.body)
            lazy = lazy_of(source.tree)
            spent = lazy is not None and is_spent(lazy, names)
            if every and all(serves(part, names, spent) for part in node.orelse):
                splices.append(cut(source, node))
            elif every and node.orelse:
                raise CannotApply(
                    "what stands beside it in the else of its TYPE_CHECKING would lose it", path, node.lineno
                )
            else:
                blocks += [(part, node.body) for part in mine]
    for node, block in blocks:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            splices.append(cut(source, node))
            continue
        aliases = [alias for alias in node.names if (alias.asname or alias.name) in names]
        if len(aliases) == len(node.names):
            splices.append(without_statement(source, node, block))
        else:
            splices.append(without_aliases(source, node, aliases))
    return splices


def _brings(node: ast.stmt, names: Collection[str]) -> int:
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return 0
    return sum((alias.asname or alias.name) in names for alias in node.names)


def _lazy(workspace: Workspace, path: str, source: Source, names: Collection[str]) -> list[Splice]:
    """Their answers in `__getattr__` go, and itself with the last of them."""
    lazy = lazy_of(source.tree)
    if lazy is None:
        return []
    answered = set(workspace.project.files[workspace.file(path)].facts.getattr_names or ())
    if not lazy.answers and answered.intersection(names):
        line = lazy.node.lineno
        raise CannotApply("its __getattr__ answers from a table, and more than these names", path, line)
    if not names & lazy.answers.keys():
        return []
    whole = [
        node for node in source.tree.body
        if isinstance(node, ast.If) and is_type_checking(node) and lazy.node in node.orelse
        and node.body and all(_brings(part, names) == len(getattr(part, "names", ())) for part in node.body)
    ]  # fmt: skip
    if is_spent(lazy, names):
        if whole:
            return []  # goes with its block
        known = directory_of(source.tree)
        return [cut(source, node) for node in (lazy.node, known) if node is not None]
    splices = []
    for name, node in lazy.answers.items():
        if name in names:
            last = node.end_lineno or node.lineno
            splices.append(Splice(start_of(source, node.lineno), start_of(source, last + 1), ""))
    return splices


def _listed(source: Source, names: Collection[str]) -> list[Splice]:
    """Their entries in `__all__` and `__dir__` go."""
    lists: list[ast.expr] = []
    for node in source.tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AugAssign(target=ast.Name(id="__all__"), value=value)
                | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value)
            ):
                lists += [
                    item for item in ast.walk(value) if isinstance(item, ast.List | ast.Tuple | ast.Set)
                ]
    directory, lazy = directory_of(source.tree), lazy_of(source.tree)
    if directory is not None and not (lazy is not None and is_spent(lazy, names)):
        known = shim_directory(directory)
        lists += [known] if known is not None else []
    splices: list[Splice] = []
    for each in lists:
        items = each.elts if isinstance(each, ast.List | ast.Tuple | ast.Set) else []
        gone = [item for item in items if isinstance(item, ast.Constant) and item.value in names]
        own = [splice for item in gone if (splice := _own_line(source, item)) is not None]
        if len(items) - len(gone) > 1 and len(own) == len(gone):
            splices += own
        elif gone:
            splices.append(Splice(*source.span(each), _without_items(source.segment(each), names)))
    return splices


def _own_line(source: Source, item: ast.expr) -> Splice | None:
    """Takes out the line of an item that has one to itself, and is not the last one without a comma."""
    start, end = source.span(item)
    first, after = start_of(source, item.lineno), start_of(source, (item.end_lineno or item.lineno) + 1)
    rest = source.text[end:after].strip()
    if source.text[first:start].strip() or not rest.startswith(",") or rest[1:].strip()[:1] not in ("", "#"):
        return None
    return Splice(first, after, "")


def _without_items(text: str, names: Collection[str]) -> str:
    """A list, tuple or set of strings without some of them."""
    import libcst

    node = libcst.parse_expression(text)
    assert isinstance(node, libcst.List | libcst.Tuple | libcst.Set)
    kept = [
        item for item in node.elements
        if not (isinstance(item.value, libcst.SimpleString) and item.value.evaluated_value in names)
    ]  # fmt: skip
    if kept and kept[-1] is not node.elements[-1]:
        kept[-1] = kept[-1].with_changes(comma=node.elements[-1].comma)
    if not kept:
        return "()" if isinstance(node, libcst.Tuple) else "[]" if isinstance(node, libcst.List) else "set()"
    if len(kept) == 1 and isinstance(node, libcst.Tuple) and isinstance(kept[0].comma, libcst.MaybeSentinel):
        kept[0] = kept[0].with_changes(comma=libcst.Comma())
    return libcst.Module([]).code_for_node(node.with_changes(elements=kept))


def _unmarked(source: Source, lines: Iterable[int], splices: Sequence[Splice]) -> list[Splice]:
    """The marks that stand alone, where nothing takes them along."""
    found = []
    for line in lines:
        start, end = start_of(source, line), start_of(source, line + 1)
        alone = source.line(line).lstrip().startswith("#")
        if alone and not any(item.start < end and start < item.end for item in splices):
            if not source.text[end:].split("\n", 1)[0].strip():
                end = start_of(source, line + 2)
            found.append(Splice(start, end, ""))
    return found
