"""Small questions to statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ssot_lint.reading.expressions import children, dotted, encodable

_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})
_BROAD_ERRORS = frozenset({"Exception", "BaseException"})
_LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)
_EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit", "pytest.skip", "pytest.fail", "pytest.exit"})


def without_docstring(body: list[ast.stmt]) -> tuple[str, list[ast.stmt]]:
    first = body[0]
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        return encodable(first.value.value), body[1:]
    return "", body


def first_line(node: ast.stmt) -> int:
    """Where a statement begins, decorators included."""
    decorators = getattr(node, "decorator_list", None)
    return decorators[0].lineno if decorators else node.lineno


def statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a suite and of the suites inside it, in order, definitions not entered."""
    pending = list(reversed(body))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for name in ("finalbody", "orelse", "cases", "handlers", "body"):
                for item in reversed(getattr(node, name, ())):
                    if isinstance(item, ast.stmt):
                        pending.append(item)
                    else:
                        pending += reversed(item.body)


_SLIGHT = frozenset({ast.Pass, ast.Expr, ast.Raise})


def is_trivial(body: Sequence[ast.stmt]) -> bool:
    """Nothing happens in the body: pass, `...`, a docstring, raise NotImplementedError."""
    for statement in body:
        if type(statement) not in _SLIGHT:
            return False
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case ast.Raise(exc=ast.Name(id="NotImplementedError")):
                continue
            case ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError"))):
                continue
            case _:
                return False
    return True


def terminates(body: Sequence[ast.stmt]) -> bool:
    while True:
        if any(isinstance(statement, _LEAVING) for statement in body):
            return True
        match body[-1]:
            case ast.Expr(value=ast.Call(func=function)):
                return dotted(function) in _EXITS
            case ast.If(body=then, orelse=[_, *_] as otherwise):
                if not terminates(then):
                    return False
                body = otherwise
            case ast.Try(body=tried, handlers=handlers, orelse=otherwise, finalbody=final):
                return bool(final and terminates(final)) or (
                    terminates(otherwise or tried) and all(terminates(handler.body) for handler in handlers)
                )
            case _:
                return False


def value_of(node: ast.expr | None) -> tuple[str, str]:
    """(kind, text) of an assigned value, as `Assignment` has them."""
    match node:
        case None:
            return "other", ""
        case ast.Constant(value=None):
            return "none", ""
        case ast.Constant(value=value):
            return "constant", encodable(str(value)[:200])
        case ast.Name() | ast.Attribute():
            name = dotted(node)
            return ("name", name) if name else ("other", "")
        case ast.Call(func=function):
            return "call", dotted(function)
        case ast.Subscript(value=owner, slice=argument) if _is_type(argument) and "?" not in dotted(owner):
            return ("type", dotted(owner)) if dotted(owner) else ("other", "")
        case ast.Await(value=ast.Call(func=function)):
            return "call", dotted(function)
        case (
            ast.Dict()
            | ast.List()
            | ast.Set()
            | ast.Tuple()
            | ast.ListComp()
            | ast.DictComp()
            | ast.SetComp()
        ):
            return "container", _held(node)
        case ast.Lambda():
            return "lambda", ""
        case _:
            return "other", ""


def _is_type(argument: ast.expr) -> bool:
    """Can what stands in the brackets be a type, as opposed to a place or a key?"""
    match argument:
        case ast.Name() | ast.Attribute() | ast.Subscript() | ast.BinOp(op=ast.BitOr()) | ast.List():
            return True
        case ast.Tuple(elts=items):
            return all(_is_type(item) for item in items)
        case ast.Constant(value=value):
            return value is None or value is ...
        case _:
            return False


_FEW = 20
"""Names in a container that are told of."""


def _held(container: ast.expr) -> str:
    """The names that a container holds, a dict as its values; "" where it holds anything else, None aside."""
    match container:
        case ast.Dict(values=values) | ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
            if len(values) > _FEW:
                return ""
            said = [
                dotted(item) for item in values if not (type(item) is ast.Constant and item.value is None)
            ]
            return " ".join(said) if all(said) and "?" not in "".join(said) else ""
        case _:
            return ""


