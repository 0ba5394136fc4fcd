"""The text of a shim, and reading one that is there.

    if TYPE_CHECKING:
        from shop.money import Money as Money
    else:

        # ssot-lint: shim until 2026-03-01
        def __getattr__(name: str) -> object:
            if name == "Money":
                from shop.money import Money

                warnings.warn(
                    f"{__name__}.Money is deprecated: "
                    "import Money from shop.money",
                    DeprecationWarning,
                    stacklevel=2,
                )
                return Money
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

Type checkers see a plain import and no `__getattr__`, so they still find misspelt names. At run time the import comes
when the name is asked for (PEP 562): no import cycle, and each place that asks is told. The import is a statement, not
a string, so that every tool can follow it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ssot_lint.editing.source import Source, Splice
from ssot_lint.reading.expressions import dotted

INDENT = "    "
_BOOTSTRAP = "<frozen importlib._bootstrap>"


@dataclass(frozen=True, slots=True, order=True)
class Handed:
    """A name that an old module hands on, where it takes it from, and where others are told to (the same if "")."""

    name: str
    module: str
    canonical: str
    until: str = ""
    path: str = ""  # `package.module:Name`

    @property
    def alias(self) -> str:
        return self.canonical if self.canonical == self.name else f"{self.canonical} as {self.name}"

    @property
    def told(self) -> tuple[str, str]:
        """The module and the name that others are to import."""
        module, _, name = (self.path or f"{self.module}:{self.canonical}").partition(":")
        return module, name


def module_text(is_package: bool, handed: Sequence[Handed], doc: str, public: Iterable[str]) -> str:
    """A whole module that hands names on; `doc` is its docstring as source."""
    modules = "import sys\nimport warnings\n" if is_package else "import warnings\n"
    lines = [doc or f'"""{_kept(handed)}"""', ""]
    ends = {item.until for item in handed if item.until}
    whole = len(ends) == 1 and all(item.until for item in handed)
    if whole:
        lines += [mark(min(ends)), ""]
    lines += [modules + "from typing import TYPE_CHECKING", ""]
    names = ", ".join(f'"{name}"' for name in public)
    lines += [f"__all__ = [{names}]", ""]
    lines.append(block_text(is_package, handed, marked=not whole))
    return "\n".join(lines) + "\n"


def _kept(handed: Sequence[Handed]) -> str:
    moved = [f"{item.name} is {'.'.join(item.told)}" for item in handed]
    return f"Kept for old imports: {'; '.join(moved)}."


def mark(until: str) -> str:
    """The comment that our rules read."""
    return f"# ssot-lint: shim until {until}"


def block_text(is_package: bool, handed: Sequence[Handed], marked: bool = True) -> str:
    """The names for type checkers, and the `__getattr__` and `__dir__` for everybody else."""
    ends = {item.until for item in handed}
    single = min(ends) if len(ends) == 1 else ""
    lines = ["if TYPE_CHECKING:"]
    lines += [INDENT + typed(item, marked and not single) for item in handed]
    lines += ["else:", ""]
    if marked and single:
        lines.append(INDENT + mark(single))
    lines.append(INDENT + "def __getattr__(name: str) -> object:")
    lines += [answer(is_package, item, INDENT * 2) for item in handed]
    lines.append(INDENT * 2 + 'raise AttributeError(f"module {__name__!r} has no attribute {name!r}")\n')
    lines.append(directory([item.name for item in handed], INDENT))
    return "\n".join(lines)


def directory(names: Sequence[str], indent: str) -> str:
    """The `__dir__` that lists these names too."""
    listed = ", ".join(f'"{name}"' for name in names)
    return f"{indent}def __dir__() -> list[str]:\n{indent}{INDENT}return sorted({{*globals(), {listed}}})"


def typed(item: Handed, marked: bool) -> str:
    """The import that type checkers see; the redundant alias says that it is handed on."""
    text = f"from {item.module} import {item.canonical} as {item.name}"
    return f"{text}  {mark(item.until)}" if marked and item.until else text


def answer(is_package: bool, item: Handed, indent: str, parameter: str = "name") -> str:
    """The lines of a `__getattr__` that answer one name, without an end of line."""
    lines = [
        f'{indent}if {parameter} == "{item.name}":',
        f"{indent}    from {item.module} import {item.alias}",
        "",
        warning(is_package, item, indent + INDENT),
        f"{indent}    return {item.name}",
    ]
    return "\n".join(lines)


def warning(is_package: bool, item: Handed, indent: str) -> str:
    """The lines that warn whoever asks for a name, without an end of line."""
    end = f", to be removed {'on' if '-' in item.until else 'in'} {item.until}" if item.until else ""
    module, name = item.told
    lines = [
        "warnings.warn(",
        f'    f"{{__name__}}.{item.name} is deprecated{end}: "',
        f'    "import {name} from {module}",',
        "    DeprecationWarning,",
        "    stacklevel=2,",
        ")",
    ]
    if is_package:  # `from package import name` asks with hasattr() first, and would be told twice
        asks = f'if sys._getframe(1).f_code.co_filename != "{_BOOTSTRAP}":'
        lines = [asks, *(INDENT + line for line in lines)]
    return "\n".join(indent + line for line in lines)


# -- what is there


@dataclass(frozen=True)
class Lazy:
    """A module's `__getattr__`: the definition, the block it stands in, the `if name == ...` that answer names."""

    node: ast.FunctionDef
    parents: tuple[ast.If, ...]
    parameter: str
    answers: dict[str, ast.If]

    def warns(self, name: str) -> bool:
        """Does asking for a name give a warning there?"""
        found = self.answers.get(name)
        where: ast.AST = self.node if found is None else found
        return any(
            isinstance(node, ast.Call) and "warn" in dotted(node.func).rpartition(".")[2]
            for node in ast.walk(where)
        )


