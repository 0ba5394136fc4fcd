"""Scopes: which binding a name refers to, judged by the interpreter's own symbol table."""

from __future__ import annotations

import ast
import symtable
import sys
from pathlib import Path

import pytest

from ssot_lint.editing.blocks import Scope
from ssot_lint.editing.scopes import scopes

STANDARD = Path(ast.__file__).parent


def owner_of(source: str, name: str) -> list[str]:
    """The kind of scope that each place of `name` refers to, in the order of the tree."""
    found = scopes(ast.parse(source))
    return [read.owner.kind if read.owner else "builtin" for read in found.names if read.node.id == name]


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        pytest.param("x = 1\ndef f(): return x\n", ["module", "module"], id="read in a function"),
        pytest.param("x = 1\ndef f(x): return x\n", ["module", "function"], id="a parameter hides it"),
        pytest.param("x = 1\ndef f():\n    print(x)\n    x = 2\n", ["module", "function", "function"], id="bound later"),
        pytest.param("class C:\n    x = 1\n    def f(self): return x\n", ["class", "builtin"], id="class body"),
        pytest.param("class C:\n    x = [1]\n    y = [x for x in x]\n", ["class", "class", "comprehension", "comprehension"], id="first iterable"),
        pytest.param("def f():\n    [x := y for y in z]\n    return x\n", ["function", "function"], id="walrus"),
        pytest.param("def f():\n    global x\n    x = 1\n    return x\n", ["module", "module"], id="global"),
        pytest.param("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n", ["function", "function"], id="nonlocal"),
        pytest.param("x = 1\nlambda x=x: x\n", ["module", "module", "lambda"], id="default of a lambda"),
        pytest.param("import a.x\nx: 'a.x' = a\n", ["module"], id="only names"),
        pytest.param("import x\ndef f(y: 'x.C') -> 'list[x]': ...\n", ["module", "module"], id="string annotations"),
        pytest.param("import x\nfrom typing import Literal\ny: Literal['x']\n", [], id="no annotation in Literal"),
        pytest.param("match 1:\n    case {'a': x}: print(x)\n", ["module"], id="pattern"),
        pytest.param("try: pass\nexcept E as x: print(x)\n", ["module"], id="handler"),
    ],
)  # fmt: skip
def test_owner(source: str, kinds: list[str]) -> None:
    assert owner_of(source, "x") == kinds


def test_the_bindings_of_nonlocal_names_are_those_of_the_owner() -> None:
    found = scopes(ast.parse("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n"))
    outer = next(scope for scope in found.all if scope.kind == "function" and "x" in scope.bindings)
    assert [node.lineno for node in outer.bindings["x"] if isinstance(node, ast.Name)] == [2, 5]


@pytest.mark.parametrize("name", ["ast", "typing", "dataclasses", "asyncio/base_events", "inspect", "enum"])
def test_as_the_interpreter_sees_it(name: str) -> None:
    """What every function of a file of the standard library binds itself, and what it takes from the module."""
    text = (STANDARD / f"{name}.py").read_text(encoding="utf-8")
    mine: dict[tuple[str, int], set[str]] = {}
    taken: dict[tuple[str, int], set[str]] = {}
    found = scopes(ast.parse(text))
    for scope in found.all:
        if scope.kind == "function":
            key = _key(scope)
            mine.setdefault(key, set()).update(scope.bindings)
    for read in found.names:
        if (
            read.scope.kind == "function"
            and read.string is None
            and not read.annotation
            and read.owner is found.module
        ):
            taken.setdefault(_key(read.scope), set()).add(read.node.id)
    wrong: list[object] = []
    for table in _functions(symtable.symtable(text, name, "exec")):
        key = (table.get_name(), table.get_lineno())
        symbols = table.get_symbols()
        local = {symbol.get_name() for symbol in symbols if symbol.is_local() and not symbol.is_free()}
        if key in mine and sys.version_info < (3, 12) and local != mine[key]:
            wrong.append((key, local ^ mine[key]))
        top = {symbol.get_name() for symbol in symbols if symbol.is_global()} & found.module.bindings.keys()
        if not taken.get(key, set()) <= top:
            wrong.append((key, taken[key] - top))
    assert wrong == []


def _key(scope: Scope) -> tuple[str, int]:
    node = scope.node
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return node.name, min([node.lineno, *(item.lineno for item in node.decorator_list)])


def _functions(table: symtable.SymbolTable) -> list[symtable.SymbolTable]:
    found = (
        [table] if table.get_type() == "function" and table.get_name() not in ("lambda", "genexpr") else []
    )
    return [*found, *(inner for child in table.get_children() for inner in _functions(child))]
