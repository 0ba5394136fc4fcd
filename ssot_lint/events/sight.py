"""Which files see a name, and what they call it: through imports, re-exports, aliases, subclasses and instances.

By names and modules alone, without asking what each name stands for: a file too many is looked through in vain,
one too few would be missed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass

from ssot_lint.events.vocabulary import KEYS
from ssot_lint.model import MODULE, Import
from ssot_lint.project import Project

User = tuple[int, Import]
"""A file, and how it imports something."""

WORD = re.compile(r"[^\W\d]\w*")

Home = Callable[[int, Import], int | None]
Groups = dict[int | None, list[User]]


@dataclass(frozen=True, slots=True)
class _Further:
    """What a file has under further names, by the last part of the name."""

    heirs: Mapping[str, list[str]]  # classes derived from it
    made: Mapping[str, list[str]]  # names at module level that hold what calling it gives
    aliases: Mapping[str, list[tuple[str, str]]]  # (name at module level, "") or (class, its attribute)
    givers: Mapping[str, list[str]]  # functions at module level that say they return an instance of it


def _further(project: Project, file: int) -> _Further:
    facts = project.files[file].facts
    found = _Further(defaultdict(list), defaultdict(list), defaultdict(list), defaultdict(list))
    for item in facts.definitions:
        for base in item.bases:
            found.heirs[base.rpartition(".")[2]].append(item.name)
        if item.returns and item.parent == MODULE:
            for name in WORD.findall(item.returns):
                found.givers[name].append(item.name)
    for assignment in facts.assignments:
        last = assignment.value.removesuffix(".value").rpartition(".")[2]
        if assignment.name in KEYS:
            continue
        if assignment.renames and assignment.scope == MODULE:
            found.aliases[last].append((assignment.name, ""))
        elif assignment.renames:
            owner = facts.definitions[assignment.scope].qualname.partition(".")[0]
            found.aliases[last].append((owner, assignment.name))
        elif assignment.kind == "call" and assignment.scope == MODULE:
            found.made[last].append(assignment.name)
    return found


class Sight:
    """The names that matter in each file, growing with every `tell`. Tests see nothing."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.names: defaultdict[int, set[str]] = defaultdict(set)
        self.fresh: defaultdict[int, set[str]] = defaultdict(set)
        self._told: set[tuple[int, str, str]] = set()
        self._known: dict[tuple[str, str], Groups] = {}
        self._takers: defaultdict[str, list[User]] = defaultdict(list)  # by the name they import
        self._users: defaultdict[str, list[User]] = defaultdict(list)  # by a module's last part
        for file, source in enumerate(project.files):
            if source.is_test:
                continue
            for imp in source.facts.imports:
                if imp.name is None or imp.name == "*":
                    self._users[imp.module.rpartition(".")[2]].append((file, imp))
                else:
                    self._takers[imp.name].append((file, imp))

    def anew(self) -> Sight:
        """The same eyes, nothing having been told."""
        other = copy(self)
        other.names, other.fresh, other._told = defaultdict(set), defaultdict(set), set()
        return other

    def tell(self, file: int, name: str, member: str = "") -> None:
        """A name at module level matters, or a member of the class or instance that it stands for."""
        pending = [(file, name, member)]
        while pending:
            item = pending.pop()
            if item not in self._told:
                self._told.add(item)
                pending += self._onwards(*item)

    def tell_of(self, file: int, scope: int, name: str) -> None:
        """The same of what has a name in a scope: the module, or a class."""
        definitions = self.project.files[file].facts.definitions
        if scope == MODULE:
            self.tell(file, name)
        elif definitions[scope].is_class:
            self.tell(file, definitions[scope].qualname.partition(".")[0], name)

    def take(self) -> list[tuple[int, set[str]]]:
        """(file, names) that are new since the last time, in the order of the files."""
        found, self.fresh = sorted(self.fresh.items()), defaultdict(set)
        return found

    def _onwards(self, file: int, name: str, member: str) -> Iterator[tuple[int, str, str]]:
        """Who else has it: the file's own further names for it, and the files that import it."""
        self._look(file, member or name)
        self.project.asked.add(f"{self.project.files[file].module}:{name}")
        further = self.project.once_for(file, _further)
        if member:
            yield from ((file, heir, member) for heir in further.heirs.get(name, ()))
            yield from ((file, made, member) for made in further.made.get(name, ()))
            yield from ((file, giver, member) for giver in further.givers.get(name, ()))
            yield from ((file, *other) for other in further.aliases.get(member, ()))
            yield from ((file, other, member) for other, inner in further.aliases.get(name, ()) if not inner)
        else:
            yield from ((file, *other) for other in further.aliases.get(name, ()))
        takers = self._grouped(("from", name), self._takers.get(name, ()), self._home)
        for other, imp in (*takers.get(file, ()), *takers.get(None, ())):
            yield other, imp.bound, member
        last = self.project.files[file].module.rpartition(".")[2]
        users = (*self._users.get(last, ()), *self._takers.get(last, ()))
        for other, imp in self._grouped(("module", last), users, self._module).get(file, ()):
            self._look(other, member or name)
            if imp.name == "*":
                yield other, name, member
            if member:
                heirs = self.project.once_for(other, _further).heirs
                yield from ((other, heir, member) for heir in heirs.get(name, ()))

    def _look(self, file: int, name: str) -> None:
        if name not in self.names[file]:
            self.names[file].add(name)
            self.fresh[file].add(name)

    def _grouped(self, key: tuple[str, str], users: Iterable[User], home: Home) -> Groups:
        """Those who import a name, or a module, by the file that it comes from."""
        if key not in self._known:
            found: Groups = {}
            for file, imp in users:
                found.setdefault(home(file, imp), []).append((file, imp))
            self._known[key] = found
        return self._known[key]

    def _home(self, file: int, imp: Import) -> int | None:
        """The file that an import takes a name from; None for one whose names nobody can list. No file: -1."""
        found = self.project.table.locate(file, imp.module, imp.level)[1]
        if found is None:
            return -1
        facts = self.project.files[found].facts
        return None if facts.getattr_names is not None or facts.dynamic_namespace else found

    def _module(self, file: int, imp: Import) -> int | None:
        """The file that an import stands for as a whole, or all of whose names it takes; -1 for none."""
        name, found = self.project.table.locate(file, imp.module, imp.level)
        if imp.name is not None and imp.name != "*":
            found = self.project.table.exact(f"{name}.{imp.name}") if name is not None else None
        return -1 if found is None else found
