"""`move-definition` at work: requests become moves between two modules, and each move becomes edits."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from ssot_lint.codemod import CannotApply, Outcome, Refusal, Remark
from ssot_lint.editing.source import Source
from ssot_lint.queries.cycles import module_edges
from ssot_lint.workspace import Workspace

from ._imports import Unwanted, remove_imports
from ._move_circles import refuse_circle
from ._move_code import ModuleCode, gathered
from ._move_collisions import bound_there, refuse_collisions, refuse_own_state, stars_of
from ._move_files import new_file, old_file
from ._move_homes import exported_by, home_of
from ._move_needs import needs_of
from ._move_parties import Along, Move, Needs
from ._move_patches import patches
from ._move_wishes import Request, Wish, unencodable, wishes_of
from ._users import users_of


def moved(workspace: Workspace, requests: Sequence[Request]) -> Outcome:
    """All requests carried out: those between the same two modules together, those that others need first."""
    refusals: set[Refusal] = set()
    pending: list[list[Wish]] = []
    for wish in sorted(wishes_of(workspace, requests, refusals)):
        key = (wish.path, wish.to, wish.leave)
        group = next(
            (group for group in pending if (group[0].path, group[0].to, group[0].leave) == key), None
        )
        if group is None:
            pending.append([wish])
        else:
            group.append(wish)
    total = Outcome()
    while pending:
        refused: dict[str, Refusal] = {}
        left: list[list[Wish]] = []
        for group in pending:
            try:
                part = _move(workspace, group)
            except (CannotApply, UnicodeEncodeError) as problem:
                error = problem if isinstance(problem, CannotApply) else unencodable(group[0], problem)
                if len(group) > 1:
                    left += [[wish] for wish in group]
                    refused[""] = Refusal("", 0, "")  # each by itself, next time
                else:
                    left.append(group)
                    where = error.path or group[0].path
                    refused[group[0].symbol] = Refusal(where, error.line, error.reason, group[0].symbol)
                continue
            workspace = workspace.edited(part.edits)
            total = _joined(total, part)
        if len(left) == len(pending):
            refusals.update(refused.values())
            break
        pending = left
    return replace(total, refusals=tuple(sorted(refusals)))


def _joined(one: Outcome, other: Outcome) -> Outcome:
    """Two outcomes, the second made on top of the first."""
    sets = [frozenset(other.edits), *one.together]
    joined: list[frozenset[str]] = []
    for item in sets:
        touching = [known for known in joined if known & item]
        joined = [known for known in joined if not known & item]
        joined.append(frozenset().union(item, *touching))
    return Outcome(
        {**one.edits, **other.edits},
        (),
        tuple(sorted({*one.remarks, *other.remarks})),
        tuple(sorted(joined, key=sorted)),
    )


def _move(workspace: Workspace, group: Sequence[Wish]) -> Outcome:
    """The edits of one move. Raises CannotApply."""
    project = workspace.project
    first = group[0]
    file = project.by_path[first.path]
    source = project.files[file]
    code = ModuleCode(workspace.source(first.path), workspace.scopes(first.path))
    home = home_of(workspace, first, source.path)
    edges = project.once(module_edges)
    names = {wish.name for wish in group}
    every = sorted({*code.scopes.module.bindings, *names})
    users = {
        name: [user for user in found if user.path != home.path]
        for (_, name), found in users_of(workspace, {(file, name) for name in every}).items()
    }
    held = {name for name, found in users.items() if found}
    along: set[str] = set()
    while True:
        units = gathered(code, [wish.name for wish in group], along, held)
        move = Move(project, edges, source.path, source.module, source.is_package, code, home, units, True)
        try:
            settled = _settled(move, first.leave, names, held)
            break
        except Along as helper:
            along.add(helper.name)
    move, needs, read_here, handed_on = settled
    bound = bound_there(project, move, file)
    refuse_collisions(project, move, bound)
    following = patches(workspace, move, needs)
    taken = {
        name
        for name, found in users.items()
        if any(not (user.is_string and user.path in following) for user in found)
    }
    handed_on &= read_here | taken | (names if first.leave == "shim" else set())
    content = {
        source.path: old_file(move, handed_on, read_here, taken, first.leave != "nothing"),
        home.path: new_file(move, needs, bound, stars_of(project, home)),
    }
    edits: dict[str, bytes | None] = dict(content)
    for path, splices in sorted(following.items()):
        base = Source(path, content.get(path) or workspace.read(path))
        if path in content:
            raise CannotApply("replaces names of the module in one of the two files themselves", path)
        edits[path] = base.spliced(splices)
    for text in edits.values():
        ast.parse(text or b"")
    remarks = (*needs.remarks, *_hazards(move, first))
    outcome = Outcome(edits, remarks=tuple(sorted(set(remarks))), together=(frozenset(edits),))
    if first.leave == "nothing":
        outcome = _without_old(workspace, move, outcome, handed_on, read_here)
    refuse_circle(project, move, outcome.edits)
    return outcome


def _settled(
    move: Move, leave: str, names: Collection[str], held: Collection[str]
) -> tuple[Move, Needs, set[str], set[str]]:
    """The move with what its code needs, the names that the old module goes on reading, and those it hands on.

    `names` are asked for, `held` are used elsewhere. Raises Along for a name that has to move too, CannotApply.
    """
    read_here = {name for name in move.units if move.code.readers(name, move.moved)}
    if leave != "nothing":
        read_here |= exported_by(move.code) & move.units.keys()
    handed_on = read_here | (move.units.keys() & set(held))
    if leave == "shim":
        handed_on |= set(names)
    move = replace(move, imports_back=bool(handed_on if leave != "nothing" else read_here))
    for name, unit in move.units.items():
        refuse_own_state(move, name, unit.writers, handed_on)
    return move, needs_of(move), read_here, handed_on


def _hazards(move: Move, wish: Wish) -> Iterator[Remark]:
    """What a reviewer should know: stored names, task names, names that stay behind."""
    for name, unit in move.units.items():
        node = unit.statements[-1]
        line = unit.statements[0].lineno
        if wish.leave == "shim":
            yield Remark(move.path, line, f"{name} stays importable here; replace-with-shim makes it a shim")
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            text = ast.unparse(call.func if call else decorator)
            named = call is not None and any(keyword.arg == "name" for keyword in call.keywords)
            if text.rpartition(".")[2] in ("task", "shared_task") and not named:
                yield Remark(
                    move.path,
                    line,
                    f"{name} is a task called {move.module}.{name}; its name follows the module",
                )
        if isinstance(node, ast.ClassDef) and wish.leave == "nothing":
            yield Remark(move.path, line, f"pickles that name {move.module}.{name} can no longer be loaded")
        if any(
            isinstance(inner, ast.Attribute) and inner.attr in ("__module__", "__globals__")
            for inner in ast.walk(node)
        ):
            yield Remark(move.path, line, f"{name} reads __module__, which is another after the move")


def _without_old(
    workspace: Workspace, move: Move, outcome: Outcome, left: Collection[str], read_here: Collection[str]
) -> Outcome:
    """The same with all users re-pointed, so that nothing stays behind. Raises CannotApply."""
    if not left:
        return outcome
    from ssot_lint.plugins import load_codemods

    rewrite = load_codemods()["rewrite-imports"]
    requests = [
        rewrite.request({"old": f"{move.module}:{name}", "new": f"{move.home.module}:{name}"})
        for name in sorted(left)
    ]
    after = workspace.edited(outcome.edits)
    part = rewrite.apply(after, requests)
    if part.refusals:
        first = part.refusals[0]
        raise CannotApply(f"a user cannot be re-pointed: {first.reason}", first.path, first.line)
    edits = {**outcome.edits, **part.edits}
    again = after.edited(part.edits)
    file = again.project.by_path[move.path]
    users = users_of(again, {(file, name) for name in left})
    for name in sorted(left):
        for user in users[file, name]:
            raise CannotApply(f"a user cannot be re-pointed: it {user.how}", user.path, user.line)
    unwanted = [Unwanted(move.home.module, name) for name in sorted(left) if name not in read_here]
    removed = remove_imports(
        Source(move.path, again.read(move.path)), move.module, move.is_package, unwanted, ()
    )
    if removed.kept:
        raise CannotApply(f"{move.module} keeps it: {next(iter(removed.kept.values()))}", move.path)
    edits[move.path] = removed.content
    return Outcome(
        edits,
        remarks=tuple(sorted({*outcome.remarks, *part.remarks})),
        together=(frozenset(edits),),
    )
