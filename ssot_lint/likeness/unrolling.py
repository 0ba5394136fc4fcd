"""One pass over the definitions of a module, which writes them down."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from ssot_lint.likeness.boilerplate import is_boilerplate, is_string
from ssot_lint.likeness.codes import (
    ABSENT,
    BLOCKS,
    BOUND_NAME,
    CALL,
    KINDS,
    LEAVES,
    LITERALS,
    NAME,
    OWN,
    PARTS,
)
from ssot_lint.likeness.tape import Define, Scope, Shape, Tape


class Reader:
    """One pass over a module, with stacks of its own: nesting is as deep as the author likes."""

    def __init__(self, members: bool = True) -> None:
        self.tape = tape = Tape(members)
        self.tokens, self.names, self.own = tape.tokens, tape.names, tape.own
        self.todo: list[Any] = []

    def read(self, tree: ast.Module, minimum: int) -> list[Shape]:
        found: list[Shape] = []
        work: list[Any] = suite_of(tree.body)
        scope: Scope | None = None
        while work:
            item = work.pop()
            kind = type(item)
            if kind is int:  # the end of a suite
                self.tokens.append(item)
            elif kind is Scope:
                self.tape.number(item)
                boilerplate = is_boilerplate(item.node) if not item.is_class else not item.substance
                if len(self.tape.statements) - item.statements >= minimum:
                    found.append(self.tape.shape(item, boilerplate))
                scope = item.outer
                if scope is not None:
                    scope.height = max(scope.height, item.height + 1)
                    scope.substance |= not boilerplate
            else:
                if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef or kind is ast.ClassDef:
                    scope = self.definition(item, scope)
                    work.append(scope)
                elif scope is not None:
                    self.statement(item, kind, scope)
                elif kind is ast.Import or kind is ast.ImportFrom:
                    self.tape.aliases.update(
                        (alias.asname, alias.name.rpartition(".")[2]) for alias in item.names if alias.asname
                    )
                for field, mark in BLOCKS[kind]:
                    suite = getattr(item, field)
                    if suite:
                        if scope is not None:
                            work.append(mark)
                        work.extend(suite_of(suite))
        return found

    def definition(self, node: Define, outer: Scope | None) -> Scope:
        """Reads the header. Its hash belongs to the sequence of what is around it, not to its own."""
        own_start = len(self.own)
        if outer is not None:
            outer.bound.add(node.name)
            if outer.is_class:
                self.own.append(self.tape.member(node.name, outer))
            else:
                self.names.append(node.name)
        scope = Scope(node, outer)
        scope.tokens, scope.names = len(self.tokens), len(self.names)
        scope.own, scope.literals = len(self.own), len(self.tape.literals)
        self.tape.literals.append(node.name)
        self.tokens += (KINDS[type(node)], len(node.decorator_list))
        self.todo += node.decorator_list
        if isinstance(node, ast.ClassDef):
            self.tokens += (len(node.bases), len(node.keywords))
            self.todo += node.bases
            self.todo += node.keywords
        else:
            self.parameters(node.args, scope.bound)
            self.annotation(node.returns)
        self.expressions(scope)
        self.tape.end_statement(scope.tokens, own_start)
        scope.statements = len(self.tape.statements)
        return scope

    def statement(self, node: Any, kind: type, scope: Scope) -> None:
        tokens, own = len(self.tokens), len(self.own)
        if kind is ast.Assign:
            self.tokens += (KINDS[kind], len(node.targets))
            self.todo += node.targets
            self.todo.append(node.value)
        elif kind is ast.AnnAssign:
            self.annotation(node.annotation)
            self.tokens += (KINDS[ast.Assign], ABSENT if node.value is None else 1)
            self.todo.append(node.target)
            if node.value is not None:
                self.todo.append(node.value)
        elif kind is ast.Import or kind is ast.ImportFrom:
            self.import_(node, scope)
        elif kind is ast.Global or kind is ast.Nonlocal:
            self.tokens += (KINDS[kind], len(node.names))
            self.names += node.names
            scope.elsewhere.update(node.names)
        else:
            self.todo.append(node)
        self.expressions(scope)
        self.tape.end_statement(tokens, own)

    def import_(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        self.tokens.append(KINDS[type(node)])
        if isinstance(node, ast.ImportFrom):
            self.tokens += (self.tape.codes[node.module or ""], node.level)
        self.tokens.append(len(node.names))
        for alias in node.names:
            self.tokens.append(self.tape.codes[alias.name])
            name = alias.asname or alias.name.partition(".")[0]
            self.names.append(name)
            scope.bound.add(name)

    def parameters(self, node: ast.arguments, bound: set[str]) -> None:
        positional = [*node.posonlyargs, *node.args]
        extra = [item for item in (node.vararg, node.kwarg) if item is not None]
        self.tokens += (
            KINDS[ast.arguments], len(node.posonlyargs), len(node.args), len(node.kwonlyargs),
            node.vararg is not None, node.kwarg is not None, len(node.defaults),
        )  # fmt: skip
        for parameter in (*positional, *node.kwonlyargs, *extra):
            self.names.append(parameter.arg)
            bound.add(parameter.arg)
            self.annotation(parameter.annotation)
        self.todo += node.defaults
        self.todo += node.kw_defaults

    def annotation(self, node: ast.expr | None) -> None:
        """Annotations count for `exact` only."""
        if node is None:
            self.tape.literals.append(None)
        elif isinstance(node, ast.Name):
            self.tape.literals.append(node.id)
        else:
            self.tape.literals.append(ast.unparse(node))

    def expressions(self, scope: Scope) -> None:
        """Empties `todo`. The hot loop: a repository has ten million expressions."""
        todo, codes, tokens, names, literals = (
            self.todo,
            self.tape.codes,
            self.tokens,
            self.names,
            self.tape.literals,
        )
        pop, push, emit, receiver, bind = (
            todo.pop,
            todo.append,
            tokens.append,
            scope.receiver,
            scope.bound.add,
        )
        while todo:
            node = pop()
            kind = type(node)
            if kind is ast.Name:
                names.append(node.id)
                if type(node.ctx) is not ast.Load:
                    bind(node.id)
                    if scope.is_class:
                        self.own.append(self.tape.member(node.id, scope))
                emit(NAME)
            elif kind is ast.Attribute:
                value = node.value
                if type(value) is ast.Name and value.id == receiver:
                    emit(OWN)
                    names.append(receiver)
                    self.own.append(self.tape.member(node.attr, scope, defines=type(node.ctx) is ast.Store))
                else:
                    emit(codes[node.attr])
                    push(value)
            elif kind is ast.Constant:
                value = node.value
                emit(LITERALS[type(value)])
                literals.append(value)
            elif kind is ast.Call:
                emit(CALL)
                emit(len(node.args))
                emit(len(node.keywords))
                todo += node.args
                todo += node.keywords
                value = node.func
                if type(value) is ast.Name:
                    self.tape.called.append(codes[self.tape.aliases.get(value.id, value.id)])  # type: ignore[index]
                push(value)
            elif kind is ast.keyword:
                emit(codes[node.arg or "**"])
                push(node.value)
            elif kind is ast.JoinedStr:
                emit(KINDS[kind])
                for value in node.values:
                    if type(value) is ast.Constant:
                        literals.append(value.value)
                    else:
                        literals.append(None)
                        push(value)
            elif kind is ast.arguments:
                self.parameters(node, scope.bound)
            elif kind is str:
                emit(codes[node])
            elif node is None:
                emit(ABSENT)
            else:
                emit(KINDS[kind])
                for field in PARTS[kind]:
                    value = getattr(node, field)
                    part = type(value)
                    if part is list:
                        emit(len(value))
                        todo += value
                    elif part is int or part is bool:
                        emit(value)
                    elif part in LEAVES:
                        emit(KINDS[part])
                    else:
                        push(value)
                if kind in BOUND_NAME:
                    name = getattr(node, BOUND_NAME[kind])
                    emit(name is not None)
                    if name is not None:
                        names.append(name)
                        bind(name)


def suite_of(body: Sequence[ast.AST]) -> list[ast.AST]:
    """The statements in the order of a stack, without docstrings and other strings that do nothing."""
    return [item for item in reversed(body) if not is_string(item)]
