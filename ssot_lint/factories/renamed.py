"""Calls under another name: of what `partial(create_manager, size=2)` gives, and of names that are bound to a function.

A name counts that is bound once, in a function, at module level or as an attribute of `self`, be it imported from
where it is bound. What `partial` is given stands before what the call gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lint.concepts.calls import Site
from ssot_lint.concepts.concerned import may_concern
from ssot_lint.events.spoken import spoken
from ssot_lint.factories.bound_names import bound_in
from ssot_lint.factories.instances import giver_names
from ssot_lint.model import MODULE, Node
from ssot_lint.queries.again import bodies_naming
from ssot_lint.queries.digests import calls_of, digests
from ssot_lint.queries.receivers import enclosing_class
from ssot_lint.queries.signatures import Passed, passed
from ssot_lint.queries.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.project import Project

_DEPTH = 4
"""Names that stand for one another."""
_LAST = "partial"
_READING = frozenset({"copy", "get", "items", "keys", "values"})


@dataclass(frozen=True, slots=True)
class Meant:
    """What is called: a name as a body reads it, and what it is given before anything else."""

    file: int
    scope: int
    name: str
    given: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Renamed:
    """One call under another name, or one that `partial` prepares."""

    site: Site  # as it is written, with all that is given
    means: Site  # the call by the function's own name, where that is read
    call: Node  # with all that is given
    given: Passed  # what `partial` has given of that
    is_whole: bool  # False: further arguments may come


def renamed(project: Project, file: int) -> tuple[Renamed, ...]:
    """The calls of a file that is no test's, under other names, of what a concept may have to do with."""
    return project.once(_renamed).get(file, ())


def _renamed(project: Project) -> Mapping[int, tuple[Renamed, ...]]:
    found: defaultdict[int, list[Renamed]] = defaultdict(list)
    prepared: list[tuple[int, str]] = []
    for file, source in enumerate(project.files):
        if source.is_test or source.facts.deep is None:
            continue
        names = _bound_here(project, file)
        of_flows = calls_of(project, file)
        for last in (*sorted(names & of_flows.keys()), "", _LAST):
            for scope, node in of_flows.get(last, ()):
                found[file] += _read(project, file, scope, node, names)
        found[file] += _of_attributes(project, file)
        prepared += [(file, name) for name in sorted(names) if _is_prepared(project, file, name)]
    for file, seen in _seeing(project, prepared):
        for scope, flow in bodies_naming(project, file, seen):
            for node in walk(flow.body):
                if node.kind == "call":
                    found[file] += _read(project, file, scope, node, seen)
    return {
        file: tuple({(item.site.line, item.site.column, item.is_whole): item for item in items}.values())
        for file, items in found.items()
    }


def _of_attributes(project: Project, file: int) -> Iterator[Renamed]:
    """The calls of what a class keeps (`self.make = partial(create_manager)`), in its bodies that hold no word."""
    kept = digests(project, file)
    names = {
        name.removeprefix("self.")
        for body in kept.values()
        for name, value in body.bound
        if name.startswith("self.") and name.count(".") == 1 and _leads(project, value)
    }
    for scope, flow in bodies_naming(project, file, names) if names else ():
        for node in walk(flow.body) if scope not in kept else ():
            if node.kind == "call":
                yield from _read(project, file, scope, node, names)


def _is_prepared(project: Project, file: int, name: str) -> bool:
    """Does a module bind a name to a `partial` of what a concept may have to do with, or to a table that holds it?"""
    bound = bound_in(project, file).get((MODULE, name), ())
    if len(bound) == 1 and bound[0][1].kind == "dict":
        return any(_concerns(project, item) for item in _entries(bound[0][1]))
    if len(bound) != 1 or bound[0][1].kind != "call":
        return False
    meant = _value(project, file, MODULE, bound, _DEPTH)
    return meant is not None and _concerns(project, meant.name)


def _seeing(project: Project, prepared: list[tuple[int, str]]) -> Iterator[tuple[int, set[str]]]:
    """The files outside the tests that see one of these names, and what they call it."""
    if prepared:
        sight = project.once(spoken).sight.anew()
        for file, name in prepared:
            sight.tell(file, name)
        yield from sight.take()


def _bound_here(project: Project, file: int) -> set[str]:
    """The last parts of the names that a file binds to what is a concept's, to a `partial` of that, or to a table of it."""
    return {
        name.rpartition(".")[2]
        for body in digests(project, file).values()
        for name, value in body.bound
        if _leads(project, value)
    }


def _leads(project: Project, value: Node) -> bool:
    match value.kind:
        case "name":
            return _concerns(project, value.text)
        case "call":
            return _is_named_partial(value)
        case "dict":
            return any(_concerns(project, item) for item in _entries(value))
    return False


def _entries(table: Node) -> Iterator[str]:
    """The names that a table holds."""
    return (item.text for item in table.children[1::2] if item.kind == "name")


def _is_named_partial(call: Node) -> bool:
    return callee(call).rpartition(".")[2] == _LAST


def _concerns(project: Project, name: str) -> bool:
    return may_concern(project, name) or name.rpartition(".")[2] in giver_names(project)


def _read(project: Project, file: int, scope: int, call: Node, names: set[str]) -> Iterator[Renamed]:
    function = call.children[0]
    if _is_named_partial(call):
        meant, written, is_whole = _prepared(project, file, scope, call, _DEPTH), "", False
    elif function.kind == "call" and _is_named_partial(function):
        meant, written, is_whole = _prepared(project, file, scope, function, _DEPTH), "", True
    elif function.kind == "item-of":
        meant, written, is_whole = _entry(project, file, scope, *function.children), "", True
    elif function.kind == "name" and function.text.rpartition(".")[2] in names:
        meant, written, is_whole = _named(project, file, scope, function.text, _DEPTH), function.text, True
    else:
        return
    if meant is None or not _concerns(project, meant.name):
        return
    whole = _with(meant, call) if is_whole else _with(meant, None)
    given = passed(whole)
    means = Site(meant.file, meant.scope, meant.name, call.line, call.column, given)
    site = Site(file, scope, written or meant.name, call.line, call.column, given)
    yield Renamed(site, means, whole, passed(_with(meant, None)), is_whole)


