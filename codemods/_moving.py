"""`move-definition` at work: requests become moves between two modules, and each move becomes edits."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import Protocol

from ssot_lint.codemod import CannotApply, Outcome, Refusal, Remark
from ssot_lint.editing.blocks import Bound
from ssot_lint.editing.scopes import scopes
from ssot_lint.editing.source import Source
from ssot_lint.project import Project
from ssot_lint.queries.cycles import module_edges
from ssot_lint.workspace import Workspace

from ._imports import Unwanted, remove_imports
from ._move_circles import refuse_circle
from ._move_code import ModuleCode, gathered
from ._move_files import new_file, old_file
from ._move_needs import needs_of
from ._move_parties import Along, Home, Move
from ._move_patches import patches
from ._users import users_of

LEAVE = ("import", "shim", "nothing")


class Request(Protocol):
    """The arguments of one request."""

    @property
    def symbol(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def leave(self) -> str: ...


@dataclass(frozen=True, slots=True, order=True)
class Wish:
    """A definition that is to move, found in its module."""

    module: str  # as the request names it
    to: str
    leave: str
    name: str
    path: str

    @property
    def symbol(self) -> str:
        return f"{self.module}:{self.name}"


def moved(workspace: Workspace, requests: Sequence[Request]) -> Outcome:
    """All requests carried out: those between the same two modules together, those that others need first."""
    refusals: set[Refusal] = set()
    pending: list[list[Wish]] = []
    for wish in sorted(_wishes(workspace, requests, refusals)):
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
                error = problem if isinstance(problem, CannotApply) else _unencodable(group[0], problem)
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


def _unencodable(wish: Wish, error: UnicodeEncodeError) -> CannotApply:
    character = error.object[error.start : error.start + 1]
    return CannotApply(f"{wish.to} is written in {error.encoding}, which lacks {character!r}", wish.path)


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


def _wishes(workspace: Workspace, requests: Sequence[Request], refusals: set[Refusal]) -> Iterator[Wish]:
    """The requests that there is something to do for; the impossible ones are refused."""
    targets: dict[str, set[str]] = {}
    for request in requests:
        targets.setdefault(request.symbol, set()).add(request.to)
    for request in dict.fromkeys(requests):
        try:
            if len(targets[request.symbol]) > 1:
                raise CannotApply(f"is to move to {' and to '.join(sorted(targets[request.symbol]))}")
            wish = _wish(workspace, request)
        except CannotApply as error:
            refusals.add(Refusal(error.path, error.line, error.reason, request.symbol))
            continue
        if wish is not None:
            yield wish


def _wish(workspace: Workspace, request: Request) -> Wish | None:
    """The definition to move; None when it has moved already. Raises CannotApply."""
    project = workspace.project
    module, colon, name = request.symbol.partition(":")
    if request.leave not in LEAVE:
        raise CannotApply(f"leave is {request.leave!r} and can be {', '.join(LEAVE)}")
    if not colon or not name:
        raise CannotApply(f"{request.symbol!r} names no definition: write package.module:Name")
    parts = request.to.split(".")
    if not all(part.isidentifier() and not iskeyword(part) for part in parts):
        raise CannotApply(f"{request.to!r} is no module name: write package.module")
    file = project.find_module(module)
    if file is None:
        raise CannotApply(f"there is no module {module}")
    path = project.files[file].path
    if "." in name:
        raise CannotApply(
            f"{name} is no name of the module: methods and nested definitions do not move", path
        )
    if not name.isidentifier() or (name.startswith("__") and name.endswith("__")):
        raise CannotApply(f"{name} belongs to its module", path)
    home = project.find_module(request.to)
    if home == file:
        raise CannotApply(f"{name} is in {request.to} already", path)
    target = project.name(file, name).target
    if home is not None:
        there = project.name(home, name).target
        if there.file == home and there.kind in ("definition", "variable") and target in (there,):
            return None
        if target.kind == "unresolved" and there.file == home:
            return None  # gone from its old module
    if project.files[file].facts.problem is not None:
        raise CannotApply("the module does not parse", path)
    return Wish(module, request.to, request.leave, name, path)


def _move(workspace: Workspace, group: Sequence[Wish]) -> Outcome:
    """The edits of one move. Raises CannotApply."""
    project = workspace.project
    first = group[0]
    file = project.by_path[first.path]
    source = project.files[file]
    code = ModuleCode(workspace.source(first.path), workspace.scopes(first.path))
    home = _home(workspace, first, source.path)
    edges = project.once(module_edges)
    names = [wish.name for wish in group]
    every = sorted({*code.scopes.module.bindings, *names})
    users = {
        name: [user for user in found if user.path != home.path]
        for (_, name), found in users_of(workspace, {(file, name) for name in every}).items()
    }
    held = {name for name, found in users.items() if found}
    along: set[str] = set()
    while True:
        units = gathered(code, names, along, held)
        move = Move(project, edges, source.path, source.module, source.is_package, code, home, units, True)
        read_here = {name for name in units if code.readers(name, move.moved)}
        if first.leave != "nothing":
            read_here |= _exported(code) & units.keys()
        handed_on = read_here | (units.keys() & held)
        if first.leave == "shim":
            handed_on |= set(names)
        back = handed_on if first.leave != "nothing" else read_here
        move = replace(move, imports_back=bool(back))
        for name, unit in units.items():
            _own_state(move, name, unit.writers, handed_on)
        try:
            needs = needs_of(move)
            break
        except Along as helper:
            along.add(helper.name)
    bound = _bound_there(project, move, file)
    _no_collisions(project, move, bound)
    following = patches(workspace, move, needs)
    taken = {
        name
        for name, found in users.items()
        if any(not (user.is_string and user.path in following) for user in found)
    }
    handed_on &= read_here | taken | (set(names) if first.leave == "shim" else set())
    content = {
        source.path: old_file(move, handed_on, read_here, taken, first.leave != "nothing"),
        home.path: new_file(move, needs, bound, _stars(project, home)),
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


def _home(workspace: Workspace, wish: Wish, path: str) -> Home:
    """The module that the definition goes to, made up if it does not exist. Raises CannotApply."""
    project = workspace.project
    known = project.find_module(wish.to)
    if known is not None:
        file = project.files[known]
        if file.facts.problem is not None:
            raise CannotApply(f"{wish.to} does not parse", file.path)
        if not file.importable:
            raise CannotApply(f"{wish.to} cannot be imported by that name", file.path)
        code = ModuleCode(workspace.source(file.path), workspace.scopes(file.path))
        return Home(file.path, file.module, file.is_package, code, False)
    if project.is_package_dir(wish.to):
        raise CannotApply(f"{wish.to} is a folder without __init__.py", path)
    parent, _, last = wish.to.rpartition(".")
    above = parent
    while above:
        found = project.find_module(above)
        if found is not None and not project.files[found].is_package:
            raise CannotApply(f"{above} is a module and can have no module {wish.to}", path)
        above = above.rpartition(".")[0]
    folder = _folder(project, parent, path)
    if folder is None:
        raise CannotApply(f"there is no package {parent}", path)
    new = f"{folder}/{last}.py" if folder else f"{last}.py"
    if workspace.exists(new):
        raise CannotApply(f"{new} exists and is no module {wish.to}", path)
    source = Source(new, b"")
    return Home(new, wish.to, False, ModuleCode(source, scopes(source.tree)), True)


def _folder(project: Project, package: str, path: str) -> str | None:
    """The folder of a package's modules; for "" that of the top level, as seen from a file."""
    if package:
        known = project.find_module(package)
        if known is not None:
            return project.files[known].path.rpartition("/")[0]
        if not project.is_package_dir(package):
            return None
    depth = len(package.split(".")) if package else 0
    here = project.by_path[path]
    order = sorted(range(len(project.files)), key=lambda number: (number != here, number))
    for number in order:
        file = project.files[number]
        if package and not file.module.startswith(f"{package}."):
            continue
        below = len(file.module.split(".")) - depth
        parts = file.path.split("/")
        return "/".join(parts[: len(parts) - below - file.is_package])
    return None


