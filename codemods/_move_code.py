"""What belongs to a definition that moves: its statements, the helpers that go along, the names that it reads."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.blocks import Bound, Read, Scope, Scopes
from ssot_lint.editing.source import Source
from ssot_lint.reading.expressions import dotted

from ._import_lists import first_line, line_groups
from ._nodes import last_name

Function = ast.FunctionDef | ast.AsyncFunctionDef
_TYPE_VARIABLES = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple"})
_LOGGERS = frozenset({"getLogger", "get_logger"})


@dataclass(frozen=True)
class Unit:
    """A name of a module and the top-level statements that make it, in order.

    `writers`: statements whose functions bind the name anew through `global`.
    """

    name: str
    statements: tuple[ast.stmt, ...]
    writers: tuple[ast.stmt, ...] = ()


@dataclass(frozen=True)
class ModuleCode:
    """The body of the module that a definition leaves, and who reads what in it."""

    source: Source
    scopes: Scopes

    @property
    def body(self) -> Sequence[ast.stmt]:
        return self.source.tree.body

    @cached_property
    def top(self) -> Mapping[int, ast.stmt]:
        """The top-level statement in which a node stands, by the node's id."""
        return {id(inner): node for node in self.body for inner in ast.walk(node)}

    @cached_property
    def reads(self) -> Mapping[int, Sequence[Read]]:
        """The names that each top-level statement takes from the module or the builtins, by its id."""
        found: dict[int, list[Read]] = {}
        for read in self.scopes.names:
            owner = read.owner
            if owner is None or owner is self.scopes.module:
                found.setdefault(id(self.top[id(read.statement)]), []).append(read)
        return found

    @cached_property
    def postponed(self) -> bool:
        """Are annotations not run, by `from __future__ import annotations`?"""
        return any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in self.body
        )

    def reads_of(self, statements: Collection[ast.stmt]) -> Iterator[Read]:
        for node in statements:
            yield from self.reads.get(id(node), ())

    def readers(self, name: str, statements: Collection[ast.stmt]) -> list[Read]:
        """Where other statements than these read a name of the module."""
        inside = {id(node) for node in statements}
        return [
            read
            for read in self.scopes.references(self.scopes.module, name)
            if id(self.top[id(read.statement)]) not in inside
        ]

    def imported(self, name: str) -> list[tuple[Bound, ast.alias]]:
        """The imports that bind a name of the module, when nothing else does."""
        nodes = self.scopes.module.bindings.get(name, [])
        found = [
            (item, alias)
            for item in self.scopes.imports
            for alias in item.statement.names
            if any(alias is node for node in nodes)
        ]
        return found if len(found) == len(nodes) else []

    def unit(self, name: str) -> Unit:
        """The statements that make a name. Raises CannotApply where they are no statements of their own."""
        nodes = self.scopes.module.bindings.get(name, [])
        path = self.source.path
        if not nodes:
            raise CannotApply(f"{name} is not defined there", path)
        statements: dict[int, ast.stmt] = {}
        writers: dict[int, ast.stmt] = {}
        for node in nodes:
            if isinstance(node, ast.alias):
                raise CannotApply(f"{name} is imported there: move it from its own module", path, node.lineno)
            top = self.top[id(node)]
            if makes(top, node):
                statements[id(top)] = top
            elif isinstance(top, Function | ast.ClassDef):
                writers[id(top)] = top
            else:
                raise CannotApply(f"{name} is bound in a larger statement", path, top.lineno)
        made = tuple(statements.values())
        if not made:
            raise CannotApply(f"{name} is bound by functions only", path, self.top[id(nodes[0])].lineno)
        self._one_definition(name, made)
        return Unit(name, (*made, *self._attached(name, made)), tuple(writers.values()))

    def _one_definition(self, name: str, made: Sequence[ast.stmt]) -> None:
        """Raises CannotApply for a name that is defined twice; overloads and values made in steps are one."""
        if len(made) == 1:
            return
        *early, last = made
        if isinstance(last, Function) and all(
            isinstance(node, Function) and any(last_name(item) == "overload" for item in node.decorator_list)
            for node in early
        ):
            return
        numbers = [index for index, node in enumerate(self.body) if node in made]
        together = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        if together and all(isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) for node in made):
            return
        what = "defined" if isinstance(last, Function | ast.ClassDef) else "assigned"
        raise CannotApply(
            f"{name} is {what} again on line {made[1].lineno}", self.source.path, made[0].lineno
        )

    def _attached(self, name: str, made: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Top-level statements that finish what was defined: `Name.attribute = x`, `Name.model_rebuild()`."""
        found: list[ast.stmt] = []
        for node in self.body:
            match node:
                case (
                    ast.Assign(targets=[ast.Attribute() as target])
                    | ast.AugAssign(target=ast.Attribute() as target)
                ):
                    if dotted(target).partition(".")[0] == name:
                        found.append(node)
                case ast.Expr(value=ast.Call(func=ast.Attribute() as function)):
                    if dotted(function).partition(".")[0] == name:
                        found.append(node)
        return found

    def is_copied(self, name: str) -> bool:
        """A logger or a type variable: each module may have its own."""
        try:
            unit = self.unit(name)
        except CannotApply:
            return False
        match unit.statements:
            case (ast.Assign(value=ast.Call(func=function)),):
                return last_name(function) in _TYPE_VARIABLES | _LOGGERS
            case _:
                return False

    def is_type_variable(self, name: str) -> bool:
        node = self.unit(name).statements[0]
        return (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and last_name(node.value.func) in _TYPE_VARIABLES
        )

    def lines(self, node: ast.stmt) -> tuple[int, int]:
        """First and last line of a statement that has its lines for itself, with the comment right above it.

        Raises CannotApply where it shares a line. A comment that opens the file stays.
        """
        group = next(group for group in line_groups(self.body) if node in group)
        if len(group) > 1:
            raise CannotApply(
                f"line {node.lineno} holds another statement too", self.source.path, node.lineno
            )
        first = top = first_line(node)
        while top > 1 and self.source.line(top - 1).startswith("#"):
            top -= 1
        return (first if top == 1 else top), node.end_lineno or node.lineno


def makes(statement: ast.stmt, node: ast.AST) -> bool:
    """Does a statement bind a name and do nothing else, `node` being the binding?"""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return statement is node
        case ast.Assign(targets=[target]):
            return target is node
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return target is node
        case _:
            return type(statement).__name__ == "TypeAlias" and getattr(statement, "name", None) is node


def gathered(
    code: ModuleCode, names: Collection[str], along: Collection[str], held: Collection[str]
) -> dict[str, Unit]:
    """The names that move: those asked for, `along`, and what they alone read of the module.

    `held` are names that other modules take: of those only private ones go along.
    """
    units = {name: code.unit(name) for name in sorted({*names, *along})}
    queue = list(units)
    found = dict(units)
    while queue:
        for read in code.reads_of(found[queue.pop()].statements):
            name = read.node.id
            if name in found or read.owner is None or name.startswith("__") or code.imported(name):
                continue
            if code.is_copied(name) and not code.is_type_variable(name):
                continue
            if not name.startswith("_") and name in held:
                continue
            try:
                found[name] = code.unit(name)
            except CannotApply:
                continue
            queue.append(name)
    while True:
        inside = [node for unit in found.values() for node in unit.statements]
        staying = [
            name
            for name, unit in found.items()
            if name not in units
            and (code.readers(name, inside) or any(writer not in inside for writer in unit.writers))
        ]
        if not staying:
            return {name: found[name] for name in sorted(found)}
        for name in staying:
            del found[name]


def at_import(read: Read) -> bool:
    """Does a read run when the module is imported? Lambdas may."""
    return not any(scope.kind == "function" for scope in read.scope.chain())


def place_of(read: Read) -> str | None:
    """The qualname of the outermost function in which a read stands; None outside of functions."""
    name = ""
    for scope in reversed(list(read.scope.chain())):
        if isinstance(scope.node, ast.ClassDef) and scope.kind == "class":
            name += f"{scope.node.name}."
        elif scope.kind == "function" and isinstance(scope.node, Function):
            return name + scope.node.name
    return None


def is_deferred(read: Read, postponed: bool) -> bool:
    """Is it part of an annotation that nothing runs?"""
    return read.string is not None or (read.annotation and postponed)


def hides(scope: Scope, module: Scope, name: str) -> bool:
    """Would a read of the module's `name` in a scope find another variable?"""
    return scope.owner(name) not in (module, None)
