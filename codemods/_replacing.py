"""The text of a file in which names become shims: the whole module, a part of it, or an import in their place."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ssot_lint.codemod import CannotApply, Remark
from ssot_lint.scopes import Read
from ssot_lint.source import Source, Splice
from ssot_lint.workspace import Workspace

from ._imports import Wanted, add_imports, without_aliases, without_statement
from ._module_bodies import (
    Removal,
    bindings,
    cut,
    cycle,
    imports_of,
    leftovers,
    merged,
    place_of,
    removal,
    without_imports,
)
from ._names import renamed
from ._patches import followed, patches_of
from ._shims import (
    INDENT,
    Handed,
    Lazy,
    answer,
    answered,
    block_text,
    is_type_checking,
    lazy_of,
    listed,
    module_text,
    typed,
)  # fmt: skip
from ._swaps import Blocked, Swap, binding_statements
from ._users import Key, User, users_of

Users = Mapping[Key, tuple[User, ...]]


@dataclass(frozen=True)
class Replaced:
    """A file's new text, the patches of other files that have to follow, and what to look at."""

    content: bytes
    patches: Mapping[str, frozenset[Splice]] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class _File:
    """What is asked of one file: the names to replace, and who takes what from it."""

    workspace: Workspace
    path: str
    swaps: Sequence[Swap]
    users: Users

    @property
    def number(self) -> int:
        return self.workspace.file(self.path)

    @property
    def names(self) -> set[str]:
        return {item.handed.name for item in self.swaps}

    @property
    def nodes(self) -> list[ast.stmt]:
        return [node for item in self.swaps for node in item.nodes]

    def users_of(self, name: str) -> tuple[User, ...]:
        return self.users.get((self.number, name), ())


def users_in(workspace: Workspace, swaps: Mapping[str, Sequence[Swap]]) -> Users:
    """Who takes what from the files that change: every name they bind may be somebody's."""
    keys: set[Key] = set()
    for path, items in swaps.items():
        file = workspace.file(path)
        keys |= {(file, name) for name in workspace.project.namespace(file)} | {(file, "*")}
        keys |= {(file, item.handed.name) for item in items}
        keys |= {(file, item.loads) for item in items if item.loads}
    return users_of(workspace, keys) if keys else {}


def replaced(workspace: Workspace, path: str, swaps: Sequence[Swap], users: Users) -> Replaced:
    """The file with all these names replaced. Raises Blocked for one of them, CannotApply for all."""
    work = _File(workspace, path, swaps, users)
    facts = workspace.project.files[work.number]
    if f"{path}i" in workspace.others:
        raise CannotApply("it has a stub file beside it, which would go on declaring the old definition")
    _keep_submodules(work)
    gone = removal(workspace, path, work.nodes, work.names, ())
    moved, patches = _moved_patches(work, gone)
    taken = {
        name for (home, name), found in users.items()
        if home == work.number and found and name not in work.names | moved
    }  # fmt: skip
    local = facts.is_test and not any(work.users_of(name) for name in work.names)
    if local and all(item.nodes for item in swaps):
        return Replaced(_in_place(work, taken))
    gone = removal(workspace, path, work.nodes, work.names, taken)
    remarks = [*_fallbacks(work), *_left_patches(work, gone, moved)]
    if all(item.nodes for item in swaps) and not leftovers(workspace, path, gone, work.names, taken):
        return Replaced(_whole(work), patches, (*remarks, *_patched(work, ())))
    inner = _inner_names(work, gone)
    content, names = _partial(work, taken, inner)
    for place, splices in _inner_patches(work, names).items():
        patches[place] = patches.get(place, frozenset()) | splices
    return Replaced(content, patches, (*remarks, *_patched(work, tuple(inner))))


def _keep_submodules(work: _File) -> None:
    """A package's import of a name from below it also loads the submodule, which others may rely on."""
    for item in work.swaps:
        if item.loads and (
            users := [user for user in work.users_of(item.loads) if user.how.startswith("reads")]
        ):
            where = f"{users[0].path}:{users[0].line} {users[0].how}"
            raise Blocked(item.handed.name, f"{where}, which only this import loads", item.line)


# -- what a reviewer should know


