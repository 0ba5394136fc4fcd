"""What a class that bears a concept's name really is, decided from its body, its bases and its use.

The questions are asked in a fixed order, from what is certain (config, bases) to what is weighed (members it
shares with the canonical class); the first that has an answer gives the kind, and the answer is its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lint.concepts.bases import above, contract, derived, mock_base, plain_kind, runner_case
from ssot_lint.concepts.conduct import calls_in, handing_on
from ssot_lint.concepts.ground import Finding, Ground
from ssot_lint.concepts.likening import implementation, other_duty, record, stand_in
from ssot_lint.concepts.titles import mocking
from ssot_lint.model import ClaimKind
from ssot_lint.queries.receivers import definition_of

if TYPE_CHECKING:
    from ssot_lint.project import Project


def classify(project: Project, terms: Ground, file: int, index: int) -> Finding:
    """The kind of one class that bears the concept's name, and why."""
    place = (file, index)
    if place in terms.declared:
        return terms.declared[place]
    for ask in _QUESTIONS:
        finding = ask(project, terms, file, index)
        if finding is not None:
            return finding
    return "duplicate", implementation(project, terms, file, index)


_QUESTIONS = (
    contract, above, runner_case, mock_base, plain_kind, derived, record, handing_on, stand_in, other_duty,
)  # fmt: skip


def classify_function(project: Project, terms: Ground, file: int, index: int) -> Finding:
    """The kind of a function that bears the name of a concept whose canonical definition is a function."""
    if (file, index) in terms.declared:
        return terms.declared[file, index]
    definition = project.definition_at((file, index))
    calls = calls_in(project, file, index)
    forwarded = [
        call
        for call in calls
        if call.returned and definition_of(project, file, index, call.callee) == terms.canonical
    ]
    if forwarded and terms.canonical is not None and project.tells(file, index, "only returns"):
        return "shim", f"returns what {terms.concept.canonical} returns"
    if project.files[file].is_test:
        kind: ClaimKind = "test-case" if definition.name.startswith("test") else "test-double"
        return kind, "a test function" if kind == "test-case" else "stands in test code"
    if mocking(definition.name):
        return "test-double", "its name says that it stands in"
    return "duplicate", "an implementation of its own"
