"""`link(files, config) -> Project`: the graph of modules, names and classes, and what rules ask of it.

A name resolves through imports, re-exports, assignments, stars and submodules to what it stands for. Where
several bindings may hold (fallback imports, conditions), all candidates are kept, the main path's first.
"""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from ssot_lint.config import Config
from ssot_lint.model import MODULE, Assignment, Branch, Definition, FileFacts, Import, Location, SourceFile
from ssot_lint.modules import ModuleTable, imports_itself
from ssot_lint.roots import Alias

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
_HANDLERS = frozenset({"except-import", "except-broad"})
_FALLBACK_ARMS = frozenset({"except-import", "except-broad", "except-other", "else"})
_MAX_HOPS = 50
_ANY = frozenset({-1})
"""Stands for the files that an answer may depend on where they are not told one by one."""
_MAIN_GUARD = re.compile(r"__name__\s*==\s*['\"]__main__|__main__['\"]\s*==\s*__name__")


class Target(msgspec.Struct, frozen=True, gc=False):
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


class Hop(msgspec.Struct, frozen=True, gc=False):
    """One step of a resolution: the file and line that hand the name on, and how."""

    path: str
    line: int
    how: str  # "imports X from m", "assigns X = Y", "star import of m", "defines X", "submodule X"


class Resolution(msgspec.Struct, frozen=True, gc=False):
    """Every candidate a name can stand for, the one that wins on the main path first, with its chain."""

    targets: tuple[Target, ...]
    chain: tuple[Hop, ...] = ()

    @property
    def target(self) -> Target:
        """The candidate that holds on the main path (no fallback taken)."""
        return self.targets[0]


Binding = Definition | Import | Assignment


@dataclass(slots=True)
class _Namespace:
    """Module-level bindings of one file: name -> facts in source order; and what stars bring."""

    names: dict[str, list[Binding]]
    stars: list[Import]


class _TooDeepError(Exception):
    """A chain of re-exports longer than the stack should carry."""

    def __init__(self, key: tuple[int, str]) -> None:
        super().__init__(key)
        self.key = key


class _Loops:
    """Where the resolution of names stands, so that loops of re-exports end, with one answer for each name.

    The names that depend on each other are found as Tarjan finds strongly connected components (SIAM J.
    Comput. 1972). Within such a loop the answer for a name depends on where the loop was entered, so a name
    keeps the answer it has when it is itself the entry, whatever was asked before.
    """

    def __init__(self) -> None:
        self.open: dict[tuple[int, str], int] = {}  # names being resolved, with their place on the stack
        self.lowest: list[int] = []  # for each of them, the lowest place that its answer has touched
        self.waiting: dict[
            tuple[int, str], tuple[Resolution, int]
        ] = {}  # answers that hold within the loop only
        self.unsettled: list[tuple[int, str]] = []
        self.behind: list[
            frozenset[int]
        ] = []  # for each of the open names, the loops that its answer went through
        self.loop: dict[tuple[int, str], int] = {}  # the loop a name is known to belong to
        self.through: dict[tuple[int, str], frozenset[int]] = {}  # the loops that a kept answer went through
        self.entered: set[int] = set()
        self.seen: list[set[int]] = []
        """For each answer that is being worked out, the files it has looked into."""

    def abandon(self) -> None:
        """Forget what has been begun; which names belong to loops stays known."""
        self.open, self.lowest, self.waiting, self.unsettled = {}, [], {}, []
        self.behind, self.entered = [], set()

    def touch(self, place: int) -> None:
        if self.lowest and place < self.lowest[-1]:
            self.lowest[-1] = place

    def pass_through(self, loops: frozenset[int]) -> None:
        if self.behind:
            self.behind[-1] |= loops

    def look_into(self, files: Iterable[int]) -> None:
        if self.seen:
            self.seen[-1].update(files)