def _patched(work: _File, inner: Sequence[str]) -> Iterator[Remark]:
    """Strings that look the name up in the module: whom do they still reach?"""
    for name in sorted(work.names - set(inner)):
        for user in work.users_of(name):
            if user.is_string:
                yield Remark(
                    user.path, user.line, f"{user.how}: reaches only those who ask for the old name later"
                )


def _fallbacks(work: _File) -> Iterator[Remark]:
    """`except ImportError: from old import Name` falls back to what it has just failed to get."""
    project = work.workspace.project
    for item in work.swaps:
        for user in work.users_of(item.handed.name):
            if user.is_string or user.path not in project.by_path:
                continue
            facts = project.files[project.by_path[user.path]].facts
            for imp in facts.imports:
                if (
                    imp.line == user.line
                    and imp.branch >= 0
                    and facts.branches[imp.branch].kind.startswith("except")
                ):
                    text = (
                        f"falls back to {item.handed.name}, which is that of {item.handed.module} in future"
                    )
                    yield Remark(user.path, user.line, text)


# -- patches


def _moved_patches(work: _File, gone: Removal) -> tuple[set[str], dict[str, frozenset[Splice]]]:
    """Names that only copies of the canonical definition read, where nobody but patches takes them from here.

    The patch follows the body that reads the name: what it is to replace is read in the canonical module now.
    """
    workspace, project = work.workspace, work.workspace.project
    copies = [item for item in work.swaps if item.copied]
    if not copies or len(copies) != len(work.swaps):
        return set(), {}
    homes = {project.files[item.copied_from].module for item in copies}
    read = _read_only_by(work, gone)
    wanted = {name: name for name in read if work.users_of(name) and len(homes) == 1}
    patches: dict[str, set[Splice]] = {}
    moved: dict[str, int] = dict.fromkeys(wanted, 0)
    for path, item, name in patches_of(workspace, work.number, wanted):
        try:
            splice = followed(workspace.source(path), item, name, min(homes), name)
        except CannotApply:
            return set(), {}
        patches.setdefault(path, set()).add(splice)
        moved[name] += 1
    for name, count in moved.items():
        if count != len(work.users_of(name)):
            return set(), {}
    return set(moved), {path: frozenset(splices) for path, splices in patches.items()}


def _read_only_by(work: _File, gone: Removal) -> set[str]:
    """The names of the module that only the removed statements read."""
    scopes = work.workspace.scopes(work.path)
    inside: set[str] = set()
    outside = set(work.names)
    for read in scopes.names:
        if isinstance(read.node.ctx, ast.Load) and read.owner is scopes.module:
            (inside if gone.holds(read) else outside).add(read.node.id)
    return inside - outside


def _left_patches(work: _File, gone: Removal, moved: set[str]) -> Iterator[Remark]:
    """Patches of names that nothing in the module reads any more."""
    module = work.workspace.project.files[work.number].module
    read = _read_only_by(work, gone) - moved
    for path, item, name in patches_of(work.workspace, work.number, dict.fromkeys(read, "")):
        yield Remark(path, item.line, f"replaces {name} of {module}, which only what was replaced has read")


def _inner_patches(work: _File, names: Mapping[str, str]) -> dict[str, frozenset[Splice]]:
    """The module reads these names through private ones: so its patches replace the private ones."""
    found: dict[str, set[Splice]] = {}
    for path, item, name in patches_of(work.workspace, work.number, names):
        swap = next(swap for swap in work.swaps if swap.handed.name == name)
        late = [user for user in work.users_of(name) if user.is_late and user.path != path]
        if late:
            where = f"{late[0].path}:{late[0].line} {late[0].how}"
            reason = f"{path}:{item.line} patches it for two readers: the module itself, and {where}"
            raise Blocked(name, reason, swap.line)
        try:
            splice = followed(work.workspace.source(path), item, name, "", names[name])
        except CannotApply as refused:
            raise Blocked(name, refused.reason, swap.line) from refused
        found.setdefault(path, set()).add(splice)
    return {path: frozenset(splices) for path, splices in found.items()}


# -- the three forms


