"""Turn a duplicate into a shim: the canonical object under the old name.

`symbol` is the duplicate class or function, `canonical` the name to hand on and the module to import it from, both as
`package.module:Name`. Whoever uses the old name gets the canonical object itself: `isinstance`, `except` and pickles
that name the old path keep working, type checkers see it, and each place that asks gets one DeprecationWarning.

A module that holds nothing else becomes a shim as a whole. Of any other module only the definition goes, with the
private names and the imports that nothing else needs; every other byte stays. Uses of the name inside the module
cannot be served by a module's `__getattr__`: they read the canonical object through a private import. In a test
module that nobody imports the name from, the import takes the place of the definition and no shim is made.

A name that is already the canonical object, an exact copy, and a subclass without a body are always replaced. Any
other definition is compared with the canonical one as SSOT101 does it: `drop-in` is replaced; for `adapter` and
`manual` the request has to say `accept`, the word of somebody who has looked at the reasons.

Refused: definitions in functions, classes and branches, fixtures, test cases, variants, names that are bound several
times or changed later, decorators that may register what they decorate, a module `__getattr__` that is no plain
function, star imports of a module without `__all__`, and uses inside the module that would need an import cycle.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.codemod import CannotApply, Codemod, Example, Outcome, Refusal, Remark
from ssot_lint.scopes import Read, Scope
from ssot_lint.source import Source, Splice
from ssot_lint.workspace import Workspace

from ._imports import Wanted, add_imports, without_aliases, without_statement
from ._module_bodies import Removal, bindings, cut, cycle, imports_of, leftovers, removal, without_imports
from ._names import renamed
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
)
from ._swaps import Blocked, Swap, binding_statements, canonical_of, file_of, found_swap, judge
from ._users import Key, User, users_of


@dataclass(frozen=True)
class Arguments:
    symbol: str
    """What becomes a shim: `package.module:Name`."""
    canonical: str
    """What it hands on, and where that is to be imported from: `package.module:Name`."""
    until: str = ""
    """A date (2026-03-01) or a version (2.0) until when the shim may stay; SSOT702 reads it."""
    accept: str = ""
    """The worst verdict that somebody has agreed to: "adapter" or "manual"."""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    """All requests of a file at once; a name that cannot be replaced does not keep the others from it."""
    refusals: list[Refusal] = []
    remarks: list[Remark] = []
    swaps: dict[str, list[Swap]] = {}
    for request in sorted(
        set(requests), key=lambda item: (item.symbol, item.canonical, item.until, item.accept)
    ):
        try:
            path, swap, said = _swap(workspace, request)
        except CannotApply as refused:
            refusals.append(Refusal(refused.path, refused.line, refused.reason, request.symbol))
            continue
        if swap is None:
            continue
        if any(other.handed.name == swap.handed.name for other in swaps.get(path, ())):
            reason = f"{request.symbol} is asked for twice, in two ways"
            refusals.append(Refusal(path, swap.line, reason, request.symbol))
            continue
        swaps.setdefault(path, []).append(swap)
        remarks += said
    users = _users(workspace, swaps)
    edits: dict[str, bytes | None] = {}
    for path, wanted in sorted(swaps.items()):
        content, said, refused_here = _replaced(workspace, path, wanted, users)
        refusals += refused_here
        if content != workspace.read(path):
            edits[path] = content
            remarks += said
    return Outcome(edits, tuple(sorted(set(refusals))), tuple(sorted(set(remarks))))


def _swap(workspace: Workspace, request: Arguments) -> tuple[str, Swap | None, list[Remark]]:
    """The file and the name that a request is about; no swap where there is nothing left to do."""
    project = workspace.project
    path = project.files[file_of(project, request.symbol)].path
    target = canonical_of(project, path, request.canonical)
    module, _, name = request.canonical.partition(":")
    handed = Handed(request.symbol.partition(":")[2], module, name, request.until)
    swap = found_swap(workspace, path, handed, target)
    said = list(judge(workspace, path, swap, target, request.accept)) if swap is not None else []
    return path, swap, said


def _replaced(
    workspace: Workspace, path: str, swaps: Sequence[Swap], users: Mapping[Key, tuple[User, ...]]
) -> tuple[bytes, list[Remark], list[Refusal]]:
    """The file with as many of the names replaced as can be."""
    refusals: list[Refusal] = []
    module = workspace.project.files[workspace.file(path)].module
    while swaps:
        try:
            return (*_changed(workspace, path, swaps, users), refusals)
        except Blocked as blocked:
            out = [item for item in swaps if item.handed.name == blocked.name]
            line, reason = blocked.line, blocked.reason
        except CannotApply as refused:
            out, line, reason = list(swaps), refused.line, refused.reason
        refusals += [Refusal(path, line or item.line, reason, f"{module}:{item.handed.name}") for item in out]
        swaps = [item for item in swaps if item not in out]
    return workspace.read(path), [], refusals


# -- the new text of a file


def _users(workspace: Workspace, swaps: Mapping[str, Sequence[Swap]]) -> Mapping[Key, tuple[User, ...]]:
    """Who takes what from the files that change: every name they bind may be somebody's."""
    keys: set[Key] = set()
    for path, items in swaps.items():
        file = workspace.file(path)
        keys |= {(file, name) for name in workspace.project.namespace(file)} | {(file, "*")}
        keys |= {(file, item.handed.name) for item in items}
    return users_of(workspace, keys) if keys else {}


