"""Where the calls of a capability are made: `sites(project)`, names resolved, wrappers and aliases looked through.

A name is followed through imports, re-exports, module-level aliases, local names and attributes of `self` that
are bound once, `getattr(module, "name")`, `import_module("module")` and `__import__("module")`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ssot_lint.config import Capability
from ssot_lint.model import MODULE, Flow, Node
from ssot_lint.project import Project, Target
from ssot_lint.queries.receivers import enclosing_class
from ssot_lint.queries.walks import argument, callee, contents, positional, string, walk
from ssot_lint.settings import presets

_NOTHING = Node("none", "", 0, 0)
_LOADERS = frozenset({"importlib.import_module", "builtins.__import__"})
_INDIRECT = frozenset({"getattr", "import_module", "__import__"})
_DECODE = ("b64decode", "base64url_decode")
_DEPTH = 8


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
    form: Literal["call", "read", "by-hand"]
    at_home: bool


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


@dataclass(frozen=True, slots=True)
class _Watch:
    capability: Capability
    calls: frozenset[str]
    owners: frozenset[str]
    by_hand: bool


def watched(project: Project) -> tuple[_Watch, ...]:
    """The capabilities of the configuration with all their calls."""
    found = []
    for capability in project.config.capabilities:
        calls = presets.calls(project.config, capability)
        owners = frozenset(call.rpartition(".")[0] for call in calls)
        found.append(_Watch(capability, frozenset(calls), owners, presets.reads_tokens(calls)))
    return tuple(found)


def at_home(module: str, capability: Capability) -> bool:
    """Is the module the home of a capability, or below it?"""
    return any(module == home or module.startswith(f"{home}.") for home in capability.home)


class Names:
    """What the expressions of one flow stand for, as dotted paths from the root of a package."""

    def __init__(self, project: Project, file: int, flow: Flow, depth: int = _DEPTH) -> None:
        self.project, self.file, self.scope, self.depth = project, file, flow.definition, depth
        self.local = {} if flow.definition == MODULE else assigned(flow.body)

    def path(self, node: Node) -> str:
        """The path of an expression such as `jwt.decode` or `getattr(jwt, "decode")`; "" when it is not known."""
        match node.kind:
            case "name":
                return self.dotted(node.text)
            case "attribute":
                owner = self.path(node.children[0])
                return f"{owner}.{node.text}" if owner else ""
            case "call" if callee(node).rpartition(".")[2] in _INDIRECT:
                called = self.path(node.children[0])
                given = positional(node)
                if called == "builtins.getattr" and len(given) > 1:
                    owner, name = self.path(given[0]), string(given[1])
                    return f"{owner}.{name}" if owner and name else ""
                if called in _LOADERS and given:
                    return string(given[0]) or ""
            case "walrus":
                return self.path(node.children[0])
        return ""

    def dotted(self, name: str, depth: int = 4) -> str:
        head, _, rest = name.partition(".")
        if head in self.local:
            values = self.local[head]
            if len(values) != 1 or not depth or values[0].kind == "none":
                return ""
            if values[0].kind == "name" and values[0].text.partition(".")[0] == head:
                return ""
            owner = self.path(values[0])
            return owner + (f".{rest}" if rest else "") if owner else ""
        if head in ("self", "cls") and rest:
            return self._attribute(rest)
        for target in self.project.resolve(self.file, name, self.scope).targets:
            if target.kind == "external":
                return target.symbol
            if target.kind in ("definition", "module"):
                return target.symbol.replace(":", ".")
            if target.kind == "variable" and target.file >= 0 and self.depth:
                return self._variable(target.file, target.symbol) or target.symbol.replace(":", ".")
        return ""

    def _variable(self, file: int, symbol: str) -> str:
        """A module-level name that `getattr` or `import_module` gave."""
        name = symbol.partition(":")[2]
        values = self.project.once(_module_names).get(file, {}).get(name, [])
        if len(values) != 1 or values[0].kind not in ("call", "attribute"):
            return ""
        return Names(self.project, file, Flow(MODULE, _NOTHING), self.depth - 1).path(values[0])

    def _attribute(self, name: str) -> str:
        owner = enclosing_class(self.project, self.file, self.scope)
        first, _, rest = name.partition(".")
        known = self.project.once(_instance_names).get((self.file, owner), {}) if owner is not None else {}
        if len(known.get(first, ())) != 1 or not self.depth:
            return ""
        [(flow, value)] = known[first]
        inner = Names(self.project, self.file, flow, self.depth - 1).path(value)
        return inner + (f".{rest}" if rest else "") if inner else ""


def assigned(body: Node) -> dict[str, list[Node]]:
    """What the statements of a body bind local names to; a node of kind "none" where that is no expression."""
    found: defaultdict[str, list[Node]] = defaultdict(list)
    shared: set[str] = set()
    for node in walk(body):
        match node.kind:
            case "assign":
                for target in node.children[1:]:
                    if target.kind == "name":
                        found[target.text].append(node.children[0])
                    else:
                        for item in walk(target):
                            if item.kind == "name" and target.kind in ("sequence", "star"):
                                found[item.text].append(_NOTHING)
            case "walrus":
                found[node.text].append(node.children[0])
            case "augmented" | "loop" | "item" if len(node.children) > 1:
                for item in walk(node.children[1]):
                    if item.kind == "name":
                        found[item.text].append(_NOTHING)
            case "handler" if node.text:
                found[node.text].append(_NOTHING)
            case "global":
                shared.update(node.text.split())
    return {name: values for name, values in found.items() if "." not in name and name not in shared}


def _module_names(project: Project) -> Mapping[int, Mapping[str, list[Node]]]:
    return {
        file: assigned(flow.body)
        for file, source in enumerate(project.files)
        for flow in source.facts.flows
        if flow.definition == MODULE
    }


_Bound = dict[str, list[tuple[Flow, Node]]]


def _instance_names(project: Project) -> Mapping[tuple[int, int], _Bound]:
    """By class: what its methods set attributes of `self` to."""
    found: dict[tuple[int, int], _Bound] = {}
    for file, source in enumerate(project.files):
        for flow in source.facts.flows:
            owner = enclosing_class(project, file, flow.definition)
            if owner is None:
                continue
            for node in walk(flow.body):
                if node.kind != "assign":
                    continue
                for target in node.children[1:]:
                    first, _, name = target.text.partition(".")
                    if target.kind == "name" and first == "self" and name and "." not in name:
                        held = found.setdefault((file, owner), {})
                        held.setdefault(name, []).append((flow, node.children[0]))
    return found


def _sites(project: Project) -> Found:
    watches = watched(project)
    parts = frozenset(part for watch in watches for call in watch.calls for part in call.split("."))
    held = contents(project) if watches else {}
    found: list[Site] = []
    unknown = 0
    for file, source in enumerate(project.files):
        if source.is_test or not watches:
            continue
        texts = [held[file, flow.definition].names for flow in source.facts.flows]
        heads = _heads(project, file, watches) if texts else frozenset()
        kept = _held(project, file, texts, heads)
        for flow, names in zip(source.facts.flows, texts, strict=True):
            if not _is_of_interest(names, heads, kept):
                continue
            reader = _Reader(project, file, flow, watches, heads)
            found += reader.read()
            unknown += reader.undecided
        found += _in_classes(project, file, watches, parts)
    order = {site: (project.files[site.file].path, site.line, site.column) for site in found}
    return Found(tuple(sorted(found, key=lambda site: order[site])), unknown)


def _texts(body: Node) -> set[str]:
    """The names that a body reads or binds."""
    found: set[str] = set()
    pending = [body]
    while pending:
        node = pending.pop()
        if node.kind == "name":
            found.add(node.text)
        elif node.children:
            pending += node.children
    return found


def _is_of_interest(names: frozenset[str], heads: frozenset[str], held: frozenset[str]) -> bool:
    """Can a body that holds these names use a capability, or take a token apart?"""
    for name in names:
        head, _, rest = name.partition(".")
        if head in heads and head != "getattr":
            return True
        if head == "self" and rest.partition(".")[0] in held:
            return True
        if name.endswith(_DECODE):
            return True
    return False


def _held(project: Project, file: int, texts: list[frozenset[str]], heads: frozenset[str]) -> frozenset[str]:
    """Attributes of `self` that methods of a file set from something that can lead to a watched call."""
    found: set[str] = set()
    for flow, names in zip(project.files[file].facts.flows, texts, strict=True):
        if not any(name.partition(".")[0] in heads for name in names) or "self" not in _firsts(names):
            continue
        for node in walk(flow.body):
            if node.kind == "assign" and node.children[0].kind in ("name", "call", "attribute"):
                value = _texts(node.children[0])
                if any(name.partition(".")[0] in heads for name in value):
                    found |= {target.text.partition(".")[2] for target in node.children[1:]}
    return frozenset(found - {""})


def _firsts(names: frozenset[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def _heads(project: Project, file: int, watches: tuple[_Watch, ...]) -> frozenset[str]:
    """The first parts of names that can lead to a watched call in a file, local names left out."""
    roots = {call.partition(".")[0] for watch in watches for call in watch.calls}
    source = project.files[file]
    facts = source.facts
    found = set(_INDIRECT) | {"importlib"}
    for imp in facts.imports:
        root = imp.module.partition(".")[0]
        if imp.name == "*":
            found |= {call.rpartition(".")[2] for watch in watches for call in watch.calls} | roots
        elif imp.level or root not in roots:
            own = imp.level or project.is_first_party(imp.module, file)
            targets = project.resolve_import(file, imp).targets if own else ()
            if any(_leads(project, target, roots) for target in targets):
                found.add(imp.bound)
        else:
            found.add(imp.bound)
    if source.module.partition(".")[0] in roots:
        found |= {item.name for item in facts.definitions if item.parent == MODULE}
    grows = True
    while grows:
        more = {
            item.name
            for item in facts.assignments
            if item.kind in ("name", "call") and item.value.partition(".")[0] in found
        }
        grows = not more <= found
        found |= more
    return frozenset(found)


def _leads(project: Project, target: Target, roots: set[str]) -> bool:
    match target.kind:
        case "module":
            return True
        case "external" | "definition":
            return target.symbol.replace(":", ".").partition(".")[0] in roots
        case "variable" if target.index >= 0:
            value = project.files[target.file].facts.assignments[target.index].value
            return value.rpartition(".")[2] in _INDIRECT or value.partition(".")[0] in roots
        case _:
            return False


def _in_classes(
    project: Project, file: int, watches: tuple[_Watch, ...], parts: frozenset[str]
) -> Iterator[Site]:
    """What class bodies assign: they have no flow of their own."""
    source = project.files[file]
    for item in source.facts.assignments:
        if item.scope == MODULE or item.kind not in ("call", "name") or item.writer != MODULE:
            continue
        if parts.isdisjoint(item.value.split(".")):
            continue
        target = project.resolve(file, item.value, item.scope).target
        for watch in watches:
            call = _watched_part(target.symbol, watch.calls) if target.kind == "external" else ""
            if call:
                home = at_home(source.module, watch.capability)
                yield Site(
                    watch.capability, call, file, item.scope, _NOTHING, item.line, item.column,
                    "call" if item.kind == "call" else "read", home,
                )  # fmt: skip


def _watched_part(path: str, calls: frozenset[str]) -> str:
    """The watched call that a path is, or is an attribute of: `os.environ` for `os.environ.get`."""
    while path:
        if path in calls:
            return path
        path = path.rpartition(".")[0]
    return ""


class _Reader:
    """One pass over one flow."""

    def __init__(
        self, project: Project, file: int, flow: Flow, watches: tuple[_Watch, ...], heads: frozenset[str]
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
                for node in parts_read(self.names, self.flow.body):
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

    def hits(self, node: Node) -> Iterator[tuple[_Watch, str]]:
        if node.kind not in ("name", "attribute", "call"):
            return
        path = self.path(node)
        if path:
            for watch in self.watches:
                call = _watched_part(path, watch.calls)
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

    def site(self, watch: _Watch, call: str, node: Node, form: Literal["call", "read", "by-hand"]) -> Site:
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


# --- tokens taken apart by hand ---------------------------------------------------------------------------


def parts_read(names: Names, body: Node) -> Iterator[Node]:
    """Calls that decode a part of `token.split(".")` from base64, the result being read as JSON.

    The three steps are followed through local names, in whatever order the statements stand.
    """
    calls = [node for node in walk(body) if node.kind == "call"]
    decoders = [node for node in calls if len(node.children) > 1 and _decodes(names, node)]
    if not decoders:
        return
    pieces = _spread(body, [node for node in calls if _splits(node)])
    decoded = [node for node in decoders if _holds(node.children[1], pieces, _splits)]
    for node in decoded:
        results = _spread(body, [node])

        def is_it(item: Node, decoder: Node = node) -> bool:
            return item is decoder

        for call in calls:
            last = callee(call).rpartition(".")[2]
            if last in ("loads", "load", "decode_json", "raw_decode") and any(
                _holds(item, results, is_it) for item in call.children[1:]
            ):
                yield node
                break


def _decodes(names: Names, call: Node) -> bool:
    return callee(call).rpartition(".")[2].endswith("decode") and (
        names.path(call.children[0]) in presets.BASE64
    )


def _splits(node: Node) -> bool:
    if node.kind != "call" or callee(node).rpartition(".")[2] not in ("split", "rsplit"):
        return False
    return string(argument(node, "sep", 0)) == "."


def _spread(body: Node, sources: list[Node]) -> frozenset[str]:
    """The local names that values of these expressions reach by assignment, unpacking and loops."""
    found: set[str] = set()
    at = {id(node) for node in sources}
    grows = True
    while grows:
        grows = False
        for node in walk(body):
            match node.kind:
                case "assign" | "augmented":
                    value, targets = node.children[0], node.children[1:]
                case "loop" if node.children[1].kind != "none":
                    value, targets = node.children[0], (node.children[1],)
                case "walrus":
                    value, targets = node.children[0], (Node("name", node.text, 0, 0),)
                case "comprehension" if len(node.children) > 2:  # element, target, source, conditions
                    value, targets = Node("sequence", "", 0, 0, node.children[2:]), node.children[1:2]
                case _:
                    continue
            if _holds(value, found, lambda item: id(item) in at):
                names = {item.text for target in targets for item in walk(target) if item.kind == "name"}
                grows = grows or not names <= found
                found |= names
    return frozenset(found)


def _holds(node: Node, names: set[str] | frozenset[str], source: Callable[[Node], bool]) -> bool:
    return any(
        source(item) or (item.kind == "name" and (item.text in names or item.text.partition(".")[0] in names))
        for item in walk(node)
    )
