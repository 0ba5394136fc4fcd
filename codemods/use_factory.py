"""Get instances from the concept's factory, with the context that is in scope.

Three kinds of calls are repaired: a direct construction of a concept (`WebSocketManager(context)`), a call of a
second factory (`get_websocket_manager(context)`), and a call of the right one that lacks the context or its `await`.
The context is taken from the call's own arguments, else from a parameter of the function around, an attribute of
`self`, or a local that holds one. Where the factory is async the call gets `await`, if the function around is
async too. Other arguments go along where the factory has parameters of their names. The import of the factory is
added, an import that nothing reads any more goes, and `patch("module.old_factory")` of a name that the module
does not read any more follows to the new one.

Refused, with the reason: no context in scope, an async factory in a function that is not, arguments the factory does
not take, arguments it needs and nobody gives, a shared instance whose readers would each need their own.

The program behaves differently afterwards, which is the purpose: each user gets an instance of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ssot_lint.codemod import CannotApply, Codemod, Outcome, Refusal, Remark
from ssot_lint.editing.source import Source, Splice
from ssot_lint.factories.contexts import context_parameter
from ssot_lint.factories.instances import answered, built, makers
from ssot_lint.model import MODULE, Definition, Place
from ssot_lint.project import Project
from ssot_lint.queries.receivers import inside
from ssot_lint.workspace import Workspace

from ._examples_factories import FACTORIES
from ._factory_calls import STAND_IN, Factory, Work, plain_name, replace_call
from ._imports import Unwanted, add_imports, remove_imports
from ._nodes import Calls, calls_of, scope_index
from ._patches import counterpart, followed, patch_call, patches_of
from ._users import users_of


@dataclass(frozen=True)
class Arguments:
    concept: str
    """The name of the concept, which has to have a factory."""
    within: str = ""
    """The path of the one file to repair; "" for every file."""
    symbol: str = ""
    """Only calls of this second factory, `package.module:name`."""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    project = workspace.project
    refusals: set[Refusal] = set()
    wanted: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)  # path -> (concept, symbol)
    factories: dict[str, Factory] = {}
    for request in sorted(requests, key=lambda item: (item.concept, item.within, item.symbol)):
        try:
            factories[request.concept] = _factory(project, request.concept)
            for path in _paths(project, request):
                wanted[path].add((request.concept, request.symbol))
        except CannotApply as refused:
            refusals.add(
                Refusal(refused.path or request.within, refused.line, refused.reason, request.symbol)
            )
    edits: dict[str, bytes | None] = {}
    gone: dict[str, Mapping[str, str]] = {}
    files = sorted(wanted.items())
    for (path, _), made in zip(
        files, workspace.spread(lambda item: _repaired(workspace, factories, *item), files), strict=True
    ):
        refusals.update(made.refusals)
        if made.content is not None:
            edits[path], gone[path] = made.content, made.gone
    remarks, together = _follow_patches(workspace, edits, gone)
    return Outcome(edits, tuple(sorted(refusals)), tuple(sorted(set(remarks))), tuple(together))


# --- what is asked for --------------------------------------------------------------------------------------


def _factory(project: Project, name: str) -> Factory:
    concept = project.config.concept(name)
    if concept is None or concept.factory is None:
        raise CannotApply(f"the concept {name} has no factory")
    target = project.resolve_symbol(concept.factory).target
    if target.kind != "definition":
        raise CannotApply(f"{concept.factory} cannot be found")
    definition = project.definition(target)
    module, _, local = concept.factory.partition(":")
    if definition.is_class or "." in local:
        raise CannotApply(f"{concept.factory} is no function: which of its methods to call cannot be told")
    place = (target.file, target.index)
    return Factory(
        concept, place, module, local, definition.is_async, definition.parameters,
        context_parameter(project, concept, place),
    )  # fmt: skip


def _paths(project: Project, request: Arguments) -> list[str]:
    if request.within:
        return [request.within] if request.within in project.by_path else []
    if request.symbol:
        target = project.resolve_symbol(request.symbol).target
        if target.kind != "definition":
            where = project.files[target.file].path if target.file >= 0 else ""
            line = 1
            if target.kind == "variable" and target.index >= 0:
                line = project.files[target.file].facts.assignments[target.index].line
            raise CannotApply(
                f"{request.symbol} is shared by all who read it: each reader would need an instance of its own",
                where,
                line,
            )
        users = {project.files[file].path for file, _ in project.users(target.symbol)}
        return sorted({*users, project.files[target.file].path})
    return [source.path for source in project.files if source.facts.deep is not None and not source.is_test]


# --- one file -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Repaired:
    """What a file comes to: its new bytes, None where nothing changes; the names that go -> what is called instead."""

    refusals: Sequence[Refusal]
    content: bytes | None = None
    gone: Mapping[str, str] = field(default_factory=dict)


def _repaired(
    workspace: Workspace, factories: Mapping[str, Factory], path: str, asked: set[tuple[str, str]]
) -> _Repaired:
    work = Work(path, workspace.file(path), workspace.source(path), workspace.scopes(path))
    _repair(workspace, work, factories, asked)
    if not work.splices:
        return _Repaired(work.refusals)
    try:
        return _Repaired(work.refusals, *_finished(workspace, work))
    except CannotApply as refused:
        return _Repaired([*work.refusals, Refusal(path, refused.line or 1, refused.reason)])


def _repair(
    workspace: Workspace, work: Work, factories: Mapping[str, Factory], asked: set[tuple[str, str]]
) -> None:
    project = workspace.project
    calls = calls_of(workspace, work.path)
    taken: list[tuple[int, int]] = []
    for line, column, scope, place, concept_name, kind in sorted(
        _sites(project, work.file, factories, asked, calls)
    ):
        call = calls.by_place.get((line, column))
        factory = factories[concept_name]
        if call is None or inside(project, work.file, scope, makers(project, factory.concept)):
            continue
        span = work.source.span(call)
        if any(start < span[1] and span[0] < end for start, end in taken):
            continue  # within a call that is being replaced: the next round sees it
        try:
            replace_call(project, work, factory, call, scope, place, kind, calls.parents, calls.around[call])
            taken.append(span)
        except CannotApply as refused:
            symbol = project.symbol(*place)
            work.refusals.append(Refusal(work.path, line, refused.reason, symbol))


def _sites(
    project: Project,
    file: int,
    factories: Mapping[str, Factory],
    asked: set[tuple[str, str]],
    calls: Calls,
) -> Iterator[tuple[int, int, int, Place, str, str]]:
    """(line, column, scope, what is called, concept, kind) of the calls to repair; kinds: construct, other, own."""
    wholesale = {concept for concept, symbol in asked if not symbol}
    others: dict[Place, str] = {}
    for concept, symbol in sorted(asked):
        target = project.resolve_symbol(symbol).target if symbol else None
        if target is not None and target.kind == "definition":
            others[target.file, target.index] = concept
    own = {factory.place: name for name, factory in factories.items() if name in wholesale}
    seen: set[tuple[int, int]] = set()
    for site, found in answered(project, file):
        places = {(item.file, item.definition) for item in found}
        if len(places) != 1:
            continue
        (place,) = places
        concept_name = built(project).get(place, "")
        if place in others:
            yield site.line, site.column, site.scope, place, others[place], "other"
        elif place in own:
            yield site.line, site.column, site.scope, place, own[place], "own"
        elif concept_name in wholesale and found[0].what == "constructor":
            yield site.line, site.column, site.scope, place, concept_name, "construct"
        elif found[0].what == "method" and found[0].concept in wholesale:
            yield site.line, site.column, site.scope, place, found[0].concept, "member"
        else:
            continue
        seen.add((site.line, site.column))
    for (line, column), call in calls.by_place.items() if others else ():
        name = plain_name(call.func)
        if (line, column) in seen or not name:
            continue
        scope = scope_index(project, file, calls.around[call])
        target = project.resolve(file, name, scope).target
        place = (target.file, target.index)
        if target.kind == "definition" and place in others:
            yield line, column, scope, place, others[place], "other"


def _finished(workspace: Workspace, work: Work) -> tuple[bytes, Mapping[str, str]]:
    """The file's bytes with imports put right, and the names that it does not bind any more -> the factory's."""
    project = workspace.project
    file = project.files[work.file]
    content = _swapped(workspace, work, work.source.spliced(work.splices))
    source = Source(work.path, content)
    added = add_imports(source, file.module, file.is_package, list(work.wanted))
    for wanted, name in work.wanted.items():
        if added.names[wanted] != name:
            raise CannotApply(f"{wanted.name} is known as {added.names[wanted]} here")
    content = added.content
    unwanted = [
        Unwanted(
            project.absolute(work.file, imp) or "",
            imp.name,
            imp.asname,
            _within(file.facts.definitions, imp.scope),
        )
        for imp in file.facts.imports
        if imp.bound in work.replaced and imp.name not in (None, "*")
    ]
    gone: dict[str, str] = {}
    if unwanted:
        removed = remove_imports(Source(work.path, content), file.module, file.is_package, unwanted)
        content = removed.content
        gone = {
            item.local: work.names[item.local]
            for item in unwanted
            if item not in removed.kept and item.within is None and item.local in work.names
        }
    return content, gone


def _swapped(workspace: Workspace, work: Work, content: bytes) -> bytes:
    """The bytes with the right factory imported where others of its name were. Raises CannotApply."""
    file = workspace.project.files[work.file]
    for wanted in sorted(work.swapped, key=lambda item: (item.local, item.within or "")):
        others = [
            Unwanted(workspace.project.absolute(work.file, imp) or "", imp.name, imp.asname, wanted.within)
            for imp in file.facts.imports
            if imp.bound == wanted.local and _within(file.facts.definitions, imp.scope) == wanted.within
        ]
        if not others:
            raise CannotApply(f"{wanted.local} is bound otherwise here")
        before = Source(work.path, content)
        kept = remove_imports(before, file.module, file.is_package, others).kept
        if kept:
            reason = next(iter(kept.values()))
            raise CannotApply(f"{wanted.local} is the name of a second factory here too: {reason}")
        key = (work.file, wanted.local)
        for user in users_of(workspace, [key])[key] if wanted.within is None else ():
            if not user.is_string:
                raise CannotApply(
                    f"{wanted.local} is the name of a second factory here too, which {user.path} reads"
                )
        new = replace(wanted, asname=STAND_IN + wanted.local)  # beside the old, which keeps its place so
        added = Source(work.path, add_imports(before, file.module, file.is_package, [new]).content)
        content = remove_imports(added, file.module, file.is_package, others).content
        content = content.replace(f"{wanted.local} as {new.local}".encode(), wanted.local.encode())
    for name in {wanted.local for wanted in work.swapped}:
        content = content.replace((STAND_IN + name).encode(), name.encode())
    return content


def _within(definitions: Sequence[Definition], scope: int) -> str | None:
    return None if scope == MODULE else definitions[scope].qualname


# --- patches ----------------------------------------------------------------------------------------------------


def _follow_patches(
    workspace: Workspace, edits: dict[str, bytes | None], gone: Mapping[str, Mapping[str, str]]
) -> tuple[list[Remark], list[frozenset[str]]]:
    """`patch("module.old")` of names that a module no longer has -> the name it calls instead."""
    remarks: list[Remark] = []
    together: list[frozenset[str]] = []
    splices: dict[str, list[Splice]] = {}
    edited = {path: Source(path, content) for path, content in edits.items() if content is not None}
    for home, names in gone.items():
        for path, item, old in patches_of(workspace, workspace.file(home), names):
            before = workspace.source(path)
            after = edited.get(path, before)
            try:
                call = counterpart(before, after, patch_call(before, item))
                if call is None:
                    raise CannotApply("changed itself", path, item.line)
                splice = followed(after, call, item, old, "", names[old])
            except CannotApply:
                remarks.append(Remark(path, item.line, f"replaces {old}, which is {names[old]} now"))
                continue
            splices.setdefault(path, []).append(splice)
            together.append(frozenset({home, path}))
    for path, places in sorted(splices.items()):
        edits[path] = Source(path, edits.get(path) or workspace.read(path)).spliced(places)
    return remarks, together


CODEMOD = Codemod(name="use-factory", apply=apply, arguments=Arguments, examples=FACTORIES)