def _changed(
    workspace: Workspace, path: str, swaps: Sequence[Swap], users: Mapping[Key, tuple[User, ...]]
) -> tuple[bytes, list[Remark]]:
    file = workspace.file(path)
    facts = workspace.project.files[file]
    names = {item.handed.name for item in swaps}
    taken = {name for (home, name), found in users.items() if home == file and found and name not in names}
    if users.get((file, "*")) and facts.facts.exports is None:
        where = users[file, "*"][0]
        raise CannotApply(f"{where.path}:{where.line} imports * from it, and it has no __all__")
    handed = sorted(item.handed for item in swaps)
    if facts.is_test and not any(users.get((file, name)) for name in names) and all(s.nodes for s in swaps):
        content, said = _in_place(workspace, path, swaps, taken)
        return content, said
    gone = removal(workspace, path, [node for item in swaps for node in item.nodes], names, taken)
    remarks = [*_patched(users, file, names, ())]
    if all(item.nodes for item in swaps) and not leftovers(workspace, path, gone, names, taken):
        return _whole(workspace, path, handed, swaps), remarks
    return _partial(workspace, path, swaps, gone, taken, users)


def _patched(
    users: Mapping[Key, tuple[User, ...]], file: int, names: set[str], inner: Sequence[str]
) -> Iterator[Remark]:
    """Strings that replace the name in the module: whom do they still reach?"""
    for name in sorted(names):
        for user in users.get((file, name), ()):
            if user.is_string and name in inner:
                yield Remark(
                    user.path,
                    user.line,
                    f"{user.how}: the module itself reads {name} through a private name now",
                )
            elif user.is_string:
                yield Remark(
                    user.path, user.line, f"{user.how}: only those who ask for the old name see that"
                )


def _whole(workspace: Workspace, path: str, handed: Sequence[Handed], swaps: Sequence[Swap]) -> bytes:
    """The module as nothing but a shim; the comments it opens with stay."""
    source, file = workspace.source(path), workspace.file(path)
    facts = workspace.project.files[file]
    first = source.tree.body[0]
    start = source.offset(min([first.lineno, *[d.lineno for d in getattr(first, "decorator_list", ())]]), 0)
    opening = source.text[:start] if _is_opening(source.text[:start]) else ""
    doc = ""
    if not any(item.is_definition for item in swaps) and ast.get_docstring(source.tree) is not None:
        doc = source.segment(first)
    exports = facts.facts.exports
    public = [
        item.name for item in handed if (item.name in exports if exports else not item.name.startswith("_"))
    ]
    text = module_text(facts.is_package, handed, doc, public)
    return source.encoded(opening + text.replace("\n", source.newline))


def _is_opening(text: str) -> bool:
    """Is it a licence, a shebang or a cookie, rather than a comment about what follows?"""
    return bool(text.strip())


