"""What `rewrite-imports` is asked for: which name of which module is to be taken from where, file by file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from keyword import iskeyword
from typing import Protocol

from ssot_lint.codemod import Refusal
from ssot_lint.project import Project

Key = int | str
"""A module: the index of its file, or its name when no file of the project answers it."""


class Request(Protocol):
    """The arguments of one request."""

    @property
    def old(self) -> str: ...
    @property
    def new(self) -> str: ...
    @property
    def within(self) -> str: ...
    @property
    def text_references(self) -> str: ...


@dataclass(frozen=True, slots=True, order=True)
class Symbol:
    """A name in a module's namespace, or the module itself (`name` "")."""

    module: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.module}:{self.name}" if self.name else self.module

    @property
    def dotted(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(frozen=True, slots=True)
class Move:
    """Whoever names `old` shall name `new`. `made_of`: (path, line) of the imports that `new` itself comes through."""

    old: Symbol
    new: Symbol
    old_key: Key
    new_key: Key
    made_of: frozenset[tuple[str, int]] = frozenset()
    texts: bool = False  # other texts are rewritten too
    differs: bool = False  # the two are different objects
    missing: bool = False  # the old one does not exist
    here: bool = field(default=False, compare=False)  # it is this file that a request names

    @property
    def is_builtin(self) -> bool:
        return self.new.module == "builtins"


@dataclass(frozen=True)
class Moves:
    """The moves of one file: by module and name, and those of whole modules by the module's dotted name.

    `kept`: names that are taken from where they are, and said to be: no star brings them, no fallback replaces them.
    """

    names: Mapping[tuple[Key, str], Move] = field(default_factory=dict)
    modules: Mapping[str, Move] = field(default_factory=dict)
    kept: Mapping[tuple[Key, str], Move] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.names or self.modules or self.kept)

    @property
    def all(self) -> tuple[Move, ...]:
        return (*self.names.values(), *self.modules.values())

    def without(self, others: Collection[Move]) -> Moves:
        """The moves, some of them left out."""
        if not others:
            return self
        return Moves(
            {key: move for key, move in self.names.items() if move not in others},
            {name: move for name, move in self.modules.items() if move not in others},
            self.kept,
        )

    def module(self, name: str) -> tuple[Move, str] | None:
        """The move of a module or of a package around it, and the module's new name."""
        head, rest = name, ""
        while head:
            move = self.modules.get(head)
            if move is not None:
                return move, move.new.module + rest
            head, _, last = head.rpartition(".")
            rest = f".{last}{rest}"
        return None


@dataclass(frozen=True)
class Wishes:
    """All moves: those for every file, those for one file, and what cannot be done at all."""

    everywhere: Moves
    within: Mapping[str, Moves]
    refusals: tuple[Refusal, ...]

    def of(self, path: str) -> Moves:
        return self.within.get(path, self.everywhere)

    @property
    def all(self) -> tuple[Moves, ...]:
        return (self.everywhere, *self.within.values())


def key_of(project: Project, module: str, importer: int | None = None) -> Key:
    """The key of a module as absolute imports name it: those of any file, or of one that may have it beside itself."""
    found = project.find_module(module, importer)
    return module if found is None else found


def own_name(project: Project, module: str, importer: int) -> str:
    """The name of a module in the project, which a file may call as one beside it: `helper` is `tests.helper`."""
    if project.find_module(module) is not None:
        return module
    found = project.find_module(module, importer)
    return module if found is None else project.files[found].module


