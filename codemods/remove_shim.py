"""Take a name away that a module only hands on, when nobody needs it there any more.

`symbol` is a name that a module hands on (`package.module:Name`), or a module that is nothing but a shim
(`package.module`). The name goes with all that serves it: its answer in `__getattr__`, the import for type checkers, its
entry in `__all__` and `__dir__`, imports that nothing else reads. A file with nothing else in it goes; a package's
`__init__` stays.

Refused while there is a user: an import of the name or the module in any file and scope, `import *` that brings it, an
attribute read, a string that is looked up (`mock.patch`, `import_module`, entry points), a mention in doctests,
settings or commands (TOML, YAML, INI, Dockerfile and the like), a use in the module itself. Prose and data (Markdown, JSON) that
speak of it are remarked. A class or function that does something of its own is no shim and stays, unless it is
equal to the one that `copy_of` names, statement by statement.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.codemod import CannotApply, Codemod, Example, Outcome, Refusal, Remark
from ssot_lint.concepts.claims import claims
from ssot_lint.editing.source import Source, Splice
from ssot_lint.project import Project, Target
from ssot_lint.queries.members import own_members
from ssot_lint.reading.expressions import dotted
from ssot_lint.wording import some
from ssot_lint.workspace import Workspace

from ._equal import Comparison, without_docstring
from ._imports import Unwanted, remove_imports, without_aliases, without_statement
from ._module_bodies import Removal, bindings, cut, imports_of, is_logger, merged, place_of, start_of
from ._nodes import Definition, made_by_call
from ._shims import Lazy, directory_of, is_type_checking, lazy_of, shim_directory
from ._swaps import binding_statements
from ._users import Key, User, mentions, users_of

_FEW = 3

_PICKLING = frozenset({"cloudpickle", "dill", "joblib", "pickle", "shelve"})
"""Packages that store objects under the names of their classes."""


@dataclass(frozen=True)
class Arguments:
    symbol: str
    """The name that goes, `package.module:Name`, or the module."""
    copy_of: str = ""
    """The definition that `symbol` is an exact copy of, `package.module:Name`, where it is a copy and no shim."""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    """All names of a file at once, so that a file of which nothing is left can go."""
    refusals: list[Refusal] = []
    remarks: list[Remark] = []
    asked: dict[str, set[str]] = {}
    for symbol, copy_of in sorted({(request.symbol, request.copy_of) for request in requests}):
        try:
            path, mine = _names(workspace, symbol, copy_of)
        except CannotApply as refused:
            refusals.append(Refusal(refused.path, refused.line, refused.reason, symbol))
            continue
        asked.setdefault(path, set()).update(mine)
    users, texts = _users(workspace, asked)
    edits: dict[str, bytes | None] = {}
    for path, names in sorted(asked.items()):
        file = workspace.file(path)
        module = workspace.project.files[file].module
        free: set[str] = set()
        for name in sorted(names):
            found = [*users.get((file, name), ()), *_inner(workspace, path, name, names)]
            found += [user for user in texts[f"{module}:{name}"] if user.is_string]
            if found:
                refusals.append(
                    Refusal(path, _line(workspace, path, name), _still(found), f"{module}:{name}")
                )
            else:
                free.add(name)
        if not free:
            continue
        try:
            content = _without(workspace, path, free, users, texts)
        except CannotApply as refused:
            refusals += [
                Refusal(path, refused.line, refused.reason, f"{module}:{name}") for name in sorted(free)
            ]
            continue
        edits[path] = content
        spoken = [user for name in sorted(free) for user in texts[f"{module}:{name}"]]
        spoken += texts[module] if content is None else ()
        remarks += [Remark(user.path, user.line, f"still {user.how}") for user in spoken]
        remarks += _stored(workspace, path, free)
    return Outcome(edits, tuple(sorted(set(refusals))), tuple(sorted(set(remarks))))


def _stored(workspace: Workspace, path: str, names: Collection[str]) -> Iterator[Remark]:
    """What is lost to stored objects when names of classes go, in a project that stores objects by such names."""
    project, file = workspace.project, workspace.file(path)
    storing = project.once(_storing)
    for name in sorted(names) if storing else ():
        target = project.name(file, name).target
        if target.kind == "definition" and project.definition(target).is_class:
            text = f"pickles that name {project.files[file].module}.{name} can no longer be loaded; {storing} pickles"
            yield Remark(path, _line(workspace, path, name), text)


def _storing(project: Project) -> str:
    """The first file outside the tests that imports what pickles; "" for none."""
    for file in project.files:
        imported = {imp.module.partition(".")[0] for imp in file.facts.imports if not imp.level}
        if not file.is_test and imported & _PICKLING:
            return file.path
    return ""


def _names(workspace: Workspace, symbol: str, copy_of: str) -> tuple[str, list[str]]:
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
    left = _left(workspace, path, set(names))
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
    found = [node for node in bindings(workspace.scopes(path), name) if not _for_types(tree, node)]
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


def _for_types(tree: ast.Module, node: ast.AST) -> bool:
    return any(
        isinstance(statement, ast.If)
        and is_type_checking(statement)
        and any(inner is node for part in statement.body for inner in ast.walk(part))
        for statement in tree.body
    )


# -- who needs it


def _users(
    workspace: Workspace, asked: Mapping[str, Collection[str]]
) -> tuple[Mapping[Key, tuple[User, ...]], Mapping[str, tuple[User, ...]]]:
    project = workspace.project
    keys: set[Key] = set()
    texts: set[str] = set()
    for path, names in asked.items():
        file = workspace.file(path)
        module = project.files[file].module
        keys |= {(file, name) for name in (*names, *project.namespace(file), "", "*")}
        texts |= {module, *(f"{module}:{name}" for name in names)}
    return (users_of(workspace, keys), mentions(workspace, texts)) if keys else ({}, {})


def _inner(workspace: Workspace, path: str, name: str, names: Collection[str]) -> list[User]:
    """Uses in the module itself, outside of what goes."""
    scopes = workspace.scopes(path)
    going = _going(workspace, path, names)
    return [
        User(path, place_of(read).lineno, f"uses {name} itself")
        for read in scopes.references(scopes.module, name)
        if isinstance(read.node.ctx, ast.Load) and not going.holds(read)
    ]


def _going(workspace: Workspace, path: str, names: Collection[str]) -> Removal:
    tree = workspace.source(path).tree
    nodes: list[ast.stmt] = []
    for name in sorted(names):
        found = [node for node in bindings(workspace.scopes(path), name) if not _for_types(tree, node)]
        nodes += binding_statements(tree, found) if found else ()
    inside = {inner for node in nodes for inner in ast.walk(node)}
    return Removal(tuple(dict.fromkeys(nodes)), frozenset(inside))


def _still(users: Iterable[User]) -> str:
    found = sorted(set(users))
    places = [f"{user.path}:{user.line} {user.how}" for user in found]
    return f"is still needed: {some(places, _FEW, '; ')}"


def _line(workspace: Workspace, path: str, name: str) -> int:
    found = bindings(workspace.scopes(path), name)
    return next((node.lineno for node in found if hasattr(node, "lineno")), 1)


# -- what is left


def _without(
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
    if not needed and not facts.is_package and not _left(workspace, path, names):
        return None
    source, going = workspace.source(path), _going(workspace, path, names)
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


def _left(workspace: Workspace, path: str, names: Collection[str]) -> list[ast.stmt]:
    """The statements that are no part of handing these names on."""
    source = workspace.source(path)
    going = set(_going(workspace, path, names).statements)
    lazy = lazy_of(source.tree)
    spent = lazy is not None and (is_spent(lazy, names) or _from_table(workspace, path, lazy, names))
    tables = _tables(workspace, path, lazy) if spent and lazy is not None else ()
    found = []
    for number, node in enumerate(source.tree.body):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                keep = number > 0
            case ast.Import() | ast.ImportFrom():
                keep = any(alias.name == "*" for alias in node.names)
            case ast.If() if is_type_checking(node):
                keep = not all(
                    isinstance(inner, ast.Import | ast.ImportFrom) for inner in node.body
                ) or not all(_serves(inner, names, spent) for inner in node.orelse)
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
                keep = not all(isinstance(item, ast.Constant) and item.value in names for item in items)
            case ast.Assign(targets=[ast.Name()], value=value):
                keep = node not in going and not is_logger(value) and node not in tables
            case ast.Expr(value=ast.Call(func=func)):
                keep = dotted(func) not in ("warnings.warn", "warn")
            case ast.Pass():
                keep = False
            case _ if node in tables:
                keep = False
            case _:
                keep = node not in going and not _serves(node, names, spent)
        if keep:
            found.append(node)
    return found


def _from_table(workspace: Workspace, path: str, lazy: Lazy, names: Collection[str]) -> bool:
    """Does a `__getattr__` answer from a table, and with nothing but these names?"""
    facts = workspace.project.files[workspace.file(path)].facts
    return not lazy.answers and facts.getattr_names is not None and set(facts.getattr_names) <= set(names)


def _tables(workspace: Workspace, path: str, lazy: Lazy) -> list[ast.stmt]:
    """The assignments that nothing but `__getattr__` and `__dir__` reads."""
    scopes, tree = workspace.scopes(path), workspace.source(path).tree
    known = directory_of(tree)
    inside = {inner for node in (lazy.node, known) if node is not None for inner in ast.walk(node)}
    found: list[ast.stmt] = []
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                reads = [
                    read
                    for read in scopes.references(scopes.module, name)
                    if isinstance(read.node.ctx, ast.Load)
                ]
                if reads and all(read.node in inside for read in reads):
                    found.append(node)
    return found


def _serves(node: ast.stmt, names: Collection[str], spent: bool) -> bool:
    """Is it the `__getattr__` or the `__dir__` of nothing but these names?"""
    if not isinstance(node, ast.FunctionDef):
        return False
    if node.name == "__getattr__":
        return spent
    return node.name == "__dir__" and spent


def is_spent(lazy: Lazy, names: Collection[str]) -> bool:
    """Does a `__getattr__` answer nothing but these names?"""
    rest = [
        node for node in without_docstring(lazy.node.body)
        if not any(node is answer for name, answer in lazy.answers.items() if name in names)
    ]  # fmt: skip
    return all(isinstance(node, ast.Raise) for node in rest)


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
            if every and all(_serves(part, names, spent) for part in node.orelse):
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


HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": "class Manager:\n    def send(self, message):\n        return message\n",
}

ANSWERS = """if TYPE_CHECKING:
    from shop.manager import Manager as Manager
    from shop.money import Money as Cash
