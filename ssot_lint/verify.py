"""Is the planned workspace sound? Proved with the same linker that found the violations, before anything is written.

`problems(before, after)` is empty when every changed file parses with the deployment's grammar, what is changed in it
comes back from libcst byte for byte, every import that resolved still does, every name that is read still stands for
what it stood for or for the one home of its concept, no name was captured, and no new runtime import cycle closed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.editing.bindings_lost import captured, capturing, is_readable, missing_in, unbound
from ssot_lint.editing.chains import chains, takes_modules
from ssot_lint.editing.changed import binds_the_same, changed_statements
from ssot_lint.editing.closing import closed_cycles
from ssot_lint.editing.lost import Lost, culprit, lost, readers
from ssot_lint.editing.roundtrip import Version, flaw
from ssot_lint.editing.scopes import scopes
from ssot_lint.editing.source import Source
from ssot_lint.editing.stubs import stub_imports
from ssot_lint.model import MODULE, Import
from ssot_lint.project import Project, Target
from ssot_lint.workspace import Edits, Workspace


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Why a planned file may not be written."""

    path: str
    line: int
    text: str
    cause: str = ""  # the changed file to blame, where `path` itself is not changed


@dataclass(frozen=True, slots=True)
class Look:
    """What a file's new text says by itself: why it may not be written, or what its names may lack since the edit."""

    flaw: tuple[int, str] | None
    missing: Mapping[str, int]  # name -> the first line that reads it and nothing in the file binds it
    capturing: Mapping[tuple[str, str], int]


Looks = dict[tuple[str, bytes | None, bytes], Look]
"""A file's path, and its bytes before and after -> what there is to say of them."""


def edited(before: Workspace, edits: Edits, looks: Looks) -> Workspace:
    """`before.edited(edits)`. What is found on the way goes to `looks`: later edits are proved sooner."""
    target = before.project.config.target_python
    after, seen = before.looked_at(edits, lambda source: _look(_bytes(before, source.path), source, target))
    for path, look in seen.items():
        looks[_item(before, after, path)] = look
    return after


def problems(before: Workspace, after: Workspace, looks: Looks | None = None) -> tuple[Problem, ...]:
    """What is wrong with the edits that lead from one workspace to the other.

    `looks`: what is known of the texts already.
    """
    changed = sorted(path for path in after.edits if _differs(before, after, path))
    python = [path for path in changed if path.endswith(".py") and after.edits[path] is not None]
    touched = frozenset(changed)
    found: list[Problem] = []
    sound: list[str] = []
    doubtful: list[str] = []
    for path, look in _looked(before, after, python, {} if looks is None else looks):
        if look.flaw is not None:
            found.append(Problem(path, *look.flaw))
            continue
        sound.append(path)
        if look.missing or look.capturing:
            doubtful.append(path)
    found += _resolutions(before.project, after.project, touched)
    gone = _lost(before.project, after.project, touched)
    others = readers(after.project, gone)
    doubtful += sorted(_naming(after, others.stars) - {*doubtful})
    for named in after.spread(lambda path: list(_names(before, after, path, touched)), doubtful):
        found += named
    reading = [
        path
        for path in sorted({*sound, *_naming(after, others.attributes)})
        if takes_modules(before.project, path) or takes_modules(after.project, path)
    ]
    for read in after.spread(lambda path: list(_attributes(before, after, path, touched)), reading):
        found += read
    found += _stubs(before, after, touched, gone)
    for item in closed_cycles(before.project, after.project, sound):
        text = f"would close the import cycle {' -> '.join(item.way)}"
        found.append(Problem(item.path, item.line, text, item.cause))
    return tuple(sorted(set(found)))


def _differs(before: Workspace, after: Workspace, path: str) -> bool:
    if path in before.edits and before.edits[path] is after.edits[path]:
        return False
    return _bytes(before, path) != after.edits[path]


def _bytes(workspace: Workspace, path: str) -> bytes | None:
    return workspace.read(path) if workspace.exists(path) else None