class Project:
    """The linked graph. Immutable to rules; answers are computed when asked and kept."""

    def __init__(
        self,
        files: Iterable[SourceFile],
        config: Config,
        declared: Collection[str] = (),
        extensions: Collection[str] = (),
        aliases: Collection[Alias] = (),
        table: ModuleTable | None = None,
    ) -> None:
        self.files = tuple(sorted(files, key=lambda file: file.path))
        self.config = config
        self._surroundings = declared, extensions, aliases
        self.table = table or ModuleTable(
            self.files, declared, {*extensions, *_put_in_place(self.files)}, aliases
        )
        self.by_path: Mapping[str, int] = self.table.by_path
        self.modules: Mapping[str, int] = self.table.by_name
        self.collisions: Mapping[str, tuple[int, ...]] = self.table.collisions
        self._namespaces: dict[int, _Namespace] = {}
        self._absolute: dict[tuple[str, str | None], Resolution] = {}
        self._names: dict[tuple[int, str], Resolution] = {}
        self._heads: dict[tuple[int, str, int], Resolution] = {}
        self._loops = _Loops()
        self._sets: dict[frozenset[int], frozenset[int]] = {}  # one object for sets of files that are equal
        self._looked: dict[tuple[object, ...], frozenset[int]] = {}  # the files a kept answer looked into
        self._reads: list[frozenset[int]] = []  # those that the imports of each file looked into
        self._earlier: tuple[Sequence[tuple[Resolution, ...]], list[frozenset[int]], frozenset[int]] | None
        self._earlier = None  # resolutions and reads of a project before these files were changed
        self._scopes: dict[int, dict[int, dict[str, list[Binding]]]] = {}
        self._indexes: dict[int, dict[int, int]] = {}
        self._children: dict[int, dict[int, list[int]]] = {}
        self._ancestors: dict[tuple[int, int], tuple[Target, ...]] = {}
        self._kept: dict[object, Any] = {}
        self._by_file: dict[object, dict[int, Any]] = {}
        self.listed: set[int] = set()
        """Files whose names were asked for as a whole, so that one more name is a change that somebody may see."""
        self.compared: set[int] = set()
        """Files of which a body was judged by what its statements are."""
        self.rivals: set[tuple[str, int, float]] = set()
        """What any body is compared with that is about as large: see `outlines.Rival`."""

    def once(self, compute: Callable[[Project], T]) -> T:
        """`compute(self)`, worked out the first time and kept for the project's life."""
        try:
            kept: T = self._kept[compute]
        except KeyError:
            kept = self._kept[compute] = compute(self)
        return kept

    def by_file(self, compute: Callable[[Project], dict[int, T]]) -> dict[int, T]:
        """What is known so far of what follows from a file's own text and from what its imports stand for.

        It begins as `compute(self)`, and outlives a change of files for those whose text and imports stay as they are.
        """
        known: dict[int, T] | None = self._by_file.get(compute)
        if known is None:
            known = self._by_file[compute] = compute(self)
        return known

    def changed(self, files: Mapping[str, SourceFile | None]) -> Project:
        """The project with other or further files by path; None takes one away.

        Where it is the text of files alone that is other, all answers are kept that did not look into them.
        """
        kept: dict[str, SourceFile | None] = {file.path: file for file in self.files}
        kept.update(files)
        read = [file for _, file in sorted(kept.items()) if file is not None]
        same = all(self._is_as_before(*item) for item in files.items())
        table = self.table.reread(read) if same else None
        after = Project(read, self.config, *self._surroundings, table=table)
        if same:
            after._take_over(self, frozenset(self.by_path[path] for path in files))
        return after

    def _is_as_before(self, path: str, file: SourceFile | None) -> bool:
        """Is a file there under the same name, so that the same modules can be found?"""
        if file is None or path not in self.by_path:
            return False
        known = self.files[self.by_path[path]]
        return all(
            getattr(file, name) == getattr(known, name)
            for name in ("path", "module", "is_package", "importable", "is_test")
        ) and (_put_in_place([file]), imports_itself(file)) == (_put_in_place([known]), imports_itself(known))

    def _take_over(self, before: Project, changed: frozenset[int]) -> None:
        """Keep the answers of a project that differs from this one in the text of some files."""
        gone = changed | _ANY
        self._looked = {key: files for key, files in before._looked.items() if gone.isdisjoint(files)}
        kept = self._looked.keys()
        self._names = {key: found for key, found in before._names.items() if key in kept}
        self._absolute = {key: found for key, found in before._absolute.items() if key in kept}
        self._heads = {key: found for key, found in before._heads.items() if key in kept}
        for name in ("_namespaces", "_scopes", "_indexes", "_children"):
            setattr(
                self,
                name,
                {file: found for file, found in getattr(before, name).items() if file not in changed},
            )
        if "resolutions" in before.__dict__:
            self._earlier = before.resolutions, before._reads, changed
            same = {
                file
                for file, looked in enumerate(before._reads)
                if file not in changed and gone.isdisjoint(looked)
            }
            for compute, known in before._by_file.items():
                self._by_file[compute] = {file: known[file] for file in same & known.keys()}
        elif before._earlier is not None:
            resolutions, reads, others = before._earlier
            self._earlier = resolutions, reads, others | changed

    def _noted(self, key: tuple[object, ...], work: Callable[[], Resolution]) -> Resolution:
        """An answer, and the files it looked into noted under its key."""
        self._loops.seen.append(set())
        try:
            return work()
        finally:
            seen = frozenset(self._loops.seen.pop())
            files = self._looked[key] = self._sets.setdefault(seen, seen)
            self._loops.look_into(files)

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
        if imp.level:
            return self._import(file, imp)
        key = (imp.module, imp.name)
        known = self._absolute.get(key)
        if known is not None:
            self._loops.look_into(self._looked[key])
        elif self.table.same_everywhere(imp.module):
            known = self._absolute[key] = self._noted(key, lambda: self._import(file, imp))
        else:
            known = self._import(file, imp)
        return known

    @cached_property
    def resolutions(self) -> tuple[tuple[Resolution, ...], ...]:
        """What each import of each file stands for, in the order of `files` and of their `imports`."""
        resolve, seen = self.resolve_import, self._loops.seen
        earlier, self._earlier = self._earlier, None
        found, reads = [], []
        for file, source in enumerate(self.files):
            if earlier is not None:
                resolutions, read, changed = earlier
                if file not in changed and -1 not in read[file] and changed.isdisjoint(read[file]):
                    found.append(resolutions[file])
                    reads.append(read[file])
                    continue
            seen.append(set())
            found.append(tuple([resolve(file, imp) for imp in source.facts.imports]))
            read_here = frozenset(seen.pop())
            reads.append(self._sets.setdefault(read_here, read_here))
        self._reads = reads
        return tuple(found)

    def _import(self, file: int, imp: Import) -> Resolution:
        module, found = self.table.locate(file, imp.module, imp.level)
        if module is None:
            return _unresolved("." * imp.level + imp.module)
        if imp.name is None or imp.name == "*":
            return self._module(module, found, file)
        if found is not None:
            answer = self._name(found, imp.name)
            if answer.targets[0].kind == "unresolved" and module.partition(".")[0] in sys.stdlib_module_names:
                return _external(f"{module}.{imp.name}")
            return answer
        if self.table.is_extension(module):
            return Resolution((Target("dynamic", f"{module}:{imp.name}"),))
        if self.table.is_package(module) and self.table.is_first_party(module, file):  # without __init__.py
            return self._submodule(module, imp.name, file) or _unresolved(f"{module}:{imp.name}")
        if imp.level and (submodule := self._submodule(module, imp.name)):
            return submodule
        if self.table.is_first_party(module, file):
            return _unresolved(module)
        return _external(f"{module}.{imp.name}")

    def _module(self, module: str, found: int | None, file: int) -> Resolution:
        if found is not None:
            return Resolution((Target("module", self.files[found].module, found),))
        if self.table.is_extension(module):
            return Resolution((Target("dynamic", module),))
        if not self.table.is_first_party(module, file):
            return _external(module)
        if self.table.is_package(module):
            return Resolution((Target("module", module),))
        return _unresolved(module)

    def _submodule(self, package: str, name: str, file: int | None = None) -> Resolution | None:
        full = f"{package}.{name}"
        found = self.table.exact(full) if file is None else self.table.find(full, file)
        if found is not None:
            hop = Hop(self.files[found].path, 1, f"submodule {name}")
            return Resolution((Target("module", self.files[found].module, found),), (hop,))
        if self.table.is_extension(full):
            return Resolution((Target("dynamic", full),))
        return Resolution((Target("module", full),)) if self.table.is_package(full) else None

    def name(self, file: int, name: str) -> Resolution:
        """What a module's attribute stands for, as `from module import name` sees it."""
        return self._name(file, name)

    def _name(self, file: int, name: str) -> Resolution:
        if self._loops.open:
            return self._step(file, name)
        pending = [(file, name)]
        around = len(self._loops.seen)
        while True:
            try:
                answer = self._step(*pending[-1])
            except _TooDeepError as error:  # the far end of a long chain first, on a fresh stack
                self._loops.abandon()
                del self._loops.seen[around:]
                if error.key in pending:
                    self._names[error.key] = _unresolved(f"{self.files[error.key[0]].module}:{error.key[1]}")
                    self._looked[error.key] = _ANY
                else:
                    pending.append(error.key)
                continue
            pending.pop()
            if not pending:
                return answer

    def _step(self, file: int, name: str) -> Resolution:
        key = (file, name)
        loops = self._loops
        known = self._names.get(key)
        if known is not None:
            through = loops.through.get(key)
            if through is None or not through & loops.entered:
                if through is not None:
                    loops.pass_through(through)
                loops.look_into(self._looked[key])
                return known
        if key in loops.open:
            loops.touch(loops.open[key])
            loops.look_into(_ANY)
            return _LOOP
        if key in loops.waiting:
            answer, lowest = loops.waiting[key]
            loops.touch(lowest)
            loops.look_into(_ANY)
            return answer
        if len(loops.open) > _MAX_HOPS:
            raise _TooDeepError(key)
        place, first = len(loops.open), len(loops.unsettled)
        loops.open[key] = place
        loops.lowest.append(place)
        loops.behind.append(frozenset())
        loops.seen.append({file})
        loop = loops.loop.get(key)
        entering = loop is not None and loop not in loops.entered
        if entering and loop is not None:
            loops.entered.add(loop)
        answer = self._look_up(file, name)
        if entering and loop is not None:
            loops.entered.discard(loop)
        del loops.open[key]
        lowest, through = loops.lowest.pop(), loops.behind.pop()
        looked = frozenset(loops.seen.pop())
        loops.look_into(looked)
        if lowest < place:  # within a loop that was entered at another name
            loops.waiting[key] = answer, lowest
            loops.unsettled.append(key)
            loops.touch(lowest)
            loops.pass_through(through)
            return answer
        members = loops.unsettled[first:]
        del loops.unsettled[first:]
        for member in members:
            del loops.waiting[member]
        if members:
            own = len(loops.loop) if loop is None else loop
            for member in (key, *members):
                loops.loop.setdefault(member, own)
            through |= {own}
        if through:
            loops.through[key] = through
            loops.pass_through(through)
        if answer.targets == _LOOP.targets:
            answer = _unresolved(f"{self.files[file].module}:{name}")
        self._names[key] = answer
        self._looked[key] = looked
        return answer

    def _look_up(self, file: int, name: str) -> Resolution:
        source = self.files[file]
        facts = source.facts
        if facts.problem is not None:
            return Resolution((Target("dynamic", f"{source.module}:{name}", file),))
        namespace = self._namespace(file)
        bindings: Sequence[Binding] = namespace.names.get(name, ())
        if namespace.stars:
            bindings = sorted((*bindings, *namespace.stars), key=_position)
        found = self._bound(file, name, bindings) if bindings else None
        if found is not None and found.targets[0].kind != "dynamic":
            return found
        if source.is_package and (submodule := self._submodule(source.module, name)):
            return submodule
        if facts.getattr_names is not None and found is None:
            return self._lazy(file, name)
        if found is not None:
            return found
        if name in _DUNDERS:
            return Resolution((Target("variable", f"{source.module}:{name}", file),))
        if facts.dynamic_namespace:
            return Resolution((Target("dynamic", f"{source.module}:{name}", file),))
        return _unresolved(f"{source.module}:{name}")

    def _bound(self, file: int, name: str, bindings: Sequence[Binding]) -> Resolution | None:
        """The candidates of a name's bindings: the last one of the main path first, then the fallbacks.

        `bindings` stand in source order, with the module's stars among them.
        """
        source = self.files[file]
        branches = source.facts.branches
        ranked: list[tuple[int, int, Resolution]] = []
        placed: list[int] = []  # the branch of each
        submodule = self._submodule(source.module, name) if source.is_package else None
        itself: tuple[int, int] | None = None  # where a package imports the name from itself
        for order, binding in enumerate(reversed(bindings)):
            kind = binding.kind if isinstance(binding, Assignment) else ""
            certain = binding.branch == MODULE and (
                not isinstance(binding, Assignment) or binding.writer == MODULE
            )
            if kind == "del":
                if certain:
                    break
                continue
            if isinstance(binding, Import) and binding.name == "*":
                through = self._through_star(file, binding, name)
                if through is None:
                    continue
                answer, rank = through, _rank(branches, binding.branch)
                if answer.targets[0].kind == "dynamic":
                    certain, rank = False, 4
            else:
                answer, rank = self._binding(file, name, binding), _rank(branches, binding.branch)
                if answer.targets == _LOOP.targets and submodule is not None:
                    itself = itself or (rank, order)
                    continue
            if isinstance(binding, Assignment):
                if binding.writer != MODULE:
                    rank = 2
                elif kind == "none":
                    rank = max(rank, 1)
                elif kind == "other" and binding.value == ":":
                    certain, rank = False, 3  # binds nothing: somebody else must
            ranked.append((rank, order, answer))
            placed.append(binding.branch)
            if certain:
                break  # what stood there before is overwritten before anyone imports it
        else:
            if (
                itself is not None and submodule is not None
            ):  # it had no such name, so the submodule is loaded
                ranked.append((*itself, submodule))
        if not ranked:
            return None
        ranked = _with_failures(branches, ranked, placed)
        targets = dict.fromkeys(target for _, _, answer in ranked for target in answer.targets)
        if len(targets) > 1:
            targets.pop(_LOOP.targets[0], None)
        # a candidate that is there comes before one that is not: the import that fails leaves the fallback
        ordered = sorted(targets, key=lambda target: target.kind == "unresolved")
        chain = next((answer.chain for _, _, answer in ranked if ordered[0] in answer.targets), ())
        return Resolution(tuple(ordered), chain)

    def _binding(self, file: int, name: str, binding: Binding) -> Resolution:
        source = self.files[file]
        if isinstance(binding, Definition):
            index = self._index(file)[id(binding)]
            target = Target("definition", f"{source.module}:{binding.qualname}", file, index)
            return Resolution((target,), (Hop(source.path, binding.line, f"defines {name}"),))
        if isinstance(binding, Import):
            if binding.name is None and binding.asname is None:
                top = binding.module.partition(".")[0]
                answer = self._module(top, self.table.find(top, file), file)
                return Resolution(
                    answer.targets, (Hop(source.path, binding.line, f"imports {binding.module}"),)
                )
            answer = self._import(file, binding)
            how = f"imports {binding.name or binding.module} from {'.' * binding.level}{binding.module}"
            if binding.name is None:
                how = f"imports {binding.module}"
            return Resolution(answer.targets, (Hop(source.path, binding.line, how), *answer.chain))
        index = self._index(file)[id(binding)]
        owner = binding.scope
        head = binding.value.partition(".")[0]
        among = (
            () if owner == MODULE else self._scope(file)[owner].get(head, ())
        )  # no chains: they might be circles
        aliases = head != name and not any(isinstance(other, Assignment) for other in among)
        further: tuple[Target, ...] = ()  # what a conditional binding of the value may stand for besides
        if binding.kind == "name" and binding.writer == MODULE and aliases:
            answer = self._dotted(file, binding.value, owner)
            known = ("definition", "module", "external")
            further = tuple(target for target in answer.targets if target.kind in known)
            if answer.targets[0].kind in known:
                hop = Hop(source.path, binding.line, f"assigns {name} = {binding.value}")
                return Resolution(answer.targets, (hop, *answer.chain))
        qualname = name if owner == MODULE else self._qualified(file, owner, name)
        target = Target("variable", f"{source.module}:{qualname}", file, index)
        return Resolution((target, *further), (Hop(source.path, binding.line, f"assigns {name}"),))

    def _qualified(self, file: int, scope: int, name: str) -> str:
        owner = self.files[file].facts.definitions[scope]
        return f"{owner.qualname}.{name}" if owner.is_class else f"{owner.qualname}.<locals>.{name}"

    def _through_star(self, file: int, star: Import, name: str) -> Resolution | None:
        module, found = self.table.locate(file, star.module, star.level)
        if module is None or found is None:
            external = module is not None and not self.table.is_first_party(module, file)
            return Resolution((Target("dynamic", f"{module}.{name}"),)) if external else None
        if found == file or not self.exported(found, name):
            return None
        answer = self._name(found, name)
        if answer.targets[0].kind == "unresolved":
            return None
        return Resolution(
            answer.targets, (Hop(self.files[file].path, star.line, f"star import of {module}"), *answer.chain)
        )

    def exported(self, file: int, name: str) -> bool:
        """Would `from module import *` bring the name?"""
        self._loops.look_into((file,))
        facts = self.files[file].facts
        if facts.exports is None and not facts.exports_dynamic:
            return not name.startswith("_")
        return name in self.exports(file) or facts.exports_dynamic

    def exports(self, file: int) -> tuple[str, ...]:
        """The names `from module import *` brings: `__all__` with what it adds of other modules, or all public ones."""
        return self._exports(file, frozenset())

    def _exports(self, file: int, visiting: frozenset[int]) -> tuple[str, ...]:
        self._loops.look_into((file,))
        facts = self.files[file].facts
        self.listed.add(file)
        found: dict[str, None] = {}
        if facts.exports is not None or facts.exports_from:
            found.update(dict.fromkeys(facts.exports or ()))
            for dotted in facts.exports_from:
                source = self._exporter(file, dotted)
                if source is not None and source not in visiting:
                    found.update(dict.fromkeys(self._exports(source, visiting | {file})))
            return tuple(found)
        namespace = self._namespace(file)
        found.update(dict.fromkeys(name for name in namespace.names if not name.startswith("_")))
        for star in namespace.stars:
            _, target_file = self.table.locate(file, star.module, star.level)
            if target_file is not None and target_file not in visiting and target_file != file:
                found.update(dict.fromkeys(self._exports(target_file, visiting | {file})))
        return tuple(found)

    def _exporter(self, file: int, dotted: str) -> int | None:
        """The module whose `__all__` a name stands for: `x` for `x.__all__`, or `from x import __all__ as name`."""
        for binding in reversed(self._namespace(file).names.get(dotted, ())):
            if isinstance(binding, Import) and binding.name == "__all__":
                return self.table.locate(file, binding.module, binding.level)[1]
        target = self._dotted(file, dotted, MODULE).target
        return target.file if target.kind == "module" and target.file >= 0 else None

    def _lazy(self, file: int, name: str) -> Resolution:
        """A name answered by the module's `__getattr__` (PEP 562)."""
        source = self.files[file]
        facts = source.facts
        target = dict(facts.lazy).get(name)
        if target is not None:
            answer = self._loaded(file, target)
            if answer.targets[0].kind != "unresolved":
                line = next((item.line for item in facts.definitions if item.name == "__getattr__"), 1)
                hop = Hop(source.path, line, f"__getattr__ imports {name} from {target.partition(':')[0]}")
                return Resolution(answer.targets, (hop, *answer.chain))
        if name in (facts.getattr_names or ()):
            for imp in facts.imports:
                if (
                    imp.scope != MODULE
                    and imp.bound == name
                    and facts.definitions[imp.scope].name == "__getattr__"
                ):
                    answer = self._import(file, imp)
                    hop = Hop(source.path, imp.line, f"__getattr__ imports {name} from {imp.module}")
                    return Resolution(answer.targets, (hop, *answer.chain))
        elif _is_declared_beside(facts):
            return _unresolved(f"{source.module}:{name}")
        return Resolution((Target("dynamic", f"{source.module}:{name}", file),))

    def _loaded(self, file: int, target: str) -> Resolution:
        """What `import_module` and `getattr` make of a lazy name's target."""
        path, _, name = target.partition(":")
        module = path.lstrip(".")
        level = len(path) - len(module)
        whole, found = self.table.locate(file, module, level)
        if whole is None:
            return _unresolved(path)
        if not name:
            return self._module(whole, found, file)
        if found is None and not self.table.is_package(whole) and whole.endswith(f".{name}"):
            whole = whole.rpartition(".")[0]  # the table holds the dotted path of the name
            found = self.table.find(whole)
        owner = self._module(whole, found, file)
        return self._dotted_in(owner, name)

    def resolve(self, file: int, name: str, scope: int = MODULE) -> Resolution:
        """What a dotted name stands for where it is read: in `scope` (a definition's index) of a file."""
        return self._dotted(file, name, scope)

    def _dotted(self, file: int, name: str, scope: int) -> Resolution:
        head, _, rest = name.partition(".")
        if self._loops.open:  # what is found within a loop may be a part of the answer
            answer = self._head(file, head, scope)
        else:
            key = (file, head, scope)
            known = self._heads.get(key)
            if known is None:
                known = self._heads[key] = self._noted(key, lambda: self._head(file, head, scope))
            else:
                self._loops.look_into(self._looked[key])
            answer = known
        return self._dotted_in(answer, rest) if rest else answer

    def _dotted_in(self, owner: Resolution, name: str) -> Resolution:
        for part in name.split("."):
            owner = self._attribute(owner, part)
        return owner

    def _head(self, file: int, head: str, scope: int) -> Resolution:
        self._loops.look_into((file,))
        definitions = self.files[file].facts.definitions
        innermost = True
        while scope != MODULE:
            if innermost or not definitions[scope].is_class:  # a class body is not seen from its methods
                bindings = self._scope(file).get(scope, {}).get(head)
                bound = self._bound(file, head, bindings) if bindings else None
                if bound is not None:
                    return bound
                if head in [parameter.name for parameter in definitions[scope].parameters]:
                    symbol = f"{self.files[file].module}:{self._qualified(file, scope, head)}"
                    return Resolution((Target("variable", symbol, file),))
            innermost = False
            scope = definitions[scope].parent
        answer = self._name(file, head)
        if answer.targets[0].kind == "unresolved" and head in _BUILTINS:
            return _external(f"builtins.{head}")
        return answer

    def _attribute(self, owner: Resolution, name: str) -> Resolution:
        target = owner.target
        if target.kind == "module":
            if target.file < 0:
                return self._submodule(target.symbol, name) or _unresolved(f"{target.symbol}:{name}")
            answer = self._name(target.file, name)
            return Resolution(answer.targets, (*owner.chain, *answer.chain))
        if target.kind == "external":
            return _external(f"{target.symbol}.{name}")
        if target.kind == "definition" and self.definition(target).is_class:
            self._loops.look_into(_ANY)  # its bases, theirs, and so on, which are kept elsewhere
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
        answer = self._name(found, head)
        for part in rest:
            answer = self._attribute(answer, part)
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
                    answer = self._attribute(answer, part)
                return answer
        return _unresolved(path) if self.is_first_party(path) else _external(path)

    def namespace(self, file: int) -> Iterable[str]:
        """The names a module binds itself, stars and lazy names left out."""
        self.listed.add(file)
        return self._namespace(file).names.keys()

    def binds(self, file: int, name: str) -> bool:
        """Does a module bind a name itself?"""
        return name in self._namespace(file).names

    def _namespace(self, file: int) -> _Namespace:
        known = self._namespaces.get(file)
        if known is not None:
            return known
        facts = self.files[file].facts
        found: list[tuple[int, int, str, Binding]] = []
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
        names: dict[str, list[Binding]] = {}
        for _, _, name, binding in found:
            names.setdefault(name, []).append(binding)
        answer = self._namespaces[file] = _Namespace(names, stars)
        return answer

    def _scope(self, file: int) -> dict[int, dict[str, list[Binding]]]:
        """What each class and function binds itself, in source order; local variables are not known."""
        known = self._scopes.get(file)
        if known is None:
            facts = self.files[file].facts
            found: list[tuple[int, str, Binding]] = []
            found.extend(
                (item.parent, item.name, item) for item in facts.definitions if item.parent != MODULE
            )
            found.extend(
                (imp.scope, imp.bound, imp)
                for imp in facts.imports
                if imp.scope != MODULE and imp.name != "*"
            )
            found.extend((item.scope, item.name, item) for item in facts.assignments if item.scope != MODULE)
            found.sort(key=lambda item: _position(item[2]))
            known = {}
            for scope, name, binding in found:
                known.setdefault(scope, {}).setdefault(name, []).append(binding)
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

    def definition_at(self, place: tuple[int, int]) -> Definition:
        """The definition at a place: the number of a file, and of a definition in it."""
        return self.files[place[0]].facts.definitions[place[1]]

    def symbol(self, file: int, definition: int) -> str:
        """`module:qualname` of a definition."""
        source = self.files[file]
        return f"{source.module}:{source.facts.definitions[definition].qualname}"

    def statements(self, file: int, definition: int) -> str:
        """What the statements of a definition's body are, one letter each: its `skeleton`."""
        self.compared.add(file)
        return self.files[file].facts.definitions[definition].skeleton

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
        if not self.files[file].facts.definitions[definition].bases:
            return ()
        return self._lineage(
            Target("definition", self.symbol(file, definition), file, definition), frozenset()
        )[0][1:]

    def _lineage(self, target: Target, below: frozenset[Target]) -> tuple[tuple[Target, ...], bool]:
        """A class and its ancestors in the order in which Python looks for a member (C3); is that all of them?"""
        if target.kind != "definition" or not self.definition(target).is_class:
            return (target,), True
        key = (target.file, target.index)
        known = self._ancestors.get(key)
        if known is not None:
            return known, True
        below |= {target}
        bases = [base for base in self.bases(*key) if base not in below]  # a loop of classes ends here
        whole = len(bases) == len(self.bases(*key))
        lineages: list[list[Target]] = []
        for base in bases:
            lineage, complete = self._lineage(base, below)
            lineages.append(list(lineage))
            whole = whole and complete
        answer = (target, *_merge([*lineages, bases]))
        if whole:
            self._ancestors[key] = answer
        return answer, whole

    def bases(self, file: int, definition: int) -> tuple[Target, ...]:
        """What the bases of a class stand for when its statement runs; "dynamic" for those that are no names."""
        found: dict[Target, None] = {}
        item = self.files[file].facts.definitions[definition]
        for base in item.bases:
            found[self._base(file, item, base) if base else Target("dynamic", "?")] = None
        return tuple(found)

    def _base(self, file: int, item: Definition, base: str) -> Target:
        head, _, rest = base.partition(".")
        if item.parent == MODULE and not rest:
            bindings = self._namespace(file).names.get(head, ())
            earlier = [binding for binding in bindings if _position(binding) < (item.line, item.column)]
            if earlier and len(earlier) < len(bindings):  # bound again later, often by this very class
                stars = self._namespace(file).stars
                before = [star for star in stars if _position(star) < (item.line, item.column)]
                bound = self._bound(file, head, sorted((*earlier, *before), key=_position))
                if bound is not None:
                    return bound.target
        return self.resolve(file, base, item.parent).target

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
            own: dict[str, Target] = {}
            for child in self.children(target.file, target.index):
                method = self.files[target.file].facts.definitions[child]
                if any(part.endswith((".setter", ".deleter")) for part in method.decorators):
                    continue  # the getter says what the property is
                own[method.name] = Target("definition", self.symbol(target.file, child), target.file, child)
            for name, member in own.items():
                found.setdefault(name, member)
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
        for file, (source, answers) in enumerate(zip(self.files, self.resolutions, strict=True)):
            for imp, answer in zip(source.facts.imports, answers, strict=True):
                target = answer.targets[0]
                if target.kind == "definition" and imp.name is not None and imp.name != "*":
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
                module, found = self.table.locate(file, imp.module, imp.level)
                if imp.name not in (None, "*") and module is not None:
                    submodule = self.table.exact(f"{module}.{imp.name}")
                    if submodule is not None and (
                        found is None or imp.name not in self._namespace(found).names
                    ):
                        found = submodule
                if found is not None:
                    runtime = self.at_import(file, imp)
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
                graph.add_edges_from(
                    (symbol, base.symbol) for base in self.bases(file, index) if base.symbol != "?"
                )
        return graph

    # -- scopes and branches

    def at_import(self, file: int, imp: Import) -> bool:
        """Does an import run when its module is imported: at module level, in class bodies?"""
        definitions, branches = self.files[file].facts.definitions, self.files[file].facts.branches
        scope, branch = imp.scope, imp.branch
        while branch != MODULE or scope != MODULE:
            if branch == MODULE:
                if not definitions[scope].is_class:
                    return False
                scope, branch = definitions[scope].parent, definitions[scope].branch
            elif branches[branch].kind == "type-checking" or _MAIN_GUARD.search(branches[branch].test):
                return False
            else:
                branch = branches[branch].parent
        return True

    def type_checking(self, file: int, branch: int) -> bool:
        """Does a branch hold for type checkers alone?"""
        return any(arm.kind == "type-checking" for arm in self.around(file, branch))

    def around(self, file: int, branch: int | None) -> Iterator[Branch]:
        """The branch itself and those it stands in, innermost first; none for what always runs, or is not known."""
        branches = self.files[file].facts.branches
        while branch is not None and branch != MODULE:
            yield branches[branch]
            branch = branches[branch].parent


