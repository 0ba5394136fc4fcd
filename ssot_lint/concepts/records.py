"""Records: classes whose statements list their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.queries.members import decorators, lineage, roots

if TYPE_CHECKING:
    from ssot_lint.project import Project

RECORD_BASES = frozenset(
    {
        "BaseModel",
        "BaseSettings",
        "NamedTuple",
        "namedtuple",
        "TypedDict",
        "Struct",
        "SQLModel",
        "RootModel",
        "create_model",
    }
)

RECORD_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "attributes"})


def is_record(project: Project, file: int, index: int, decorated: frozenset[str] = RECORD_DECORATORS) -> bool:
    """A dataclass, a model or a typed tuple: a class whose statement lists its fields."""
    if any(
        decorators(project.definition_at((at, number))) & decorated
        for at, number in lineage(project, file, index)
    ):
        return True
    return bool({item.rpartition(".")[2] for item in roots(project, file, index)} & RECORD_BASES)
