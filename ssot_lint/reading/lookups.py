"""Strings that name a dotted path, where a call looks the name up: `patch`, `setattr`, `import_module` and their like."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ssot_lint.model import MODULE, PathString
from ssot_lint.reading.escapes import NAMESPACE_WORDS
from ssot_lint.reading.expressions import children, dotted, string
from ssot_lint.reading.occurrences import lines_of, present
from ssot_lint.reading.text import Text

_PATCHERS = {
    "patch": "patch",
    "patch.object": "patch.object",
    "patch.multiple": "patch.multiple",
    "patch.dict": "patch.dict",
    "setattr": "monkeypatch.setattr",
    "delattr": "monkeypatch.setattr",
    "setitem": "patch.dict",
    "import_module": "import_module",
    "__import__": "__import__",
    "importorskip": "importorskip",
    "locate": "locate",
}
_MOCK_OWNERS = frozenset(
    {"mock", "mocker", "unittest", "patch", "monkeypatch", "importlib", "pydoc", "pytest", "mp", "m"}
)
_PATCH_CONTROL = frozenset({"new", "new_callable", "spec", "spec_set", "create", "autospec", "unsafe"})
_LOOKUP_WORDS = (
    b"patch", b"setattr", b"delattr", b"setitem", b"import_module", b"__import__", b"importorskip", b"locate",
    b"exec", b"load_source", *NAMESPACE_WORDS,
)  # fmt: skip
_RENAMED = re.compile(rb"\b(?:patch|import_module|importorskip|locate|__import__)[\s\\]+as[\s\\]+(\w+)")
_LOOKUP_NAMES = frozenset(
    {*_PATCHERS, "object", "multiple", "dict", "exec", "update", "setdefault", "load_source"}
)
_LOOKUP_MODULES = frozenset({"mock", "unittest.mock", "importlib", "pydoc", "pytest"})
_FIRST = ("target", "in_dict", "name", "path", "modname", "dic")
_NAME = re.compile(r"\w+")
SEVERAL = -2  # the branch of a name that several branches assign
_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+(?::[^\W\d]\w*(?:\.[^\W\d]\w*)*)?|[^\W\d]\w*:[^\W\d]\w*")
_FILE = re.compile(
    r"\.(?:py|pyi|json|ya?ml|txt|md|toml|html?|css|jsx?|tsx?|sql|log|csv|sh|ini|cfg|env|db|png|svg|com|org|net|io|dev)$"
)


def _written(statement: ast.stmt) -> Iterator[str]:
    """The names that are assigned somewhere in a statement."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if type(node) is ast.Name:
            if type(node.ctx) is ast.Store:
                yield node.id
        elif type(node) is not ast.Constant:
            pending += children(node)