def _is_declared_beside(facts: FileFacts) -> bool:
    """Does a module's `__getattr__` stand in the `else` of `if TYPE_CHECKING:`, where all it answers is declared?"""
    branches = facts.branches
    owners = {
        branches[item.branch].owner
        for item in facts.definitions
        if item.qualname == "__getattr__" and item.branch >= 0 and branches[item.branch].kind == "else"
    }
    return any(item.kind == "type-checking" and item.owner in owners for item in branches)


def _put_in_place(files: Iterable[SourceFile]) -> set[str]:
    """Modules that importing another one makes: `sys.modules["pkg.late"] = module` outside functions and tests.

    `pkg.*` where nobody can say which: the names are computed, or `pkg` is no package and stands in for one.
    """
    found: set[str] = set()
    for file in files:
        for path in () if file.is_test else file.facts.paths:
            if path.form != "sys.modules" or path.scope != MODULE:
                continue
            if path.value and "{" not in path.value:
                found.add(path.value)
                if not file.is_package and path.value.startswith(f"{file.module}."):
                    found.add(f"{file.module}.*")
            else:
                found.add(f"{file.module}.*")
    return found


def _with_failures(
    branches: Sequence[Branch], ranked: Sequence[tuple[int, int, Resolution]], placed: Sequence[int]
) -> list[tuple[int, int, Resolution]]:
    """Best first. What a handler binds is on the main path when the import before it is known to fail."""
    failing = {
        branches[branch].owner
        for (_, _, answer), branch in zip(ranked, placed, strict=False)
        if branch != MODULE and branches[branch].kind == "try" and answer.targets[0].kind == "unresolved"
    }
    found = list(ranked)
    if failing:
        for number, branch in enumerate(placed):
            if branch != MODULE and branches[branch].owner in failing and branches[branch].kind in _HANDLERS:
                _, order, answer = ranked[number]
                found[number] = (_rank(branches, branches[branch].parent), order, answer)
    return sorted(found, key=lambda item: item[:2])


