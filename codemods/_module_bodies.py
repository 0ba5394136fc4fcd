"""What the body of a module is made of, and what of it goes with a definition that goes."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ssot_lint.editing.blocks import Read, Scopes
from ssot_lint.editing.source import Source, Splice
from ssot_lint.model import SourceFile
from ssot_lint.reading.expressions import dotted
from ssot_lint.workspace import Workspace

from ._imports import Unwanted, absolute_module, remove_imports
from ._nodes import last_name

_QUIET_CALLS = frozenset({
    "getLogger", "get_logger", "TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "compile", "frozenset", "set",
    "dict", "list", "tuple", "timedelta", "Path", "PurePath", "Decimal", "namedtuple", "object", "field",
})  # fmt: skip
"""Calls that make a value and do nothing else, by the last part of their names."""
_LOGGERS = frozenset({"getLogger", "get_logger"})
_QUIET_DECORATORS = frozenset({
    "dataclass", "property", "staticmethod", "classmethod", "abstractmethod", "final", "overload", "runtime_checkable",
    "contextmanager", "asynccontextmanager", "total_ordering", "wraps", "lru_cache", "cache", "cached_property", "unique",
})  # fmt: skip


@dataclass(frozen=True)
class Removal:
    """Statements of a module that go, and every node in them."""

    statements: tuple[ast.stmt, ...]  # in source order
    nodes: frozenset[ast.AST]

    def holds(self, read: Read) -> bool:
        """Does a name stand in one of them, be it in a string annotation?"""
        return place_of(read) in self.nodes


def place_of(read: Read) -> ast.Name | ast.Constant:
    """The node that stands in the file where a name is read: of a string annotation the string."""
    return read.node if read.string is None else read.string


@dataclass(frozen=True, slots=True)
class Imported:
    """A name that an import at the top level binds."""

    module: str  # absolute
    name: str | None
    asname: str | None
    is_quiet: bool  # importing the module does nothing that anybody could miss

    @property
    def local(self) -> str:
        return self.asname or self.name or self.module.partition(".")[0]


def bindings(scopes: Scopes, name: str) -> list[ast.AST]:
    """The nodes that bind a name of the module."""
    return list(scopes.module.bindings.get(name, ()))


def removal(
    workspace: Workspace, path: str, nodes: Sequence[ast.stmt], names: Collection[str], taken: Collection[str]
) -> Removal:
    """The statements, and the private ones that only they need: helpers, constants, type variables, a logger.

    `names` are what the statements bind, `taken` the names that other files take from this one. An import statement
    among `nodes` is given back for the aliases in it, never for what else it brings.
    """
    source, scopes = workspace.source(path), workspace.scopes(path)
    exported = set(workspace.project.files[workspace.file(path)].facts.exports or ()) - set(names)
    going = list(nodes)
    inside = {inner for node in going for inner in ast.walk(node)}
    candidates = {
        name: node
        for node in source.tree.body
        if node not in inside and (name := _private(node)) and name not in exported and name not in taken
        and len(scopes.module.bindings.get(name, ())) == 1
    }  # fmt: skip
    readers = {name: scopes.references(scopes.module, name) for name in candidates}
    changed = True
    while changed:
        changed = False
        for name, node in sorted(candidates.items(), key=lambda item: item[1].lineno):
            reads = [place_of(read) for read in readers[name] if isinstance(read.node.ctx, ast.Load)]
            own = set(ast.walk(node))
            if node not in inside and reads and all(read in inside or read in own for read in reads):
                going.append(node)
                inside |= own
                changed = True
    return Removal(tuple(sorted(going, key=lambda node: node.lineno)), frozenset(inside))


def _private(node: ast.stmt) -> str:
    """The one private name that a statement binds, if making it has no effect."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            plain = all(last_name(item) in _QUIET_DECORATORS for item in node.decorator_list)
            return name if name.startswith("_") and not name.startswith("__") and plain else ""
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            called = last_name(value) if isinstance(value, ast.Call) else ""
            private = name.startswith("_") and not name.startswith("__")
            private = private or called in _LOGGERS or called in ("TypeVar", "ParamSpec", "TypeVarTuple")
            return name if private and is_quiet_value(value) else ""
    return ""