def _partial(
    workspace: Workspace,
    path: str,
    swaps: Sequence[Swap],
    gone: Removal,
    taken: set[str],
    users: Mapping[Key, tuple[User, ...]],
) -> tuple[bytes, list[Remark]]:
    """The module with the definitions cut out, the `__getattr__` in their place, and inner uses led elsewhere."""
    file = workspace.file(path)
    facts = workspace.project.files[file]
    inner = _inner_names(workspace, path, swaps, gone)
    scoped, names = _with_imports(workspace, path, swaps, inner, shim=True)
    source, located = scoped.source(path), _located(scoped, path, swaps)
    gone = removal(
        scoped, path, [n for item in located for n in item.nodes], {s.handed.name for s in swaps}, taken
    )
    splices = _led(scoped, path, located, gone, names)
    splices += _shim_splices(source, facts.is_package, located, gone)
    content = source.spliced(splices)
    content = without_imports(facts, content, imports_of(scoped, path, gone), taken | set(names.values()))
    swapped = {item.handed.name for item in swaps}
    return content, [*_patched(users, file, swapped, tuple(inner))]


def _in_place(
    workspace: Workspace, path: str, swaps: Sequence[Swap], taken: set[str]
) -> tuple[bytes, list[Remark]]:
    """A test module of its own: the import takes the place of the definition."""
    swaps = [item for item in swaps if item.is_definition]
    if not swaps:
        return workspace.read(path), []
    gone = removal(
        workspace, path, [n for s in swaps for n in s.nodes], {s.handed.name for s in swaps}, taken
    )
    inner = _inner_names(workspace, path, swaps, gone)
    scoped, names = _with_imports(workspace, path, swaps, inner, shim=False)
    source, located = scoped.source(path), _located(scoped, path, swaps)
    gone = removal(scoped, path, [n for s in located for n in s.nodes], {s.handed.name for s in swaps}, taken)
    splices = _led(scoped, path, located, gone, names)
    splices += [cut(source, node) for node in gone.statements]
    content = source.spliced(splices)
    facts = workspace.project.files[workspace.file(path)]
    return without_imports(facts, content, imports_of(scoped, path, gone), taken | set(names.values())), []


def _inner_names(
    workspace: Workspace, path: str, swaps: Sequence[Swap], gone: Removal
) -> dict[str, list[Read]]:
    """The names that the rest of the module reads, with the places; refuses where it does more than read."""
    scopes = workspace.scopes(path)
    found: dict[str, list[Read]] = {}
    for item in swaps:
        name = item.handed.name
        for read in scopes.references(scopes.module, name):
            if gone.holds(read):
                continue
            if not isinstance(read.node.ctx, ast.Load):
                raise Blocked(name, f"{name} is bound again in its module", read.node.lineno)
            found.setdefault(name, []).append(read)
        for node in ast.walk(workspace.source(path).tree):
            if node in gone.nodes:
                continue
            match node:
                case ast.Attribute(value=ast.Name(id=owner), ctx=ast.Store() | ast.Del()) if owner == name:
                    raise Blocked(name, f"the module changes {name} after defining it", node.lineno)
                case ast.Global(names=globals_) if name in globals_:
                    raise Blocked(name, f"{name} is bound again in its module", node.lineno)
                case ast.Subscript(
                    value=ast.Call(func=ast.Name(id="globals" | "vars")), slice=ast.Constant(value=str(text))
                ) if text == name:
                    raise Blocked(name, f"the module looks {name} up in globals()", node.lineno)
    return found


def _with_imports(
    workspace: Workspace, path: str, swaps: Sequence[Swap], inner: Mapping[str, object], shim: bool
) -> tuple[Workspace, dict[str, str]]:
    """The file with the imports it will need (the project is not linked anew), and the local name for each of the names that the module reads itself."""
    project, file = workspace.project, workspace.file(path)
    facts = project.files[file]
    wanted: list[Wanted] = []
    if shim:
        wanted += [Wanted("typing", "TYPE_CHECKING"), Wanted("warnings")]
        wanted += [Wanted("sys")] if facts.is_package else []
    own: dict[str, Wanted] = {}
    for item in swaps:
        handed = item.handed
        if handed.name not in inner:
            continue
        found = cycle(project, facts.module, handed.module)
        if found:
            way = " -> ".join(found)
            reason = f"the module reads {handed.name} itself, and importing it would close a cycle: {way}"
            raise Blocked(handed.name, reason, item.line)
        first = f"_{handed.name.lstrip('_')}"
        local = handed.canonical if handed.canonical != handed.name else first
        others = tuple(dict.fromkeys((first, f"_Canonical{handed.canonical}", f"_{handed.canonical}_")))
        own[handed.name] = Wanted(
            handed.module, handed.canonical, None if local == handed.canonical else local, otherwise=others
        )
    added = add_imports(workspace.source(path), facts.module, facts.is_package, [*wanted, *own.values()])
    edits = {**workspace.edits, path: added.content}
    scoped = Workspace(workspace.project, workspace.load, workspace.others, edits)
    return scoped, {name: added.names[want] for name, want in own.items()}


