"""Taking imports out of a file that nothing in it reads any more."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ssot_lint.editing.blocks import Bound, Read, Scope, Scopes
from ssot_lint.editing.scopes import scopes
from ssot_lint.editing.source import Source, Splice
from ssot_lint.reading.expressions import chain_root, dotted
from ssot_lint.reading.syntax import catches, type_checking

from ._import_lists import absolute_module, without_aliases, without_statements

_KEPT = re.compile(
    r"#\s*(?:ruff:\s*|flake8[:=]\s*)?noqa(?!\s*:)"
    r"|#\s*(?:ruff:\s*|flake8[:=]\s*)?noqa\s*:[^#]*\bF401\b"
    r"|pylint:\s*disable\s*=[^#]*(?:\bunused-import\b|\bW0611\b)"
    r"|pyright:\s*ignore\[[^]]*reportUnusedImport",
    re.IGNORECASE,
)
_NAMESPACES = frozenset({"globals", "locals", "vars", "eval", "exec", "dir"})
_QUOTING = {"TypeVar": 1, "cast": 0, "NewType": 1, "ForwardRef": 0, "ParamSpec": 1, "TypeAliasType": 1}


@dataclass(frozen=True, slots=True)
class Unwanted:
    """An import to take out, if nothing reads it: all three parts have to match (`asname` None: no alias)."""

    module: str  # absolute
    name: str | None = None  # None: `import module`
    asname: str | None = None
    within: str | None = None  # qualname of the function it stands in; None: the module

    @property
    def local(self) -> str:
        return self.asname or self.name or self.module.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Removed:
    """The file without the imports, and why some of them stay."""

    content: bytes
    kept: Mapping[Unwanted, str] = field(default_factory=dict)


def remove_imports(
    source: Source,
    module: str,
    is_package: bool,
    unwanted: Sequence[Unwanted],
    read_elsewhere: Collection[str] | None = None,
    *,
    regardless: bool = False,
) -> Removed:
    """The file without those of the imports that nothing in it reads any more.

    Reads are names in any scope that see the import, string annotations, `__all__`. An import marked `# noqa`
    stays, and so does one in a package's `__init__`, unless `read_elsewhere` says which of the file's names other
    modules read: then exactly those stay. `regardless` of reads: for one who binds the name anew.
    """
    file = _File(source, scopes(source.tree), module, is_package, read_elsewhere)
    kept: dict[Unwanted, str] = {}
    found: dict[Unwanted, list[tuple[Bound, ast.alias]]] = {
        want: list(file.matches(want)) for want in unwanted
    }
    doomed = {id(alias) for pairs in found.values() for _, alias in pairs}
    for want, pairs in found.items():
        if not pairs:
            kept[want] = "there is no such import"
        elif not regardless:
            reason = file.needed(want, pairs, doomed)
            if reason:
                kept[want] = reason
    gone = [pair for want, pairs in found.items() if want not in kept for pair in pairs]
    return Removed(source.spliced(_splices(source, gone)) if gone else source.content, kept)


def _splices(source: Source, gone: Sequence[tuple[Bound, ast.alias]]) -> list[Splice]:
    """The edits that take names out of their statements, and whole statements where no name is left."""
    statements: dict[int, tuple[Bound, list[ast.alias]]] = {}
    for item, alias in gone:
        aliases = statements.setdefault(id(item.statement), (item, []))[1]
        if alias not in aliases:
            aliases.append(alias)
    splices: list[Splice] = []
    whole: list[Bound] = []
    for item, aliases in statements.values():
        if len(aliases) == len(item.statement.names):
            whole.append(item)
        else:
            splices.append(without_aliases(source, item.statement, aliases))
    dropped: list[ast.stmt] = []
    blocks: dict[int, Sequence[ast.stmt]] = {}
    ids = {id(item.statement) for item in whole}
    for item in whole:
        parent = item.parents[-1] if item.parents else None
        if (
            isinstance(parent, ast.If)
            and len(item.parents) == 1
            and type_checking(parent.test) > 0
            and not parent.orelse
            and all(id(node) in ids for node in parent.body)
        ):
            if parent not in dropped:
                dropped.append(parent)  # nothing is left under `if TYPE_CHECKING`
            blocks[id(source.tree.body)] = source.tree.body
        else:
            dropped.append(item.statement)
            blocks[id(item.block)] = item.block
    return [*splices, *without_statements(source, dropped, list(blocks.values()))]


@dataclass(frozen=True)
class _File:
    """A file that imports are taken out of."""

    source: Source
    scopes: Scopes
    module: str
    is_package: bool
    read_elsewhere: Collection[str] | None

    def matches(self, want: Unwanted) -> Iterator[tuple[Bound, ast.alias]]:
        """The imports that are meant."""
        for item in self.scopes.imports:
            if _qualname(item.parents) != (want.within or ""):
                continue
            statement = item.statement
            if isinstance(statement, ast.ImportFrom):
                if (
                    want.name is None
                    or absolute_module(self.module, self.is_package, statement) != want.module
                ):
                    continue
                wanted = want.name
            elif want.name is None:
                wanted = want.module
            else:
                continue
            for alias in statement.names:
                if (alias.name, alias.asname) == (wanted, want.asname):
                    yield item, alias

    def needed(self, want: Unwanted, pairs: Sequence[tuple[Bound, ast.alias]], doomed: set[int]) -> str:
        """Why an import has to stay; "" when it can go."""
        name = want.local
        scope = pairs[0][0].scope
        if want.module == "__future__":
            return "changes how the file is compiled"
        if want.name == "*":
            return "nobody can tell which names a star import brings"
        if scope is self.scopes.module:
            if self.read_elsewhere is not None and name in self.read_elsewhere:
                return f"other modules read {name} here"
            if self.read_elsewhere is None and self.is_package:
                return f"{name} is a name of the package, which others may import"
            if name in self.exported or ("*" in self.exported and not name.startswith("_")):
                return f"__all__ names {name}"
        for item, alias in pairs:
            if self.read_elsewhere is None and self._is_marked(item.statement, alias):
                return "a comment says that it is there although nothing reads it"
            reason = self._guard(item, name, doomed)
            if reason:
                return reason
        read = self._read(want, scope, name, doomed)
        if read:
            return read
        if scope is self.scopes.module and name in self.looked_up:
            return f"{name!r} is looked up in the namespace by a string"
        return ""

    def _read(self, want: Unwanted, scope: Scope, name: str, doomed: set[int]) -> str:
        """Who reads the name that the import binds."""
        others = [node for node in scope.bindings.get(name, ()) if id(node) not in doomed]
        plain = want.name is None and not want.asname
        left = [node.name for node in others if isinstance(node, ast.alias) and not node.asname]
        for read in self.scopes.names:
            if read.node.id != name or read.owner is not scope:
                continue
            line = read.string.lineno if read.string else read.node.lineno
            if any(node is read.node for node in scope.bindings.get(name, ())):
                return f"{name} is bound anew on line {line}"
            if plain and left and all(_loads(left, chain, want.module) for chain in self._chains(read)):
                continue  # another `import a...` binds the name and loads what is read
            if others and not plain:
                return f"{name} is bound twice, and line {line} reads it"
            return f"line {line} reads {name}"
        if name in self.quoted and scope is self.scopes.module:
            return f"a string on line {self.quoted[name]} reads {name}"
        return ""

    def _chains(self, read: Read) -> list[str]:
        """The dotted names that a read may be the start of: `a.b.c` for the name `a`."""
        if read.string is not None:
            return re.findall(rf"\b{read.node.id}(?:\.\w+)*", str(read.string.value))
        return [self._dotted.get(id(read.node), read.node.id)]

    @cached_property
    def _dotted(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for inner in self.source.nodes:
            if isinstance(inner, ast.Attribute) and (text := dotted(inner)):
                first = id(chain_root(inner))
                if len(text) > len(found.get(first, "")):
                    found[first] = text
        return found

    def _is_marked(self, statement: ast.stmt, alias: ast.alias) -> bool:
        lines = {statement.lineno, statement.end_lineno or statement.lineno, alias.lineno}
        return any(_KEPT.search(self.source.line(line)) for line in lines)

    def _guard(self, item: Bound, name: str, doomed: set[int]) -> str:
        """Why an import in a `try` or `if` stays: the other arms bind the name too, or tell whether it worked."""
        for parent in reversed(item.parents):
            if not isinstance(parent, ast.Try) or not any(
                catches(None if handler.type is None else [handler.type]) in ("import", "broad")
                for handler in parent.handlers
            ):
                continue
            arms = [
                *parent.body,
                *(node for handler in parent.handlers for node in handler.body),
                *parent.orelse,
            ]
            for node in arms:
                if isinstance(node, ast.Pass):
                    continue
                if not isinstance(node, ast.Import | ast.ImportFrom):
                    return f"the try on line {parent.lineno} tells whether it can be imported"
                if any(id(alias) not in doomed and _binds(node, alias) == name for alias in node.names):
                    return f"another arm of the try on line {parent.lineno} imports {name} too"
        return ""

    @cached_property
    def exported(self) -> set[str]:
        """The names in `__all__`, "*" when it is computed."""
        found: set[str] = set()
        for node in self.source.nodes:
            match node:
                case ast.Assign(targets=targets, value=value) if any(
                    _names_all(target) for target in targets
                ):
                    found |= _strings(value)
                case (
                    ast.AnnAssign(target=target, value=ast.expr() as value)
                    | ast.AugAssign(target=target, value=value)
                ) if _names_all(target):
                    found |= _strings(value)
                case ast.Call(func=ast.Attribute(value=ast.Name(id="__all__")), args=args):
                    for argument in args:
                        found |= _strings(argument)
        return found

    @cached_property
    def quoted(self) -> dict[str, int]:
        """Names in strings that are annotations where `TypeVar` and the like go by another name."""
        renamed: dict[str, str] = {}
        for item in self.scopes.imports:
            if isinstance(item.statement, ast.ImportFrom) and item.statement.module in (
                "typing",
                "typing_extensions",
            ):
                renamed.update({alias.asname or alias.name: alias.name for alias in item.statement.names})
        found: dict[str, int] = {}
        for node in self.source.nodes:
            if not isinstance(node, ast.Call):
                continue
            callee = dotted(node.func).rpartition(".")[2]
            start = _QUOTING.get(renamed.get(callee, callee))
            if start is None:
                continue
            for argument in [*node.args[start:], *(keyword.value for keyword in node.keywords)]:
                for inner in ast.walk(argument):
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                        found.update(dict.fromkeys(re.findall(r"[^\W\d]\w*", inner.value), node.lineno))
        return found

    @cached_property
    def looked_up(self) -> set[str]:
        """Strings of a file that reads its own namespace."""
        calls = {
            dotted(node.func)
            for node in self.source.nodes
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if not calls & (_NAMESPACES) and "__name__]" not in self.source.text:
            return set()
        return {
            word
            for node in self.source.nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            for word in re.findall(r"[^\W\d]\w*", node.value)
        }


def _loads(left: Sequence[str], chain: str, module: str) -> bool:
    """Do the imports that stay load as much of a dotted read as `import module` does?"""
    if "." not in chain:
        return False  # the module goes somewhere as a value
    shared = []
    for one, other in zip(chain.split("."), module.split("."), strict=False):
        if one != other:
            break
        shared.append(one)
    return any(f"{name}.".startswith(".".join(shared) + ".") for name in left)


def _binds(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    return alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)


def _qualname(parents: Sequence[ast.AST]) -> str:
    """The qualname of the innermost function or class of the enclosing nodes; "" for the module."""
    name = ""
    joint = ""
    for node in parents:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name, joint = f"{name}{joint}{node.name}", ".<locals>."
        elif isinstance(node, ast.ClassDef):
            name, joint = f"{name}{joint}{node.name}", "."
    return name


def _names_all(target: ast.expr) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id == "__all__" for inner in ast.walk(target))


def _strings(value: ast.expr) -> set[str]:
    """The strings in an `__all__`; with "*" where names are computed."""
    found: set[str] = set()
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            joined = _joined(node)
            if joined is not None:
                found.add(joined)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.Call):
            found.add("*")
    return found


def _joined(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, other = _joined(left), _joined(right)
            return None if one is None or other is None else one + other
        case _:
            return None
