"""Small questions to an expression tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence


def dotted(node: ast.AST | None) -> str:
    """`a.b.c` for a name or a chain of attributes, "?.c" when the chain starts at another expression, else ""."""
    kind = type(node)
    if kind is ast.Name:
        return node.id  # type: ignore[union-attr, no-any-return]
    if kind is not ast.Attribute:
        return ""
    parts = [node.attr]  # type: ignore[union-attr]
    node = node.value  # type: ignore[union-attr]
    while type(node) is ast.Attribute:
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if type(node) is ast.Name else "?")
    parts.reverse()
    return ".".join(parts)


def chain_root(node: ast.expr) -> ast.expr:
    """What a chain of attributes starts at."""
    while type(node) is ast.Attribute:
        node = node.value
    return node


_SKIPPED = frozenset(  # fields that hold no node, or only a context or an operator
    {
        "ctx", "op", "ops", "id", "attr", "arg", "kind", "conversion", "simple", "is_async", "level", "module",
        "kwd_attrs", "rest", "name", "asname", "type_comment", "tag", "lineno",
    }
)  # fmt: skip
_FIELDS = {
    kind: tuple(name for name in kind._fields if name not in _SKIPPED)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_FIELDS[ast.Global] = _FIELDS[ast.Nonlocal] = ()  # their names are texts


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below a node, operators and contexts left out; faster than `ast.iter_child_nodes`."""
    found: list[ast.AST] = []
    for name in _FIELDS[type(node)]:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            found.append(value)
        elif type(value) is list:
            found += value if None not in value else [item for item in value if item is not None]
    return found


def segment(lines: Sequence[bytes], node: ast.expr) -> str:
    """The source text of an expression, white space folded into one line; `lines` in UTF-8."""
    first, last = node.lineno, node.end_lineno or node.lineno
    if first == last:
        return lines[first - 1][node.col_offset : node.end_col_offset].decode("utf-8", "replace")
    parts = [
        lines[first - 1][node.col_offset :],
        *lines[first : last - 1],
        lines[last - 1][: node.end_col_offset],
    ]
    if any(b"#" in part for part in parts):
        return ast.unparse(node)
    return " ".join(part.strip().decode("utf-8", "replace") for part in parts)


def names_bound(statement: ast.stmt) -> Iterator[ast.Name]:
    """The names bound by `:=` in the expressions of a statement, not inside nested definitions or suites."""
    pending: list[ast.AST] = []
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.expr):
            pending.append(child)
        elif isinstance(child, ast.withitem):
            pending.append(child.context_expr)
        elif isinstance(child, ast.match_case) and child.guard is not None:
            pending.append(child.guard)
        elif isinstance(child, ast.arguments):
            pending += [item for item in (*child.defaults, *child.kw_defaults) if item is not None]
        elif isinstance(child, ast.keyword):
            pending.append(child.value)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.NamedExpr):
            yield node.target
        if not isinstance(node, ast.Lambda):
            pending += ast.iter_child_nodes(node)


def encodable(text: str) -> str:
    """The same text with lone surrogates written as escapes, which no encoding could hold."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def string(node: ast.AST | None, constants: dict[str, str] | None = None) -> str | None:
    """The text of a string expression: literal, joined literals, f-string or `+` over known constant names.

    None when a part is not known.
    """
    if isinstance(node, ast.BinOp):  # a chain of `+` may be longer than the stack
        ends: list[str] = []
        while isinstance(node, ast.BinOp):
            end = string(node.right, constants) if isinstance(node.op, ast.Add) else None
            if end is None:
                return None
            ends.append(end)
            node = node.left
        start = string(node, constants)
        return None if start is None else start + "".join(reversed(ends))
    match node:
        case ast.Constant(value=str(value)):
            return encodable(value)
        case ast.Name(id=name) if constants is not None:
            return constants.get(name)
        case ast.Attribute(attr="__name__", value=ast.Name(id=name)) if constants is not None:
            return constants.get(name + ".__name__")
        case ast.JoinedStr(values=values):
            parts = [string(value, constants) for value in values]
            return None if None in parts else "".join(part for part in parts if part is not None)
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            return string(value, constants)
        case _:
            return None
