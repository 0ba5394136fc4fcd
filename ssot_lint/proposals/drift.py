"""How far a family of classes has drifted from one home, and how much hangs on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

from ssot_lint.concepts.titles import core
from ssot_lint.model import Place
from ssot_lint.proposals.families import Family
from ssot_lint.proposals.folders import on_show
from ssot_lint.proposals.usage import Usage, dead_ends, further_paths
from ssot_lint.queries.members import all_members, lineage
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.project import Project


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a family has drifted from one home, in numbers."""

    modules: int  # with an implementation
    paths: int  # further ones to import the canonical class from
    shims: int  # empty subclasses
    doubles: int  # files with a test double
    dead: int  # files with an import that is broken

    @property
    def is_strong(self) -> bool:
        """Does any of them show without the doubles that there is a concept?"""
        return self.modules > 1 or self.shims + self.paths > 1 or self.dead > 2

    @property
    def copies(self) -> float:
        """How much there is too much; a double is less of a copy than a shim, which is less of one than a body."""
        doubles = 0.75 * log2(1 + self.doubles)
        return 2 * log2(self.modules) + log2(1 + self.shims + self.paths) + doubles + log2(1 + self.dead)

    @property
    def evidence(self) -> tuple[str, ...]:
        numbers = (
            (self.modules, "implementation"), (self.paths, "further import path"), (self.shims, "empty subclass"),
            (self.doubles, "file with a test double", "files with a test double"), (self.dead, "broken import"),
        )  # fmt: skip
        return tuple(count(*item) for item in numbers if item[0])


def drift(
    project: Project,
    usage: Usage,
    family: Family,
    canonical: Place,
    meant: Collection[Place],
    aliases: Sequence[str],
) -> Drift:
    """`meant`: implementations that are there on purpose; `aliases`: further names of the canonical class."""
    names = {project.definition_at(place).name for place in family.classes}
    made = set(family.implementations)
    return Drift(
        modules=len({place[0] for place in family.independent if place not in meant}) or 1,
        paths=len(further_paths(project, usage, project.symbol(*canonical))),
        shims=len(family.shims),
        doubles=len({place[0] for place in family.doubles if not made & set(lineage(project, *place))}),
        dead=sum(not on_show(project.files[file]) for file in dead_ends(usage, names | set(aliases))),
    )


def substance(project: Project, canonical: Place) -> float:
    """How much of an actor a class is: what only holds values, and a name of one word, speaks less for a concept."""
    acts = sum(item.is_public and item.is_called for item in all_members(project, *canonical).values())
    name = project.definition_at(canonical).name
    return (0.5 + 0.5 * min(1.0, acts / 6)) * (1.0 if len(core(name)) > 1 else 0.6)