def read_requests(project: Project, requests: Sequence[Request]) -> Wishes:
    """The requests as moves: checked, chains of them followed to their end."""
    refusals: set[Refusal] = set()
    asked: dict[str, dict[Symbol, set[Symbol]]] = {}
    kept: dict[str, set[Symbol]] = {}
    texts: set[Symbol] = set()
    for request in requests:
        old, new = symbol_of(request.old), symbol_of(request.new)
        if (reason := _impossible(old, new)) is not None:
            refusals.add(Refusal(request.within, 0, reason, request.old))
            continue
        if (file := project.by_path.get(request.within)) is not None:
            old = replace(old, module=own_name(project, old.module, file))
        elif beside := _beside(project, old.module):
            reason = f"no module is called {old.module}: {beside} is what files beside it call so"
            refusals.add(Refusal("", 0, reason, request.old))
            continue
        if old != new:
            asked.setdefault(request.within, {}).setdefault(old, set()).add(new)
        elif request.within and old.name:
            kept.setdefault(request.within, set()).add(old)
        if request.text_references:
            texts.add(old)
    everywhere = asked.get("", {})
    files: dict[str, Moves] = {}
    for path in sorted({"", *asked, *kept}):
        wanted = {**everywhere, **asked.get(path, {})}
        ends: dict[Symbol, Symbol] = {}
        for old in sorted(wanted):
            end = _end(wanted, old)
            if isinstance(end, str):
                if path == "" or old in asked.get(path, ()):
                    refusals.add(Refusal(path, 0, end, str(old)))
            else:
                ends[old] = end
        stays = kept.get(path, set()) - ends.keys()
        moves = [_move(project, old, new, old in texts) for old, new in ends.items()]
        moves += [_move(project, symbol, symbol, False) for symbol in sorted(stays)]
        good = []
        for move in moves:
            if isinstance(move, Refusal):
                refusals.add(replace(move, path=path if path == "" or ends or stays else ""))
            else:
                good.append(replace(move, here=move.old in asked.get(path, ()) if path else False))
        files[path] = Moves(
            {(move.old_key, move.old.name): move for move in good if move.old.name and move.old != move.new},
            {move.old.module: move for move in good if not move.old.name},
            {(move.old_key, move.old.name): move for move in good if move.old == move.new},
        )
    return Wishes(files.pop(""), files, tuple(sorted(refusals)))


def _beside(project: Project, module: str) -> str:
    """The name of a module that only files beside it can call as somebody does here; "" for none."""
    if not module or project.find_module(module) is not None:
        return ""
    for file, source in enumerate(project.files):
        if any(imp.module == module and not imp.level for imp in source.facts.imports):
            name = own_name(project, module, file)
            if name != module:
                return name
    return ""


def symbol_of(text: str) -> Symbol:
    module, _, name = text.partition(":")
    return Symbol(module, name)


def _impossible(old: Symbol, new: Symbol) -> str | None:
    for symbol in (old, new):
        parts = [*symbol.module.split("."), *([symbol.name] if symbol.name else [])]
        wrong = next((part for part in parts if not part.isidentifier() or iskeyword(part)), None)
        if wrong is not None:
            return f"{str(symbol)!r} cannot be imported: {wrong!r} is no name"
    if bool(old.name) != bool(new.name):
        return f"{old} and {new}: one is a module, the other a name in a module"
    return None


def _end(wanted: Mapping[Symbol, set[Symbol]], old: Symbol) -> Symbol | str:
    """Where a name goes in the end, when what it goes to goes on; or why that cannot be told."""
    seen, at = {old}, old
    while at in wanted:
        if len(wanted[at]) > 1:
            several = " and ".join(str(item) for item in sorted(wanted[at]))
            return f"{at} is to become {several}"
        (at,) = wanted[at]
        if at in seen:
            return f"{old} is to become itself, in a circle"
        seen.add(at)
    return at


def _move(project: Project, old: Symbol, new: Symbol, texts: bool) -> Move | Refusal:
    resolution = project.resolve_symbol(f"{new.module}:{new.name}")
    if resolution.target.kind == "unresolved":
        return Refusal("", 0, f"{new} does not exist", str(old))
    before = project.resolve_symbol(f"{old.module}:{old.name}").target
    return Move(
        old,
        new,
        key_of(project, old.module),
        key_of(project, new.module),
        frozenset((hop.path, hop.line) for hop in resolution.chain),
        texts,
        before.kind in ("definition", "variable") and before != resolution.target,
        before.kind == "unresolved",
    )