def _item(before: Workspace, after: Workspace, path: str) -> tuple[str, bytes | None, bytes]:
    return path, _bytes(before, path), after.read(path)


def _looked(
    before: Workspace, after: Workspace, paths: Sequence[str], looks: Looks
) -> Iterator[tuple[str, Look]]:
    """Each path with what its new text says; what was not looked at yet is looked at now."""
    target = after.project.config.target_python
    new = [path for path in paths if _item(before, after, path) not in looks]
    for path, look in zip(
        new,
        after.spread(lambda path: _look(_bytes(before, path), after.source(path), target), new),
        strict=True,
    ):
        looks[_item(before, after, path)] = look
    for path in paths:
        yield path, looks[_item(before, after, path)]


def _look(before: bytes | None, source: Source, target: Version | None) -> Look:
    wrong = flaw(before, source, target)
    changed = changed_statements(before, source.content, source.tree) if wrong is None else None
    if wrong is not None or (changed is not None and binds_the_same(changed)):
        return Look(wrong, {}, {})
    found = scopes(source.tree)
    return Look(None, missing_in(found), capturing(found))


# --- imports ------------------------------------------------------------------------------------------------


def _resolutions(before: Project, after: Project, changed: frozenset[str]) -> Iterator[Problem]:
    """Imports that resolved and do not any more, or that stand for something else than before."""
    homes = _homes(after)
    for number, source in enumerate(after.files):
        old = before.by_path.get(source.path)
        if (
            old is not None
            and before.files[old] is source
            and before.resolutions[old] == after.resolutions[number]
        ):
            continue
        exact: dict[object, Target] = {}
        bound: dict[object, list[Target]] = {}
        if old is not None:
            for imp, answer in zip(before.files[old].facts.imports, before.resolutions[old], strict=True):
                exact[imp.module, imp.level, imp.name] = answer.target
                bound.setdefault(_binding(before, old, imp), []).append(answer.target)
        same = source.path not in changed
        for imp, answer in zip(source.facts.imports, after.resolutions[number], strict=True):
            now = answer.target
            was = exact.get((imp.module, imp.level, imp.name))
            if now.kind == "unresolved":
                if was is None or was.kind != "unresolved":
                    text = f"{_written(imp)} would not resolve: {now.symbol} is missing"
                    cause = culprit(before, changed, now.symbol) if same else ""
                    yield Problem(source.path, imp.line, text, cause)
                continue
            if was is not None and (same or _same(was, now, after, homes)):
                earlier = [was]  # the statement is as it was
            else:
                earlier = bound.get(_binding(after, number, imp), [])  # several imports may bind one name
            if earlier and not any(
                _same(target, now, after, homes)
                or (
                    not same and target.kind == now.kind == "module"
                )  # `_attributes` says what is read off it
                for target in earlier
            ):
                yield Problem(
                    source.path,
                    imp.line,
                    f"{_written(imp)} would become {now.symbol}; it was {earlier[-1].symbol}",
                )


def _binding(project: Project, file: int, imp: Import) -> object:
    """Which name of which scope an import binds; a plain `import a.b` binds the way to a.b."""
    facts = project.files[file].facts
    scope = "" if imp.scope == MODULE else facts.definitions[imp.scope].qualname
    arm = "" if imp.branch == MODULE else facts.branches[imp.branch].kind
    return scope, imp.bound if imp.asname or imp.name else imp.module, arm


def _written(imp: Import) -> str:
    module = "." * imp.level + imp.module
    return f"import {module}" if imp.name is None else f"from {module} import {imp.name}"


def _homes(project: Project) -> frozenset[str]:
    """The symbols that duplicates may be replaced with."""
    config = project.config
    declared = [
        symbol for c in config.concepts for symbol in (c.canonical, c.factory, c.test_double, c.protocol)
    ]
    declared += [sequence.emitter for sequence in config.sequences]
    declared += [capability.use for capability in config.capabilities]
    return frozenset(project.resolve_symbol(symbol).target.symbol for symbol in declared if symbol)