def is_logger(node: ast.expr) -> bool:
    """Does the expression ask for a logger?"""
    return isinstance(node, ast.Call) and last_name(node) in _LOGGERS


def is_quiet_value(node: ast.expr) -> bool:
    """Does working the expression out do nothing but give a value?"""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and last_name(inner) not in _QUIET_CALLS:
            return False
        if isinstance(inner, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
    return True


def leftovers(
    workspace: Workspace, path: str, gone: Removal, names: Collection[str], taken: Collection[str]
) -> list[ast.stmt]:
    """What is worth keeping of the module when these statements go: [] where it can become a shim as a whole.

    Not worth keeping are the docstring, imports that nobody takes from here and whose effect nobody needs, a logger,
    and an `__all__` of nothing but what goes.
    """
    project, file = workspace.project, workspace.file(path)
    tree = workspace.source(path).tree
    if taken:
        return [node for node in tree.body if node not in gone.nodes] or list(tree.body[:1])
    exports = set(project.files[file].facts.exports or ())
    read = {item.local for item in imports_of(workspace, path, gone)} | set(names)
    found = []
    for number, node in enumerate(tree.body):
        match node:
            case ast.Import() | ast.ImportFrom():
                worthless = _is_spent(workspace, path, node, read)
            case ast.Expr(value=ast.Constant(value=str())):
                worthless = number == 0
            case ast.If(test=test, orelse=[]) if dotted(test).rpartition(".")[2] == "TYPE_CHECKING":
                worthless = all(isinstance(inner, ast.Import | ast.ImportFrom) for inner in node.body)
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                worthless = exports <= set(names)
            case ast.Assign(targets=[ast.Name()], value=value):
                worthless = node in gone.statements or (is_logger(value) and is_quiet_value(value))
            case _:
                worthless = node in gone.statements or isinstance(node, ast.Pass)
        if not worthless:
            found.append(node)
    return found


def _is_spent(
    workspace: Workspace, path: str, node: ast.Import | ast.ImportFrom, read: Collection[str]
) -> bool:
    """Is an import only there for what goes? Imports that nothing reads may be meant for others: see `noqa`."""
    project, source = workspace.project, workspace.source(path)
    file = workspace.file(path)
    if any(alias.name == "*" for alias in node.names):
        return False
    marked = (
        "noqa"
        in source.text[
            source.starts[node.lineno - 1] : start_of(source, (node.end_lineno or node.lineno) + 1)
        ]
    )
    for item in imported(workspace, path, node):
        own = project.is_first_party(item.module, file)
        kept = marked or project.files[file].is_package or item.asname == item.name
        if not item.is_quiet or (own and kept and item.local not in read):
            return False
    return True


def imports_of(workspace: Workspace, path: str, gone: Removal) -> list[Imported]:
    """The imports at the top level that the removed statements read."""
    scopes = workspace.scopes(path)
    read = {item.node.id for item in scopes.names if gone.holds(item) and item.owner is scopes.module}
    found = []
    for node in workspace.source(path).tree.body:
        inner: list[ast.stmt] = node.body if isinstance(node, ast.If) else [node]
        for statement in inner:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                found += [item for item in imported(workspace, path, statement) if item.local in read]
    return found


def without_imports(
    facts: SourceFile, content: bytes, candidates: Sequence[Imported], kept: Collection[str]
) -> bytes:
    """A file without those of the imports that nothing in it reads and nobody else takes (`kept`)."""
    unwanted = [
        Unwanted(item.module, item.name, item.asname)
        for item in candidates
        if item.is_quiet and item.local not in kept
    ]
    source = Source(facts.path, content)
    return remove_imports(source, facts.module, facts.is_package, unwanted, read_elsewhere=kept).content


def imported(workspace: Workspace, path: str, node: ast.Import | ast.ImportFrom) -> list[Imported]:
    """What an import statement brings, star imports left out."""
    project, file = workspace.project, workspace.file(path)
    source = project.files[file]
    found = []
    for alias in node.names:
        if isinstance(node, ast.Import):
            module: str | None = alias.name
            name = None
        else:
            module, name = absolute_module(source.module, source.is_package, node), alias.name
        if module is None:
            continue
        quiet = _is_quiet_module(workspace, file, module, name)
        found.append(Imported(module, name, alias.asname, quiet))
    return found


def _is_quiet_module(workspace: Workspace, file: int, module: str, name: str | None) -> bool:
    """Does importing a module of the project only define things? Modules from elsewhere count as quiet.

    Loud are calls that stand alone at its top level and decorators that may register what they decorate. What it
    imports in its turn is not looked into: most of that is imported by others too.
    """
    project = workspace.project
    found = project.table.find(module, file)
    if name is not None and (below := project.table.find(f"{module}.{name}", file)) is not None:
        found = below
    if found is None:
        return True
    known = project.known(_does_nothing)
    if found not in known:
        known[found] = _does_nothing(workspace, found)
    return known[found]


def _does_nothing(workspace: Workspace, file: int) -> bool:
    source = workspace.project.files[file]
    return source.facts.problem is None and all(map(_is_quiet, workspace.source(source.path).tree.body))


def _is_quiet(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Call() as call):
            return dotted(call.func) in ("warnings.warn", "logger.debug", "logger.info", "logging.debug")
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return all(last_name(item) in _QUIET_DECORATORS for item in node.decorator_list)
        case ast.For() | ast.While() | ast.With() | ast.AsyncFor() | ast.AsyncWith():
            return False
        case ast.If():
            return all(map(_is_quiet, [*node.body, *node.orelse]))
        case ast.Try():
            return all(map(_is_quiet, [*node.body, *node.orelse, *node.finalbody])) and all(
                map(_is_quiet, [inner for handler in node.handlers for inner in handler.body])
            )
        case _:
            return True


# -- cutting


def cut(source: Source, node: ast.stmt, text: str | None = None) -> Splice:
    """Takes a statement's lines out, with the comment right above it; `text` comes in its place.

    Without a text the fewer blank lines of those above and below it go too, so that its neighbours stay apart.
    """
    decorators = getattr(node, "decorator_list", ())
    first = min([node.lineno, *(item.lineno for item in decorators)])
    last = node.end_lineno or node.lineno
    indent = source.indentation(node.lineno)
    while first > 1 and source.line(first - 1).startswith(f"{indent}#") and not _opens(source, first - 1):
        first -= 1
    start = source.starts[first - 1]
    if text is not None:
        return Splice(start, start_of(source, last + 1), text + "\n")
    above, below = first, last
    while above > 1 and not source.line(above - 1).strip():
        above -= 1
    while start_of(source, below + 1) < len(source.text) and not source.line(below + 1).strip():
        below += 1
    if start_of(source, below + 1) == len(source.text) or below - last > first - above:
        start, below = (
            source.starts[above - 1],
            last if start_of(source, below + 1) < len(source.text) else below,
        )
    return Splice(start, start_of(source, below + 1), "")


def merged(splices: Iterable[Splice]) -> list[Splice]:
    """The same splices, deletions that overlap made into one: neighbours share the blank lines between them.

    A deletion ends where something is put in.
    """
    found: list[Splice] = []
    for item in sorted(set(splices)):
        if found and item.start < found[-1].end and not item.text and not found[-1].text:
            found[-1] = Splice(found[-1].start, max(found[-1].end, item.end), "")
        elif found and item.start < found[-1].end and item.start == item.end and not found[-1].text:
            found[-1] = Splice(found[-1].start, item.start, "")
            found.append(item)
        else:
            found.append(item)
    return found


def _opens(source: Source, line: int) -> bool:
    """Does a comment line belong to the block the file opens with?"""
    return all(source.line(number).startswith("#") for number in range(1, line + 1))


def start_of(source: Source, line: int) -> int:
    return source.starts[line - 1] if line <= len(source.starts) else len(source.text)