def yields(body: Sequence[ast.stmt]) -> bool:
    """Does a function with this body give a generator? What is nested in it has its own body."""
    pending: list[ast.AST] = [*body]
    while pending:
        node = pending.pop()
        kind = type(node)
        if kind is ast.Yield or kind is ast.YieldFrom:
            return True
        if kind not in _BODIES:
            pending += children(node)
    return False


_BODIES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda})


def callee(node: ast.expr) -> str:
    return dotted(node.func) if isinstance(node, ast.Call) else dotted(node)


def used_fixtures(decorators: Sequence[ast.expr]) -> tuple[str, ...]:
    """The names in `@pytest.mark.usefixtures("name")`."""
    return tuple(
        argument.value
        for item in decorators
        if isinstance(item, ast.Call) and callee(item).rpartition(".")[2] == "usefixtures"
        for argument in item.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    )


def is_autouse(decorator: ast.expr) -> bool:
    """Is it `@pytest.fixture(autouse=True)`?"""
    match decorator:
        case ast.Call(keywords=keywords):
            return any(
                item.arg == "autouse" and isinstance(item.value, ast.Constant) and item.value.value is True
                for item in keywords
            )
        case _:
            return False


def base(node: ast.expr) -> str:
    return dotted(node.value) if isinstance(node, ast.Subscript) else dotted(node)


def metaclass(node: ast.ClassDef) -> str:
    return next((dotted(item.value) for item in node.keywords if item.arg == "metaclass"), "")


def is_main_guard(test: ast.expr) -> bool:
    match test:
        case ast.Compare(
            left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]
        ):
            return True
        case ast.Compare(
            left=ast.Constant(value="__main__"), ops=[ast.Eq()], comparators=[ast.Name(id="__name__")]
        ):
            return True
        case _:
            return False


def type_checking(test: ast.expr) -> int:
    """1 when the body is for type checkers alone, -1 when the else arm is, else 0."""
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING") | ast.Constant(value=False):
            return 1
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return -type_checking(operand)
        case ast.BoolOp(op=ast.And(), values=values):
            return int(any(type_checking(value) > 0 for value in values))
        case ast.BoolOp(values=values):
            return -int(any(type_checking(value) < 0 for value in values))
        case _:
            return 0


def catches(types: Sequence[ast.expr] | None) -> str:
    """What a handler catches of a failed import: "import", "broad" or "other"; None is a bare except."""
    if types is None:
        return "broad"
    names: set[str] = set()
    for item in types:
        parts = item.elts if isinstance(item, ast.Tuple) else [item]
        names.update(dotted(part).rpartition(".")[2] for part in parts)
    if names & _IMPORT_ERRORS:
        return "import"
    return "broad" if names & _BROAD_ERRORS else "other"


def used_between(body: Sequence[ast.stmt], first: int, last: int, name: str) -> bool:
    """Is `name` read after statement `first` and before or in the head of statement `last`?

    Bodies of functions run later and then see the later definition, so they do not count, unless what holds them is
    itself read in between.
    """
    for position in range(first + 1, last):
        holder = body[position]
        if (
            isinstance(holder, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and holder.name != name
            and any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(holder))
            and used_between(body, position, last, holder.name)
        ):
            return True
    pending: list[ast.AST] = [*body[first + 1 : last]]
    later = body[last]
    pending += getattr(later, "decorator_list", [])
    pending += getattr(later, "bases", [])
    arguments = getattr(later, "args", None)
    if isinstance(arguments, ast.arguments):
        pending += [item for item in (*arguments.defaults, *arguments.kw_defaults) if item is not None]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            if node.id == name:
                return True
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            pending += node.decorator_list
            pending += [item for item in (*node.args.defaults, *node.args.kw_defaults) if item is not None]
        elif isinstance(node, ast.AnnAssign):  # what a type checker is told does not use the class
            pending += [item for item in (node.target, node.value) if item is not None]
        elif not isinstance(node, ast.Lambda):
            pending += ast.iter_child_nodes(node)
    return False
