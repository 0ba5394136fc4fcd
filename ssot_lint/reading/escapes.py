"""Code through which a module may get names that no statement of it binds, or lose some of its `__all__`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from ssot_lint.reading.expressions import dotted
from ssot_lint.reading.occurrences import any_in, lines_of
from ssot_lint.reading.syntax import first_line

NAMESPACE_WORDS = (b"globals", b"locals", b"vars()", b"sys.modules")
"""What stands in code that holds its own namespace."""

_CURRENT = (b"current_module()", b"this_module()")
_NAME = re.compile(rb"\s*\w+")

_READERS = frozenset(
    {
        "ChainMap", "__import__", "all", "any", "bool", "copy", "deepcopy", "dict", "dir", "enumerate", "eval",
        "filter", "frozenset", "get_type_hints", "getattr", "getdoc", "getfile", "getmembers", "getsource",
        "getsourcefile", "hasattr", "id", "isinstance", "iter", "len", "list", "loadTestsFromModule", "map", "print",
        "reload", "repr", "set", "sorted", "str", "testmod", "tuple", "type", "vars",
    }
)  # fmt: skip
_READING = frozenset({"__contains__", "__getitem__", "copy", "get", "items", "keys", "values"})
_CHANGES = frozenset({"append", "clear", "extend", "insert", "pop", "remove"})
_PUTTING = frozenset({"append", "extend", "insert"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def is_open(tree: ast.Module, lines: Sequence[int]) -> bool:
    """Does code do more with the module, or with the namespace of it, than read? `lines`: those that mention it.

    `globals()["x"] = 1`, `vars().update(...)`, `export(globals())`, `this = sys.modules[__name__]`: where the
    namespace goes on to is not followed.
    """
    pending: list[tuple[ast.AST, bool]] = [(item, True) for item in tree.body if _on(item, lines)]
    while pending:
        node, outside = pending.pop()
        if _is_module(node) or _is_namespace(node, outside):
            return True
        read = _only_read(node)
        outside = outside and not isinstance(node, (*_FUNCTIONS, ast.ClassDef))
        harmless = [item for item in read if _is_module(item) or _is_namespace(item, outside)]
        pending += [
            (child, outside)
            for child in ast.iter_child_nodes(node)
            if not any(child is item for item in harmless)
            and (not isinstance(child, ast.stmt) or _on(child, lines))
        ]
    return False


def hands_itself_on(tree: ast.Module, source: bytes) -> bool:
    """Does loading a module call a function, for what that does alone, with the module or its name?

    `pass_through(__name__, "api")`, `fill(constants, find_current_module())`: what it puts on the module is not followed.
    """
    if not (b"_module()" in source or _calls_with_name(source)):
        return False
    pending: list[ast.AST] = [item for item in tree.body if isinstance(item, ast.stmt)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            arguments = [*call.args, *(item.value for item in call.keywords)]
            if any(_is_current(item) for item in arguments):
                return True
            named = any(isinstance(item, ast.Name) and item.id == "__name__" for item in arguments)
            if named and isinstance(call.func, ast.Name) and call.func.id not in _READERS:
                return True
        elif isinstance(node, (ast.With, ast.If, ast.Try, ast.For, ast.ExceptHandler)):
            pending += ast.iter_child_nodes(node)
    return False


def _calls_with_name(source: bytes) -> bool:
    """Does a line begin with `name(__name__`? Nearly every file has one that does not: `log = getLogger(__name__)`."""
    at = source.find(b"(__name__")
    while at >= 0:
        if _NAME.fullmatch(source, source.rfind(b"\n", 0, at) + 1, at):
            return True
        at = source.find(b"(__name__", at + 1)
    return False


def _is_current(node: ast.expr) -> bool:
    """`find_current_module()`, by its name"""
    if not isinstance(node, ast.Call) or node.args or node.keywords:
        return False
    return f"{dotted(node.func)}()".encode().endswith(_CURRENT)


def given(statement: ast.Assign | ast.Expr) -> list[tuple[str, str]]:
    """What a statement sets on objects: (owner, name) for `owner.name = ...` and `setattr(owner, "name", ...)`.

    The name is "" where it is computed, and the owner ends in `.*` where the last part of it is.
    """
    match statement:
        case ast.Assign(targets=targets):
            found = [(target.value, target.attr) for target in targets if isinstance(target, ast.Attribute)]
        case ast.Expr(ast.Call(ast.Name("setattr"), [owner, ast.Constant(value=str(name)), _])):
            found = [(owner, name)]
        case ast.Expr(ast.Call(ast.Name("setattr"), [owner, _, _])):
            found = [(owner, "")]
        case _:
            return []
    return [(path, name) for owner, name in found if (path := _path(owner)) and not path.startswith("?")]


def run_here(tree: ast.Module) -> list[ast.FunctionDef]:
    """The functions that a module calls as it loads, each by a statement `set_up()` at its top."""
    called = {
        statement.value.func.id
        for statement in tree.body
        if isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
    }
    return [item for item in tree.body if isinstance(item, ast.FunctionDef) and item.name in called]


def given_by(function: ast.FunctionDef) -> list[tuple[str, str]]:
    """What the statements of a function set on objects, as `given` has it."""
    return [
        found
        for node in ast.walk(function)
        if isinstance(node, (ast.Assign, ast.Expr))
        for found in given(node)
    ]


def puts_finder(tree: ast.Module) -> int | None:
    """The line on which code puts a finder of modules of its own on `sys.meta_path`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            path, _, name = dotted(node.func).rpartition(".")
            if name in _PUTTING and path in ("sys.meta_path", "meta_path"):
                return node.lineno
    return None


