"""Take a name from another module: every import, attribute, string and annotation that names the old one.

`old` and `new` are `package.module:Name`, or two modules. Each place that names `old` in the namespace that it
reads is re-pointed to `new`, in place: an alias stays an alias, a relative import relative where the package is the
same, an import in a function or under `TYPE_CHECKING` stays there. Where `Name` changes, the file's references
change with it if scopes prove that safe; else the import gets an `as`.

A request with `old` and `new` alike says that a file takes a name from where it is: a star that brings it is written
out, and a `try` with an `except ImportError` that binds something else gives way to the arm that always runs.

Strings that are looked up follow the namespace that is read. `patch("user.X")` stays where `user` still has an `X` of
its own; `patch("old.X")` stays where functions of `old` go on reading it there, follows where its readers take the
name from `new` now, and is refused where both do. Where a patch cannot follow, those who read the name when they run
stay with it. `import_module("old").X` and `"old:X"` follow.

Refused, with the reason, and left as it was: a name that may be something else where it stands; a star whose names are
not known; a handler that falls back on what the `try` arm imports, if more than that is in the arms; an attribute of
the old module that is assigned; a `new` that does not exist, or is another module seen from the file. Listed for the
reviewer, and never changed: names of loggers, tasks and pickles, mentions in other texts (unless `text_references` is
"yes"), tests of identity against a class that is another one now, modules that act when they are imported and no longer
are.

An edit is right by itself, in any order, but for patches that follow their readers: these go `together`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ssot_lint.codemod import Codemod, Outcome, Refusal, Remark
from ssot_lint.editing.source import Source, Splice
from ssot_lint.fork import FEW
from ssot_lint.workspace import Workspace

from ._arms import drop_repeated, settle_arms
from ._attributes import rewrite_attributes
from ._beside import in_the_way
from ._candidates import candidates, patching
from ._examples_rewrite_fallbacks import FALLBACKS
from ._examples_rewrite_forms import FORMS
from ._examples_rewrite_scopes import SCOPES
from ._examples_rewrite_strings import STRINGS
from ._fallbacks import decide_fallbacks
from ._from_imports import rewrite_names
from ._hazards import hazards
from ._lazy_tables import rewrite_tables
from ._modules import rewrite_modules
from ._places import splices
from ._readers import FOLLOW, KEEP, staying_readers, verdict
from ._renaming import read_ahead
from ._rewrite_wishes import Move, Moves, Wishes, read_requests
from ._rewriting import rewriting
from ._stars import expand_stars
from ._strings import Patch, rewrite_strings
from ._texts import mentions, strings


@dataclass(frozen=True)
class Arguments:
    old: str
    """What is imported today: `package.module:Name`, or `package.module` for the module itself."""
    new: str
    """What to import instead."""
    within: str = ""
    """The path of the one file to rewrite; "" for every file."""
    text_references: str = ""
    """"yes": mentions in TOML, YAML, INI, Dockerfiles and Markdown are rewritten too; "": they are listed."""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    wishes = read_requests(workspace.project, requests)
    paths = candidates(workspace, wishes)
    if len(paths) >= FEW:
        read_ahead(workspace.project)
    files = workspace.spread(partial(_read, workspace, wishes=wishes), paths)
    files = _patching(workspace, wishes, files)
    files, follow = _held(workspace, wishes, files)
    refusals, remarks = set(wishes.refusals), set[Remark]()
    edits: dict[str, bytes | None] = {}
    for file in files:
        made = list(file.splices)
        refusals.update(file.refusals)
        remarks.update(file.remarks)
        for patch in file.patches:
            decision, remark = follow[patch.move]
            reason = patch.reason if decision == FOLLOW else decision
            if reason and reason != KEEP:
                refusals.add(Refusal(file.path, patch.line, reason, str(patch.move.old)))
            elif decision == FOLLOW:
                made += splices(file.source, patch.places)
            elif remark := patch.remark or remark:
                remarks.add(Remark(file.path, patch.line, remark))
        content = file.source.spliced(made)
        if content != file.source.content:
            edits[file.path] = content
    other = mentions(workspace, wishes)
    edits.update(other.edits)
    remarks.update(other.remarks, strings(workspace, wishes))
    return Outcome(edits, tuple(sorted(refusals)), tuple(sorted(remarks)), _together(files, follow))


@dataclass(frozen=True)
class _File:
    """What a file comes to, but for the patches, which depend on who reads what elsewhere."""

    path: str
    source: Source
    splices: Sequence[Splice] = ()
    patches: Sequence[Patch] = ()
    late: Collection[Move] = ()
    refusals: Sequence[Refusal] = ()
    remarks: Sequence[Remark] = ()


def _read(workspace: Workspace, path: str, wishes: Wishes, held: Collection[Move] = ()) -> _File:
    """`held`: moves that are left out."""
    moves = wishes.of(path).without(held)
    hidden = in_the_way(workspace.project, path, moves)
    file = _carried_out(workspace, path, moves.without(hidden))
    refusals = list(file.refusals)
    for move, other in sorted(hidden.items(), key=lambda item: item[0].old):
        would = _carried_out(workspace, path, moves.without(set(moves.all) - {move}))
        lines = [would.source.line_of(splice.start) for splice in would.splices]
        lines += [patch.line for patch in would.patches]
        if lines:
            reason = f"run as a script, it would find {other} instead of {move.new.module}"
            refusals.append(Refusal(path, min(lines), reason, str(move.old)))
    return replace(file, refusals=refusals)


def _carried_out(workspace: Workspace, path: str, moves: Moves) -> _File:
    content = workspace.read(path)
    try:
        work = rewriting(workspace, path, moves)
    except SyntaxError as error:
        refusal = Refusal(path, error.lineno or 1, "the file does not parse")
        return _File(path, Source(path, content), refusals=(refusal,))
    rewrite_names(work)
    rewrite_attributes(work)
    rewrite_modules(work)
    expand_stars(work)
    settle_arms(work)
    decide_fallbacks(work)
    drop_repeated(work)
    rewrite_tables(work)
    patches = rewrite_strings(work)
    work.remarks += hazards(work)
    made = work.made()
    return _File(path, Source(path, content), made, patches, work.late, work.refusals, work.remarks)


def _patching(workspace: Workspace, wishes: Wishes, files: Sequence[_File]) -> list[_File]:
    """The files, with the patches of those that nobody asked to change: what is read elsewhere is patched elsewhere."""
    late = {move for file in files for move in file.late} - set(wishes.everywhere.all)
    known = {file.path: file for file in files}
    for path in patching(workspace, late):
        asked = wishes.of(path).names
        moves = Moves({(m.old_key, m.old.name): m for m in late if (m.old_key, m.old.name) not in asked})
        if not moves:
            continue
        work = rewriting(workspace, path, moves)
        patches = rewrite_strings(work)
        if patches:
            file = known.get(path) or _File(path, work.source)
            known[path] = replace(file, patches=(*file.patches, *patches))
    return [known[path] for path in sorted(known)]


def _held(
    workspace: Workspace, wishes: Wishes, files: list[_File]
) -> tuple[list[_File], Mapping[Move, tuple[str, str]]]:
    """The files, and for each move that a patch names whether the patch follows.

    Where one cannot, those who read the name when they run go on reading it where the patch replaces it.
    """
    follow = _followers(workspace, wishes, files, {})
    stuck: dict[Move, str] = {}
    lasting: set[Move] = set()
    for file in files:
        for patch in file.patches:
            decision = follow[patch.move][0]
            reason = patch.reason if decision == FOLLOW or patch.lasting else decision
            if reason and reason != KEEP:
                place = f"{file.path}:{patch.line}"
                stuck.setdefault(patch.move, f"{place} replaces it and cannot follow: {reason}")
                lasting |= {patch.move} if patch.lasting else set()
    held = {
        file.path: stuck.keys() & {*file.late, *(lasting & {*wishes.of(file.path).all})} for file in files
    }
    if not any(held.values()):
        return files, follow
    kept = [
        _stayed(workspace, wishes, file, {move: stuck[move] for move in held[file.path]}) for file in files
    ]
    staying = {move: [path for path in sorted(held) if move in held[path]] for move in stuck}
    return kept, _followers(workspace, wishes, kept, staying)


def _stayed(workspace: Workspace, wishes: Wishes, file: _File, why: Mapping[Move, str]) -> _File:
    """A file without some of its moves, which are refused if it has a use for them."""
    if not why:
        return file
    left = _read(workspace, file.path, wishes, why.keys())
    if left.splices == file.splices:
        return file
    others = [patch for patch in file.patches if patch.move in why]
    refusals = [Refusal(file.path, 0, reason, str(move.old)) for move, reason in why.items()]
    return replace(left, patches=(*left.patches, *others), refusals=(*left.refusals, *refusals))


def _followers(
    workspace: Workspace, wishes: Wishes, files: Sequence[_File], held: Mapping[Move, Sequence[str]]
) -> Mapping[Move, tuple[str, str]]:
    """For each move that a patch names: whether the patch follows. `held`: files that are not to change after all."""
    moves = {patch.move for file in files for patch in file.patches}
    staying = staying_readers(workspace.project, wishes) if moves else {}
    late: dict[Move, list[str]] = {move: [] for move in moves}
    for file in files:
        for move in moves & set(file.late):
            late[move].append(file.path)
    return {
        move: verdict(
            workspace,
            move,
            late[move],
            (*staying.get((move.old_key, move.old.name), ()), *held.get(move, ())),
        )
        for move in moves
    }


def _together(files: Sequence[_File], follow: Mapping[Move, tuple[str, str]]) -> tuple[frozenset[str], ...]:
    """A patch that follows its readers, and the readers."""
    found = set()
    for move, (decision, _) in follow.items():
        patching = {
            file.path
            for file in files
            if decision == FOLLOW and any(patch.move == move for patch in file.patches)
        }
        reading = {file.path for file in files if move in file.late}
        if patching and len(patching | reading) > 1:
            found.add(frozenset(patching | reading))
    return tuple(sorted(found, key=sorted))


CODEMOD = Codemod(
    name="rewrite-imports", apply=apply, arguments=Arguments, examples=(*FORMS, *SCOPES, *STRINGS, *FALLBACKS)
)
