"""What a name stands for: through imports, re-exports, assignments, stars and submodules.

Where several bindings may hold (fallback imports, conditions), all candidates are kept, the main path's first.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence

from ssot_lint.linking.answers import ANY, Answers
from ssot_lint.linking.asked import Lineages
from ssot_lint.linking.bindings import Binding, Bindings, position
from ssot_lint.linking.candidates import candidates, qualified
from ssot_lint.linking.classes import ancestors, members
from ssot_lint.linking.lazily import lazily
from ssot_lint.linking.loops import Loops
from ssot_lint.linking.module_names import is_unread, module_named, submodule_of
from ssot_lint.linking.modules import ModuleTable
from ssot_lint.linking.starred import exported, exports
from ssot_lint.linking.targets import Resolution, Target, dynamic, external, unresolved
from ssot_lint.model import MODULE, Import, SourceFile

_BUILTINS = frozenset(dir(builtins))
_DUNDERS = frozenset(
    f"__{name}__"
    for name in (
        "all", "annotations", "builtins", "cached", "dict", "doc", "file", "loader", "name", "package", "path", "spec",
    )
)  # fmt: skip


class Names:
    """The names of a set of files. What has been found out stays in `answers`."""

    def __init__(
        self, files: Sequence[SourceFile], table: ModuleTable, bindings: Sequence[Bindings], answers: Answers
    ) -> None:
        self.files, self.table, self.bindings, self.answers = files, table, bindings, answers
        self.lineages: Lineages = {}
        self.deriving: set[tuple[int, int]] = set()
        """Classes whose bases are being looked for."""
        self.listed: set[int] = set()
        """Files whose names were asked for as a whole."""
        self.sought: set[tuple[int, str]] = set()
        """Names that were looked up in modules (file, name); "*" where it matters that a star import is there."""
        self.picked: set[tuple[int, int, str]] = set()
        """Members that were asked for by their names (file, index of the class, name)."""
        self._loops = Loops(files, answers)

    # -- imports

    def imported(self, file: int, imp: Import) -> Resolution:
        """What one name of an import statement stands for: the module itself for `import a.b` and for stars."""
        if imp.level:
            return self.import_(file, imp)
        key = (imp.module, imp.name)
        known = self.answers.known(key)
        if known is not None:
            return known
        if self.table.same_everywhere(imp.module):
            return self.answers.noted(key, lambda: self.import_(file, imp))
        return self.import_(file, imp)

    def import_(self, file: int, imp: Import) -> Resolution:
        """What `imported` says, worked out anew."""
        module, found = self.table.locate(file, imp.module, imp.level)
        if module is None:
            return unresolved("." * imp.level + imp.module)
        if imp.name is None or imp.name == "*":
            return module_named(self.table, module, found, file)
        if found is not None and not self.table.is_own_part(module, imp.name, file):
            answer = self.name(found, imp.name)
            if answer.targets[0].kind == "unresolved" and module.partition(".")[0] in sys.stdlib_module_names:
                return external(f"{module}.{imp.name}")
            return answer
        if self.table.names.is_extension(module):
            return dynamic(f"{module}:{imp.name}")
        # a directory without __init__.py
        if self.table.is_package(module, file) and self.table.is_first_party(module, file):
            is_ours = self.table.is_first_party(f"{module}.{imp.name}", file)
            missing = unresolved(f"{module}:{imp.name}") if is_ours else external(f"{module}.{imp.name}")
            return submodule_of(self.table, module, imp.name, file) or missing
        if imp.level and (submodule := submodule_of(self.table, module, imp.name, file)):
            return submodule
        beside = imp.level and self.table.is_in_nameless(file, module)
        if beside or self.table.is_first_party(module, file):
            if is_unread(self.table, module, file):
                return dynamic(f"{module}:{imp.name}")
            return unresolved(module)
        return external(f"{module}.{imp.name}")

    # -- names of a module

    def name(self, file: int, name: str) -> Resolution:
        """What a module's attribute stands for, as `from module import name` sees it."""
        return self._loops.resolve(file, name, self._look_up)

    def _look_up(self, file: int, name: str) -> Resolution:
        self.sought.add((file, name))
        source = self.files[file]
        facts = source.facts
        if facts.problem is not None:
            return dynamic(f"{source.module}:{name}", file)
        here = self.bindings[file]
        bindings: Sequence[Binding] = here.names.get(name, ())
        if here.stars:
            bindings = sorted((*bindings, *here.stars), key=position)
        found = candidates(self, file, name, bindings) if bindings else None
        if found is not None and found.targets[0].kind != "dynamic":
            return found
        if source.is_package and (submodule := submodule_of(self.table, source.module, name, file)):
            return submodule
        if facts.getattr_names is not None and found is None:
            return lazily(self, file, name)
        if found is not None:
            return found
        if name in _DUNDERS:
            return Resolution((Target("variable", f"{source.module}:{name}", file),))
        if facts.dynamic_namespace or self.table.is_given(file, name):
            return dynamic(f"{source.module}:{name}", file)
        return unresolved(f"{source.module}:{name}")

    # -- stars

    def exported(self, file: int, name: str) -> bool:
        """Would `from module import *` bring the name?"""
        return exported(self, file, name)

    def exports(self, file: int) -> tuple[str, ...]:
        """The names `from module import *` brings."""
        return exports(self, file)

    # -- dotted names

    def resolve(self, file: int, name: str, scope: int) -> Resolution:
        """What a dotted name stands for where it is read: in `scope` (a definition's index) of a file."""
        head, _, rest = name.partition(".")
        if self._loops.open:  # what is found within a loop may be a part of the answer
            answer = self._head(file, head, scope)
        else:
            key = (file, head, scope)
            known = self.answers.known(key)
            answer = (
                self.answers.noted(key, lambda: self._head(file, head, scope)) if known is None else known
            )
        return self.attribute(answer, rest.split(".")) if rest else answer

    def _head(self, file: int, head: str, scope: int) -> Resolution:
        self.answers.look_into((file,))
        definitions = self.files[file].facts.definitions
        innermost = True
        while scope != MODULE:
            if innermost or not definitions[scope].is_class:  # a class body is not seen from its methods
                bindings = self.bindings[file].scopes.get(scope, {}).get(head)
                bound = candidates(self, file, head, bindings) if bindings else None
                if bound is not None:
                    return bound
                if head in [parameter.name for parameter in definitions[scope].parameters]:
                    symbol = f"{self.files[file].module}:{qualified(self, file, scope, head)}"
                    return Resolution((Target("variable", symbol, file),))
            innermost = False
            scope = definitions[scope].parent
        answer = self.name(file, head)
        if answer.targets[0].kind == "unresolved" and head in _BUILTINS:
            return external(f"builtins.{head}")
        return answer

    def attribute(self, owner: Resolution, path: Sequence[str]) -> Resolution:
        """What attributes of something stand for, one after the other."""
        for name in path:
            owner = self._attribute(owner, name)
        return owner

    def _attribute(self, owner: Resolution, name: str) -> Resolution:
        target = owner.target
        if target.kind == "module":
            if target.file < 0:
                return submodule_of(self.table, target.symbol, name) or unresolved(f"{target.symbol}:{name}")
            answer = self.name(target.file, name)
            return Resolution(answer.targets, (*owner.chain, *answer.chain))
        if target.kind == "external":
            return external(f"{target.symbol}.{name}")
        if target.kind == "definition" and self.files[target.file].facts.definitions[target.index].is_class:
            self.answers.look_into(ANY)  # its bases, theirs, and so on, which are kept elsewhere
            self.picked.add((target.file, target.index, name))
            for above in ancestors(self, target.file, target.index):
                if above.kind == "definition":
                    self.picked.add((above.file, above.index, name))
            member = members(self, target.file, target.index).get(name)
            if member is not None:
                return Resolution((member,), owner.chain)
        if target.kind == "unresolved":
            return owner
        return Resolution((Target("dynamic", f"{target.symbol}.{name}", target.file),), owner.chain)

    # -- names as configuration and strings have them

    def symbol(self, symbol: str, importer: int | None = None) -> Resolution:
        """What `package.module:Name` (or `:Outer.inner`) stands for, as `importer` sees it when given."""
        module, _, name = symbol.partition(":")
        found = self.table.find(module, importer)
        if found is None:
            if self.table.is_package(module, importer) and not name:
                return Resolution((Target("module", module),))
            if is_unread(self.table, module, importer):
                return dynamic(symbol)
            return (
                unresolved(module)
                if self.table.is_first_party(module, importer)
                else external(symbol.replace(":", "."))
            )
        if not name:
            return Resolution((Target("module", module, found),))
        head, *rest = name.split(".")
        return self.attribute(self.name(found, head), rest)

    def path(self, path: str) -> Resolution:
        """What a dotted string `package.module.Name.attribute` stands for: the longest module first."""
        parts = path.split(".")
        for cut in range(len(parts), 0, -1):
            module = ".".join(parts[:cut])
            found = self.table.find(module)
            if found is not None or self.table.is_package(module):
                target = Target("module", module, -1 if found is None else found)
                return self.attribute(Resolution((target,)), parts[cut:])
        return unresolved(path) if self.table.is_first_party(path) else external(path)
