"""Guards: where a function refuses what it is given for want of a member ("must implement send_to_thread").

Only what happens on every way through a body counts: a statement of the function itself, or below a test that asks
about the parameter alone (`if manager is not None`), before the parameter is bound again and before a return that
depends on something else. A parameter that is handed on to a guarded one, or kept in a property whose setter
guards it, is guarded too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.model import MODULE, Node, Place
from ssot_lint.queries.digests import calls_of, digests, flow_of
from ssot_lint.queries.takers import setter, taken
from ssot_lint.queries.walks import callee, literal, positional, string, walk

if TYPE_CHECKING:
    from ssot_lint.project import Project
    from ssot_lint.queries.takers import Taken

Key = tuple[Place, str]
"""A function, and one of its parameters."""


@dataclass(frozen=True, slots=True, order=True)
class Guard:
    """A place that raises when what it is given lacks a member."""

    file: int
    line: int
    member: str


def guards(project: Project) -> Mapping[Key, tuple[Guard, ...]]:
    """(function, parameter) -> the guards that all that is given for it meets. Functions outside the tests only."""
    return project.once(_guards)


def _guards(project: Project) -> Mapping[Key, tuple[Guard, ...]]:
    found: dict[Key, set[Guard]] = {}
    for file, source in enumerate(project.files):
        if source.is_test or not source.facts.flows:
            continue
        named = calls_of(project, file)
        asking = [item for name in ("hasattr", "getattr") for item in named.get(name, ())]
        for scope, subject in sorted({(scope, _first(call)) for scope, call in asking if scope != MODULE}):
            every = {Guard(file, line, member) for line, member in _refusals(project, (file, scope), subject)}
            if every:
                found[(file, scope), subject] = every
    more = set(found)
    while more:  # what is handed on to a guarded parameter is guarded too
        handed = list(_handed_on(project, more))
        more = {key for key, taker in handed if found[taker] - found.get(key, set())}
        for key, taker in handed:
            found[key] = found.get(key, set()) | found[taker]
    return {key: tuple(sorted(found[key])) for key in sorted(found)}


def _first(call: Node) -> str:
    given = positional(call)
    return given[0].text if given and given[0].kind == "name" else ""


# --- what is refused -------------------------------------------------------------------------------------------


def _refusals(project: Project, place: Place, subject: str) -> Iterator[tuple[int, str]]:
    """(line, member) of the members without which a function raises."""
    flow = flow_of(project, place)
    if flow is None or subject not in _parameters(project, place):
        return
    for statement in _certain(flow.body, subject):
        if statement.kind == "loop":
            source, target, body, _ = statement.children
            texts = tuple(text for item in source.children if (text := string(item)) is not None)
            if source.kind == "sequence" and len(texts) == len(source.children) and target.kind == "name":
                for inner in body.children:
                    yield from _demanded(inner, subject, {target.text: texts})
        else:
            yield from _demanded(statement, subject, {})


def _demanded(
    statement: Node, subject: str, names: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[int, str]]:
    asked: tuple[str, ...] = ()
    if statement.kind == "if":
        test, then, otherwise = statement.children
        if _raises(then):
            asked = _missing(test, subject, names)
        elif _raises(otherwise):
            asked = _asked(test, subject, names)
    elif statement.kind == "assert":
        asked = _asked(statement.children[0], subject, names)
    for member in asked:
        yield statement.line, member


def _missing(test: Node, subject: str, names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The members for want of which a test holds; other operands may only ask whether anything was given."""
    if test.kind == "operation" and test.text == "UnaryOp":
        return _asked(test.children[0], subject, names)
    if test.kind == "operation" and test.text == "BoolOp":
        found = [(part, _missing(part, subject, names)) for part in test.children]
        members = [item for _, item in found if item]
        if len(members) == 1 and all(item or _about(part, subject) for part, item in found):
            return members[0]
    return ()


