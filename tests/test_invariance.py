"""Formatting and the names of local variables do not change what the rules find in their own examples."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from textwrap import dedent

import pytest

from ssot_lint.check import Settings, check
from ssot_lint.plugins import load_rules
from ssot_lint.rule import Invalid, Rule
from ssot_lint.testing import project_of

MARK = "_of_mine"

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.name}[{example.id or number}]")
    for rule in load_rules()
    if rule.id < "SSOT9"
    for number, example in enumerate(rule.invalid)
    if not example.options
    and all(isinstance(text, str) and "ssot-lint:" not in text for text in example.files.values())
]


class _Renamer(ast.NodeTransformer):
    """Gives the local variables of functions other names; parameters, attributes and globals stay."""

    def __init__(self) -> None:
        self.renamed: list[dict[str, str]] = []

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        bound = {
            item.id
            for item in ast.walk(node)
            if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)
        }
        kept = {
            name
            for item in ast.walk(node)
            if isinstance(item, ast.Global | ast.Nonlocal)
            for name in item.names
        }
        kept |= {item.arg for item in ast.walk(node) if isinstance(item, ast.arg)}
        kept |= {
            item.name
            for item in ast.walk(node)
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }
        kept |= {
            (item.asname or item.name).partition(".")[0]
            for item in ast.walk(node)
            if isinstance(item, ast.alias)
        }
        kept |= {
            target.id
            for inner in ast.walk(node)
            if isinstance(inner, ast.ClassDef)
            for statement in inner.body
            for target in ast.walk(statement)
            if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store)
        }
        self.renamed.append({name: name + MARK for name in bound - kept})
        self.generic_visit(node)
        self.renamed.pop()
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_Name(self, node: ast.Name) -> ast.AST:
        for names in reversed(self.renamed):
            if node.id in names:
                return ast.copy_location(ast.Name(names[node.id], node.ctx), node)
        return node


def _text(source: str) -> str:
    return dedent(source[1:]) if source.startswith("\n") else source


def _unparsed(files: Mapping[str, str | bytes], rename: bool) -> dict[str, str]:
    found = {}
    for path, source in files.items():
        text = _text(str(source))
        if path.endswith(".py"):
            tree = ast.parse(text)
            text = ast.unparse(_Renamer().visit(tree) if rename else tree) + "\n"
        found[path] = text
    return found


def _found(rule: Rule, files: Mapping[str, str | bytes], config: str) -> Counter[tuple[str, str, str]]:
    report = check(project_of(files, config), load_rules(), Settings(select=(rule.name,)))
    return Counter(
        (item.rule, item.path, (item.symbol or "").removesuffix(MARK)) for item in report.diagnostics
    )


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
@pytest.mark.parametrize("rename", [False, True], ids=["formatted", "renamed"])
def test_what_is_found_stays(rule: Rule, example: Invalid, rename: bool) -> None:
    try:
        changed = _unparsed(example.files, rename)
    except SyntaxError:
        pytest.skip("the example does not parse, on purpose")
    before = _found(rule, example.files, example.config)
    assert before
    assert _found(rule, changed, example.config) == before