def _whole(work: _File) -> bytes:
    """The module as nothing but a shim; the comments it opens with stay."""
    source, facts = work.workspace.source(work.path), work.workspace.project.files[work.number]
    handed = sorted(item.handed for item in work.swaps)
    first = source.tree.body[0]
    decorators = getattr(first, "decorator_list", ())
    opening = source.text[: source.offset(min([first.lineno, *(item.lineno for item in decorators)]), 0)]
    doc = ""
    if not any(item.is_definition for item in work.swaps) and ast.get_docstring(source.tree) is not None:
        doc = source.segment(first)
    exports = facts.facts.exports
    public = [
        item.name for item in handed if (item.name in exports if exports else not item.name.startswith("_"))
    ]
    text = module_text(facts.is_package, handed, doc, public)
    return source.encoded((opening if opening.strip() else "") + text.replace("\n", source.newline))


def _partial(
    work: _File, taken: set[str], inner: Mapping[str, Sequence[Read]]
) -> tuple[bytes, Mapping[str, str]]:
    """The module with the definitions cut out, the `__getattr__` in their place, and inner uses led elsewhere."""
    facts = work.workspace.project.files[work.number]
    exports = _exports(work)
    wanted = [Wanted("typing", "TYPE_CHECKING"), Wanted("warnings")]
    wanted += [Wanted("sys")] if facts.is_package else []
    after, names = _with_imports(work, wanted, inner)
    source = after.workspace.source(work.path)
    gone = removal(after.workspace, work.path, after.nodes, after.names, taken)
    splices = [*_led(after, gone, names), *_shim_splices(after, gone)]
    if exports is not None:
        at = _after_imports(source)
        text = "".join(f'{INDENT}"{name}",\n' for name in exports)
        splices.append(Splice(at, at, f"\n__all__ = [\n{text}]\n"))
    kept = taken | set(names.values())
    content = without_imports(
        facts, source.spliced(merged(splices)), imports_of(after.workspace, work.path, gone), kept
    )
    return content, names


def _in_place(work: _File, taken: set[str]) -> bytes:
    """A test module of its own: the import takes the place of the definition."""
    swaps = [item for item in work.swaps if item.is_definition]
    work = _File(work.workspace, work.path, swaps, work.users)
    facts = work.workspace.project.files[work.number]
    inner = _inner_names(work, removal(work.workspace, work.path, work.nodes, work.names, taken))
    other = {item.handed.name for item in swaps if item.handed.canonical != item.handed.name}
    after, names = _with_imports(work, [], {name: reads for name, reads in inner.items() if name in other})
    gone = removal(after.workspace, work.path, after.nodes, after.names, taken)
    source = after.workspace.source(work.path)
    splices = [*_led(after, gone, names), *(cut(source, node) for node in gone.statements)]
    content = source.spliced(merged(splices))
    wanted = []
    for item in swaps:
        if item.handed.name in inner.keys() - other:
            _refuse_cycle(work, item)
            wanted.append(Wanted(item.handed.module, item.handed.canonical))
    added = add_imports(Source(work.path, content), facts.module, facts.is_package, wanted)
    kept = taken | set(names.values()) | set(added.names.values())
    return without_imports(facts, added.content, imports_of(after.workspace, work.path, gone), kept)


def _exports(work: _File) -> list[str] | None:
    """The `__all__` that a module needs for those who import * from it, where it has none."""
    project, facts = work.workspace.project, work.workspace.project.files[work.number].facts
    stars = work.users_of("*")
    if not stars or facts.exports is not None or facts.exports_from:
        return None
    where = f"{stars[0].path}:{stars[0].line} imports * from it, and"
    if facts.exports_dynamic or facts.dynamic_namespace or any(imp.name == "*" for imp in facts.imports):
        raise CannotApply(f"{where} what that brings cannot be told")
    tree, scopes = work.workspace.source(work.path).tree, work.workspace.scopes(work.path)
    certain = {
        inner for node in tree.body if not isinstance(node, ast.If | ast.Try) for inner in ast.walk(node)
    }
    found = []
    for name in project.exports(work.number):
        bound = scopes.module.bindings.get(name, [])
        if name in work.names or any(node in certain for node in bound):
            found.append(name)
        elif any(
            not project.type_checking(work.number, imp.branch) for imp in facts.imports if imp.bound == name
        ):
            raise CannotApply(f"{where} whether that brings {name} cannot be told")
    return found


# -- inner uses