def _exported(code: ModuleCode) -> set[str]:
    """Strings in the module's `__all__`."""
    return {
        inner.value
        for node in code.body
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in ast.walk(node))
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    }


def _own_state(move: Move, name: str, writers: Sequence[ast.stmt], handed_on: Collection[str]) -> None:
    """Raises CannotApply for a variable that functions bind anew, when two modules would have it."""
    inside = {id(node) for node in move.moved}
    outside = [node for node in writers if id(node) not in inside]
    if outside or (writers and name in handed_on):
        line = (outside or list(writers))[0].lineno
        raise CannotApply(
            f"{name} is module state, bound anew by the function on line {line}", move.path, line
        )


def _bound_there(project: Project, move: Move, file: int) -> list[tuple[Bound, ast.alias]]:
    """The imports of the new module that bring what moves. Raises CannotApply where they cannot go."""
    if move.home.is_new:
        return []
    home = project.by_path[move.home.path]
    places: dict[tuple[int, str, str | None], str] = {}
    for imp in project.files[home].facts.imports:
        if imp.name in (None, "*"):
            continue
        target = project.resolve_import(home, imp).target
        module, _, name = target.symbol.partition(":")
        if target.file == file and module == move.module and name in move.units:
            places[imp.line, imp.name or "", imp.asname] = name
    found = []
    for item in move.home.code.scopes.imports:
        for alias in item.statement.names:
            name = places.get((alias.lineno, alias.name, alias.asname), "")
            if not name:
                continue
            inner = [
                node for node in item.parents if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            ]
            if isinstance(item.statement, ast.Import) or (inner and not isinstance(inner[0], ast.If)):
                raise CannotApply(
                    f"{move.home.module} imports {name} in a larger statement", move.home.path, alias.lineno
                )
            if alias.name != name:
                raise CannotApply(
                    f"{move.home.module} has {name} under another name", move.home.path, alias.lineno
                )
            if alias.asname and item.parents:
                continue  # a function that imports from its own module
            found.append((item, alias))
    return found


