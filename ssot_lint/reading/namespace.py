"""What a module offers to a star: `__all__` in all its forms."""

from __future__ import annotations

import ast

from ssot_lint.reading.expressions import dotted, encodable


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