def _rank(branches: Sequence[Branch], branch: int) -> int:
    """0 on the main path, 1 in an arm that is taken when something failed or a condition does not hold."""
    while branch != MODULE:
        if branches[branch].kind in _FALLBACK_ARMS:
            return 1
        branch = branches[branch].parent
    return 0


def _position(binding: Binding) -> tuple[int, int]:
    return binding.line, binding.column


def _merge(lineages: list[list[Target]]) -> list[Target]:
    """The C3 merge of https://docs.python.org/3/howto/mro.html; where there is none, the first class left."""
    merged: list[Target] = []
    while lineages := [lineage for lineage in lineages if lineage]:
        heads = [lineage[0] for lineage in lineages]
        chosen = next(
            (head for head in heads if not any(head in lineage[1:] for lineage in lineages)), heads[0]
        )
        merged.append(chosen)
        lineages = [[item for item in lineage if item != chosen] for lineage in lineages]
    return merged


def _unresolved(symbol: str) -> Resolution:
    return Resolution((Target("unresolved", symbol),))


def _external(symbol: str) -> Resolution:
    return Resolution((Target("external", symbol),))


_LOOP = _unresolved("")
"""What a name is while it is being resolved."""


def link(
    files: Iterable[SourceFile],
    config: Config,
    declared: Collection[str] = (),
    extensions: Collection[str] = (),
    aliases: Collection[Alias] = (),
) -> Project:
    """The project of a set of files.

    `declared`: import names of third-party dependencies, which win over directories without `__init__.py`.
    `extensions`: modules that exist without Python source (`.so`, `.pyd`, `.pyi`).  `aliases`: further names
    of modules, for nested source roots and linked directories.
    """
    return Project(files, config, declared, extensions, aliases)