def _same(was: Target, now: Target, after: Project, homes: frozenset[str]) -> bool:
    """Is what a name stands for the same as before, or the one home of its concept, or moved there?"""
    if was.symbol == now.symbol or was.kind in ("unresolved", "dynamic") or now.symbol in homes:
        return True
    if was.kind == "variable" and now.kind == "dynamic":
        return True  # answered by a module `__getattr__` now
    moved = after.resolve_symbol(was.symbol).target
    return moved.symbol == now.symbol


# --- names --------------------------------------------------------------------------------------------------


def _names(before: Workspace, after: Workspace, path: str, changed: Collection[str]) -> Iterator[Problem]:
    """Names of a file that nothing binds any more, and names that a second binding captures."""
    loose = unbound(after, path)
    hiding = capturing(after.scopes(path))
    if not loose and not hiding:
        return
    readable = before.exists(path) and is_readable(before, path)
    unknown = unbound(before, path) if readable else {}
    for name, line in sorted(loose.items()):
        if name not in unknown:
            text = f"nothing would bind {name}, which is read here"
            yield Problem(path, line, text, "" if path in changed else _giver(before, path, name, changed))
    seen = captured(before.scopes(path)) if readable else set()
    for key, line in sorted(hiding.items()):
        if key not in seen:
            yield Problem(path, line, f"{key[1]} would be imported where it is bound otherwise too")


def _giver(before: Workspace, path: str, name: str, changed: Collection[str]) -> str:
    """The changed file by way of which a module had a name; "" for none."""
    chain = before.project.name(before.file(path), name).chain
    return next((hop.path for hop in chain if hop.path != path and hop.path in changed), "")


# --- attributes ---------------------------------------------------------------------------------------------


def _lost(before: Project, after: Project, changed: Collection[str]) -> Lost:
    homes = _homes(after)
    return lost(before, after, changed, lambda was, now: _same(was, now, after, homes))


def _naming(after: Workspace, found: Mapping[str, Collection[str]]) -> set[str]:
    """The files in whose text one of their names occurs."""
    return {
        path
        for path, names in found.items()
        if is_readable(after, path) and any(name.encode() in after.read(path) for name in names)
    }


def _attributes(
    before: Workspace, after: Workspace, path: str, changed: Collection[str]
) -> Iterator[Problem]:
    """What is read off imported modules and would not be there, or would be something else."""
    if not is_readable(after, path):
        return
    old = chains(before, path) if before.exists(path) and is_readable(before, path) else {}
    homes = _homes(after.project)
    for place, now in sorted(chains(after, path).items()):
        was = old.get(place)
        if now.target.kind == "unresolved":
            if was is None or was.target.kind != "unresolved":
                text = f"{place[1]} would not resolve: {now.target.symbol} is missing"
                cause = "" if path in changed else culprit(before.project, changed, now.target.symbol)
                yield Problem(path, now.line, text, cause)
        elif was is None:
            continue
        elif not _same(was.target, now.target, after.project, homes):
            text = f"{place[1]} would become {now.target.symbol}; it was {was.target.symbol}"
            yield Problem(path, now.line, text)
        elif was.is_imported and not now.is_imported:
            yield Problem(path, now.line, f"nothing here would import what {place[1]} is read from")


# --- stubs --------------------------------------------------------------------------------------------------


def _stubs(before: Workspace, after: Workspace, changed: Collection[str], gone: Lost) -> Iterator[Problem]:
    """What stub files import and would not find any more."""
    if not gone:
        return
    for path in after.others:
        if not path.endswith(".pyi"):
            continue
        for item in stub_imports(after, path):
            now, was = after.project.resolve_path(item.target), before.project.resolve_path(item.target)
            if now.target.kind == "unresolved" and was.target.kind != "unresolved":
                text = f"{item.written} would not resolve: {now.target.symbol} is missing"
                cause = "" if path in changed else culprit(before.project, changed, now.target.symbol)
                yield Problem(path, item.line, text, cause)
