"""What the arms of compound statements bind and import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssot_lint.linking.surroundings import numbers_around
from ssot_lint.linking.targets import Target
from ssot_lint.model import Assignment, Definition, Import
from ssot_lint.project import Project, Resolution
from ssot_lint.queries.import_guards import STRAIGHT, takes_import_error


@dataclass(frozen=True)
class Bound:
    """A name that an arm binds, and to what."""

    name: str
    line: int
    what: str  # for the reader: "None", "a class defined here", "shop.b:Store"
    resolution: Resolution | None = None  # of an import


class Arms:
    """What the arms of one file's compound statements bind and import, by number of the arm."""

    def __init__(self, project: Project, file: int, answers: Sequence[Resolution]) -> None:
        facts = project.files[file].facts
        self.project, self.file, self.facts = project, file, facts
        self.bound: dict[int, list[Bound]] = {}
        self.imports: dict[int, list[tuple[Import, Resolution]]] = {}  # those that run whenever the arm does
        self.statements: dict[int, list[int]] = {}  # compound statement -> its arms
        for number, arm in enumerate(facts.branches):
            self.statements.setdefault(arm.owner, []).append(number)
        for imp, resolution in zip(facts.imports, answers, strict=True):
            if imp.branch < 0:
                continue
            self._add(imp.branch, _import_bound(imp, resolution))
            for number in numbers_around(facts.branches, imp.branch):
                self.imports.setdefault(number, []).append((imp, resolution))
                arm = facts.branches[number]
                if arm.kind not in STRAIGHT or takes_import_error(arm):
                    break
        for assignment in facts.assignments:
            if assignment.branch >= 0:
                self._add(assignment.branch, assignment_bound(assignment))
        for definition in facts.definitions:
            if definition.branch >= 0:
                self._add(definition.branch, _definition_bound(definition))

    def _add(self, branch: int, bound: Bound) -> None:
        for number in numbers_around(self.facts.branches, branch):
            self.bound.setdefault(number, []).append(bound)

    def by_name(self, arms: Sequence[int]) -> dict[str, list[Bound]]:
        names: dict[str, list[Bound]] = {}
        for arm in arms:
            for bound in self.bound.get(arm, ()):
                names.setdefault(bound.name, []).append(bound)
        return names

    def around(self, arm: int) -> Iterator[int]:
        """The compound statements around an arm's own, innermost first."""
        return (outer.owner for outer in self.project.around(self.file, self.facts.branches[arm].parent))


def _import_bound(imp: Import, resolution: Resolution) -> Bound:
    target = resolution.target
    what = target.symbol if target.kind != "unresolved" else f"{target.symbol} (missing)"
    if imp.name is None and imp.asname is None and "." in imp.module:  # `import shop.cart` binds `shop`
        top = Target("external" if target.kind == "external" else "module", imp.bound)
        resolution = Resolution((top,))
    return Bound(imp.bound, imp.line, what, resolution)


def assignment_bound(assignment: Assignment) -> Bound:
    match assignment.kind:
        case "none":
            what = "None"
        case "constant":
            what = assignment.value
        case "call" | "name" if "Mock" in assignment.value:
            what = "a mock"
        case "name":
            what = assignment.value
        case "call" if assignment.value:
            what = f"{assignment.value}(...)"
        case "lambda":
            what = "a lambda"
        case _:
            what = "another value"
    return Bound(assignment.name, assignment.line, what)


def _definition_bound(definition: Definition) -> Bound:
    kind = "class" if definition.is_class else "function"
    return Bound(definition.name, definition.line, f"a {kind} defined here")