class Lookups:
    """Collects the dotted strings of a module, and what code does to namespaces from the outside."""

    def __init__(self, text: Text) -> None:
        self.text = text
        words = present(text.source, _LOOKUP_WORDS)
        self.dynamic_lines = lines_of(text.source, words, whole=True)
        own = [word for word in words if word in NAMESPACE_WORDS]
        self.namespace_lines = lines_of(text.source, own, whole=True) if own else []
        if self.dynamic_lines:
            lines = (text.lines[line - 1] for line in self.dynamic_lines)
            renamed = {name for line in lines if b"as" in line for name in _RENAMED.findall(line)}
            if renamed:
                self.dynamic_lines = lines_of(text.source, (*words, *sorted(renamed)), whole=True)
        self.paths: list[PathString] = []
        self.undecided = 0
        self.dynamic_namespace = False
        self.constants: dict[str, str] = {"__name__": "{__name__}", "__package__": "{__package__}"}
        self.assigned: dict[str, int] = {}  # constants of this scope, with the branch that assigns them
        self.renamed: dict[str, str] = {}  # local names of patch and import_module

    def reads(self, callee: str) -> bool:
        """May a call of this name look something up?"""
        return callee.rpartition(".")[2] in _LOOKUP_NAMES or callee in self.renamed

    def result(self) -> tuple[PathString, ...]:
        """The dotted strings, by place; a constant that a lookup takes is judged there and left out here."""
        taken = [path.value for path in self.paths if path.form != "reference" and path.value]
        found = [
            path
            for path in self.paths
            if path.form != "reference" or not any(value.startswith(path.value or "") for value in taken)
        ]
        return tuple(
            sorted(found, key=lambda path: (path.line, path.column, path.form, path.attribute or ""))
        )

    def module_constants(self, tree: ast.Module) -> None:
        """The strings that module-level names certainly hold: assigned once, outside any branch."""
        values: dict[str, ast.expr | None] = {}
        for statement in tree.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ):
                    values[name] = None if name in values else value
                case (
                    ast.FunctionDef()
                    | ast.AsyncFunctionDef()
                    | ast.ClassDef()
                    | ast.Import()
                    | ast.ImportFrom()
                ):
                    pass
                case _:
                    values.update(dict.fromkeys(_written(statement)))
        for line in lines_of(self.text.source, (b"global ",)):
            names = _NAME.findall(self.text.lines[line - 1].decode("utf-8", "ignore"))
            values.update(dict.fromkeys(names))  # a superset of what a `global` statement names
        for name, held in values.items():
            if held is not None and (text := string(held, self.constants)) is not None:
                self.constants[name] = text

    def imported(self, module: str, name: str | None, asname: str) -> None:
        """Called for each import with an `as`: another name for `patch` and its like, or for their modules."""
        if name in _PATCHERS:
            self.renamed[asname] = name
        elif name == "mock" or (name is None and module in _LOOKUP_MODULES):
            self.renamed[asname] = name or module.rpartition(".")[2]

    def rebound(self, name: str, branch: int) -> None:
        """Called before a name is bound in a function or class: what it held is no longer known."""
        if self.assigned.setdefault(name, branch) != branch:
            self.assigned[name] = SEVERAL
        self.constants.pop(name, None)

    def constant(self, name: str, value: ast.expr, scope: int, branch: int) -> None:
        if scope == MODULE or not self.dynamic_lines or self.assigned.get(name, branch) != branch:
            return
        text = string(value, self.constants)
        if text is not None:
            self.constants[name] = text

    def module_table(self, key: ast.expr, scope: int, branch: int) -> None:
        if isinstance(key, ast.Name) and key.id == "__name__":
            self.dynamic_namespace = True
            return
        self._path("sys.modules", key, None, None, scope, branch)

    def lookup(self, node: ast.Call, callee: str, scope: int, branch: int) -> None:
        """Reads a call that may look a name up, or change a namespace."""
        head, _, rest = callee.partition(".")
        callee = self.renamed.get(head, head) + ("." + rest if rest else "")
        owner, _, last = callee.rpartition(".")
        arguments = node.args
        if last in ("update", "setdefault") and not owner:
            return
        if callee in ("exec", "eval"):
            if callee == "exec":
                self.undecided += 1
                self.dynamic_namespace = self.dynamic_namespace or scope == MODULE
            return
        if last == "setdefault":
            if owner == "sys.modules" and arguments:
                self.module_table(arguments[0], scope, branch)
            return
        if last == "load_source":  # of `imp`: puts what it loads into `sys.modules`
            if owner in ("", "imp") and arguments:
                self.module_table(arguments[0], scope, branch)
            return
        if callee in ("setattr", "delattr"):  # the builtin: only a module's namespace matters
            match arguments:
                case [ast.Subscript(value=ast.Attribute(attr="modules")), *_]:
                    self.dynamic_namespace = True
            return
        if owner.rpartition(".")[2] == "patch" and last in ("object", "multiple", "dict"):
            form = f"patch.{last}"
        elif last in _PATCHERS and (not owner or _mocks(owner)):
            form = _PATCHERS[last]
        else:
            return
        self._looked_up(form, last, node, scope, branch)

    def _looked_up(self, form: str, last: str, node: ast.Call, scope: int, branch: int) -> None:
        """What a call of a known form names; `last`: the name that it is called by."""
        arguments = node.args
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        first = (
            arguments[0] if arguments else next((keywords[name] for name in _FIRST if name in keywords), None)
        )
        if first is None or isinstance(first, ast.Starred):
            return
        create = _is_true(keywords.get("create")) or _is_false(keywords.get("raising"))
        match form:
            case "patch" | "locate" | "importorskip" | "__import__" | "import_module":
                self._path(form, first, None, None, scope, branch, create, _package(node, form))
            case "patch.object":
                second = arguments[1] if len(arguments) > 1 else keywords.get("attribute")
                self._object(form, first, string(second, self.constants), scope, branch, create)
            case "patch.multiple":
                names = [
                    keyword.arg
                    for keyword in node.keywords
                    if keyword.arg and keyword.arg not in _PATCH_CONTROL
                ]
                for name in names:
                    if string(first, self.constants) is None and dotted(first):
                        self._object(form, first, name, scope, branch, create)
                    else:
                        self._path(form, first, name, None, scope, branch, create)
            case "patch.dict":
                text = string(first, self.constants)
                if last == "dict" and text is not None:
                    self._path(form, first, None, None, scope, branch, create)
                if text == "sys.modules" or dotted(first) == "sys.modules":
                    second = arguments[1] if len(arguments) > 1 else keywords.get("values")
                    self._modules(second, last == "dict", scope, branch)
            case "monkeypatch.setattr":
                given = len(arguments) + ("value" in keywords)
                if string(first, self.constants) is not None or given < 3 - (last == "delattr"):
                    self._path(form, first, None, None, scope, branch, create)
                else:
                    second = arguments[1] if len(arguments) > 1 else keywords.get("name")
                    self._object(form, first, string(second, self.constants), scope, branch, create)

    def _modules(self, given: ast.expr | None, is_table: bool, scope: int, branch: int) -> None:
        """The names of modules that are put into `sys.modules`: the keys of a table, or one."""
        keys = given.keys if isinstance(given, ast.Dict) else [] if is_table else [given]
        for key in keys:
            if key is not None:
                self._path("sys.modules", key, None, None, scope, branch)

    def settings(self, value: ast.expr, scope: int, branch: int) -> None:
        """Strings that look like dotted paths, in a constant of a module or class: `"app.backends.Redis"`."""
        pending: list[ast.expr | None] = [value]
        while pending:
            node = pending.pop()
            kind = type(node)
            if kind is ast.Constant:
                text = node.value  # type: ignore[union-attr]
                if type(text) is str and len(text) < 200 and _PATH.fullmatch(text) and not _FILE.search(text):
                    self._add("reference", node, text, None, None, scope, branch, False)  # type: ignore[arg-type]
            elif kind is ast.List or kind is ast.Tuple or kind is ast.Set:
                pending += node.elts  # type: ignore[union-attr]
            elif kind is ast.Dict:
                pending += node.values  # type: ignore[union-attr]

    def _object(
        self, form: str, node: ast.expr, attribute: str | None, scope: int, branch: int, create: bool
    ) -> None:
        target = dotted(node)
        if target.startswith("?") or (scope != MODULE and target.partition(".")[0] in self.assigned):
            target = ""  # of a local variable nobody knows what it holds
        self.undecided += attribute is None
        self._add(form, node, None, attribute, target or None, scope, branch, create)

    def _path(
        self, form: str, node: ast.expr, attribute: str | None, target: str | None, scope: int, branch: int,
        create: bool = False, package: str = "",
    ) -> None:  # fmt: skip
        value = string(node, self.constants)
        if value is None:
            self.undecided += 1
        elif package and value.startswith("."):
            value = _absolute(package, value)
        self._add(form, node, value, attribute, target, scope, branch, create)

    def _add(
        self, form: str, node: ast.expr, value: str | None, attribute: str | None, target: str | None, scope: int,
        branch: int, create: bool,
    ) -> None:  # fmt: skip
        end = node.end_lineno or node.lineno
        column = self.text.column
        self.paths.append(
            PathString(
                form, value, attribute, target, node.lineno, column(node.lineno, node.col_offset), end,
                column(end, node.end_col_offset or 0), scope, branch, create,
            )
        )  # fmt: skip


def _mocks(owner: str) -> bool:
    """Does the expression before `.patch` or `.setattr` stand for a mocking library, not an HTTP client?"""
    parts = owner.split(".")
    return any(part in _MOCK_OWNERS for part in parts) or "mock" in parts[-1].lower()


def _absolute(package: str, name: str) -> str:
    """`..b` seen from `a.c` is `a.b`; from a package that is not known here, the dots stay."""
    level = len(name) - len(name.lstrip("."))
    parts = package.split(".")
    if package.startswith("{") or level > len(parts):
        return package + name
    return ".".join([*parts[: len(parts) - level + 1], name[level:]])


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _package(node: ast.Call, form: str) -> str:
    """The package a relative `import_module` starts from: `{__package__}` or the given constant."""
    if form != "import_module":
        return ""
    given = [*node.args[1:2], *(keyword.value for keyword in node.keywords if keyword.arg == "package")]
    match given:
        case [ast.Constant(value=str(text))]:
            return text
        case [ast.Name(id="__package__")]:
            return "{__package__}"
        case [ast.Name(id="__name__")]:
            return "{__name__}"
        case _:
            return ""
