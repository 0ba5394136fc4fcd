"""A name that is to stand for the canonical object: what binds it today, and whether it may be replaced."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ssot_lint.codemod import CannotApply, Remark
from ssot_lint.concepts.claims import claims, import_path
from ssot_lint.concepts.dealings import usage_of
from ssot_lint.concepts.verdict import compared
from ssot_lint.project import Project, Target
from ssot_lint.queries.cycles import cycle, way_back
from ssot_lint.queries.members import lineage, own_members
from ssot_lint.reading.expressions import dotted
from ssot_lint.workspace import Workspace

from ._equal import Comparison, without_docstring
from ._module_bodies import bindings, imported
from ._nodes import Definition, definition_index, last_name, made_by_call
from ._shims import Handed, lazy_of

_HARMLESS = frozenset({
    "dataclass", "final", "runtime_checkable", "total_ordering", "lru_cache", "cache", "wraps", "contextmanager",
    "asynccontextmanager", "deprecated", "overload", "unique", "define", "frozen", "attrs",
})  # fmt: skip
"""Decorators, by the last part of their names, that do nothing but make what they decorate."""
_PLAIN_METACLASSES = ("", "ABCMeta", "EnumMeta", "EnumType")
_LEGAL = ("canonical", "variant", "test-case", "protocol", "companion")


class Blocked(CannotApply):
    """One of several names of a file cannot be replaced; the others may be."""

    def __init__(self, name: str, reason: str, line: int) -> None:
        super().__init__(reason, "", line)
        self.name = name


class Later(CannotApply):
    """Cannot be replaced before another symbol has been."""

    def __init__(self, symbol: str, reason: str, path: str, line: int = 0) -> None:
        super().__init__(reason, path, line)
        self.symbol = symbol


@dataclass(frozen=True)
class Swap:
    """A name of a module, what binds it there, and what it is to hand on."""

    handed: Handed
    nodes: tuple[
        ast.stmt, ...
    ]  # definitions, an import, an assignment; () where `__getattr__` answers the name
    line: int
    loads: str = ""  # the submodule that a package's import of the name loads along the way
    copied: bool = False  # the definition is a copy of the canonical one,
    copied_from: int = -1  # which stands in this file

    @property
    def is_definition(self) -> bool:
        return bool(self.nodes) and isinstance(self.nodes[0], Definition)

    @property
    def statement(self) -> ast.Import | ast.ImportFrom | None:
        """The import that binds the name."""
        node = self.nodes[0] if self.nodes else None
        return node if isinstance(node, ast.Import | ast.ImportFrom) else None

    @property
    def alias(self) -> ast.alias | None:
        if self.statement is None:
            return None
        return next(item for item in self.statement.names if (item.asname or item.name) == self.handed.name)


def canonical_of(project: Project, path: str, canonical: str) -> Target:
    """The definition that a request names. Raises CannotApply."""
    module, _, name = canonical.partition(":")
    answer = project.resolve_symbol(canonical)
    if answer.target.kind != "definition" or not name or "." in name:
        raise CannotApply(f"{canonical} is no class or function that can be imported", path, 1)
    if any(hop.path == path for hop in answer.chain):
        raise CannotApply(f"{canonical} comes from this module itself", path, 1)
    if not project.files[project.modules[module]].importable:
        raise CannotApply(f"{module} cannot be named in an import", path, 1)
    return answer.target


def past_cycles(project: Project, path: str, handed: Handed, target: Target) -> Handed:
    """Where the module takes the name from: the defining module, where the one for others is not there yet.

    An import path whose own imports lead to this module is half made when the name is asked for on the way.
    """
    file, (module, _, name) = project.by_path[path], target.symbol.partition(":")
    if module == handed.module or "." in name:
        return handed
    if not cycle(project, file, project.modules[handed.module]) or way_back(project, target.file, file):
        return handed
    return replace(handed, module=module, canonical=name, path=f"{handed.module}:{handed.canonical}")


def file_of(project: Project, symbol: str) -> int:
    """The file that a symbol names. Raises CannotApply where there is none, or where it does not parse."""
    module, _, name = symbol.partition(":")
    file = project.find_module(module)
    if file is None or not name:
        raise CannotApply(
            f"there is no module {module}" if name else f"{symbol} names a module, no name in it"
        )
    if project.files[file].facts.problem is not None:
        raise CannotApply("the file does not parse", project.files[file].path, 1)
    return file


def handed_on(workspace: Workspace, module: str) -> list[str]:
    """The names that a module takes from elsewhere in the project and offers to others: in `__all__`, else public."""
    project = workspace.project
    file = project.find_module(module)
    if file is None or project.files[file].facts.problem is not None:
        return []
    facts = project.files[file].facts
    offered = facts.exports if facts.exports is not None else project.namespace(file)
    lazy = lazy_of(workspace.source(project.files[file].path).tree)
    found = {*offered, *(lazy.answers if lazy is not None else ())}
    targets = {name: project.name(file, name).target for name in found if not name.startswith("_")}
    return sorted(name for name, item in targets.items() if item.kind == "definition" and item.file != file)


def origin(workspace: Workspace, path: str, name: str) -> str:
    """Where a name that a module hands on is to be imported from. Raises CannotApply for what it does not hand on."""
    project, file = workspace.project, workspace.file(path)
    target = project.name(file, name).target
    if target.kind != "definition" or target.file == file:
        raise CannotApply(
            f"what {name} is to hand on has to be said: it is no import of this module", path, 1
        )
    for concept in project.config.concepts:
        if project.resolve_symbol(concept.canonical).target == target and (
            home := import_path(project, concept, name)
        ):
            return home
    for imp in project.files[file].facts.imports:
        if imp.bound == name and imp.name is not None and project.resolve_import(file, imp).target == target:
            return f"{project.absolute(file, imp)}:{imp.name}"
    return target.symbol


def found_swap(workspace: Workspace, path: str, handed: Handed, target: Target) -> Swap | None:
    """What binds the name in its module; None where it is a shim that warns already. Raises CannotApply."""
    project, file = workspace.project, workspace.file(path)
    tree, facts = workspace.source(path).tree, project.files[file].facts
    head, _, rest = handed.name.partition(".")
    found = bindings(workspace.scopes(path), head)
    line = next((node.lineno for node in found if hasattr(node, "lineno")), 1)
    if rest:
        raise CannotApply(f"{handed.name} is defined inside another definition", path, line)
    same = project.name(file, handed.name).target == target
    lazy = lazy_of(tree)
    top = {
        alias for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
    }
    is_lazy = same and lazy is not None and handed.name in (facts.getattr_names or ())
    if is_lazy and lazy is not None and not any(node in top for node in found if isinstance(node, ast.alias)):
        return None if lazy.warns(handed.name) else Swap(handed, (), lazy.node.lineno)
    if not found:
        raise CannotApply(f"{project.files[file].module} binds no {handed.name}", path, 1)
    nodes = binding_statements(tree, found)
    if not nodes:
        raise CannotApply(f"{handed.name} is bound in several places or in a branch", path, line)
    swap = Swap(handed, nodes, line)
    if not swap.is_definition:
        if not same:
            if made := made_by_call(project, project.name(file, handed.name).target):
                raise CannotApply(made, path, line)
            reason = f"{handed.name} is neither a definition nor the canonical object"
            raise Later(project.name(file, handed.name).target.symbol, reason, path, line)
        if warns_on_import(project, file):
            return None
        return replace(swap, loads=_loads(workspace, path, swap))
    return swap


def _loads(workspace: Workspace, path: str, swap: Swap) -> str:
    """The submodule that goes on being loaded only by this import. Raises CannotApply where importing has effects."""
    project, source = workspace.project, workspace.project.files[workspace.file(path)]
    if swap.statement is None or swap.alias is None:
        return ""
    item = next(item for item in imported(workspace, path, swap.statement) if item.local == swap.handed.name)
    if not item.is_quiet:
        reason = f"importing {item.module} has effects, which asking for {swap.handed.name} later would delay"
        raise CannotApply(reason, path, swap.line)
    below = item.module.removeprefix(f"{source.module}.")
    is_below = source.is_package and below != item.module and project.find_module(item.module) is not None
    return below.partition(".")[0] if is_below else ""


def warns_on_import(project: Project, file: int) -> bool:
    """Does importing the module give a deprecation warning?"""
    return any(
        item.scope < 0 and item.category.rpartition(".")[2].endswith("DeprecationWarning")
        for item in project.files[file].facts.warns
    )


def binding_statements(tree: ast.Module, found: Sequence[ast.AST]) -> tuple[ast.stmt, ...]:
    """The statements at the top level that bind a name, where they are one thing: a definition with its overloads."""
    nodes: list[ast.stmt] = []
    for statement in tree.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if statement in found:
                nodes.append(statement)
            case ast.Import() | ast.ImportFrom() if any(alias in found for alias in statement.names):
                nodes.append(statement)
            case ast.Assign(targets=[ast.Name() as target]) if target in found:
                nodes.append(statement)
    overloads = all(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(last_name(item) == "overload" for item in node.decorator_list)
        for node in nodes[:-1]
    )
    return tuple(nodes) if len(nodes) == len(found) and overloads else ()


def judged(
    workspace: Workspace, path: str, swap: Swap, target: Target, accept: str
) -> tuple[bool, list[Remark]]:
    """Is it a copy of the canonical definition, and what should a reviewer know?

    Raises CannotApply where the canonical object may not take the name's place.
    """
    node = swap.nodes[-1] if swap.nodes else None
    if not isinstance(node, Definition):
        return False, []
    project, file = workspace.project, workspace.file(path)
    source, name = project.files[file], swap.handed.name
    symbol = f"{source.module}:{name}"
    index = definition_index(project, file, node)
    claim = next((c for every in claims(project).values() for c in every if c.symbol == symbol), None)
    if claim is not None and claim.kind in _LEGAL:
        raise CannotApply(f"{name} is no duplicate but a {claim.kind}: {claim.reason}", path, swap.line)
    if source.is_test and _is_collected(node):
        raise CannotApply(f"{name} is collected as a test", path, swap.line)
    for item in (decorator for each in swap.nodes for decorator in _decorators(each)):
        if "fixture" in last_name(item):
            raise CannotApply(f"{name} is a fixture, which pytest finds where it stands", path, swap.line)
        if last_name(item) not in _HARMLESS and accept != "manual":
            raise CannotApply(
                f"its decorator @{ast.unparse(item)} may do more than decorate", path, swap.line
            )
    if accept != "manual" and (reason := _made_known(project, file, index)):
        raise CannotApply(reason, path, swap.line)
    copied = _is_copy(workspace, path, symbol, node, target)
    if not copied and not _is_empty_subclass(project, file, node, target):
        ruling, reasons = compared(project, (file, index), (target.file, target.index))
        allowed = {"": ("drop-in",), "adapter": ("drop-in", "adapter")}.get(
            accept, ("drop-in", "adapter", "manual")
        )
        if ruling not in allowed:
            raise CannotApply(f"replacing it is {ruling}: {'; '.join(reasons)}", path, swap.line)
    usage = usage_of(project, (file, index))
    canonical = f"{swap.handed.module}:{swap.handed.canonical}"
    places = [(place, "derives from") for place in usage.derived]
    places += [(place, "checks for") for place in usage.checked]
    remarks = [
        Remark(place.path, place.line, f"{what} {symbol}, which will be {canonical}")
        for place, what in places
    ]
    return copied, remarks


def _made_known(project: Project, file: int, index: int) -> str:
    """What else may keep count of a class when it is defined, as a registry does; "" for nothing."""
    for at, number in lineage(project, file, index):
        definition = project.definition_at((at, number))
        if definition.metaclass.rpartition(".")[2] not in _PLAIN_METACLASSES:
            return f"its metaclass {definition.metaclass} may do more than make it"
        if (at, number) != (file, index) and "__init_subclass__" in own_members(project, at, number):
            return f"{definition.name}.__init_subclass__ may do something for it"
    return ""


def _is_collected(node: ast.stmt) -> bool:
    """Would a test runner take the definition for a test?"""
    if isinstance(node, ast.ClassDef):
        inner = [item.name for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
        return any(name.startswith("test") for name in inner)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _is_copy(workspace: Workspace, path: str, symbol: str, node: ast.stmt, target: Target) -> bool:
    """Does it do the same as the canonical definition, statement by statement?"""
    project = workspace.project
    there = project.files[target.file].path
    line = project.definition(target).line
    if made_by_call(project, target):
        return False
    other = next(
        item
        for item in ast.walk(workspace.source(there).tree)
        if isinstance(item, Definition) and item.lineno == line
    )
    compare = Comparison(workspace, frozenset({(symbol, target.symbol)}), loggers=True)
    return not compare.differs((path, node), (there, other))


def _is_empty_subclass(project: Project, file: int, node: ast.stmt, target: Target) -> bool:
    """Is it a class that adds nothing to the canonical one?"""
    if not isinstance(node, ast.ClassDef) or len(node.bases) != 1 or node.keywords:
        return False
    empty = all(isinstance(item, ast.Pass) or _is_ellipsis(item) for item in without_docstring(node.body))
    return empty and project.resolve(file, dotted(node.bases[0])).target == target


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


def _decorators(node: ast.stmt) -> Sequence[ast.expr]:
    return node.decorator_list if isinstance(node, Definition) else ()