def lazy_of(tree: ast.Module) -> Lazy | None:
    """The module's `__getattr__`, where it is one plain function of one parameter."""
    for node, parents in _top(tree.body, ()):
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__":
            args = node.args
            plain = len(args.args) == 1 and not (
                args.posonlyargs or args.vararg or args.kwonlyargs or args.kwarg
            )
            if node.decorator_list or not plain:
                return None
            parameter = args.args[0].arg
            return Lazy(node, parents, parameter, _answers(node, parameter))
    return None


def _top(
    body: Sequence[ast.stmt], parents: tuple[ast.If, ...]
) -> Iterable[tuple[ast.stmt, tuple[ast.If, ...]]]:
    for node in body:
        yield node, parents
        if isinstance(node, ast.If):
            yield from _top([*node.body, *node.orelse], (*parents, node))


def _answers(node: ast.FunctionDef, parameter: str) -> dict[str, ast.If]:
    found: dict[str, ast.If] = {}
    for statement in node.body:
        match statement:
            case ast.If(
                test=ast.Compare(
                    left=ast.Name(id=left), ops=[ast.Eq()], comparators=[ast.Constant(value=str(name))]
                ),
                orelse=[],
            ) if left == parameter:
                found.setdefault(name, statement)
    return found


def answered(source: Source, lazy: Lazy, text: str) -> Splice:
    """A `__getattr__` that gives these answers before all others."""
    body = lazy.node.body
    first = body[0]
    documented = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    if documented and len(body) > 1:
        first = body[1]
    at = source.starts[first.lineno - 1]
    return Splice(at, at, text + "\n")


def listed(source: Source, lazy: Lazy, names: Sequence[str]) -> list[Splice]:
    """A `__dir__` that lists these names too: the shim's own is extended, a missing one made, any other left alone."""
    existing = directory_of(source.tree)
    if existing is None:
        line = lazy.node.end_lineno or lazy.node.lineno
        at = source.starts[line] if line < len(source.starts) else len(source.text)
        indent = source.indentation(lazy.node.lineno)
        gap = "\n" if indent else "\n\n"
        end = "" if source.text[:at].endswith(("\n", "\r")) else "\n"
        return [Splice(at, at, f"{end}{gap}{directory(names, indent)}\n")]
    known = shim_directory(existing)
    if known is None:
        return []
    there = {item.value for item in known.elts if isinstance(item, ast.Constant)}
    at = source.span(known.elts[-1])[1]
    text = "".join(f', "{name}"' for name in names if name not in there)
    return [Splice(at, at, text)] if text else []


def directory_of(tree: ast.Module) -> ast.FunctionDef | None:
    """The module's `__dir__`."""
    for node, _ in _top(tree.body, ()):
        if isinstance(node, ast.FunctionDef) and node.name == "__dir__":
            return node
    return None


def is_type_checking(node: ast.If) -> bool:
    """Is it `if TYPE_CHECKING:`, the module's name before it or not?"""
    return dotted(node.test).rpartition(".")[2] == "TYPE_CHECKING"


def shim_directory(node: ast.FunctionDef) -> ast.Set | None:
    """The set of a `__dir__` that reads `return sorted({*globals(), ...})`."""
    match node.body:
        case [
            ast.Return(
                value=ast.Call(
                    func=ast.Name(id="sorted"),
                    args=[
                        ast.Set(elts=[ast.Starred(value=ast.Call(func=ast.Name(id="globals"))), *_]) as found
                    ],
                )
            )
        ]:
            return found
        case _:
            return None
