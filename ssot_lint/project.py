"""`link(files, config) -> Project`: the graph of modules, names and classes, and what rules ask of it.

A name resolves through imports, re-exports, assignments, stars and submodules to what it stands for. Where
several bindings may hold (fallback imports, conditions), all candidates are kept, the main path's first.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ssot_lint.config import Config
from ssot_lint.model import MODULE, Assignment, Branch, Definition, Import, Location, SourceFile
from ssot_lint.modules import ModuleTable

if TYPE_CHECKING:
    import networkx

TargetKind = Literal["definition", "module", "variable", "external", "unresolved", "dynamic"]
T = TypeVar("T")

_BUILTINS = frozenset(dir(builtins))
_DUNDERS = frozenset(
    f"__{name}__"
    for name in (
        "all", "annotations", "builtins", "cached", "dict", "doc", "file", "loader", "name", "package", "path", "spec",
    )
)  # fmt: skip
_FALLBACK_ARMS = frozenset({"except-import", "except-broad", "except-other", "else"})
_MAX_HOPS = 60


@dataclass(frozen=True, slots=True)
class Target:
    """What a name can stand for.

    kind "definition": `index` into the file's definitions.  "module": `file` is its __init__ or module file,
    -1 for a package without __init__.  "variable": `index` into the file's assignments, or -1 (a value whose
    origin is not a class, function or module).  "external": third party or standard library, `symbol` is its
    dotted path.  "unresolved": `symbol` says what is missing, as `module` or `module:name`.  "dynamic": bound
    by code that cannot be decided (module `__getattr__`, star import of an external module,
    `globals()[...]`), or in a file that does not parse.
    """

    kind: TargetKind
    symbol: str  # "module:qualname" for definitions and variables, "module" for modules
    file: int = -1
    index: int = -1


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a resolution: the file and line that hand the name on, and how."""

    path: str
    line: int
    how: str  # "imports X from m", "assigns X = Y", "star import of m", "defines X", "submodule X"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Every candidate a name can stand for, the one that wins on the main path first, with its chain."""

    targets: tuple[Target, ...]
    chain: tuple[Hop, ...] = ()

    @property
    def target(self) -> Target:
        """The candidate that holds on the main path (no fallback taken)."""
        return self.targets[0]


@dataclass(slots=True)
class _Namespace:
    """Module-level bindings of one file: name -> facts in source order; and what stars bring."""

    names: dict[str, list[Definition | Import | Assignment]]
    stars: list[Import]


