"""The two files of a move, written anew: the old module without the definition, the new one with it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.blocks import Bound
from ssot_lint.editing.scopes import scopes
from ssot_lint.editing.source import Source, Splice
from ssot_lint.reading.syntax import is_main_guard

from ._import_lists import absolute_module, first_line, without_aliases, without_lines, without_statements
from ._import_places import is_docstring
from ._imports import Unwanted, Wanted, add_imports, remove_imports
from ._move_code import ModuleCode, at_import, is_deferred
from ._move_parties import Move, Needs


def old_file(
    move: Move, handed_on: Collection[str], read_here: Collection[str], held: Collection[str], listed: bool
) -> bytes:
    """The module without the definitions, importing back what it reads or hands on.

    `handed_on` are the moved names that it keeps, `read_here` those of them that it reads itself; `held` the names
    that other modules take from it, which stay imported. `listed`: may `__all__` go on naming what moves?
    """
    code = move.code
    ranges = [code.lines(node) for node in move.moved]
    unlisted = [] if listed else _unlisted(code, move.units)
    content = code.source.spliced([*without_lines(code.source, ranges), *unlisted])
    wanted = [Wanted(move.home.module, name) for name in sorted(handed_on) if name in read_here]
    marked = "" if move.is_package else "noqa: F401"
    wanted += [
        Wanted(move.home.module, name, comment=marked) for name in sorted(handed_on) if name not in read_here
    ]
    content = add_imports(Source(move.path, content), move.module, move.is_package, wanted).content
    unread = [
        want
        for name in sorted({read.node.id for read in code.reads_of(move.moved)} - set(move.units))
        if code.imported(name) and not code.readers(name, move.moved)
        for want in _as_unwanted(move, name)
    ]
    if unread:
        kept = {*held, *handed_on}
        found = remove_imports(Source(move.path, content), move.module, move.is_package, unread, kept)
        content = found.content
    return content


def _unlisted(code: ModuleCode, names: Collection[str]) -> list[Splice]:
    """Takes names out of the module's `__all__`. Raises CannotApply where it is no plain list."""
    splices = []
    for node in code.body:
        if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in ast.walk(node)):
            continue
        for inner in ast.walk(node):
            if not (isinstance(inner, ast.Constant) and inner.value in names):
                continue
            value = getattr(node, "value", None)
            if not isinstance(value, ast.List | ast.Tuple) or inner not in value.elts:
                raise CannotApply(
                    "__all__ names it in another form than a list", code.source.path, node.lineno
                )
            place = value.elts.index(inner)
            start, end = code.source.span(inner)
            if place + 1 < len(value.elts):
                end = code.source.span(value.elts[place + 1])[0]
            elif place:
                start = code.source.span(value.elts[place - 1])[1]
            splices.append(Splice(start, end, ""))
    return splices


def _as_unwanted(move: Move, name: str) -> list[Unwanted]:
    found = []
    for item, alias in move.code.imported(name):
        if any(not isinstance(node, ast.If) for node in item.parents) or _is_marked(move.code.source, item):
            continue
        if isinstance(item.statement, ast.Import):
            found.append(Unwanted(alias.name, None, alias.asname))
        else:
            module = absolute_module(move.module, move.is_package, item.statement)
            found.append(Unwanted(module or "", alias.name, alias.asname))
    return found


def _is_marked(source: Source, item: Bound) -> bool:
    lines = (item.statement.lineno, item.statement.end_lineno or item.statement.lineno)
    return any("noqa" in source.line(line) for line in lines)


def new_file(
    move: Move, needs: Needs, bound: Sequence[tuple[Bound, ast.alias]], stars: Mapping[str, Collection[str]]
) -> bytes:
    """The new module with the definitions. `bound` are its imports of them, which go. Raises CannotApply."""
    home = move.home
    content, renamed = _without(home.source, bound)
    if home.is_new and move.code.postponed and any(_has_annotations(node) for node in move.moved):
        content = b"from __future__ import annotations\n"
        content = content.replace(b"\n", move.code.source.newline.encode())
    now = [want for want in needs.wanted if want.within is None]
    content = add_imports(Source(home.path, content), home.module, home.is_package, now, stars).content
    source = Source(home.path, content)
    early = any(not item.parents for item, _ in bound)
    text = _block(move, needs, renamed)
    content = _inserted(source, text, move, needs, early)
    later = [want for want in needs.wanted if want.within is not None]
    content = add_imports(Source(home.path, content), home.module, home.is_package, later).content
    return _exported(Source(home.path, content), move)


