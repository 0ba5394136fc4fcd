"""What a module offers beyond the names it binds: `__all__` in all its forms, and lazy names (PEP 562)."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ssot_lint.expressions import dotted, encodable


class Exports:
    """Collects `__all__` statement by statement."""

    def __init__(self) -> None:
        self.constants: dict[str, ast.expr] = {}  # module-level lists, for `__all__ = NAMES + [...]`
        self.imported: set[str] = set()  # local names of other modules' `__all__`
        self.dynamic = False
        self._names: dict[str, None] | None = None
        self._modules: dict[str, None] = {}

    def names(self) -> tuple[str, ...] | None:
        return None if self._names is None else tuple(self._names)

    def modules(self) -> tuple[str, ...]:
        return tuple(self._modules)

    def set(self, value: ast.expr | None, certain: bool) -> None:
        """`__all__ = value`; where it is not certain to run, what was said before stays offered too."""
        mentioned = value is not None and any(
            isinstance(node, ast.Name) and node.id == "__all__" for node in ast.walk(value)
        )
        if self._names is None or (certain and not mentioned):
            self._names, self._modules, self.dynamic = {}, {}, False
        if value is None:
            self.dynamic = True
        else:
            self.add(value)

    def take(self, name: str) -> None:
        """`from m import __all__ as name`."""
        self.imported.add(name)
        if name == "__all__":
            self._names, self._modules, self.dynamic = {}, {name: None}, False

    def extend(self, name: str, value: ast.expr) -> None:
        """`NAMES += value` for a list that `__all__` may use."""
        known = self.constants.get(name)
        if known is not None:
            self.constants[name] = ast.BinOp(known, ast.Add(), value)

    def add(self, value: ast.expr) -> None:
        """Adds the strings of a list expression; a part that cannot be read makes the whole dynamic."""
        if self._names is None:
            self._names = {}
        pending = [(value, 0)]
        while pending:
            node, depth = pending.pop()
            if depth > 20:  # a cycle of names
                self.dynamic = True
                continue
            match node:
                case ast.Constant(value=str(name)):
                    self._names[encodable(name)] = None
                case ast.Constant():
                    pass
                case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                    pending += [(item, depth + 1) for item in reversed(items)]
                case ast.Starred(value=inner):
                    pending.append((inner, depth + 1))
                case ast.BinOp(left=left, op=ast.Add(), right=right):
                    pending += [(right, depth + 1), (left, depth + 1)]
                case ast.BinOp(left=left, op=ast.Mult()):
                    pending.append((left, depth + 1))
                case ast.IfExp(body=then, orelse=otherwise):  # either may hold: both count as offered
                    pending += [(otherwise, depth + 1), (then, depth + 1)]
                case ast.Call(func=ast.Name(id="list" | "tuple" | "sorted" | "set"), args=[inner]):
                    pending.append((inner, depth + 1))
                case ast.Attribute(attr="__all__", value=module) if dotted(module):
                    self._modules[dotted(module)] = None
                case ast.Name(id="__all__"):
                    pass  # what it holds already stays
                case ast.Name(id=name) if name in self.imported:
                    self._modules[name] = None
                case ast.Name(id=name) if name in self.constants:
                    pending.append((self.constants[name], depth + 1))
                case _:
                    self.dynamic = True

    def call(self, node: ast.Call) -> None:
        """`__all__.extend([...])`, `.append("x")`, `.remove("x")`, `.insert(0, "x")`."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if name in self.constants:
                del self.constants[name]  # changed by a method
            case ast.Call(func=ast.Attribute(value=ast.Name(id="__all__"), attr=method), args=[*_, value]):
                if method in ("extend", "append", "insert"):
                    self.add(value)
                elif method == "remove" and self._names and isinstance(value, ast.Constant):
                    self._names.pop(str(value.value), None)
                else:
                    self.dynamic = True


def lazy_names(
    node: ast.AST, dicts: Mapping[str, ast.Dict], lists: Mapping[str, ast.expr]
) -> tuple[str, ...]:
    """The names a module's `__getattr__` knows: strings it mentions, and those in the module's tables it reads."""
    found: dict[str, None] = {}
    for inner in ast.walk(node):
        match inner:
            case ast.Constant(value=str(text)) if text.isidentifier():
                found[text] = None
            case ast.Name(id=name) if name in dicts:
                for key in dicts[name].keys:
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        found[key.value] = None
            case ast.Name(id=name) if name in lists:
                for item in ast.walk(lists[name]):
                    if isinstance(item, ast.Constant) and isinstance(item.value, str):
                        found[item.value] = None
    return tuple(found)


def lazy_targets(node: ast.AST, dicts: Mapping[str, ast.Dict], names: tuple[str, ...]) -> dict[str, str]:
    """Where the names of a module's `__getattr__` lead: `module:name`, or `module:` for the module itself.

    Read from tables that map names to modules, or to (module, name), and from a single constant module, where
    `import_module` is called. Modules may be relative; a table's value may also be the whole dotted path.
    """
    calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    loads = [
        call for call in calls if dotted(call.func).rpartition(".")[2] in ("import_module", "__import__")
    ]
    if not loads:
        return {}
    takes = any(isinstance(call.func, ast.Name) and call.func.id == "getattr" for call in calls)
    found: dict[str, str] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in dicts:
            for key, value in zip(dicts[inner.id].keys, dicts[inner.id].values, strict=True):
                if isinstance(key, ast.Constant) and (target := _lazy_target(str(key.value), value, takes)):
                    found[str(key.value)] = target
    constants = {
        str(argument.value)
        for call in loads
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant)
    }
    if not found and len(constants) == len(loads) == 1 and takes:
        (module,) = constants
        found = {name: f"{module}:{name}" for name in names if name != module}
    return found


def _lazy_target(name: str, value: ast.expr, takes: bool) -> str | None:
    match value:
        case ast.Constant(value=str(text)) if ":" in text:
            return text
        case ast.Constant(value=str(text)) if text:
            return f"{text}:{name}" if takes else f"{text}:"
        case ast.Tuple(elts=[ast.Constant(value=str(module)), ast.Constant(value=str(attribute))]):
            return f"{module}:{attribute}"
        case _:
            return None


def attached(call: ast.Call) -> dict[str, str]:
    """The names of `lazy_loader.attach(__name__, submodules, submod_attrs)` and where they lead."""
    given = dict(zip(("package", "submodules", "submod_attrs"), call.args, strict=False))
    given.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
    found: dict[str, str] = {}
    match given.get("submodules"):
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            for item in items:
                if isinstance(item, ast.Constant) and isinstance(item.value, str):
                    found[item.value] = f".{item.value}:"
    match given.get("submod_attrs"):
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, (ast.List, ast.Tuple)):
                    for item in value.elts:
                        if isinstance(item, ast.Constant) and isinstance(item.value, str):
                            found[item.value] = f".{key.value!s}:{item.value}"
    return found
