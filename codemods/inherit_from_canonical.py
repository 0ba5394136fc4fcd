"""Let a near copy or a test double inherit from the canonical class, and keep only what differs.

The class gets the canonical one as its first base. Members that are equal to the canonical ones go: the same
statements, docstrings and annotations aside, reading the same things (a global of the same name that is another object
is a difference). What differs stays where it is, with its comments.

Inheriting must change nothing that the class does by itself. Refused, with the reason: classes in functions, classes or
branches; decorators, metaclasses, `__slots__`, names with two leading underscores,
`__init_subclass__`; bases that are not known; a special method (`__init__`, `__eq__`, `__len__`, `__call__` ...) that
the class would get and did not have; abstract methods it lacks; an attribute that the canonical class makes a property;
`super()` in what stays, which would reach the canonical class; a base that defines what the canonical class defines
too; an import cycle. Two dataclasses may inherit where they are made with the same arguments, and the fields of the
canonical one come first in the other one too, in their order, each with a default or both without. Ordinary members that it gains are remarked, and so is each `isinstance` or `except` for the
canonical class, which its instances now pass.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.codemod import CannotApply, Codemod, Outcome, Refusal, Remark
from ssot_lint.concepts.dealings import usage_of
from ssot_lint.editing.source import Source, Splice
from ssot_lint.project import Project
from ssot_lint.queries.cycles import cycle
from ssot_lint.queries.members import all_members, lineage
from ssot_lint.reading.expressions import dotted
from ssot_lint.wording import some
from ssot_lint.workspace import Workspace

from ._equal_members import equal_members, is_super
from ._examples_heirs import HEIRS
from ._heirs import Heir, changes_of, class_at
from ._imports import Wanted, add_imports
from ._module_bodies import bindings, cut, imports_of, merged, removal, start_of, without_imports
from ._nodes import definition_index, made_by_call
from ._swaps import binding_statements, canonical_of, file_of
from ._users import users_of


@dataclass(frozen=True)
class Arguments:
    symbol: str
    """The class that is to inherit: `package.module:Name`."""
    canonical: str
    """What from, and where that is to be imported from: `package.module:Name`."""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    """All classes of a file at once, one after the other in the order of their names."""
    refusals: list[Refusal] = []
    remarks: list[tuple[str, Remark]] = []
    heirs: dict[str, list[Heir]] = {}
    for request in sorted(set(requests), key=lambda item: (item.symbol, item.canonical)):
        try:
            heir = _heir(workspace, request)
            if heir is None:
                continue
            remarks += _checked(workspace, heir)
        except CannotApply as refused:
            refusals.append(Refusal(refused.path, refused.line, refused.reason, request.symbol))
            continue
        heirs.setdefault(workspace.project.files[heir.file].path, []).append(heir)
    taken = _taken(workspace, heirs)
    edits: dict[str, bytes | None] = {}
    for path, wanted in sorted(heirs.items()):
        content = workspace.read(path)
        for heir in wanted:
            try:
                content = _inheriting(workspace, path, content, heir, taken[path])
            except CannotApply as refused:
                refusals.append(Refusal(path, refused.line, refused.reason, heir.symbol))
        if content != workspace.read(path):
            edits[path] = content
    left = {refusal.symbol for refusal in refusals}
    kept = [remark for symbol, remark in remarks if symbol not in left]
    return Outcome(edits, tuple(sorted(set(refusals))), tuple(sorted(set(kept))))


def _taken(workspace: Workspace, heirs: Mapping[str, object]) -> Mapping[str, set[str]]:
    """For each file the names that others take from it."""
    files = {path: workspace.file(path) for path in heirs}
    keys = {(file, name) for file in files.values() for name in workspace.project.namespace(file)}
    users = users_of(workspace, keys) if keys else {}
    return {
        path: {name for (home, name), found in users.items() if home == file and found}
        for path, file in files.items()
    }


# -- may it inherit


def _heir(workspace: Workspace, request: Arguments) -> Heir | None:
    """The class a request is about; None where it inherits already."""
    project = workspace.project
    file = file_of(project, request.symbol)
    path, name = project.files[file].path, request.symbol.partition(":")[2]
    module = project.files[file].module
    if request.canonical.partition(":")[0] == module:
        target = project.resolve_symbol(request.canonical).target
        if target.kind != "definition" or target.file != file:
            raise CannotApply(f"{request.canonical} is no class of this module", path, 1)
    else:
        target = canonical_of(project, path, request.canonical)
    if "." in name:
        raise CannotApply(f"{name} is defined inside another definition", path, 1)
    found = bindings(workspace.scopes(path), name)
    nodes = binding_statements(workspace.source(path).tree, found) if found else ()
    if len(nodes) != 1 or not isinstance(nodes[0], ast.ClassDef):
        here = project.name(file, name).target
        if here.file == file and (made := made_by_call(project, here)):
            raise CannotApply(made, path, project.definition(here).line)
        raise CannotApply(
            f"{name} is no class at the top level of {module}, or is bound several times", path, 1
        )
    index = definition_index(project, file, nodes[0])
    if not project.definition(target).is_class:
        raise CannotApply(f"{request.canonical} is no class", path, nodes[0].lineno)
    if (target.file, target.index) == (file, index):
        raise CannotApply(f"{name} is the canonical class", path, nodes[0].lineno)
    if (target.file, target.index) in lineage(project, file, index):
        return None
    if (file, index) in lineage(project, target.file, target.index):
        raise CannotApply(f"{request.canonical} derives from {name}", path, nodes[0].lineno)
    if target.file == file and project.definition(target).line > nodes[0].lineno:
        raise CannotApply(f"{request.canonical} is defined further down", path, nodes[0].lineno)
    return Heir(request.symbol, request.canonical, file, index, target)


def _checked(workspace: Workspace, heir: Heir) -> list[tuple[str, Remark]]:
    """What a reviewer should know. Raises CannotApply for the first thing that inheriting would change."""
    project = workspace.project
    path = project.files[heir.file].path
    node = class_at(workspace, *heir.place)
    why = next(changes_of(workspace, heir), "")
    if why:
        raise CannotApply(why, path, node.lineno)
    mine, theirs = all_members(project, *heir.place), all_members(project, *heir.canonical)
    gained = sorted(name for name, item in theirs.items() if item.is_public and name not in mine)
    said = []
    if gained:
        said.append(Remark(path, node.lineno, f"{heir.name} gains {some(gained, 6)} of {heir.base}"))
    if checked := usage_of(project, heir.canonical).checked:
        first = f"{checked[0].path}:{checked[0].line}"
        places = f"{len(checked)} places, first {first}"
        text = f"{heir.name} passes where isinstance or except names {heir.base}: {places}"
        said.append(Remark(path, node.lineno, text))
    return [(heir.symbol, remark) for remark in said]


# -- the new text


def _inheriting(workspace: Workspace, path: str, content: bytes, heir: Heir, taken: set[str]) -> bytes:
    """The file with one more class that inherits. `content`: the file with those before it."""
    project = workspace.project
    facts = project.files[heir.file]
    module, _, name = heir.base.partition(":")
    local = name
    if module != facts.module:
        if found := cycle(project, heir.file, project.modules[module]):
            line = facts.facts.definitions[heir.index].line
            raise CannotApply(f"importing {module} would close a cycle: {' -> '.join(found)}", path, line)
        want = Wanted(
            module, name, otherwise=(f"Canonical{name}", f"_{name}", f"_Canonical{name}"), reuse=True
        )
        added = add_imports(Source(path, content), facts.module, facts.is_package, [want])
        content, local = added.content, added.names[want]
    scoped = Workspace(project, workspace.load, workspace.others, {**workspace.edits, path: content})
    source = scoped.source(path)
    node = next(
        item for item in source.tree.body if isinstance(item, ast.ClassDef) and item.name == heir.name
    )
    equal = equal_members(workspace, heir)
    going = [item for number, item in enumerate(node.body) if number in equal]
    staying = [item for number, item in enumerate(node.body) if number not in equal]
    line = facts.facts.definitions[heir.index].line
    if is_super(staying):
        raise CannotApply(f"super() in what stays of {heir.name} would reach {heir.base}", path, line)
    if node.body[0].lineno == node.lineno:
        raise CannotApply(f"{heir.name} stands on one line", path, line)
    gone = removal(scoped, path, going, (), taken | {local})
    splices = [*_based(project, source, node, heir, local), *_emptied(source, node, going, staying)]
    splices += [cut(source, item) for item in gone.statements if item in source.tree.body]
    after = source.spliced(merged(splices))
    return without_imports(facts, after, imports_of(scoped, path, gone), taken | {local})


def _based(project: Project, source: Source, node: ast.ClassDef, heir: Heir, local: str) -> list[Splice]:
    """The canonical class as the first base; bases that it has itself go."""
    start = source.span(node)[0]
    if not node.bases:
        head = re.compile(rf"class\s+{re.escape(node.name)}\s*(\(\s*\))?").match(source.text, start)
        assert head is not None
        end = start + len(head[0].rstrip())
        at = end if head[1] is None else start + head.start(1) - start
        return [Splice(at, end, f"({local})")]
    above = set(lineage(project, *heir.canonical))
    kept = []
    for base in node.bases:
        target = project.resolve(heir.file, dotted(base)).target
        inherited = target.kind == "definition" and (target.file, target.index) in above
        if not inherited and target.symbol != "builtins.object":
            kept.append(source.segment(base))
    first, last = source.span(node.bases[0])[0], source.span(node.bases[-1])[1]
    if len(kept) == len(node.bases):
        return [Splice(first, first, f"{local}, ")]
    return [Splice(first, last, ", ".join([local, *kept]))]


def _emptied(
    source: Source, node: ast.ClassDef, going: Sequence[ast.stmt], staying: Sequence[ast.stmt]
) -> list[Splice]:
    """The class body without these statements; their comments go along."""
    if not going:
        return []
    end = start_of(source, (node.end_lineno or node.lineno) + 1)
    if not staying:
        first = cut(source, going[0]).start
        return [Splice(first, end, f"{source.indentation(going[0].lineno)}pass\n")]
    last = staying[-1]
    tail = [item for item in going if item.lineno > last.lineno]
    splices = [cut(source, item) for item in going if item not in tail]
    if tail:
        splices.append(Splice(start_of(source, (last.end_lineno or last.lineno) + 1), end, ""))
    return splices


CODEMOD = Codemod(name="inherit-from-canonical", apply=apply, arguments=Arguments, examples=HEIRS)
