"""Where a new import statement goes: into the first block of imports, at its place among its like.

After shebang, encoding line, licence, docstring, `__future__` and flags such as `__strict__ = True`; after what a
file does to `sys.path` or the environment before it imports; grouped and sorted as far as the file does that itself.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ssot_lint.editing.source import Source, Splice
from ssot_lint.linking.outside import STANDARD_LIBRARY
from ssot_lint.reading.syntax import is_main_guard, type_checking

from ._import_lists import first_line, line_groups

Import = ast.Import | ast.ImportFrom

_PREPARES = frozenset(
    {"importorskip", "load_dotenv", "addsitedir", "patch_all", "setup", "chdir", "putenv", "use"}
)  # fmt: skip
"""Calls that make a difference to the imports after them."""


@dataclass(frozen=True, slots=True)
class New:
    """An import statement to be put in: its text, the module it names as written, its dots."""

    text: str
    module: str  # as written after the dots
    level: int = 0
    plain: bool = False  # `import m`, not `from m import n`

    @property
    def top(self) -> str:
        return "." * self.level or self.module.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Block:
    """A list of statements into which imports can go. `body[first:last]` is its run of imports, perhaps empty."""

    source: Source
    body: Sequence[ast.stmt]
    first: int
    last: int
    top: str = ""  # the package the file belongs to

    @property
    def imports(self) -> list[ast.stmt]:
        return list(self.body[self.first : self.last])


def module_block(source: Source, module: str, early: bool = False) -> Block:
    """The imports at the head of a file. `early`: for modules of the standard library, which need no preparation."""
    body = source.tree.body
    start = 1 if body and is_docstring(body[0]) else 0
    while start < len(body) and _is_preamble(body[start]):
        start += 1
    if not early:
        start = max(start, _prepared(body))
    return Block(source, body, start, _run(body, start), module.partition(".")[0])


def function_block(source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef, module: str) -> Block:
    """The imports at the head of a function."""
    body = function.body
    start = 1 if is_docstring(body[0]) else 0
    return Block(source, body, start, _run(body, start), module.partition(".")[0])


def type_checking_block(source: Source, module: str) -> Block | None:
    """The imports of the file's `if TYPE_CHECKING:`."""
    for node in source.tree.body:
        if isinstance(node, ast.If) and type_checking(node.test) > 0 and _is_flag(node.test):
            return Block(source, node.body, 0, _run(node.body, 0), module.partition(".")[0])
    return None


def put(block: Block, new: New) -> Splice:
    """The statement at its place in the block."""
    body = block.body
    if block.first == block.last:
        return _first_import(block, new)
    groups = _groups(block)
    section = _section(new.level, new.module, block.top)
    chosen = _group(groups, new, section, block.top)
    if chosen is None:
        earlier = [g for g in groups if _sections(g, block.top) and max(_sections(g, block.top)) <= section]
        if earlier or not groups:
            last = earlier[-1][-1] if earlier else body[block.last - 1]
            return _after(block, last, "\n" + _indented(block, new.text))
        return _before(block, groups[0][0], _indented(block, new.text) + "\n", heading=False)
    return _among(block, chosen, new, section)


def put_type_checking(source: Source, module: str, new: New) -> Splice:
    """The statement under an `if TYPE_CHECKING:` of its own, after the imports; the flag is imported already."""
    block = module_block(source, module)
    if block.first == block.last:
        block = module_block(source, module, early=True)
    return _after(block, block.body[block.last - 1], f"\nif TYPE_CHECKING:\n    {new.text}\n")