def _with(meant: Meant, call: Node | None) -> Node:
    """The call as it would be written by the function's own name."""
    given = _joined(meant.given, call.children[1:] if call is not None else ())
    return Node("call", "", 0, 0, (Node("name", meant.name, 0, 0), *given))


def _joined(first: tuple[Node, ...], more: tuple[Node, ...]) -> tuple[Node, ...]:
    """Arguments given one after the other; a later keyword replaces one of that name."""
    again = {item.text for item in more if item.kind == "keyword"} - {"**"}
    return (*(item for item in first if item.kind != "keyword" or item.text not in again), *more)


# --- what a name stands for ----------------------------------------------------------------------------------


def _prepared(project: Project, file: int, scope: int, call: Node, depth: int) -> Meant | None:
    """What `partial(f, ...)` will call."""
    if len(call.children) < 2 or not depth or not _is_partial(project, file, scope, callee(call)):
        return None
    function, *given = call.children[1:]
    inner: Meant | None = None
    if function.kind == "call" and _is_named_partial(function):
        inner = _prepared(project, file, scope, function, depth - 1)
    elif function.kind == "name":
        inner = _named(project, file, scope, function.text, depth - 1) or Meant(file, scope, function.text)
    if inner is None:
        return None
    return Meant(inner.file, inner.scope, inner.name, _joined(inner.given, tuple(given)))


def _is_partial(project: Project, file: int, scope: int, name: str) -> bool:
    return "?" not in name and project.resolve(file, name, scope).target.symbol == "functools.partial"


def _named(project: Project, file: int, scope: int, name: str, depth: int) -> Meant | None:
    """What a name stands for that is bound once to a function by another name, or to a `partial`."""
    if not depth:
        return None
    owner = name.rpartition(".")[0]
    if owner == "self":
        return _attribute(project, file, scope, name, depth)
    where = _where(project, file, scope, name)
    return _value(project, *where, depth) if where is not None else None


_Bound = tuple[tuple[str, Node], ...]


def _where(project: Project, file: int, scope: int, name: str) -> tuple[int, int, _Bound] | None:
    """(file, scope, what it is bound to) of a variable; None for a parameter, and for what is no variable."""
    if "." not in name:
        definitions = project.files[file].facts.definitions
        at = scope
        while at != MODULE:
            if any(item.name == name for item in definitions[at].parameters):
                return None
            bound = bound_in(project, file).get((at, name))
            if bound is not None:
                return file, at, bound
            at = definitions[at].parent
    target = project.resolve(file, name, scope).target
    if target.kind != "variable" or target.index < 0:
        return None
    item = project.files[target.file].facts.assignments[target.index]
    bound = bound_in(project, target.file).get((MODULE, item.name), ())
    return (target.file, MODULE, bound) if item.scope == MODULE else None


def _entry(project: Project, file: int, scope: int, table: Node, key: Node) -> Meant | None:
    """What a table holds under a key, both written out, where the file of the table puts nothing else into it."""
    where = _where(project, file, scope, table.text) if table.kind == "name" else None
    if where is None or key.kind != "constant":
        return None
    home, at, bound = where
    if len(bound) != 1 or bound[0][0] != "value" or bound[0][1].kind != "dict":
        return None
    if _is_written(project, home, table.text.rpartition(".")[2]) or _is_written(project, file, table.text):
        return None
    pairs = bound[0][1].children
    values = [value for name, value in zip(pairs[::2], pairs[1::2], strict=True) if name.text == key.text]
    if len(values) != 1 or any(name.kind != "constant" for name in pairs[::2]):
        return None
    return _value(project, home, at, (("value", values[0]),), _DEPTH)


def _is_written(project: Project, file: int, table: str) -> bool:
    """Does any body of a file, or the module itself, put something into a table or take it out?"""
    for _, flow in bodies_naming(project, file, {table.rpartition(".")[2]}):
        for node in walk(flow.body):
            targets = {"assign": node.children[1:], "delete": node.children}.get(node.kind, ())
            if any(item.kind == "item-of" and item.children[0].text == table for item in targets):
                return True
            owner, _, method = callee(node).rpartition(".") if node.kind == "call" else ("", "", "")
            if owner == table and method not in _READING:
                return True
    return False


def _value(project: Project, file: int, scope: int, bound: _Bound, depth: int) -> Meant | None:
    if len(bound) != 1 or bound[0][0] != "value":
        return None
    value = bound[0][1]
    if value.kind == "call" and _is_named_partial(value):
        return _prepared(project, file, scope, value, depth)
    if value.kind == "name":
        return _named(project, file, scope, value.text, depth - 1) or Meant(file, scope, value.text)
    return None


def _attribute(project: Project, file: int, scope: int, name: str, depth: int) -> Meant | None:
    """What a class sets an attribute of its instances to, where one of its methods does so once."""
    owner = enclosing_class(project, file, scope)
    if owner is None or name.partition(".")[2] in project.definition_at((file, owner)).attributes:
        return None
    found = [
        (method, value)
        for method in project.parts(file, owner)
        if (body := digests(project, file).get(method)) is not None
        for bound, value in body.bound
        if bound == name
    ]
    return _value(project, file, found[0][0], (("value", found[0][1]),), depth) if len(found) == 1 else None