def _located(workspace: Workspace, path: str, swaps: Sequence[Swap]) -> list[Swap]:
    """The same swaps in a text that further imports were added to."""
    found = []
    for item in swaps:
        if not item.nodes:
            found.append(item)
            continue
        bound = bindings(workspace.scopes(path), item.handed.name)
        nodes = binding_statements(workspace.source(path).tree, bound)
        if not nodes:
            raise Blocked(item.handed.name, f"{item.handed.name} is bound several times", item.line)
        found.append(Swap(item.handed, nodes, item.line))
    return found


def _led(
    workspace: Workspace, path: str, swaps: Sequence[Swap], gone: Removal, names: Mapping[str, str]
) -> list[Splice]:
    """Inner uses read the private import."""
    scopes, source = workspace.scopes(path), workspace.source(path)
    splices: list[Splice] = []
    for item in swaps:
        name = item.handed.name
        if name not in names or names[name] == name:
            continue
        reads = [
            read for read in scopes.references(scopes.module, name)
            if not gone.holds(read) and isinstance(read.node.ctx, ast.Load)
        ]  # fmt: skip
        for read in reads:
            if _captured(read.scope, names[name]):
                raise Blocked(name, f"{names[name]} means something else there", read.node.lineno)
        splices += renamed(source, reads, names[name])
    return splices


def _captured(scope: Scope, name: str) -> bool:
    owner = scope.owner(name)
    return owner is not None and owner.kind != "module"


def _shim_splices(source: Source, is_package: bool, swaps: Sequence[Swap], gone: Removal) -> list[Splice]:
    handed = sorted(item.handed for item in swaps)
    lazy = lazy_of(source.tree)
    blocked = any(
        isinstance(node, ast.Name) and node.id == "__getattr__" and isinstance(node.ctx, ast.Store)
        for node in ast.walk(source.tree)
    ) or any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "__getattr__"
        for node in source.tree.body
    )  # fmt: skip
    statements = [node for node in gone.statements if not _is_import(node)]
    splices: list[Splice] = []
    for item in swaps:
        if item.alias is not None:
            statements = [node for node in statements if node is not item.statement]
    for statement, aliases in _by_statement(swaps):
        if len(aliases) == len(statement.names):
            splices.append(without_statement(source, statement, source.tree.body))
        else:
            splices.append(without_aliases(source, statement, aliases))
    if lazy is None and blocked:
        raise CannotApply("its __getattr__ is no plain function, it cannot be extended")
    if lazy is not None:
        if lazy.node.body[0].lineno == lazy.node.lineno:
            raise CannotApply("its __getattr__ stands on one line, it cannot be extended")
        splices += [cut(source, node) for node in statements]
        splices += _extended(source, is_package, lazy, handed, [s for s in swaps if s.nodes])
        return splices
    text = block_text(is_package, handed)
    place = next((node for node in statements if any(node is n for item in swaps for n in item.nodes)), None)
    if place is None:
        splices += [cut(source, node) for node in statements]
        at = _after_imports(source)
        splices.append(Splice(at, at, f"\n\n{text}\n" if at else f"{text}\n"))
        return splices
    splices += [cut(source, node, text if node is place else None) for node in statements]
    return splices


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _by_statement(
    swaps: Sequence[Swap],
) -> list[tuple[ast.Import | ast.ImportFrom, list[ast.alias]]]:
    found: dict[ast.Import | ast.ImportFrom, list[ast.alias]] = {}
    for item in swaps:
        if item.statement is not None and item.alias is not None:
            found.setdefault(item.statement, []).append(item.alias)
    return list(found.items())


