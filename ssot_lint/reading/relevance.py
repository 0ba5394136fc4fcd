"""Which names and expressions of a file mention a configured concept."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from ssot_lint.reading.expressions import dotted
from ssot_lint.reading.text import Text


class Relevance:
    """The words of the concepts, and the local names that are bound to what they name."""

    def __init__(self, words: re.Pattern[bytes] | None) -> None:
        """`words`: None where the file holds none of them."""
        self.words = re.compile(words.pattern.decode()) if words is not None else None
        self.aliases: set[str] = set()
        self._known: dict[str, bool] = {}

    def said_in(self, text: str) -> bool:
        """Does a text hold one of the words?"""
        return self.words is not None and self.words.search(text) is not None

    def relevant(self, name: str) -> bool:
        """Does a dotted name mention a configured concept, or a local name bound to one?"""
        known = self._known.get(name)
        if known is None:
            known = bool(name) and (self.said_in(name) or name.partition(".")[0] in self.aliases)
            self._known[name] = known
        return known

    def makes(self, value: ast.expr) -> bool:
        """Does the expression give an instance of a concept: a call of a class or factory that mentions it?"""
        while isinstance(value, ast.Await):
            value = value.value
        match value:
            case ast.Call(func=function):
                return self.relevant(dotted(function))
            case ast.BoolOp(values=values):
                return any(self.makes(item) for item in values)
            case ast.IfExp(body=then, orelse=otherwise):
                return self.makes(then) or self.makes(otherwise)
            case _:
                return False

    def mentioned_in(self, annotation: ast.expr) -> bool:
        """Does an annotation mention a concept, quoted or not?"""
        for node in ast.walk(annotation):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if self.said_in(node.value):
                    return True
            elif isinstance(node, (ast.Name, ast.Attribute)) and self.relevant(dotted(node)):
                return True
        return False

    def renamed(self, text: Text, lines: Sequence[int]) -> None:
        """Takes what `import ... as` may bind to a concept, wherever it stands, and more. `lines`: with a word."""
        found: set[bytes] = set()
        every = text.lines
        for line in lines:
            if b"as" in every[line - 1]:
                found.update(_AS.findall(every[line - 1]))
            if line < len(every) and _LEADING_AS.match(every[line]):
                found.update(_AS.findall(every[line]))
        names = {name.decode("utf-8", "ignore") for name in found}
        self.aliases.update(name for name in names if name and not self.said_in(name))

    def assigned(self, tree: ast.Module) -> Iterator[str]:
        """The names of a module that hold instances of concepts; a name that is given a concept is an alias."""
        for statement in tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() | ast.Attribute() as value):
                    if self.relevant(dotted(value)) and not self.said_in(name):
                        self.aliases.add(name)
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if self.makes(value):
                    yield name
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if self.mentioned_in(
                    annotation
                ):
                    yield name


_AS = re.compile(rb"\bas\s+([\w\x80-\xff]+)")
_LEADING_AS = re.compile(rb"\s*as\b")