def _without(source: Source, bound: Sequence[tuple[Bound, ast.alias]]) -> tuple[bytes, list[tuple[str, str]]]:
    """The file without some of its imports, and (alias, name) of those that it knows by another name."""
    statements: dict[int, tuple[Bound, list[ast.alias]]] = {}
    renamed: list[tuple[str, str]] = []
    for item, alias in bound:
        statements.setdefault(id(item.statement), (item, []))[1].append(alias)
        if alias.asname and alias.asname != alias.name and not item.parents:
            renamed.append((alias.asname, alias.name))
    splices: list[Splice] = []
    whole: list[ast.stmt] = []
    blocks: dict[int, Sequence[ast.stmt]] = {}
    for item, aliases in statements.values():
        if len(aliases) < len(item.statement.names):
            splices.append(without_aliases(source, item.statement, aliases))
        else:
            whole.append(item.statement)
            blocks[id(item.block)] = item.block
    return source.spliced([*splices, *without_statements(source, whole, list(blocks.values()))]), renamed


def _block(move: Move, needs: Needs, renamed: Sequence[tuple[str, str]]) -> str:
    """The text of what moves, with line feeds; definitions two blank lines apart."""
    code = move.code
    ids = {id(node) for node in (*move.moved, *needs.copied)}
    nodes = [node for node in code.body if id(node) in ids]
    text = ""
    last: tuple[ast.stmt, int] | None = None
    for node in nodes:
        first, end = code.lines(node)
        if last is not None:
            between = range(last[1] + 1, first)
            touching = all(not code.source.line(line).strip() for line in between)
            definitions = any(
                isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for n in (last[0], node)
            )
            text += "\n" * (len(between) if touching else 2 if definitions else 0)
        text += _rewritten(code.source, first, end, needs.splices) + "\n"
        last = (node, end)
    for alias, name in renamed:
        text += f"\n\n{alias} = {name}\n"
    return text


def _rewritten(source: Source, first: int, last: int, splices: Sequence[Splice]) -> str:
    """Lines of a file with the splices among them made, with line feeds and without the last one."""
    start = source.starts[first - 1]
    end = source.starts[last - 1] + len(source.line(last))
    text, at = "", start
    for item in sorted(set(splices)):
        if start <= item.start and item.end <= end:
            if item.start < at:
                raise CannotApply("two changes to one place", source.path, source.line_of(item.start))
            text += source.text[at : item.start] + item.text
            at = item.end
    return (text + source.text[at:end]).replace("\r\n", "\n").replace("\r", "\n")


def _inserted(source: Source, text: str, move: Move, needs: Needs, early: bool) -> bytes:
    """The file with the block at a place where all it needs is there, and all that need it come later."""
    code = ModuleCode(source, scopes(source.tree))
    body = code.body
    names = set(move.units)
    needed = {
        read.node.id
        for read in move.code.reads_of([*move.moved, *needs.copied])
        if at_import(read) and not is_deferred(read, move.code.postponed)
    } | {name for name in needs.local if _at_once(move, name)}
    start = _head(body)
    latest = len(body)
    for number, node in enumerate(body):
        if isinstance(node, ast.If) and is_main_guard(node.test):
            latest = number
            break
        runs = [
            read
            for read in code.reads.get(id(node), ())
            if read.node.id in names and at_import(read) and not is_deferred(read, code.postponed)
        ]
        if runs:
            latest = number
            break
    earliest = start
    for number, node in enumerate(body):
        if number >= start and any(
            id(code.top[id(b)]) == id(node)
            for name in needed
            for b in code.scopes.module.bindings.get(name, ())
        ):
            earliest = number + 1
    if earliest > latest:
        raise CannotApply(
            f"{move.home.module} uses the code before what the code uses is there",
            source.path,
            body[latest].lineno,
        )
    at = earliest if early else latest
    return source.spliced([_between(source, body, at, text)])