def is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_flag(test: ast.expr) -> bool:
    """`TYPE_CHECKING` and nothing more."""
    return isinstance(test, ast.Name) or (isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING")


def _is_preamble(node: ast.stmt) -> bool:
    """`__future__` imports and flags: `__strict__ = True`."""
    match node:
        case ast.ImportFrom(module="__future__", level=0):
            return True
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            return (
                name.startswith("__")
                and name.endswith("__")
                and not any(isinstance(inner, ast.Name | ast.Call) for inner in ast.walk(value))
            )
        case _:
            return False


def _prepared(body: Sequence[ast.stmt]) -> int:
    """The number of leading statements up to the last one that prepares the imports after it."""
    found = 0
    for number, node in enumerate(body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
        if isinstance(node, ast.If) and is_main_guard(node.test):
            break
        if _prepares(node) and any(_is_import(later) for later in body[number + 1 :]):
            found = number + 1
    return found


def _prepares(node: ast.stmt) -> bool:
    if _is_import(node):
        return False
    for inner in ast.walk(node):
        match inner:
            case ast.Attribute(value=ast.Name(id="sys"), attr="path" | "modules"):
                return True
            case ast.Attribute(value=ast.Name(id="os"), attr="environ"):
                return not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _PREPARES:
                return isinstance(node, ast.Expr) or name == "importorskip"
    return False


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _run(body: Sequence[ast.stmt], start: int) -> int:
    """The end of the run of imports at `start`; `if TYPE_CHECKING` and guarded imports do not end it."""
    end = start
    for number in range(start, len(body)):
        if _is_import(body[number]):
            end = number + 1
        elif not _is_guarded(body[number]):
            break
        elif end > start or type_checking_only(body[number]):
            end = number + 1
    return end


def type_checking_only(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and type_checking(node.test) > 0 and not node.orelse


def _is_guarded(node: ast.stmt) -> bool:
    """A compound statement of nothing but imports."""
    match node:
        case ast.If(test=test) if type_checking(test):
            return True
        case ast.Try(body=body, handlers=handlers, orelse=[], finalbody=[]):
            blocks = [body, *(handler.body for handler in handlers)]
            return all(
                isinstance(item, ast.Import | ast.ImportFrom | ast.Pass) for part in blocks for item in part
            )
        case _:
            return False


def _groups(block: Block) -> list[list[Import]]:
    """The import statements of a block, apart where a blank line or another statement stands between them."""
    groups: list[list[Import]] = []
    previous: ast.stmt | None = None
    for node in block.imports:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            previous = None
            continue
        if previous is None or _blank_between(block.source, previous, node):
            groups.append([])
        groups[-1].append(node)
        previous = node
    return groups


def _blank_between(source: Source, one: ast.stmt, other: ast.stmt) -> bool:
    return any(not source.line(n).strip() for n in range((one.end_lineno or one.lineno) + 1, other.lineno))


def _parts(node: Import) -> tuple[int, str, bool]:
    """Dots, module and whether it is a plain import."""
    if isinstance(node, ast.Import):
        return 0, node.names[0].name, True
    return node.level, node.module or "", False


def _section(level: int, module: str, top: str) -> int:
    first = module.partition(".")[0]
    if level:
        return 4
    if module == "__future__":
        return 0
    if first and first == top:
        return 3
    return 1 if first in STANDARD_LIBRARY else 2


def _sections(group: Sequence[Import], top: str) -> set[int]:
    return {_section(*_parts(node)[:2], top) for node in group}


def _group(groups: Sequence[list[Import]], new: New, section: int, top: str) -> list[Import] | None:
    """The group that a statement belongs to: with its own package, of its own kind, or where kinds are mixed."""
    for group in reversed(groups):
        if any(_top(node) == new.top for node in group):
            return group
    for group in reversed(groups):
        if _sections(group, top) == {section}:
            return group
    for group in reversed(groups):
        if len(_sections(group, top)) > 1:
            return group
    return None


def _top(node: Import) -> str:
    level, module, _ = _parts(node)
    return "." * level or module.partition(".")[0]


def _among(block: Block, group: list[Import], new: New, section: int) -> Splice:
    """The statement at its place within a group: sorted if the group is, else after its nearest neighbour."""
    text = _indented(block, new.text)
    like = [node for node in group if _section(*_parts(node)[:2], block.top) == section] or group
    keys = (_plain_first, _by_module)
    for key in keys:
        order = [key(*_parts(node)) for node in like]
        if sorted(order) == order:
            later = next(
                (node for node in like if key(*_parts(node)) > key(new.level, new.module, new.plain)), None
            )
            if later is None:
                return _after(block, like[-1], text)
            return _before(block, later, text, heading=later is group[0] and len(group) > 1)
    nearest = max(like, key=lambda node: (_shared(node, new), node.lineno))
    return _after(block, nearest, text)


def _plain_first(level: int, module: str, plain: bool) -> tuple[object, ...]:
    return (not plain, -level, module.casefold())


def _by_module(level: int, module: str, plain: bool) -> tuple[object, ...]:
    return (-level, module.casefold(), not plain)


def _shared(node: Import, new: New) -> int:
    """How many leading parts of the module two statements share."""
    level, module, _ = _parts(node)
    if level != new.level:
        return -1
    count = 0
    for one, other in zip(module.split("."), new.module.split("."), strict=False):
        if one != other:
            break
        count += 1
    return count


def _indented(block: Block, text: str) -> str:
    """Whole lines of the statement at the block's indentation."""
    indent = (
        block.source.indentation(block.body[0].lineno) if block.body is not block.source.tree.body else ""
    )
    return "".join(f"{indent}{line}\n" if line else "\n" for line in text.rstrip("\n").split("\n"))


def _after(block: Block, node: ast.stmt, text: str) -> Splice:
    """Lines after a statement and whatever shares its last line."""
    group = next(group for group in line_groups(block.body) if node in group)
    return _at_line(block.source, (group[-1].end_lineno or group[-1].lineno) + 1, text)


def _before(block: Block, node: ast.stmt, text: str, heading: bool) -> Splice:
    """Lines before a statement and the comment on it; a comment that heads a whole group stays above."""
    group = next(group for group in line_groups(block.body) if node in group)
    line = first_line(group[0])
    if not heading:
        line = _above_comment(block.source, line)
    return _at_line(block.source, line, text)


def _above_comment(source: Source, line: int) -> int:
    """The first line of the comment right above a line; the line itself where that comment opens the file."""
    top = line
    while top > 1 and source.line(top - 1).lstrip().startswith("#"):
        top -= 1
    return line if top == 1 else top


def _at_line(source: Source, line: int, text: str) -> Splice:
    """Whole lines put in before line `line`, which may be the one after the last."""
    if line <= len(source.starts) and (line < len(source.starts) or source.text.endswith(("\n", "\r"))):
        return Splice(source.starts[line - 1], source.starts[line - 1], text)
    end = len(source.text)
    if not source.text:
        return Splice(0, 0, text)
    if line <= len(source.starts):  # before a last line without an end
        return Splice(source.starts[line - 1], source.starts[line - 1], text)
    return Splice(end, end, "\n" + text.removesuffix("\n"))


def _first_import(block: Block, new: New) -> Splice:
    """The first import of a block that has none: after what has to stand first, with blank lines around."""
    source, body, at = block.source, block.body, block.first
    inner = body is not source.tree.body
    if inner:
        if at == len(body):
            return _after(block, body[-1], _indented(block, new.text))
        if source.text[source.starts[body[at].lineno - 1] : source.span(body[at])[0]].strip():
            return _on_header_line(block, new)
        return _before(block, body[at], _indented(block, new.text), heading=False)
    text = new.text.rstrip("\n") + "\n"
    if at:
        group = next(group for group in line_groups(body) if body[at - 1] in group)
        line = (group[-1].end_lineno or group[-1].lineno) + 1
        text = "\n" + text
    elif body:
        code = first_line(body[0])
        line = _above_comment(source, code)
        if line == code and code > 1:
            text = ("" if not source.line(code - 1).strip() else "\n") + text
    else:
        line = len(source.starts) + (not source.text.endswith(("\n", "\r")) and bool(source.text))
        return _at_line(source, line, text)
    later = next(
        (node for group in line_groups(body) for node in group[:1] if first_line(node) >= line), None
    )
    if later is not None:
        wanted = 2 if isinstance(later, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else 1
        there = 0
        while line + there <= len(source.starts) and not source.line(line + there).strip():
            there += 1
        text += "\n" * max(0, wanted - there)
    return _at_line(source, line, text)


def _on_header_line(block: Block, new: New) -> Splice:
    """`def f(): return x` opened up, so that an import stands before the statement."""
    source = block.source
    node = block.body[block.first]
    start = source.span(node)[0]
    indent = source.indentation(node.lineno) + "    "
    before = source.text[source.starts[node.lineno - 1] : start]
    begin = start - (len(before) - len(before.rstrip()))
    return Splice(begin, start, f"\n{indent}{new.text}\n{indent}")
