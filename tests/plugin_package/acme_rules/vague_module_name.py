"""A module whose name says nothing about what it holds.

Whatever does not fit elsewhere ends up there. Name the module after its subject.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from acme_rules._words import FORBIDDEN
from ssot_lint import Invalid, Location, Project, Rule, Valid, Violation


@dataclass(frozen=True)
class Options:
    allow: tuple[str, ...] = ()
    """Modules that keep their name, e.g. `["shop.utils"]`."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    for file in project.files:
        last = file.module.rpartition(".")[2]
        if last in FORBIDDEN and file.module not in options.allow:
            yield Violation(Location(file.path), f"{file.module} says nothing about what it holds")


RULE = Rule(
    id="ACME101",
    name="vague-module-name",
    check=check,
    options=Options,
    severity="warning",
    valid=(
        Valid({"shop/money.py": ""}),
        Valid({"shop/utils.py": ""}, options={"allow": ["shop.utils"]}, id="allowed"),
    ),
    invalid=(Invalid({"shop/utils.py": "total = 1  # error: shop.utils says nothing"}),),
)