def _at_once(move: Move, name: str) -> bool:
    """May a name that the code now reads in its new module be read when that is imported?"""
    return not move.home.is_new and bool(name)


def _head(body: Sequence[ast.stmt]) -> int:
    """The number of statements up to the last import of the leading block."""
    start = 1 if body and is_docstring(body[0]) else 0
    for number, node in enumerate(body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            start = number + 1
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
    return start


def _between(source: Source, body: Sequence[ast.stmt], at: int, text: str) -> Splice:
    """The block before statement `at`, two blank lines from what is above and below."""
    lines = len(source.starts) - source.text.endswith(("\n", "\r"))
    if at < len(body):
        line = first_line(body[at])
        while line > 1 and source.line(line - 1).startswith("#"):
            line -= 1
        if at and line <= (body[at - 1].end_lineno or 0):
            raise CannotApply("there is no line for the code", source.path, line)
        above = line - 1
        while above and not source.line(above).strip():
            above -= 1
        gap = "" if not above else "\n" * max(0, 2 - (line - 1 - above))
        place = source.starts[line - 1]
        return Splice(place, place, gap + text + "\n\n")
    if not source.text.strip():
        return Splice(0, len(source.text), text)
    bare = source.text.rstrip(" \t\r\n")
    end = source.starts[source.line_of(len(bare) - 1) - 1] + len(source.line(source.line_of(len(bare) - 1)))
    ended = source.text.endswith(("\n", "\r"))
    simple = (
        not text.startswith(("def ", "class ", "async def ", "@", "#")) and lines and _is_simple_end(body)
    )
    gap = "\n" * (2 if simple else 3)
    return Splice(end, len(source.text), gap + (text if ended else text.removesuffix("\n")))


def _is_simple_end(body: Sequence[ast.stmt]) -> bool:
    return bool(body) and not isinstance(body[-1], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _has_annotations(node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.AnnAssign)
        or (isinstance(inner, ast.arg) and inner.annotation is not None)
        or (isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and inner.returns is not None)
        for inner in ast.walk(node)
    )


def _exported(source: Source, move: Move) -> bytes:
    """The file with the public names that moved in its `__all__`, when it has one. Raises CannotApply."""
    public = [name for name in move.units if not name.startswith("_")]
    lists = [
        node.value
        for node in source.tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == "__all__"
    ]
    if not lists:
        return source.content
    value = lists[0]
    if len(lists) > 1 or not isinstance(value, ast.List | ast.Tuple):
        return source.content
    there = [item.value for item in value.elts if isinstance(item, ast.Constant)]
    missing = [name for name in public if name not in there]
    if not missing:
        return source.content
    return source.spliced([_longer(source, value, missing, [str(name) for name in there])])


def _longer(
    source: Source, value: ast.List | ast.Tuple, names: Sequence[str], there: Sequence[str]
) -> Splice:
    """A list of strings with more strings: one a line if the others are, sorted if the others are."""
    start, end = source.span(value)
    text = source.text[start:end]
    quote = "'" if "'" in text and '"' not in text else '"'
    if not value.elts:
        new = ", ".join(f"{quote}{name}{quote}" for name in names)
        return Splice(start, end, f"[{new}]" if isinstance(value, ast.List) else f"({new},)")
    is_sorted = sorted(there) == list(there) and len(there) > 1
    lines = value.elts[0].lineno != value.lineno
    indent = source.indentation(value.elts[0].lineno)
    joint = f",\n{indent}" if lines else ", "
    additions: dict[int, list[str]] = {}
    for name in sorted(names):
        at = next((n for n, other in enumerate(there) if is_sorted and other > name), len(there))
        additions.setdefault(at, []).append(f"{quote}{name}{quote}")
    result, position = "", start
    for at, texts in sorted(additions.items()):
        if at < len(value.elts):
            begin = source.span(value.elts[at])[0]
            result += source.text[position:begin] + "".join(item + joint for item in texts)
            position = begin
        else:
            stop = source.span(value.elts[-1])[1]
            result += source.text[position:stop] + "".join(joint + item for item in texts)
            position = stop
    return Splice(start, end, (result + source.text[position:end]).replace("\r\n", "\n"))
