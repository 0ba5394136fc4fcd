"""Names that hold instances of concepts, and what is done with those instances."""

from __future__ import annotations

import ast

from ssot_lint.model import MODULE, Use
from ssot_lint.reading.expressions import dotted


class Instances:
    """Collects the uses of one top-level definition after the other; kept are those of what turns out to be one."""

    def __init__(self) -> None:
        self.tracked: set[tuple[int, str]] = set()  # (scope, name) of what holds an instance
        self.attributes: set[str] = set()  # of `self`, that hold one
        self.parents: dict[int, int] = {}  # of the scopes
        self.classes: set[int] = set()  # among the scopes
        self.uses: list[Use] = []
        self._found: list[Use] = []  # of the definition that is being read

    def track(self, target: ast.expr, scope: int) -> None:
        """What is written here holds an instance."""
        name = dotted(target)
        if isinstance(target, ast.Name):
            self.tracked.add((scope, name))
            if scope in self.classes:  # declared for its instances
                self.tracked.add((MODULE, f"self.{name}"))
                self.attributes.add(name)
        elif name.count(".") == 1:
            self.tracked.add((MODULE, name))  # `self.manager`: known in every method of the unit
            self.attributes.add(name.partition(".")[2])

    def holds(self, name: str, scope: int) -> bool:
        """Does a name hold an instance of a concept?"""
        while scope != MODULE and (scope, name) not in self.tracked:
            scope = self.parents.get(scope, MODULE)
        return (scope, name) in self.tracked

    def use(self, name: str, line: int, scope: int, called: bool = False, written: bool = False) -> None:
        """`name`: the dotted text of an attribute."""
        if name.startswith("?"):
            return
        receiver, _, attribute = name.rpartition(".")
        dots = receiver.count(".")
        if dots < 2:
            self._found.append(Use(receiver, attribute, line, scope, called, written))
        while dots:  # `a.b.c` reads `b` of `a` too
            receiver, _, attribute = receiver.rpartition(".")
            dots -= 1
            if dots < 2:
                self._found.append(Use(receiver, attribute, line, scope, False, False))

    def settle(self) -> None:
        """Keeps the uses whose receiver turned out to hold an instance of a concept."""
        tracked = self.tracked
        for use in self._found:
            scope = use.scope
            if (MODULE, use.receiver) in tracked:
                self.uses.append(use)
                continue
            while scope != MODULE:
                if (scope, use.receiver) in tracked:
                    self.uses.append(use)
                    break
                scope = self.parents.get(scope, MODULE)

    def forget(self) -> None:
        """The definition is done with: what only it knew."""
        self._found = []
        self.tracked = {item for item in self.tracked if item[0] == MODULE and "." not in item[1]}
