"""By what two readings of a file differ, as far as it is of a kind that rules may miss."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import msgspec

from ssot_lint.config import Config
from ssot_lint.discover import Candidate
from ssot_lint.incremental.moved import Ends
from ssot_lint.incremental.noted import Noted
from ssot_lint.incremental.readings import Remainder
from ssot_lint.incremental.stars import hides_stars, is_plain_star, other_stars
from ssot_lint.incremental.surfaces import (
    Side,
    Surfaces,
    differing,
    levelled,
    takes_attributes,
    tells_old_users,
    without_own_reads,
)
from ssot_lint.incremental.values import Makers, Others, difference, is_left_out, makers, values_of
from ssot_lint.model import MODULE, FileFacts, Import


@dataclass(frozen=True, slots=True)
class Differences:
    """The definitions, values and imports by which two readings differ."""

    sides: tuple[Side, Side]
    definitions: Surfaces
    values: Others
    makers: tuple[Makers, Makers]
    imported: frozenset[str]  # names that imports bind
    stars: frozenset[str]  # modules

    @property
    def old(self) -> FileFacts:
        return self.sides[0].facts

    @property
    def new(self) -> FileFacts:
        return self.sides[1].facts

    @property
    def imports(self) -> tuple[Import, ...]:
        """The imports of both readings that bind one of the names."""
        return tuple([imp for imp in (*self.old.imports, *self.new.imports) if imp.bound in self.imported])

    @property
    def exposed(self) -> frozenset[str]:
        """What these bind in the module."""
        return frozenset([imp.bound for imp in self.imports if imp.scope == MODULE])

    @property
    def star_imports(self) -> tuple[Import, ...]:
        return tuple(
            [
                imp
                for facts in (self.old, self.new)
                for imp in facts.imports
                if imp.module in self.stars and is_plain_star(facts, imp)
            ]
        )

    @property
    def names(self) -> frozenset[str]:
        """The names of the module, but for imports."""
        return self.values.names | self.definitions.names

    @property
    def every_name(self) -> frozenset[str]:
        found = self.definitions
        inner = found.members | found.local | found.called | {name for _, name in self.values.attributes}
        return self.names | self.imported | inner

    @property
    def made(self) -> tuple[Import, ...]:
        """What names that by which values are made."""
        return tuple(
            dict.fromkeys(
                imp
                for facts, known in zip((self.old, self.new), self.makers, strict=True)
                for item in facts.assignments
                if self.values.has(facts, item)
                for imp in known.get(item.value, ())
            )
        )

    @property
    def texts_now(self) -> tuple[str, ...]:
        """The constants that only the later reading has."""
        values = [item for item in self.new.assignments if self.values.has(self.new, item)]
        return tuple([item.value for item in values if item.kind == "constant"])

    def rests(self) -> tuple[Remainder, Remainder]:
        """The two readings without what they differ by."""
        found = self.definitions
        kept = zip(self.sides, (found.old, found.new), self.makers, strict=True)
        one, other = (self._rest(without_own_reads(side, own), known) for side, own, known in kept)
        one, other = levelled(one, other, found)
        return Remainder(one, found.old, self.old), Remainder(other, found.new, self.new)

    def ends(self) -> Ends:
        """Where definitions end that both readings have."""
        both = zip(self.definitions.old, self.definitions.new, strict=True)
        pairs = [(self.old.definitions[i], self.new.definitions[j]) for i, j in both]
        return {
            (one.line, one.column, one.end_line, one.end_column): (other.end_line, other.end_column)
            for one, other in pairs
        }

    def _rest(self, facts: FileFacts, known: Makers) -> FileFacts:
        values = [item for item in facts.assignments if not is_left_out(facts, item, self.values, known)]
        imports = [imp for imp in facts.imports if not self._has(facts, imp)]
        return msgspec.structs.replace(facts, doc="", assignments=tuple(values), imports=tuple(imports))

    def _has(self, facts: FileFacts, imp: Import) -> bool:
        if imp.name == "*":
            return imp.module in self.stars and is_plain_star(facts, imp)
        return imp.bound in self.imported and _is_plain(facts, imp)


def differences(
    file: Candidate, old: FileFacts, new: FileFacts, before: Noted, config: Config
) -> Differences | None:
    """By what two readings of a file differ; None where a rule may see it whatever names are asked for."""
    sides = (
        Side(file.path, file.is_test, old, before, config),
        Side(file.path, file.is_test, new, before, config),
    )
    found, stars = differing(*sides), other_stars(old, new)
    if found is None or not _says_the_same(file, old, new, before.kin, stars):
        return None
    made = makers(old, new, before, config)
    others = difference(values_of(old, made[0]), values_of(new, made[1]))
    if not takes_attributes(sides, others.attributes, found):
        return None
    if not all(hides_stars(file, facts, stars, before, config) for facts in (old, new)):
        return None
    return Differences(sides, found, others, made, _other_imports(old, new), stars)


def _other_imports(old: FileFacts, new: FileFacts) -> frozenset[str]:
    """The names of imports that only one reading has."""
    one, other = _plain_imports(old), _plain_imports(new)
    return frozenset([str(item[0]) for item in (*(one - other), *(other - one))])


def _is_plain(facts: FileFacts, imp: Import) -> bool:
    """Is it an absolute import of a name, or a module, in a module or a function?"""
    return (
        not imp.level
        and imp.name != "*"
        and (imp.scope == MODULE or not facts.definitions[imp.scope].is_class)
        and all(other.module == imp.module for other in facts.imports if other.line == imp.line)
    )


def _plain_imports(facts: FileFacts) -> Counter[tuple[object, ...]]:
    return Counter(
        [
            (imp.bound, imp.module, imp.name, imp.column, imp.end_column, _scope(facts, imp), imp.branch)
            for imp in facts.imports
            if _is_plain(facts, imp)
        ]
    )


def _scope(facts: FileFacts, imp: Import) -> str:
    return "" if imp.scope == MODULE else facts.definitions[imp.scope].qualname


# --- the module as a whole -------------------------------------------------------------------------------------------


def _brings_kin(facts: FileFacts, kin: frozenset[str], stars: frozenset[str]) -> bool:
    """Does a module import something by which rules know a concept, or what no name tells?

    Stars from the modules `stars` bring nothing of the project: they are unseen only where they lead out of it.
    """
    return any(
        imp.bound in kin
        or imp.name in kin
        or (imp.name == "*" and not (imp.module in stars and is_plain_star(facts, imp)))
        for imp in facts.imports
    )


def _says_the_same(
    file: Candidate, old: FileFacts, new: FileFacts, kin: frozenset[str], stars: frozenset[str]
) -> bool:
    """Is the module as a whole the same to those who ask whether it only hands names on, or is kept for old users?"""
    if _hands_on(old) != _hands_on(new) and any(_brings_kin(facts, kin, stars) for facts in (old, new)):
        return False
    followed = not file.is_test and (old.deep is not None or new.deep is not None)
    same = tells_old_users(old) == tells_old_users(new)
    return not followed or (same and (old.doc == new.doc or tells_old_users(new) == (False, True)))


def _hands_on(facts: FileFacts) -> tuple[bool, bool]:
    """What tells a module that only hands names on: imports without definitions, and no more names than imports."""
    brings = bool(facts.imports) and not facts.definitions
    binds = facts.main_guard or len(facts.assignments) > len(facts.imports)
    return brings, brings and not binds
