"""What a name stands for: through imports, re-exports, assignments, stars and submodules.

Where several bindings may hold (fallback imports, conditions), all candidates are kept, the main path's first.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from typing import TypeAlias

from ssot_lint.linking.answers import ANY, Answers
from ssot_lint.linking.bindings import Binding, Bindings, is_declared_beside, position, rank_of, with_failures
from ssot_lint.linking.classes import Lineages, members
from ssot_lint.linking.loops import LOOP, Loops
from ssot_lint.linking.modules import ModuleTable
from ssot_lint.linking.targets import Hop, Resolution, Target, dynamic, external, unresolved
from ssot_lint.model import MODULE, Assignment, Definition, Import, SourceFile

_BUILTINS = frozenset(dir(builtins))
_DUNDERS = frozenset(
    f"__{name}__"
    for name in (
        "all", "annotations", "builtins", "cached", "dict", "doc", "file", "loader", "name", "package", "path", "spec",
    )
)  # fmt: skip
_KNOWN = ("definition", "module", "external")
"""What a value stands for where it is more than a value."""

_Ranked: TypeAlias = tuple[int, int, Resolution]
"""How far a binding is from the main path, its place from the end, and what it binds."""


class Names:
    """The names of a set of files. What has been found out stays in `answers`."""

    def __init__(
        self, files: Sequence[SourceFile], table: ModuleTable, bindings: Sequence[Bindings], answers: Answers
    ) -> None:
        self.files, self.table, self.bindings, self.answers = files, table, bindings, answers
        self.lineages: Lineages = {}
        self.listed: set[int] = set()
        """Files whose names were asked for as a whole."""
        self.sought: set[tuple[int, str]] = set()
        """Names that were looked up in modules (file, name); "*" where it matters that a star import is there."""
        self._loops = Loops(files, answers)

    # -- imports

    def imported(self, file: int, imp: Import) -> Resolution:
        """What one name of an import statement stands for: the module itself for `import a.b` and for stars."""
        if imp.level:
            return self._import(file, imp)
        key = (imp.module, imp.name)
        known = self.answers.known(key)
        if known is not None:
            return known
        if self.table.same_everywhere(imp.module):
            return self.answers.noted(key, lambda: self._import(file, imp))
        return self._import(file, imp)

    def _import(self, file: int, imp: Import) -> Resolution:
        module, found = self.table.locate(file, imp.module, imp.level)
        if module is None:
            return unresolved("." * imp.level + imp.module)
        if imp.name is None or imp.name == "*":
            return self.table.module(module, found, file)
        if found is not None and not self.table.is_own_part(module, imp.name, file):
            answer = self.name(found, imp.name)
            if answer.targets[0].kind == "unresolved" and module.partition(".")[0] in sys.stdlib_module_names:
                return external(f"{module}.{imp.name}")
            return answer
        if self.table.is_extension(module):
            return dynamic(f"{module}:{imp.name}")
        if self.table.is_package(module, file) and self.table.is_first_party(
            module, file
        ):  # without __init__.py
            return self.table.submodule(module, imp.name, file) or unresolved(f"{module}:{imp.name}")
        if imp.level and (submodule := self.table.submodule(module, imp.name, file)):
            return submodule
        if self.table.is_first_party(module, file):
            if self.table.is_unread(module, file):
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
        found = self.bound(file, name, bindings) if bindings else None
        if found is not None and found.targets[0].kind != "dynamic":
            return found
        if source.is_package and (submodule := self.table.submodule(source.module, name, file)):
            return submodule
        if facts.getattr_names is not None and found is None:
            return self._lazy(file, name)
        if found is not None:
            return found
        if name in _DUNDERS:
            return Resolution((Target("variable", f"{source.module}:{name}", file),))
        if facts.dynamic_namespace or self.table.is_given(file, name):
            return dynamic(f"{source.module}:{name}", file)
        return unresolved(f"{source.module}:{name}")

    def bound(self, file: int, name: str, bindings: Sequence[Binding]) -> Resolution | None:
        """The candidates of a name's bindings: the last one of the main path first, then the fallbacks.

        `bindings` stand in source order, with the module's stars among them.
        """
        source = self.files[file]
        branches = source.facts.branches
        ranked: list[_Ranked] = []
        placed: list[int] = []  # the branch of each
        submodule = self.table.submodule(source.module, name, file) if source.is_package else None
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
                answer, rank = through, rank_of(branches, binding.branch)
                if answer.targets[0].kind == "dynamic":
                    certain, rank = False, 4
            else:
                answer, rank = self._binding(file, name, binding), rank_of(branches, binding.branch)
                if answer.targets == LOOP.targets and submodule is not None:
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
        ranked = with_failures(branches, ranked, placed)
        targets = dict.fromkeys(target for _, _, answer in ranked for target in answer.targets)
        if len(targets) > 1:
            targets.pop(LOOP.targets[0], None)
        # a candidate that is there comes before one that is not: the import that fails leaves the fallback
        ordered = sorted(targets, key=lambda target: target.kind == "unresolved")
        chain = next((answer.chain for _, _, answer in ranked if ordered[0] in answer.targets), ())
        return Resolution(tuple(ordered), chain)

    def _binding(self, file: int, name: str, binding: Binding) -> Resolution:
        if isinstance(binding, Import):
            return self._from_import(file, binding)
        source = self.files[file]
        index = self.bindings[file].index(binding)
        if isinstance(binding, Definition):
            target = Target("definition", f"{source.module}:{binding.qualname}", file, index)
            return Resolution((target,), (Hop(source.path, binding.line, f"defines {name}"),))
        owner = binding.scope
        head = binding.value.partition(".")[0]
        among = (
            () if owner == MODULE else self.bindings[file].scopes[owner].get(head, ())
        )  # no chains: they might be circles
        aliases = head != name and not any(isinstance(other, Assignment) for other in among)
        further: tuple[Target, ...] = ()  # what a conditional binding of the value may stand for besides
        if binding.kind == "name" and binding.writer == MODULE and aliases:
            answer = self._value(file, binding)
            further = tuple(target for target in answer.targets if target.kind in _KNOWN)
            if answer.targets[0].kind in _KNOWN:
                hop = Hop(source.path, binding.line, f"assigns {name} = {binding.value}")
                return Resolution(answer.targets, (hop, *answer.chain))
        qualname = name if owner == MODULE else self._qualified(file, owner, name)
        target = Target("variable", f"{source.module}:{qualname}", file, index)
        return Resolution((target, *further), (Hop(source.path, binding.line, f"assigns {name}"),))

    def _value(self, file: int, binding: Assignment) -> Resolution:
        """What the name that is assigned stands for when it is read, though it may be bound again further down."""
        head, _, rest = binding.value.partition(".")
        here = self.bindings[file]
        every = here.names.get(head, ()) if binding.scope == MODULE else ()
        again = any(item.branch == MODULE and position(item) > position(binding) for item in every)
        if binding.scope == MODULE and not again:
            stars = (star for star in here.stars if position(star) > position(binding))
            again = any(
                star.branch == MODULE and self._through_star(file, star, head) is not None for star in stars
            )
        if not again:
            return self.resolve(file, binding.value, binding.scope)
        self.sought.update([(file, head), (file, "*")])
        earlier = [item for item in (*every, *here.stars) if position(item) < position(binding)]
        found = self.bound(file, head, sorted(earlier, key=position))
        if found is None:
            return self.resolve(file, binding.value, binding.scope)
        return self.attribute(found, rest.split(".")) if rest else found

    def _from_import(self, file: int, imp: Import) -> Resolution:
        """What the name that an import binds stands for: the top-level package for `import a.b`."""
        path = self.files[file].path
        if imp.name is None and imp.asname is None:
            top, _, rest = imp.module.partition(".")
            found = self.table.find(top, file)
            if self.table.is_own_part(top, rest.partition(".")[0], file):
                found = None  # no package that another root has
            answer = self.table.module(top, found, file)
            return Resolution(answer.targets, (Hop(path, imp.line, f"imports {imp.module}"),))
        answer = self._import(file, imp)
        how = f"imports {imp.name or imp.module} from {'.' * imp.level}{imp.module}"
        if imp.name is None:
            how = f"imports {imp.module}"
        return Resolution(answer.targets, (Hop(path, imp.line, how), *answer.chain))

    def _qualified(self, file: int, scope: int, name: str) -> str:
        owner = self.files[file].facts.definitions[scope]
        return f"{owner.qualname}.{name}" if owner.is_class else f"{owner.qualname}.<locals>.{name}"

    # -- stars

    def _through_star(self, file: int, star: Import, name: str) -> Resolution | None:
        module, found = self.table.locate(file, star.module, star.level)
        if module is None or found is None:
            outside = module is not None and not self.table.is_first_party(module, file)
            return dynamic(f"{module}.{name}") if outside else None
        if found == file or not self.exported(found, name):
            return None
        answer = self.name(found, name)
        if answer.targets[0].kind == "unresolved":
            return None
        hop = Hop(self.files[file].path, star.line, f"star import of {module}")
        return Resolution(answer.targets, (hop, *answer.chain))

    def exported(self, file: int, name: str) -> bool:
        """Would `from module import *` bring the name?"""
        self.answers.look_into((file,))
        facts = self.files[file].facts
        if facts.exports is None and not facts.exports_dynamic:
            if name in (facts.getattr_names or ()):  # a star asks no `__getattr__`
                return name in self.exports(file)
            return not name.startswith("_")
        return name in self.exports(file) or facts.exports_dynamic

    def exports(self, file: int, visiting: frozenset[int] = frozenset()) -> tuple[str, ...]:
        """The names `from module import *` brings: `__all__` with what it adds of other modules, or all public ones.

        `visiting`: the modules whose own answer this is a part of.
        """
        self.answers.look_into((file,))
        facts = self.files[file].facts
        self.listed.add(file)
        found: dict[str, None] = {}
        if facts.exports is not None or facts.exports_from:
            found.update(dict.fromkeys(facts.exports or ()))
            for dotted in facts.exports_from:
                source = self._exporter(file, dotted)
                if source is not None and source not in visiting:
                    found.update(dict.fromkeys(self.exports(source, visiting | {file})))
            return tuple(found)
        here = self.bindings[file]
        found.update(dict.fromkeys(name for name in here.names if not name.startswith("_")))
        for star in here.stars:
            _, source = self.table.locate(file, star.module, star.level)
            if source is not None and source not in visiting and source != file:
                brought = self.exports(source, visiting | {file})
                found.update(dict.fromkeys(name for name in brought if not name.startswith("_")))
        return tuple(found)

    def _exporter(self, file: int, dotted: str) -> int | None:
        """The module whose `__all__` a name stands for: `x` for `x.__all__`, or `from x import __all__ as name`."""
        for binding in reversed(self.bindings[file].names.get(dotted, ())):
            if isinstance(binding, Import) and binding.name == "__all__":
                return self.table.locate(file, binding.module, binding.level)[1]
        target = self.resolve(file, dotted, MODULE).target
        return target.file if target.kind == "module" and target.file >= 0 else None

    # -- names that a module's `__getattr__` answers (PEP 562)

    def _lazy(self, file: int, name: str) -> Resolution:
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
            answered = self._answered(file, name)
            if answered is not None:
                return answered
        elif is_declared_beside(facts):
            return unresolved(f"{source.module}:{name}")
        return dynamic(f"{source.module}:{name}", file)

    def _answered(self, file: int, name: str) -> Resolution | None:
        """What a module's `__getattr__` returns for a name, where that is a name it can read itself."""
        source = self.files[file]
        text = dict(source.facts.answers).get(name)
        definitions = source.facts.definitions
        scope = next((n for n, item in enumerate(definitions) if item.qualname == "__getattr__"), MODULE)
        if text is None or scope == MODULE:
            return None
        answer = self.resolve(file, text, scope)
        if answer.targets[0].kind in ("unresolved", "dynamic"):
            return None
        hop = Hop(source.path, definitions[scope].line, f"__getattr__ answers {name} with {text}")
        return Resolution(answer.targets, (hop, *answer.chain))

    def _loaded(self, file: int, target: str) -> Resolution:
        """What `import_module` and `getattr` make of a lazy name's target."""
        path, _, name = target.partition(":")
        module = path.lstrip(".")
        level = len(path) - len(module)
        whole, found = self.table.locate(file, module, level)
        if whole is None:
            return unresolved(path)
        if not name:
            return self.table.module(whole, found, file)
        if found is None and not self.table.is_package(whole, file) and whole.endswith(f".{name}"):
            whole = whole.rpartition(".")[0]  # the table holds the dotted path of the name
            found = self.table.find(whole, file)
        return self.attribute(self.table.module(whole, found, file), name.split("."))

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
                bound = self.bound(file, head, bindings) if bindings else None
                if bound is not None:
                    return bound
                if head in [parameter.name for parameter in definitions[scope].parameters]:
                    symbol = f"{self.files[file].module}:{self._qualified(file, scope, head)}"
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
                return self.table.submodule(target.symbol, name) or unresolved(f"{target.symbol}:{name}")
            answer = self.name(target.file, name)
            return Resolution(answer.targets, (*owner.chain, *answer.chain))
        if target.kind == "external":
            return external(f"{target.symbol}.{name}")
        if target.kind == "definition" and self.files[target.file].facts.definitions[target.index].is_class:
            self.answers.look_into(ANY)  # its bases, theirs, and so on, which are kept elsewhere
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
            if self.table.is_unread(module, importer):
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