def _asked(node: Node, subject: str, names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The members that `hasattr(x, "m")`, `getattr(x, "m", None)` or `callable(getattr(...))` asks for."""
    if node.kind != "call":
        return ()
    name, given = callee(node), positional(node)
    if name == "callable" and len(given) == 1:
        return _asked(given[0], subject, names)
    if len(given) < 2 or given[0].text != subject or given[0].kind != "name":
        return ()
    if name == "hasattr" or (name == "getattr" and len(given) == 3 and literal(given[2]) in (None, False)):
        text = string(given[1])
        return (text,) if text is not None else names.get(given[1].text, ())
    return ()


def _raises(block: Node) -> bool:
    return any(item.kind == "raise" for item in block.children)


# --- what certainly happens ------------------------------------------------------------------------------------


def _certain(block: Node, subject: str) -> Iterator[Node]:
    """The statements that run whenever something is given for a parameter, as long as it is still that."""
    for statement in block.children:
        match statement.kind:
            case "if":
                yield statement
                test, then, _ = statement.children
                if _about(test, subject):
                    yield from _certain(then, subject)
                    continue
            case "with":
                yield from _certain(statement.children[-1], subject)
            case "loop":
                yield statement
            case "try" | "match":
                pass  # a handler may take what is raised; a case may not be the one
            case _:
                yield statement
        if any(node.kind == "return" or _binds(node, subject) for node in walk(statement)):
            return


def _about(test: Node, subject: str) -> bool:
    """Does a test ask only whether anything was given: `x`, `x is not None`, `not x`?"""
    return all(
        node.kind in ("operation", "constant") or (node.kind == "name" and node.text == subject)
        for node in walk(test)
    )


def _binds(node: Node, subject: str) -> bool:
    if node.kind == "assign":
        return any(part.kind == "name" and part.text == subject for part in node.children[1:])
    return node.kind == "walrus" and node.text == subject


def _parameters(project: Project, place: Place) -> tuple[str, ...]:
    return tuple(item.name for item in project.definition_at(place).parameters)


# --- what is handed on -----------------------------------------------------------------------------------------


def _handed_on(project: Project, guarded: set[Key]) -> Iterator[tuple[Key, Key]]:
    """(parameter, the guarded parameter that it is certainly handed on to)."""
    names, attributes = set(), set()
    for place, _ in guarded:
        definition = project.definition_at(place)
        if any(item.endswith(".setter") for item in definition.decorators):
            attributes.add(definition.name)
        elif definition.name == "__init__":
            names.add(project.definition_at((place[0], definition.parent)).name)
        names.add(definition.name)
    for file, source in enumerate(project.files):
        if source.is_test or not source.facts.flows:
            continue
        named = calls_of(project, file)
        for name in sorted(names & named.keys()):
            for scope, call in named[name]:
                arguments = _names_given(call) if scope != MODULE else ()
                for taker, parameter, said in (
                    taken(project, file, scope, callee(call), arguments) if arguments else ()
                ):
                    if (taker, parameter.name) in guarded and _happens(project, (file, scope), said, call):
                        yield ((file, scope), said), (taker, parameter.name)
        for scope, body in digests(project, file).items() if attributes else ():
            for statement in body.assigns if scope != MODULE else ():
                value = statement.children[0]
                for target in statement.children[1:]:
                    owner, _, attribute = target.text.rpartition(".")
                    if target.kind != "name" or value.kind != "name" or attribute not in attributes:
                        continue
                    found = setter(project, file, scope, owner, attribute)
                    if found is None or (found[0], found[1].name) not in guarded:
                        continue
                    if _happens(project, (file, scope), value.text, statement):
                        yield ((file, scope), value.text), (found[0], found[1].name)


def _names_given(call: Node) -> tuple[Taken, ...]:
    """The arguments of a call that are plain names."""
    found: list[Taken] = [
        (place, item.text) for place, item in enumerate(positional(call)) if item.kind == "name"
    ]
    found += [
        (item.text, item.children[0].text)
        for item in call.children[1:]
        if item.kind == "keyword" and item.children[0].kind == "name"
    ]
    return tuple(found)


def _happens(project: Project, place: Place, parameter: str, wanted: Node) -> bool:
    """Is a node part of what certainly runs when something is given for a parameter?"""
    flow = flow_of(project, place)
    if flow is None or parameter not in _parameters(project, place):
        return False
    return any(
        node is wanted
        for statement in _certain(flow.body, parameter)
        if statement.kind in ("assign", "expression", "return")
        for node in walk(statement)
    )
