"""`link(files, config) -> Project`: the graph of modules, names and classes, and what rules ask of it.

What names stand for is worked out in `names`, what classes are in `classes`, what may be kept when files change in
`answers`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from ssot_lint.config import Config
from ssot_lint.linking import classes
from ssot_lint.linking.answers import Answers, Imported
from ssot_lint.linking.bindings import Bindings
from ssot_lint.linking.kept import Earlier, Links, links_of
from ssot_lint.linking.modules import ModuleTable
from ssot_lint.linking.names import Names
from ssot_lint.linking.outside import NOTHING_ELSE, Outside
from ssot_lint.linking.surroundings import around, at_module_level, outward
from ssot_lint.linking.targets import Hop, Resolution, Target, TargetKind
from ssot_lint.linking.tells import is_found_as, put_in_place
from ssot_lint.model import MODULE, Branch, Definition, Import, Location, SourceFile
from ssot_lint.queries.traits import TRAITS

if TYPE_CHECKING:
    import networkx

    from ssot_lint.queries.outlines import Rival
    from ssot_lint.tree.distributions import Distribution

__all__ = ["Hop", "Project", "Resolution", "Target", "TargetKind", "link"]

Texts = Callable[[str], bytes | None]
"""Path -> what the file holds that the facts were read from; None where that is not known any more."""

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

_MAIN_GUARD = re.compile(r"__name__\s*==\s*['\"]__main__|__main__['\"]\s*==\s*__name__")


class Project:
    """The linked graph. Immutable to rules; answers are computed when asked and kept."""

    def __init__(
        self,
        files: Iterable[SourceFile],
        config: Config,
        outside: Outside = NOTHING_ELSE,
        before: tuple[Project, frozenset[int]] | None = None,
        texts: Texts | None = None,
        known: Imported | None = None,
    ) -> None:
        """`before`: a project of the same modules, and which of its files have another text. `known`: what their
        imports stand for, as far as an earlier run has found it out.
        """
        self.files = tuple(sorted(files, key=lambda file: file.path))
        self.config = config
        self._outside = outside
        self._texts = texts
        if before is None:
            made = {*outside.extensions, *put_in_place(self.files)}
            self.table = ModuleTable(self.files, outside._replace(extensions=made), config.source_roots or ())
            self._answers = Answers(known)
            self._bindings = tuple([Bindings(file.facts) for file in self.files])
        else:
            earlier, others = before
            self.table = earlier.table.reread(self.files)
            self._answers = earlier._answers.after(others)
            self._bindings = tuple(
                [
                    Bindings(file.facts) if number in others else earlier._bindings[number]
                    for number, file in enumerate(self.files)
                ]
            )
        self.by_path: Mapping[str, int] = self.table.by_path
        self.modules: Mapping[str, int] = self.table.by_name
        self.collisions: Mapping[str, tuple[int, ...]] = self.table.collisions
        self._names = Names(self.files, self.table, self._bindings, self._answers)
        self._kept: dict[object, Any] = {}
        self._tables: dict[object, dict[Any, Any]] = {}
        self.listed = self._names.listed
        """Files whose names were asked for as a whole, so that one more name is a change that somebody may see."""
        self.sought = self._names.sought
        """Names that were looked up in modules (file, name); "*" where it matters that a star import is there."""
        self.compared: set[tuple[int, int]] = set()
        """Definitions (file, index) whose bodies, or their methods' bodies, were judged by what the statements are."""
        self.questioned: set[tuple[str, int, int]] = set()
        """Traits (see `TRAITS`) that were asked for, each with the definition (file, index)."""
        self.opened: set[tuple[int, int]] = set()
        """Definitions whose members were asked for as a whole, so that one more is a change that somebody may see."""
        self.named: set[tuple[str, int, int]] = set()
        """The same where the names and kinds of members are all that was asked for, not what they take and return.

        Each with the id of the rule that did; "" where others may have its answer. `MODULE` for a module's names.
        """
        self.picked = self._names.picked
        """Members that were asked for by their names (file, index of the class, name)."""
        self.quoted: set[int] = set()
        """Files whose texts were asked for."""
        self.proofread: set[int] = set()
        """Files whose texts were looked through for what is nearly an event."""
        self.reread: set[tuple[int, int]] = set()
        """Functions (file, index) that were read again from the texts; `MODULE` for what stands in none."""
        self.searched: set[tuple[int, str]] = set()
        """(file, name) where it was asked on which lines of a text a name stands."""
        self.spoken: set[str] = set()
        """Names in bodies that were read again from these texts, which no fact tells."""
        self.rivals: set[Rival] = set()
        """What any body is compared with that is about as large: see `outlines.Rival`."""
        self.asked: set[str] = set()
        """Symbols whose users were asked for."""
        self.hunted: set[str] = set()
        """Names of classes and functions that were looked for in all modules at once."""
        self.namesakes: set[str] = set()
        """Kinds of definitions at module level that were compared with all others of their names."""
        self.followed: set[int] = set()
        """Files whose imports were followed to what they lead to as they load."""
        self.tied: set[int] = set()
        """Files of which it matters whether one more file imports them."""
        self.traced: set[int] = set()
        """Files of which it matters who imports anything of them, at whatever scope."""
        self.weighed: set[int] = set()
        """Files of which it matters whether they import a third-party package as they load."""

    def once(self, compute: Callable[[Project], T]) -> T:
        """`compute(self)`, worked out the first time and kept for the project's life."""
        try:
            kept: T = self._kept[compute]
        except KeyError:
            kept = self._kept[compute] = compute(self)
        return kept

    def once_for(self, key: K, compute: Callable[[Project, K], T]) -> T:
        """`compute(self, key)`, worked out the first time and kept for the project's life."""
        known = self.known(compute)
        if key not in known:
            known[key] = compute(self, key)
        return known[key]

    def known(self, compute: Callable[..., T]) -> dict[Any, T]:
        """What a function has worked out so far, by key; for those who say what holds meanwhile, or ask otherwise."""
        try:
            return self._tables[compute]
        except KeyError:
            return self._tables.setdefault(compute, {})

    def by_file(self, compute: Callable[[Project, int], T]) -> dict[int, T]:
        """What a function has worked out so far of a file's own text and of what its imports stand for.

        It outlives a change of files for those whose text and imports stay as they are.
        """
        return self._answers.by_file(compute)

    def of_each_file(self, compute: Callable[[Project, int], T]) -> list[T]:
        """`compute(self, file)` for all files, in their order, kept as in `by_file`."""
        known = self.by_file(compute)
        files = range(len(self.files))
        for file in files:
            if file not in known:
                known[file] = compute(self, file)
        return [known[file] for file in files]

    def changed(self, files: Mapping[str, SourceFile | None], texts: Texts | None = None) -> Project:
        """The project with other or further files by path; None takes one away. `texts`: what they all hold now.

        Where it is the text of files alone that is other, all answers are kept that did not look into them.
        """
        kept: dict[str, SourceFile | None] = {file.path: file for file in self.files}
        kept.update(files)
        read = [file for _, file in sorted(kept.items()) if file is not None]
        if not all(self._is_as_before(*item) for item in files.items()):
            return Project(read, self.config, self._outside, texts=texts)
        others = frozenset(self.by_path[path] for path in files)
        return Project(read, self.config, self._outside, before=(self, others), texts=texts)

    def _is_as_before(self, path: str, file: SourceFile | None) -> bool:
        """Is a file there under the same name, so that the same modules can be found?"""
        return file is not None and path in self.by_path and is_found_as(file, self.files[self.by_path[path]])

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
        return self._names.imported(file, imp)

    @cached_property
    def resolutions(self) -> tuple[tuple[Resolution, ...], ...]:
        """What each import of each file stands for, in the order of `files` and of their `imports`."""
        resolve, files = self._names.imported, self.files
        return self._answers.imports(
            len(files), lambda file: tuple([resolve(file, imp) for imp in files[file].facts.imports])
        )

    @property
    def distributions(self) -> Sequence[Distribution]:
        """What the project builds, as its manifests say."""
        return self._outside.distributions

    @property
    def links(self) -> Links | None:
        """What imports stand for, for the next run; None as long as nobody has asked."""
        known = self._answers.imported
        return None if known is None else links_of(self.files, known, self.sought, self.listed)

    def name(self, file: int, name: str) -> Resolution:
        """What a module's attribute stands for, as `from module import name` sees it."""
        return self._names.name(file, name)

    def resolve(self, file: int, name: str, scope: int = MODULE) -> Resolution:
        """What a dotted name stands for where it is read: in `scope` (a definition's index) of a file."""
        return self._names.resolve(file, name, scope)

    def resolve_symbol(self, symbol: str, importer: int | None = None) -> Resolution:
        """What `package.module:Name` (or `:Outer.inner`) stands for, as `importer` sees it when given."""
        return self._names.symbol(symbol, importer)

    def resolve_path(self, path: str) -> Resolution:
        """What a dotted string `package.module.Name.attribute` stands for: the longest module first."""
        return self._names.path(path)

    def is_given(self, file: int, name: str) -> bool:
        """Does another module set the name on this one as it loads?"""
        return self.table.is_given(file, name)

    def exported(self, file: int, name: str) -> bool:
        """Would `from module import *` bring the name?"""
        return self._names.exported(file, name)

    def exports(self, file: int) -> tuple[str, ...]:
        """The names `from module import *` brings: `__all__` with what it adds of other modules, or all public ones."""
        return self._names.exports(file)

    def namespace(self, file: int, rule: str = "") -> Iterable[str]:
        """The names a module binds itself, stars and lazy names left out. `rule`: whose answer this is for, if no other's."""
        if rule:
            self.named.add((rule, file, MODULE))
        else:
            self.listed.add(file)
        return self._bindings[file].names.keys()

    def binds(self, file: int, name: str) -> bool:
        """Does a module bind a name itself?"""
        self.sought.add((file, name))
        return name in self._bindings[file].names

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

    def tells(self, file: int, definition: int, trait: str) -> bool:
        """Do the statements of a definition's body show one of `TRAITS`?"""
        self.questioned.add((trait, file, definition))
        return TRAITS[trait](self.files[file].facts.definitions[definition].skeleton)

    def text(self, file: int) -> bytes | None:
        """What a file holds, for the few questions that facts do not answer; None where that is not known."""
        self.quoted.add(file)
        return self.unnoted_text(file)

    def unnoted_text(self, file: int) -> bytes | None:
        """The same for those who note by themselves what they look for in it."""
        return self._texts(self.files[file].path) if self._texts is not None else None

    def location(self, file: int, definition: int) -> Location:
        """Where a definition stands, from its `class` or `def` keyword to its end."""
        found = self.files[file].facts.definitions[definition]
        return Location(self.files[file].path, found.line, found.column, found.end_line, found.end_column)

    def children(self, file: int, definition: int) -> tuple[int, ...]:
        """Indexes of the definitions that stand directly in a definition: the methods of a class."""
        self.opened.add((file, definition))
        return self.parts(file, definition)

    def parts(self, file: int, definition: int) -> tuple[int, ...]:
        """The same for those who look for one of them by its name, or note by themselves what they look at."""
        return self._bindings[file].children.get(definition, ())

    def ancestors(self, file: int, definition: int) -> tuple[Target, ...]:
        """The bases of a class, theirs, and so on, nearest first; external and unresolved ones included."""
        return classes.ancestors(self._names, file, definition)

    def bases(self, file: int, definition: int) -> tuple[Target, ...]:
        """What the bases of a class stand for when its statement runs; "dynamic" for those that are no names."""
        return classes.bases(self._names, file, definition)

    def members(self, file: int, definition: int) -> dict[str, Target]:
        """The methods and attributes of a class by name, inherited first-party ones included.

        Methods are targets of kind "definition", attributes of kind "variable" with index -1.
        """
        above = [item for item in self.ancestors(file, definition) if item.kind == "definition"]
        self.opened.update([(file, definition), *((item.file, item.index) for item in above)])
        return classes.members(self._names, file, definition)

    @property
    def looks(self) -> tuple[set[Any], ...]:
        """All that is noted of what was looked at, for another process that goes on with this project."""
        return (
            self.listed, self.compared, self.questioned, self.opened, self.quoted, self.spoken, self.rivals,
            self.asked, self.followed, self.tied, self.weighed, self.sought, self.searched, self.named,
            self.reread, self.picked, self.hunted, self.proofread, self.traced, self.namesakes,
        )  # fmt: skip

    # -- use

    def users(self, symbol: str) -> tuple[tuple[int, Import], ...]:
        """Every import, at any scope, whose main candidate is the definition `module:qualname`; by path and line."""
        self.asked.add(symbol)
        return tuple(self._users.get(symbol, ()))

    @cached_property
    def _users(self) -> dict[str, list[tuple[int, Import]]]:
        found: defaultdict[str, list[tuple[int, Import]]] = defaultdict(list)
        for file, (source, answers) in enumerate(zip(self.files, self.resolutions, strict=True)):
            for number, answer in enumerate(answers):
                target = answer.targets[0]
                if target.kind == "definition":
                    imp = source.facts.imports[number]
                    if imp.name is not None and imp.name != "*":
                        found[target.symbol].append((file, imp))
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
                    submodule = self.table.exact(f"{module}.{imp.name}", file)
                    if submodule is not None and (
                        found is None or imp.name not in self._bindings[found].names
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
        facts = self.files[file].facts
        return at_module_level(facts, imp.scope) and not any(
            arm.kind == "type-checking" or _MAIN_GUARD.search(arm.test)
            for arm in outward(facts, imp.scope, imp.branch)
        )

    def type_checking(self, file: int, branch: int) -> bool:
        """Does a branch hold for type checkers alone?"""
        return any(arm.kind == "type-checking" for arm in self.around(file, branch))

    def around(self, file: int, branch: int | None) -> Iterator[Branch]:
        """The branch itself and those it stands in, innermost first; none for what always runs, or is not known."""
        return around(self.files[file].facts, MODULE if branch is None else branch)


def link(
    files: Iterable[SourceFile],
    config: Config,
    outside: Outside = NOTHING_ELSE,
    texts: Texts | None = None,
    earlier: Earlier | None = None,
) -> Project:
    """The project of a set of files. `texts`: what they hold, read when asked for.

    `earlier`: what is still known of the same modules, of a run under the same settings; the rest is worked out anew.
    """
    project = Project(files, config, outside, texts=texts, known=earlier and earlier.imported)
    if earlier is not None:
        project.sought.update(earlier.sought)
        project.listed.update(earlier.listed)
    return project
