"""What is passed over for want of a word says nothing that is missed.

The same file with a word in a comment on every line of what is read deeply is read in full: its facts have to be
the same.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from textwrap import dedent

import msgspec
import pytest

from ssot_lint.facts import extract
from ssot_lint.model import MODULE, Deep, FileFacts, Put, Reference, Use
from ssot_lint.reading.syntax import first_line

WORDS = re.compile(b"Manager|make_it")
SERVICE = Path(__file__).parent.parent / "fixtures" / "golden_path"
SOURCES = sorted(
    path
    for path in SERVICE.rglob("*.py")
    if WORDS.search(path.read_bytes()) and extract(path.read_bytes()).problem is None
)


def on_every_line(text: str) -> str:
    """The text with a word in a comment on every line of a definition that holds one, where a comment may stand.

    Not beside an `as`, which would make the name behind it another one for the word.
    """
    lines = text.split("\n")
    spoken_of: set[int] = set()
    for node in ast.parse(text).body:
        every = range(first_line(node), (node.end_lineno or node.lineno) + 1)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            held = "\n".join(lines[number - 1] for number in every).encode()
            spoken_of.update(every if WORDS.search(held) else ())
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    ends = {token.start[0] for token in tokens if token.type in (tokenize.NEWLINE, tokenize.NL)}
    return "\n".join(
        f"{line}  # Manager" if number in ends & spoken_of and " as " not in line else line
        for number, line in enumerate(lines, 1)
    )


Placed = dict[str, object]


def read(text: str) -> tuple[Deep, Placed]:
    """The deep facts, and all others by name; branches as the lines of their arms, however they are numbered."""
    facts = extract(text.encode(), WORDS)
    assert facts.problem is None
    assert facts.deep is not None
    others = {
        name: placed(facts, getattr(facts, name)) for name in ("imports", "definitions", "paths", "undecided")
    }
    calls, puts = placed(facts, facts.deep.calls), placed(facts, facts.deep.puts)
    return msgspec.structs.replace(facts.deep, calls=(), puts=()), {**others, "calls": calls, "puts": puts}


def placed(facts: FileFacts, value: object) -> object:
    if not isinstance(value, tuple):
        return value
    found = []
    for item in value:
        arms, at = [], item.branch
        while at != MODULE:
            arms.append((facts.branches[at].kind, facts.branches[at].line))
            at = facts.branches[at].parent
        found.append((msgspec.structs.replace(item, branch=MODULE), arms))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(SERVICE).as_posix())
def test_a_word_on_every_line_changes_nothing(path: Path) -> None:
    text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    assert read(on_every_line(text)) == read(text)


TEXT = dedent("""
    from unittest.mock import patch

    PATH = "a.b"

    class Runner:
        def __init__(self, kind: int = 1):
            self.held = Manager()
            self.kind = kind

        async def start(self, mode):
            if mode:
                self.held.open(mode)
                other = self.kind
            elif self.held.ready:
                return self.held.state
            else:
                with self.held.lock as lock:
                    for item in self.held.items:
                        print(item)
            return await other

        def give(self):
            return self.kind

        @property
        def both(self):
            try:
                fake = Fake()
            except OSError:
                return self.held
            self.held.fake, rest = fake, 1
            self.held.other = fake
            return (yield)

        def looks(self):
            text = "c.d"
            with patch(text), patch(PATH):
                self.held.close()

        def nested(self):
            import x
            def inner(y=self.held.limit):
                self.held.deep.deeper()
                return y
            return inner

    def outside():
        manager = 1
        return manager

    async def run(manager, fallback: "Manager"):
        manager = fallback
        while True:
            fallback.count += 1
            match fallback.kind:
                case 1 if fallback.ok:
                    del fallback.kind
        assert fallback.done, fallback
""").lstrip()


def test_what_holds_an_instance_is_followed_where_no_word_stands() -> None:
    assert read(on_every_line(TEXT)) == read(TEXT)


def test_uses_returns_and_puts_of_a_method_without_a_word() -> None:
    text = dedent("""
        class Runner:
            def __init__(self):
                self.held = Manager()

            def stop(self, fake):
                if fake:
                    self.held.inner = Fake()
                return self.kind
    """).lstrip()
    facts = extract(text.encode(), WORDS)
    assert facts.deep is not None
    assert facts.deep.uses == (Use("self.held", "inner", 7, 2, False, True),)
    assert facts.deep.references == (Reference("self.kind", 8, 16, 2, "returned"),)
    assert facts.deep.puts == (Put("self.held.inner", "Fake()", 7, 13, 2, 0),)
    assert [(branch.kind, branch.line, branch.scope) for branch in facts.branches] == [("if", 7, 2)]


def test_a_name_that_another_encoding_spells_in_other_bytes_is_followed() -> None:
    text = "# coding: latin-1\ndef f():\n    vermögen = Manager()\n    x = 1\n    vermögen.open()\n"
    facts = extract(text.encode("latin-1"), WORDS)
    assert facts.deep is not None
    assert facts.deep.uses == (Use("vermögen", "open", 5, 0, True, False),)
