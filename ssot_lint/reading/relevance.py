"""Which names and expressions of a file mention a configured concept."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from ssot_lint.reading.expressions import dotted
from ssot_lint.reading.syntax import value_of
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
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if _renamed(value):
                    self._rename(name, value)
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if self.makes(value):
                    yield name
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if self.mentioned_in(
                    annotation
                ):
                    yield name
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _renamed(value):
                    self._rename(name, value)
                case _ if type(statement).__name__ == "TypeAlias":  # since Python 3.12
                    self._rename(statement.name.id, statement.value)  # type: ignore[attr-defined]

    def _rename(self, name: str, value: ast.expr) -> None:
        if self.relevant(_renamed(value)) and not self.said_in(name):
            self.aliases.add(name)


def _renamed(value: ast.expr) -> str:
    """What a value is another name for, or "": a name, or a type with its parameters given."""
    kind, text = value_of(value)
    return text if kind in ("name", "type") else ""


_AS = re.compile(rb"\bas\s+([\w\x80-\xff]+)")
_LEADING_AS = re.compile(rb"\s*as\b")
