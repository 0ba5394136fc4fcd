"""Where the calls of a capability are made: `sites(project)`, names resolved, wrappers and aliases looked through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ssot_lint.capabilities.by_hand import taken_apart
from ssot_lint.capabilities.handed import handed_to, passed_over
from ssot_lint.capabilities.interest import heads, held, is_of_interest
from ssot_lint.capabilities.naming import Names
from ssot_lint.capabilities.watching import Watch, at_home, watched, watched_part
from ssot_lint.config import Capability
from ssot_lint.model import MODULE, NOTHING, Flow, Node
from ssot_lint.project import Project
from ssot_lint.queries.walks import callee, contents, held_in, positional, string, walk

Form = Literal["call", "prepared", "read", "by-hand"]
"""How a capability is used; "prepared" is what `partial` gives, to which further arguments may come."""


@dataclass(frozen=True, slots=True)
class Site:
    """One use of a capability. `call` is the dotted path of what is called, whatever it is called here."""

    capability: Capability
    call: str
    file: int
    scope: int  # the function it stands in, or a class, or -1
    node: Node  # the call, or the name that is read; kind "none" where only facts of the file tell of it
    line: int
    column: int
    form: Form
    at_home: bool


_CALLING = {"partial": 0, "run_in_executor": 1, "submit": 0, "to_thread": 0}
"""Functions that call what they are given, and its place among the arguments; what follows is handed on."""


@dataclass(frozen=True, slots=True)
class Found:
    """All sites, by path and place, and how many lookups of a watched module could not be decided."""

    sites: tuple[Site, ...]
    undecided: int


def sites(project: Project) -> Found:
    """Every use of every configured capability in files that are not tests."""
    return project.once(_sites)


def undecided(project: Project) -> int:
    """How many lookups of a watched module name something that the source does not say."""
    return sites(project).undecided


def _sites(project: Project) -> Found:
    watches = watched(project)
    calls = frozenset(call for watch in watches for call in watch.calls)
    inside = contents(project) if watches else {}
    found: list[Site] = []
    unknown = 0
    for file, source in enumerate(project.files):
        if source.is_test or not watches:
            continue
        flows, texts = (
            [*source.facts.flows],
            [inside[file, flow.definition].names for flow in source.facts.flows],
        )
        named = handed_to(project, file)
        for flow in (*source.facts.loading, *passed_over(project, file, named)):
            flows.append(flow)
            texts.append(held_in(flow.body).names)
        starts = heads(project, file, calls) | named if texts else frozenset()
        kept = held(flows, texts, starts)
        for flow, names in zip(flows, texts, strict=True):
            if not is_of_interest(names, starts, kept):
                continue
            reader = _Reader(project, file, flow, watches, starts)
            found += reader.read()
            unknown += reader.undecided
    order = {site: (project.files[site.file].path, site.line, site.column) for site in found}
    return Found(tuple(sorted(found, key=lambda site: order[site])), unknown)


class _Reader:
    """One pass over one flow."""

    def __init__(
        self, project: Project, file: int, flow: Flow, watches: tuple[Watch, ...], heads: frozenset[str]
    ) -> None:
        self.names = Names(project, file, flow)
        self.heads = {*heads, "self", "cls", *self.names.local}
        self.file, self.flow, self.watches = file, flow, watches
        self.module = project.files[file].module
        self.undecided = 0
        self.known: dict[str, str] = {}

    def read(self) -> Iterator[Site]:
        yield from self.below(self.flow.body)
        for watch in self.watches:
            if watch.by_hand:
                for node in taken_apart(self.names, self.flow.body):
                    yield self.site(watch, "by-hand", node, "by-hand")

    def below(self, node: Node) -> Iterator[Site]:
        children = node.children
        if node.kind == "call":
            function = node.children[0]
            hit = list(self.hits(function))
            for watch, call in hit:
                yield self.site(watch, call, node, "call")
            if hit:
                children = node.children[1:]
            elif callee(node) in ("getattr", "builtins.getattr"):
                hit = list(self.hits(node))
                for watch, call in hit:
                    yield self.site(watch, call, node, "read")
                self.undecided += not hit and self.dynamic(node)
                children = () if hit else node.children[1:]
            elif (last := callee(node).rpartition(".")[2]) in _CALLING:
                place = 1 + _CALLING[last]
                given = children[place] if place < len(children) else NOTHING
                hit = list(self.hits(given)) if given.kind in ("name", "attribute") else []
                for watch, call in hit:
                    inner = Node("call", "", given.line, given.column, children[place:])
                    yield self.site(watch, call, inner, "prepared" if last == "partial" else "call")
                if hit:
                    children = (*children[:place], *children[place + 1 :])
        elif node.kind in ("name", "attribute"):
            for watch, call in self.hits(node):
                yield self.site(watch, call, node, "read")
        elif node.kind == "assign":
            if self.aliases(node):
                return
            children = (node.children[0], *(item for item in node.children[1:] if item.kind != "name"))
        for child in children:
            yield from self.below(child)

    def aliases(self, node: Node) -> bool:
        """Does the statement give a watched call another name that is followed, and called?"""
        value, targets = node.children[0], node.children[1:]
        if value.kind not in ("name", "attribute", "call") or not list(self.hits(value)):
            return False
        names = {item.text for item in targets if item.kind == "name"}
        if len(names) != len(targets):
            return False
        if self.flow.definition == MODULE or any("." in name for name in names):
            called = self.names.project.once(_called_names).get(self.file, frozenset())
        else:
            called = frozenset(callee(item) for item in walk(self.flow.body) if item.kind == "call")
        return bool(names & called)

    def hits(self, node: Node) -> Iterator[tuple[Watch, str]]:
        if node.kind not in ("name", "attribute", "call"):
            return
        path = self.path(node)
        if path:
            for watch in self.watches:
                call = watched_part(path, watch.calls)
                if call:
                    yield watch, call

    def path(self, node: Node) -> str:
        if node.kind != "name":
            return self.names.path(node)
        if node.text.partition(".")[0] not in self.heads:
            return ""
        if node.text not in self.known:
            self.known[node.text] = self.names.path(node)
        return self.known[node.text]

    def dynamic(self, node: Node) -> bool:
        """`getattr(jwt, name)` with a name that is not known."""
        given = positional(node)
        if len(given) < 2 or string(given[1]) is not None:
            return False
        owner = self.names.path(given[0])
        return bool(owner) and any(owner in watch.owners for watch in self.watches)

    def site(self, watch: Watch, call: str, node: Node, form: Form) -> Site:
        home = at_home(self.module, watch.capability)
        return Site(
            watch.capability, call, self.file, self.flow.definition, node, node.line, node.column, form, home
        )


def _called_names(project: Project) -> Mapping[int, frozenset[str]]:
    """By file: the dotted names that its flows call."""
    return {
        file: frozenset(
            callee(node) for flow in source.facts.flows for node in walk(flow.body) if node.kind == "call"
        )
        for file, source in enumerate(project.files)
        if source.facts.flows
    }