def _inner_names(work: _File, gone: Removal) -> dict[str, list[Read]]:
    """The names that the rest of the module reads, with the places; refuses where it does more than read."""
    scopes = work.workspace.scopes(work.path)
    found: dict[str, list[Read]] = {}
    for name in sorted(work.names):
        for read in scopes.references(scopes.module, name):
            if gone.holds(read):
                continue
            if not isinstance(read.node.ctx, ast.Load):
                raise Blocked(name, f"{name} is bound again in its module", place_of(read).lineno)
            found.setdefault(name, []).append(read)
        for node in ast.walk(work.workspace.source(work.path).tree):
            if node in gone.nodes:
                continue
            match node:
                case ast.Attribute(value=ast.Name(id=owner), ctx=ast.Store() | ast.Del()) if owner == name:
                    raise Blocked(name, f"the module changes {name} after defining it", node.lineno)
                case ast.Global(names=declared) if name in declared:
                    raise Blocked(name, f"{name} is bound again in its module", node.lineno)
                case ast.Subscript(
                    value=ast.Call(func=ast.Name(id="globals" | "vars")), slice=ast.Constant(value=str(text))
                ) if text == name:
                    raise Blocked(name, f"the module looks {name} up in globals()", node.lineno)
    return found


def _with_imports(
    work: _File, wanted: Sequence[Wanted], inner: Mapping[str, Sequence[Read]]
) -> tuple[_File, dict[str, str]]:
    """The file with the imports it will need, and the local names of what the module reads itself.

    The project is not linked anew: nothing that is asked of it later depends on these imports.
    """
    workspace, facts = work.workspace, work.workspace.project.files[work.number]
    own: dict[str, Wanted] = {}
    names: dict[str, str] = {}
    for item in work.swaps:
        handed = item.handed
        if handed.name not in inner:
            continue
        if known := _known_as(work, item, min(place_of(read).lineno for read in inner[handed.name])):
            names[handed.name] = known
            continue
        _refuse_cycle(work, item)
        private = f"_{handed.name.lstrip('_')}"
        others = tuple(dict.fromkeys((private, f"_Canonical{handed.canonical}", f"_{handed.canonical}_")))
        asname = private if handed.canonical == handed.name else None
        own[handed.name] = Wanted(handed.module, handed.canonical, asname, otherwise=others)
    source = workspace.source(work.path)
    added = add_imports(source, facts.module, facts.is_package, [*wanted, *own.values()])
    edits = {**workspace.edits, work.path: added.content}
    after = Workspace(workspace.project, workspace.load, workspace.others, edits)
    swaps = []
    for item in work.swaps:
        bound = bindings(after.scopes(work.path), item.handed.name)
        nodes = binding_statements(after.source(work.path).tree, bound) if item.nodes else ()
        if item.nodes and not nodes:
            raise Blocked(item.handed.name, f"{item.handed.name} is bound several times", item.line)
        swaps.append(Swap(item.handed, nodes, item.line))
    names.update({name: added.names[want] for name, want in own.items()})
    return _File(after, work.path, swaps, work.users), names


def _known_as(work: _File, item: Swap, line: int) -> str:
    """The name under which an import above a line has the canonical object already; "" for none."""
    project, scopes = work.workspace.project, work.workspace.scopes(work.path)
    target = project.resolve_symbol(f"{item.handed.module}:{item.handed.canonical}").target
    for node in work.workspace.source(work.path).tree.body:
        if not isinstance(node, ast.ImportFrom) or (node.end_lineno or node.lineno) >= line:
            continue
        for alias in node.names:
            local = alias.asname or alias.name
            once = len(scopes.module.bindings.get(local, ())) == 1
            if once and local not in work.names and project.name(work.number, local).targets == (target,):
                return local
    return ""


def _refuse_cycle(work: _File, item: Swap) -> None:
    project = work.workspace.project
    if found := cycle(project, project.files[work.number].module, item.handed.module):
        way = " -> ".join(found)
        reason = f"the module reads {item.handed.name} itself, and importing it would close a cycle: {way}"
        raise Blocked(item.handed.name, reason, item.line)