class Project:
    """The linked graph. Immutable to rules; answers are computed when asked and kept."""

    def __init__(
        self,
        files: Iterable[SourceFile],
        config: Config,
        declared: Collection[str] = (),
        extensions: Collection[str] = (),
    ) -> None:
        self.files = tuple(sorted(files, key=lambda file: file.path))
        self.config = config
        self.table = ModuleTable(self.files, declared, extensions)
        self.by_path: Mapping[str, int] = self.table.by_path
        self.modules: Mapping[str, int] = self.table.by_name
        self.collisions: Mapping[str, tuple[int, ...]] = self.table.collisions
        self._namespaces: dict[int, _Namespace] = {}
        self._names: dict[tuple[int, str], Resolution] = {}
        self._open: set[tuple[int, str]] = set()  # names being resolved
        self._provisional: list[tuple[int, str]] = []
        self._looped = False
        self._scopes: dict[int, dict[int, dict[str, Definition | Import]]] = {}
        self._indexes: dict[int, dict[int, int]] = {}
        self._children: dict[int, dict[int, list[int]]] = {}
        self._ancestors: dict[tuple[int, int], tuple[Target, ...]] = {}
        self._kept: dict[object, Any] = {}

    def once(self, compute: Callable[[Project], T]) -> T:
        """`compute(self)`, worked out the first time and kept for the project's life."""
        if compute not in self._kept:
            self._kept[compute] = compute(self)
        kept: T = self._kept[compute]
        return kept

    # -- modules

    def find_module(self, name: str, importer: int | None = None) -> int | None:
        """The file of a module name, seen from `importer` when given; None without one."""
        return self.table.find(name, importer)

    def is_package_dir(self, name: str) -> bool:
        """Does a package of this name exist, with or without `__init__.py`?"""
        return self.table.is_package(name)

    def is_first_party(self, name: str, importer: int | None = None) -> bool:
        """Does the top level of a module name belong to this project?"""
        return self.table.is_first_party(name, importer)

    def absolute(self, file: int, imp: Import) -> str | None:
        """The absolute module an import names; None when a relative one leads out of its top-level package."""
        return self.table.absolute(file, imp.module, imp.level)

    # -- names

    def resolve_import(self, file: int, imp: Import) -> Resolution:
        """What one name of an import statement stands for: the module itself for `import a.b` and for stars."""
        return self._import(file, imp, 0)

    def _import(self, file: int, imp: Import, depth: int) -> Resolution:
        module = self.absolute(file, imp)
        if module is None:
            return _unresolved("." * imp.level + imp.module)
        found = self.table.find(module, file)
        if imp.name is None or imp.name == "*":
            return self._module(module, found, file)
        if found is not None:
            answer = self._name(found, imp.name, depth + 1)
            if answer.targets[0].kind == "unresolved" and module.partition(".")[0] in sys.stdlib_module_names:
                return _external(f"{module}.{imp.name}")
            return answer
        if module in self.table.extensions:
            return Resolution((Target("dynamic", f"{module}:{imp.name}"),))
        if self.table.is_package(module) and self.table.is_first_party(module, file):  # without __init__.py
            return self._submodule(module, imp.name, file) or _unresolved(f"{module}:{imp.name}")
        if self.table.is_first_party(module, file):
            return _unresolved(module)
        return _external(f"{module}.{imp.name}")

    def _module(self, module: str, found: int | None, file: int) -> Resolution:
        if found is not None:
            return Resolution((Target("module", self.files[found].module, found),))
        if module in self.table.extensions:
            return Resolution((Target("dynamic", module),))
        if not self.table.is_first_party(module, file):
            return _external(module)
        if self.table.is_package(module):
            return Resolution((Target("module", module),))
        return _unresolved(module)

    def _submodule(self, package: str, name: str, file: int | None = None) -> Resolution | None:
        full = f"{package}.{name}"
        found = self.table.find(full, file)
        if found is not None:
            return Resolution(
                (Target("module", full, found),), (Hop(self.files[found].path, 1, f"submodule {name}"),)
            )
        if full in self.table.extensions:
            return Resolution((Target("dynamic", full),))
        return Resolution((Target("module", full),)) if self.table.is_package(full) else None

    def name(self, file: int, name: str) -> Resolution:
        """What a module's attribute stands for, as `from module import name` sees it."""
        return self._name(file, name, 0)

    def _name(self, file: int, name: str, depth: int) -> Resolution:
        key = (file, name)
        known = self._names.get(key)
        if known is not None:
            self._looped = self._looped or key in self._open
            return known
        missing = _unresolved(f"{self.files[file].module}:{name}")
        if depth > _MAX_HOPS:
            return missing
        self._names[key] = missing  # a loop of re-exports ends here, without a definition
        self._open.add(key)
        answer = self._look_up(file, name, depth)
        self._open.discard(key)
        self._names[key] = answer
        if self._looped:
            # what was found within a loop depends on where the loop was entered: only the entry's answer is kept
            if self._open:
                self._provisional.append(key)
            else:
                for other in self._provisional:
                    self._names.pop(other, None)
                self._provisional, self._looped = [], False
        return answer

    def _look_up(self, file: int, name: str, depth: int) -> Resolution:
        source = self.files[file]
        facts = source.facts
        if facts.problem is not None:
            return Resolution((Target("dynamic", f"{source.module}:{name}", file),))
        namespace = self._namespace(file)
        bindings = namespace.names.get(name)
        if bindings:
            found = self._bound(file, name, bindings, depth)
            if found is not None:
                return found
        if source.is_package and (submodule := self._submodule(source.module, name)):
            return submodule
        if facts.getattr_names is not None:
            return self._lazy(file, name, depth)
        unknown: Resolution | None = None
        for star in namespace.stars:
            answer = self._through_star(file, star, name, depth)
            if answer is None:
                continue
            if answer.targets[0].kind != "dynamic":
                return answer
            unknown = unknown or answer
        if unknown is not None:
            return unknown
        if name in _DUNDERS:
            return Resolution((Target("variable", f"{source.module}:{name}", file),))
        if facts.dynamic_namespace:
            return Resolution((Target("dynamic", f"{source.module}:{name}", file),))
        return _unresolved(f"{source.module}:{name}")

    def _bound(
        self, file: int, name: str, bindings: list[Definition | Import | Assignment], depth: int
    ) -> Resolution | None:
        """The candidates of a name's bindings: the last one of the main path first, then the fallbacks."""
        branches = self.files[file].facts.branches
        ranked: list[tuple[int, int, Definition | Import | Assignment]] = []
        for order, binding in enumerate(bindings):
            if isinstance(binding, Assignment) and binding.kind == "del":
                if binding.branch == MODULE and binding.writer == MODULE:
                    ranked = []
                continue
            rank = _rank(branches, binding.branch)
            if isinstance(binding, Assignment) and binding.writer != MODULE:
                rank = 2
            elif isinstance(binding, Assignment) and binding.kind == "none":
                rank = max(rank, 1)
            ranked.append((rank, -order, binding))
        if not ranked:
            return None
        ranked.sort(key=lambda item: item[:2])
        main = ranked[0]
        targets: dict[Target, None] = {}
        chain: tuple[Hop, ...] = ()
        for item in ranked:
            if item is not main and item[0] == 0 and item[2].branch == MODULE:
                continue  # overwritten before anyone imports it
            answer = self._binding(file, name, item[2], depth)
            if item is main:
                chain = answer.chain
            targets.update(dict.fromkeys(answer.targets))
        # a candidate that is there comes before one that is not: the import that fails leaves the fallback
        ordered = sorted(targets, key=lambda target: target.kind == "unresolved")
        return Resolution(tuple(ordered), chain)

    def _binding(
        self, file: int, name: str, binding: Definition | Import | Assignment, depth: int
    ) -> Resolution:
        source = self.files[file]
        if isinstance(binding, Definition):
            index = self._index(file)[id(binding)]
            target = Target("definition", f"{source.module}:{binding.qualname}", file, index)
            return Resolution((target,), (Hop(source.path, binding.line, f"defines {name}"),))
        if isinstance(binding, Import):
            if binding.name is None and binding.asname is None:
                top = binding.module.partition(".")[0]
                return self._module(top, self.table.find(top, file), file)
            answer = self._import(file, binding, depth)
            how = f"imports {binding.name or binding.module} from {'.' * binding.level}{binding.module}"
            if binding.name is None:
                how = f"imports {binding.module}"
            return Resolution(answer.targets, (Hop(source.path, binding.line, how), *answer.chain))
        index = self._index(file)[id(binding)]
        if binding.kind == "name" and binding.writer == MODULE and binding.value.partition(".")[0] != name:
            answer = self._dotted(file, binding.value, MODULE, depth + 1)
            if answer.targets[0].kind in ("definition", "module", "external"):
                hop = Hop(source.path, binding.line, f"assigns {name} = {binding.value}")
                return Resolution(answer.targets, (hop, *answer.chain))
        target = Target("variable", f"{source.module}:{name}", file, index)
        return Resolution((target,), (Hop(source.path, binding.line, f"assigns {name}"),))

    def _through_star(self, file: int, star: Import, name: str, depth: int) -> Resolution | None:
        module = self.absolute(file, star)
        found = self.table.find(module, file) if module is not None else None
        if module is None or found is None:
            external = module is not None and not self.table.is_first_party(module, file)
            return Resolution((Target("dynamic", f"{module}.{name}"),)) if external else None
        if found == file or not self.exported(found, name):
            return None
        answer = self._name(found, name, depth + 1)
        if answer.targets[0].kind == "unresolved":
            return None
        return Resolution(
            answer.targets, (Hop(self.files[file].path, star.line, f"star import of {module}"), *answer.chain)
        )

    def exported(self, file: int, name: str) -> bool:
        """Would `from module import *` bring the name?"""
        facts = self.files[file].facts
        if facts.exports is None and not facts.exports_dynamic:
            return not name.startswith("_")
        return name in self.exports(file) or facts.exports_dynamic

    def exports(self, file: int) -> tuple[str, ...]:
        """The names `from module import *` brings: `__all__` with what it adds of other modules, or all public ones."""
        return self._exports(file, frozenset())

    def _exports(self, file: int, visiting: frozenset[int]) -> tuple[str, ...]:
        facts = self.files[file].facts
        found: dict[str, None] = {}
        if facts.exports is not None or facts.exports_from:
            found.update(dict.fromkeys(facts.exports or ()))
            for dotted in facts.exports_from:
                target = self._dotted(file, dotted, MODULE, 0).target
                if target.kind == "module" and target.file >= 0 and target.file not in visiting:
                    found.update(dict.fromkeys(self._exports(target.file, visiting | {file})))
            return tuple(found)
        namespace = self._namespace(file)
        found.update(dict.fromkeys(name for name in namespace.names if not name.startswith("_")))
        for star in namespace.stars:
            module = self.absolute(file, star)
            target_file = self.table.find(module, file) if module is not None else None
            if target_file is not None and target_file not in visiting and target_file != file:
                found.update(dict.fromkeys(self._exports(target_file, visiting | {file})))
        return tuple(found)

    def _lazy(self, file: int, name: str, depth: int) -> Resolution:
        """A name answered by the module's `__getattr__` (PEP 562)."""
        source = self.files[file]
        facts = source.facts
        if name in (facts.getattr_names or ()):
            for imp in facts.imports:
                if (
                    imp.scope != MODULE
                    and imp.bound == name
                    and facts.definitions[imp.scope].name == "__getattr__"
                ):
                    answer = self._import(file, imp, depth)
                    hop = Hop(source.path, imp.line, f"__getattr__ imports {name} from {imp.module}")
                    return Resolution(answer.targets, (hop, *answer.chain))
        return Resolution((Target("dynamic", f"{source.module}:{name}", file),))

    def resolve(self, file: int, name: str, scope: int = MODULE) -> Resolution:
        """What a dotted name stands for where it is read: in `scope` (a definition's index) of a file."""
        return self._dotted(file, name, scope, 0)

    def _dotted(self, file: int, name: str, scope: int, depth: int) -> Resolution:
        head, *rest = name.split(".")
        answer = self._head(file, head, scope, depth)
        for part in rest:
            answer = self._attribute(answer, part, depth)
        return answer

    def _head(self, file: int, head: str, scope: int, depth: int) -> Resolution:
        definitions = self.files[file].facts.definitions
        innermost = True
        while scope != MODULE:
            if innermost or not definitions[scope].is_class:  # a class body is not seen from its methods
                binding = self._scope(file).get(scope, {}).get(head)
                if binding is not None:
                    return self._binding(file, head, binding, depth + 1)
            innermost = False
            scope = definitions[scope].parent
        answer = self._name(file, head, depth + 1)
        if answer.targets[0].kind == "unresolved" and head in _BUILTINS:
            return _external(f"builtins.{head}")
        return answer

    def _attribute(self, owner: Resolution, name: str, depth: int) -> Resolution:
        target = owner.target
        if target.kind == "module":
            if target.file < 0:
                return self._submodule(target.symbol, name) or _unresolved(f"{target.symbol}:{name}")
            answer = self._name(target.file, name, depth + 1)
            return Resolution(answer.targets, (*owner.chain, *answer.chain))
        if target.kind == "external":
            return _external(f"{target.symbol}.{name}")
        if target.kind == "definition" and self.definition(target).is_class:
            member = self.members(target.file, target.index).get(name)
            if member is not None:
                return Resolution((member,), owner.chain)
        if target.kind == "unresolved":
            return owner
        return Resolution((Target("dynamic", f"{target.symbol}.{name}", target.file),), owner.chain)

    def resolve_symbol(self, symbol: str) -> Resolution:
        """What `package.module:Name` (or `:Outer.inner`) stands for."""
        module, _, name = symbol.partition(":")
        found = self.table.find(module)
        if found is None:
            if self.table.is_package(module) and not name:
                return Resolution((Target("module", module),))
            return _unresolved(module) if self.is_first_party(module) else _external(symbol.replace(":", "."))
        if not name:
            return Resolution((Target("module", module, found),))
        head, *rest = name.split(".")
        answer = self._name(found, head, 0)
        for part in rest:
            answer = self._attribute(answer, part, 0)
        return answer

    def resolve_path(self, path: str) -> Resolution:
        """What a dotted string `package.module.Name.attribute` stands for: the longest module first."""
        parts = path.split(".")
        for cut in range(len(parts), 0, -1):
            module = ".".join(parts[:cut])
            found = self.table.find(module)
            if found is not None or self.table.is_package(module):
                answer = Resolution((Target("module", module, -1 if found is None else found),))
                for part in parts[cut:]:
                    answer = self._attribute(answer, part, 0)
                return answer
        return _unresolved(path) if self.is_first_party(path) else _external(path)

    def namespace(self, file: int) -> Iterable[str]:
        """The names a module binds itself, stars and lazy names left out."""
        return self._namespace(file).names.keys()

    def _namespace(self, file: int) -> _Namespace:
        known = self._namespaces.get(file)
        if known is not None:
            return known
        facts = self.files[file].facts
        found: list[tuple[int, int, str, Definition | Import | Assignment]] = []
        stars: list[Import] = []
        found.extend(
            (item.line, item.column, item.name, item) for item in facts.definitions if item.parent == MODULE
        )
        for imp in facts.imports:
            if imp.scope == MODULE:
                if imp.name == "*":
                    stars.append(imp)
                else:
                    found.append((imp.line, imp.column, imp.bound, imp))
        found.extend(
            (item.line, item.column, item.name, item) for item in facts.assignments if item.scope == MODULE
        )
        found.sort(key=lambda item: item[:2])
        names: dict[str, list[Definition | Import | Assignment]] = {}
        for _, _, name, binding in found:
            names.setdefault(name, []).append(binding)
        answer = self._namespaces[file] = _Namespace(names, stars)
        return answer

    def _scope(self, file: int) -> dict[int, dict[str, Definition | Import]]:
        known = self._scopes.get(file)
        if known is None:
            facts = self.files[file].facts
            known = {}
            for definition in facts.definitions:
                if definition.parent != MODULE:
                    known.setdefault(definition.parent, {})[definition.name] = definition
            for imp in facts.imports:
                if imp.scope != MODULE and imp.name != "*":
                    known.setdefault(imp.scope, {})[imp.bound] = imp
            self._scopes[file] = known
        return known

    def _index(self, file: int) -> dict[int, int]:
        known = self._indexes.get(file)
        if known is None:
            facts = self.files[file].facts
            known = {id(item): index for index, item in enumerate(facts.definitions)}
            known.update((id(item), index) for index, item in enumerate(facts.assignments))
            self._indexes[file] = known
        return known

    # -- definitions

    def definition(self, target: Target) -> Definition:
        """The class or function a target of kind "definition" is."""
        return self.files[target.file].facts.definitions[target.index]

    def symbol(self, file: int, definition: int) -> str:
        """`module:qualname` of a definition."""
        source = self.files[file]
        return f"{source.module}:{source.facts.definitions[definition].qualname}"

    def location(self, file: int, definition: int) -> Location:
        """Where a definition stands, from its `class` or `def` keyword to its end."""
        found = self.files[file].facts.definitions[definition]
        return Location(self.files[file].path, found.line, found.column, found.end_line, found.end_column)

    def children(self, file: int, definition: int) -> tuple[int, ...]:
        """Indexes of the definitions that stand directly in a definition: the methods of a class."""
        known = self._children.get(file)
        if known is None:
            known = {}
            for index, item in enumerate(self.files[file].facts.definitions):
                known.setdefault(item.parent, []).append(index)
            self._children[file] = known
        return tuple(known.get(definition, ()))

    def ancestors(self, file: int, definition: int) -> tuple[Target, ...]:
        """The bases of a class, theirs, and so on, nearest first; external and unresolved ones included."""
        key = (file, definition)
        known = self._ancestors.get(key)
        if known is not None:
            return known
        self._ancestors[key] = ()  # a class that inherits from itself ends here
        found: dict[Target, None] = {}
        item = self.files[file].facts.definitions[definition]
        for base in item.bases:
            if not base:
                found[Target("dynamic", "?")] = None
                continue
            target = self.resolve(file, base, item.parent).target
            if target.kind == "definition" and (target.file, target.index) == key:
                continue
            found[target] = None
            if target.kind == "definition":
                found.update(dict.fromkeys(self.ancestors(target.file, target.index)))
        answer = self._ancestors[key] = tuple(found)
        return answer

    def members(self, file: int, definition: int) -> dict[str, Target]:
        """The methods and attributes of a class by name, inherited first-party ones included.

        Methods are targets of kind "definition", attributes of kind "variable" with index -1.
        """
        found: dict[str, Target] = {}
        lineage = [Target("definition", "", file, definition), *self.ancestors(file, definition)]
        for target in lineage:
            if target.kind != "definition":
                continue
            item = self.definition(target)
            for child in self.children(target.file, target.index):
                name = self.files[target.file].facts.definitions[child].name
                found.setdefault(
                    name, Target("definition", self.symbol(target.file, child), target.file, child)
                )
            module = self.files[target.file].module
            for name in (*item.attributes, *item.instance_attributes):
                found.setdefault(name, Target("variable", f"{module}:{item.qualname}.{name}", target.file))
        return found

    # -- use

    def users(self, symbol: str) -> tuple[tuple[int, Import], ...]:
        """Every import, at any scope, whose main candidate is the definition `module:qualname`; by path and line."""
        return tuple(self._users.get(symbol, ()))

    @cached_property
    def _users(self) -> dict[str, list[tuple[int, Import]]]:
        found: dict[str, list[tuple[int, Import]]] = {}
        for file, source in enumerate(self.files):
            for imp in source.facts.imports:
                if imp.name is None or imp.name == "*":
                    continue
                target = self._import(file, imp, 0).targets[0]
                if target.kind == "definition":
                    found.setdefault(target.symbol, []).append((file, imp))
        return found

    @cached_property
    def import_graph(self) -> networkx.MultiDiGraph[str]:
        """Module -> module, an edge for each import: `line`, `name`, `runtime` (at import time, not TYPE_CHECKING)."""
        import networkx

        graph: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
        graph.add_nodes_from(source.module for source in self.files)
        for file, source in enumerate(self.files):
            for imp in source.facts.imports:
                module = self.absolute(file, imp)
                found = self.table.find(module, file) if module is not None else None
                if imp.name not in (None, "*") and module is not None:
                    submodule = self.table.by_name.get(f"{module}.{imp.name}")
                    if submodule is not None and (
                        found is None or imp.name not in self._namespace(found).names
                    ):
                        found = submodule
                if found is not None:
                    runtime = imp.scope == MODULE and not self.type_checking(file, imp.branch)
                    graph.add_edge(
                        source.module,
                        self.files[found].module,
                        line=imp.line,
                        name=imp.name or "",
                        runtime=runtime,
                    )
        return graph

    @cached_property
    def class_graph(self) -> networkx.DiGraph[str]:
        """Class symbol -> symbol of each base, external ones by their dotted path."""
        import networkx

        graph: networkx.DiGraph[str] = networkx.DiGraph()
        for file, source in enumerate(self.files):
            for index, item in enumerate(source.facts.definitions):
                if not item.is_class:
                    continue
                symbol = self.symbol(file, index)
                graph.add_node(symbol)
                for base in item.bases:
                    if base:
                        graph.add_edge(symbol, self.resolve(file, base, item.parent).target.symbol)
        return graph

    # -- branches

    def type_checking(self, file: int, branch: int) -> bool:
        """Does a branch hold for type checkers alone?"""
        branches = self.files[file].facts.branches
        while branch != MODULE:
            if branches[branch].kind == "type-checking":
                return True
            branch = branches[branch].parent
        return False


def _rank(branches: tuple[Branch, ...], branch: int) -> int:
    """0 on the main path, 1 in an arm that is taken when something failed or a condition does not hold."""
    while branch != MODULE:
        if branches[branch].kind in _FALLBACK_ARMS:
            return 1
        branch = branches[branch].parent
    return 0


def _unresolved(symbol: str) -> Resolution:
    return Resolution((Target("unresolved", symbol),))


def _external(symbol: str) -> Resolution:
    return Resolution((Target("external", symbol),))


def link(
    files: Iterable[SourceFile],
    config: Config,
    declared: Collection[str] = (),
    extensions: Collection[str] = (),
) -> Project:
    """The project of a set of files.

    `declared`: import names of third-party dependencies, which win over directories without `__init__.py`.
    `extensions`: modules that exist without Python source (`.so`, `.pyd`, `.pyi`).
    """
    return Project(files, config, declared, extensions)
