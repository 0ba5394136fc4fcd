"""Function bodies as small trees, for the rules that follow control flow and values.

`flow(function) -> Node` keeps statements in their structure and expressions with their calls, names and
constants; operators, comments, types and formatting are gone. Nodes by kind:

statements   block, assign (value, target ...), augmented (value, target), expression (value), return (value?),
             raise (value?), if (test, block, block), loop (source or test, target or nothing, block, block),
             try (block, block of handlers, else block, finally block), handler (types?, block; text: bound name),
             with (item ..., block), item (context, target?), match (subject, case ...), case (pattern text;
             guard?, block), break, continue, pass, global (text: names), delete, assert (test),
             definition (text: name; a nested function or class, whose own flow stands apart)
expressions  name (text: dotted), constant (text: `repr`), call (callee, argument ...), keyword (text: name, or
             `**`; value), star (value), await (value), attribute (text: name; owner), item-of (owner, key),
             dict (key or none, value ...), sequence (...), joined (parts of an f-string), lambda (body),
             comprehension (...), walrus (text: name; value), operation (text: the class of `ast`; ...),
             yield (value?), none
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from ssot_lint.model import MODULE, NOTHING, Flow, Node
from ssot_lint.reading.expressions import dotted
from ssot_lint.reading.syntax import first_line

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINING = (*_FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)


def flow(function: ast.FunctionDef | ast.AsyncFunctionDef, column: Callable[[int, int], int]) -> Node:
    """The body of a function. `column(line, offset)` turns a UTF-8 offset into a column counted from 1."""
    return _Builder(column).block(function.body, function.lineno)


def statement(node: ast.stmt, column: Callable[[int, int], int]) -> Node:
    """One statement by itself."""
    return _Builder(column).statement(node)


def mentioned(tree: ast.Module, lines: Iterable[int]) -> set[str]:
    """The local names that module-level imports on these lines bind."""
    found = set(lines)
    return {
        alias.asname or alias.name.partition(".")[0]
        for statement in tree.body
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for alias in statement.names
        if alias.lineno in found or statement.lineno in found
    }


def flows(
    tree: ast.Module, nodes: Sequence[ast.stmt], lines: Sequence[int], column: Callable[[int, int], int]
) -> tuple[Flow, ...]:
    """The flows of the functions among `nodes` (by definition index) that hold one of the ascending `lines`."""

    def holds(node: ast.stmt) -> bool:
        return _holds(node, lines)

    found = []
    top = [node for node in tree.body if not isinstance(node, _DEFINING) and holds(node)]
    if top:
        found.append(Flow(MODULE, _Builder(column).block(top, top[0].lineno)))
    for index, node in enumerate(nodes):
        if isinstance(node, _FUNCTIONS) and holds(node):
            found.append(Flow(index, flow(node, column)))
    return tuple(found)


def loading(
    nodes: Sequence[ast.stmt],
    parents: Sequence[int],
    lines: Sequence[int],
    column: Callable[[int, int], int],
) -> tuple[Flow, ...]:
    """What runs as definitions are made and holds one of the ascending `lines`, by the scope that reads the names.

    `parents`: by definition index, of which the nearest that is a function hides what stands in it.
    """

    def holds(node: ast.stmt) -> bool:
        return _holds(node, lines)

    inside: dict[int, list[ast.stmt]] = {}
    local: set[int] = set()
    for index, node in enumerate(nodes):
        parent = parents[index]
        if parent in local or isinstance(nodes[parent] if parent != MODULE else None, _FUNCTIONS):
            local.add(index)
        elif not holds(node):
            continue
        elif isinstance(node, ast.ClassDef):
            shown = [
                ast.Expr(item) for item in (*node.decorator_list, *(part.value for part in node.keywords))
            ]
            inside.setdefault(parent, []).extend(filter(holds, map(_placed, shown)))
            body = [item for item in node.body if not isinstance(item, _DEFINING) and holds(item)]
            inside.setdefault(index, []).extend(body)
        elif isinstance(node, _FUNCTIONS):
            given = (*node.args.defaults, *(item for item in node.args.kw_defaults if item is not None))
            shown = [ast.Expr(item) for item in (*node.decorator_list, *given)]
            inside.setdefault(parent, []).extend(filter(holds, map(_placed, shown)))
    builder = _Builder(column)
    return tuple(
        [Flow(scope, builder.block(body, body[0].lineno)) for scope, body in sorted(inside.items()) if body]
    )


def _holds(node: ast.stmt, lines: Sequence[int]) -> bool:
    """Does one of the ascending lines stand in a statement?"""
    at = bisect_left(lines, first_line(node))
    return at < len(lines) and lines[at] <= (node.end_lineno or node.lineno)


def _placed(node: ast.Expr) -> ast.Expr:
    return ast.copy_location(node, node.value)


class _Builder:
    def __init__(self, column: Callable[[int, int], int]) -> None:
        self.column = column

    def block(self, body: Sequence[ast.stmt], line: int) -> Node:
        told = tuple([self.statement(item) for item in body if not _is_comment(item)])
        return Node("block", "", told[0].line if told else line, 1, told)

    def make(self, kind: str, text: str, node: ast.stmt | ast.expr, children: Sequence[Node] = ()) -> Node:
        return Node(kind, text, node.lineno, self.column(node.lineno, node.col_offset), tuple(children))

    def statement(self, node: ast.stmt) -> Node:
        e, line = self.expression, node.lineno
        match node:
            case ast.Assign(targets=targets, value=value):
                return self.make("assign", "", node, [e(value), *map(e, targets)])
            case ast.AnnAssign(target=target, value=value):
                return (
                    self.make("assign", "", node, [e(value), e(target)])
                    if value
                    else self.make("pass", "", node)
                )
            case ast.AugAssign(target=target, value=value):
                return self.make("augmented", "", node, [e(value), e(target)])
            case ast.Expr(value=value):
                return self.make("expression", "", node, [e(value)])
            case ast.Return(value=value):
                return self.make("return", "", node, [e(value)] if value else [])
            case ast.Raise(exc=raised):
                return self.make("raise", "", node, [e(raised)] if raised else [])
            case ast.If(test=test, body=body, orelse=otherwise):
                return self.make(
                    "if", "", node, [e(test), self.block(body, line), self.block(otherwise, line)]
                )
            case (
                ast.For(target=target, iter=source, body=body, orelse=otherwise)
                | ast.AsyncFor(target=target, iter=source, body=body, orelse=otherwise)
            ):
                parts = [e(source), e(target), self.block(body, line), self.block(otherwise, line)]
                return self.make("loop", "for", node, parts)
            case ast.While(test=test, body=body, orelse=otherwise):
                parts = [e(test), NOTHING, self.block(body, line), self.block(otherwise, line)]
                return self.make("loop", "while", node, parts)
            case ast.Try() | ast.TryStar():
                handlers = tuple(self.handler(handler) for handler in node.handlers)
                parts = [
                    self.block(node.body, line),
                    Node("block", "", line, 1, handlers),
                    self.block(node.orelse, line),
                    self.block(node.finalbody, line),
                ]
                return self.make("try", "", node, parts)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                return self.make("with", "", node, [*map(self.item, items), self.block(body, line)])
            case ast.Match(subject=subject, cases=cases):
                return self.make("match", "", node, [e(subject), *map(self.case, cases)])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                return self.make("definition", name, node)
            case ast.Break():
                return self.make("break", "", node)
            case ast.Continue():
                return self.make("continue", "", node)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                return self.make("global", " ".join(names), node)
            case ast.Delete(targets=targets):
                return self.make("delete", "", node, [*map(e, targets)])
            case ast.Assert(test=test):
                return self.make("assert", "", node, [e(test)])
            case _:
                return self.make("pass", "", node)

    def handler(self, node: ast.ExceptHandler) -> Node:
        types = self.expression(node.type) if node.type else NOTHING
        return Node("handler", node.name or "", node.lineno, 1, (types, self.block(node.body, node.lineno)))

    def item(self, node: ast.withitem) -> Node:
        target = (self.expression(node.optional_vars),) if node.optional_vars else ()
        context = self.expression(node.context_expr)
        return Node("item", "", context.line, context.column, (context, *target))

    def case(self, node: ast.match_case) -> Node:
        guard = self.expression(node.guard) if node.guard else NOTHING
        line = node.body[0].lineno
        wildcard = (
            isinstance(node.pattern, ast.MatchAs) and node.pattern.pattern is None and node.guard is None
        )
        return Node("case", "_" if wildcard else "", line, 1, (guard, self.block(node.body, line)))

    def expression(self, node: ast.expr) -> Node:
        e = self.expression
        match node:
            case ast.Name(id=name):
                return self.make("name", name, node)
            case ast.Constant(value=value):
                return self.make("constant", repr(value)[:200], node)
            case ast.Attribute(value=owner, attr=attribute):
                name = dotted(node)
                if name.startswith("?"):
                    return self.make("attribute", attribute, node, [e(owner)])
                return self.make("name", name, node)
            case ast.Call(func=function, args=arguments, keywords=keywords):
                given = [
                    Node("keyword", item.arg or "**", item.value.lineno, 1, (e(item.value),))
                    for item in keywords
                ]
                return self.make("call", "", node, [e(function), *map(e, arguments), *given])
            case ast.Await(value=value):
                return self.make("await", "", node, [e(value)])
            case ast.Starred(value=value):
                return self.make("star", "", node, [e(value)])
            case ast.Subscript(value=owner, slice=key):
                return self.make("item-of", "", node, [e(owner), e(key)])
            case ast.Dict(keys=keys, values=values):
                pairs = [
                    part for k, v in zip(keys, values, strict=True) for part in (e(k) if k else NOTHING, e(v))
                ]
                return self.make("dict", "", node, pairs)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return self.make("sequence", "", node, [*map(e, items)])
            case ast.JoinedStr(values=values):
                return self.make("joined", "", node, [*map(e, values)])
            case ast.FormattedValue(value=value):
                return e(value)
            case ast.Lambda(body=body):
                return self.make("lambda", "", node, [e(body)])
            case ast.Yield(value=value):
                return self.make("yield", "", node, [e(value)] if value else [])
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self.make("comprehension", "", node, self.parts(node))
            case ast.NamedExpr(target=target, value=value):
                return self.make("walrus", target.id, node, [e(value)])
            case _:
                return self.make("operation", type(node).__name__, node, self.parts(node))

    def parts(self, node: ast.AST) -> list[Node]:
        """The expressions below a node of no further interest."""
        found: list[Node] = []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                found.append(self.expression(child))
            elif isinstance(child, ast.comprehension):
                found += self.parts(child)
        return found


def _is_comment(node: ast.stmt) -> bool:
    """Is a statement a docstring, or another text that nothing is done with?"""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
