"""The names that stand for events, and the files that see them: `spoken(project)`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ssot_lint.events.sight import Sight
from ssot_lint.events.vocabulary import KEYS, Vocabulary, standing, vocabulary
from ssot_lint.model import MODULE, Assignment, FileFacts, Node
from ssot_lint.project import Project
from ssot_lint.queries.again import naming
from ssot_lint.queries.walks import string, walk
from ssot_lint.reading.occurrences import any_in


@dataclass(frozen=True, slots=True)
class Spoken:
    """`tables` are the names of dicts, lists, messages and other values at module level or in classes that hold events.

    `sight` tells what each file sees of these, of constants, members of enums and classes of messages.
    """

    sight: Sight
    tables: frozenset[str]


def spoken(project: Project) -> Spoken:
    """What stands for an event by itself, without a look into functions."""
    words, sight = project.once(vocabulary), Sight(project)
    held: set[str] = set()
    if not words.sequences:
        return Spoken(sight, frozenset())
    for file, item in standing(project, words):
        sight.tell_of(file, item.scope, item.name)
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for definition in source.facts.definitions:
            if definition.is_class and definition.parent == MODULE and definition.name in words.messages:
                sight.tell(file, definition.name)
        for flow in source.facts.flows:
            for name in _spelled_out(flow.body, words) if flow.definition == MODULE else ():
                sight.tell(file, name)
                held.add(name)
    seen: dict[int, set[str]] = {}
    while round_ := sight.take():
        for file, names in round_:
            seen.setdefault(file, set()).update(names)
            for item in _holding(project, file, names):
                held.add(item.name)
                sight.tell_of(file, item.scope, item.name)
    sight.fresh.update(seen)
    return Spoken(sight, frozenset(held))


def _spelled_out(body: Node, words: Vocabulary) -> Iterator[str]:
    """The names at module level to which something is assigned that holds an event, and is none by itself."""
    for node in body.children:
        if node.kind == "assign" and node.children[0].kind not in ("constant", "name"):
            texts = (string(part) for part in walk(node.children[0]) if part.kind == "constant")
            if any(text is not None and words.mentions.search(text) for text in texts):
                yield from (
                    target.text
                    for target in node.children[1:]
                    if target.kind == "name" and not target.text.startswith("__")
                )


def _holding(project: Project, file: int, names: Collection[str]) -> Iterator[Assignment]:
    """The assignments at module level and in classes in whose values one of the names stands."""
    facts = project.files[file].facts
    found = [item for item in facts.assignments if _has_parts(item)]
    if not found:
        return
    starts = sorted(_starts(facts))
    for item in found:
        _, lines = naming(project, file, [name for name in names if name != item.name])
        after = next((line for line in starts if line > item.line), facts.lines + 1)
        if any_in(lines, item.line, after - 1):
            yield item


def _has_parts(item: Assignment) -> bool:
    """May a name stand in the value, other than what is exported or typed?"""
    if item.name.startswith("__") or item.name in KEYS or item.value == ":":
        return False
    return item.kind == "container" or (item.kind in ("call", "other") and item.scope == MODULE)


def _starts(facts: FileFacts) -> Iterable[int]:
    """The lines on which something else begins than the assignment above."""
    yield from (item.line for item in facts.assignments)
    yield from (item.first_line for item in facts.definitions)
    yield from (item.statement_line for item in facts.imports)