def changes_exports(tree: ast.Module, source: bytes) -> bool:
    """Is `__all__` changed by a function, an item of it set or deleted, or all of it deleted?"""
    lines = lines_of(source, (b"__all__",))
    pending: list[tuple[ast.AST, bool]] = [(item, False) for item in tree.body if _on(item, lines)]
    while pending:
        node, inside = pending.pop()
        match node:
            case ast.Subscript(value=ast.Name(id="__all__"), ctx=ast.Store() | ast.Del()):
                return True
            case ast.Name(id="__all__", ctx=ast.Del()):
                return True
            case ast.Global(names=names) if "__all__" in names:
                return True
            case ast.Attribute(value=ast.Name(id="__all__"), attr=method) if inside and method in _CHANGES:
                return True
        inside = inside or isinstance(node, _FUNCTIONS)
        pending += [(child, inside) for child in ast.iter_child_nodes(node)]
    return False


def _path(owner: ast.expr) -> str:
    """The dotted path of an object, `a.b.*` for `getattr(a.b, computed)`; "" where there is none."""
    match owner:
        case ast.Call(ast.Name("getattr"), [inner, ast.Constant(value=str(name))]):
            return f"{path}.{name}" if (path := dotted(inner)) else ""
        case ast.Call(ast.Name("getattr"), [inner, _]):
            return f"{path}.*" if (path := dotted(inner)) else ""
    return dotted(owner)


def _on(statement: ast.stmt, lines: Sequence[int]) -> bool:
    """Does a statement, with what is in it, stand on one of the lines?"""
    return any_in(lines, first_line(statement), statement.end_lineno or statement.lineno)


def _is_module(node: ast.AST) -> bool:
    """`sys.modules[__name__]`"""
    match node:
        case ast.Subscript(
            value=ast.Attribute(attr="modules") | ast.Name(id="modules"), slice=ast.Name(id="__name__")
        ):
            return True
    return False


def _is_namespace(node: ast.AST, outside: bool) -> bool:
    """The dictionary of the module. `outside`: `vars()` and `locals()` are, outside of functions and classes."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return name == "globals" or (outside and name in ("locals", "vars"))
        case ast.Call(func=ast.Name(id="vars"), args=[module]) | ast.Attribute(attr="__dict__", value=module):
            return _is_module(module)
    return False


def _only_read(node: ast.AST) -> Iterable[ast.AST]:
    """Those of a node's parts that it only reads."""
    match node:
        case ast.Attribute(value=value, attr=attribute, ctx=ast.Load()):
            return (value,) if attribute in _READING or _is_module(value) else ()
        case ast.Subscript(value=value, ctx=ast.Load()):
            return (value,)
        case ast.Call(func=function, args=arguments, keywords=keywords):
            if dotted(function).rpartition(".")[2] in _READERS:
                return (*arguments, *(item.value for item in keywords))
        case ast.keyword(arg=None, value=value) | ast.Starred(value=value) | ast.FormattedValue(value=value):
            return (value,)
        case ast.Compare(left=left, comparators=others):
            return (left, *others)
        case ast.BinOp(op=ast.Mod(), right=right):
            return (right,)
        case ast.Dict(keys=keys, values=values):
            return [value for key, value in zip(keys, values, strict=True) if key is None]
        case ast.For(iter=iterable) | ast.comprehension(iter=iterable):
            return (iterable,)
        case ast.Expr(value=value):
            return (value,)
    return ()