def _led(work: _File, gone: Removal, names: Mapping[str, str]) -> Iterator[Splice]:
    """Inner uses read the private import."""
    scopes, source = work.workspace.scopes(work.path), work.workspace.source(work.path)
    for name, local in sorted(names.items()):
        if local == name:
            continue
        reads = [
            read for read in scopes.references(scopes.module, name)
            if not gone.holds(read) and isinstance(read.node.ctx, ast.Load)
        ]  # fmt: skip
        for read in reads:
            owner = read.scope.owner(local)
            if owner is not None and owner.kind != "module":
                raise Blocked(name, f"{local} means something else there", place_of(read).lineno)
        yield from renamed(source, reads, local)


# -- the shim itself


def _shim_splices(work: _File, gone: Removal) -> Iterator[Splice]:
    """What bound the names goes, and the `__getattr__` comes: where the first definition stood, else below the imports."""
    source = work.workspace.source(work.path)
    is_package = work.workspace.project.files[work.number].is_package
    handed = sorted(item.handed for item in work.swaps)
    lazy = lazy_of(source.tree)
    own = bindings(work.workspace.scopes(work.path), "__getattr__")
    if (lazy is None and own) or len(own) > 1:
        raise CannotApply("its __getattr__ is no plain function, it cannot be extended")
    if lazy is not None and lazy.node.body[0].lineno == lazy.node.lineno:
        raise CannotApply("its __getattr__ stands on one line, it cannot be extended")
    statements = [node for node in gone.statements if not isinstance(node, ast.Import | ast.ImportFrom)]
    yield from _without_aliases(source, work.swaps)
    if lazy is not None:
        yield from (cut(source, node) for node in statements)
        yield from _extended(source, is_package, lazy, handed, [s.handed for s in work.swaps if s.nodes])
        return
    text = block_text(is_package, handed)
    place = next((node for node in statements if node in work.nodes), None)
    yield from (cut(source, node, text if node is place else None) for node in statements)
    if place is None:
        at = _after_imports(source)
        yield Splice(at, at, f"\n\n{text}\n" if at else f"{text}\n")


def _without_aliases(source: Source, swaps: Sequence[Swap]) -> Iterator[Splice]:
    found: dict[ast.Import | ast.ImportFrom, list[ast.alias]] = {}
    for item in swaps:
        if item.statement is not None and item.alias is not None:
            found.setdefault(item.statement, []).append(item.alias)
    for statement, aliases in found.items():
        if len(aliases) == len(statement.names):
            yield without_statement(source, statement, source.tree.body)
        else:
            yield without_aliases(source, statement, aliases)


def _after_imports(source: Source) -> int:
    """The start of the line below the module's first imports."""
    at = 0
    for node in source.tree.body:
        documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        imports = isinstance(node, ast.Import | ast.ImportFrom)
        if not (documents or imports or (isinstance(node, ast.If) and is_type_checking(node))):
            break
        at = source.span(node)[1]
    line = source.line_of(at)
    while line < len(source.starts) and source.line(line + 1).lstrip(" \t") != source.line(line + 1).lstrip(
        " \t#"
    ):
        if not source.indentation(line + 1):
            break
        line += 1  # a comment that belongs to the block above
    return source.starts[line] if line < len(source.starts) else len(source.text)


def _extended(
    source: Source, is_package: bool, lazy: Lazy, handed: Sequence[Handed], fresh: Sequence[Handed]
) -> Iterator[Splice]:
    """A `__getattr__` that is there answers these names first; type checkers get their imports beside it."""
    indent = source.indentation(lazy.node.body[0].lineno)
    texts = [answer(is_package, item, indent, lazy.parameter) for item in handed]
    yield answered(source, lazy, "\n".join(texts))
    yield from listed(source, lazy, [item.name for item in handed])
    lines = [typed(item, bool(item.until)) for item in sorted(fresh)]
    if not lines:
        return
    if lazy.parents and is_type_checking(lazy.parents[-1]) and lazy.node in lazy.parents[-1].orelse:
        last = lazy.parents[-1].body[-1]
        at = source.starts[source.line_of(source.span(last)[1])]
        yield Splice(at, at, "".join(f"{source.indentation(last.lineno)}{line}\n" for line in lines))
    else:
        outer = lazy.parents[0] if lazy.parents else lazy.node
        at = source.starts[outer.lineno - 1]
        yield Splice(at, at, "if TYPE_CHECKING:\n" + "".join(f"{INDENT}{line}\n" for line in lines) + "\n\n")