else:

    # ssot-lint: shim until 2.0
    def __getattr__(name: str) -> object:
        if name == "Cash":
            from shop.money import Money as Cash

            warnings.warn(f"{__name__}.Cash is deprecated", DeprecationWarning, stacklevel=2)
            return Cash
        if name == "Manager":
            from shop.manager import Manager

            warnings.warn(f"{__name__}.Manager is deprecated", DeprecationWarning, stacklevel=2)
            return Manager
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), "Cash", "Manager"})
"""

WHOLE = f'''"""Kept for old imports."""

import warnings
from typing import TYPE_CHECKING

__all__ = ["Cash", "Manager"]

{ANSWERS}'''

TABLE = '''"""Old names."""

import importlib
import warnings

_MOVED = {"Manager": "shop.manager"}

__all__ = ["Manager"]


def __getattr__(name: str) -> object:
    home = _MOVED.get(name)
    if home is None:
        raise AttributeError(name)
    warnings.warn(f"{name} is deprecated", DeprecationWarning, stacklevel=2)
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted(_MOVED)
'''

CODEMOD = Codemod(
    name="remove-shim",
    apply=apply,
    arguments=Arguments,
    examples=(
        Example(
            HOME | {"shop/money.py": "class Money:\n    pass\n", "shop/old.py": WHOLE},
            [{"symbol": "shop.old:Manager"}, {"symbol": "shop.old:Cash"}],
            {"shop/old.py": None},
            id="the-last-names",
        ),
        Example(
            HOME | {"shop/money.py": "class Money:\n    pass\n", "shop/old.py": WHOLE},
            [{"symbol": "shop.old"}],
            {"shop/old.py": None},
            id="module",
        ),
        Example(
            HOME
            | {
                "shop/money.py": "class Money:\n    pass\n",
                "shop/old.py": WHOLE + "\nLIMIT = 3\n",
                "shop/chat.py": "def pay():\n    from shop.old import Cash\n    return Cash()\n",
                "docs/old.md": "`shop.old.Manager` has moved.\n",
            },
            [{"symbol": "shop.old:Manager"}, {"symbol": "shop.old:Cash"}],
            {
                "shop/old.py": '''
                    """Kept for old imports."""

                    import warnings
                    from typing import TYPE_CHECKING

                    __all__ = ["Cash"]

                    if TYPE_CHECKING:
                        from shop.money import Money as Cash
                    else:

                        # ssot-lint: shim until 2.0
                        def __getattr__(name: str) -> object:
                            if name == "Cash":
                                from shop.money import Money as Cash

                                warnings.warn(f"{__name__}.Cash is deprecated", DeprecationWarning, stacklevel=2)
                                return Cash
                            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

                        def __dir__() -> list[str]:
                            return sorted({*globals(), "Cash"})

                    LIMIT = 3
                    '''
            },
            refused=("is still needed: shop/chat.py:2 imports Cash from shop.old",),
            id="one-of-two",
        ),
        Example(
            HOME
            | {
                "shop/money.py": "class Money:\n    pass\n",
                "shop/__init__.py": '"""A shop."""\n' + WHOLE.partition("\n")[2] + "\nLIMIT = 3\n",
            },
            [{"symbol": "shop:Manager"}, {"symbol": "shop:Cash"}],
            {"shop/__init__.py": '"""A shop."""\n\n__all__ = []\n\nLIMIT = 3\n'},
            id="package",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "shop/classes.py": """
                    from shop.manager import Manager


                    # the old one
                    class OldManager(Manager):
                        pass


                    Elder = Manager  # ssot-lint: shim until 2.0


                    class Clerk:
                        pass
                    """,
            },
            [{"symbol": "shop.old"}, {"symbol": "shop.classes:OldManager"}, {"symbol": "shop.classes:Elder"}],
            {"shop/old.py": None, "shop/classes.py": "class Clerk:\n    pass\n"},
            id="names-and-classes",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "shop/older.py": "from shop.manager import Manager\n",
                "shop/oldest.py": "from shop.manager import Manager\n",
                "shop/own.py": "from shop.manager import Manager\n\n\ndef build():\n    return Manager()\n",
                "shop/full.py": "class Full:\n    def send(self):\n        return 1\n",
                "tests/test_old.py": "def test(mocker):\n    mocker.patch('shop.old.Manager')\n",
                "shop/user.py": "import shop.older\n\nprint(shop.older.Manager)\n",
                "deploy.yaml": "handler: shop.oldest:Manager\n",
            },
            [{"symbol": f"shop.{name}:Manager"} for name in ("old", "older", "oldest", "own")]
            + [{"symbol": "shop.full:Full"}, {"symbol": "shop.own"}, {"symbol": "shop.nowhere:Manager"}],
            refused=(
                "there is no module shop.nowhere",
                "Full is no shim: it is implemented here",
                "tests/test_old.py:2 looks up 'shop.old.Manager'",
                "shop/user.py:3 reads shop.older.Manager",
                "deploy.yaml:1 names shop.oldest:Manager",
                "shop/own.py:5 uses Manager itself",
                "shop.own holds more than a shim",
            ),
            id="still-needed",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n",
                "shop/talk.py": "'Speaks of shop.old.'\n",
                "shop/user.py": """
                    def use():
                        '''Sends.

                        >>> from shop.old import Manager
                        >>> Manager(1).send("a")
                        'a'
                        '''
                    """,
            },
            [{"symbol": "shop.old"}],
            refused=("shop/user.py:4 names shop.old in a doctest",),
            id="doctest",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "shop/older.py": "from shop.manager import Manager\n",
                "notes/tour.ipynb": '{"cells": [{"source": ["from shop.old import Manager\\n"]}]}\n',
                "shop/user.pyi": "from shop.older import Manager\n",
                "shop/oldest.py": "from shop.manager import Manager\n",
                "shop/till/use.pyi": "from ..oldest import Manager\n",
                "shop/till/use.py": "",
            },
            [{"symbol": "shop.old"}, {"symbol": "shop.older"}, {"symbol": "shop.oldest"}],
            refused=(
                "notes/tour.ipynb:1 names shop.old",
                "shop/user.pyi:1 names shop.older",
                "shop/till/use.pyi:1 says from ..oldest import Manager",
            ),
            id="notebooks-and-stubs",
        ),
        Example(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "tool/report.json": '{"moved": "shop.old:Manager"}\n',
            },
            [{"symbol": "shop.old"}],
            {"shop/old.py": None},
            id="only-data-speak-of-it",
        ),
        Example(
            HOME | {"shop/table.py": TABLE},
            [{"symbol": "shop.table"}],
            {"shop/table.py": None},
            id="answers-from-a-table",
        ),
        Example(
            HOME
            | {
                "shop/table.py": TABLE.replace(
                    '"Manager": "shop.manager"', '"Manager": "shop.manager", "Clerk": "shop.manager"'
                )
            },
            [{"symbol": "shop.table:Manager"}],
            refused=("answers from a table, and more than these names",),
            id="one-of-a-table",
        ),
        Example(
            HOME
            | {
                "shop/money.py": "class Money:\n    pass\n",
                "shop/old.py": WHOLE + "\n\nclass Clerk:\n    pass\n",
            },
            [{"symbol": "shop.old"}],
            {"shop/old.py": '"""Kept for old imports."""\n\n__all__ = []\n\n\nclass Clerk:\n    pass\n'},
            id="module-with-more-in-it",
        ),
        Example(
            HOME
            | {
                "shop/copy.py": "import os\n\n\nclass Manager:\n    def send(self, message):\n        return message\n",
                "shop/other.py": "class Manager:\n    def send(self, message):\n        return message, self\n",
            },
            [
                {"symbol": "shop.copy:Manager", "copy_of": "shop.manager:Manager"},
                {"symbol": "shop.other:Manager", "copy_of": "shop.manager:Manager"},
            ],
            {"shop/copy.py": None},
            refused=("it is no copy of shop.manager:Manager: it has other statements",),
            id="copies",
        ),
    ),
)
