"""Strings that are looked up, `patch("old.X")` and its like: they follow the namespace that is read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Splice
from ssot_lint.model import PathString
from ssot_lint.reading.expressions import dotted

from ._candidates import looked_up
from ._held_modules import Use, chain, held_modules, holders, module_of
from ._places import Within
from ._reached import reached
from ._readers import reads_in_functions
from ._rewrite_wishes import Move, key_of, own_name
from ._rewriting import Rewriting
from ._statements import beside

_PLAIN = re.compile(r"[rRuU]?('''|\"\"\"|'|\")(.*)\1", re.DOTALL)
_QUOTE = re.compile(r"['\"]")
_REPLACING = frozenset({"patch", "patch.multiple", "patch.object", "monkeypatch.setattr"})
_LOADING = frozenset({"import_module", "__import__", "importorskip"})


@dataclass(frozen=True)
class Patch:
    """A site that replaces a name in its old module, and what makes it replace the one in the new module.

    `reason` says why that cannot be done, `remark` what there is to say where it need not be. `lasting`: what it puts
    there stays, for whoever reads the name from then on.
    """

    line: int
    move: Move
    places: tuple[Splice | Within, ...] = ()
    reason: str = ""
    remark: str = ""
    lasting: bool = False


def rewrite_strings(work: Rewriting) -> list[Patch]:
    """Strings that name an old symbol and can only follow are changed; what replaces it, assignments too, is given back."""
    patches = [Patch(line, move, (), text, "", lasting) for line, move, text, lasting in work.assigned]
    sites: dict[tuple[int, int], list[PathString]] = {}
    for path in work.project.files[work.file].facts.paths:
        sites.setdefault((path.line, path.column), []).append(path)
    for among in sites.values():
        if among[0].target is not None:
            for path in among:
                patches += _object(work, path)
        elif among[0].value is not None:
            patches += _text(work, among)
    return patches


def _text(work: Rewriting, among: Sequence[PathString]) -> Iterator[Patch]:
    """One string; `among` are the attributes that `patch.multiple` names besides."""
    path = among[0]
    value = looked_up(work.project.files[work.file], path.value or "")
    parts = value.replace(":", ".").split(".")
    if path.attribute is not None:
        yield from _multiple(work, among, value)
        return
    found = _symbol(work, parts)
    if found is not None:
        move, length = found
        old, new = ".".join(parts[:length]), move.new.dotted
        if path.form == "reference" and ":" not in value:
            work.remark(path.line, f"{value!r} names {move.old}: change it if it is looked up")
            return
        if ":" in value:
            old, new = f"{'.'.join(parts[: length - 1])}:{move.old.name}", str(move.new)
        place = _place(work, path, value, old, new)
        if path.form in _REPLACING and length == len(parts):
            yield Patch(path.line, move, *_result(place))
        elif (
            path.form in _REPLACING
            and move.differs
            and reads_in_functions(work.workspace, move.old_key, move.old.name)
        ):
            work.refuse(
                path.line, f"{move.old} is read in {move.old.module} too, and is not {move.new}", move
            )
        elif isinstance(place, str):
            work.refuse(path.line, place, move)
        else:
            work.places.append(place)
        return
    module = work.moves.module(".".join(parts))
    if module is not None:
        _module(work, path, value, *module)
    elif path.form in _LOADING or path.form == "sys.modules":
        yield from _loaded(work, path, value)


def _result(place: Splice | str) -> tuple[tuple[Splice, ...], str]:
    return ((), place) if isinstance(place, str) else ((place,), "")


def _symbol(work: Rewriting, parts: Sequence[str]) -> tuple[Move, int] | None:
    """The symbol that a dotted path goes through, and how many of its parts lead there."""
    for length in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:length])
        move = work.moves.names.get((key_of(work.project, module, work.file), parts[length]))
        if move is not None and own_name(work.project, module, work.file) == move.old.module:
            return move, length + 1
    return None


def _place(work: Rewriting, path: PathString, value: str, old: str, new: str) -> Splice | str:
    """The splice that puts `new` for `old` at the start of a string; or why its text does not allow that."""
    source = work.source
    if path.end_line > len(source.starts):
        return "the file has changed since it was read"
    start = source.starts[path.line - 1] + path.column - 1
    end = source.starts[path.end_line - 1] + path.end_column - 1
    found = _PLAIN.fullmatch(source.text, start, end)
    if found is None or (found[2] != value and not found[2].startswith(".")):
        quote = _QUOTE.search(source.text, start, end)
        mark = quote[0] if quote else '"'
        return Splice(start, end, f"{mark}{new}{value[len(old) :]}{mark}")  # a constant, or put together
    written = found[2]
    if written == value:
        return Splice(found.start(2), found.start(2) + len(old), new)
    dots = len(written) - len(written.lstrip("."))
    base = value[: len(value) - len(written) + dots]
    full = new + value[len(old) :]
    if not full.startswith(base):
        return f"{new} is in another package"
    return Splice(found.start(2) + dots, found.end(2), full[len(base) :])


def _module(work: Rewriting, path: PathString, value: str, move: Move, name: str) -> None:
    """A string that names a module that has another name now, or something in it."""
    if path.form == "reference" and ":" not in value:
        work.remark(path.line, f"{value!r} names {move.old}: change it if it is looked up")
        return
    rest = value[len(move.old.module) :]
    if work.project.resolve_path(f"{move.new.module}{rest}".replace(":", ".")).target.kind == "unresolved":
        work.refuse(path.line, f"{move.new.module}{rest} does not exist", move)
        return
    place = _place(work, path, value, move.old.module, move.new.module)
    if isinstance(place, str):
        work.refuse(path.line, place, move)
    else:
        work.places.append(place)


def _loaded(work: Rewriting, path: PathString, value: str) -> Iterator[Patch]:
    """`import_module("old")`, `sys.modules["old"]` where names of that module move."""
    key = key_of(work.project, value, work.file)
    moves = [move for (old, _), move in sorted(work.moves.names.items(), key=str) if old == key]
    for move in moves:
        said = re.search(rf"\b{re.escape(move.old.name)}\b", work.source.text)
        if path.form == "sys.modules":
            reason = f"puts something in the place of {value}"
            remark = f"{reason}; {move.old.name} comes from {move.new.module} now"
            yield Patch(path.line, move, (), reason, remark if said else "")
            continue
        if not said:
            continue
        made = _read_at_once(work, path, value, move)
        if made is None:
            work.remark(
                path.line,
                f"loads {value}; if {move.old.name} is read from it, it is in {move.new.module} now",
            )
        elif isinstance(made, str):
            work.refuse(path.line, made, move)
        else:
            work.places += made


def _read_at_once(work: Rewriting, path: PathString, value: str, move: Move) -> list[Splice] | str | None:
    """`import_module("old").X` and `getattr(import_module("old"), "X")`; None where the module is kept."""
    for node in ast.walk(work.source.tree):
        match node:
            case ast.Attribute(value=ast.Call() as call, attr=name) if name == move.old.name:
                end = work.source.span(node)[1]
                spot = Splice(end - len(name), end, move.new.name)
            case ast.Call(
                func=ast.Name(id="getattr"),
                args=[ast.Call() as call, ast.Constant(value=str(name)) as text, *_],
            ) if name == move.old.name:
                start, end = work.source.span(text)
                found = _PLAIN.fullmatch(work.source.text, start, end)
                if found is None or found[2] != name:
                    return f"{name!r} is put together from parts"
                spot = Splice(*found.span(2), move.new.name)
            case _:
                continue
        first = call.args[0] if call.args else None
        if first is None or work.source.span(first)[0] != work.source.starts[path.line - 1] + path.column - 1:
            continue
        place = _place(work, path, value, value, move.new.module)
        return place if isinstance(place, str) else [place, spot]
    return None


def _multiple(work: Rewriting, among: Sequence[PathString], value: str) -> Iterator[Patch]:
    """`patch.multiple("old", X=..., Y=...)`: one module for all the names."""
    key = key_of(work.project, value, work.file)
    moves = [work.moves.names.get((key, path.attribute or "")) for path in among]
    known = [move for move in moves if move is not None]
    module = work.moves.module(value)
    if module is not None and not known:
        _module(work, among[0], value, *module)
    for move in known:
        same = len(known) == len(among) and {item.new.module for item in known} == {move.new.module}
        if not same or any(item.new.name != item.old.name for item in known):
            yield Patch(
                among[0].line, move, (), "patch.multiple replaces other names besides, or under old names"
            )
        else:
            place = _place(work, among[0], value, value, move.new.module)
            yield Patch(among[0].line, move, *_result(place))


def _object(work: Rewriting, path: PathString) -> Iterator[Patch]:
    """`patch.object(module, "X")`, `monkeypatch.setattr(module, "X", ...)`."""
    names = (path.target or "").split(".")
    if not any(name == path.attribute for _, name in work.moves.names):
        return
    start = work.source.starts[path.line - 1] + path.column - 1
    for read in work.names.by_name.get(names[0], ()):
        if read.in_fstring or read.string is not None or work.source.span(read.node)[0] != start:
            continue
        for held in held_modules(work):
            if held.local != names[0] or held.scope is not read.owner:
                continue
            key = module_of(work, held.path, names[1:])
            move = None if key is None else work.moves.names.get((key, path.attribute or ""))
            node = chain(work, read.node)[len(names) - 1]
            if move is None or dotted(node) != path.target or not isinstance(node, ast.Name | ast.Attribute):
                continue
            try:
                yield Patch(path.line, move, _repointed(work, Use(read, node, move, held, len(names)), path))
            except CannotApply as error:
                yield Patch(path.line, move, (), error.reason)
            return


def _repointed(work: Rewriting, use: Use, path: PathString) -> tuple[Splice | Within, ...]:
    held = held_modules(work)
    prefix, statement = reached(work, [use], held, use.move)
    places = [work.swap(use.read, use.node, prefix)]
    if statement:
        places += [
            beside(work.source, item.bound.statement, [(statement, "")]) for item in holders(work, use, held)
        ]
    if use.move.new.name != use.move.old.name:
        places.append(_attribute_text(work, use))
    return tuple(places)


def _attribute_text(work: Rewriting, use: Use) -> Splice:
    """The string that names the attribute in `patch.object(module, "X")`."""
    for node in ast.walk(work.source.tree):
        if isinstance(node, ast.Call) and node.args and node.args[0] is use.node:
            texts = [
                *node.args[1:2],
                *(item.value for item in node.keywords if item.arg in ("attribute", "name")),
            ]
            for text in texts:
                found = _PLAIN.fullmatch(work.source.text, *work.source.span(text))
                if found is not None and found[2] == use.move.old.name:
                    return Splice(*found.span(2), use.move.new.name)
    raise CannotApply(f"the text {use.move.old.name!r} cannot be found")