def _no_collisions(project: Project, move: Move, bound: Sequence[tuple[Bound, ast.alias]]) -> None:
    """Raises CannotApply where the new module has, or reads, other things under the names that come."""
    gone = {id(alias) for _, alias in bound}
    home = move.home.code
    for name in sorted(move.units):
        for node in home.scopes.module.bindings.get(name, ()):
            if id(node) not in gone:
                line = getattr(node, "lineno", 1)
                raise CannotApply(f"{move.home.module} has another {name}", move.home.path, line)
        for read in home.scopes.names:
            if read.node.id == name and read.owner is None:
                line = read.string.lineno if read.string else read.statement.lineno
                raise CannotApply(f"{name} means something else in {move.home.module}", move.home.path, line)
    if move.home.is_new:
        return
    for number, file in enumerate(project.files):
        for imp in file.facts.imports:
            if imp.name != "*" or file.path == move.home.path:
                continue
            target = project.resolve_import(number, imp).target
            if target.file != project.by_path[move.home.path] or target.kind != "module":
                continue
            for name in sorted(move.units):
                known = project.name(number, name).target
                if (
                    not name.startswith("_")
                    and known.kind != "unresolved"
                    and known.symbol != f"{move.module}:{name}"
                ):
                    raise CannotApply(
                        f"the star import of {move.home.module} would bring another {name}",
                        file.path,
                        imp.line,
                    )


def _stars(project: Project, home: Home) -> dict[str, Collection[str]]:
    """What star imports of the new module bring, by module."""
    if home.is_new:
        return {}
    number = project.by_path[home.path]
    found: dict[str, Collection[str]] = {}
    for imp in project.files[number].facts.imports:
        if imp.name == "*":
            module = project.absolute(number, imp)
            file = project.find_module(module) if module else None
            if module and file is not None:
                found[module] = [name for name in project.namespace(file) if project.exported(file, name)]
    return found


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