def _after_imports(source: Source) -> int:
    """The end of the line of the last of the module's first imports."""
    at = 0
    for node in source.tree.body:
        documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (documents or _is_import(node) or (isinstance(node, ast.If) and is_type_checking(node))):
            break
        at = source.span(node)[1]
    line = source.line_of(at)
    return source.starts[line] if line < len(source.starts) else len(source.text)


def _extended(
    source: Source,
    is_package: bool,
    lazy: Lazy,
    handed: Sequence[Handed],
    fresh: Sequence[Swap],
) -> list[Splice]:
    """A `__getattr__` that is there answers these names first; type checkers get their imports beside it."""
    indent = source.indentation(lazy.node.body[0].lineno)
    texts = [answer(is_package, item, indent, lazy.parameter) for item in handed]
    splices = [answered(source, lazy, "\n".join(texts))]
    splices += listed(source, lazy, [item.name for item in handed])
    lines = [typed(item.handed, bool(item.handed.until)) for item in fresh]
    if not lines:
        return splices
    if lazy.parents and is_type_checking(lazy.parents[-1]):
        last = lazy.parents[-1].body[-1]
        at = source.starts[source.line_of(source.span(last)[1])]
        splices.append(
            Splice(at, at, "".join(f"{source.indentation(last.lineno)}{line}\n" for line in lines))
        )
    else:
        outer = lazy.parents[0] if lazy.parents else lazy.node
        at = source.starts[outer.lineno - 1]
        block = "if TYPE_CHECKING:\n" + "".join(f"{INDENT}{line}\n" for line in lines)
        splices.append(Splice(at, at, f"{block}\n\n"))
    return splices


HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            def __init__(self, user):
                self.user = user

            def send(self, message):
                return message
        """,
}

COPY = """
class Manager:
    def __init__(self, user):
        self.user = user

    def send(self, message):
        return message
"""

ASK = {"symbol": "shop.old:Manager", "canonical": "shop.manager:Manager"}

SHIM = """if TYPE_CHECKING:
    from shop.manager import Manager as Manager
else:

    def __getattr__(name: str) -> object:
        if name == "Manager":
            from shop.manager import Manager

            warnings.warn(
                f"{__name__}.Manager is deprecated: "
                "import Manager from shop.manager",
                DeprecationWarning,
                stacklevel=2,
            )
            return Manager
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), "Manager"})
"""

MODULE = f'''"""Kept for old imports: Manager is shop.manager.Manager."""

import warnings
from typing import TYPE_CHECKING

__all__ = ["Manager"]

{SHIM}'''

CODEMOD = Codemod(
    name="replace-with-shim",
    apply=apply,
    arguments=Arguments,
    examples=(
        Example(
            HOME
            | {
                "shop/old.py": '# Licence: MIT\n"""Managers."""\nimport logging\n\nlogger = logging.getLogger(__name__)\n\n'
                + COPY
            },
            [ASK | {"until": "2.0"}],
            {
                "shop/old.py": "# Licence: MIT\n"
                + MODULE.replace('."""\n', '."""\n\n# ssot-lint: shim until 2.0\n', 1).replace(
                    "deprecated: ", "deprecated, to be removed in 2.0: "
                )
            },
            id="whole-module",
        ),
        Example(
            HOME
            | {
                "shop/old.py": f'''"""Managers and more."""

import json
import os
{COPY}
    def _pack(self):
        return _packed(json.dumps(self.user))


def _packed(text):
    return text + _END


_END = "."
LIMIT = 3  # how many


def where() -> str:
    return os.sep
'''.replace("class Manager:", "# The first of all\n# managers.\n@final\nclass Manager:").replace(
                    "import os\n", "import os\nfrom typing import final\n"
                )
            },
            [ASK],
            {
                "shop/old.py": f'''"""Managers and more."""

import os
import warnings
from typing import TYPE_CHECKING

{SHIM}

LIMIT = 3  # how many


def where() -> str:
    return os.sep
'''
            },
            id="part-of-a-module",
        ),
    ),
)
